"""Results folders: whatever stops an exchange, wherever it is, the earlier or the new results are there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.errors import SimError, UsageError
from sim.results.store import KIND, manifest_of, refuse_unusable, replaced, settle

ROOT = Path(__file__).parents[2]
BACK = "a run was stopped while it replaced these results; they are back in their place"


def results(folder: Path, text: str) -> None:
    """Results as a run writes them."""
    folder.mkdir(parents=True)
    (folder / "measures.csv").write_text(text, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"kind": KIND, "files": ["measures.csv"]}), encoding="utf-8")


def held(folder: Path) -> str:
    return (folder / "measures.csv").read_text(encoding="utf-8")


def stops(folder: Path, name: str, earlier: bool, how: str) -> list[dict[str, Any]]:
    """What each stop of an exchange left, and what the next run made of it; see `stopping`. The last one ran through."""
    command = [sys.executable, "-m", "tests.results.stopping", str(folder), name, str(int(earlier)), how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    *found, last = map(json.loads, done.stdout.splitlines())
    assert last == {"at": last["at"], "code": 200, "said": "", "held": "new", "told": [], "then": "new", "left": []}
    assert len(found) > 20 and {before["held"] for before in found} >= {"earlier" if earlier else None, "new"}
    return found


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a stop at each operation needs fork")
long = pytest.mark.long


@forks
@pytest.mark.parametrize(
    ("name", "earlier", "how"),
    [
        ("SIGINT", True, "once"),
        ("SIGINT", False, "once"),
        ("SIGTERM", True, "once"),
        pytest.param("SIGINT", True, "anywhere", marks=long),
        pytest.param("SIGTERM", False, "anywhere", marks=long),
        pytest.param("SIGINT", True, "twice", marks=long),
        pytest.param("SIGINT", False, "twice", marks=long),
    ],
)
def test_an_interrupt_at_any_operation_leaves_whole_results_and_says_which(tmp_path: Path, name: str, earlier: bool, how: str) -> None:
    for stop in stops(tmp_path, name, earlier, how):
        assert stop["code"] == 128 + getattr(signal, name) and stop["left"] == [], stop
        word, _, note = stop["said"].strip().partition("; ")
        assert word == ("interrupted" if name == "SIGINT" else "terminated"), stop
        if note:
            assert note.endswith(" holds the new results" if stop["held"] == "new" else " still holds the earlier results"), stop
        if how == "twice" and earlier and stop["held"] is None:  # even the putting back was interrupted
            assert_brought_back(stop)
            continue
        assert stop["held"] in (("earlier", "new") if earlier else (None, "new")), stop
        assert stop["then"] == stop["held"] and stop["told"] == [], stop
        assert note or not earlier or how != "once", stop  # a second interrupt has no note, nor one outside of `replaced`


def assert_brought_back(stop: dict[str, Any]) -> None:
    assert stop["then"] == "earlier" and len(stop["told"]) == 1 and stop["told"][0].endswith(BACK), stop


@forks
@pytest.mark.parametrize("how", ["once", pytest.param("anywhere", marks=long)])
@pytest.mark.parametrize("earlier", [True, False])
def test_after_a_kill_at_any_operation_the_next_run_puts_all_in_order_and_says_so(tmp_path: Path, earlier: bool, how: str) -> None:
    brought_back = 0
    for stop in stops(tmp_path, "SIGKILL", earlier, how):
        assert stop["code"] == -signal.SIGKILL and stop["said"] == "" and stop["left"] == [], stop
        if earlier and stop["held"] is None:
            brought_back += 1
            assert_brought_back(stop)
        else:
            assert stop["held"] in (("earlier", "new") if earlier else (None, "new")), stop
            assert stop["then"] == stop["held"] and stop["told"] == [], stop
    assert bool(brought_back) == earlier


def test_the_workshop_of_a_run_that_lives_is_left_alone(tmp_path: Path) -> None:
    """Two runs into one folder at once: each stays whole, and the one that ends last stands."""
    folder = tmp_path / "out"
    with replaced(folder, {}) as first:
        (first / "measures.csv").write_text("first", encoding="utf-8")
        with replaced(folder, {}) as second:
            (second / "measures.csv").write_text("second", encoding="utf-8")
            settle(folder)
        assert held(folder) == "second" and first.is_dir()
    assert held(folder) == "first" and [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_that_is_overtaken_in_the_middle_of_its_exchange_still_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run puts its results in place after the earlier ones were moved away: they are replaced too."""
    folder, rename = tmp_path / "out", Path.rename
    results(folder, "earlier")

    def overtaken(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        if path == folder and not folder.exists():
            monkeypatch.undo()
            results(folder, "of the other run")
        return moved

    monkeypatch.setattr(Path, "rename", overtaken)
    with replaced(folder, {}) as new:
        (new / "measures.csv").write_text("new", encoding="utf-8")
    assert held(folder) == "new" and [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["day", "day.v2", "day[1]", "day.abcdefgh", "day.abcdefgh.unfinished"])
def test_what_a_killed_run_left_is_known_by_the_whole_name(tmp_path: Path, name: str) -> None:
    for other in ("day", "day.v2", "day[1]", "day1", "day.abcdefgh", "day.abcdefgh.unfinished"):
        results(tmp_path / f".{other}.x1y2z3_4.unfinished" / "old", other)
        (tmp_path / f".{other}.x1y2z3_4.unfinished" / "lock").touch()
    assert manifest_of(tmp_path / name)["files"] == ["measures.csv"]
    assert held(tmp_path / name) == name
    assert len(list(tmp_path.glob(".*"))) == 5


def test_results_that_cannot_be_put_back_stay_where_they_are_and_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder, workshop = tmp_path / "out", tmp_path / ".out.x1y2z3_4.unfinished"
    results(workshop / "old", "earlier")
    (workshop / "lock").touch()
    folder.mkdir()
    (folder / "minutes.docx").touch()
    with pytest.raises(UsageError, match=r"minutes\.docx"):
        refuse_unusable(folder)
    assert held(workshop / "old") == "earlier" and f"the earlier results of {folder} are in {workshop / 'old'}" in caplog.text
    (folder / "minutes.docx").unlink()
    refuse_unusable(folder)
    assert held(folder) == "earlier" and not workshop.exists()


@pytest.mark.parametrize(
    ("reason", "said"),
    [(PermissionError(errno.EACCES, "Access is denied"), "Access is denied; is one of its files open in another program?"),
     (OSError(errno.ENOTEMPTY, "Directory not empty"), "Directory not empty")],
)
def test_results_that_cannot_be_moved_away_do_not_cost_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: OSError, said: str
) -> None:
    """As on Windows, when one of them is open in a spreadsheet: the new ones lie beside."""
    folder, rename = tmp_path / "out", Path.rename
    results(folder, "earlier")
    results(tmp_path / "out-2", "of another day")

    def held_open(path: Path, target: Path) -> Path:
        if path == folder:
            raise reason
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", held_open)
    with pytest.raises(SimError) as caught, replaced(folder, {}) as new:
        (new / "measures.csv").write_text("new", encoding="utf-8")
    beside = tmp_path / "out-3"
    assert str(caught.value) == (
        f"cannot replace {folder}: {said}\nThe new results are in {beside}."
    )
    assert (held(folder), held(tmp_path / "out-2"), held(beside)) == ("earlier", "of another day", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out-2", "out-3"]


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    results(tmp_path / "out", "earlier")
    with pytest.raises(SimError) as caught, replaced(tmp_path / "out", {}):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(caught.value) == f"results cannot be written to {tmp_path / 'out'}: {os.strerror(errno.ENOSPC)}"
    assert held(tmp_path / "out") == "earlier" and [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("reason", [errno.EBUSY, errno.EXDEV, errno.EACCES])
def test_a_folder_that_cannot_be_moved_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int) -> None:
    """A mount point, a bind mount (another device), and no permission, by the errors that a move of them gives."""

    def immovable(*_: Path) -> Path:
        raise OSError(reason, os.strerror(reason))

    results(folder := tmp_path / "out", "earlier")
    monkeypatch.setattr(Path, "rename", immovable)
    with pytest.raises(UsageError) as caught:
        refuse_unusable(folder)
    assert ("is a disk of its own" in str(caught.value)) == (reason != errno.EACCES) and "--out" in str(caught.value)
    assert held(folder) == "earlier" and [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_trial_moves_nothing(tmp_path: Path) -> None:
    results(tmp_path / "out", "earlier")
    (tmp_path / "empty").mkdir()
    for name in ("out", "empty", "far/off"):
        refuse_unusable(tmp_path / name)
    assert held(tmp_path / "out") == "earlier" and sorted(path.name for path in tmp_path.rglob("*")) == ["empty", "manifest.json", "measures.csv", "out"]


def test_a_link_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    try:
        (tmp_path / "loop").symlink_to("loop")
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(UsageError, match="links lead in a circle"):
        refuse_unusable(tmp_path / "loop")
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_results_that_are_half_removed_are_not_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is stopped while it removes the earlier results, and then somebody removes the new ones by hand."""
    results(folder := tmp_path / "out", "earlier")
    files = [f"{letter}.csv" for letter in "abcdefgh"]
    for name in files:
        (folder / name).touch()
    (folder / "manifest.json").write_text(json.dumps({"kind": KIND, "files": ["measures.csv", *files]}), encoding="utf-8")
    unlink = Path.unlink

    def stopped(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        if path.suffix == ".csv":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt), replaced(folder, {}) as new:
        (new / "measures.csv").write_text("new", encoding="utf-8")
        patch.setattr(Path, "unlink", stopped)
    assert held(folder) == "new" and len(list(tmp_path.iterdir())) == 2
    shutil.rmtree(folder)
    settle(folder)
    assert list(tmp_path.iterdir()) == []
