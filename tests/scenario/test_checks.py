"""Rules that need more than one key: time, units, counters, citizens, routes, staffing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sim.errors import ScenarioError
from sim.scenario import load_text, variant_names

Mistakes = Callable[..., str]

WELCOME = "welcome: {counters: 1, service_time: 1 min}"
LICENCE = "licence: {arrivals: 40 per day, route: [welcome, polda.sim]}"
NEEDS_HOURS = "needs opening hours, and the scenario has a 'horizon'; give 'hours', or leave it out"

# One change to the hall, and the place and message of the one mistake in it.
ONE = [
    # Time
    ("hours: 07:30-16:00\n", "", "1:1", "got neither 'hours' nor 'horizon'; give one of them"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\nhorizon: 3 h", "3:10  horizon", "got both 'hours' and 'horizon'; give one of them"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\nwarm_up: 1 h", "3:10  warm_up",
     "this belongs to a 'horizon'; a day in a hall with opening hours is measured as a whole"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\nlast_ticket: 16:30", "3:14  last_ticket",
     "got '16:30'; the last ticket must be within the opening hours, 07:30-16:00"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\ninterval: 30 s", "3:11  interval",
     "the day has more than 1000 intervals of this length; make them longer"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\ngrid: 1 min\nduty: [07:30-16:00, '08:00-12:00, 12:30:30-16:00']", "4:1  duty",
     "12:30:30 is not a multiple of the grid, 1 min"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\nprofiles: {am: {08:00-09:00: 0 %}}", "3:12  profiles.am",
     "nobody comes in any of the intervals; give at least one more than 0"),
    # Units
    (WELCOME, "welcome: {counters: 1, service_time: 1 min, last_ticket: 07:30}", "4:60  units.welcome.last_ticket",
     "got '07:30'; the last ticket must be within the opening hours, 07:30-16:00"),
    (WELCOME, "welcome: {counters: unlimited, service_time: 1 min, duty: 08:00-09:00}", "4:61  units.welcome.duty",
     "a unit with unlimited counters has no duty; leave one of them out"),
    (WELCOME, "welcome: {counters: unlimited, service_time: 1 min, waiting_room: 3}", "4:69  units.welcome.waiting_room",
     "nobody waits at a unit with unlimited counters; leave one of them out"),
    (WELCOME, "welcome: {counters: {08:00-09:00: 2}, service_time: 1 min, duty: 08:00-09:00}", "4:68  units.welcome.duty",
     "the numbers of counters by interval say who is on duty; leave 'duty' out, or give one number"),
    # Skills of counters
    (WELCOME, "welcome: {counters: [{services: [welcome, polda]}], service_time: 1 min}", "4:45  units.welcome.counters.1.services.2",
     "got 'polda'; this unit has 2 services, so name one: polda.sim, polda.skck"),
    (WELCOME, "welcome: {counters: [{services: [welcome, polda.sm]}], service_time: 1 min}", "4:45  units.welcome.counters.1.services.2",
     "got 'polda.sm'; 'polda' has no service 'sm'; did you mean 'sim'?"),
    (WELCOME, "welcome: {counters: [{services: [welcome, pola.sim]}], service_time: 1 min}", "4:45  units.welcome.counters.1.services.2",
     "got 'pola.sim'; there is no unit 'pola'; did you mean 'polda'?"),
    ("counters: 3", "counters: [{services: [sim, skc]}]", "6:33  units.polda.counters.1.services.2",
     "got 'skc'; there is no service of this unit, and no unit, 'skc'; did you mean 'skck'?"),
    ("counters: 3", "counters: [{services: [sim, polda.sim]}]", "6:33  units.polda.counters.1.services.2",
     "got 'polda.sim' twice; name a service once"),
    ("counters: 3", "counters: [{services: [sim], helps: [sim]}]", "6:42  units.polda.counters.1.helps.1",
     "'polda.sim' is named in 'services' too; name it in one of them"),
    ("counters: 3", "counters: [{helps: [skck]}]", "6:25  units.polda.counters.1.helps.1",
     "'polda.skck' is served anyway, as 'services' is not given; name it in one of them"),
    ("counters: 3", "counters: [{}, {services: []}]", "6:21  units.polda.counters.2.services",
     "got none, so this counter serves nobody; name a service, or leave the key out"),
    # Citizens
    (LICENCE, "licence: {arrivals: 40 per day, profile: am, route: [welcome]}", "11:44  citizens.licence.profile",
     "there is no profile 'am'; the scenario has no 'profiles'"),
    (LICENCE, "licence: {arrivals: {gaps: 0 min}, route: [welcome]}", "11:30  citizens.licence.arrivals.gaps",
     "all gaps are 0, so citizens would never stop coming; give a time above 0"),
    (LICENCE, "licence: {arrivals: {gaps: {mixture: [{share: 100 %, time: {empirical: {values: [0 s]}}}]}}, route: [welcome]}",
     "11:24  citizens.licence.arrivals.gaps", "all gaps are 0, so citizens would never stop coming; give a time above 0"),
    (LICENCE, "licence: {arrivals: {rates: {08:00-09:00: 3 per day}}, route: [welcome]}", "11:24  citizens.licence.arrivals.rates",
     "the rate of an interval is 'per hour', 'per min' or 'per s'; for a number a day use a profile"),
    (LICENCE, "licence: {arrivals: 1e8 per s, route: [welcome]}", "11:23  citizens.licence.arrivals",
     "about 3,100,000,000,000 citizens would come; at most 100,000,000 can"),
    # Routes
    (LICENCE, "licence: {arrivals: 40 per day, route: welcome}", "11:42  citizens.licence.route",
     "there is no route 'welcome'; write the stops as a list: [welcome]"),
    (LICENCE, "licence: {arrivals: 40 per day, route: (Welcome -> polda.sim)}", "11:42  citizens.licence.route",
     "there is no route '(Welcome -> polda.sim)'; write the stops as a list: [welcome, polda.sim]"),
    (LICENCE, "licence: {arrivals: 40 per day, route: welcome -> polda}", "11:42  citizens.licence.route",
     "there is no route 'welcome -> polda'; write the stops as a list, such as [welcome]"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [welcom]}", "11:43  citizens.licence.route.1",
     "got 'welcom'; there is no unit 'welcom'; did you mean 'welcome'?"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [welcome, polda]}", "11:52  citizens.licence.route.2",
     "got 'polda'; this unit has 2 services, so name one: polda.sim, polda.skck"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [welcome, {stop: polda.skc}]}", "11:59  citizens.licence.route.2.stop",
     "got 'polda.skc'; 'polda' has no service 'skc'; did you mean 'skck'?"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [welcome, {stop: polda.sim, rework: {share: 5 %, back_to: polda.skck}}]}",
     "11:100  citizens.licence.route.2.rework.back_to", "got 'polda.skck'; go back to this stop or an earlier one of the route"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [{stop: welcome, rework: {share: 5 %, back_to: polda.sim}}, polda.sim]}",
     "11:89  citizens.licence.route.1.rework.back_to", "got 'polda.sim'; go back to this stop or an earlier one of the route"),
    ("citizens:\n", "routes: {all: [welcom]}\ncitizens:\n", "10:16  routes.all.1", "got 'welcom'; there is no unit 'welcom'; did you mean 'welcome'?"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [welcome, {one_of: {polda.sim: 75 %, polda.skc: 25 %}}]}", "11:79  citizens.licence.route.2.one_of.polda.skc",
     "got 'polda.skc'; 'polda' has no service 'skc'; did you mean 'skck'?"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [{one_of: {welcome: 75 %, welcome.welcome: 25 %}}]}", "11:68  citizens.licence.route.1.one_of.welcome.welcome",
     "got 'welcome.welcome', the same service as another of these; name a service once"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [{one_of: {welcome: 75 %, polda.sim: {share: 25 %, rework: {share: 5 %, back_to: welcome}}}}]}",
     "11:123  citizens.licence.route.1.one_of.polda.sim.rework.back_to",
     "got 'welcome'; who makes this stop makes no other of the same 'one_of'; go back to this stop or an earlier one"),
    # Staffing
    ("counters: 3", "counters: 0", "6:15  units.polda.counters", "got 0 all day, but 'licence' is routed here; give at least 1, or change the route"),
    ("counters: 3", "counters: []", "6:5  units.polda.counters", "got 0 all day, but 'licence' is routed here; give at least 1, or change the route"),
    ("counters: 3", "counters: {08:00-12:00: 0, 12:00-16:00: 0}", "6:5  units.polda.counters",
     "got 0 all day, but 'licence' is routed here; give at least 1, or change the route"),
    ("counters: 3", "counters: [{services: [skck], count: 2}]", "6:5  units.polda.counters",
     "no counter serves 'polda.sim', but 'licence' is routed there; add it to a counter's 'services'"),
    # Outages
    ("hours: 07:30-16:00", "hours: 07:30-16:00\noutages: {network: {every: {uniform: {low: 9 h, high: 10 h}}, lasts: 5 min}}", "3:21  outages.network.every",
     "got at least 9 h, and each day begins with the system up: no outage would ever come; write '{exponential: 9 h}'"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\noutages: {network: {every: {empirical: {values: [8 h, 10 h]}, plus: 30 min}, lasts: 5 min}}", "3:21  outages.network.every",
     "got at least 8.5 h, and each day begins with the system up: no outage would ever come; write '{exponential: 8.5 h}'"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\noutages: {network: {every: {exponential: 9 h}, lasts: 0 min}}", "3:55  outages.network.lasts",
     "got no time at all; leave the outage out, or say how long it lasts"),
    # Busyness
    (LICENCE, "licence: {arrivals: {exactly: 40}, busyness: {cv: 0.2}, route: [welcome]}", "11:38  citizens.licence.busyness",
     "'exactly' so many citizens come on every day, busy or not; leave one of them out"),
    (LICENCE, "licence: {arrivals: {exactly: 40}, route: [welcome]}\nbusyness: {cv: 0.2}", "12:1  busyness",
     "'exactly' so many citizens come from every source, on busy days too; leave it out, or give a rate"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "heading", "message"), ONE)
def test_one_broken_rule_gives_one_problem(mistakes: Mistakes, old: str, new: str, heading: str, message: str) -> None:
    assert mistakes(old, new) == f"s.yaml:{heading}\n  {message}"


# What is unusual and right
RIGHT = [
    ("  polda:\n    counters: 3", "  help: {counters: [{services: [polda.sim]}], service_time: 1 min}\n  polda:\n    counters: 0"),
    ("  polda:\n    counters: 3", "  help: {counters: [{helps: [polda.sim]}], service_time: 1 min}\n  polda:\n    counters: 0"),
    ("counters: 3", "counters: [{services: [], helps: [sim]}]"),
    ("counters: 3", "counters: [{services: [sim, welcome]}]"),
    ("counters: 3", "counters: {08:00-12:00: 0, 12:00-18:00: 1}"),
    ("counters: 3", "counters: 3\n    duty: [06:00-18:00, '08:00-12:00, 13:00-20:00']"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\nduty: 08:00-15:00\ninterval: 31 s"),
    (WELCOME, "welcome: {counters: 1, service_time: 1 min, last_ticket: 16:00}"),
    (WELCOME, "welcome: {counters: 1, service_time: 1 min}\n  closed: {counters: 0, service_time: 1 min}"),
    (WELCOME, "welcome: {counters: unlimited, service_time: 1 min}"),
    (LICENCE, "licence: {arrivals: {exactly: 25}, profile: am, route: [polda.sim]}\nprofiles: {am: {06:00-09:00: 40 %, 09:00-17:00: 80 %}}"),
    (LICENCE, "licence: {arrivals: 40 per day, route: all}\nroutes: {all: [welcome, {stop: polda.sim, rework: {share: 5 %}}]}"),
    (LICENCE, "licence: {arrivals: 40 per day, route: [welcome, {stop: polda.sim, rework: {share: 5 %, back_to: welcome, at_most: 3}}]}"),
    (LICENCE, "licence: {arrivals: {gaps: {constant: 0 min, plus: 5 min}, first: 25}, route: [welcome.welcome, polda.sim]}"),
    (LICENCE, "licence: {arrivals: {rates: {06:00-18:00: 12 per hour}}, route: [welcome]}"),
    ("hours: 07:30-16:00", "hours: 07:30-16:00\noutages: {network: {every: {uniform: {low: 8 h, high: 10 h}}, lasts: 5 min}}"),
    ("hours: 07:30-16:00\n", "horizon: 10 h\nwarm_up: 1 h\ncool_down: 8 h\ninterval: 1 s\narrivals: 150 %\n"),
]


@pytest.mark.parametrize(("old", "new"), RIGHT)
def test_what_is_unusual_and_right(hall: str, old: str, new: str) -> None:
    assert hall.count(old) == 1
    text = hall.replace(old, new)
    if "horizon" in text:
        text = text.replace("40 per day", "{exactly: 40}")
    assert load_text(text).scenario.name == "Hall"


def test_a_counter_cannot_serve_where_nobody_waits(mistakes: Mistakes) -> None:
    form = "  form: {counters: unlimited, service_time: 1 min}\n  polda:\n    counters: [{helps: [form]}]"
    assert mistakes("  polda:\n    counters: 3", form) == """\
