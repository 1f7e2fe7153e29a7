"""From a file to a checked scenario: what it extends, variants, overrides, marks of provenance, and every mistake with its place.

A file is read in five steps: the tree of each file (`tree`), marks taken off the values, the files it extends merged below it,
a variant and overrides put on top, and the result validated (`schema`, `checks`). Places survive all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from sim import clock
from sim.errors import Problem, ScenarioError
from sim.scenario import checks, tree
from sim.scenario.schema import Scenario, parse_rate, parse_share, shown
from sim.scenario.spelling import blank_missing, hint, respelled, thousands
from sim.scenario.tree import Mark, Node, Place
from sim.scenario.wording import Steps, mistakes, nearest

MOST_MISTAKES = 50
"""How many mistakes are told at once."""

MOST_FILES = 10
"""How many files may extend each other in a row."""

OPTION = "--set "
"""What leads the text of an override where a place would name a file."""


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


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario with what a message or a manifest says about its origin.

    ``document`` is the merged file as plain values of JSON's types, marks taken off; read again, it gives the same scenario.
    ``files`` are all files read, the extending before the extended.
    """

    scenario: Scenario
    document: dict[str, Any]
    path: Path
    files: tuple[Path, ...]
    provenance: tuple[Provenance, ...]
    _root: Node = field(repr=False, compare=False)

    def place(self, path: str | Sequence[str]) -> Place:
        """File, line and column of a path (dotted, or as steps; list positions from 1), or of the part of it that exists.

        A single value is found where it stands, a list or mapping at its key.
        """
        return locate(self._root, path.split(".") if isinstance(path, str) else path)

    def problem(self, path: str | Sequence[str], message: str) -> Problem:
        """A mistake at a path, ready for a ScenarioError.

        What is written as one text (a stop by its name alone) is named as such, and not by the keys that it stands for.
        """
        steps = path.split(".") if isinstance(path, str) else path
        node: Node | None = self._root
        for index, step in enumerate(steps):
            node = node.step(step) if node else None
            if node is not None and not isinstance(node.value, dict | list):
                steps = steps[: index + 1]
                break
        return Problem(".".join(steps), message, *self.place(steps))


def load(path: str | Path, *, sets: Iterable[str] = (), variant: str | None = None) -> ScenarioFile:
    """Read, merge, override and check a scenario file.

    ``variant`` names one of the file's ``variants``; it is applied first. ``sets`` are texts such as
    ``units.polda.counters=8``, applied in order. Raises ScenarioError with every mistake found, each with its place; variants that
    are not asked for are not looked at.
    """
    return _chosen(_read_file(Path(path)), tuple(sets), variant)


def load_text(text: str, *, name: str = "scenario.yaml", sets: Iterable[str] = (), variant: str | None = None) -> ScenarioFile:
    """Read a scenario from a text, as ``load`` does from a file; ``name`` stands for the file in messages. It extends nothing."""
    root, problems = tree.parse(tree.decode(text.encode("utf-8", "replace"), name), name)
    root = _unmarked(root, (), problems)
    if (extends := root.step("extends")) is not None:
        problems.append(Problem("extends", "a scenario that is not in a file cannot extend one", *extends.place))
        del root.value["extends"]
    return _chosen(_Read(root, Path(name), (), tuple(problems)), tuple(sets), variant)


def load_variants(path: str | Path, *, sets: Iterable[str] = ()) -> tuple[ScenarioFile, dict[str, ScenarioFile]]:
    """A scenario file as it stands, and with each of its variants by name.

    Raises ScenarioError with the mistakes of all of them, each once.
    """
    read, sets = _read_file(Path(path)), tuple(sets)
    file, problems = _judged(read, sets, None)
    variants, found = {}, dict.fromkeys(problems)
    for name in _variants(read.root):
        applied, of_variant = _judged(read, sets, name)
        found |= dict.fromkeys(_named(name, of_variant, problems))
        if applied is not None:
            variants[name] = applied
    if file is None or found:
        raise _refusal(found, read)
    return file, variants


def locate(root: Node, steps: Sequence[str], *, key: bool = False) -> Place:
    """The place of the value at the end of ``steps`` (of its key, with ``key``), or of the last one that exists."""
    node, place = root, root.place
    for index, step in enumerate(steps):
        found = node.step(step)
        if found is None:
            break
        at_key = isinstance(found.value, dict | list) or (key and index == len(steps) - 1)
        place = node.keys.get(step, found.place) if at_key else found.place
        node = found
    return place


@dataclass(frozen=True)
class _Read:
    """A file as it was read: what it extends merged below it, and nothing applied."""

    root: Node
    path: Path
    files: tuple[Path, ...]
    problems: tuple[Problem, ...]


