"""The people inside the hall over the day, against its seats."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.analysis.summary import Summary
from sim.figures import day, style, wording
from sim.figures.page import Page
from sim.words import counted


def against_seats(summary: Summary) -> Figure | None:
    """The average number inside with the band of days, the average of each interval's maximum, and the seats."""
    if not summary.has_hours:
        return None
    mean = day.values(summary.over_day("inside"))
    low = day.values(summary.over_day("inside_p10"))
    high = day.values(summary.over_day("inside_p90"))
    most = day.values(summary.over_day("most_inside"))
    part = day.shown(summary, mean, high, most)
    bounds = day.edges(summary, part)
    interval = day.interval_name(summary)
    note = f"People inside the hall, waiting or being served. Each step is one {interval}."
    page = Page(summary, _title(summary, most), note)
    handles: list[Artist] = [Line2D([], [], color=style.BLUE, linewidth=2.2, label="average")]
    banded = summary.replications > 1
    if banded:
        handles.append(Patch(facecolor=style.BAND, label="8 days in 10"))
    handles.append(Line2D([], [], color=style.VERMILION, linewidth=1.2, linestyle=":", label="most at once, average day"))
    if summary.seats is not None:
        handles.append(Line2D([], [], color=style.INK, linewidth=1.4, linestyle=(0, (6, 2)), label=counted(summary.seats, "seat")))
    axes, width = page.below_legend([*handles, *day.closed_key(summary, bounds)])
    day.shade_closed(axes, summary, bounds)
    if banded:
        day.steps(axes, bounds, low[part], high[part], colour=style.BAND)
    day.line(axes, bounds, mean[part], colour=style.BLUE, thickness=2.2)
    day.line(axes, bounds, most[part], colour=style.VERMILION, thickness=1.2, dashes=":")
    if summary.seats is not None:
        axes.axhline(summary.seats, color=style.INK, linewidth=1.4, linestyle=(0, (6, 2)), zorder=4)
    seen = np.concatenate([mean, high, most])
    seen = seen[np.isfinite(seen)]
    highest = max(1.0, float(seen.max()) if seen.size else 1.0, float(summary.seats or 0))
    if not seen.size:
        page.nothing(axes, "Nobody came into the hall.")
    day.scale(axes, highest)
    axes.set_ylabel("people inside the hall")
    axes.set_xlabel("time of day")
    day.clock_axis(axes, bounds, width)
    return page.figure


def _title(summary: Summary, most: day.Numbers) -> str:
    peak = summary.get("most_inside").value
    if not np.isfinite(most).any() or not np.isfinite(peak) or peak == 0:
        return "Nobody comes into the hall"
    fullest = int(np.nanargmax(most))
    # The day's own peak may fall at another time than the fullest interval of the picture, and is not lower.
    title = f"The hall is fullest at {day.between(summary, fullest)}; at some time of an average day it holds {counted(round(peak), 'person', 'people')}"
    if summary.seats is None:
        return title
    too_few = 1.0 - summary.get("days_seats_suffice").value
    seats = f"its {counted(summary.seats, 'seat')}"
    if summary.replications == 1:
        return f"{title}, {'more' if too_few else 'not more'} than {seats}"
    return f"{title}, and {seats} {f'are too few on {wording.percent(too_few)} of days' if too_few else 'suffice on every simulated day'}"
