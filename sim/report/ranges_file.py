"""Results over the ranges of the assumptions, for measures.json and comparison.json, and as over_ranges.csv, for spreadsheets."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

from sim.analysis.definitions import measured_in
from sim.analysis.spread import Range
from sim.experiment.ranges import Spreads


def as_dict(spreads: Spreads, days: int) -> dict[str, Any]:
    """Results over ranges as plain values; NaN becomes None. The ``values`` of ranges and of results are by sample."""
    first = next(iter(spreads.values()))
    return {
        "samples": len(first.values),
        "replications_of_a_sample": days,
        "ranges": [_range(one, shares) for one, shares in zip(first.ranges, first.samples.T.tolist(), strict=True)],
        "held": list(first.held),
        "results": [
            {
                "measure": wanted.measure,
                "unit": wanted.unit,
                **({"plan": wanted.plan, "itself": wanted.itself} if wanted.plan else {}),
                "values": [_plain(float(value)) for value in spread.values],
                "as_it_stands": _plain(spread.as_it_stands),
                "lowest": _plain(spread.lowest),
                "p10": _plain(spread.eight_in_ten[0]),
                "p90": _plain(spread.eight_in_ten[1]),
                "highest": _plain(spread.highest),
                "rank_correlations": {one.path: one.rank for one in spread.importance()},
                "rank_correlation_by_chance": spread.by_chance,
                "matters_most": spread.matters_most.path if spread.matters_most else None,
            }
            for wanted, spread in spreads.items()
        ],
    }


def as_csv(spreads: Spreads, has_hours: bool) -> str:
    """A row for each sample: the values of the assumptions, then the results.

    The results of a comparison are the differences from the baseline, and each plan's own shares within target.

    A heading is a path and, in brackets, what its values are measured in. An assumption has its path in the scenario; the path of a
    result is plan, unit and measure. Write it with the encoding ``utf-8-sig`` for Excel.
    """
    first = next(iter(spreads.values()))
    columns: dict[str, list[str]] = {}
    for one, shares in zip(first.ranges, first.samples.T.tolist(), strict=True):
        columns[f"{one.path} [{one.unit}]" if one.unit else one.path] = [f"{one.number(share):.9g}" for share in shares]
    for wanted, spread in spreads.items():
        path = ".".join(step for step in (wanted.plan, wanted.unit, wanted.measure) if step)
        path += " itself" if wanted.itself else ""
        columns[f"{path} [{measured_in(wanted.measure, has_hours)}]"] = ["" if math.isnan(value) else repr(value) for value in spread.values.tolist()]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["sample", *columns])
    writer.writerows([number, *row] for number, row in enumerate(zip(*columns.values(), strict=True), 1))
    return text.getvalue()


def _range(one: Range, shares: Sequence[float]) -> dict[str, Any]:
    lowest = one.at(0.0)
    highest = Range(one.path, one.high, one.high, one.unit, one.whole).at(0.0)
    return {"path": one.path, "low": lowest, "high": highest, "values": [one.at(share) for share in shares]}


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
