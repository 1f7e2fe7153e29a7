"""Officers on duty and offered load by interval of the day. Both are known before any simulation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.capacity import speeds, time_on_duty
from sim.analysis.offered_load import offered_load
from sim.model.shapes import UNLIMITED, Plan

Floats = NDArray[np.float64]


class Officers(NamedTuple):
    """Averages over each interval of the day: unit × interval, in the order of the scenario's units.

    ``on_duty`` counts officers at the unit of their counter, whatever they serve, less the time in which a planned outage stops the unit.
    It is NaN for a unit whose counters are unlimited. ``load`` is the number of officers that the offered load keeps busy: erlangs ÷ (their
    average speed × the share of time their system is up). It assumes that citizens reach each stop of their route without delay; those
    at the door bring their load at opening.
    """

    on_duty: Floats
    load: Floats


def officers(plan: Plan) -> Officers:
    """Officers on duty and offered load of each unit, averaged over the intervals of the day."""
    edges, unit_of = plan.window.edges, plan.hall.service_unit
    unlimited = plan.hall.unit_kind == UNLIMITED
    duty, _ = time_on_duty(plan)
    by_service = offered_load(plan).average(edges) / speeds(plan)[:, None]
    load = np.stack([by_service[unit_of == unit].sum(axis=0) for unit in range(len(unlimited))])
    return Officers(np.where(unlimited[:, None], np.nan, duty / np.diff(edges)), load)
