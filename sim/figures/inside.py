"""The people inside the hall over the day, against its seats."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.analysis.summary import Summary
from sim.figures import day, style, wording
from sim.figures.page import Page
from sim.words import counted

_DASHED: Final = (0, (6, 2))
"""Dashes of the line at the seats: ink and gap, in points."""


def against_seats(summary: Summary) -> Figure | None:
    """The average number inside with the band of days, the highest number on any day, and the seats."""
    if not summary.has_hours:
        return None
    mean = day.values(summary.over_day("inside"))
    low = day.values(summary.over_day("inside_p10"))
    high = day.values(summary.over_day("inside_p90"))
    most = np.array(summary.fullest[:-1], dtype=np.float64)
    part = day.shown(summary, mean, high, most)
    bounds = day.edges(summary, part)
    note = f"People inside the hall, waiting or being served. Each step is one {day.interval_name(summary)}."
    page = Page(summary, _title(summary, mean), note)
    banded = summary.replications > 1
    handles: list[Artist] = [Line2D([], [], color=style.BLUE, linewidth=2.2, label="average")]
    if banded:
        handles.append(Patch(facecolor=style.BAND, label="average on 8 days in 10"))
    of_days = f"most at once on any of {summary.replications:,} days" if banded else "most at once"
    handles.append(Line2D([], [], color=style.VERMILION, linewidth=1.2, linestyle=":", label=of_days))
    if summary.seats is not None:
        handles.append(Line2D([], [], color=style.INK, linewidth=1.4, linestyle=_DASHED, label=counted(summary.seats, "seat")))
    axes, width = page.below_legend([*handles, *day.closed_key(summary, bounds)])
    day.shade_closed(axes, summary, bounds)
    if banded:
        day.steps(axes, bounds, low[part], high[part], colour=style.BAND)
    day.line(axes, bounds, mean[part], colour=style.BLUE, thickness=2.2)
    day.line(axes, bounds, most[part], colour=style.VERMILION, thickness=1.2, dashes=":")
    if summary.seats is not None:
        axes.axhline(summary.seats, color=style.INK, linewidth=1.4, linestyle=_DASHED, zorder=4)
    seen = np.concatenate([mean, high, most])
    seen = seen[np.isfinite(seen)]
    if not seen.any():
        page.nothing(axes, "Nobody came into the hall.")
    day.scale(axes, max(1.0, float(seen.max(initial=1.0)), float(summary.seats or 0)), title="people inside the hall")
    day.clock_axis(axes, bounds, width, title="time of day")
    return page.figure


def _title(summary: Summary, mean: day.Numbers) -> str:
    """When the hall is fullest, how many the fullest day held, and whether the seats are enough."""
    most = max(summary.fullest, default=0)
    if not most or not np.isfinite(mean).any():
        return "Nobody comes into the hall"
    at = int(np.nanargmax(mean))
    one_day = summary.replications == 1
    title = f"The hall is fullest at {day.between(summary, at)}, with {counted(round(mean[at]), 'person', 'people')} on average; "
    title += f"at once it held {most:,} at most" if one_day else f"on the fullest of {summary.replications:,} days it held {most:,} at once"
    if summary.seats is None:
        return title
    too_few = 1.0 - summary.get("days_seats_suffice").value
    seats = f"its {counted(summary.seats, 'seat')}"
    if one_day:
        return f"{title}, {'more' if too_few else 'not more'} than {seats}"
    return f"{title}, and {seats} {f'are too few on {wording.percent(too_few)} of days' if too_few else 'suffice on every day'}"