def _read_file(path: Path) -> _Read:
    files: list[Path] = []
    problems: list[Problem] = []
    try:
        root = _read(path, (), files, problems)
    except ScenarioError as error:
        raise _refusal([*problems, *error.problems], _Read(Node({}), path, tuple(files), ())) from None
    return _Read(root, path, tuple(files), tuple(problems))


def _chosen(read: _Read, sets: tuple[str, ...], variant: str | None) -> ScenarioFile:
    file, problems = _judged(read, sets, variant)
    if file is None:
        if variant in _variants(read.root):
            problems = _named(variant, problems, _judged(read, sets, None)[1])
        raise _refusal(problems, read)
    return file


def _named(variant: str | None, problems: Iterable[Problem], base: Sequence[Problem]) -> list[Problem]:
    """The problems, each that is not there without the variant led by its name."""
    return [problem if problem in base else replace(problem, path=f"variants.{variant}: {problem.path}") for problem in problems]


def _judged(read: _Read, sets: tuple[str, ...], variant: str | None) -> tuple[ScenarioFile | None, list[Problem]]:
    """Apply the variant and the overrides, validate and check: the scenario, or what is wrong with it."""
    root, problems = read.root.copy(), list(read.problems)
    if not isinstance(root.value, dict):
        return None, [*problems, Problem("", f"got {shown(root.plain())}; a scenario begins with keys such as 'name:'", *root.place)]
    overrides = _Overrides(root, problems)
    if variant is not None:
        overrides.apply_variant(variant)
    for text in sets:
        overrides.apply_set(text)
    document = root.plain()
    frozen = _frozen(document)
    models: dict[int, type[BaseModel]] = {}
    try:
        scenario = Scenario.model_validate(frozen, context=models)
    except ValidationError as error:
        found = mistakes(error.errors(include_url=False), frozen, models)
        problems += [Problem(".".join(steps), message, *locate(root, steps, key=key)) for steps, message, key in found]
    problems += _wrong_ranges(root, problems)
    if problems:
        within = [one for one in overrides.replacing if any(f"{problem.path}.".startswith(f"{one.path}.") for problem in problems)]
        return None, [*within, *problems]
    file = ScenarioFile(scenario, document, read.path, read.files, tuple(_provenance(root)), root)
    try:
        checks.check(file)
    except ScenarioError as error:
        return None, [*overrides.replacing, *error.problems]
    return file, []


def _refusal(problems: Iterable[Problem], read: _Read) -> ScenarioError:
    """The error with all problems in the order of the files, those of the command line first; of too many, the first."""
    name = read.path.as_posix()
    order = {file.as_posix(): index for index, file in enumerate(read.files)}
    found = sorted(problems, key=lambda problem: (order.get(problem.file, 0), problem.line, problem.column))
    given = all(problem.file.startswith(OPTION) for problem in found)
    if len(found) > MOST_MISTAKES:
        hidden = Problem("", f"{len(found) - MOST_MISTAKES} more mistakes are not shown", name)
        found = [*found[:MOST_MISTAKES], hidden]
    return ScenarioError(found, f"{OPTION}for {name}" if given else name)


