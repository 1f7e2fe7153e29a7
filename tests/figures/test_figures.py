"""The figures say what the summary says, fit on their page, and come out the same to the byte."""

from __future__ import annotations

import ast
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.text import Text
from PIL import Image

import sim.figures
from sim.analysis.groups import UnitGroup
from sim.analysis.summary import Row, Summary, UnitLabel
from sim.analysis.target import Verdict, verdict
from sim.figures import figures, style, wording
from sim.figures.number_waiting import by_unit as number_waiting
from sim.figures.utilisation import heat_map

NAN = math.nan
NAMES = (
    "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu (DPMPTSP)",
    "Dinas Kependudukan dan Pencatatan Sipil Provinsi DKI Jakarta",
    "Badan Pajak dan Retribusi Daerah / Unit Pelayanan Pajak Setiabudi",
    "Kepolisian Daerah Metro Jaya (SIM, STNK, SKCK)",
    "Kantor Imigrasi Kelas I Khusus Jakarta Selatan",
    "Kantor Wilayah Badan Pertanahan Nasional DKI Jakarta",
    "Direktorat Jenderal Pajak",
    "Direktorat Jenderal Bea dan Cukai",
    "Direktorat Jenderal Administrasi Hukum Umum, Kementerian Hukum dan HAM",
    "Badan Koordinasi Penanaman Modal (BKPM)",
    "Badan Penyelenggara Jaminan Sosial (BPJS) Kantor Cabang Utama Jakarta Selatan Kesehatan",
    "Badan Penyelenggara Jaminan Sosial (BPJS) Kantor Cabang Utama Jakarta Selatan Ketenagakerjaan",
    "PT PLN (Persero) Distribusi Jakarta Raya",
    "Jasa Raharja",
    "Bank DKI",
)


