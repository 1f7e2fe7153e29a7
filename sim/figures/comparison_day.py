"""How long citizens wait over the day under each plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis.comparison_summary import ComparisonSummary
from sim.figures import day, style, wording
from sim.figures.day import Numbers
from sim.figures.page import FOOTER, MARGIN, Page

_Dashes = str | tuple[float, tuple[float, ...]]
_LINES: Final[tuple[tuple[str, _Dashes, str], ...]] = (
    (style.VERMILION, "-", "o"),
    (style.BLUE, (0, (5, 1.5)), "s"),
    (style.GREEN, (0, (5, 1.5, 1, 1.5)), "^"),
    (style.PURPLE, (0, (1.5, 1)), "D"),
    (style.ORANGE, "-", "v"),
    (style.SKY, (0, (3, 1)), "P"),
    (style.BLACK, (0, (1, 1.5)), "x"),
)
"""Colour, line style and mark of each plan. Any one of the three tells a plan from the others."""
_FAR: Final = 4.0
"""The highest target that is drawn, in multiples of the highest wait."""
_DASHED: Final = (0, (4, 3))
"""Dashes of the target: ink and gap, in points."""
_MOST_NAMED: Final = 3
"""The most plans that the title names together."""
_MOST_WAITS: Final = 3
"""The most units that the picture of waits shows beside the hall."""


class _Place(NamedTuple):
    unit: str
    name: str


def intervals(summary: ComparisonSummary, plan: int) -> Numbers:
    """The bounds of a plan's intervals of the day, in minutes since midnight."""
    return np.array(summary.summaries[plan].edges, dtype=np.float64)


def reach(summary: ComparisonSummary, plans: Sequence[int], *seen: Numbers) -> Numbers:
    """The part of the day to show: the opening hours of all plans, extended as far as there is anything to see."""
    ends: list[float] = []
    for plan, values in zip(plans, seen, strict=True):
        base = summary.summaries[plan]
        bounds = day.edges(base, day.shown(base, values))
        ends += [float(bounds[0]), float(bounds[-1])]
    return np.array([min(ends), max(ends)])


def waits(summary: ComparisonSummary) -> Figure | None:
    """The P90 wait by interval of taking the ticket, a line for each plan: the hall, and the units with the largest differences."""
    if not all(each.has_hours for each in summary.summaries):
        return None
    plans = range(len(summary.names))
    several = len(summary.base.units) > 1
    differing = [_Place(unit.unit, unit.name) for unit in summary.differing_units()] if several else []
    places = [_Place("", "the hall as a whole" if several else summary.base.units[0].name), *differing[:_MOST_WAITS]]
    p90 = [[day.values(summary.summaries[plan].over_day("waiting_time_p90", place.unit)) for plan in plans] for place in places]
    note = (
        f"Waiting time that one in ten exceeds of those who take their ticket in that {day.interval_name(summary.base)} (P90). "
        "Plans with equal waits lie on one line."
    )
    if len(differing) > _MOST_WAITS:
        note += f" Shown are the hall and {_MOST_WAITS} of the {len(differing)} units that differ, those with the largest differences."
    height, heading = (3.6, 0.28) if len(places) == 1 else (1.75, 0.32)
    bounds = reach(summary, [plan for plan in plans for _ in places], *(p90[place][plan] for plan in plans for place in range(len(places))))
    whose = summary.summaries
    any_open = replace(summary.base, opens=min(each.opens for each in whose), closes=max(each.closes for each in whose))
    handles = [Line2D([], [], label=_plan_name(summary, plan), **_line(summary, plan)) for plan in plans] + day.closed_key(any_open, bounds)
    if any(_target(summary, place) is not None for place in places):
        handles.append(Line2D([], [], color=style.INK, linewidth=1.1, linestyle=_DASHED, label="target time"))
    legend = 0.24 * math.ceil(len(handles) / 4)
    page = Page(summary.base, _waits_title(summary, places, p90), note, width=11.0, picture=legend + len(places) * (heading + height) + 0.5)
    bottom_of_legend = _legend(page, handles)
    left, width = MARGIN + 0.6, page.width - 2 * MARGIN - 0.7
    pitch = (bottom_of_legend - FOOTER - 0.5) / len(places)
    for row, place in enumerate(places):
        bottom = bottom_of_legend - (row + 1) * pitch
        axes = page.axes(left, bottom, width, pitch - heading)
        day.shade_closed(axes, any_open, bounds)
        highest = 1.0
        for plan in [summary.baseline, *(plan for plan in plans if plan != summary.baseline)]:
            edges, values = intervals(summary, plan), p90[row][plan]
            axes.plot((edges[:-1] + edges[1:]) / 2, values, drawstyle="steps-mid", **_line(summary, plan))
            if np.isfinite(values).any():
                highest = max(highest, float(np.nanmax(values)))
        if (target := _target(summary, place)) is not None and target <= _FAR * highest:
            axes.axhline(target, color=style.INK, linewidth=1.1, linestyle=_DASHED, zorder=1.5)
            highest = max(highest, target)
        day.scale(axes, highest, ticks=5 if len(places) > 1 else 9)
        day.clock_axis(axes, bounds, width, numbered=row == len(places) - 1)
        page.text(left, bottom + pitch - heading + 0.07, place.name, size=style.SMALL, weight="bold", va="baseline")
    page.text(left + width / 2, FOOTER + 0.1, "time of taking the ticket", size=style.TEXT, va="bottom", ha="center")
    middle = FOOTER + 0.5 + pitch * len(places) / 2
    page.text(MARGIN + 0.02, middle, "one in ten waits longer than, minutes", size=style.TEXT, rotation=90, va="center", ha="left")
    return page.figure


