"""The outcomes of a stop: one table with a row for each. It holds all that other modules need to know; a new outcome is a new row.

A citizen's outcome is that of the last stop that he reached.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Outcome(NamedTuple):
    """An outcome: its name in measures, its words, and what it means for the ticket and the visit.

    ``takes_ticket``: the citizen took a ticket. ``refused``: he was turned away on coming, without one. ``gets_in``: a citizen with this
    outcome at his first stop counts among those who were in the hall. ``label`` is the short name of its measures; ``tickets`` and
    ``citizens`` define them for a stop and for a whole visit.
    """

    name: str
    words: str
    takes_ticket: bool
    refused: bool
    gets_in: bool
    label: str
    tickets: str
    citizens_label: str
    citizens: str


OUTCOMES: Final = (
    Outcome("not_reached", "not reached", False, False, False, "", "", "", ""),
    Outcome(
        "served", "served", True, False, True,
        "served", "tickets that were served",
        "citizens served", "citizens who were served at every stop of their route",
    ),
    Outcome(
        "abandoned", "abandoned", True, False, True,
        "abandoned", "tickets whose citizen's patience ran out before the call",
        "citizens who abandoned", "citizens whose visit ended because their patience ran out at a stop",
    ),
    Outcome(
        "left_over", "left over", True, False, True,
        "left over", "tickets not served because of closing: sent home, or nobody there to serve them",
        "citizens left over", "citizens whose visit ended as a left-over",
    ),
    Outcome(
        "refused_full", "refused: waiting room full", False, True, False,
        "refused, full", "citizens turned away because the waiting room was full (they took no ticket)",
        "citizens refused, full", "citizens whose visit ended because a waiting room was full",
    ),
    Outcome(
        "refused_late", "refused: after last ticket", False, True, False,
        "refused, late", "citizens who came for their first stop at the last ticket time or later (they took no ticket)",
        "citizens refused, late", "citizens who came after the last ticket",
    ),
    Outcome(
        "still_inside", "still inside", True, False, True,
        "still inside", "tickets neither served nor given up at the horizon (systems without opening hours)",
        "citizens still inside", "citizens inside at the horizon",
    ),
)  # fmt: skip
"""Every outcome, by the number that records hold."""

NUMBER: Final = {outcome.name: number for number, outcome in enumerate(OUTCOMES)}
"""The number of each outcome by its name."""

NOT_REACHED: Final = NUMBER["not_reached"]
SERVED: Final = NUMBER["served"]
ABANDONED: Final = NUMBER["abandoned"]
LEFT_OVER: Final = NUMBER["left_over"]
REFUSED_FULL: Final = NUMBER["refused_full"]
REFUSED_LATE: Final = NUMBER["refused_late"]
STILL_INSIDE: Final = NUMBER["still_inside"]

REFUSED: Final = tuple(number for number, outcome in enumerate(OUTCOMES) if outcome.refused)
"""The outcomes of those who are turned away on coming."""

OUTCOME_WORDS: Final = tuple(outcome.words for outcome in OUTCOMES)
"""Every outcome in words, by its number."""
