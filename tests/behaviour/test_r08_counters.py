"""R8: a counter coming free calls the first ticket it may serve, and one that it only helps with when none of its own waits; a citizen
who finds free counters takes the first in counter order.

Counter 1 (at the passport unit) serves passports and helps with visas; counters 2 and 3 (at the visa unit) serve visas. Counter 3 begins at
09:00. 3 finds counter 1 free, the first, although it only helps him. At 08:20 counter 1 calls the passport of 6 although the visas of 4 and
5 wait longer; at 08:30, with no passport waiting, it calls 4, and at 08:40 5. At 09:00 7 finds three free counters and takes counter 1; 8
and 9 take 2 and 3; 10 waits, for the visa counters do not serve passports.

    citizen  comes  stop      takes  ticket  start  end    counter  outcome
    1        08:00  passport  5      08:00   08:00  08:05  1        served
    2        08:00  visa      45     08:00   08:00  08:45  2        served
    3        08:05  visa      15     08:05   08:05  08:20  1        served
    4        08:10  visa      10     08:10   08:30  08:40  1        served
    5        08:12  visa      10     08:12   08:40  08:50  1        served
    6        08:15  passport  10     08:15   08:20  08:30  1        served
    7        09:00  visa      10     09:00   09:00  09:10  1        served
    8        09:00  visa      10     09:00   09:00  09:10  2        served
    9        09:00  visa      20     09:00   09:00  09:20  3        served
    10       09:01  passport  5      09:01   09:10  09:15  1        served
    11       09:11  visa      5      09:11   09:11  09:16  2        served
"""

from __future__ import annotations

from tests.days import hall, played, worked

DAY = worked(
    hall("""
        passport:
          counters: [{helps: [visa]}]
        visa:
          counters: [{}, {duty: "09:00-12:00"}]
    """),
    __doc__,
)

OWN_FIRST = worked(
    hall("""
        passport: {counters: [{helps: [visa]}]}
        visa: {counters: [{duty: "11:00-12:00"}]}
    """),
    """
    Whoever is helped waits behind every citizen of the counter's own service, later and of lower priority though they are.

    citizen  rank  comes  stop      takes  ticket  start  end    counter  outcome
    1        1     08:00  passport  30     08:00   08:00  08:30  1        served
    2        0     08:01  visa      5      08:01   08:40  08:45  1        served
    3        1     08:10  passport  5      08:10   08:30  08:35  1        served
    4        1     08:34  passport  5      08:34   08:35  08:40  1        served
    5        1     08:41  passport  5      08:41   08:45  08:50  1        served
    """,
)

SKILLS = worked(
    hall("""
        desk:
          services: {new: , renewal: , query: }
          counters:
            - {services: [query]}
            - {services: [renewal, query]}
            - {services: [new, renewal], helps: [query]}
    """),
    """
    Counter 1 serves queries; 2 renewals and queries alike, by ticket order; 3 new cases and renewals, and helps with queries. At 08:10 counter 2
    calls the query of 5, which came before the renewal of 6; at 08:15 counter 3 calls 6 although the query of 4 waits longer.

    citizen  comes  stop          takes  ticket  start  end    counter  outcome
    1        08:00  desk.query    60     08:00   08:00  09:00  1        served
    2        08:00  desk.query    10     08:00   08:00  08:10  2        served
    3        08:00  desk.query    15     08:00   08:00  08:15  3        served
    4        08:01  desk.query    5      08:01   08:10  08:15  2        served
    5        08:02  desk.query    5      08:02   08:15  08:20  2        served
    6        08:03  desk.renewal  10     08:03   08:15  08:25  3        served
    7        08:04  desk.renewal  10     08:04   08:20  08:30  2        served
    8        08:05  desk.new      5      08:05   08:25  08:30  3        served
    9        08:06  desk.query    5      08:06   08:30  08:35  2        served
    10       08:07  desk.query    5      08:07   08:30  08:35  3        served
    11       08:40  desk.new      5      08:40   08:40  08:45  3        served
    12       08:40  desk.query    5      08:40   08:40  08:45  2        served
    """,
)


def test_helping_and_the_first_free_counter(engine: str) -> None:
    assert played(DAY, engine) == DAY.expected


def test_own_services_come_before_those_it_helps(engine: str) -> None:
    assert played(OWN_FIRST, engine) == OWN_FIRST.expected


def test_skills_within_a_unit(engine: str) -> None:
    assert played(SKILLS, engine) == SKILLS.expected
