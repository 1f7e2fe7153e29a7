"""The figure of a sweep: one variable as a curve with its band, two as a map; and where the target is kept."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.analysis.definitions import DEFINITIONS, HIGH_IS_GOOD
from sim.analysis.sweep_summary import SweepSummary, Target, Variable
from sim.analysis.target import Verdict
from sim.figures import style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.words import measured

Floats = NDArray[np.float64]

_MARKS: Final = {
    Verdict.MISSED: ("X", style.VERMILION, True, "missed: the whole interval lies below the target"),
    Verdict.UNKNOWN: ("^", style.ORANGE, False, "cannot tell yet: the target lies within the interval"),
    Verdict.KEPT: ("o", style.GREEN, True, "kept: the whole interval lies at the target or above"),
}
_DASHES: Final = (0, (6, 2))
_LABELLED: Final = 12
"""The most points of a curve that each show their number."""
_CELL: Final = 0.36
"""Height of a cell of the map in inches."""
_ROW: Final = 0.5
"""Height of a row in inches where values are no numbers."""
_NARROWEST: Final = 0.34
"""Width in inches from which a cell has room for its number."""
_TALLEST: Final = 24
"""The most rows of full height."""
_NAMES_ROOM: Final = 2.4
"""Width for the values beside the map in inches; `_VALUES_ROOM` where values are no numbers."""
_VALUES_ROOM: Final = 4.2
_BAR: Final = 2.2
"""Width of the scale of colours in inches."""
_HATCH: Final = "/////"
_TOLD_APART: Final = 20
"""The number of letters that fit below the narrowest axis. Names of units must differ within them."""


def drawn(stem: str, sweep: SweepSummary) -> Figure:
    """The figure of a sweep; ``stem`` is its file stem, one of `FIGURES`."""
    with style.styled():
        return FIGURES[stem](sweep)


def figures(sweep: SweepSummary) -> Iterator[tuple[str, Figure]]:
    """The figure of a sweep with its file stem, drawn when it is asked for."""
    for stem in FIGURES:
        yield stem, drawn(stem, sweep)


def picture(sweep: SweepSummary) -> Figure:
    """A curve over the values of one variable, or a heat map over those of two."""
    return curve(sweep) if len(sweep.variables) == 1 else heat_map(sweep)


FIGURES: Final = {"sweep": picture}
"""The function that draws the figure of a sweep, by file stem."""


def curve(sweep: SweepSummary) -> Figure:
    """The measure over the values of one variable, with its interval and a line at the target.

    Numbers of counters are not joined by a line, since there are no half counters. Values that are not numbers stand in rows.
    """
    (variable,) = sweep.variables
    if not variable.numbers:
        return _below_each_other(sweep)
    order = _order(variable)
    numbers = variable.numbers
    places = np.array([numbers[k] for k in order], dtype=np.float64)
    scale = _scale(sweep)
    rows = [sweep.rows[k] for k in order]
    values, low, high = (scale * np.array([getattr(row, name) for row in rows], dtype=np.float64) for name in ("value", "low", "high"))
    verdicts = [sweep.verdicts[k] for k in order]
    targets = [sweep.targets[k] for k in order]
    page = Page(sweep.base, _curve_title(sweep), _note(sweep), picture=4.8)
    banded = bool(np.isfinite(low).any())
    joined = len(order) > 1 and not variable.path.endswith(".counters")
    axes, width = page.below_legend(_handles(sweep, banded, joined))
    if joined:
        if banded:
            axes.fill_between(places, low, high, facecolor=style.BAND, edgecolor="none", zorder=2)
        axes.plot(places, values, color=style.BLUE, linewidth=2.2, zorder=3)
    else:
        axes.vlines(places, low, high, color=style.INK, linewidth=1.3, zorder=3)
    _draw_target(axes, places, targets, sweep.target)
    for place, value, verdict in zip(places, values, verdicts, strict=True):
        axes.plot([place], [value], zorder=5, **_mark(verdict))
    _axis_of_values(axes, sweep, variable, order, places, width)
    _axis_of_measure(axes, sweep, values, low, high, targets, scale)
    if np.isfinite(values).any():
        best = sweep.answer().best if any(targets) else None
        _number_points(axes, places, values, high, width, None if best is None else order.index(best))
    else:
        page.nothing(axes, "Nothing was counted at any point.")
    return page.figure


def _below_each_other(sweep: SweepSummary) -> Figure:
    """The measure at values that are not numbers, with a row for each and room for its words."""
    (variable,) = sweep.variables
    scale = _scale(sweep)
    values, low, high = (scale * np.array([getattr(row, name) for row in sweep.rows], dtype=np.float64) for name in ("value", "low", "high"))
    height = _ROW * max(2, min(len(variable.values), _TALLEST))
    page = Page(sweep.base, _curve_title(sweep), _note(sweep), width=11.0, picture=0.42 + height + 0.55)
    page.legend(_handles(sweep, bool(np.isfinite(low).any()), joined=False))
    names = wording.labels([_written(value) for value in variable.values], _VALUES_ROOM, style.SMALL, lines=3)
    left, bottom = MARGIN + max(wording.widest(names, style.SMALL), wording.width(_name(sweep, variable), style.SMALL)) + 0.15, FOOTER + 0.5
    width = page.width - left - MARGIN - 0.9
    axes = page.axes(left, bottom, width, height)
    rows = np.arange(len(variable.values), dtype=np.float64)
    axes.hlines(rows, low, high, color=style.INK, linewidth=1.3, zorder=3)
    for row, (value, verdict, target) in enumerate(zip(values, sweep.verdicts, sweep.targets, strict=True)):
        axes.plot([value], [row], zorder=5, **_mark(verdict))
        if target is not None:
            axes.plot([100 * target.share] * 2, [row - 0.4, row + 0.4], color=style.INK, linewidth=1.4, linestyle=_DASHES, zorder=4)
        if np.isfinite(value):
            y = bottom + height * (1 - (row + 0.5) / max(2, len(rows)))
            page.text(left + width + 0.15, y, measured(value), size=style.SMALL, va="center")
    _axis_of_measure(axes, sweep, values, low, high, sweep.targets, scale, across=True)
    axes.set_ylim(max(2, len(rows)) - 0.5, -0.5)
    axes.set_yticks(rows, names, fontsize=style.SMALL, linespacing=1.1)
    axes.tick_params(axis="y", length=0)
    page.text(MARGIN, bottom + height + 0.08, f"↓ {_name(sweep, variable)}", size=style.SMALL, color=style.QUIET, va="bottom")
    if not np.isfinite(values).any():
        page.nothing(axes, "Nothing was counted at any point.")
    return page.figure


def _written(value: str) -> str:
    """A value without the signs of YAML: ``["07:30-11:30, 12:30-16:00", "07:30-12:30"]`` as ``07:30–11:30, 12:30–16:00 | 07:30–12:30``."""
    parts = re.findall(r"\"([^\"]*)\"|'([^']*)'", value) if value.startswith("[") else []
    bare = " | ".join(one or other for one, other in parts) if parts else value.strip("[]")
    return re.sub(r"(\d)-(\d)", r"\1–\2", bare)


def _mark(verdict: Verdict | None) -> dict[str, Any]:
    marker, colour, filled = _MARKS[verdict][:3] if verdict else ("o", style.BLUE, True)
    return {
        "linestyle": "none", "marker": marker, "markersize": 7.5, "markerfacecolor": colour if filled else "white",
        "markeredgecolor": style.INK if filled else colour, "markeredgewidth": 0.6 if filled else 1.8,
    }  # fmt: skip


def _handles(sweep: SweepSummary, banded: bool, joined: bool) -> list[Artist]:
    handles: list[Artist] = []
    if banded:
        label = "95 % interval, chance only"
        handles.append(Patch(facecolor=style.BAND, label=label) if joined else Line2D([], [], color=style.INK, linewidth=1.3, label=label))
    if any(sweep.targets):
        words = f"target: {_target_words(sweep.target)}" if sweep.target else "target"
        handles.append(Line2D([], [], color=style.INK, linewidth=1.4, linestyle=_DASHES, label=words))
    return handles + _keys(set(sweep.verdicts))


def _order(variable: Variable) -> list[int]:
    """The indices of a variable's values from left to right: numbers by size, others in the order given."""
    numbers = variable.numbers
    return sorted(range(len(variable.values)), key=numbers.__getitem__) if numbers else list(range(len(variable.values)))


