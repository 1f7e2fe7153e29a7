"""A day drawn in columns is the day drawn citizen by citizen, stop by stop, as docs/rules.md and the keys say it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given

from sim import clock
from sim.model import trace as module
from sim.model.compiled import compiled
from sim.model.distributions import draw_time, log_of, on_grid, standard_gamma
from sim.model.order import put_in_order
from sim.model.shapes import BY_GAPS, BY_RATE, NO_PATIENCE_LIMIT, Plan
from sim.model.streams import BUSYNESS, CHOICE, CITIZEN, GAP_REJECTION, PATIENCE_REJECTION, SERVICE_REJECTION, STOP, philox, uniform
from sim.model.trace import Trace, draw, draw_days
from tests.days import hall_of
from tests.random_days import QUICK, Document, scenarios

KEY = (np.uint64(5), np.uint64(2))
"""Seed and replication."""


class Citizen(NamedTuple):
    """A citizen as he is drawn: sorted by coming, source and number, as the trace is."""

    came: int
    source: int
    number: int
    rank: int
    stops: tuple[tuple[int, int, int], ...]


def uniforms(number: int, source: int, step: int, purpose: int) -> list[float]:
    """The four uniforms of a key."""
    return [uniform(word) for word in philox(*map(np.uint64, (number, source, step, purpose)), *KEY)]


def citizens_of(plan: Plan, source: int) -> list[Citizen]:
    """The citizens of a source, one by one, until one comes too late."""
    demand, found, reached = plan.demand, list[Citizen](), 0.0
    pieces = range(demand.piece_first[source], demand.piece_first[source + 1])
    busyness = 1.0
    for row in range(demand.busy_first[source], demand.busy_first[source + 1]):
        number, of = np.uint64(demand.busy_number[row]), np.uint64(demand.busy_of[row])
        busyness *= standard_gamma(demand.busy_shape[row], number, of, np.uint64(0), BUSYNESS, *KEY) / demand.busy_shape[row]
    for number in range(demand.source_first[source]):
        first, by_class, *_ = uniforms(number, source, 0, CITIZEN)
        if demand.source_kind[source] == BY_GAPS:
            row = demand.source_gap[source]
            gap = draw_time(plan.times, row, first, np.uint64(number), np.uint64(source), np.uint64(0), GAP_REJECTION, *KEY)
            reached += gap * (demand.source_gap_factor[source] / busyness)
            instant = demand.opens + reached
            if instant >= demand.until:
                break
        else:
            expected = [demand.piece_rate[k] * (demand.piece_end[k] - demand.piece_start[k]) for k in pieces]
            total = demand.piece_below[pieces[-1]] + expected[-1] if expected else 0.0
            reached = reached - log_of(first) * (1.0 / busyness) if demand.source_kind[source] == BY_RATE else first * total
            if reached >= total:
                break
            piece = max(k for k in pieces if k == pieces[0] or demand.piece_below[k] <= reached)
            instant = demand.piece_start[piece] + (reached - demand.piece_below[piece]) / demand.piece_rate[piece]
            instant = min(instant, demand.piece_end[piece] - 0.5)
        rank = 0 if by_class < demand.source_priority[source] else int(demand.source_rank[source])
        found.append(Citizen(math.floor(instant / demand.grid) * demand.grid, source, number, rank, tuple(stops_of(plan, source, number))))
    return found


def stops_of(plan: Plan, source: int, number: int) -> list[tuple[int, int, int]]:
    """The stops that a citizen makes: service, service time, patience; walked along the route, back and forth."""
    demand, found = plan.demand, []
    first, last = demand.route_first[source], demand.route_first[source + 1]
    sent_back = dict.fromkeys(range(first, last), 0)
    at, visit = first, 0
    while at < last:
        of_work, of_patience, of_stop, of_rework = uniforms(number, source, visit, STOP)
        key = (np.uint64(number), np.uint64(source), np.uint64(visit))
        makes = of_stop < demand.stop_share[at]
        if demand.stop_choice[at] >= 0:
            by_choice, *_ = uniforms(number, source, demand.stop_choice[at], CHOICE)
            makes = demand.stop_chosen_from[at] <= by_choice < demand.stop_chosen_below[at]
        if makes:
            work = on_grid(draw_time(plan.times, demand.stop_work[at], of_work, *key, SERVICE_REJECTION, *KEY), demand.grid, demand.grid)
            patience = clock.NEVER
            if demand.stop_patience[at] != NO_PATIENCE_LIMIT:
                patience = on_grid(
                    draw_time(plan.times, demand.stop_patience[at], of_patience, *key, PATIENCE_REJECTION, *KEY), demand.grid, 0
                )
            found.append((int(demand.stop_service[at]), work, patience))
        if makes and sent_back[at] < demand.stop_rework_most[at] and of_rework < demand.stop_rework[at]:
            sent_back[at] += 1
            at = first + demand.stop_back_to[at]
        else:
            at += 1
        visit += 1
    return found


def as_citizens(trace: Trace) -> list[Citizen]:
    """The rows of a trace."""
    return [
        Citizen(
            int(trace.came[i]), int(trace.source[i]), int(trace.number[i]), int(trace.rank[i]),
            tuple((int(trace.service[row]), int(trace.work[row]), int(trace.patience[row])) for row in range(trace.stop_first[i], trace.stop_first[i + 1])),
        )
        for i in range(len(trace.came))
    ]  # fmt: skip


def judge(document: Document) -> int:
    """Both ways give the same citizens in the same order; returns how many stops they make."""
    plan = hall_of(document).plan
    trace = draw(plan, int(KEY[0]), int(KEY[1]))
    assert as_citizens(trace) == sorted(citizen for source in range(len(plan.demand.source_kind)) for citizen in citizens_of(plan, source))
    assert trace.enters.tolist() == [max(int(came), int(plan.demand.opens)) for came in trace.came]
    assert trace.citizen.tolist() == [i for i, citizen in enumerate(as_citizens(trace)) for _ in citizen.stops]
    return len(trace.service)


@QUICK
@given(scenarios())
def test_random_days_are_those_drawn_one_by_one(document: Document) -> None:
    judge(document)


def test_columns_begin_and_end_where_they_may() -> None:
    """Several columns of 128 for each source, sent back and forth, patience at some of the stops, families with and without an inverse."""
    units = {
        "desk": {"counters": 2, "service_time": {"lognormal": {"mean": "4 min", "cv": 0.7}}},
        "file": {"counters": 2, "service_time": {"gamma": {"mean": "5 min", "cv": 0.8}}},
        "till": {"counters": 1, "service_time": {"exponential": "2 min"}},
    }
    route = [
        {"stop": "desk", "patience": {"exponential": "40 min"}},
        {"stop": "file", "share": "70 %", "rework": {"share": "30 %", "back_to": "desk", "at_most": 2}},
        {"one_of": {"till": {"share": "60 %", "rework": {"share": "20 %"}}, "desk": "40 %"}},
        {"stop": "till", "share": "50 %", "patience": {"erlang": {"mean": "30 min", "stages": 3}}},
        {"stop": "desk", "share": "80 %", "rework": {"share": "50 %", "back_to": "file", "at_most": 1}},
    ]
    sources = {
        "by_rate": {"arrivals": "300 per day", "route": route, "priority": "20 %"},
        "exactly": {"arrivals": {"exactly": 128}, "route": ["till", {"one_of": {"file": "30 %", "desk": "70 %"}}]},
        "by_gaps": {"arrivals": {"gaps": {"exponential": "2 min"}, "first": 130}, "route": route[:1]},
    }
    assert judge({"name": "columns", "hours": "08:00-14:00", "units": units, "citizens": sources}) > 1000


@pytest.mark.parametrize("case", ["by chance", "all at once", "few instants", "two runs", "one late", "sorted", "reversed", "one", "none"])
def test_instants_are_put_in_stable_order_or_left_to_the_sort(case: str) -> None:
    """It is numpy's stable order, and takes seconds for none of the crowds that spoil the guess by division."""
    rng = np.random.default_rng(4)
    came = {
        "by chance": rng.integers(0, 30_000_000_000, 3000),
        "all at once": np.full(3000, 7),
        "few instants": rng.integers(0, 5, 3000) * 60_000_000,
        "two runs": np.concatenate((np.arange(50_000), np.arange(50_000), [10**13])),
        "one late": np.concatenate((rng.integers(0, 1000, 100_000), [10**13])),
        "sorted": np.arange(3000) ** 2,
        "reversed": np.arange(3000)[::-1] ** 2,
        "one": np.array([5]),
        "none": np.array([], dtype=np.int64),
    }[case].astype(np.int64)
    for function in (put_in_order, compiled(put_in_order)) if len(came) <= 3000 else (compiled(put_in_order),):
        order, place = np.empty(len(came), dtype=np.int64), np.empty(len(came) + 1, dtype=np.int64)
        function(came, order, place)
        assert order.tolist() == np.argsort(came, kind="stable").tolist()


