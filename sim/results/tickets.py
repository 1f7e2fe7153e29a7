"""A day's records as rows for people to read: a row for each ticket, and a row for each activity of each counter.

Replications, citizens (in the order of coming), stops and counters are counted from 1. Each time is written twice: as a clock time,
and in minutes since midnight (since the start, in a system without opening hours). docs/tickets.md describes each column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.clock import MINUTE, NEVER, SECOND, format_second
from sim.model.shapes import ABSENT, BREAK, BY_NUMBER, DOWN, INTO_BREAK, NAMED, OFF_DUTY, ON_DUTY, OVERTIME, STATES, STAYING, Plan
from sim.model.trace import Trace
from sim.results.outcomes import NOT_REACHED, OUTCOME_WORDS, SERVED
from sim.results.records import NO_COUNTER, Posts, Records, class_name
from sim.scenario.lookup import places_of, services_of
from sim.scenario.schema import Scenario

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]
"""Rows by column, in the order of a row's fields."""

IDLE: Final = ON_DUTY
SERVING: Final = len(STATES)
CALLING: Final = len(STATES) + 1
ACTIVITIES: Final = (*(state if state != STATES[ON_DUTY] else "idle" for state in STATES), "serving", "calling")
"""The activities of a counter in words: the states of its post, except that on duty it is idle, serving, or calling (R29)."""

DONE: Final = tuple(ACTIVITIES[one] for one in (SERVING, CALLING, INTO_BREAK, OVERTIME, IDLE, BREAK, DOWN, ABSENT))
"""The activities that a segment can have, in the order in which they are listed."""

_NOTHING: Final = -1

_WHEN_BUSY: Final = np.array([_NOTHING, SERVING, _NOTHING, INTO_BREAK, OVERTIME, OVERTIME, DOWN, _NOTHING])
"""What a counter does while it is busy, by the state of its post."""
_WHEN_FREE: Final = np.array([_NOTHING, IDLE, BREAK, _NOTHING, _NOTHING, _NOTHING, DOWN, ABSENT])
"""What a counter does while it is free, by the state of its post."""


class TicketRow(NamedTuple):
    """A row of tickets.parquet: a citizen at a stop. Columns that do not apply are None."""

    replication: int
    citizen: int
    source: str
    number: int
    citizen_class: str
    stop: int
    unit: str
    service: str
    ticket: str | None
    counter: str | None
    counter_name: str | None
    outcome: str
    came_clock: str
    came_minutes: float
    entered_clock: str
    entered_minutes: float
    ticket_clock: str | None
    ticket_minutes: float | None
    start_clock: str | None
    start_minutes: float | None
    end_clock: str | None
    end_minutes: float | None
    waiting_minutes: float | None
    calling_minutes: float | None
    service_minutes: float | None


class SegmentRow(NamedTuple):
    """A row of counters.parquet: what a counter does from one instant to another. The columns of the citizen are None if it serves nobody."""

    replication: int
    counter: str
    counter_name: str | None
    unit: str
    activity: str
    start_clock: str
    start_minutes: float
    end_clock: str
    end_minutes: float
    minutes: float
    citizen: int | None
    citizen_class: str | None
    ticket: str | None
    ticket_unit: str | None
    service: str | None


def types_of(row: type[TicketRow] | type[SegmentRow]) -> dict[str, str]:
    """The columns of a row with their types, as DuckDB calls them.

    >>> types_of(SegmentRow)["minutes"], types_of(SegmentRow)["ticket"]
    ('DOUBLE', 'VARCHAR')
    """
    names = {int: "INTEGER", str: "VARCHAR", float: "DOUBLE"}
    return {column: names[next(one for one in (*get_args(given), given) if one is not NoneType)] for column, given in get_type_hints(row).items()}


def _words(words: Sequence[str | None]) -> NDArray[Any]:
    column = np.empty(len(words), dtype=object)
    column[:] = words
    return column


def letter_of(unit: int) -> str:
    """The letter with which a unit's tickets begin: A for the first unit of the hall; after Z come AA, AB and so on.

    >>> letter_of(3), letter_of(27)
    ('D', 'AB')
    """
    text = ""
    while unit >= 0:
        text = chr(ord("A") + unit % 26) + text
        unit = unit // 26 - 1
    return text


