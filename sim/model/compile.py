"""Compile: a checked Scenario in people's units becomes a Plan of arrays and integers: no strings, no chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model.distributions import DistributionsBuilder
from sim.model.shapes import (
    BY_GAPS,
    BY_NUMBER,
    BY_RATE,
    BY_SERVICE,
    EXACTLY,
    FULL_SPEED,
    NAMED,
    NO_PATIENCE_LIMIT,
    UNLIMITED,
    Demand,
    Hall,
    Plan,
    Targets,
    Window,
)
from sim.scenario.lookup import NO_CHOICE, Place, form_of, places_of, route_of, service_of, services_named, services_of
from sim.scenario.schema import Arrivals, Interval, Rate, Scenario, Source


def compile_plan(scenario: Scenario) -> Plan:
    """The Plan of a checked scenario.

    The scenario must have passed `sim.scenario.checks`; references that do not exist raise KeyError here.
    """
    builder = DistributionsBuilder()
    demand = _demand(scenario, builder)
    of_outages = DistributionsBuilder()  # a table of its own: an outage must not change the rows that citizens are drawn from
    hall = _hall(scenario, of_outages)
    return Plan(times=builder.table(), demand=demand, hall=hall, window=_window(scenario), outage_times=of_outages.table(), targets=_targets(scenario))


def _first(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _demand(scenario: Scenario, builder: DistributionsBuilder) -> Demand:
    index = {service: number for number, service in enumerate(services_of(scenario))}
    opening = scenario.bounds
    sources, pieces, stops = [], [], []
    for source in scenario.citizens.values():
        kind, first, gap, gap_factor, rates = _arrivals(scenario, source, builder)
        sources.append((kind, first, source.rank, source.priority, gap, gap_factor))
        below, rows = 0.0, []
        for interval, rate in rates:
            rows.append((interval.start, interval.end, rate, below))
            below += rate * (interval.end - interval.start)
        pieces.append(rows)
        route = route_of(scenario, source)
        positions = [service_of(scenario, position.stop.stop) for position in route]
        choices = [position.choice for position in route]
        rows_of_route = []
        chosen_below = 0.0
        for position, ((stop, choice, _), (unit, service)) in enumerate(zip(route, positions, strict=True)):
            services = scenario.units[unit].services
            work = services[service].service_time if services else scenario.units[unit].service_time
            assert work is not None
            patience = stop.patience or source.patience
            rework = stop.rework
            back_to = position
            if rework and rework.back_to is not None:
                back_to = positions.index(service_of(scenario, rework.back_to))
                if choices[back_to] != NO_CHOICE and back_to != position:
                    back_to = choices.index(choices[back_to])  # back to the choice: he makes the same one of its stops again
            chosen_from = chosen_below if choice != NO_CHOICE and choice in choices[:position] else 0.0
            is_last = choice not in choices[position + 1 :]
            chosen_below = 1.0 if choice != NO_CHOICE and is_last else chosen_from + stop.share  # the last one ends at 1 in spite of rounding
            rows_of_route.append((
                index[unit, service],
                builder.add(work),
                NO_PATIENCE_LIMIT if patience is None else builder.add(patience),
                stop.share,
                rework.share if rework else 0.0,
                back_to,
                rework.at_most if rework else 0,
                choice,
                chosen_from,
                chosen_below,
            ))
        stops.append(rows_of_route)
    kind_, first_, rank, priority, gap_, gap_factor_ = zip(*sources, strict=True)
    flat_pieces = [row for rows in pieces for row in rows]
    flat_stops = [row for rows in stops for row in rows]
    start, end, rate_, below_ = zip(*flat_pieces, strict=True) if flat_pieces else ((),) * 4
    service_, work_, patience_, share, rework_, back_to_, most, choice_, chosen_from_, chosen_below_ = zip(*flat_stops, strict=True)
    return Demand(
        grid=scenario.grid,
        opens=opening.start,
        until=opening.end,
        source_kind=np.array(kind_, dtype=np.uint8),
        source_first=np.array(first_, dtype=np.int64),
        source_rank=np.array(rank, dtype=np.int64),
        source_priority=np.array(priority, dtype=np.float64),
        source_gap=np.array(gap_, dtype=np.int64),
        source_gap_factor=np.array(gap_factor_, dtype=np.float64),
        piece_first=_first([len(rows) for rows in pieces]),
        piece_start=np.array(start, dtype=np.int64),
        piece_end=np.array(end, dtype=np.int64),
        piece_rate=np.array(rate_, dtype=np.float64),
        piece_below=np.array(below_, dtype=np.float64),
        route_first=_first([len(rows) for rows in stops]),
        stop_service=np.array(service_, dtype=np.int64),
        stop_work=np.array(work_, dtype=np.int64),
        stop_patience=np.array(patience_, dtype=np.int64),
        stop_share=np.array(share, dtype=np.float64),
        stop_rework=np.array(rework_, dtype=np.float64),
        stop_back_to=np.array(back_to_, dtype=np.int64),
        stop_rework_most=np.array(most, dtype=np.int64),
        stop_choice=np.array(choice_, dtype=np.int64),
        stop_chosen_from=np.array(chosen_from_, dtype=np.float64),
        stop_chosen_below=np.array(chosen_below_, dtype=np.float64),
    )


def _arrivals(scenario: Scenario, source: Source, builder: DistributionsBuilder) -> tuple[int, int, int, float, list[tuple[Interval, float]]]:
    """How a source's citizens come: kind, greatest number, distribution row of the gaps (-1: none), factor on the gaps, pieces of constant rate."""
    opening = scenario.bounds
    given, scale = source.arrivals, scenario.arrivals
    limit = given.first if isinstance(given, Arrivals) and given.first is not None else clock.NEVER
    if isinstance(given, Arrivals) and given.gaps is not None:
        return BY_GAPS, limit if scale > 0 else 0, builder.add(given.gaps), 1.0 / scale if scale > 0 else 1.0, []
    if isinstance(given, Arrivals) and given.rates is not None:
        return BY_RATE, limit, -1, 1.0, [(interval, scale * _per_microsecond(rate, interval)) for interval, rate in given.rates.items()]
    if isinstance(given, Rate) and given.per:
        return BY_RATE, limit, -1, 1.0, [(opening, scale * _per_microsecond(given, opening))]
    profile = scenario.profiles[source.profile] if source.profile else {opening: 1.0}
    weight = sum(profile.values())
    if isinstance(given, Arrivals):
        kind, number = EXACTLY, float(given.exactly or 0)
        limit = min(limit, given.exactly or 0)
    else:
        kind, number = BY_RATE, scale * given.count
    return kind, limit, -1, 1.0, [(part, number * share / weight / (part.end - part.start)) for part, share in profile.items()]


