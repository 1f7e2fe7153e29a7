"""Who plays the batches of a job: this process alone, threads, processes, or the workers of a Dask cluster.

The answer has the same bits from each of them. Compiled code runs without Python's lock, so threads use all cores for the kernel engine; the
reference engine is Python, and needs processes for that.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures import Executor as Pool
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from sim.cores import cores
from sim.engine import BOTH
from sim.errors import SimError
from sim.experiment import compiling
from sim.results.progress import made_by

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Executor(Protocol):
    """Plays batches; ``shares_memory`` says whether the work can write into arrays of the caller.

    ``given_up`` is true once nobody waits for the work any more; work in the same memory looks at it from time to time, and then stops.
    """

    shares_memory: bool

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for the work any more."""

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        """Each item with the answer of ``work`` to it, as they are finished; in any order. An error of the work is raised.

        Close the generator when you leave it early: then items that are not being played are given up.
        """


class Serial:
    """This process, one batch after the other."""

    shares_memory = True
    given_up = False

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        """As `Executor.results`, in the order of the items."""
        for item in items:
            yield item, work(item)


SERIAL: Final = Serial()


class Threads:
    """Threads of this process, one for each core unless a number is given."""

    shares_memory = True

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or cores()
        self.given_up = False

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        """As `Executor.results`. After an error or an interrupt, ``given_up`` tells the work to stop, and no other item is begun."""
        self.given_up = False
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                yield from _as_finished(pool, work, items)
            finally:
                self.given_up = True
                pool.shutdown(cancel_futures=True)


class SerialUntil:
    """This process alone until ``ready()``, then ``others``."""

    shares_memory = True

    def __init__(self, ready: Callable[[], bool], others: Executor) -> None:
        self.ready, self.others = ready, others

    @property
    def given_up(self) -> bool:
        """Whether the others are given up."""
        return self.others.given_up

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        """As `Executor.results`."""
        for done, item in enumerate(items):
            if self.ready():
                yield from self.others.results(work, items[done:])
                return
            yield item, work(item)


_MOST_PROCESSES: Final = 61
"""61: the most processes of one pool on Windows."""

_TRIES: Final = 3
"""3: how often in a row a pool may break without a finished batch."""


class Processes:
    """Processes of this machine, one for each core unless a number is given. Each starts Python anew (no fork), so that all systems do the same."""

    shares_memory = False
    given_up = False

    def __init__(self, processes: int | None = None) -> None:
        self.processes = min(processes or cores(), _MOST_PROCESSES)

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        """As `Executor.results`. After an error or an interrupt, ends the processes.

        If one of them dies, a new pool plays what is left. Raises SimError if `_TRIES` pools in a row break before a batch is finished.
        """
        left, broken = list(items), 0
        while left:
            try:
                for item, answer in self._of_one_pool(work, tuple(left)):
                    left.remove(item)
                    broken = 0
                    yield item, answer
            except BrokenProcessPool:
                broken += 1
                if broken == _TRIES:
                    raise SimError(
                        f"the processes that play the days died {_TRIES} times in a row; is the memory full? Fewer need less: --cores 1"
                    ) from None

    def _of_one_pool(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        others, done = set(multiprocessing.active_children()), False
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self.processes, len(items)), mp_context=spawned, initializer=_begin_to_serve) as pool:
            try:
                yield from _as_finished(pool, work, items)
                done = True
            finally:
                if not done:  # a batch may take minutes
                    for process in set(multiprocessing.active_children()) - others:
                        process.terminate()
                    pool.shutdown(cancel_futures=True)


def _as_finished(pool: Pool, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
    waiting: dict[Future[Answer], Item] = {pool.submit(work, item): item for item in items}
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            yield waiting.pop(future), future.result()


def _begin_to_serve() -> None:
    """Prepare a process of a pool: Ctrl-C is for its parent, which ends it; and if the parent is killed, it ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


_PATIENCE: Final = 30.0
"""30: the seconds to wait for a cluster's scheduler and for its first worker."""


class Dask:
    """The workers of a Dask cluster, whose scheduler is at ``address``, such as ``tcp://10.0.0.5:8786``. Dask plays the batches of a lost worker again."""

    shares_memory = False
    given_up = False

    def __init__(self, address: str) -> None:
        try:
            self._dask: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise SimError("--cluster needs the package 'distributed', which is not installed here: pip install 'mpp-sim[cluster]'") from error
        self.address = address

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Generator[tuple[Item, Answer]]:
        """As `Executor.results`. Raises SimError for a cluster that does not answer, has no workers, or has other versions of the program."""
        with self._client() as client:
            waiting = {client.submit(work, item, pure=False): item for item in items}
            try:
                for future in self._dask.as_completed(list(waiting), loop=client.loop):
                    yield waiting.pop(future), future.result()
            except self._dask.KilledWorker as error:
                raise SimError(f"workers of the cluster at {self.address} died again and again; is their memory full?") from error
            finally:
                client.cancel(list(waiting))

    def _client(self) -> Any:
        try:
            client = self._dask.Client(self.address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:  # a time-out is an OSError
            raise SimError(f"no Dask scheduler answers at {self.address}: {error}") from error
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
            others = {worker: versions for worker, versions in client.run(made_by).items() if versions != made_by()}
        except TimeoutError as error:
            client.close()
            raise SimError(f"the cluster at {self.address} has no workers; start some with: dask worker {self.address}") from error
        except ImportError as error:
            client.close()
            raise SimError(f"a worker of the cluster at {self.address} lacks the program: {error}; install the same mpp-sim on all workers") from error
        if others:
            client.close()
            worker, versions = next(iter(others.items()))
            raise SimError(f"the worker {worker} has {_listed(versions)}, this program has {_listed(made_by())}; the numbers might differ: install the same")
        return client


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


MOST_STOPS: Final = 50_000_000
"""50,000,000: the most citizens and stops, together, of the days that are played at one time. They take about 8 GB of trace and records."""

_WORTH_THREADS: Final = 2_000_000
"""2,000,000: citizens and stops, together, whose playing is worth the start of threads (some 0.3 s on one core)."""

_WORTH_PROCESSES: Final = 100_000
"""100,000: citizens and stops whose playing by the reference engine is worth the start of processes (some 7 s on one core)."""


@dataclass(frozen=True)
class Workers:
    """Who may play a job: at most so many cores of this machine (by default all), or a Dask cluster.

    ``processes`` allows processes of their own for the reference engine. Each of them imports the main program, so a script may allow
    them only if its work stands below ``if __name__ == "__main__":``.
    """

    cores: int | None = None
    cluster: str | None = None
    processes: bool = False

    def executor(self, engine: str, stops: float, of_a_day: float = 1.0) -> Executor:
        """Who plays a job of so many citizens and stops, together and of one day. A short one is played by this process alone.

        Days that are played at the same time have no more citizens and stops than one day may have (`MOST_STOPS`).
        """
        if self.cluster:
            return Dask(self.cluster)
        number = min(self.cores or cores(), cores(), max(1, int(MOST_STOPS / max(1.0, of_a_day))))
        if number > 1 and engine != "reference" and stops > _WORTH_THREADS:
            return SerialUntil(compiling.is_ready, Threads(number)) if engine == BOTH else Threads(number)
        if number > 1 and engine == "reference" and stops > _WORTH_PROCESSES and self.processes:
            return Processes(number)
        return SERIAL


THIS_MACHINE: Final = Workers()
"""All cores of this machine, by threads."""

