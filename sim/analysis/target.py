"""Verdicts on a target: kept, missed, or cannot tell yet."""

from __future__ import annotations

import math
from enum import StrEnum

from sim.analysis.summary import Row, Summary


class Verdict(StrEnum):
    """The verdict of a share's interval on its target."""

    MISSED = "missed"
    UNKNOWN = "cannot tell yet"
    KEPT = "kept"

    @property
    def sign(self) -> str:
        """The verdict as one letter, the same in tables and figures."""
        return {"missed": "✗", "cannot tell yet": "?", "kept": "✓"}[self]


def verdict(share: Row, target: float) -> Verdict:
    """Kept if the whole interval lies at the target or above it, missed if all of it lies below, else *cannot tell yet*.

    ``share`` is a row of share within target. Without an interval (a single day) the verdict is *cannot tell yet*.
    """
    if share.low >= target:
        return Verdict.KEPT
    if share.high < target:
        return Verdict.MISSED
    return Verdict.UNKNOWN


def target_verdicts(summary: Summary) -> dict[str, Verdict]:
    """The verdict on each unit's own target, by the unit's identifier. Unlimited units and units without a target or a ticket are left out."""
    targeted = [unit for unit in summary.units if not unit.unlimited and not math.isnan(unit.target_share)]
    shares = {unit.unit: summary.get("share_within_target", unit.unit) for unit in targeted}
    return {unit.unit: verdict(shares[unit.unit], unit.target_share) for unit in targeted if not math.isnan(shares[unit.unit].value)}


def staffed_verdicts(summary: Summary) -> dict[str, Verdict]:
    """The same for the units with officers. Counts of kept targets use these, because machines keep theirs easily."""
    machines = {unit.unit for unit in summary.units if unit.machine}
    return {unit: said for unit, said in target_verdicts(summary).items() if unit not in machines}


def units_counted(summary: Summary) -> str:
    """The words for the units in `staffed_verdicts`: ``staffed units`` if there are also machines, else ``units``."""
    return "staffed units" if any(unit.machine for unit in summary.units) else "units"
