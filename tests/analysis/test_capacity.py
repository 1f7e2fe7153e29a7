"""What counters can carry, worked by hand: planned duty × speed − outages; and what `sim check` says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.analysis.capacity import availability, hands_at, speeds, time_on_duty
from sim.analysis.offered_load import planning_warnings
from sim.clock import HOUR, MINUTE
from sim.model.compile import compile_plan
from sim.report.check_report import Checked, check_report
from sim.scenario.reading import load_text

HALL = """
name: capacity
hours: 08:00-12:00
interval: 1 h
units:
  desk: {counters: COUNTERS, service_time: 8 min}
citizens:
  all: {arrivals: 6 per hour, route: [desk]}
"""
"""0.8 erlang for the desk."""


def checked(counters: str, more: str = "") -> Checked:
    file = load_text(HALL.replace("COUNTERS", counters) + more)
    plan = compile_plan(file.scenario)
    return Checked(file, plan, planning_warnings(file.scenario, plan))


@pytest.mark.parametrize(
    ("counters", "more", "ratio", "warned"),
    [
        ("1", "", "80 %", ""),
        # one counter at half speed carries 0.5 erlang
        ("[{speed: 50 %}]", "", "160 %", "0.80 erlang for 1 counter that carries 0.5"),
        # a fast and a slow one carry 1.6 together
        ("[{speed: 120 %}, {speed: 40 %}]", "", "50 %", ""),
        # stopped for one hour of four: 0.8 × 4 h of work on 3 h
        ("1", "outages: {server: {at: 09:00-10:00}}", "107 %", "09:00–10:00: stopped by an outage, while about 6 citizens come"),
        # the way to the counter after the call, 2 min, is time of the counter too: 6 × (2 + 8) min an hour
        ("1, calling: 2 min", "", "100 %", ""),
        # a slow officer does not slow the citizen's steps: 6 × (2 + 16) min, so that a counter carries 10 ÷ 18 of its load
        ("[{speed: 50 %}], calling: 2 min", "", "180 %", "1.00 erlang for 1 counter that carries 0.556"),
        # up three quarters of the time in the long run
        ("1", "outages: {server: {every: {exponential: 45 min}, lasts: {exponential: 15 min}}}", "107 %", "0.80 erlang for 1 counter that carries 0.75"),
        # absent on one day in four: 0.75 on an average day
        ("[{absence: 25 %}]", "", "107 %", "0.80 erlang for 1 counter that carries 0.75"),
        # three officers are planned, then one; all are there unless three or two are: 0.7 · 3 + 0.2 · 1 = 2.3 are there until 10:00, 0.9 after it
        ("{08:00-10:00: 3, 10:00-12:00: 1}, absence: {0: 70 %, 2: 20 %, 3: 10 %}", "", "50 %", ""),
        # both: 0.8 erlang ÷ 0.5 on 3 h of 4
        ("[{speed: 50 %}]", "outages: {server: {at: 09:00-10:00}}", "213 %", "08:00–09:00: 0.80 erlang for 1 counter that carries 0.5"),
    ],
)
def test_check_says_what_counters_carry(counters: str, more: str, ratio: str, warned: str) -> None:
    one = checked(counters, more)
    lines = list(check_report(one, {}, (), 200))
    (row,) = (line for line in lines if line.startswith("  desk"))
    assert row.endswith(ratio)
    assert any(warned in warning.message for warning in one.warnings) if warned else not one.warnings


def test_time_on_duty_leaves_planned_outages_out() -> None:
    """Two counters, one until 11:00; down 08:30–09:15 and, overlapping, 09:00–10:00: of 240 + 180 minutes, 2 × 90 are lost."""
    plan = checked("[{}, {duty: 08:00-11:00}]", "outages: {a: {at: 08:30-09:15}, b: {at: 09:00-10:00}}").plan
    by_interval, in_all = time_on_duty(plan)
    assert (by_interval // MINUTE).tolist() == [[60, 0, 120, 60]]
    assert (in_all // MINUTE).tolist() == [240]
    assert hands_at(plan, 8 * HOUR)[0].erlangs == {0: 1.0} and hands_at(plan, 9 * HOUR + 30 * MINUTE) == []


def test_speeds_of_a_service_are_averaged_over_who_serves_it() -> None:
    """Two hours at 50 % and four at 100 % are 5 ÷ 6 on average; availability 2 ÷ 3 comes on top."""
    more = "outages: {server: {every: {exponential: 20 min}, lasts: {exponential: 10 min}}}"
    plan = checked("[{speed: 50 %, duty: 08:00-10:00}, {}]", more).plan
    assert availability(plan).tolist() == pytest.approx([2 / 3])
    np.testing.assert_allclose(speeds(plan), [5 / 6 * 2 / 3])


def test_a_counter_that_is_faster_at_one_service_carries_what_its_fastest_says() -> None:
    """An overload that is told is one: at most 2 erlang of either."""
    text: Any = HALL.replace("service_time: 8 min", "services: {a: {service_time: 8 min}, b: {service_time: 8 min}}").replace("[desk]", "[desk.a]")
    plan = compile_plan(load_text(text.replace("COUNTERS", "[{speed: {a: 50 %, b: 200 %}}]")).scenario)
    (hands,) = hands_at(plan, 8 * HOUR)
    assert hands.carry(frozenset({0})) == 0.5 and hands.carry(frozenset({0, 1})) == 2.0
