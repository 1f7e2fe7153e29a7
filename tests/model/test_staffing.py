"""A plan with other counters, duties or arrivals is the plan that compiling the changed scenario gives, in every column."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import HOUR, MINUTE, NEVER
from sim.engine import play
from sim.errors import UsageError
from sim.model.arrivals import with_arrivals
from sim.model.compile import compile_plan
from sim.model.shapes import EXACTLY, FULL_SPEED, ByNumber, Counters, Duty, Plan, Staffing, agenda_of
from sim.model.staffing import staffing_of, with_counters
from sim.model.trace import draw
from sim.scenario import load, load_text
from sim.scenario.schema import parse_interval, parse_pattern
from tests.days import hall_of
from tests.random_days import QUICK, Document, restaffed, scenarios

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))


def differences(one: Plan, other: Plan) -> list[str]:
    """The columns in which two plans differ, in value or in type, the agenda included; and whatever was worked out from them before."""
    found = []
    for part in ("times", "demand", "hall", "window", "outage_times", "agenda", "rates"):
        mine, its = getattr(one, part), getattr(other, part)
        for name in mine._fields:
            a, b = np.asarray(getattr(mine, name)), np.asarray(getattr(its, name))
            if not (np.array_equal(a, b) and a.dtype == b.dtype and a.flags.c_contiguous):
                found.append(f"{part}.{name}")
    if not all(np.array_equal(a, b) for a, b in zip(one.agenda, agenda_of(one.hall), strict=True)):
        found.append("the agenda and the hall")
    if [crew.staffing for crew in one.crews] != [crew.staffing for crew in other.crews]:
        found.append("staffing")
    for name in ("expected_citizens", "likely_citizens", "longest_route", "most_positions", "units_by_number"):
        if not np.array_equal(getattr(one, name), getattr(other, name)):
            found.append(name)
    return found


def staffing_written(document: Document, name: str) -> Staffing:
    """What a scenario, as plain values, says of a unit's staffing: read by the test itself, with no duty where the unit has none."""
    numbers: dict[str, int] = {}
    for unit, its in document["units"].items():
        for service in its["services"]:
            numbers[f"{unit}.{service}"] = len(numbers)
    unit, counters = document["units"][name], document["units"][name]["counters"]
    duty: tuple[Duty, ...] = tuple(parse_pattern(text) for text in unit.get("duty", ()))
    if isinstance(counters, dict):
        return Staffing(ByNumber(tuple(sorted((*parse_interval(interval), number) for interval, number in counters.items()))))
    if isinstance(counters, int):
        return Staffing(counters, duty)

    def hundredths(text: str) -> int:
        return round(float(text.removesuffix(" %")) * 100)

    listed = []
    for one in counters:
        speed = one.get("speed", "100 %")
        listed.append(
            Counters(
                count=one.get("count", 1),
                services=tuple(numbers[service] for service in one["services"]) if "services" in one else None,
                helps=tuple(numbers[service] for service in one.get("helps", ())),
                speed=tuple((numbers[service], hundredths(text)) for service, text in speed.items()) if isinstance(speed, dict) else hundredths(speed),
                duty=parse_pattern(one["duty"]) if "duty" in one else None,
            )
        )
    return Staffing(tuple(listed), duty)


def patterns_written(document: Document, plan: Plan) -> tuple[Duty, ...]:
    """The duty patterns of units that give none, as plain values say them."""
    if "hours" not in document:
        return (((0, plan.hall.ends),),)
    return tuple(parse_pattern(text) for text in document.get("duty", ())) or ((parse_interval(document["hours"]),),)


