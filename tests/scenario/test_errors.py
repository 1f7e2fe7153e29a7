"""Every mistake in one clear line: where it stands, what was got, what is needed, the nearest name."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim import words
from sim.errors import ScenarioError
from sim.scenario import Scenario, load, load_text, schema, tree
from sim.scenario.schema import Model
from sim.scenario.spelling import not_modelled

Mistakes = Callable[..., str]

# What YAML itself forbids: text, place, message. The compiled and the pure Python parser must say the same.
SYNTAX = [
    ("", "s.yaml", "the file is empty; a scenario needs at least name, hours, units and citizens"),
    ("# a comment\n", "s.yaml", "the file is empty; a scenario needs at least name, hours, units and citizens"),
    ("a: [1, 2\nb: 3\n", "s.yaml:1:4", "a bracket or a quote is not closed, or a comma is missing; the bracket was opened here"),
    ("a: {b: 1", "s.yaml:1:4", "a bracket or a quote is not closed, or a comma is missing; the bracket was opened here"),
    ("a: {b: 2,, c: 1}\n", "s.yaml:1:10", "a value is missing here; is there a comma or a sign too many?"),
    ('a: "x\nb: 3\n', "s.yaml:1:4", "the quote that opens here is not closed"),
    ("a: 1\n\tb: 2\n", "s.yaml:2:1", "a tab stands here; indent with spaces"),
    ("a:\n  \t- 1\n", "s.yaml:2:3", "a tab stands here; indent with spaces"),
    ("a: b: c\n", "s.yaml:1:5", "a second ':' in one line, or a wrong indentation here or above; put texts with ': ' into quotes"),
    ("a:{b: 1, c: 2}\n", "s.yaml:1:3", "a blank is missing after 'a:'"),
    ("x:\n  - a:1\n    b: 2\n", "s.yaml:2:7", "a blank is missing after 'a:'"),
    ("x:\n  - a\n  -b\n  - c\n", "s.yaml:3:3", "a blank is missing after '-'"),
    ("x:\n\u00a0\u00a0a: 1\n\u00a0\u00a0b: 1\n", "s.yaml:2:1", "a no-break space stands here, as some programs paste it; indent with plain spaces"),
    ("a: 1\nb:2\nc: 3\n", "s.yaml:2:3", "a blank is missing after 'b:'"),
    ("x:\n  a: 1\n  b:{}\n", "s.yaml:3:5", "a blank is missing after 'b:'"),
    ("x:\n  units.a.counters:3\n  c: 3\n", "s.yaml:2:20", "a blank is missing after 'units.a.counters:'"),
    ("x: 'y'\na: 'Jum'at'\n", "s.yaml:2:9", "this does not fit the lines above; is the indentation wrong, or a quote not closed?"),
    ("a: 1\nb\nc: 2\n", "s.yaml:2:1", "':' is missing after this key, or the indentation is wrong"),
    ("a:\n  b: 1\n c: 2\n", "s.yaml:3:2", "this does not fit the lines above; is the indentation wrong, or a quote not closed?"),
    ("- a\nb: 1\n", "s.yaml:2:1", "this does not fit the lines above; is the indentation wrong, or a quote not closed?"),
    ("a: @x\n", "s.yaml:1:4", "a text that begins with this character must stand in quotes"),
    ("a: `x`\n", "s.yaml:1:4", "a text that begins with this character must stand in quotes"),
    ("[[1]]]\n", "s.yaml:1:6", "nothing may follow here; is the indentation wrong, or a bracket closed twice?"),
    ("%YAML 9.9\n--- a", "s.yaml:1:1", "the YAML version is not supported; remove the line"),
    ("a: *nobody\n", "s.yaml:1:4", "'*nobody' repeats a value marked '&nobody', but there is none above"),
    ("a: &a [*a]\n", "s.yaml:1:8", "'*a' repeats a value that it is itself a part of"),
    ("a: 1\n---\nb: 2\n", "s.yaml:2:1", "a second document begins here ('---'); a file holds one scenario"),
    ("[a]: 2", "s.yaml:1:1", "a key must be a text, not a list or a mapping"),
    ("[" * 60, "s.yaml:1:51", "values are nested more than 50 levels deep"),
    ("8", "s.yaml:1:1", "got 8; a scenario begins with keys such as 'name:'"),
    ("- a\n- b\n", "s.yaml:1:1", "got a list; a scenario begins with keys such as 'name:'"),
    ("name: a\x00b", "s.yaml:1:8", "the character U+0000 cannot be printed; remove it"),
    ("a: 1\n\x1b[2J: 2", "s.yaml:2:1", "the character U+001B cannot be printed; remove it"),
    ("a: " + "x" * 10_001, "s.yaml:1:4", "a text of 10001 characters; the longest has 10000"),
]


@pytest.mark.parametrize("loader", [tree._LOADER, yaml.Loader], ids=["compiled", "pure"])
@pytest.mark.parametrize(("text", "place", "message"), SYNTAX)
def test_what_is_not_yaml(monkeypatch: pytest.MonkeyPatch, loader: object, text: str, place: str, message: str) -> None:
    monkeypatch.setattr(tree, "_LOADER", loader)
    assert _only(text) == f"{place}\n  {message}\n1 error in s.yaml"


@pytest.mark.skipif(tree._LOADER is yaml.Loader, reason="the pure Python parser reads 'counters:{value' as a key")
def test_a_blank_that_is_missing_within_braces() -> None:
    assert _only("units: {counters:{value: 1, source: x}}\n") == "s.yaml:1:18\n  a blank is missing after 'counters:'\n1 error in s.yaml"


def _only(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_text(text, name="s.yaml")
    return str(caught.value)


def test_mistakes_that_do_not_stop_the_reading_come_with_all_others(mistakes: Mistakes) -> None:
    new = "name: Hall\nname: Twice\n12: a\n<<: {}\nseed: !!int 4\nseats: 99999999999999999999\nscale: 1e999\nfloors: 2\n: 1\n"
    assert mistakes("name: Hall\n", new) == """\
s.yaml:2:1  name
  the key was given before, in line 1; each key may stand once
s.yaml:3:1  12
  got the key 12; a key is a text, such as a name, '07:30-08:00' or '50 %'
s.yaml:4:1  <<
  '<<' is not supported; use 'extends', or repeat a whole value with '*'
s.yaml:5:7  seed
  a tag ('!') has no meaning in a scenario; remove it
