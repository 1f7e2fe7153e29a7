"""What a sweep found, as a sentence, and its numbers as they are written."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.summary import Row, Summary
from sim.analysis.sweep_summary import Answer, SweepSummary, Target
from sim.analysis.target import Verdict, staffed_verdicts, units_counted
from sim.analysis.wording import between, measured_in_words, number
from sim.words import counted, given, measured


def sentence(sweep: SweepSummary) -> str:
    """The value that is just enough for the target, and whether chance leaves that open. Without a target: how the measure changes."""
    if all(math.isnan(row.value) for row in sweep.rows):
        return "Nothing was counted at any point, so nothing can be said."
    if not any(sweep.targets):
        return _course(sweep) if len(sweep.variables) == 1 else _extremes(sweep)
    return _answer(sweep) if len(sweep.variables) == 1 else _answers(sweep)


def value_and_interval(row: Row, *, unit: bool = True) -> str:
    """The number of a row with its unit and its interval: ``95.9 % (95.0–96.7)``."""
    text = f"{number(row.measure, row.value)} {measured_in_words(row.measure) if unit else ''}".strip()
    return text if math.isnan(row.low) else f"{text} ({between(row.measure, row.low, row.high)})"


def target_words(target: Target | None) -> str:
    """A target in words: ``90 % within 15 min``; of the hall, whose units differ, ``90 % within its units' target times``."""
    if target is None:
        return "the target"  # targets differ by point, or by unit
    within = "its units' target times" if math.isnan(target.minutes) else f"{given(target.minutes)} min"
    return f"{given(100 * target.share)} % within {within}"


def place_words(sweep: SweepSummary) -> str:
    """Where the measure is taken, as the end of a clause: ``at Police``, ``in the hall``; nothing for a hall of one unit."""
    if len(sweep.base.units) == 1:
        return ""
    return f" at {sweep.place}" if sweep.unit else " in the hall"


def days(summary: Summary) -> str:
    """How many days, or runs, were simulated at each point."""
    return counted(summary.replications, "day" if summary.has_hours else "run")


def _by_chance(row: Row) -> str:
    """A number with its interval, for use inside brackets."""
    text = f"{number(row.measure, row.value)} {measured_in_words(row.measure)}".strip()
    return f"{text}, no interval from a single day" if math.isnan(row.low) else f"{text}, {between(row.measure, row.low, row.high)} by chance"


def _extreme(path: str, rising: bool) -> str:
    """The name of the value that is just enough."""
    if path.endswith("counters"):
        return "fewest" if rising else "most"
    return "lowest" if rising else "highest"


def _answer(sweep: SweepSummary) -> str:
    variable, rows, answer = sweep.variables[0], sweep.rows, sweep.answer()
    keeps = f"{target_words(sweep.target)}{place_words(sweep)}"
    head = f"{variable.path}:"
    if variable.numbers is None or (answer.scattered and answer.best is None):
        return _listed_answer(sweep, answer, keeps)
    end = _extreme(variable.path, answer.rising)
    assert answer.easiest is not None
    if answer.best is None:
        best = rows[answer.easiest]
        at = f"{_value(sweep, answer.easiest)} {'reaches' if best.value < _share(sweep, answer.easiest) else 'has'} {_by_chance(best)}"
        if answer.undecided:
            return f"{head} no value can be said to keep {keeps} yet: {at}, which cannot be told from the target; more days would tell."
        return f"{head} no value keeps {keeps}: {at}."
    best = rows[answer.best]
    if answer.edge:
        reaches = f"even {_value(sweep, answer.best)}, the {end} that was tried, keeps {keeps}"
    else:
        reaches = f"{_value(sweep, answer.best)} is the {end} that keeps {keeps}"
    clauses = [f"{head} {reaches} ({_by_chance(best)})"]
    above = [point for point in answer.undecided if rows[point].value >= _share(sweep, point)]
    below = [point for point in answer.undecided if point not in above]
    if above:
        clauses.append(f"{_values(sweep, above)} {_does(above)} so by the estimate alone ({_estimates(rows, above)}), within chance of the target")
    if below:
        clauses.append(f"{_values(sweep, below)} cannot be told from the target yet ({_estimates(rows, below)})")
    return "; ".join(clauses) + "." + _missed_there(sweep, [answer.best])


