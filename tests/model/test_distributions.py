"""Each family of times has the quantiles, mean and variance that scipy.stats gives it, drawn plain or compiled.

Families that are inverted are compared at a grid of uniforms to 1e-9 of themselves; all, with the gamma family that is drawn by
rejection, as a replication draws them, by a Kolmogorov-Smirnov test and their moments.
"""

from __future__ import annotations

import functools
import json
import math

import numpy as np
import pytest
from scipy import stats

from sim.clock import MINUTE
from sim.model.compile import compile_plan
from sim.model.distributions import DistributionsBuilder, draw_time, mean_time, normal_quantile, on_grid, standard_gamma
from sim.model.trace import draw
from sim.scenario.reading import load_text
from sim.scenario.schema import Distribution

U = (np.floor(np.concatenate(([0.0, 1e-6, 0.001], np.linspace(0.01, 0.99, 99), [0.999, 1 - 1e-6, 1 - 2.0**-33])) * 2**32) + 0.5) / 2**32
"""Uniforms from the least to the greatest, of those that the generator can give."""

ZERO = np.uint64(0)


def given(words: dict) -> Distribution:
    """A distribution as a scenario gives it: lists become tuples, for the schema is strict."""

    def frozen(value):
        if isinstance(value, dict):
            return {key: frozen(item) for key, item in value.items()}
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    return Distribution.model_validate(frozen(words))


def drawn(words: dict, uniforms: np.ndarray = U) -> np.ndarray:
    """The times in minutes at these uniforms."""
    builder = DistributionsBuilder()
    row = builder.add(given(words))
    table = builder.table()
    return np.array([draw_time(table, row, u, ZERO, ZERO, ZERO, 2, ZERO, ZERO) for u in uniforms]) / MINUTE


def lognormal(mean: float, cv: float):
    """scipy's lognormal by mean and cv."""
    variance = math.log(1 + cv * cv)
    return stats.lognorm(math.sqrt(variance), scale=mean * math.exp(-variance / 2))


def weibull(mean: float, shape: float):
    """scipy's Weibull by mean and shape."""
    return stats.weibull_min(shape, scale=mean / math.gamma(1 + 1 / shape))


INVERTED = {
    "exponential": ({"exponential": "8 min"}, stats.expon(scale=8), False),
    "uniform": ({"uniform": {"low": "3 min", "high": "7 min"}}, stats.uniform(3, 4), True),
    "uniform from 0": ({"uniform": {"low": "0 min", "high": "7 min"}}, stats.uniform(0, 7), True),
    "triangular": ({"triangular": {"low": "2 min", "mode": "5 min", "high": "12 min"}}, stats.triang(0.3, 2, 10), True),
    "triangular, mode low": ({"triangular": {"low": "2 min", "mode": "2 min", "high": "12 min"}}, stats.triang(0, 2, 10), True),
    "triangular, mode high": ({"triangular": {"low": "2 min", "mode": "12 min", "high": "12 min"}}, stats.triang(1, 2, 10), True),
    "lognormal": ({"lognormal": {"mean": "8 min", "cv": 0.5}}, lognormal(8, 0.5), True),
    "lognormal, wide": ({"lognormal": {"mean": "8 min", "cv": 3.0}}, lognormal(8, 3.0), True),
    "weibull, heavy": ({"weibull": {"mean": "8 min", "shape": 0.5}}, weibull(8, 0.5), False),
    "weibull, regular": ({"weibull": {"mean": "8 min", "shape": 3.0}}, weibull(8, 3.0), False),
}
"""Words, the law they stand for, and whether the quantile is taken at u (or, which is the same law, at 1 − u)."""


@pytest.mark.parametrize("name", INVERTED)
def test_quantiles(name: str) -> None:
    words, law, rising = INVERTED[name]
    expected = law.ppf(U) if rising else law.isf(U)
    assert drawn(words) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", INVERTED)
def test_mean_and_variance(name: str) -> None:
    """The mean to 1e-6 (times are whole microseconds), and mean and variance of 200,000 midpoints to what such a sum can give."""
    words, law, _ = INVERTED[name]
    builder = DistributionsBuilder()
    row = builder.add(given(words))
    assert mean_time(builder.table(), row) / MINUTE == pytest.approx(law.mean(), rel=1e-6)
    u = (np.arange(20_000) + 0.5) / 20_000
    times = drawn(words, u)
    tail = 0.02 if name in ("lognormal, wide", "weibull, heavy") else 0.001  # what lies beyond the outermost midpoints
    assert times.mean() == pytest.approx(law.mean(), rel=tail)
    assert times.var() == pytest.approx(law.ppf(u).var(), rel=1e-6)


