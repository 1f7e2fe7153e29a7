"""The reference engine: the model as SimPy processes, one for each citizen and one for each counter.

This file is the readable statement of the model; docs/rules.md numbers the rules it follows (R1 to R18).

SimPy handles events by (time, priority, order of scheduling). We schedule only an `Instant`, with priority ``kind << 32 | index``, which
gives the order of R1. Kinds begin at 10. SimPy wakes and interrupts processes with events of priorities 0 and 1, so all these are handled
before our next instant. A plain ``env.timeout`` would break the order; there is none here.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Generator
from itertools import pairwise
from typing import Any

import numpy as np
import simpy
from simpy.events import Event

from sim.clock import NEVER
from sim.model import rules
from sim.model.shapes import (
    ACTIVITY_ENDS,
    BY_NUMBER,
    CITIZEN_COMES,
    CLOSING,
    DUTY_ENDS,
    OFF_DUTY,
    ON_DUTY,
    OUTAGE_BEGINS,
    OUTAGE_ENDS,
    PATIENCE_ENDS,
    STAYING,
    UNLIMITED,
    Extras,
    Plan,
)
from sim.model.trace import Trace, agenda_on
from sim.results.outcomes import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from sim.results.records import Posts, Records

Process = Generator[Event, Any, None]


class Instant(Event):
    """An event of the model at a known time, in the order of R1: (time, kind, index)."""

    def __init__(self, env: simpy.Environment, time: int, kind: int, index: int, value: Any = None) -> None:
        super().__init__(env)
        self._ok, self._value = True, value
        env.schedule(self, priority=kind << 32 | index, delay=time - env.now)  # type: ignore[arg-type]


class Ticket(Event):
    """A citizen's ticket for one stop. It is the event for which he waits: that the stop is over, with its outcome.

    After the call his service ``begins`` when he is at the counter (R29). It takes ``duration`` and ends at ``ends`` (NEVER while an outage
    stops it, with ``left`` to go).
    """

    is_waiting = False
    begins = duration = ends = left = 0
    goes_on: Event

    def __init__(self, env: simpy.Environment, row: int, service: int, key: int, citizen: int) -> None:
        super().__init__(env)
        self.row, self.service = row, service
        self.order = (key, citizen)

    def __lt__(self, other: Ticket) -> bool:
        return self.order < other.order


class Post:
    """The post of a counter (or of a unit staffed by number): its state, the start of that state, and the number of counters in it."""

    def __init__(self, counter: int) -> None:
        self.counter = counter
        self.planned = self.state = OFF_DUTY
        self.number = self.since = self.served_until = 0


class Counter:
    """A counter: its post, the services it may serve, level by level (R8), and the ticket that it serves. Its bell wakes it when it is idle."""

    def __init__(self, index: int, unit: Unit, post: Post, skills: list[list[int]], speeds: dict[int, int]) -> None:
        self.index, self.unit, self.post, self.skills, self.speeds = index, unit, post, skills, speeds
        self.serves: Ticket | None = None
        self.is_absent = False
        self.process: simpy.Process
        self.bell: Event


class Unit:
    """A unit: how many wait and are served in it, how many of its counters may be busy, and how many outages stop it (R17)."""

    def __init__(self, index: int, kind: int, room: int, last_ticket: int) -> None:
        self.index, self.kind, self.room, self.last_ticket = index, kind, room, last_ticket
        self.counters: list[Counter] = []
        self.waiting = self.busy = self.number = self.outages = 0


class Day:
    """The hall on one day: its units, counters and waiting tickets, and the processes that move them."""

    def __init__(self, plan: Plan, trace: Trace) -> None:
        hall = plan.hall
        self.env = simpy.Environment()
        self.plan, self.hall, self.trace = plan, hall, trace
        # The day as lists: number by number, Python reads and writes them several times faster than arrays.
        self.rank, self.service, self.work, self.patience = (column.tolist() for column in (trace.rank, trace.service, trace.work, trace.patience))
        self.ticket, self.start, self.end, self.served_by, self.outcome = (column.tolist() for column in Records.blank(len(trace.service))[:-1])
        self.post_rows: list[tuple[int, int, int, int, int]] = []
        self.units = [
            Unit(index, *given)
            for index, given in enumerate(zip(hall.unit_kind.tolist(), hall.unit_room.tolist(), hall.unit_last_ticket.tolist(), strict=True))
        ]
        self.counters: list[Counter] = []
        for index, unit in enumerate(self.units[unit] for unit in hall.counter_unit.tolist()):
            skills: list[list[int]] = [[], []]
            speeds: dict[int, int] = {}
            for place in range(hall.skill_first[index], hall.skill_first[index + 1]):
                skills[hall.skill_level[place]].append(int(hall.skill_service[place]))
                speeds[int(hall.skill_service[place])] = int(hall.skill_speed[place])
            shares_post = unit.kind == BY_NUMBER and len(unit.counters) > 0  # with the first of its unit (R9)
            counter = Counter(index, unit, unit.counters[0].post if shares_post else Post(index), skills, speeds)
            self.counters.append(counter)
            unit.counters.append(counter)
        services, units, extras = len(hall.service_unit), len(self.units), plan.extras or Extras()
        self.calling = extras.calling.tolist() or units * [0]
        self.walk = (extras.walk if len(extras.walk) else np.zeros(units * units, dtype=np.int64)).reshape(units, units).tolist()
        self.unit_of = [self.units[unit] for unit in hall.service_unit.tolist()]
        self.waiting: list[list[Ticket]] = [[] for _ in range(services)]
        self.who_serves = [[c for c in self.counters if any(service in level for level in c.skills)] for service in range(services)]
        self.served_late = hall.served_late.tolist()
        if trace.chances is not None:
            for counter, absent in zip(self.counters, trace.chances.absent.tolist(), strict=True):
                counter.is_absent = absent
            self.served_late = [self.unit_of[service].kind == UNLIMITED or any(self.is_there_late(c) for c in self.who_serves[service]) for service in range(services)]

    def play(self) -> Records:
        """Run the day to its end and hand over the records."""
        env, hall = self.env, self.hall
        for counter in self.counters:
            counter.process = env.process(self.counter(counter))
        env.process(self.agenda())
        env.process(self.door())
        env.run(until=None if hall.ends == NEVER else hall.ends)
        for post in dict.fromkeys(counter.post for counter in self.counters):  # a post that counters share counts once
            self.close_post(post, post.served_until if hall.ends == NEVER else hall.ends)
        return self.records()

    @property
    def now(self) -> int:
        """The present instant in microseconds."""
        return self.env.now  # type: ignore[return-value]

    # A citizen's visit ---------------------------------------------------------------------------------------------------------

    def door(self) -> Process:
        """Citizens enter one after the other. Those who came before opening enter at opening (R4)."""
        stops = self.trace.stop_first.tolist()
        for citizen, enters in enumerate(self.trace.enters.tolist()):  # place: door
            yield Instant(self.env, enters, CITIZEN_COMES, citizen)
            self.env.process(self.citizen(citizen, stops[citizen], stops[citizen + 1]))

    def citizen(self, citizen: int, first: int, end: int) -> Process:
        """A citizen makes his stops in order and leaves after the last one, or as soon as one of them fails (R5)."""
        env = self.env
        for row in range(first, end):
            if row > first:
                walk = self.walk[self.unit_of[self.service[row - 1]].index][self.unit_of[self.service[row]].index]  # place: walks
                yield Instant(env, self.now + walk, CITIZEN_COMES, citizen)
            outcome = yield self.stop(citizen, row, is_first=row == first)
            self.outcome[row], self.end[row] = outcome, self.now
            if outcome != SERVED:
                return  # place: visit is over

    def stop(self, citizen: int, row: int, is_first: bool) -> Event:
        """A citizen comes to a stop: the five questions of R11, in their order. Returns the event that the stop is over, with its outcome."""
        env, hall = self.env, self.hall
        now, service = self.now, self.service[row]
        unit = self.unit_of[service]
        ticket = Ticket(env, row, service, rules.ticket_key(self.rank[citizen], now), citizen)
        if rules.comes_too_late(now, is_first, unit.last_ticket):
            return ticket.succeed(REFUSED_LATE)
        if rules.is_sent_home(now, hall.closes, hall.send_home, self.served_late[service]):
            self.ticket[row] = now
            return ticket.succeed(LEFT_OVER)
        if unit.kind == UNLIMITED:
            self.ticket[row] = self.start[row] = now  # place: no queue
            return Instant(env, rules.finish_at(now, self.work[row]), ACTIVITY_ENDS, len(self.counters) + citizen, SERVED)
        counter = self.free_counter(service)
        if counter is not None:
            self.begin(counter, ticket)
        elif rules.is_full(unit.waiting, unit.room):
            return ticket.succeed(REFUSED_FULL)
        else:
            self.join(ticket)
            if self.patience[row] < NEVER:  # place: has patience
                leaves = Instant(env, rules.patience_runs_out(now, self.patience[row]), PATIENCE_ENDS, citizen)  # place: patience
                leaves.callbacks.append(lambda _: self.give_up(ticket))
        self.ticket[row] = now
        return ticket

    def give_up(self, ticket: Ticket) -> None:
        """A citizen's patience runs out (R6): if he is still waiting, he leaves."""
        if ticket.is_waiting:
            self.leave_queue(ticket)
            ticket.succeed(ABANDONED)

    # A counter's day -----------------------------------------------------------------------------------------------------------

    def counter(self, counter: Counter) -> Process:
        """A counter serves one citizen after another. It finishes each service that it has begun (R10), however long that stands still (R17)."""
        env, unit = self.env, counter.unit
        while True:
            if counter.serves is None:
                counter.bell = Event(env)
                yield counter.bell
            ticket = counter.serves
            assert ticket is not None
            self.start[ticket.row], self.served_by[ticket.row] = self.now, counter.index
            while self.now < ticket.ends:
                try:
                    yield Instant(env, ticket.ends, ACTIVITY_ENDS, counter.index)
                except simpy.Interrupt:  # an outage
                    yield ticket.goes_on
            ticket.succeed(SERVED)
            counter.serves = None
            unit.busy -= 1
            counter.post.served_until = self.now
            if counter.post.planned != ON_DUTY:  # on duty, its state does not depend on whom it served
                self.turn_post(counter)
            self.offer_work(unit.counters if unit.kind == BY_NUMBER else [counter])

    def agenda(self) -> Process:
        """The events known beforehand: duties begin and end, numbers on duty rise and fall, systems go down and up, the hall closes."""
        events = list(zip(*(column.tolist() for column in agenda_on(self.plan, self.trace)), strict=True))
        for (time, order, unit_, state, number), (next_time, next_order, *_) in pairwise([*events, (NEVER, 0)]):
            kind, index, unit = order >> 32, order & 0xFFFFFFFF, self.units[unit_]
            yield Instant(self.env, time, kind, index)
            if kind == CLOSING:
                self.close()
            elif kind == OUTAGE_BEGINS:
                self.go_down(unit, restarts=number == 1)
            elif kind == OUTAGE_ENDS:
                self.come_up(unit)
                more = next_time == time and next_order >> 32 == OUTAGE_ENDS  # place: end together
                if not more:
                    self.offer_work(self.counters)  # place: outage is over
            elif unit.kind == BY_NUMBER:
                number = min(number, sum(not counter.is_absent for counter in unit.counters))  # place: number present
                self.turn_number(unit, state if number else OFF_DUTY, number)
                if kind != DUTY_ENDS:
                    self.offer_work(unit.counters)
            else:
                counter = self.counters[index]
                state = rules.state_if_absent(state) if counter.is_absent else state  # place: absent
                counter.post.planned = state  # place: duty changes
                self.turn_post(counter)
                if kind != DUTY_ENDS:
                    self.offer_work([counter])

    def close(self) -> None:
        """Closing (R13): send home those who wait for a service that nobody will serve any more."""
        for service, queue in enumerate(self.waiting):
            if rules.is_sent_home(self.now, self.hall.closes, self.hall.send_home, self.served_late[service]):
                for ticket in list(queue):
                    self.leave_queue(ticket)
                    ticket.succeed(LEFT_OVER)

    def is_there_late(self, counter: Counter) -> bool:
        """Whether a counter stays after closing (R13) and its officer is there today (R22)."""
        return bool(self.hall.stays[counter.post.counter]) and not counter.is_absent  # place: there late

    # Outages -------------------------------------------------------------------------------------------------------------------

    def go_down(self, unit: Unit, restarts: bool) -> None:
        """An outage begins (R17): the unit's services in progress stand still, and nobody is called for them."""
        unit.outages += 1
        for counter in self.counters:
            ticket, now = counter.serves, self.now
            if ticket is None or self.unit_of[ticket.service] is not unit:
                continue
            if ticket.ends < NEVER and rules.is_frozen(ticket.ends, now):
                ticket.left = rules.left_when_stopped(ticket.ends, now, ticket.duration)
                ticket.ends, ticket.goes_on = NEVER, Event(self.env)
                counter.process.interrupt()
            if ticket.ends == NEVER:
                ticket.left = rules.left_after_outage(ticket.left, ticket.duration, restarts)
        self.turn_posts()

    def come_up(self, unit: Unit) -> None:
        """An outage ends (R17). If no other stops the unit, its services go on."""
        unit.outages -= 1  # place: outages count
        if unit.outages:
            return
        for counter in self.counters:
            ticket = counter.serves
            if ticket is not None and ticket.ends == NEVER and self.unit_of[ticket.service] is unit:
                ticket.ends = rules.goes_on_at(self.now, ticket.begins) + ticket.left
                ticket.goes_on.succeed()
        self.turn_posts()

    # Posts ---------------------------------------------------------------------------------------------------------------------

    def turn_posts(self) -> None:
        """Put every counter, in counter order, into the state that R10, R13 and R17 give it."""
        for counter in self.counters:
            self.turn_post(counter)

    def turn_post(self, counter: Counter) -> None:
        """Put a counter into the state that R10, R13 and R17 give it. If the state is new, its post begins a new row."""
        post, unit, ticket = counter.post, counter.unit, counter.serves
        if unit.kind == BY_NUMBER:
            self.turn(post, rules.post_state(post.planned, False, unit.outages > 0), post.number)
            return
        stands_still = ticket is not None and ticket.ends == NEVER
        has_work = ticket is not None and not stands_still and ticket.ends != self.now
        is_down = stands_still or (not has_work and all(self.unit_of[one].outages for level in counter.skills for one in level))
        self.turn(post, rules.post_state(post.planned, ticket is not None, is_down), 1)

    def turn_number(self, unit: Unit, state: int, number: int) -> None:
        """The number on duty of a unit changes (R9)."""
        post = unit.counters[0].post
        unit.number, post.planned = number, state
        self.turn(post, rules.post_state(state, False, unit.outages > 0), number)

    def turn(self, post: Post, state: int, number: int) -> None:
        """Let a post enter a state, with ``number`` counters."""
        if (state, number) != (post.state, post.number):
            self.close_post(post, self.now)
            post.state, post.number, post.since = state, number, self.now

    def close_post(self, post: Post, end: int) -> None:
        """Write the row of the state that a post leaves at ``end``."""
        if post.state != OFF_DUTY and post.since < end:  # place: has a row
            self.post_rows.append((post.counter, post.number, post.state, post.since, end))

    # Who is next ---------------------------------------------------------------------------------------------------------------

    def join(self, ticket: Ticket) -> None:
        """A ticket joins those waiting for its service, in ticket order (R7)."""
        ticket.is_waiting = True
        insort(self.waiting[ticket.service], ticket)
        self.unit_of[ticket.service].waiting += 1

    def leave_queue(self, ticket: Ticket) -> None:
        """A ticket waits no more."""
        ticket.is_waiting = False
        self.waiting[ticket.service].remove(ticket)
        self.unit_of[ticket.service].waiting -= 1

    def may_call(self, counter: Counter) -> bool:
        """Whether a counter may call somebody: idle, on duty or staying after its last duty (R10, R13), and within the number of its unit (R9)."""
        unit = counter.unit
        return (
            counter.serves is None
            and counter.post.planned in (ON_DUTY, STAYING)
            and (unit.kind != BY_NUMBER or rules.may_call(unit.busy, unit.number))
        )

    def free_counter(self, service: int) -> Counter | None:
        """The first counter, in counter order, that can serve a citizen at once (R8). Nobody waits for it, or it would not be idle."""
        if not self.unit_of[service].outages:  # place: served in an outage
            for counter in self.who_serves[service]:  # place: counters in order
                if self.may_call(counter):
                    return counter
        return None

    def offer_work(self, counters: list[Counter]) -> None:
        """Offer work to counters in counter order until none can start (R1).

        ``counters`` are those that the event may have given work. The others were asked when they became idle, and found none.
        """
        for counter in counters:
            if self.may_call(counter):
                ticket = self.first_ticket(counter)
                if ticket is not None:
                    self.leave_queue(ticket)
                    self.begin(counter, ticket)

    def first_ticket(self, counter: Counter) -> Ticket | None:
        """The first ticket that a counter may serve: of its own services, or else of those it helps (R8). It skips services of units that are down (R17)."""
        for level in counter.skills:  # place: levels
            first: Ticket | None = None
            for service in level:
                queue = self.waiting[service]
                if queue and not self.unit_of[service].outages and (first is None or queue[0] < first):  # place: may be called
                    first = queue[0]
            if first is not None:
                return first
        return None

    def begin(self, counter: Counter, ticket: Ticket) -> None:
        """A counter calls a ticket. The citizen comes (R29), and his service takes as long as the counter's speed says (R16)."""
        ticket.begins = rules.service_begins(self.now, self.calling[self.unit_of[ticket.service].index])
        ticket.duration = rules.duration_at(self.work[ticket.row], counter.speeds[ticket.service], self.hall.grid)
        ticket.ends = rules.finish_at(ticket.begins, ticket.duration)
        counter.serves = ticket
        counter.unit.busy += 1
        if not counter.bell.triggered:
            counter.bell.succeed()

    # The book ------------------------------------------------------------------------------------------------------------------

    def records(self) -> Records:
        """The day's book as columns. At the horizon, a citizen who took a ticket and is neither served nor gone is still inside (R15)."""
        records = Records.blank(len(self.service))
        records.ticket[:], records.start[:], records.end[:] = self.ticket, self.start, self.end
        records.counter[:], records.outcome[:] = self.served_by, self.outcome
        records.outcome[(records.ticket < NEVER) & (records.end == NEVER)] = STILL_INSIDE
        return records._replace(posts=Posts.of(self.post_rows))


def play_reference(plan: Plan, trace: Trace) -> Records:
    """The records of a trace on a plan, by SimPy processes."""
    return Day(plan, trace).play()
