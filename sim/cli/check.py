"""`sim check`: is a scenario valid, what does it say, and where will queues grow?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.output import page_width
from sim.cli.scenario_options import scenario_options

if TYPE_CHECKING:
    from sim.scenario import ScenarioFile


@click.command(name="check")
@scenario_options
def command(scenario: Path, variant: str | None, sets: tuple[str, ...]) -> None:
    """Check SCENARIO and its variants, say what it means, and warn of planning mistakes, without simulating.

    With --variant it checks the file with this one variant; without it, it also lists the warnings that only a variant has.
    """
    from sim.analysis.offered_load import PlanningWarning, planning_warnings
    from sim.model.compile import compile_plan
    from sim.report.check_report import Checked, check_report
    from sim.scenario import doubtful_rates, load, load_variants

    if variant is None:
        file, variants = load_variants(scenario, sets=sets)
    else:
        file, variants = load(scenario, sets=sets, variant=variant), {}

    def checked(one: ScenarioFile) -> Checked:
        plan = compile_plan(one.scenario)
        doubtful = [PlanningWarning(path, message) for path, message in doubtful_rates(one)]
        return Checked(one, plan, [*doubtful, *planning_warnings(one.scenario, plan)])

    undone = [name for name in file.scenario.variants if variant is None and name not in variants]
    for line in check_report(checked(file), {name: checked(one) for name, one in variants.items()}, undone, page_width()):
        click.echo(line)
