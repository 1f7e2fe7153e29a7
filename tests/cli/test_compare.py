"""`sim compare`: what it says, writes and refuses."""

from __future__ import annotations

import csv
import json
import os
import shlex
from pathlib import Path
from unittest.mock import ANY

import pytest

from .conftest import Command

DAY = """\
name: A day by hand
hours: 08:00-09:00
target: 60 % within 3 min
interval: 30 min
units:
  licence: {name: {en: Licences, id: Perizinan}, counters: 1, service_time: 6 min}
citizens:
  applicant:
    arrivals: {gaps: 4 min}
    route: [licence]
replications: 3
variants:
  two_counters: {units.licence.counters: 2}
  more_seats: {seats: 40}
  rarer: {citizens.applicant.arrivals: {gaps: 6 min}}
"""

HALL = """\
name: Two units
hours: 08:00-12:00
target: 80 % within 5 min
units:
  licence: {name: Licences, counters: 2, service_time: {exponential: 6 min}}
  bank: {name: Bank, counters: 1, service_time: {exponential: 3 min}}
citizens:
  applicant:
    arrivals: 16 per hour
    priority: 10 %
    route: [licence, {stop: bank, share: 60 %}]
replications: 30
variants:
  three: {units.licence.counters: 3}
  one: {units.licence.counters: 1}
  more: {arrivals: 110 %}
"""


@pytest.fixture(autouse=True)
def by_hand(folder: Path) -> None:
    """The day of test_run.py: one counter, 6 min each, a citizen every 4 min from 08:04 to 08:56, every day the same.

    With two counters each serves every other citizen, who come 8 min apart: nobody waits, each is 6 min in the hall, and the last, who
    comes at 08:56, is served until 09:02, which makes 2 min of overtime where one counter has 28.
    """
    (folder / "day.yaml").write_text(DAY, encoding="utf-8")
    (folder / "hall.yaml").write_text(HALL, encoding="utf-8")


def test_prints_a_day_worked_by_hand(sim: Command) -> None:
    done = sim("compare", "day.yaml", "--variants", "two_counters,more_seats", "--no-figures")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [  # 6 min every 4 min are 1.5 erlang for one counter
        "day: 1 planning warning; see sim check day.yaml",
        "more_seats: 1 planning warning; see sim check day.yaml --variant more_seats",
    ]
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "A day by hand: plans against day, 3 days each",
        "  two_counters: better: the mean wait falls by 13.0 min (13.0 to 13.0) to 0.0 min, the P90 wait falls by 23.8 min (23.8 to 23.8) to 0.0 min,",
        "  the share within target rises by 85.7 points (85.7 to 85.7) to 100 %; costs 1.0 officer-hours a day more, overtime 26.0 min a day less",
        "  (26.0 to 26.0).",
        "  more_seats: nothing changes for the citizens on any day, so check that it is the plan that was meant; costs as many officer-hours.",
        "3 days say nothing for certain: repeat with --replications 200 before you decide.",
        "",
        "The hall",
        "measure                        plan            value  difference        (interval)  in %  verdict",
        "abandoned, a day               every plan          0",
        "left over, a day               every plan          0",
        "refused, a day                 every plan          0",
        "mean wait, min                 day (baseline)   13.0",
        "                               two_counters      0.0       −13.0  (−13.0 to −13.0)        ✓ better",
        "                               more_seats       13.0         0.0      (0.0 to 0.0)     0  = no difference that matters",
        "P90 wait, min                  day (baseline)   23.8",
        "                               two_counters      0.0       −23.8  (−23.8 to −23.8)        ✓ better",
        "                               more_seats       23.8         0.0      (0.0 to 0.0)     0  = no difference that matters",
        "within target, %               day (baseline)   14.3",
        "                               two_counters      100       +85.7  (+85.7 to +85.7)        ✓ better",
        "                               more_seats       14.3         0.0      (0.0 to 0.0)        = no difference that matters",
        "time in hall, min              day (baseline)   19.0",
        "                               two_counters      6.0       −13.0  (−13.0 to −13.0)   −68  ✓ better",
        "                               more_seats       19.0         0.0      (0.0 to 0.0)     0  = no difference that matters",
        "worked into breaks, min a day  every plan          0",
        "overtime, min a day            day (baseline)   28.0",
        "                               two_counters      2.0       −26.0  (−26.0 to −26.0)   −93  saves",
        "                               more_seats       28.0         0.0      (0.0 to 0.0)     0  = no difference that matters",
        "hours on duty, h a day         day (baseline)    1.0",
        "                               two_counters      2.0        +1.0                    +100  costs more",
        "                               more_seats        1.0         0.0                       0",
        "",
        "Every plan met the same citizens on the same 3 days.",
        "( ): 95 % intervals, chance only; in each measure they hold together for both plans (Bonferroni).",
        "Smallest differences that matter: abandoned 1.0 a day, left over 1.0 a day, refused 1.0 a day, mean wait 1.0 min, P90 wait 2.0 min, within",
        "target 2.0 points, time in hall 1.0 min, worked into breaks 15.0 min a day, overtime 15.0 min a day (change them with --smallest).",
        "Results: results" + os.sep + "day-compare",
    ]


