"""Measure: each measure is defined once, here, as sums over one day's records.

All sums are int64 (counts, or microseconds), so they are exact and do not depend on any order. A mean or a share is a ratio of
two of them, over days; `sim.analysis` forms the ratios and their intervals. docs/measures.md gives each definition in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import NEVER
from sim.model.compiled import compilable, compiled
from sim.model.shapes import INTO_BREAK, NAMED, OFF_DUTY, ON_DUTY, OVERTIME, STATES, STAYING, Plan
from sim.model.trace import Trace
from sim.results.outcomes import ABANDONED, NOT_REACHED, OUTCOMES, SERVED, STILL_INSIDE
from sim.results.records import NO_COUNTER, Records
from sim.results.waits import WaitCounts, bin_of

Ints = NDArray[np.int64]

# Positions of the sums over tickets. The first count tickets by outcome; that of NOT_REACHED counts all tickets taken. Then follow these.
TAKEN: Final = NOT_REACHED
WAITED: Final = len(OUTCOMES)
"""Of the tickets taken, the number that waited at all."""
WAIT_OF_SERVED: Final = WAITED + 1
WAIT_OF_ALL: Final = WAITED + 2
"""Waiting time of all tickets taken. Abandoned tickets and left-overs wait until they leave; those still inside at the horizon do not count."""
WORK: Final = WAITED + 3
"""Time at the counter of the served tickets, from start to end of service."""
SERVED_WITHIN: Final = WAITED + 4
ABANDONED_WITHIN: Final = WAITED + 5
TICKET_SUMS: Final = WAITED + 6
SERVED_SUMS: Final = 5
"""5: the number of sums over served tickets by service, rank and interval: tickets, those that waited, wait, time at the counter, those within target."""

# Positions of the sums over citizens. The first count citizens by outcome; that of NOT_REACHED counts all who came. Then follow these.
CAME: Final = NOT_REACHED
LEFT: Final = len(OUTCOMES)
"""Citizens who got in and left again, so that their time in the hall is known."""
TIME_IN_HALL: Final = LEFT + 1
DOOR_WAIT: Final = LEFT + 2
TOTAL_WAIT: Final = LEFT + 3
"""Waiting time over all stops of the citizens counted in LEFT."""
CITIZEN_SUMS: Final = LEFT + 4

_GETS_IN: Final = np.zeros(256, dtype=np.bool_)  # one for each value of a byte, so that a value that is no outcome is reported as a lost citizen
_GETS_IN[: len(OUTCOMES)] = [outcome.gets_in for outcome in OUTCOMES]


class DaySums(NamedTuple):
    """The sums of one day.

    ``tickets`` is service × rank × sum. ``by_interval`` is unit × interval of the ticket × sum; a ticket taken after closing belongs to
    no interval. ``waiting``, ``busy`` and ``on_duty`` are unit × interval, in microseconds: of tickets waiting, of counters busy while
    their post is on duty, and of posts on duty. ``time_in`` and ``served_in`` are unit × state of the post (`sim.model.shapes`): the
    microseconds that posts are in that state over the whole day, and that they serve in it. ``citizens`` is rank × sum. ``inside`` is the
    microseconds of people inside by interval. ``most_inside`` is the most people inside at once by interval and, last, at any time.
    ``last_leaves`` is the instant at which the last citizen left; on a day on which nobody came it is the last edge of the intervals (closing).
    """

    tickets: Ints
    by_interval: Ints
    waiting: Ints
    busy: Ints
    on_duty: Ints
    time_in: Ints
    served_in: Ints
    citizens: Ints
    inside: Ints
    most_inside: Ints
    last_leaves: Ints

    @classmethod
    def zeros(cls, plan: Plan, days: int) -> DaySums:
        """Sums of 0 for this number of days, which are the first axis of every array."""
        hall, intervals = plan.hall, len(plan.window.edges) - 1
        units, services = len(hall.unit_kind), len(hall.service_unit)
        shapes = [
            (services, hall.ranks, TICKET_SUMS), (units, intervals, TICKET_SUMS), *3 * [(units, intervals)], *2 * [(units, len(STATES))],
            (hall.ranks, CITIZEN_SUMS), (intervals,), (intervals + 1,), (),
        ]  # fmt: skip
        return cls(*(np.zeros((days, *shape), dtype=np.int64) for shape in shapes))


@dataclass(frozen=True)
class Day:
    """The measured sums and counted waits of one replication, without the axis over days or sections."""

    sums: DaySums
    waits: WaitCounts


def measure(plan: Plan, trace: Trace, records: Records, *, fast: bool = False) -> Day:
    """The sums and waits of one day's records.

    Tickets and citizens count if they fall into the plan's window (for a day with opening hours, all do). ``fast`` runs the compiled
    twin, which gives the same numbers. The function checks that the outcomes add up to the citizens who came, so that each has exactly one.
    """
    hall, window = plan.hall, plan.window
    units, services, intervals = len(hall.unit_kind), len(hall.service_unit), len(window.edges) - 1
    sums = DaySums(*(column.reshape(column.shape[1:]) for column in DaySums.zeros(plan, 1)))
    rows, citizens = len(trace.service), len(trace.came)
    columns = (np.empty(rows, dtype=np.int64), *(np.empty(rows, dtype=np.int16) for _ in range(3)))
    cells = np.zeros(services * hall.ranks * (intervals + 1) * SERVED_SUMS, dtype=np.int64)
    entered, left = np.empty(citizens + 1, dtype=np.int64), np.empty(citizens + 1, dtype=np.int64)
    counters = len(hall.counter_unit)
    first_post, posts_of = np.zeros(counters + 2, dtype=np.int64), np.empty(len(records.posts.counter), dtype=np.int64)
    add_up_posts = compiled(_add_up_posts) if fast else _add_up_posts
    add_up, count_inside = (compiled(_add_up), compiled(_count_inside)) if fast else (_add_up, _count_inside)
    add_up_posts(records.posts, hall.counter_unit, window, first_post, posts_of, sums.on_duty, sums.time_in)
    got_in, counted, outcomes = add_up(
        (hall.service_unit, hall.counter_unit, hall.unit_kind, hall.ends, first_post, posts_of, records.posts.state, records.posts.start, records.posts.end),
        window, trace.came, trace.enters, trace.rank, trace.stop_first, trace.service, records[:-1], sums, cells, columns, entered, left, _GETS_IN,
    )  # fmt: skip
    if (came := sums.citizens[:, CAME].sum()) != outcomes:
        raise AssertionError(f"{came} citizens came, but {outcomes} outcomes were counted")
    left[:got_in].sort()
    entered[got_in] = left[got_in] = NEVER
    count_inside(window.edges, entered, left, sums.inside, sums.most_inside)
    for unit in plan.units_by_number:
        _split_by_number(plan, unit, records, sums)
    wait, service, rank, interval = (column[:counted] for column in columns)
    waits = WaitCounts(*(counts[0] for counts in WaitCounts.none(1, services * hall.ranks, units * intervals)))
    bins = np.array([bin_of(int(one)) for one in wait], dtype=np.int64)
    np.add.at(waits.by_class, (bins, service.astype(np.int64) * hall.ranks + rank), 1)
    inside = interval >= 0
    np.add.at(waits.by_interval, (bins[inside], (hall.service_unit[service].astype(np.int64) * intervals + interval)[inside]), 1)
    return Day(sums, waits)


@compilable
def _add_up_posts(posts, counter_unit, window, first_post, posts_of, on_duty, time_in):  # type: ignore[no-untyped-def]
    """Order the posts by counter and time. Add up by unit the time on duty in each interval and the time in each state.

    Writes the rows of the posts into ``posts_of``: those of counter c stand from ``first_post[c]`` to ``first_post[c + 1]``.
    """
    edges = window.edges
    since, until = (0, NEVER) if window.measured_to == NEVER else (edges[0], edges[-1])
    for row in range(posts.counter.size):
        first_post[posts.counter[row] + 2] += 1
    for counter in range(2, first_post.size):
        first_post[counter] += first_post[counter - 1]
    for row in range(posts.counter.size):  # the rows of one counter are already in order of time
        counter, number, state = posts.counter[row], posts.number[row], posts.state[row]
        posts_of[first_post[counter + 1]] = row
        first_post[counter + 1] += 1
        unit = counter_unit[counter]
        start, end = max(posts.start[row], since), min(posts.end[row], until)
        if start < end:
            time_in[unit, state] += number * (end - start)
            if state == ON_DUTY:
                for k in range(edges.size - 1):
                    on_duty[unit, k] += number * max(0, min(end, edges[k + 1]) - max(start, edges[k]))


@compilable
def _add_up(  # type: ignore[no-untyped-def]
    hall, window, came, enters, rank_of, stop_first, service, records, sums, cells, waits, entered, left, gets_in
):
    """Sums over tickets and citizens, and over the time of named counters.

    Writes the waits, and the instants at which citizens who got in entered and left (clock.NEVER: not before the horizon). Returns the
    numbers of citizens who got in, of waits, and of citizens with one of the outcomes. Everything stands in one loop, because a call of a
    function with arrays costs more than its work here. Nearly all tickets are served: the loop adds these up in ``cells`` by service, rank
    and interval, and adds up the cells at the end.
    """
    service_unit, counter_unit, unit_kind, ends, first_post, posts_of, post_state, post_start, post_end = hall
    measured_from, measured_to, edges, target = window
    tickets, starts, ends_of, counters, outcomes = records
    of_class, of_interval, ranks = sums.tickets.reshape(-1), sums.by_interval.reshape(-1), np.uint64(sums.tickets.shape[1])
    waiting, busy, served_in, of_citizens = sums.waiting, sums.busy, sums.served_in, sums.citizens
    wait_column, service_column, rank_column, interval_column = waits
    last = edges.size - 1
    columns = np.uint64(last + 1)  # one for each interval, and the last for tickets that belong to none
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
            # Find the interval that holds the instant (-1: none): guess it by division, then correct the guess.
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
                    cells[cell + np.uint64(3)] += end - start
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
                place = first_post[counter]
                post = posts_of[place]
                if whole_day and post_state[post] == ON_DUTY and post_start[post] <= start and until <= post_end[post]:
                    # The usual case: the whole service lies on duty. Walk on from the interval of the ticket, which is seldom far.
                    served_in[server, ON_DUTY] += until - start
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
                    while place < first_post[counter + 1]:
                        post = posts_of[place]
                        place += 1
                        since, to = max(start, post_start[post]), min(until, post_end[post])
                        if not whole_day:
                            since, to = max(since, measured_from), min(to, measured_to)
                        if since >= to:
                            continue
                        state = post_state[post]
                        served_in[server, state] += to - since
                        if state != ON_DUTY:
                            continue
                        k = min(last - 1, max(0, int((since - origin) * per_step)))
                        while k > 0 and edges[k] > since:
                            k -= 1
                        while k < last and edges[k] < to:
                            busy[server, k] += max(0, min(to, edges[k + 1]) - max(since, edges[k]))
                            k += 1
            if outcome == STILL_INSIDE:
                break
            leaves = end
            total_wait += waited
            if outcome != SERVED:
                turned_away = not gets_in[outcome] and row == np.uint64(stop_first[i])
                break
        if outcome == NOT_REACHED or outcome == STILL_INSIDE:  # still inside at the horizon
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
    sums.last_leaves[()] = last_leaves if last_leaves > 0 else end_of_day
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
        for column in range(NOT_REACHED + 1, LEFT):
            outcomes_counted += of_citizens[rank_row, column]
    return got_in, counted, outcomes_counted


@compilable
def _count_inside(edges, entered, left, inside, most_inside):  # type: ignore[no-untyped-def]
    """Time inside and most people inside, from sorted instants of entering and leaving. Each list ends with clock.NEVER.

    At one instant, citizens leave before an interval begins and before others enter. Arrivals and departures alternate unpredictably:
    arithmetic instead of an `if` avoids branch mispredictions.
    """
    last = edges.size - 1
    comings, goings, level, most = 0, 0, 0, 0
    enters, leaves = entered[0], left[0]
    for edge in range(last + 2):  # once for each edge, and once for the time after the last
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


def _split_by_number(plan: Plan, unit: int, records: Records, sums: DaySums) -> None:
    """Split the serving of a unit staffed by number (R9) into what the number on duty covers, by state of the post, and what exceeds it.

    Serving that exceeds the number counts as work into a break while another duty follows, and as overtime afterwards.
    """
    hall, window, posts = plan.hall, plan.window, records.posts
    first, last = hall.unit_first_counter[unit], hall.unit_first_counter[unit + 1]
    if first == last:
        return
    mine = (records.counter >= first) & (records.counter < last)
    times = np.concatenate((records.start[mine], records.end[mine]))
    steps = np.concatenate((np.ones(mine.sum(), dtype=np.int64), -np.ones(mine.sum(), dtype=np.int64)))
    starts, ends, numbers, states = (column[posts.counter == first] for column in (posts.start, posts.end, posts.number, posts.state))
    cuts = np.unique(np.concatenate((times, starts, ends, window.edges)))
    since, length = cuts[:-1], np.diff(cuts)
    order = np.argsort(times, kind="stable")
    busy = np.concatenate(([0], np.cumsum(steps[order])))[np.searchsorted(times[order], since, side="right")]
    row = np.searchsorted(starts, since, side="right") - 1
    row = np.where((row >= 0) & (since < np.append(ends, NEVER)[row]), row, -1)
    state, number = np.append(states, OFF_DUTY)[row], np.append(numbers, 0)[row]
    duties_end = int(ends[states != STAYING].max(initial=0))
    beyond = np.where(state == STAYING, STAYING, np.where(since < duties_end, INTO_BREAK, OVERTIME))
    within = np.where(state == STAYING, 0, np.minimum(busy, number))
    np.add.at(sums.served_in[unit], state, within * length)
    np.add.at(sums.served_in[unit], beyond, (busy - within) * length)
    interval = np.searchsorted(window.edges, since, side="right") - 1
    inside = (interval >= 0) & (interval < len(window.edges) - 1) & (state == ON_DUTY)
    np.add.at(sums.busy[unit], interval[inside], (within * length)[inside])
