"""A sweep as sweep.json (the measures of the unit, units or hall that is judged, for programs) and sweep.csv (every measure, for spreadsheets)."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any, Final

from sim.analysis.definitions import DEFINITIONS, measured_in
from sim.analysis.intervals import LEVEL
from sim.analysis.summary import Row
from sim.analysis.sweep_summary import SweepSummary, Target
from sim.report.sweep_words import sentence

FORMAT_VERSION: Final = 1

CSV_COLUMNS: Final = ("measure", "unit", "service", "class", "value", "low", "high", "unit_of_measure", "replications")
"""The columns of sweep.csv after those of the variables, whose headings are their paths."""


def as_dict(sweep: SweepSummary) -> dict[str, Any]:
    """A sweep as plain values; NaN becomes None."""
    measures = {row.measure for summary in sweep.summaries for row in summary if _is_at(row, sweep)}
    return {
        "format": "mpp-sim sweep",
        "version": FORMAT_VERSION,
        "scenario": sweep.base.scenario,
        "title": sweep.base.title,
        "replications": sweep.base.replications,
        "confidence_level": LEVEL,
        "intervals_cover": "chance only",
        "variables": [{"path": variable.path, "values": list(variable.values)} for variable in sweep.variables],
        "measure": sweep.measure,
        "unit": sweep.unit,
        "together": list(sweep.together),
        "found": sentence(sweep),
        "definitions": {name: definition._asdict() for name, definition in DEFINITIONS.items() if name in measures},
        "points": [
            {
                "values": {variable.path: value for variable, value in zip(sweep.variables, point, strict=True)},
                "target": _target(target),
                "verdict": None if verdict is None else str(verdict),
                "measures": {
                    row.measure: _interval(row)
                    for row in summary
                    if _is_at(row, sweep)
                },
                **({"shares_within_target": {row.unit: _interval(row) for row in sweep.of_units(index)}} if sweep.together else {}),
            }
            for index, (point, target, verdict, summary) in enumerate(zip(sweep.points, sweep.targets, sweep.verdicts, sweep.summaries, strict=True))
        ],
    }


def as_json(sweep: SweepSummary) -> str:
    """A sweep as JSON text."""
    return json.dumps(as_dict(sweep), ensure_ascii=False, allow_nan=False)


def as_csv(sweep: SweepSummary) -> str:
    """A sweep as CSV text: a row for each measure of each part of the hall at each point; write it with the encoding ``utf-8-sig`` for Excel."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(variable.path for variable in sweep.variables), *CSV_COLUMNS])
    for point, summary in zip(sweep.points, sweep.summaries, strict=True):
        for row in summary:
            if row.interval < 0:
                numbers = ["" if math.isnan(number) else repr(number) for number in (row.value, row.low, row.high)]
                unit = measured_in(row.measure, summary.has_hours)
                writer.writerow([*point, row.measure, row.unit, row.service, row.citizen_class, *numbers, unit, row.replications])
    return text.getvalue()


def _interval(row: Row) -> dict[str, float | None]:
    return {"value": _number(row.value), "low": _number(row.low), "high": _number(row.high)}


def _is_at(row: Row, sweep: SweepSummary) -> bool:
    return row[1:5] == ("" if sweep.together else sweep.unit, "", "", -1)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _target(target: Target | None) -> dict[str, float | None] | None:
    return None if target is None else {"share": target.share, "minutes": _number(target.minutes)}
