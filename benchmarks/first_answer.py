"""How long a planner waits for an answer: `python -m benchmarks.first_answer [runs]`.

`sim run scenarios/jakarta.yaml --replications 200` into an empty folder, its output read through a pipe: wall seconds from the command to the
first line of the tables and to the end, when all pictures are written; the median of some runs, after one that fills the caches (compiled
code, byte code). Then the CPU seconds of each step, all in one process. The load of the machine is printed too, since walls mean little on a busy one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.start_up import ROOT, seconds

GOALS: Final = {"numbers on the screen": 1.5, "all files written": 4.0}
"""Wall seconds that a planner should wait at most."""
SCENARIO: Final = "scenarios/jakarta.yaml"

STEPS: Final = f"""
import time
def step(name, since=[0.0]):
    now = time.process_time()
    print(f"{{name}}={{now - since[0]}}")
    since[0] = now
from sim.report.measures_file import as_csv, as_json
from sim.report.table import run_tables
from sim.scenario import load
step("Python, imports")
scenario = load({SCENARIO!r}).scenario
step("reading the scenario")
import numba
step("importing numba")
from sim.analysis.summary import summarise
from sim.experiment.evaluation import evaluate
from sim.model.compile import compile_plan
plan = compile_plan(scenario)
evaluate([plan], 1, 1, engine="kernel")
step("loading compiled code, one day")
(days,) = evaluate([plan], 1, 200, engine="kernel")
step("200 days")
summary = summarise(scenario, plan, days)
step("summary")
tables = run_tables(summary), as_csv(summary), as_json(summary)
step("tables, csv, json")
from sim.figures import figures, style
step("importing the drawing library")
images = [style.image(figure, kind) for _, figure in figures(summary) for kind in ("svg", "png")]
step("drawing twelve files")
"""


def waited(folder: Path) -> tuple[float, float]:
    """Wall seconds of the command until its first line, and until its end."""
    command = [sys.executable, "-m", "sim", "run", SCENARIO, "--replications", "200", "--out", str(folder)]
    since = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first = process.stdout.readline() and time.perf_counter() - since
        process.stdout.read()
    if process.returncode or not first:
        raise SystemExit(f"{' '.join(command)} failed")
    return first, time.perf_counter() - since


def main() -> None:
    """Print every figure beside its goal."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # otherwise every run would compile its imports anew
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        waited(Path(folder) / "warming")
        walls = [waited(Path(folder) / str(run)) for run in range(runs)]
    for (what, goal), seen in zip(GOALS.items(), zip(*walls, strict=True), strict=True):
        print(f"{what:32}{statistics.median(seen):7.2f} s   least {min(seen):.2f}   goal {goal}")
    if hasattr(os, "getloadavg"):
        print(f"{'load of the machine':32}{os.getloadavg()[0]:7.2f}     cores {os.cpu_count()}")
    lines = [seconds("-c", STEPS)[1].splitlines() for _ in range(5)]
    for same in zip(*lines, strict=True):
        print(f"{same[0].partition('=')[0]:32}{min(float(line.partition('=')[2]) for line in same):7.2f} s   CPU")


if __name__ == "__main__":
    main()
