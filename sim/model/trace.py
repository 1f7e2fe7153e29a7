"""Draw everything that chance decides in one replication into plain arrays, before time starts.

The demand part does not depend on staffing: the same citizens meet every plan. The supply part holds the outages, which depend on the
plan's systems.
"""

from __future__ import annotations

import math
import threading
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import clock
from sim.errors import EngineError
from sim.model import streams
from sim.model.compiled import compilable, compiled
from sim.model.distributions import EXPONENTIAL, GAMMA, closed_times, draw_time, grid_column, on_grid
from sim.model.shapes import BY_GAPS, BY_RATE, NO_PATIENCE_LIMIT, Agenda, MicrosecondColumn, Plan, agenda_with, outage_events
from sim.model.streams import philox, philox_column, uniform, uniform_column

BATCH: Final = 128
"""128: citizens are drawn in batches of at most this many."""
LANES: Final = 16
"""16: batches are rounded up to a multiple of this, because compiled code computes the rest after whole vectors one by one."""
PASSED_BY: Final = -1
"""-1: the service time of a stop that the citizen passes by."""


NONE: Final[NDArray[np.int64]] = np.empty(0, dtype=np.int64)
"""The empty column: the outages of a day on which no system goes down by chance."""

MOST_OUTAGES: Final = 100_000
"""100,000: about the most outages by chance in one replication. More are a mistake in the scenario."""

_ZERO, _ONE = np.uint64(0), np.uint64(1)


class Trace(NamedTuple):
    """One day's chance: citizens in order of coming, their stops one after the other, and the outages.

    For citizen i: ``came`` (int64 microseconds), ``enters`` (the same, or opening if he waits at the door), ``source``, ``number``
    within the source, and ``rank``. His stops are the rows ``stop_first[i]`` to ``stop_first[i + 1]`` of ``citizen``, ``service``,
    ``work`` (service time) and ``patience`` (clock.NEVER: without end). Outage k stops the system ``outage[k]`` (its number among those
    that chance decides) from ``outage_start[k]`` to ``outage_end[k]``; the outages of a system are in order of time.
    """

    came: MicrosecondColumn
    enters: MicrosecondColumn
    source: NDArray[np.int64]
    number: NDArray[np.int64]
    rank: NDArray[np.uint8]
    stop_first: NDArray[np.int64]
    citizen: NDArray[np.uint32]
    service: NDArray[np.uint16]
    work: MicrosecondColumn
    patience: MicrosecondColumn
    outage: NDArray[np.int64] = NONE
    outage_start: MicrosecondColumn = NONE
    outage_end: MicrosecondColumn = NONE


_OF_CITIZENS: Final = Trace._fields.index("outage")
"""The number of a trace's columns before the outages: those of citizens and stops."""


class _Drawn(NamedTuple):
    """Citizens as they are drawn, source after source. Entry v · citizens + i is stop v of citizen i, made or passed by.

    ``visits`` is the number of these entries that a citizen uses.
    """

    came: NDArray[np.int64]
    source: NDArray[np.int64]
    number: NDArray[np.int64]
    rank: NDArray[np.uint8]
    visits: NDArray[np.int64]
    service: NDArray[np.uint16]
    work: NDArray[np.int64]
    patience: NDArray[np.int64]


class _Columns(NamedTuple):
    """Working memory for one batch of citizens: random words, uniforms, times, positions on the route, and whether they make the stop."""

    w0: NDArray[np.uint32]
    w1: NDArray[np.uint32]
    w2: NDArray[np.uint32]
    w3: NDArray[np.uint32]
    u: NDArray[np.float64]
    found: NDArray[np.float64]
    on_the_grid: NDArray[np.int64]
    position: NDArray[np.int64]
    makes: NDArray[np.bool_]
    sent_back: NDArray[np.int64]
    chosen: NDArray[np.float64]


