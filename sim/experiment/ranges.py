"""Uncertain assumptions: sample their ranges with a Latin hypercube, and report how far results spread.

An interval says how far chance moves a number; a range says how uncertain an input is. We show them side by side and never mix them.
Each sample of the ranges is simulated on the same days, and the spread over samples is reported without correction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.parts import Scope, has_target
from sim.analysis.spread import CLOCK, Range, Spread
from sim.clock import MINUTE, parse_clock, parse_duration
from sim.engine import choose
from sim.errors import ScenarioError, UsageError
from sim.experiment.comparison import compare_plans
from sim.experiment.executors import THIS_MACHINE, Workers
from sim.experiment.replications import expected_stops, run_each
from sim.model.compile import compile_plan
from sim.scenario import Provenance, ScenarioFile, load
from sim.scenario.overrides import undone
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]
Read = TypeVar("Read")

_QUANTITY: Final = re.compile(r"\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([^\d:]*?)\s*")
_DECIDED: Final = ({"last_ticket", "seats"}, {"counters", "waiting_room", "last_ticket"})
"""Keys of the hall and of a unit that the planner chooses. A range on one of these lists options to try; it is not uncertainty, so it is not
sampled."""
_NOT_COUNTED: Final = ("cv", "shape", "weight")
"""Keys of numbers without a unit that may be fractions, even if the file writes whole numbers."""


class Wanted(NamedTuple):
    """A result to compute at each sample: a measure of a unit (of the hall without one), and in a comparison the plan.

    In a comparison it is the plan's difference from the baseline, or with ``itself`` the plan's own number.
    """

    measure: str
    unit: str = ""
    plan: str = ""
    itself: bool = False


Spreads = Mapping[Wanted, Spread]
"""Results over the same samples of the same ranges."""


def days_of_a_sample(replications: int) -> int:
    """The number of days for each sample: a fifth of all, but at least 10 (or all, if there are fewer).

    >>> days_of_a_sample(50), days_of_a_sample(300), days_of_a_sample(4)
    (10, 60, 4)
    """
    return min(replications, max(10, math.ceil(replications / 5)))


class Ranges(NamedTuple):
    """The ranges that are varied, and the paths of the ranges that keep the file's value."""

    varied: tuple[Range, ...]
    held: tuple[str, ...]


def ranges_of(as_it_stands: Sequence[Provenance], played: Sequence[ScenarioFile]) -> Ranges:
    """The ranges of a file's assumptions.

    ``as_it_stands`` are the marks of the file without variant and overrides, ``played`` the files that are played. A range is held at its
    value if a variant or an override sets it, or if it belongs to counters or other keys that the planner chooses: these are decisions.
    Raises UsageError when no range is left to vary.
    """
    found, held = [], []
    kept = [{one.path: (one.value, one.range) for one in file.provenance} for file in played]
    changed = [path for file in played if file.variant is not None for path in file.scenario.variants[file.variant].paths]
    for one in as_it_stands:
        if one.range is None:
            continue
        read = _range(one)
        set_by_a_plan = undone(changed, one.path) or any(marks.get(one.path) != (one.value, one.range) for marks in kept)
        if read is None or _is_decided(one.path) or set_by_a_plan:
            held.append(one.path)
        else:
            found.append(read)
    if not found and held:
        listed = ", ".join(held[:5]) + (f" and {len(held) - 5} more" if len(held) > 5 else "")
        raise UsageError(f"--over-ranges: the only ranges are of what a plan decides or sets, {listed}; try their values with sim sweep --vary")
    if not found:
        raise UsageError("--over-ranges: no assumption has a range to vary; write {value: …, assumption: …, range: [low, high]}")
    return Ranges(tuple(found), tuple(held))


def _is_decided(path: str) -> bool:
    """Whether the value at a path is a decision. (A unit may be called 'counters': only the key counts.)"""
    hall, unit = _DECIDED
    steps = path.split(".")
    return steps[0] in hall or (steps[0] == "units" and steps[2] in unit)


def ranges_of_plans(files: Sequence[ScenarioFile], baseline: int = 0) -> Ranges:
    """The ranges of the baseline's file that no plan sets. For a run, the only plan is the run itself."""
    return ranges_of(load(files[baseline].path).provenance, files)


def _range(one: Provenance) -> Range | None:
    """A range as two numbers in the unit of its low end, or in minutes if the ends are durations in different units."""
    assert one.range is not None
    low, high = (_quantity(bound) for bound in one.range)
    if low is None or high is None:
        return None
    if low[1] != high[1]:
        try:
            low, high = ((parse_duration(bound) / MINUTE, "min") for bound in one.range)
        except ValueError:
            return None
    whole = one.path.rsplit(".", 1)[-1] not in _NOT_COUNTED and all(type(bound) is int for bound in (*one.range, one.value))
    return Range(one.path, low[0], high[0], low[1], whole)


def _quantity(value: Any) -> tuple[float, str] | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    if not isinstance(value, str):
        return None
    if match := _QUANTITY.fullmatch(value):
        return float(match[1]), match[2]
    try:
        return parse_clock(value) / MINUTE, CLOCK
    except ValueError:
        return None


