"""R16: a counter of speed 80 % needs 10 minutes for a service of 8, to the nearest step of the grid, and one step at least."""

from __future__ import annotations

from tests.days import hall, played, worked

AT_EACH_COUNTER = worked(
    hall("desk: {counters: [{speed: 80 %}, {speed: 200 %}, {}]}"),
    """
    8 min at 80 % are 10, 8 min at 200 % are 4, and at a counter without the key 8.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  8      08:00   08:00  08:10  1        served
    2        08:00  desk  8      08:00   08:00  08:04  2        served
    3        08:00  desk  8      08:00   08:00  08:08  3        served
    4        08:01  desk  12     08:01   08:04  08:10  2        served
    5        08:02  desk  4      08:02   08:08  08:12  3        served
    6        08:03  desk  4      08:03   08:10  08:15  1        served
    """,
)

BY_SERVICE = worked(
    hall("""
        permit: {services: {new: , renewal: }, counters: [{speed: {renewal: 50 %, visa: 200 %}, services: [new, renewal], helps: [visa]}]}
        visa: {counters: 1}
    """),
    """
    The counter of permits is slow at renewals, quick at the visa that it helps with, and serves what is not named as it was drawn.

    citizen  comes  stop            takes  ticket  start  end    counter  outcome
    1        08:00  permit.new      6      08:00   08:00  08:06  1        served
    2        08:01  permit.renewal  6      08:01   08:06  08:18  1        served
    3        08:02  visa            30     08:02   08:02  08:32  2        served
    4        08:03  visa            6      08:03   08:18  08:21  1        served
    """,
)

ON_A_GRID = worked(
    hall("desk: {counters: [{speed: 90 %}, {speed: 1000 %}]}", grid="1 min"),
    """
    On a clock of whole minutes 8 min at 90 % (8.9) are 9, 5 min (5.6) are 6, and 4 min (4.4) are 4; 1 min at 1000 % is still 1.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  8      08:00   08:00  08:09  1        served
    2        08:01  desk  1      08:01   08:01  08:02  2        served
    3        08:09  desk  5      08:09   08:09  08:15  1        served
    4        08:15  desk  4      08:15   08:15  08:19  1        served
    """,
)


def test_each_counter_has_its_speed(engine: str) -> None:
    assert played(AT_EACH_COUNTER, engine) == AT_EACH_COUNTER.expected


def test_a_speed_for_each_service(engine: str) -> None:
    assert played(BY_SERVICE, engine) == BY_SERVICE.expected


def test_durations_are_on_the_grid(engine: str) -> None:
    assert played(ON_A_GRID, engine) == ON_A_GRID.expected
