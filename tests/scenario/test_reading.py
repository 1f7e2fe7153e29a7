"""Files that extend each other, variants, overrides, provenance, and how YAML's values are read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sim import clock
from sim.errors import Problem, ScenarioError
from sim.model.compile import compile_plan
from sim.scenario import Provenance, ScenarioFile, load, load_text, load_variants, pieces
from sim.scenario.lookup import route_of, variant_label
from sim.scenario.schema import Arrivals, Interval, Rate, Stop, TargetValue
from sim.scenario.tree import Place, scalar

READ = pieces._read
SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))


def _write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(texts))}.yaml"


def _error(path: Path, **options: object) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path, **options)  # type: ignore[arg-type]
    return str(caught.value).replace(path.parent.as_posix() + "/", "")


# Values


@pytest.mark.parametrize(("text", "value"), [
    ("12:30", "12:30"), ("07:30", "07:30"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("010", 10), ("0o10", "0o10"), ("0x10", "0x10"),
    ("1_000", "1_000"), ("+3", 3), ("-0", 0), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("1.5e-3", 0.0015), (".inf", ".inf"),
    (".nan", ".nan"), ("null", None), ("~", None), ("", None), ("True", True), ("FALSE", False), ("2017-11-01", "2017-11-01"), ("=", "="),
])  # fmt: skip
def test_plain_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    read = scalar(text)
    assert read == value
    assert type(read) is type(value)


def test_a_scenario_in_the_programs_units(hall: str) -> None:
    text = hall.replace("name: Hall", "name: Hall\ntarget: 90 % within 15 min\narrivals: 120 %\nprofiles: {am: {9:00-10:00: 60 %, 8:00-9:00: 40 %}}")
    text = text.replace("arrivals: 40 per day", "arrivals: {rates: {09:00-10:00: 25 per hour, 08:00-09:00: 0.5 per min}, first: 25}")
    text = text.replace("counters: 3", "counters: {10:00-16:00: 6, 07:30-10:00: 4}\n    floor: 2\n    name: {en: Police, id: Polisi}")
    scenario = load_text(text.replace("polda.sim]", "{stop: polda.sim, share: 60 %}]")).scenario
    polda, licence = scenario.units["polda"], scenario.citizens["licence"]
    assert scenario.hours == Interval(450 * clock.MINUTE, 960 * clock.MINUTE)
    assert scenario.target == TargetValue(0.9, 15 * clock.MINUTE)
    assert scenario.arrivals == 1.2
    assert list(scenario.profiles["am"].items()) == [(Interval(8 * clock.HOUR, 9 * clock.HOUR), 0.4), (Interval(9 * clock.HOUR, 10 * clock.HOUR), 0.6)]
    assert polda.counters == {Interval(450 * clock.MINUTE, 10 * clock.HOUR): 4, Interval(10 * clock.HOUR, 16 * clock.HOUR): 6}
    assert list(polda.counters.values()) == [4, 6]
    assert polda.floor == 2
    assert isinstance(licence.arrivals, Arrivals)
    assert licence.arrivals.rates == {
        Interval(8 * clock.HOUR, 9 * clock.HOUR): Rate(0.5, clock.MINUTE),
        Interval(9 * clock.HOUR, 10 * clock.HOUR): Rate(25.0, clock.HOUR),
    }
    assert [(stop.stop, stop.share) for stop in licence.route if isinstance(stop, Stop)] == [("welcome", 1.0), ("polda.sim", 0.6)]


def test_a_plain_duration_is_a_constant(hall: str) -> None:
    time = load_text(hall).scenario.units["welcome"].service_time
    assert time is not None
    assert (time.family, time.constant) == ("constant", clock.MINUTE)


def test_quantiles_in_a_list_are_equally_spaced(hall: str) -> None:
    """Five values: the shortest, three quartiles, the longest."""
    times = [
        load_text(hall.replace("service_time: 1 min", f"service_time: {{empirical: {{quantiles: {written}}}}}")).scenario.units["welcome"].service_time
        for written in ("[1 min, 4 min, 6 min, 15 min, 40 min]", "{0 %: 1 min, 25 %: 4 min, 50 %: 6 min, 75 %: 15 min, 100 %: 40 min}")
    ]
    assert times[0] == times[1]


def test_counted_tickets_make_the_profile_that_their_shares_make(hall: str) -> None:
    """30, 60 and 10 of 100 tickets by half-hour, in a source of 40 a day: 12, 24 and 4 come."""
    halls = [hall.replace("citizens:", f"profiles: {{am: {{{written}}}}}\ncitizens:").replace("40 per day", "40 per day, profile: am") for written in (
        "07:30-08:00: 30, 08:00-08:30: 60, 08:30-09:00: 10", "07:30-08:00: 30 %, 08:00-08:30: 60 %, 08:30-09:00: 10 %",
    )]  # fmt: skip
    counted, shares = (compile_plan(load_text(text).scenario).demand for text in halls)
    np.testing.assert_allclose(counted.piece_rate * (counted.piece_end - counted.piece_start), [12, 24, 4])
    np.testing.assert_allclose(counted.piece_rate, shares.piece_rate)


def test_an_anchor_repeats_a_value(hall: str) -> None:
    file = load_text(hall.replace("sim: {service_time: 8 min}", "sim: &one {service_time: 8 min}").replace("skck: {service_time: 5 min}", "skck: *one"))
    services = file.scenario.units["polda"].services
    assert services is not None
    assert services["sim"] == services["skck"]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, hall: str) -> None:
    path = tmp_path / "hall.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + hall.replace("\n", "\r\n").encode())
    assert load(path).scenario == load_text(hall).scenario


def test_places_of_paths(hall: str) -> None:
    file = load_text(hall, name="s.yaml")
    assert file.place("units.polda.counters") == Place("s.yaml", 6, 15)
    assert file.place(("citizens", "licence", "route", "2")) == Place("s.yaml", 11, 52)
    assert file.place("units.polda.services") == Place("s.yaml", 7, 5)
    assert file.place("units.polda.target") == Place("s.yaml", 5, 3), "what is not there is found at what should hold it"
    problem = file.problem("citizens.licence.route.2.stop", "so")
    assert str(problem) == "s.yaml:11:52  citizens.licence.route.2\n  so"


# Extending


def test_an_extending_file_says_what_differs(tmp_path: Path, hall: str) -> None:
    crowded = """\
