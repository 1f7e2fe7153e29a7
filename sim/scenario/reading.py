"""From a file to a checked scenario: what it extends, variants, overrides, marks of provenance, and every mistake with its place.

Reading takes five steps: build the tree of each file (`tree`), take the marks off the values, lay the file over those it extends,
apply a variant and overrides, and validate the result (`schema`, `checks`). Every value keeps its place through all of them.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, tree
from sim.scenario.marks import unmarked
from sim.scenario.overrides import OPTION, Overrides, changes_of, merged, undone, variants_of
from sim.scenario.pieces import Pieces
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.schema import shown
from sim.scenario.tree import Node, Place
from sim.words import counted

MOST_MISTAKES = 50
"""The most mistakes that one error lists."""

MOST_FILES = 10
"""The most files in a chain in which each extends the next."""


def load(path: str | Path, *, sets: Iterable[str] = (), variant: str | None = None) -> ScenarioFile:
    """Read, merge, override and check a scenario file.

    ``variant`` names one of the file's ``variants``, which is applied first. ``sets`` are texts such as ``units.polda.counters=8``,
    applied in order; none may undo what the variant sets. The other variants are not checked. Raises ScenarioError with every
    mistake found, each with its place.
    """
    return _chosen(_read_file(Path(path)), tuple(sets), variant)


def load_text(text: str, *, name: str = "scenario.yaml", sets: Iterable[str] = (), variant: str | None = None) -> ScenarioFile:
    """Read a scenario from a text, as ``load`` does from a file; messages call it ``name``. It cannot extend a file."""
    root, problems = tree.parse(tree.decode(text.encode("utf-8", "replace"), name), name)
    root = unmarked(root, (), problems)
    if (extends := root.step("extends")) is not None:
        problems.append(Problem("extends", "a scenario that is not in a file cannot extend one", *extends.place))
        del root.value["extends"]
    return _chosen(_Read(root, Path(name), (), tuple(problems)), tuple(sets), variant)


def load_variants(path: str | Path, *, sets: Iterable[str] = ()) -> tuple[ScenarioFile, dict[str, ScenarioFile]]:
    """A scenario file without a variant, and with each of its variants by name. Variants that an override would undo are left out.

    Raises ScenarioError with the mistakes of all of them, each once.
    """
    read, sets, pieces = _read_file(Path(path)), tuple(sets), Pieces()
    file, problems = _judged(read, sets, None, pieces)
    variants, found = {}, dict.fromkeys(problems)
    names = variants_of(read.root)
    for number, name in enumerate(names):
        if len(found) > MOST_MISTAKES:  # the error lists no more
            raise _refusal(found, read, unread=len(names) - number)
        if any(undone(changes_of(read.root, name), text.partition("=")[0].strip()) for text in sets):
            continue
        applied, of_variant = _judged(read, sets, name, pieces)
        found |= dict.fromkeys(_named(name, of_variant, problems))
        if applied is not None:
            variants[name] = applied
    if file is None or found:
        raise _refusal(found, read)
    return file, variants


@dataclass(frozen=True)
class _Read:
    """A file laid over those it extends, before any variant or override."""

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
    pieces = Pieces()
    file, problems = _judged(read, sets, variant, pieces)
    if file is None:
        if variant in variants_of(read.root):
            problems = _named(variant, problems, _judged(read, sets, None, pieces)[1])
        raise _refusal(problems, read)
    return file


def _named(variant: str | None, problems: Iterable[Problem], base: Sequence[Problem]) -> list[Problem]:
    """The problems. The path of a problem that only the variant has begins with the variant's name."""
    known = set(base)
    return [problem if problem in known else replace(problem, path=f"variants.{variant}: {problem.path}") for problem in problems]


def _judged(read: _Read, sets: tuple[str, ...], variant: str | None, pieces: Pieces) -> tuple[ScenarioFile | None, list[Problem]]:
    """Apply the variant and the overrides, validate and check: the scenario, or what is wrong with it."""
    problems = list(read.problems)
    if not isinstance(read.root.value, dict):
        return None, [*problems, Problem("", f"got {shown(read.root.plain())}; a scenario begins with keys such as 'name:'", *read.root.place)]
    overrides = Overrides(read.root, problems)
    if variant is not None:
        overrides.apply_variant(variant)
    for text in sets:
        overrides.apply_set(text)
    judged = pieces.judge(overrides.root)
    problems += judged.problems
    if problems or judged.scenario is None:
        within = [one for one in overrides.replacing if any(f"{problem.path}.".startswith(f"{one.path}.") for problem in problems)]
        return None, [*within, *problems]
    file = ScenarioFile(judged.scenario, judged.document, read.path, read.files, judged.provenance, judged.certain, variant, overrides.root)
    broken = checks.check(file)
    return (None, [*overrides.replacing, *broken]) if broken else (file, [])


