"""`sim run`: what it prints, what it writes, and what it refuses to overwrite."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.analysis.definitions import DEFINITIONS
from sim.clock import MINUTE
from sim.engine import play
from sim.model.shapes import Plan
from sim.model.trace import Trace
from sim.results.records import Records
from tests.command import run_process

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
"""


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def terminate(*_: object, **__: object) -> None:
    signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def by_hand(folder: Path) -> Path:
    """One counter, 6 min each; a citizen every 4 min from 08:04 to 08:56.

    Citizen k (from 1) comes at 4k and starts at 4 + 6 (k − 1), so waits 2 (k − 1): 0, 2, …, 26 min for the 14 citizens. The mean is
    13 min, the median (7th) 12, the P90 (13th) 24; 2 of 14 wait at most 3 min: 14.3 %. In the hall: 19 min on average. The
    last leaves at 4 + 14 · 6 = 88 min: 09:28. Busy 56 of 60 min on duty, 28 min overtime. After citizen k has come, those inside
    are k minus those who have left, ⌊(4k − 4) / 6⌋: at most 14 − 8 = 6.
    """
    path = folder / "day.yaml"
    path.write_text(DAY, encoding="utf-8")
    return path


def test_prints_a_day_worked_by_hand(folder: Path, by_hand: Path) -> None:
    done = run_process(folder, "run", "day.yaml", "--no-figures")  # the real command
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["day: 1 planning warning; see sim check day.yaml"]  # 6 min every 4 min are 1.5 erlang for one counter
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "A day by hand: 3 days",
        "All 14.0 citizens a day are served.",
        "The target is missed.",
        "3 days say nothing for certain: repeat with --replications 200 before you decide.",
        "",
        "unit      tickets   mean wait  median   P90       within target  abandoned  left over  utilisation   overtime",
        "            a day         min     min   min                          a day      a day               min a day",
        "Licences     14.0  13.0 ± 0.0    12.0  23.8  14.3 % [14.2–14.3]        0.0        0.0       93.3 %       28.0",
        "",
        "Hall: 19.0 ± 0.0 min in the hall (13.0 ± 0.0 of them waiting); most people inside 6.0 ± 0.0.",
        "The last citizen leaves at 09:28 on average.",
        "",
        "Worst unit: Licences, 14.3 % within 3 min (target 60 %); worst for tickets taken 08:30-09:00: 0.0 %, P90 wait 26.0 min.",
        "± and [ ]: 95 % intervals, chance only. P90: nine in ten of the served waited no longer.",
        "Results: results" + os.sep + "day",
    ]


