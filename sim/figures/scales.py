"""The scales beside a picture: marks, numbers, a title and grid lines.

matplotlib keeps five objects for each tick and looks for their places at every drawing, which takes half the time of a page of small pictures.
Here a scale has one object for its marks, one for its grid, and its words, which are texts of the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from matplotlib.transforms import Transform, offset_copy

from sim.figures import style, wording

_MARK: Final = 3.5
"""Length of a mark. This and the lengths below are in points."""
_APART: Final = 3.5
"""Space between a mark and its label; `_TITLE_APART` between the labels and the title."""
_TITLE_APART: Final = 4.0
_POINTS_PER_INCH: Final = 72.0


def below(axes: Axes, places: Sequence[float], labels: Sequence[str], *, size: float = style.SMALL, title: str = "", grid: bool = False) -> None:
    """A scale below axes: marks at these places of the horizontal axis with their labels, of which there may be none."""
    across = axes.get_xaxis_transform()
    _marks(axes, axes.xaxis, list(places), [0.0] * len(places), across, "|", (0.0, -_MARK / 2))
    if grid:
        _grid(axes, [[(place, 0.0), (place, 1.0)] for place in places], across)
    for place, label in zip(places, labels, strict=False):
        _text(axes, place, 0.0, label, across, (0.0, -_MARK - _APART), size=size, ha="center", va="top")
    if title:
        under = _MARK + _APART + (size if labels else 0.0) + _TITLE_APART
        _text(axes, 0.5, 0.0, title, axes.transAxes, (0.0, -under), size=style.TEXT, ha="center", va="top")


def beside(axes: Axes, places: Sequence[float], labels: Sequence[str], *, title: str = "", title_size: float = style.TEXT, grid: bool = False) -> None:
    """A scale to the left of axes: marks at these places of the vertical axis with their labels, of which there may be none."""
    upwards = axes.get_yaxis_transform()
    _marks(axes, axes.yaxis, [0.0] * len(places), list(places), upwards, "_", (-_MARK / 2, 0.0))
    if grid:
        _grid(axes, [[(0.0, place), (1.0, place)] for place in places], upwards)
    for place, label in zip(places, labels, strict=False):
        _text(axes, 0.0, place, label, upwards, (-_MARK - _APART, 0.0), size=style.SMALL, ha="right", va="center_baseline")
    if title:
        left = _MARK + _APART + _POINTS_PER_INCH * wording.widest(labels, style.SMALL) + _TITLE_APART
        turned = {"rotation": 90, "rotation_mode": "anchor", "ha": "center", "va": "bottom", "linespacing": 1.1}
        _text(axes, 0.0, 0.5, title, axes.transAxes, (-left, 0.0), size=title_size, **turned)


def numbers(places: Sequence[float]) -> list[str]:
    """Numbers for the labels of a scale, all with the decimals that one of them needs, at most four.

    >>> numbers([0.0, 2.5, 5.0]), numbers([0.0, 1000.0])
    (['0.0', '2.5', '5.0'], ['0', '1000'])
    """
    decimals = next((few for few in range(4) if all(abs(place - round(place, few)) < 1e-9 for place in places)), 4)
    return [f"{place:.{decimals}f}" for place in places]


def _marks(axes: Axes, axis: Axis, x: list[float], y: list[float], transform: Transform, marker: str, shift: tuple[float, float]) -> None:
    axis.set_major_locator(NullLocator())
    axis.set_visible(False)
    moved = _moved(axes, transform, shift)
    marks = Line2D(x, y, linestyle="none", marker=marker, markersize=_MARK, markeredgewidth=0.8, color=style.QUIET, transform=moved)
    _figure(axes).add_artist(marks)


def _grid(axes: Axes, lines: list[list[tuple[float, float]]], transform: Transform) -> None:
    axes.add_artist(LineCollection(lines, colors=style.RULE, linewidths=0.7, transform=transform, zorder=0.5))


def _text(axes: Axes, x: float, y: float, text: str, transform: Transform, shift: tuple[float, float], **options: Any) -> None:
    _figure(axes).text(x, y, text, transform=_moved(axes, transform, shift), **options)


def _moved(axes: Axes, transform: Transform, shift: tuple[float, float]) -> Transform:
    """A transform and then a shift in points."""
    return offset_copy(transform, _figure(axes), *shift, units="points")


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    return figure
