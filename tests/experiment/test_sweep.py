"""Sweeps: what `--vary` means, which values keep a target, and that every point meets the same citizens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from sim.analysis.summary import Row
from sim.analysis.sweep_summary import Answer, Variable, answer_along
from sim.analysis.target import Verdict, verdict
from sim.errors import ScenarioError, UsageError
from sim.experiment.sweep import MOST_POINTS, chosen_measure, chosen_unit, combinations, parse_variable, sweep
from sim.scenario import load_text

DAY = """\
name: Two desks
hours: 08:00-10:00
target: 60 % within 3 min
units:
  licence: {name: Licences, counters: 1, service_time: {exponential: 6 min}}
  cashier: {counters: 1, service_time: 1 min}
citizens:
  applicant: {arrivals: 20 per hour, route: [licence, cashier]}
replications: 4
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "day.yaml"
    file.write_text(DAY, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("units.polda.counters=4..7", ("4", "5", "6", "7")),
        ("units.polda.counters = 4 .. 8 : 2", ("4", "6", "8")),
        ("x=4..9:2", ("4", "6", "8")),
        ("arrivals=80%..120%:20%", ("80 %", "100 %", "120 %")),
        ("arrivals=80..120%:20", ("80 %", "100 %", "120 %")),
        ("patience=0.1 h..0.3 h:0.1 h", ("0.1 h", "0.2 h", "0.3 h")),
        ("rate=1234567..1234568", ("1234567", "1234568")),
        ("x=-1..1", ("-1", "0", "1")),
        ("x=100..100", ("100",)),
        ("closing=serve all, send home", ("serve all", "send home")),
        ('duty=["07:30-11:30, 12:30-16:00", 08:00-16:00], 07:30-16:00', ('["07:30-11:30, 12:30-16:00", 08:00-16:00]', "07:30-16:00")),
        ("a=x=1,y=2", ("x=1", "y=2")),
        ("hours=07:30-16:00, 08:00-15:00", ("07:30-16:00", "08:00-15:00")),
        ("x=1e-3", ("1e-3",)),
    ],
)
def test_a_variable_is_written_as_a_range_or_a_list(text: str, values: tuple[str, ...]) -> None:
    assert parse_variable(text).values == values
    assert parse_variable(text).path == text.split("=")[0].strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("units.polda.counters", "write it as PATH=LOW..HIGH:STEP"),
        ("=1..2", "write it as"),
        ("x=", "write it as"),
        ("x=7..4", "must rise"),
        ("x=4..7:0", "must rise"),
        ("x=4 min..7 s", "same unit"),
        ("x=4..7:1 min", "same unit"),
        ("x=low..high", "'low' is not a number"),
        (f"x=1..{MOST_POINTS + 1}", f"at most {MOST_POINTS}"),
        ("x=4,,5", "missing between two commas"),
        ("x=4,5,4", "given twice"),
        ("replications=10..20", "give --replications instead"),
        ("units.bank.counters=1-3", "write a range with two points: units.bank.counters=1..3"),
        ("units.bank.counters=1..2..3", "a step stands after a colon: write LOW..HIGH:STEP"),
        ("units.bank.counters=1...3", "write a range with two points: units.bank.counters=1..3"),
        ("arrivals=80% – 120%", "write a range with two points: arrivals=80%..120%"),
        ("x=1..3,5", "no comma stands in a range"),
        ("x=0,5..1,5", "no comma stands in a range"),
        ("a=1..3,b=2..4", "give --vary twice: --vary a=1..3 --vary b=2..4"),
        ("units.a.counters=1,2, units.b.counters=3,4", "give --vary twice: --vary units.a.counters=1,2 --vary units.b.counters=3,4"),
    ],
)
def test_what_is_no_variable_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match="got --vary") as error:
        parse_variable(text)
    assert words in str(error.value)


def test_points_are_all_combinations_and_not_too_many() -> None:
    one, two = Variable("a", ("1", "2")), Variable("b", ("x", "y", "z"))
    assert combinations([one, two]) == (("1", "x"), ("1", "y"), ("1", "z"), ("2", "x"), ("2", "y"), ("2", "z"))
    for variables, words in (
        ([], "one value or two"),
        ([one, two, Variable("c", ("1",))], "got 3"),
        ([one, one], "'a' is varied twice"),
        ([Variable("a", tuple(map(str, range(21)))), Variable("b", tuple(map(str, range(20))))], "420 points"),
    ):
        with pytest.raises(UsageError, match=words):
            combinations(variables)


