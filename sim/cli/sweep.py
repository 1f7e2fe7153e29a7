"""`sim sweep`: one scenario with one or two values varied; a table, what was found in words, files and a picture."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from sim.cli.output import days_of, progress_bar, results_folder, show, tell_folder, versions
from sim.cli.pictures import write_pictures
from sim.cli.scenario_options import run_options, scenario_options, warn_of_planning, warn_of_rates


@click.command(name="sweep")
@scenario_options
@click.option("--vary", multiple=True, required=True, metavar="PATH=VALUES", help="What to vary, e.g. units.polda.counters=4..10, arrivals=80%..140%:10%, closing='serve all,send home'. Once or twice.")
@click.option("--measure", metavar="MEASURE", help="What to look at; default: share_within_target, or waiting_time_p90 where there is no target.")
@click.option("--unit", metavar="UNIT", help="Where to look; 'hall' for all of it; default: the unit that is varied, else the hall.")
@run_options
def command(
    scenario: Path,
    variant: str | None,
    sets: tuple[str, ...],
    vary: tuple[str, ...],
    measure: str | None,
    unit: str | None,
    replications: int | None,
    seed: int | None,
    engine: str,
    cores: int | None,
    cluster: str | None,
    out: Path | None,
    output: str,
    figures: bool,
) -> None:
    """Simulate SCENARIO with one or two values varied, each point on the same days with the same citizens.

    Prints a measure at every point and says which values keep the target; writes all measures and a picture to a folder.
    """
    from sim.experiment.executors import Workers
    from sim.experiment.sweep import combinations, parse_variable, sweep
    from sim.report.sweep_file import as_csv, as_json
    from sim.report.sweep_tables import sweep_tables, verdict_text
    from sim.results.store import refuse_unusable, replaced
    from sim.scenario import load

    variables = [parse_variable(text) for text in vary]
    points = combinations(variables)
    file = load(scenario, sets=sets, variant=variant)
    folder = out or results_folder(scenario.stem, variant, sets, "sweep")
    refuse_unusable(folder)
    earlier = days_of(folder)
    warn_of_rates(file)
    warn_of_planning(variant or scenario.stem, file, scenario, variant, sets)
    started, since = datetime.now(UTC), time.perf_counter()
    with progress_bar("simulating", len(points)) as progress:
        result = sweep(
            scenario,
            variables,
            measure=measure,
            unit=unit,
            sets=sets,
            variant=variant,
            replications=replications,
            seed=seed,
            engine=engine,
            workers=Workers(cores, cluster, processes=True),
            progress=progress,
        )
    simulated, summary = time.perf_counter(), result.summary(measure, unit)
    manifest = {
        "title": summary.base.title,
        "scenario": file.document,
        "read_from": [str(path) for path in file.files],
        "variant": variant,
        "set": list(sets),
        "vary": list(vary),
        "measure": summary.measure,
        "unit": summary.unit,
        "replications": summary.base.replications,
        "seed": result.seed,
        "engine": result.engine,
        "versions": versions(),
        "started": started.isoformat(timespec="seconds"),
        "seconds_simulating": round(simulated - since, 3),
    }
    text = as_json(summary)
    if output == "json":
        click.echo(text)
    else:
        show(sweep_tables(summary))  # print before drawing: the user waits for the numbers
    with replaced(folder, manifest) as new:
        (new / "sweep.json").write_text(text, encoding="utf-8")
        (new / "sweep.csv").write_text(as_csv(summary), encoding="utf-8-sig", newline="")
        (new / "verdict.txt").write_text(verdict_text(summary), encoding="utf-8")
        if figures:
            write_pictures(new, "sim.figures.sweep", summary)
    if output == "table":
        tell_folder(folder, earlier, summary.base.replications)