def latin_hypercube(samples: int, dimensions: int, seed: int) -> Floats:
    """Samples in the unit cube. Along each coordinate, each of ``samples`` equal strips holds one of them (McKay, Beckman, Conover 1979)."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(samples))


def over_ranges(
    ranges: Ranges,
    samples: int,
    read: Callable[[Sequence[str]], Read],
    results_of: Callable[[Sequence[Read]], Iterable[Sequence[float]]],
    *,
    seed: int,
) -> list[Spread]:
    """Evaluate results over a Latin hypercube of ranges, and as the file stands. Returns a spread for each number of ``results_of``.

    ``read`` turns a sample's overrides (texts for ``--set``) into a part of the input of ``results_of``, which gives the results of each part
    in their order. It reads all samples before any is evaluated.
    Raises UsageError for fewer than two samples, or when a scenario within the ranges is refused.
    """
    if samples < 2:
        raise UsageError("--over-ranges needs two samples at least")
    found = ranges.varied
    cube = latin_hypercube(samples, len(found), seed)
    try:
        readings = [read([f"{one.path}={one.at(float(share))}" for one, share in zip(found, sample, strict=True)]) for sample in cube]
    except ScenarioError as error:
        raise UsageError(f"--over-ranges: the ranges hold a scenario that is refused; narrow them\n{error}") from error
    as_it_stands, *rows = results_of([read([]), *readings])
    columns = np.array(rows, dtype=np.float64).T
    return [Spread(*ranges, cube, column, own) for column, own in zip(columns, as_it_stands, strict=True)]


def wanted_of_run(scenario: Scenario) -> list[Wanted]:
    """The results of a run to compute: the hall's waits and share within target; each unit's share, or its P90 wait if it has no target."""
    wanted = [Wanted("waiting_time_mean"), Wanted("waiting_time_p90")]
    if has_target(scenario, ""):
        wanted.append(Wanted("share_within_target"))
    with_counters = [name for name, unit in scenario.units.items() if unit.counters != "unlimited"] if len(scenario.units) > 1 else []
    return wanted + [Wanted("share_within_target" if has_target(scenario, name) else "waiting_time_p90", name) for name in with_counters]


def wanted_of_comparison(comparison: ComparisonSummary) -> list[Wanted]:
    """The results of a comparison to compute: each plan's difference in the hall and in the units where it differs, the largest first.

    The measure is the first in which the plan differs there, else the mean wait. Then, for each plan, the share within target of each
    unit with a target, except machines, to see whether the unit still keeps it.
    """
    wanted = []
    for plan in comparison.others:
        hall = comparison.at(plan).for_it
        wanted.append(Wanted(hall[0].measure if hall else "waiting_time_mean", "", plan))
        if len(comparison.base.units) > 1:
            places = [(unit.unit, comparison.at(plan, unit.unit).for_it) for unit in comparison.units]
            differing = sorted(((unit, found) for unit, found in places if found), key=lambda place: -comparison.weight(place[1]))
            wanted += [Wanted(found[0].measure, unit, plan) for unit, found in differing]
    targeted = [(plan, unit) for index, plan in enumerate(comparison.names) for unit in comparison.staffed_verdicts(index)]
    return wanted + [Wanted("share_within_target", unit, plan, itself=True) for plan, unit in targeted]


def run_over_ranges(
    file: ScenarioFile,
    ranges: Ranges,
    samples: int,
    wanted: Sequence[Wanted],
    *,
    sets: Sequence[str] = (),
    variant: str | None = None,
    replications: int,
    seed: int,
    engine: str = "auto",
    workers: Workers = THIS_MACHINE,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[Wanted, Spread]:
    """Measures of a scenario over its ranges, every sample on the same days. ``file`` was read with these ``sets`` and this ``variant``."""

    def read(overrides: Sequence[str]) -> Scenario:
        return load(file.path, sets=[*sets, *overrides], variant=variant).scenario

    def results_of(scenarios: Sequence[Scenario]) -> Iterator[list[float]]:
        def done(scenarios: int) -> None:
            progress(min(scenarios, samples))

        for one_run in run_each(scenarios, replications=replications, seed=seed, engine=engine, workers=workers, progress=done):
            yield [one_run.summary.get(one.measure, one.unit).value for one in wanted]

    return dict(zip(wanted, over_ranges(ranges, samples, read, results_of, seed=seed), strict=True))


Plans = Sequence[tuple[str, ScenarioFile]]


def compare_over_ranges(
    plans: Callable[[Sequence[str]], Plans],
    ranges: Ranges,
    samples: int,
    wanted: Sequence[Wanted],
    *,
    baseline: int = 0,
    replications: int,
    seed: int,
    engine: str = "auto",
    workers: Workers = THIS_MACHINE,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[Wanted, Spread]:
    """Differences of plans from the baseline over the ranges of its file, every sample on the same days.

    ``plans`` is a function: it reads the plans with further overrides, in the form that `sim.experiment.comparison.compare_plans` takes.
    """
    stops = sum(expected_stops(compile_plan(file.scenario)) for _, file in plans([]))
    chosen = choose(engine, stops * replications * samples)

    def results_of(samples_read: Sequence[Plans]) -> Iterator[list[float]]:
        for number, read in enumerate(samples_read):
            yield results_of_sample(read)
            progress(number)

    def results_of_sample(read: Plans) -> list[float]:
        candidates = [(name, file.scenario) for name, file in read]
        compared = compare_plans(candidates, baseline=baseline, replications=replications, seed=seed, engine=chosen, over_day=False, workers=workers)
        differences = {(one.plan, one.measure, one.scope): one.difference for one in compared.differences}
        own = {name: run.summary for name, run in zip(compared.names, compared.runs, strict=True)}
        return [
            own[one.plan].get(one.measure, one.unit).value if one.itself else differences.get((one.plan, one.measure, Scope(one.unit)), math.nan)
            for one in wanted
        ]

    return dict(zip(wanted, over_ranges(ranges, samples, plans, results_of, seed=seed), strict=True))
