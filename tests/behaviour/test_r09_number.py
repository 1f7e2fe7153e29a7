"""R9: staffing by number: when it falls, idle counters leave first, busy ones above it leave as they finish; none of the unit's own counters
calls while as many of them are busy as are on duty.

Three on duty from 08:00, one from 08:30, two from 09:00. At 08:30 three are busy: the services that end at 08:35 and 08:40 free nobody,
the one that ends at 08:50 frees the one on duty, who calls 4 (the first counter of the unit that is free). At 09:00 the second calls 5.
After 09:20 both are free; 7 and 8 take the first two counters.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  35     08:00   08:00  08:35  1        served
    2        08:00  desk  40     08:00   08:00  08:40  2        served
    3        08:00  desk  50     08:00   08:00  08:50  3        served
    4        08:10  desk  20     08:10   08:50  09:10  1        served
    5        08:11  desk  20     08:11   09:00  09:20  2        served
    6        08:12  desk  5      08:12   09:10  09:15  1        served
    7        09:30  desk  20     09:30   09:30  09:50  1        served
    8        09:30  desk  20     09:30   09:30  09:50  2        served
    9        09:31  desk  5      09:31   09:50  09:55  1        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(hall("desk: {counters: {'08:00-08:30': 3, '08:30-09:00': 1, '09:00-12:00': 2}}"), __doc__)

IDLE_LEAVE_FIRST = worked(
    hall("desk: {counters: {'08:00-08:30': 3, '08:30-09:00': 2, '09:00-12:00': 1}}"),
    """
    At 08:30 one of three is busy: an idle one leaves, and 2 is served at once. At 09:00 two are busy, one too many: 3 waits until both have
    finished but one, and the number in service is at most one from then on.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:20  desk  60     08:20   08:20  09:20  1        served
    2        08:30  desk  40     08:30   08:30  09:10  2        served
    3        08:40  desk  5      08:40   09:20  09:25  1        served
    4        09:10  desk  5      09:10   09:25  09:30  1        served
    """,
)

NOBODY_FOR_AN_HOUR = worked(
    hall("desk: {counters: {'08:00-09:00': 2, '10:00-11:00': 2, '11:00-12:00': 2}}"),
    """
    Between 09:00 and 10:00 the number is 0: who is in service is finished, nobody is called. At 11:00 the number does not change.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:50  desk  25     08:50   08:50  09:15  1        served
    2        08:55  desk  5      08:55   08:55  09:00  2        served
    3        08:58  desk  90     08:58   10:00  11:30  1        served
    4        09:00  desk  30     09:00   10:00  10:30  2        served
    5        09:05  desk  40     09:05   10:30  11:10  2        served
    6        09:06  desk  5      09:06   11:10  11:15  2        served
    """,
)


THE_FIRST_NOT_BUSY_CALLS = worked(
    hall("desk: {counters: {'08:00-09:00': 2, '09:00-12:00': 1}}"),
    """
    Two are busy when the number falls to one. Counter 1 finishes first and calls nobody; when counter 2 finishes, one may call: counter 1,
    the first that is not busy, and not the one that came free. Were it the one that came free, counter 2 would call 3 and later 4.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  70     08:00   08:00  09:10  1        served
    2        08:00  desk  80     08:00   08:00  09:20  2        served
    3        08:30  desk  10     08:30   09:20  09:30  1        served
    4        08:40  desk  10     08:40   09:30  09:40  1        served
    """,
)

HELPERS_ARE_NOT_COUNTED = worked(
    hall("""
        passport: {counters: [{helps: [visa]}]}
        visa: {counters: {"08:00-10:00": 1}}
    """),
    """
    The number binds the unit's own counters (here counter 2), and only they are counted. Counter 1, of another unit, serves the visa of 1; the
    number is one, and counter 2 takes 2 all the same. At 08:10 as many own counters are busy as the number says, and counter 1 calls 3 all the
    same. From 10:00 the number is 0, and it serves 5. Were visas in service counted, 2 would wait until 08:10; were nobody called for the
    unit, 3 would wait until 08:30 and 5 in vain.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  visa  10     08:00   08:00  08:10  1        served
    2        08:00  visa  30     08:00   08:00  08:30  2        served
    3        08:05  visa  30     08:05   08:10  08:40  1        served
    4        08:06  visa  30     08:06   08:30  09:00  2        served
    5        10:00  visa  10     10:00   10:00  10:10  1        served
    """,
)


def test_the_number_falls_below_the_busy_and_rises(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_idle_counters_leave_first(engine: str) -> None:
    assert played(IDLE_LEAVE_FIRST, engine) == IDLE_LEAVE_FIRST.expected


def test_a_gap_is_the_number_nought(engine: str) -> None:
    assert played(NOBODY_FOR_AN_HOUR, engine) == NOBODY_FOR_AN_HOUR.expected


def test_the_first_counter_that_is_not_busy_calls(engine: str) -> None:
    assert played(THE_FIRST_NOT_BUSY_CALLS, engine) == THE_FIRST_NOT_BUSY_CALLS.expected


def test_the_number_binds_the_units_own_counters(engine: str) -> None:
    assert played(HELPERS_ARE_NOT_COUNTED, engine) == HELPERS_ARE_NOT_COUNTED.expected
