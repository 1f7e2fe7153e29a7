"""Options that commands on scenarios have in common."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sim.cli.output import Bar
    from sim.experiment.precision import Reached
    from sim.scenario import ScenarioFile

Command = TypeVar("Command", bound=Callable[..., Any])


def _once(_: click.Context, option: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The value of an option given once. Given twice, it is refused, since click would silently keep the last."""
    if len(given) > 1:
        raise click.BadParameter(f"give one, not {len(given)}: {', '.join(given)}", param=option)
    return given[0] if given else None


class WholeNumber(click.IntRange):
    """A whole number within bounds. Anything else is refused in a planner's words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            int(value)
        except ValueError:
            self.fail(f"got '{value}'; give a whole number, without a point or comma between thousands", param, ctx)
        return super().convert(value, param, ctx)


def scenario_options(command: Command) -> Command:
    """The scenario's path, `--variant` and `--set`."""
    command = set_option(command)
    command = click.option("--variant", "variant", multiple=True, callback=_once, metavar="NAME", help="Run a named variant of the file.")(
        command
    )
    return click.argument("scenario", type=click.Path(path_type=Path))(command)


def set_option(command: Command) -> Command:
    """`--set`."""
    return click.option(
        "--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value, e.g. units.polda.counters=8. Repeatable."
    )(command)


def run_options(command: Command) -> Command:
    """Options of every command that simulates: number of days, seed, engine, and what to print, write and draw."""
    for option in reversed(
        (
            click.option("--replications", type=WholeNumber(1, 1_000_000), help="How many days; default: the scenario's."),
            click.option("--seed", type=WholeNumber(0, 2**32 - 1), help="Seed of all chance; default: the scenario's."),
            click.option(
                "--engine",
                type=click.Choice(["auto", "reference", "kernel"]),
                default="auto",
                show_default=True,
                help="The answers are equal; auto takes the quicker.",
            ),
            click.option("--cores", type=WholeNumber(1, 1024), help="Use at most this many cores; default: all. The answers are equal."),
            click.option("--cluster", metavar="ADDRESS", help="Simulate on the workers of a Dask cluster, e.g. tcp://10.0.0.5:8786."),
            click.option(
                "--out",
                type=click.Path(path_type=Path),
                help="Folder for the results; default: a folder in results/, named after the scenario.",
            ),
            click.option(
                "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What to print."
            ),
            click.option("--figures/--no-figures", default=True, show_default=True, help="Draw the pictures."),
        )
    ):
        command = option(command)
    return command


def resume_option(command: Command) -> Command:
    """`--resume`."""
    words = "Go on with the days that a stopped run has finished, and keep finished days from the beginning."
    return click.option("--resume", is_flag=True, help=words)(command)


def precision_option(command: Command) -> Command:
    """`--precision`."""
    words = "Play days until this number's interval is ± HALF-WIDTH, e.g. 'waiting_time_mean: 0.3 min' or 'polda.waiting_time_p90: 5 %'. Repeatable; --replications is then the most days (100,000)."
    return click.option("--precision", "precision", multiple=True, metavar="'MEASURE: HALF-WIDTH'", help=words)(command)


def tell_expected(bar: Bar, most: int) -> Callable[[float, int], None]:
    """A function that says about how many days a precision takes, and sets the bar to them."""
    from sim.words import rounded

    def expect(needed: float, until: int) -> None:
        bar.expect(until)
        about = f"about {rounded(needed)} days" if math.isfinite(needed) else "more days (how many cannot be said yet)"
        limit = f"; at most {most:,} are played, see --replications" if math.isfinite(needed) and needed > most else ""
        bar.say(f"the precision takes {about}{limit}")

    return expect


def tell_reached(reached: Sequence[Reached], days: int, most: int, err: bool) -> None:
    """Print how precise the results are for which a precision was wanted."""
    missed = not all(one.holds for one in reached)
    words = f"Precision after {days:,} days" + (f", the most to be played; NOT reached, give more --replications than {most:,}:" if missed else ":")
    for line in (words, *(f"  {one}" for one in reached)):
        click.echo(line, err=err)


def ranges_option(command: Command) -> Command:
    """`--over-ranges`."""
    words = "Also simulate this many samples of the assumptions' ranges, to see how much depends on them."
    return click.option("--over-ranges", "samples", type=WholeNumber(2, 10_000), metavar="N", help=words)(command)


def warn_of_rates(*files: ScenarioFile) -> None:
    """Say on stderr which rates may be meant in thousands."""
    from sim.scenario import doubtful_rates

    found = dict.fromkeys(file.problem(path, message) for file in files for path, message in doubtful_rates(file))
    for problem in found:
        click.echo(f"warning: {problem}", err=True)


def warn_of_planning(name: str, file: ScenarioFile, scenario: Path, variant: str | None, sets: tuple[str, ...]) -> None:
    """Say on stderr how many planning warnings a plan has, and the command that lists them."""
    from sim.analysis.offered_load import planning_warnings
    from sim.model.compile import compile_plan
    from sim.words import counted

    number = len(planning_warnings(file.scenario, compile_plan(file.scenario)))
    if number:
        options = [*(("--variant", variant) if variant else ()), *(word for one in sets for word in ("--set", one))]
        see = shlex.join(["sim", "check", scenario.as_posix(), *options])
        click.echo(f"{name}: {counted(number, 'planning warning')}; see {see}", err=True)