def _scale(sweep: SweepSummary) -> float:
    return 100.0 if DEFINITIONS[sweep.measure].measured_in == "fraction" else 1.0


def _draw_target(axes: Axes, places: Floats, targets: Sequence[Target | None], same: Target | None) -> None:
    if same is not None:
        axes.axhline(100 * same.share, color=style.INK, linewidth=1.4, linestyle=_DASHES, zorder=4)
        return
    for place, target in zip(places, targets, strict=True):
        if target is not None:
            reach = 0.4 * float(np.diff(np.sort(places)).min()) if len(places) > 1 else 0.4
            axes.plot([place - reach, place + reach], [100 * target.share] * 2, color=style.INK, linewidth=1.4, linestyle=_DASHES, zorder=4)


def _axis_of_values(axes: Axes, sweep: SweepSummary, variable: Variable, order: Sequence[int], places: Floats, width: float) -> None:
    span = float(np.ptp(places)) or 1.0
    beside = 0.5 if len(order) == 1 else 0.06 * span
    axes.set_xlim(float(places.min()) - beside, float(places.max()) + beside)
    unit = f", {variable.unit}" if variable.unit else ""
    axes.set_xlabel(wording.short(f"{_name(sweep, variable)}{unit}", width, style.TEXT))
    numbers = variable.numbers or ()
    labels = [f"{numbers[k]:g}" for k in order]
    per_inch = width / (span + 2 * beside)
    apart = float(np.diff(places).min()) * per_inch if len(places) > 1 else width
    if apart > wording.widest(labels, style.SMALL) + 0.08:
        axes.set_xticks(places, labels)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(max(2, min(12, int(width / (wording.widest(labels, style.SMALL) + 0.25)))), steps=[1, 2, 5, 10]))


