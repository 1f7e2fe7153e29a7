"""What commands print to and write: streams that tell why they fail, progress on stderr, pictures, and versions for the manifest."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from sim.errors import SimError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

Answer = TypeVar("Answer")


class _Printed:
    """Standard output that tells what it fails of. What it still holds then goes nowhere, so that Python has no complaint at exit."""

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
            raise self._failure  # at every call, as libraries try a stream out and overlook the first
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
    """Standard streams in UTF-8 (Windows consoles and pipes default to a code page that lacks ± and –), and nowhere where they are closed."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
        with redirect_stdout(_Printed(sys.stdout or nowhere)), redirect_stderr(sys.stderr or nowhere):
            yield


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, when that is a terminal; gives a function that is told how much is done."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def page_width() -> int:
    """How many characters a line may have: as many as the terminal has columns, or 140 into a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 140


def show(what: RenderableType) -> None:
    """Print tables and sentences, as wide as the page."""
    from rich.console import Console

    # No markup: names come from the scenario, and may hold brackets. No crop: in the narrowest terminal the rest of a line goes below.
    Console(width=page_width(), highlight=False, markup=False).print(what, crop=False)
    sys.stdout.flush()


def write_pictures(folder: Path, figures: Iterable[tuple[str, Figure]], most: int) -> None:
    """Write each figure as SVG and PNG, drawn one by one; ``most`` is how many there may be."""
    from sim.figures.style import image

    with progress_bar("drawing", most) as progress:
        for number, (stem, figure) in enumerate(figures):
            for kind in ("svg", "png"):
                (folder / f"{stem}.{kind}").write_bytes(image(figure, kind))
            progress(number + 1)


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("mpp-sim", "numpy", "scipy", "numba", "simpy", "matplotlib"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
