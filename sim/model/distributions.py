"""Distributions of times: from the scenario's words to numbers, and from a uniform to a time.

Each distribution is a row of a `Distributions` of plain arrays. A time is drawn by inverting the distribution function at one uniform;
only the gamma family has no good inverse and uses rejection (Marsaglia and Tsang: "A simple method for generating gamma
variables", ACM TOMS 26, 2000) under its own keys. The normal quantile is Wichura's AS 241 (PPND16, about 16 digits).
Times are microseconds, as floats until they are put on the grid by `on_grid`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.compiled import compilable, compiled_as, inlined
from sim.model.streams import philox, uniform
from sim.scenario.schema import Distribution, Observation

CONSTANT: Final = 0
EXPONENTIAL: Final = 1
UNIFORM: Final = 2
TRIANGULAR: Final = 3
LOGNORMAL: Final = 4
WEIBULL: Final = 5
GAMMA: Final = 6
VALUES: Final = 7
QUANTILES: Final = 8
MIXTURE: Final = 9

NO_CAP: Final = math.inf


class Distributions(NamedTuple):
    """Distributions as rows of arrays.

    ``family`` (uint8) is one of the constants above; ``a``, ``b``, ``c`` (float64) are its parameters in microseconds; ``plus``
    and ``at_most`` (float64) move and cap; ``first`` (int64, one longer) delimits the row's knots in ``knot_share`` (cumulative
    share) and ``knot_value`` (a time, or the row of a mixture's part).
    """

    family: NDArray[np.uint8]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    plus: NDArray[np.float64]
    at_most: NDArray[np.float64]
    first: NDArray[np.int64]
    knot_share: NDArray[np.float64]
    knot_value: NDArray[np.float64]


class DistributionsBuilder:
    """Collects distributions and gives each its row; equal distributions share one."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float, float, float, float]] = []
        self._knots: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._known: dict[str, int] = {}

    def add(self, distribution: Distribution) -> int:
        """The row of a distribution."""
        key = repr(distribution)  # quantiles are a mapping, so a distribution has no hash
        if key not in self._known:
            self._known[key] = self._append(distribution)
        return self._known[key]

    def _append(self, given: Distribution) -> int:
        family, a, b, c = CONSTANT, 0.0, 0.0, 0.0
        shares: list[float] | NDArray[np.float64] = []
        values: list[float] | NDArray[np.float64] = []
        if given.constant is not None:
            a = given.constant
        elif given.exponential is not None:
            family, a = EXPONENTIAL, given.exponential
        elif given.uniform is not None:
            family, a, b = UNIFORM, given.uniform.low, given.uniform.high
        elif given.triangular is not None:
            family, a, b, c = TRIANGULAR, given.triangular.low, given.triangular.mode, given.triangular.high
            family, a = (CONSTANT, b) if a == c else (family, a)
        elif given.lognormal is not None:
            variance = math.log1p(given.lognormal.cv**2)
            family, a, b = LOGNORMAL, math.log(given.lognormal.mean) - variance / 2.0, math.sqrt(variance)
        elif given.weibull is not None:
            family, b = WEIBULL, 1.0 / given.weibull.shape
            a = given.weibull.mean / math.gamma(1.0 + b)
        elif given.gamma is not None:
            family, a = GAMMA, 1.0 / given.gamma.cv**2
            b = given.gamma.mean / a
        elif given.erlang is not None:
            family, a, b = GAMMA, float(given.erlang.stages), given.erlang.mean / given.erlang.stages
        elif given.empirical is not None and given.empirical.values is not None:
            family = VALUES
            seen = [(v.value, v.weight) if isinstance(v, Observation) else (v, 1.0) for v in given.empirical.values]
            values = np.array([value for value, _ in seen], dtype=np.float64)
            shares = np.cumsum([weight for _, weight in seen]) / sum(weight for _, weight in seen)
        elif given.empirical is not None and given.empirical.quantiles is not None:
            family = QUANTILES
            shares, values = map(np.array, zip(*sorted(given.empirical.quantiles.items()), strict=True))
        elif given.hyperexponential is not None:
            family = MIXTURE
            shares = np.cumsum([branch.share for branch in given.hyperexponential])
            values = [self._row(EXPONENTIAL, branch.mean) for branch in given.hyperexponential]
        elif given.mixture is not None:
            family = MIXTURE
            shares = np.cumsum([part.share for part in given.mixture])
            values = [self._append(part.time) for part in given.mixture]
        if len(shares):
            shares = np.array(shares, dtype=np.float64)
            shares[-1] = 1.0  # rounding must not leave a gap at the end
        return self._row(family, a, b, c, given.plus or 0, NO_CAP if given.at_most is None else given.at_most, shares, values)

    def _row(
        self,
        family: int,
        a: float,
        b: float = 0.0,
        c: float = 0.0,
        plus: float = 0.0,
        at_most: float = NO_CAP,
        shares: Sequence[float] | NDArray[np.float64] = (),
        values: Sequence[float] | NDArray[np.float64] = (),
    ) -> int:
        self._rows.append((family, float(a), float(b), float(c), float(plus), float(at_most)))
        self._knots.append((np.asarray(shares, dtype=np.float64), np.asarray(values, dtype=np.float64)))
        return len(self._rows) - 1

    def table(self) -> Distributions:
        """All rows so far."""
        family, a, b, c, plus, at_most = (np.array(column, dtype=np.float64) for column in (zip(*self._rows, strict=True) if self._rows else [()] * 6))
        sizes = [len(shares) for shares, _ in self._knots]
        return Distributions(
            family=family.astype(np.uint8),
            a=a,
            b=b,
            c=c,
            plus=plus,
            at_most=at_most,
            first=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            knot_share=np.concatenate([shares for shares, _ in self._knots] or [np.empty(0)]),
            knot_value=np.concatenate([values for _, values in self._knots] or [np.empty(0)]),
        )


# The logarithm and the exponential are written out in plain arithmetic, so that compiled and plain code, vectors and scalars give equal bits.
_LOG_BIAS = np.uint64(0x0019_5F61_9980_C433)  # the bits of 2.0 minus those of √½: shifts the change of exponent to √½
_MANTISSA = np.uint64(52)
_1024 = np.uint64(1024)
_MAGIC_BITS = np.uint64(0x4330_0000_0000_0000)  # the bits of 2⁵²: OR an integer below 2⁵² into them and subtract 2⁵² to get it as a float
_MAGIC = 4503599627370496.0 + 1024.0
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 · 2⁵²: adding it rounds to a whole number and puts that into the low bits
_ONE_BITS = np.int64(0x3FF0_0000_0000_0000)
_52 = np.int64(52)


@inlined
def log_of(u):  # type: ignore[no-untyped-def]
    """The natural logarithm of u, 2⁻⁵⁰⁰ < u < √2, to the last bit or the one before (reduction and polynomial of FreeBSD's e_log.c).

    >>> float(log_of(0.25) / log_of(0.5))
    2.0
    """
    bits = np.float64(u).view(np.uint64)
    exponent = (bits + _LOG_BIAS) >> _MANTISSA  # plus 1024
    f = np.uint64(bits + ((_1024 - exponent) << _MANTISSA)).view(np.float64) - 1.0
    k = np.uint64(exponent | _MAGIC_BITS).view(np.float64) - _MAGIC
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    even = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
    half = 0.5 * f * f
    return k * _LN2_HIGH - ((half - (s * (half + (odd + even)) + k * _LN2_LOW)) - f)


@inlined
def exp_of(x):  # type: ignore[no-untyped-def]
    """The exponential of x, |x| < 700, to the last bit or the one before (Taylor's series to the 13th power, after Cody and Waite's reduction).

    >>> float(exp_of(0.0)), round(float(exp_of(1.0)), 15)
    (1.0, 2.718281828459045)
    """
    rounded = x * 1.4426950408889634 + _ROUND
    k = rounded - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r) + r2 * (0.5 + r * 1.6666666666666666e-01)
    middle = (4.1666666666666664e-02 + r * 8.333333333333333e-03) + r2 * (1.388888888888889e-03 + r * 1.984126984126984e-04)
    high = (2.48015873015873e-05 + r * 2.7557319223985893e-06) + r2 * (2.755731922398589e-07 + r * 2.505210838544172e-08)
    top = 2.08767569878681e-09 + r * 1.6059043836821613e-10
    power = np.int64((np.float64(rounded).view(np.int64) << _52) + _ONE_BITS).view(np.float64)
    return (low + r4 * (middle + r4 * (high + r4 * top))) * power


