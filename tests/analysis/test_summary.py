"""The numbers of a summary against the days one by one, and against the waits of the tickets themselves."""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from sim.analysis.intervals import (
    average_day_interval,
    is_doubtful,
    ratio_interval,
    share_within_interval,
    stretched_interval,
    wilson_interval,
)
from sim.analysis.quantiles import quantile_interval
from sim.analysis.summary import Row, Summary, summarise
from sim.clock import MINUTE
from sim.engine import play
from sim.experiment.replications import run as simulated
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.model.trace import Trace, draw
from sim.results.days import added_up
from sim.results.measures import ABANDONED_WITHIN, SERVED_WITHIN, TAKEN, WAIT_OF_SERVED, Day, measure
from sim.results.outcomes import SERVED
from sim.results.records import Records, class_name
from sim.results.waits import BINS, LOWER, UPPER
from sim.scenario import Scenario, load, load_text

SCENARIOS = Path(__file__).parents[2] / "scenarios"

TWO_TARGETS = """
name: Two targets
hours: 08:00-10:00
interval: 1 h
seats: 12
target: 80 % within 5 min
units:
  licence: {counters: 2, service_time: {exponential: 6 min}}
  bank: {counters: 1, service_time: {exponential: 3 min}, target: 90 % within 7 min}
  kiosk: {counters: 1, service_time: 20 s, machine: true}
citizens:
  applicant: {arrivals: 16 per hour, route: [kiosk, licence, {stop: bank, share: 50 %}], patience: {exponential: 25 min}}
  other: {arrivals: 3 per hour, priority: 30 %, route: [bank]}
"""


class Tickets(NamedTuple):
    """Every served ticket of a run, from the records: its wait (microseconds), day, unit, rank, and interval (-1: after closing)."""

    wait: np.ndarray
    day: np.ndarray
    unit: np.ndarray
    rank: np.ndarray
    interval: np.ndarray


class Played(NamedTuple):
    """A scenario that was played for some days: its days one by one, its tickets and its summary."""

    scenario: Scenario
    plan: Plan
    days: list[Day]
    tickets: Tickets
    summary: Summary


@functools.cache
def played(name: str, replications: int) -> Played:
    """Some days of the scenario of this name, or of the one above ('calm': with fewer citizens and more counters)."""
    if name in ("", "calm"):
        calm = ["citizens.applicant.arrivals=6 per hour", "units.licence.counters=3", "units.bank.counters=2"]
        scenario = load_text(TWO_TARGETS, sets=calm if name else []).scenario
    else:
        scenario = load(SCENARIOS / f"{name}.yaml").scenario
    plan = compile_plan(scenario)
    days, columns = [], []
    for replication in range(replications):
        trace = draw(plan, 5, replication, fast=True)
        records = play(plan, trace, "kernel")
        days.append(measure(plan, trace, records, fast=True))
        served = records.outcome == SERVED
        ticket, service = records.ticket[served], trace.service[served]
        interval = np.searchsorted(plan.window.edges, ticket, side="right") - 1
        interval[interval == len(plan.window.edges) - 1] = -1
        day = np.full(served.sum(), replication)
        columns.append((records.start[served] - ticket, day, plan.hall.service_unit[service], trace.rank[trace.citizen[served]], interval))
    tickets = Tickets(*(np.concatenate(column) for column in zip(*columns, strict=True)))
    return Played(scenario, plan, days, tickets, summarise(scenario, plan, added_up(plan, days)))


def chosen(run: Played, row: Row) -> np.ndarray:
    """Which tickets belong to a row of the summary (not of a service)."""
    units = list(run.scenario.units)
    hall = [u for u, unit in enumerate(run.scenario.units.values()) if not unit.machine]
    found = np.isin(run.tickets.unit, [units.index(row.unit)] if row.unit else hall)
    if row.citizen_class:
        found &= np.array([class_name(int(rank)) == row.citizen_class for rank in range(run.plan.hall.ranks)])[run.tickets.rank]
    return found if row.interval < 0 else found & (run.tickets.interval == row.interval)