def _axis_of_measure(
    axes: Axes, sweep: SweepSummary, values: Floats, low: Floats, high: Floats, targets: Sequence[Target | None], scale: float, *, across: bool = False
) -> None:
    """The axis of the measure: waits and counts from 0, shares over the part shown. ``across`` makes it the horizontal axis."""
    axis, set_limits = (axes.xaxis, axes.set_xlim) if across else (axes.yaxis, axes.set_ylim)
    seen = np.concatenate([values, low, high, [100 * target.share for target in targets if target]])
    seen = seen[np.isfinite(seen)]
    top, bottom = (float(seen.max()), float(seen.min())) if seen.size else (1.0, 0.0)
    if scale == 100.0:
        bottom = max(0.0, 10 * math.floor((bottom - 4) / 10))
        room = 0.09 * (max(100.0, top) - bottom)
        set_limits(bottom, max(100.0, top) + room)
        axis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
        if top <= 100.0:
            axis.set_ticks([tick for tick in axis.get_ticklocs() if bottom <= tick <= 100.0])
    else:
        set_limits(min(0.0, 1.1 * bottom), max(1.0 if DEFINITIONS[sweep.measure].measured_in == "min" else 0.1, 1.12 * top))
        axis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
    axis.set_label_text(_measure_words(sweep))
    axes.grid(axis="x" if across else "y")


