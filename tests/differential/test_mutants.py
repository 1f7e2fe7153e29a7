"""Named mutants: an engine with one fault must not pass, and the judge that finds it is written beside it.

A fault in one engine is found by comparing its records with the other engine's (*equality*), mostly by the *auditor* too. A fault in the
rules, which both engines share, leaves them equal; there the auditor, or the day worked *by hand*, has to find it. A mutant of an engine
is a change at a place of its source (`places.py` says how places are named); one of the rules is another function in the place of the
rule. The kernel's are run as ordinary Python, without a compiler.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.engine import kernel, reference
from sim.engine.kernel import play_plain
from sim.errors import AuditError, EngineError
from sim.model import rules, shapes
from sim.model.shapes import BREAK, DOWN, INTO_BREAK, OUTAGE_ENDS, OVERTIME, Agenda, Plan
from sim.model.trace import Trace, draw
from sim.results.audit import audit
from sim.results.records import Records
from tests.days import WorkedDay, hall_of, lines_of
from tests.differential.places import Change, mutated, places_in

EQUALITY, AUDITOR, BY_HAND = "equality", "auditor", "by hand"
BOTH = (EQUALITY, AUDITOR)


class Judged(NamedTuple):
    """A day on which mutants are tried: with the true records, and the lines worked by hand where they were."""

    day: WorkedDay
    true: Records


def _days() -> Iterator[WorkedDay]:
    """The days of the rule book, and those on which faults were found."""
    for path in sorted((Path(__file__).parent.parent / "behaviour").glob("test_r*.py")):
        module = importlib.import_module(f"tests.behaviour.{path.stem}")
        yield from (value for value in vars(module).values() if isinstance(value, WorkedDay))
    for case in json.loads((Path(__file__).parent / "found.json").read_text(encoding="utf-8")):
        hall = hall_of(case["scenario"])
        yield WorkedDay(hall, draw(hall.plan, case["seed"], 0), [])


DAYS = [Judged(day, reference.play_reference(day.hall.plan, day.trace)) for day in _days()]


def verdicts(play: Callable[[Plan, Trace], Records]) -> Iterator[str]:
    """Who objects to this way to play, day after day."""
    for day, true in DAYS:
        try:
            records = play(day.hall.plan, day.trace)
        except EngineError:  # the kernel hands over no records of a day that does not end
            yield from (EQUALITY, AUDITOR, BY_HAND)
            continue
        if not records.equals(true):
            yield EQUALITY
        try:
            audit(day.hall.plan, day.trace, records)
        except AuditError:
            yield AUDITOR
        try:
            if day.expected and lines_of(day.hall, day.trace, records) != day.expected:
                yield BY_HAND
        except AssertionError:  # an instant that no line can show
            yield BY_HAND


def who_finds(play: Callable[[Plan, Trace], Records], said: tuple[str, ...]) -> set[str]:
    """Which of the judges that were said to find it do so."""
    found: set[str] = set()
    for judge in verdicts(play):
        found.add(judge)
        if found.issuperset(said):
            break
    return found.intersection(said)


def outage_ends_first(agenda: Agenda) -> Agenda:
    """The agenda in which an outage ends before the duty that ends at the same instant."""
    kind = agenda.order >> 32
    first = np.lexsort((agenda.number, np.where(kind == OUTAGE_ENDS, 0, agenda.order), agenda.time))
    return Agenda(*(column[first] for column in agenda))


Agendas = tuple[Agenda, np.ndarray, np.ndarray]


def in_each(change: Callable[[Agenda], Agenda], agendas: Agendas) -> Agendas:
    """Agendas of several days, as `sim.model.trace.agendas_on` gives them, each changed."""
    together, first, last = agendas
    days = [change(Agenda(*(column[start:end] for column in together))) for start, end in zip(first, last, strict=True)]
    return Agenda(*(np.concatenate(columns) for columns in zip(*days, strict=True))), np.cumsum([0, *(last - first)[:-1]]), np.cumsum(last - first)


MORE_NAMES = {name: value for name, value in vars(shapes).items() if name.isupper()} | {"outage_ends_first": outage_ends_first, "in_each": in_each, "np": np}
"""What a change may use beside the names of the engine."""

Mutants = dict[str, tuple[tuple[str, ...], list[Change]]]

A_DAY = 86_400_000_000
"""86,400,000,000: the microseconds of a day."""

AT_ONCE = ("_first_ticket", "_play")
"""Where the kernel looks at the patience of the one who would be called."""

OF_THE_KERNEL: Mutants = {
    # R1: the order of events
    "a service ends before the duty that ends then": (
        BOTH,
        [Change("next in the agenda", to="_ and not (next_known == now and order >> 32 == ACTIVITY_ENDS and agenda.order[next_event] >> 32 == DUTY_ENDS)")],
    ),
    "a service ends before the duty that begins then": (
        (EQUALITY,),
        [Change("next in the agenda", to="_ and not (next_known == now and order >> 32 == ACTIVITY_ENDS and agenda.order[next_event] >> 32 == DUTY_BEGINS)")],
    ),
    "who comes overtakes the service that ends then": (BOTH, [Change("next service", to="_ and key >> 16 < now")]),
    "an outage ends before the duty that ends then": (BOTH, [Change(call="agendas_on", to="in_each(outage_ends_first, _)")]),
    "a newcomer overtakes a next stop": ((EQUALITY,), [Change("next stop", to="_ and next_enters > now")]),
    "next stops are taken in the order of finishing": ((EQUALITY,), [Change("order of going", to="at > 0")]),
    # R6: patience
    "an abandonment is lost": (BOTH, [Change(call="rules.has_left", within=AT_ONCE, to="False")]),
    "abandoning wins against the counter freed then": ((EQUALITY,), [Change(call="rules.has_left", within=AT_ONCE, kind="CITIZEN_COMES")]),
    "who has left is seen too late": (BOTH, [Change(call="rules.has_left", within=AT_ONCE, now="_ - 60_000_000")]),
    # R7, R8: ticket order, counters
    "the last ticket is called first": (BOTH, [Change(call="rules.ticket_key", due=f"{A_DAY} - _")]),
    "the higher number goes first": (
        (EQUALITY,),
        [Change("before the best", to="_ and (best == _NONE or queues.key[row] < queues.key[best])")],
    ),
    "somebody is called while his unit is down": (BOTH, [Change("somebody to call", to="waiting[u] > 0")]),
    "priority is ignored": (BOTH, [Change(call="rules.ticket_key", rank="0"), Change("rank", to="np.int64(0)")]),
    "services are called in turn, not by ticket order": (BOTH, [Change("before the best", to="best == _NONE or not (_)")]),
    "the last free counter is taken": (BOTH, [Change(call="_first_bit", to="int(candidates).bit_length() - 1")]),
    "help is not given": (BOTH, [Change("next level", do="if hall.skill_level[place] > 0:\n    break\n_")]),
    "help comes before, or with, its own": (BOTH, [Change("next level", to="False")]),
    # R9, R10: duty
    "a break interrupts the service": (
        BOTH,
        [
            Change(
                "duty changes",
                do="""_
