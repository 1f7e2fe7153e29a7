"""Hold the simulator to the published and exact cases of `cases.json`, by each case's own tolerance rule taken literally.

A `System` is a scenario text with, for each expected number, how it is read off a played replication: as a numerator and a
denominator (the estimate is the ratio of their sums over replications) or as a quantile of the pooled waits. The rules:

* steady: |estimate − expected| ≤ max(3.5 SE, 0.5 % of expected), and SE ≤ 0.5 % of expected or 5 million customers;
* terminating: |estimate − expected| ≤ 3.5 SE, at least 20,000 days, and SE ≤ 1 % of expected;
* published simulation: |estimate − published| ≤ 3.5 √(SE² + SE of the published²);
* optimisation (the exact shares that wait too long under a plan): |estimate − expected| ≤ 3.5 SE, at least 20,000 days, and under an optimal
  plan the estimate ≤ the case's limit + 2 SE.

Two cases have a rule for something else, a closed form and a warning; `JUDGED_AS` says by which of these rules their numbers are judged.

With some 500 numbers a correct program goes red now and then: a red number is judged once more with 16 times the
replications under a second seed, and that verdict stands. No tolerance is ever widened.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.engine import play
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.model.trace import Trace, draw
from sim.results.measures import CAME, DaySums, measure
from sim.results.outcomes import SERVED
from sim.results.records import Records
from sim.scenario.reading import load_text

SECOND_SEED = 42112026
AGAIN = 16

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))["cases"]
}

PLANS = [identifier for identifier, case in CASES.items() if "optimal_solutions" in case["expected"]]
"""The cases about staffing plans with the exact shares that wait too long under them."""

JUDGED_AS = {"quota-01": "terminating", "prio-07": "steady_state"}
"""The rule for cases whose own is no rule for an estimate: for quota-01, six digits of a closed form; for prio-07, that the program warns."""


def rule_of(case: str) -> str:
    """By which rule the numbers of a case are judged."""
    if case in PLANS:
        return "optimisation"
    return JUDGED_AS.get(case) or str(CASES[case]["tolerance"]["type"])


def limit_of_plans(case: str) -> tuple[int, float]:
    """Of a case about staffing plans: after how many minutes a wait is too long, and what share of a period's citizens may wait so long."""
    minutes, share = re.search(r"wait > (\d+) min].* <= ([\d.]+)$", CASES[case]["parameters"]["constraint"]).groups()
    return int(minutes), float(share)


@dataclass(frozen=True, eq=False)
class Played:
    """One replication: what was drawn, what happened and what was measured of it."""

    plan: Plan
    trace: Trace
    records: Records
    sums: DaySums

    def waits(self) -> np.ndarray:
        """The waiting times of the served (microseconds), from the records."""
        records, window = self.records, self.plan.window
        served = (records.outcome == SERVED) & (window.measured_from <= records.ticket) & (records.ticket < window.measured_to)
        return records.start[served] - records.ticket[served]


Ratio = Callable[[Played], tuple[float, float]]


class Quantile(NamedTuple):
    """A quantile of the waits of the served, pooled over replications, in units of ``us`` microseconds."""

    share: float
    us: float


@dataclass(frozen=True)
class System:
    """A scenario that stands for a case, and how its expected numbers are read off.

    ``quick`` systems obey their rule within a second or two and are judged in every run of the tests.
    """

    case: str
    text: str
    readings: dict[str, Ratio | Quantile]
    replications: int
    variant: str = ""
    quick: bool = False

    @property
    def seed(self) -> int:
        """Its own fixed seed: with one for all, cases of like demand would meet the same citizens and be lucky or unlucky together."""
        return zlib.crc32(self.name.encode())

    @property
    def name(self) -> str:
        """The case, and the variant where a case has more than one system."""
        return f"{self.case} {self.variant}".strip()


class Estimate(NamedTuple):
    """An estimate with its standard error over replications."""

    value: float
    error: float


class Verdict(NamedTuple):
    """What became of one expected number; ``again`` holds the second estimate where the first was red."""

    system: str
    number: str
    expected: float
    first: Estimate
    enough: bool
    again: Estimate | None
    green: bool

    def __str__(self) -> str:
        text = f"{self.system:20} {self.number:38} {self.first.value:13.7g} ± {self.first.error:9.2g}  expected {self.expected:13.9g}"
        if self.expected:
            text += f"  SE {abs(self.first.error / self.expected):7.3%}"
        if self.first.error > 0:
            text += f"  {(self.first.value - self.expected) / self.first.error:+5.2f} SE"
        if self.again is not None:
            text += f"  again {self.again.value:.7g} ± {self.again.error:.2g}"
        return text + ("" if self.green else "  RED") + ("" if self.enough else "  TOO FEW REPLICATIONS")


