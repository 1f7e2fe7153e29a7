"""The utilisation of the counters, unit by interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.analysis.summary import Summary
from sim.figures import day, style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.words import counted

_NUMBERED: Final = 20
"""The most columns with room for a number in each cell."""
_HIGH: Final = 0.9
"""The utilisation, as a fraction, from which the title calls it high."""
_ROW: Final = 0.36
"""Height of a row in inches."""
_NAMES_ROOM: Final = 2.6
"""Width for the names of units in inches."""
_HATCH: Final = "/////"


class _Row(NamedTuple):
    """A row of the picture: a unit, or units that share counters, with the share by interval and over the whole day."""

    name: str
    shares: day.Numbers
    all_day: float
    machine: bool


def heat_map(summary: Summary) -> Figure | None:
    """Minutes busy within duty as a share of minutes on duty: a row for each unit, a column for each interval, and the whole day.

    Units that share counters have one row; machines stand below the units with officers.
    """
    if not summary.has_hours or not any(not unit.unlimited for unit in summary.units):
        return None
    rows = sorted(_rows(summary), key=lambda row: row.machine)
    shares, whole = np.array([row.shares for row in rows]), np.array([row.all_day for row in rows])
    part = day.shown(summary, shares)
    bounds = day.edges(summary, part)
    page = Page(summary, _title(summary, rows), _note(summary, rows), width=11.0, picture=0.22 + _ROW * max(len(rows), 2) + 1.05)
    _draw(page, rows, bounds, shares[:, part], whole)
    return page.figure


def _rows(summary: Summary) -> Iterator[_Row]:
    for unit in summary.units:
        group = summary.group_of(unit.unit)
        if unit.unlimited or (group and unit.unit != group.units[0]):
            continue
        if group:
            mine = [one for one in summary.units if one.unit in group.units]
            yield _Row(" + ".join(one.name for one in mine), np.array(group.by_interval), group.all_day, all(one.machine for one in mine))
        else:
            shares = day.values(summary.over_day("utilisation", unit.unit))
            yield _Row(unit.name, shares, summary.get("utilisation", unit.unit).value, unit.machine)


def _note(summary: Summary, rows: Sequence[_Row]) -> str:
    note = f"Minutes busy ÷ minutes on duty in each {day.interval_name(summary)}, in per cent."
    if len(rows) > 1:
        note += " Units in the order of the scenario" + (", machines below." if rows[-1].machine and not rows[0].machine else ".")
    return note + (" Units that share counters have one row." if summary.groups else "")


def _draw(page: Page, rows: Sequence[_Row], bounds: day.Numbers, shares: day.Numbers, whole: day.Numbers) -> None:
    height = _ROW * max(len(rows), 2)
    names = wording.labels([row.name for row in rows], _NAMES_ROOM, style.SMALL)
    left, bottom = MARGIN + wording.widest(names, style.SMALL) + 0.12, page.top - 0.22 - height
    width = page.width - left - MARGIN - 0.75
    axes = page.axes(left, bottom, width, height)
    _cells(axes, bounds, shares, numbered=len(bounds) - 1 <= _NUMBERED, room=width / (len(bounds) - 1))
    day.clock_axis(axes, bounds, width, title="time of day")
    axes.set_yticks(np.arange(len(rows)) + 0.5, names, fontsize=style.SMALL, linespacing=1.0)
    axes.tick_params(axis="y", length=0)
    total = page.axes(left + width + 0.12, bottom, 0.55, height)
    _cells(total, np.array([0.0, 1.0]), whole[:, None], numbered=True, room=0.55, bold=True)
    total.set_xticks([])
    total.set_yticks([])
    machines = sum(row.machine for row in rows)
    if 0 < machines < len(rows):
        for one in (axes, total):
            one.axhline(len(rows) - machines, color=style.INK, linewidth=1.2)
    page.text(left + width + 0.12 + 0.275, bottom + height + 0.06, "all day", size=style.SMALL, ha="center", va="bottom")
    _key(page, left, gaps=bool(np.isnan(shares).any() or np.isnan(whole).any()))


def _cells(axes: Axes, bounds: day.Numbers, shares: day.Numbers, *, numbered: bool, room: float, bold: bool = False) -> None:
    # A missing value has no cell, so the hatched background shows through.
    axes.patch.set(facecolor=style.CLOSED, edgecolor=style.FAINT, hatch=_HATCH, linewidth=0.0)
    rows = np.arange(shares.shape[0] + 1, dtype=np.float64)
    axes.pcolormesh(
        bounds, rows, np.ma.masked_invalid(shares), cmap=style.BUSY, vmin=0.0, vmax=1.0, edgecolors="white", linewidth=0.6, antialiased=True
    )
    axes.set_ylim(shares.shape[0], 0)
    axes.spines[:].set_visible(False)
    if not numbered:
        return
    ink = style.ink_on(matplotlib.colormaps[style.BUSY](np.nan_to_num(np.clip(shares, 0.0, 1.0))))
    size = style.SMALL if room > 0.32 else style.TINY
    for (row, column), share in np.ndenumerate(shares):
        if np.isfinite(share):
            axes.text(
                (bounds[column] + bounds[column + 1]) / 2,
                row + 0.5,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=size,
                color=str(ink[row, column]),
                fontweight="bold" if bold else "normal",
            )


def _key(page: Page, left: float, gaps: bool) -> None:
    """The key of the shades; and of the hatching, where there are ``gaps`` on duty."""
    bar = page.axes(left, FOOTER + 0.3, 2.6, 0.12)
    scale = page.figure.colorbar(ScalarMappable(Normalize(0.0, 100.0), style.BUSY), cax=bar, orientation="horizontal")
    scale.set_ticks([0, 25, 50, 75, 100], labels=["0", "25", "50", "75", "100 %"])
    bar.tick_params(labelsize=style.TINY, length=2)
    scale.outline.set_linewidth(0.5)
    if not gaps:
        return
    patch = page.axes(left + 3.2, FOOTER + 0.3, 0.36, 0.12)
    patch.patch.set(facecolor=style.CLOSED, edgecolor=style.FAINT, hatch=_HATCH, linewidth=0.0)
    patch.spines[:].set_visible(False)
    patch.set_xticks([])
    patch.set_yticks([])
    page.text(left + 3.65, FOOTER + 0.36, "nobody on duty", size=style.SMALL, va="center")


def _title(summary: Summary, rows: Sequence[_Row]) -> str:
    """Which unit is busiest, and when. Machines count only if there are no other units."""
    staffed = [row for row in rows if not row.machine] or rows
    by_interval = np.nan_to_num([row.shares for row in staffed])
    if not by_interval.any():
        on_duty = any(np.isfinite(row.all_day) for row in rows)
        return "Nobody is served while on duty" if on_duty else "No counter is ever on duty"
    busiest, at = divmod(int(np.argmax(by_interval)), by_interval.shape[1])
    where, when, share = wording.short(staffed[busiest].name), day.between(summary, at), wording.percent(by_interval[busiest, at])
    if len(staffed) == 1:
        return f"The counters of {where} are busiest at {when}, for {share} of their time; over the whole day for {wording.percent(staffed[0].all_day)}"
    high, interval = int(np.count_nonzero(by_interval.max(axis=1) >= _HIGH)), day.interval_name(summary)
    title = f"Counters are busiest at {where}: at {when} they serve for {share} of their time"
    if high < 2:
        return f"{title}; {'no other' if high else 'no'} unit reaches {wording.target_percent(_HIGH)} in any {interval}"
    return f"{title}; at {counted(high - 1, 'other')} they reach {wording.target_percent(_HIGH)} in some {interval}"
