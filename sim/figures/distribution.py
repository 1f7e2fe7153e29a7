"""How long the tickets of each unit wait: what share is called within some minutes, within more, or never."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from sim.analysis.summary import Summary
from sim.figures import style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.figures.unserved import never_called
from sim.words import given, measured

_COLOURS: Final = ("#CFE3F2", "#79B5DC", "#FCD59A", "#EE9B3C", "#B0480E")
"""The colour of each class of waits: blue up to the target time, brown above it. Neighbours differ in lightness, also in grey print."""
_LADDER: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 480)
"""Round numbers of minutes for the bounds of the classes."""
_ROW: Final = 0.34
"""Height of a row in inches."""
_BAR: Final = 0.78
"""Part of a row that its bar fills."""
_NAMES_ROOM: Final = 2.6
"""Width for the names of units in inches."""
_COLUMN: Final = 0.62
"""Width of each column of numbers beside the bars in inches."""
_NUMBERED: Final = 0.3
"""Width in inches from which a bar has room for its number."""
_HATCH: Final = "/////"


class _Row(NamedTuple):
    """A unit (or the hall): the share of its tickets in each class of waits and, last, of those never called; median and P90 in minutes."""

    name: str
    shares: tuple[float, ...]
    median: float
    p90: float
    machine: bool = False


def by_unit(summary: Summary) -> Figure:
    """The tickets of each unit by how long they waited: bars from the shortest waits to the longest, and those that were never called."""
    bounds = _bounds(summary)
    rows = _rows(summary, bounds)
    hall = len([row for row in rows if not row.machine]) > 1
    if hall:
        rows.append(_row(summary, "", summary.all_units, bounds))
    note = "Tickets taken, by how long they waited for the call, in per cent. Units with the longest waits stand first."
    if any(row.machine for row in rows):
        note += " Machines are not in it."
        rows = [row for row in rows if not row.machine] or rows
    height = _ROW * max(len(rows), 2)
    page = Page(summary, _title(rows[:-1] if hall else rows), note, width=11.0, picture=0.62 + height + 0.5)
    page.legend(_handles(bounds, rows))
    names = wording.labels([row.name for row in rows], _NAMES_ROOM, style.SMALL)
    left, bottom = MARGIN + wording.widest(names, style.SMALL) + 0.12, FOOTER + 0.5
    width = page.width - left - MARGIN - 2 * _COLUMN - 0.1
    axes = page.axes(left, bottom, width, height)
    _bars(axes, rows, width)
    axes.set_ylim(max(len(rows), 2), 0)
    axes.set_xlim(0.0, 100.0)
    axes.set_yticks(np.arange(len(rows)) + 0.5, names, fontsize=style.SMALL, linespacing=1.0)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("tickets taken, per cent")
    axes.spines["left"].set_visible(False)
    if hall:
        axes.axhline(len(rows) - 1, color=style.INK, linewidth=1.0)
    if not any(sum(row.shares) for row in rows):
        page.nothing(axes, "No ticket was taken.")
    for column, heading in enumerate(("median", "P90")):
        x = left + width + 0.1 + (column + 0.9) * _COLUMN
        page.text(x, bottom + height + 0.08, f"{heading},\nmin", size=style.TINY, color=style.QUIET, ha="right", va="bottom")
        for number, row in enumerate(rows):
            value = row.p90 if column else row.median
            page.text(x, bottom + height - _ROW * (number + 0.5) * height / (_ROW * max(len(rows), 2)), measured(value), size=style.SMALL, ha="right", va="center")
    return page.figure


def _bounds(summary: Summary) -> tuple[float, ...]:
    """The four bounds of the classes: a third of the target time, the target time, twice and four times it.

    If units have no target time or different ones, the classes are built on the round number of minutes within which three in four
    tickets of the hall are called.
    """
    targets = {unit.target_minutes for unit in summary.hall_units if not unit.unlimited}
    middle = targets.pop() if len(targets) == 1 else math.nan
    if math.isnan(middle):
        waits = summary.waits.get("") or (1.0,)
        usual = waits[150] if len(waits) > 150 else waits[-1]
        middle = next((float(minutes) for minutes in _LADDER if minutes >= usual), float(_LADDER[-1]))
    return max(round(middle / 3), middle / 3) if middle < 3 else float(round(middle / 3)), middle, 2 * middle, 4 * middle


def _rows(summary: Summary, bounds: Sequence[float]) -> list[_Row]:
    rows = [_row(summary, unit.unit, unit.name, bounds, unit.machine) for unit in summary.units if not unit.unlimited]
    return sorted(rows, key=lambda row: (-math.inf if math.isnan(row.p90) else -row.p90))


def _row(summary: Summary, unit: str, name: str, bounds: Sequence[float], machine: bool = False) -> _Row:
    waits = np.array(summary.waits.get(unit) or [])
    served, lost = summary.get("served", unit).value, never_called(summary, unit)
    taken = served + lost
    called = served / taken if taken > 0 else 0.0
    within = [float(np.count_nonzero(waits <= bound + 1e-9)) / len(waits) if len(waits) else 0.0 for bound in bounds]
    classes = np.diff([0.0, *within, 1.0 if len(waits) else 0.0]) * 100.0 * called
    never = 100.0 * (1.0 - called) if taken > 0 else 0.0
    median, p90 = (summary.get(measure, unit).value for measure in ("waiting_time_median", "waiting_time_p90"))
    return _Row(name, (*classes.tolist(), never), median, p90, machine)


def _bars(axes: Axes, rows: Sequence[_Row], width: float) -> None:
    for number, row in enumerate(rows):
        start = 0.0
        for at, share in enumerate(row.shares):
            never = at == len(_COLOURS)
            bar = Rectangle(
                (start, number + 0.5 - _BAR / 2), share, _BAR, linewidth=0.5, hatch=_HATCH if never else None,
                facecolor=style.CLOSED if never else _COLOURS[at], edgecolor=style.QUIET if never else "white",
            )  # fmt: skip
            axes.add_artist(bar)
            if share / 100.0 * width >= _NUMBERED:
                axes.text(
                    start + share / 2, number + 0.5, f"{share:.0f}", ha="center", va="center", fontsize=style.SMALL,
                    color="white" if at == len(_COLOURS) - 1 else style.INK, bbox={"facecolor": style.CLOSED, "linewidth": 0.0, "pad": 0.8} if never else None,
                )  # fmt: skip
            start += share


def _handles(bounds: Sequence[float], rows: Sequence[_Row]) -> list[Patch]:
    words = [f"called within {wording.target_minutes(bounds[0])}", *(f"{given(low)} to {wording.target_minutes(high)}" for low, high in pairwise(bounds))]
    words.append(f"more than {wording.target_minutes(bounds[-1])}")
    handles = [Patch(facecolor=colour, edgecolor="white", label=label) for colour, label in zip(_COLOURS, words, strict=True)]
    if any(row.shares[-1] >= 0.05 for row in rows):
        handles.append(Patch(facecolor=style.CLOSED, edgecolor=style.QUIET, hatch=_HATCH, linewidth=0.5, label="never called: gave up or left over"))
    return handles


def _title(rows: Sequence[_Row]) -> str:
    taken = [row for row in rows if sum(row.shares)]
    if not taken:
        return "No ticket was taken on these days"
    worst = taken[0]
    name = wording.short(worst.name)
    if math.isnan(worst.p90):
        return f"{name}: nobody is called"
    if worst.p90 < 0.05:
        return "At every unit nine in ten citizens are called at once" if len(taken) > 1 else f"{name}: nine in ten citizens are called at once"
    half = f"half of those called wait more than {wording.minutes(worst.median)}" if worst.median >= 0.5 else "half of those called hardly wait"
    title = f"Waits are longest at {name}: {half}, one in ten more than {wording.minutes(worst.p90)}"
    return title if worst.shares[-1] < 1.0 else f"{title}; {wording.percent(worst.shares[-1] / 100.0)} of its tickets are never called"
