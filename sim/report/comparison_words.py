"""The verdict on a plan as a sentence, and the numbers of a difference as they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from sim.analysis.comparison import BETTER, CANNOT_TELL, NO_DIFFERENCE, WORSE, Difference
from sim.analysis.comparison_summary import ComparisonSummary, PlaceVerdict
from sim.analysis.definitions import COSTS, DEFINITIONS
from sim.analysis.summary import UnitLabel
from sim.analysis.target import Verdict, units_counted
from sim.analysis.wording import measured_in_words, number

_NOUNS: Final = {
    "abandoned": "the number abandoned",
    "left_over": "the number left over",
    "refused": "the number refused",
    "share_within_target": "the share within target",
}
"""Measures whose label cannot be the subject of a sentence as it is."""

_MOST: Final = 3
"""The most measures, or units, that a sentence names. The tables hold all of them."""
_ENDLESS: Final = 100_000
"""Numbers of days above this are not written out: nobody simulates so long, and the two plans are as good as equal."""


def sentence(summary: ComparisonSummary, plan: str) -> str:
    """The verdict on a plan in words: where it is better or worse and by how much, what cannot be told yet, and what it costs."""
    hall, several = summary.at(plan), len(summary.base.units) > 1
    where = f" for the hall as a whole{other_hall(summary, plan)}" if several else ""
    units = summary.units_by_verdict(plan) if several else {}
    at_units = [_at_units(summary, plan, verdict, units[verdict]) for verdict in (BETTER, WORSE) if units.get(verdict)]
    if hall.verdict in (BETTER, WORSE):
        but = f"; but {_changes(summary, hall.against)}" if hall.against else ""
        clauses = [f"{judged(summary, hall)}{where}: {_changes(summary, hall.for_it)}{but}", *at_units]
    elif hall.verdict == NO_DIFFERENCE and several and not at_units and not units[CANNOT_TELL]:
        clauses = [f"no difference that matters, neither{where} nor at any unit"]
    else:
        clauses = [*at_units, _undecided_hall(summary, hall, where)]
    if summary.changes_nothing(plan):
        when = "on any day" if summary.base.has_hours else "in any run"
        clauses = [f"nothing changes for the citizens {when}, so check that it is the plan that was meant"]
    waits = summary.find(plan, "waiting_time_mean")
    if waits and math.isnan(waits.value) != math.isnan(waits.baseline):
        nobody = plan if math.isnan(waits.value) else summary.names[summary.baseline]
        clauses = [f"nobody is served under {nobody}, so waits cannot be compared", *(clauses if hall.verdict != NO_DIFFERENCE else at_units)]
    if units.get(CANNOT_TELL):
        clauses.append(_undecided_units(summary, plan, units[CANNOT_TELL]))
    return "; ".join([*clauses, cost(summary, plan)]) + "."


def other_hall(summary: ComparisonSummary, plan: str) -> str:
    """A mark if the hall's figures cover other units under a plan than under the baseline."""
    return "" if summary.is_same_hall(plan) else " (one of other units)"


def judged(summary: ComparisonSummary, place: PlaceVerdict) -> str:
    """Better or worse, with a word of caution if every difference found is smaller than the smallest that matters."""
    return place.verdict if summary.weight(place.for_it) >= 1.0 else f"{place.verdict}, perhaps too little to matter,"


def cost(summary: ComparisonSummary, plan: str) -> str:
    """What a plan costs against the baseline: officer-hours, and other costs that differ."""
    hours, others = "costs as many officer-hours", []
    for one in summary.costs(plan):
        if one.measure != "hours_on_duty":
            low, high = (number(one.measure, bound) for bound in sorted((abs(one.low), abs(one.high))))
            amount = f"{number(one.measure, abs(one.difference))} {measured_in_words(one.measure, summary.base.has_hours)}"
            others.append(f"{COSTS[one.measure]} {amount} {'less' if one.difference < 0 else 'more'} ({low} to {high})")
        elif abs(one.difference) >= 0.05:
            amount = f"{abs(one.difference):,.1f} officer-hours {per(summary)}"
            hours = f"costs {amount} more" if one.difference > 0 else f"saves {amount}"
    return ", ".join([hours, *others])


def per(summary: ComparisonSummary) -> str:
    """The words for what a number of tickets, minutes or hours is counted per: a day or a run."""
    return "a day" if summary.base.has_hours else "a run"


