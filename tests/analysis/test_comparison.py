"""Paired differences: worked by hand, against a published example, and by how often they hold the exact difference."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

import sim.experiment.evaluation
from benchmarks.coverage import Pair, covered, covered_alone, experiments, pairs
from sim.analysis.comparison import (
    BETTER,
    CANNOT_TELL,
    COMPARED,
    NO_DIFFERENCE,
    NOT_JUDGED,
    WORSE,
    Influence,
    compare_influences,
    influence_of_ratio,
    judge,
    reach,
    smallest_from,
)
from sim.analysis.comparison_summary import PlaceVerdict, place_verdict
from sim.analysis.intervals import t_quantile
from sim.analysis.officers import officers
from sim.analysis.parts import Ratio, Scope
from sim.errors import UsageError
from sim.experiment.comparison import compare_plans
from sim.model.compile import compile_plan
from sim.model.shapes import DOWN
from sim.scenario import load_text
from tests.theory.judging import CASES

NAN = math.nan

TEXT = """
name: Two units
hours: 08:00-10:00
interval: 1 h
target: 80 % within 5 min
units:
  licence: {counters: 2, service_time: {exponential: 6 min}}
  bank: {counters: 1, service_time: 3 min}
citizens:
  applicant: {arrivals: 16 per hour, route: [licence, {stop: bank, share: 50 %}]}
  other: {arrivals: 4 per hour, priority: 20 %, route: [bank]}
