"""Play: two engines that turn a Trace on a Plan into Records, equal to the last bit."""

from __future__ import annotations

from typing import Final

from sim.errors import EngineError, UsageError
from sim.model import compiled
from sim.model.shapes import Plan
from sim.model.trace import Trace
from sim.results.records import Records

ENGINES: Final = ("auto", "reference", "kernel")


def play(plan: Plan, trace: Trace, engine: str = "kernel") -> Records:
    """The records of a trace on a plan, by the ``reference`` or the ``kernel`` engine. Both give the same records.

    Raises EngineError where an engine cannot play what it is asked for, UsageError for an unknown engine.
    """
    if engine == "reference":
        from sim.engine.reference import play_reference

        return play_reference(plan, trace)
    if engine == "kernel":
        from sim.engine.kernel import play_kernel

        return play_kernel(plan, trace)
    raise UsageError(f"unknown engine '{engine}'; a day is played by 'reference' or 'kernel'")


def choose(engine: str, stops: float) -> str:
    """The engine for a job of ``stops`` stops in all. ``auto`` takes the faster one; their answers are equal.

    benchmarks/start_up.py measured the constants. The reference engine (with its uncompiled draw and measure) takes about 70 microseconds
    a stop. The kernel takes about 1 s to load if its code is on disk, and about 18 s if it must be compiled.
    """
    if engine == "kernel" and not compiled.available():
        raise EngineError("the kernel engine needs the package 'numba', which is not installed here; use --engine reference")
    if engine != "auto":
        if engine not in ENGINES:
            raise UsageError(f"unknown engine '{engine}'; choose one of {', '.join(ENGINES)}")
        return engine
    if not compiled.available():
        return "reference"
    return "kernel" if stops * 70e-6 > (1.0 if compiled.is_warm() else 18.0) else "reference"
