"""The share within target of each unit under each plan, what the plan costs in officers, and who goes home unserved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.analysis.comparison import BETTER, WORSE
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.summary import Row, Summary, UnitLabel
from sim.analysis.target import Verdict, units_counted, verdict
from sim.analysis.wording import number
from sim.figures import style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.figures.unserved import unserved
from sim.words import given, measured

_KEPT: Final = "#CFE3F2"
"""Colour of a kept target: blue. Missed targets are brown."""
_UNKNOWN: Final = "#F4F4F4"
"""Colour of a cell that cannot be told yet or is not judged."""
_DARKEST: Final = 0.4
"""The distance below the target, as a fraction, from which a share has the darkest colour."""
_PITCH: Final = 0.32
"""Height of a row in inches."""
_NAMES_ROOM: Final = 2.6
"""Width for the names of units in inches."""
_WIDEST: Final = 1.5
"""Width of the widest cell in inches."""


class _Line(NamedTuple):
    """A row of the table: its name, its target in words, the text and the colour of each plan's cell, and which of them are bold."""

    name: str
    target: str
    texts: list[str]
    colours: list[str]
    bold: list[bool]


def shares(summary: ComparisonSummary) -> Figure | None:
    """The share within target of each unit under each plan: blue if it keeps the target, darker brown the farther it misses it.

    Below the units stand the hall, who goes home unserved and the officer-hours; machines last.
    """
    targeted = [unit for unit in summary.units if not math.isnan(unit.target_share)]
    if not targeted:
        return None
    units = [unit for unit in targeted if not unit.machine] or targeted
    machines = [unit for unit in targeted if unit not in units]
    plans = range(len(summary.names))
    hall = [_share(summary.summaries[plan], "") for plan in plans]
    blocks = [[_of_unit(summary, unit) for unit in units], _of_hall(summary, hall if len(units) > 1 else []), [_of_unit(summary, unit) for unit in machines]]
    lines = [line for block in blocks for line in block]
    note = (
        "Tickets served within the unit's target ÷ tickets taken (less those abandoned within it), in per cent. "
        f"▲\u00a0better, ▼\u00a0worse than under {summary.names[summary.baseline]}."
    )
    names = wording.labels([line.name for line in lines], _NAMES_ROOM, style.SMALL)
    target_room = wording.widest([*(line.target for line in lines), "target"], style.SMALL) + 0.2
    left = MARGIN + wording.widest(names, style.SMALL) + 0.2 + target_room
    cell = min(_WIDEST, (11.0 - left - MARGIN) / len(summary.names))
    headings = wording.plan_labels(summary.names, cell - 0.1, lines=3, size=style.TINY)
    officers = [_officers(one) for one in summary.summaries]
    heading = 0.14 * (max(label.count("\n") + 1 for label in headings) + any(officers)) + 0.12
    width, height = left + cell * len(summary.names) + MARGIN, _PITCH * len(lines)
    page = Page(summary.base, _title(summary, units), note, width=max(width, 7.5), picture=0.3 + heading + height + 0.12)
    page.legend(_handles())
    bottom = FOOTER + 0.1
    axes = page.axes(left, bottom, cell * len(summary.names), height)
    _table(axes, lines)
    for row, line in enumerate(lines):
        y = bottom + height * (1 - (row + 0.5) / len(lines))
        page.text(MARGIN, y, names[row], size=style.SMALL, va="center", linespacing=1.0)
        page.text(left - target_room + 0.05, y, line.target, size=style.SMALL, va="center", color=style.QUIET)
    above = 0
    for block in blocks[:-1]:
        above += len(block)
        if 0 < above < len(lines):
            axes.axhline(above, color=style.INK, linewidth=1.0)
    page.text(left - target_room + 0.05, bottom + height + 0.06, "target", size=style.TINY, color=style.QUIET, va="bottom")
    for plan, label in enumerate(headings):
        place: dict[str, Any] = {"x": left + (plan + 0.5) * cell, "size": style.TINY, "ha": "center", "va": "bottom", "linespacing": 1.15}
        page.text(y=bottom + height + 0.06, text=officers[plan], color=style.QUIET, **place)
        weight = "bold" if plan == summary.baseline else "normal"
        page.text(y=bottom + height + 0.06 + 0.14 * any(officers), text=label, weight=weight, **place)
    return page.figure


def _of_unit(summary: ComparisonSummary, unit: UnitLabel) -> _Line:
    """A unit's cells, each judged by the unit's target under that plan."""
    texts, colours, bold = [], [], []
    for name, each in zip(summary.names, summary.summaries, strict=True):
        share = _share(each, unit.unit)
        target = next(one.target_share for one in each.units if one.unit == unit.unit)
        if share is None or math.isnan(share.value):
            texts.append("–")
            colours.append(_UNKNOWN)
            bold.append(False)
            continue
        said, arrow = verdict(share, target), _arrow(summary, name, unit.unit)
        texts.append(f"{number(share.measure, share.value)} {said.sign}{arrow}")
        colours.append({Verdict.KEPT: _KEPT, Verdict.UNKNOWN: _UNKNOWN}.get(said) or _missed_by(target - share.value))
        bold.append(bool(arrow))
    words = f"{wording.target_percent(unit.target_share)} in {wording.target_minutes(unit.target_minutes)}"
    return _Line(unit.name, "differs by plan" if unit.name in summary.targets_differ else words, texts, colours, bold)


