"""The parts of a hall that are measured (the hall, each unit, service and class), and each measure of a part as a ratio over days.

A measure is defined here once, as numerator and denominator by day; the summary gives its interval, a comparison its paired difference.
A number a day is a ratio to one a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import HOUR, MINUTE
from sim.model.shapes import UNLIMITED, Plan
from sim.results.measures import (
    ABANDONED_WITHIN,
    CAME,
    DOOR_WAIT,
    LEFT,
    SERVED_WITHIN,
    TAKEN,
    TIME_IN_HALL,
    TOTAL_WAIT,
    WAIT_OF_ALL,
    WAIT_OF_SERVED,
    WAITED,
    WORK,
    Days,
    Ints,
    on_duty,
)
from sim.results.records import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE, class_name
from sim.scenario.lookup import services_of
from sim.scenario.schema import Scenario


class Scope(NamedTuple):
    """Which part of the hall: identifiers of unit, service and class, empty for all of them; interval of the day, -1 for the whole day."""

    unit: str = ""
    service: str = ""
    citizen_class: str = ""
    interval: int = -1


class Ratio(NamedTuple):
    """A measure by day: numerator and denominator, of which the pooled ratio is the measure."""

    numerator: NDArray[Any]
    denominator: NDArray[Any]


@dataclass(frozen=True)
class Part:
    """A part of the hall: its scope, its measures as ratios over days, and which of the run's waits belong to it."""

    scope: Scope
    ratios: dict[str, Ratio]
    waits: NDArray[np.bool_] = field(repr=False)


def of_hall(scenario: Scenario) -> NDArray[np.intp]:
    """The units whose tickets, waits and hours make the figures of the hall: those that are no machines."""
    return np.array([u for u, unit in enumerate(scenario.units.values()) if not unit.machine], dtype=np.intp)


def has_target(scenario: Scenario, unit: str) -> bool:
    """Whether a share within target means anything: the unit has a target; the hall (no unit), when all units of its figures have one."""
    units = list(scenario.units.values())
    return all(given.target or scenario.target for given in ([scenario.units[unit]] if unit else (units[u] for u in of_hall(scenario))))


def parts(scenario: Scenario, plan: Plan, days: Days) -> Iterator[Part]:
    """The parts of a hall with all their measures of the whole day: the hall and its classes, then each unit, its classes and services."""
    sums, waits = days.sums, days.waits
    service_unit = plan.hall.service_unit
    names = services_of(scenario)
    ranks = sorted({source.rank for source in scenario.citizens.values()} | {0 for s in scenario.citizens.values() if s.priority > 0})
    classes = ranks if len(ranks) > 1 else []
    wait_unit = service_unit[waits.service]
    _, duty = on_duty(plan)
    with_counters = np.flatnonzero(plan.hall.unit_kind != UNLIMITED)
    length = float(np.diff(plan.window.edges).sum())
    hall, one = of_hall(scenario), np.ones(days.replications)
    staffed, services = np.intersect1d(hall, with_counters), np.isin(service_unit, hall)
    waits_of_hall = np.isin(wait_unit, hall)
    whole = {
        **ticket_ratios(sums.tickets[:, services].sum(axis=(1, 2)), has_target(scenario, "")),
        **citizen_ratios(sums.citizens.sum(axis=1)),
        **counter_ratios(sums.busy_in_all[:, staffed], sums.overtime[:, staffed], duty[staffed]),
        "most_inside": Ratio(sums.most_inside[:, -1], one),
        "number_waiting": Ratio(sums.waiting[:, hall].sum(axis=(1, 2)) / length, one),
        "inside": Ratio(sums.inside.sum(axis=1) / length, one),
        **({"last_citizen_leaves": Ratio(_last_leaves(plan, days) / MINUTE, one)} if scenario.hours else {}),
    }
    yield Part(Scope(), whole, waits_of_hall)
    for rank in classes:
        ratios = {**ticket_ratios(sums.tickets[:, services, rank].sum(axis=1), has_target(scenario, "")), **citizen_ratios(sums.citizens[:, rank])}
        yield Part(Scope(citizen_class=class_name(rank)), ratios, waits_of_hall & (waits.rank == rank))
    for u, unit in enumerate(scenario.units):
        mine, targeted = np.flatnonzero(service_unit == u), has_target(scenario, unit)
        ratios = ticket_ratios(sums.tickets[:, mine].sum(axis=(1, 2)), targeted)
        ratios["number_waiting"] = Ratio(sums.waiting[:, u].sum(axis=1) / length, one)
        if u in with_counters:
            ratios |= counter_ratios(sums.busy_in_all[:, [u]], sums.overtime[:, [u]], duty[[u]])
        yield Part(Scope(unit), ratios, wait_unit == u)
        for rank in classes:
            of_class = ticket_ratios(sums.tickets[:, mine, rank].sum(axis=1), targeted)
            yield Part(Scope(unit, citizen_class=class_name(rank)), of_class, (wait_unit == u) & (waits.rank == rank))
        for service in mine if len(mine) > 1 else ():
            of_service = ticket_ratios(sums.tickets[:, service].sum(axis=1), targeted)
            yield Part(Scope(unit, names[service][1]), of_service, waits.service == service)