extends: hall.yaml
name: Crowded
arrivals: 300 %
units:
  cashier: {counters: 1, service_time: 2 min}
  polda:
    counters: 5
    services:
      stnk: {service_time: 9 min}
      sim: {name: Licence}
citizens:
  tax: {arrivals: 9 per day, route: [cashier]}
  licence: {rank: 2}
"""
    file = load(_write(tmp_path, crowded=crowded, hall=hall))
    scenario = file.scenario
    assert [path.name for path in file.files] == ["crowded.yaml", "hall.yaml"]
    assert (scenario.name, scenario.arrivals) == ("Crowded", 3.0)
    assert list(scenario.units) == ["welcome", "polda", "cashier"]
    assert list(scenario.units["polda"].services or ()) == ["sim", "skck", "stnk"]
    assert scenario.units["polda"].counters == 5
    sim = (scenario.units["polda"].services or {})["sim"]
    assert (sim.name, sim.service_time.constant) == ("Licence", 8 * clock.MINUTE)
    assert list(scenario.citizens) == ["licence", "tax"]
    assert scenario.citizens["licence"].arrivals == Rate(40.0, 0)
    assert "extends" not in file.document
    assert file.place("units.polda.counters").file.endswith("crowded.yaml")
    assert file.place("units.polda.services.skck.service_time") == Place((tmp_path / "hall.yaml").as_posix(), 9, 28)


def test_what_is_not_structure_is_replaced_whole(tmp_path: Path, hall: str) -> None:
    low = hall.replace("counters: 3", "counters: {07:30-10:00: 4, 10:00-16:00: 6}").replace(
        "sim: {service_time: 8 min}", "sim: {service_time: {lognormal: {mean: 8 min, cv: 1}, plus: 1 min}}"
    )
    high = """\
extends: low.yaml
units: {polda: {counters: {07:30-08:00: 1}, services: {sim: {service_time: {exponential: 3 min}}}}}
citizens: {licence: {route: [polda.skck]}}
"""
    scenario = load(_write(tmp_path, high=high, low=low)).scenario
    assert scenario.units["polda"].counters == {Interval(450 * clock.MINUTE, 480 * clock.MINUTE): 1}
    sim = (scenario.units["polda"].services or {})["sim"]
    assert (sim.service_time.family, sim.service_time.plus) == ("exponential", None)
    assert scenario.citizens["licence"].route == (Stop(stop="polda.skck"),)


def test_one_service_time_replaces_services_and_the_other_way_round(tmp_path: Path, hall: str) -> None:
    high = """\