@inlined
def central_normal_quantile(u):  # type: ignore[no-untyped-def]
    """AS 241's standard normal quantile for 0.075 ≤ u ≤ 0.925."""
    q = u - 0.5
    r = 0.180625 - q * q
    num = (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
              + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)
    den = (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
              + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0)
    return q * num / den


@compilable
def tail_normal_quantile(u):  # type: ignore[no-untyped-def]
    """AS 241's standard normal quantile in the tails."""
    lower = u < 0.5
    r = math.sqrt(-log_of(u if lower else 1.0 - u))
    if r <= 5.0:
        r = r - 1.6
        num = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
                  + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)
        den = (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
                  + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r + 2.05319162663775882187e0) * r + 1.0)
    else:
        r = r - 5.0
        num = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
                  + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)
        den = (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
                  + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r + 5.99832206555887937690e-1) * r + 1.0)
    return -num / den if lower else num / den


@compilable
def normal_quantile(u):  # type: ignore[no-untyped-def]
    """The standard normal quantile at u in (0, 1): Wichura, AS 241, Applied Statistics 37 (1988), PPND16.

    >>> round(normal_quantile(0.975), 12)
    1.95996398454
    """
    return central_normal_quantile(u) if abs(u - 0.5) <= 0.425 else tail_normal_quantile(u)


