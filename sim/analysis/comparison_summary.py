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
    """The verdict on one plan in one place (a unit, or the hall), from its verdicts measure by measure, by what citizens feel alone.

    ``verdict`` is that of the first measure in the order of `FELT` that is better or worse; ``for_it`` are all differences
    with that verdict and ``against`` those with the opposite. With neither it is *cannot tell yet* when that is said of
    any measure (``unknown``), else *no difference that matters*. ``more_days`` is how many more would tell of all the unknown.
    """

    verdict: str
    for_it: tuple[Difference, ...]
    against: tuple[Difference, ...]
    unknown: tuple[Difference, ...]

    @property
    def more_days(self) -> int:
        """About how many more days would tell of every measure of which one cannot tell yet; 0 when none would help."""
        return max((difference.more_days for difference in self.unknown), default=0)


@dataclass(frozen=True)
class ComparisonSummary:
    """Plans that met the same citizens: each plan's summary, and its differences from the baseline.

    ``names``, ``summaries``, ``officers`` and ``same_citizens`` are in the order of the plans, ``baseline`` is the index of one of them.
    ``same_citizens`` is False for a plan with another demand, which shares only those citizens that both have. ``smallest`` is
    the smallest difference that matters, by measure.
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
        """The names of units that some plans have and others do not: nothing is compared there."""
        names = {unit.unit: unit.name for summary in self.summaries for unit in summary.units}
        return tuple(name for unit, name in names.items() if not all(unit in {one.unit for one in summary.units} for summary in self.summaries))

    @property
    def not_of_every_hall(self) -> tuple[str, ...]:
        """The names of units that are in the hall's figures under some plans only: the others have no such unit, or it is a machine there."""
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
        """The units by the verdict on a plan there; the better and the worse with the largest difference first."""
        places = {unit.unit: self.at(plan, unit.unit) for unit in self.units}
        found: dict[str, list[UnitLabel]] = {verdict: [] for verdict in (BETTER, WORSE, CANNOT_TELL, NO_DIFFERENCE)}
        for unit in sorted(self.units, key=lambda unit: -self.weight(places[unit.unit].for_it)):
            found[places[unit.unit].verdict].append(unit)
        return found

    def differing_units(self) -> list[UnitLabel]:
        """The units of which any plan is better or worse than the baseline, those with the largest differences first."""
        decided = [(unit, [self.at(plan, unit.unit) for plan in self.others]) for unit in self.units]
        weights = {unit.unit: max(self.weight(place.for_it) for place in places) for unit, places in decided}
        return sorted((unit for unit in self.units if weights[unit.unit] > 0.0), key=lambda unit: -weights[unit.unit])

    def target_verdicts(self, plan: int) -> dict[str, Verdict]:
        """What may be said of the targets of the units that are compared, under this plan, each of its own target there."""
        compared = {unit.unit for unit in self.units}
        return {unit: said for unit, said in target_verdicts(self.summaries[plan]).items() if unit in compared}

    def staffed_verdicts(self, plan: int) -> dict[str, Verdict]:
        """The same of the units where officers are."""
        compared = self.target_verdicts(plan)
        return {unit: said for unit, said in staffed_verdicts(self.summaries[plan]).items() if unit in compared}

    @property
    def targets_differ(self) -> tuple[str, ...]:
        """The names of the units that are compared and do not have the same target under all plans."""
        targets: dict[str, set[str]] = {}
        for summary in self.summaries:
            for unit in summary.units:
                targets.setdefault(unit.unit, set()).add(f"{unit.target_share} {unit.target_minutes}")  # a text: NaN is not itself
        return tuple(unit.name for unit in self.units if len(targets[unit.unit]) > 1)

    def is_same_hall(self, plan: str) -> bool:
        """Whether the hall's figures are of the same units under a plan as under the baseline."""
        ours, base = ({unit.unit for unit in one.hall_units} for one in (self.summary_of(plan), self.base))
        return ours == base

    def summary_of(self, plan: str) -> Summary:
        """A plan's own summary."""
        return self.summaries[self.names.index(plan)]

    def costs(self, plan: str) -> list[Difference]:
        """A plan's differences in what it costs, in the hall: those that are known, and of the others those of which one can tell."""
        found = (self.find(plan, measure) for measure in COSTS)
        return [one for one in found if one is not None and one.verdict in (SAVES, COSTS_MORE, NOT_JUDGED)]

    def changes_nothing(self, plan: str) -> bool:
        """Whether all that is compared is the same on every day, and all numbers of tickets and citizens are the same in every place."""
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
        """How large differences are: the greatest, counted in smallest differences that matter."""
        return max((abs(one.difference) / max(self.smallest[one.measure], 1e-9) for one in differences), default=0.0)

    def variance_ratios(self) -> tuple[float, float] | None:
        """How many times smaller pairing made the variance of the hall's differences in waits and shares: least and greatest.

        Only over plans that met the very same citizens; None where every such difference is without chance.
        """
        same = {name for name, is_same in zip(self.names, self.same_citizens, strict=True) if is_same}
        found = [self.find(plan, measure) for plan in self.others if plan in same for measure in (*HEADLINE, "time_in_hall_mean")]
        ratios = [one.variance_ratio for one in found if one is not None and math.isfinite(one.variance_ratio)]
        return (min(ratios), max(ratios)) if ratios else None


def place_verdict(differences: Iterable[Difference]) -> PlaceVerdict:
    """The verdict on one place, from its differences in the order of `FELT`; costs, and what nobody counted (NaN), have no say."""
    known = [one for one in differences if one.measure not in COSTS and not math.isnan(one.difference)]
    decided = [one for one in known if one.verdict in (BETTER, WORSE)]
    unknown = tuple(one for one in known if one.verdict == CANNOT_TELL)
    if not decided:
        return PlaceVerdict(CANNOT_TELL if unknown else NO_DIFFERENCE, (), (), unknown)
    verdict = decided[0].verdict
    return PlaceVerdict(verdict, tuple(one for one in decided if one.verdict == verdict), tuple(one for one in decided if one.verdict != verdict), unknown)
