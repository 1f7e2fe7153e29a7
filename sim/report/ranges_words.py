"""Results over the ranges of the assumptions, as sentences and a table: uncertain inputs beside chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.text import Text

from sim.analysis.comparison import BETTER, NO_DIFFERENCE, WORSE, Difference
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.definitions import DEFINITIONS, HIGH_IS_GOOD
from sim.analysis.spread import Spread
from sim.analysis.summary import Summary
from sim.analysis.target import units_counted
from sim.analysis.wording import NOTHING, measured_in_words, number, signed
from sim.experiment.ranges import Spreads, Wanted
from sim.report.comparison_words import other_hall
from sim.report.wide_table import WideTable, labels, names, numbers, words
from sim.words import counted

_MOST_HELD: Final = 12


def run_over_ranges_tables(summary: Summary, spreads: Spreads, days: int) -> RenderableType:
    """A run over its ranges: the hall's mean wait in words, a table of the other results, what did not vary, and how to read it."""
    first, *others = spreads.items()
    lines: list[RenderableType] = ["", Text(run_sentence(summary, first[0], first[1]))]
    if others:
        lines += ["", _run_table(summary, dict(others)), ""]
    return Group(*lines, *map(Text, _notes(first[1], days, summary.has_hours)))


def run_sentence(summary: Summary, wanted: Wanted, spread: Spread) -> str:
    """One result over the ranges: its span, where eight in ten samples lie, and which assumption matters most."""
    unit = measured_in_words(wanted.measure, summary.has_hours)
    samples = _over_ranges(spread)
    if math.isnan(spread.lowest):
        return f"{samples}: nothing was counted."
    low, high = spread.eight_in_ten
    values = [number(wanted.measure, value) for value in (spread.lowest, spread.highest, low, high)]
    return f"{samples}: {DEFINITIONS[wanted.measure].label} {values[0]} to {values[1]} {unit} (8 in 10 between {values[2]} and {values[3]}; {number(wanted.measure, spread.as_it_stands)} as it stands); {matters(spread)}."


def matters(spread: Spread) -> str:
    """Which assumption matters most, or that none stands out because chance alone could give the strongest correlation."""
    found = spread.importance()
    if spread.lowest == spread.highest:
        return "no assumption changes it"
    if not found:
        return "too few samples to tell which assumption matters"
    if spread.matters_most:
        return f"the assumption that matters most: {found[0].path} (rank correlation {_rank(found[0].rank)})"
    return (
        f"no single assumption stands out (the strongest, {found[0].path}, has a rank correlation of {_rank(found[0].rank)}; "
        f"with this number of assumptions and samples chance alone may give {spread.by_chance:.2f})"
    )


def compare_over_ranges_tables(comparison: ComparisonSummary, spreads: Spreads, days: int) -> RenderableType:
    """A comparison over the ranges: a sentence for each plan, a table beside the intervals by chance, what did not vary, how to read it."""
    first = next(iter(spreads.values()))
    lines = [Text.assemble((f"  {plan}: ", "bold"), said) for plan, said in _sentences(comparison, spreads)]
    head = Text(_over_ranges(first), style="bold")
    targets = _targets_table(comparison, spreads)
    tables: list[RenderableType] = [_compare_table(comparison, spreads), ""]
    if targets.rows:
        tables += [targets, ""]
    return Group("", head, *lines, "", *tables, *map(Text, _notes(first, days, comparison.base.has_hours)))


def compare_over_ranges_text(comparison: ComparisonSummary, spreads: Spreads, days: int) -> str:
    """The same without the table: what varied, a line for each plan, and how to read it."""
    first = next(iter(spreads.values()))
    lines = [f"{plan}: {said}" for plan, said in _sentences(comparison, spreads)]
    return "\n".join([f"{_over_ranges(first)}:", *lines, *_notes(first, days, comparison.base.has_hours)]) + "\n"


def _over_ranges(spread: Spread) -> str:
    return f"Over the ranges of {counted(len(spread.ranges), 'assumption')} ({len(spread.values)} samples)"


