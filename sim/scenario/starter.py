"""The text of a new scenario: a smaller hall made from a hall of the library, every number an assumption with range and reason.

The library is the folder `library` of this package: halls as they ship in `scenarios/`, so that an installed program has them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from itertools import pairwise

from sim import clock
from sim.errors import UsageError
from sim.scenario.lookup import dealt, route_of
from sim.scenario.marks import Provenance
from sim.scenario.reading import load_text
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.schema import Distribution, Interval, Name, Pattern, Rate, Stop
from sim.words import nearest

UNITS = ("dpmptsp", "dukcapil", "imigrasi", "bpjs_kesehatan")
"""The units of a new scenario when the caller names none. Most of the smaller halls begin with these."""

VISITORS = 300
"""Visitors a day when the caller gives no number."""

MOST_VISITORS = 10_000
"""The most visitors a day. The largest number reported of a hall is 3,000 to 4,000 (Surabaya), and one unit can still have the counters for this many."""

BUSY = 0.90
"""The highest share of time, as a fraction, that counters may be busy at any time of the day (lunch included). A starter has the fewest that keep it."""

EASY = 0.65
"""The same limit for the upper end of the range of counters."""

_BREAKS = ((0, 60), (60, 120), (120, 180))
"""Start and end of the three lunch shifts, in minutes after lunch begins. At most a third of a unit (rounded up) is away at once."""

_LUNCH = 11 * clock.HOUR + 30 * clock.MINUTE


def library() -> tuple[str, ...]:
    """The names of the halls that `starter` can take after."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in files("sim.scenario").joinpath("library").iterdir() if entry.name.endswith(".yaml")))


def library_hall(like: str) -> ScenarioFile:
    """A hall of the library; raises UsageError with the nearest name when there is none of this name."""
    if like not in library():
        raise UsageError(f"there is no hall '{like}' in the library{nearest(like, library())}")
    text = files("sim.scenario").joinpath("library", f"{like}.yaml").read_text(encoding="utf-8")
    return load_text(text, name=f"{like}.yaml")


def library_units(hall: ScenarioFile) -> tuple[str, ...]:
    """The units of a hall of the library that a starter can choose, in the order of the hall: all but the one where everybody begins."""
    return tuple(unit for unit in hall.scenario.units if unit != _entry(hall))


def starter(file: str, *, like: str = "jakarta", visitors: int = VISITORS, units: Iterable[str] = UNITS) -> str:
    """The text of a scenario for a hall that is to be built, ready to be written to ``file``.

    ``like`` names a hall of the library. ``visitors`` a day are divided among ``units`` in proportion to their citizens there
    (``["all"]``: all of them). Raises UsageError with the nearest names for a hall or units that the library does not have, and
    for numbers of visitors below 1 or above 10,000.
    """
    if not 1 <= visitors <= MOST_VISITORS:
        raise UsageError(f"got {visitors} visitors a day; give 1 to {MOST_VISITORS}")
    hall = library_hall(like)
    return "\n".join(_lines(_Sketch(hall, _chosen(hall, like, units), visitors), file, like)) + "\n"


def _chosen(hall: ScenarioFile, like: str, units: Iterable[str]) -> tuple[str, ...]:
    known = library_units(hall)
    asked = [unit.strip().lower() for unit in units]
    names = list(known) if asked == ["all"] else list(dict.fromkeys(unit for unit in asked if unit and unit != _entry(hall)))
    unknown = [f"there is no unit '{unit}' in the library{_meant(unit, hall, known)}" for unit in names if unit not in known]
    if unknown or not names:
        units_of = [f"  {unit:<{max(map(len, known))}}  {_called(hall, unit)}" for unit in known]
        raise UsageError("\n".join([*(unknown or ["no unit was named"]), f"units of {like}:", *units_of]))
    return tuple(names)


def _called(hall: ScenarioFile, unit: str) -> str:
    """The display names of a unit, and of its services where it has several."""
    given = hall.scenario.units[unit]
    names = [given.name, *(service.name for service in (given.services or {}).values())]
    said = [f"{name.en}, {name.id}" if isinstance(name, Name) else str(name or unit) for name in names]
    return said[0] + (f": {'; '.join(said[1:])}" if len(said) > 1 else "")


