"""Changes to a scenario's tree: by a file that extends it, a variant, and overrides (``--set``)."""

from __future__ import annotations

from collections.abc import Iterable

from sim.errors import Problem, ScenarioError
from sim.scenario import tree
from sim.scenario.marks import has_names, unmarked
from sim.scenario.schema import Scenario, Variant, shown
from sim.scenario.tree import Node, Place, locate
from sim.scenario.wording import Steps
from sim.words import nearest

OPTION = "--set "
"""The beginning of an override's place: this and its text stand where a place in a file has the file's name."""


def _is_structure(steps: Steps) -> bool:
    """Whether a mapping at ``steps`` is merged key by key; every other value is replaced as a whole."""
    named = len(steps) == 2 and steps[0] in ("units", "citizens", "variants")
    return not steps or named or has_names(steps) or (len(steps) == 4 and has_names(steps[:3]))


def merged(lower: Node, upper: Node, steps: Steps) -> Node:
    """``upper`` laid over ``lower``. The order of ``lower`` stays, so units and sources keep their positions and their random numbers."""
    if not (isinstance(lower.value, dict) and isinstance(upper.value, dict) and _is_structure(steps)):
        return upper
    laid = Node(dict(lower.value), upper.place, dict(lower.keys), upper.mark or lower.mark)
    for key, node in upper.value.items():
        _oust(laid, steps, key, node)
    for key, node in upper.value.items():
        below = lower.value.get(key)
        laid.value[key] = node if below is None else merged(below, node, (*steps, key))
        laid.keys[key] = upper.keys.get(key, node.place)
    return laid


_EITHER = {"services": "service_time", "service_time": "services"}
"""A unit has one service time or several services."""


def _oust(parent: Node, steps: Steps, key: str, node: Node) -> None:
    """Remove the inherited key that excludes the key about to be set."""
    other = _EITHER.get(key)
    if other is not None and len(steps) == 2 and steps[0] == "units" and node.value is not None:
        parent.value.pop(other, None)
        parent.keys.pop(other, None)


def undone(changed: Iterable[str], path: str) -> list[str]:
    """The changed paths that a value at ``path`` would replace, lie within, or oust.

    >>> undone(["units.polda.counters", "arrivals"], "units.polda"), undone(["units.a.services.x.service_time"], "units.a.service_time")
    (['units.polda.counters'], ['units.a.services.x.service_time'])
    """
    return [one for one in changed if _slot(one).startswith(_slot(path)) or _slot(path).startswith(_slot(one))]


def _slot(path: str) -> str:
    """The path, with one common name for the two keys of a unit that exclude each other."""
    steps = path.split(".")
    if steps[0] == "units" and len(steps) > 2 and steps[2] in _EITHER:
        steps[2] = "service"
    return f"{'.'.join(steps)}."


def variants_of(root: Node) -> list[str]:
    """The names of a file's variants."""
    variants = root.step("variants")
    return list(variants.value) if variants is not None and isinstance(variants.value, dict) else []


def changes_of(root: Node, variant: str) -> dict[str, Node]:
    """The values that a variant of a file sets, by path; empty if there is no such variant."""
    found = root.step("variants")
    changes = found.step(variant) if found is not None else None
    if changes is None or not isinstance(changes.value, dict):
        return {}
    return {path: node for path, node in changes.value.items() if path not in Variant.model_fields}


