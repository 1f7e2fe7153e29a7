"""What all tests have in common."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runners set `COLUMNS`, which the command obeys: without it, pages are as wide as a planner's file or pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True)
def _one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn in the process that runs the tests, except where a test says otherwise, since the other core runs tests as well."""
    monkeypatch.setattr("sim.cli.pictures.cores", lambda: 1)
