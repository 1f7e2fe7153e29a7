"""Named mutants: an engine with one fault must not pass, and the judge that finds it is written beside it.

A fault in one engine is found by comparing its records with the other engine's (*equality*), mostly by the *auditor* too. A fault in the
rules, which both engines share, leaves them equal; there the auditor, or the day worked *by hand*, has to find it. A mutant is made by
editing the source of an engine; the kernel's are run as ordinary Python, without a compiler.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from sim.engine import kernel, reference
from sim.errors import AuditError
from sim.model import rules
from sim.model.shapes import Plan
from sim.model.trace import Trace, draw
from sim.results.audit import audit
from sim.results.records import Records
from tests.days import WorkedDay, hall_of, lines_of, play_plain

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


def mutated(module: ModuleType, *changes: tuple[str, str]) -> ModuleType:
    """A module made from the edited source of another; each text to be replaced must be there."""
    assert module.__file__ is not None
    text = Path(module.__file__).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"a mutant does not fit the source any more; it replaces:\n{old}"
        text = text.replace(old, new)
    # The folder of compiled code is named by the sources of all compilable functions: a mutant must not be among them.
    for line in ("from sim.model.compiled import compilable, compiled\n", "from sim.model.compiled import compilable\n"):
        text = text.replace(line, "compilable = compiled = lambda function: function\n")
    twin = ModuleType(f"mutant_of_{module.__name__.rpartition('.')[2]}")
    exec(compile(text, twin.__name__, "exec"), vars(twin))
    return twin


def verdicts(play: Callable[[Plan, Trace], Records]) -> Iterator[str]:
    """Who objects to this way to play, day after day."""
    for day, true in DAYS:
        records = play(day.hall.plan, day.trace)
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


Mutants = dict[str, tuple[tuple[str, ...], list[tuple[str, str]]]]

COMES = "            if going_size > 0:  # before"
JOINS = """                if head[queue] == _NONE:
                    head[queue] = row
                else:
                    after[tail[queue]] = row
                tail[queue] = row
                waiting[u] += 1
"""
JOINS_IN_FRONT = """                after[row] = head[queue]
                if head[queue] == _NONE:
                    tail[queue] = row
                head[queue] = row
                waiting[u] += 1
"""
NUMBER_REACHED = "        if offer_to > offer_from:\n"
DUTY_CHANGES = "                on_duty[counter] = kind == DUTY_BEGINS\n"
INTERRUPTS = """                if kind == DUTY_ENDS and serving[counter] != _NONE:
                    finish[counter] = block[counter >> 3] = first_finish = now << 16 | counter
"""
SENT_HOME_AT_CLOSING = """                    if rules.is_sent_home(now, closes, send_home, served_late[s]):
                        u = service_unit[s]
"""
SENT_HOME_ON_COMING = """            if rules.is_sent_home(now, closes, send_home, served_late[s]):
                ticket[row]"""
CHANGE_IS_NEXT = "(next_change == now and change_kind[change] < kind)"
OFFERS_THE_UNIT = """                if unit_kind[v] == BY_NUMBER:
                    offer_from, offer_to = unit_first_counter[v], unit_first_counter[v + 1]
            end[row]"""
OFFERED_ON_DUTY = """                if kind == DUTY_BEGINS:
                    offer_from, offer_to = counter, counter + 1
