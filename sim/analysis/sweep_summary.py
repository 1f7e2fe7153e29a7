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
    where the measure has no target) belong to them one by one. ``together`` are the units that are judged together, each by its own
    target, where more than one is looked at: then ``unit`` lists them, and each point shows the one that is furthest from its target.
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
        """The first point's summary, for what all have in common."""
        return self.summaries[0]

    @property
    def place(self) -> str:
        """The name of the unit, or of those that are judged together; empty for the hall, and for a unit that is all of its hall."""
        looked_at = self.together or (self.unit,)
        return " and ".join(unit.name for unit in self.base.units if unit.unit in looked_at)

    @property
    def is_hall(self) -> bool:
        """Whether the hall as a whole is looked at."""
        return not self.unit

    def of_units(self, point: int) -> tuple[Row, ...]:
        """The measure at a point, of each unit that is judged together."""
        return tuple(self.summaries[point].get(self.measure, unit) for unit in self.together)

    def officer_hours(self, point: int) -> float:
        """Officer-hours of the whole hall at a point; NaN where nobody has a duty."""
        return next((row.value for row in self.summaries[point] if row[:5] == ("hours_on_duty", "", "", "", -1)), math.nan)

    @property
    def costs_differ(self) -> bool:
        """Whether the points cost other officer-hours."""
        return len({round(self.officer_hours(point), 6) for point in range(len(self.points))}) > 1

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The measure at each point."""
        if self.together:
            return tuple(furthest(self.summaries[point], self.of_units(point)) for point in range(len(self.points)))
        return tuple(summary.get(self.measure, self.unit) for summary in self.summaries)

    @cached_property
    def merits(self) -> tuple[float, ...]:
        """How much of the measure there is at each point, beyond the target where there is one."""
        return tuple(row.value - (target.share if target else 0.0) for row, target in zip(self.rows, self.targets, strict=True))

    @cached_property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """What may be said of the target at each point; None where there is none, or nothing was counted.

        Units that are judged together keep their targets where each does, and miss them where any does.
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
        """Of the points at which units that are judged together keep their targets, the one with the fewest officer-hours; None without one.

        Of other variables, such as the number of arrivals, nobody chooses the cheapest.
        """
        kept = [point for point, one in enumerate(self.verdicts) if one is Verdict.KEPT]
        return min(kept, key=self.officer_hours) if kept and self.together and self.costs_differ else None

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
        return answer_along(self.along(self.asked, other), variable.numbers, self.merits, self.verdicts)


def furthest(summary: Summary, rows: Sequence[Row]) -> Row:
    """Of shares within target, the one that is furthest below its unit's target, or least above it."""
    shares = _target_shares(summary)
    return min(rows, key=lambda row: math.inf if math.isnan(row.value) else row.value - shares[row.unit])


def _target_shares(summary: Summary) -> dict[str, float]:
    return {unit.unit: unit.target_share for unit in summary.units}


def answer_along(points: Sequence[int], numbers: Sequence[float] | None, merits: Sequence[float], verdicts: Sequence[Verdict | None]) -> Answer:
    """Which of some points keep the target, from the easiest value to the hardest. ``merits`` say by point how much there is of the share.

    The easiest is the end of the range where the share is higher. Taken in that order until the first that does not keep it, the
    values are tested in a fixed sequence, so that each interval may stand at its own level however many values there are.
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