def _per_microsecond(rate: Rate, interval: Interval) -> float:
    return rate.count / (rate.per or interval.end - interval.start)


def _hall(scenario: Scenario, builder: DistributionsBuilder) -> Hall:
    units = {name: number for number, name in enumerate(scenario.units)}
    services = services_of(scenario)
    index = {service: number for number, service in enumerate(services)}
    kinds = [{"named": NAMED, "by number": BY_NUMBER, "unlimited": UNLIMITED}[form_of(unit)] for unit in scenario.units.values()]
    closes = scenario.hours.end if scenario.hours else clock.NEVER
    places = list(places_of(scenario))
    skills = [_skills(scenario, index, place) for place in places]
    duties = [_duty(scenario, place) for place in places]
    first_counter = _first([sum(place.unit == name for place in places) for name in units])

    stays = np.array([bool(duty) and duty[-1][1] >= closes for duty in duties], dtype=np.bool_)
    for unit in np.flatnonzero(np.array(kinds) == BY_NUMBER):  # the first counter holds the duty of the whole unit
        stays[first_counter[unit] : first_counter[unit + 1]] = stays[first_counter[unit] : first_counter[unit] + 1].any()
    served_late = np.array([kinds[units[unit]] == UNLIMITED for unit, _ in services], dtype=np.bool_)
    for counter in np.flatnonzero(stays):
        served_late[[service for _, service, _ in skills[counter]]] = True

    speeds = [{speed for _, _, speed in served} for served in skills]
    last_ticket = scenario.last_ticket if scenario.last_ticket is not None else closes
    level, service_, speed_ = _columns([skill for served in skills for skill in served], 3)
    start, end, number = _columns([duty for of_counter in duties for duty in of_counter], 3)
    return Hall(
        grid=scenario.grid,
        ends=clock.NEVER if scenario.hours else scenario.bounds.end,
        closes=closes,
        send_home=scenario.closing == "send home",
        ranks=1 + max([source.rank for source in scenario.citizens.values()] + [0]),
        unit_kind=np.array(kinds, dtype=np.uint8),
        unit_room=np.array([clock.NEVER if unit.waiting_room is None else unit.waiting_room for unit in scenario.units.values()], dtype=np.int64),
        unit_last_ticket=np.array([last_ticket if unit.last_ticket is None else unit.last_ticket for unit in scenario.units.values()], dtype=np.int64),
        unit_first_counter=first_counter.astype(np.uint32),
        service_unit=np.array([units[unit] for unit, _ in services], dtype=np.uint32),
        served_late=served_late,
        counter_unit=np.array([units[place.unit] for place in places], dtype=np.uint32),
        counter_speed=np.array([one.pop() if len(one) == 1 else BY_SERVICE for one in speeds], dtype=np.int64),
        stays=stays,
        skill_first=_first([len(served) for served in skills]).astype(np.uint32),
        skill_service=service_.astype(np.uint32),
        skill_level=level.astype(np.uint32),
        skill_speed=speed_,
        duty_first=_first([len(duty) for duty in duties]),
        duty_start=start,
        duty_end=end,
        duty_number=number,
        **_outages(scenario, units, builder),
    )


