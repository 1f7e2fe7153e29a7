"""Plans compared day by day: paired differences with intervals, and verdicts in words.

Every plan meets the same citizens on the same day (common random numbers), so we first take the difference of each day, and then the
spread of these differences over days. The paired difference of two ratios is linearised as D_r = Z_r^A / N̄_A − Z_r^B / N̄_B, where Z is
the day's residual of a ratio. That of quantiles uses Bahadur's representation, with the slope of the distribution from Woodruff's
interval. Of many days, sections take the place of the day (`sim.results.days`). A few crowded days make the differences skewed, so t
intervals are stretched on the side of the long tail. For each measure, the intervals hold jointly for all plans that are compared with
the baseline (Bonferroni).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.definitions import COSTS, DEFINITIONS, FELT, HIGH_IS_GOOD
from sim.analysis.intervals import LEVEL, reach, t_quantile
from sim.analysis.parts import Part, Ratio, Scope
from sim.analysis.quantiles import influences_of_quantile, no_longer
from sim.errors import UsageError
from sim.results.days import Days
from sim.words import nearest

Floats = NDArray[np.float64]

BETTER: Final = "better"
WORSE: Final = "worse"
NO_DIFFERENCE: Final = "no difference that matters"
CANNOT_TELL: Final = "cannot tell yet"

SAVES: Final = "saves"
COSTS_MORE: Final = "costs more"
"""The verdicts on a plan's costs. They have words of their own, because a lower cost is no gain for citizens."""

COMPARED: Final = (*FELT, *COSTS)
"""The measures that are compared, if a part of the hall has them. All but the share within target are better when smaller. Hours on duty
follow from the plan and are not judged."""

NOT_JUDGED: Final = ""
"""The verdict on a measure that is not judged."""

SIGNS: Final[Mapping[str, str]] = {BETTER: "✓", WORSE: "✗", NO_DIFFERENCE: "=", CANNOT_TELL: "?", SAVES: "", COSTS_MORE: "", NOT_JUDGED: ""}
"""Each verdict as one letter, the same in tables and figures."""

SMALLEST_THAT_MATTERS: Final[Mapping[str, float]] = {
    "abandoned": 1.0,
    "left_over": 1.0,
    "refused": 1.0,
    "waiting_time_mean": 1.0,
    "waiting_time_p90": 2.0,
    "share_within_target": 0.02,
    "time_in_hall_mean": 1.0,
    "into_breaks": 15.0,
    "overtime": 15.0,
}
"""The smallest difference that matters of each measure that is judged, in its own unit (minutes, a fraction, tickets a day)."""

_MOST_DAYS: Final = 10_000_000
_SMALLEST: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(min|%)?")


class Difference(NamedTuple):
    """A plan against the baseline in one measure of one part of the hall.

    ``difference`` is plan − baseline with the interval [low, high]; ``ratio`` is plan ÷ baseline with [ratio_low, ratio_high] (NaN if
    either is 0). If the verdict is *cannot tell yet*, ``more_days`` estimates how many more days would decide (0 otherwise, and if
    nothing was counted). ``variance_ratio`` is the variance of the difference without pairing ÷ with pairing (infinite if the difference
    does not vary, NaN if neither plan varies).
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
    """A measure of one plan and its deviation by day: ``value`` varies by chance as the mean of ``by_day`` does.

    ``days`` is how many days, on average, each of ``by_day`` stands for.
    """

    value: float
    by_day: Floats
    days: float = 1.0


def influence_of_ratio(ratio: Ratio, days: float = 1.0) -> Influence:
    """Z_r / N̄ of a ratio: the day's residual divided by the mean denominator. Each row of the ratio stands for ``days`` days."""
    y, n = ratio.numerator.astype(np.float64), ratio.denominator.astype(np.float64)
    total = n.sum()
    if total <= 0:
        return Influence(math.nan, np.full(len(y), math.nan), days)
    value = y.sum() / total
    return Influence(float(value), (y - value * n) / (total / len(n)), days)


def compare_influences(
    measure: str, scope: Scope, plan: str, ours: Influence, base: Influence, plans: int, smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS
) -> Difference:
    """The paired difference of one measure; ``plans`` is how many plans are compared with the baseline (Bonferroni).

    The interval of the ratio is computed for its logarithm. The influence of a logarithm is the influence divided by the value.
    """
    rows = len(ours.by_day)
    difference, by_day = ours.value - base.value, ours.by_day - base.by_day
    below, above = map(float, reach(by_day, _factor(rows, plans)))
    unpaired = float(ours.by_day.var(ddof=1) + base.by_day.var(ddof=1)) if rows > 1 else math.nan
    paired = float(by_day.var(ddof=1)) if rows > 1 else math.nan
    most = 1.0 if DEFINITIONS[measure].measured_in == "fraction" else math.inf  # two shares differ by 1 at most
    low, high = max(difference - below, -most), min(difference + above, most)
    verdict, more = judge(measure, difference, (low, high), rows, smallest, plans, ours.days)
    ratio = ratio_low = ratio_high = math.nan
    if ours.value > 0 and base.value > 0:
        ratio = ours.value / base.value
        down, up = map(float, reach(ours.by_day / ours.value - base.by_day / base.value, _factor(rows, plans)))
        ratio_low, ratio_high = ratio * math.exp(-down), ratio * math.exp(min(up, 700.0))
    return Difference(
        measure, scope, plan, base.value, ours.value, difference, low, high, ratio, ratio_low, ratio_high,
        verdict, more, unpaired / paired if paired > 0 else math.inf if unpaired > 0 else math.nan,
    )  # fmt: skip


