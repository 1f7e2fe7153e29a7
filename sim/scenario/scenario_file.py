"""A scenario as it was read, with what its files say beyond it: the place of every value, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Problem
from sim.scenario.marks import Provenance
from sim.scenario.schema import Scenario
from sim.scenario.tree import Node, Place, locate


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario with what a message or a manifest says about its origin.

    ``document`` is the merged file as plain values of JSON's types, marks taken off; read again, it gives the same scenario.
    ``files`` are all files read, the extending before the extended; ``certain`` are the
    paths of inputs with neither a source nor an assumption; ``variant`` is the one that was applied.
    """

    scenario: Scenario
    document: dict[str, Any]
    path: Path
    files: tuple[Path, ...]
    provenance: tuple[Provenance, ...]
    certain: tuple[str, ...]
    variant: str | None
    _root: Node = field(repr=False, compare=False)

    def place(self, path: str | Sequence[str], *, key: bool = False) -> Place:
        """File, line and column of a path (dotted, or as steps; list positions from 1), or of the part of it that exists.

        A single value is found where it stands, or at its key with ``key``; a list or mapping at its key.
        """
        return locate(self._root, path.split(".") if isinstance(path, str) else path, key=key)

    def problem(self, path: str | Sequence[str], message: str, *, key: bool = False) -> Problem:
        """A mistake at a path, ready for a ScenarioError; with ``key`` it is the key that is wrong.

        What is written as one text (a stop by its name alone) is named as such, and not by the keys that it stands for.
        """
        steps = path.split(".") if isinstance(path, str) else path
        node: Node | None = self._root
        for index, step in enumerate(steps):
            node = node.step(step) if node else None
            if node is not None and not isinstance(node.value, dict | list):
                steps = steps[: index + 1]
                break
        return Problem(".".join(steps), message, *self.place(steps, key=key))