class _Buffers(threading.local):
    """The buffers of the last draw, kept for the next one: fresh memory for each day costs as much time as the draw itself."""

    def __init__(self) -> None:
        self.size = (0, 0, 0)

    def make(self, citizens: int, stops: int, positions: int) -> None:
        """Make room for this number of citizens, of stops each, and of positions on the longest route."""
        if self.size == (citizens, stops, positions):
            return
        self.size = (0, 0, 0)  # until all are made: after an error or an interrupt, compiled code would write beyond the end of an old buffer
        self.drawn = _Drawn(
            came=np.empty(citizens, dtype=np.int64),
            source=np.empty(citizens, dtype=np.int64),
            number=np.empty(citizens, dtype=np.int64),
            rank=np.empty(citizens, dtype=np.uint8),
            visits=np.empty(citizens, dtype=np.int64),
            service=np.empty(citizens * stops, dtype=np.uint16),
            work=np.empty(citizens * stops, dtype=np.int64),
            patience=np.empty(citizens * stops, dtype=np.int64),
        )
        self.columns = _Columns(
            w0=np.empty(BATCH, dtype=np.uint32),
            w1=np.empty(BATCH, dtype=np.uint32),
            w2=np.empty(BATCH, dtype=np.uint32),
            w3=np.empty(BATCH, dtype=np.uint32),
            u=np.empty(BATCH),
            found=np.zeros(BATCH),
            on_the_grid=np.empty(BATCH, dtype=np.int64),
            position=np.zeros(BATCH, dtype=np.int64),
            makes=np.zeros(BATCH, dtype=np.bool_),
            sent_back=np.zeros(BATCH * positions, dtype=np.int64),
            chosen=np.empty(BATCH * positions),
        )
        self.order, self.place = np.empty(citizens, dtype=np.int64), np.empty(citizens + 1, dtype=np.int64)
        self.size = (citizens, stops, positions)


_buffers = _Buffers()


def draw(plan: Plan, seed: int, replication: int, *, fast: bool = False) -> Trace:
    """The trace of one replication: a pure function of the plan's demand, the seed (0 to 2³² − 1) and the replication (from 0).

    ``fast`` runs the compiled twins of the same functions: the same bits, some hundred times faster once they are compiled.
    """
    citizens, lay_out = (compiled(_citizens), compiled(_lay_out)) if fast else (_citizens, _lay_out)
    capacity = plan.likely_citizens
    while True:
        _buffers.make(capacity + BATCH, plan.longest_route, plan.most_positions)
        count, stops = citizens(plan.times, plan.demand, np.uint64(seed), np.uint64(replication), _buffers.drawn, _buffers.columns)
        if count >= 0:
            break
        capacity *= 2
    came, order = _buffers.drawn.came[:count], _buffers.order[:count]
    if not (fast and compiled(_put_in_order)(came, order, _buffers.place)):
        order[:] = np.argsort(came, kind="stable")  # ties: by source, then by number within it
    trace = Trace(
        came=np.empty(count, dtype=np.int64),
        enters=np.empty(count, dtype=np.int64),
        source=np.empty(count, dtype=np.int64),
        number=np.empty(count, dtype=np.int64),
        rank=np.empty(count, dtype=np.uint8),
        stop_first=np.empty(count + 1, dtype=np.int64),
        citizen=np.empty(stops, dtype=np.uint32),
        service=np.empty(stops, dtype=np.uint16),
        work=np.empty(stops, dtype=np.int64),
        patience=np.empty(stops, dtype=np.int64),
    )
    lay_out(order, plan.demand.opens, _buffers.drawn, trace[:_OF_CITIZENS])
    return with_supply(trace, plan, seed, replication, fast=fast)


