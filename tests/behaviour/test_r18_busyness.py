"""R18: each day multiplies the rates of a source by a factor of its own, with mean 1: the hall's × its units' × its own.

A day twice as busy as the average: gaps of 10 minutes are gaps of 5, the first three only, for one counter.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:05  desk  15     08:05   08:05  08:20  1        served
    2        08:10  desk  15     08:10   08:20  08:35  1        served
    3        08:15  desk  15     08:15   08:35  08:50  1        served
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim import clock
from sim.model import trace as trace_module
from sim.model.trace import draw, draw_days
from tests.behaviour.test_r03_arrivals import TOO_RARE, by_identity, hall_with
from tests.days import Hall, hall_of, played, worked

UNITS = {"desk": {"counters": 1, "service_time": "15 min"}, "bank": {"counters": 1, "service_time": "1 min"}}
GAPS = {"arrivals": {"gaps": "10 min"}, "route": ["desk"]}
OPENS = 8 * clock.HOUR


def hall(citizens: dict[str, Any], units: dict[str, Any] | None = None, **top: Any) -> Hall:
    """A hall with a desk and a bank, some of whose days are busier than others."""
    return hall_of({"name": "busy", "hours": "08:00-12:00", "units": units or UNITS, "citizens": citizens, **top})


def factors(hall: Hall, source: int, days: int = 6) -> list[float]:
    """The factor of a source on each day: constant gaps of 10 minutes divided by the gap before its first citizen (within a microsecond)."""
    found = []
    for day in range(days):
        one = draw(hall.plan, 1, day)
        came = one.came[one.source == source]
        found.append(10 * clock.MINUTE / float(came[0] - OPENS))
    return found


def test_the_day_is_played_as_worked_by_hand(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = hall_with({"all": {"arrivals": {"gaps": "10 min", "first": 3}}}, busyness={"shape": 7})
    monkeypatch.setattr(trace_module, "standard_gamma", lambda shape, *_: 2.0 * shape)
    day = worked(busy, __doc__)
    assert all(np.array_equal(drawn, given) for drawn, given in zip(draw(busy.plan, 1, 0), day.trace, strict=True))
    assert played(day, engine) == day.expected


def test_the_halls_factor_is_one_for_all_and_another_each_day() -> None:
    shared = hall({"one": GAPS, "two": {**GAPS, "route": ["bank"]}}, busyness={"cv": 0.3})
    one, two = factors(shared, 0), factors(shared, 1)
    assert one == two
    assert len(set(one)) == 6


def test_a_units_factor_is_shared_by_those_who_come_there() -> None:
    units = {**UNITS, "desk": {**UNITS["desk"], "busyness": {"cv": 0.3}}}
    sources = {"desk_only": GAPS, "bank_only": {**GAPS, "route": ["bank"]}, "both": {**GAPS, "route": ["bank", {"stop": "desk", "share": "10 %"}]}}
    desk, bank, both = (factors(hall(sources, units), source) for source in range(3))
    assert desk == both and len(set(desk)) == 6
    assert bank == [1.0] * 6


def test_factors_multiply() -> None:
    busy = {"cv": 0.4}
    units = {**UNITS, "desk": {**UNITS["desk"], "busyness": busy}}
    of_hall, of_unit, of_source = (
        factors(one, 0) for one in (hall({"all": GAPS}, busyness=busy), hall({"all": GAPS}, units), hall({"all": {**GAPS, "busyness": busy}}))
    )
    together = factors(hall({"all": {**GAPS, "busyness": busy}}, units, busyness=busy), 0)
    assert together == pytest.approx([one * two * three for one, two, three in zip(of_hall, of_unit, of_source, strict=True)], rel=1e-7)
    assert len({*of_hall, *of_unit, *of_source}) == 18, "and are independent"


def test_each_citizen_stays_the_same_and_comes_sooner() -> None:
    source = {"arrivals": "40 per day", "priority": "20 %", "patience": {"exponential": "9 min"}, "route": [{"stop": "desk", "share": "70 %"}, "bank"]}
    usual, busy = (draw(hall({"all": source}, **top).plan, 4, 2) for top in ({}, {"busyness": {"cv": 0.5}}))
    few, many = sorted((by_identity(usual), by_identity(busy)), key=len)
    assert len(many) > len(few) > 0
    assert all(many[identity] == chance for identity, chance in few.items())
    (factor,) = {round(ratio, 6) for ratio in ((usual.came[: len(few)] - OPENS) / (busy.came[: len(few)] - OPENS))}
    assert factor != 1.0


def test_an_exact_number_is_the_same_on_every_day() -> None:
    both = hall({"invited": {"arrivals": {"exactly": 5}, "route": ["desk"]}, "others": {"arrivals": "40 per day", "route": ["bank"]}}, busyness={"cv": 1})
    counts = np.array([np.bincount(draw(both.plan, 1, day).source, minlength=2) for day in range(10)])
    assert set(counts[:, 0]) == {5} and len(set(counts[:, 1])) > 5


def test_one_kind_of_busyness_changes_no_other() -> None:
    """The factor of the second source is the same whether the first has one, and whether there is a unit more."""
    alone = factors(hall({"one": GAPS, "two": {**GAPS, "busyness": {"cv": 0.3}}}), 1)
    with_more = hall({"one": {**GAPS, "busyness": {"cv": 2}}, "two": {**GAPS, "busyness": {"shape": 1 / 0.09}}}, {**UNITS, "third": UNITS["bank"]})
    assert factors(with_more, 1) == pytest.approx(alone, rel=1e-7)


@pytest.mark.parametrize("shape", [20.0, 0.5])
def test_the_number_of_a_day_is_negative_binomial(shape: float) -> None:
    """A Poisson number whose mean is 40 × gamma(shape) ÷ shape is negative binomial: judged in ten classes over 2,000 days."""
    plan = hall({"all": {"arrivals": "40 per day", "route": ["bank"]}}, busyness={"shape": shape}).plan
    days = draw_days(plan, 8, 0, 2000, fast=True)
    numbers = np.diff(days.first_citizen)
    exact = stats.nbinom(shape, shape / (shape + 40.0))
    cuts = np.unique(exact.ppf(np.linspace(0.1, 0.9, 9)))
    expected = 2000 * np.diff(np.concatenate(([0.0], exact.cdf(cuts), [1.0])))
    found = np.bincount(np.searchsorted(cuts, numbers), minlength=len(expected))
    assert stats.chi2(len(expected) - 1).sf(((found - expected) ** 2 / expected).sum()) > TOO_RARE


def test_compiled_and_plain_draws_agree_on_very_busy_and_very_quiet_days() -> None:
    """With a cv of 3 there are days with many times the room that was made, and days on which nobody comes."""
    plan = hall({"all": {"arrivals": "40 per day", "route": ["desk"]}, "two": {**GAPS, "busyness": {"cv": 3}}}, busyness={"cv": 3}).plan
    fast, slow = (draw_days(plan, 3, 0, 12, fast=fast) for fast in (True, False))
    for day in range(12):
        assert all(np.array_equal(one, other) for one, other in zip(fast.day(day), slow.day(day), strict=True))
    numbers = np.diff(slow.first_citizen)
    assert numbers.min() == 0 and numbers.max() > 200
