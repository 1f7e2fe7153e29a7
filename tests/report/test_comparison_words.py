"""The verdict of a comparison in words: what is certain but small, what speaks against it, and what is not compared at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.analysis.comparison import NO_DIFFERENCE, SMALLEST_THAT_MATTERS, Difference, judge
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.officers import Officers
from sim.analysis.parts import Scope
from sim.analysis.summary import Row, Summary
from sim.report.comparison_tables import comparison_tables, notes
from sim.report.comparison_words import sentence, targets_kept
from tests.figures.test_figures import NAN, build
from tests.report.test_wide_table import at

BASE = build(("Licences", "Immigration", "Bank"))
"""A hall of three units, u0 to u2."""


def difference(measure: str, change: float, low: float, high: float, unit: str = "") -> Difference:
    """A difference of 100 days as it would be judged."""
    told, more = judge(measure, change, (low, high), 100)
    return Difference(measure, Scope(unit), "plan", 10.0, 10.0 + change, change, low, high, NAN, NAN, NAN, told, more, NAN)


def comparison(*differences: Difference, ours: Summary = BASE) -> ComparisonSummary:
    """One plan against the baseline, which differs in nothing but these."""
    staffing = Officers(NAN, NAN)  # type: ignore[arg-type]
    return ComparisonSummary(("base", "plan"), 0, (True, True), (BASE, ours), (staffing, staffing), differences, SMALLEST_THAT_MATTERS)


def test_what_is_certain_but_below_what_matters_is_said_to_be_little() -> None:
    """0.9 fewer abandoned, 0.3 to 2.0, where 1.0 matters: fewer for certain, but more days may find that it is too little."""
    said = sentence(comparison(difference("abandoned", -0.9, -2.0, -0.3)), "plan")
    assert said.startswith("better, perhaps too little to matter, for the hall as a whole: the number abandoned falls by 0.9 a day (0.3 to 2.0) to 9.1; ")


def test_of_several_certain_differences_those_that_matter_are_named() -> None:
    said = sentence(comparison(difference("time_in_hall_mean", -0.8, -1.1, -0.5), difference("abandoned", -3.0, -4.0, -2.1)), "plan")
    assert said.startswith("better for the hall as a whole: the number abandoned falls by 3.0 a day (2.1 to 4.0) to 7.0; ")


def test_what_speaks_against_a_plan_follows_where_several_units_are_named() -> None:
    said = sentence(
        comparison(
            difference("waiting_time_mean", -9.0, -10.0, -8.0, "u0"),
            difference("waiting_time_mean", -5.0, -6.0, -4.0, "u1"),
            difference("abandoned", 2.1, 1.2, 3.0, "u1"),
        ),
        "plan",
    )
    assert (
        "better at Licences: the mean wait falls by 9.0 min (8.0 to 10.0) to 1.0 min; "
        "worse at Immigration: the number abandoned rises by 2.1 a day (1.2 to 3.0) to 12.1; but the mean wait falls by 5.0 min (4.0 to 6.0) to 5.0 min; " in said
    )
    both = sentence(
        comparison(
            difference("waiting_time_mean", -9.0, -10.0, -8.0, "u0"),
            difference("waiting_time_mean", -5.0, -6.0, -4.0, "u1"),
            difference("time_in_hall_mean", 2.1, 1.2, 3.0, "u1"),
        ),
        "plan",
    )
    assert "better at Licences and Immigration, most at Licences: the mean wait falls by 9.0 min (8.0 to 10.0) to 1.0 min; but at Immigration the time in hall rises by 2.1" in both


@pytest.mark.parametrize(("days", "said"), [(1, "? cannot tell yet: ~1 more day"), (25, "? cannot tell yet: ~25 more days")])
def test_one_more_day_is_one(days: int, said: str) -> None:
    one = difference("waiting_time_mean", -1.0, -3.0, 1.0)._replace(more_days=days)
    assert any(line.endswith(said) for line in at(140, comparison_tables(comparison(one))))


def test_units_that_are_machines_under_some_plans_only_are_named() -> None:
    other = replace(BASE, units=(*BASE.units[:2], replace(BASE.units[2], machine=True)))
    said = "In the figures of the hall under some plans only: Bank. So these are different halls, whose figures differ already by that."
    assert said in list(notes(comparison(ours=other))) and said not in list(notes(comparison()))
    worse = comparison(difference("waiting_time_mean", 5.0, 4.0, 6.0), ours=other)
    assert sentence(worse, "plan").startswith("worse for the hall as a whole (one of other units): the mean wait rises")


def test_other_numbers_of_tickets_are_a_change() -> None:
    """More are refused where nobody waits: no measure that is compared differs, and yet something changes."""
    same = difference("waiting_time_mean", 0.0, 0.0, 0.0)
    nothing = "nothing changes for the citizens on any day"
    assert sentence(comparison(same), "plan").startswith(nothing)
    assert sentence(comparison(same, difference("hours_on_duty", 8.0, 8.0, 8.0)), "plan").startswith(nothing)
    few = replace(BASE, rows=(*BASE.rows, Row("citizens_refused_full", "", "", "", -1, 0.4, 0.2, 0.6, 50)))
    assert nothing not in sentence(comparison(same, ours=few), "plan")


def test_who_is_lost_is_told_first_and_shorter_waits_of_the_others_after_it() -> None:
    """Fewer let in wait less, which is no gain to those who are turned away."""
    turned_away = comparison(difference("waiting_time_mean", -5.0, -6.0, -4.0), difference("refused", 3.0, 2.0, 4.0))
    assert sentence(turned_away, "plan").startswith(
        "worse for the hall as a whole: the number refused rises by 3.0 a day (2.0 to 4.0) to 13.0; but the mean wait falls by 5.0 min (4.0 to 6.0) to 5.0 min; "
    )


def test_less_overtime_is_a_cost_saved_and_makes_no_plan_better() -> None:
    """Citizens wait 0.3 min longer, which does not matter, and overtime is 18.2 min shorter: the plan is not better, it costs less."""
    summary = comparison(difference("waiting_time_mean", 0.3, 0.1, 0.5), difference("overtime", -18.2, -21.3, -15.1), difference("hours_on_duty", 2.0, 2.0, 2.0))
    assert summary.at("plan").verdict == NO_DIFFERENCE
    assert sentence(summary, "plan") == (
        "no difference that matters, neither for the hall as a whole nor at any unit; "
        "costs 2.0 officer-hours a day more, overtime 18.2 min a day less (15.1 to 21.3)."
    )
    worse = comparison(difference("waiting_time_mean", 3.0, 2.0, 4.0), difference("overtime", -18.2, -21.3, -15.1))
    assert sentence(worse, "plan") == (
        "worse for the hall as a whole: the mean wait rises by 3.0 min (2.0 to 4.0) to 13.0 min; "
        "costs as many officer-hours, overtime 18.2 min a day less (15.1 to 21.3)."
    )
    unknown = comparison(difference("waiting_time_mean", 3.0, 2.0, 4.0), difference("overtime", -18.2, -61.3, 25.1))
    assert "overtime" not in sentence(unknown, "plan") and "cannot tell" not in sentence(unknown, "plan")


def test_units_that_not_every_plan_has_are_named() -> None:
    other = replace(BASE, units=(*BASE.units[:2], replace(BASE.units[2], unit="u9", name="Samsat", target_share=NAN)))
    (line,) = (line for line in notes(comparison(ours=other)) if line.startswith("Not in every plan"))
    assert line.startswith("Not in every plan, so not compared by themselves: Bank, Samsat.")
    assert not [line for line in notes(comparison()) if line.startswith("Not in every plan")]


def test_waits_of_a_plan_that_serves_nobody_are_not_called_equal() -> None:
    waits = difference("waiting_time_mean", NAN, NAN, NAN)
    nobody = waits._replace(baseline=3.0, value=NAN)
    assert sentence(comparison(nobody), "plan").startswith("nobody is served under plan, so waits cannot be compared; costs")
    assert sentence(comparison(waits._replace(baseline=NAN, value=3.0)), "plan").startswith("nobody is served under base, so")


def test_targets_kept_are_counted_by_plan() -> None:
    """Of three units with 90 % within 15 min, those whose whole interval lies at 90 % or above."""
    shares = {"u0": (0.92, 0.90, 0.94), "u1": (0.91, 0.89, 0.93), "u2": (0.80, 0.78, 0.82)}
    row = BASE.get("share_within_target", "u0")
    base = replace(BASE, rows=tuple(row._replace(unit=unit, value=value, low=low, high=high) for unit, (value, low, high) in shares.items()))
    ours = replace(base, rows=tuple(row._replace(unit=unit, value=0.95, low=0.94, high=0.96) for unit in shares))
    summary = replace(comparison(ours=ours), summaries=(base, ours))
    assert targets_kept(summary) == "base at 1 of 3 units, plan at 3"
    # A machine is not counted, under either plan.
    with_machine = (replace(base.units[0], machine=True), *base.units[1:])
    machine = replace(summary, summaries=tuple(replace(one, units=with_machine) for one in (base, ours)))
    assert targets_kept(machine) == "base at 0 of 2 staffed units, plan at 2"
    # Each plan is judged by its own targets: one of 50 %, and none at another unit, which then has no such share.
    labels = (base.units[0], replace(base.units[1], target_share=NAN), replace(base.units[2], target_share=0.5))
    ours = replace(base, units=labels, rows=tuple(row for row in base.rows if row.unit != "u1"))
    summary = replace(summary, summaries=(base, ours))
    assert targets_kept(summary) == "base at 1 of 3, plan at 2 of 2"
    assert summary.targets_differ == ("Immigration", "Bank")
    assert "Other targets under some plans, so that shares within target differ already by that: Immigration, Bank." in list(notes(summary))
