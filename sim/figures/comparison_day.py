"""Plans over the day: how long citizens wait under each, and how many officers are on duty against the offered load."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.analysis.comparison_summary import ComparisonSummary
from sim.figures import day, style, wording
from sim.figures.day import Numbers
from sim.figures.page import FOOTER, MARGIN, Page
from sim.words import counted, given, measured

_Dashes = str | tuple[float, tuple[float, ...]]
_LINES: Final[tuple[tuple[str, _Dashes, str], ...]] = (
    (style.VERMILION, "-", "o"),
    (style.BLUE, (0, (5, 1.5)), "s"),
    (style.GREEN, (0, (5, 1.5, 1, 1.5)), "^"),
    (style.PURPLE, (0, (1.5, 1)), "D"),
    (style.ORANGE, "-", "v"),
    (style.SKY, (0, (3, 1)), "P"),
    (style.BLACK, (0, (1, 1.5)), "x"),
)
"""Each plan has a colour, a kind of line and a mark: any of the three is enough to tell it from the others."""
_MOST_WAITS: Final = 3
_MOST_UNITS: Final = 5
_COLUMNS: Final = 4
_MOST_LINES: Final = 8
_SHORT: Final = "#EE9B74"
"""A lighter vermilion: seen above the line of the officers, so that grey print tells it too."""


class _Place(NamedTuple):
    unit: str
    name: str


def _intervals(summary: ComparisonSummary, plan: int) -> Numbers:
    return np.array(summary.summaries[plan].edges, dtype=np.float64)


def _reach(summary: ComparisonSummary, plans: Sequence[int], *seen: Numbers) -> Numbers:
    """The stretch of the day worth showing: the opening hours of all plans, and beyond as far as anything is seen."""
    ends: list[float] = []
    for plan, values in zip(plans, seen, strict=True):
        base = summary.summaries[plan]
        bounds = day.edges(base, day.shown(base, values))
        ends += [float(bounds[0]), float(bounds[-1])]
    return np.array([min(ends), max(ends)])


def waits(summary: ComparisonSummary) -> Figure | None:
    """The P90 wait by interval of taking the ticket, a line for each plan: the hall, and the units with the largest differences."""
    if not all(each.has_hours for each in summary.summaries):
        return None
    plans = range(len(summary.names))
    several = len(summary.base.units) > 1
    differing = [_Place(unit.unit, unit.name) for unit in summary.differing_units()] if several else []
    places = [_Place("", "the hall as a whole" if several else summary.base.units[0].name), *differing[:_MOST_WAITS]]
    p90 = [[day.values(summary.summaries[plan].over_day("waiting_time_p90", place.unit)) for plan in plans] for place in places]
    note = (
        f"P90 of the waiting time: one in ten who take their ticket in that {day.interval_name(summary.base)} waits longer. "
        "Plans with equal waits lie on one line."
    )
    if len(differing) > _MOST_WAITS:
        note += f" Shown are the hall and {_MOST_WAITS} of the {len(differing)} units that differ, those with the largest differences."
    height, heading = (3.6, 0.28) if len(places) == 1 else (1.75, 0.32)
    bounds = _reach(summary, [plan for plan in plans for _ in places], *(p90[place][plan] for plan in plans for place in range(len(places))))
    whose = summary.summaries
    any_open = replace(summary.base, opens=min(each.opens for each in whose), closes=max(each.closes for each in whose))
    handles = [Line2D([], [], label=_plan_name(summary, plan), **_line(summary, plan)) for plan in plans] + day.closed_key(any_open, bounds)
    legend = 0.24 * math.ceil(len(handles) / 4)
    page = Page(summary.base, _waits_title(summary, places, p90), note, width=11.0, picture=legend + len(places) * (heading + height) + 0.5)
    bottom_of_legend = _legend(page, handles)
    left, width = MARGIN + 0.6, page.width - 2 * MARGIN - 0.7
    pitch = (bottom_of_legend - FOOTER - 0.5) / len(places)
    for row, place in enumerate(places):
        bottom = bottom_of_legend - (row + 1) * pitch
        axes = page.axes(left, bottom, width, pitch - heading)
        day.shade_closed(axes, any_open, bounds)
        highest = 1.0
        for plan in [summary.baseline, *(plan for plan in plans if plan != summary.baseline)]:
            edges, values = _intervals(summary, plan), p90[row][plan]
            axes.plot((edges[:-1] + edges[1:]) / 2, values, **_line(summary, plan))
            if np.isfinite(values).any():
                highest = max(highest, float(np.nanmax(values)))
        day.scale(axes, highest, ticks=5 if len(places) > 1 else 9)
        day.clock_axis(axes, bounds, width)
        axes.tick_params(labelbottom=row == len(places) - 1)
        page.text(left, bottom + pitch - heading + 0.07, place.name, size=style.SMALL, weight="bold", va="baseline")
    page.text(left + width / 2, FOOTER + 0.1, "time of taking the ticket", size=style.TEXT, va="bottom", ha="center")
    middle = FOOTER + 0.5 + pitch * len(places) / 2
    page.text(MARGIN + 0.02, middle, "P90 wait, minutes", size=style.TEXT, rotation=90, va="center", ha="left")
    return page.figure


def _legend(page: Page, handles: Sequence[Artist]) -> float:
    """The plans in at most four columns, as wide as the longest name; returns the height in inches under it."""
    rows = math.ceil(len(handles) / 4)
    page.figure.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(MARGIN / page.width, (page.top + 0.02) / page.height), ncols=math.ceil(len(handles) / rows),
        frameon=False, borderpad=0.0, borderaxespad=0.0, handlelength=3.2, handletextpad=0.6, columnspacing=1.6, labelspacing=0.45,
    )  # fmt: skip
    return page.top - 0.205 * rows - 0.05


def _line(summary: ComparisonSummary, plan: int) -> dict[str, Any]:
    others = [other for other in range(len(summary.names)) if other != summary.baseline]
    if plan == summary.baseline:
        return {"color": style.FAINT, "linestyle": "-", "linewidth": 3.6, "marker": "", "zorder": 2}
    colour, dashes, marker = _LINES[others.index(plan) % len(_LINES)]
    face = "white" if marker not in "x" else colour
    return {
        "color": colour, "linestyle": dashes, "linewidth": 1.4, "marker": marker, "markersize": 4.2, "markerfacecolor": face,
        "markeredgewidth": 1.0, "zorder": 3, "clip_on": False,
    }  # fmt: skip


def _plan_name(summary: ComparisonSummary, plan: int) -> str:
    name = summary.names[plan]
    name = name if wording.width(name, style.SMALL) <= 1.9 else wording.wrapped(name.replace("_", "_ "), 1.9, style.SMALL, lines=1).replace("_ ", "_")
    return f"{name} (baseline)" if plan == summary.baseline else name


def _waits_title(summary: ComparisonSummary, places: Sequence[_Place], p90: Sequence[Sequence[Numbers]]) -> str:
    """Where and when a plan differs most from the baseline, among the intervals in which the two confidence intervals do not meet."""
    best: tuple[float, int, int, int] | None = None
    for row, place in enumerate(places):
        were = summary.base.over_day("waiting_time_p90", place.unit)
        for plan in range(len(summary.names)):
            if plan == summary.baseline or summary.summaries[plan].edges != summary.base.edges:
                continue
            for at, (one, other) in enumerate(zip(summary.summaries[plan].over_day("waiting_time_p90", place.unit), were, strict=True)):
                apart = abs(one.value - other.value)
                if (one.low > other.high or one.high < other.low) and (best is None or apart > best[0]):
                    best = apart, row, plan, at
    if best is None:
        return f"At no {day.interval_name(summary.base)} do waits differ between the plans by more than chance may bring about"
    _, row, plan, at = best
    where = f"At {wording.short(places[row].name)} " if places[row].unit or len(summary.base.units) == 1 else "In the hall as a whole "
    before, now = float(p90[row][summary.baseline][at]), float(p90[row][plan][at])
    title = f"{where}waits are {'longer' if now > before else 'shorter'} under {summary.names[plan]}, most for tickets of {day.between(summary.base, at)}: "
    if now < 0.05:
        return f"{title}nine in ten are called at once, where one in ten waited more than {wording.minutes(before)}"
    if before < 0.05:
        return f"{title}one in ten waits more than {wording.minutes(now)}, where nine in ten were called at once"
    return f"{title}one in ten waits more than {wording.minutes(now)} instead of {wording.minutes(before)}"


class _Staffed(NamedTuple):
    """Units whose officers are drawn together (the hall without any), and what they are called."""

    units: tuple[str, ...]
    name: str


class _Panel(NamedTuple):
    plans: tuple[int, ...]
    on_duty: Numbers
    load: Numbers


def officers_and_load(summary: ComparisonSummary) -> Figure | None:
    """Officers on duty against the offered load in each interval: a picture for each staffing that differs, of the hall and its units."""
    if not all(each.has_hours for each in summary.summaries):
        return None
    several = len(summary.base.units) > 1
    found = [(place, _panels(summary, place.units)) for place in _staffed(summary)]
    waits_differ = [unit.unit for unit in summary.differing_units()]  # those of which the verdict speaks come first
    differing = sorted(
        (each for each in found if len(each[1]) > 1),
        key=lambda each: (min([waits_differ.index(unit) for unit in each[0].units if unit in waits_differ], default=len(waits_differ)), -_apart(each[1])),
    )
    hall = [(_Staffed((), "the hall as a whole"), _panels(summary, ()))] if several else []
    places = [*hall, *(differing[:_MOST_UNITS] if several else found)]
    if not places:
        return None
    columns = min(_COLUMNS, max(len(panels) for _, panels in places))
    while len(places) > 2 and sum(math.ceil(len(panels) / columns) for _, panels in places) > _MOST_LINES:
        places.pop()
    units_shown = sum(len(place.units) for place, _ in places)
    units_differing = sum(len(place.units) for place, _ in differing)
    note = f"Averages over each {day.interval_name(summary.base)}. Offered load: the officers that citizens would keep busy if none had to wait; those at the door count at opening."
    if units_differing > units_shown and several:
        note += f" Shown are the hall and {units_shown} of the {units_differing} units whose officers or citizens differ."
    elif several and not differing:
        note += " No plan changes any unit's officers or citizens."
    page_width = 9.0 if columns <= 2 else 11.0
    left, gap = MARGIN + 0.5, 0.42
    width = (page_width - left - MARGIN - 0.05 - gap * (columns - 1)) / columns
    whose = [[_whose(summary, panel.plans, width) for panel in panels] for _, panels in places]
    above = [0.42 if any("\n" in text for text in texts) else 0.28 for texts in whose]
    height, heading = 2.6 if columns == 1 and len(places) == 1 else 1.15, 0.26
    lines = [math.ceil(len(panels) / columns) for _, panels in places]
    picture = 0.32 + sum(heading + rows * (each + height) + 0.16 for rows, each in zip(lines, above, strict=True)) + 0.5
    page = Page(summary.base, _officers_title(summary, places), note, width=page_width, picture=picture)
    every = [panel for _, panels in places for panel in panels]
    bounds = _reach(summary, [panel.plans[0] for panel in every], *(panel.on_duty for panel in every))
    bottom = page.legend(
        [
            Line2D([], [], color=style.INK, linewidth=1.8, label="officers on duty"),
            Patch(facecolor=style.BAND, label="offered load, erlang"),
            *([Patch(facecolor=_SHORT, label=_short_words(summary, [place for place, _ in places]))] if any(_short(panel).any() for panel in every) else []),
            *[key for panel in every for key in day.closed_key(summary.summaries[panel.plans[0]], bounds)][:1],
        ]
    )
    lowest = {number % columns: (row, number) for row, (_, panels) in enumerate(places) for number in range(len(panels))}
    for row, (place, panels) in enumerate(places):
        bottom -= heading
        page.text(MARGIN, bottom + 0.06, place.name, size=style.TEXT, weight="bold", va="baseline")
        top = max(float(np.nanmax(np.concatenate([panel.on_duty, panel.load, [0.0]]))) for panel in panels)
        for number, panel in enumerate(panels):
            line, column = divmod(number, columns)
            x, y = left + column * (width + gap), bottom - (line + 1) * (above[row] + height)
            axes = page.axes(x, y, width, height)
            _draw_officers(axes, summary, panel, bounds)
            day.scale(axes, top)
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))  # there are no half officers
            day.clock_axis(axes, bounds, width, small=columns > 1)
            axes.tick_params(labelleft=column == 0, labelbottom=lowest[column] == (row, number))
            page.text(x, y + height + 0.06, whose[row][number], size=style.TINY, color=style.QUIET, va="baseline", linespacing=1.15)
        bottom -= lines[row] * (above[row] + height) + 0.16
    page.text(page.width / 2, FOOTER + 0.1, "time of day", size=style.TEXT, va="bottom", ha="center")
    return page.figure


def _staffed(summary: ComparisonSummary) -> list[_Staffed]:
    """The units that are compared, those together that share counters under any plan: of an officer of two units neither can be judged alone."""
    names = {unit.unit: unit.name for unit in summary.units}
    group = {unit: {unit} for unit in names}
    for shared in (one for each in summary.summaries for one in each.groups):
        together: set[str] = set().union(*(group[unit] for unit in shared.units if unit in group))
        group.update(dict.fromkeys(together, together))
    found = dict.fromkeys(tuple(one for one in names if one in group[unit]) for unit in names)
    return [_Staffed(units, " + ".join(names[unit] for unit in units)) for units in found]


def _short_words(summary: ComparisonSummary, places: Sequence[_Staffed]) -> str:
    shown = {unit for place in places for unit in place.units}
    helped = any(unit in shown and len(place.units) == 1 for each in summary.summaries for unit in each.helped for place in places if unit in place.units)
    return "load above the officers: a queue grows" + (", unless other units help" if helped else "")


def _panels(summary: ComparisonSummary, units: tuple[str, ...]) -> list[_Panel]:
    """The staffings of some units (of the hall without any) that differ, each with the plans that have it; the baseline's first."""
    order = [summary.baseline, *(plan for plan in range(len(summary.names)) if plan != summary.baseline)]
    panels: list[_Panel] = []
    for plan in order:
        on_duty, load = summary.officers[plan]
        labels = summary.summaries[plan].units
        rows = [i for i, label in enumerate(labels) if not label.unlimited and (label.unit in units if units else not label.machine)]
        one = _Panel((plan,), on_duty[rows].sum(axis=0), load[rows].sum(axis=0))
        for place, other in enumerate(panels):
            same = one.load.shape == other.load.shape and np.allclose(one.load, other.load) and np.allclose(one.on_duty, other.on_duty)
            same = same and _hours(summary, plan, units) == _hours(summary, other.plans[0], units)  # those after closing too
            if same and np.array_equal(_intervals(summary, plan), _intervals(summary, other.plans[0])):
                panels[place] = other._replace(plans=(*other.plans, plan))
                break
        else:
            panels.append(one)
    return panels


