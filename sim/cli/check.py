"""`sim check`: is a scenario valid, what does it say, and where will queues grow?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.output import page_width
from sim.cli.scenario_options import refuse_undoing, scenario_options

if TYPE_CHECKING:
    from sim.scenario import ScenarioFile


@click.command(name="check")
@scenario_options
def command(scenario: Path, variant: str | None, sets: tuple[str, ...]) -> None:
    """Check SCENARIO and its variants, say what it means, and warn of planning mistakes, without simulating.

    With --variant the file is checked with this one variant; without, the warnings that each variant adds are listed too.
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

    def warnings_of(one: ScenarioFile) -> list[PlanningWarning]:
        doubtful = [PlanningWarning(path, message) for path, message in doubtful_rates(one)]
        return [*doubtful, *planning_warnings(one.scenario, compile_plan(one.scenario))]

    warnings = warnings_of(file)
    added = {name: (one, [warning for warning in warnings_of(one) if warning not in warnings]) for name, one in variants.items()}
    for line in check_report(file, compile_plan(file.scenario), warnings, added, page_width()):
        click.echo(line)