"""


def mean(*values: float) -> Influence:
    """The influence of a mean over days."""
    return influence_of_ratio(Ratio(np.array(values), np.ones(len(values))))


def scenario(*sets: str) -> object:
    return load_text(TEXT, sets=sets).scenario


def test_paired_t_interval_of_a_published_example() -> None:
    """Case out-02 (Law's inventory): mean 4.978, variance of the mean 2.438274, 90 % interval 1.649 to 8.307.

    The five differences (8.76, 4.09, 4.23, −0.02, 7.83) are skewed to the left, so the bound on that side is stretched, and the other
    one is that of the t interval: at 95 %, from the published half-width by the ratio of the two quantiles.
    """
    given, expected = CASES["out-02"]["parameters"], CASES["out-02"]["expected"]
    one = compare_influences("waiting_time_mean", Scope(), "other", mean(*given["x1"]), mean(*given["x2"]), plans=1)
    assert one.difference == pytest.approx(expected["zbar"], rel=1e-9)
    half = (expected["paired_ci"][1] - expected["paired_ci"][0]) / 2 * t_quantile(5, 0.95) / t_quantile(5, 0.90)
    assert one.high - one.difference == pytest.approx(half, rel=1e-6)
    assert half < one.difference - one.low < 1.5 * half
    assert ((one.high - one.difference) / t_quantile(5)) ** 2 == pytest.approx(expected["var_zbar"], rel=1e-6)


def test_two_plans_take_the_quantile_of_both_together() -> None:
    two = reach(np.array([-1.0, 0.0, 1.0]), t_quantile(3, 0.975))
    assert two[0] == two[1] == pytest.approx(t_quantile(3, 0.975) / math.sqrt(3), rel=1e-12)


def test_ratios_by_hand() -> None:
    """Minutes 10, 20, 30 and 8, 10, 12 for 2, 4, 4 tickets: 6 and 3 minutes.

    Residuals (−2, −4, 6) and (2, −2, 0) over the mean of 10/3 tickets: (−0.6, −1.2, 1.8) and (0.6, −0.6, 0). Their differences are
    (−1.2, −0.6, 1.8) with variance 2.52; unpaired it would be 2.52 + 0.36. Of the logarithm: (−0.3, 0, 0.3), t · 0.3 / √3 = 0.74524.
    """
    tickets = np.array([2, 4, 4])
    ours, base = influence_of_ratio(Ratio(np.array([10, 20, 30]), tickets)), influence_of_ratio(Ratio(np.array([8, 10, 12]), tickets))
    np.testing.assert_allclose(ours.by_day, [-0.6, -1.2, 1.8])
    np.testing.assert_allclose(base.by_day, [0.6, -0.6, 0.0], atol=1e-15)
    one = compare_influences("waiting_time_mean", Scope("u"), "other", ours, base, plans=1)
    assert (one.value, one.baseline, one.difference, one.ratio) == pytest.approx((6.0, 3.0, 3.0, 2.0))
    # Skewed to the right: stretched above where the truth may lie, which is on the far side of a day like the third.
    t_half = t_quantile(3) * math.sqrt(2.52 / 3)
    assert one.difference - one.low == pytest.approx(t_half) and one.high - one.difference > t_half
    assert one.variance_ratio == pytest.approx(2.88 / 2.52)
    assert (one.ratio_low, one.ratio_high) == pytest.approx((2.0 / math.exp(0.745241), 2.0 * math.exp(0.745241)), rel=1e-6)


def test_skewed_days_stretch_the_side_of_the_long_tail_only() -> None:
    """A sum of many equal days and a few crowded ones: the truth is likelier far above the estimate than far below."""
    days = np.array([0.0] * 18 + [5.0, 15.0]) - 1.0
    t_half = t_quantile(20) * float(days.std(ddof=1)) / math.sqrt(20)
    below, above = reach(days, t_quantile(20))
    assert below == pytest.approx(t_half) and above > 1.5 * t_half
    assert reach(-days, t_quantile(20)) == pytest.approx((above, below))
    many = np.tile(days, 400)
    assert reach(many, t_quantile(8000))[1] == pytest.approx(t_quantile(8000) * float(many.std(ddof=1)) / math.sqrt(8000), rel=0.06)


def test_shares_differ_by_no_more_than_all() -> None:
    """Days of −1, −1 and −0.4 have the mean −0.8 and a standard error of 0.2: t reaches 0.86 down, but below −1 nothing can be."""
    one = compare_influences("share_within_target", Scope(), "other", mean(-1.0, -1.0, -0.4), mean(0.0, 0.0, 0.0), plans=1)
    assert one.low == -1.0 and one.high > -0.8
    assert compare_influences("waiting_time_mean", Scope(), "other", mean(-1.0, -1.0, -0.4), mean(0.0, 0.0, 0.0), plans=1).low < -1.6


@pytest.mark.parametrize(
    ("measure", "difference", "low", "high", "verdict", "more"),
    [
        ("waiting_time_mean", -3.0, -4.0, -2.0, BETTER, 0),
        ("waiting_time_mean", 3.0, 2.0, 4.0, WORSE, 0),
        ("share_within_target", 0.05, 0.02, 0.08, BETTER, 0),
        ("share_within_target", -0.05, -0.08, -0.02, WORSE, 0),
        ("waiting_time_mean", 0.2, -0.9, 0.99, NO_DIFFERENCE, 0),
        ("waiting_time_mean", 0.9, 0.1, 1.7, WORSE, 0),  # whether it matters much is open, that it is worse is not
        ("waiting_time_mean", 0.5, 0.4, 0.6, NO_DIFFERENCE, 0),  # certainly worse, and certainly too little to matter
        ("waiting_time_mean", 0.0, 0.0, 0.0, NO_DIFFERENCE, 0),
        ("waiting_time_mean", -3.0, -9.0, 3.0, CANNOT_TELL, 293),  # twice as short: 393 days, with t's quantiles of 100 and 393
        ("waiting_time_mean", 0.0, -2.0, 2.0, CANNOT_TELL, 293),
        ("waiting_time_mean", -3.0, -5.0, 3.0, CANNOT_TELL, 293),  # only the bound that lies at 0 has to come nearer
        ("waiting_time_mean", NAN, NAN, NAN, CANNOT_TELL, 0),
        ("hours_on_duty", 15.0, 15.0, 15.0, NOT_JUDGED, 0),
        ("tickets", 3.0, 2.0, 4.0, NOT_JUDGED, 0),
    ],
)
def test_verdicts(measure: str, difference: float, low: float, high: float, verdict: str, more: int) -> None:
    assert judge(measure, difference, (low, high), 100) == (verdict, more)


def test_the_days_that_would_tell_do_tell_and_one_less_does_not() -> None:
    for plans, days, difference, half in ((1, 10, 1.3, 2.0), (7, 50, 0.4, 3.0), (3, 2, 0.1, 4.0)):
        _, more = judge("waiting_time_mean", difference, (difference - half, difference + half), days, plans=plans)
        error = half / t_quantile(days, 1 - 0.05 / plans) * math.sqrt(days)
        for n, tells in ((days + more, True), (days + more - 1, False)):
            shorter = t_quantile(n, 1 - 0.05 / plans) * error / math.sqrt(n)
            verdict, _ = judge("waiting_time_mean", difference, (difference - shorter, difference + shorter), n, plans=plans)
            assert (verdict != CANNOT_TELL) is tells, (plans, n)


def test_sections_are_counted_in_days() -> None:
    """Of 100 sections of 7 days as many more are needed as of 100 days, each of 7 days."""
    assert judge("waiting_time_mean", -3.0, (-9.0, 3.0), 100, of_days=7.0) == (CANNOT_TELL, 7 * 293)
    by_section = Influence(5.0, np.array([-1.0, 3.0, -2.0]), 2.5), Influence(4.0, np.array([0.5, -1.0, 0.5]), 2.5)
    sections, days = (compare_influences("waiting_time_mean", Scope(), "other", *pair, plans=1) for pair in (by_section, [replace(one, days=1.0) for one in by_section]))
    assert sections.more_days == math.ceil(2.5 * days.more_days) > 0
    assert sections._replace(more_days=0) == days._replace(more_days=0)


def test_a_place_is_judged_by_its_first_measure_that_differs() -> None:
    def one(measure: str, difference: float, half: float) -> object:
        return compare_influences(measure, Scope(), "p", mean(difference - half, difference, difference + half), mean(0, 0, 0), 1)

    place = place_verdict([one("waiting_time_mean", 0.1, 0.01), one("abandoned", 9.0, 0.1), one("overtime", -90.0, 1.0), one("hours_on_duty", 9.0, 0.0)])
    assert place.verdict == WORSE
    assert [d.measure for d in place.for_it] == ["abandoned"] and not place.against
    saving = place_verdict([one("waiting_time_mean", 0.1, 0.01), one("overtime", -90.0, 1.0), one("hours_on_duty", -9.0, 0.0)])
    assert saving == PlaceVerdict(NO_DIFFERENCE, (), (), ())  # what a plan costs has no say
    unsure = place_verdict([one("waiting_time_mean", 0.1, 0.01), one("abandoned", 0.5, 2.0), one("overtime", 1.0, 50.0)])
    assert [d.measure for d in unsure.unknown] == ["abandoned"]
    assert unsure.verdict == CANNOT_TELL and unsure.more_days == max(d.more_days for d in unsure.unknown) > 0
    assert place_verdict([]).verdict == NO_DIFFERENCE


def test_smallest_differences_are_read_strictly() -> None:
    found = smallest_from(["waiting_time_mean=2 min", "share_within_target=0.05", "abandoned = 3"])
    assert (found["waiting_time_mean"], found["share_within_target"], found["abandoned"], found["overtime"]) == (2.0, 0.05, 3.0, 15.0)
    for text, said in (
        ("waiting_time_men=2", "did you mean 'waiting_time_mean'?"),
        ("hours_on_duty=2", "no measure of this name is judged"),
        ("waiting_time_mean", "give a number (min)"),
        ("waiting_time_mean=-1", "give a number (min)"),
        ("waiting_time_mean=2 %", "give a number (min)"),
        ("abandoned=2 min", "give a number (a day)"),
        ("share_within_target=5", "give a number (fraction), such as share_within_target=0.02"),
    ):
        with pytest.raises(UsageError) as refused:
            smallest_from([text])
        assert said in str(refused.value)


def test_a_plan_does_not_differ_from_itself() -> None:
    found = compare_plans([("one", scenario()), ("same", scenario())], replications=4, engine="reference")
    assert found.same_citizens == (True, True)
    assert {one.measure for one in found.differences} == set(COMPARED)
    for one in found.differences:
        if math.isnan(one.value):  # nobody of the class was served there
            assert math.isnan(one.baseline)
            continue
        assert one.difference == one.low == one.high == 0.0
        assert one.verdict == (NOT_JUDGED if one.measure == "hours_on_duty" else NO_DIFFERENCE)
    assert found.summary.differing_units() == []
    assert found.summary.variance_ratios() is None
    assert found.summary.at("same").verdict == NO_DIFFERENCE


def test_plans_meet_the_same_citizens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each day is drawn once for all plans with the same demand; a plan with another demand gets a draw of its own."""
    drawn = []
    real = sim.experiment.evaluation.draw_days
    monkeypatch.setattr(sim.experiment.evaluation, "draw_days", lambda *given, **more: drawn.append(given[2]) or real(*given, **more))
    found = compare_plans(
        [("base", scenario()), ("three", scenario("units.licence.counters=3")), ("more", scenario("citizens.applicant.arrivals=20 per hour"))],
        replications=3, engine="reference",
    )  # fmt: skip
    assert drawn == [0, 0, 1, 1, 2, 2]
    assert found.same_citizens == (True, True, False)
    came = [run.days.sums.citizens[:, :, 0].sum(axis=1).tolist() for run in found.runs]
    assert came[0] == came[1] != came[2]
    by_scope = {(one.scope.unit, one.scope.citizen_class) for one in found.differences}
    assert {("", ""), ("licence", ""), ("bank", ""), ("", "priority"), ("bank", "priority")} <= by_scope


def test_each_plan_has_its_own_outages() -> None:
    """The citizens are shared, what goes down is each plan's own: compared, a plan gives the days that it gives alone."""
    often = 'outages={"system": {"every": {"exponential": "30 min"}, "lasts": {"exponential": "20 min"}}}'
    plans = [("base", scenario()), ("down", scenario(often)), ("down too", scenario(often, "units.licence.counters=3"))]
    found = compare_plans(plans, replications=4, engine="reference")
    assert found.same_citizens == (True, True, True)
    for (_, alone), compared in zip(plans, found.runs, strict=True):
        run = sim.run(alone, replications=4, engine="reference")
        assert all(np.array_equal(one, other) for one, other in zip(run.days.sums, compared.days.sums, strict=True))
    down = [run.days.sums.time_in[:, :, DOWN].sum() for run in found.runs]
    assert down[0] == 0 < down[1] < down[2]


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        (["a"], "two plans at least"),
        (["a", "b", "a"], "the same name: a;"),
        (["a", "horizon"], "opening hours and one with a horizon"),
    ],
)
def test_refuses_what_cannot_be_compared(candidates: list[str], said: str) -> None:
    horizon = load_text("{name: h, horizon: 1 h, units: {u: {counters: 1, service_time: 1 min}}, citizens: {c: {arrivals: 9 per hour, route: [u]}}}")
    plans = [(name, horizon.scenario if name == "horizon" else scenario()) for name in candidates]
    with pytest.raises(UsageError, match=said):
        compare_plans(plans)
    with pytest.raises(UsageError, match="two days at least"):
        compare_plans([("a", scenario()), ("b", scenario())], replications=1)