def with_supply(trace: Trace, plan: Plan, seed: int, replication: int, *, fast: bool = False) -> Trace:
    """The trace of the same citizens in the hall of this plan: the demand part as given, the supply part (outages) drawn for the plan."""
    if len(plan.hall.random_up) == 0:
        return trace._replace(outage=NONE, outage_start=NONE, outage_end=NONE) if len(trace.outage) else trace
    outages = compiled(_outages) if fast else _outages
    size = 64
    while size <= 2 * MOST_OUTAGES:
        columns = np.empty((3, size), dtype=np.int64)
        demand = plan.demand
        count = outages(plan.outage_times, plan.hall.random_up, plan.hall.random_down, demand.opens, demand.until, demand.grid, np.uint64(seed), np.uint64(replication), columns)
        if count >= 0:
            return trace._replace(outage=columns[0, :count], outage_start=columns[1, :count], outage_end=columns[2, :count])
        size *= 4
    raise EngineError(f"systems go down more than {MOST_OUTAGES:,} times in one replication; give a longer 'every' to its outage")


@compilable
def _outages(times, up, down, opens, until, grid, key0, key1, columns):  # type: ignore[no-untyped-def]
    """R17: fill in the outages that begin before ``until``, system by system. Returns their number, or -1 if the columns are too short.

    A system is up at opening. Times up and times down alternate. Outage n of system s has the key (n, s).
    """
    count = 0
    for system in range(up.size):
        owner, number, at = np.uint64(system), 0, opens
        while True:
            n = np.uint64(number)
            w0, w1, _, _ = philox(n, owner, _ZERO, np.uint64(streams.OUTAGE), key0, key1)
            time_up = draw_time(times, up[system], uniform(w0), n, owner, _ZERO, streams.UP_REJECTION, key0, key1)
            at += on_grid(time_up, grid, grid)
            if at >= until:
                break
            if count >= columns.shape[1]:
                return -1
            columns[0, count], columns[1, count] = system, at
            at += on_grid(draw_time(times, down[system], uniform(w1), n, owner, _ZERO, streams.DOWN_REJECTION, key0, key1), grid, grid)
            columns[2, count] = at
            count += 1
            number += 1
    return count


def agenda_on(plan: Plan, trace: Trace) -> Agenda:
    """The events of a day that are known before it begins: those of the plan, and the outages of the trace."""
    if len(trace.outage) == 0:
        return plan.agenda
    hall = plan.hall
    outages = [
        (int(unit), start, end, bool(hall.random_restarts[system]))
        for system, start, end in zip(trace.outage.tolist(), trace.outage_start.tolist(), trace.outage_end.tolist(), strict=True)
        for unit in hall.random_unit[hall.random_first[system] : hall.random_first[system + 1]]
    ]
    return agenda_with(plan.agenda, outage_events(outages))


