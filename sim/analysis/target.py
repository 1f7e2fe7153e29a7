"""What may be said of a target: kept, missed, or not to be told yet."""

from __future__ import annotations

from enum import StrEnum

from sim.analysis.summary import Row


class Verdict(StrEnum):
    """What the interval of a share says about its target."""

    MISSED = "missed"
    UNKNOWN = "cannot tell yet"
    KEPT = "kept"


def verdict(share: Row, target: float) -> Verdict:
    """Kept when the whole interval lies at the target or above it, missed when it lies below, else it cannot be told yet.

    ``share`` is a row of share within target; without an interval (a single day) nothing can be told.
    """
    if share.low >= target:
        return Verdict.KEPT
    if share.high < target:
        return Verdict.MISSED
    return Verdict.UNKNOWN
