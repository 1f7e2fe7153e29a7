"""R17: while a system is down nobody is called for the services of its units, and services in progress stand still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.days import hall, played, posts_of, worked

RESUMES = worked(
    hall("desk: {counters: 2, duty: 08:00-12:00}", outages={"server": {"at": "08:10-08:30"}}),
    """
    1 stands still with 5 minutes to go, and has them after 08:30. 2 ends as the outage begins: he is over, and his counter calls nobody.
    3 waits for the end of the outage, when counter 2 is free at once; 4 runs out of patience meanwhile. 5 comes as the outage ends: the
    counters have called 3 by then, and 1 is still served.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk  15     -         08:00   08:00  08:35  1        served
    2        08:02  desk  8      -         08:02   08:02  08:10  2        served
    3        08:05  desk  4      -         08:05   08:30  08:34  2        served
    4        08:06  desk  4      10        08:06   -      08:16  -        abandoned
    5        08:30  desk  4      -         08:30   08:34  08:38  2        served
    """,
)

RESTARTS = worked(
    hall("desk: {counters: 1}", outages={"server": {"at": "08:10-08:30, 08:40-08:45", "in_progress": "restart"}}),
    """
    1 has 5 minutes to go, and begins anew twice: at 08:30, and at 08:45 after ten minutes of fifteen.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  09:00  1        served
    2        08:01  desk  5      08:01   09:00  09:05  1        served
    """,
)

SHARED = worked(
    hall(
        """
        visa: {counters: 1}
        permit: {counters: [{services: [permit, visa]}]}
        form: {counters: unlimited}
        """,
        outages={"server": {"units": ["visa"], "at": "08:10-08:30"}, "power": {"at": "08:20-08:40"}},
    ),
    """
    The visa system is down from 08:10, everything with a counter from 08:20 to 08:40. Counter 2 serves both: it calls 3 while visas are
    down, and stands still with him, 2 minutes to go, until 08:40; only then, the last outage of visas being over, are 2 and 4 called. The
    form has no counter, and goes on.

    citizen  comes  stop    takes  ticket  start  end    counter  outcome
    1        08:00  visa    15     08:00   08:00  08:45  1        served
    2        08:11  visa    5      08:11   08:42  08:47  2        served
    3        08:12  permit  10     08:12   08:12  08:42  2        served
    4        08:13  visa    5      08:13   08:45  08:50  1        served
    5        08:25  form    4      08:25   08:25  08:29  -        served
    """,
)

AT_THE_EDGES = worked(
    hall("desk: {counters: [{duty: 08:00-08:30}, {duty: 08:30-12:00}, {duty: '08:00-08:20, 09:00-12:00'}]}", outages={"server": {"at": "08:10-08:30"}}),
    """
    Counter 1 ends its duty as the outage ends, and its service, which stood still, is finished in overtime. It calls nobody: a duty ends
    before an outage does. Counter 2 begins then and calls 3. Counter 3 goes into its break while it stands still, and finishes in it.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  08:35  1        served
    2        08:01  desk  12     08:01   08:01  08:33  3        served
    3        08:15  desk  10     08:15   08:30  08:40  2        served
    4        08:16  desk  5      08:16   08:40  08:45  2        served
    """,
)

BY_NUMBER = worked(
    hall("desk: {counters: {'08:00-09:00': 2, '09:00-12:00': 1}}", outages={"server": {"at": "08:10-08:30"}}),
    """
    In a unit staffed by number as many stand still as are served; two are called as the outage ends and places are free.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  08:35  1        served
    2        08:12  desk  5      08:12   08:30  08:35  2        served
    3        08:13  desk  5      08:13   08:35  08:40  1        served
    4        08:14  desk  5      08:14   08:35  08:40  2        served
    """,
)


TOGETHER = worked(
    hall("{permit: {counters: 0}, visa: {counters: [{services: [permit, visa]}]}}", outages={"power": {"at": "08:00-09:00"}}),
    """
    The power is back for both units at once, so the earlier ticket is called; one unit after the other, it would be the permit's.

    citizen  comes  stop    takes  ticket  start  end    counter  outcome
    1        08:10  visa    5      08:10   09:00  09:05  1        served
    2        08:20  permit  5      08:20   09:05  09:10  1        served
    """,
)

_HORIZON = (
    hall(
        "{permit: {counters: [{services: [permit, visa]}]}, visa: {counters: 0}}",
        horizon="1 h",
        outages={"server": {"units": ["permit"], "every": {"empirical": {"values": ["25 min"]}}, "lasts": "50 min"}},
    ),
    """
    A service that stands still at the horizon is still inside, and its counter down until then. (The outage, which chance decides, is put in below.)

    citizen  comes  stop    takes  ticket  start  end  counter  outcome
    1        00:20  permit  10     00:20   00:20  -    1        still inside
    """,
)

_MINUTE = 60_000_000
_OUTAGE = {"outage": np.array([0]), "outage_start": np.array([25 * _MINUTE]), "outage_end": np.array([75 * _MINUTE])}
AT_THE_HORIZON = replace(worked(*_HORIZON), trace=worked(*_HORIZON).trace._replace(**_OUTAGE))


def test_units_that_come_up_together_call_by_ticket_order(engine: str) -> None:
    assert played(TOGETHER, engine) == TOGETHER.expected


def test_a_service_that_stands_still_at_the_horizon(engine: str) -> None:
    assert played(AT_THE_HORIZON, engine) == AT_THE_HORIZON.expected
    assert posts_of(AT_THE_HORIZON, engine) == ["1 on duty 00:00 00:25", "1 down 00:25 01:00"]


def test_services_stand_still_and_go_on(engine: str) -> None:
    assert played(RESUMES, engine) == RESUMES.expected
    assert posts_of(RESUMES, engine) == [
        "1 on duty 08:00 08:10", "2 on duty 08:00 08:10", "1 down 08:10 08:30", "2 down 08:10 08:30", "1 on duty 08:30 12:00", "2 on duty 08:30 12:00",
    ]  # fmt: skip


def test_services_begin_anew(engine: str) -> None:
    assert played(RESTARTS, engine) == RESTARTS.expected


def test_an_outage_concerns_the_services_of_its_units(engine: str) -> None:
    assert played(SHARED, engine) == SHARED.expected
    assert [line for line in posts_of(SHARED, engine) if line.startswith("2 ")] == ["2 on duty 08:00 08:20", "2 down 08:20 08:40", "2 on duty 08:40 12:00"]


def test_a_duty_ends_before_an_outage_does_and_begins_after_it(engine: str) -> None:
    assert played(AT_THE_EDGES, engine) == AT_THE_EDGES.expected
    assert posts_of(AT_THE_EDGES, engine) == [
        "1 on duty 08:00 08:10", "3 on duty 08:00 08:10", "3 down 08:10 08:20", "1 down 08:10 08:30", "3 into break 08:20 08:33",
        "1 overtime 08:30 08:35", "3 break 08:33 09:00", "2 on duty 08:30 12:00", "3 on duty 09:00 12:00",
    ]  # fmt: skip


def test_a_unit_staffed_by_number_is_down_as_a_whole(engine: str) -> None:
    assert played(BY_NUMBER, engine) == BY_NUMBER.expected
    assert posts_of(BY_NUMBER, engine) == ["1 (2) on duty 08:00 08:10", "1 (2) down 08:10 08:30", "1 (2) on duty 08:30 09:00", "1 on duty 09:00 12:00"]


DUTY_FIRST = worked(
    hall("desk: {counters: [{duty: 08:00-08:30}, {duty: 09:00-12:00}]}", outages={"server": {"at": "08:10-08:30"}}),
    """
    Counter 1 is idle as its duty and the outage end together: it calls nobody.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:15  desk  5      08:15   09:00  09:05  2        served
    """,
)

FREE_FOR_OTHERS = worked(
    hall(
        """
        visa: {counters: 1}
        permit: {counters: [{services: [permit, visa]}]}
        """,
        outages={"server": {"units": ["visa"], "at": "08:10-08:30"}},
    ),
    """
    Counter 2 comes free at 08:15, while visas are down: it calls 4, who came later, and after him nobody until 08:30.

    citizen  comes  stop    takes  ticket  start  end    counter  outcome
    1        08:00  visa    15     08:00   08:00  08:35  1        served
    2        08:05  permit  10     08:05   08:05  08:15  2        served
    3        08:11  visa    5      08:11   08:30  08:35  2        served
    4        08:12  permit  10     08:12   08:15  08:25  2        served
    """,
)


def test_a_duty_ends_before_an_outage_for_an_idle_counter_too(engine: str) -> None:
    assert played(DUTY_FIRST, engine) == DUTY_FIRST.expected


def test_a_counter_that_comes_free_calls_for_units_that_are_up(engine: str) -> None:
    assert played(FREE_FOR_OTHERS, engine) == FREE_FOR_OTHERS.expected
