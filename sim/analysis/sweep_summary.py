"""The summary of a sweep: one measure in one place at every point, and which values keep the target."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from sim.analysis.summary import Row, Summary
from sim.analysis.target import Verdict, verdict

_NUMBER: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([^\d:]*?)\s*")


@dataclass(frozen=True)
class Variable:
    """What a sweep varies: the path of a value in the scenario, and the values, written as in a file."""

    path: str
    values: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values as numbers, without their unit; None unless all are numbers with the same unit.

        >>> Variable("arrivals", ("80 %", "90 %")).numbers, Variable("closing", ("serve all", "send home")).numbers
        ((80.0, 90.0), None)
        """
        found = [match for match in map(_NUMBER.fullmatch, self.values) if match is not None]
        if len(found) < len(self.values) or len({match[2] for match in found}) > 1:
            return None
        return tuple(float(match[1]) for match in found)

    @property
    def unit(self) -> str:
        """The unit in which the numbers are given; empty for plain numbers, and for what are no numbers."""
        match = _NUMBER.fullmatch(self.values[0]) if self.numbers else None
        return match[2] if match else ""


class Target(NamedTuple):
    """The target in one place: the share (0 to 1) of tickets that are to be called within so many minutes (NaN: each unit's own)."""

    share: float
    minutes: float


class Answer(NamedTuple):
    """Which points along one variable keep the target, as indices of the sweep's points.

    ``best`` is the point with the fewest counters (the lowest or highest value) that keeps it together with every easier one; None
    when there is none. ``edge`` says whether even the hardest value keeps it. ``undecided`` are the points next to it, from the
    easier to the harder, which cannot be told from the target yet. ``easiest`` is the point at that end (the best, when the values
    are no numbers). ``rising`` is True when higher values keep it better. ``scattered`` are points that keep it although an easier
    value does not, or all that do when the values are no numbers.
    """

    best: int | None
    edge: bool
    undecided: tuple[int, ...]
    easiest: int | None
    rising: bool
    scattered: tuple[int, ...]


@dataclass(frozen=True)
class SweepSummary:
    """A measure in one place (a unit, or the hall without one) at every point of a sweep.

    ``points`` are the combinations of the variables' values, the last variable varying fastest; ``summaries`` and ``targets`` (None
    where the measure has no target) belong to them one by one.
    """

    variables: tuple[Variable, ...]
    points: tuple[tuple[str, ...], ...]
    summaries: tuple[Summary, ...]
    targets: tuple[Target | None, ...]
    measure: str
    unit: str

    @property
    def base(self) -> Summary:
        """The first point's summary, for what all have in common."""
        return self.summaries[0]

    @property
    def place(self) -> str:
        """The name of the unit; empty for the hall, and for a unit that is all of its hall."""
        return next((unit.name for unit in self.base.units if unit.unit == self.unit), "")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The measure at each point."""
        return tuple(summary.get(self.measure, self.unit) for summary in self.summaries)

    @cached_property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """What may be said of the target at each point; None where there is none, or nothing was counted."""
        return tuple(
            None if target is None or math.isnan(row.value) else verdict(row, target.share)
            for row, target in zip(self.rows, self.targets, strict=True)
        )

    @property
    def target(self) -> Target | None:
        """The target when it is the same at every point, else None."""
        return self.targets[0] if len(set(self.targets)) == 1 else None

    @property
    def asked(self) -> int:
        """The index of the variable that is looked for: the first number of counters, else the first."""
        return next((k for k, variable in enumerate(self.variables) if variable.path.endswith("counters")), 0)

    def along(self, variable: int, other: int = 0) -> list[int]:
        """The points along a variable in the order of its values; of two variables, at the ``other`` one's value with this index."""
        if len(self.variables) == 1:
            return list(range(len(self.points)))
        columns = len(self.variables[1].values)
        if variable == 0:
            return [row * columns + other for row in range(len(self.variables[0].values))]
        return [other * columns + column for column in range(columns)]

    def answer(self, other: int = 0) -> Answer:
        """Which values of the variable that is asked for keep the target; of two variables, at the other's value with this index."""
        variable = self.variables[self.asked]
        return answer_along(self.along(self.asked, other), variable.numbers, self.rows, self.verdicts)


def answer_along(points: Sequence[int], numbers: Sequence[float] | None, rows: Sequence[Row], verdicts: Sequence[Verdict | None]) -> Answer:
    """Which of some points keep the target, from the easiest value to the hardest.

    The easiest is the end of the range where the share is higher. Taken in that order until the first that does not keep it, the
    values are tested in a fixed sequence, so that each interval may stand at its own level however many values there are.
    """
    kept = tuple(point for point in points if verdicts[point] is Verdict.KEPT)
    counted = [point for point in points if not math.isnan(rows[point].value)]
    top = max(counted, key=lambda point: rows[point].value, default=None)
    if numbers is None:
        return Answer(None, False, tuple(p for p in points if verdicts[p] is Verdict.UNKNOWN), top, True, kept)
    rank = dict(zip(points, numbers, strict=True))
    counted.sort(key=lambda point: rank[point])
    rising = not counted or rows[counted[-1]].value >= rows[counted[0]].value
    order = counted[::-1] if rising else counted
    first = next((k for k, point in enumerate(order) if verdicts[point] is not Verdict.KEPT), len(order))
    past = next((k for k, point in enumerate(order) if k >= first and verdicts[point] is not Verdict.UNKNOWN), len(order))
    return Answer(
        best=order[first - 1] if first else None,
        edge=bool(order) and first == len(order),
        undecided=tuple(order[first:past]),
        easiest=order[0] if order else None,
        rising=rising,
        scattered=tuple(point for point in kept if point not in order[:first]),
    )
