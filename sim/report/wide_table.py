"""Tables that fit the page: names are shortened, words wrapped, and columns without room go below. A number is never cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_AFTER_A_DOT: Final = re.compile(r"(?<=\w\.)(?=[^\W\d])")
_GAP: Final = 2
_NAME: Final = 16
_WORDS: Final = 24
"""The least width, in characters, of a column of words; `_NAME` is that of a column of names."""


class Column(NamedTuple):
    """A heading, and what may be done to the cells below it if there is little room."""

    heading: str
    right: bool = False
    least: int | None = None  # no narrower than this; None: as wide as its widest cell
    folds: bool = False


def names(*headings: str) -> list[Column]:
    """Columns of names, which may end in an ellipsis."""
    return [Column(heading, least=_NAME) for heading in headings]


def labels(*headings: str) -> list[Column]:
    """Columns of words that are never cut."""
    return [Column(heading) for heading in headings]


def numbers(*headings: str) -> list[Column]:
    """Columns of numbers, never cut, aligned to the right."""
    return [Column(heading, right=True) for heading in headings]


def words(*headings: str, right: bool = False) -> list[Column]:
    """Columns of words that may take several lines."""
    return [Column(heading, right, _WORDS, True) for heading in headings]


class WideTable:
    """A table without lines, as wide as it needs to be.

    On a narrow page, names are shortened first, then words are wrapped, each no further than needed. Columns that still have no room
    go below, beside the same first columns, so that no number is cut.
    """

    def __init__(self, first: list[Column], others: list[Column], title: str = "") -> None:
        self.title = title
        self.columns = [*first, *others]
        self.first = len(first)
        self.rows: list[tuple[tuple[str, ...], str]] = []

    def add_row(self, *cells: str, style: str = "") -> None:
        """Add a row; cells that are not given are empty."""
        self.rows.append((cells + ("",) * (len(self.columns) - len(cells)), style))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.title:
            yield Text(self.title, style="bold")
        cells = [[row[place] for row, _ in self.rows] for place in range(len(self.columns))]
        widest = [max(map(cell_len, (column.heading, *below))) for column, below in zip(self.columns, cells, strict=True)]
        least = list(map(_least, self.columns, cells, widest))
        blocks = [self._widths(block, widest, least, options.max_width) for block in self._blocks(least, options.max_width)]
        for number, widths in enumerate(blocks):
            if number:
                yield Text()
            # Every block repeats the first columns. They have the same width in each, so that a name is cut in the same way everywhere.
            yield self._drawn({place: min(block[place] for block in blocks) if place < self.first else width for place, width in widths.items()})

    def _blocks(self, least: Sequence[int], room: int) -> list[list[int]]:
        """The columns that stand beside each other: after the first ones, as many as have room at their narrowest."""
        blocks: list[list[int]] = []
        for place in range(self.first, len(self.columns)):
            if blocks and _total(least[one] for one in (*blocks[-1], place)) <= room:
                blocks[-1].append(place)
            else:
                blocks.append([*range(self.first), place])
        return blocks

    def _widths(self, block: Sequence[int], widest: Sequence[int], least: Sequence[int], room: int) -> dict[int, int]:
        """The width of each column of a block. Names are narrowed first, then words, always the widest column next."""
        widths = {place: widest[place] for place in block}
        for folds in (False, True):
            while _total(widths.values()) > room:
                wide = [place for place in block if self.columns[place].folds == folds and widths[place] > least[place]]
                if not wide:
                    break
                widths[max(wide, key=widths.__getitem__)] -= 1
        return widths

    def _drawn(self, widths: dict[int, int]) -> Table:
        """These columns as a table with these widths. It may be wider than the page, since nothing is cut here."""
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), width=_total(widths.values()))
        for place, width in widths.items():
            column = self.columns[place]
            table.add_column(
                Text(column.heading), justify="right" if column.right else "left", width=width, no_wrap=not column.folds,
                overflow="fold" if column.folds else "ellipsis",
            )  # fmt: skip
        below = [[cells[place] for cells, _ in self.rows] for place in widths]
        fitting = [
            [_folded(cell, width) for cell in cells] if self.columns[place].folds else _shortened(cells, width) for (place, width), cells in zip(widths.items(), below, strict=True)
        ]
        for (_, style), cells in zip(self.rows, zip(*fitting, strict=True), strict=True):
            table.add_row(*map(Text, cells), style=style)
        return table


def _least(column: Column, cells: Sequence[str], widest: int) -> int:
    """The least width of a column. Names may shrink only as far as they can be told apart."""
    least = min(column.least or widest, widest)
    while not column.folds and least < widest and len(set(_shortened(cells, least))) < len(set(cells)):
        least += 1
    return least


def _folded(text: str, width: int) -> str:
    """Words in lines no wider than this. A path that is too wide is broken after a dot; a word without a dot may break anywhere.

    >>> _folded("none but units.passport.service_time.mean (0.83)", 24).split("\\n")
    ['none but', 'units.passport.', 'service_time.mean (0.83)']
    """
    lines = [""]
    for word in text.split(" "):
        whole = cell_len(word) <= width
        for number, piece in enumerate([word] if whole else _AFTER_A_DOT.split(word)):
            joined = f"{lines[-1]} {piece}" if number == 0 and lines[-1] else lines[-1] + piece
            fits = cell_len(joined) <= width and (number > 0 or whole or not lines[-1])
            lines[-1:] = [joined] if fits or not lines[-1] else [lines[-1], piece]
    return "\n".join(lines)


def _shortened(cells: Sequence[str], width: int) -> Sequence[str]:
    """Names no wider than this. Each loses its end, or its middle if the names differ only at the end.

    >>> _shortened(["Passports", "Permits"], 7), _shortened(["Counter of passports", "Counter of permits"], 13)
    (['Passpo…', 'Permits'], ['Counte…sports', 'Counte…ermits'])
    """
    for tail in (0, width // 2):
        found = [name if cell_len(name) <= width else f"{set_cell_size(name, width - 1 - tail)}…{set_cell_size(name[::-1], tail)[::-1]}" for name in cells]
        if len(set(found)) == len(set(cells)):
            return found
    return [set_cell_size(name, width - 1) + "…" if cell_len(name) > width else name for name in cells]


def _total(widths: Iterable[int]) -> int:
    columns = list(widths)
    return sum(columns) + _GAP * (len(columns) - 1)
