"""What staffing plans for every regency cost: `python -m benchmarks.scale [--regencies 51] [--cluster]`.

Each regency has the hall of scenarios/jakarta.yaml with 20 % to 100 % of its citizens and 20 staffing plans, each with one counter more in one
unit or another; each plan meets the same 200 days. One regency is the unit of work. `--cluster` lets the workers of a Dask cluster on this
machine play (extra `cluster`), one for each core; without it, threads do.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np

from sim.cores import cores
from sim.experiment.evaluation import evaluate
from sim.experiment.executors import Dask, Executor, Threads
from sim.model.arrivals import with_arrivals
from sim.model.compile import compile_plan
from sim.model.shapes import UNLIMITED, Plan
from sim.model.staffing import with_counters
from sim.results.measures import WAIT_OF_SERVED
from sim.results.outcomes import SERVED
from sim.scenario import load

REGENCIES, PLANS, DAYS = 514, 20, 200
JAKARTA = Path(__file__).parents[1] / "scenarios" / "jakarta.yaml"


def plans_of(base: Plan, regency: int) -> list[Plan]:
    """The staffing plans of a regency: as it stands, and with one counter more in each unit in turn, then with two more."""
    hall = with_arrivals(base, 0.2 + 0.8 * regency / REGENCIES).over_whole_day()
    counters = np.diff(hall.hall.unit_first_counter.astype(np.int64))
    staffed = np.flatnonzero((hall.hall.unit_kind != UNLIMITED) & (counters > 0)).tolist()
    changes = [{unit: int(counters[unit]) + more} for more in (1, 2) for unit in staffed]
    return [hall, *(with_counters(hall, change) for change in changes)][:PLANS]


def waits_of(base: Plan, regency: int) -> list[float]:
    """The mean waiting time of the served (minutes) under each plan of a regency."""
    found = evaluate(plans_of(base, regency), regency, DAYS, engine="kernel")
    tickets = [days.sums.tickets.sum(axis=(0, 1, 2)) for days in found]
    return [float(sums[WAIT_OF_SERVED] / sums[SERVED]) / 60e6 for sums in tickets]


def main() -> None:
    """Play a part of the regencies, and print what all of them cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regencies", type=int, default=51)
    parser.add_argument("--cluster", action="store_true")
    given = parser.parse_args()
    base = compile_plan(load(JAKARTA).scenario)
    waits_of(base, 0)  # compiles, or loads compiled code
    chosen = [round(place) for place in np.linspace(0, REGENCIES - 1, given.regencies)]

    def played(executor: Executor) -> dict[int, list[float]]:
        return dict(executor.results(partial(waits_of, base), chosen))

    start = time.perf_counter()
    if given.cluster:
        from distributed import LocalCluster

        with LocalCluster(n_workers=cores(), threads_per_worker=1, dashboard_address=None) as cluster:
            ready = time.perf_counter()
            found = played(Dask(cluster.scheduler_address))
            print(f"starting {cores()} workers took {ready - start:.1f} s")
            start = ready
            seconds = time.perf_counter() - start
    else:
        found = played(Threads())
        seconds = time.perf_counter() - start
    days = given.regencies * PLANS * DAYS
    least = min(min(waits) for waits in found.values())
    print(f"{given.regencies} regencies × {PLANS} plans × {DAYS} days on {cores()} cores: {seconds:.1f} s, {days / seconds:,.0f} days a second")
    print(f"all {REGENCIES}: {seconds * REGENCIES / given.regencies / 60:.1f} min; mean waits of {least:.2f} to {max(map(max, found.values())):.2f} min")


if __name__ == "__main__":
    main()