def _hours(summary: ComparisonSummary, plan: int, units: tuple[str, ...]) -> float:
    """The hours on duty under a plan; 0 where they are not compared."""
    other = summary.others[0] if plan == summary.baseline else summary.names[plan]
    found = [one for unit in units or ("",) if (one := summary.find(other, "hours_on_duty", unit)) is not None]
    return sum(one.baseline if plan == summary.baseline else one.value for one in found)


def _apart(panels: Sequence[_Panel]) -> float:
    base = panels[0]
    return max(
        float(np.abs(one.on_duty - base.on_duty).sum() + np.abs(one.load - base.load).sum()) if one.load.shape == base.load.shape else math.inf
        for one in panels[1:]
    )


def _short(panel: _Panel) -> NDArray[np.bool_]:
    """In which intervals the load exceeds the officers."""
    return panel.load > panel.on_duty + 1e-9


def _draw_officers(axes: Axes, summary: ComparisonSummary, panel: _Panel, bounds: Numbers) -> None:
    own, edges = summary.summaries[panel.plans[0]], _intervals(summary, panel.plans[0])
    day.shade_closed(axes, own, bounds)
    day.steps(axes, edges, np.zeros(len(panel.load)), panel.load, colour=style.BAND)
    short = _short(panel)
    if short.any():
        day.steps(axes, edges, np.where(short, panel.on_duty, np.nan), np.where(short, panel.load, np.nan), colour=_SHORT)
    day.line(axes, edges, panel.on_duty, colour=style.INK, thickness=1.8)


