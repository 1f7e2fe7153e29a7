"""Numbers and units as many people write them, and how the language writes the same: so that an error can say what to write."""

from __future__ import annotations

import re
from collections.abc import Callable

_UNITS = {
    "s": ("detik", "dtk", "sec", "secs", "second", "seconds"),
    "min": ("menit", "mnt", "mins", "minute", "minutes"),
    "h": ("jam", "hr", "hrs", "hour", "hours"),
    "days": ("hari",),
}
_PER = {
    "s": ("detik", "sec", "second"),
    "min": ("menit", "minute"),
    "hour": ("jam", "h", "hr"),
    "day": ("hari", "d"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in (unit, *words)}
_PER_OF = {word: unit for unit, words in _PER.items() for word in (unit, *words)}

_WORD = re.compile(r"(\d\s*|\s*\bper\s+|\s*/\s*)(?!per\b)([a-z]+)\b", re.IGNORECASE)
_THOUSANDS_COMMA = re.compile(r"([1-9]\d{0,2})(?:,(\d{3})|(?:,\d{3}){2,})((?![\d,]).*)", re.DOTALL)
_THOUSANDS_POINT = re.compile(r"\s*([1-9]\d{0,2}\.\d{3})\s+per\s+(day|hour)\s*")


def respelled(text: str) -> str:
    """The text with a decimal point for a comma, and with the language's units for words that mean them.

    >>> respelled("2,5 menit"), respelled("40/hari"), respelled("12 per jam"), respelled("8 Min")
    ('2.5 min', '40 per day', '12 per hour', '8 min')
    """
    return _WORD.sub(_unit, re.sub(r"(?<=\d),(?=\d)", ".", text))


def _unit(found: re.Match[str]) -> str:
    before, word = found[1], found[2].lower()
    if before[0].isdigit():
        return before + _UNIT_OF.get(word, found[2])
    return f" per {_PER_OF.get(word, found[2])}"


def hint(text: str, parse: Callable[[str], object] = str) -> str:
    """What to write in place of a text that cannot be read; empty where ``parse`` would not read that either (ValueError).

    >>> hint("2,5 menit"), hint("30 menit"), hint("30 min")
    ("a decimal point, not a comma: '2.5 min'", "write '30 min'", '')
    >>> hint("1,200 per day")
    "write thousands without a comma, '1200 per day', and decimals with a point, '1.2 per day'"
    """
    found = _THOUSANDS_COMMA.fullmatch(text)
    meant = respelled(text if found is None else text.replace(",", ""))
    try:
        parse(meant)
    except ValueError:
        return ""
    if found is not None:
        decimal = f"{float(found[1]) + float(found[2]) / 1000:g}{respelled(found[3])}" if found[2] and parse is not int else ""
        return f"write thousands without a comma, '{meant}'" + (f", and decimals with a point, '{decimal}'" if decimal else "")
    if meant == text:
        return ""
    return f"a decimal point, not a comma: '{meant}'" if "," in text else f"write '{meant}'"


def blank_missing(key: str) -> str:
    """What is wrong with a key that has swallowed its value; empty for any other key.

    >>> blank_missing("counters:3"), blank_missing("counters")
    ("a blank is missing after 'counters:'", '')
    """
    name, colon, _ = key.partition(":")
    return f"a blank is missing after '{name}:'" if colon and name.isidentifier() else ""


def thousands(text: str) -> str:
    """A warning of a rate that is read as decimal and may be meant in thousands, as a point is used in Indonesia; empty for any other text.

    >>> thousands("1.200 per day")
    "'1.200 per day' is 1.2 citizens a day, as the point is decimal; if thousands are meant, write '1200 per day'"
    >>> thousands("12.50 per day"), thousands("1.200 per min")
    ('', '')
    """
    found = _THOUSANDS_POINT.fullmatch(text)
    if found is None:
        return ""
    count, per = found[1], found[2]
    article = "an" if per == "hour" else "a"
    citizens = "citizen" if float(count) == 1 else "citizens"
    return (
        f"'{text.strip()}' is {float(count):g} {citizens} {article} {per}, as the point is decimal; "
        f"if thousands are meant, write '{int(count.replace('.', ''))} per {per}'"
    )
