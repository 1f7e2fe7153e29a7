"""Intervals take the day as the unit of evidence: held to published examples, to a jackknife, and to how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.coverage import THREE_DESKS, covered_alone, places, single_runs
from sim.analysis.intervals import (
    Estimate,
    average_day_interval,
    is_doubtful,
    mean_interval,
    ratio_interval,
    share_interval,
    share_within_interval,
    stretched_interval,
    t_quantile,
    wilson_interval,
)
from tests.analysis.queues import one_counter_days


def half(interval: Estimate) -> np.ndarray:
    """Half the length of an interval, which is symmetric about its value where it is a t interval."""
    assert interval.high - interval.value == pytest.approx(interval.value - interval.low, nan_ok=True)
    return (interval.high - interval.low) / 2.0


# Published examples


def test_ten_days_of_a_bank() -> None:
    """Law, Simulation Modeling and Analysis, 9.4.1: average delays of ten days, 90 %: 2.03 ± 0.32; share below 5 minutes 0.853 ± 0.036."""
    delays = mean_interval(np.array([1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60]), 0.90)
    shares = mean_interval(np.array([0.917, 0.916, 0.952, 0.822, 0.840, 0.866, 0.783, 0.782, 0.873, 0.779]), 0.90)
    assert delays.value == pytest.approx(2.031)
    assert half(delays) == pytest.approx(0.322283405, rel=1e-8)
    assert shares.value == pytest.approx(0.853)
    assert half(shares) == pytest.approx(0.0361401778, rel=1e-8)


def test_two_inventory_policies_paired_by_replication() -> None:
    """Law, 10.2: mean difference 4.98 with variance 2.44; paired t, 90 %: [1.65, 8.31]."""
    first = np.array([126.97, 124.31, 126.68, 122.66, 127.23])
    second = np.array([118.21, 120.22, 122.45, 122.68, 119.40])
    found = mean_interval(first - second, 0.90)
    assert found.value == pytest.approx(4.978)
    assert found.low == pytest.approx(1.64912687, rel=1e-8)
    assert found.high == pytest.approx(8.30687313, rel=1e-8)


@pytest.mark.parametrize(("days", "level", "expected"), [(2, 0.95, 12.7062), (10, 0.90, 1.8331), (10, 0.95, 2.2622), (31, 0.99, 2.7500), (10_000, 0.95, 1.9602)])
def test_t_quantiles_are_those_of_the_tables(days: int, level: float, expected: float) -> None:
    assert t_quantile(days, level) == pytest.approx(expected, abs=5e-5)


# Ratios


def ratio_days(experiments: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Days × experiments: sums of waits Y and numbers of tickets N that depend on the day's busyness B, so E[Y]/E[N] = 5 E[B²]."""
    random = np.random.default_rng(71)
    busyness = random.gamma(16.0, 1 / 16.0, (days, experiments))
    number = random.poisson(20.0 * busyness)
    return 5.0 * number * busyness * random.gamma(9.0, 1 / 9.0, (days, experiments)), number


TRUE_RATIO = 5.0 * (1.0 + 1 / 16)
"""E[Y] = E[20 B · 5 B], E[N] = 20 E[B], E[B] = 1, E[B²] = 1 + 1/16."""


def test_a_ratio_agrees_with_the_jackknife() -> None:
    """Leave a day out, day after day (Law, 9.4): the same value but for its bias, and a half-width within 3 % at 200 days."""
    waits, number = ratio_days(5, 200)
    found = ratio_interval(waits, number)
    without = (waits.sum(axis=0) - waits) / (number.sum(axis=0) - number)
    pseudo = 200 * waits.sum(axis=0) / number.sum(axis=0) - 199 * without
    error = pseudo.std(axis=0, ddof=1) / math.sqrt(200)
    assert found.value == pytest.approx(waits.sum(axis=0) / number.sum(axis=0))
    assert np.abs(found.value - pseudo.mean(axis=0)).max() < 0.05 * error.min()
    assert half(found) == pytest.approx(t_quantile(200) * error, rel=0.03)


def test_a_ratio_is_the_delta_method_written_out() -> None:
    """Days with 3, 1 and 2 tickets and 9, 1 and 5 minutes: ratio 15/6; residuals 1.5, −1.5 and 0; s² = 2.25; error √(2.25/3)/2."""
    found = ratio_interval(np.array([9, 1, 5]), np.array([3, 1, 2]))
    assert found.value == 2.5
    assert half(found) == pytest.approx(4.3026527 * math.sqrt(2.25 / 3) / 2)


