"""Citizens who go home unserved, in words. The waits of served citizens leave them out."""

from __future__ import annotations

from sim.analysis.summary import Summary
from sim.words import measured

_WAYS = (
    ("citizens_abandoned", "give up waiting"),
    ("citizens_left_over", "are left over at closing"),
    ("citizens_refused_full", "find the waiting room full"),
    ("citizens_refused_late", "come after the last ticket"),
)


def never_called(summary: Summary, unit: str) -> float:
    """Tickets of a unit that are never called: given up or left over, but not still waiting at a horizon. Without a unit: of all units except machines."""
    return summary.get("abandoned", unit).value + summary.get("left_over", unit).value


def unserved(summary: Summary) -> float:
    """How many citizens a day (a run, with a horizon) go home without being served at every stop of their route."""
    return sum(summary.get(measure).value for measure, _ in _WAYS)


def unserved_words(summary: Summary) -> str:
    """How many of all citizens go home unserved, and why most of them do; empty if they are fewer than one in a hundred."""
    count, citizens = unserved(summary), summary.get("citizens").value
    if not count >= 0.01 * citizens or not count:
        return ""
    most, why = max(((summary.get(measure).value, words) for measure, words in _WAYS), key=lambda each: each[0])
    of = f"{measured(count)} of {measured(citizens)} citizens a {'day' if summary.has_hours else 'run'}"
    if most >= 0.95 * count:
        return f"{of} {why}"
    return f"{of} go home unserved, {measured(most)} because they {why}"
