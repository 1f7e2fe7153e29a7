"""A scenario is changed in a known way, and its records must change in a known way, or not at all.

The chance is kept: the same citizens come for the same things in both scenarios.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import NEVER
from sim.engine import play
from sim.model.shapes import ON_DUTY, MicrosecondColumn, Microseconds
from sim.model.trace import Trace, draw
from sim.results.records import Posts, Records
from tests.days import hall_of
from tests.random_days import QUICK, Document, scenarios

FEW = settings(QUICK, max_examples=30)
ENGINES = ("reference", "kernel")


def played(document: Document, seed: int, engine: str) -> tuple[Trace, Records]:
    plan = hall_of(document).plan
    trace = draw(plan, seed, 0)
    return trace, play(plan, trace, engine)


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(np.array_equal(mine, its) for mine, its in zip(one, other, strict=True))


@pytest.mark.parametrize("grid", ["1 us", "60 s"])
@pytest.mark.parametrize("service_time", ["5 min", {"exponential": "5 min"}, {"lognormal": {"mean": "5 min", "cv": 2}}])
def test_one_more_counter_never_makes_anybody_wait_longer(grid: str, service_time: Any) -> None:
    """One stop, one class, first come first served, always on duty, no patience: then it holds for each single citizen."""

    def waits(counters: int, day: int) -> np.ndarray:
        units = {"desk": {"counters": counters, "service_time": service_time}}
        citizens = {"all": {"arrivals": "30 per hour", "route": ["desk"]}}
        plan = hall_of({"name": "more counters", "hours": "08:00-12:00", "grid": grid, "units": units, "citizens": citizens}).plan
        trace = draw(plan, 21, day, fast=True)
        records = play(plan, trace, "kernel")
        return records.start - records.ticket

    for day in range(10):
        several = [waits(counters, day) for counters in range(1, 6)]
        assert several[0].sum() > several[-1].sum()
        assert all((more <= fewer).all() for fewer, more in pairwise(several))


def stretched(day: Any, factor: int) -> Any:
    """Every instant and duration so many times as long, the grid too; what never happens still does not."""
    found = {}
    for name, hint in get_type_hints(type(day), include_extras=True).items():
        value = getattr(day, name)
        if hasattr(value, "_fields"):
            found[name] = stretched(value, factor)
        elif hint == Microseconds or hint == MicrosecondColumn:
            found[name] = np.where(value == NEVER, NEVER, value * factor) if isinstance(value, np.ndarray) else value if value == NEVER else value * factor
    return day._replace(**found)


EVERY_TIME: Document = {
    "name": "a day on which each column of times decides something",
    "hours": "08:00-09:00",
    "last_ticket": "08:50",
    "grid": "60 s",
    "units": {
        "desk": {"counters": [{"duty": "08:00-08:20, 08:30-09:00"}, {"speed": "70 %"}], "service_time": "7 min", "calling": "1 min", "floor": 1},
        "cashier": {"counters": {"08:00-08:30": 2, "08:30-08:45": 1}, "service_time": "3 min", "floor": 2},
    },
    "walk": {"between_floors": "2 min"},
    "outages": {"planned": {"at": "08:10-08:14"}, "by_chance": {"units": ["cashier"], "every": {"exponential": "20 min"}, "lasts": "3 min"}},
    "citizens": {"all": {"arrivals": {"rates": {"07:50-09:00": "20 per hour"}}, "patience": "15 min", "route": ["desk", "cashier"]}},
}


def stretches(document: Document, seed: int, factor: int, engine: str) -> None:
    plan = hall_of(document).plan
    trace = draw(plan, seed, 0)
    records = play(plan, trace, engine)
    longer = replace(plan, hall=stretched(plan.hall, factor), extras=plan.extras and stretched(plan.extras, factor))
    assert play(longer, stretched(trace, factor), engine).equals(stretched(records, factor))


@FEW
@given(scenarios(), st.integers(0, 1000), st.sampled_from([2, 7]), st.sampled_from(ENGINES))
def test_stretching_all_times_stretches_all_records(document: Document, seed: int, factor: int, engine: str) -> None:
    """Speeds too: what is rounded to the nearest step of a clock, is so on a clock of steps as much longer."""
    stretches(document, seed, factor, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_stretching_a_day_on_which_every_time_counts(engine: str) -> None:
    for seed in range(5):
        stretches(EVERY_TIME, seed, 7, engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("counters", [2, [{}, {"duty": "08:00-08:30"}], {"08:00-08:20": 1, "08:20-09:00": 3}], ids=["number", "list", "by number"])
def test_calling_time_is_service_time_that_begins_with_a_walk_to_the_counter(counters: Any, engine: str) -> None:
    """Without outages and speeds, a counter is occupied as long as if each service were longer: M/G/1 with a longer service (R29)."""

    def records(**more: Any) -> Records:
        units = {"desk": {"counters": counters, "waiting_room": 4, **more}, "cashier": {"counters": 1, "service_time": "1 min"}}
        citizens = {"all": {"arrivals": "30 per hour", "patience": {"exponential": "10 min"}, "route": ["desk", "cashier"]}}
        return played({"name": "calling", "hours": "08:00-09:00", "units": units, "citizens": citizens}, 3, engine)[1]

    called = records(calling="30 s", service_time={"exponential": "5 min"})
    assert called.equals(records(service_time={"exponential": "5 min", "plus": "30 s"}))
    assert not called.equals(records(service_time={"exponential": "5 min"}))


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Plain values with the names of units and services changed wherever they stand."""
    if isinstance(value, dict):
        return {renamed(key, names): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return ".".join(names.get(part, part) for part in value.split(".")) if isinstance(value, str) else value


@FEW
@given(scenarios(), st.integers(0, 1000), st.sampled_from(ENGINES))
def test_renaming_units_changes_nothing(document: Document, seed: int, engine: str) -> None:
    other = renamed(document, {"one": "zebra", "two": "one", "three": "aardvark", "a": "x", "source_0": "zulu"})
    assert other != document
    (trace, records), (trace_, records_) = played(document, seed, engine), played(other, seed, engine)
    assert same(trace, trace_) and records.equals(records_)


def _nothing_more(document: Document) -> Document:
    """Features that nobody meets: a unit and a route that no citizen takes, a source of nobody, seats, targets, names, variants."""
    units = dict(document["units"])
    units |= {
        "unvisited": {"counters": 3, "service_time": {"gamma": {"mean": "5 min", "cv": 1}}, "waiting_room": 0},
        "unvisited_too": {"counters": "unlimited", "service_time": "5 min", "target": "10 % within 1 s", "floor": 7},
    }
    citizens = dict(document["citizens"])
    citizens |= {"nobody": {"arrivals": {"exactly": 0}, "route": ["unvisited"], "rank": 7, "patience": "0 s", "priority": "50 %"}}
    return {
        **document,
        "description": "the same day",
        "seats": 3,
        "target": "50 % within 1 s",
        "units": units,
        "routes": {**document.get("routes", {}), "nobody_s": ["unvisited", {"stop": "unvisited_too", "rework": {"share": "50 %"}}]},
        "citizens": citizens,
        "variants": {"crowded": {"arrivals": "300 %"}},
        "replications": 3,
        "seed": 77,
    }


def _no_limit_reached(document: Document) -> Document:
    """Limits beyond reach: patience of weeks instead of none, room for a million instead of any number."""
    units = {
        name: unit if "waiting_room" in unit or unit["counters"] == "unlimited" else {**unit, "waiting_room": 1_000_000}
        for name, unit in document["units"].items()
    }
    citizens = {name: {"patience": "30 days", **source} for name, source in document["citizens"].items()}
    return {**document, "units": units, "citizens": citizens}


def _listed(document: Document) -> Document:
    """Counters in a list of so many alike instead of a number."""
    units = {
        name: {**unit, "counters": [{"count": unit["counters"]}]} if isinstance(unit["counters"], int) else unit
        for name, unit in document["units"].items()
    }
    return {**document, "units": units}


@pytest.mark.parametrize("change", [_nothing_more, _no_limit_reached, _listed], ids=lambda change: change.__name__.strip("_"))
def test_an_unused_feature_changes_no_bit(change: Callable[[Document], Document]) -> None:
    @FEW
    @given(scenarios(), st.integers(0, 1000), st.sampled_from(ENGINES))
    def changes_nothing(document: Document, seed: int, engine: str) -> None:
        (trace, records), (trace_, records_) = played(document, seed, engine), played(change(document), seed, engine)
        counters = int(records.posts.counter.max(initial=-1)) + 1  # a unit that is added comes last, and has posts of its own
        of_old = Records(*records_[:-1], posts=Posts(*(column[records_.posts.counter < counters] for column in records_.posts)))
        assert same(trace._replace(patience=trace_.patience), trace_) and records.equals(of_old)

    changes_nothing()


@FEW
@given(scenarios(), st.integers(0, 1000), st.integers(1, 3), st.sampled_from(ENGINES))
def test_a_constant_number_is_so_many_counters(document: Document, seed: int, number: int, engine: str) -> None:
    """Where the number on duty never changes, the two ways of staffing are one."""
    if "hours" not in document:
        return
    plain = {name: {key: value for key, value in unit.items() if key != "duty"} for name, unit in document["units"].items()}
    counted = {name: unit if unit["counters"] == "unlimited" else {**unit, "counters": number} for name, unit in plain.items()}
    by_number = {
        name: unit if unit["counters"] == "unlimited" else {**unit, "counters": {document["hours"]: number}} for name, unit in plain.items()
    }
    document = {key: value for key, value in document.items() if key != "duty"}
    one, other = (played({**document, "units": units}, seed, engine) for units in (counted, by_number))
    assert same(one[0], other[0]) and same(one[1][:-1], other[1][:-1])
    duty = [(posts.number * (posts.end - posts.start))[posts.state == ON_DUTY].sum() for posts in (one[1].posts, other[1].posts)]
    assert duty[0] == duty[1]


def test_the_changes_are_changes() -> None:
    """A relation that compares a scenario with itself would hold for any program."""
    units = {"one": {"counters": 2, "service_time": "5 min"}}
    document = {"name": "two", "hours": "08:00-09:00", "units": units, "citizens": {"all": {"arrivals": "9 per day", "route": ["one"]}}}
    for change in (_nothing_more, _no_limit_reached, _listed):
        assert hall_of(change(document)).scenario != hall_of(document).scenario