def test_writes_measures_and_manifest_that_say_the_same(sim: Command, folder: Path, by_hand: Path) -> None:
    done = sim("run", "day.yaml", "--no-figures", "--format", "json", "--seed", "7", "--replications", "2")
    printed = json.loads(done.stdout)
    results = folder / "results" / "day"
    written = json.loads((results / "measures.json").read_text(encoding="utf-8"))
    assert printed == written
    assert written["format"] == "mpp-sim measures" and written["version"] == 1
    assert {row["measure"] for row in written["measures"]} <= set(DEFINITIONS)
    with (results / "measures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(written["measures"])
    for row, same in zip(rows, written["measures"], strict=True):
        assert (row["measure"], row["unit"], row["interval"]) == (same["measure"], same["unit"], same["interval"])
        assert (float(row["value"]) if row["value"] else None) == same["value"]
    [mean] = [row for row in rows if (row["measure"], row["unit"], row["interval"]) == ("waiting_time_mean", "licence", "")]
    assert float(mean["value"]) == pytest.approx(13.0, abs=1e-9) and mean["unit_of_measure"] == "min"
    assert {row["unit_of_measure"] for row in rows if row["measure"] == "tickets"} == {"a day"}
    assert (results / "measures.csv").read_bytes().startswith(b"\xef\xbb\xbfmeasure,unit,service,class,interval,value,low,high,unit_of_measure,replications\r\n")
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7 and manifest["replications"] == 2 and manifest["engine"] == "reference"
    assert manifest["scenario"]["units"]["licence"]["service_time"] == "6 min"
    assert sorted(manifest["files"]) == ["measures.csv", "measures.json"]


def test_times_of_two_years_are_written_out(sim: Command, folder: Path) -> None:
    """763 days, 21 h and 21 min are 1,100,001 min."""
    (folder / "years.yaml").write_text(
        "{name: Years, horizon: 1100001 min, units: {desk: {counters: 1, service_time: 5 min}}, citizens: {c: {arrivals: {gaps: 25 h}, route: [desk]}}}", encoding="utf-8"
    )
    assert "Years: a horizon of 1100001 min" in sim("check", "years.yaml").stdout
    assert sim("run", "years.yaml", "--replications", "1", "--no-figures").returncode == 0
    with (folder / "results" / "years" / "measures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["interval"] for row in rows} == {"", "0-1100001 min"}
    units = {row["measure"]: row["unit_of_measure"] for row in rows}
    assert (units["tickets"], units["overtime"], units["utilisation"], units["waiting_time_p90"]) == ("a run", "min a run", "fraction", "min")


def test_draws_six_pictures_twice_over(sim: Command, folder: Path, by_hand: Path) -> None:
    assert sim("run", "day.yaml").returncode == 0
    pictures = {path.stem for path in (folder / "results" / "day").glob("*.svg")}
    assert pictures == {path.stem for path in (folder / "results" / "day").glob("*.png")}
    assert pictures == {"waiting_time", "number_waiting", "inside", "utilisation", "share_within_target", "waiting_time_distribution"}


def test_engines_write_the_same_measures(sim: Command, folder: Path) -> None:
    texts = []
    for engine in ("reference", "kernel"):
        done = sim("run", "scenarios/jakarta.yaml", "--engine", engine, "--replications", "3", "--no-figures", "--out", engine)
        assert done.returncode == 0, done.stderr
        texts.append((folder / engine / "measures.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_says_first_who_is_not_served_and_counts_no_machine(sim: Command, folder: Path) -> None:
    """Tickets until 08:30 are those of 7 of the 14; they wait 0, 2, … 12 min, so 2 of 7 are within 3 min: missed, while the kiosk makes nobody wait."""
    text = DAY.replace("units:", "last_ticket: 08:30\nunits:\n  kiosk: {machine: true, counters: 1, service_time: 1 min}")
    (folder / "late.yaml").write_text(text.replace("[licence]", "[kiosk, licence]"), encoding="utf-8")
    said = sim("run", "late.yaml", "--no-figures", "--replications", "10").stdout.splitlines()
    assert said[1:4] == [
        "Of 14.0 citizens a day 7.0 are refused (too late).",
        "The target is missed.",
        "From 10 days only: repeat with --replications 200 before you decide.",
    ]
    assert sim("run", "late.yaml", "--no-figures", "--replications", "50").stdout.splitlines()[3] == ""
    (folder / "two.yaml").write_text(text.replace("citizens:", "  bank: {counters: 1, service_time: 1 min}\ncitizens:").replace("[licence]", "[kiosk, licence, bank]"), encoding="utf-8")
    assert sim("run", "two.yaml", "--no-figures", "--replications", "60").stdout.splitlines()[2] == "Target kept for certain at 1 of 2 staffed units, missed at 1 (Licences)."


def test_days_are_audited_on_request(sim: Command, folder: Path, by_hand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = sim("run", "day.yaml", "--no-figures", "--audit", "--tickets")
    assert done.returncode == 0 and "\naudited: 3 days, no finding\n" in done.stdout
    assert json.loads((folder / "results" / "day" / "manifest.json").read_text(encoding="utf-8"))["audited"]
    before = sorted(path.name for path in (folder / "results" / "day").iterdir())
    done = sim("run", "day.yaml", "--no-figures", "--audit", "--format", "json")
    assert json.loads(done.stdout)["replications"] == 3 and "audited: 3 days, no finding" in done.stderr
    assert sim("run", "day.yaml", "--no-figures", "--tickets").returncode == 0

    def played(plan: Plan, trace: Trace, engine: str) -> Records:
        """An engine with a defect: the first citizen leaves a minute too late."""
        records = play(plan, trace, engine)
        records.end[0] += MINUTE
        return records

    monkeypatch.setattr("sim.experiment.evaluation.play", played)
    done = sim("run", "day.yaml", "--no-figures", "--audit")
    assert done.returncode == 1 and done.stdout == ""
    assert "replication 1: " in done.stderr and "(08:04, served): served from " in done.stderr
    assert sorted(path.name for path in (folder / "results" / "day").iterdir()) == before  # the earlier results stay


def test_set_and_variant_change_the_plan_and_the_folder(sim: Command, folder: Path) -> None:
    for arguments, name, title, counters in (
        ([], "jakarta", "MPP Jakarta", 6),
        (["--set", "units.polda.counters=7"], "jakarta--units.polda.counters=7", "MPP Jakarta · polda 7 counters", 7),
        (["--variant", "two_more_at_polda"], "jakarta-two_more_at_polda", "MPP Jakarta, variant two_more_at_polda", 8),
    ):
        done = sim("run", "scenarios/jakarta.yaml", "--replications", "2", "--no-figures", *arguments)
        assert done.stdout.startswith(f"{title}: 2 days\n"), done.stderr
        manifest = json.loads((folder / "results" / name / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["scenario"]["units"]["polda"]["counters"] == counters and manifest["title"] == title
    assert len(list((folder / "results").iterdir())) == 3  # none took the place of another


def test_a_short_run_says_that_it_replaced_a_longer_one(sim: Command, by_hand: Path) -> None:
    folder = f"Results: results{os.sep}day"
    for days, last in (("4", folder), ("2", f"{folder}, in place of those of 4 days or runs"), ("2", folder)):
        assert sim("run", "day.yaml", "--no-figures", "--replications", days).stdout.splitlines()[-1] == last


def test_refuses_a_folder_with_foreign_files_before_simulating(sim: Command, folder: Path, by_hand: Path) -> None:
    results = folder / "results" / "day"
    results.mkdir(parents=True)
    (results / "minutes.docx").write_text("mine", encoding="utf-8")
    done = sim("run", "day.yaml", "--no-figures")
    assert done.returncode == 2 and done.stdout == ""
    assert "minutes.docx" in done.stderr and "--out" in done.stderr
    assert [path.name for path in results.iterdir()] == ["minutes.docx"]


def test_a_new_run_replaces_its_own_results_and_nothing_else(sim: Command, folder: Path, by_hand: Path) -> None:
    assert sim("run", "day.yaml").returncode == 0
    assert sim("run", "day.yaml", "--no-figures").returncode == 0
    results = folder / "results" / "day"
    assert sorted(path.name for path in results.iterdir()) == ["manifest.json", "measures.csv", "measures.json"]
    (results / "note.txt").write_text("mine", encoding="utf-8")
    assert sim("run", "day.yaml", "--no-figures").returncode == 2
    assert [path.name for path in (folder / "results").iterdir()] == ["day"]


def test_what_office_programs_leave_beside_results_stops_nothing(sim: Command, folder: Path, by_hand: Path) -> None:
    assert sim("run", "day.yaml", "--no-figures").returncode == 0
    results = folder / "results" / "day"
    for name in ("~$measures.xlsx", ".~lock.measures.csv#", ".DS_Store", "Thumbs.db"):
        (results / name).write_text("", encoding="utf-8")
    done = sim("run", "day.yaml", "--no-figures")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in results.iterdir()) == ["manifest.json", "measures.csv", "measures.json"]


@pytest.mark.parametrize("out", ["day.yaml", "day.yaml/here", "day.yaml/far/off", "long" * 100, "n" * 250, "far/" + "n" * 250])
def test_a_folder_that_cannot_be_written_is_told_before_simulating(
    sim: Command, folder: Path, by_hand: Path, out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.experiment.evaluation.Work.fill", lambda *_, **__: pytest.fail("simulated"))
    before = sorted(folder.rglob("*"))
    done = sim("run", "day.yaml", "--no-figures", "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert "day.yaml is a file; results need a folder" in done.stderr or ("results cannot be written to " in done.stderr and "--out" in done.stderr)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("moment", ["sim.experiment.evaluation.Work.fill", "sim.figures.style.image"])
@pytest.mark.parametrize(("stop", "code", "word"), [(interrupt, 130, "interrupted"), (terminate, 143, "terminated")])
def test_an_interrupted_run_leaves_earlier_results_as_they_were(
    sim: Command, folder: Path, by_hand: Path, moment: str, stop: Callable[..., None], code: int, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C or SIGTERM while simulating, and while writing: no traceback, and the folder still holds the run before."""
    assert sim("run", "day.yaml", "--no-figures").returncode == 0
    before = {path.name: path.read_bytes() for path in (folder / "results" / "day").iterdir()}
    monkeypatch.setattr(moment, stop)
    done = sim("run", "day.yaml", "--seed", "9")
    assert done.returncode == code
    assert done.stderr.splitlines()[-1] == f"{word}; {Path('results/day')} still holds the earlier results" and "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in (folder / "results" / "day").iterdir()} == before
    assert [path.name for path in (folder / "results").iterdir()] == ["day"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "who calls `main` has his own signals again"


def test_a_mistake_is_told_without_a_traceback(sim: Command, folder: Path) -> None:
    (folder / "bad.yaml").write_text(DAY.replace("route:", "rout:"), encoding="utf-8")
    done = sim("run", "bad.yaml")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.splitlines() == [
        "bad.yaml:8:3  citizens.applicant",
        "  'route' is missing",
        "bad.yaml:10:5  citizens.applicant.rout",
        "  unknown key; did you mean 'route'?",
        "2 errors in bad.yaml",
    ] or done.stderr.splitlines() == ["bad.yaml:10:5  citizens.applicant.rout", "  unknown key; did you mean 'route'?", "1 error in bad.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "units.licence.counters", "=", "3"), "write --set PATH=VALUE without spaces around '='"),
        (("--set", "units.licence.counters=", "3"), "write --set PATH=VALUE without spaces around '='"),
        (("--set", "units.licence.counters", "=3"), "write --set PATH=VALUE without spaces around '='"),
        (("--variants", "more"), "'--variants'. Did you mean '--variant'?"),
        (("--replications", "ten"), "got 'ten'; give a whole number, without a point or comma between thousands"),
        (("--replications", "1.000"), "got '1.000'; give a whole number, without a point or comma between thousands"),
        (("--replications", "0"), "0 is not in the range 1<=x<=1000000"),
    ],
)
def test_a_call_that_is_written_otherwise(sim: Command, folder: Path, by_hand: Path, arguments: tuple[str, ...], said: str) -> None:
    done = sim("run", by_hand.name, *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr
    assert not (folder / "results").exists()
