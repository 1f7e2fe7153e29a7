"""What a planner writes: the language (schema), its reading (reading) and the rules across keys (checks)."""

from sim.scenario.checks import variant_names
from sim.scenario.reading import Provenance, ScenarioFile, load, load_text
from sim.scenario.schema import Scenario

__all__ = ["Provenance", "Scenario", "ScenarioFile", "load", "load_text", "variant_names"]
