"""The letters of all figures: measured and outlined once for all sizes, pictures and formats.

matplotlib shapes a text anew whenever it measures or writes it, and that takes more time than all the rest of a picture. But our figures
have a single font, without hinting, so a text is the same shape at every size. `Svg` and `Png` are matplotlib's renderers, except that
they take texts from here.
"""

from __future__ import annotations

from functools import lru_cache
from io import StringIO
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

FONT: Final = "DejaVu Sans"
"""The font of all figures. It comes with matplotlib, so every machine measures words alike."""

_SCALE: Final = text_to_path.FONT_SCALE
"""The size in points at which matplotlib makes outlines."""

_MathText = bool | Literal["TeX"]


class _Extent(NamedTuple):
    """Width of a text, and its height above and below the baseline. In points, at the size `_SCALE` or as asked."""

    width: float
    ascent: float
    descent: float


class _Outline(NamedTuple):
    """A line of text at the size `_SCALE`, its baseline beginning at (0, 0), and upwards positive."""

    path: Path
    glyphs: set[str]
    """The names of its glyphs."""
    uses: str
    """The line in SVG, which places these glyphs."""


@lru_cache
def _face(bold: bool) -> FontProperties:
    return FontProperties(family=FONT, size=_SCALE, weight="bold" if bold else "normal")


@lru_cache(maxsize=16384)
def _word(word: str, bold: bool) -> _Extent:
    width, height, descent = text_to_path.get_text_width_height_descent(word, _face(bold), ismath=False)
    return _Extent(width, height - descent, descent)


def extent(text: str, size: float, bold: bool = False) -> _Extent:
    """The extent of a line of text in points, at a size in points.

    It is put together from the extents of its words, since texts that must fit are measured word by word as they grow. This font keeps
    the same space between all words, so the sum is exact.
    """
    words = [_word(word, bold) for word in text.split(" ") if word]
    width = sum(word.width for word in words) + text.count(" ") * _word(" ", bold).width
    ascent, descent = max((word.ascent for word in words), default=0.0), max((word.descent for word in words), default=0.0)
    return _Extent(width * size / _SCALE, ascent * size / _SCALE, descent * size / _SCALE)


@lru_cache(maxsize=4096)
def _outline(text: str, bold: bool) -> _Outline:
    font = get_font(findfont(_face(bold)))
    font.set_size(_SCALE, text_to_path.DPI)
    placed, outlines, _ = text_to_path.get_glyphs_with_font(font, text)
    inked = [(name, x, y) for name, x, y, _ in placed if len(outlines[name][0])]  # a space has no outline
    if not inked:
        return _Outline(Path(np.empty((0, 2))), set(), "")
    path = Path(np.concatenate([outlines[name][0] + (x, y) for name, x, y in inked]), np.concatenate([outlines[name][1] for name, _, _ in inked]))
    uses = (f'<use xlink:href="#{name}" x="{x:.6g}"' + (f' y="{y:.6g}"/>\n' if y else "/>\n") for name, x, y in inked)
    for name, _, _ in inked:
        if name not in _glyphs:
            _glyphs[name] = _path_data(Path(*outlines[name]))
    return _Outline(path, {name for name, _, _ in inked}, "".join(uses))


_glyphs: Final[dict[str, str]] = {}
"""The form of each glyph met so far, as SVG path data."""
_LETTERS: Final = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
"""The commands of SVG path data."""


def _path_data(path: Path) -> str:
    return "".join(
        _LETTERS[code] + ("" if code == Path.CLOSEPOLY else " ".join(f"{number:.6g}" for number in points))
        for points, code in path.iter_segments(simplify=False)
    )


def _is_bold(face: FontProperties) -> bool:
    return face.get_weight() == "bold"


class Png(RendererAgg):
    """A picture in dots: matplotlib's Agg renderer, except for the letters."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: _MathText) -> tuple[float, float, float]:
        width, ascent, descent = extent(s, self.points_to_pixels(prop.get_size_in_points()), _is_bold(prop))
        return width, ascent + descent, descent

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float, ismath: _MathText = False, mtext: Text | None = None
    ) -> None:
        gc.set_linewidth(0.0)
        gc.set_snap(False)
        place = Affine2D().scale(self.points_to_pixels(prop.get_size_in_points()) / _SCALE).rotate_deg(angle).translate(x, self.height - y)
        self.draw_path(gc, _outline(s, _is_bold(prop)).path, place, gc.get_rgb())


class Svg(RendererSVG):
    """A picture as SVG: matplotlib's renderer, except for the letters. Each glyph is defined once in a file."""

    def __init__(self, width: float, height: float, file: StringIO, **options: Any) -> None:
        super().__init__(width, height, file, **options)  # type: ignore[no-untyped-call]
        self._file = file
        self._defined: set[str] = set()

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: _MathText) -> tuple[float, float, float]:
        width, ascent, descent = extent(s, prop.get_size_in_points(), _is_bold(prop))
        return width, ascent + descent, descent

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float, ismath: _MathText = False, mtext: Text | None = None
    ) -> None:
        outline = _outline(s, _is_bold(prop))
        if new := outline.glyphs - self._defined:
            self.writer.start("defs")
            for name in sorted(new):
                self.writer.element("path", id=name, d=_glyphs[name])
            self.writer.end("defs")
            self._defined |= new
        scale = prop.get_size_in_points() / _SCALE
        turned = f" rotate({-angle:.6g})" if angle else ""
        self.writer.start("g", fill=to_hex(gc.get_rgb()), transform=f"translate({x:.6g} {y:.6g}){turned} scale({scale:.6g} {-scale:.6g})")
        self.writer.comment(s)  # so that the words can be found in the file
        self._file.write(outline.uses)
        self.writer.end("g")
