"""R5: a citizen makes his stops in order; a stop that fails ends the visit; rework is in the route from the start.

A welcome desk, a permit desk with one counter, a cashier. 2 gives up at the permit desk and never reaches the cashier. 3 has to do the
permit desk again (rework) and queues as anybody else.

    citizen  comes  stop     takes  patience  ticket  start  end    counter  outcome
    1        08:00  welcome  1      -         08:00   08:00  08:01  1        served
    1        -      permit   20     -         08:01   08:01  08:21  2        served
    1        -      cashier  3      -         08:21   08:21  08:24  3        served
    2        08:02  welcome  1      -         08:02   08:02  08:03  1        served
    2        -      permit   20     10        08:03   -      08:13  -        abandoned
    2        -      cashier  3      -         -       -      -      -        not reached
    3        08:04  welcome  1      -         08:04   08:04  08:05  1        served
    3        -      permit   10     -         08:05   08:21  08:31  2        served
    3        -      permit   10     -         08:31   08:36  08:46  2        served
    3        -      cashier  3      -         08:46   08:46  08:49  3        served
    4        08:30  permit   5      -         08:30   08:31  08:36  2        served
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from sim.model.trace import Trace, draw
from tests.days import hall, hall_of, played, worked

DAY = worked(
    hall("""
        welcome: {counters: 1}
        permit: {counters: 1}
        cashier: {counters: 1}
    """),
    __doc__,
)

TOO_RARE = 1e-6
"""A frequency is wrong when chance alone would bring one so far off, on one side, as rarely as this."""


def test_the_day_is_played_as_worked_by_hand(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def routes(*stops: Any, citizens: int = 3000) -> list[list[int]]:
    """The services, one after the other, of so many citizens on a route through the units 0, 1 and 2."""
    units = {name: {"counters": 1, "service_time": "1 min"} for name in ("a", "b", "c")}
    sources = {"all": {"arrivals": {"exactly": citizens}, "route": list(stops)}}
    trace: Trace = draw(hall_of({"name": "routes", "hours": "08:00-12:00", "units": units, "citizens": sources}).plan, 8, 0)
    return [row.tolist() for row in np.split(trace.service, trace.stop_first[1:-1])]


def is_plausible(count: int, of: int, share: float) -> bool:
    number = stats.binom(of, share)
    return bool(min(number.cdf(count), number.sf(count - 1)) > TOO_RARE)


def test_a_share_makes_the_stop_and_the_others_pass_it_by() -> None:
    made = routes("a", {"stop": "b", "share": "60 %"}, "c")
    assert all(route in ([0, 1, 2], [0, 2]) for route in made)
    assert is_plausible(sum(1 in route for route in made), 3000, 0.6)


def test_nobody_and_everybody() -> None:
    assert all(route == [0, 2] for route in routes({"stop": "a", "share": "100 %"}, {"stop": "b", "share": "0 %"}, "c"))
    assert all(route == [] for route in routes({"stop": "a", "share": "0 %"}, citizens=20))


def test_shares_of_two_stops_are_independent() -> None:
    made = routes({"stop": "a", "share": "50 %"}, {"stop": "b", "share": "50 %"})
    assert is_plausible(sum(route == [0, 1] for route in made), 3000, 0.25)


def test_rework_repeats_the_stop_no_more_often_than_it_may() -> None:
    made = routes("a", {"stop": "b", "rework": {"share": "40 %", "at_most": 2}}, "c")
    numbers = [route.count(1) for route in made]
    assert all(route == [0, *[1] * number, 2] for route, number in zip(made, numbers, strict=True))
    assert is_plausible(numbers.count(1), 3000, 0.6)
    assert is_plausible(numbers.count(2), 3000, 0.4 * 0.6)
    assert is_plausible(numbers.count(3), 3000, 0.4 * 0.4)
    assert max(numbers) == 3


def test_rework_goes_back_to_an_earlier_stop_and_through_what_follows() -> None:
    made = routes("a", {"stop": "b", "share": "50 %"}, {"stop": "c", "rework": {"share": "30 %", "back_to": "a"}})
    back = [route for route in made if route.count(2) == 2]
    assert is_plausible(len(back), 3000, 0.3)
    assert all(route[0] == 0 and route[-1] == 2 and route.count(0) == route.count(2) for route in made)
    assert is_plausible(sum(route[1] == 1 for route in back), len(back), 0.5)
    again = [route[route.index(2) + 1 :] for route in back]
    assert is_plausible(sum(1 in rest for rest in again), len(again), 0.5), "the share is decided anew each time"


SIMPLE, HARD = {"one_of": {"a": "75 %", "b": "25 %"}}, {"stop": "c", "rework": {"share": "40 %", "back_to": "b", "at_most": 2}}


def test_of_one_of_each_citizen_makes_exactly_one() -> None:
    made = routes(SIMPLE, "c")
    assert all(route in ([0, 2], [1, 2]) for route in made)
    assert is_plausible(sum(route[0] == 0 for route in made), 3000, 0.75)
    assert all(route == [1] for route in routes({"one_of": {"a": "0 %", "b": "100 %"}}, citizens=200))


def test_who_goes_back_makes_the_same_one_again() -> None:
    """Going back to either of the two is going back to the choice; a stop with rework of its own is made again."""
    made = routes(SIMPLE, HARD)
    assert all(route == [route[0], 2] * (len(route) // 2) for route in made)
    assert is_plausible(sum(len(route) > 2 for route in made), 3000, 0.4)
    assert [route[0] for route in made] == [route[0] for route in routes(SIMPLE, "c")]
    own = routes({"one_of": {"a": {"share": "75 %", "rework": {"share": "20 %"}}, "b": "25 %"}}, "c")
    assert {tuple(route) for route in own} == {(0, 2), (0, 0, 2), (1, 2)}


def test_a_choice_depends_on_nothing_else_in_the_route() -> None:
    """The second one_of is a choice of its own; other stops, shares and the first choice leave it alone, and a larger share keeps all who chose it."""
    first = [route[0] for route in routes(SIMPLE, "c")]
    later = routes({"stop": "c", "share": "50 %"}, SIMPLE, {"one_of": {"b": "50 %", "c": "50 %"}})
    assert [route[-2] for route in later] == first
    seconds = [route[-1] for route, one in zip(later, first, strict=True) if one == 0]
    assert is_plausible(seconds.count(1), len(seconds), 0.5)
    more = [route[0] for route in routes({"one_of": {"a": "80 %", "b": "20 %"}}, "c")]
    assert all(one == 0 for one, before in zip(more, first, strict=True) if before == 0)
