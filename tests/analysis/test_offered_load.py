"""Offered load from the plan alone, against days worked by hand and against the tickets of simulated days."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim import clock
from sim.analysis.busyness import busyness_on
from sim.analysis.capacity import time_on_duty
from sim.analysis.offered_load import offered_load, planning_warnings, visits
from sim.analysis.officers import officers
from sim.engine import play
from sim.model.compile import compile_plan
from sim.model.shapes import NO_PATIENCE_LIMIT, Plan
from sim.model.trace import draw
from sim.report.check_report import Checked, check_report
from sim.results.measures import CAME, TAKEN, DaySums, measure
from sim.results.outcomes import SERVED
from sim.scenario import load
from sim.scenario.reading import load_text

SCENARIOS = Path(__file__).parents[2] / "scenarios"

DOOR = """\
name: Door
hours: 08:00-12:00
last_ticket: 11:00
profiles:
  morning: {07:30-08:00: 24 %, 08:00-10:00: 40 %, 10:00-12:00: 36 %}
units:
  kiosk: {counters: 1, service_time: 1 min}
  desk: {counters: 2, service_time: 5 min}
citizens:
  any: {arrivals: 100 per day, profile: morning, route: [kiosk, {stop: desk, share: 50 %}]}
"""

MIXED = """\
name: Mixed
hours: 08:00-12:00
last_ticket: 11:30
units:
  kiosk: {counters: {08:00-12:00: 2}, service_time: 1 min, last_ticket: 10:00}
  form: {counters: unlimited, service_time: 5 min, last_ticket: 11:00}
  desk: {counters: 3, service_time: {exponential: 4 min}}
  bank: {counters: [{helps: [desk]}], service_time: 2 min}
citizens:
  by_rate:
    arrivals: {rates: {07:00-09:00: 10 per hour, 09:00-13:00: 20 per hour}}
    route: [{stop: kiosk, share: 40 %}, {stop: form, share: 50 %}, {stop: desk, rework: {share: 30 %, back_to: kiosk, at_most: 2}}, {stop: bank, share: 60 %}]
  quota: {arrivals: {rates: {07:00-12:00: 30 per hour}, first: 60}, route: [bank]}
  invited: {arrivals: {exactly: 40, first: 10}, route: [desk, {stop: kiosk, share: 50 %}]}
  in_turn: {arrivals: {gaps: {exponential: 10 min}}, route: [desk]}
"""


def plan_of(text: str) -> Plan:
    return compile_plan(load_text(text).scenario)


def test_those_at_the_door_come_at_opening_and_those_too_late_bring_no_load() -> None:
    """24 wait at the door, 20 an hour come from 08:00 to 10:00 and 18 an hour from 10:00; those from 11:00 on are refused.

    In the first half-hour the kiosk has 24 + 10 citizens of 1 min, the desk half of them of 5 min; from 11:00 on neither has any.
    """
    plan = plan_of(DOOR)
    found = offered_load(plan)
    np.testing.assert_array_equal(found.cuts, np.array([8, 10, 11, 12]) * clock.HOUR)
    np.testing.assert_allclose(found.crowd, [24, 12])
    np.testing.assert_allclose(found.crowd_work / clock.MINUTE, [24, 60])
    np.testing.assert_allclose(found.rate, [[20, 18, 0], [10, 9, 0]])
    np.testing.assert_allclose(found.tickets, [24 + 40 + 18, 41])
    np.testing.assert_allclose(found.work / clock.MINUTE, [82, 205])
    np.testing.assert_allclose(found.late, [18])
    kiosk, desk = officers(plan).load
    np.testing.assert_allclose(kiosk * 30, [24 + 10, *[10] * 3, 9, 9, 0, 0])
    np.testing.assert_allclose(desk * 30, [60 + 25, *[25] * 3, 22.5, 22.5, 0, 0])


def test_the_last_ticket_is_that_of_the_first_stop_made() -> None:
    """Half make the kiosk first, whose last ticket is at 09:00, half pass it by to the desk, whose last ticket is at 10:00.

    Of 10 an hour from 08:00 to 12:00 then 5 are in time at the kiosk (and go on to the desk), 10 directly at the desk. The desk sends
    half back to the kiosk, of whom again half make it, all make the desk again: 7.5 more at the desk, 3.75 at the kiosk.
    """
    found = offered_load(plan_of("""\
