"""The summary of a run: every measure with its interval, in one tidy table that tables, files and figures read."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.groups import UnitGroup, helped_units, shared_groups
from sim.analysis.intervals import (
    FEW,
    Estimate,
    average_day_interval,
    is_doubtful,
    ratio_interval,
    share_interval,
    share_within_interval,
    stretched_interval,
    wilson_interval,
)
from sim.analysis.parts import Part, Ratio, Scope, has_target, of_hall, parts, ticket_ratios
from sim.analysis.quantiles import no_longer, quantile_intervals, quantiles
from sim.clock import MINUTE
from sim.model.shapes import Plan
from sim.results.days import Days
from sim.results.measures import Ints
from sim.results.waits import UPPER
from sim.scenario.lookup import target_of, units_of_hall
from sim.scenario.schema import Name, Scenario

Floats = NDArray[np.float64]


class Row(NamedTuple):
    """One number: a measure for a part of the hall, with its interval over days.

    ``unit``, ``service``, ``citizen_class`` are identifiers, empty for 'all of them' (the hall, when ``unit`` is empty too);
    ``interval`` is the index of the interval of the day, -1 for the whole day. ``low`` and ``high`` bound the 95 % interval by
    chance only (NaN where none is defined). ``value`` is NaN where nothing was counted.
    """

    measure: str
    unit: str
    service: str
    citizen_class: str
    interval: int
    value: float
    low: float
    high: float
    replications: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2.0


@dataclass(frozen=True)
class UnitLabel:
    """A unit as it is shown: identifier, display name, floor, target (share and minutes; NaN without one), whether it is unlimited, and a machine."""

    unit: str
    name: str
    floor: str
    target_share: float
    target_minutes: float
    unlimited: bool
    machine: bool = False


@dataclass(frozen=True)
class Summary:
    """Every measure of a run with its interval, and what is needed to show it.

    ``edges`` are the bounds of the day's intervals in minutes since midnight (since the start, for a system without opening
    hours): interval i is [edges[i], edges[i + 1]). ``waits`` holds for each unit (and '' for the hall) the quantiles of the
    waiting time in minutes at 0 %, 0.5 %, … 100 % (201 numbers; empty where nobody was served). ``title`` is the heading: the scenario's
    name, with the variant and the overrides if there are any. ``groups`` are the units that share counters, and ``helped`` those where
    counters of others help (`sim.analysis.groups`). ``officers`` is the average number of officers on duty in the hall in each interval
    of the day, without machines. ``fullest`` is the most people inside at once on any day, in each interval and, last, at any time.
    """

    scenario: str
    has_hours: bool
    replications: int
    edges: tuple[float, ...]
    opens: float
    closes: float
    units: tuple[UnitLabel, ...]
    seats: int | None
    rows: tuple[Row, ...]
    waits: dict[str, tuple[float, ...]]
    title: str = ""
    groups: tuple[UnitGroup, ...] = ()
    helped: tuple[str, ...] = ()
    officers: tuple[float, ...] = ()
    fullest: tuple[int, ...] = ()
    _index: dict[tuple[str, str, str, str, int], Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {row[:5]: row for row in self.rows})
        object.__setattr__(self, "title", self.title or self.scenario)

    @property
    def all_units(self) -> str:
        """The words for the units that count in the figures of the hall."""
        return "all units but machines" if len(self.hall_units) < len(self.units) else "all units"

    @property
    def hall_units(self) -> tuple[UnitLabel, ...]:
        """The units that count in the figures of the hall (`sim.analysis.parts.of_hall`)."""
        return tuple(unit for unit in self.units if not unit.machine)

    def group_of(self, unit: str) -> UnitGroup | None:
        """The group of units with which a unit shares counters; None for most."""
        return next((group for group in self.groups if unit in group.units), None)

    def get(self, measure: str, unit: str = "", *, service: str = "", citizen_class: str = "", interval: int = -1) -> Row:
        """The row of a measure for a unit (the hall without one); raises KeyError where that measure is not defined there."""
        return self._index[measure, unit, service, citizen_class, interval]

    def over_day(self, measure: str, unit: str = "") -> list[Row]:
        """The rows of a measure for each interval of the day, in order."""
        return [self._index[measure, unit, "", "", i] for i in range(len(self.edges) - 1)]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def summarise(scenario: Scenario, plan: Plan, days: Days, *, over_day: bool = True, title: str = "") -> Summary:
    """Every measure of the days with its interval: for the hall, each unit, service and class, and (``over_day``) each interval of the day."""
    measured = list(parts(scenario, plan, days))
    waits = _Waits(scenario, plan, days, measured, over_day)
    edges = plan.window.edges
    return Summary(
        scenario=scenario.name,
        has_hours=scenario.hours is not None,
        replications=days.replications,
        edges=tuple(float(edge) / MINUTE for edge in edges),
        opens=float(edges[0]) / MINUTE,
        closes=float(edges[-1]) / MINUTE,
        units=tuple(_label(scenario, name) for name in scenario.units),
        seats=scenario.seats,
        rows=_Rows(scenario, plan, days, waits).all_rows(measured, over_day),
        waits=waits.quantiles_of_units(),
        title=title,
        groups=shared_groups(list(scenario.units), plan, days),
        helped=tuple(list(scenario.units)[unit] for unit in helped_units(plan)),
        officers=tuple((days.sums.on_duty[:, of_hall(scenario)].sum(axis=(0, 1)) / days.replications / np.diff(edges)).tolist()),
        fullest=tuple(days.fullest.tolist()),
    )


def display_name(name: str | Name | None, identifier: str, language: str = "en") -> str:
    """The name to show: the display name in the language, or the identifier."""
    if name is None:
        return identifier
    return name if isinstance(name, str) else getattr(name, language)


def _label(scenario: Scenario, identifier: str) -> UnitLabel:
    unit = scenario.units[identifier]
    target = target_of(scenario, identifier)
    return UnitLabel(
        unit=identifier,
        name=display_name(unit.name, identifier),
        floor="" if unit.floor is None else str(unit.floor),
        target_share=target.share if target else math.nan,
        target_minutes=target.within / MINUTE if target else math.nan,
        unlimited=unit.counters == "unlimited",
        machine=unit.machine,
    )


class _Waits:
    """The counted waits of each part of the hall, and of each interval of the day in the units and in the hall: a cell for each.

    ``within`` is section × cell × bin, as `no_longer` gives it. Bins beyond the longest wait are left out.
    """

    def __init__(self, scenario: Scenario, plan: Plan, days: Days, measured: Sequence[Part], over_day: bool) -> None:
        units, hall = list(scenario.units), of_hall(scenario)
        bins = 1 + int(np.flatnonzero(days.waits.by_class.any(axis=(0, 2))).max(initial=0))
        scopes, intervals = [part.scope for part in measured], len(plan.window.edges) - 1 if over_day else 0
        scopes += [Scope(unit, interval=i) for unit in (*units, "") for i in range(intervals)]
        self.cell = {scope: cell for cell, scope in enumerate(scopes)}
        self.within = np.empty((len(days.waits.by_class), len(scopes), bins), dtype=np.uint32)
        by_class = no_longer(np.ascontiguousarray(days.waits.by_class[:, :bins].transpose(0, 2, 1)))
        for cell, part in enumerate(measured):
            by_class[:, part.waits].sum(axis=1, out=self.within[:, cell])
        if over_day:
            of_units, of_whole_hall = self.within[:, len(measured) : -intervals], self.within[:, -intervals:]
            of_units[:] = days.waits.by_interval[:, :bins].transpose(0, 2, 1)
            no_longer(of_units, out=of_units)
            of_units.reshape(len(of_units), len(units), intervals, bins)[:, hall].sum(axis=1, out=of_whole_hall)
        self.upper = UPPER[:bins]
        self.units, self.hall = units, [units[u] for u in hall]
        self.target = dict(zip(units, np.maximum(1, plan.window.within).tolist(), strict=True))

    def quantiles_of_units(self) -> dict[str, tuple[float, ...]]:
        """Quantiles at 201 shares from 0 to 1, of the hall ('') and of each unit; none where nobody was served."""
        places = ["", *self.units]
        found = quantiles(self.within[:, [self.cell[Scope(unit)] for unit in places]], np.linspace(0.0, 1.0, 201)).T.tolist()
        return {unit: () if math.isnan(of_unit[0]) else tuple(of_unit) for unit, of_unit in zip(places, found, strict=True)}

    def targets(self, unit: str) -> tuple[int, ...]:
        """The different target times of a unit, or of the units in the hall's figures."""
        return tuple(sorted({self.target[one] for one in ([unit] if unit else self.hall)}))

    def sooner(self, scopes: Sequence[Scope]) -> NDArray[np.uint32]:
        """How many were served within shorter times than the target (section × scope × time).

        The scopes have the same targets. The times are bounds of bins; where units of the hall have different targets, each waits up to the
        same multiple of its own.
        """
        targets = self.targets(scopes[0].unit)
        if len(targets) == 1:
            times = int(np.searchsorted(self.upper, targets[0], side="right"))
            return self.within[:, [self.cell[scope] for scope in scopes], :times]
        bounds = {target: self.upper[self.upper <= target] / target for target in targets}
        every = np.unique(np.concatenate(list(bounds.values())))
        found = np.zeros((len(self.within), len(scopes), len(every)), dtype=np.uint32)
        for unit in self.hall:
            bins = np.searchsorted(bounds[self.target[unit]], every, side="right") - 1
            found += self.within[:, [self.cell[scope._replace(unit=unit)] for scope in scopes]][:, :, bins]
        return found