def _missed_there(sweep: SweepSummary, points: Sequence[int]) -> str:
    """The units that miss their own targets at points where the hall as a whole keeps its target."""
    if not sweep.is_hall:
        return ""
    sentences = []
    for point in points:
        summary = sweep.summaries[point]
        said = staffed_verdicts(summary)
        missed = [unit.name for unit in summary.units if said.get(unit.unit) is Verdict.MISSED]
        if len(said) > 1 and missed:
            names = [*missed[:3], *([f"{len(missed) - 3} more"] if len(missed) > 3 else [])]
            at = _value(sweep, point) if len(sweep.variables) == 1 else _point(sweep, point)
            of = f"{len(missed)} of {len(said)} {units_counted(summary)}"
            sentences.append(f" At {at}, {of} miss{'es' if len(missed) == 1 else ''} the target all the same: {_and(names)}.")
    return "".join(sentences)


def _point(sweep: SweepSummary, point: int) -> str:
    """The values at a point, each with its path."""
    return ", ".join(f"{variable.path} {value}" for variable, value in zip(sweep.variables, sweep.points[point], strict=True))


def _does(points: Sequence[int]) -> str:
    return "does" if len(points) == 1 else "do"


def _share(sweep: SweepSummary, point: int) -> float:
    target = sweep.targets[point]
    return math.nan if target is None else target.share


def _value(sweep: SweepSummary, point: int) -> str:
    return sweep.points[point][sweep.asked]


def _values(sweep: SweepSummary, points: Sequence[int]) -> str:
    return _and([_value(sweep, point) for point in points])


def _estimates(rows: Sequence[Row], points: Sequence[int]) -> str:
    return ", ".join(f"{number(rows[point].measure, rows[point].value)} {measured_in_words(rows[point].measure)}" for point in points)


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _listed_answer(sweep: SweepSummary, answer: Answer, keeps: str) -> str:
    """The values that keep the target, if values have no order or a harder value keeps what an easier one misses."""
    path, rows = sweep.variables[0].path, sweep.rows
    kept = [f"{_value(sweep, point)} ({_by_chance(rows[point])})" for point in answer.scattered]
    if kept:
        said = f"{path}: {_and(kept)} {'keeps' if len(kept) == 1 else 'keep'} {keeps}"
    else:
        assert answer.easiest is not None
        said = f"{path}: none can be said to keep {keeps}; {_value(sweep, answer.easiest)} comes nearest ({_by_chance(rows[answer.easiest])})"
    undecided = [f"{_value(sweep, point)} ({_estimates(rows, [point])})" for point in answer.undecided]
    said += f"; {_and(undecided)} cannot be told from the target yet." if undecided else "."
    return said + _missed_there(sweep, answer.scattered)


