"""Plans compared day by day: paired differences with intervals, and verdicts in words.

Every plan meets the same citizens on the same day (common random numbers), so the difference of a day is taken before the spread over
days. With Z the day's residual of a ratio, the paired difference of two ratios is linearised as D_r = Z_r^A / N̄_A − Z_r^B / N̄_B;
quantiles by Bahadur's representation, with the slope of the distribution taken from Woodruff's interval. A few crowded days make
differences by day skewed, so t intervals are stretched on the side of the long tail. Intervals hold together for all plans that
are compared with the baseline (Bonferroni), measure by measure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.definitions import DEFINITIONS, HIGH_IS_GOOD
from sim.analysis.intervals import LEVEL, quantile_interval, reach, t_quantile
from sim.analysis.parts import Part, Ratio, Scope
from sim.clock import MINUTE
from sim.errors import UsageError
from sim.results.measures import Days
from sim.words import nearest

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
"""The measures that are compared, where a part of the hall has them; all but the share within target are better when smaller. Hours on
duty are what a plan costs: they are known from the plan, and are not judged."""

NOT_JUDGED: Final = ""
"""The verdict on what is not judged."""

SMALLEST_THAT_MATTERS: Final[Mapping[str, float]] = {
    "waiting_time_mean": 1.0,
    "waiting_time_p90": 2.0,
    "share_within_target": 0.02,
    "time_in_hall_mean": 1.0,
    "abandoned": 1.0,
    "left_over": 1.0,
    "overtime": 15.0,
}
"""The smallest difference that matters of each measure that is judged, in its own unit (minutes, a fraction, tickets a day)."""

_MOST_DAYS: Final = 10_000_000
_SMALLEST: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(min|%)?")


class Difference(NamedTuple):
    """A plan against the baseline in one measure of one part of the hall.

    ``difference`` is plan − baseline with the interval [low, high]; ``ratio`` is plan ÷ baseline with [ratio_low, ratio_high] (NaN
    where either is 0). ``more_days`` says about how many days more would tell, where the verdict is that one cannot tell yet
    (otherwise, and where nothing was counted, 0). ``variance_ratio`` is how many times smaller the variance of the difference is than
    for days that are not paired (infinite where the difference is without chance, NaN where both plans are).
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
    ratio_low: float
    ratio_high: float
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

    The density is such that the influences alone would give Woodruff's interval its length. Where that interval is a single value that
    many tickets share, as when nine in ten do not wait at all, the quantile stays there and its influence is 0.
    """
    interval = quantile_interval(values, day, days, share)
    count = len(values)
    if count == 0 or days < 2:
        return Influence(float(interval.value), np.full(days, math.nan))
    below = values <= float(interval.value)
    residual = np.bincount(day[below], minlength=days) - below.sum() / count * np.bincount(day, minlength=days)
    spread = float(np.sqrt((residual**2).sum() * days / (days - 1))) / count
    width = float(interval.high) - float(interval.low)
    slope = 2.0 * t_quantile(days) * spread / width if width > 0 and spread > 0 else math.inf
    return Influence(float(interval.value), -residual / (count / days) / slope)


def compare_influences(
    measure: str, scope: Scope, plan: str, ours: Influence, base: Influence, plans: int, smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS
) -> Difference:
    """The paired difference of one measure; ``plans`` is how many plans are compared with the baseline (Bonferroni).

    The ratio's interval is made on the scale of its logarithm, whose influence is that of each plan over its value.
    """
    days = len(ours.by_day)
    difference, by_day = ours.value - base.value, ours.by_day - base.by_day
    below, above = map(float, reach(by_day, _factor(days, plans)))
    unpaired = float(ours.by_day.var(ddof=1) + base.by_day.var(ddof=1)) if days > 1 else math.nan
    paired = float(by_day.var(ddof=1)) if days > 1 else math.nan
    most = 1.0 if DEFINITIONS[measure].measured_in == "fraction" else math.inf  # two shares differ by no more
    low, high = max(difference - below, -most), min(difference + above, most)
    verdict, more = judge(measure, difference, (low, high), days, smallest, plans)
    ratio = ratio_low = ratio_high = math.nan
    if ours.value > 0 and base.value > 0:
        ratio = ours.value / base.value
        down, up = map(float, reach(ours.by_day / ours.value - base.by_day / base.value, _factor(days, plans)))
        ratio_low, ratio_high = ratio * math.exp(-down), ratio * math.exp(min(up, 700.0))
    return Difference(
        measure, scope, plan, base.value, ours.value, difference, low, high, ratio, ratio_low, ratio_high,
        verdict, more, unpaired / paired if paired > 0 else math.inf if unpaired > 0 else math.nan,
    )  # fmt: skip


def _factor(days: int, plans: int) -> float:
    """On a standard error, so that the intervals of all plans hold together."""
    return t_quantile(days, 1.0 - (1.0 - LEVEL) / max(1, plans))


def judge(
    measure: str, difference: float, interval: tuple[float, float], days: int, smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS, plans: int = 1
) -> tuple[str, int]:
    """The verdict on a difference with its interval, and about how many days more would tell if one cannot tell yet.

    *No difference that matters*: the whole interval lies within the smallest difference that matters. *Better* or *worse*: the whole
    interval lies on that side of 0, and not within. Otherwise *cannot tell yet*. Hours on duty are not judged.

    >>> judge("waiting_time_mean", -3.0, (-4.0, -2.0), 100), judge("waiting_time_mean", 0.2, (-0.1, 0.5), 100)
    (('better', 0), ('no difference that matters', 0))
    >>> judge("waiting_time_mean", -3.0, (-9.0, 3.0), 100)
    ('cannot tell yet', 293)
    """
    if measure not in smallest:
        return NOT_JUDGED, 0
    matters, (low, high) = smallest[measure], interval
    if math.isnan(difference) or math.isnan(low):
        return CANNOT_TELL, 0
    if (-matters < low and high < matters) or low == difference == high == 0:
        return NO_DIFFERENCE, 0
    if low > 0 or high < 0:
        good = (difference > 0) == (measure in HIGH_IS_GOOD)
        return (BETTER if good else WORSE), 0
    # Two ways to know: the interval leaves 0 out, or falls within what does not matter. For each, how many times shorter it has to be.
    shorter = [(difference - low if difference > 0 else high - difference) / abs(difference)] if difference != 0 else []
    if abs(difference) < matters:
        shorter.append(max((difference - low) / (matters + difference), (high - difference) / (matters - difference)))
    return CANNOT_TELL, _days_until(min(shorter, default=math.inf), days, plans) - days


def _days_until(shorter: float, days: int, plans: int) -> int:
    """How many days make an interval so many times shorter: it shrinks with their root, and t's factor with it."""
    if shorter > 1e4:
        return _MOST_DAYS
    wanted = _factor(days, plans) / math.sqrt(days) / shorter
    low, high = days, max(days + 1, math.ceil(days * shorter**2))  # with the factor of fewer days: certainly enough
    while high - low > 1:
        middle = (low + high) // 2
        if _factor(middle, plans) / math.sqrt(middle) < wanted:
            high = middle
        else:
            low = middle
    return min(high, _MOST_DAYS)


