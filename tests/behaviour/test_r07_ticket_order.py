"""R7: tickets are called in their order: rank, then the time of the ticket, then the number of the citizen.

One counter, busy until 08:30. Rank 0 goes first (6, then 7), rank 2 last (5); among equals who took the ticket first goes first, and 3 and
4 took it at the same instant. 9 has rank 0 and comes during a service: nobody is interrupted.

    citizen  rank  comes  stop  takes  ticket  start  end    counter  outcome
    1        1     08:00  desk  30     08:00   08:00  08:30  1        served
    2        1     08:10  desk  5      08:10   08:40  08:45  1        served
    3        1     08:15  desk  5      08:15   08:45  08:50  1        served
    4        1     08:15  desk  5      08:15   08:50  08:55  1        served
    5        2     08:16  desk  5      08:16   09:05  09:10  1        served
    6        0     08:20  desk  5      08:20   08:30  08:35  1        served
    7        0     08:25  desk  5      08:25   08:35  08:40  1        served
    8        1     08:40  desk  5      08:40   09:00  09:05  1        served
    9        0     08:51  desk  5      08:51   08:55  09:00  1        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(hall("desk: {counters: 1}", ranks=3), __doc__)

TWO_SERVICES = worked(
    hall("desk: {counters: 1, services: {new: , renewal: }}"),
    """
    The order is that of the tickets, whichever service they are for; and rank comes before time across services too.

    citizen  rank  comes  stop          takes  ticket  start  end    counter  outcome
    1        1     08:00  desk.new      30     08:00   08:00  08:30  1        served
    2        1     08:05  desk.renewal  5      08:05   08:35  08:40  1        served
    3        1     08:06  desk.new      5      08:06   08:40  08:45  1        served
    4        1     08:07  desk.renewal  5      08:07   08:45  08:50  1        served
    5        1     08:07  desk.new      5      08:07   08:50  08:55  1        served
    6        0     08:08  desk.renewal  5      08:08   08:30  08:35  1        served
    """,
)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_one_order_over_all_services_of_a_counter(engine: str) -> None:
    assert played(TWO_SERVICES, engine) == TWO_SERVICES.expected