def test_a_ratio_by_constant_numbers_is_a_mean() -> None:
    values = np.random.default_rng(3).normal(7.0, 2.0, 40)
    expected = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    for found in (mean_interval(values), ratio_interval(6 * values, np.full(40, 6.0)), average_day_interval(values, np.ones(40, dtype=int))):
        assert (found.low, found.high) == pytest.approx(expected)


def test_a_ratio_covers() -> None:
    """1,000 experiments of 60 days: the 95 % interval holds the truth in at least 93 %; one that treats each ticket as independent,
    with the very same data, in fewer than 80 %."""
    waits, number = ratio_days(1000, 60)
    found = ratio_interval(waits, number)
    assert ((found.low <= TRUE_RATIO) & (found.high >= TRUE_RATIO)).mean() >= 0.93
    naive = 1.96 * math.sqrt(5.0) / np.sqrt(number.sum(axis=0))  # the variance of a ticket's wait is 25 (1.328 − 1.0625²) = 5
    assert (np.abs(found.value - TRUE_RATIO) <= naive).mean() < 0.80


def test_a_ratio_is_taken_for_each_column() -> None:
    waits, number = ratio_days(6, 30)
    whole = ratio_interval(waits.reshape(30, 2, 3), number.reshape(30, 2, 3))
    for i in range(6):
        one = ratio_interval(waits[:, i], number[:, i])
        assert [part.reshape(6)[i] for part in whole] == pytest.approx([float(part) for part in one])


def test_the_average_day_is_another_measure() -> None:
    """A day of 1 ticket waiting 10 and a day of 9 tickets waiting 2 each: 2.8 a ticket, 6 on the average day. Empty days have no ratio."""
    ratios, counted = np.array([10, 2, 0]), np.array([1, 1, 0])
    assert ratio_interval(np.array([10, 18, 0]), np.array([1, 9, 0])).value == pytest.approx(2.8)
    assert average_day_interval(ratios, counted).value == pytest.approx(6.0)
    assert half(average_day_interval(ratios, counted)) == pytest.approx(12.7062 * 4.0, rel=1e-5)


def test_sections_of_days_take_the_place_of_days() -> None:
    """Sections of two, two and one day with the sums 4, 6 and 5: the mean is 15/5 = 3; the residuals −2, 0 and 2 have the error √(8 · 3/2).

    One day of the first section has no ratio of its own; the sums of ratios are 1, 6 and 5, of 4 days: the same residuals.
    """
    a_day, of_ratios = ratio_interval(np.array([4, 6, 5]), np.array([2, 2, 1])), average_day_interval(np.array([1, 6, 5]), np.array([1, 2, 1]))
    assert a_day.value == of_ratios.value == 3.0
    assert half(a_day) == pytest.approx(4.3026527 * math.sqrt(12) / 5)
    assert half(of_ratios) == pytest.approx(4.3026527 * math.sqrt(12) / 4)


def test_days_without_tickets_count_as_days() -> None:
    """The days of the delta method above and one without tickets: residual 0, four days: √(4.5/3 · 4)/6, and t with 3 degrees of freedom."""
    found = ratio_interval(np.array([9, 1, 5, 0]), np.array([3, 1, 2, 0]))
    assert found.value == 2.5
    assert half(found) == pytest.approx(3.1824463 * math.sqrt(4.5 / 3 * 4) / 6)


# Shares of days


@pytest.mark.parametrize(
    ("kept", "days", "low", "high"),
    [(8, 10, 0.4901625, 0.9433178), (0, 10, 0.0, 0.2775328), (10, 10, 0.7224672, 1.0), (81, 263, 0.2552718, 0.3662019), (15, 148, 0.0623872, 0.1604777)],
)
def test_wilson(kept: int, days: int, low: float, high: float) -> None:
    """Newcombe (Statistics in Medicine 17, 1998, table I, method 3): 81/263 gives 0.2553 to 0.3662, 15/148 gives 0.0624 to 0.1605."""
    found = wilson_interval(kept, days)
    assert found.value == kept / days
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_wilson_ends_are_where_the_score_test_just_rejects() -> None:
    """|p − kept/days| = z √(p (1 − p)/days) at both ends."""
    for kept, days in ((1, 7), (8, 10), (190, 200)):
        found = wilson_interval(kept, days, 0.90)
        for end in (float(found.low), float(found.high)):
            assert abs(end - kept / days) == pytest.approx(stats.norm.ppf(0.95) * math.sqrt(end * (1 - end) / days))


