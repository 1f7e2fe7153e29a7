"""Days worked by hand: a table of citizens with times is both the Trace that is played and the Records that are expected.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk  10     -         08:00   08:00  08:10  1        served
    2        08:01  desk  10     5         08:01   -      08:06  -        abandoned

Each line is a stop. ``comes``, ``stop``, ``takes`` and ``patience`` (minutes, or seconds as ``30s``; optional) and ``rank``
(optional, 1 is regular) are given; the rest is what a reader of docs/rules.md finds with pencil and paper. Citizens and counters are
counted from 1 in the order of the hall; a dash is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from sim import clock
from sim.engine.kernel import play_kernel, play_plain
from sim.engine.reference import play_reference
from sim.model.chances import Chances
from sim.model.compile import compile_plan
from sim.model.shapes import STATES, Plan
from sim.model.trace import Trace
from sim.results.audit import audit
from sim.results.measures import measure
from sim.results.outcomes import OUTCOME_WORDS
from sim.results.records import NO_COUNTER, Records
from sim.scenario.lookup import service_of, services_of
from sim.scenario.reading import load_text
from sim.scenario.schema import Scenario

GIVEN = ("citizen", "rank", "comes", "stop", "takes", "patience")
EXPECTED = ("citizen", "stop", "ticket", "start", "end", "counter", "outcome")


@dataclass(frozen=True)
class Hall:
    """A scenario and its plan."""

    scenario: Scenario
    plan: Plan


@dataclass(frozen=True)
class WorkedDay:
    """A hall, the chance of one day in it, and the lines that its records must give."""

    hall: Hall
    trace: Trace
    expected: list[str]


def hall_of(document: dict[str, Any]) -> Hall:
    """The hall of a scenario given as plain values."""
    scenario = load_text(json.dumps(document)).scenario
    return Hall(scenario, compile_plan(scenario))


def hall(units: str, *, ranks: int = 2, **top: Any) -> Hall:
    """A hall open from 08:00 to 12:00 with these units (YAML); nobody comes but the citizens of a worked day."""
    read = yaml.safe_load(units)
    for unit in read.values():
        if "services" not in unit:
            unit["service_time"] = "1 min"  # a worked day says itself how long each service takes
        else:
            unit["services"] = {service: {"service_time": "1 min"} for service in unit["services"]}
    first = next(iter(read))
    stop = f"{first}.{next(iter(read[first]['services']))}" if "services" in read[first] else first
    document = {"name": "a day worked by hand", "units": read}
    if "horizon" not in top:
        document["hours"] = "08:00-12:00"
    arrivals = {"exactly": 0}
    document["citizens"] = {f"of_rank_{rank}": {"arrivals": arrivals, "rank": rank, "route": [stop]} for rank in range(ranks)}
    return hall_of(document | top)


def worked(hall: Hall, text: str, *, absent: Iterable[int] = ()) -> WorkedDay:
    """The day in the first table of a text (a docstring): from the line that begins with ``citizen`` to the next empty line.

    ``absent`` are the counters (from 1) whose officers do not come on this day (R22).
    """
    lines = [line.strip() for line in text.splitlines()]
    begins = next(number for number, line in enumerate(lines) if line.startswith("citizen "))
    heading = lines[begins].split()
    rows = []
    for line in lines[begins + 1 :]:
        if not line:
            break
        cells = line.split(maxsplit=len(heading) - 1)
        assert len(cells) == len(heading), f"a cell is missing in: {line}"
        rows.append(dict(zip(heading, cells, strict=True)))
    assert set(heading) <= {*GIVEN, *EXPECTED}
    index = {service: number for number, service in enumerate(services_of(hall.scenario))}
    citizens = sorted({int(row["citizen"]) for row in rows})
    first = [next(row for row in rows if int(row["citizen"]) == citizen) for citizen in citizens]
    assert citizens == list(range(1, len(citizens) + 1)) and [int(row["citizen"]) for row in rows] == sorted(
        int(row["citizen"]) for row in rows
    )
    came = np.array([clock.parse_clock(row["comes"]) for row in first], dtype=np.int64)
    assert (np.diff(came) >= 0).all(), "citizens are numbered in the order of coming"
    stops = np.array([sum(int(row["citizen"]) == citizen for row in rows) for citizen in citizens], dtype=np.int64)
    trace = Trace(
        came=came,
        enters=np.maximum(came, hall.plan.demand.opens),
        source=np.zeros(len(came), dtype=np.int64),
        number=np.arange(len(came), dtype=np.int64),
        rank=np.array([int(row.get("rank", 1)) for row in first], dtype=np.int64),
        stop_first=np.concatenate(([0], np.cumsum(stops))).astype(np.int64),
        citizen=np.repeat(np.arange(len(came), dtype=np.int64), stops),
        service=np.array([index[service_of(hall.scenario, row["stop"])] for row in rows], dtype=np.int64),
        work=np.array([_duration(row["takes"]) for row in rows], dtype=np.int64),
        patience=np.array([_duration(row.get("patience", "-")) for row in rows], dtype=np.int64),
    )
    if hall.plan.extras:
        trace = trace._replace(chances=Chances(absent=np.isin(np.arange(len(hall.plan.hall.counter_unit)) + 1, list(absent))))
    return WorkedDay(hall, trace, [" ".join(row[column] for column in EXPECTED) for row in rows])


def _duration(text: str) -> int:
    if text == "-":
        return clock.NEVER
    return int(text[:-1]) * clock.SECOND if text.endswith("s") else int(text) * clock.MINUTE


def lines_of(hall: Hall, trace: Trace, records: Records) -> list[str]:
    """Records as the lines of a worked day."""
    names = [unit if unit == service else f"{unit}.{service}" for unit, service in services_of(hall.scenario)]

    def shown(instant: int) -> str:
        assert instant == clock.NEVER or instant % clock.SECOND == 0
        return "-" if instant == clock.NEVER else clock.format_clock(instant)

    return [
        f"{trace.citizen[row] + 1} {names[trace.service[row]]} {shown(int(records.ticket[row]))} {shown(int(records.start[row]))} "
        f"{shown(int(records.end[row]))} {'-' if records.counter[row] == NO_COUNTER else records.counter[row] + 1} {OUTCOME_WORDS[records.outcome[row]]}"
        for row in range(len(trace.service))
    ]


def records_of(day: WorkedDay, lines: list[str]) -> Records:
    """Lines for a worked day as records: also such as no engine would write. The posts are those of the day as it is."""
    records = Records.blank(len(lines))
    for row, line in enumerate(lines):
        _, _, ticket, start, end, counter, outcome = line.split(maxsplit=6)
        for column, cell in ((records.ticket, ticket), (records.start, start), (records.end, end)):
            column[row] = clock.NEVER if cell == "-" else clock.parse_clock(cell)
        records.counter[row] = NO_COUNTER if counter == "-" else int(counter) - 1
        records.outcome[row] = OUTCOME_WORDS.index(outcome)
    return records._replace(posts=play_reference(day.hall.plan, day.trace).posts)


ENGINES: dict[str, Callable[[Plan, Trace], Records]] = {"reference": play_reference, "kernel": play_kernel, "plain kernel": play_plain}


def played(day: WorkedDay, engine: str) -> list[str]:
    """The lines that a worked day gives on an engine; its records are audited, and its citizens counted, on the way."""
    records = ENGINES[engine](day.hall.plan, day.trace)
    audit(day.hall.plan, day.trace, records)
    measure(day.hall.plan, day.trace, records)
    return lines_of(day.hall, day.trace, records)


def posts_of(day: WorkedDay, engine: str) -> list[str]:
    """What the counters of a day did apart from serving, in the order in which it ended: counter (how many), state, from, to."""
    posts = ENGINES[engine](day.hall.plan, day.trace).posts
    return [
        f"{counter + 1}{f' ({number})' if number > 1 else ''} {STATES[state]} {clock.format_clock(start)} {clock.format_clock(end)}"
        for counter, number, state, start, end in zip(*(column.tolist() for column in posts), strict=True)
    ]
