"""A comparison as what `sim compare` prints: the verdicts in words, a table for the hall, and one of the places where plans differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from sim.analysis.comparison import CANNOT_TELL, COMPARED, COSTS_MORE, NOT_JUDGED, SAVES, SIGNS, Difference
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.definitions import DEFINITIONS
from sim.analysis.wording import few_days, measured_in_words, number, signed
from sim.report.comparison_words import sentence, targets_kept
from sim.report.wide_table import WideTable, labels, names, numbers, words
from sim.words import rounded

_COUNTLESS: Final = 10_000
"""Ratios above this many times as many days are not written out: nobody would simulate so long."""


def comparison_tables(summary: ComparisonSummary) -> RenderableType:
    """The verdicts, the table of the hall, the table of units and classes where plans differ, and how to read them."""
    verdicts: list[RenderableType] = [Padding(Text.assemble((f"{plan}: ", "bold"), sentence(summary, plan)), (0, 0, 0, 2)) for plan in summary.others]
    differing = _differing(summary)
    tables: list[RenderableType] = [_hall(summary), ""]
    if differing is not None:
        tables += [differing, ""]
    return Group(Text(_title(summary), style="bold"), *verdicts, *map(Text, _caution(summary)), "", *tables, *map(Text, notes(summary)))


def verdict_text(summary: ComparisonSummary) -> str:
    """The verdicts in words and how to read them, without a table: what is compared, then a line for each plan."""
    verdicts = (f"{plan}: {sentence(summary, plan)}" for plan in summary.others)
    return "\n".join([_title(summary), *verdicts, *_caution(summary), *notes(summary)]) + "\n"


def _caution(summary: ComparisonSummary) -> list[str]:
    """A warning line if the verdicts rest on few days."""
    return [line for line in [few_days(summary.base.replications, summary.base.has_hours)] if line]


def _title(summary: ComparisonSummary) -> str:
    days = "days" if summary.base.has_hours else "runs"
    return f"{summary.base.title}: plans against {summary.names[summary.baseline]}, {summary.base.replications} {days} each"


def notes(summary: ComparisonSummary) -> Iterator[str]:
    """Notes: which plans met the same citizens, what pairing saves, what intervals cover, and the smallest differences that matter."""
    days = "days" if summary.base.has_hours else "runs"
    count, plans = summary.base.replications, len(summary.others)
    foreign = [name for name, same in zip(summary.names, summary.same_citizens, strict=True) if not same]
    ratios = summary.variance_ratios()
    paired = f"; with other citizens for each, equally narrow intervals would take {_between(*ratios)} times as many {days} (the ratio of the variances)" if ratios else ""
    if len(foreign) < plans:
        who = "Every plan" if not foreign else "Every other plan"
        yield f"{who} met the same citizens on the same {count} {days}{paired}."
    if foreign:
        verb = "has" if len(foreign) == 1 else "have"
        yield f"{', '.join(foreign)} {verb} other arrivals, routes, service times or patience; the citizens that the baseline has too keep their random numbers."
    if summary.targets_differ:
        yield f"Other targets under some plans, so that shares within target differ already by that: {', '.join(summary.targets_differ)}."
    if kept := targets_kept(summary):
        yield f"Targets kept for certain: {kept}."
    if summary.not_everywhere:
        yield f"Not in every plan, so not compared by themselves: {', '.join(summary.not_everywhere)}."
    if summary.not_of_every_hall:
        yield f"In the figures of the hall under some plans only: {', '.join(summary.not_of_every_hall)}. So these are different halls, whose figures differ already by that."
    together = "" if plans == 1 else f"; in each measure they hold together for {'both' if plans == 2 else f'all {plans}'} plans (Bonferroni)"
    yield f"( ): 95 % intervals, chance only{together}."
    smallest = (f"{DEFINITIONS[measure].label} {number(measure, value)} {measured_in_words(measure, summary.base.has_hours, difference=True)}" for measure, value in summary.smallest.items())
    yield f"Smallest differences that matter: {', '.join(smallest)} (change them with --smallest)."


def _between(low: float, high: float) -> str:
    """Two ratios as words.

    >>> _between(20.1, 2025.7), _between(2.41, 2.44), _between(0.93, 23328142.8)
    ('20 to 2,000', '2.4', '0.93 to more than 10,000')
    """
    one, other = (rounded(ratio) if ratio < _COUNTLESS else f"more than {_COUNTLESS:,}" for ratio in (low, high))
    return one if one == other else f"{one} to {other}"


def _hall(summary: ComparisonSummary) -> WideTable:
    columns = numbers("value", "difference", "(interval)", "in %") + words("verdict")
    table = WideTable(labels("measure") + names("plan"), columns, "The hall")
    days = "days" if summary.base.has_hours else "runs"
    baseline = summary.names[summary.baseline]
    for measure in COMPARED:
        found = [one for one in (summary.find(plan, measure) for plan in summary.others) if one is not None]
        if not found:
            continue
        label = f"{DEFINITIONS[measure].label}, {measured_in_words(measure, summary.base.has_hours)}"
        if all(one.value == 0 == one.baseline for one in found):
            table.add_row(label, "every plan", "0", style="dim")
            continue
        table.add_row(label, f"{baseline} (baseline)", number(measure, found[0].baseline))
        for one in found:
            interval = "" if one.verdict == NOT_JUDGED else _interval(one)
            table.add_row("", one.plan, number(measure, one.value), signed(measure, one.difference), interval, _relative(one), _verdict(one, days))
    return table


def _interval(one: Difference) -> str:
    return "–" if math.isnan(one.low) else f"({signed(one.measure, one.low)} to {signed(one.measure, one.high)})"


def _relative(one: Difference) -> str:
    """The difference in per cent of the baseline; empty for a share, which is in per cent already."""
    if math.isnan(one.ratio) or DEFINITIONS[one.measure].measured_in == "fraction":
        return ""
    text = f"{100.0 * (one.ratio - 1.0):+,.0f}"
    return "0" if text in ("+0", "-0") else text.replace("-", "−")


def _verdict(one: Difference, days: str) -> str:
    if one.verdict == NOT_JUDGED:
        return "" if one.difference == 0 else COSTS_MORE if one.difference > 0 else SAVES
    if math.isnan(one.difference):
        return "nothing to compare"
    more = f": ~{rounded(one.more_days)} more {days if one.more_days > 1 else days.removesuffix('s')}" if one.verdict == CANNOT_TELL and one.more_days else ""
    return f"{SIGNS[one.verdict]} {one.verdict}{more}".lstrip()


def _differing(summary: ComparisonSummary) -> WideTable | None:
    """The units and classes of citizens for which a plan is better or worse, with a row for each such plan and a column for each measure."""
    places = [(unit.unit, "", unit.name) for unit in summary.differing_units()] if len(summary.base.units) > 1 else []
    places += [("", name, f"{name} citizens") for name in summary.classes]
    measures = [measure for measure in COMPARED if measure != "time_in_hall_mean" and _is_anything(summary, measure, places)]
    columns = numbers(*(DEFINITIONS[measure].label for measure in measures))
    table = WideTable(names("where", "plan"), columns, "Where plans differ: difference from the baseline")
    table.add_row("", "", *(measured_in_words(measure, summary.base.has_hours, difference=True) for measure in measures), style="dim")
    for unit, citizen_class, name in places:
        label = name
        for plan in summary.others:
            if summary.at(plan, unit, citizen_class).for_it:
                cells = [_cell(summary.find(plan, measure, unit, citizen_class)) for measure in measures]
                table.add_row(label, plan, *cells)
                label = ""
    return table if len(table.rows) > 1 else None


def _is_anything(summary: ComparisonSummary, measure: str, places: Sequence[tuple[str, str, str]]) -> bool:
    """Whether a measure is not 0 somewhere under some plan, and so worth a column."""
    found = (summary.find(plan, measure, unit, citizen_class) for unit, citizen_class, _ in places for plan in summary.others)
    return any(one is not None and not (one.value == 0 == one.baseline) for one in found)


def _cell(one: Difference | None) -> str:
    if one is None or math.isnan(one.difference):
        return "–  "
    return f"{signed(one.measure, one.difference)} {SIGNS[one.verdict] or ' '}"
