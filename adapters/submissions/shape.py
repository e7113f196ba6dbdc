"""The submissions that the registry takes, one struct a kind. This is the only place where people stand in clear.

Written and read as JSON objects with code words (see `words`); everything after the door knows sealed bytes and tokens.
"""

from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.questionnaire.answers import Answers, Place
from domain.questionnaire.capture import Capture
from domain.questionnaire.codes import (
    ChronicDisease,
    Difficulty,
    DisabilityKind,
    EmploymentNature,
    EmploymentStatus,
    Evidence,
    FamilyKind,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Occasion,
    OccupationGroup,
    ProgrammeReport,
    Relation,
    SchoolStatus,
    SchoolType,
    Sex,
)

TEXT_CHARACTERS_MAX = 1_000
"""Longest text field that is taken; longer ones are refused, not cut."""

Text = str


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person as she stands before the desk. Lines number the roster from 1; `born` is YYYY-MM-DD, 00 where unknown.

    `member_id` names a person already registered; without it she is recognised by her CNIC or B-form number.
    """

    line: int
    relation: Relation
    sex: Sex
    member_id: UUID | None = None
    cnic: str | None = None
    name: str | None = None
    father_or_husband: str | None = None
    age: int | None = None
    born: str | None = None
    marital_status: MaritalStatus | None = None
    family: int = 1
    spouse_line: int | None = None
    mother_line: int | None = None
    father_line: int | None = None
    literate: bool | None = None
    school: SchoolStatus | None = None
    highest_class: int | None = None
    school_type: SchoolType | None = None
    disabilities: tuple[DisabilityKind, ...] = ()
    disability_certified: bool = False
    difficulties: tuple[Difficulty, ...] = ()
    chronic_diseases: tuple[ChronicDisease, ...] = ()
    employment: EmploymentStatus | None = None
    employment_nature: EmploymentNature | None = None
    occupation: OccupationGroup | None = None
    pregnant_or_lactating: bool | None = None


class StatedFamily(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A family of the citizen register inside the household, and the roster line of who in it is paid."""

    number: int
    kind: FamilyKind
    recipient_line: int | None = None


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to find the door."""

    house: str | None = None
    street: str | None = None
    village: str | None = None
    landmark: str | None = None


class Questionnaire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A full survey, answered."""

    place: Place
    roster: tuple[Person, ...]
    answers: Answers = Answers()
    families: tuple[StatedFamily, ...] = ()
    phones: tuple[str, ...] = ()
    address: Address = Address()


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every submission says: its own id, where it comes from, the day it speaks of, who took it and how."""

    submission_id: UUID
    source: str
    on: date
    operator: str
    role: str = "operator"
    centre: str | None = None
    device: str | None = None
    capture: Capture | None = None


class MissedOut(Submission, frozen=True, kw_only=True, tag="missed_out"):
    """Full survey of a household that has none yet. `source_key`: its key in a survey file, if it has one.

    `household` is named only where the household parted from another and waits for its first survey.
    """

    survey: Questionnaire
    source_key: str | None = None
    household: UUID | None = None


class ShockSurvey(Submission, frozen=True, kw_only=True, tag="shock"):
    """Full survey after a declared shock."""

    occasion: ClassVar[Occasion] = Occasion.SHOCK
    household: UUID
    shock: str
    survey: Questionnaire


class Appeal(Submission, frozen=True, kw_only=True, tag="appeal"):
    """Full survey because a household appeals against a programme's conclusion."""

    occasion: ClassVar[Occasion] = Occasion.APPEAL
    household: UUID
    programme: str
    survey: Questionnaire


class Cyclic(Submission, frozen=True, kw_only=True, tag="cyclic"):
    """Full survey two years after the last, for households above the cut-off."""

    occasion: ClassVar[Occasion] = Occasion.CYCLIC
    household: UUID
    survey: Questionnaire


class Recertification(Submission, frozen=True, kw_only=True, tag="recertification"):
    """Full survey of a beneficiary household when its recertification is due."""

    occasion: ClassVar[Occasion] = Occasion.RECERTIFICATION
    household: UUID
    survey: Questionnaire


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="change"):
    """One change of a roster update."""


class MemberJoins(Change, frozen=True, kw_only=True, tag="member_joined"):
    """A person joins by birth, marriage or return. If she is on another roster she leaves it in the same step.

    Mother, father and spouse are given by the members' ids here, since the roster's lines may have moved on.
    `family` describes hers where no member of it stood on this roster before.
    """

    person: Person
    reason: JoinReason
    evidence: tuple[Evidence, ...] = ()
    mother: UUID | None = None
    father: UUID | None = None
    spouse: UUID | None = None
    family: StatedFamily | None = None


