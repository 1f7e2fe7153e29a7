"""What `sim check` says of a scenario: its size, where its numbers come from, and planning mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.analysis.offered_load import PlanningWarning, offered_load
from sim.clock import NEVER, format_duration
from sim.model.plan import NO_PATIENCE_LIMIT, UNLIMITED, Plan
from sim.results.measures import on_duty
from sim.scenario import Provenance, ScenarioFile


def check_report(file: ScenarioFile, plan: Plan, warnings: Sequence[PlanningWarning]) -> Iterator[str]:
    """The lines of the report."""
    scenario, supply = file.scenario, plan.supply
    hours = str(scenario.hours) if scenario.hours else f"a horizon of {format_duration(scenario.horizon or 0)}"
    load = offered_load(plan)
    by_interval = load.average(plan.window.edges if scenario.hours else load.cuts)
    length = float(load.cuts[-1] - load.cuts[0])
    _, duty = on_duty(plan)
    measured = float(plan.window.edges[-1] - plan.window.edges[0])  # with a warm-up the duty is that of the measured part
    yield f"{file.path}: valid"
    yield f"  {scenario.name}: {hours}, {len(scenario.units)} units, {len(supply.counter_unit)} counters, {len(scenario.citizens)} sources of citizens"
    yield ""
    yield f"  {'unit':<22} {'tickets':>8} {'erlang':>14} {'counters':>9} {'load ÷ duty':>12}"
    yield f"  {'':<22} {'':>8} {'mean  peak':>14} {'':>9} {'':>12}"
    for unit, name in enumerate(scenario.units):
        mine = supply.service_unit == unit
        tickets, work = float(load.tickets[mine].sum()), float(load.work[mine].sum())
        peak = float(by_interval[mine].sum(axis=0).max())
        if supply.unit_kind[unit] == UNLIMITED:
            counters, ratio = "unlimited", "–"
        else:
            counters = str(int((supply.counter_unit == unit).sum()))
            ratio = f"{work * measured / length / duty[unit]:.0%}" if duty[unit] else "–"
        yield f"  {name[:22]:<22} {tickets:>8.4g} {work / length:>7.2f} {peak:>6.2f} {counters:>9} {ratio:>12}"
    gives_up, full = (plan.demand.stop_patience != NO_PATIENCE_LIMIT).any(), (supply.unit_room < NEVER).any()
    unknown = [what for what, some in (("give up waiting", gives_up), ("find a waiting room full", full)) if some]
    if unknown:
        yield f"  Citizens who {' or '.join(unknown)} are counted as if they did not: how many they are shows only in simulating."
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
            more = f" and {len(ones) - 1} more" if len(ones) > 1 else ""
            yield f"  {ones[0].path}{more} = {said}"
    yield ""
    if not warnings:
        yield "No planning mistake that can be told before simulating."
        return
    yield f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}:"
    for warning in warnings:
        place = file.place(warning.path)
        where = f"{place.file}:{place.line}:{place.column}  " if place.line else ""
        yield f"  {where}{warning.path}"
        yield f"    {warning.message}"
    if sum("queue grows" in warning.message or "at the door" in warning.message for warning in warnings) > 1:
        yield "  Loads are those of the whole route without delay: behind a stop that is overloaded itself, citizens come fewer and later."


def _short(value: object) -> str:
    text = str(value) if not isinstance(value, dict) else "{" + ", ".join(f"{k}: {_short(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        text = "[" + ", ".join(map(_short, value)) + "]"
    return text if len(text) <= 60 else text[:57] + "…"
