"""What every event is: a frozen value with a stored name, and the envelope it is kept in.

Fields of an event are only ever appended, with defaults: they are stored as an array, in the order they are declared.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from domain.questionnaire.capture import Capture


class Event(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Something that happened, in the words of the world; when and by whom it was written is in the envelope."""

    name: ClassVar[str]


class Dated(Protocol):
    """An event that says on which day of the world it took effect."""

    @property
    def on(self) -> date:
        """The day in the world, not the day of recording."""


class Envelope(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Who wrote an event into the registry, when, where and in answer to what.

    `capture` is set on the first event of a submission only, so that each submission's facts are kept once.
    """

    recorded_at: datetime
    by: str
    role: str
    centre: str | None = None
    device: str | None = None
    submission: UUID | None = None
    capture: Capture | None = None


EventT_co = TypeVar("EventT_co", covariant=True)
DatedT = TypeVar("DatedT", bound=Dated)


class Recorded(msgspec.Struct, Generic[EventT_co], frozen=True, gc=False):
    """An event as it stands in the log."""

    position: int
    stream: UUID
    version: int
    envelope: Envelope
    event: EventT_co


def sorted_by_world(history: Iterable[Recorded[DatedT]]) -> list[Recorded[DatedT]]:
    """Order a household's history by (day in the world, position).

    A fact that arrives late takes its place among the older ones, so folding does not depend on the order of arrival.
    """
    return sorted(history, key=lambda recorded: (recorded.event.on, recorded.position))
