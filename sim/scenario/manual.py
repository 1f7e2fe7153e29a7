"""The reference of the scenario language, made from the schema: a page for people, a JSON Schema for editors.

``python -m sim.scenario.manual docs/scenario.md`` writes the page.
"""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path
from typing import Any

from sim import clock
from sim.scenario.schema import Scenario

_INTRODUCTION = """\
# The scenario language

<!-- Made by `python -m sim.scenario.manual docs/scenario.md` from the docstrings in sim/scenario/schema.py: edit those. -->

A scenario is a YAML file that describes a hall, a day in it and what is asked of it. Twelve lines are enough for one counter:

```yaml
name: One counter
hours: 08:00-16:00
last_ticket: 15:00
target: 90 % within 15 min
units:
  passport: {counters: 1, service_time: {lognormal: {mean: 8 min, cv: 0.5}}}
citizens:
  applicant:
    arrivals: 36 per day
    patience: {exponential: 1 h}
    route: [passport]
```

`sim check FILE` says whether a file and each of its variants can be used, and names each mistake by file, line and column. An unknown
key is a mistake and not a comment.

## How values are written

| what | written | note |
|---|---|---|
| a duration | `8 min`, `90 s`, `1.5 h`, `250 ms`, `2 days` | always with its unit |
| a clock time | `07:30`, `07:30:30` | 00:00 to 24:00 |
| an interval | `07:30-16:00` | holds its start and not its end |
| duty intervals | `07:30-11:30, 12:30-16:00` | in order and apart |
| a share | `8 %` | a scale may be above 100 % |
| a rate | `40 per day`, `12 per hour`, `0.5 per min`, `2 per s` | a day means the opening hours |
| a target | `90 % within 15 min` | |
| a name | `polda`, `two_more` | small letters, digits and `_`; begins with a letter |

Numbers have a decimal point (`2.5 min`) and nothing between thousands (`1200 per day`). A decimal comma is refused. `1.200 per day` is
read as 1.2 citizens, and `sim` warns of it, since it may mean thousands.

A key without a value counts as not given. `sim` reads YAML 1.2, in which `no` is a word and `07:30` a time. A value can be
marked `&name` and repeated as `*name`; tags (`!`) and `<<` are not part of the language.

## Where numbers come from

Every value can carry its source, or be marked as an assumption, with the range in which the truth may lie. `sim check` lists them, and
counts the inputs that carry neither.

```yaml
service_time: {value: 8 min, source: "Annual report 2023, p. 12"}
arrivals: {value: 40 per day, assumption: "half of the passports", range: [30 per day, 60 per day]}
```

## One file extends another

`extends: jakarta.yaml` takes everything from a file in the same folder (or a folder below it), and the rest of the file says what
differs. The keys of the hall, and of each unit, service and source, are taken over one by one; the value of such a key (a
distribution, a list of counters, a route, a profile) is replaced as a whole. Units and citizens keep the order of the extended
file, and new ones follow, so the same citizens come in both. A unit with a `service_time` replaces one with `services`, and the
other way round. A key without a value (`waiting_room:`) removes what the extended file says.

```yaml
extends: jakarta.yaml
name: Jakarta, crowded
arrivals: 400 %
```

## Overrides and variants

`--set PATH=VALUE` replaces one value; the path joins the keys by dots, and counts positions in a list from 1. A key that has a dot itself
is written as it stands (`citizens.licence.route.2.one_of.polda.sim`). A file can keep
such changes under a name, for `--variant NAME`. A variant is written in paths as well, and not in levels:
`units: {polda: {counters: 8}}` would replace all units by this one.

```yaml
variants:
  two_more_at_polda: {units.polda.counters: 8}
  busy_day: {label: A busy day, arrivals: 130 %, citizens.passport.route.2.share: 80 %}
```

`label` is what tables and pictures call the variant; without it they show its name.

A number set on a list of counters keeps that many of them, in their order. If the list is shorter, it is repeated, without names.
Setting a value removes its source or assumption. `sim` refuses a `--set` that changes what the chosen variant sets, since the plan
would keep the variant's name without being that variant. Only `sim check` checks variants that nobody asked for.
"""


def reference_page() -> str:
    """The page of the language in Markdown: an introduction, then a section for each part of a file, from the docstrings."""
    schema = _plain_schema()
    parts = {"Scenario": schema, **schema["$defs"]}
    waiting, found = deque([("Scenario", "")]), {"Scenario": ""}
    pages = [_INTRODUCTION]
    while waiting:
        name, path = waiting.popleft()
        pages.append(_section(name, path, parts[name]))
        for inner, inner_path in _references(parts[name], path):
            if inner not in found:
                found[inner] = inner_path
                waiting.append((inner, inner_path))
    return "\n".join(pages)