s.yaml:6:8  seats
  a number may have 18 digits at most
s.yaml:7:8  scale
  the number is too large
s.yaml:9:1
  this does not fit the lines above; is the indentation wrong, or a quote not closed?"""


# One change to the hall, and the place and message of the one mistake in it.
ONE = [
    ("route:", "rout:", "11:35  citizens.licence.rout", "unknown key; did you mean 'route'?"),
    ("units:\n", "unit:\n", "3:1  unit", "unknown key; did you mean 'units'?"),
    ("name: Hall\n", "service_time: 3 min\nname: Hall\n", "1:1  service_time",
     "unknown key here; it belongs to a unit or a service; is the indentation right?"),
    ("name: Hall\n", "", "1:1", "the key 'name' is missing"),
    ("name: Hall\n", "name: 12\n", "1:7  name", "got 12; give a text; put numbers, true and false into quotes"),
    ("counters: 3", "counters:", "5:3  units.polda", "the key 'counters' is missing"),
    ("counters: 3", "counters: 2.5", "6:15  units.polda.counters", "got 2.5; give a whole number, thousands without a point"),
    ("counters: 3", "counters:{value: 3}", "6:5  units.polda.counters:{value", "a blank is missing after 'counters:'"),
    ("counters: 1,", "counters:1,", "4:13  units.welcome.counters:1", "a blank is missing after 'counters:'"),
    ("counters: 3", "counters: {value: 3, source:x, assumption: y}", "6:26  units.polda.counters.source:x", "a blank is missing after 'source:'"),
    ("counters: 3", "counters: {value:3, assumption: y}", "6:16  units.polda.counters.value:3", "a blank is missing after 'value:'"),
    ("counters: 3", "counters: {nilai: 3, source: y}", "6:16  units.polda.counters.nilai", "unknown key; write 'value' for the value itself"),
    ("counters: 3", "counters :3", "6:15", "a blank is missing after 'counters:'"),
    ("counters: 3", "count: 3", "6:5  units.polda.count", "unknown key; did you mean 'counters'?"),
    ("counters: 3", "counters: 3\n    machine: ya", "7:14  units.polda.machine", "got 'ya'; give true or false"),
    ("sim: {service_time: 8 min}", "s:im: {service_time: 8 min}", "8:7  units.polda.services.s:im",
     "got 's:im'; an identifier has small letters, digits and '_', begins with a letter and has 40 characters at most; write 's_im', and what is to be "
     "shown as its 'name'"),
    ("counters: 3", "counters: {07:30-10:00:30: , 10:00:30-16:00: 6}", "6:32  units.polda.counters.07:30-10:00:30", "got nothing; give a whole number"),
    ("counters: 3", "loket: 3", "6:5  units.polda.loket", "unknown key; did you mean 'counters'?"),
    ("07:30-16:00", "07:30-16:00\nlast_ticket: 14.30", "3:14  last_ticket", "got 14.30; write '14:30'"),
    ("hours: 07:30", "jam: 07:30", "2:1  jam", "unknown key; did you mean 'hours'?"),
    ("arrivals: 40 per day", "arrivals: 40 per day, kesabaran: 30 min", "11:35  citizens.licence.kesabaran", "unknown key; did you mean 'patience'?"),
    ("arrivals: 40 per day", "arrivals: 40 per day, profile: {08:00-09:00: 100 %}", "11:35  citizens.licence.profile",
     "got keys with values; give the name of a profile, which stands under 'profiles'"),
    ("counters: 1,", "counters: 1, name: “Meja depan, kanan”,", "4:45  units.welcome.kanan”",
     "this has no ':' and stands as a key; within braces a text with a comma must be in quotes, straight ones: \" in place of “"),
    ("sim: {service_time: 8 min}", "Sim: {service_time: 8 min}\n      sim: {service_time: 8 min}", "8:7  units.polda.services.Sim",
     "got 'Sim'; an identifier has small letters, digits and '_', begins with a letter and has 40 characters at most"),
    ("07:30-16:00", "07:30-16:00\nprofiles: {Senin Pagi: {07:30-08:00: 100 %}}", "3:12  profiles.Senin Pagi",
     "got 'Senin Pagi'; an identifier has small letters, digits and '_', begins with a letter and has 40 characters at most; write 'senin_pagi'"),
    ("07:30-16:00", "07:30-16:00\nlast_ticket: 11.005", "3:14  last_ticket", "got 11.005; write it as HH:MM, such as '07:30'"),
    ("arrivals: 40 per day", "arrivals: 40 per day, counters: 3", "11:35  citizens.licence.counters", "unknown key here; it belongs to a unit; is the indentation right?"),
    ("counters: 3", "counters: true", "6:15  units.polda.counters", "got true; give a whole number"),
    ("counters: 3", "counters: -1", "6:15  units.polda.counters", "got -1; give at least 0"),
    ("counters: 3", "counters: 5000", "6:15  units.polda.counters", "got 5000; give at most 1000"),
    ("counters: 3", "counters: four", "6:15  units.polda.counters",
     "got 'four'; give a number of counters, a list of counters, a number for each interval of the day, or 'unlimited'"),
    ("counters: 3", "counters: [4]", "6:16  units.polda.counters.1", "got 4; give keys with values, indented below"),
    ("counters: 3", "counters: [{count: 0}]", "6:24  units.polda.counters.1.count", "got 0; give at least 1"),
    ("counters: 3", "counters: {}", "6:5  units.polda.counters", "got none; give at least 1"),
    ("counters: 3", "counters: {7-10: 4}", "6:16  units.polda.counters.7-10",
     "got '7'; a clock time is written HH:MM between 00:00 and 24:00, such as '07:30'"),
    ("counters: 3", "counters: {07:30-10:00:4, 10:00-16:00: 6}", "6:16  units.polda.counters.07:30-10:00:4", "a blank is missing after '07:30-10:00:'"),
    ("counters: 3", "counters: {07:30-10:00: 4, 09:00-16:00: -6}", "6:45  units.polda.counters.09:00-16:00", "got -6; give at least 0"),
    ("counters: 3", "counters: {07:30-10:00: 4, 09:00-16:00: 6}", "6:5  units.polda.counters",
     "the intervals 07:30-10:00 and 09:00-16:00 overlap; each instant may have one value"),
    ("counters: 3", "counters: {07:30-10:00: 4, 7:30-10:00: 6}", "6:5  units.polda.counters",
     "two of the keys mean the same; each may stand once"),
    ("counters: 3", "counters: 3\n    duty: [08:00-12:00, 12:00]", "7:25  units.polda.duty.2", "got '12:00'; an interval is written '07:30-16:00'"),
    ("counters: 3", "counters: 3\n    duty: 07:30-11:30; 12:30-16:00", "7:11  units.polda.duty",
     "got '07:30-11:30; 12:30-16:00'; intervals are separated by a comma: '07:30-11:30, 12:30-16:00'"),
    ("counters: 3", "counters: 3\n    duty: 08:00-12:00, 11:00-13:00", "7:11  units.polda.duty",
     "got '08:00-12:00, 11:00-13:00'; the intervals must follow each other: 11:00-13:00 starts before 08:00-12:00 ends"),
    ("counters: 3", "counters: 3\n    name: {en: Police}", "7:5  units.polda.name", "the key 'id' is missing"),
    ("counters: 3", "counters: 3\n    name: [Police]", "7:5  units.polda.name", "got a list; give a text; put numbers, true and false into quotes"),
    ("counters: 3", "counters: 3\n    floor: 2.5", "7:12  units.polda.floor", "got 2.5; give a whole number, thousands without a point"),
    ("counters: 3", "counters: 3\n    target: 90 %", "7:13  units.polda.target", "got '90 %'; a target is written '90 % within 15 min'"),
    ("counters: 3", "counters: 3\n    service_time: 3 min", "5:3  units.polda",
     "give 'services', or 'service_time' alone for a unit with one service"),
    ("sim: {service_time: 8 min}", "Sim: {service_time: 8 min}", "8:7  units.polda.services.Sim",
     "got 'Sim'; an identifier has small letters, digits and '_', begins with a letter and has 40 characters at most; write 'sim', and what is to be "
     "shown as its 'name'"),
    ("sim: {service_time: 8 min}", "sim:", "8:11  units.polda.services.sim", "got nothing; give keys with values, indented below"),
    ("sim: {service_time: 8 min}", "sim: 8 min", "8:12  units.polda.services.sim", "got '8 min'; give keys with values, indented below"),
    ("arrivals: 40 per day", "arrivals: 40", "11:23  citizens.licence.arrivals", "got 40; write it with its unit, such as '40 per day'"),
    ("arrivals: 40 per day", "arrivals: 40 a day", "11:23  citizens.licence.arrivals",
     "got '40 a day'; a rate is written '40 per day', '12 per hour', '0.5 per min' or '2 per s'"),
    ("arrivals: 40 per day", "arrivals: [40]", "11:13  citizens.licence.arrivals", "got a list; give a text such as '40 per day'"),
    ("arrivals: 40 per day", "arrivals: {}", "11:13  citizens.licence.arrivals", "got none; give exactly one of exactly, gaps, rates"),
    ("arrivals: 40 per day", "arrivals: {exactly: 3, gaps: 5 min}", "11:13  citizens.licence.arrivals",
     "got 'exactly' and 'gaps'; give exactly one of exactly, gaps, rates"),
    ("arrivals: 40 per day", "arrivals: 40 per day, priority: 0.08", "11:45  citizens.licence.priority",
     "got 0.08; write it with its unit, such as '60 %'"),
    ("arrivals: 40 per day", "arrivals: 40 per day, rank: 8", "11:41  citizens.licence.rank", "got 8; give at most 7"),
    ("route: [welcome, polda.sim]", "route: []", "11:35  citizens.licence.route", "got none; give at least 1"),
    ("route: [welcome, polda.sim]", "route: [5]", "11:43  citizens.licence.route.1", "got 5; give a text; put numbers, true and false into quotes"),
    ("route: [welcome, polda.sim]", "route: {stop: welcome}", "11:35  citizens.licence.route",
     "got keys with values; give a list: '[a, b]', or lines that begin with '- '"),
    ("route: [welcome, polda.sim]", "route: [{one_of: {polda.sim: 75 %, polda.skck: 15 %}}]", "11:44  citizens.licence.route.1.one_of",
     "the shares add up to 90 %; they must add up to 100 %"),
    ("route: [welcome, polda.sim]", "route: [{one_of: {polda.sim: 75, polda.skck: 25 %}}]", "11:64  citizens.licence.route.1.one_of.polda.sim",
     "got 75; write it with its unit, such as '60 %'"),
    ("route: [welcome, polda.sim]", "route: [{one_of: [polda.sim, polda.skck]}]", "11:44  citizens.licence.route.1.one_of",
     "got a list; give keys with values, indented below"),
    ("route: [welcome, polda.sim]", "route: [{one_of: {welcome: {share: 100 %, pasience: 3 min}}}]", "11:77  citizens.licence.route.1.one_of.welcome.pasience",
     "unknown key; did you mean 'patience'?"),
    ("route: [welcome, polda.sim]", "route: [{share: 3 %}]", "11:43  citizens.licence.route.1", "the key 'stop' is missing"),
    ("route: [welcome, polda.sim]", "route: [{stop: welcome, share: 130 %}]", "11:66  citizens.licence.route.1.share",
     "got '130 %'; a share lies between 0 % and 100 %"),
    ("route: [welcome, polda.sim]", f"route: [{', '.join(['welcome'] * 51)}]", "11:35  citizens.licence.route",
     "got a list; it may have 50 at the most, here are 51"),
    ("07:30-16:00", "07:30 to 16:00", "2:8  hours", "got '07:30 to 16:00'; write '07:30-16:00'"),
    ("07:30-16:00", "07:30", "2:8  hours", "got '07:30'; an interval is written '07:30-16:00'"),
    ("07:30-16:00", "07:30–16:00", "2:8  hours", "got '07:30–16:00'; write '07:30-16:00'"),
    ("07:30-16:00", "07.30 s/d 16.00", "2:8  hours", "got '07.30 s/d 16.00'; write '07:30-16:00'"),
    ("07:30-16:00", "07:30-16:00\nlast_ticket: 15.00", "3:14  last_ticket", "got 15.00; write '15:00'"),
    ("07:30-16:00", "07:30-16:00\nduty: 08.00-12.00, 13.00-16.00", "3:7  duty", "got '08.00-12.00'; write '08:00-12:00'"),
    ("07:30-16:00", "16:00-07:30", "2:8  hours", "got '16:00-07:30'; an interval must end after it starts"),
    ("07:30-16:00", "7.30-16.00", "2:8  hours", "got '7.30-16.00'; write '7:30-16:00'"),
    ("07:30-16:00", "07:30-16:00\nclosing: home", "3:10  closing", "got 'home'; give 'serve all' or 'send home'"),
    ("07:30-16:00", "07:30-16:00\nseed: 5000000000", "3:7  seed", "got 5000000000; give less than 4294967296"),
    ("07:30-16:00", "07:30-16:00\ninterval: 0 min", "3:11  interval", "got '0 min'; it must be longer than 0"),
    ("07:30-16:00", "07:30-16:00\ninterval: 900 days", "3:11  interval", "got '900 days'; the longest duration is 814 days"),
    ("07:30-16:00", "07:30-16:00\nduty: []", "3:1  duty", "got none; give at least 1"),
    ("07:30-16:00", "07:30-16:00\nextends: a.yaml", "3:10  extends", "a scenario that is not in a file cannot extend one"),
    ("07:30-16:00", "07:30-16:00\nprofiles: {a: {08:00-09:00: 60 %, 09:00-10:00: 13}}", "3:12  profiles.a",
     "some values are shares and some are numbers; write all of a profile in one way"),
    ("07:30-16:00", "07:30-16:00\nprofiles: {a: {08:00-09:00: -3}}", "3:29  profiles.a.08:00-09:00", "got -3; give a number of citizens from 0 to 100000000"),
    ("07:30-16:00", "07:30-16:00\nprofiles: {a: {08:00-09:00: true}}", "3:29  profiles.a.08:00-09:00", "got true; give a number of citizens from 0 to 100000000"),
    ("07:30-16:00", "07:30-16:00\nprofiles: {a: [50 %]}", "3:12  profiles.a", "got a list; give keys with values, indented below"),
    ("07:30-16:00", "07:30-16:00\ninterval: " + "9" * 2000 + " min", "3:11  interval",
     f"got '{'9' * 57}...'; give a text such as '8 min'"),
]


@pytest.mark.parametrize(("old", "new", "heading", "message"), ONE)
def test_one_mistake_gives_one_problem(mistakes: Mistakes, old: str, new: str, heading: str, message: str) -> None:
    assert mistakes(old, new) == f"s.yaml:{heading}\n  {message}"


# The same for a service time; headings and places are those of `units.polda.services.sim.service_time`.
TIMES = [
    ("8", "27", "", "got 8; write it with its unit, such as '8 min'"),
    ("8 rounds", "27", "", "got '8 rounds'; a duration is a number with a unit, such as '8 min', '90 s' or '1.5 h'"),
    ("30 s or so", "27", "", "got '30 s or so'; a duration is a number with a unit, such as '8 min', '90 s' or '1.5 h'"),
    ("8 minutes", "27", "", "got '8 minutes'; write '8 min'"),
    ("30 menit", "27", "", "got '30 menit'; write '30 min'"),
    ("5 s/d 10 menit", "27", "", "got '5 s/d 10 menit'; a time between two is written '{uniform: {low: 5 min, high: 10 min}}'"),
    ("10-5 menit", "27", "", "got '10-5 menit'; a duration is a number with a unit, such as '8 min', '90 s' or '1.5 h'"),
    ("5-10 menit", "27", "", "got '5-10 menit'; a time between two is written '{uniform: {low: 5 min, high: 10 min}}'"),
    ("{lognormal: {mean: 8 min, sd: 2 min}}", "53", ".lognormal.sd", "unknown key; give 'cv', which is the standard deviation ÷ the mean"),
    ("{mean: 30 s}", "28", ".mean", "unknown key here; it belongs to a family: 'lognormal: {mean: …, cv: …}' (or gamma, erlang, weibull); "
     "for a mean alone write 'exponential: 30 s'"),
    ("{shape: 2}", "28", ".shape", "unknown key here; it belongs to a family: 'weibull: {mean: …, shape: …}'"),
    ("[8 min]", "13", "", "got a list; give a text such as '8 min'"),
    ("{lognormal: {mean: 8 min}}", "28", ".lognormal", "the key 'cv' is missing"),
    ("{lognormal: 8 min}", "39", ".lognormal", "got '8 min'; give keys with values, indented below"),
    ("{lognormal: {mean: 0 min, cv: 1}}", "46", ".lognormal.mean", "got '0 min'; it must be longer than 0"),
    ("{lognormal: {mean: 8 min, cv: 0}}", "57", ".lognormal.cv", "got 0; give more than 0"),
    ("{lognormal: {mean: 8 min, cv: half}}", "57", ".lognormal.cv", "got 'half'; give a number"),
    ("{lognormal: {mean: 8 min, cv: true}}", "57", ".lognormal.cv", "got true; give a number"),
    ("{log_normal: {mean: 8 min, cv: 1}}", "28", ".log_normal", "unknown key; did you mean 'lognormal'?"),
    ("{erlang: {mean: 8 min, stages: 2.0}}", "58", ".erlang.stages", "got 2.0; give a whole number, thousands without a point"),
    ("{uniform: {low: 9 min, high: 8 min}}", "28", ".uniform", "'low' must not be above 'high'"),
    ("{triangular: {low: 1 min, mode: 9 min, high: 8 min}}", "28", ".triangular", "the order must be low, mode, high"),
    ("{plus: 3 min}", "13", "", "got none; give exactly one of exponential, uniform, triangular, gamma, erlang, hyperexponential, weibull, "
     "lognormal, empirical, mixture, constant"),
    ("{exponential: 1 min, constant: 3 min}", "13", "", "got 'exponential' and 'constant'; give exactly one of exponential, uniform, "
     "triangular, gamma, erlang, hyperexponential, weibull, lognormal, empirical, mixture, constant"),
    ("{hyperexponential: [{share: 30 %, mean: 1 min}]}", "28", ".hyperexponential", "the shares add up to 30 %; they must add up to 100 %"),
    ("{mixture: [{share: 100 %, time: {mixture: [{share: 100 %, time: 2 min}]}}]}", "13", "",
     "a part of a mixture cannot be a mixture itself; list its parts here"),
    ("{empirical: {}}", "28", ".empirical", "give exactly one of 'values' and 'quantiles'"),
    ("{empirical: {values: []}}", "40", ".empirical.values", "got none; give at least 1"),
    ("{empirical: {values: [5]}}", "49", ".empirical.values.1", "got 5; write it with its unit, such as '8 min'"),
    ("{empirical: {values: [{value: 5 min, weight: 0}]}}", "72", ".empirical.values.1.weight", "got 0; give more than 0"),
    ("{empirical: {values: [{value: 5 min}]}}", "49", ".empirical.values.1", "the key 'weight' is missing"),
    ("{empirical: {quantiles: [1 min, 3 min, 2 min]}}", "40", ".empirical.quantiles", "2 min comes after 3 min; the quantiles must not fall"),
    ("{empirical: {quantiles: [1 min]}}", "40", ".empirical.quantiles", "got a list; give at least 2"),
    ("{empirical: {quantiles: [1 min, 3]}}", "59", ".empirical.quantiles.2", "got 3; write it with its unit, such as '8 min'"),
    ("{empirical: {quantiles: {0 %: 1 min}}}", "40", ".empirical.quantiles", "quantiles must begin at '0 %' and end at '100 %'"),
    ("{empirical: {quantiles: {0 %: 1 min, half: 2 min, 100 %: 3 min}}}", "64", ".empirical.quantiles.half",
     "got 'half'; a share is written with a per cent sign, such as '60 %'"),
    ("{empirical: {quantiles: {0 %: 1 min, 50 %: 3 min, 100 %: 2 min}}}", "40", ".empirical.quantiles",
     "the quantile at 100 % is below the one at 50 %; they must not fall"),
    ("{empirical: {quantiles: {0 %: 1 min, 0.0 %: 1 min, 100 %: 2 min}}}", "40", ".empirical.quantiles",
     "two of the keys mean the same; each may stand once"),
]


@pytest.mark.parametrize(("time", "column", "path", "message"), TIMES)
def test_mistakes_in_distributions(mistakes: Mistakes, time: str, column: str, path: str, message: str) -> None:
    text = mistakes("sim: {service_time: 8 min}", f"sim: {{service_time: {time}}}")
    assert text == f"s.yaml:8:{column}  units.polda.services.sim.service_time{path}\n  {message}"


# Marks of provenance on the service time of the welcome desk (column of `{` is 40).
MARKS = [
    ("{value: 1 min, source: x, assumption: y}", "40", "got both 'source' and 'assumption' beside 'value'; give one of them, or the value alone"),
    ("{value: 1 min}", "40", "got neither 'source' nor 'assumption' beside 'value'; give one of them, or the value alone"),
    ("{value: 1 min, source: 2017}", "63", "got 2017 as 'source'; give a text"),
    ("{value: 1 min, source: ' '}", "63", "got ' ' as 'source'; give a text"),
    ("{value: 1 min, source: x, range: [1 min, 2 min]}", "73", "a 'range' belongs to an assumption; a value with a source has none; "
     "write 'assumption' in place of 'source' if it is uncertain, or leave the range out"),
    ("{value: 1 min, assumption: x, range: 2 min}", "77", "got '2 min' as 'range'; write it '[low, high]'"),
    ("{value: 1 min, assumption: x, range: [1 min]}", "77", "got a list as 'range'; write it '[low, high]'"),
    ("{value: 1 min, assumption: x, range: [1 min, 20 %]}", "85", "got '20 %' in 'range'; give a duration, as the value is"),
    ("{value: 1 min, assumption: x, range: [2 min, 3 min]}", "77", "the range must hold the value: '1 min' is not between '2 min' and '3 min'"),
    ("{value: 1 min, assumption: x, range: [2 min, 30 s]}", "77", "the low end of 'range', '2 min', is above its high end, '30 s'; write it '[low, high]'"),
    ("{value: 1 min, assumption: x, range: [1 min, 2 menit]}", "85", "got '2 menit' in 'range'; write '2 min'"),
    ("{value: 1 min, assumption: x, range: [0,5, 1,5]}", "77", "got a list as 'range'; write it '[low, high]', with decimal points and not commas"),
    ("{value: {exponential: 1 min}, assumption: x, range: [1 min, 2 min]}", "92",
     "only a number, duration, share, rate or clock time can have a 'range'; put the range on the numbers inside"),
    ("{value: {value: 1 min, source: x}, assumption: y}", "40", "the value is marked twice; give one 'source' or one 'assumption'"),
]


@pytest.mark.parametrize(("mark", "column", "message"), MARKS)
def test_mistakes_in_marks(mistakes: Mistakes, mark: str, column: str, message: str) -> None:
    text = mistakes("service_time: 1 min", f"service_time: {mark}")
    assert text == f"s.yaml:4:{column}  units.welcome.service_time\n  {message}"


# A decimal comma: within braces it parts one value into two. The column is that of the value.
COMMAS = [
    ("arrivals: 40 per day", "arrivals: 12,5 per hour", "11:23  citizens.licence.arrivals", "got '12,5 per hour'; a decimal point, not a comma: '12.5 per hour'"),
    ("arrivals: 40 per day", "arrivals: '12,5 per jam'", "11:23  citizens.licence.arrivals", "got '12,5 per jam'; a decimal point, not a comma: '12.5 per hour'"),
    ("arrivals: 40 per day", "arrivals: '40/hari'", "11:23  citizens.licence.arrivals", "got '40/hari'; write '40 per day'"),
    ("arrivals: 40 per day", "arrivals: 1.200/hari", "11:23  citizens.licence.arrivals",
     "got '1.200/hari'; write '1200 per day', or '1.2 per day' if the point is decimal"),
    ("arrivals: 40 per day", "arrivals: 1,200 per day", "11:23  citizens.licence.arrivals",
     "got '1,200 per day'; write thousands without a comma, '1200 per day', and decimals with a point, '1.2 per day'"),
    ("arrivals: 40 per day", "arrivals: 40 per day, priority: 7,5 %", "11:45  citizens.licence.priority", "got '7,5 %'; a decimal point, not a comma: '7.5 %'"),
    ("counters: 3", "counters: 3\n    target: 92,5 % within 15 min", "7:13  units.polda.target", "got '92,5 %'; a decimal point, not a comma: '92.5 %'"),
    ("counters: 3", "counters: 3\n    target: 90 % within 15 menit", "7:13  units.polda.target", "got '15 menit'; write '15 min'"),
    ("service_time: 8 min", "service_time: {lognormal: {mean: 8 min, cv: 0,9}}", "8:57  units.polda.services.sim.service_time.lognormal.cv",
     "got '0,9'; a decimal point, not a comma: '0.9'"),
    ("service_time: 8 min", "service_time: {lognormal: {mean: 8 min, cv: 1,05}}", "8:57  units.polda.services.sim.service_time.lognormal.cv",
     "got '1,05'; a decimal point, not a comma: '1.05'"),
    ("counters: 1,", "counters: 1, waiting_room: 1,500,", "4:40  units.welcome.waiting_room", "got '1,500'; write thousands without a comma, '1500'"),
    ("counters: 1,", "counters: 1, waiting_room: 1,500,000,", "4:40  units.welcome.waiting_room",
     "got '1,500,000'; write thousands without a comma, '1500000'"),
    ("service_time: 8 min", "service_time: {lognormal: {mean:1,5 min, cv: 1}}", "8:40  units.polda.services.sim.service_time.lognormal.mean:1",
     "a blank is missing after 'mean:'"),
    ("counters: 1,", "counters: 2,5,", "4:23  units.welcome.counters",
     "got '2,5'; give a number of counters, a list of counters, a number for each interval of the day, or 'unlimited'"),
    ("counters: 1,", "counters: 1, waiting_room: 2,5,", "4:40  units.welcome.waiting_room", "got '2,5'; give a whole number"),
    ("service_time: 8 min", "service_time: {lognormal: {mean: 8 min, cv: '0,9'}}", "8:57  units.polda.services.sim.service_time.lognormal.cv",
     "got '0,9'; a decimal point, not a comma: '0.9'"),
    ("service_time: 8 min", "service_time: {empirical: {values: [2,5 min,3 min]}}", "8:49  units.polda.services.sim.service_time.empirical.values.1",
     "got '2,5 min'; a decimal point, not a comma: '2.5 min'"),
    ("service_time: 8 min", "service_time: {value: 8 min, assumption: x, range: [5,5 min, 10 min]}", "8:65  units.polda.services.sim.service_time",
     "got '5,5 min' in 'range'; a decimal point, not a comma: '5.5 min'"),
]  # fmt: skip


@pytest.mark.parametrize("loader", [tree._LOADER, yaml.Loader], ids=["compiled", "pure"])
@pytest.mark.parametrize(("old", "new", "heading", "message"), COMMAS)
def test_decimal_commas_and_other_spellings(
    monkeypatch: pytest.MonkeyPatch, mistakes: Mistakes, loader: object, old: str, new: str, heading: str, message: str
) -> None:
    monkeypatch.setattr(tree, "_LOADER", loader)
    assert mistakes(old, new) == f"s.yaml:{heading}\n  {message}"


def test_decimal_commas_with_equal_decimals_are_told_each(mistakes: Mistakes) -> None:
    assert mistakes("service_time: 8 min", "service_time: {triangular: {low: 1,5 min, mode: 2,5 min, high: 4,5 min}}") == """\
