"""Compile: a checked Scenario in people's units becomes a Plan of arrays and integers: no strings, no chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model.distributions import DistributionsBuilder
from sim.model.shapes import (
    BY_GAPS,
    BY_NUMBER,
    BY_RATE,
    CLOSING,
    DUTY_BEGINS,
    DUTY_ENDS,
    EXACTLY,
    NAMED,
    NO_PATIENCE_LIMIT,
    UNLIMITED,
    Demand,
    Hall,
    Plan,
    Window,
)
from sim.scenario.lookup import NO_CHOICE, route_of, service_of, services_of
from sim.scenario.schema import Arrivals, Counter, Interval, Pattern, Rate, Scenario, Source, Unit


def compile_plan(scenario: Scenario) -> Plan:
    """The Plan of a checked scenario.

    The scenario must have passed `sim.scenario.checks`; references that do not exist raise KeyError here.
    """
    builder = DistributionsBuilder()
    demand = _demand(scenario, builder)
    return Plan(times=builder.table(), demand=demand, hall=_hall(scenario), window=_window(scenario))


def _bounds(scenario: Scenario) -> Interval:
    return scenario.hours or Interval(0, scenario.horizon or 0)


def _first(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _demand(scenario: Scenario, builder: DistributionsBuilder) -> Demand:
    index = {service: number for number, service in enumerate(services_of(scenario))}
    opening = _bounds(scenario)
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
                    back_to = choices.index(choices[back_to])  # to that one of these stops that he made
            chosen_from = chosen_below if choice != NO_CHOICE and choice in choices[:position] else 0.0
            is_last = choice not in choices[position + 1 :]
            chosen_below = 1.0 if choice != NO_CHOICE and is_last else chosen_from + stop.share  # the last takes what rounding leaves
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
    """How a source's citizens come: kind, at most how many, row of gaps, factor on gaps, pieces of constant rate."""
    opening = _bounds(scenario)
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


@dataclass(frozen=True)
class _Place:
    """One counter before it becomes a row: its unit, skills by level, and rostered duty."""

    unit: int
    own: tuple[int, ...]
    helps: tuple[int, ...]
    duty: Pattern