def _sentences(comparison: ComparisonSummary, spreads: Spreads) -> Iterator[tuple[str, str]]:
    for plan in comparison.others:
        yield plan, compare_sentence(comparison, {one: spread for one, spread in spreads.items() if one.plan == plan and not one.itself}) + _keeps(comparison, spreads, plan)


def _keeps(comparison: ComparisonSummary, spreads: Spreads, plan: str) -> str:
    """The share of samples in which a plan's estimates keep the target of every unit, in words; empty if no unit has a target."""
    kept = _kept(comparison, spreads, plan)
    if not kept:
        return ""
    units = units_counted(comparison.base)
    all_of = f"at all {len(kept)} {units}" if len(kept) > 1 else "of its unit"
    return f" It keeps the target {all_of} in {_percent(float(np.logical_and.reduce(list(kept.values())).mean()))} of the samples."


def _kept(comparison: ComparisonSummary, spreads: Spreads, plan: str) -> dict[str, NDArray[np.bool_]]:
    """The samples in which a plan keeps the target, by unit. A unit where nobody took a ticket keeps it."""
    shares = {unit.unit: unit.target_share for unit in comparison.summary_of(plan).units}
    return {one.unit: ~(spread.values < shares[one.unit]) for one, spread in spreads.items() if one.itself and one.plan == plan}


def _targets_table(comparison: ComparisonSummary, spreads: Spreads) -> WideTable:
    """The share of samples in which the target is kept, by unit and plan. The last row is for all units at once."""
    kept = {plan: _kept(comparison, spreads, plan) for plan in comparison.names}
    table = WideTable(names("target kept, in % of the samples"), words(*comparison.names, right=True))
    for unit in comparison.base.units:
        if any(unit.unit in of_plan for of_plan in kept.values()):
            table.add_row(unit.name, *(f"{100 * float(of_plan[unit.unit].mean()):.0f}" if unit.unit in of_plan else NOTHING for of_plan in kept.values()))
    if len(table.rows) > 1:
        together = (f"{100 * float(np.logical_and.reduce(list(of_plan.values())).mean()):.0f}" if of_plan else NOTHING for of_plan in kept.values())
        table.add_row("all of them", *together)
    return table


def compare_sentence(comparison: ComparisonSummary, of_plan: Spreads) -> str:
    """The share of samples in which a plan stays better (or worse) at the place where it differs most, or in the hall if it differs nowhere."""
    places = list(of_plan.items())
    wanted, spread = next(((one, spread) for one, spread in places if one.unit), places[0])
    found = comparison.find(wanted.plan, wanted.measure, wanted.unit)
    assert found is not None
    place = _place(comparison.base, wanted.unit) + ("" if wanted.unit else other_hall(comparison, wanted.plan))
    label = DEFINITIONS[wanted.measure].label
    low, high = spread.eight_in_ten
    unit = measured_in_words(wanted.measure, comparison.base.has_hours, difference=True)
    if not len(spread.counted):
        return f"nothing was counted {place}."
    share, word = stays(found, comparison.smallest[wanted.measure], spread)
    said = f"in {_percent(share)} of the samples {'it stays ' if found.verdict in (BETTER, WORSE) else ''}{word} {place}"
    on_these = f", and {signed(wanted.measure, spread.as_it_stands)} on the days of the samples" if spread.as_it_stands != found.difference else ""
    interval = "no interval" if math.isnan(found.low) else f"{signed(wanted.measure, found.low)} to {signed(wanted.measure, found.high)} by chance"
    return (
        f"{said} ({label} {signed(wanted.measure, low)} to {signed(wanted.measure, high)} {unit} in 8 of 10 samples; "
        f"as it stands {signed(wanted.measure, found.difference)}, {interval}{on_these}); "
        f"{matters(spread)}."
    )


