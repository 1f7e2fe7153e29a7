"""Who plays the days: the result has the same bits from threads, processes and a Dask cluster, in any order, and when a worker dies."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import SimError
from sim.experiment import evaluation, executors
from sim.experiment.evaluation import evaluate
from sim.experiment.executors import SERIAL, Dask, Executor, Processes, Threads, Workers
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.results.days import Days
from sim.scenario import load_text

HALL = """\
name: Two desks
hours: 08:00-10:00
target: 60 % within 3 min
units:
  licence: {counters: 2, service_time: {exponential: 6 min}}
  cashier: {counters: 1, service_time: {exponential: 2 min}}
citizens:
  applicant: {arrivals: 20 per hour, route: [licence, cashier]}
"""
DAYS = 70
"""70 days are in sections of two, so that 35 batches are played by the reference engine."""


def plan_of(counters: int = 2) -> Plan:
    return compile_plan(load_text(HALL.replace("counters: 2", f"counters: {counters}")).scenario)


def leaves(value: Any) -> list[Any]:
    """All arrays and numbers of some days."""
    if isinstance(value, Days):
        value = tuple(vars(value).values())
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple) else [value]


def assert_same(some: Sequence[Days], others: Sequence[Days]) -> None:
    for one, other in zip(some, others, strict=True):
        for a, b in zip(leaves(one), leaves(other), strict=True):
            np.testing.assert_array_equal(a, b)
            assert np.asarray(a).dtype == np.asarray(b).dtype


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [plan_of(2), plan_of(3)]


@pytest.fixture(scope="module")
def expected(plans: list[Plan]) -> list[Days]:
    return played(plans, SERIAL)


def played(plans: list[Plan], executor: Executor) -> list[Days]:
    return evaluate(plans, 7, DAYS, engine="reference", executor=executor)


@dataclass
class Shuffled:
    """Plays the batches in another order."""

    shares_memory: bool
    seed: int
    given_up: bool = False

    def results(self, work: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[Any, Any]]:
        mixed = list(items)
        random.Random(self.seed).shuffle(mixed)
        for item in mixed:
            yield item, work(item)


def test_an_interrupt_waits_for_one_call_and_not_for_a_batch(plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads play one batch each of 35 days; the first to measure interrupts, and neither plays its batch to the end."""
    threads, measured = Threads(2), list[int]()
    monkeypatch.setattr(evaluation, "CITIZENS_AT_ONCE", 1)
    monkeypatch.setattr(evaluation, "CITIZENS_OF_A_BATCH", 1400)

    def measure(*_: object, **__: object) -> None:
        measured.append(1)
        if len(measured) == 1:
            raise KeyboardInterrupt
        while not threads.given_up:
            time.sleep(0.001)

    monkeypatch.setattr(evaluation, "measure_days", measure)
    with pytest.raises(KeyboardInterrupt):
        evaluate(plans[:1], 7, DAYS, engine="kernel", executor=threads)
    assert len(measured) <= 2


@pytest.mark.parametrize("shares_memory", [True, False])
def test_the_order_of_the_batches_changes_no_bit(plans: list[Plan], expected: list[Days], shares_memory: bool) -> None:
    assert_same(played(plans, Shuffled(shares_memory, seed=3)), expected)