def _of_hall(summary: ComparisonSummary, shares: Sequence[Row | None]) -> list[_Line]:
    """The hall's rows: the share within target of all units (no row without shares), citizens who go home unserved, and officer-hours."""
    plain, thin = [_UNKNOWN] * len(summary.names), [False] * len(summary.names)
    found = []
    if shares and all(share is not None for share in shares):
        arrows = [_arrow(summary, name, "") for name in summary.names]
        texts = ["–" if share is None or math.isnan(share.value) else f"{number(share.measure, share.value)}{arrow}" for share, arrow in zip(shares, arrows, strict=True)]
        found.append(_Line(summary.base.all_units, "", texts, plain, [bool(arrow) for arrow in arrows]))
    each = "a day" if summary.base.has_hours else "a run"
    found.append(_Line(f"citizens home unserved, {each}", "", [measured(unserved(one)) for one in summary.summaries], plain, thin))
    hours = [_hours(one) for one in summary.summaries]
    if any(hours):
        found.append(_Line(f"officer-hours {each}", "", [number("hours_on_duty", one) for one in hours], plain, thin))
    return found


def _hours(summary: Summary) -> float:
    return next((row.value for row in summary if row[:5] == ("hours_on_duty", "", "", "", -1)), 0.0)


def _officers(summary: Summary) -> str:
    """The most officers that are on duty at a time."""
    most = max(summary.officers, default=0.0) if summary.has_hours else 0.0
    return f"{given(round(most, 1))} officer{'' if most == 1 else 's'}" if most else ""


def _arrow(summary: ComparisonSummary, plan: str, unit: str) -> str:
    told = summary.find(plan, "share_within_target", unit)
    return {BETTER: " ▲", WORSE: " ▼"}.get(told.verdict, "") if told else ""


def _missed_by(distance: float) -> str:
    """The colour of a target that is missed by this fraction. Even the smallest miss is no longer blue."""
    level = 0.28 + 0.62 * min(1.0, max(0.0, distance) / _DARKEST)
    return matplotlib.colors.to_hex(matplotlib.colormaps[style.HEAT](level))


def _handles() -> list[Artist]:
    words = [(_KEPT, "✓ target kept"), (_UNKNOWN, "? cannot tell yet"), (_missed_by(0.0), "✗ missed"), (_missed_by(_DARKEST), "✗ missed by far")]
    return [Patch(facecolor=colour, edgecolor=style.FAINT, linewidth=0.4, label=label) for colour, label in words]


def _table(axes: Axes, lines: Sequence[_Line]) -> None:
    axes.set_xlim(0, len(lines[0].texts))
    axes.set_ylim(len(lines), 0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    for row, line in enumerate(lines):
        for plan, (text, colour, bold) in enumerate(zip(line.texts, line.colours, line.bold, strict=True)):
            axes.barh(row + 0.5, 1.0, 1.0, left=plan, facecolor=colour, edgecolor="white", linewidth=0.8)
            ink, weight = str(style.ink_on(np.array(matplotlib.colors.to_rgb(colour)))), "bold" if bold else "normal"
            axes.text(plan + 0.5, row + 0.5, text, ha="center", va="center", fontsize=style.SMALL, color=ink, fontweight=weight)


def _share(summary: Summary, unit: str) -> Row | None:
    try:
        return summary.get("share_within_target", unit)
    except KeyError:
        return None


def _title(summary: ComparisonSummary, units: Sequence[UnitLabel]) -> str:
    found = [[_share(each, unit.unit) for each in summary.summaries] for unit in units]
    kept = [sum(summary.target_verdicts(plan).get(unit.unit) is Verdict.KEPT for unit in units) for plan in range(len(summary.names))]
    many, counted = len(units), units_counted(summary.base)
    if many == 1:
        values = [line.value if (line := found[0][plan]) is not None else math.nan for plan in range(len(summary.names))]
        if not np.isfinite(values).any():
            return "No ticket was taken, so no target can be judged"
        best, worst = int(np.nanargmax(values)), int(np.nanargmin(values))
        if values[best] - values[worst] < 5e-4:
            return f"Every plan serves {wording.percent(values[best])} of the tickets within the target"
        return (
            f"{summary.names[best]} serves {wording.percent(values[best])} of the tickets within the target, "
            f"{summary.names[worst]} {wording.percent(values[worst])}"
        )
    if len(set(kept)) == 1:
        return f"Every plan keeps the target at {kept[0]} of {many} {counted}"
    most, least = kept.index(max(kept)), kept.index(min(kept))
    title = f"{summary.names[most]} keeps the target at {kept[most]} of {many} {counted}, {summary.names[least]} at {kept[least]}"
    if summary.baseline not in (most, least):
        title += f"; {summary.names[summary.baseline]}, the baseline, at {kept[summary.baseline]}"
    return title
