"""What commands that simulate have in common: progress on stderr, pictures into a folder, and versions for the manifest."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

_COLUMNS_OF_A_FILE: Final = 140
"""Characters of a line that is written to a file or a pipe, where nobody says otherwise."""
_LONGEST_NAME: Final = 80
"""Letters of a results folder's name: with the folders above it, well below the 260 that Windows allows a path."""
_UNSAFE: Final = re.compile(r"[^\w.,=%+~-]+", re.ASCII)
"""What is left out of a folder's name: Windows forbids some of it, and spaces have to be quoted in a command."""


def results_folder(stem: str, variant: str | None = None, sets: Sequence[str] = (), kind: str = "") -> Path:
    """The folder in results/ for a scenario's results, one for each variant and each set of overrides.

    ``stem`` is the scenario's file name without ending, ``kind`` is empty for a run, else ``compare`` or ``sweep``. What a folder's name
    cannot hold is left out, and a long name is cut; then digits that belong to the whole tell it from others.

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
    """How many characters a line may have: as many as the environment's ``COLUMNS`` says, or the terminal has; or 140 into a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _columns_wanted() or _COLUMNS_OF_A_FILE


def _columns_wanted() -> int:
    """What ``COLUMNS`` says; 0 without a number."""
    wanted = os.environ.get("COLUMNS", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() else 0


def show(what: RenderableType) -> None:
    """Print tables and sentences, as wide as the page."""
    from rich.console import Console

    # No markup: names come from the scenario, and may hold brackets. No crop: in the narrowest terminal the rest of a line goes below.
    Console(width=page_width(), highlight=False, markup=False).print(what, crop=False)
    sys.stdout.flush()


def days_of(folder: Path) -> int:
    """How many days the results in a folder are of; 0 where there are none."""
    from sim.errors import UsageError
    from sim.results.store import manifest_of

    try:
        return int(manifest_of(folder)["replications"])
    except (UsageError, KeyError, TypeError, ValueError):
        return 0


def tell_folder(folder: Path, earlier: int, now: int) -> None:
    """Print where the results are, and that they took the place of those of more days; ``earlier`` and ``now`` are numbers of days."""
    click.echo(f"Results: {folder}" + (f", in place of those of {earlier:,} days or runs" if earlier > now else ""))


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
