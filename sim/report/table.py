"""A summary as the tables and sentences that `sim run` prints."""

from __future__ import annotations

import math
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from sim.analysis.summary import Row, Summary, UnitLabel
from sim.analysis.target import Verdict, staffed_verdicts, units_counted
from sim.analysis.wording import NOTHING, between, few_days, number
from sim.clock import MINUTE, format_clock
from sim.report.measures_file import interval_text
from sim.report.wide_table import WideTable, names, numbers
from sim.words import counted, given, measured, percent

_NOTE: Final = "± and [ ]: 95 % intervals, chance only. P90: nine in ten of the served waited no longer."
_NAMED: Final = 4
"""The most units named as missing their target. The table holds all of them."""

_ENDS: Final = {
    "citizens_abandoned": "give up waiting",
    "citizens_left_over": "are left over at closing",
    "citizens_refused_full": "are turned away (full)",
    "citizens_refused_late": "are refused (too late)",
    "citizens_still_inside": "are still inside",
}
"""What becomes of citizens who are not served, in words."""


def run_tables(summary: Summary) -> RenderableType:
    """Who is not served and which targets are kept, the table of units, the lines on the hall, and the line on the worst unit."""
    days = counted(summary.replications, "day" if summary.has_hours else "run")
    head = Text(f"{summary.title}: {days}", style="bold")
    first = [Text(line) for line in (lost(summary), targets(summary), few_days(summary.replications, summary.has_hours)) if line]
    return Group(head, *first, "", _units(summary), *_shared(summary), "", *_hall(summary), "", worst_unit(summary), _NOTE)


def lost(summary: Summary) -> str:
    """How many citizens come, how many of them are served at every stop, and what becomes of the others."""
    come, served = (summary.get(measure).value for measure in ("citizens", "citizens_served"))
    ends = [f"{_plain(row)} {words}" for measure, words in _ENDS.items() if (row := summary.get(measure)).value > 0]
    who = f"{measured(come)} citizens {'a day' if summary.has_hours else 'a run'}"
    if not ends:
        return f"All {who} are served." if come > 0 else "Nobody comes."
    return f"Of {who} {ends[0]}." if len(ends) == 1 else f"Of {who} {measured(come - served)} are not served: {', '.join(ends)}."


def targets(summary: Summary) -> str:
    """How many units keep the target, miss it (with their names), or cannot be judged yet. Empty without targets."""
    said = staffed_verdicts(summary)
    if not said:
        return ""
    if len(said) == 1:
        (told,) = said.values()
        return "Whether the target is kept, one cannot tell yet." if told is Verdict.UNKNOWN else f"The target is {told}."
    kept, missed, unknown = (sum(one is kind for one in said.values()) for kind in (Verdict.KEPT, Verdict.MISSED, Verdict.UNKNOWN))
    clauses = [f"kept for certain at {kept} of {len(said)} {units_counted(summary)}"]
    if missed:
        names = [unit.name for unit in summary.units if said.get(unit.unit) is Verdict.MISSED]
        clauses.append(f"missed at {missed} ({', '.join(names[:_NAMED])}{', …' if missed > _NAMED else ''})")
    if unknown:
        clauses.append(f"at {unknown} one cannot tell yet")
    return f"Target {', '.join(clauses)}."


def _units(summary: Summary) -> WideTable:
    columns = numbers("tickets", "mean wait", "median", "P90", "within target", "abandoned", "left over", "utilisation", "overtime")
    table = WideTable(names("unit"), columns)
    each = "a day" if summary.has_hours else "a run"
    table.add_row("", each, "min", "min", "min", "", each, each, "", f"min {each}", style="dim")
    for unit in summary.units:
        table.add_row(*_unit_row(summary, unit))
    return table


def _shared(summary: Summary) -> list[Text]:
    """The units that share counters and so have one utilisation."""
    names = {unit.unit: unit.name for unit in summary.units}
    return [Text(f"{' and '.join(names[unit] for unit in group.units)} share counters: the utilisation is that of all of them.") for group in summary.groups]


