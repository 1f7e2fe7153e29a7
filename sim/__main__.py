"""`sim`, and `python -m sim`: the way into the command line."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Load the command line and run it. An interrupt before it runs, or after it, ends the process without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise whoever started us wants it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(50_000, 20, 100)  # a command makes many objects and little garbage: looking for it took a tenth of the time of compiling
    from sim.cli import main as command

    try:
        command()
    except SystemExit as leave:
        _end(leave)


def _end(leave: SystemExit) -> NoReturn:
    """End the process at once. Python would first take everything apart that it holds, and with compiled code that takes half a second."""
    code = leave.code
    if not isinstance(code, int):
        raise leave
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        raise leave from None
    os._exit(code)


if __name__ == "__main__":
    main()