@compilable
def _citizens(times, demand, key0, key1, buffers, columns):  # type: ignore[no-untyped-def]
    """Fill the citizens of all sources and their stops into a `_Drawn`. Returns the numbers of citizens (-1 if it is too short) and stops.

    The stops of a batch are drawn visit by visit. Visit v of a citizen has the key (number, source, v), at whatever position of the route
    he is then. Values are computed for the whole batch, and kept where they are needed: this is faster than picking citizens out.
    """
    (
        grid, opens, until, source_kind, source_first, source_rank, source_priority, source_gap, source_gap_factor, piece_first, piece_start,
        piece_end, piece_rate, piece_below, route_first, stop_service, stop_work, stop_patience, stop_share, stop_rework, stop_back_to, stop_rework_most,
        stop_choice, stop_chosen_from, stop_chosen_below,
    ) = demand  # fmt: skip
    came, source, number, rank, visits, service, work, patience = buffers
    w0, w1, w2, w3, u, found, on_the_grid, position, makes, sent_back, chosen = columns
    of_citizen, of_stop, of_choice = np.uint64(streams.CITIZEN), np.uint64(streams.STOP), np.uint64(streams.CHOICE)
    count, stops = 0, 0
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
        goes_back, choices = False, 0
        for at in range(first, last):
            goes_back |= stop_rework_most[at] > 0
            choices = max(choices, stop_choice[at] + 1)
        reached = 0.0
        drawn = 0  # the numbers of this source drawn so far
        more = True
        while more:
            if count + BATCH > came.size:
                return -1, 0
            wide = min(BATCH, source_first[s] - drawn)
            if kind == BY_RATE:  # about the number that will still come
                wide = min(wide, int(total - reached + 2.0 * math.sqrt(total - reached)) + 8)
            most, wide = wide, (wide + LANES - 1) // LANES * LANES
            philox_column(np.uint64(drawn), wide, owner, np.uint64(0), of_citizen, key0, key1, w0, w1, w2, w3)
            uniform_column(w0, wide, u)
            if kind == BY_RATE:
                closed_times(EXPONENTIAL, 1.0, 0.0, 0.0, u, wide, found)  # gaps of a Poisson process of rate 1
            elif kind == BY_GAPS:
                makes[:most] = True
                _draw_times(times, source_gap[s], u, most, drawn, makes, owner, np.uint64(0), streams.GAP_REJECTION, key0, key1, found)
            here = 0
            more = most > 0
            while here < most:
                if kind == BY_GAPS:
                    reached += found[here] * source_gap_factor[s]
                    instant = opens + reached
                    if instant >= until:
                        more = False
                        break
                else:
                    if kind == BY_RATE:
                        reached += found[here]
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
                here += 1
            for k in range(here):
                source[count + k] = s
                number[count + k] = drawn + k
                rank[count + k] = 0 if uniform(w1[k]) < source_priority[s] else source_rank[s]
            if goes_back:
                position[:here] = first
                sent_back[: BATCH * (last - first)] = 0
            wide = (here + LANES - 1) // LANES * LANES
            for choice in range(choices):  # drawn once for the whole visit to the hall: a citizen who goes back makes the same stop again
                philox_column(np.uint64(drawn), wide, owner, np.uint64(choice), of_choice, key0, key1, w0, w1, w2, w3)
                for k in range(here):
                    chosen[choice * BATCH + k] = uniform(w0[k])
            visit, on_the_way = 0, here
            while on_the_way > 0:
                philox_column(np.uint64(drawn), wide, owner, np.uint64(visit), of_stop, key0, key1, w0, w1, w2, w3)
                row = visit * came.size + count
                # If nobody goes back, all are at the same position. Otherwise handle each position in turn.
                from_at, to_at = (first, last) if goes_back else (first + visit, first + visit + 1)
                if goes_back:
                    work[row : row + here] = PASSED_BY
                for at in range(from_at, to_at):
                    choice = stop_choice[at]
                    if choice < 0:
                        share = stop_share[at]
                        for k in range(here):
                            makes[k] = uniform(w2[k]) < share
                    else:
                        for k in range(here):
                            makes[k] = stop_chosen_from[at] <= chosen[choice * BATCH + k] < stop_chosen_below[at]
                    if goes_back:
                        for k in range(here):
                            makes[k] &= position[k] == at
                    # First the service times, then patience. The loop shares one call, because each call in the code takes seconds to compile.
                    for distribution, column, words, purpose, least in (
                        (stop_work[at], work, w0, streams.SERVICE_REJECTION, grid),
                        (stop_patience[at], patience, w1, streams.PATIENCE_REJECTION, 0),
                    ):
                        if distribution == NO_PATIENCE_LIMIT:
                            for k in range(here):
                                column[row + k] = clock.NEVER if makes[k] or not goes_back else column[row + k]
                            continue
                        uniform_column(words, wide, u)
                        _draw_times(times, distribution, u, here, drawn, makes, owner, np.uint64(visit), purpose, key0, key1, found)
                        grid_column(found, here, grid, least, on_the_grid)
                        if goes_back:
                            for k in range(here):
                                column[row + k] = on_the_grid[k] if makes[k] else column[row + k]
                        else:
                            for k in range(here):
                                column[row + k] = on_the_grid[k] if makes[k] else PASSED_BY
                    for k in range(here):
                        stops += makes[k]
                    if goes_back:
                        for k in range(here):
                            service[row + k] = stop_service[at] if makes[k] else service[row + k]
                    else:
                        for k in range(here):
                            service[row + k] = stop_service[at]
                if goes_back:
                    on_the_way = 0
                    for k in range(here):
                        at = position[k]
                        if at == last:
                            continue
                        position[k] = at + 1
                        slot = k * (last - first) + at - first
                        if stop_choice[at] < 0:
                            made = uniform(w2[k]) < stop_share[at]
                        else:
                            made = stop_chosen_from[at] <= chosen[stop_choice[at] * BATCH + k] < stop_chosen_below[at]
                        if made and sent_back[slot] < stop_rework_most[at] and uniform(w3[k]) < stop_rework[at]:
                            sent_back[slot] += 1
                            position[k] = first + stop_back_to[at]
                        on_the_way += position[k] < last
                else:
                    on_the_way = here if first + visit + 1 < last else 0
                visit += 1
            visits[count : count + here] = visit
            count += here
            drawn += here
    return count, stops


