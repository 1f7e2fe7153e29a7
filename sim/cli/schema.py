"""`sim schema`: the JSON Schema of the scenario language."""

from __future__ import annotations

import json

import click


@click.command(name="schema")
def command() -> None:
    """Print the JSON Schema of the scenario language, for editors (yaml-language-server)."""
    from sim.scenario.manual import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
