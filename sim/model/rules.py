"""The rules of the hall as functions of plain numbers: called by both engines, compiled for one of them.

docs/rules.md states each rule in one numbered sentence. The functions here take and return scalars. Each engine keeps for itself who
waits, who is free and when to look again.
"""

from __future__ import annotations

from sim.model.compiled import compilable
from sim.model.shapes import ABSENT, BREAK, DOWN, FULL_SPEED, INTO_BREAK, OFF_DUTY, ON_DUTY, OVERTIME, PATIENCE_ENDS


@compilable
def finish_at(start, duration):  # type: ignore[no-untyped-def]
    """R2: a service that starts now ends after its duration; a counter finishes the citizen in service, duty or not (R10).

    >>> finish_at(100, 30)
    130
    """
    return start + duration


@compilable
def duration_at(work, speed, grid):  # type: ignore[no-untyped-def]
    """R16: how long a service time takes at a counter of this speed, to the nearest step of the grid and one step at least.

    ``speed`` is in hundredths of a per cent: at 80 % a service of 8 takes 10.

    >>> duration_at(8, 8_000, 1), duration_at(8, 10_000, 1), duration_at(60, 11_000, 30)
    (10, 8, 60)
    """
    if speed == FULL_SPEED:
        return work
    steps = (work * FULL_SPEED + speed * grid // 2) // (speed * grid)
    return max(steps, 1) * grid


@compilable
def service_begins(called, calling):  # type: ignore[no-untyped-def]
    """R29: the instant at which a citizen who is called is at the counter, so that his service begins.

    >>> service_begins(100, 20)
    120
    """
    return called + calling


@compilable
def left_when_stopped(ends, now, duration):  # type: ignore[no-untyped-def]
    """R17 with R29: what is left of a service that an outage stops now; all of it while the citizen is still on his way to the counter.

    >>> left_when_stopped(110, 100, 30), left_when_stopped(140, 100, 30)
    (10, 30)
    """
    return min(ends - now, duration)


@compilable
def goes_on_at(now, begins):  # type: ignore[no-untyped-def]
    """R17 with R29: when a stopped service goes on as the system comes up: at once, or when the citizen is at the counter.

    >>> goes_on_at(100, 90), goes_on_at(100, 110)
    (100, 110)
    """
    return max(now, begins)


@compilable
def is_frozen(ends, now):  # type: ignore[no-untyped-def]
    """R17: whether an outage that begins now stops a service that would end at ``ends``. A service that ends now is over.

    >>> is_frozen(101, 100), is_frozen(100, 100)
    (True, False)
    """
    return ends > now


@compilable
def left_after_outage(left, duration, restarts):  # type: ignore[no-untyped-def]
    """R17: how long a stopped service takes after the outage: what was left of it, or all of it if it restarts.

    >>> left_after_outage(3, 8, False), left_after_outage(3, 8, True)
    (3, 8)
    """
    return duration if restarts else left


@compilable
def post_state(planned, is_busy, is_down):  # type: ignore[no-untyped-def]
    """R10, R13, R17: the state of a post. It follows from the state that its duty plans, whether it is busy, and whether an outage stops it.

    >>> post_state(ON_DUTY, True, False) == ON_DUTY, post_state(ON_DUTY, False, True) == DOWN
    (True, True)
    >>> post_state(BREAK, True, False) == INTO_BREAK, post_state(OFF_DUTY, True, True) == OVERTIME
    (True, True)
    """
    if planned == ON_DUTY:
        return DOWN if is_down else ON_DUTY
    if is_busy and planned == BREAK:
        return INTO_BREAK
    if is_busy and planned == OFF_DUTY:
        return OVERTIME
    return planned


@compilable
def state_if_absent(planned):  # type: ignore[no-untyped-def]
    """R22: the state that a post enters instead of the planned one if its officer is absent on this day.

    >>> state_if_absent(ON_DUTY) == ABSENT, state_if_absent(BREAK) == OFF_DUTY
    (True, True)
    """
    return ABSENT if planned == ON_DUTY else OFF_DUTY


@compilable
def patience_runs_out(ticket, patience):  # type: ignore[no-untyped-def]
    """R6: the instant at which a citizen who is still waiting leaves.

    >>> patience_runs_out(100, 20)
    120
    """
    return ticket + patience


@compilable
def has_left(leaves, now, kind):  # type: ignore[no-untyped-def]
    """R6 with R1: whether patience that runs out at ``leaves`` has taken effect when an event of this kind at ``now`` is handled.

    A counter freed at that instant still calls him, because its kind comes before that of patience; a citizen who comes then finds him gone.

    Kind 50 is an activity that ends, kind 90 a citizen who comes.

    >>> has_left(120, 120, 50), has_left(120, 120, 90), has_left(119, 120, 50)
    (False, True, True)
    """
    return leaves < now or (leaves == now and kind > PATIENCE_ENDS)


@compilable
def ticket_key(rank, due):  # type: ignore[no-untyped-def]
    """R7: the number that orders tickets. Counters call the least first, and equal ones in the order of the citizens' index.

    The rank counts first, then the instant ``due``, when the ticket was taken. (For an appointment it would be the start of its slot.)

    >>> ticket_key(0, 50) < ticket_key(1, 10) < ticket_key(1, 11)
    True
    """
    return rank << 50 | due


@compilable
def may_call(busy, number):  # type: ignore[no-untyped-def]
    """R9: in a unit staffed by number nobody is called while as many counters are busy as are on duty, or more.

    >>> may_call(2, 3), may_call(3, 3)
    (True, False)
    """
    return busy < number


@compilable
def is_full(waiting, room):  # type: ignore[no-untyped-def]
    """R11: whether a citizen who cannot be served at once is turned away: the waiting room holds ``room`` already.

    >>> is_full(4, 5), is_full(5, 5)
    (False, True)
    """
    return waiting >= room


@compilable
def comes_too_late(now, is_first_stop, last_ticket):  # type: ignore[no-untyped-def]
    """R12: whether a citizen is refused: he comes for his first stop at the last ticket time or later.

    >>> comes_too_late(100, True, 100), comes_too_late(100, False, 100), comes_too_late(99, True, 100)
    (True, False, False)
    """
    return is_first_stop and now >= last_ticket


@compilable
def is_sent_home(now, closes, send_home, served_late):  # type: ignore[no-untyped-def]
    """R13: whether a ticket that waits at closing, or is taken later, is a left-over.

    Under *send home* every such ticket is; under *serve all* it is if no counter on duty at closing or later serves its service.

    >>> is_sent_home(100, 100, True, True), is_sent_home(100, 100, False, True), is_sent_home(99, 100, True, False)
    (True, False, False)
    """
    return now >= closes and (send_home or not served_late)
