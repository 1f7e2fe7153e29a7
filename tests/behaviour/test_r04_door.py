"""R4: who comes before opening waits at the door and enters at opening, in the order of coming.

The hall opens at 08:00, the first counter is on duty from 07:30. The patience of 3 begins with the ticket, not at the door; 4 comes
at opening and is behind those at the door.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        07:15  desk  10     -         08:00   08:00  08:10  1        served
    2        07:15  desk  10     -         08:00   08:10  08:20  1        served
    3        07:40  desk  10     20        08:00   08:20  08:30  1        served
    4        08:00  desk  5      -         08:00   08:30  08:35  1        served
    5        08:01  desk  5      -         08:01   08:35  08:40  1        served
"""

from __future__ import annotations

import numpy as np

from sim import clock
from sim.model.trace import draw
from tests.days import hall, hall_of, played, worked

DAY = worked(hall("desk: {counters: 1, duty: '07:30-12:00'}"), __doc__)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_the_draw_keeps_when_they_came_and_when_they_enter() -> None:
    source = {"arrivals": {"rates": {"07:30-08:30": "40 per hour"}}, "route": ["desk"]}
    units = {"desk": {"counters": 1, "service_time": "5 min"}}
    plan = hall_of(
        {"name": "door", "hours": "08:00-12:00", "grid": "60 s", "units": units, "citizens": {"one": source, "two": source}}
    ).plan
    trace = draw(plan, 6, 0)
    early = trace.came < 8 * clock.HOUR
    assert 0 < early.sum() < len(early)
    assert (trace.enters[early] == 8 * clock.HOUR).all()
    assert np.array_equal(trace.enters[~early], trace.came[~early])
    order = list(zip(trace.came.tolist(), trace.source.tolist(), trace.number.tolist(), strict=True))
    assert order == sorted(order) and len(set(trace.came.tolist())) < len(order), "ties by source, then by number in the source"
