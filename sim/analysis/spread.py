"""How far a result spreads over the ranges of the assumptions, and which assumption matters most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit
from scipy.stats import rankdata

from sim.clock import MINUTE, SECOND, format_clock

Floats = NDArray[np.float64]

CLOCK: Final = "clock"
"""What a range of clock times has as its unit; its numbers are minutes since midnight."""

_BY_CHANCE: Final = 0.01
"""1 %: the probability of naming an assumption that matters most although none matters."""


@dataclass(frozen=True)
class Range:
    """An assumption with a range.

    ``path`` is where the scenario has the value, ``low`` and ``high`` bound it. ``unit`` is written after a value (`CLOCK`: as a clock time),
    and ``whole`` says that only whole numbers are possible.
    """

    path: str
    low: float
    high: float
    unit: str
    whole: bool

    def number(self, share: float) -> float:
        """The number at this share (0 to 1) of the way from low to high. Whole numbers divide the way into equal parts."""
        if self.whole:
            return float(min(int(self.high), int(self.low + share * (self.high - self.low + 1))))
        return self.low + share * (self.high - self.low)

    def at(self, share: float) -> str:
        """The value at this share (0 to 1) of the way, as a scenario writes it.

        >>> Range("units.a.counters", 4, 9, "", True).at(0.5), Range("patience", 60, 120, "min", False).at(0.25)
        ('7', '75 min')
        >>> Range("last_ticket", 870, 960, "clock", False).at(0.5)
        '15:15'
        """
        number = self.number(share)
        if self.unit == CLOCK:
            return format_clock(round(number * MINUTE / SECOND) * SECOND)
        text = f"{number:.9f}".rstrip("0").rstrip(".")
        return f"{text} {self.unit}" if self.unit else text


class Correlation(NamedTuple):
    """Spearman's rank correlation (−1 to 1) of a result with the assumption at ``path``."""

    path: str
    rank: float


@dataclass(frozen=True)
class Spread:
    """One result over samples of the ranges.

    The samples vary the ``ranges``. They do not vary the assumptions at the paths ``held``, because a plan or an override sets those.
    ``samples`` (sample × range) are shares of the way from low to high. ``values`` has the result of each sample (NaN where nothing was
    counted); ``as_it_stands`` is the result of the file's own values on the same days.
    """

    ranges: tuple[Range, ...]
    held: tuple[str, ...]
    samples: Floats
    values: Floats
    as_it_stands: float

    @property
    def counted(self) -> Floats:
        """The results of those samples in which anything was counted."""
        return self.values[np.isfinite(self.values)]

    @property
    def lowest(self) -> float:
        """The lowest result of any sample."""
        return float(self.counted.min()) if len(self.counted) else math.nan

    @property
    def highest(self) -> float:
        """The highest result of any sample."""
        return float(self.counted.max()) if len(self.counted) else math.nan

    @property
    def eight_in_ten(self) -> tuple[float, float]:
        """The 10th and the 90th percentile of the results: eight of ten samples lie between them."""
        if not len(self.counted):
            return math.nan, math.nan
        low, high = np.quantile(self.counted, [0.1, 0.9])
        return float(low), float(high)

    def share(self, at_least: float) -> float:
        """The share of samples whose result is ``at_least`` this number."""
        return float((self.counted >= at_least).mean()) if len(self.counted) else math.nan

    def importance(self) -> list[Correlation]:
        """The rank correlation of each range with the result, the strongest first; none for fewer than three samples or equal results."""
        counted = np.isfinite(self.values)
        values = self.values[counted]
        if len(values) < 3 or np.ptp(values) == 0:
            return []
        ranked = rankdata(values)
        found = []
        for k, one in enumerate(self.ranges):
            taken = rankdata([one.number(float(share)) for share in self.samples[counted, k]])
            if np.ptp(taken) > 0:
                found.append(Correlation(one.path, float(np.corrcoef(taken, ranked)[0, 1])))
        return sorted(found, key=lambda one: -abs(one.rank))

    @property
    def by_chance(self) -> float:
        """The rank correlation that the strongest assumption exceeds once in 100 times if none of them matters.

        It follows from Student's t with Bonferroni's correction for the number of assumptions. For 50 assumptions and 50 samples it is
        0.51. (The common rule of thumb, 2 / √samples, is 0.28 there; one assumption in 20 exceeds that by chance.) With very few samples
        a perfect rank correlation is likely by chance alone: its probability is 2 × assumptions ÷ samples! (factorial). While that is
        more than once in 100 times, the threshold is 1, which no correlation exceeds.
        """
        samples, tried = len(self.counted), max(1, len(self.ranges))
        if 2 * tried > _BY_CHANCE * math.factorial(min(samples, 20)):
            return 1.0
        t = float(stdtrit(samples - 2, 1.0 - _BY_CHANCE / (2 * tried)))
        return t / math.sqrt(samples - 2 + t * t)

    @property
    def matters_most(self) -> Correlation | None:
        """The assumption with the strongest rank correlation, if that exceeds `by_chance`; else None."""
        found = self.importance()
        return found[0] if found and abs(found[0].rank) > self.by_chance + 1e-9 else None
