"""The shapes of a Plan: a scenario as arrays and integers, read by name by the draw, the engines, the auditor and the measures.

Units, services, counters and sources are numbered in the order of the scenario, which also has their names. Times are int64
microseconds on the plan's grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model.distributions import Distributions, mean_time

# Kinds of events, in the order of rule R1. They go up in tens, to leave room for rules to come.
OUTAGE_BEGINS: Final = 10
DUTY_ENDS: Final = 20
OUTAGE_ENDS: Final = 30
DUTY_BEGINS: Final = 40
ACTIVITY_ENDS: Final = 50
PATIENCE_ENDS: Final = 60
TIMER: Final = 70
CLOSING: Final = 80
CITIZEN_COMES: Final = 90

# The states of a post in the records: what a counter does, apart from serving.
OFF_DUTY: Final = 0
"""Before the first duty or after the last, with nobody to finish. The records have no row for this state."""
ON_DUTY: Final = 1
BREAK: Final = 2
"""Between two duties, with nobody to finish."""
INTO_BREAK: Final = 3
"""Finishes a citizen between two duties (R10)."""
OVERTIME: Final = 4
"""Finishes a citizen after the last duty (R10)."""
STAYING: Final = 5
"""After the last duty, until all who have a stop left are served (R13)."""
DOWN: Final = 6
"""On duty, but an outage stops it from serving (R17)."""
ABSENT: Final = 7
"""A duty that the officer does not do, because he is absent on this day (R22)."""
STATES: Final = ("off duty", "on duty", "break", "into break", "overtime", "staying", "down", "absent")
"""The states of a post in words."""

FULL_SPEED: Final = 10_000
"""10,000: 100 % in hundredths of a per cent, the speed at which a service takes the time that was drawn (R16)."""
BY_SERVICE: Final = 0
"""0: stands in the place of a counter's speed where that depends on the service."""

# How a unit is staffed.
NAMED: Final = 0
BY_NUMBER: Final = 1
UNLIMITED: Final = 2

# How a source's citizens come.
BY_RATE: Final = 0
EXACTLY: Final = 1
BY_GAPS: Final = 2

# Whose busyness a factor is (R18). The numbers are part of the keys of chance.
OF_HALL: Final = 0
OF_UNIT: Final = 1
OF_SOURCE: Final = 2

NO_PATIENCE_LIMIT: Final = -1

Microseconds = Annotated[int, "microseconds"]
"""An instant or a duration on the plan's grid."""
MicrosecondColumn = Annotated[NDArray[np.int64], "microseconds"]
"""A column of such times. Mark every time column so, and no other: a test multiplies all of them, and expects the same day, stretched."""


class Demand(NamedTuple):
    """Who may come and for what: everything that the draw reads. It does not depend on staffing.

    For each source: how its citizens come (``source_kind``), their greatest number (``source_first``), the rank of regular citizens, the
    share of priority citizens, the distribution row of the gaps and the factor on them.
    For each piece of constant rate of a source (``piece_first`` delimits them): ``piece_start`` and ``piece_end`` in microseconds,
    ``piece_rate`` in citizens a microsecond, and ``piece_below``, the citizens expected before the piece.
    For each factor of a source's busyness (``busy_first`` delimits them; R18): the shape of its gamma distribution of mean 1, whose busyness it
    is (``busy_of``: OF_HALL, OF_UNIT or OF_SOURCE), and the number of that unit or source (0 for the hall).
    For each stop of a source's route (``route_first`` delimits them): the service, the distribution rows of service time and patience
    (-1: without end), the share of citizens who make it, the share sent back, the position of the route they go back to, and how often
    at most. ``stop_choice`` is the ordinal of its `one_of` in the route (-1: none). Each `one_of` has one uniform in (0, 1) for a citizen:
    he makes the stop if it lies in [``stop_chosen_from``, ``stop_chosen_below``).
    """

    grid: Microseconds
    opens: Microseconds
    until: Microseconds
    source_kind: NDArray[np.uint8]
    source_first: NDArray[np.int64]
    source_rank: NDArray[np.int64]
    source_priority: NDArray[np.float64]
    source_gap: NDArray[np.int64]
    source_gap_factor: NDArray[np.float64]
    piece_first: NDArray[np.int64]
    piece_start: MicrosecondColumn
    piece_end: MicrosecondColumn
    piece_rate: NDArray[np.float64]
    piece_below: NDArray[np.float64]
    busy_first: NDArray[np.int64]
    busy_shape: NDArray[np.float64]
    busy_of: NDArray[np.int64]
    busy_number: NDArray[np.int64]
    route_first: NDArray[np.int64]
    stop_service: NDArray[np.int64]
    stop_work: NDArray[np.int64]
    stop_patience: NDArray[np.int64]
    stop_share: NDArray[np.float64]
    stop_rework: NDArray[np.float64]
    stop_back_to: NDArray[np.int64]
    stop_rework_most: NDArray[np.int64]
    stop_choice: NDArray[np.int64]
    stop_chosen_from: NDArray[np.float64]
    stop_chosen_below: NDArray[np.float64]


