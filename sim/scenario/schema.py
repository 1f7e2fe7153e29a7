"""The scenario language: one frozen model for each part of a file; a field's docstring IS the reference page of that key.

The models hold checked values in the program's own units (times in int64 microseconds, shares as fractions) and nothing else:
no generator, no resource, no result. Reading a file into them is `sim.scenario.reading`; rules that need more than one key are
in `sim.scenario.checks`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from sim import clock
from sim.scenario.spelling import hint, respelled, respelled_clock

Parsed = TypeVar("Parsed")

COUNTERS = 4096
"""The most counters that a hall can have."""

CITIZENS = 100_000_000
"""The most citizens that a source can send in one replication."""


def shown(value: Any) -> str:
    """A value as an error message quotes it: short, on one line, in the words of a file and not of Python.

    >>> shown("8 min"), shown(True), shown(4), shown({"mean": 8})
    ("'8 min'", 'true', '4', 'keys with values')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)
        return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}...'"
    if isinstance(value, dict):
        return "keys with values"
    return "a list" if isinstance(value, tuple | list) else str(value)


def _text(value: Any, example: str) -> str:
    if isinstance(value, bool | int | float):
        raise ValueError(f"got {shown(value)}; write it {'as HH:MM' if ':' in example else 'with its unit'}, such as '{example}'")
    if not isinstance(value, str) or len(value) > 1000:
        raise ValueError(f"got {shown(value)}; give a text such as '{example}'")
    return value


def _read(parse: Callable[[str], Parsed], text: str, respell: Callable[[str], str] = respelled) -> Parsed:
    """The value of a text. Another spelling is refused, and the error says what to write."""
    try:
        return parse(text)
    except ValueError:
        if meant := hint(text.strip(), parse, respell):
            raise ValueError(f"got {shown(text.strip())}; {meant}") from None
        raise


def _duration(value: Any) -> int:
    return _read(clock.parse_duration, _text(value, "8 min"))


def _positive_duration(value: Any) -> int:
    duration = _duration(value)
    if duration <= 0:
        raise ValueError(f"got {shown(value)}; it must be longer than 0")
    return duration


def _clock(value: Any) -> int:
    if isinstance(value, float) and round(value, 2) == value and (meant := hint(f"{value:.2f}", clock.parse_clock, respelled_clock)):
        raise ValueError(f"got {value:.2f}; {meant}")
    return _read(clock.parse_clock, _text(value, "07:30"), respelled_clock)


