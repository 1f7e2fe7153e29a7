"""A comparison as comparison.json (everything, for programs) and comparison.csv (tidy, for spreadsheets)."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any, Final

from sim.analysis.comparison import COMPARED, Difference
from sim.analysis.comparison_summary import ComparisonSummary
from sim.analysis.definitions import DEFINITIONS, measured_in
from sim.analysis.intervals import LEVEL
from sim.report.comparison_words import sentence

FORMAT_VERSION: Final = 1

CSV_COLUMNS: Final = (
    "plan", "measure", "unit", "class", "baseline", "value", "difference", "low", "high", "unit_of_measure", "ratio", "ratio_low", "ratio_high",
    "verdict", "more_days", "variance_ratio", "replications",
)  # fmt: skip
_NUMBERS: Final = ("baseline", "value", "difference", "low", "high", "ratio", "ratio_low", "ratio_high", "variance_ratio")


def as_dict(summary: ComparisonSummary) -> dict[str, Any]:
    """A comparison as plain values. NaN and infinity become None."""
    sentences = {plan: sentence(summary, plan) for plan in summary.others}
    return {
        "format": "mpp-sim comparison",
        "version": FORMAT_VERSION,
        "title": summary.base.title,
        "baseline": summary.names[summary.baseline],
        "replications": summary.base.replications,
        "confidence_level": LEVEL,
        "intervals_cover": "chance only",
        "intervals_hold_together_for": len(summary.others),
        "plans": [
            {"plan": name, "scenario": plan.scenario, "same_citizens": same, "verdict": sentences.get(name)}
            for name, plan, same in zip(summary.names, summary.summaries, summary.same_citizens, strict=True)
        ],
        "smallest_that_matters": dict(summary.smallest),
        "definitions": {measure: DEFINITIONS[measure]._asdict() for measure in COMPARED},
        "differences": [_row(one) for one in summary.differences],
    }


def as_json(summary: ComparisonSummary, over_ranges: dict[str, Any] | None = None) -> str:
    """A comparison as JSON text, with what `sim.report.ranges_file` makes of its ranges."""
    ranges = {} if over_ranges is None else {"over_ranges": over_ranges}
    return json.dumps({**as_dict(summary), **ranges}, ensure_ascii=False, allow_nan=False)


def as_csv(summary: ComparisonSummary) -> str:
    """A comparison as CSV text: a row for each difference, empty where there is no number; write it with the encoding ``utf-8-sig`` for Excel."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS)
    writer.writeheader()
    for one in summary.differences:
        row = _row(one) | {"unit_of_measure": measured_in(one.measure, summary.base.has_hours), "replications": summary.base.replications}
        writer.writerow({name: "" if value is None else repr(value) if name in _NUMBERS else value for name, value in row.items()})
    return text.getvalue()


def _row(one: Difference) -> dict[str, Any]:
    numbers = {name: getattr(one, name) for name in _NUMBERS}
    finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    return {
        "plan": one.plan,
        "measure": one.measure,
        "unit": one.scope.unit,
        "class": one.scope.citizen_class,
        **{name: finite[name] for name in _NUMBERS[:-1]},
        "verdict": one.verdict,
        "more_days": one.more_days,
        "variance_ratio": finite["variance_ratio"],
    }
