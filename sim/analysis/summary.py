"""The summary of a run: every measure with its interval, in one tidy table that tables, files and figures read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.intervals import Interval, average_day_interval, mean_interval, quantile_interval, ratio_interval, wilson_interval
from sim.clock import HOUR, MINUTE
from sim.model.plan import UNLIMITED, Plan, services_of
from sim.results.measures import (
    ABANDONED_WITHIN,
    CAME,
    DOOR_WAIT,
    LEFT,
    SERVED_WITHIN,
    TAKEN,
    TIME_IN_HALL,
    TOTAL_WAIT,
    WAIT_OF_ALL,
    WAIT_OF_SERVED,
    WAITED,
    WORK,
    Days,
    Ints,
    on_duty,
)
from sim.results.records import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from sim.scenario.schema import Name, Scenario


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
    """What is shown of a unit: identifier, display name, floor, target (share and minutes; NaN without one), and whether it has counters."""

    unit: str
    name: str
    floor: str
    target_share: float
    target_minutes: float
    unlimited: bool


@dataclass(frozen=True)
class Summary:
    """Every measure of a run with its interval, and what is needed to show it.

    ``edges`` are the bounds of the day's intervals in minutes since midnight (since the start, for a system without opening
    hours): interval i is [edges[i], edges[i + 1]). ``waits`` holds for each unit (and '' for the hall) the quantiles of the
    waiting time in minutes at 0 %, 0.5 %, … 100 % (201 numbers; empty where nobody was served).
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
    _index: dict[tuple[str, str, str, str, int], Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {row[:5]: row for row in self.rows})

    def get(self, measure: str, unit: str = "", *, service: str = "", citizen_class: str = "", interval: int = -1) -> Row:
        """The row of a measure for a unit (the hall without one); raises KeyError where that measure is not defined there."""
        return self._index[measure, unit, service, citizen_class, interval]

    def over_day(self, measure: str, unit: str = "") -> list[Row]:
        """The rows of a measure for each interval of the day, in order."""
        return [self._index[measure, unit, "", "", i] for i in range(len(self.edges) - 1)]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


CLASS_NAMES = ("priority", "regular")
"""Names of the citizens' classes by rank; later ranks are 'rank 2' and so on."""


def class_name(rank: int) -> str:
    """The name of a citizens' class by its rank.

    >>> class_name(0), class_name(3)
    ('priority', 'rank 3')
    """
    return CLASS_NAMES[rank] if rank < len(CLASS_NAMES) else f"rank {rank}"


def summarise(scenario: Scenario, plan: Plan, days: Days) -> Summary:
    """Every measure of the days with its interval: for the hall, each unit, service and class, and each interval of the day."""
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
        rows=tuple(builder.all_rows()),
        waits=builder.wait_quantiles(),
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
    )


