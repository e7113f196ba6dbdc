"""An agreement: what one partner may see of one programme, where, and from which day until when.

It moves nobody's standing: it says only who is told of what was decided.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.event import Event
from domain.questionnaire.answers import DISTRICT_LETTERS, Place
from domain.refusal import Rejected

PARTNER_LETTERS_MAX = 40
"""A partner's id stands in the subject of every message to it."""
OUR_OWN_NAME = "gharana"
"""By which the registry itself is known at its message server, which does not start with two users of one name."""

_PARTNER = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_PROGRAMME = re.compile(r"[A-Za-z0-9_-]+")


class AgreementMade(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """It was agreed that a partner is told of a programme's decisions from a day on.

    places: P-codes, or `tehsil/union council`; none for everywhere. score: whether the partner may see it. until: the
    last day. contact: of the partner's office, not of a person.
    """

    name: ClassVar[str] = "agreement.made.v1"
    on: date
    partner: str
    programme: str
    title: str
    contact: str
    authority: str
    places: tuple[str, ...] = ()
    score: bool = False
    until: date | None = None


class AgreementEnded(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """An agreement ended: from this day on the partner is told nothing more of the programme."""

    name: ClassVar[str] = "agreement.ended.v1"
    on: date
    partner: str
    programme: str
    authority: str = ""


AgreementEvent = AgreementMade | AgreementEnded


class Agreement(msgspec.Struct, frozen=True, gc=False):
    """An agreement as its events describe it."""

    made: AgreementMade
    ended_on: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Whether the partner is told on this day."""
        made = self.made
        return (
            made.on <= day
            and (made.until is None or day <= made.until)
            and (self.ended_on is None or day < self.ended_on)
        )

    @property
    def over_from(self) -> date | None:
        """The first day on which it is over; nothing where no end is known."""
        last = self.made.until
        is_open = last is None or last == date.max  # behind which there is no day
        after_it = None if last is None or is_open else last + timedelta(days=1)
        return min((end for end in (self.ended_on, after_it) if end is not None), default=None)

    def covers(self, place: Place) -> bool:
        """Whether the partner is told of households that live here."""
        return not self.made.places or any(place.is_within(code) for code in self.made.places)

    @property
    def is_by_district(self) -> bool:
        """Whether the district of a household tells whether it is covered: no finer place is agreed on."""
        return all(len(code) <= DISTRICT_LETTERS for code in self.made.places)

    def overlaps(self, on: date, until: date | None) -> bool:
        """Whether there is a day on which both this agreement and one of these days are in force."""
        begins_after = until is not None and until < self.made.on
        over_before = (self.made.until is not None and self.made.until < on) or (
            self.ended_on is not None and self.ended_on <= on
        )
        return not begins_after and not over_before


Agreements = tuple[Agreement, ...]
"""What one partner agreed on one programme, in the order of recording; no two are in force on one day."""


def find_in_force(agreements: Agreements, day: date) -> Agreement | None:
    """The agreement in force on a day, if there is one."""
    return next((agreement for agreement in reversed(agreements) if agreement.is_in_force(day)), None)


def evolve(agreements: Agreements, event: AgreementEvent) -> Agreements:
    """Take one event in; it holds no rules."""
    match event:
        case AgreementMade():
            return (*agreements, Agreement(event))
        case AgreementEnded(on=on):
            return (*agreements[:-1], replace(agreements[-1], ended_on=on)) if agreements else ()
        case _:
            assert_never(event)


def fold(events: Sequence[AgreementEvent]) -> Agreements:
    """Fold the events of one partner and programme, in the order of the log."""
    agreements: Agreements = ()
    for event in events:
        agreements = evolve(agreements, event)
    return agreements


class MakeAgreement(msgspec.Struct, frozen=True):
    """Agree that a partner is told of a programme's decisions."""

    on: date
    partner: str
    programme: str
    title: str
    contact: str
    authority: str
    places: tuple[str, ...] = ()
    score: bool = False
    until: date | None = None


class EndAgreement(msgspec.Struct, frozen=True):
    """End an agreement from a day on."""

    on: date
    partner: str
    programme: str
    authority: str = ""


AgreementCommand = MakeAgreement | EndAgreement


def decide(command: AgreementCommand, agreements: Agreements) -> list[AgreementEvent]:
    """Decide about an agreement; whether its programme and places exist is checked where those are known."""
    match command:
        case MakeAgreement():
            return _make(command, agreements)
        case EndAgreement():
            return _end(command, agreements)
        case _:
            assert_never(command)


def _make(command: MakeAgreement, agreements: Agreements) -> list[AgreementEvent]:
    event = AgreementMade(**{name: getattr(command, name) for name in command.__struct_fields__})
    if agreements and agreements[-1] == Agreement(event):
        return []
    _check_names(command)
    if command.until is not None and command.until < command.on:
        raise Rejected(f"The agreement would end ({command.until}) before it begins ({command.on}).")
    for agreement in agreements:
        if agreement.overlaps(command.on, command.until):
            raise Rejected(
                f"{command.partner} has an agreement on {command.programme} from {agreement.made.on} on: end it first. "
                "The next one begins with a new list."
            )
    return [event]


def _check_names(command: MakeAgreement) -> None:
    if not _PARTNER.fullmatch(command.partner) or len(command.partner) > PARTNER_LETTERS_MAX:
        raise Rejected(
            f"{command.partner!r} cannot be a partner's name: use small letters a to z, digits and dashes, "
            f"{PARTNER_LETTERS_MAX} at most."
        )
    if command.partner == OUR_OWN_NAME:
        raise Rejected(f"{OUR_OWN_NAME!r} is the registry itself at its message server: give the partner another name.")
    if not _PROGRAMME.fullmatch(command.programme):
        raise Rejected(
            f"Partners cannot be told of {command.programme!r}: a programme's name must be made of letters a to z, "
            "digits, dashes and underscores for that."
        )
    for what, written in (("title", command.title), ("contact", command.contact), ("authority", command.authority)):
        if not written.strip():
            raise Rejected(f"The agreement lacks its {what}: say who the partner is, how it is reached and who agreed.")


def _end(command: EndAgreement, agreements: Agreements) -> list[AgreementEvent]:
    who = f"{command.partner} on {command.programme}"
    if not agreements:
        raise Rejected(f"There is no agreement with {who}: see `partner list`.")
    last = agreements[-1]
    if last.ended_on == command.on:
        return []
    if last.ended_on is not None:
        raise Rejected(f"The agreement with {who} was ended from {last.ended_on} on already.")
    if last.made.until is not None and last.made.until < command.on:
        raise Rejected(f"The agreement with {who} was over on {last.made.until} already.")
    if command.on < last.made.on:
        raise Rejected(f"The agreement with {who} begins on {last.made.on}: it cannot end before, on {command.on}.")
    return [AgreementEnded(command.on, command.partner, command.programme, command.authority)]