def _skills(scenario: Scenario, index: dict[tuple[str, str], int], place: Place) -> list[tuple[int, int, int]]:
    """What a counter serves, as (level, service, speed): its own services first, then those it helps (R8, R16)."""
    given = place.counter
    own = services_named(scenario, place.unit) if given.services is None else [service_of(scenario, one, place.unit) for one in given.services]
    helps = [service_of(scenario, one, place.unit) for one in given.helps or ()]
    speeds = {service_of(scenario, one, place.unit): speed for one, speed in given.speed.items()} if isinstance(given.speed, dict) else {}
    one_speed = given.speed if isinstance(given.speed, int) else FULL_SPEED
    return sorted((level, index[service], speeds.get(service, one_speed)) for level, served in enumerate((own, helps)) for service in served)


def _duty(scenario: Scenario, place: Place) -> list[tuple[int, int, int]]:
    """A counter's planned duty as (start, end, number). In a unit staffed by number, the first counter holds the duty of the whole unit."""
    if place.duty is not None:
        return [(start, end, 1) for start, end in place.duty]
    numbers = scenario.units[place.unit].counters
    assert isinstance(numbers, dict)
    return [(start, end, number) for (start, end), number in numbers.items() if number and place.number == 1]


def _outages(scenario: Scenario, units: dict[str, int], builder: DistributionsBuilder) -> dict[str, NDArray[Any]]:
    """The columns of the Hall that say when systems are down, planned or by chance (R17)."""
    limited = [name for name, unit in scenario.units.items() if form_of(unit) != "unlimited"]
    concerned = [[units[name] for name in outage.units or limited] for outage in scenario.outages.values()]
    planned, by_chance, of_chance = [], [], []
    for outage, which in zip(scenario.outages.values(), concerned, strict=True):
        restarts = outage.in_progress == "restart"
        if outage.every is not None and outage.lasts is not None:
            by_chance.append((builder.add(outage.every), builder.add(outage.lasts), restarts))
            of_chance.append(which)
        planned += [(unit, start, end, restarts) for start, end in outage.at or () for unit in which]
    unit_, start, end, restarts_ = _columns(planned, 4)
    up, down, random_restarts = _columns(by_chance, 3)
    return {
        "outage_unit": unit_,
        "outage_start": start,
        "outage_end": end,
        "outage_restarts": restarts_.astype(np.bool_),
        "random_up": up,
        "random_down": down,
        "random_restarts": random_restarts.astype(np.bool_),
        "random_first": _first([len(which) for which in of_chance]),
        "random_unit": np.array([unit for which in of_chance for unit in which], dtype=np.int64),
    }


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    """Turn rows of ``width`` whole numbers into columns."""
    return np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, width).T)


def _window(scenario: Scenario) -> Window:
    opening = scenario.bounds
    if scenario.hours:
        step = scenario.interval
        inner = range((opening.start // step + 1) * step, opening.end, step)
        edges = [opening.start, *inner, opening.end]
    else:
        edges = [opening.start + (scenario.warm_up or 0), opening.end - (scenario.cool_down or 0)]
    targets = [unit.target or scenario.target for unit in scenario.units.values()]
    return Window(
        measured_from=0 if scenario.hours else edges[0],
        measured_to=clock.NEVER if scenario.hours else edges[-1],
        edges=np.array(edges, dtype=np.int64),
        within=np.array([target.within if target else 0 for target in targets], dtype=np.int64),
    )


def _targets(scenario: Scenario) -> Targets:
    units = scenario.units.values()
    targets = [scenario.target, *(unit.target or scenario.target for unit in units)]
    return Targets(
        in_hall=np.array([not unit.machine for unit in units], dtype=np.bool_),
        share=np.array([target.share if target else np.nan for target in targets], dtype=np.float64),
        seats=clock.NEVER if scenario.seats is None else scenario.seats,
    )
