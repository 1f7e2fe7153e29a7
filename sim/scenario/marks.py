"""Marks of provenance: ``{value: …, source: …}`` and ``{value: …, assumption: …, range: …}``, taken off the values that they stand around."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sim import clock
from sim.errors import Problem
from sim.scenario.schema import parse_rate, parse_share, shown
from sim.scenario.spelling import blank_missing, hint, respelled, thousands
from sim.scenario.tree import Mark, Node, Place, scalar
from sim.scenario.wording import Steps
from sim.words import nearest


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from: a ``fact`` with its source, or an ``assumption`` with its reason and perhaps a range.

    ``path`` is the dotted path of the value; ``value`` and ``range`` are written as in the file.
    """

    path: str
    kind: Literal["fact", "assumption"]
    text: str
    value: Any
    range: tuple[Any, Any] | None
    file: str
    line: int


_NAMED = ("units", "citizens", "profiles", "routes", "variants")


def has_names(steps: Steps) -> bool:
    """Whether the keys of the mapping at ``steps`` are names that the planner chose."""
    return (len(steps) == 1 and steps[0] in _NAMED) or (len(steps) == 3 and steps[0] == "units" and steps[2] == "services")


def unmarked(node: Node, steps: Steps, problems: list[Problem]) -> Node:
    """The tree without its marks ``{value: …, source: …}``, each kept as the ``mark`` of the value's node."""
    if isinstance(node.value, dict):
        if _is_mark(node, steps):
            return _marked(node, steps, problems)
        for key, item in node.value.items():
            node.value[key] = unmarked(item, (*steps, key), problems)
    elif isinstance(node.value, list):
        node.value = [unmarked(item, (*steps, str(index)), problems) for index, item in enumerate(node.value, 1)]
    return node


def _is_mark(node: Node, steps: Steps) -> bool:
    keys = node.value
    if steps[-1:] == ("one_of",):  # its keys are names of services, one of which may be a unit called 'value' or 'source'
        return "value" in keys and isinstance(keys["value"].value, dict) and any(key in keys for key in ("source", "assumption"))
    if any(key in keys and not isinstance(keys[key].value, dict | list) for key in ("source", "assumption")):
        return True
    # a unit may be called 'value', and an observed value has this key too
    return "value" in keys and not has_names(steps) and steps[-2:-1] != ("values",)


def _marked(node: Node, steps: Steps, problems: list[Problem]) -> Node:
    """The value inside a mark. A mistake in the mark becomes a problem, and the value is still read."""

    def problem(message: str, place: Place) -> None:
        problems.append(Problem(".".join(steps), message, *place))

    keys: dict[str, Node] = node.value
    value = keys.get("value", Node(None, node.place))
    unknown = [key for key in keys if key not in ("value", "source", "assumption", "range")]
    for key in unknown:
        message = blank_missing(key) or f"unknown key beside 'value'{nearest(key, ('source', 'assumption', 'range'))}"
        if "value" not in keys and key.startswith("value:"):  # go on with the key that was meant
            value = Node(scalar(key.removeprefix("value:")), keys[key].place)
        elif "value" not in keys and len(unknown) == 1 and "did you mean" not in message:
            message, value = "unknown key; write 'value' for the value itself", keys[key]
        problems.append(Problem(".".join((*steps, key)), message, *node.keys.get(key, node.place)))
    given = [key for key in ("source", "assumption") if key in keys]
    if isinstance(value.value, dict) and _is_mark(value, steps):
        problem("the value is marked twice; give one 'source' or one 'assumption'", node.place)
    inner = unmarked(value, steps, problems)
    if value.value is None:
        problem(f"'{next(iter(given), 'value')}' needs a 'value' beside it", node.place)
    if len(given) != 1:
        if given or not unknown:
            got = "both 'source' and 'assumption'" if given else "neither 'source' nor 'assumption'"
            problem(f"got {got} beside 'value'; give one of them, or the value alone", node.place)
        return inner
    kind = "fact" if given == ["source"] else "assumption"
    text = keys[given[0]]
    if not isinstance(text.value, str) or not text.value.strip():
        problem(f"got {shown(text.plain())} as '{given[0]}'; give a text", text.place)
        return inner
    inner.mark = Mark(kind, text.value, inner.plain(), _range(keys["range"], kind, problem) if "range" in keys else None)
    return inner


def _range(node: Node, kind: str, problem: Callable[[str, Place], None]) -> Node | None:
    """The range of an assumption, a list of two values that are not judged yet."""
    if kind == "fact":
        message = "write 'assumption' in place of 'source' if it is uncertain, or leave the range out"
        problem(f"a 'range' belongs to an assumption; a value with a source has none; {message}", node.place)
    elif not isinstance(node.value, list) or len(node.value) != 2:
        commas = ", with decimal points and not commas" if isinstance(node.value, list) and len(node.value) > 2 else ""
        problem(f"got {shown(node.plain())} as 'range'; write it '[low, high]'{commas}", node.place)
    else:
        return node
    return None


