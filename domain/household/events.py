"""What has happened to a household. Every event says on which day of the world it took effect (`on`)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import Event
from domain.questionnaire.answers import Answers, Contact, Family, Member, Place
from domain.questionnaire.codes import (
    DisabilityKind,
    Evidence,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Occasion,
    ProgrammeReport,
    Relation,
    Sex,
)


class Survey(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Everything one full survey recorded: where, the answers, the whole roster, its families, and how to reach them.

    `flags` names the checks that found something odd but not wrong (see `domain.checks`).
    """

    place: Place
    answers: Answers
    roster: tuple[Member, ...]
    families: tuple[Family, ...] = ()
    contact: Contact = Contact()
    address: bytes = b""
    flags: tuple[str, ...] = ()


class Registered(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A household was surveyed for the first time and entered the registry."""

    name: ClassVar[str] = "household.registered.v1"
    on: date
    survey: Survey
    source_key: str | None = None


class Resurveyed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A registered household answered the whole survey again; `shock` or `programme` says for what, if for one."""

    name: ClassVar[str] = "household.resurveyed.v1"
    on: date
    occasion: Occasion
    survey: Survey
    shock: str | None = None
    programme: str | None = None


class Corrected(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A survey was recorded wrongly; this is what it says rightly, as of its day. `corrects`: the old submission."""

    name: ClassVar[str] = "household.corrected.v1"
    on: date
    corrects: UUID
    survey: Survey
    reason: str


class Formed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A household began by parting from another; it has a roster but no survey of its own yet."""

    name: ClassVar[str] = "household.formed.v1"
    on: date
    from_household: UUID
    place: Place
    roster: tuple[Member, ...]
    families: tuple[Family, ...] = ()
    contact: Contact = Contact()
    address: bytes = b""


class MemberJoined(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A person joined the roster by birth, marriage, return, or when households were merged.

    `family` describes hers where no member of it stood on this roster before.
    """

    name: ClassVar[str] = "household.member_joined.v1"
    on: date
    member: Member
    reason: JoinReason
    evidence: tuple[Evidence, ...] = ()
    from_household: UUID | None = None
    family: Family | None = None


class MemberLeft(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A person left the roster by death, marriage or departure, or when households were split or merged."""

    name: ClassVar[str] = "household.member_left.v1"
    on: date
    member_id: UUID
    reason: LeaveReason
    evidence: tuple[Evidence, ...] = ()
    to_household: UUID | None = None


class HeadChanged(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Another member became head; `relations` gives every member's relation to the new head, as stated."""

    name: ClassVar[str] = "household.head_changed.v1"
    on: date
    from_member: UUID | None
    to_member: UUID
    relations: dict[UUID, Relation] = msgspec.field(default_factory=dict)


class MaritalStatusChanged(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A member's marital status changed."""

    name: ClassVar[str] = "household.marital_status_changed.v1"
    on: date
    member_id: UUID
    from_status: MaritalStatus | None
    to_status: MaritalStatus
    spouse: UUID | None = None
    evidence: tuple[Evidence, ...] = ()


class DisabilityChanged(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A member's disabilities, or their certification, changed."""

    name: ClassVar[str] = "household.disability_changed.v1"
    on: date
    member_id: UUID
    from_kinds: tuple[DisabilityKind, ...]
    to_kinds: tuple[DisabilityKind, ...]
    from_certified: bool
    to_certified: bool
    evidence: tuple[Evidence, ...] = ()


class GenderChanged(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A member's gender in the citizen register changed."""

    name: ClassVar[str] = "household.gender_changed.v1"
    on: date
    member_id: UUID
    from_sex: Sex
    to_sex: Sex
    evidence: tuple[Evidence, ...] = ()


class RecipientChosen(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A family named who in it is paid."""

    name: ClassVar[str] = "household.recipient_chosen.v1"
    on: date
    family: int
    from_member: UUID | None
    to_member: UUID


class ContactChanged(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The household's phone numbers changed."""

    name: ClassVar[str] = "household.contact_changed.v1"
    on: date
    contact: Contact


class AddressChanged(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The address was corrected or changed inside the same place."""

    name: ClassVar[str] = "household.address_changed.v1"
    on: date
    address: bytes


class Moved(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The household moved to another place."""

    name: ClassVar[str] = "household.moved.v1"
    on: date
    from_place: Place
    to_place: Place
    address: bytes = b""


class DuplicateAbsorbed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Another registration turned out to be this same household; that one is closed and points here."""

    name: ClassVar[str] = "household.duplicate_absorbed.v1"
    on: date
    duplicate: UUID


class MergedInto(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """This registration turned out to be a duplicate of another household and is closed."""

    name: ClassVar[str] = "household.merged_into.v1"
    on: date
    survivor: UUID


class MemberErased(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A person's identity was erased at her lawful request; what remains of her is facts without a name."""

    name: ClassVar[str] = "household.member_erased.v1"
    on: date
    member_id: UUID
    authority: str


class KeysDestroyed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The household's keys were destroyed: nothing sealed can be read any more, and nothing new can be sealed."""

    name: ClassVar[str] = "household.keys_destroyed.v1"
    on: date
    authority: str


class ProgrammeReported(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A programme told what it did: enrolled, suspended, exited, verified, blocked by filters, or cleared of them."""

    name: ClassVar[str] = "household.programme_reported.v1"
    on: date
    programme: str
    report: ProgrammeReport
    filters: tuple[str, ...] = ()
    family: int | None = None


class PaymentReported(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A programme told that it paid a household. payment: which one; amount_paisa: how much, where it said so."""

    name: ClassVar[str] = "household.payment_reported.v1"
    on: date
    programme: str
    payment: UUID
    amount_paisa: int | None = None


HouseholdEvent = (
    Registered
    | Resurveyed
    | Corrected
    | Formed
    | MemberJoined
    | MemberLeft
    | HeadChanged
    | MaritalStatusChanged
    | DisabilityChanged
    | GenderChanged
    | RecipientChosen
    | ContactChanged
    | AddressChanged
    | Moved
    | DuplicateAbsorbed
    | MergedInto
    | MemberErased
    | KeysDestroyed
    | ProgrammeReported
    | PaymentReported
)
