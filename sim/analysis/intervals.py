"""Confidence intervals that cover chance only. The day is the unit of evidence.

Waits within a day depend strongly on each other, so no interval here treats tickets as independent. A ratio gets its standard error
from the days' residuals, and a share of days is Wilson's (`sim.analysis.quantiles` has the quantiles). The first axis of every array is
the day, or the section of many days that takes its place (`sim.results.days`); any other axes are of several measures at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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
    ratio = _ratio(y, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = t_quantile(len(y), level) * error_of_sum(y - ratio * n) / n.sum(axis=0)
    return Estimate(ratio, ratio - half, ratio + half)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The pooled ratio, NaN where nothing was counted."""
    total = denominator.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, numerator.sum(axis=0) / total, np.nan)


def error_of_sum(residual: Floats) -> Floats:
    """The standard error of a sum over days, from the residuals of the days (with mean 0)."""
    days = len(residual)
    return np.asarray(np.sqrt((residual**2).sum(axis=0) / max(1, days - 1) * days))


def stretched_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The pooled ratio with its delta-method interval, stretched for skewness by `reach`: the interval of the means in a summary."""
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    ratio = _ratio(y, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = reach((y - ratio * n) / n.mean(axis=0), t_quantile(len(y), level))
    return Estimate(ratio, ratio - below, ratio + above)


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
        centred = by_day - by_day.mean(axis=0)
        skew = (centred * centred * centred).mean(axis=0) / by_day.std(axis=0) ** 3 * np.sqrt(days * (days - 1)) / (days - 2)
        some = np.abs(skew) > 1e-6  # the correction divides by the skewness; without any, the t interval is exact
        lower, upper = (np.where(some, 3.0 / skew * (np.cbrt(1.0 + skew * (bound - skew / (6.0 * days))) - 1.0), bound) for bound in (-far, far))
    # The standardised mean is positive where the estimate exceeds the truth, so its upper tail gives the lower bound.
    return spread * np.maximum(far, upper), spread * np.maximum(far, -lower)


def share_interval(numerator: NDArray[Any], denominator: NDArray[Any], level: float = LEVEL, days: NDArray[Any] | None = None) -> Estimate:
    """A pooled share E[Y] / E[N] of counts and an interval that stays within 0 and 1 (Korn and Graubard, Survey Methodology 24, 1998).

    Days that vary make n dependent tickets worth fewer independent ones: as many as would give the share the same variance as the delta
    method finds over days. The interval is Clopper and Pearson's for that number. If all tickets count, or none, the days show no
    variance; then each day with a ticket is one trial, which is on the safe side. Where the first axis is sections of days, ``days`` says of
    how many each; a section then has as many trials as days, or as tickets if these are fewer.

    >>> [round(float(x), 3) for x in share_interval(np.full(10, 4), np.full(10, 4))]
    [1.0, 0.692, 1.0]
    >>> [round(float(x), 4) for x in share_interval(np.zeros(10), np.full(10, 80), days=np.full(10, 20))]
    [0.0, 0.0, 0.0183]
    """
    y, n = numerator.astype(np.float64), denominator.astype(np.float64)
    rows, share, tail = len(y), _ratio(y, n), (1.0 - level) / 2.0
    if rows < 2:
        return Estimate(share, np.full(share.shape, np.nan), np.full(share.shape, np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        error = error_of_sum(y - share * n) / n.sum(axis=0)
        varied = share * (1.0 - share) / error**2 * (float(ndtri(0.5 + level / 2.0)) / t_quantile(rows, level)) ** 2
        most = np.ones(rows) if days is None else days
        trials = np.where(error > 0.0, varied, np.minimum(n, most.reshape(-1, *[1] * (n.ndim - 1))).sum(axis=0))
        hits = share * trials
        low = np.where(share > 0.0, betaincinv(hits, trials - hits + 1.0, tail), 0.0 * share)
        high = np.where(share < 1.0, betaincinv(hits + 1.0, trials - hits, 1.0 - tail), share)
    exact = (error == 0.0) & (share > 0.0) & (share < 1.0)
    return Estimate(share, np.where(exact, share, low), np.where(exact, share, high))


def share_within_interval(
    within: NDArray[Any], tickets: NDArray[Any], sooner: NDArray[Any], *, rows: int = 1, few: Any = FEW, level: float = LEVEL
) -> Estimate:
    """The share of tickets that are served within a time, with an interval that holds also where few or none wait longer.

    ``within`` and ``tickets`` are counts by day. ``sooner`` (day × … × time) counts those that were served within each of some shorter times,
    in increasing order. Its first axis may be sections of ``rows`` days each.

    The upper bound is that of `share_interval`. So is the lower bound, if late tickets were seen on enough days. If not, the lower bound is
    that of the share within a shorter time: the longest that tickets of `ENOUGH_DAYS` days exceed, but none shorter than the one that
    ``few`` (0 to 1) of all tickets exceed. The reason: late tickets come together on few days, so that `share_interval` underestimates
    how often they come if it sees only few of these days; and no more tickets are served within a shorter time, so that its lower bound
    holds here too. Days count as (Σ late)² / Σ late²: n days with equally many late tickets are n, and days with few beside one with many
    hardly count. If nobody exceeds the time so found, the bound is that of the same days with one late ticket.

    None of 100 waits; as if one had, 0.99 with a standard error of 0.01 over ten days: Clopper and Pearson's bound for 74 trials.

    >>> [round(float(x), 3) for x in share_within_interval(np.full(10, 10), np.full(10, 10), np.full((10, 1), 10))]
    [1.0, 0.933, 1.0]
    """
    interval = share_interval(within, tickets, level)
    doubtful = is_doubtful(within, tickets, rows=rows, few=few).ravel()
    if not doubtful.any():
        return interval
    y, n = (_by_section(counts, rows).reshape(len(sooner), -1)[:, doubtful] for counts in (within, tickets))
    times = sooner.reshape(len(sooner), -1, sooner.shape[-1])[:, doubtful]
    total, measures, last = n.sum(axis=0), np.arange(n.shape[1]), times.shape[2] - 1
    allowed = times.sum(axis=0, dtype=np.int64) >= ((1.0 - np.broadcast_to(few, doubtful.shape)[doubtful]) * total - 1e-9)[:, np.newaxis]
    shortest = np.argmax(allowed, axis=1)
    since = shortest.min()
    enough = allowed[:, since:] & _come_on_enough_days(n[:, :, np.newaxis] - times[:, :, since:])
    chosen = np.where(enough.any(axis=1), last - np.argmax(enough[:, ::-1], axis=1), shortest)
    surely = np.where(allowed[measures, chosen], times[:, measures, chosen], y)
    nobody = np.flatnonzero(surely.sum(axis=0) >= total)
    surely[np.argmax(n, axis=0)[nobody], nobody] -= 1.0
    low = interval.low.copy()
    low.flat[doubtful.nonzero()] = share_interval(surely, n, level).low
    return Estimate(interval.value, low, interval.high)


def is_doubtful(within: NDArray[Any], tickets: NDArray[Any], *, rows: int = 1, few: Any = FEW) -> NDArray[np.bool_]:
    """Whether `share_within_interval` does not take the lower bound of `share_interval`: late tickets are few and were seen on few days only."""
    late, total = _by_section(tickets - within, rows), tickets.sum(axis=0)
    return np.asarray((late.sum(axis=0) < few * total) & ~_come_on_enough_days(late) & (len(tickets) > 1))


def _by_section(counts: NDArray[Any], rows: int) -> Floats:
    """Counts by day, added up over sections of so many days; the last section may be shorter."""
    return np.add.reduceat(counts.astype(np.float64), np.arange(0, len(counts), rows), axis=0)


def _come_on_enough_days(late: Floats) -> NDArray[np.bool_]:
    """Whether late tickets were seen on `ENOUGH_DAYS` days."""
    return np.asarray(late.sum(axis=0) ** 2 >= ENOUGH_DAYS * np.maximum(1.0, (late * late).sum(axis=0)))


def average_day_interval(ratios: NDArray[Any], counted: NDArray[Any], level: float = LEVEL) -> Estimate:
    """The mean over days of the day's own ratio Y / N (a manager's view) with its t interval, over the days on which anything was counted.

    ``ratios`` are the days' own ratios, 0 where nothing was counted, and ``counted`` says on which days something was: 1 or 0. Of a section
    of days, both are sums over its days.

    >>> [round(float(x), 2) for x in average_day_interval(np.array([1.0, 2.0, 0.0, 3.0]), np.array([1, 1, 0, 1]))]
    [2.0, -0.48, 4.48]
    """
    y, n = ratios.astype(np.float64), counted.astype(np.float64)
    mean, days = _ratio(y, n), (n > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(((y - mean * n) ** 2).sum(axis=0) / np.maximum(1, days - 1) * days)
        different, which = np.unique(days, return_inverse=True)
        half = np.array([t_quantile(one, level) for one in different.tolist()])[which] * error / n.sum(axis=0)
    return Estimate(mean, mean - half, mean + half)


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
