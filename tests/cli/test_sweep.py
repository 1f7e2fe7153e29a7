"""`sim sweep` and `--over-ranges`: what they print, what they write, and what they refuse."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sim.analysis.definitions import DEFINITIONS
from sim.cli import main

from .conftest import Command

DAY = """\
name: Desks by hand
hours: 08:00-09:00
target: 60 % within 3 min
interval: 30 min
units:
  licence: {name: Licences, counters: 1, service_time: 6 min}
citizens:
  applicant: {arrivals: {gaps: 4 min}, route: [licence]}
replications: 10
"""
UNSURE = """\
name: An unsure desk
hours: 08:00-09:00
units:
  licence:
    counters: {value: 1, assumption: a guess, range: [1, 2]}
    service_time: {value: 6 min, assumption: a guess, range: [4 min, 8 min]}
citizens:
  applicant: {arrivals: {gaps: 4 min}, route: [licence]}
replications: 3
variants:
  two: {units.licence.counters: 2}
"""
COUNTERS = ("--vary", "units.licence.counters=1..2")
RUSH = ("--vary", "citizens.applicant.arrivals={gaps: 4 min},{gaps: 12 min}")


@pytest.fixture(autouse=True)
def by_hand(folder: Path) -> None:
    """One counter, 6 min each; a citizen every 4 min from 08:04 to 08:56.

    Citizen k (from 1) of 14 waits 2 (k − 1) min: 13 min on average; the 126th of 140 waits, in order, is 24 min, the 6th of ten in the bin from
    23.5 to 24 min, and P90 counts as 23.8 min; 2 of 14 wait at most 3 min: 14.3 %. With two
    counters, or with a citizen every 12 min, nobody waits: 140 of 140 tickets, of which at least 95.15 %, as if one had waited.
    """
    (folder / "day.yaml").write_text(DAY, encoding="utf-8")
    (folder / "unsure.yaml").write_text(UNSURE, encoding="utf-8")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_prints_a_row_for_each_value_and_the_fewest_that_keep_the_target(sim: Command) -> None:
    done = sim("sweep", "day.yaml", *COUNTERS, "--no-figures")
    assert done.returncode == 0
    assert done.stderr == "day: 1 planning warning; see sim check day.yaml\n"  # of the file as it stands: 1.5 erlang for one counter
    assert lines(done.stdout) == [
        "Desks by hand: Licences, 10 days at each of 2 points",
        "units.licence.counters     within target  60 % within 3 min  mean wait  P90 wait  officer-hours",
        "                            % (interval)                           min       min          a day",
        "                     1  14.3 (14.2–14.3)  ✗ missed                13.0      23.8            1.0",
        "                     2    100 (95.1–100)  ✓ kept                   0.0       0.0            2.0",
        "",
        "units.licence.counters: 2 is the fewest that keeps 60 % within 3 min (100 %, 95.1–100 by chance).",
        "From 10 days only: repeat with --replications 200 before you decide.",
        "Every point meets the citizens of the same 10 days. ( ): 95 % intervals, chance only. ✓ target kept by the whole interval, ✗ missed by it, ?",
        "cannot tell yet.",
        "Results: results" + os.sep + "day-sweep",
    ]


def test_writes_what_was_found_a_sentence_a_line(sim: Command, folder: Path) -> None:
    assert sim("sweep", "day.yaml", *COUNTERS, "--no-figures").returncode == 0
    assert (folder / "results" / "day-sweep" / "verdict.txt").read_text(encoding="utf-8").splitlines() == [
        "Desks by hand: Licences, 10 days at each of 2 points",
        "units.licence.counters: 2 is the fewest that keeps 60 % within 3 min (100 %, 95.1–100 by chance).",
        "From 10 days only: repeat with --replications 200 before you decide.",
        "Every point meets the citizens of the same 10 days.",
        "( ): 95 % intervals, chance only.",
    ]


def test_prints_a_grid_for_two_variables(sim: Command) -> None:
    done = sim("sweep", "day.yaml", *COUNTERS, *RUSH, "--no-figures")
    assert lines(done.stdout)[:8] == [
        "Desks by hand: Licences, 10 days at each of 4 points",
        "within target, %, 60 % within 3 min; units.licence.counters down, citizens.applicant.arrivals across; ( ): officer-hours of the hall a day",
        "   {gaps: 4 min}  {gaps: 12 min}",
        "1   14.3 ✗ (1.0)     100 ✓ (1.0)",
        "2    100 ✓ (2.0)     100 ✓ (2.0)",
        "",
        "To keep 60 % within 3 min, the fewest units.licence.counters is 2 at citizens.applicant.arrivals {gaps: 4 min}; 1 at {gaps: 12 min} (whole",
        "intervals at the target or above).",
    ]


def test_a_measure_without_a_target_is_told_from_end_to_end(sim: Command) -> None:
    done = sim("sweep", "day.yaml", "--vary", "units.licence.counters=1..3", "--measure", "waiting_time_mean", "--no-figures")
    assert (
        "units.licence.counters: mean wait goes from 13.0 min (13.0–13.0) at 1 to 0.0 min (0.0–0.0) at 3; it moves most from 1 to 2 (−13.0 min)."
    ) in lines(done.stdout)
    assert "target" not in done.stdout


def test_units_that_miss_where_the_hall_keeps_are_named(sim: Command, folder: Path) -> None:
    """By hand: 14 licences wait 0, 2, …, 26 min for the one counter, two of them within 3 min; of 59 forms, a minute apart, nobody waits.

    So 61 of 73 tickets are within 3 min, which is 84 % of the hall, and 14 % of the licences.
    """
    text = DAY.replace("citizens:", "  form: {name: Forms, counters: 1, service_time: 1 min}\ncitizens:")
    text = text.replace("route: [licence]}", "route: [licence]}\n  reader: {arrivals: {gaps: 1 min}, route: [form]}")
    (folder / "two.yaml").write_text(text, encoding="utf-8")
    done = sim("sweep", "two.yaml", "--vary", "units.form.counters=1..2", "--unit", "hall", "--no-figures")
    said = " ".join(done.stdout.split())
    assert "even 1, the fewest that was tried, keeps 60 % within 3 min in the hall (83.6 %, 83.5–83.6 by chance). " in said
    assert "At 1, 1 of 2 units misses the target all the same: Licences." in said
    done = sim("sweep", "two.yaml", "--vary", "units.form.counters=1..2", "--no-figures")
    assert "all the same" not in done.stdout


def test_two_units_that_are_varied_are_judged_by_the_targets_of_both(sim: Command, folder: Path) -> None:
    """The reader k (of 59) at the one counter for forms waits k − 1 min, so 4 of 59 are within 3 min; at two, nobody waits. Hours: 1 a counter."""
    text = DAY.replace("citizens:", "  form: {name: Forms, counters: 1, service_time: 2 min}\ncitizens:")
    text = text.replace("route: [licence]}", "route: [licence]}\n  reader: {arrivals: {gaps: 1 min}, route: [form]}")
    (folder / "two.yaml").write_text(text, encoding="utf-8")
    both = ("--vary", "units.licence.counters=1..2", "--vary", "units.form.counters=1..2", "--no-figures")
    said = " ".join(sim("sweep", "two.yaml", *both).stdout.split())
    assert said.startswith("Desks by hand: Licences and Forms, 10 days at each of 4 points within target, %, 60 % within 3 min; ")
    assert "Licences / Forms, by the targets of both; ( ): officer-hours of the hall a day 1 2 " in said
    assert " 1 14.3 / 6.8 ✗ (2.0) 14.3 / 100 ✗ (3.0) 2 100 / 6.8 ✗ (3.0) 100 / 100 ✓ (4.0) " in said
    assert "units.licence.counters is none of those tried at units.form.counters 1; 2 at 2 " in said
    assert "The fewest officer-hours that keep it: units.licence.counters 2, units.form.counters 2 (Licences 100 %, Forms 100 %; 4.0 a day)." in said
    written = json.loads((folder / "results" / "two-sweep" / "sweep.json").read_text(encoding="utf-8"))
    assert written["together"] == ["licence", "form"] and [point["verdict"] for point in written["points"]] == ["missed", "missed", "missed", "kept"]
    assert [round(point["shares_within_target"]["form"]["value"], 3) for point in written["points"]] == [0.068, 1.0, 0.068, 1.0]
    hall = sim("sweep", "two.yaml", *both, "--unit", "hall")
    assert hall.stdout.startswith("Desks by hand: the hall, 10 days at each of 4 points")


def test_one_day_has_no_interval_and_tells_nothing_of_the_target(sim: Command) -> None:
    done = sim("sweep", "day.yaml", *COUNTERS, "--replications", "1", "--no-figures")
    assert done.stdout.count("? cannot tell yet") == 2
    assert "no value can be said to keep 60 % within 3 min yet: 2 has 100 %, no interval from a single day" in done.stdout


def test_writes_files_that_say_the_same(sim: Command, folder: Path) -> None:
    done = sim("sweep", "day.yaml", *COUNTERS, *RUSH, "--format", "json", "--seed", "7", "--replications", "10")
    results = folder / "results" / "day-sweep"
    assert sorted(path.name for path in results.iterdir()) == ["manifest.json", "sweep.csv", "sweep.json", "sweep.png", "sweep.svg", "verdict.txt"]
    written = json.loads((results / "sweep.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == written
    assert (written["format"], written["version"], written["measure"], written["unit"]) == ("mpp-sim sweep", 1, "share_within_target", "licence")
    assert written["variables"][0] == {"path": "units.licence.counters", "values": ["1", "2"]}
    assert [list(point["values"].values()) for point in written["points"]] == [
        ["1", "{gaps: 4 min}"], ["1", "{gaps: 12 min}"], ["2", "{gaps: 4 min}"], ["2", "{gaps: 12 min}"],
    ]  # fmt: skip
    assert [point["verdict"] for point in written["points"]] == ["missed", "kept", "kept", "kept"]
    assert written["points"][0]["target"] == {"share": 0.6, "minutes": 3.0}
    assert written["points"][0]["measures"]["share_within_target"]["value"] == pytest.approx(2 / 14)
    assert set(written["points"][0]["measures"]) == set(written["definitions"]) <= set(DEFINITIONS)
    columns = b"\xef\xbb\xbfunits.licence.counters,citizens.applicant.arrivals,measure,unit,service,class,value,low,high,unit_of_measure,replications\r\n"
    assert (results / "sweep.csv").read_bytes().startswith(columns)
    with (results / "sweep.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    [wait] = [row for row in rows if list(row.values())[:4] == ["1", "{gaps: 4 min}", "waiting_time_mean", "licence"]]
    assert float(wait["value"]) == pytest.approx(13.0, abs=1e-9) and (wait["unit_of_measure"], wait["replications"]) == ("min", "10")
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["vary"] == [COUNTERS[1], RUSH[1]] and manifest["seed"] == 7 and manifest["engine"] == "reference"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("units.licence.counters=0..2",), "--vary units.licence.counters=0\n  got 0 all day, but 'applicant' is routed here"),
        (("units.licence.counters=1-3",), "write a range with two points: units.licence.counters=1..3"),
        (("units.licence.counters=1..2", "--measure", "wait"), "did you mean 'waiting_time_mean', "),
        (("units.licence.counters=1..2", "--measure", "queue"), "known here: tickets, "),
        (("units.licence.counters=1..2", "--out", "day.yaml/here"), "cannot be written to day.yaml"),
        (("units.licence.counters", "=", "1..2"), "write --vary PATH=VALUES without spaces around '='"),
        (("licence.counters=1..2",), "did you mean 'units.licence.counters'?"),
        (("units.licence.countrs=1..2",), "did you mean 'counters'?"),
        (("units.licence.counters=1..2", "--vary", "units.licence.counters=3,4"), "is varied twice"),
        (("units.licence.counters=1..2", "--measure", "utilization"), "did you mean 'utilisation'?"),
        (("units.licence.counters=1..2", "--measure", "inside"), "'licence' has no such number for the whole day (at 1); choose one of abandoned"),
        (("units.licence.counters=1..2", "--unit", "license"), "did you mean 'licence'?"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(sim: Command, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = sim("sweep", "day.yaml", "--vary", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr
    assert not (folder / "results").exists()


def test_an_interrupted_sweep_leaves_earlier_results_as_they_were(
    sim: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    assert sim("sweep", "day.yaml", *COUNTERS, "--no-figures").returncode == 0
    results = folder / "results" / "day-sweep"
    before = {path.name: path.read_bytes() for path in results.iterdir()}
    monkeypatch.chdir(folder)
    for moment in ("sim.experiment.evaluation.Work.fill", "sim.figures.style.image"):
        monkeypatch.setattr(moment, interrupt)
        with pytest.raises(SystemExit) as leave:
            main(["sweep", "day.yaml", *COUNTERS, "--seed", "9"])
        assert leave.value.code == 130
        monkeypatch.undo()
        monkeypatch.chdir(folder)
    assert {path.name: path.read_bytes() for path in results.iterdir()} == before
    assert [path.name for path in (folder / "results").iterdir()] == ["day-sweep"]


def over_ranges(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["over_ranges"]
    return found


def test_a_run_over_ranges_shows_what_is_not_known_beside_chance(sim: Command, folder: Path) -> None:
    """The counters are held at two, so nobody waits whatever the service time is (4 to 8 min, a citizen every 4 min)."""
    done = sim("run", "unsure.yaml", "--set", "units.licence.counters=2", "--over-ranges", "4", "--no-figures", "--out", "r")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "Over the ranges of 1 assumption (4 samples): mean wait 0.0 to 0.0 min (8 in 10 between 0.0 and 0.0; 0.0 as it stands); no assumption changes it." in said
    assert "simulated on the same 3 days" in said and "intervals, which cover chance only" in said
    assert "Held, since whoever plans decides it: units.licence.counters." in said
    found = over_ranges(folder / "r" / "measures.json")
    assert found["samples"] == 4 and found["replications_of_a_sample"] == 3 and found["held"] == ["units.licence.counters"]
    (times,) = found["ranges"]
    assert (times["path"], times["low"], times["high"], len(times["values"])) == ("units.licence.service_time", "4 min", "8 min", 4)
    assert [len(one["values"]) for one in found["results"]] == [4, 4]


def test_a_run_over_ranges_names_what_matters_most_only_when_it_stands_out(sim: Command, folder: Path) -> None:
    """One counter: the mean wait is 6.5 (s − 4) min for a service time of s min, so it rises with it without exception."""
    assert sim("run", "unsure.yaml", "--set", "units.licence.counters=1", "--over-ranges", "8", "--no-figures", "--out", "r").returncode == 0
    mean = over_ranges(folder / "r" / "measures.json")["results"][0]
    assert mean["measure"] == "waiting_time_mean" and mean["rank_correlations"] == {"units.licence.service_time": pytest.approx(1.0)}
    assert 0 <= mean["lowest"] < 6.5 * 0.5 and 6.5 * 3.5 < mean["highest"] <= 26  # one sample in the first and one in the last strip of 8
    assert mean["matters_most"] == "units.licence.service_time"
    with (folder / "r" / "over_ranges.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["sample", "units.licence.service_time [min]", "waiting_time_mean [min]", "waiting_time_p90 [min]"]
    assert [row["sample"] for row in rows] == list("12345678")
    assert [float(row["waiting_time_mean [min]"]) for row in rows] == mean["values"]
    for row in rows:
        time, wait = float(row["units.licence.service_time [min]"]), float(row["waiting_time_mean [min]"])
        assert wait == pytest.approx(6.5 * (time - 4), abs=1e-6)  # one microsecond is the grid
    done = sim("run", "unsure.yaml", "--set", "units.licence.counters=1", "--over-ranges", "3", "--no-figures", "--out", "r")
    assert "no single assumption stands out" in " ".join(done.stdout.split())


def test_a_comparison_over_ranges_says_in_what_share_of_samples_the_plan_stays_better(sim: Command, folder: Path) -> None:
    done = sim("compare", "unsure.yaml", "--variants", "two", "--over-ranges", "4", "--no-figures", "--out", "c")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "two: in 100 % of the samples it stays better for the hall as a whole (mean wait −" in said
    assert "as it stands −13.0, −13.0 to −13.0 by chance)" in said
    words = (folder / "c" / "verdict.txt").read_text(encoding="utf-8")
    assert "\nOver the ranges of 1 assumption (4 samples):\ntwo: in 100 % of the samples it stays better for the hall as a whole (" in words
    assert words.endswith("\nHeld, since whoever plans decides it: units.licence.counters.\n")
    found = over_ranges(folder / "c" / "comparison.json")
    assert found["held"] == ["units.licence.counters"]
    assert [(one["plan"], one["measure"], one["unit"]) for one in found["results"]] == [("two", "waiting_time_mean", "")]
    assert all(-26 <= value < 0 for value in found["results"][0]["values"])
    with (folder / "c" / "over_ranges.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["two.waiting_time_mean [min]"]) for row in rows] == found["results"][0]["values"]
    for row in rows:  # with two counters nobody waits
        assert float(row["two.waiting_time_mean [min]"]) == pytest.approx(-6.5 * (float(row["units.licence.service_time [min]"]) - 4), abs=1e-6)


def test_without_ranges_there_is_nothing_to_spread_over(sim: Command, folder: Path) -> None:
    done = sim("run", "day.yaml", "--over-ranges", "4")
    assert done.returncode == 2 and "no assumption has a range to vary" in done.stderr
    assert not (folder / "results").exists()