@pytest.mark.parametrize(("name", "replications"), [("", 40), ("one_counter", 40), ("jakarta", 3)])
def test_quantiles_are_within_a_bin_of_those_of_the_waits(name: str, replications: int) -> None:
    """Of every part of the hall, class and interval: the quantile lies in the bin of the least wait that so many do not exceed."""
    run = played(name, replications)
    looked_at = 0
    for measured, share in (("waiting_time_median", 0.5), ("waiting_time_p90", 0.9)):
        for row in run.summary:
            if row.measure == measured and not row.service:
                waits = run.tickets.wait[chosen(run, row)]
                assert (len(waits) == 0) == math.isnan(row.value)
                if len(waits):
                    found = np.searchsorted(UPPER, np.quantile(waits, share, method="inverted_cdf"))
                    assert LOWER[found] - 1e-3 <= row.value * MINUTE <= UPPER[found] + 1e-3, row
                    looked_at += 1
    assert looked_at > 10
    for unit, quantiles in run.summary.waits.items():
        waits = run.tickets.wait[chosen(run, run.summary.get("tickets", unit))]
        exact = np.searchsorted(UPPER, np.quantile(waits, np.linspace(0.005, 1.0, 200), method="inverted_cdf"))
        assert (LOWER[exact] - 1e-3 <= np.array(quantiles[1:]) * MINUTE).all() and (np.array(quantiles[1:]) * MINUTE <= UPPER[exact] + 1e-3).all()


