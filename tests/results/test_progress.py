"""Progress: whatever stops a long job, its finished days are found again, and the results have the same bits."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.errors import UsageError
from sim.experiment.evaluation import evaluate
from sim.experiment.executors import Threads
from sim.model.shapes import Plan
from sim.results import progress as module
from sim.results.days import Days
from sim.results.progress import kept_progress
from tests.experiment.test_executors import assert_same, plan_of

ROOT = Path(__file__).parents[2]
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a stop at each operation needs fork")


def lines(place: Path, how: str, number: int = 0) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.results.stopped_jobs", str(place), how, str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@forks
@pytest.mark.parametrize("number", [4, pytest.param(20, marks=pytest.mark.long)])
def test_a_job_that_is_killed_at_any_moment_goes_on(tmp_path: Path, number: int) -> None:
    found = lines(tmp_path, "kill", number)
    assert len(found) == number
    for one in found:
        assert one["code"] in (-signal.SIGKILL, 200) and one["same"] and one["left"] == [], one
        assert len(one["told"]) == 1, one
    assert any("days were found" in one["told"][0] and not one["told"][0].startswith("no ") for one in found)


@forks
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL", pytest.param("SIGTERM", marks=pytest.mark.long)])
def test_a_stop_at_any_file_operation_costs_at_most_the_batch_being_written(tmp_path: Path, name: str) -> None:
    *stops, last = lines(tmp_path, name)
    assert last["code"] == 200 and last["same"] and last["left"] == []
    found, noted = [], [0]
    for one in stops:
        if "notes" in one:  # of the stop that the next line is about
            noted.append(int(one["notes"][0].split()[0]) if one["notes"] else 0)
            continue
        assert one["code"] == (-signal.SIGKILL if name == "SIGKILL" else 1) and one["same"] and one["left"] == [], one
        (told,) = one["told"]
        found.append(0 if told.startswith("no ") else int(told.split()[0]))
        if 3 not in found:
            assert found[-1] >= noted[-1], one
    written = found[: found.index(3)]  # then the progress is removed
    assert written == sorted(written) and set(written) == {0, 1, 2} and len(found) > 30
    assert name == "SIGKILL" or max(noted) == 3


@pytest.fixture
def plans() -> list[Plan]:
    return [plan_of(2), plan_of(3)]


def run(folder: Path, plans: list[Plan], told: list[str], *, seed: int = 7, days: int = 6, resume: bool = True) -> list[Days]:
    with kept_progress(folder, resume=resume, told=told.append) as progress:
        return evaluate(plans, seed, days, engine="reference", journal=progress)


def stopped(folder: Path, plans: list[Plan], *, seed: int = 7, after: int = 4) -> Path:
    """A job that is interrupted after some days; gives the folder of its progress."""

    def interrupt(done: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught, kept_progress(folder, resume=True, told=lambda _: None) as progress:
        evaluate(plans, seed, 6, engine="reference", journal=progress, progress=interrupt)
    assert caught.value.__notes__ == [f"{after} finished days are kept; --resume goes on with them"]
    return folder.with_name(f".{folder.name}.progress")


def test_a_job_goes_on_and_its_progress_is_removed(tmp_path: Path, plans: list[Plan]) -> None:
    stopped(tmp_path / "out", plans)
    told: list[str] = []
    assert_same(run(tmp_path / "out", plans, told), evaluate(plans, 7, 6, engine="reference"))
    assert told == ["4 of 6 days were found, and are not played again"] and list(tmp_path.iterdir()) == []


def test_a_job_of_more_days_uses_those_of_fewer(tmp_path: Path, plans: list[Plan]) -> None:
    stopped(tmp_path / "out", plans)
    told: list[str] = []
    assert_same(run(tmp_path / "out", plans, told, days=9), evaluate(plans, 7, 9, engine="reference"))
    assert told == ["4 of 9 days were found, and are not played again"]


def test_a_job_whose_sections_do_not_fit_is_refused_and_its_days_stay(tmp_path: Path, plans: list[Plan]) -> None:
    """Six days are six sections; of a hundred days, two are a section."""
    progress = stopped(tmp_path / "out", plans)
    before = sorted(path.name for path in progress.iterdir())
    with pytest.raises(UsageError, match="of a run of 6 days, and do not fit into one of 100; give --replications 6, "):
        run(tmp_path / "out", plans, [], days=100)
    assert sorted(path.name for path in progress.iterdir()) == before


def test_another_engine_that_divides_the_days_otherwise_uses_what_is_kept(tmp_path: Path, plans: list[Plan]) -> None:
    """The reference engine keeps single days; the kernel engine plays what is left of one batch of six."""
    stopped(tmp_path / "out", plans)
    told: list[str] = []
    with kept_progress(tmp_path / "out", resume=True, told=told.append) as progress:
        found = evaluate(plans, 7, 6, engine="kernel", executor=Threads(2), journal=progress)
    assert_same(found, evaluate(plans, 7, 6, engine="reference"))
    assert told == ["4 of 6 days were found, and are not played again"]


@pytest.mark.parametrize("place", [0.0, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_file_is_played_again(tmp_path: Path, plans: list[Plan], place: float, cut: bool) -> None:
    progress = stopped(tmp_path / "out", plans)
    file = progress / "1-1-2-1.npz"
    content = bytearray(file.read_bytes())
    at = min(int(place * len(content)), len(content) - 1)
    content[at] ^= 0xFF
    file.write_bytes(content[:at] if cut else content)
    told: list[str] = []
    assert_same(run(tmp_path / "out", plans, told), evaluate(plans, 7, 6, engine="reference"))
    assert told[0][0] in "34"  # a byte that says nothing, such as a date, may be damaged


def test_a_file_of_another_job_is_played_again(tmp_path: Path, plans: list[Plan]) -> None:
    progress, other = stopped(tmp_path / "out", plans), stopped(tmp_path / "other", plans, seed=8)
    (progress / "1-1-2-1.npz").write_bytes((other / "1-1-2-1.npz").read_bytes())
    told: list[str] = []
    assert_same(run(tmp_path / "out", plans, told), evaluate(plans, 7, 6, engine="reference"))
    assert told == ["3 of 6 days were found, and are not played again"]


def test_another_job_is_not_resumed(tmp_path: Path, plans: list[Plan]) -> None:
    progress = stopped(tmp_path / "out", plans)
    before = sorted(path.name for path in progress.iterdir())
    for others, seed, said in ((plans, 8, "seed 7"), ([plan_of(2), plan_of(4)], 7, "another scenario"), (plans[:1], 9, "another scenario, seed 7")):
        with pytest.raises(UsageError) as caught:
            run(tmp_path / "out", others, [], seed=seed)
        assert f"are of another job ({said})" in str(caught.value) and "without --resume" in str(caught.value)
    assert sorted(path.name for path in progress.iterdir()) == before
    told: list[str] = []
    run(tmp_path / "out", plans, told)
    assert told == ["4 of 6 days were found, and are not played again"]


def test_another_version_is_not_resumed(tmp_path: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(tmp_path / "out", plans)
    monkeypatch.setattr(module, "made_by", lambda: {"numpy": "9.0"})
    with pytest.raises(UsageError, match="another version of the program"):
        run(tmp_path / "out", plans, [])


def test_a_short_job_keeps_nothing_and_leaves_the_progress_of_others(tmp_path: Path, plans: list[Plan]) -> None:
    progress, told = stopped(tmp_path / "out", plans), list[str]()
    run(tmp_path / "out", plans, told, seed=8, resume=False)
    assert told == [
        f"{progress} has 4 finished days of another job that was stopped (seed 7); this run deletes them when it has run for 10 seconds. "
        "To keep them, stop it now, or choose another folder with --out"
    ]
    run(tmp_path / "out", plans, told, resume=False)
    assert told[1] == f"an earlier run of this job was stopped; it is not resumed, since --resume is not given ({progress} has finished days)"
    run(tmp_path / "out", plans, told)
    assert told[2] == "4 of 6 days were found, and are not played again"


def test_a_long_job_replaces_the_progress_of_another(tmp_path: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    progress = stopped(tmp_path / "out", plans)
    monkeypatch.setattr(module, "SOON", 0.0)

    def look(done: int) -> None:
        if done == 2:
            assert sorted(path.name for path in progress.iterdir()) == ["1-1-0-1.npz", "1-1-1-1.npz", "job.json", "lock"]

    with kept_progress(tmp_path / "out", told=lambda _: None) as journal:
        evaluate(plans, 8, 6, engine="reference", journal=journal, progress=look)
    assert list(tmp_path.iterdir()) == []


def test_two_jobs_at_once_are_noticed(tmp_path: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    with kept_progress(tmp_path / "out", resume=True, told=lambda _: None) as first:
        evaluate(plans, 7, 2, engine="reference", journal=first)
        with pytest.raises(UsageError, match=r"another run is simulating into .*out now; wait for it, or choose another folder with --out"):
            run(tmp_path / "out", plans, [])
        told: list[str] = []
        monkeypatch.setattr(module, "SOON", 0.0)
        assert_same(run(tmp_path / "out", plans, told, resume=False), evaluate(plans, 7, 6, engine="reference"))
        assert len([one for one in told if "the progress cannot be kept (another run" in one]) == 1
        assert (tmp_path / ".out.progress" / "1-1-1-1.npz").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_others_is_left_alone(tmp_path: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / ".out.progress").mkdir()
    (folder / "minutes.docx").write_text("ours", encoding="utf-8")
    with pytest.raises(UsageError, match=r"minutes\.docx"):
        run(tmp_path / "out", plans, [])
    monkeypatch.setattr(module, "SOON", 0.0)
    told: list[str] = []
    run(tmp_path / "out", plans, told, resume=False)
    assert len(told) == 1 and "the progress cannot be kept" in told[0] and "minutes.docx" in told[0]
    assert [path.name for path in folder.iterdir()] == ["minutes.docx"]


def test_on_a_full_disk_the_run_goes_on_and_what_was_kept_is_readable(tmp_path: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, written, told = os.fsync, [], list[str]()

    def full(file: int) -> None:
        written.append(file)
        if len(written) > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RuntimeError), kept_progress(tmp_path / "out", resume=True, told=told.append) as progress:
        assert_same(evaluate(plans, 7, 6, engine="reference", journal=progress), evaluate(plans, 7, 6, engine="reference"))
        raise RuntimeError("the results cannot be written either")
    assert told[1:] == [f"the progress cannot be kept ({os.strerror(errno.ENOSPC)}); the run goes on, but could not be resumed from here"]
    assert not list((tmp_path / ".out.progress").glob("*.part"))
    monkeypatch.undo()
    run(tmp_path / "out", plans, told)
    assert told[2] == "3 of 6 days were found, and are not played again"