def noun(measure: str) -> str:
    """A measure as the subject of a sentence."""
    return _NOUNS.get(measure, f"the {DEFINITIONS[measure].label}")


def change(summary: ComparisonSummary, one: Difference) -> str:
    """A difference in words: ``the mean wait falls by 3.2 min (2.9 to 3.6) to 1.4 min``."""
    low, high = sorted((abs(one.low), abs(one.high)))
    unit = measured_in_words(one.measure, summary.base.has_hours, difference=True)
    verb = "rises" if one.difference > 0 else "falls"
    by = f"by {number(one.measure, abs(one.difference))} {unit} ({number(one.measure, low)} to {number(one.measure, high)})"
    level = f"{number(one.measure, one.value)} {'%' if unit == 'points' else unit.removesuffix(per(summary))}".rstrip()
    return f"{noun(one.measure)} {verb} {by} to {level}"


def more_days(summary: ComparisonSummary, count: int) -> str:
    """How many more days would decide, to two digits."""
    days = "days" if summary.base.has_hours else "runs"
    if count >= _ENDLESS:
        return f"more than {_ENDLESS:,} {days} would be needed"
    digits = max(0, len(str(count)) - 2)
    return f"about {round(count, -digits):,} more {days if count != 1 else days[:-1]} would tell"


def _changes(summary: ComparisonSummary, differences: Sequence[Difference]) -> str:
    """A few differences in words: those that matter, or any if none does."""
    matter = [one for one in differences if summary.weight([one]) >= 1.0] or differences
    return ", ".join(change(summary, one) for one in matter[:_MOST])


def targets_kept(summary: ComparisonSummary) -> str:
    """At how many units each plan certainly keeps the target, if several units have one: ``jakarta at 14 of 15 staffed units, more_at_polda at 15``."""
    found = [summary.staffed_verdicts(plan) for plan in range(len(summary.names))]
    if max(map(len, found)) < 2:
        return ""
    told = [f"{name} at {sum(one is Verdict.KEPT for one in each.values())} of {len(each)}" for name, each in zip(summary.names, found, strict=True)]
    if len(set(map(len, found))) > 1:
        return ", ".join(told)
    of = f" of {len(found[0])}"
    return ", ".join([f"{told[0]} {units_counted(summary.base)}", *(one.removesuffix(of) for one in told[1:])])


def _at_units(summary: ComparisonSummary, plan: str, verdict: str, units: Sequence[UnitLabel]) -> str:
    """Where a plan is better (or worse): the names of a few units, and what happens at the one with the largest difference."""
    first = summary.at(plan, units[0].unit)
    changes = _changes(summary, first.for_it) if len(units) == 1 else change(summary, first.for_it[0])
    against = [(unit, found.against) for unit in units if (found := summary.at(plan, unit.unit)).against][:_MOST]
    if len(units) == 1:
        but = f"; but {_changes(summary, first.against)}" if against else ""
        return f"{judged(summary, first)} at {units[0].name}: {changes}{but}"
    names = _listed([unit.name for unit in units]) if len(units) <= _MOST else f"{len(units)} of {len(summary.units)} units"
    but = "".join(f"; but at {unit.name} {_changes(summary, changed)}" for unit, changed in against)
    return f"{judged(summary, first)} at {names}, most at {units[0].name}: {changes}{but}"


def _undecided_hall(summary: ComparisonSummary, hall: PlaceVerdict, where: str) -> str:
    if hall.verdict == NO_DIFFERENCE:
        return f"no difference that matters{where}"
    which = [noun(one.measure) for one in hall.unknown]
    days = more_days(summary, hall.more_days)
    if any(one.measure == "waiting_time_mean" for one in hall.unknown):
        return f"cannot tell yet{where} ({', '.join(name.removeprefix('the ') for name in which)}): {days}"
    return f"no difference that matters{where}, but {_listed(which)} cannot be told yet: {days}"


def _undecided_units(summary: ComparisonSummary, plan: str, units: Sequence[UnitLabel]) -> str:
    names = _listed([unit.name for unit in units]) if len(units) <= _MOST else f"{len(units)} units"
    most = max(summary.at(plan, unit.unit).more_days for unit in units)
    return f"cannot tell yet at {names}: {more_days(summary, most)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
