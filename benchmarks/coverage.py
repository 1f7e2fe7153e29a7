"""Do the intervals hold what they promise? `python -m benchmarks.coverage` (some ten minutes of processor time; with `--experiments 100` one).

*Single runs.* A hall with a calm, a busy and a crowded unit is simulated for 20,000 days. Each experiment is a run of 20, 50 or 100 days drawn
from these, with replacement, so that the 20,000 days' own numbers are the exact truth. Printed is, for every measure that `sim run` prints,
in how many experiments its 95 % interval holds the truth.

*Wanted precision.* The same hall is run with `--precision`: each experiment draws days from the same 20,000 until the interval of one
number is as short as wanted, by the rule of `sim.experiment.precision`. Printed is how many days that took, and in how many experiments the
interval at the end holds the truth and is as short as wanted.

*Pairs of plans.* Two plans meet the same citizens. Their numbers, and so the difference, are known exactly, from the validation cases in
tests/theory/cases.json. Printed is in how many experiments the paired 95 % interval of the difference holds it, in how many the interval
lies wholly below or above, the same of the ratio's interval, and in how many the interval of each plan alone holds its own number.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from sim.analysis.comparison import Difference, Influence, compare_influences, influences
from sim.analysis.parts import Scope, parts
from sim.analysis.summary import Row, Summary, summarise
from sim.engine import play
from sim.experiment.precision import MOST_DAYS, PILOT, Precision, Reached, days_needed, next_stage, parse_precision
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.model.trace import draw
from sim.results import measures
from sim.results.days import Days, Layout, added_up
from sim.results.measures import Day, DaySums
from sim.scenario import Scenario, load_text

CASES = Path(__file__).parents[1] / "tests" / "theory" / "cases.json"
EXPERIMENTS = 1000

POPULATION = 20_000
"""How many days are simulated, from which the days of single runs are drawn."""

RUNS = (20, 50, 100)
"""How many days a single run has."""

OF_UNITS = (
    "tickets", "waiting_time_mean", "waiting_time_median", "waiting_time_p90", "share_within_target", "abandoned", "left_over", "utilisation", "overtime",
)  # fmt: skip
OF_HALL = (
    "citizens", "time_in_hall_mean", "total_wait_mean", "most_inside", "days_seats_suffice", "citizens_served", "citizens_abandoned", "citizens_left_over",
    "last_citizen_leaves",
)  # fmt: skip
"""The measures that `sim run` prints of each unit, and of the hall."""

THREE_DESKS = """
name: three desks
hours: 08:00-15:00
closing: send home
target: 90 % within 15 min
seats: 25
units:
  calm: {counters: 3, service_time: {exponential: 6 min}}
  busy: {counters: 2, service_time: {lognormal: {mean: 8 min, cv: 0.7}}}
  crowded: {counters: 1, duty: "08:00-12:00, 12:30-15:00", service_time: {exponential: 6 min}}
citizens:
  one: {arrivals: 18 per hour, patience: {exponential: 1 h}, route: [calm]}
  two: {arrivals: 12.5 per hour, patience: {exponential: 1 h}, route: [busy]}
  three: {arrivals: 9.5 per hour, patience: {exponential: 2 h}, route: [crowded]}
"""
"""A hall whose counters would be busy 60 %, 83 % and all of the time, if nobody left. Few wait longer than the target at the first."""


@dataclass(frozen=True)
class Pair:
    """Two plans, how many days one experiment has, and each measure's exact value under the first and under the second plan."""

    name: str
    plans: tuple[Scenario, Scenario]
    days: int
    exact: Mapping[str, tuple[float, float]]


