"""The generator gives the words its authors published, compiled or not, and its words look like independent uniforms.

The statistical tests are sanity checks under fixed counters: the generator itself has passed TestU01's BigCrush (Salmon et al. 2011);
what could go wrong here is the way it is keyed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.model import streams
from sim.model.compiled import compiled
from sim.model.streams import philox, uniform

# kat_vectors of Random123, philox4x32 with 10 rounds: counter, key, result
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[np.uint64]:
    """The words written in hexadecimal."""
    return [np.uint64(int(word, 16)) for word in text.split()]


@pytest.mark.parametrize("twin", [philox, compiled(philox)], ids=["plain", "compiled"])
@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_known_answers(twin, counter: str, key: str, result: str) -> None:
    assert [int(word) for word in twin(*words(counter), *words(key))] == [int(word) for word in words(result)]


def test_plain_and_compiled_agree_on_random_counters() -> None:
    random = np.random.default_rng(11)
    twin = compiled(philox)
    for counter in random.integers(0, 2**32, size=(300, 6), dtype=np.uint64):
        assert tuple(map(int, philox(*counter))) == tuple(map(int, twin(*counter)))


def test_a_word_is_never_longer_than_32_bits_nor_the_counter_changed() -> None:
    random = np.random.default_rng(12)
    counters = random.integers(0, 2**32, size=(2000, 6), dtype=np.uint64)
    before = counters.copy()
    made = np.stack(philox(*counters.T), axis=1)
    assert made.max() < 2**32
    assert np.array_equal(counters, before)


@pytest.mark.parametrize("twin", [uniform, compiled(uniform)], ids=["plain", "compiled"])
def test_a_uniform_is_never_0_nor_1(twin) -> None:
    assert twin(np.uint64(0)) == 0.5 / 2**32
    assert twin(np.uint64(2**32 - 1)) == 1.0 - 0.5 / 2**32
    assert 0.0 < twin(np.uint64(0)) < twin(np.uint64(2**32 - 1)) < 1.0
    assert twin(np.uint64(2**31)) == 0.5 + 0.5 / 2**32


def drawn(counters: np.ndarray) -> np.ndarray:
    """The four uniforms of each row of (c0, c1, c2, c3, k0, k1): the plain function takes whole columns too."""
    return (np.stack(philox(*counters.astype(np.uint64).T), axis=1).astype(np.float64) + 0.5) / 2**32


def grid(*, citizens: int = 1, sources: int = 1, steps: int = 1, purposes: int = 1, seeds: int = 1, replications: int = 1) -> np.ndarray:
    """All keys of so many citizens, sources and so on, as the draw uses them: consecutive small numbers."""
    axes = [np.arange(n) for n in (citizens, sources, steps, purposes, seeds, replications)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 6)


def test_words_are_uniform() -> None:
    """χ² over 256 classes, for each of the four words, for one source's 65,536 citizens: no p below 0.001 / 4."""
    u = drawn(grid(citizens=65_536))
    for word in range(4):
        seen = np.bincount((u[:, word] * 256).astype(int), minlength=256)
        assert stats.chisquare(seen).pvalue > 0.001 / 4


def test_words_of_one_block_are_independent() -> None:
    """χ² over 16 × 16 classes of each pair of the four words: a service time says nothing of the patience beside it."""
    u = (drawn(grid(citizens=40_000)) * 16).astype(int)
    for first in range(4):
        for second in range(first):
            seen = np.bincount(16 * u[:, first] + u[:, second], minlength=256)
            assert stats.chisquare(seen).pvalue > 0.001 / 6


@pytest.mark.parametrize("axis", ["citizens", "sources", "steps", "purposes", "seeds", "replications"])
def test_neighbouring_keys_are_uncorrelated(axis: str) -> None:
    """Keys that differ by one in one place: the correlation of 20,000 pairs is within 4.5 / √n of 0 for each pair of words."""
    other = "citizens" if axis != "citizens" else "sources"
    here = grid(**{axis: 2, other: 20_000})
    column = ["citizens", "sources", "steps", "purposes", "seeds", "replications"].index(axis)
    u = drawn(here)
    first, second = u[here[:, column] == 0], u[here[:, column] == 1]
    correlation = np.corrcoef(first.T, second.T)[:4, 4:]
    assert np.abs(correlation).max() < 4.5 / np.sqrt(20_000)


def test_purposes_have_different_numbers() -> None:
    """Two purposes with one number would give a citizen the same chance twice."""
    purposes = [value for name, value in vars(streams).items() if name.isupper() and not name.startswith("_")]
    assert len(set(purposes)) == len(purposes)
    assert max(purposes) < 2**16, "the upper half of the word counts the attempts of a rejection"
