"""Who plays the batches of a job: this process alone, threads, processes, or the workers of a Dask cluster.

The answer has the same bits from each of them. Compiled code runs without Python's lock, so threads use all cores for the kernel engine; the
reference engine is Python, and needs processes for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, Protocol, TypeVar

from sim.engine import BOTH
from sim.engine.machine import cores
from sim.experiment import compiling

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Executor(Protocol):
    """Plays batches; ``shares_memory`` says whether the work can write into arrays of the caller."""

    shares_memory: bool

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[tuple[Item, Answer]]:
        """Each item with the answer of ``work`` to it, as they are finished; in any order. An error of the work is raised."""


class Serial:
    """This process, one batch after the other."""

    shares_memory = True

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[tuple[Item, Answer]]:
        """As `Executor.results`, in the order of the items."""
        for item in items:
            yield item, work(item)


SERIAL: Final = Serial()


class Threads:
    """Threads of this process, one for each core unless a number is given."""

    shares_memory = True

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or cores()

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[tuple[Item, Answer]]:
        """As `Executor.results`. After an error or an interrupt, waits for the batches that are being played, and plays no others."""
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: dict[Future[Answer], Item] = {pool.submit(work, item): item for item in items}
            try:
                while waiting:
                    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                        yield waiting.pop(future), future.result()
            finally:
                pool.shutdown(cancel_futures=True)


class SerialUntil:
    """This process alone until ``ready()``, then ``others``."""

    shares_memory = True

    def __init__(self, ready: Callable[[], bool], others: Executor) -> None:
        self.ready, self.others = ready, others

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[tuple[Item, Answer]]:
        """As `Executor.results`."""
        for done, item in enumerate(items):
            if self.ready():
                yield from self.others.results(work, items[done:])
                return
            yield item, work(item)


_WORTH_THREADS: Final = 2_000_000
"""2,000,000: citizens and stops, together, whose playing is worth the start of threads (some 0.3 s on one core)."""


def executor_for(engine: str, stops: float) -> Executor:
    """Who plays a job of so many citizens and stops: threads on all cores for a long job of the kernel engine, else this process alone."""
    if engine == "reference" or stops <= _WORTH_THREADS or cores() == 1:
        return SERIAL
    return SerialUntil(compiling.is_ready, Threads()) if engine == BOTH else Threads()