def _meant(unit: str, hall: ScenarioFile, known: Sequence[str]) -> str:
    """The end of a message about an unknown unit: the nearest identifier, or the units whose display names have the word."""
    near = get_close_matches(unit[:60], known, n=1)
    named = [one for one in known if re.search(rf"\b{re.escape(unit)}\b", f"{one.replace('_', ' ')} {_called(hall, one)}", re.IGNORECASE)]
    found = " or ".join(f"'{one}'" for one in near or named)
    return f"; did you mean {found}?" if found else ""


def _entry(hall: ScenarioFile) -> str:
    """The unit where every citizen begins: the ticket kiosks, a welcome desk."""
    (first,) = {_unit(_route(hall, source)[0].stop) for source in hall.scenario.citizens}
    return first


def _unit(stop: str) -> str:
    return stop.partition(".")[0]


def _route(hall: ScenarioFile, source: str) -> tuple[Stop, ...]:
    return tuple(position.stop for position in route_of(hall.scenario, hall.scenario.citizens[source]))


def _a_day(hall: ScenarioFile, source: str) -> float:
    arrivals = hall.scenario.citizens[source].arrivals
    if not isinstance(arrivals, Rate) or arrivals.per:
        raise ValueError(f"a hall of the library gives its citizens as a number a day: {source} does not")
    return arrivals.count


def _mean(time: Distribution) -> float:
    """The mean in hours. It knows the families that the library uses."""
    if time.triangular is not None:
        return (time.triangular.low + time.triangular.mode + time.triangular.high) / 3 / clock.HOUR
    if time.lognormal is None:
        raise ValueError("service times of the library are lognormal or triangular")
    return time.lognormal.mean / clock.HOUR


@dataclass(frozen=True)
class _Sizing:
    """The number of counters proposed for a unit, and its range. The fewest need the whole day for its work; the most are at ease."""

    counters: int
    fewest: int
    most: int


