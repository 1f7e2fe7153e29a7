"""The one place where Python functions become machine code.

Functions marked `@compilable` keep to the part of Python that numba compiles, and stay ordinary Python: called directly they
run without numba, and give the same bits. `compiled(function)` returns the compiled twin, made on first use and kept on disk in
a folder named by a hash of every source file that holds compilable code, so that yesterday's rule never runs after an edit
(numba's own cache looks at one file only).

Divisions follow numpy's error model: a test for zero before each would keep loops off the vector unit, and we divide by nothing that can be
zero. No `fastmath` and no `parallel`: the same bits everywhere are worth more here than a few per cent.
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

_compilable: dict[Callable[..., Any], str] = {}
_loops: dict[Callable[..., Any], Callable[..., Any]] = {}
_registered: set[Callable[..., Any]] = set()


def compilable(function: Function) -> Function:
    """Mark a function as written in the part of Python that numba compiles; it stays an ordinary function."""
    _compilable[function] = "never"
    return function


def inlined(function: Function) -> Function:
    """Mark a compilable function whose body is to stand in its callers' loops: without that, they do not run on vectors."""
    _compilable[function] = "always"
    return function


def compiled_as(loop: Callable[..., Any]) -> Callable[[Function], Function]:
    """Mark a function over whole columns, in numpy, whose compiled twin is a loop over the same element-wise functions.

    Both only apply one `inlined` function to each element; that they give the same bits is tested.
    """

    def mark(function: Function) -> Function:
        _loops[function] = loop
        return function

    return mark


def available() -> bool:
    """Whether numba can be imported on this machine (it has no wheels for some)."""
    return importlib.util.find_spec("numba") is not None


@functools.cache
def compiled(function: Function, *, allocates: bool = False) -> Function:
    """The compiled twin of a compilable function: same arguments, same bits, and it may call other compilable functions.

    Only a function that ``allocates`` may make arrays. In the others no reference is counted, which for a call with arrays costs more
    than what it does.

    Importing numba and compiling are put off until the first call of this function. Raises ImportError where numba is not
    installed; ask `available()` first.
    """
    import numba
    from numba.extending import overload, register_jitable

    from sim.model.compile_cache import MendingCache

    if not os.environ.get("NUMBA_CACHE_DIR"):
        numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    for callee, inline in _compilable.items():
        if callee not in _registered:
            # A callee makes no arrays and counts no references: handed the hall, it would count those of every array in it at each call.
            register_jitable(inline=inline, error_model="numpy", _nrt=False)(callee)
            _registered.add(callee)
    for function_of_columns, loop in _loops.items():
        if function_of_columns not in _registered:
            overload(function_of_columns, jit_options={"error_model": "numpy"}, strict=False)(_give(loop))
            _registered.add(function_of_columns)
    source = _loops.get(function, function)
    options: dict[str, Any] = {"error_model": "numpy", "_nrt": allocates}
    twin = numba.njit(**options)(source)
    twin._cache = MendingCache(source)  # as numba's `cache=True` does with its own
    return twin  # type: ignore[no-any-return]


def _give(loop: Callable[..., Any]) -> Callable[..., Any]:
    def implementation(*_: Any) -> Callable[..., Any]:
        return loop

    return implementation


def cache_folder() -> Path:
    """Where compiled code is kept: the user's cache folder, below a hash of all sources that can hold compilable code.

    All of them, imported yet or not: the answer is the same at any time. Where the sources lie and when they were written is part of
    it, as it is for numba, so that a copied or reinstalled program does not take another's code for its own.
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

    Looked for is what a day compiles last, so that an interrupted compiling does not count.
    """
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder())
    return folder.is_dir() and any(folder.rglob("*_count_inside*.nbi"))
