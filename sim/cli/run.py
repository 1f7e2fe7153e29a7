"""`sim run`: simulate a scenario; tables, files and pictures."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.scenario_options import scenario_options

if TYPE_CHECKING:
    from sim.analysis.summary import Summary


@click.command(name="run")
@scenario_options
@click.option("--replications", type=click.IntRange(1, 1_000_000), help="How many days; default: the scenario's.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of all chance; default: the scenario's.")
@click.option("--engine", type=click.Choice(["auto", "reference", "kernel"]), default="auto", show_default=True, help="The answers are equal; auto takes the quicker.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results; default: results/<scenario>.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What to print.")
@click.option("--figures/--no-figures", default=True, show_default=True, help="Draw the pictures.")
def command(
    scenario: Path,
    variant: str | None,
    sets: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    engine: str,
    out: Path | None,
    output: str,
    figures: bool,
) -> None:
    """Simulate SCENARIO: print a table of its units and write measures and pictures to a folder."""
    from sim.report.measures_file import as_csv, as_json
    from sim.results.store import refuse_foreign_files, replaced
    from sim.scenario import load

    file = load(scenario, sets=sets, variant=variant)
    folder = out or Path("results") / (scenario.stem if variant is None else f"{scenario.stem}-{variant}")
    refuse_foreign_files(folder)
    started, since = datetime.now(UTC), time.perf_counter()

    from sim.experiment.replications import run

    with _progress("simulating", replications or file.scenario.replications) as progress:
        result = run(file.scenario, replications=replications, seed=seed, engine=engine, progress=progress)
    simulated = time.perf_counter()
    manifest = {
        "scenario": file.document,
        "read_from": [str(path) for path in file.files],
        "variant": variant,
        "set": list(sets),
        "replications": result.summary.replications,
        "seed": result.seed,
        "engine": result.engine,
        "versions": _versions(),
        "started": started.isoformat(timespec="seconds"),
        "seconds_simulating": round(simulated - since, 3),
    }
    _print(result.summary, output)  # before the pictures: whoever waits, waits for the numbers
    with replaced(folder, manifest) as new:
        (new / "measures.json").write_text(as_json(result.summary), encoding="utf-8")
        (new / "measures.csv").write_text(as_csv(result.summary), encoding="utf-8-sig", newline="")
        if figures:
            _draw(result.summary, new)
    if output == "table":
        click.echo(f"Results: {folder}")


def _print(summary: Summary, output: str) -> None:
    if output == "json":
        from sim.report.measures_file import as_json

        click.echo(as_json(summary))
        return
    from rich.console import Console

    from sim.report.table import run_tables

    Console(width=None if sys.stdout.isatty() else 140, highlight=False).print(run_tables(summary))
    sys.stdout.flush()


def _draw(summary: Summary, folder: Path) -> None:
    from sim.figures import figures
    from sim.figures.style import image

    with _progress("drawing", 6) as progress:
        for number, (stem, figure) in enumerate(figures(summary)):
            for kind in ("svg", "png"):
                (folder / f"{stem}.{kind}").write_bytes(image(figure, kind))
            progress(number + 1)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, when that is a terminal and the work takes longer than a moment."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    from importlib.metadata import PackageNotFoundError, version

    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("mpp-sim", "numpy", "scipy", "numba", "simpy", "matplotlib"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