s.yaml:7:25  units.polda.counters.1.helps.1
  got 'form'; its counters are unlimited, so there is nothing to help; leave it out"""


def test_rework_is_bounded(mistakes: Mistakes) -> None:
    stops = ", ".join(["{stop: welcome, rework: {share: 5 %, at_most: 20}}"] * 49)
    back = "{stop: polda.sim, rework: {share: 5 %, back_to: welcome, at_most: 20}}"
    assert mistakes(LICENCE, f"licence: {{arrivals: 40 per day, route: [{stops}, {back}]}}") == """\
s.yaml:11:35  citizens.licence.route
  with all rework a citizen could make 2030 stops; at most 250, so lower 'at_most' of 'rework'"""


def test_a_horizon_has_no_clock(mistakes: Mistakes) -> None:
    text = """\
name: Steady
horizon: 10 h
warm_up: 6 h
cool_down: 4 h
last_ticket: 15:00
closing: send home
duty: 08:00-16:00
profiles: {am: {08:00-09:00: 100 %}}
units:
  a: {counters: 1, service_time: 1 min, duty: 08:00-09:00, last_ticket: 15:00}
  b: {counters: {08:00-09:00: 1}, service_time: 1 min}
  c: {counters: [{duty: 08:00-09:00}], service_time: 1 min}
