"""Tickets and counter segments: a day worked by hand, random days against records and measures, and the files they are written to.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        07:50  desk  20     -         08:00   08:00  08:20  1        served
    2        08:10  desk  45     -         08:10   08:20  09:05  1        served
    3        08:15  desk  10     30        08:15   -      08:45  -        abandoned
    4        09:50  pair  30     -         09:50   09:50  10:20  2        served
    5        09:55  pair  10     -         09:55   09:55  10:05  3        served
    6        11:50  desk  15     -         11:50   11:50  12:05  1        served
    7        12:00  desk  5      -         -       -      12:00  -        refused: after last ticket

The desk has a break from 09:00 to 09:30, and begins it 5 min late. The pair is staffed by number: 2 until 10:00, then 1. At 10:00 both
are busy, and pair.2 finishes first: it is the one that is in overtime.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import MINUTE, NEVER
from sim.engine.reference import play_reference
from sim.errors import SimError, UsageError
from sim.model.shapes import BREAK, DOWN, INTO_BREAK, NAMED, ON_DUTY, OVERTIME, STAYING
from sim.model.trace import draw
from sim.results import ticket_files
from sim.results.measures import measure
from sim.results.outcomes import NOT_REACHED, OUTCOME_WORDS, SERVED
from sim.results.records import NO_COUNTER
from sim.results.ticket_files import opened
from sim.results.ticket_files import ticket_files as written
from sim.results.tickets import (
    IDLE,
    SERVING,
    Names,
    SegmentRow,
    TicketRow,
    segment_columns,
    segments,
    ticket_columns,
    ticket_numbers,
    types_of,
)
from tests.days import hall, hall_of, played, records_of, worked
from tests.random_days import QUICK, Document, scenarios

UNITS = """
desk: {counters: [{name: Loket Satu, duty: "08:00-09:00, 09:30-12:00"}]}
pair: {counters: {08:00-10:00: 2, 10:00-12:00: 1}}
"""
DAY = worked(hall(UNITS), __doc__)
RECORDS = records_of(DAY, DAY.expected)
NAMES = Names(DAY.hall.scenario)


def test_the_day_is_what_an_engine_plays() -> None:
    assert played(DAY, "reference") == DAY.expected


def test_tickets_of_the_day_worked_by_hand() -> None:
    columns = ticket_columns(NAMES, DAY.hall.plan, DAY.trace, RECORDS, 4)
    assert set(columns) == set(types_of(TicketRow))
    shown = ("citizen", "number", "stop", "unit", "ticket", "counter", "counter_name", "came_clock", "entered_clock", "ticket_clock", "start_clock", "end_clock", "outcome")
    rows = list(zip(*(columns[column].tolist() for column in shown), strict=True))
    assert rows == [
        (1, 1, 1, "desk", "A001", "desk.1", "Loket Satu", "07:50:00", "08:00:00", "08:00:00", "08:00:00", "08:20:00", "served"),
        (2, 2, 1, "desk", "A002", "desk.1", "Loket Satu", "08:10:00", "08:10:00", "08:10:00", "08:20:00", "09:05:00", "served"),
        (3, 3, 1, "desk", "A003", None, None, "08:15:00", "08:15:00", "08:15:00", None, "08:45:00", "abandoned"),
        (4, 4, 1, "pair", "B001", "pair.1", None, "09:50:00", "09:50:00", "09:50:00", "09:50:00", "10:20:00", "served"),
        (5, 5, 1, "pair", "B002", "pair.2", None, "09:55:00", "09:55:00", "09:55:00", "09:55:00", "10:05:00", "served"),
        (6, 6, 1, "desk", "A004", "desk.1", "Loket Satu", "11:50:00", "11:50:00", "11:50:00", "11:50:00", "12:05:00", "served"),
        (7, 7, 1, "desk", None, None, None, "12:00:00", "12:00:00", None, None, "12:00:00", "refused: after last ticket"),
    ]
    assert columns["waiting_minutes"].tolist()[:-1] == [0, 10, 30, 0, 0, 0] and np.isnan(columns["waiting_minutes"][-1])
    np.testing.assert_array_equal(columns["service_minutes"], [20, 45, np.nan, 30, 10, 15, np.nan])
    assert columns["start_minutes"][1] == 8 * 60 + 20 and columns["end_minutes"][6] == 720
    assert set(columns["replication"]) == {5} and set(columns["citizen_class"]) == {"regular"} and set(columns["source"]) == {"of_rank_0"}


def test_segments_of_the_day_worked_by_hand() -> None:
    columns = segment_columns(NAMES, DAY.hall.plan, DAY.trace, RECORDS, 0)
    assert set(columns) == set(types_of(SegmentRow))
    rows = [" ".join(map(str, row)) for row in zip(*(columns[column] for column in ("counter", "start_clock", "end_clock", "activity", "ticket")), strict=True)]
    assert rows == [
        "desk.1 08:00:00 08:20:00 serving A001",
        "desk.1 08:20:00 09:00:00 serving A002",
        "desk.1 09:00:00 09:05:00 into break A002",
        "desk.1 09:05:00 09:30:00 break None",
        "desk.1 09:30:00 11:50:00 idle None",
        "desk.1 11:50:00 12:00:00 serving A004",
        "desk.1 12:00:00 12:05:00 overtime A004",
        "pair.1 08:00:00 09:50:00 idle None",
        "pair.1 09:50:00 10:20:00 serving B001",
        "pair.1 10:20:00 12:00:00 idle None",
        "pair.2 08:00:00 09:55:00 idle None",
        "pair.2 09:55:00 10:00:00 serving B002",
        "pair.2 10:00:00 10:05:00 into break B002",
    ]
    assert columns["minutes"].tolist() == [20, 40, 5, 25, 140, 10, 5, 110, 30, 100, 115, 5, 5]
    np.testing.assert_array_equal(columns["citizen"][:5], [1, 2, 2, np.nan, np.nan])


@settings(QUICK, max_examples=25)
@given(scenarios(), st.integers(0, 1000))
def test_random_days_say_what_records_and_measures_say(document: Document, seed: int) -> None:
    of = hall_of(document)
    plan, hall = of.plan, of.plan.hall
    trace = draw(plan, seed, 0)
    records = play_reference(plan, trace)
    sums = measure(plan, trace, records).sums
    names = Names(of.scenario)
    columns = ticket_columns(names, plan, trace, records, 0)
    segment_columns(names, plan, trace, records, 0)

    numbers = ticket_numbers(plan, trace, records)
    for unit in range(len(hall.unit_kind)):
        mine = (hall.service_unit[trace.service] == unit) & (records.ticket < NEVER)
        assert sorted(numbers[mine].tolist()) == list(range(1, mine.sum() + 1))
        assert (np.diff(records.ticket[mine][np.argsort(numbers[mine])]) >= 0).all()
    reached = np.flatnonzero(records.outcome != NOT_REACHED).tolist()
    assert len(reached) == len(columns["citizen"])
    for row, stop in enumerate(reached):
        got = {column: values[row] for column, values in columns.items()}
        citizen = int(trace.citizen[stop])
        assert got["citizen"] == citizen + 1 and got["stop"] == stop - trace.stop_first[citizen] + 1
        assert got["outcome"] == OUTCOME_WORDS[records.outcome[stop]]
        assert got["source"] == list(of.scenario.citizens)[trace.source[citizen]] and got["number"] == trace.number[citizen] + 1
        counter = int(records.counter[stop])
        unit_of_counter = list(of.scenario.units)[hall.counter_unit[counter]] if counter != NO_COUNTER else None
        assert (got["counter"] or "").partition(".")[0] == (unit_of_counter or "")
        for what, instants in (("ticket", records.ticket), ("start", records.start), ("end", records.end)):
            instant = int(instants[stop])
            assert (got[f"{what}_clock"] is None) == bool(np.isnan(got[f"{what}_minutes"])) == (instant == NEVER)
            assert instant == NEVER or round(got[f"{what}_minutes"] * MINUTE) == instant
        assert (got["ticket"] is None) == (got["ticket_clock"] is None) and (got["service_minutes"] >= 0) == (records.outcome[stop] == SERVED)

    done = segments(plan, trace, records)
    assert (done.start < done.end).all()
    follows = done.counter[1:] == done.counter[:-1]
    assert (done.start[1:][follows] >= done.end[:-1][follows]).all()
    assert ((done.stop >= 0) | ~np.isin(done.activity, (SERVING, INTO_BREAK, OVERTIME))).all()
    assert ((done.stop < 0) | ~np.isin(done.activity, (IDLE, BREAK))).all()
    for stop in np.flatnonzero(records.counter != NO_COUNTER).tolist():
        mine = done.stop == stop
        assert set(done.counter[mine].tolist()) == {int(records.counter[stop])}
        assert (done.end - done.start)[mine].sum() == min(int(records.end[stop]), hall.ends) - records.start[stop]

    has_hours = hall.ends == NEVER
    low, high = (0, NEVER) if has_hours else (int(plan.window.edges[0]), int(plan.window.edges[-1]))
    length = np.maximum(0, np.minimum(done.end, high) - np.maximum(done.start, low))
    for unit in range(len(hall.unit_kind)):
        mine = hall.counter_unit[done.counter] == unit
        assert length[mine & (done.activity == SERVING)].sum() == sums.served_in[unit, ON_DUTY]
        assert length[mine & (done.activity == INTO_BREAK)].sum() == sums.served_in[unit, INTO_BREAK]
        assert length[mine & (done.activity == OVERTIME)].sum() == sums.served_in[unit, [OVERTIME, STAYING]].sum()
        assert length[mine & (done.activity == DOWN)].sum() == sums.time_in[unit, DOWN]
        assert length[mine & np.isin(done.activity, (SERVING, IDLE))].sum() == sums.time_in[unit, ON_DUTY]
    for counter in np.flatnonzero(hall.unit_kind[hall.counter_unit] == NAMED).tolist():
        mine = (done.counter == counter) & np.isin(done.activity, (SERVING, IDLE))
        spans = slice(int(hall.duty_first[counter]), int(hall.duty_first[counter + 1]))
        on = [(int(a), int(b)) for a, b in zip(hall.duty_start[spans], hall.duty_end[spans], strict=True)]
        assert all(_lies_in(on, start, end) for start, end in zip(done.start[mine], done.end[mine], strict=True))
        breaks = (done.counter == counter) & (done.activity == BREAK)
        assert not any(start < b and end > a for start, end in zip(done.start[breaks], done.end[breaks], strict=True) for a, b in on)


def _lies_in(duties: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether all of a span is on duty (duties may touch each other)."""
    return sum(max(0, min(end, b) - max(start, a)) for a, b in duties) == end - start


