"""The figures of a comparison: paired differences, with those of each plan in `comparison_shares` and `comparison_day`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.analysis.comparison import BETTER, CANNOT_TELL, NO_DIFFERENCE, WORSE, Difference
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.definitions import DEFINITIONS
from sim.figures import comparison_day, comparison_shares, officers_and_load, style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.words import counted

MOST_PLANS: Final = 8
"""The most plans in a figure. Only the tables show further ones."""
_MOST_ROWS: Final = 20
"""The most rows of the forest plot. Only the tables show places with smaller differences."""
_MARKS: Final = {
    BETTER: ("o", style.GREEN, True),
    WORSE: ("X", style.VERMILION, True),
    NO_DIFFERENCE: ("s", style.QUIET, False),
    CANNOT_TELL: ("^", style.ORANGE, False),
}
_NAMES_ROOM: Final = 2.3
"""Width for the names of units in inches; `_PLANS_ROOM` for those of plans."""
_PLANS_ROOM: Final = 1.9
_AXIS_WORDS: Final = {
    "waiting_time_mean": ("mean wait, min", "shorter", "longer"),
    "waiting_time_p90": ("P90 wait, min", "shorter", "longer"),
    "share_within_target": ("within target, points", "fewer", "more"),
    "abandoned": ("abandoned, a day", "fewer", "more"),
}
"""For each measure of the forest plot: the name of its axis, and the meaning of a difference to the left and to the right."""


class _Group(NamedTuple):
    """A unit (the hall without an identifier) and the plans shown of it."""

    unit: str
    name: str
    plans: tuple[str, ...]


def shown(summary: ComparisonSummary) -> ComparisonSummary:
    """A comparison with no more plans than a figure tells apart: the baseline and the first of the others."""
    if len(summary.names) <= MOST_PLANS:
        return summary
    rest = [index for index in range(len(summary.names)) if index != summary.baseline][: MOST_PLANS - 1]
    keep = sorted([summary.baseline, *rest])
    names = tuple(summary.names[index] for index in keep)
    return ComparisonSummary(
        names=names,
        baseline=keep.index(summary.baseline),
        same_citizens=tuple(summary.same_citizens[index] for index in keep),
        summaries=tuple(summary.summaries[index] for index in keep),
        officers=tuple(summary.officers[index] for index in keep),
        differences=tuple(one for one in summary.differences if one.plan in names),
        smallest=summary.smallest,
    )


def differences(summary: ComparisonSummary) -> Figure:
    """A forest plot: the paired difference of each plan from the baseline with its interval, for the hall and the units that differ.

    At a unit only those plans are shown that may differ there.
    """
    several, baseline = len(summary.base.units) > 1, summary.names[summary.baseline]
    units = summary.differing_units() if several else []
    groups = [_Group("", "the hall as a whole" if several else summary.base.units[0].name, summary.others)]
    groups += [_Group(unit.unit, unit.name, _that_may_differ(summary, unit.unit)) for unit in units]
    left_out = 0
    while sum(len(group.plans) for group in groups) > _MOST_ROWS and len(groups) > 1:
        groups.pop()
        left_out += 1
    note = f"Plan − {baseline}, day by day with the same citizens; bars are 95 % intervals. Grey strip: differences that do not matter."
    if len(summary.others) > 1 and len(groups) > 1:
        note += " At the units shown, a plan that is not listed makes no difference that matters."
    if several and len(units) < len(summary.units):
        note += f" At {counted(len(summary.units) - len(units), 'unit')} none is better or worse for certain."
    unseen = {plan: by for plan in summary.others if (by := _decided_unseen(summary, plan))}
    for plan, labels in list(unseen.items())[:3]:
        note += f" {plan} is {summary.at(plan).verdict} for the hall by what is not drawn: {', '.join(labels)}."
    if left_out:
        note += f" {counted(left_out, 'unit')} with smaller differences {'is' if left_out == 1 else 'are'} not shown."
    one_plan = len(summary.others) == 1
    pitch, gap = (0.34, 0.0) if one_plan else (0.2, 0.14)
    height = max(sum(len(group.plans) for group in groups) * pitch + (len(groups) - 1) * gap, 0.7)
    page = Page(summary.base, _title(summary, len(units)), note, width=11.0, picture=0.4 + height + 0.62)
    measures = [measure for measure in _AXIS_WORDS if any(summary.find(plan, measure, group.unit) for group in groups for plan in group.plans)]
    page.legend(_handles(summary, groups, measures))
    names = wording.labels([group.name for group in groups], _NAMES_ROOM, style.SMALL, lines=1, bold=True)
    plan_names = dict(zip(summary.others, wording.plan_labels(summary.others, _PLANS_ROOM, lines=1), strict=True))
    left = MARGIN + max(wording.width(name, style.SMALL, True) for name in names) + 0.2
    if not one_plan:
        left += wording.widest(list(plan_names.values()), style.SMALL) + 0.1
    between, bottom = 0.25, FOOTER + 0.62
    width = (page.width - left - MARGIN - between * (len(measures) - 1)) / len(measures)
    columns = [page.axes(left + column * (width + between), bottom, width, height) for column in range(len(measures))]
    places: list[tuple[float, str, str]] = []
    y = bottom + height
    for name, group in zip(names, groups, strict=True):
        if group is not groups[0] and not one_plan:
            for axes in columns:
                axes.axhline(y - gap / 2, color=style.RULE, linewidth=0.7, zorder=1)
            y -= gap
        page.text(MARGIN, y - pitch / 2, name, size=style.SMALL, weight="bold", va="center")
        for plan in group.plans:
            if not one_plan:
                page.text(left - 0.1, y - pitch / 2, plan_names[plan], size=style.SMALL, va="center", ha="right")
            places.append((y - pitch / 2, group.unit, plan))
            y -= pitch
    for axes, measure in zip(columns, measures, strict=True):
        axes.set_ylim(bottom, bottom + height)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        _forest(axes, measure, [(y, summary.find(plan, measure, unit)) for y, unit, plan in places], summary.smallest[measure], width)
    return page.figure


def _decided_unseen(summary: ComparisonSummary, plan: str) -> list[str]:
    """The measures by which a plan is better or worse for the hall, if none of them has a column; else empty."""
    decided = [one.measure for one in summary.at(plan).for_it]
    return [] if set(decided) & set(_AXIS_WORDS) else [DEFINITIONS[measure].label for measure in decided]


def _that_may_differ(summary: ComparisonSummary, unit: str) -> tuple[str, ...]:
    """The plans that may make a difference that matters at a unit."""
    return tuple(plan for plan in summary.others if summary.at(plan, unit).verdict != NO_DIFFERENCE)


def _forest(axes: Axes, measure: str, found: Sequence[tuple[float, Difference | None]], matters: float, width: float) -> None:
    scale = 100.0 if measure == "share_within_target" else 1.0
    axes.axvspan(-scale * matters, scale * matters, facecolor=style.STRIP, edgecolor="none", zorder=0)
    axes.axvline(0.0, color=style.INK, linewidth=0.9, zorder=2)
    ends = [-scale * matters, scale * matters]
    for y, one in found:
        if one is None or math.isnan(one.difference):
            continue
        if not math.isnan(one.low):
            axes.plot([scale * one.low, scale * one.high], [y, y], color=style.INK, linewidth=1.2, zorder=5, solid_capstyle="butt")
            ends += [scale * one.low, scale * one.high]
        axes.plot([scale * one.difference], [y], zorder=4, **_marker(one.verdict))
        ends.append(scale * one.difference)
    room = 0.06 * (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - room, max(ends) + room)
    axes.xaxis.set_major_locator(MaxNLocator(max(3, int(width / 0.5)), steps=[1, 2, 5, 10]))
    axes.grid(axis="x")
    words, less, more = _AXIS_WORDS[measure]
    axes.set_xlabel(f"{words}\n← {less}   {more} →", linespacing=1.4)


def _marker(verdict: str) -> dict[str, Any]:
    marker, colour, filled = _MARKS[verdict]
    return {
        "linestyle": "none", "marker": marker, "markersize": 5.0, "color": colour, "markerfacecolor": colour if filled else "white",
        "markeredgecolor": style.INK if filled else colour, "markeredgewidth": 0.6 if filled else 1.5,
    }  # fmt: skip


def _handles(summary: ComparisonSummary, groups: Sequence[_Group], measures: Sequence[str]) -> list[Artist]:
    shown = (summary.find(plan, measure, group.unit) for group in groups for plan in group.plans for measure in measures)
    found = {one.verdict for one in shown if one is not None and not math.isnan(one.difference)}
    marks: list[Artist] = [Line2D([], [], label=word, **_marker(word)) for word in _MARKS if word in found]
    return [*marks, Patch(facecolor=style.STRIP, edgecolor="none", label="does not matter")]


def _title(summary: ComparisonSummary, differing: int) -> str:
    """Which plans are better or worse, and at how many units."""
    by_verdict: dict[str, list[str]] = {BETTER: [], WORSE: []}
    for plan in summary.others:
        found = summary.at(plan).verdict
        if found in by_verdict:
            by_verdict[found].append(plan)
    several = len(summary.base.units) > 1
    said = [f"{_who(plans, len(summary.others))} {word}" for word, plans in by_verdict.items() if plans]
    baseline = summary.names[summary.baseline]
    where = "For the hall as a whole " if several else "At " + wording.short(summary.base.units[0].name) + " "
    if said:
        title = f"{where}{' and '.join(said)} than {baseline}"
    elif len(summary.others) == 1:
        told = summary.at(summary.others[0]).verdict == NO_DIFFERENCE
        title = f"{where}{summary.others[0]} makes no difference that matters" if told else f"{where}one cannot tell yet how {summary.others[0]} differs"
    else:
        title = f"{where}no plan is better or worse than {baseline} for certain"
    if not several:
        return title
    if not differing:
        return f"{title}; at no unit is one better or worse for certain"
    if len(summary.others) > 1:
        return f"{title}; at {differing} of {len(summary.units)} units some plan is better or worse"
    units = summary.units_by_verdict(summary.others[0])
    at = [f"{word} at {len(units[word])}" for word in (BETTER, WORSE) if units[word]]
    return f"{title}; {' and '.join(at)} of {len(summary.units)} units"


def _who(plans: Sequence[str], of: int) -> str:
    if len(plans) <= 2:
        return " and ".join(filter(None, (", ".join(plans[:-1]), plans[-1]))) + (" is" if len(plans) == 1 else " are")
    return f"all {of} plans are" if len(plans) == of else f"{len(plans)} of {of} plans are"


FIGURES: Final = {
    "differences": differences,
    "waiting_time_by_plan": comparison_day.waits,
    "share_within_target_by_plan": comparison_shares.shares,
    "officers_and_load": officers_and_load.figure,
}
"""The functions that draw the figures of a comparison, by file stem."""


def drawn(stem: str, summary: ComparisonSummary) -> Figure | None:
    """A figure of a comparison, or None if it makes no sense."""
    with style.styled():
        return FIGURES[stem](shown(summary))


def figures(summary: ComparisonSummary) -> Iterator[tuple[str, Figure]]:
    """The figures that make sense for a comparison, each with its file stem, drawn one by one as they are asked for."""
    for stem in FIGURES:
        if (figure := drawn(stem, summary)) is not None:
            yield stem, figure