class Overrides:
    """Applies a variant and overrides to a tree. ``root`` is the changed tree; it shares its unchanged parts with the given tree.

    Mistakes are added to ``problems``. ``replacing`` holds replacements that the planner perhaps did not mean.
    """

    def __init__(self, root: Node, problems: list[Problem]) -> None:
        self.root = root.own()
        self.problems = problems
        self.replacing: list[Problem] = []
        self._variant = ""
        self._changes: dict[str, Node] = {}

    def apply_variant(self, name: str) -> None:
        """Put the values of a variant in their places."""
        names = variants_of(self.root)
        if name not in names:
            tail = nearest(name, names) if names else "; this file has none"
            self.problems.append(Problem("variants", f"there is no variant {shown(name)}{tail}", *locate(self.root, ("variants",))))
            return
        chosen: Node = self.root.value["variants"].value[name]
        self._variant, self._changes = name, changes_of(self.root, name)
        for path, node in self._changes.items():
            self._apply(path, node.copy(), chosen.keys.get(path, node.place))

    def apply_set(self, text: str) -> None:
        """Put one value, written as ``path=value``, in its place. Refuse it if it undoes the variant whose name the plan has."""
        place = Place(OPTION + shown(text)[1:-1])
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals:
            self.problems.append(Problem(path, "an override is written path=value, such as units.polda.counters=8", *place))
            return
        if found := undone(self._changes, path):
            said = ", ".join(_assigned(one, self._changes[one]) for one in found)
            self.problems.append(Problem(path, f"this would undo the variant '{self._variant}', which sets {said}; leave one of them out", *place))
            return
        try:
            node, mistakes = tree.parse(value, "") if value.strip() else (Node(None), [])
        except ScenarioError as error:
            self.problems += [Problem(path, problem.message, *place) for problem in error.problems]
            return
        node = _placed(node, place)
        if not mistakes:
            node = unmarked(node, tuple(path.split(".")), mistakes)
        self.problems += [Problem(path, problem.message, *place) for problem in mistakes]
        self._apply(path, node, place)

    def _apply(self, path: str, node: Node, place: Place) -> None:
        """Replace or add the value at a dotted path."""
        steps = _steps(self.root, path)
        if steps[0] in ("extends", "variants"):
            self.problems.append(Problem(path, f"'{steps[0]}' cannot be overridden", *place))
            return
        way = [self.root]
        for index, step in enumerate(steps[:-1]):
            found = way[-1].step(step)
            if found is None:
                full = _full_path(self.root, steps) if index == 0 else ""
                self.problems.append(Problem(path, full, *place) if full else _no_such(path, way[-1], steps[:index], step, place))
                return
            way.append(_opened(found, steps[: index + 1]))
        last = steps[-1]
        if len(steps) == 1 and last not in Scenario.model_fields and (full := _full_path(self.root, steps)):
            self.problems.append(Problem(path, full, *place))
            return
        parent = self.root
        for step, found in zip(steps, way[1:], strict=False):  # copy late: a copy is validated again
            found = found.own()
            parent.value[step if isinstance(parent.value, dict) else int(step) - 1] = found
            parent = found
        present = parent.step(last)
        if present is not None:
            self._note_replaced(steps, present, node, place)
            if len(steps) == 3 and steps[0] == "units" and last == "counters":
                node = _counters(present, node)
        if isinstance(parent.value, dict) and last:
            _oust(parent, steps[:-1], last, node)
            parent.value[last] = node
            parent.keys[last] = place
        elif isinstance(parent.value, list) and present is not None:
            parent.value[int(last) - 1] = node
        else:
            self.problems.append(_no_such(path, parent, steps[:-1], last, place))

    def _note_replaced(self, steps: Steps, present: Node, node: Node, place: Place) -> None:
        """Note a mapping that replaces the whole of a unit or the like. To change one value of the unit, a planner writes its path."""
        path, inner = steps, node
        while isinstance(inner.value, dict) and inner.value and _is_structure(path):
            key, inner = next(iter(inner.value.items()))
            path = (*path, key)
        if path != steps and isinstance(present.value, dict):
            value = "…" if isinstance(inner.value, dict | list) else shown(inner.value).strip("'")
            written = ".".join(path) + (f": {value}" if place.line else f"={value}")
            message = f"this replaces all of '{'.'.join(steps)}'; to change one value in it, write its path with dots: '{written}'"
            self.replacing.append(Problem(".".join(steps), message, *place))


