"""The utilisation of the counters, unit by interval."""

from __future__ import annotations

from typing import Final

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
"""Up to so many columns a cell has room for its number."""
_HIGH: Final = 0.9
_ROW: Final = 0.36
_NAMES_ROOM: Final = 2.6
_HATCH: Final = "/////"


def heat_map(summary: Summary) -> Figure | None:
    """Minutes busy within duty as a share of minutes on duty: a row for each unit, a column for each interval, and the whole day."""
    units = [unit for unit in summary.units if not unit.unlimited]
    if not summary.has_hours or not units:
        return None
    shares = np.array([day.values(summary.over_day("utilisation", unit.unit)) for unit in units])
    whole = day.values([summary.get("utilisation", unit.unit) for unit in units])
    part = day.shown(summary, shares)
    shares = shares[:, part]
    bounds = day.edges(summary, part)
    interval = day.interval_name(summary)
    note = f"Minutes busy ÷ minutes on duty in each {interval}, in per cent."
    if len(units) > 1:
        note += " Units in the order of the scenario."
    numbered = len(bounds) - 1 <= _NUMBERED
    title = _title([unit.name for unit in units], shares, whole, interval)
    height = _ROW * max(len(units), 2)
    page = Page(summary, title, note, width=11.0, picture=0.22 + height + 1.05)
    names = wording.labels([unit.name for unit in units], _NAMES_ROOM, style.SMALL)
    left, bottom = MARGIN + wording.widest(names, style.SMALL) + 0.12, page.top - 0.22 - height
    width = page.width - left - MARGIN - 0.75
    axes = page.axes(left, bottom, width, height)
    _cells(axes, bounds, shares, numbered=numbered, room=width / (len(bounds) - 1))
    day.clock_axis(axes, bounds, width)
    axes.set_xlabel("time of day")
    axes.set_yticks(np.arange(len(units)) + 0.5, names, fontsize=style.SMALL, linespacing=1.0)
    axes.tick_params(axis="y", length=0)
    total = page.axes(left + width + 0.12, bottom, 0.55, height)
    _cells(total, np.array([0.0, 1.0]), whole[:, None], numbered=True, room=0.55, bold=True)
    total.set_xticks([])
    total.set_yticks([])
    page.text(left + width + 0.12 + 0.275, bottom + height + 0.06, "all day", size=style.SMALL, ha="center", va="bottom")
    _key(page, left, width)
    return page.figure


def _cells(axes: Axes, bounds: day.Numbers, shares: day.Numbers, *, numbered: bool, room: float, bold: bool = False) -> None:
    # What is missing is left open, and the hatched background is seen through it.
    axes.patch.set(facecolor=style.CLOSED, edgecolor=style.FAINT, hatch=_HATCH, linewidth=0.0)
    rows = np.arange(shares.shape[0] + 1, dtype=np.float64)
    axes.pcolormesh(
        bounds, rows, np.ma.masked_invalid(shares), cmap=style.HEAT, vmin=0.0, vmax=1.0, edgecolors="white", linewidth=0.6, antialiased=True
    )
    axes.set_ylim(shares.shape[0], 0)
    axes.spines[:].set_visible(False)
    if not numbered:
        return
    ink = style.ink_on(matplotlib.colormaps[style.HEAT](np.nan_to_num(np.clip(shares, 0.0, 1.0))))
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


def _key(page: Page, left: float, width: float) -> None:
    bar = page.axes(left, FOOTER + 0.3, 2.6, 0.12)
    scale = page.figure.colorbar(ScalarMappable(Normalize(0.0, 100.0), style.HEAT), cax=bar, orientation="horizontal")
    scale.set_ticks([0, 25, 50, 75, 100], labels=["0", "25", "50", "75", "100 %"])
    bar.tick_params(labelsize=style.TINY, length=2)
    scale.outline.set_linewidth(0.5)
    patch = page.axes(left + 3.2, FOOTER + 0.3, 0.36, 0.12)
    patch.patch.set(facecolor=style.CLOSED, edgecolor=style.FAINT, hatch=_HATCH, linewidth=0.0)
    patch.spines[:].set_visible(False)
    patch.set_xticks([])
    patch.set_yticks([])
    page.text(left + 3.65, FOOTER + 0.36, "nobody on duty", size=style.SMALL, va="center")


def _title(names: list[str], shares: day.Numbers, whole: day.Numbers, interval: str) -> str:
    if not np.isfinite(whole).any():
        return "No counter is ever on duty"
    first = int(np.nanargmax(whole))
    title = f"The counters of {wording.short(names[first])} are busy for {wording.percent(whole[first])} of their minutes on duty"
    if len(names) == 1:
        return title
    high = int(np.count_nonzero(np.nan_to_num(shares).max(axis=1) >= _HIGH))
    if not high:
        return f"{title}, the most of all; no unit reaches {wording.target_percent(_HIGH)} in any {interval}"
    reach = "reaches" if high == 1 else "reach"
    return f"{title}, the most of all; {counted(high, 'unit')} of {len(names)} {reach} {wording.target_percent(_HIGH)} in some {interval}"
