"""Compile the kernel engine in another process, so that the first run of all need not wait for it.

The other process, the *compiler*, works at a low priority and puts compiled code where every process of this program finds it. It
lives at most as long as this process: it reads from a pipe whose other end the system closes when this process ends, however that happens.
What it has compiled by then is kept, function by function, so the next run need not begin again.
"""

from __future__ import annotations

import atexit
import gc
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sim.engine import is_warm

_PROGRAM: Final = "import sys; from sim.experiment.compiling import main; main(*sys.argv[1:])"

# The types of the arrays are the same for every plan, so any hall will do.
_HALL: Final = """\
name: Any
hours: 08:00-09:00
units: {desk: {counters: 1, service_time: 5 min}}
citizens: {all: {arrivals: 1 per hour, route: [desk]}}
"""
_EXTRAS: Final = _HALL.replace("counters: 1", "counters: 1, absence: 1 %")
_OUTAGES: Final = "outages: {system: {every: {exponential: 20 min}, lasts: 1 min}}\n"

_compiler: subprocess.Popen[bytes] | None = None
_extras = False
_ready = False


def begin(extras: bool = False) -> None:
    """Start the compiler, unless there is one. A machine that starts no other process goes on without.

    ``extras`` says that a hall has some (`sim.model.shapes.Extras`). A compiler that was started for other halls is replaced.
    """
    global _compiler, _extras, _ready
    if not sys.executable or (_compiler is not None and _extras == extras):
        return
    end()
    _extras, _ready = extras, False
    package = Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    quietly: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if sys.platform == "win32":
        quietly["creationflags"] = subprocess.IDLE_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    with suppress(OSError):
        _compiler = subprocess.Popen([sys.executable, "-P", "-c", _PROGRAM, *(["extras"] if extras else [])], stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}, **quietly)
        atexit.register(end)


def is_ready() -> bool:
    """Whether the compiler has done its work, so that the kernel engine starts at once."""
    global _ready
    if not _ready and _compiler is not None and _compiler.poll() is not None:
        _ready = is_warm(_extras)
    return _ready


def end() -> None:
    """Stop the compiler, and wait until it is gone."""
    global _compiler
    if _compiler is not None:
        _compiler.kill()
        _compiler.communicate()
        _compiler = None
        atexit.unregister(end)


def main(*wanted: str) -> None:
    """The compiler: play a day, so that everything is compiled that the kernel engine needs; what only some halls need comes last.

    If the word ``extras`` is wanted, the day is one of a hall with extras.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform != "win32":
        os.nice(10)  # at 19, a busy machine gives it next to no time
    gc.set_threshold(50_000, 20, 100)  # compiling makes many objects and no garbage to speak of: looking for it took a tenth of the time

    from sim.experiment.evaluation import evaluate
    from sim.model.compile import compile_plan
    from sim.scenario import load_text

    hall = _EXTRAS if "extras" in wanted else _HALL
    for text in (hall, hall + _OUTAGES):
        evaluate([compile_plan(load_text(text).scenario)], 0, 1, engine="kernel")


def _end_with_parent() -> None:
    os.read(0, 1)  # nobody writes: this returns when the other end is closed. (sys.stdin has a lock, at which Python stops with an error when it ends.)
    os._exit(1)
