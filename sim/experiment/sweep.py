"""Sweeps: vary one or two values of a scenario, and simulate every point on the same days."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.parts import has_target
from sim.analysis.summary import Summary
from sim.analysis.sweep_summary import SweepSummary, Target, Variable, furthest
from sim.clock import MINUTE
from sim.errors import ScenarioError, UsageError
from sim.experiment.executors import THIS_MACHINE, Workers
from sim.experiment.replications import run_each
from sim.scenario import load
from sim.scenario.lookup import target_of
from sim.scenario.overrides import OPTION
from sim.scenario.schema import Scenario
from sim.scenario.titles import plan_title
from sim.words import nearest

MOST_POINTS: Final = 400
"""400: the most points of a sweep."""

HALL: Final = "hall"
"""The value of ``--unit`` that means the hall as a whole (unless a unit has that name)."""

_NUMBER: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([^.]*?)\s*")
_OTHER_RANGE: Final = re.compile(r"\s*(\d+(?:\.\d+)?\s*[^\d\s:.eE-]*)\s*(?:-|–|\.{3,}|…|\bto\b)\s*(\d+(?:\.\d+)?\s*[^\d\s:.eE-]*)\s*")
_ANOTHER: Final = re.compile(r",\s*([a-z]\w*(?:\.\w+)+\s*=.*|[a-z]\w*\s*=.*\.\..*)")
_OF_A_UNIT: Final = re.compile(r"units\.([^.]+)\..+")
_NOT_VARIED: Final = ("replications", "seed")


@dataclass(frozen=True)
class Sweep:
    """A sweep: its variables, and for each point (one value of each variable, in order) the scenario and the summary of its days."""

    variables: tuple[Variable, ...]
    points: tuple[tuple[str, ...], ...]
    scenarios: tuple[Scenario, ...]
    summaries: tuple[Summary, ...]
    seed: int
    engine: str

    def summary(self, measure: str | None = None, unit: str | None = None) -> SweepSummary:
        """One measure in one place at every point. Sentences, tables, files and figures read this summary.

        `chosen_unit` and `chosen_measure` choose ``unit`` and ``measure``. Raises UsageError if there is no such number.
        """
        if together := judged_together(self.scenarios, self.variables, unit, measure):
            return self._of_units(together)
        place = chosen_unit(self.scenarios, self.variables, unit)
        name = chosen_measure(self.scenarios, place, measure)
        for point, summary in zip(self.points, self.summaries, strict=True):
            _refuse_missing(summary, name, place, point)
        targets = tuple(_target(scenario, place) if name == "share_within_target" else None for scenario in self.scenarios)
        return SweepSummary(self.variables, self.points, self.summaries, targets, name, place)

    def _of_units(self, together: tuple[str, ...]) -> SweepSummary:
        """The summary of units judged together, each by its own target. A point gets the target of the unit that is furthest from its target."""
        name, targets = "share_within_target", []
        for scenario, summary in zip(self.scenarios, self.summaries, strict=True):
            targets.append(_target(scenario, furthest(summary, [summary.get(name, unit) for unit in together]).unit))
        return SweepSummary(self.variables, self.points, self.summaries, tuple(targets), name, ", ".join(together), together)


def parse_variable(text: str) -> Variable:
    """A variable written as ``path=low..high`` (steps of 1), ``path=low..high:step`` or ``path=a,b,c``; values may have a unit.

    A comma within brackets or quotes belongs to the value. Raises UsageError if the text has another form, a value is empty or given
    twice, or the range never ends.

    >>> parse_variable("units.polda.counters=4..6").values
    ('4', '5', '6')
    >>> parse_variable("arrivals=80%..120%:20%").values
    ('80 %', '100 %', '120 %')
    """
    path, equals, given = text.partition("=")
    path = path.strip()
    if not equals or not path or not given.strip():
        raise UsageError(f"got --vary '{text}'; write it as PATH=LOW..HIGH:STEP, such as units.polda.counters=4..10, or PATH=A,B,C")
    if path in _NOT_VARIED:
        raise UsageError(f"got --vary '{text}'; every point is played on the same days: give --{path} instead")
    if found := _OTHER_RANGE.fullmatch(given):
        raise UsageError(f"got --vary '{text}'; write a range with two points: {path}={found[1].strip()}..{found[2].strip()}")
    if another := _ANOTHER.search(given):
        raise UsageError(f"got --vary '{text}'; give --vary twice: --vary {path}={given[: another.start()].strip()} --vary {another[1]}")
    values = tuple(_from_range(given, text)) if ".." in given else tuple(part.strip() for part in _split(given))
    if not all(values):
        raise UsageError(f"got --vary '{text}'; a value is missing between two commas")
    if len(set(values)) < len(values):
        raise UsageError(f"got --vary '{text}'; a value is given twice")
    return Variable(path, values)


def _split(text: str) -> Iterator[str]:
    """The parts between commas that stand outside brackets and quotes."""
    depth, quote, part = 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        elif letter == "," and depth == 0:
            yield part
            part = ""
            continue
        part += letter
    yield part


def _from_range(given: str, text: str) -> Iterator[str]:
    low_text, _, rest = given.partition("..")
    high_text, _, step_text = rest.partition(":")
    if ".." in rest:
        raise UsageError(f"got --vary '{text}'; a step stands after a colon: write LOW..HIGH:STEP")
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
    for number in range(count):
        value = f"{low + number * step:.9f}".rstrip("0").rstrip(".")
        yield f"{value} {unit}" if unit else value


def _number(text: str, whole: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text)
    if "," in text:
        raise UsageError(f"got --vary '{whole}'; no comma stands in a range: write LOW..HIGH:STEP with decimal points, or a list A,B,C")
    if match is None:
        raise UsageError(f"got --vary '{whole}'; '{text.strip()}' is not a number with a unit")
    return float(match[1]), match[2]


def combinations(variables: Sequence[Variable]) -> tuple[tuple[str, ...], ...]:
    """The points of a sweep: every combination of the variables' values, the last variable varying fastest.

    Raises UsageError for more than two variables, for the same variable twice, or for too many points.
    """
    if not 1 <= len(variables) <= 2:
        raise UsageError(f"a sweep varies one value or two, got {len(variables)}; give --vary once or twice")
    if len({variable.path for variable in variables}) < len(variables):
        raise UsageError(f"'{variables[0].path}' is varied twice")
    points = tuple(itertools.product(*(variable.values for variable in variables)))
    if len(points) > MOST_POINTS:
        raise UsageError(f"the sweep has {len(points)} points; at most {MOST_POINTS} are played")
    return points


def sweep(
    path: Path,
    variables: Sequence[Variable],
    *,
    measure: str | None = None,
    unit: str | None = None,
    sets: Sequence[str] = (),
    variant: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    workers: Workers = THIS_MACHINE,
    progress: Callable[[int], None] = lambda done: None,
) -> Sweep:
    """Simulate a scenario at every combination of the variables' values.

    All scenarios are read before the first is played. So a value that the scenario refuses (ScenarioError), or a ``measure`` or ``unit``
    that does not exist (UsageError), is reported at once. Every point meets the citizens of the same days. ``workers`` says who may play
    them. ``progress`` gets the number of points done after each point. Raises UsageError for what `combinations` refuses.
    """
    points = combinations(variables)
    scenarios = tuple(_at(path, variables, point, sets, variant) for point in points)
    together = judged_together(scenarios, variables, unit, measure)
    place = together[0] if together else chosen_unit(scenarios, variables, unit)
    name = chosen_measure(scenarios, place, measure)
    count = scenarios[0].replications if replications is None else replications
    summaries: list[Summary] = []
    title = plan_title(scenarios[0], variant, sets)
    every = run_each(scenarios, replications=count, seed=seed, engine=engine, workers=workers, progress=progress, title=title)
    for point, result in zip(points, every, strict=True):
        _refuse_missing(result.summary, name, place, point)
        summaries.append(result.summary)
    return Sweep(tuple(variables), points, scenarios, tuple(summaries), result.seed, result.engine)


def _at(path: Path, variables: Sequence[Variable], point: Sequence[str], sets: Sequence[str], variant: str | None) -> Scenario:
    """The scenario at a point. Errors about a variable's value name ``--vary`` as their place."""
    varied = [f"{variable.path}={value}" for variable, value in zip(variables, point, strict=True)]
    try:
        return load(path, sets=[*sets, *varied], variant=variant).scenario
    except ScenarioError as error:
        places = {f"{OPTION}{text}": f"--vary {text}" for text in varied}
        raise ScenarioError([replace(one, file=places.get(one.file, one.file)) for one in error.problems], path.as_posix()) from None


