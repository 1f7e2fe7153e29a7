"""What more citizens, units and days cost, against proportional, and the memory of 100,000 days: `python -m benchmarks.growth [--quick]`.

The hall-day is the base. Ten times the citizens have ten times the counters; ten times the units are ten halls under one roof. Cost is
CPU time of draw, play and measure for a citizen, or of a whole run for a day: the least of some rounds, in turn.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim.experiment.evaluation import Work
from sim.experiment.executors import Workers
from sim.experiment.replications import run
from sim.model.compile import compile_plan
from sim.results.days import Days
from sim.scenario import load_text
from sim.scenario.schema import Scenario

HALL_DAY = Path(__file__).parent / "hall_day.yaml"


def more_citizens(document: dict[str, Any], times: int) -> Scenario:
    """The hall with so many times the citizens and counters."""
    units = {name: {**unit, "counters": unit["counters"] * times} for name, unit in document["units"].items()}
    return load_text(yaml.safe_dump({**document, "units": units, "arrivals": f"{100 * times} %"}, sort_keys=False)).scenario


def more_units(document: dict[str, Any], times: int) -> Scenario:
    """So many halls side by side, each with its own units and citizens."""
    units, citizens = {}, {}
    for hall in range(times):
        units |= {f"{name}_{hall}": unit for name, unit in document["units"].items()}
        for name, source in document["citizens"].items():
            route = [f"{stop}_{hall}" if isinstance(stop, str) else {**stop, "stop": f"{stop['stop']}_{hall}"} for stop in source["route"]]
            citizens[f"{name}_{hall}"] = {**source, "route": route}
    return load_text(yaml.safe_dump({**document, "units": units, "citizens": citizens}, sort_keys=False)).scenario


def main() -> None:
    """Measure and print everything beside its goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 days instead of 100,000")
    quick = parser.parse_args().quick
    document = yaml.safe_load(HALL_DAY.read_text(encoding="utf-8"))
    base = load_text(HALL_DAY.read_text(encoding="utf-8")).scenario
    halls = {"the hall-day": (base, 64), "citizens × 10": (more_citizens(document, 10), 8), "units × 10": (more_units(document, 10), 8)}
    jobs = {}
    for name, (scenario, days) in halls.items():
        plan = compile_plan(scenario)
        work = Work.of([plan], 1, "kernel", days)
        room = Days.none(plan, work.layout, 0, days)
        jobs[name] = (work, room, days, days * float(plan.expected_citizens.sum()))
    least = dict.fromkeys(jobs, np.inf)
    for _ in range(2 if quick else 9):
        for name, (work, room, days, citizens) in jobs.items():
            start = time.process_time()
            work.fill([room], work.batches(0, days)[0]._replace(replications=days))
            least[name] = min(least[name], (time.process_time() - start) / citizens)
    for name, seconds in least.items():
        print(f"{name:16s} {seconds * 1e9:8.0f} ns a citizen   {seconds / least['the hall-day']:5.2f} × proportional   goal 1.15")
    of_days = {}
    for days in (300, 30_000) if not quick else (300, 3_000):
        start = time.process_time()
        run(base, replications=days, seed=1, engine="kernel", workers=Workers(cores=1))
        of_days[days] = (time.process_time() - start) / days
        print(f"a run of {days:6,} days {of_days[days] * 1e6:7.0f} µs a day          {of_days[days] / of_days[300]:5.2f} × proportional   goal 1.15")
    many = 10_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim", "run", str(HALL_DAY), "--replications", str(many), "--no-figures", "--out", str(Path(folder) / "out")]
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(f"`sim run` of {many:,} days with quantiles and half-hours: {time.perf_counter() - start:.0f} s, peak {peak:.0f} MB   goal 400 MB")


if __name__ == "__main__":
    main()