class _Rows:
    """Collects the rows of a summary."""

    def __init__(self, scenario: Scenario, plan: Plan, days: Days) -> None:
        self.scenario, self.plan, self.days, self.sums = scenario, plan, days, days.sums
        self.units = list(scenario.units)
        self.services = services_of(scenario)
        self.service_unit = plan.supply.service_unit
        self.ranks = sorted({source.rank for source in scenario.citizens.values()} | {0 for s in scenario.citizens.values() if s.priority > 0})
        self.rows: list[Row] = []
        order = np.argsort(days.waits.wait, kind="stable")
        self.wait = days.waits.wait[order] / MINUTE
        self.wait_day, self.wait_rank, self.wait_interval = days.day[order], days.waits.rank[order], days.waits.interval[order]
        self.wait_service = days.waits.service[order]
        self.wait_unit = self.service_unit[self.wait_service] if len(order) else self.wait_service

    def wait_quantiles(self) -> dict[str, tuple[float, ...]]:
        shares = np.linspace(0.0, 1.0, 201)
        chosen = {"": np.ones(len(self.wait), dtype=np.bool_)} | {name: self.wait_unit == u for u, name in enumerate(self.units)}
        return {
            name: tuple(np.quantile(self.wait[mine], shares, method="inverted_cdf").tolist()) if mine.any() else ()
            for name, mine in chosen.items()
        }

    def all_rows(self) -> list[Row]:
        everything = np.ones(len(self.wait), dtype=np.bool_)
        tickets = self.sums.tickets
        self._scope(("", "", "", -1), tickets.sum(axis=(1, 2)), everything)
        self._citizens("", self.sums.citizens.sum(axis=1))
        for rank in self.ranks if len(self.ranks) > 1 else ():
            self._scope(("", "", class_name(rank), -1), tickets[:, :, rank].sum(axis=1), self.wait_rank == rank)
            self._citizens(class_name(rank), self.sums.citizens[:, rank])
        for u, unit in enumerate(self.units):
            mine = np.flatnonzero(self.service_unit == u)
            self._scope((unit, "", "", -1), tickets[:, mine].sum(axis=(1, 2)), self.wait_unit == u)
            for rank in self.ranks if len(self.ranks) > 1 else ():
                self._scope((unit, "", class_name(rank), -1), tickets[:, mine, rank].sum(axis=1), (self.wait_unit == u) & (self.wait_rank == rank))
            for service in mine if len(mine) > 1 else ():
                self._scope((unit, self.services[service][1], "", -1), tickets[:, service].sum(axis=1), self.wait_service == service)
        self._targets()
        self._counters()
        self._over_day()
        return self.rows

    def _add(self, measure: str, scope: tuple[str, str, str, int], interval: Interval) -> None:
        low, high = float(interval.low), float(interval.high)
        if DEFINITIONS[measure].unit == "fraction" and measure != "utilisation":  # a share; the linearised interval does not know its bounds
            low, high = max(low, 0.0), min(high, 1.0)
        self.rows.append(Row(measure, *scope, float(interval.value), low, high, self.days.replications))

    def _scope(self, scope: tuple[str, str, str, int], sums: Ints, waits: NDArray[np.bool_]) -> None:
        """The measures of tickets, from the sums of a part of the hall (day × sum) and the waits that belong to it."""

        def column(number: int) -> Ints:
            return sums[:, number]

        taken = column(TAKEN)
        for measure, number in (
            ("tickets", TAKEN), ("served", SERVED), ("abandoned", ABANDONED), ("left_over", LEFT_OVER),
            ("refused_full", REFUSED_FULL), ("refused_late", REFUSED_LATE), ("still_inside", STILL_INSIDE),
        ):  # fmt: skip
            self._add(measure, scope, mean_interval(column(number)))
        for measure, of, among in (
            ("waiting_time_mean", column(WAIT_OF_SERVED) / MINUTE, column(SERVED)),
            ("waiting_time_all_mean", column(WAIT_OF_ALL) / MINUTE, taken - column(STILL_INSIDE)),
            ("service_time_mean", column(WORK) / MINUTE, column(SERVED)),
            ("share_waiting", column(WAITED), taken),
            ("share_abandoned", column(ABANDONED), taken),
            ("share_left_over", column(LEFT_OVER), taken),
            ("share_refused", column(REFUSED_FULL) + column(REFUSED_LATE), taken + column(REFUSED_FULL) + column(REFUSED_LATE)),
        ):
            self._add(measure, scope, ratio_interval(of, among))
        self._add("waiting_time_day_mean", scope, average_day_interval(column(WAIT_OF_SERVED) / MINUTE, column(SERVED)))
        if self._has_target(scope[0]):
            self._add("share_within_target", scope, ratio_interval(column(SERVED_WITHIN), taken - column(ABANDONED_WITHIN)))
        self._quantiles(scope, waits)

    def _has_target(self, unit: str) -> bool:
        """Whether a share within target means anything: the unit has a target; the hall, when all its units have one."""
        scenario = self.scenario
        if unit:
            return (scenario.units[unit].target or scenario.target) is not None
        return all(given.target or scenario.target for given in scenario.units.values())

    def _quantiles(self, scope: tuple[str, str, str, int], waits: NDArray[np.bool_]) -> None:
        values, day = self.wait[waits], self.wait_day[waits]
        for measure, share in (("waiting_time_median", 0.5), ("waiting_time_p90", 0.9)):
            self._add(measure, scope, quantile_interval(values, day, self.days.replications, share))

    def _citizens(self, citizen_class: str, sums: Ints) -> None:
        """The measures of citizens' whole visits, from their sums (day × sum)."""
        scope = ("", "", citizen_class, -1)
        for measure, number in (
            ("citizens", CAME), ("citizens_served", SERVED), ("citizens_abandoned", ABANDONED), ("citizens_left_over", LEFT_OVER),
            ("citizens_refused_full", REFUSED_FULL), ("citizens_refused_late", REFUSED_LATE), ("citizens_still_inside", STILL_INSIDE),
        ):  # fmt: skip
            self._add(measure, scope, mean_interval(sums[:, number]))
        for measure, number, among in (("time_in_hall_mean", TIME_IN_HALL, LEFT), ("total_wait_mean", TOTAL_WAIT, LEFT), ("door_wait_mean", DOOR_WAIT, CAME)):
            self._add(measure, scope, ratio_interval(sums[:, number] / MINUTE, sums[:, among]))
        if citizen_class:
            return
        self._add("most_inside", scope, mean_interval(self.sums.most_inside[:, -1]))
        if self.scenario.hours:
            came = self.sums.last_leaves[:, 0] > 0
            leaves = np.where(came, self.sums.last_leaves[:, 0], self.plan.window.edges[-1])
            self._add("last_citizen_leaves", scope, mean_interval(leaves / MINUTE))

    def _targets(self) -> None:
        """The share of days on which a unit, or the hall, keeps its target."""
        per_unit = np.stack([self.sums.tickets[:, self.service_unit == u].sum(axis=(1, 2)) for u in range(len(self.units))], axis=1)
        for unit, sums in [("", per_unit.sum(axis=1)), *((name, per_unit[:, u]) for u, name in enumerate(self.units))]:
            target = self.scenario.units[unit].target or self.scenario.target if unit else self.scenario.target
            if not self._has_target(unit) or target is None:
                continue
            missed = (sums[:, TAKEN] - sums[:, ABANDONED_WITHIN]) * target.share > sums[:, SERVED_WITHIN] + 1e-9
            self._add("days_target_kept", (unit, "", "", -1), wilson_interval(int((~missed).sum()), self.days.replications))

    def _counters(self) -> None:
        """Utilisation, overtime and hours on duty of each unit with counters, and of the hall."""
        _, duty = on_duty(self.plan)
        with_counters = np.flatnonzero(self.plan.supply.unit_kind != UNLIMITED)
        busy, overtime = self.sums.busy_in_all, self.sums.overtime
        days = np.ones((self.days.replications, 1))
        for unit, which in [("", with_counters), *((self.units[u], np.array([u])) for u in with_counters)]:
            scope = (unit, "", "", -1)
            hours = float(duty[which].sum()) / HOUR
            self._add("utilisation", scope, ratio_interval(busy[:, which].sum(axis=1), days[:, 0] * duty[which].sum()))
            self._add("overtime", scope, mean_interval(overtime[:, which].sum(axis=1) / MINUTE))
            self._add("hours_on_duty", scope, Interval(*(np.array(hours) for _ in range(3))))
        length = float(np.diff(self.plan.window.edges).sum())
        for unit, waiting in [("", self.sums.waiting.sum(axis=(1, 2))), *((n, self.sums.waiting[:, u].sum(axis=1)) for u, n in enumerate(self.units))]:
            self._add("number_waiting", (unit, "", "", -1), mean_interval(waiting / length))
        self._add("inside", ("", "", "", -1), mean_interval(self.sums.inside.sum(axis=1) / length))

    def _over_day(self) -> None:
        """The measures of each interval of the day, for each unit and for the hall."""
        lengths = np.diff(self.plan.window.edges).astype(np.float64)
        duty, _ = on_duty(self.plan)
        sums = self.sums.by_interval
        for unit, which in [("", np.arange(len(self.units))), *((name, np.array([u])) for u, name in enumerate(self.units))]:
            mine = np.ones(len(self.wait), dtype=np.bool_) if not unit else self.wait_unit == which[0]
            waits, day, at = self.wait[mine], self.wait_day[mine], self.wait_interval[mine]
            total = sums[:, which].sum(axis=1)
            waiting = self.sums.waiting[:, which].sum(axis=1) / lengths
            served = ratio_interval(total[..., WAIT_OF_SERVED] / MINUTE, total[..., SERVED])
            within = ratio_interval(total[..., SERVED_WITHIN], total[..., TAKEN] - total[..., ABANDONED_WITHIN])
            tickets, number = mean_interval(total[..., TAKEN]), mean_interval(waiting)
            low, high = np.quantile(waiting, [0.1, 0.9], axis=0)
            hours = duty[which].sum(axis=0)
            busy = ratio_interval(self.sums.busy[:, which].sum(axis=1), np.tile(hours, (self.days.replications, 1)))
            for i in range(len(lengths)):
                scope = (unit, "", "", i)
                self._add("tickets", scope, _at(tickets, i))
                self._add("waiting_time_mean", scope, _at(served, i))
                for measure, share in (("waiting_time_median", 0.5), ("waiting_time_p90", 0.9)):
                    chosen = at == i
                    self._add(measure, scope, quantile_interval(waits[chosen], day[chosen], self.days.replications, share))
                if self._has_target(unit):
                    self._add("share_within_target", scope, _at(within, i))
                self._add("number_waiting", scope, _at(number, i))
                for measure, bound in (("number_waiting_p10", low), ("number_waiting_p90", high)):
                    self._add(measure, scope, Interval(bound[i], np.array(np.nan), np.array(np.nan)))
                if not unit or self.scenario.units[unit].counters != "unlimited":
                    self._add("utilisation", scope, _at(busy, i))
        inside = self.sums.inside / lengths
        mean, most = mean_interval(inside), mean_interval(self.sums.most_inside[:, :-1])
        low, high = np.quantile(inside, [0.1, 0.9], axis=0)
        for i in range(len(lengths)):
            scope = ("", "", "", i)
            self._add("inside", scope, _at(mean, i))
            self._add("most_inside", scope, _at(most, i))
            for measure, bound in (("inside_p10", low), ("inside_p90", high)):
                self._add(measure, scope, Interval(bound[i], np.array(np.nan), np.array(np.nan)))


def _at(interval: Interval, i: int) -> Interval:
    return Interval(interval.value[i], interval.low[i], interval.high[i])
