"""R2: every instant is a multiple of the clock's step; a service takes at least one step and ends exactly its service time after its start.

One counter, times to the second: waits add up without a gap.

    citizen  comes     stop  takes  ticket    start     end       counter  outcome
    1        08:00:07  desk  95s    08:00:07  08:00:07  08:01:42  1        served
    2        08:00:30  desk  1s     08:00:30  08:01:42  08:01:43  1        served
    3        08:01:43  desk  59s    08:01:43  08:01:43  08:02:42  1        served
    4        08:01:43  desk  18s    08:01:43  08:02:42  08:03     1        served
"""

from __future__ import annotations

import numpy as np
import pytest

from sim import clock
from sim.model.trace import draw
from tests.days import ENGINES, Hall, hall, hall_of, played, worked

DAY = worked(hall("desk: {counters: 1}"), __doc__)


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def on_a_grid(grid: str, service_time: str, patience: str) -> Hall:
    """A hall whose clock has this step; 200 citizens."""
    return hall_of(
        {
            "name": "grid",
            "hours": "08:00-12:00",
            "grid": grid,
            "units": {"desk": {"counters": 3, "service_time": {"exponential": service_time}}},
            "citizens": {"all": {"arrivals": {"exactly": 200}, "route": ["desk"], "patience": {"exponential": patience}}},
        }
    )


@pytest.mark.parametrize(("grid", "step"), [("1 us", 1), ("1 s", clock.SECOND), ("30 s", 30 * clock.SECOND), ("60 s", clock.MINUTE)])
def test_all_times_lie_on_the_grid(grid: str, step: int, engine: str) -> None:
    hall = on_a_grid(grid, "3 min", "5 min")
    trace = draw(hall.plan, 5, 0)
    for column in (trace.came, trace.enters, trace.work, trace.patience):
        assert (column % step == 0).all()
    records = ENGINES[engine](hall.plan, trace)
    for column in (records.ticket, records.start, records.end):
        assert (column[column < clock.NEVER] % step == 0).all()
    served = records.start < clock.NEVER
    assert np.array_equal(records.end[served], records.start[served] + trace.work[served])


def test_a_service_takes_at_least_one_step_and_patience_may_be_none() -> None:
    trace = draw(on_a_grid("60 s", "5 s", "5 s").plan, 5, 0)
    assert set(trace.work.tolist()) == {clock.MINUTE}
    assert set(trace.patience.tolist()) == {0}, "5 s is nearer to 0 than to a minute, but for one citizen in 400"


def test_durations_go_to_the_nearest_step() -> None:
    fine, coarse = (draw(on_a_grid(grid, "3 min", "5 min").plan, 5, 0) for grid in ("1 us", "60 s"))
    mine, its = (
        np.argsort(fine.number),
        np.argsort(coarse.number),
    )  # the same citizens, whose order of coming has more ties on the coarse grid
    nearest = (fine.patience[mine] + 30 * clock.SECOND) // clock.MINUTE * clock.MINUTE
    assert np.array_equal(coarse.patience[its], nearest)
    nearest = (fine.work[mine] + 30 * clock.SECOND) // clock.MINUTE * clock.MINUTE
    assert np.array_equal(coarse.work[its], np.maximum(clock.MINUTE, nearest))
    assert np.array_equal(coarse.came[its], fine.came[mine] // clock.MINUTE * clock.MINUTE), "who comes within a step comes at its start"
