"""Draw: everything that chance decides in one replication, drawn before time starts, into plain arrays.

The demand part does not depend on staffing: the same citizens meet every plan. (A supply part, keyed by officer, comes with the
rules that need one.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.model import streams
from sim.model.compiled import compilable, compiled
from sim.model.distributions import GAMMA, closed_times, draw_time, log_of, on_grid
from sim.model.plan import BY_GAPS, BY_RATE, NO_PATIENCE_LIMIT, Plan
from sim.model.streams import philox_column, uniform

COLUMN = 128
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
    rank: NDArray[np.uint8]
    stop_first: NDArray[np.int64]
    citizen: NDArray[np.uint32]
    service: NDArray[np.uint16]
    work: NDArray[np.int64]
    patience: NDArray[np.int64]


def draw(plan: Plan, seed: int, replication: int, *, fast: bool = False) -> Trace:
    """The trace of one replication: a pure function of the plan's demand, the seed (0 to 2³² − 1) and the replication (from 0).

    ``fast`` runs the compiled twins of the same functions: the same bits, some hundred times sooner, after the compiler's wait.
    """
    demand = plan.demand
    citizens, lay_out = (compiled(_citizens), compiled(_lay_out)) if fast else (_citizens, _lay_out)
    longest = plan.longest_route
    capacity = plan.likely_citizens
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
    came = came[order]
    in_order = Trace(
        came=came,
        enters=np.maximum(came, demand.opens),
        source=source[order],
        number=number[order],
        rank=rank[order].astype(np.uint8),
        stop_first=stop_first,
        citizen=np.empty(stops, dtype=np.uint32),
        service=np.empty(stops, dtype=np.uint16),
        work=np.empty(stops, dtype=np.int64),
        patience=np.empty(stops, dtype=np.int64),
    )
    lay_out(order, longest, made, service, work, patience, stop_first, in_order.citizen, in_order.service, in_order.work, in_order.patience)
    return in_order


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
    w0, w1, w2, w3 = np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.uint32)
    u, drawn_times = np.empty(COLUMN), np.empty(COLUMN)
    position, picked, rows = np.empty(COLUMN, np.int64), np.empty(COLUMN, np.uint32), np.empty(COLUMN, np.int64)
    sent_back = np.zeros(COLUMN * 64, np.int64)
    of_citizen, of_stop = np.uint64(streams.CITIZEN), np.uint64(streams.STOP)
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
        goes_back = False
        for at in range(first, last):
            goes_back |= stop_rework_most[at] > 0
        reached = 0.0
        drawn = 0  # numbers of this source that were looked at
        more = True
        while more:
            if count + COLUMN > came.size:
                return -1
            philox_column(np.uint64(drawn), COLUMN, owner, np.uint64(0), of_citizen, key0, key1, w0, w1, w2, w3)
            for k in range(COLUMN):
                u[k] = uniform(w0[k])
            if kind == BY_RATE:
                for k in range(COLUMN):
                    drawn_times[k] = -log_of(u[k])  # gaps of a Poisson process of rate 1
            elif kind == BY_GAPS:
                for k in range(COLUMN):
                    picked[k] = k
                _draw_times(times, source_gap[s], u, COLUMN, drawn, picked, owner, np.uint64(0), streams.GAP_REJECTION, key0, key1, drawn_times)
            here = 0
            while here < COLUMN:
                if drawn + here >= source_first[s]:
                    more = False
                    break
                if kind == BY_GAPS:
                    reached += drawn_times[here] * source_gap_factor[s]
                    instant = opens + reached
                    if instant >= until:
                        more = False
                        break
                else:
                    if kind == BY_RATE:
                        reached += drawn_times[here]
                    else:
                        reached = u[here] * total
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
            if goes_back:
                sent_back[: COLUMN * (last - first)] = 0
            visit, on_the_way = 0, here
            while on_the_way > 0:
                philox_column(np.uint64(drawn), here, owner, np.uint64(visit), of_stop, key0, key1, w0, w1, w2, w3)
                # Where nobody goes back, all are at the same position; otherwise each position is looked at in turn.
                from_at, to_at = (first, last) if goes_back else (first + visit, first + visit + 1)
                for at in range(from_at, to_at):
                    many = 0
                    share = stop_share[at]
                    for k in range(here):
                        if position[k] == at and uniform(w2[k]) < share:
                            picked[many] = k
                            many += 1
                    for j in range(many):
                        rows[j] = (count + picked[j]) * longest + made[count + picked[j]]
                        made[count + picked[j]] += 1
                        service[rows[j]] = stop_service[at]
                        patience[rows[j]] = clock.NEVER
                    # First the service times, then patience: one call for both, for each call in the code costs seconds of compiling.
                    for distribution, column, words, purpose, least in (
                        (stop_work[at], work, w0, streams.SERVICE_REJECTION, grid),
                        (stop_patience[at], patience, w1, streams.PATIENCE_REJECTION, 0),
                    ):
                        if distribution == NO_PATIENCE_LIMIT:
                            continue
                        for j in range(many):
                            u[j] = uniform(words[picked[j]])
                        _draw_times(times, distribution, u, many, drawn, picked, owner, np.uint64(visit), purpose, key0, key1, drawn_times)
                        for j in range(many):
                            column[rows[j]] = on_grid(drawn_times[j], grid, least)
                if goes_back:
                    on_the_way = 0
                    for k in range(here):
                        at = position[k]
                        if at == last:
                            continue
                        position[k] = at + 1
                        slot = k * (last - first) + at - first
                        if uniform(w2[k]) < stop_share[at] and sent_back[slot] < stop_rework_most[at] and uniform(w3[k]) < stop_rework[at]:
                            sent_back[slot] += 1
                            position[k] = first + stop_back_to[at]
                        on_the_way += position[k] < last
                else:
                    position[:here] += 1
                    on_the_way = here if first + visit + 1 < last else 0
                visit += 1
            count += here
            drawn += here
    return count


@compilable
def _draw_times(times, row, u, count, drawn, picked, owner, step, purpose, key0, key1, into):  # type: ignore[no-untyped-def]
    """Times of a column from one distribution at the uniforms u; ``drawn + picked`` are the citizens' numbers, where they are needed."""
    plus, cap = times.plus[row], times.at_most[row]
    if times.family[row] < GAMMA:
        closed_times(times.family[row], times.a[row], times.b[row], times.c[row], u, count, into)
        for k in range(count):
            into[k] = min(into[k] + plus, cap)
    else:
        for k in range(count):
            into[k] = draw_time(times, row, u[k], np.uint64(drawn + picked[k]), owner, step, purpose, key0, key1)


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
