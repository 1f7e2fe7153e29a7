"""The tutorial's commands, run one after the other as a reader runs them; what it shows of their output is in their output."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from sim.cli import COMMANDS
from tests.command import run_here

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def test_the_commands_of_the_tutorial_run_in_order(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    blocks = re.findall(r"^```(bash|text)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    said: list[str] = []
    commands = 0
    for language, block in blocks:
        if language == "text":
            assert [line for line in block.splitlines() if line.rstrip() not in said] == []
            continue
        (line,) = block.splitlines()
        words = shlex.split(line)
        assert words[0] == "sim" and words[1] in COMMANDS
        done = run_here(tmp_path, *words[1:], *(["--no-figures"] if words[1] in ("run", "compare", "sweep") else []))
        assert done.returncode == 0, done.stderr
        said = [shown.rstrip() for shown in done.stdout.splitlines()]
        commands += 1
    assert commands == 6


def test_pictures_of_the_tutorial_exist() -> None:
    assert all((ROOT / "docs" / link).exists() for link in re.findall(r"!\[[^]]*\]\(([^)]+)\)", PAGE))
