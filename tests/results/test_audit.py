"""The auditor finds every fault that it promises to see, each in a day that is right but for that fault, and is silent about right days.

A day is a table, as in the behaviour tests; a fault is a table in which some lines are replaced. (That it is silent about the days of the
rule book and about random days is tested where they are played.)
"""

from __future__ import annotations

import pytest

from sim.clock import parse_clock
from sim.engine import play
from sim.errors import AuditError
from sim.model.shapes import STATES
from sim.results.audit import audit
from sim.results.records import Posts
from tests.days import Hall, WorkedDay, hall, posts_of, records_of, worked

COUNTERS = (
    hall("""
        permit: {counters: [{}, {duty: "08:00-09:00, 10:00-12:00"}]}
        visa: {counters: [{helps: [permit]}]}
        form: {counters: unlimited}
    """),
    """
    citizen  rank  comes  stop    takes  patience  ticket  start  end    counter  outcome
    1        1     08:00  permit  30     -         08:00   08:00  08:30  1        served
    1        1     -      form    10     -         08:30   08:30  08:40  -        served
    2        1     08:00  permit  20     -         08:00   08:00  08:20  2        served
    3        1     08:05  visa    5      -         08:05   08:05  08:10  3        served
    4        1     08:10  permit  60     -         08:10   08:10  09:10  3        served
    5        1     08:10  permit  35     -         08:10   08:20  08:55  2        served
    6        1     08:15  permit  60     20        08:15   08:30  09:30  1        served
    7        1     08:16  permit  5      9         08:16   -      08:25  -        abandoned
    7        1     -      form    5      -         -       -      -      -        not reached
    8        1     08:50  permit  20     -         08:50   08:55  09:15  2        served
    9        1     08:56  permit  20     -         08:56   09:10  09:30  3        served
    10       0     09:15  permit  5      -         09:15   09:30  09:35  1        served
    11       1     09:16  visa    5      -         09:16   09:30  09:35  3        served
    12       1     09:20  permit  5      -         09:20   09:35  09:40  1        served
    13       1     10:30  permit  5      -         10:30   10:30  10:35  1        served
    """,
)

LAST_TICKET_AND_ROOM = (
    hall(
        """
            permit: {counters: 1, waiting_room: 1}
            form: {counters: unlimited}
        """,
        last_ticket="11:00",
    ),
    """
    citizen  comes  stop    takes  patience  ticket  start  end    counter  outcome
    1        10:00  permit  30     -         10:00   10:00  10:30  1        served
    2        10:05  permit  20     -         10:05   10:30  10:50  1        served
    3        10:10  permit  20     -         -       -      10:10  -        refused: waiting room full
    3        -      form    5      -         -       -      -      -        not reached
    4        10:30  permit  5      10        10:30   -      10:40  -        abandoned
    5        10:40  permit  5      -         10:40   10:50  10:55  1        served
    6        10:59  permit  5      -         10:59   10:59  11:04  1        served
    7        11:00  permit  5      -         -       -      11:00  -        refused: after last ticket
    """,
)

CLOSING = (
    hall("""
        permit: {counters: 1}
        archive: {counters: 1, duty: "08:00-11:00"}
    """),
    """
    citizen  comes  stop     takes  patience  ticket  start  end    counter  outcome
    1        11:50  permit   20     -         11:50   11:50  12:10  1        served
    1        -      archive  20     -         12:10   -      12:10  -        left over
    2        11:51  permit   20     -         11:51   12:10  12:30  1        served
    3        11:52  archive  5      -         11:52   -      12:00  -        left over
    4        11:53  archive  5      5         11:53   -      11:58  -        abandoned
    """,
)

NUMBER = (
    hall("permit: {counters: {'08:00-09:00': 2, '09:00-12:00': 1}}"),
    """
    citizen  comes  stop    takes  ticket  start  end    counter  outcome
    1        08:40  permit  30     08:40   08:40  09:10  1        served
    2        08:50  permit  30     08:50   08:50  09:20  2        served
    3        08:55  permit  10     08:55   09:20  09:30  1        served
    4        09:40  permit  10     09:40   09:40  09:50  1        served
    """,
)

