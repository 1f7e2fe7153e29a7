"""The parts of a hall that are measured (the hall, each unit, service and class), and each measure of a part as a ratio over days.

Each measure is defined once, here, as numerator and denominator by row: a day, or a section of many days (`sim.results.days`). The
summary computes its interval, a comparison its paired difference. A number a day is a ratio whose denominator is the number of days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import HOUR, MINUTE
from sim.model.shapes import ABSENT, DOWN, INTO_BREAK, ON_DUTY, OVERTIME, STAYING, UNLIMITED, Plan
from sim.results.days import Days, part_of
from sim.results.measures import (
    ABANDONED_WITHIN,
    CAME,
    DOOR_WAIT,
    LEFT,
    SERVED_WITHIN,
    TAKEN,
    TICKET_SUMS,
    TIME_IN_HALL,
    TOTAL_WAIT,
    WAIT_OF_ALL,
    WAIT_OF_SERVED,
    WAITED,
    WORK,
    Ints,
)
from sim.results.outcomes import ABANDONED, LEFT_OVER, NOT_REACHED, OUTCOMES, REFUSED, SERVED, STILL_INSIDE
from sim.results.records import class_name
from sim.scenario.lookup import services_of, target_of, units_of_hall
from sim.scenario.schema import Scenario


class Scope(NamedTuple):
    """A part of the hall, by the identifiers of unit, service and class (empty: all of them) and the interval of the day (-1: the whole day)."""

    unit: str = ""
    service: str = ""
    citizen_class: str = ""
    interval: int = -1


class Ratio(NamedTuple):
    """A measure by row of days: its numerator and denominator. The ratio of their sums is the measure."""

    numerator: NDArray[Any]
    denominator: NDArray[Any]


@dataclass(frozen=True)
class Part:
    """A part of the hall: its scope and its measures as ratios over rows of days.

    ``place`` is its place among the days' own means (`sim.results.days.part_of`), and ``waits`` are its columns in
    `sim.results.waits.WaitCounts.by_class`.
    """

    scope: Scope
    ratios: dict[str, Ratio]
    place: int
    waits: NDArray[np.intp]


def of_hall(scenario: Scenario) -> NDArray[np.intp]:
    """The numbers of the units that count in the figures of the hall (`sim.scenario.lookup.units_of_hall`)."""
    counted = units_of_hall(scenario)
    return np.array([u for u, unit in enumerate(scenario.units) if unit in counted], dtype=np.intp)


def has_target(scenario: Scenario, unit: str) -> bool:
    """Whether a share within target is defined: the unit has a target, or for the hall (no unit) all units of its figures have one."""
    return all(target_of(scenario, one) for one in ([unit] if unit else units_of_hall(scenario)))


def parts(scenario: Scenario, plan: Plan, days: Days) -> Iterator[Part]:
    """The parts of a hall with all their measures of the whole day: the hall and its classes, then each unit, its classes and services."""
    sums, one = days.sums, days.days
    if plan.calling.any():  # one more sum: the time in which the served came to the counter after the call
        came = sums.tickets[..., SERVED] * plan.calling[:, np.newaxis]
        sums = sums._replace(tickets=np.concatenate((sums.tickets, came[..., np.newaxis]), axis=-1))
    service_unit = plan.hall.service_unit
    names = services_of(scenario)
    ranks = sorted({source.rank for source in scenario.citizens.values()} | {0 for s in scenario.citizens.values() if s.priority > 0})
    classes = ranks if len(ranks) > 1 else []
    columns = np.arange(len(service_unit) * plan.hall.ranks).reshape(len(service_unit), plan.hall.ranks)  # of the counted waits
    with_counters = np.flatnonzero(plan.hall.unit_kind != UNLIMITED)
    length = float(np.diff(plan.window.edges).sum())
    hall = of_hall(scenario)
    staffed, services = np.intersect1d(hall, with_counters), np.isin(service_unit, hall)
    whole = {
        **ticket_ratios(sums.tickets[:, services].sum(axis=(1, 2)), one, has_target(scenario, "")),
        **citizen_ratios(sums.citizens.sum(axis=1), one),
        **counter_ratios(plan, sums.served_in[:, staffed].sum(axis=1), sums.time_in[:, staffed].sum(axis=1), one),
        "most_inside": Ratio(sums.most_inside[:, -1], one),
        "number_waiting": Ratio(sums.waiting[:, hall].sum(axis=(1, 2)) / length, one),
        "inside": Ratio(sums.inside.sum(axis=1) / length, one),
        **({"last_citizen_leaves": Ratio(sums.last_leaves / MINUTE, one)} if scenario.hours else {}),
    }
    yield Part(Scope(), whole, part_of(plan), columns[services].ravel())
    for rank in classes:
        ratios = ticket_ratios(sums.tickets[:, services, rank].sum(axis=1), one, has_target(scenario, "")) | citizen_ratios(sums.citizens[:, rank], one)
        yield Part(Scope(citizen_class=class_name(rank)), ratios, part_of(plan, rank=rank), columns[services, rank])
    for u, unit in enumerate(scenario.units):
        mine, targeted = np.flatnonzero(service_unit == u), has_target(scenario, unit)
        ratios = ticket_ratios(sums.tickets[:, mine].sum(axis=(1, 2)), one, targeted)
        ratios["number_waiting"] = Ratio(sums.waiting[:, u].sum(axis=1) / length, one)
        if u in with_counters:
            ratios |= counter_ratios(plan, sums.served_in[:, u], sums.time_in[:, u], one)
        yield Part(Scope(unit), ratios, part_of(plan, u), columns[mine].ravel())
        for rank in classes:
            of_class = ticket_ratios(sums.tickets[:, mine, rank].sum(axis=1), one, targeted)
            yield Part(Scope(unit, citizen_class=class_name(rank)), of_class, part_of(plan, u, rank), columns[mine, rank])
        for service in mine.tolist() if len(mine) > 1 else ():
            of_service = ticket_ratios(sums.tickets[:, service].sum(axis=1), one, targeted)
            yield Part(Scope(unit, names[service][1]), of_service, part_of(plan, service=service), columns[service])


def ticket_ratios(sums: Ints, days: Ints, with_target: bool) -> dict[str, Ratio]:
    """The measures of tickets, from the sums of a part of the hall (row × … × sum) and the days in each row.

    In a hall where calling takes time (R29), there is one sum more: the time of coming to the counter of the served.
    """
    column = [sums[..., number] for number in range(sums.shape[-1])]
    taken = column[TAKEN]
    one = np.broadcast_to(days.reshape(-1, *(1,) * (taken.ndim - 1)), taken.shape)
    refused = sums[..., REFUSED].sum(axis=-1)
    calling = column[TICKET_SUMS] if len(column) > TICKET_SUMS else 0
    ratios = {
        "tickets": Ratio(taken, one),
        **{outcome.name: Ratio(column[number], one) for number, outcome in enumerate(OUTCOMES) if number != NOT_REACHED},
        "refused": Ratio(refused, one),
        "waiting_time_mean": Ratio(column[WAIT_OF_SERVED] / MINUTE, column[SERVED]),
        "waiting_time_all_mean": Ratio(column[WAIT_OF_ALL] / MINUTE, taken - column[STILL_INSIDE]),
        **({"wait_to_service_mean": Ratio((column[WAIT_OF_SERVED] + calling) / MINUTE, column[SERVED])} if len(column) > TICKET_SUMS else {}),
        "service_time_mean": Ratio((column[WORK] - calling) / MINUTE, column[SERVED]),
        "share_waiting": Ratio(column[WAITED], taken),
        "share_abandoned": Ratio(column[ABANDONED], taken),
        "share_left_over": Ratio(column[LEFT_OVER], taken),
        "share_refused": Ratio(refused, taken + refused),
    }
    if with_target:
        ratios["share_within_target"] = Ratio(column[SERVED_WITHIN], taken - column[ABANDONED_WITHIN])
    return ratios


def citizen_ratios(sums: Ints, days: Ints) -> dict[str, Ratio]:
    """The measures of citizens' whole visits, from their sums (row × sum) and the days in each row."""
    column = dict(enumerate(sums.T))
    return {
        "citizens": Ratio(column[CAME], days),
        **{f"citizens_{outcome.name}": Ratio(column[number], days) for number, outcome in enumerate(OUTCOMES) if number != NOT_REACHED},
        "refused": Ratio(sums[:, REFUSED].sum(axis=1), days),  # at all units of the hall, machines too
        "time_in_hall_mean": Ratio(column[TIME_IN_HALL] / MINUTE, column[LEFT]),
        "total_wait_mean": Ratio(column[TOTAL_WAIT] / MINUTE, column[LEFT]),
        "door_wait_mean": Ratio(column[DOOR_WAIT] / MINUTE, column[CAME]),
    }


def counter_ratios(plan: Plan, served_in: Ints, time_in: Ints, days: Ints) -> dict[str, Ratio]:
    """Utilisation, work outside duty and hours on duty, from the times of serving and of posts by state (row × state), and the days in each row."""
    return {
        "utilisation": Ratio(served_in[:, ON_DUTY], time_in[:, ON_DUTY]),
        "into_breaks": Ratio(served_in[:, INTO_BREAK] / MINUTE, days),
        "overtime": Ratio((served_in[:, OVERTIME] + served_in[:, STAYING]) / MINUTE, days),
        "hours_on_duty": Ratio((time_in[:, ON_DUTY] + time_in[:, DOWN]) / HOUR, days),
        **({"hours_down": Ratio(time_in[:, DOWN] / HOUR, days)} if plan.hall.has_outages else {}),
        **({"hours_absent": Ratio(time_in[:, ABSENT] / HOUR, days)} if plan.extras and plan.extras.has_absence else {}),
    }
