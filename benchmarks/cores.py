"""How several cores share a job: `python -m benchmarks.cores [--threads 2] [--days 3000] [--rounds 7]`.

The same days are played by this process alone and by threads, in turn, on wall time; printed are the least and the median times of both and
their ratio, beside the ratio that we want. Other work on the machine spoils it, so the load is printed too, and how much more processor time
the threads take together, which other work spoils less: on free cores they could not be faster than their number divided by that. All results must have the same bits.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

import numpy as np

from sim.experiment.evaluation import evaluate
from sim.experiment.executors import SERIAL, Executor, Threads, cores
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.results.days import Days
from sim.scenario import load

FOLDER = Path(__file__).parent

AIM = 1.85
"""1.85: how much faster two threads shall be than one."""


def played(plan: Plan, days: int, executor: Executor) -> tuple[float, float, Days]:
    """Seconds of wall time and of processor time for these days, and what they add up to."""
    start, processor = time.perf_counter(), time.process_time()
    (found,) = evaluate([plan], 1, days, engine="kernel", executor=executor)
    return time.perf_counter() - start, time.process_time() - processor, found


def main() -> None:
    """Play in turn, and print the times."""
    parser = argparse.ArgumentParser(description="How several cores share a job.")
    parser.add_argument("--threads", type=int, default=2, help="how many threads (2)")
    parser.add_argument("--days", type=int, default=3_000, help="how many days (3,000)")
    parser.add_argument("--rounds", type=int, default=7, help="how often, in turn (7)")
    chosen = parser.parse_args()
    plan = compile_plan(load(FOLDER / "hall_day.yaml").scenario)
    played(plan, 64, SERIAL)  # load or compile the code
    times: dict[str, list[float]] = {"alone": [], "threads": [], "processor": []}
    for number in range(chosen.rounds):
        load_now = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        alone, alone_cpu, days = played(plan, chosen.days, SERIAL)
        shared, shared_cpu, same = played(plan, chosen.days, Threads(chosen.threads))
        assert all(np.array_equal(a, b) for a, b in zip((*days.sums, *days.waits), (*same.sums, *same.waits), strict=True))
        times["alone"].append(alone)
        times["threads"].append(shared)
        times["processor"].append(shared_cpu / alone_cpu)
        print(
            f"round {number + 1}: alone {alone:.2f} s ({alone_cpu:.2f} of a processor), {chosen.threads} threads {shared:.2f} s ({shared_cpu:.2f}), "
            f"{alone / shared:.2f} ×; load before it {load_now:.1f}",
            flush=True,
        )
    least, median = (choose(times["alone"]) / choose(times["threads"]) for choose in (min, statistics.median))
    print(f"{chosen.days:,} hall-days, {chosen.threads} threads on {cores()} cores: least times {least:.2f} ×, medians {median:.2f} × (aim for two: {AIM} ×); processor time × {statistics.median(times['processor']):.2f}")


if __name__ == "__main__":
    main()
