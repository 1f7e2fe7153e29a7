"""What a first call costs: `python -m benchmarks.start_up`.

CPU seconds (user + system) of programs, their children included, the least of some runs; with .pyc files in place, as after a first call. How long
the numbers of a run take to appear is the time of a clock. The constants of `sim.engine.choose` come from here. `--runs 3` takes some
three minutes on two free cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]

PLAY = """
import sys, time
from sim.experiment.evaluation import evaluate
from sim.experiment.replications import expected_stops
from sim.model.compile import compile_plan
from sim.scenario import load
plan = compile_plan(load("scenarios/jakarta.yaml").scenario)
if sys.argv[1] == "reference":
    import simpy
start = time.process_time()
evaluate([plan], 1, int(sys.argv[2]), engine=sys.argv[1])
print(time.process_time() - start, expected_stops(plan) * int(sys.argv[2]))
"""
COMPILE = "from sim.experiment.compiling import main; main()"


def seconds(*command: str, runs: int = 1, **environment: str) -> tuple[float, str]:
    """The least CPU seconds of a child process over some runs, and what it printed last."""
    least, printed = float("inf"), ""
    for _ in range(runs):
        before = os.times()
        with subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        ) as process:
            assert process.stdout  # standard input stays open: the compiler ends when it is closed
            printed = process.stdout.read()
            if process.wait():
                raise SystemExit(f"{command} ended with {process.returncode}")
        after = os.times()
        least = min(least, after.children_user + after.children_system - before.children_user - before.children_system)
    return least, printed


def until_numbers(*command: str, **environment: str) -> tuple[float, float]:
    """The seconds until a program prints its first line, and until it is over."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    ) as process:
        assert process.stdout
        process.stdout.readline()
        first = time.perf_counter() - start
        process.stdout.read()
    return first, time.perf_counter() - start


def main() -> None:
    """Print every figure beside its goal."""
    parser = argparse.ArgumentParser(description="What a first call costs.")
    parser.add_argument("--runs", type=int, default=3, help="how often the long figures are measured")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        warm, out = str(Path(folder) / "warm"), str(Path(folder) / "out")
        first_run = ("-m", "sim", "run", "scenarios/jakarta.yaml", "--out", out)
        print(f"python -c pass                                {seconds('-c', 'pass', runs=5)[0] * 1000:7.0f} ms")
        print(f"sim --help                                    {seconds('-m', 'sim', '--help', runs=5)[0] * 1000:7.0f} ms   goal 150")
        cold = [until_numbers(*first_run, NUMBA_CACHE_DIR=str(Path(folder) / f"cold{number}")) for number in range(runs)]
        print(f"sim run jakarta, no compiled code: numbers    {statistics.median(first for first, _ in cold):7.2f} s    goal 5 (all {min(last for _, last in cold):.2f} s)")
        used, stops = map(float, seconds("-c", PLAY, "reference", "10", runs=runs)[1].split())
        print(f"reference engine, draw and measure included   {used / stops * 1e6:7.0f} µs a citizen or stop")
        compiling = [seconds("-c", COMPILE, NUMBA_CACHE_DIR=warm if number == 0 else str(Path(folder) / f"compiled{number}"))[0] for number in range(runs)]
        print(f"compiling everything                          {statistics.median(compiling):7.2f} s    goal 25")
        loaded, printed = seconds("-c", PLAY, "kernel", "10", runs=runs, NUMBA_CACHE_DIR=warm)
        print(f"kernel engine, ten days, compiled code        {loaded:7.2f} s    of them {float(printed.split()[0]):.2f} s loading, drawing, playing, measuring")
        first, last = until_numbers(*first_run, NUMBA_CACHE_DIR=warm)
        print(f"sim run jakarta, compiled code: numbers       {first:7.2f} s    (all {last:.2f} s)")


if __name__ == "__main__":
    main()