def test_officers_and_load_by_interval() -> None:
    """Two officers at the licences all day, a third for the first half of the first hour: 2.5 and 2 on average.

    16 citizens an hour at 6 min each are 1.6 erlang; the bank gets half of them and 4 others: 12 an hour at 3 min each, 0.6 erlang.
    """
    found = officers(compile_plan(load_text(TEXT.replace("counters: 2", "counters: [{count: 2}, {duty: 08:00-08:30}]")).scenario))
    np.testing.assert_allclose(found.on_duty, [[2.5, 2.0], [1.0, 1.0]])
    np.testing.assert_allclose(found.load, [[1.6, 1.6], [0.6, 0.6]], rtol=1e-6)


def enough(held: int, count: int) -> bool:
    """Whether so many intervals of 95 % that hold the truth are compatible with a coverage of 93 %; wrong once in a thousand times."""
    return bool(binom.cdf(held, count, 0.93) > 1e-3)


def check_coverage(pair: Pair, count: int) -> None:
    found = experiments(pair, count, seed=77)
    for measure, exact in pair.exact.items():
        assert enough(covered(found[measure].differences, exact)[0], count), measure


def test_intervals_hold_the_exact_difference_of_two_hall_days() -> None:
    """The first of the hall days of benchmarks/coverage.py, small: 60 experiments of 20 days."""
    pair = list(pairs())[2]
    check_coverage(replace(pair, days=20), 60)


def test_intervals_hold_the_exact_share_that_waits_too_long_under_each_plan_alone() -> None:
    """M/M/4 of benchmarks/coverage.py, small: 0.3 % wait longer than 20 min, in 60 experiments of 10 runs some with none."""
    pair = list(pairs())[1]
    found = experiments(replace(pair, days=10), 60, seed=78)["share_within_target"]
    assert any(row.value == 1.0 for row in found.rows[1])
    assert enough(covered_alone(found.rows[1], pair.exact["share_within_target"][1]), 60)


@pytest.mark.long
@pytest.mark.parametrize("pair", list(pairs())[:4], ids=lambda pair: pair.name)
def test_intervals_hold_the_exact_difference(pair: Pair) -> None:
    check_coverage(pair, 200)
