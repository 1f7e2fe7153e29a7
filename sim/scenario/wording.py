"""Mistakes in words that a planner understands: what was got, what is needed, the nearest name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from sim.scenario.schema import (
    Counter,
    Distribution,
    Empirical,
    Erlang,
    MeanCv,
    Service,
    Source,
    Stop,
    Triangular,
    Uniform,
    Unit,
    Weibull,
    shown,
)
from sim.scenario.spelling import KEYS_IN_INDONESIAN, blank_missing, hint, not_modelled
from sim.words import nearest

Steps = tuple[str, ...]
"""A path in a scenario, one step for each key; positions in a list count from 1."""

_IDENTIFIER = "an identifier has small letters, digits and '_', begins with a letter and has 40 characters at most"


def mistakes(errors: Iterable[ErrorDetails], document: Any, models: Mapping[int, type[BaseModel]]) -> list[tuple[Steps, str, bool]]:
    """The path and the message of each error of the schema, and whether the message is about the key itself.

    ``models`` names the model that read each mapping of ``document``, by the mapping's ``id``.
    """
    about_keys = {_walk(error["loc"], document)[0] for error in errors if error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)}
    errors = [error for error in errors if not _is_echo(error, document, about_keys)]
    found = [_mistake(error, document, models) for error in errors if error["type"] != "missing"]
    meant = {_meant(error, document, models) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        if error["type"] == "missing":
            steps, _ = _walk(error["loc"][:-1], document)
            key = str(error["loc"][-1])
            if (*steps, key) not in meant:  # a misspelt key is one mistake, not two
                found.append((steps, f"the key '{key}' is missing", False))
    return found


def _meant(error: ErrorDetails, document: Any, models: Mapping[int, type[BaseModel]]) -> Steps:
    """The path that was perhaps meant by an unknown key."""
    steps, _ = _walk(error["loc"], document)
    _, parent = _walk(error["loc"][:-1], document)
    near = "cv" if steps[-1] in _SPREAD else _near(steps[-1], models.get(id(parent)))
    return (*steps[:-1], near or steps[-1].partition(":")[0])


def _is_echo(error: ErrorDetails, document: Any, about_keys: Collection[Steps]) -> bool:
    """Whether an error only repeats another.

    A list may be reported as too short only because its wrong items were not counted. A value may be reported as missing only
    because it became part of its key (`counters:3`).
    """
    steps, value = _walk(error["loc"], document)
    if error["type"] == "too_short":
        return bool(len(value) >= error["ctx"]["min_length"])
    about_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
    return not about_key and value is None and steps in about_keys and bool(blank_missing(steps[-1]))


def _walk(loc: Iterable[int | str], document: Any) -> tuple[Steps, Any]:
    """The steps of an error that a person can follow in the file, and the value there.

    The schema's own steps (which form of a union, a text that stands for a mapping) are not in the file and are left out.
    """
    steps: list[str] = []
    here = document
    for step in loc:
        if isinstance(here, dict) and step in here:
            here = here[str(step)]
            steps.append(str(step))
        elif isinstance(here, tuple) and isinstance(step, int) and step < len(here):
            here = here[step]
            steps.append(str(step + 1))
    return tuple(steps), here


def _mistake(error: ErrorDetails, document: Any, models: Mapping[int, type[BaseModel]]) -> tuple[Steps, str, bool]:
    kind, loc = error["type"], error["loc"]
    if loc and loc[-1] == "[key]":
        steps, value = _walk(loc[:-1], document)
        return steps, (blank_missing(steps[-1]) if value is None else "") or _about_key(error, steps, _walk(loc[:-2], document)[1]), True
    steps, value = _walk(loc, document)
    if kind == "extra_forbidden":
        _, parent = _walk(loc[:-1], document)
        model = models.get(id(parent))
        if message := blank_missing(steps[-1]) or not_modelled(steps[-1]):
            return steps, message, True
        return steps, "unknown key" + _elsewhere(steps[-1], value, model), True
    return steps, _about_value(error, value), False


_OF_FAMILY: Mapping[str, type[BaseModel]] = {
    "lognormal": MeanCv,
    "gamma": MeanCv,
    "erlang": Erlang,
    "weibull": Weibull,
    "uniform": Uniform,
    "triangular": Triangular,
    "empirical": Empirical,
}


def _elsewhere(key: str, value: Any, model: type[BaseModel] | None) -> str:
    """The nearest key, or where this key would belong: a wrong indentation is the commonest mistake."""
    families = [family for family, one in _OF_FAMILY.items() if key in one.model_fields] if model is Distribution else []
    if families:
        keys = ", ".join(f"{name}: …" for name in _OF_FAMILY[families[0]].model_fields)
        others = f" (or {', '.join(families[1:])})" if len(families) > 1 else ""
        alone = f"; for a mean alone write 'exponential: {shown(value)[1:-1]}'" if key == "mean" and isinstance(value, str) else ""
        return f" here; it belongs to a family: '{families[0]}: {{{keys}}}'{others}{alone}"
    if near := _near(key, model):
        return f"; did you mean '{near}'?"
    if key in _SPREAD and model is MeanCv:
        return "; give 'cv', which is the standard deviation ÷ the mean"
    owners = [f"a {model.__name__.lower()}" for model in _OWNERS if key in model.model_fields]
    if owners:
        return f" here; it belongs to {' or '.join(owners)}; is the indentation right?"
    return nearest(key, model.model_fields if model else ())


_SPREAD = ("sd", "std", "stdev")
_OWNERS: tuple[type[BaseModel], ...] = (Unit, Service, Counter, Source, Stop)


def _near(key: str, model: type[BaseModel] | None) -> str:
    """The key of this model that was perhaps meant. A key that another model knows is likely no slip, so it must be nearer to count."""
    fields = model.model_fields if model else ()
    if not_modelled(key):
        return ""
    if (meant := KEYS_IN_INDONESIAN.get(key.lower(), "")) in fields:
        return meant
    elsewhere = any(key in one.model_fields for one in _OWNERS)
    found = get_close_matches(key[:60], fields, n=1, cutoff=0.75 if elsewhere else 0.6)
    return found[0] if found else ""


def _about_key(error: ErrorDetails, steps: Steps, beside: Any) -> str:
    if error["type"] == "string_pattern_mismatch":
        slug = "_".join(re.findall(r"[a-z0-9]+", steps[-1].lower()))
        good = steps[-1].isascii() and slug[:1].isalpha() and len(slug) <= 40 and slug not in beside
        named = ", and what is to be shown as its 'name'" if steps[0] in ("units", "citizens") else ""
        meant = f"; write '{slug}'{named}" if good else ""
        return f"got {shown(error['input'])}; {_IDENTIFIER}{meant}"
    return str(error.get("ctx", {}).get("error", f"got {shown(error['input'])}; this cannot be a key here"))


def _about_value(error: ErrorDetails, value: Any) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    needed = _NEEDED.get(error["type"])
    numbers: Mapping[str, Callable[[str], object]] = {"float_type": float, "int_type": int}
    if isinstance(value, str) and (parse := numbers.get(error["type"])) and (meant := hint(value, parse)):
        return f"got {shown(value)}; {meant}"
    if error["type"] == "string_type" and isinstance(value, dict) and error["loc"][-1] == "profile":
        return "got keys with values; give the name of a profile, which stands under 'profiles'"
    if isinstance(value, float) and error["type"] == "int_type":
        return f"got {shown(value)}; give a whole number, thousands without a point"
    if needed is None:
        return f"got {shown(value)}; this cannot stand here"
    return f"got {shown(value) if value not in ({}, ()) else 'none'}; {needed(context)}"


def _at_most_items(context: Mapping[str, Any]) -> str:
    return f"it may have {context['max_length']} at the most, here are {context['actual_length']}"


_NEEDED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "model_type": lambda _: "give keys with values, indented below",
    "dict_type": lambda _: "give keys with values, indented below",
    "tuple_type": lambda _: "give a list: '[a, b]', or lines that begin with '- '",
    "string_type": lambda _: "give a text; put numbers, true and false into quotes",
    "bool_type": lambda _: "give true or false",
    "int_type": lambda _: "give a whole number",
    "float_type": lambda _: "give a number",
    "finite_number": lambda _: "give a number",
    "greater_than": lambda context: f"give more than {context['gt']:.15g}",
    "greater_than_equal": lambda context: f"give at least {context['ge']:.15g}",
    "less_than": lambda context: f"give less than {context['lt']:.15g}",
    "less_than_equal": lambda context: f"give at most {context['le']:.15g}",
    "too_short": lambda context: f"give at least {context['min_length']}",
    "too_long": _at_most_items,
}