class _Sketch:
    """The content of the new scenario: sources with their citizens a day, and units with their counters."""

    def __init__(self, hall: ScenarioFile, units: Sequence[str], visitors: int) -> None:
        self.hall, self.units, self.visitors = hall, units, visitors
        self.scenario = hall.scenario
        self.entry = _entry(hall)
        self.marks: dict[str, Provenance] = {mark.path: mark for mark in hall.provenance}
        if self.scenario.hours is None:
            raise ValueError("a hall of the library has opening hours")
        self.hours = self.scenario.hours
        sources = [source for unit in units for source in self.scenario.citizens if _unit(_route(hall, source)[1].stop) == unit]
        self.citizens = _divided(visitors, {source: _a_day(hall, source) for source in sources})
        self.profile = next(iter(self.scenario.profiles))
        self.shifts: tuple[Pattern, ...] = tuple(
            (Interval(self.hours.start, _LUNCH + start * clock.MINUTE), Interval(_LUNCH + end * clock.MINUTE, self.hours.end)) for start, end in _BREAKS
        )
        self.sizing = {unit: self._sized(unit) for unit in (self.entry, *units)}

    def route(self, source: str) -> tuple[Stop, ...]:
        """The route of a source, without stops at units that were not chosen."""
        return tuple(stop for stop in _route(self.hall, source) if _unit(stop.stop) in (self.entry, *self.units))

    def whole_day(self, unit: str) -> bool:
        """Whether the unit's counters stay open through lunch: machines, and a single counter where a colleague takes over."""
        return unit == self.entry or self.sizing[unit].counters == 1

    def times(self, unit: str) -> dict[str, Distribution]:
        """The service times of a unit by service; the one service of a unit without `services` bears the unit's name."""
        given = self.scenario.units[unit]
        if given.services is not None:
            return {f"{unit}.{name}": service.service_time for name, service in given.services.items()}
        return {unit: given.service_time} if given.service_time is not None else {}

    def tightest(self) -> str:
        """The unit with the least to spare: (counters on duty − offered load) ÷ √(offered load), at its worst time of the day."""

        def spare(unit: str) -> float:
            loads = self._loads(self._hours(unit))
            return min((self._on_duty(unit, self.sizing[unit].counters, at) - load) / math.sqrt(load) for at, load in loads.items() if load)

        return min(self.units, key=spare)

    def _hours(self, unit: str) -> float:
        """Hours of work a day that citizens bring to a unit."""
        times = self.times(unit)
        return sum(
            self.citizens[source] * stop.share * _mean(times[stop.stop])
            for source in self.citizens for stop in self.route(source) if stop.stop in times
        )  # fmt: skip

    def _loads(self, hours: float) -> dict[int, float]:
        """The offered load of ``hours`` of work a day, spread over the profile, in erlangs from each instant at which the profile or a duty changes."""
        profile = self.scenario.profiles[self.profile]
        whole = math.fsum(profile.values())
        cuts = sorted({end for interval in (*profile, *(duty for shift in self.shifts for duty in shift)) for end in interval})
        return {
            start: hours * share / whole / ((interval.end - interval.start) / clock.HOUR)
            for start, _ in pairwise(cuts) for interval, share in profile.items() if interval.start <= start < interval.end
        }  # fmt: skip

    def _sized(self, unit: str) -> _Sizing:
        hours = self._hours(unit)
        counters = self._fewest(unit, hours, BUSY)
        fewest = next(number for number in range(1, counters + 1) if hours <= self._duty_hours(unit, number) or number == counters)
        return _Sizing(counters, fewest, min(max(self._fewest(unit, hours, EASY), counters + 1), 1000))

    def _fewest(self, unit: str, hours: float, busy: float) -> int:
        """The fewest counters that ``hours`` of work a day keep busy for at most a share ``busy`` at any time of the day."""
        loads = self._loads(hours)
        counters = max(1, math.ceil(max(loads.values()) - 1e-9))
        while any(load > busy * self._on_duty(unit, counters, at) + 1e-9 for at, load in loads.items()):
            counters += 1
        return counters

    def _duty_hours(self, unit: str, counters: int) -> float:
        cuts = sorted({end for duty in (self.hours, *(duty for shift in self.shifts for duty in shift)) for end in duty})
        return sum(self._on_duty(unit, counters, start) * (end - start) / clock.HOUR for start, end in pairwise(cuts))

    def _on_duty(self, unit: str, counters: int, at: int) -> int:
        if unit == self.entry or counters == 1:
            return counters
        return sum(any(duty.start <= at < duty.end for duty in dealt(self.shifts, number)) for number in range(1, counters + 1))


def _divided(visitors: int, weights: dict[str, float]) -> dict[str, float]:
    """Visitors divided in proportion to the weights. The parts are rounded and still add up: the largest remainders get the rest."""
    total = math.fsum(weights.values())
    parts = next(parts for parts in (1, 10, 100, 1000) if min(weights.values()) / total * visitors * parts >= 2 or parts == 1000)
    exact = {name: weight / total * visitors * parts for name, weight in weights.items()}
    whole = {name: max(1, math.floor(part)) for name, part in exact.items()}
    by_remainder = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in by_remainder[: max(0, visitors * parts - sum(whole.values()))]:
        whole[name] += 1
    return {name: part / parts for name, part in whole.items()}