def build(
    names: Sequence[str] = NAMES,
    *,
    empty: bool = False,
    has_hours: bool = True,
    seats: int | None = 60,
    targets: Sequence[tuple[float, float]] = ((0.9, 15.0),),
    unlimited: Sequence[int] = (),
    replications: int = 50,
    scenario: str = "jakarta",
    load: float = 1.0,
    closes: float = 960.0,
) -> Summary:
    """A summary of made-up but plausible numbers; with ``empty`` every number is missing."""
    opens, closes = (450.0, closes) if has_hours else (0.0, 6000.0)
    edges = tuple(np.arange(opens, closes + 61.0, 30.0)) if has_hours else (opens, closes)
    units = tuple(
        UnitLabel(f"u{i}", name, "3", *(targets[i % len(targets)] if targets else (NAN, NAN)), i in unlimited)
        for i, name in enumerate(names)
    )
    rng = np.random.default_rng(5)
    rows: list[Row] = []
    middles = np.array([(a + b) / 2 for a, b in pairwise(edges)])
    shape = np.exp(-(((middles - 620.0) / 110.0) ** 2)) + 0.6 * np.exp(-(((middles - 830.0) / 70.0) ** 2)) if has_hours else np.ones(1)
    open_now = (middles < closes) if has_hours else np.ones(1, dtype=bool)

    def put(measure: str, unit: str, interval: int, value: float, spread: float = 0.0) -> None:
        value = NAN if empty else float(value)
        high = min(1.0, value + spread) if measure == "share_within_target" else value + spread
        rows.append(Row(measure, unit, "", "", interval, value, value - spread, NAN if empty else high, replications))

    heights = [load * 24.0 * 0.72**i for i in range(len(names))]
    total = sum(heights)
    waits: dict[str, tuple[float, ...]] = {}
    for code, height in [*((unit.unit, height) for unit, height in zip(units, heights, strict=True)), ("", total)]:
        if code and units[int(code[1:])].unlimited:
            continue
        scale = height if code else total / max(1, len(names)) * 1.5
        for i, level in enumerate(shape):
            jitter = 1.0 + 0.1 * rng.standard_normal()
            open_value = 1.0 if open_now[i] else NAN
            put("waiting_time_median", code, i, open_value * scale * 0.8 * level * jitter)
            put("waiting_time_p90", code, i, open_value * (scale * 0.8 * level * jitter + 6.0 + scale * 0.7 * level))
            put("waiting_time_mean", code, i, open_value * scale * level)
            put("number_waiting", code, i, height * level * jitter, 0.1)
            put("number_waiting_p10", code, i, height * level * jitter * 0.5)
            put("number_waiting_p90", code, i, height * level * jitter * 1.6)
            put("utilisation", code, i, open_value * min(1.0, 0.25 + scale / 20.0 * level) if (i + len(code)) % 9 != 8 else NAN)
        share = min(0.995, 0.62 + 0.03 * int(code[1:])) if code else 0.83
        if not any(math.isnan(unit.target_share) for unit in (units if not code else [units[int(code[1:])]])):
            put("share_within_target", code, -1, share, 0.02)
        put("utilisation", code, -1, min(0.98, 0.2 + scale / 20.0), 0.01)
        quantiles = np.maximum(0.0, -scale * np.log(1.0 - np.linspace(0.0, 0.9995, 201)) - 2.0)
        waits[code] = () if empty else tuple(quantiles)
    for i, level in enumerate(shape):
        inside = (total + 14.0) * level * (1.0 if open_now[i] else 0.1)
        put("inside", "", i, inside, 1.0)
        put("inside_p10", "", i, inside * 0.8)
        put("inside_p90", "", i, inside * 1.25)
        put("most_inside", "", i, inside * 1.4)
    put("most_inside", "", -1, 1.45 * (total + 14.0) * float(shape.max()), 1.0)
    if seats is not None:
        put("days_seats_suffice", "", -1, 0.75)
    put("time_in_hall_mean", "", -1, 30.0, 1.0)
    for code in ("", *(unit.unit for unit in units)):
        put("tickets", code, -1, 0.0 if empty else 100.0)
        put("served", code, -1, 0.0 if empty else 90.0)
        put("abandoned", code, -1, 0.0 if empty else 7.0)
        put("left_over", code, -1, 0.0 if empty else 3.0)
        put("waiting_time_median", code, -1, waits[code][100] if waits.get(code) else NAN)
        put("waiting_time_p90", code, -1, waits[code][180] if waits.get(code) else NAN)
    put("citizens", "", -1, 400.0)
    for measure, value in (("citizens_abandoned", 40.0), ("citizens_left_over", 0.0), ("citizens_refused_full", 0.0), ("citizens_refused_late", 20.0)):
        put(measure, "", -1, value)
    return Summary(
        scenario, has_hours, replications, edges, opens, closes, units, seats, tuple(rows), waits,
        officers=tuple(12.0 if not 690 <= edge < 750 else 6.0 for edge in edges[:-1]) if len(unlimited) < len(names) else (0.0,) * len(middles),
        fullest=tuple(0 if empty else round(1.6 * (total + 14.0) * level) for level in (*shape, shape.max())),
    )  # fmt: skip


ALL = ["waiting_time", "number_waiting", "inside", "utilisation", "share_within_target", "waiting_time_distribution"]


@pytest.fixture(scope="module")
def full() -> tuple[Summary, dict[str, Figure]]:
    """Fifteen units with long names, and their six figures, each laid out once."""
    summary = build()
    drawn = dict(figures(summary))
    for figure in drawn.values():
        with style.styled():
            figure.draw_without_rendering()
    return summary, drawn


def text_of(figure: Figure) -> list[str]:
    """Every text on a figure, with its line breaks undone."""
    return [text.get_text().replace("\n", " ").replace("\u00a0", " ") for text in texts(figure)]


def title_of(figure: Figure) -> str:
    return text_of(figure)[0]


def texts(figure: Figure) -> Iterator[Text]:
    """The texts that are seen: titles, notes, legends, labels of axes and of the ticks inside their range."""
    yield from figure.texts
    for legend in figure.legends:
        yield from legend.get_texts()
    for axes in figure.axes:
        yield from axes.texts
        for axis in (axes.xaxis, axes.yaxis):
            yield axis.label
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    yield tick.label1


