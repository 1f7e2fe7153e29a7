"""The reference engine: the model as SimPy processes, one for each citizen and one for each counter.

This file is the readable statement of the model; docs/rules.md numbers the rules it follows (R1 to R17).

SimPy handles events by (time, priority, order of scheduling). We schedule only our own instants, through `Day.at`, with priority
``kind << 32 | index``, which gives the order of R1. Kinds begin at 10. SimPy wakes processes with events of priorities 0 and 1, so all
these are handled before our next instant. A plain ``env.timeout`` would break the order; there is none here.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Generator
from typing import Any

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
    Plan,
)
from sim.model.trace import Trace, agenda_on
from sim.results.outcomes import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from sim.results.records import Posts, Records

Process = Generator[Event, Any, None]


class Instant(Event):
    """An event of the model at a known time, in the order of R1."""

    def __init__(self, env: simpy.Environment, time: int, order: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=order, delay=time - env.now)  # type: ignore[arg-type]


class Ticket:
    """A citizen's ticket for one stop. `called` tells him to come (True) or to go home (False); `served` tells him that he is done."""

    __slots__ = ("called", "order", "row", "served", "service")

    def __init__(self, env: simpy.Environment, row: int, service: int, key: int, citizen: int) -> None:
        self.row, self.service = row, service
        self.order = (key, citizen)
        self.called, self.served = Event(env), Event(env)

    def __lt__(self, other: Ticket) -> bool:
        return self.order < other.order


class Post:
    """The post of a counter (or of a unit staffed by number): its state, the start of that state, and the number of counters in it."""

    def __init__(self, counter: int) -> None:
        self.counter = counter
        self.planned = self.state = OFF_DUTY
        self.number = self.since = self.served_until = 0


class Counter:
    """A counter: free or busy, and the services it may serve, level by level (R8). `service` is the service in progress."""

    def __init__(self, env: simpy.Environment, index: int, unit: Unit, skills: list[list[int]], speeds: dict[int, int]) -> None:
        self.index, self.unit, self.skills, self.speeds = index, unit, skills, speeds
        self.post = Post(index)
        self.serves: Service | None = None
        self.next_ticket = Event(env)

    @property
    def may_call(self) -> bool:
        """Whether it may call somebody: on duty, or staying after its last duty (R10, R13)."""
        return self.serves is None and self.post.planned in (ON_DUTY, STAYING)


class Service:
    """A service in progress: it ends at `ends` (None while it stands still, with `left` to go)."""

    def __init__(self, row: int, service: int, duration: int, ends: int) -> None:
        self.row, self.service, self.duration = row, service, duration
        self.ends: int | None = ends
        self.left = 0
        self.frozen: Event | None = None


class Unit:
    """A unit: how many wait and are served in it, how many of its counters may be busy, and how many outages stop it."""

    def __init__(self, index: int, kind: int, room: int, last_ticket: int) -> None:
        self.index, self.kind, self.room, self.last_ticket = index, kind, room, last_ticket
        self.counters: list[Counter] = []
        self.waiting = self.busy = self.number = self.outages = 0

    @property
    def is_down(self) -> bool:
        """Whether an outage stops its services (R17)."""
        return self.outages > 0


