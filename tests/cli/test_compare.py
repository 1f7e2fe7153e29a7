"""`sim compare` and `sim sweep`: verdicts on a day worked by hand, and wrong calls.

One counter, 6 min each; a citizen every 4 min from 08:04 to 08:56: citizen k of 14 waits 2 (k − 1) min, 13 min on average. With two
counters nobody waits: the difference of the mean wait is −13 min exactly, on every day. Within 3 min: 2 of 14 against all.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from .conftest import Command

DAY = """\
name: A day by hand
hours: 08:00-09:00
target: 60 % within 3 min
units:
  licence: {counters: 1, service_time: 6 min}
citizens:
  applicant: {arrivals: {gaps: 4 min}, route: [licence]}
replications: 3
variants:
  two: {units.licence.counters: 2}
"""


@pytest.fixture(autouse=True)
def by_hand(folder: Path) -> None:
    (folder / "day.yaml").write_text(DAY, encoding="utf-8")


def test_compares_two_plans_on_the_same_day(sim: Command, folder: Path) -> None:
    done = sim("compare", "day.yaml", "--variants", "two", "--no-figures", "--out", "c")
    assert done.returncode == 0, done.stderr
    assert "two: better: the mean wait falls by 13.0 min (13.0 to 13.0)" in " ".join(done.stdout.split())
    assert "costs 1.0 officer-hours a day more" in " ".join(done.stdout.split())
    with (folder / "c" / "comparison.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["measure"]: row for row in csv.DictReader(file) if row["unit"] == "licence" and not row["class"]}
    wait, within = rows["waiting_time_mean"], rows["share_within_target"]
    assert float(wait["difference"]) == pytest.approx(-13.0, abs=1e-9) and wait["verdict"] == "better"
    assert float(within["difference"]) == pytest.approx(12 / 14, abs=1e-9) and within["verdict"] == "better"
    assert json.loads((folder / "c" / "manifest.json").read_text(encoding="utf-8"))["replications"] == 3


def test_draws_the_pictures_of_a_comparison(sim: Command, folder: Path) -> None:
    assert sim("compare", "day.yaml", "--variants", "two", "--out", "c").returncode == 0
    assert {path.stem for path in (folder / "c").glob("*.png")} == {path.stem for path in (folder / "c").glob("*.svg")}
    assert len(list((folder / "c").glob("*.png"))) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "day.yaml"), "two plans at least"),
        (("compare", "day.yaml", "--variants", "tow"), "two"),
        (("compare", "day.yaml", "day.yaml"), "same name"),
        (("compare", "day.yaml", "--variants", "two", "--baseline", "tow"), "did you mean 'two'?"),
        (("compare", "day.yaml", "--variants", "two", "--replications", "1"), "two days at least"),
        (("sweep", "day.yaml", "--vary", "units.licence.counters=4..2"), "rise from low to high"),
        (("sweep", "day.yaml", "--vary", "units.licence.counter=1..2"), "counters"),
        (("sweep", "day.yaml", "--vary", "units.licence.counters=0..2"), "got 0"),
    ],
)
def test_wrong_calls_are_told_before_simulating(sim: Command, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = sim(*arguments)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert not (folder / "results").exists()


def test_sweeps_the_counters_and_names_the_fewest_that_keep_the_target(sim: Command, folder: Path) -> None:
    done = sim("sweep", "day.yaml", "--vary", "units.licence.counters=1..3", "--out", "s")
    assert done.returncode == 0, done.stderr
    assert "units.licence.counters: 2 is the fewest that keeps 60 % within 3 min" in " ".join(done.stdout.split())
    with (folder / "s" / "sweep.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["measure"] == "waiting_time_mean" and row["unit"] == "licence" and not row["class"]]
    assert [float(row["value"]) for row in rows] == pytest.approx([13.0, 0.0, 0.0], abs=1e-9)
    assert (folder / "s" / "sweep.png").exists()
