"""How every figure looks, on paper, in grey and to the colour-blind: colours, sizes of type, and the options of the image formats."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

import matplotlib
import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.figures import lettering

# The palette of Okabe and Ito (2008), which keeps its differences for the colour-blind. No figure says anything by hue alone.
BLACK: Final = "#000000"
BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"

INK: Final = "#1A1A1A"
QUIET: Final = "#595959"
"""Grey of notes, footers and axes: its contrast on white is 7 : 1."""
FAINT: Final = "#A6A6A6"
RULE: Final = "#E3E3E3"
STRIP: Final = "#E6E6E6"
"""Grey of strips and of the officers on duty."""
CLOSED: Final = "#F1F1F1"
"""Background of the time outside the opening hours."""
BAND: Final = "#BFDCEF"
"""A light blue that is still visible when printed in grey."""

HEAT: Final = "YlOrBr"
"""The colour map where dark is bad. Its lightness only falls, so it stays readable in grey print."""
BUSY: Final = "Blues"
"""The colour map where dark means much, neither good nor bad."""

TITLE: Final = 12.5
TEXT: Final = 9.0
SMALL: Final = 8.0
TINY: Final = 7.0

_SETTINGS: Final[Any] = {
    "font.family": lettering.FONT,
    "font.size": TEXT,
    # A unit may be called 'Layanan $1'.
    "text.parse_math": False,
    "text.usetex": False,
    # For those who draw a figure with `Figure.savefig`: words as wide as in our own files.
    "text.hinting": "no_hinting",
    "svg.fonttype": "path",
    "text.color": INK,
    "axes.unicode_minus": True,
    "axes.facecolor": "white",
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.7,
    "axes.labelsize": TEXT,
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.xmargin": 0.0,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.fontsize": SMALL,
    "hatch.linewidth": 0.5,
    "hatch.color": FAINT,
    "figure.facecolor": "white",
    "figure.dpi": 100.0,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "savefig.bbox": None,
    "savefig.facecolor": "auto",
    "savefig.transparent": False,
    # Without a salt the identifiers inside an SVG are random, and no two runs would write the same file.
    "svg.hashsalt": "mpp-sim",
}

DOTS_PER_INCH: Final = 150
"""The resolution of PNG files."""


def ink_on(colours: NDArray[np.float64]) -> NDArray[np.str_]:
    """The colour of letters on these colours (red, green, blue on the last axis): `INK` on light ones, white on dark.

    By the relative luminance of WCAG, at which black and white are equally well read.
    """
    light = colours[..., :3] ** 2.2 @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(light > 0.18, INK, "white")


@contextmanager
def styled() -> Iterator[None]:
    """The settings in which figures are laid out and drawn, whatever the user's own matplotlib settings are.

    A letter that the font lacks becomes a box, without a warning for each.
    """
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def image(figure: Figure, kind: Literal["svg", "png"]) -> bytes:
    """The content of an image file of a figure: the same figure gives the same bytes.

    ``kind`` is the format: ``svg``, or ``png`` at 150 dots per inch.
    """
    width, height = figure.get_size_inches()
    if kind == "svg":
        text = io.StringIO()
        picture = lettering.Svg(72.0 * width, 72.0 * height, text, metadata={"Date": None})
        _draw(figure, picture, 72.0)
        picture.finalize()
        return text.getvalue().encode()
    dots = lettering.Png(DOTS_PER_INCH * width, DOTS_PER_INCH * height, DOTS_PER_INCH)
    _draw(figure, dots, DOTS_PER_INCH)
    return png(np.asarray(dots.buffer_rgba())[:, :, :3], DOTS_PER_INCH)


def png(image: NDArray[np.uint8], dots_per_inch: float) -> bytes:
    """A PNG file of rows of dots, each of red, green and blue from 0 to 255.

    Rows are packed as they are. Pillow tries five filters on each row, which for flat colours takes three times as long and saves nothing.

    >>> png(np.zeros((2, 3, 3), dtype=np.uint8), 150)[:4]
    b'\x89PNG'
    """
    height, width, _ = image.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = image.reshape(height, -1)
    a_metre = round(dots_per_inch / 0.0254)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),  # 8 bits a colour; 2: red, green and blue
        b"pHYs": struct.pack(">IIB", a_metre, a_metre, 1),
        b"IDAT": zlib.compress(rows.data, 3),
        b"IEND": b"",
    }
    chunks = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts.items())
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _draw(figure: Figure, renderer: RendererBase, dots_per_inch: float) -> None:
    before = figure.dpi
    figure.dpi = dots_per_inch
    try:
        with styled():
            figure.draw(renderer)
    finally:
        figure.dpi = before
