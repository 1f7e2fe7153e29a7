"""Compare plans on the same days: each day is drawn once and played on every plan with the same demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.comparison import SMALLEST_THAT_MATTERS, Difference, compare
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.officers import officers
from sim.analysis.parts import Scope, parts
from sim.analysis.summary import summarise
from sim.engine import choose
from sim.errors import UsageError
from sim.experiment.evaluation import Journal, evaluate, same_demand
from sim.experiment.executors import THIS_MACHINE, Workers
from sim.experiment.precision import Precision, Reached, evaluate_until, most_days
from sim.experiment.replications import Run, expected_stops, refuse_too_many
from sim.model.compile import compile_plan
from sim.model.shapes import have_extras
from sim.results.days import Days
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Comparison:
    """Plans that met the same citizens: each plan's run, and its differences from the baseline.

    ``same_citizens`` says for each plan whether it was played on the traces of the baseline, because its demand is the same. A plan with
    other arrivals still shares citizens with the baseline, through their keys. ``reached`` says how precise the differences are for which
    a precision was wanted.
    """

    names: tuple[str, ...]
    runs: tuple[Run, ...]
    baseline: int
    same_citizens: tuple[bool, ...]
    differences: tuple[Difference, ...]
    smallest: Mapping[str, float]
    reached: tuple[Reached, ...] = ()

    @property
    def summary(self) -> ComparisonSummary:
        """What sentences, tables, files and figures read."""
        return ComparisonSummary(
            names=self.names,
            baseline=self.baseline,
            same_citizens=self.same_citizens,
            summaries=tuple(run.summary for run in self.runs),
            officers=tuple(officers(run.plan) for run in self.runs),
            differences=self.differences,
            smallest=self.smallest,
        )


def compare_plans(
    candidates: Sequence[tuple[str, Scenario]],
    *,
    baseline: int = 0,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS,
    over_day: bool = True,
    title: str = "",
    progress: Callable[[int], None] = lambda done: None,
    workers: Workers = THIS_MACHINE,
    journal: Journal | None = None,
    precision: Sequence[Precision] = (),
    expect: Callable[[float, int], None] = lambda needed, until: None,
) -> Comparison:
    """Simulate several scenarios on the same days and compare them with one of them, the baseline.

    ``replications`` (2 or more) and ``seed`` override the baseline scenario's. ``smallest`` is the smallest difference that matters by
    measure. ``over_day`` also summarises each interval of the day. ``title`` is the heading for all plans. ``progress`` gets the number of
    days done from time to time. ``workers``, ``journal``, ``precision`` and ``expect`` are those of `sim.experiment.replications.run`; the
    precision is that of each plan's difference from the baseline, and per cent are those of the baseline's number. Raises UsageError for
    fewer than two plans, equal names or one day.
    """
    names = tuple(name for name, _ in candidates)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two plans have the same name: {', '.join(twice)}; a file is named without its folder and ending, a variant as it stands there")
    if len(names) < 2:
        raise UsageError("a comparison needs two plans at least: give --variants, or a second scenario")
    first = candidates[baseline][1]
    count = most_days(precision, replications, first.replications)
    if count < 2:
        raise UsageError("a comparison needs two days at least, to say what is chance")
    if len({scenario.hours is None for _, scenario in candidates}) > 1:
        raise UsageError("a scenario with opening hours and one with a horizon cannot be compared")
    chosen_seed = first.seed if seed is None else seed
    plans = [compile_plan(scenario) for _, scenario in candidates]
    if not over_day:
        plans = [plan.over_whole_day() for plan in plans]
    stops = [expected_stops(plan) for plan in plans]
    for plan in plans:
        refuse_too_many(plan)

    def differences_of(found: Sequence[Days]) -> list[Difference]:
        measured = [(days, list(parts(scenario, plan, days))) for (_, scenario), plan, days in zip(candidates, plans, found, strict=True)]
        with np.errstate(all="ignore"):
            return compare(names, measured, baseline, smallest)

    if precision:
        found, chosen = evaluate_until(
            plans,
            chosen_seed,
            count,
            lambda found: _reached(differences_of(found), precision),
            engine=engine,
            stops=sum(stops),
            workers=workers,
            journal=journal,
            progress=progress,
            expect=expect,
        )
    else:
        chosen = choose(engine, sum(stops) * count, alone=workers.cores == 1, extras=have_extras(plans))
        executor = workers.executor(chosen, sum(stops) * count, max(stops))
        found = evaluate(plans, chosen_seed, count, engine=chosen, executor=executor, journal=journal, progress=progress)
    runs = []
    with np.errstate(all="ignore"):
        for (_, scenario), plan, days in zip(candidates, plans, found, strict=True):
            runs.append(Run(scenario, plan, chosen, chosen_seed, days, summarise(scenario, plan, days, over_day=over_day, title=title)))
    differences = differences_of(found)
    same = tuple(same_demand(plan, plans[baseline]) for plan in plans)
    return Comparison(names, tuple(runs), baseline, same, tuple(differences), dict(smallest), tuple(_reached(differences, precision)))


def _reached(differences: Sequence[Difference], precision: Sequence[Precision]) -> list[Reached]:
    found = []
    for one in precision:
        here = [difference for difference in differences if difference.measure == one.measure and difference.scope == Scope(one.unit)]
        if not here:
            there = sorted({difference.measure for difference in differences if difference.scope == Scope(one.unit)})
            where = f"'{one.unit}'" if one.unit else "the hall"
            raise UsageError(f"--precision {one.place}: {where} has no such difference; choose one of {', '.join(there)}")
        found += [Reached(one, difference.baseline, difference.half_width, difference.plan, difference.difference) for difference in here]
    return found
