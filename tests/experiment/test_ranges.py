"""Ranges: which are varied and which are held, how they are sampled, and which assumption matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.spread import Range, Spread
from sim.errors import UsageError
from sim.experiment.ranges import (
    Ranges,
    Wanted,
    compare_over_ranges,
    days_of_a_sample,
    latin_hypercube,
    over_ranges,
    ranges_of_plans,
    run_over_ranges,
)
from sim.scenario import ScenarioFile, load

DAY = """\
name: A desk
hours: 08:00-10:00
last_ticket: {value: 09:30, assumption: a guess, range: [09:00, 09:50]}
units:
  licence:
    counters: {value: 2, assumption: a guess, range: [1, 3]}
    service_time: {gamma: {mean: {value: 2 min, assumption: a guess, range: [90 s, 3 min]}, cv: {value: 1, assumption: a guess, range: [0, 2]}}}
citizens:
  applicant:
    arrivals: {value: 20 per hour, assumption: a guess, range: [10 per hour, 30 per hour]}
    priority: {value: 8 %, assumption: a guess, range: [4 %, 15 %]}
    route: [licence]
replications: 3
variants:
  three: {units.licence.counters: 3}
  rarer: {citizens.applicant.arrivals: 12 per hour}
"""
PATHS = (
    "last_ticket",
    "units.licence.counters",
    "units.licence.service_time.gamma.mean",
    "units.licence.service_time.gamma.cv",
    "citizens.applicant.arrivals",
    "citizens.applicant.priority",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "day.yaml"
    file.write_text(DAY, encoding="utf-8")
    return file


def test_ranges_are_read_with_their_units(path: Path) -> None:
    found = ranges_of_plans([load(path)])
    assert found.held == PATHS[:2]  # the last ticket and the counters are decisions
    assert found.varied == (
        Range(PATHS[2], 1.5, 3, "min", False),  # two units: minutes
        Range(PATHS[3], 0, 2, "", False),  # whole as written, but a coefficient of variation
        Range(PATHS[4], 10, 30, "per hour", False),
        Range(PATHS[5], 4, 15, "%", False),
    )


TIME = "{gamma: {mean: {value: 2 min, assumption: a guess, range: [90 s, 3 min]}, cv: {value: 1, assumption: a guess, range: [0, 2]}}}"


def test_what_a_variant_sets_is_held_though_it_has_the_same_range(path: Path) -> None:
    """Whole units, or another value with the range that the file has; and of another file, likewise."""
    unit = f"{{counters: 2, service_time: {TIME}}}"
    mean = "{value: 150 s, assumption: a guess, range: [90 s, 3 min]}"
    path.write_text(DAY + f"  whole: {{units.licence: {unit}}}\n  slower: {{units.licence.service_time.gamma.mean: {mean}}}\n", encoding="utf-8")
    assert ranges_of_plans([load(path), load(path, variant="whole")]).held == PATHS[:4]
    assert ranges_of_plans([load(path, variant="slower")]).held == PATHS[:3]
    assert ranges_of_plans([load(path), load(path, sets=[f"units.licence.service_time.gamma.mean={mean}"])]).held == PATHS[:3]
    other = path.with_name("other.yaml")
    other.write_text(DAY.replace("{value: 2 min,", "{value: 150 s,"), encoding="utf-8")
    assert ranges_of_plans([load(path), load(other)]).held == PATHS[:3]
    other.write_text(DAY, encoding="utf-8")
    assert ranges_of_plans([load(path), load(other)]).held == PATHS[:2]


def test_ranges_may_be_written_with_powers_of_ten(path: Path) -> None:
    path.write_text(DAY.replace("{value: 20 per hour, assumption: a guess, range: [10 per hour, 30 per hour]}", "{value: 2e1 per hour, assumption: x, range: [1e1 per hour, 3e1 per hour]}"), encoding="utf-8")
    assert Range(PATHS[4], 10, 30, "per hour", False) in ranges_of_plans([load(path)]).varied


@pytest.mark.parametrize(
    ("old", "new", "path_of_it"),
    [
        ("last_ticket: ", "seats: {value: 9, assumption: a guess, range: [5, 20]}\nlast_ticket: ", "seats"),
        ("    service_time", "    waiting_room: {value: 9, assumption: a guess, range: [5, 20]}\n    service_time", "units.licence.waiting_room"),
        ("    service_time", "    last_ticket: {value: 09:00, assumption: a guess, range: [08:30, 09:30]}\n    service_time", "units.licence.last_ticket"),
        ("{value: 2, assumption: a guess, range: [1, 3]}", "[{count: {value: 2, assumption: a guess, range: [1, 3]}}]", "units.licence.counters.1.count"),
    ],
)
def test_what_whoever_plans_decides_is_held(path: Path, old: str, new: str, path_of_it: str) -> None:
    path.write_text(DAY.partition("variants:")[0].replace(old, new, 1), encoding="utf-8")
    found = ranges_of_plans([load(path)])
    assert path_of_it in found.held and [one.path for one in found.varied] == list(PATHS[2:])


def test_a_unit_or_a_source_may_be_named_like_a_decision(path: Path) -> None:
    path.write_text(DAY.replace("licence", "counters").replace("applicant", "duty"), encoding="utf-8")
    found = ranges_of_plans([load(path)])
    assert found.held == ("last_ticket", "units.counters.counters")
    assert [one.path for one in found.varied] == [one.replace("licence", "counters").replace("applicant", "duty") for one in PATHS[2:]]


@pytest.mark.parametrize(
    ("one", "ends"),
    [
        (Range("x", 540, 590, "clock", False), ["09:00", "09:25", "09:50"]),
        (Range("x", 1, 3, "", True), ["1", "2", "3"]),
        (Range("x", 1.5, 3, "min", False), ["1.5 min", "2.25 min", "3 min"]),
        (Range("x", 0.0, 1e-4, "", False), ["0", "0.00005", "0.0001"]),
        (Range("x", 4, 15, "%", False), ["4 %", "9.5 %", "15 %"]),
    ],
)
def test_a_value_in_between_is_written_as_in_a_scenario(one: Range, ends: list[str]) -> None:
    assert [one.at(share) for share in (0.0, 0.5, 1.0)] == ends


def test_each_whole_number_gets_the_same_share_of_the_way() -> None:
    one = Range("x", 4, 7, "", True)
    assert [one.at((k + 0.5) / 8) for k in range(8)] == ["4", "4", "5", "5", "6", "6", "7", "7"]


def test_what_a_plan_or_an_override_sets_is_held(path: Path) -> None:
    rarer = load(path, variant="rarer")
    for files in ([rarer], [load(path), rarer], [load(path, sets=["citizens.applicant.arrivals=9 per hour"])]):
        found = ranges_of_plans(files)
        assert found.held == (*PATHS[:2], PATHS[4]) and [one.path for one in found.varied] == [*PATHS[2:4], PATHS[5]]
    above = ranges_of_plans([load(path, sets=["units.licence.service_time=2 min"])])
    assert above.held == PATHS[:4]
    with pytest.raises(UsageError, match=r"the only ranges are of what a plan decides or sets, last_ticket, units.licence.counters, .* and 1 more; try"):
        ranges_of_plans([load(path, sets=["last_ticket=09:00", *(f"{p}={v}" for p, v in zip(PATHS[1:], (2, "2 min", 1, "9 per hour", "5 %"), strict=True))])])


def test_a_latin_hypercube_has_one_sample_in_each_strip() -> None:
    cube = latin_hypercube(40, 7, seed=5)
    assert cube.shape == (40, 7) and np.array_equal(cube, latin_hypercube(40, 7, seed=5))
    for column in cube.T:
        assert sorted((column * 40).astype(int)) == list(range(40))


def spread_of(function: object, samples: int = 60, dimensions: int = 8) -> Spread:
    cube = latin_hypercube(samples, dimensions, seed=1)
    ranges = tuple(Range(f"x{k}", 0.0, 1.0, "", False) for k in range(dimensions))
    return Spread(ranges, (), cube, np.array([function(row) for row in cube], dtype=np.float64), math.nan)  # type: ignore[operator]


def test_the_assumption_that_moves_the_result_is_found_with_its_sign() -> None:
    spread = spread_of(lambda x: np.exp(-6 * x[3]) + 0.01 * x[5])
    first, second = spread.importance()[:2]
    assert first.path == "x3" and -1.0 <= first.rank < -0.95
    assert abs(second.rank) < abs(first.rank)
    assert spread.matters_most == first


def test_a_correlation_that_chance_alone_could_give_is_not_called_important() -> None:
    rng = np.random.default_rng(8)
    noise = [spread_of(lambda _: rng.random()) for _ in range(60)]
    assert max(abs(spread.importance()[0].rank) for spread in noise) > 2 / np.sqrt(60)  # the strongest of eight passes 2/√n by chance
    assert sum(spread.matters_most is not None for spread in noise) <= 3  # once in 100
    assert spread_of(lambda _: 1.0).importance() == []
    assert spread_of(lambda x: x[0], samples=3, dimensions=1).matters_most is None  # three samples tell nothing
    # Four samples are in one of 24 orders, so of eight assumptions one is likely to be in that of the result, or in the opposite one.
    assert spread_of(lambda x: x[0], samples=4).importance()[0].rank == 1.0 and spread_of(lambda x: x[0], samples=4).matters_most is None
    assert spread_of(lambda x: x[0], samples=8).matters_most is not None  # 16 of 40,320 orders
    assert spread_of(lambda x: x[0]).by_chance == pytest.approx(0.41, abs=0.02)


def test_span_and_shares_of_a_spread_leave_out_what_was_not_counted() -> None:
    values = np.array([*range(11), np.nan])
    spread = Spread((), (), np.zeros((12, 0)), values, 5.0)
    assert (spread.lowest, spread.highest, spread.eight_in_ten) == (0, 10, (1.0, 9.0))
    assert spread.share(5) == 6 / 11


def test_days_of_a_sample_are_a_fifth_and_at_least_ten() -> None:
    assert [days_of_a_sample(days) for days in (1, 10, 49, 51, 500)] == [1, 10, 10, 11, 100]


def test_a_run_over_ranges_meets_the_same_days_in_every_sample(path: Path) -> None:
    """Were the days drawn afresh for each sample, a range that changes nothing would still spread the result."""
    file = load(path, sets=["citizens.applicant.arrivals=20 per hour", "units.licence.counters=2", "last_ticket=09:30", "units.licence.service_time=2 min"])
    wanted = [Wanted("citizens"), Wanted("waiting_time_mean"), Wanted("waiting_time_all_mean", "licence")]
    sets = ["citizens.applicant.arrivals=20 per hour", "units.licence.counters=2", "last_ticket=09:30", "units.licence.service_time=2 min"]
    ranges = ranges_of_plans([file])
    assert [one.path for one in ranges.varied] == [PATHS[5]]
    found = run_over_ranges(file, ranges, 4, wanted, sets=sets, replications=2, seed=1, engine="reference")
    assert list(found) == wanted
    assert np.ptp(found[wanted[0]].values) == 0 and found[wanted[0]].values[0] > 0
    assert found[wanted[0]].held == PATHS[:5]


def test_a_comparison_over_ranges_takes_the_difference_in_each_sample(path: Path) -> None:
    def plans(overrides: Sequence[str]) -> list[tuple[str, ScenarioFile]]:
        return [("day", load(path, sets=overrides)), ("three", load(path, sets=overrides, variant="three"))]

    wanted = Wanted("hours_on_duty", "", "three")
    ranges = ranges_of_plans([file for _, file in plans([])])
    found = compare_over_ranges(plans, ranges, 3, [wanted, Wanted("waiting_time_mean", "", "three")], replications=2, seed=1, engine="reference")
    assert found[wanted].values.tolist() == [2.0, 2.0, 2.0]  # one more counter, for two hours, whatever the rest is
    assert (found[Wanted("waiting_time_mean", "", "three")].values <= 0).all()


def test_a_sample_that_is_refused_is_told_before_anything_is_played(path: Path) -> None:
    played: list[str] = []
    ranges = Ranges((Range("units.licence.counters", 0, 0, "", True),), ())
    with pytest.raises(UsageError, match=r"narrow them\n.*\n.*got 0"):
        over_ranges(ranges, 2, lambda sets: load(path, sets=sets), lambda file: played.append(file.scenario.name) or [0.0], seed=1)  # type: ignore[func-returns-value]
    assert not played
    with pytest.raises(UsageError, match="two samples"):
        over_ranges(ranges, 1, lambda sets: sets, lambda _: [0.0], seed=1)
