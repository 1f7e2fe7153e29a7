"""Days added up by sections, so that no result takes more memory or time to summarise for more days.

The sums of days are integers and are simply added, in whatever order days are finished. What has to be known day by day (whether a
target was kept, the day's own mean) is judged before that. The day is the unit of evidence of every interval; with many days, a
section of equally many days takes the place of the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.model.shapes import Plan
from sim.results.measures import ABANDONED_WITHIN, SERVED_WITHIN, TAKEN, WAIT_OF_SERVED, Day, DaySums, Ints
from sim.results.outcomes import SERVED
from sim.results.waits import BINS, WaitCounts

MOST_ROWS: Final = 256
"""256: the most sections of days whose sums are kept apart. Up to 256 days, each day is a section of its own."""

MOST_SECTIONS: Final = 64
"""64: the most sections of days whose waits are counted apart. The counts of a section take up to 1 MB."""

MOST_COUNTS: Final = 100_000_000
"""100,000,000: about the most counts of waits by interval of the day, which take 400 MB."""

DAYS_SHOWN: Final = 256
"""256: the days of which the numbers waiting and inside are kept, for the band that holds eight days of ten. All days come from the
same distribution, so the first ones are as good as any."""


Number = TypeVar("Number", np.int64, np.uint32)


class Layout(NamedTuple):
    """How days are added up: day r belongs to row r // ``row`` of the sums, and to section r // ``section`` of the waits.

    Both are powers of two, the least with which there are at most `MOST_ROWS` rows and `MOST_SECTIONS` sections. So the layout
    depends on the number of days alone, and two neighbours of one layout make one of the next.
    """

    row: int
    section: int

    @classmethod
    def of(cls, replications: int, most_sections: int = MOST_SECTIONS) -> Layout:
        """The layout for a number of days. For a hall with very many intervals of the day, ``most_sections`` is smaller (`sections_for`).

        >>> Layout.of(50), Layout.of(200), Layout.of(100_000)
        (Layout(row=1, section=1), Layout(row=1, section=4), Layout(row=512, section=2048))
        """
        return cls(*(1 << max(0, -(-replications // most) - 1).bit_length() for most in (MOST_ROWS, most_sections)))


def sections_for(plan: Plan) -> int:
    """The most sections of a plan's waits: `MOST_SECTIONS`, or down to a quarter if the counts of so many would take more than `MOST_COUNTS`.

    Never fewer than 16, so that intervals still rest on enough sections, and days of one stage of a precision make whole sections of the next.
    """
    cells = len(plan.hall.unit_kind) * (len(plan.window.edges) - 1)
    sections = MOST_SECTIONS
    while sections > 16 and cells * sections * BINS > MOST_COUNTS:
        sections //= 2
    return sections


@dataclass
class Days:
    """The sums of the days from ``first`` on, ``replications`` of them.

    Every array begins with an axis over rows, which are sections of days (`Layout`). ``days`` is the number of days in each row.
    ``day_means`` holds for each part of the hall (`part_of`) the sum of the days' own mean waiting times (microseconds) and the number of days
    that have one. ``kept`` is the number of days on which the hall and, after it, each unit kept its target; ``seats_suffice`` that of
    days on which the seats sufficed. ``fullest`` is the most people inside at once on any day, in each interval and, last, at any time.
    ``waiting`` and ``inside`` are those of the sums for each of the first `DAYS_SHOWN` days alone.
    """

    layout: Layout
    first: int
    replications: int
    days: Ints
    sums: DaySums
    day_means: Ints
    kept: Ints
    seats_suffice: int
    fullest: Ints
    waiting: Ints
    inside: Ints
    waits: WaitCounts

    @classmethod
    def none(cls, plan: Plan, layout: Layout, first: int, replications: int) -> Days:
        """Room for the sums of some days from ``first`` on, which starts a row and a section; nothing added yet."""
        hall, intervals = plan.hall, len(plan.window.edges) - 1
        units = len(hall.unit_kind)
        rows, sections = (-(-replications // length) for length in layout)
        shown = max(0, min(DAYS_SHOWN - first, replications))
        return cls(
            layout,
            first,
            0,
            days=np.zeros(rows, dtype=np.int64),
            sums=DaySums.zeros(plan, rows),
            day_means=np.zeros((rows, parts_of(plan), 2), dtype=np.int64),
            kept=np.zeros(1 + units, dtype=np.int64),
            seats_suffice=0,
            fullest=np.zeros(intervals + 1, dtype=np.int64),
            waiting=np.zeros((shown, units, intervals), dtype=np.int64),
            inside=np.zeros((shown, intervals), dtype=np.int64),
            waits=WaitCounts.none(plan, sections),
        )

    def part(self, first: int, replications: int) -> Days:
        """Room for some of these days, in the same memory: whoever fills it shares no row and no section with others. `join` it when it is full."""
        row, section = ((first - self.first) // length for length in self.layout)
        rows, sections = (-(-replications // length) for length in self.layout)
        shown = slice(first - self.first, first - self.first + replications)
        return replace(
            self,
            first=first,
            replications=0,
            days=self.days[row : row + rows],
            sums=DaySums(*(sums[row : row + rows] for sums in self.sums)),
            day_means=self.day_means[row : row + rows],
            kept=np.zeros_like(self.kept),
            seats_suffice=0,
            fullest=np.zeros_like(self.fullest),
            waiting=self.waiting[shown],
            inside=self.inside[shown],
            waits=WaitCounts(*(counts[section : section + sections] for counts in self.waits)),
        )

    def join(self, part: Days) -> None:
        """Count the days of a full `part`."""
        self.replications += part.replications
        self.kept += part.kept
        self.seats_suffice += part.seats_suffice
        np.maximum(self.fullest, part.fullest, out=self.fullest)

    def add(self, other: Days) -> None:
        """Add other days of the same layout, which lie within the room of these."""
        row, section = ((other.first - self.first) // length for length in self.layout)
        rows, shown = slice(row, row + len(other.days)), slice(other.first - self.first, other.first - self.first + len(other.waiting))
        self.join(other)
        self.days[rows] += other.days
        for mine, its in zip(self.sums, other.sums, strict=True):
            mine[rows] += its
        self.day_means[rows] += other.day_means
        self.waiting[shown], self.inside[shown] = other.waiting, other.inside
        for counts, its_counts in zip(self.waits, other.waits, strict=True):
            counts[section : section + len(its_counts)] += its_counts

    def add_sums(self, plan: Plan, replication: int, sums: DaySums) -> None:
        """Add the sums of consecutive days (the first axis of ``sums``) from ``replication`` on; their waits are counted elsewhere."""
        count, at = len(sums.tickets), replication - self.first
        by_row = partial(_by_row, at=at, length=self.layout.row)
        rows = slice(at // self.layout.row, (at + count - 1) // self.layout.row + 1)
        means, kept = _judged(plan, sums.tickets)
        self.replications += count
        self.days[rows] += by_row(np.ones(count, dtype=np.int64))
        for mine, its in zip(self.sums, sums, strict=True):
            mine[rows] += by_row(its)
        self.day_means[rows] += by_row(means)
        self.kept += kept
        self.seats_suffice += int((sums.most_inside[:, -1] <= plan.targets.seats).sum())
        np.maximum(self.fullest, sums.most_inside.max(axis=0), out=self.fullest)
        shown = max(0, min(count, len(self.waiting) - at))
        self.waiting[at : at + shown], self.inside[at : at + shown] = sums.waiting[:shown], sums.inside[:shown]

    def in_layout(self, layout: Layout) -> Days:
        """The same days in longer rows and sections; each length is a multiple of the one now."""
        by_row, by_section = layout.row // self.layout.row, layout.section // self.layout.section

        def joined(array: NDArray[Number], by: int) -> NDArray[Number]:
            return np.add.reduceat(array, np.arange(0, len(array), by), axis=0, dtype=array.dtype)

        return Days(
            layout,
            self.first,
            self.replications,
            joined(self.days, by_row),
            DaySums(*(joined(sums, by_row) for sums in self.sums)),
            joined(self.day_means, by_row),
            self.kept,
            self.seats_suffice,
            self.fullest,
            self.waiting,
            self.inside,
            WaitCounts(*(joined(counts, by_section) for counts in self.waits)),
        )


def added_up(plan: Plan, days: Iterable[Day]) -> Days:
    """Measured days, one after the other, added up in the layout for their number."""
    every = list(days)
    found = Days.none(plan, Layout.of(len(every)), 0, len(every))
    for replication, day in enumerate(every):
        found.add_sums(plan, replication, DaySums(*(sums[np.newaxis] for sums in day.sums)))
        for counts, its in zip(found.waits, day.waits, strict=True):
            counts[replication // found.layout.section] += its
    return found


def part_of(plan: Plan, unit: int = -1, rank: int = -1, service: int = -1) -> int:
    """The place in ``day_means`` of a part of the hall: the hall or a unit, all classes or one, or a service."""
    classes = 1 + plan.hall.ranks
    return (1 + len(plan.hall.unit_kind)) * classes + service if service >= 0 else (1 + unit) * classes + 1 + rank


def parts_of(plan: Plan) -> int:
    """The number of places in ``day_means``."""
    return part_of(plan, service=len(plan.hall.service_unit))


def _by_row(by_day: Ints, at: int, length: int) -> Ints:
    """Consecutive days, of which the first is day ``at``, added up by rows of ``length`` days."""
    if length == 1:
        return by_day
    cuts = [0, *range(length - at % length, len(by_day), length), len(by_day)]
    return np.stack([by_day[start:end].sum(axis=0) for start, end in pairwise(cuts)])


def _judged(plan: Plan, tickets: Ints) -> tuple[Ints, Ints]:
    """What is known of single days only, from their sums of tickets.

    Day × part × 2: the day's own mean waiting time of each part of the hall (whole microseconds), and whether it has one. And for the hall and each
    unit the number of days on which it kept its target: a day without tickets keeps it, and without a target no day counts.
    """
    wait, served, within, of = _by_part(plan, tickets)
    some = served > 0
    means = np.stack((np.where(some, np.rint(wait / np.maximum(1, served)), 0.0).astype(np.int64), some.astype(np.int64)), axis=2)
    units = [part_of(plan, unit) for unit in range(-1, len(plan.hall.unit_kind))]
    share = plan.targets.share
    return means, ((of[:, units] * share <= within[:, units] + 1e-9) & ~np.isnan(share)).sum(axis=0)


def _by_part(plan: Plan, tickets: Ints) -> Ints:
    """Sums of tickets (day × service × rank × sum) for each place of `part_of`: the wait of the served, the served, those within the target
    time, and those that the share within target is a share of (4 × day × part)."""
    chosen = np.stack((tickets[..., WAIT_OF_SERVED], tickets[..., SERVED], tickets[..., SERVED_WITHIN], tickets[..., TAKEN] - tickets[..., ABANDONED_WITHIN]))
    first_service = np.searchsorted(plan.hall.service_unit, np.arange(len(plan.hall.unit_kind)))  # services are in the order of their units
    by_unit = np.add.reduceat(chosen, first_service, axis=2)
    by_class = np.concatenate((by_unit[:, :, plan.targets.in_hall].sum(axis=2, keepdims=True), by_unit), axis=2)
    by_part = np.concatenate((by_class.sum(axis=3, keepdims=True), by_class), axis=3)
    return np.concatenate((by_part.reshape(*by_part.shape[:2], -1), chosen.sum(axis=3)), axis=2)
