"""What `sim check` says of a scenario: its size, where its numbers come from, and planning mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Final, NamedTuple

import numpy as np

from sim.analysis.busyness import busyness_on
from sim.analysis.capacity import speeds, time_on_duty
from sim.analysis.groups import groups_of_units, helped_units
from sim.analysis.offered_load import ONE_DAY_IN, PlanningWarning, offered_load
from sim.clock import NEVER, format_duration
from sim.model.shapes import NO_PATIENCE_LIMIT, UNLIMITED, Plan
from sim.scenario import Provenance, ScenarioFile
from sim.scenario.schema import Scenario
from sim.words import counted

_LONGEST_VALUE: Final = 240


class Checked(NamedTuple):
    """A scenario as it was read, its plan, and the warnings of it."""

    file: ScenarioFile
    plan: Plan
    warnings: Sequence[PlanningWarning]


def check_report(checked: Checked, variants: Mapping[str, Checked], undone: Sequence[str], width: int) -> Iterator[str]:
    """The lines of the report, wrapped to ``width`` characters where words allow.

    ``variants`` holds each variant of the file with its own warnings. The variants ``undone`` by an override are only named.
    """
    file, plan, warnings = checked
    scenario, hall = file.scenario, plan.hall
    hours = str(scenario.hours) if scenario.hours else f"a horizon of {format_duration(scenario.horizon or 0)}"
    load = offered_load(plan)
    by_interval = load.average(plan.window.edges if scenario.hours else load.cuts)
    length = float(load.cuts[-1] - load.cuts[0])
    _, duty = time_on_duty(plan)
    officers_work = load.work / speeds(plan)
    measured = float(plan.window.edges[-1] - plan.window.edges[0])  # with a warm-up, duty covers only the measured part
    yield f"{file.path}: valid"
    size = (counted(len(scenario.units), "unit"), counted(len(hall.counter_unit), "counter"), counted(len(scenario.citizens), "source") + " of citizens")
    yield f"  {scenario.name}: {hours}, {', '.join(size)}"
    yield ""
    names = max(22, *map(len, scenario.units))
    yield f"  {'unit':<{names}} {'tickets':>8} {'erlang':>14} {'counters':>9} {'load ÷ duty':>12}"
    yield f"  {'':<{names}} {'':>8} {'mean  peak':>14} {'':>9} {'':>12}"
    group_of = {unit: group for group in groups_of_units(plan) for unit in group}
    helped = helped_units(plan)
    units = list(scenario.units)
    for unit, name in enumerate(units):
        mine = hall.service_unit == unit
        tickets, work = float(load.tickets[mine].sum()), float(load.work[mine].sum())
        peak = float(by_interval[mine].sum(axis=0).max())
        if hall.unit_kind[unit] == UNLIMITED:
            counters, ratio = "unlimited", "–"
        else:
            counters, group = str(int((hall.counter_unit == unit).sum())), group_of[unit]
            together = float(officers_work[np.isin(hall.service_unit, group)].sum()) * measured / length
            on_duty_together = int(duty[list(group)].sum())
            mark = "*" if len(group) > 1 else "+" if unit in helped else ""
            ratio = f"{100 * together / on_duty_together:.0f} %{mark}" if on_duty_together else "–"
        yield f"  {name:<{names}} {tickets:>8,.1f} {work / length:>7.2f} {peak:>6.2f} {counters:>9} {ratio:>12}"
    shared = sorted({group for group in group_of.values() if len(group) > 1})
    if shared:
        which = "; ".join(", ".join(units[unit] for unit in group) for group in shared)
        yield from _wrapped(f"* load and duty together, since they share counters: {which}.", width, "  ")
    if any(len(group_of[unit]) == 1 for unit in helped):
        yield from _wrapped("+ of the unit's own counters; those of other units help there while they have nobody to serve.", width, "  ")
    gives_up, full = (plan.demand.stop_patience != NO_PATIENCE_LIMIT).any(), (hall.unit_room < NEVER).any()
    unknown = [what for what, some in (("give up waiting", gives_up), ("find a waiting room full", full)) if some]
    if unknown:
        yield from _wrapped(f"Citizens who {' or '.join(unknown)} are counted as if they did not: how many they are shows only in simulating.", width, "  ")
    yield from _busyness(scenario, plan, width)
    for kind, heading in (("fact", "Numbers with a source"), ("assumption", "Assumptions")):
        alike: dict[tuple[str, str], list[Provenance]] = {}
        for one in file.provenance:
            if one.kind == kind:
                said = f"{_short(one.value)}  ({one.text}" + (f", range {_short(one.range[0])} to {_short(one.range[1])})" if one.range else ")")
                alike.setdefault((one.path.rsplit(".", 1)[-1], said), []).append(one)
        if alike:
            yield ""
            yield f"{heading}: {sum(map(len, alike.values()))}"
        for (_, said), ones in alike.items():
            yield from _wrapped(f"{ones[0].path} = {said}", width, "  ")
            if others := ", ".join(_beside(ones[0].path, one.path) for one in ones[1:]):
                yield from _wrapped(f"also for {others}", width, "    ")
    if file.certain:
        kinds = Counter(_kind(path.split(".")) for path in file.certain)
        yield ""
        listed = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
        yield from _wrapped(f"Taken as certain, with neither source nor assumption: {counted(len(file.certain), 'number')} ({listed})", width, "")
    yield ""
    if warnings:
        yield f"{counted(len(warnings), 'warning')}:"
        yield from _listed(file, warnings, width)
    else:
        yield "No planning mistake that can be told before simulating."
    for name, with_variant in variants.items():
        yield from _other_with(name, with_variant, checked, width)
    if undone:
        yield ""
        yield from _wrapped(f"Not looked at, since an override undoes what they set: {', '.join(undone)}", width, "")
    if any(sum(warning.of_load for warning in one.warnings) > 1 for one in (checked, *variants.values())):
        yield ""
        yield from _wrapped("Loads are those of the whole route without delay: behind a stop that is overloaded itself, citizens come fewer and later.", width, "")


def _busyness(scenario: Scenario, plan: Plan, width: int) -> Iterator[str]:
    """How many more and fewer citizens come on one day in ten (R18), sources of one busyness together."""
    alike: dict[tuple[float, float], list[str]] = {}
    busy, quiet = (busyness_on(plan, share) for share in (1.0 - 1.0 / ONE_DAY_IN, 1.0 / ONE_DAY_IN))
    for name, more, fewer in zip(scenario.citizens, busy.tolist(), quiet.tolist(), strict=True):
        if more != 1.0:
            alike.setdefault((more, fewer), []).append(name)
    day = "day" if scenario.hours else "run"
    if alike:
        yield from _wrapped(f"Busyness: {day}s differ, and the loads above are those of an average {day}.", width, "  ")
    for (more, fewer), names in alike.items():
        who = "all citizens" if len(names) == len(scenario.citizens) else ", ".join(names)
        said = f"on one {day} in ten {100 * more:.0f} % of the average number or more, and on one in ten {100 * fewer:.0f} % or fewer"
        yield from _wrapped(f"{who}: {said}", width, "    ")


def _kind(steps: Sequence[str]) -> str:
    """The key that a number belongs to."""
    if "busyness" in steps:
        return "busyness"
    return {"citizens": steps[2], "units": "service_time"}.get(steps[0], steps[0].removesuffix("s"))


def _other_with(name: str, one: Checked, base: Checked, width: int) -> Iterator[str]:
    """How many warnings a variant has, and those among them that the file itself does not have."""
    new = [warning for warning in one.warnings if warning not in base.warnings]
    if not new and len(one.warnings) == len(base.warnings):
        return
    have = counted(len(one.warnings), "warning") if one.warnings else "no warning"
    yield ""
    if new:
        some = f"{len(new)} " if len(new) < len(one.warnings) else ""
        yield f"variant {name}: {have}, {some}not listed above:"
        yield from _listed(one.file, new, width)
    else:
        yield f"variant {name}: {have}{', listed above' if one.warnings else ''}"


def _listed(file: ScenarioFile, warnings: Sequence[PlanningWarning], width: int) -> Iterator[str]:
    for warning in warnings:
        place = file.place(warning.path)
        where = f"{place.file}:{place.line}:{place.column}  " if place.line else ""
        yield f"  {where}{warning.path}"
        yield from _wrapped(warning.message, width, "    ")


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return wrap(text, width, initial_indent=indent, subsequent_indent=indent + "    ", break_long_words=False, break_on_hyphens=False)


def _beside(path: str, other: str) -> str:
    """The second path, or only its unit's or source's name if the paths differ in nothing else."""
    own, others = path.split("."), other.split(".")
    return others[1] if len(others) > 2 and (own[0], own[2:]) == (others[0], others[2:]) else other


def _short(value: object) -> str:
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {_short(one)}" for key, one in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(f'"{one}"' if isinstance(one, str) and ", " in one else _short(one) for one in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
