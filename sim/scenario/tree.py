"""YAML text to a tree of plain values that remember where they stand, strict and safe whatever the file holds.

We build the tree from the parser's events, not with its constructor, for two reasons. The constructor follows YAML 1.1 and reads
``12:30`` as 750 and ``no`` as false, where a planner means a clock time and a word. And we can count events, so that neither
depth nor aliases exhaust memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from sim.errors import Problem, ScenarioError
from sim.scenario.spelling import KEY, blank_missing

LONGEST_FILE = 4_000_000
"""The largest scenario file, in bytes. A hall of fifteen units takes about 20 kB."""

MOST_VALUES = 200_000
"""The most values in a file. A value that an alias repeats counts each time."""

DEEPEST = 50
"""The deepest nesting of values, in levels."""

LONGEST_TEXT = 10_000

_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)


class Place(NamedTuple):
    """A place: file, line and column, counted from 1. Line and column are 0 for a value that stands in no file."""

    file: str = ""
    line: int = 0
    column: int = 0


NOWHERE = Place()


@dataclass(frozen=True)
class Mark:
    """Where a value comes from: a ``fact`` with its source, or an ``assumption`` with its reason and perhaps a range, a list of two."""

    kind: str
    text: str
    value: Any
    range: Node | None


@dataclass(slots=True)
class Node:
    """A value of a file with its place, the places of its keys, and its mark.

    ``value`` is a text, number, truth value or None, a list of nodes or a mapping from texts to nodes.
    """

    value: Any
    place: Place = NOWHERE
    keys: dict[str, Place] = field(default_factory=dict)
    mark: Mark | None = None

    def plain(self) -> Any:
        """The value in JSON's types, without places and marks."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def copy(self) -> Node:
        """A copy that shares no list or mapping with this node."""
        value = self.value
        if isinstance(value, dict):
            value = {key: node.copy() for key, node in value.items()}
        elif isinstance(value, list):
            value = [node.copy() for node in value]
        return Node(value, self.place, dict(self.keys), self.mark)

    def own(self) -> Node:
        """A copy that shares its values with this node. Replacing a value in the copy leaves this node as it is."""
        value = self.value.copy() if isinstance(self.value, dict | list) else self.value
        return Node(value, self.place, dict(self.keys), self.mark)

    def step(self, name: str) -> Node | None:
        """The node one step down: under a key, or at a position of a list, counted from 1."""
        if isinstance(self.value, dict):
            found: Node | None = self.value.get(name)
            return found
        if isinstance(self.value, list) and name.isascii() and name.isdigit() and len(name) < 9 and 1 <= int(name) <= len(self.value):
            item: Node = self.value[int(name) - 1]
            return item
        return None

    def size(self) -> int:
        """How many values this node holds, itself included."""
        return 1 + sum(node.size() for node in self.inside())

    def depth(self) -> int:
        """How many levels of values there are, this one included."""
        return 1 + max((node.depth() for node in self.inside()), default=0)

    def inside(self) -> Iterable[Node]:
        """The nodes one step down."""
        return self.value.values() if isinstance(self.value, dict) else self.value if isinstance(self.value, list) else ()


def refuse(message: str, place: Place, path: str = "") -> ScenarioError:
    """The error for a file that cannot be read any further; it holds one problem."""
    return ScenarioError([Problem(path, message, *place)], source=place.file)


def decode(data: bytes, file: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises ScenarioError, naming the line, when the file has another encoding or holds characters that cannot be printed.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:2]:
        raise refuse("the file is in UTF-16 ('Unicode' in older Windows programs); save it with the encoding UTF-8", Place(file))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8; save the file with the encoding UTF-8"
        raise refuse(message, _position(before, len(before), file)) from None
    if blank := _NO_BREAK.search(text):
        raise refuse("a no-break space stands here, as some programs paste it; indent with plain spaces", _position(text, blank.end() - 1, file))
    if odd := _ODD.search(text):
        message = f"the character U+{ord(odd[0]):04X} cannot be printed; remove it"
        raise refuse(message, _position(text, odd.start(), file))
    return text


