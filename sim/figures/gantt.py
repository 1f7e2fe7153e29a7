"""One day of the counters: a row for each, with the citizens it serves, its breaks and its overtime."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.analysis.summary import display_name
from sim.clock import MINUTE
from sim.figures import day, style, wording
from sim.figures.page import FOOTER, MARGIN, Origin, Page
from sim.model.shapes import ABSENT, BREAK, DOWN, INTO_BREAK, OVERTIME
from sim.results.tickets import ACTIVITIES, CALLING, IDLE, SERVING, Names, SegmentRow
from sim.scenario.schema import Scenario
from sim.words import counted

_LOOKS: Final = ((style.BLUE, ""), (style.ORANGE, ""), (style.SKY, "..."), (style.PURPLE, "xxxx"))
"""Colour and hatch of each kind of served citizen; the first two differ in lightness, the others in hatch, when printed in grey."""
_BREAK: Final = "/////"
_ABSENT: Final = "....."
"""Hatch of a break."""
_LATE: Final = (ACTIVITIES[INTO_BREAK], ACTIVITIES[OVERTIME])
"""The activities of a counter that serves outside its duties."""
_BAR: Final = 0.8
"""Part of a row's height that a bar fills; `_CALL` that of a call, `_LINE` an idle counter's line, `_UNDER` the underline of overtime,
`_BETWEEN_UNITS` a gap."""
_CALL: Final = 0.4
_LINE: Final = 0.12
_UNDER: Final = 0.17
_BETWEEN_UNITS: Final = 0.5
_NAMES_ROOM: Final = 2.0
"""Width for the names of units in inches."""
_POSITIONS_ROOM: Final = 1.75
"""Width for the names or numbers of counters in inches."""
_MOST_MINUTES: Final = 24 * 60.0
"""The most minutes drawn of a run without opening hours."""
_CODES_FROM: Final = 0.26
"""Height in inches from which a row has room for the codes of tickets."""


_Key = tuple[str, str, str, bool]
"""Unit, service and class of a ticket, and whether it is of another unit than the counter that serves it."""


class _Row(NamedTuple):
    """A counter in the picture: its unit, the words beside it, its position (from the top, in rows), and what it did."""

    unit: str
    label: str
    place: float
    segments: list[SegmentRow]


def day_of_counters(scenario: Scenario, segments: Sequence[SegmentRow], replication: int, replications: int, unit: str | None = None) -> Figure | None:
    """The day of all counters of the hall, or of a unit; None where there is no counter.

    ``segments`` are those of the day in the order of the hall. A run without opening hours is shown for its first 24 hours.
    """
    rows = _rows(scenario, segments, unit)
    if not rows:
        return None
    with style.styled():
        return _drawn(scenario, rows, [segment for row in rows for segment in row.segments], replication, replications)


def _late_words(done: set[str]) -> str:
    """What the underline means on this day: work into a break, overtime, or both."""
    words = {ACTIVITIES[INTO_BREAK]: "into a break", ACTIVITIES[OVERTIME]: "overtime"}
    return " or ".join(said for activity, said in words.items() if activity in done)


def _drawn(scenario: Scenario, rows: Sequence[_Row], segments: Sequence[SegmentRow], replication: int, replications: int) -> Figure:
    kind_of, kinds = _kinds(scenario, segments)
    low, high = _bounds(scenario, segments)
    height = 0.42 if len(rows) <= 4 else 0.3 if len(rows) <= 16 else 0.19
    places = rows[-1].place + 1.0
    note = "Each row is a counter: bars are citizens being served, a thin line is a counter on duty with nobody to serve."
    if any(segment.activity == ACTIVITIES[CALLING] for segment in segments):
        note += " The lower start of a bar is the call: the citizen is on the way to the counter."
    if not scenario.hours and (scenario.horizon or 0) / MINUTE > _MOST_MINUTES:
        note += " The first 24 hours of the run."
    if any(given.machine for name, given in scenario.units.items() if name not in {row.unit for row in rows}):
        note += " Machines are not drawn; --unit draws them."
    noun = "day" if scenario.hours else "replication"
    origin = Origin(scenario.name, f"{noun} {replication} of {replications:,} · one {noun} is an example, not evidence")
    page = Page(origin, _title(scenario, rows, f"{noun} {replication}"), note, width=11.0, picture=0.4 + height * places + 0.55)
    names = _unit_labels(scenario, rows, height)
    positions = [wording.wrapped(row.label, _POSITIONS_ROOM, _size(height), lines=2 if height >= _CODES_FROM else 1) for row in rows]
    unit_room = wording.widest(list(names.values()), style.SMALL)
    left = MARGIN + unit_room + 0.14 + wording.widest(positions, _size(height)) + 0.08
    bottom, width = FOOTER + 0.5, page.width - left - MARGIN
    handles: list[Artist] = [_patch(*_LOOKS[at], label=kind) for at, kind in enumerate(kinds)]
    done = {segment.activity for segment in segments}
    handles += [Patch(facecolor=style.FAINT, label="on duty, idle")] * (ACTIVITIES[IDLE] in done)
    handles += [_patch(style.CLOSED, _BREAK, label="break")] * (ACTIVITIES[BREAK] in done)
    handles += [Patch(facecolor=style.VERMILION, label=f"{_late_words(done)} (underlined)")] * bool(done & set(_LATE))
    handles += [Patch(facecolor=style.PURPLE, label="stopped by an outage")] * (ACTIVITIES[DOWN] in done)
    handles += [_patch(style.CLOSED, _ABSENT, label="absent")] * (ACTIVITIES[ABSENT] in done)
    handles += [Patch(facecolor=style.CLOSED, edgecolor=style.FAINT, linewidth=0.5, label="outside opening hours")] * bool(_closed(scenario, low, high))
    if handles:
        page.legend(handles)
    axes = page.axes(left, bottom, width, height * places)
    axes.set_ylim(places, 0.0)
    axes.set_yticks([row.place + 0.5 for row in rows], positions, fontsize=_size(height), linespacing=1.0)
    axes.tick_params(axis="y", length=0, pad=3)
    axes.spines["left"].set_visible(False)
    day.clock_axis(
        axes, np.array([low, high]), width, title="time of day" if scenario.hours else "time since the start of the run, h:min", grid=True
    )
    for start, end in _closed(scenario, low, high):
        axes.axvspan(start, end, facecolor=style.CLOSED, edgecolor="none", zorder=0)
    _bars(axes, rows, kind_of, kinds)
    if height >= _CODES_FROM:
        _codes(axes, rows, kind_of, (high - low) / width)
    for name, group in groupby(rows, key=lambda row: row.unit):
        of_unit = list(group)
        middle = (of_unit[0].place + of_unit[-1].place + 1.0) / 2
        page.text(MARGIN, bottom + height * (places - middle), names[name], size=style.SMALL, va="center", linespacing=1.05)
        if of_unit[0].place:
            axes.axhline(of_unit[0].place - _BETWEEN_UNITS / 2, color=style.FAINT, linewidth=0.5, zorder=1)
    return page.figure


def _rows(scenario: Scenario, segments: Sequence[SegmentRow], unit: str | None) -> list[_Row]:
    names = Names(scenario)
    done: dict[str, list[SegmentRow]] = {}
    for segment in segments:
        if segment.start_minutes < _MOST_MINUTES or scenario.hours:
            done.setdefault(segment.counter, []).append(segment)
    staffed = any(not given.machine and given.counters not in (0, "unlimited") for given in scenario.units.values())
    rows: list[_Row] = []
    for counter, written in zip(names.counters[:-1], names.counter_names[:-1], strict=True):
        of, _, position = counter.partition(".")
        if unit == of or (unit is None and not (scenario.units[of].machine and staffed)):
            place = 0.0 if not rows else rows[-1].place + 1.0 + (_BETWEEN_UNITS if rows[-1].unit != of else 0.0)
            rows.append(_Row(of, written or position, place, done.get(counter, [])))
    return rows


def _key(segment: SegmentRow) -> _Key:
    return segment.ticket_unit or "", segment.service or "", segment.citizen_class or "", segment.ticket_unit != segment.unit


def _kinds(scenario: Scenario, segments: Sequence[SegmentRow]) -> tuple[dict[_Key, int], list[str]]:
    """The kinds of served citizens that the picture tells apart, and their names.

    Kinds are services if the picture has two to four; else classes, with a kind of their own for tickets of another unit than the
    counter's.
    """
    seen = sorted({_key(segment) for segment in segments if segment.ticket})
    services = [(unit, service) for unit in scenario.units for service in scenario.units[unit].services or (unit,)]
    services = [service for service in services if service in {one[:2] for one in seen}]
    if 1 < len(services) <= len(_LOOKS):
        titles = []
        for unit, service in services:
            given = scenario.units[unit].services
            titles.append(display_name(given[service].name if given else scenario.units[unit].name, service))
        return {one: services.index(one[:2]) for one in seen}, wording.labels(titles, 2.2, style.SMALL, lines=1)
    regular = [name for name in ("regular", "priority") if any(one[2] == name for one in seen)]
    other = any(one[2] not in ("regular", "priority") for one in seen)
    kinds = regular + ["other ranks"] * other
    titles = [f"serving, {kind}" for kind in kinds] if len(kinds) > 1 else ["serving"] * len(kinds)
    away = ["serving, ticket of another unit"] * any(one[3] for one in seen)
    own = {one: kinds.index(one[2]) if one[2] in kinds else len(kinds) - 1 for one in seen}
    return {one: len(kinds) if one[3] else kind for one, kind in own.items()}, titles + away


def _bounds(scenario: Scenario, segments: Sequence[SegmentRow]) -> tuple[float, float]:
    if scenario.hours is None:
        return 0.0, min((scenario.horizon or 0) / MINUTE, _MOST_MINUTES)
    low = min([scenario.hours.start / MINUTE, *(segment.start_minutes for segment in segments)])
    high = max([scenario.hours.end / MINUTE, *(segment.end_minutes for segment in segments)])
    return math.floor(low / 5) * 5.0, math.ceil(high / 5) * 5.0


def _closed(scenario: Scenario, low: float, high: float) -> list[tuple[float, float]]:
    if scenario.hours is None:
        return []
    spans = ((low, scenario.hours.start / MINUTE), (scenario.hours.end / MINUTE, high))
    return [(start, end) for start, end in spans if end > start]


def _size(height: float) -> float:
    return style.SMALL if height >= _CODES_FROM else style.TINY


def _unit_labels(scenario: Scenario, rows: Sequence[_Row], height: float) -> dict[str, str]:
    """The names of units, each in as many lines as its rows have room for."""
    labels = {}
    for unit, group in groupby(rows, key=lambda row: row.unit):
        room = (len(list(group)) + _BETWEEN_UNITS) * height
        lines = max(1, min(3, int(room / 0.14)))
        labels[unit] = wording.wrapped(display_name(scenario.units[unit].name, unit), _NAMES_ROOM, style.SMALL, lines=lines)
    return labels


def _patch(colour: str, hatch: str, label: str) -> Patch:
    return Patch(facecolor=colour, edgecolor="white" if colour != style.CLOSED else style.FAINT, hatch=hatch or None, linewidth=0.0, label=label)


def _bars(axes: Axes, rows: Sequence[_Row], kind_of: dict[_Key, int], kinds: Sequence[str]) -> None:
    boxes: dict[str | int, list[tuple[float, float, float, float]]] = {}
    for row in rows:
        middle = row.place + 0.5
        for segment in row.segments:
            span = segment.start_minutes, segment.end_minutes
            if segment.activity == ACTIVITIES[IDLE]:
                boxes.setdefault("idle", []).append((*span, middle - _LINE / 2, middle + _LINE / 2))
            elif segment.activity == ACTIVITIES[CALLING]:
                boxes.setdefault(_kind(segment, kind_of), []).append((*span, middle - _CALL / 2, middle + _CALL / 2))
            elif segment.activity == ACTIVITIES[DOWN]:
                boxes.setdefault("down", []).append((*span, middle - _BAR / 2, middle + _BAR / 2))
            elif segment.activity == ACTIVITIES[ABSENT]:
                boxes.setdefault("absent", []).append((*span, middle - _BAR / 2, middle + _BAR / 2))
            elif segment.activity == ACTIVITIES[BREAK]:
                boxes.setdefault("break", []).append((*span, middle - _BAR / 2, middle + _BAR / 2))
            else:
                late = segment.activity in _LATE
                bottom = middle + _BAR / 2
                boxes.setdefault(_kind(segment, kind_of), []).append((*span, middle - _BAR / 2, bottom - _UNDER * late))
                if late:
                    boxes.setdefault("overtime", []).append((*span, bottom - _UNDER, bottom))
    looks = {"idle": (style.FAINT, ""), "break": (style.CLOSED, _BREAK), "overtime": (style.VERMILION, ""), "down": (style.PURPLE, ""), "absent": (style.CLOSED, _ABSENT)}
    for what, corners in boxes.items():
        colour, hatch = looks[what] if isinstance(what, str) else _LOOKS[what]
        edges = "white" if not isinstance(what, str) else style.FAINT if hatch else "none"
        shapes = [[(start, top), (end, top), (end, bottom), (start, bottom)] for start, end, top, bottom in corners]
        axes.add_collection(
            PolyCollection(shapes, facecolor=colour, edgecolor=edges, hatch=hatch or None, linewidth=0.0 if edges == "none" else 0.35, zorder=2), autolim=False
        )


def _kind(segment: SegmentRow, kind_of: dict[_Key, int]) -> int:
    return kind_of[_key(segment)]


def _codes(axes: Axes, rows: Sequence[_Row], kind_of: dict[_Key, int], minutes_per_inch: float) -> None:
    """The codes of tickets on the bars that are wide enough for them."""
    for row in rows:
        for segment in row.segments:
            if segment.ticket and segment.activity not in (ACTIVITIES[DOWN], ACTIVITIES[CALLING]) and segment.minutes / minutes_per_inch >= wording.width(segment.ticket, style.TINY) + 0.05:
                colour, hatch = _LOOKS[_kind(segment, kind_of)]
                place = row.place + 0.5 - (_UNDER / 2 if segment.activity in _LATE else 0.0)
                axes.text(
                    (segment.start_minutes + segment.end_minutes) / 2, place, segment.ticket, clip_on=True,
                    ha="center", va="center", fontsize=style.TINY, color="white" if colour == style.BLUE else style.INK,
                    bbox={"facecolor": colour, "linewidth": 0.0, "pad": 0.8} if hatch else None,
                )  # fmt: skip


def _title(scenario: Scenario, rows: Sequence[_Row], when: str) -> str:
    def minutes(row: _Row, *activities: int) -> float:
        return sum(segment.minutes for segment in row.segments if segment.activity in [ACTIVITIES[one] for one in activities])

    on_duty = [row for row in rows if minutes(row, SERVING, CALLING, IDLE) > 0]
    if not on_duty:
        return f"No counter is on duty on {when}" if scenario.hours else f"No counter is on duty in {when}"
    share, at = max((minutes(row, SERVING) / minutes(row, SERVING, CALLING, IDLE), -index) for index, row in enumerate(on_duty))
    busiest = on_duty[-at]
    unit = wording.short(display_name(scenario.units[busiest.unit].name, busiest.unit))
    who = f"{unit} counter {busiest.label}" if busiest.label.isdigit() else f"{busiest.label} of {unit}"
    said = f"{who} serves for {wording.percent(share)} of its time on duty"
    if len(on_duty) > 1:
        said += ", the most of all counters"
    return f"{when.capitalize()}: {said}{_overtime_words(rows)}"


def _overtime_words(rows: Sequence[_Row]) -> str:
    """How many counters work into a break and how many after their last duty. The first shortens a lunch, the second is paid."""
    said = ""
    for activity, words in ((INTO_BREAK, "into a break"), (OVERTIME, "after the end of duty")):
        late = [sum(segment.minutes for segment in row.segments if segment.activity == ACTIVITIES[activity]) for row in rows]
        late = [minutes for minutes in late if minutes > 0]
        if late and len(rows) > 1:
            said += f"; {counted(len(late), 'counter')} of {len(rows)} {'works' if len(late) == 1 else 'work'} {words}, {wording.minutes(sum(late))} together"
        elif late:
            said += f", and {wording.minutes(late[0])} {words}"
    return said