HORIZON = (
    hall("permit: {counters: 1}", horizon="60 min"),
    """
    citizen  comes  stop    takes  patience  ticket  start  end    counter  outcome
    1        00:10  permit  10     -         00:10   00:10  00:20  1        served
    2        00:30  permit  40     -         00:30   00:30  -      1        still inside
    3        00:40  permit  5      10        00:40   -      00:50  -        abandoned
    4        00:45  permit  5      -         00:45   -      -      -        still inside
    """,
)

POSTS = (
    hall(
        """
            desk: {counters: [{duty: "08:00-09:00, 10:00-11:00"}, {speed: 50 %}]}
            cashier: {counters: {'08:00-09:00': 2, '09:00-12:00': 1}}
        """,
        outages={"server": {"units": ["desk"], "at": "08:20-08:30"}},
    ),
    """
    citizen  comes  stop     takes  ticket  start  end    counter  outcome
    1        08:00  desk     30     08:00   08:00  08:40  1        served
    2        08:25  desk     10     08:25   08:30  08:50  2        served
    3        08:50  desk     20     08:50   08:50  09:10  1        served
    4        10:55  desk     10     10:55   10:55  11:05  1        served
    5        11:58  cashier  5      11:58   11:58  12:03  3        served
    """,
)
WRITTEN = [
    "1 on duty 08:00 08:20", "2 on duty 08:00 08:20", "1 down 08:20 08:30", "2 down 08:20 08:30", "1 on duty 08:30 09:00",
    "3 (2) on duty 08:00 09:00", "1 into break 09:00 09:10", "1 break 09:10 10:00", "1 on duty 10:00 11:00", "1 overtime 11:00 11:05",
    "2 on duty 08:30 12:00", "3 on duty 09:00 12:00", "3 staying 12:00 12:03",
]  # fmt: skip
"""What the counters of that day did apart from serving, worked by hand."""

DAYS = {"counters": COUNTERS, "last ticket and room": LAST_TICKET_AND_ROOM, "closing": CLOSING, "number": NUMBER, "horizon": HORIZON, "posts": POSTS}


def with_faults(day: tuple[Hall, str], faults: dict[str, str]) -> tuple[WorkedDay, list[str]]:
    """A right day, and its lines with some of them replaced: each is given by its beginning, citizen and stop."""
    right = worked(*day)
    lines = list(right.expected)
    for beginning, line in faults.items():
        found = [number for number, text in enumerate(lines) if text.startswith(f"{beginning} ")]
        assert len(found) == 1
        lines[found[0]] = f"{beginning} {line}"
    return right, lines


@pytest.mark.parametrize("engine", ["reference", "kernel"])
@pytest.mark.parametrize("name", DAYS)
def test_the_days_are_right(name: str, engine: str) -> None:
    day, lines = with_faults(DAYS[name], {})
    records = records_of(day, lines)
    audit(day.hall.plan, day.trace, records)
    assert play(day.hall.plan, day.trace, engine).equals(records)


