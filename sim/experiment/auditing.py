"""Audit days while they are simulated. The auditor is the third judge, beside the two engines."""

from __future__ import annotations

from sim.errors import AuditError
from sim.experiment.evaluation import Keep
from sim.model.shapes import Plan
from sim.model.trace import Trace
from sim.results.audit import audit
from sim.results.records import Records


class AuditedDays:
    """An auditor of days. Give it to `sim.experiment.replications.run` as ``keep``. ``days`` counts the days without a finding.

    Raises AuditError at the first day with findings.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.days = 0

    def __call__(self, replication: int, trace: Trace, records: Records) -> None:
        try:
            audit(self.plan, trace, records)
        except AuditError as error:
            raise AuditError(f"replication {replication + 1}: {error}\nThis is a defect of the program, and not of the scenario.") from None
        self.days += 1


def handed_to(*keeps: Keep | None) -> Keep | None:
    """One function that hands each day to all of ``keeps``; None if all of them are None."""
    wanted = [keep for keep in keeps if keep is not None]
    if len(wanted) < 2:
        return next(iter(wanted), None)

    def keep(replication: int, trace: Trace, records: Records) -> None:
        for one in wanted:
            one(replication, trace, records)

    return keep
