"""Start-up: what a first call loads, and the manners of the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.command import run_process

from .conftest import Command

HEAVY = ("duckdb", "numba", "scipy", "matplotlib", "numpy", "pydantic", "rich", "simpy", "yaml")


def test_help_loads_no_heavy_library() -> None:
    code = f"import sys; import sim.cli; sys.argv = ['sim', '--help']\ntry: sim.cli.main()\nexcept SystemExit: pass\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_a_small_run_needs_no_compiler() -> None:
    """The engines are equal, so a small job is played by the reference engine and numba is not even imported."""
    code = (
        "import sys; from sim.cli import main\n"
        "try: main(['run', 'scenarios/one_counter.yaml', '--no-figures', '--out', sys.argv[1], '--replications', '20'])\n"
        "except SystemExit: pass\nprint('numba' in sys.modules)"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code, str(Path(folder) / "out")], capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parents[2]
        )
    assert done.stdout.splitlines()[-1] == "False", done.stdout + done.stderr


def test_schema_is_json_schema(sim: Command) -> None:
    schema = json.loads(sim("schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/") and "units" in schema["properties"]


def test_wrong_calls_exit_with_2_and_name_the_nearest(sim: Command) -> None:
    done = sim("rum")
    assert done.returncode == 2 and "Did you mean 'run'?" in done.stderr
    done = sim("run", "scenarios/jakarta.yaml", "--variant", "lunch_togethr")
    assert done.returncode == 2 and "lunch_together" in done.stderr
    done = sim("run", "scenarios/jakart.yaml")
    assert done.returncode == 2 and "jakarta.yaml" in done.stderr and "Traceback" not in done.stderr


def test_two_variants_are_not_silently_one(sim: Command) -> None:
    done = sim("check", "scenarios/jakarta.yaml", "--variant", "lunch_together", "--variant", "lunch_staggered")
    assert done.returncode == 2 and "give one, not 2: lunch_together, lunch_staggered" in done.stderr


def test_names_with_brackets_are_printed_as_they_are(sim: Command, folder: Path) -> None:
    text = (folder / "scenarios" / "one_counter.yaml").read_text(encoding="utf-8")
    text = text.replace("name: One counter", 'name: "One [red] counter [/x]"').replace("{counters: 1", '{name: "Loket [/A]", counters: 1')
    (folder / "brackets.yaml").write_text(text, encoding="utf-8")
    done = sim("run", "brackets.yaml", "--replications", "2", "--no-figures")
    assert done.returncode == 0 and "One [red] counter [/x]: 2 days" in done.stdout and "Loket [/A]" in done.stdout


def test_the_worst_unit_is_one_where_nobody_is_served(sim: Command, folder: Path) -> None:
    (folder / "worst.yaml").write_text(
        """\
name: Worst
hours: 08:00-10:00
closing: send home
target: 90 % within 15 min
units:
  a: {counters: 1, duty: 10:30-11:00, service_time: 5 min}
  b: {counters: 1, service_time: 1 min}
citizens:
  x: {arrivals: 30 per hour, route: [a]}
  y: {arrivals: 5 per hour, route: [b]}
""",
        encoding="utf-8",
    )
    assert "Worst unit: a, 0.0 % within 15 min (target 90 %)" in sim("run", "worst.yaml", "--replications", "3", "--no-figures").stdout


def test_the_process_ends_with_its_code_and_whole_output(folder: Path) -> None:
    """It ends at once, without taking apart what it holds; so nothing may still wait to be written."""
    done = run_process(folder, "schema")
    assert done.returncode == 0 and json.loads(done.stdout)
    done = run_process(folder, "run", "nowhere.yaml")
    assert done.returncode == 2 and "nowhere.yaml" in done.stderr and done.stdout == ""
