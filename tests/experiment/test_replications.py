"""How much one replication may hold."""

from __future__ import annotations

import pytest

from sim.errors import SimError
from sim.experiment.comparison import compare_plans
from sim.experiment.replications import run
from sim.scenario import load_text


@pytest.mark.parametrize(("arrivals", "citizens", "stops"), [
    ("{exactly: 100000000}", "100,000,000", "150,000,000"),
    ("{gaps: 1 us}", "28,800,000,000", "43,200,000,000"),  # 8 h of 3,600 s of 1,000,000 us
])  # fmt: skip
def test_a_day_that_no_memory_holds_is_refused_with_its_numbers(arrivals: str, citizens: str, stops: str) -> None:
    desks = "units: {a: {counters: 1, service_time: 1 min}, b: {counters: 1, service_time: 1 min}}"
    scenario = load_text(f"name: x\nhours: 08:00-16:00\n{desks}\ncitizens: {{c: {{arrivals: {arrivals}, route: [a, {{stop: b, share: 50 %}}]}}}}\n").scenario
    said = f"one replication has about {citizens} citizens with {stops} stops, too many for the memory; give at most 50,000,000 citizens and stops together"
    with pytest.raises(SimError, match=said):
        run(scenario)
    with pytest.raises(SimError, match=said):
        compare_plans([("one", scenario), ("two", scenario)])
