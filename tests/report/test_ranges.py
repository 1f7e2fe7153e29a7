"""Results over ranges in words and as files: what was counted nowhere, what changes nothing, what stands out."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from sim.analysis.spread import Range, Spread
from sim.experiment.ranges import Spreads, Wanted
from sim.report.ranges_file import as_csv, as_dict
from sim.report.ranges_words import matters, run_over_ranges_tables
from tests.figures.test_figures import NAN, build
from tests.report.test_wide_table import at

RANGES = (Range("units.u0.service_time", 4.0, 8.0, "min", False), Range("units.u0.skill", 1.0, 2.0, "", False))
SAMPLES = np.array([[k / 10, (7 * k % 10) / 10] for k in range(10)])


def spread(*values: float) -> Spread:
    """A result of ten samples, of which the first range rises steadily."""
    return Spread(RANGES, (), SAMPLES[: len(values)], np.array(values), values[0])


RISES, SAME, NOTHING = spread(*range(10)), spread(*[2.0] * 10), spread(*[NAN] * 10)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (RISES, "the assumption that matters most: units.u0.service_time (rank correlation 1.00)"),
        (SAME, "no assumption changes it"),
        (spread(1.0, 2.0), "too few samples to tell which assumption matters"),
        (spread(3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0), "no single assumption stands out (the strongest, "),
    ],
)
def test_which_assumption_matters(given: Spread, said: str) -> None:
    assert matters(given).startswith(said)


def test_the_table_says_what_stands_out_and_leaves_empty_what_was_not_counted() -> None:
    spreads = {Wanted("waiting_time_mean"): RISES, Wanted("waiting_time_p90"): RISES, Wanted("share_within_target", "u0"): NOTHING, Wanted("waiting_time_p90", "u0"): SAME}
    lines = at(140, run_over_ranges_tables(build(["Desk"]), spreads, 10))
    table = lines[lines.index("", 1) + 1 :][:4]
    assert [line.split()[-1] for line in table[:2]] == ["most", "(1.00)"]
    assert table[2].split()[-5:] == ["%", "–", "–", "–", "–"]
    assert table[3].endswith("2.0  2.0 to 2.0      2.0               none changes it")


def test_a_sample_in_which_nothing_was_counted_has_an_empty_cell() -> None:
    spreads: Spreads = {Wanted("waiting_time_mean"): spread(1.5, NAN), Wanted("share_within_target", "u0", "plan"): spread(0.25, 0.5)}
    rows = list(csv.reader(io.StringIO(as_csv(spreads, True))))
    assert rows == [
        ["sample", "units.u0.service_time [min]", "units.u0.skill", "waiting_time_mean [min]", "plan.u0.share_within_target [fraction]"],
        ["1", "4", "1", "1.5", "0.25"],
        ["2", "4.4", "1.7", "", "0.5"],
    ]
    found = as_dict(spreads, 10)
    assert [one["values"] for one in found["results"]] == [[1.5, None], [0.25, 0.5]]
    assert found["ranges"][0]["values"] == ["4 min", "4.4 min"]