@settings(QUICK, max_examples=80)
@given(restaffed(), st.integers(0, 1000))
def test_other_counters_are_those_of_the_scenario_changed_in_the_same_way(pair: tuple[Document, Document, list[str]], seed: int) -> None:
    """Lists, numbers, numbers by interval, skills, helps, speeds, own duties, outages; the records too, on the day drawn for the first plan."""
    before, after, names = pair
    base, expected = hall_of(before).plan, hall_of(after).plan
    changes = {}
    for name in names:
        written = staffing_written(after, name)
        changes[list(after["units"]).index(name)] = replace(written, duty=written.duty or patterns_written(after, base))
    trace = draw(base, seed, 0)
    plan = with_counters(base, changes)
    assert differences(plan, expected) == []
    assert differences(base, hall_of(before).plan) == []
    records = play(plan, trace, "reference")
    assert records.equals(play(expected, draw(expected, seed, 0), "reference"))
    assert records.equals(play(plan, trace, "kernel"))
    back = with_counters(plan, {unit: staffing for unit in changes if (staffing := staffing_of(base, unit)) is not None})
    assert differences(back, base) == []


@settings(QUICK, max_examples=60)
@given(scenarios(), st.sampled_from([0.0, 0.2, 0.75, 1.0, 1.2, 1.7, 3.33]), st.integers(0, 1000))
def test_other_arrivals_are_those_of_the_scenario_with_this_scale(document: Document, scale: float, seed: int) -> None:
    base, expected = hall_of(document).plan, hall_of({**document, "arrivals": f"{scale * 100:.10g} %"}).plan
    trace = draw(base, seed, 0)
    plan = with_arrivals(base, scale)
    assert differences(plan, expected) == []
    assert differences(with_arrivals(with_arrivals(base, 0.3), scale), expected) == []
    assert differences(with_arrivals(plan, 1.5 if document.get("arrivals") else 1.0), base) == []
    for mine, its in zip(draw(plan, seed, 0), draw(expected, seed, 0), strict=True):
        assert np.array_equal(mine, its)
    assert len(trace.came) == len(draw(base, seed, 0).came)

    # One source alone: its rates are those of the scale, and the other sources keep theirs.
    chosen = [source for source, kind in enumerate(base.demand.source_kind.tolist()) if kind != EXACTLY][:1]
    alone = with_arrivals(base, {source: scale for source in chosen}).demand
    for source in range(len(alone.source_kind)):
        of, pieces = (plan if source in chosen else base).demand, slice(int(alone.piece_first[source]), int(alone.piece_first[source + 1]))
        assert np.array_equal(alone.piece_rate[pieces], of.piece_rate[pieces]) and np.array_equal(alone.piece_below[pieces], of.piece_below[pieces])
        assert alone.source_first[source] == of.source_first[source] and alone.source_gap_factor[source] == of.source_gap_factor[source]


def clock_text(instant: int) -> str:
    return f"{instant // HOUR:02d}:{instant // MINUTE % 60:02d}"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_with_other_counters(path: Path) -> None:
    """Each unit of each file with fewer and more counters; with staggered duties; by number; and with a slow officer among them."""
    file = load(path)
    plan = compile_plan(file.scenario)
    if file.scenario.hours is None:
        return
    opens, closes = file.scenario.hours
    noon = (opens + closes) // 2 // MINUTE * MINUTE
    early, late = f"{clock_text(opens)}-{clock_text(noon)}", f"{clock_text(noon)}-{clock_text(closes)}"
    for unit, (name, its) in enumerate(file.scenario.units.items()):
        now = staffing_of(plan, unit)
        if now is None:
            with pytest.raises(UsageError, match="unlimited"):
                with_counters(plan, {unit: Staffing(1)})
            continue
        written: list[tuple[list[str], int | Staffing]] = [([f"units.{name}.counters={number}"], number) for number in (1, 2, 7)]
        if its.duty is None:
            by_number = ByNumber(((opens, noon, 2), (noon, closes, 3)))
            written.append(([f"units.{name}.counters={{{early}: 2, {late}: 3}}"], Staffing(by_number)))
        three, shifts = staffing_of(with_counters(plan, {unit: 3}), unit), (((opens, noon),), ((noon, closes),))
        assert three is not None
        written.append(([f"units.{name}.counters=3", f'units.{name}.duty=["{early}", "{late}"]'], replace(three, duty=shifts)))
        slow = Counters(speed=8000, duty=((opens, noon), (noon, closes)))
        written.append(([f'units.{name}.counters=[{{count: 2}}, {{speed: 80 %, duty: "{early}, {late}"}}]'], Staffing((Counters(2), slow))))
        for sets, staffing in written:
            assert differences(with_counters(plan, {unit: staffing}), compile_plan(load(path, sets=sets).scenario)) == []


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_with_other_arrivals(path: Path) -> None:
    for variant in (None, *load(path).scenario.variants):
        plan = compile_plan(load(path, variant=variant).scenario)
        try:
            expected = compile_plan(load(path, variant=variant, sets=["arrivals=120 %"]).scenario)
        except UsageError:  # the variant is a scale of arrivals itself
            continue
        assert differences(with_arrivals(plan, 1.2), expected) == []