def test_the_table_of_counted_and_exact_quantiles_is_true() -> None:
    """docs/measures.md, from the run's own tickets."""
    lines = re.findall(r"^\| `(\w+)` \| (hall|`\w+`) \| (.*) \|$", (SCENARIOS.parent / "docs" / "measures.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 5
    for name, where, numbers in lines:
        scenario, unit = load(SCENARIOS / f"{name}.yaml").scenario, "" if where == "hall" else where.strip("`")
        units = [u for u, (own, given) in enumerate(scenario.units.items()) if (own == unit if unit else not given.machine)]
        plan, waits = compile_plan(scenario), []

        def keep(_: int, trace: Trace, records: Records, plan: Plan = plan, units: list[int] = units, waits: list[np.ndarray] = waits) -> None:
            mine = (records.outcome == SERVED) & np.isin(plan.hall.service_unit[trace.service], units)
            waits.append(records.start[mine] - records.ticket[mine])

        summary = simulated(scenario, replications=50, seed=1, engine="kernel", over_day=False, keep=keep).summary
        exact = np.quantile(np.concatenate(waits) / MINUTE, [0.5, 0.9], method="inverted_cdf")
        median, p90 = (summary.get(measured, unit) for measured in ("waiting_time_median", "waiting_time_p90"))
        expected = f"{exact[0]:.3f} | {median.value:.3f} | {exact[1]:.3f} | {p90.value:.3f} | {p90.low:.2f} to {p90.high:.2f}"
        assert numbers == expected, (name, unit)


def test_the_interval_of_a_quantile_is_from_its_own_counts() -> None:
    """Counted anew from the tickets, part after part; a section is four days at 160 days."""
    run = played("", 160)
    for measured, share in (("waiting_time_median", 0.5), ("waiting_time_p90", 0.9)):
        for row in run.summary:
            if row.measure == measured and not row.service:
                mine = chosen(run, row)
                counts = np.zeros((40, BINS), dtype=np.int64)
                np.add.at(counts, (run.tickets.day[mine] // 4, np.searchsorted(UPPER, run.tickets.wait[mine])), 1)
                np.testing.assert_allclose(row[5:8], quantile_interval(counts, share), rtol=1e-9)


def test_a_share_within_target_near_one_looks_at_the_waits_of_all_units() -> None:
    """The hall's units have different targets: a ticket waits a multiple of its own. Counted anew, ticket by ticket; few are late."""
    run = played("calm", 160)
    units = list(run.scenario.units)
    target = np.maximum(1, run.plan.window.within)[run.tickets.unit]
    multiple = UPPER[np.searchsorted(UPPER, run.tickets.wait)] / target
    doubtful = set()
    for row in run.summary:
        if row.measure == "share_within_target" and not row.service and not row.citizen_class:
            which = [units.index(row.unit)] if row.unit else [0, 1]
            sums = [day.sums.tickets.sum(axis=1)[which] if row.interval < 0 else day.sums.by_interval[which, row.interval] for day in run.days]
            within, tickets = (np.array([sum(one[:, column].sum() * sign for column, sign in given) for one in sums]) for given in (
                [(SERVED_WITHIN, 1)], [(TAKEN, 1), (ABANDONED_WITHIN, -1)],
            ))  # fmt: skip
            times = sorted({bound / one for one in set(target[chosen(run, row)].tolist()) for bound in UPPER.tolist() if bound <= one})
            mine = [(run.tickets.day[chosen(run, row)] // 4)[multiple[chosen(run, row)] <= time] for time in times]
            sooner = np.array([np.bincount(sections, minlength=40) for sections in mine]).T
            expected = share_within_interval(within, tickets, sooner, rows=4, few=0.02)
            np.testing.assert_allclose(row[5:8], expected, rtol=1e-9)
            if is_doubtful(within, tickets, rows=4):
                doubtful.add(row.unit)
    assert doubtful == {"", *units}


@pytest.mark.parametrize("replications", [40, 300])
def test_numbers_are_those_of_the_days_one_by_one(replications: int) -> None:
    """Also where a row is two days: values are the same as of single days, and intervals are made from the rows."""
    run = played("", replications)
    row = 1 if replications <= 256 else 2

    def rows(by_day: object) -> np.ndarray:
        return np.add.reduceat(np.array(by_day, dtype=np.float64), np.arange(0, replications, row))

    days, get = rows(np.ones(replications)), run.summary.get
    sums = [day.sums for day in run.days]
    desk = [one.tickets[0].sum(axis=0) for one in sums]
    came = [one.tickets[:2].sum(axis=(0, 1)) for one in sums]
    means = [one[WAIT_OF_SERVED] / one[SERVED] / MINUTE if one[SERVED] else 0.0 for one in desk]
    kept = [one[SERVED_WITHIN] >= 0.8 * (one[TAKEN] - one[ABANDONED_WITHIN]) for one in desk]
    everyone = [one[SERVED_WITHIN] >= 0.8 * (one[TAKEN] - one[ABANDONED_WITHIN]) for one in came]
    for found, expected in (
        (get("tickets", "licence"), stretched_interval(rows([one[TAKEN] for one in desk]), days)),
        (get("waiting_time_mean", "licence"), stretched_interval(rows([one[WAIT_OF_SERVED] / MINUTE for one in desk]), rows([one[SERVED] for one in desk]))),
        (get("waiting_time_day_mean", "licence"), average_day_interval(rows(means), rows([one[SERVED] > 0 for one in desk]))),
        (get("most_inside"), stretched_interval(rows([one.most_inside[-1] for one in sums]), days)),
        (get("most_inside", interval=1), ratio_interval(rows([one.most_inside[1] for one in sums]), days)),
        (get("number_waiting", "licence", interval=0), stretched_interval(rows([one.waiting[0, 0] for one in sums]) / (60 * MINUTE), days)),
        (get("last_citizen_leaves"), stretched_interval(rows([int(one.last_leaves) for one in sums]) / MINUTE, days)),
        (get("days_target_kept", "licence"), wilson_interval(sum(kept), replications)),
        (get("days_target_kept"), wilson_interval(sum(everyone), replications)),
        (get("days_seats_suffice"), wilson_interval(sum(one.most_inside[-1] <= 12 for one in sums), replications)),
    ):
        np.testing.assert_allclose(found[5:8], expected, rtol=1e-6)
    assert run.summary.fullest == tuple(max(one.most_inside[i] for one in sums) for i in range(3))
    assert get("most_inside").value == pytest.approx(np.mean([one.most_inside[-1] for one in sums]))
    waiting = np.array([one.waiting[0] for one in sums[:256]]) / (60 * MINUTE)
    assert [get(f"number_waiting_{bound}", "licence", interval=1).value for bound in ("p10", "p90")] == pytest.approx(np.quantile(waiting[:, 1], [0.1, 0.9]))
