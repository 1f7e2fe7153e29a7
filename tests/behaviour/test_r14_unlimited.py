"""R14: at a unit with unlimited counters nobody waits; no counter is named and no waiting room fills.

Five fill in the form at once; it takes each his own time. Then they queue at the desk in the order in which they come there.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        08:00  form  10     0         08:00   08:00  08:10  -        served
    1        -      desk  10     -         08:10   08:14  08:24  1        served
    2        08:00  form  4      0         08:00   08:00  08:04  -        served
    2        -      desk  10     -         08:04   08:04  08:14  1        served
    3        08:01  form  10     -         08:01   08:01  08:11  -        served
    3        -      desk  10     -         08:11   08:34  08:44  1        served
    4        08:01  form  9      -         08:01   08:01  08:10  -        served
    4        -      desk  10     -         08:10   08:24  08:34  1        served
    5        08:01  form  60     -         08:01   08:01  09:01  -        served
    5        -      form  30     -         09:01   09:01  09:31  -        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(
    hall("""
        form: {counters: unlimited}
        desk: {counters: 1}
    """),
    __doc__,
)

AFTER_CLOSING = worked(
    hall("""
        form: {counters: unlimited}
        desk: {counters: 1, duty: "08:00-10:00"}
    """),
    """
    Under *serve all* the form stays open after closing for those inside.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        09:59  desk  130    09:59   09:59  12:09  1        served
    1        -      form  10     12:09   12:09  12:19  -        served
    1        -      desk  5      12:19   -      12:19  -        left over
    2        11:55  form  10     11:55   11:55  12:05  -        served
    2        -      form  10     12:05   12:05  12:15  -        served
    """,
)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_open_after_closing(engine: str) -> None:
    assert played(AFTER_CLOSING, engine) == AFTER_CLOSING.expected
