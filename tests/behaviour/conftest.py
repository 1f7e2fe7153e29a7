"""Every behaviour is tested on every engine."""

from __future__ import annotations

import pytest

from tests.days import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine."""
    return str(request.param)