def _factor(days: int, plans: int) -> float:
    """The factor on a standard error with which the intervals of all plans hold jointly (Bonferroni)."""
    return t_quantile(days, 1.0 - (1.0 - LEVEL) / max(1, plans))


def judge(
    measure: str,
    difference: float,
    interval: tuple[float, float],
    days: int,
    smallest: Mapping[str, float] = SMALLEST_THAT_MATTERS,
    plans: int = 1,
    of_days: float = 1.0,
) -> tuple[str, int]:
    """The verdict on a difference with its interval, and about how many days more would tell if one cannot tell yet.

    The interval is from ``days`` days, or from so many sections of ``of_days`` days each.

    *No difference that matters*: the whole interval lies within ± the smallest difference that matters. *Better* or *worse* (for a cost,
    *saves* or *costs more*): the interval reaches beyond that, and all of it lies on one side of 0. Otherwise *cannot tell yet*. Hours on
    duty are not judged.

    >>> judge("waiting_time_mean", -3.0, (-4.0, -2.0), 100), judge("waiting_time_mean", 0.2, (-0.1, 0.5), 100)
    (('better', 0), ('no difference that matters', 0))
    >>> judge("overtime", -40.0, (-50.0, -30.0), 100)
    ('saves', 0)
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
        if measure in COSTS:
            return (COSTS_MORE if difference > 0 else SAVES), 0
        good = (difference > 0) == (measure in HIGH_IS_GOOD)
        return (BETTER if good else WORSE), 0
    # More days can decide in two ways: the interval excludes 0, or it lies within what does not matter. Find how much shorter each needs it.
    shorter = [(difference - low if difference > 0 else high - difference) / abs(difference)] if difference != 0 else []
    if abs(difference) < matters:
        shorter.append(max((difference - low) / (matters + difference), (high - difference) / (matters - difference)))
    return CANNOT_TELL, min(math.ceil((_days_until(min(shorter, default=math.inf), days, plans) - days) * of_days), _MOST_DAYS)


def _days_until(shorter: float, days: int, plans: int) -> int:
    """How many days make an interval ``shorter`` times shorter. It shrinks with the square root of the days and with the factor of t."""
    if shorter > 1e4:
        return _MOST_DAYS
    wanted = _factor(days, plans) / math.sqrt(days) / shorter
    low, high = days, max(days + 1, math.ceil(days * shorter**2))  # the factor of t falls with more days, so this upper bound is enough
    while high - low > 1:
        middle = (low + high) // 2
        if _factor(middle, plans) / math.sqrt(middle) < wanted:
            high = middle
        else:
            low = middle
    return min(high, _MOST_DAYS)


def smallest_from(texts: Sequence[str]) -> dict[str, float]:
    """The smallest differences that matter: the defaults, replaced by those in ``measure=value`` texts.

    Values are in what the measure is measured in: minutes, tickets a day, a fraction or per cent for the share within target. Raises
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
    tables = [influences(days, [part for part in of_plan if not part.scope.service]) for days, of_plan in plans]
    base = tables[baseline]
    return [
        compare_influences(measure, scope, name, ours, base[scope, measure], len(names) - 1, smallest)
        for index, name in enumerate(names)
        if index != baseline
        for (scope, measure), ours in tables[index].items()
        if (scope, measure) in base
    ]


def influences(days: Days, of_plan: Sequence[Part], measures: Sequence[str] = COMPARED) -> dict[tuple[Scope, str], Influence]:
    """The influences of those measures that the parts have: ratios by row of days, the P90 of the wait by section."""
    found: dict[tuple[Scope, str], Influence] = {}
    within = no_longer(np.stack([days.waits.by_class[:, :, part.waits].sum(axis=2, dtype=np.uint32) for part in of_plan], axis=1))
    values, by_section = influences_of_quantile(within, 0.9)
    for k, part in enumerate(of_plan):
        for measure in measures:
            if measure == "waiting_time_p90":
                found[part.scope, measure] = Influence(float(values[k]), by_section[:, k], days.replications / len(by_section))
            elif measure in part.ratios:
                found[part.scope, measure] = influence_of_ratio(part.ratios[measure], days.replications / len(days.days))
    return found
