"""What `sim new` writes: citizens that add up, counters by offered load, ranges that can be used to their ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.analysis.offered_load import planning_warnings
from sim.errors import UsageError
from sim.model.compile import compile_plan
from sim.scenario import load_text
from sim.scenario.schema import Name, Rate
from sim.scenario.starter import library, library_hall, library_units, starter

ROOT = Path(__file__).parents[2]
HALLS = [(300, starter.__kwdefaults__["units"]), (750, ["all"]), (1, ["all"]), (10_000, ["bkpm", "pln"]), (45, ["bprd"]), (137, ["bank_dki", "bprd"])]


def test_the_library_holds_the_halls_that_ship() -> None:
    """An installed program has no folder `scenarios`: copy scenarios/NAME.yaml to sim/scenario/library/ when it changes."""
    assert library() == ("jakarta",)
    for name in library():
        packaged = (ROOT / "sim" / "scenario" / "library" / f"{name}.yaml").read_bytes()
        assert packaged == (ROOT / "scenarios" / f"{name}.yaml").read_bytes()
    assert len(library_units(library_hall("jakarta"))) == 15


@pytest.mark.parametrize(("visitors", "units"), HALLS)
def test_visitors_add_up_and_divide_as_in_the_library(visitors: int, units: list[str]) -> None:
    scenario = load_text(starter("a.yaml", visitors=visitors, units=units)).scenario
    there = library_hall("jakarta").scenario.citizens
    rates: dict[str, tuple[float, float]] = {}
    for source, given in scenario.citizens.items():
        ours, theirs = given.arrivals, there[source].arrivals
        assert isinstance(ours, Rate) and isinstance(theirs, Rate)
        rates[source] = ours.count, theirs.count
    whole = sum(theirs for _, theirs in rates.values())
    assert sum(ours for ours, _ in rates.values()) == pytest.approx(visitors)
    for ours, theirs in rates.values():
        assert ours == pytest.approx(theirs / whole * visitors, abs=1, rel=0.3) and ours > 0


@pytest.mark.parametrize(("visitors", "units"), HALLS)
def test_no_planning_mistake_is_written_and_both_languages_are(visitors: int, units: list[str]) -> None:
    scenario = load_text(starter("a.yaml", visitors=visitors, units=units)).scenario
    assert not planning_warnings(scenario, compile_plan(scenario))
    assert all(isinstance(unit.name, Name) and unit.name.en and unit.name.id for unit in scenario.units.values())


@pytest.mark.parametrize(("visitors", "units"), HALLS)
def test_every_number_can_take_the_ends_of_its_range(visitors: int, units: list[str]) -> None:
    text = starter("a.yaml", visitors=visitors, units=units)
    file = load_text(text)
    ranges = {one.path: one.range for one in file.provenance if one.range is not None}
    assert {path.rsplit(".", 1)[-1] for path in ranges} >= {"counters", "mean", "cv", "arrivals", "priority", "exponential", "seats", "last_ticket"}
    for end in (0, 1):
        load_text(text, sets=[f"{path}={both[end]}" for path, both in ranges.items()])


@pytest.mark.parametrize("variant", ["one_more_at_imigrasi", "busy_day", "lunch_together"])
def test_its_variants_can_be_used(variant: str) -> None:
    load_text(starter("a.yaml"), variant=variant)


def test_counters_are_those_worked_by_hand() -> None:
    """300 visitors, of whom 16 % come from 10:30 to 11:30 and 15 % in the hour after, when the first third is at lunch; at most 90 % busy.

    Dukcapil: 60 × 8 min are 8 h; 1.28 erlang at most, for which two counters would do (64 %); but at lunch one of two would be left
    with 1.2 erlang, so three. Working all day without a pause, one counter needs 8 of its 8.5 h: the lower end of the range.
    Upper end: at most 65 % busy at lunch with 1.2 erlang: two on duty (60 %) of three; the range must hold one more: 4.
    Imigrasi: 36 × 9 min are 5.4 h; 0.864 erlang at most, so one (a colleague takes over at lunch).
    Kiosks: 300 × 55 s are 4.58 h; 0.73 erlang at most, so one.
    DPMPTSP: 189 × 15 min are 47.25 h; at lunch 7.09 erlang need 7.9 on duty: 12 less 4.
    """
    text = starter("a.yaml")
    scenario = load_text(text).scenario
    assert {name: unit.counters for name, unit in scenario.units.items()} == {"kiosk": 1, "dpmptsp": 12, "dukcapil": 3, "imigrasi": 1, "bpjs_kesehatan": 1}
    ranges = {one.path: one.range for one in load_text(text).provenance}
    assert ranges["units.dukcapil.counters"] == (1, 4)


def test_opens_with_a_drawing_of_the_flow() -> None:
    text = starter("halls/my hall.yaml", units=["polda", "dukcapil", "pln"])
    opening = text.split("\n\n")[0].splitlines()
    assert all(line.startswith("#") and len(line) <= 140 for line in opening)
    assert opening[0] == "# My hall: 3 units for 300 visitors a day, a first sketch after MPP Jakarta."
    drawn = [line for line in opening if "─▶" in line or "├" in line]
    assert [re.findall(r"▶ (\w+) +\d+ counters?", line)[0] for line in drawn[:3]] == ["polda", "dukcapil", "pln"]
    assert '#   sim check "halls/my hall.yaml" ' in text
    assert "Other units that `sim new --like jakarta --units …` knows: dpmptsp, bprd," in text


def test_stops_at_units_that_were_not_chosen_are_left_out() -> None:
    assert "bank_dki" not in str(load_text(starter("a.yaml", units=["bprd"])).document["citizens"])
    assert load_text(starter("a.yaml", units=["bprd", "bank_dki"])).document["citizens"]["bprd"]["route"][2] == {"stop": "bank_dki", "share": "30 %"}


@pytest.mark.parametrize("name", ['it\'s a "hall"', "07:30.yaml", "no.yaml", "...", "été: #1.yaml", "a\nb: c.yaml"])
def test_any_file_name_gives_a_file_that_can_be_read(name: str) -> None:
    assert load_text(starter(name, units=["pln"])).scenario.name


def test_names_what_the_library_does_not_have() -> None:
    with pytest.raises(UsageError, match=r"no hall 'jakarte'.*did you mean 'jakarta'"):
        starter("a.yaml", like="jakarte")
    for units in ([], ["kiosk"], [""]):
        with pytest.raises(UsageError, match="no unit was named"):
            starter("a.yaml", units=units)
    for visitors in (0, 10_001):
        with pytest.raises(UsageError, match="give 1 to 10000"):
            starter("a.yaml", visitors=visitors)
