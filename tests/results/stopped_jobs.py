"""Stops jobs that keep their progress, resumes them, and tells what came of it: a program of its own, which forks.

`python -m tests.results.stopped_jobs FOLDER HOW NUMBER` prints a line of JSON for each stop. With HOW `kill`, the job is killed at NUMBER
random moments. With `SIGINT`, `SIGTERM` or `SIGKILL` that signal comes at the n-th file operation, for each n, as in `tests.results.stopping`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

from sim.experiment.evaluation import evaluate
from sim.experiment.executors import SERIAL, Executor
from sim.results.progress import kept_progress
from tests.experiment.test_executors import leaves, plan_of
from tests.results.stopping import Stop

PLANS = [plan_of()]


class StopAtFiles(Stop):
    """Of the operations, those that ask the system for files; a batch is put together in memory first."""

    def __call__(self, frame: FrameType, event: str, of: Any) -> None:
        if not isinstance(getattr(of, "__self__", None), BytesIO):
            super().__call__(frame, event, of)


class Given:
    """Gives days that were played before, so that nothing but the keeping of progress takes time."""

    shares_memory = False

    def __init__(self, days: int) -> None:
        self.answers: dict[Any, Any] = {}
        evaluate(PLANS, 7, days, engine="reference", executor=self)
        self.results = self.again  # type: ignore[method-assign]

    def results(self, work: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[Any, Any]]:
        for item in items:
            self.answers[item] = work(item)
            yield item, self.answers[item]

    def again(self, _: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[Any, Any]]:
        for item in items:
            yield item, self.answers[item]


def job(folder: Path, days: int, executor: Executor) -> tuple[str, list[str]]:
    """Run or resume a job; gives all bits of its result as text, and what was told."""
    told: list[str] = []
    with kept_progress(folder, resume=True, told=told.append) as progress:
        found = evaluate(PLANS, 7, days, engine="reference", executor=executor, journal=progress)
    return repr([leaf.tobytes() if hasattr(leaf, "tobytes") else leaf for leaf in leaves(found[0])]), told


def forked(run: Callable[[], object]) -> int:
    """The number of a process that runs this."""
    child = os.fork()
    if child:
        return child
    try:
        run()
    except KeyboardInterrupt as interrupt:
        print(json.dumps({"notes": getattr(interrupt, "__notes__", [])}), flush=True)
        os._exit(1)
    os._exit(200)


def killed(place: Path, number: int) -> Iterator[dict[str, Any]]:
    """Kill a job at random moments and resume it."""
    begun = time.monotonic()
    expected, _ = job(place / "whole", 40, SERIAL)
    length, moments = time.monotonic() - begun, random.Random(20261)
    for n in range(number):
        child = forked(partial(job, place / f"{n}", 40, SERIAL))
        time.sleep(moments.uniform(0.0, 1.2 * length))
        os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        got, told = job(place / f"{n}", 40, SERIAL)
        yield {"code": code, "same": got == expected, "told": told, "left": [path.name for path in place.iterdir()]}


def stopped(place: Path, name: str) -> Iterator[dict[str, Any]]:
    """Stop the keeping of progress at each file operation, and resume the job."""
    given, at, code = Given(3), 0, 0
    expected, _ = job(place / "whole", 3, given)
    while code != 200:
        at += 1
        stop = StopAtFiles(getattr(signal, name), (at,), False)

        def run(stop: Stop = stop, at: int = at) -> None:
            sys.setprofile(stop)
            try:
                job(place / f"{at}", 3, given)
            finally:
                sys.setprofile(None)

        code = os.waitstatus_to_exitcode(os.waitpid(forked(run), 0)[1])
        got, told = job(place / f"{at}", 3, given)
        yield {"at": at, "code": code, "same": got == expected, "told": told, "left": [path.name for path in place.iterdir()]}


if __name__ == "__main__":
    where, how, count = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for line in killed(Path(where), int(count)) if how == "kill" else stopped(Path(where), how):
        print(json.dumps(line), flush=True)
