"""R11: who finds the waiting room full, and cannot be served at once, is turned away; that ends the visit.

One counter at the permit unit, with room for two who wait, and a cashier. 4 finds two waiting. At 08:20 patience of 3 has run out at
that very instant, so 5 gets his place; 6 is turned away; the counter comes free at 08:30, before 7 comes. 8 is turned away at his
second stop, and his third is not reached.

    citizen  comes  stop     takes  patience  ticket  start  end    counter  outcome
    1        08:00  permit   30     -         08:00   08:00  08:30  1        served
    2        08:05  permit   30     -         08:05   08:30  09:00  1        served
    3        08:10  permit   5      10        08:10   -      08:20  -        abandoned
    4        08:15  permit   5      -         -       -      08:15  -        refused: waiting room full
    5        08:20  permit   5      -         08:20   09:00  09:05  1        served
    6        08:29  permit   5      -         -       -      08:29  -        refused: waiting room full
    7        08:30  permit   5      -         08:30   09:05  09:10  1        served
    8        08:40  cashier  1      -         08:40   08:40  08:41  2        served
    8        -      permit   5      -         -       -      08:41  -        refused: waiting room full
    8        -      cashier  1      -         -       -      -      -        not reached
    9        09:20  permit   5      -         09:20   09:20  09:25  1        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(
    hall("""
        permit: {counters: 1, waiting_room: 2}
        cashier: {counters: 1}
    """),
    __doc__,
)

NO_ROOM_AT_ALL = worked(
    hall("desk: {counters: 2, waiting_room: 0}"),
    """
    With no room at all, who cannot be served at once is turned away (a loss system).

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  30     08:00   08:00  08:30  1        served
    2        08:00  desk  20     08:00   08:00  08:20  2        served
    3        08:10  desk  5      -       -      08:10  -        refused: waiting room full
    4        08:20  desk  5      08:20   08:20  08:25  2        served
    5        08:20  desk  5      -       -      08:20  -        refused: waiting room full
    """,
)

ONE_ROOM_FOR_ALL_SERVICES = worked(
    hall("""
        desk:
          waiting_room: 1
          services: {new: , renewal: }
          counters: [{services: [new]}, {services: [renewal]}]
    """),
    """
    The room is the unit's: 3 waits for a new case and fills it for renewals too. 5 finds it full, but a counter free, and that
    comes first. 6 has no patience: he takes the place and leaves it at the same instant, so 7 finds it free.

    citizen  comes  stop          takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk.new      30     -         08:00   08:00  08:30  1        served
    2        08:00  desk.renewal  20     -         08:00   08:00  08:20  2        served
    3        08:10  desk.new      5      -         08:10   08:30  08:35  1        served
    4        08:15  desk.renewal  5      -         -       -      08:15  -        refused: waiting room full
    5        08:20  desk.renewal  20     -         08:20   08:20  08:40  2        served
    6        08:31  desk.renewal  5      0         08:31   -      08:31  -        abandoned
    7        08:31  desk.renewal  5      -         08:31   08:40  08:45  2        served
    8        08:35  desk.new      5      -         08:35   08:35  08:40  1        served
    9        08:36  desk.new      5      -         -       -      08:36  -        refused: waiting room full
    """,
)


CLOSED_COMES_FIRST = worked(
    hall("""
        permit: {counters: 3}
        archive: {counters: 1, duty: "08:00-11:30", waiting_room: 0}
        desk:
          waiting_room: 1
          services: {new: , renewal: }
          counters: [{services: [new]}, {services: [renewal], duty: "08:00-11:30"}]
    """),
    """
    From closing on, R13 comes before the waiting room. 1, 2 (at the very instant of closing) and 3 come for what nobody will serve any more,
    1 and 2 where there is no room at all, 3 where 5 fills it: they take a ticket and are left over. 6 comes for what a counter that stays
    will serve, so the room decides; and for 7 the hall is not closed yet. Were the room looked at first, 1, 2 and 3 would be refused like
    6 and 7, without a ticket.

    citizen  comes  stop          takes  ticket  start  end    counter  outcome
    1        11:30  permit        40     11:30   11:30  12:10  1        served
    1        -      archive       5      12:10   -      12:10  -        left over
    2        11:40  permit        20     11:40   11:40  12:00  2        served
    2        -      archive       5      12:00   -      12:00  -        left over
    3        11:45  permit        30     11:45   11:45  12:15  3        served
    3        -      desk.renewal  5      12:15   -      12:15  -        left over
    4        11:50  desk.new      40     11:50   11:50  12:30  5        served
    5        11:55  desk.new      10     11:55   12:30  12:40  5        served
    6        11:58  permit        10     11:58   12:00  12:10  2        served
    6        -      desk.new      5      -       -      12:10  -        refused: waiting room full
    7        11:59  archive       5      -       -      11:59  -        refused: waiting room full
    """,
)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_a_room_for_nobody(engine: str) -> None:
    assert played(NO_ROOM_AT_ALL, engine) == NO_ROOM_AT_ALL.expected


def test_the_room_is_the_units(engine: str) -> None:
    assert played(ONE_ROOM_FOR_ALL_SERVICES, engine) == ONE_ROOM_FOR_ALL_SERVICES.expected


def test_what_nobody_serves_any_more_comes_before_the_room(engine: str) -> None:
    assert played(CLOSED_COMES_FIRST, engine) == CLOSED_COMES_FIRST.expected
