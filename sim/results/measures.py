"""Measure: each measure is defined once, here, as sums over one day's records.

All sums are int64 (counts, or microseconds), so they are exact and do not depend on any order. A mean or a share is a ratio of
two of them, over days; ratios and their intervals are `sim.analysis`. docs/measures.md says each definition in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import NEVER
from sim.model.compiled import compilable, compiled
from sim.model.plan import BY_NUMBER, NAMED, UNLIMITED, Plan
from sim.model.trace import Trace
from sim.results.records import (
    ABANDONED,
    NO_COUNTER,
    NOT_REACHED,
    REFUSED_FULL,
    REFUSED_LATE,
    SERVED,
    STILL_INSIDE,
    Records,
)

Ints = NDArray[np.int64]

# Sums over tickets. The first seven are counted by outcome (the constants of records.py), and TAKEN stands at NOT_REACHED.
TAKEN: Final = NOT_REACHED
WAITED: Final = 7
"""Tickets that waited at all, of those taken."""
WAIT_OF_SERVED: Final = 8
WAIT_OF_ALL: Final = 9
"""Waiting time of all who took a ticket: the abandoned and the left-overs up to their leaving, those still inside at the horizon not counted."""
WORK: Final = 10
"""Service time of the served."""
SERVED_WITHIN: Final = 11
ABANDONED_WITHIN: Final = 12
TICKET_SUMS: Final = 13

# Sums over citizens. Those by outcome stand where records.py says, CAME stands at NOT_REACHED.
CAME: Final = NOT_REACHED
LEFT: Final = 7
"""Citizens who got in and left again: those whose time in the hall is known."""
TIME_IN_HALL: Final = 8
DOOR_WAIT: Final = 9
TOTAL_WAIT: Final = 10
"""Waiting time over all stops, of those in LEFT."""
CITIZEN_SUMS: Final = 11


class DaySums(NamedTuple):
    """The sums of one day.

    ``tickets``: service × rank × sum; ``by_interval``: unit × interval of the ticket × sum (a ticket taken after closing belongs
    to no interval); ``waiting`` and ``busy``: unit × interval, microseconds of tickets waiting and of counters busy within duty;
    ``busy_in_all`` and ``overtime``: unit, busy within duty and outside it over the whole day; ``citizens``: rank × sum;
    ``inside``: microseconds of people inside by interval; ``most_inside``: most people inside by interval and, last, at any time;
    ``last_leaves``: the instant at which the last citizen left (0 when nobody came).
    """

    tickets: Ints
    by_interval: Ints
    waiting: Ints
    busy: Ints
    busy_in_all: Ints
    overtime: Ints
    citizens: Ints
    inside: Ints
    most_inside: Ints
    last_leaves: Ints


class Waits(NamedTuple):
    """The waiting time of each served ticket of a day (int64 microseconds) with its service, rank and interval (-1: none)."""

    wait: Ints
    service: NDArray[np.int16]
    rank: NDArray[np.int16]
    interval: NDArray[np.int16]


@dataclass(frozen=True)
class Day:
    """What is measured of one replication."""

    sums: DaySums
    waits: Waits


def measure(plan: Plan, trace: Trace, records: Records, *, fast: bool = False) -> Day:
    """The sums and waits of one day's records.

    Tickets and citizens are counted in the plan's window (all of them for a day with opening hours). ``fast`` runs the compiled
    twin: the same numbers, after the compiler's wait. Checks that each citizen has exactly one outcome: the outcomes add up to
    those who came.
    """
    supply, window = plan.supply, plan.window
    units, intervals = len(supply.unit_kind), len(window.edges) - 1
    sums = DaySums(
        tickets=np.zeros((len(supply.service_unit), supply.ranks, TICKET_SUMS), dtype=np.int64),
        by_interval=np.zeros((units, intervals, TICKET_SUMS), dtype=np.int64),
        waiting=np.zeros((units, intervals), dtype=np.int64),
        busy=np.zeros((units, intervals), dtype=np.int64),
        busy_in_all=np.zeros(units, dtype=np.int64),
        overtime=np.zeros(units, dtype=np.int64),
        citizens=np.zeros((supply.ranks, CITIZEN_SUMS), dtype=np.int64),
        inside=np.zeros(intervals, dtype=np.int64),
        most_inside=np.zeros(intervals + 1, dtype=np.int64),
        last_leaves=np.zeros(1, dtype=np.int64),
    )
    rows = len(trace.service)
    waits = Waits(np.empty(rows, dtype=np.int64), *(np.empty(rows, dtype=np.int16) for _ in range(3)))
    entered, left = np.empty(len(trace.came), dtype=np.int64), np.empty(len(trace.came), dtype=np.int64)
    of_tickets, of_citizens, of_inside = map(compiled, (_tickets, _citizens, _count_inside)) if fast else (_tickets, _citizens, _count_inside)
    counted = of_tickets(supply, window, trace, records, sums, waits)
    got_in = of_citizens(window, trace, records, sums, entered, left)
    of_inside(window.edges, entered[:got_in], np.sort(left[:got_in]), sums.inside, sums.most_inside)
    for unit in np.flatnonzero(supply.unit_kind == BY_NUMBER):
        _split_by_number(plan, int(unit), trace, records, sums)
    outcomes = sums.citizens[:, SERVED : STILL_INSIDE + 1].sum()
    if outcomes != sums.citizens[:, CAME].sum():
        raise AssertionError(f"{sums.citizens[:, CAME].sum()} citizens came, but {outcomes} outcomes were counted")
    return Day(sums, Waits(waits.wait[:counted].copy(), waits.service[:counted].copy(), waits.rank[:counted].copy(), waits.interval[:counted].copy()))


@compilable
def _add_to_intervals(edges, at, since, until, into):  # type: ignore[no-untyped-def]
    """Add the overlap of [since, until) with each interval to a row of sums; ``at`` is an interval not after ``since``."""
    last = edges.size - 1
    while at < last and edges[at] < until:
        into[at] += max(0, min(until, edges[at + 1]) - max(since, edges[at]))
        at += 1


@compilable
def _interval_of(edges, time):  # type: ignore[no-untyped-def]
    """The interval that holds an instant; -1 where none does."""
    if time < edges[0] or time >= edges[-1]:
        return -1
    step = edges[2] - edges[1] if edges.size > 3 else edges[1] - edges[0]
    at = min(edges.size - 2, (time - edges[0]) // step)
    while edges[at] > time:
        at -= 1
    while edges[at + 1] <= time:
        at += 1
    return at


@compilable
def _tickets(supply, window, trace, records, sums, waits):  # type: ignore[no-untyped-def]
    """Sums over tickets, and over the time of named counters; returns how many waits were written."""
    edges, first_instant, end_instant = window.edges, window.measured_from, window.measured_to
    counted = 0
    for row in range(trace.service.size):
        outcome = records.outcome[row]
        if outcome == NOT_REACHED:
            continue
        service = trace.service[row]
        unit = supply.service_unit[service]
        rank = trace.rank[trace.citizen[row]]
        ticket, start, end = records.ticket[row], records.start[row], records.end[row]
        came = end if ticket == NEVER else ticket
        at = _interval_of(edges, came)
        measured = first_instant <= came < end_instant
        if ticket < NEVER:
            until = start if start < NEVER else end
            waited = until - ticket
            if until > ticket:
                _add_to_intervals(edges, max(0, at), ticket, min(until, edges[-1]), sums.waiting[unit])
        if measured:
            sums.tickets[service, rank, outcome] += 1
            if at >= 0:
                sums.by_interval[unit, at, outcome] += 1
            if ticket < NEVER:
                within = window.within[unit]
                sums.tickets[service, rank, TAKEN] += 1
                sums.tickets[service, rank, WAITED] += waited > 0
                if at >= 0:
                    sums.by_interval[unit, at, TAKEN] += 1
                    sums.by_interval[unit, at, WAITED] += waited > 0
                if outcome != STILL_INSIDE:
                    sums.tickets[service, rank, WAIT_OF_ALL] += waited
                    if at >= 0:
                        sums.by_interval[unit, at, WAIT_OF_ALL] += waited
                if outcome == SERVED:
                    sums.tickets[service, rank, WAIT_OF_SERVED] += waited
                    sums.tickets[service, rank, WORK] += trace.work[row]
                    sums.tickets[service, rank, SERVED_WITHIN] += waited <= within
                    if at >= 0:
                        sums.by_interval[unit, at, WAIT_OF_SERVED] += waited
                        sums.by_interval[unit, at, WORK] += trace.work[row]
                        sums.by_interval[unit, at, SERVED_WITHIN] += waited <= within
                    waits.wait[counted], waits.service[counted], waits.rank[counted], waits.interval[counted] = waited, service, rank, at
                    counted += 1
                elif outcome == ABANDONED and waited <= within:
                    sums.tickets[service, rank, ABANDONED_WITHIN] += 1
                    if at >= 0:
                        sums.by_interval[unit, at, ABANDONED_WITHIN] += 1
        counter = records.counter[row]
        if counter != NO_COUNTER:
            server = supply.counter_unit[counter]
            if supply.unit_kind[server] == NAMED:
                until = min(end, supply.ends)
                within_duty = 0
                for place in range(supply.duty_first[counter], supply.duty_first[counter + 1]):
                    since, to = max(start, supply.duty_start[place]), min(until, supply.duty_end[place])
                    if since < to:
                        if first_instant > 0 or end_instant < NEVER:
                            since, to = max(since, first_instant), min(to, end_instant)
                        if since < to:
                            within_duty += to - since
                            _add_to_intervals(edges, max(0, _interval_of(edges, since)), since, to, sums.busy[server])
                sums.busy_in_all[server] += within_duty
                if supply.ends == NEVER:
                    sums.overtime[server] += until - start - within_duty
    return counted


@compilable
def _citizens(window, trace, records, sums, entered, left):  # type: ignore[no-untyped-def]
    """Sums over citizens; writes when those who got in entered and left (clock.NEVER: not before the horizon), returns how many."""
    got_in = 0
    for i in range(trace.came.size):
        first, end = trace.stop_first[i], trace.stop_first[i + 1]
        outcome, leaves, total_wait = SERVED, trace.enters[i], 0
        for row in range(first, end):
            outcome = records.outcome[row]
            if outcome == NOT_REACHED or outcome == STILL_INSIDE:  # at the horizon
                outcome, leaves = STILL_INSIDE, NEVER
                break
            leaves = records.end[row]
            if records.ticket[row] < NEVER:
                total_wait += min(records.start[row], records.end[row]) - records.ticket[row]
            if outcome != SERVED:
                break
        turned_away = (outcome == REFUSED_FULL or outcome == REFUSED_LATE) and records.ticket[first] == NEVER
        came, rank = trace.came[i], trace.rank[i]
        if window.measured_from <= came < window.measured_to:
            sums.citizens[rank, CAME] += 1
            sums.citizens[rank, outcome] += 1
            sums.citizens[rank, DOOR_WAIT] += trace.enters[i] - came
            if not turned_away and outcome != STILL_INSIDE:
                sums.citizens[rank, LEFT] += 1
                sums.citizens[rank, TIME_IN_HALL] += leaves - trace.enters[i]
                sums.citizens[rank, TOTAL_WAIT] += total_wait
        if not turned_away:
            entered[got_in], left[got_in] = trace.enters[i], leaves
            got_in += 1
            if leaves < NEVER:
                sums.last_leaves[0] = max(sums.last_leaves[0], leaves)
    return got_in


@compilable
def _count_inside(edges, entered, left, inside, most_inside):  # type: ignore[no-untyped-def]
    """Time inside and most people inside, from sorted instants of entering and leaving; who leaves at an instant is gone before others enter."""
    last = edges.size - 1
    comings, goings, edge, level, since = 0, 0, 0, 0, edges[0]
    while True:
        enters = entered[comings] if comings < entered.size else NEVER
        leaves = left[goings] if goings < left.size else NEVER
        begins = edges[edge] if edge <= last else NEVER
        now = min(enters, leaves, begins)
        if now == NEVER:
            break
        if 0 < edge <= last:
            inside[edge - 1] += level * (now - since)
        since = now
        if leaves == now:
            level -= 1
            goings += 1
        elif begins == now:
            edge += 1
            if edge <= last:
                most_inside[edge - 1] = level
        else:
            level += 1
            comings += 1
            if 0 < edge <= last:
                most_inside[edge - 1] = max(most_inside[edge - 1], level)
            most_inside[last] = max(most_inside[last], level)


def _split_by_number(plan: Plan, unit: int, trace: Trace, records: Records, sums: DaySums) -> None:
    """Busy time of a unit staffed by number: within duty up to the number on duty, the rest is overtime."""
    supply, window = plan.supply, plan.window
    first, last = supply.unit_first_counter[unit], supply.unit_first_counter[unit + 1]
    mine = (records.counter >= first) & (records.counter < last)
    times = np.concatenate((records.start[mine], np.minimum(records.end[mine], min(supply.ends, NEVER))))
    steps = np.concatenate((np.ones(mine.sum(), dtype=np.int64), -np.ones(mine.sum(), dtype=np.int64)))
    pieces = slice(supply.number_first[unit], supply.number_first[unit + 1])
    starts, ends, values = supply.number_start[pieces], supply.number_end[pieces], supply.number_value[pieces]
    cuts = np.unique(np.concatenate((times, starts, ends, window.edges)))
    order = np.argsort(times, kind="stable")
    level = np.concatenate(([0], np.cumsum(steps[order])))
    busy = level[np.searchsorted(times[order], cuts[:-1], side="right")]
    piece = np.searchsorted(starts, cuts[:-1], side="right") - 1
    number = np.where((piece >= 0) & (cuts[:-1] < ends[np.maximum(piece, 0)]), values[np.maximum(piece, 0)], 0)
    length = np.diff(cuts)
    within = np.minimum(busy, number) * length
    sums.busy_in_all[unit] = within.sum()
    sums.overtime[unit] = (np.maximum(busy - number, 0) * length).sum()
    interval = np.searchsorted(window.edges, cuts[:-1], side="right") - 1
    inside = (interval >= 0) & (interval < len(window.edges) - 1)
    np.add.at(sums.busy[unit], interval[inside], within[inside])


def on_duty(plan: Plan) -> tuple[Ints, Ints]:
    """Rostered time on duty in microseconds: unit × interval, and unit over the whole day (or the window, with a horizon).

    A counter that stays after closing until all are served (R13) is not on duty then: what it does is overtime.
    """
    supply, edges = plan.supply, plan.window.edges
    bounds = (0, NEVER) if supply.ends == NEVER else (int(edges[0]), int(edges[-1]))
    units = len(supply.unit_kind)
    by_interval, in_all = np.zeros((units, len(edges) - 1), dtype=np.int64), np.zeros(units, dtype=np.int64)
    spans = [
        (int(supply.counter_unit[counter]), int(supply.duty_start[place]), int(supply.duty_end[place]), 1)
        for counter in range(len(supply.counter_unit))
        for place in range(supply.duty_first[counter], supply.duty_first[counter + 1])
    ] + [
        (unit, int(supply.number_start[place]), int(supply.number_end[place]), int(supply.number_value[place]))
        for unit in range(units)
        for place in range(supply.number_first[unit], supply.number_first[unit + 1])
    ]
    for unit, start, end, counters in spans:
        start, end = max(start, bounds[0]), min(end, bounds[1])
        if start < end:
            in_all[unit] += counters * (end - start)
            by_interval[unit] += counters * np.maximum(0, np.minimum(end, edges[1:]) - np.maximum(start, edges[:-1]))
    in_all[supply.unit_kind == UNLIMITED] = 0
    return by_interval, in_all


@dataclass(frozen=True)
class Days:
    """The sums of all replications (a first axis over days is added to each) and the pooled waits with the day of each."""

    sums: DaySums
    waits: Waits
    day: NDArray[np.int32]

    @property
    def replications(self) -> int:
        """Number of days."""
        return len(self.sums.tickets)


def stack(days: list[Day]) -> Days:
    """All days together, in their order."""
    return Days(
        DaySums(*(np.stack(columns) for columns in zip(*(day.sums for day in days), strict=True))),
        Waits(*(np.concatenate(columns) for columns in zip(*(day.waits for day in days), strict=True))),
        np.repeat(np.arange(len(days), dtype=np.int32), [len(day.waits.wait) for day in days]),
    )