name: Two last tickets
hours: 08:00-12:00
last_ticket: 10:00
units:
  kiosk: {counters: 1, service_time: 1 min, last_ticket: 09:00}
  desk: {counters: 1, service_time: 1 min}
citizens:
  any: {arrivals: 10 per hour, route: [{stop: kiosk, share: 50 %}, {stop: desk, rework: {share: 50 %, back_to: kiosk}}]}
"""))
    np.testing.assert_allclose(found.tickets, [5 + 3.75, 15 + 7.5])
    np.testing.assert_allclose(found.late, [15 + 10])


ONE_OF = """\
name: Simple or difficult
hours: 08:00-12:00
units:
  kiosk: {counters: 2, service_time: 1 min, machine: true}
  simple: {counters: 3, service_time: 4 min}
  hard: {counters: 3, service_time: 12 min}
  till: {counters: 1, service_time: 2 min}
citizens:
  any:
    arrivals: 20 per hour
    route:
      - kiosk
      - one_of: {simple: 75 %, hard: {share: 25 %, rework: {share: 50 %}}}
      - {stop: till, share: 50 %, rework: {share: 50 %, back_to: simple}}
"""


def test_a_choice_is_kept_through_rework() -> None:
    """Of 80, 60 go to simple and 20 to hard, of whom half come to hard twice: 30. Of the 40 at the till half go back to where they were.

    That is 15 more at simple. Of the 5 at hard, half have been sent back there before and come once more, half 1.5 times: 6.25 more.
    Half of the 20 come to the till again.
    """
    found = offered_load(plan_of(ONE_OF))
    np.testing.assert_allclose(found.tickets, [80, 75, 36.25, 50])
    np.testing.assert_allclose(found.work / clock.MINUTE, [80, 300, 435, 100])


def test_the_example_of_the_rules() -> None:
    """Rule R5: 60 + 6 at simple, 20 + 2 at hard, 40 + 4 at the till."""
    text = ONE_OF.replace("hard: {share: 25 %, rework: {share: 50 %}}", "hard: 25 %").replace("rework: {share: 50 %", "rework: {share: 20 %")
    np.testing.assert_allclose(offered_load(plan_of(text)).tickets, [80, 66, 22, 44])


def test_the_last_ticket_is_that_of_the_one_that_is_chosen() -> None:
    """Of 40 a day, evenly over four hours, 30 choose a, whose tickets end after one hour, and 10 choose b, whose tickets end after two."""
    found = offered_load(plan_of("""\
name: Two last tickets
hours: 08:00-12:00
units:
  a: {counters: 1, service_time: 1 min, last_ticket: 09:00}
  b: {counters: 1, service_time: 1 min, last_ticket: 10:00}
  c: {counters: 1, service_time: 1 min, last_ticket: 11:00}
citizens:
  any: {arrivals: 10 per hour, route: [{one_of: {a: 75 %, b: 25 %}}, c]}
