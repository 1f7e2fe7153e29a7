"""Officers on duty and offered load by interval of the day: what a staffing plan sets against the demand, known before any simulation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.offered_load import offered_load
from sim.model.plan import UNLIMITED, Plan
from sim.results.measures import on_duty

Floats = NDArray[np.float64]


class Officers(NamedTuple):
    """Averages over each interval of the day: unit × interval, in the order of the scenario's units.

    ``on_duty`` counts officers at the unit whose counter they have, whatever they serve; NaN for a unit whose counters are
    unlimited. ``load`` is the offered load in erlang, of citizens who reach each stop of their route without delay.
    """

    on_duty: Floats
    load: Floats


def officers(plan: Plan) -> Officers:
    """Officers on duty and offered load of each unit, averaged over the intervals of the day."""
    edges = plan.window.edges.astype(np.float64)
    lengths = np.diff(edges)
    duty, _ = on_duty(plan)
    unlimited = plan.supply.unit_kind == UNLIMITED
    load = offered_load(plan)
    cuts = load.cuts.astype(np.float64)
    by_piece = np.stack([load.erlangs[plan.supply.service_unit == unit].sum(axis=0) for unit in range(len(unlimited))])
    overlap = np.maximum(0.0, np.minimum(cuts[1:, None], edges[1:]) - np.maximum(cuts[:-1, None], edges[:-1]))
    return Officers(np.where(unlimited[:, None], np.nan, duty / lengths), by_piece @ overlap / lengths)