# Writing


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML and JSON both write it."""
    return json.dumps(text.encode("utf-8", "replace").decode("utf-8"), ensure_ascii=False)


def _assumed(value: str, why: str, low: str = "", high: str = "") -> str:
    return f"{{value: {value}, assumption: {_quoted(why)}" + (f", range: [{low}, {high}]" if low else "") + "}"


def _number(value: float) -> str:
    """A number that was widened or narrowed, with two significant digits (whole tens stay whole).

    >>> _number(10 * 2 / 3), _number(189 * 1.5), _number(0.3)
    ('6.7', '284', '0.3')
    """
    return f"{value:.0f}" if value >= 20 else f"{value:.2g}" if value < 10 else f"{value:.3g}"


def _duration(hours: float) -> str:
    seconds = round(hours * 3600)
    return f"{seconds} s" if seconds < 180 and seconds % 60 else f"{_number(hours * 60)} min"


def _pattern(pattern: Pattern) -> str:
    return ", ".join(map(str, pattern))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")


def _drawing(sketch: _Sketch) -> list[str]:
    """A drawing of the flow through the hall, like those in the scenarios that ship."""
    number = sketch.sizing[sketch.entry].counters
    come, where = "citizens", sketch.entry
    below, of_them = f"{sketch.visitors:,} a day", f"({number} of them)" if number > 1 else "(one)"
    left = [f"  {come:<{max(len(come), len(below))}} ─▶ {where:<{max(len(where), len(of_them))}} ", f"  {below:<{max(len(come), len(below))}}    {of_them:<{max(len(where), len(of_them))}} "]
    width, blank = max(map(len, sketch.units)), " " * len(left[0])
    middle = (len(sketch.units) - 1) // 2
    drawn = []
    for row, unit in enumerate(sketch.units):
        last = len(sketch.units) - 1
        one, top, bottom = last == 0, row == 0, row == last
        fork, join = ("──", "─") if one else ("┌─", "┐") if top else ("└─", "┘") if bottom else ("├─", "┤")
        if row == middle and not one:
            fork, join = {"┌─": "┬─", "├─": "┼─"}.get(fork, fork), {"┐": "┬", "┤": "┼"}.get(join, join)
        lead = left[0].rstrip() + " ─" if row == middle else left[1] + "  " if row == middle + 1 else blank + "  "
        lead = lead.ljust(len(blank) + 2, "─") if row == middle else lead
        counters = sketch.sizing[unit].counters
        drawn.append(f"{lead}{fork}▶ {unit:<{width}}  {_count(counters, 'counter'):<12} ─{join}" + ("──▶ home" if row == middle else ""))
    if len(sketch.units) == 1:
        drawn.append(left[1])
    closes = sketch.scenario.closing
    last_ticket = sketch.scenario.last_ticket if sketch.scenario.last_ticket is not None else sketch.hours.end
    end = "all inside are served" if closes == "serve all" else "who waits is sent home"
    day = (
        f"  {clock.format_clock(sketch.hours.start)} doors open ───────── lunch in three shifts ───────── "
        f"{clock.format_clock(last_ticket)} last ticket ── {clock.format_clock(sketch.hours.end)} {end}"
    )
    return [f"# {line}".rstrip() for line in ("", *drawn, "", day, "")]


def _lines(sketch: _Sketch, file: str, like: str) -> Iterable[str]:
    scenario, after = sketch.scenario, sketch.scenario.name
    called = re.sub(r"[\W_]+", " ", re.split(r"[\\/]", file)[-1].rsplit(".", 1)[0]).strip() or "my hall"
    named = _quoted(file) if re.search(r"\s", file) else file
    tightest = sketch.tightest()
    others = [unit for unit in library_units(sketch.hall) if unit not in sketch.units]
    yield f"# {called[0].upper()}{called[1:]}: {_count(len(sketch.units), 'unit')} for {sketch.visitors:,} visitors a day, a first sketch after {after}."
    yield from _drawing(sketch)
    yield "# Every number below is an assumption taken over from another hall, with the range in which yours may lie. Put your own in its"
    yield "# place, the largest units first; where you know a number, write where it comes from:  {value: 4, source: letter of the agency}"
    yield "#"
    yield f"#   sim check {named}      is the file right, what does it assume, where must queues grow?"
    yield f"#   sim run {named}        how long do citizens wait, and where?"
    yield f"#   sim compare {named} --variants one_more_at_{tightest},lunch_together"
    yield f"#   sim sweep {named} --vary units.{tightest}.counters={sketch.sizing[tightest].fewest}..{sketch.sizing[tightest].most}"
    if others:
        yield "#"
        yield from _wrapped(f"Other units that `sim new --like {like} --units …` knows: {', '.join(others)}.")
    yield ""
    yield f"name: {_quoted(called[0].upper() + called[1:])}"
    yield f"description: {_quoted(f'A first sketch by sim new, after {after}; every number is an assumption.')}"
    yield ""
    yield "# The day"
    yield f"hours: {_assumed(str(sketch.hours), f'taken over from {after}')}"
    if scenario.last_ticket is not None:
        earlier, later = (clock.format_clock(at) for at in (max(scenario.last_ticket - clock.HOUR, sketch.hours.start), sketch.hours.end))
        yield f"last_ticket: {_assumed(clock.format_clock(scenario.last_ticket), f'taken over from {after}', earlier, later)}"
    yield f"closing: {_assumed(scenario.closing, 'who has a ticket is served, in overtime where needed; or: send home')}"
    yield "duty:                    # a break of 60 minutes, in three shifts, so that at most a third of a unit is away (rounded up)"
    yield f"  value: [{', '.join(_quoted(_pattern(shift)) for shift in sketch.shifts)}]"
    yield "  assumption: a break of 60 minutes (Perpres 21/2023) in three shifts; the agencies decide"
    yield f"target: {_assumed(str(scenario.target), 'for you to choose; no national standard was found, offices use 5 to 20 min')}"
    if scenario.seats is not None:
        seats = sketch.visitors * scenario.seats / sum(_a_day(sketch.hall, source) for source in scenario.citizens)
        yield f"seats: {_assumed(str(max(1, round(seats))), f'in proportion to {after}', str(max(1, round(seats / 1.5))), str(max(2, round(seats * 5 / 3))))}"
    yield ""
    yield f"# How many come: {sketch.visitors:,} a day together. What is unsure about all of them is here; what is unsure about each unit, below."
    yield f"arrivals: {_assumed('100 %', 'nobody has counted the visitors of a hall that is not built', '60 %', '150 %')}"
    yield "profiles:"
    yield f"  {sketch.profile}:"
    shares = ", ".join(f"{interval}: {share * 100:g} %" for interval, share in scenario.profiles[sketch.profile].items())
    yield f"    value: {{{shares}}}"
    yield f"    assumption: {_quoted(_after(sketch, f'profiles.{sketch.profile}'))}"
    yield ""
    yield f"# Who serves. Counters: the fewest that citizens keep busy for at most {BUSY * 100:g} % of the time at any time of the day, lunch included."
    yield f"# Range, for a sweep to try: from so few that they work all day without a pause to so many that are busy for at most {EASY * 100:g} %."
    yield "# Service times: take your own with a watch, a hundred citizens at each unit."
    yield "units:"
    for unit in (sketch.entry, *sketch.units):
        yield from _unit_lines(sketch, unit)
    yield "# Who comes. The names and shares are those of the other hall: a unit may be far more or less visited in yours."
    yield "citizens:"
    for source in sketch.citizens:
        yield from _source_lines(sketch, source)
    yield ""
    yield "replications: 100        # days to simulate; four times as many days halve the width of the intervals"
    yield ""
    yield "# What if? `sim run … --variant NAME` runs one, `sim compare … --variants NAME,NAME` compares them with the file as it stands."
    yield "variants:"
    yield f"  one_more_at_{tightest}:    # the unit with the least to spare"
    yield f"    units.{tightest}.counters: {sketch.sizing[tightest].counters + 1}"
    yield "  busy_day:"
    yield "    arrivals: 130 %"
    together = _quoted(_pattern((Interval(sketch.hours.start, 12 * clock.HOUR), Interval(13 * clock.HOUR, sketch.hours.end))))
    yield "  lunch_together:        # everybody goes at noon"
    yield f"    duty: {together}"
    for unit in sketch.units:
        if sketch.whole_day(unit):
            yield f"    units.{unit}.duty: {together}"


def _wrapped(text: str) -> Iterable[str]:
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > 128:
            yield line
            line = "#  "
        line += f" {word}"
    yield line


def _after(sketch: _Sketch, path: str) -> str:
    """The library's source or reason for this value, with a note that it comes from another hall."""
    mark = sketch.marks.get(path)
    return f"taken over from {sketch.scenario.name}" + (f": {mark.text}" if mark is not None else "")


