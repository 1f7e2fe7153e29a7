"""Draw: everything that chance decides in one replication, drawn before time starts, into plain arrays.

The demand part does not depend on staffing: the same citizens meet every plan. (A supply part, keyed by officer, comes with the
rules that need one.)
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model import streams
from sim.model.compiled import compilable, compiled
from sim.model.distributions import GAMMA, closed_time, draw_time, on_grid
from sim.model.plan import BY_GAPS, BY_RATE, NO_PATIENCE_LIMIT, Plan
from sim.model.streams import philox_column, uniform

COLUMN = 64
"""So many citizens of a source are drawn together."""


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
    demand = plan.demand
    citizens, lay_out = (compiled(_citizens), compiled(_lay_out)) if fast else (_citizens, _lay_out)
    longest = _longest_route(plan)
    capacity = _likely_citizens(plan)
    while True:
        came, source, number, rank, made = (np.empty(capacity + COLUMN, dtype=np.int64) for _ in range(5))
        service, work, patience = (np.empty((capacity + COLUMN) * longest, dtype=np.int64) for _ in range(3))
        count = citizens(
            plan.times, demand, np.uint64(seed), np.uint64(replication), longest, came, source, number, rank, made, service, work, patience
        )
        if count >= 0:
            break
        capacity *= 2
    order = np.argsort(came[:count], kind="stable")  # ties: by source, then by number within it
    stops = int(made[:count].sum())
    stop_first = np.empty(count + 1, dtype=np.int64)
    in_order = Trace(
        came=came[order],
        enters=np.maximum(came[order], demand.opens),
        source=source[order],
        number=number[order],
        rank=rank[order],
        stop_first=stop_first,
        citizen=np.empty(stops, dtype=np.int64),
        service=np.empty(stops, dtype=np.int64),
        work=np.empty(stops, dtype=np.int64),
        patience=np.empty(stops, dtype=np.int64),
    )
    lay_out(order, longest, made, service, work, patience, stop_first, in_order.citizen, in_order.service, in_order.work, in_order.patience)
    return in_order


def _likely_citizens(plan: Plan) -> int:
    """More citizens than come on all but the rarest days; the draw starts again with twice as many when it is not enough."""
    demand = plan.demand
    expected = float(((demand.piece_end - demand.piece_start) * demand.piece_rate).sum())
    return int(expected + 10.0 * expected**0.5) + 64


def _longest_route(plan: Plan) -> int:
    """The most stops that one citizen can make, with all rework."""
    demand = plan.demand
    longest = 1
    for first, last in pairwise(demand.route_first.tolist()):
        back = np.arange(last - first) - demand.stop_back_to[first:last] + 1
        longest = max(longest, last - first + int((back * demand.stop_rework_most[first:last]).sum()))
    return longest


@compilable
def _citizens(times, demand, key0, key1, longest, came, source, number, rank, made, service, work, patience):  # type: ignore[no-untyped-def]
    """Fill the citizens of all sources, source after source, and their stops; returns how many, or -1 when the arrays are too short.

    Stop j of citizen i is written at i · longest + j; ``made`` counts the stops of each. The stops of a column of citizens are drawn
    visit by visit: visit v of a citizen has the key (number, source, v), whatever the position of the route by then.
    """
    (
        grid, opens, until, source_kind, source_first, source_rank, source_priority, source_gap, source_gap_factor, piece_first, piece_start,
        piece_end, piece_rate, piece_below, route_first, stop_service, stop_work, stop_patience, stop_share, stop_rework, stop_back_to, stop_rework_most,
    ) = demand  # fmt: skip
    family, a, b, c, plus, at_most = times.family, times.a, times.b, times.c, times.plus, times.at_most
    w0, w1, w2, w3 = np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.uint32)
    position = np.empty(COLUMN, np.int64)
    sent_back = np.zeros(COLUMN * 64, np.int64)
    of_citizen, of_stop, step = np.uint64(streams.CITIZEN), np.uint64(streams.STOP), np.uint64(0)
    count = 0
    for s in range(source_kind.size):
        kind = source_kind[s]
        piece, last_piece = piece_first[s], piece_first[s + 1]
        if kind != BY_GAPS and piece == last_piece:
            continue
        total = 0.0
        if kind != BY_GAPS:
            total = piece_below[last_piece - 1] + piece_rate[last_piece - 1] * (piece_end[last_piece - 1] - piece_start[last_piece - 1])
        owner = np.uint64(s)
        first, last = route_first[s], route_first[s + 1]
        reached = 0.0
        drawn = 0  # numbers of this source that were looked at
        more = True
        while more:
            if count + COLUMN > came.size:
                return -1
            here = 0
            philox_column(np.uint64(drawn), COLUMN, owner, step, of_citizen, key0, key1, w0, w1, w2, w3)
            while here < COLUMN:
                if drawn + here >= source_first[s]:
                    more = False
                    break
                u = uniform(w0[here])
                if kind == BY_GAPS:
                    me = np.uint64(drawn + here)
                    reached += draw_time(times, source_gap[s], u, me, owner, step, streams.GAP_REJECTION, key0, key1) * source_gap_factor[s]
                    instant = opens + reached
                    if instant >= until:
                        more = False
                        break
                else:
                    if kind == BY_RATE:
                        reached -= math.log(u)
                    else:
                        reached = u * total
                        piece = piece_first[s]
                    if reached >= total:
                        more = False
                        break
                    while piece + 1 < last_piece and reached >= piece_below[piece + 1]:
                        piece += 1
                    instant = piece_start[piece] + (reached - piece_below[piece]) / piece_rate[piece]
                    instant = min(instant, piece_end[piece] - 0.5)
                came[count + here] = int(instant / grid) * grid
                source[count + here] = s
                number[count + here] = drawn + here
                rank[count + here] = 0 if uniform(w1[here]) < source_priority[s] else source_rank[s]
                made[count + here] = 0
                position[here] = first
                here += 1
            sent_back[: COLUMN * (last - first)] = 0
            visit, on_the_way = 0, here
            while on_the_way > 0:
                philox_column(np.uint64(drawn), here, owner, np.uint64(visit), of_stop, key0, key1, w0, w1, w2, w3)
                on_the_way = 0
                for k in range(here):
                    at = position[k]
                    if at == last:
                        continue
                    position[k] = at + 1
                    on_the_way += at + 1 < last
                    if uniform(w2[k]) >= stop_share[at]:
                        continue
                    row = (count + k) * longest + made[count + k]
                    made[count + k] += 1
                    me = np.uint64(drawn + k)
                    service[row] = stop_service[at]
                    d = stop_work[at]
                    if family[d] < GAMMA:
                        time = min(closed_time(family[d], a[d], b[d], c[d], uniform(w0[k])) + plus[d], at_most[d])
                    else:
                        time = draw_time(times, d, uniform(w0[k]), me, owner, np.uint64(visit), streams.SERVICE_REJECTION, key0, key1)
                    work[row] = on_grid(time, grid, grid)
                    d = stop_patience[at]
                    if d == NO_PATIENCE_LIMIT:
                        patience[row] = clock.NEVER
                    else:
                        if family[d] < GAMMA:
                            time = min(closed_time(family[d], a[d], b[d], c[d], uniform(w1[k])) + plus[d], at_most[d])
                        else:
                            time = draw_time(times, d, uniform(w1[k]), me, owner, np.uint64(visit), streams.PATIENCE_REJECTION, key0, key1)
                        patience[row] = on_grid(time, grid, 0)
                    if stop_rework_most[at] > 0:
                        slot = k * (last - first) + at - first
                        if sent_back[slot] < stop_rework_most[at] and uniform(w3[k]) < stop_rework[at]:
                            sent_back[slot] += 1
                            on_the_way += at + 1 == last
                            position[k] = first + stop_back_to[at]
                visit += 1
            count += here
            drawn += here
    return count


@compilable
def _lay_out(order, longest, made, service, work, patience, stop_first, to_citizen, to_service, to_work, to_patience):  # type: ignore[no-untyped-def]
    """Copy the stops from where they were drawn into the order in which their citizens come."""
    row = 0
    for i in range(order.size):
        at = order[i]
        stop_first[i] = row
        for stop in range(at * longest, at * longest + made[at]):
            to_citizen[row], to_service[row], to_work[row], to_patience[row] = i, service[stop], work[stop], patience[stop]
            row += 1
    stop_first[order.size] = row
