"""What may be asked of a household. Every request speaks of one day of the world (`on`)."""

from datetime import date
from uuid import UUID

import msgspec

from domain.household.events import Survey
from domain.questionnaire.answers import Contact, Family, Member, Place
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


class Ask(msgspec.Struct, frozen=True):
    """A request about one household, speaking of one day."""

    on: date


class Register(Ask, frozen=True):
    """Register a household that was never surveyed."""

    survey: Survey
    source_key: str | None = None


class SurveyAgain(Ask, frozen=True):
    """Take a full survey of a registered household on an occasion; `subject` is the shock or programme it is for."""

    occasion: Occasion
    survey: Survey
    subject: str | None = None


class CorrectSurvey(Ask, frozen=True):
    """Replace what an earlier submission recorded, as of its own day."""

    corrects: UUID
    survey: Survey
    reason: str


class Form(Ask, frozen=True):
    """Begin a household with members who part from another."""

    from_household: UUID
    place: Place
    roster: tuple[Member, ...]
    families: tuple[Family, ...] = ()
    contact: Contact = Contact()
    address: bytes = b""


class AddMember(Ask, frozen=True):
    """Take a person onto the roster; `family` describes hers where no member of it stood on this roster before."""

    member: Member
    reason: JoinReason
    evidence: tuple[Evidence, ...] = ()
    from_household: UUID | None = None
    family: Family | None = None


class RemoveMember(Ask, frozen=True):
    """Take a person off the roster."""

    member_id: UUID
    reason: LeaveReason
    evidence: tuple[Evidence, ...] = ()
    to_household: UUID | None = None


class NameHead(Ask, frozen=True):
    """Make another member the head."""

    member_id: UUID
    relations: dict[UUID, Relation] = msgspec.field(default_factory=dict)


class ChangeMaritalStatus(Ask, frozen=True):
    """Change a member's marital status."""

    member_id: UUID
    to: MaritalStatus
    spouse: UUID | None = None
    evidence: tuple[Evidence, ...] = ()


class ChangeDisability(Ask, frozen=True):
    """Change a member's disabilities or their certification."""

    member_id: UUID
    to: tuple[DisabilityKind, ...]
    certified: bool = False
    evidence: tuple[Evidence, ...] = ()


class ChangeGender(Ask, frozen=True):
    """Change a member's gender after the citizen register did."""

    member_id: UUID
    to: Sex
    evidence: tuple[Evidence, ...] = ()


class ChooseRecipient(Ask, frozen=True):
    """Name who in a family is paid."""

    family: int
    member_id: UUID


class ChangeContact(Ask, frozen=True):
    """Replace the phone numbers."""

    contact: Contact


class ChangeAddress(Ask, frozen=True):
    """Replace the address inside the same place."""

    address: bytes


class MoveTo(Ask, frozen=True):
    """Move the household to another place."""

    place: Place
    address: bytes = b""


class AbsorbDuplicate(Ask, frozen=True):
    """Take in a registration that is the same household."""

    duplicate: UUID


class MergeInto(Ask, frozen=True):
    """Close this registration into the one that stays."""

    survivor: UUID


class DestroyKeys(Ask, frozen=True):
    """Note that the household's keys are destroyed."""

    authority: str


class EraseMember(Ask, frozen=True):
    """Erase a person's identity."""

    member_id: UUID
    authority: str


class ReportProgramme(Ask, frozen=True):
    """Record what a programme did."""

    programme: str
    report: ProgrammeReport
    filters: tuple[str, ...] = ()
    family: int | None = None


class ReportPayment(Ask, frozen=True):
    """Record that a programme paid the household. `payment` names this one among all payments."""

    programme: str
    payment: UUID
    amount_paisa: int | None = None


AboutRegistered = (
    SurveyAgain
    | CorrectSurvey
    | AddMember
    | RemoveMember
    | NameHead
    | ChangeMaritalStatus
    | ChangeDisability
    | ChangeGender
    | ChooseRecipient
    | ChangeContact
    | ChangeAddress
    | MoveTo
    | AbsorbDuplicate
    | MergeInto
    | EraseMember
    | DestroyKeys
    | ReportProgramme
    | ReportPayment
)
"""What may only be asked of a household that is registered."""

HouseholdCommand = Register | Form | AboutRegistered