@pytest.mark.parametrize("executor", [SERIAL, Threads(3), Shuffled(False, seed=4)])
def test_batches_of_one_section_add_up_to_the_same_bits(plans: list[Plan], executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 days are in rows of two and sections of eight; here each batch is one day."""
    whole = evaluate(plans[:1], 7, 300, engine="reference")
    monkeypatch.setattr(evaluation, "CITIZENS_OF_A_SLOW_BATCH", 1)
    assert_same(evaluate(plans[:1], 7, 300, engine="reference", executor=executor), whole)


def test_threads_give_the_same_bits(plans: list[Plan], expected: list[Days]) -> None:
    assert_same(played(plans, Threads(3)), expected)


@pytest.mark.parametrize("executor", [Threads(2), Shuffled(False, seed=5)])
def test_so_do_threads_with_compiled_code(plans: list[Plan], executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "CITIZENS_OF_A_BATCH", 1_000)
    alone, others = (evaluate(plans, 7, 300, engine="kernel", executor=one) for one in (SERIAL, executor))
    assert_same(others, alone)


@dataclass
class DiesOnce:
    """Work during which the process is killed at its tenth batch, the first time."""

    work: Callable[[Any], Any]
    marker: Path

    def __call__(self, batch: Any) -> Any:
        if batch.first >= 20 and not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return self.work(batch)


@dataclass
class WithADeath:
    """An executor, one of whose workers is killed midway."""

    executor: Executor
    marker: Path
    shares_memory: bool = False
    given_up: bool = False

    def results(self, work: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[Any, Any]]:
        return self.executor.results(DiesOnce(work, self.marker), items)


def test_processes_give_the_same_bits_although_one_is_killed(plans: list[Plan], expected: list[Days], tmp_path: Path) -> None:
    assert_same(played(plans, WithADeath(Processes(2), tmp_path / "died")), expected)
    assert (tmp_path / "died").exists()


def test_a_cluster_gives_the_same_bits_although_a_worker_is_killed(plans: list[Plan], expected: list[Days], tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        assert_same(played(plans, WithADeath(Dask(cluster.scheduler_address), tmp_path / "died")), expected)
    assert (tmp_path / "died").exists()


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "_PATIENCE", 1.0)
    with pytest.raises(SimError, match=r"^no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        next(Dask("tcp://127.0.0.1:9").results(abs, [1]))


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SimError, match=r"pip install 'mpp-sim\[cluster\]'"):
        Workers(cluster="tcp://127.0.0.1:9").executor("kernel", 1.0)


def die(_: int) -> None:
    os._exit(1)


def test_processes_that_die_again_and_again_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_TRIES", 2)
    with pytest.raises(SimError, match=r"died 2 times in a row; is the memory full\? .*--cores 1"):
        list(Processes(1).results(die, [1, 2]))


def slowly(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_leaving_early_ends_the_processes() -> None:
    before = set(multiprocessing.active_children())
    with closing(Processes(2).results(slowly, [0.0, 600.0, 600.0])) as results:
        assert next(results) == (0.0, 0.0)
        assert set(multiprocessing.active_children()) - before
    assert not set(multiprocessing.active_children()) - before


ORPHANS = """
import multiprocessing
from sim.experiment.executors import Processes
from tests.experiment.test_executors import slowly

if __name__ == "__main__":
    for _ in Processes(1).results(slowly, [0.0, 600.0]):
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill")
def test_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        (worker,) = map(int, parent.stdout.readline().split())
        parent.kill()
    for _ in range(600):
        if not alive(worker):
            return
        time.sleep(0.1)
    raise AssertionError("the process of the pool outlives its parent")


def alive(pid: int) -> bool:
    """Whether a process runs (one that has ended, and that nobody has asked about, does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("workers", "engine", "stops", "kind"),
    [
        (Workers(), "kernel", 1e9, "Threads"),
        (Workers(), "kernel", 1e4, "Serial"),
        (Workers(cores=1), "kernel", 1e9, "Serial"),
        (Workers(), "reference", 1e9, "Serial"),
        (Workers(processes=True), "reference", 1e9, "Processes"),
        (Workers(processes=True), "reference", 1e4, "Serial"),
        (Workers(cores=1, processes=True), "reference", 1e9, "Serial"),
    ],
)
def test_who_plays_a_job(workers: Workers, engine: str, stops: float, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "cores", lambda: 4)
    assert type(workers.executor(engine, stops)).__name__ == kind


def test_huge_days_are_not_played_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of 20 million fit beside each other where one of 50 million is the most."""
    monkeypatch.setattr(executors, "cores", lambda: 4)
    chosen = [Workers().executor("kernel", 1e9, of_a_day) for of_a_day in (1e6, 20e6, 50e6)]
    assert [getattr(one, "threads", 1) for one in chosen] == [4, 2, 1]