class Interval(NamedTuple):
    """A piece of the day, [start, end) in microseconds since midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock.format_clock(self.start)}-{clock.format_clock(self.end)}"


def parse_interval(value: Any) -> Interval:
    """An interval written as ``07:30-16:00``; raises ValueError when it is written otherwise or does not end after it starts.

    >>> str(parse_interval("7:30 - 16:00"))
    '07:30-16:00'
    """
    return _read(_interval, _text(value, "07:30-16:00"), respelled_clock)


def _interval(text: str) -> Interval:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"got {shown(text)}; an interval is written '07:30-16:00'")
    interval = Interval(clock.parse_clock(start), clock.parse_clock(end))
    if interval.end <= interval.start:
        raise ValueError(f"got {shown(text)}; an interval must end after it starts")
    return interval


Pattern = tuple[Interval, ...]
"""The duty intervals of one counter over the day, in order and apart."""


def parse_pattern(value: Any) -> Pattern:
    """A duty pattern written as ``07:30-11:30, 12:30-16:00``; raises ValueError when its intervals do not follow each other."""
    text = _text(value, "07:30-11:30, 12:30-16:00")
    if ";" in text:
        raise ValueError(f"got {shown(text)}; intervals are separated by a comma: '07:30-11:30, 12:30-16:00'")
    pattern = tuple(parse_interval(piece.strip()) for piece in text.split(","))
    for earlier, later in pairwise(pattern):
        if later.start < earlier.end:
            raise ValueError(f"got {shown(value)}; the intervals must follow each other: {later} starts before {earlier} ends")
    return pattern


def _patterns(value: Any) -> Any:
    return value if isinstance(value, tuple | list) else (value,)


def parse_share(value: Any) -> float:
    """The fraction of a share written as ``60 %``; raises ValueError when it is written otherwise."""
    return _read(_fraction, _text(value, "60 %"))


def _fraction(text: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", text)
    if match is None:
        raise ValueError(f"got {shown(text)}; a share is written with a per cent sign, such as '60 %'")
    return float(match[1]) / 100.0


def _probability(value: Any) -> float:
    share = parse_share(value)
    if share > 1.0:
        raise ValueError(f"got {shown(value)}; a share lies between 0 % and 100 %")
    return share


def _speed(value: Any) -> int:
    share = parse_share(value)
    speed = round(share * 10_000)
    if not 100 <= speed <= 100_000 or abs(speed - share * 10_000) > 1e-6:
        raise ValueError(f"got {shown(value)}; a speed lies between 1 % and 1000 %, with two decimals at most")
    return speed


def _scale(value: Any) -> float:
    scale = parse_share(value)
    if scale > 1000.0:
        raise ValueError(f"got {shown(value)}; give at most 100000 %")
    return scale


class Rate(NamedTuple):
    """Citizens in a time: ``count`` in ``per`` microseconds, or in a whole day of opening hours (``per`` 0)."""

    count: float  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    per: int


def parse_rate(value: Any) -> Rate:
    """A rate written as ``40 per day``, ``12 per hour``, ``0.5 per min`` or ``2 per s``; raises ValueError otherwise."""
    return _read(_rate, _text(value, "40 per day"))


def _rate(text: str) -> Rate:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s+per\s+(day|hour|min|s)\s*", text)
    if match is None:
        raise ValueError(f"got {shown(text)}; a rate is written '40 per day', '12 per hour', '0.5 per min' or '2 per s'")
    count = float(match[1])
    if count > CITIZENS:
        raise ValueError(f"got {shown(text)}; give at most {CITIZENS}")
    return Rate(count, {"day": 0, "hour": clock.HOUR, "min": clock.MINUTE, "s": clock.SECOND}[match[2]])


class TargetValue(NamedTuple):
    """A share of tickets (fraction) that are to be called within a time (microseconds)."""

    share: float
    within: int

    def __str__(self) -> str:
        return f"{self.share * 100:g} % within {clock.format_duration(self.within)}"


def _target(value: Any) -> TargetValue:
    share, within, time = _text(value, "90 % within 15 min").partition("within")
    if not within:
        raise ValueError(f"got {shown(value)}; a target is written '90 % within 15 min'")
    return TargetValue(_probability(share), _duration(time))


def _closing(value: Any) -> str:
    if value not in ("serve all", "send home"):
        raise ValueError(f"got {shown(value)}; give 'serve all' or 'send home'")
    return str(value)


def _unlimited(value: Any) -> str:
    if value != "unlimited":
        raise ValueError(
            f"got {shown(value)}; give a number of counters, a list of counters, a number for each interval of the day, or 'unlimited'"
        )
    return "unlimited"


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return "<mapping>"
    if isinstance(value, tuple | list):
        return "<list>"
    return "<text>" if isinstance(value, str) else "<number>"


def _by_shape(*shapes: str) -> Discriminator:
    """Choose a union's member by the shape of what was written. Every other shape goes to the last, so that one mistake gives one message."""

    def choose(value: Any) -> str:
        return shape if (shape := _shape(value)) in shapes else shapes[-1]

    return Discriminator(choose)


