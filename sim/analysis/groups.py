"""Groups of units that share counters. An officer of two units has work from both, so utilisation is computed for both together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.shapes import ON_DUTY, UNLIMITED, Plan
from sim.results.days import Days


class UnitGroup(NamedTuple):
    """Units that share counters, by identifier, and the utilisation of all their counters by interval of the day and over the whole day.

    NaN where none of these counters is on duty.
    """

    units: tuple[str, ...]
    by_interval: tuple[float, ...]
    all_day: float


def groups_of_units(plan: Plan) -> list[tuple[int, ...]]:
    """The units with counters, in groups that share no counter with each other; most groups are a single unit.

    Two units share counters if a counter of one has services of the other among its ``services``. A counter that only ``helps`` another
    unit joins the two only if that unit has no counters but helpers. Otherwise the other unit's own counters show its load: a helper comes
    only while nobody of its own waits.
    """
    hall = plan.hall
    group = {int(unit): {int(unit)} for unit in np.flatnonzero(hall.unit_kind != UNLIMITED)}

    def join(links: list[tuple[int, int]]) -> None:
        for one, other in links:
            if one in group and other in group and group[one] is not group[other]:
                group[one] |= group[other]
                for unit in group[one]:
                    group[unit] = group[one]

    own, helping = _links(plan, level=0), _links(plan, level=1)
    join(own)
    with_counters = {unit for unit in hall.counter_unit.tolist()} | {unit for _, unit in own}
    join([(one, other) for one, other in helping if other not in with_counters])
    return sorted({tuple(sorted(units)) for units in group.values()})


def helped_units(plan: Plan) -> list[int]:
    """The units whose citizens may also be called by helping counters of other groups."""
    of_unit = {unit: group for group in groups_of_units(plan) for unit in group}
    return sorted({other for one, other in _links(plan, level=1) if one in of_unit and other in of_unit and one not in of_unit[other]})


def shared_groups(names: list[str], plan: Plan, days: Days) -> tuple[UnitGroup, ...]:
    """The groups of several units with the utilisation of their counters; ``names`` are the identifiers of the units."""
    found = []
    for group in groups_of_units(plan):
        if len(group) > 1:
            which = list(group)
            duty, busy = (sums[:, which].sum(axis=(0, 1)) for sums in (days.sums.on_duty, days.sums.busy))
            share = np.divide(busy, duty, out=np.full(len(duty), np.nan), where=duty > 0)
            served, on_duty = (float(sums[:, which, ON_DUTY].sum()) for sums in (days.sums.served_in, days.sums.time_in))
            found.append(UnitGroup(tuple(names[unit] for unit in group), tuple(share.tolist()), served / on_duty if on_duty else float("nan")))
    return tuple(found)


def _links(plan: Plan, level: int) -> list[tuple[int, int]]:
    """Pairs of the unit of a counter and another unit that it serves with skills of a level (0 its services, 1 those it helps)."""
    hall = plan.hall
    skills = hall.skill_first.astype(np.int64)
    owner = np.repeat(hall.counter_unit, skills[1:] - skills[:-1])
    served = hall.service_unit[hall.skill_service]
    across = (owner != served) & (hall.skill_level == level)
    return sorted(set(zip(owner[across].tolist(), served[across].tolist(), strict=True)))
