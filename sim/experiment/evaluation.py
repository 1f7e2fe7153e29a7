"""The one loop over days: each day is drawn once, played under every plan, measured and added up.

Runs, comparisons, sweeps and ranges are its callers. A batch of days is the unit of work. Batches are independent of each other, and sums
of days are integers, so the result does not depend on who plays a batch, or in which order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np

from sim.engine import BOTH, is_warm, play
from sim.experiment import compiling
from sim.experiment.executors import SERIAL, Executor
from sim.model.shapes import Plan, have_extras
from sim.model.trace import Trace, Traces, draw_days, supplied
from sim.results.days import Days, Layout, sections_for
from sim.results.measures import DaySums, measure_days
from sim.results.records import Records, RecordsOfDays

CITIZENS_AT_ONCE: Final = 16_000
"""16,000: about the citizens of the days that one compiled call plays. The traces and records of more do not fit into a core's cache."""

DAYS_AT_ONCE: Final = 64
"""64: the most days whose sums are kept apart before they are added up."""

CITIZENS_OF_A_BATCH: Final = 65_000
"""65,000: a batch has about so many citizens at least. Playing them takes some 30 ms, against which handing out the batch costs little."""

CITIZENS_OF_A_SLOW_BATCH: Final = 200_000
"""200,000: a batch of the reference engine has at most so many citizens (if a day has no more). They take some 20 s, which a kill may cost."""

Keep = Callable[[int, Trace, Records], None]
"""A function that gets each replication (from 0) with its trace and records, and copies what it needs of them."""


class Batch(NamedTuple):
    """Days from ``first`` on, ``replications`` of them. The first one begins a section of the layout, or all lie within one row and one section."""

    first: int
    replications: int

    def without(self, first: int, replications: int) -> list[Batch]:
        """What is left of the batch without some days.

        >>> Batch(8, 8).without(10, 2), Batch(8, 8).without(0, 12), Batch(8, 8).without(20, 4)
        ([Batch(first=8, replications=2), Batch(first=12, replications=4)], [Batch(first=12, replications=4)], [Batch(first=8, replications=8)])
        """
        end, last = first + replications, self.first + self.replications
        parts = [Batch(self.first, min(first, last) - self.first), Batch(max(end, self.first), last - max(end, self.first))]
        return [self] if end <= self.first or first >= last else [part for part in parts if part.replications > 0]


class Journal(Protocol):
    """What remembers finished batches, so that a job that was stopped can go on."""

    def finished(self, plans: Sequence[Plan], seed: int, layout: Layout, wanted: Sequence[Batch]) -> Iterator[tuple[tuple[int, int], Sequence[Days]]]:
        """Remembered days among those of the batches ``wanted``, with their sums under each plan; no day twice, and maybe in other batches."""

    def remember(self, batch: Batch, days: Sequence[Days]) -> None:
        """Write down a finished batch."""


@dataclass(frozen=True)
class Work:
    """How to play any batch of a job: everything but the batch. A worker in another process gets this.

    ``demand`` says for each plan which is the first plan with the same demand: one trace serves both.
    """

    plans: tuple[Plan, ...]
    seed: int
    engine: str
    layout: Layout
    demand: tuple[int, ...]

    @classmethod
    def of(cls, plans: Sequence[Plan], seed: int, engine: str, replications: int) -> Work:
        """The work of a job of this many days."""
        demand = (next(i for i in range(k + 1) if same_demand(plans[i], plans[k])) for k in range(len(plans)))
        layout = Layout.of(replications, min(sections_for(plan) for plan in plans))
        return cls(tuple(plans), seed, engine, layout, tuple(demand))

    def alone(self, batch: Batch, keep: Keep | None = None, given_up: Callable[[], bool] = lambda: False) -> list[Days]:
        """The days of a batch under each plan, in memory of their own."""
        days = [Days.none(plan, self.layout, *batch) for plan in self.plans]
        self.fill(days, batch, keep, given_up)
        return days

    def fill(self, days: Sequence[Days], batch: Batch, keep: Keep | None = None, given_up: Callable[[], bool] = lambda: False) -> None:
        """Play a batch under each plan and add its days to ``days``, which have room for it. Stops early, with an error, if it is ``given_up``."""
        for since in range(batch.first, batch.first + batch.replications, DAYS_AT_ONCE):
            until = min(since + DAYS_AT_ONCE, batch.first + batch.replications)
            sums = [DaySums.zeros(plan, until - since) for plan in self.plans]
            first = since
            while first < until:
                if given_up():
                    raise InterruptedError("nobody waits for this batch any more")
                fast = self.fast
                count = min(self.days_at_once, until - first) if fast else 1
                traces: dict[int, Traces] = {}
                section = np.arange(first - batch.first, first - batch.first + count) // self.layout.section
                for k, plan in enumerate(self.plans):
                    if self.demand[k] not in traces:
                        traces[self.demand[k]] = draw_days(plan, self.seed, first, count, fast=fast)
                    of_plan = supplied(traces[self.demand[k]], plan, self.seed, first, fast=fast)
                    records = self._played(plan, of_plan, fast)
                    place = slice(first - since, first - since + count)
                    measure_days(plan, of_plan, records, DaySums(*(column[place] for column in sums[k])), days[k].waits, section, fast=fast)
                    if keep:
                        for day in range(count):
                            keep(first + day, of_plan.day(day), records.day(day))
                first += count
            for plan, of_plan_, added in zip(self.plans, days, sums, strict=True):
                of_plan_.add_sums(plan, since, added)

    @property
    def is_compiled(self) -> bool:
        """Whether compiled code plays the whole job: then its batches are whole sections."""
        return self.engine == "kernel"

    @property
    def fast(self) -> bool:
        """Whether compiled code draws, plays and measures now. A job of both engines changes over as soon as it can."""
        return self.is_compiled or (self.engine == BOTH and compiling.is_ready())

    @property
    def days_at_once(self) -> int:
        """The number of days that one call draws and plays."""
        return max(1, min(DAYS_AT_ONCE, int(CITIZENS_AT_ONCE / max(1.0, *(float(plan.expected_citizens.sum()) for plan in self.plans)))))

    def batches(self, first: int, last: int) -> list[Batch]:
        """The batches of the days from ``first`` to ``last`` (not included). They depend on this job alone, not on who plays it."""
        citizens = max(1.0, float(sum(plan.expected_citizens.sum() for plan in self.plans)))
        size = self.layout.section
        if self.is_compiled:
            size *= max(1, round(CITIZENS_OF_A_BATCH / (citizens * size)))
        while not self.is_compiled and size > 1 and size * citizens > CITIZENS_OF_A_SLOW_BATCH:
            size //= 2
        return [Batch(start, min(size, last - start)) for start in range(first, last, size)]

    def _played(self, plan: Plan, traces: Traces, fast: bool) -> RecordsOfDays:
        if fast:
            from sim.engine.kernel import play_days

            return play_days(plan, traces)
        return RecordsOfDays.joined([play(plan, traces.day(day), "reference") for day in range(traces.days)])


