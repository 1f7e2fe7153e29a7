"""Plans compared day by day: paired differences with intervals, and verdicts in words.

Every plan meets the same citizens on the same day (common random numbers), so the difference of a day is taken before the spread over
days. With Z the day's residual of a ratio, the paired difference of two ratios is linearised as D_r = Z_r^A / N̄_A − Z_r^B / N̄_B;
quantiles by Bahadur's representation, with the slope of the distribution taken from Woodruff's interval. Intervals hold together for
all plans that are compared with the baseline (Bonferroni), measure by measure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.intervals import LEVEL, quantile_interval, t_quantile
from sim.analysis.parts import Part, Ratio, Scope
from sim.clock import MINUTE
from sim.results.measures import Days

Floats = NDArray[np.float64]

BETTER: Final = "better"
WORSE: Final = "worse"
NO_DIFFERENCE: Final = "no difference that matters"
CANNOT_TELL: Final = "cannot tell yet"

COMPARED: Final = (
    "waiting_time_mean",
    "waiting_time_p90",
    "share_within_target",
    "time_in_hall_mean",
    "abandoned",
    "left_over",
    "overtime",
    "hours_on_duty",
)
"""The measures that are compared, where a part of the hall has them; all but the share within target are better when smaller."""

SMALLEST_THAT_MATTERS: Final[Mapping[str, float]] = {
    "waiting_time_mean": 1.0,
    "waiting_time_p90": 2.0,
    "share_within_target": 0.02,
    "time_in_hall_mean": 1.0,
    "abandoned": 1.0,
    "left_over": 1.0,
    "overtime": 15.0,
    "hours_on_duty": 0.0,
}
"""The smallest difference that matters, in the measure's own unit (minutes, a fraction, tickets a day, hours a day)."""


class Difference(NamedTuple):
    """A plan against the baseline in one measure of one part of the hall.

    ``difference`` is plan − baseline with the interval [low, high]; ``ratio`` is plan ÷ baseline (NaN where the baseline is 0).
    ``more_days`` says about how many days more would tell, where the verdict is that one cannot tell yet (otherwise 0).
    ``variance_ratio`` is how many times smaller the variance of the difference is than for days that are not paired.
    """

    measure: str
    scope: Scope
    plan: str
    baseline: float
    value: float
    difference: float
    low: float
    high: float
    ratio: float
    verdict: str
    more_days: int
    variance_ratio: float

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2.0


@dataclass(frozen=True)
class Influence:
    """A measure of one plan with each day's share in its chance: value ± the spread of the mean of ``by_day``."""

    value: float
    by_day: Floats


def influence_of_ratio(ratio: Ratio) -> Influence:
    """Z_r / N̄ of a ratio: the day's residual over the mean denominator."""
    y, n = ratio.numerator.astype(np.float64), ratio.denominator.astype(np.float64)
    total = n.sum()
    if total <= 0:
        return Influence(math.nan, np.full(len(y), math.nan))
    value = y.sum() / total
    return Influence(float(value), (y - value * n) / (total / len(n)))


def influence_of_quantile(values: NDArray[Any], day: NDArray[Any], days: int, share: float) -> Influence:
    """Bahadur's representation of a pooled quantile: q̂ − q ≈ −(share of tickets at or below q − share) / density, by day.

    The density is the slope of the observed distribution between the ends of Woodruff's interval.
    """
    interval = quantile_interval(values, day, days, share)
    count = len(values)
    if count == 0 or days < 2:
        return Influence(float(interval.value), np.full(days, math.nan))
    below = values <= float(interval.value)
    residual = np.bincount(day[below], minlength=days) - share * np.bincount(day, minlength=days)
    spread = float(np.sqrt((residual**2).sum() * days / (days - 1))) / count
    width = float(interval.high) - float(interval.low)
    slope = 2.0 * t_quantile(days) * spread / width if width > 0 and spread > 0 else math.inf
    return Influence(float(interval.value), -residual / (count / days) / slope)


