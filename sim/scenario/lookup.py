"""Look-ups in a scenario: its services in order, the stops of a route, each counter by itself.

Only this module tells the four forms of `counters` apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from sim.scenario.schema import Counter, Name, OneOf, Pattern, Scenario, Source, Stop, TargetValue, Unit

Form = Literal["named", "by number", "unlimited"]
"""How a unit is staffed: counters with duties of their own, a number for each interval of the day (R9), or no limit (R14)."""

Dealt = TypeVar("Dealt")

ALIKE: Final = Counter()
"""A counter without a word of its own in the scenario."""


class Place(NamedTuple):
    """One counter of the hall: its unit, its number in the unit (from 1), and what the scenario says of it.

    ``listed`` is its place in the unit's list of counters (from 1), or 0 where there is no list.
    """

    unit: str
    number: int
    counter: Counter
    listed: int

    @property
    def identifier(self) -> str:
        """The counter as tables and commands name it, such as ``polda.3``."""
        return f"{self.unit}.{self.number}"


def target_of(scenario: Scenario, unit: str = "") -> TargetValue | None:
    """The target of a unit: its own, or the scenario's. Without a unit, the scenario's."""
    return (scenario.units[unit].target if unit else None) or scenario.target


def units_of_hall(scenario: Scenario) -> list[str]:
    """The units whose tickets, waits and hours count in the figures of the hall: all but machines."""
    return [name for name, unit in scenario.units.items() if not unit.machine]


def form_of(unit: Unit) -> Form:
    """How a unit is staffed."""
    if unit.counters == "unlimited":
        return "unlimited"
    return "by number" if isinstance(unit.counters, dict) else "named"


def number_of_counters(unit: Unit) -> int:
    """How many counters a unit has. A unit staffed by number has the most that it staffs at a time; unlimited counters count as none.

    >>> from sim.scenario.schema import Unit
    >>> number_of_counters(Unit(counters=3, service_time="5 min"))
    3
    """
    if isinstance(unit.counters, int):
        return unit.counters
    if isinstance(unit.counters, tuple):
        return sum(counter.count for counter in unit.counters)
    return max(unit.counters.values(), default=0) if isinstance(unit.counters, dict) else 0


def dealt(patterns: Sequence[Dealt], number: int) -> Dealt:
    """The duty pattern of a unit's counter with this number (from 1): patterns (or a list's counters) are dealt in turn."""
    return patterns[(number - 1) % len(patterns)]


def patterns_of(scenario: Scenario, unit: Unit) -> tuple[Pattern, ...]:
    """The duty patterns of a unit: its own, or else the hall's, or else the opening hours."""
    return unit.duty or scenario.duty or ((scenario.bounds,),)


def places_of(scenario: Scenario) -> Iterator[Place]:
    """Each counter of the hall, in the order of the units and of the counters within each."""
    for name, unit in scenario.units.items():
        given = unit.counters if isinstance(unit.counters, tuple) else ()
        listed = [(counter, position) for position, counter in enumerate(given, start=1) for _ in range(counter.count)]
        for number, (counter, position) in enumerate(listed or [(ALIKE, 0)] * number_of_counters(unit), start=1):
            yield Place(name, number, counter, position)


NO_CHOICE: Final = -1
"""The `Position.choice` of a stop that is not one of several."""


class Position(NamedTuple):
    """One position of a route: its stop, and which `one_of` of the route it belongs to (from 0), or NO_CHOICE.

    ``steps`` are the keys from the route to the stop, for a message.
    """

    stop: Stop
    choice: int
    steps: tuple[str, ...]


def services_of(scenario: Scenario) -> list[tuple[str, str]]:
    """All services as (unit, service), in the plan's order: units as in the scenario, then the services of each."""
    return [service for unit in scenario.units for service in services_named(scenario, unit)]


def services_named(scenario: Scenario, unit: str) -> list[tuple[str, str]]:
    """The services of one unit as (unit, service)."""
    return [(unit, service) for service in (scenario.units[unit].services or (unit,))]


def route_of(scenario: Scenario, source: Source) -> tuple[Position, ...]:
    """The positions of a source's route. A shared route is looked up by its name."""
    return tuple(positions(scenario.routes[source.route] if isinstance(source.route, str) else source.route))


def positions(route: Iterable[Stop | OneOf]) -> Iterator[Position]:
    """The positions of a route in order: one for each stop, and one for each stop of a `one_of`.

    >>> choose = OneOf.model_validate({"one_of": {"a": "75 %", "b": "25 %"}})
    >>> [(position.stop.stop, position.choice) for position in positions([Stop(stop="desk"), choose])]
    [('desk', -1), ('a', 0), ('b', 0)]
    """
    choice = NO_CHOICE
    for number, place in enumerate(route, 1):
        if isinstance(place, Stop):
            yield Position(place, NO_CHOICE, (str(number),))
        else:
            choice += 1
            for name, one in place.one_of.items():
                stop = Stop.model_construct(stop=name, share=one.share, patience=one.patience, rework=one.rework)
                yield Position(stop, choice, (str(number), "one_of", name))


def service_of(scenario: Scenario, reference: str, unit: str = "") -> tuple[str, str]:
    """The (unit, service) that a reference names: ``unit.service``, ``unit`` with one service, or a service of ``unit``."""
    if "." in reference:
        named, _, service = reference.partition(".")
        return named, service
    if unit and reference in (scenario.units[unit].services or (unit,)):
        return unit, reference
    services = scenario.units[reference].services
    return reference, next(iter(services)) if services else reference


def variant_label(scenario: Scenario, variant: str) -> str:
    """The display name of a variant in English: its `label`, or its identifier if it has none or is not in the scenario."""
    label = scenario.variants[variant].label if variant in scenario.variants else None
    return (label.en if isinstance(label, Name) else label) or variant