def chosen_unit(scenarios: Sequence[Scenario], variables: Sequence[Variable], unit: str | None) -> str:
    """The unit to report; empty for the hall. By default it is the unit that is varied, if that is a single one, else the hall.

    Raises UsageError for a unit that some of the scenarios lack.
    """
    everywhere = [name for name in scenarios[0].units if all(name in scenario.units for scenario in scenarios)]
    if unit is None:
        varied = {match[1] for variable in variables if (match := _OF_A_UNIT.fullmatch(variable.path))}
        return varied.pop() if len(varied) == 1 and varied <= set(everywhere) else ""
    if unit in everywhere:
        return unit
    if unit == HALL:
        return ""
    raise UsageError(f"--unit {unit}: no such unit{nearest(unit, [*everywhere, HALL])}")


def judged_together(scenarios: Sequence[Scenario], variables: Sequence[Variable], unit: str | None, measure: str | None) -> tuple[str, ...]:
    """The two units to judge together: by default those that are varied, if both have a target, to see whether both keep it. Else none."""
    if unit is not None or measure not in (None, "share_within_target"):
        return ()
    varied = tuple(dict.fromkeys(match[1] for variable in variables if (match := _OF_A_UNIT.fullmatch(variable.path))))
    everywhere = all(name in scenario.units and has_target(scenario, name) for scenario in scenarios for name in varied)
    return varied if len(varied) == 2 and everywhere else ()


