"""A visit and a counter's day in words, on days worked by hand."""

from __future__ import annotations

from sim.report.journey import counter_day, journey
from sim.results.tickets import Names, SegmentRow, TicketRow, segment_columns, ticket_columns
from tests.days import ENGINES, WorkedDay, hall, worked

WALK = worked(
    hall("{kiosk: {counters: 1, floor: 0}, desk: {counters: 1, floor: 1, calling: 1 min}}", walk={"between_floors": "3 min"}),
    """
    citizen  comes  stop   takes  patience  ticket  start  end    counter  outcome
    1        08:00  kiosk  1      -         08:00   08:00  08:01  1        served
    1        -      desk   5      -         08:04   08:04  08:10  2        served
    2        08:05  desk   5      10        08:05   08:10  08:16  2        served
    """,
)


def rows_of(day: WorkedDay) -> tuple[list[TicketRow], list[SegmentRow]]:
    plan, trace, names = day.hall.plan, day.trace, Names(day.hall.scenario)
    records = ENGINES["reference"](plan, trace)
    tickets, segments = (columns(names, plan, trace, records, 0) for columns in (ticket_columns, segment_columns))
    return (
        [TicketRow(*row) for row in zip(*(column.tolist() for column in tickets.values()), strict=True)],
        [SegmentRow(*row)._replace(citizen=None if row[10] != row[10] else int(row[10])) for row in zip(*(column.tolist() for column in segments.values()), strict=True)],
    )


def test_a_visit_with_a_walk_and_a_call() -> None:
    tickets, _ = rows_of(WALK)
    assert list(journey(WALK.hall.scenario, [row for row in tickets if row.citizen == 1]))[1:] == [
        "08:00:00  enters the hall",
        "08:00:00  A001 taken for kiosk",
        "08:00:00  A001 called to kiosk counter 1 at once",
        "08:01:00  A001 finished, served for 1.0 min",
        "08:01:00  walks to desk, 3.0 min",
        "08:04:00  B001 taken for desk",
        "08:04:00  B001 called to desk counter 1 at once, 1.0 min to come there",
        "08:10:00  B001 finished, served for 5.0 min",
        "08:10:00  leaves the hall, served: 10.0 min inside, 0.0 min of waiting",
    ]


def test_a_counter_that_calls() -> None:
    _, segments = rows_of(WALK)
    assert list(counter_day(WALK.hall.scenario, [row for row in segments if row.counter == "desk.1"]))[1:] == [
        "08:00:00  idle, 4.0 min",
        "08:04:00  B001 called: citizen 1, regular, desk, 1.0 min",
        "08:05:00  B001 at the counter: citizen 1, regular, desk, 5.0 min",
        "08:10:00  B002 called: citizen 2, regular, desk, 1.0 min",
        "08:11:00  B002 at the counter: citizen 2, regular, desk, 5.0 min",
        "08:16:00  idle, 224.0 min",
        "12:00:00  done",
        "2 tickets; serving 10.0 min, calling 2.0 min, idle 228.0 min",
    ]
