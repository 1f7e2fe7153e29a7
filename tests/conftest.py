"""What all tests have in common."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runners set `COLUMNS`, which the command obeys: without it, pages are as wide as a planner's file or pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
