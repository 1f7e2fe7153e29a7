"""Replications: draw, play and measure day after day, and summarise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.analysis.offered_load import visits
from sim.analysis.summary import Summary, summarise
from sim.engine import choose
from sim.errors import SimError
from sim.experiment.evaluation import Journal, Keep, evaluate
from sim.experiment.executors import THIS_MACHINE, Workers
from sim.model.compile import compile_plan
from sim.model.shapes import Plan
from sim.results.days import Days
from sim.scenario.schema import Scenario
from sim.words import rounded

MOST_STOPS = 50_000_000
"""50,000,000: the most citizens and stops, together, of one replication. They take about 8 GB of trace and records."""


@dataclass(frozen=True)
class Run:
    """A scenario that was run: its plan, the engine that played it, the days' sums and the summary."""

    scenario: Scenario
    plan: Plan
    engine: str
    seed: int
    days: Days
    summary: Summary


def expected_stops(plan: Plan) -> float:
    """The expected number of citizens and stops, together, on one day. It depends on the plan alone, and measures the cost of playing a day."""
    return float(sum(citizens * (1.0 + visits(plan.demand, source).sum()) for source, citizens in enumerate(plan.expected_citizens)))


def refuse_too_many(plan: Plan) -> None:
    """Raise SimError if one replication has more citizens and stops than fit in memory."""
    citizens, together = float(plan.expected_citizens.sum()), expected_stops(plan)
    if together > MOST_STOPS:
        raise SimError(
            f"one replication has about {rounded(citizens, 3)} citizens with {rounded(together - citizens, 3)} stops, too many for the memory; "
            f"give at most {MOST_STOPS:,} citizens and stops together"
        )


def run(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    over_day: bool = True,
    runs: int = 1,
    progress: Callable[[int], None] = lambda done: None,
    keep: Keep | None = None,
    title: str = "",
    workers: Workers = THIS_MACHINE,
    journal: Journal | None = None,
) -> Run:
    """Simulate a checked scenario and summarise it.

    ``replications`` (1 or more) and ``seed`` (0 to 2³² − 1) override the scenario's. ``engine`` is ``auto``, ``reference`` or
    ``kernel``. Their answers are equal, so ``auto`` takes the faster one (for ``runs`` runs of this size). ``over_day`` also summarises each
    interval of the day. ``progress`` gets the number of days done from time to time, and ``keep`` the trace and the records of each day
    (`sim.results.ticket_files`). ``title`` is the heading of the results (`sim.scenario.titles`), by default the scenario's name.
    ``workers`` says who may play the days. ``journal`` keeps finished days, so that a run that is stopped can go on (`sim.results.progress`).
    """
    plan = compile_plan(scenario)
    count = scenario.replications if replications is None else replications
    chosen_seed = scenario.seed if seed is None else seed
    stops = expected_stops(plan)
    refuse_too_many(plan)
    chosen = choose(engine, stops * count * runs)
    (days,) = evaluate(
        [plan], chosen_seed, count, engine=chosen, executor=workers.executor(chosen, stops * count * runs), journal=journal, progress=progress, keep=keep
    )
    with np.errstate(all="ignore"):
        summary = summarise(scenario, plan, days, over_day=over_day, title=title)
    return Run(scenario, plan, chosen, chosen_seed, days, summary)