if kind == DUTY_ENDS and serving[counter] != _NONE:
    finish[counter] = block[counter >> 3] = first_finish = now << 16 | counter
""",
            )
        ],
    ),
    "a counter that is busy as its duty ends goes on": (BOTH, [Change("duty changes", to="_ or serving[counter] != _NONE")]),
    "a counter that comes on duty is told of nobody who waits": (BOTH, [Change("duty begins", to="False")]),
    "one more than the number may be busy": (BOTH, [Change(call="rules.may_call", number="_ + 1")]),
    "one fewer than the number may be busy": (BOTH, [Change(call="rules.may_call", number="_ - 1")]),
    "counters stay free when the number is reached": (BOTH, [Change("number reached", to="False")]),
    "only the counter that comes free is asked, not the first of the unit": ((EQUALITY,), [Change("the unit is asked", do="pass")]),
    # R11, R12, R13: who may come
    "the waiting room holds one more": (BOTH, [Change(call="rules.is_full", room="_ + 1")]),
    "the waiting room holds one fewer": (BOTH, [Change(call="rules.is_full", room="_ - 1")]),
    "who has left still fills the waiting room": (BOTH, [Change("makes room", do="pass")]),
    "a citizen who is turned away has taken a ticket": (BOTH, [Change("turned away", do="_\nticket[row] = now")]),
    "the last ticket is given out at that instant": (BOTH, [Change(call="rules.comes_too_late", now="_ - 1")]),
    "the last ticket binds each stop": (BOTH, [Change(call="rules.comes_too_late", is_first_stop="True")]),
    "closing forgets who waits": (BOTH, [Change("waits at closing", to="False")]),
    "closing forgets who comes later": (BOTH, [Change("comes after closing", to="False")]),
    "closing comes before the patience that ends then": (
        (EQUALITY,),
        [Change("leaves before closing", call="_drop_who_left", kind="DUTY_ENDS")],
    ),
    # R2, R14, R15: services, unlimited units, the horizon
    "a service takes a step too long": (BOTH, [Change("serves", call="rules.finish_at", duration="_ + 1")]),
    "a stop without a queue takes a step too long": (BOTH, [Change(call="_push", within=("_play",), time="_ + 1")]),
    "a stop without a queue holds a counter": (BOTH, [Change("no queue", do="_\nserved_by[row] = 0")]),
    "the event at the horizon is handled": (BOTH, [Change("horizon", to="now > ends or now == NEVER")]),
    "in service at the horizon counts as served": (BOTH, [Change("in service at the end", to="SERVED")]),
    "who waits at the horizon has left": (BOTH, [Change("waits at the end", call="_drop_who_left", kind="CITIZEN_COMES")]),
    # R16: speed
    "speed is ignored": (BOTH, [Change(call="rules.duration_at", speed="FULL_SPEED")]),
    "speed is the time it takes": (BOTH, [Change(call="rules.duration_at", speed="FULL_SPEED * FULL_SPEED // _")]),
    "the speed at one service is that at all": (
        BOTH,
        [Change(call="_duration", within=("_play",), service="hall.skill_service[hall.skill_first[counter]]")],
    ),
    # R17: outages
    "a service goes on in an outage": (BOTH, [Change(call="rules.is_frozen", to="False")]),
    "a service that ends as the outage begins stands still": (BOTH, [Change(call="rules.is_frozen", now="_ - 1")]),
    "a service stands still a step too long": (BOTH, [Change(call="rules.left_after_outage", to="_ + 1")]),
    "a service goes on after an outage where it should begin anew": (BOTH, [Change(call="rules.left_after_outage", restarts="False")]),
    "a service begins anew where it should go on": (BOTH, [Change(call="rules.left_after_outage", restarts="True")]),
    "the end of one outage is the end of all": (BOTH, [Change("outages count", do="down[v] = max(change, 0)")]),
    "who comes in an outage finds a free counter": (BOTH, [Change("free counter", to="candidates")]),
    "a counter calls for a unit that is down": (BOTH, [Change("nobody to call", to="queues.waiting[unit] == 0")]),
    "nobody is called as an outage ends": (BOTH, [Change("outage is over", to="0, 0")]),
    "units that come up together call one after the other": (BOTH, [Change("end together", to="False")]),
    # R22: absence
    "an officer who is absent comes": (BOTH, [Change("absent", do="pass")]),
    "the number on duty does not know who is absent": (BOTH, [Change("number present", to="value")]),
    "who is absent stays after closing": (BOTH, [Change("there late", to="stays")]),
    # R29: calling and walking
    "a call takes no time": (BOTH, [Change(call="rules.service_begins", calling="0")]),
    "an outage stops the citizen on his way": (BOTH, [Change(call="rules.left_when_stopped", duration="_ + 86_400_000_000")]),
    "a service goes on before the citizen is there": (BOTH, [Change(call="rules.goes_on_at", begins="now")]),
    "nobody walks": (BOTH, [Change("walks", to="0")]),
    "who walks comes last": ((EQUALITY, BY_HAND), [Change("order of walking", do="pass")]),
    "who walks at the horizon is taken for one at an unlimited unit": (BOTH, [Change("not walking", to="True")]),
    # The posts
    "a break has no row": (BOTH, [Change("has a row", to="_ and book.state[counter] != BREAK")]),
    "overtime is told as work into a break": (BOTH, [Change(call="rules.post_state", to="INTO_BREAK if _ == OVERTIME else _")]),
    "a post is on duty in an outage": (BOTH, [Change(call="rules.post_state", is_down="False")]),
    "a post is one counter, whatever the number": (BOTH, [Change(call="_turn", number="min(_, 1)")]),
    "a post stays a minute too long": (BOTH, [Change(call="_close_post", within=("_play",), end="_ + 60_000_000")]),
    "a post does not see its last service end": (BOTH, [Change("after a service", do="pass")]),
}

OF_THE_REFERENCE: Mutants = {
    # R1: the order of events
    "a service ends before the duty that ends then": (
        BOTH,
        [Change(call="Instant", within=("agenda",), kind="_ + 35 if kind == DUTY_ENDS else _")],
    ),
    "patience ends before the duty that begins then": (
        (EQUALITY,),
        [Change(call="Instant", within=("agenda",), kind="_ + 25 if kind == DUTY_BEGINS else _")],
    ),
    "who comes overtakes the service that ends then": (BOTH, [Change(call="Instant", within=("counter",), kind="CITIZEN_COMES + 1")]),
    "an outage ends before the duty that ends then": (BOTH, [Change(call="Instant", within=("agenda",), kind="_ - 15 if kind == OUTAGE_ENDS else _"), Change(call="agenda_on", to="outage_ends_first(_)")]),
    "a newcomer overtakes a next stop": ((EQUALITY,), [Change(call="Instant", within=("citizen",), index="_ + (1 << 30)")]),
    "a next stop begins in the middle of an event": ((EQUALITY,), [Change(call="Instant", within=("citizen",), do="pass")]),
    # R4, R5: the visit
    "who comes before opening does not wait at the door": (BOTH, [Change("door", to="enumerate(self.trace.came.tolist())")]),
    "a failed stop does not end the visit": (BOTH, [Change("visit is over", do="continue")]),
    # R6: patience
    "an abandonment is lost": (BOTH, [Change("has patience", to="False")]),
    "abandoning wins against the counter freed then": ((EQUALITY,), [Change("patience", call="Instant", kind="DUTY_ENDS")]),
    "patience begins at the door of the hall": (
        BOTH,
        [Change(call="rules.patience_runs_out", to="max(self.now, _)", ticket="int(self.trace.came[citizen])")],
    ),
    # R7, R8: ticket order, counters
    "the last ticket is called first": (BOTH, [Change(call="rules.ticket_key", due=f"{A_DAY} - _")]),
    "priority is ignored": (BOTH, [Change(call="rules.ticket_key", rank="0")]),
    "the higher number goes first": (BOTH, [Change(call="Ticket", citizen="-_")]),
    "services are called in turn, not by ticket order": (BOTH, [Change("may be called", to="_ and first is None")]),
    "the last free counter is taken": (BOTH, [Change("counters in order", to="reversed(_)")]),
    "help is not given": (BOTH, [Change("levels", to="_[:1]")]),
    "help comes before its own": (BOTH, [Change("levels", to="reversed(_)")]),
    # R9, R10: duty
    "a break interrupts the service": (
        BOTH,
        [
            Change(
                "duty changes",
                do="""_
