"""Replications: draw, play and measure day after day, and summarise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.analysis.offered_load import visits
from sim.analysis.summary import Summary, summarise
from sim.engine import choose
from sim.errors import SimError, UsageError
from sim.experiment.evaluation import Journal, Keep, evaluate
from sim.experiment.executors import MOST_STOPS, THIS_MACHINE, Workers
from sim.experiment.precision import Precision, Reached, evaluate_until, most_days
from sim.model.compile import compile_plan
from sim.model.shapes import Plan, have_extras
from sim.results.days import Days
from sim.scenario.schema import Scenario
from sim.words import rounded


@dataclass(frozen=True)
class Run:
    """A scenario that was run: its plan, the engine that played it, the days' sums and the summary.

    ``reached`` says how precise the results are for which a precision was wanted.
    """

    scenario: Scenario
    plan: Plan
    engine: str
    seed: int
    days: Days
    summary: Summary
    reached: tuple[Reached, ...] = ()


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


PLANS_AT_ONCE: Final = 16
"""16: the scenarios that `run_each` plays together. The sums of each take some 10 MB."""


def run_each(
    scenarios: Sequence[Scenario],
    *,
    replications: int,
    seed: int | None = None,
    engine: str = "auto",
    progress: Callable[[int], None] = lambda done: None,
    title: str = "",
    workers: Workers = THIS_MACHINE,
) -> Iterator[Run]:
    """Simulate several checked scenarios on the same days, and summarise each over the whole day.

    Scenarios with the same demand meet the same citizens, drawn once. ``replications`` is 1 or more; ``seed`` is by default the first
    scenario's. ``progress`` gets the number of scenarios done, ``workers`` says who may play. Raises SimError as `run` does.
    """
    plans = [compile_plan(scenario).over_whole_day() for scenario in scenarios]
    for plan in plans:
        refuse_too_many(plan)
    stops = [expected_stops(plan) for plan in plans]
    chosen, chosen_seed = choose(engine, sum(stops) * replications, alone=workers.cores == 1, extras=have_extras(plans)), scenarios[0].seed if seed is None else seed
    for first in range(0, len(plans), PLANS_AT_ONCE):
        group = range(first, min(first + PLANS_AT_ONCE, len(plans)))

        def part_done(days: int, group: range = group) -> None:
            progress(group.start + len(group) * days // replications)

        executor = workers.executor(chosen, sum(stops[k] for k in group) * replications, max(stops[k] for k in group))
        found = evaluate([plans[k] for k in group], chosen_seed, replications, engine=chosen, executor=executor, progress=part_done)
        for k, days in zip(group, found, strict=True):
            with np.errstate(all="ignore"):
                summary = summarise(scenarios[k], plans[k], days, over_day=False, title=title)
            yield Run(scenarios[k], plans[k], chosen, chosen_seed, days, summary)


def run(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    over_day: bool = True,
    progress: Callable[[int], None] = lambda done: None,
    keep: Keep | None = None,
    title: str = "",
    workers: Workers = THIS_MACHINE,
    journal: Journal | None = None,
    precision: Sequence[Precision] = (),
    expect: Callable[[float, int], None] = lambda needed, until: None,
) -> Run:
    """Simulate a checked scenario and summarise it.

    ``replications`` (1 or more) and ``seed`` (0 to 2³² − 1) override the scenario's. ``engine`` is ``auto``, ``reference`` or
    ``kernel``. Their answers are equal, so ``auto`` takes the faster one. ``over_day`` also summarises each
    interval of the day. ``progress`` gets the number of days done from time to time, and ``keep`` the trace and the records of each day
    (`sim.results.ticket_files`). ``title`` is the heading of the results (`sim.scenario.titles`), by default the scenario's name.
    ``workers`` says who may play the days. ``journal`` keeps finished days, so that a run that is stopped can go on (`sim.results.progress`).
    With ``precision``, days are played until all these results are so precise (`sim.experiment.precision.evaluate_until`, which also
    calls ``expect``); ``replications`` is then the most days, by default 100,000. Raises UsageError for a precision of a measure that the
    scenario does not have, or together with ``keep``.
    """
    plan = compile_plan(scenario)
    count = most_days(precision, replications, scenario.replications)
    chosen_seed = scenario.seed if seed is None else seed
    stops = expected_stops(plan)
    refuse_too_many(plan)
    if precision:
        if keep:
            raise UsageError("with a wanted precision no day is kept, since their number is not known; give a number of days")

        def judge(days: Sequence[Days]) -> list[Reached]:
            with np.errstate(all="ignore"):
                return _reached(summarise(scenario, plan, days[0], over_day=False), precision)

        (days,), chosen = evaluate_until(
            [plan], chosen_seed, count, judge, engine=engine, stops=stops, workers=workers, journal=journal, progress=progress, expect=expect
        )
    else:
        chosen = choose(engine, stops * count, alone=workers.cores == 1, extras=have_extras([plan]))
        executor = workers.executor(chosen, stops * count, stops)
        (days,) = evaluate([plan], chosen_seed, count, engine=chosen, executor=executor, journal=journal, progress=progress, keep=keep)
    with np.errstate(all="ignore"):
        summary = summarise(scenario, plan, days, over_day=over_day, title=title)
    return Run(scenario, plan, chosen, chosen_seed, days, summary, tuple(_reached(summary, precision)))


def _reached(summary: Summary, precision: Sequence[Precision]) -> list[Reached]:
    found = []
    for one in precision:
        try:
            row = summary.get(one.measure, one.unit)
        except KeyError:
            there = sorted({row.measure for row in summary if row[1:5] == (one.unit, "", "", -1)})
            where = f"'{one.unit}'" if one.unit else "the hall"
            raise UsageError(f"--precision {one.place}: {where} has no such number for the whole day; choose one of {', '.join(there)}") from None
        found.append(Reached(one, row.value, row.half_width))
    return found
