"""The share of tickets served within the target, unit by unit, and its verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis.summary import Row, Summary, UnitLabel
from sim.analysis.target import Verdict, units_counted, verdict
from sim.analysis.wording import between, number
from sim.figures import style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.figures.unserved import never_called, unserved_words
from sim.words import counted, measured

_ROW: Final = 0.36
"""Height of a row in inches."""
_NAMES_ROOM: Final = 2.4
"""Width for the names of units in inches."""
_WORDS_ROOM: Final = 5.0
"""Width for the columns of words beside the picture in inches."""
_COLUMNS: Final = (0.0, 1.4, 2.5, 3.65)
"""The left edges of these columns, in inches."""


class _Mark(NamedTuple):
    marker: str
    colour: str
    filled: bool


_MARKS: Final = {
    Verdict.MISSED: _Mark("X", style.VERMILION, True),
    Verdict.UNKNOWN: _Mark("^", style.ORANGE, False),
    Verdict.KEPT: _Mark("o", style.GREEN, True),
}


def by_unit(summary: Summary) -> Figure | None:
    """The share within target of each unit: its interval, target, mark and word for the verdict, and the tickets never called.

    The hall stands below the units, and machines below the hall.
    """
    targeted = [unit for unit in summary.units if not unit.unlimited and not math.isnan(unit.target_share)]
    if not targeted:
        return None
    judged = [unit for unit in targeted if not unit.machine] or targeted
    machines = [unit for unit in targeted if unit not in judged]
    shares = {unit.unit: summary.get("share_within_target", unit.unit) for unit in targeted}
    verdicts = {unit.unit: verdict(shares[unit.unit], unit.target_share) for unit in targeted if not math.isnan(shares[unit.unit].value)}
    judged.sort(key=lambda unit: _order(unit, shares, verdicts))
    hall = _hall(summary) if len(judged) > 1 else None
    rows: list[UnitLabel | None] = [*judged, *([None] if hall else []), *machines]
    note = "Tickets served within the unit's target ÷ tickets taken (less those abandoned within it), with the 95 % interval."
    if len(judged) > 1 and verdicts:
        note += " Missed targets stand first" + (", machines last." if machines else ".")
    without = sum(not unit.unlimited and not unit.machine for unit in summary.units) - len(judged)
    if without > 0:
        note += f" {counted(without, 'unit')} without a target {'is' if without == 1 else 'are'} not shown."
    height = _ROW * max(len(rows), 2)
    of_judged = {unit.unit: verdicts[unit.unit] for unit in judged if unit.unit in verdicts}
    page = Page(summary, _title(summary, judged, shares, of_judged, without), note, width=11.0, picture=0.62 + height + 0.5)
    names = wording.labels([unit.name if unit else summary.all_units for unit in rows], _NAMES_ROOM, style.SMALL)
    left, bottom = MARGIN + wording.widest(names, style.SMALL) + 0.15, FOOTER + 0.5
    width = page.width - left - MARGIN - _WORDS_ROOM
    page.legend(_handles(set(verdicts.values())))
    axes = page.axes(left, bottom, width, height)
    axes.set_yticks(range(len(rows)), names, fontsize=style.SMALL, linespacing=1.0)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(len(rows), 2) - 0.5, -0.5)
    beside = [left + width + 0.25 + shift for shift in _COLUMNS]
    for place, text in zip(beside, ("share (interval), %", "target", "verdict", f"never called, a {'day' if summary.has_hours else 'run'}"), strict=True):
        page.text(place, bottom + height + 0.08, text, size=style.TINY, color=style.QUIET, va="bottom")
    for row, unit in enumerate(rows):
        y = bottom + height * (1 - (row + 0.5) / max(len(rows), 2))
        page.text(beside[3], y, _never_called(summary, unit.unit if unit else ""), size=style.SMALL, va="center")
        if unit is None:
            assert hall is not None
            axes.axhline(row - 0.5, color=style.FAINT, linewidth=0.7)
            if machines:
                axes.axhline(row + 0.5, color=style.FAINT, linewidth=0.7)
            _interval(axes, hall, row, _Mark("s", style.INK, True))
            page.text(beside[0], y, _numbers(hall), size=style.SMALL, va="center")
            continue
        axes.plot([100 * unit.target_share] * 2, [row - 0.32, row + 0.32], color=style.INK, linewidth=2.0, zorder=2, solid_capstyle="butt")
        page.text(beside[1], y, f"{wording.target_percent(unit.target_share)} in {wording.target_minutes(unit.target_minutes)}", size=style.SMALL, va="center")
        if unit.unit not in verdicts:
            page.text(beside[0], y, "no ticket to judge", size=style.SMALL, va="center", color=style.QUIET)
            continue
        mark = _MARKS[verdicts[unit.unit]]
        _interval(axes, shares[unit.unit], row, mark)
        page.text(beside[0], y, _numbers(shares[unit.unit]), size=style.SMALL, va="center")
        page.text(beside[2], y, f"{verdicts[unit.unit].sign} {verdicts[unit.unit]}", size=style.SMALL, va="center", weight="bold")
    seen = [bound for unit in targeted for bound in (shares[unit.unit].value, shares[unit.unit].low, unit.target_share)]
    lowest = min([bound for bound in [*seen, *((hall.value, hall.low) if hall else ())] if not math.isnan(bound)], default=0.0)
    axes.set_xlim(max(-1.5, 10 * math.floor(10 * lowest) - 5), 101.5)
    axes.set_xlabel("tickets served within the target, per cent")
    axes.grid(axis="x")
    return page.figure


def _order(unit: UnitLabel, shares: Mapping[str, Row], verdicts: Mapping[str, Verdict]) -> tuple[int, float]:
    """The order of units: missed targets first, within a verdict the farthest below its target first, units without a ticket last."""
    ranks = list(Verdict)
    if unit.unit not in verdicts:
        return len(ranks), 0.0
    return ranks.index(verdicts[unit.unit]), shares[unit.unit].value - unit.target_share


def _never_called(summary: Summary, unit: str) -> str:
    """How many tickets of a unit are never called. Without a unit: of all units except machines."""
    never = never_called(summary, unit)
    return "none" if not never > 0 else f"{measured(never)} of {measured(summary.get('tickets', unit).value)}"


def _hall(summary: Summary) -> Row | None:
    """The share of the whole hall, which means something only when all its units have a target."""
    try:
        share = summary.get("share_within_target")
    except KeyError:
        return None
    return None if math.isnan(share.value) else share


def _interval(axes: Axes, share: Row, row: int, mark: _Mark) -> None:
    axes.plot([100 * share.low, 100 * share.high], [row, row], color=style.INK, linewidth=1.3, zorder=3, solid_capstyle="butt")
    axes.plot(
        [100 * share.value],
        [row],
        marker=mark.marker,
        markersize=8.5,
        color=mark.colour,
        markerfacecolor=mark.colour if mark.filled else "white",
        markeredgecolor=mark.colour if not mark.filled else style.INK,
        markeredgewidth=1.8 if not mark.filled else 0.6,
        linestyle="none",
        zorder=4,
    )


def _handles(found: set[Verdict]) -> list[Line2D]:
    handles = []
    for kind, words in (
        (Verdict.MISSED, "missed: the whole interval lies below the target"),
        (Verdict.UNKNOWN, "cannot tell yet: the target lies within the interval"),
        (Verdict.KEPT, "kept: the whole interval lies above"),
    ):
        if kind in found:
            mark = _MARKS[kind]
            handles.append(
                Line2D(
                    [],
                    [],
                    linestyle="none",
                    marker=mark.marker,
                    markersize=7,
                    markerfacecolor=mark.colour if mark.filled else "white",
                    markeredgecolor=style.INK if mark.filled else mark.colour,
                    markeredgewidth=0.6 if mark.filled else 1.6,
                    label=words,
                )
            )
    handles.append(Line2D([], [], linestyle="none", marker="|", markersize=10, markeredgewidth=2, color=style.INK, label="target"))
    return handles


def _numbers(share: Row) -> str:
    value = number(share.measure, share.value)
    return value if math.isnan(share.low) or math.isnan(share.high) else f"{value} ({between(share.measure, share.low, share.high, ' to ')})"


def _title(summary: Summary, judged: list[UnitLabel], shares: dict[str, Row], verdicts: dict[str, Verdict], without: int) -> str:
    """How many units keep their target, and how many citizens go home unserved."""
    return "; ".join(filter(None, (_verdict_words(summary, judged, shares, verdicts, without), unserved_words(summary))))


def _verdict_words(summary: Summary, judged: list[UnitLabel], shares: dict[str, Row], verdicts: dict[str, Verdict], without: int) -> str:
    """The verdicts on the targets in words. Machines count only if there are no other units."""
    if not verdicts:
        return "No ticket was taken, so no target can be judged"
    if len(judged) == 1:
        unit = judged[0]
        said = {Verdict.KEPT: "keeps its target", Verdict.MISSED: "misses its target", Verdict.UNKNOWN: "may or may not keep its target"}
        return (
            f"{wording.short(unit.name)} {said[verdicts[unit.unit]]}: {wording.percent(shares[unit.unit].value)} of the tickets "
            f"are served within {wording.target_minutes(unit.target_minutes)}"
        )
    kept, missed, unknown = (sum(found is kind for found in verdicts.values()) for kind in (Verdict.KEPT, Verdict.MISSED, Verdict.UNKNOWN))
    units = units_counted(summary)
    miss, keep = "misses" if missed == 1 else "miss", "keeps" if kept == 1 else "keep"
    if max(kept, missed) == len(judged):
        verb = "keep" if kept else "miss"
        every = "Both" if len(judged) == 2 else f"All {len(judged)}"
        return f"{every} {units} with a target {verb} it" if without else f"{every} {units} {verb} their target"
    title = f"{missed} of {len(judged)} {units} "
    title += f"with a target {miss} it, " if without else f"{miss} {'its' if missed == 1 else 'their'} target, "
    title += f"{kept} {keep} it"
    more = "days" if summary.has_hours else "replications"
    return f"{title}; {unknown} cannot be judged yet, more {more} are needed" if unknown else title
