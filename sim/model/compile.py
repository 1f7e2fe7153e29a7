"""Compile: a checked Scenario in people's units becomes a Plan of arrays and integers: no strings, no chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model.arrivals import scaled
from sim.model.distributions import DistributionsBuilder
from sim.model.shapes import (
    BY_GAPS,
    BY_RATE,
    EXACTLY,
    FULL_SPEED,
    NO_PATIENCE_LIMIT,
    OF_HALL,
    OF_SOURCE,
    OF_UNIT,
    ByNumber,
    Counters,
    Crew,
    Demand,
    Extras,
    Hall,
    Plan,
    Rates,
    Staffing,
    Targets,
    Window,
)
from sim.model.staffing import crew_of, extras_of, first_of, staffed
from sim.scenario.lookup import NO_CHOICE, form_of, patterns_of, route_of, service_of, services_named, services_of, target_of, units_of_hall
from sim.scenario.schema import Arrivals, Interval, Rate, Scenario, Source, Unit


def compile_plan(scenario: Scenario) -> Plan:
    """The Plan of a checked scenario.

    The scenario must have passed `sim.scenario.checks`; references that do not exist raise KeyError here.
    """
    builder = DistributionsBuilder()
    demand, rates = _demand(scenario, builder)
    of_outages = DistributionsBuilder()  # a table of its own: an outage must not change the rows that citizens are drawn from
    crews = tuple(_crews(scenario))
    return Plan(
        times=builder.table(),
        demand=demand,
        hall=_hall(scenario, crews, of_outages),
        extras=extras_of(crews, Extras(calling=_calling(scenario), walk=_walk(scenario))),
        window=_window(scenario),
        targets=_targets(scenario),
        outage_times=of_outages.table(),
        crews=crews,
        rates=rates,
    )


def _demand(scenario: Scenario, builder: DistributionsBuilder) -> tuple[Demand, Rates]:
    index = {service: number for number, service in enumerate(services_of(scenario))}
    opening = scenario.bounds
    sources, pieces, stops, busy = [], [], [], []
    for source in scenario.citizens.values():
        kind, first, gap, rows = _arrivals(scenario, source, builder)
        sources.append((kind, first, 1.0 if kind == EXACTLY else scenario.arrivals, source.rank, source.priority, gap))
        pieces.append(rows)
        route = route_of(scenario, source)
        positions = [service_of(scenario, position.stop.stop) for position in route]
        choices = [position.choice for position in route]
        busy.append(list(_busyness(scenario, len(sources) - 1, source, {unit for unit, _ in positions})))
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
    kind_, first_, scale, rank, priority, gap_ = zip(*sources, strict=True)
    flat_pieces = [row for rows in pieces for row in rows]
    flat_stops = [row for rows in stops for row in rows]
    flat_busy = [row for rows in busy for row in rows]
    start, end, number, part, weight, length = zip(*flat_pieces, strict=True) if flat_pieces else ((),) * 6
    service_, work_, patience_, share, rework_, back_to_, most, choice_, chosen_from_, chosen_below_ = zip(*flat_stops, strict=True)
    kinds, piece_first = np.array(kind_, dtype=np.uint8), first_of([len(rows) for rows in pieces])
    piece_start, piece_end = np.array(start, dtype=np.int64), np.array(end, dtype=np.int64)
    rates = Rates(np.array(scale), np.array(first_, dtype=np.int64), *[np.array(column, dtype=np.float64) for column in (number, part, weight, length)])
    demand = Demand(
        grid=scenario.grid,
        opens=opening.start,
        until=opening.end,
        source_kind=kinds,
        source_rank=np.array(rank, dtype=np.int64),
        source_priority=np.array(priority, dtype=np.float64),
        source_gap=np.array(gap_, dtype=np.int64),
        piece_first=piece_first,
        piece_start=piece_start,
        piece_end=piece_end,
        busy_first=first_of([len(rows) for rows in busy]),
        busy_shape=np.array([shape for shape, _, _ in flat_busy], dtype=np.float64),
        busy_of=np.array([of for _, of, _ in flat_busy], dtype=np.int64),
        busy_number=np.array([number for _, _, number in flat_busy], dtype=np.int64),
        route_first=first_of([len(rows) for rows in stops]),
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
        **scaled(rates, kinds, piece_first, piece_start, piece_end),
    )
    return demand, rates


def _busyness(scenario: Scenario, number: int, source: Source, units: set[str]) -> Iterator[tuple[float, int, int]]:
    """The factors on the arrivals of a source with stops at these units (R18): shape, whose busyness it is, and number of that."""
    if isinstance(source.arrivals, Arrivals) and source.arrivals.exactly is not None:
        return
    if scenario.busyness:
        yield scenario.busyness.gamma_shape, OF_HALL, 0
    for unit, (name, given) in enumerate(scenario.units.items()):
        if given.busyness and name in units:
            yield given.busyness.gamma_shape, OF_UNIT, unit
    if source.busyness:
        yield source.busyness.gamma_shape, OF_SOURCE, number


Piece = tuple[int, int, float, float, float, float]
"""A piece of constant rate: its start and end, and number, share, weight and length as in `Rates`."""


def _arrivals(scenario: Scenario, source: Source, builder: DistributionsBuilder) -> tuple[int, int, int, list[Piece]]:
    """How a source's citizens come: kind, greatest number, distribution row of the gaps (-1: none), pieces of constant rate."""
    opening, given = scenario.bounds, source.arrivals
    limit = given.first if isinstance(given, Arrivals) and given.first is not None else clock.NEVER
    if isinstance(given, Arrivals) and given.gaps is not None:
        return BY_GAPS, limit, builder.add(given.gaps), []
    if isinstance(given, Arrivals) and given.rates is not None:
        return BY_RATE, limit, -1, [_steady(rate, interval) for interval, rate in given.rates.items()]
    if isinstance(given, Rate) and given.per:
        return BY_RATE, limit, -1, [_steady(given, opening)]
    profile = scenario.profiles[source.profile] if source.profile else {opening: 1.0}
    weight = sum(profile.values())
    if isinstance(given, Arrivals):
        kind, number = EXACTLY, float(given.exactly or 0)
        limit = min(limit, given.exactly or 0)
    else:
        kind, number = BY_RATE, given.count
    return kind, limit, -1, [(part.start, part.end, number, share, weight, float(part.end - part.start)) for part, share in profile.items()]


