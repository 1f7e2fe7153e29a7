"""The reference engine: the model as SimPy processes, one for each citizen and one for each counter.

This file is the readable statement of the model; docs/rules.md numbers the rules it follows (R1 to R15).

SimPy handles events by (time, priority, order of scheduling). We schedule only our own instants, through `Day.at`, with priority
``kind << 40 | index`` and kinds from 2 up: that is R1, and SimPy's own cascades (priorities 0 and 1), by which one process wakes
another, drain before our next instant. A plain ``env.timeout`` would break the order; there is none here.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Generator
from typing import Any

import simpy
from simpy.events import Event

from sim.clock import NEVER
from sim.model import rules
from sim.model.shapes import ACTIVITY_ENDS, BY_NUMBER, CITIZEN_COMES, CLOSING, DUTY_BEGINS, DUTY_ENDS, PATIENCE_ENDS, UNLIMITED, Plan
from sim.model.trace import Trace
from sim.results.records import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE, Records

Process = Generator[Event, Any, None]


class Instant(Event):
    """An event of the model at a known time, in the order of R1."""

    def __init__(self, env: simpy.Environment, time: int, kind: int, index: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=kind << 40 | index, delay=time - env.now)  # type: ignore[arg-type]


class Ticket:
    """A citizen's ticket for one stop: `called` tells him to come (True) or to go home (False), `served` that he is done."""

    __slots__ = ("called", "order", "row", "served", "service")

    def __init__(self, env: simpy.Environment, row: int, service: int, rank: int, time: int, citizen: int) -> None:
        self.row, self.service = row, service
        self.order = (rank, time, citizen)
        self.called, self.served = Event(env), Event(env)

    def __lt__(self, other: Ticket) -> bool:
        return bool(rules.called_before(*self.order, *other.order))


class Counter:
    """A counter: on duty or not, free or busy, and what it may serve, level by level (R8)."""

    def __init__(self, env: simpy.Environment, index: int, unit: Unit, skills: list[list[int]]) -> None:
        self.index, self.unit, self.skills = index, unit, skills
        self.on_duty = self.busy = False
        self.next_ticket = Event(env)


class Unit:
    """A unit: how many wait and are served in it, and how many of its counters may be busy."""

    def __init__(self, index: int, kind: int, room: int, last_ticket: int) -> None:
        self.index, self.kind, self.room, self.last_ticket = index, kind, room, last_ticket
        self.counters: list[Counter] = []
        self.waiting = self.busy = self.number = 0


