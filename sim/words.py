"""Words that every room needs: the nearest known name, a number with its noun, a rounded number."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from heapq import nlargest


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, those it is a part of, or all when they are few.

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
"""How many names are compared letter by letter at the most, which takes some 50 microseconds a name."""


def _alike(name: str, known: Iterable[str]) -> list[str]:
    """The known names in their order; of many, those that share the most pairs of letters with the name."""
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
    """A number to so many digits, written out and never in powers of ten.

    >>> rounded(3187.2), rounded(28.31), rounded(0.00123), rounded(4800.0, 3)
    ('3,200', '28', '0.0012', '4,800')
    """
    return f"{Decimal(f'{value:.{digits}g}'):,f}"