def test_files_hold_the_rows_of_all_replications_whatever_the_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for chunk in (5, 1000):
        folder = tmp_path / f"it's [{chunk}]"
        folder.mkdir()
        monkeypatch.setattr(ticket_files, "CHUNK", chunk)
        with written(folder, DAY.hall.scenario) as keep:
            for replication in range(3):
                keep(replication, DAY.trace, RECORDS)
        assert sorted(path.name for path in folder.iterdir()) == ["counters.parquet", "tickets.parquet"]
        with opened(folder) as tickets:
            assert [row.ticket for row in tickets.citizen(2, 3)] == ["A003"] and tickets.citizen(2, 8) == [] and tickets.citizen(4, 1) == []
            [refused] = tickets.citizen(3, 7)
            assert refused.replication == 3 and refused.ticket is None and refused.waiting_minutes is None and refused.end_minutes == 720.0
            assert tickets.last_citizen(1) == 7 and tickets.longest_wait() == (1, 2)
            assert tickets.outcomes() == {"served": 15, "abandoned": 3, "refused: after last ticket": 3}
            assert tickets.activities()["overtime"] == (3, pytest.approx(0.25)) and tickets.activities()["into break"] == (6, pytest.approx(0.5))
            day = tickets.day(3)
            assert len(day) == 13 and [row for row in day if row.counter == "pair.2"] == tickets.counter(3, "pair.2") == tickets.day(3, "pair")[3:]
            assert day[2].citizen == 2 and day[3].citizen is None and day[3].ticket is None and day[4].minutes == 140.0
            read.append([tickets.citizen(r, c) for r in (1, 2, 3) for c in range(1, 8)])
    assert read[0] == read[1]


