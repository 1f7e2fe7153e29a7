"""What a planner writes: the language (schema), its reading (reading) and the rules across keys (checks)."""

from sim.scenario.checks import doubtful_rates, variant_names
from sim.scenario.marks import Provenance
from sim.scenario.reading import load, load_text, load_variants
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.schema import Scenario

__all__ = ["Provenance", "Scenario", "ScenarioFile", "doubtful_rates", "load", "load_text", "load_variants", "variant_names"]
