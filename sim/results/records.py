"""Records: what happened to each stop of a trace, in the order of the trace's stops, and what each counter did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import NEVER
from sim.model.shapes import MicrosecondColumn

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


class Posts(NamedTuple):
    """What each counter did apart from serving, from when to when; in the order in which it ended. All columns are int64.

    A row: ``number`` counters, from ``counter`` on, were in ``state`` (a state of `sim.model.shapes`) in [start, end): 1 for a counter with
    duties of its own; for a unit staffed by number (R9) the number on duty, at its first counter. OFF_DUTY has no row. A counter that
    stays after closing (R13) does so until it finished its last citizen. Services are in the tickets; together both are the day's book.
    """

    counter: NDArray[np.int64]
    number: NDArray[np.int64]
    state: NDArray[np.int64]
    start: MicrosecondColumn
    end: MicrosecondColumn

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int, int]]) -> Posts:
        """Posts from rows of (counter, number, state, start, end)."""
        return cls(*np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, 5).T))


NO_POSTS: Final = Posts.of([])
"""The posts of a day on which no counter did anything."""


class Records(NamedTuple):
    """The day's book, which an engine writes: one row for each stop of the trace, and the posts of the counters.

    ``ticket`` is the instant of taking the ticket, ``start`` and ``end`` of service (int64 microseconds; clock.NEVER where it did
    not happen); for a ticket that was not served, and for a refusal, ``end`` is the instant of leaving. ``counter`` (uint16) is
    the row of the counter, ``outcome`` (uint8) its number in `sim.results.outcomes`. Rows that were not reached hold clock.NEVER,
    NO_COUNTER and NOT_REACHED, so equal days are equal arrays.
    """

    ticket: MicrosecondColumn
    start: MicrosecondColumn
    end: MicrosecondColumn
    counter: NDArray[np.uint16]
    outcome: NDArray[np.uint8]
    posts: Posts = NO_POSTS

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
        """Whether both are the same to the last bit, tickets and posts."""
        return all(np.array_equal(column, twin) for column, twin in zip(self.columns(), other.columns(), strict=True))

    def columns(self) -> list[NDArray[Any]]:
        """All columns: those of the tickets, then those of the posts."""
        return [self.ticket, self.start, self.end, self.counter, self.outcome, *self.posts]