def _each_key_once(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Refuse two spellings of one key (``0 %`` and ``0.0 %``), which would silently lose a value."""
    read = handler(value)
    if len(read) < len(value):
        raise ValueError("two of the keys mean the same; each may stand once")
    return read


def _apart(value: dict[Interval, Any]) -> dict[Interval, Any]:
    order = sorted(value)
    for earlier, later in pairwise(order):
        if later.start < earlier.end:
            raise ValueError(f"the intervals {earlier} and {later} overlap; each instant may have one value")
    return {interval: value[interval] for interval in order}


def _words(pattern: str, takes: str) -> WithJsonSchema:
    """The schema of a value written as a text: a pattern for editors, and words for the reference page."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "takes": takes})


_COUNT = r"\s*\d+(\.\d+)?([eE][+-]?\d+)?"
_TIME = rf"{_COUNT}\s*(us|ms|s|min|h|days?)\s*"
_CLOCK = r"\s*([01]?\d|2[0-4]):[0-5]\d(:[0-5]\d)?\s*"
_SHARE = r"\s*\d+(\.\d+)?\s*%\s*"

Duration = Annotated[int, PlainValidator(_duration), _words(_TIME, "a duration, such as `8 min`")]
PositiveDuration = Annotated[int, PlainValidator(_positive_duration), _words(_TIME, "a duration above 0, such as `8 min`")]
ClockTime = Annotated[int, PlainValidator(_clock), _words(_CLOCK, "a clock time, such as `07:30`")]
OpeningHours = Annotated[Interval, PlainValidator(parse_interval), _words(f"{_CLOCK}-{_CLOCK}", "an interval, such as `07:30-16:00`")]
DutyPattern = Annotated[
    Pattern,
    PlainValidator(parse_pattern),
    _words(f"{_CLOCK}-{_CLOCK}(,{_CLOCK}-{_CLOCK})*", "duty intervals, such as `07:30-11:30, 12:30-16:00`"),
]
DutyPatterns = Annotated[
    tuple[DutyPattern, ...],
    BeforeValidator(_patterns, json_schema_input_type=DutyPattern | tuple[DutyPattern, ...]),
    Field(min_length=1),
]
Share = Annotated[float, PlainValidator(_probability), _words(_SHARE, "a share, such as `60 %`")]
Speed = Annotated[int, PlainValidator(_speed), _words(_SHARE, "a speed, such as `80 %`")]
Scale = Annotated[float, PlainValidator(_scale), _words(_SHARE, "a scale, such as `120 %`")]
ArrivalRate = Annotated[Rate, PlainValidator(parse_rate), _words(rf"{_COUNT}\s+per\s+(day|hour|min|s)\s*", "a rate, such as `40 per day`")]
Target = Annotated[TargetValue, PlainValidator(_target), _words(f"{_SHARE}within{_TIME}", "a target, such as `90 % within 15 min`")]
Closing = Annotated[
    Literal["serve all", "send home"], PlainValidator(_closing), WithJsonSchema({"enum": ["serve all", "send home"]})
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
NumberOfCounters = Annotated[int, Field(ge=0, le=1000)]


class Validated(NamedTuple):
    """Stands for a part of a file that was validated before, and holds its value."""

    value: Any


def _as_validated(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value.value if isinstance(value, Validated) else handler(value)


PART = WrapValidator(_as_validated)
"""Marks the parts of a scenario that are validated by themselves, so that a part that variants share is validated once."""


class Model(BaseModel):
    """Frozen and strict; every unknown key is an error, and a known one without a value counts as not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _given(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        if info.context is not None:  # record which model reads which mapping, so that an error message can look up the model's keys
            info.context[id(value)] = cls
        return {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}


class Name(Model):
    """A display name in English and Indonesian."""

    en: str
    """The name shown in English."""
    id: str
    """The name in Indonesian. Tables and pictures show the English one so far."""


Names = Annotated[Annotated[Name, Tag("<mapping>")] | Annotated[str, Tag("<text>")], _by_shape("<mapping>", "<text>")]


class Uniform(Model):
    """Every value between `low` and `high` is equally likely."""

    low: Duration
    """Shortest value."""
    high: PositiveDuration
    """Longest value."""

    @model_validator(mode="after")
    def _order(self) -> Uniform:
        if self.low > self.high:
            raise ValueError("'low' must not be above 'high'")
        return self


class Triangular(Model):
    """A peak at `mode`, falling straight to `low` and `high`; for guesses of the kind 'usually 5, never above 12'."""

    low: Duration
    """Shortest value."""
    mode: Duration
    """Most likely value."""
    high: PositiveDuration
    """Longest value."""

    @model_validator(mode="after")
    def _order(self) -> Triangular:
        if not self.low <= self.mode <= self.high:
            raise ValueError("the order must be low, mode, high")
        return self


class MeanCv(Model):
    """A distribution given by its mean and its coefficient of variation (standard deviation ÷ mean)."""

    mean: PositiveDuration
    """Mean."""
    cv: Annotated[Number, Field(gt=0, le=20)]
    """Coefficient of variation, above 0: 0.5 is regular, 1 as irregular as the exponential, 1.5 very irregular."""


class Erlang(Model):
    """The sum of `stages` exponential stages of equal mean: a gamma distribution with a whole shape."""

    mean: PositiveDuration
    """Mean of the sum."""
    stages: Annotated[int, Field(ge=1, le=1000)]
    """Number of stages, 1 or more; cv = 1 ÷ √stages."""


class Weibull(Model):
    """A Weibull distribution by mean and shape."""

    mean: PositiveDuration
    """Mean."""
    shape: Annotated[Number, Field(ge=0.1, le=100)]
    """Shape: below 1 heavy-tailed, 1 exponential, above 1 regular."""


class Branch(Model):
    """One branch of a hyperexponential distribution."""

    share: Share
    """How often this branch is taken; the shares of all branches add up to 100 %."""
    mean: PositiveDuration
    """Mean of the exponential time in this branch."""


class Observation(Model):
    """One observed value and how often it was seen."""

    value: Duration
    """The value."""
    weight: Annotated[Number, Field(gt=0)]
    """How often it was seen (any positive number; weights are scaled to add up to 1)."""


Observed = Annotated[Annotated[Observation, Tag("<mapping>")] | Annotated[Duration, Tag("<text>")], _by_shape("<mapping>", "<text>")]


def _quantiles(value: dict[float, int]) -> dict[float, int]:
    shares = sorted(value)
    if len(shares) < 2 or shares[0] != 0.0 or shares[-1] != 1.0:
        raise ValueError("quantiles must begin at '0 %' and end at '100 %'")
    for lower, higher in pairwise(shares):
        if value[higher] < value[lower]:
            raise ValueError(f"the quantile at {higher * 100:g} % is below the one at {lower * 100:g} %; they must not fall")
    return {share: value[share] for share in shares}


def _spaced_quantiles(value: tuple[int, ...]) -> dict[float, int]:
    for lower, higher in pairwise(value):
        if higher < lower:
            raise ValueError(f"{clock.format_duration(higher)} comes after {clock.format_duration(lower)}; the quantiles must not fall")
    return {number / (len(value) - 1): time for number, time in enumerate(value)}


if TYPE_CHECKING:
    Quantiles = dict[float, int]  # in both forms, by share
else:
    Quantiles = Annotated[
        Annotated[dict[Share, Duration], WrapValidator(_each_key_once), AfterValidator(_quantiles), Tag("<mapping>")]
        | Annotated[tuple[Duration, ...], Field(min_length=2), AfterValidator(_spaced_quantiles), Tag("<list>")],
        _by_shape("<list>", "<mapping>"),
    ]


class Empirical(Model):
    """Values that were observed, or quantiles that were read off them. Give exactly one of the two keys."""

    values: Annotated[tuple[Observed, ...], Field(min_length=1)] | None = None
    """Observed values, each equally likely unless written with a `weight`; only these values occur."""
    quantiles: Quantiles | None = None
    """Quantiles from 0 % to 100 %, such as `{0 %: 1 min, 50 %: 6 min, 90 %: 15 min, 100 %: 40 min}`; straight lines between them. A list is
    equally spaced from 0 % to 100 %: `[1 min, 4 min, 6 min, 15 min, 40 min]` is the shortest, the three quartiles and the longest."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Empirical:
        if (self.values is None) == (self.quantiles is None):
            raise ValueError("give exactly one of 'values' and 'quantiles'")
        return self


def _adding_up(value: tuple[Any, ...]) -> tuple[Any, ...]:
    total = math.fsum(item.share for item in value)
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"the shares add up to {total * 100:g} %; they must add up to 100 %")
    return value


def _shares_adding_up(value: dict[int, float]) -> dict[int, float]:
    total = math.fsum(value.values())
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"the shares add up to {total * 100:g} %; they must add up to 100 %")
    return value


def _whole_number(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,4}", text):
        raise ValueError(f"got {shown(value)}; give a whole number, such as 2")
    return int(text)


def _all_adding_up(value: dict[str, Any]) -> dict[str, Any]:
    _adding_up(tuple(value.values()))
    return value


class Part(Model):
    """One part of a mixture."""

    share: Share
    """How often the time comes from this part; the shares of all parts add up to 100 %."""
    time: TimeDistribution
    """The distribution in this part: a duration (constant, also `0 min`) or any family except a mixture."""


FAMILIES = (
    "exponential",
    "uniform",
    "triangular",
    "gamma",
    "erlang",
    "hyperexponential",
    "weibull",
    "lognormal",
    "empirical",
    "mixture",
    "constant",
)


class Distribution(Model):
    """A distribution of times: exactly one family, optionally moved by `plus` and then capped at `at_most`."""

    constant: Duration | None = None
    """Always the same time. A plain duration, such as `8 min`, means the same; with this key it can have `plus` or `at_most`."""
    exponential: PositiveDuration | None = None
    """Exponential with this mean."""
    uniform: Uniform | None = None
    """Uniform between two values."""
    triangular: Triangular | None = None
    """Triangular with shortest, most likely and longest value."""
    gamma: MeanCv | None = None
    """Gamma by mean and cv."""
    erlang: Erlang | None = None
    """Erlang by mean and number of stages."""
    hyperexponential: Annotated[tuple[Branch, ...], AfterValidator(_adding_up)] | None = None
    """Hyperexponential: a list of branches with `share` and `mean`."""
    weibull: Weibull | None = None
    """Weibull by mean and shape."""
    lognormal: MeanCv | None = None
    """Lognormal by mean and cv: the usual shape of service times at a counter."""
    empirical: Empirical | None = None
    """Observed values or quantiles."""
    mixture: Annotated[tuple[Part, ...], AfterValidator(_adding_up)] | None = None
    """A mixture: a list of parts with `share` and `time`."""
    plus: Duration | None = None
    """Added to every value (a shift), before `at_most`."""
    at_most: PositiveDuration | None = None
    """No value is longer than this (a cap)."""

    @property
    def family(self) -> str:
        """The one family that is given."""
        return next(name for name in FAMILIES if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_family(self) -> Distribution:
        given = [name for name in FAMILIES if getattr(self, name) is not None]
        if len(given) != 1:
            got = " and ".join(f"'{name}'" for name in given) or "none"
            raise ValueError(f"got {got}; give exactly one of {', '.join(FAMILIES)}")
        for part in self.mixture or ():
            if part.time.mixture is not None:
                raise ValueError("a part of a mixture cannot be a mixture itself; list its parts here")
        return self


def _distribution(value: Any) -> Any:
    if isinstance(value, str) and (found := _BETWEEN.fullmatch(value)):
        low, high = (respelled(f"{number} {found[3]}") for number in (found[1], found[2]))
        if _is_duration(low) and _is_duration(high) and clock.parse_duration(low) <= clock.parse_duration(high) > 0:
            raise ValueError(f"got {shown(value)}; a time between two is written '{{uniform: {{low: {low}, high: {high}}}}}'")
    return value if isinstance(value, dict) else {"constant": value}


_BETWEEN = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:[–—-]|to|sampai|hingga|s/d)\s*(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)\s*")


def _is_duration(text: str) -> bool:
    try:
        clock.parse_duration(text)
    except ValueError:
        return False
    return True


TimeDistribution = Annotated[Distribution, BeforeValidator(_distribution, json_schema_input_type=Duration | Distribution)]


class Service(Model):
    """One thing that citizens come for, with the time that it takes."""

    name: Names | None = None
    """Display name; one text, or one for each language. Without it the identifier is shown."""
    service_time: TimeDistribution
    """How long a counter is busy with one citizen: a duration (constant) or a distribution."""


ServiceReference = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?$")]
CounterSpeed = Annotated[Annotated[Speed, Tag("<text>")] | Annotated[dict[ServiceReference, Speed], Tag("<mapping>")], _by_shape("<mapping>", "<text>")]


class Counter(Model):
    """One counter, or `count` counters that are alike."""

    name: str | None = None
    """What is written over the counter."""
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many counters are like this."""
    services: tuple[str, ...] | None = None
    """Services it serves, as `service` (of its own unit), `unit.service`, or `unit` for a unit with one service; without the key,
    all of its own unit. The ticket order decides among them."""
    helps: tuple[str, ...] | None = None
    """Services it serves only while no ticket of its `services` waits."""
    speed: CounterSpeed | None = None
    """How fast its officer works: at `80 %` a service of 8 min takes 10 min (rule R16). One speed, or one for each service, written as in
    `services`: `{renewal: 120 %}`. Services without a speed are served at `100 %`."""
    duty: DutyPattern | None = None
    """Its duty intervals; without the key, the unit's patterns in turn."""
    absence: Share | None = None
    """On how many of the days its officer does not come, such as `5 %` (rule R22); without the key, the unit's `absence`."""


AbsenceTable = Annotated[
    dict[Annotated[int, PlainValidator(_whole_number), WithJsonSchema({"type": "integer", "takes": "a number of officers"})], Share],
    WrapValidator(_each_key_once),
    Field(min_length=1),
    AfterValidator(_shares_adding_up),
]

Floor = Annotated[Annotated[int, Tag("<number>")] | Annotated[str, Tag("<text>")], _by_shape("<number>", "<text>")]

CountersByInterval = Annotated[
    dict[OpeningHours, NumberOfCounters], WrapValidator(_each_key_once), AfterValidator(_apart), Field(min_length=1)
]

CountersOnDuty = Annotated[
    Annotated[NumberOfCounters, Tag("<number>")]
    | Annotated[tuple[Counter, ...], Tag("<list>")]
    | Annotated[CountersByInterval, Tag("<mapping>")]
    | Annotated[Literal["unlimited"], PlainValidator(_unlimited), WithJsonSchema({"const": "unlimited"}), Tag("<text>")],
    _by_shape("<number>", "<list>", "<mapping>", "<text>"),
]


class Busyness(Model):
    """How much whole days differ in the number of citizens (rule R18): each day has a factor of its own, which is 1 on average. The factor
    has a gamma distribution; give its `cv` or its `shape`."""

    cv: Annotated[Number, Field(gt=0, le=3)] | None = None
    """Standard deviation of the factor, since its mean is 1. With 0.2, on one day in ten 26 % more citizens come than on average, or more still.
    Counts by day have it: √(variance − mean) ÷ mean, over days of the same kind."""
    shape: Annotated[Number, Field(ge=0.1, le=1_000_000)] | None = None
    """Shape of the gamma distribution in place of its cv: shape = 1 ÷ cv²."""

    @property
    def gamma_shape(self) -> float:
        """The shape, however it was given."""
        return self.shape if self.shape is not None else 1.0 / (self.cv or 1.0) ** 2

    @model_validator(mode="after")
    def _one_way(self) -> Busyness:
        if (self.cv is None) == (self.shape is None):
            raise ValueError("give 'cv' or 'shape', one of them")
        return self


class Unit(Model):
    """A service unit of the hall: an agency's desk group, a welcome desk, a cashier. Give `services`, or `service_time` alone
    for a unit with one service."""

    name: Names | None = None
    """Display name; one text, or one for each language. Without it the identifier is shown."""
    floor: Floor | None = None
    """Floor, shown in tables; `walk` reads it."""
    counters: CountersOnDuty
    """Who serves here, in one of four forms: a number of counters; a list of counters with identity; a number for each interval
    of the day, such as `{07:30-10:00: 4, 10:00-16:00: 6}` (rule R9); or `unlimited` for a stop where nobody waits
    (self-service, filling in a form)."""
    duty: DutyPatterns | None = None
    """Duty patterns, dealt to the counters in turn: one text, or a list of texts for staggered shifts and breaks. Without the
    key, the hall's `duty`."""
    absence: Annotated[Annotated[Share, Tag("<text>")] | Annotated[AbsenceTable, Tag("<mapping>")], _by_shape("<mapping>", "<text>")] = 0.0
    """How often its officers do not come (rule R22): the probability for each of them on each day, such as `5 %`, or a table of how many are
    absent together, such as `{0: 80 %, 1: 15 %, 2: 5 %}`."""
    services: Annotated[dict[Identifier, Service], Field(min_length=1)] | None = None
    """The unit's services by identifier."""
    service_time: TimeDistribution | None = None
    """Service time of a unit with one service; that service bears the unit's identifier."""
    calling: Duration = 0
    """How long it takes from the call of one of its tickets until the citizen is at the counter, such as `20 s`. The counter is occupied
    from the call on, also if the citizen waited for nobody (rule R29). Without the key, no time."""
    waiting_room: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """How many may wait for this unit. A citizen who finds it full, and cannot be served at once, is turned away (rule R11).
    Without the key, no limit."""
    last_ticket: ClockTime | None = None
    """Last ticket time for citizens whose first stop is here; without the key, the hall's."""
    target: Target | None = None
    """The unit's own target; without the key, the hall's."""
    machine: bool = False
    """Whether its counters are machines, such as ticket kiosks: they need no officers, and their tickets, waits and hours are not in
    the figures of the whole hall."""
    busyness: Busyness | None = None
    """How much days differ in the number of citizens whose route comes here (rule R18): one factor for all of them, as when a school sends its
    pupils for identity cards. It multiplies the hall's."""

    @model_validator(mode="after")
    def _services(self) -> Unit:
        if (self.services is None) == (self.service_time is None):
            raise ValueError("give 'services', or 'service_time' alone for a unit with one service")
        return self


def _in_progress(value: Any) -> str:
    if value not in ("resume", "restart"):
        raise ValueError(f"got {shown(value)}; give 'resume' or 'restart'")
    return str(value)


InProgress = Annotated[Literal["resume", "restart"], PlainValidator(_in_progress), WithJsonSchema({"enum": ["resume", "restart"]})]


class Outage(Model):
    """A system that goes down: while it is down nobody is called for the services of its units, and services in progress stand still
    (rule R17). Give `at` for a planned outage, or `every` and `lasts` for outages by chance."""

    units: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The units whose services need the system; without the key, every unit whose counters are not `unlimited`."""
    at: DutyPattern | None = None
    """When it is down on every day, such as `10:00-10:45`, or several intervals with commas."""
    every: TimeDistribution | None = None
    """How long it stays up: from opening to the first outage, and from the end of one to the next. No outage begins after closing."""
    lasts: TimeDistribution | None = None
    """With `every`: how long an outage lasts."""
    in_progress: InProgress = "resume"
    """What happens to a service in progress when the system is up again: it goes on where it stood (`resume`), or begins anew (`restart`)."""

    @model_validator(mode="after")
    def _one_way(self) -> Outage:
        if (self.at is None) == (self.every is None and self.lasts is None):
            raise ValueError("give 'at' for a planned outage, or 'every' and 'lasts' for one by chance")
        if (self.every is None) != (self.lasts is None):
            raise ValueError(f"'every' and 'lasts' belong together; '{'lasts' if self.lasts is None else 'every'}' is missing")
        return self


class Rework(Model):
    """After this stop, some citizens have to go back."""

    share: Share
    """How many of those served here go back."""
    back_to: str | None = None
    """The earlier stop of the route to go back to, written as in the route; without the key, this stop once more."""
    at_most: Annotated[int, Field(ge=1, le=20)] = 1
    """The most times that one citizen is sent back from here."""


class Stop(Model):
    """A stop of a route that needs more than the name of a service."""

    stop: str
    """The service, as `unit.service`, or `unit` for a unit with one service."""
    share: Share = 1.0
    """How many of the citizens on this route make this stop; the others pass it by."""
    patience: TimeDistribution | None = None
    """How long a citizen waits at this stop before leaving; without the key, the source's."""
    rework: Rework | None = None
    """Who has to come again after this stop."""


class Alternative(Model):
    """One of the stops of a `one_of` that needs more than its share."""

    share: Share
    """How many of the citizens on this route make this stop and none of the others; the shares of all add up to 100 %."""
    patience: TimeDistribution | None = None
    """How long a citizen waits at this stop before leaving; without the key, the source's."""
    rework: Rework | None = None
    """Who has to come again after this stop; without `back_to`, to this same stop."""


def _alternative(value: Any) -> Any:
    return value if isinstance(value, dict) else {"share": value}


ServiceName = Annotated[str, _words(".+", "a service, such as `polda.sim`")]
Alternatives = Annotated[
    dict[ServiceName, Annotated[Alternative, BeforeValidator(_alternative, json_schema_input_type=Share | Alternative)]], Field(min_length=1)
]


class OneOf(Model):
    """A place in a route where each citizen makes exactly one of several stops, such as three quarters the simple service and one
    quarter the difficult one. Citizens keep their choice: those who have to come again make the same stop again."""

    one_of: Annotated[Alternatives, AfterValidator(_all_adding_up)]
    """The stops by service, each with its share: `{polda.sim: 75 %, polda.skck: 25 %}`. The shares add up to 100 %."""


def _stop(value: Any) -> Any:
    return value if isinstance(value, dict) else {"stop": value}


def _stop_or_one_of(value: Any) -> str:
    return "<one of>" if isinstance(value, dict) and "one_of" in value else "<stop>"


RouteStop = Annotated[
    Annotated[Annotated[Stop, BeforeValidator(_stop, json_schema_input_type=str | Stop)], Tag("<stop>")] | Annotated[OneOf, Tag("<one of>")],
    Discriminator(_stop_or_one_of),
]
Route = Annotated[tuple[RouteStop, ...], Field(min_length=1, max_length=50)]
RouteOrName = Annotated[Annotated[str, Tag("<text>")] | Annotated[Route, Tag("<list>")], _by_shape("<text>", "<list>")]

RatesByInterval = Annotated[dict[OpeningHours, ArrivalRate], WrapValidator(_each_key_once), AfterValidator(_apart), Field(min_length=1)]


def _weight(value: Any) -> float:
    if isinstance(value, bool | int | float):
        if isinstance(value, bool) or not 0 <= value <= CITIZENS:
            raise ValueError(f"got {shown(value)}; give a number of citizens from 0 to {CITIZENS}")
        return float(value)
    return _probability(value)


def _in_one_way(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Refuse shares beside counts: ``60 %`` beside ``13`` would be weighed 0.6 to 13."""
    if isinstance(value, dict) and len({isinstance(item, str) for item in value.values() if isinstance(item, str | int | float)}) > 1:
        raise ValueError("some values are shares and some are numbers; write all of a profile in one way")
    return _each_key_once(value, handler)


Weight = Annotated[
    float,
    PlainValidator(_weight),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{_SHARE}$", "takes": "a share, such as `60 %`"}, {"type": "number", "minimum": 0}]}),
]
Profile = Annotated[dict[OpeningHours, Weight], WrapValidator(_in_one_way), AfterValidator(_apart), Field(min_length=1)]


class Arrivals(Model):
    """How citizens come, if one rate is not enough. Give exactly one of `exactly`, `gaps` and `rates`."""

    exactly: Annotated[int, Field(ge=0, le=CITIZENS)] | None = None
    """This many citizens, no more and no fewer, spread by chance over the profile (not scaled by the hall's `arrivals`)."""
    gaps: TimeDistribution | None = None
    """Independent gaps between one citizen and the next from this distribution, from opening on."""
    rates: RatesByInterval | None = None
    """A rate for each interval of the day, such as `{08:00-09:00: 12 per hour, 09:00-10:00: 25 per hour}`; nobody comes outside of them."""
    first: Annotated[int, Field(ge=1, le=CITIZENS)] | None = None
    """Only this many citizens come, the first ones, whatever the rate."""

    @model_validator(mode="after")
    def _one_way(self) -> Arrivals:
        given = [name for name in ("exactly", "gaps", "rates") if getattr(self, name) is not None]
        if len(given) != 1:
            got = " and ".join(f"'{name}'" for name in given) or "none"
            raise ValueError(f"got {got}; give exactly one of exactly, gaps, rates")
        return self


RateOrArrivals = Annotated[Annotated[Arrivals, Tag("<mapping>")] | Annotated[ArrivalRate, Tag("<text>")], _by_shape("<mapping>", "<text>")]


class Source(Model):
    """A source of citizens: those who come for the same thing in the same way."""

    name: Names | None = None
    """Display name; one text, or one for each language."""
    arrivals: RateOrArrivals
    """How many come: a rate (`36 per day` is the mean of a Poisson number, spread over the `profile`; `12 per hour` holds all
    through the opening hours), or `exactly`, `gaps` or `rates`."""
    profile: str | None = None
    """Name of the profile over the day by which a number a day, or `exactly`, is spread; without the key, evenly over the opening hours."""
    rank: Annotated[int, Field(ge=0, le=7)] = 1
    """Priority rank of these citizens; lower is called first, 1 is regular, 0 is priority."""
    priority: Share = 0.0
    """How many of these citizens are priority citizens (elderly, disabled, pregnant …): they have rank 0."""
    busyness: Busyness | None = None
    """How much days differ in the number of these citizens (rule R18), apart from the hall's and the units' busyness, which multiply it."""
    patience: TimeDistribution | None = None
    """How long a citizen waits at each stop before leaving; without the key, without end."""
    route: RouteOrName
    """The stops in order, as a list, or the name of one of the hall's `routes`."""


class Walk(Model):
    """How long citizens walk from one unit to the next on their route (rule R29). Within a unit they do not walk."""

    within_floor: Duration = 0
    """From a unit to another on the same floor."""
    between_floors: Duration = 0
    """From a unit to one on another floor; each unit needs its `floor` then."""


class Variant(Model):
    """What a variant changes: beside `label`, each key is the dotted path of a value, as in `--set`: `{units.polda.counters: 8}`."""

    model_config = ConfigDict(extra="allow")

    label: Names | None = None
    """Display name, such as `16 officers`; one text, or one for each language. Without it the identifier is shown."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The dotted paths of the values that the variant sets, in the order of the file."""
        return tuple(self.__pydantic_extra__ or ())


class Scenario(Model):
    """A hall, a day in it and what is asked of it."""

    name: str
    """What the scenario is called in tables and pictures."""
    description: str = ""
    """A few words on what it shows."""
    hours: OpeningHours | None = None
    """Opening hours of the hall, such as `07:30-16:00`. Give either `hours` or `horizon`."""
    horizon: PositiveDuration | None = None
    """Length of the run for a system without opening hours (steady-state theory, a round-the-clock service); counters are
    always on duty."""
    warm_up: Duration | None = None
    """With `horizon`: tickets taken before this are not measured."""
    cool_down: Duration | None = None
    """With `horizon`: tickets taken in this last piece are not measured, so that those measured have been served."""
    last_ticket: ClockTime | None = None
    """From this time on no newcomer is let in; without the key, the end of the opening hours."""
    closing: Closing = "serve all"
    """At the end of the opening hours: `serve all` who are inside (overtime is counted), or `send home` those who wait
    (left-overs are counted)."""
    seats: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Seats in the hall, shown beside the number of people inside; nobody is turned away for lack of a seat."""
    duty: DutyPatterns | None = None
    """Duty patterns of units that give none; without the key, the opening hours."""
    target: Target | None = None
    """What share of the tickets is to be called within what time, such as `90 % within 15 min`."""
    arrivals: Scale = 1.0
    """Scale of every arrival rate (not of `exactly`), such as `120 %`."""
    busyness: Busyness | None = None
    """How much days differ in the number of citizens, all sources together (rule R18): each day multiplies every rate by a factor of its own,
    such as `{cv: 0.2}`. Without the key, days differ only as independent citizens make them differ."""
    profiles: dict[Identifier, Annotated[Profile, PART]] = Field(default_factory=dict)
    """Named profiles over the day: for each interval the share of the day's citizens who come in it, or how many were counted in it
    (`{07:30-08:00: 13, 08:00-08:30: 31}`); they are scaled to add up to 100 %."""
    units: Annotated[dict[Identifier, Annotated[Unit, PART]], Field(min_length=1)]
    """The service units by identifier, in the order in which they are shown."""
    outages: dict[Identifier, Annotated[Outage, PART]] = Field(default_factory=dict)
    """Systems that go down, by identifier (rule R17)."""
    walk: Annotated[Walk, PART] | None = None
    """How long citizens walk between units; without the key, they are at the next stop at once."""
    routes: dict[Identifier, Annotated[Route, PART]] = Field(default_factory=dict)
    """Named routes that several sources may share."""
    citizens: Annotated[dict[Identifier, Annotated[Source, PART]], Field(min_length=1)]
    """The sources of citizens by identifier."""
    interval: PositiveDuration = 30 * clock.MINUTE
    """Length of the intervals by which the day is shown in tables and pictures."""
    grid: PositiveDuration = clock.MICROSECOND
    """Step of the clock; every time is a multiple of it. Coarser steps serve tests of ties only."""
    replications: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """How many days are simulated (or runs, with `horizon`)."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    """Seed of all chance; the same seed gives the same days."""
    variants: dict[Identifier, Annotated[Variant, PART]] = Field(default_factory=dict)
    """Named variants of this file."""

    @property
    def bounds(self) -> Interval:
        """The opening hours, or the whole run of a system without them."""
        return self.hours or Interval(0, self.horizon or 0)


Part.model_rebuild()
Distribution.model_rebuild()
