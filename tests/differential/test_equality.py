"""Two engines, one answer: on random days rich in ties the records are equal to the last bit, and the auditor has nothing to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.clock import NEVER
from sim.engine.kernel import play_kernel
from sim.engine.reference import play_reference
from sim.errors import EngineError
from sim.model.shapes import Plan
from sim.model.trace import Trace, draw
from sim.results.audit import audit
from sim.results.measures import CAME, measure
from sim.results.outcomes import NOT_REACHED, SERVED, STILL_INSIDE
from sim.results.records import Records
from tests.days import hall_of, play_plain
from tests.random_days import QUICK, Document, scenarios, with_extras

FOUND = json.loads((Path(__file__).parent / "found.json").read_text(encoding="utf-8"))
"""Days on which a fault was once found; they are kept."""


def judge(document: Document, seed: int, play: Callable[[Plan, Trace], Records] = play_kernel) -> None:
    """Everything that must hold on one day; ``play`` is the engine that is held to the reference engine."""
    plan = hall_of(document).plan
    trace = draw(plan, seed, 0)
    assert all(np.array_equal(mine, its) for mine, its in zip(trace, draw(plan, seed, 0, fast=True), strict=True))
    records = play_reference(plan, trace)
    assert play(plan, trace).equals(records)
    audit(plan, trace, records)

    day, fast = measure(plan, trace, records), measure(plan, trace, records, fast=True)
    for mine, its in zip((*day.sums, *day.waits), (*fast.sums, *fast.waits), strict=True):
        assert np.array_equal(mine, its) and mine.dtype == its.dtype

    # Nobody is lost: the stops reached are the first ones, all but the last of them were served, and the visit is over or time is.
    is_over_at_last = plan.hall.ends == NEVER
    for first, end in zip(trace.stop_first[:-1], trace.stop_first[1:], strict=True):
        outcomes = records.outcome[first:end].tolist()
        reached = [outcome for outcome in outcomes if outcome != NOT_REACHED]
        assert outcomes == reached + [NOT_REACHED] * (len(outcomes) - len(reached))
        assert all(outcome == SERVED for outcome in reached[:-1])
        if is_over_at_last and outcomes:
            assert reached[-1] != STILL_INSIDE
            assert reached[-1] != SERVED or len(reached) == len(outcomes)
    if is_over_at_last:
        assert len(trace.came) == day.sums.citizens[:, CAME].sum()


def test_the_kernel_refuses_a_day_that_its_keys_cannot_hold() -> None:
    """Services of 800 days, one after the other, once overflowed without a word."""
    units = {"desk": {"counters": 1, "service_time": "800 days"}, "form": {"counters": "unlimited", "service_time": "800 days"}}
    for route in (["desk"], ["form", "form", "desk"]):
        citizens = {"all": {"arrivals": {"exactly": 2}, "route": route}}
        plan = hall_of({"name": "endless", "hours": "08:00-09:00", "units": units, "citizens": citizens}).plan
        trace = draw(plan, 1, 0)
        assert (play_reference(plan, trace).outcome == SERVED).all()
        with pytest.raises(EngineError, match="814 days"):
            play_kernel(plan, trace)


@QUICK
@given(document=with_extras(), seed=st.integers(0, 2**32 - 1))
def test_random_days_with_rules_that_few_halls_use(document: Document, seed: int) -> None:
    """The reference engine against the kernel's loop, run as ordinary Python; the compiled loop is held to it on the days worked by hand."""
    judge(document, seed, play_plain)


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case["found"])
def test_days_on_which_a_fault_was_found(case: Document) -> None:
    judge(case["scenario"], case["seed"])


LARGE: Document = {
    "name": "a hall larger than the kernel's words, blocks and first arrays",
    "hours": "08:00-10:00",
    "grid": "60 s",
    "units": {
        "form": {"counters": "unlimited", "service_time": "5 min"},
        "permit": {
            "services": {"new": {"service_time": {"empirical": {"values": ["3 min", "9 min"]}}}, "renewal": {"service_time": "4 min"}},
            "counters": [
                {"count": 40, "duty": "08:00-09:00, 09:05-10:00"},
                {"count": 30, "services": ["new"], "helps": ["visa"]},
                {"count": 9, "services": ["visa", "permit.renewal"]},
            ],
        },
        "visa": {"counters": {"08:00-08:30": 70, "08:30-09:00": 20, "09:00-10:00": 66}, "service_time": {"exponential": "12 min"}},
        "cashier": {"counters": 5, "service_time": "1 min", "waiting_room": 60},
    },
    "citizens": {
        "at_the_door": {"arrivals": {"rates": {"07:50-08:00": "30 per min"}}, "route": ["form", "permit.new", "cashier"]},
        "all_day": {
            "arrivals": "600 per day",
            "priority": "20 %",
            "patience": {"exponential": "20 min"},
            "route": ["form", "permit.renewal", "visa", "cashier"],
        },
        "visa": {"arrivals": "500 per day", "route": [{"stop": "visa", "rework": {"share": "30 %"}}, "form"]},
    },
}


@pytest.mark.parametrize("closing", ["serve all", "send home"])
def test_a_large_hall(closing: str) -> None:
    """Some 150 counters, hundreds at a stop without a queue, and hundreds who go on at one instant."""
    judge({**LARGE, "closing": closing}, 1)


@QUICK
@given(scenarios(), st.integers(0, 1000))
def test_random_days(document: Document, seed: int) -> None:
    judge(document, seed)


@settings(QUICK, max_examples=40)
@given(scenarios(), st.integers(0, 1000))
def test_the_kernel_needs_no_compiler(document: Document, seed: int) -> None:
    """Its functions are ordinary Python: run so, they give the same bits as the compiled loop."""
    plan = hall_of(document).plan
    trace = draw(plan, seed, 0)
    assert play_plain(plan, trace).equals(play_kernel(plan, trace))


@pytest.mark.long
@settings(max_examples=6000, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 1_000_000))
def test_many_random_days(document: Document, seed: int) -> None:
    judge(document, seed)
