"""R12: the last ticket binds the first stop: who comes for it at that instant or later is refused; further stops stay open.

The hall's last ticket is at 11:00, that of the cashier at 09:00. 1 comes to the cashier as a second stop at 10:10, and is served; 2 and
3 come to the cashier first, 3 at 09:00 sharp. 4 is a minute before the hall's last ticket, 5 comes at that instant: he is refused even
though a counter is free, and does not reach the cashier.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        08:30  permit   100    08:30   08:30  10:10  1        served
    1        -      cashier  5      10:10   10:10  10:15  3        served
    2        08:59  cashier  5      08:59   08:59  09:04  3        served
    3        09:00  cashier  5      -       -      09:00  -        refused: after last ticket
    4        10:59  permit   30     10:59   10:59  11:29  1        served
    4        -      cashier  5      11:29   11:29  11:34  3        served
    5        11:00  permit   30     -       -      11:00  -        refused: after last ticket
    5        -      cashier  5      -       -      -      -        not reached
    6        11:30  cashier  5      -       -      11:30  -        refused: after last ticket
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(
    hall(
        """
            permit: {counters: 2}
            cashier: {counters: 1, last_ticket: "09:00"}
        """,
        last_ticket="11:00",
    ),
    __doc__,
)

AT_CLOSING = worked(
    hall("""
        desk: {counters: 1}
        form: {counters: unlimited}
    """),
    """
    Without a last ticket of its own the hall takes its last citizen just before closing; a unit without a queue refuses too.

    citizen  comes     stop  takes  ticket    start     end    counter  outcome
    1        11:59:59  desk  61s    11:59:59  11:59:59  12:01  1        served
    2        12:00     desk  5      -         -         12:00  -        refused: after last ticket
    3        12:00     form  5      -         -         12:00  -        refused: after last ticket
    """,
)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_closing_is_the_last_ticket_where_none_is_given(engine: str) -> None:
    assert played(AT_CLOSING, engine) == AT_CLOSING.expected