def smallest_from(texts: Sequence[str]) -> dict[str, float]:
    """The smallest differences that matter, with those of ``measure=value`` texts in place of the defaults.

    Values are in the measure's own unit: minutes, tickets a day, and a fraction or per cent for the share within target. Raises
    UsageError for anything else.

    >>> smallest_from(["waiting_time_mean=2 min", "share_within_target=5 %"])["share_within_target"]
    0.05
    """
    found = dict(SMALLEST_THAT_MATTERS)
    for text in texts:
        measure, _, given = (part.strip() for part in text.partition("="))
        if measure not in found:
            raise UsageError(f"--smallest {text}: no measure of this name is judged{nearest(measure, found)}")
        match, unit = _SMALLEST.fullmatch(given), DEFINITIONS[measure].measured_in
        value = float(match[1]) / (100.0 if match[2] == "%" else 1.0) if match else math.nan
        wrong_unit = match is not None and match[2] not in (None, "%" if unit == "fraction" else unit.split()[0])
        if math.isnan(value) or wrong_unit or (unit == "fraction" and value > 1.0):
            raise UsageError(f"--smallest {text}: got '{given}'; give a number ({unit}), such as {measure}={SMALLEST_THAT_MATTERS[measure]:g}")
        found[measure] = value
    return found


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
