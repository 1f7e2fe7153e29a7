"""Judge all systems, or those named, and print every number: ``python -m tests.theory.report [case …]``."""

from __future__ import annotations

import sys
import time

from .judging import judge
from .systems import SYSTEMS


def main(wanted: list[str]) -> int:
    """Print a line for each number; returns how many are red or rest on too few replications."""
    wrong = 0
    for system in SYSTEMS:
        if wanted and system.case not in wanted:
            continue
        begun = time.process_time()
        for verdict in judge(system):
            wrong += not (verdict.green and verdict.enough)
            print(verdict)
        print(f"{system.name:20} {time.process_time() - begun:.1f} s of processor time{'  (quick)' if system.quick else ''}", flush=True)
    print(f"{wrong} wrong")
    return min(wrong, 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
