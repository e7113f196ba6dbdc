"""The adoption of scorecards: a dated formula enters the registry whole, so that any old score can be had again."""

from datetime import date
from typing import ClassVar

import msgspec

from domain.event import Event
from domain.refusal import Rejected


class ScorecardAdopted(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A scorecard may be used from a day on. `content` is the whole card as stored, `content_hash` its SHA-256."""

    name: ClassVar[str] = "scorecard.adopted.v1"
    on: date
    scorecard_id: str
    title: str
    content_hash: bytes
    content: bytes
    authority: str = ""


class AdoptScorecard(msgspec.Struct, frozen=True):
    """Adopt a card that was loaded and checked."""

    scorecard_id: str
    title: str
    content_hash: bytes
    content: bytes
    on: date
    authority: str = ""


def decide_adoption(command: AdoptScorecard, adopted: tuple[ScorecardAdopted, ...]) -> list[ScorecardAdopted]:
    """Adopt a card; the same content twice changes nothing, and it cannot be moved to begin later."""
    same = [event for event in adopted if event.content_hash == command.content_hash]
    if any(event.scorecard_id != command.scorecard_id for event in same):
        raise Rejected(f"The same card is adopted under the name {same[0].scorecard_id}: use that name.")
    if any(event.on <= command.on for event in same):
        return []
    return [
        ScorecardAdopted(
            command.on, command.scorecard_id, command.title, command.content_hash, command.content, command.authority
        )
    ]
