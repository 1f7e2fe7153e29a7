"""The page of the language is up to date, its examples can be used, and the schema for editors accepts what the reader accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario import load_text, tree
from sim.scenario.manual import json_schema, reference_page, write
from sim.scenario.schema import Scenario

REPOSITORY = Path(__file__).parents[2]
SCENARIOS = sorted((REPOSITORY / "scenarios").glob("*.yaml"))
SCHEMA = json_schema()


def _plain(text: str) -> Any:
    return tree.parse(text, "s.yaml")[0].plain()


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value fits a JSON Schema, for the words that ours uses; a word not known here is an error."""
    return all(_fits_word(value, word, said, schema) for word, said in schema.items())


_TYPES: dict[str, Any] = {
    "string": str, "object": dict, "array": list, "null": type(None), "boolean": bool, "integer": int, "number": (int, float),
}  # fmt: skip


def _fits_word(value: Any, word: str, said: Any, schema: dict[str, Any]) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match word:
        case "$schema" | "$defs" | "title" | "description" | "default" | "else":
            return True
        case "if":
            return _fits(value, said) or _fits(value, schema["else"])
        case "$ref":
            return _fits(value, SCHEMA["$defs"][said.removeprefix("#/$defs/")])
        case "type":
            return isinstance(value, _TYPES[said]) and (not isinstance(value, bool) or said == "boolean")
        case "enum":
            return value in said
        case "const":
            return bool(value == said)
        case "pattern":
            return not isinstance(value, str) or re.search(said, value) is not None
        case "minimum":
            return not number or value >= said
        case "exclusiveMinimum":
            return not number or value > said
        case "maximum":
            return not number or value <= said
        case "exclusiveMaximum":
            return not number or value < said
        case "minItems":
            return not isinstance(value, list) or len(value) >= said
        case "maxItems":
            return not isinstance(value, list) or len(value) <= said
        case "minProperties":
            return not isinstance(value, dict) or len(value) >= said
        case "items":
            return not isinstance(value, list) or all(_fits(item, said) for item in value)
        case "required":
            return not isinstance(value, dict) or all(key in value for key in said)
        case "properties":
            return not isinstance(value, dict) or all(_fits(value[key], inner) for key, inner in said.items() if key in value)
        case "patternProperties":
            items = value.items() if isinstance(value, dict) else ()
            return all(_fits(item, inner) for key, item in items for pattern, inner in said.items() if re.search(pattern, key))
        case "additionalProperties":
            if not isinstance(value, dict):
                return True
            rest = [
                key for key in value
                if key not in schema.get("properties", {}) and not any(re.search(p, key) for p in schema.get("patternProperties", {}))
            ]  # fmt: skip
            return said is True or (not rest if said is False else all(_fits(value[key], said) for key in rest))
        case "anyOf":
            return any(_fits(value, inner) for inner in said)
        case "oneOf":
            return sum(_fits(value, inner) for inner in said) == 1
    raise AssertionError(f"the test does not know the word {word}")


def test_the_page_is_up_to_date(tmp_path: Path) -> None:
    write(tmp_path / "scenario.md")
    made = (tmp_path / "scenario.md").read_bytes()
    stored = (REPOSITORY / "docs" / "scenario.md").read_bytes()
    assert stored == made, "run python -m sim.scenario.manual docs/scenario.md"


def test_the_page_explains_every_key_of_every_model() -> None:
    page = reference_page()
    schema = Scenario.model_json_schema()
    for name, part in {"Scenario": schema, **schema["$defs"]}.items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert part["description"]
        for key, value in part["properties"].items():
            assert value["description"], f"{name}.{key} has no docstring"
            (line,) = [line for line in section.splitlines() if line.startswith(f"| `{key}` |")]
            assert line.count("|") == 5, line
            assert ("**required**" in line) == (key in part.get("required", ()))


