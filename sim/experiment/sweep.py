"""Sweeps: one scenario with one or two values varied, every point on the same days."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.analysis.summary import Summary
from sim.errors import UsageError
from sim.experiment.replications import run
from sim.scenario import load

MOST_POINTS: Final = 400
"""Points of a sweep."""

_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(.*?)\s*")


@dataclass(frozen=True)
class Variable:
    """What a sweep varies: the path of a value in the scenario, and the values, written as in a file."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """A sweep: its variables, and for each point (one value of each, in order) the summary of its days."""

    variables: tuple[Variable, ...]
    points: tuple[tuple[str, ...], ...]
    summaries: tuple[Summary, ...]
    seed: int
    engine: str


def parse_variable(text: str) -> Variable:
    """A variable written as ``path=low..high`` (steps of 1), ``path=low..high:step`` or ``path=a,b,c``; values may have a unit.

    Raises UsageError when it is none of these, or the range never ends.

    >>> parse_variable("units.polda.counters=4..6").values
    ('4', '5', '6')
    >>> parse_variable("arrivals=80%..120%:20%").values
    ('80 %', '100 %', '120 %')
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise UsageError(f"got --vary '{text}'; write it as PATH=LOW..HIGH:STEP, such as units.polda.counters=4..10, or PATH=A,B,C")
    if ".." not in values:
        return Variable(path.strip(), tuple(part.strip() for part in values.split(",")))
    low_text, _, rest = values.partition("..")
    high_text, _, step_text = rest.partition(":")
    low, unit = _number(low_text, text)
    high, unit_of_high = _number(high_text, text)
    step, unit_of_step = _number(step_text, text) if step_text else (1.0, unit)
    unit = unit or unit_of_high
    if {one for one in (unit_of_high, unit_of_step) if one} - {unit}:
        raise UsageError(f"got --vary '{text}'; low, high and step need the same unit")
    if step <= 0 or high < low:
        raise UsageError(f"got --vary '{text}'; the range must rise from low to high in positive steps")
    count = int((high - low) / step + 1e-9) + 1
    if count > MOST_POINTS:
        raise UsageError(f"got --vary '{text}'; that is {count} values, at most {MOST_POINTS} are played")
    return Variable(path.strip(), tuple(f"{round(low + number * step, 9):g}{' ' + unit if unit else ''}" for number in range(count)))


def _number(text: str, whole: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise UsageError(f"got --vary '{whole}'; '{text.strip()}' is not a number with a unit")
    return float(match[1]), match[2]


def sweep(
    path: Path,
    variables: Sequence[Variable],
    *,
    sets: Sequence[str] = (),
    variant: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    progress: Callable[[int], None] = lambda done: None,
) -> Sweep:
    """Simulate a scenario at every combination of the variables' values.

    All scenarios are read before the first is played, so a value that the scenario refuses is told at once (ScenarioError). Every
    point meets the citizens of the same days. ``progress`` is told after each point how many are done. Raises UsageError for more
    than two variables, one that is given twice, or too many points.
    """
    if not 1 <= len(variables) <= 2:
        raise UsageError(f"a sweep varies one value or two, got {len(variables)}")
    if len({variable.path for variable in variables}) < len(variables):
        raise UsageError(f"'{variables[0].path}' is varied twice")
    points = tuple(itertools.product(*(variable.values for variable in variables)))
    if len(points) > MOST_POINTS:
        raise UsageError(f"the sweep has {len(points)} points; at most {MOST_POINTS} are played")
    scenarios = [
        load(path, sets=[*sets, *(f"{variable.path}={value}" for variable, value in zip(variables, point, strict=True))], variant=variant).scenario
        for point in points
    ]
    summaries = []
    for number, scenario in enumerate(scenarios):
        result = run(scenario, replications=replications, seed=seed, engine=engine, over_day=False, runs=len(points))
        summaries.append(result.summary)
        progress(number + 1)
    return Sweep(tuple(variables), points, tuple(summaries), result.seed, result.engine)