extends: low.yaml
units:
  polda: {service_time: 4 min}
  welcome: {services: {ask: {service_time: 2 min}}}
citizens: {licence: {route: [welcome, polda]}}
"""
    units = load(_write(tmp_path, high=high, low=hall)).scenario.units
    assert units["polda"].services is None
    assert units["welcome"].service_time is None


def test_both_in_the_extending_file_are_a_mistake(tmp_path: Path, hall: str) -> None:
    high = "extends: low.yaml\nunits: {polda: {service_time: 4 min, services: {sim: {service_time: 2 min}}}}\n"
    assert _error(_write(tmp_path, high=high, low=hall)) == """\
high.yaml:2:9  units.polda
  give 'services', or 'service_time' alone for a unit with one service
1 error in high.yaml"""


def test_a_key_without_a_value_ousts_nothing(tmp_path: Path, hall: str) -> None:
    high = "extends: low.yaml\nunits: {polda: {service_time: }}\n"
    assert load(_write(tmp_path, high=high, low=hall)).scenario.units["polda"].services


def test_a_key_without_a_value_takes_back_what_was_inherited(tmp_path: Path, hall: str) -> None:
    high = "extends: low.yaml\nunits: {polda: {waiting_room: }}\nseats:\n"
    path = _write(tmp_path, high=high, low=hall.replace("counters: 3", "counters: 3\n    waiting_room: 4"))
    assert load(path).scenario.units["polda"].waiting_room is None


def test_an_inherited_mistake_names_the_file_in_which_it_stands(tmp_path: Path, hall: str) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "low.yaml").write_text(hall.replace("route:", "rout:"), encoding="utf-8")
    path = _write(tmp_path, high="extends: parts/low.yaml\nunits: {polda: {counters: x, services: {sim: {service_time: 3}}}}\nseets: 3\n")
    assert _error(path) == """\
high.yaml:2:27  units.polda.counters
  got 'x'; give a number of counters, a list of counters, a number for each interval of the day, or 'unlimited'
high.yaml:2:61  units.polda.services.sim.service_time
  got 3; write it with its unit, such as '8 min'
high.yaml:3:1  seets
  unknown key; did you mean 'seats'?
parts/low.yaml:11:35  citizens.licence.rout
  unknown key; did you mean 'route'?
4 errors in high.yaml"""


@pytest.mark.parametrize(("value", "message"), [
    ("hal.yaml", "got 'hal.yaml'; there is no such file; did you mean 'hall.yaml'?"),
    ("../hall.yaml", "got '../hall.yaml'; give a file in this folder or below it, written with '/'"),
    ("sub/../../hall.yaml", "got 'sub/../../hall.yaml'; give a file in this folder or below it, written with '/'"),
    ("/etc/passwd", "got '/etc/passwd'; give a file in this folder or below it, written with '/'"),
    ("C:/hall.yaml", "got 'C:/hall.yaml'; give a file in this folder or below it, written with '/'"),
    (r"sub\hall.yaml", r"got 'sub\hall.yaml'; give a file in this folder or below it, written with '/'"),
    ("", "got nothing; give the name of a file in this folder, such as 'jakarta.yaml'"),
    ("[hall.yaml]", "got a list; give the name of a file in this folder, such as 'jakarta.yaml'"),
    (".", "got '.'; this is a folder; name a scenario file in it"),
    ("nothere.yaml", "got 'nothere.yaml'; there is no such file; known here: hall.yaml, other.yaml"),
    ("high.yaml", "got 'high.yaml'; this is a circle, the file extends itself"),
])
def test_extends_stays_in_its_folder(tmp_path: Path, hall: str, value: str, message: str) -> None:
    path = _write(tmp_path, high=f"extends: {value}\n", hall=hall, other=hall)
    assert _error(path) == f"high.yaml:1:{10 if value else 9}  extends\n  {message}\n1 error in high.yaml"


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path, hall: str) -> None:
    _write(tmp_path, secret=hall)
    (tmp_path / "inside").mkdir()
    try:
        (tmp_path / "inside" / "low.yaml").symlink_to(tmp_path / "secret.yaml")
    except OSError:
        pytest.skip("this system makes no links")
    path = _write(tmp_path / "inside", high="extends: low.yaml\n")
    assert _error(path) == "high.yaml:1:10  extends\n  got 'low.yaml'; it leads out of this folder\n1 error in high.yaml"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_and_a_link_to_itself_are_told_as_such(tmp_path: Path, hall: str) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "link.yaml").symlink_to("link.yaml")
    for name, said in (("pipe", "this is a device or a pipe, not a file"), ("link", "this is a symbolic link that leads back to itself")):
        assert _error(tmp_path / f"{name}.yaml") == f"{name}.yaml\n  {said}\n1 error in {name}.yaml"
        path = _write(tmp_path, high=f"extends: {name}.yaml\n")
        assert _error(path) == f"high.yaml:1:10  extends\n  got '{name}.yaml'; {said}\n1 error in high.yaml"


def test_a_circle_of_three(tmp_path: Path) -> None:
    path = _write(tmp_path, a="seed: 1\nseed: 2\nextends: b.yaml\n", b="extends: c.yaml\n", c="extends: a.yaml\n")
    assert _error(path) == """\
