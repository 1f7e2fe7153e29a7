"""Intervals by chance only, with the day as the unit of evidence.

Waits within a day depend strongly on each other, so no interval here treats tickets as independent: ratios are linearised over
days, quantiles are inverted from such a ratio, and shares of days are Wilson's. The first axis of every array is the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

Floats = NDArray[np.float64]

LEVEL = 0.95
"""Confidence level of every interval that is not told otherwise."""

FEW = 0.02
"""A share of tickets so small that the days seen tell little of how often such tickets come."""


class Estimate(NamedTuple):
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


def mean_interval(values: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The mean over days and its t interval.

    >>> [round(float(x), 2) for x in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.48, 4.48]
    """
    numbers = values.astype(np.float64)
    return ratio_interval(numbers, np.ones(numbers.shape), level)


def ratio_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
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
    return Estimate(ratio, ratio - half, ratio + half)


def stretched_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The pooled ratio with its delta-method interval stretched for skewness (`reach`): the interval of means in a summary."""
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    ratio = float(ratio_interval(y, n).value)
    if np.isnan(ratio):
        return Estimate(np.array(np.nan), np.array(np.nan), np.array(np.nan))
    below, above = reach((y - ratio * n) / n.mean(), t_quantile(len(y), level))
    return Estimate(np.array(ratio), ratio - below, ratio + above)


def reach(by_day: Floats, factor: float) -> tuple[Floats, Floats]:
    """How far an interval reaches below and above an estimate whose chance is the mean over days of ``by_day``; NaN for a single day.

    ``factor`` stands before the standard error (Student's t). A few crowded days make days skewed: on the side of the long tail the
    interval is stretched to where P. Hall's removal of skewness puts the bound (JRSS B 54, 1992, 221), and it is never shortened on the
    other side, for the skewness itself is only estimated. Without skewness both are the t interval's half-width:

    >>> [round(float(end), 4) for end in reach(np.array([-1.0, 0.0, 1.0]), t_quantile(3))], round(t_quantile(3) / 3**0.5, 4)
    ([2.4841, 2.4841], 2.4841)
    """
    days = len(by_day)
    if days < 2:
        nothing = np.full(by_day.shape[1:], np.nan)
        return nothing, nothing
    spread = by_day.std(axis=0, ddof=1)
    far = factor / np.sqrt(days)
    if days < 3:
        return far * spread, far * spread
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = ((by_day - by_day.mean(axis=0)) ** 3).mean(axis=0) / by_day.std(axis=0) ** 3 * np.sqrt(days * (days - 1)) / (days - 2)
        some = np.abs(skew) > 1e-6  # with none, or no spread at all, it is the t interval
        lower, upper = (np.where(some, 3.0 / skew * (np.cbrt(1.0 + skew * (bound - skew / (6.0 * days))) - 1.0), bound) for bound in (-far, far))
    # The estimate is above the truth where the standardised mean is positive: its upper tail bounds the interval from below.
    return spread * np.maximum(far, upper), spread * np.maximum(far, -lower)


def share_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """A pooled share E[Y] / E[N] of counts and an interval that stays within 0 and 1 (Korn and Graubard, Survey Methodology 24, 1998).

    Clopper and Pearson's interval for as many independent tickets as would have the delta method's variance over days. Where all
    tickets count, or none, days show no variance: then each day with a ticket is taken for one trial, which is on the safe side.

    >>> [round(float(x), 3) for x in share_interval(np.full(10, 4), np.full(10, 4))]
    [1.0, 0.692, 1.0]
    """
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    days, total = len(y), float(n.sum())
    if total <= 0 or days < 2:
        return Estimate(np.array(y.sum() / total if total > 0 else np.nan), np.array(np.nan), np.array(np.nan))
    share = float(y.sum() / total)
    error = float(np.sqrt(((y - share * n) ** 2).sum() * days / (days - 1))) / total
    if 0.0 < share < 1.0 and error == 0.0:
        return Estimate(np.array(share), np.array(share), np.array(share))
    if error > 0.0:
        trials = share * (1.0 - share) / error**2 * (float(ndtri(0.5 + level / 2.0)) / t_quantile(days, level)) ** 2
    else:
        trials = float((n > 0).sum())
    hits, tail = share * trials, (1.0 - level) / 2.0
    low = betaincinv(hits, trials - hits + 1.0, tail) if share > 0.0 else 0.0
    high = betaincinv(hits + 1.0, trials - hits, 1.0 - tail) if share < 1.0 else 1.0
    return Estimate(np.array(share), np.array(float(low)), np.array(float(high)))


def share_within_interval(
    within: NDArray[Any], tickets: NDArray[Any], waits: NDArray[Any], day: NDArray[Any], *, few: float = FEW, level: float = LEVEL
) -> Estimate:
    """The share of tickets that are served within a time, and its interval (`share_interval`), also where few or none wait longer.

    ``within`` and ``tickets`` are counts by day, ``waits`` the waiting times of all served tickets (where the time differs between
    them, each as a multiple of its own) with the ``day`` of each. Long waits come together, on few days: where only ``few`` (0 to 1)
    of all tickets exceed the time, those that were seen tell too little of how often that happens, and none seen tells nothing. But
    within a shorter time are fewer. So the lower bound is then that of the share within the wait which ``few`` of all tickets
    exceed; where there is no longer one, as if one ticket had exceeded it.

    None of 100 waits; as if one had, 0.99 with a standard error of 0.01 over ten days: Clopper and Pearson's bound for 74 trials.

    >>> [round(float(x), 3) for x in share_within_interval(np.full(10, 10), np.full(10, 10), np.zeros(100), np.arange(100) // 10)]
    [1.0, 0.933, 1.0]
    """
    interval, total = share_interval(within, tickets, level), float(tickets.sum())
    if np.isnan(interval.low) or within.sum() <= (1.0 - few) * total:
        return interval
    exceeded_by_few = np.partition(waits, at := int(np.ceil((1.0 - few) * total - 1e-9)) - 1)[at]
    surely = np.bincount(day[waits <= exceeded_by_few], minlength=len(tickets))
    if surely.sum() >= total:
        surely[np.argmax(tickets)] -= 1
    return Estimate(interval.value, share_interval(surely, tickets, level).low, interval.high)


def average_day_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The average day's ratio E[Y / N] (a manager's view) with its t interval, over the days on which anything was counted."""
    some = denominator.astype(np.float64) > 0.0
    if not some.any():
        return Estimate(*(np.array(np.nan) for _ in range(3)))
    return mean_interval(numerator[some].astype(np.float64) / denominator[some], level)


def quantile_interval(values: NDArray[Any], day: NDArray[Any], days: int, share: float, level: float = LEVEL) -> Estimate:
    """A quantile of the pooled values and an interval over days (Woodruff, JASA 47, 1952, with days as clusters).

    The value is the least observation that at least ``share`` (0 to 1) of all do not exceed. The share at or below it is a ratio
    over days; its interval is carried back to the values through the observed distribution.
    """
    return next(quantile_intervals(values, day, days, (share,), level))


def quantile_intervals(values: NDArray[Any], day: NDArray[Any], days: int, shares: Sequence[float], level: float = LEVEL) -> Iterator[Estimate]:
    """Several quantiles of the same values, each as by `quantile_interval`."""
    count = len(values)
    if count == 0:
        yield from (Estimate(*(np.array(np.nan) for _ in range(3))) for _ in shares)
        return
    ordered, of_day = np.sort(values), np.bincount(day, minlength=days)

    def at(level: float) -> Floats:
        return np.array(float(ordered[min(count - 1, max(0, int(np.ceil(level * count - 1e-9)) - 1))]))

    for share in shares:
        value = at(share)
        if days < 2:
            yield Estimate(value, np.array(np.nan), np.array(np.nan))
            continue
        below = np.bincount(day[values <= value], minlength=days)
        residual = below - below.sum() / count * of_day
        half = t_quantile(days, level) * float(np.sqrt((residual**2).sum() * days / (days - 1))) / count
        yield Estimate(value, at(max(0.0, share - half)), at(min(1.0, share + half)))


def wilson_interval(kept: int, days: int, level: float = LEVEL) -> Estimate:
    """The share of days that keep something, with Wilson's score interval (JASA 22, 1927); days are independent.

    >>> [round(float(x), 3) for x in wilson_interval(8, 10)]
    [0.8, 0.49, 0.943]
    """
    z = float(ndtri(0.5 + level / 2.0))
    share = kept / days
    centre = (share + z * z / (2 * days)) / (1 + z * z / days)
    half = z / (1 + z * z / days) * (share * (1 - share) / days + z * z / (4 * days * days)) ** 0.5
    return Estimate(np.array(share), np.array(min(share, max(0.0, centre - half))), np.array(max(share, min(1.0, centre + half))))