@compilable
def standard_gamma(shape, c0, c1, c2, purpose, k0, k1):  # type: ignore[no-untyped-def]
    """A gamma variate of this shape and scale 1 by rejection, keyed by the first three counter words and the purpose.

    Attempt n uses the block whose last counter word is purpose + 2¹⁶ n. Below shape 1 a variate of shape + 1 is multiplied by
    U^(1/shape).
    """
    larger = shape if shape >= 1.0 else shape + 1.0
    d = larger - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    attempt = 0
    while True:
        w0, w1, w2, _ = philox(c0, c1, c2, np.uint64(purpose + 65536 * attempt), k0, k1)
        x = normal_quantile(uniform(w0))
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if log_of(uniform(w1)) < 0.5 * x * x + d - d * v + d * math.log(v):
                if shape < 1.0:
                    return d * v * math.exp(log_of(uniform(w2)) / shape)
                return d * v
        attempt += 1


@compilable
def closed_time(family, a, b, c, u):  # type: ignore[no-untyped-def]
    """The time at the uniform u for a family whose inverse is a formula of its three parameters (every family before GAMMA)."""
    if family == EXPONENTIAL:
        return -log_of(u) * a
    if family == LOGNORMAL:
        return exp_of(a + b * normal_quantile(u))
    if family == TRIANGULAR:
        return a + math.sqrt(u * (b - a) * (c - a)) if u * (c - a) < b - a else c - math.sqrt((1.0 - u) * (c - b) * (c - a))
    if family == UNIFORM:
        return a + (b - a) * u
    if family == WEIBULL:
        return a * math.exp(b * math.log(-log_of(u)))
    return a


def _closed_times_loop(family, a, b, c, u, count, times):  # type: ignore[no-untyped-def]
    if family == EXPONENTIAL:
        for k in range(count):
            times[k] = -log_of(u[k]) * a
    elif family == LOGNORMAL:
        for k in range(count):
            times[k] = central_normal_quantile(u[k])
        for k in range(count):
            if abs(u[k] - 0.5) > 0.425:
                times[k] = tail_normal_quantile(u[k])
        for k in range(count):
            times[k] = exp_of(a + b * times[k])
    else:
        for k in range(count):
            times[k] = closed_time(family, a, b, c, u[k])


@compiled_as(_closed_times_loop)
def closed_times(family, a, b, c, u, count, times):  # type: ignore[no-untyped-def]
    """`closed_time` for a column of uniforms, with the same bits. Each common family has a loop of its own, so that it compiles to vector code."""
    u, times = u[:count], times[:count]
    if family == EXPONENTIAL:
        times[:] = -log_of(u) * a
    elif family == LOGNORMAL:
        normal = central_normal_quantile(u)
        for tail in np.flatnonzero(np.abs(u - 0.5) > 0.425):
            normal[tail] = tail_normal_quantile(u[tail])
        times[:] = exp_of(a + b * normal)
    else:
        for k in range(count):
            times[k] = closed_time(family, a, b, c, u[k])


