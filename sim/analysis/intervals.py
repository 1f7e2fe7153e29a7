"""Intervals by chance only, with the day as the unit of evidence.

Waits within a day depend strongly on each other, so no interval here treats tickets as independent: ratios are linearised over
days, quantiles are inverted from such a ratio, and shares of days are Wilson's. The first axis of every array is the day.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Floats = NDArray[np.float64]

LEVEL = 0.95
"""Confidence level of every interval that is not told otherwise."""


class Interval(NamedTuple):
    """Estimates with their bounds; NaN where nothing was counted, or bounds where one day tells nothing of chance."""

    value: Floats
    low: Floats
    high: Floats


def t_quantile(days: int, level: float = LEVEL) -> float:
    """The factor on a standard error for a two-sided interval from this many days (Student's t with days − 1 degrees of freedom).

    >>> round(t_quantile(10, 0.90), 3)
    1.833
    """
    return float(stdtrit(days - 1, 0.5 + level / 2.0)) if days > 1 else np.nan


def mean_interval(values: NDArray[Any], level: float = LEVEL) -> Interval:
    """The mean over days and its t interval.

    >>> [round(float(x), 2) for x in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.48, 4.48]
    """
    numbers = values.astype(np.float64)
    return ratio_interval(numbers, np.ones(numbers.shape), level)


def ratio_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Interval:
    """The pooled ratio E[Y] / E[N] and its delta-method interval over days (Law, Simulation Modeling and Analysis, 9.4 and 10.2).

    ``numerator`` and ``denominator`` have the day as first axis; the ratio is that of their sums. The day's residual
    Y − ratio · N has mean 0, and its standard error over days, divided by the mean of N, is that of the ratio.

    >>> [round(float(x), 3) for x in ratio_interval(np.array([2.0, 4.0]), np.array([1.0, 2.0]))]
    [2.0, 2.0, 2.0]
    """
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    days = len(y)
    total = n.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(total > 0, y.sum(axis=0) / total, np.nan)
        residual = y - ratio * n
        error = np.sqrt((residual**2).sum(axis=0) / max(1, days - 1) * days) / total
    half = t_quantile(days, level) * error
    return Interval(ratio, ratio - half, ratio + half)


def average_day_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Interval:
    """The average day's ratio E[Y / N] (a manager's view) with its t interval, over the days on which anything was counted."""
    some = denominator.astype(np.float64) > 0.0
    if not some.any():
        return Interval(*(np.array(np.nan) for _ in range(3)))
    return mean_interval(numerator[some].astype(np.float64) / denominator[some], level)


def quantile_interval(values: NDArray[Any], day: NDArray[Any], days: int, share: float, level: float = LEVEL) -> Interval:
    """A quantile of the pooled values and an interval over days (Woodruff, JASA 47, 1952, with days as clusters).

    The value is the least observation that at least ``share`` (0 to 1) of all do not exceed. The share at or below it is a ratio
    over days; its interval is carried back to the values through the observed distribution.
    """
    if len(values) == 0:
        return Interval(*(np.array(np.nan) for _ in range(3)))
    order = np.argsort(values, kind="stable")
    return _sorted_quantile(values[order], day[order], days, share, level)


def _sorted_quantile(values: NDArray[Any], day: NDArray[Any], days: int, share: float, level: float) -> Interval:
    count = len(values)

    def at(level: float) -> float:
        return float(values[min(count - 1, max(0, int(np.ceil(level * count - 1e-9)) - 1))])

    value = at(share)
    if days < 2:
        return Interval(np.array(value), np.array(np.nan), np.array(np.nan))
    below = np.searchsorted(values, value, side="right")
    residual = np.bincount(day[:below], minlength=days) - below / count * np.bincount(day, minlength=days)
    half = t_quantile(days, level) * float(np.sqrt((residual**2).sum() * days / (days - 1))) / count
    return Interval(np.array(value), np.array(at(max(0.0, share - half))), np.array(at(min(1.0, share + half))))


def wilson_interval(kept: int, days: int, level: float = LEVEL) -> Interval:
    """The share of days that keep something, with Wilson's score interval (JASA 22, 1927); days are independent.

    >>> [round(float(x), 3) for x in wilson_interval(8, 10)]
    [0.8, 0.49, 0.943]
    """
    z = float(ndtri(0.5 + level / 2.0))
    share = kept / days
    centre = (share + z * z / (2 * days)) / (1 + z * z / days)
    half = z / (1 + z * z / days) * (share * (1 - share) / days + z * z / (4 * days * days)) ** 0.5
    return Interval(np.array(share), np.array(centre - half), np.array(centre + half))
