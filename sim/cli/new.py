"""`sim new`: a scenario to begin with."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sim.cli.scenario_options import WholeNumber


@click.command(name="new")
@click.argument("name", metavar="[FILE]", type=click.Path(), default="my_hall.yaml", required=False)
@click.option("--like", metavar="HALL", default="jakarta", show_default=True, help="Hall of the library to take after.")
@click.option("--visitors", type=WholeNumber(1, 10_000), default=300, show_default=True, help="Visitors a day, all units together.")
@click.option(
    "--units",
    metavar="UNIT,UNIT,…",
    default="dpmptsp,dukcapil,imigrasi,bpjs_kesehatan",
    show_default=True,
    help="Units of the hall, or all.",
)
def command(name: str, like: str, visitors: int, units: str) -> None:
    """Write a scenario to begin with to FILE (without it, my_hall.yaml): a smaller hall after one of the library.

    Each number is an assumption with its reason and a range, to be replaced by your own. A file that exists is never overwritten.
    """
    from sim.errors import UsageError
    from sim.scenario.starter import starter
    from sim.words import counted

    file = Path(name)
    if file.is_dir() or not file.name or file.name == ".." or name.endswith(("/", os.sep)):
        raise UsageError(f"{name} is a folder; give the name of a file: sim new {(file / 'my_hall.yaml').as_posix()}")
    file = file if file.suffix else file.with_suffix(".yaml")
    text = starter(file.as_posix(), like=like, visitors=visitors, units=units.split(","))
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        raise UsageError(f"{file} exists already and was left as it is; give another name: sim new NAME.yaml") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from None
    shown = f'"{file}"' if " " in str(file) else str(file)
    click.echo(f"{file}: a hall for {counted(visitors, 'visitor')} a day; every number in it is an assumption, for you to replace")
    click.echo(f"Next: sim check {shown}, then sim run {shown}")