_NO_BREAK = re.compile("^[ \t]*\u00a0", re.MULTILINE)
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def _position(text: str, index: int, file: str) -> Place:
    lines = re.split("\r\n|\r|\n", text[:index])
    return Place(file, len(lines), len(lines[-1]) + 1)


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar by the core schema of YAML 1.2, decimal numbers only.

    Raises ValueError for a number that is too large or has too many digits.

    >>> scalar("8"), scalar("0.5"), scalar("true"), scalar("no"), scalar("07:30"), scalar("12:30"), scalar("010")
    (8, 0.5, True, 'no', '07:30', '12:30', 10)
    """
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if re.fullmatch(r"[-+]?[0-9]+", text):
        if len(text) > 18:
            raise ValueError("a number may have 18 digits at most")
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError("the number is too large")
        return number
    return text


def locate(root: Node, steps: Sequence[str], *, key: bool = False) -> Place:
    """The place of the value at ``steps``, or of its key with ``key``; if there is no such value, of the last part of the path that exists."""
    node, place = root, root.place
    for index, step in enumerate(steps):
        found = node.step(step)
        if found is None:
            break
        at_key = isinstance(found.value, dict | list) or (key and index == len(steps) - 1)
        place = node.keys.get(step, found.place) if at_key else found.place
        node = found
    return place


def parse(text: str, file: str) -> tuple[Node, list[Problem]]:
    """The tree of a YAML text, and the mistakes that reading can pass over (a key given twice, a tag).

    Raises ScenarioError when the text is not YAML, holds several documents or too many values, or nests them too deep.
    """
    builder = _Builder(file)
    events = iter(yaml.parse(text, Loader=_LOADER))
    while True:
        try:
            event = next(events, None)
        except yaml.MarkedYAMLError as error:
            message, place = _syntax(error, text, file)
            raise ScenarioError([*builder.problems, Problem("", message, *place)], source=file) from None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # the pure Python parser raises these for an escape or a version number out of range
            raise refuse(f"this is not YAML: {str(error).splitlines()[0]}", Place(file, 1, 1)) from None
        if event is None:
            break
        builder.take(event)
    if builder.root is None:
        raise refuse("the file is empty; a scenario needs at least name, hours, units and citizens", Place(file))
    return builder.root, builder.problems


_DECIMALS = re.compile(r"\d{1,9}(\s*[^\d\s:,eE-][^:]{0,30})?")
_DECIMALS_WITH_UNIT = re.compile(r"\d{1,9}\s*[^\d\s:,eE-][^:]{0,30}")
"""The text that may follow a decimal comma inside a list. It must have a unit, because `[2,5]` may mean two values."""


def _touches(item: Node, place: Place) -> bool:
    """Whether ``item`` is a whole number (or a number glued together before) and only a comma stands between it and ``place``."""
    text = str(item.value)
    whole = isinstance(item.value, int | str) and re.fullmatch(r"\d+(,\d{3})*", text) is not None
    return whole and place == item.place._replace(column=item.place.column + len(text) + 1)


@dataclass(slots=True)
class _Open:
    """A mapping or a list that has begun and not yet ended."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_place: Place = NOWHERE
    key_text: str = ""
    key_end: int = -1
    problems: int = 0
    """How many problems were known before the key was read."""
    last: Node | None = None
    """The value of the latest key."""
    swallowed: Node | None = None
    """The latest empty value: its text became part of the key, since a blank is missing (`counters:3`)."""