def _assigned(path: str, node: Node) -> str:
    return path if isinstance(node.value, dict | list) else f"{path} to {shown(node.value)}"


def _placed(node: Node, place: Place) -> Node:
    """The node of a value from the command line, which stands in no file."""
    if isinstance(node.value, dict):
        return Node({key: _placed(item, place) for key, item in node.value.items()}, place)
    return Node([_placed(item, place) for item in node.value] if isinstance(node.value, list) else node.value, place)


def _steps(root: Node, path: str) -> Steps:
    """The keys of a dotted path; a key that contains dots (a service in a `one_of`, a quantile) is looked up in the tree."""
    texts, steps, node = path.split("."), list[str](), root
    while texts:
        keys = node.value if isinstance(node.value, dict) else ()
        whole = next((size for size in range(1, len(texts) + 1) if ".".join(texts[:size]) in keys), 1)
        steps.append(".".join(texts[:whole]))
        del texts[:whole]
        node = node.step(steps[-1]) or Node(None)
    return tuple(steps)


def _opened(node: Node, steps: Steps) -> Node:
    """The node. A stop written as a text becomes a mapping, so that its other keys can be set."""
    in_route = (len(steps) == 4 and steps[0] == "citizens" and steps[2] == "route") or (len(steps) == 3 and steps[0] == "routes")
    if in_route and isinstance(node.value, str):
        return Node({"stop": Node(node.value, node.place)}, node.place, {"stop": node.place}, node.mark)
    return node


def _full_path(root: Node, steps: Steps) -> str:
    """The message for a path that lacks its beginning; empty if no path in the scenario ends with it."""
    found = [".".join(path) for path in _paths(root, ()) if path[-len(steps) :] == steps]
    if not found:
        return ""
    return f"there is no {shown(steps[0])} in the scenario; " + (f"did you mean '{found[0]}'?" if len(found) == 1 else f"write the whole path, such as '{found[0]}'")


def _paths(node: Node, steps: Steps) -> Iterable[Steps]:
    yield steps
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            if steps or key != "variants":  # `variants` cannot be overridden
                yield from _paths(item, (*steps, key))


def _no_such(path: str, parent: Node, steps: Steps, step: str, place: Place) -> Problem:
    where = ".".join(steps) or "the scenario"
    if isinstance(parent.value, dict):
        # a later override may add the key that is missing here
        return Problem(path, f"there is no {shown(step)} in {where}", *place, ending=lambda: nearest(step, (key for key in parent.value if key != step)))
    if isinstance(parent.value, list):
        return Problem(path, f"there is no {shown(step)} in {where}; it is a list of {len(parent.value)}, counted from 1", *place)
    return Problem(path, f"{where} is {shown(parent.value)}, which has no keys; set it as a whole", *place)


def _counters(present: Node, node: Node) -> Node:
    """The list of counters, cut or extended to a number. Counters beyond the list repeat its patterns in turn, without names."""
    number = node.value
    if not isinstance(present.value, list) or not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 1000:
        return node
    counters: list[Node] = []
    for entry in present.value:
        count = entry.step("count")
        repeat = 1 if count is None or count.value is None else count.value
        if not isinstance(entry.value, dict) or not isinstance(repeat, int) or isinstance(repeat, bool) or repeat < 1:
            return present  # the list itself is wrong, and its own error says so
        single = entry.copy()
        single.value.pop("count", None)
        single.keys.pop("count", None)
        counters += [single.copy() for _ in range(min(repeat, number - len(counters)))]
    if not counters:
        return Node([], node.place, {}, node.mark) if number == 0 else node
    for index in range(number - len(counters)):
        extra = counters[index].copy()  # added counters are copied in turn too, so the patterns repeat
        extra.value.pop("name", None)
        extra.keys.pop("name", None)
        counters.append(extra)
    return Node(counters, node.place, {}, node.mark)
