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
    by_interval = np.zeros((units, intervals + 1, TICKET_SUMS), dtype=np.int64)  # the last one for tickets that belong to none
    sums = DaySums(
        tickets=np.zeros((len(supply.service_unit), supply.ranks, TICKET_SUMS), dtype=np.int64),
        by_interval=by_interval,
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
    sums = sums._replace(by_interval=by_interval[:, :-1])
    outcomes = sums.citizens[:, SERVED : STILL_INSIDE + 1].sum()
    if outcomes != sums.citizens[:, CAME].sum():
        raise AssertionError(f"{sums.citizens[:, CAME].sum()} citizens came, but {outcomes} outcomes were counted")
    return Day(sums, Waits(waits.wait[:counted].copy(), waits.service[:counted].copy(), waits.rank[:counted].copy(), waits.interval[:counted].copy()))


@compilable
def _tickets(supply, window, trace, records, sums, waits):  # type: ignore[no-untyped-def]
    """Sums over tickets, and over the time of named counters; returns how many waits were written.

    One loop over the rows, with everything in line: a function that takes arrays costs more than what it does here.
    """
    measured_from, measured_to, edges, target = window
    service_unit, counter_unit, unit_kind, ends = supply.service_unit, supply.counter_unit, supply.unit_kind, supply.ends
    duty_first, duty_start, duty_end = supply.duty_first, supply.duty_start, supply.duty_end
    rank_of, citizen, service, work = trace.rank, trace.citizen, trace.service, trace.work
    tickets, starts, ends_of, counters, outcomes = records
    of_class, of_interval, ranks = sums.tickets.reshape(-1), sums.by_interval.reshape(-1), np.uint32(sums.tickets.shape[1])
    waiting, busy, busy_in_all, overtime = sums.waiting, sums.busy, sums.busy_in_all, sums.overtime
    wait_column, service_column, rank_column, interval_column = waits
    last = edges.size - 1
    columns = np.uint32(last + 1)  # the last for tickets that belong to no interval
    origin, end_of_day = edges[0], edges[last]
    per_step = 1.0 / (edges[2] - edges[1]) if last > 1 else 0.0
    whole_day = measured_to == NEVER
    counted = 0
    for row in range(service.size):
        outcome = outcomes[row]
        if outcome == NOT_REACHED:
            continue
        s, rank = service[row], rank_of[citizen[row]]
        unit = service_unit[s]
        ticket, start, end = tickets[row], starts[row], ends_of[row]
        came = end if ticket == NEVER else ticket
        # The interval that holds an instant: a guess by division, then put right. -1 where none does.
        at = -1
        if origin <= came < end_of_day:
            at = min(last - 1, int((came - origin) * per_step))
            while edges[at] > came:
                at -= 1
            while edges[at + 1] <= came:
                at += 1
        left_queue = start if start < NEVER else end
        if measured_from <= came < measured_to:
            a, b = (s * ranks + rank) * TICKET_SUMS, (unit * columns + np.uint32(at if at >= 0 else last)) * TICKET_SUMS
            of_class[a + outcome] += 1
            of_interval[b + outcome] += 1
            if ticket < NEVER:
                waited = left_queue - ticket
                has_waited = 1 if waited > 0 else 0
                of_class[a + TAKEN] += 1
                of_interval[b + TAKEN] += 1
                of_class[a + WAITED] += has_waited
                of_interval[b + WAITED] += has_waited
                if outcome == SERVED:
                    within = 1 if waited <= target[unit] else 0
                    time = work[row]
                    of_class[a + WAIT_OF_ALL] += waited
                    of_interval[b + WAIT_OF_ALL] += waited
                    of_class[a + WAIT_OF_SERVED] += waited
                    of_interval[b + WAIT_OF_SERVED] += waited
                    of_class[a + WORK] += time
                    of_interval[b + WORK] += time
                    of_class[a + SERVED_WITHIN] += within
                    of_interval[b + SERVED_WITHIN] += within
                    wait_column[counted], service_column[counted], rank_column[counted], interval_column[counted] = waited, s, rank, at
                    counted += 1
                elif outcome != STILL_INSIDE:
                    of_class[a + WAIT_OF_ALL] += waited
                    of_interval[b + WAIT_OF_ALL] += waited
                    if outcome == ABANDONED and waited <= target[unit]:
                        of_class[a + ABANDONED_WITHIN] += 1
                        of_interval[b + ABANDONED_WITHIN] += 1
        if ticket < NEVER and left_queue > ticket:
            k, until = max(at, 0), min(left_queue, end_of_day)
            while k < last and edges[k] < until:
                waiting[unit, k] += max(0, min(until, edges[k + 1]) - max(ticket, edges[k]))
                k += 1
        counter = counters[row]
        if counter == NO_COUNTER:
            continue
        server = counter_unit[counter]
        if unit_kind[server] != NAMED:
            continue
        until = min(end, ends)
        place = duty_first[counter]
        if whole_day and place + 1 == duty_first[counter + 1] and duty_start[place] <= start and until <= duty_end[place]:
            # The usual case, all within one duty: from the interval of the ticket on, which is seldom far.
            busy_in_all[server] += until - start
            k = max(at, 0)
            while k < last and edges[k + 1] <= start:
                k += 1
            since = max(start, origin)
            while k < last and since < until:
                to = min(until, edges[k + 1])
                busy[server, k] += max(0, to - since)
                since = to
                k += 1
            continue
        within_duty = 0
        for place in range(duty_first[counter], duty_first[counter + 1]):
            since, to = max(start, duty_start[place]), min(until, duty_end[place])
            if not whole_day:
                since, to = max(since, measured_from), min(to, measured_to)
            if since < to:
                within_duty += to - since
                k = min(last - 1, max(0, int((since - origin) * per_step)))
                while k > 0 and edges[k] > since:
                    k -= 1
                while k < last and edges[k] < to:
                    busy[server, k] += max(0, min(to, edges[k + 1]) - max(since, edges[k]))
                    k += 1
        busy_in_all[server] += within_duty
        if ends == NEVER:
            overtime[server] += until - start - within_duty
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
