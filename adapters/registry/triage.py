"""Who stands before me: which household holds this person, and what may be done for it today."""

from datetime import date
from uuid import UUID

import msgspec

from adapters.registry.judging import Judge
from adapters.registry.reading import Reader
from domain.household.state import Household
from domain.occasions import Opening, Situation, Status, openings


class Triage(msgspec.Struct, frozen=True):
    """The answer at the desk: registered or not, where the household stands, and all six occasions."""

    household: UUID | None
    status: Status
    situation: Situation
    occasions: tuple[Opening, ...]
    state: Household | None = None


def triage(reader: Reader, judge: Judge, household: UUID | None, on: date) -> Triage:
    """Say what is open to a household (or to an unregistered person) on a day; follows a merged registration on."""
    state = reader.household(household) if household else None
    while state is not None and state.merged_into is not None:
        household = state.merged_into
        state = reader.household(household)
    situation = judge.situation(state, on)
    return Triage(household if state else None, situation.status, situation, openings(situation, on), state)