class Names:
    """The names of a plan's sources, classes, units, services and counters (``polda.3``, and the sign over the counter), by their numbers."""

    def __init__(self, scenario: Scenario) -> None:
        services = services_of(scenario)
        places = list(places_of(scenario))
        self.sources = _words(list(scenario.citizens))
        self.classes = _words([class_name(rank) for rank in range(8)])
        self.units = _words(list(scenario.units))
        self.letters = [letter_of(unit) for unit in range(len(scenario.units))]
        self.unit_of_service = _words([unit for unit, _ in services])
        self.services = _words([service for _, service in services])
        self.counters = _words([*(place.identifier for place in places), None])  # -1 is no counter
        self.counter_names = _words([*(place.counter.name for place in places), None])
        self.outcomes = _words(OUTCOME_WORDS)
        self.activities = _words(ACTIVITIES)


def ticket_numbers(plan: Plan, trace: Trace, records: Records) -> Ints:
    """The ticket number of each stop, counted from 1 in the order in which the unit's tickets were taken; 0 without a ticket."""
    numbers = np.zeros(len(trace.service), dtype=np.int64)
    taken = np.flatnonzero(records.ticket < NEVER)
    unit = plan.hall.service_unit[trace.service[taken]]
    order = np.lexsort((trace.citizen[taken], records.ticket[taken], unit))
    ordered = unit[order]
    numbers[taken[order]] = np.arange(1, len(taken) + 1) - np.searchsorted(ordered, ordered)
    return numbers


def ticket_columns(names: Names, plan: Plan, trace: Trace, records: Records, replication: int) -> Columns:
    """The tickets of a day as the columns of `TicketRow`: the stops that were reached, by citizen and stop. ``replication`` counts from 0."""
    at = np.flatnonzero(records.outcome != NOT_REACHED)
    citizen, service = trace.citizen[at].astype(np.int64), trace.service[at]
    ticket, start, end = records.ticket[at], records.start[at], records.end[at]
    counter = np.where(records.counter[at] == NO_COUNTER, -1, records.counter[at].astype(np.int64))
    left_queue = np.minimum(start, end)
    waited = np.where((ticket < NEVER) & (left_queue < NEVER), left_queue - ticket, NEVER)
    called = np.where(start < NEVER, np.where(counter < 0, 0, plan.calling[service]), NEVER)
    worked = np.where(records.outcome[at] == SERVED, end - start - called, NEVER)
    instants = {"came": trace.came[citizen], "entered": trace.enters[citizen], "ticket": ticket, "start": start, "end": end}
    return {
        "replication": np.full(len(at), replication + 1, dtype=np.int64),
        "citizen": citizen + 1,
        "source": names.sources[trace.source[citizen]],
        "number": trace.number[citizen] + 1,
        "citizen_class": names.classes[trace.rank[citizen]],
        "stop": at - trace.stop_first[citizen] + 1,
        "unit": names.unit_of_service[service],
        "service": names.services[service],
        "ticket": _codes(names, plan, trace, ticket_numbers(plan, trace, records), at),
        "counter": names.counters[counter],
        "counter_name": names.counter_names[counter],
        "outcome": names.outcomes[records.outcome[at]],
        **{
            column: values
            for what, instant in instants.items()
            for column, values in ((f"{what}_clock", _clocks(instant)), (f"{what}_minutes", _minutes(instant)))
        },
        "waiting_minutes": _minutes(waited),
        "calling_minutes": _minutes(called),
        "service_minutes": _minutes(worked),
    }


def segment_columns(names: Names, plan: Plan, trace: Trace, records: Records, replication: int) -> Columns:
    """What the counters did on a day as the columns of `SegmentRow`, by counter and time. ``replication`` counts from 0."""
    done = segments(plan, trace, records)
    is_served = done.stop >= 0
    stop = done.stop[is_served]
    citizen, service = trace.citizen[stop].astype(np.int64), trace.service[stop]

    def served(words: NDArray[Any]) -> NDArray[Any]:
        column = np.empty(len(is_served), dtype=object)  # filled with None
        column[is_served] = words
        return column

    number = np.full(len(is_served), np.nan)
    number[is_served] = citizen + 1
    return {
        "replication": np.full(len(is_served), replication + 1, dtype=np.int64),
        "counter": names.counters[done.counter],
        "counter_name": names.counter_names[done.counter],
        "unit": names.units[plan.hall.counter_unit[done.counter]],
        "activity": names.activities[done.activity],
        "start_clock": _clocks(done.start),
        "start_minutes": _minutes(done.start),
        "end_clock": _clocks(done.end),
        "end_minutes": _minutes(done.end),
        "minutes": _minutes(done.end - done.start),
        "citizen": number,
        "citizen_class": served(names.classes[trace.rank[citizen]]),
        "ticket": served(_codes(names, plan, trace, ticket_numbers(plan, trace, records), stop)),
        "ticket_unit": served(names.unit_of_service[service]),
        "service": served(names.services[service]),
    }


