"""Numbers into pictures: the figures of a run, laid out from its summary. Opens and saves no file, computes no statistic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matplotlib.figure import Figure

from sim.analysis.summary import Summary
from sim.figures import distribution, inside, number_waiting, share_within_target, style, utilisation, waiting_time

FIGURES: Final = {
    "waiting_time": waiting_time.by_time_of_day,
    "number_waiting": number_waiting.by_unit,
    "inside": inside.against_seats,
    "utilisation": utilisation.heat_map,
    "share_within_target": share_within_target.by_unit,
    "waiting_time_distribution": distribution.by_unit,
}
"""The functions that draw the figures of a run, by file stem."""


def drawn(stem: str, summary: Summary) -> Figure | None:
    """A figure of a run, or None if it makes no sense: a system without opening hours has no figures over the day; without any target there is
    no share within target.
    """
    with style.styled():
        return FIGURES[stem](summary)


def figures(summary: Summary) -> Iterator[tuple[str, Figure]]:
    """The figures that make sense for a run, each with its file stem, drawn one by one as they are asked for."""
    for stem in FIGURES:
        if (figure := drawn(stem, summary)) is not None:
            yield stem, figure