a.yaml:2:1  seed
  the key was given before, in line 1; each key may stand once
c.yaml:1:10  extends
  got 'a.yaml'; this is a circle, the file extends itself
2 errors in a.yaml"""


def test_ten_files_in_a_row_and_not_more(tmp_path: Path, hall: str) -> None:
    links = {f"f{number}": f"extends: f{number + 1}.yaml\n" for number in range(9)}
    assert len(load(_write(tmp_path, **links, f9=hall)).files) == 10
    assert _error(_write(tmp_path, **links, f9="extends: f10.yaml\n", f10=hall)) == """\
f9.yaml:1:10  extends
  more than 10 files in a row extend each other
1 error in f0.yaml"""


def test_a_mistake_in_the_yaml_of_an_extended_file(tmp_path: Path) -> None:
    path = _write(tmp_path, high="extends: low.yaml\n", low="name: [a\n")
    assert _error(path) == "low.yaml:1:7\n  a bracket or a quote is not closed, or a comma is missing; the bracket was opened here\n1 error in high.yaml"


# Variants and overrides


VARIANTS = """\
variants:
  more: {units.polda.counters: 8, citizens.licence.arrivals: 80 per day}
  wrong: {units.polda.countres: 8, units.pola.counters: 3}
"""


def test_a_variant_is_applied_before_overrides(hall: str) -> None:
    plain = load_text(hall + VARIANTS).scenario
    more = load_text(hall + VARIANTS, variant="more", sets=["units.welcome.counters = 9"]).scenario
    assert plain.units["polda"].counters == 3
    assert (more.units["welcome"].counters, more.units["polda"].counters) == (9, 8)
    assert more.citizens["licence"].arrivals == Rate(80.0, 0)


def test_an_override_must_not_undo_the_variant(hall: str) -> None:
    with pytest.raises(ScenarioError, match=r"this would undo the variant 'more', which sets units\.polda\.counters to 8"):
        load_text(hall + VARIANTS, variant="more", sets=["units.polda.counters = 9"])


def test_neither_above_nor_below_what_the_variant_sets(hall: str) -> None:
    text = hall + "variants: {desk: {units.welcome: {counters: 2, service_time: 1 min}}, half: {units.polda.services.sim.service_time: 4 min}}\n"
    for variant, override in (("desk", "units.welcome.counters=3"), ("half", "units.polda={counters: 1, service_time: 1 min}"), ("half", "units.polda.service_time=1 min")):
        with pytest.raises(ScenarioError, match=f"this would undo the variant '{variant}'"):
            load_text(text, variant=variant, sets=[override])
    assert load_text(text, variant="half", sets=["units.polda.services.skck.service_time=1 min"]).variant == "half"


def test_a_variant_is_judged_when_it_is_applied(hall: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(hall + VARIANTS, name="s.yaml", variant="wrong")
    assert str(caught.value) == """\
s.yaml:14:11  variants.wrong: units.polda.countres
  unknown key; did you mean 'counters'?