"""
STILL_THERE = "if not rules.has_left(leaves, now, kind):"
INDENT = " " * 28
HAS_LEFT = f"{INDENT}if rules.has_left(leaves, now, kind):"
TURNED_AWAY = "                        end[row], outcome[row] = now, REFUSED_FULL\n"
DROPS_FIRST = "_drop_who_left(queue, head, tail, waiting, u, after, ticket, patience, end, outcome, now, kind)\n                    if"

OF_THE_KERNEL: Mutants = {
    "a service ends before the duty that ends then": (
        BOTH,
        [(CHANGE_IS_NEXT, f"({CHANGE_IS_NEXT} and (kind != ACTIVITY_ENDS or change_kind[change] != DUTY_ENDS))")],
    ),
    "a service ends before the duty that begins then": (
        (EQUALITY,),
        [(CHANGE_IS_NEXT, f"({CHANGE_IS_NEXT} and (kind != ACTIVITY_ENDS or change_kind[change] != DUTY_BEGINS))")],
    ),
    "who comes overtakes the service that ends then": (BOTH, [("key >> 16 <= now:", "key >> 16 < now:")]),
    "an abandonment is lost": (BOTH, [(STILL_THERE, "if True:"), (HAS_LEFT, f"{INDENT}if False:")]),
    "abandoning wins against the counter freed then": ((EQUALITY,), [(STILL_THERE, "if leaves > now:"), (HAS_LEFT, f"{INDENT}if leaves <= now:")]),
    "who has left is seen too late": (
        BOTH,
        [(STILL_THERE, "if leaves >= now - 60_000_000:"), (HAS_LEFT, f"{INDENT}if leaves < now - 60_000_000:")],
    ),
    "the last ticket is called first": (BOTH, [(JOINS, JOINS_IN_FRONT)]),
    "priority is ignored": (BOTH, [("queue = s * ranks + citizen_rank[me]", "queue = s * ranks + ranks - 1")]),
    "services are called in turn, not by ticket order": (
        BOTH,
        [("if best == _NONE or rules.called_before(", "if best == _NONE or not rules.called_before(")],
    ),
    "the last free counter is taken": (
        BOTH,
        [("offer_from = 64 * w + _first_bit(candidates)", "offer_from = 64 * w + int(candidates).bit_length() - 1")],
    ),
    "a break interrupts the service": (BOTH, [(DUTY_CHANGES, DUTY_CHANGES + INTERRUPTS)]),
    "a counter that is busy as its duty ends goes on": (
        BOTH,
        [(DUTY_CHANGES, "                on_duty[counter] = kind == DUTY_BEGINS or serving[counter] != _NONE\n")],
    ),
    "a counter that comes on duty is told of nobody who waits": (BOTH, [(OFFERED_ON_DUTY, "")]),
    "one more than the number may be busy": (BOTH, [("rules.may_call(busy[v], number[v])", "rules.may_call(busy[v], number[v] + 1)")]),
    "one fewer than the number may be busy": (BOTH, [("rules.may_call(busy[v], number[v])", "rules.may_call(busy[v], number[v] - 1)")]),
    "counters stay free when the number is reached": (BOTH, [(NUMBER_REACHED, "        if False:\n")]),
    "only the counter that comes free is asked, not the first of the unit": ((EQUALITY,), [(OFFERS_THE_UNIT, "            end[row]")]),
    "the waiting room holds one more": (BOTH, [("rules.is_full(waiting[u], unit_room[u])", "rules.is_full(waiting[u], unit_room[u] + 1)")]),
    "the waiting room holds one fewer": (
        BOTH,
        [("rules.is_full(waiting[u], unit_room[u])", "rules.is_full(waiting[u], unit_room[u] - 1)")],
    ),
    "who has left still fills the waiting room": (BOTH, [(DROPS_FIRST, "pass\n                    if")]),
    "a citizen who is turned away has taken a ticket": (BOTH, [(TURNED_AWAY, TURNED_AWAY + "                        ticket[row] = now\n")]),
    "the last ticket is given out at that instant": (
        BOTH,
        [("rules.comes_too_late(now, is_first,", "rules.comes_too_late(now - 1, is_first,")],
    ),
    "the last ticket binds each stop": (BOTH, [("rules.comes_too_late(now, is_first,", "rules.comes_too_late(now, True,")]),
    "help is not given": (
        BOTH,
        [
            (
                "        service = skill_service[place]\n",
                "        service = skill_service[place]\n        if skill_level[place] > 0:\n            break\n",
            )
        ],
    ),
    "help comes before, or with, its own": (BOTH, [("if skill_level[place] != level:", "if False:")]),
    "closing forgets who waits": (BOTH, [(SENT_HOME_AT_CLOSING, SENT_HOME_AT_CLOSING.replace("if rules", "if False and rules"))]),
    "closing forgets who comes later": (BOTH, [(SENT_HOME_ON_COMING, SENT_HOME_ON_COMING.replace("if rules", "if False and rules"))]),
    "closing comes before the patience that ends then": (
        (EQUALITY,),
        [
            (
                "end, outcome, now, kind)\n                        row = head",
                "end, outcome, now, DUTY_ENDS)\n                        row = head",
            )
        ],
    ),
    "a newcomer overtakes a next stop": (
        (EQUALITY,),
        [(COMES, "            if going_size > 0 and next_enters > now:  # before")],
    ),
    "next stops are taken in the order of finishing": ((EQUALITY,), [("while at > 0 and going[at - 1] < me:", "while at > 0:")]),
    "a service takes a step too long": (BOTH, [("rules.finish_at(now, work[row]) << 16", "rules.finish_at(now, work[row] + 1) << 16")]),
    "a stop without a queue takes a step too long": (
        BOTH,
        [("rules.finish_at(now, work[row]), np.int64(row))", "rules.finish_at(now, work[row] + 1), np.int64(row))")],
    ),
    "a stop without a queue holds a counter": (
        BOTH,
        [
            (
                "                ticket[row], start[row] = now, now\n                _push",
                "                ticket[row], start[row], served_by[row] = now, now, 0\n                _push",
            )
        ],
    ),
    "the event at the horizon is handled": (BOTH, [("        if now >= ends:", "        if now > ends or now == NEVER:")]),
    "in service at the horizon counts as served": (
        BOTH,
        [("outcome[serving[counter]] = STILL_INSIDE", "outcome[serving[counter]] = SERVED")],
    ),
    "who waits at the horizon has left": (
        BOTH,
        [("after, ticket, patience, end, outcome, ends, DUTY_ENDS)", "after, ticket, patience, end, outcome, ends, CITIZEN_COMES)")],
    ),
}

SERVES = "yield self.at(rules.finish_at(self.now, int(self.trace.work[row])), ACTIVITY_ENDS, counter.index)"
SERVES_UNTIL_THE_BREAK = """until = [
                int(time)
                for time, kind, index in zip(self.hall.change_time, self.hall.change_kind, self.hall.change_index, strict=True)
                if kind == DUTY_ENDS and index == counter.index and time > self.now
            ]
            yield self.at(min([rules.finish_at(self.now, int(self.trace.work[row])), *until]), ACTIVITY_ENDS, counter.index)"""
NEXT_STOP = "yield self.at(self.now, CITIZEN_COMES, citizen)"
HAS_PATIENCE = "if not ticket.called.triggered and self.trace.patience[row] < NEVER:"
UNLIMITED_STARTS = "            records.ticket[row] = records.start[row] = self.now\n"
LEAVES_AFTER = "                self.records.end[row] = self.now\n                return\n"

OF_THE_REFERENCE: Mutants = {
    "a service ends before the duty that ends then": (
        BOTH,
        [("yield self.at(time, kind, index)", "yield self.at(time, 6 if kind == DUTY_ENDS else kind, index)")],
    ),
    "patience ends before the duty that begins then": (
        (EQUALITY,),
        [("yield self.at(time, kind, index)", "yield self.at(time, 6 if kind == DUTY_BEGINS else kind, index)")],
    ),
    "who comes overtakes the service that ends then": (BOTH, [(SERVES, SERVES.replace("ACTIVITY_ENDS", "9"))]),
    "an abandonment is lost": (BOTH, [(HAS_PATIENCE, "if False:")]),
    "abandoning wins against the counter freed then": (
        (EQUALITY,),
        [("self.at(leaves, PATIENCE_ENDS, citizen)", "self.at(leaves, DUTY_ENDS, citizen)")],
    ),
    "patience begins at the door of the hall": (
        BOTH,
        [
            ("rules.patience_runs_out(self.now,", "rules.patience_runs_out(int(self.trace.came[citizen]) if is_first else self.now,"),
            ("leaves = rules", "leaves = max(self.now, rules"),
            ("int(self.trace.patience[row]))\n            patience", "int(self.trace.patience[row])))\n            patience"),
        ],
    ),
    "the last ticket is called first": (BOTH, [("self.order = (rank, time, citizen)", "self.order = (rank, -time, -citizen)")]),
    "priority is ignored": (BOTH, [("self.order = (rank, time, citizen)", "self.order = (0, time, citizen)")]),
    "the higher number goes first": (BOTH, [("self.order = (rank, time, citizen)", "self.order = (rank, time, -citizen)")]),
    "services are called in turn, not by ticket order": (BOTH, [("return min(heads)", "return heads[0]")]),
    "the last free counter is taken": (
        BOTH,
        [("        for counter in counters:\n            unit", "        for counter in reversed(counters):\n            unit")],
    ),
    "a break interrupts the service": (BOTH, [(SERVES, SERVES_UNTIL_THE_BREAK)]),
    "a counter that is busy as its duty ends goes on": (
        BOTH,
        [("counter.on_duty = kind == DUTY_BEGINS", "counter.on_duty = kind == DUTY_BEGINS or counter.busy")],
    ),
    "a counter that comes on duty is told of nobody who waits": (BOTH, [("if kind != DUTY_ENDS:", "if False:")]),
    "one more than the number may be busy": (
        BOTH,
        [("rules.may_call(unit.busy, unit.number)", "rules.may_call(unit.busy, unit.number + 1)")],
    ),
    "only the counter that comes free is asked, not the first of the unit": (
        (EQUALITY,),
        [("self.offer_work(counter.unit.counters if counter.unit.kind == BY_NUMBER else [counter])", "self.offer_work([counter])")],
    ),
    "the waiting room holds one more": (BOTH, [("rules.is_full(unit.waiting, unit.room)", "rules.is_full(unit.waiting, unit.room + 1)")]),
    "who waits for another service of the unit needs no room": (
        BOTH,
        [("rules.is_full(unit.waiting, unit.room)", "rules.is_full(len(self.waiting[service]), unit.room)")],
    ),
    "the last ticket is given out at that instant": (BOTH, [("rules.comes_too_late(self.now,", "rules.comes_too_late(self.now - 1,")]),
    "the last ticket binds each stop": (BOTH, [("is_first=row == first", "is_first=True")]),
    "help is not given": (BOTH, [("for level in counter.skills:", "for level in counter.skills[:1]:")]),
    "help comes before its own": (BOTH, [("for level in counter.skills:", "for level in reversed(counter.skills):")]),
    "closing forgets who waits": (BOTH, [("                self.close()\n", "")]),
    "a newcomer overtakes a next stop": ((EQUALITY,), [(NEXT_STOP, "yield self.at(self.now, CITIZEN_COMES, citizen + (1 << 30))")]),
    "a next stop begins in the middle of an event": ((EQUALITY,), [(NEXT_STOP, "pass")]),
    "a failed stop does not end the visit": (BOTH, [(LEAVES_AFTER, LEAVES_AFTER.replace("return", "continue"))]),
    "a service takes a step too long": (BOTH, [(SERVES, SERVES.replace("[row])", "[row]) + 1"))]),
    "a stop without a queue holds a counter": (BOTH, [(UNLIMITED_STARTS, UNLIMITED_STARTS + "            records.counter[row] = 0\n")]),
    "who comes before opening does not wait at the door": (BOTH, [("self.trace.enters.tolist()", "self.trace.came.tolist()")]),
    "the event at the horizon is handled": (BOTH, [("else hall.ends)", "else hall.ends + 1)")]),
}


@pytest.mark.parametrize("name", OF_THE_KERNEL)
def test_a_mutant_of_the_kernel_is_found(name: str) -> None:
    said, changes = OF_THE_KERNEL[name]
    mutant: Any = mutated(kernel, *changes)
    assert who_finds(lambda plan, trace: play_plain(plan, trace, mutant), said) == set(said)


@pytest.mark.parametrize("name", OF_THE_REFERENCE)
def test_a_mutant_of_the_reference_is_found(name: str) -> None:
    said, changes = OF_THE_REFERENCE[name]
    mutant: Any = mutated(reference, *changes)
    assert who_finds(mutant.play_reference, said) == set(said)


@pytest.mark.parametrize("module", [kernel, reference])
def test_without_a_mutation_nobody_objects(module: ModuleType) -> None:
    """The way in which mutants are made adds no fault of its own."""
    twin: Any = mutated(module)
    play = twin.play_reference if module is reference else lambda plan, trace: play_plain(plan, trace, twin)
    assert list(verdicts(play)) == []


FINDERS = (AUDITOR, BY_HAND)

OF_THE_RULES: dict[str, tuple[tuple[str, ...], str, tuple[str, str]]] = {
    "R2: a service ends a step late": (FINDERS, "finish_at", ("return start + work", "return start + work + 1")),
    "R2: a service ends a step early": (FINDERS, "finish_at", ("return start + work", "return start + work - 1")),
    "R6: patience lasts a step longer": (FINDERS, "patience_runs_out", ("return ticket + patience", "return ticket + patience + 1")),
    "R7: rank does not count": (FINDERS, "called_before", ("if rank != other_rank:", "if False:")),
    "R7: higher ranks first": (FINDERS, "called_before", ("return rank < other_rank", "return rank > other_rank")),
    "R7: the later ticket first": (FINDERS, "called_before", ("return ticket < other_ticket", "return ticket > other_ticket")),
    "R7: the higher number first": (FINDERS, "called_before", ("return citizen < other_citizen", "return citizen > other_citizen")),
    "R9: one more than the number": (FINDERS, "may_call", ("return busy < number", "return busy <= number")),
    "R9: one fewer than the number": (FINDERS, "may_call", ("return busy < number", "return busy + 1 < number")),
    "R11: one more than the room": (FINDERS, "is_full", ("return waiting >= room", "return waiting > room")),
    "R11: one fewer than the room": (FINDERS, "is_full", ("return waiting >= room", "return waiting + 1 >= room")),
    "R12: not at that instant": (FINDERS, "comes_too_late", ("now >= last_ticket", "now > last_ticket")),
    "R12: at each stop": (FINDERS, "comes_too_late", ("return is_first_stop and", "return")),
    "R13: not at that instant": (FINDERS, "is_sent_home", ("now >= closes and", "now > closes and")),
    "R13: nobody is sent home": (FINDERS, "is_sent_home", ("now >= closes and (send_home or not served_late)", "False")),
    "R13: everybody is sent home": (FINDERS, "is_sent_home", ("(send_home or not served_late)", "True")),
    "R13: only those whom nobody serves are sent home": (FINDERS, "is_sent_home", ("(send_home or not served_late)", "not served_late")),
}


@pytest.mark.parametrize("name", OF_THE_RULES)
def test_a_mutant_of_the_rules_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engines share it, and stay equal; so it is for the auditor, and for the days worked by hand."""
    said, function, change = OF_THE_RULES[name]
    monkeypatch.setattr(rules, function, getattr(mutated(rules, change), function))
    assert who_finds(reference.play_reference, said) == set(said)
    assert who_finds(play_plain, said) == set(said)
