"""The cases that the model can express, each as a scenario; and those it cannot, each with its reason.

Time scale: one unit of a case (minute, hour, slot or none) is one minute of the scenario, a second stays a second; the clock's
microsecond is then less than 1e-5 of any expected time.

Steady cases run 50 independent replications. Warm-up is 20 relaxation times of the case, cool-down 10. The relaxation time of a
queue without abandonment is taken as that of its diffusion, 2 (λ c²ₐ + c/S · c²ₛ) / (c/S − λ)², which for M/M/1 is within 1 % of
the exact 1/(√μ − √λ)² at ρ = 0.8, but never less than one service time S; with priorities four times that of the whole queue; with
abandonment the sum of mean service time and mean patience (where the queue would be stable without, the longer of the two).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from sim.clock import MINUTE, SECOND
from sim.results.measures import SERVED_WITHIN, WAIT_OF_ALL, WAITED
from sim.results.outcomes import ABANDONED, LEFT_OVER, REFUSED_FULL, SERVED

from . import readings as read
from .judging import CASES, PLANS, Quantile, Ratio, System, expected_numbers, limit_of_plans

REPLICATIONS = 50


def _case(identifier: str) -> dict:
    return CASES[identifier]["parameters"]


def relaxation(arrivals: float, service: float, counters: int, cv2_arrivals: float = 1.0, cv2_service: float = 1.0) -> float:
    """The relaxation time of a stable queue, in the case's unit, as said above."""
    rate = counters / service
    return max(service, 2.0 * (arrivals * cv2_arrivals + rate * cv2_service) / (rate - arrivals) ** 2)


def steady(units: str, citizens: str, *, rate: float, relaxation: float, customers: float, time: str = "min") -> str:
    """A scenario with a horizon that brings about so many customers (of all 50 replications) into the window."""
    warm_up, cool_down = 20.0 * relaxation, 10.0 * relaxation
    horizon = warm_up + customers / REPLICATIONS / rate + cool_down
    return f"name: steady\nhorizon: {horizon} {time}\nwarm_up: {warm_up} {time}\ncool_down: {cool_down} {time}\nunits:\n{units}\ncitizens:\n{citizens}\n"


def queue(
    identifier: str,
    *,
    service: str,
    mean: float,
    arrivals: str,
    rate: float,
    counters: int,
    cv2: tuple[float, float] = (1.0, 1.0),
    relaxed: float | None = None,
    patience: str = "",
    more: str = "",
    customers: float = 5.2e6,
    variant: str = "",
    quick: bool = False,
    time: str = "min",
    instead: dict[str, Ratio | Quantile] | None = None,
    ungiven: Iterable[str] = (),
) -> System:
    """One queue in steady state."""
    us = {"min": MINUTE, "s": SECOND}[time]
    text = steady(
        f"  desk: {{counters: {counters}, service_time: {service}{more}}}",
        f"  everyone: {{arrivals: {arrivals}, {patience}route: [desk]}}",
        rate=rate,
        relaxation=relaxation(rate, mean, counters, *cv2) if relaxed is None else relaxed,
        customers=customers,
        time=time,
    )
    given = [name for name in expected_numbers(identifier) if name not in ungiven]
    found = {name: (instead or {}).get(name) or read.of_one_queue(name, us) for name in given}
    return System(identifier, text, found, REPLICATIONS, variant, quick)


def markov(identifier: str, *, more: str = "", relaxed: float | None = None, customers: float = 5.2e6, quick: bool = False) -> System:
    """M/M/c, by the parameters of the case; with `more` keys of the unit."""
    given = _case(identifier)
    return queue(
        identifier,
        service=f"{{exponential: {1 / given['mu']!r} min}}",
        mean=1 / given["mu"],
        arrivals=f"{given['lam']} per min",
        rate=given["lam"],
        counters=given["c"],
        relaxed=relaxed,
        more=more,
        customers=customers,
        quick=quick,
    )


