"""What a check of large files costs: `python -m benchmarks.check_large`.

CPU seconds of reading and judging, without starting Python, once each; a wrong file is refused with its first 50 mistakes.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from sim.errors import ScenarioError
from sim.scenario import load_variants

ROOT = Path(__file__).parents[1]
HEAD = "name: large\nhours: 08:00-16:00\n"


def wrong_names(number: int) -> str:
    """Each of so many sources goes to a unit whose name is misspelt, beside as many units."""
    units = "".join(f"  unit_number_{i}: {{counters: 1, service_time: 1 min}}\n" for i in range(number))
    citizens = "".join(f"  source_{i}: {{arrivals: 1 per day, route: [unit_numbre_{i}]}}\n" for i in range(number))
    return f"{HEAD}units:\n{units}citizens:\n{citizens}"


def wrong_variants(number: int, profiles: int) -> str:
    """Each of so many variants sets a profile whose name is misspelt."""
    known = "".join(f"  profile_number_{i}: {{08:00-09:00: 100 %}}\n" for i in range(profiles))
    variants = "".join(f"  v{i}: {{profiles.profile_numbre_{i}.08:00-09:00: 50 %}}\n" for i in range(number))
    hall = "units: {a: {counters: 1, service_time: 1 min}}\ncitizens: {c: {arrivals: 1 per day, route: [a]}}\n"
    return f"{HEAD}{hall}profiles:\n{known}variants:\n{variants}"


def many_variants(number: int) -> str:
    """The Jakarta hall with so many variants, all of them good."""
    hall = (ROOT / "scenarios" / "jakarta.yaml").read_text(encoding="utf-8").partition("\nvariants:")[0]
    return hall + "\nvariants:\n" + "".join(f"  v{i}: {{seed: {i}}}\n" for i in range(number))


CASES = (
    ("1,000 wrong names, 1,000 known", wrong_names(1000), 1.0),
    ("3,000 wrong variants, 20,000 profiles", wrong_variants(3000, 20_000), 8.0),
    ("jakarta.yaml with 200 variants", many_variants(200), 0.3),
)
"""What is checked, and the seconds expected on the machine of docs/speed.md; they were more than 60, more than 60, and 10."""


def main() -> None:
    """Print measured beside expected seconds."""
    print(f"{'':<40} {'measured':>9} {'expected':>9}")
    for name, text, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.yaml"
            path.write_text(text, encoding="utf-8")
            before = time.process_time()
            try:
                load_variants(path)
                said = "valid"
            except ScenarioError as error:
                said = error.problems[-1].message
            print(f"{name:<40} {time.process_time() - before:>7.1f} s {expected:>7.1f} s   {said}")


if __name__ == "__main__":
    main()
