"""The kernel engine: the same model as one compiled event loop over plain arrays. The one that does the work.

The log lies parallel to the trace's stops. Only the loop and its few inner functions touch arrays; every rule is a function of
scalars in `sim.model.rules`. How it keeps R1's order (instant, kind, index):

* events known beforehand (duties, numbers, closing) are a sorted list, so are the citizens' arrivals;
* the end of each counter's service is a key ``time << 16 | counter``, with the least key of each block of eight counters beside;
* at unlimited units the ends are a heap of (time, stop), and stops are in citizen order;
* a citizen's next stop is an event of the present instant: a short list of citizens, kept in order.

Patience is lazy: a ticket whose patience has run out is dropped, with exactly that instant, when somebody looks at it. Where a rule
reads the number waiting (R11), those who have left are dropped first.
"""

from __future__ import annotations

import numpy as np

from sim.clock import LONGEST, NEVER
from sim.errors import EngineError
from sim.model import rules
from sim.model.compiled import compilable, compiled
from sim.model.shapes import ACTIVITY_ENDS, BY_NUMBER, CITIZEN_COMES, CLOSING, DUTY_BEGINS, DUTY_ENDS, UNLIMITED, Plan
from sim.model.trace import Trace
from sim.results.records import (
    ABANDONED,
    LEFT_OVER,
    NO_COUNTER,
    REFUSED_FULL,
    REFUSED_LATE,
    SERVED,
    STILL_INSIDE,
    Records,
)

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


@compilable
def _drop_who_left(queue, head, tail, waiting, unit, after, ticket, patience, end, outcome, now, kind):  # type: ignore[no-untyped-def]
    """Drop from a whole queue everyone whose patience has run out by now, in the middle too."""
    row = head[queue]
    before = _NONE
    while row != _NONE:
        following = after[row]
        leaves = rules.patience_runs_out(ticket[row], patience[row])
        if rules.has_left(leaves, now, kind):
            end[row], outcome[row] = leaves, ABANDONED
            waiting[unit] -= 1
            if before == _NONE:
                head[queue] = following
            else:
                after[before] = following
            if tail[queue] == row:
                tail[queue] = before
        else:
            before = row
        row = following


