"""`sim check`: planning mistakes told from the plan, with numbers worked by hand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from .conftest import Command


@pytest.mark.parametrize("name", ["one_counter", "jakarta", "jakarta_crowded"])
def test_scenarios_that_ship_are_valid(sim: Command, name: str) -> None:
    done = sim("check", f"scenarios/{name}.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"scenarios/{name}.yaml: valid\n")


def test_says_where_queues_grow_and_by_how_much(sim: Command, folder: Path) -> None:
    """42 citizens an hour from 09:00 to 10:30 at 6 min each are 4.2 erlang; 3 counters serve 30 an hour, so 12 an hour are too many."""
    (folder / "plan.yaml").write_text(
        """\
name: Overload
hours: 08:00-15:00
units:
  imigrasi: {counters: 3, service_time: 6 min}
citizens:
  passport:
    arrivals: {rates: {08:00-09:00: 10 per hour, 09:00-10:30: 42 per hour, 10:30-15:00: 10 per hour}}
    route: [imigrasi]
""",
        encoding="utf-8",
    )
    done = sim("check", "plan.yaml")
    assert done.stdout.splitlines()[-3:] == [
        "1 warning:",
        "  plan.yaml:4:24  units.imigrasi.counters",
        "    imigrasi 09:00–10:30: 4.20 erlang for 3 counters, the queue grows by about 12 an hour",
    ]


def test_shares_counters_out_as_a_flow(sim: Command, folder: Path) -> None:
    """Unit a offers 1.5 erlang to its one counter and to b's, which helps; b offers 0.4: 1.9 for 2 can be carried, 2.3 for 2 cannot."""
    text = """\
name: Shared
hours: 08:00-15:00
units:
  a: {counters: 1, service_time: 10 min}
  b: {counters: [{helps: [a]}], service_time: 10 min}
citizens:
  for_a: {arrivals: 9 per hour, route: [a]}
  for_b: {arrivals: 2.4 per hour, route: [b]}
"""
    (folder / "enough.yaml").write_text(text, encoding="utf-8")
    (folder / "short.yaml").write_text(text.replace("2.4 per hour", "4.8 per hour"), encoding="utf-8")
    assert sim("check", "enough.yaml").stdout.splitlines()[-1] == "No planning mistake that can be told before simulating."
    # 2.3 erlang are 13.8 citizens an hour; two counters serve 12.
    assert sim("check", "short.yaml").stdout.splitlines()[-1] == "    a, b 08:00–15:00: 2.30 erlang for 2 counters, the queue grows by about 2 an hour"


def test_warns_of_a_system_without_steady_state(sim: Command, folder: Path) -> None:
    """Case prio-07 of the validation cases: 10 citizens for one counter that serves 10 in the same time (utilisation 1)."""
    (folder / "saturated.yaml").write_text(
        """\
name: Saturated
horizon: 1000 min
units:
  desk: {counters: 1, service_time: {exponential: 0.1 min}}
citizens:
  first: {arrivals: 5 per min, rank: 0, route: [desk]}
  second: {arrivals: 5 per min, route: [desk]}
""",
        encoding="utf-8",
    )
    assert sim("check", "saturated.yaml").stdout.splitlines()[-1] == "    desk: 1 erlang for 1 counter, the queue grows without end"


def test_names_what_nobody_serves_reaches_or_needs(sim: Command, folder: Path) -> None:
    (folder / "sins.yaml").write_text(
        """\
name: Sins
hours: 08:00-15:00
units:
  ktp: {counters: 1, service_time: 8 min, duty: "08:00-12:00"}
  kk: {counters: 1, service_time: 5 min}
  akta: {counters: [{}, {duty: 16:00-17:00}, {services: [kk]}], service_time: 5 min}
citizens:
  a: {arrivals: 2 per hour, route: [ktp]}
  b: {arrivals: {rates: {14:00-16:00: 6 per hour}}, route: [akta]}
""",
        encoding="utf-8",
    )
    done = sim("check", "sins.yaml")
    said = done.stdout
    assert "ktp 12:00–15:00: nobody on duty serves it, while about 6 citizens come" in said
    assert "units.kk\n    no citizen's route reaches it" in said
    assert "counter 2 never works" not in said  # on duty after closing it serves who still waits (R13)
    assert "counter 2 never works: its duty lies outside the opening hours" in sim("check", "sins.yaml", "--set", "closing=send home").stdout
    assert "counter 3 never works: nobody comes for what it serves" in said
    assert "units.ktp\n    tickets are given until 15:00, but the last duty ends at 12:00" in said
    assert "about 6 a day come after the last ticket at 15:00 and are refused" in said