FAULTS: dict[str, tuple[str, dict[str, str], str]] = {
    # The visit
    "a stop after the visit had ended": ("counters", {"7 form": "08:25 08:25 08:30 - served"}, "was reached after the visit had ended"),
    "a lost citizen": ("counters", {"13 permit": "- - - - not reached"}, "should have been reached"),
    "a lost next stop": ("counters", {"1 form": "- - - - not reached"}, "should have been reached"),
    "a ticket taken late": ("counters", {"3 visa": "08:06 08:06 08:11 3 served"}, "took the ticket at"),
    "a next stop before the end of the one before": ("counters", {"1 form": "08:29 08:29 08:39 - served"}, "took the ticket at"),
    "a refusal with a ticket": (
        "last ticket and room",
        {"3 permit": "10:10 - 10:10 - refused: waiting room full"},
        "was refused, but not at once and without a ticket",
    ),
    "a refusal after a wait": (
        "last ticket and room",
        {"3 permit": "- - 10:15 - refused: waiting room full"},
        "was refused, but not at once and without a ticket",
    ),
    # Times of a stop
    "a service too short": ("counters", {"13 permit": "10:30 10:30 10:34 1 served"}, "but a service begun then is over at"),
    "a service too long": ("counters", {"13 permit": "10:30 10:30 10:36 1 served"}, "but a service begun then is over at"),
    "a service before the ticket": ("counters", {"13 permit": "10:30 10:29 10:34 1 served"}, "but a service begun then is over at"),
    "a call after patience ran out": (
        "counters",
        {"7 permit": "08:16 08:55 09:00 2 served", "8 permit": "08:50 09:00 09:20 2 served"},
        "after patience ran out",
    ),
    "leaving too early": ("counters", {"7 permit": "08:16 - 08:24 - abandoned"}, "but patience runs out at"),
    "leaving too late": ("counters", {"7 permit": "08:16 - 08:26 - abandoned"}, "but patience runs out at"),
    "leaving without a reason": ("counters", {"12 permit": "09:20 - 09:35 - abandoned"}, "but patience runs out at"),
    "staying beyond patience until closing": ("closing", {"4 archive": "11:53 - 12:00 - left over"}, "although patience ran out"),
    "a service with the outcome of a wait": (
        "counters",
        {"12 permit": "09:20 09:35 09:40 1 left over"},
        "has a start of service and was not served",
    ),
    "served without a service": ("counters", {"12 permit": "09:20 - 09:40 - served"}, "has a start of service and was not served"),
    # Counters
    "a counter without the skill": ("counters", {"3 visa": "08:05 08:10 08:15 1 served"}, "which does not serve this"),
    "a counter that does not exist": ("counters", {"3 visa": "08:05 08:05 08:10 9 served"}, "which does not serve this"),
    "a counter at an unlimited unit": ("counters", {"1 form": "08:30 08:30 08:40 1 served"}, "at an unlimited unit"),
    "a wait at an unlimited unit": ("counters", {"1 form": "08:30 08:31 08:41 - served"}, "at an unlimited unit"),
    "a counter without a service": ("counters", {"7 permit": "08:16 - 08:25 1 abandoned"}, "has a counter and was not served"),
    "two at one counter": ("counters", {"6 permit": "08:15 08:29 09:29 1 served"}, "together with another citizen"),
    "a call off duty": ("counters", {"9 permit": "08:56 09:15 09:35 2 served"}, "off duty"),
    "a call at the very end of a duty": ("counters", {"8 permit": "08:50 09:00 09:20 2 served"}, "off duty"),
    "an idle counter": ("counters", {"8 permit": "08:50 08:57 09:17 2 served"}, "waited while counter 1 was free"),
    "an idle helper": ("counters", {"4 permit": "08:10 08:11 09:11 3 served"}, "waited while counter 2 was free"),
    "a counter that is not called back after its break": (
        "counters",
        {"9 permit": "08:56 10:02 10:22 3 served"},
        "waited while counter 1 was free",
    ),
    "the later ticket first": (
        "counters",
        {"5 permit": "08:10 08:30 09:05 1 served", "6 permit": "08:15 08:20 09:20 2 served"},
        "before citizen 4",
    ),
    "the higher rank first": (
        "counters",
        {"10 permit": "09:15 09:35 09:40 1 served", "12 permit": "09:20 09:30 09:35 1 served"},
        "before citizen 9",
    ),
    "help before its own": (
        "counters",
        {"11 visa": "09:16 09:40 09:45 3 served", "10 permit": "09:15 09:30 09:35 3 served", "12 permit": "09:20 09:30 09:35 1 served"},
        "before citizen 10",
    ),
    "not the first free counter": ("counters", {"13 permit": "10:30 10:30 10:35 2 served"}, "although counter 0 was free"),
    # Last ticket and waiting room
    "a last ticket too late": ("last ticket and room", {"7 permit": "11:00 11:04 11:09 1 served"}, "and was not refused"),
    "a last ticket too early": (
        "last ticket and room",
        {"6 permit": "- - 10:59 - refused: after last ticket"},
        "was refused before the last ticket",
    ),
    "one too many in the waiting room": ("last ticket and room", {"3 permit": "10:10 10:50 11:10 1 served"}, "in a waiting room for 1"),
    "turned away from a waiting room with room": (
        "last ticket and room",
        {"2 permit": "- - 10:05 - refused: waiting room full"},
        "in a waiting room for 1",
    ),
    "turned away from a place that was just left": (
        "last ticket and room",
        {"5 permit": "- - 10:40 - refused: waiting room full"},
        "in a waiting room for 1",
    ),
    "turned away from a free counter": (
        "last ticket and room",
        {"6 permit": "- - 10:59 - refused: waiting room full"},
        "was turned away while counter 0 was free",
    ),
    # Closing
    "a left-over before closing": ("closing", {"3 archive": "11:52 - 11:59 - left over"}, "was sent home, but not at closing"),
    "a left-over after closing": ("closing", {"3 archive": "11:52 - 12:01 - left over"}, "was sent home, but not at closing"),
    "a left-over who could have been served": ("closing", {"2 permit": "11:51 - 12:00 - left over"}, "although all are to be served"),
    "waiting for nobody after closing": ("closing", {"1 archive": "12:10 12:10 12:30 2 served"}, "although nobody serves this then"),
    "overnight in the hall": ("closing", {"3 archive": "11:52 - - - still inside"}, "cannot be still inside"),
    # Staffing by number
    "one above the number": ("number", {"3 permit": "08:55 09:10 09:20 1 served"}, "busy at 09:10 after a call, 1 on duty"),
    "one below the number": ("number", {"3 permit": "08:55 09:25 09:35 1 served"}, "waited while unit 0 was free"),
    "not the first counter of the unit": ("number", {"4 permit": "09:40 09:40 09:50 2 served"}, "although counter 0 was free"),
    # Speed and outages
    "a speed that is ignored": ("posts", {"2 desk": "08:25 08:30 08:40 2 served"}, "but a service begun then is over at"),
    "a service that goes on in an outage": ("posts", {"1 desk": "08:00 08:00 08:30 1 served"}, "but a service begun then is over at"),
    "a service that begins anew": ("posts", {"1 desk": "08:00 08:00 09:00 1 served"}, "but a service begun then is over at"),
    "a call in an outage": ("posts", {"2 desk": "08:25 08:25 08:45 2 served"}, "was called while an outage stopped the unit"),
    "a counter idle after an outage": ("posts", {"2 desk": "08:25 08:31 08:51 2 served"}, "waited while counter 1 was free"),
    # Horizon
    "an end after the horizon": ("horizon", {"2 permit": "00:30 00:30 01:10 1 served"}, "ended after the horizon"),
    "still inside, but gone": ("horizon", {"4 permit": "00:45 - 00:55 - still inside"}, "cannot be still inside"),
    "still inside without patience": ("horizon", {"3 permit": "00:40 - - - still inside"}, "cannot be still inside"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    name, faults, finding = FAULTS[fault]
    day, lines = with_faults(DAYS[name], faults)
    with pytest.raises(AuditError) as found:
        audit(day.hall.plan, day.trace, records_of(day, lines))
    assert finding in str(found.value)


FAULTS_OF_POSTS: dict[str, tuple[list[str], list[str], str]] = {
    "a lost break": (["1 break 09:10 10:00"], [], "counter 0: its posts are"),
    "a lost duty": (["2 on duty 08:30 12:00"], [], "counter 1: its posts are"),
    "overtime told as work into a break": (["1 overtime 11:00 11:05"], ["1 into break 11:00 11:05"], "counter 0: its posts are"),
    "work into a break told as break": (["1 into break 09:00 09:10", "1 break 09:10 10:00"], ["1 break 09:00 10:00"], "counter 0: its posts are"),
    "an outage told as duty": (["2 down 08:20 08:30"], ["2 on duty 08:20 08:30"], "counter 1: its posts are"),
    "an outage too long": (["1 down 08:20 08:30", "1 on duty 08:30 09:00"], ["1 down 08:20 08:31", "1 on duty 08:31 09:00"], "counter 0: its posts are"),
    "overtime too long": (["1 overtime 11:00 11:05"], ["1 overtime 11:00 11:06"], "counter 0: its posts are"),
    "staying too long": (["3 staying 12:00 12:03"], ["3 staying 12:00 12:04"], "counter 2: its posts are"),
    "staying for nobody": ([], ["2 staying 12:00 12:03"], "counter 1: its posts are"),
    "a wrong number": (["3 (2) on duty 08:00 09:00"], ["3 on duty 08:00 09:00"], "counter 2: its posts are"),
    "a row for each counter of a number": (["3 (2) on duty 08:00 09:00"], ["3 on duty 08:00 09:00", "4 on duty 08:00 09:00"], "counter 3: its posts are"),
    "a row twice": ([], ["2 down 08:20 08:30"], "counter 1: its posts are"),
    "a row of no counter": ([], ["9 on duty 08:00 09:00"], "a post is of no counter, or has no length"),
    "a row without length": ([], ["1 on duty 08:00 08:00"], "a post is of no counter, or has no length"),
}


def written(lines: list[str]) -> Posts:
    """Posts from lines: counter (how many), state, from, to."""
    rows = []
    for line in lines:
        *who, start, end = line.split()
        number = int(who.pop(1).strip("()")) if who[1].startswith("(") else 1
        rows.append((int(who[0]) - 1, number, STATES.index(" ".join(who[1:])), parse_clock(start), parse_clock(end)))
    return Posts.of(rows)


@pytest.mark.parametrize("engine", ["reference", "kernel"])
def test_the_posts_are_right(engine: str) -> None:
    assert posts_of(worked(*POSTS), engine) == WRITTEN


@pytest.mark.parametrize("fault", FAULTS_OF_POSTS)
def test_a_fault_of_the_posts_is_found(fault: str) -> None:
    day = worked(*POSTS)
    lost, added, finding = FAULTS_OF_POSTS[fault]
    right = records_of(day, day.expected)
    assert set(lost) <= set(WRITTEN)
    audit(day.hall.plan, day.trace, right._replace(posts=written(WRITTEN)))
    with pytest.raises(AuditError) as found:
        audit(day.hall.plan, day.trace, right._replace(posts=written([line for line in WRITTEN if line not in lost] + added)))
    assert finding in str(found.value)


def test_send_home_is_checked_too() -> None:
    day = worked(
        hall("permit: {counters: 1}", closing="send home"),
        """
        citizen  comes  stop    takes  ticket  start  end    counter  outcome
        1        11:50  permit  20     11:50   11:50  12:10  1        served
        2        11:51  permit  20     11:51   -      12:00  -        left over
        """,
    )
    audit(day.hall.plan, day.trace, records_of(day, day.expected))
    with pytest.raises(AuditError, match="although nobody serves this then"):
        audit(day.hall.plan, day.trace, records_of(day, [day.expected[0], "2 permit 11:51 12:10 12:30 1 served"]))


def test_the_findings_are_counted_and_the_first_are_shown() -> None:
    day, lines = with_faults(COUNTERS, {})
    lost = [f"{line.split()[0]} {line.split()[1]} - - - - not reached" for line in lines]
    with pytest.raises(AuditError) as found:
        audit(day.hall.plan, day.trace, records_of(day, lost))
    text = str(found.value)
    # 13 stops, and a counter whose post says that it worked into its break while no ticket says so
    assert text.startswith("14 findings of the auditor:") and text.count("\n") == 10
    assert "citizen 0, stop 0 (no ticket, not reached): should have been reached" in text
