"""What a candidate plan costs: `python -m benchmarks.candidate`.

Microseconds of CPU time, medians over rounds in which everything is measured in turn. A candidate costs what `with_counters` or `with_arrivals`
takes, and the agenda that an engine needs before it can play. Beside it stand the goal, and what reading and compiling the same change costs.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from sim.clock import MINUTE
from sim.model.arrivals import with_arrivals
from sim.model.compile import compile_plan
from sim.model.shapes import ByNumber, Plan, Staffing
from sim.model.staffing import with_counters
from sim.scenario import ScenarioFile, load

ROOT = Path(__file__).parents[1]
HALLS = (ROOT / "scenarios" / "jakarta.yaml", ROOT / "benchmarks" / "hall_day.yaml")
GOAL = 200
"""Microseconds that a candidate may cost."""
ROUNDS = 300


def spent(make: Callable[[], Plan | ScenarioFile]) -> float:
    """Microseconds of CPU time to make a plan with its agenda, or to read a file."""
    start = time.process_time_ns()
    if isinstance(made := make(), Plan):
        _ = made.agenda
    return (time.process_time_ns() - start) / 1000


def shifts(plan: Plan, chance: random.Random) -> Staffing:
    """A number of counters with two duties each, which no candidate had before."""
    opens, closes = plan.demand.opens // MINUTE, plan.demand.until // MINUTE
    noon = (opens + closes) // 2
    patterns = [((opens * MINUTE, chance.randrange(opens + 1, noon) * MINUTE), (noon * MINUTE, chance.randrange(noon + 1, closes) * MINUTE)) for _ in range(2)]
    return Staffing(chance.randint(1, 8), tuple(patterns))


def numbers(plan: Plan, chance: random.Random) -> Staffing:
    """A number of counters for each half-hour."""
    edges = plan.window.edges.tolist()
    return Staffing(ByNumber(tuple((start, end, chance.randint(1, 8)) for start, end in pairwise(edges))))


def costs(path: Path) -> dict[str, float]:
    """The medians for one hall, in microseconds."""
    file = load(path)
    plan, chance = compile_plan(file.scenario), random.Random(1)
    units = [unit for unit, crew in enumerate(plan.crews) if crew.staffing is not None]
    names = list(file.scenario.units)
    found: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        unit, counters = units[number % len(units)], 1 + number % 8
        new, all_new, by_number = shifts(plan, chance), {one: shifts(plan, chance) for one in units}, {one: numbers(plan, chance) for one in units}
        again = {one: replace(staffing) for one, staffing in all_new.items()}
        candidates = {
            "another number of counters in one unit": partial(with_counters, plan, {unit: counters}),
            "new duties in one unit": partial(with_counters, plan, {unit: new}),
            "new duties in every unit": partial(with_counters, plan, all_new),
            "duties seen before in every unit": partial(with_counters, plan, again),
            "new numbers by half-hour in every unit": partial(with_counters, plan, by_number),
            "other arrivals": partial(with_arrivals, plan, 0.5 + number / ROUNDS),
        }
        for name, make in candidates.items():
            found.setdefault(name, []).append(spent(make))
        if number % 20 == 0:
            found.setdefault("reading", []).append(spent(partial(load, path, sets=[f"units.{names[unit]}.counters={counters}"])))
            found.setdefault("compiling", []).append(spent(partial(compile_plan, file.scenario)))
    return {name: statistics.median(several) for name, several in found.items()}


def main() -> None:
    """Print what a candidate costs, beside the goal."""
    for path in HALLS:
        medians = costs(path)
        slow = medians.pop("reading") + (compiling := medians.pop("compiling"))
        print(f"{path.name}: reading and compiling {slow:,.0f} µs (compiling alone {compiling:,.0f})")
        for name, cost in medians.items():
            print(f"  {name:42s} {cost:7.0f} µs   goal {GOAL} µs   {'reached' if cost <= GOAL else 'NOT reached'}   {slow / cost:6.0f} × cheaper")


if __name__ == "__main__":
    main()
