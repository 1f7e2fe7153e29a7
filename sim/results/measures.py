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
from sim.model.compiled import allocating, compilable, compiled
from sim.model.order import put_in_order
from sim.model.shapes import INTO_BREAK, NAMED, OFF_DUTY, ON_DUTY, OVERTIME, STATES, STAYING, Plan
from sim.model.trace import Trace, Traces
from sim.results.outcomes import ABANDONED, NOT_REACHED, OUTCOMES, SERVED, STILL_INSIDE
from sim.results.records import NO_COUNTER, Posts, Records, RecordsOfDays
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
"""5: the number of sums over served tickets by service, rank and column of time: tickets, those that waited, wait, time at the counter, those within target."""

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


_ZERO, _ONE = np.uint64(0), np.uint64(1)


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
    """The sums and counted waits of one day's records, as `measure_days` gives them."""
    sums, waits = DaySums.zeros(plan, 1), WaitCounts.none(plan, 1)
    measure_days(plan, Traces.of(trace), RecordsOfDays.of(records), sums, waits, np.zeros(1, dtype=np.int64), fast=fast)
    return Day(DaySums(*(column.reshape(column.shape[1:]) for column in sums)), WaitCounts(*(counts[0] for counts in waits)))


def measure_days(plan: Plan, traces: Traces, records: RecordsOfDays, sums: DaySums, waits: WaitCounts, section: Ints, *, fast: bool = False) -> None:
    """Write the sums of several days' records into ``sums``, which are 0, and count the waits of day d in the section ``section[d]`` of ``waits``.

    Tickets and citizens count if they fall into the plan's window (for a day with opening hours, all do). ``fast`` runs the compiled
    twin, which gives the same numbers. The function checks that the outcomes add up to the citizens who came, so that each has exactly one.
    """
    columns, book = traces.columns, records.columns
    bounds = np.concatenate(([-NEVER], plan.window.edges, [NEVER, NEVER]))  # of the columns of time (`_add_up`), and one that nothing reaches
    read = (
        bounds, columns.came, columns.enters, columns.rank, columns.stop_first, columns.service, book.ticket, book.start, book.end, book.counter,
        book.outcome, *book.posts,
    )  # fmt: skip
    if fast:
        add_up = compiled(add_up_batch)
    else:  # lists, because Python reads a list much faster than an array
        add_up, read = add_up_batch, tuple(column.tolist() for column in read)
    outcomes = add_up(plan.hall, plan.window, traces.first_citizen, traces.first_stop, *read[:-5], Posts(*read[-5:]), records.first_post, section, waits, sums, _GETS_IN)
    if (came := sums.citizens[:, :, CAME].sum()) != outcomes:
        raise AssertionError(f"{came} citizens came, but {outcomes} outcomes were counted")
    for unit in plan.units_by_number:
        for day in range(traces.days):
            _split_by_number(plan, unit, records.day(day), sums.served_in[day], sums.busy[day])


