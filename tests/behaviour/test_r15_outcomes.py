"""R15: each citizen ends in exactly one outcome; at the horizon, whoever is inside is still inside.

A system without opening hours, 60 minutes long. 1, 2 and 4 have every stop behind them; 3 has given up, 10 was turned away. At the horizon 5 is
in service and 7 is at a stop without a queue; 6 waits. The service of 8 would end at the horizon, and the patience of 9 too: what falls
on the horizon happens no more.

Who is refused, like 10, takes no ticket, and his end is the instant of his coming. Who is still inside keeps what he has had so far: his
ticket, and in service the start and the counter; he has no end.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        00:00  desk  10     -         00:00   00:00  00:10  1        served
    2        00:05  desk  20     -         00:05   00:10  00:30  1        served
    2        -      form  5      -         00:30   00:30  00:35  -        served
    3        00:06  desk  5      10        00:06   -      00:16  -        abandoned
    3        -      form  5      -         -       -      -      -        not reached
    4        00:15  late  5      -         00:15   00:15  00:20  2        served
    4        -      late  5      -         00:20   00:20  00:25  2        served
    5        00:31  desk  40     -         00:31   00:31  -      1        still inside
    5        -      form  5      -         -       -      -      -        not reached
    6        00:32  desk  10     -         00:32   -      -      -        still inside
    7        00:40  form  30     -         00:40   00:40  -      -        still inside
    8        00:41  late  19     -         00:41   00:41  -      2        still inside
    9        00:42  late  5      18        00:42   -      -      -        still inside
    10       00:43  late  5      -         -       -      00:43  -        refused: waiting room full
"""

from __future__ import annotations

import numpy as np

from sim.model.trace import draw
from sim.results.measures import CAME, measure
from sim.results.outcomes import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from tests.days import ENGINES, hall, hall_of, played, worked

DAY = worked(
    hall(
        """
            desk: {counters: 1}
            late: {counters: 1, waiting_room: 1}
            form: {counters: unlimited}
        """,
        horizon="60 min",
    ),
    __doc__,
)

EVERY_OUTCOME = worked(
    hall('desk: {counters: 1, duty: "08:00-11:00", waiting_room: 2}'),
    """
    All outcomes of a day with opening hours.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        10:30  desk  40     -         10:30   10:30  11:10  1        served
    2        10:40  desk  10     30        10:40   -      11:10  -        abandoned
    3        10:50  desk  10     -         10:50   -      12:00  -        left over
    4        10:55  desk  10     -         -       -      10:55  -        refused: waiting room full
    5        12:00  desk  10     -         -       -      12:00  -        refused: after last ticket
    """,
)


def test_the_horizon(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_every_outcome_of_a_day(engine: str) -> None:
    assert played(EVERY_OUTCOME, engine) == EVERY_OUTCOME.expected


def test_the_outcomes_add_up(engine: str) -> None:
    for day, counts in (
        (DAY, {SERVED: 3, ABANDONED: 1, REFUSED_FULL: 1, STILL_INSIDE: 5}),
        (EVERY_OUTCOME, {SERVED: 1, ABANDONED: 1, LEFT_OVER: 1, REFUSED_FULL: 1, REFUSED_LATE: 1}),
    ):
        plan = day.hall.plan
        sums = measure(plan, day.trace, ENGINES[engine](plan, day.trace)).sums.citizens.sum(axis=0)
        assert sums[CAME] == len(day.trace.came)
        assert {outcome: int(count) for outcome, count in enumerate(sums[: STILL_INSIDE + 1]) if count and outcome != CAME} == counts


def test_a_citizen_whose_stops_are_all_passed_by_has_done_them(engine: str) -> None:
    """Such a citizen has no row in the records, and counts as served without a wait."""
    stop = {"stop": "desk", "share": "0 %"}
    units = {"desk": {"counters": 1, "service_time": "5 min"}}
    plan = hall_of(
        {"name": "nobody", "hours": "08:00-12:00", "units": units, "citizens": {"all": {"arrivals": {"exactly": 9}, "route": [stop]}}}
    ).plan
    trace = draw(plan, 1, 0)
    records = ENGINES[engine](plan, trace)
    assert len(trace.came) == 9 and len(records.outcome) == 0
    sums = measure(plan, trace, records).sums.citizens.sum(axis=0)
    assert sums[CAME] == sums[SERVED] == 9 and np.count_nonzero(sums[: STILL_INSIDE + 1]) == 2
