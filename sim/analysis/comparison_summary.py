"""The summary of a comparison: what its sentences, tables, files and figures read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sim.analysis.comparison import BETTER, CANNOT_TELL, COSTS_MORE, NO_DIFFERENCE, NOT_JUDGED, SAVES, WORSE, Difference
from sim.analysis.definitions import COSTS, DEFINITIONS, FELT
from sim.analysis.officers import Officers
from sim.analysis.parts import Scope
from sim.analysis.summary import Summary, UnitLabel
from sim.analysis.target import Verdict, staffed_verdicts, target_verdicts

HEADLINE: Final = ("waiting_time_mean", "waiting_time_p90", "share_within_target")
"""The measures of a queue that figures show."""


@dataclass(frozen=True)
class PlaceVerdict:
    """The verdict on one plan in one place (a unit, or the hall). It follows from the verdicts on the measures that citizens feel.

    ``verdict`` is that of the first measure in the order of `FELT` that is better or worse. ``for_it`` are all differences with that
    verdict, ``against`` those with the opposite one. If no measure is better or worse, the verdict is *cannot tell yet* if any measure has
    it (``unknown``), else *no difference that matters*. ``more_days`` is the number of further days that would decide all the unknown.
    """

    verdict: str
    for_it: tuple[Difference, ...]
    against: tuple[Difference, ...]
    unknown: tuple[Difference, ...]

    @property
    def more_days(self) -> int:
        """About how many more days would decide every measure of which we cannot tell yet; 0 if no number would."""
        return max((difference.more_days for difference in self.unknown), default=0)


@dataclass(frozen=True)
class ComparisonSummary:
    """Plans that met the same citizens: each plan's summary, and its differences from the baseline.

    ``names``, ``summaries``, ``officers`` and ``same_citizens`` are in the order of the plans; ``baseline`` is the index of the baseline.
    ``same_citizens`` is False for a plan with another demand: it shares with the baseline only the citizens that both have. ``smallest``
    is the smallest difference that matters, by measure.
    """

    names: tuple[str, ...]
    baseline: int
    same_citizens: tuple[bool, ...]
    summaries: tuple[Summary, ...]
    officers: tuple[Officers, ...]
    differences: tuple[Difference, ...]
    smallest: Mapping[str, float]
    _index: dict[tuple[str, str, Scope], Difference] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {(one.plan, one.measure, one.scope): one for one in self.differences})

    @property
    def base(self) -> Summary:
        """The baseline's summary."""
        return self.summaries[self.baseline]

    @property
    def others(self) -> tuple[str, ...]:
        """The plans that are compared with the baseline, in their order."""
        return tuple(name for index, name in enumerate(self.names) if index != self.baseline)

    @property
    def units(self) -> tuple[UnitLabel, ...]:
        """The units with counters that every plan has, in the baseline's order."""
        everywhere = set.intersection(*({unit.unit for unit in summary.units if not unit.unlimited} for summary in self.summaries))
        return tuple(unit for unit in self.base.units if unit.unit in everywhere)

    @property
    def not_everywhere(self) -> tuple[str, ...]:
        """The names of units that some plans have and others do not. They are not compared."""
        names = {unit.unit: unit.name for summary in self.summaries for unit in summary.units}
        return tuple(name for unit, name in names.items() if not all(unit in {one.unit for one in summary.units} for summary in self.summaries))

    @property
    def not_of_every_hall(self) -> tuple[str, ...]:
        """The names of units that are in the hall's figures under some plans only. Under the others the unit is missing, or it is a machine."""
        names = {unit.unit: unit.name for summary in self.summaries for unit in summary.hall_units}
        return tuple(name for unit, name in names.items() if not all(unit in {one.unit for one in summary.hall_units} for summary in self.summaries))

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of citizens that are compared; none where all citizens are of one class."""
        return tuple(dict.fromkeys(one.scope.citizen_class for one in self.differences if one.scope.citizen_class))

    def find(self, plan: str, measure: str, unit: str = "", citizen_class: str = "") -> Difference | None:
        """A plan's difference in a measure of a unit (the hall without one); None where that measure is not defined there."""
        return self._index.get((plan, measure, Scope(unit, citizen_class=citizen_class)))

    def at(self, plan: str, unit: str = "", citizen_class: str = "") -> PlaceVerdict:
        """The verdict on a plan in one place: a unit, or the hall without one; of one class of citizens, or of all."""
        found = (self.find(plan, measure, unit, citizen_class) for measure in FELT)
        return place_verdict([one for one in found if one is not None])

    def units_by_verdict(self, plan: str) -> dict[str, list[UnitLabel]]:
        """The units by the verdict on a plan in them. The better and the worse ones are sorted by difference, the largest first."""
        places = {unit.unit: self.at(plan, unit.unit) for unit in self.units}
        found: dict[str, list[UnitLabel]] = {verdict: [] for verdict in (BETTER, WORSE, CANNOT_TELL, NO_DIFFERENCE)}
        for unit in sorted(self.units, key=lambda unit: -self.weight(places[unit.unit].for_it)):
            found[places[unit.unit].verdict].append(unit)
        return found

    def differing_units(self) -> list[UnitLabel]:
        """The units in which any plan is better or worse than the baseline, sorted by difference, the largest first."""
        decided = [(unit, [self.at(plan, unit.unit) for plan in self.others]) for unit in self.units]
        weights = {unit.unit: max(self.weight(place.for_it) for place in places) for unit, places in decided}
        return sorted((unit for unit in self.units if weights[unit.unit] > 0.0), key=lambda unit: -weights[unit.unit])

    def target_verdicts(self, plan: int) -> dict[str, Verdict]:
        """For each unit that is compared, whether it keeps its target under this plan."""
        compared = {unit.unit for unit in self.units}
        return {unit: said for unit, said in target_verdicts(self.summaries[plan]).items() if unit in compared}

    def staffed_verdicts(self, plan: int) -> dict[str, Verdict]:
        """The same for the units that have officers."""
        compared = self.target_verdicts(plan)
        return {unit: said for unit, said in staffed_verdicts(self.summaries[plan]).items() if unit in compared}

    @property
    def targets_differ(self) -> tuple[str, ...]:
        """The names of the units that are compared and do not have the same target under all plans."""
        targets: dict[str, set[str]] = {}
        for summary in self.summaries:
            for unit in summary.units:
                targets.setdefault(unit.unit, set()).add(f"{unit.target_share} {unit.target_minutes}")  # as a text, because NaN does not equal NaN
        return tuple(unit.name for unit in self.units if len(targets[unit.unit]) > 1)

    def is_same_hall(self, plan: str) -> bool:
        """Whether the hall's figures include the same units under a plan as under the baseline."""
        ours, base = ({unit.unit for unit in one.hall_units} for one in (self.summary_of(plan), self.base))
        return ours == base

    def summary_of(self, plan: str) -> Summary:
        """A plan's own summary."""
        return self.summaries[self.names.index(plan)]

    def costs(self, plan: str) -> list[Difference]:
        """A plan's differences in costs in the hall: those that follow from the plan, and those judged *saves* or *costs more*."""
        found = (self.find(plan, measure) for measure in COSTS)
        return [one for one in found if one is not None and one.verdict in (SAVES, COSTS_MORE, NOT_JUDGED)]

    def changes_nothing(self, plan: str) -> bool:
        """Whether every compared measure is the same on every day, and all numbers of tickets and citizens are the same in every place."""
        for one in self.differences:
            nothing = math.isnan(one.value) and math.isnan(one.baseline)
            if one.plan == plan and one.verdict != NOT_JUDGED and not nothing and not one.low == one.difference == one.high == 0:
                return False
        ours, base = (
            {row[:4]: row.value for row in one if row.interval < 0 and DEFINITIONS[row.measure].measured_in in ("a day", "a run")}
            for one in (self.summary_of(plan), self.base)
        )
        return ours == base

    def weight(self, differences: Iterable[Difference]) -> float:
        """The greatest of some differences, each as a multiple of the smallest difference that matters."""
        return max((abs(one.difference) / max(self.smallest[one.measure], 1e-9) for one in differences), default=0.0)

    def variance_ratios(self) -> tuple[float, float] | None:
        """The factors by which pairing reduced the variance of the hall's differences in waits and shares: least and greatest.

        Only plans that met the very same citizens count. None if no such difference varies.
        """
        same = {name for name, is_same in zip(self.names, self.same_citizens, strict=True) if is_same}
        found = [self.find(plan, measure) for plan in self.others if plan in same for measure in (*HEADLINE, "time_in_hall_mean")]
        ratios = [one.variance_ratio for one in found if one is not None and math.isfinite(one.variance_ratio)]
        return (min(ratios), max(ratios)) if ratios else None


def place_verdict(differences: Iterable[Difference]) -> PlaceVerdict:
    """The verdict on one place, from its differences in the order of `FELT`. Costs, and measures without a number (NaN), do not count."""
    known = [one for one in differences if one.measure not in COSTS and not math.isnan(one.difference)]
    decided = [one for one in known if one.verdict in (BETTER, WORSE)]
    unknown = tuple(one for one in known if one.verdict == CANNOT_TELL)
    if not decided:
        return PlaceVerdict(CANNOT_TELL if unknown else NO_DIFFERENCE, (), (), unknown)
    verdict = decided[0].verdict
    return PlaceVerdict(verdict, tuple(one for one in decided if one.verdict == verdict), tuple(one for one in decided if one.verdict != verdict), unknown)