def erlang_a(identifier: str, *, customers: float = 5.2e6, quick: bool = False) -> System:
    """M/M/c with exponential patience."""
    given = _case(identifier)
    return queue(
        identifier,
        service=f"{{exponential: {1 / given['mu']!r} min}}",
        mean=1 / given["mu"],
        arrivals=f"{given['lam']} per min",
        rate=given["lam"],
        counters=given["c"],
        relaxed=1 / given["mu"] + 1 / given["theta"],
        patience=f"patience: {{exponential: {1 / given['theta']!r} min}}, ",
        customers=customers,
        quick=quick,
    )


def _queues() -> Iterable[System]:
    yield markov("mm1-01")
    yield markov("mm1-02", customers=2.1e6, quick=True)
    for identifier in ("mm1-03", "mmc-01", "mmc-02", "mmc-03", "mmc-04", "mmc-05", "mmc-06"):
        yield markov(identifier)
    for identifier, customers in (("mmck-01", 1.8e6), ("mmck-02", 5.2e6)):
        given = _case(identifier)
        yield markov(
            identifier, more=f", waiting_room: {given['K'] - given['c']}", relaxed=relaxation(given["lam"], 1 / given["mu"], given["c"]),
            customers=customers, quick=identifier == "mmck-01",
        )  # fmt: skip
    given = _case("erlb-01")
    for variant, service in (("", "{exponential: 4 min}"), ("lognormal", "{lognormal: {mean: 4 min, cv: 1.5}}")):
        yield queue(
            "erlb-01", variant=variant, service=service, mean=4.0, arrivals=f"{given['lam']} per min", rate=given["lam"], counters=given["c"],
            more=", waiting_room: 0", relaxed=4.0 * (1.0 if not variant else 1.0 + 1.5**2), quick=True, customers=2.4e6,
        )  # fmt: skip
    for identifier in ("erla-01", "erla-02", "erla-04"):
        yield erlang_a(identifier)
    yield queue(
        "mmcG-01", service="{exponential: 5 min}", mean=5.0, arrivals="0.9 per min", rate=0.9, counters=4, relaxed=30.0, patience="patience: 20 min, ",
    )  # fmt: skip
    yield queue(
        "mmcG-03", service="{exponential: 100 s}", mean=100.0, arrivals=f"{1 / 18!r} per s", rate=1 / 18, counters=8, relaxed=1100.0, time="s",
        patience="patience: {mixture: [{share: 10 %, time: 0 s}, {share: 90 %, time: {exponential: 1000 s}}]}, ",
        instead={"p_wait": read.not_served_at_once},
    )  # fmt: skip
    yield queue("mg1-01", service="{lognormal: {mean: 5 min, cv: 1.5}}", mean=5.0, arrivals="0.15 per min", rate=0.15, counters=1, cv2=(1.0, 2.25))
    yield queue("mg1-02", service="{gamma: {mean: 5 min, cv: 0.5}}", mean=5.0, arrivals="0.18 per min", rate=0.18, counters=1, cv2=(1.0, 0.25))
    yield queue("md1-01", service="1 min", mean=1.0, arrivals="0.8 per min", rate=0.8, counters=1, cv2=(1.0, 0.0), customers=3.2e6, quick=True)
    yield queue("mph1-01", service="{erlang: {mean: 5 min, stages: 2}}", mean=5.0, arrivals="0.16 per min", rate=0.16, counters=1, cv2=(1.0, 0.5))
    yield queue(
        "mph1-02", mean=5.0, arrivals="0.14 per min", rate=0.14, counters=1, cv2=(1.0, 4.0),
        service=f"{{hyperexponential: [{{share: 88.7298335 %, mean: {1 / 0.354919334!r} min}}, {{share: 11.2701665 %, mean: {1 / 0.045080666!r} min}}]}}",
    )  # fmt: skip
    for identifier in ("mdc-2", "mdc-5"):
        given = _case(identifier)
        yield queue(
            identifier, service="1 min", mean=1.0, arrivals=f"{given['lam']} per min", rate=given["lam"], counters=given["c"], cv2=(1.0, 0.0),
        )  # fmt: skip
    yield queue(
        "dmc-01", service="{exponential: 1 min}", mean=1.0, arrivals="{gaps: 1.25 min}", rate=0.8, counters=1, cv2=(0.0, 1.0), ungiven=["sigma"],
    )  # fmt: skip
    yield queue(
        "dmc-02", service="{exponential: 1 min}", mean=1.0, arrivals="{gaps: 25 s}", rate=2.4, counters=3, cv2=(0.0, 1.0), ungiven=["sigma"],
    )  # fmt: skip
    yield queue(
        "emc-01", service="{exponential: 1 min}", mean=1.0, arrivals=f"{{gaps: {{erlang: {{mean: {1 / 1.7!r} min, stages: 2}}}}}}", rate=1.7, counters=2,
        cv2=(0.5, 1.0), ungiven=["sigma"],
    )  # fmt: skip


