"""The auditor: plain, slow checks of a day's records that share no code with an engine.

It reads the plan, the trace and the records, and states the rules (docs/rules.md) in its own words. It does not judge the order of two
events of one instant: the comparison of the two engines does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np

from sim.clock import NEVER, format_clock
from sim.errors import AuditError
from sim.model.shapes import ABSENT, BREAK, BY_NUMBER, DOWN, INTO_BREAK, NAMED, ON_DUTY, OVERTIME, STAYING, UNLIMITED, Plan
from sim.model.trace import Trace
from sim.results.outcomes import ABANDONED, LEFT_OVER, NOT_REACHED, OUTCOME_WORDS, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from sim.results.records import NO_COUNTER, Records

Span = tuple[int, int]


def audit(plan: Plan, trace: Trace, records: Records) -> None:
    """Check a day's records against the rules. Raises AuditError with the first findings; a correct engine causes none."""
    findings = list(_Day(plan, trace, records).findings())
    if findings:
        shown = "\n  ".join(findings[:10])
        raise AuditError(f"{len(findings)} finding{'s' if len(findings) > 1 else ''} of the auditor:\n  {shown}")


class _Day:
    """A day's records, laid out for the checks."""

    def __init__(self, plan: Plan, trace: Trace, records: Records) -> None:
        self.plan, self.hall = plan, plan.hall
        self.citizen = trace.citizen.tolist()
        self.stop_first = trace.stop_first.tolist()
        self.enters = trace.enters.tolist()
        self.rank = trace.rank.tolist()
        self.service = trace.service.tolist()
        self.work = trace.work.tolist()
        self.patience = trace.patience.tolist()
        self.ticket, self.start, self.end = records.ticket.tolist(), records.start.tolist(), records.end.tolist()
        self.counter, self.outcome = records.counter.tolist(), records.outcome.tolist()
        self.rows = range(len(self.service))
        self.unit = [int(self.hall.service_unit[s]) for s in self.service]
        self.kind = self.hall.unit_kind.tolist()
        self.units = range(len(self.kind))
        self.counters = range(len(self.hall.counter_unit))
        self.skills: list[dict[int, int]] = []
        self.speeds: list[dict[int, int]] = []
        for c in self.counters:
            places = range(self.hall.skill_first[c], self.hall.skill_first[c + 1])
            self.skills.append({int(self.hall.skill_service[p]): int(self.hall.skill_level[p]) for p in places})
            self.speeds.append({int(self.hall.skill_service[p]): int(self.hall.skill_speed[p]) for p in places})
        self.unit_of_service = self.hall.service_unit.tolist()
        self.outages = self._outages(trace)
        self.posts = list(zip(*(column.tolist() for column in records.posts), strict=True))
        self.absent = trace.chances.absent.tolist() if trace.chances else [False] * len(self.counters)
        self.served_late = [self.is_served_late(service) for service in range(len(self.unit_of_service))]
        self.last_instant = max([time for times in (self.ticket, self.start, self.end) for time in times if time < NEVER], default=0) + 1

    def _walk(self, row: int) -> int:
        """How long the citizen of a stop walks to it from the stop before."""
        extras, units = self.plan.extras, len(self.kind)
        return int(extras.walk.reshape(units, units)[self.unit[row - 1], self.unit[row]]) if extras is not None and len(extras.walk) else 0

    def _calling(self, row: int) -> int:
        """How long after the call the citizen of a stop is at the counter."""
        extras = self.plan.extras
        return int(extras.calling[self.unit[row]]) if extras is not None and len(extras.calling) and self.counter[row] != NO_COUNTER else 0

    def waits_until(self, row: int) -> int:
        """The instant at which a ticket stopped waiting."""
        return int(self.start[row] if self.start[row] < NEVER else self.end[row])

    def is_served_late(self, service: int) -> bool:
        """Whether somebody who is there today serves a service after closing: its unit is unlimited, or a counter of it stays (R13, R22)."""
        if self.kind[self.unit_of_service[service]] == UNLIMITED:
            return True
        of_post = [int(self.hall.unit_first_counter[unit]) if self.kind[unit] == BY_NUMBER else c for c, unit in enumerate(self.hall.counter_unit.tolist())]
        return any(service in self.skills[c] and not self.absent[c] and self._stays(of_post[c]) for c in self.counters)

    def _stays(self, counter: int) -> bool:
        """Whether the last duty of a counter ends at closing or later."""
        last = int(self.hall.duty_first[counter + 1]) - 1
        return last >= self.hall.duty_first[counter] and bool(self.hall.duty_end[last] >= self.hall.closes)

    def _present(self, unit: int) -> int:
        """How many officers of a unit are there today (R22)."""
        return sum(not self.absent[c] for c in range(int(self.hall.unit_first_counter[unit]), int(self.hall.unit_first_counter[unit + 1])))

    def findings(self) -> Iterator[str]:
        """All findings in words."""
        yield from self._citizens()
        yield from self._stops()
        yield from self._counters()
        yield from self._numbers()
        yield from self._idle_while_waiting()
        yield from self._order()
        yield from self._rooms()
        yield from self._posts()

    def _outages(self, trace: Trace) -> list[list[tuple[int, int, bool]]]:
        """The outages of each unit as (start, end, whether services begin anew), planned and by chance, by their start."""
        hall = self.hall
        outages: list[list[tuple[int, int, bool]]] = [[] for _ in self.units]
        for unit, start, end, restarts in zip(hall.outage_unit, hall.outage_start, hall.outage_end, hall.outage_restarts, strict=True):
            outages[unit].append((int(start), int(end), bool(restarts)))
        for system, start, end in zip(trace.outage, trace.outage_start, trace.outage_end, strict=True):
            for unit in hall.random_unit[hall.random_first[system] : hall.random_first[system + 1]]:
                outages[unit].append((int(start), int(end), bool(hall.random_restarts[system])))
        return [sorted(of_unit) for of_unit in outages]

    def _is_down(self, unit: int, now: int) -> bool:
        return any(start <= now < end for start, end, _ in self.outages[unit])

    def _over_at(self, row: int) -> int:
        """When the service of a stop must be over: the call, the way to the counter, his service time at its speed, and what outages add.

        An outage does not stop the citizen on his way.
        """
        duration = self.work[row]
        speed = self.speeds[self.counter[row]].get(self.service[row], 10_000) if self.counter[row] in self.counters else 10_000
        if speed != 10_000:
            steps = Fraction(duration * 10_000, speed * self.hall.grid)
            duration = max(1, floor(steps + Fraction(1, 2))) * self.hall.grid
        works_from, left, stands_until = self.start[row] + self._calling(row), duration, None
        for begins, ends, restarts in self.outages[self.unit[row]] if self.counter[row] != NO_COUNTER else []:
            if ends <= works_from and stands_until is None:
                continue
            if stands_until is not None and begins > stands_until:
                works_from, stands_until = stands_until, None
            if stands_until is None:
                if begins >= works_from + left:
                    break
                left -= max(begins - works_from, 0)
            stands_until = max(ends, stands_until or 0)
            left = duration if restarts else left
        return int((works_from if stands_until is None else stands_until) + left)

    def _says(self, row: int, what: str) -> str:
        ticket = self.ticket[row]
        when = format_clock(ticket) if ticket < NEVER else "no ticket"
        return f"citizen {self.citizen[row]}, stop {row} ({when}, {OUTCOME_WORDS[self.outcome[row]]}): {what}"

    def _citizens(self) -> Iterator[str]:
        """Each citizen has exactly one outcome, and each stop begins where the one before ended."""
        for i, enters in enumerate(self.enters):
            rows = range(self.stop_first[i], self.stop_first[i + 1])
            gone = False
            comes = enters
            for row in rows:
                outcome = self.outcome[row]
                if row > rows.start and not gone:
                    comes += self._walk(row)
                if gone or comes >= self.hall.ends:
                    if outcome != NOT_REACHED or self.ticket[row] != NEVER or self.end[row] != NEVER or self.counter[row] != NO_COUNTER:
                        yield self._says(row, "was reached after the visit had ended")
                    continue
                if outcome == NOT_REACHED:
                    yield self._says(row, "should have been reached")
                elif outcome in (REFUSED_FULL, REFUSED_LATE):
                    if self.ticket[row] != NEVER or self.end[row] != comes:
                        yield self._says(row, "was refused, but not at once and without a ticket")
                elif self.ticket[row] != comes:
                    yield self._says(row, f"took the ticket at {self.ticket[row]}, not on coming at {comes}")
                gone = outcome != SERVED
                comes = self.end[row]

    def _stops(self) -> Iterator[str]:
        """Times of each stop: service time, patience, last ticket, closing, horizon, unlimited units."""
        hall = self.hall
        for row in self.rows:
            outcome, ticket, start, end = self.outcome[row], self.ticket[row], self.start[row], self.end[row]
            if outcome == NOT_REACHED:
                continue
            unit = self.unit[row]
            leaves = ticket + self.patience[row]
            is_first = row == self.stop_first[self.citizen[row]]
            came = end if ticket == NEVER else ticket
            if is_first and came >= hall.unit_last_ticket[unit] and outcome != REFUSED_LATE:
                yield self._says(row, "came at the last ticket or later and was not refused")
            if outcome == REFUSED_LATE and not (is_first and came >= hall.unit_last_ticket[unit]):
                yield self._says(row, "was refused before the last ticket")
            if (start < NEVER) != (outcome == SERVED or (outcome == STILL_INSIDE and start < NEVER)):
                yield self._says(row, "has a start of service and was not served")
            if outcome == SERVED and (start < ticket or end != self._over_at(row)):
                yield self._says(row, f"served from {start} to {end}, but a service begun then is over at {self._over_at(row)}")
            if outcome == STILL_INSIDE and start < NEVER and self._over_at(row) < hall.ends:
                yield self._says(row, f"is still in service, which was over at {self._over_at(row)}")
            if start < NEVER and start > leaves:
                yield self._says(row, f"was called at {start}, after patience ran out at {leaves}")
            if outcome == ABANDONED and end != leaves:
                yield self._says(row, f"left at {end}, but patience runs out at {leaves}")
            if outcome in (LEFT_OVER, REFUSED_FULL) and end > leaves and ticket < NEVER:
                yield self._says(row, f"waited until {end} although patience ran out at {leaves}")
            if outcome == LEFT_OVER:
                if end != max(ticket, hall.closes):
                    yield self._says(row, "was sent home, but not at closing or on coming later")
                if not hall.send_home and self.served_late[self.service[row]]:
                    yield self._says(row, "was sent home although all are to be served")
            elif (
                ticket < NEVER
                and (hall.send_home or not self.served_late[self.service[row]])
                and (ticket >= hall.closes or self.waits_until(row) > hall.closes)
            ):
                yield self._says(row, "waited after closing although nobody serves this then")
            if outcome == STILL_INSIDE and (hall.ends == NEVER or end != NEVER or (start == NEVER and leaves < hall.ends)):
                yield self._says(row, "cannot be still inside")
            if end < NEVER and end >= hall.ends:
                yield self._says(row, "ended after the horizon")
            if self.kind[unit] == UNLIMITED:
                if ticket < NEVER and outcome != LEFT_OVER and (start != ticket or self.counter[row] != NO_COUNTER):
                    yield self._says(row, "waited or had a counter at an unlimited unit")
            elif start < NEVER:
                counter = self.counter[row]
                if self._is_down(unit, start):
                    yield self._says(row, "was called while an outage stopped the unit")
                if counter >= len(self.skills) or self.service[row] not in self.skills[counter]:
                    yield self._says(row, f"was served by counter {counter}, which does not serve this")
            if start == NEVER and self.counter[row] != NO_COUNTER:
                yield self._says(row, "has a counter and was not served")

    def _served_by(self) -> dict[int, list[tuple[int, int, int]]]:
        """For each counter its services as (start, end, row) in order of time."""
        by_counter: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for row in self.rows:
            if self.start[row] < NEVER and self.counter[row] in self.counters:
                end = self.end[row] if self.end[row] < NEVER else min(self.hall.ends, NEVER - 1)  # still in service at the horizon
                by_counter[self.counter[row]].append((self.start[row], end, row))
        return {counter: sorted(services) for counter, services in by_counter.items()}

    def _duty(self, counter: int) -> list[Span]:
        """The duty that a counter with duties of its own does, extended to the end of the day if it stays after closing (R13); none if absent (R22)."""
        if self.absent[counter]:
            return []
        places = range(self.hall.duty_first[counter], self.hall.duty_first[counter + 1])
        duty = [(int(self.hall.duty_start[p]), int(self.hall.duty_end[p])) for p in places]
        if duty and duty[-1][1] >= self.hall.closes and not self.hall.send_home:
            duty[-1] = (duty[-1][0], max(duty[-1][1], self.last_instant))
        return duty

    def _counters(self) -> Iterator[str]:
        """No counter serves two citizens at once, and none calls off duty."""
        for counter, services in self._served_by().items():
            for (_, earlier_end, _), (start, _, row) in pairwise(services):
                if start < earlier_end:
                    yield self._says(row, f"was served by counter {counter} together with another citizen")
            if self.kind[self.hall.counter_unit[counter]] == NAMED:
                duty = self._duty(counter)
                for start, _, row in services:
                    if not any(begins <= start < ends for begins, ends in duty):
                        yield self._says(row, f"was called by counter {counter} off duty")

    def _levels(self, unit: int) -> list[tuple[int, int, int]]:
        """The pieces of the number on duty of a unit staffed by number. The last is extended to the end of the day if the unit stays after closing."""
        first = int(self.hall.unit_first_counter[unit])
        if first == self.hall.unit_first_counter[unit + 1]:
            return []
        places = range(self.hall.duty_first[first], self.hall.duty_first[first + 1])
        pieces = [(int(self.hall.duty_start[p]), int(self.hall.duty_end[p]), min(int(self.hall.duty_number[p]), self._present(unit))) for p in places]
        if pieces and pieces[-1][1] >= self.hall.closes and not self.hall.send_home:
            pieces[-1] = (pieces[-1][0], max(pieces[-1][1], self.last_instant), pieces[-1][2])
        return pieces

    def _busy_steps(self, unit: int) -> list[tuple[int, int]]:
        """The number of busy counters of a unit as (instant, change), ends before starts."""
        steps = []
        for counter, services in self._served_by().items():
            if self.hall.counter_unit[counter] == unit:
                for start, end, _ in services:
                    steps += [(start, 1), (end, -1)]
        return sorted(steps, key=lambda step: (step[0], step[1]))

    def _numbers(self) -> Iterator[str]:
        """In a unit staffed by number nobody is called while as many are busy as are on duty."""
        for unit in self.units:
            if self.kind[unit] != BY_NUMBER:
                continue
            pieces = self._levels(unit)
            busy = 0
            for time, step in self._busy_steps(unit):
                busy += step
                number = next((value for start, end, value in pieces if start <= time < end), 0)
                if step > 0 and busy > number:
                    yield f"unit {unit}: {busy} counters busy at {format_clock(time)} after a call, {number} on duty"

    def _free_spans(self) -> list[tuple[set[int], list[Span], str]]:
        """When a counter (or one more counter of a unit staffed by number) could call: its services, the spans of time, and its name in words."""
        served_by = self._served_by()
        spans: list[tuple[set[int], list[Span], str]] = []
        for counter in self.counters:
            if self.kind[self.hall.counter_unit[counter]] == NAMED:
                busy = [(start, end) for start, end, _ in served_by.get(counter, [])]
                spans.append((set(self.skills[counter]), _without(self._duty(counter), busy), f"counter {counter}"))
        for unit in self.units:
            if self.kind[unit] != BY_NUMBER:
                continue
            free: list[Span] = []
            steps = self._busy_steps(unit)
            for begins, ends, value in self._levels(unit):
                occupied = sum(step for time, step in steps if time <= begins)
                since = begins
                for time, step in steps:
                    if begins < time < ends:
                        if occupied < value and since < time:
                            free.append((since, time))
                        occupied, since = occupied + step, time
                if occupied < value and since < ends:
                    free.append((since, ends))
            services = {s for s, u in enumerate(self.hall.service_unit.tolist()) if u == unit}
            spans.append((services, free, f"unit {unit}"))
        return spans

    def _idle_while_waiting(self) -> Iterator[str]:
        """No eligible counter is idle on duty while a ticket waits (or is turned away)."""
        horizon = min(self.hall.ends, self.last_instant)
        waiting: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        turned_away: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row in self.rows:
            if self.ticket[row] < NEVER and self.kind[self.unit[row]] != UNLIMITED:
                until = min(self.waits_until(row), horizon)
                if until > self.ticket[row]:
                    waiting[self.service[row]].append((self.ticket[row], until, row))
            elif self.outcome[row] == REFUSED_FULL:
                turned_away[self.service[row]].append((self.end[row], row))
        for services, free, who in self._free_spans():
            for service in services:
                spans = _without(free, [(start, end) for start, end, _ in self.outages[self.unit_of_service[service]]])
                starts = np.array([span[0] for span in spans], dtype=np.int64)
                ends = np.array([span[1] for span in spans], dtype=np.int64)
                for since, until, row in waiting[service]:
                    at = int(np.searchsorted(ends, since, side="right"))
                    if at < len(spans) and starts[at] < until:
                        yield self._says(row, f"waited while {who} was free at {format_clock(max(since, int(starts[at])))}")
                for time, row in turned_away[service]:
                    at = int(np.searchsorted(ends, time, side="right"))
                    if at < len(spans) and starts[at] < time:
                        yield self._says(row, f"was turned away while {who} was free")

    def _order(self) -> Iterator[str]:
        """Tickets are called in their order, and a citizen finding free counters takes the first."""
        taken = sorted((row for row in self.rows if self.ticket[row] < NEVER and self.kind[self.unit[row]] != UNLIMITED), key=lambda r: self.ticket[r])
        starts = sorted((row for row in taken if self.start[row] < NEVER), key=lambda r: self.start[r])
        waiting: dict[int, set[int]] = defaultdict(set)
        upcoming = 0
        served_by = self._served_by()
        for row in starts:
            now, counter = self.start[row], self.counter[row]
            while upcoming < len(taken) and self.ticket[taken[upcoming]] < now:
                waiting[self.service[taken[upcoming]]].add(taken[upcoming])
                upcoming += 1
            at_once = self.ticket[row] == now
            skills = self.skills[counter] if counter < len(self.skills) else {}
            mine = (skills.get(self.service[row], 0), *self._place_in_order(row))
            for service, level in skills.items():
                if self._is_down(self.unit_of_service[service], now):
                    continue
                gone = {r for r in waiting[service] if self.waits_until(r) < now}
                waiting[service] -= gone
                for other in waiting[service]:
                    # A ticket called now may have been called before this one. A citizen whose patience ends now left after calls, before comings.
                    if other == row or self.start[other] == now or (at_once and self.waits_until(other) == now):
                        continue
                    if at_once or (level, *self._place_in_order(other)) < mine:
                        yield self._says(row, f"was called by counter {counter} before citizen {self.citizen[other]}, who came first in the order")
            if at_once and counter in self.counters:
                unit = self.hall.counter_unit[counter]
                for lower in range(counter):
                    if self.service[row] not in self.skills[lower]:
                        continue
                    busy = [(start, end) for start, end, _ in served_by.get(lower, [])]
                    if self.kind[self.hall.counter_unit[lower]] == NAMED:
                        free = any(begins < now < ends for begins, ends in _without(self._duty(lower), busy))
                    else:
                        free = self.hall.counter_unit[lower] == unit and not any(start <= now <= end for start, end in busy)
                    if free:
                        yield self._says(row, f"went to counter {counter} although counter {lower} was free")

    def _place_in_order(self, row: int) -> tuple[int, int, int]:
        return (self.rank[self.citizen[row]], self.ticket[row], self.citizen[row])

    def _rooms(self) -> Iterator[str]:
        """Waiting rooms: nobody is turned away while there is room, and none holds more than its size."""
        for unit in self.units:
            room = int(self.hall.unit_room[unit])
            if room == NEVER:
                continue
            steps: list[tuple[int, int, int, int]] = []  # (instant, left first, citizen, change)
            comings: list[tuple[int, int, int, int]] = []
            for row in self.rows:
                if self.unit[row] != unit:
                    continue
                i = self.citizen[row]
                if self.outcome[row] == REFUSED_FULL:
                    comings.append((self.end[row], 1, i, row))
                elif self.ticket[row] < NEVER and self.waits_until(row) > self.ticket[row]:
                    steps += [(self.ticket[row], 1, i, 1), (self.waits_until(row), 0, i, -1)]
                    comings.append((self.ticket[row], 1, i, row))
                elif self.outcome[row] == ABANDONED:  # no patience: he comes, and leaves before the next citizen comes
                    comings.append((self.ticket[row], 1, i, row))
            steps.sort()
            at, waiting = 0, 0
            for time, late, i, row in sorted(comings):
                while at < len(steps) and steps[at][:3] < (time, late, i):
                    waiting += steps[at][3]
                    at += 1
                if (waiting >= room) != (self.outcome[row] == REFUSED_FULL):
                    yield self._says(row, f"met {waiting} waiting in a waiting room for {room}")


    def _posts(self) -> Iterator[str]:
        """The posts agree with plan and tickets about the state of each counter over the day."""
        served = self._served_by()
        for counter in self.counters:
            unit = int(self.hall.counter_unit[counter])
            if self.kind[unit] == NAMED:
                expected = self._states_of_named(counter, served.get(counter, []))
            elif counter == self.hall.unit_first_counter[unit]:
                services = [one for c in range(counter, int(self.hall.unit_first_counter[unit + 1])) for one in served.get(c, [])]
                expected = self._states_of_number(unit, services)
            else:
                expected = []
            written = _joined((start, end, (state, number)) for c, number, state, start, end in self.posts if c == counter)
            if written != _joined(expected):
                yield f"counter {counter}: its posts are {written}, but plan and tickets say {_joined(expected)}"
        if any(counter not in self.counters or start >= end for counter, _, _, start, end in self.posts):
            yield "a post is of no counter, or has no length"

    def _states_of_named(self, counter: int, services: list[tuple[int, int, int]]) -> list[tuple[int, int, tuple[int, int]]]:
        """What a counter with duties of its own did, piece by piece: (start, end, (state, 1))."""
        places = range(self.hall.duty_first[counter], self.hall.duty_first[counter + 1])
        duty = [(int(self.hall.duty_start[p]), int(self.hall.duty_end[p])) for p in places]
        if not duty:
            return []
        if self.absent[counter]:
            return [(start, min(end, self.hall.ends), (ABSENT, 1)) for start, end in duty if start < self.hall.ends]
        stays = duty[-1][1] >= self.hall.closes and not self.hall.send_home
        last = max([end for _, end, _ in services], default=0)
        units = {self.unit_of_service[service] for service in self.skills[counter]}
        cuts = {instant for span in (*duty, *services) for instant in span[:2]}
        cuts.update(instant for unit in units for span in self.outages[unit] for instant in span[:2])
        found = []
        for start, end in pairwise(sorted(cuts)):
            if start >= self.hall.ends:
                break
            row = next((row for begins, ends, row in services if begins <= start < ends), None)
            stopped = {unit for unit in units if self._is_down(unit, start)}
            if any(begins <= start < ends for begins, ends in duty):
                is_down = stopped == units if row is None else self.unit[row] in stopped
                state = DOWN if is_down else ON_DUTY
            elif start < duty[0][0]:
                continue
            elif start < duty[-1][1]:
                state = BREAK if row is None else INTO_BREAK
            elif stays and start < last:
                state = STAYING
            elif row is not None:
                state = OVERTIME
            else:
                continue
            found.append((start, min(end, self.hall.ends), (state, 1)))
        return found

    def _states_of_number(self, unit: int, services: list[tuple[int, int, int]]) -> list[tuple[int, int, tuple[int, int]]]:
        """What the post of a unit staffed by number did, piece by piece: (start, end, (state, number))."""
        first = int(self.hall.unit_first_counter[unit])
        places = range(self.hall.duty_first[first], self.hall.duty_first[first + 1])
        pieces = [(int(self.hall.duty_start[p]), int(self.hall.duty_end[p]), min(int(self.hall.duty_number[p]), self._present(unit))) for p in places]
        cuts = {instant for span in (*pieces, *self.outages[unit]) for instant in span[:2]}
        found = []
        for start, end in pairwise(sorted(cuts)):
            number = next((value for begins, ends, value in pieces if begins <= start < ends), 0)
            if number:
                found.append((start, end, (DOWN if self._is_down(unit, start) else ON_DUTY, number)))
        last = max([end for _, end, _ in services], default=0)
        if pieces and pieces[-1][1] >= self.hall.closes and not self.hall.send_home and last > pieces[-1][1] and pieces[-1][2]:
            found.append((pieces[-1][1], last, (STAYING, pieces[-1][2])))
        return found


def _joined(pieces: Iterable[tuple[int, int, tuple[int, int]]]) -> list[tuple[int, int, tuple[int, int]]]:
    """Pieces in order of time; pieces that touch and are alike are joined."""
    joined: list[tuple[int, int, tuple[int, int]]] = []
    for start, end, what in pieces:
        if joined and joined[-1][1:] == (start, what):
            joined[-1] = (joined[-1][0], end, what)
        else:
            joined.append((start, end, what))
    return joined


def _without(spans: list[Span], taken: list[Span]) -> list[Span]:
    """The parts of the spans that no taken span covers. Both are in order of time; ``spans`` do not overlap. Empty parts are left out."""
    left: list[Span] = []
    at = 0
    for start, end in spans:
        since = start
        while at < len(taken) and taken[at][1] <= since:
            at += 1
        k = at
        while k < len(taken) and taken[k][0] < end:
            if taken[k][0] > since:
                left.append((since, taken[k][0]))
            since = max(since, taken[k][1])
            k += 1
        if since < end:
            left.append((since, end))
    return left