def _unit_row(summary: Summary, unit: UnitLabel) -> list[str]:
    def get(measure: str) -> Row:
        return summary.get(measure, unit.unit)

    cells = [unit.name, _plain(get("tickets"))]
    if unit.unlimited:
        return [*cells, *[NOTHING] * 6, "unlimited", NOTHING]
    return [
        *cells,
        _with_half_width(get("waiting_time_mean")),
        _plain(get("waiting_time_median")),
        _plain(get("waiting_time_p90")),
        _share_with_interval(get("share_within_target")) if not math.isnan(unit.target_share) else NOTHING,
        _plain(get("abandoned")),
        _plain(get("left_over")),
        percent(group.all_day if (group := summary.group_of(unit.unit)) else get("utilisation").value),
        _plain(get("overtime")),
    ]


def _hall(summary: Summary) -> list[str]:
    get = summary.get
    seats = ""
    if summary.seats is not None:
        too_few = 1.0 - get("days_seats_suffice").value
        seats = f" against {summary.seats} seats, {f'too few on {percent(too_few)} of days' if too_few else 'enough on every day'}"
    lines = [
        f"Hall: {_with_half_width(get('time_in_hall_mean'))} min in the hall ({_with_half_width(get('total_wait_mean'))} of them waiting); "
        f"most people inside {_with_half_width(get('most_inside'))}{seats}."
    ]
    if summary.has_hours:
        lines.append(f"The last citizen leaves at {format_clock(round(get('last_citizen_leaves').value) * MINUTE)} on average.")
    return lines


def worst_unit(summary: Summary) -> str:
    """One line on the unit furthest below its target, or with the longest P90 wait if there are no targets, and when it is worst.

    All tickets taken count, even if nobody was served.
    """
    judged = [unit for unit in summary.units if not unit.unlimited and summary.get("tickets", unit.unit).value > 0]
    if not judged:
        return "Nobody took a ticket at a counter."
    with_target = [unit for unit in judged if not math.isnan(unit.target_share) and not math.isnan(_within(summary, unit).value)]
    if with_target:
        worst = min(with_target, key=lambda unit: _within(summary, unit).value - unit.target_share)
        share = _within(summary, worst)
        line = f"Worst unit: {worst.name}, {percent(share.value)} within {given(worst.target_minutes)} min (target {given(100 * worst.target_share)} %)"
        times = [row for row in _over_day(summary, "share_within_target", worst) if not math.isnan(row.value)]
        if times and share.value < 1.0:
            low = min(times, key=lambda row: row.value)
            line += f"; worst for tickets taken {interval_text(summary, low.interval)}: {percent(low.value)}"
            line += _longest(summary.get("waiting_time_p90", worst.unit, interval=low.interval))
        return line + "."
    worst = max(judged, key=lambda unit: _p90(summary.get("waiting_time_p90", unit.unit)))
    line = f"Worst unit: {worst.name}{_longest(summary.get('waiting_time_p90', worst.unit))}"
    times = [row for row in _over_day(summary, "waiting_time_p90", worst) if row.value > 0]
    if times:
        peak = max(times, key=lambda row: row.value)
        line += f"; worst for tickets taken {interval_text(summary, peak.interval)}{_longest(peak)}"
    return line + "."


def _within(summary: Summary, unit: UnitLabel) -> Row:
    return summary.get("share_within_target", unit.unit)


def _over_day(summary: Summary, measure: str, unit: UnitLabel) -> list[Row]:
    return summary.over_day(measure, unit.unit) if summary.has_hours else []


def _p90(row: Row) -> float:
    """The P90 wait for ranking. It counts as infinite if tickets were taken and nobody was served."""
    return math.inf if math.isnan(row.value) else row.value


def _longest(row: Row) -> str:
    """The P90 wait of a place, in words."""
    if math.isnan(row.value):
        return ", nobody is served"
    return f", P90 wait {_plain(row)} min" if row.value >= 0.05 else ""


def _plain(row: Row) -> str:
    return number(row.measure, row.value)


def _with_half_width(row: Row) -> str:
    return _plain(row) if math.isnan(row.half_width) else f"{_plain(row)} ± {measured(row.half_width)}"


def _share_with_interval(row: Row) -> str:
    return percent(row.value) if math.isnan(row.low) else f"{percent(row.value)} [{between(row.measure, row.low, row.high)}]"
