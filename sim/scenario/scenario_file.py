"""A scenario as it was read, with the place of every value and where the numbers come from."""

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

    ``document`` is the merged file in JSON's types, without marks; reading it again gives the same scenario. ``files`` lists every
    file read, each before the file that it extends. ``certain`` lists the paths of inputs with neither a source nor an assumption.
    ``variant`` names the variant that was applied.
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

        For a single value this is the place of the value, or of its key with ``key``; for a list or mapping, always of its key.
        """
        return locate(self._root, path.split(".") if isinstance(path, str) else path, key=key)

    def problem(self, path: str | Sequence[str], message: str, *, key: bool = False) -> Problem:
        """A mistake at a path, ready for a ScenarioError; with ``key`` it is the key that is wrong.

        Where one text stands for several keys (a stop written as its name), the path ends at the text and leaves those keys out.
        """
        steps = path.split(".") if isinstance(path, str) else path
        node: Node | None = self._root
        for index, step in enumerate(steps):
            node = node.step(step) if node else None
            if node is not None and not isinstance(node.value, dict | list):
                steps = steps[: index + 1]
                break
        return Problem(".".join(steps), message, *self.place(steps, key=key))