s.yaml:8:46  units.polda.services.sim.service_time.triangular.low
  got '1,5 min'; a decimal point, not a comma: '1.5 min'
s.yaml:8:61  units.polda.services.sim.service_time.triangular.mode
  got '2,5 min'; a decimal point, not a comma: '2.5 min'
s.yaml:8:76  units.polda.services.sim.service_time.triangular.high
  got '4,5 min'; a decimal point, not a comma: '4.5 min'"""


@pytest.mark.parametrize("counters", ["{07:30-10:00: 4,10:00-16:00: 6}", "{value: 3, assumption: x, range: [2,4]}"])
def test_a_comma_without_a_space_may_part_two_values(hall: str, counters: str) -> None:
    load_text(hall.replace("counters: 3", f"counters: {counters}"))


def test_a_text_that_a_comma_parts_within_braces_is_not_half_lost(mistakes: Mistakes) -> None:
    assert mistakes("counters: 1,", "counters: 1, duty: 07:30-11:30, 12:30-16:00, floors,") == """\
s.yaml:4:45  units.welcome.12:30-16:00
  this has no ':' and stands as a key; within braces a text with a comma must be in quotes
s.yaml:4:58  units.welcome.floors
  this has no ':' and stands as a key; within braces a text with a comma must be in quotes"""
    assert mistakes("counters: 1,", "counters: {value: 1, source: Ministry, 2024},") == """\
