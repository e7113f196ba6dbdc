"""Given what has happened, when something is asked, then this happens; for every decider, and for the bytes as well."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from adapters.codec import decode, encode
from domain.event import Event, Recorded
from domain.household import decide as household
from domain.household.state import Household, fold
from domain.occasions import Situation, Status
from domain.refusal import Rejected
from tests.people import ENVELOPE, HERE


def recorded(events: Iterable[Any], first_position: int = 1) -> list[Recorded[Any]]:
    """Events as they would stand in the log, in the order in which they arrived."""
    return [Recorded(first_position + n, HERE, 1 + n, ENVELOPE, event) for n, event in enumerate(events)]


class Scenario:
    def __init__(self, fold: Callable[..., Any], decide: Callable[..., list[Any]], history: tuple[Event, ...]) -> None:
        self.fold, self.decide, self.history = fold, decide, history

    def when(self, command: Any, *context: Any) -> "Scenario":
        self.ask = lambda history: list(self.decide(command, self.fold(history), *context))
        return self

    def then(self, *expected: Event) -> None:
        happened = self.ask(self.history)
        assert happened == list(expected)
        for event in happened:
            assert decode(event.name, encode(ENVELOPE, event)) == (ENVELOPE, event)
        assert self.ask((*self.history, *happened)) == [], "asked again, it happened again"

    def then_nothing(self) -> None:
        assert self.ask(self.history) == []

    def then_rejected(self, because: str) -> None:
        with pytest.raises(Rejected, match=because):
            self.ask(self.history)


def scenario(fold: Callable[..., Any], decide: Callable[..., list[Any]]) -> Callable[..., Scenario]:
    return lambda *history: Scenario(fold, decide, history)


def household_of(*events: Any) -> Household | None:
    return fold(recorded(events))


def decide_household(command: Any, known: Household | None, situation: Situation | None = None) -> list[Any]:
    """Ask a household; a situation that is not told is that of one above the cut-off."""
    last = known.last_full_survey_on if known else None
    assumed = Situation(Status.ABOVE_CUTOFF, last) if known else Situation()
    return household.decide(command, known, situation or assumed)


given = scenario(lambda events: household_of(*events), decide_household)
"""For the household; other deciders make their own."""
