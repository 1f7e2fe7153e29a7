"""A tree validated piece by piece: each unit, source, profile, route and variant by itself, and none twice.

Variants of a file differ in a few values. A piece that a variant leaves alone is the same node in its tree, so its result is looked
up and not computed again. 200 variants of a hall cost little more than one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import Problem
from sim.scenario.marks import Provenance, has_names, provenance_of, taken_as_certain, wrong_ranges
from sim.scenario.schema import Profile, Route, Scenario, Source, Unit, Validated, Variant
from sim.scenario.tree import Node, locate
from sim.scenario.wording import Steps, mistakes

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "units": TypeAdapter(Unit),
    "citizens": TypeAdapter(Source),
    "profiles": TypeAdapter(Profile),
    "routes": TypeAdapter(Route),
    "variants": TypeAdapter(Variant),
}


@dataclass(frozen=True)
class _Piece:
    """A piece and its result: the plain value, the value as the schema wants it (``frozen``) and as it is given to it, and its marks.

    ``models`` names the model that read each mapping of ``frozen``, by the mapping's ``id``; ``errors`` are the schema's.
    """

    node: Node
    plain: Any
    frozen: Any
    given: Any
    errors: Sequence[ErrorDetails]
    models: Mapping[int, type[BaseModel]]
    ranges: Sequence[Problem]
    provenance: Sequence[Provenance]
    certain: Sequence[str]


@dataclass(frozen=True)
class Judged:
    """The result of validating a tree: the scenario, or None and the problems; the plain document; and what its marks say."""

    scenario: Scenario | None
    problems: Sequence[Problem]
    document: dict[str, Any]
    provenance: tuple[Provenance, ...]
    certain: tuple[str, ...]


class Pieces:
    """The pieces of a file's first tree, kept for the trees of its variants."""

    def __init__(self) -> None:
        self._kept: dict[Steps, _Piece] = {}

    def judge(self, root: Node) -> Judged:
        """Validate a tree whose root is a mapping."""
        whole = self._joined(root, {key: self._piece((key,), node) for key, node in root.value.items()})
        models: dict[int, type[BaseModel]] = {}
        errors: list[ErrorDetails] = []
        scenario = None
        try:
            scenario = Scenario.model_validate(whole.given, context=models)
        except ValidationError as error:
            errors += error.errors(include_url=False)
        errors += whole.errors
        problems: list[Problem] = []
        if errors:
            models |= {**whole.models, id(whole.frozen): Scenario}
            found = mistakes(errors, whole.frozen, models)
            problems = [Problem(".".join(steps), message, *locate(root, steps, key=key)) for steps, message, key in found]
            assert problems, "what the schema refuses has a reason"
        problems += _beside_good_values(whole.ranges, problems)
        return Judged(None if problems else scenario, problems, whole.plain, tuple(whole.provenance), tuple(whole.certain))

    def _piece(self, steps: Steps, node: Node) -> _Piece:
        kept = self._kept.get(steps)
        if kept is not None and kept.node is node:
            return kept
        if has_names(steps) and isinstance(node.value, dict) and node.mark is None:
            piece = self._joined(node, {name: self._piece((*steps, name), inner) for name, inner in node.value.items()})
        else:
            piece = _read(steps, node)
        self._kept.setdefault(steps, piece)
        return piece

    def _joined(self, node: Node, pieces: dict[str, _Piece]) -> _Piece:
        """The pieces of a mapping, joined to one."""
        inner = pieces.values()
        models: dict[int, type[BaseModel]] = {}
        for piece in inner:
            models |= piece.models
        return _Piece(
            node,
            {name: piece.plain for name, piece in pieces.items()},
            {name: piece.frozen for name, piece in pieces.items()},
            {name: piece.given for name, piece in pieces.items()},
            [error for piece in inner for error in piece.errors],
            models,
            [problem for piece in inner for problem in piece.ranges],
            [one for piece in inner for one in piece.provenance],
            [path for piece in inner for path in piece.certain],
        )


def _read(steps: Steps, node: Node) -> _Piece:
    plain = node.plain()
    frozen = given = _frozen(plain)
    errors: list[ErrorDetails] = []
    models: dict[int, type[BaseModel]] = {}
    if len(steps) > 1:
        given = Validated(None)
        try:
            given = Validated(_ADAPTERS[steps[0]].validate_python(frozen, context=models))
        except ValidationError as error:
            errors = [{**one, "loc": (*steps, *one["loc"])} for one in error.errors(include_url=False)]
    return _Piece(
        node, plain, frozen, given, errors, models, wrong_ranges(node, steps), list(provenance_of(node, steps)),
        [".".join(path) for path in taken_as_certain(node, steps)],
    )  # fmt: skip


def _frozen(value: Any) -> Any:
    """The document with tuples for lists, as the strict schema wants it."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _beside_good_values(ranges: Sequence[Problem], problems: Sequence[Problem]) -> list[Problem]:
    """The problems of ranges beside good values. The range of a wrong value cannot be judged."""
    wrong = set()
    for problem in problems:
        steps = problem.path.split(".")
        wrong |= {".".join(steps[: index + 1]) for index in range(len(steps))}
    return [one for one in ranges if one.path not in wrong]