@compilable
def _first_ticket(  # type: ignore[no-untyped-def]
    counter, skill_first, skill_service, skill_level, service_unit, ranks, head, waiting, after, citizen, ticket, patience, end, outcome, now, kind
):
    """The first ticket that a counter with several services may serve (R7, R8), taken out of its queue; _NONE where there is none."""
    best, best_queue, best_rank = _NONE, 0, 0
    level = 0
    for place in range(skill_first[counter], skill_first[counter + 1]):
        if skill_level[place] != level:
            if best != _NONE:
                break
            level = skill_level[place]
        service = skill_service[place]
        unit = service_unit[service]
        if waiting[unit] == 0:
            continue
        for rank in range(ranks):
            queue = service * ranks + rank
            row = head[queue]
            while row != _NONE:
                leaves = rules.patience_runs_out(ticket[row], patience[row])
                if not rules.has_left(leaves, now, kind):
                    break
                end[row], outcome[row] = leaves, ABANDONED
                waiting[unit] -= 1
                row = after[row]
            head[queue] = row
            if row == _NONE:
                continue
            if best == _NONE or rules.called_before(rank, ticket[row], citizen[row], best_rank, ticket[best], citizen[best]):
                best, best_queue, best_rank = row, queue, rank
            break
    if best != _NONE:
        head[best_queue] = after[best]
        waiting[service_unit[best_queue // ranks]] -= 1
    return best


@compilable
def _push(heap_time, heap_row, size, time, row):  # type: ignore[no-untyped-def]
    """Add (time, row) to the heap of `size` entries."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if heap_time[parent] < time or (heap_time[parent] == time and heap_row[parent] < row):
            break
        heap_time[at], heap_row[at] = heap_time[parent], heap_row[parent]
        at = parent
    heap_time[at], heap_row[at] = time, row


@compilable
def _pop(heap_time, heap_row, size):  # type: ignore[no-untyped-def]
    """Remove the least entry of the heap of `size` entries; the caller has read it."""
    last = size - 1
    time, row = heap_time[last], heap_row[last]
    at, child = 0, 1
    while child < last:
        right = child + 1
        if right < last and (heap_time[right] < heap_time[child] or (heap_time[right] == heap_time[child] and heap_row[right] < heap_row[child])):
            child = right
        if time < heap_time[child] or (time == heap_time[child] and row < heap_row[child]):
            break
        heap_time[at], heap_row[at] = heap_time[child], heap_row[child]
        at, child = child, 2 * child + 1
    heap_time[at], heap_row[at] = time, row


@compilable
def _play(hall, ends, enters, citizen_rank, stop_first, citizen, service, work, patience, ticket, start, end, served_by, outcome):  # type: ignore[no-untyped-def]
    """Play one day until ``ends``: reads the plan's hall and the trace's columns, writes the log; returns how many stops are not over then."""
    (
        _ends, closes, send_home, ranks, unit_kind, unit_room, unit_last_ticket, unit_first_counter, service_unit, served_late, counter_unit,
        _stays, skill_first, skill_service, skill_level, change_time, change_kind, change_index, change_value,
        _duty_first, _duty_start, _duty_end, _number_first, _number_start, _number_end, _number_value,
    ) = hall  # fmt: skip
    citizens, rows, counters, units, services = enters.size, service.size, counter_unit.size, unit_kind.size, service_unit.size
    words = (counters + 63) // 64
    finish = np.full((counters + 7) // 8 * 8 + 8, NEVER, dtype=np.int64)
    block = np.full(finish.size // 8, NEVER, dtype=np.int64)
    serving = np.full(counters, _NONE, dtype=np.uint32)
    on_duty = np.zeros(counters, dtype=np.bool_)
    one_service = np.full(counters, -1, dtype=np.int64)  # the service of a counter that serves just one
    free = np.zeros(words, dtype=np.uint64)  # counters that may call at once
    able = np.zeros(services * words, dtype=np.uint64)  # counters that serve the service
    for counter in range(counters):
        for place in range(skill_first[counter], skill_first[counter + 1]):
            able[skill_service[place] * words + (counter >> 6)] |= _ONE << np.uint64(counter & 63)
        if skill_first[counter + 1] - skill_first[counter] == 1:
            one_service[counter] = skill_service[skill_first[counter]]
    number = np.zeros(units, dtype=np.int64)
    busy = np.zeros(units, dtype=np.int64)
    waiting = np.zeros(units, dtype=np.int64)
    head = np.full(services * ranks, _NONE, dtype=np.uint32)
    tail = np.full(services * ranks, _NONE, dtype=np.uint32)  # means nothing while the queue is empty
    after = np.full(rows, _NONE, dtype=np.uint32)
    # Both hold a citizen once at the most, so their full size is known; growing them in the loop would slow all of it down.
    heap_time = np.empty(citizens, dtype=np.int64)
    heap_row = np.empty(citizens, dtype=np.int64)
    heap_size = 0
    going = np.empty(citizens, dtype=np.uint32)  # citizens whose next stop is an event of this instant, the first of them last
    going_size = 0
    next_row = np.empty(citizens, dtype=np.uint32)
    arriving, change = 0, 0
    first_finish = NEVER
    instant = enters[0] if citizens > 0 else NEVER
    next_enters = instant
    next_change = change_time[0] if change_time.size > 0 else NEVER

    while True:
        # The next event, by instant, then kind, then index.
        now, kind = next_enters, CITIZEN_COMES
        if going_size > 0:
            now = instant  # whoever is going, goes at the instant of the last event
        key = first_finish
        if key < NEVER and key >> 16 <= now:
            now, kind = key >> 16, ACTIVITY_ENDS
        at_unlimited = False
        if heap_size > 0 and (heap_time[0] < now or (heap_time[0] == now and kind == CITIZEN_COMES)):
            now, kind, at_unlimited = heap_time[0], ACTIVITY_ENDS, True
        if change < change_time.size and (next_change < now or (next_change == now and change_kind[change] < kind)):
            now, kind = next_change, change_kind[change]
        if now >= ends:
            break
        instant = now

        offer_from, offer_to = 0, 0  # the counters to be offered work
        given = _NONE  # the ticket to be served at once, when a citizen finds a free counter
        if kind == ACTIVITY_ENDS:
            if at_unlimited:
                row = np.uint32(heap_row[0])
                _pop(heap_time, heap_row, heap_size)
                heap_size -= 1
            else:
                counter = np.uint32(key & 0xFFFF)  # type: ignore[assignment]  # unsigned: a signed index is tested for its sign
                row = serving[counter]
                serving[counter] = _NONE
                v = counter_unit[counter]
                busy[v] -= 1
                finish[counter] = NEVER
                least, first = NEVER, counter & ~np.uint32(7)
                for other in range(8):
                    least = min(least, finish[first + np.uint32(other)])
                block[counter >> np.uint32(3)] = least
                first_finish = block[0]
                for b in range(1, block.size):
                    first_finish = min(first_finish, block[b])
                offer_from, offer_to = counter, counter + 1
                if unit_kind[v] == BY_NUMBER:
                    offer_from, offer_to = unit_first_counter[v], unit_first_counter[v + 1]
            end[row], outcome[row] = now, SERVED
            me = citizen[row]
            if row + 1 < stop_first[me + 1]:
                next_row[me] = row + 1
                at = going_size
                while at > 0 and going[at - 1] < me:
                    going[at] = going[at - 1]
                    at -= 1
                going[at] = me
                going_size += 1
        elif kind == CITIZEN_COMES:
            if going_size > 0:  # before those who enter now: they came to the hall earlier
                going_size -= 1
                me = going[going_size]
                row = next_row[me]
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
            u = service_unit[s]
            if rules.comes_too_late(now, is_first, unit_last_ticket[u]):
                end[row], outcome[row] = now, REFUSED_LATE
                continue
            if rules.is_sent_home(now, closes, send_home, served_late[s]):
                ticket[row], end[row], outcome[row] = now, now, LEFT_OVER
                continue
            if unit_kind[u] == UNLIMITED:
                ticket[row], start[row] = now, now
                _push(heap_time, heap_row, heap_size, rules.finish_at(now, work[row]), np.int64(row))
                heap_size += 1
                continue
            for w in range(words):
                candidates = free[w] & able[s * words + w]
                if candidates:
                    given = row
                    offer_from = 64 * w + _first_bit(candidates)
                    offer_to = offer_from + 1
                    break
            if given == _NONE:
                if rules.is_full(waiting[u], unit_room[u]):
                    for queue in range(services * ranks):
                        if service_unit[queue // ranks] == u:
                            _drop_who_left(queue, head, tail, waiting, u, after, ticket, patience, end, outcome, now, kind)
                    if rules.is_full(waiting[u], unit_room[u]):
                        end[row], outcome[row] = now, REFUSED_FULL
                        continue
                ticket[row] = now
                queue = s * ranks + citizen_rank[me]
                if head[queue] == _NONE:
                    head[queue] = row
                else:
                    after[tail[queue]] = row
                tail[queue] = row
                waiting[u] += 1
                continue
            ticket[row] = now
        else:
            counter = change_index[change]
            value = change_value[change]
            change += 1
            next_change = change_time[change] if change < change_time.size else NEVER
            if kind == CLOSING:
                for queue in range(services * ranks):
                    s = queue // ranks
                    if rules.is_sent_home(now, closes, send_home, served_late[s]):
                        u = service_unit[s]
                        _drop_who_left(queue, head, tail, waiting, u, after, ticket, patience, end, outcome, now, kind)
                        row = head[queue]
                        while row != _NONE:
                            end[row], outcome[row] = now, LEFT_OVER
                            waiting[u] -= 1
                            row = after[row]
                        head[queue] = _NONE
                continue
            v = counter_unit[counter]
            if unit_kind[v] == BY_NUMBER:
                number[v] = value
                offer_from, offer_to = unit_first_counter[v], unit_first_counter[v + 1]
                for other in range(offer_from, offer_to):
                    on_duty[other] = True
                    free[other >> 6] &= ~(_ONE << np.uint64(other & 63))
            else:
                on_duty[counter] = kind == DUTY_BEGINS
                free[counter >> 6] &= ~(_ONE << np.uint64(counter & 63))
                if kind == DUTY_BEGINS:
                    offer_from, offer_to = counter, counter + 1

        # Offer work to counters in counter order; who finds none is free.
        for counter in range(offer_from, offer_to):
            v = counter_unit[counter]
            row = given
            if row == _NONE:
                if serving[counter] != _NONE or not on_duty[counter]:
                    continue
                if unit_kind[v] == BY_NUMBER and not rules.may_call(busy[v], number[v]):
                    continue
                s = one_service[counter]
                if s < 0:
                    row = _first_ticket(
                        counter, skill_first, skill_service, skill_level, service_unit, ranks,
                        head, waiting, after, citizen, ticket, patience, end, outcome, now, kind,
                    )  # fmt: skip
                else:  # the same for a single service, in line: the usual case
                    u = service_unit[s]
                    queue = s * ranks
                    while waiting[u] > 0 and row == _NONE and queue < (s + 1) * ranks:
                        row = head[queue]
                        if row != _NONE:
                            head[queue] = after[row]
                            waiting[u] -= 1
                            leaves = rules.patience_runs_out(ticket[row], patience[row])
                            if rules.has_left(leaves, now, kind):
                                end[row], outcome[row] = leaves, ABANDONED
                                row = _NONE
                        else:
                            queue += 1
                if row == _NONE:
                    free[counter >> 6] |= _ONE << np.uint64(counter & 63)
                    continue
            start[row], served_by[row] = now, counter
            serving[counter] = row
            busy[v] += 1
            free[counter >> 6] &= ~(_ONE << np.uint64(counter & 63))
            key = rules.finish_at(now, work[row]) << 16 | counter
            finish[counter] = key
            block[counter >> 3] = min(block[counter >> 3], key)  # it was idle: its own key was NEVER
            first_finish = min(first_finish, key)
        if offer_to > offer_from:
            v = counter_unit[offer_from]
            if unit_kind[v] == BY_NUMBER and not rules.may_call(busy[v], number[v]):
                for other in range(unit_first_counter[v], unit_first_counter[v + 1]):
                    free[other >> 6] &= ~(_ONE << np.uint64(other & 63))

    inside = 0
    # Who never was looked at again: patience that ran out before the end, and at the horizon all others.
    for queue in range(services * ranks):
        u = service_unit[queue // ranks]
        _drop_who_left(queue, head, tail, waiting, u, after, ticket, patience, end, outcome, ends, DUTY_ENDS)
        row = head[queue]
        while row != _NONE:
            outcome[row] = STILL_INSIDE
            inside += 1
            row = after[row]
    for counter in range(counters):
        if serving[counter] != _NONE:
            outcome[serving[counter]] = STILL_INSIDE
            inside += 1
    for at in range(heap_size):
        outcome[heap_row[at]] = STILL_INSIDE
    return inside + heap_size


def play_kernel(plan: Plan, trace: Trace) -> Records:
    """The records of a trace on a plan, by the compiled loop.

    Raises EngineError for a day that its keys cannot hold: instants beyond 2⁴⁶ µs (814 days), 2³² − 1 stops or 65,535 counters and more.
    """
    hall = plan.hall
    too_large = EngineError("the kernel engine plays days of up to 814 days, 4,294,967,294 stops and 65,534 counters; use the reference engine")
    has_hours = hall.ends == NEVER
    if (hall.closes if has_hours else hall.ends) > LONGEST or len(trace.service) >= 0xFFFFFFFF or len(hall.counter_unit) >= NO_COUNTER:
        raise too_large
    ends = LONGEST if has_hours else hall.ends  # a day of overtime without end stops there, and is known by whom it leaves inside
    records = Records.blank(len(trace.service))
    inside = compiled(_play, allocates=True)(
        hall, ends, trace.enters, trace.rank, trace.stop_first, trace.citizen, trace.service, trace.work, trace.patience,
        records.ticket, records.start, records.end, records.counter, records.outcome,
    )  # fmt: skip
    if has_hours and inside:
        raise too_large
    return records