# Little or no data


def test_one_day_has_a_value_and_no_bounds() -> None:
    for found in (
        mean_interval(np.array([3.0])),
        ratio_interval(np.array([6]), np.array([2])),
        average_day_interval(np.array([3.0]), np.array([1])),
    ):
        assert found.value == 3.0
        assert np.isnan(found.low) and np.isnan(found.high)


def test_nothing_counted_is_no_number() -> None:
    nothing = np.zeros(5, dtype=np.int64)
    for found in (ratio_interval(nothing, nothing), average_day_interval(nothing, nothing), share_interval(nothing, nothing)):
        assert all(np.isnan(part) for part in found)


def test_a_part_without_data_spoils_no_other() -> None:
    found = ratio_interval(np.array([[0, 6], [0, 4]]), np.array([[0, 3], [0, 2]]))
    assert np.isnan(found.value[0]) and found.value[1] == 2.0


def test_equal_days_leave_no_doubt() -> None:
    found = mean_interval(np.full(8, 2.5))
    assert (float(found.low), float(found.value), float(found.high)) == (2.5, 2.5, 2.5)


def test_a_share_covers_where_few_come_and_nearly_all_are_in_time() -> None:
    """Four tickets a day, 95 % in time on average, a bad day in ten: the delta method would often have no width at all."""
    rng = np.random.default_rng(11)
    for days in (5, 10, 20, 50):
        covered = 0
        for _ in range(1000):
            tickets = rng.poisson(4, days)
            in_time = rng.binomial(tickets, np.where(rng.random(days) < 0.1, 0.68, 0.98))
            interval = share_interval(in_time, tickets)
            covered += bool(interval.low <= 0.95 <= interval.high)
        assert covered >= 930, days


def within(waits: np.ndarray, times: object) -> np.ndarray:
    """How many waits (day × ticket) are no longer than each time: day × time."""
    return (waits[:, :, np.newaxis] <= np.asarray(times)).sum(axis=1)


@pytest.mark.parametrize("share", [0.97, 0.99, 0.999, 1.0])
def test_a_share_covers_where_waits_are_seldom_too_long(share: float) -> None:
    """Waits beyond the time come one after the other, on few days: of 20 days many show none, or one queue only."""
    rng = np.random.default_rng(12)
    every = one_counter_days(rng, 20_000)
    time = np.quantile(every, share)
    true = float((every <= time).mean())
    covered = 0
    for waits in every.reshape(1000, 20, -1):
        interval = share_within_interval((waits <= time).sum(axis=1), np.full(20, 60), within(waits, np.linspace(0.0, time, 61)))
        covered += bool(interval.low <= true <= interval.high)
    assert covered >= 930


def test_a_share_does_not_lose_its_bound_with_the_last_long_wait() -> None:
    """Sooner or later all are within a longer time: the share rises, and its lower bound never falls."""
    waits = one_counter_days(np.random.default_rng(13), 20)
    times = np.linspace(0.0, 30.0, 601)
    sooner = within(waits, times)
    lows = [float(share_within_interval(sooner[:, at], np.full(20, 60), sooner[:, : at + 1]).low) for at in range(60, 601, 9)]
    assert lows == sorted(lows)
    assert lows[-1] > 0.9 > float(share_interval(np.full(20, 60), np.full(20, 60)).low)


LATE_DAYS, MEAN_LATE = 0.1, 60 * 0.01632 / 0.1
"""Every tenth day has late tickets, a geometric number with this mean: of 60 a day, 0.98368 are in time."""


def days_with_late_tickets(rng: np.random.Generator, days: int) -> tuple[np.ndarray, np.ndarray]:
    """How many of 60 tickets are late, by day, and the waits, day × ticket: those of the late are above 1."""
    late = np.where(rng.random(days) < LATE_DAYS, np.minimum(60, rng.geometric(1.0 / MEAN_LATE, days)), 0)
    return late, rng.random((days, 60)) + (np.arange(60) < late[:, None])


