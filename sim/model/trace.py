"""Draw: everything that chance decides in one replication, drawn before time starts, into plain arrays.

The demand part does not depend on staffing: the same citizens meet every plan. (A supply part, keyed by officer, comes with the
rules that need one.)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model import streams
from sim.model.compiled import compilable, compiled
from sim.model.distributions import draw_time, on_grid
from sim.model.plan import BY_GAPS, BY_RATE, NO_PATIENCE_LIMIT, Plan
from sim.model.streams import philox, uniform

MOST_STOPS = 250
"""A citizen's route with all rework unrolled is cut here."""


class Trace(NamedTuple):
    """One day's chance: citizens in order of coming, and their stops one after the other.

    For citizen i: ``came`` (int64 microseconds) and ``enters`` (the same, or opening for who waits at the door), ``source``,
    ``number`` within the source, ``rank``; the stops are rows ``stop_first[i]`` to ``stop_first[i + 1]`` of ``citizen``,
    ``service``, ``work`` (service time) and ``patience`` (clock.NEVER: without end).
    """

    came: NDArray[np.int64]
    enters: NDArray[np.int64]
    source: NDArray[np.int64]
    number: NDArray[np.int64]
    rank: NDArray[np.int64]
    stop_first: NDArray[np.int64]
    citizen: NDArray[np.int64]
    service: NDArray[np.int64]
    work: NDArray[np.int64]
    patience: NDArray[np.int64]


def draw(plan: Plan, seed: int, replication: int, *, fast: bool = False) -> Trace:
    """The trace of one replication: a pure function of the plan's demand, the seed (0 to 2³² − 1) and the replication (from 0).

    ``fast`` runs the compiled twins of the same functions: the same bits, some hundred times sooner, after the compiler's wait.
    """
    arrivals, stops = (compiled(_arrivals), compiled(_stops)) if fast else (_arrivals, _stops)
    key0, key1 = np.uint64(seed), np.uint64(replication)
    demand = plan.demand
    capacity = _likely_citizens(plan)
    while True:
        came, source, number, rank = (np.empty(capacity, dtype=np.int64) for _ in range(4))
        count = arrivals(plan.times, demand, key0, key1, came, source, number, rank)
        if count >= 0:
            break
        capacity *= 2
    order = np.argsort(came[:count], kind="stable")  # ties: by source, then by number within it
    came, source, number, rank = came[order], source[order], number[order], rank[order]
    capacity = count * max(1, int(np.diff(demand.route_first).max())) + 64
    while True:
        stop_first = np.empty(count + 1, dtype=np.int64)
        citizen, service, work, patience = (np.empty(capacity, dtype=np.int64) for _ in range(4))
        made = stops(plan.times, demand, key0, key1, source, number, stop_first, citizen, service, work, patience)
        if made >= 0:
            break
        capacity *= 2
    return Trace(
        came, np.maximum(came, demand.opens), source, number, rank, stop_first, citizen[:made], service[:made], work[:made], patience[:made]
    )


def _likely_citizens(plan: Plan) -> int:
    """More citizens than come on all but the rarest days; the draw starts again with twice as many when it is not enough."""
    demand = plan.demand
    expected = float(((demand.piece_end - demand.piece_start) * demand.piece_rate).sum())
    return int(expected + 10.0 * expected**0.5) + 64


@compilable
def _arrivals(times, demand, key0, key1, came, source, number, rank):  # type: ignore[no-untyped-def]
    """Fill the citizens of all sources, source after source; returns how many, or -1 when the arrays are too short."""
    capacity = came.size
    count = 0
    purpose = np.uint64(streams.CITIZEN)
    for s in range(demand.source_kind.size):
        kind = demand.source_kind[s]
        first, last = demand.piece_first[s], demand.piece_first[s + 1]
        if kind != BY_GAPS and first == last:
            continue
        total = 0.0
        if kind != BY_GAPS:
            total = demand.piece_below[last - 1] + demand.piece_rate[last - 1] * (demand.piece_end[last - 1] - demand.piece_start[last - 1])
        owner, step = np.uint64(s), np.uint64(0)
        reached = 0.0
        piece = first
        i = 0
        while i < demand.source_first[s]:
            me = np.uint64(i)
            w0, w1, _, _ = philox(me, owner, step, purpose, key0, key1)
            u = uniform(w0)
            if kind == BY_GAPS:
                reached += (
                    draw_time(times, demand.source_gap[s], u, me, owner, step, streams.GAP_REJECTION, key0, key1) * demand.source_gap_factor[s]
                )
                instant = demand.opens + reached
                if instant >= demand.until:
                    break
            else:
                if kind == BY_RATE:
                    reached -= math.log(u)
                else:
                    reached = u * total
                    piece = first
                if reached >= total:
                    break
                while piece + 1 < last and reached >= demand.piece_below[piece + 1]:
                    piece += 1
                instant = demand.piece_start[piece] + (reached - demand.piece_below[piece]) / demand.piece_rate[piece]
                instant = min(instant, demand.piece_end[piece] - 0.5)
            if count == capacity:
                return -1
            came[count] = int(instant / demand.grid) * demand.grid
            source[count] = s
            number[count] = i
            rank[count] = 0 if uniform(w1) < demand.source_priority[s] else demand.source_rank[s]
            count += 1
            i += 1
    return count


@compilable
def _stops(times, demand, key0, key1, source, number, stop_first, citizen, service, work, patience):  # type: ignore[no-untyped-def]
    """Fill the stops of all citizens in their order, rework unrolled; returns how many, or -1 when the arrays are too short."""
    capacity = service.size
    count = 0
    purpose = np.uint64(streams.STOP)
    sent_back = np.zeros(64, dtype=np.int64)
    for i in range(source.size):
        s = source[i]
        me, owner = np.uint64(number[i]), np.uint64(s)
        stop_first[i] = count
        first, last = demand.route_first[s], demand.route_first[s + 1]
        position, visit = first, 0
        sent_back[: last - first] = 0
        while position < last and visit < MOST_STOPS:
            step = np.uint64(visit)
            visit += 1
            w0, w1, w2, w3 = philox(me, owner, step, purpose, key0, key1)
            if uniform(w2) >= demand.stop_share[position]:
                position += 1
                continue
            if count == capacity:
                return -1
            citizen[count] = i
            service[count] = demand.stop_service[position]
            work[count] = on_grid(
                draw_time(times, demand.stop_work[position], uniform(w0), me, owner, step, streams.SERVICE_REJECTION, key0, key1),
                demand.grid,
                demand.grid,
            )
            if demand.stop_patience[position] == NO_PATIENCE_LIMIT:
                patience[count] = clock.NEVER
            else:
                patience[count] = on_grid(
                    draw_time(times, demand.stop_patience[position], uniform(w1), me, owner, step, streams.PATIENCE_REJECTION, key0, key1),
                    demand.grid,
                    0,
                )
            count += 1
            if sent_back[position - first] < demand.stop_rework_most[position] and uniform(w3) < demand.stop_rework[position]:
                sent_back[position - first] += 1
                position = first + demand.stop_back_to[position]
            else:
                position += 1
    stop_first[source.size] = count
    return count