def _hall(scenario: Scenario) -> Hall:
    opening = _bounds(scenario)
    names = list(scenario.units)
    services = services_of(scenario)
    index = {service: number for number, service in enumerate(services)}
    places: list[_Place] = []
    kinds: list[int] = []
    first_counter = [0]
    numbers: list[list[tuple[int, int, int]]] = []
    for number, (name, unit) in enumerate(scenario.units.items()):
        own = tuple(index[service] for service in services if service[0] == name)
        patterns = unit.duty or scenario.duty or ((opening,),)
        kind, pieces = NAMED, []
        if unit.counters == "unlimited":
            kind = UNLIMITED
        elif isinstance(unit.counters, dict):
            kind = BY_NUMBER
            pieces = [(interval.start, interval.end, value) for interval, value in unit.counters.items()]
            most = max((value for _, _, value in pieces), default=0)
            places += [_Place(number, own, (), ())] * most
        elif isinstance(unit.counters, int):
            places += [_Place(number, own, (), patterns[k % len(patterns)]) for k in range(unit.counters)]
        else:
            for counter in _each(unit):
                skills = (
                    own if counter.services is None else _rows(scenario, index, counter.services, name),
                    _rows(scenario, index, counter.helps or (), name),
                )
                duty = counter.duty or patterns[(len(places) - first_counter[-1]) % len(patterns)]
                places.append(_Place(number, *skills, duty))
        kinds.append(kind)
        numbers.append(pieces)
        first_counter.append(len(places))

    closes = opening.end if scenario.hours else clock.NEVER
    changes: list[tuple[int, int, int, int]] = []
    stays = np.zeros(len(places), dtype=np.bool_)
    serve_all = scenario.closing == "serve all" and scenario.hours is not None
    for row, place in enumerate(places):
        duty = place.duty
        stays[row] = bool(duty) and duty[-1].end >= closes
        for position, (start, end) in enumerate(duty):
            changes.append((start, DUTY_BEGINS, row, 0))
            if not (serve_all and stays[row] and position == len(duty) - 1):
                changes.append((end, DUTY_ENDS, row, 0))
    for number, pieces in enumerate(numbers):
        first, last = first_counter[number], first_counter[number + 1]
        if kinds[number] != BY_NUMBER or first == last:
            continue
        stay = pieces[-1][1] >= closes and pieces[-1][2] > 0
        stays[first:last] = stay
        changes += [(time, kind, first, value) for time, kind, value in _number_changes(pieces, keep_last=serve_all and stay)]
    if scenario.hours:
        changes.append((closes, CLOSING, 0, 0))
    changes.sort()

    served_late = np.zeros(len(services), dtype=np.bool_)
    for row, place in enumerate(places):
        if stays[row]:
            served_late[list(place.own + place.helps)] = True
    for number, (unit_name, _) in enumerate(services):
        if kinds[names.index(unit_name)] == UNLIMITED:
            served_late[number] = True
    skills_of = [[(0, service) for service in sorted(place.own)] + [(1, service) for service in sorted(place.helps)] for place in places]
    flat_skills = [skill for skills_ in skills_of for skill in skills_]
    flat_duty = [interval for place in places for interval in place.duty]
    flat_numbers = [piece for pieces in numbers for piece in pieces]
    last_ticket = scenario.last_ticket if scenario.last_ticket is not None else closes
    return Hall(
        ends=clock.NEVER if scenario.hours else opening.end,
        closes=closes,
        send_home=scenario.closing == "send home",
        ranks=1 + max([source.rank for source in scenario.citizens.values()] + [0]),
        unit_kind=np.array(kinds, dtype=np.uint8),
        unit_room=np.array([clock.NEVER if unit.waiting_room is None else unit.waiting_room for unit in scenario.units.values()], dtype=np.int64),
        unit_last_ticket=np.array([last_ticket if unit.last_ticket is None else unit.last_ticket for unit in scenario.units.values()], dtype=np.int64),
        unit_first_counter=np.array(first_counter, dtype=np.uint32),
        service_unit=np.array([names.index(unit_name) for unit_name, _ in services], dtype=np.uint32),
        served_late=served_late,
        counter_unit=np.array([place.unit for place in places], dtype=np.uint32),
        stays=stays,
        skill_first=_first([len(skills_) for skills_ in skills_of]).astype(np.uint32),
        skill_service=np.array([service for _, service in flat_skills], dtype=np.uint32),
        skill_level=np.array([level for level, _ in flat_skills], dtype=np.uint32),
        change_time=np.array([change[0] for change in changes], dtype=np.int64),
        change_kind=np.array([change[1] for change in changes], dtype=np.int64),
        change_index=np.array([change[2] for change in changes], dtype=np.uint32),
        change_value=np.array([change[3] for change in changes], dtype=np.int64),
        duty_first=_first([len(place.duty) for place in places]),
        duty_start=np.array([interval.start for interval in flat_duty], dtype=np.int64),
        duty_end=np.array([interval.end for interval in flat_duty], dtype=np.int64),
        number_first=_first([len(pieces) for pieces in numbers]),
        number_start=np.array([piece[0] for piece in flat_numbers], dtype=np.int64),
        number_end=np.array([piece[1] for piece in flat_numbers], dtype=np.int64),
        number_value=np.array([piece[2] for piece in flat_numbers], dtype=np.int64),
    )


def _each(unit: Unit) -> list[Counter]:
    """The counters of a list, those with a `count` as often as it says."""
    assert isinstance(unit.counters, tuple)
    return [counter for counter in unit.counters for _ in range(counter.count)]


def _rows(scenario: Scenario, index: dict[tuple[str, str], int], references: Sequence[str], unit: str) -> tuple[int, ...]:
    return tuple(index[service_of(scenario, reference, unit)] for reference in references)


def _number_changes(pieces: Sequence[tuple[int, int, int]], keep_last: bool) -> list[tuple[int, int, int]]:
    """The instants at which the number on duty falls (as a duty ends) or rises (as a duty begins), with the new number."""
    levels: list[tuple[int, int]] = []
    for start, end, value in pieces:
        if levels and levels[-1][0] == start:
            levels.pop()
        levels += [(start, value), (end, 0)]
    if keep_last:
        levels.pop()
    changes, before = [], 0
    for time, value in levels:
        if value != before:
            changes.append((time, DUTY_ENDS if value < before else DUTY_BEGINS, value))
        before = value
    return changes


def _window(scenario: Scenario) -> Window:
    opening = _bounds(scenario)
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
