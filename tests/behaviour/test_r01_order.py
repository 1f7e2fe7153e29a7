"""R1: events are handled one at a time in the order instant, kind, index.

A desk with two counters, on duty 08:00-09:00 and 10:00-12:00, and a cashier with one. Many things happen at one instant:

* 08:30: the services of 3 (counter 1) and of 2 (counter 2) end. Counter 1 calls 4 as it comes free; then 2 and 3 go to the cashier,
  the lower number first although his service ended later; last comes 5, and finds counter 2 free.
* 09:00: duty ends first, so the counters that finish then call nobody; after that the patience of 6 ends.
* 10:00: duty begins before the patience of 7 ends, so counter 1 calls him; 9 comes last and finds counter 2.

    citizen  comes  stop     takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk     5      -         08:00   08:00  08:05  1        served
    2        08:00  desk     30     -         08:00   08:00  08:30  2        served
    2        -      cashier  3      -         08:30   08:30  08:33  3        served
    3        08:05  desk     25     -         08:05   08:05  08:30  1        served
    3        -      cashier  3      -         08:30   08:33  08:36  3        served
    4        08:10  desk     30     -         08:10   08:30  09:00  1        served
    5        08:30  desk     30     -         08:30   08:30  09:00  2        served
    6        08:50  desk     5      10        08:50   -      09:00  -        abandoned
    7        08:55  desk     10     65        08:55   10:00  10:10  1        served
    8        08:56  desk     5      62        08:56   -      09:58  -        abandoned
    9        10:00  desk     10     -         10:00   10:00  10:10  2        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(
    hall("""
        desk: {counters: 2, duty: "08:00-09:00, 10:00-12:00"}
        cashier: {counters: 1}
    """),
    __doc__,
)

AT_ONE_INSTANT = worked(
    hall("""
        form: {counters: unlimited}
        desk: {counters: 2}
        cashier: {counters: 1}
    """),
    """
    At 08:10 counter 2 finishes with 4 and the cashier with 3, then the forms are filled in. So 1, 2 and 4 go to the cashier, in citizen
    order whoever finished first, and 5, who comes at that instant, after them.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        08:00  form     10     08:00   08:00  08:10  -        served
    1        -      cashier  2      08:10   08:10  08:12  3        served
    2        08:00  form     10     08:00   08:00  08:10  -        served
    2        -      cashier  2      08:10   08:12  08:14  3        served
    3        08:01  desk     1      08:01   08:01  08:02  1        served
    3        -      cashier  8      08:02   08:02  08:10  3        served
    4        08:01  desk     9      08:01   08:01  08:10  2        served
    4        -      cashier  2      08:10   08:14  08:16  3        served
    5        08:10  cashier  2      08:10   08:16  08:18  3        served
    """,
)

CALLS_IN_COUNTER_ORDER = worked(
    hall("desk: {counters: 3, duty: ['09:00-12:00', '08:00-12:00', '09:00-12:00']}"),
    """
    At 09:00 duties begin in counter order: counter 1 calls 2, the first ticket, counter 3 calls 3. At 09:10 counters 1 and 3 finish:
    counter 1 calls 4. Then counter 3 calls 5.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  180    08:00   08:00  11:00  2        served
    2        08:10  desk  10     08:10   09:00  09:10  1        served
    3        08:10  desk  10     08:10   09:00  09:10  3        served
    4        08:20  desk  10     08:20   09:10  09:20  1        served
    5        08:30  desk  10     08:30   09:10  09:20  3        served
    """,
)

DUTY_BEFORE_SERVICE = worked(
    hall("desk: {counters: 2, duty: ['08:00-12:00', '09:00-10:00']}"),
    """
    At 09:00 the duty of counter 2 begins before counter 1 finishes, so it calls 2. At 10:00 its duty ends before it finishes 4, so
    it calls nobody; counter 1, which finishes then too, calls 5 and later 6.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  60     08:00   08:00  09:00  1        served
    2        08:10  desk  20     08:10   09:00  09:20  2        served
    3        09:10  desk  50     09:10   09:10  10:00  1        served
    4        09:20  desk  40     09:20   09:20  10:00  2        served
    5        09:30  desk  10     09:30   10:00  10:10  1        served
    6        09:31  desk  10     09:31   10:10  10:20  1        served
    """,
)


A_NUMBER_RISES = worked(
    hall("""
        passport: {counters: [{count: 2}, {duty: "09:00-12:00", helps: [visa]}]}
        visa: {counters: {"09:00-12:00": 1}}
    """),
    """
    At 09:00 the duty of counter 3 begins and the number of the visa unit rises. The index of the rise is the unit's first counter, 4; so
    counter 3 calls first. Were it the unit's own place in the hall (the second), counter 4 would call 1 and counter 3 would call 2.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:10  visa  10     08:10   09:00  09:10  3        served
    2        08:20  visa  20     08:20   09:00  09:20  4        served
    """,
)


def test_many_things_at_one_instant(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_next_stops_are_taken_in_citizen_order_and_before_newcomers(engine: str) -> None:
    assert played(AT_ONE_INSTANT, engine) == AT_ONE_INSTANT.expected


def test_counters_are_offered_work_in_counter_order(engine: str) -> None:
    assert played(CALLS_IN_COUNTER_ORDER, engine) == CALLS_IN_COUNTER_ORDER.expected


def test_duties_begin_and_end_before_services_end(engine: str) -> None:
    assert played(DUTY_BEFORE_SERVICE, engine) == DUTY_BEFORE_SERVICE.expected


def test_a_number_rises_at_the_place_of_the_units_first_counter(engine: str) -> None:
    assert played(A_NUMBER_RISES, engine) == A_NUMBER_RISES.expected
