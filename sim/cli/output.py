"""The output of commands: streams that say why they fail, progress on stderr, and versions for the manifest."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import click

from sim.errors import SimError

if TYPE_CHECKING:
    from rich.console import RenderableType

Answer = TypeVar("Answer")


class _Printed:
    """Standard output that says why it fails. After a failure it drops what it still holds, so that Python does not complain at exit."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._failure: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        return self._try(self._stream.write, text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, action: Callable[..., Answer], *arguments: str) -> Answer:
        if self._failure is not None:
            raise self._failure  # raise at every call, since libraries test a stream and swallow the first error
        try:
            return action(*arguments)
        except OSError as error:
            reader_gone = isinstance(error, BrokenPipeError)
            self._failure = error if reader_gone else SimError(f"cannot print: {error.strerror or error}")
            with open(os.devnull, "wb") as nowhere, suppress(OSError):
                os.dup2(nowhere.fileno(), self._stream.fileno())
            raise self._failure from None


@contextmanager
def steady_streams() -> Iterator[None]:
    """Standard streams in UTF-8, since Windows defaults to a code page that lacks ± and –. Output to a closed stream is dropped."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
        with redirect_stdout(_Printed(sys.stdout or nowhere)), redirect_stderr(sys.stderr or nowhere):
            yield


_COLUMNS_OF_A_FILE: Final = 140
"""Characters in a line written to a file or a pipe, unless ``COLUMNS`` says otherwise."""
_LONGEST_NAME: Final = 80
"""The most letters in the name of a results folder. Windows allows 260 in a path, which has the folders above it too."""
_UNSAFE: Final = re.compile(r"[^\w.,=%+~-]+", re.ASCII)
"""Characters replaced in a folder's name: Windows forbids some of them, and spaces would need quotes in a command."""


def results_folder(stem: str, variant: str | None = None, sets: Sequence[str] = (), kind: str = "") -> Path:
    """The folder in results/ for a scenario's results, one for each variant and each set of overrides.

    ``stem`` is the scenario's file name without ending; ``kind`` is empty for a run, else ``compare`` or ``sweep``. Characters that a
    folder's name cannot hold are replaced, and a long name is cut. Then digits made from the whole name tell it from others.

    >>> results_folder("sukamaju", None, ["units.dukcapil.counters = 6", "arrivals=120 %"]).name
    'sukamaju--units.dukcapil.counters=6--arrivals=120%'
    >>> results_folder("sukamaju", "senin", ["closing=serve all"], "sweep").name
    'sukamaju-senin-sweep--closing=serve_all'
    >>> results_folder("sukamaju", None, ["units.a.duty=[08:00-12:00]"]).name[:-6]
    'sukamaju--units.a.duty=_08_00-12_00_~'
    """
    plan = "-".join(part for part in (stem, variant, kind) if part)
    if not sets:
        return Path("results") / plan
    wanted = "--".join(re.sub(r"\s*([=%])\s*", r"\1", text.strip()) for text in sets)
    spaced = re.sub(r"\s+", "_", wanted)
    name = f"{plan}--{_UNSAFE.sub('_', spaced)}".rstrip(".")
    if name != f"{plan}--{spaced}" or len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 7]}~{hashlib.sha256(wanted.encode()).hexdigest()[:6]}"
    return Path("results") / name


def tell(sentence: str) -> None:
    """Say something on stderr, beside the results."""
    click.echo(sentence, err=True)


class Bar:
    """A progress bar, if there is a terminal to draw it on. Call it with the number done."""

    def __init__(self, draw: Callable[..., None] = lambda **_: None, say: Callable[[str], None] = tell) -> None:
        self._draw = draw
        self.say = say
        """Print a sentence on stderr, above the bar."""

    def __call__(self, done: int) -> None:
        self._draw(completed=done)

    def expect(self, total: int) -> None:
        """Give another number to be done."""
        self._draw(total=total)


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Bar]:
    """A progress bar on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield Bar()
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(what, total=total)
        yield Bar(partial(bar.update, task), partial(bar.console.print, markup=False, highlight=False))


def page_width() -> int:
    """The most characters in a line: the environment's ``COLUMNS``, else the terminal's width, or 140 into a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _columns_wanted() or _COLUMNS_OF_A_FILE


def _columns_wanted() -> int:
    """The number in ``COLUMNS``; 0 if there is none."""
    wanted = os.environ.get("COLUMNS", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() else 0


def show(what: RenderableType) -> None:
    """Print tables and sentences, as wide as the page."""
    from rich.console import Console

    # No markup, since names from the scenario may hold brackets. No crop, so that a narrow terminal shows the rest of a line below.
    Console(width=page_width(), highlight=False, markup=False).print(what, crop=False)
    sys.stdout.flush()


def days_of(folder: Path) -> int:
    """The number of days in the results of a folder; 0 if there are no results."""
    from sim.errors import UsageError
    from sim.results.store import manifest_of

    try:
        return int(manifest_of(folder)["replications"])
    except (UsageError, KeyError, TypeError, ValueError):
        return 0


def tell_folder(folder: Path, earlier: int, now: int) -> None:
    """Print where the results are, and warn if they replaced results of more days. ``earlier`` and ``now`` are numbers of days."""
    click.echo(f"Results: {folder}" + (f", in place of those of {earlier:,} days or runs" if earlier > now else ""))


def versions() -> dict[str, str]:
    """Versions of the software that the numbers depend on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("mpp-sim", "numpy", "scipy", "numba", "simpy", "matplotlib"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