@allocating
def add_up_batch(  # type: ignore[no-untyped-def]
    hall, window, first_citizen, first_stop, bounds, came, enters, rank, stop_first, service, ticket, start, end, counter, outcome,
    posts, first_post, section, waits, sums, gets_in,
):  # fmt: skip
    """Add up one day after the other. Returns the number of citizens with one of the outcomes."""
    citizens, rows, counted = 0, 0, 0
    for day in range(section.size):
        citizens, rows = max(citizens, first_citizen[day + 1] - first_citizen[day]), max(rows, first_post[day + 1] - first_post[day])
    columns = len(bounds) - 1
    cells = np.zeros(hall.service_unit.size * hall.ranks * columns * SERVED_SUMS, dtype=np.int64)
    waiting, busy = np.zeros(hall.unit_kind.size * columns, dtype=np.int64), np.zeros(hall.unit_kind.size * columns, dtype=np.int64)
    first_post_of = np.empty(hall.counter_unit.size + 2, dtype=np.int64)
    state, since, until = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    entered, left, leaves = np.empty(citizens + 1, dtype=np.int64), np.empty(citizens + 1, dtype=np.int64), np.empty(citizens + 1, dtype=np.int64)
    order, place = np.empty(citizens, dtype=np.int64), np.empty(citizens + 1, dtype=np.int64)
    for day in range(section.size):
        a, b, c, d, e, f = first_citizen[day], first_citizen[day + 1], first_stop[day], first_stop[day + 1], first_post[day], first_post[day + 1]
        of_day = DaySums(
            sums.tickets[day], sums.by_interval[day], sums.waiting[day], sums.busy[day], sums.on_duty[day], sums.time_in[day], sums.served_in[day],
            sums.citizens[day], sums.inside[day], sums.most_inside[day], sums.last_leaves[day : day + 1],
        )  # fmt: skip
        of_posts = Posts(posts.counter[e:f], posts.number[e:f], posts.state[e:f], posts.start[e:f], posts.end[e:f])
        _add_up_posts(of_posts, hall.counter_unit, window, first_post_of, state, since, until, of_day.on_duty, of_day.time_in)
        got_in, gone, with_outcome = _add_up(
            hall, window, bounds, first_post_of, state, since, until, came[a:b], enters[a:b], rank[a:b], stop_first[a + day : b + day + 1], service[c:d],
            ticket[c:d], start[c:d], end[c:d], counter[c:d], outcome[c:d], of_day, cells, waiting, busy,
            waits.by_class[section[day]], waits.by_interval[section[day]], entered, left, gets_in,
        )  # fmt: skip
        counted += with_outcome
        put_in_order(left[:gone], order, place)
        for nth in range(gone):
            leaves[nth] = left[order[nth]]
        entered[got_in] = leaves[gone] = NEVER
        _count_inside(window.edges, entered, leaves, of_day.inside, of_day.most_inside)
    return counted


@compilable
def _add_up_posts(posts, counter_unit, window, first_of, post_state, post_start, post_end, on_duty, time_in):  # type: ignore[no-untyped-def]
    """Order the posts by counter and time. Add up by unit the time on duty in each interval and the time in each state.

    Writes the state, the start and the end of each post: those of counter c stand from ``first_of[c]`` to ``first_of[c + 1]``.
    """
    edges = window.edges
    since, until = (0, NEVER) if window.measured_to == NEVER else (edges[0], edges[-1])
    for counter in range(first_of.size):
        first_of[counter] = 0
    for row in range(len(posts.counter)):
        first_of[posts.counter[row] + 2] += 1
    for counter in range(2, first_of.size):
        first_of[counter] += first_of[counter - 1]
    for row in range(len(posts.counter)):  # the rows of one counter are already in order of time
        counter, number, state = posts.counter[row], posts.number[row], posts.state[row]
        place = first_of[counter + 1]
        post_state[place], post_start[place], post_end[place] = state, posts.start[row], posts.end[row]
        first_of[counter + 1] = place + 1
        unit = counter_unit[counter]
        start, end = max(posts.start[row], since), min(posts.end[row], until)
        if start < end:
            time_in[unit, state] += number * (end - start)
            if state == ON_DUTY:
                for k in range(edges.size - 1):
                    on_duty[unit, k] += number * max(0, min(end, edges[k + 1]) - max(start, edges[k]))


@compilable
def _add_served(sums, at, served, had_waited, wait, time, within):  # type: ignore[no-untyped-def]
    """Add served tickets to the sums that begin at a place."""
    sums[at + SERVED] += served
    sums[at + TAKEN] += served
    sums[at + WAITED] += had_waited
    sums[at + WAIT_OF_SERVED] += wait
    sums[at + WAIT_OF_ALL] += wait
    sums[at + WORK] += time
    sums[at + SERVED_WITHIN] += within


@compilable
def _add_unserved(sums, at, outcome, taken, waited, known, within):  # type: ignore[no-untyped-def]
    """Add a ticket, or a refusal, that was not served to the sums that begin at a place. ``known`` is its wait if that is over."""
    sums[at + outcome] += 1
    sums[at + np.uint64(TAKEN)] += taken
    sums[at + np.uint64(WAITED)] += 1 if waited > 0 else 0
    sums[at + np.uint64(WAIT_OF_ALL)] += known
    sums[at + np.uint64(ABANDONED_WITHIN)] += within


