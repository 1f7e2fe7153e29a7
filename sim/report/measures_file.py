"""A summary as measures.json (everything, for programs) and measures.csv (tidy, for spreadsheets)."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any, Final

from sim.analysis.definitions import DEFINITIONS, measured_in
from sim.analysis.intervals import LEVEL
from sim.analysis.summary import Row, Summary
from sim.clock import MINUTE, format_clock

FORMAT_VERSION: Final = 1

CSV_COLUMNS: Final = ("measure", "unit", "service", "class", "interval", "value", "low", "high", "unit_of_measure", "replications")


def interval_text(summary: Summary, interval: int) -> str:
    """An interval of the day as ``07:30-08:00``; empty for the whole day, in minutes for a system without opening hours."""
    if interval < 0:
        return ""
    start, end = summary.edges[interval], summary.edges[interval + 1]
    if not summary.has_hours:
        return f"{start:.10g}-{end:.10g} min"
    return f"{format_clock(round(start * MINUTE))}-{format_clock(round(end * MINUTE))}"


def as_dict(summary: Summary) -> dict[str, Any]:
    """A summary as plain values; NaN becomes None."""
    return {
        "format": "mpp-sim measures",
        "version": FORMAT_VERSION,
        "scenario": summary.scenario,
        "title": summary.title,
        "replications": summary.replications,
        "confidence_level": LEVEL,
        "intervals_cover": "chance only",
        "seats": summary.seats,
        "units": [
            {
                "unit": unit.unit,
                "name": unit.name,
                "floor": unit.floor,
                "target_share": _number(unit.target_share),
                "target_minutes": _number(unit.target_minutes),
                "unlimited": unit.unlimited,
                "machine": unit.machine,
            }
            for unit in summary.units
        ],
        "interval_edges_minutes": list(summary.edges),
        "definitions": {name: definition._asdict() for name, definition in DEFINITIONS.items()},
        "measures": [_row(summary, row) for row in summary.rows],
        "wait_quantiles_minutes": {
            "shares": [share / 200 for share in range(201)],
            "hall": list(summary.waits[""]),
            "units": {unit: list(quantiles) for unit, quantiles in summary.waits.items() if unit},
        },
    }


def as_json(summary: Summary, over_ranges: dict[str, Any] | None = None) -> str:
    """A summary as JSON text, with what `sim.report.ranges_file` makes of its ranges."""
    ranges = {} if over_ranges is None else {"over_ranges": over_ranges}
    return json.dumps({**as_dict(summary), **ranges}, ensure_ascii=False, allow_nan=False)


def as_csv(summary: Summary) -> str:
    """A summary as CSV text: one row for each number, empty where there is none; write it with the encoding ``utf-8-sig`` for Excel."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for row in summary.rows:
        numbers = ["" if math.isnan(number) else repr(number) for number in (row.value, row.low, row.high)]
        unit = measured_in(row.measure, summary.has_hours)
        writer.writerow([row.measure, row.unit, row.service, row.citizen_class, interval_text(summary, row.interval), *numbers, unit, row.replications])
    return text.getvalue()


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _row(summary: Summary, row: Row) -> dict[str, Any]:
    return {
        "measure": row.measure,
        "unit": row.unit,
        "service": row.service,
        "class": row.citizen_class,
        "interval": interval_text(summary, row.interval),
        "value": _number(row.value),
        "low": _number(row.low),
        "high": _number(row.high),
    }
