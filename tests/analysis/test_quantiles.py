"""Quantiles of counted waits: worked by hand, against a loop over days and bins, against the waits themselves, and by how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

from sim.analysis.intervals import t_quantile
from sim.analysis.quantiles import influences_of_quantile, no_longer, quantile_interval, quantile_intervals, quantiles
from sim.clock import MINUTE
from sim.results.waits import BINS, LOWER, UPPER
from tests.analysis.queues import one_counter_days

BIN = 1.875 / 60
"""The width of the bins of short waits, in minutes."""


def counted(waits: np.ndarray, day: np.ndarray, days: int) -> np.ndarray:
    """Waits (minutes) counted by day and bin."""
    counts = np.zeros((days, BINS), dtype=np.int64)
    np.add.at(counts, (day, np.searchsorted(UPPER, waits * MINUTE)), 1)
    return counts


def of_bins(*days: list[int]) -> np.ndarray:
    """Counts by day and bin of waits that are given by the number of their bin."""
    return np.array([np.bincount(bins, minlength=BINS) for bins in days])


# By hand


def test_a_quantile_by_hand() -> None:
    """Four of ten do not wait, three are in the first bin, none in the second, three in the third (3.75 to 5.625 s).

    Up to 40 % the quantile is 0. Half are five: one third of the first bin. Seven reach the bound of the first bin exactly; that nobody is in
    the second does not matter. 85 % are half of the third bin.
    """
    counts = of_bins([0, 0, 0, 0, 1, 1, 1, 3, 3, 3])
    shares = [0.0, 0.05, 0.4, 0.5, 0.7, 0.85, 1.0]
    expected = [0.0, 0.0, 0.0, 0.625, 1.875, 4.6875, 5.625]
    np.testing.assert_allclose(quantiles(no_longer(counts[:, np.newaxis]), shares)[:, 0] * 60, expected)
    np.testing.assert_allclose([float(quantile_interval(counts, share).value) * 60 for share in shares], expected)


def test_the_least_wait_is_the_bound_below_it() -> None:
    """If all wait, the quantile at 0 is the lower bound of the first bin with a wait, here the fourth."""
    found = quantiles(no_longer(of_bins([4, 4, 6])[:, np.newaxis]), [0.0, 1 / 3, 2 / 3, 1.0])[:, 0]
    np.testing.assert_allclose(found / BIN, [3.0, 3.5, 4.0, 6.0])


def test_a_quantile_interval_by_hand() -> None:
    """Two days, waits in the bins 1 2 3 4 and 5 6 7 8. The median is the bound of bin 4; 4 and 0 are at or below it, ½ of 4 and 4, so the
    residuals are 2 and −2 and the error of the share is √(8 · 2/1)/8 = ½: the interval is all there is. Of days alike the residuals are 0,
    and it is a point."""
    apart = quantile_interval(of_bins([1, 2, 3, 4], [5, 6, 7, 8]), 0.5)
    np.testing.assert_allclose(np.array(apart) / BIN, [4, 0, 8])
    alike = quantile_interval(of_bins([1, 2, 3, 4], [1, 2, 3, 4]), 0.5)
    np.testing.assert_allclose(np.array(alike) / BIN, [2, 2, 2])


def test_an_end_of_a_quantile_has_its_own_error() -> None:
    """Three days of ten waits: in bins 1 to 10 on two, five in bin 7 and five in bin 26 on the third.

    Half are 15 of 30; 12 are below bin 7 and 7 in it, so the median is 3/7 of bin 7. Up to bin 7 are 7, 7 and 5: residuals ⅔, ⅔ and −4/3, an
    error of √(24/9 · 3/2)/30 = 1/15, times t = 4.303 is 0.287. So the ends are at first at 6.4 and 23.6 of 30, in bins 4 and 10. Up to bin
    4 are 4, 4 and 0: residuals 4/3, 4/3 and −8/3, twice as large, so the lower end moves below 0 and is the least, the lower bound of bin
    1. Up to bin 10 are 10, 10 and 5, 2.5 times as large: the upper end is the greatest, the bound of bin 26.
    """
    counts = of_bins([*range(1, 11)], [*range(1, 11)], [*[7] * 5, *[26] * 5])
    np.testing.assert_allclose(np.array(quantile_interval(counts, 0.5)) / BIN, [6 + 3 / 7, 0, 26])


def test_one_day_has_a_quantile_and_no_bounds() -> None:
    found = quantile_interval(of_bins([1, 3, 9]), 1 / 3)
    assert float(found.value) == BIN
    assert np.isnan(found.low) and np.isnan(found.high)


def test_of_no_waits_there_is_no_quantile() -> None:
    """A part of the hall without waits spoils no other."""
    nothing, some = np.zeros((5, BINS), dtype=np.int64), of_bins(*[[0, 1, 2]] * 5)
    assert all(np.isnan(part) for part in quantile_interval(nothing, 0.5))
    found = quantile_intervals(no_longer(np.stack([nothing, some], axis=1)), (0.5,))
    assert np.isnan(found.value[0, 0]) and found.value[0, 1] == quantile_interval(some, 0.5).value == BIN / 2
    values, by_day = influences_of_quantile(no_longer(np.stack([nothing, some], axis=1)), 0.5)
    assert math.isnan(values[0]) and np.isnan(by_day[:, 0]).all() and not np.isnan(by_day[:, 1]).any()


# Against a loop


def by_loop(counts: list[list[int]], share: float) -> tuple[float, float, float]:
    """A quantile and its interval, one day and one bin after the other."""
    days, bins = len(counts), range(len(counts[0]))
    everyone = [sum(day) for day in counts]
    total = sum(everyone)

    def bin_at(wanted: float) -> tuple[int, float]:
        below = 0
        for one in bins:
            here = sum(day[one] for day in counts)
            if here and below + here >= wanted * total * (1 - 1e-12):
                minutes = LOWER[one] + (UPPER[one] - LOWER[one]) * max(0.0, wanted * total - below) / here if one else 0.0
                return one, minutes / MINUTE
            below += here
        return one, UPPER[max(one for one in bins if any(day[one] for day in counts))] / MINUTE

    def half(one: int) -> float:
        below = [sum(day[: one + 1]) for day in counts]
        squares = sum((mine - sum(below) / total * all_mine) ** 2 for mine, all_mine in zip(below, everyone, strict=True))
        return t_quantile(days) * math.sqrt(squares * days / (days - 1)) / total

    one, value = bin_at(share)
    ends = []
    for side in (-1.0, 1.0):
        end, _ = bin_at(min(1.0, max(0.0, share + side * half(one))))
        ends.append(bin_at(min(1.0, max(0.0, share + side * max(half(one), half(end)))))[1])
    return value, ends[0], ends[1]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_all_parts_together_are_as_one_after_the_other(share: float) -> None:
    """Parts of many and of few waits, days without any, and a third that does not wait."""
    rng = np.random.default_rng(21)
    parts = []
    for tickets in (0.3, 2.0, 40.0):
        sizes = rng.poisson(tickets, 12)
        day = np.repeat(np.arange(12), sizes)
        waits = rng.exponential(6.0, len(day)) * rng.gamma(2.0, 0.5, 12)[day] * (rng.random(len(day)) < 0.67)
        parts.append(counted(waits, day, 12))
    found = quantile_intervals(no_longer(np.stack(parts, axis=1)), (0.5, share))
    for k, counts in enumerate(parts):
        expected = by_loop(counts.tolist(), share)
        np.testing.assert_allclose([numbers[1, k] for numbers in found], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(quantile_interval(counts, share), expected, rtol=1e-9, atol=1e-12)


# Against the waits themselves


def test_a_quantile_is_off_by_less_than_a_bin() -> None:
    """Waits of all lengths: the quantile lies in the bin of the least wait that so many do not exceed."""
    rng = np.random.default_rng(22)
    shares = np.linspace(0.005, 1.0, 200)
    for mean in (0.02, 1.0, 15.0, 200.0):
        waits = np.round(rng.exponential(mean, 5000) * (rng.random(5000) < 0.8) * MINUTE) / MINUTE
        found = quantiles(no_longer(counted(waits, np.zeros(5000, dtype=int), 1)[:, np.newaxis]), shares)[:, 0]
        exact = np.quantile(waits, shares, method="inverted_cdf")
        bins = np.searchsorted(UPPER, np.round(exact * MINUTE))
        assert ((LOWER[bins] <= found * MINUTE + 1e-6) & (found * MINUTE <= UPPER[bins] + 1e-6)).all()


# How often they hold

SHARES = np.array([0.25, 0.75])
"""A quarter of the tickets is of calm days (10 tickets, mean wait 5), the rest of busy days (30 tickets, mean wait 15)."""


def pooled_quantile(share: float) -> float:
    """The true quantile of a ticket's wait."""
    return float(optimize.brentq(lambda x: SHARES @ np.exp(-x / np.array([5.0, 15.0])) - (1 - share), 0.0, 600.0))


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_quantile_covers(share: float) -> None:
    """1,000 experiments of 60 days, as many calm as busy by chance: at least 93 % hold the true quantile."""
    random = np.random.default_rng(9)
    busy = random.random((1000, 60)) < 0.5
    truth, held = pooled_quantile(share), 0
    for days in busy:
        sizes = np.where(days, 30, 10)
        day = np.repeat(np.arange(60), sizes)
        waits = random.exponential(1.0, len(day)) * np.repeat(np.where(days, 15.0, 5.0), sizes)
        found = quantile_interval(counted(waits, day, 60), share)
        assert found.low <= found.value <= found.high
        held += found.low <= truth <= found.high
    assert held >= 930