class Day:
    """The hall on one day: its units, counters and waiting tickets, and the processes that move them."""

    def __init__(self, plan: Plan, trace: Trace) -> None:
        hall = plan.hall
        self.env = simpy.Environment()
        self.plan, self.hall, self.trace = plan, hall, trace
        self.records = Records.blank(len(trace.service))
        self.posts: list[tuple[int, int, int, int, int]] = []
        self.units = [
            Unit(index, *given)
            for index, given in enumerate(zip(hall.unit_kind.tolist(), hall.unit_room.tolist(), hall.unit_last_ticket.tolist(), strict=True))
        ]
        self.counters: list[Counter] = []
        for index, unit in enumerate(hall.counter_unit.tolist()):
            skills: list[list[int]] = [[], []]
            speeds: dict[int, int] = {}
            for place in range(hall.skill_first[index], hall.skill_first[index + 1]):
                skills[hall.skill_level[place]].append(int(hall.skill_service[place]))
                speeds[int(hall.skill_service[place])] = int(hall.skill_speed[place])
            counter = Counter(self.env, index, self.units[unit], skills, speeds)
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
        env.process(self.agenda())
        env.process(self.door())
        env.run(until=None if hall.ends == NEVER else hall.ends)
        self.write_who_is_still_inside()
        for counter in self.counters:
            self.close_post(counter.post, counter.post.served_until if hall.ends == NEVER else hall.ends)
        return self.records._replace(posts=Posts.of(self.posts))

    def at(self, time: int, kind: int, index: int) -> Instant:
        """An event of the model: R1's order is (time, kind, index)."""
        return Instant(self.env, time, kind << 32 | index)

    @property
    def now(self) -> int:
        """The present instant in microseconds."""
        return int(self.env.now)

    # A citizen's visit ---------------------------------------------------------------------------------------------------------

    def door(self) -> Process:
        """Citizens enter one after the other. Those who came before opening enter at opening (R4)."""
        for citizen, enters in enumerate(self.trace.enters.tolist()):  # place: door
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
                return  # place: visit is over
            if row + 1 < end:
                yield self.at(self.now, CITIZEN_COMES, citizen)

    def stop(self, citizen: int, row: int, is_first: bool) -> Generator[Event, Any, int]:
        """One stop: take a ticket, wait, be served. Returns the outcome."""
        service, records, hall = int(self.trace.service[row]), self.records, self.hall
        unit = self.unit_of[service]
        if rules.comes_too_late(self.now, is_first, unit.last_ticket):
            return REFUSED_LATE
        ticket = Ticket(self.env, row, service, rules.ticket_key(int(self.trace.rank[citizen]), self.now), citizen)
        if rules.is_sent_home(self.now, hall.closes, hall.send_home, hall.served_late[service]):
            records.ticket[row] = self.now
            return LEFT_OVER
        if unit.kind == UNLIMITED:
            records.ticket[row] = records.start[row] = self.now  # place: no queue
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

        if not ticket.called.triggered and self.trace.patience[row] < NEVER:  # place: has patience
            leaves = rules.patience_runs_out(self.now, int(self.trace.patience[row]))
            patience = self.at(leaves, PATIENCE_ENDS, citizen)  # place: patience
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
        """A counter serves one citizen after another. It finishes each service that it has begun (R10), however long that stands still (R17)."""
        while True:
            ticket = yield counter.next_ticket
            counter.next_ticket = Event(self.env)
            row, service = ticket.row, counter.serves
            assert service is not None
            self.records.start[row], self.records.counter[row] = self.now, counter.index
            while service.ends is None or self.now < service.ends:
                if service.ends is None:
                    service.frozen = Event(self.env)
                    yield service.frozen
                else:
                    service.frozen = Event(self.env)
                    yield self.at(service.ends, ACTIVITY_ENDS, counter.index) | service.frozen
            self.records.end[row] = self.now
            ticket.served.succeed()
            counter.serves = None
            counter.unit.busy -= 1
            self.post_of(counter).served_until = self.now
            self.turn_post(counter)
            self.offer_work(counter.unit.counters if counter.unit.kind == BY_NUMBER else [counter])

    def agenda(self) -> Process:
        """The events known beforehand: duties begin and end, numbers on duty rise and fall, systems go down and up, the hall closes."""
        agenda = agenda_on(self.plan, self.trace)
        orders = [*agenda.order.tolist(), 0]
        for at, (time, order, unit_, state, number) in enumerate(zip(*(column.tolist() for column in agenda), strict=True)):
            yield Instant(self.env, time, order)
            kind, unit = order >> 32, self.units[unit_]
            if kind == CLOSING:
                self.close()
            elif kind == OUTAGE_BEGINS:
                self.go_down(unit, restarts=number == 1)
            elif kind == OUTAGE_ENDS:
                self.come_up(unit)
                more = orders[at + 1] >> 32 == OUTAGE_ENDS and int(agenda.time[at + 1]) == time  # place: end together
                if not more:
                    self.offer_work(self.counters)  # place: outage is over
            elif unit.kind == BY_NUMBER:
                self.turn_number(unit, state, number)
                if kind != DUTY_ENDS:
                    self.offer_work(unit.counters)
            else:
                counter = self.counters[order & 0xFFFFFFFF]
                counter.post.planned = state  # place: duty changes
                self.turn_post(counter)
                if kind != DUTY_ENDS:
                    self.offer_work([counter])

    def close(self) -> None:
        """Closing (R13): send home those who wait for a service that nobody will serve any more."""
        for service, queue in enumerate(self.waiting):
            if rules.is_sent_home(self.now, self.hall.closes, self.hall.send_home, self.hall.served_late[service]):
                for ticket in list(queue):
                    self.leave_queue(ticket)
                    ticket.called.succeed(False)

    # Outages -------------------------------------------------------------------------------------------------------------------

    def go_down(self, unit: Unit, restarts: bool) -> None:
        """An outage begins (R17): the unit's services in progress stand still, and nobody is called for them."""
        unit.outages += 1
        for counter in self.counters:
            service = counter.serves
            if service is None or self.unit_of[service.service] is not unit:
                continue
            if service.ends is not None and rules.is_frozen(service.ends, self.now):
                service.left, service.ends = service.ends - self.now, None
                self.wake(service)
            if service.ends is None:
                service.left = rules.left_after_outage(service.left, service.duration, restarts)
        self.turn_posts()

    def come_up(self, unit: Unit) -> None:
        """An outage ends (R17). If no other stops the unit, its services go on."""
        unit.outages -= 1  # place: outages count
        if unit.is_down:
            return
        for counter in self.counters:
            service = counter.serves
            if service is not None and service.ends is None and self.unit_of[service.service] is unit:
                service.ends = self.now + service.left
                self.wake(service)
        self.turn_posts()

    def wake(self, service: Service) -> None:
        """Tell the counter that its service will end at another time than planned."""
        assert service.frozen is not None
        service.frozen.succeed()

    # Posts ---------------------------------------------------------------------------------------------------------------------

    def post_of(self, counter: Counter) -> Post:
        """The post of a counter. Counters of a unit staffed by number share the post of the first (R9)."""
        return counter.unit.counters[0].post if counter.unit.kind == BY_NUMBER else counter.post

    def turn_posts(self) -> None:
        """Put every counter, in counter order, into the state that R10, R13 and R17 give it."""
        for counter in self.counters:
            self.turn_post(counter)

    def turn_post(self, counter: Counter) -> None:
        """Put a counter into the state that R10, R13 and R17 give it. If the state is new, its post begins a new row."""
        post, unit = self.post_of(counter), counter.unit
        if unit.kind == BY_NUMBER:
            self.turn(post, rules.post_state(post.planned, False, unit.is_down), post.number)
            return
        service = counter.serves
        stands_still = service is not None and service.ends is None
        has_work = service is not None and not stands_still and service.ends != self.now
        is_down = stands_still or (not has_work and all(self.unit_of[one].is_down for level in counter.skills for one in level))
        self.turn(post, rules.post_state(post.planned, service is not None, is_down), 1)

    def turn_number(self, unit: Unit, state: int, number: int) -> None:
        """The number on duty of a unit changes (R9)."""
        unit.number, post = number, unit.counters[0].post
        for counter in unit.counters:
            counter.post.planned = ON_DUTY  # the number decides which of them may call
        post.planned = state
        self.turn(post, rules.post_state(state, False, unit.is_down), number)

    def turn(self, post: Post, state: int, number: int) -> None:
        """Let a post enter a state, with ``number`` counters."""
        if (state, number) != (post.state, post.number):
            self.close_post(post, self.now)
            post.state, post.number, post.since = state, number, self.now

    def close_post(self, post: Post, end: int) -> None:
        """Write the row of the state that a post leaves at ``end``."""
        if post.state != OFF_DUTY and post.since < end:  # place: has a row
            self.posts.append((post.counter, post.number, post.state, post.since, end))

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
        """Offer work to counters in counter order until none can start (R1).

        ``counters`` are those that the event may have given work. The others were asked when they became idle, and found none.
        """
        for counter in counters:
            unit = counter.unit
            if not counter.may_call or (unit.kind == BY_NUMBER and not rules.may_call(unit.busy, unit.number)):
                continue
            ticket = self.first_ticket(counter)
            if ticket is not None:
                self.leave_queue(ticket)
                duration = rules.duration_at(int(self.trace.work[ticket.row]), counter.speeds[ticket.service], self.hall.grid)
                counter.serves = Service(ticket.row, ticket.service, duration, rules.finish_at(self.now, duration))
                unit.busy += 1
                ticket.called.succeed(True)
                counter.next_ticket.succeed(ticket)

    def first_ticket(self, counter: Counter) -> Ticket | None:
        """The first ticket that a counter may serve: of its own services, or else of those it helps (R8). It skips services of units that are down (R17)."""
        for level in counter.skills:  # place: levels
            heads = [self.waiting[service][0] for service in level if self.waiting[service] and not self.unit_of[service].is_down]  # place: may be called
            if heads:
                return min(heads)
        return None

    def write_who_is_still_inside(self) -> None:
        """At the horizon, a citizen who took a ticket and is neither served nor gone is still inside (R15)."""
        records = self.records
        open_ends = (records.ticket < NEVER) & (records.end == NEVER)
        records.outcome[open_ends] = STILL_INSIDE


def play_reference(plan: Plan, trace: Trace) -> Records:
    """The records of a trace on a plan, by SimPy processes."""
    return Day(plan, trace).play()
