"""The figure of a sweep shows the rows' numbers and stays on its page, with few values and with many, with a target and without."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, QuadMesh
from matplotlib.figure import Figure

from sim.analysis.summary import Row, Summary, UnitLabel
from sim.analysis.sweep_summary import SweepSummary, Target, Variable
from sim.analysis.target import Verdict
from sim.figures import style
from sim.figures.sweep import curve, figures, heat_map
from tests.figures.test_figures import misplaced, text_of, title_of

NAN = math.nan
COUNTERS = Variable("units.u.counters", ("4", "5", "6", "7", "8"))
ARRIVALS = Variable("arrivals", ("80 %", "90 %", "100 %"))
WORDS = Variable("closing", ("serve all", "send home"))
LONG = Variable("duty", ('["07:30-11:30, 12:30-16:00", "07:30-12:30, 13:30-16:00"]', '["07:30-12:00, 13:00-16:00"]', "07:30-16:00"))
MANY = Variable("units.u.counters", tuple(str(k) for k in range(1, 21)))


def of(value: float, spread: float, measure: str, replications: int) -> Summary:
    """The summary of one point."""
    low, high = (NAN, NAN) if replications == 1 else (value - spread, value + spread)
    unit = UnitLabel("u", "Kepolisian Daerah Metro Jaya (SIM, STNK, SKCK)", "3", 0.9, 15.0, False)
    row = Row(measure, "u", "", "", -1, value, low, high, replications)
    return Summary("jakarta", True, replications, (480.0, 510.0), 480.0, 510.0, (unit,), None, (row,), {})


def build(
    *variables: Variable, measure: str = "share_within_target", values: Sequence[float] | None = None, spread: float = 0.02, replications: int = 50
) -> SweepSummary:
    """A sweep whose share rises with the first variable and falls with the second (a wait the other way), or has the given values."""
    points = tuple(itertools.product(*(variable.values for variable in variables)))
    targeted = measure == "share_within_target"
    if values is None:
        steps = [tuple(v.values.index(value) / max(1, len(v.values) - 1) for v, value in zip(variables, point, strict=True)) for point in points]
        shares = [0.72 + 0.27 * step[0] - 0.08 * (step[1] if len(step) > 1 else 0.0) for step in steps]
        values = shares if targeted else [60.0 * (1.0 - share) for share in shares]
    targets = tuple(Target(0.9, 15.0) if targeted else None for _ in points)
    summaries = tuple(of(value, spread * (1 if targeted else 60), measure, replications) for value in values)
    return SweepSummary(variables, points, summaries, targets, measure, "u")


def per_cent(*ends: int) -> Variable:
    """Arrivals in per cent, over a range."""
    return Variable("arrivals", tuple(f"{k} %" for k in range(*ends)))


CASES = {
    "five values": build(COUNTERS),
    "two values": build(Variable("units.u.counters", ("6", "8"))),
    "one value": build(Variable("units.u.counters", ("6",))),
    "twenty values": build(MANY),
    "two hundred values": build(per_cent(1, 201)),
    "arrivals": build(ARRIVALS),
    "arrivals in no order": build(Variable("arrivals", ("100 %", "80 %", "90 %"))),
    "values in no order": build(Variable("units.u.counters", ("8", "4", "6"))),
    "no target": build(COUNTERS, measure="waiting_time_p90"),
    "words": build(WORDS, measure="waiting_time_p90"),
    "long words": build(LONG),
    "one day": build(COUNTERS, replications=1),
    "some without a number": build(COUNTERS, values=[NAN, 0.7, 0.8, NAN, 0.95]),
    "nothing": build(COUNTERS, values=[NAN] * 5),
    "all the same": build(COUNTERS, values=[1.0] * 5, spread=0.0),
    "a grid": build(COUNTERS, ARRIVALS),
    "a small grid": build(Variable("units.u.counters", ("6", "8")), WORDS),
    "a grid of one": build(Variable("units.u.counters", ("6",)), Variable("arrivals", ("80 %",))),
    "a wide grid": build(COUNTERS, per_cent(55, 151, 5)),
    "a tall grid": build(per_cent(1, 101), WORDS),
    "a very wide grid": build(WORDS, per_cent(1, 101)),
    "a grid of long words": build(LONG, WORDS),
    "a grid without a target": build(COUNTERS, ARRIVALS, measure="waiting_time_p90"),
    "a grid of nothing": build(COUNTERS, ARRIVALS, values=[NAN] * 15),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_meets_or_leaves_the_page(case: str) -> None:
    [(stem, figure)] = figures(CASES[case])
    assert stem == "sweep"
    with style.styled():
        figure.draw_without_rendering()
    assert misplaced(figure) == []
    assert not any("nan" in text.split() for text in text_of(figure))
    assert text_of(figure)[2].startswith("jakarta · ") and text_of(figure)[2].endswith(" · chance only, assumptions as given")


def drawn(sweep: SweepSummary) -> Figure:
    with style.styled():
        return curve(sweep) if len(sweep.variables) == 1 else heat_map(sweep)


@pytest.mark.parametrize("case", ["arrivals", "two hundred values", "arrivals in no order"])
def test_the_curve_and_its_band_are_the_rows(case: str) -> None:
    sweep = CASES[case]
    (axes,) = drawn(sweep).axes
    numbers = sweep.variables[0].numbers
    assert numbers is not None
    order = np.argsort(numbers)
    rows = [sweep.rows[k] for k in order]
    (line,) = (line for line in axes.lines if len(line.get_xdata()) == len(rows) and line.get_linestyle() == "-")
    np.testing.assert_array_equal(line.get_xdata(), np.array(numbers)[order])
    np.testing.assert_allclose(line.get_ydata(), [100 * row.value for row in rows])
    (band,) = (one for one in axes.collections if isinstance(one, FillBetweenPolyCollection))
    corners = {tuple(np.round(point, 9)) for point in band.get_paths()[0].vertices}
    assert {(number, round(100 * bound, 9)) for number, row in zip(np.array(numbers)[order], rows, strict=True) for bound in (row.low, row.high)} <= corners
    (target,) = (line for line in axes.lines if line.get_linestyle() == "--" and len(line.get_xdata()) == 2)
    assert list(target.get_ydata()) == [90.0, 90.0]


def test_marks_differ_in_shape_by_verdict() -> None:
    sweep = build(COUNTERS, values=[0.70, 0.85, 0.89, 0.91, 0.95])
    (axes,) = drawn(sweep).axes
    assert [line.get_marker() for line in axes.lines if len(line.get_xdata()) == 1] == ["X", "X", "^", "^", "o"]
    assert list(sweep.verdicts) == [Verdict.MISSED, Verdict.MISSED, Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.KEPT]


def test_between_numbers_of_counters_nothing_is_drawn() -> None:
    """There are no half counters, so that a line could be read where nothing is; each interval is a bar of its own."""
    sweep = CASES["five values"]
    (axes,) = drawn(sweep).axes
    assert not [line for line in axes.lines if len(line.get_xdata()) > 2]
    (bars,) = (one for one in axes.collections if isinstance(one, LineCollection))
    np.testing.assert_allclose([segment[:, 1] for segment in bars.get_segments()], [[100 * row.low, 100 * row.high] for row in sweep.rows])


def test_words_stand_below_each_other_without_the_signs_of_yaml() -> None:
    (axes,) = drawn(CASES["words"]).axes
    (bars,) = (one for one in axes.collections if isinstance(one, LineCollection))
    assert [segment[:, 0].tolist() for segment in bars.get_segments()] == [[row.low, row.high] for row in CASES["words"].rows]
    (axes,) = drawn(CASES["long words"]).axes
    said = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert said == ["07:30–11:30, 12:30–16:00 | 07:30–12:30, 13:30–16:00", "07:30–12:00, 13:00–16:00", "07:30–16:00"]


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        (build(COUNTERS, values=[0.7, 0.8, 0.9, 0.95, 0.98]), "keeps 90 % within 15 min with 7 counters, the fewest that do"),
        (build(COUNTERS, values=[0.95, 0.96, 0.97, 0.98, 0.99]), "keeps 90 % within 15 min at every number of counters that was tried"),
        (build(COUNTERS, values=[0.5, 0.6, 0.7, 0.8, 0.85]), "no number of counters that was tried keeps 90 % within 15 min"),
        (build(COUNTERS, values=[0.5, 0.6, 0.7, 0.8, 0.91]), "no number of counters that was tried can be said to keep 90 % within 15 min yet"),
        (build(ARRIVALS, values=[0.97, 0.95, 0.8]), "keeps 90 % within 15 min with arrivals at 90 %, the highest that does"),
        (build(WORDS, values=[0.8, 0.95]), "keeps 90 % within 15 min with closing at send home"),
        (CASES["a grid"], "keeps 90 % within 15 min at 3 of 15 combinations of counters and arrivals; 2 cannot be told yet"),
        (CASES["no target"], "P90 wait by counters"),
    ],
)
def test_the_title_says_what_is_found(sweep: SweepSummary, said: str) -> None:
    assert title_of(drawn(sweep)).endswith(said)


def test_cells_are_the_rows_and_the_line_runs_where_the_target_is_kept() -> None:
    sweep = CASES["a grid"]
    axes = drawn(sweep).axes[0]
    (mesh,) = (one for one in axes.collections if isinstance(one, QuadMesh))
    shares = 100 * np.array([row.value for row in sweep.rows]).reshape(5, 3)  # in the order of the table
    np.testing.assert_allclose(np.ma.asarray(mesh.get_array()), shares)
    verdicts = np.array(sweep.verdicts, dtype=object).reshape(5, 3)
    signs = {Verdict.KEPT: "", Verdict.UNKNOWN: " ?", Verdict.MISSED: " ✗"}
    assert [text.get_text() for text in axes.texts] == [f"{share:.1f}{signs[said]}" for share, said in zip(shares.ravel(), verdicts.ravel(), strict=True)]
    kept = verdicts == Verdict.KEPT
    pieces = {(tuple(line.get_xdata()), tuple(line.get_ydata())) for line in axes.lines}
    level = {((c, c + 1), (r, r)) for r in range(1, 5) for c in range(3) if kept[r, c] != kept[r - 1, c]}
    upright = {((c, c), (r, r + 1)) for r in range(5) for c in range(1, 3) if kept[r, c] != kept[r, c - 1]}
    assert level and upright and pieces == level | upright
    assert not drawn(CASES["a grid without a target"]).axes[0].lines


def test_the_axes_are_told_apart_where_two_units_names_begin_alike() -> None:
    begin = "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu Kabupaten, "
    sweep = build(Variable("units.a.counters", ("2", "3")), Variable("units.b.counters", ("4", "5")))
    for ends, down, across in (
        (("loket A", "loket B"), "units.a.counters", "units.b.counters"),
        (("loket A",), "counters at Bank", "counters at Dinas Penanaman Modal "),
    ):
        units = [UnitLabel(*named, "1", 0.9, 15.0, False) for named in zip("ab", ("Bank", *(begin + end for end in ends))[-2:], strict=True)]
        figure = drawn(replace(sweep, summaries=tuple(replace(one, units=tuple(units)) for one in sweep.summaries)))
        assert figure.axes[0].get_xlabel().startswith(across)
        assert any(text.startswith(f"↓ {down}") for text in text_of(figure))


def test_dark_is_bad_for_shares_and_for_waits() -> None:
    for case in ("a grid", "a grid without a target"):
        (mesh,) = (one for one in drawn(CASES[case]).axes[0].collections if isinstance(one, QuadMesh))
        mesh.update_scalarmappable()
        light = mesh.get_facecolor()[:, :3].sum(axis=1).reshape(5, 3)
        assert light[4, 0] > light[0, 2]  # most counters and fewest arrivals, against the opposite corner
