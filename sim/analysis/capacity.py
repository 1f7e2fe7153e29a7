"""Capacity: how much the counters of a plan can carry at each time, which is planned duty × speed less outages. No other file reads planned duty.

Capacity is known before any simulation; the posts of the records say what counters really did. Outages by chance (R17) lower capacity
by the share of time that the system is down in the long run, and absence (R22) by the share of officers who are absent on an average day; on a
single day it may be more or less.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model.distributions import mean_time
from sim.model.shapes import BY_NUMBER, FULL_SPEED, Hall, Plan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Duty(NamedTuple):
    """A piece of planned duty: ``number`` counters, from ``counter`` on, are on duty in [start, end)."""

    unit: int
    counter: int
    start: int
    end: int
    number: int


class Hands(NamedTuple):
    """Counters on duty at an instant that serve the same services: their number, and the erlangs of each service that one counter carries alone."""

    number: int
    erlangs: dict[int, float]

    @property
    def services(self) -> frozenset[int]:
        """The services that they serve."""
        return frozenset(self.erlangs)

    def carry(self, services: frozenset[int]) -> float:
        """How many erlangs of some services they carry together.

        If their speed depends on the service, the highest speed counts. So the result is an upper bound, and an overload above it is a real one.
        """
        return self.number * max((self.erlangs[service] for service in self.services & services), default=0.0)

    def of(self, services: frozenset[int]) -> Hands:
        """The same counters, limited to some of the services."""
        return Hands(self.number, {service: erlangs for service, erlangs in self.erlangs.items() if service in services})


def planned_duty(plan: Plan) -> Iterator[Duty]:
    """The planned duty of each counter; that of a unit staffed by number stands at its first counter. Outages are not subtracted."""
    hall = plan.hall
    for counter, unit in enumerate(hall.counter_unit.tolist()):
        rows = slice(int(hall.duty_first[counter]), int(hall.duty_first[counter + 1]))
        for start, end, number in zip(hall.duty_start[rows].tolist(), hall.duty_end[rows].tolist(), hall.duty_number[rows].tolist(), strict=True):
            yield Duty(unit, counter, start, end, number)


def presence(plan: Plan, duty: Duty) -> float:
    """The expected share of the officers planned for a duty who are there (R22): those who are not absent, up to the number planned.

    Example: two of three are planned, and on half of the days two are absent; then (2 + 1) ÷ 2 of 2 are there, which is 75 %.
    """
    if plan.extras is None:
        return 1.0
    first, last = (int(plan.hall.unit_first_counter[duty.unit + k]) for k in (0, 1))
    rows = slice(int(plan.extras.absent_first[duty.unit]), int(plan.extras.absent_first[duty.unit + 1]))
    present = np.array([1.0])  # the probability of each number present
    if rows.stop > rows.start:
        present = np.bincount(last - first - plan.extras.absent_number[rows], plan.extras.absent_share[rows], last - first + 1)
        if plan.hall.unit_kind[duty.unit] != BY_NUMBER:
            return float(present @ np.arange(len(present))) / (last - first)
    elif plan.hall.unit_kind[duty.unit] != BY_NUMBER:
        return 1.0 - float(plan.extras.absence[duty.counter])
    else:
        for share in plan.extras.absence[first:last].tolist():
            present = np.convolve(present, [share, 1.0 - share])
    return float(present @ np.minimum(np.arange(len(present)), duty.number)) / duty.number


def changes(plan: Plan) -> Ints:
    """The instants at which a duty or a planned outage begins or ends."""
    hall = plan.hall
    return np.unique(np.concatenate((hall.duty_start, hall.duty_end, hall.outage_start, hall.outage_end)))


def time_on_duty(plan: Plan) -> tuple[Ints, Ints]:
    """Planned time on duty less planned outages and expected absence, in microseconds: unit × interval, and unit over the whole day (or the measured window).

    An outage is taken off a counter while it stops all that the counter serves (R17): a counter that also serves a unit that is up works on.
    A counter that stays after closing until all are served (R13) is not on duty then; it works overtime.
    """
    hall, edges = plan.hall, plan.window.edges
    bounds = (0, clock.NEVER) if hall.ends == clock.NEVER else (int(edges[0]), int(edges[-1]))
    units = len(hall.unit_kind)
    by_interval, in_all = np.zeros((units, len(edges) - 1)), np.zeros(units)
    for duty in planned_duty(plan):
        unit, counter, duty_start, duty_end, planned = duty
        number = planned * presence(plan, duty)
        skills = slice(int(hall.skill_first[counter]), int(hall.skill_first[counter + 1]))
        serves = set(hall.service_unit[hall.skill_service[skills]].tolist())
        for start, end in _up(hall, serves, max(duty_start, bounds[0]), min(duty_end, bounds[1])):
            in_all[unit] += number * (end - start)
            by_interval[unit] += number * np.maximum(0, np.minimum(end, edges[1:]) - np.maximum(start, edges[:-1]))
    return np.rint(by_interval).astype(np.int64), np.rint(in_all).astype(np.int64)


def mean_times(plan: Plan) -> tuple[Floats, Floats]:
    """For each service the mean calling time (R29) and the mean service time, in microseconds; the latter is NaN if no route has the service."""
    work = np.full(len(plan.hall.service_unit), np.nan)
    for service, row in zip(plan.demand.stop_service.tolist(), plan.demand.stop_work.tolist(), strict=True):
        work[service] = mean_time(plan.times, row)
    return plan.calling.astype(np.float64), work


def paces(plan: Plan) -> Floats:
    """For each counter and service that it serves: how fast the counter is done with a citizen, against a counter of full speed.

    That is its speed (R16), where calling takes no time. Otherwise the way to the counter takes as long as ever (R29): with 1 min of it and
    services of 4 min, a counter of 50 % needs 9 min instead of 5, which is a pace of 56 %.
    """
    hall, (calling, work) = plan.hall, mean_times(plan)
    speed, calling, work = hall.skill_speed / FULL_SPEED, calling[hall.skill_service], work[hall.skill_service]
    needs = np.where(calling > 0, calling + work / speed, 1.0)
    pace: Floats = np.where((calling > 0) & (needs > 0), (calling + work) / needs, speed)
    return pace


def hands_at(plan: Plan, now: int) -> list[Hands]:
    """The counters on duty at an instant, with the erlangs they carry of services that no planned outage stops then."""
    hall = plan.hall
    is_up, pace = availability(plan), paces(plan)
    stopped = {unit for unit in range(len(is_up)) if _is_down(hall, unit, now)}
    found = []
    for duty in planned_duty(plan):
        if not duty.start <= now < duty.end:
            continue
        skills = slice(int(hall.skill_first[duty.counter]), int(hall.skill_first[duty.counter + 1]))
        erlangs, there = {}, presence(plan, duty)
        for service, speed in zip(hall.skill_service[skills].tolist(), pace[skills].tolist(), strict=True):
            if (unit := int(hall.service_unit[service])) not in stopped:
                erlangs[service] = speed * float(is_up[unit]) * there
        if erlangs:
            found.append(Hands(duty.number, erlangs))
    return found


def availability(plan: Plan) -> Floats:
    """The share of time that outages by chance leave each unit up in the long run: time up ÷ (time up + time down)."""
    hall = plan.hall
    is_up = np.ones(len(hall.unit_kind))
    for system, (up, down) in enumerate(zip(hall.random_up.tolist(), hall.random_down.tolist(), strict=True)):
        mean_up, mean_down = (max(mean_time(plan.outage_times, row), hall.grid) for row in (up, down))
        which = hall.random_unit[hall.random_first[system] : hall.random_first[system + 1]]
        is_up[which] *= mean_up / (mean_up + mean_down)
    return is_up


def speeds(plan: Plan) -> Floats:
    """The average pace × availability of the counters that serve each service: the work done per time on duty.

    The average is weighted by time on duty. It covers the counters of any unit that have the service among their own, or if there are
    none, those that help it. If nobody serves it, the result is the availability alone.
    """
    hall, pace = plan.hall, paces(plan)
    work, time = np.zeros((2, 2, len(hall.service_unit)))
    for _, counter, start, end, number in planned_duty(plan):
        for place in range(hall.skill_first[counter], hall.skill_first[counter + 1]):
            at = (hall.skill_level[place], hall.skill_service[place])
            time[at] += number * (end - start)
            work[at] += number * (end - start) * pace[place]
    own = time[0] > 0
    work, time = np.where(own, work[0], work[1]), np.where(own, time[0], time[1])
    average: Floats = np.divide(work, time, out=np.ones(len(work)), where=time > 0) * availability(plan)[hall.service_unit]
    return average


def ever_on_duty(plan: Plan) -> NDArray[np.bool_]:
    """Whether each counter with duties of its own is on duty in the opening hours, or serves those who still wait after closing (R13)."""
    ever = plan.hall.stays & (not plan.hall.send_home)
    for duty in planned_duty(plan):
        ever[duty.counter] |= duty.start < plan.demand.until and duty.end > plan.demand.opens
    return ever


def last_duty_ends(plan: Plan) -> Ints:
    """For each service the instant at which the last duty of a counter that serves or helps it ends; -1 if there is no such counter."""
    hall = plan.hall
    ends = np.full(len(hall.service_unit), -1, dtype=np.int64)
    for duty in planned_duty(plan):
        served = hall.skill_service[hall.skill_first[duty.counter] : hall.skill_first[duty.counter + 1]]
        ends[served] = np.maximum(ends[served], duty.end)
    return ends


def is_stopped(plan: Plan, services: frozenset[int], now: int) -> bool:
    """Whether a planned outage stops all of some services at an instant."""
    return all(_is_down(plan.hall, int(plan.hall.service_unit[service]), now) for service in services)


def _is_down(hall: Hall, unit: int, now: int) -> bool:
    mine = hall.outage_unit == unit
    return bool(((hall.outage_start[mine] <= now) & (now < hall.outage_end[mine])).any())


def _up(hall: Hall, units: set[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of [start, end) in which no planned outage stops one of the units at least."""
    mine = np.isin(hall.outage_unit, list(units))
    inner = np.concatenate((hall.outage_start[mine], hall.outage_end[mine]))
    cuts = [start, *np.unique(inner[(inner > start) & (inner < end)]).tolist(), end] if start < end else []
    for since, until in pairwise(cuts):
        if not all(_is_down(hall, unit, since) for unit in units):
            yield since, until
