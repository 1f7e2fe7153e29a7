"""`sim compare`: several plans on the same days; verdicts in words, tables, files and pictures."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.output import days_of, progress_bar, results_folder, show, tell, tell_folder, versions
from sim.cli.pictures import drawing_beside, write_pictures
from sim.cli.scenario_options import (
    precision_option,
    ranges_option,
    resume_option,
    run_options,
    set_option,
    tell_expected,
    tell_reached,
    warn_of_planning,
    warn_of_rates,
)

if TYPE_CHECKING:
    from sim.scenario import ScenarioFile


@click.command(name="compare")
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO...")
@click.option("--variants", metavar="NAME,NAME…", help="Compare these variants of the file with the file as it stands.")
@click.option(
    "--baseline",
    metavar="PLAN",
    help="The plan that others are compared with: a file, or a variant's name; default: the first file as it stands.",
)
@set_option
@click.option(
    "--smallest", multiple=True, metavar="MEASURE=VALUE", help="The smallest difference that matters, e.g. waiting_time_mean=2. Repeatable."
)
@run_options
@precision_option
@resume_option
@ranges_option
def command(
    scenarios: tuple[Path, ...],
    variants: str | None,
    baseline: str | None,
    sets: tuple[str, ...],
    smallest: tuple[str, ...],
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
) -> None:
    """Compare plans on the same days with the same citizens: several SCENARIOs, or one and its variants.

    Prints a verdict on each plan against the baseline, and writes the differences and pictures to a folder.
    """
    from sim.analysis.comparison import smallest_from
    from sim.report.comparison_file import as_csv, as_json
    from sim.report.comparison_tables import comparison_tables, verdict_text
    from sim.results.progress import kept_progress
    from sim.results.store import refuse_unusable, replaced
    from sim.scenario.titles import plan_title

    plans = _plans(scenarios, variants, sets)
    names = [name for name, _ in plans]
    base = _baseline(scenarios, plans, baseline)
    judged_by = smallest_from(smallest)
    folder = out or results_folder(scenarios[0].stem, None, sets, "compare")
    refuse_unusable(folder)
    earlier = days_of(folder)
    warn_of_rates(*(file for _, file in plans))
    for index, (name, file) in enumerate(plans):
        of_file = index < len(scenarios)
        warn_of_planning(name, file, scenarios[index if of_file else 0], None if of_file else name, sets)
    beside = click.get_current_context().with_resource(drawing_beside("sim.figures.comparison", figures))
    started, since = datetime.now(UTC), time.perf_counter()

    from sim.experiment.comparison import compare_plans
    from sim.experiment.executors import Workers
    from sim.experiment.precision import most_days, parse_precision

    if samples:
        from sim.experiment.ranges import compare_over_ranges, days_of_a_sample, ranges_of_plans, wanted_of_comparison
        from sim.report import ranges_file
        from sim.report.ranges_words import compare_over_ranges_tables, compare_over_ranges_text

        ranges = ranges_of_plans([file for _, file in plans], base)
    candidates = [(name, file.scenario) for name, file in plans]
    title = plan_title(candidates[base][1], None, sets)  # the same for all plans, whose names tell them apart
    everywhere = [unit for unit in candidates[base][1].units if all(unit in scenario.units for _, scenario in candidates)]
    goals = [parse_precision(text, everywhere) for text in precision]
    most = most_days(goals, replications, candidates[base][1].replications)
    workers = Workers(cores, cluster, processes=True)
    with kept_progress(folder, resume=resume, told=tell) as journal:
        with progress_bar("simulating", most) as progress:
            result = compare_plans(
                candidates,
                baseline=base,
                replications=replications,
                seed=seed,
                engine=engine,
                smallest=judged_by,
                title=title,
                progress=progress,
                workers=workers,
                journal=journal,
                precision=goals,
                expect=tell_expected(progress, most),
            )
        simulated, summary = time.perf_counter(), result.summary
        beside.begin(summary)
        manifest = {
            "title": title,
            "scenarios": {name: file.document for name, file in plans},
            "baseline": names[base],
            "read_from": {name: [str(path) for path in file.files] for name, file in plans},
            "variants": names[1:] if variants else [],
            "set": list(sets),
            "smallest": judged_by,
            "precision": list(precision),
            "replications": summary.base.replications,
            "seed": result.runs[base].seed,
            "engine": result.runs[base].engine,
            "versions": versions(),
            "started": started.isoformat(timespec="seconds"),
            "seconds_simulating": round(simulated - since, 3),
        }
        if output == "table":  # print first: the user waits for the numbers
            show(comparison_tables(summary))
        if goals:
            tell_reached(result.reached, summary.base.replications, most, err=output == "json")
        unknown, verdicts = None, verdict_text(summary)
        if samples:
            days = days_of_a_sample(summary.base.replications)
            with progress_bar("simulating the ranges", samples) as progress:
                spreads = compare_over_ranges(
                    lambda overrides: _plans(scenarios, variants, (*sets, *overrides)),
                    ranges,
                    samples,
                    wanted_of_comparison(summary),
                    baseline=base,
                    replications=days,
                    seed=result.runs[base].seed,
                    engine=engine,
                    workers=workers,
                    progress=progress,
                )
            unknown = ranges_file.as_dict(spreads, days)
            verdicts += compare_over_ranges_text(summary, spreads, days)
            manifest["over_ranges"] = samples
            if output == "table":
                show(compare_over_ranges_tables(summary, spreads, days))
        text = as_json(summary, unknown)
        if output == "json":
            click.echo(text)
        with replaced(folder, manifest) as new:
            (new / "comparison.json").write_text(text, encoding="utf-8")
            (new / "comparison.csv").write_text(as_csv(summary), encoding="utf-8-sig", newline="")
            if samples:
                (new / "over_ranges.csv").write_text(ranges_file.as_csv(spreads, summary.base.has_hours), encoding="utf-8-sig", newline="")
            (new / "verdict.txt").write_text(verdicts, encoding="utf-8")
            if figures:
                write_pictures(new, "sim.figures.comparison", summary, beside)
    if output == "table":
        tell_folder(folder, earlier, summary.base.replications)


def _plans(scenarios: tuple[Path, ...], variants: str | None, sets: tuple[str, ...]) -> list[tuple[str, ScenarioFile]]:
    """Each plan with its name: the files by their names without ending, and variants of the one file by theirs."""
    from sim.errors import Problem, ScenarioError, UsageError
    from sim.scenario import load

    wanted = [name.strip() for name in variants.split(",") if name.strip()] if variants is not None else []
    if variants is not None and len(scenarios) > 1:
        files = [path for path in scenarios if path.is_file()]
        others = [name for path in scenarios if path not in files for name in str(path).split(",") if name]
        if len(files) == 1 and others and set(others) <= set(load(files[0]).scenario.variants):
            raise UsageError(f"no space may stand after the comma: --variants {','.join([*wanted, *others])}")
        raise UsageError("--variants are those of one scenario; give one file, or leave --variants out")
    plans: list[tuple[str, ScenarioFile]] = []
    problems: list[Problem] = []
    for name, path, variant in (*((path.stem, path, None) for path in scenarios), *((name, scenarios[0], name) for name in wanted)):
        try:
            plans.append((name, load(path, sets=sets, variant=variant)))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)), scenarios[0].as_posix() if len(scenarios) == 1 else "")
    if len(plans) == 1 and plans[0][1].scenario.variants:
        known = ",".join(plans[0][1].scenario.variants)
        raise UsageError(f"a comparison needs two plans at least: give --variants (this file has {known}), or a second scenario")
    return plans


def _baseline(scenarios: tuple[Path, ...], plans: list[tuple[str, ScenarioFile]], wanted: str | None) -> int:
    """The index of the plan that others are compared with."""
    from sim.errors import UsageError
    from sim.words import nearest

    names = [name for name, _ in plans]
    if wanted is None:
        return 0
    if wanted in names:
        return names.index(wanted)
    if Path(wanted) in scenarios:
        return scenarios.index(Path(wanted))
    if len(scenarios) == 1 and wanted in plans[0][1].scenario.variants:
        raise UsageError(f"--baseline {wanted}: this variant is not compared; put it in --variants too")
    raise UsageError(f"--baseline {wanted}: no plan of this name is compared{nearest(Path(wanted).stem, names)}")
