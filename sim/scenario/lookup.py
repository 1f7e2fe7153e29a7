"""What a scenario names, looked up and counted out: services in order, the stops of a route, the service that a reference means."""

from __future__ import annotations

from sim.scenario.schema import Scenario, Source, Stop


def services_of(scenario: Scenario) -> list[tuple[str, str]]:
    """All services as (unit, service), in the plan's order: units as in the scenario, then the services of each."""
    return [(unit, service) for unit, given in scenario.units.items() for service in (given.services or (unit,))]


def route_of(scenario: Scenario, source: Source) -> tuple[Stop, ...]:
    """The stops of a source's route, looked up by name where it is shared."""
    return scenario.routes[source.route] if isinstance(source.route, str) else source.route


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
    """The display name of a variant: its identifier."""
    return variant