citizens:
  x: {arrivals: 4 per day, route: [a]}
  y: {arrivals: {exactly: 4}, profile: am, route: [b]}
  z: {arrivals: {rates: {08:00-09:00: 4 per hour}}, route: [c]}
"""
    assert mistakes("", text) == f"""\
s.yaml:3:10  warm_up
  'warm_up' 6 h and 'cool_down' 4 h leave nothing of the horizon, 10 h, to be measured
s.yaml:5:14  last_ticket
  this {NEEDS_HOURS}
s.yaml:6:10  closing
  this {NEEDS_HOURS}
s.yaml:7:7  duty
  this {NEEDS_HOURS}
s.yaml:10:47  units.a.duty
  this {NEEDS_HOURS}
s.yaml:10:73  units.a.last_ticket
  this {NEEDS_HOURS}
s.yaml:11:7  units.b.counters
  a number for each interval of the day {NEEDS_HOURS}
s.yaml:12:25  units.c.counters.1.duty
  this {NEEDS_HOURS}
s.yaml:14:17  citizens.x.arrivals
  a rate per day {NEEDS_HOURS}
s.yaml:15:40  citizens.y.profile
  a profile {NEEDS_HOURS}
s.yaml:16:18  citizens.z.arrivals.rates
  a rate for each interval of the day {NEEDS_HOURS}"""


def test_times_off_the_grid(mistakes: Mistakes) -> None:
    text = """\