def _frozen(value: Any) -> Any:
    """The document with tuples for lists, as the strict schema wants it."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


# Files that extend each other


def _read(path: Path, above: tuple[Path, ...], files: list[Path], problems: list[Problem]) -> Node:
    """The tree of a file, merged over the files it extends, without marks."""
    name = path.as_posix()
    files.append(path)
    root, found = tree.parse(tree.decode(_bytes(path), name), name)
    problems += found
    root = _unmarked(root, (), problems)
    if not isinstance(root.value, dict) or "extends" not in root.value:
        return root
    extends: Node = root.value.pop("extends")
    del root.keys["extends"]
    target, mistake = _target(path, extends.value)
    chain = (*above, path.resolve())
    if target is not None and target.resolve() in chain:
        mistake = f"got {shown(extends.value)}; this is a circle, the file extends itself"
    elif len(chain) >= MOST_FILES:
        mistake = f"more than {MOST_FILES} files in a row extend each other"
    if target is None or mistake:
        # the rest cannot be judged without the inherited part
        raise tree.refuse(mistake, extends.place, "extends")
    lower = _read(target, chain, files, problems)
    return _merged(lower, root, ()) if isinstance(lower.value, dict) else lower


def _target(path: Path, value: Any) -> tuple[Path | None, str]:
    """The file that ``extends`` names, or why it is refused: a scenario must not read what lies outside of its own folder."""
    if not isinstance(value, str) or not value.strip():
        return None, f"got {shown(value)}; give the name of a file in this folder, such as 'jakarta.yaml'"
    windows = PureWindowsPath(value)
    if windows.drive or windows.root or "\\" in value or ".." in PurePosixPath(value).parts:
        return None, f"got {shown(value)}; give a file in this folder or below it, written with '/'"
    folder = path.parent
    try:
        target = folder / value
        inside = target.resolve().is_relative_to(folder.resolve())
        exists = target.is_file()
        near = _nearest_file(target, path) if inside and not exists else ""
    except (OSError, ValueError, RuntimeError):
        return None, f"got {shown(value)}; this file cannot be read"
    if not inside:
        return None, f"got {shown(value)}; it leads out of this folder"
    if not exists:
        return None, f"got {shown(value)}; there is no such file{near}"
    return target, ""


def _nearest_file(path: Path, asked_by: Path | None = None) -> str:
    """The end of a message about a missing file: the nearest one in its folder, or all. Endings are alike, so only what is before counts."""
    folder = path.parent
    beside = sorted(item for item in folder.iterdir() if item.suffix in (".yaml", ".yml") and item != asked_by) if folder.is_dir() else []
    names = {item.stem: item.relative_to(asked_by.parent).as_posix() if asked_by else item.name for item in beside}
    near = get_close_matches(path.stem[:60], names, n=1, cutoff=0.85)
    if near:
        return f"; did you mean '{names[near[0]]}'?"
    return f"; known here: {', '.join(names.values())}" if 0 < len(names) <= 30 else ""


def _bytes(path: Path) -> bytes:
    """The content of a file; raises ScenarioError for what is not a file of a sensible size."""
    place = Place(path.as_posix())
    try:
        if path.is_dir():
            raise tree.refuse("this is a folder; name a scenario file in it", place)
        if not path.exists():
            raise tree.refuse(f"there is no such file{_nearest_file(path)}", place)
        if not path.is_file():
            raise tree.refuse("this is not a regular file", place)
        with path.open("rb") as stream:
            data = stream.read(tree.LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise tree.refuse(f"the file cannot be read: {reason}", place) from None
    if len(data) > tree.LONGEST_FILE:
        raise tree.refuse(f"the file is larger than {tree.LONGEST_FILE // 1_000_000} MB; a scenario needs far less", place)
    return data


_NAMED = ("units", "citizens", "profiles", "routes", "variants")


def _has_names(steps: Steps) -> bool:
    """Whether the keys of the mapping at ``steps`` are names that the planner chose."""
    return (len(steps) == 1 and steps[0] in _NAMED) or (len(steps) == 3 and steps[0] == "units" and steps[2] == "services")


def _is_structure(steps: Steps) -> bool:
    """Whether a mapping at ``steps`` is merged key by key; every other value is replaced as a whole."""
    named = len(steps) == 2 and steps[0] in ("units", "citizens", "variants")
    return not steps or named or _has_names(steps) or (len(steps) == 4 and _has_names(steps[:3]))


def _merged(lower: Node, upper: Node, steps: Steps) -> Node:
    """``upper`` laid over ``lower``, which keeps its order; so units and sources keep their number, and with it their chance."""
    if not (isinstance(lower.value, dict) and isinstance(upper.value, dict) and _is_structure(steps)):
        return upper
    merged = Node(dict(lower.value), upper.place, dict(lower.keys), upper.mark or lower.mark)
    for key, node in upper.value.items():
        _oust(merged, steps, key, node)
    for key, node in upper.value.items():
        below = lower.value.get(key)
        merged.value[key] = node if below is None else _merged(below, node, (*steps, key))
        merged.keys[key] = upper.keys.get(key, node.place)
    return merged


def _oust(parent: Node, steps: Steps, key: str, node: Node) -> None:
    """A unit has one service time or several services: what is about to be set ousts the other, inherited one."""
    other = {"services": "service_time", "service_time": "services"}.get(key)
    if other is not None and len(steps) == 2 and steps[0] == "units" and node.value is not None:
        parent.value.pop(other, None)
        parent.keys.pop(other, None)


# Marks of provenance


def _unmarked(node: Node, steps: Steps, problems: list[Problem]) -> Node:
    """The tree without its marks ``{value: …, source: …}``, each kept as the ``mark`` of the value's node."""
    if isinstance(node.value, dict):
        if _is_mark(node, steps):
            return _marked(node, steps, problems)
        for key, item in node.value.items():
            node.value[key] = _unmarked(item, (*steps, key), problems)
    elif isinstance(node.value, list):
        node.value = [_unmarked(item, (*steps, str(index)), problems) for index, item in enumerate(node.value, 1)]
    return node


