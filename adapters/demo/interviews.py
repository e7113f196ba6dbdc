"""How the made-up submissions were taken: at which centre, by whom, on which device, when and for how long."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from adapters.demo.whereabouts import some_position
from domain.questionnaire.answers import Place
from domain.questionnaire.capture import Capture, TimedSection
from domain.questionnaire.codes import Biometric, CentreKind, Section

SOURCE = "demo"
OPERATORS_MAX = 40
DEVICES_MAX = 60
WORK_BEGINS = time(4, tzinfo=UTC)
"""Nine in the morning in Pakistan."""
INTERVIEWS_BEGIN_WITHIN_MINUTES = 420
SENT_AFTER = timedelta(minutes=20)

_MINUTES: Mapping[Section, tuple[float, float]] = {
    Section.IDENTITY: (2, 5),
    Section.ROSTER: (4, 12),
    Section.EDUCATION: (2, 7),
    Section.HEALTH: (1, 4),
    Section.EMPLOYMENT: (2, 5),
    Section.DWELLING: (2, 5),
    Section.ASSETS: (2, 5),
    Section.LIVESTOCK_AND_LAND: (1, 4),
}
_BIOMETRICS = {
    Biometric.VERIFIED: 90,
    Biometric.NOT_READABLE: 7,
    Biometric.NOT_TAKEN: 2,
    Biometric.NOT_MATCHED: 1,
}
"""How many of every hundred fingers give which result (ours)."""
_TOO_QUICK = 0.012
_QUICK = 0.08
"""A share of the interviews is over in a few minutes: the registry takes them and flags them."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a submission but what it asks for; `sent_at` is when it reaches the registry."""

    submission_id: UUID
    source: str
    on: date
    operator: str
    role: str
    centre: str
    device: str | None
    capture: Capture | None
    sent_at: datetime

    def fields(self) -> dict[str, Any]:
        """The fields that every submission has."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        del values["sent_at"]
        return values


def some_id(rng: Random) -> UUID:
    """An id for a submission: random, and the same for the same seed."""
    return UUID(int=rng.getrandbits(128), version=4)


def surveyed(
    rng: Random, day: date, place: Place, kind: CentreKind = CentreKind.DESK, respondent: UUID | None = None
) -> Taken:
    """A full survey, section by section."""
    begun = _begun(rng, day)
    pace = _QUICK if rng.random() < _TOO_QUICK else 1.0
    sections, at = [], begun
    for section, (shortest, longest) in _MINUTES.items():
        end = at + timedelta(seconds=round(60 * pace * rng.uniform(shortest, longest)))
        sections.append(TimedSection(section, at, end))
        at = end
    return _taken(rng, day, place, kind, respondent, (begun, at), tuple(sections))


def brought(rng: Random, day: date, place: Place, respondent: UUID | None = None) -> Taken:
    """A shorter matter, brought to the desk."""
    begun = _begun(rng, day)
    ended = begun + timedelta(minutes=rng.randint(6, 15))
    return _taken(rng, day, place, CentreKind.DESK, respondent, (begun, ended))


def reported(rng: Random, day: date, programme: str) -> Taken:
    """What a programme tells, from its own system."""
    return Taken(
        submission_id=some_id(rng),
        source=programme,
        on=day,
        operator=f"{programme}-office",
        role="programme",
        centre=f"{programme}-office",
        device=None,
        capture=None,
        sent_at=_begun(rng, day) + SENT_AFTER,
    )


def _begun(rng: Random, day: date) -> datetime:
    return datetime.combine(day, WORK_BEGINS) + timedelta(minutes=rng.randrange(INTERVIEWS_BEGIN_WITHIN_MINUTES))


def _taken(
    rng: Random,
    day: date,
    place: Place,
    kind: CentreKind,
    respondent: UUID | None,
    interview: tuple[datetime, datetime],
    sections: tuple[TimedSection, ...] = (),
) -> Taken:
    begun, ended = interview
    capture = Capture(
        captured_at=ended,
        centre_kind=kind,
        position=some_position(rng, place.code),
        respondent=respondent,
        queue_token=f"{rng.choice('ABC')}-{rng.randint(1, 180):03d}" if kind is CentreKind.DESK else None,
        started_at=begun,
        ended_at=ended,
        sections=sections,
        biometric=rng.choices(tuple(_BIOMETRICS), tuple(_BIOMETRICS.values()))[0],
    )
    return Taken(
        submission_id=some_id(rng),
        source=SOURCE,
        on=day,
        operator=f"demo-operator-{rng.randint(1, OPERATORS_MAX):02d}",
        role="operator",
        centre=f"{kind.word}-{place.code}",
        device=f"tablet-{rng.randint(1, DEVICES_MAX):03d}",
        capture=capture,
        sent_at=ended + SENT_AFTER,
    )
