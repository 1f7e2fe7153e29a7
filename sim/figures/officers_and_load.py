"""Officers on duty against the work that citizens bring, over the day and under each plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.analysis.comparison_summary import ComparisonSummary
from sim.figures import comparison_day, day, style, wording
from sim.figures.day import Numbers
from sim.figures.page import FOOTER, MARGIN, Page
from sim.words import counted, measured

_MOST_UNITS: Final = 4
"""The most units, or groups of units that share counters, beside the hall."""
_COLUMNS: Final = 5
"""The most pictures in a row."""
_MOST_LINES: Final = 5
"""The most rows of pictures on a page. More would be too small on a slide."""
_SHORT: Final = "#EE9B74"
"""Colour of work without an officer: a lighter vermilion. It lies above the officers' line, so that grey print shows it too."""
_HEIGHT: Final = 0.95
"""Height of a picture in inches; `_ALONE` that of a single one."""
_ALONE: Final = 2.6
_NO_WORK: Final = 0.05
"""The title counts fewer officer-hours a day than this as none."""
_CLOCK: Final = 0.2
"""Room in inches for the clock times under each picture."""


class _Staffed(NamedTuple):
    """Units whose officers are drawn together (none for the hall), and their name."""

    units: tuple[str, ...]
    name: str


class _Panel(NamedTuple):
    plans: tuple[int, ...]
    on_duty: Numbers
    load: Numbers


def figure(summary: ComparisonSummary) -> Figure | None:
    """Officers on duty against the offered load in each interval: a picture for each staffing that differs, of the hall and its units."""
    if not all(each.has_hours for each in summary.summaries):
        return None
    several = len(summary.base.units) > 1
    found = [(place, _panels(summary, place.units)) for place in _staffed(summary)]
    waits_differ = [unit.unit for unit in summary.differing_units()]  # units that the verdict names come first
    differing = sorted(
        (each for each in found if len(each[1]) > 1),
        key=lambda each: (min([waits_differ.index(unit) for unit in each[0].units if unit in waits_differ], default=len(waits_differ)), -_apart(each[1])),
    )
    hall = [(_Staffed((), "the hall as a whole"), _panels(summary, ()))] if several else []
    places = [*hall, *(differing[:_MOST_UNITS] if several else found)]
    if not places:
        return None
    most = max(len(panels) for _, panels in places)
    columns = math.ceil(most / math.ceil(most / _COLUMNS))  # so that no plan stands alone in a second row
    while len(places) > 2 and sum(math.ceil(len(panels) / columns) for _, panels in places) > _MOST_LINES:
        places.pop()
    units_shown = sum(len(place.units) for place, _ in places)
    units_differing = sum(len(place.units) for place, _ in differing)
    note = f"Averages over each {day.interval_name(summary.base)}. Work: the officers whom citizens would keep busy if none had to wait (the offered load, in erlang); those at the door count at opening."
    if units_differing > units_shown and several:
        note += f" Shown are the hall and {units_shown} of the {units_differing} units whose officers or citizens differ."
    elif several and not differing:
        note += " No plan changes any unit's officers or citizens."
    page_width = 9.0 if columns <= 2 else 11.0
    left, gap = MARGIN + 0.5, 0.42
    width = (page_width - left - MARGIN - 0.05 - gap * (columns - 1)) / columns
    whose = [[_whose(summary, panel.plans, width) for panel in panels] for _, panels in places]
    above = [0.42 if any("\n" in text for text in texts) else 0.28 for texts in whose]
    height, heading = (_ALONE if columns == 1 and len(places) == 1 else _HEIGHT), 0.26
    lines = [math.ceil(len(panels) / columns) for _, panels in places]
    picture = 0.32 + sum(heading + rows * (each + height + _CLOCK) + 0.12 for rows, each in zip(lines, above, strict=True)) + 0.3
    page = Page(summary.base, _title(summary, found), note, width=page_width, picture=picture)
    every = [panel for _, panels in places for panel in panels]
    bounds = comparison_day.reach(summary, [panel.plans[0] for panel in every], *(panel.on_duty for panel in every))
    bottom = page.legend(
        [
            Line2D([], [], color=style.INK, linewidth=1.8, label="officers on duty"),
            Patch(facecolor=style.BAND, label="work, in officers"),
            *([Patch(facecolor=_SHORT, label=_short_words(summary, [place for place, _ in places]))] if any(_short(panel).any() for panel in every) else []),
            *[key for panel in every for key in day.closed_key(summary.summaries[panel.plans[0]], bounds)][:1],
        ]
    )
    for row, (place, panels) in enumerate(places):
        bottom -= heading
        page.text(MARGIN, bottom + 0.06, place.name, size=style.TEXT, weight="bold", va="baseline")
        top = max(float(np.nanmax(np.concatenate([panel.on_duty, panel.load, [0.0]]))) for panel in panels)
        for number, panel in enumerate(panels):
            line, column = divmod(number, columns)
            x, y = left + column * (width + gap), bottom - (line + 1) * (above[row] + height) - line * _CLOCK
            axes = page.axes(x, y, width, height)
            _draw_officers(axes, summary, panel, bounds)
            day.scale(axes, top, ticks=4, whole=True, numbered=column == 0)
            day.clock_axis(axes, bounds, width, small=columns > 1)
            page.text(x, y + height + 0.06, whose[row][number], size=style.TINY, color=style.QUIET, va="baseline", linespacing=1.15)
        bottom -= lines[row] * (above[row] + height + _CLOCK) + 0.12
    page.text(page.width / 2, FOOTER + 0.1, "time of day", size=style.TEXT, va="bottom", ha="center")
    return page.figure


