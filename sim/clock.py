"""The only place that converts time.

Inside, time is an int64 number of microseconds. For a hall with opening hours 0 is midnight of the day; for a system without
opening hours 0 is the start of the run. People write and read clock times (``07:30``) and durations (``8 min``).
"""

from __future__ import annotations

import re
from typing import Final

MICROSECOND: Final = 1
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

NEVER: Final = 1 << 62
"""Later than any event: patience that does not run out, a duty that does not end, an instant that did not happen."""

LONGEST: Final = 1 << 46
"""The latest instant that the engines handle, about 814 days: their keys hold time and tie order in one integer."""

_UNITS: Final = {"us": MICROSECOND, "ms": 1000, "s": SECOND, "min": MINUTE, "h": HOUR, "day": DAY, "days": DAY}
_DURATION: Final = re.compile(r"\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(us|ms|s|min|h|days?)\s*")
_CLOCK: Final = re.compile(r"\s*([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?\s*")


def parse_duration(text: str) -> int:
    """Microseconds of a duration such as ``8 min``, ``90 s``, ``1.5 h``, ``250 ms`` or ``2 days``.

    Raises ValueError when the text is not a number with one of those units, or is longer than 814 days.

    >>> parse_duration("1.5 min")
    90000000
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"got '{text}'; a duration is a number with a unit, such as '8 min', '90 s' or '1.5 h'")
    microseconds = float(match[1]) * _UNITS[match[2]]
    if microseconds > LONGEST:
        raise ValueError(f"got '{text}'; the longest duration is 814 days")
    return round(microseconds)


def parse_clock(text: str) -> int:
    """Microseconds since midnight of a clock time ``HH:MM`` or ``HH:MM:SS`` between 00:00 and 24:00.

    Raises ValueError otherwise.

    >>> parse_clock("07:30") // MINUTE
    450
    """
    match = _CLOCK.fullmatch(text)
    instant = 0 if match is None else int(match[1]) * HOUR + int(match[2]) * MINUTE + int(match[3] or 0) * SECOND
    if match is None or instant > DAY:
        raise ValueError(f"got '{text}'; a clock time is written HH:MM between 00:00 and 24:00, such as '07:30'")
    return instant


def format_clock(instant: int) -> str:
    """``HH:MM`` of an instant, with ``:SS`` when it does not fall on a whole minute.

    >>> format_clock(450 * MINUTE)
    '07:30'
    """
    seconds = round(instant / SECOND)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return text if seconds % 60 == 0 else f"{text}:{seconds % 60:02d}"


def format_second(instant: int) -> str:
    """``HH:MM:SS`` of an instant, as a clock on the wall shows it: the second that has begun.

    >>> format_second(450 * MINUTE - 1)
    '07:29:59'
    """
    seconds = instant // SECOND
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def format_duration(microseconds: int) -> str:
    """A duration as a planner would write it, in the largest unit that keeps it short.

    >>> format_duration(90 * SECOND), format_duration(8 * MINUTE), format_duration(90 * MINUTE), format_duration(1_000_000 * MINUTE)
    ('90 s', '8 min', '1.5 h', '1000000 min')
    """
    for unit, size in (("day", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND), ("ms", 1000)):
        count = microseconds / size
        if count >= 1 and (count * 2 == int(count * 2) or unit in ("s", "ms")) and not (unit == "min" and count < 2 and count != 1):
            return f"{count:.15g} {unit}"
    return f"{microseconds} us"


def minutes(microseconds: float) -> float:
    """Minutes, the unit of every table and figure, from microseconds."""
    return microseconds / MINUTE
