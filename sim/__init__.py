"""Queues and staffing in a public-service hall, simulated.

    scenario.yaml ─read─▶ Scenario ─compile─▶ Plan ─draw─▶ Trace ─play─▶ Records ─measure─▶ Summary ─▶ tables, figures

`sim.load` reads a scenario, `sim.run` simulates it:

>>> import sim
>>> file = sim.load_text('''
... name: Two counters
... hours: 08:00-12:00
... units: {licence: {counters: 2, service_time: 6 min}}
... citizens: {applicant: {arrivals: {exactly: 30}, route: [licence]}}
... ''')
>>> result = sim.run(file.scenario, replications=20, seed=1, engine="reference")
>>> result.summary.get("served", "licence").value
30.0

Where things are: `scenario` the language · `model` plan, chance and rules · `engine` the two engines · `results` records, auditor,
measures, files · `analysis` intervals and summary · `experiment` many days · `figures`, `report` what people see · `cli` the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sim.experiment.replications import Run, run
    from sim.scenario import Scenario, ScenarioFile, load, load_text

__all__ = ["Run", "Scenario", "ScenarioFile", "__version__", "load", "load_text", "run"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts quickly."""
    if name in ("Run", "run"):
        from sim.experiment import replications

        return getattr(replications, name)
    if name in __all__:
        from sim import scenario

        return getattr(scenario, name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")
