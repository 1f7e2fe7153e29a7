"""The waiting time by the time of taking the ticket, with the officers on duty below."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.analysis.summary import Summary, UnitLabel
from sim.analysis.target import Verdict, staffed_verdicts, units_counted
from sim.figures import day, scales, style, wording
from sim.figures.page import FOOTER, MARGIN, Page
from sim.figures.unserved import unserved_words
from sim.words import given

_FAR: Final = 4.0
"""The highest target that is drawn, in multiples of the highest wait. A higher one would flatten the waits, so it is only named."""
_DASHED: Final = (0, (4, 3))
"""Dashes of the target: ink and gap, in points."""
_OFFICERS: Final = 0.62
"""Height in inches of the officers on duty below the waits."""


def by_time_of_day(summary: Summary) -> Figure | None:
    """Waiting time by interval of taking the ticket: the median, the ribbon up to the 90 % quantile, the target time, and the officers on duty.

    The target time is drawn if all units have the same. The title judges it by unit, since the waits of all units together may lie below
    it while one unit misses it.
    """
    if not summary.has_hours:
        return None
    median = day.values(summary.over_day("waiting_time_median"))
    p90 = day.values(summary.over_day("waiting_time_p90"))
    officers = np.array(summary.officers)
    part = day.shown(summary, median, p90)
    bounds = day.edges(summary, part)
    served = bool(np.isfinite(p90).any())
    highest = float(np.nanmax(p90)) if served else 1.0
    targets = [unit for unit in summary.hall_units if not unit.unlimited and not math.isnan(unit.target_minutes)]
    drawn = len({unit.target_minutes for unit in targets}) == 1 and (not served or targets[0].target_minutes <= _FAR * max(highest, 1.0))
    page = Page(summary, _title(summary, median, p90), _note(summary, targets, drawn), picture=4.6 + (_OFFICERS + 0.1 if officers.any() else 0.0))
    handles: list[Artist] = [
        Line2D([], [], color=style.BLUE, linewidth=2.2, label="median: half wait longer"),
        Patch(facecolor=style.BAND, label="ribbon up to P90: one in ten waits longer"),
        *([Line2D([], [], color=style.INK, linewidth=1.1, linestyle=_DASHED, label=f"target: {target_words(targets)}")] if drawn else []),
        *day.closed_key(summary, bounds),
    ]
    below = _OFFICERS + 0.1 if officers.any() else 0.0
    top, left, bottom = page.legend(handles), MARGIN + 0.6, FOOTER + 0.5 + below
    width = page.width - left - 0.2 - MARGIN
    axes = page.axes(left, bottom, width, top - bottom)
    day.shade_closed(axes, summary, bounds)
    if drawn:
        axes.axhline(targets[0].target_minutes, color=style.INK, linewidth=1.1, linestyle=_DASHED, zorder=4)
        highest = max(highest, targets[0].target_minutes)
    day.steps(axes, bounds, median[part], p90[part], colour=style.BAND)
    day.line(axes, bounds, p90[part], colour=style.SKY, thickness=0.9)
    day.line(axes, bounds, median[part], colour=style.BLUE, thickness=2.2)
    if not served:
        page.nothing(axes, "Nobody was served, so there is no waiting time.")
    day.scale(axes, highest, title="waiting time, minutes")
    if officers.any():
        day.clock_axis(axes, bounds, width, numbered=False)
        _draw_officers(page, summary, officers[part], bounds, left, width)
    else:
        day.clock_axis(axes, bounds, width, title="time of taking the ticket")
    return page.figure


def _draw_officers(page: Page, summary: Summary, officers: day.Numbers, bounds: day.Numbers, left: float, width: float) -> None:
    """The officers on duty, drawn below the waits: lunch and the ends of shifts stand under the waits that they cause."""
    axes = page.axes(left, FOOTER + 0.5, width, _OFFICERS)
    day.shade_closed(axes, summary, bounds)
    day.steps(axes, bounds, np.zeros(len(officers)), officers, colour=style.STRIP)
    day.line(axes, bounds, officers, colour=style.QUIET, thickness=1.2)
    most, fewest = float(officers.max(initial=1.0)), float(officers.min(initial=0.0 if not len(officers) else math.inf))
    axes.set_ylim(0.0, 1.25 * most)
    places = [0.0, *([fewest] if 0.35 < fewest / most < 0.65 else []), most]
    scales.beside(axes, places, [given(round(place, 1)) for place in places], title="officers\non duty", title_size=style.SMALL)
    day.clock_axis(axes, bounds, width, title="time of taking the ticket")


def target_words(targets: list[UnitLabel]) -> str:
    """The target of some units in a few words, which say what differs by unit."""
    low, high = min(unit.target_minutes for unit in targets), max(unit.target_minutes for unit in targets)
    shares = {unit.target_share for unit in targets}
    if low != high:
        return f"{given(low)} to {wording.target_minutes(high)}, which differ by unit"
    if len(shares) == 1 and not math.isnan(share := shares.pop()):
        return f"{wording.target_percent(share)} within {wording.target_minutes(low)}" + (" at each unit" if len(targets) > 1 else "")
    return f"{wording.target_minutes(low)}, for shares that differ by unit"


def _note(summary: Summary, targets: list[UnitLabel], drawn: bool) -> str:
    several = len(summary.hall_units) > 1
    where = f" at {summary.all_units} together" if several else f" at {summary.hall_units[0].name}" if len(summary.units) > 1 else ""
    note = f"Waiting time of the served{where}, by the {day.interval_name(summary)} in which they took their ticket."
    if targets and not drawn:
        note += f" Outside the picture: the target of {target_words(targets)}." if not several else f" Targets: {target_words(targets)}."
    return note


def _title(summary: Summary, median: day.Numbers, p90: day.Numbers) -> str:
    """How many units miss their target, when the two lines are highest, and how many give up."""
    said = [_missed(summary), _highest(summary, median, p90), unserved_words(summary)]
    title = "; ".join(filter(None, said))
    return title[:1].upper() + title[1:]


def _missed(summary: Summary) -> str:
    said = list(staffed_verdicts(summary).values())
    missed = said.count(Verdict.MISSED)
    return f"{missed} of {len(said)} {units_counted(summary)} miss{'es' if missed == 1 else ''} {'its' if missed == 1 else 'their'} target" if missed and len(said) > 1 else ""


def _highest(summary: Summary, median: day.Numbers, p90: day.Numbers) -> str:
    if not np.isfinite(p90).any():
        return "nobody was served on these days"
    if np.nanmax(p90) < 0.05:
        return "at every hour nine in ten tickets are called at once"
    worst = int(np.nanargmax(p90))
    ten = f"one in ten waits more than {wording.minutes(p90[worst])} with a ticket of {day.between(summary, worst)}"
    if not np.isfinite(median).any() or np.nanmax(median) < 0.5:
        return f"half of the served hardly wait, {ten}"
    middle = int(np.nanargmax(median))
    if middle == worst:
        return f"waits are longest for tickets of {day.between(summary, worst)}: half wait more than {wording.minutes(median[middle])}, one in ten more than {wording.minutes(p90[worst])}"
    return f"{ten}, and half more than {wording.minutes(median[middle])} with one of {day.between(summary, middle)}"
