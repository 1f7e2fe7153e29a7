"""The day on the horizontal axis: the intervals shown and their names, clock times and opening hours.

Shapes are added as plain artists, since matplotlib's own methods (`stairs`, `axvspan`) first look for limits of the axes, which we give.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle, StepPatch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim import clock
from sim.analysis.summary import Row, Summary
from sim.figures import scales, style, wording

Numbers = NDArray[np.float64]

# Minutes between two clock times of an axis, in rising order.
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
_NAMES: Final = {60.0: "hour", 30.0: "half-hour", 15.0: "quarter of an hour"}


def values(rows: Sequence[Row]) -> Numbers:
    """The values of rows, in their order."""
    return np.array([row.value for row in rows], dtype=np.float64)


def at(minute: float) -> str:
    """The clock time of a minute of the day."""
    return clock.format_clock(round(minute * clock.MINUTE))


def between(summary: Summary, interval: int) -> str:
    """An interval of the day by its two clock times."""
    return f"{at(summary.edges[interval])}–{at(summary.edges[interval + 1])}"


def interval_name(summary: Summary) -> str:
    """The word for an interval of this day: half-hour, hour, 20 minutes, or just interval if they differ in length."""
    lengths = {round(end - start, 6) for start, end in zip(summary.edges, summary.edges[1:], strict=False)}
    if len(lengths) != 1:
        return "interval"
    length = lengths.pop()
    return _NAMES.get(length, f"interval of {length:g} min")


def shown(summary: Summary, *measures: Numbers) -> slice:
    """The intervals to show: those of the opening hours, and those before and after as far as there is anything to see."""
    edges = np.array(summary.edges)
    something = (edges[:-1] < summary.closes) & (edges[1:] > summary.opens)
    for measure in measures:
        rows = np.atleast_2d(measure)
        something |= np.any(np.isfinite(rows) & (rows != 0), axis=0)
    found = np.flatnonzero(something)
    return slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(0, len(edges) - 1)


def edges(summary: Summary, part: slice) -> Numbers:
    """The bounds of the intervals shown."""
    return np.array(summary.edges[part.start : part.stop + 1], dtype=np.float64)


def clock_axis(
    axes: Axes, bounds: Numbers, room: float, *, small: bool = False, numbered: bool = True, title: str = "", grid: bool = False
) -> None:
    """Clock times under an axis in minutes since midnight, as many as fit into its width in inches. If it is not ``numbered``, only their marks."""
    low, high = float(bounds[0]), float(bounds[-1])
    size = style.TINY if small else style.SMALL
    apart = (1.4 if small else 1.6) * wording.width("00:00", size) * (high - low) / room
    step = next((step for step in _STEPS if step >= apart), _STEPS[-1])
    ticks = [float(minute) for minute in range(math.ceil(low / step) * step, math.floor(high) + 1, step)]
    if not ticks:
        ticks = [low]
    axes.set_xlim(low, high)
    scales.below(axes, ticks, [at(tick) for tick in ticks] if numbered else [], size=size, title=title, grid=grid)


def _closed(summary: Summary, bounds: Numbers) -> list[tuple[float, float]]:
    low, high = float(bounds[0]), float(bounds[-1])
    spans = ((low, min(summary.opens, high)), (max(summary.closes, low), high))
    return [(start, end) for start, end in spans if end > start]


def closed_key(summary: Summary, bounds: Numbers) -> list[Artist]:
    """The legend's entry for the time outside the opening hours; empty if none of that time is shown."""
    patch = Patch(facecolor=style.CLOSED, edgecolor=style.FAINT, linewidth=0.5, label="outside opening hours")
    return [patch] if _closed(summary, bounds) else []


def shade_closed(axes: Axes, summary: Summary, bounds: Numbers) -> None:
    """Shades the time outside the opening hours, where it is shown."""
    for start, end in _closed(summary, bounds):
        span = Rectangle((start, 0.0), end - start, 1.0, transform=axes.get_xaxis_transform(), facecolor=style.CLOSED, edgecolor="none", zorder=0)
        axes.add_artist(span)


def scale(axes: Axes, top: float, ticks: int = 9, *, whole: bool = False, numbered: bool = True, title: str = "") -> None:
    """A vertical axis from 0 to a little above the highest number, with round ticks and grid lines; ``whole`` numbers only, if wanted."""
    high = max(1.0, 1.08 * top)
    axes.set_ylim(0.0, high)
    places = MaxNLocator(ticks, steps=[1, 2, 5, 10], integer=whole or top > ticks).tick_values(0.0, high)
    places = [float(place) for place in places if 0.0 <= place <= high]
    scales.beside(axes, places, scales.numbers(places) if numbered else [], title=title, grid=True)


def steps(axes: Axes, bounds: Numbers, low: Numbers, high: Numbers, *, colour: str) -> None:
    """A band between two values of each interval, which leaves a gap where a value is missing."""
    shape: Any = {"baseline": low, "fill": True, "facecolor": colour, "edgecolor": "none", "linewidth": 0, "zorder": 2}
    axes.add_artist(StepPatch(high, bounds, **shape))


def line(axes: Axes, bounds: Numbers, level: Numbers, *, colour: str, thickness: float, dashes: str = "-") -> None:
    """One value of each interval as a stepped line, which leaves a gap where a value is missing."""
    shape: Any = {"baseline": None, "fill": False, "edgecolor": colour, "linewidth": thickness, "linestyle": dashes, "zorder": 3}
    axes.add_artist(StepPatch(level, bounds, **shape))
