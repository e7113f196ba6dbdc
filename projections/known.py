"""A household as a follower has come to know it: the fold of its events, and what it takes to fold the next one."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

import msgspec

from domain.event import Recorded
from domain.household import state
from domain.household.events import HouseholdEvent, Registered
from domain.household.state import Household

Watch = Callable[[Household | None, Household | None, date], None]
"""Is shown a household before and after each of its events, and the day that the event speaks of."""


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


def take(known: Known | None, events: Sequence[Recorded[HouseholdEvent]], watch: Watch | None = None) -> Known:
    """Take in a household's next events, none of which may speak of a day before the latest one."""
    first, last = events[0], events[-1]
    if known is None:
        household, came_before = None, first.version - 1
        key = first.event.source_key if isinstance(first.event, Registered) else None
    else:
        household, came_before, key = known.household, known.version, known.source_key
    assert last.version == came_before + len(events), "an event of this household was left out"
    for recorded in events:
        event = recorded.event
        before, household = household, state.evolve(household, event)
        if watch is not None:
            watch(before, household, event.on)
    return Known(last.stream, last.version, last.position, last.event.on, household, key)


def fold(history: Sequence[Recorded[HouseholdEvent]]) -> Known | None:
    """Fold a household's whole history, given in the order of its versions."""
    if not history:
        return None
    first, last = history[0], history[-1]
    key = first.event.source_key if isinstance(first.event, Registered) else None
    latest = max(recorded.event.on for recorded in history)
    return Known(last.stream, last.version, last.position, latest, state.fold(history), key)