def _staffed(summary: ComparisonSummary) -> list[_Staffed]:
    """The units compared, grouped if they share counters under any plan: a unit that shares an officer cannot be judged alone."""
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
    return "work above the officers: a queue grows" + (", unless other units help" if helped else "")


def _panels(summary: ComparisonSummary, units: tuple[str, ...]) -> list[_Panel]:
    """The different staffings of some units (of the hall if none is given), each with its plans. The baseline's comes first."""
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
            if same and np.array_equal(comparison_day.intervals(summary, plan), comparison_day.intervals(summary, other.plans[0])):
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
    own, edges = summary.summaries[panel.plans[0]], comparison_day.intervals(summary, panel.plans[0])
    day.shade_closed(axes, own, bounds)
    day.steps(axes, edges, np.zeros(len(panel.load)), panel.load, colour=style.BAND)
    short = _short(panel)
    if short.any():
        day.steps(axes, edges, np.where(short, panel.on_duty, np.nan), np.where(short, panel.load, np.nan), colour=_SHORT)
    day.line(axes, edges, panel.on_duty, colour=style.INK, thickness=1.8)


def _whose(summary: ComparisonSummary, plans: Sequence[int], room: float) -> str:
    """The plans of a panel by name in at most two lines, as far as they fit; else the first and how many others."""
    names = [summary.names[plan] + (" (baseline)" if plan == summary.baseline else "") for plan in plans]
    lines = [""]
    for number, name in enumerate(names):
        word = name + ("," if number < len(names) - 1 else "")
        longer = f"{lines[-1]} {word}".strip()
        if wording.width(longer, style.TINY) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line]
    if len(lines) <= 2 and all(wording.width(line, style.TINY) <= room for line in lines):
        return "\n".join(lines)
    one = wording.plan_labels(names[:1], room, lines=2 if len(names) == 1 else 1, size=style.TINY)[0]
    return one if len(names) == 1 else f"{one}\nand {counted(len(names) - 1, 'other plan')}"


def _title(summary: ComparisonSummary, found: Sequence[tuple[_Staffed, Sequence[_Panel]]]) -> str:
    """The plan under which most work finds no officer at its time, the plan with least, and where that work is. Machines do not count."""
    machines = {unit.unit for unit in summary.base.units if unit.machine}
    found = [each for each in found if not machines.issuperset(each[0].units)] or found
    short = np.zeros((len(found), len(summary.names)))
    for row, (_, panels) in enumerate(found):
        for panel in panels:
            hours = np.diff(comparison_day.intervals(summary, panel.plans[0])) / 60.0
            short[row, list(panel.plans)] = (np.clip(panel.load - panel.on_duty, 0.0, None) * hours).sum()
    total = short.sum(axis=0)
    if total.max() < _NO_WORK:
        return f"Under every plan there are as many officers on duty as the work asks for, {'at every unit' if len(found) > 1 else 'all day'}"
    most, least = int(np.argmax(total)), int(np.argmin(total))
    place, panels = found[int(np.argmax(short[:, most]))]
    panel = next(panel for panel in panels if most in panel.plans)
    when = day.between(summary.summaries[panel.plans[0]], int(np.argmax(panel.load - panel.on_duty)))
    title = f"Under {_of(summary, total, most)} {measured(total[most])} hours of work a day come when no officer is free for them"
    if total[most] - total[least] >= _NO_WORK:
        title += f", under {_of(summary, total, least)} {measured(total[least]) if total[least] >= _NO_WORK else 'none'}"
    return f"{title}; most at {wording.short(place.name)}, about {when}"


def _of(summary: ComparisonSummary, total: Numbers, plan: int) -> str:
    """The plans that lack as many hours as this one, by name if they are one or two."""
    alike = [name for name, each in zip(summary.names, total, strict=True) if math.isclose(each, total[plan], abs_tol=_NO_WORK)]
    return " and ".join(alike) if len(alike) <= 2 else "every plan" if len(alike) == len(summary.names) else f"{len(alike)} plans"