class Hall(NamedTuple):
    """Who serves what and when: everything about the hall that the engines read, by name.

    ``grid`` is the step of the clock. ``closes`` is clock.NEVER and ``ends`` the horizon in a system without opening hours.
    ``skill_first`` delimits each counter's services in ``skill_service``, sorted by ``skill_level`` (0 its own, 1 those it helps),
    then by service. ``skill_speed`` is its speed at each (R16, FULL_SPEED is 100 %), and ``counter_speed`` its speed if that is the same
    at all of them, else BY_SERVICE. ``duty_*`` (delimited by ``duty_first``) is the planned duty: ``duty_number`` counters, from this one
    on, are on duty in [start, end). The number is 1 for a counter with duties of its own; in a unit staffed by number (R9) the first
    counter holds the duty of the whole unit. ``outage_*`` are the planned outages, one row for each unit and interval (R17);
    ``outage_restarts`` says whether services in progress begin anew. ``random_*`` are the outages that chance decides: distribution rows
    of the time up and the time down, and (delimited by ``random_first``) the units that stop. ``stays`` says that a counter is on duty at
    closing or later, so that under *serve all* it does not leave for good (R13). ``served_late`` says that a counter that stays, or an
    unlimited unit, serves the service after closing.
    """

    grid: Microseconds
    ends: Microseconds
    closes: Microseconds
    send_home: bool
    ranks: int
    unit_kind: NDArray[np.uint8]
    unit_room: NDArray[np.int64]
    unit_last_ticket: MicrosecondColumn
    unit_first_counter: NDArray[np.uint32]
    service_unit: NDArray[np.uint32]
    served_late: NDArray[np.bool_]
    counter_unit: NDArray[np.uint32]
    counter_speed: NDArray[np.int64]
    stays: NDArray[np.bool_]
    skill_first: NDArray[np.uint32]
    skill_service: NDArray[np.uint32]
    skill_level: NDArray[np.uint32]
    skill_speed: NDArray[np.int64]
    duty_first: NDArray[np.int64]
    duty_start: MicrosecondColumn
    duty_end: MicrosecondColumn
    duty_number: NDArray[np.int64]
    outage_unit: NDArray[np.int64]
    outage_start: MicrosecondColumn
    outage_end: MicrosecondColumn
    outage_restarts: NDArray[np.bool_]
    random_up: NDArray[np.int64]
    random_down: NDArray[np.int64]
    random_restarts: NDArray[np.bool_]
    random_first: NDArray[np.int64]
    random_unit: NDArray[np.int64]

    @property
    def has_outages(self) -> bool:
        """Whether some system goes down, by plan or by chance."""
        return len(self.outage_unit) + len(self.random_up) > 0