s.yaml:4:52  units.welcome.counters.2024
  this has no ':' and stands as a key; within braces a text with a comma must be in quotes"""
    assert mistakes("counters: 1,", "counters: 1, name: {en: Passports, visas, id: Paspor},") == """\
s.yaml:4:48  units.welcome.name.visas
  this has no ':' and stands as a key; within braces a text with a comma must be in quotes"""


@pytest.mark.parametrize("value", ["", "null", "~"])
def test_a_number_after_a_key_without_a_value_is_not_lost(mistakes: Mistakes, value: str) -> None:
    text = mistakes("counters: 1,", f"counters: 1, floor: {value}, 5,")
    assert text.endswith(".5\n  this has no ':' and stands as a key; within braces a text with a comma must be in quotes")


def test_a_number_that_a_comma_parts_within_braces_is_put_together(hall: str) -> None:
    """What is a text all the same is no mistake."""
    text = hall.replace("counters: 1,", "counters: {value: 1, source: 2,5 years of logs}, floor: 2,5th,")
    file = load_text(text)
    assert (file.provenance[0].text, file.scenario.units["welcome"].floor) == ("2,5 years of logs", "2,5th")


def test_unknown_key_in_a_mark(mistakes: Mistakes) -> None:
    assert mistakes("counters: 1,", "counters: {value: 1, sorce: x},") == """\
