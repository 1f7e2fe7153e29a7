"""What is not known: the assumptions' ranges, spread over by a Latin hypercube.

An interval says what chance does to a number; a range says that an input is not known. They are shown beside each other and never
mixed: each sample of the ranges is simulated on the same days, and the spread over samples is reported as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError
from sim.experiment.comparison import compare_plans
from sim.experiment.replications import run
from sim.scenario import Provenance, ScenarioFile, load
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

_QUANTITY: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(.*?)\s*")


@dataclass(frozen=True)
class Range:
    """An assumption with a range: the path of the value, its lowest and highest, and how a value in between is written."""

    path: str
    low: float
    high: float
    unit: str
    whole: bool

    def at(self, share: float) -> str:
        """The value at this share (0 to 1) of the way from low to high, as a scenario writes it.

        >>> Range("units.a.counters", 4, 9, "", True).at(0.5), Range("patience", 60, 120, "min", False).at(0.25)
        ('7', '75 min')
        """
        if self.whole:  # each whole number gets the same share
            return str(min(int(self.high), int(self.low + share * (self.high - self.low + 1))))
        return f"{self.low + share * (self.high - self.low):.6g}{' ' + self.unit if self.unit else ''}"


@dataclass(frozen=True)
class Spread:
    """Results over samples of the ranges.

    ``ranges`` were varied, ``held`` were not (a plan sets them, or they are not plain quantities). ``samples`` are the shares of the
    way from low to high: sample × range. ``values`` are the results, one for each sample.
    """

    ranges: tuple[Range, ...]
    held: tuple[str, ...]
    samples: Floats
    values: Floats

    def importance(self) -> list[tuple[str, float]]:
        """The ranges by their rank correlation with the results, strongest first: which assumption matters most."""
        if len(self.values) < 3 or np.ptp(self.values) == 0:
            return []
        ranked = _ranks(self.values)
        found = [(one.path, float(np.corrcoef(_ranks(self.samples[:, k]), ranked)[0, 1])) for k, one in enumerate(self.ranges)]
        return sorted(found, key=lambda pair: -abs(pair[1]))


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def ranges_of(provenance: Sequence[Provenance], set_by_plans: Sequence[str] = ()) -> tuple[tuple[Range, ...], tuple[str, ...]]:
    """The ranges of a file's assumptions, and the paths of those that are held: set by a plan that is compared, or no plain quantity."""
    found, held = [], []
    for one in provenance:
        if one.range is None:
            continue
        read = _range(one)
        if read is None or any(path == one.path or path.startswith(one.path + ".") or one.path.startswith(path + ".") for path in set_by_plans):
            held.append(one.path)
        else:
            found.append(read)
    return tuple(found), tuple(held)


def _range(one: Provenance) -> Range | None:
    assert one.range is not None
    low, high = (_quantity(bound) for bound in one.range)
    if low is None or high is None or low[1] != high[1]:
        return None
    whole = all(isinstance(bound, int) and not isinstance(bound, bool) for bound in (*one.range, one.value))
    return Range(one.path, low[0], high[0], low[1], whole)


def _quantity(value: Any) -> tuple[float, str] | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return (float(match[1]), match[2]) if match else None


def latin_hypercube(samples: int, dimensions: int, seed: int) -> Floats:
    """Samples in the unit cube, of which each coordinate has one in each of ``samples`` equal strips (McKay, Beckman, Conover 1979)."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(samples))


def over_ranges(
    file: ScenarioFile,
    samples: int,
    result_of: Callable[[Sequence[str]], Sequence[float]],
    *,
    seed: int,
    set_by_plans: Sequence[str] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> list[Spread]:
    """Evaluate results over a Latin hypercube of a file's ranges: one spread for each number that ``result_of`` returns.

    ``result_of`` is given the overrides of a sample (texts for ``--set``). Raises UsageError when no assumption has a range, or for
    fewer than two samples.
    """
    found, held = ranges_of(file.provenance, set_by_plans)
    if not found:
        raise UsageError(f"{file.path} marks no assumption with a range that can be varied; write {{value: …, assumption: …, range: [low, high]}}")
    if samples < 2:
        raise UsageError("--over-ranges needs two samples at least")
    cube = latin_hypercube(samples, len(found), seed)
    rows = []
    for number, sample in enumerate(cube):
        rows.append(result_of([f"{one.path}={one.at(float(share))}" for one, share in zip(found, sample, strict=True)]))
        progress(number + 1)
    return [Spread(found, held, cube, np.array(column, dtype=np.float64)) for column in zip(*rows, strict=True)]


def run_over_ranges(
    file: ScenarioFile,
    samples: int,
    measures: Sequence[tuple[str, str]],
    *,
    sets: Sequence[str] = (),
    variant: str | None = None,
    replications: int,
    seed: int,
    engine: str = "auto",
    progress: Callable[[int], None] = lambda done: None,
) -> list[Spread]:
    """Measures of a scenario over its ranges: for each (measure, unit) the spread over samples, on the same days."""

    def result_of(overrides: Sequence[str]) -> list[float]:
        scenario = load(file.path, sets=[*sets, *overrides], variant=variant).scenario
        summary = run(scenario, replications=replications, seed=seed, engine=engine, over_day=False, runs=samples).summary
        return [summary.get(measure, unit).value for measure, unit in measures]

    return over_ranges(file, samples, result_of, seed=seed, set_by_plans=_paths(sets), progress=progress)


def compare_over_ranges(
    file: ScenarioFile,
    samples: int,
    plans: Callable[[Sequence[str]], Sequence[tuple[str, Scenario]]],
    measure: str,
    *,
    baseline: int = 0,
    set_by_plans: Sequence[str],
    replications: int,
    seed: int,
    engine: str = "auto",
    progress: Callable[[int], None] = lambda done: None,
) -> list[Spread]:
    """A comparison over the ranges of its baseline's file: for each plan but the baseline the spread of the hall's difference.

    ``plans`` reads the plans with the overrides of a sample; ``set_by_plans`` are the paths that plans set themselves: their ranges
    are held, since a decision is not an assumption.
    """

    def result_of(overrides: Sequence[str]) -> list[float]:
        compared = compare_plans(plans(overrides), baseline=baseline, replications=replications, seed=seed, engine=engine)
        of_hall = {d.plan: d.difference for d in compared.differences if d.measure == measure and d.scope == (("", "", "", -1))}
        return [of_hall[name] for number, name in enumerate(compared.names) if number != baseline]

    return over_ranges(file, samples, result_of, seed=seed, set_by_plans=set_by_plans, progress=progress)


def _paths(sets: Sequence[str]) -> list[str]:
    return [text.partition("=")[0].strip() for text in sets]
