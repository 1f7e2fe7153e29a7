"""R22: an officer who is absent does none of his duties on that day."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.chances import absent_on
from sim.model.staffing import with_counters
from tests.days import hall, hall_of, played, posts_of, worked

TWO = "desk: {counters: 2, duty: '08:00-10:00, 10:30-12:00', absence: 5 %}"

ONE_IS_ABSENT = worked(
    hall(TWO),
    """
    Only counter 2 serves: 2 waits for it. Its break is over at 10:30, when 3 is served.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  08:15  2        served
    2        08:05  desk  5      08:05   08:15  08:20  2        served
    3        10:10  desk  5      10:10   10:30  10:35  2        served
    """,
    absent=[1],
)

NOBODY_COMES = worked(
    hall("{desk: {counters: 1, absence: 5 %}, cash: {counters: 1}}"),
    """
    The only officer of the desk is absent, so nobody stays for those who wait: they are left over at closing. The cashier serves.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   -      12:00  -        left over
    2        08:05  cash  5      08:05   08:05  08:10  2        served
    3        11:58  cash  5      11:58   11:58  12:03  2        served
    """,
    absent=[1],
)

BY_NUMBER = worked(
    hall("desk: {counters: {'08:00-09:00': 3, '09:00-12:00': 1}, absence: {0: 50 %, 2: 50 %}}"),
    """
    Three are planned until 09:00 and two are absent, so one serves, and one from 09:00 on as well. Which of the three it is does not matter
    here: the first counter that is not busy serves.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  08:15  1        served
    2        08:05  desk  5      08:05   08:15  08:20  1        served
    3        09:10  desk  5      09:10   09:10  09:15  1        served
    """,
    absent=[1, 3],
)

NONE_OF_A_NUMBER = worked(
    hall("desk: {counters: {'08:00-12:00': 2}, absence: 5 %}"),
    """
    Both officers are absent.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk  15     -         08:00   -      12:00  -        left over
    2        08:05  desk  5      10        08:05   -      08:15  -        abandoned
    """,
    absent=[1, 2],
)


def test_who_is_absent_serves_nobody(engine: str) -> None:
    assert played(ONE_IS_ABSENT, engine) == ONE_IS_ABSENT.expected
    assert posts_of(ONE_IS_ABSENT, engine) == [
        "1 absent 08:00 10:00", "2 on duty 08:00 10:00", "2 break 10:00 10:30", "1 absent 10:30 12:00", "2 on duty 10:30 12:00",
    ]  # fmt: skip


def test_where_nobody_is_there_people_are_left_over(engine: str) -> None:
    assert played(NOBODY_COMES, engine) == NOBODY_COMES.expected


def test_a_number_on_duty_is_at_most_the_number_present(engine: str) -> None:
    assert played(BY_NUMBER, engine) == BY_NUMBER.expected
    assert posts_of(BY_NUMBER, engine) == ["1 on duty 08:00 12:00"]


def test_a_number_of_whom_nobody_comes(engine: str) -> None:
    assert played(NONE_OF_A_NUMBER, engine) == NONE_OF_A_NUMBER.expected
    assert posts_of(NONE_OF_A_NUMBER, engine) == []


def _absences(units: str, days: int) -> np.ndarray:
    plan = hall(units).plan
    assert plan.extras
    return np.array([absent_on(plan.hall, plan.extras, 7, day) for day in range(days)])


def test_how_often_officers_are_absent() -> None:
    """Within 4 standard errors of the probability, and two officers are absent together as often as independence says."""
    days, p = 4000, 0.2
    absent = _absences("desk: {counters: [{}, {absence: 0 %}, {count: 2}], absence: 20 %}", days)
    assert not absent[:, 1].any()
    assert np.abs(absent[:, [0, 2, 3]].mean(axis=0) - p).max() < 4 * (p * (1 - p) / days) ** 0.5
    assert abs((absent[:, 0] & absent[:, 2]).mean() - p * p) < 4 * (p * p * (1 - p * p) / days) ** 0.5


def test_a_table_says_how_many_are_absent_and_each_of_them_as_often() -> None:
    days = 4000
    absent = _absences("{desk: {counters: 4, absence: {0: 70 %, 1: 20 %, 3: 10 %}}, cash: {counters: 2}}", days)
    number = absent[:, :4].sum(axis=1)
    assert not absent[:, 4:].any() and set(number) == {0, 1, 3}
    for value, share in ((0, 0.7), (1, 0.2), (3, 0.1)):
        assert abs((number == value).mean() - share) < 4 * (share * (1 - share) / days) ** 0.5
    each = (0.2 + 3 * 0.1) / 4
    assert np.abs(absent[:, :4].mean(axis=0) - each).max() < 4 * (each * (1 - each) / days) ** 0.5


def test_an_officer_keeps_his_absence_whoever_else_is_there() -> None:
    """The key is the unit and the position in it: other units' counters, and further ones in the unit, change nothing."""
    few, more = _absences("desk: {counters: 3, absence: 30 %}", 50), _absences("{desk: {counters: 5, absence: 30 %}, cash: {counters: 2}}", 50)
    assert np.array_equal(few, more[:, :3])


def test_a_changed_staffing_keeps_the_absence_of_the_unit() -> None:
    """A plan changed in Python is the plan of the changed scenario."""
    document = {
        "name": "n", "hours": "08:00-12:00", "citizens": {"all": {"arrivals": "9 per day", "route": ["desk"]}},
        "units": {"desk": {"counters": 2, "absence": "10 %", "service_time": "6 min"}},
    }  # fmt: skip
    changed = with_counters(hall_of(document).plan, {0: 3}).extras
    document["units"]["desk"]["counters"] = 3  # type: ignore[index]
    read = hall_of(document).plan.extras
    assert changed and read and all(np.array_equal(mine, its) for mine, its in zip(changed, read, strict=True))


@pytest.mark.parametrize("absence", ["0 %", "{0: 100 %}"])
def test_nobody_is_ever_absent(absence: str) -> None:
    plan = hall(f"desk: {{counters: 2, absence: {absence}}}").plan
    assert plan.extras is None or not absent_on(plan.hall, plan.extras, 1, 0).any()
