"""Play: two engines that turn a Trace on a Plan into Records, equal to the last bit."""

from __future__ import annotations

from typing import Final

from sim.cores import cores
from sim.engine.kernel import play_batch, play_batch_with_extras, play_kernel
from sim.errors import EngineError, UsageError
from sim.model import compiled
from sim.model.shapes import Plan
from sim.model.trace import Trace, draw_batch
from sim.results.measures import add_up_batch
from sim.results.records import Records

ENGINES: Final = ("auto", "reference", "kernel")

BOTH: Final = "both"
"""The reference engine while another process compiles the kernel engine, and then the kernel engine (`sim.experiment.compiling`)."""

_STOP: Final = 40e-6
"""40 microseconds: what a citizen or a stop costs the reference engine, with its uncompiled draw and measure."""
_LOADING: Final = 1.0
"""1 second: importing the compiler and loading compiled code."""
_COMPILING: Final = 25.0
"""25 seconds: compiling everything. These three figures are CPU time, measured by benchmarks/start_up.py."""


def play(plan: Plan, trace: Trace, engine: str = "kernel") -> Records:
    """The records of a trace on a plan, by the ``reference`` or the ``kernel`` engine. Both give the same records.

    Raises EngineError where an engine cannot play what it is asked for, UsageError for an unknown engine.
    """
    if engine == "reference":
        from sim.engine.reference import play_reference

        return play_reference(plan, trace)
    if engine == "kernel":
        return play_kernel(plan, trace)
    raise UsageError(f"unknown engine '{engine}'; a day is played by 'reference' or 'kernel'")


def is_warm(extras: bool = False) -> bool:
    """Whether compiled code of these very sources is on disk, so that the kernel engine starts at once. A compilation that was stopped is not warm.

    ``extras`` says that the hall has some (`sim.model.shapes.Extras`), which another compiled function plays.
    """
    player = play_batch_with_extras if extras else play_batch
    return all(compiled.mark_of(function).exists() for function in (draw_batch, player, add_up_batch))


def choose(engine: str, stops: float, *, alone: bool = False, extras: bool = False) -> str:
    """The engine for a job of ``stops`` citizens and stops in all: ``reference``, ``kernel`` or ``both``. Their answers are equal.

    ``auto`` takes what answers first. A job that the reference engine plays while compiled code would still be loading is left to it.
    Otherwise the kernel engine plays it; if that must be compiled first, then by another process on another core, while the reference engine begins.
    ``alone`` says that only one core may be used, ``extras`` that a hall has some.
    """
    if engine == "kernel" and not compiled.available():
        raise EngineError("the kernel engine needs the package 'numba', which is not installed here; use --engine reference")
    if engine != "auto":
        if engine not in (*ENGINES, BOTH):
            raise UsageError(f"unknown engine '{engine}'; choose one of {', '.join(ENGINES)}")
        return engine
    if not compiled.available():
        return "reference"
    if stops * _STOP <= _LOADING:
        return "reference"
    if is_warm(extras):
        return "kernel"
    if cores() > 1 and not alone and compiled.can_be_kept():
        return BOTH
    return "kernel" if stops * _STOP > _COMPILING else "reference"