TRUE_SHARE = 1.0 - LATE_DAYS * MEAN_LATE * (1.0 - (1.0 - 1.0 / MEAN_LATE) ** 60) / 60.0
"""The share in time, exactly: min(60, geometric) has the mean (1 − (1 − 1/m)⁶⁰) · m."""


@pytest.mark.parametrize(("days", "experiments"), [(20, 500), (50, 500), (100, 500), (1000, 100)])
def test_a_share_near_one_covers_at_few_days_and_at_many(days: int, experiments: int) -> None:
    """At least 93 % hold the truth, and the lower bound is above it in no more than 5 %."""
    rng = np.random.default_rng(15)
    covered = above = 0
    for _ in range(experiments):
        late, waits = days_with_late_tickets(rng, days)
        interval = share_within_interval(60 - late, np.full(days, 60), within(waits, np.linspace(0.9, 1.0, 101)))
        covered += bool(interval.low <= TRUE_SHARE <= interval.high)
        above += bool(interval.low > TRUE_SHARE)
    assert covered >= 0.93 * experiments
    assert above <= 0.05 * experiments


def test_a_share_near_one_becomes_sharp_with_many_days() -> None:
    """50,000 days: the bounds are as far from the estimate as the exact variance of a day says, within 5 %.

    A day's number of late tickets L has E[L²] = 0.1 · (2 m² − m) for the uncut geometric, and E[L] = 0.1 m; the cut at 60 takes 2 % off.
    """
    late, waits = days_with_late_tickets(np.random.default_rng(16), 50_000)
    interval = share_within_interval(60 - late, np.full(50_000, 60), within(waits, [0.5]))
    uncut = math.sqrt(LATE_DAYS * (2 * MEAN_LATE**2 - MEAN_LATE) - (LATE_DAYS * MEAN_LATE) ** 2)
    half_width = 1.96 * uncut / 60 / math.sqrt(50_000)
    assert interval.low <= TRUE_SHARE <= interval.high
    assert float(interval.value - interval.low) == pytest.approx(half_width, rel=0.05)
    assert float(interval.high - interval.value) == pytest.approx(half_width, rel=0.05)


@pytest.mark.parametrize("days", [14, 15, 16])
def test_late_tickets_of_fifteen_days_are_enough(days: int) -> None:
    """100 days of 100 tickets; on 14, 15 or 16 days one is late. Fifteen days suffice: the bound is that of the share itself.

    Fourteen do not. The next longest wait, 0.9, is a second one on a day that has one: (Σ late)² / Σ late² is 15²/17 = 13.2. That of 0.8, on a
    day without, makes it 16²/18 = 14.2, and that of 0.7, on another, 17²/19 = 15.2. So the bound is that of the share within less than 0.7.
    """
    waits = np.zeros((100, 100))
    waits[:days, 0] = 2.0
    waits[0, 1], waits[50, 1], waits[60, 1] = 0.9, 0.8, 0.7
    tickets = np.full(100, 100)
    found = share_within_interval(tickets - (waits > 1.0).sum(axis=1), tickets, within(waits, [0.0, 0.65, 0.75, 0.85, 0.95]))
    by_hand = (waits > {14: 0.65, 15: 1.0, 16: 1.0}[days]).sum(axis=1)
    assert float(found.low) == float(share_interval(tickets - by_hand, tickets).low)
    assert float(found.value) == (10_000 - days) / 10_000


def test_tickets_that_nobody_served_are_late_at_any_time() -> None:
    """100 days of 100 tickets, of which one gives up on 20 days; the 9,980 served wait 0. Enough days: the share's own bound."""
    served, tickets = np.full(100, 100) - (np.arange(100) < 20), np.full(100, 100)
    assert share_within_interval(served, tickets, served[:, np.newaxis]) == share_interval(served, tickets)


def test_equal_waits_are_late_together() -> None:
    """Of 100 days of 100 tickets 40 have a ticket that waits 0.9, another 5 one that is late: all 40 count, or none."""
    waits = np.zeros((100, 100))
    waits[:5, 0], waits[10:50, 0] = 2.0, 0.9
    late, tickets = (waits > 1.0).sum(axis=1), np.full(100, 100)
    found = share_within_interval(tickets - late, tickets, within(waits, [0.0, 0.5, 0.9]))
    assert float(found.low) == float(share_interval(tickets - (waits > 0.0).sum(axis=1), tickets).low)