# Several classes, several stations


def ranked(
    identifier: str, *, services: list[str], mean: float, cv2: float, counters: int, names: dict[str, Ratio], customers: float = 5.2e6, quick: bool = False
) -> System:
    """Classes of citizens with ranks 0, 1, 2 …, each with its own service (or all with one), at one unit."""
    rates = _case(identifier)["lam"]
    total = sum(rates)
    units = "\n".join(f"      s{index}: {{service_time: {service}}}" for index, service in enumerate(services))
    sources = "\n".join(
        f"  class{index}: {{arrivals: {rate} per min, rank: {index}, route: [desk.s{min(index, len(services) - 1)}]}}" for index, rate in enumerate(rates)
    )
    text = steady(
        f"  desk:\n    counters: {counters}\n    services:\n{units}",
        sources,
        rate=total,
        relaxation=4.0 * relaxation(total, mean, counters, 1.0, cv2),
        customers=customers,
    )
    return System(identifier, text, names, REPLICATIONS, quick=quick)


def _classes() -> Iterable[System]:
    by_rank = {f"Wq[{rank}]": read.wait_of_served(MINUTE, rank=rank) for rank in range(3)}
    # prio-01: 0.14 a minute; E[S] = 40/7, E[S²] = (0.06·50 + 0.05·20 + 0.03·200)/0.14 = 500/7, so c² = 1.1875
    yield ranked(
        "prio-01", services=["{exponential: 5 min}", "{gamma: {mean: 4 min, cv: 0.5}}", "{exponential: 10 min}"], mean=40 / 7, cv2=1.1875, counters=1,
        names=by_rank,
    )  # fmt: skip
    for identifier, customers in (("prio-02", 3e6), ("prio-03", 5.2e6)):
        yield ranked(
            identifier, services=["{exponential: 20 s}"], mean=1 / 3, cv2=1.0, counters=_case(identifier)["c"], names=by_rank, customers=customers,
            quick=identifier == "prio-02",
        )  # fmt: skip
    yield ranked(
        "prio-06", services=["{exponential: 1 min}", f"{{exponential: {1 / 0.9!r} min}}"], mean=1.5 / 1.4, cv2=1.01, counters=2,
        names={"Wq1": read.wait_of_served(MINUTE, rank=0), "Wq2": read.wait_of_served(MINUTE, rank=1), "p_wait": read.share(WAITED)},
    )  # fmt: skip
    # prio-07: the regular class fills the counter, so its queue grows without end, and the priority class finds the counter as in steady
    # state but for the share of time in which it is idle: 1/√(10 π t) after t minutes, less than 0.2 % after 10,000.
    yield System(
        "prio-07",
        "name: saturated\nhorizon: 20000 min\nwarm_up: 10000 min\ncool_down: 100 min\nunits:\n  desk: {counters: 1, service_time: {exponential: 6 s}}\n"
        "citizens:\n  first: {arrivals: 5 per min, rank: 0, route: [desk]}\n  second: {arrivals: 5 per min, route: [desk]}\n",
        {"Wq_class0": read.wait_of_served(MINUTE, rank=0)},
        REPLICATIONS,
    )
    # vac-01: the counter helps the back office, where a piece of work comes every 8 minutes and is never the last, since each takes 10.
    yield System(
        "vac-01",
        steady(
            "  desk: {counters: [{helps: [office]}], service_time: {exponential: 5 min}}\n  office: {counters: 0, service_time: 10 min}",
            "  everyone: {arrivals: 0.12 per min, route: [desk]}\n  papers: {arrivals: {gaps: 8 min}, route: [office]}",
            rate=0.12, relaxation=relaxation(0.12, 5.0, 1), customers=5.2e6,
        ),
        {"Wq": read.wait_of_served(MINUTE, 0)},
        REPLICATIONS,
    )  # fmt: skip
    yield System(
        "skill-01",
        steady(
            "  a: {counters: 4, service_time: {exponential: 1 min}}\n"
            "  b: {counters: [{count: 4, helps: [a]}], service_time: {exponential: 1 min}}",
            f"  one: {{arrivals: 4 per min, route: [a], patience: {{exponential: {1 / 0.3!r} min}}}}\n"
            f"  two: {{arrivals: 3 per min, route: [b], patience: {{exponential: {1 / 0.3!r} min}}}}",
            rate=7.0, relaxation=1.0 + 1 / 0.3, customers=5.2e6,
        ),
        {
            "Lq1": read.number_waiting(0), "Lq2": read.number_waiting(1),
            "Wq1_all": read.wait_of_all(MINUTE, 0), "Wq2_all": read.wait_of_all(MINUTE, 1),
            "p_abandon1": read.share(ABANDONED, 0), "p_abandon2": read.share(ABANDONED, 1),
            "util_A": read.utilisation(0), "util_B": read.utilisation(1),
            "p_wait1": read.share(WAITED, 0), "p_wait2": read.share(WAITED, 1),
        },
        REPLICATIONS,
    )  # fmt: skip
    by_station = {
        name: reading
        for station in range(3)
        for name, reading in (
            (f"throughput[{station}]", read.throughput(MINUTE, station)),
            (f"Wq[{station}]", read.wait_of_served(MINUTE, station)),
            (f"L[{station}]", read.number_at(station)),
        )
    }
    yield System(
        "jack-01",
        steady(
            "  cold: {counters: 1, service_time: {exponential: 1 min}}\n"
            "  hot: {counters: 2, service_time: {exponential: 2.5 min}}\n"
            "  till: {counters: 2, service_time: {exponential: 2 min}}",
            "  first: {arrivals: 0.3 per min, route: [cold, {stop: hot, share: 30 %}, till]}\n"
            "  second: {arrivals: 0.2 per min, route: [hot, till]}",
            rate=0.5, relaxation=26.0, customers=5.2e6,
        ),
        by_station | {"W_total": read.sojourn(MINUTE)},
        REPLICATIONS,
    )  # fmt: skip


