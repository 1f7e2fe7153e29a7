"""What the command says, and how it ends, when what it prints can go nowhere or it is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from sim.cli import main

from .conftest import Command

CHECK = ["check", "scenarios/one_counter.yaml"]
RUN = ["run", "scenarios/one_counter.yaml", "--replications", "2", "--no-figures", "--out", "out"]


def called(*arguments: str) -> int:
    with pytest.raises(SystemExit) as leave:
        main(list(arguments))
    assert isinstance(leave.value.code, int)
    return leave.value.code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], CHECK, RUN, [*RUN, "--format", "json"]], ids=lambda arguments: f"{arguments[0]} {arguments[-1]}")
@pytest.mark.parametrize("buffering", [-1, 1])
def test_what_cannot_be_printed_is_told_of_the_printing(
    sim: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], buffering: int
) -> None:
    assert sim(*RUN, "--seed", "3").returncode == 0
    before = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    monkeypatch.chdir(folder)
    with open("/dev/full", "w", buffering=buffering, encoding="utf-8") as full, redirect_stdout(full):
        assert called(*arguments) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"cannot print: {os.strerror(28)}"
    assert {path.name: path.read_bytes() for path in (folder / "out").iterdir()} == before


def test_a_reader_that_has_gone_is_no_mistake(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As with `sim check … | head -1`."""
    monkeypatch.chdir(folder)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as pipe, redirect_stdout(pipe):
        assert called(*CHECK) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [CHECK, RUN])
def test_nobody_need_listen(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """Closed streams, as of `>&- 2>&-` or of a Windows program without a console: all but printing is done."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert called(*arguments) == 0
    assert (folder / "out" / "manifest.json").exists() == (arguments == RUN)


def test_an_end_of_input_is_no_interrupt(sim: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise EOFError("Ran out of input")

    monkeypatch.setattr("sim.experiment.evaluation.Work.fill", broken)
    done = sim(*RUN)
    assert done.returncode == 1 and "interrupted" not in done.stderr
    assert "unexpected error: EOFError: Ran out of input" in done.stderr


def test_an_interrupt_while_the_program_is_loaded_ends_it_without_a_traceback() -> None:
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Loading:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'sim.cli': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Loading())\n"
        "from sim.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parents[2])
    assert done.returncode not in (0, 1) and (done.stdout, done.stderr) == ("", "")