s.yaml:4:34  units.welcome.counters.sorce
  unknown key beside 'value'; did you mean 'source'?"""


def test_a_mark_without_its_value(mistakes: Mistakes) -> None:
    assert mistakes("counters: 1,", "counters: {assumption: x},") == """\
s.yaml:4:3  units.welcome
  the key 'counters' is missing
s.yaml:4:23  units.welcome.counters
  'assumption' needs a 'value' beside it"""


def test_a_range_counts_in_whole_numbers_as_its_value_does(mistakes: Mistakes) -> None:
    assert mistakes("counters: 3", "counters: {value: 3, assumption: x, range: [2.5, many]}") == """\
s.yaml:6:49  units.polda.counters
  got 2.5 in 'range'; give a whole number, as the value is
s.yaml:6:54  units.polda.counters
  got 'many' in 'range'; give a whole number, as the value is"""


@pytest.mark.parametrize("time", [
    "{lognormal: {mean: 8 min, cv: {value: 1, assumption: x, range: [0.5, 2]}}}",
    "{weibull: {mean: 8 min, shape: {value: 1, assumption: x, range: [0.5, 2]}}}",
    "{empirical: {values: [8 min, {value: 9 min, weight: {value: 1, assumption: x, range: [0.5, 2]}}]}}",
])  # fmt: skip
def test_a_number_that_counts_nothing_need_not_be_whole(hall: str, time: str) -> None:
    load_text(hall.replace("service_time: 8 min", f"service_time: {time}"))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("service_time: 8 min", "service_time: {lognormal: {mean: {value: 9, assumption: x, range: [6 min, 13.5 min]}, cv: 1}}", "such as '8 min'"),
    ("arrivals: 40 per day", "arrivals: {value: 37, assumption: x, range: [20 per day, 50 per day]}", "such as '40 per day'"),
    ("counters: 3", "counters: {value: 2.5, assumption: x, range: [2, 4]}", "give a whole number, thousands without a point"),
    ("name: Hall", "name: Hall\nlast_ticket: {value: 3:30 PM, assumption: x, range: [15:00, 15:45]}", "such as '07:30'"),
    ("service_time: 8 min", "service_time: {value: '9,5 min', assumption: x, range: [6, 13]}", "'9.5 min'"),
])  # fmt: skip
def test_a_range_is_judged_only_beside_a_good_value(mistakes: Mistakes, old: str, new: str, message: str) -> None:
    _, only = mistakes(old, new).split("\n")
    assert only.startswith("  got ")
    assert only.endswith(message)


def test_a_range_in_a_variant_is_judged_when_the_variant_is_applied(hall: str) -> None:
    text = hall + "variants: {more: {units.polda.counters: {value: 4.5, assumption: x, range: [4, 5]}, seats: {value: 9, assumption: x, range: [2, 3]}}}\n"
    load_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_text(text, name="s.yaml", variant="more")
    assert [(one.path, one.message.partition(";")[0]) for one in caught.value.problems] == [
        ("variants.more: units.polda.counters", "got 4.5"),
        ("variants.more: seats", "the range must hold the value: 9 is not between 2 and 3"),
    ]


def test_a_range_that_a_point_between_thousands_spoils(mistakes: Mistakes) -> None:
    read = "'1.200 per day' is 1.2 citizens a day, as the point is decimal; if thousands are meant, write '1200 per day'"
    text = mistakes("arrivals: 40 per day", "arrivals: {value: 1.200 per day, assumption: x, range: [800 per day, 1600 per day]}")
    assert text.endswith(f"\n  the range must hold the value: '1.200 per day' is not between '800 per day' and '1600 per day'; {read}")
    text = mistakes("arrivals: 40 per day", "arrivals: {value: 900 per day, assumption: x, range: [800 per day, 1.200 per day]}")
    assert text.endswith(f"\n  the low end of 'range', '800 per day', is above its high end, '1.200 per day'; {read}")


def test_all_mistakes_at_once_in_the_order_of_the_file(mistakes: Mistakes) -> None:
    assert mistakes("""\
  polda:
    counters: 3
    services:
      sim: {service_time: 8 min}
      skck: {service_time: 5 min}
