"""The number waiting over the day, one small picture for each unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.analysis.summary import Summary
from sim.figures import day, style, wording
from sim.figures.day import Numbers
from sim.figures.page import FOOTER, MARGIN, Page
from sim.words import measured

_ALIKE: Final = 0.25
"""Units share a scale while their peak is at least this fraction of its highest peak. With a single scale most units would be flat lines."""
_HARDLY: Final = 0.05
"""The average number waiting below which a picture says that hardly anybody waits, and the title that nobody does."""
_THICK: Final = 1.8
"""Width of the average's line in points."""
_LEGEND: Final = 0.16
"""Height of the legend in inches."""
_HEADING: Final = 0.62
"""Height of the name and the peak over a picture in inches."""
_CLOCK: Final = 0.45
"""Height of the clock times under the last row in inches."""


@dataclass(frozen=True)
class _Lines:
    """The numbers waiting of every unit shown, the most crowded first: a row for each unit, a column for each interval."""

    names: list[str]
    means: Numbers
    lows: Numbers
    highs: Numbers
    peaks: Numbers
    """The highest mean of each unit; -1 where there is none."""


def by_unit(summary: Summary) -> Figure | None:
    """The average number waiting in each interval, and the band that holds the middle 80 % of days; most crowded units first."""
    units = [unit for unit in summary.units if not unit.unlimited]
    if not summary.has_hours or not units:
        return None
    means, lows, highs = (
        np.array([day.values(summary.over_day(measure, unit.unit)) for unit in units])
        for measure in ("number_waiting", "number_waiting_p10", "number_waiting_p90")
    )
    peaks = np.where(np.isfinite(means), means, -1.0).max(axis=1)
    order = np.argsort(-peaks, kind="stable")
    lines = _Lines([units[i].name for i in order], means[order], lows[order], highs[order], peaks[order])
    return _small_multiples(summary, lines) if len(units) > 1 else _one_picture(summary, lines)


def _legend(summary: Summary, bounds: Numbers) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], color=style.BLUE, linewidth=_THICK, label="average over the days")]
    if summary.replications > 1:
        handles.append(Patch(facecolor=style.BAND, label="8 days in 10 lie in this band"))
    return [*handles, *day.closed_key(summary, bounds)]


def _draw(axes: Axes, summary: Summary, lines: _Lines, unit: int, part: slice) -> None:
    bounds = day.edges(summary, part)
    day.shade_closed(axes, summary, bounds)
    if summary.replications > 1:
        day.steps(axes, bounds, lines.lows[unit, part], lines.highs[unit, part], colour=style.BAND)
    day.line(axes, bounds, lines.means[unit, part], colour=style.BLUE, thickness=_THICK)


def _one_picture(summary: Summary, lines: _Lines) -> Figure:
    part = day.shown(summary, lines.means, lines.highs)
    bounds = day.edges(summary, part)
    page = Page(summary, _title(summary, lines), f"Each step is the average number waiting in one {day.interval_name(summary)}.")
    axes, width = page.below_legend(_legend(summary, bounds))
    _draw(axes, summary, lines, 0, part)
    day.scale(axes, _reach(lines)[0], title="citizens waiting")
    day.clock_axis(axes, bounds, width, title="time of day")
    return page.figure


def _small_multiples(summary: Summary, lines: _Lines) -> Figure:
    count = len(lines.names)
    part = day.shown(summary, lines.means, lines.highs)
    bounds = day.edges(summary, part)
    tops = _scales(lines.peaks, _reach(lines))
    columns = _columns(count)
    rows = math.ceil(count / columns)
    note = f"Each step is the average number waiting in one {day.interval_name(summary)}. Units stand in the order of their peaks, "
    note += "the most crowded first; "
    note += "all have the same scale." if len(set(tops)) == 1 else "a new scale begins where the axis has numbers."
    height = {1: 2.2, 2: 1.5}.get(rows, 1.05)
    pitch = _HEADING + height + 0.12
    page = Page(summary, _title(summary, lines), note, width=11.0 if columns > 2 else 9.0, picture=_LEGEND + rows * pitch + _CLOCK)
    page.legend(_legend(summary, bounds))
    left, gap = MARGIN + 0.6, 0.42
    width = (page.width - left - MARGIN - 0.1 - gap * (columns - 1)) / columns
    names = wording.labels(lines.names, width, style.SMALL, bold=True)
    for unit in range(count):
        row, column = divmod(unit, columns)
        x, y = left + column * (width + gap), page.top - _LEGEND - row * pitch - _HEADING - height
        axes = page.axes(x, y, width, height)
        _draw(axes, summary, lines, unit, part)
        day.scale(axes, tops[unit], ticks=4, numbered=column == 0 or tops[unit] != tops[unit - 1])
        day.clock_axis(axes, bounds, width, small=True, numbered=unit + columns >= count)
        page.text(x, y + height + 0.22, names[unit], size=style.SMALL, weight="bold", va="baseline", linespacing=1.15)
        page.text(x, y + height + 0.07, _peak(summary, lines, unit), size=style.TINY, color=style.QUIET, va="baseline")
    middle = (page.top - _LEGEND - _HEADING + FOOTER + _CLOCK) / 2
    page.text(MARGIN + 0.02, middle, "citizens waiting", size=style.TEXT, rotation=90, va="center", ha="left")
    page.text(left + (page.width - left - MARGIN) / 2, FOOTER + 0.1, "time of day", size=style.TEXT, va="bottom", ha="center")
    return page.figure


def _peak(summary: Summary, lines: _Lines, unit: int) -> str:
    peak = lines.peaks[unit]
    if peak < 0:
        return "no count"
    if peak < _HARDLY:
        return "hardly anybody waits"
    return f"peak {measured(peak)} at {day.between(summary, int(np.nanargmax(lines.means[unit])))}"


def _reach(lines: _Lines) -> Numbers:
    """The highest value in each picture. If days differ much, that may be the average and not the band."""
    highest: Numbers = np.nan_to_num(np.fmax(lines.highs, lines.means)).max(axis=1)
    return highest


def _scales(peaks: Numbers, reach: Numbers) -> list[float]:
    """The top of each picture's scale, from the peaks in falling order and the values that must fit. Similar units share a scale."""
    tops: list[float] = []
    while len(tops) < len(peaks):
        first = len(tops)
        alike = max(1, int(np.count_nonzero(np.maximum(peaks[first:], 1.0) >= _ALIKE * max(peaks[first], 1.0))))
        tops += [max(1.0, float(reach[first : first + alike].max()))] * alike
    return tops


def _columns(count: int) -> int:
    """The number of pictures in a row that leaves the fewest places empty."""
    if count <= 2:
        return count
    few = (2, 3) if count <= 4 else (3, 4) if count <= 9 else (4, 5)
    return min(few, key=lambda columns: (-count % columns, -columns))


def _title(summary: Summary, lines: _Lines) -> str:
    name = wording.short(lines.names[0])
    count = len(lines.names)
    if lines.peaks[0] < _HARDLY:
        return "Nobody waits at any unit" if count > 1 else f"Nobody waits at {name}"
    when = day.between(summary, int(np.nanargmax(lines.means[0])))
    average = f"{measured(lines.peaks[0])} on average"
    if count == 1:
        return f"{name}: the queue is longest at {when}, {average}"
    return f"The longest queue is at {name}: {average} at {when}"
