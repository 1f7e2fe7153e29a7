"""How the expected numbers are read off a replication: where there is a measure, from its sums; else from the records themselves.

Each function returns a reading: one replication to (numerator, denominator). ``us`` is the length of the case's unit of time in
microseconds; ``service``, ``rank`` and ``unit`` choose a part of the hall (all of it without them).
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from sim.clock import NEVER
from sim.model.shapes import BY_NUMBER, DOWN, ON_DUTY
from sim.results.measures import (
    ABANDONED_WITHIN,
    CAME,
    LEFT,
    SERVED_WITHIN,
    TAKEN,
    TIME_IN_HALL,
    WAIT_OF_ALL,
    WAIT_OF_SERVED,
    WAITED,
)
from sim.results.outcomes import ABANDONED, REFUSED_FULL, SERVED, STILL_INSIDE
from sim.results.records import NO_COUNTER

from .judging import Played, Quantile, Ratio

ALL = slice(None)
Part = int | slice


def _tickets(played: Played, service: Part, rank: Part, *columns: int) -> float:
    return float(sum(played.sums.tickets[service, rank, column].sum() for column in columns))


def _length(played: Played) -> float:
    edges = played.plan.window.edges
    return float(edges[-1] - edges[0])


# From the sums


def count(column: int, service: Part = ALL, rank: Part = ALL) -> Ratio:
    """Mean number of tickets a replication."""
    return lambda played: (_tickets(played, service, rank, column), 1.0)


def quota_reached(quota: int) -> Ratio:
    """How often so many citizens came."""
    return lambda played: (float(played.sums.citizens[:, CAME].sum() >= quota), 1.0)


def squared_deviation(mean: float, *, of_citizens: bool = False) -> Ratio:
    """Variance of the number of citizens whose exact mean is known, or that ÷ the mean number of citizens: the dispersion index."""

    def read(played: Played) -> tuple[float, float]:
        came = float(played.sums.citizens[:, CAME].sum())
        return (came - mean) ** 2, came if of_citizens else 1.0

    return read


def product_of_deviations(instant: int, mean_before: float, mean_after: float, of: float) -> Ratio:
    """Covariance of the numbers of citizens before and after an instant, whose exact means are known, divided by ``of``."""

    def read(played: Played) -> tuple[float, float]:
        before = int((played.trace.came < instant).sum())
        return (before - mean_before) * (len(played.trace.came) - before - mean_after), of

    return read


def good(played: Played) -> tuple[float, float]:
    """Tickets that were called, or given up, within the target."""
    return _tickets(played, ALL, ALL, SERVED_WITHIN, ABANDONED_WITHIN), 1.0


def citizens(column: int = CAME) -> Ratio:
    """Mean number of citizens a replication."""
    return lambda played: (float(played.sums.citizens[:, column].sum()), 1.0)


def share(column: int, service: Part = ALL, rank: Part = ALL) -> Ratio:
    """Share of the tickets taken."""
    return lambda played: (_tickets(played, service, rank, column), _tickets(played, service, rank, TAKEN))


def share_full(played: Played) -> tuple[float, float]:
    """Share of all who came that found the waiting room full."""
    return _tickets(played, ALL, ALL, REFUSED_FULL), _tickets(played, ALL, ALL, TAKEN, REFUSED_FULL)


def served_within_of_all(played: Played) -> tuple[float, float]:
    """Served within the target, of all who came (those turned away too)."""
    return _tickets(played, ALL, ALL, SERVED_WITHIN), _tickets(played, ALL, ALL, TAKEN, REFUSED_FULL)


def missed_target_in(interval: int) -> Ratio:
    """Share of the tickets of one interval of the day that waited longer than the target (all are served)."""

    def read(played: Played) -> tuple[float, float]:
        sums = played.sums.by_interval[:, interval].sum(axis=0)
        return float(sums[TAKEN] - sums[SERVED_WITHIN]), float(sums[TAKEN])

    return read


def wait_of_served(us: float, service: Part = ALL, rank: Part = ALL) -> Ratio:
    """Mean wait of the served."""
    return lambda played: (_tickets(played, service, rank, WAIT_OF_SERVED) / us, _tickets(played, service, rank, SERVED))


def wait_of_all(us: float, service: Part = ALL, rank: Part = ALL) -> Ratio:
    """Mean wait of all who took a ticket."""

    def read(played: Played) -> tuple[float, float]:
        known = _tickets(played, service, rank, TAKEN) - _tickets(played, service, rank, STILL_INSIDE)
        return _tickets(played, service, rank, WAIT_OF_ALL) / us, known

    return read


def sojourn(us: float) -> Ratio:
    """Mean time in the hall."""
    return lambda played: (float(played.sums.citizens[:, TIME_IN_HALL].sum()) / us, float(played.sums.citizens[:, LEFT].sum()))


def number_waiting(unit: Part = ALL) -> Ratio:
    """Time average of the number waiting, over the opening hours or the window."""
    return lambda played: (float(played.sums.waiting[unit].sum()), _length(played))


def number_waiting_in(interval: int) -> Ratio:
    """Time average of the number waiting in one interval of the day."""

    def read(played: Played) -> tuple[float, float]:
        edges = played.plan.window.edges
        return float(played.sums.waiting[:, interval].sum()), float(edges[interval + 1] - edges[interval])

    return read


def inside(played: Played) -> tuple[float, float]:
    """Time average of the number in the hall."""
    return float(played.sums.inside.sum()), _length(played)


def number_at(unit: int) -> Ratio:
    """Time average of those waiting or being served at one unit."""
    return lambda played: (float(played.sums.waiting[unit].sum() + played.sums.busy[unit].sum()), _length(played))


def utilisation(unit: Part = ALL) -> Ratio:
    """Busy within duty, of the time on duty."""
    return lambda played: (float(played.sums.served_in[unit, ON_DUTY].sum()), float(played.sums.time_in[unit, ON_DUTY].sum()))


def utilisation_of_counter(counter: int) -> Ratio:
    """Share of the measured time in which a counter serves."""

    def read(played: Played) -> tuple[float, float]:
        first, last = (int(edge) for edge in played.plan.window.edges[[0, -1]])
        mine = played.records.counter == counter
        busy = np.minimum(played.records.end[mine], last) - np.maximum(played.records.start[mine], first)
        return float(np.maximum(busy, 0).sum()), float(last - first)

    return read


def availability(played: Played) -> tuple[float, float]:
    """Time on duty in which no outage stops the counters, of all time on duty."""
    on_duty, down = (float(played.sums.time_in[:, state].sum()) for state in (ON_DUTY, DOWN))
    return on_duty, on_duty + down


def all_busy_time_per_duty(factor: float = 1.0) -> Ratio:
    """Busy within duty and after it, of the time on duty."""

    def read(played: Played) -> tuple[float, float]:
        return factor * float(played.sums.served_in.sum()), float(played.sums.time_in[:, ON_DUTY].sum())

    return read


def busy_time(us: float) -> Ratio:
    """Mean busy time a day, within duty and after it."""
    return lambda played: (float(played.sums.served_in.sum()) / us, 1.0)


def throughput(us: float, service: Part = ALL) -> Ratio:
    """Tickets taken for each unit of time."""
    return lambda played: (_tickets(played, service, ALL, TAKEN), _length(played) / us)


def last_leaves_after_closing(us: float, plus: float = 0.0) -> Ratio:
    """Mean time from closing until the last citizen has left (0 when nobody is left), plus a constant."""
    return lambda played: (max(0.0, float(played.sums.last_leaves - played.plan.window.edges[-1])) / us + plus, 1.0)


def wait_at_most(us: float, bound: float, beyond: bool = False) -> Ratio:
    """Share of the served who waited at most so long (or longer), from the pooled waits."""

    def read(played: Played) -> tuple[float, float]:
        waits = played.waits()
        below = np.count_nonzero(waits <= bound * us)
        return float(len(waits) - below if beyond else below), float(len(waits))

    return read


def not_served_at_once(played: Played) -> tuple[float, float]:
    """Share of the tickets that were not called at once: those who leave without waiting are among them."""
    taken = _tickets(played, ALL, ALL, TAKEN)
    return taken - float(np.count_nonzero(played.waits() == 0)), taken


# From the records


def _measured(played: Played) -> np.ndarray:
    ticket, window = played.records.ticket, played.plan.window
    return (ticket >= window.measured_from) & (ticket < min(NEVER, window.measured_to))


def _until(played: Played) -> np.ndarray:
    return np.minimum(played.records.start, played.records.end)


def served_within(us: float, bound: float) -> Ratio:
    """Share of all who took a ticket that were served within so long."""

    def read(played: Played) -> tuple[float, float]:
        served = (played.waits() <= bound * us).sum()
        return float(served), _tickets(played, ALL, ALL, TAKEN)

    return read


def wait_of_all_beyond(us: float, bound: float) -> Ratio:
    """Share of all who took a ticket that waited longer than so long, whether served or not."""

    def read(played: Played) -> tuple[float, float]:
        measured = _measured(played)
        waited = (_until(played) - played.records.ticket)[measured]
        return float((waited > bound * us).sum()), float(len(waited))

    return read


def missed_target_of_all(played: Played) -> tuple[float, float]:
    """The same at the target, from the sums: neither served nor gone within it."""
    taken = _tickets(played, ALL, ALL, TAKEN)
    return taken - _tickets(played, ALL, ALL, SERVED_WITHIN, ABANDONED_WITHIN), taken


@lru_cache(maxsize=1)  # several readings of one replication
def _busy_levels(played: Played) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a hall with one unit: instants, counters busy from each to the next, and counters on duty then (those who stay after closing too)."""
    records, hall = played.records, played.plan.hall
    at_counter = records.counter != NO_COUNTER
    start, end = records.start[at_counter], records.end[at_counter]
    edges = [0, *played.plan.window.edges, *hall.duty_start, *hall.duty_end]
    cuts = np.unique(np.concatenate((start, end, edges)))
    cuts = cuts[cuts < NEVER]
    busy = np.searchsorted(np.sort(start), cuts, side="right") - np.searchsorted(np.sort(end), cuts, side="right")
    if hall.unit_kind[0] == BY_NUMBER:
        number = hall.duty_number[np.maximum(0, np.searchsorted(hall.duty_start, cuts, side="right") - 1)]
    else:
        number = np.full(len(cuts), len(hall.counter_unit))
    return cuts, busy, number


