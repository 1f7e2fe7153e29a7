"""The page of a figure: a title that says what the picture shows, a note on how to read it, a legend, the picture, and a footer.

Every position is in inches, so texts keep their room however many units there are, and no layout engine runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from sim.analysis.summary import Summary
from sim.figures import style, wording
from sim.words import counted

MARGIN: Final = 0.3
"""Width of the free border of the page. This and the lengths below are in inches."""
FOOTER: Final = 0.38
"""Height of the footer."""
_TITLE_LINE: Final = 0.235
"""Height of a line of the title, `_NOTE_LINE` of the note, and `_LEGEND_LINE` of the room for a row of the legend."""
_NOTE_LINE: Final = 0.165
_LEGEND_LINE: Final = 0.205
_SAMPLE: Final = (19.2 / 72, 5.6 / 72)
"""Width and height of a sample in the legend, `_WORDS` from its left edge to its words, and `_GAP` from these to the next sample."""
_WORDS: Final = 24 / 72
_GAP: Final = 0.2
_ENTRY: Final = 11.6 / 72
"""Distance between two rows of the legend, and `_BASELINE` from the top of a row to its line of writing."""
_BASELINE: Final = 6.08 / 72


class Origin(NamedTuple):
    """The content of the footer of a page made without a summary: the scenario's name and further words."""

    title: str
    facts: str


class Page:
    """A figure with its title, note and footer in place, and room for the picture between them.

    ``title`` and ``note`` are wrapped to the width; ``picture`` is the height in inches of what the caller places between
    them and the footer, and the page grows with all of it.
    """

    def __init__(self, summary: Summary | Origin, title: str, note: str, *, width: float = 9.0, picture: float = 4.6) -> None:
        room = width - 2 * MARGIN
        title = wording.balanced(title, room, style.TITLE, lines=3, bold=True)
        note = wording.wrapped(note, room, style.SMALL, lines=4)
        title_height = _TITLE_LINE * (title.count("\n") + 1)
        note_height = _NOTE_LINE * (note.count("\n") + 1) if note else 0.0
        self.width = width
        self.height = MARGIN + title_height + note_height + 0.1 + picture + FOOTER
        self.top = FOOTER + picture
        self.figure = Figure(figsize=(self.width, self.height))
        top = self.height - MARGIN * 0.8
        self.text(MARGIN, top, title, size=style.TITLE, weight="bold", va="top", linespacing=1.2)
        if note:
            self.text(MARGIN, top - title_height - 0.03, note, size=style.SMALL, color=style.QUIET, va="top", linespacing=1.25)
        self.text(MARGIN, 0.13, self._footer(summary, room), size=style.TINY, color=style.QUIET, va="bottom")

    @staticmethod
    def _footer(summary: Summary | Origin, room: float) -> str:
        if isinstance(summary, Origin):
            facts = f" · {summary.facts}"
        else:
            noun = "simulated day" if summary.has_hours else "replication"
            facts = f" · {counted(summary.replications, noun)} · chance only, assumptions as given"
        return wording.short(summary.title, room - wording.width(facts, style.TINY) - 0.8, style.TINY) + facts

    def text(self, x: float, y: float, text: str, **options: Any) -> None:
        """Puts a text at a place in inches from the lower left corner."""
        self.figure.text(x / self.width, y / self.height, text, **options)

    def line(self, x: Sequence[float], y: Sequence[float], **options: Any) -> None:
        """Draws a line between places in inches from the lower left corner."""
        self.figure.add_artist(Line2D([place / self.width for place in x], [place / self.height for place in y], **options))

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place in inches from the lower left corner."""
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))

    def legend(self, handles: Sequence[Artist], left: float = MARGIN) -> float:
        """Puts the legend in as many rows as its words need; returns the height in inches under it.

        It is filled by columns, and a column is as wide as its widest words. We place the samples and words ourselves, since matplotlib's
        legend takes as long as all else on a page.
        """
        words = [wording.width(str(handle.get_label()), style.SMALL) for handle in handles]
        for rows in range(1, len(handles) + 1):
            columns = range(0, len(handles), rows)
            widths = [_WORDS + max(words[start : start + rows]) for start in columns]
            if sum(widths) + _GAP * (len(widths) - 1) <= self.width - left - MARGIN:
                break
        x = left
        for start, width in zip(columns, widths, strict=True):
            for row, handle in enumerate(handles[start : start + rows]):
                self._entry(handle, x, self.top + 0.02 - row * _ENTRY - _BASELINE)
            x += width + _GAP
        return self.top - _LEGEND_LINE * rows - 0.1

    def _entry(self, handle: Artist, x: float, y: float) -> None:
        """An entry of the legend with its sample beginning at ``x`` and its line of writing at ``y``."""
        width, height = _SAMPLE
        if isinstance(handle, Line2D):
            handle.set(data=([(x + part * width) / self.width for part in (0.0, 0.5, 1.0)], [(y + height / 2) / self.height] * 3), markevery=[1])
            self.figure.add_artist(handle)
        else:
            assert isinstance(handle, Patch)
            sample = Rectangle((x / self.width, y / self.height), width / self.width, height / self.height)
            sample.update_from(handle)
            sample.set_transform(self.figure.transFigure)
            self.figure.add_artist(sample)
        self.text(x + _WORDS, y, str(handle.get_label()), size=style.SMALL, va="baseline")

    def below_legend(self, handles: Sequence[Artist], right: float = 0.2) -> tuple[Axes, float]:
        """Axes that fill the picture under a legend, with room for their labels; returned with their width in inches.

        ``right`` is the room left free beside them.
        """
        top = self.legend(handles) if handles else self.top - 0.1
        left, bottom = MARGIN + 0.6, FOOTER + 0.5
        width = self.width - left - right - MARGIN
        return self.axes(left, bottom, width, top - bottom), width

    def nothing(self, axes: Axes, text: str) -> None:
        """Says in the middle of empty axes why they are empty."""
        said = axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")
        said.set(color=style.QUIET, fontsize=style.TEXT, backgroundcolor="white")
