"""`sim tickets`: a citizen's journey, a counter's day or a picture of one day, from a run with `--tickets`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.scenario_options import WholeNumber

if TYPE_CHECKING:
    from sim.results.ticket_files import Tickets
    from sim.scenario.schema import Scenario


class CitizenNumber(WholeNumber):
    """The number of a citizen, not of a ticket."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and value[:1].isalpha() and value[1:].isdigit():
            self.fail(f"got '{value}', which is a ticket; give the number of the citizen, as a counter's day names it", param, ctx)
        return super().convert(value, param, ctx)


@click.command(name="tickets")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--citizen", type=CitizenNumber(min=1), metavar="N", help="Print the journey of the N-th citizen to come.")
@click.option("--counter", metavar="UNIT.N", help="Print the day of a counter, e.g. polda.3.")
@click.option("--gantt", type=click.Path(path_type=Path), metavar="FILE", help="Draw the day of all counters, as .png or .svg.")
@click.option("--csv", "table", type=click.Path(path_type=Path), metavar="FILE", help="Write the day's tickets as .csv, for a spreadsheet.")
@click.option("--unit", metavar="UNIT", help="Draw only the counters of this unit.")
@click.option("--replication", type=WholeNumber(min=1), default=1, show_default=True, metavar="R", help="Which day.")
def command(folder: Path, citizen: int | None, counter: str | None, gantt: Path | None, table: Path | None, unit: str | None, replication: int) -> None:
    """Show what happened on one day of a run whose results, with tickets, are in FOLDER."""
    from sim.errors import UsageError
    from sim.report.journey import as_csv
    from sim.results.store import manifest_of
    from sim.results.ticket_files import opened
    from sim.scenario import load_text

    if sum(given is not None for given in (citizen, counter, gantt, table)) > 1:
        raise UsageError("give one of --citizen, --counter, --gantt and --csv")
    if unit is not None and gantt is None:
        raise UsageError("--unit chooses what --gantt draws; give --gantt day.png with it, or --counter for one counter")
    if gantt is not None and gantt.suffix.lower() not in (".png", ".svg"):
        raise UsageError(f"{gantt}: a picture is a .png or a .svg file")
    if table is not None and table.suffix.lower() != ".csv":
        raise UsageError(f"{table}: a table is a .csv file")
    written = gantt or table
    if written is not None and written.resolve().parent == folder.resolve():
        raise UsageError(f"{written} would lie among the results, which the next run replaces; choose a place outside {folder}")
    manifest = manifest_of(folder)
    with opened(folder) as tickets:
        if replication > manifest["replications"]:
            raise UsageError(f"{folder} holds replications 1 to {manifest['replications']}, and not {replication}")
        scenario = load_text(json.dumps(manifest["scenario"])).scenario
        scenario = scenario.model_copy(update={"name": manifest.get("title", scenario.name)})  # the title says which plan the tickets are from
        if citizen is not None:
            _citizen(scenario, tickets, replication, citizen)
        elif counter is not None:
            _counter(scenario, tickets, replication, counter)
        elif gantt is not None:
            _gantt(scenario, tickets, replication, manifest["replications"], unit, gantt)
        elif table is not None:
            _write(table, as_csv(tickets.stops(replication)))
            click.echo(f"Tickets of replication {replication}: {table}")
        else:
            _overview(scenario, tickets, folder, manifest["replications"])


def _citizen(scenario: Scenario, tickets: Tickets, replication: int, citizen: int) -> None:
    from sim.errors import UsageError
    from sim.report.journey import journey

    rows = tickets.citizen(replication, citizen)
    if not rows:
        last = tickets.last_citizen(replication)
        if citizen <= last:
            raise UsageError(f"citizen {citizen} of replication {replication} made no stop: he passed by all of his route")
        raise UsageError(
            f"replication {replication} has citizens 1 to {last}, and not {citizen}"
            if last
            else f"nobody made a stop in replication {replication}"
        )
    for line in journey(scenario, rows):
        click.echo(line)


def _counter(scenario: Scenario, tickets: Tickets, replication: int, counter: str) -> None:
    from sim.errors import UsageError
    from sim.report.journey import counter_day
    from sim.results.tickets import Names
    from sim.words import nearest

    known = [name for name in Names(scenario).counters if name]
    if counter not in known:
        unit = counter.partition(".")[0]
        mine = [name for name in known if name.partition(".")[0] == unit]
        if mine:
            raise UsageError(f"there is no counter {counter}; {unit} has {mine[0]}" + (f" to {mine[-1]}" if len(mine) > 1 else ""))
        if unit in scenario.units:
            raise UsageError(f"{unit} has no counters: nobody waits there")
        raise UsageError(f"there is no counter {counter}{nearest(counter, known)}")
    rows = tickets.counter(replication, counter)
    if not rows:
        raise UsageError(f"{counter} was never on duty in replication {replication}")
    for line in counter_day(scenario, rows):
        click.echo(line)


def _overview(scenario: Scenario, tickets: Tickets, folder: Path, replications: int) -> None:
    from sim.report.journey import overview
    from sim.results.tickets import Names

    place = f'"{folder.as_posix()}"' if " " in str(folder) else folder.as_posix()
    examples = []
    longest = tickets.longest_wait()
    if longest is not None:
        of_day = f" --replication {longest[0]}" if longest[0] > 1 else ""
        examples.append((f"sim tickets {place} --citizen {longest[1]}{of_day}", "the citizen who waited longest"))
    counters = [name for name in Names(scenario).counters if name]
    if counters:
        examples.append((f"sim tickets {place} --counter {counters[0]}", "a counter's day"))
        examples.append((f"sim tickets {place} --gantt day.png", "a picture of all counters on day 1"))
    for line in overview(scenario.name, replications, tickets.outcomes(), tickets.activities(), examples):
        click.echo(line)


def _gantt(scenario: Scenario, tickets: Tickets, replication: int, replications: int, unit: str | None, path: Path) -> None:
    from sim.errors import UsageError
    from sim.figures.gantt import day_of_counters
    from sim.figures.style import image
    from sim.words import nearest

    if unit is not None and unit not in scenario.units:
        raise UsageError(f"there is no unit {unit}{nearest(unit, scenario.units)}")
    figure = day_of_counters(scenario, tickets.day(replication, unit), replication, replications, unit)
    if figure is None:
        raise UsageError(f"{unit or 'the hall'} has no counters to draw")
    _write(path, image(figure, "svg" if path.suffix.lower() == ".svg" else "png"))
    click.echo(f"Picture: {path}")


def _write(path: Path, content: bytes) -> None:
    from sim.errors import SimError

    try:
        path.write_bytes(content)
    except OSError as error:
        raise SimError(f"cannot write {path}: {error.strerror or error}") from error
