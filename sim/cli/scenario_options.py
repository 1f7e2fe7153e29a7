"""Options that every command on a scenario has, and the reading of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def scenario_options(command: Command) -> Command:
    """The scenario's path, `--variant` and `--set`."""
    command = click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value, e.g. units.polda.counters=8. Repeatable.")(command)
    command = click.option("--variant", metavar="NAME", help="Run a named variant of the file.")(command)
    return click.argument("scenario", type=click.Path(path_type=Path))(command)
