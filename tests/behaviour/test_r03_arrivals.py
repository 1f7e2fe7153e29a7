"""R3: how citizens come: by a rate, exactly so many, with gaps, or the first so many; a citizen keeps his chance whatever is scaled.

The only day here that comes without chance: constant gaps of 10 minutes from opening on, the first three only, for one counter.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:10  desk  15     08:10   08:10  08:25  1        served
    2        08:20  desk  15     08:20   08:25  08:40  1        served
    3        08:30  desk  15     08:30   08:40  08:55  1        served
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim import clock
from sim.model.trace import Trace, draw
from tests.days import Hall, hall_of, played, worked

TOO_RARE = 1e-6
"""A frequency is wrong when chance alone would bring one so far off, on one side, as rarely as this."""


def hall_with(citizens: dict[str, Any], **top: Any) -> Hall:
    """A hall with a desk and these sources, which all go there."""
    sources = {name: {"route": ["desk"], **source} for name, source in citizens.items()}
    units = {"desk": {"counters": 1, "service_time": "15 min"}}
    return hall_of({"name": "arrivals", "hours": "08:00-12:00", "units": units, "citizens": sources, **top})


def came_of(hall: Hall, days: int = 200) -> list[np.ndarray]:
    """When citizens came, on each of so many days."""
    return [draw(hall.plan, 11, day, fast=True).came for day in range(days)]


def test_gaps_and_first(engine: str) -> None:
    hall = hall_with({"all": {"arrivals": {"gaps": "10 min", "first": 3}}})
    day = worked(hall, __doc__)
    assert all(np.array_equal(drawn, given) for drawn, given in zip(draw(hall.plan, 1, 0), day.trace, strict=True))
    assert played(day, engine) == day.expected


def test_gaps_end_with_the_opening_hours() -> None:
    came = draw(hall_with({"all": {"arrivals": {"gaps": "10 min"}}}).plan, 1, 0).came
    assert came.tolist() == [(8 * 60 + 10 * k) * clock.MINUTE for k in range(1, 24)], "who would come at 12:00 sharp does not"


def test_the_scale_divides_gaps() -> None:
    came = draw(hall_with({"all": {"arrivals": {"gaps": "10 min", "first": 3}}}, arrivals="200 %").plan, 1, 0).came
    assert came.tolist() == [(8 * 60 + 5 * k) * clock.MINUTE for k in (1, 2, 3)]


def test_exactly_means_exactly() -> None:
    for number in (0, 1, 37):
        assert {len(came) for came in came_of(hall_with({"all": {"arrivals": {"exactly": number}}}, arrivals="300 %"), 20)} == {number}


def test_a_number_a_day_is_a_poisson_mean() -> None:
    numbers = np.array([len(came) for came in came_of(hall_with({"all": {"arrivals": "40 per day"}}), 400)])
    total = stats.poisson(40 * 400)
    assert min(total.cdf(numbers.sum()), total.sf(numbers.sum() - 1)) > TOO_RARE
    dispersion = stats.chi2(399)
    scaled = ((numbers - numbers.mean()) ** 2).sum() / numbers.mean()
    assert min(dispersion.cdf(scaled), dispersion.sf(scaled)) > TOO_RARE, "and not only on average"


def test_a_rate_an_hour_holds_through_the_opening_hours() -> None:
    counted = sum(
        np.histogram(came, bins=np.arange(8, 13) * clock.HOUR)[0] for came in came_of(hall_with({"all": {"arrivals": "12 per hour"}}))
    )
    hourly = stats.poisson(12 * 200)
    assert all(min(hourly.cdf(count), hourly.sf(count - 1)) > TOO_RARE for count in counted)


def test_rates_hold_in_their_interval_and_nobody_comes_outside() -> None:
    rates = {"07:00-08:00": "30 per hour", "09:00-09:30": "10 per hour"}
    came = np.concatenate(came_of(hall_with({"all": {"arrivals": {"rates": rates}}})))
    early, late = came < 8 * clock.HOUR, came >= 9 * clock.HOUR
    assert came.min() >= 7 * clock.HOUR and came.max() < 9.5 * clock.HOUR and (early | late).all()
    for count, mean in ((early.sum(), 30 * 200), (late.sum(), 5 * 200)):
        assert min(stats.poisson(mean).cdf(count), stats.poisson(mean).sf(count - 1)) > TOO_RARE


@pytest.mark.parametrize("arrivals", ["50 per day", {"exactly": 50}])
def test_a_profile_spreads_the_day(arrivals: Any) -> None:
    profiles = {"morning": {"08:00-09:00": "60 %", "09:00-10:00": "0 %", "10:00-12:00": "20 %"}}
    came = np.concatenate(came_of(hall_with({"all": {"arrivals": arrivals, "profile": "morning"}}, profiles=profiles)))
    assert not ((came >= 9 * clock.HOUR) & (came < 10 * clock.HOUR)).any()
    in_first_hour = stats.binom(len(came), 0.75)  # 60 of 80 %
    count = (came < 9 * clock.HOUR).sum()
    assert min(in_first_hour.cdf(count), in_first_hour.sf(count - 1)) > TOO_RARE


def test_first_cuts_whatever_the_rate() -> None:
    whole, cut = (
        draw(hall_with({"all": {"arrivals": {"rates": {"08:00-12:00": "20 per hour"}, **first}}}).plan, 3, 0)
        for first in ({}, {"first": 25})
    )
    assert len(cut.came) == 25 < len(whole.came)
    assert np.array_equal(cut.came, whole.came[:25])


def by_identity(trace: Trace) -> dict[tuple[int, int], tuple[Any, ...]]:
    """What chance gave to each citizen of a trace, under his (source, number), but for the instant of coming."""
    stops = [slice(int(first), int(end)) for first, end in zip(trace.stop_first[:-1], trace.stop_first[1:], strict=True)]
    return {
        (int(trace.source[i]), int(trace.number[i])): (
            int(trace.rank[i]),
            trace.service[rows].tolist(),
            trace.work[rows].tolist(),
            trace.patience[rows].tolist(),
        )
        for i, rows in enumerate(stops)
    }


def rich(scale: str = "100 %", **more: Any) -> Hall:
    """Two sources with everything that chance decides about a citizen; and more sources."""
    long = {"stop": "desk", "share": "70 %", "rework": {"share": "30 %", "at_most": 3}, "patience": {"exponential": "9 min"}}
    units = {
        "desk": {"counters": 1, "service_time": {"gamma": {"mean": "8 min", "cv": 0.7}}},
        "form": {"counters": "unlimited", "service_time": "2 min"},
    }
    source = {"arrivals": "40 per day", "priority": "20 %", "route": ["form", long]}
    citizens = {"first": source, "second": {**source, "arrivals": {"gaps": {"exponential": "6 min"}}}, **more}
    return hall_of({"name": "rich", "hours": "08:00-12:00", "arrivals": scale, "units": units, "citizens": citizens})


def test_scaling_the_rate_keeps_each_citizen() -> None:
    few, many = draw(rich().plan, 4, 2), draw(rich("250 %").plan, 4, 2)
    here, there = by_identity(few), by_identity(many)
    assert len(there) > 2 * len(here) > 0
    assert all(there[identity] == chance for identity, chance in here.items())
    for source in (0, 1):
        early, late = (trace.came[trace.source == source] - 8 * clock.HOUR for trace in (few, many))
        sooner = late[: len(early)]
        assert np.abs(sooner - early / 2.5).max() <= 1, "and brings him in sooner, by the same factor"


def test_another_source_changes_nobody() -> None:
    alone, together = draw(rich().plan, 4, 2), draw(rich(third={"arrivals": "99 per day", "route": ["form"]}).plan, 4, 2)
    old = together.source < 2
    assert old.sum() < len(old)
    assert np.array_equal(together.came[old], alone.came)
    there = by_identity(together)
    assert {identity: chance for identity, chance in there.items() if identity[0] < 2} == by_identity(alone)


def test_replications_and_seeds_differ_and_repeat() -> None:
    plan = rich().plan
    days = {(seed, day): draw(plan, seed, day).came.tobytes() for seed in (1, 2) for day in (0, 1)}
    assert len(set(days.values())) == 4
    assert draw(plan, 2, 1).came.tobytes() == days[2, 1]