@lru_cache(maxsize=1)
def _offered(played: Played) -> np.ndarray:
    """The wait each citizen would have had with patience without end, first come, first served (NaN where it is not known).

    One who was called waited it. One who left would have been called when the next behind him was, or when a counter was free.
    """
    records = played.records
    wait = np.where(records.start < NEVER, records.start - records.ticket, np.nan)
    left = np.flatnonzero(records.outcome == ABANDONED)
    behind = np.append(np.minimum.accumulate(records.start[::-1])[::-1], NEVER)[1:]
    cuts, busy, number = _busy_levels(played)
    free = np.append(cuts[busy < number], NEVER)
    called = np.minimum(behind[left], free[np.searchsorted(free, records.ticket[left], side="right")])
    wait[left] = np.where(called < NEVER, called - records.ticket[left], np.nan)
    return wait


def offered_wait(us: float) -> Ratio:
    """Mean offered wait."""

    def read(played: Played) -> tuple[float, float]:
        offered = _offered(played)[_measured(played)] / us
        return float(np.nansum(offered)), float(np.count_nonzero(~np.isnan(offered)))

    return read


def offered_beyond(us: float, bound: float) -> Ratio:
    """Share whose offered wait is longer than so long."""

    def read(played: Played) -> tuple[float, float]:
        offered = _offered(played)[_measured(played)]
        return float((offered > bound * us).sum()), float(np.count_nonzero(~np.isnan(offered)))

    return read


