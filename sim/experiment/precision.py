"""Play days until results are as precise as wanted.

The number of days is not known beforehand. A pilot of `PILOT` days says about how many are needed, since a half-width shrinks with the
square root of the number of days. Precision is judged at stages only: 32, 48, 64, 96, 128, … days. To look after every day and to stop at
the first lucky one would leave intervals that are too short and too often wrong (Law: Simulation Modeling and Analysis, chapter 9).
The first new day of each stage begins a section of its layout (`sim.results.days`; `_LONGEST_STEP`), so a run that stops at R days has the same bits as
a run of R days.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from sim.analysis.definitions import DEFINITIONS
from sim.engine import choose
from sim.errors import UsageError
from sim.experiment.evaluation import Journal, Work, add_batches
from sim.experiment.executors import THIS_MACHINE, Workers
from sim.model.shapes import Plan, have_extras
from sim.results.days import Days
from sim.words import given, measured, nearest, rounded

PILOT: Final = 32
"""32: the days after which precision is judged first. No run stops earlier."""

MOST_DAYS: Final = 100_000
"""100,000: the most days that are played for a precision, unless `--replications` says otherwise."""

SAFETY: Final = 1.2
"""1.2: a stage is chosen with this many times the days that seem to be needed, so that chance seldom decides when to stop."""

_LONGEST_STEP: Final = 16
"""16: the next stage has at most so many times the days of a stage, since a few days say little about very many. With more, the first new
day of the next stage might not begin a section."""

HALL: Final = "hall"
_GIVEN: Final = re.compile(r"\s*(?:([^\s:=]+)\.)?([^:=.]+?)\s*[:=]\s*(.*?)\s*")
_IN_MINUTES: Final = {"s": 1.0 / 60.0, "min": 1.0, "h": 60.0}
_NUMBER: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(%|[a-z]+)?")


def most_days(precision: Sequence[Precision], replications: int | None, usual: int) -> int:
    """The most days that a job plays: the number asked for; else `MOST_DAYS` for a wanted precision, and the scenario's ``usual`` number without one."""
    return (MOST_DAYS if precision else usual) if replications is None else replications


class Precision(NamedTuple):
    """How precise a measure shall be: the greatest half-width of its 95 % interval, in what it is measured in, or as a part of the number.

    ``unit`` is empty for the hall. ``of_number`` says that ``half_width`` is a part of the number, such as 0.05.
    """

    measure: str
    unit: str
    half_width: float
    of_number: bool

    def allowed(self, value: float) -> float:
        """The greatest half-width around an estimate. Relative to the estimate it is γ ÷ (1 + γ), so that it is γ relative to the true number.

        >>> Precision("waiting_time_mean", "", 0.25, True).allowed(10.0)
        2.0
        """
        return abs(value) * self.half_width / (1.0 + self.half_width) if self.of_number else self.half_width

    @property
    def place(self) -> str:
        """The measure with its unit, as the user writes it."""
        return f"{self.unit}.{self.measure}" if self.unit else self.measure

    @property
    def wanted(self) -> str:
        """The wanted half-width in words."""
        if self.of_number or self.is_fraction:
            return f"{given(100.0 * self.half_width)} %"
        return f"{given(self.half_width)} {self.noun}".rstrip()

    @property
    def noun(self) -> str:
        """What the measure's numbers are counted in, such as min; empty for a plain number."""
        return noun_of(self.measure)

    @property
    def is_fraction(self) -> bool:
        """Whether the measure is a share, whose half-width is given in per cent of the whole."""
        return DEFINITIONS[self.measure].measured_in == "fraction"


def noun_of(measure: str) -> str:
    """What a measure's numbers are counted in: min, h or citizens; nothing for numbers a day and shares."""
    measured_in = DEFINITIONS[measure].measured_in
    return "" if measured_in in ("fraction", "a day") else measured_in.split()[0]


def parse_precision(text: str, units: Sequence[str]) -> Precision:
    """A precision written as ``measure: value`` or ``unit.measure: value``.

    The value is in what the measure is measured in (``0.3 min``), or in per cent of the number (``5 %``). Of a share, per cent are those of
    the whole: ``share_within_target: 2 %`` is ± 2 percentage points. Raises UsageError for anything else.

    >>> parse_precision("polda.waiting_time_p90: 1 min", ["polda"])
    Precision(measure='waiting_time_p90', unit='polda', half_width=1.0, of_number=False)
    >>> parse_precision("waiting_time_mean: 5 %", ["polda"])
    Precision(measure='waiting_time_mean', unit='', half_width=0.05, of_number=True)
    """
    match = _GIVEN.fullmatch(text)
    if match is None:
        raise UsageError(f"--precision '{text}': write MEASURE: HALF-WIDTH, such as 'waiting_time_mean: 0.3 min' or 'polda.waiting_time_p90: 5 %'")
    unit, measure, value = match[1] or "", match[2], match[3]
    if unit and unit not in units and unit != HALL:
        raise UsageError(f"--precision '{text}': there is no unit '{unit}'{nearest(unit, [*units, HALL])}")
    if measure not in DEFINITIONS:
        meant = f"; did you mean '{measure}_mean'?" if f"{measure}_mean" in DEFINITIONS else nearest(measure, DEFINITIONS)
        raise UsageError(f"--precision '{text}': there is no measure '{measure}'{meant}")
    noun, number, fraction = noun_of(measure), _NUMBER.fullmatch(value), DEFINITIONS[measure].measured_in == "fraction"
    if number and noun in _IN_MINUTES and number[2] in _IN_MINUTES and float(number[1]) > 0.0:
        return Precision(measure, "" if unit == HALL else unit, float(number[1]) * _IN_MINUTES[number[2]] / _IN_MINUTES[noun], False)
    if number is None or number[2] not in (None, "%", noun or None) or float(number[1]) == 0.0:
        wanted = "per cent of the whole, such as 2 %" if fraction else f"{noun or 'what it counts'}, such as {f'0.5 {noun}'.strip()}, or per cent of the number, such as 5 %"
        comma = "write decimals with a point; " if re.fullmatch(r"\d+,\d+.*", value) else ""
        raise UsageError(f"--precision '{text}': got '{value}'; {comma}the half-width of {measure} is a number above 0 in {wanted}")
    per_cent = number[2] == "%"
    half_width = float(number[1]) / (100.0 if per_cent else 1.0)
    if fraction and half_width >= 1.0:
        raise UsageError(f"--precision '{text}': got '{value}'; a share is known to less than 100 % anyway; give for example 2 %")
    return Precision(measure, "" if unit == HALL else unit, half_width, per_cent and not fraction)


