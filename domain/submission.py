"""What becomes of a submission. An accepted one has no event of its own: its id is in the envelopes of its events."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import Event


class Reason(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One reason why a submission was refused: the check's name, and a sentence for whoever stands at the desk."""

    check: str
    sentence: str


class SubmissionRefused(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A submission was refused, for these reasons. What it contained is not kept; its hash is."""

    name: ClassVar[str] = "submission.refused.v1"
    on: date
    submission: UUID
    kind: str
    source: str
    content_hash: bytes
    reasons: tuple[Reason, ...]
    household: UUID | None = None


class Disclosed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Somebody had the names of a household opened; `purpose` is in their own words."""

    name: ClassVar[str] = "disclosure.made.v1"
    on: date
    household: UUID
    opened: tuple[UUID, ...]
    to: str
    purpose: str