s.yaml:14:36  variants.wrong: units.pola.counters
  there is no 'pola' in units; did you mean 'polda'?
2 errors in s.yaml"""


def test_unknown_variants(hall: str) -> None:
    with pytest.raises(ScenarioError, match=r"s.yaml:12:1  variants\n  there is no variant 'mor'; did you mean 'more'\?"):
        load_text(hall + VARIANTS, name="s.yaml", variant="mor")
    with pytest.raises(ScenarioError, match="there is no variant 'more'; this file has none"):
        load_text(hall, variant="more")


def test_a_variant_has_a_label_for_tables(hall: str) -> None:
    text = hall + "variants: {a: {label: 8 officers, units.polda.counters: 8}, b: {label: {en: Monday, id: Senin}, arrivals: 140 %}, c: {seed: 2}}\n"
    scenario = load_text(text, variant="a").scenario
    assert [variant_label(scenario, name) for name in ("a", "b", "c", "unknown")] == ["8 officers", "Monday", "c", "unknown"]
    assert scenario.units["polda"].counters == 8
    assert scenario.variants["a"].paths == ("units.polda.counters",)
    with pytest.raises(ScenarioError, match=r"variants\.a\.label\n  got 8; give a text; put numbers, true and false into quotes"):
        load_text(hall + "variants: {a: {label: 8, seed: 2}}\n")


def test_variants_of_an_extended_file_are_kept(tmp_path: Path, hall: str) -> None:
    path = _write(tmp_path, high="extends: low.yaml\nvariants: {more: {units.polda.counters: 2}, less: {seed: 3}}\n", low=hall + VARIANTS)
    file = load(path, variant="more")
    assert list(file.scenario.variants) == ["more", "wrong", "less"]
    assert file.scenario.units["polda"].counters == 2
    assert file.scenario.citizens["licence"].arrivals == Rate(80.0, 0)


@pytest.mark.parametrize(("override", "message"), [
    ("units.poldaa.counters=5", "there is no 'poldaa' in units; did you mean 'polda'?"),
    ("unit.polda.counters=5", "there is no 'unit' in the scenario; did you mean 'units'?"),
    ("polda.counters=5", "there is no 'polda' in the scenario; did you mean 'units.polda.counters'?"),
    ("licence.counters=5", "there is no 'licence' in the scenario; known here: name, hours, units, citizens"),
    ("counters=5", "there is no 'counters' in the scenario; write the whole path, such as 'units.welcome.counters'"),
    ("sim=5", "there is no 'sim' in the scenario; did you mean 'units.polda.services.sim'?"),
    ("units.polda.countres=5", "unknown key; did you mean 'counters'?"),
    ("citizens.licence.route.3.share=50 %", "there is no '3' in citizens.licence.route; it is a list of 2, counted from 1"),
    ("citizens.licence.route.0=welcome", "there is no '0' in citizens.licence.route; it is a list of 2, counted from 1"),
    ("citizens.licence.arrivals.first=3", "citizens.licence.arrivals is '40 per day', which has no keys; set it as a whole"),
    ("units.polda.counters", "an override is written path=value, such as units.polda.counters=8"),
    ("extends=a.yaml", "'extends' cannot be overridden"),
    ("variants.more=3", "'variants' cannot be overridden"),
    ("seed=[1", "a bracket or a quote is not closed, or a comma is missing; the bracket was opened here"),
    ("seed={value: 3, sorce: x}", "unknown key beside 'value'; did you mean 'source'?"),
    ("units.polda.counters=0", "got 0 all day, but 'licence' is routed here; give at least 1, or change the route"),
    ("units.welcome.service_time=0,5 menit", "got '0,5 menit'; a decimal point, not a comma: '0.5 min'"),
    ("=3", "there is no '' in the scenario; known here: name, hours, units, citizens"),
])
def test_overrides_that_cannot_be_applied(hall: str, override: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(hall, name="s.yaml", sets=[override])
    assert str(caught.value) == f"--set {override}\n  {message}\n1 error in --set for s.yaml"


ONE_OF = "{one_of: {polda.sim: {value: 75 %, source: counted}, polda.skck: 25 %}}"


def test_the_stops_of_a_one_of_have_paths_and_sources(hall: str) -> None:
    text = hall.replace("[welcome, polda.sim]", f"[welcome, {ONE_OF}]")
    file = load_text(text)
    assert [one.path for one in file.provenance] == ["citizens.licence.route.2.one_of.polda.sim"]
    assert file.document["citizens"]["licence"]["route"][1] == {"one_of": {"polda.sim": "75 %", "polda.skck": "25 %"}}
    path = "citizens.licence.route.2.one_of.polda"
    changed = load_text(text, sets=[f"{path}.sim=60 %", f"{path}.skck={{share: 40 %, patience: 5 min}}"]).scenario
    assert [position.stop.share for position in route_of(changed, changed.citizens["licence"])] == [1.0, 0.6, 0.4]
    with pytest.raises(ScenarioError, match="the shares add up to 85 %; they must add up to 100 %"):
        load_text(text, sets=[f"{path}.sim=60 %"])


def test_a_unit_in_a_one_of_may_be_called_value_or_source(hall: str) -> None:
    units = "units:\n  value: {counters: 1, service_time: 1 min}\n  source: {counters: 1, service_time: 1 min}\n"
    text = hall.replace("units:\n", units).replace("[welcome, polda.sim]", "[{one_of: {value: 75 %, source: 25 %}}]")
    file = load_text(text)
    assert file.provenance == ()
    assert [position.stop.stop for position in route_of(file.scenario, file.scenario.citizens["licence"])] == ["value", "source"]
    marked = load_text(text.replace("{value: 75 %, source: 25 %}", "{value: {value: 75 %, source: 25 %}, source: counted}"))
    assert [(one.path, one.text) for one in marked.provenance] == [("citizens.licence.route.1.one_of", "counted")]


def test_a_variant_is_no_place_for_an_override(hall: str) -> None:
    with pytest.raises(ScenarioError, match="unknown key; known here: name"):
        load_text(hall + VARIANTS, sets=["more=3"])


def test_a_mistake_deep_in_an_override_names_its_path_too(hall: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(hall, name="s.yaml", sets=["units.welcome.service_time={lognormal: {mean: 8 min, cv: 0}}", "seed="])
    assert str(caught.value) == """\