@compilable
def draw_time(table, row, u, c0, c1, c2, purpose, k0, k1):  # type: ignore[no-untyped-def]
    """A time in microseconds (float) from the distribution in this row at the uniform u in (0, 1).

    The counter words, purpose and key serve families that need more than one uniform. The shift is added before the cap.
    """
    plus, cap = 0.0, math.inf
    while table.family[row] == MIXTURE:
        plus, cap = table.plus[row], table.at_most[row]
        knot, below = table.first[row], 0.0
        while u >= table.knot_share[knot]:
            below = table.knot_share[knot]
            knot += 1
        u = (u - below) / (table.knot_share[knot] - below)
        row = int(table.knot_value[knot])
    family = table.family[row]
    if family < GAMMA:
        time = closed_time(family, table.a[row], table.b[row], table.c[row], u)
    elif family == GAMMA:
        time = table.b[row] * standard_gamma(table.a[row], c0, c1, c2, purpose, k0, k1)
    elif family == VALUES:
        knot = table.first[row]
        while u >= table.knot_share[knot]:
            knot += 1
        time = table.knot_value[knot]
    else:
        knot = table.first[row] + 1
        while u >= table.knot_share[knot]:
            knot += 1
        low, high = table.knot_share[knot - 1], table.knot_share[knot]
        time = table.knot_value[knot - 1] + (table.knot_value[knot] - table.knot_value[knot - 1]) * (u - low) / (high - low)
    return min(min(time + table.plus[row], table.at_most[row]) + plus, cap)


@inlined
def on_grid(time, grid, least):  # type: ignore[no-untyped-def]
    """A time on the grid: the nearest multiple of ``grid``, at least ``least``, and at most a bound of years that the engines' keys can hold."""
    return max(least, int(min(time, 7.0e13) / grid + 0.5) * grid)


def _grid_loop(times, count, grid, least, into):  # type: ignore[no-untyped-def]
    step = np.float64(grid)
    for k in range(count):
        into[k] = max(least, np.int64(min(times[k], 7.0e13) / step + 0.5) * grid)


@compiled_as(_grid_loop)
def grid_column(times, count, grid, least, into):  # type: ignore[no-untyped-def]
    """`on_grid` for a column of times."""
    into[:count] = np.maximum(least, (np.minimum(times[:count], 7.0e13) / grid + 0.5).astype(np.int64) * grid)


def mean_time(table: Distributions, row: int) -> float:
    """The mean of a distribution in microseconds: exact, or with a relative error of about 1e-4 where a cap makes it a numerical integral.

    >>> builder = DistributionsBuilder()
    >>> row = builder.add(Distribution.model_validate({"exponential": "8 min"}))
    >>> mean_time(builder.table(), row) / 60e6
    8.0
    """
    plus, cap = table.plus[row], table.at_most[row]
    knots = slice(int(table.first[row]), int(table.first[row + 1]))
    shares, values = table.knot_share[knots], table.knot_value[knots]
    if table.family[row] == MIXTURE:
        parts = [(weight, int(part)) for weight, part in zip(np.diff(shares, prepend=0.0), values, strict=True)]
    else:
        parts = [(1.0, row)]
        plus, cap = 0.0, math.inf
    if math.isfinite(cap) or any(math.isfinite(table.at_most[part]) for _, part in parts):
        u = (np.arange(4000) + 0.5) / 4000
        return float(sum(weight * np.minimum(_times(table, part, u) + plus, cap).mean() for weight, part in parts))
    return float(plus + sum(weight * (table.plus[part] + _plain_mean(table, part)) for weight, part in parts))


def _times(table: Distributions, row: int, u: NDArray[np.float64]) -> NDArray[np.float64]:
    if table.family[row] == GAMMA:
        from scipy.special import gammaincinv

        times: NDArray[np.float64] = np.minimum(table.b[row] * gammaincinv(table.a[row], u) + table.plus[row], table.at_most[row])
        return times
    zero = np.uint64(0)
    return np.array([draw_time(table, row, x, zero, zero, zero, 0, zero, zero) for x in u])


def _plain_mean(table: Distributions, row: int) -> float:
    family, a, b = int(table.family[row]), table.a[row], table.b[row]
    knots = slice(int(table.first[row]), int(table.first[row + 1]))
    shares, values = table.knot_share[knots], table.knot_value[knots]
    if family == TRIANGULAR:
        return float(a + b + table.c[row]) / 3.0
    if family == UNIFORM:
        return float(a + b) / 2.0
    if family == LOGNORMAL:
        return math.exp(a + b * b / 2.0)
    if family == WEIBULL:
        return float(a * math.gamma(1.0 + b))
    if family == GAMMA:
        return float(a * b)
    if family == VALUES:
        return float(np.diff(shares, prepend=0.0) @ values)
    if family == QUANTILES:
        return float(np.diff(shares) @ (values[1:] + values[:-1])) / 2.0
    return float(a)
