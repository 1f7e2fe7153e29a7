"""Tickets as a person reads them: a citizen's journey through the hall, a counter's day, and what a results folder holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from sim.analysis.summary import display_name
from sim.model.shapes import DOWN, INTO_BREAK, OVERTIME
from sim.results.tickets import ACTIVITIES, CALLING, DONE, IDLE, SERVING, SegmentRow, TicketRow
from sim.scenario.schema import Scenario
from sim.words import counted


def counter_title(scenario: Scenario, counter: str, written: str | None) -> str:
    """The counter's name: the one written over it, or its unit's name and its number there (``polda.3`` is *Police counter 3*)."""
    unit, _, position = counter.partition(".")
    return written or f"{display_name(scenario.units[unit].name, unit)} counter {position}"


def service_title(scenario: Scenario, unit: str, service: str) -> str:
    """The unit and, if it has several services, the service."""
    given = scenario.units[unit]
    name = display_name(given.name, unit)
    return name if given.services is None else f"{name}, {display_name(given.services[service].name, service)}"


def as_csv(stops: Sequence[TicketRow]) -> bytes:
    """Stops as the bytes of a CSV file that Excel opens, a row for each, with the columns of tickets.parquet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(TicketRow._fields)
    writer.writerows(["" if value is None else value for value in stop] for stop in stops)
    return text.getvalue().encode("utf-8-sig")


def journey(scenario: Scenario, stops: Sequence[TicketRow]) -> Iterator[str]:
    """The visit of a citizen, line by line, each with its time."""
    first, last = stops[0], stops[-1]
    source = display_name(scenario.citizens[first.source].name, first.source)
    yield f"Citizen {first.citizen} of replication {first.replication}: {source}, number {first.number} of this source, {first.citizen_class}"
    if first.ticket is None:
        yield f"{first.came_clock}  comes to the hall"
    elif first.entered_minutes > first.came_minutes:
        yield f"{first.came_clock}  comes to the door"
        yield f"{first.entered_clock}  enters the hall, after {_minutes(first.entered_minutes - first.came_minutes)} at the door"
    else:
        yield f"{first.came_clock}  enters the hall"
    before: TicketRow | None = None
    for row in stops:
        if before is not None and before.end_minutes is not None and row.ticket_minutes is not None and row.ticket_minutes > before.end_minutes:
            yield f"{before.end_clock}  walks to {service_title(scenario, row.unit, row.service)}, {_minutes(row.ticket_minutes - before.end_minutes)}"
        yield from _stop(scenario, row)
        before = row
    if last.end_minutes is None or first.ticket is None:
        return
    waited = sum(row.waiting_minutes or 0.0 for row in stops)
    yield f"{last.end_clock}  leaves the hall, {last.outcome}: {_minutes(last.end_minutes - first.entered_minutes)} inside, {_minutes(waited)} of waiting"


def _stop(scenario: Scenario, row: TicketRow) -> Iterator[str]:
    where = service_title(scenario, row.unit, row.service)
    if row.ticket is None:
        yield f"{row.end_clock}  turned away at {where}, {row.outcome}"
        return
    yield f"{row.ticket_clock}  {row.ticket} taken for {where}"
    if row.start_clock is not None:
        waited = f"after {_minutes(row.waiting_minutes)}" if row.waiting_minutes else "at once"
        to = "served" if row.counter is None else f"called to {counter_title(scenario, row.counter, row.counter_name)}"
        yield f"{row.start_clock}  {row.ticket} {to} {waited}{f', {_minutes(row.calling_minutes)} to come there' if row.calling_minutes else ''}"
    if row.outcome == "served":
        yield f"{row.end_clock}  {row.ticket} finished, served for {_minutes(row.service_minutes)}"
    elif row.end_clock is None:
        yield f"the run ends  {row.ticket} {'waiting' if row.start_clock is None else 'in service'}"
    else:
        yield f"{row.end_clock}  {row.ticket} {row.outcome} after waiting {_minutes(row.waiting_minutes)}"


_WHEN: Final = {ACTIVITIES[INTO_BREAK]: "; in the break", ACTIVITIES[OVERTIME]: "; in overtime", ACTIVITIES[DOWN]: "; stopped by an outage"}
"""What a line adds for a service outside duty, or one that an outage stops."""


def counter_day(scenario: Scenario, rows: Sequence[SegmentRow]) -> Iterator[str]:
    """The day of a counter, line by line: whom it calls, when it is idle, its breaks and its overtime; and the sums."""
    first, last = rows[0], rows[-1]
    yield f"{counter_title(scenario, first.counter, first.counter_name)} ({first.counter}) in replication {first.replication}"
    before: SegmentRow | None = None
    for row in rows:
        if before is not None and row.start_minutes > before.end_minutes:
            yield f"{before.end_clock}  nothing to do"
        if row.ticket is None:
            what = "stopped by an outage" if row.activity == ACTIVITIES[DOWN] else row.activity
        else:
            goes_on = before is not None and before.ticket == row.ticket
            has_come = before is not None and before.activity == ACTIVITIES[CALLING]
            served = f"{row.ticket} {'at the counter' if has_come else 'still served'}" if goes_on else f"{row.ticket} called"
            what = f"{served}: citizen {row.citizen}, {row.citizen_class}, {service_title(scenario, row.ticket_unit or '', row.service or '')}"
            if row.activity in _WHEN:
                what += _WHEN[row.activity]
        yield f"{row.start_clock}  {what}, {_minutes(row.minutes)}"
        before = row
    yield f"{last.end_clock}  done"
    sums = {activity: sum(row.minutes for row in rows if row.activity == activity) for activity in DONE}
    parts = [f"{activity} {_minutes(minutes)}" for activity, minutes in sums.items() if minutes or activity in (ACTIVITIES[SERVING], ACTIVITIES[IDLE])]
    tickets = len({row.ticket for row in rows if row.ticket is not None})
    yield f"{counted(tickets, 'ticket')}; {', '.join(parts)}"


def overview(
    name: str, replications: int, outcomes: dict[str, int], activities: dict[str, tuple[int, float]], examples: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """What the files of a results folder hold, and commands that show some of it (command, what it shows)."""
    yield f"{name}: {counted(replications, 'replication')}"
    yield f"tickets.parquet: {sum(outcomes.values()):,} stops; " + ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())
    segments = sum(count for count, _ in activities.values())
    yield f"counters.parquet: {segments:,} segments; " + ", ".join(f"{activity} {hours:,.1f} h" for activity, (_, hours) in activities.items())
    yield ""
    width = max(len(command) for command, _ in examples)
    for command, shows in examples:
        yield f"{command:<{width}}  {shows}"


def _minutes(minutes: float | None) -> str:
    return f"{minutes or 0.0:.1f} min"