# Finite days


def _transient() -> Iterable[System]:
    numbers = (2, 5, 10, 25, 50, 100)
    yield System(
        "tr-01",
        "name: first hundred\nhorizon: 2 days\nunits:\n  desk: {counters: 1, service_time: {exponential: 54 s}}\n"
        "citizens:\n  everyone: {arrivals: {gaps: {exponential: 1 min}, first: 100}, route: [desk]}\n",
        {"avg_delay_first_25": read.wait_of_first(MINUTE, 25)}
        | {f"E_D[{n}]": read.wait_of_number(MINUTE, n - 1) for n in numbers}
        | {f"P_wait[{n}]": read.waited_of_number(n - 1) for n in numbers},
        45_000,
    )


def _call_centre(more_unit: str = "", more_source: str = "") -> str:
    return (
        "name: call centre\nhours: 08:00-16:00\ntarget: 80 % within 20 s\n"
        f"units:\n  desk: {{counters: 12, service_time: {{exponential: 2 min}}{more_unit}}}\n"
        f"citizens:\n  everyone: {{arrivals: 4.2 per min, {more_source}route: [desk]}}\n"
    )


def _hall(units: str, source: str = "") -> str:
    rates = ", ".join(f"{8 + hour:02}:00-{9 + hour:02}:00: {rate} per hour" for hour, rate in enumerate((12, 25, 40, 45, 30, 35, 38, 20)))
    return (
        "name: hall day\nhours: 08:00-16:00\ninterval: 1 h\ntarget: 90 % within 15 min\n"
        f"units:\n  desk: {{{units}}}\ncitizens:\n  everyone: {{arrivals: {{rates: {{{rates}}}}}, {source}route: [desk]}}\n"
    )


