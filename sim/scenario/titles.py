"""The title of a plan in its results: the scenario's name, the variant, and what was overridden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sim.scenario.lookup import variant_label
from sim.scenario.schema import Scenario

_COUNTERS: Final = re.compile(r"units\.([^.]+)\.counters")
_LONGEST_VALUE: Final = 40
"""The most letters of an overridden value that a title shows."""


def plan_title(scenario: Scenario, variant: str | None = None, sets: Sequence[str] = ()) -> str:
    """The title of a plan's results: ``MPP Sukamaju, variant senin · dukcapil 6 counters``.

    ``variant`` is the one that was applied, ``sets`` are the texts of ``--set``. Without either it is the scenario's name.
    """
    name = scenario.name if variant is None else f"{scenario.name}, variant {variant_label(scenario, variant)}"
    return " · ".join([name, *map(override_words, sets)])


def override_words(text: str) -> str:
    """An override as a reader of the results sees it.

    >>> override_words("units.dukcapil.counters=6"), override_words("units.kasir.counters = 1"), override_words("arrivals= 140 %")
    ('dukcapil 6 counters', 'kasir 1 counter', 'arrivals=140 %')
    """
    path, _, value = (part.strip() for part in text.partition("="))
    of_unit = _COUNTERS.fullmatch(path)
    if of_unit and value.isdecimal():
        return f"{of_unit[1]} {value} counter{'' if value == '1' else 's'}"
    return f"{path}={value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + '…'}"
