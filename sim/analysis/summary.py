"""The summary of a run: every measure with its interval, in one tidy table that tables, files and figures read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.groups import UnitGroup, helped_units, shared_groups
from sim.analysis.intervals import (
    FEW,
    Estimate,
    average_day_interval,
    mean_interval,
    quantile_intervals,
    share_interval,
    share_within_interval,
    stretched_interval,
    wilson_interval,
)
from sim.analysis.parts import Ratio, Scope, has_target, of_hall, parts, ticket_ratios
from sim.clock import MINUTE
from sim.model.shapes import Plan
from sim.results.measures import Days
from sim.scenario.schema import Name, Scenario, TargetValue


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
    builder = _Rows(scenario, plan, days)
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
        rows=tuple(builder.all_rows(over_day)),
        waits=builder.wait_quantiles(),
        title=title,
        groups=shared_groups(list(scenario.units), plan, days),
        helped=tuple(list(scenario.units)[unit] for unit in helped_units(plan)),
        officers=tuple((days.sums.on_duty[:, of_hall(scenario)].sum(axis=1).mean(axis=0) / np.diff(edges)).tolist()),
        fullest=tuple(days.sums.most_inside.max(axis=0).tolist()),
    )


def display_name(name: str | Name | None, identifier: str, language: str = "en") -> str:
    """The name to show: the display name in the language, or the identifier."""
    if name is None:
        return identifier
    return name if isinstance(name, str) else getattr(name, language)


def _label(scenario: Scenario, identifier: str) -> UnitLabel:
    unit = scenario.units[identifier]
    target = unit.target or scenario.target
    return UnitLabel(
        unit=identifier,
        name=display_name(unit.name, identifier),
        floor="" if unit.floor is None else str(unit.floor),
        target_share=target.share if target else math.nan,
        target_minutes=target.within / MINUTE if target else math.nan,
        unlimited=unit.counters == "unlimited",
        machine=unit.machine,
    )


class _Waits(NamedTuple):
    """Waiting times of served tickets, in minutes and as multiples of the unit's target time, with the day of each."""

    minutes: NDArray[np.float64]
    in_targets: NDArray[np.float64]
    day: NDArray[np.int32]

    def of(self, which: NDArray[Any] | slice) -> _Waits:
        """The waits that a mask, an order or a slice selects."""
        return _Waits(self.minutes[which], self.in_targets[which], self.day[which])