def _is_mark(node: Node, steps: Steps) -> bool:
    keys = node.value
    if any(key in keys and not isinstance(keys[key].value, dict | list) for key in ("source", "assumption")):
        return True
    # a unit may be called 'value', and an observed value has this key too
    return "value" in keys and not _has_names(steps) and steps[-2:-1] != ("values",)


def _marked(node: Node, steps: Steps, problems: list[Problem]) -> Node:
    """The value inside a mark; whatever is wrong with the mark is a problem, and the value is read all the same."""

    def problem(message: str, place: Place) -> None:
        problems.append(Problem(".".join(steps), message, *place))

    keys: dict[str, Node] = node.value
    value = keys.get("value", Node(None, node.place))
    unknown = [key for key in keys if key not in ("value", "source", "assumption", "range")]
    for key in unknown:
        message = blank_missing(key) or f"unknown key beside 'value'{nearest(key, ('source', 'assumption', 'range'))}"
        problems.append(Problem(".".join((*steps, key)), message, *node.keys.get(key, node.place)))
    given = [key for key in ("source", "assumption") if key in keys]
    if isinstance(value.value, dict) and _is_mark(value, steps):
        problem("the value is marked twice; give one 'source' or one 'assumption'", node.place)
    inner = _unmarked(value, steps, problems)
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