_BY_NUMBER = ", ".join(f"{8 + hour:02}:00-{9 + hour:02}:00: {number}" for hour, number in enumerate((2, 3, 5, 5, 3, 4, 5, 3)))
_HALL_DESK = f"counters: {{{_BY_NUMBER}}}, service_time: {{exponential: 6 min}}"


def _days() -> Iterable[System]:
    yield System(
        "day-01",
        "name: bank\nhours: 09:00-17:00\ntarget: 80 % within 5 min\nunits:\n  tellers: {counters: 5, service_time: {exponential: 4 min}}\n"
        "citizens:\n  everyone: {arrivals: 1 per min, route: [tellers]}\n",
        {
            "E_customers": read.citizens(),
            "sum_delay_over_sum_customers": read.wait_of_served(MINUTE),
            "prop_delay_lt_5": read.share(SERVED_WITHIN),
            "mean_close_time_h": read.last_leaves_after_closing(60 * MINUTE, plus=8.0),
            "time_avg_queue_open": read.number_waiting(),
            "E_queue_at_close": read.waiting_at_closing,
            "E_in_bank_at_close": read.present_at(8 * 60 * MINUTE),
            "p_wait": read.share(WAITED),
        },
        60_000,
    )
    yield System(
        "day-02",
        _call_centre(),
        {
            "E_good": read.count(SERVED_WITHIN), "SL": read.share(SERVED_WITHIN), "mean_wait": read.wait_of_served(MINUTE),
            "occupancy_open": read.utilisation(),
        },
        20_000,
    )  # fmt: skip
    yield System(
        "day-03",
        _call_centre(more_unit=", waiting_room: 5"),
        {
            "E_blocked": read.count(REFUSED_FULL), "E_good": read.count(SERVED_WITHIN), "mean_wait_served": read.wait_of_served(MINUTE),
            "SL_with_blocked": read.served_within_of_all, "occupancy_open": read.utilisation(),
        },
        20_000,
    )  # fmt: skip
    yield System(
        "day-04",
        _call_centre(more_source="patience: {exponential: 1 min}, "),
        {
            "E_abandon": read.count(ABANDONED), "E_served_within_awt": read.count(SERVED_WITHIN), "occupancy_open": read.utilisation(),
            "mean_wait_all": read.wait_of_all(MINUTE),
        },
        20_000,
    )  # fmt: skip
    for identifier, unit, source, days in (
        ("day-06", _HALL_DESK, "patience: {exponential: 30 min}, ", 80_000),
        ("day-07", _HALL_DESK, "", 60_000),
        ("day-09", f"{_HALL_DESK}, waiting_room: 10", "patience: {exponential: 30 min}, ", 120_000),
    ):
        numbers = [name for name in expected_numbers(identifier) if name != "trunc"]
        yield System(identifier, _hall(unit, source), {name: read.of_hall_day(name, MINUTE) for name in numbers}, days)
    for identifier, service in (("minf-02", "{exponential: 6 min}"), ("minf-04", "20 min")):
        yield System(
            identifier,
            _hall(f"counters: unlimited, service_time: {service}"),
            {f"m[{minute}]": read.present_at(int(minute) * MINUTE) for minute in CASES[identifier]["expected"]["m"]},
            20_000,
            quick=identifier == "minf-04",
        )


