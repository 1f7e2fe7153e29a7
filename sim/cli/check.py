"""`sim check`: is a scenario valid, what does it say, and where will queues grow?"""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.scenario_options import refuse_undoing, scenario_options


@click.command(name="check")
@scenario_options
def command(scenario: Path, variant: str | None, sets: tuple[str, ...]) -> None:
    """Check SCENARIO and its variants, say what it means, and warn of planning mistakes, without simulating.

    With --variant the file is checked with this one variant.
    """
    from sim.analysis.offered_load import PlanningWarning, planning_warnings
    from sim.model.plan import compile_plan
    from sim.report.check_report import check_report
    from sim.scenario import doubtful_rates, load, load_variants

    if variant is None:
        file, variants = load_variants(scenario, sets=sets)
    else:
        file, variants = load(scenario, sets=sets, variant=variant), {}
        refuse_undoing(file, variant, sets)
    plan = compile_plan(file.scenario)
    doubtful = doubtful_rates(file)
    of_variants = [(f"variants.{name}", f"{path}: {message}") for name in variants for path, message in doubtful_rates(variants[name]) if (path, message) not in doubtful]
    warnings = [PlanningWarning(path, message) for path, message in (*doubtful, *of_variants)]
    for line in check_report(file, plan, [*warnings, *planning_warnings(file.scenario, plan)]):
        click.echo(line)
