"""What is printed in terminals of 80, 100 and 120 columns: every number whole, and no line wider; into a file, 140 or as COLUMNS says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from .conftest import Command

HALL = """\
name: A hall of long names
hours: 08:00-12:00
target: 80 % within 5 min
units:
  licensing: {name: Investment and one-stop licensing, counters: 2, service_time: {exponential: 6 min}}
  registry:
    name: Population and civil registry
    counters: {value: 1, assumption: a guess, range: [1, 2]}
    service_time: {exponential: {value: 3 min, assumption: a guess, range: [2 min, 4 min]}}
citizens:
  applicant: {arrivals: 300 per hour, priority: 10 %, route: [licensing, {stop: registry, share: 60 %}]}
replications: 3
variants:
  a_third_counter_for_licences: {units.licensing.counters: 3}
  a_fourth_counter_for_licences: {units.licensing.counters: 4}
"""

PRINTED = {
    "run": ("run", "hall.yaml", "--over-ranges", "3"),
    "compare": ("compare", "hall.yaml", "--variants", "a_third_counter_for_licences,a_fourth_counter_for_licences", "--over-ranges", "3"),
    "sweep": ("sweep", "hall.yaml", "--vary", "units.licensing.service_time.exponential=4 min,5 min"),
    "grid": ("sweep", "hall.yaml", "--vary", "units.licensing.counters=2..3", "--vary", "arrivals=10%..100%:5%", "--replications", "2"),
}


@pytest.fixture(autouse=True)
def hall(folder: Path) -> None:
    (folder / "hall.yaml").write_text(HALL, encoding="utf-8")


def in_terminal(sim: Command, monkeypatch: pytest.MonkeyPatch, columns: int, *arguments: str) -> str:
    """What `sim` prints in a terminal so wide, without the signs for bold and dim."""
    monkeypatch.setattr("tests.command._Stream.isatty", lambda stream: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    done = sim(*arguments)
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def numbers(text: str) -> Counter[str]:
    """All numbers, with what is written at them: ``[83–100]``, ``(−13.0``, ``1,200``."""
    return Counter(word for word in text.split() if any(sign.isdigit() for sign in word))


@pytest.mark.parametrize("command", PRINTED)
def test_every_number_is_whole_in_a_terminal_of_any_width(sim: Command, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    given = (*PRINTED[command], "--no-figures", "--out", "r")
    unlimited = in_terminal(sim, monkeypatch, 1000, *given)
    assert "…" not in unlimited
    for columns in (80, 100, 120):
        shown = in_terminal(sim, monkeypatch, columns, *given)
        assert numbers(unlimited) <= numbers(shown)
        assert max(map(len, shown.splitlines())) <= columns


def test_a_check_is_folded_between_words(sim: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = in_terminal(sim, monkeypatch, 80, "check", "scenarios/jakarta.yaml")
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.split() == in_terminal(sim, monkeypatch, 1000, "check", "scenarios/jakarta.yaml").split()


def test_a_pipe_is_as_wide_as_columns_says(sim: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run = PRINTED["run"]
    for wanted, width in (("80", 80), ("100", 100), ("", 140), ("wide", 140)):
        monkeypatch.setenv("COLUMNS", wanted)
        lines = sim(*run, "--no-figures").stdout.splitlines()
        assert width - 30 < max(map(len, lines)) <= width, wanted