def test_numbers_of_a_variable_are_those_of_one_unit() -> None:
    assert (Variable("a", ("80 %", "120 %")).numbers, Variable("a", ("80 %", "120 %")).unit) == ((80.0, 120.0), "%")
    assert Variable("a", ("8 min", "1 h")).numbers is None
    assert Variable("last_ticket", ("15:00", "15:30")).numbers is None


def test_every_point_meets_the_same_citizens_and_more_counters_serve_sooner(path: Path) -> None:
    found = sweep(path, [parse_variable("units.licence.counters=1..3")], engine="reference", seed=3)
    came = [summary.get("citizens").value for summary in found.summaries]
    work = [summary.get("service_time_mean", "licence").value for summary in found.summaries]
    assert came[0] == came[1] == came[2] and came[0] > 30
    assert work == pytest.approx([work[0]] * 3, rel=1e-12)  # nobody leaves, so each serves the very same services
    waits = [summary.get("waiting_time_all_mean", "licence").value for summary in found.summaries]
    assert waits[0] > waits[1] > waits[2]


def test_all_points_are_read_before_the_first_is_played(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[object] = []
    monkeypatch.setattr("sim.experiment.sweep.run_each", lambda *_, **__: played.append(1))
    with pytest.raises(ScenarioError, match=r"got 0 all day"):
        sweep(path, [parse_variable("units.licence.counters=2,1,0")])
    with pytest.raises(UsageError, match="no such measure; did you mean 'waiting_time_mean'"):
        sweep(path, [parse_variable("units.licence.counters=1..2")], measure="waiting_time_men")
    with pytest.raises(UsageError, match="no such unit; did you mean 'licence'"):
        sweep(path, [parse_variable("units.licence.counters=1..2")], unit="license")
    assert not played


def test_where_and_what_is_looked_at_without_a_word_about_it() -> None:
    scenarios = [load_text(DAY).scenario]
    counters, arrivals, other = (Variable(path, ("1",)) for path in ("units.licence.counters", "arrivals", "units.cashier.counters"))
    assert chosen_unit(scenarios, [counters], None) == "licence"
    assert chosen_unit(scenarios, [arrivals, counters], None) == "licence"
    assert chosen_unit(scenarios, [arrivals], None) == chosen_unit(scenarios, [counters, other], None) == ""
    assert chosen_unit(scenarios, [counters], "cashier") == "cashier"
    assert chosen_unit(scenarios, [counters], "hall") == ""
    assert chosen_measure(scenarios, "licence", None) == "share_within_target"
    without = [load_text(DAY.replace("target: 60 % within 3 min\n", "")).scenario]
    assert chosen_measure(without, "", None) == "waiting_time_p90"
    with pytest.raises(UsageError, match="'licence' has no target"):
        chosen_measure(without, "licence", "share_within_target")


def shares(*bounds: tuple[float, float]) -> list[Row]:
    return [Row("share_within_target", "u", "", "", -1, (low + high) / 2, low, high, 50) for low, high in bounds]


def answer(numbers: Sequence[float] | None, *bounds: tuple[float, float]) -> Answer:
    rows = shares(*bounds)
    verdicts: list[Verdict | None] = [None if math.isnan(row.value) else verdict(row, 0.9) for row in rows]
    return answer_along(range(len(rows)), numbers, [row.value for row in rows], verdicts)


MISSED, BELOW, ABOVE, KEPT = (0.5, 0.6), (0.8, 0.92), (0.88, 0.96), (0.92, 0.98)


def test_the_smallest_value_that_keeps_the_target_is_found_from_the_easy_end() -> None:
    assert answer([4, 5, 6, 7], MISSED, BELOW, ABOVE, KEPT) == Answer(3, False, (2, 1), 3, True, ())
    assert answer([7, 6, 5, 4], KEPT, ABOVE, BELOW, MISSED) == Answer(0, False, (1, 2), 0, True, ())  # the order of writing says nothing
    assert answer([80, 90, 100], KEPT, KEPT, MISSED) == Answer(1, False, (), 0, False, ())  # the more arrivals, the worse
    assert answer([1, 2], KEPT, (0.95, 0.99)) == Answer(0, True, (), 1, True, ())
    assert answer([1, 2], MISSED, ABOVE) == Answer(None, False, (1,), 1, True, ())
    assert answer([1, 2, 3], MISSED, KEPT, ABOVE) == Answer(None, False, (2,), 2, True, (1,))  # 3 is not known to keep it, so 2 stands alone
    assert answer(None, KEPT, MISSED, ABOVE) == Answer(None, False, (2,), 0, True, (0,))
    nothing = (math.nan, math.nan)
    assert answer([1, 2], nothing, nothing) == Answer(None, False, (), None, True, ())