def test_normal_quantile_is_good_to_fifteen_digits() -> None:
    assert np.array([normal_quantile(u) for u in U]) == pytest.approx(stats.norm.ppf(U), rel=2e-15, abs=1e-15)
    assert normal_quantile(0.5) == 0.0


def hall(laws: dict[str, dict], citizens: int) -> str:
    """A scenario that draws each distribution so often as a service time, and as a patience too: one source and unit for each."""
    units = "".join(f"  u{i}: {{counters: unlimited, service_time: {json.dumps(words)}}}\n" for i, words in enumerate(laws.values()))
    sources = "".join(
        f"  s{i}: {{arrivals: {{exactly: {citizens}}}, patience: {json.dumps(words)}, route: [u{i}]}}\n" for i, words in enumerate(laws.values())
    )
    return f"name: all families\nhorizon: 1 h\nunits:\n{units}citizens:\n{sources}"


GAMMAS = {
    f"gamma of shape {shape}": ({"gamma": {"mean": f"{shape} h", "cv": shape**-0.5}}, stats.gamma(shape, scale=60), True)
    for shape in (0.25, 0.9, 1.0, 2.0, 4.0, 30.0)
}
DRAWN = INVERTED | GAMMAS


@functools.cache
def columns() -> tuple[np.ndarray, np.ndarray]:
    """Service times and patiences in minutes, a row of 100,000 for each law, from one compiled draw."""
    plan = compile_plan(load_text(hall({name: words for name, (words, _, _) in DRAWN.items()}, 100_000)).scenario)
    trace = draw(plan, seed=8, replication=0, fast=True)
    order = np.argsort(trace.service, kind="stable")
    return tuple(column[order].reshape(len(DRAWN), -1) / MINUTE for column in (trace.work, trace.patience))


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("purpose", [0, 1], ids=["service time", "patience"])
def test_drawn_times_have_their_law(name: str, purpose: int) -> None:
    """100,000 times as a replication draws them: Kolmogorov-Smirnov, mean and variance within 3.5 standard errors."""
    _, law, _ = DRAWN[name]
    times = columns()[purpose][list(DRAWN).index(name)]
    assert stats.kstest(times, law.cdf).pvalue > 0.001
    assert abs(times.mean() - law.mean()) < 3.5 * law.std() / math.sqrt(len(times))
    if name not in ("lognormal, wide", "weibull, heavy"):  # whose fourth moment is too large for a variance to be judged by
        kurtosis = law.stats(moments="k") + 3
        assert abs(times.var() - law.var()) < 3.5 * law.var() * math.sqrt((kurtosis - 1) / len(times))


@pytest.mark.parametrize(
    ("words", "shape", "scale"),
    [
        ({"gamma": {"mean": "8 min", "cv": 0.5}}, 4.0, 2.0),
        ({"gamma": {"mean": "8 min", "cv": 2.0}}, 0.25, 32.0),
        ({"erlang": {"mean": "9 min", "stages": 3}}, 3.0, 3.0),
        ({"erlang": {"mean": "9 min", "stages": 1}}, 1.0, 9.0),
    ],
)
def test_gamma_and_erlang_parameters(words: dict, shape: float, scale: float) -> None:
    """Mean and cv, or mean and stages, become the shape and the scale of that standard gamma variate."""
    builder = DistributionsBuilder()
    row = builder.add(given(words))
    table = builder.table()
    for n in map(np.uint64, range(50)):
        expected = scale * MINUTE * standard_gamma(shape, n, ZERO, ZERO, 2, ZERO, ZERO)
        assert draw_time(table, row, 0.5, n, ZERO, ZERO, 2, ZERO, ZERO) == expected
    assert mean_time(table, row) == pytest.approx(shape * scale * MINUTE)


def test_gamma_attempts_have_keys_of_their_own() -> None:
    """Neither the uniform, nor another purpose, nor another citizen shares a variate."""
    one = standard_gamma(2.0, ZERO, ZERO, ZERO, 2, ZERO, ZERO)
    assert one == standard_gamma(2.0, ZERO, ZERO, ZERO, 2, ZERO, ZERO)
    others = {standard_gamma(2.0, ZERO, ZERO, ZERO, 3, ZERO, ZERO), standard_gamma(2.0, np.uint64(1), ZERO, ZERO, 2, ZERO, ZERO)}
    assert one not in others and len(others) == 2


