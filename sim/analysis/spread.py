"""The spread of a result over what is not known: ranges of the assumptions, and which of them matters."""

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
"""The unit of a clock time, in minutes since midnight."""

_BY_CHANCE: Final = 0.01


@dataclass(frozen=True)
class Range:
    """An assumption with a range: the path of the value, its lowest and highest, and how a value in between is written."""

    path: str
    low: float
    high: float
    unit: str
    whole: bool

    def number(self, share: float) -> float:
        """The number at this share (0 to 1) of the way from low to high; each whole number gets the same share of the way."""
        if self.whole:
            return float(min(int(self.high), int(self.low + share * (self.high - self.low + 1))))
        return self.low + share * (self.high - self.low)

    def at(self, share: float) -> str:
        """The value at this share of the way, as a scenario writes it.

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
    """How a result goes with one assumption: the rank correlation (Spearman), −1 to 1."""

    path: str
    rank: float


@dataclass(frozen=True)
class Spread:
    """One result over samples of the ranges.

    ``ranges`` were varied, ``held`` are paths of assumptions that were not, since a plan or an override sets them. ``samples`` are the
    shares of the way from low to high: sample × range. ``values`` are the results, one for each sample (NaN where nothing was counted);
    ``as_it_stands`` is that of the file's own values, on the same days.
    """

    ranges: tuple[Range, ...]
    held: tuple[str, ...]
    samples: Floats
    values: Floats
    as_it_stands: float

    @property
    def counted(self) -> Floats:
        """The results of the samples in which anything was counted."""
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
        """Between which numbers eight of ten samples lie: the 10th and the 90th percentile."""
        if not len(self.counted):
            return math.nan, math.nan
        low, high = np.quantile(self.counted, [0.1, 0.9])
        return float(low), float(high)

    def share(self, at_least: float) -> float:
        """The share of samples with a result of ``at_least`` so much."""
        return float((self.counted >= at_least).mean()) if len(self.counted) else math.nan

    def importance(self) -> list[Correlation]:
        """The ranges by their rank correlation with the result, strongest first: which assumption goes with it most."""
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
        """The rank correlation that the strongest of so many assumptions, none of which matters, passes once in 100 times.

        From Student's t, with Bonferroni for the number of assumptions: 0.51 of 50 assumptions and 50 samples. (2 / √samples, which
        is 0.28, is passed by one assumption in 20: by two or three of 50.) It is 1, which none passes, while so few samples are put in
        the same or the opposite order by one of the assumptions more often than that: 2 × assumptions of samples! orders.
        """
        samples, tried = len(self.counted), max(1, len(self.ranges))
        if 2 * tried > _BY_CHANCE * math.factorial(min(samples, 20)):
            return 1.0
        t = float(stdtrit(samples - 2, 1.0 - _BY_CHANCE / (2 * tried)))
        return t / math.sqrt(samples - 2 + t * t)

    @property
    def matters_most(self) -> Correlation | None:
        """The assumption that goes with the result most, when chance alone would hardly give such a correlation; else None."""
        found = self.importance()
        return found[0] if found and abs(found[0].rank) > self.by_chance + 1e-9 else None