class Extras(NamedTuple):
    """What few halls have: the plan's columns of the rules that it takes to describe them. A hall that uses none of them has no Extras.

    The kernel's loop is compiled twice, without and with them, so that other halls pay nothing for these rules.

    ``absence`` is for each counter the probability that its officer is absent on a day. For a unit with a table instead, the row is
    delimited by ``absent_first``: with probability ``absent_share`` just ``absent_number`` of its officers are absent (R22).
    ``calling`` is for each unit the time from the call of one of its tickets until the citizen is at the counter, and ``walk`` for each pair
    of units (from × to) the time that a citizen walks from a stop in one to a stop in the other (R29). Each is empty if all of it is 0.
    """

    absence: NDArray[np.float64] = np.empty(0, dtype=np.float64)
    absent_first: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    absent_number: NDArray[np.int64] = np.empty(0, dtype=np.int64)
    absent_share: NDArray[np.float64] = np.empty(0, dtype=np.float64)
    calling: MicrosecondColumn = np.empty(0, dtype=np.int64)
    walk: MicrosecondColumn = np.empty(0, dtype=np.int64)

    @property
    def has_absence(self) -> bool:
        """Whether some officer may be absent."""
        return bool(self.absence.any()) or len(self.absent_number) > 0


Duty = tuple[tuple[int, int], ...]
"""A counter's duty intervals over the day, each (start, end) in microseconds, in order and apart."""


@dataclass(frozen=True)
class Counters:
    """One counter, or ``count`` counters that are alike: what a list of counters says of them, in the plan's numbers.

    ``services`` are the services it serves (None: all of its own unit), ``helps`` those it serves while no ticket of its services waits.
    ``speed`` is in hundredths of a per cent, one for all or (service, speed) for each that has its own. ``duty`` is its own duty (None: the
    unit's patterns in turn), ``absence`` the probability that its officer is absent on a day (None: the unit's).
    """

    count: int = 1
    services: tuple[int, ...] | None = None
    helps: tuple[int, ...] = ()
    speed: int | tuple[tuple[int, int], ...] = FULL_SPEED
    duty: Duty | None = None
    absence: float | None = None


@dataclass(frozen=True)
class ByNumber:
    """A number of counters on duty for each interval of the day (R9): (start, end, number), in microseconds, in order and apart."""

    numbers: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Staffing:
    """How a unit is staffed: ``counters`` is a number of counters that are alike, a list of counters, or numbers by interval.

    ``duty`` are the duty patterns that are dealt in turn to the counters without a duty of their own. With numbers by interval they decide
    nothing. ``absence`` is the probability that an officer of the unit is absent on a day, or a table: (number absent, probability).
    """

    counters: int | tuple[Counters, ...] | ByNumber
    duty: tuple[Duty, ...] = ()
    absence: float | tuple[tuple[int, float], ...] = 0.0


class Crew(NamedTuple):
    """The counters of one unit as pieces of the hall's columns, which are put together of them; ``staffing`` is None if they are unlimited.

    ``services`` are the unit's own services, ``counters`` is the number of counters, and ``serves`` are the services that these serve or help.
    ``pieces`` are the columns of the unit alone, as bytes (`sim.model.staffing`). ``absence`` is the probability for each counter that its
    officer is absent (R22), and ``absent`` the unit's table of how many are; both are empty if nobody ever is.
    """

    staffing: Staffing | None
    services: range
    counters: int
    serves: frozenset[int]
    pieces: tuple[bytes, ...]
    absence: tuple[float, ...]
    absent: tuple[tuple[int, float], ...]


class Rates(NamedTuple):
    """How many citizens come before the scale: what `Demand` has of it is made of these columns by `sim.model.arrivals`.

    For each source: ``scale``, which multiplies its rates, and ``first``, its greatest number. For each piece the expected number of citizens
    is ``scale × number × share ÷ weight``, and the rate that number divided by ``length``.
    """

    scale: NDArray[np.float64]
    first: NDArray[np.int64]
    number: NDArray[np.float64]
    share: NDArray[np.float64]
    weight: NDArray[np.float64]
    length: NDArray[np.float64]


