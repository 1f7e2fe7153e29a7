"""Letters measured and outlined once are those that matplotlib measures and writes: it is the judge of every test here."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from PIL import Image

from sim.figures import lettering, style

TEXTS = (
    "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu (DPMPTSP)", "AVATAR Ty, „To“ – P. V. 12:30–13:00", "98,8 % ÷ 3 × 4 ± 5 …", "Z\u00a0a",
    " two  spaces ", "fi ffl Å j", "x", " ", "",
)  # fmt: skip


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_a_line_has_the_extent_that_matplotlib_measures(text: str, bold: bool) -> None:
    face = FontProperties(family=lettering.FONT, size=8.0, weight="bold" if bold else "normal")
    width, height, descent = text_to_path.get_text_width_height_descent(text, face, ismath=False) if text else (0.0, 0.0, 0.0)
    assert lettering.extent(text, 8.0, bold) == pytest.approx((width, height - descent, descent))


def written() -> Figure:
    """Both weights, two colours, two lines, and a text turned by 90°."""
    with style.styled():
        figure = Figure(figsize=(6.0, 2.0))
        figure.text(0.1, 0.8, "Kantor Imigrasi, AVA 1,950 ±\nsecond – “line”", size=9.0, va="top")
        figure.text(0.5, 0.2, "Waits are longest", size=12.5, weight="bold", color=style.VERMILION, ha="center")
        figure.text(0.03, 0.5, "citizens waiting", size=8.0, rotation=90, va="center")
    return figure


def saved(figure: Figure, kind: str) -> bytes:
    """The file that matplotlib's own renderer writes."""
    target = io.BytesIO()
    with style.styled():
        figure.savefig(target, format=kind, dpi=style.DOTS_PER_INCH, metadata={"Date": None} if kind == "svg" else None)
    return target.getvalue()


def glyphs(svg: bytes) -> list[tuple[str, float, float]]:
    """Every glyph of a file with its place inside its line, in the order of writing."""
    root, link = ElementTree.fromstring(svg), "{http://www.w3.org/1999/xlink}href"
    inked = {f"#{path.get('id')}" for path in root.iter("{http://www.w3.org/2000/svg}path") if path.get("d")}  # a space is drawn by matplotlib alone
    found = []
    for use in root.iter("{http://www.w3.org/2000/svg}use"):
        moved = re.match(r"translate\(([-\d.]+)(?: ([-\d.]+))?\)", use.get("transform", ""))
        x, y = (moved[1], moved[2] or 0) if moved else (use.get("x", 0), use.get("y", 0))
        if use.attrib[link] in inked:
            found.append((use.attrib[link], float(x), float(y)))
    return found


def test_an_svg_has_matplotlibs_glyphs_at_their_places() -> None:
    """Places are in points at a size of 100, written with six digits: 0.01 is a ten-thousandth of the size of type."""
    ours, theirs = glyphs(style.image(written(), "svg")), glyphs(saved(written(), "svg"))
    assert [name for name, _, _ in ours] == [name for name, _, _ in theirs] and len(ours) > 50
    np.testing.assert_allclose([place for _, *place in ours], [place for _, *place in theirs], atol=0.01)


@pytest.mark.skipif(matplotlib.__version_info__ < (3, 11), reason="earlier versions put letters at whole dots, ours stand where they should")
def test_a_png_shows_what_matplotlib_shows() -> None:
    """Grey levels from 0 to 255. Letters shifted by a whole dot would differ by 255 along every stem."""
    ours, theirs = (np.asarray(Image.open(io.BytesIO(image)).convert("L"), dtype=float) for image in (style.image(written(), "png"), saved(written(), "png")))
    assert ours.shape == theirs.shape and ours.min() < 60
    assert abs(ours - theirs).max() < 128 and abs(ours - theirs).mean() < 0.5


def test_an_svg_keeps_its_words_as_comments_and_defines_each_glyph_once() -> None:
    svg = style.image(written(), "svg").decode()
    assert "<!-- Waits are longest -->" in svg
    defined = re.findall(r'<path id="(DejaVu[^"]+)"', svg)
    assert len(set(defined)) == len(defined) > 20
