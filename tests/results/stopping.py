"""Stops an exchange of results at its n-th file operation, for each n, and tells what that left: a program of its own, which forks.

`python -m tests.results.stopping FOLDER SIGNAL EARLIER HOW` prints a line of JSON for each operation, until an exchange is over before
the signal comes. It comes just before an operation, or just after, between which Python handles no signals; SIGKILL, of which Python
knows nothing, before. EARLIER is 1 where there are earlier results. HOW is `once`; `anywhere`, at calls of any kind; or `twice`, with a second signal at each operation of putting in order.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from types import FrameType
from typing import Any

import click

import sim.cli
from sim.results import store

FILES = ("posix", "io", "_io", "fcntl")
"""The modules of Python that ask the system for files …"""

IN_MEMORY = ("fspath", "text_encoding", "_path_normpath", "getpid")
"""… and what they do without it."""


class Stop:
    """A profiler that counts operations, before and after each, and sends a signal at those with the given numbers."""

    def __init__(self, number: int, at: tuple[int, ...], anywhere: bool) -> None:
        self.number, self.at, self.anywhere, self.seen = number, list(at), anywhere, 0

    def __call__(self, _: FrameType, event: str, of: Any) -> None:
        if event not in (("c_call",) if self.number == signal.SIGKILL else ("c_call", "c_return")) or of is sys.setprofile:
            return
        module = getattr(of, "__module__", None) or type(getattr(of, "__self__", None)).__module__
        if not self.anywhere and (module not in FILES or of.__name__ in IN_MEMORY):
            return
        self.seen += 1
        if self.at and self.seen == self.at[0]:
            self.at.pop(0)
            signal.raise_signal(self.number)  # a profiler that raises is taken away by Python


def watched_again(function: Callable[..., Any], stop: Stop) -> Callable[..., Any]:
    """The function, at whose beginning the profiler is put back."""

    def watched(*arguments: Path) -> Any:
        sys.setprofile(stop)
        return function(*arguments)

    return watched


def exchange(folder: Path, stop: Stop) -> None:
    """What `sim run` does with its results, under the `sim` command; ends the process."""

    @click.command()
    def command() -> None:
        sys.setprofile(stop)
        try:
            with store.replaced(folder, {}) as new:
                (new / "measures.csv").write_text("new", encoding="utf-8")
        finally:
            sys.setprofile(None)

    for name in ("_put_in_order", "_close"):
        setattr(store, name, watched_again(getattr(store, name), stop))
    sim.cli.group = command  # type: ignore[assignment]
    code: Any = 1
    with (folder.parent / "said").open("w", encoding="utf-8") as said, redirect_stderr(said):
        try:
            sim.cli.main([])
        except BaseException as leave:
            code = leave.code if isinstance(leave, SystemExit) else 1
    os._exit(200 if stop.at else code)


def held(folder: Path) -> str | None:
    """Which results a folder holds, "not whole" where some files lack, and None where there is no folder."""
    if not folder.exists():
        return None
    try:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        if sorted([*files, "manifest.json"]) == sorted(path.name for path in folder.iterdir()):
            return (folder / "measures.csv").read_text(encoding="utf-8")
    except (OSError, ValueError):
        pass
    return "not whole"


def stopped(place: Path, number: int, earlier: bool, at: tuple[int, ...], anywhere: bool) -> dict[str, Any]:
    """One exchange that is stopped at these operations, and what the next run makes of it; its code is 200 when it was over before."""
    folder = place / "out"
    place.mkdir()
    if earlier:
        folder.mkdir()
        (folder / "measures.csv").write_text("earlier", encoding="utf-8")
        (folder / "manifest.json").write_text(json.dumps({"kind": store.KIND, "files": ["measures.csv"]}), encoding="utf-8")
    child = os.fork()
    if not child:
        exchange(folder, Stop(number, at, anywhere))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    found = {"at": at, "code": code, "said": (place / "said").read_text(encoding="utf-8"), "held": held(folder)}
    (place / "said").unlink()
    for workshop in place.glob(".*"):
        if not (workshop / "lock").exists():
            os.utime(workshop, (0, 0))  # as if a while had gone by
    told: list[str] = []
    logging.getLogger("sim").handlers = [handler := logging.Handler()]
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    store.settle(folder)
    return found | {"told": told, "then": held(folder), "left": [path.name for path in place.iterdir() if path != folder]}


def every(place: Path, number: int, earlier: bool, how: str) -> Iterator[dict[str, Any]]:
    """Stop at each operation, until there are no more."""
    first, code = 0, 0
    while code != 200:
        first += 1
        yield (found := stopped(place / f"{first}", number, earlier, (first,), how == "anywhere"))
        code, second = found["code"], first
        while how == "twice" and code != 200:
            second += 1
            found = stopped(place / f"{first}-{second}", number, earlier, (first, second), False)
            if found["code"] == 200:
                break
            yield found


if __name__ == "__main__":
    where, name, with_earlier, how = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background are started with it ignored, and so it would stay
    for line in every(Path(where), getattr(signal, name), with_earlier == "1", how):
        print(json.dumps(line))