def flat(expected: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """The expected numbers one by one: ``Wq[0]``, ``E_D[25]``; a text is no number."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from flat(value, f"{name}[{key}]" if name else key)
    elif isinstance(expected, list):
        for index, value in enumerate(expected):
            yield from flat(value, f"{name}[{index}]")
    elif isinstance(expected, int | float):
        yield name, float(expected)


def expected_numbers(case: str) -> dict[str, float]:
    """All expected numbers of a case; of a published simulation the means."""
    expected = CASES[case]["expected"]
    if rule_of(case) == "published_simulation":
        return {name: value[0] for name, value in expected.items() if name != "n"}
    return dict(flat(expected))


def _published_error(case: str, number: str) -> float:
    expected = CASES[case]["expected"]
    return float(expected[number][1] / math.sqrt(expected["n"]))


def estimates(system: System, numbers: list[str], replications: int, seed: int) -> tuple[dict[str, Estimate], int]:
    """Simulate, and estimate these numbers; returns also how many customers were measured."""
    plan = compile_plan(load_text(system.text, name=f"{system.name}.yaml").scenario)
    ratios = {number: reading for number in numbers if not isinstance(reading := system.readings[number], Quantile)}
    quantiles = {number: reading for number in numbers if isinstance(reading := system.readings[number], Quantile)}
    pairs = np.empty((len(ratios), 2, replications))
    waits: list[np.ndarray] = []
    customers = 0
    for replication in range(replications):
        trace = draw(plan, seed, replication, fast=True)
        records = play(plan, trace, "kernel")
        day = measure(plan, trace, records, fast=True)
        played = Played(plan, trace, records, day.sums)
        for row, read in enumerate(ratios.values()):
            pairs[row, :, replication] = read(played)
        if quantiles:
            waits.append(played.waits().astype(np.float32))
        customers += int(day.sums.citizens[:, CAME].sum())
    found = {number: _ratio(*pairs[row]) for row, number in enumerate(ratios)}
    found |= {number: _quantile(waits, wanted) for number, wanted in quantiles.items()}
    return found, customers


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> Estimate:
    """The ratio of sums, with the delta method's standard error; written out here, so as not to lean on what is tested elsewhere."""
    count, total = len(numerator), denominator.sum()
    value = numerator.sum() / total
    return Estimate(float(value), float((numerator - value * denominator).std(ddof=1) * math.sqrt(count) / total))


def _quantile(waits: list[np.ndarray], wanted: Quantile) -> Estimate:
    """The quantile of all waits; its error is that of the share below it (a ratio over replications) carried back to the waits."""
    pooled = np.concatenate(waits)
    value = np.partition(pooled, int(wanted.share * len(pooled)))[int(wanted.share * len(pooled))]
    sizes = np.array([len(day) for day in waits], dtype=float)
    error = _ratio(np.array([(day <= value).sum() for day in waits], dtype=float), sizes).error
    ends = [min(len(pooled) - 1, int((wanted.share + sign * error) * len(pooled))) for sign in (-1, 1)]
    low, high = np.partition(pooled, ends)[ends]
    return Estimate(float(value) / wanted.us, float(high - low) / 2.0 / wanted.us)


def _is_green(case: str, number: str, expected: float, estimate: Estimate) -> bool:
    rule = rule_of(case)
    distance = abs(estimate.value - expected)
    if rule == "steady_state":
        return distance <= max(3.5 * estimate.error, 0.005 * abs(expected))
    if rule == "terminating":
        return distance <= 3.5 * estimate.error
    if rule == "optimisation":
        keeps = not number.startswith("fractions") or estimate.value <= limit_of_plans(case)[1] + 2.0 * estimate.error
        return distance <= 3.5 * estimate.error and keeps
    assert rule == "published_simulation", rule
    return distance <= 3.5 * math.hypot(estimate.error, _published_error(case, number))


def _is_enough(case: str, expected: float, estimate: Estimate, replications: int, customers: int) -> bool:
    rule = rule_of(case)
    if rule == "optimisation":
        return replications >= 20_000
    if rule == "steady_state":
        return replications >= 30 and (estimate.error <= 0.005 * abs(expected) or customers >= 5_000_000)
    return rule != "terminating" or (replications >= 20_000 and estimate.error <= 0.01 * abs(expected))


def judge(system: System) -> list[Verdict]:
    """The verdict on each number of a system, reds judged again."""
    expected = expected_numbers(system.case)
    numbers = list(system.readings)
    first, customers = estimates(system, numbers, system.replications, system.seed)
    red = [number for number in numbers if not _is_green(system.case, number, expected[number], first[number])]
    second: dict[str, Estimate] = estimates(system, red, AGAIN * system.replications, SECOND_SEED)[0] if red else {}
    return [
        Verdict(
            system.name,
            number,
            expected[number],
            first[number],
            _is_enough(system.case, expected[number], first[number], system.replications, customers),
            second.get(number),
            number not in second or _is_green(system.case, number, expected[number], second[number]),
        )
        for number in numbers
    ]