def test_numbers_are_written_out_with_as_many_decimals_in_a_column(sim: Command, folder: Path) -> None:
    """Of 6,400 citizens in an hour half come after 08:30: after the last ticket, or when nobody is on duty any more; 0.4 % go on to b."""
    text = """\
name: A crowd
hours: 08:00-09:00
last_ticket: 08:30
units:
  a: {counters: 1, service_time: 1 s}
  b: {counters: 1, service_time: 1 s}
citizens:
  x: {arrivals: 6400 per hour, route: [a, {stop: b, share: 0.4 %}]}
"""
    (folder / "late.yaml").write_text(text, encoding="utf-8")
    (folder / "gone.yaml").write_text(text.replace("last_ticket: 08:30\n", "").replace("1 s}\n  b", "1 s, duty: 08:00-08:30}\n  b"), encoding="utf-8")
    late, gone = sim("check", "late.yaml").stdout, sim("check", "gone.yaml").stdout
    assert "about 3,200 a day come after the last ticket at 08:30 and are refused" in late
    assert "a 08:30–09:00: nobody on duty serves it, while about 3,200 citizens come" in gone
    tickets = {line.split()[0]: line.split()[1] for line in gone.splitlines() if line.startswith(("  a ", "  b "))}
    assert tickets == {"a": "6,400.0", "b": "25.6"}


def test_a_service_that_takes_no_time_or_that_nobody_comes_for_today_is_still_on_a_route(sim: Command) -> None:
    for change in ("units.passport.service_time=0 min", "arrivals=0 %"):
        done = sim("check", "scenarios/one_counter.yaml", "--set", change)
        assert done.returncode == 0 and "route reaches" not in done.stdout


def test_a_warning_on_a_value_from_the_command_line_has_no_place(sim: Command) -> None:
    done = sim("check", "scenarios/one_counter.yaml", "--set", 'units.passport.counters={"08:00-09:00": 2}')
    assert "\n  units.passport.counters\n" in done.stdout and ":0:0" not in done.stdout


def test_counts_rework_and_the_first_so_many(sim: Command, folder: Path) -> None:
    """Rework as in the walk by hand: a is made 1, b sends back to a at most once with 50 %: a and b 1.5 times each.

    Of a citizen a minute only the first 30 come: 30 tickets in the day, and no queue that grows for half an hour.
    """
    (folder / "rework.yaml").write_text(
        """\
name: Rework
hours: 08:00-16:00
units:
  a: {counters: 2, service_time: 1 min}
  b: {counters: 2, service_time: 1 min}
  c: {counters: 1, service_time: 2 min}
citizens:
  x: {arrivals: 100 per day, route: [a, {stop: b, rework: {share: 50 %, back_to: a}}]}
  y: {arrivals: {gaps: 1 min, first: 20}, route: [c]}
""",
        encoding="utf-8",
    )
    done = sim("check", "rework.yaml")
    tickets = {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("  ") and line.split()[:1][0] in "abc"}
    assert tickets == {"a": 150.0, "b": 150.0, "c": 20.0}
    assert done.stdout.splitlines()[-1] == "No planning mistake that can be told before simulating."


DOOR = """\
name: Door
hours: 08:00-12:00
last_ticket: 11:00
target: 90 % within 15 min
profiles:
  morning: {07:30-08:00: 24 %, 08:00-10:00: 40 %, 10:00-12:00: 36 %}
units:
  registry: {counters: [{count: 2}, {duty: 09:00-12:00}], service_time: 3 min}
citizens:
  any: {arrivals: 100 per day, profile: morning, route: [registry]}
"""


