"""What commands that simulate have in common: progress on stderr, pictures into a folder, and versions for the manifest."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType


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