# What is put together of others


def test_constant() -> None:
    assert set(drawn({"constant": "8 min"})) == {8.0}
    assert set(drawn({"constant": "0 min"})) == {0.0}


def test_triangular_without_width_is_constant() -> None:
    assert set(drawn({"triangular": {"low": "5 min", "mode": "5 min", "high": "5 min"}})) == {5.0}


def test_hyperexponential_is_a_mixture_of_exponentials() -> None:
    """Its distribution function at the drawn time is 1 − v in each branch, where v is the uniform within the branch."""
    words = {"hyperexponential": [{"share": "25 %", "mean": "20 min"}, {"share": "75 %", "mean": "4 min"}]}
    times = drawn(words)
    first = U < 0.25
    assert times[first] == pytest.approx(-20 * np.log(U[first] / 0.25), rel=1e-9)
    assert times[~first] == pytest.approx(-4 * np.log((U[~first] - 0.25) / 0.75), rel=1e-9)
    u = (np.arange(20_000) + 0.5) / 20_000
    times = drawn(words, u)
    assert times.mean() == pytest.approx(8.0, rel=1e-3)
    assert times.var() == pytest.approx(2 * (0.25 * 400 + 0.75 * 16) - 64, rel=1e-2)


def test_mixture_with_an_atom_at_0() -> None:
    words = {"mixture": [{"share": "10 %", "time": {"constant": "0 min"}}, {"share": "90 %", "time": {"exponential": "10 min"}}]}
    times = drawn(words)
    assert (times[U < 0.1] == 0).all()
    assert times[U >= 0.1] == pytest.approx(-10 * np.log((U[U >= 0.1] - 0.1) / 0.9), rel=1e-9)


def test_a_part_of_share_0_never_occurs() -> None:
    words = {
        "mixture": [
            {"share": "0 %", "time": {"constant": "1 min"}},
            {"share": "100 %", "time": {"constant": "2 min"}},
            {"share": "0 %", "time": {"constant": "3 min"}},
        ]
    }
    assert set(drawn(words)) == {2.0}


def test_a_part_is_moved_and_capped_before_the_mixture_is() -> None:
    """5 min + 2 min, capped at 6: 6; then the mixture's own 3 min make 9, capped at 8."""
    part = {"share": "100 %", "time": {"constant": "5 min", "plus": "2 min", "at_most": "6 min"}}
    assert set(drawn({"mixture": [part], "plus": "3 min"})) == {9.0}
    assert set(drawn({"mixture": [part], "plus": "3 min", "at_most": "8 min"})) == {8.0}


def test_shift_then_cap() -> None:
    exponential = drawn({"exponential": "8 min"})
    assert drawn({"exponential": "8 min", "plus": "2 min"}) == pytest.approx(exponential + 2)
    assert drawn({"exponential": "8 min", "plus": "2 min", "at_most": "5 min"}) == pytest.approx(np.minimum(exponential + 2, 5))


def test_observed_values_occur_as_often_as_their_weights() -> None:
    """Weights 1, 2 and 1: a quarter, a half and a quarter of the uniforms, each from its lower end on."""
    words = {"empirical": {"values": ["4 min", {"value": "6 min", "weight": 2.0}, "9 min"]}}
    u = np.array([1e-9, 0.249999, 0.25, 0.5, 0.749999, 0.75, 1 - 1e-9])
    assert list(drawn(words, u)) == [4, 4, 6, 6, 6, 9, 9]


def test_quantiles_are_joined_by_straight_lines() -> None:
    words = {"empirical": {"quantiles": {"0 %": "1 min", "50 %": "6 min", "90 %": "15 min", "100 %": "40 min"}}}
    assert drawn(words) == pytest.approx(np.interp(U, [0, 0.5, 0.9, 1], [1, 6, 15, 40]), rel=1e-9)


