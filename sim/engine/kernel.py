"""The kernel engine: the same model as one compiled event loop over plain arrays. It plays all large jobs.

The tickets it writes lie parallel to the trace's stops. Only the loop and its few inner functions touch arrays; every rule is a function
of scalars in `sim.model.rules`. The loop takes the next event, in R1's order (instant, kind, index), from the sources below. One number,
the *order*, holds kind and index together.

* A sorted list holds the events known beforehand (the agenda: duties, outages, closing). Another holds the citizens' arrivals.
* Each counter has a key ``time << 16 | counter`` for the end of its service. Each block of eight counters has its least key, and so has
  each group of eight blocks.
* A heap of (time, order) holds all other events, the *timers*: the ends of service at unlimited units, and citizens who walk to their next stop.
* A short sorted list holds the citizens who go to their next stop at the present instant.

Patience is lazy: the loop drops a ticket whose patience has run out only when it looks at it, and writes the instant at which it ran out.
Before a rule reads the number waiting (R11), the loop drops all who have left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import LONGEST, NEVER
from sim.errors import EngineError
from sim.model import rules
from sim.model.chances import chances_of_day
from sim.model.compiled import allocating, compilable, compiled
from sim.model.shapes import (
    ACTIVITY_ENDS,
    BY_NUMBER,
    BY_SERVICE,
    CITIZEN_COMES,
    CLOSING,
    DUTY_BEGINS,
    DUTY_ENDS,
    FULL_SPEED,
    OFF_DUTY,
    ON_DUTY,
    OUTAGE_BEGINS,
    OUTAGE_ENDS,
    STAYING,
    UNLIMITED,
    Agenda,
    Plan,
)
from sim.model.trace import Trace, Traces, agendas_on
from sim.results.outcomes import ABANDONED, LEFT_OVER, NOT_REACHED, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from sim.results.records import NO_COUNTER, Posts, Records, RecordsOfDays

_TOO_LARGE = "the kernel engine plays days of up to 814 days, 4,294,967,294 stops and 65,534 counters; use the reference engine"
_NONE = np.uint32(0xFFFFFFFF)
_ONE = np.uint64(1)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_58 = np.uint64(58)
_LOWEST_BIT = np.zeros(64, dtype=np.int64)
for _bit in range(64):
    _LOWEST_BIT[(((1 << _bit) * 0x03F79D71B4CB0A89) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit


@compilable
def _first_bit(word):  # type: ignore[no-untyped-def]
    """The position of the lowest set bit of a word that is not zero (de Bruijn multiplication)."""
    return _LOWEST_BIT[((word & (~word + _ONE)) * _DE_BRUIJN) >> _58]


class _Queues(NamedTuple):
    """The stops that wait: a linked list for each service and rank, in the order of their keys; ``waiting`` counts them by unit.

    The key alone (R7) says who is called first. Each rank has a list of its own so that a ticket nearly always joins at the tail.
    ``tail`` means nothing while the queue is empty. ``after`` and ``key`` (R7) lie parallel to the stops.
    """

    head: NDArray[np.uint32]
    tail: NDArray[np.uint32]
    after: NDArray[np.uint32]
    key: NDArray[np.int64]
    waiting: NDArray[np.int64]


class _Book(NamedTuple):
    """The posts while they are written: the rows and their number; and for each counter its planned state, its state and the start of that."""

    rows: NDArray[np.int64]
    written: NDArray[np.int64]
    planned: NDArray[np.int64]
    state: NDArray[np.int64]
    number: NDArray[np.int64]
    since: NDArray[np.int64]
    served_until: NDArray[np.int64]


@compilable
def _join_before(queues, queue, row, key):  # type: ignore[no-untyped-def]
    """Put a stop into a list before the first that it precedes by its key; there is one."""
    before, other = _NONE, queues.head[queue]
    while queues.key[other] < key or (queues.key[other] == key and other < row):  # place: joins before
        before, other = other, queues.after[other]
    queues.after[row] = other
    if before == _NONE:
        queues.head[queue] = row
    else:
        queues.after[before] = row


@compilable
def _drop_who_left(queues, queue, unit, ticket, patience, end, outcome, now, kind):  # type: ignore[no-untyped-def]
    """Drop everyone from a queue whose patience has run out by now, also from the middle."""
    row = queues.head[queue]
    before = _NONE
    while row != _NONE:
        following = queues.after[row]
        leaves = rules.patience_runs_out(ticket[row], patience[row])
        if rules.has_left(leaves, now, kind):
            end[row], outcome[row] = leaves, ABANDONED
            queues.waiting[unit] -= 1
            if before == _NONE:
                queues.head[queue] = following
            else:
                queues.after[before] = following
            if queues.tail[queue] == row:
                queues.tail[queue] = before
        else:
            before = row
        row = following


@compilable
def _first_ticket(hall, counter, down, queues, ticket, patience, end, outcome, now, kind):  # type: ignore[no-untyped-def]
    """Take the first ticket that a counter with several services may serve (R7, R8) out of its queue; _NONE if there is none."""
    best, best_queue = _NONE, 0
    level = 0
    for place in range(hall.skill_first[counter], hall.skill_first[counter + 1]):
        if hall.skill_level[place] != level:  # place: next level
            if best != _NONE:
                break
            level = hall.skill_level[place]
        service = hall.skill_service[place]
        unit = hall.service_unit[service]
        if queues.waiting[unit] == 0 or down[unit] > 0:  # place: nobody to call
            continue
        for rank in range(hall.ranks):
            queue = service * hall.ranks + rank
            row = queues.head[queue]
            while row != _NONE:
                leaves = rules.patience_runs_out(ticket[row], patience[row])
                if not rules.has_left(leaves, now, kind):
                    break
                end[row], outcome[row] = leaves, ABANDONED
                queues.waiting[unit] -= 1
                row = queues.after[row]
            queues.head[queue] = row
            if row == _NONE:
                continue
            if best == _NONE or queues.key[row] < queues.key[best] or (queues.key[row] == queues.key[best] and row < best):  # place: before the best
                best, best_queue = row, queue
    if best != _NONE:
        queues.head[best_queue] = queues.after[best]
        queues.waiting[hall.service_unit[best_queue // hall.ranks]] -= 1
    return best


@compilable
def _duration(hall, counter, service, work):  # type: ignore[no-untyped-def]
    """How long a service takes at a counter (R16)."""
    speed = hall.counter_speed[counter]
    if speed == BY_SERVICE:
        for place in range(hall.skill_first[counter], hall.skill_first[counter + 1]):
            if hall.skill_service[place] == service:
                speed = hall.skill_speed[place]
    return rules.duration_at(work, speed, hall.grid)


@compilable
def _close_post(book, counter, end):  # type: ignore[no-untyped-def]
    """Write the row of the state that a post leaves at ``end``. If the rows are full, only count it."""
    if book.state[counter] != OFF_DUTY and book.since[counter] < end:  # place: has a row
        at = book.written[0]
        if at < book.rows.shape[1]:
            book.rows[0, at], book.rows[1, at], book.rows[2, at] = counter, book.number[counter], book.state[counter]
            book.rows[3, at], book.rows[4, at] = book.since[counter], end
        book.written[0] = at + 1


@compilable
def _turn(book, counter, state, number, now):  # type: ignore[no-untyped-def]
    """Let a post enter a state, with ``number`` counters."""
    if state != book.state[counter] or number != book.number[counter]:
        _close_post(book, counter, now)
        book.state[counter], book.number[counter], book.since[counter] = state, number, now


@compilable
def _turn_post(hall, book, counter, serving, finish, service, down, now):  # type: ignore[no-untyped-def]
    """Let a counter's post enter the state that R10, R13 and R17 give it. The first counter of a unit staffed by number holds the unit's post."""
    unit = hall.counter_unit[counter]
    if hall.unit_kind[unit] == BY_NUMBER:
        post = hall.unit_first_counter[unit]
        _turn(book, post, rules.post_state(book.planned[post], False, down[unit] > 0), book.number[post], now)
        return
    is_busy = serving[counter] != _NONE
    stands_still = is_busy and finish[counter] == NEVER
    is_down = stands_still
    if not is_busy or (not stands_still and finish[counter] >> 16 == now):
        is_down = True
        for place in range(hall.skill_first[counter], hall.skill_first[counter + 1]):
            is_down = is_down and down[hall.service_unit[hall.skill_service[place]]] > 0
    _turn(book, counter, rules.post_state(book.planned[counter], is_busy, is_down), 1, now)


@compilable
def _push(heap_time, heap_order, size, time, order):  # type: ignore[no-untyped-def]
    """Add (time, order) to the heap of `size` entries."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if heap_time[parent] < time or (heap_time[parent] == time and heap_order[parent] < order):
            break
        heap_time[at], heap_order[at] = heap_time[parent], heap_order[parent]
        at = parent
    heap_time[at], heap_order[at] = time, order