def test_says_where_plans_differ_and_what_pairing_brought(sim: Command, folder: Path) -> None:
    done = sim("compare", "hall.yaml", "--variants", "three,one,more", "--no-figures")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "three: better for the hall as a whole: the mean wait falls by " in said
    assert "better at Licences: the mean wait falls by " in said and "costs 4.0 officer-hours a day more, overtime " in said
    assert "one: worse for the hall as a whole: the mean wait rises by " in said and "saves 4.0 officer-hours a day, overtime " in said
    assert "more: worse " in said and "costs as many officer-hours" in said
    table = done.stdout[done.stdout.index("Where plans differ") : done.stdout.index("Every other plan")]
    assert " ".join(table.splitlines()[1].split()) == "where plan mean wait P90 wait within target overtime hours on duty"
    assert [line.split()[0] for line in table.splitlines()[3:] if line[:1].strip()] == ["Licences", "Bank", "priority", "regular"]
    differences = json.loads((folder / "results" / "hall-compare" / "comparison.json").read_text(encoding="utf-8"))["differences"]
    of_hall = [one for one in differences if one["plan"] != "more" and not one["unit"] and not one["class"]]
    waits_and_shares = ("waiting_time_mean", "waiting_time_p90", "share_within_target", "time_in_hall_mean")
    ratios = [float(f"{one['variance_ratio']:.2g}") for one in of_hall if one["measure"] in waits_and_shares]
    otherwise = f"with other citizens for each, equally narrow intervals would take {min(ratios):g} to {max(ratios):g} times as many days"
    assert f"Every other plan met the same citizens on the same 30 days; {otherwise} (the ratio of the variances)." in said
    assert "(the ratio of the variances). more has other arrivals, routes, service times or patience; the citizens that the baseline has too keep" in said
    assert "hold together for all 3 plans (Bonferroni)" in said


