"""The picture of one day of the counters: bars where the segments are, nothing on top of another, everything on the page."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from sim.engine.reference import play_reference
from sim.figures import style
from sim.figures.gantt import day_of_counters
from sim.model.compile import compile_plan
from sim.model.trace import draw
from sim.results.tickets import Names, SegmentRow, segment_columns
from sim.scenario import load, load_text
from sim.scenario.schema import Scenario
from sim.words import measured

SCENARIOS = Path(__file__).parents[2] / "scenarios"
EVERY_KIND = """
name: A hall with every kind of counter
hours: 08:00-12:00
units:
  desk: {counters: {08:00-09:00: 1, 09:00-10:30: 3, 10:30-12:00: 2}, service_time: {exponential: 6 min}}
  form: {counters: unlimited, service_time: 5 min}
  cash:
    name: Kasir $1 & the office of payments and refunds with a very long name indeed
    counters:
      - {name: Kasir Utama Bersama Sekali, services: [cash.pay, desk], duty: "08:00-09:50, 10:10-12:00"}
      - {helps: [refund], services: [pay], count: 2}
      - {duty: 09:30-11:00}
    services: {pay: {service_time: 8 min}, refund: {service_time: {exponential: 9 min}}}
citizens:
  a: {arrivals: 20 per hour, priority: 20 %, rank: 2, route: [form, desk, {stop: cash.pay, share: 60 %}], patience: {exponential: 30 min}}
  b: {arrivals: 9 per hour, route: [cash.refund]}
"""
HORIZON = "{name: long, horizon: 50 h, units: {desk: {counters: 2, service_time: 7 min}}, citizens: {all: {arrivals: 12 per hour, route: [desk]}}}"
NOBODY = "{name: quiet, hours: 08:00-09:00, units: {desk: {counters: 2, service_time: 7 min}}, citizens: {all: {arrivals: {exactly: 0}, route: [desk]}}}"


def day(scenario: Scenario, replication: int) -> list[SegmentRow]:
    """The segments of a day, as they are read from a file."""
    plan = compile_plan(scenario)
    trace = draw(plan, 1, replication)
    columns = segment_columns(Names(scenario), plan, trace, play_reference(plan, trace), replication)
    lists = [columns[column].tolist() for column in SegmentRow._fields]
    return [SegmentRow(*(None if value != value else value for value in row)) for row in zip(*lists, strict=True)]


def misplaced(figure: Figure) -> list[str]:
    """Texts that leave the page or meet each other."""
    with style.styled():
        figure.draw_without_rendering()
    [axes] = figure.axes
    texts = [*figure.texts, *axes.texts, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
    boxes = [(text.get_text(), text.get_window_extent().padded(-0.5)) for text in texts if text.get_text()]
    page = figure.bbox
    faults = [f"outside: {text}" for text, box in boxes if not (box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1)]
    return faults + [f"meet: {one} and {other}" for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)]


def boxes(figure: Figure) -> dict[str, list[tuple[float, float, float, float]]]:
    """The boxes of the picture as (start, end, top, bottom), by colour."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for collection in figure.axes[0].collections:
        if isinstance(collection, LineCollection):
            continue  # the grid
        assert isinstance(collection, PolyCollection)
        for path in collection.get_paths():
            (left, top), (right, bottom) = path.vertices.min(axis=0), path.vertices.max(axis=0)
            found.setdefault(to_hex(collection.get_facecolor()[0]).upper(), []).append((left, right, top, bottom))
    return found


CASES = {
    "jakarta": load(SCENARIOS / "jakarta.yaml").scenario,
    "one counter": load(SCENARIOS / "one_counter.yaml").scenario,
    "every kind": load_text(EVERY_KIND).scenario,
    "horizon": load_text(HORIZON).scenario,
    "nobody": load_text(NOBODY).scenario,
}


@cache
def drawn_day(case: str) -> tuple[list[SegmentRow], Figure]:
    """The third day of a case and its picture."""
    segments = day(CASES[case], 2)
    figure = day_of_counters(CASES[case], segments, 3, 20)
    assert figure is not None
    return segments, figure


