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
from sim.model.shapes import NAMED, UNLIMITED, Plan
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
SERVED_SUMS: Final = 5
"""Sums over the served by service, rank and interval: how many, how many of them waited, wait, work, within target."""

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
    hall, window = plan.hall, plan.window
    units, services, intervals = len(hall.unit_kind), len(hall.service_unit), len(window.edges) - 1
    sums = DaySums(
        tickets=np.zeros((services, hall.ranks, TICKET_SUMS), dtype=np.int64),
        by_interval=np.zeros((units, intervals, TICKET_SUMS), dtype=np.int64),
        waiting=np.zeros((units, intervals), dtype=np.int64),
        busy=np.zeros((units, intervals), dtype=np.int64),
        busy_in_all=np.zeros(units, dtype=np.int64),
        overtime=np.zeros(units, dtype=np.int64),
        citizens=np.zeros((hall.ranks, CITIZEN_SUMS), dtype=np.int64),
        inside=np.zeros(intervals, dtype=np.int64),
        most_inside=np.zeros(intervals + 1, dtype=np.int64),
        last_leaves=np.zeros(1, dtype=np.int64),
    )
    rows, citizens = len(trace.service), len(trace.came)
    waits = Waits(np.empty(rows, dtype=np.int64), *(np.empty(rows, dtype=np.int16) for _ in range(3)))
    cells = np.zeros(services * hall.ranks * (intervals + 1) * SERVED_SUMS, dtype=np.int64)
    entered, left = np.empty(citizens + 1, dtype=np.int64), np.empty(citizens + 1, dtype=np.int64)
    add_up, count_inside = (compiled(_add_up), compiled(_count_inside)) if fast else (_add_up, _count_inside)
    got_in, counted, outcomes = add_up(
        (hall.service_unit, hall.counter_unit, hall.unit_kind, hall.ends, hall.duty_first, hall.duty_start, hall.duty_end),
        window, trace.came, trace.enters, trace.rank, trace.stop_first, trace.service, trace.work, records, sums, cells, waits, entered, left,
    )  # fmt: skip
    if (came := sums.citizens[:, CAME].sum()) != outcomes:
        raise AssertionError(f"{came} citizens came, but {outcomes} outcomes were counted")
    left[:got_in].sort()
    entered[got_in] = left[got_in] = NEVER
    count_inside(window.edges, entered, left, sums.inside, sums.most_inside)
    for unit in plan.units_by_number:
        _split_by_number(plan, unit, trace, records, sums)
    return Day(
        sums,
        Waits(waits.wait[:counted].copy(), waits.service[:counted].copy(), waits.rank[:counted].copy(), waits.interval[:counted].copy()),
    )


