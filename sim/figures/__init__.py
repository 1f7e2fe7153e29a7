"""Numbers into pictures: the figures of a run, laid out from its summary. Opens and saves no file, computes no statistic."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from sim.analysis.summary import Summary
from sim.figures import distribution, inside, number_waiting, share_within_target, style, utilisation, waiting_time

_FIGURES = (
    ("waiting_time", waiting_time.by_time_of_day),
    ("number_waiting", number_waiting.by_unit),
    ("inside", inside.against_seats),
    ("utilisation", utilisation.heat_map),
    ("share_within_target", share_within_target.by_unit),
    ("waiting_time_distribution", distribution.by_unit),
)


def figures(summary: Summary) -> Iterator[tuple[str, Figure]]:
    """The figures that make sense for a run, each with its file stem, drawn one by one as they are asked for.

    A system without opening hours has no figures over the day; without any target there is no share within target.
    """
    for stem, drawn in _FIGURES:
        with style.styled():
            figure = drawn(summary)
        if figure is not None:
            yield stem, figure
