"""What a first call costs: `python -m benchmarks.start_up`.

CPU seconds of child processes (user + system), the least of some runs; with .pyc files in place, as after a first call. The constants
of `sim.engine.choose` come from here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]

PLAY = """
import sys, time
from sim.scenario import load
from sim.experiment.replications import expected_stops, run
scenario = load("scenarios/jakarta.yaml").scenario
from sim.model.compile import compile_plan
stops = expected_stops(compile_plan(scenario))
start = time.process_time()
run(scenario, replications=int(sys.argv[2]), engine=sys.argv[1])
print((time.process_time() - start), stops * int(sys.argv[2]))
"""


def seconds(*command: str, runs: int = 1, **environment: str) -> tuple[float, str]:
    """The least CPU seconds of a child process over some runs, and what it printed last."""
    least, printed = float("inf"), ""
    for _ in range(runs):
        before = os.times()
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, env={**os.environ, **environment}, check=True)
        after = os.times()
        least = min(least, after.children_user + after.children_system - before.children_user - before.children_system)
        printed = done.stdout
    return least, printed


def main() -> None:
    """Print every figure beside its goal."""
    with tempfile.TemporaryDirectory() as folder:
        cold = str(Path(folder) / "cache")
        out = str(Path(folder) / "out")
        empty, _ = seconds("-c", "pass", runs=5)
        print(f"python -c pass                              {empty * 1000:7.0f} ms")
        print(f"sim --help                                  {seconds('-m', 'sim', '--help', runs=5)[0] * 1000:7.0f} ms   goal 150")
        start = time.perf_counter()
        first, _ = seconds("-m", "sim", "run", "scenarios/one_counter.yaml", "--out", out, NUMBA_CACHE_DIR=cold)
        print(f"sim run one_counter, no compiled code       {first:7.2f} s    goal 3 (wall {time.perf_counter() - start:.2f} s, pictures included)")
        one, printed = seconds("-c", PLAY, "reference", "10", NUMBA_CACHE_DIR=cold)
        used, stops = map(float, printed.split())
        print(f"reference engine, ten days of jakarta       {one:7.2f} s    {used / stops * 1e6:.0f} µs a stop")
        for name in ("cold", "warm"):
            one, printed = seconds("-c", PLAY, "kernel", "10", NUMBA_CACHE_DIR=cold)
            print(f"kernel engine, ten days, {name} cache         {one:7.2f} s    of them {float(printed.split()[0]):.2f} s drawing, playing, measuring")


if __name__ == "__main__":
    main()