def _whose(summary: ComparisonSummary, plans: Sequence[int], room: float) -> str:
    """The plans of a panel by name, as far as they fit; else the first and how many others."""
    names = [summary.names[plan] + (" (baseline)" if plan == summary.baseline else "") for plan in plans]
    text = wording.wrapped(", ".join(names).replace("_", "_ "), room, style.TINY, lines=2)
    if text.endswith("…") and len(names) > 1:
        more = f" and {counted(len(names) - 1, 'other plan')}"
        text = wording.wrapped(names[0].replace("_", "_ "), room, style.TINY, lines=1) + ("\n" + more.strip())
    return text.replace("_ ", "_")


def _officers_title(summary: ComparisonSummary, places: Sequence[tuple[_Staffed, Sequence[_Panel]]]) -> str:
    """Where and when, among the pictures of units (or of the hall alone), the load exceeds the officers most, and under which plans."""
    worst: tuple[float, _Staffed, _Panel, int, list[int]] | None = None
    for place, panels in places:
        for panel in panels if place.units or len(places) == 1 else ():
            short = panel.load - panel.on_duty
            at = int(np.argmax(short))
            if short[at] > 1e-6 and (worst is None or short[at] > worst[0] + 1e-9):
                worst = (float(short[at]), place, panel, at, [plan for other in panels if _same_at(summary, panel, other, at) for plan in other.plans])
    if worst is None:
        every = "all day" if len(places) == 1 and places[0][0].units else "at every unit shown" if len(places) > 1 else "in the hall as a whole"
        return f"Under every plan there are as many officers on duty as the offered load asks for, {every}"
    _, place, panel, at, plans = worst
    who = summary.names[plans[0]] if len(plans) == 1 else f"{len(plans)} plans" if len(plans) < len(summary.names) else "every plan"
    count = float(panel.on_duty[at])
    when = day.between(summary.summaries[panel.plans[0]], at)
    where = f"At {wording.short(place.name)}" if place.units else "In the hall as a whole"
    noun = "machine" if any(unit.machine for unit in summary.base.units if unit.unit in place.units) else "officer"
    officers = f"no {noun} is" if count < 1e-9 else f"{given(round(count, 1))} {noun}{' is' if count == 1 else 's are'}"
    return f"{where} {officers} on duty at {when} under {who}, for an offered load of {measured(float(panel.load[at]))} erlang"


def _same_at(summary: ComparisonSummary, one: _Panel, other: _Panel, at: int) -> bool:
    """Whether two panels have the same officers and the same load in an interval."""
    if not np.array_equal(_intervals(summary, one.plans[0]), _intervals(summary, other.plans[0])):
        return False
    return math.isclose(one.on_duty[at], other.on_duty[at], abs_tol=1e-9) and math.isclose(one.load[at], other.load[at], abs_tol=1e-9)
