"""README and docs say what the program does: every command and example in them is run, every list compared with the code."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
import shutil
from pathlib import Path

import pytest

from sim.analysis.definitions import DEFINITIONS
from sim.analysis.offered_load import planning_warnings
from sim.analysis.summary import Summary
from sim.experiment.replications import run
from sim.model.compile import compile_plan
from sim.scenario import load, load_text
from tests.command import Done, run_here

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = {"pip install uv && uv run pytest"}
UV = "pip install uv && uv run "


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


COMMANDS = sorted({line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()} - NOT_RUN)


def command(line: str, folder: Path) -> Done:
    """Run a command of the docs as it stands, in a folder with the scenarios."""
    words = shlex.split(line.removeprefix(UV))
    assert words[0] == "sim", f"only commands of sim are run, and this is none: {line}"
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    return run_here(folder, *words[1:])


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_run_as_written(line: str, tmp_path: Path) -> None:
    done = command(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_both_commands_of_the_readme_are_complete_by_themselves() -> None:
    readme = blocks(ROOT / "README.md", "sh")
    assert readme[:2] == [f"{UV}sim run scenarios/jakarta.yaml\n", f"{UV}pytest\n"]


def test_the_readme_shows_the_scenario_that_ships() -> None:
    shipped = (ROOT / "scenarios" / "one_counter.yaml").read_text(encoding="utf-8")
    body = [line for line in shipped.splitlines() if line and not line.startswith("#")]
    shown = blocks(ROOT / "README.md", "yaml")[0]
    assert shown.splitlines() == body
    assert len(body) <= 12


def test_the_readme_shows_real_output(tmp_path: Path) -> None:
    done = command("sim run scenarios/one_counter.yaml --no-figures", tmp_path)
    shown = blocks(ROOT / "README.md", "text")[0]
    assert [line.rstrip() for line in done.stdout.replace("\\", "/").splitlines()] == shown.splitlines()


def test_local_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_examples(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples = "\n".join(blocks(page, "python"))
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    result = doctest.DocTestRunner().run(test, out=said.append)
    assert result.attempted
    assert result.failed == 0, "".join(said)


def summaries() -> list[Summary]:
    """Summaries that hold every measure: of a day in a hall, and of a system with a horizon."""
    horizon = """
        {name: a horizon, horizon: 10 h, units: {desk: {counters: 1, service_time: 5 min}},
         citizens: {somebody: {arrivals: 10 per hour, route: [desk]}}}
    """
    with_outages = load(ROOT / "scenarios" / "slow_officer.yaml", sets=["seats=20", "units.registry.absence=5 %", "units.registry.calling=20 s"]).scenario
    scenarios = [with_outages, load_text(horizon).scenario]
    return [run(scenario, replications=2, engine="reference").summary for scenario in scenarios]


def test_the_list_of_measures_is_that_of_the_program() -> None:
    lines = [line for line in (ROOT / "docs" / "measures.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    listed = [row for row in rows if len(row) == 6]
    assert {row[0].strip("`"): tuple(row[1:4]) for row in listed} == {name: tuple(definition) for name, definition in DEFINITIONS.items()}
    given = {row.measure for summary in summaries() for row in summary}
    assert {row[0].strip("`") for row in listed} == given
    over_the_day = {row.measure for summary in summaries() for row in summary if row.interval >= 0}
    whole_day = {row.measure for summary in summaries() for row in summary if row.interval < 0}
    said = {row[0].strip("`"): row[4] for row in listed}
    assert said == {name: ("also" if name in whole_day else "only") if name in over_the_day else "" for name in given}


@pytest.mark.parametrize(
    ("variant", "day", "more"),
    [("dukcapil_from_7", (420, 960), {"kiosk": 1.5, "dukcapil": 1.5}), ("imigrasi_until_17", (450, 1020), {"kiosk": 3.0, "imigrasi": 3.0})],
)
def test_a_unit_opens_earlier_or_stays_open_longer(variant: str, day: tuple[int, int], more: dict[str, float], tmp_path: Path) -> None:
    """As the page says: it serves half an hour earlier, or an hour longer, and nobody else is on duty longer but the kiosks (three of each)."""
    (block,) = (block for block in blocks(ROOT / "docs" / "comparing.md", "yaml") if variant in block)
    text = (ROOT / "scenarios" / "jakarta.yaml").read_text(encoding="utf-8")
    (tmp_path / "hall.yaml").write_text(text.replace("variants:\n", block, 1), encoding="utf-8")
    file, other = load(tmp_path / "hall.yaml"), load(tmp_path / "hall.yaml", variant=variant)
    before, after = (run(one.scenario, replications=3).summary for one in (file, other))
    assert (before.opens, before.closes) == (450, 960) and (after.opens, after.closes) == day
    hours = [{unit.unit: one.get("hours_on_duty", unit.unit).value for unit in one.units} for one in (before, after)]
    assert {unit: hours[1][unit] - hours[0][unit] for unit in hours[0] if hours[1][unit] != hours[0][unit]} == pytest.approx(more)
    unit = next(name for name in more if name != "kiosk")
    outside = [row for row in after.over_day("tickets", unit) if not 450 <= after.edges[row.interval] < 930]
    assert sum(row.value for row in outside) > 0, "nobody comes at the new hours"
    warned = [{one.message for one in planning_warnings(one.scenario, compile_plan(one.scenario)) if not one.of_load} for one in (file, other)]
    assert warned[0] == warned[1]


def test_rules_stand_in_the_order_of_their_numbers_and_are_quoted_by_their_numbers() -> None:
    headings = re.findall(r"^## R(\d+)\. ", (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"), re.MULTILINE)
    rules = [int(number) for number in headings]
    assert len(rules) >= 15 and rules == sorted(set(rules))
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "sim").rglob("*.py"))
    assert {int(number) for number in re.findall(r"\bR(\d+)\b", code)} <= set(rules)


def test_how_to_add_a_rule_names_what_exists() -> None:
    page = (ROOT / "docs" / "adding_a_rule.md").read_text(encoding="utf-8")
    places = re.findall(r"`(sim/[\w/]+)\.py:(\w+)`", page)
    assert len(places) > 20
    for path, name in places:
        assert hasattr(importlib.import_module(path.replace("/", ".")), name), f"{path}.py has no {name}"
    for path in re.findall(r"`((?:sim|tests|docs|scenarios)/[\w/]*(?:\.py|\.md|/))`", page):
        assert (ROOT / path).exists(), path