class _Rows:
    """Collects the rows of a summary."""

    def __init__(self, scenario: Scenario, plan: Plan, days: Days) -> None:
        self.scenario, self.plan, self.days, self.sums = scenario, plan, days, days.sums
        self.units = list(scenario.units)
        self.wait_unit = plan.hall.service_unit[days.waits.service]
        self.waits = _Waits(days.waits.wait / MINUTE, days.waits.wait / np.maximum(1, plan.window.within)[self.wait_unit], days.day)
        self.hall = of_hall(scenario)
        self.waits_of_hall = slice(None) if len(self.hall) == len(self.units) else np.flatnonzero(np.isin(self.wait_unit, self.hall))
        self.rows: list[Row] = []

    def wait_quantiles(self) -> dict[str, tuple[float, ...]]:
        chosen = {"": self.waits.minutes[self.waits_of_hall]} | {name: self.waits.minutes[self.wait_unit == u] for u, name in enumerate(self.units)}
        return {name: tuple(_at_shares(np.sort(minutes), 201)) for name, minutes in chosen.items()}

    def all_rows(self, over_day: bool) -> list[Row]:
        for part in parts(self.scenario, self.plan, self.days):
            waits = self.waits.of(np.flatnonzero(part.waits))
            for measure, ratio in part.ratios.items():
                self._add_ratio(measure, part.scope, ratio, waits)
            mean = part.ratios["waiting_time_mean"]
            self._add("waiting_time_day_mean", part.scope, average_day_interval(*mean))
            self._quantiles(part.scope, waits)
            if not part.scope.service and not part.scope.citizen_class and "share_within_target" in part.ratios:
                self._days_target_kept(part.scope, part.ratios["share_within_target"])
        if self.scenario.seats is not None:
            suffice = self.sums.most_inside[:, -1] <= self.scenario.seats
            self._add("days_seats_suffice", Scope(), wilson_interval(int(suffice.sum()), self.days.replications))
        if over_day:
            self._over_day()
        return self.rows

    def _add(self, measure: str, scope: Scope, interval: Estimate) -> None:
        self.rows.append(Row(measure, *scope, float(interval.value), float(interval.low), float(interval.high), self.days.replications))

    def _add_ratio(self, measure: str, scope: Scope, ratio: Ratio, waits: _Waits) -> None:
        if measure == "share_within_target":
            allowed = 1.0 - max(target.share for target in self._targets(scope.unit))
            self._add(measure, scope, share_within_interval(*ratio, waits.in_targets, waits.day, few=min(FEW, allowed / 2.0)))
        elif DEFINITIONS[measure].measured_in == "fraction" and measure != "utilisation":
            self._add(measure, scope, share_interval(*ratio))
        else:
            self._add(measure, scope, stretched_interval(*ratio))

    def _targets(self, unit: str) -> list[TargetValue]:
        """The target of a unit, or the targets of all units in the hall's figures."""
        units = [self.scenario.units[unit]] if unit else [self.scenario.units[self.units[u]] for u in self.hall]
        return [target for given in units if (target := given.target or self.scenario.target) is not None]

    def _quantiles(self, scope: Scope, waits: _Waits) -> None:
        found = quantile_intervals(waits.minutes, waits.day, self.days.replications, (0.5, 0.9))
        for measure, interval in zip(("waiting_time_median", "waiting_time_p90"), found, strict=True):
            self._add(measure, scope, interval)

    def _days_target_kept(self, scope: Scope, within: Ratio) -> None:
        """The share of days on which a unit, or the hall, keeps its target; a day without tickets keeps it."""
        target = (self.scenario.units[scope.unit].target if scope.unit else None) or self.scenario.target
        if target is not None:
            missed = within.denominator * target.share > within.numerator + 1e-9
            self._add("days_target_kept", scope, wilson_interval(int((~missed).sum()), self.days.replications))

    def _over_day(self) -> None:
        """The measures of each interval of the day, for the hall and for each unit."""
        lengths = np.diff(self.plan.window.edges).astype(np.float64)
        for unit, which in [("", self.hall), *((name, np.array([u])) for u, name in enumerate(self.units))]:
            chosen = np.flatnonzero(self.wait_unit == which[0]) if unit else self.waits_of_hall
            interval = self.days.waits.interval[chosen]
            mine = self.waits.of(chosen).of(np.argsort(interval, kind="stable"))
            first = np.cumsum(np.bincount(interval + 1, minlength=len(lengths) + 1))  # -1 sorts first and stands for no interval
            waiting = self.sums.waiting[:, which].sum(axis=1) / lengths
            low, high = np.quantile(waiting, [0.1, 0.9], axis=0)
            for i in range(len(lengths)):
                scope, waits = Scope(unit, interval=i), mine.of(slice(first[i], first[i + 1]))
                ratios = ticket_ratios(self.sums.by_interval[:, which, i].sum(axis=1), has_target(self.scenario, unit))
                ratios["number_waiting"] = Ratio(waiting[:, i], np.ones(self.days.replications))
                if not unit or self.scenario.units[unit].counters != "unlimited":
                    ratios["utilisation"] = Ratio(self.sums.busy[:, which, i].sum(axis=1), self.sums.on_duty[:, which, i].sum(axis=1))
                for measure in ("tickets", "waiting_time_mean", "share_within_target", "number_waiting", "utilisation"):
                    if measure in ratios:
                        self._add_ratio(measure, scope, ratios[measure], waits)
                self._quantiles(scope, waits)
                self._band("number_waiting", scope, low[i], high[i])
        inside = self.sums.inside / lengths
        low, high = np.quantile(inside, [0.1, 0.9], axis=0)
        for i in range(len(lengths)):
            scope = Scope(interval=i)
            self._add("inside", scope, mean_interval(inside[:, i]))
            self._add("most_inside", scope, mean_interval(self.sums.most_inside[:, i]))
            self._band("inside", scope, low[i], high[i])

    def _band(self, measure: str, scope: Scope, low: float, high: float) -> None:
        """Add two bounds, without intervals: one day in ten lies below p10, and one above p90."""
        for name, bound in (("p10", low), ("p90", high)):
            self._add(f"{measure}_{name}", scope, Estimate(np.array(bound), np.array(np.nan), np.array(np.nan)))


def _at_shares(ordered: NDArray[np.float64], count: int) -> list[float]:
    """Quantiles at ``count`` shares from 0 to 1. Each is the least value that at least that share of the values do not exceed; none without values."""
    if not len(ordered):
        return []
    places = np.ceil(np.linspace(0.0, 1.0, count) * len(ordered) - 1e-9).astype(np.int64) - 1
    return ordered[np.maximum(places, 0)].tolist()  # type: ignore[no-any-return]