class Agenda(NamedTuple):
    """The events of a day that are known before it begins, sorted by R1: ``time``, then ``order``, which is ``kind << 32 | index``.

    R1 defines the index: the counter for a duty (in a unit staffed by number its first), the unit for an outage, 0 for closing.
    ``unit`` is the unit of the event. For a duty, ``state`` is the state that the post enters if it is not busy, and ``number`` the
    number on duty from then on. For an outage that begins, ``number`` is 1 if services begin anew.
    """

    time: MicrosecondColumn
    order: NDArray[np.int64]
    unit: NDArray[np.uint32]
    state: NDArray[np.int64]
    number: NDArray[np.int64]


class Window(NamedTuple):
    """What is measured: tickets taken in [measured_from, measured_to), by intervals of the day, against the units' targets.

    ``edges`` bound the intervals in microseconds; ``within`` is each unit's target time (0 without a target).
    """

    measured_from: Microseconds
    measured_to: Microseconds
    edges: MicrosecondColumn
    within: MicrosecondColumn


class Targets(NamedTuple):
    """What each day is judged by: the share of tickets to serve within the target time, and the seats.

    ``in_hall`` says which units count in the figures of the hall (all but machines). ``share`` is the target share of the hall and, after
    it, of each unit (0 to 1; NaN without a target). ``seats`` is the number of seats (`clock.NEVER`: not given).
    """

    in_hall: NDArray[np.bool_]
    share: NDArray[np.float64]
    seats: int


