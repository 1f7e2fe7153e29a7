"""The command, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Done, run_here

ROOT = Path(__file__).parents[2]

Command = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the scenarios that ship, as a planner would have it."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    return tmp_path


@pytest.fixture
def sim(folder: Path) -> Command:
    """Run `sim` with these arguments in the folder; the output is text in UTF-8."""

    def run(*arguments: str) -> Done:
        return run_here(folder, *arguments)

    return run