def _quota() -> Iterable[System]:
    """quota-01, where the day's demand is Poisson, or with busyness negative binomial: only the first so many of a day's citizens come."""
    given = _case("quota-01")
    for demand, more in (("poisson", ""), ("NB", f"busyness: {{shape: {given['alpha0']}}}\n")):
        yield System(
            "quota-01",
            "name: quota\nhours: 08:00-16:00\nunits:\n  desk: {counters: unlimited, service_time: 6 min}\n"
            f"citizens:\n  everyone: {{arrivals: {{rates: {{08:00-16:00: {given['mean'] / 8} per hour}}, first: {given['K']}}}, route: [desk]}}\n{more}",
            {f"E_served_{demand}": read.count(SERVED), f"P_quota_reached_{demand}": read.quota_reached(given["K"])},
            20_000,
            "" if demand == "poisson" else "busyness",
            quick=demand == "poisson",
        )


def _busyness() -> Iterable[System]:
    """Days with a factor of their own (R18): counts of a morning and an afternoon, and the call centre of SSJ."""
    given = _case("arr-01")
    half = {"morning": 122, "afternoon": 123}
    variances = [mean + mean**2 / given["alpha0"] for mean in half.values()]  # of a negative binomial number
    yield System(
        "arr-01",
        "name: counts\nhours: 08:00-16:00\nprofiles:\n  halves: {08:00-12:00: 122, 12:00-16:00: 123}\n"
        "units:\n  desk: {counters: unlimited, service_time: 1 min}\n"
        f"citizens:\n  everyone: {{arrivals: {given['base_mean']} per day, profile: halves, busyness: {{shape: {given['alpha0']}}}, route: [desk]}}\n",
        {
            "mean": read.citizens(),
            "var": read.squared_deviation(given["base_mean"]),
            "dispersion_index": read.squared_deviation(given["base_mean"], of_citizens=True),
            "corr_morning_afternoon": read.product_of_deviations(12 * 60 * MINUTE, *half.values(), math.prod(variances) ** 0.5),
        },
        40_000,
    )
    given = _case("day-10")
    counters, rates = (
        ", ".join(f"{given['open_h'] + hour:02}:00-{given['open_h'] + hour + 1:02}:00: {period[column]}{unit}" for hour, period in enumerate(given["periods_counters_rate_per_h"]))
        for column, unit in ((0, ""), (1, " per hour"))
    )
    for identifier, shape, days in (("day-10", 400, 40_000), ("day-11", 10, 65_000)):
        expected = CASES[identifier]["expected"]
        yield System(
            identifier,
            f"name: call centre\nhours: 08:00-21:00\ntarget: 80 % within {given['awt_s']} s\nbusyness: {{shape: {shape}}}\n"
            f"units:\n  desk: {{counters: {{{counters}}}, service_time: {{exponential: {given['mean_service_s']} s}}}}\n"
            f"citizens:\n  everyone:\n    arrivals: {{rates: {{{rates}}}}}\n"
            f"    patience: {{mixture: [{{share: 10 %, time: 0 s}}, {{share: 90 %, time: {{exponential: {1 / given['patience_rate_per_s']} s}}}}]}}\n"
            "    route: [desk]\n",
            {
                "E_arrivals": read.citizens(),
                "abandon_over_1660": read.times(1 / 1660, read.count(ABANDONED)),
                "sum_wait_over_1660": read.times(1 / 1660 / SECOND, read.count(WAIT_OF_ALL)),
                "good_over_1660": read.times(1 / 1660, read.good),
                # the mean squared deviation from the exact mean, divided by the exact deviation, so that it is a mean and its error is known
                "sd_arrivals": read.times(1 / expected["sd_arrivals"], read.squared_deviation(1660)),
            },
            days,
        )