if kind == DUTY_ENDS and counter.serves is not None and counter.serves.ends < NEVER:
    counter.serves.ends, counter.serves.goes_on = self.now, Event(self.env).succeed()
    counter.process.interrupt()
""",
            )
        ],
    ),
    "a counter that is busy as its duty ends goes on": (BOTH, [Change("duty changes", to="_ if counter.serves is None else ON_DUTY")]),
    "a counter that comes on duty is told of nobody who waits": (BOTH, [Change(call="self.offer_work", within=("agenda",), do="pass")]),
    "one more than the number may be busy": (BOTH, [Change(call="rules.may_call", number="_ + 1")]),
    "only the counter that comes free is asked, not the first of the unit": (
        (EQUALITY,),
        [Change(call="self.offer_work", within=("counter",), counters="[counter]")],
    ),
    # R11, R12, R13: who may come
    "the waiting room holds one more": (BOTH, [Change(call="rules.is_full", room="_ + 1")]),
    "who waits for another service of the unit needs no room": (BOTH, [Change(call="rules.is_full", waiting="len(self.waiting[service])")]),
    "the last ticket is given out at that instant": (BOTH, [Change(call="rules.comes_too_late", now="_ - 1")]),
    "the last ticket binds each stop": (BOTH, [Change(call="rules.comes_too_late", is_first_stop="True")]),
    "closing forgets who waits": (BOTH, [Change(call="self.close", do="pass")]),
    # R2, R14, R15: services, unlimited units, the horizon
    "a service takes a step too long": (BOTH, [Change(call="rules.finish_at", within=("begin",), duration="_ + 1")]),
    "a stop without a queue holds a counter": (BOTH, [Change("no queue", do="_\nself.served_by[row] = 0")]),
    "the event at the horizon is handled": (BOTH, [Change(call="env.run", until="None if hall.ends == NEVER else hall.ends + 1")]),
    # R16: speed
    "speed is ignored": (BOTH, [Change(call="rules.duration_at", speed="FULL_SPEED")]),
    "speed is the time it takes": (BOTH, [Change(call="rules.duration_at", speed="FULL_SPEED * FULL_SPEED // _")]),
    "the speed at one service is that at all": (BOTH, [Change(call="rules.duration_at", speed="next(iter(counter.speeds.values()))")]),
    # R17: outages
    "a service goes on in an outage": (BOTH, [Change(call="rules.is_frozen", to="False")]),
    "a service that ends as the outage begins stands still": (BOTH, [Change(call="rules.is_frozen", now="_ - 1")]),
    "a service stands still a step too long": (BOTH, [Change(call="rules.left_after_outage", to="_ + 1")]),
    "a service goes on after an outage where it should begin anew": (BOTH, [Change(call="rules.left_after_outage", restarts="False")]),
    "a service begins anew where it should go on": (BOTH, [Change(call="rules.left_after_outage", restarts="True")]),
    "the end of one outage is the end of all": (BOTH, [Change("outages count", do="unit.outages = 0")]),
    "who comes in an outage finds a free counter": (BOTH, [Change("served in an outage", to="True")]),
    "a counter calls for a unit that is down": (
        BOTH,
        [Change("may be called", to="queue and (first is None or queue[0] < first)")],
    ),
    "nobody is called as an outage ends": (BOTH, [Change("outage is over", do="pass")]),
    "units that come up together call one after the other": (BOTH, [Change("end together", to="False")]),
    # R22: absence
    "an officer who is absent comes": (BOTH, [Change("absent", to="state")]),
    "the number on duty does not know who is absent": (BOTH, [Change("number present", to="number")]),
    "who is absent stays after closing": (BOTH, [Change("there late", to="bool(self.hall.stays[counter.post.counter])")]),
    # R29: calling and walking
    "a call takes no time": (BOTH, [Change(call="rules.service_begins", calling="0")]),
    "an outage stops the citizen on his way": (BOTH, [Change(call="rules.left_when_stopped", duration="_ + 86_400_000_000")]),
    "a service goes on before the citizen is there": (BOTH, [Change(call="rules.goes_on_at", begins="self.now")]),
    "nobody walks": (BOTH, [Change("walks", to="0")]),
    # The posts
    "a break has no row": (BOTH, [Change("has a row", to="_ and post.state != BREAK")]),
    "overtime is told as work into a break": (BOTH, [Change(call="rules.post_state", to="INTO_BREAK if _ == OVERTIME else _")]),
    "a post is on duty in an outage": (BOTH, [Change(call="rules.post_state", is_down="False")]),
    "a post is one counter, whatever the number": (BOTH, [Change(call="self.turn", number="min(_, 1)")]),
    "a post stays a minute too long": (BOTH, [Change(call="self.close_post", within=("play",), end="_ + 60_000_000")]),
    "a post does not see its last service end": (BOTH, [Change(call="self.turn_post", within=("counter",), do="pass")]),
}

# Tickets of one rank come in their order, so by today's rule each joins at the tail; these are found where the rule is another.
IN_ANOTHER_ORDER: Mutants = {
    "a ticket always joins at the tail": ((EQUALITY,), [Change("joins at the tail", to="True")]),
    "a ticket that is not the last joins in front": ((EQUALITY,), [Change("joins before", to="False")]),
}

PLAY = {kernel: "play_plain", reference: "play_reference"}


def playing(module: ModuleType, *changes: Change) -> Any:
    """How an engine plays with these changes."""
    return getattr(mutated(module, *changes, **MORE_NAMES), PLAY[module])


@pytest.mark.parametrize("name", OF_THE_KERNEL)
def test_a_mutant_of_the_kernel_is_found(name: str) -> None:
    said, changes = OF_THE_KERNEL[name]
    assert who_finds(playing(kernel, *changes), said) == set(said)


@pytest.mark.parametrize("name", OF_THE_REFERENCE)
def test_a_mutant_of_the_reference_is_found(name: str) -> None:
    said, changes = OF_THE_REFERENCE[name]
    assert who_finds(playing(reference, *changes), said) == set(said)


@pytest.mark.parametrize("module", PLAY)
def test_without_a_mutation_nobody_objects(module: ModuleType) -> None:
    """The way in which mutants are made adds no fault of its own."""
    assert list(verdicts(playing(module))) == []


@pytest.mark.parametrize(("module", "mutants"), [(kernel, {**OF_THE_KERNEL, **IN_ANOTHER_ORDER}), (reference, OF_THE_REFERENCE)])
def test_every_marked_place_has_a_mutant(module: ModuleType, mutants: Mutants) -> None:
    assert places_in(module) == {change.place for _, changes in mutants.values() for change in changes if change.place}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change("nowhere", to="False"), "has no statement marked '# place: nowhere'"),
        (Change(call="rules.nothing", to="False"), "has no call of 'rules.nothing'"),
        (Change(call="rules.is_full", size="3"), "has no parameter 'size', but waiting, room"),
        (Change(call="rules.is_full", room="_"), "the change is no change"),
        (Change("turned away", do="_"), "the change is no change"),
    ],
)
def test_a_mutant_that_is_none_is_told(change: Change, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        mutated(kernel, change)


FINDERS = (AUDITOR, BY_HAND)
post_state = rules.post_state

OF_THE_RULES: dict[str, tuple[tuple[str, ...], str, Callable[..., Any]]] = {
    "R2: a service ends a step late": (FINDERS, "finish_at", lambda start, duration: start + duration + 1),
    "R2: a service ends a step early": (FINDERS, "finish_at", lambda start, duration: start + duration - 1),
    "R6: patience lasts a step longer": (FINDERS, "patience_runs_out", lambda ticket, patience: ticket + patience + 1),
    "R7: rank does not count": (FINDERS, "ticket_key", lambda rank, due: due),
    "R7: higher ranks first": (FINDERS, "ticket_key", lambda rank, due: (9 - rank) << 50 | due),
    "R7: the later ticket first": (FINDERS, "ticket_key", lambda rank, due: rank << 50 | (A_DAY - due)),
    "R9: one more than the number": (FINDERS, "may_call", lambda busy, number: busy <= number),
    "R9: one fewer than the number": (FINDERS, "may_call", lambda busy, number: busy + 1 < number),
    "R10: work into a break is told as a break": ((AUDITOR,), "post_state", lambda planned, is_busy, is_down: post_state(planned, is_busy and planned != BREAK, is_down)),
    "R10: overtime is not told": ((AUDITOR,), "post_state", lambda planned, is_busy, is_down: post_state(planned, is_busy and planned == BREAK, is_down)),
    "R10: overtime is told as work into a break": ((AUDITOR,), "post_state", lambda planned, is_busy, is_down: INTO_BREAK if post_state(planned, is_busy, is_down) == OVERTIME else post_state(planned, is_busy, is_down)),
    "R11: one more than the room": (FINDERS, "is_full", lambda waiting, room: waiting > room),
    "R11: one fewer than the room": (FINDERS, "is_full", lambda waiting, room: waiting + 1 >= room),
    "R12: not at that instant": (FINDERS, "comes_too_late", lambda now, is_first_stop, last_ticket: is_first_stop and now > last_ticket),
    "R12: at each stop": (FINDERS, "comes_too_late", lambda now, is_first_stop, last_ticket: now >= last_ticket),
    "R13: not at that instant": (FINDERS, "is_sent_home", lambda now, closes, send_home, served_late: now > closes and (send_home or not served_late)),
    "R13: nobody is sent home": (FINDERS, "is_sent_home", lambda now, closes, send_home, served_late: False),
    "R13: everybody is sent home": (FINDERS, "is_sent_home", lambda now, closes, send_home, served_late: now >= closes),
    "R13: only those whom nobody serves are sent home": (FINDERS, "is_sent_home", lambda now, closes, send_home, served_late: now >= closes and not served_late),
    "R16: speed does not count": (FINDERS, "duration_at", lambda work, speed, grid: work),
    "R16: speed is the time it takes": (FINDERS, "duration_at", lambda work, speed, grid: max(work * speed // 10_000 // grid, 1) * grid),
    "R16: a duration is rounded down": (FINDERS, "duration_at", lambda work, speed, grid: max(work * 10_000 // speed // grid, 1) * grid),
    "R16: a duration may be nothing": (FINDERS, "duration_at", lambda work, speed, grid: (work * 20_000 + speed * grid) // (2 * speed * grid) * grid),
    "R17: a service goes on in an outage": (FINDERS, "is_frozen", lambda ends, now: False),
    "R17: one that ends then stands still": (FINDERS, "is_frozen", lambda ends, now: ends >= now),
    "R17: it goes on where it should begin anew": (FINDERS, "left_after_outage", lambda left, duration, restarts: left),
    "R17: it begins anew where it should go on": (FINDERS, "left_after_outage", lambda left, duration, restarts: duration),
    "R29: calling takes no time": (FINDERS, "service_begins", lambda called, calling: called),
    "R29: an outage stops the citizen on his way": (FINDERS, "left_when_stopped", lambda ends, now, duration: ends - now),
    "R29: a service goes on before the citizen is there": (FINDERS, "goes_on_at", lambda now, begins: now),
    "R17: a post is on duty in an outage": ((AUDITOR,), "post_state", lambda planned, is_busy, is_down: post_state(planned, is_busy, False)),
    "R17: a post in its break is down": ((AUDITOR,), "post_state", lambda planned, is_busy, is_down: DOWN if is_down and planned else post_state(planned, is_busy, is_down)),
}

@pytest.mark.parametrize("name", OF_THE_RULES)
def test_a_mutant_of_the_rules_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engines share it, and stay equal; so it is for the auditor, and for the days worked by hand."""
    said, function, other = OF_THE_RULES[name]
    assert list(inspect.signature(other).parameters) == list(inspect.signature(getattr(rules, function)).parameters), f"the rule {function} asks for other things now"
    monkeypatch.setattr(rules, function, other)
    assert who_finds(reference.play_reference, said) == set(said)
    assert who_finds(play_plain, said) == set(said)