def time_all_busy_in(interval: int) -> Ratio:
    """Share of an interval of the day in which a citizen who came would have waited: all counters on duty busy, the waiting room not full.

    In day-09 the states with a full waiting room are not in the expected number: weighted by the rates its eight hours add up to
    p_wait · (arrivals − blocked) to nine digits. Without a limit it is the share of time in which all counters are busy.
    """

    def read(played: Played) -> tuple[float, float]:
        since, to = played.plan.window.edges[interval : interval + 2]
        cuts, waited = _times_to_wait(played)
        spans = np.append(cuts[1:], cuts[-1]) - cuts
        return float(spans[waited & (cuts >= since) & (cuts < to)].sum()), float(to - since)

    return read


@lru_cache(maxsize=1)
def _times_to_wait(played: Played) -> tuple[np.ndarray, np.ndarray]:
    """Instants, and whether who comes from each to the next has to wait and finds room."""
    records = played.records
    instants, busy, number = _busy_levels(played)
    took = records.ticket < NEVER
    ticket, until = np.sort(records.ticket[took]), np.sort(_until(played)[took])
    cuts = np.unique(np.concatenate((instants, ticket, until)))
    at = np.searchsorted(instants, cuts, side="right") - 1
    waiting = np.searchsorted(ticket, cuts, side="right") - np.searchsorted(until, cuts, side="right")
    return cuts, (busy[at] >= number[at]) & (waiting < played.plan.hall.unit_room[0])


