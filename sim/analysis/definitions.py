"""What each measure is called, what it is measured in and what exactly it means; printed with the results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from sim.results.outcomes import OUTCOMES


class Definition(NamedTuple):
    """A measure in words: its label, what its numbers are measured in, and its definition."""

    label: str
    measured_in: str
    meaning: str


_MEASURES: Final = """
tickets | tickets | a day | tickets taken (one for each stop at a service)
{tickets}
refused | refused | a day | all who were turned away without a ticket, for whatever reason
waiting_time_mean | mean wait | min | mean waiting time of the served, from taking the ticket to the call: all days pooled (a citizen's view)
waiting_time_all_mean | mean wait of all | min | mean waiting time of all who took a ticket, the abandoned and left-overs up to their leaving
waiting_time_day_mean | mean wait, average day | min | mean over days of the day's mean waiting time of the served (a manager's view)
waiting_time_median | median wait | min | half of the served waited no longer
waiting_time_p90 | P90 wait | min | nine in ten of the served waited no longer
wait_to_service_mean | mean wait to service | min | mean time of the served from taking the ticket to the start of service: the wait and, after the call, the way to the counter
service_time_mean | mean service time | min | mean time at the counter of the served
share_waiting | share who wait | fraction | tickets that waited at all ÷ tickets taken
share_within_target | within target | fraction | tickets served within the target time ÷ (tickets taken − abandoned within it); left-overs count as missed
days_target_kept | days target kept | fraction | days on which the share within target reached the target ÷ days
share_abandoned | share abandoned | fraction | abandoned ÷ tickets taken
share_left_over | share left over | fraction | left over ÷ tickets taken
share_refused | share refused | fraction | refused ÷ (tickets taken + refused)
number_waiting | number waiting | citizens | time average of the number waiting in the opening hours (or in the interval of the day)
number_waiting_p10 | number waiting, P10 of days | citizens | one day in ten has a lower average in this interval
number_waiting_p90 | number waiting, P90 of days | citizens | nine days in ten have no higher average in this interval
utilisation | utilisation | fraction | time busy (calling or serving) within duty ÷ time on duty, outages not counted
into_breaks | worked into breaks | min a day | time that counters were busy between two of their duties, summed over counters
overtime | overtime | min a day | time that counters were busy after their last duty, summed over counters
hours_on_duty | hours on duty | h a day | hours on duty of all counters together, outages included
hours_down | hours down | h a day | hours on duty in which an outage stopped counters, of all counters together
hours_absent | hours absent | h a day | hours of duty that nobody did because officers were absent, of all named counters together
citizens | citizens | a day | citizens who came
{citizens}
time_in_hall_mean | time in hall | min | mean time from entering the hall to leaving it, of all who got in
total_wait_mean | total wait | min | mean of a citizen's waiting times over all stops, of all who got in
door_wait_mean | door wait | min | mean time that citizens waited at the door before opening, of all who came
inside | people inside | citizens | time average of the number of people in the hall
inside_p10 | people inside, P10 of days | citizens | one day in ten has a lower average in this interval
inside_p90 | people inside, P90 of days | citizens | nine days in ten have no higher average in this interval
most_inside | most people inside | citizens | the day's (or interval's) greatest number of people in the hall, mean over days
days_seats_suffice | days seats suffice | fraction | days on which the most people inside were no more than the seats ÷ days
last_citizen_leaves | last citizen leaves | min after midnight | when the last citizen leaves, mean over days
"""



def _of_outcomes(measure: str, label: str, meaning: str) -> str:
    """The lines of the measures that count outcomes, from the table of outcomes."""
    rows = ((outcome, outcome._asdict()) for outcome in OUTCOMES[1:])
    return "\n".join(
        f"{measure.format(outcome.name)} | {given[label]} | {'a day' if outcome.name != 'still_inside' else 'a run'} | {given[meaning]}" for outcome, given in rows
    )


_LINES: Final = _MEASURES.format(
    tickets=_of_outcomes("{}", "label", "tickets"), citizens=_of_outcomes("citizens_{}", "citizens_label", "citizens")
)

DEFINITIONS: Final = {
    name: Definition(label, measured_in, meaning)
    for name, label, measured_in, meaning in (tuple(part.strip() for part in line.split(" | ")) for line in _LINES.strip().splitlines())
}
"""The definition of each measure by its name."""

HIGH_IS_GOOD: Final = frozenset({"share_within_target", "days_target_kept", "days_seats_suffice", "served", "citizens_served"})
"""The measures that are better when larger. All others, such as waits and lost tickets, are better when smaller."""


COSTS: Final[Mapping[str, str]] = {"into_breaks": "work into breaks", "overtime": "overtime", "hours_on_duty": "officer-hours"}
"""The measures of a plan's costs, with their names beside a verdict. Costs are reported; they never make a plan better or worse."""

LOST: Final = ("abandoned", "left_over", "refused")
"""The measures of tickets, or citizens, that are not served. They are reported first."""

FELT: Final = (*LOST, "waiting_time_mean", "waiting_time_p90", "share_within_target", "time_in_hall_mean")
"""The measures that citizens feel. They make a plan better or worse, the first ones first."""


def measured_in(measure: str, has_hours: bool) -> str:
    """What a measure's numbers are measured in. In a system without opening hours they count by run, not by day.

    >>> measured_in("overtime", True), measured_in("overtime", False)
    ('min a day', 'min a run')
    """
    unit = DEFINITIONS[measure].measured_in
    return unit if has_hours else unit.replace("a day", "a run")
