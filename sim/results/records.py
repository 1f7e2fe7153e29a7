"""Records: what happened to each stop of a trace, in the order of the trace's stops, and what each counter did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import NEVER
from sim.model.shapes import MicrosecondColumn

CLASS_NAMES: Final = ("priority", "regular")
"""Names of the citizens' classes by rank. Ranks from 2 on are called 'rank 2' and so on."""

NO_COUNTER: Final = 0xFFFF
"""65,535: stands for the counter of a stop that no counter served (not called, or at an unlimited unit)."""


def class_name(rank: int) -> str:
    """The name of a citizens' class by its rank.

    >>> class_name(0), class_name(3)
    ('priority', 'rank 3')
    """
    return CLASS_NAMES[rank] if rank < len(CLASS_NAMES) else f"rank {rank}"


class Posts(NamedTuple):
    """The states of each counter's post, from when to when, in the order in which they ended. All columns are int64.

    A row says that ``number`` counters, from ``counter`` on, were in ``state`` (a state of `sim.model.shapes`) in [start, end). The number
    is 1 for a counter with duties of its own. For a unit staffed by number (R9) it is the number on duty, and the row names the unit's
    first counter. OFF_DUTY has no row. A counter that stays after closing (R13) stays until it has finished its last citizen. The tickets
    tell the services; tickets and posts together are the day's book.
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

    ``ticket`` is the instant at which the citizen took the ticket; ``start`` and ``end`` are those of the service (int64 microseconds;
    clock.NEVER if it did not happen). For a ticket that was not served, and for a refusal, ``end`` is the instant of leaving. ``counter``
    (uint16) is the index of the counter, ``outcome`` (uint8) the number of the outcome in `sim.results.outcomes`. Stops that were not
    reached hold clock.NEVER, NO_COUNTER and NOT_REACHED, so that equal days are equal arrays.
    """

    ticket: MicrosecondColumn
    start: MicrosecondColumn
    end: MicrosecondColumn
    counter: NDArray[np.uint16]
    outcome: NDArray[np.uint8]
    posts: Posts = NO_POSTS

    @classmethod
    def blank(cls, stops: int) -> Records:
        """The records of a day before any stop is reached."""
        return cls(
            ticket=np.full(stops, NEVER, dtype=np.int64),
            start=np.full(stops, NEVER, dtype=np.int64),
            end=np.full(stops, NEVER, dtype=np.int64),
            counter=np.full(stops, NO_COUNTER, dtype=np.uint16),
            outcome=np.zeros(stops, dtype=np.uint8),
        )

    def equals(self, other: Records) -> bool:
        """Whether tickets and posts of both are the same to the last bit."""
        return all(np.array_equal(column, twin) for column, twin in zip(self.columns(), other.columns(), strict=True))

    def columns(self) -> list[NDArray[Any]]:
        """All columns: those of the tickets, then those of the posts."""
        return [self.ticket, self.start, self.end, self.counter, self.outcome, *self.posts]


class RecordsOfDays(NamedTuple):
    """Several days' records in the same columns: stops of day d from ``first_stop[d]`` on, posts from ``first_post[d]`` on."""

    columns: Records
    first_stop: NDArray[np.int64]
    first_post: NDArray[np.int64]

    @classmethod
    def of(cls, records: Records) -> RecordsOfDays:
        """One day alone."""
        return cls(records, *(np.array([0, len(column)], dtype=np.int64) for column in (records.ticket, records.posts.counter)))

    @classmethod
    def joined(cls, days: Sequence[Records]) -> RecordsOfDays:
        """Days one after the other."""
        if len(days) == 1:
            return cls.of(days[0])
        ticket, start, end, counter, outcome = (np.concatenate(of_days) for of_days in zip(*(day[:-1] for day in days), strict=True))
        posts = Posts(*(np.concatenate(of_days) for of_days in zip(*(day.posts for day in days), strict=True)))
        first = [np.cumsum([0, *sizes], dtype=np.int64) for sizes in ([len(day.ticket) for day in days], [len(day.posts.counter) for day in days])]
        return cls(Records(ticket, start, end, counter, outcome, posts), *first)

    def day(self, number: int) -> Records:
        """One of the days, as a view."""
        stops, posts = (slice(int(first[number]), int(first[number + 1])) for first in self[1:])
        ticket, start, end, counter, outcome, rows = self.columns
        return Records(ticket[stops], start[stops], end[stops], counter[stops], outcome[stops], Posts(*(column[posts] for column in rows)))