citizens:
  licence: {arrivals: 40 per day, route: [welcome, polda.sim]}
""", """\
  polda:
    counters: some
    services:
      sim: {service_time: 8}
      skck: {}
citizens:
  licence: {arrivals: 40 per day, rout: [welcome, polda.sim], rank: high}
seed: -1
""") == """\
s.yaml:6:15  units.polda.counters
  got 'some'; give a number of counters, a list of counters, a number for each interval of the day, or 'unlimited'
s.yaml:8:27  units.polda.services.sim.service_time
  got 8; write it with its unit, such as '8 min'
s.yaml:9:7  units.polda.services.skck
  the key 'service_time' is missing
s.yaml:11:35  citizens.licence.rout
  unknown key; did you mean 'route'?
s.yaml:11:69  citizens.licence.rank
  got 'high'; give a whole number
s.yaml:12:7  seed
  got -1; give at least 0"""


# Files that are no files, or no text


def _error(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value).replace(path.parent.as_posix() + "/", "")


def test_files_that_cannot_be_read(tmp_path: Path, hall: str) -> None:
    (tmp_path / "hall.yaml").write_text(hall, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "other.yaml").write_text(hall, encoding="utf-8")
    assert _error(tmp_path / "nothere.yaml") == "nothere.yaml\n  there is no such file; known here: hall.yaml, other.yaml\n1 error in nothere.yaml"
    assert _error(tmp_path / "hal.yaml") == "hal.yaml\n  there is no such file; did you mean 'hall.yaml'?\n1 error in hal.yaml"
    assert _error(tmp_path / "folder") == "folder\n  this is a folder; name a scenario file in it\n1 error in folder"
    (tmp_path / "new.yaml.txt").write_text(hall, encoding="utf-8")
    assert _error(tmp_path / "new.yaml") == "new.yaml\n  there is no such file; there is 'new.yaml.txt': rename it without the '.txt'\n1 error in new.yaml"
    for name in ("a\0b", "long" * 200):
        assert re.search("there is no such file|the file cannot be read", _error(tmp_path / name))


@pytest.mark.parametrize(("data", "message"), [
    (b"\xff\xfen\0a\0m\0e\0", "x.yaml\n  the file is in UTF-16 ('Unicode' in older Windows programs); save it with the encoding UTF-8"),
    (b"n\0a\0m\0e\0", "x.yaml\n  the file is in UTF-16 ('Unicode' in older Windows programs); save it with the encoding UTF-8"),
    (b"name: a\n# caf\xe9\n", "x.yaml:2:6\n  the byte 0xe9 is not UTF-8; save the file with the encoding UTF-8"),
    (b"\xef\xbb\xbfname: \xe9\n", "x.yaml:1:7\n  the byte 0xe9 is not UTF-8; save the file with the encoding UTF-8"),
    (b"\x89PNG\r\n\x1a\n\0\0", "x.yaml:1:1\n  the byte 0x89 is not UTF-8; save the file with the encoding UTF-8"),
    (b"PK\x03\x04workbook", "x.yaml:1:3\n  the character U+0003 cannot be printed; remove it"),
    (b"# " + b"x" * tree.LONGEST_FILE, "x.yaml\n  the file is larger than 4 MB; a scenario needs far less"),
])
def test_other_encodings_and_sizes(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    assert _error(path) == f"{message}\n1 error in x.yaml"


@pytest.mark.parametrize(("old", "new", "heading", "message"), [
    ("counters: 3", "counters: 3\n    quota: 60", "7:5  units.polda.quota",
     "a quota is not modelled yet; nearest: 'exactly' in 'arrivals', which says how many come, and 'last_ticket', see docs/scenario.md"),
    ("name: Hall", "name: Hall\nbiaya: {officer: 5000000}", "2:1  biaya",
     "costs are not modelled yet; nearest: the hours on duty that 'sim compare' prints, see docs/scenario.md"),
    ("40 per day", "40 per day, appointments: {slots: 4 per hour}", "11:35  citizens.licence.appointments",
     "appointments are not modelled yet; nearest: a source of its own, with the booked hours as its 'profile' and a 'rank', see docs/scenario.md"),
])  # fmt: skip
def test_what_is_not_modelled_has_no_wrong_neighbour(mistakes: Mistakes, old: str, new: str, heading: str, message: str) -> None:
    assert mistakes(old, new) == f"s.yaml:{heading}\n  {message}"


def test_no_key_of_the_language_is_said_not_to_be_modelled() -> None:
    models = [Scenario, *(one for one in vars(schema).values() if isinstance(one, type) and issubclass(one, Model))]
    assert {field for model in models for field in model.model_fields if not_modelled(field)} == set()


def test_aliases_cannot_exhaust_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_VALUES", 2000)
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for inner, outer in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{outer}: &{outer} [{', '.join([f'*{inner}'] * 10)}]\n"
    assert _only(bomb) == """\