@lru_cache(maxsize=1 << 18)
def _clock(second: int) -> str | None:
    return None if second == NEVER // SECOND else format_second(second * SECOND)


@lru_cache(maxsize=1 << 16)
def _code(letter: str, number: int) -> str | None:
    return f"{letter}{number:03d}" if number else None


def _clocks(instants: Ints) -> NDArray[Any]:
    return _words([_clock(second) for second in (instants // SECOND).tolist()])


def _minutes(instants: Ints) -> NDArray[np.float64]:
    return np.where(instants == NEVER, np.nan, instants / MINUTE)


def _codes(names: Names, plan: Plan, trace: Trace, numbers: Ints, stops: Ints) -> NDArray[Any]:
    units = plan.hall.service_unit[trace.service[stops]].tolist()
    return _words([_code(names.letters[unit], number) for unit, number in zip(units, numbers[stops].tolist(), strict=True)])


class Segments(NamedTuple):
    """What the counters did, sorted by counter and start. ``stop`` is the row of the stop that was served, -1 if none was."""

    counter: Ints
    activity: Ints
    start: Ints
    end: Ints
    stop: Ints


def segments(plan: Plan, trace: Trace, records: Records) -> Segments:
    """What each counter did on a day, from its posts and its tickets, as segments that do not overlap.

    A call and the service after it are two segments where calling takes time (R29). A service that goes on after the end of the duty is
    two as well, and a break begins when it is over. A counter that stays after
    closing (R13) has no segment while it waits there, because it is not on duty. While an outage stops a service, the segment still has
    its citizen (R17). A unit staffed by number (R9) has no breaks. If more of its counters are busy than the number says, those that
    finish first work beyond it, because they are the ones to leave. Of its counters that are not busy, the first in counter order are
    idle on duty, because they call next.
    """
    hall = plan.hall
    stops = np.flatnonzero(records.counter != NO_COUNTER)
    counter = records.counter[stops].astype(np.int64)
    over = np.minimum(records.end[stops], hall.ends)
    at_counter = np.minimum(records.start[stops] + plan.calling[trace.service[stops]], over)
    calls = _Busy(counter, records.start[stops], at_counter, stops, over, np.full_like(over, CALLING))
    serves = calls._replace(start=at_counter, end=over, activity=np.full_like(over, SERVING))
    busy = _Busy(*(np.concatenate(columns) for columns in zip(calls, serves, strict=True)))
    busy = busy.where(busy.start < busy.end)
    counter = busy.counter
    is_named = hall.unit_kind[hall.counter_unit[counter]] == NAMED
    post_is_named = hall.unit_kind[hall.counter_unit[records.posts.counter]] == NAMED
    pieces = [_of_named(busy.where(is_named), Posts(*(column[post_is_named] for column in records.posts)))]
    for unit in np.flatnonzero(hall.unit_kind == BY_NUMBER).tolist():
        first, last = int(hall.unit_first_counter[unit]), int(hall.unit_first_counter[unit + 1])
        posts = Posts(*(column[records.posts.counter == first] for column in records.posts))
        pieces.append(_of_number(first, last, busy.where((counter >= first) & (counter < last)), posts))
    together = [np.concatenate(columns) for columns in zip(*pieces, strict=True)]
    order = np.lexsort((together[2], together[0]))
    return Segments(*(column[order] for column in together))


class _Busy(NamedTuple):
    """Calls and services at counters, by ``activity``; ``over`` is the instant at which the counter is done with the citizen."""

    counter: Ints
    start: Ints
    end: Ints
    stop: Ints
    over: Ints
    activity: Ints

    def where(self, chosen: NDArray[np.bool_]) -> _Busy:
        return _Busy(*(column[chosen] for column in self))


def _holding(starts: Ints, ends: Ints, instants: Ints) -> Ints:
    """For each instant the index of the interval that holds it, -1 for none. The intervals are in order and do not overlap."""
    found = np.searchsorted(starts, instants, side="right") - 1
    found[found >= 0] = np.where(instants[found >= 0] < ends[found[found >= 0]], found[found >= 0], -1)
    return found


def _of_named(busy: _Busy, posts: Posts) -> Segments:
    """Segments of the counters with named duties. All counters' days are laid end to end on one line and cut where anything changes."""
    day = 1 + max(int(instants.max(initial=0)) for instants in (busy.end, posts.end))
    order = np.lexsort((busy.start, busy.counter))
    busy = _Busy(*(column[order] for column in busy))
    posts = Posts(*(column[np.lexsort((posts.start, posts.counter))] for column in posts))
    starts, ends = busy.counter * day + busy.start, busy.counter * day + busy.end
    begins, finishes = posts.counter * day + posts.start, posts.counter * day + posts.end
    cuts = np.unique(np.concatenate((starts, ends, begins, finishes)))
    since, until = cuts[:-1], cuts[1:]
    service, post = _holding(starts, ends, since), _holding(begins, finishes, since)
    state = np.append(posts.state, OFF_DUTY)[post]
    activity = np.where(service >= 0, _WHEN_BUSY[state], _WHEN_FREE[state])
    activity = np.where(activity == SERVING, np.append(busy.activity, SERVING)[service], activity)
    counter = since // day
    stop = np.where(service >= 0, np.append(busy.stop, -1)[service], -1)
    return _joined(counter, activity, since - counter * day, until - counter * day, stop)


def _of_number(first: int, last: int, busy: _Busy, posts: Posts) -> Segments:
    """Segments of the counters of a unit staffed by number. The arrays have a row for each counter and a column for each piece without a change."""
    cuts = np.unique(np.concatenate((busy.start, busy.end, posts.start, posts.end)))
    since, until = cuts[:-1], cuts[1:]
    post = _holding(posts.start, posts.end, since)
    state, number = np.append(posts.state, OFF_DUTY)[post], np.append(posts.number, 0)[post]
    stop = np.full((last - first, len(since)), -1, dtype=np.int64)
    end, on_duty = np.full_like(stop, NEVER), np.full_like(stop, SERVING)
    for counter in range(first, last):
        mine = busy.where(busy.counter == counter)
        mine = _Busy(*(column[np.argsort(mine.start)] for column in mine))
        service = _holding(mine.start, mine.end, since)
        stop[counter - first] = np.append(mine.stop, -1)[service]
        end[counter - first] = np.append(mine.over, NEVER)[service]
        on_duty[counter - first] = np.append(mine.activity, SERVING)[service]
    is_busy = stop >= 0
    too_many = is_busy.sum(axis=0) - number
    place_in_finishing = np.argsort(np.argsort(end, axis=0, kind="stable"), axis=0)
    place_in_calling = np.cumsum(~is_busy, axis=0) - 1
    duties_end = posts.end[posts.state != STAYING].max(initial=0)
    beyond = np.where(since < duties_end, INTO_BREAK, OVERTIME)
    activity = np.select(
        [is_busy & (place_in_finishing < too_many), is_busy, place_in_calling < -too_many], [beyond, _WHEN_BUSY[state], _WHEN_FREE[state]], _NOTHING
    )
    activity = np.where(activity == SERVING, on_duty, activity)
    counters = np.repeat(np.arange(first, last, dtype=np.int64), len(since))
    return _joined(counters, activity.ravel(), np.tile(since, last - first), np.tile(until, last - first), stop.ravel())


def _joined(counter: Ints, activity: Ints, start: Ints, end: Ints, stop: Ints) -> Segments:
    """Segments from pieces of time, counter after counter: join pieces that follow each other and are alike, drop those without an activity."""
    alike = (counter[1:] == counter[:-1]) & (activity[1:] == activity[:-1]) & (stop[1:] == stop[:-1])
    begins = np.concatenate(([True], ~alike))[: len(counter)]
    finishes = np.concatenate((~alike, [True]))[: len(counter)]
    kept = activity[begins] != _NOTHING
    columns = (counter[begins], activity[begins], start[begins], end[finishes], stop[begins])
    return Segments(*(column[kept].astype(np.int64) for column in columns))
