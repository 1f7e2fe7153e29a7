"""Pictures drawn by a second process: the same files, its failures, and its end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sim.analysis.summary import Summary
from sim.cli import pictures
from sim.cli.pictures import Beside, write_pictures
from sim.experiment.replications import run
from sim.scenario import load_text
from tests.command import run_process

from .conftest import Command

DAY = """\
name: Two counters
hours: 08:00-12:00
seats: 4
target: 80 % within 10 min
units: {licence: {counters: 2, service_time: 6 min}, cash: {counters: 1, service_time: 2 min}}
citizens: {applicant: {arrivals: {exactly: 40}, route: [licence, cash]}}
"""
PATIENCE = 60.0
"""Seconds after which a test fails that waits for another process, which takes about two on an idle machine."""


@pytest.fixture(scope="module")
def summary() -> Summary:
    return run(load_text(DAY).scenario, replications=3, seed=1, engine="reference").summary


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "cores", lambda: 2)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".svg", ".png")}


def waited_for(condition: Any) -> bool:
    end = time.monotonic() + PATIENCE
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(met)


def test_the_second_process_draws_every_picture_as_we_do(summary: Summary, tmp_path: Path) -> None:
    write_pictures(tmp_path, "sim.figures", summary)
    assert len(files(tmp_path)) == 12
    beside = Beside("sim.figures")
    try:
        beside.start()
        beside.begin(summary)
        assert waited_for(lambda: beside.received("waiting_time") is not None), "it draws backwards, so this comes last"
    finally:
        beside.end()
    stems = {Path(name).stem for name in files(tmp_path)}
    assert {f"{stem}.{kind}": image for stem in stems for kind, image in (beside.received(stem) or {}).items()} == files(tmp_path)


def test_what_the_second_process_has_drawn_we_do_not_draw(summary: Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Beside("sim.figures")
    drawn = {"utilisation": {"svg": b"an svg", "png": b"a png"}, "share_within_target": {}, "waiting_time_distribution": {"svg": b"s", "png": b"p"}}
    monkeypatch.setattr(beside, "received", drawn.get)
    write_pictures(tmp_path, "sim.figures", summary, beside)
    written = files(tmp_path)
    assert written["utilisation.svg"] == b"an svg" and written["waiting_time_distribution.png"] == b"p"
    assert "share_within_target.svg" not in written, "it made no sense"
    assert written["waiting_time.svg"].startswith(b"<?xml") and len(written) == 10


def test_the_command_writes_the_same_pictures_with_and_without_a_second_process(sim: Command, folder: Path) -> None:
    (folder / "day.yaml").write_text(DAY, encoding="utf-8")
    for plan in (("run", "day.yaml"), ("compare", "day.yaml", "scenarios/one_counter.yaml")):
        assert sim(*plan, "--replications", "3", "--out", "alone").returncode == 0
        assert run_process(folder, *plan, "--replications", "3", "--out", "beside").returncode == 0
        assert files(folder / "alone") == files(folder / "beside") != {}


@pytest.mark.parametrize("module", ["sim.no_such_figures", "sim.figures.sweep"])
def test_a_second_process_that_fails_costs_no_picture(summary: Summary, tmp_path: Path, module: str) -> None:
    """It cannot load its figures, or cannot draw them from this summary."""
    beside = Beside(module)
    try:
        beside.start()
        beside.begin(summary)
        process = beside._process
        assert process is not None and process.wait(PATIENCE) == 1
        write_pictures(tmp_path, "sim.figures", summary, beside)
    finally:
        beside.end()
    assert len(files(tmp_path)) == 12


def test_a_failure_of_drawing_is_told_as_ours(sim: Command, folder: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """We draw from the front, and whatever the second process could not draw."""
    (folder / "day.yaml").write_text(DAY, encoding="utf-8")
    started: list[Beside] = []
    start = Beside.start
    monkeypatch.setattr(Beside, "start", lambda self: (started.append(self), start(self)))
    monkeypatch.setattr("sim.figures.style.image", lambda *_: 1 / 0)
    done = sim("run", "day.yaml", "--replications", "2")
    assert done.returncode == 1 and done.stderr.startswith("unexpected error: ZeroDivisionError")
    assert not any(folder.glob("results/*")), "nothing is left behind"
    (beside,) = started
    assert beside._process is not None and beside._process.poll() is not None, "the second process has ended"


def test_without_figures_or_a_second_core_nothing_is_started(sim: Command, folder: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "day.yaml").write_text(DAY, encoding="utf-8")
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started a process"))
    assert sim("run", "day.yaml", "--replications", "2", "--no-figures").returncode == 0
    monkeypatch.setattr(pictures, "cores", lambda: 1)
    assert sim("run", "day.yaml", "--replications", "2").returncode == 0


def test_a_process_that_cannot_be_started_is_no_error(sim: Command, folder: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError("no memory")

    (folder / "day.yaml").write_text(DAY, encoding="utf-8")
    monkeypatch.setattr(subprocess, "Popen", refused)
    assert sim("run", "day.yaml", "--replications", "2").returncode == 0
    assert len(files(folder / "results" / "day")) == 12


@pytest.mark.parametrize("sent", [b"", b"\0\0\0", (9).to_bytes(8, "big") + b"half"])
def test_the_second_process_ends_with_its_input(sent: bytes) -> None:
    """The system closes our end of the pipe when we die: before we send anything, or in the middle."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from sim.cli.pictures import draw_beside; draw_beside('sim.figures')"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.communicate(sent, PATIENCE)[0] == b"" and process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads the state of a process in /proc")
def test_the_second_process_ends_when_its_parent_is_killed() -> None:
    code = (
        "import time\nfrom sim.cli.pictures import Beside\nbeside = Beside('sim.figures')\nbeside.start()\n"
        "print(beside._process.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        state = Path("/proc", parent.stdout.readline().strip(), "stat")
        assert state.exists()
        parent.kill()

    def ended() -> bool:
        try:
            return state.read_text(encoding="utf-8").rpartition(") ")[2][0] == "Z"  # nobody may be there to bury it
        except OSError:
            return True

    assert waited_for(ended)