@pytest.mark.parametrize("case", CASES)
def test_nothing_leaves_the_page_or_lies_on_another(case: str) -> None:
    _, figure = drawn_day(case)
    assert misplaced(figure) == []
    everything = sorted(box for drawn in boxes(figure).values() for box in drawn)
    middles = figure.axes[0].get_yticks()
    assert (np.diff(middles) >= 1.0).all()
    for middle in middles:
        row = [box for box in everything if abs((box[2] + box[3]) / 2 - middle) < 0.5]
        assert all(box[2] >= middle - 0.5 and box[3] <= middle + 0.5 for box in row)
        under = [box for box in row if box[2] > middle]  # overtime, on the lower edge
        for (_, end, _, _), (start, _, _, _) in (*pairwise(box for box in row if box not in under), *pairwise(under)):
            assert start >= end - 1e-9
        assert all(any(box[:2] == late[:2] and box[3] <= late[2] + 1e-9 for box in row) for late in under)
    low, high = figure.axes[0].get_xlim()
    assert case == "horizon" or (min(box[0] for box in everything) >= low and max(box[1] for box in everything) <= high)
    assert (low, high) != (0.0, 1440.0) or case == "horizon"


def test_bars_are_the_segments() -> None:
    segments, figure = drawn_day("every kind")
    drawn = boxes(figure)

    def minutes(*activities: str, service: str = "") -> float:
        return sum(s.minutes for s in segments if s.activity in activities and (not service or s.service == service))

    def length(colour: str) -> float:
        return sum(end - start for start, end, _, _ in drawn[colour])

    assert length(style.VERMILION) == pytest.approx(minutes("overtime", "into break"))
    assert length(style.FAINT) == pytest.approx(minutes("idle"))
    assert length(style.CLOSED) == pytest.approx(minutes("break"))
    for colour, service in ((style.BLUE, "desk"), (style.ORANGE, "pay"), (style.SKY, "refund")):
        assert length(colour) == pytest.approx(minutes("serving", "overtime", "into break", service=service))
    _title, _note, _footer, *legend = (text.get_text() for text in figure.texts)
    assert legend[:7] == ["desk", "pay", "refund", "on duty, idle", "break", "into a break or overtime (underlined)", "outside opening hours"]
    assert np.isclose(max(box[1] for box in drawn[style.VERMILION]), max(s.end_minutes for s in segments))
    codes = [text.get_text() for text in figure.axes[0].texts]
    assert codes and set(codes) <= {s.ticket for s in segments}


def test_title_and_footer_say_what_is_seen() -> None:
    segments, figure = drawn_day("jakarta")
    texts = [text.get_text().replace("\n", " ").replace("\u00a0", " ") for text in figure.texts]
    officers = [s for s in segments if s.unit != "kiosk"]
    overtime = [s for s in officers if s.activity == "overtime"]
    # Every lunch is over by 13:30 and every last duty ends at 16:00, so half past two parts the two kinds of overtime.
    for before, words in ((True, "into a break"), (False, "after the end of duty")):
        late = [s for s in overtime if (s.start_minutes < 14.5 * 60) == before]
        counters = len({s.counter for s in late})
        said = f"; {counters} counter{'s' if counters > 1 else ''} of 43 work{'' if counters > 1 else 's'} {words}, {measured(sum(s.minutes for s in late))} min together"
        assert (said in texts[0]) == bool(late)
    assert overtime and texts[0].startswith("Day 3: ")
    assert any(text.endswith("Machines are not drawn; --unit draws them.") for text in texts)
    kiosk = day_of_counters(CASES["jakarta"], segments, 3, 20, "kiosk")
    assert kiosk is not None and len(kiosk.axes[0].get_yticks()) == 3
    assert "MPP Jakarta · day 3 of 20 · one day is an example, not evidence" in texts
    police = day_of_counters(CASES["jakarta"], [s for s in segments if s.unit == "polda"], 3, 20, "polda")
    assert police is not None and [label.get_text() for label in police.axes[0].get_yticklabels()] == ["1", "2", "3", "4", "5", "6"]


def test_tickets_of_another_unit_are_told_apart() -> None:
    """The officer of desk 0 serves five units: too many services for a colour each."""
    units = "".join(f"u{k}: {{counters: 1, service_time: 5 min}}, " for k in range(1, 5))
    sources = ", ".join(f"c{k}: {{arrivals: 6 per hour, route: [u{k}]}}" for k in range(6))
    shared = "u0: {counters: [{services: [u0, u5]}], service_time: 5 min}, u5: {counters: 0, service_time: 5 min}"
    scenario = load_text(f"{{name: shared, hours: 08:00-12:00, units: {{{units}{shared}}}, citizens: {{{sources}}}}}").scenario
    segments = day(scenario, 0)
    figure = day_of_counters(scenario, segments, 1, 1)
    assert figure is not None
    length = sum(end - start for start, end, _, _ in boxes(figure)[style.ORANGE])
    assert length == pytest.approx(sum(s.minutes for s in segments if s.ticket_unit == "u5")) and length > 0
    assert "serving, ticket of another unit" in [text.get_text() for text in figure.texts]


def test_a_unit_without_counters_has_no_picture() -> None:
    assert day_of_counters(CASES["every kind"], [], 1, 1, "form") is None
