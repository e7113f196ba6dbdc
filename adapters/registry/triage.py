"""Who stands before me: which household holds this person, and what may be done for it on a day."""

from datetime import date
from uuid import UUID

import msgspec

from adapters.faults import Refused
from adapters.registry.judging import Judge
from adapters.registry.reading import Reader
from domain.household.state import Household, fold
from domain.keys import no_keys_left
from domain.occasions import Opening, Situation, Status, openings


class Triage(msgspec.Struct, frozen=True):
    """The answer at the desk: registered or not, where the household stands, and all six occasions.

    `registered_on` is the day from which it is known, also where that lies after the day asked about.
    """

    household: UUID | None
    status: Status
    situation: Situation
    occasions: tuple[Opening, ...]
    on: date
    state: Household | None = None
    registered_on: date | None = None


def triage(reader: Reader, judge: Judge, household: UUID | None, on: date) -> Triage:
    """Say what is open to a household (or to an unregistered person) on a day; follows a merged registration on.

    The household is taken as it was on that day. Raises Refused for an id that is not a household's.
    """
    if household is None:
        return _answer(judge, None, None, on)
    history = reader.history(household)
    latest = fold(history)
    if latest is None:
        raise Refused(f"Household {household} is not registered: `household find` gives the ids of those that are.")
    state = fold(history, as_of=on)
    if state is not None and state.merged_into is not None:
        return triage(reader, judge, state.merged_into, on)
    return _answer(judge, household, state, on, latest.known_since)


def _answer(
    judge: Judge, household: UUID | None, state: Household | None, on: date, registered_on: date | None = None
) -> Triage:
    situation = judge.situation(state, on)
    found = openings(situation, on)
    if state is not None and state.keys_destroyed_on is not None:
        found = tuple(
            Opening(each.occasion, is_open=False, why=no_keys_left(state.keys_destroyed_on)) for each in found
        )
    return Triage(household, situation.status, situation, found, on, state, registered_on)