HALL: dict[str, Any] = {
    "name": "a hall with one of each",
    "hours": "08:00-12:00",
    "grid": "60 s",
    "units": {
        "form": {"counters": "unlimited", "service_time": "1 min"},
        "desk": {"counters": [{}, {"helps": ["cashier"]}], "services": {"new": {"service_time": "5 min"}, "renewal": {"service_time": "3 min"}}},
        "cashier": {"counters": 1, "service_time": "2 min"},
    },
    "citizens": {
        "all": {"arrivals": "30 per hour", "route": ["form", "desk.new", "cashier"]},
        "guests": {"arrivals": {"exactly": 3}, "route": ["desk.renewal"]},
    },
}
EIGHT, NINE, TEN = 8 * HOUR, 9 * HOUR, 10 * HOUR


@pytest.mark.parametrize(
    ("unit", "staffing", "message"),
    [
        (3, Staffing(1), "there is no unit 3; the units of this hall are numbered from 0 to 2"),
        (-1, Staffing(1), "there is no unit -1"),
        (0, Staffing(1), "the counters of unit 0 are unlimited"),
        (1, Staffing(0), "no counter is left for service 1 .of unit 1."),
        (1, Staffing((Counters(services=(1,)),)), "no counter is left for service 2 .of unit 1."),
        (1, Staffing(ByNumber(((EIGHT, NINE, 0),))), "no counter is left for service 1"),
        (1, Staffing(-1), "got -1 counters"),
        (1, Staffing(1001), "got 1001 counters; give a number from 0 to 1000"),
        (1, Staffing(ByNumber(())), "got no interval"),
        (1, Staffing(ByNumber(((EIGHT, TEN, 1), (NINE, TEN, 2)))), "09:00 comes before 10:00"),
        (1, Staffing(2, (((NINE, TEN), (EIGHT, NINE)),)), "the intervals must follow each other; 08:00 comes before 10:00"),
        (1, Staffing(2, (((NINE, NINE),),)), "it must end after it starts"),
        (1, Staffing(2, (((NINE, 25 * HOUR),),)), "between 00:00 and 24:00"),
        (1, Staffing(2, (((NINE, TEN + 1),),)), "grid of 60000000 µs"),
        (1, Staffing(2, ((),)), "got no interval"),
        (1, Staffing((Counters(duty=()),)), "got no interval"),
        (1, Staffing((Counters(count=0),)), "got 0 counters; give a number from 1 to 1000"),
        (1, Staffing((Counters(services=()),)), "it serves nobody"),
        (1, Staffing((Counters(services=(4,)),)), "unit 1, counters 1 of its list: there is no service 4 here"),
        (1, Staffing((Counters(helps=(0,)),)), "service 0 is at unlimited counters"),
        (1, Staffing((Counters(helps=(2,)),)), "a service is named twice"),
        (1, Staffing((Counters(), Counters(speed=99))), "counters 2 of its list: got a speed of 99"),
        (1, Staffing((Counters(speed=((3, 8000),)),)), "speed: there is no service 3 here"),
    ],
)
def test_a_staffing_that_no_scenario_could_have_is_refused(unit: int, staffing: Staffing, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        with_counters(hall_of(HALL).plan, {unit: staffing})


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 8])
def test_a_number_keeps_the_counters_of_a_list_and_repeats_them(number: int) -> None:
    """As `--set units.desk.counters=…` does."""
    listed = [{"count": 2, "helps": ["cashier"]}, {"speed": "70 %"}]
    document = {**HALL, "units": {**HALL["units"], "desk": {**HALL["units"]["desk"], "counters": listed}}, "citizens": {"all": HALL["citizens"]["all"] | {"route": ["form"]}}}
    alike = Counters(helps=(3,))
    written = [alike, alike, Counters(speed=7000), alike, alike, Counters(speed=7000), alike, alike][:number]
    plan = with_counters(hall_of(document).plan, {1: number})
    assert staffing_of(plan, 1) == Staffing(tuple(written), (((EIGHT, 12 * HOUR),),))
    sets = [f"units.desk.counters={number}"]
    assert differences(plan, compile_plan(load_text(json.dumps(document), sets=sets).scenario)) == []


