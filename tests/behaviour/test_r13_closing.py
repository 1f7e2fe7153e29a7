"""R13: at closing either all who are inside are served, by the counters whose last duty ends then or later, or who waits is sent home.

*Serve all*, closing at 12:00. Counter 1 of the permit unit is on duty until 11:00, counter 2 until closing, so it stays; the only counter
of the archive is on duty until 11:30. 4 waits at closing and is served after it; so is the next stop of 2. 5 waits for the archive at
closing, and nobody will serve him: he is a left-over at 12:00. 3 comes to the archive later, and is one at once. The patience of 6 ends
at closing: he has left before it. The patience of 7 ends after it.

    citizen  comes  stop     takes  patience  ticket  start  end    counter  outcome
    1        10:50  permit   20     -         10:50   10:50  11:10  1        served
    2        10:50  permit   80     -         10:50   10:50  12:10  2        served
    2        -      cashier  5      -         12:10   12:10  12:15  4        served
    3        11:20  permit   15     -         11:20   12:10  12:25  2        served
    3        -      archive  5      -         12:25   -      12:25  -        left over
    3        -      cashier  5      -         -       -      -      -        not reached
    4        11:25  permit   15     -         11:25   12:25  12:40  2        served
    5        11:35  archive  5      -         11:35   -      12:00  -        left over
    6        11:40  permit   5      20        11:40   -      12:00  -        abandoned
    7        11:45  permit   5      50        11:45   -      12:35  -        abandoned
    8        11:50  archive  5      10        11:50   -      12:00  -        abandoned
"""

from __future__ import annotations

from tests.days import hall, played, worked

SERVE_ALL = worked(
    hall("""
        permit: {counters: 2, duty: ["08:00-11:00", "08:00-12:00"]}
        archive: {counters: 1, duty: "08:00-11:30"}
        cashier: {counters: 1, duty: "08:00-13:00"}
    """),
    __doc__,
)

SEND_HOME = worked(
    hall(
        """
            permit: {counters: 1, duty: "08:00-13:00"}
            form: {counters: unlimited}
        """,
        closing="send home",
    ),
    """
    The service of 1 ends at closing: the counter is free before it and calls 2, who is finished after closing. Further stops are closed to
    both, even the one without a queue. The patience of 3 ends at closing, before it; 4 waits, and goes home. 5 is filling in a form at
    closing and may finish that.

    citizen  comes  stop    takes  patience  ticket  start  end    counter  outcome
    1        11:30  permit  30     -         11:30   11:30  12:00  1        served
    1        -      form    5      -         12:00   -      12:00  -        left over
    2        11:35  permit  10     -         11:35   12:00  12:10  1        served
    2        -      permit  10     -         12:10   -      12:10  -        left over
    3        11:40  permit  10     20        11:40   -      12:00  -        abandoned
    4        11:50  permit  10     -         11:50   -      12:00  -        left over
    4        -      form    5      -         -       -      -      -        not reached
    5        11:55  form    15     -         11:55   11:55  12:10  -        served
    5        -      permit  5      -         12:10   -      12:10  -        left over
    """,
)

BY_NUMBER = worked(
    hall("""
        desk: {counters: {"08:00-11:00": 1, "11:00-12:00": 2}}
        archive: {counters: {"08:00-11:30": 1}}
    """),
    """
    A number on duty until closing stays, and all of them serve those who wait; where the number falls to 0 before, nobody does.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        11:20  archive  20     11:20   11:20  11:40  3        served
    2        11:25  archive  20     11:25   -      12:00  -        left over
    3        11:40  desk     30     11:40   11:40  12:10  1        served
    4        11:41  desk     40     11:41   11:41  12:21  2        served
    5        11:50  desk     10     11:50   12:10  12:20  1        served
    6        11:51  desk     10     11:51   12:20  12:30  1        served
    7        11:52  desk     5      11:52   12:21  12:26  2        served
    7        -      archive  5      12:26   -      12:26  -        left over
    """,
)

A_HELPER_STAYS = worked(
    hall("""
        passport: {counters: [{helps: [visa]}]}
        visa: {counters: [{duty: "08:00-11:00"}]}
    """),
    """
    The visa unit's own counter has gone, but one that helps it stays, so nobody is left over.

    citizen  comes  stop      takes  ticket  start  end    counter  outcome
    1        11:50  passport  20     11:50   11:50  12:10  1        served
    2        11:51  visa      10     11:51   12:20  12:30  1        served
    3        11:52  passport  10     11:52   12:10  12:20  1        served
    """,
)


NO_MORE_THAN_A_GAP = worked(
    hall("""
        desk: {counters: {"08:00-12:30": 1, "12:30-13:00": 0}}
        archive: {counters: {"08:00-11:30": 1, "11:30-12:30": 0}}
    """),
    """
    The last number above 0 counts: the desk's holds until after closing, so it stays, beyond 12:30 too; the archive's ends before, so nobody
    stays. A 0 at the end says no more than a gap. Were the last interval to count whatever its number, the desk would leave for good: 4 and
    5 would be left over at 12:00.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        11:20  archive  20     11:20   11:20  11:40  2        served
    2        11:25  archive  10     11:25   -      12:00  -        left over
    3        11:40  desk     40     11:40   11:40  12:20  1        served
    4        11:50  desk     20     11:50   12:20  12:40  1        served
    5        11:55  desk     10     11:55   12:40  12:50  1        served
    """,
)

AWAY_AT_CLOSING = worked(
    hall("""
        permit: {counters: 1, duty: "08:00-12:00, 13:00-14:00"}
        desk: {counters: {"08:00-12:00": 2, "13:00-14:00": 1}}
    """),
    """
    Duties before the last one end as rostered, at closing too: 2, 5 and 6 wait for the counter that comes at 13:00, and the next stop of 1
    after them. The last one has no end. Were whoever stays there without a pause from closing on, 2 would be called at 12:00, 5 at 12:10 and
    6 at 12:20, by two counters.

    citizen  comes  stop    takes  ticket  start  end    counter  outcome
    1        11:40  permit  20     11:40   11:40  12:00  1        served
    1        -      desk    5      12:00   14:10  14:15  2        served
    2        11:45  permit  70     11:45   13:00  14:10  1        served
    3        11:50  desk    20     11:50   11:50  12:10  2        served
    4        11:50  desk    30     11:50   11:50  12:20  3        served
    5        11:51  desk    40     11:51   13:00  13:40  2        served
    6        11:52  desk    30     11:52   13:40  14:10  2        served
    7        11:58  permit  5      11:58   14:10  14:15  1        served
    """,
)


def test_serve_all(engine: str) -> None:
    assert played(SERVE_ALL, engine) == SERVE_ALL.expected


def test_send_home(engine: str) -> None:
    assert played(SEND_HOME, engine) == SEND_HOME.expected


def test_a_number_on_duty_at_closing_stays(engine: str) -> None:
    assert played(BY_NUMBER, engine) == BY_NUMBER.expected


def test_a_counter_that_only_helps_serves_all_too(engine: str) -> None:
    assert played(A_HELPER_STAYS, engine) == A_HELPER_STAYS.expected


def test_a_nought_at_the_end_says_no_more_than_a_gap(engine: str) -> None:
    assert played(NO_MORE_THAN_A_GAP, engine) == NO_MORE_THAN_A_GAP.expected


def test_duties_before_the_last_end_as_rostered_at_closing(engine: str) -> None:
    assert played(AWAY_AT_CLOSING, engine) == AWAY_AT_CLOSING.expected
