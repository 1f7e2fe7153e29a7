"""Do the intervals hold what they promise? `python -m benchmarks.coverage` (about ten minutes).

Two plans meet the same citizens in each of 1,000 experiments; their numbers, and so the difference, are known exactly, from the
validation cases in tests/theory/cases.json. Printed is in how many experiments the paired 95 % interval of the difference holds it, in how
many it lies wholly below or above, the same of the ratio's interval, and in how many the interval of each plan alone holds its own number.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from sim.analysis.comparison import Difference, compare_influences, influence_of_quantile, influence_of_ratio
from sim.analysis.parts import parts
from sim.analysis.summary import Row, summarise
from sim.clock import MINUTE
from sim.experiment.replications import day_of
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.model.trace import draw
from sim.results.measures import Days, stack
from sim.scenario import Scenario, load_text

CASES = Path(__file__).parents[1] / "tests" / "theory" / "cases.json"
EXPERIMENTS = 1000


@dataclass(frozen=True)
class Pair:
    """Two plans, the days of one experiment, and each measure's exact value under the first and under the second plan."""

    name: str
    plans: tuple[Scenario, Scenario]
    days: int
    exact: Mapping[str, tuple[float, float]]


def pairs() -> Iterator[Pair]:
    """The systems: a queue in steady state with three counters and four; a hall day with and without patience, and with few seats."""
    cases = {case["id"]: case for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]}
    yield _bank("M/M/3 and M/M/4 in steady state (mmc-01, mmc-02)", cases, 5)
    yield _bank("M/M/3 and M/M/4, within 20 min", cases, 20, "share_within_target")  # so few wait longer that the share is near one
    names = {"mean_wait_all": "waiting_time_all_mean", "E_abandon": "abandoned", "E_served": "served", "mean_overtime_min": "last_citizen_leaves"}

    def hall(name: str, one: str, other: str, days: int, leave_out: str = "") -> Pair:
        expected = [cases[case]["expected"] for case in (one, other)]
        exact = {ours: (expected[0][theirs], expected[1][theirs]) for theirs, ours in names.items() if ours != leave_out}
        return Pair(f"{name} ({one}, {other})", (_hall(cases[one]), _hall(cases[other])), days, exact)

    yield hall("Hall day, patience of 30 min and without end", "day-06", "day-07", 40)
    # The plans differ only on the few days on which more than 10 wait: the hard case, and what helps is more days.
    for days in (40, 200):
        yield hall("Hall day, any number waiting and at most 10", "day-06", "day-09", days, "last_citizen_leaves")


def _bank(name: str, cases: Mapping[str, Any], within: int, *only: str) -> Pair:
    """M/M/3 and M/M/4, half a day of steady state in each replication: ten relaxation times go before, and whoever comes is served after.

    P(W > t) = p_wait · exp(−(cμ − λ) t), so every target time and quantile is known, where the case does not give it.
    """

    def scenario(counters: int) -> Scenario:
        return load_text(
            f"name: bank\nhorizon: 2200 min\nwarm_up: 1000 min\ncool_down: 200 min\ntarget: 90 % within {within} min\n"
            f"units: {{bank: {{counters: {counters}, service_time: {{exponential: 10 min}}}}}}\n"
            "citizens: {everyone: {arrivals: 0.2 per min, route: [bank]}}\n"
        ).scenario

    three, four = cases["mmc-01"]["expected"], cases["mmc-02"]["expected"]

    def p90(expected: Mapping[str, float], counters: int) -> float:
        return math.log(expected["p_wait"] / 0.1) / (counters * 0.1 - 0.2)

    def share(expected: Mapping[str, float], counters: int) -> float:
        return expected.get(f"P(W<={within})", 1.0 - expected["p_wait"] * math.exp(-(counters * 0.1 - 0.2) * within))

    exact = {
        "waiting_time_mean": (three["Wq"], four["Wq"]),
        "waiting_time_p90": (p90(three, 3), p90(four, 4)),
        "share_within_target": (share(three, 3), share(four, 4)),
        "share_waiting": (three["p_wait"], four["p_wait"]),
    }
    return Pair(name, (scenario(3), scenario(4)), 40, {measure: exact[measure] for measure in only or exact})


def _hall(case: Mapping[str, Any]) -> Scenario:
    given = case["parameters"]
    spans = [f"{8 + hour:02}:00-{9 + hour:02}:00" for hour in range(8)]
    rates = ", ".join(f"{span}: {rate} per hour" for span, rate in zip(spans, given["lam_per_h"], strict=True))
    counters = ", ".join(f"{span}: {number}" for span, number in zip(spans, given["counters"], strict=True))
    patience = f"patience: {{exponential: {given['patience_mean_min']} min}}, " if "patience_mean_min" in given else ""
    room = f", waiting_room: {given['queue_capacity']}" if "queue_capacity" in given else ""
    return load_text(
        "name: hall day\nhours: 08:00-16:00\ninterval: 1 h\ntarget: 90 % within 15 min\n"
        f"units: {{desk: {{counters: {{{counters}}}, service_time: {{exponential: 6 min}}{room}}}}}\n"
        f"citizens: {{everyone: {{arrivals: {{rates: {{{rates}}}}}, {patience}route: [desk]}}}}\n"
    ).scenario