def _number_points(axes: Axes, places: Floats, values: Floats, high: Floats, width: float, best: int | None) -> None:
    """Numbers above the points' bands; if there are many points, only at both ends and at the value that is just enough."""
    low_x, high_x = axes.get_xlim()
    texts = [measured(value) for value in values]
    apart = float(np.diff(places).min()) * width / (high_x - low_x) if len(places) > 1 else width
    every = len(places) <= _LABELLED and apart > wording.widest(texts, style.SMALL) + 0.05
    ends = {0, len(places) - 1}
    which = range(len(places)) if every else ends if best is None or any(abs(best - end) < 3 for end in ends) else {best, *ends}
    for k in which:
        if math.isnan(values[k]):
            continue
        above = high[k] if math.isfinite(high[k]) else values[k]
        axes.annotate(
            texts[k], (places[k], max(above, values[k])), xytext=(0, 6), textcoords="offset points", ha="center", va="bottom",
            fontsize=style.SMALL, zorder=6, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip


def heat_map(sweep: SweepSummary) -> Figure:
    """The measure at every combination of two variables: the number in each cell, and a line around the cells that keep the target."""
    down, across = sweep.variables
    rows, columns = _order(down), _order(across)
    index = np.array([[row * len(across.values) + column for column in columns] for row in rows])
    values = _scale(sweep) * np.array([row.value for row in sweep.rows], dtype=np.float64)[index]
    verdicts = [[sweep.verdicts[k] for k in line] for line in index]
    words = _target_words(sweep.target)
    note = _note(sweep)
    kept = {verdict for line in verdicts for verdict in line}
    if any(sweep.targets):
        note += f" Target: {words}. ✗: the whole interval lies below it; ?: cannot tell yet." if sweep.target else " ✗: missed; ?: cannot tell yet."
    height = _CELL * min(max(len(rows), 2), _TALLEST)
    names = wording.labels([_axis_value(down, k) for k in rows], _NAMES_ROOM, style.SMALL, lines=1)
    left = MARGIN + max(wording.widest(names, style.SMALL) + 0.12, 0.4)
    needed = left + 1.2 * len(columns) + MARGIN
    page = Page(sweep.base, _map_title(sweep), note, width=min(11.0, max(7.5, needed)), picture=0.42 + height + 1.15)
    bottom = page.top - 0.42 - height
    width = page.width - left - MARGIN
    axes = page.axes(left, bottom, width, height)
    colours = _colours(sweep)
    norm = _norm(sweep, values)
    if not np.isfinite(values).all():  # shows through the cells without a number
        axes.patch.set(facecolor=style.CLOSED, edgecolor=style.FAINT, hatch=_HATCH, linewidth=0.0)
    edges_x, edges_y = np.arange(len(columns) + 1, dtype=np.float64), np.arange(len(rows) + 1, dtype=np.float64)
    between = 0.6 if min(width / len(columns), height / len(rows)) > 0.15 else 0.0
    axes.pcolormesh(edges_x, edges_y, np.ma.masked_invalid(values), cmap=colours, norm=norm, edgecolors="white", linewidth=between)
    axes.set_ylim(len(rows), 0)
    axes.set_xlim(0, len(columns))
    axes.spines[:].set_visible(False)
    _cell_numbers(axes, values, verdicts, colours, norm, width / len(columns), height / len(rows))
    if Verdict.KEPT in kept:
        _outline(axes, np.array([[verdict is Verdict.KEPT for verdict in line] for line in verdicts]))
    _ticks(axes, "y", names, height / len(rows), 0.16)
    labels = wording.labels([_axis_value(across, k) for k in columns], max(0.2, width / len(columns) - 0.06), style.SMALL, lines=2)
    shown = [_axis_value(across, k) for k in columns] if across.numbers else labels
    _ticks(axes, "x", shown, width / len(columns), wording.widest(shown, style.SMALL) + 0.06)
    axes.set_xlabel(wording.short(_name_and_unit(sweep, across), width, style.TEXT))
    page.text(MARGIN, bottom + height + 0.1, f"↓ {wording.short(_name_and_unit(sweep, down), page.width - 1.0, style.TEXT)}", size=style.TEXT, va="bottom")
    _map_key(page, sweep, norm, colours, left, Verdict.KEPT in kept)
    return page.figure


def _name_and_unit(sweep: SweepSummary, variable: Variable) -> str:
    return _name(sweep, variable) + (f", {variable.unit}" if variable.unit else "")


def _axis_value(variable: Variable, index: int) -> str:
    return f"{variable.numbers[index]:g}" if variable.numbers else _written(variable.values[index])


def _ticks(axes: Axes, axis: str, labels: Sequence[str], step: float, room: float) -> None:
    """Labels in the middle of the cells, as many as fit."""
    every = max(1, math.ceil(room / step))
    places = range(0, len(labels), every)
    (axes.set_xticks if axis == "x" else axes.set_yticks)([k + 0.5 for k in places], [labels[k] for k in places], fontsize=style.SMALL, linespacing=1.0)
    axes.tick_params(axis="x" if axis == "x" else "y", length=0)


def _colours(sweep: SweepSummary) -> Colormap:
    """The colour map. Dark is bad: a low share within target, a long wait."""
    return matplotlib.colormaps[f"{style.HEAT}_r" if sweep.measure in HIGH_IS_GOOD else style.HEAT]


def _norm(sweep: SweepSummary, values: Floats) -> Normalize:
    seen = values[np.isfinite(values)]
    if _scale(sweep) == 100.0:
        return Normalize(10 * math.floor(float(seen.min()) / 10) if seen.size else 0.0, 100.0)
    return Normalize(0.0, max(1e-9, float(seen.max())) if seen.size else 1.0)


def _cell_numbers(
    axes: Axes, values: Floats, verdicts: Sequence[Sequence[Verdict | None]], colours: Colormap, norm: Normalize, room: float, height: float
) -> None:
    ink = style.ink_on(colours(norm(np.nan_to_num(values))))
    if room < _NARROWEST or height < 0.17:
        return
    for (row, column), value in np.ndenumerate(values):
        if math.isnan(value):
            continue
        verdict = verdicts[row][column]
        sign = "" if verdict in (None, Verdict.KEPT) else f" {verdict.sign}"
        whole = wording.width(f"{measured(value)}{sign}", style.SMALL) < room - 0.06
        text = f"{measured(value)}{sign}" if whole else f"{value:,.0f}{sign.strip()}"
        axes.text(
            column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=style.SMALL if whole else style.TINY,
            color=str(ink[row, column]), fontweight="bold" if verdict is Verdict.KEPT else "normal",
        )  # fmt: skip


def _outline(axes: Axes, kept: NDArray[np.bool_]) -> None:
    """A line where cells that keep the target meet cells that do not."""
    for row in range(kept.shape[0]):
        for column in range(kept.shape[1]):
            if row and kept[row, column] != kept[row - 1, column]:
                axes.plot([column, column + 1], [row, row], color=style.INK, linewidth=2.4, solid_capstyle="projecting", zorder=4)
            if column and kept[row, column] != kept[row, column - 1]:
                axes.plot([column, column], [row, row + 1], color=style.INK, linewidth=2.4, solid_capstyle="projecting", zorder=4)


def _map_key(page: Page, sweep: SweepSummary, norm: Normalize, colours: Colormap, left: float, outlined: bool) -> None:
    words, beyond = _measure_words(sweep), "beyond it the target is kept"
    beside = _BAR + 0.15
    line = beside + wording.width(words, style.SMALL) + 0.4
    left = min(left, page.width - MARGIN - line - 0.45 - wording.width(beyond, style.SMALL))
    bar = page.axes(left, FOOTER + 0.28, _BAR, 0.12)
    scale = page.figure.colorbar(ScalarMappable(norm, colours), cax=bar, orientation="horizontal")
    scale.ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    bar.tick_params(labelsize=style.TINY, length=2)
    scale.outline.set_linewidth(0.5)
    page.text(left + beside, FOOTER + 0.34, words, size=style.SMALL, va="center")
    if outlined:
        page.line([left + line, left + line + 0.36], [FOOTER + 0.34] * 2, color=style.INK, linewidth=2.4)
        page.text(left + line + 0.45, FOOTER + 0.34, beyond, size=style.SMALL, va="center")


def _keys(found: set[Verdict | None]) -> list[Artist]:
    return [
        Line2D(
            [], [], linestyle="none", marker=marker, markersize=7, markerfacecolor=colour if filled else "white",
            markeredgecolor=style.INK if filled else colour, markeredgewidth=0.6 if filled else 1.6, label=words,
        )
        for verdict, (marker, colour, filled, words) in _MARKS.items()
        if verdict in found
    ]  # fmt: skip


def _measure_words(sweep: SweepSummary) -> str:
    definition = DEFINITIONS[sweep.measure]
    unit = "per cent" if definition.measured_in == "fraction" else definition.measured_in
    if sweep.measure == "share_within_target":
        return "tickets served within the target, per cent"
    return definition.label if unit == definition.label else f"{definition.label}, {unit}"


def _target_words(target: Target | None) -> str:
    if target is None:
        return "the target"
    return f"{wording.target_percent(target.share)} within " + ("the units' own times" if math.isnan(target.minutes) else wording.target_minutes(target.minutes))


def _where(sweep: SweepSummary) -> str:
    if sweep.unit:
        return wording.short(sweep.place)
    return "The hall"


def _note(sweep: SweepSummary) -> str:
    meaning = DEFINITIONS[sweep.measure].meaning
    return f"{meaning[0].upper()}{meaning[1:]}. Every point meets the citizens of the same days."


def _name(sweep: SweepSummary, variable: Variable) -> str:
    """The name of what is varied, for a reader of the picture: ``counters at Police`` for a unit's number of counters, else its path."""
    begins = [unit.name[:_TOLD_APART] for unit in sweep.base.units]
    for unit in sweep.base.units:
        if variable.path == f"units.{unit.unit}.counters":
            if (unit.unit == sweep.unit and len(sweep.variables) == 1) or len(begins) == 1:
                return "counters"
            if begins.count(unit.name[:_TOLD_APART]) == 1:
                return f"counters at {wording.short(unit.name)}"
    return variable.path


def _curve_title(sweep: SweepSummary) -> str:
    variable, answer = sweep.variables[0], sweep.answer()
    where, name = _where(sweep), _name(sweep, sweep.variables[0])
    if not any(sweep.targets):
        return f"{where}: {DEFINITIONS[sweep.measure].label} by {name}"
    target = _target_words(sweep.target)
    counters = name == "counters"
    if answer.best is not None:
        value = variable.values[answer.best]
        if answer.edge:
            return f"{where} keeps {target} at every " + ("number of counters" if counters else f"value of {name}") + " that was tried"
        if counters and answer.rising:
            return f"{where} keeps {target} with {value} counters, the fewest that do"
        return f"{where} keeps {target} with {name} at {value}, the {'lowest' if answer.rising else 'highest'} that does"
    if answer.scattered:
        return f"{where} keeps {target} with {name} at {' and '.join(variable.values[k] for k in answer.scattered)}"
    tried = "number of counters" if counters else f"value of {name}"
    return f"{where}: no {tried} that was tried " + (f"can be said to keep {target} yet" if answer.undecided else f"keeps {target}")


def _map_title(sweep: SweepSummary) -> str:
    where, (down, across) = _where(sweep), (_name(sweep, variable) for variable in sweep.variables)
    if not any(sweep.targets):
        return f"{where}: {DEFINITIONS[sweep.measure].label} by {down} and {across}"
    kept, unknown = (sum(verdict is one for verdict in sweep.verdicts) for one in (Verdict.KEPT, Verdict.UNKNOWN))
    combinations = f"{len(sweep.points)} combinations of {down} and {across}"
    if not kept and unknown:
        return f"{where}: none of {combinations} can be said to keep {_target_words(sweep.target)} yet"
    return f"{where} keeps {_target_words(sweep.target)} at {kept or 'none'} of {combinations}" + (f"; {unknown} cannot be told yet" if unknown else "")