@compilable
def _pop(heap_time, heap_order, size):  # type: ignore[no-untyped-def]
    """Remove the least entry of the heap of `size` entries; the caller has read it."""
    last = size - 1
    time, order = heap_time[last], heap_order[last]
    at, child = 0, 1
    while child < last:
        right = child + 1
        if right < last and (heap_time[right] < heap_time[child] or (heap_time[right] == heap_time[child] and heap_order[right] < heap_order[child])):
            child = right
        if time < heap_time[child] or (time == heap_time[child] and order < heap_order[child]):
            break
        heap_time[at], heap_order[at] = heap_time[child], heap_order[child]
        at, child = child, 2 * child + 1
    heap_time[at], heap_order[at] = time, order


@compilable
def _served_late(hall, absent, late):  # type: ignore[no-untyped-def]
    """R13 with R22: which services somebody serves after closing on a day on which some officers are absent. Fills ``late``."""
    for s in range(late.size):
        late[s] = hall.unit_kind[hall.service_unit[s]] == UNLIMITED
    for counter in range(absent.size):
        stays = hall.stays[counter]
        if hall.unit_kind[hall.counter_unit[counter]] == BY_NUMBER:
            stays = hall.stays[hall.unit_first_counter[hall.counter_unit[counter]]]
        if stays and not absent[counter]:  # place: there late
            for place in range(hall.skill_first[counter], hall.skill_first[counter + 1]):
                late[hall.skill_service[place]] = True