def _section(name: str, path: str, part: dict[str, Any]) -> str:
    where = f"At `{path}`. " if path else ""
    lines = [f"## {name}", "", f"{where}{part['description']}", "", "| key | takes | without it | meaning |", "|---|---|---|---|"]
    for key, value in part["properties"].items():
        missing = "**required**" if key in part.get("required", ()) else f"`{_written(value['default'])}`" if "default" in value else ""
        lines.append(f"| `{key}` | {_takes(value)} | {missing} | {value.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _references(value: Any, path: str) -> list[tuple[str, str]]:
    """The models that a schema refers to, each with the path at which it stands."""
    found: list[tuple[str, str]] = []
    if isinstance(value, list):
        for item in value:
            found += _references(item, path)
    elif isinstance(value, dict):
        if "$ref" in value:
            found.append((value["$ref"].rsplit("/", 1)[-1], path.removeprefix(".")))
        for key, item in value.get("properties", {}).items():
            found += _references(item, f"{path}.{key}")
        for item in value.get("patternProperties", {}).values():
            found += _references(item, f"{path}.NAME")
        found += _references(value.get("items"), f"{path}.N")
        for union in ("anyOf", "oneOf"):
            found += _references(value.get(union), path)
    return found


def _takes(value: dict[str, Any]) -> str:
    """What a key takes, in words."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    members = value.get("anyOf") or value.get("oneOf")
    if members:
        words = list(dict.fromkeys(_takes(member) for member in members if member.get("type") != "null"))
        return (", or " if len(words) > 2 else " or ").join(words)
    if "enum" in value or "const" in value:
        return " or ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    if value.get("takes"):
        return str(value["takes"]).split(", such as")[0]
    kind = value.get("type")
    if kind == "array":
        inner = _takes(value["items"])
        return f"a list of {'texts' if inner == 'a text' else inner}"
    if kind == "object":
        patterns = value.get("patternProperties")
        if not patterns:
            return "values by their path"
        each = value.get("propertyNames", {}).get("takes", "a name").split(", such as")[0].split(" ", 1)[1]
        return f"for each {each}: {_takes(next(iter(patterns.values())))}"
    if kind in ("integer", "number"):
        return _number(value)
    return "true or false" if kind == "boolean" else "a text"


def _number(value: dict[str, Any]) -> str:
    kind = "a whole number" if value["type"] == "integer" else "a number"
    low, above = value.get("minimum"), value.get("exclusiveMinimum")
    high, below = value.get("maximum"), value.get("exclusiveMaximum")
    start = f" from {low}" if low is not None else f" above {above}" if above is not None else ""
    end = f" to {high}" if high is not None else f" below {below}" if below is not None else ""
    return kind + start + end


def json_schema() -> dict[str, Any]:
    """The language as a JSON Schema (draft 2020-12), for editors that check and complete YAML.

    An editor sees one file and not the merged scenario, so what is required of a whole scenario is not required of a file that
    extends another. Every value may carry its provenance.
    """
    schema = _plain_schema()
    parts = schema.pop("$defs")
    required: dict[str, Any] = {name: parts[name].pop("required", []) for name in ("Unit", "Service", "Source")}
    whole = {
        "required": schema.pop("required"),
        "properties": {
            "units": _each({"required": required["Unit"], "properties": {"services": _each({"required": required["Service"]})}}),
            "citizens": _each({"required": required["Source"]}),
        },
    }
    parts = {name: _with_marks(part) for name, part in parts.items()}
    schema = _with_marks(schema)
    extends = {"type": "string", "description": "A file in this folder or below it; this file says what differs from it."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of sim",
        **schema,
        "properties": {"extends": extends, **schema["properties"]},
        "if": {"required": ["extends"]},
        "else": whole,
        "$defs": parts,
    }


def _each(value: dict[str, Any]) -> dict[str, Any]:
    """What holds for each value of a mapping; a value with a mark is left to the mark's own schema."""
    return {"additionalProperties": {"anyOf": [{"required": ["value"]}, value]}}


def _with_marks(value: dict[str, Any]) -> dict[str, Any]:
    """The schema with every value inside it also allowed in its marked form."""
    result: dict[str, Any] = {}
    for key, item in value.items():
        if key in ("properties", "patternProperties"):
            result[key] = {name: _marked(inner) for name, inner in item.items()}
        elif key == "items":
            result[key] = _marked(item)
        elif key in ("anyOf", "oneOf"):
            result["anyOf"] = [_with_marks(member) for member in item]
        elif key == "propertyNames":
            continue  # its pattern stands in patternProperties
        elif key == "takes":
            result.setdefault("description", item)
        else:
            result[key] = item
    return result


def _marked(value: dict[str, Any]) -> dict[str, Any]:
    inner = _with_marks(value)
    about: dict[str, Any] = {key: inner.pop(key) for key in ("description", "default") if key in inner}
    mark = {
        "type": "object",
        "properties": {
            "value": inner,
            "source": {"type": "string", "description": "Where the value comes from."},
            "assumption": {"type": "string", "description": "Why this value is assumed."},
            "range": {"type": "array", "minItems": 2, "maxItems": 2, "description": "[low, high] of what the assumed value may be."},
        },
        "required": ["value"],
        "oneOf": [{"required": ["source"]}, {"required": ["assumption"]}],
        "additionalProperties": False,
    }
    return {**about, "anyOf": [inner, mark]}


def _plain_schema() -> dict[str, Any]:
    """Pydantic's schema with its slips mended, in the words of a file: defaults as they are written, docstrings on one line.

    ``takes`` holds the words for a value that is written as a text.
    """
    tidy = _tidy(Scenario.model_json_schema())
    assert isinstance(tidy, dict)
    return tidy


def _tidy(value: Any) -> Any:
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, item in value.items():
        if key in ("properties", "patternProperties", "$defs"):
            result[key] = {name: _tidy(inner) for name, inner in item.items()}
        elif key == "minLength" and value.get("type") != "string":
            if value.get("type") == "object":
                result["minProperties"] = item
        elif key == "default":
            if item is not None and item != "":
                result["default"] = _default(item, value.get("takes", ""))
        elif key == "description":
            result[key] = " ".join(str(item).split())
        elif key != "title":
            result[key] = _tidy(item)
    if "patternProperties" in result:
        result["additionalProperties"] = False
    return result


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _default(value: Any, takes: str) -> Any:
    if "duration" in takes:
        return clock.format_duration(value)
    return f"{value * 100:g} %" if "share" in takes or "scale" in takes else value


def write(path: Path) -> None:
    """Write the reference page."""
    path.write_text(reference_page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
