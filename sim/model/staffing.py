"""Staffing: how the counters and duties of a unit become columns of the hall, and a plan with other ones.

`compile_plan` makes the hall of these same columns, so that a plan changed here is the plan of the scenario changed in the same way. A search
makes a candidate in a fraction of the time that reading and compiling a scenario takes (docs/speed.md).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.errors import UsageError
from sim.model.shapes import (
    BY_NUMBER,
    BY_SERVICE,
    FULL_SPEED,
    NAMED,
    UNLIMITED,
    Agenda,
    ByNumber,
    Counters,
    Crew,
    Event,
    Extras,
    Plan,
    Staffing,
    agenda_of,
    changes_of,
)
from sim.scenario.lookup import dealt
from sim.scenario.schema import COUNTERS

MOST = 1000
"""1000: the most counters that a unit, or one line of its list, can have."""


def with_counters(plan: Plan, changes: Mapping[int, int | Staffing]) -> Plan:
    """The plan with other counters, duties or speeds in some units: what compiling the scenario with this staffing would give.

    ``changes`` has for each unit that changes, by the unit's number in the plan (from 0, in the order of the scenario), a Staffing or a
    number of counters. A number does what `--set` with a number does: of a list of counters it keeps that many, or repeats them in turn; a
    unit staffed by number gets so many counters with duties instead. A Staffing without ``duty`` keeps the unit's patterns. `staffing_of`
    says how a unit is staffed now.

    Counters of other units that serve or help a service here go on doing so; those here serve what the new staffing says. The citizens are
    the same, so that a trace drawn for one plan can be played on the other.

    Raises UsageError for a staffing that a scenario could not have: no such unit, unlimited counters, duties that overlap, have no length or lie
    off the clock's grid or beyond 24:00, duties without opening hours, a service that does not exist or is named twice, a speed beyond 1 % to
    1000 %, too many counters, or no counter left for a service that citizens come for.

    >>> from sim.model.compile import compile_plan
    >>> from sim.scenario import load_text
    >>> text = "{name: n, hours: 08:00-12:00, units: {desk: {counters: 2, service_time: 6 min}}, citizens: {all: {arrivals: 9 per day, route: [desk]}}}"
    >>> plan = compile_plan(load_text(text).scenario)
    >>> more = with_counters(plan, {0: 3})
    >>> len(plan.hall.counter_unit), len(more.hall.counter_unit)
    (2, 3)
    >>> with_counters(plan, {0: 0})
    Traceback (most recent call last):
        ...
    sim.errors.UsageError: no counter is left for service 0 (of unit 0), and citizens come for it
    """
    crews = list(plan.crews)
    for unit, staffing in changes.items():
        crews[unit] = _crew_for(plan, unit, staffing)
    if any(crews[unit].serves != plan.crews[unit].serves for unit in changes) or sum(crew.counters for crew in crews) > COUNTERS:
        _refuse(plan, crews)
    columns, changes_of_duty = staffed(crews, plan.hall.service_unit)
    hall = plan.hall._replace(**columns)
    changed = plan.changed(hall=hall, extras=extras_of(crews, plan.extras), crews=tuple(crews))
    vars(changed)["agenda"] = agenda_of(hall, changes_of_duty)
    return changed


def staffing_of(plan: Plan, unit: int) -> Staffing | None:
    """How a unit is staffed: its counters and its duty patterns, or None if its counters are unlimited."""
    return plan.crews[unit].staffing


def crew_of(unit: int, services: range, closes: int, send_home: bool, staffing: Staffing | None) -> Crew:
    """The counters of a unit: what each serves (R8), how fast (R16), its planned duty (R9, R10), and whether it stays (R13).

    ``services`` are the unit's own services, the hall closes at ``closes``, and ``send_home`` says how. In a unit staffed by number the first
    counter holds the duty of the whole unit.
    """
    rows: list[tuple[int, int, bool, int, int]] = []  # of each counter the unit, speed, whether it stays, number of skills and of duties
    skills: list[tuple[int, int, int]] = []
    duties: list[tuple[int, int, int]] = []
    changes: list[Event] = []
    late: set[int] = set()
    absence: list[float] = []
    of_unit = staffing.absence if staffing and not isinstance(staffing.absence, tuple) else 0.0
    kind = NAMED
    if staffing is None:
        kind, late = UNLIMITED, set(services)
    elif isinstance(staffing.counters, ByNumber):
        kind = BY_NUMBER
        duties = [(start, end, number) for start, end, number in staffing.counters.numbers if number]
        stays = bool(duties) and duties[-1][1] >= closes
        number = max(number for _, _, number in staffing.counters.numbers)
        rows = [(unit, FULL_SPEED, stays, len(services), 0 if position else len(duties)) for position in range(number)]
        skills = number * _skills(Counters(), services)
        absence = number * [of_unit]
        late = set(services) if stays else set()
        changes = changes_of(duties, 0, unit, True, stays and not send_home)
    else:
        for alike in staffing.counters if isinstance(staffing.counters, tuple) else (Counters(staffing.counters),):
            served = _skills(alike, services)
            speeds = {speed for _, _, speed in served}
            speed = speeds.pop() if len(speeds) == 1 else BY_SERVICE
            skills += alike.count * served
            absence += alike.count * [of_unit if alike.absence is None else alike.absence]
            for _ in range(alike.count):
                duty = alike.duty or dealt(staffing.duty, len(rows) + 1)
                on_duty, stays = [(start, end, 1) for start, end in duty], duty[-1][1] >= closes
                changes += changes_of(on_duty, len(rows), unit, False, stays and not send_home)
                late |= {service for _, service, _ in served} if stays else set()
                rows.append((unit, speed, stays, len(served), len(duty)))
                duties += on_duty
    pieces = _pieces([(kind,)], rows, skills, duties, changes, [(service,) for service in sorted(late)])
    absent = staffing.absence if staffing and isinstance(staffing.absence, tuple) else ()
    return Crew(staffing, services, len(rows), frozenset(service for _, service, _ in skills), pieces, tuple(absence) if any(absence) else (), absent)


def _skills(counters: Counters, own: range) -> list[tuple[int, int, int]]:
    """What a counter serves, as (level, service, speed): its own services first, then those it helps (R8, R16)."""
    speeds = dict(counters.speed) if isinstance(counters.speed, tuple) else {}
    one_speed = FULL_SPEED if isinstance(counters.speed, tuple) else counters.speed
    serves = own if counters.services is None else counters.services
    return sorted((level, service, speeds.get(service, one_speed)) for level, served in enumerate((serves, counters.helps)) for service in served)


_WIDTHS = (1, 5, 3, 3, 6, 1)
"""How many columns the rows have of which a crew is made: kind, counters, skills, duties, changes of duty, services served late."""
_CODES = "B" + "IqBqq" + "IIq" + "qqq" + "qqqIqq" + "q"
"""The types of these columns, as `array` names them: uint8, uint32 and int64, as the hall and the agenda have them."""
_DTYPES: dict[str, np.dtype[Any]] = {"B": np.dtype(np.uint8), "I": np.dtype(np.uint32), "q": np.dtype(np.int64)}


def _pieces(*groups: Sequence[tuple[int, ...]]) -> tuple[bytes, ...]:
    """Rows as columns of bytes. To join the bytes of many units takes a fraction of the time that joining their arrays takes."""
    columns = [column for rows, width in zip(groups, _WIDTHS, strict=True) for column in (zip(*rows, strict=True) if rows else ((),) * width)]
    return tuple(array(code, column).tobytes() for code, column in zip(_CODES, columns, strict=True))


def staffed(crews: Sequence[Crew], service_unit: NDArray[np.uint32]) -> tuple[dict[str, Any], Agenda]:
    """The columns of the Hall that staffing decides, put together of those of its units; and the changes of duty, in no order."""
    pieces = zip(*[crew.pieces for crew in crews], strict=True)
    kinds, unit, speed, stays, skills, duties, level, service, skill_speed, start, end, number, time, kind, counter, unit_, state, number_, late = [
        np.frombuffer(bytearray().join(parts), _DTYPES[code]) for parts, code in zip(pieces, _CODES, strict=True)
    ]
    first_counter = first_of([crew.counters for crew in crews]).astype(np.uint32)
    first = np.zeros((2, len(unit) + 1), dtype=np.int64)  # of skills and of duties
    np.add.accumulate(skills, out=first[0, 1:])
    np.add.accumulate(duties, out=first[1, 1:])
    served_late = np.zeros(len(service_unit), dtype=np.bool_)
    served_late[late] = True
    columns = {
        "unit_kind": kinds,
        "unit_first_counter": first_counter,
        "served_late": served_late,
        "counter_unit": unit,
        "counter_speed": speed,
        "stays": stays.view(np.bool_),
        "skill_first": first[0].astype(np.uint32),
        "skill_service": service,
        "skill_level": level,
        "skill_speed": skill_speed,
        "duty_first": first[1],
        "duty_start": start,
        "duty_end": end,
        "duty_number": number,
    }
    counter += first_counter[unit_]  # counters are numbered through the hall
    return columns, Agenda(time, kind << 32 | counter, unit_, state, number_)


def extras_of(crews: Sequence[Crew], others: Extras | None) -> Extras | None:
    """The columns of the rules that few halls use, or None if this hall uses none: those that staffing decides, and the ``others`` as given."""
    uses_others = others is not None and any(len(column) for column in (others.calling, others.walk))
    if not uses_others and not any(crew.absence or crew.absent for crew in crews):
        return None
    rows = [row for crew in crews for row in crew.absent]
    return (others or Extras())._replace(
        absence=np.array([share for crew in crews for share in crew.absence or crew.counters * (0.0,)]),
        absent_first=first_of([len(crew.absent) for crew in crews]),
        absent_number=np.array([number for number, _ in rows], dtype=np.int64),
        absent_share=np.array([share for _, share in rows], dtype=np.float64),
    )


def first_of(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Where each of some groups begins among the rows of all, and where the last one ends, given their sizes.

    >>> first_of([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    first = np.zeros(len(sizes) + 1, dtype=np.int64)
    first[1:] = list(accumulate(sizes))
    return first


# What a scenario could not have. Its own checks are in `sim.scenario.checks`, which names places in a file.


def _crew_for(plan: Plan, unit: int, change: int | Staffing) -> Crew:
    """The crew of a unit under a new staffing."""
    if not 0 <= unit < len(plan.crews):
        raise UsageError(f"there is no unit {unit}; the units of this hall are numbered from 0 to {len(plan.crews) - 1}")
    before = plan.crews[unit]
    if before.staffing is None:
        raise UsageError(f"the counters of unit {unit} are unlimited; nobody staffs them")
    staffing = change if isinstance(change, Staffing) else _with_number(before.staffing, change)
    if not staffing.duty:
        staffing = replace(staffing, duty=before.staffing.duty)
    if plan.hall.closes == clock.NEVER and _has_duties(staffing, before.staffing):
        raise UsageError(f"unit {unit}: duties and numbers by interval need opening hours, and this system has a horizon")
    return _checked_crew(unit, before.services, len(plan.hall.service_unit), plan.hall.closes, plan.hall.send_home, plan.grid, staffing)


def _with_number(before: Staffing, number: int) -> Staffing:
    """The same counters cut to a number, or repeated in turn up to it."""
    try:
        number = index(number)
    except TypeError:
        raise UsageError(f"got {number!r} counters; give a whole number") from None
    if not isinstance(before.counters, tuple) or not before.counters or not 0 <= number <= MOST:
        return Staffing(number, absence=before.absence)
    single = [replace(alike, count=1) for alike in before.counters for _ in range(alike.count)]
    return Staffing(tuple(dealt(single, place) for place in range(1, number + 1)), absence=before.absence)


def _has_duties(staffing: Staffing, before: Staffing) -> bool:
    counters = staffing.counters
    own = isinstance(counters, ByNumber) or (isinstance(counters, tuple) and any(alike.duty is not None for alike in counters))
    return own or staffing.duty != before.duty


@lru_cache(maxsize=4096)  # a search gives a unit the same few staffings in many candidates
def _checked_crew(unit: int, own: range, services: int, closes: int, send_home: bool, grid: int, staffing: Staffing) -> Crew:
    """`crew_of`, or UsageError for a staffing that is wrong in itself."""
    where, counters = f"unit {unit}", staffing.counters
    for duty in staffing.duty:
        _refuse_intervals(where, duty, grid)
    if isinstance(counters, ByNumber):
        _refuse_intervals(where, [(start, end) for start, end, _ in counters.numbers], grid)
        for _, _, number in counters.numbers:
            _refuse_number(where, number, least=0)
    elif isinstance(counters, tuple):
        for position, alike in enumerate(counters, 1):
            _refuse_counters(f"{where}, counters {position} of its list", alike, own, services, grid)
    else:
        _refuse_number(where, counters, least=0)
    return crew_of(unit, own, closes, send_home, staffing)


def _refuse_number(where: str, number: int, least: int) -> None:
    if not least <= index(number) <= MOST:
        raise UsageError(f"{where}: got {number} counters; give a number from {least} to {MOST}")


def _refuse_intervals(where: str, intervals: Sequence[tuple[int, int]], grid: int) -> None:
    """Refuse intervals that no scenario can write: none, empty ones, overlapping ones, such as are off the grid or beyond the day."""
    if not intervals:
        raise UsageError(f"{where}: got no interval; a duty has at least one")
    for start, end in intervals:
        if not 0 <= index(start) < index(end) <= clock.DAY:
            raise UsageError(f"{where}: got an interval from {start} to {end} µs; it must end after it starts, and lie between 00:00 and 24:00")
        if start % grid or end % grid:
            raise UsageError(f"{where}: got an interval from {start} to {end} µs, which is not on the clock's grid of {grid} µs")
    for (_, end), (start, _) in pairwise(intervals):
        if start < end:
            raise UsageError(f"{where}: the intervals must follow each other; {clock.format_clock(start)} comes before {clock.format_clock(end)}, the end of the one before")


def _refuse_counters(where: str, counters: Counters, own: range, services: int, grid: int) -> None:
    """Refuse counters of a list that no scenario can have."""
    _refuse_number(where, counters.count, least=1)
    if counters.duty is not None:
        _refuse_intervals(where, counters.duty, grid)
    serves = [*(own if counters.services is None else counters.services), *counters.helps]
    if not serves:
        raise UsageError(f"{where}: it serves nobody; name a service")
    if counters.absence is not None and not 0.0 <= counters.absence <= 1.0:
        raise UsageError(f"{where}: got an absence of {counters.absence}; give a probability from 0 to 1")
    _refuse_services(where, serves, range(services))
    if isinstance(counters.speed, tuple):
        _refuse_services(f"{where}, speed", [service for service, _ in counters.speed], serves)
    for speed in [speed for _, speed in counters.speed] if isinstance(counters.speed, tuple) else [counters.speed]:
        if not 100 <= index(speed) <= 100_000:
            raise UsageError(f"{where}: got a speed of {speed}; give 100 to 100,000 hundredths of a per cent (10,000 is 100 %)")


def _refuse_services(where: str, named: Sequence[int], among: Iterable[int]) -> None:
    if unknown := set(named) - set(among):
        raise UsageError(f"{where}: there is no service {min(unknown)} here")
    if len(set(named)) < len(named):
        raise UsageError(f"{where}: a service is named twice; name each once")


def _refuse(plan: Plan, crews: Sequence[Crew]) -> None:
    """Refuse a hall in which counters serve an unlimited unit, no counter serves a service that citizens come for, or counters are too many."""
    if (number := sum(crew.counters for crew in crews)) > COUNTERS:
        raise UsageError(f"got {number} counters in all; a hall can have {COUNTERS}")
    unlimited = {service for crew in crews if crew.staffing is None for service in crew.services}
    served = {service for crew in crews for service in crew.serves}
    if served & unlimited:
        raise UsageError(f"service {min(served & unlimited)} is at unlimited counters, so there is nothing to serve or help; leave it out")
    if left := set(plan.demand.stop_service.tolist()) - served - unlimited:
        raise UsageError(f"no counter is left for service {min(left)} (of unit {plan.hall.service_unit[min(left)]}), and citizens come for it")