def time_empty(played: Played) -> tuple[float, float]:
    """Share of the window in which nobody was in the hall (one stop a citizen)."""
    records, window = played.records, played.plan.window
    got_in = records.ticket < NEVER
    cuts = np.unique(np.concatenate((records.ticket[got_in], records.end[got_in], window.edges)))
    level = np.searchsorted(np.sort(records.ticket[got_in]), cuts, side="right") - np.searchsorted(np.sort(records.end[got_in]), cuts, side="right")
    inner = (cuts[:-1] >= window.edges[0]) & (cuts[:-1] < window.edges[-1])
    return float(np.diff(cuts)[inner & (level[:-1] == 0)].sum()), _length(played)


def present_at(after_opening: int) -> Ratio:
    """Mean number in the hall at an instant (one stop a citizen)."""

    def read(played: Played) -> tuple[float, float]:
        instant = played.plan.demand.opens + after_opening
        return float(((played.records.ticket <= instant) & (played.records.end > instant) & (played.records.ticket < NEVER)).sum()), 1.0

    return read


def waiting_at_closing(played: Played) -> tuple[float, float]:
    """Mean number waiting at closing."""
    closes = played.plan.hall.closes
    return float(((played.records.ticket <= closes) & (_until(played) > closes) & (played.records.ticket < NEVER)).sum()), 1.0


def wait_of_number(us: float, number: int, source: int = 0) -> Ratio:
    """Mean wait of the citizen of this number in a source, of those who came to a stop."""

    def read(played: Played) -> tuple[float, float]:
        row = _row_of(played, number, source)
        return (0.0, 0.0) if row < 0 else (float(played.records.start[row] - played.records.ticket[row]) / us, 1.0)

    return read


def waited_of_number(number: int) -> Ratio:
    """How often the citizen of this number waits."""

    def read(played: Played) -> tuple[float, float]:
        row = _row_of(played, number, 0)
        return float(played.records.start[row] > played.records.ticket[row]), 1.0

    return read


def _row_of(played: Played, number: int, source: int) -> int:
    """The only stop of a citizen; -1 where he makes none, which must be by chance and not for want of citizens."""
    trace = played.trace
    citizen = int(np.flatnonzero((trace.source == source) & (trace.number == number))[0])
    first, end = trace.stop_first[citizen : citizen + 2]
    return int(first) if end > first else -1


def wait_of_first(us: float, numbers: int) -> Ratio:
    """Mean wait of the first so many citizens of a hall with one source."""

    def read(played: Played) -> tuple[float, float]:
        return float((played.records.start[:numbers] - played.records.ticket[:numbers]).sum()) / us, float(numbers)

    return read


