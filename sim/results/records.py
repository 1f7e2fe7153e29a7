"""Records: what happened to each stop of a trace, in the order of the trace's stops."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import NEVER

# Outcomes of a stop. A citizen's outcome is that of the last stop reached.
NOT_REACHED: Final = 0
SERVED: Final = 1
ABANDONED: Final = 2
LEFT_OVER: Final = 3
REFUSED_FULL: Final = 4
REFUSED_LATE: Final = 5
STILL_INSIDE: Final = 6

OUTCOMES: Final = ("not reached", "served", "abandoned", "left over", "refused: waiting room full", "refused: after last ticket", "still inside")

CLASS_NAMES: Final = ("priority", "regular")
"""Names of the citizens' classes by rank; later ranks are 'rank 2' and so on."""

NO_COUNTER: Final = 0xFFFF
"""Counter of a stop that no counter served (not called, or at an unlimited unit)."""


def class_name(rank: int) -> str:
    """The name of a citizens' class by its rank.

    >>> class_name(0), class_name(3)
    ('priority', 'rank 3')
    """
    return CLASS_NAMES[rank] if rank < len(CLASS_NAMES) else f"rank {rank}"


class Records(NamedTuple):
    """One row for each stop of the trace: what an engine writes, and all that it writes.

    ``ticket`` is the instant of taking the ticket, ``start`` and ``end`` of service (int64 microseconds; clock.NEVER where it did
    not happen); for a ticket that was not served, and for a refusal, ``end`` is the instant of leaving. ``counter`` (uint16) is
    the row of the counter, ``outcome`` (uint8) one of the constants above. Rows that were not reached hold clock.NEVER,
    NO_COUNTER and NOT_REACHED, so equal days are equal arrays.
    """

    ticket: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    counter: NDArray[np.uint16]
    outcome: NDArray[np.uint8]

    @classmethod
    def blank(cls, stops: int) -> Records:
        """Records of a day on which no stop was reached yet."""
        return cls(
            ticket=np.full(stops, NEVER, dtype=np.int64),
            start=np.full(stops, NEVER, dtype=np.int64),
            end=np.full(stops, NEVER, dtype=np.int64),
            counter=np.full(stops, NO_COUNTER, dtype=np.uint16),
            outcome=np.zeros(stops, dtype=np.uint8),
        )

    def equals(self, other: Records) -> bool:
        """Whether both are the same to the last bit."""
        return all(np.array_equal(getattr(self, column), getattr(other, column)) for column in self._fields)