def _refusal(problems: Iterable[Problem], read: _Read, unread: int = 0) -> ScenarioError:
    """The error that lists the problems of the command line, then those of the files in order; if there are too many, only the first.

    ``unread`` counts the variants that were not checked.
    """
    name = read.path.as_posix()
    order = {file.as_posix(): index for index, file in enumerate(read.files)}
    found = sorted(problems, key=lambda problem: (order.get(problem.file, 0), problem.line, problem.column))
    given = all(problem.file.startswith(OPTION) for problem in found)
    if len(found) > MOST_MISTAKES:
        left = f"; {counted(unread, 'variant')} not looked at" if unread else ""
        more = len(found) - MOST_MISTAKES
        hidden = Problem("", f"{more} more mistake{'s are' if more > 1 else ' is'} not shown{left}", name)
        found = [*found[:MOST_MISTAKES], hidden]
    return ScenarioError(found, f"{OPTION}for {name}" if given else name)


# Files that extend each other


def _read(path: Path, above: tuple[Path, ...], files: list[Path], problems: list[Problem]) -> Node:
    """The tree of a file, merged over the files it extends, without marks."""
    name = path.as_posix()
    files.append(path)
    root, found = tree.parse(tree.decode(_bytes(path), name), name)
    problems += found
    root = unmarked(root, (), problems)
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
    return merged(lower, root, ()) if isinstance(lower.value, dict) else lower


def _target(path: Path, value: Any) -> tuple[Path | None, str]:
    """The file that ``extends`` names, or why it is refused. A scenario must not read anything outside its own folder."""
    if not isinstance(value, str) or not value.strip():
        return None, f"got {shown(value)}; give the name of a file in this folder, such as 'jakarta.yaml'"
    windows = PureWindowsPath(value)
    if windows.drive or windows.root or "\\" in value or ".." in PurePosixPath(value).parts:
        return None, f"got {shown(value)}; give a file in this folder or below it, written with '/'"
    target = path.parent / value
    try:
        mistake = "" if target.resolve().is_relative_to(path.parent.resolve()) else "it leads out of this folder"
    except (OSError, ValueError, RuntimeError):  # a name too long, a zero byte, links in a circle
        mistake = _unreadable(target, path) or "this file cannot be read"
    mistake = mistake or _unreadable(target, path)
    return (None, f"got {shown(value)}; {mistake}") if mistake else (target, "")


def _unreadable(path: Path, asked_by: Path | None = None) -> str:
    """Why a path is not a file, in words; empty if it is one. ``asked_by`` is the file that extends it."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        near = ""
        with suppress(OSError):  # the folder cannot be listed
            near = _nearest_file(path, asked_by)
        return f"there is no such file{near}"
    except ValueError as error:  # a zero byte in the name
        return f"the file cannot be read: {error}"
    except OSError as error:
        circle = error.errno == errno.ELOOP
        return "this is a symbolic link that leads back to itself" if circle else f"the file cannot be read: {error.strerror or error}"
    if stat.S_ISDIR(mode):
        return "this is a folder; name a scenario file in it"
    return "" if stat.S_ISREG(mode) else "this is a device or a pipe, not a file"


def _nearest_file(path: Path, asked_by: Path | None = None) -> str:
    """The end of a message about a missing file: the nearest name in its folder, or all. It compares names without their endings."""
    folder = path.parent
    hidden = path.with_name(f"{path.name}.txt")  # Notepad adds this ending and Windows hides it
    if hidden.is_file():
        return f"; there is '{hidden.name}': rename it without the '.txt'"
    beside = sorted(item for item in folder.iterdir() if item.suffix in (".yaml", ".yml") and item != asked_by) if folder.is_dir() else []
    names = {item.stem: item.relative_to(asked_by.parent).as_posix() if asked_by else item.name for item in beside}
    near = get_close_matches(path.stem[:60], names, n=1, cutoff=0.85)
    if near:
        return f"; did you mean '{names[near[0]]}'?"
    return f"; known here: {', '.join(names.values())}" if 0 < len(names) <= 30 else ""


def _bytes(path: Path) -> bytes:
    """The content of a file. Raises ScenarioError when it is not a file, cannot be read or is too large."""
    place = Place(path.as_posix())
    if mistake := _unreadable(path):
        raise tree.refuse(mistake, place)
    try:
        with path.open("rb") as stream:
            data = stream.read(tree.LONGEST_FILE + 1)
    except OSError as error:
        raise tree.refuse(f"the file cannot be read: {error.strerror or error}", place) from None
    if len(data) > tree.LONGEST_FILE:
        raise tree.refuse(f"the file is larger than {tree.LONGEST_FILE // 1_000_000} MB; a scenario needs far less", place)
    return data
