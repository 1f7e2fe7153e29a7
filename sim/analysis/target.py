"""What may be said of a target: kept, missed, or not to be told yet."""

from __future__ import annotations

import math
from enum import StrEnum

from sim.analysis.summary import Row, Summary


class Verdict(StrEnum):
    """What the interval of a share says about its target."""

    MISSED = "missed"
    UNKNOWN = "cannot tell yet"
    KEPT = "kept"

    @property
    def sign(self) -> str:
        """The verdict as one letter, the same in tables and figures."""
        return {"missed": "✗", "cannot tell yet": "?", "kept": "✓"}[self]


def verdict(share: Row, target: float) -> Verdict:
    """Kept when the whole interval lies at the target or above it, missed when it lies below, else it cannot be told yet.

    ``share`` is a row of share within target; without an interval (a single day) nothing can be told.
    """
    if share.low >= target:
        return Verdict.KEPT
    if share.high < target:
        return Verdict.MISSED
    return Verdict.UNKNOWN


def target_verdicts(summary: Summary) -> dict[str, Verdict]:
    """What may be said of each unit's own target, by the unit's identifier; units without a target, or without a ticket, are left out."""
    targeted = [unit for unit in summary.units if not unit.unlimited and not math.isnan(unit.target_share)]
    shares = {unit.unit: summary.get("share_within_target", unit.unit) for unit in targeted}
    return {unit.unit: verdict(shares[unit.unit], unit.target_share) for unit in targeted if not math.isnan(shares[unit.unit].value)}


def staffed_verdicts(summary: Summary) -> dict[str, Verdict]:
    """The same of the units where officers are, which are counted when it is told at how many the target is kept: machines keep theirs easily."""
    machines = {unit.unit for unit in summary.units if unit.machine}
    return {unit: said for unit, said in target_verdicts(summary).items() if unit not in machines}


def units_counted(summary: Summary) -> str:
    """What the units are called that `staffed_verdicts` counts: ``staffed units`` where there are machines beside them."""
    return "staffed units" if any(unit.machine for unit in summary.units) else "units"
