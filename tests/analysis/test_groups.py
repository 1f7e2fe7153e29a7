"""Units that share counters are one group, with numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.groups import groups_of_units, helped_units
from sim.experiment.replications import run
from sim.model.compile import compile_plan
from sim.scenario import load_text

HALL = """
name: Shared
hours: 08:00-10:00
interval: 1 h
units:
  desk: {counters: [{services: [desk, other]}], service_time: 10 min}
  other: {counters: 0, service_time: 5 min}
  alone: {counters: 1, service_time: 6 min}
citizens:
  for_desk: {arrivals: {gaps: 30 min}, route: [desk]}
  for_other: {arrivals: {gaps: 40 min}, route: [other]}
  for_alone: {arrivals: {gaps: 50 min}, route: [alone]}
"""


def names_of_groups(units: str) -> tuple[list[str], list[str]]:
    """The groups of a hall with these counters, and the units that are helped, by the letters of their names."""
    letters = [line.strip()[0] for line in units.strip().splitlines()]
    routes = "\n".join(f"  {letter}: {{arrivals: 1 per hour, route: [{letter}]}}" for letter in letters)
    plan = compile_plan(load_text(f"name: x\nhours: 08:00-16:00\nunits:\n{units}\ncitizens:\n{routes}\n").scenario)
    return ["".join(letters[unit] for unit in group) for group in groups_of_units(plan)], [letters[unit] for unit in helped_units(plan)]


@pytest.mark.parametrize(
    ("counters", "groups", "helped"),
    [
        ({"a": "1", "b": "2"}, ["a", "b"], []),
        ({"a": "[{services: [a, b]}]", "b": "0", "c": "1"}, ["ab", "c"], []),
        ({"a": "[{services: [c]}, {}]", "b": "1", "c": "1"}, ["ac", "b"], []),
        ({"a": "[{services: [a, b]}]", "b": "[{services: [b, c]}]", "c": "1", "d": "1"}, ["abc", "d"], []),
        ({"a": "[{helps: [b, c]}]", "b": "1", "c": "2"}, ["a", "b", "c"], ["b", "c"]),
        ({"a": "[{helps: [b, c]}]", "b": "0", "c": "2"}, ["ab", "c"], ["c"]),
        ({"a": "unlimited", "b": "{08:00-16:00: 2}"}, ["b"], []),
    ],
)
def test_units_are_one_group_when_a_counter_serves_both(counters: dict[str, str], groups: list[str], helped: list[str]) -> None:
    units = "\n".join(f"  {name}: {{counters: {given}, service_time: 5 min}}" for name, given in counters.items())
    assert names_of_groups(units) == (groups, helped)


def test_the_officer_of_two_units_is_as_busy_as_both_keep_him() -> None:
    """Desk: 08:30, 09:00 and 09:30, 10 min each. Other: 08:40 and 09:20, 5 min each. So 15 of 60 minutes, then 25 of 60; 40 of 120 in all."""
    summary = run(load_text(HALL).scenario, replications=2, engine="reference").summary
    (group,) = summary.groups
    assert group.units == ("desk", "other") and summary.group_of("other") is group and summary.group_of("alone") is None
    np.testing.assert_allclose(group.by_interval, [15 / 60, 25 / 60])
    assert group.all_day == pytest.approx(40 / 120)