def test_nobody_who_waits_is_as_good_as_one() -> None:
    """None of 1,200 tickets waits: the lower bound is that of the same days with one that does."""
    one = np.zeros(1200)
    one[700] = 1.0
    tickets = np.full(20, 60)
    found = [share_within_interval(tickets, tickets, within(waits.reshape(20, 60), [0.0, 0.5])) for waits in (np.zeros(1200), one)]
    expected = share_interval(np.array([59] + [60] * 19), tickets)
    assert [float(interval.low) for interval in found] == [float(expected.low)] * 2
    assert 0.99 < float(expected.low) < 1199 / 1200


def test_few_late_tickets_are_looked_for_in_sections_of_days() -> None:
    """120 days, four a section: the lower bound is that of 30 days with four times the tickets, the upper one that of the days."""
    waits = one_counter_days(np.random.default_rng(18), 120)
    time, times = float(np.quantile(waits, 0.999)), np.linspace(0.0, 20.0, 201)
    served, tickets, of_sections = (waits <= time).sum(axis=1), np.full(120, 60), waits.reshape(30, 240)
    sooner = within(of_sections, times[times <= time])
    found = share_within_interval(served, tickets, sooner, rows=4)
    expected = share_within_interval((of_sections <= time).sum(axis=1), np.full(30, 240), sooner)
    assert is_doubtful(served, tickets, rows=4)
    assert found.low == expected.low < share_interval(served, tickets).low
    assert (found.value, found.high) == (share_interval(served, tickets).value, share_interval(served, tickets).high)


def test_shares_of_many_measures_are_those_of_each() -> None:
    """Measures in doubt and others together, and one without tickets: each column as by itself."""
    waits = one_counter_days(np.random.default_rng(19), 20)
    times = np.linspace(0.0, 20.0, 201)
    found_times = [int(np.searchsorted(times, float(np.quantile(waits, share)))) for share in (0.8, 0.985, 0.995, 1.0, 1.0)]
    served = np.stack([within(waits, times)[:, at] for at in found_times], axis=1)
    sooner = np.stack([within(waits, np.minimum(times, times[at])) for at in found_times], axis=1)
    tickets = np.full((20, 5), 60)
    tickets[:, 4] = served[:, 4] = sooner[:, 4] = 0
    few = np.array([0.02, 0.02, 0.01, 0.02, 0.02])
    found = share_within_interval(served, tickets, sooner, few=few)
    doubtful = is_doubtful(served, tickets, few=few)
    assert doubtful.tolist() == [False, True, True, True, False]
    for k in range(5):
        alone = share_within_interval(served[:, k], tickets[:, k], sooner[:, k], few=few[k])
        np.testing.assert_array_equal([float(numbers[k]) for numbers in found], [float(number) for number in alone])
    for interval in (share_interval, ratio_interval, stretched_interval):
        together = interval(served, tickets)
        for k in range(5):
            np.testing.assert_allclose([numbers[k] for numbers in together], interval(served[:, k], tickets[:, k]), rtol=1e-9)


def test_a_share_stays_within_its_bounds() -> None:
    assert [float(x) for x in share_interval(np.zeros(4), np.full(4, 3.0))][:2] == [0.0, 0.0]
    none = share_interval(np.zeros(4), np.zeros(4))
    assert all(np.isnan(x) for x in none)
    same = share_interval(np.full(3, 2), np.full(3, 14))  # no chance between the days, and some of each
    assert float(same.low) == float(same.high) == 2 / 14


# A whole run


def test_every_printed_interval_of_a_short_run_holds_the_truth() -> None:
    """benchmarks/coverage.py, small: of 60 runs of 20 days, as many as are compatible with a coverage of 93 % (wrong once in 1,000 times)."""
    truth, found = single_runs(THREE_DESKS, 300, (20,), 60, seed=17)
    held = {place: covered_alone([run.get(*place) for run in found[20]], truth.get(*place).value) for place in places(truth)}
    assert len(held) == 36
    assert {place: times for place, times in held.items() if stats.binom.cdf(times, 60, 0.93) < 1e-3} == {}
