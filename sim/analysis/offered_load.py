"""Offered load against the counters on duty: it shows before any simulation where queues must grow.

We assume that citizens reach each stop of their route when they enter, without delay. Those who come in the opening hours are a flow;
those at the door are a crowd at opening (R4). Citizens who are refused because they come too late (R12) offer no load. Those who will
give up waiting or find the waiting room full cannot be known before a simulation, so they do offer load. A maximum flow shares out the
counters that serve several services, also of other units: services offer erlangs, and each counter on duty takes at most what it can
carry. What the flow cannot carry is an overload, and its minimum cut names the services (Hall's condition).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.analysis.busyness import at_busyness, busyness_on
from sim.analysis.capacity import Hands, changes, ever_on_duty, hands_at, is_stopped, last_duty_ends, planned_duty
from sim.model.distributions import mean_time
from sim.model.shapes import BY_GAPS, BY_NUMBER, EXACTLY, NO_PATIENCE_LIMIT, UNLIMITED, Demand, Plan
from sim.scenario.lookup import places_of, route_of, services_of
from sim.scenario.schema import Interval, Scenario
from sim.words import rounded

Floats = NDArray[np.float64]

SHORTEST = 30 * clock.MINUTE
"""30 minutes: a shorter overload is no mistake, because a queue can absorb the peak."""

ONE_DAY_IN = 10
"""10: planning looks at the busyness that one day in ten exceeds."""

_FLOW_UNIT = 1_000_000
"""1,000,000: flows are whole numbers of millionths of an erlang."""


@dataclass(frozen=True)
class Load:
    """Offered load of each service over pieces of the opening hours (or the horizon) in which neither rates nor duties change.

    ``cuts`` (microseconds, one longer) bound the pieces. ``rate`` (citizens an hour) and ``erlangs`` (offered load) are service × piece.
    ``crowd`` is the number of tickets by service that citizens at the door take, ``crowd_work`` the sum of their service times
    (microseconds). A service time includes the way to the counter after the call (R29), since the counter waits for the citizen. ``capacity`` lists for each piece the counters on duty and what they carry. ``late`` is the number of citizens of each
    source who are refused because they come at the last ticket or later.
    """

    cuts: NDArray[np.int64]
    rate: Floats
    erlangs: Floats
    crowd: Floats
    crowd_work: Floats
    capacity: list[list[Hands]]
    late: Floats

    @property
    def tickets(self) -> Floats:
        """Tickets a day of each service."""
        tickets: Floats = self.crowd + self.rate @ np.diff(self.cuts) / clock.HOUR
        return tickets

    @property
    def work(self) -> Floats:
        """Service time a day that citizens bring to each service, in microseconds."""
        work: Floats = self.crowd_work + self.erlangs @ np.diff(self.cuts)
        return work

    def average(self, edges: NDArray[np.int64]) -> Floats:
        """Average erlangs of each service over intervals with these bounds. The crowd counts in the interval that begins with opening."""
        overlap = np.minimum(self.cuts[1:, None], edges[1:]) - np.maximum(self.cuts[:-1, None], edges[:-1])
        averages: Floats = (self.erlangs @ np.maximum(0, overlap) + np.outer(self.crowd_work, edges[:-1] == self.cuts[0])) / np.diff(edges)
        return averages


@dataclass(frozen=True)
class Overload:
    """Services that are offered more than their counters can carry: start, end (microseconds), erlangs, counters, growth (citizens an hour).

    ``carried`` is the erlangs that the counters carry. It equals their number, unless speeds or outages change it.
    """

    services: frozenset[int]
    start: int
    end: int
    erlangs: float
    counters: float
    growth: float
    carried: float


def visits(demand: Demand, source: int, begin: int = 0) -> Floats:
    """The mean number of times that a citizen of a source makes each stop if he begins at a position of the route, with rework (R5).

    We follow the route through all states (times sent back from each stop, position) with their probabilities, because each limit of
    rework holds for the whole visit. If there are more than 5,000 such states, we let each limit begin afresh on every pass. That is a
    little too much if reworks overlap.
    """
    return np.sum([often * _visits(demand, source, begin, share) for often, share in shares(demand, source)], axis=0)  # type: ignore[no-any-return]


def shares(demand: Demand, source: int) -> list[tuple[float, Floats]]:
    """Each combination of choices (`one_of`): the share of a source's citizens who choose so, and the share of each stop among them.

    The share of a stop of a `one_of` is then 1 or 0. With more than 500 combinations, we assume that stops are made independently.
    """
    route = slice(int(demand.route_first[source]), int(demand.route_first[source + 1]))
    share, choice = demand.stop_share[route], demand.stop_choice[route]
    chances = np.where(choice >= 0, demand.stop_chosen_below[route] - demand.stop_chosen_from[route], 1.0)
    several = [np.flatnonzero((choice == one) & (chances > 0)) for one in range(int(choice.max()) + 1)]
    if math.prod(map(len, several)) > 500:
        return [(1.0, share)]
    return [
        (float(chances[list(stops)].prod()), np.where(choice < 0, share, np.isin(np.arange(len(share)), stops)))
        for stops in product(*several)
    ]


def _visits(demand: Demand, source: int, begin: int, share: Floats) -> Floats:
    """The `visits` of citizens who make each stop with the probability ``share``."""
    route = slice(int(demand.route_first[source]), int(demand.route_first[source + 1]))
    rework = demand.stop_rework[route]
    back_to, most = demand.stop_back_to[route], demand.stop_rework_most[route]
    length = len(share)
    if np.prod(most + 1.0) > 5000:
        made, from_start = np.where(np.arange(length) < begin, 0.0, 1.0), np.ones(length)
        for position in range(length):
            again = share[position] * rework[position]
            returns = sum(again**n for n in range(1, int(most[position]) + 1))
            passed_again = slice(int(back_to[position]), position + 1)
            made[passed_again] += returns * from_start[passed_again] * (position >= begin)
            from_start[passed_again] *= 1.0 + returns
        return made * share
    made = np.zeros(length)
    states: dict[tuple[int, ...], Floats] = {(0,) * length: np.where(np.arange(length + 1) == begin, 1.0, 0.0)}
    while states:  # each step sends somebody back once more, so it ends
        following: dict[tuple[int, ...], Floats] = {}
        for sent_back, arriving in states.items():
            for position in range(length):
                here = arriving[position] * share[position]
                made[position] += here
                again = here * rework[position] if sent_back[position] < most[position] else 0.0
                arriving[position + 1] += arriving[position] - again
                if again > 0.0:
                    key = (*sent_back[:position], sent_back[position] + 1, *sent_back[position + 1 :])
                    following.setdefault(key, np.zeros(length + 1))[int(back_to[position])] += again
        states = following
    return made


def offered_load(plan: Plan) -> Load:
    """The offered load of each service, and who is on duty, over the pieces of the day (or the whole horizon)."""
    demand, hall = plan.demand, plan.hall
    arrivals = np.concatenate((demand.piece_start, demand.piece_end, [demand.opens, demand.until]))
    inner = np.concatenate((changes(plan), hall.unit_last_ticket))
    cuts = np.unique(np.concatenate((arrivals, inner[(inner > demand.opens) & (inner < demand.until)])))
    opens, until = np.searchsorted(cuts, (demand.opens, demand.until))
    starts, lengths = cuts[:-1], np.diff(cuts)
    citizens, work = np.zeros((2, len(hall.service_unit), len(starts)))
    late, calling = np.zeros(len(demand.source_kind)), plan.calling
    for source in range(len(late)):
        coming = np.zeros(len(starts))
        for piece in range(demand.piece_first[source], demand.piece_first[source + 1]):
            within = (demand.piece_start[piece] <= starts) & (starts < demand.piece_end[piece])
            coming[within] += demand.piece_rate[piece] * lengths[within]
        if demand.source_kind[source] == BY_GAPS:
            gap = mean_time(plan.times, int(demand.source_gap[source])) * demand.source_gap_factor[source]
            coming[opens:until] += lengths[opens:until] / max(gap, 1.0)
        coming = _first_so_many(coming, float(demand.source_first[source]), in_order=demand.source_kind[source] != EXACTLY)
        first = int(demand.route_first[source])
        for last_ticket, share, made in _by_last_ticket(plan, source):
            in_time = np.where(starts < last_ticket, coming, 0.0)
            late[source] += share * (coming - in_time).sum()
            for position, times in enumerate(made):
                service = int(demand.stop_service[first + position])
                citizens[service] += in_time * times
                each = float(calling[service]) + mean_time(plan.times, int(demand.stop_work[first + position]))
                work[service] += in_time * times * each
    door, day = slice(0, opens), slice(opens, until)
    return Load(
        cuts=cuts[opens : until + 1],
        rate=citizens[:, day] / lengths[day] * clock.HOUR,
        erlangs=work[:, day] / lengths[day],
        crowd=citizens[:, door].sum(axis=1),
        crowd_work=work[:, door].sum(axis=1),
        capacity=[hands_at(plan, int(at)) for at in starts[day]],
        late=late,
    )


def _first_so_many(coming: Floats, first: float, *, in_order: bool) -> Floats:
    """The citizens of each piece if only ``first`` citizens of the source come, as a flow. If not ``in_order``, all pieces lose the same share."""
    come: Floats = np.clip(first - (np.cumsum(coming) - coming), 0.0, coming) if in_order else coming * min(1.0, first / max(coming.sum(), 1.0))
    return come


def _by_last_ticket(plan: Plan, source: int) -> Iterator[tuple[int, float, Floats]]:
    """The citizens of a source by the last ticket of the first stop they make (R12): its time, their share, the stops they make.

    The stops are weighted by the share, so that they add up to the `visits` of all.
    """
    demand, hall = plan.demand, plan.hall
    route = slice(int(demand.route_first[source]), int(demand.route_first[source + 1]))
    last_tickets = hall.unit_last_ticket[hall.service_unit[demand.stop_service[route]]]
    for often, share in shares(demand, source):
        passed_by = np.cumprod(np.concatenate(([1.0], 1.0 - share)))
        for begin, end in pairwise([0, *(np.flatnonzero(np.diff(last_tickets)) + 1).tolist(), len(last_tickets)]):
            made = passed_by[begin] * _visits(demand, source, begin, share) - passed_by[end] * _visits(demand, source, end, share)
            yield int(last_tickets[begin]), often * float(passed_by[begin] - passed_by[end]), often * made


def overloads(plan: Plan, load: Load) -> list[Overload]:
    """The overloads of half an hour or more, in order of time. In a system with a horizon, a load equal to the capacity is one too."""
    steady = plan.hall.ends < clock.NEVER
    with_counters = _with_counters(plan)
    spans: dict[frozenset[int], list[tuple[int, int, float, float, float, float]]] = {}
    for piece, capacity in enumerate(load.capacity):
        for services, counters, carried in _overloaded(load.erlangs[:, piece], capacity, with_counters, steady):
            which = list(services)
            erlangs, rate = float(load.erlangs[which, piece].sum()), float(load.rate[which, piece].sum())
            growth = (1.0 - carried / erlangs) * rate
            spans.setdefault(services, []).append((int(load.cuts[piece]), int(load.cuts[piece + 1]), erlangs, counters, growth, carried))
    found = []
    for services, pieces in spans.items():
        runs: list[list[tuple[int, int, float, float, float, float]]] = []
        for one in pieces:
            if runs and runs[-1][-1][1] == one[0] and (runs[-1][-1][3] > 0) == (one[3] > 0):
                runs[-1].append(one)
            else:
                runs.append([one])
        for run in runs:
            lengths = np.array([end - start for start, end, *_ in run], dtype=np.float64)
            average = [float(np.average([one[k] for one in run], weights=lengths)) for k in (2, 3, 4, 5)]
            if lengths.sum() >= SHORTEST or average[1] == 0 or steady:
                found.append(Overload(services, run[0][0], run[-1][1], *average))
    return sorted(found, key=lambda overload: (overload.start, sorted(overload.services)))


def _with_counters(plan: Plan) -> NDArray[np.int64]:
    """The services of units whose counters are not unlimited."""
    return np.flatnonzero(plan.hall.unit_kind[plan.hall.service_unit] != UNLIMITED)


def _overloaded(
    erlangs: Floats, capacity: list[Hands], candidates: NDArray[np.int64], steady: bool
) -> list[tuple[frozenset[int], int, float]]:
    """The groups of services that are offered more than their counters can carry, with the number of these counters and what they carry."""
    found = []
    for group in _groups(capacity, [int(service) for service in candidates if erlangs[service] > 0]):
        counters = [hands.of(group) for hands in capacity if hands.services & group]
        short = _short_of_counters({service: float(erlangs[service]) for service in group}, counters, steady)
        if short:
            theirs = [hands for hands in counters if hands.services & short]
            found.append((short, sum(hands.number for hands in theirs), sum(hands.carry(short) for hands in theirs)))
    return found


def _groups(capacity: list[Hands], services: list[int]) -> list[frozenset[int]]:
    """Services in groups that share no counter with each other."""
    groups = [frozenset([service]) for service in services]
    for hands in capacity:
        touched = [group for group in groups if group & hands.services]
        if len(touched) > 1:
            groups = [group for group in groups if not group & hands.services] + [frozenset().union(*touched)]
    return groups


def _short_of_counters(erlangs: dict[int, float], counters: list[Hands], steady: bool) -> frozenset[int]:
    """The services on the source side of the minimum cut of the flow from services to counters; none if the counters can carry all."""
    every = frozenset(erlangs)
    total, carried = sum(erlangs.values()), sum(hands.carry(every) for hands in counters)
    if all(hands.services == every for hands in counters):  # one pool of equal counters: nothing to share out
        return every if (total >= carried - 1e-9 if steady else total > carried + 1e-9) else frozenset()
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    order = sorted(erlangs)
    nodes = 2 + len(order) + len(counters)
    bounds = np.zeros((nodes, nodes), dtype=np.int32)
    for row, service in enumerate(order, start=2):
        bounds[0, row] = round(erlangs[service] * _FLOW_UNIT)
        for column, hands in enumerate(counters, start=2 + len(order)):
            if service in hands.services:
                bounds[row, column] = bounds[0, row]
    for column, hands in enumerate(counters, start=2 + len(order)):
        bounds[column, 1] = round(hands.carry(every) * _FLOW_UNIT) - (1 if steady else 0)
    flow = maximum_flow(csr_array(bounds), 0, 1)
    if flow.flow_value >= bounds[0].sum():
        return frozenset()
    residual = csr_array(np.maximum(bounds - flow.flow.toarray(), 0))
    reached = breadth_first_order(residual, 0, return_predecessors=False)
    return frozenset(order[node - 2] for node in reached if 2 <= node < 2 + len(order))


@dataclass(frozen=True)
class PlanningWarning:
    """A planning mistake that shows without simulating: the path in the scenario, and what is wrong, with numbers.

    ``of_load`` says that it compares an offered load with its counters, which assumes that all earlier stops let everyone through.
    """

    path: str
    message: str
    of_load: bool = False


def planning_warnings(scenario: Scenario, plan: Plan) -> list[PlanningWarning]:
    """All planning mistakes that the plan alone shows: overload, services nobody serves, idle counters, duty for nobody, unreached stops, late tickets."""
    load = offered_load(plan)
    names = services_of(scenario)
    return [
        *_crowd_warnings(plan, load, names),
        *_overload_warnings(scenario, plan, load, names),
        *_busy_day_warnings(scenario, plan, load, names),
        *_unreached(scenario, plan, names),
        *_passing_by(scenario, plan),
        *_idle_counters(scenario, plan, load),
        *_duty_for_nobody(scenario, plan),
        *_outages_in_a_closed_hall(scenario),
        *_too_late(scenario, plan, load),
    ]


def _crowd_warnings(plan: Plan, load: Load, names: list[tuple[str, str]]) -> Iterator[PlanningWarning]:
    """Services where the counters on duty at opening call the last of those at the door later than the target time (without one: half an hour)."""
    target = plan.window.within[plan.hall.service_unit]
    each = np.divide(load.crowd_work, load.crowd, out=np.zeros(len(names)), where=load.crowd > 0)
    erlangs = load.crowd_work / (np.where(target > 0, target, SHORTEST) + each)  # the last is called at the target time and leaves one service time later
    for services, counters, carried in _overloaded(erlangs, load.capacity[0], _with_counters(plan), steady=False):
        which = list(services)
        crowd, work = float(load.crowd[which].sum()), float(load.crowd_work[which].sum())
        units, who = _who(load, services, names)
        served = f"{_counters(counters)} need{'s' if counters == 1 else ''} {work / carried / clock.MINUTE:.0f} min to serve them" if counters else "nobody on duty serves it"
        message = f"{who} {clock.format_clock(int(load.cuts[0]))}: the citizens who wait at the door take about {rounded(crowd, 3)} tickets, and {served}"
        yield PlanningWarning(f"units.{units[0]}.counters", message, of_load=True)


def _overload_warnings(scenario: Scenario, plan: Plan, load: Load, names: list[tuple[str, str]]) -> Iterator[PlanningWarning]:
    for overload in overloads(plan, load):
        units, who = _who(load, overload.services, names)
        when = f" {clock.format_clock(overload.start)}–{clock.format_clock(overload.end)}" if scenario.hours else ""
        path = f"units.{units[0]}.counters"
        if overload.counters == 0 and is_stopped(plan, overload.services, overload.start):
            came = overload.growth * (overload.end - overload.start) / clock.HOUR
            yield PlanningWarning(path, f"{who}{when}: stopped by an outage, while about {_citizens(came)}")
        elif overload.counters == 0:
            came = overload.growth * (overload.end - overload.start) / clock.HOUR
            yield PlanningWarning(path, f"{who}{when}: nobody on duty serves it, while about {_citizens(came)}")
        elif scenario.hours:
            growth = f"{overload.growth:,.0f}" if overload.growth >= 1 else rounded(overload.growth, 1)
            yield PlanningWarning(
                path, f"{who}{when}: {overload.erlangs:.2f} erlang for {_carriers(overload)}, the queue grows by about {growth} an hour",
                of_load=True,
            )
        elif not _somebody_gives_up(plan, overload.services):
            yield PlanningWarning(path, f"{who}: {rounded(overload.erlangs, 3)} erlang for {_carriers(overload)}, the queue grows without end", of_load=True)


def _busy_day_warnings(scenario: Scenario, plan: Plan, load: Load, names: list[tuple[str, str]]) -> Iterator[PlanningWarning]:
    """Services that are offered more than their counters can carry only on one day in ten, by busyness (R18)."""
    factor = busyness_on(plan, 1.0 - 1.0 / ONE_DAY_IN)
    if (factor <= 1.0).all():
        return
    busy = at_busyness(plan, np.maximum(factor, 1.0))
    heavier = offered_load(busy)
    usual = [overload.services for overload in overloads(plan, load)]
    for overload in overloads(busy, heavier):
        if any(overload.services & services for services in usual) or overload.counters == 0:
            continue
        which = list(overload.services)
        more = 100.0 * (float(heavier.tickets[which].sum()) / float(load.tickets[which].sum()) - 1.0)
        units, who = _who(load, overload.services, names)
        when = f" {clock.format_clock(overload.start)}–{clock.format_clock(overload.end)}" if scenario.hours else ""
        day = "day" if scenario.hours else "run"
        message = f"{who}{when}: on one {day} in ten, with {more:.0f} % more tickets than on average or more still, {overload.erlangs:.2f} erlang for {_carriers(overload)}"
        yield PlanningWarning(f"units.{units[0]}.counters", message, of_load=True)


def _counters(number: float) -> str:
    return f"{rounded(number, 3)} counter{'' if number == 1 else 's'}"


def _citizens(number: float) -> str:
    said = rounded(number, 3)
    return f"{said} citizen comes" if said == "1" else f"{said} citizens come"


def _carriers(overload: Overload) -> str:
    """The counters of an overload, and what they carry if that differs from their number."""
    same = abs(overload.carried - overload.counters) < 0.005 * overload.counters
    return _counters(overload.counters) + ("" if same else f" that carr{'ies' if overload.counters == 1 else 'y'} {rounded(overload.carried, 3)}")


def _who(load: Load, services: frozenset[int], names: list[tuple[str, str]]) -> tuple[list[str], str]:
    """The units of some services, and the names to print: those of the units if the services are all that is asked for there, else of the services."""
    units = list(dict.fromkeys(names[service][0] for service in sorted(services)))
    of_units = {service for service, (unit, _) in enumerate(names) if unit in units and load.work[service] > 0}
    return units, ", ".join(units if services >= of_units else [".".join(names[service]) for service in sorted(services)])


def _somebody_gives_up(plan: Plan, services: frozenset[int]) -> bool:
    """Whether patience or a waiting room keeps the queue of these services finite."""
    at = np.isin(plan.demand.stop_service, list(services))
    rooms = plan.hall.unit_room[plan.hall.service_unit[list(services)]]
    return bool((plan.demand.stop_patience[at] != NO_PATIENCE_LIMIT).all() or (rooms < clock.NEVER).all())


def _unreached(scenario: Scenario, plan: Plan, names: list[tuple[str, str]]) -> list[PlanningWarning]:
    """Services that are on no route."""
    demand, found = plan.demand, []
    reached = set(demand.stop_service[demand.stop_share > 0].tolist())
    for service, (unit, name) in enumerate(names):
        if service not in reached:
            path = f"units.{unit}" + (f".services.{name}" if scenario.units[unit].services else "")
            found.append(PlanningWarning(path, "no citizen's route reaches it"))
    return found


def _passing_by(scenario: Scenario, plan: Plan) -> Iterator[PlanningWarning]:
    """Sources of whose citizens 1 % or more meet no officer: their stops have shares, and some citizens make none of them."""
    demand, hall = plan.demand, plan.hall
    by_officers = (hall.unit_kind != UNLIMITED) & [not unit.machine for unit in scenario.units.values()]
    for source, (name, given) in enumerate(scenario.citizens.items()):
        stops = np.arange(demand.route_first[source], demand.route_first[source + 1])
        units = hall.service_unit[demand.stop_service[stops]]
        staffed, made = by_officers[units], demand.stop_share[stops] > 0
        passing = sum(often * float(np.prod(1.0 - share[staffed])) for often, share in shares(demand, source))
        if not (staffed & made).any() or passing < 0.01:
            continue
        others = dict.fromkeys(list(scenario.units)[unit] for unit in units[~staffed & made])
        message = f"{100 * passing:.0f} % of these citizens pass by every counter" + (f" but {', '.join(others)}" if others else "")
        loose = [position.stop for position, is_staffed in zip(route_of(scenario, given), staffed, strict=True) if is_staffed and position.choice < 0]
        if len(loose) > 1 and abs(sum(stop.share for stop in loose) - 1.0) < 1e-9:
            written = ", ".join(f"{stop.stop}: {100 * stop.share:g} %" for stop in loose)
            message += f", and some come to several: shares do not exclude each other; if each makes one of these stops, write 'one_of: {{{written}}}'"
        yield PlanningWarning(f"citizens.{name}.route", message)


def _idle_counters(scenario: Scenario, plan: Plan, load: Load) -> list[PlanningWarning]:
    """Counters that are never on duty in the opening hours, or serve nothing that anybody comes for."""
    hall, works = plan.hall, ever_on_duty(plan)
    found = []
    for unit, (name, given) in enumerate(scenario.units.items()):
        if not load.work[hall.service_unit == unit].any() and not isinstance(given.counters, tuple):
            continue  # another warning says already that no route reaches the unit
        for place, counter in enumerate(range(hall.unit_first_counter[unit], hall.unit_first_counter[unit + 1])):
            if hall.unit_kind[unit] == BY_NUMBER:
                continue
            skills = hall.skill_service[hall.skill_first[counter] : hall.skill_first[counter + 1]]
            if not works[counter]:
                found.append(PlanningWarning(f"units.{name}.counters", f"counter {place + 1} never works: its duty lies outside the opening hours"))
            elif not load.work[skills].any():
                found.append(PlanningWarning(f"units.{name}.counters", f"counter {place + 1} never works: nobody comes for what it serves"))
    return found


def _duty_for_nobody(scenario: Scenario, plan: Plan) -> list[PlanningWarning]:
    """Duty before opening, when all wait at the door (R4), and after closing, when nobody enters and those who wait may be sent home (R13)."""
    if not scenario.hours:
        return []
    opens, closes = scenario.hours
    left = "all who wait are sent home" if plan.hall.send_home else "nobody comes in any more: only who is inside by then is served"
    sides = [
        (0, opens, f"but the hall opens at {clock.format_clock(opens)} and nobody can come in before"),
        (closes, clock.NEVER, f"but at closing, {clock.format_clock(closes)}, {left}"),
    ]
    found = []
    for side_start, side_end, why in sides:
        for_nobody: dict[str, set[Interval]] = {}
        for path, start, end in _duties(scenario, plan):
            outside = Interval(max(start, side_start), min(end, side_end))
            if outside.start < outside.end:
                for_nobody.setdefault(path, set()).add(outside)
        found += [PlanningWarning(path, f"on duty {', '.join(map(str, sorted(intervals)))}, {why}") for path, intervals in for_nobody.items()]
    return found


def _outages_in_a_closed_hall(scenario: Scenario) -> Iterator[PlanningWarning]:
    """Planned outages before opening or after closing: most often a clock time that is misspelt."""
    if scenario.hours:
        for name, outage in scenario.outages.items():
            closed = [at for at in outage.at or () if at.end <= scenario.hours.start or at.start >= scenario.hours.end]
            if closed:
                yield PlanningWarning(f"outages.{name}.at", f"down {', '.join(map(str, closed))}, when the hall is closed: it is open {scenario.hours}")


def _duties(scenario: Scenario, plan: Plan) -> Iterator[tuple[str, int, int]]:
    """Each duty (start, end) with its path: that of the unit, or the hall's `duty` if the unit has none of its own.

    It leaves out counters that never work, because other warnings name them.
    """
    places, by_number = list(places_of(scenario)), set(plan.units_by_number)
    works = ever_on_duty(plan)
    for duty in planned_duty(plan):
        place = places[duty.counter]
        own = duty.unit in by_number or scenario.units[place.unit].duty or place.counter.duty
        if duty.unit in by_number or works[duty.counter]:
            yield f"units.{place.unit}" if own else "duty", duty.start, duty.end


def _too_late(scenario: Scenario, plan: Plan, load: Load) -> list[PlanningWarning]:
    """Last tickets after the last duty, or at units where no visit begins; and citizens who come after the last ticket."""
    found: list[PlanningWarning] = []
    if not scenario.hours:
        return found
    hall = plan.hall
    first = {unit for source in range(len(scenario.citizens)) for unit in _first_units(plan, source)}
    last_ends = last_duty_ends(plan)
    for unit, name in enumerate(scenario.units):
        mine = hall.counter_unit == unit
        if hall.unit_kind[unit] == UNLIMITED or not mine.any() or not load.work[hall.service_unit == unit].any():
            continue
        ends = int(last_ends[hall.service_unit == unit].max())
        last_ticket = int(hall.unit_last_ticket[unit])
        if 0 <= ends < last_ticket and unit in first:
            found.append(
                PlanningWarning(f"units.{name}", f"tickets are given until {clock.format_clock(last_ticket)}, but the last duty ends at {clock.format_clock(ends)}")
            )
    for unit, (name, given) in enumerate(scenario.units.items()):
        if given.last_ticket is not None and unit not in first:
            found.append(PlanningWarning(f"units.{name}.last_ticket", "no citizen's first stop is here, so this last ticket time changes nothing"))
    for source, name in enumerate(scenario.citizens):
        if load.late[source] >= 0.05:
            last_ticket = min(at for at, share, _ in _by_last_ticket(plan, source) if share > 0)
            found.append(PlanningWarning(f"citizens.{name}.arrivals", f"about {rounded(load.late[source])} a day come after the last ticket at {clock.format_clock(last_ticket)} and are refused"))
    return found


def _first_units(plan: Plan, source: int) -> Iterator[int]:
    """The units where a visit can begin: those of stops that some citizens make after passing by all stops before."""
    demand = plan.demand
    for _, share in shares(demand, source):
        certain = np.flatnonzero(share >= 1.0)
        first = slice(0, certain[0] + 1) if len(certain) else slice(None)
        for stop in np.flatnonzero(share[first] > 0) + demand.route_first[source]:
            yield int(plan.hall.service_unit[demand.stop_service[stop]])