def evaluate(
    plans: Sequence[Plan],
    seed: int,
    replications: int,
    *,
    engine: str,
    executor: Executor = SERIAL,
    journal: Journal | None = None,
    progress: Callable[[int], None] = lambda done: None,
    keep: Keep | None = None,
) -> list[Days]:
    """Play ``replications`` days (1 or more) under each plan and add them up; gives one `Days` for each plan.

    Plans with the same demand meet the same citizens, drawn once. ``engine`` is ``reference``, ``kernel`` or ``both`` (`sim.engine.BOTH`).
    ``progress`` gets the number of days done. ``keep`` gets every day under every plan, in their order. The result is the same to the last bit whatever the executor is.
    """
    work = Work.of(plans, seed, engine, replications)
    found = [Days.none(plan, work.layout, 0, replications) for plan in plans]
    add_batches(found, work, work.batches(0, replications), executor=executor, journal=journal, progress=progress, keep=keep)
    return found


def add_batches(
    found: Sequence[Days],
    work: Work,
    wanted: Sequence[Batch],
    *,
    executor: Executor = SERIAL,
    journal: Journal | None = None,
    progress: Callable[[int], None] = lambda done: None,
    keep: Keep | None = None,
) -> None:
    """Play some batches and add their days to those ``found``, which have room for them."""
    if work.engine == BOTH:
        compiling.begin(have_extras(work.plans))

    def given_up() -> bool:
        return chosen.given_up

    def in_place(batch: Batch) -> list[Days]:
        parts = [days.part(*batch) for days in found]
        work.fill(parts, batch, keep, given_up)
        return parts

    def here(batch: Batch) -> list[Days]:
        return work.alone(batch, keep, given_up)

    def count(batch: Batch, parts: Sequence[Days], in_memory: bool) -> None:
        for days, part in zip(found, parts, strict=True):
            (days.join if in_memory else days.add)(part)
        progress(found[0].replications)

    to_play = list(wanted)
    if journal and not keep:
        for (first, replications), remembered in journal.finished(work.plans, work.seed, work.layout, wanted):
            count(Batch(first, replications), remembered, in_memory=False)
            to_play = [part for batch in to_play for part in batch.without(first, replications)]
    chosen = SERIAL if keep else executor
    cold = work.is_compiled and not chosen.shares_memory and not is_warm(have_extras(work.plans))
    alone = 1 if cold else 0  # compile here, so that each process finds the code on disk and none compiles it again
    for player, batches in ((SERIAL, to_play[:alone]), (chosen, to_play[alone:])):
        in_memory = player.shares_memory and work.is_compiled and set(to_play) <= set(wanted)  # other batches may share a section
        with closing(player.results(in_place if in_memory else here if player.shares_memory else work.alone, batches)) as results:
            for batch, parts in results:
                if journal and not keep:
                    journal.remember(batch, parts)
                count(batch, parts, in_memory)


def same_demand(one: Plan, other: Plan) -> bool:
    """Whether two plans have the same demand, so that one trace serves both."""
    pairs = [*zip(one.demand, other.demand, strict=True), *zip(one.times, other.times, strict=True)]
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)