def test_warns_of_a_crowd_at_the_door_that_is_not_served_soon(sim: Command, folder: Path) -> None:
    """24 at the door for 2 counters at 3 min each: the last two are called after 33 min; for 5 counters the last four after 12 min.

    The counters have 24 + 40 + 18 citizens of 3 min, 246 min, in their 2 × 4 + 3 hours of duty; 34 in the first half-hour are 3.4 erlang.
    """
    (folder / "door.yaml").write_text(DOOR, encoding="utf-8")
    said = sim("check", "door.yaml").stdout
    assert "  registry                   82.0    1.02   3.40         3         37 %\n" in said
    assert "  door.yaml:8:14  units.registry.counters\n    registry 08:00: the citizens who wait at the door take about 24 tickets, and 2 counters need 36 min to serve them\n" in said
    assert "about 18 a day come after the last ticket at 11:00 and are refused" in said
    for enough in ("units.registry.counters=5", "target=90 % within 33 min", "units.registry.target=90 % within 33 min"):
        assert "at the door" not in sim("check", "door.yaml", "--set", enough).stdout
    assert "at the door" in sim("check", "door.yaml", "--set", "target=90 % within 32 min").stdout
    (folder / "door.yaml").write_text(DOOR.replace("target: 90 % within 15 min", ""), encoding="utf-8")
    assert "at the door" in sim("check", "door.yaml").stdout  # without a target half an hour is soon
    assert "at the door" not in sim("check", "door.yaml", "--set", "units.registry.service_time=2.7 min").stdout


def test_warns_of_a_crowd_at_the_door_for_whom_nobody_is_there(sim: Command, folder: Path) -> None:
    (folder / "door.yaml").write_text(DOOR.replace("[{count: 2}, {duty: 09:00-12:00}]", "[{duty: 08:30-12:00}]"), encoding="utf-8")
    said = sim("check", "door.yaml").stdout
    assert "registry 08:00: the citizens who wait at the door take about 24 tickets, and nobody on duty serves it" in said
    assert "registry 08:00–08:30: nobody on duty serves it, while about 10 citizens come" in said


OUTSIDE = """\
name: Outside
hours: 07:30-16:00
duty: 07:30-16:00
units:
  kiosk: {counters: 1, service_time: 1 min}
  dukcapil: {counters: 2, service_time: 2 min, duty: ["07:00-16:00", "07:30-12:00"]}
  bpn: {counters: {06:30-07:15: 0, 07:15-10:00: 1, 10:00-16:30: 2}, service_time: 2 min}
  polda: {counters: [{}, {duty: 07:10-12:00}, {duty: 06:00-07:00}], service_time: 2 min}
  bank: {counters: 1, service_time: 1 min, duty: 12:00-17:00}
citizens:
  any: {arrivals: 10 per hour, route: [kiosk, dukcapil, bpn, polda, bank]}
"""


def test_warns_of_duty_before_opening(sim: Command, folder: Path) -> None:
    """The hall opens at 07:30: dukcapil is half an hour early with one counter, bpn a quarter, polda 20 min with one; one never works.

    Duty after closing, of bpn and bank, serves those who are left (R13); where they are sent home it serves nobody.
    """
    (folder / "hall.yaml").write_text(OUTSIDE, encoding="utf-8")
    before = "but the hall opens at 07:30 and nobody can come in before"
    lines = sim("check", "hall.yaml").stdout.splitlines()
    said = {(path.split()[-1], message.strip()) for path, message in pairwise(lines) if message.startswith("    on duty ")}
    early = {("units.dukcapil", f"on duty 07:00-07:30, {before}"), ("units.bpn", f"on duty 07:15-07:30, {before}"), ("units.polda", f"on duty 07:10-07:30, {before}")}
    left = "but at closing, 16:00, nobody comes in any more: only who is inside by then is served"
    assert said == early | {("units.bpn", f"on duty 16:00-16:30, {left}"), ("units.bank", f"on duty 16:00-17:00, {left}")}
    assert "counter 3 never works: its duty lies outside the opening hours" in "\n".join(lines)
    lines = sim("check", "hall.yaml", "--set", "closing=send home").stdout.splitlines()
    said = {(path.split()[-1], message.strip()) for path, message in pairwise(lines) if message.startswith("    on duty ")}
    after = "but at closing, 16:00, all who wait are sent home"
    assert said == early | {("units.bpn", f"on duty 16:00-16:30, {after}"), ("units.bank", f"on duty 16:00-17:00, {after}")}