@allocating
def _play(  # type: ignore[no-untyped-def]
    hall, extras, chances, agenda, ends, enters, citizen_rank, stop_first, citizen, service, work, patience, ticket, start, end, served_by, outcome, rows_of_posts
):
    """Play one day until ``ends``. Reads the plan's hall, the agenda and the trace's columns; writes the tickets and the posts.

    In most halls ``extras`` and ``chances`` are None; then the compiler leaves out what stands under ``if extras is not None``.

    Returns the number of stops that are not over by then, and the number of rows of posts. If that exceeds the room, play again with more.
    """
    for stop in range(service.size):
        ticket[stop], start[stop], end[stop], served_by[stop], outcome[stop] = NEVER, NEVER, NEVER, NO_COUNTER, NOT_REACHED
    citizens, rows, counters, services, ranks = enters.size, service.size, hall.counter_unit.size, hall.service_unit.size, hall.ranks
    words = (counters + 63) // 64
    finish = np.full(64 * max(1, words), NEVER, dtype=np.int64)
    block = np.full(finish.size // 8, NEVER, dtype=np.int64)
    group = np.full(block.size // 8, NEVER, dtype=np.int64)
    serving = np.full(counters, _NONE, dtype=np.uint32)
    left = np.zeros(counters, dtype=np.int64)  # what is left of a service that stands still
    on_duty = np.zeros(counters, dtype=np.bool_)  # on duty or staying, so that it may call
    one_service = np.full(counters, -1, dtype=np.int64)  # the service of a counter that serves just one
    free = np.zeros(words, dtype=np.uint64)  # counters that may call at once
    able = np.zeros(services * words, dtype=np.uint64)  # counters that serve the service
    first_word, last_word = np.full(services, words, dtype=np.int64), np.zeros(services, dtype=np.int64)  # where these stand in a row of `able`
    for counter in range(counters):
        for place in range(hall.skill_first[counter], hall.skill_first[counter + 1]):
            s = hall.skill_service[place]
            able[s * words + (counter >> 6)] |= _ONE << np.uint64(counter & 63)
            first_word[s], last_word[s] = min(first_word[s], counter >> 6), (counter >> 6) + 1
        if hall.skill_first[counter + 1] - hall.skill_first[counter] == 1:
            one_service[counter] = hall.skill_service[hall.skill_first[counter]]
    units = hall.unit_kind.size
    number = np.zeros(units, dtype=np.int64)
    busy = np.zeros(units, dtype=np.int64)
    down = np.zeros(units, dtype=np.int64)  # the number of outages that stop the unit now
    downs = 0  # the sum of these over all units
    waiting = np.zeros(units, dtype=np.int64)
    served_late = hall.served_late
    present = np.zeros(units, dtype=np.int64)  # the officers who are not absent today
    if extras is not None:
        served_late = np.empty(services, dtype=np.bool_)
        _served_late(hall, chances.absent, served_late)
        for counter in range(counters):
            present[hall.counter_unit[counter]] += not chances.absent[counter]
    head, tail = np.full(services * ranks, _NONE, dtype=np.uint32), np.full(services * ranks, _NONE, dtype=np.uint32)
    after, keys = np.empty(rows, dtype=np.uint32), np.empty(rows, dtype=np.int64)
    queues = _Queues(head, tail, after, keys, waiting)
    planned = np.zeros(counters, dtype=np.int64)
    book = _Book(
        rows_of_posts, np.zeros(1, dtype=np.int64), planned, np.zeros(counters, dtype=np.int64), np.zeros(counters, dtype=np.int64),
        np.zeros(counters, dtype=np.int64), np.zeros(counters, dtype=np.int64),
    )  # fmt: skip
    # Both heap columns hold a citizen at most once, so this size is enough. Growing them in the loop would slow the whole loop down.
    timer_time = np.empty(citizens, dtype=np.int64)
    timer_order = np.empty(citizens, dtype=np.int64)
    timers = 0
    going = np.empty(citizens, dtype=np.uint32)  # citizens whose next stop is an event of this instant, the first citizen at the end
    going_size = 0
    row_of = np.empty(citizens, dtype=np.uint32)  # the stop that a citizen goes or walks to next, or makes at an unlimited unit
    arriving, next_event = 0, 0
    first_finish = NEVER
    instant = enters[0] if citizens > 0 else NEVER
    next_enters = instant
    next_known = agenda.time[0] if agenda.time.size > 0 else NEVER

    while True:
        # The next event, by instant, then order.
        now, order = next_enters, CITIZEN_COMES << 32
        if going_size > 0:
            now = instant  # a next stop happens at the instant of the event before it
        if extras is not None and extras.walk.size > 0:  # who walks has come by his own index
            order |= np.int64(going[going_size - 1]) if going_size > 0 else arriving  # type: ignore[assignment]  # place: order of walking
        key = first_finish
        if key < NEVER and key >> 16 <= now:  # place: next service
            now, order = key >> 16, ACTIVITY_ENDS << 32 | (key & 0xFFFF)
        from_timer = False
        if timers > 0 and (timer_time[0] < now or (timer_time[0] == now and timer_order[0] < order)):
            now, order, from_timer = timer_time[0], timer_order[0], True
        if next_known < now or (next_known == now and next_known < NEVER and agenda.order[next_event] < order):  # place: next in the agenda
            now, order, from_timer = next_known, agenda.order[next_event], False
        if now >= ends:  # place: horizon
            break
        instant = now
        kind = order >> 32

        offer_from, offer_to = 0, 0  # the counters to be offered work
        given = _NONE  # the ticket of a citizen who finds a free counter: serve it at once
        if kind == ACTIVITY_ENDS:
            if from_timer:
                row = row_of[(order & 0xFFFFFFFF) - counters]
                _pop(timer_time, timer_order, timers)
                timers -= 1
            else:
                counter = np.uint32(key & 0xFFFF)  # type: ignore[assignment]  # unsigned: a signed index is tested for its sign
                row = serving[counter]
                serving[counter] = _NONE
                v = hall.counter_unit[counter]
                busy[v] -= 1
                finish[counter] = NEVER
                least, first = NEVER, counter & ~np.uint32(7)
                for other in range(8):
                    least = min(least, finish[first + np.uint32(other)])
                block[counter >> np.uint32(3)] = least
                least, first = NEVER, (counter >> np.uint32(6)) << np.uint32(3)
                for other in range(8):
                    least = min(least, block[first + np.uint32(other)])
                group[counter >> np.uint32(6)] = least
                first_finish = group[0]
                for b in range(1, group.size):
                    first_finish = min(first_finish, group[b])
                offer_from, offer_to = counter, counter + 1
                post = counter
                if hall.unit_kind[v] == BY_NUMBER:
                    offer_from, offer_to = hall.unit_first_counter[v], hall.unit_first_counter[v + 1]  # place: the unit is asked
                    post = hall.unit_first_counter[v]
                if planned[post] != ON_DUTY or downs > 0:
                    book.served_until[post] = now
                    _turn_post(hall, book, counter, serving, finish, service, down, now)  # place: after a service
            end[row], outcome[row] = now, SERVED
            me = citizen[row]
            if row + 1 < stop_first[me + 1]:
                row_of[me] = row + 1
                is_there = True
                if extras is not None and extras.walk.size > 0:
                    walk = extras.walk[np.int64(hall.service_unit[service[row]]) * units + hall.service_unit[service[row + 1]]]  # place: walks
                    if walk > 0:
                        _push(timer_time, timer_order, timers, now + walk, CITIZEN_COMES << 32 | np.int64(me))
                        timers += 1
                        is_there = False
                if is_there:
                    at = going_size
                    while at > 0 and going[at - 1] < me:  # place: order of going
                        going[at] = going[at - 1]
                        at -= 1
                    going[at] = me
                    going_size += 1
        elif kind == CITIZEN_COMES:
            if extras is not None and from_timer:
                me = np.uint32(order & 0xFFFFFFFF)
                _pop(timer_time, timer_order, timers)
                timers -= 1
                row = row_of[me]
                is_first = False
            elif going_size > 0:  # place: next stop; before those who enter now: they came to the hall earlier
                going_size -= 1
                me = going[going_size]
                row = row_of[me]
                is_first = False
            else:
                me = arriving
                arriving += 1
                next_enters = enters[arriving] if arriving < citizens else NEVER
                row = np.uint32(stop_first[me])
                is_first = True
                if row == stop_first[me + 1]:
                    continue
            s = service[row]
            u = hall.service_unit[s]
            if rules.comes_too_late(now, is_first, hall.unit_last_ticket[u]):
                end[row], outcome[row] = now, REFUSED_LATE
                continue
            if rules.is_sent_home(now, hall.closes, hall.send_home, served_late[s]):  # place: comes after closing
                ticket[row], end[row], outcome[row] = now, now, LEFT_OVER
                continue
            if hall.unit_kind[u] == UNLIMITED:
                ticket[row], start[row] = now, now  # place: no queue
                row_of[me] = row
                _push(timer_time, timer_order, timers, rules.finish_at(now, work[row]), ACTIVITY_ENDS << 32 | np.int64(counters + me))
                timers += 1
                continue
            for w in range(first_word[s], last_word[s]):
                candidates = free[w] & able[s * words + w]
                if candidates and down[u] == 0:  # place: free counter
                    given = row
                    offer_from = 64 * w + _first_bit(candidates)
                    offer_to = offer_from + 1
                    break
            if given == _NONE:
                if rules.is_full(waiting[u], hall.unit_room[u]):
                    for queue in range(services * ranks):
                        if hall.service_unit[queue // ranks] == u:
                            _drop_who_left(queues, queue, u, ticket, patience, end, outcome, now, kind)  # place: makes room
                    if rules.is_full(waiting[u], hall.unit_room[u]):
                        end[row], outcome[row] = now, REFUSED_FULL  # place: turned away
                        continue
                ticket[row] = now
                rank = np.int64(citizen_rank[me])  # place: rank
                queue, joins = s * ranks + rank, rules.ticket_key(rank, now)
                keys[row] = joins
                last = tail[queue]
                if head[queue] == _NONE:
                    head[queue], tail[queue], after[row] = row, row, _NONE
                elif keys[last] < joins or (keys[last] == joins and last < row):  # place: joins at the tail
                    after[last], tail[queue], after[row] = row, row, _NONE
                else:
                    _join_before(queues, queue, row, joins)
                waiting[u] += 1
                continue
            ticket[row] = now
        else:
            v, state, value = agenda.unit[next_event], agenda.state[next_event], agenda.number[next_event]
            next_event += 1
            next_known = agenda.time[next_event] if next_event < agenda.time.size else NEVER
            if kind == CLOSING:
                for queue in range(services * ranks):
                    s = queue // ranks
                    if rules.is_sent_home(now, hall.closes, hall.send_home, served_late[s]):  # place: waits at closing
                        u = hall.service_unit[s]
                        _drop_who_left(queues, queue, u, ticket, patience, end, outcome, now, kind)  # place: leaves before closing
                        row = head[queue]
                        while row != _NONE:
                            end[row], outcome[row] = now, LEFT_OVER
                            waiting[u] -= 1
                            row = after[row]
                        head[queue] = _NONE
                continue
            if kind == OUTAGE_BEGINS or kind == OUTAGE_ENDS:
                change = 1 if kind == OUTAGE_BEGINS else -1
                down[v] += change  # place: outages count
                downs += change
                for counter in range(counters):
                    row = serving[counter]
                    if row == _NONE or hall.service_unit[service[row]] != v:
                        continue
                    begins = start[row]
                    if extras is not None and extras.calling.size > 0:
                        begins = rules.service_begins(begins, extras.calling[v])
                    if kind == OUTAGE_BEGINS:
                        duration = _duration(hall, counter, service[row], work[row])
                        if finish[counter] < NEVER and rules.is_frozen(finish[counter] >> 16, now):
                            left[counter], finish[counter] = rules.left_when_stopped(finish[counter] >> 16, now, duration), NEVER
                        if finish[counter] == NEVER:
                            left[counter] = rules.left_after_outage(left[counter], duration, value == 1)
                    elif down[v] == 0 and finish[counter] == NEVER:
                        finish[counter] = (rules.goes_on_at(now, begins) + left[counter]) << 16 | counter
                first_finish = NEVER
                for b in range(block.size):
                    block[b] = finish[8 * b : 8 * b + 8].min()
                    first_finish = min(first_finish, block[b])
                for b in range(group.size):
                    group[b] = block[8 * b : 8 * b + 8].min()
                for counter in range(counters):
                    _turn_post(hall, book, np.uint32(counter), serving, finish, service, down, now)
                more = next_known == now and next_event < agenda.time.size and agenda.order[next_event] >> 32 == OUTAGE_ENDS  # place: end together
                if kind == OUTAGE_ENDS and not more:
                    offer_from, offer_to = 0, counters  # place: outage is over
            elif hall.unit_kind[v] == BY_NUMBER:
                if extras is not None:
                    value = min(value, present[v])  # place: number present
                    state = state if value > 0 else OFF_DUTY
                number[v] = value
                first, last = hall.unit_first_counter[v], hall.unit_first_counter[v + 1]
                for other in range(first, last):
                    on_duty[other], planned[other] = True, ON_DUTY
                    free[other >> 6] &= ~(_ONE << np.uint64(other & 63))
                planned[first] = state
                _turn(book, first, rules.post_state(state, False, down[v] > 0), value, now)
                offer_from, offer_to = first, last
            else:
                counter = np.uint32(order & 0xFFFFFFFF)  # type: ignore[assignment]
                if extras is not None and chances.absent[counter]:
                    state = rules.state_if_absent(state)  # place: absent
                planned[counter] = state
                _turn_post(hall, book, counter, serving, finish, service, down, now)
                on_duty[counter] = state == ON_DUTY or state == STAYING  # place: duty changes
                if state != STAYING:
                    free[counter >> 6] &= ~(_ONE << np.uint64(counter & 63))
                if kind == DUTY_BEGINS:  # place: duty begins
                    offer_from, offer_to = counter, counter + 1

        # Offer work to counters in counter order. A counter that finds none is free.
        for counter in range(offer_from, offer_to):
            v = hall.counter_unit[counter]
            row = given
            if row == _NONE:
                if serving[counter] != _NONE or not on_duty[counter]:
                    continue
                if hall.unit_kind[v] == BY_NUMBER and not rules.may_call(busy[v], number[v]):
                    continue
                s = one_service[counter]
                if s < 0:
                    row = _first_ticket(hall, counter, down, queues, ticket, patience, end, outcome, now, kind)
                else:  # the usual case, a single service: the same search, written in line for speed
                    u = hall.service_unit[s]
                    if waiting[u] > 0 and down[u] == 0:  # place: somebody to call
                        taken = s * ranks
                        for queue in range(s * ranks, (s + 1) * ranks):
                            first = head[queue]
                            if first == _NONE:
                                continue
                            leaves = rules.patience_runs_out(ticket[first], patience[first])
                            while rules.has_left(leaves, now, kind):
                                end[first], outcome[first] = leaves, ABANDONED
                                waiting[u] -= 1
                                first = after[first]
                                head[queue] = first
                                if first == _NONE:
                                    break
                                leaves = rules.patience_runs_out(ticket[first], patience[first])
                            if first != _NONE and (row == _NONE or keys[first] < keys[row] or (keys[first] == keys[row] and first < row)):
                                row, taken = first, queue
                        if row != _NONE:
                            head[taken] = after[row]
                            waiting[u] -= 1
                if row == _NONE:
                    free[counter >> 6] |= _ONE << np.uint64(counter & 63)
                    continue
            start[row], served_by[row] = now, counter
            serving[counter] = row
            busy[v] += 1
            free[counter >> 6] &= ~(_ONE << np.uint64(counter & 63))
            duration = work[row]
            if hall.counter_speed[counter] != FULL_SPEED:
                duration = _duration(hall, counter, service[row], duration)
            begins = now
            if extras is not None and extras.calling.size > 0:
                begins = rules.service_begins(now, extras.calling[hall.service_unit[service[row]]])
            key = rules.finish_at(begins, duration) << 16 | counter  # place: serves
            finish[counter] = key
            block[counter >> 3] = min(block[counter >> 3], key)  # the counter was idle, so its key was NEVER and the least key can only fall
            group[counter >> 6] = min(group[counter >> 6], key)
            first_finish = min(first_finish, key)
        if offer_to > offer_from:  # place: number reached
            for u in range(hall.counter_unit[offer_from], hall.counter_unit[offer_to - 1] + 1):
                if hall.unit_kind[u] == BY_NUMBER and not rules.may_call(busy[u], number[u]):
                    for other in range(hall.unit_first_counter[u], hall.unit_first_counter[u + 1]):
                        free[other >> 6] &= ~(_ONE << np.uint64(other & 63))

    inside = 0
    # Finish those whom the loop never looked at again: patience ran out before the end, or else they are still inside at the horizon.
    for queue in range(services * ranks):
        u = hall.service_unit[queue // ranks]
        _drop_who_left(queues, queue, u, ticket, patience, end, outcome, ends, DUTY_ENDS)  # place: waits at the end
        row = head[queue]
        while row != _NONE:
            outcome[row] = STILL_INSIDE
            inside += 1
            row = after[row]
    for counter in range(counters):
        if serving[counter] != _NONE:
            outcome[serving[counter]] = STILL_INSIDE  # place: in service at the end
            inside += 1
        _close_post(book, np.uint32(counter), book.served_until[counter] if hall.ends == NEVER else ends)
    for at in range(timers):
        if timer_order[at] >> 32 == ACTIVITY_ENDS:  # place: not walking
            outcome[row_of[(timer_order[at] & 0xFFFFFFFF) - counters]] = STILL_INSIDE
    return inside + timers, book.written[0]


@allocating
def play_batch(  # type: ignore[no-untyped-def]
    hall, extras, chances, agenda, first_event, last_event, ends, first_citizen, first_stop, enters, rank, stop_first, citizen, service, work,
    patience, ticket, start, end, served_by, outcome, posts, first_post, inside,
):  # fmt: skip
    """Play one day after the other, each as `_play` does, and write for each how many stops are inside at the end and where its posts begin."""
    of_day = chances
    for day in range(first_citizen.size - 1):
        a, b, c, d = first_citizen[day], first_citizen[day + 1], first_stop[day], first_stop[day + 1]
        e, f, g = first_event[day], last_event[day], first_post[day]
        if extras is not None:
            of_day = chances_of_day(chances, day, hall.counter_unit.size)
        left_inside, written = _play(
            hall, extras, of_day, Agenda(agenda.time[e:f], agenda.order[e:f], agenda.unit[e:f], agenda.state[e:f], agenda.number[e:f]), ends,
            enters[a:b], rank[a:b], stop_first[a + day : b + day + 1], citizen[c:d], service[c:d], work[c:d], patience[c:d],
            ticket[c:d], start[c:d], end[c:d], served_by[c:d], outcome[c:d], posts[:, g:],
        )  # fmt: skip
        inside[day], first_post[day + 1] = left_inside, min(g + written, posts.shape[1])
        if g + written > posts.shape[1]:
            return g + written
    return 0


@allocating
def play_batch_with_extras(  # type: ignore[no-untyped-def]
    hall, extras, chances, agenda, first_event, last_event, ends, first_citizen, first_stop, enters, rank, stop_first, citizen, service, work,
    patience, ticket, start, end, served_by, outcome, posts, first_post, inside,
):  # fmt: skip
    """`play_batch` for halls with extras: a function of its own, so that its compiled code is kept, and known to be kept, by itself."""
    return play_batch(
        hall, extras, chances, agenda, first_event, last_event, ends, first_citizen, first_stop, enters, rank, stop_first, citizen, service, work,
        patience, ticket, start, end, served_by, outcome, posts, first_post, inside,
    )  # fmt: skip


def batch_player(plan: Plan) -> Callable[..., int]:
    """The function that plays a batch of days of this plan; compiled, it is another one for a hall with extras."""
    return play_batch if plan.extras is None else play_batch_with_extras


def play_kernel(plan: Plan, trace: Trace) -> Records:
    """The records of a trace on a plan, by the compiled loop.

    Raises EngineError for a day that its keys cannot hold: instants beyond 2⁴⁶ µs (814 days), 2³² − 1 stops or more, 65,535 counters or more.
    """
    return play_days(plan, Traces.of(trace)).day(0)


def play_plain(plan: Plan, trace: Trace) -> Records:
    """The same by the same loop, run as ordinary Python without a compiler."""
    with np.errstate(over="ignore"):  # the bit tricks rely on uint64 overflow
        return _played(plan, Traces.of(trace), batch_player(plan)).day(0)


def play_days(plan: Plan, traces: Traces) -> RecordsOfDays:
    """The records of several days' traces on a plan, by the compiled loop. Raises EngineError as `play_kernel` does."""
    return _played(plan, traces, compiled(batch_player(plan)))


def _played(plan: Plan, traces: Traces, play: Callable[..., int]) -> RecordsOfDays:
    hall, columns, days = plan.hall, traces.columns, traces.days
    has_hours = hall.ends == NEVER
    if (hall.closes if has_hours else hall.ends) > LONGEST or int(np.diff(traces.first_stop).max()) >= 0xFFFFFFFF or len(hall.counter_unit) >= NO_COUNTER:
        raise EngineError(_TOO_LARGE)
    ends = LONGEST if has_hours else hall.ends  # a day of overtime without end stops there, and is known by whom it leaves inside
    agenda, first_event, last_event = agendas_on(plan, traces)
    stops = int(traces.first_stop[-1])
    room = int(2 * (last_event - first_event).sum()) + days * len(hall.counter_unit)  # rows of posts: enough unless outages are many
    ticket, start, end = (np.empty(stops, dtype=np.int64) for _ in range(3))
    counter, outcome = np.empty(stops, dtype=np.uint16), np.empty(stops, dtype=np.uint8)
    while True:
        rows = np.empty((5, room), dtype=np.int64)
        first_post, inside = np.zeros(days + 1, dtype=np.int64), np.zeros(days, dtype=np.int64)
        needed = play(
            hall, plan.extras, columns.chances, agenda, first_event, last_event, ends, traces.first_citizen, traces.first_stop, columns.enters, columns.rank, columns.stop_first,
            columns.citizen, columns.service, columns.work, columns.patience, ticket, start, end, counter, outcome, rows, first_post, inside,
        )  # fmt: skip
        if has_hours and inside.any():
            raise EngineError(_TOO_LARGE)
        if needed == 0:
            posts = Posts(*(row[: first_post[-1]] for row in rows))
            return RecordsOfDays(Records(ticket, start, end, counter, outcome, posts), traces.first_stop, first_post)
        room = 2 * needed
