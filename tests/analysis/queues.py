"""Days of a queue, drawn without the simulator."""

from __future__ import annotations

import numpy as np


def one_counter_days(rng: np.random.Generator, days: int, tickets: int = 60, load: float = 0.7) -> np.ndarray:
    """Waiting times (in mean service times) of an M/M/1 queue that is empty in the morning, day × ticket, by Lindley's recursion."""
    steps = rng.exponential(1.0, (days, tickets)) - rng.exponential(1.0 / load, (days, tickets))
    waits = np.zeros((days, tickets))
    for ticket in range(1, tickets):
        waits[:, ticket] = np.maximum(0.0, waits[:, ticket - 1] + steps[:, ticket - 1])
    return waits