@dataclass(frozen=True)
class Found:
    """What the experiments found of a measure: the differences, and each plan's own rows."""

    differences: list[Difference]
    rows: tuple[list[Row], list[Row]]


def experiments(pair: Pair, count: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> dict[str, Found]:
    """What is found of each measure in so many experiments on days of their own; the second plan is compared with the first."""
    plans = [compile_plan(scenario) for scenario in pair.plans]
    found = {measure: Found([], ([], [])) for measure in pair.exact}
    for experiment in range(count):
        days: tuple[list[Any], list[Any]] = ([], [])
        for replication in range(experiment * pair.days, (experiment + 1) * pair.days):
            for plan, of_plan in zip(plans, days, strict=True):
                of_plan.append(day_of(plan, draw(plan, seed, replication, fast=True), "kernel"))
        stacked = [stack(of_plan) for of_plan in days]
        ours, base = (_influences(pair, k, plans[k], stacked[k]) for k in (1, 0))
        summaries = [summarise(scenario, plan, of_plan, over_day=False) for scenario, plan, of_plan in zip(pair.plans, plans, stacked, strict=True)]
        for measure in pair.exact:
            found[measure].differences.append(compare_influences(measure, ours[0], "other", ours[1][measure], base[1][measure], plans=1))
            for rows, summary in zip(found[measure].rows, summaries, strict=True):
                rows.append(summary.get(measure))
        progress(experiment + 1)
    return found


def _influences(pair: Pair, which: int, plan: Plan, days: Days) -> tuple[Any, dict[str, Any]]:
    hall = next(iter(parts(pair.plans[which], plan, days)))
    found = {measure: influence_of_ratio(hall.ratios[measure]) for measure in pair.exact if measure in hall.ratios}
    if "waiting_time_p90" in pair.exact:
        found["waiting_time_p90"] = influence_of_quantile(days.waits.wait / MINUTE, days.day, days.replications, 0.9)
    return hall.scope, found


def covered(found: list[Difference], exact: tuple[float, float]) -> tuple[int, int]:
    """In how many experiments the interval of the difference, and that of the ratio, holds the exact one."""
    difference, ratio = exact[1] - exact[0], exact[1] / exact[0] if exact[0] > 0 else math.nan
    return sum(one.low <= difference <= one.high for one in found), sum(one.ratio_low <= ratio <= one.ratio_high for one in found)


def covered_alone(rows: list[Row], exact: float) -> int:
    """In how many experiments the interval of a plan's own number holds the exact one."""
    return sum(row.low <= exact <= row.high for row in rows)


def main() -> None:
    """Print every pair and measure: the exact difference, the mean estimate, and the coverage."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EXPERIMENTS
    for pair in pairs():
        start = time.process_time()
        found = experiments(pair, count, seed=20261)
        print(f"{pair.name}: {count:,} experiments of {pair.days} days, {time.process_time() - start:.0f} s")
        print(f"  {'measure':<22} {'exact':>9} {'mean found':>11} {'half-width':>11} {'pairing':>8}   {'difference covered':<24} {'below':>6} {'above':>6} {'ratio covered':>14} {'each alone':>14}")
        for measure, exact in pair.exact.items():
            differences = found[measure].differences
            held, held_ratio = covered(differences, exact)
            # The last citizen leaves so long after closing; the measure itself is a time of day, whose ratio means nothing.
            with_ratio = measure != "last_citizen_leaves" and exact[0] > 0 and exact[1] > 0
            low, high = beta.ppf([0.025, 0.975], [held, held + 1], [count - held + 1, count - held]) if held < count else (0.025 ** (1 / count), 1.0)
            print(
                f"  {measure:<22} {exact[1] - exact[0]:>9.4f} {np.mean([one.difference for one in differences]):>11.4f} "
                f"{np.mean([one.half_width for one in differences]):>11.4f} {np.median([one.variance_ratio for one in differences]):>7.1f}×   "
                f"{f'{held / count:.1%} ({low:.1%} to {high:.1%})':<24} {sum(one.high < exact[1] - exact[0] for one in differences) / count:>6.1%} "
                f"{sum(one.low > exact[1] - exact[0] for one in differences) / count:>6.1%} {f'{held_ratio / count:.1%}' if with_ratio else '–':>14} "
                + ("             –" if measure == "last_citizen_leaves" else " ".join(f"{covered_alone(rows, true) / count:>6.1%}" for rows, true in zip(found[measure].rows, exact, strict=True)))
            )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