def chosen_measure(scenarios: Sequence[Scenario], unit: str, measure: str | None) -> str:
    """The measure to report. By default it is the share within target if there is a target, else the P90 wait.

    Raises UsageError for an unknown measure, and for a share within target without a target.
    """
    targeted = all(has_target(scenario, unit) for scenario in scenarios)
    if measure is None:
        return "share_within_target" if targeted else "waiting_time_p90"
    if measure not in DEFINITIONS:
        near = nearest(measure, DEFINITIONS) or f"; known here: {', '.join(DEFINITIONS)}"
        raise UsageError(f"--measure {measure}: no such measure{near}")
    if measure == "share_within_target" and not targeted:
        where = f"'{unit}' has no target" if unit else "not every unit has a target"
        raise UsageError(f"--measure {measure}: {where}; give the scenario one, such as 'target: 90 % within 15 min', or choose another measure")
    return measure


def _refuse_missing(summary: Summary, measure: str, unit: str, point: Sequence[str]) -> None:
    try:
        summary.get(measure, unit)
    except KeyError:
        there = sorted({row.measure for row in summary if row[1:5] == (unit, "", "", -1)})
        where = f"'{unit}'" if unit else "the hall"
        raise UsageError(f"--measure {measure}: {where} has no such number for the whole day (at {', '.join(point)}); choose one of {', '.join(there)}") from None


def _target(scenario: Scenario, unit: str) -> Target | None:
    """The target of a unit, or of the hall if the scenario has one for it (NaN minutes if its units have different target times)."""
    target = target_of(scenario, unit)
    if target is None:
        return None
    within = {of_unit.within for one in ([unit] if unit else scenario.units) if (of_unit := target_of(scenario, one))}
    return Target(target.share, within.pop() / MINUTE if len(within) == 1 else math.nan)
