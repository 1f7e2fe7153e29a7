"""Who plays the batches of a job: this process alone, threads, processes, or the workers of a Dask cluster.

The answer has the same bits from each of them. Compiled code runs without Python's lock, so threads use all cores for the kernel engine; the
reference engine is Python, and needs processes for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, Protocol, TypeVar

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


_WORTH_THREADS: Final = 2_000_000
"""2,000,000: citizens and stops, together, whose playing is worth the start of threads (some 0.3 s on one core)."""


def executor_for(engine: str, stops: float) -> Executor:
    """Who plays a job of so many citizens and stops: threads on all cores for a long job of the kernel engine, else this process alone."""
    return Threads() if engine == "kernel" and stops > _WORTH_THREADS and cores() > 1 else SERIAL


def cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
