"""R29: calling takes time, and citizens walk between units.

A citizen needs a minute from the call to the counter, which is occupied from the call on, for 1 too, who finds it free. The patience of 2
ends at the call, not as he comes to the counter at 08:07; that of 3 does not last to the next call.

    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        08:00  desk  5      -         08:00   08:00  08:06  1        served
    2        08:02  desk  5      4         08:02   08:06  08:12  1        served
    3        08:03  desk  5      8         08:03   -      08:11  -        abandoned
    4        08:05  desk  5      -         08:05   08:12  08:18  1        served
"""

from __future__ import annotations

import numpy as np

from sim.model.shapes import ON_DUTY
from sim.results.measures import TIME_IN_HALL, WORK, measure
from sim.results.outcomes import STILL_INSIDE
from tests.days import ENGINES, hall, played, posts_of, worked

DAY = worked(hall("desk: {counters: 1, calling: 1 min}"), __doc__)

SLOWLY = worked(
    hall("desk: {counters: [{speed: 50 %}], calling: 2 min}"),
    """
    A slow officer does not slow the citizen's steps: 2 minutes to come, 8 instead of 4 at the counter.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  4      08:00   08:00  08:10  1        served
    """,
)

OF_THE_TICKET = worked(
    hall("""
        visa: {counters: 1, calling: 1 min}
        permit: {counters: [{services: [permit, visa]}], calling: 3 min}
    """),
    """
    The unit of the ticket says how long it takes, whoever calls it: counter 2 waits a minute for 2, and three for 3.

    citizen  comes  stop    takes  ticket  start  end    counter  outcome
    1        08:00  visa    10     08:00   08:00  08:11  1        served
    2        08:01  visa    5      08:01   08:01  08:07  2        served
    3        08:02  permit  5      08:02   08:07  08:15  2        served
    """,
)

AT_THE_END = worked(
    hall("desk: {counters: 1, duty: 08:00-08:30, calling: 2 min}"),
    """
    1 is called in the last minute of the duty, and served in overtime: whoever is called is served.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:29  desk  5      08:29   08:29  08:36  1        served
    """,
)

BY_NUMBER = worked(
    hall("desk: {counters: {'08:00-12:00': 2}, calling: 2 min}"),
    """
    A counter that waits for its citizen is busy: the third waits, as two are.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  2      08:00   08:00  08:04  1        served
    2        08:01  desk  2      08:01   08:01  08:05  2        served
    3        08:02  desk  2      08:02   08:04  08:08  1        served
    """,
)

DOWN = worked(
    hall("desk: {counters: 4, calling: 5 min}", outages={"server": {"at": "08:10-08:30, 08:50-08:52"}}),
    """
    An outage stops no citizen on his way. 1 has 10 minutes to go, and has them after 08:30. 2 is at the counter at 08:11, and his service
    begins at 08:30. The second outage is over before 3 is at the counter at 08:53: he notices nothing.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  08:40  1        served
    2        08:06  desk  10     08:06   08:06  08:40  2        served
    3        08:48  desk  10     08:48   08:48  09:03  1        served
    """,
)

ANEW = worked(
    hall("desk: {counters: 2, calling: 5 min}", outages={"server": {"at": "08:10-08:30", "in_progress": "restart"}}),
    """
    1 begins anew at 08:30: his service, not his way to the counter.

    citizen  comes  stop  takes  ticket  start  end    counter  outcome
    1        08:00  desk  15     08:00   08:00  08:45  1        served
    2        08:06  desk  10     08:06   08:06  08:40  2        served
    """,
)

_FLOORS = """
    kiosk: {counters: 1, floor: 0}
    cashier: {counters: 1, floor: 1}
    desk: {counters: 1, floor: 1, services: {a: , b: }}
"""
_WALK = {"within_floor": "1 min", "between_floors": "3 min"}

TOGETHER = worked(
    hall(_FLOORS, walk=_WALK),
    """
    At 08:05 four come to the desk: 1 down from the kiosk, 2 over from the cashier, 3 from the desk itself, for which nobody walks, and 4
    through the door. They take their tickets in the order in which they came to the hall, whichever way they come.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        08:00  kiosk    2      08:00   08:00  08:02  1        served
    1        -      desk.a   1      08:05   08:05  08:06  3        served
    2        08:01  cashier  3      08:01   08:01  08:04  2        served
    2        -      desk.a   1      08:05   08:06  08:07  3        served
    3        08:03  desk.a   2      08:03   08:03  08:05  3        served
    3        -      desk.b   1      08:05   08:07  08:08  3        served
    4        08:05  desk.a   1      08:05   08:08  08:09  3        served
    """,
)