name: Coarse
hours: 07:30-16:00
last_ticket: 15:20
grid: 30 min
profiles: {am: {08:00-09:15: 100 %}}
units:
  a: {counters: 1, service_time: 1 min, duty: [07:30-16:00, 08:10-09:00]}
  b: {counters: {08:00-09:00: 1, 10:00-10:01: 1}, service_time: 1 min}
  c: {counters: [{duty: "08:00-09:00, 09:30-09:31"}], service_time: 1 min}
citizens:
  x: {arrivals: {rates: {08:00-08:45: 4 per hour}}, route: [a]}
"""
    tail = "is not a multiple of the grid, 30 min"
    assert mistakes("", text) == f"""\
s.yaml:3:14  last_ticket
  15:20 {tail}
s.yaml:5:12  profiles.am
  09:15 {tail}
s.yaml:7:41  units.a.duty
  08:10 {tail}
s.yaml:8:7  units.b.counters
  10:01 {tail}
s.yaml:9:25  units.c.counters.1.duty
  09:31 {tail}
s.yaml:11:18  citizens.x.arrivals.rates
  08:45 {tail}"""


def test_the_hall_has_a_limit_of_counters(mistakes: Mistakes) -> None:
    units = "".join(f"  u{number}: {{counters: 1000, service_time: 1 min}}\n" for number in range(5))
    assert mistakes("units:\n", f"units:\n{units}") == "s.yaml:3:1  units\n  got 5004 counters in all; a hall can have 4096"


def test_all_broken_rules_at_once(mistakes: Mistakes) -> None:
    text = """\
name: Broken
hours: 07:30-16:00
last_ticket: 07:00
units:
  a: {counters: 0, service_time: 1 min}
citizens:
  x: {arrivals: 4 per hour, profile: am, route: [a, b]}
  y: {arrivals: 4 per hour, route: [a]}
"""
    assert mistakes("", text) == """\
s.yaml:3:14  last_ticket
  got '07:00'; the last ticket must be within the opening hours, 07:30-16:00
s.yaml:5:17  units.a.counters
  got 0 all day, but 'x', 'y' are routed here; give at least 1, or change the route
s.yaml:7:38  citizens.x.profile
  there is no profile 'am'; the scenario has no 'profiles'
s.yaml:7:38  citizens.x.profile
  a profile spreads a number 'per day' or 'exactly'; these arrivals say themselves when they come
s.yaml:7:53  citizens.x.route.2
  got 'b'; there is no unit 'b'; known here: a"""


def test_variant_names(hall: str) -> None:
    file = load_text(hall + "variants: {b: {seed: 2}, a: {seed: 3, no.such.path: 1}}\n")
    assert variant_names(file) == ("b", "a")
    with pytest.raises(ScenarioError):
        load_text(hall + "variants: {b: {seed: 2}, a: {seed: 3, no.such.path: 1}}\n", variant="a")
