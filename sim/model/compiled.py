"""The one place where Python functions become machine code.

Functions marked `@compilable` keep to the part of Python that numba compiles, and stay ordinary Python: called directly they
run without numba, and give the same bits. `compiled(function)` returns the compiled twin, made on first use and kept on disk in
a folder named by a hash of every source file that holds compilable code, so that yesterday's rule never runs after an edit
(numba's own cache looks at one file only).

Divisions follow numpy's error model. We never divide by zero, and a test for zero before each division would prevent vector code. We use
neither `fastmath` nor `parallel`, because they change bits: equal results everywhere are worth more here than a few per cent.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

_compilable: dict[Callable[..., Any], dict[str, Any]] = {}
_loops: dict[Callable[..., Any], Callable[..., Any]] = {}
_registered: set[Callable[..., Any]] = set()


def compilable(function: Function) -> Function:
    """Mark a function as written in the part of Python that numba compiles; it stays an ordinary function."""
    _compilable[function] = {"inline": "never", "_nrt": False}
    return function


def allocating(function: Function) -> Function:
    """Mark a compilable function that makes arrays, so that numba counts references in it.

    In the others numba counts none: for a call with arrays the counting costs more than the work.
    """
    _compilable[function] = {"inline": "never", "_nrt": True}
    return function


def inlined(function: Function) -> Function:
    """Mark a compilable function that numba must inline into its callers: a loop with a call in it gets no vector code."""
    _compilable[function] = {"inline": "always", "_nrt": False}
    return function


def compiled_as(loop: Callable[..., Any]) -> Callable[[Function], Function]:
    """Mark a function over whole columns, in numpy, whose compiled twin is a loop over the same element-wise functions.

    Both apply one `inlined` function to each element. A test checks that they give the same bits.
    """

    def mark(function: Function) -> Function:
        _loops[function] = loop
        return function

    return mark


def available() -> bool:
    """Whether numba can be imported on this machine (it has no wheels for some)."""
    return importlib.util.find_spec("numba") is not None


@functools.cache
def compiled(function: Function) -> Function:
    """The compiled twin of a compilable function: same arguments, same bits, and it may call other compilable functions.

    It runs without Python's lock, so that several threads can simulate at once.

    Importing numba and compiling are put off until the first call of this function. Raises ImportError where numba is not
    installed; ask `available()` first.
    """
    import numba
    from numba.extending import overload, register_jitable

    from sim.model.compile_cache import MendingCache

    if not os.environ.get("NUMBA_CACHE_DIR"):
        numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    for callee, options in _compilable.items():
        if callee not in _registered:
            register_jitable(error_model="numpy", **options)(callee)
            _registered.add(callee)
    for function_of_columns, loop in _loops.items():
        if function_of_columns not in _registered:
            overload(function_of_columns, jit_options={"error_model": "numpy"}, strict=False)(_give(loop))
            _registered.add(function_of_columns)
    source = _loops.get(function, function)
    of_source: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": _compilable.get(function, {}).get("_nrt", False)}
    twin = numba.njit(**of_source)(source)
    twin._cache = MendingCache(source)  # as numba's `cache=True` does with its own
    return twin  # type: ignore[no-any-return]


def _give(loop: Callable[..., Any]) -> Callable[..., Any]:
    def implementation(*_: Any) -> Callable[..., Any]:
        return loop

    return implementation


def cache_folder() -> Path:
    """Where compiled code is kept: the user's cache folder, below a hash of all sources that can hold compilable code.

    The hash covers all these sources, imported or not, so that the answer never changes during a run. It also covers their paths and
    modification times, as numba's own does, so that a copied or reinstalled program does not use another program's code.
    """
    digest = hashlib.sha256(f"{sys.version} {metadata.version('numba') if available() else ''} {Path(__file__)}".encode())
    package = Path(__file__).parents[1]
    for path in sorted(path for folder in ("model", "engine", "results") for path in (package / folder).glob("*.py")):
        digest.update(f"{path.name} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
    digest.update((package / "clock.py").read_bytes())
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "mpp-sim" / digest.hexdigest()[:16]


def is_warm() -> bool:
    """Whether compiled code of these very sources is on disk already, so that the first compiled call is cheap.

    It looks for the function that is compiled last: an interrupted compilation is not warm.
    """
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder())
    return folder.is_dir() and any(folder.rglob("*_count_inside*.nbi"))
