"""Each sum of a day by hand, and by counting minute after minute on random days: two answers that share no code with the measures."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.summary import summarise
from sim.clock import HOUR, MINUTE, NEVER
from sim.engine import play
from sim.model.compile import compile_plan
from sim.model.shapes import BY_NUMBER, INTO_BREAK, ON_DUTY, OVERTIME, STAYING, UNLIMITED, Plan
from sim.model.trace import Trace, draw
from sim.results.days import added_up
from sim.results.measures import (
    ABANDONED_WITHIN,
    CAME,
    DOOR_WAIT,
    LEFT,
    SERVED_WITHIN,
    TAKEN,
    TIME_IN_HALL,
    TOTAL_WAIT,
    WAIT_OF_ALL,
    WAIT_OF_SERVED,
    WAITED,
    WORK,
    Day,
    DaySums,
    measure,
)
from sim.results.outcomes import ABANDONED, LEFT_OVER, REFUSED_FULL, REFUSED_LATE, SERVED, STILL_INSIDE
from sim.results.records import NO_COUNTER, Records
from sim.results.waits import BINS, LOWER, UPPER
from sim.scenario.reading import load_text
from tests.days import WorkedDay, hall, lines_of, records_of, worked

TIMES = (WAIT_OF_SERVED, WAIT_OF_ALL, WORK)
DAY = worked(
    hall(
        """
        desk: {counters: [{duty: 08:00-09:00}, {duty: 08:30-10:00}], waiting_room: 2}
        till: {counters: {08:00-09:00: 2, 09:00-10:00: 1}}
        form: {counters: unlimited}
        """,
        hours="08:00-10:00",
        last_ticket="09:50",
        closing="send home",
        interval="1 h",
        target="90 % within 5 min",
    ),
    """
    Counters 1 and 2 are the desk's, on duty until 09:00 and from 08:30; 3 and 4 the till's, two until 09:00 and then one. Citizen 4 has
    priority. 5 finds two waiting, which is all the room; 9 comes at the last ticket; 8 is sent home. At 09:00 the till has two busy for
    a number of one, so nobody is called when 1 leaves it at 09:05; after 10:00 counters 2 and 3 finish whom they serve.

    citizen  rank  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        1     07:50  desk  20     -         08:00   08:00  08:20  1        served
    1        1     07:50  till  45     -         08:20   08:20  09:05  3        served
    2        1     08:10  desk  30     -         08:10   08:30  09:00  2        served
    2        1     08:10  till  50     -         09:00   09:15  10:05  3        served
    3        1     08:12  desk  10     6         08:12   -      08:18  -        abandoned
    4        0     08:19  desk  15     -         08:19   08:20  08:35  1        served
    4        0     08:19  till  40     -         08:35   08:35  09:15  4        served
    5        1     08:19  desk  10     -         -       -      08:19  -        refused: waiting room full
    6        1     08:58  desk  30     -         08:58   08:58  09:28  1        served
    7        1     09:10  desk  60     -         09:10   09:10  10:10  2        served
    8        1     09:20  desk  5      2         09:20   -      09:22  -        abandoned
    9        1     09:40  form  5      -         09:40   09:40  09:45  -        served
    9        1     09:40  desk  10     -         09:45   -      10:00  -        left over
    10       1     09:50  desk  10     -         -       -      09:50  -        refused: after last ticket
    """,
)


def measured(day: WorkedDay, *, fast: bool = False) -> Day:
    """The measures of the records that are written down, not of what an engine makes of them."""
    return measure(day.hall.plan, day.trace, records_of(day, day.expected), fast=fast)


def row(sums: np.ndarray, times: tuple[int, ...] = TIMES) -> dict[int, int]:
    """The sums that are not 0, times in minutes."""
    assert all(sums[column] % MINUTE == 0 for column in times)
    return {column: int(value) // (MINUTE if column in times else 1) for column, value in enumerate(sums) if value}


def test_the_day_is_what_the_engines_play() -> None:
    for engine in ("reference", "kernel"):
        assert lines_of(DAY.hall, DAY.trace, play(DAY.hall.plan, DAY.trace, engine)) == DAY.expected


def test_tickets_of_each_service_and_rank() -> None:
    """Regular at the desk: 1, 2, 6 and 7 served after 0, 20, 0 and 0 minutes; 3 and 8 left after 6 and 2, 9 sent home after 15."""
    tickets = measured(DAY).sums.tickets
    desk, till, form = range(3)
    assert row(tickets[desk, 1]) == {
        TAKEN: 7, SERVED: 4, ABANDONED: 2, LEFT_OVER: 1, REFUSED_FULL: 1, REFUSED_LATE: 1,
        WAITED: 4, WAIT_OF_SERVED: 20, WAIT_OF_ALL: 20 + 6 + 2 + 15, WORK: 20 + 30 + 30 + 60, SERVED_WITHIN: 3, ABANDONED_WITHIN: 1,
    }  # fmt: skip
    assert row(tickets[desk, 0]) == {TAKEN: 1, SERVED: 1, WAITED: 1, WAIT_OF_SERVED: 1, WAIT_OF_ALL: 1, WORK: 15, SERVED_WITHIN: 1}
    assert row(tickets[till, 1]) == {TAKEN: 2, SERVED: 2, WAITED: 1, WAIT_OF_SERVED: 15, WAIT_OF_ALL: 15, WORK: 45 + 50, SERVED_WITHIN: 1}
    assert row(tickets[till, 0]) == {TAKEN: 1, SERVED: 1, WORK: 40, SERVED_WITHIN: 1}
    assert row(tickets[form, 1]) == {TAKEN: 1, SERVED: 1, WORK: 5, SERVED_WITHIN: 1}


def test_tickets_by_the_interval_of_taking() -> None:
    """A ticket counts where it is taken: 2's wait from 08:10 before nine; a refusal where the citizen comes."""
    by_interval = measured(DAY).sums.by_interval
    assert row(by_interval[0, 0]) == {
        TAKEN: 5, SERVED: 4, ABANDONED: 1, REFUSED_FULL: 1, WAITED: 3, WAIT_OF_SERVED: 21, WAIT_OF_ALL: 27, WORK: 95, SERVED_WITHIN: 3,
    }  # fmt: skip
    assert row(by_interval[0, 1]) == {
        TAKEN: 3, SERVED: 1, ABANDONED: 1, LEFT_OVER: 1, REFUSED_LATE: 1, WAITED: 2, WAIT_OF_ALL: 17, WORK: 60, SERVED_WITHIN: 1, ABANDONED_WITHIN: 1,
    }  # fmt: skip
    assert row(by_interval[1, 1]) == {TAKEN: 1, SERVED: 1, WAITED: 1, WAIT_OF_SERVED: 15, WAIT_OF_ALL: 15, WORK: 50}