def _plans() -> Iterable[System]:
    """Staffing by number for each of four periods, from an empty start until all are served: each plan that a case names, once."""
    for identifier in PLANS:
        given, expected = _case(identifier), CASES[identifier]["expected"]
        names: dict[tuple[int, ...], list[str]] = {}
        for index, plan in enumerate(expected["optimal_solutions"]):
            names.setdefault(tuple(plan), []).append(f"fractions[{index}]")
        for method in ("SIPP", "LagSIPP", "MOL"):
            names.setdefault(tuple(expected[method]), []).append(f"{method}_fractions")
        length = given["periods_min"]
        clock = [f"{8 + minutes // 60:02}:{minutes % 60:02}" for minutes in range(0, 5 * length, length)]
        periods = [f"{since}-{to}" for since, to in pairwise(clock)]
        rates = ", ".join(f"{period}: {rate} per hour" for period, rate in zip(periods, given["lam_per_h"], strict=True))
        for plan in names:
            counters = ", ".join(f"{period}: {number}" for period, number in zip(periods, plan, strict=True))
            yield System(
                identifier,
                f"name: four periods\nhours: {clock[0]}-{clock[-1]}\ninterval: {length} min\ntarget: 90 % within {limit_of_plans(identifier)[0]} min\n"
                f"units:\n  desk: {{counters: {{{counters}}}, service_time: {{exponential: {given['mean_service_min']} min}}}}\n"
                f"citizens:\n  everyone: {{arrivals: {{rates: {{{rates}}}}}, route: [desk]}}\n",
                {f"{name}[{period}]": read.missed_target_in(period) for name in names[plan] for period in range(4)},
                20_000,
                "-".join(map(str, plan)),
                quick=identifier == "opt-03" and list(plan) == expected["optimal_solutions"][0],
            )


def _sinusoid() -> Iterable[System]:
    """minf-01, one unit of time an hour: the rate of each minute is the sinusoid's mean over it (which moves no m(t) by more than
    1e-5 of itself); the state after two periods from an empty start is that of the periodic steady state to 4e-6."""
    from math import cos, pi

    rates = []
    for minute in range(24 * 60 - 1):
        a, b = minute / 60, (minute + 1) / 60
        mean = 100 + 20 * (cos(a) - cos(b)) / (b - a)
        rates.append(f"{minute // 60:02}:{minute % 60:02}-{(minute + 1) // 60:02}:{(minute + 1) % 60:02}: {mean!r} per hour")
    text = (
        "name: sinusoid\nhours: 00:00-24:00\nunits:\n  desk: {counters: unlimited, service_time: {exponential: 1 h}}\n"
        f"citizens:\n  everyone: {{arrivals: {{rates: {{{', '.join(rates[: 18 * 60])}}}}}, route: [desk]}}\n"
    )
    instants = {phase: 4 * pi + float(phase) for phase in CASES["minf-01"]["expected"]["m"]}
    yield System("minf-01", text, {f"m[{phase}]": read.present_at(round(hours * 60 * MINUTE)) for phase, hours in instants.items()}, 20_000)


# Appointments: punctual citizens are gaps of one slot (30 minutes) from the hour before the session on


def _appointments(sources: str, service: float) -> str:
    return (
        "name: appointments\nhours: 07:30-13:00\n"
        f"units:\n  desk: {{counters: 1, duty: 08:00-13:00, service_time: {{exponential: {service * 30} min}}}}\n"
        f"citizens:\n{sources}"
    )


def _booked() -> Iterable[System]:
    slot = 30 * MINUTE
    session = {"idle_in_session": read.idle_on_duty(slot), "expected_overtime": read.last_leaves_after_closing(slot)}
    yield System(
        "appt-01",
        _appointments("  booked: {arrivals: {gaps: 30 min, first: 10}, route: [desk]}\n", 1.0),
        {f"wait_by_booking[{n}]": read.wait_of_number(slot, n) for n in range(10)}
        | session
        | {"mean_wait_appt": read.wait_of_sources(slot, (0,)), "expected_shows": read.tickets_of_sources((0,))},
        50_000,
    )
    yield System(
        "appt-02",
        _appointments(
            "  early: {arrivals: {gaps: 30 min, first: 1}, route: [desk]}\n  booked: {arrivals: {gaps: 30 min, first: 9}, route: [desk]}\n", 1.0
        ),
        {"wait_by_booking[0]": read.wait_of_number(slot, 0)}
        | {f"wait_by_booking[{n}]": read.wait_of_number(slot, n - 1, source=1) for n in range(1, 10)}
        | session
        | {"mean_wait_appt": read.wait_of_sources(slot, (0, 1)), "expected_shows": read.tickets_of_sources((0, 1))},
        25_000,
    )
    yield System(
        "appt-04",
        _appointments(
            "  booked: {arrivals: {gaps: 30 min, first: 10}, route: [{stop: desk, share: 90 %}]}\n"
            "  walk_in: {arrivals: {rates: {08:00-13:00: 0.6 per hour}}, route: [desk]}\n",
            0.6,
        ),
        {f"wait_by_booking[{n}]": read.wait_of_number(slot, n) for n in range(10)}
        | session
        | {
            "mean_wait_appt": read.wait_of_sources(slot, (0,)),
            "expected_shows": read.tickets_of_sources((0,)),
            "mean_wait_walkin": read.wait_of_sources(slot, (1,)),
        },
        100_000,
    )


