"""The rules of the hall as functions of plain numbers: called by both engines, compiled for one of them.

docs/rules.md says each in one numbered sentence. A function here takes and returns scalars; who waits, who is free and when to
look again is each engine's own business.
"""

from __future__ import annotations

from sim.model.compiled import compilable
from sim.model.shapes import PATIENCE_ENDS


@compilable
def finish_at(start, work):  # type: ignore[no-untyped-def]
    """R2: a service that starts now ends after its service time; a counter finishes the citizen in service, duty or not (R10).

    >>> finish_at(100, 30)
    130
    """
    return start + work


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

    A counter freed at that very instant wins (kind 4 comes before kind 5); a citizen who comes then (kind 8) finds him gone.

    >>> has_left(120, 120, 4), has_left(120, 120, 8), has_left(119, 120, 4)
    (False, True, True)
    """
    return leaves < now or (leaves == now and kind > PATIENCE_ENDS)


@compilable
def called_before(rank, ticket, citizen, other_rank, other_ticket, other_citizen):  # type: ignore[no-untyped-def]
    """R7: ticket order: lower rank first, then the earlier ticket, then the citizen who came first.

    >>> called_before(0, 50, 9, 1, 10, 2), called_before(1, 10, 3, 1, 10, 2)
    (True, False)
    """
    if rank != other_rank:
        return rank < other_rank
    if ticket != other_ticket:
        return ticket < other_ticket
    return citizen < other_citizen


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
    """R12: the last ticket binds the first stop: who comes for it at that instant or later is refused.

    >>> comes_too_late(100, True, 100), comes_too_late(100, False, 100), comes_too_late(99, True, 100)
    (True, False, False)
    """
    return is_first_stop and now >= last_ticket


@compilable
def is_sent_home(now, closes, send_home, served_late):  # type: ignore[no-untyped-def]
    """R13: whether a ticket that waits at closing, or is taken later, is a left-over.

    Under *send home* every one is; under *serve all* one whose service no counter on duty at closing or later serves.

    >>> is_sent_home(100, 100, True, True), is_sent_home(100, 100, False, True), is_sent_home(99, 100, True, False)
    (True, False, False)
    """
    return now >= closes and (send_home or not served_late)