def test_time_of_counters() -> None:
    """Desk before nine: counter 1 is busy 20 + 15 + 2 minutes, counter 2 from 08:30; after: counter 2 from 09:10. Overtime: counter 1
    until 09:28, counter 2 until 10:10. Till: the second busy counter of 09:00 to 09:05 is one too many, and 10:00 to 10:05 is late."""
    sums = measured(DAY).sums
    assert (sums.busy // MINUTE).tolist() == [[20 + 15 + 2 + 30, 50], [40 + 25, 60], [0, 0]]
    assert (sums.served_in[:, ON_DUTY] // MINUTE).tolist() == [117, 125, 0]
    assert (outside_duty(sums) // MINUTE).tolist() == [28 + 10, 5 + 5, 0]
    assert (sums.served_in[:, INTO_BREAK] // MINUTE).tolist() == [0, 5, 0]
    assert (sums.on_duty // MINUTE).tolist() == [[60 + 30, 60], [120, 60], [0, 0]]
    assert (sums.time_in[:, ON_DUTY] // MINUTE).tolist() == [150, 180, 0]


def test_time_of_waiting() -> None:
    """Desk before nine: 20 of 2, 6 of 3, 1 of 4; after: 2 of 8, 15 of 9. Till: 2 from 09:00 to 09:15."""
    assert (measured(DAY).sums.waiting // MINUTE).tolist() == [[27, 17], [0, 15], [0, 0]]


def test_citizens() -> None:
    """Regular: 1, 2, 6 and 7 served. In the hall (from opening, for 1): 65 + 115 + 6 + 30 + 60 + 2 + 20 minutes; waits 35 of 2, 6, 2, 15."""
    citizens = measured(DAY).sums.citizens
    times = (TIME_IN_HALL, DOOR_WAIT, TOTAL_WAIT)
    assert row(citizens[1], times) == {
        CAME: 9, SERVED: 4, ABANDONED: 2, LEFT_OVER: 1, REFUSED_FULL: 1, REFUSED_LATE: 1,
        LEFT: 7, TIME_IN_HALL: 298, DOOR_WAIT: 10, TOTAL_WAIT: 58,
    }  # fmt: skip
    assert row(citizens[0], times) == {CAME: 1, SERVED: 1, LEFT: 1, TIME_IN_HALL: 56, TOTAL_WAIT: 1}


def test_people_inside() -> None:
    """Before nine 1, 2, 3, 4 and 6 are inside for 60 + 50 + 6 + 41 + 2 minutes; four at most, at 08:58, at 09:00 and again at 09:20."""
    sums = measured(DAY).sums
    assert (sums.inside // MINUTE).tolist() == [159, 5 + 60 + 15 + 28 + 50 + 2 + 20]
    assert sums.most_inside.tolist() == [4, 4, 4]
    assert sums.last_leaves == 10 * HOUR + 10 * MINUTE


def test_waits_of_the_served() -> None:
    """Whole minutes are bounds of bins. By unit (each has one service), rank, interval and minutes: how many waited so long."""
    desk, till, form = range(3)
    for fast in (False, True):
        waits = measured(DAY, fast=fast).waits
        assert counted(waits.by_class.reshape(-1, 3, 2)) == {
            (desk, 1, 0): 3, (desk, 1, 20): 1, (desk, 0, 1): 1, (till, 1, 0): 1, (till, 1, 15): 1, (till, 0, 0): 1, (form, 1, 0): 1,
        }  # fmt: skip
        assert counted(waits.by_interval.reshape(-1, 3, 2)) == {
            (desk, 0, 0): 2, (desk, 0, 1): 1, (desk, 0, 20): 1, (desk, 1, 0): 1, (till, 0, 0): 2, (till, 1, 15): 1, (form, 1, 0): 1,
        }  # fmt: skip


def counted(counts: np.ndarray) -> dict[tuple[int, ...], int]:
    """The counts (bin × …) that are not 0, by place and by the upper bound of the bin in minutes."""
    return {(*place, UPPER[waited] / MINUTE): int(counts[waited, *place]) for waited, *place in np.argwhere(counts).tolist()}


def test_a_horizon_is_measured_between_warm_up_and_cool_down() -> None:
    """One hour, of which 00:10 to 00:50 is measured: the tickets of 3 and 4, and all time within, of others too.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        00:05  desk  10     00:05   00:05  00:15  1        served
    2        00:08  desk  10     00:08   00:15  00:25  1        served
    3        00:10  desk  30     00:10   00:25  00:55  1        served
    4        00:49  desk  5      00:49   00:55  -      1        still inside
    5        00:50  desk  5      00:50   -      -      -        still inside

    4 is in service at the horizon: his wait of 6 minutes is known, but not he as one who was served or left; so neither his wait
    nor he counts in the mean wait of all.
    """
    day = worked(
        hall("desk: {counters: 1}", horizon="1 h", warm_up="10 min", cool_down="10 min"),
        test_a_horizon_is_measured_between_warm_up_and_cool_down.__doc__ or "",
    )
    assert lines_of(day.hall, day.trace, play(day.hall.plan, day.trace, "reference")) == day.expected
    found = measured(day)
    assert row(found.sums.tickets[0, 1]) == {
        TAKEN: 2, SERVED: 1, STILL_INSIDE: 1, WAITED: 2, WAIT_OF_SERVED: 15, WAIT_OF_ALL: 15, WORK: 30,
    }  # fmt: skip
    assert (found.sums.waiting // MINUTE).tolist() == [[5 + 15 + 1]]
    assert (found.sums.busy // MINUTE).tolist() == [[5 + 10 + 25]]
    assert (found.sums.served_in[:, ON_DUTY] // MINUTE).tolist() == [40]
    assert outside_duty(found.sums).tolist() == [0]
    assert (found.sums.time_in[:, ON_DUTY] // MINUTE).tolist() == [40]
    assert (found.sums.inside // MINUTE).tolist() == [5 + 15 + 40 + 1]
    summary = summarise(day.hall.scenario, day.hall.plan, added_up(day.hall.plan, [found]))
    assert summary.get("waiting_time_all_mean", "desk").value == 15.0


def test_the_target_counts_who_left_within_it_out() -> None:
    """3 of 7 regular and 1 priority ticket at the desk were served within 5 minutes, and one of the 8 left before: 4 of 7."""
    summary = summarise(DAY.hall.scenario, DAY.hall.plan, added_up(DAY.hall.plan, [measured(DAY), measured(DAY)]))
    assert summary.get("share_within_target", "desk").value == pytest.approx(4 / 7)
    assert summary.get("utilisation", "desk").value == pytest.approx(117 / 150)
    assert summary.get("utilisation", "till").value == pytest.approx(125 / 180)
    assert summary.get("number_waiting", "desk").value == pytest.approx(44 / 120)
    assert summary.get("inside").value == pytest.approx(339 / 120)
    assert summary.get("last_citizen_leaves").value == 610.0


def test_an_instant_on_a_bound_belongs_to_the_interval_that_begins() -> None:
    """The hall opens at 07:45, so the first half-hour is cut short at 08:00, and from then on bounds are no whole half-hours after opening.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        07:45  desk  15     07:45   07:45  08:00  1        served
    2        08:00  desk  15     08:00   08:00  08:15  1        served
    3        08:15  desk  15     08:15   08:15  08:30  1        served
    4        08:30  desk  15     08:30   08:30  08:45  1        served
    5        09:30  desk  15     09:30   09:30  09:45  1        served
    6        09:59  desk  15     09:59   09:59  10:14  1        served
    7        10:00  desk  15     -       -      10:00  -        refused: after last ticket

    The half-hours begin at 07:45, 08:00, 08:30, 09:00 and 09:30: their tickets are that of 1, those of 2 and 3, that of 4, none, and those
    of 5 and 6. 7 comes at closing, which belongs to none.
    """
    day = worked(
        hall("desk: {counters: 1}", hours="07:45-10:00"),
        test_an_instant_on_a_bound_belongs_to_the_interval_that_begins.__doc__ or "",
    )
    assert lines_of(day.hall, day.trace, play(day.hall.plan, day.trace, "reference")) == day.expected
    for fast in (False, True):
        found = measured(day, fast=fast)
        assert found.sums.by_interval[0, :, TAKEN].tolist() == found.sums.by_interval[0, :, SERVED].tolist() == [1, 2, 1, 0, 2]
        assert found.sums.by_interval[0, :, REFUSED_LATE].tolist() == [0, 0, 0, 0, 0]
        assert found.waits.by_interval.sum(axis=0).tolist() == [1, 2, 1, 0, 2]


def test_who_leaves_unserved_at_the_target_and_last() -> None:
    """A target of 5 minutes; the only counter serves 1, and its duty ends at 09:45.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        09:40  desk  10     -         09:40   09:40  09:50  1        served
    2        09:45  desk  10     5         09:45   -      09:50  -        abandoned
    3        09:46  desk  10     6         09:46   -      09:52  -        abandoned
    4        09:57  desk  10     -         09:57   -      10:00  -        left over
    5        09:58  desk  10     1         09:58   -      09:59  -        abandoned

    2 and 5 gave up within the target, 2 at its very end; 3 after it. 4 waited 3 minutes only, but was left over: that is no abandonment. So
    of 5 tickets 3 count for the target, and one of them was served in time. 4 is the last to leave, though nobody served him.
    """
    day = worked(
        hall(
            'desk: {counters: 1, duty: "08:00-09:45"}', hours="08:00-10:00", closing="send home", interval="1 h", target="90 % within 5 min"
        ),
        test_who_leaves_unserved_at_the_target_and_last.__doc__ or "",
    )
    assert lines_of(day.hall, day.trace, play(day.hall.plan, day.trace, "reference")) == day.expected
    for fast in (False, True):
        found = measured(day, fast=fast)
        expected = {
            TAKEN: 5, SERVED: 1, ABANDONED: 3, LEFT_OVER: 1, WAITED: 4, WAIT_OF_ALL: 5 + 6 + 3 + 1, WORK: 10, SERVED_WITHIN: 1, ABANDONED_WITHIN: 2,
        }  # fmt: skip
        assert row(found.sums.tickets[0, 1]) == row(found.sums.by_interval[0, 1]) == expected
        assert found.sums.last_leaves == 10 * HOUR
    summary = summarise(day.hall.scenario, day.hall.plan, added_up(day.hall.plan, [found]))
    assert summary.get("share_within_target", "desk").value == pytest.approx(1 / 3)
    assert summary.get("last_citizen_leaves").value == 600.0


# Random days on a clock of whole minutes, counted minute after minute

RANDOM = """
name: random days
grid: 60 s
interval: 30 min
hours: 08:00-12:00
last_ticket: 11:45
closing: {closing}
target: 80 % within 10 min
units:
  desk:
    counters: [{{duty: "07:30-10:00, 10:30-12:00", helps: [till]}}, {{duty: 08:15-11:00}}, {{count: 2}}]
    waiting_room: 9
    service_time: {{exponential: 11 min}}
  till:
    counters: {{08:00-09:00: 1, 09:00-10:30: 3, 10:30-11:30: 2, 11:30-12:00: 1}}
    service_time: {{exponential: 7 min}}
  form: {{counters: unlimited, service_time: 4 min}}
citizens:
  regular: {{arrivals: 90 per day, patience: {{exponential: 25 min}}, priority: 20 %, route: [{{stop: form, share: 40 %}}, desk, {{stop: till, share: 60 %}}]}}
  payer: {{arrivals: 50 per day, rank: 2, route: [till]}}
"""

Minutes = np.ndarray


def outside_duty(sums: DaySums) -> np.ndarray:
    """Time of serving outside of any duty, by unit."""
    return sums.served_in[:, [INTO_BREAK, OVERTIME, STAYING]].sum(axis=1)


class Counted:
    """A day as a table of stops × minutes (until 24:00; one row for each stop)."""

    def __init__(self, plan: Plan, trace: Trace, records: Records) -> None:
        self.plan, self.trace, self.records = plan, trace, records
        minutes = np.arange(24 * 60) * MINUTE
        until = np.minimum(records.start, records.end)
        ticket = records.ticket < NEVER
        self.waits = ticket[:, None] & (records.ticket[:, None] <= minutes) & (minutes < until[:, None])
        self.serves = (records.counter != NO_COUNTER)[:, None] & (records.start[:, None] <= minutes) & (minutes < records.end[:, None])
        self.unit = plan.hall.service_unit[trace.service]
        edges = plan.window.edges
        self.interval = np.searchsorted(edges, minutes, side="right") - 1  # of each minute; -1 and the last are outside the opening hours

    def by_interval(self, number: Minutes) -> list[int]:
        """Microseconds in each interval of a number that is given for each minute."""
        return [int(number[self.interval == i].sum()) * MINUTE for i in range(len(self.plan.window.edges) - 1)]

    def on_duty(self, unit: int) -> Minutes:
        """Counters of a unit rostered in each minute."""
        hall, number = self.plan.hall, np.zeros(24 * 60, dtype=int)
        for counter in np.flatnonzero(hall.counter_unit == unit):
            number += self.duty_of(int(counter))
        return number

    def duty_of(self, counter: int) -> Minutes:
        """Whether a counter is rostered in each minute; of a unit staffed by number, how many, at its first counter."""
        hall, duty = self.plan.hall, np.zeros(24 * 60, dtype=int)
        for place in range(hall.duty_first[counter], hall.duty_first[counter + 1]):
            duty[hall.duty_start[place] // MINUTE : hall.duty_end[place] // MINUTE] = hall.duty_number[place]
        return duty

    def busy_within_duty(self, unit: int) -> tuple[Minutes, Minutes]:
        """Counters of a unit busy within duty, and outside of it, in each minute."""
        mine = np.flatnonzero(self.plan.hall.counter_unit == unit)
        busy = np.array([self.serves[self.records.counter == counter].sum(axis=0) for counter in mine], dtype=int).reshape(len(mine), 24 * 60)
        if self.plan.hall.unit_kind[unit] == BY_NUMBER:
            within = np.minimum(busy.sum(axis=0), self.on_duty(unit))
        else:
            within = sum((busy[k] * self.duty_of(int(counter)) for k, counter in enumerate(mine)), np.zeros(24 * 60, dtype=int))
        return within, busy.sum(axis=0) - within

    def inside(self) -> Minutes:
        """People in the hall in each minute."""
        number = np.zeros(24 * 60, dtype=int)
        for citizen in range(len(self.trace.came)):
            rows = slice(self.trace.stop_first[citizen], self.trace.stop_first[citizen + 1])
            ends = self.records.end[rows]
            if (self.records.ticket[rows] < NEVER).any():
                number[self.trace.enters[citizen] // MINUTE : ends[ends < NEVER].max() // MINUTE] += 1
        return number


def random_days(closing: str) -> list[tuple[Counted, Day]]:
    plan = compile_plan(load_text(RANDOM.format(closing=closing)).scenario)
    days = []
    for replication in range(12):
        trace = draw(plan, 2, replication)
        records = play(plan, trace, "reference")
        days.append((Counted(plan, trace, records), measure(plan, trace, records)))
    return days


@pytest.mark.parametrize("closing", ["serve all", "send home"])
def test_time_sums_are_the_minutes_counted(closing: str) -> None:
    """Waiting and busy by unit and interval, overtime, people inside: minute by minute, all equal."""
    for counted, day in random_days(closing):
        sums, units = day.sums, range(3)
        assert sums.waiting.tolist() == [counted.by_interval(counted.waits[counted.unit == unit].sum(axis=0)) for unit in units]
        for unit in units:
            within, beyond = counted.busy_within_duty(unit)
            assert sums.busy[unit].tolist() == counted.by_interval(within)
            assert sums.served_in[unit, ON_DUTY] == within.sum() * MINUTE
            assert outside_duty(sums)[unit] == beyond.sum() * MINUTE
            assert sums.on_duty[unit].tolist() == counted.by_interval(counted.on_duty(unit))
            assert sums.time_in[unit, ON_DUTY] == counted.on_duty(unit).sum() * MINUTE
        inside = counted.inside()
        assert sums.inside.tolist() == counted.by_interval(inside)
        assert sums.most_inside[:-1].tolist() == [inside[counted.interval == i].max() for i in range(len(sums.inside))]
        assert sums.most_inside[-1] == inside.max()


def test_little_holds_as_an_equality_of_integers() -> None:
    """L = λW: where nobody waits after closing, the waiting times of all tickets add up to the area under the number waiting."""
    for counted, day in random_days("send home"):
        waited = day.sums.tickets[:, :, WAIT_OF_ALL].sum()
        assert waited == day.sums.waiting.sum() == counted.waits.sum() * MINUTE > 0
        for unit in range(3):
            assert day.sums.tickets[counted.plan.hall.service_unit == unit, :, WAIT_OF_ALL].sum() == day.sums.waiting[unit].sum()


def test_sums_agree_with_each_other() -> None:
    """By interval and by service are two ways to cut the same tickets; the served are the waits; every citizen has one outcome."""
    for counted, day in random_days("serve all"):
        sums, waits, unit = day.sums, day.waits, counted.plan.hall.service_unit
        after_closing = (counted.records.ticket < NEVER) & (counted.records.ticket >= counted.plan.window.edges[-1])
        assert sums.tickets[:, :, TAKEN].sum() == sums.by_interval[:, :, TAKEN].sum() + after_closing.sum() == (counted.records.ticket < NEVER).sum()
        services, ranks = sums.tickets.shape[:2]
        by_class = waits.by_class.astype(np.int64).reshape(-1, services, ranks)
        by_interval = waits.by_interval.astype(np.int64).reshape(-1, *sums.by_interval.shape[:2])
        for counts, of_tickets in ((by_class, sums.tickets), (by_interval, sums.by_interval)):
            assert counts.sum(axis=0).tolist() == of_tickets[..., SERVED].tolist()
            assert counts[UPPER <= 10 * MINUTE].sum(axis=0).tolist() == of_tickets[..., SERVED_WITHIN].tolist()
            total = of_tickets[..., WAIT_OF_SERVED]
            assert (np.tensordot(LOWER, counts, 1) <= total).all() and (total <= np.tensordot(UPPER, counts, 1)).all()
        for row in np.flatnonzero(counted.records.outcome == SERVED):
            service, ticket = counted.trace.service[row], counted.records.ticket[row]
            wait, at = counted.records.start[row] - ticket, counted.interval[ticket // MINUTE]
            (found,) = np.flatnonzero((wait > LOWER) & (wait <= UPPER)) if wait else [0]
            by_class[found, service, counted.trace.rank[counted.trace.citizen[row]]] -= 1
            if at < by_interval.shape[2]:
                by_interval[found, unit[service], at] -= 1
        assert not by_class.any() and not by_interval.any()
        assert sums.citizens[:, SERVED : STILL_INSIDE + 1].sum() == sums.citizens[:, CAME].sum() == len(counted.trace.came)
        assert sums.citizens[:, LEFT].sum() == sums.citizens[:, [SERVED, ABANDONED, LEFT_OVER]].sum() + sum(_refused_inside(counted))
        work = counted.trace.work[counted.records.outcome == SERVED].sum()
        assert work == sums.tickets[:, :, WORK].sum()
        at_counters = unit[counted.trace.service] != np.flatnonzero(counted.plan.hall.unit_kind == UNLIMITED)[0]
        served = at_counters & (counted.records.outcome == SERVED)
        assert counted.trace.work[served].sum() == sums.served_in.sum()


def _refused_inside(counted: Counted) -> list[bool]:
    """Citizens who were turned away at a later stop: they had been inside."""
    found = []
    for citizen in range(len(counted.trace.came)):
        rows = slice(counted.trace.stop_first[citizen], counted.trace.stop_first[citizen + 1])
        refused = np.isin(counted.records.outcome[rows], (REFUSED_FULL, REFUSED_LATE)).any()
        found.append(bool(refused and counted.records.ticket[rows][0] < NEVER))
    return found


@pytest.mark.parametrize("closing", ["serve all", "send home"])
def test_compiled_measures_are_the_same(closing: str) -> None:
    for counted, day in random_days(closing):
        fast = measure(counted.plan, counted.trace, counted.records, fast=True)
        for mine, theirs in zip((*day.sums, *day.waits), (*fast.sums, *fast.waits), strict=True):
            assert np.array_equal(mine, theirs)


def test_a_lost_citizen_is_an_error() -> None:
    """The outcomes of a day must add up to those who came, whatever an engine wrote."""
    records = records_of(DAY, DAY.expected)
    records.outcome[-1] = STILL_INSIDE + 1
    with pytest.raises(AssertionError, match="10 citizens came, but 9 outcomes were counted"):
        measure(DAY.hall.plan, DAY.trace, records)


def test_a_day_without_citizens() -> None:
    plan = DAY.hall.plan
    trace = draw(plan, 1, 0)
    assert len(trace.came) == 0
    day = measure(plan, trace, Records.blank(0))
    assert not any(column.any() for column in day.sums[:-1])
    assert day.sums.last_leaves == plan.window.edges[-1]
    assert not any(counts.any() for counts in day.waits)


def test_a_wait_of_years_is_counted_in_the_last_bin() -> None:
    """One counter, 700 hours a citizen: the reference engine plays days that last for years, and their waits have a bin too."""
    plan = compile_plan(load_text(YEARS).scenario)
    trace = draw(plan, 1, 0)
    records = play(plan, trace, "reference")
    found, longest = measure(plan, trace, records).waits.by_class, (records.start - records.ticket) > LOWER[-1]
    assert found.sum() == 100 and found[BINS - 1].sum() == longest.sum() > 40
    assert (records.start - records.ticket).max() > UPPER[-1]


YEARS = """\
name: Years
hours: 08:00-16:00
units: {desk: {counters: 1, service_time: 700 h}}
citizens: {all: {arrivals: {exactly: 100}, route: [desk]}}
"""