def test_days_drawn_together_are_the_days_drawn_alone() -> None:
    """Each day of a batch has the key of its replication, and begins where the one before it ends."""
    plan = hall_of({"name": "day", "hours": "08:00-09:00", "units": {"desk": {"counters": 1, "service_time": "5 min"}}, "citizens": {
        "some": {"arrivals": "20 per day", "route": ["desk", {"stop": "desk", "share": "30 %"}]},
        "none": {"arrivals": "0.2 per day", "route": ["desk"]},
    }}).plan  # fmt: skip
    for fast in (False, True):
        traces = draw_days(plan, 3, 5, 12, fast=fast)
        assert traces.days == 12 and traces.first_citizen[-1] > 100
        for day in range(12):
            assert all(np.array_equal(column, alone) for column, alone in zip(traces.day(day), draw(plan, 3, 5 + day), strict=True))


def test_a_trace_owns_its_arrays_and_a_room_too_small_is_made_again() -> None:
    """The room of one draw is kept for the next: earlier days stay what they were, also drawn by several threads, or into too little room."""
    plans = [hall_of({"name": "day", "hours": "08:00-12:00", "units": {"desk": {"counters": 1, "service_time": "5 min"}}, "citizens": citizens}).plan for citizens in (
        {"some": {"arrivals": "200 per day", "route": ["desk"]}},
        {"few": {"arrivals": "20 per day", "route": ["desk", "desk"]}},
    )]  # fmt: skip
    traces = [(plan, replication, draw(plan, 3, replication, fast=True)) for replication in range(20) for plan in plans]
    copies = [[column.copy() for column in trace[:-1]] for *_, trace in traces]

    def again(_: int) -> bool:
        return all(
            np.array_equal(column, kept)
            for (plan, replication, _), copy in zip(traces, copies, strict=True)
            for column, kept in zip(draw(plan, 3, replication, fast=True)[:-1], copy, strict=True)
        )

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(again, range(8)))
    assert all(np.array_equal(column, kept) for (*_, trace), copy in zip(traces, copies, strict=True) for column, kept in zip(trace[:-1], copy, strict=True))
    plans[0].__dict__["likely_citizens"] = 30
    for fast in (False, True):
        assert all(np.array_equal(column, kept) for column, kept in zip(draw(plans[0], 3, 0, fast=fast)[:-1], copies[0], strict=True))


def test_room_that_could_not_be_made_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that runs out half-way once left a room that was taken for whole; compiled code then wrote beyond it."""
    room = module._Buffers()
    room.make(10, 1, 1)
    made = np.empty

    def too_much(shape: int, **options: object) -> np.ndarray:
        if shape == 20 * 3:
            raise MemoryError
        return made(shape, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(np, "empty", too_much)
    for _ in range(2):
        with pytest.raises(MemoryError):
            room.make(20, 3, 1)
    monkeypatch.undo()
    room.make(20, 3, 1)
    assert len(room.drawn.work) == 60 and len(room.order) == 20
