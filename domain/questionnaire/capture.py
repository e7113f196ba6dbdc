"""How a submission was taken: facts that no history can recover later."""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.questionnaire.codes import Biometric, CentreKind, Section


class TimedSection(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """When one section of the interview was begun and ended."""

    section: Section
    started_at: datetime
    ended_at: datetime


class GeoPoint(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Position of the device: millionths of a degree, and the accuracy it claimed."""

    latitude_microdegrees: int
    longitude_microdegrees: int
    accuracy_m: int | None = None


class Capture(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Where, by what means and from whom the answers were taken. `None`: not recorded."""

    captured_at: datetime | None = None
    received_at: datetime | None = None
    centre_kind: CentreKind | None = None
    position: GeoPoint | None = None
    respondent: UUID | None = None
    queue_token: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    sections: tuple[TimedSection, ...] = ()
    biometric: Biometric | None = None