def _legend(page: Page, handles: Sequence[Artist]) -> float:
    """The plans in at most four columns, as wide as the longest name; returns the height in inches under it."""
    rows = math.ceil(len(handles) / 4)
    page.figure.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(MARGIN / page.width, (page.top + 0.02) / page.height), ncols=math.ceil(len(handles) / rows),
        frameon=False, borderpad=0.0, borderaxespad=0.0, handlelength=3.2, handletextpad=0.6, columnspacing=1.6, labelspacing=0.45,
    )  # fmt: skip
    return page.top - 0.205 * rows - 0.05


def _line(summary: ComparisonSummary, plan: int) -> dict[str, Any]:
    others = [other for other in range(len(summary.names)) if other != summary.baseline]
    if plan == summary.baseline:
        return {"color": style.FAINT, "linestyle": "-", "linewidth": 3.6, "marker": "", "zorder": 2}
    colour, dashes, marker = _LINES[others.index(plan) % len(_LINES)]
    face = "white" if marker not in "x" else colour
    return {
        "color": colour, "linestyle": dashes, "linewidth": 1.4, "marker": marker, "markersize": 4.2, "markerfacecolor": face,
        "markeredgewidth": 1.0, "zorder": 3, "clip_on": False,
    }  # fmt: skip


def _plan_name(summary: ComparisonSummary, plan: int) -> str:
    name = summary.names[plan]
    name = name if wording.width(name, style.SMALL) <= 1.9 else wording.wrapped(name.replace("_", "_ "), 1.9, style.SMALL, lines=1).replace("_ ", "_")
    return f"{name} (baseline)" if plan == summary.baseline else name


def _waits_title(summary: ComparisonSummary, places: Sequence[_Place], p90: Sequence[Sequence[Numbers]]) -> str:
    """Where and when a plan differs most from the baseline. Only intervals of the day whose two confidence intervals do not overlap count."""
    best: tuple[float, int, int, int] | None = None
    for row, place in enumerate(places):
        were = summary.base.over_day("waiting_time_p90", place.unit)
        for plan in range(len(summary.names)):
            if plan == summary.baseline or summary.summaries[plan].edges != summary.base.edges:
                continue
            for at, (one, other) in enumerate(zip(summary.summaries[plan].over_day("waiting_time_p90", place.unit), were, strict=True)):
                apart = abs(one.value - other.value)
                if (one.low > other.high or one.high < other.low) and (best is None or apart > best[0]):
                    best = apart, row, plan, at
    if best is None:
        return f"At no {day.interval_name(summary.base)} do waits differ between the plans by more than chance may bring about"
    _, row, plan, at = best
    where = f"At {wording.short(places[row].name)} " if places[row].unit or len(summary.base.units) == 1 else "In the hall as a whole "
    before, now = float(p90[row][summary.baseline][at]), float(p90[row][plan][at])
    alike = [name for name, values in zip(summary.names, p90[row], strict=True) if len(values) == len(p90[row][plan]) and math.isclose(values[at], now, abs_tol=1e-9)]
    under = f"{', '.join(alike[:-1])} and {alike[-1]}" if 1 < len(alike) <= _MOST_NAMED else summary.names[plan]
    title = f"{where}waits are {'longer' if now > before else 'shorter'} under {under}, most for tickets of {day.between(summary.base, at)}: "
    if now < 0.05:
        return f"{title}nine in ten are called at once, where one in ten waited more than {wording.minutes(before)}"
    if before < 0.05:
        return f"{title}one in ten waits more than {wording.minutes(now)}, where nine in ten were called at once"
    return f"{title}one in ten waits more than {wording.minutes(now)} instead of {wording.minutes(before)}"


def _target(summary: ComparisonSummary, place: _Place) -> float | None:
    """The target time in minutes of a place, if all its units have the same under all plans."""
    targets = {unit.target_minutes for each in summary.summaries for unit in each.hall_units if not unit.unlimited and place.unit in ("", unit.unit)}
    return next(iter(targets)) if len(targets) == 1 and not math.isnan(next(iter(targets))) else None