def test_writes_differences_and_manifest_that_say_the_same(sim: Command, folder: Path) -> None:
    done = sim("compare", "hall.yaml", "--variants", "three", "--seed", "7", "--replications", "4", "--format", "json", "--out", "here", "--no-figures")
    printed = json.loads(done.stdout)
    written = json.loads((folder / "here" / "comparison.json").read_text(encoding="utf-8"))
    assert printed == written
    assert (written["format"], written["version"], written["baseline"], written["replications"]) == ("mpp-sim comparison", 1, "hall", 4)
    assert [plan["plan"] for plan in written["plans"]] == ["hall", "three"]
    assert written["plans"][0]["verdict"] is None and written["plans"][1]["verdict"].endswith("costs 4.0 officer-hours a day more.")
    assert (folder / "here" / "comparison.csv").read_bytes().startswith(b"\xef\xbb\xbfplan,measure,unit,class,baseline,value,difference,low,high,unit_of_measure,ratio,")
    with (folder / "here" / "comparison.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(written["differences"])
    for row, same in zip(rows, written["differences"], strict=True):
        assert row.pop("replications") == "4"
        assert row.pop("unit_of_measure") == {"waiting_time_mean": "min", "share_within_target": "fraction", "overtime": "min a day"}.get(same["measure"], ANY)
        assert row == {name: "" if value is None else str(value) for name, value in same.items()}
    hours = [row for row in rows if row["measure"] == "hours_on_duty" and not row["unit"]]
    assert [(row["difference"], row["verdict"]) for row in hours] == [("4.0", "")]
    manifest = json.loads((folder / "here" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["replications"], manifest["baseline"], manifest["variants"]) == (7, 4, "hall", ["three"])
    assert {name: document["units"]["licence"]["counters"] for name, document in manifest["scenarios"].items()} == {"hall": 2, "three": 3}
    assert sorted(manifest["files"]) == ["comparison.csv", "comparison.json", "verdict.txt"]


def test_writes_the_verdicts_as_they_are_printed_a_sentence_a_line(sim: Command, folder: Path) -> None:
    done = sim("compare", "day.yaml", "--variants", "two_counters,more_seats", "--no-figures")
    written = (folder / "results" / "day-compare" / "verdict.txt").read_text(encoding="utf-8")
    assert written.splitlines()[:6] == [
        "A day by hand: plans against day, 3 days each",
        "two_counters: better: the mean wait falls by 13.0 min (13.0 to 13.0) to 0.0 min, the P90 wait falls by 23.8 min (23.8 to 23.8) to 0.0 min, "
        "the share within target rises by 85.7 points (85.7 to 85.7) to 100 %; costs 1.0 officer-hours a day more, overtime 26.0 min a day less (26.0 to 26.0).",
        "more_seats: nothing changes for the citizens on any day, so check that it is the plan that was meant; costs as many officer-hours.",
        "3 days say nothing for certain: repeat with --replications 200 before you decide.",
        "Every plan met the same citizens on the same 3 days.",
        "( ): 95 % intervals, chance only; in each measure they hold together for both plans (Bonferroni).",
    ]
    printed = " ".join(done.stdout.split())
    assert len(written.splitlines()) == 7 and all(line in printed for line in written.splitlines())


def test_draws_each_picture_twice_over(sim: Command, folder: Path) -> None:
    assert sim("compare", "day.yaml", "--variants", "two_counters").returncode == 0
    results = folder / "results" / "day-compare"
    pictures = {path.stem for path in results.glob("*.svg")}
    assert pictures == {path.stem for path in results.glob("*.png")}
    assert pictures == {"differences", "waiting_time_by_plan", "share_within_target_by_plan", "officers_and_load"}


def test_engines_find_the_same_differences(sim: Command, folder: Path) -> None:
    texts = []
    for engine in ("reference", "kernel"):
        done = sim("compare", "hall.yaml", "--variants", "three,more", "--engine", engine, "--replications", "3", "--no-figures", "--out", engine)
        assert done.returncode == 0, done.stderr
        texts.append((folder / engine / "comparison.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_files_a_baseline_and_changes_for_all(sim: Command, folder: Path) -> None:
    """At 12 min each the wait rises by 8 min from one citizen to the next: 52 min on average. Two counters have 4 min between theirs: 12."""
    (folder / "other.yaml").write_text("extends: day.yaml\nunits: {licence: {counters: 2}}\n", encoding="utf-8")
    done = sim("compare", "day.yaml", "other.yaml", "--baseline", "other.yaml", "--no-figures", "--set", "units.licence.service_time=12 min")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("A day by hand · units.licence.service_time=12 min: plans against other, 3 days each\n  day: worse: the mean wait rises by 40.0 min")
    results = folder / "results" / "day-compare--units.licence.service_time=12_min"
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    assert {document["units"]["licence"]["service_time"] for document in manifest["scenarios"].values()} == {"12 min"}
    assert sim("compare", "day.yaml", "--variants", "rarer,two_counters", "--baseline", "rarer", "--no-figures").stdout.count("rarer (baseline)") == 6


def test_the_smallest_difference_that_matters_decides(sim: Command) -> None:
    arguments = ("compare", "day.yaml", "--variants", "two_counters", "--no-figures")
    done = sim(*arguments, "--smallest", "waiting_time_mean=14", "--smallest", "waiting_time_p90=25 min")
    assert "two_counters: better: the share within target rises by 85.7 points" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["day.yaml", "--variants", "two_countrs"], "did you mean 'two_counters'?"),
        (["day.yaml"], "a comparison needs two plans at least: give --variants (this file has two_counters,more_seats,rarer), or a second scenario"),
        (["scenarios/one_counter.yaml"], "a comparison needs two plans at least: give --variants, or a second scenario"),
        (["day.yaml", "--variants", ""], "two plans at least"),
        (["day.yaml", "scenarios/../day.yaml"], "two plans have the same name: day;"),
        (["day.yaml", "--variants", "more_seats,more_seats"], "two plans have the same name: more_seats;"),
        (["day.yaml", "hall.yaml", "--variants", "three"], "--variants are those of one scenario"),
        (["day.yaml", "--variants", "rarer,", "more_seats,", "two_counters"], "no space may stand after the comma: --variants rarer,more_seats,two_counters"),
        (["day.yaml", "--variants", "rarer,", "more"], "--variants are those of one scenario"),
        (["day.yaml", "--smallest", "waiting_time_mean", "=", "2"], "write --smallest MEASURE=VALUE without spaces around '='"),
        (["day.yaml", "--variant", "rarer"], "Did you mean '--variants'?"),
        (["day.yaml", "horizon.yaml"], "a scenario with opening hours and one with a horizon cannot be compared"),
        (["day.yaml", "hall.yaml", "--baseline", "hal.yaml"], "did you mean 'hall'?"),
        (["day.yaml", "--variants", "rarer", "--baseline", "more_seats"], "--baseline more_seats: this variant is not compared; put it in --variants too"),
        (["day.yaml", "hall.yaml", "--out", "day.yaml"], "day.yaml is a file; results need a folder"),
        (["day.yaml", "hall.yaml", "--out", "day.yaml/here"], "cannot be written to day.yaml"),
        (["day.yaml", "hall.yaml", "--replications", "1"], "two days at least"),
        (["day.yaml", "hall.yaml", "--smallest", "waiting_time_men=2"], "did you mean 'waiting_time_mean'?"),
        (["day.yaml", "hall.yaml", "--set", "units.licens.counters=2"], "licens"),
        (["day.yaml", "halll.yaml"], "hall.yaml"),
        ([], "Missing argument"),
    ],
)
def test_refuses_before_simulating(sim: Command, folder: Path, arguments: list[str], said: str) -> None:
    (folder / "horizon.yaml").write_text(
        "{name: h, horizon: 1 h, units: {licence: {counters: 1, service_time: 1 min}}, citizens: {c: {arrivals: 9 per hour, route: [licence]}}}",
        encoding="utf-8",
    )
    done = sim("compare", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (folder / "results").exists()


def test_systems_with_a_horizon_are_compared_by_the_run(sim: Command, folder: Path) -> None:
    """No day, so no picture over the day; numbers count by the run."""
    (folder / "queue.yaml").write_text(
        "{name: A queue, horizon: 10 h, units: {desk: {counters: 1, service_time: 5 min}}, citizens: {c: {arrivals: 10 per hour, route: [desk]}},\n"
        "replications: 5, variants: {two: {units.desk.counters: 2}}}",
        encoding="utf-8",
    )
    done = sim("compare", "queue.yaml", "--variants", "two")
    assert done.returncode == 0, done.stderr
    assert "A queue: plans against queue, 5 runs each" in done.stdout and "costs 10.0 officer-hours a run more" in " ".join(done.stdout.split())
    assert "hours on duty, h a run" in done.stdout
    assert {path.stem for path in (folder / "results" / "queue-compare").glob("*.png")} == {"differences"}


def test_a_folder_with_foreign_files_is_refused(sim: Command, folder: Path) -> None:
    results = folder / "results" / "day-compare"
    results.mkdir(parents=True)
    (results / "minutes.docx").write_text("mine", encoding="utf-8")
    done = sim("compare", "day.yaml", "--variants", "two_counters", "--no-figures")
    assert done.returncode == 2 and "minutes.docx" in done.stderr


def test_planning_warnings_are_pointed_to_beside_clean_json(sim: Command, folder: Path) -> None:
    """Two files, and a value that a command line has to quote; `sim check` called as it is said lists as many warnings."""
    (folder / "other day.yaml").write_text(DAY, encoding="utf-8")
    duty = "units.licence.duty=07:00-07:30, 07:45-08:30"
    done = sim("compare", "day.yaml", "other day.yaml", "--set", duty, "--replications", "2", "--no-figures", "--format", "json")
    assert json.loads(done.stdout)["format"] == "mpp-sim comparison"
    lines = done.stderr.splitlines()
    assert [line.split(";")[0] for line in lines] == ["day: 4 planning warnings", "other day: 4 planning warnings"]
    see = lines[1].partition("; see ")[2]
    assert see == f"sim check 'other day.yaml' --set '{duty}'"
    assert "\n4 warnings:\n" in sim(*shlex.split(see)[1:]).stdout