def misplaced(figure: Figure) -> list[str]:
    """Texts that leave the page or meet each other."""
    seen = [text for text in texts(figure) if text.get_visible() and text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent().padded(-0.5)) for text in seen]
    page = figure.bbox
    faults = [f"outside: {text!r}" for text, box in boxes if not (box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1)]
    return faults + [f"meet: {one!r} and {other!r}" for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)]


def labels_of(axes: Axes) -> tuple[list[str], list[str]]:
    """The labels of the scales of drawn axes: those below, and those on the left from below upwards. They are texts of the figure."""
    assert isinstance(axes.figure, Figure)
    frame, room = axes.bbox, 0.25 * axes.figure.dpi
    words = [(text.get_text(), text.get_window_extent()) for text in axes.figure.texts if text.get_text() and not text.get_rotation()]
    under = [(box.x0, word) for word, box in words if frame.y0 - room < box.y0 < box.y1 < frame.y0 and frame.x0 - 1 <= (box.x0 + box.x1) / 2 <= frame.x1 + 1]
    left = [(box.y0, word) for word, box in words if frame.x0 - room < box.x1 < frame.x0 and frame.y0 - 5 <= (box.y0 + box.y1) / 2 <= frame.y1 + 5]
    return [word for _, word in sorted(under)], [word for _, word in sorted(left)]


def stepped(axes: Axes, colour: str) -> np.ndarray:
    """The values of the stepped line of a colour."""
    (line,) = (p for p in axes.patches if isinstance(p, StepPatch) and not p.get_fill() and to_hex(p.get_edgecolor()) == colour.lower())
    return np.asarray(line.get_data().values)