def ticket_ratios(sums: Ints, with_target: bool) -> dict[str, Ratio]:
    """The measures of tickets, from the sums of a part of the hall (day × sum)."""
    column = dict(enumerate(sums.T))
    taken, one = column[TAKEN], np.ones(len(sums))
    refused = column[REFUSED_FULL] + column[REFUSED_LATE]
    ratios = {
        "tickets": Ratio(taken, one),
        "served": Ratio(column[SERVED], one),
        "abandoned": Ratio(column[ABANDONED], one),
        "left_over": Ratio(column[LEFT_OVER], one),
        "refused_full": Ratio(column[REFUSED_FULL], one),
        "refused_late": Ratio(column[REFUSED_LATE], one),
        "refused": Ratio(refused, one),
        "still_inside": Ratio(column[STILL_INSIDE], one),
        "waiting_time_mean": Ratio(column[WAIT_OF_SERVED] / MINUTE, column[SERVED]),
        "waiting_time_all_mean": Ratio(column[WAIT_OF_ALL] / MINUTE, taken - column[STILL_INSIDE]),
        "service_time_mean": Ratio(column[WORK] / MINUTE, column[SERVED]),
        "share_waiting": Ratio(column[WAITED], taken),
        "share_abandoned": Ratio(column[ABANDONED], taken),
        "share_left_over": Ratio(column[LEFT_OVER], taken),
        "share_refused": Ratio(refused, taken + refused),
    }
    if with_target:
        ratios["share_within_target"] = Ratio(column[SERVED_WITHIN], taken - column[ABANDONED_WITHIN])
    return ratios


def citizen_ratios(sums: Ints) -> dict[str, Ratio]:
    """The measures of citizens' whole visits, from their sums (day × sum)."""
    column = dict(enumerate(sums.T))
    one = np.ones(len(sums))
    return {
        "citizens": Ratio(column[CAME], one),
        "citizens_served": Ratio(column[SERVED], one),
        "citizens_abandoned": Ratio(column[ABANDONED], one),
        "citizens_left_over": Ratio(column[LEFT_OVER], one),
        "citizens_refused_full": Ratio(column[REFUSED_FULL], one),
        "citizens_refused_late": Ratio(column[REFUSED_LATE], one),
        "refused": Ratio(column[REFUSED_FULL] + column[REFUSED_LATE], one),  # of the hall: at its machines too
        "citizens_still_inside": Ratio(column[STILL_INSIDE], one),
        "time_in_hall_mean": Ratio(column[TIME_IN_HALL] / MINUTE, column[LEFT]),
        "total_wait_mean": Ratio(column[TOTAL_WAIT] / MINUTE, column[LEFT]),
        "door_wait_mean": Ratio(column[DOOR_WAIT] / MINUTE, column[CAME]),
    }


def counter_ratios(busy: Ints, overtime: Ints, duty: Ints) -> dict[str, Ratio]:
    """Utilisation, overtime and hours on duty, from busy time and overtime (day × unit) and time on duty (unit)."""
    one = np.ones(len(busy))
    return {
        "utilisation": Ratio(busy.sum(axis=1), one * duty.sum()),
        "overtime": Ratio(overtime.sum(axis=1) / MINUTE, one),
        "hours_on_duty": Ratio(one * duty.sum() / HOUR, one),
    }


def _last_leaves(plan: Plan, days: Days) -> NDArray[np.int64]:
    """When the last citizen left, by day; closing on a day on which nobody came."""
    last = days.sums.last_leaves[:, 0]
    return np.where(last > 0, last, plan.window.edges[-1])
