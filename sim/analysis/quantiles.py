"""Quantiles of waits that were counted in bins (`sim.results.waits`), with intervals by chance.

Within a bin, waits count as spread evenly, so a quantile is off by less than its bin is wide. The first axis of counts is the section of
days, the unit of evidence, and the last is the bin. Between them stands the part of the hall.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.intervals import LEVEL, Estimate, error_of_sum, t_quantile
from sim.clock import MINUTE
from sim.results.waits import LOWER, UPPER

Floats = NDArray[np.float64]


def quantile_interval(counts: NDArray[Any], share: float, level: float = LEVEL) -> Estimate:
    """A quantile (minutes) of the pooled waits and an interval over days (Woodruff, JASA 47, 1952, with days as clusters).

    The value is the wait that a ``share`` (0 to 1) of all do not exceed. The share of waits at or below it is a ratio over days, and so
    has a standard error. Each end is the quantile at ``share`` minus or plus t times that error. The error of the share at or below this
    end is often larger, above all at the lower end of a high quantile; then the larger one puts the end.

    Four tickets waited up to 1.875 s, the width of the first bin, and four up to twice as long. Half waited up to 1.875 s:

    >>> float(quantile_interval(np.array([[0, 4, 4]]), 0.5).value) * 60
    1.875
    """
    return Estimate(*(found[0, 0] for found in quantile_intervals(no_longer(counts[:, np.newaxis]), (share,), level)))


def no_longer(counts: NDArray[Any], out: NDArray[np.uint32] | None = None) -> NDArray[np.uint32]:
    """How many waited no longer than the upper bound of each bin, in the shape of the counts (``out``: written there)."""
    return np.cumsum(counts, axis=-1, dtype=np.uint32, out=out)


def quantiles(within: NDArray[Any], shares: Sequence[float] | Floats) -> Floats:
    """Quantiles (share × part, minutes) of the pooled waits, from `no_longer`; NaN for a part without waits."""
    return _minutes(_places(_pooled(within), np.asarray(shares)[:, np.newaxis]))


def quantile_intervals(within: NDArray[Any], shares: Sequence[float], level: float = LEVEL) -> Estimate:
    """Quantiles (share × part), each as by `quantile_interval`, from `no_longer`."""
    pooled = _pooled(within)
    wanted = np.asarray(shares)[:, np.newaxis]
    place = _places(pooled, wanted)
    value = _minutes(place)
    if len(within) < 2:
        return Estimate(value, np.full(value.shape, np.nan), np.full(value.shape, np.nan))

    def half(at: _Place) -> Floats:
        """The half-width, in shares, of the interval of the share of waits up to a place."""
        return t_quantile(len(within), level) * error_of_sum(_residual(within, at)) / pooled[:, -1]

    with np.errstate(divide="ignore", invalid="ignore"):
        here = half(place)
        low, high = (_minutes(_places(pooled, wanted + side * np.maximum(here, half(_places(pooled, wanted + side * here))))) for side in (-1.0, 1.0))
    return Estimate(value, low, high)


def influences_of_quantile(within: NDArray[Any], share: float) -> tuple[Floats, Floats]:
    """Bahadur's representation of a quantile: q̂ − q ≈ −(share of tickets at or below q − share) / density, by day.

    Returns the quantile of each part (minutes) and its influences (day × part), from `no_longer`. We choose the density so that an
    interval from these influences has the length of Woodruff's. That interval may be a single value that many tickets share: if nine in
    ten do not wait at all, it is 0. Then the quantile does not vary, and its influence is 0.
    """
    days, pooled = len(within), _pooled(within)
    interval = quantile_intervals(within, (share,))
    value, width = interval.value[0], (interval.high - interval.low)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = _residual(within, _places(pooled, np.array([[share]])))[:, 0]
        spread = error_of_sum(residual) / pooled[:, -1]
        slope = np.where((width > 0) & (spread > 0), 2.0 * t_quantile(days) * spread / width, np.inf)
        influences = np.where(np.isnan(value) | (days < 2), np.nan, -residual / (pooled[:, -1] / days) / slope)
    return value, np.asarray(influences)


class _Place(NamedTuple):
    """Places among the waits (share × part): the bin, and which part (0 to 1) of its waits lies up to the place. Bin 0 is one place."""

    bin: NDArray[np.intp]
    part: Floats


def _pooled(within: NDArray[Any]) -> Floats:
    """The waits up to each bound of all sections together (part × bin)."""
    return np.asarray(within.sum(axis=0, dtype=np.int64), dtype=np.float64)


def _places(pooled: Floats, shares: Floats) -> _Place:
    """The first places up to which these shares of the waits lie (cut to 0 to 1); of no waits, the part is NaN."""
    wanted = np.clip(shares, 0.0, 1.0) * pooled[:, -1]
    # Rounding must not lead past a bound up to which just so many lie, and a share of 0 leads to the least wait.
    surely = np.nan_to_num(np.maximum(wanted * (1.0 - 1e-12), 1e-9))
    bins = np.minimum(np.count_nonzero(pooled < surely[..., np.newaxis], axis=-1), pooled.shape[1] - 1)
    upto, before = (pooled[np.arange(len(pooled)), places] for places in (bins, np.maximum(bins - 1, 0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(bins == 0, 1.0, np.clip((wanted - before) / (upto - before), 0.0, 1.0))
    return _Place(bins, np.where(pooled[:, -1] > 0, part, np.nan))


def _minutes(place: _Place) -> Floats:
    """The waiting times of places, in minutes."""
    lower, upper = LOWER[place.bin], UPPER[place.bin]
    return np.asarray((lower + place.part * (upper - lower)) / MINUTE)


def _residual(within: NDArray[Any], place: _Place) -> Floats:
    """By section, how many more waits lie up to the bin of each place than its share of all would be (section × share × part).

    The whole bin counts: of few waits, the part of a single one that lies up to a place would say nothing of chance.
    """
    below = within[:, np.arange(within.shape[1]), place.bin].astype(np.float64)
    tickets = within[:, np.newaxis, :, -1].astype(np.float64)
    return np.asarray(below - below.sum(axis=0) / tickets.sum(axis=0) * tickets)