def _unit_lines(sketch: _Sketch, unit: str) -> Iterable[str]:
    given, sizing = sketch.scenario.units[unit], sketch.sizing[unit]
    yield f"  {unit}:"
    if isinstance(given.name, Name):
        yield f"    name: {{en: {_quoted(given.name.en)}, id: {_quoted(given.name.id)}}}"
    if given.machine:
        yield "    machine: true"
    why = f"to be decided; busy for at most {BUSY * 100:g} % at any time of the day"
    yield f"    counters: {_assumed(str(sizing.counters), why, str(sizing.fewest), str(sizing.most))}"
    if sketch.whole_day(unit):
        why = "machines take no break" if unit == sketch.entry else "a colleague takes over during lunch"
        yield f"    duty: {_assumed(str(sketch.hours), why)}"
    if given.services is None:
        yield from _time_lines(sketch, f"units.{unit}.service_time", sketch.times(unit)[unit], "    ")
    else:
        yield "    services:"
        for name, service in given.services.items():
            yield f"      {name}:"
            if isinstance(service.name, Name):
                yield f"        name: {{en: {_quoted(service.name.en)}, id: {_quoted(service.name.id)}}}"
            yield from _time_lines(sketch, f"units.{unit}.services.{name}.service_time", service.service_time, "        ")
    yield ""