@pytest.mark.parametrize("engine", PLAY)
@pytest.mark.parametrize("name", OF_THE_RULES)
def test_an_engine_with_a_rule_of_its_own_is_found(name: str, engine: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    _, function, other = OF_THE_RULES[name]
    monkeypatch.setattr(engine, "rules", SimpleNamespace(**{**vars(rules), function: other}))
    assert who_finds(getattr(engine, PLAY[engine]), (EQUALITY,)) == {EQUALITY}


OTHER_KEYS: dict[str, Callable[[int, int], int]] = {
    "the last first": lambda rank, due: rank << 50 | (A_DAY - due),
    "by time alone": lambda rank, due: due,
    "the higher rank first": lambda rank, due: (9 - rank) << 50 | due,
    "in no order": lambda rank, due: rank << 50 | due * 7_919 % 1_000_003,
}
"""What rule R7 might be instead."""

CROWDED = hall_of({
    "name": "queues long enough for a place in their middle",
    "hours": "08:00-10:00",
    "grid": "60 s",
    "units": {
        "permit": {
            "services": {"new": {"service_time": "7 min"}, "renewal": {"service_time": {"exponential": "4 min"}}},
            "counters": [{}, {"services": ["new"], "helps": ["visa"]}],
            "waiting_room": 9,
        },
        "visa": {"counters": {"08:00-09:00": 2, "09:00-10:00": 1}, "service_time": "5 min"},
        "cashier": {"counters": 1, "service_time": "2 min"},
    },
    "citizens": {
        "new": {"arrivals": "20 per hour", "priority": "30 %", "patience": {"exponential": "30 min"}, "route": ["permit.new", "cashier"]},
        "renewal": {"arrivals": "15 per hour", "rank": 2, "priority": "20 %", "route": ["permit.renewal", "cashier"]},
        "visa": {"arrivals": "25 per hour", "priority": "30 %", "patience": "20 min", "route": ["visa", "cashier"]},
    },
}).plan  # fmt: skip
CROWDED_DAY = draw(CROWDED, 1, 0)


@pytest.mark.parametrize("key", OTHER_KEYS)
def test_the_engines_agree_whatever_the_ticket_key(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of tickets is said by the rule alone: where it is another, tickets join queues in the middle, and both engines follow."""
    true = reference.play_reference(CROWDED, CROWDED_DAY)
    monkeypatch.setattr(rules, "ticket_key", OTHER_KEYS[key])
    other = reference.play_reference(CROWDED, CROWDED_DAY)
    assert play_plain(CROWDED, CROWDED_DAY).equals(other)
    assert not other.equals(true)


@pytest.mark.parametrize("name", IN_ANOTHER_ORDER)
def test_a_mutant_that_joins_at_the_wrong_place_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, changes = IN_ANOTHER_ORDER[name]
    monkeypatch.setattr(rules, "ticket_key", OTHER_KEYS["in no order"])
    assert not playing(kernel, *changes)(CROWDED, CROWDED_DAY).equals(reference.play_reference(CROWDED, CROWDED_DAY))