@compilable
def _draw_times(times, row, u, count, drawn, wanted, owner, step, purpose, key0, key1, into):  # type: ignore[no-untyped-def]
    """Fill ``into`` with one time per citizen of a batch. Entries where ``wanted`` is False are undefined: skipping them would be slower."""
    plus, cap = times.plus[row], times.at_most[row]
    if times.family[row] < GAMMA:
        closed_times(times.family[row], times.a[row], times.b[row], times.c[row], u, count, into)
        for k in range(count):
            into[k] = min(into[k] + plus, cap)
    else:
        for k in range(count):
            if wanted[k]:
                into[k] = draw_time(times, row, u[k], np.uint64(drawn + k), owner, step, purpose, key0, key1)


@compilable
def _put_in_order(came, order, place):  # type: ignore[no-untyped-def]
    """Write the stable order of some instants, several times faster than a general sort. Returns False if they crowd too much for that.

    Dividing the day into as many parts as there are citizens, and counting the citizens of each part, puts every citizen near his place.
    Insertion does the rest.
    """
    count = np.uint64(came.size)
    if count == _ZERO:
        return True
    first, last = came[0], came[0]
    for i in range(count):
        first, last = min(first, came[i]), max(last, came[i])
    parts, part_of_last = came.size / (last - first + 1.0), came.size - 1
    place[: came.size + 1] = 0
    for i in range(count):
        place[np.uint64(min(part_of_last, int((came[i] - first) * parts)) + 1)] += 1
    for i in range(count):
        place[i + _ONE] += place[i]
    for i in range(count):
        part = np.uint64(min(part_of_last, int((came[i] - first) * parts)))
        order[np.uint64(place[part])] = i
        place[part] += 1
    moves = 16 * came.size
    for nth in range(_ONE, count):
        one, at = np.uint64(order[nth]), np.uint64(nth)
        while at > _ZERO and came[np.uint64(order[at - _ONE])] > came[one]:
            order[at] = order[at - _ONE]
            at -= _ONE
            moves -= 1
        order[at] = one
        if moves < 0:
            return False
    return True


@compilable
def _lay_out(order, opens, drawn, trace):  # type: ignore[no-untyped-def]
    """Copy citizens and stops from where they were drawn into the order in which the citizens come."""
    came, source, number, rank, visits, service, work, patience = drawn
    to_came, to_enters, to_source, to_number, to_rank, stop_first, to_citizen, to_service, to_work, to_patience = trace
    row, step = _ZERO, np.uint64(came.size)
    for i in range(np.uint64(order.size)):
        at = np.uint64(order[i])
        to_came[i], to_enters[i], to_source[i], to_number[i], to_rank[i] = came[at], max(came[at], opens), source[at], number[at], rank[at]
        stop_first[i] = row
        stop = at
        for _ in range(visits[at]):
            if work[stop] != PASSED_BY:
                to_citizen[row], to_service[row], to_work[row], to_patience[row] = i, service[stop], work[stop], patience[stop]
                row += _ONE
            stop += step
    stop_first[np.uint64(order.size)] = row
