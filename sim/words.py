"""Words that every room needs: the nearest known name, a number with its noun, and numbers as they are written."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from heapq import nlargest


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name. It gives the nearest known name, the names that contain it, or all names if they are few.

    >>> nearest("rout", ["route", "arrivals"])
    "; did you mean 'route'?"
    >>> nearest("bpjs", ["polda", "bpjs_kesehatan", "bpjs_ketenagakerjaan"])
    "; did you mean 'bpjs_kesehatan' or 'bpjs_ketenagakerjaan'?"
    >>> nearest("colour", ["en", "id"])
    '; known here: en, id'
    """
    names = _alike(name, dict.fromkeys(known))
    near = get_close_matches(name[:60], names, n=1) or [other for other in names if other.lower() == name.lower()]
    if not near and len(name) > 2:
        near = [other for other in names if name.lower() in other.lower()]
    if near:
        *others, last = (f"'{other}'" for other in near)
        return f"; did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    return f"; known here: {', '.join(names)}" if 0 < len(names) <= 30 else ""


MANY = 100
"""The most names that are compared letter by letter. Each comparison takes about 50 microseconds."""


def _alike(name: str, known: Iterable[str]) -> list[str]:
    """The known names in their order; if they are many, only those that share the most pairs of letters with the name."""
    names = list(known)
    if len(names) <= MANY:
        return names
    pairs = {name[at : at + 2].lower() for at in range(len(name))}
    shared = {other: sum(map(other.lower().__contains__, pairs)) / (len(name) + len(other)) for other in names if other}
    kept = set(nlargest(MANY, shared, key=shared.__getitem__))
    return [other for other in names if other in kept]


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun in the singular or the plural.

    >>> counted(1, "day"), counted(1200, "day"), counted(2, "person", "people")
    ('1 day', '1,200 days', '2 people')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def rounded(value: float, digits: int = 2) -> str:
    """A number with this many significant digits, written out and never in powers of ten.

    >>> rounded(3187.2), rounded(28.31), rounded(0.00123), rounded(4800.0, 3)
    ('3,200', '28', '0.0012', '4,800')
    """
    return f"{Decimal(f'{value:.{digits}g}'):,f}"


def measured(value: float) -> str:
    """A measured number as every table, sentence and picture writes it: one decimal below 100, none from 100 on, – for NaN.

    A number other than 0 that would read 0.0 has a second decimal.

    >>> measured(3.24), measured(12.0), measured(239.6), measured(0.04), measured(0.0), measured(float("nan"))
    ('3.2', '12.0', '240', '0.04', '0.0', '–')
    """
    if math.isnan(value):
        return "–"
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.2f}" if 0.005 <= abs(value) < 0.05 else f"{value:.1f}"


def percent(share: float) -> str:
    """A measured fraction in per cent.

    >>> percent(0.7238), percent(1.0)
    ('72.4 %', '100 %')
    """
    return "–" if math.isnan(share) else f"{measured(100.0 * share)} %"


def given(value: float) -> str:
    """A number that somebody chose, such as a target's minutes, as it was written.

    >>> given(15.0), given(7.5), given(100.0 * 0.9)
    ('15', '7.5', '90')
    """
    return f"{value:g}"
