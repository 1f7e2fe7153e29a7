"""Confidence intervals that cover chance only. The day is the unit of evidence.

Waits within a day depend strongly on each other, so no interval here treats tickets as independent. A ratio gets its standard error
from the days' residuals, a quantile from the share of tickets below it, and a share of days is Wilson's. The first axis of every
array is the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

Floats = NDArray[np.float64]

LEVEL = 0.95
"""The confidence level of every interval whose caller gives none."""

FEW = 0.02
"""2 % of all tickets: `share_within_interval` takes its bound from no shorter time than the one that this share exceeds."""

ENOUGH_DAYS = 15
"""15 days: `share_within_interval` trusts the observed frequency of late tickets once this many equal days had some.

Simulated lower bounds of 97.5 % then held 95 to 98 times in 100; without such a limit, 84 to 98 times.
"""


class Estimate(NamedTuple):
    """Estimates with their bounds. All three are NaN if nothing was counted. The bounds are NaN for a single day, which says nothing of chance."""

    value: Floats
    low: Floats
    high: Floats


_NOTHING: Final = Estimate(*(np.array(np.nan) for _ in range(3)))


def t_quantile(days: int, level: float = LEVEL) -> float:
    """The factor on a standard error that makes a two-sided interval (Student's t with ``days`` − 1 degrees of freedom); NaN for one day.

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

    The ratio is the sum of ``numerator`` over the sum of ``denominator``. A day's residual is Y − ratio · N. The residuals have mean 0;
    the standard error of their mean, divided by the mean of N, is the standard error of the ratio.

    >>> [round(float(x), 3) for x in ratio_interval(np.array([2.0, 4.0]), np.array([1.0, 2.0]))]
    [2.0, 2.0, 2.0]
    """
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    total = n.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(total > 0, y.sum(axis=0) / total, np.nan)
        half = t_quantile(len(y), level) * _error_of_sum(y - ratio * n) / total
    return Estimate(ratio, ratio - half, ratio + half)


def _error_of_sum(residual: Floats) -> Floats:
    """The standard error of a sum over days, from the residuals of the days (with mean 0)."""
    days = len(residual)
    return np.asarray(np.sqrt((residual**2).sum(axis=0) / max(1, days - 1) * days))


def stretched_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The pooled ratio with its delta-method interval, stretched for skewness by `reach`: the interval of the means in a summary."""
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    ratio = float(ratio_interval(y, n).value)
    if np.isnan(ratio):
        return _NOTHING
    below, above = reach((y - ratio * n) / n.mean(), t_quantile(len(y), level))
    return Estimate(np.array(ratio), ratio - below, ratio + above)


def reach(by_day: Floats, factor: float) -> tuple[Floats, Floats]:
    """How far the interval of an estimate reaches below and above it; NaN for a single day.

    The mean over days of ``by_day`` is the estimate's deviation by chance. ``factor`` multiplies the standard error (Student's t). A few
    crowded days give the days a long tail. On the side of that tail, the interval ends where P. Hall's correction for skewness puts the
    bound (JRSS B 54, 1992, 221). On the other side that correction would shorten the interval; here it does not, because the skewness
    itself is only estimated. Without skewness both sides are the half-width of the t interval:

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
        some = np.abs(skew) > 1e-6  # the correction divides by the skewness; without any, the t interval is exact
        lower, upper = (np.where(some, 3.0 / skew * (np.cbrt(1.0 + skew * (bound - skew / (6.0 * days))) - 1.0), bound) for bound in (-far, far))
    # The standardised mean is positive where the estimate exceeds the truth, so its upper tail gives the lower bound.
    return spread * np.maximum(far, upper), spread * np.maximum(far, -lower)


def share_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """A pooled share E[Y] / E[N] of counts and an interval that stays within 0 and 1 (Korn and Graubard, Survey Methodology 24, 1998).

    Days that vary make n dependent tickets worth fewer independent ones: as many as would give the share the same variance as the delta
    method finds over days. The interval is Clopper and Pearson's for that number. If all tickets count, or none, the days show no
    variance; then each day with a ticket is one trial, which is on the safe side.

    >>> [round(float(x), 3) for x in share_interval(np.full(10, 4), np.full(10, 4))]
    [1.0, 0.692, 1.0]
    """
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    days, total = len(y), float(n.sum())
    if total <= 0 or days < 2:
        return Estimate(np.array(y.sum() / total if total > 0 else np.nan), np.array(np.nan), np.array(np.nan))
    share = float(y.sum() / total)
    error = float(_error_of_sum(y - share * n)) / total
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
    """The share of tickets that are served within a time, with an interval that holds also where few or none wait longer.

    ``within`` and ``tickets`` are counts by day. ``waits`` are the waiting times of all served tickets (where the time differs between
    them, each as a multiple of its own), and ``day`` is the day of each.

    The upper bound is that of `share_interval`. So is the lower bound, if late tickets were seen on enough days. If not, the lower bound is
    that of the share within a shorter time: the longest that tickets of `ENOUGH_DAYS` days exceed, but none shorter than the one that
    ``few`` (0 to 1) of all tickets exceed. The reason: late tickets come together on few days, so that `share_interval` underestimates
    how often they come if it sees only few of these days; and no more tickets are served within a shorter time, so that its lower bound
    holds here too. Days count as (Σ late)² / Σ late²: n days with equally many late tickets are n, and days with few beside one with many
    hardly count. If nobody exceeds the time so found, the bound is that of the same days with one late ticket.

    None of 100 waits; as if one had, 0.99 with a standard error of 0.01 over ten days: Clopper and Pearson's bound for 74 trials.

    >>> [round(float(x), 3) for x in share_within_interval(np.full(10, 10), np.full(10, 10), np.zeros(100), np.arange(100) // 10)]
    [1.0, 0.933, 1.0]
    """
    interval, total = share_interval(within, tickets, level), float(tickets.sum())
    late = (tickets - within).astype(np.int64)
    if np.isnan(interval.low) or late.sum() >= few * total or late.sum() ** 2 >= ENOUGH_DAYS * max(1, (late**2).sum()):
        return interval
    exceeded_by_few = np.partition(waits, at := int(np.ceil((1.0 - few) * total - 1e-9)) - 1)[at]
    longest = np.flatnonzero(waits > exceeded_by_few)
    longest = longest[np.argsort(-waits[longest], kind="stable")][len(waits) - int(within.sum()) :]  # without those in time; the longest first
    surely = within - np.bincount(day[longest[: _until_enough(late, waits[longest], day[longest])]], minlength=len(tickets))
    if surely.sum() >= total:
        surely[np.argmax(tickets)] -= 1
    return Estimate(interval.value, share_interval(surely, tickets, level).low, interval.high)


def _until_enough(late: NDArray[np.int64], waits: NDArray[Any], day: NDArray[Any]) -> int:
    """How many of the ``waits`` (the longest first) must count as late, besides the ``late`` ones of each day, to reach `ENOUGH_DAYS` days.

    All of them if even these do not reach it. Equal waits count together.
    """
    by_day = np.argsort(day, kind="stable")
    earlier = np.empty(len(day), dtype=np.int64)  # for each wait, the number of waits of the same day before it
    earlier[by_day] = np.arange(len(day)) - np.searchsorted(day[by_day], day[by_day])
    number = late.sum() + np.arange(1, len(day) + 1)
    squares = (late**2).sum() + np.cumsum(2 * (late[day] + earlier) + 1)
    last_of_equals = np.append(waits[1:] < waits[:-1], True)[: len(waits)]
    enough = np.flatnonzero((number**2 >= ENOUGH_DAYS * squares) & last_of_equals)
    return int(enough[0]) + 1 if len(enough) else len(day)


def average_day_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The average day's ratio E[Y / N] (a manager's view) with its t interval, over the days on which anything was counted."""
    some = denominator.astype(np.float64) > 0.0
    if not some.any():
        return _NOTHING
    return mean_interval(numerator[some].astype(np.float64) / denominator[some], level)


def quantile_interval(values: NDArray[Any], day: NDArray[Any], days: int, share: float, level: float = LEVEL) -> Estimate:
    """A quantile of the pooled values and an interval over days (Woodruff, JASA 47, 1952, with days as clusters).

    The value is the least observation that at least ``share`` (0 to 1) of all do not exceed. The share of values at or below it is a
    ratio over days, and so has a standard error. Each end is the observation at ``share`` minus or plus t times that error. The error of
    the share at or below this end is often larger, above all at the lower end of a high quantile; then the larger one puts the end.
    """
    return next(quantile_intervals(values, day, days, (share,), level))


def quantile_intervals(values: NDArray[Any], day: NDArray[Any], days: int, shares: Sequence[float], level: float = LEVEL) -> Iterator[Estimate]:
    """Several quantiles of the same values, each as by `quantile_interval`."""
    count = len(values)
    if count == 0:
        yield from (_NOTHING for _ in shares)
        return
    ordered, of_day, factor = np.sort(values), np.bincount(day, minlength=days), t_quantile(days, level)

    def at(share: float) -> float:
        return float(ordered[min(count - 1, max(0, int(np.ceil(share * count - 1e-9)) - 1))])

    def half(value: float) -> float:
        """The half-width, in shares, of the interval of the share of values at or below this one."""
        below = np.bincount(day[values <= value], minlength=days)
        return factor * float(_error_of_sum(below - below.sum() / count * of_day)) / count

    for share in shares:
        value = at(share)
        if days < 2:
            yield Estimate(np.array(value), np.array(np.nan), np.array(np.nan))
            continue
        here = half(value)
        low, high = (at(share + side * max(here, half(at(share + side * here)))) for side in (-1.0, 1.0))
        yield Estimate(np.array(value), np.array(low), np.array(high))


def wilson_interval(kept: int, days: int, level: float = LEVEL) -> Estimate:
    """The share of days that keep something (``kept`` of ``days``), with Wilson's score interval (JASA 22, 1927). Days are independent.

    >>> [round(float(x), 3) for x in wilson_interval(8, 10)]
    [0.8, 0.49, 0.943]
    """
    z = float(ndtri(0.5 + level / 2.0))
    share = kept / days
    centre = (share + z * z / (2 * days)) / (1 + z * z / days)
    half = z / (1 + z * z / days) * (share * (1 - share) / days + z * z / (4 * days * days)) ** 0.5
    return Estimate(np.array(share), np.array(min(share, max(0.0, centre - half))), np.array(max(share, min(1.0, centre + half))))