class MemberLeaves(Change, frozen=True, kw_only=True, tag="member_left"):
    """A member dies, marries away or departs."""

    member: UUID
    reason: LeaveReason
    evidence: tuple[Evidence, ...] = ()


class HeadChanges(Change, frozen=True, kw_only=True, tag="head_changed"):
    """Another member becomes head; the others' relations to the new head, by member."""

    member: UUID
    relations: dict[UUID, Relation] = {}


class MaritalStatusChanges(Change, frozen=True, kw_only=True, tag="marital_status_changed"):
    """A member marries, is widowed, divorced or separated."""

    member: UUID
    to: MaritalStatus
    spouse: UUID | None = None
    evidence: tuple[Evidence, ...] = ()


class DisabilityChanges(Change, frozen=True, kw_only=True, tag="disability_changed"):
    """A member's disabilities change."""

    member: UUID
    to: tuple[DisabilityKind, ...]
    certified: bool = False
    evidence: tuple[Evidence, ...] = ()


class GenderChanges(Change, frozen=True, kw_only=True, tag="gender_changed"):
    """A member's gender in the citizen register changes."""

    member: UUID
    to: Sex
    evidence: tuple[Evidence, ...] = ()


class RecipientChanges(Change, frozen=True, kw_only=True, tag="recipient_chosen"):
    """A family names who in it is paid."""

    family: int
    member: UUID


class ContactChanges(Change, frozen=True, kw_only=True, tag="contact_changed"):
    """New phone numbers, in place of the old."""

    phones: tuple[str, ...]


class AddressChanges(Change, frozen=True, kw_only=True, tag="address_changed"):
    """The address changes inside the same place."""

    address: Address


AnyOtherChange = (
    MemberLeaves
    | HeadChanges
    | MaritalStatusChanges
    | DisabilityChanges
    | GenderChanges
    | RecipientChanges
    | ContactChanges
    | AddressChanges
)
AnyChange = MemberJoins | AnyOtherChange


class RosterUpdate(Submission, frozen=True, kw_only=True, tag="roster_update"):
    """Changes in the roster between surveys, in the order they happened; all are taken or none."""

    household: UUID
    changes: tuple[AnyChange, ...]


class Move(Submission, frozen=True, kw_only=True, tag="move"):
    """The household moves to another place."""

    household: UUID
    place: Place
    address: Address = Address()


class Split(Submission, frozen=True, kw_only=True, tag="split"):
    """Some members part and form a household of their own, with their relations to its head."""

    household: UUID
    members: dict[UUID, Relation]
    place: Place
    address: Address = Address()


class Merge(Submission, frozen=True, kw_only=True, tag="merge"):
    """Two registrations are one household: `duplicate` is closed into `household`.

    `same_person` names the pairs (duplicate's member, survivor's member) who are one person; others join the survivor.
    """

    household: UUID
    duplicate: UUID
    same_person: dict[UUID, UUID] = {}


class Correction(Submission, frozen=True, kw_only=True, tag="correction"):
    """The survey that came with submission `corrects` was recorded wrongly; this is what it says rightly."""

    household: UUID
    corrects: UUID
    reason: str
    survey: Questionnaire


class Erasure(Submission, frozen=True, kw_only=True, tag="erasure"):
    """A person's identity is to be erased, or without `member` that of a whole household.

    `authority` names the request. Another person must have proposed it: whoever sends this approves it.
    """

    household: UUID
    member: UUID | None = None
    authority: str


class ProgrammeReports(Submission, frozen=True, kw_only=True, tag="programme_report"):
    """A programme tells what it did with a household."""

    household: UUID
    programme: str
    report: ProgrammeReport
    filters: tuple[str, ...] = ()
    family: int | None = None


class PaymentReports(Submission, frozen=True, kw_only=True, tag="payment_report"):
    """A programme tells that it paid a household, once for each payment."""

    household: UUID
    programme: str
    amount_paisa: int | None = None


Resurvey = ShockSurvey | Appeal | Cyclic | Recertification
AnySubmission = (
    MissedOut
    | ShockSurvey
    | Appeal
    | Cyclic
    | Recertification
    | RosterUpdate
    | Move
    | Split
    | Merge
    | Correction
    | Erasure
    | ProgrammeReports
    | PaymentReports
)