def pairs() -> Iterator[Pair]:
    """The systems: a queue in steady state with three counters and with four; a hall day with and without patience, and with a small waiting room."""
    cases = {case["id"]: case for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]}
    yield _bank("M/M/3 and M/M/4 in steady state (mmc-01, mmc-02)", cases, 5)
    yield _bank("M/M/3 and M/M/4, within 20 min", cases, 20, "share_within_target")  # few wait that long, so the share is near one
    names = {"mean_wait_all": "waiting_time_all_mean", "E_abandon": "abandoned", "E_served": "served", "mean_overtime_min": "last_citizen_leaves"}

    def hall(name: str, one: str, other: str, days: int, leave_out: str = "") -> Pair:
        expected = [cases[case]["expected"] for case in (one, other)]
        exact = {ours: (expected[0][theirs], expected[1][theirs]) for theirs, ours in names.items() if ours != leave_out}
        return Pair(f"{name} ({one}, {other})", (_hall(cases[one]), _hall(cases[other])), days, exact)

    yield hall("Hall day, patience of 30 min and without end", "day-06", "day-07", 40)
    # The hard case: the plans differ only on the few days on which more than 10 wait. More days help.
    for days in (40, 200):
        yield hall("Hall day, any number waiting and at most 10", "day-06", "day-09", days, "last_citizen_leaves")


def _bank(name: str, cases: Mapping[str, Any], within: int, *only: str) -> Pair:
    """M/M/3 and M/M/4, 1,000 minutes of steady state in each replication, after ten relaxation times and before time to serve whoever came.

    Where the case does not give a share or a quantile, P(W > t) = p_wait · exp(−(cμ − λ) t) does.
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
    """What the experiments found of a measure: the difference in each, and each plan's own row."""

    differences: list[Difference]
    rows: tuple[list[Row], list[Row]]


