"""Pins agree with each other, and each package imports only from those below it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def name(requirement: str) -> str:
    """The name of the package that a requirement asks for."""
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower()


def test_both_lists_of_pins_agree() -> None:
    pins = [line.rstrip(" \\").replace(" ; ", "; ") for line in LOCK.splitlines() if not line.startswith(" ")]
    assert pins == PROJECT["tool"]["uv"]["constraint-dependencies"]


def test_whatever_the_project_asks_for_is_pinned_with_hashes_and_no_address() -> None:
    asked = [*PROJECT["project"]["dependencies"], *(one for group in PROJECT["dependency-groups"].values() for one in group)]
    pieces = re.split(r"\n(?! )", LOCK.strip())
    assert {name(one) for one in asked} <= {name(piece) for piece in pieces}
    assert all("--hash=sha256:" in piece for piece in pieces)
    assert "://" not in LOCK


def test_each_package_imports_only_from_those_below_it() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