def test_warns_of_a_last_ticket_where_no_visit_begins(sim: Command, folder: Path) -> None:
    """The last ticket is that of the first stop that is made (R12): the welcome's, for half of them the desk's, never the bank's."""
    text = VARIANTS.partition("variants")[0].replace("citizens:", "  bank: {counters: 1, service_time: 1 min}\ncitizens:")
    for last, route, warned in (
        ("bank", "[desk, bank]", True), ("desk", "[desk, bank]", False), ("bank", "[{stop: desk, share: 50 %}, bank]", False),
        ("bank", "[{stop: desk, share: 50 %}, {stop: bank, share: 0 %}]", True),
    ):  # fmt: skip
        (folder / "hall.yaml").write_text(text.replace("[desk]", route), encoding="utf-8")
        said = sim("check", "hall.yaml", "--set", f"units.{last}.last_ticket=14:00").stdout
        message = f"units.{last}.last_ticket\n    no citizen's first stop is here, so this last ticket time changes nothing\n"
        assert (message in said) == warned, (last, route)


def test_duty_of_the_whole_hall_before_opening_is_said_once(sim: Command, folder: Path) -> None:
    (folder / "hall.yaml").write_text(OUTSIDE.replace("\nduty: 07:30", "\nduty: 07:00"), encoding="utf-8")
    said = sim("check", "hall.yaml").stdout
    assert "  hall.yaml:3:7  duty\n    on duty 07:00-07:30, but the hall opens at 07:30" in said
    assert "units.kiosk\n    on duty" not in said and "units.polda\n    on duty 07:10-07:30, but" in said


def test_a_horizon_has_no_duty_before_opening(sim: Command, folder: Path) -> None:
    text = "name: Steady\nhorizon: 10 h\nunits:\n  desk: {counters: 2, service_time: 5 min}\ncitizens:\n  any: {arrivals: 10 per hour, route: [desk]}\n"
    (folder / "steady.yaml").write_text(text, encoding="utf-8")
    assert sim("check", "steady.yaml").stdout.endswith("\nNo planning mistake that can be told before simulating.\n")


def test_says_what_is_not_known_before_simulating(sim: Command, folder: Path) -> None:
    (folder / "door.yaml").write_text(DOOR, encoding="utf-8")
    assert "shows only in simulating" not in sim("check", "door.yaml").stdout
    for change, who in (
        (["citizens.any.patience=20 min"], "give up waiting"),
        (["units.registry.waiting_room=9"], "find a waiting room full"),
        (["citizens.any.patience=20 min", "units.registry.waiting_room=9"], "give up waiting or find a waiting room full"),
    ):
        sets = [part for one in change for part in ("--set", one)]
        assert f"Citizens who {who} are counted as if they did not" in sim("check", "door.yaml", *sets).stdout


def test_lists_every_value_that_is_marked(sim: Command) -> None:
    """Patterns of duty can be told apart, and alike assumptions name each place."""
    said = sim("check", "scenarios/jakarta.yaml").stdout
    assert '  duty = ["07:30-11:30, 12:30-16:00", "07:30-12:30, 13:30-16:00"]  (a break' in said
    assert "  units.bpn.counters = 2  (part of the 33 to 57 counters of the hall (republika 31/10/2017), range 1 to 3)\n    also for bkpm, bpjs_kesehatan, bpjs_ketenagakerjaan, bank_dki\n" in said
    assert "    also for units.polda.services.stnk.service_time.lognormal.mean, pln, jasa_raharja\n" in said
    assert "more =" not in said and "…" not in said


VARIANTS = """\
name: Hall
hours: 08:00-15:00
units:
  desk: {counters: 2, service_time: 6 min}
citizens:
  passport: {arrivals: 10 per hour, route: [desk]}
variants:
  more: {units.desk.counters: 3}
  typing: {units.dsk.counters: 2}
  nested: {units: {desk: {counters: 3}}}
"""