def _time_lines(sketch: _Sketch, path: str, time: Distribution, indent: str) -> Iterable[str]:
    why = _after(sketch, path)
    yield f"{indent}service_time:"
    if time.triangular is not None:
        yield f"{indent}  triangular:"
        for key, value in (("low", time.triangular.low), ("mode", time.triangular.mode), ("high", time.triangular.high)):
            hours = value / clock.HOUR
            yield f"{indent}    {key}: {_assumed(_duration(hours), why, _duration(hours * 0.75), _duration(hours * 1.25))}"
    elif time.lognormal is not None:
        mean, cv = time.lognormal.mean / clock.HOUR, time.lognormal.cv
        yield f"{indent}  lognormal:"
        yield f"{indent}    mean: {_assumed(_duration(mean), why, _duration(mean / 1.5), _duration(mean * 1.5))}"
        yield f"{indent}    cv: {_assumed(f'{cv:g}', 'standard deviation ÷ mean: 0.5 is regular, 1 very irregular', _number(cv / 1.5), _number(cv * 1.5))}"


def _assumed_share(sketch: _Sketch, path: str, share: float) -> str:
    """A share with the library's range, or from half of it to twice as much."""
    mark = sketch.marks.get(path)
    low, high = mark.range if mark and mark.range else (f"{share * 50:g} %", f"{min(share * 200, 100):g} %")
    return _assumed(f"{share * 100:g} %", _after(sketch, path), str(low), str(high))


def _source_lines(sketch: _Sketch, source: str) -> Iterable[str]:
    given, citizens = sketch.scenario.citizens[source], sketch.citizens[source]
    mark = sketch.marks.get(f"citizens.{source}.arrivals")
    there = _a_day(sketch.hall, source)
    low, high = (float(str(end).split()[0]) / there for end in mark.range) if mark and mark.range else (0.6, 1.5)
    why = f"in proportion to {sketch.scenario.name}" + (f", where {there:g} come ({mark.text})" if mark else "")
    yield f"  {source}:"
    yield f"    arrivals: {_assumed(f'{citizens:g} per day', why, f'{_number(citizens * low)} per day', f'{_number(citizens * high)} per day')}"
    yield f"    profile: {sketch.profile}"
    if given.priority:
        yield f"    priority: {_assumed_share(sketch, f'citizens.{source}.priority', given.priority)}"
    if given.patience is not None and given.patience.exponential is not None:
        hours = given.patience.exponential / clock.HOUR
        yield f"    patience: {{exponential: {_assumed(_duration(hours), _after(sketch, f'citizens.{source}.patience'), _duration(hours / 2), _duration(hours * 2))}}}"
    stops = []
    for position, stop in enumerate(_route(sketch.hall, source), 1):
        if stop in sketch.route(source):
            share = _assumed_share(sketch, f"citizens.{source}.route.{position}.share", stop.share)
            stops.append(stop.stop if stop.share == 1.0 else f"{{stop: {stop.stop}, share: {share}}}")
    yield f"    route: [{', '.join(stops)}]"