"""))
    np.testing.assert_allclose(found.tickets, [7.5, 5, 12.5])
    np.testing.assert_allclose(found.late, [22.5 + 5])


def test_stops_made_from_a_position_of_the_route_on() -> None:
    """c and d each send half back to b: whoever comes to b makes b and c 2 times before d, and d 2 times, so b and c 4 times.

    Who begins at c makes b once less than c; who begins at d makes b and c 2 times, on the one way back. With limits of 80 the route is
    not walked (there would be 81² states), with 20 it is; both limits are so high that they hardly matter.
    """
    units = "".join(f"  {name}: {{counters: 1, service_time: 1 min}}\n" for name in "abcd")
    back = "rework: {share: 50 %, back_to: b, at_most: 20}"
    route = f"[a, b, {{stop: c, {back}}}, {{stop: d, {back}}}]"
    walked = plan_of(f"name: Back\nhours: 08:00-12:00\nunits:\n{units}citizens:\n  any: {{arrivals: 1 per hour, route: {route}}}\n").demand
    for demand in (walked, walked._replace(stop_rework_most=4 * walked.stop_rework_most)):
        for begin, expected in enumerate([[1, 4, 4, 2], [0, 4, 4, 2], [0, 3, 4, 2], [0, 2, 2, 2], [0, 0, 0, 0]]):
            np.testing.assert_allclose(visits(demand, 0, begin), expected, rtol=1e-3)


def sums_of_day(plan: Plan, seed: int, replication: int) -> DaySums:
    trace = draw(plan, seed, replication, fast=True)
    return measure(plan, trace, play(plan, trace, "kernel"), fast=True).sums


@pytest.mark.parametrize("name", ["mixed", "door", *sorted(path.stem for path in SCENARIOS.glob("*.yaml"))])
def test_tickets_are_those_of_simulated_days(name: str) -> None:
    """Within 4 standard errors of the mean over 200 days, at every service; nobody gives up, which is not known from the plan."""
    own = {"mixed": MIXED, "door": DOOR}
    plan = plan_of(own[name]) if name in own else compile_plan(load(SCENARIOS / f"{name}.yaml").scenario)
    plan = replace(plan, demand=plan.demand._replace(stop_patience=np.full_like(plan.demand.stop_patience, NO_PATIENCE_LIMIT)))
    simulated = np.stack([sums_of_day(plan, 3, day).tickets[:, :, TAKEN].sum(axis=1) for day in range(200)])
    errors = simulated.std(axis=0, ddof=1) / np.sqrt(200)
    assert (np.abs(simulated.mean(axis=0) - offered_load(plan).tickets) <= 4 * errors + 1e-9).all()


@pytest.mark.parametrize("written", ["{08:00-16:30: 1}", "{08:00-16:30: 1, 16:30-17:00: 0}"])
def test_who_is_on_duty_after_closing_serves_who_is_inside(written: str) -> None:
    """The warning says what the rules say (R13), and a 0 at the end of the day is no other roster.

    The first of 59 citizens comes at 08:08, one more every 8 min; each takes 10 min. So the counter is never free again, and the last is
    served at 08:08 + 590 min = 17:58, though the duty that is written ends at 16:30.
    """
    scenario = load_text(
        f"name: Late\nhours: 08:00-16:00\nunits: {{desk: {{counters: {written}, service_time: 10 min}}}}\n"
        "citizens: {any: {arrivals: {gaps: 8 min}, route: [desk]}}\n"
    ).scenario
    plan = compile_plan(scenario)
    closing = "on duty 16:00-16:30, but at closing, 16:00, nobody comes in any more: only who is inside by then is served"
    assert closing in [warning.message for warning in planning_warnings(scenario, plan)]
    sums = sums_of_day(plan, 1, 0)
    assert sums.citizens[:, SERVED].sum() == sums.citizens[:, CAME].sum() == 59
    assert clock.format_clock(int(sums.last_leaves)) == "17:58"


LENT = """\
name: A counter lent to another unit
hours: 08:00-12:00
units:
  a: {counters: 0, service_time: 5 min}
  b: {counters: [{services: [b, a], speed: 50 %}, {}], service_time: 5 min}
outages: {system: {units: [b], at: "09:00-10:00"}}
citizens:
  x: {arrivals: 6 per hour, route: [a]}
  y: {arrivals: 6 per hour, route: [b]}
