"""The figures of a comparison show what it found, fit on their page with 2 and 8 plans and 1 and 15 units, and tell plans apart without colour."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis.comparison import BETTER, CANNOT_TELL, COMPARED, NO_DIFFERENCE, SMALLEST_THAT_MATTERS, WORSE, Difference, judge
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.groups import UnitGroup
from sim.analysis.officers import Officers
from sim.analysis.parts import Scope
from sim.analysis.summary import Summary
from sim.analysis.target import verdict
from sim.figures import style, wording
from sim.figures.comparison import MOST_PLANS, figures, shown
from sim.figures.wording import plan_labels
from sim.words import measured
from tests.figures.test_figures import NAMES, NAN, build, labels_of, misplaced, text_of, title_of

ALL = ["differences", "waiting_time_by_plan", "share_within_target_by_plan", "officers_and_load"]
PLANS = ("jakarta", "lunch_together", "two_more_at_polda", "a_plan_with_a_very_long_name_that_will_not_fit_anywhere", "b", "c", "d", "e")


def other(base: Summary, factor: float) -> Summary:
    """The same hall with all waits times a factor, and shares moved to match."""
    rows = []
    for row in base.rows:
        if row.measure.startswith("waiting_time") and not math.isnan(row.value):
            row = row._replace(value=row.value * factor, low=row.low * factor, high=row.high * factor)
        if row.measure == "share_within_target":
            share = max(0.0, min(1.0, row.value + 0.2 * (1.0 - factor)))
            row = row._replace(value=share, low=share - 0.02, high=min(1.0, share + 0.02))
        rows.append(row)
    return replace(base, rows=tuple(rows))


def differences(base: Summary, plan: str, factor: float, places: Sequence[str]) -> list[Difference]:
    """Made-up differences: the further down a unit stands, the less of them."""
    found = []
    for number, unit in enumerate(places):
        for measure in COMPARED:
            without_target = measure == "share_within_target" and not any(row.measure == measure and row.unit == unit for row in base.rows)
            if without_target or (measure == "time_in_hall_mean" and unit):
                continue
            less = -1.0 if measure == "share_within_target" else 1.0
            change = less * (factor - 1.0) * {"share_within_target": 0.3, "hours_on_duty": -7.5}.get(measure, 12.0) * 0.6**number
            half = 0.0 if measure == "hours_on_duty" else abs(change) * (1.4 if number % 3 == 2 else 0.3)
            told, more = judge(measure, change, (change - half, change + half), base.replications)
            found.append(Difference(measure, Scope(unit), plan, 10.0, 10.0 + change, change, change - half, change + half, NAN, NAN, NAN, told, more, 3.0))
    return found


def compare(units: int, plans: int, *, baseline: int = 0, has_hours: bool = True, same: bool = False, **more: object) -> ComparisonSummary:
    """A comparison of so many plans in a hall of so many units."""
    base = build(NAMES[:units], has_hours=has_hours, **more)  # type: ignore[arg-type]
    names = [*PLANS, *(f"further_{number}" for number in range(20))][:plans]
    factors = [1.0 if same else 1.0 + 0.35 * number * (-1) ** number / plans * 2 for number in range(plans)]
    summaries = [other(base, factor) for factor in factors]
    intervals = len(base.edges) - 1
    load = np.array([[2.0 + math.sin(i / 3.0 + u) for i in range(intervals)] for u in range(units)])
    duty = np.full((units, intervals), 3.0)
    duty[:, 8:10] = 1.0
    staffing = [Officers(duty + (np.arange(units)[:, None] < 3) * (0 if same else number), load) for number in range(plans)]
    places = ["", *(unit.unit for unit in base.units)]
    found = [one for number in range(plans) if number != baseline for one in differences(base, names[number], factors[number], places)]
    return ComparisonSummary(tuple(names), baseline, (True,) * plans, tuple(summaries), tuple(staffing), tuple(found), SMALLEST_THAT_MATTERS)


@cache
def drawn(units: int, plans: int) -> tuple[ComparisonSummary, dict[str, Figure]]:
    summary = compare(units, plans)
    found = dict(figures(summary))
    for figure in found.values():
        with style.styled():
            figure.draw_without_rendering()
    return summary, found


@pytest.mark.parametrize("plans", [2, 8])
@pytest.mark.parametrize("units", [1, 15])
def test_nothing_meets_or_leaves_the_page(units: int, plans: int) -> None:
    _, found = drawn(units, plans)
    assert list(found) == ALL
    for stem, figure in found.items():
        assert misplaced(figure) == [], stem
        assert not any("nan" in text.split() for text in text_of(figure)), stem


CASES = {
    "nobody served": (compare(2, 3, empty=True), ALL),
    "no plan differs": (compare(3, 3, same=True), ALL),
    "a horizon": (compare(2, 3, has_hours=False), ["differences", "share_within_target_by_plan"]),
    "no target, the last plan is the baseline": (compare(2, 3, baseline=2, targets=()), [stem for stem in ALL if stem != "share_within_target_by_plan"]),
}


@pytest.mark.parametrize("case", CASES)
def test_odd_comparisons_are_drawn_too(case: str) -> None:
    summary, stems = CASES[case]
    found = dict(figures(summary))
    assert list(found) == stems
    for stem, figure in found.items():
        with style.styled():
            figure.draw_without_rendering()
        assert misplaced(figure) == [], stem


def test_the_forest_shows_each_difference_with_the_mark_of_its_verdict() -> None:
    summary, found = drawn(15, 8)
    marks = {BETTER: "o", WORSE: "X", NO_DIFFERENCE: "s", CANNOT_TELL: "^"}
    axes = found["differences"].axes
    for measure, scale, one_axes in zip(("waiting_time_mean", "waiting_time_p90", "share_within_target", "abandoned"), (1, 1, 100, 1), axes, strict=True):
        points = {(round(float(line.get_xdata()[0]), 9), line.get_marker()) for line in one_axes.lines if line.get_marker() in marks.values()}
        for plan in summary.others:
            one = summary.find(plan, measure)
            assert one is not None and (round(scale * one.difference, 9), marks[one.verdict]) in points
        low, high = one_axes.get_xlim()
        assert all(low <= scale * bound <= high for one in summary.differences if one.measure == measure and not one.scope.unit for bound in (one.low, one.high))
    words = text_of(found["differences"])
    assert {"the hall as a whole", "mean wait, min ← shorter   longer →", "within target, points ← fewer   more →"} <= set(words)
    assert words[0].startswith("For the hall as a whole ")


def test_the_title_of_two_plans_says_what_is_found() -> None:
    summary, found = drawn(15, 2)
    where = summary.units_by_verdict("lunch_together")
    assert summary.at("lunch_together").verdict == BETTER
    assert title_of(found["differences"]) == f"For the hall as a whole lunch_together is better than jakarta; better at {len(where[BETTER])} of 15 units"


def test_plans_are_told_apart_without_colour() -> None:
    _, found = drawn(15, 8)
    axes = found["waiting_time_by_plan"].axes[0]
    looks = {(line.get_marker(), str(line.get_linestyle()), line.get_linewidth()) for line in axes.lines if len(line.get_xdata()) > 2}
    assert len(looks) == 8
    assert len({line.get_marker() for line in axes.lines if len(line.get_xdata()) > 2}) == 8


def test_waits_are_those_of_each_plan() -> None:
    summary, found = drawn(1, 8)
    (axes,) = found["waiting_time_by_plan"].axes
    lines = [np.asarray(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) > 2]
    for plan in summary.summaries:
        expected = np.array([row.value for row in plan.over_day("waiting_time_p90")])
        assert any(np.array_equal(line, expected, equal_nan=True) for line in lines)


def test_signs_and_title_of_the_shares_are_those_of_each_plans_own_targets() -> None:
    """Under the second plan the target is 1 %, which all keep; under the baseline 100 %, which none keeps for certain."""
    summary = compare(2, 2)
    ours, base = (replace(one, units=tuple(replace(unit, target_share=share) for unit in one.units)) for one, share in zip(summary.summaries[::-1], (0.01, 1.0), strict=True))
    figure = dict(figures(replace(summary, summaries=(base, ours))))["share_within_target_by_plan"]
    assert title_of(figure).startswith(f"{summary.names[1]} keeps the target at 2 of 2 units, {summary.names[0]} at 0")
    cells = [text.get_text() for text in figure.axes[0].texts]
    assert all("✓" in cell for cell in cells[1:4:2]) and not any("✓" in cell for cell in cells[0:4:2])
    assert text_of(figure).count("differs by plan") == 2


def test_time_outside_the_opening_hours_of_all_plans_is_shaded_and_has_its_key() -> None:
    """The second plan opens and closes half an hour later; waits are seen an hour before, and half an hour after both."""
    summary = compare(1, 2)
    first = replace(summary.base, opens=summary.base.opens + 60, closes=summary.base.closes - 60)
    plans = (first, replace(summary.summaries[1], opens=first.opens + 30, closes=first.closes + 30))
    for both, shaded in ((plans, True), (summary.summaries, False)):
        figure = dict(figures(replace(summary, summaries=both)))["waiting_time_by_plan"]
        (axes,) = figure.axes
        strips = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches if isinstance(patch, Rectangle)]
        assert strips == ([(axes.get_xlim()[0], first.opens), (first.closes + 30, axes.get_xlim()[1])] if shaded else [])
        assert ("outside opening hours" in text_of(figure)) == shaded


def test_cells_of_the_shares_carry_number_target_and_verdict() -> None:
    summary, found = drawn(15, 2)
    (axes,) = found["share_within_target_by_plan"].axes
    cells = [text.get_text() for text in axes.texts]
    assert len(cells) == 34 and cells[-2:] == ["60.0", "60.0"]  # 40 give up and 20 come too late, under both plans
    colours = [to_hex(patch.get_facecolor()) for patch in axes.patches]
    for row, unit in enumerate(summary.units):
        for plan, of_plan in enumerate(summary.summaries):
            share = of_plan.get("share_within_target", unit.unit)
            sign = {"kept": "✓", "missed": "✗", "cannot tell yet": "?"}[verdict(share, 0.9)]
            assert cells[2 * row + plan].startswith(f"{measured(100 * share.value)} {sign}")
            one = summary.find("lunch_together", "share_within_target", unit.unit)
            assert one is not None
            assert cells[2 * row + plan].endswith({BETTER: "▲", WORSE: "▼"}.get(one.verdict, sign) if plan else sign)
            blue = to_rgb(colours[2 * row + plan])[2] > to_rgb(colours[2 * row + plan])[0]
            assert blue == (sign == "✓"), "the colour changes at the target"


def test_machines_stand_below_the_units_and_do_not_count() -> None:
    summary = compare(3, 2)
    with_machine = tuple(replace(one, units=(replace(one.units[0], machine=True), *one.units[1:])) for one in summary.summaries)
    figure = dict(figures(replace(summary, summaries=with_machine)))["share_within_target_by_plan"]
    names = [text for text in text_of(figure) if text in (*NAMES[:3], "all units but machines", "citizens home unserved, a day")]
    assert names == [NAMES[1], NAMES[2], "all units but machines", "citizens home unserved, a day", NAMES[0]]
    assert "of 3 staffed units" not in title_of(figure)
    assert text_of(figure).count("12 officers") == 2


def test_officers_are_set_against_the_load_and_equal_staffings_share_a_picture() -> None:
    _, found = drawn(15, 8)
    words = text_of(found["officers_and_load"])
    assert "Shown are the hall and 3 of the 3" not in " ".join(words)
    assert words.count("jakarta (baseline)") == len(found["officers_and_load"].axes) / 8
    same = dict(figures(CASES["no plan differs"][0]))["officers_and_load"]
    (axes,) = same.axes
    assert "No plan changes any unit's officers or citizens." in " ".join(text_of(same))
    (line,) = (p for p in axes.patches if hasattr(p, "get_data") and not p.get_fill())
    np.testing.assert_array_equal(line.get_data().values, CASES["no plan differs"][0].officers[0].on_duty.sum(axis=0))


def test_units_that_share_counters_have_one_picture_of_officers() -> None:
    """The second unit has no officer: the one of the first serves both, 0.4 and 0.5 erlang, so no queue grows."""
    summary = compare(2, 2)
    ones = np.ones(len(summary.base.edges) - 1)
    shared = Officers(np.array([ones, 0 * ones]), np.array([0.4 * ones, 0.5 * ones]))
    two = Officers(np.array([2 * ones, 0 * ones]), shared.load)
    group = UnitGroup(("u0", "u1"), tuple(0.9 * ones), 0.9)
    summaries = tuple(replace(one, groups=(group,)) for one in summary.summaries)
    figure = dict(figures(replace(summary, summaries=summaries, officers=(shared, two))))["officers_and_load"]
    words = text_of(figure)
    assert f"{NAMES[0]} + {NAMES[1]}" in words and not {NAMES[0], NAMES[1]} & set(words)
    assert not any("a queue grows" in text for text in words)
    assert "Under every plan there are as many officers" in title_of(figure)


def test_each_picture_of_officers_has_clock_times_and_scales_count_whole_officers() -> None:
    """Five staffings of the hall and of one unit, two of the other; six stand in two rows of three."""
    summary = compare(2, 5)
    ones = np.ones(len(summary.base.edges) - 1)
    summary = replace(summary, officers=tuple(Officers(np.array([ones * (1 + plan), ones * (1 + (plan == 4))]), 0.5 * np.array([ones, ones])) for plan in range(5)))
    # Hours on duty that differ, as after closing, keep staffings apart that are equal by day.
    assert len(dict(figures(summary))["officers_and_load"].axes) == 5 + 5 + 5
    summary = replace(summary, differences=tuple(one for one in summary.differences if one.measure != "hours_on_duty"))
    figure = dict(figures(summary))["officers_and_load"]
    with style.styled():
        figure.draw_without_rendering()
    assert misplaced(figure) == [] and len(figure.axes) == 5 + 5 + 2
    for axes in figure.axes:
        (grid,) = (each for each in axes.collections if isinstance(each, LineCollection))
        assert all(line[0, 1] == int(line[0, 1]) for line in grid.get_segments())
        clock_times, numbers = labels_of(axes)
        assert any(re.fullmatch(r"\d\d:\d\d", word) for word in clock_times) and all(number.isdigit() for number in numbers)
    assert len({axes.get_position().x0 for axes in figure.axes}) == 5
    six = dict(figures(replace(compare(2, 6), officers=tuple(Officers(np.array([ones * (1 + plan), ones]), np.zeros((2, len(ones)))) for plan in range(6)))))
    assert len({axes.get_position().x0 for axes in six["officers_and_load"].axes}) == 3


def short_at_noon(numbers: Sequence[int]) -> ComparisonSummary:
    """One unit with another number of officers for each plan, but one of them at 12:00 under some plans, for the work of 3.0."""
    summary = compare(1, len(numbers))
    noon = summary.base.edges.index(12 * 60.0)
    staffing = []
    for number in numbers:
        on_duty, load = np.full((1, len(summary.base.edges) - 1), 3.0), np.full((1, len(summary.base.edges) - 1), 0.5)
        on_duty[0, noon], load[0, noon] = number, 3.0
        on_duty[0, 0] += len(staffing)
        staffing.append(Officers(on_duty, load))
    return replace(summary, officers=tuple(staffing))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0, 0, 0), "every plan 1.5 hours of work a day come when no officer is free for them"),
        ((0, 3, 0), "jakarta and two_more_at_polda 1.5 hours of work a day come when no officer is free for them, under lunch_together none"),
        ((3, 0, 3), "lunch_together 1.5 hours of work a day come when no officer is free for them, under jakarta and two_more_at_polda none"),
        ((0, 1, 2), "jakarta 1.5 hours of work a day come when no officer is free for them, under two_more_at_polda 0.5"),
    ],
)
def test_the_title_of_officers_tells_the_work_for_which_no_officer_is_free(numbers: Sequence[int], said: str) -> None:
    """For half an hour there is work for three officers: 1.5 hours of it with nobody, 0.5 with two."""
    title = title_of(dict(figures(short_at_noon(numbers)))["officers_and_load"])
    assert title == f"Under {said}; most at {wording.short(NAMES[0])}, about 12:00–12:30"


def test_the_work_of_all_units_is_added_up() -> None:
    """In two half-hours each of 3 units has 1 officer for 2 + sin(i ÷ 3 + u) of work, else 3, which are enough."""
    summary, _ = CASES["no plan differs"]
    hours = sum(0.5 * max(0.0, 1.0 + math.sin(i / 3.0 + u)) for u in range(3) for i in (8, 9))
    title = title_of(dict(figures(summary))["officers_and_load"])
    assert hours > 0.5 and title.startswith(f"Under every plan {measured(hours)} hours of work a day come when ")


def test_plans_beyond_eight_are_left_to_the_tables() -> None:
    summary = compare(2, 12, baseline=10)
    fewer = shown(summary)
    assert len(fewer.names) == MOST_PLANS and fewer.names[fewer.baseline] == summary.names[10]
    assert {one.plan for one in fewer.differences} == set(fewer.others)
    assert next(figures(summary))[0] == "differences"


def test_names_of_plans_break_after_underscores() -> None:
    assert plan_labels(["two_more_at_polda", "b"], 0.8) == ["two_more_\nat_polda", "b"]