def _steady(rate: Rate, interval: Interval) -> Piece:
    per_microsecond = rate.count / (rate.per or interval.end - interval.start)
    return interval.start, interval.end, per_microsecond, 1.0, 1.0, 1.0


def _crews(scenario: Scenario) -> Iterator[Crew]:
    """The counters of each unit."""
    index = {service: number for number, service in enumerate(services_of(scenario))}
    closes = scenario.hours.end if scenario.hours else clock.NEVER
    last = 0
    for number, (name, unit) in enumerate(scenario.units.items()):
        first, last = last, last + len(services_named(scenario, name))
        yield crew_of(number, range(first, last), closes, scenario.closing == "send home", _staffing(scenario, index, name, unit))


def _staffing(scenario: Scenario, index: dict[tuple[str, str], int], name: str, unit: Unit) -> Staffing | None:
    """How a unit is staffed, with services by their numbers."""

    def numbers(references: Iterable[str]) -> tuple[int, ...]:
        return tuple(index[service_of(scenario, reference, name)] for reference in references)

    given, patterns = unit.counters, patterns_of(scenario, unit)
    absence = tuple(sorted(unit.absence.items())) if isinstance(unit.absence, dict) else unit.absence
    if isinstance(given, dict):
        return Staffing(ByNumber(tuple((start, end, number) for (start, end), number in given.items())), patterns, absence)
    if isinstance(given, tuple):
        listed = []
        for one in given:
            speed = tuple(zip(numbers(one.speed), one.speed.values(), strict=True)) if isinstance(one.speed, dict) else one.speed or FULL_SPEED
            services = None if one.services is None else numbers(one.services)
            listed.append(Counters(one.count, services, numbers(one.helps or ()), speed, one.duty, one.absence))
        return Staffing(tuple(listed), patterns, absence)
    return None if given == "unlimited" else Staffing(given, patterns, absence)


def _hall(scenario: Scenario, crews: Sequence[Crew], builder: DistributionsBuilder) -> Hall:
    units = {name: number for number, name in enumerate(scenario.units)}
    closes = scenario.hours.end if scenario.hours else clock.NEVER
    last_ticket = scenario.last_ticket if scenario.last_ticket is not None else closes
    service_unit = np.array([units[unit] for unit, _ in services_of(scenario)], dtype=np.uint32)
    return Hall(
        grid=scenario.grid,
        ends=clock.NEVER if scenario.hours else scenario.bounds.end,
        closes=closes,
        send_home=scenario.closing == "send home",
        ranks=1 + max([source.rank for source in scenario.citizens.values()] + [0]),
        unit_room=np.array([clock.NEVER if unit.waiting_room is None else unit.waiting_room for unit in scenario.units.values()], dtype=np.int64),
        unit_last_ticket=np.array([last_ticket if unit.last_ticket is None else unit.last_ticket for unit in scenario.units.values()], dtype=np.int64),
        service_unit=service_unit,
        **staffed(crews, service_unit)[0],
        **_outages(scenario, units, builder),
    )


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
        "random_first": first_of([len(which) for which in of_chance]),
        "random_unit": np.array([unit for which in of_chance for unit in which], dtype=np.int64),
    }


def _calling(scenario: Scenario) -> NDArray[np.int64]:
    """The calling time of each unit (R29); empty if no unit has one."""
    calling = [unit.calling for unit in scenario.units.values()]
    return np.array(calling if any(calling) else [], dtype=np.int64)


def _walk(scenario: Scenario) -> NDArray[np.int64]:
    """The walk from each unit to each other (R29); empty if nobody walks."""
    if scenario.walk is None:
        return np.empty(0, dtype=np.int64)
    units = list(scenario.units.values())
    times = (scenario.walk.between_floors, scenario.walk.within_floor)
    walk = [0 if one is other else times[one.floor == other.floor] for one in units for other in units]
    return np.array(walk if any(walk) else [], dtype=np.int64)


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
    targets = [target_of(scenario, unit) for unit in scenario.units]
    return Window(
        measured_from=0 if scenario.hours else edges[0],
        measured_to=clock.NEVER if scenario.hours else edges[-1],
        edges=np.array(edges, dtype=np.int64),
        within=np.array([target.within if target else 0 for target in targets], dtype=np.int64),
    )


def _targets(scenario: Scenario) -> Targets:
    targets, of_hall = [target_of(scenario, unit) for unit in ("", *scenario.units)], units_of_hall(scenario)
    return Targets(
        in_hall=np.array([unit in of_hall for unit in scenario.units], dtype=np.bool_),
        share=np.array([target.share if target else np.nan for target in targets], dtype=np.float64),
        seats=clock.NEVER if scenario.seats is None else scenario.seats,
    )
