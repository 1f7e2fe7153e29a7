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
    """A variable of a sweep: the path of a value in the scenario, and the values to try, written as in a file."""

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
        """The unit in which the numbers are given; empty for plain numbers, and for values that are no numbers."""
        match = _NUMBER.fullmatch(self.values[0]) if self.numbers else None
        return match[2] if match else ""


class Target(NamedTuple):
    """The target in one place: the share (0 to 1) of tickets that must be called within ``minutes`` (NaN: each unit's own time)."""

    share: float
    minutes: float


class Answer(NamedTuple):
    """Which points along one variable keep the target, as indices of the sweep's points.

    ``best`` is the hardest point (for counters, the fewest) that keeps the target and whose easier points all keep it; None if there is
    none. ``edge`` says whether even the hardest point keeps it. ``undecided`` are the points after ``best``, from easier to harder, of
    which we cannot tell yet. ``easiest`` is the easiest point (the one with the highest share if the values are no numbers). ``rising`` is
    True if higher values keep the target better. ``scattered`` are points that keep it although an easier one does not, or all points that
    keep it if the values are no numbers.
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
    where the measure has no target) belong to them one by one. ``together`` are the units that are judged together, each by its own
    target. If there are any, ``unit`` lists them, and each point shows the unit that is furthest from its target.
    """

    variables: tuple[Variable, ...]
    points: tuple[tuple[str, ...], ...]
    summaries: tuple[Summary, ...]
    targets: tuple[Target | None, ...]
    measure: str
    unit: str
    together: tuple[str, ...] = ()

    @property
    def base(self) -> Summary:
        """The summary of the first point. Use it for what all points have in common."""
        return self.summaries[0]

    @property
    def place(self) -> str:
        """The name of the unit, or of those that are judged together; empty for the hall, and for a unit that is all of its hall."""
        looked_at = self.together or (self.unit,)
        return " and ".join(unit.name for unit in self.base.units if unit.unit in looked_at)

    @property
    def is_hall(self) -> bool:
        """Whether the place is the hall as a whole."""
        return not self.unit

    def of_units(self, point: int) -> tuple[Row, ...]:
        """The measure at a point, of each unit that is judged together."""
        return tuple(self.summaries[point].get(self.measure, unit) for unit in self.together)

    def officer_hours(self, point: int) -> float:
        """Officer-hours of the whole hall at a point; NaN where nobody has a duty."""
        return next((row.value for row in self.summaries[point] if row[:5] == ("hours_on_duty", "", "", "", -1)), math.nan)

    @property
    def costs_differ(self) -> bool:
        """Whether the points cost different officer-hours."""
        return len({round(self.officer_hours(point), 6) for point in range(len(self.points))}) > 1

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The measure at each point."""
        if self.together:
            return tuple(furthest(self.summaries[point], self.of_units(point)) for point in range(len(self.points)))
        return tuple(summary.get(self.measure, self.unit) for summary in self.summaries)

    @cached_property
    def merits(self) -> tuple[float, ...]:
        """The measure at each point, less the target if there is one."""
        return tuple(row.value - (target.share if target else 0.0) for row, target in zip(self.rows, self.targets, strict=True))

    @cached_property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """The verdict on the target at each point; None if there is no target, or nothing was counted.

        Units that are judged together keep their targets if each does, and miss them if any does.
        """
        if self.together:
            return tuple(self._of_all(point) for point in range(len(self.points)))
        return tuple(
            None if target is None or math.isnan(row.value) else verdict(row, target.share)
            for row, target in zip(self.rows, self.targets, strict=True)
        )

    def _of_all(self, point: int) -> Verdict | None:
        shares = _target_shares(self.summaries[point])
        said = {verdict(row, shares[row.unit]) for row in self.of_units(point) if not math.isnan(row.value)}
        return next((one for one in (Verdict.MISSED, Verdict.UNKNOWN, Verdict.KEPT) if one in said), None)

    def cheapest(self) -> int | None:
        """The point with the fewest officer-hours at which units that are judged together keep their targets; None without one.

        None also if all points cost the same officer-hours, as when the number of arrivals is varied.
        """
        kept = [point for point, one in enumerate(self.verdicts) if one is Verdict.KEPT]
        return min(kept, key=self.officer_hours) if kept and self.together and self.costs_differ else None

    @property
    def target(self) -> Target | None:
        """The target if it is the same at every point, else None."""
        return self.targets[0] if len(set(self.targets)) == 1 else None

    @property
    def asked(self) -> int:
        """The index of the variable that the answer is about: the first number of counters, else the first variable."""
        return next((k for k, variable in enumerate(self.variables) if variable.path.endswith("counters")), 0)

    def along(self, variable: int, other: int = 0) -> list[int]:
        """The points along a variable in the order of its values. If there are two variables, ``other`` is the index of the other one's value."""
        if len(self.variables) == 1:
            return list(range(len(self.points)))
        columns = len(self.variables[1].values)
        if variable == 0:
            return [row * columns + other for row in range(len(self.variables[0].values))]
        return [other * columns + column for column in range(columns)]

    def answer(self, other: int = 0) -> Answer:
        """Which values of the variable `asked` keep the target. If there are two variables, ``other`` is the index of the other one's value."""
        variable = self.variables[self.asked]
        return answer_along(self.along(self.asked, other), variable.numbers, self.merits, self.verdicts)


def furthest(summary: Summary, rows: Sequence[Row]) -> Row:
    """The share within target that is furthest below its unit's target, or least above it."""
    shares = _target_shares(summary)
    return min(rows, key=lambda row: math.inf if math.isnan(row.value) else row.value - shares[row.unit])


def _target_shares(summary: Summary) -> dict[str, float]:
    return {unit.unit: unit.target_share for unit in summary.units}


def answer_along(points: Sequence[int], numbers: Sequence[float] | None, merits: Sequence[float], verdicts: Sequence[Verdict | None]) -> Answer:
    """Which points keep the target. ``merits`` and ``verdicts`` are by point, as in `SweepSummary`; ``numbers`` are the values at ``points``.

    The easiest value is the end of the range with the higher share. Values are tested from easiest to hardest, and testing stops at the
    first that does not keep the target. This fixed-sequence procedure needs no correction for the number of values.
    """
    kept = tuple(point for point in points if verdicts[point] is Verdict.KEPT)
    counted = [point for point in points if not math.isnan(merits[point])]
    top = max(counted, key=lambda point: merits[point], default=None)
    if numbers is None:
        return Answer(None, False, tuple(p for p in points if verdicts[p] is Verdict.UNKNOWN), top, True, kept)
    rank = dict(zip(points, numbers, strict=True))
    counted.sort(key=lambda point: rank[point])
    rising = not counted or merits[counted[-1]] >= merits[counted[0]]
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
