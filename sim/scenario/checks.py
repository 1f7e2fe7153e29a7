"""Rules across several keys. All mistakes are reported at once. Warnings of bad planning are elsewhere, since they read the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from sim import clock
from sim.errors import Problem
from sim.scenario.lookup import NO_CHOICE, form_of, number_of_counters, positions
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.schema import CITIZENS, COUNTERS, Arrivals, Distribution, Interval, OneOf, Rate, Source, Stop, Unit, shown
from sim.scenario.spelling import thousands
from sim.scenario.wording import Steps
from sim.words import nearest, rounded

INTERVALS = 1000
"""The most intervals into which results divide a day."""

STOPS = 250
"""The most stops that one citizen can make, including those repeated by rework."""

Service = tuple[str, str]


def variant_names(file: ScenarioFile) -> tuple[str, ...]:
    """The names of the variants that the scenario offers, in the order of the file."""
    return tuple(file.scenario.variants)


def check(file: ScenarioFile) -> list[Problem]:
    """Every rule across keys that the scenario breaks. A variant is checked when it is applied, not before."""
    checks = _Checks(file)
    checks.time()
    checks.grid()
    for name, unit in file.scenario.units.items():
        checks.unit(name, unit)
    checks.profiles()
    for name, source in file.scenario.citizens.items():
        checks.source(name, source)
    for name, route in file.scenario.routes.items():
        checks.route(("routes", name), route)
    checks.staffing()
    checks.machines()
    checks.outages()
    checks.busyness()
    checks.floors()
    return checks.problems


def doubtful_rates(file: ScenarioFile) -> list[tuple[str, str]]:
    """Rates of arrivals that may be meant in thousands: the path of each, and what to say of it."""
    return [*_doubtful("citizens", file.document["citizens"]), *(one for mark in file.provenance for one in _doubtful(mark.path, mark.range))]


def _doubtful(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _doubtful(f"{path}.{key}", item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _doubtful(path, item)
    elif isinstance(value, str) and (message := thousands(value)):
        yield path, message


class _Checks:
    """The rules, each adding its problems to one list."""

    def __init__(self, file: ScenarioFile) -> None:
        self.file = file
        self.scenario = file.scenario
        self.problems: list[Problem] = []
        self.by_horizon = self.scenario.horizon is not None and self.scenario.hours is None
        self.services: dict[str, tuple[str, ...]] = {
            name: tuple(unit.services or (name,)) for name, unit in self.scenario.units.items()
        }

    def add(self, steps: Steps, message: str, ending: Callable[[], str] | None = None) -> None:
        """A problem at a path."""
        in_a_key = steps[-2:-1] == ("one_of",)
        self.problems.append(replace(self.file.problem(steps, message, key=in_a_key), ending=ending))

    def machines(self) -> None:
        """A hall needs at least one unit that is not a machine, since the figures of the hall leave machines out."""
        if all(unit.machine for unit in self.scenario.units.values()):
            self.add(("units",), "all units are machines, which are not in the figures of the hall; leave 'machine' out where they are all there is")

    # Time

    def time(self) -> None:
        """A scenario has either opening hours or a horizon, and only keys that belong to that one."""
        scenario = self.scenario
        if (scenario.hours is None) == (scenario.horizon is None):
            got = "neither 'hours' nor 'horizon'" if scenario.hours is None else "both 'hours' and 'horizon'"
            self.add(() if scenario.hours is None else ("horizon",), f"got {got}; give one of them")
        if scenario.hours is not None:
            for key in ("warm_up", "cool_down"):
                if getattr(scenario, key) is not None and scenario.horizon is None:
                    self.add((key,), "this belongs to a 'horizon'; a day in a hall with opening hours is measured as a whole")
            self._last_ticket(("last_ticket",), scenario.last_ticket, scenario.hours)
            if (scenario.hours.end - scenario.hours.start) / scenario.interval > INTERVALS:
                self.add(("interval",), f"the day has more than {INTERVALS} intervals of this length; make them longer")
        elif scenario.horizon is not None:
            self._horizon(scenario.horizon)

    def _last_ticket(self, steps: Steps, given: int | None, hours: Interval) -> None:
        if given is not None and not hours.start < given <= hours.end:
            self.add(steps, f"got '{clock.format_clock(given)}'; the last ticket must be within the opening hours, {hours}")

    def _horizon(self, horizon: int) -> None:
        scenario = self.scenario
        warm_up, cool_down = scenario.warm_up or 0, scenario.cool_down or 0
        if horizon > clock.LONGEST:
            self.add(("horizon",), f"a run may last at most {clock.format_duration(clock.LONGEST)}")
        if warm_up + cool_down >= horizon:
            lengths = " and ".join(
                f"'{key}' {clock.format_duration(length)}" for key, length in (("warm_up", warm_up), ("cool_down", cool_down)) if length
            )
            steps = ("warm_up",) if warm_up else ("cool_down",)
            self.add(steps, f"{lengths} leave nothing of the horizon, {clock.format_duration(horizon)}, to be measured")
        for key in ("last_ticket", "duty"):
            if getattr(scenario, key) is not None:
                self._needs_hours((key,))
        if scenario.closing == "send home":
            self._needs_hours(("closing",))

    def _needs_hours(self, steps: Steps, what: str = "this") -> None:
        self.add(steps, f"{what} needs opening hours, and the scenario has a 'horizon'; give 'hours', or leave it out")

    def grid(self) -> None:
        """Every time of the day lies on the grid."""
        grid = self.scenario.grid
        if grid == clock.MICROSECOND:
            return
        for steps, instants in self._times():
            if off := next((instant for instant in instants if instant % grid), None):
                written = clock.format_duration(off) if steps[0] in ("horizon", "warm_up", "cool_down", "walk") or steps[-1] == "calling" else clock.format_clock(off)
                self.add(steps, f"{written} is not a multiple of the grid, {clock.format_duration(grid)}")

    def _times(self) -> Iterator[tuple[Steps, Iterable[int]]]:
        scenario = self.scenario
        for key in ("horizon", "warm_up", "cool_down", "last_ticket"):
            yield (key,), filter(None, [getattr(scenario, key)])
        for key in ("within_floor", "between_floors") if scenario.walk else ():
            yield ("walk", key), [getattr(scenario.walk, key)]
        yield ("hours",), scenario.hours or ()
        yield ("duty",), _ends(*(scenario.duty or ()))
        for name, unit in scenario.units.items():
            yield ("units", name, "duty"), _ends(*(unit.duty or ()))
            yield ("units", name, "last_ticket"), filter(None, [unit.last_ticket])
            yield ("units", name, "calling"), [unit.calling]
            if isinstance(unit.counters, dict):
                yield ("units", name, "counters"), _ends(unit.counters)
            elif isinstance(unit.counters, tuple):
                for index, counter in enumerate(unit.counters, 1):
                    yield ("units", name, "counters", str(index), "duty"), _ends(counter.duty or ())
        for name, outage in scenario.outages.items():
            yield ("outages", name, "at"), _ends(outage.at or ())
        for name, profile in scenario.profiles.items():
            yield ("profiles", name), _ends(profile)
        for name, source in scenario.citizens.items():
            if isinstance(source.arrivals, Arrivals):
                yield ("citizens", name, "arrivals", "rates"), _ends(source.arrivals.rates or ())

    # Units

    def unit(self, name: str, unit: Unit) -> None:
        """One unit: its staffing, the services of its counters, its own last ticket."""
        steps = ("units", name)
        counters = unit.counters
        if counters == "unlimited":
            if unit.duty is not None:
                self.add((*steps, "duty"), "a unit with unlimited counters has no duty; leave one of them out")
            if unit.absence:
                self.add((*steps, "absence"), "a unit with unlimited counters has no officers; leave 'absence' out")
            if unit.waiting_room is not None:
                self.add((*steps, "waiting_room"), "nobody waits at a unit with unlimited counters; leave one of them out")
            if unit.calling:
                self.add((*steps, "calling"), "nobody is called at a unit with unlimited counters; leave one of them out")
        if isinstance(unit.absence, dict) and counters != "unlimited" and max(unit.absence) > number_of_counters(unit):
            self.add((*steps, "absence"), f"got {max(unit.absence)} officers absent; the unit has {number_of_counters(unit)}")
        if form_of(unit) == "by number" and unit.duty is not None:
            self.add((*steps, "duty"), "the numbers of counters by interval say who is on duty; leave 'duty' out, or give one number")
        if self.by_horizon:
            if unit.duty is not None:
                self._needs_hours((*steps, "duty"))
            if unit.last_ticket is not None:
                self._needs_hours((*steps, "last_ticket"))
            if form_of(unit) == "by number":
                self._needs_hours((*steps, "counters"), "a number for each interval of the day")
        elif self.scenario.hours is not None:
            self._last_ticket((*steps, "last_ticket"), unit.last_ticket, self.scenario.hours)
        if isinstance(counters, tuple):
            for index, counter in enumerate(counters, 1):
                here = (*steps, "counters", str(index))
                if self.by_horizon and counter.duty is not None:
                    self._needs_hours((*here, "duty"))
                if counter.absence is not None and isinstance(unit.absence, dict):
                    self.add((*here, "absence"), "the unit's table says how many are absent together; leave one of them out")
                own = self._skills((*here, "services"), counter.services, name)
                helps = self._skills((*here, "helps"), counter.helps, name)
                if counter.services == () and not counter.helps:
                    self.add((*here, "services"), "got none, so this counter serves nobody; name a service, or leave the key out")
                if counter.services is None:
                    own = [(name, service) for service in self.services[name]]
                self._speeds((*here, "speed"), counter.speed, name, [*own, *helps])
                for index_of_help, service in enumerate(helps, 1):
                    if service is not None and service in own:
                        said = "named in 'services' too" if counter.services is not None else "served anyway, as 'services' is not given"
                        self.add((*here, "helps", str(index_of_help)), f"'{'.'.join(service)}' is {said}; name it in one of them")

    def _skills(self, steps: Steps, references: Iterable[str] | None, unit: str) -> list[Service | None]:
        found: list[Service | None] = []
        for index, reference in enumerate(references or (), 1):
            here = (*steps, str(index))
            service = self._service(here, reference, unit)
            if service is not None and service in found:
                self.add(here, f"got {shown(reference)} twice; name a service once")
            elif service is not None and self.scenario.units[service[0]].counters == "unlimited":
                self.add(here, f"got {shown(reference)}; its counters are unlimited, so there is nothing to help; leave it out")
            found.append(service)
        return found

    def _speeds(self, steps: Steps, speed: int | Mapping[str, int] | None, unit: str, served: Collection[Service | None]) -> None:
        """A counter may have its own speed only for services that it serves or helps."""
        found: list[Service] = []
        for reference in speed if isinstance(speed, Mapping) else ():
            service = self._service((*steps, reference), reference, unit)
            if service is not None and service in found:
                self.add((*steps, reference), f"got {shown(reference)} twice; name a service once")
            elif service is not None and service not in served:
                self.add((*steps, reference), f"got {shown(reference)}; this counter does not serve it, so leave it out, or add it to 'services' or 'helps'")
            if service is not None:
                found.append(service)

    # Busyness

    def busyness(self) -> None:
        """Busyness changes rates and gaps, so it belongs to nobody who comes in an exact number."""
        sources = self.scenario.citizens
        exact = [name for name, source in sources.items() if isinstance(source.arrivals, Arrivals) and source.arrivals.exactly is not None]
        for name in exact:
            if sources[name].busyness is not None:
                self.add(("citizens", name, "busyness"), "'exactly' so many citizens come on every day, busy or not; leave one of them out")
        if self.scenario.busyness is not None and len(exact) == len(sources):
            self.add(("busyness",), "'exactly' so many citizens come from every source, on busy days too; leave it out, or give a rate")

    # Walking

    def floors(self) -> None:
        """Where walks between floors take another time than those within one, each unit has its floor."""
        walk = self.scenario.walk
        for name, unit in self.scenario.units.items() if walk and walk.between_floors != walk.within_floor else ():
            if unit.floor is None:
                self.add(("units", name), "'walk' says how long it takes between floors; say on which 'floor' this unit is")

    # Outages

    def outages(self) -> None:
        """Outages stop units with counters. Planned outages need opening hours; outages by chance need a time up above 0 and shorter than the day."""
        limited = [name for name, unit in self.scenario.units.items() if form_of(unit) != "unlimited"]
        for name, outage in self.scenario.outages.items():
            steps = ("outages", name)
            for index, unit in enumerate(outage.units or (), 1):
                here = (*steps, "units", str(index))
                if unit not in self.scenario.units:
                    self.add(here, f"got {shown(unit)}; there is no such unit{nearest(unit, self.scenario.units)}")
                elif unit not in limited:
                    self.add(here, f"got {shown(unit)}; its counters are unlimited, and no outage stops them; leave it out")
                elif unit in (outage.units or ())[: index - 1]:
                    self.add(here, f"got {shown(unit)} twice; name a unit once")
            if outage.units is None and not limited:
                self.add(steps, "the counters of all units are unlimited, and no outage stops them; leave it out")
            if self.by_horizon and outage.at is not None:
                self._needs_hours((*steps, "at"))
            if outage.every is not None:
                up = _shortest(outage.every)
                day = self.scenario.bounds.end - self.scenario.bounds.start
                if up >= day:
                    least = "" if outage.every.constant is not None else "at least "
                    message = (
                        f"got {least}{clock.format_duration(up)}, and each day begins with the system up: no outage would ever come; "
                        f"write '{{exponential: {clock.format_duration(up)}}}'"
                    )
                    self.add((*steps, "every"), message)
            if outage.every is not None and outage.lasts is not None and _always_zero(outage.every):
                self.add((*steps, "every"), "got no time at all; the system must be up for some time between two outages")
            if outage.lasts is not None and _always_zero(outage.lasts):
                self.add((*steps, "lasts"), "got no time at all; leave the outage out, or say how long it lasts")

    def _service(self, steps: Steps, reference: str, own: str = "") -> Service | None:
        """The service that a reference names, or None and a problem."""
        found, message, ending = self._find(reference, own)
        if found is None:
            self.add(steps, f"got {shown(reference)}; {message}", ending)
        return found

    def _find(self, reference: str, own: str = "") -> tuple[Service | None, str, Callable[[], str] | None]:
        """The service that ``unit.service``, ``unit`` or a service of the unit ``own`` names, or what is wrong with the reference."""
        unit, dot, service = reference.partition(".")
        if own and reference in self.services[own]:
            return (own, reference), "", None
        if unit not in self.services:
            here = self.services[own] if own and not dot else ()
            kind = "service of this unit, and no unit," if here else "unit"
            return None, f"there is no {kind} {shown(unit)}", lambda: nearest(unit, (*here, *self.services))
        services = self.services[unit]
        if dot and service not in services:
            return None, f"'{unit}' has no service {shown(service)}", lambda: nearest(service, services)
        if not dot and len(services) > 1:
            return None, f"this unit has {len(services)} services, so name one: {', '.join(f'{unit}.{name}' for name in services)}", None
        return (unit, service if dot else services[0]), "", None

    # Citizens

    def profiles(self) -> None:
        """Each profile brings somebody."""
        for name, profile in self.scenario.profiles.items():
            if not any(profile.values()):
                self.add(("profiles", name), "nobody comes in any of the intervals; give at least one more than 0")

    def source(self, name: str, source: Source) -> None:
        """One source: how its citizens come, and their route."""
        steps = ("citizens", name)
        given = source.arrivals
        self._number(steps, given)
        spread = (isinstance(given, Rate) and given.per == 0) or (isinstance(given, Arrivals) and given.exactly is not None)
        if source.profile is not None:
            if source.profile not in self.scenario.profiles:
                wanted, known = source.profile, self.scenario.profiles
                self.add((*steps, "profile"), f"there is no profile {shown(wanted)}", lambda: nearest(wanted, known) if known else "; the scenario has no 'profiles'")
            if not spread:
                self.add((*steps, "profile"), "a profile spreads a number 'per day' or 'exactly'; these arrivals say themselves when they come")
            elif self.by_horizon:
                self._needs_hours((*steps, "profile"), "a profile")
        if isinstance(source.route, str):
            if source.route not in self.scenario.routes:
                named, routes = source.route, self.scenario.routes
                stops = [stop for name, unit in self.scenario.units.items() for stop in ([f"{name}.{one}" for one in unit.services] if unit.services else [name])]
                words = [word.lower() for word in re.findall(r"[\w.]+", source.route)]
                meant = f": [{', '.join(words)}]" if words and all(word in stops for word in words) else f", such as [{stops[0]}]"
                self.add((*steps, "route"), f"there is no route {shown(named)}", lambda: nearest(named, routes) if routes else f"; write the stops as a list{meant}")
        else:
            self.route((*steps, "route"), source.route)

    def _number(self, steps: Steps, given: Rate | Arrivals) -> None:
        """The number of citizens must be known and small enough for a computer."""
        steps = (*steps, "arrivals")
        if isinstance(given, Rate):
            if given.per == 0 and self.by_horizon:
                self._needs_hours(steps, "a rate per day")
            self._not_too_many(steps, [(given, self.scenario.hours or Interval(0, self.scenario.horizon or 0))])
        elif given.rates is not None:
            steps = (*steps, "rates")
            if self.by_horizon:
                self._needs_hours(steps, "a rate for each interval of the day")
            if any(rate.per == 0 for rate in given.rates.values()):
                self.add(steps, "the rate of an interval is 'per hour', 'per min' or 'per s'; for a number a day use a profile")
            self._not_too_many(steps, [(rate, interval) for interval, rate in given.rates.items()])
        elif given.gaps is not None and _always_zero(given.gaps):
            self.add((*steps, "gaps"), "all gaps are 0, so citizens would never stop coming; give a time above 0")

    def _not_too_many(self, steps: Steps, rates: Iterable[tuple[Rate, Interval]]) -> None:
        number = sum(rate.count * ((interval.end - interval.start) / rate.per if rate.per else 1) for rate, interval in rates)
        if number * self.scenario.arrivals > CITIZENS:
            self.add(steps, f"about {rounded(number * self.scenario.arrivals)} citizens would come; at most {CITIZENS:,} can")

    def route(self, steps: Steps, route: tuple[Stop | OneOf, ...]) -> None:
        """The stops of a route exist, each once in a `one_of`, and rework leads back."""
        services: list[Service | None] = []
        choices: list[int] = []
        again = 0
        for index, (stop, choice, inner) in enumerate(positions(route)):
            here = (*steps, *inner)
            service = self._service((*here, "stop") if choice == NO_CHOICE else here, stop.stop)
            if service is not None and choice != NO_CHOICE and (service, choice) in zip(services, choices, strict=True):
                self.add(here, f"got {shown(stop.stop)}, the same service as another of these; name a service once")
            services.append(service)
            choices.append(choice)
            rework = stop.rework
            if rework is None:
                continue
            back = index
            if rework.back_to is not None:
                target = self._service((*here, "rework", "back_to"), rework.back_to)
                if target is None:
                    continue
                if target not in services:
                    message = f"got {shown(rework.back_to)}; go back to this stop or an earlier one of the route"
                    self.add((*here, "rework", "back_to"), message)
                    continue
                back = services.index(target)
                if back != index and choice == choices[back] != NO_CHOICE:
                    message = f"got {shown(rework.back_to)}; who makes this stop makes no other of the same 'one_of'; go back to this stop or an earlier one"
                    self.add((*here, "rework", "back_to"), message)
            again += rework.at_most * (index + 1 - back)
        if len(services) + again > STOPS:
            self.add(steps, f"with all rework a citizen could make {len(services) + again} stops; at most {STOPS}, so lower 'at_most' of 'rework'")

    # Staffing

    def staffing(self) -> None:
        """Every service that citizens come for has a counter that serves it at some time of the day."""
        served = set(self._served())
        total = sum(number_of_counters(unit) for unit in self.scenario.units.values())
        if total > COUNTERS:
            self.add(("units",), f"got {total} counters in all; a hall can have {COUNTERS}")
        missing: dict[Service, list[str]] = {}
        for name, source in self.scenario.citizens.items():
            route = self.scenario.routes.get(source.route, ()) if isinstance(source.route, str) else source.route
            for wanted in dict.fromkeys(self._find(position.stop.stop)[0] for position in positions(route)):
                if wanted is not None and wanted not in served:
                    missing.setdefault(wanted, []).append(name)
        for (unit, service), sources in missing.items():
            who = f"'{sources[0]}' is" if len(sources) == 1 else ", ".join(f"'{name}'" for name in sources[:3]) + " are"
            if number_of_counters(self.scenario.units[unit]) == 0:
                message = f"got 0 all day, but {who} routed here; give at least 1, or change the route"
            else:
                message = f"no counter serves '{unit}.{service}', but {who} routed there; add it to a counter's 'services'"
            self.add(("units", unit, "counters"), message)

    def _served(self) -> Iterator[Service]:
        for name, unit in self.scenario.units.items():
            own = [(name, service) for service in self.services[name]]
            if isinstance(unit.counters, tuple):
                for counter in unit.counters:
                    if counter.services is None:
                        yield from own
                    for reference in (*(counter.services or ()), *(counter.helps or ())):
                        found = self._find(reference, name)[0]
                        if found is not None:
                            yield found
            elif unit.counters == "unlimited" or number_of_counters(unit):
                yield from own


def _ends(*intervals: Iterable[Interval] | Mapping[Interval, object]) -> list[int]:
    return [instant for group in intervals for interval in group for instant in interval]


def _shortest(distribution: Distribution) -> int:
    """The shortest time that can be drawn, in microseconds; 0 for families without a bound."""
    least = 0
    if distribution.constant is not None:
        least = distribution.constant
    elif distribution.uniform is not None:
        least = distribution.uniform.low
    elif distribution.triangular is not None:
        least = distribution.triangular.low
    elif distribution.mixture is not None:
        least = min(_shortest(part.time) for part in distribution.mixture if part.share > 0.0)
    elif distribution.empirical is not None and distribution.empirical.quantiles is not None:
        least = min(distribution.empirical.quantiles.values())
    elif distribution.empirical is not None:
        least = min(value if isinstance(value, int) else value.value for value in distribution.empirical.values or (0,))
    least += distribution.plus or 0
    return least if distribution.at_most is None else min(least, distribution.at_most)


def _always_zero(distribution: Distribution) -> bool:
    if distribution.plus:
        return False
    if distribution.constant is not None:
        return distribution.constant == 0
    if distribution.mixture is not None:
        return all(part.share == 0.0 or _always_zero(part.time) for part in distribution.mixture)
    empirical = distribution.empirical
    if empirical is None:
        return False
    if empirical.quantiles is not None:
        return not any(empirical.quantiles.values())
    return not any(value if isinstance(value, int) else value.value for value in empirical.values or ())