def _answers(sweep: SweepSummary) -> str:
    """For two variables: the value of one that is just enough, at each value of the other."""
    asked = sweep.variables[sweep.asked]
    other = sweep.variables[1 - sweep.asked]
    answers = [sweep.answer(index) for index in range(len(other.values))]
    found = [_short(sweep, answer) for answer in answers]
    if all(answer.best is None and not answer.scattered for answer in answers):
        best = max((p for p, row in enumerate(sweep.rows) if not math.isnan(row.value)), key=lambda p: sweep.merits[p])
        undecided = sum(verdict is Verdict.UNKNOWN for verdict in sweep.verdicts)
        said = f"None of the {len(sweep.points)} points {'can be said to keep' if undecided else 'keeps'} {target_words(sweep.target)}{place_words(sweep)}"
        said += f" yet ({undecided} cannot be told from the target: more days would tell)" if undecided else ""
        return f"{said}; the best is {_point(sweep, best)} ({_of_units(sweep, best) or _by_chance(sweep.rows[best])})."
    groups: list[str] = []
    for text, members in itertools.groupby(range(len(found)), key=found.__getitem__):
        values = [other.values[index] for index in members]
        span = values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}" if other.numbers else _and(values)
        groups.append(f"{text} at {span}" if groups else f"{text} at {other.path} {span}")
    rising = next((answer.rising for answer in answers if answer.best is not None), True)
    what = f"the {_extreme(asked.path, rising)} {asked.path}" if asked.numbers else f"{asked.path}"
    said = f"To keep {target_words(sweep.target)}{place_words(sweep)}, {what} is {'; '.join(groups)} (whole intervals at the target or above)."
    cheapest = sweep.cheapest()
    if cheapest is None:
        return said + _missed_there(sweep, [answer.best for answer in answers if answer.best is not None][:1])
    said += f" The fewest officer-hours that keep it: {_point(sweep, cheapest)} ({_of_units(sweep, cheapest)}; {measured(sweep.officer_hours(cheapest))} {'a day' if sweep.base.has_hours else 'a run'})."
    return said + _missed_there(sweep, [cheapest])


def _of_units(sweep: SweepSummary, point: int) -> str:
    """The numbers of the units that are judged together: ``Police 95.9 %, Bank 98.4 %``; empty for a single unit."""
    names = {unit.unit: unit.name for unit in sweep.base.units}
    return ", ".join(f"{names[row.unit]} {number(row.measure, row.value)} %" for row in sweep.of_units(point))


def _short(sweep: SweepSummary, answer: Answer) -> str:
    if answer.best is not None:
        return _value(sweep, answer.best)
    if answer.scattered:
        return _values(sweep, answer.scattered)
    return "not known yet" if answer.undecided else "none of those tried"


def _course(sweep: SweepSummary) -> str:
    """Without a target: the measure at both ends of the variable, and where it changes most."""
    variable, rows = sweep.variables[0], sweep.rows
    label = f"{DEFINITIONS[sweep.measure].label}{place_words(sweep)}"
    if variable.numbers is None:
        return _extremes(sweep)
    order = sorted((p for p in range(len(rows)) if not math.isnan(rows[p].value)), key=variable.numbers.__getitem__)
    first, last = order[0], order[-1]
    if first == last:
        return f"{variable.path}: {label} is {value_and_interval(rows[first])} at {_value(sweep, first)}."
    text = f"{variable.path}: {label} goes from {value_and_interval(rows[first])} at {_value(sweep, first)} to {value_and_interval(rows[last])} at {_value(sweep, last)}"
    if len(order) > 2:
        one, other = max(itertools.pairwise(order), key=lambda pair: abs(rows[pair[1]].value - rows[pair[0]].value))
        step = rows[other].value - rows[one].value
        sign = "+" if step > 0 else "−"
        points = measured_in_words(sweep.measure, sweep.base.has_hours, difference=True)
        text += f"; it moves most from {_value(sweep, one)} to {_value(sweep, other)} ({sign}{number(sweep.measure, abs(step))} {points})"
    return text + "."


def _extremes(sweep: SweepSummary) -> str:
    """The lowest and the highest point of the measure."""
    rows = sweep.rows
    counted = [point for point in range(len(rows)) if not math.isnan(rows[point].value)]
    if len({rows[point].value for point in counted}) == 1:
        return f"{DEFINITIONS[sweep.measure].label}{place_words(sweep)}: {value_and_interval(rows[counted[0]])} at every point."
    low, high = min(counted, key=lambda p: rows[p].value), max(counted, key=lambda p: rows[p].value)

    def at(point: int) -> str:
        return f"{value_and_interval(rows[point])} at {_point(sweep, point)}"

    return f"{DEFINITIONS[sweep.measure].label}{place_words(sweep)}: lowest {at(low)}; highest {at(high)}."