def compare_influences(
    measure: str, scope: Scope, plan: str, ours: Influence, base: Influence, plans: int, smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS
) -> Difference:
    """The paired difference of one measure; ``plans`` is how many plans are compared with the baseline (Bonferroni)."""
    days = len(ours.by_day)
    difference = ours.value - base.value
    by_day = ours.by_day - base.by_day
    factor = t_quantile(days, 1.0 - (1.0 - LEVEL) / max(1, plans))
    half = factor * float(by_day.std(ddof=1)) / math.sqrt(days) if days > 1 else math.nan
    unpaired = float(ours.by_day.var(ddof=1) + base.by_day.var(ddof=1)) if days > 1 else math.nan
    paired = float(by_day.var(ddof=1)) if days > 1 else math.nan
    verdict, more = judge(measure, difference, half, days, smallest)
    return Difference(
        measure, scope, plan, base.value, ours.value, difference, difference - half, difference + half,
        ours.value / base.value if base.value else math.nan, verdict, more, unpaired / paired if paired > 0 else math.inf if unpaired > 0 else math.nan,
    )  # fmt: skip


def judge(measure: str, difference: float, half: float, days: int, smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS) -> tuple[str, int]:
    """The verdict on a difference ± half-width, and about how many days more would tell if one cannot tell yet.

    *No difference that matters*: the whole interval lies within the smallest difference that matters. *Better* or *worse*: the whole
    interval lies on that side of 0, and not within. Otherwise *cannot tell yet*; the interval shrinks with the root of the days.

    >>> judge("waiting_time_mean", -3.0, 1.0, 100), judge("waiting_time_mean", 0.2, 0.3, 100)
    (('better', 0), ('no difference that matters', 0))
    >>> judge("waiting_time_mean", -3.0, 6.0, 100)
    ('cannot tell yet', 300)
    """
    matters = smallest[measure]
    if math.isnan(difference) or math.isnan(half):
        return CANNOT_TELL, 0
    if abs(difference) + half < matters or (difference == 0 and half == 0):
        return NO_DIFFERENCE, 0
    if abs(difference) > half:
        good = (difference > 0) == (measure == "share_within_target")
        return (BETTER if good else WORSE), 0
    # Two ways to know: the interval leaves 0 out, or falls within what does not matter.
    needed = max(abs(difference), matters - abs(difference), 1e-12)
    return CANNOT_TELL, max(1, min(10_000_000, math.ceil(days * (half / needed) ** 2 - days)))


def compare(
    names: Sequence[str], plans: Sequence[tuple[Days, Sequence[Part]]], baseline: int, smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS
) -> list[Difference]:
    """All differences of the other plans from the baseline, in each part of the hall that both have.

    ``plans`` are the days of each plan and its parts (`sim.analysis.parts.parts`), with the same days in the same order.
    """
    tables = [_influences(days, of_plan) for days, of_plan in plans]
    base = tables[baseline]
    return [
        compare_influences(measure, scope, name, ours, base[scope, measure], len(names) - 1, smallest)
        for index, name in enumerate(names)
        if index != baseline
        for (scope, measure), ours in tables[index].items()
        if (scope, measure) in base
    ]


def _influences(days: Days, of_plan: Sequence[Part]) -> dict[tuple[Scope, str], Influence]:
    found: dict[tuple[Scope, str], Influence] = {}
    for part in of_plan:
        if part.scope.service:
            continue
        for measure in COMPARED:
            if measure == "waiting_time_p90":
                waits = days.waits.wait[part.waits] / MINUTE
                found[part.scope, measure] = influence_of_quantile(waits, days.day[part.waits], days.replications, 0.9)
            elif measure in part.ratios:
                found[part.scope, measure] = influence_of_ratio(part.ratios[measure])
    return found


def unit_of(measure: str) -> str:
    """The unit in which a measure's differences are given in words."""
    return {"fraction": "percentage points"}.get(DEFINITIONS[measure].unit, DEFINITIONS[measure].unit)
