"""The waiting time: by the time of taking the ticket, and its distribution by unit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.analysis.summary import Summary, UnitLabel
from sim.analysis.target import Verdict, target_verdicts
from sim.figures import day, style, wording
from sim.figures.page import Page
from sim.words import counted, given

_FAR: Final = 4.0
"""A target this many times above everything else is named, not drawn: it would press the rest flat."""
_Dashes = str | tuple[float, tuple[float, ...]]
_LINES: Final[tuple[tuple[str, _Dashes], ...]] = (
    (style.VERMILION, "-"),
    (style.BLUE, (0, (5, 1.5))),
    (style.GREEN, (0, (5, 1.5, 1, 1.5))),
    (style.PURPLE, (0, (1.5, 1))),
)
"""As many units are named in the distribution; the eye does not follow more."""
_DASHED: Final = (0, (4, 3))
_NAMES_ROOM: Final = 2.3
_FAN: Final = 0.4
_SAMPLE: Final = 0.36
_NAME_LINE: Final = 0.155
_PER_CENT: Final = tuple(np.linspace(0.0, 100.0, 201))
_MEDIAN, _P90, _P95 = 100, 180, 190
"""Where these quantiles stand among the 201 of ``Summary.waits``."""


def _targets(units: Iterable[UnitLabel]) -> list[UnitLabel]:
    return [unit for unit in units if not unit.unlimited and not math.isnan(unit.target_minutes)]


def _bounds(targets: list[UnitLabel]) -> tuple[float, float]:
    return min(unit.target_minutes for unit in targets), max(unit.target_minutes for unit in targets)


def _target_words(targets: list[UnitLabel]) -> str:
    low, high = _bounds(targets)
    shares = {unit.target_share for unit in targets}
    if low != high:
        return f"targets, which differ by unit: {given(low)} to {wording.target_minutes(high)}"
    if len(shares) == 1 and not math.isnan(share := shares.pop()):
        return f"target: {wording.target_percent(share)} within {wording.target_minutes(low)}"
    return f"target: {wording.target_minutes(low)}, for shares that differ by unit"


def _target_key(targets: list[UnitLabel]) -> Artist:
    low, high = _bounds(targets)
    label = _target_words(targets)
    if low == high:
        return Line2D([], [], color=style.INK, linewidth=1.1, linestyle=_DASHED, label=label)
    return Patch(facecolor=style.STRIP, edgecolor=style.INK, linewidth=0.9, linestyle=(0, (3, 2)), label=label)


def _draw_targets(axes: Axes, targets: list[UnitLabel]) -> None:
    """A dashed line at the target, or a strip from the strictest to the loosest."""
    low, high = _bounds(targets)
    if low < high:
        axes.axvspan(low, high, facecolor=style.STRIP, edgecolor="none", zorder=1)
    for bound in (low, high) if low < high else (low,):
        axes.axvline(bound, color=style.INK, linewidth=1.1, linestyle=_DASHED, zorder=4)


def by_time_of_day(summary: Summary) -> Figure | None:
    """Waiting time by interval of taking the ticket: the median, the ribbon up to the 90 % quantile, and the target of a single unit.

    A unit's target says nothing of the waits of several units together: they may lie below it while a unit misses it.
    """
    if not summary.has_hours:
        return None
    median = day.values(summary.over_day("waiting_time_median"))
    p90 = day.values(summary.over_day("waiting_time_p90"))
    part = day.shown(summary, median, p90)
    bounds = day.edges(summary, part)
    served = bool(np.isfinite(p90).any())
    highest = float(np.nanmax(p90)) if served else 1.0
    targets = _targets(summary.hall_units)
    several = len(summary.hall_units) > 1
    drawn = bool(targets) and not several and (not served or targets[0].target_minutes <= _FAR * max(highest, 1.0))
    where = f" at {summary.all_units} together" if several else f" at {summary.hall_units[0].name}" if len(summary.units) > 1 else ""
    note = f"Waiting time of the served{where}, by the {day.interval_name(summary)} in which they took their ticket."
    if several:
        note += _missed_words(summary)
    elif targets and not drawn:
        note += f" Outside the picture: {_target_words(targets)}."
    page = Page(summary, _day_title(summary, median, p90), note)
    handles: list[Artist] = [
        Line2D([], [], color=style.BLUE, linewidth=2.2, label="median: half wait longer"),
        Patch(facecolor=style.BAND, label="ribbon up to P90: one in ten waits longer"),
        *([_target_key(targets)] if drawn else []),
        *day.closed_key(summary, bounds),
    ]
    axes, width = page.below_legend(handles)
    day.shade_closed(axes, summary, bounds)
    if drawn:
        (target,) = targets
        axes.axhline(target.target_minutes, color=style.INK, linewidth=1.1, linestyle=_DASHED, zorder=4)
        highest = max(highest, target.target_minutes)
    day.steps(axes, bounds, median[part], p90[part], colour=style.BAND)
    day.line(axes, bounds, p90[part], colour=style.SKY, thickness=0.9)
    day.line(axes, bounds, median[part], colour=style.BLUE, thickness=2.2)
    if not served:
        page.nothing(axes, "Nobody was served, so there is no waiting time.")
    day.scale(axes, highest)
    axes.set_ylabel("waiting time, minutes")
    axes.set_xlabel("time of taking the ticket")
    day.clock_axis(axes, bounds, width)
    return page.figure


def _missed_words(summary: Summary) -> str:
    """How many units miss their target, which the waits of all units together do not show."""
    said = list(target_verdicts(summary).values())
    if not said:
        return ""
    missed = said.count(Verdict.MISSED)
    return f" Targets are judged by unit: {f'{missed} of {len(said)} missed' if missed else 'none is missed for certain'}."


def _day_title(summary: Summary, median: day.Numbers, p90: day.Numbers) -> str:
    if not np.isfinite(p90).any():
        return "Nobody was served on these days"
    if np.nanmax(p90) < 0.05:
        return "At every hour nine in ten tickets are called at once"
    if not np.isfinite(median).any() or np.nanmax(median) < 0.5:
        worst = int(np.nanargmax(p90))
        return (
            f"Half of the tickets served hardly waited; waits are longest for tickets of {day.between(summary, worst)}, "
            f"when one in ten waits more than {wording.minutes(p90[worst])}"
        )
    worst = int(np.nanargmax(p90))
    half = f"half of the tickets wait more than {wording.minutes(median[worst])}, one in ten" if median[worst] >= 0.5 else "one in ten waits"
    return f"Waits are longest for tickets of {day.between(summary, worst)}: {half} more than {wording.minutes(p90[worst])}"


class _Curve(NamedTuple):
    waits: tuple[float, ...]
    name: str
    colour: str
    dashes: _Dashes
    thickness: float


def distribution(summary: Summary) -> Figure:
    """The share of tickets served within each waiting time: the hall in bold, the worst units by name, the others in grey."""
    served = [unit for unit in summary.units if not unit.unlimited and summary.waits.get(unit.unit)]
    worst = sorted(served, key=lambda unit: (-summary.waits[unit.unit][_P90], -summary.waits[unit.unit][_MEDIAN]))
    named = [_Curve(summary.waits[unit.unit], unit.name, *line, 1.8) for unit, line in zip(worst, _LINES, strict=False)]
    grey = [_Curve(summary.waits[unit.unit], unit.name, style.FAINT, "-", 0.9) for unit in worst[len(named) :]]
    hall = summary.waits.get("", ())
    if hall and len(served) > 1:
        named.append(_Curve(hall, summary.all_units, style.BLACK, "-", 3.0))
    elif named:
        named = [named[0]._replace(thickness=3.0)]
    reach = max((curve.waits[_P95] for curve in named), default=0.0)
    targets = _targets(summary.units)
    drawn = bool(targets) and (not served or _bounds(targets)[1] <= _FAR * max(reach, 1.0))
    right = max(1.0, reach, 1.1 * _bounds(targets)[1] if drawn else 0.0)
    note = "The height of a curve is the share of served tickets that waited at most so long."
    longest = max((curve.waits[-1] for curve in named + grey), default=0.0)
    if longest > right:
        note += f" The longest wait, {wording.minutes(longest)}, lies outside the picture"
        note += "." if drawn or not targets else f", and so does the {_target_words(targets)}."
    elif targets and not drawn:
        note += f" Outside the picture: {_target_words(targets)}."
    page = Page(summary, _distribution_title(summary, worst), note, width=9.5, picture=4.9)
    handles: list[Artist] = [
        *([Line2D([], [], color=style.FAINT, linewidth=0.9, label=counted(len(grey), "other unit"))] if grey else []),
        *([_target_key(targets)] if drawn else []),
    ]
    beside = len(named) > 1
    axes, _ = page.below_legend(handles, right=_NAMES_ROOM + _FAN + _SAMPLE + 0.1 if beside else 0.2)
    if drawn:
        _draw_targets(axes, targets)
    for curves in (grey, named[::-1]):
        for curve in curves:
            # Beyond the longest wait the curve stays at 100 %, and its name is found at the edge.
            axes.plot(
                [*curve.waits, max(right, curve.waits[-1])],
                [*_PER_CENT, 100.0],
                color=curve.colour,
                linewidth=curve.thickness,
                linestyle=curve.dashes,
                zorder=2,
            )
    if not served:
        page.nothing(axes, "Nobody was served, so there is no waiting time.")
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, 102.0)
    axes.set_yticks(range(0, 101, 10))
    axes.set_xlabel("waiting time, minutes")
    axes.set_ylabel("served tickets that waited at most so long, per cent")
    axes.grid(axis="both")
    if beside:
        _name_curves(page, axes, named, right)
    return page.figure


def _name_curves(page: Page, axes: Axes, curves: list[_Curve], right: float) -> None:
    """Names the curves beside the axes in the order in which they leave it, joined to them by fine lines that do not cross."""
    box = axes.get_position()
    edge, floor, step = box.x1 * page.width, box.y0 * page.height, box.height * page.height / 102.0

    def leaving(curve: _Curve) -> float:
        return float(np.interp(right, curve.waits, _PER_CENT)) if curve.waits[-1] > right else 100.0

    names = dict(zip(curves, wording.labels([curve.name for curve in curves], _NAMES_ROOM, style.SMALL), strict=True))
    ceiling = floor + 102.0 * step + 0.1
    for curve in sorted(curves, key=lambda curve: (-leaving(curve), curve.waits[_P90])):
        text = f"{names[curve]}\n{wording.target_percent(0.9)} within {wording.minutes(curve.waits[_P90])}"
        height = _NAME_LINE * (text.count("\n") + 1)
        start = floor + leaving(curve) * step
        middle = min(ceiling - height / 2, start)
        page.line([edge + 0.03, edge + _FAN], [start, middle], color=style.QUIET, linewidth=0.6)
        page.line([edge + _FAN, edge + _FAN + _SAMPLE], [middle] * 2, color=curve.colour, linewidth=curve.thickness, linestyle=curve.dashes)
        page.text(edge + _FAN + _SAMPLE + 0.07, middle, text, size=style.SMALL, va="center", linespacing=1.2)
        ceiling = middle - height / 2 - 0.12


def _distribution_title(summary: Summary, worst: list[UnitLabel]) -> str:
    if not worst:
        return "Nobody was served on these days"
    first = summary.waits[worst[0].unit]
    name = wording.short(worst[0].name)
    if first[_P90] < 0.05:
        return f"{'At every unit' if len(worst) > 1 else f'{name}:'} nine in ten citizens are called at once"
    title = f"Waits are longest at {name}" if len(worst) > 1 else f"{name}"
    half = f"half of the citizens wait more than {wording.minutes(first[_MEDIAN])}, " if first[_MEDIAN] >= 0.5 else "half hardly wait, "
    return f"{title}: {half}one in ten more than {wording.minutes(first[_P90])}"
