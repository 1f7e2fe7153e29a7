"""Counted waits: how many tickets waited how long, in bins of waiting time that are fixed once for all scenarios.

Bin 0 holds the tickets that did not wait. Each other bin holds waits in (lower, upper]. Up to two minutes a bin is 1.875 s wide
(a 32nd of a minute); from there on the width doubles each time the wait doubles, so that a bin is at most 3.2 % of its waits wide.
Whole minutes up to 64 minutes, and every second minute up to 128, are bounds of bins, so the counts say exactly how many tickets
waited longer than a target in whole minutes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import LONGEST, MINUTE
from sim.model.compiled import compilable
from sim.model.shapes import MicrosecondColumn, Plan

NARROWEST: Final = MINUTE // 32
"""1,875,000 µs: the width of the bins of waits up to two minutes."""

BINS: Final = 1 + 32 * 22
"""705: the number of bins. The last one also holds all waits that are longer (beyond four years)."""

_BITS: Final = np.array([number.bit_length() for number in range(64)])
"""The number of binary digits of each number below 64."""


@compilable
def bin_of(wait):  # type: ignore[no-untyped-def]
    """The bin that holds a wait (int64 microseconds, 0 or more).

    >>> [int(bin_of(wait)) for wait in (0, 1, MINUTE, MINUTE + 1, 2 * MINUTE, 2 * MINUTE + 1)]
    [0, 1, 32, 33, 64, 65]
    """
    if wait <= 0:
        return 0
    steps, octave = (wait - 1) // NARROWEST, 0
    rest = steps >> 6
    while rest >= 64:
        rest >>= 6
        octave += 6
    octave += _BITS[rest]
    return min(1 + 32 * octave + (steps >> octave), BINS - 1)


def _bounds() -> tuple[MicrosecondColumn, MicrosecondColumn]:
    position = np.arange(BINS - 1)
    octave = np.maximum(0, position // 32 - 1)
    lower = ((position - 32 * octave) << octave) * NARROWEST
    return np.concatenate(([0], lower)), np.concatenate(([0], lower + (NARROWEST << octave)))


LOWER, UPPER = _bounds()
"""The bounds of each bin in microseconds: it holds waits in (lower, upper]; bin 0 holds waits of 0."""

assert bin_of(LONGEST) < BINS

Counts = NDArray[np.uint32]


class WaitCounts(NamedTuple):
    """Served tickets counted by how long they waited, by section of days.

    ``by_class`` is section × bin × (service · ranks + rank) over the whole day. ``by_interval`` is section × bin × (unit · intervals +
    interval), for the tickets taken in an interval of the day. The bins come before the parts of the hall: those of long waits are
    seldom touched, and then take no memory.
    """

    by_class: Counts
    by_interval: Counts

    @classmethod
    def none(cls, plan: Plan, sections: int) -> WaitCounts:
        """No ticket counted yet, in this number of sections."""
        hall, intervals = plan.hall, len(plan.window.edges) - 1
        classes, cells = len(hall.service_unit) * hall.ranks, len(hall.unit_kind) * intervals
        return cls(np.zeros((sections, BINS, classes), dtype=np.uint32), np.zeros((sections, BINS, cells), dtype=np.uint32))