def _wrong_ranges(root: Node, problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong with the ranges of values that are good themselves: beside a wrong value, nothing true can be said of its range."""
    wrong = [f"{problem.path}." for problem in problems]
    return [
        Problem(".".join(steps), message, *place)
        for steps, mark, _ in _marks(root, ())
        if mark.range is not None and not any(path.startswith(".".join((*steps, ""))) for path in wrong)
        for message, place in _wrong_range(mark.value, mark.range, whole=steps[-1:] not in (("cv",), ("shape",), ("weight",)))
    ]


def _wrong_range(value: Any, range_: Node, whole: bool) -> Iterable[tuple[str, Place]]:
    """What is wrong with a range: its ends are two values of the same kind as the value, which lies between them."""
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
    """What kind of number a value is, and its size within that kind; ``whole`` where a number without a unit counts something."""
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


def _provenance(root: Node) -> Iterable[Provenance]:
    for steps, mark, place in _marks(root, ()):
        kind: Literal["fact", "assumption"] = "fact" if mark.kind == "fact" else "assumption"
        range_ = None if mark.range is None else tuple(mark.range.plain())
        yield Provenance(".".join(steps), kind, mark.text, mark.value, range_, place.file, place.line)


def _marks(node: Node, steps: Steps) -> Iterable[tuple[Steps, Mark, Place]]:
    """The path, the mark and the place of every value that has a mark."""
    if node.mark is not None:
        yield steps, node.mark, node.place
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            if steps or key != "variants":  # a variant that is not applied says nothing about this scenario
                yield from _marks(item, (*steps, key))
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value, 1):
            yield from _marks(item, (*steps, str(index)))


# Variants and overrides


def _variants(root: Node) -> list[str]:
    variants = root.step("variants")
    return list(variants.value) if variants is not None and isinstance(variants.value, dict) else []


class _Overrides:
    """Variants and overrides put on a tree. ``problems`` are added to; ``replacing`` holds what was perhaps not meant to be replaced."""

    def __init__(self, root: Node, problems: list[Problem]) -> None:
        self.root = root
        self.problems = problems
        self.replacing: list[Problem] = []

    def apply_variant(self, name: str) -> None:
        """Put the values of a variant in their places."""
        names = _variants(self.root)
        if name not in names:
            tail = nearest(name, names) if names else "; this file has none"
            self.problems.append(Problem("variants", f"there is no variant {shown(name)}{tail}", *locate(self.root, ("variants",))))
            return
        chosen: Node = self.root.value["variants"].value[name]
        if isinstance(chosen.value, dict):
            for path, node in chosen.value.items():
                self._apply(path, node.copy(), chosen.keys.get(path, node.place))

    def apply_set(self, text: str) -> None:
        """Put one value, written as ``path=value``, in its place."""
        place = Place(OPTION + shown(text)[1:-1])
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals:
            self.problems.append(Problem(path, "an override is written path=value, such as units.polda.counters=8", *place))
            return
        try:
            node, found = tree.parse(value, "") if value.strip() else (Node(None), [])
        except ScenarioError as error:
            self.problems += [Problem(path, problem.message, *place) for problem in error.problems]
            return
        node = _placed(node, place)
        if not found:
            node = _unmarked(node, tuple(path.split(".")), found)
        self.problems += [Problem(path, problem.message, *place) for problem in found]
        self._apply(path, node, place)

    def _apply(self, path: str, node: Node, place: Place) -> None:
        """Replace or add the value at a dotted path."""
        steps = tuple(path.split("."))
        if steps[0] in ("extends", "variants"):
            self.problems.append(Problem(path, f"'{steps[0]}' cannot be overridden", *place))
            return
        parent = self.root
        for index, step in enumerate(steps[:-1]):
            found = _step(parent, steps[: index + 1])
            if found is None:
                full = _full_path(self.root, steps) if index == 0 else None
                message = f"there is no {shown(step)} in the scenario; did you mean '{full}'?" if full else _no_such(parent, steps[:index], step)
                self.problems.append(Problem(path, message, *place))
                return
            parent = found
        last = steps[-1]
        parent = _opened(parent, steps[:-1])
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
            self.problems.append(Problem(path, _no_such(parent, steps[:-1], last), *place))

    def _note_replaced(self, steps: Steps, present: Node, node: Node, place: Place) -> None:
        """Keys with values replace all of a unit or the like; whoever means to change one value in it writes its path."""
        path, inner = steps, node
        while isinstance(inner.value, dict) and inner.value and _is_structure(path):
            key, inner = next(iter(inner.value.items()))
            path = (*path, key)
        if path != steps and isinstance(present.value, dict):
            value = "…" if isinstance(inner.value, dict | list) else shown(inner.value).strip("'")
            written = ".".join(path) + (f": {value}" if place.line else f"={value}")
            message = f"this replaces all of '{'.'.join(steps)}'; to change one value in it, write its path with dots: '{written}'"
            self.replacing.append(Problem(".".join(steps), message, *place))


def _placed(node: Node, place: Place) -> Node:
    """The node of a value from the command line, which stands in no file."""
    if isinstance(node.value, dict):
        return Node({key: _placed(item, place) for key, item in node.value.items()}, place)
    return Node([_placed(item, place) for item in node.value] if isinstance(node.value, list) else node.value, place)


def _step(parent: Node, steps: Steps) -> Node | None:
    return _opened(parent, steps[:-1]).step(steps[-1])


def _opened(node: Node, steps: Steps) -> Node:
    """A stop that is written as a text, opened into a mapping so that its other keys can be set."""
    in_route = (len(steps) == 4 and steps[0] == "citizens" and steps[2] == "route") or (len(steps) == 3 and steps[0] == "routes")
    if in_route and isinstance(node.value, str):
        node.value, node.keys = {"stop": Node(node.value, node.place)}, {"stop": node.place}
    return node


def _full_path(root: Node, steps: Steps) -> str | None:
    """The one path of the scenario that ends with these steps, if there is exactly one."""
    found = [path for path in _paths(root, ()) if path[-len(steps) :] == steps]
    return ".".join(found[0]) if len(found) == 1 else None


def _paths(node: Node, steps: Steps) -> Iterable[Steps]:
    yield steps
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            if steps or key != "variants":  # it cannot be overridden
                yield from _paths(item, (*steps, key))


def _no_such(parent: Node, steps: Steps, step: str) -> str:
    where = ".".join(steps) or "the scenario"
    if isinstance(parent.value, dict):
        return f"there is no {shown(step)} in {where}{nearest(step, parent.value)}"
    if isinstance(parent.value, list):
        return f"there is no {shown(step)} in {where}; it is a list of {len(parent.value)}, counted from 1"
    return f"{where} is {shown(parent.value)}, which has no keys; set it as a whole"


def _counters(present: Node, node: Node) -> Node:
    """A number put on a list of counters keeps that many of them; those beyond the list take its patterns in turn, without a name."""
    number = node.value
    if not isinstance(present.value, list) or not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 1000:
        return node
    counters: list[Node] = []
    for entry in present.value:
        count = entry.step("count")
        repeat = 1 if count is None or count.value is None else count.value
        if not isinstance(entry.value, dict) or not isinstance(repeat, int) or isinstance(repeat, bool) or repeat < 1:
            return present  # the list itself is wrong, which is what has to be said
        single = entry.copy()
        single.value.pop("count", None)
        single.keys.pop("count", None)
        counters += [single.copy() for _ in range(min(repeat, number - len(counters)))]
    if not counters:
        return Node([], node.place, {}, node.mark) if number == 0 else node
    for index in range(number - len(counters)):
        extra = counters[index].copy()  # the added ones are copied in their turn, so the patterns go round
        extra.value.pop("name", None)
        extra.keys.pop("name", None)
        counters.append(extra)
    return Node(counters, node.place, {}, node.mark)
