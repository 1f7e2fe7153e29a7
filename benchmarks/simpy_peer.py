"""The yardstick: the hall-day and the one-queue as a SimPy user would write them.

A process for each citizen, `PriorityResource`, `request | timeout`, Python's own `random`. It shares nothing with `sim`; it is here to be
timed in the same run, and to give the same answers.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Generator
from typing import Any

import simpy

COUNTERS = [12, 8, 6, 6, 4, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1]
UNITS = range(len(COUNTERS))
MEAN = [8.0 + 0.5 * u for u in UNITS]  # minutes
SIGMA = math.sqrt(math.log(1.0 + 0.7**2))
MU = [math.log(m) - 0.5 * SIGMA**2 for m in MEAN]
SHAPE = [1.0, 1.6, 1.8, 1.5, 0.9, 0.8, 1.1, 0.9, 0.4]  # by hour from 07:30; the last is half an hour
CLOSE = 510.0
EDGES = [60.0 * k for k in range(9)] + [CLOSE]
RATE = [[0.95 * COUNTERS[u] / MEAN[u] * s / 1.8 for s in SHAPE] for u in UNITS]  # per minute

Process = Generator[Any, Any, None]


class Hall:
    """One day of the hall."""

    def __init__(self, seed: int) -> None:
        self.rng, self.env = random.Random(seed), simpy.Environment()
        self.desk, self.cashier = simpy.Resource(self.env, 6), simpy.Resource(self.env, 4)
        self.unit = [simpy.PriorityResource(self.env, c) for c in COUNTERS]
        self.arrived = self.served = self.abandoned = self.paid = self.within = 0
        self.wait = self.busy = 0.0
        for u in UNITS:
            self.env.process(self.arrivals(u))

    def arrivals(self, u: int) -> Process:
        """The citizens of one unit come."""
        env, rng, t, h = self.env, self.rng, 0.0, 0
        while h < len(SHAPE):
            t += rng.expovariate(RATE[u][h])
            if t >= EDGES[h + 1]:
                t, h = EDGES[h + 1], h + 1
                continue
            yield env.timeout(t - env.now)
            env.process(self.citizen(u))

    def citizen(self, u: int) -> Process:
        """Welcome desk, unit, perhaps cashier."""
        env, rng = self.env, self.rng
        self.arrived += 1
        priority = 0 if rng.random() < 0.1 else 1
        with self.desk.request() as desk:
            yield desk
            yield env.timeout(rng.triangular(0.3, 1.5, 0.7))
        joined = env.now
        with self.unit[u].request(priority=priority) as counter:
            got = yield counter | env.timeout(rng.expovariate(1 / 60.0))
            if counter not in got:
                self.abandoned += 1
                return
            wait = env.now - joined
            self.served += 1
            self.wait += wait
            self.within += wait <= 15.0
            service = rng.lognormvariate(MU[u], SIGMA)
            self.busy += service
            yield env.timeout(service)
        if rng.random() < 0.3:
            with self.cashier.request() as cashier:
                yield cashier
                yield env.timeout(rng.expovariate(1 / 3.0))
            self.paid += 1


def hall_days(first: int, days: int) -> tuple[float, list[Hall]]:
    """CPU seconds and halls of some days."""
    start = time.process_time()
    halls = []
    for day in range(first, first + days):
        hall = Hall(1000 + day)
        hall.env.run()
        halls.append(hall)
    return time.process_time() - start, halls


def one_queue(citizens: int, seed: int = 1) -> tuple[float, float]:
    """CPU seconds, and the mean time in the system, of an M/M/1 queue (arrival rate 0.9, service rate 1) that starts empty."""
    rng, env, total = random.Random(seed), simpy.Environment(), 0.0
    server = simpy.Resource(env, 1)

    def citizen() -> Process:
        nonlocal total
        came = env.now
        with server.request() as request:
            yield request
            yield env.timeout(rng.expovariate(1.0))
        total += env.now - came

    def arrivals() -> Process:
        for _ in range(citizens):
            yield env.timeout(rng.expovariate(0.9))
            env.process(citizen())

    start = time.process_time()
    env.process(arrivals())
    env.run()
    return time.process_time() - start, total / citizens