def test_a_day_without_citizens_has_counters_all_the_same(tmp_path: Path) -> None:
    of = hall(UNITS)
    with written(tmp_path, of.scenario) as keep:
        trace = draw(of.plan, 1, 0)
        keep(0, trace, play_reference(of.plan, trace))
    with opened(tmp_path) as tickets:
        assert tickets.last_citizen(1) == 0 and tickets.longest_wait() is None and tickets.outcomes() == {}
        assert [row.activity for row in tickets.counter(1, "desk.1")] == ["idle", "break", "idle"]


def test_what_is_interrupted_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), written(tmp_path, DAY.hall.scenario) as keep:
        keep(0, DAY.trace, RECORDS)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_tickets_or_with_broken_ones_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no tickets; simulate again with --tickets"), opened(tmp_path):
        pass
    for name in ("tickets.parquet", "counters.parquet"):
        (tmp_path / name).write_text("not a table", encoding="utf-8")
    with pytest.raises(SimError, match="cannot read the tickets in"), opened(tmp_path) as tickets:
        tickets.last_citizen(1)


def test_the_docs_list_each_column_with_its_type() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tickets.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", page, flags=re.MULTILINE)
    for file, row in (("tickets.parquet", TicketRow), ("counters.parquet", SegmentRow)):
        [part] = [part for part in parts if part.startswith(f"`{file}`")]
        listed = {}
        for columns, kind in re.findall(r"^\| (`.+?) \| ([A-Z]+) \|", part, re.MULTILINE):
            listed.update(dict.fromkeys(re.findall(r"`(\w+)`", columns), kind))
        assert listed == types_of(row)
        assert list(listed) == list(types_of(row))


@pytest.mark.parametrize("example", re.findall(r"^```sql\n(.*?)^```$", (Path(__file__).parents[2] / "docs" / "tickets.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
def test_queries_of_the_docs_run(example: str, tmp_path: Path) -> None:
    import duckdb

    with written(tmp_path, DAY.hall.scenario) as keep:
        keep(0, DAY.trace, RECORDS)
    with duckdb.connect() as database:
        assert database.execute(example.replace("results/jakarta", tmp_path.as_posix())).fetchall()