class Day:
    """The hall on one day: its units, counters and waiting tickets, and the processes that move them."""

    def __init__(self, plan: Plan, trace: Trace) -> None:
        hall = plan.hall
        self.env = simpy.Environment()
        self.plan, self.hall, self.trace = plan, hall, trace
        self.records = Records.blank(len(trace.service))
        self.units = [
            Unit(index, *given)
            for index, given in enumerate(zip(hall.unit_kind.tolist(), hall.unit_room.tolist(), hall.unit_last_ticket.tolist(), strict=True))
        ]
        self.counters: list[Counter] = []
        for index, unit in enumerate(hall.counter_unit.tolist()):
            skills: list[list[int]] = [[], []]
            for place in range(hall.skill_first[index], hall.skill_first[index + 1]):
                skills[hall.skill_level[place]].append(int(hall.skill_service[place]))
            counter = Counter(self.env, index, self.units[unit], skills)
            self.counters.append(counter)
            self.units[unit].counters.append(counter)
        services = len(hall.service_unit)
        self.unit_of = [self.units[unit] for unit in hall.service_unit.tolist()]
        self.waiting: list[list[Ticket]] = [[] for _ in range(services)]
        self.who_serves = [[c for c in self.counters if any(service in level for level in c.skills)] for service in range(services)]

    def play(self) -> Records:
        """Run the day to its end and hand over the records."""
        env, hall = self.env, self.hall
        for counter in self.counters:
            env.process(self.counter(counter))
        env.process(self.roster())
        env.process(self.door())
        env.run(until=None if hall.ends == NEVER else hall.ends)
        self.write_who_is_still_inside()
        return self.records

    def at(self, time: int, kind: int, index: int) -> Instant:
        """An event of the model: R1's order is (time, kind, index)."""
        return Instant(self.env, time, kind, index)

    @property
    def now(self) -> int:
        """The present instant in microseconds."""
        return int(self.env.now)

    # A citizen's visit ---------------------------------------------------------------------------------------------------------

    def door(self) -> Process:
        """Citizens enter one after the other, those who came before opening at opening (R4)."""
        for citizen, enters in enumerate(self.trace.enters.tolist()):
            yield self.at(enters, CITIZEN_COMES, citizen)
            self.env.process(self.citizen(citizen))

    def citizen(self, citizen: int) -> Process:
        """A citizen makes his stops in order and leaves after the last one, or as soon as one of them fails (R5)."""
        first, end = int(self.trace.stop_first[citizen]), int(self.trace.stop_first[citizen + 1])
        for row in range(first, end):
            outcome = yield from self.stop(citizen, row, is_first=row == first)
            self.records.outcome[row] = outcome
            if outcome != SERVED:
                self.records.end[row] = self.now
                return
            if row + 1 < end:
                yield self.at(self.now, CITIZEN_COMES, citizen)

    def stop(self, citizen: int, row: int, is_first: bool) -> Generator[Event, Any, int]:
        """One stop: take a ticket, wait, be served; the value is the outcome."""
        service, records, hall = int(self.trace.service[row]), self.records, self.hall
        unit = self.unit_of[service]
        if rules.comes_too_late(self.now, is_first, unit.last_ticket):
            return REFUSED_LATE
        ticket = Ticket(self.env, row, service, int(self.trace.rank[citizen]), self.now, citizen)
        if rules.is_sent_home(self.now, hall.closes, hall.send_home, hall.served_late[service]):
            records.ticket[row] = self.now
            return LEFT_OVER
        if unit.kind == UNLIMITED:
            records.ticket[row] = records.start[row] = self.now
            yield self.at(rules.finish_at(self.now, int(self.trace.work[row])), ACTIVITY_ENDS, len(self.counters) + citizen)
            records.end[row] = self.now
            return SERVED

        full = rules.is_full(unit.waiting, unit.room)
        self.join(ticket)
        self.offer_work(self.who_serves[service])
        if full and not ticket.called.triggered:
            self.leave_queue(ticket)
            return REFUSED_FULL
        records.ticket[row] = self.now

        if not ticket.called.triggered and self.trace.patience[row] < NEVER:
            leaves = rules.patience_runs_out(self.now, int(self.trace.patience[row]))
            patience = self.at(leaves, PATIENCE_ENDS, citizen)
            yield ticket.called | patience
            if not ticket.called.triggered:
                self.leave_queue(ticket)
                return ABANDONED
        if not (yield ticket.called):
            return LEFT_OVER
        yield ticket.served
        return SERVED

    # A counter's day -----------------------------------------------------------------------------------------------------------

    def counter(self, counter: Counter) -> Process:
        """A counter serves one citizen after another; each service it has begun, it finishes (R10)."""
        while True:
            ticket = yield counter.next_ticket
            counter.next_ticket = Event(self.env)
            row = ticket.row
            self.records.start[row], self.records.counter[row] = self.now, counter.index
            yield self.at(rules.finish_at(self.now, int(self.trace.work[row])), ACTIVITY_ENDS, counter.index)
            self.records.end[row] = self.now
            ticket.served.succeed()
            counter.busy = False
            counter.unit.busy -= 1
            self.offer_work(counter.unit.counters if counter.unit.kind == BY_NUMBER else [counter])

    def roster(self) -> Process:
        """Duties begin and end, numbers on duty rise and fall, the hall closes: the events known beforehand."""
        hall = self.hall
        for time, kind, index, value in zip(
            hall.change_time.tolist(), hall.change_kind.tolist(), hall.change_index.tolist(), hall.change_value.tolist(), strict=True
        ):
            yield self.at(time, kind, index)
            if kind == CLOSING:
                self.close()
                continue
            counter = self.counters[index]
            if counter.unit.kind == BY_NUMBER:
                counter.unit.number = value
                for one in counter.unit.counters:
                    one.on_duty = True  # who of them may call is decided by the number (R9)
            else:
                counter.on_duty = kind == DUTY_BEGINS
            if kind != DUTY_ENDS:
                self.offer_work(counter.unit.counters)

    def close(self) -> None:
        """Closing (R13): who waits for what nobody will serve any more is sent home."""
        for service, queue in enumerate(self.waiting):
            if rules.is_sent_home(self.now, self.hall.closes, self.hall.send_home, self.hall.served_late[service]):
                for ticket in list(queue):
                    self.leave_queue(ticket)
                    ticket.called.succeed(False)

    # Who is next ---------------------------------------------------------------------------------------------------------------

    def join(self, ticket: Ticket) -> None:
        """A ticket joins those waiting for its service, in ticket order (R7)."""
        insort(self.waiting[ticket.service], ticket)
        self.unit_of[ticket.service].waiting += 1

    def leave_queue(self, ticket: Ticket) -> None:
        """A ticket waits no more."""
        self.waiting[ticket.service].remove(ticket)
        self.unit_of[ticket.service].waiting -= 1

    def offer_work(self, counters: list[Counter]) -> None:
        """Offer work to counters in counter order until none can start (the last sentence of R1).

        Only counters that an event may have given work to are asked: the others were asked when they fell idle.
        """
        for counter in counters:
            unit = counter.unit
            if counter.busy or not counter.on_duty or (unit.kind == BY_NUMBER and not rules.may_call(unit.busy, unit.number)):
                continue
            ticket = self.first_ticket(counter)
            if ticket is not None:
                self.leave_queue(ticket)
                counter.busy = True
                unit.busy += 1
                ticket.called.succeed(True)
                counter.next_ticket.succeed(ticket)

    def first_ticket(self, counter: Counter) -> Ticket | None:
        """The first ticket that a counter may serve: of its own services, or else of those it helps (R8)."""
        for level in counter.skills:
            heads = [self.waiting[service][0] for service in level if self.waiting[service]]
            if heads:
                return min(heads)
        return None

    def write_who_is_still_inside(self) -> None:
        """At the horizon, who took a ticket and is neither served nor gone is still inside (R15)."""
        records = self.records
        open_ends = (records.ticket < NEVER) & (records.end == NEVER)
        records.outcome[open_ends] = STILL_INSIDE


def play_reference(plan: Plan, trace: Trace) -> Records:
    """The records of a trace on a plan, by SimPy processes."""
    return Day(plan, trace).play()
