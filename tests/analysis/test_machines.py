"""Machines, such as ticket kiosks, are not in the figures of the hall: where all others are one unit, these are that unit's."""

from __future__ import annotations

import math

import pytest
from matplotlib.patches import StepPatch

from sim.analysis.summary import Row, Summary
from sim.errors import ScenarioError
from sim.experiment.comparison import compare_plans
from sim.experiment.replications import run
from sim.figures.comparison import figures
from sim.scenario import Scenario, load_text

HALL = """
name: A desk behind a kiosk
hours: 08:00-10:00
target: 80 % within 5 min
units:
  kiosk: {counters: 1, service_time: {exponential: 1 min}, machine: MACHINE}
  desk: {counters: 2, service_time: {exponential: 5 min}, duty: 08:00-09:30}
citizens:
  applicant: {arrivals: 25 per hour, priority: 20 %, patience: {exponential: 40 min}, route: [kiosk, desk]}
"""
OF_CITIZENS = {
    "most_inside", "inside", "inside_p10", "inside_p90", "last_citizen_leaves", "time_in_hall_mean", "total_wait_mean", "door_wait_mean", "citizens",
    "citizens_served", "citizens_abandoned", "citizens_left_over", "citizens_refused_full", "citizens_refused_late", "citizens_still_inside",
}  # fmt: skip


def scenario(machine: str) -> Scenario:
    return load_text(HALL.replace("MACHINE", machine)).scenario


def summary(machine: str) -> Summary:
    return run(scenario(machine), replications=12).summary


def numbers(row: Row) -> tuple[float, ...]:
    return tuple(-1.0 if math.isnan(number) else number for number in (row.value, row.low, row.high))


def test_the_figures_of_the_hall_are_those_of_its_other_unit() -> None:
    found = summary("true")
    looked_at = 0
    for row in found:
        if row.unit or row.measure in OF_CITIZENS:
            continue
        mine = found.get(row.measure, "desk", citizen_class=row.citizen_class, interval=row.interval)
        assert numbers(row) == numbers(mine), row
        looked_at += 1
    assert looked_at > 60  # of the whole day, of two classes, and of four half-hours
    assert found.waits[""] == found.waits["desk"]
    assert found.get("tickets", "kiosk").value > found.get("tickets").value > 0  # some give up at the kiosk


def test_nothing_else_changes() -> None:
    with_machine, without = summary("true"), summary("false")
    for row in with_machine:
        if row.unit or row.measure in OF_CITIZENS:
            assert numbers(row) == numbers(without.get(*row[:2], service=row.service, citizen_class=row.citizen_class, interval=row.interval)), row
    assert without.get("tickets").value == pytest.approx(with_machine.get("tickets").value + with_machine.get("tickets", "kiosk").value)
    assert without.get("hours_on_duty").value == with_machine.get("hours_on_duty").value + 2.0


def test_another_machine_costs_no_officers() -> None:
    plans = [(name, load_text(HALL.replace("MACHINE", "true"), sets=[f"units.kiosk.counters={count}"]).scenario) for name, count in (("one", 1), ("two", 2))]
    compared = compare_plans(plans, replications=5).summary
    hours = compared.find("two", "hours_on_duty")
    assert hours is not None and hours.difference == 0.0
    kiosk = compared.find("two", "hours_on_duty", "kiosk")
    assert kiosk is not None and kiosk.difference == 2.0


def test_the_hall_needs_a_unit_that_is_no_machine() -> None:
    with pytest.raises(ScenarioError, match="all units are machines"):
        load_text(HALL.replace("machine: MACHINE", "machine: true").replace("duty: 08:00-09:30", "machine: true"))


def test_officers_of_the_hall_are_not_machines() -> None:
    plans = [(name, load_text(HALL.replace("MACHINE", "true"), sets=[f"units.kiosk.counters={count}"]).scenario) for name, count in (("one", 1), ("two", 2))]
    compared = compare_plans(plans, replications=3).summary
    figure = dict(figures(compared))["officers_and_load"]
    hall = figure.axes[0]  # one staffing of the hall: two officers until 09:30
    line = next(patch for patch in hall.patches if isinstance(patch, StepPatch) and patch.get_linewidth() > 1)
    assert line.get_data().values.tolist() == [2.0, 2.0, 2.0, 0.0]


def test_the_bound_of_the_halls_share_does_not_look_at_machines() -> None:
    """The strictest target of the hall's units decides how a share near one is bounded: a kiosk's own target does not change it."""
    text = HALL.replace("MACHINE", "true").replace("25 per hour", "10 per hour").replace("counters: 2, service", "counters: 3, service").replace(", duty: 08:00-09:30", "")
    strict = text.replace("machine: true", "machine: true, target: 99.9 % within 5 min")
    one, other = (run(load_text(given).scenario, replications=12).summary.get("share_within_target") for given in (text, strict))
    assert 0.98 < one.value <= 1 and numbers(one) == numbers(other)