def wait_of_sources(us: float, sources: tuple[int, ...]) -> Ratio:
    """Mean wait of the citizens of some sources (all are served)."""

    def read(played: Played) -> tuple[float, float]:
        mine = np.isin(played.trace.source[played.trace.citizen], sources)
        return float((played.records.start[mine] - played.records.ticket[mine]).sum()) / us, float(mine.sum())

    return read


def tickets_of_sources(sources: tuple[int, ...]) -> Ratio:
    """Mean number of tickets of the citizens of some sources."""
    return lambda played: (float(np.isin(played.trace.source[played.trace.citizen], sources).sum()), 1.0)


def idle_on_duty(us: float) -> Ratio:
    """Mean time on duty and not busy a day."""
    return lambda played: (float((played.sums.time_in - played.sums.served_in)[:, ON_DUTY].sum()) / us, 1.0)


def abandoned_at(bound: int, factor: float, before: bool) -> Ratio:
    """Mean number who leave after waiting exactly so long (or less), times a factor."""

    def read(played: Played) -> tuple[float, float]:
        left = played.records.outcome == ABANDONED
        waited = (played.records.end - played.records.ticket)[left]
        return factor * float(((waited < bound) if before else (waited == bound)).sum()), 1.0

    return read


def times(factor: float, reading: Ratio) -> Ratio:
    """A reading times a constant."""

    def read(played: Played) -> tuple[float, float]:
        numerator, denominator = reading(played)
        return factor * numerator, denominator

    return read


# One queue: the names that the cases use


def of_one_queue(name: str, us: float) -> Ratio | Quantile:
    """The reading of a number by the name that it has in the cases with one queue; raises KeyError for another name."""
    plain: dict[str, Ratio] = {
        "rho": utilisation(),
        "util": utilisation(),
        "occupancy_open": utilisation(),
        "p_wait": share(WAITED),
        "p_block": share_full,
        "p_abandon": share(ABANDONED),
        "p_empty": time_empty,
        "throughput": throughput(us),
        "Wq": wait_of_served(us),
        "Wq_served": wait_of_served(us),
        "Wq_seconds": wait_of_served(1e6),
        "Wq_served_s": wait_of_served(1e6),
        "Wq_all": wait_of_all(us),
        "Wq_all_s": wait_of_all(1e6),
        "Lq": number_waiting(),
        "W": sojourn(us),
        "L": inside,
        "EV_offered": offered_wait(us),
    }
    if name in plain:
        return plain[name]
    if match := re.fullmatch(r"q(\d+)_wait", name):
        return Quantile(int(match[1]) / 100.0, us)
    for pattern, reading in (
        (r"P\(W<=([\d.]+)\)", wait_at_most),
        (r"P\(W>([\d.]+)\)", lambda us, bound: wait_at_most(us, bound, beyond=True)),
        (r"P\(V>([\d.]+)\)", offered_beyond),
        (r"P\(served within ([\d.]+)\)", served_within),
        (r"P\(wait_all>([\d.]+)\)", wait_of_all_beyond),
    ):
        if match := re.fullmatch(pattern, name):
            return reading(us, float(match[1]))
    raise KeyError(name)


def of_hall_day(name: str, us: float) -> Ratio:
    """The reading of a number by the name that it has in the days of day-06 and after; raises KeyError for another name."""
    plain: dict[str, Ratio] = {
        "E_arrivals": citizens(),
        "E_served": count(SERVED),
        "E_abandon": count(ABANDONED),
        "E_blocked": count(REFUSED_FULL),
        "mean_wait_all": wait_of_all(us),
        "p_wait": share(WAITED),
        "E_queue_at_close": waiting_at_closing,
        "mean_overtime_min": last_leaves_after_closing(us),
        "busy_counter_minutes": busy_time(us),
        "frac_arrivals_actual_wait_gt_15.0": missed_target_of_all,
        "frac_arrivals_offered_wait_gt_15.0": offered_beyond(us, 15.0),
    }
    if name in plain:
        return plain[name]
    kind, _, index = name.rstrip("]").partition("[")
    return {"mean_queue_by_hour": number_waiting_in, "p_all_busy_by_hour": time_all_busy_in}[kind](int(index))
