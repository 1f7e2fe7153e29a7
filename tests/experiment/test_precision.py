"""Precision: days are played until a number is as precise as wanted, and that changes no bit of the result."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sim.errors import UsageError
from sim.experiment.comparison import compare_plans
from sim.experiment.precision import MOST_DAYS, PILOT, Precision, Reached, days_needed, next_stage, parse_precision, stages
from sim.experiment.replications import Run, run
from sim.results.days import Layout
from sim.results.progress import kept_progress
from sim.scenario import load_text
from tests.experiment.test_executors import HALL, assert_same

SCENARIO = load_text(HALL).scenario
MEAN = Precision("waiting_time_mean", "", 0.8, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("waiting_time_mean: 0.3 min", Precision("waiting_time_mean", "", 0.3, False)),
        ("waiting_time_mean:0.3min", Precision("waiting_time_mean", "", 0.3, False)),
        (" waiting_time_mean = 0.3 ", Precision("waiting_time_mean", "", 0.3, False)),
        ("licence.waiting_time_p90: 1 min", Precision("waiting_time_p90", "licence", 1.0, False)),
        ("hall.waiting_time_p90: 5 %", Precision("waiting_time_p90", "", 0.05, True)),
        ("share_within_target: 2 %", Precision("share_within_target", "", 0.02, False)),
        ("share_within_target: 0.02", Precision("share_within_target", "", 0.02, False)),
        ("citizens: 3", Precision("citizens", "", 3.0, False)),
        ("most_inside: 2 citizens", Precision("most_inside", "", 2.0, False)),
        ("overtime: 5 min", Precision("overtime", "", 5.0, False)),
    ],
)
def test_a_precision_is_a_measure_and_a_half_width(text: str, expected: Precision) -> None:
    assert parse_precision(text, ["licence", "cashier"]) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("waiting_time_mean", "write MEASURE: HALF-WIDTH, such as 'waiting_time_mean: 0.3 min'"),
        ("wating_time_mean: 0.3 min", "there is no measure 'wating_time_mean'; did you mean 'waiting_time_mean'?"),
        ("licenze.waiting_time_mean: 0.3 min", "there is no unit 'licenze'; did you mean 'licence'?"),
        ("waiting_time: 0.3 min", "there is no measure 'waiting_time'; did you mean 'waiting_time_mean'?"),
        ("mean wait: 0.3 min", "there is no measure 'mean wait'"),
        ("waiting_time_mean: 0.3 m", "got '0.3 m'; the half-width of waiting_time_mean is a number above 0 in min, such as 0.5 min, or per cent of the number, such as 5 %"),
        ("waiting_time_mean: 0,3 min", "got '0,3 min'; write decimals with a point; the half-width"),
        ("waiting_time_mean: 0 min", "got '0 min'; the half-width"),
        ("waiting_time_mean: -1 min", "got '-1 min'; the half-width"),
        ("share_within_target: 2 min", "the half-width of share_within_target is a number above 0 in per cent of the whole, such as 2 %"),
        ("share_within_target: 2", "a share is known to less than 100 % anyway"),
        ("citizens: 3 people", "the half-width of citizens is a number above 0 in what it counts, such as 0.5, or per cent of the number, such as 5 %"),
    ],
)
def test_a_precision_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_precision(text, ["licence", "cashier"])
    assert said in str(caught.value)


def test_relative_precision_is_that_of_the_true_number() -> None:
    """If the estimate is 8 and the half-width 25 % ÷ 1.25 of it, the true number may be 6.4: then the error is 1.6, 25 % of 6.4."""
    wanted = Precision("waiting_time_mean", "", 0.25, True)
    assert wanted.allowed(8.0) == pytest.approx(1.6) and Reached(wanted, 8.0, 1.6).holds and not Reached(wanted, 8.0, 1.61).holds


def test_four_times_the_days_halve_the_half_width() -> None:
    assert Reached(MEAN, 9.0, 1.6).times_the_days == 4.0
    assert Reached(MEAN, 9.0, math.nan).times_the_days == math.inf
    assert days_needed(64, 4.0) == pytest.approx(1.2 * 256)
    assert next_stage(PILOT, math.inf, MOST_DAYS) == 512  # a few days say little


@pytest.mark.parametrize("most", [32, 33, 48, 100, 1000, 3000, 100_000, 1_000_000])
def test_each_stage_begins_a_section_of_those_that_may_follow(most: int) -> None:
    every = list(stages(most))
    assert every[0] == 32 and every[-1] == most and every == sorted(set(every))
    for earlier, later in itertools.combinations(every, 2):
        for short, long in zip(Layout.of(earlier), Layout.of(later), strict=True) if later <= 16 * earlier else ():
            assert long % short == 0 and earlier % long == 0


def precise(precision: Sequence[Precision], most: int | None = None) -> Run:
    return run(SCENARIO, seed=7, engine="reference", precision=precision, replications=most)


def assert_equal_runs(one: Run, other: Run) -> None:
    assert_same([one.days], [other.days])
    np.testing.assert_equal([tuple(row) for row in one.summary], [tuple(row) for row in other.summary])


def test_a_run_that_stops_at_some_days_is_a_run_of_these_days() -> None:
    found = precise([MEAN])
    days = found.days.replications
    assert days in stages(MOST_DAYS) and PILOT < days < 400
    (reached,) = found.reached
    assert reached.holds and reached.half_width == found.summary.get("waiting_time_mean").half_width <= 0.8
    assert_equal_runs(found, run(SCENARIO, seed=7, engine="reference", replications=days))


def test_all_precisions_have_to_hold() -> None:
    of_unit = Precision("waiting_time_mean", "cashier", 0.25, False)
    together, each = precise([MEAN, of_unit]), [precise([one]).days.replications for one in (MEAN, of_unit)]
    assert all(one.holds for one in together.reached) and together.days.replications >= max(each)


def test_no_run_stops_before_the_pilot_is_over() -> None:
    assert precise([Precision("waiting_time_mean", "", 1000.0, False)]).days.replications == PILOT


def test_the_most_days_are_played_and_it_is_not_reached() -> None:
    found = precise([Precision("waiting_time_mean", "", 0.01, False)], most=50)
    assert found.days.replications == 50 and not found.reached[0].holds
    with pytest.raises(UsageError, match="give --replications 32 or more"):
        precise([MEAN], most=31)


def test_what_the_scenario_does_not_measure_is_named() -> None:
    with pytest.raises(UsageError, match=r"--precision licence.time_in_hall_mean: 'licence' has no such number for the whole day; choose one of abandoned"):
        precise([Precision("time_in_hall_mean", "licence", 1.0, False)])


def test_a_run_with_a_precision_is_resumed(tmp_path: Path) -> None:
    def interrupt(done: int) -> None:
        if done > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), kept_progress(tmp_path / "out", resume=True, told=lambda _: None) as journal:
        run(SCENARIO, seed=7, engine="reference", precision=[MEAN], journal=journal, progress=interrupt)
    told: list[str] = []
    with kept_progress(tmp_path / "out", resume=True, told=told.append) as journal:
        found = run(SCENARIO, seed=7, engine="reference", precision=[MEAN], journal=journal)
    assert told[0] == "32 of 32 days were found, and are not played again" and len(told) == 2, told
    assert_equal_runs(found, precise([MEAN]))
    assert list(tmp_path.iterdir()) == []


def test_in_a_comparison_it_is_the_precision_of_the_differences() -> None:
    other = load_text(HALL.replace("counters: 2", "counters: 3")).scenario
    plans = [("as it stands", SCENARIO), ("three", other)]
    found = compare_plans(plans, seed=7, engine="reference", precision=[MEAN])
    (reached,) = found.reached
    (difference,) = (one for one in found.differences if one.measure == "waiting_time_mean" and one.scope.unit == one.scope.citizen_class == "")
    assert reached.holds and reached.plan == "three" and reached.half_width == difference.half_width <= 0.8
    again = compare_plans(plans, seed=7, engine="reference", replications=found.runs[0].days.replications)
    np.testing.assert_equal([tuple(one) for one in again.differences], [tuple(one) for one in found.differences])


def test_seconds_and_hours_are_minutes_too() -> None:
    assert parse_precision("waiting_time_mean: 30 s", []).half_width == parse_precision("waiting_time_mean: 0.5 min", []).half_width == 0.5
    assert parse_precision("waiting_time_mean: 1 h", []).half_width == 60.0


def test_per_cent_of_nothing_is_never_reached() -> None:
    """No overtime on any day says little about how rare it is: 0 ± 0 is not 5 % of 0."""
    assert not Reached(parse_precision("overtime: 5 %", []), 0.0, 0.0).holds
    assert Reached(parse_precision("overtime: 5 min", []), 0.0, 0.0).holds
