"""What chance decides on a day for the rules that few halls use (`sim.model.shapes.Extras`).

The columns are drawn after the citizens and beside them, by keys that depend neither on the order of events nor on the staffing of other
units. A hall without such rules has no Chances, and pays nothing for them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model import streams
from sim.model.compiled import allocating
from sim.model.shapes import Extras, Hall
from sim.model.streams import philox, uniform


class Chances(NamedTuple):
    """One day's chance for these rules, or several days', one after the other. A column that no rule of the hall reads is empty.

    ``absent`` says of each counter of the hall whether its officer is absent on this day (R22).
    """

    absent: NDArray[np.bool_]


@allocating  # it returns arrays, whose references must be counted
def chances_of_day(chances, day, counters):  # type: ignore[no-untyped-def]
    """The chances of one of several days (from 0), as views, in a hall of so many ``counters``."""
    return Chances(chances.absent[day * counters : (day + 1) * counters])


def drawn(hall: Hall, extras: Extras, seed: int, first: int, days: int) -> Chances:
    """The chances of ``days`` replications from ``first`` on: a pure function of the plan, the seed and the replication."""
    return Chances(np.concatenate([absent_on(hall, extras, seed, first + day) for day in range(days)]))


def absent_on(hall: Hall, extras: Extras, seed: int, replication: int) -> NDArray[np.bool_]:
    """R22: who is absent in one replication, for each counter of the hall.

    In a unit with a table, the number absent is drawn from it, and then so many officers, all with the same chance.
    """
    unit = hall.counter_unit.astype(np.uint64)
    position = np.arange(len(unit), dtype=np.uint64) - hall.unit_first_counter[hall.counter_unit].astype(np.uint64)
    w0, w1 = _words(position, unit, seed, replication)
    absent: NDArray[np.bool_] = uniform(w0) < extras.absence
    for k in np.flatnonzero(np.diff(extras.absent_first)).tolist():
        rows = slice(int(extras.absent_first[k]), int(extras.absent_first[k + 1]))
        mine = slice(int(hall.unit_first_counter[k]), int(hall.unit_first_counter[k + 1]))
        u = uniform(_words(np.array([0xFFFFFFFF], dtype=np.uint64), np.array([k], dtype=np.uint64), seed, replication)[0])[0]
        below = np.cumsum(extras.absent_share[rows])
        number = int(extras.absent_number[rows][min(int(np.searchsorted(below, u, side="right")), len(below) - 1)])
        absent[mine] = False
        absent[mine][np.argsort(w1[mine], kind="stable")[:number]] = True
    return absent


def _words(number: NDArray[np.uint64], owner: NDArray[np.uint64], seed: int, replication: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first two random words of the purpose ABSENCE."""
    w0, w1, _, _ = philox(number, owner, np.uint64(0), np.uint64(streams.ABSENCE), np.uint64(seed), np.uint64(replication))
    return w0, w1