@dataclass(frozen=True)
class Plan:
    """A scenario as numbers: what the draw, the engines, the auditor and the measures read.

    ``extras`` has the columns of rules that few halls use; it is None for all others.
    ``crews`` and ``rates`` are what the staffing columns of ``hall`` and the rates of ``demand`` were made of; only a change of the plan
    reads them (`sim.model.staffing`, `sim.model.arrivals`).
    """

    times: Distributions
    demand: Demand
    hall: Hall
    extras: Extras | None
    window: Window
    outage_times: Distributions
    targets: Targets
    crews: tuple[Crew, ...]
    rates: Rates

    def changed(self, **parts: Any) -> Plan:
        """The plan with another ``hall`` or ``demand``, and what belongs to it. What was worked out from the other parts is kept."""
        plan = replace(self, **parts)
        kept = ("agenda", "units_by_number") if "demand" in parts else ("likely_citizens", "expected_citizens", "_most_stops", "most_positions", "longest_route")
        vars(plan).update({name: getattr(self, name) for name in kept})
        return plan

    def over_whole_day(self) -> Plan:
        """The same plan, measured over the day as one interval: what is summarised by time of day would take most of the memory."""
        return replace(self, window=self.window._replace(edges=self.window.edges[[0, -1]]))

    @property
    def grid(self) -> int:
        """Step of the clock in microseconds."""
        return self.hall.grid

    @property
    def calling(self) -> NDArray[np.int64]:
        """The time from the call of a ticket until the citizen is at the counter (R29), for each service."""
        given = self.extras is not None and len(self.extras.calling) > 0
        of_unit = self.extras.calling if self.extras is not None and given else np.zeros(len(self.hall.unit_kind), dtype=np.int64)
        return of_unit[self.hall.service_unit]

    @cached_property
    def agenda(self) -> Agenda:
        """The events that the plan alone fixes: duties, planned outages, closing."""
        return agenda_of(self.hall)

    @cached_property
    def likely_citizens(self) -> int:
        """The citizens that the draw makes room for at first: the mean plus 10 standard deviations, or 6 of the busyness. A rarer day doubles it."""
        expected = float(self.expected_citizens @ (1.0 + 6.0 * self.busyness_cv))
        return int(expected + 10.0 * expected**0.5) + 64

    @cached_property
    def busyness_cv(self) -> NDArray[np.float64]:
        """The coefficient of variation of each source's busyness (R18), which is the product of its factors; 0 for a source without."""
        demand = self.demand
        squares = [np.prod(1.0 + 1.0 / demand.busy_shape[first:last]) - 1.0 for first, last in pairwise(demand.busy_first.tolist())]
        return np.sqrt(np.where(demand.source_kind == EXACTLY, 0.0, squares))

    @cached_property
    def expected_citizens(self) -> NDArray[np.float64]:
        """The expected number of citizens of each source on a day (for gaps, an approximation from their mean)."""
        demand = self.demand
        expected = np.zeros(len(demand.source_kind))
        for source, kind in enumerate(demand.source_kind):
            pieces = slice(int(demand.piece_first[source]), int(demand.piece_first[source + 1]))
            expected[source] = ((demand.piece_end[pieces] - demand.piece_start[pieces]) * demand.piece_rate[pieces]).sum()
            if kind == BY_GAPS:
                gap = mean_time(self.times, int(demand.source_gap[source])) * demand.source_gap_factor[source]
                expected[source] = (demand.until - demand.opens) / max(gap, 1.0)
        return np.minimum(expected, demand.source_first)

    def likely_stops(self, days: int) -> int:
        """The stops that the draw of some days makes room for at first: no fewer than their mean, plus about 10 standard deviations."""
        most = days * self._most_stops * (1.0 + 6.0 * float(self.busyness_cv.max(initial=0.0)) / days**0.5)
        return int(most + 10.0 * (most * self.longest_route) ** 0.5) + 64 * self.longest_route

    @cached_property
    def _most_stops(self) -> float:
        """An upper bound of the expected number of stops on a day: as if whoever is sent back were sent back as often as possible."""
        demand = self.demand
        shares = np.where(demand.stop_choice >= 0, demand.stop_chosen_below - demand.stop_chosen_from, demand.stop_share)
        stops = shares * (1.0 + demand.stop_rework * demand.stop_rework_most * self._stops_sent_back)
        by_source = [float(stops[first:last].sum()) for first, last in pairwise(demand.route_first.tolist())]
        return float(self.expected_citizens @ np.array(by_source))

    @property
    def _stops_sent_back(self) -> NDArray[np.int64]:
        """The number of positions of its route that a citizen makes again if he is sent back from a position."""
        demand = self.demand
        first = np.repeat(demand.route_first[:-1], np.diff(demand.route_first))
        return np.arange(len(first)) - first - demand.stop_back_to + 1

    @cached_property
    def units_by_number(self) -> list[int]:
        """The units staffed by number."""
        return [unit for unit, kind in enumerate(self.hall.unit_kind.tolist()) if kind == BY_NUMBER]

    @cached_property
    def most_positions(self) -> int:
        """The number of positions of the longest route, as the scenario writes it."""
        return int(np.diff(self.demand.route_first).max(initial=0))

    @cached_property
    def longest_route(self) -> int:
        """The most stops that one citizen can make, with all rework."""
        demand = self.demand
        again = self._stops_sent_back * demand.stop_rework_most
        return max([1, *(int(last - first) + int(again[first:last].sum()) for first, last in pairwise(demand.route_first.tolist()))])


def have_extras(plans: Iterable[Plan]) -> bool:
    """Whether some hall has extras, which compiled code of their own plays."""
    return any(plan.extras is not None for plan in plans)


Event = tuple[int, int, int, int, int, int]
"""An event of the agenda: time, kind, index, unit, state, number."""


