"""The first run of all: the reference engine plays until another process has compiled the kernel engine, and that process outlives nobody."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import engine
from sim.engine import BOTH, choose, kernel
from sim.experiment import compiling
from sim.experiment.evaluation import evaluate
from sim.experiment.executors import SERIAL, Executor, SerialUntil, Threads
from sim.model import compiled, trace
from sim.model.compile import compile_plan
from sim.results import measures
from sim.results.days import Days
from sim.scenario import load

ROOT = Path(__file__).parents[2]


def _arrays(of: Any) -> list[Any]:
    if isinstance(of, Days):
        return [array for field in fields(of) for array in _arrays(getattr(of, field.name))]
    return [array for part in of for array in _arrays(part)] if isinstance(of, tuple) else [of]


@pytest.mark.parametrize("after", [0, 2, 5, 30, 10_000])
@pytest.mark.parametrize("executor", [SERIAL, None], ids=["serial", "then threads"])
def test_changing_over_to_the_kernel_changes_no_bit(monkeypatch: pytest.MonkeyPatch, after: int, executor: Executor | None) -> None:
    """300 days in batches of 8: the kernel takes over after so many questions whether it is compiled, which is within a batch."""
    plan = compile_plan(load(ROOT / "scenarios" / "one_counter.yaml").scenario)
    asked = 0

    def is_ready() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    monkeypatch.setattr(compiling, "begin", lambda extras: None)
    monkeypatch.setattr(compiling, "is_ready", is_ready)
    played = []
    monkeypatch.setattr("sim.experiment.evaluation.play", lambda *given: played.append(given) or engine.play(*given))
    (found,) = evaluate([plan], 5, 300, engine=BOTH, executor=executor or SerialUntil(is_ready, Threads(2)))
    monkeypatch.undo()
    (wanted,) = evaluate([plan], 5, 300, engine="kernel")
    assert (len(played) > 0) == (after > 0) and (len(played) == 300) == (after == 10_000)
    assert all(np.array_equal(one, other) for one, other in zip(_arrays(found), _arrays(wanted), strict=True))


# A job whose compiler never ends by itself. The job tells the compiler's number, and ends as the test says.
_JOB = """
import sys, time
from sim.experiment import compiling
compiling._PROGRAM = "import sys, threading, time; from sim.experiment import compiling\\n" \\
    "threading.Thread(target=compiling._end_with_parent, daemon=True).start(); time.sleep(600)"
compiling.begin()
print(compiling._compiler.pid, flush=True)
HOW
"""


def test_a_compiler_that_has_done_its_work_ends_in_peace() -> None:
    """Its thread still waits for the end of the run then."""
    watching = "import threading, time; from sim.experiment import compiling\nthreading.Thread(target=compiling._end_with_parent, daemon=True).start(); time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", watching], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as done:
        assert done.stderr
        assert done.stderr.read() == b""
        assert done.wait(60) == 0


def _is_there(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # ended, and nobody has asked how: its parent was killed


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks the system of Linux which processes there are")
@pytest.mark.parametrize(("how", "sent"), [
    ("pass", None), ("raise RuntimeError", None), ("sys.exit(3)", None), ("import os; os._exit(4)", None),
    ("time.sleep(600)", signal.SIGINT), ("time.sleep(600)", signal.SIGTERM), ("time.sleep(600)", getattr(signal, "SIGKILL", None)),
])  # fmt: skip
def test_the_compiler_ends_with_the_run_however_that_ends(how: str, sent: signal.Signals | None) -> None:
    job = subprocess.Popen([sys.executable, "-c", _JOB.replace("HOW", how)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)
    assert job.stdout
    compiler = int(job.stdout.readline())
    if sent:
        assert _is_there(compiler)
        job.send_signal(sent)
    job.wait(60)
    until = time.monotonic() + 60
    while _is_there(compiler) and time.monotonic() < until:
        time.sleep(0.01)
    assert not _is_there(compiler)
    job.stdout.close()


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for compiled code, with none in it."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "_ready", False)
    yield tmp_path / "cache"
    compiling.end()


def test_warm_means_that_all_three_functions_are_kept(cold: Path) -> None:
    marks = [compiled.mark_of(function) for function in (engine.draw_batch, engine.play_batch, engine.add_up_batch)]
    assert len(set(marks)) == 3 and not engine.is_warm()
    cold.mkdir()
    for mark in marks:
        assert not engine.is_warm()
        mark.touch()
    assert engine.is_warm()


def test_the_compiler_plays_what_needs_every_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler's work, done here, where the code is kept already: it ends without an error, and outages by chance come last."""
    wanted: list[str] = []
    monkeypatch.setattr(compiling, "_end_with_parent", lambda: None)
    monkeypatch.setattr(os, "nice", lambda by: by, raising=False)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    for module in (trace, kernel, measures):
        monkeypatch.setattr(module, "compiled", lambda function: wanted.append(function.__name__) or compiled.compiled(function))
    compiling.main()
    assert wanted[:3] == ["draw_batch", "play_batch", "add_up_batch"] and "_outages" in wanted[3:]


def test_a_compiler_that_was_stopped_leaves_the_next_run_cold_and_right(cold: Path) -> None:
    """The compiler is stopped at some moment of its work, and the next job begins as if there had been none."""
    compiling.begin()
    time.sleep(3)
    compiling.end()
    assert not engine.is_warm() and not compiling.is_ready()
    assert not list(cold.rglob("*.tmp*")) and choose("auto", 1e9) in (BOTH, "kernel")


def test_a_broken_compiler_leaves_the_job_to_the_reference_engine(cold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_PROGRAM", "raise SystemExit(1)")
    plan = compile_plan(load(ROOT / "scenarios" / "one_counter.yaml").scenario)
    compiling.begin()
    assert compiling._compiler
    compiling._compiler.wait()
    (found,) = evaluate([plan], 5, 3, engine=BOTH)
    assert found.replications == 3 and not compiling.is_ready()


@pytest.mark.parametrize(("stops", "warm", "cores", "kept", "chosen"), [
    (1_000, False, 2, True, "reference"),  # over before the kernel engine would be loaded
    (1_000, True, 2, True, "reference"),
    (200_000, True, 1, True, "kernel"),
    (200_000, False, 2, True, BOTH),
    (200_000, False, 1, True, "reference"),  # on one core, compiling would take turns with playing
    (200_000, False, 2, False, "reference"),  # what another process compiles would not reach this one
    (9_000_000, False, 1, True, "kernel"),
])  # fmt: skip
def test_auto_takes_what_answers_first(monkeypatch: pytest.MonkeyPatch, stops: float, warm: bool, cores: int, kept: bool, chosen: str) -> None:
    monkeypatch.setattr(engine, "is_warm", lambda extras: warm)
    monkeypatch.setattr(engine, "cores", lambda: cores)
    monkeypatch.setattr(compiled, "can_be_kept", lambda: kept)
    assert choose("auto", stops) == chosen


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_code_cannot_be_kept_where_nobody_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    assert not compiled.can_be_kept()