def test_the_page_leads_nowhere_that_does_not_exist() -> None:
    page = reference_page()
    headings = {heading.lower() for heading in re.findall(r"^## (\w+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= headings


def test_the_example_of_the_page_is_the_scenario_that_ships() -> None:
    example = reference_page().split("```yaml\n")[1].split("```")[0]
    shipped = (REPOSITORY / "scenarios" / "one_counter.yaml").read_text(encoding="utf-8")
    assert load_text(example).scenario == load_text(shipped).scenario


def test_the_page_shows_yaml() -> None:
    for block in re.findall(r"```yaml\n(.*?)```", reference_page(), re.DOTALL):
        assert isinstance(_plain(block), dict)


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_editors_accept_what_ships(path: Path) -> None:
    assert _fits(_plain(path.read_text(encoding="utf-8")), SCHEMA)


ACCEPTED = [
    "extends: a.yaml\nunits: {polda: {counters: 3}}",
    "extends: a.yaml\nunits: {polda: {services: {sim: {name: Licence}}}}\ncitizens: {a: {rank: 2}}",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_editors_accept_a_part_of_a_scenario_that_extends_another(text: str) -> None:
    assert _fits(_plain(text), SCHEMA)


CHANGES = [
    ("counters: 3", "counters: {value: 3, source: x}"), ("counters: 3", "counters: unlimited"), ("counters: 3", "counters: {08:00-12:00: 3}"),
    ("counters: 3", "counters: [{count: 2, duty: {value: 08:00-12:00, assumption: x}}]"), ("counters: 3", "counters: 3\n    name: {en: a, id: b}"),
    ("service_time: 1 min", "service_time: {value: {lognormal: {mean: {value: 8 min, assumption: x, range: [6 min, 9 min]}, cv: 1}}, source: x}"),
    ("service_time: 1 min", "service_time: {empirical: {values: [8 min, {value: 3 min, weight: 2}]}}"),
    ("service_time: 1 min", "service_time: {empirical: {quantiles: {0 %: 1 min, 100 %: 2 min}}}"),
    ("40 per day", "{rates: {08:00-09:00: 3 per hour}, first: 2}"), ("name: Hall", "name: Hall\nseats:\ntarget: 90 % within 15 min\ninterval: 15 min"),
    ("name: Hall", "name: Hall\nvariants: {a: {units.polda.counters: 8}}"), ("route: [", "rank: 0, route: [{stop: welcome, share: 3 %}, "),
    ("polda.sim]", "{one_of: {polda.sim: 75 %, polda.skck: {share: 25 %, patience: 5 min}}}]"),
    ("service_time: 1 min", "service_time: {empirical: {quantiles: [1 min, {value: 3 min, source: x}, 9 min]}}"),
    ("name: Hall", "name: Hall\nprofiles: {a: {08:00-09:00: 13, 09:00-10:00: 7.5}, b: {08:00-09:00: 13 %}}"),
    # refused by both
    ("service_time: 1 min", "service_time: {empirical: {quantiles: [1 min]}}"), ("name: Hall", "name: Hall\nprofiles: {a: {08:00-09:00: -1}}"),
    ("polda.sim]", "{one_of: {polda.sim: 75}}]"), ("polda.sim]", "{one_of: {}}]"), ("polda.sim]", "{one_of: {polda.sim: 100 %}, share: 3 %}]"),
    ("route:", "rout:"), ("counters: 3", "counters: 2.5"), ("counters: 3", "counters: four"), ("counters: 3", "counters: {8-9: 3}"),
    ("counters: 3", "counters: {}"), ("counters: 3", "counters: {value: 3, source: x, assumption: y}"), ("counters: 3", "counters: {value: x, source: y}"),
    ("counters: 3", ""), ("name: Hall", ""), ("40 per day", "40"), ("8 min", "8"), ("polda:", "Polda:"), ("07:30-16:00", "7.30"),
    ("40 per day", "{rates: {}}"), ("[welcome, polda.sim]", "[]"), ("8 min", "{lognormal: {mean: 8 min}}"), ("name: Hall", "name: Hall\nseed: -1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_editors_and_the_reader_agree(hall: str, old: str, new: str) -> None:
    text = hall.replace(old, new)
    assert text != hall
    try:
        load_text(text)
        read = True
    except ScenarioError:
        read = False
    assert _fits(_plain(text), SCHEMA) == read


def test_the_schema_is_json_with_the_words_of_a_file() -> None:
    text = json.dumps(SCHEMA, allow_nan=False)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["interval"]["default"] == "30 min"
    assert SCHEMA["properties"]["extends"]["type"] == "string"
    assert SCHEMA["properties"]["interval"]["description"].startswith("Length of the intervals")
    assert len(text) < 200_000