def test_looks_at_every_variant_and_names_the_broken_ones(sim: Command, folder: Path) -> None:
    (folder / "hall.yaml").write_text(VARIANTS, encoding="utf-8")
    done = sim("check", "hall.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == """\
hall.yaml:9:12  variants.typing: units.dsk.counters
  there is no 'dsk' in units; did you mean 'desk'?
hall.yaml:10:12  variants.nested: units
  this replaces all of 'units'; to change one value in it, write its path with dots: 'units.desk.counters: 3'
hall.yaml:10:20  variants.nested: units.desk
  give 'services', or 'service_time' alone for a unit with one service
3 errors in hall.yaml
"""
    assert sim("check", "hall.yaml", "--variant", "more").returncode == 0
    assert sim("run", "hall.yaml", "--replications", "1", "--no-figures").returncode == 0, "a variant that is not asked for stops nothing"
    assert sim("compare", "hall.yaml", "--variants", "more", "--replications", "2", "--no-figures").returncode == 0
    done = sim("compare", "hall.yaml", "--variants", "typing,nested", "--replications", "2", "--no-figures")
    assert done.returncode == 2 and done.stderr.endswith("3 errors in hall.yaml\n")


def test_lists_what_is_other_with_each_variant(sim: Command, folder: Path) -> None:
    """15 an hour at 6 min each are 1.5 erlang: a queue for one counter, which two carry, and which 12 an hour make milder.

    The unreached bank is a warning of every variant but the one that reaches it, and is said once.
    """
    text = VARIANTS.partition("  typing")[0].replace("citizens:", "  bank: {counters: 1, service_time: 1 min}\ncitizens:")
    text = text.replace("counters: 2", "counters: 1").replace("10 per hour", "15 per hour") + """\
  early: {units.desk.counters: 2, units.desk.duty: 07:00-15:00}
  milder: {citizens.passport.arrivals: 12 per hour}
  same: {units.bank.counters: 2}
  none: {units.desk.counters: 2, citizens.passport.route: [desk, bank]}
"""
    (folder / "hall.yaml").write_text(text, encoding="utf-8")
    said = sim("check", "hall.yaml").stdout.splitlines()
    unreached = ["  hall.yaml:5:3  units.bank", "    no citizen's route reaches it"]
    assert said[said.index("2 warnings:") :] == [
        "2 warnings:",
        "  hall.yaml:4:20  units.desk.counters",
        "    desk 08:00–15:00: 1.50 erlang for 1 counter, the queue grows by about 5 an hour",
        *unreached,
        "",
        "variant more: 1 warning, listed above",
        "",
        "variant early: 2 warnings, 1 not listed above:",
        "  hall.yaml:4:3  units.desk",
        "    on duty 07:00-08:00, but the hall opens at 08:00 and nobody can come in before",
        "",
        "variant milder: 2 warnings, 1 not listed above:",
        "  hall.yaml:4:20  units.desk.counters",
        "    desk 08:00–15:00: 1.20 erlang for 1 counter, the queue grows by about 2 an hour",
        "",
        "variant none: no warning",
    ]
    said = sim("check", "hall.yaml", "--variant", "more").stdout.splitlines()
    assert said[-3:] == ["1 warning:", *unreached]
    said = sim("check", "hall.yaml", "--set", "units.desk.counters=3").stdout.splitlines()
    assert said[said.index("1 warning:") :] == ["1 warning:", *unreached, "", "Not looked at, since an override undoes what they set: more, early, none"]


def test_how_loads_are_to_be_read_is_said_where_a_variant_alone_has_several(sim: Command, folder: Path) -> None:
    text = VARIANTS.partition("  typing")[0].replace("citizens:", "  bank: {counters: 2, service_time: 6 min}\ncitizens:").replace("[desk]", "[desk, bank]")
    (folder / "hall.yaml").write_text(text + "  busy: {citizens.passport.arrivals: 30 per hour}\n", encoding="utf-8")
    said = sim("check", "hall.yaml").stdout
    assert "variant busy: 2 warnings, not listed above:" in said and said.endswith("\n\nLoads are those of the whole route without delay: "
        "behind a stop that is overloaded itself, citizens come fewer and later.\n")  # fmt: skip
    assert "Loads are" not in sim("check", "hall.yaml", "--variant", "more").stdout


def test_an_override_must_not_undo_the_variant(sim: Command, folder: Path) -> None:
    (folder / "hall.yaml").write_text(VARIANTS, encoding="utf-8")
    said = """\
--set units.desk.counters=4  variants.more: units.desk.counters
  this would undo the variant 'more', which sets units.desk.counters to 3; leave one of them out
"""
    undoing = ("--set", "units.desk.counters=4")
    for command in (("check", "hall.yaml", "--variant", "more"), ("run", "hall.yaml", "--variant", "more"), ("compare", "hall.yaml", "--variants", "more")):
        done = sim(*command, *undoing)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith(said), command
    done = sim("sweep", "hall.yaml", "--variant", "more", "--vary", "units.desk.counters=3..4")
    assert done.returncode == 2 and done.stderr.startswith(said.replace("--set units.desk.counters=4", "--vary units.desk.counters=3"))
    above = "{counters: 1, service_time: 6 min}"
    assert "  this would undo the variant 'more', which" in sim("run", "hall.yaml", "--variant", "more", "--set", f"units.desk={above}").stderr
    assert sim("check", "hall.yaml", "--variant", "more", "--set", "units.desk.service_time=5 min").returncode == 0
    # a unit has one service time or several services: setting one ousts the other, and the route of the variant would lead nowhere
    split = "  split: {units.desk.services: {passport: {service_time: 4 min}}, citizens.passport.route: [desk.passport]}\n"
    (folder / "hall.yaml").write_text(VARIANTS.partition("  typing")[0] + split, encoding="utf-8")
    ousting = ("--set", "units.desk.service_time=50 min")
    done = sim("run", "hall.yaml", "--variant", "split", *ousting)
    assert done.returncode == 2
    assert "  this would undo the variant 'split', which sets units.desk.services; leave one of them out\n" in done.stderr
    assert not (folder / "results").exists()
    done = sim("run", "hall.yaml", *ousting, "--replications", "1", "--no-figures")
    assert done.stderr == "hall: 1 planning warning; see sim check hall.yaml --set 'units.desk.service_time=50 min'\n"
    assert sim("check", "hall.yaml", *ousting).returncode == 0


def test_warns_of_thousands_written_with_a_point(sim: Command, folder: Path) -> None:
    text = VARIANTS.partition("  typing")[0] + "  busy: {citizens.passport.arrivals: 12.500 per day}\n"
    text = text.replace("10 per hour", "{value: 1.200 per day, assumption: counted, range: [0.900 per day, 1.500 per day]}")
    (folder / "hall.yaml").write_text(text, encoding="utf-8")
    first = "'1.200 per day' is 1.2 citizens a day, as the point is decimal; if thousands are meant, write '1200 per day'"
    done = sim("check", "hall.yaml")
    assert done.stdout.splitlines()[-9:] == [
        "2 warnings:",
        "  hall.yaml:6:32  citizens.passport.arrivals",
        f"    {first}",
        "  hall.yaml:6:32  citizens.passport.arrivals",
        f"    {first.replace('1.200', '1.500').replace('1200', '1500').replace('1.2 ', '1.5 ')}",
        "",
        "variant busy: 1 warning, not listed above:",
        "  hall.yaml:9:38  citizens.passport.arrivals",
        "    '12.500 per day' is 12.5 citizens a day, as the point is decimal; if thousands are meant, write '12500 per day'",
    ]
    done = sim("run", "hall.yaml", "--replications", "1", "--no-figures")
    assert done.returncode == 0 and done.stderr.startswith(f"warning: hall.yaml:6:32  citizens.passport.arrivals\n  {first}\n")


def test_counts_the_inputs_that_are_taken_as_certain(sim: Command, folder: Path) -> None:
    """The mean and the cv, the gaps, three shares of routes, two of a profile and a patience; not what is marked, nor within a mark, nor what is decided or a name."""
    (folder / "hall.yaml").write_text("""\
name: Hall
hours: 08:00-15:00
last_ticket: 14:00
units:
  a: {counters: 2, floor: 1, service_time: {lognormal: {mean: 6 min, cv: 0.5}}}
  b: {counters: 1, services: {s: {name: 12 min, service_time: {value: {uniform: {low: 1 min, high: 2 min}}, assumption: a guess}}}}
citizens:
  x: {arrivals: {gaps: 4 min}, rank: 2, priority: {value: 5 %, source: counted}, route: [a, {stop: b, share: 60 %, rework: {share: 3 %}}]}
  y: {arrivals: {value: 3 per hour, assumption: a guess}, patience: 1 h, route: [a]}
  z: {arrivals: {value: 9 per day, assumption: a guess}, profile: even, route: r}
profiles: {even: {08:00-11:00: 50 %, 11:00-14:00: 50 %}}
routes: {r: [a, {stop: b, share: 50 %}]}
variants:
  more: {citizens.y.arrivals: 5 per hour}
""", encoding="utf-8")
    said = sim("check", "hall.yaml").stdout
    assert "\n\nTaken as certain, with neither source nor assumption: 9 numbers (service_time 2, arrivals 1, route 3, patience 1, profile 2)\n\n" in said
    assert "9 numbers (service_time 2, arrivals 1" not in sim("check", "hall.yaml", "--variant", "more").stdout
    assert "certain" not in sim("check", "scenarios/new_hall.yaml").stdout.replace("on certain days", "")


PASSING = """\
name: Either or
hours: 08:00-12:00
units:
  kiosk: {counters: 2, service_time: 1 min, machine: true}
  simple: {counters: 2, service_time: 4 min}
  hard: {counters: 2, service_time: 12 min}
citizens:
  any: {arrivals: 20 per hour, route: [kiosk, {stop: simple, share: 75 %}, {stop: hard, share: 25 %}]}
"""


def test_warns_of_citizens_who_pass_by_every_counter(sim: Command, folder: Path) -> None:
    """0.25 × 0.75 = 19 % make neither of two stops that exclude each other in the planner's mind only."""
    (folder / "hall.yaml").write_text(PASSING, encoding="utf-8")
    said = "1 warning: hall.yaml:8:32 citizens.any.route 19 % of these citizens pass by every counter but kiosk, and some come to several:"
    said += " shares do not exclude each other; if each makes one of these stops, write 'one_of: {simple: 75 %, hard: 25 %}'"
    assert " ".join(sim("check", "hall.yaml").stdout.split()).endswith(said)
    either = "{one_of: {simple: 75 %, hard: 25 %}}"
    (folder / "hall.yaml").write_text(PASSING.replace("{stop: simple, share: 75 %}, {stop: hard, share: 25 %}", either), encoding="utf-8")
    assert sim("check", "hall.yaml").stdout.endswith("No planning mistake that can be told before simulating.\n")
    for route, said in (
        ("[{stop: simple, share: 80 %}, {stop: hard, share: 50 %}]", "10 % of these citizens pass by every counter\n"),
        ("[{one_of: {simple: 75 %, kiosk: 25 %}}, {stop: hard, share: 40 %}]", "15 % of these citizens pass by every counter but kiosk\n"),
        ("[kiosk, {one_of: {simple: 75 %, hard: 25 %}}, {stop: kiosk, share: 40 %}]", ""),
        ("[kiosk]", ""),
    ):
        (folder / "hall.yaml").write_text(PASSING.replace(PASSING.partition("route: ")[2], route + "}\n"), encoding="utf-8")
        out = sim("check", "hall.yaml").stdout
        assert said in out and ("pass by" in out) == bool(said), route


def test_units_that_share_a_counter_have_one_load_over_duty(sim: Command, folder: Path) -> None:
    """0.5 erlang at a and 0.3 at b for the one officer of both, who is on duty for 6 of 8 hours: (0.5 + 0.3) × 8 ÷ 6 = 107 %."""
    (folder / "plan.yaml").write_text(
        """\
name: Shared
hours: 08:00-16:00
units:
  a: {counters: [{services: [a, b], duty: "08:00-11:00, 13:00-16:00"}], service_time: 10 min}
  b: {counters: 0, service_time: 9 min}
  c: {counters: [{helps: [d]}], service_time: 6 min}
  d: {counters: 1, service_time: 6 min}
citizens:
  for_a: {arrivals: 3 per hour, route: [a]}
  for_b: {arrivals: 2 per hour, route: [b]}
  for_c: {arrivals: 1 per hour, route: [c]}
  for_d: {arrivals: 9 per hour, route: [d]}
""",
        encoding="utf-8",
    )
    lines = sim("check", "plan.yaml").stdout.splitlines()
    rows = {line.split()[0]: line.split()[-2:] for line in lines if line[:3] in ("  a", "  b", "  c", "  d") and line[3] == " "}
    assert rows == {"a": ["107", "%*"], "b": ["107", "%*"], "c": ["10", "%"], "d": ["90", "%+"]}
    assert "  * load and duty together, since they share counters: a, b." in lines
    assert "  + of the unit's own counters; those of other units help there while they have nobody to serve." in lines