def band(axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper values of the stepped band."""
    (patch,) = (p for p in axes.patches if isinstance(p, StepPatch) and p.get_fill())
    data = patch.get_data()
    return np.asarray(data.baseline), np.asarray(data.values)


def expected(summary: Summary, measure: str, unit: str = "") -> np.ndarray:
    return np.array([row.value for row in summary.over_day(measure, unit)])


CASES = {
    "one unit, far below its target": (build(["Loket"], load=0.1, targets=((0.9, 240.0),)), ALL),
    "all missing": (build(NAMES[:2], empty=True), ALL),
    "no opening hours": (build(NAMES[:5], has_hours=False), ["share_within_target", "waiting_time_distribution"]),
    "no opening hours, no target": (build(["M/M/c"], has_hours=False, targets=(), scenario="mmc"), ["waiting_time_distribution"]),
    "no target, no seats": (build(NAMES[:3], targets=(), seats=None), [stem for stem in ALL if stem != "share_within_target"]),
    "targets differ, one day, odd names": (
        build(
            ["Loket $x_1$ & \u201cB\u201d", "Pendaftaran" * 9, *NAMES[10:12]],
            targets=((0.9, 15.0), (0.8, 30.0), (NAN, NAN)),
            unlimited=(0,),
            replications=1,
            scenario="jakarta crowded " * 12,
        ),
        ALL,
    ),
    "unlimited only": (build(NAMES[:2], unlimited=(0, 1)), ["waiting_time", "inside", "waiting_time_distribution"]),
    "long day, crowded": (build(NAMES[:3], load=40.0, closes=1380.0), ALL),
}


@pytest.mark.parametrize("case", CASES)
def test_figures_that_make_sense_are_yielded_and_nothing_meets_or_leaves_the_page(case: str) -> None:
    summary, stems = CASES[case]
    drawn = dict(figures(summary))
    assert list(drawn) == stems
    for stem, figure in drawn.items():
        with style.styled():
            figure.draw_without_rendering()
        assert misplaced(figure) == [], stem
        assert not any("nan" in text.split() for text in text_of(figure)), stem


def test_fifteen_units_with_long_names_fit(full: tuple[Summary, dict[str, Figure]]) -> None:
    assert list(full[1]) == ALL
    for stem, figure in full[1].items():
        assert misplaced(figure) == [], stem


def test_every_page_says_what_it_was_made_of(full: tuple[Summary, dict[str, Figure]]) -> None:
    for stem, figure in full[1].items():
        assert "jakarta · 50 simulated days · chance only, assumptions as given" in text_of(figure), stem


def test_the_footer_names_the_variant_and_the_overrides() -> None:
    summary = replace(build(), title="MPP Sukamaju, variant senin · dukcapil 6 counters")
    _, figure = next(figures(summary))
    assert any(text.startswith("MPP Sukamaju, variant senin · dukcapil 6 counters · 50 simulated days") for text in text_of(figure))
    assert "mmc · 50 replications · chance only, assumptions as given" in text_of(next(figures(CASES["no opening hours, no target"][0]))[1])


@pytest.mark.parametrize(
    ("stem", "labels"),
    [
        ("waiting_time", {"waiting time, minutes", "time of taking the ticket", "08:00", "16:00", "median: half wait longer"}),
        ("number_waiting", {"citizens waiting", "time of day", "09:00", "Bank DKI"}),
        ("inside", {"people inside the hall", "time of day", "17:00", "60 seats"}),
        ("utilisation", {"time of day", "12:00", "all day", "nobody on duty", "Bank DKI"}),
        ("share_within_target", {"tickets served within the target, per cent", "90 % in 15 min", "all units", "Bank DKI"}),
        ("waiting_time_distribution", {"tickets taken, per cent", "median, min", "P90, min", "called within 5 min", "30 to 60 min", "Bank DKI"}),
    ],
)
def test_axes_carry_their_units_and_clock_times(full: tuple[Summary, dict[str, Figure]], stem: str, labels: set[str]) -> None:
    assert labels <= set(text_of(full[1][stem]))


def test_the_hatching_is_explained_where_there_is_some() -> None:
    gaps = build(NAMES[:3])
    busy = replace(gaps, rows=tuple(row._replace(value=0.5) if row.measure == "utilisation" and math.isnan(row.value) else row for row in gaps.rows))
    assert any(row.measure == "utilisation" and math.isnan(row.value) for row in gaps.rows)
    for summary, said in ((gaps, True), (busy, False)):
        assert ("nobody on duty" in text_of(dict(figures(summary))["utilisation"])) == said


def test_the_target_time_is_drawn_where_all_units_have_the_same() -> None:
    """Of one unit alone, of one beside machines (which are not in the figures of the hall), and of several; not of targets that differ."""
    two = build(["Loket", "Kios"])
    machine = replace(two, units=(two.units[0], replace(two.units[1], machine=True)))
    for summary, where, of in (
        (build(["Loket"]), "served, by", ""), (machine, "served at Loket, by", ""), (two, "served at all units together, by", " at each unit"),
    ):  # fmt: skip
        figure = dict(figures(summary))["waiting_time"]
        assert [line.get_ydata()[0] for line in figure.axes[0].lines] == [15.0]
        assert f"target: 90 % within 15 min{of}" in text_of(figure)
        assert any(text.startswith(f"Waiting time of the {where} the half-hour") for text in text_of(figure))
    figure = dict(figures(build(["Loket", "Formulir"], targets=((0.9, 15.0), (0.9, 20.0)))))["waiting_time"]
    assert not figure.axes[0].lines and any("Targets: 15 to 20 min, which differ by unit." in text for text in text_of(figure))


def test_officers_on_duty_stand_below_the_waits(full: tuple[Summary, dict[str, Figure]]) -> None:
    summary, drawn = full
    _, officers = drawn["waiting_time"].axes
    np.testing.assert_array_equal(stepped(officers, style.QUIET), summary.officers[:17])
    assert labels_of(officers)[1] == ["0", "6", "12"]


def test_waiting_time_shows_median_and_ribbon(full: tuple[Summary, dict[str, Figure]]) -> None:
    summary, drawn = full
    median, p90 = expected(summary, "waiting_time_median"), expected(summary, "waiting_time_p90")
    axes, _ = drawn["waiting_time"].axes
    shown = slice(0, 17)  # the two intervals after closing, where nobody takes a ticket, are not shown
    np.testing.assert_array_equal(stepped(axes, style.BLUE), median[shown])
    np.testing.assert_array_equal(band(axes), (median[shown], p90[shown]))
    missed = sum(verdict(summary.get("share_within_target", unit.unit), unit.target_share) is Verdict.MISSED for unit in summary.units)
    title = title_of(drawn["waiting_time"])
    assert missed > 1 and title.startswith(f"{missed} of 15 units miss their target; ")
    for line in (median, p90):  # each line is named where the eye finds it highest
        start = int(summary.edges[int(np.nanargmax(line))])
        assert f"of {start // 60:02d}:{start % 60:02d}–" in title
        assert f"more than {wording.minutes(np.nanmax(line))}".replace("\N{NO-BREAK SPACE}", " ") in title
    # 40 of the 60 who are not served give up waiting, the other 20 come too late
    assert title.endswith("; 60.0 of 400 citizens a day go home unserved, 40.0 because they give up waiting")


def test_number_waiting_puts_the_most_crowded_first() -> None:
    summary = build(NAMES[:8][::-1])  # the quietest first in the scenario
    figure = number_waiting(summary)
    assert figure is not None
    peaks = {unit.unit: expected(summary, "number_waiting", unit.unit).max() for unit in summary.units}
    order = sorted(peaks, key=lambda unit: -peaks[unit])
    assert len(figure.axes) == 8
    for axes, unit in zip(figure.axes, order, strict=True):
        np.testing.assert_array_equal(stepped(axes, style.BLUE), expected(summary, "number_waiting", unit))
        low, high = band(axes)
        np.testing.assert_array_equal(low, expected(summary, "number_waiting_p10", unit))
        np.testing.assert_array_equal(high, expected(summary, "number_waiting_p90", unit))
    scales = [axes.get_ylim()[1] for axes in figure.axes]
    assert scales == sorted(scales, reverse=True) and 1 < len(set(scales)) < 8
    with style.styled():
        figure.draw_without_rendering()
    assert labels_of(figure.axes[0])[1] == ["0", "20", "40"]
    assert [bool(labels_of(axes)[0]) for axes in figure.axes] == [place >= 4 for place in range(8)]
    numbered = [bool(labels_of(axes)[1]) for axes in figure.axes]
    assert numbered == [place % 4 == 0 or scales[place] != scales[place - 1] for place in range(8)]
    assert "a new scale begins where the axis has numbers" in " ".join(text_of(figure))
    assert title_of(figure).startswith(f"The longest queue is at {NAMES[7]}: ")


def test_inside_is_set_against_the_seats(full: tuple[Summary, dict[str, Figure]]) -> None:
    summary, drawn = full
    (axes,) = drawn["inside"].axes
    np.testing.assert_array_equal(stepped(axes, style.BLUE), expected(summary, "inside"))
    np.testing.assert_array_equal(stepped(axes, style.VERMILION), summary.fullest[:-1])
    np.testing.assert_array_equal(band(axes), (expected(summary, "inside_p10"), expected(summary, "inside_p90")))
    assert [line.get_ydata()[0] for line in axes.lines] == [60]
    most = max(summary.fullest[:-1])
    title = title_of(drawn["inside"])
    assert f"on the fullest of 50 days it held {most} at once, and its 60 seats are too few on 25.0 % of days" in title
    assert axes.get_ylim()[1] > most, "what the title says is in the picture"


def test_utilisation_cells_are_the_shares_and_open_where_nobody_is_on_duty(full: tuple[Summary, dict[str, Figure]]) -> None:
    summary, drawn = full
    cells, whole = drawn["utilisation"].axes[:2]
    shares = np.array([expected(summary, "utilisation", unit.unit)[:17] for unit in summary.units])
    (mesh,) = (each for each in cells.collections if isinstance(each, QuadMesh))
    shown = np.ma.asarray(mesh.get_array())
    np.testing.assert_array_equal(np.ma.getmaskarray(shown), np.isnan(shares))
    np.testing.assert_array_equal(shown.filled(NAN), shares)
    assert [text.get_text() for text in cells.texts] == [f"{100 * share:.0f}" for share in shares.ravel() if not math.isnan(share)]
    assert [text.get_text() for text in whole.texts] == [f"{100 * summary.get('utilisation', u.unit).value:.0f}" for u in summary.units]
    assert [label.get_text().replace("\n", " ") for label in cells.get_yticklabels()][-1] == "Bank DKI"
    crowded = heat_map(CASES["long day, crowded"][0])
    assert crowded is not None and not crowded.axes[0].texts  # 31 columns leave no room for numbers


def test_units_that_share_counters_have_one_row_of_utilisation_and_machines_stand_below() -> None:
    summary = build(["Kiosk", "A", "B", "C"])
    intervals = len(summary.edges) - 1
    group = UnitGroup(("u1", "u2"), (0.25,) * intervals, 0.75)
    summary = replace(summary, units=(replace(summary.units[0], machine=True), *summary.units[1:]), groups=(group,))
    figure = heat_map(summary)
    assert figure is not None
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["A + B", "C", "Kiosk"]
    (mesh,) = (each for each in figure.axes[0].collections if isinstance(each, QuadMesh))
    assert (np.ma.asarray(mesh.get_array())[0] == 0.25).all()
    assert figure.axes[1].texts[0].get_text() == "75"
    assert title_of(figure).startswith("Counters are busiest at C: ")  # the kiosk is busier, but no officer


@pytest.mark.parametrize(
    ("low", "high", "target", "said"),
    [
        (0.91, 0.95, 0.90, Verdict.KEPT),
        (0.90, 0.95, 0.90, Verdict.KEPT),
        (1.00, 1.00, 1.00, Verdict.KEPT),
        (0.89, 0.95, 0.90, Verdict.UNKNOWN),
        (0.85, 0.90, 0.90, Verdict.UNKNOWN),
        (0.85, 0.89, 0.90, Verdict.MISSED),
        (NAN, NAN, 0.90, Verdict.UNKNOWN),
    ],
)
def test_verdict_is_that_of_the_whole_interval(low: float, high: float, target: float, said: Verdict) -> None:
    assert verdict(Row("share_within_target", "u", "", "", -1, (low + high) / 2, low, high, 50), target) is said


def test_marks_follow_the_verdict_and_differ_in_shape(full: tuple[Summary, dict[str, Figure]]) -> None:
    summary, drawn = full
    figure = drawn["share_within_target"]
    axes = figure.axes[0]
    shapes = {Verdict.KEPT: "o", Verdict.UNKNOWN: "^", Verdict.MISSED: "X"}
    found: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
    shown = {float(line.get_xdata()[0]): line.get_marker() for line in axes.lines if line.get_marker() in shapes.values()}
    for unit in summary.units:
        share = summary.get("share_within_target", unit.unit)
        said = verdict(share, unit.target_share)
        assert shown[100 * share.value] == shapes[said], unit.name
        found[said] += 1
    assert sum(found.values()) == 15 and min(found.values()) > 0
    words = text_of(figure)
    for said, sign in ((Verdict.KEPT, "✓"), (Verdict.UNKNOWN, "?"), (Verdict.MISSED, "✗")):
        assert words.count(f"{sign} {said}") == found[said]
    assert title_of(figure).startswith(f"{found[Verdict.MISSED]} of 15 units miss their target, {found[Verdict.KEPT]} keep it")
    targets = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1] == 90.0]
    assert len(targets) == 15


def test_machines_are_judged_last_and_do_not_count() -> None:
    """A tenth of the tickets is never called; 60 of 400 citizens go home unserved."""
    summary = build(NAMES[:3])
    summary = replace(summary, units=(replace(summary.units[0], machine=True), *summary.units[1:]))
    figure = dict(figures(summary))["share_within_target"]
    assert [label.get_text().replace("\n", " ") for label in figure.axes[0].get_yticklabels()] == [NAMES[1], NAMES[2], "all units but machines", NAMES[0]]
    assert title_of(figure) == "Both staffed units miss their target; 60.0 of 400 citizens a day go home unserved, 40.0 because they give up waiting"
    assert text_of(figure).count("10.0 of 100") == 4


def test_the_bars_of_the_distribution_are_the_shares_of_all_tickets(full: tuple[Summary, dict[str, Figure]]) -> None:
    """Nine in ten tickets are served, and the tenth is never called; the target of 15 min parts the second class from the third."""
    summary, drawn = full
    (axes,) = drawn["waiting_time_distribution"].axes
    bars = [(patch.get_y() + patch.get_height() / 2, patch.get_x(), patch.get_width()) for patch in axes.patches]
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert names[-2:] == ["Bank DKI", "all units"] and len(names) == 16
    order = [*sorted(summary.units, key=lambda unit: -summary.waits[unit.unit][180]), None]
    for row, unit in enumerate(order):
        waits = np.array(summary.waits[unit.unit if unit else ""])
        ends = [start + width for y, start, width in bars if y == pytest.approx(row + 0.5)]
        within = [90.0 * (waits <= bound).mean() for bound in (5.0, 15.0, 30.0, 60.0)]
        np.testing.assert_allclose(ends, [*within, 90.0, 100.0])
    assert "10.0 % of its tickets are never called" in title_of(drawn["waiting_time_distribution"])


def test_svg_is_the_same_to_the_byte_whatever_the_users_settings() -> None:
    summary = build(["Loket"])
    stems = ("waiting_time", "utilisation", "waiting_time_distribution")
    first = {stem: style.image(figure, "svg") for stem, figure in figures(summary) if stem in stems}
    with matplotlib.rc_context({"font.size": 22, "svg.hashsalt": None, "svg.fonttype": "none", "axes.grid": True, "text.color": "red"}):
        second = {stem: style.image(figure, "svg") for stem, figure in figures(summary) if stem in stems}
    assert tuple(first) == stems and first == second
    assert all(image.startswith(b"<?xml") and b"<dc:date>" not in image for image in first.values())


def test_png_is_drawn_at_150_dots_per_inch() -> None:
    _, figure = next(figures(CASES["no opening hours, no target"][0]))
    image = style.image(figure, "png")
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(image[16:20]) == round(figure.get_figwidth() * 150)


def test_a_png_holds_its_dots_and_resolution() -> None:
    dots = np.random.default_rng(1).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    read = Image.open(io.BytesIO(style.png(dots, 150)))
    np.testing.assert_array_equal(np.asarray(read), dots)
    assert read.mode == "RGB" and read.info["dpi"] == pytest.approx((150, 150), abs=0.0127)  # a whole number of dots a metre


def test_figures_are_drawn_one_by_one_and_leave_no_setting_behind() -> None:
    before = dict(matplotlib.rcParams)
    drawn = figures(build(["Loket"]))
    assert iter(drawn) is drawn
    next(drawn)
    assert dict(matplotlib.rcParams) == before


def test_no_figure_uses_pyplot() -> None:
    for path in Path(sim.figures.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            assert not any("pyplot" in name for name in [*names, module]), path


def test_labels_fit_and_stay_different() -> None:
    labels = wording.labels([*NAMES, NAMES[0]], 1.7, style.SMALL)
    assert len(set(labels)) == len(NAMES) + 1
    assert all(label.count("\n") < 2 and wording.width(line, style.SMALL) <= 1.7 for label in labels for line in label.split("\n"))
    assert labels[10].endswith("Kesehatan") and labels[11].endswith("Ketenagakerjaan")
    assert labels[13] == "Jasa Raharja"


def test_letters_that_the_font_lacks_are_drawn_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    figure = dict(figures(build(("入国管理", "Imigrasi"))))["utilisation"]
    assert style.image(figure, "png")
    assert not [str(warning.message) for warning in recwarn if "Glyph" in str(warning.message)]