s.yaml:4:8
  more than 2000 values, counting what aliases ('*') repeat; a scenario needs far fewer
1 error in s.yaml"""


def test_aliases_cannot_nest_too_deep() -> None:
    nest = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(60))
    assert _only(nest).startswith("s.yaml:49:12\n  values are nested more than 50 levels deep")


def test_a_million_brackets_and_a_thousand_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_VALUES", 1000)
    assert _only("{a: " * 500_000).startswith("s.yaml:1:201\n  values are nested more than 50 levels deep")
    assert _only("[" + "a," * 5_000 + "]").startswith("s.yaml:1:2000\n  more than 1000 values")


def test_a_thousand_mistakes_stay_readable(mistakes: Mistakes) -> None:
    text = mistakes("counters: 3", f"counters: [{', '.join(['x'] * 1000)}]")
    assert text.count("\n") == 2 * 51 - 1
    assert text.endswith("s.yaml\n  950 more mistakes are not shown")


def test_the_nearest_name_is_looked_for_only_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr(words, "get_close_matches", lambda name, known, **options: compared.append(len(known)) or get_close_matches(name, known, **options))
    units = "".join(f"  unit_number_{i}: {{counters: 1, service_time: 1 min}}\n" for i in range(300))
    citizens = "".join(f"  source_{i}: {{arrivals: 1 per day, route: [unit_numbre_{i}]}}\n" for i in range(300))
    with pytest.raises(ScenarioError) as caught:
        load_text(f"name: x\nhours: 08:00-16:00\nunits:\n{units}citizens:\n{citizens}")
    assert len(compared) == 50
    assert max(compared) == words.MANY
    assert caught.value.problems[49].message == "got 'unit_numbre_49'; there is no unit 'unit_numbre_49'; did you mean 'unit_number_49'?"


# Whatever a file holds, it is read or refused

WORDS = st.sampled_from([
    "name", "units", "citizens", "polda", "counters", "route", "value", "source", "assumption", "range", "extends", "variants", "unlimited",
    "8 min", "40 per day", "60 %", "07:30-16:00", "12:30", "90 % within 15 min", "[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "\n    ", "\t",
    "&a ", "*a", "!!x ", "<<: ", "'", '"', "|", ">", "#", "%", "@", "---\n", "...\n", ",", "?", "~", "true", "-1", "1e999", "010", "\\", "\x00",
    "\ufeff", "é", "𐍈", "\x85", "\u2028", "services", "service_time", "lognormal", "mixture", "hours:", "horizon: 5 h\n",
])  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 40), st.lists(WORDS, max_size=4).map("".join)), min_size=1, max_size=4),
)
@example(cuts=[(0, 600, "a: &a\n  *a : 1")])
def test_changed_scenarios_are_read_or_refused(hall: str, cuts: list[tuple[int, int, str]]) -> None:
    text = hall + "variants: {more: {units.polda.counters: 8}}\n"
    for start, length, insert in cuts:
        text = text[:start] + insert + text[start + length :]
    _read_or_refuse(text, sets=["units.polda.counters=4"], variant="more")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from([
    "name", "hours", "horizon", "last_ticket", "closing", "duty", "target", "arrivals", "profiles", "profiles.a", "units", "units.polda",
    "units.polda.counters", "units.polda.duty", "units.polda.services", "units.polda.services.sim", "units.polda.services.sim.service_time",
    "units.polda.services.sim.service_time.constant", "units.welcome.name", "units.welcome.floor", "units.welcome.service_time",
    "units.welcome.target", "routes", "routes.a", "citizens", "citizens.licence", "citizens.licence.arrivals", "citizens.licence.route",
    "citizens.licence.route.1", "citizens.licence.route.2.rework", "citizens.licence.patience", "interval", "grid", "seed", "variants.more", "", ".",
])  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, value=VALUES)
def test_any_value_anywhere_is_read_or_refused(hall: str, path: str, value: object) -> None:
    _read_or_refuse(hall, sets=[f"{path}={yaml.safe_dump(value, default_flow_style=True, allow_unicode=True)}"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    with pytest.raises(ScenarioError):
        load(path)


PYDANTIC = re.compile(r"Input should|valid|tuple|dictionary|instance|pydantic|NoneType|discriminat|this cannot stand here", re.IGNORECASE)


def _read_or_refuse(text: str, **options: object) -> None:
    """Nothing but ScenarioError, and never a word of the library beneath."""
    try:
        load_text(text, name="s.yaml", **options)  # type: ignore[arg-type]
    except ScenarioError as error:
        for problem in error.problems:
            assert not PYDANTIC.search(re.sub(r"'[^']*'", "", problem.message)), problem
