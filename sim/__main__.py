"""`sim`, and `python -m sim`: the way into the command line."""

from __future__ import annotations

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Load the command line and run it. An interrupt before it runs, or after it, ends the process without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise whoever started us wants it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from sim.cli import main as command

    command()


if __name__ == "__main__":
    main()
