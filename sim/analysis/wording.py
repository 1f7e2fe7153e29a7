"""How the numbers of a measure are written, so that a number reads the same in tables, sentences and figures."""

from __future__ import annotations

import math
from typing import Final

from sim.analysis.definitions import DEFINITIONS, measured_in
from sim.words import counted, measured

NOTHING: Final = "–"
"""The sign in place of a number that does not exist."""

FEW_DAYS: Final = 50
"""50 days: with fewer, a verdict comes with a warning. With 50, the length of an interval is known to a tenth (1 ÷ √(2 · 49))."""
HARDLY_ANY_DAYS: Final = 10
"""10 days: with fewer, the length of an interval is known to a quarter at best, so that it says nothing for certain."""
ENOUGH_DAYS: Final = 200
"""200 days: our advice before a decision."""


def number(measure: str, value: float) -> str:
    """A number of a measure, or a difference, without its unit: shares in per cent or points.

    >>> number("share_within_target", 0.104), number("waiting_time_mean", 3.24), number("overtime", 239.6)
    ('10.4', '3.2', '240')
    """
    return measured(100.0 * value if is_share(measure) else value)


def signed(measure: str, value: float) -> str:
    """A difference with its sign, as `number` writes it; 0 has none.

    >>> signed("waiting_time_mean", -3.24), signed("waiting_time_mean", 0.001)
    ('−3.2', '0.0')
    """
    text = number(measure, abs(value))
    return text if math.isnan(value) or not text.strip("0.") else ("+" if value > 0 else "−") + text


def between(measure: str, low: float, high: float, to: str = "–") -> str:
    """The bounds of an interval. Those of a share are rounded outwards, so that it does not seem to keep a target that it may miss.

    >>> between("share_within_target", 0.8996, 0.9512), between("waiting_time_mean", 2.04, 3.26, " to ")
    ('89.9–95.2', '2.0 to 3.3')
    """
    if is_share(measure):
        low, high = math.floor(1000.0 * low + 1e-9) / 1000.0, math.ceil(1000.0 * high - 1e-9) / 1000.0
    return f"{number(measure, low)}{to}{number(measure, high)}"


def measured_in_words(measure: str, has_hours: bool = True, *, difference: bool = False) -> str:
    """The unit in which numbers of a measure are written: shares in per cent, their differences in points.

    >>> measured_in_words("share_within_target"), measured_in_words("share_within_target", difference=True), measured_in_words("overtime", False)
    ('%', 'points', 'min a run')
    """
    if is_share(measure):
        return "points" if difference else "%"
    return measured_in(measure, has_hours)


def is_share(measure: str) -> bool:
    """Whether a measure is a fraction, from 0 to 1."""
    return DEFINITIONS[measure].measured_in == "fraction"


def few_days(days: int, has_hours: bool = True) -> str:
    """A line of caution if a verdict rests on few days; empty if they are enough.

    >>> few_days(20), few_days(50)
    ('From 20 days only: repeat with --replications 200 before you decide.', '')
    >>> few_days(2)
    '2 days say nothing for certain: repeat with --replications 200 before you decide.'
    """
    if days >= FEW_DAYS:
        return ""
    played = counted(days, "day" if has_hours else "run")
    said = f"From {played} only" if days >= HARDLY_ANY_DAYS else f"{played} say{'s' if days == 1 else ''} nothing for certain"
    return f"{said}: repeat with --replications {ENOUGH_DAYS} before you decide."
