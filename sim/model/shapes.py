"""The shapes of a Plan: a scenario as arrays and integers, read by name by the draw, the engines, the auditor and the measures.

The order of units, services, counters and sources is that of the scenario; names are looked up there. Times are int64
microseconds on the plan's grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.distributions import Distributions, mean_time

# Kinds of events, in the order of rule R1. Kinds 1 and 6 belong to rules that are not built yet.
OUTAGE: Final = 1
DUTY_ENDS: Final = 2
DUTY_BEGINS: Final = 3
ACTIVITY_ENDS: Final = 4
PATIENCE_ENDS: Final = 5
TIMER: Final = 6
CLOSING: Final = 7
CITIZEN_COMES: Final = 8

# How a unit is staffed.
NAMED: Final = 0
BY_NUMBER: Final = 1
UNLIMITED: Final = 2

# How a source's citizens come.
BY_RATE: Final = 0
EXACTLY: Final = 1
BY_GAPS: Final = 2

NO_PATIENCE_LIMIT: Final = -1


class Demand(NamedTuple):
    """Who may come and for what: everything that the draw reads. It does not depend on staffing.

    For each source: how they come (``source_kind``), at most how many (``source_first``), rank of regular citizens, share of
    priority citizens, distribution row of gaps and the factor on them, and its pieces of constant rate
    (``piece_first`` delimits them): ``piece_start`` and ``piece_end`` in microseconds, ``piece_rate`` in citizens a microsecond,
    ``piece_below`` the citizens expected before the piece. For each stop of each source's route (``route_first`` delimits
    them): service, distribution rows of service time and patience (-1: without end), share of citizens who make it, share sent
    back, to which position of the route, how often at most; the ordinal of its `one_of` in the route (-1: none), of whose uniform in
    (0, 1) a citizen makes the stop when it lies in [``stop_chosen_from``, ``stop_chosen_below``).
    """

    grid: int
    opens: int
    until: int
    source_kind: NDArray[np.uint8]
    source_first: NDArray[np.int64]
    source_rank: NDArray[np.int64]
    source_priority: NDArray[np.float64]
    source_gap: NDArray[np.int64]
    source_gap_factor: NDArray[np.float64]
    piece_first: NDArray[np.int64]
    piece_start: NDArray[np.int64]
    piece_end: NDArray[np.int64]
    piece_rate: NDArray[np.float64]
    piece_below: NDArray[np.float64]
    route_first: NDArray[np.int64]
    stop_service: NDArray[np.int64]
    stop_work: NDArray[np.int64]
    stop_patience: NDArray[np.int64]
    stop_share: NDArray[np.float64]
    stop_rework: NDArray[np.float64]
    stop_back_to: NDArray[np.int64]
    stop_rework_most: NDArray[np.int64]
    stop_choice: NDArray[np.int64]
    stop_chosen_from: NDArray[np.float64]
    stop_chosen_below: NDArray[np.float64]


class Hall(NamedTuple):
    """Who serves what and when: everything about the hall that the engines read.

    ``skill_first`` delimits each counter's services in ``skill_service``, sorted by ``skill_level`` (0 its own, 1 those it
    helps), then by service. ``change_*`` are the events known beforehand, sorted by (time, kind, index): duty ends and begins
    of a counter (index: counter; value 0), the number on duty of a unit staffed by number falls or rises (index: first counter of
    the unit; value: the new number), closing (index 0). ``duty_*`` (delimited by ``duty_first``) are the rostered intervals of
    each counter of a named unit, ``number_*`` (delimited by ``number_first``) the pieces of the number on duty of each unit
    staffed by number. ``stays``: on duty at closing or later, so under *serve all* does not leave for good (R13).
    ``served_late``: a counter that stays, or an unlimited unit, serves the service after closing.
    """

    ends: int
    closes: int
    send_home: bool
    ranks: int
    unit_kind: NDArray[np.uint8]
    unit_room: NDArray[np.int64]
    unit_last_ticket: NDArray[np.int64]
    unit_first_counter: NDArray[np.uint32]
    service_unit: NDArray[np.uint32]
    served_late: NDArray[np.bool_]
    counter_unit: NDArray[np.uint32]
    stays: NDArray[np.bool_]
    skill_first: NDArray[np.uint32]
    skill_service: NDArray[np.uint32]
    skill_level: NDArray[np.uint32]
    change_time: NDArray[np.int64]
    change_kind: NDArray[np.int64]
    change_index: NDArray[np.uint32]
    change_value: NDArray[np.int64]
    duty_first: NDArray[np.int64]
    duty_start: NDArray[np.int64]
    duty_end: NDArray[np.int64]
    number_first: NDArray[np.int64]
    number_start: NDArray[np.int64]
    number_end: NDArray[np.int64]
    number_value: NDArray[np.int64]


class Window(NamedTuple):
    """What is measured: tickets taken in [measured_from, measured_to), by intervals of the day, against the units' targets.

    ``edges`` bound the intervals in microseconds; ``within`` is each unit's target time (0 without a target).
    """

    measured_from: int
    measured_to: int
    edges: NDArray[np.int64]
    within: NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """A scenario as numbers: what the draw, the engines, the auditor and the measures read."""

    times: Distributions
    demand: Demand
    hall: Hall
    window: Window

    @property
    def grid(self) -> int:
        """Step of the clock in microseconds."""
        return self.demand.grid

    @cached_property
    def likely_citizens(self) -> int:
        """More citizens than come on all but the rarest days: so many the draw makes room for at first."""
        expected = float(self.expected_citizens.sum())
        return int(expected + 10.0 * expected**0.5) + 64

    @cached_property
    def expected_citizens(self) -> NDArray[np.float64]:
        """About how many citizens of each source come on a day (for gaps: as many as their mean says)."""
        demand = self.demand
        expected = np.zeros(len(demand.source_kind))
        for source, kind in enumerate(demand.source_kind):
            pieces = slice(int(demand.piece_first[source]), int(demand.piece_first[source + 1]))
            expected[source] = ((demand.piece_end[pieces] - demand.piece_start[pieces]) * demand.piece_rate[pieces]).sum()
            if kind == BY_GAPS:
                gap = mean_time(self.times, int(demand.source_gap[source])) * demand.source_gap_factor[source]
                expected[source] = (demand.until - demand.opens) / max(gap, 1.0)
        return np.minimum(expected, demand.source_first)

    @cached_property
    def units_by_number(self) -> list[int]:
        """The units staffed by number."""
        return [unit for unit, kind in enumerate(self.hall.unit_kind.tolist()) if kind == BY_NUMBER]

    @cached_property
    def most_positions(self) -> int:
        """The positions of the longest route, as it is written."""
        return int(np.diff(self.demand.route_first).max(initial=0))

    @cached_property
    def longest_route(self) -> int:
        """The most stops that one citizen can make, with all rework."""
        demand = self.demand
        longest = 1
        for first, last in pairwise(demand.route_first.tolist()):
            back = np.arange(last - first) - demand.stop_back_to[first:last] + 1
            longest = max(longest, last - first + int((back * demand.stop_rework_most[first:last]).sum()))
        return longest