def wrong_ranges(node: Node, steps: Steps) -> list[Problem]:
    """The problems of the ranges in a part of a scenario. Report one only if the value beside the range is good."""
    return [
        Problem(".".join(path), message, *place)
        for path, mark, _ in _marks(node, steps)
        if mark.range is not None
        for message, place in _wrong_range(mark.value, mark.range, whole=path[-1:] not in (("cv",), ("shape",), ("weight",)))
    ]


def _wrong_range(value: Any, range_: Node, whole: bool) -> Iterable[tuple[str, Place]]:
    """The problems of a range. Both ends must be of the same kind as the value, and the value must lie between them."""
    ends = range_.plain()
    low, middle, high = (_measure(one, whole) for one in (ends[0], value, ends[1]))
    if middle is None:
        yield "only a number, duration, share, rate or clock time can have a 'range'; put the range on the numbers inside", range_.place
        return
    for item, end in zip(range_.value, (low, high), strict=True):
        if end is None or end[0] != middle[0]:
            meant = hint(item.value) if isinstance(item.value, str) and _measure(respelled(item.value), whole) is not None else ""
            yield f"got {shown(item.plain())} in 'range'; {meant or f'give {middle[0]}, as the value is'}", item.place
    if low is None or high is None or not low[0] == middle[0] == high[0]:
        return
    texts = [text for text in (value, *ends) if isinstance(text, str)]
    doubt = next((f"; {found}" for text in texts if (found := thousands(text))), "")
    if low[1] > high[1]:
        advice = doubt or "; write it '[low, high]'"
        yield f"the low end of 'range', {shown(ends[0])}, is above its high end, {shown(ends[1])}{advice}", range_.place
    elif not low[1] <= middle[1] <= high[1]:
        yield f"the range must hold the value: {shown(value)} is not between {shown(ends[0])} and {shown(ends[1])}{doubt}", range_.place


def _measure(value: Any, whole: bool) -> tuple[str, float] | None:
    """The kind of number that a value is, and its size within that kind. ``whole`` says that a number without a unit is a count."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("a whole number" if whole and isinstance(value, int) else "a number"), value
    if not isinstance(value, str):
        return None
    for kind, parse in (("a duration", clock.parse_duration), ("a share", parse_share), ("a clock time", clock.parse_clock)):
        try:
            return kind, parse(value)
        except ValueError:
            continue
    try:
        rate = parse_rate(value)
    except ValueError:
        return None
    return f"a rate per {value.split()[-1]}", rate.count


def provenance_of(node: Node, steps: Steps) -> Iterable[Provenance]:
    """The provenance of the marked values in a part of a scenario."""
    for path, mark, place in _marks(node, steps):
        kind: Literal["fact", "assumption"] = "fact" if mark.kind == "fact" else "assumption"
        range_ = None if mark.range is None else tuple(mark.range.plain())
        yield Provenance(".".join(path), kind, mark.text, mark.value, range_, place.file, place.line)


def _marks(node: Node, steps: Steps) -> Iterable[tuple[Steps, Mark, Place]]:
    """The path, the mark and the place of every value that has a mark."""
    if steps[0] == "variants":
        return  # a variant that is not applied says nothing about this scenario
    if node.mark is not None:
        yield steps, node.mark, node.place
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            yield from _marks(item, (*steps, key))
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value, 1):
            yield from _marks(item, (*steps, str(index)))


_INPUTS = ("arrivals", "priority", "busyness", "patience", "route")


def taken_as_certain(node: Node, steps: Steps) -> Iterable[Steps]:
    """The paths of numbers about citizens and service times, in a part of a scenario, that have neither a source nor an assumption."""
    for path, inner in _without_mark(node, steps):
        of_citizens = path[0] == "citizens" and path[2:3] and path[2] in _INPUTS
        of_many = path[0] in ("routes", "profiles", "busyness")
        of_unit = path[0] == "units" and (path[2:3] == ("busyness",) or "service_time" in path[2:])
        if (of_citizens or of_many or of_unit) and _measure(inner.value, whole=False) is not None:
            yield path


def _without_mark(node: Node, steps: Steps) -> Iterable[tuple[Steps, Node]]:
    """Every single value that has no mark and does not lie inside a mark."""
    if node.mark is None and isinstance(node.value, dict | list):
        items = node.value.items() if isinstance(node.value, dict) else ((str(index), item) for index, item in enumerate(node.value, 1))
        for key, item in items:
            yield from _without_mark(item, (*steps, key))
    elif node.mark is None:
        yield steps, node
