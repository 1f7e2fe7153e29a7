"""Keyed random numbers: every number is a pure function of (seed, replication, purpose, entity, step).

The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Its key is
(seed, replication) and its counter is (number, owner, step, purpose): for a citizen, the number within the source and the
source; for an outage, its number in the day and the system; for busyness, the number of the unit or source. No number depends on the order of events. So a citizen keeps his gap,
class, service times, patience and route under every staffing plan, in both engines and on every machine.

Resolution: each of the four words gives a uniform (k + ½) / 2³², never 0 or 1. So no quantile below 1.2e-10 or above 1 − 1.2e-10
occurs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.model.compiled import compiled_as, inlined

# Purposes: append only. A feature that a scenario does not use must not change its draws.
CITIZEN: Final = 0
"""Words: gap (or position in the day), class, unused, unused."""
STOP: Final = 1
"""Words: service time, patience, stop made or passed by, sent back or not."""
SERVICE_REJECTION: Final = 2
"""Attempts of the rejection method for one service time. The upper half of the purpose word counts them."""
PATIENCE_REJECTION: Final = 3
"""The same for one patience."""
GAP_REJECTION: Final = 4
"""The same for one gap."""
OUTAGE: Final = 5
"""Words: time up, time down, unused, unused. The counter is (number of the outage in the day, system, 0)."""
UP_REJECTION: Final = 6
"""Attempts of the rejection method for one time up."""
DOWN_REJECTION: Final = 7
"""The same for one time down."""
CHOICE: Final = 8
"""Words: the stop chosen of a `one_of`, unused, unused, unused. The step is the ordinal of the `one_of` in the route."""
BUSYNESS: Final = 9
"""Attempts of the rejection method for one factor of busyness. The counter is (number of the unit or source, its kind, 0)."""

ABSENCE: Final = 13
"""Words: absent or not, order among those of the unit, unused, unused. The counter is (position in the unit, unit, 0); for the number absent
in a unit with a table it is (2³² − 1, unit, 0)."""

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


@inlined
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Four 32-bit words (each in a uint64) of Philox4x32-10 for a counter of four words and a key of two.

    All arguments and results are ``np.uint64`` below 2³². The ten rounds are written out: a loop over them is slower compiled.

    >>> [hex(word) for word in philox(*[np.uint64(0)] * 6)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    p0, p1 = _M0 * c0, _M1 * c2
    c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
    return c0, c1, c2, c3


def _philox_loop(first, count, c1, c2, c3, k0, k1, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    for k in range(count):
        w0[k], w1[k], w2[k], w3[k] = philox(first + np.uint64(k), c1, c2, c3, k0, k1)


@compiled_as(_philox_loop)
def philox_column(first, count, c1, c2, c3, k0, k1, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    """The blocks of ``count`` numbers from ``first`` on, word by word into four arrays; compiled, it runs on vectors."""
    w0[:count], w1[:count], w2[:count], w3[:count] = philox(first + np.arange(count, dtype=np.uint64), c1, c2, c3, k0, k1)


@inlined
def uniform(word):  # type: ignore[no-untyped-def]
    """The uniform in (0, 1) of a 32-bit word: (word + ½) / 2³²."""
    return (np.float64(word) + 0.5) * 2.3283064365386963e-10


def _uniform_loop(words, count, u):  # type: ignore[no-untyped-def]
    for k in range(count):
        u[k] = uniform(words[k])


@compiled_as(_uniform_loop)
def uniform_column(words, count, u):  # type: ignore[no-untyped-def]
    """`uniform` for a column of words."""
    u[:count] = uniform(words[:count])
