"""A household as a follower has come to know it: the fold of its events, and what it takes to fold the next one."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from domain.event import Recorded
from domain.household import state
from domain.household.events import HouseholdEvent, Registered
from domain.household.state import Household


class Known(msgspec.Struct, frozen=True, gc=False):
    """A household up to one of its events: `version` and `position` are that event's, `latest` the last day spoken of.

    `household` is none as long as every event speaks of a time before the household began.
    """

    household_id: UUID
    version: int
    position: int
    latest: date
    household: Household | None
    source_key: str | None = None


def take(known: Known | None, recorded: Recorded[HouseholdEvent]) -> Known:
    """Take in the next event of a household, which must not speak of a day before the latest one."""
    event = recorded.event
    if known is None:
        key = event.source_key if isinstance(event, Registered) else None
        household = state.evolve(None, event)
        return Known(recorded.stream, recorded.version, recorded.position, event.on, household, key)
    assert recorded.version == known.version + 1, "an event of this household was left out"
    household = state.evolve(known.household, event)
    return Known(known.household_id, recorded.version, recorded.position, event.on, household, known.source_key)


def fold(history: Sequence[Recorded[HouseholdEvent]]) -> Known | None:
    """Fold a household's whole history, given in the order of its versions."""
    if not history:
        return None
    first, last = history[0], history[-1]
    key = first.event.source_key if isinstance(first.event, Registered) else None
    latest = max(recorded.event.on for recorded in history)
    return Known(last.stream, last.version, last.position, latest, state.fold(history), key)
