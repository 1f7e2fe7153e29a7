"""Common spellings of numbers and units, and the language's own, so that an error can say what to write."""

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
KEYS_IN_INDONESIAN = {
    "jam": "hours", "jam_buka": "hours", "loket": "counters", "layanan": "services", "pelayanan": "services", "kedatangan": "arrivals",
    "kesabaran": "patience", "rute": "route", "alur": "route", "warga": "citizens", "pengunjung": "citizens", "pemohon": "citizens",
    "waktu_layanan": "service_time", "lantai": "floor", "nama": "name", "sasaran": "target", "kursi": "seats", "prioritas": "priority",
    "profil": "profile", "ulangan": "replications", "dinas": "duty", "jadwal": "duty", "tutup": "closing", "tiket_terakhir": "last_ticket", "keramaian": "busyness",
}  # fmt: skip
"""What a planner who thinks in Indonesian may call a key."""

_NOT_MODELLED = (
    ("quota quotas kuota daily_quota max_tickets", "a quota is", "'exactly' in 'arrivals', which says how many come, and 'last_ticket'"),
    (
        "appointment appointments booking bookings slot slots reservation reservations no_show no_shows online janji_temu janji booking_online antrean_online",
        "appointments are", "a source of its own, with the booked hours as its 'profile' and a 'rank'",
    ),
    ("day days week weeks weekday weekdays calendar hari minggu pekan kalender", "days of the week are", "a variant for each day, with its 'arrivals' and 'profile'"),
    ("cost costs price prices wage wages salary salaries budget biaya gaji upah anggaran", "costs are", "the hours on duty that 'sim compare' prints"),
    ("batch batches group groups family families rombongan kelompok keluarga", "groups who come together are", "one citizen for each group, with the 'service_time' of all"),
    ("balk balking balks", "citizens who turn away at the sight of the queue are", "'waiting_room' and 'patience'"),
    ("return returns retrial retrials comeback come_back kembali datang_lagi", "coming back on another day is", "'rework', for coming again on the same day"),
    ("ageing aging call_ratio ratio", "ageing and call ratios are", "'rank' and 'priority'"),
    ("hand_over handover serah_terima", "handing over is", "'duty': who is busy at its end finishes the citizen"),
    ("capacity hall_capacity kapasitas", "a limit to the people in the hall is", "'waiting_room' of each unit, and 'seats'"),
)  # fmt: skip
"""Features that planners ask for and the language lacks: keys that people try, the feature with its verb, and the nearest thing there is."""

_NOT_MODELLED_BY_WORD = {word: (what, near) for words, what, near in _NOT_MODELLED for word in words.split()}


def not_modelled(key: str) -> str:
    """The message for a key that names a feature not modelled yet; empty for any other key.

    >>> not_modelled("Biaya"), not_modelled("countres")
    ("costs are not modelled yet; nearest: the hours on duty that 'sim compare' prints, see docs/scenario.md", '')
    """
    what, near = _NOT_MODELLED_BY_WORD.get(key.lower().replace(" ", "_").replace("-", "_"), ("", ""))
    return f"{what} not modelled yet; nearest: {near}, see docs/scenario.md" if what else ""


_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in (unit, *words)}
_PER_OF = {word: unit for unit, words in _PER.items() for word in (unit, *words)}

_WORD = re.compile(r"(\d\s*|\s*\bper\s+|\s*/\s*)(?!per\b)([a-z]+)\b", re.IGNORECASE)
_UNTIL = re.compile(r"\s*(?:[–—−-]|s/d|s\.d\.|sampai|hingga|to)\s*", re.IGNORECASE)
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


def respelled_clock(text: str) -> str:
    """The text with a colon for a point between hours and minutes, and a hyphen for what means *until*.

    >>> respelled_clock("08.00 s/d 16.00"), respelled_clock("08:00–16:00"), respelled_clock("8.00 sampai 15.30"), respelled_clock("15.00")
    ('08:00-16:00', '08:00-16:00', '8:00-15:30', '15:00')
    """
    return re.sub(r"\b(\d{1,2})\.(\d\d)\b", r"\1:\2", _UNTIL.sub("-", text))


def hint(text: str, parse: Callable[[str], object] = str, respell: Callable[[str], str] = respelled) -> str:
    """What to write in place of a text that cannot be read; empty if ``parse`` refuses (ValueError) the new text too.

    >>> hint("2,5 menit"), hint("30 menit"), hint("30 min")
    ("a decimal point, not a comma: '2.5 min'", "write '30 min'", '')
    >>> hint("1,200 per day")
    "write thousands without a comma, '1200 per day', and decimals with a point, '1.2 per day'"
    >>> hint("1.200 per hari")
    "write '1200 per day', or '1.2 per day' if the point is decimal"
    """
    found = _THOUSANDS_COMMA.fullmatch(text)
    meant = respell(text if found is None else text.replace(",", ""))
    try:
        parse(meant)
    except ValueError:
        return ""
    if found is not None:
        decimal = f"{float(found[1]) + float(found[2]) / 1000:g}{respelled(found[3])}" if found[2] and parse is not int else ""
        return f"write thousands without a comma, '{meant}'" + (f", and decimals with a point, '{decimal}'" if decimal else "")
    if meant == text:
        return ""
    if point := _THOUSANDS_POINT.fullmatch(meant):
        count, per = point[1], point[2]
        return f"write '{count.replace('.', '')} per {per}', or '{float(count):g} per {per}' if the point is decimal"
    return f"a decimal point, not a comma: '{meant}'" if "," in text else f"write '{meant}'"


KEY = r"(?:[A-Za-z_][\w.]*|\d{1,2}:\d\d-\d{1,2}:\d\d|\d+(?:\.\d+)? ?%)"
"""What a key looks like: a name, a path, an interval of the day, or a share."""

_SWALLOWED = re.compile(rf"({KEY})\s*:(?!//)\S.*", re.DOTALL)


def blank_missing(key: str) -> str:
    """What is wrong with a key that has swallowed its value; empty for any other key.

    >>> blank_missing("counters:3"), blank_missing("units.a.counters:3"), blank_missing("07:30-10:00:4"), blank_missing("07:30-10:00")
    ("a blank is missing after 'counters:'", "a blank is missing after 'units.a.counters:'", "a blank is missing after '07:30-10:00:'", '')
    """
    found = _SWALLOWED.fullmatch(key)
    return f"a blank is missing after '{found[1]}:'" if found else ""


def thousands(text: str) -> str:
    """The warning for a rate whose point is read as decimal but may part thousands, as in Indonesia; empty for any other text.

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
