"""The line that a programme's cut-off draws through the standings of one settled position.

The table of standings holds scores of the registry's own card only; a cut-off that was made for another card draws no
line through it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from adapters.faults import Refused
from adapters.log import EventLog
from adapters.postgres.moment import Ask
from adapters.shocks.thresholds import reached_at
from domain.policies import Policies
from domain.programme import CutOffSet, Programme
from domain.questionnaire.codes import Comparison

SIGNS = {Comparison.AT_OR_UNDER: "<=", Comparison.UNDER: "<"}


class CutOffLine(msgspec.Struct, frozen=True):
    """The cut-off of a programme, as far as standings can be held against it."""

    value: Decimal
    comparison: Comparison
    scorecard: bytes
    scorecard_id: str

    def __str__(self) -> str:
        """As people write it: `score <= 32`."""
        return f"score {SIGNS[self.comparison]} {self.value}"

    @property
    def within(self) -> str:
        """SQL: a standing's score is on the eligible side."""
        return f"standing.score {SIGNS[self.comparison]} %(cutoff)s"

    @property
    def parameters(self) -> Mapping[str, object]:
        """What the SQL of this line names."""
        return {"cutoff": self.value, "card": self.scorecard}


def settled_position(ask: Ask, log: EventLog) -> int:
    """Find the position that all answers of this moment are of. Raises Refused while `run` is under way."""
    reached = reached_at(ask, log)
    if not reached.is_settled:
        waiting = len(log.policies(reached.assessed))
        raise Refused(
            f"The answers are not of one position: assessed up to {reached.assessed:,}, projected up to "
            f"{reached.projected:,}, and {waiting:,} changes of policy or new days to be looked at. Let `run` catch up "
            "(`run --until-caught-up`), then ask again."
        )
    return reached.assessed


def get_programme(policies: Policies, name: str) -> Programme:
    """Get a programme by its name. Raises Refused, naming those that there are."""
    if name not in policies.programmes:
        there = f"there are: {', '.join(policies.programmes)}" if policies.programmes else "there is none yet"
        raise Refused(f"No programme is known as {name!r}: {there}.")
    return policies.programmes[name]


def find_line(policies: Policies, programme: Programme, day: date) -> CutOffLine | None:
    """Find the line that a programme draws through the standings of a day; nothing where it draws none."""
    cutoff, card = programme.find_cutoff(day), policies.find_current_card(day)
    if cutoff is None or card is None or card.content_hash != cutoff.scorecard:
        return None
    return line_of(cutoff)


def line_of(cutoff: CutOffSet) -> CutOffLine:
    """The line that a cut-off draws."""
    return CutOffLine(cutoff.value, cutoff.comparison, cutoff.scorecard, cutoff.scorecard_id)


def get_line(policies: Policies, programme: Programme, day: date) -> CutOffLine:
    """Get the line. Raises Refused, saying why there is none."""
    line = find_line(policies, programme, day)
    if line is not None:
        return line
    name, cutoff = programme.programme_id, programme.find_cutoff(day)
    if cutoff is None:
        raise Refused(f"{name} has no cut-off in force on {day}, so there is nothing that scores could lie just under.")
    card = policies.find_current_card(day)
    scored_by = "no card" if card is None else card.scorecard_id
    raise Refused(
        f"The cut-off of {name} was made for {cutoff.scorecard_id}, and standings are scored by {scored_by} on {day}: "
        "their scores cannot be held against it."
    )
