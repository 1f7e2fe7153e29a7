"""A small hall that the tests of the language change in one place at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sim.errors import ScenarioError
from sim.scenario import load_text

HALL = """\
name: Hall
hours: 07:30-16:00
units:
  welcome: {counters: 1, service_time: 1 min}
  polda:
    counters: 3
    services:
      sim: {service_time: 8 min}
      skck: {service_time: 5 min}
citizens:
  licence: {arrivals: 40 per day, route: [welcome, polda.sim]}
"""


@pytest.fixture
def hall() -> str:
    return HALL


@pytest.fixture
def mistakes() -> Callable[..., str]:
    """The error of the hall with one text replaced by another, without its last line, which counts the errors."""

    def read(old: str = "", new: str = "", **options: object) -> str:
        assert not old or HALL.count(old) == 1
        with pytest.raises(ScenarioError) as caught:
            load_text(HALL.replace(old, new) if old else new or HALL, name="s.yaml", **options)  # type: ignore[arg-type]
        *text, count = str(caught.value).split("\n")
        number = len(caught.value.problems)
        assert count == f"{number} error{'s' if number > 1 else ''} in s.yaml"
        return "\n".join(text)

    return read