--set units.welcome.service_time={lognormal: {mean: 8 min, cv: 0}}  units.welcome.service_time.lognormal.cv
  got 0; give more than 0
1 error in --set for s.yaml"""


def test_an_override_without_a_value_takes_the_value_away(hall: str) -> None:
    assert load_text(hall + "seed: 7\n", sets=["seed="]).scenario.seed == 1


NESTED = "variants: {more: {units: {polda: {counters: 8}}}, same: {units.welcome: {counters: 1, service_time: 9 min}}}\n"


def test_a_variant_in_levels_is_told_to_use_a_path_with_dots(hall: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(hall + NESTED, name="s.yaml", variant="more")
    assert str(caught.value) == """\
s.yaml:12:19  variants.more: units
  this replaces all of 'units'; to change one value in it, write its path with dots: 'units.polda.counters: 8'
s.yaml:12:27  variants.more: units.polda
  give 'services', or 'service_time' alone for a unit with one service
2 errors in s.yaml"""
    with pytest.raises(ScenarioError, match=r"write its path with dots: 'units.polda.counters=2'"):
        load_text(hall, sets=["units.polda={counters: 2}"])
    assert load_text(hall + NESTED, variant="same").scenario.units["welcome"].service_time is not None, "a unit may be replaced as a whole"


def test_every_variant_is_judged_at_once(tmp_path: Path, hall: str) -> None:
    variants = """\
variants:
  more: {units.polda.counters: 8}
  typing: {units.pola.counters: 2}
  wrong: {units.polda.counters: -2, units.welcome: }
"""
    path = _write(tmp_path, s=hall + variants)
    with pytest.raises(ScenarioError) as caught:
        load_variants(path)
    assert str(caught.value).replace(f"{tmp_path.as_posix()}/", "") == """\
s.yaml:14:12  variants.typing: units.pola.counters
  there is no 'pola' in units; did you mean 'polda'?
s.yaml:15:33  variants.wrong: units.polda.counters
  got -2; give at least 0
s.yaml:15:52  variants.wrong: units.welcome
  got nothing; give keys with values, indented below
