"""Options for long jobs: `--cores`, `--cluster`, `--resume` and `--precision`, as a planner uses them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sim.experiment import executors
from sim.results.progress import Progress

from .conftest import Command

DAY = """\
name: One desk
hours: 08:00-10:00
target: 60 % within 3 min
units:
  licence: {counters: 1, service_time: {exponential: 4 min}}
citizens:
  applicant: {arrivals: 10 per hour, route: [licence]}
replications: 20
variants:
  two: {units.licence.counters: 2}
"""


@pytest.fixture(autouse=True)
def day(folder: Path) -> Path:
    path = folder / "day.yaml"
    path.write_text(DAY, encoding="utf-8")
    return path


def measures(folder: Path, name: str = "day") -> str:
    return (folder / "results" / name / "measures.json").read_text(encoding="utf-8")


def test_a_precision_says_what_it_takes_and_what_was_reached(sim: Command, folder: Path) -> None:
    done = sim("run", "day.yaml", "--no-figures", "--precision", "waiting_time_mean: 0.7 min", "--precision", "licence.share_within_target: 15 %")
    assert done.returncode == 0, done.stderr
    assert "the precision takes about " in done.stderr
    *_, heading, mean, share, results = done.stdout.splitlines()
    assert heading.startswith("Precision after ") and heading.endswith(" days:")
    assert mean.startswith("  waiting_time_mean ") and mean.endswith(" min (wanted ± 0.7 min)")
    assert share.startswith("  licence.share_within_target ") and share.endswith(" % (wanted ± 15 %)") and results.startswith("Results: ")
    found = json.loads((folder / "results" / "day" / "manifest.json").read_text(encoding="utf-8"))
    days = found["replications"]
    assert found["precision"] == ["waiting_time_mean: 0.7 min", "licence.share_within_target: 15 %"] and days >= 30 and f"after {days:,} days" in heading
    before = measures(folder)
    assert sim("run", "day.yaml", "--no-figures", "--replications", str(days)).returncode == 0
    assert measures(folder) == before


def test_a_precision_that_is_not_reached_says_so(sim: Command) -> None:
    done = sim("run", "day.yaml", "--no-figures", "--replications", "40", "--precision", "waiting_time_mean: 1 %")
    assert "at most 40 are played, see --replications" in done.stderr
    assert "Precision after 40 days, the most to be played; NOT reached, give more --replications than 40:" in done.stdout
    assert " (wanted ± 1 %)" in done.stdout and done.returncode == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--precision", "waiting_tme_mean: 1 min"], "there is no measure 'waiting_tme_mean'; did you mean 'waiting_time_mean'?"),
        (["--precision", "licences.waiting_time_mean: 1 min"], "there is no unit 'licences'; did you mean 'licence'?"),
        (["--precision", "waiting_time_mean: 1 hour"], "got '1 hour'; the half-width of waiting_time_mean is a number above 0 in min"),
        (["--precision", "waiting_time_mean: 1 min", "--replications", "20"], "give --replications 32 or more, which is then the most days"),
        (["--precision", "waiting_time_mean: 1 min", "--audit"], "--precision cannot go with --audit"),
        (["--precision", "licence.citizens: 1"], "--precision licence.citizens: 'licence' has no such number for the whole day"),
        (["--resume", "--tickets"], "--resume cannot go on with --tickets"),
        (["--cores", "0"], "Invalid value for '--cores'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(sim: Command, folder: Path, options: list[str], said: str) -> None:
    done = sim("run", "day.yaml", *options)
    assert done.returncode == 2 and said in done.stderr and done.stdout == ""
    assert not list((folder / "results").glob("*")) if (folder / "results").exists() else True


def test_a_comparison_takes_the_precision_of_its_differences(sim: Command) -> None:
    done = sim("compare", "day.yaml", "--variants", "two", "--no-figures", "--precision", "waiting_time_mean: 1 min")
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in done.stdout.splitlines() if "(wanted" in line)
    assert line.startswith("  two: difference in waiting_time_mean -") and line.endswith("min (wanted ± 1 min)")


@pytest.mark.parametrize("command", [["run", "day.yaml"], ["compare", "day.yaml", "--variants", "two"]])
def test_a_stopped_job_goes_on(sim: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    name, file = ("day", "measures.json") if command[0] == "run" else ("day-compare", "comparison.json")
    assert sim(*command, "--no-figures").returncode == 0
    undisturbed = (folder / "results" / name / file).read_text(encoding="utf-8")
    (folder / "results" / name / file).write_text("earlier", encoding="utf-8")
    remember = Progress.remember

    def stop(self: Progress, batch: tuple[int, int], days: list[object]) -> None:
        remember(self, batch, days)  # type: ignore[arg-type]
        if self.days == 12:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "remember", stop)
        done = sim(*command, "--no-figures", "--resume")
    assert done.returncode == 130 and "12 finished days are kept; --resume goes on with them" in done.stderr
    assert (folder / "results" / name / file).read_text(encoding="utf-8") == "earlier"
    told = sim(*command, "--no-figures", "--seed", "9", "--resume")
    assert told.returncode == 2 and "are of another job (seed 1)" in told.stderr
    done = sim(*command, "--no-figures", "--resume")
    assert done.returncode == 0 and "12 of 20 days were found, and are not played again" in done.stderr
    assert (folder / "results" / name / file).read_text(encoding="utf-8") == undisturbed
    assert [path.name for path in (folder / "results").iterdir()] == [name]


def test_cores_change_no_number(sim: Command, folder: Path) -> None:
    for cores in ("1", "2"):
        assert sim("run", "day.yaml", "--no-figures", "--cores", cores, "--out", f"results/{cores}").returncode == 0
    assert measures(folder, "1") == measures(folder, "2")


def test_a_cluster_that_is_not_there_is_named(sim: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "_PATIENCE", 1.0)
    done = sim("run", "day.yaml", "--no-figures", "--cluster", "tcp://127.0.0.1:9")
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("no Dask scheduler answers at tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = sim("run", "day.yaml", "--no-figures", "--cluster", "tcp://127.0.0.1:9")
    assert done.returncode == 1 and done.stderr.splitlines()[-1].endswith("pip install 'mpp-sim[cluster]'")
