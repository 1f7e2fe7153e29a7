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
from sim.model.chances import Chances, chances_of_day, drawn
from sim.model.compiled import compilable, compiled, compiled_as
from sim.model.distributions import EXPONENTIAL, GAMMA, closed_times, draw_time, grid_column, on_grid, standard_gamma
from sim.model.order import put_in_order
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
_EXPONENTIAL = np.uint8(EXPONENTIAL)  # of the type of a row's family, so that `closed_times` is compiled once


class Trace(NamedTuple):
    """One day's chance: citizens in order of coming, their stops one after the other, the outages, and what few halls need (``chances``).

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
    chances: Chances | None = None


class Traces(NamedTuple):
    """Several days' chance in the same columns, one day after the other.

    Citizens of day d are the entries ``first_citizen[d]`` to ``first_citizen[d + 1]``, stops those from ``first_stop[d]`` to
    ``first_stop[d + 1]``, outages those from ``first_outage[d]`` to ``first_outage[d + 1]``. Numbers of citizens and of stops count from the
    day's first; since each day has one entry more in ``columns.stop_first`` than citizens, those of day d begin at ``first_citizen[d] + d``.
    """

    columns: Trace
    first_citizen: NDArray[np.int64]
    first_stop: NDArray[np.int64]
    first_outage: NDArray[np.int64]

    @property
    def days(self) -> int:
        """The number of days."""
        return len(self.first_citizen) - 1

    @classmethod
    def blank(cls, days: int, citizens: int, stops: int) -> Traces:
        """Room for the citizens and stops of some days, together."""
        columns = Trace(
            came=np.empty(citizens, dtype=np.int64),
            enters=np.empty(citizens, dtype=np.int64),
            source=np.empty(citizens, dtype=np.int64),
            number=np.empty(citizens, dtype=np.int64),
            rank=np.empty(citizens, dtype=np.uint8),
            stop_first=np.empty(citizens + days, dtype=np.int64),
            citizen=np.empty(stops, dtype=np.uint32),
            service=np.empty(stops, dtype=np.uint16),
            work=np.empty(stops, dtype=np.int64),
            patience=np.empty(stops, dtype=np.int64),
        )
        return cls(columns, *(np.zeros(days + 1, dtype=np.int64) for _ in range(3)))

    @classmethod
    def of(cls, trace: Trace) -> Traces:
        """One day alone."""
        return cls(trace, *(np.array([0, count], dtype=np.int64) for count in (len(trace.came), len(trace.service), len(trace.outage))))

    def day(self, number: int) -> Trace:
        """One of the days, as a view."""
        citizens, stops, outages = (slice(int(first[number]), int(first[number + 1])) for first in self[1:])
        came, enters, source, number_, rank, stop_first, citizen, service, work, patience, outage, outage_start, outage_end, chances = self.columns
        return Trace(
            came[citizens], enters[citizens], source[citizens], number_[citizens], rank[citizens],
            stop_first[citizens.start + number : citizens.stop + number + 1],
            citizen[stops], service[stops], work[stops], patience[stops],
            outage[outages], outage_start[outages], outage_end[outages],
            None if chances is None else chances_of_day(chances, number, len(chances.absent) // self.days),
        )  # fmt: skip
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
    return draw_days(plan, seed, replication, 1, fast=fast).day(0)


def draw_days(plan: Plan, seed: int, first: int, days: int, *, fast: bool = False) -> Traces:
    """The traces of ``days`` replications (1 or more) from ``first`` on, each the same as `draw` gives."""
    draw_all = compiled(draw_batch) if fast else draw_batch
    citizens, stops = plan.likely_citizens, plan.likely_stops(days)
    while True:
        _buffers.make(citizens + BATCH, plan.longest_route, plan.most_positions)
        traces = Traces.blank(days, days * citizens, stops)
        drawn = draw_all(
            plan.times, plan.demand, np.uint64(seed), np.uint64(first), _buffers.drawn, _buffers.columns, _buffers.order, _buffers.place,
            traces.first_citizen, traces.first_stop, traces.columns[:_OF_CITIZENS],
        )  # fmt: skip
        if drawn == days:
            break
        citizens, stops = 2 * citizens, 2 * stops
    return supplied(traces, plan, seed, first, fast=fast)


def supplied(traces: Traces, plan: Plan, seed: int, first: int, *, fast: bool = False) -> Traces:
    """The traces of the same citizens in the hall of this plan: the demand part as given, the supply part (outages, absence) drawn for the plan."""
    chances = drawn(plan.hall, plan.extras, seed, first, traces.days) if plan.extras else None
    traces = traces._replace(columns=traces.columns._replace(chances=chances))
    if len(plan.hall.random_up) == 0 and len(traces.columns.outage) == 0:
        return traces
    days = [_outages_of_day(plan, seed, first + day, fast) for day in range(traces.days)]
    outage, start, end = np.concatenate(days, axis=1)
    first_outage = np.cumsum([0, *(columns.shape[1] for columns in days)], dtype=np.int64)
    return traces._replace(columns=traces.columns._replace(outage=outage, outage_start=start, outage_end=end), first_outage=first_outage)


def _outages_of_day(plan: Plan, seed: int, replication: int, fast: bool) -> NDArray[np.int64]:
    """The outages by chance of one replication, as three columns: system, start, end."""
    if len(plan.hall.random_up) == 0:
        return np.empty((3, 0), dtype=np.int64)
    outages = compiled(_outages) if fast else _outages
    size = 64
    while size <= 2 * MOST_OUTAGES:
        columns = np.empty((3, size), dtype=np.int64)
        demand = plan.demand
        count = outages(plan.outage_times, plan.hall.random_up, plan.hall.random_down, demand.opens, demand.until, demand.grid, np.uint64(seed), np.uint64(replication), columns)
        if count >= 0:
            return columns[:, :count]
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


def agendas_on(plan: Plan, traces: Traces) -> tuple[Agenda, NDArray[np.int64], NDArray[np.int64]]:
    """The events of several days that are known before they begin, and where those of each day begin and end.

    The days share the plan's agenda, if no outage comes by chance.
    """
    if len(traces.columns.outage) == 0:
        return plan.agenda, np.zeros(traces.days, dtype=np.int64), np.full(traces.days, len(plan.agenda.time), dtype=np.int64)
    every = [agenda_on(plan, traces.day(day)) for day in range(traces.days)]
    last = np.cumsum([len(agenda.time) for agenda in every])
    return Agenda(*(np.concatenate(columns) for columns in zip(*every, strict=True))), last - [len(agenda.time) for agenda in every], last


@compilable
def draw_batch(times, demand, key0, key1, buffers, columns, order, place, first_citizen, first_stop, trace):  # type: ignore[no-untyped-def]
    """Draw one day after the other into the columns of a `Traces`. Returns the number of days for which there was room."""
    to_came, to_enters, to_source, to_number, to_rank, stop_first, to_citizen, to_service, to_work, to_patience = trace
    for day in range(first_citizen.size - 1):
        count, stops = _citizens(times, demand, key0, key1 + np.uint64(day), buffers, columns)
        a, c = first_citizen[day], first_stop[day]
        b, d = a + count, c + stops
        if count < 0 or b > to_came.size or d > to_work.size:
            return day
        put_in_order(buffers.came[:count], order, place)
        _lay_out(
            order[:count], demand.opens, buffers,
            (to_came[a:b], to_enters[a:b], to_source[a:b], to_number[a:b], to_rank[a:b], stop_first[a + day : b + day + 1],
             to_citizen[c:d], to_service[c:d], to_work[c:d], to_patience[c:d]),
        )  # fmt: skip
        first_citizen[day + 1], first_stop[day + 1] = b, d
    return first_citizen.size - 1


@compilable
def _citizens(times, demand, key0, key1, buffers, columns):  # type: ignore[no-untyped-def]
    """Fill the citizens of all sources and their stops into a `_Drawn`. Returns the numbers of citizens (-1 if it is too short) and stops.

    The stops of a batch are drawn visit by visit. Visit v of a citizen has the key (number, source, v), at whatever position of the route
    he is then. Values are computed for the whole batch, and kept where they are needed: this is faster than picking citizens out.
    """
    (
        grid, opens, until, source_kind, source_first, source_rank, source_priority, source_gap, source_gap_factor, piece_first, piece_start,
        piece_end, piece_rate, piece_below, busy_first, busy_shape, busy_of, busy_number, route_first, stop_service, stop_work, stop_patience, stop_share, stop_rework, stop_back_to, stop_rework_most,
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
        busyness = 1.0
        for row in range(busy_first[s], busy_first[s + 1]):  # R18
            shape = busy_shape[row]
            busyness *= standard_gamma(shape, np.uint64(busy_number[row]), np.uint64(busy_of[row]), _ZERO, streams.BUSYNESS, key0, key1) / shape
        if busyness == 0.0:  # so small a factor that it is no number: nobody comes
            continue
        first, last = route_first[s], route_first[s + 1]
        goes_back, choices = False, 0
        for at in range(first, last):
            goes_back |= stop_rework_most[at] > 0
            choices = max(choices, stop_choice[at] + 1)
        gap_factor = source_gap_factor[s] / busyness
        reached = 0.0
        drawn = 0  # the numbers of this source drawn so far
        more = True
        while more:
            if count + BATCH > came.size:
                return -1, 0
            wide = min(BATCH, source_first[s] - drawn)
            if kind == BY_RATE:  # about the number that will still come
                left = (total - reached) * busyness
                wide = min(wide, int(left + 2.0 * math.sqrt(left)) + 8)
            most, wide = wide, (wide + LANES - 1) // LANES * LANES
            philox_column(np.uint64(drawn), wide, owner, np.uint64(0), of_citizen, key0, key1, w0, w1, w2, w3)
            uniform_column(w0, wide, u)
            if kind == BY_RATE:
                # Gaps of a Poisson process of rate 1. On a busier day they are shorter, and the rates stay as they are: so the n-th citizen is the same.
                closed_times(_EXPONENTIAL, 1.0 / busyness, 0.0, 0.0, u, wide, found)
            elif kind == BY_GAPS:
                makes[:most] = True
                _draw_times(times, source_gap[s], u, most, drawn, makes, owner, np.uint64(0), streams.GAP_REJECTION, key0, key1, found)
            here = 0
            more = most > 0
            while here < most:
                if kind == BY_GAPS:
                    reached += found[here] * gap_factor
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
            # Views, because a loop over column[offset + k] gets no vector code.
            sources, numbers, ranks = source[count : count + here], number[count : count + here], rank[count : count + here]
            for k in range(here):
                sources[k] = s
                numbers[k] = drawn + k
                ranks[k] = 0 if uniform(w1[k]) < source_priority[s] else source_rank[s]
            if goes_back:
                position[:here] = first
                sent_back[: BATCH * (last - first)] = 0
            wide = (here + LANES - 1) // LANES * LANES
            for choice in range(choices):  # drawn once for the whole visit to the hall: a citizen who goes back makes the same stop again
                philox_column(np.uint64(drawn), wide, owner, np.uint64(choice), of_choice, key0, key1, w0, w1, w2, w3)
                uniform_column(w0, wide, chosen[choice * BATCH : (choice + 1) * BATCH])
            visit, on_the_way = 0, here
            while on_the_way > 0:
                philox_column(np.uint64(drawn), wide, owner, np.uint64(visit), of_stop, key0, key1, w0, w1, w2, w3)
                row = visit * came.size + count
                works, patiences, services = work[row : row + here], patience[row : row + here], service[row : row + here]
                # If nobody goes back, all are at the same position. Otherwise handle each position in turn.
                from_at, to_at = (first, last) if goes_back else (first + visit, first + visit + 1)
                if goes_back:
                    works[:] = PASSED_BY
                for at in range(from_at, to_at):
                    choice = stop_choice[at]
                    if choice < 0:
                        share = stop_share[at]
                        for k in range(here):
                            makes[k] = uniform(w2[k]) < share
                    else:
                        chosen_here, chosen_from, chosen_below = chosen[choice * BATCH : (choice + 1) * BATCH], stop_chosen_from[at], stop_chosen_below[at]
                        for k in range(here):
                            makes[k] = chosen_from <= chosen_here[k] < chosen_below
                    if goes_back:
                        for k in range(here):
                            makes[k] &= position[k] == at
                    # First the service times, then patience. The loop shares one call, because each call in the code takes seconds to compile.
                    for distribution, column, words, purpose, least in (
                        (stop_work[at], works, w0, streams.SERVICE_REJECTION, grid),
                        (stop_patience[at], patiences, w1, streams.PATIENCE_REJECTION, 0),
                    ):
                        if distribution == NO_PATIENCE_LIMIT:
                            for k in range(here):
                                column[k] = clock.NEVER if makes[k] or not goes_back else column[k]
                            continue
                        uniform_column(words, wide, u)
                        _draw_times(times, distribution, u, here, drawn, makes, owner, np.uint64(visit), purpose, key0, key1, found)
                        grid_column(found, here, grid, least, on_the_grid)
                        if goes_back:
                            for k in range(here):
                                column[k] = on_the_grid[k] if makes[k] else column[k]
                        else:
                            for k in range(here):
                                column[k] = on_the_grid[k] if makes[k] else PASSED_BY
                    for k in range(here):
                        stops += makes[k]
                    if goes_back:
                        for k in range(here):
                            services[k] = stop_service[at] if makes[k] else services[k]
                    else:
                        services[:] = stop_service[at]
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


def _lay_out_loop(order, opens, drawn, trace):  # type: ignore[no-untyped-def]
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


@compiled_as(_lay_out_loop)
def _lay_out(order, opens, drawn, trace):  # type: ignore[no-untyped-def]
    """Copy citizens and stops from where they were drawn into the order in which the citizens come."""
    came, source, number, rank, visits, service, work, patience = drawn
    to_came, to_enters, to_source, to_number, to_rank, stop_first, to_citizen, to_service, to_work, to_patience = trace
    to_came[:], to_source[:], to_number[:], to_rank[:] = came[order], source[order], number[order], rank[order]
    to_enters[:] = np.maximum(to_came, opens)
    visit = np.arange(visits[order].max(initial=0))
    stops = order[:, np.newaxis] + visit * came.size  # citizen × visit
    made = (visit < visits[order][:, np.newaxis]) & (work[stops] != PASSED_BY)
    stop_first[0], stop_first[1:] = 0, made.sum(axis=1).cumsum()
    to_citizen[:], row = made.nonzero()[0], stops[made]
    to_service[:], to_work[:], to_patience[:] = service[row], work[row], patience[row]