def stays(found: Difference, smallest: float, spread: Spread) -> tuple[float, str]:
    """The share of samples that give the same verdict as the file's own values, and that verdict.

    *Better* and *worse* stay when the difference keeps its sign; *no difference that matters* stays when the difference is below the
    smallest that matters. Where one cannot tell yet, the share is that of samples in which the plan is better.
    """
    values = spread.counted
    if found.verdict == NO_DIFFERENCE:
        return float((abs(values) < smallest).mean()), NO_DIFFERENCE
    gain = values if found.measure in HIGH_IS_GOOD else -values
    return (float((gain < 0).mean()), WORSE) if found.verdict == WORSE else (float((gain > 0).mean()), BETTER)


def _run_table(summary: Summary, spreads: Spreads) -> WideTable:
    columns = numbers("as it stands", "lowest", "8 in 10", "highest", "target kept") + words("matters most")
    table = WideTable(names("over the ranges") + labels("measure"), columns)
    targets = {unit.unit: unit.target_share for unit in summary.units}
    places = {unit.unit: unit.name for unit in summary.units}
    for wanted, spread in spreads.items():
        span = " to ".join(number(wanted.measure, value) for value in spread.eight_in_ten) if len(spread.counted) else "–"
        target = targets.get(wanted.unit, math.nan)
        kept = f"in {_percent(spread.share(target))}" if wanted.measure == "share_within_target" and len(spread.counted) and not math.isnan(target) else ""
        label = f"{DEFINITIONS[wanted.measure].label}, {measured_in_words(wanted.measure, summary.has_hours)}"
        table.add_row(
            places.get(wanted.unit, "the hall"), label, number(wanted.measure, spread.as_it_stands), number(wanted.measure, spread.lowest), span,
            number(wanted.measure, spread.highest), kept, _most(spread),
        )  # fmt: skip
    return table


def _compare_table(comparison: ComparisonSummary, spreads: Spreads) -> WideTable:
    columns = numbers("by chance", "as it stands", "over the ranges") + labels("stays") + words("matters most")
    table = WideTable(names("plan", "where") + labels("measure"), columns)
    for wanted, spread in spreads.items():
        if wanted.itself:
            continue
        found = comparison.find(wanted.plan, wanted.measure, wanted.unit)
        assert found is not None
        low, high = (signed(wanted.measure, value) for value in spread.eight_in_ten)
        chance = "–" if math.isnan(found.low) else f"{signed(wanted.measure, found.low)} to {signed(wanted.measure, found.high)}"
        share, word = stays(found, comparison.smallest[wanted.measure], spread) if len(spread.counted) else (math.nan, "")
        name = next((unit.name for unit in comparison.base.units if unit.unit == wanted.unit), "the hall")
        label = f"{DEFINITIONS[wanted.measure].label}, {measured_in_words(wanted.measure, comparison.base.has_hours, difference=True)}"
        table.add_row(wanted.plan, name, label, chance, signed(wanted.measure, spread.as_it_stands), f"{low} to {high}", f"{word.removesuffix(' that matters')} in {_percent(share)}" if word else "", _most(spread))
    return table


def _most(spread: Spread) -> str:
    if spread.matters_most:
        return f"{spread.matters_most.path} ({_rank(spread.matters_most.rank)})"
    return "" if math.isnan(spread.lowest) else "none changes it" if spread.lowest == spread.highest else "none stands out"


def _notes(spread: Spread, days: int, has_hours: bool) -> Iterator[str]:
    noun = "day" if has_hours else "run"
    yield (
        f"Each sample, and what stands unchanged, was simulated on the same {counted(days, noun)}. A range is what is not known about an input; "
        "it is not in the intervals, which cover chance only."
    )
    if spread.held:
        rest = len(spread.held) - _MOST_HELD
        more = f" and {rest} more (the JSON file lists all)" if rest > 0 else ""
        yield f"Held, since whoever plans decides {'it' if len(spread.held) == 1 else 'them'}: {', '.join(spread.held[:_MOST_HELD])}{more}."


def _place(summary: Summary, unit: str) -> str:
    name = next((one.name for one in summary.units if one.unit == unit), "")
    return f"at {name}" if name else "for the hall as a whole"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _rank(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
