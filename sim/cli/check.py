"""`sim check`: is a scenario valid, what does it say, and where will queues grow?"""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.scenario_options import scenario_options


@click.command(name="check")
@scenario_options
def command(scenario: Path, variant: str | None, sets: tuple[str, ...]) -> None:
    """Check SCENARIO, say what it means, and warn of planning mistakes, without simulating."""
    from sim.analysis.offered_load import planning_warnings
    from sim.model.plan import compile_plan
    from sim.report.check_report import check_report
    from sim.scenario import load

    file = load(scenario, sets=sets, variant=variant)
    plan = compile_plan(file.scenario)
    for line in check_report(file, plan, planning_warnings(file.scenario, plan)):
        click.echo(line)