class _Builder:
    """Builds the tree from the events of one document. It keeps its own stack, so deep values need no recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._values = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """Handle the next event."""
        place = Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        start, end = event.start_mark.index, event.end_mark.index
        match event:
            case yaml.ScalarEvent() if self._open and self._open[-1].key is not None and self._open[-1].key_end == start:
                self._without_colon(self._open[-1])
            case yaml.ScalarEvent():
                self._tag(event, place)
                self._put(Node(self._scalar(event, place), place), event.anchor)
                if self._open and self._open[-1].key is not None:
                    self._open[-1].key_text, self._open[-1].key_end = event.value, end
            case yaml.AliasEvent():
                self._alias(str(event.anchor), place)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._tag(event, place)
                self._start(Node({} if isinstance(event, yaml.MappingStartEvent) else [], place), event.anchor)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = self._open.pop()
                self._put(closed.node, closed.anchor)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise refuse("a second document begins here ('---'); a file holds one scenario", place)

    def _path(self, key: str | None = None) -> str:
        steps = [str(len(level.node.value) + 1) if isinstance(level.node.value, list) else level.key or "" for level in self._open]
        return ".".join([*steps[:-1], key if key is not None else steps[-1]]) if steps else ""

    def _problem(self, message: str, place: Place, key: str | None = None) -> None:
        self.problems.append(Problem(self._path(key), message, *place))

    def _count(self, values: int, place: Place) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise refuse(f"more than {MOST_VALUES} values, counting what aliases ('*') repeat; a scenario needs far fewer", place)

    def _tag(self, event: Any, place: Place) -> None:
        if event.tag is not None:
            self._problem("a tag ('!') has no meaning in a scenario; remove it", place)

    def _scalar(self, event: Any, place: Place) -> Any:
        text = event.value
        if len(text) > LONGEST_TEXT:
            raise refuse(f"a text of {len(text)} characters; the longest has {LONGEST_TEXT}", place)
        if odd := _ODD.search(text):
            self._problem(f"the character U+{ord(odd[0]):04X} cannot be printed; remove it", place)
            return ""
        if event.style in ("'", '"', "|", ">"):
            return text
        try:
            return scalar(text)
        except ValueError as error:
            self._problem(str(error), place)
            return 0

    def _without_colon(self, parent: _Open) -> None:
        """Inside {…} YAML splits an unquoted text at a comma and reads the rest as a key without a value: report that.

        If the text was a number ("2,5 min"), glue it together again: the schema says what to write.
        """
        if blank_missing(parent.key_text):
            self._put(Node(None, parent.key_place), None)
            parent.swallowed = parent.last
            return
        key, parent.key = parent.key, None
        del self.problems[parent.problems :]
        if parent.node.keys.get(str(key)) == parent.key_place:
            del parent.node.keys[str(key)]
        if parent.last is not None and _DECIMALS.fullmatch(parent.key_text) and _touches(parent.last, parent.key_place):
            parent.last.value = f"{parent.last.value},{parent.key_text}"
        elif parent.last is None or parent.last is not parent.swallowed or not _DECIMALS.fullmatch(parent.key_text):  # else the rest of a number in its key
            message = "this has no ':' and stands as a key; within braces a text with a comma must be in quotes"
            if parent.last is not None and str(parent.last.value)[:1] in _CURLY:
                message += f", straight ones: \" in place of {str(parent.last.value)[0]}"
            self._problem(message, parent.key_place, parent.key_text)

    def _start(self, node: Node, anchor: str | None) -> None:
        if self._open and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None:
            raise refuse("a key must be a text, not a list or a mapping", node.place)
        if len(self._open) >= DEEPEST:
            raise refuse(f"values are nested more than {DEEPEST} levels deep", node.place)
        if anchor is not None:
            self._anchors[anchor] = None
        self._count(1, node.place)
        self._open.append(_Open(node, anchor))

    def _alias(self, anchor: str, place: Place) -> None:
        if anchor not in self._anchors:
            raise refuse(f"'*{anchor}' repeats a value marked '&{anchor}', but there is none above", place)
        node = self._anchors[anchor]
        if node is None:
            raise refuse(f"'*{anchor}' repeats a value that it is itself a part of", place)
        self._count(node.size(), place)
        if len(self._open) + node.depth() > DEEPEST:
            raise refuse(f"values are nested more than {DEEPEST} levels deep", place)
        self._put(node.copy(), None)

    def _put(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not isinstance(node.value, dict | list):
            self._count(1, node.place)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        values = parent.node.value
        if isinstance(values, list):
            if values and isinstance(node.value, str) and _DECIMALS_WITH_UNIT.fullmatch(node.value) and _touches(values[-1], node.place):
                values[-1].value = f"{values[-1].value},{node.value}"
            else:
                values.append(node)
        elif parent.key is None:
            parent.problems, parent.key_place = len(self.problems), node.place
            parent.key = self._key(parent, node)
        else:
            key, parent.key = parent.key, None
            values.setdefault(key, node)
            parent.last = node

    def _key(self, parent: _Open, node: Node) -> str:
        if isinstance(node.value, dict | list):
            raise refuse("a key must be a text, not a list or a mapping", node.place)
        key = node.value if isinstance(node.value, str) else str(Node(node.value).plain()).lower()
        if key == "<<":
            self._problem("'<<' is not supported; use 'extends', or repeat a whole value with '*'", node.place, key)
        elif not isinstance(node.value, str) and not (type(node.value) is int and len(self._open) > 1):  # a table may count from 0: `{0: 80 %, 1: 20 %}`
            message = f"got the key {key}; a key is a text, such as a name, '07:30-08:00' or '50 %'"
            self._problem("a key is missing before ':'" if node.value is None else message, node.place, key)
        elif key in parent.node.keys:
            earlier = parent.node.keys[key]
            self._problem(f"the key was given before, in line {earlier.line}; each key may stand once", node.place, key)
        parent.node.keys.setdefault(key, node.place)
        return key


_SYNTAX = (
    (r"found a tab character|found character '\\t'", "a tab stands here; indent with spaces"),
    (r"mapping values are not allowed", "a second ':' in one line, or a wrong indentation here or above; put texts with ': ' into quotes"),
    (r"could not find expected ':'", "':' is missing after this key, or the indentation is wrong"),
    (r"did not find expected ',' or '.'|expected ',' or '.'", "a bracket or a quote is not closed, or a comma is missing; the bracket was opened here"),
    (r"expected (the )?node content", "a value is missing here; is there a comma or a sign too many?"),
    (r"unexpected end of stream", "the quote that opens here is not closed"),
    (r"cannot start any token", "a text that begins with this character must stand in quotes"),
    (r"incompatible YAML document", "the YAML version is not supported; remove the line"),
    (r"unknown escape character|escape", "an unknown '\\' escape; use single quotes around texts with '\\'"),
    (r"expected '?<document start>", "nothing may follow here; is the indentation wrong, or a bracket closed twice?"),
    (r"find expected (key|'-')|expected <block end>", "this does not fit the lines above; is the indentation wrong, or a quote not closed?"),
)


_CURLY = ("“", "”", "„", "‘", "’", "«")
_DASH = re.compile(r"\s*-(?=[A-Za-z_])")
_BLANK_MISSING = re.compile(rf"""(?:^\s*(?:-\s+)*|[{{,]\s*)({KEY})\s*:(?=[\w{{\["'])""")


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> tuple[str, Place]:
    """What is wrong with the YAML in a planner's words, and where."""
    problem = str(error.problem)
    mark = error.problem_mark or error.context_mark
    if re.search(r"expected ',' or|end of stream|expected ':'", problem) and error.context_mark is not None:
        mark = error.context_mark  # point at where the bracket, quote or key began, not at the end of the file
    if mark is None:
        return f"this is not YAML: {problem}", Place(file, 1, 1)
    line = next(iter(text.splitlines()[mark.line : mark.line + 1]), "")
    place = Place(file, mark.line + 1, mark.column + 1)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab stands here; indent with spaces", Place(file, mark.line + 1, line.index("\t") + 1)
    if re.search(r"mapping values are not allowed|found unexpected ':'|could not find expected ':'", problem):
        above = next(iter(text.splitlines()[mark.line - 1 : mark.line]), "")
        if found := _BLANK_MISSING.search(line):
            return f"a blank is missing after '{found[1]}:'", Place(file, mark.line + 1, found.end() + 1)
        if found := _BLANK_MISSING.match(above):  # without the blank, the line above is a text that continues here
            return f"a blank is missing after '{found[1]}:'", Place(file, mark.line, found.end() + 1)
    if "could not find expected ':'" in problem and (found := _DASH.match(line)):
        return "a blank is missing after '-'", Place(file, mark.line + 1, found.end())
    for pattern, words in _SYNTAX:
        if re.search(pattern, problem):
            return words, place
    return f"this is not YAML: {problem}", place

