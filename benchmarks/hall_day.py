"""How fast a hall-day is, against the SimPy program of a SimPy user: `python -m benchmarks.hall_day [--quick]`.

Both are run in turn in one process, on CPU time, one core; ratios are of the medians over rounds. Figures are printed beside what they
should be: the answers of a long run with their standard errors, and the ratios that we want to reach.
"""

from __future__ import annotations

import argparse
import math
import resource
import statistics
import time
from pathlib import Path

import numpy as np

from benchmarks import simpy_peer
from sim.analysis.parts import parts
from sim.engine import play
from sim.engine.kernel import play_days
from sim.experiment.evaluation import Work
from sim.experiment.executors import Workers
from sim.experiment.replications import expected_stops, run
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.model.trace import Trace, draw, draw_days
from sim.results.days import Days
from sim.results.measures import ABANDONED_WITHIN, CAME, SERVED_WITHIN, TAKEN, WAIT_OF_SERVED, DaySums, measure, measure_days
from sim.results.outcomes import ABANDONED, SERVED
from sim.results.records import Records
from sim.results.waits import WaitCounts
from sim.scenario import load
from sim.scenario.schema import Scenario

FOLDER = Path(__file__).parent


def timed(work: Work, first: int, days: int) -> tuple[dict[str, float], int]:
    """CPU seconds of draw, play and measure over some days by the kernel, in batches as a run plays them; and the citizens."""
    plan = work.plans[0]
    seconds = {"draw": 0.0, "play": 0.0, "measure": 0.0}
    citizens = 0
    waits = WaitCounts.none(plan, 1)
    for batch in range(first, first + days, work.days_at_once):
        count = min(work.days_at_once, first + days - batch)
        a = time.process_time()
        traces = draw_days(plan, 1, batch, count, fast=True)
        b = time.process_time()
        records = play_days(plan, traces)
        c = time.process_time()
        measure_days(plan, traces, records, DaySums.zeros(plan, count), waits, np.zeros(count, dtype=np.int64), fast=True)
        d = time.process_time()
        for verb, spent in (("draw", b - a), ("play", c - b), ("measure", d - c)):
            seconds[verb] += spent
        citizens += int(traces.first_citizen[-1])
    return seconds, citizens


def reference_seconds(plan: Plan, traces: list[Trace]) -> float:
    """CPU seconds of the reference engine on drawn days."""
    start = time.process_time()
    for trace in traces:
        play(plan, trace, "reference")
    return time.process_time() - start


def answers(scenario: Scenario, plan: Plan, stacked: Days) -> None:
    """Print what the days say beside the figures of a run of 3,000 days (mean ± standard error of ours)."""
    units = slice(1, 16)
    sums = stacked.sums.tickets[:, units].sum(axis=(1, 2)).astype(float)
    busy = stacked.sums.served_in[:, units].sum(axis=(1, 2))
    paid = stacked.sums.tickets[:, 16].sum(axis=1)[:, SERVED].astype(float)
    came = sums[:, TAKEN]
    for name, y, n, expected in (
        ("mean wait of the served at the unit, min", sums[:, WAIT_OF_SERVED] / 60e6, sums[:, SERVED], 1.655),
        ("P(wait ≤ 15 min)", sums[:, SERVED_WITHIN], sums[:, SERVED], 0.9783),
        ("abandoned", sums[:, ABANDONED], came, 0.0300),
        ("counters busy, of 62 × 510 min", busy / 60e6, 62 * 510.0 * stacked.days, 0.588),
        ("cashier, of citizens", paid, came, 0.291),
    ):
        ratio = y.sum() / n.sum()
        error = (y - ratio * n).std(ddof=1) / math.sqrt(len(y)) / n.mean()
        print(f"  {name:42s} {ratio:8.4f} ± {error:.4f}   expected {expected:.4f}   {(ratio - expected) / error:+5.1f} standard errors")
    assert sums[:, ABANDONED_WITHIN].sum() <= sums[:, ABANDONED].sum()
    assert next(parts(scenario, plan, stacked)).ratios["citizens"].numerator.sum() == stacked.sums.citizens[:, :, CAME].sum()


