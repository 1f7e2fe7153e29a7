"""`sim run`: simulate a scenario; tables, files and pictures."""

from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from sim.cli.output import days_of, progress_bar, results_folder, show, tell, tell_folder, versions
from sim.cli.pictures import drawing_beside, write_pictures
from sim.cli.scenario_options import (
    precision_option,
    ranges_option,
    resume_option,
    run_options,
    scenario_options,
    tell_expected,
    tell_reached,
    warn_of_planning,
    warn_of_rates,
)


@click.command(name="run")
@scenario_options
@run_options
@precision_option
@resume_option
@ranges_option
@click.option("--tickets", is_flag=True, help="Write every ticket, and what every counter did, for `sim tickets`.")
@click.option("--audit", "audited", is_flag=True, help="Check every day against the rules, which takes longer; findings end the run.")
def command(
    scenario: Path,
    variant: str | None,
    sets: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    engine: str,
    cores: int | None,
    cluster: str | None,
    out: Path | None,
    output: str,
    figures: bool,
    precision: tuple[str, ...],
    resume: bool,
    samples: int | None,
    tickets: bool,
    audited: bool,
) -> None:
    """Simulate SCENARIO: print a table of its units and write measures and pictures to a folder."""
    from sim.errors import UsageError
    from sim.report.measures_file import as_csv, as_json
    from sim.report.table import run_tables
    from sim.results.progress import kept_progress
    from sim.results.store import refuse_unusable, replaced
    from sim.scenario import load
    from sim.scenario.titles import plan_title
    from sim.words import counted

    if precision and (tickets or audited):
        raise UsageError(f"--precision cannot go with {'--tickets' if tickets else '--audit'}; give a number of days with --replications instead")
    if resume and (tickets or audited):
        raise UsageError(f"--resume cannot go on with {'--tickets' if tickets else '--audit'}, which needs every day; leave one of them out")
    file = load(scenario, sets=sets, variant=variant)
    folder, title = out or results_folder(scenario.stem, variant, sets), plan_title(file.scenario, variant, sets)
    refuse_unusable(folder)
    earlier = days_of(folder)
    warn_of_rates(file)
    warn_of_planning(variant or scenario.stem, file, scenario, variant, sets)
    beside = click.get_current_context().with_resource(drawing_beside("sim.figures", figures))
    started, since = datetime.now(UTC), time.perf_counter()

    from sim.experiment.auditing import AuditedDays, handed_to
    from sim.experiment.executors import Workers
    from sim.experiment.precision import most_days, parse_precision
    from sim.experiment.replications import run
    from sim.model.compile import compile_plan
    from sim.results.ticket_files import ticket_files

    if samples:
        from sim.experiment.ranges import days_of_a_sample, ranges_of_plans, run_over_ranges, wanted_of_run
        from sim.report import ranges_file
        from sim.report.ranges_words import run_over_ranges_tables

        ranges, wanted = ranges_of_plans([file]), wanted_of_run(file.scenario)
    manifest: dict[str, Any] = {
        "title": title,
        "scenario": file.document,
        "read_from": [str(path) for path in file.files],
        "variant": variant,
        "set": list(sets),
    }
    auditor = AuditedDays(compile_plan(file.scenario)) if audited else None
    goals = [parse_precision(text, list(file.scenario.units)) for text in precision]
    most = most_days(goals, replications, file.scenario.replications)
    workers = Workers(cores, cluster, processes=True)
    with kept_progress(folder, resume=resume, told=tell) as journal, replaced(folder, manifest) as new:
        with ticket_files(new, file.scenario) if tickets else nullcontext() as keep, progress_bar("simulating", most) as progress:
            result = run(
                file.scenario,
                replications=replications,
                seed=seed,
                engine=engine,
                progress=progress,
                keep=handed_to(keep, auditor),
                title=title,
                workers=workers,
                journal=journal,
                precision=goals,
                expect=tell_expected(progress, most),
            )
        simulated = time.perf_counter()
        beside.begin(result.summary)
        manifest |= {
            "replications": result.summary.replications,
            "seed": result.seed,
            "engine": result.engine,
            "audited": audited,
            "precision": list(precision),
            "versions": versions(),
            "started": started.isoformat(timespec="seconds"),
            "seconds_simulating": round(simulated - since, 3),
        }
        if output == "table":  # print first: the user waits for the numbers
            show(run_tables(result.summary))
        if goals:
            tell_reached(result.reached, result.summary.replications, most, err=output == "json")
        if auditor:
            click.echo(f"audited: {counted(auditor.days, 'day' if result.summary.has_hours else 'run')}, no finding", err=output == "json")
        unknown = None
        if samples:
            days = days_of_a_sample(result.summary.replications)
            with progress_bar("simulating the ranges", samples) as progress:
                spreads = run_over_ranges(
                    file, ranges, samples, wanted, sets=sets, variant=variant, replications=days, seed=result.seed, engine=engine, workers=workers, progress=progress
                )
            unknown = ranges_file.as_dict(spreads, days)
            manifest["over_ranges"] = samples
            (new / "over_ranges.csv").write_text(ranges_file.as_csv(spreads, result.summary.has_hours), encoding="utf-8-sig", newline="")
            if output == "table":
                show(run_over_ranges_tables(result.summary, spreads, days))
        text = as_json(result.summary, unknown)
        if output == "json":
            click.echo(text)
        (new / "measures.json").write_text(text, encoding="utf-8")
        (new / "measures.csv").write_text(as_csv(result.summary), encoding="utf-8-sig", newline="")
        if figures:
            write_pictures(new, "sim.figures", result.summary, beside)
    if output == "table":
        tell_folder(folder, earlier, result.summary.replications)
