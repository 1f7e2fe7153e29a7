"""What a scenario names, looked up and counted out: services in order, the stops of a route, the service that a reference means, labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sim.scenario.schema import Name, OneOf, Scenario, Source, Stop

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
    return [(unit, service) for unit, given in scenario.units.items() for service in (given.services or (unit,))]


def route_of(scenario: Scenario, source: Source) -> tuple[Position, ...]:
    """The positions of a source's route, looked up by name where it is shared."""
    return tuple(positions(scenario.routes[source.route] if isinstance(source.route, str) else source.route))


def positions(route: Iterable[Stop | OneOf]) -> Iterator[Position]:
    """The positions of a route in order: a stop is one, and each stop of a `one_of` is one.

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
    """The display name of a variant in English: its `label`, or its identifier where it has none (or is not the scenario's)."""
    label = scenario.variants[variant].label if variant in scenario.variants else None
    return (label.en if isinstance(label, Name) else label) or variant