MEANS = {
    "constant": {"constant": "8 min"},
    "values": {"empirical": {"values": ["4 min", {"value": "6 min", "weight": 2.5}, "9 min"]}},
    "quantiles": {"empirical": {"quantiles": {"0 %": "1 min", "50 %": "6 min", "90 %": "15 min", "100 %": "40 min"}}},
    "capped exponential": {"exponential": "8 min", "at_most": "12 min"},
    "capped and moved": {"lognormal": {"mean": "8 min", "cv": 0.5}, "plus": "1 min", "at_most": "10 min"},
    "moved": {"weibull": {"mean": "8 min", "shape": 1.5}, "plus": "1 min"},
    "hyperexponential": {"hyperexponential": [{"share": "25 %", "mean": "20 min"}, {"share": "75 %", "mean": "4 min"}]},
    "mixture with a capped part": {
        "mixture": [
            {"share": "40 %", "time": {"exponential": "8 min", "at_most": "9 min"}},
            {"share": "60 %", "time": {"uniform": {"low": "1 min", "high": "3 min"}, "plus": "2 min"}},
        ],
        "plus": "1 min",
    },
    "capped mixture": {
        "mixture": [{"share": "40 %", "time": {"exponential": "8 min"}}, {"share": "60 %", "time": {"constant": "20 min"}}],
        "at_most": "15 min",
    },
}


@pytest.mark.parametrize("name", MEANS)
def test_mean_time_is_the_integral_of_the_quantiles(name: str) -> None:
    """Against the midpoint rule with 20,000 points: what the planning warnings believe is what is drawn."""
    builder = DistributionsBuilder()
    row = builder.add(given(MEANS[name]))
    times = drawn(MEANS[name], (np.arange(20_000) + 0.5) / 20_000)
    assert mean_time(builder.table(), row) / MINUTE == pytest.approx(times.mean(), rel=5e-4)


@pytest.mark.parametrize(("cv", "cap"), [(0.5, 10.0), (2.0, 10.0), (1.0, 3.0)])
def test_mean_time_of_a_capped_gamma(cv: float, cap: float) -> None:
    """E min(X, c) = ∫₀ᶜ P(X > x) dx."""
    builder = DistributionsBuilder()
    row = builder.add(given({"gamma": {"mean": "8 min", "cv": cv}, "at_most": f"{cap} min"}))
    law = stats.gamma(1 / cv**2, scale=8 * cv**2)
    x = (np.arange(100_000) + 0.5) * cap / 100_000
    assert mean_time(builder.table(), row) / MINUTE == pytest.approx(law.sf(x).mean() * cap, rel=5e-4)


# The grid, the table, the compiled twin


def test_on_grid_takes_the_nearest_step() -> None:
    """Half a step goes up; nothing is shorter than the least, nor longer than what the engines' keys hold."""
    assert [on_grid(time, 30, 30) for time in (0.0, 14.0, 44.9, 45.0, 60.0)] == [30, 30, 30, 60, 60]
    assert [on_grid(time, 30, 0) for time in (0.0, 14.9, 15.0)] == [0, 0, 30]
    assert on_grid(math.inf, 1, 1) == on_grid(1e300, 1, 1) == 70_000_000_000_000
    assert on_grid(1e300, 60_000_000, 1) % 60_000_000 == 0
    assert isinstance(on_grid(2.5, 1, 1), int)


def test_equal_distributions_share_a_row() -> None:
    builder = DistributionsBuilder()
    first = builder.add(given({"exponential": "8 min"}))
    mixture = builder.add(given({"mixture": [{"share": "100 %", "time": {"exponential": "9 min"}}]}))
    assert builder.add(given({"exponential": "480 s"})) == first != mixture
    assert len(builder.table().family) == 3, "a part of a mixture has a row of its own"


@pytest.mark.parametrize("grid", ["1 us", "30 s"])
def test_plain_and_compiled_draw_the_same_bits(grid: str) -> None:
    """All families at once, 60 citizens each, as service times, patiences and gaps."""
    words = {name: words for name, (words, _, _) in DRAWN.items()} | MEANS
    gaps = "".join(f"  g{i}: {{arrivals: {{gaps: {json.dumps(word)}, first: 9}}, route: [u0]}}\n" for i, word in enumerate(words.values()))
    plan = compile_plan(load_text(f"grid: {grid}\n{hall(words, 60)}{gaps}").scenario)
    for replication in range(3):
        plain, fast = draw(plan, 3, replication), draw(plan, 3, replication, fast=True)
        assert len(plain.work) > 60 * len(words)
        for mine, theirs in zip(plain, fast, strict=True):
            assert np.array_equal(mine, theirs)
