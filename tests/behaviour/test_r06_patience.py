"""R6: patience begins anew at each stop and ends at the call; a counter that comes free at the very instant wins.

One permit counter, one cashier. 1 is served for longer than his patience: it counts only until the call. The counter comes free
at 08:30, when the patience of 2 ends: he is called. 3 waits 15 minutes at the permit desk and 8 at the cashier, with 15 minutes of
patience at each. 5 has none, and leaves at once since nobody is free; 6 has none, and is served at once.

    citizen  comes  stop     takes  patience  ticket  start  end    counter  outcome
    1        08:00  permit   30     10        08:00   08:00  08:30  1        served
    2        08:10  permit   5      20        08:10   08:30  08:35  1        served
    3        08:20  permit   5      15        08:20   08:35  08:40  1        served
    3        -      cashier  1      15        08:40   08:48  08:49  2        served
    4        08:26  cashier  22     -         08:26   08:26  08:48  2        served
    5        08:30  cashier  1      0         08:30   -      08:30  -        abandoned
    6        08:49  cashier  1      0         08:49   08:49  08:50  2        served
    7        08:50  permit   20     -         08:50   08:50  09:10  1        served
    8        08:51  permit   5      19        08:51   09:10  09:15  1        served
    9        08:52  permit   5      17        08:52   -      09:09  -        abandoned
    10       08:53  permit   5      21        08:53   -      09:14  -        abandoned
    11       08:54  permit   5      21        08:54   09:15  09:20  1        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(
    hall("""
        permit: {counters: 1}
        cashier: {counters: 1}
    """),
    __doc__,
)

NOBODY_LOOKS = worked(
    hall("desk: {counters: 1, duty: '11:00-12:00'}"),
    """
    Nobody is on duty for hours; who leaves, leaves at his own instant all the same.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk  5      90        08:00   -      09:30  -        abandoned
    2        08:10  desk  5      10        08:10   -      08:20  -        abandoned
    3        08:20  desk  5      160       08:20   11:00  11:05  1        served
    4        08:20  desk  5      159       08:20   -      10:59  -        abandoned
    5        11:05  desk  5      0         11:05   11:05  11:10  1        served
    """,
)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_leaving_needs_no_event_at_a_counter(engine: str) -> None:
    assert played(NOBODY_LOOKS, engine) == NOBODY_LOOKS.expected