def experiments(pair: Pair, count: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> dict[str, Found]:
    """Compare the second plan with the first in ``count`` experiments, each on days of its own; returns what they found of each measure."""
    plans = [compile_plan(scenario) for scenario in pair.plans]
    found = {measure: Found([], ([], [])) for measure in pair.exact}
    for experiment in range(count):
        replications = range(experiment * pair.days, (experiment + 1) * pair.days)
        days = [added_up(plan, [_day(plan, seed, replication) for replication in replications]) for plan in plans]
        base, ours = (_of_hall(*given) for given in zip(pair.plans, plans, days, strict=True))
        summaries = [summarise(scenario, plan, of_plan, over_day=False) for scenario, plan, of_plan in zip(pair.plans, plans, days, strict=True)]
        for measure in pair.exact:
            found[measure].differences.append(compare_influences(measure, Scope(), "other", ours[measure], base[measure], plans=1))
            for rows, summary in zip(found[measure].rows, summaries, strict=True):
                rows.append(summary.get(measure))
        progress(experiment + 1)
    return found


def _day(plan: Plan, seed: int, replication: int) -> Day:
    trace = draw(plan, seed, replication, fast=True)
    return measures.measure(plan, trace, play(plan, trace, "kernel"), fast=True)


def _of_hall(scenario: Scenario, plan: Plan, days: Days) -> dict[str, Influence]:
    """The influences of every measure of the hall."""
    hall = next(iter(parts(scenario, plan, days)))
    return {measure: influence for (_, measure), influence in influences(days, [hall], (*hall.ratios, "waiting_time_p90")).items()}


def covered(found: list[Difference], exact: tuple[float, float]) -> tuple[int, int]:
    """In how many experiments the interval of the difference holds the exact difference, and that of the ratio the exact ratio."""
    difference, ratio = exact[1] - exact[0], exact[1] / exact[0] if exact[0] > 0 else math.nan
    return sum(one.low <= difference <= one.high for one in found), sum(one.ratio_low <= ratio <= one.ratio_high for one in found)


def covered_alone(rows: list[Row], exact: float) -> int:
    """In how many experiments the interval of a plan's own number holds the exact number."""
    return sum(row.low <= exact <= row.high for row in rows)


Place = tuple[str, str]
"""A measure, and the unit (the hall: empty)."""


def places(summary: Summary) -> list[Place]:
    """The measures that `sim run` prints, of each unit and of the hall."""
    return [(measure, unit.unit) for unit in summary.units for measure in OF_UNITS] + [(measure, "") for measure in OF_HALL]


@dataclass(frozen=True)
class Population:
    """Days from which runs are drawn: their sums, and their waits counted by day × bin × class."""

    scenario: Scenario
    plan: Plan
    sums: DaySums
    counts: NDArray[np.uint16]

    @classmethod
    def simulated(cls, scenario: Scenario, days: int, seed: int) -> Population:
        """This many days of a scenario."""
        plan = compile_plan(scenario)
        sums, counts = [], []
        for replication in range(days):
            day = _day(plan, seed, replication)
            sums.append(day.sums)
            counts.append(day.waits.by_class.astype(np.uint16))
        return cls(scenario, plan, DaySums(*(np.stack(of_days) for of_days in zip(*sums, strict=True))), np.stack(counts))

    def run(self, chosen: NDArray[np.int64]) -> Summary:
        """The summary of a run of the chosen days. Intervals of the day are left out."""
        days = Days.none(self.plan, Layout.of(len(chosen)), 0, len(chosen))
        days.add_sums(self.plan, 0, DaySums(*(sums[chosen] for sums in self.sums)))
        for section, start in enumerate(range(0, len(chosen), days.layout.section)):
            days.waits.by_class[section] = self.counts[chosen[start : start + days.layout.section]].sum(axis=0)
        return summarise(self.scenario, self.plan, days, over_day=False)


def single_runs(text: str, population: int, runs: Sequence[int], experiments: int, seed: int) -> tuple[Summary, dict[int, list[Summary]]]:
    """Simulate ``population`` days of a scenario, and draw ``experiments`` runs of each length from them.

    Returns the summary of all the days, whose numbers are the truth for the runs, and the summaries of the runs by their number of days.
    """
    every = Population.simulated(load_text(text).scenario, population, seed)
    random = np.random.default_rng(seed)
    truth = every.run(np.arange(population))
    return truth, {days: [every.run(random.integers(population, size=days)) for _ in range(experiments)] for days in runs}


def print_single_runs(experiments: int) -> None:
    """Print the coverage of every printed measure by the interval of single runs, and in how many runs the interval lay below or above."""
    start = time.process_time()
    truth, found = single_runs(THREE_DESKS, POPULATION, RUNS, experiments, seed=20262)
    print(f"Single runs: {experiments:,} experiments, {time.process_time() - start:.0f} s; covered (interval wholly below, wholly above)")
    print(f"  {'unit':<8} {'measure':<22} {'truth':>9}" + "".join(f"{f'{days} days':>25}" for days in RUNS))
    for measure, unit in places(truth):
        exact, cells = truth.get(measure, unit).value, ""
        for days in RUNS:
            rows = [one.get(measure, unit) for one in found[days]]
            below, above = (sum(side) / experiments for side in ([row.high < exact for row in rows], [row.low > exact for row in rows]))
            cells += f"{covered_alone(rows, exact) / experiments:>9.1%} ({below:>5.1%}, {above:>5.1%})"
        print(f"  {unit or 'hall':<8} {measure:<22} {exact:>9.4f}{cells}", flush=True)


PRECISIONS = (
    "calm.waiting_time_mean: 10 %", "busy.waiting_time_mean: 1.2 min", "busy.waiting_time_mean: 5 %", "busy.waiting_time_p90: 10 %", "busy.share_within_target: 3 %",
    "crowded.waiting_time_mean: 4 min", "total_wait_mean: 4 %", "crowded.share_within_target: 2 %",
)  # fmt: skip
"""Precisions that take from 40 to some 500 days."""


@dataclass(frozen=True)
class Run:
    """How a run with a wanted precision ended."""

    reached: Reached
    row: Row
    days: int


def until_precise(every: Population, wanted: Precision, random: np.random.Generator) -> Run:
    """One run of drawn days until it is precise."""
    days, drawn = PILOT, np.empty(0, dtype=np.int64)
    while True:
        drawn = np.concatenate((drawn, random.integers(len(every.counts), size=days - len(drawn))))
        row = every.run(drawn).get(wanted.measure, wanted.unit)
        reached = Reached(wanted, row.value, row.half_width)
        days = next_stage(len(drawn), days_needed(len(drawn), reached.times_the_days), MOST_DAYS)
        if days == len(drawn):
            return Run(reached, row, days)


def print_precision(experiments: int) -> None:
    """Print for each wanted precision the days it took, and how often the interval holds the truth."""
    scenario = load_text(THREE_DESKS).scenario
    every = Population.simulated(scenario, POPULATION, seed=20262)
    truth = every.run(np.arange(POPULATION))
    print(f"Wanted precision: {experiments:,} experiments each")
    print(f"  {'precision':<38} {'truth':>8} {'days: fewest':>13} {'median':>7} {'most':>6} {'at 32':>6} {'covered':>8} {'(95 % interval)':>18} {'below':>6} {'above':>6} {'reached':>8}")
    for number, text in enumerate(PRECISIONS):
        wanted, random = parse_precision(text, list(scenario.units)), np.random.default_rng([20263, number])
        runs = [until_precise(every, wanted, random) for _ in range(experiments)]
        exact, days = truth.get(wanted.measure, wanted.unit).value, [run.days for run in runs]
        held = covered_alone([run.row for run in runs], exact)
        low, high = beta.ppf([0.025, 0.975], [held, held + 1], [experiments - held + 1, experiments - held])
        below, above, reached = (sum(which) / experiments for which in zip(*((run.row.high < exact, run.row.low > exact, run.reached.holds) for run in runs), strict=True))
        print(
            f"  {text:<38} {exact:>8.4f} {min(days):>13} {np.median(days):>7.0f} {max(days):>6} {sum(one == PILOT for one in days) / experiments:>6.1%} "
            f"{held / experiments:>8.1%} {f'({low:.1%} to {high:.1%})':>18} {below:>6.1%} {above:>6.1%} {reached:>8.1%}", flush=True,
        )  # fmt: skip


def print_pairs(count: int) -> None:
    """Print every pair and measure: the exact difference, the mean estimate, and the coverage."""
    for pair in pairs():
        start = time.process_time()
        found = experiments(pair, count, seed=20261)
        print(f"{pair.name}: {count:,} experiments of {pair.days} days, {time.process_time() - start:.0f} s")
        print(f"  {'measure':<22} {'exact':>9} {'mean found':>11} {'half-width':>11} {'pairing':>8}   {'difference covered':<24} {'below':>6} {'above':>6} {'ratio covered':>14} {'each alone':>14}")
        for measure, exact in pair.exact.items():
            differences = found[measure].differences
            held, held_ratio = covered(differences, exact)
            # The exact number is a time after closing; the measure is a time of day, so its own interval and its ratio are left out.
            with_ratio = measure != "last_citizen_leaves" and exact[0] > 0 and exact[1] > 0
            low, high = beta.ppf([0.025, 0.975], [held, held + 1], [count - held + 1, count - held]) if held < count else (0.025 ** (1 / count), 1.0)
            print(
                f"  {measure:<22} {exact[1] - exact[0]:>9.4f} {np.mean([one.difference for one in differences]):>11.4f} "
                f"{np.mean([one.half_width for one in differences]):>11.4f} {np.median([one.variance_ratio for one in differences]):>7.1f}×   "
                f"{f'{held / count:.1%} ({low:.1%} to {high:.1%})':<24} {sum(one.high < exact[1] - exact[0] for one in differences) / count:>6.1%} "
                f"{sum(one.low > exact[1] - exact[0] for one in differences) / count:>6.1%} {f'{held_ratio / count:.1%}' if with_ratio else '–':>14} "
                + ("             –" if measure == "last_citizen_leaves" else " ".join(f"{covered_alone(rows, true) / count:>6.1%}" for rows, true in zip(found[measure].rows, exact, strict=True)))
                , flush=True,
            )  # fmt: skip


def main() -> None:
    """Print the coverage of single runs, of runs with a wanted precision, and of pairs of plans."""
    parser = argparse.ArgumentParser(description="How often the intervals hold the truth.")
    parser.add_argument("--experiments", type=int, default=EXPERIMENTS, help=f"how many experiments of each kind ({EXPERIMENTS:,})")
    parser.add_argument("--only", choices=("single", "precision", "pairs"), help="single runs, runs with a wanted precision, or pairs of plans")
    chosen = parser.parse_args()
    for name, print_kind in (("single", print_single_runs), ("precision", print_precision), ("pairs", print_pairs)):
        if chosen.only in (None, name):
            print_kind(chosen.experiments)


if __name__ == "__main__":
    main()
