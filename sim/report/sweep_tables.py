"""A sweep as what `sim sweep` prints: one variable as a table with a row for each value, two as a grid; then what was found."""

from __future__ import annotations

import math
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.summary import Summary
from sim.analysis.sweep_summary import SweepSummary
from sim.analysis.target import Verdict
from sim.report.comparison_words import number
from sim.report.sweep_words import days, sentence, target_words, unit_of, value_and_interval
from sim.report.table import NOTHING

SIGNS: Final = {Verdict.KEPT: "✓", Verdict.UNKNOWN: "?", Verdict.MISSED: "✗", None: ""}
"""The sign of each verdict, the same in tables and figures."""

_ACROSS: Final = 14
"""So many columns of a grid stand beside each other."""
_BESIDE: Final = (("waiting_time_mean", "mean wait"), ("waiting_time_p90", "P90 wait"), ("hours_on_duty", "officer-hours"))


def sweep_tables(sweep: SweepSummary) -> RenderableType:
    """The table or grid, the sentence, and how to read them."""
    count = len(sweep.points)
    title = f"{sweep.base.scenario}: {sweep.place or 'the hall'}, {days(sweep.base)} at {'the one point' if count == 1 else f'each of {count} points'}"
    tables = [_rows(sweep)] if len(sweep.variables) == 1 else _grid(sweep)
    return Group(Text(title, style="bold"), *tables, "", Text(sentence(sweep)), Text(note(sweep)))


def note(sweep: SweepSummary) -> str:
    """How to read the numbers: same citizens, chance only, and the signs."""
    text = f"Every point meets the citizens of the same {days(sweep.base)}. ( ): 95 % intervals, chance only."
    return f"{text} {_signs()}" if any(sweep.targets) else text


def _signs() -> str:
    return f"{SIGNS[Verdict.KEPT]} target kept by the whole interval, {SIGNS[Verdict.MISSED]} missed by it, {SIGNS[Verdict.UNKNOWN]} cannot tell yet."


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))


def _rows(sweep: SweepSummary) -> Table:
    variable, targeted = sweep.variables[0], any(sweep.targets)
    beside = [(measure, heading) for measure, heading in _BESIDE if measure != sweep.measure]
    table = _table()
    table.add_column(variable.path, justify="right" if variable.numbers else "left", overflow="fold")
    table.add_column(DEFINITIONS[sweep.measure].label, justify="right", no_wrap=True)
    if targeted:
        table.add_column(target_words(sweep.target), no_wrap=True)
    for _, heading in beside:
        table.add_column(heading, justify="right", no_wrap=True)
    units = [unit_of(measure).replace("h a day", "a day") for measure, _ in beside]
    if not sweep.base.has_hours:
        units = [unit.replace("a day", "a run") for unit in units]
    table.add_row("", f"{unit_of(sweep.measure)} (interval)", *([""] if targeted else []), *units, style="dim")
    for value, row, verdict, summary in zip(variable.values, sweep.rows, sweep.verdicts, sweep.summaries, strict=True):
        said = [f"{SIGNS[verdict]} {verdict}" if verdict else NOTHING] if targeted else []
        table.add_row(value, value_and_interval(row, unit=False), *said, *(_beside(summary, measure, sweep.unit) for measure, _ in beside))
    return table


def _beside(summary: Summary, measure: str, unit: str) -> str:
    """A number of another measure; a dash where it is not defined, as hours on duty of unlimited counters."""
    try:
        return number(measure, summary.get(measure, unit).value)
    except KeyError:
        return NOTHING


def _grid(sweep: SweepSummary) -> list[RenderableType]:
    """A cell for each point: the first variable down, the second across, in blocks that fit on a page."""
    down, across = sweep.variables
    target = f", {target_words(sweep.target)}" if any(sweep.targets) else ""
    blocks: list[RenderableType] = [
        Text(f"{DEFINITIONS[sweep.measure].label}, {unit_of(sweep.measure)}{target}; {down.path} down, {across.path} across", style="dim")
    ]
    for start in range(0, len(across.values), _ACROSS):
        columns = slice(start, start + _ACROSS)
        table = _table()
        table.add_column("", justify="right", overflow="fold")
        for value in across.values[columns]:
            table.add_column(value, justify="right", overflow="fold")
        for index, value in enumerate(down.values):
            table.add_row(value, *(_cell(sweep, point) for point in sweep.along(1, index)[columns]))
        blocks += [""] * (start > 0) + [table]
    return blocks


def _cell(sweep: SweepSummary, point: int) -> str:
    row = sweep.rows[point]
    return NOTHING if math.isnan(row.value) else f"{number(row.measure, row.value)} {SIGNS[sweep.verdicts[point]]}".rstrip()
