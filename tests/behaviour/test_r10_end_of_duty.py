"""R10: at the end of a duty (also at a break) the citizen in service is finished, and nobody is called after it.

Counter 1 has a break 09:00-09:30, counter 2 a break 09:30-10:00. 1 is finished at 09:10, in the break of counter 1, which does not grow
longer for it. 3 is called when the break is over, at the instant at which counter 2 finishes 2 and has its own break, so that 4 waits for counter 1.
At 10:00 6 finds only counter 2 free, which is back at that instant.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:50  desk  20     08:50   08:50  09:10  1        served
    2        08:55  desk  35     08:55   08:55  09:30  2        served
    3        09:05  desk  5      09:05   09:30  09:35  1        served
    4        09:10  desk  5      09:10   09:35  09:40  1        served
    5        09:59  desk  5      09:59   09:59  10:04  1        served
    6        10:00  desk  5      10:00   10:00  10:05  2        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(hall("desk: {counters: 2, duty: ['08:00-09:00, 09:30-12:00', '08:00-09:30, 10:00-12:00']}"), __doc__)

LONGER_THAN_THE_BREAK = worked(
    hall("desk: {counters: 1, duty: '08:00-09:00, 09:10-10:00, 10:00-12:00'}"),
    """
    A service that outlasts the whole break goes on, and the counter calls as it finishes; two duties that touch leave no gap.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:50  desk  30     08:50   08:50  09:20  1        served
    2        09:00  desk  30     09:00   09:20  09:50  1        served
    3        09:40  desk  10     09:40   09:50  10:00  1        served
    4        09:41  desk  10     09:41   10:00  10:10  1        served
    """,
)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_a_service_longer_than_the_break(engine: str) -> None:
    assert played(LONGER_THAN_THE_BREAK, engine) == LONGER_THAN_THE_BREAK.expected