def row(what: str, ratio: float, goal: float) -> None:
    """One ratio beside its goal."""
    print(f"  {what:42s} {ratio:8.1f} ×   goal {goal:g} ×   {'reached' if ratio >= goal else 'NOT reached'}")


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer days: within 50 s")
    quick = parser.parse_args().quick
    rounds, peer_days, our_days, reference_days = (5, 12, 200, 10) if quick else (9, 30, 1000, 20)
    file = load(FOLDER / "hall_day.yaml")
    plan = compile_plan(file.scenario)

    work = Work.of([plan], 1, "kernel", our_days)
    start = time.process_time()
    timed(work, 0, 1)
    run(file.scenario, replications=30, engine="kernel")
    print(f"loading or compiling the kernel                  {time.process_time() - start:8.2f} s CPU")
    peer, ours, verbs, reference, whole = [], [], [], [], []
    citizens, long = 0, 1000 if quick else 3000
    traces = [draw(plan, 1, replication, fast=True) for replication in range(reference_days)]
    for number in range(rounds):
        peer.append(peer_days / simpy_peer.hall_days(number * peer_days, peer_days)[0])
        seconds, came = timed(work, number * our_days, our_days)
        verbs.append({verb: spent / our_days for verb, spent in seconds.items()})
        ours.append(our_days / sum(seconds.values()))
        reference.append(reference_days / reference_seconds(plan, traces))
        start = time.process_time()
        result = run(file.scenario, replications=long, seed=1, engine="kernel", workers=Workers(cores=1))
        whole.append(long / (time.process_time() - start))
        citizens += came
    of_peer = statistics.median(peer)
    spent = {verb: statistics.median(one[verb] for one in verbs) for verb in verbs[0]}
    each = citizens / (rounds * our_days)
    print(f"SimPy program of a SimPy user                    {of_peer:8.2f} days a CPU second")
    print(f"reference engine                                 {statistics.median(reference):8.2f} days a CPU second")
    print(f"kernel: draw + play + measure                    {statistics.median(ours):8.1f} days a CPU second")
    print(f"a whole run of {long} days and its summary         {statistics.median(whole):8.1f} days a CPU second")
    print("where the time goes, ns a citizen:               " + ", ".join(f"{verb} {s / each * 1e9:.0f}" for verb, s in spent.items()))
    print("ratios (medians over rounds, in turn):")
    row("play, with records, × SimPy", 1.0 / spent["play"] / of_peer, 400)
    row("draw + play + measure, × SimPy", statistics.median(ours) / of_peer, 220)
    row(f"a whole run of {long} days, × SimPy", statistics.median(whole) / of_peer, 180)
    row("reference engine (play), × SimPy", statistics.median(reference) / of_peer, 0.8)
    print("its answers (standard errors over days):")
    answers(file.scenario, plan, result.days)
    trace = traces[0]
    size = sum(column.nbytes for column in trace) / 1000
    log = sum(column.nbytes for column in Records.blank(len(trace.service)).columns()) / 1000
    print(f"memory: {size:.0f} kB of trace and {log:.0f} kB of records a day; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")

    file = load(FOLDER / "one_queue.yaml", sets=["citizens.everybody.arrivals.first=200000"] if quick else [])
    plan = compile_plan(file.scenario)
    many = 200_000 if quick else 1_000_000
    assert expected_stops(plan) > many
    theirs, mean, spent_here = math.inf, 0.0, math.inf
    for _ in range(3):  # in turn; the least of three
        seconds_of_peer, mean = simpy_peer.one_queue(many // 4)
        theirs, start = min(theirs, seconds_of_peer), time.process_time()
        traces_of_queue = draw_days(plan, 1, 0, 1, fast=True)
        records = play_days(plan, traces_of_queue).columns
        day = measure(plan, traces_of_queue.day(0), records, fast=True)
        spent_here = min(spent_here, time.process_time() - start)
    in_system = float((records.end - records.ticket).mean()) / 60e6
    print(f"one-queue: SimPy {many // 4 / theirs:,.0f} citizens a CPU second (mean time in the system {mean:.2f});")
    print(f"           kernel {many / spent_here:,.0f}; mean time in the system {in_system:.2f} (theory 10)")
    row("one queue, × SimPy", many / spent_here / (many // 4 / theirs), 150)
    assert day.sums.citizens[:, 0].sum() == many


if __name__ == "__main__":
    main()