@pytest.mark.parametrize("days", [20, 50])
def test_the_p90_of_a_crowded_day_covers(days: int) -> None:
    """A counter busy 97 % of the time, 30 tickets of 10 minutes a day: at least 94.5 % of 1,000 intervals hold the P90.

    With the error at the estimate alone, 93.0 % do at 20 days and 94.1 % at 50: from days without a long queue, the lower end lay too high.
    """
    every = 10.0 * one_counter_days(np.random.default_rng(14), 1000 * days, 30, 0.97)
    true, held = float(np.quantile(every, 0.9, method="inverted_cdf")), 0
    for waits in every.reshape(1000, days, 30):
        found = quantile_interval(counted(waits.ravel(), np.repeat(np.arange(days), 30), days), 0.9)
        held += bool(found.low <= true <= found.high)
    assert held >= 945


# Influences


def test_influences_of_a_quantile_stand_for_its_interval() -> None:
    """Alone, the linearised P90 has the spread from which Woodruff's interval was made; a quantile at a mass of equal waits has none."""
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(40), 50)
    waits = rng.exponential(4.0, 2000) * np.repeat(rng.gamma(4.0, 0.25, 40), 50)
    few = np.where(rng.random(2000) < 0.05, waits, 0.0)
    counts = np.stack([counted(waits, day, 40), counted(few, day, 40)], axis=1)
    values, by_day = influences_of_quantile(no_longer(counts), 0.9)
    interval = quantile_interval(counts[:, 0], 0.9)
    assert values[0] == float(interval.value)
    assert t_quantile(40) * by_day[:, 0].std(ddof=1) / math.sqrt(40) == pytest.approx((float(interval.high) - float(interval.low)) / 2, rel=1e-9)
    assert by_day[:, 0].mean() == pytest.approx(0.0, abs=1e-9)
    assert values[1] == 0.0 and not by_day[:, 1].any()