AT_CLOSING = worked(
    hall(_FLOORS, walk=_WALK),
    """
    At closing 1 is on the stairs. Under *serve all* the desk waits for him, and the cashier after it: he has stops left there.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        11:58  kiosk    1      11:58   11:58  11:59  1        served
    1        -      desk.a   5      12:02   12:02  12:07  3        served
    1        -      cashier  2      12:08   12:08  12:10  2        served
    """,
)

SENT_HOME = worked(
    hall(_FLOORS, walk=_WALK, closing="send home"),
    """
    Under *send home* he finds nobody at 12:02.

    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        11:58  kiosk    1      11:58   11:58  11:59  1        served
    1        -      desk.a   5      12:02   -      12:02  -        left over
    """,
)

AT_THE_HORIZON = worked(
    hall("{kiosk: {counters: unlimited, floor: 0}, desk: {counters: 2, floor: 1, calling: 2 min}}", walk=_WALK, horizon="1 h"),
    """
    At the horizon 1 is on his way to the counter, 2 fills in his form, and 3 is on the stairs: no stop of his is open, and yet he is inside.

    citizen  comes  stop   takes  ticket  start  end    counter  outcome
    1        00:00  desk   3      00:00   00:00  00:05  1        served
    1        -      desk   9      00:05   00:05  00:16  1        served
    1        -      kiosk  1      00:19   00:19  00:20  -        served
    1        -      desk   1      00:23   00:23  00:26  1        served
    2        00:50  kiosk  20     00:50   00:50  -      -        still inside
    3        00:58  kiosk  1      00:58   00:58  00:59  -        served
    3        -      desk   1      -       -      -      -        not reached
    4        00:59  desk   1      00:59   00:59  -      1        still inside
    """,
)


def test_the_counter_is_occupied_from_the_call_on(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected
    assert posts_of(DAY, engine) == ["1 on duty 08:00 12:00"]


def test_speed_is_that_of_the_service_and_not_of_the_way(engine: str) -> None:
    assert played(SLOWLY, engine) == SLOWLY.expected


def test_the_unit_of_the_ticket_says_how_long_it_takes(engine: str) -> None:
    assert played(OF_THE_TICKET, engine) == OF_THE_TICKET.expected


def test_who_is_called_at_the_end_of_the_duty_is_served(engine: str) -> None:
    assert played(AT_THE_END, engine) == AT_THE_END.expected
    assert posts_of(AT_THE_END, engine) == ["1 on duty 08:00 08:30", "1 overtime 08:30 08:36"]


def test_a_counter_that_waits_for_its_citizen_is_busy(engine: str) -> None:
    assert played(BY_NUMBER, engine) == BY_NUMBER.expected


def test_an_outage_stops_no_citizen_on_his_way(engine: str) -> None:
    assert played(DOWN, engine) == DOWN.expected
    assert played(ANEW, engine) == ANEW.expected


def test_walkers_come_in_the_order_of_coming_to_the_hall(engine: str) -> None:
    assert played(TOGETHER, engine) == TOGETHER.expected


def test_the_hall_waits_for_who_is_on_the_stairs(engine: str) -> None:
    assert played(AT_CLOSING, engine) == AT_CLOSING.expected
    assert posts_of(AT_CLOSING, engine)[-2:] == ["2 staying 12:00 12:10", "3 staying 12:00 12:07"]
    assert played(SENT_HOME, engine) == SENT_HOME.expected


def test_who_walks_at_the_horizon_is_inside(engine: str) -> None:
    assert played(AT_THE_HORIZON, engine) == AT_THE_HORIZON.expected
    plan, trace = AT_THE_HORIZON.hall.plan, AT_THE_HORIZON.trace
    assert measure(plan, trace, ENGINES[engine](plan, trace)).sums.citizens[:, STILL_INSIDE].sum() == 3


def test_calling_counts_as_busy_and_walking_as_time_in_the_hall() -> None:
    """On the first day the counter is busy for three times 6 minutes; on the day of the walkers 1 is inside for 6 minutes, 2 for 6, 3 for 5, 4 for 4."""
    sums = measure(DAY.hall.plan, DAY.trace, ENGINES["reference"](DAY.hall.plan, DAY.trace)).sums
    assert sums.tickets[..., WORK].sum() == sums.served_in[:, ON_DUTY].sum() == 18 * 60_000_000
    sums = measure(TOGETHER.hall.plan, TOGETHER.trace, ENGINES["reference"](TOGETHER.hall.plan, TOGETHER.trace)).sums
    assert np.array_equal(sums.citizens[:, TIME_IN_HALL], [0, (6 + 6 + 5 + 4) * 60_000_000])
