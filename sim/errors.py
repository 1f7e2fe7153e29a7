"""One family of errors; each knows the exit code that the command line returns for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace


class SimError(Exception):
    """An error that the user can mend. It is printed as one clear message, without a traceback.

    ``exit_code`` is what the ``sim`` command returns: 1 for a run that failed, 2 for a scenario or a call that is wrong.
    """

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One mistake in a scenario: its place, what was got and what is needed.

    ``file``, ``line`` and ``column`` (from 1) are its place. For a value from the command line ``file`` is the option, for example
    ``--set units.imigrasi.counters=4``, and there is no line. ``path`` is the dotted path of the key in the scenario, for example
    ``units.imigrasi.counters``. It begins with the variant's name if only a variant has the mistake: ``variants.more: units…``.
    ``ending`` gives the end of the message, such as the nearest known name. That takes long to find, so it is called only when the
    problem is printed.
    """

    path: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    ending: Callable[[], str] | None = field(default=None, compare=False, repr=False)

    def told(self) -> Problem:
        """The problem with its ending added to the message."""
        return self if self.ending is None else replace(self, message=self.message + self.ending(), ending=None)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = not self.line and self.path in place  # an option names its path itself
        heading = place if said else "  ".join(part for part in (place, self.path) if part)
        return f"{heading}\n  {self.message}"


class ScenarioError(SimError):
    """A scenario that cannot be used, with all its mistakes at once."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem], source: str = "") -> None:
        self.problems = tuple(problem.told() for problem in problems)
        self.source = source
        count = len(self.problems)
        tail = f"{count} error{'s' if count != 1 else ''}" + (f" in {source}" if source else "")
        super().__init__("\n".join([*map(str, self.problems), tail]))


class UsageError(SimError):
    """A call that cannot be carried out as it was written (an unknown variant, a folder with foreign files)."""

    exit_code = 2


class EngineError(SimError):
    """An engine was asked for something it cannot play; the message names the feature."""


class AuditError(SimError):
    """The auditor found records that break a rule: a defect of the program, never of the scenario."""