Interval = Callable[[Floats, Floats], Estimate]
"""The interval of ratios, from numerators and denominators (row of days × ratio)."""

QUANTILES: Final = ("waiting_time_median", "waiting_time_p90")
OVER_DAY: Final = ("tickets", "waiting_time_mean", "share_within_target", "number_waiting", "utilisation")


class _Rows:
    """Collects the rows of a summary in their order, and then computes all intervals of one kind together.

    ``keys`` are the rows' measures and scopes. Everything else is listed with the places of its rows among them.
    """

    def __init__(self, scenario: Scenario, plan: Plan, days: Days, waits: _Waits) -> None:
        self.scenario, self.plan, self.days, self.waits = scenario, plan, days, waits
        self.units, self.hall = list(scenario.units), of_hall(scenario)
        self.keys: list[tuple[str, Scope]] = []
        self.ratios: dict[Interval, list[tuple[Ints, Ratio]]] = defaultdict(list)
        self.within_target: dict[tuple[int, ...], list[tuple[Ints, Ratio]]] = defaultdict(list)
        self.known: list[tuple[Ints, Estimate]] = []
        self.few = {unit: self._few(unit) for unit in ("", *self.units)}
        self.share: Interval = partial(share_interval, days=days.days)

    def all_rows(self, measured: Sequence[Part], over_day: bool) -> tuple[Row, ...]:
        for part in measured:
            self._part(part)
        if self.scenario.seats is not None:
            places = self._add([Scope()], ["days_seats_suffice"])["days_seats_suffice"]
            self.known.append((places, wilson_interval(self.days.seats_suffice, self.days.replications)))
        if over_day:
            self._over_day()
            self._inside()
        found = np.full((3, len(self.keys)), np.nan)
        for places, estimate in self._estimates():
            found[:, places] = np.reshape(estimate, (3, len(places)))
        days, (values, lows, highs) = self.days.replications, found.tolist()
        together = zip(self.keys, values, lows, highs, strict=True)
        return tuple(Row(measure, *scope, value, low, high, days) for (measure, scope), value, low, high in together)

    def _part(self, part: Part) -> None:
        """The measures of a part of the hall over the whole day."""
        unit = part.scope.unit
        kept = target_of(self.scenario, unit) is not None and "share_within_target" in part.ratios and not part.scope.service and not part.scope.citizen_class
        places = self._add([part.scope], [*part.ratios, "waiting_time_day_mean", *QUANTILES, *(["days_target_kept"] if kept else [])])
        for measure, ratio in part.ratios.items():
            self._ratio(measure, places[measure], ratio)
        means, counted = self.days.day_means[:, part.place].T
        self.ratios[average_day_interval].append((places["waiting_time_day_mean"], Ratio(means / MINUTE, counted)))
        if kept:
            days = int(self.days.kept[1 + self.units.index(unit) if unit else 0])
            self.known.append((places["days_target_kept"], wilson_interval(days, self.days.replications)))

    def _over_day(self) -> None:
        """The measures of each interval of the day, for the hall and for each unit."""
        sums, lengths = self.days.sums, np.diff(self.plan.window.edges).astype(np.float64)

        def with_hall(of_units: Ints) -> Ints:
            """Sums of units (row × unit × …), after those of the hall."""
            return np.concatenate((of_units[:, self.hall].sum(axis=1, keepdims=True), of_units), axis=1)

        all_ratios = ticket_ratios(with_hall(sums.by_interval), self.days.days, with_target=True)
        all_ratios["number_waiting"] = Ratio(with_hall(sums.waiting) / lengths, all_ratios["tickets"].denominator)
        all_ratios["utilisation"] = Ratio(with_hall(sums.busy), with_hall(sums.on_duty))
        band = np.quantile(with_hall(self.days.waiting) / lengths, [0.1, 0.9], axis=0)
        for u, unit in enumerate(("", *self.units)):
            ratios = {measure: Ratio(*(numbers[:, u] for numbers in all_ratios[measure])) for measure in OVER_DAY}
            if not has_target(self.scenario, unit):
                del ratios["share_within_target"]
            if unit and self.scenario.units[unit].counters == "unlimited":
                del ratios["utilisation"]
            places = self._add([Scope(unit, interval=i) for i in range(len(lengths))], [*ratios, *QUANTILES, "number_waiting_p10", "number_waiting_p90"])
            for measure, ratio in ratios.items():
                self._ratio(measure, places[measure], ratio)
            self._band("number_waiting", places, band[:, u])

    def _inside(self) -> None:
        """The people in the hall in each interval of the day."""
        sums, lengths = self.days.sums, np.diff(self.plan.window.edges).astype(np.float64)
        places = self._add([Scope(interval=i) for i in range(len(lengths))], ["inside", "most_inside", "inside_p10", "inside_p90"])
        for measure, numbers in (("inside", sums.inside / lengths), ("most_inside", sums.most_inside[:, :-1])):
            self.ratios[ratio_interval].append((places[measure], Ratio(numbers, np.broadcast_to(self.days.days[:, np.newaxis], numbers.shape))))
        self._band("inside", places, np.quantile(self.days.inside / lengths, [0.1, 0.9], axis=0))

    def _add(self, scopes: Sequence[Scope], measures: Sequence[str]) -> dict[str, Ints]:
        """Add rows, for each scope all measures in order. Returns the places of each measure's rows."""
        first = len(self.keys) + len(measures) * np.arange(len(scopes))
        self.keys += [(measure, scope) for scope in scopes for measure in measures]
        return {measure: first + k for k, measure in enumerate(measures)}

    def _ratio(self, measure: str, places: Ints, ratio: Ratio) -> None:
        if measure == "share_within_target":
            self.within_target[self.waits.targets(self.keys[places[0]][1].unit)].append((places, ratio))
        elif DEFINITIONS[measure].measured_in == "fraction" and measure != "utilisation":
            self.ratios[self.share].append((places, ratio))
        else:
            self.ratios[stretched_interval].append((places, ratio))

    def _band(self, measure: str, places: dict[str, Ints], bounds: Floats) -> None:
        """Two bounds, without intervals: one day in ten lies below p10, and one above p90."""
        for name, bound in zip(("p10", "p90"), bounds, strict=True):
            self.known.append((places[f"{measure}_{name}"], Estimate(bound, *np.full((2, len(bound)), np.nan))))

    def _estimates(self) -> Iterator[tuple[Ints, Estimate]]:
        """The estimates of the rows at some places, kind after kind."""
        for interval, found in self.ratios.items():
            places, ratios = _joined(found)
            yield places, interval(*ratios)
        by_section = self.days.layout.section // self.days.layout.row
        for found in self.within_target.values():
            places, ratios = _joined(found)
            few = np.array([self.few[self.keys[place][1].unit] for place in places])
            doubtful = is_doubtful(*ratios, rows=by_section, few=few)
            yield places, self.share(*ratios)
            if doubtful.any():
                sooner = self.waits.sooner([self.keys[place][1] for place in places[doubtful]])
                within, tickets = (numbers[:, doubtful] for numbers in ratios)
                yield places[doubtful], share_within_interval(within, tickets, sooner, rows=by_section, few=few[doubtful])
        medians = np.array([place for place, key in enumerate(self.keys) if key[0] == QUANTILES[0]])
        cells, both = [self.waits.cell[self.keys[place][1]] for place in medians], quantile_intervals(self.waits.within, (0.5, 0.9))
        for k in range(len(QUANTILES)):
            yield medians + k, Estimate(*(numbers[k, cells] for numbers in both))
        yield from self.known

    def _few(self, unit: str) -> float:
        """The share of late tickets of a unit, or of the hall, that `share_within_interval` takes for few."""
        units = [unit] if unit else units_of_hall(self.scenario)
        targets = [target for one in units if (target := target_of(self.scenario, one)) is not None]
        return min(FEW, (1.0 - max((target.share for target in targets), default=0.0)) / 2.0)


def _joined(found: Sequence[tuple[Ints, Ratio]]) -> tuple[Ints, Ratio]:
    """Places and ratios, all in one. The rows of days lie side by side in memory, as each ratio is added up over them."""
    places = np.concatenate([places for places, _ in found])
    both = np.empty((2, len(places), len(found[0][1].numerator)))
    last = 0
    for at, ratio in found:
        first, last = last, last + len(at)
        both[0, first:last], both[1, first:last] = (numbers.reshape(len(numbers), -1).T for numbers in ratio)
    return places, Ratio(both[0].T, both[1].T)
