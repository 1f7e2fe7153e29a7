"""`sim new`: a scenario to begin with, written once and never over another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli.new import command
from sim.scenario import load, starter

from .conftest import Command


def test_asks_nothing_and_writes_a_file_that_can_be_used(sim: Command, folder: Path) -> None:
    done = sim("new")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "my_hall.yaml: a hall for 300 visitors a day; every number in it is an assumption, for you to replace",
        "Next: sim check my_hall.yaml, then sim run my_hall.yaml",
    ]
    assert b"\r" not in (folder / "my_hall.yaml").read_bytes()
    checked = sim("check", "my_hall.yaml")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("my_hall.yaml: valid\n")
    assert "\n\nNo planning mistake that can be told before simulating.\n" in checked.stdout


def test_writes_a_smaller_hall_of_the_units_that_were_asked_for(sim: Command, folder: Path) -> None:
    done = sim("new", "small.yaml", "--like", "jakarta", "--visitors", "120", "--units", "dukcapil, polda")
    assert done.returncode == 0, done.stderr
    scenario = load(folder / "small.yaml").scenario
    assert list(scenario.units) == ["kiosk", "dukcapil", "polda"]
    assert list(scenario.citizens) == ["dukcapil", "polda_sim", "polda_stnk", "polda_skck"]
    assert scenario.name == "Small"


def test_the_hall_is_called_after_its_file(sim: Command, folder: Path) -> None:
    assert sim("new", "mpp bandung_barat", "--units", "dukcapil").stdout.splitlines()[1] == (
        'Next: sim check "mpp bandung_barat.yaml", then sim run "mpp bandung_barat.yaml"'
    )
    assert load(folder / "mpp bandung_barat.yaml").scenario.name == "Mpp bandung barat"


def test_never_overwrites(sim: Command, folder: Path) -> None:
    (folder / "my_hall.yaml").write_text("name: a week of work\n", encoding="utf-8")
    done = sim("new")
    assert done.returncode == 2
    assert done.stderr == "my_hall.yaml exists already and was left as it is; give another name: sim new NAME.yaml\n"
    assert (folder / "my_hall.yaml").read_text(encoding="utf-8") == "name: a week of work\n"


def test_wrong_calls_name_the_nearest_and_write_nothing(sim: Command, folder: Path) -> None:
    done = sim("new", "a.yaml", "--units", "dukcapl,polda,spaceport")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "there is no unit 'dukcapl' in the library; did you mean 'dukcapil'?"
    assert done.stderr.splitlines()[1:5] == [
        "there is no unit 'spaceport' in the library",
        "units of jakarta:",
        "  dpmptsp               Investment and one-stop licensing, DPMPTSP (PTSP)",
        "  dukcapil              Population and civil registry, Dinas Dukcapil",
    ]
    done = sim("new", "a.yaml", "--like", "jakrta")
    assert (done.returncode, done.stderr) == (2, "there is no hall 'jakrta' in the library; did you mean 'jakarta'?\n")
    assert sim("new", "a.yaml", "--visitors", "0").returncode == 2
    assert not (folder / "a.yaml").exists()
    done = sim("new", "nowhere/a.yaml")
    assert done.returncode == 2 and "cannot be written" in done.stderr


def test_a_word_of_a_display_name_points_to_its_unit(sim: Command) -> None:
    done = sim("new", "a.yaml", "--units", "samsat,bank,bpjs,pajak")
    assert done.stderr.splitlines()[:4] == [
        "there is no unit 'samsat' in the library; did you mean 'polda'?",
        "there is no unit 'bank' in the library; did you mean 'bank_dki'?",
        "there is no unit 'bpjs' in the library; did you mean 'bpjs_kesehatan' or 'bpjs_ketenagakerjaan'?",
        "there is no unit 'pajak' in the library; did you mean 'djp'?",
    ]
    assert "  polda                 Police, Polda Metro Jaya: Driving licence renewal, Perpanjangan SIM; Vehicle registration, STNK (Samsat); " in done.stderr


def test_the_defaults_of_the_command_are_those_of_the_function() -> None:
    given = {option.name: option.default for option in command.params}
    assert given["units"] == ",".join(starter.UNITS)
    assert given["visitors"] == starter.VISITORS
    (visitors,) = (option for option in command.params if option.name == "visitors")
    assert visitors.type.max == starter.MOST_VISITORS  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [".", "..", "/", "scenarios", "sub/"])
def test_refuses_a_folder(sim: Command, folder: Path, name: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    done = sim("new", name)
    assert done.returncode == 2 and "is a folder" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