"""


def test_an_outage_is_taken_off_a_counter_only_while_it_stops_all_that_the_counter_serves() -> None:
    plan = plan_of(LENT)
    _, on_duty = time_on_duty(plan)
    assert on_duty.tolist() == [0, 7 * clock.HOUR]  # the first counter serves a all the time: 4 h; the second 3 h
    assert officers(plan).on_duty[1].tolist() == [2, 2, 1, 1, 2, 2, 2, 2]
    # 0.5 erlang of a at 50 % and of b at (50 % + 100 %) ÷ 2 keep 1 and 0.667 officers busy.
    assert officers(plan).load.mean(axis=1) == pytest.approx([1.0, 0.5 / 0.75])
    _, on_duty = time_on_duty(plan_of(LENT.replace("[b], at", "[a, b], at")))
    assert on_duty.tolist() == [0, 6 * clock.HOUR]


def test_a_planned_outage_of_a_closed_hall_is_told() -> None:
    text = LENT.replace('"09:00-10:00"', '"07:00-08:00, 09:00-10:00, 12:00-12:30"')
    scenario = load_text(text).scenario
    told = [(warning.path, warning.message) for warning in planning_warnings(scenario, compile_plan(scenario)) if "closed" in warning.message]
    assert told == [("outages.system.at", "down 07:00-08:00, 12:00-12:30, when the hall is closed: it is open 08:00-12:00")]
    scenario = load_text(LENT).scenario
    assert not [warning for warning in planning_warnings(scenario, compile_plan(scenario)) if "closed" in warning.message]


BUSY = """\
name: A hall with busy days
hours: 08:00-12:00
units:
  desk: {counters: 2, service_time: 6 min}
  bank: {counters: 1, service_time: 6 min}
citizens:
  some: {arrivals: 10 per hour, busyness: {shape: 1}, route: [desk]}
  others: {arrivals: 5 per hour, route: [bank]}
"""


def test_a_day_in_ten_is_told() -> None:
    """A factor of shape 1 is exponential: on one day in ten it is ln 10 = 2.303 or more, on one in ten −ln 0.9 = 0.105 or less.

    On average the desk has 1 erlang for 2 counters; times 2.303 it has too much. The bank has no busy days.
    """
    file = load_text(BUSY)
    plan = compile_plan(file.scenario)
    assert busyness_on(plan, 0.9) == pytest.approx([np.log(10.0), 1.0])
    (warning,) = planning_warnings(file.scenario, plan)
    more = "with 130 % more tickets than on average or more still"
    assert (warning.path, warning.message) == ("units.desk.counters", f"desk 08:00–12:00: on one day in ten, {more}, 2.30 erlang for 2 counters")
    lines = list(check_report(Checked(file, plan, [warning]), {}, (), 200))
    assert "    some: on one day in ten 230 % of the average number or more, and on one in ten 11 % or fewer" in lines
    assert [line.split()[1:4] for line in lines if line.startswith("  desk")] == [["40.0", "1.00", "1.00"]], "the table is that of an average day"
    enough = load_text(BUSY.replace("counters: 2", "counters: 3")).scenario
    assert planning_warnings(enough, compile_plan(enough)) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_busyness_of_several_factors_is_the_quantile_of_their_product(share: float) -> None:
    """Against 400,000 products drawn by numpy: three standard errors of the share below, and the 1 % that is said."""
    text = BUSY.replace("shape: 1}", "cv: 0.5}").replace("service_time: 6 min}\n  bank", "service_time: 6 min, busyness: {cv: 0.3}}\n  bank") + "busyness: {shape: 20}\n"
    found = busyness_on(plan_of(text), share)
    chance = np.random.default_rng(5)
    products = np.prod([chance.gamma(shape, 1.0 / shape, 400_000) for shape in (4.0, 1.0 / 0.09, 20.0)], axis=0)
    low, high = (np.quantile(products, share + sign * 3.0 * (share * (1.0 - share) / 400_000) ** 0.5) for sign in (-1, 1))
    assert low * 0.99 < found[0] < high * 1.01