def agenda_of(hall: Hall, changes: Agenda | None = None) -> Agenda:
    """The agenda of a hall: its duties, planned outages and closing as events in R1's order.

    ``changes`` are the events of its duties, in any order, where they are known already.
    """
    events: list[Event] = []
    if hall.closes < clock.NEVER:
        events.append((hall.closes, CLOSING, 0, 0, OFF_DUTY, 0))
    if len(hall.outage_unit):
        events += outage_events(zip(hall.outage_unit.tolist(), hall.outage_start.tolist(), hall.outage_end.tolist(), hall.outage_restarts.tolist(), strict=True))
    if changes is None:
        for counter, unit in enumerate(hall.counter_unit.tolist()):
            rows = slice(int(hall.duty_first[counter]), int(hall.duty_first[counter + 1]))
            duties = list(zip(hall.duty_start[rows].tolist(), hall.duty_end[rows].tolist(), hall.duty_number[rows].tolist(), strict=True))
            events += changes_of(duties, counter, unit, hall.unit_kind[unit] == BY_NUMBER, bool(hall.stays[counter]) and not hall.send_home)
    return agenda_with(changes, events)


def outage_events(outages: Iterable[tuple[int, int, int, bool]]) -> list[Event]:
    """The events of outages given as (unit, start, end, whether services begin anew)."""
    events: list[Event] = []
    for unit, start, end, restarts in outages:
        events += [(start, OUTAGE_BEGINS, unit, unit, OFF_DUTY, int(restarts)), (end, OUTAGE_ENDS, unit, unit, OFF_DUTY, 0)]
    return events


def agenda_with(agenda: Agenda | None, events: Sequence[Event]) -> Agenda:
    """An agenda (or none) with events added; in R1's order."""
    columns = np.ascontiguousarray(np.array(events, dtype=np.int64).reshape(-1, 6).T)
    time, order, unit, state, number = columns[0], columns[1] << 32 | columns[2], columns[3].astype(np.uint32), columns[4], columns[5]
    together = Agenda(time, order, unit, state, number)
    if agenda is not None:
        together = Agenda(
            np.concatenate((agenda.time, time)),
            np.concatenate((agenda.order, order)),
            np.concatenate((agenda.unit, unit)),
            np.concatenate((agenda.state, state)),
            np.concatenate((agenda.number, number)),
        )
    first = np.lexsort((together.number, together.order, together.time))
    return Agenda(together.time[first], together.order[first], together.unit[first], together.state[first], together.number[first])


def changes_of(duties: Sequence[tuple[int, int, int]], counter: int, unit: int, by_number: bool, stays: bool) -> list[Event]:
    """The changes of a post with these duties, each (start, end, number). If it ``stays``, the last duty has no end (R13)."""
    changes = _changes_of_number(duties, stays) if by_number else _changes_of_duty(duties, stays)
    return [(time, kind, counter, unit, state, number) for time, kind, state, number in changes]


Change = tuple[int, int, int, int]
"""A change of a post's duty: instant, kind of event, state entered, number on duty from then on."""


def _changes_of_duty(duties: Sequence[tuple[int, int, int]], stays: bool) -> list[Change]:
    """The changes of a counter with duties of its own."""
    changes = []
    for position, (start, end, _) in enumerate(duties):
        last = position == len(duties) - 1
        state = BREAK if not last else STAYING if stays else OFF_DUTY
        changes += [(start, DUTY_BEGINS, ON_DUTY, 1), (end, DUTY_ENDS, state, 0)]
    return changes


def _changes_of_number(duties: Sequence[tuple[int, int, int]], stays: bool) -> list[Change]:
    """The changes of a unit staffed by number: the instants at which the number falls (as a duty ends) or rises (as one begins)."""
    levels: list[tuple[int, int]] = []
    for start, end, number in duties:
        if levels and levels[-1][0] == start:
            levels.pop()
        levels += [(start, number), (end, 0)]
    changes, before = [], 0
    for time, number in levels:
        if stays and time == levels[-1][0]:
            changes.append((time, DUTY_ENDS, STAYING, before))
        elif number != before:
            changes.append((time, DUTY_ENDS if number < before else DUTY_BEGINS, ON_DUTY if number else OFF_DUTY, number))
        before = number
    return changes
