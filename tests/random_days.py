"""Random scenarios, small and rich in ties: few steps of a coarse clock, durations of a few steps, every feature of the language."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from sim import clock

OPENS = 8 * clock.HOUR
GRIDS = ("1 us", "1 s", "30 s", "60 s")

Document = dict[str, Any]
"""A scenario as the plain values of a scenario file."""

QUICK = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),  # no time for making examples small: the long run does that
    suppress_health_check=list(HealthCheck),
)
"""The same few examples in each run of the quick suite."""


class _Day:
    """The steps of one day, and the texts in which a scenario says them."""

    def __init__(self, step: int, steps: int, has_hours: bool) -> None:
        self.step, self.steps, self.has_hours = step, steps, has_hours

    def clock(self, number: int) -> str:
        """The clock time so many steps after opening."""
        seconds = (OPENS + number * self.step) // clock.SECOND
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def interval(self, start: int, end: int) -> str:
        return f"{self.clock(start)}-{self.clock(end)}"

    def duration(self, number: float) -> str:
        return f"{round(number * self.step)} us"


_BUSYNESS = st.sampled_from([{"cv": 0.3}, {"shape": 1}])


def _some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _share(low: int = 0) -> st.SearchStrategy[str]:
    return st.sampled_from([share for share in (0, 20, 50, 80, 100) if share >= low]).map("{} %".format)


@st.composite
def _times(draw: st.DrawFn, day: _Day, least: int, most: int) -> Any:
    """A distribution of durations of a few steps: mostly constant or a few values, so that instants coincide."""
    one = st.integers(least, most).map(day.duration)
    kind = draw(st.sampled_from(["constant", "constant", "values", "values", "exponential", "uniform", "gamma", "mixture"]))
    if kind == "constant":
        return draw(one)
    if kind == "values":
        return {"empirical": {"values": draw(st.lists(one, min_size=1, max_size=3))}}
    if kind == "uniform":
        return {"uniform": {"low": day.duration(least), "high": day.duration(most)}}
    if kind == "gamma":
        return {"gamma": {"mean": day.duration(most / 2), "cv": draw(st.sampled_from([0.5, 1.5]))}}
    if kind == "mixture":
        return {
            "mixture": [{"share": "50 %", "time": day.duration(least)}, {"share": "50 %", "time": {"exponential": day.duration(most / 2)}}]
        }
    return {"exponential": day.duration(most / 2), "at_most": day.duration(3 * most)}


@st.composite
def _pattern(draw: st.DrawFn, day: _Day) -> str:
    """One to three duty intervals, also before opening and after closing, and touching ones."""
    marks = draw(st.lists(st.integers(-5, day.steps + 10), min_size=2, max_size=6, unique=True).map(sorted))
    pieces = [(start, end) for start, end in zip(marks[::2], marks[1::2], strict=False)]
    if draw(st.booleans()):
        pieces = [(pieces[0][0], day.steps)] if pieces[0][0] < day.steps else pieces
    if len(pieces) > 1 and draw(st.booleans()):
        pieces = [(pieces[0][0], pieces[1][0]), *pieces[1:]]
    return ", ".join(day.interval(*piece) for piece in pieces)


@st.composite
def _pieces(draw: st.DrawFn, day: _Day, values: st.SearchStrategy[Any], low: int, high: int) -> dict[str, Any]:
    """Values for one to three intervals of the day, apart from each other."""
    marks = draw(st.lists(st.integers(low, high), min_size=2, max_size=4, unique=True).map(sorted))
    pairs = list(pairwise(marks)) if draw(st.booleans()) else list(zip(marks[::2], marks[1::2], strict=False))
    return {day.interval(*pair): draw(values) for pair in pairs}


@st.composite
def _counters(draw: st.DrawFn, day: _Day, name: str, services: dict[str, list[str]], limited: list[str]) -> Any:
    """The counters of a unit in one of their four forms; ``limited`` are the services that counters may serve, as references."""
    forms = ["number", "list", "list", "by number", "by number"] if day.has_hours else ["number", "list"]
    form = draw(st.sampled_from(forms))
    if form == "number":
        return draw(st.integers(1, 3))
    if form == "by number":
        pieces = draw(_pieces(day, st.sampled_from([2, 3, 1, 0]), -5, day.steps + 10))
        if not any(pieces.values()):
            pieces[next(iter(pieces))] = 1
        return pieces
    own = [f"{name}.{service}" for service in services[name]]
    counters: list[Document] = []
    for _ in range(draw(st.integers(1, 4))):
        counter: Document = {}
        serves = own
        if draw(st.booleans()):
            serves = counter["services"] = draw(st.lists(st.sampled_from(limited), min_size=1, max_size=3, unique=True))
        others = [reference for reference in limited if reference not in serves]
        if others and draw(st.integers(0, 2)) > 0:
            counter["helps"] = draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))
        if day.has_hours and draw(st.booleans()):
            counter["duty"] = draw(_pattern(day))
        if draw(st.integers(0, 3)) == 0:
            counter["count"] = 2
        if draw(st.integers(0, 3)) == 0:
            speed = st.sampled_from(["50 %", "80 %", "100 %", "150 %", "33.33 %"])
            counter["speed"] = draw(speed | st.dictionaries(st.sampled_from([*serves, *counter.get("helps", ())]), speed, max_size=2))
        counters.append(counter)
    # Somebody must serve each service at some time: a last counter takes what the others leave.
    left = [
        reference
        for reference in own
        if not any(reference in (*counter.get("services", own), *counter.get("helps", ())) for counter in counters)
    ]
    if left:
        counters.append({"services": left})
    return counters


@st.composite
def _route(draw: st.DrawFn, day: _Day, references: list[str]) -> list[Any]:
    stops: list[Any] = []
    names: list[str] = []

    def inner(name: str) -> Document:
        stop: Document = {}
        if draw(st.integers(0, 2)) == 0:
            stop["patience"] = draw(_times(day, 0, 6))
        if draw(st.integers(0, 3)) == 0:
            stop["rework"] = {"share": draw(_share()), "at_most": draw(st.integers(1, 2)), "back_to": draw(st.sampled_from([*names, name]))}
        return stop

    for _ in range(draw(st.integers(1, 3))):
        if len(references) > 1 and draw(st.integers(0, 4)) == 0:
            either, other = draw(st.lists(st.sampled_from(references), min_size=2, max_size=2, unique=True))
            share = draw(st.sampled_from([0, 20, 50]))
            stops.append({"one_of": {either: {"share": f"{share} %", **inner(either)}, other: f"{100 - share} %"}})
            names += [either, other]
            continue
        name = draw(st.sampled_from(references))
        stop = {"stop": name, **inner(name)}
        names.append(name)
        if draw(st.integers(0, 3)) == 0:
            stop["share"] = draw(_share())
        stops.append(stop)
    return stops


@st.composite
def _arrivals(draw: st.DrawFn, day: _Day) -> Any:
    per_second = 1_000_000 / day.step
    rate = st.sampled_from([0.2, 0.5, 1.0]).map(lambda number: f"{number * per_second:.9f} per s")
    forms = ["rate", "exactly", "gaps", "gaps", "rates"] if day.has_hours else ["rate", "exactly", "gaps"]
    form = draw(st.sampled_from(forms))
    if form == "rate":
        return draw(rate)
    if form == "exactly":
        return {"exactly": draw(st.integers(0, 25))}
    if form == "gaps":
        arrivals: Document = {"gaps": draw(_times(day, 1, 4))}
    else:
        arrivals = {"rates": draw(_pieces(day, rate, -8, day.steps + 2))}
    if draw(st.integers(0, 3)) == 0:
        arrivals["first"] = draw(st.integers(1, 20))
    return arrivals


@st.composite
def _outages(draw: st.DrawFn, day: _Day, limited: list[str]) -> Document:
    """None to two systems that go down, planned or by chance, touching and overlapping ones too."""
    outages: Document = {}
    for number in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        outage: Document = {"in_progress": draw(st.sampled_from(["resume", "restart"]))}
        if draw(st.booleans()):
            outage["units"] = draw(st.lists(st.sampled_from(limited), min_size=1, max_size=2, unique=True))
        if day.has_hours and draw(st.booleans()):
            outage["at"] = draw(_pattern(day))
        else:
            outage |= {"every": draw(_times(day, 3, 12)), "lasts": draw(_times(day, 1, 6))}
            if isinstance(outage["every"], str):
                outage["every"] = {"empirical": {"values": [outage["every"]]}}
        outages[f"system_{number}"] = outage
    return outages


def scenarios() -> st.SearchStrategy[Document]:
    """A scenario as plain values of a scenario file, valid by construction."""
    return _halls().map(lambda hall: hall.document)


@st.composite
def restaffed(draw: st.DrawFn) -> tuple[Document, Document, list[str]]:
    """A scenario, the same with other counters and duties in some units, and the names of these units."""
    document, day, services, limited = draw(_halls())
    units = dict(document["units"])
    names = [name for name, unit in units.items() if unit["counters"] != "unlimited" and draw(st.integers(0, 3)) > 0]
    for name in names:
        counters = draw(_counters(day, name, services, limited))
        units[name] = {key: value for key, value in units[name].items() if key != "duty"} | {"counters": counters}
        if day.has_hours and not isinstance(counters, dict) and draw(st.booleans()):
            units[name]["duty"] = draw(st.lists(_pattern(day), min_size=1, max_size=2))
    return document, {**document, "units": units}, names


@st.composite
def with_extras(draw: st.DrawFn) -> Document:
    """A scenario with some of the rules that few halls use; each rule has a function of its own below, which adds it to a hall or does not."""
    hall = draw(_halls())
    for add in (_absence, _calling):
        add(draw, hall)
    return hall.document


def _absence(draw: st.DrawFn, hall: _Hall) -> None:
    """R22: in some units, officers who may be absent, each by himself or by a table."""
    for unit in hall.document["units"].values():
        counters = unit["counters"]
        if counters == "unlimited" or draw(st.integers(0, 2)):
            continue
        if isinstance(counters, list) and draw(st.booleans()):
            for counter in counters:
                counter["absence"] = draw(_share())
        elif draw(st.booleans()):
            unit["absence"] = draw(_share())
        else:
            unit["absence"] = {"0": "50 %", "1": "50 %"}


def _calling(draw: st.DrawFn, hall: _Hall) -> None:
    """R29: units whose citizens need some steps from the call to the counter, and walks between units."""
    for number, unit in enumerate(hall.document["units"].values()):
        if unit["counters"] != "unlimited" and draw(st.booleans()):
            unit["calling"] = hall.day.duration(draw(st.integers(0, 3)))
        unit["floor"] = draw(st.integers(1, 2)) if number else 1
    if draw(st.booleans()):
        hall.document["walk"] = {"within_floor": hall.day.duration(draw(st.integers(0, 2))), "between_floors": hall.day.duration(draw(st.integers(0, 3)))}


class _Hall(NamedTuple):
    """A scenario, its day, its services by unit, and references to those that counters may serve."""

    document: Document
    day: _Day
    services: dict[str, list[str]]
    limited: list[str]


@st.composite
def _halls(draw: st.DrawFn) -> _Hall:
    grid = draw(st.sampled_from(GRIDS))
    has_hours = draw(st.integers(0, 4)) > 0
    fine = clock.SECOND if has_hours else draw(st.sampled_from([1, clock.SECOND]))
    step = {"1 us": fine, "1 s": clock.SECOND, "30 s": 30 * clock.SECOND, "60 s": clock.MINUTE}[grid]
    day = _Day(step, draw(st.integers(20, 50)), has_hours)
    document: Document = {"name": "at random", "grid": grid}
    if has_hours:
        document |= {
            "hours": day.interval(0, day.steps),
            "interval": day.duration(7),
            "closing": draw(st.sampled_from(["serve all", "send home"])),
        }
        if draw(st.booleans()):
            document["last_ticket"] = day.clock(draw(st.integers(day.steps // 2, day.steps)))
        if draw(st.booleans()):
            document["duty"] = draw(st.lists(_pattern(day), min_size=1, max_size=2))
    else:
        document["horizon"] = day.duration(day.steps)
        if draw(st.booleans()):
            document |= {"warm_up": day.duration(3), "cool_down": day.duration(2)}
    if draw(st.booleans()):
        document["target"] = f"80 % within {day.duration(2)}"

    names = ["one", "two", "three"][: draw(st.integers(1, 3))]
    services = {name: ["a", "b"][: draw(st.integers(1, 2))] for name in names}
    unlimited = [name for name in names if draw(st.integers(0, 4)) == 0]
    references = [f"{name}.{service}" for name in names for service in services[name]]
    limited = [reference for reference in references if reference.partition(".")[0] not in unlimited]
    units: Document = {}
    for name in names:
        unit: Document = {"services": {service: {"service_time": draw(_times(day, 1, 5))} for service in services[name]}}
        if name in unlimited:
            unit["counters"] = "unlimited"
        else:
            unit["counters"] = draw(_counters(day, name, services, limited))
            if (room := draw(_some(st.integers(0, 3)))) is not None:
                unit["waiting_room"] = room
            if has_hours and not isinstance(unit["counters"], dict) and draw(st.booleans()):
                unit["duty"] = draw(st.lists(_pattern(day), min_size=1, max_size=2))
        if has_hours and draw(st.integers(0, 3)) == 0:
            unit["last_ticket"] = day.clock(draw(st.integers(day.steps // 2, day.steps)))
        units[name] = unit
    document["units"] = units
    if staffed := [name for name in names if name not in unlimited]:
        document["outages"] = draw(_outages(day, staffed))

    citizens: Document = {}
    for number in range(draw(st.integers(1, 3))):
        source: Document = {"arrivals": draw(_arrivals(day)), "route": draw(_route(day, references))}
        if draw(st.booleans()):
            source |= {"rank": draw(st.integers(0, 2)), "priority": draw(_share())}
        if draw(st.booleans()):
            source["patience"] = draw(_times(day, 0, 6))
        if draw(st.integers(0, 5)) == 0 and not (isinstance(source["arrivals"], dict) and "exactly" in source["arrivals"]):
            source["busyness"] = draw(_BUSYNESS)
        citizens[f"source_{number}"] = source
    if draw(st.integers(0, 3)) == 0:
        document["routes"] = {"shared": draw(_route(day, references))}
        citizens["source_0"]["route"] = "shared"
    if draw(st.integers(0, 3)) == 0:
        document["arrivals"] = "150 %"
    document["citizens"] = citizens
    if draw(st.integers(0, 5)) == 0:
        units[names[-1]]["busyness"] = draw(_BUSYNESS)
    by_chance = [source for source in citizens.values() if not (isinstance(source["arrivals"], dict) and "exactly" in source["arrivals"])]
    if by_chance and draw(st.integers(0, 5)) == 0:
        document["busyness"] = draw(_BUSYNESS)
    return _Hall(document, day, services, limited)
