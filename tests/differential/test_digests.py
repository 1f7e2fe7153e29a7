"""Nothing moves by accident: records of the shipped scenarios and their variants are those that were stored.

A digest says that records are the same, not that they are right: the other tests judge that. When a rule or a draw is meant to change, write
them anew with ``python -m tests.differential.test_digests`` and say so in the commit.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from sim.engine import play
from sim.model.compile import compile_plan
from sim.model.trace import draw
from sim.scenario import load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STORED = Path(__file__).parent / "digests.json"
DAYS = 2


def digests(path: Path) -> dict[str, str]:
    """A digest of the tickets of some days, for the file as it stands and for each variant (of systems with a horizon: none, they are long)."""
    found = {}
    for variant in (None, *load(path).scenario.variants):
        scenario = load(path, variant=variant).scenario
        if scenario.hours is None:
            continue
        digest, plan = hashlib.sha256(), compile_plan(scenario)
        for replication in range(DAYS):
            records = play(plan, draw(plan, scenario.seed, replication, fast=True), "kernel")
            for column in records[:-1]:
                digest.update(np.ascontiguousarray(column).tobytes())
        found[f"{path.stem}[{variant or ''}]"] = digest.hexdigest()[:16]
    return found


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_records_are_those_that_were_stored(path: Path) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert digests(path) == {name: digest for name, digest in stored.items() if name.partition("[")[0] == path.stem}


if __name__ == "__main__":
    everything = {name: digest for path in sorted(SCENARIOS.glob("*.yaml")) for name, digest in digests(path).items()}
    STORED.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