3 errors in s.yaml"""
    assert load(path).scenario.units["polda"].counters == 3, "what is not asked for is not looked at"
    path = _write(tmp_path, s=hall + variants.partition("  typing")[0])
    file, applied = load_variants(path)
    assert (file.scenario.units["polda"].counters, applied["more"].scenario.units["polda"].counters, list(applied)) == (3, 8, ["more"])
    path = _write(tmp_path, s=hall.replace("counters: 3", "counters: three") + variants.partition("  wrong")[0])
    assert [problem.path for problem in _refused(path)] == ["units.polda.counters", "variants.typing: units.pola.counters"]


def test_variants_share_what_they_leave_alone(tmp_path: Path, hall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[tuple[str, ...]] = []
    monkeypatch.setattr(pieces, "_read", lambda steps, node: judged.append(steps) or READ(steps, node))
    path = _write(tmp_path, s=hall + "variants:\n" + "".join(f"  v{i}: {{units.polda.counters: {i + 1}}}\n" for i in range(20)))
    file, variants = load_variants(path)
    named = ["units.welcome", "units.polda", "citizens.licence", *(f"variants.v{i}" for i in range(20))]
    assert [".".join(steps) for steps in judged] == ["name", "hours", *named, *["units.polda"] * 20]
    for i, one in enumerate(variants.values()):
        assert one == load(path, variant=f"v{i}"), "as when it is read alone"
        assert one.scenario.units["polda"].counters == i + 1
    assert file.scenario.units["polda"].counters == 3
    assert file.document["units"]["polda"]["counters"] == 3


def test_after_fifty_mistakes_no_more_variants_are_looked_at(tmp_path: Path, hall: str) -> None:
    path = _write(tmp_path, s=hall + "variants:\n" + "".join(f"  v{i}: {{units.poldo.counters: 2}}\n" for i in range(60)))
    found = _refused(path)
    assert len(found) == 51
    assert found[-1].message == "1 more mistake is not shown; 9 variants not looked at"


def _refused(path: Path) -> Sequence[Problem]:
    with pytest.raises(ScenarioError) as caught:
        load_variants(path)
    return caught.value.problems


def test_a_stop_written_as_a_name_can_be_opened(hall: str) -> None:
    file = load_text(hall, sets=["citizens.licence.route.2.share=50 %", "citizens.licence.route.1=polda.skck"])
    route = file.scenario.citizens["licence"].route
    assert [(stop.stop, stop.share) for stop in route if isinstance(stop, Stop)] == [("polda.skck", 1.0), ("polda.sim", 0.5)]
    assert file.document["citizens"]["licence"]["route"] == ["polda.skck", {"stop": "polda.sim", "share": "50 %"}]


LISTED = """\
counters:
      - {name: A, duty: '07:30-12:00'}
      - {name: B, duty: '08:00-13:00', count: 2}
      - {name: C, duty: '09:00-14:00'}