@compilable
def _add_up(  # type: ignore[no-untyped-def]
    hall, window, bounds, first_post_of, post_state, post_start, post_end, came, enters, rank_of, stop_first, service, tickets, starts, ends_of, counters, outcomes,
    sums, cells, waiting, busy, by_class, by_interval, entered, left, gets_in,
):  # fmt: skip
    """Add up one day's tickets and citizens, and the time of named counters.

    Writes the instants at which citizens who got in entered, and at which they left before the horizon. Returns the numbers of citizens
    who got in, who left, and who have one of the outcomes. Everything stands in one loop, because a call of a function with arrays costs more
    than its work here.

    Time is divided into columns: before the day, its intervals, after the day. Citizens come in order, and each moves forward in time, so
    the column of an instant is found by walking on from the one before. Nearly all tickets are served: the loop adds these up in ``cells``
    by service, rank and column, and adds up the cells at the end. ``waiting`` and ``busy`` are by unit and column. All three are 0 before and after.
    """
    measured_from, measured_to, edges, target = window
    service_unit, counter_unit, unit_kind = hall.service_unit, hall.counter_unit, hall.unit_kind
    of_class, of_interval, ranks = sums.tickets.reshape(-1), sums.by_interval.reshape(-1), np.uint64(hall.ranks)
    served_in, of_citizens = sums.served_in, sums.citizens
    intervals, columns = np.uint64(edges.size - 1), np.uint64(len(bounds) - 1)
    end_of_day, whole_day = edges[intervals], measured_to == NEVER
    got_in, gone, last_leaves, coming = 0, 0, 0, _ZERO
    for i in range(len(came)):
        rank = np.uint64(rank_of[i])
        while bounds[coming + _ONE] <= came[i]:
            coming += _ONE
        at = coming
        outcome, leaves, total_wait, turned_away = SERVED, enters[i], 0, False
        for row in range(np.uint64(stop_first[i]), np.uint64(stop_first[i + 1])):
            outcome = outcomes[row]
            if outcome == NOT_REACHED:
                break
            s = np.uint64(service[row])
            unit = np.uint64(service_unit[s])
            ticket, start, end = tickets[row], starts[row], ends_of[row]
            counted_at = end if ticket == NEVER else ticket
            while bounds[at + _ONE] <= counted_at:
                at += _ONE
            in_day = _ONE <= at <= intervals
            left_queue = start if start < NEVER else end
            waited = left_queue - ticket if ticket < NEVER else 0
            if measured_from <= counted_at < measured_to:
                if outcome == SERVED:
                    one = s * ranks + rank
                    cell = (one * columns + at) * np.uint64(SERVED_SUMS)
                    cells[cell] += 1
                    cells[cell + _ONE] += 1 if waited > 0 else 0
                    cells[cell + np.uint64(2)] += waited
                    cells[cell + np.uint64(3)] += end - start
                    cells[cell + np.uint64(4)] += 1 if waited <= target[unit] else 0
                    if waited > 0:  # the cells know how many did not wait
                        in_bin = np.uint64(bin_of(waited))
                        by_class[in_bin, one] += np.uint32(1)
                        if in_day:
                            by_interval[in_bin, unit * intervals + at - _ONE] += np.uint32(1)
                else:
                    taken = 1 if ticket < NEVER else 0
                    known = waited if outcome != STILL_INSIDE else 0
                    within = 1 if outcome == ABANDONED and waited <= target[unit] else 0
                    _add_unserved(of_class, (s * ranks + rank) * np.uint64(TICKET_SUMS), np.uint64(outcome), taken, waited, known, within)
                    if in_day:
                        to = (unit * intervals + at - _ONE) * np.uint64(TICKET_SUMS)
                        _add_unserved(of_interval, to, np.uint64(outcome), taken, waited, known, within)
            k = at
            if waited > 0:
                since, until = ticket, min(left_queue, end_of_day)
                while since < until:
                    upto = min(until, bounds[k + _ONE])
                    waiting[unit * columns + k] += upto - since
                    since = upto
                    k += _ONE
                k = max(at, k - _ONE)
            counter = np.uint64(counters[row])
            if counter != np.uint64(NO_COUNTER) and unit_kind[counter_unit[counter]] == NAMED:
                server = np.uint64(counter_unit[counter])
                until = min(end, hall.ends)
                post, after = np.uint64(first_post_of[counter]), np.uint64(first_post_of[counter + _ONE])
                while post_end[post] <= start and post + _ONE < after:
                    post += _ONE
                if whole_day and post_state[post] == ON_DUTY and post_start[post] <= start and until <= post_end[post]:
                    # The usual case: the whole service lies on duty. It seldom lasts into a third interval.
                    served_in[server, ON_DUTY] += until - start
                    while bounds[k + _ONE] <= start:
                        k += _ONE
                    next_column = bounds[k + _ONE]
                    here = min(until, next_column) - start
                    beyond = until - start - here
                    there = min(beyond, bounds[k + np.uint64(2)] - next_column)
                    busy[server * columns + k] += here
                    busy[server * columns + k + _ONE] += there
                    since = start + here + there
                    while since < until:
                        k += _ONE
                        upto = max(since, min(until, bounds[k + _ONE]))
                        busy[server * columns + k] += upto - since
                        since = upto
                else:
                    for each in range(np.uint64(first_post_of[counter]), after):
                        since, upto = max(start, post_start[each]), min(until, post_end[each])
                        if not whole_day:
                            since, upto = max(since, measured_from), min(upto, measured_to)
                        if since >= upto:
                            continue
                        served_in[server, post_state[each]] += upto - since
                        if post_state[each] == ON_DUTY:
                            for column in range(_ONE, intervals + _ONE):
                                busy[server * columns + column] += max(0, min(upto, bounds[column + _ONE]) - max(since, bounds[column]))
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
            entered[got_in] = enters[i]
            got_in += 1
            if leaves < NEVER:
                left[gone] = leaves
                gone += 1
                last_leaves = max(last_leaves, leaves)
    sums.last_leaves[0] = last_leaves if last_leaves > 0 else end_of_day
    for of_one in range(service_unit.size * hall.ranks):
        u = service_unit[of_one // hall.ranks]
        for nth in range(columns):
            place = (of_one * columns + nth) * SERVED_SUMS
            served, had_waited, wait, time, within = cells[place], cells[place + 1], cells[place + 2], cells[place + 3], cells[place + 4]
            if served > 0:
                cells[place : place + SERVED_SUMS] = 0
                _add_served(of_class, of_one * TICKET_SUMS, served, had_waited, wait, time, within)
                by_class[0, of_one] += np.uint32(served - had_waited)
                if 0 < nth <= intervals:
                    into = u * intervals + nth - 1
                    _add_served(of_interval, into * TICKET_SUMS, served, had_waited, wait, time, within)
                    by_interval[0, into] += np.uint32(served - had_waited)
    for u in range(unit_kind.size):
        for nth in range(columns):
            place = u * columns + nth
            if 0 < nth <= intervals:
                sums.waiting[u, nth - 1], sums.busy[u, nth - 1] = waiting[place], busy[place]
            waiting[place], busy[place] = 0, 0
    with_outcome = 0
    for rank_row in range(hall.ranks):
        for number in range(NOT_REACHED + 1, LEFT):
            with_outcome += of_citizens[rank_row, number]
    return got_in, gone, with_outcome


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


def _split_by_number(plan: Plan, unit: int, records: Records, served_in: Ints, busy_in: Ints) -> None:
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
    np.add.at(served_in[unit], state, within * length)
    np.add.at(served_in[unit], beyond, (busy - within) * length)
    interval = np.searchsorted(window.edges, since, side="right") - 1
    inside = (interval >= 0) & (interval < len(window.edges) - 1) & (state == ON_DUTY)
    np.add.at(busy_in[unit], interval[inside], (within * length)[inside])
