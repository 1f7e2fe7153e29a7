"""Arrivals: how a scale multiplies the rates of a source, and a plan with another scale."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError
from sim.model.shapes import BY_GAPS, EXACTLY, Plan, Rates
from sim.scenario.schema import CITIZENS

MOST_SCALE = 1000.0
"""1000: the greatest scale of arrivals, as in a scenario."""


def with_arrivals(plan: Plan, scale: float | Mapping[int, float]) -> Plan:
    """The plan with more or fewer citizens: what compiling the scenario with this scale of arrivals would give.

    ``scale`` (0 to 1000; 1.2 is 120 %) takes the place of the scenario's `arrivals`: a number for all sources, or one for each source that
    changes, by its number in the plan (from 0). It multiplies the rates as the scenario wrote them, and divides gaps, so that to set it twice
    is to set it once. Exact numbers have no scale: one number for all leaves them as they are (R3).

    A citizen keeps his identity: at 120 % the n-th citizen of a source is the same person, who comes earlier.

    Raises UsageError for a source that does not exist or has an exact number of citizens, a scale out of its range, or too many citizens.
    """
    kinds = plan.demand.source_kind
    scales = plan.rates.scale.copy()
    if isinstance(scale, Mapping):
        for source, one in scale.items():
            if not 0 <= source < len(kinds):
                raise UsageError(f"there is no source {source}; the sources of this hall are numbered from 0 to {len(kinds) - 1}")
            if kinds[source] == EXACTLY:
                raise UsageError(f"source {source} sends an exact number of citizens, which no scale changes")
            scales[source] = one
    else:
        scales[kinds != EXACTLY] = scale
    if not ((scales >= 0.0) & (scales <= MOST_SCALE)).all():
        raise UsageError(f"a scale of arrivals lies between 0 and {MOST_SCALE:g}; 1.2 is 120 %")
    rates = plan.rates._replace(scale=scales)
    demand = plan.demand._replace(**scaled(rates, kinds, plan.demand.piece_first, plan.demand.piece_start, plan.demand.piece_end))
    expected = demand.piece_rate * (demand.piece_end - demand.piece_start)
    if expected.sum() > CITIZENS and any(expected[first:last].sum() > CITIZENS for first, last in pairwise(demand.piece_first.tolist())):
        raise UsageError(f"more than {CITIZENS:,} citizens of one source would come")
    return plan.changed(demand=demand, rates=rates)


def scaled(
    rates: Rates, kinds: NDArray[np.uint8], piece_first: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> dict[str, Any]:
    """The columns of `Demand` that the scale of arrivals decides (R3): rates, and factors on gaps. Nobody comes by gaps at a scale of 0."""
    scale, by_gaps = rates.scale, kinds == BY_GAPS
    comes = scale > 0.0
    rate = scale.repeat(piece_first[1:] - piece_first[:-1]) * rates.number * rates.share / rates.weight / rates.length
    expected, below = (rate * (end - start)).tolist(), list[float]()
    for first, last in pairwise(piece_first.tolist()):
        below += accumulate(expected[first : last - 1], initial=0.0) if last > first else ()
    return {
        "source_first": np.where(comes | ~by_gaps, rates.first, 0),
        "source_gap_factor": np.divide(1.0, scale, out=np.ones(len(scale)), where=by_gaps & comes),
        "piece_rate": rate,
        "piece_below": np.array(below, dtype=np.float64),
    }