"""


@pytest.mark.parametrize(("number", "expected"), [
    (1, "A07"), (2, "A07 B08"), (3, "A07 B08 B08"), (4, "A07 B08 B08 C09"), (6, "A07 B08 B08 C09 -07 -08"),
    (9, "A07 B08 B08 C09 -07 -08 -08 -09 -07"),
])  # fmt: skip
def test_a_number_set_on_a_list_of_counters_deals_its_patterns_in_turn(hall: str, number: int, expected: str) -> None:
    counters = load_text(hall.replace("counters: 3\n", LISTED), sets=[f"units.polda.counters={number}"]).scenario.units["polda"].counters
    assert isinstance(counters, tuple)
    assert " ".join(f"{counter.name or '-'}{counter.duty[0].start // clock.HOUR:02d}" for counter in counters if counter.duty) == expected
    assert all(counter.count == 1 for counter in counters)


def test_a_number_set_on_a_wrong_list_of_counters_leaves_its_mistakes(hall: str) -> None:
    with pytest.raises(ScenarioError, match="got 0; give at least 1"):
        load_text(hall.replace("counters: 3\n", LISTED.replace("count: 2", "count: 0")), sets=["units.polda.counters=6"])
    with pytest.raises(ScenarioError, match="got 0 all day"):
        load_text(hall.replace("counters: 3\n", LISTED), sets=["units.polda.counters=0"])


# Provenance


def test_marks_are_taken_off_and_listed(hall: str) -> None:
    mean = "{value: 8 min, assumption: guess, range: [6 min, 12 min]}"
    time = f"service_time: {{lognormal: {{mean: {mean}, cv: {{value: 1, assumption: b, range: [0.5, 2]}}}}}}"
    text = hall.replace("counters: 3", "counters: {value: 3, source: 'Report 2023'}").replace("service_time: 8 min", time)
    text += "variants: {more: {units.polda.counters: {value: 8, assumption: plan, range: [6, 9]}}}\n"
    file = load_text(text, name="s.yaml")
    assert file.provenance == (
        Provenance("units.polda.counters", "fact", "Report 2023", 3, None, "s.yaml", 6),
        Provenance("units.polda.services.sim.service_time.lognormal.mean", "assumption", "guess", "8 min", ("6 min", "12 min"), "s.yaml", 8),
        Provenance("units.polda.services.sim.service_time.lognormal.cv", "assumption", "b", 1, (0.5, 2), "s.yaml", 8),
    )
    assert file.document["units"]["polda"]["counters"] == 3
    assert file.document["variants"] == {"more": {"units.polda.counters": 8}}


def test_overrides_take_marks_away_and_bring_their_own(hall: str) -> None:
    text = hall.replace("counters: 3", "counters: {value: 3, source: 'Report 2023'}")
    text += "variants: {more: {units.polda.counters: {value: 8, assumption: plan, range: [6, 9]}}}\n"
    assert load_text(text, sets=["units.polda.counters=4"]).provenance == ()
    assert load_text(text, name="s.yaml", variant="more").provenance == (
        Provenance("units.polda.counters", "assumption", "plan", 8, (6, 9), "s.yaml", 12),
    )
    assert load_text(text, sets=["units.polda.counters={value: 5, source: me}"]).provenance == (
        Provenance("units.polda.counters", "fact", "me", 5, None, "--set units.polda.counters={value: 5, source: me}", 0),
    )


@pytest.mark.parametrize(("old", "value", "low", "high"), [
    ("arrivals: 40 per day", "40 per day", "30 per day", "1e2 per day"), ("counters: 3", "3", "2", "4"), ("hours: 07:30-16:00", "07:30-16:00", "", ""),
    ("service_time: 8 min", "8 min", "90 s", "0.5 h"),
])  # fmt: skip
def test_ranges_of_each_kind(hall: str, old: str, value: str, low: str, high: str) -> None:
    key = old.partition(":")[0]
    tail = f", range: [{low}, {high}]" if low else ""
    (provenance,) = load_text(hall.replace(old, f"{key}: {{value: {value}, assumption: a{tail}}}")).provenance
    assert str(provenance.value) == value
    assert provenance.range is None if not low else tuple(map(str, provenance.range or ())) == (low, high)


def test_units_and_services_may_bear_the_names_of_the_mark(hall: str) -> None:
    text = hall.replace("  welcome:", "  value: {counters: 1, service_time: 1 min}\n  source: {counters: 1, service_time: 1 min}\n  welcome:")
    assert list(load_text(text).scenario.units) == ["value", "source", "welcome", "polda"]
    observed = load_text(hall.replace("service_time: 1 min", "service_time: {empirical: {values: [{value: 1 min, weight: 2}]}}"))
    assert observed.provenance == ()


# The document


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_the_document_read_again_is_the_same_scenario(path: Path) -> None:
    file = load(path)
    again = load_text(json.dumps(file.document, allow_nan=False))
    assert again.scenario == file.scenario
    assert again.document == file.document
    assert list(again.scenario.units) == list(file.scenario.units)
    for name in file.scenario.variants:
        load(path, variant=name)


def test_one_counter_takes_twelve_lines_and_is_drawn() -> None:
    lines = next(path for path in SCENARIOS if path.stem == "one_counter").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#")
    assert len([line for line in lines if line.strip() and not line.lstrip().startswith("#")]) <= 12


def test_a_file_is_a_value(hall: str) -> None:
    file = load_text(hall)
    assert isinstance(file, ScenarioFile)
    assert file == load_text(hall)
    with pytest.raises(AttributeError):
        file.path = Path()  # type: ignore[misc]


def test_reading_loads_no_numerical_library() -> None:
    code = "import sys, sim.scenario; print([name for name in ('numpy', 'scipy', 'numba', 'matplotlib', 'simpy') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