@compilable
def _add_up(  # type: ignore[no-untyped-def]
    hall, window, came, enters, rank_of, stop_first, service, work, records, sums, cells, waits, entered, left
):
    """Sums over tickets and citizens, and over the time of named counters.

    Writes the waits, and when those who got in entered and left (clock.NEVER: not before the horizon); returns how many got in, how
    many waits there are, and how many citizens had one of the outcomes. One loop, with everything in line: a function that takes
    arrays costs more than what it does here. The served, nearly all tickets, are added up in ``cells`` by service, rank and interval,
    and these at the end.
    """
    service_unit, counter_unit, unit_kind, ends, duty_first, duty_start, duty_end = hall
    measured_from, measured_to, edges, target = window
    tickets, starts, ends_of, counters, outcomes = records
    of_class, of_interval, ranks = sums.tickets.reshape(-1), sums.by_interval.reshape(-1), np.uint64(sums.tickets.shape[1])
    waiting, busy, busy_in_all, overtime, of_citizens = sums.waiting, sums.busy, sums.busy_in_all, sums.overtime, sums.citizens
    wait_column, service_column, rank_column, interval_column = waits
    last = edges.size - 1
    columns = np.uint64(last + 1)  # the last for tickets that belong to no interval
    origin, end_of_day = edges[0], edges[last]
    per_step = 1.0 / (edges[2] - edges[1]) if last > 1 else 0.0
    whole_day = measured_to == NEVER
    got_in, counted, last_leaves = 0, 0, 0
    for i in range(came.size):
        rank = np.uint64(rank_of[i])
        outcome, leaves, total_wait, turned_away = SERVED, enters[i], 0, False
        for row in range(np.uint64(stop_first[i]), np.uint64(stop_first[i + 1])):
            outcome = outcomes[row]
            if outcome == NOT_REACHED:
                break
            s = np.uint64(service[row])
            unit = service_unit[s]
            ticket, start, end = tickets[row], starts[row], ends_of[row]
            counted_at = end if ticket == NEVER else ticket
            # The interval that holds an instant: a guess by division, then put right. -1 where none does.
            at = -1
            if origin <= counted_at < end_of_day:
                at = min(last - 1, int((counted_at - origin) * per_step))
                while edges[at] > counted_at:
                    at -= 1
                while edges[at + 1] <= counted_at:
                    at += 1
            left_queue = start if start < NEVER else end
            waited = left_queue - ticket if ticket < NEVER else 0
            if measured_from <= counted_at < measured_to:
                if outcome == SERVED:
                    cell = ((s * ranks + rank) * columns + np.uint64(at if at >= 0 else last)) * np.uint64(SERVED_SUMS)
                    cells[cell] += 1
                    cells[cell + np.uint64(1)] += 1 if waited > 0 else 0
                    cells[cell + np.uint64(2)] += waited
                    cells[cell + np.uint64(3)] += work[row]
                    cells[cell + np.uint64(4)] += 1 if waited <= target[unit] else 0
                    wait_column[counted], service_column[counted], rank_column[counted], interval_column[counted] = waited, s, rank, at
                    counted += 1
                else:
                    taken = 1 if ticket < NEVER else 0
                    known = waited if outcome != STILL_INSIDE else 0
                    within = 1 if outcome == ABANDONED and waited <= target[unit] else 0
                    a = (s * ranks + rank) * np.uint64(TICKET_SUMS)
                    of_class[a + np.uint64(outcome)] += 1
                    of_class[a + np.uint64(TAKEN)] += taken
                    of_class[a + np.uint64(WAITED)] += 1 if waited > 0 else 0
                    of_class[a + np.uint64(WAIT_OF_ALL)] += known
                    of_class[a + np.uint64(ABANDONED_WITHIN)] += within
                    if at >= 0:
                        b = (unit * np.uint64(last) + np.uint64(at)) * np.uint64(TICKET_SUMS)
                        of_interval[b + np.uint64(outcome)] += 1
                        of_interval[b + np.uint64(TAKEN)] += taken
                        of_interval[b + np.uint64(WAITED)] += 1 if waited > 0 else 0
                        of_interval[b + np.uint64(WAIT_OF_ALL)] += known
                        of_interval[b + np.uint64(ABANDONED_WITHIN)] += within
            if waited > 0:
                k, until = max(at, 0), min(left_queue, end_of_day)
                while k < last and edges[k] < until:
                    waiting[unit, k] += max(0, min(until, edges[k + 1]) - max(ticket, edges[k]))
                    k += 1
            counter = counters[row]
            if counter != NO_COUNTER and unit_kind[counter_unit[counter]] == NAMED:
                server = counter_unit[counter]
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
                else:
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
            if outcome == STILL_INSIDE:
                break
            leaves = end
            total_wait += waited
            if outcome != SERVED:
                turned_away = (outcome == REFUSED_FULL or outcome == REFUSED_LATE) and row == np.uint64(stop_first[i])
                break
        if outcome == NOT_REACHED or outcome == STILL_INSIDE:  # at the horizon
            outcome, leaves = STILL_INSIDE, NEVER
        if measured_from <= came[i] < measured_to:
            of_citizens[rank, CAME] += 1
            of_citizens[rank, outcome] += 1
            of_citizens[rank, DOOR_WAIT] += enters[i] - came[i]
            if not turned_away and outcome != STILL_INSIDE:
                of_citizens[rank, LEFT] += 1
                of_citizens[rank, TIME_IN_HALL] += leaves - enters[i]
                of_citizens[rank, TOTAL_WAIT] += total_wait
        if not turned_away:
            entered[got_in], left[got_in] = enters[i], leaves
            got_in += 1
            if leaves < NEVER:
                last_leaves = max(last_leaves, leaves)
    sums.last_leaves[0] = last_leaves
    classes = sums.tickets.shape[1]
    for one in range(service_unit.size * classes):
        to, u = one * TICKET_SUMS, service_unit[one // classes]
        for k in range(last + 1):
            place = (one * (last + 1) + k) * SERVED_SUMS
            served, had_waited, wait, time, within = cells[place], cells[place + 1], cells[place + 2], cells[place + 3], cells[place + 4]
            if served > 0:
                of_class[to + SERVED] += served
                of_class[to + TAKEN] += served
                of_class[to + WAITED] += had_waited
                of_class[to + WAIT_OF_SERVED] += wait
                of_class[to + WAIT_OF_ALL] += wait
                of_class[to + WORK] += time
                of_class[to + SERVED_WITHIN] += within
                if k < last:
                    into = (u * last + k) * TICKET_SUMS
                    of_interval[into + SERVED] += served
                    of_interval[into + TAKEN] += served
                    of_interval[into + WAITED] += had_waited
                    of_interval[into + WAIT_OF_SERVED] += wait
                    of_interval[into + WAIT_OF_ALL] += wait
                    of_interval[into + WORK] += time
                    of_interval[into + SERVED_WITHIN] += within
    outcomes_counted = 0
    for rank_row in range(classes):
        for column in range(SERVED, STILL_INSIDE + 1):
            outcomes_counted += of_citizens[rank_row, column]
    return got_in, counted, outcomes_counted


@compilable
def _count_inside(edges, entered, left, inside, most_inside):  # type: ignore[no-untyped-def]
    """Time inside and most people inside, from sorted instants of entering and leaving, each with clock.NEVER at its end.

    Who leaves at an instant is gone before an interval begins and before others enter. Which comes next is as good as chance, so it
    is added up, not branched on.
    """
    last = edges.size - 1
    comings, goings, level, most = 0, 0, 0, 0
    enters, leaves = entered[0], left[0]
    for edge in range(last + 2):  # up to each edge, and after the last
        until = edges[edge] if edge <= last else NEVER - 1
        since = edges[max(edge - 1, 0)]
        counted_to = until if edge <= last else since
        peak, time = level, level * (counted_to - since)
        while enters < until or leaves <= until:
            goes = 1 if leaves <= enters else 0
            change = 1 - 2 * goes
            level += change
            peak = max(peak, level)
            time += change * (counted_to - min(enters, leaves))
            goings += goes
            comings += 1 - goes
            enters, leaves = entered[comings], left[goings]
        if 0 < edge <= last:
            inside[edge - 1], most_inside[edge - 1] = time, peak
        most = max(most, peak)
    most_inside[last] = most


def _split_by_number(plan: Plan, unit: int, trace: Trace, records: Records, sums: DaySums) -> None:
    """Busy time of a unit staffed by number: within duty up to the number on duty, the rest is overtime."""
    hall, window = plan.hall, plan.window
    first, last = hall.unit_first_counter[unit], hall.unit_first_counter[unit + 1]
    mine = (records.counter >= first) & (records.counter < last)
    times = np.concatenate((records.start[mine], np.minimum(records.end[mine], min(hall.ends, NEVER))))
    steps = np.concatenate((np.ones(mine.sum(), dtype=np.int64), -np.ones(mine.sum(), dtype=np.int64)))
    pieces = slice(hall.number_first[unit], hall.number_first[unit + 1])
    starts, ends, values = hall.number_start[pieces], hall.number_end[pieces], hall.number_value[pieces]
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
    hall, edges = plan.hall, plan.window.edges
    bounds = (0, NEVER) if hall.ends == NEVER else (int(edges[0]), int(edges[-1]))
    units = len(hall.unit_kind)
    by_interval, in_all = np.zeros((units, len(edges) - 1), dtype=np.int64), np.zeros(units, dtype=np.int64)
    spans = [
        (int(hall.counter_unit[counter]), int(hall.duty_start[place]), int(hall.duty_end[place]), 1)
        for counter in range(len(hall.counter_unit))
        for place in range(hall.duty_first[counter], hall.duty_first[counter + 1])
    ] + [
        (unit, int(hall.number_start[place]), int(hall.number_end[place]), int(hall.number_value[place]))
        for unit in range(units)
        for place in range(hall.number_first[unit], hall.number_first[unit + 1])
    ]
    for unit, start, end, counters in spans:
        start, end = max(start, bounds[0]), min(end, bounds[1])
        if start < end:
            in_all[unit] += counters * (end - start)
            by_interval[unit] += counters * np.maximum(0, np.minimum(end, edges[1:]) - np.maximum(start, edges[:-1]))
    in_all[hall.unit_kind == UNLIMITED] = 0
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