class Reached(NamedTuple):
    """How precise a result is, beside how precise it shall be.

    ``value`` is the number that per cent refer to. For a difference from the baseline that is the baseline's number, and ``plan`` and
    ``difference`` are given too.
    """

    precision: Precision
    value: float
    half_width: float
    plan: str = ""
    difference: float = math.nan

    @property
    def times_the_days(self) -> float:
        """How many times the days would make it as precise as wanted: 1 or less if it is. Infinite while there is no interval."""
        allowed = self.precision.allowed(self.value)
        if math.isnan(self.half_width) or not allowed > 0.0:  # per cent of 0: days that show nothing say little about how rare it is
            return math.inf
        return (self.half_width / allowed) ** 2

    @property
    def holds(self) -> bool:
        """Whether it is as precise as wanted."""
        return self.times_the_days <= 1.0

    def __str__(self) -> str:
        wanted = self.precision
        scale, noun = (100.0, " %") if wanted.is_fraction else (1.0, f" {wanted.noun}".rstrip())
        place = f"{self.plan}: difference in {wanted.place}" if self.plan else wanted.place
        if math.isnan(self.half_width):
            return f"{place} has no interval yet (wanted ± {wanted.wanted})"
        relative = f", which is {100.0 * self.half_width / abs(self.value):.2g} %" if wanted.of_number and self.value else ""
        number = measured(scale * (self.difference if self.plan else self.value))
        return f"{place} {number} ± {rounded(scale * self.half_width)}{noun}{relative} (wanted ± {wanted.wanted})"


Judge = Callable[[Sequence[Days]], Sequence[Reached]]
"""Says how precise the results are that the days under each plan give."""


def stages(most: int) -> Iterator[int]:
    """The numbers of days after which precision is judged, up to ``most``, which is the last.

    >>> list(stages(200))
    [32, 48, 64, 96, 128, 192, 200]
    """
    power = PILOT
    while power < most:
        yield power
        if 3 * power // 2 < most:
            yield 3 * power // 2
        power *= 2
    yield most


def evaluate_until(
    plans: Sequence[Plan],
    seed: int,
    most: int,
    judge: Judge,
    *,
    engine: str,
    stops: float,
    workers: Workers = THIS_MACHINE,
    journal: Journal | None = None,
    progress: Callable[[int], None] = lambda done: None,
    expect: Callable[[float, int], None] = lambda needed, until: None,
) -> tuple[list[Days], str]:
    """Play days under each plan until all results are as precise as wanted, but at most ``most`` days.

    Gives one `Days` for each plan, and the engine that played them. ``stops`` is the expected number of citizens and stops of a day under
    all plans. ``expect`` gets the number of days that seem to be needed (infinite while that cannot be said), and after how many days
    precision is judged next; after the pilot and whenever they change. Raises UsageError for fewer than `PILOT` days.
    """
    if most < PILOT:
        raise UsageError(f"a precision is first judged after {PILOT} days; give --replications {PILOT} or more, which is then the most days")
    found: list[Days] = []
    reached, stage = 0, PILOT
    while True:
        chosen = choose(engine, stops * (stage - reached), alone=workers.cores == 1, extras=have_extras(plans))
        work = Work.of(plans, seed, chosen, stage)
        room = [Days.none(plan, work.layout, 0, stage) for plan in plans]
        for of_plan, earlier in zip(room, found, strict=bool(found)):
            of_plan.add(earlier.in_layout(work.layout))
        executor = workers.executor(chosen, stops * (stage - reached), stops)
        add_batches(room, work, work.batches(reached, stage), executor=executor, journal=journal, progress=progress)
        found, reached = room, stage
        needed = days_needed(stage, max(one.times_the_days for one in judge(found)))
        stage = next_stage(reached, needed, most)
        if stage == reached:
            return found, chosen
        expect(needed, stage)


def days_needed(days: int, times: float) -> float:
    """The number of days that seem to be needed: ``days`` if these are enough, so that ``times`` (`Reached.times_the_days`) is 1 or less.

    After the pilot, ``times`` has to be smaller by `SAFETY`.

    >>> days_needed(64, 0.9), days_needed(64, 2.0), days_needed(32, 0.9) > 32
    (64, 153.6, True)
    """
    return days if times <= (1.0 if days > PILOT else 1.0 / SAFETY) else SAFETY * times * days


def next_stage(days: int, needed: float, most: int) -> int:
    """The stage at which precision is judged next; ``days`` if no more are to be played.

    >>> next_stage(32, 150.0, 100_000), next_stage(192, 192, 100_000), next_stage(64, 150.0, 100)
    (192, 192, 100)
    """
    return next((stage for stage in stages(most) if stage >= min(needed, _LONGEST_STEP * days)), most)