def _published() -> Iterable[System]:
    # five days make a week; 24 lines are 12 who are served and 12 who wait; two minutes are everybody's utmost patience (the message)
    two_minutes = 2 * MINUTE
    yield System(
        "pub-01",
        "name: telethon\nhours: 06:00-10:00\nclosing: send home\nunits:\n  desk: {counters: 12, service_time: {exponential: 10 min}, waiting_room: 12}\n"
        "citizens:\n  everyone: {arrivals: 50 per hour, patience: {exponential: 2 min, at_most: 2 min}, route: [desk]}\n",
        {
            "arrivals": read.times(5, read.citizens()),
            "served": read.times(5, read.count(SERVED)),
            "abandoned": read.abandoned_at(two_minutes, 5, before=True),
            "messages": read.abandoned_at(two_minutes, 5, before=False),
            "disconnected": read.times(5, read.count(LEFT_OVER)),
            "occupancy_pct": read.all_busy_time_per_duty(100.0),
        },
        20_000,
    )


def _speeds_and_outages() -> Iterable[System]:
    """A fast and a slow clerk, and a clerk who breaks down (R16, R17)."""
    given = _case("het-01")
    clerks = ", ".join(f"{{speed: {100 * rate:g} %}}" for rate in given["mus"])  # of a service of one minute; the first is the fastest
    yield System(
        "het-01",
        steady(
            f"  desk: {{counters: [{clerks}], service_time: {{exponential: 1 min}}}}",
            f"  everyone: {{arrivals: {given['lam']} per min, route: [desk]}}",
            rate=given["lam"],
            relaxation=relaxation(given["lam"], 1.0, 2),
            customers=5.2e6,
        ),
        {
            "Lq": read.number_waiting(),
            "Wq": read.wait_of_served(MINUTE),
            "p_wait": read.share(WAITED),
            "util_server1(rate 1.2)": read.utilisation_of_counter(0),
            "util_server2(rate 0.8)": read.utilisation_of_counter(1),
        },
        REPLICATIONS,
    )
    given = _case("brk-01")
    # The time at the counter, outages in it included, has mean 1.25 min and a squared coefficient of variation below 2.
    yield System(
        "brk-01",
        steady(
            f"  desk: {{counters: 1, service_time: {{exponential: {1 / given['mu']!r} min}}}}",
            f"  everyone: {{arrivals: {given['lam']} per min, route: [desk]}}\noutages:\n"
            f"  clerk: {{every: {{exponential: {1 / given['fail']!r} min}}, lasts: {{exponential: {1 / given['repair']!r} min}}}}",
            rate=given["lam"],
            relaxation=relaxation(given["lam"], 1.25, 1, 1.0, 2.0),
            customers=5.2e6,
        ),
        {"L": read.inside, "W": read.sojourn(MINUTE), "availability": read.availability},
        REPLICATIONS,
    )


SYSTEMS: tuple[System, ...] = tuple(
    system
    for family in (_queues, _classes, _transient, _days, _busyness, _quota, _plans, _sinusoid, _booked, _published, _speeds_and_outages)
    for system in family()
)