def test_too_many_counters_are_refused() -> None:
    with pytest.raises(UsageError, match="got 4097 counters in all; a hall can have 4096"):
        with_counters(hall_of(HALL).plan, {1: Staffing((Counters(1000), Counters(1000), Counters(1000), Counters(996))), 2: Staffing(101)})


def test_duties_need_opening_hours() -> None:
    document = {
        "name": "by horizon",
        "horizon": "10 h",
        "units": {"desk": {"counters": 2, "service_time": "5 min"}},
        "citizens": {"all": {"arrivals": "10 per hour", "route": ["desk"]}},
    }
    plan = hall_of(document).plan
    assert plan.hall.closes == NEVER
    document["units"] = {"desk": {"counters": 3, "service_time": "5 min"}}
    assert differences(with_counters(plan, {0: Staffing(3)}), hall_of(document).plan) == []
    for staffing in (Staffing(3, (((EIGHT, NINE),),)), Staffing(ByNumber(((EIGHT, NINE, 2),))), Staffing((Counters(duty=((EIGHT, NINE),)),))):
        with pytest.raises(UsageError, match="need opening hours"):
            with_counters(plan, {0: staffing})


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ({2: 1.0}, "there is no source 2; the sources of this hall are numbered from 0 to 1"),
        ({1: 2.0}, "source 1 sends an exact number of citizens"),
        ({0: -0.1}, "between 0 and 1000"),
        (float("nan"), "between 0 and 1000"),
        (1000.1, "between 0 and 1000"),
    ],
)
def test_a_scale_that_no_scenario_could_have_is_refused(scale: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        with_arrivals(hall_of(HALL).plan, scale)


def test_too_many_citizens_are_refused() -> None:
    document = {**HALL, "citizens": {"all": {"arrivals": "1000000 per day", "route": ["desk.new"]}}}
    with pytest.raises(UsageError, match="more than 100,000,000 citizens"):
        with_arrivals(hall_of(document).plan, 101.0)


def test_staffing_says_what_the_scenario_says() -> None:
    plan = hall_of(HALL).plan
    hours = (((EIGHT, 12 * HOUR),),)
    assert staffing_of(plan, 0) is None
    assert staffing_of(plan, 1) == Staffing((Counters(), Counters(helps=(3,))), hours)
    assert staffing_of(plan, 2) == Staffing(1, hours)
    assert Counters().speed == FULL_SPEED
    only_new = with_counters(plan, {2: Staffing(2, (((EIGHT, NINE),),))})
    assert staffing_of(with_counters(only_new, {2: Staffing(3)}), 2) == Staffing(3, (((EIGHT, NINE),),)), "the duty patterns remain"
