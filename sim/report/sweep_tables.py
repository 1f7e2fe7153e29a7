"""A sweep as what `sim sweep` prints: one variable as a table with a row for each value, two as a grid; then what was found."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.summary import Summary
from sim.analysis.sweep_summary import SweepSummary
from sim.analysis.target import Verdict
from sim.analysis.wording import NOTHING, few_days, measured_in_words, number
from sim.report.sweep_words import days, sentence, target_words, value_and_interval
from sim.report.wide_table import WideTable, labels, numbers, words
from sim.words import measured

_BESIDE: Final = (("waiting_time_mean", "mean wait"), ("waiting_time_p90", "P90 wait"), ("hours_on_duty", "officer-hours"))


def sweep_tables(sweep: SweepSummary) -> RenderableType:
    """The table or grid, the sentence, and how to read them."""
    table: RenderableType = _rows(sweep) if len(sweep.variables) == 1 else _grid(sweep)
    note = " ".join([*_notes(sweep), *([_signs()] if any(sweep.targets) else [])])
    return Group(Text(_title(sweep), style="bold"), table, "", Text(sentence(sweep)), *map(Text, _caution(sweep)), Text(note))


def verdict_text(sweep: SweepSummary) -> str:
    """What was found in words and how to read it, without a table: what was simulated, then a sentence a line."""
    return "\n".join([_title(sweep), sentence(sweep), *_caution(sweep), *_notes(sweep)]) + "\n"


def _title(sweep: SweepSummary) -> str:
    count = len(sweep.points)
    return f"{sweep.base.title}: {sweep.place or 'the hall'}, {days(sweep.base)} at {'the one point' if count == 1 else f'each of {count} points'}"


def _caution(sweep: SweepSummary) -> list[str]:
    """A warning line if the findings rest on few days."""
    return [line for line in [few_days(sweep.base.replications, sweep.base.has_hours)] if line]


def _notes(sweep: SweepSummary) -> tuple[str, str]:
    """How to read the numbers: same citizens, chance only."""
    return f"Every point meets the citizens of the same {days(sweep.base)}.", "( ): 95 % intervals, chance only."


def _signs() -> str:
    return f"{Verdict.KEPT.sign} target kept by the whole interval, {Verdict.MISSED.sign} missed by it, {Verdict.UNKNOWN.sign} cannot tell yet."


def _rows(sweep: SweepSummary) -> WideTable:
    variable, targeted = sweep.variables[0], any(sweep.targets)
    machine = any(unit.machine for unit in sweep.base.units if unit.unit == sweep.unit)
    headings = {**dict(_BESIDE), **({"hours_on_duty": "machine-hours"} if machine else {})}
    beside = [(measure, heading) for measure, heading in headings.items() if measure != sweep.measure]
    target = labels(target_words(sweep.target)) if targeted else []
    table = WideTable(
        words(variable.path, right=bool(variable.numbers)),
        numbers(DEFINITIONS[sweep.measure].label) + target + numbers(*(heading for _, heading in beside)),
    )
    has_hours = sweep.base.has_hours
    units = [measured_in_words(measure, has_hours).removeprefix("h ") for measure, _ in beside]
    table.add_row("", f"{measured_in_words(sweep.measure, has_hours)} (interval)", *([""] if targeted else []), *units, style="dim")
    for value, row, verdict, summary in zip(variable.values, sweep.rows, sweep.verdicts, sweep.summaries, strict=True):
        said = [f"{verdict.sign} {verdict}" if verdict else NOTHING] if targeted else []
        table.add_row(value, value_and_interval(row, unit=False), *said, *(_beside(summary, measure, sweep.unit) for measure, _ in beside))
    return table


def _beside(summary: Summary, measure: str, unit: str) -> str:
    """A number of another measure, or a dash if it is not defined, such as hours on duty of unlimited counters."""
    try:
        return number(measure, summary.get(measure, unit).value)
    except KeyError:
        return NOTHING


def _grid(sweep: SweepSummary) -> Group:
    """A cell for each point: the first variable down, the second across."""
    down, across = sweep.variables
    target = f", {target_words(sweep.target)}" if any(sweep.targets) else ""
    title = f"{DEFINITIONS[sweep.measure].label}, {measured_in_words(sweep.measure)}{target}; {down.path} down, {across.path} across"
    if sweep.together:
        title += f"; {' / '.join(unit.name for name in sweep.together for unit in sweep.base.units if unit.unit == name)}, by the targets of both"
    if sweep.costs_differ:
        title += f"; ( ): officer-hours of the hall {'a day' if sweep.base.has_hours else 'a run'}"
    table = WideTable(words("", right=True), words(*across.values, right=True))
    for index, value in enumerate(down.values):
        table.add_row(value, *(_cell(sweep, point) for point in sweep.along(1, index)))
    return Group(Text(title, style="dim"), table)


def _cell(sweep: SweepSummary, point: int) -> str:
    verdict = sweep.verdicts[point]
    numbers_there = " / ".join(number(row.measure, row.value) for row in sweep.of_units(point) or (sweep.rows[point],))
    hours = f"({measured(sweep.officer_hours(point))})" if sweep.costs_differ else ""
    return " ".join(part for part in (numbers_there, verdict.sign if verdict else "", hours) if part)
