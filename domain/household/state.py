"""What we know of a household: the fold of its history in the order of the world, under either clock."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.event import Recorded, sorted_by_world
from domain.groups import groups_of
from domain.household.events import (
    AddressChanged,
    ContactChanged,
    Corrected,
    DisabilityChanged,
    DuplicateAbsorbed,
    Formed,
    GenderChanged,
    HeadChanged,
    HouseholdEvent,
    KeysDestroyed,
    MaritalStatusChanged,
    MemberErased,
    MemberJoined,
    MemberLeft,
    MergedInto,
    Moved,
    PaymentReported,
    ProgrammeReported,
    RecipientChosen,
    Registered,
    Resurveyed,
    Survey,
)
from domain.household.participation import NOTHING_REPORTED, Participation, after_report, paid
from domain.questionnaire.answers import Answers, Contact, Family, Member, Place
from domain.questionnaire.codes import Group, Occasion, Relation


class Surveyed(msgspec.Struct, frozen=True, gc=False):
    """One full survey: its day, its occasion, what it says (as corrected), and the shock or programme it was for."""

    on: date
    occasion: Occasion
    survey: Survey
    subject: str | None = None


class Household(msgspec.Struct, frozen=True, gc=False):
    """A household as the folded events describe it. `on` is the latest day any of them speaks of.

    `former` are those who once stood on its roster and left; `erased` those whose identity was erased.
    `former_rosters` are those before each change of the roster, with the day from which there was another one.
    """

    on: date
    residences: tuple[tuple[date, Place], ...]
    roster: dict[UUID, Member]
    families: tuple[Family, ...] = ()
    answers: Answers | None = None
    contact: Contact = Contact()
    address: bytes = b""
    flags: tuple[str, ...] = ()
    surveys: tuple[Surveyed, ...] = ()
    programmes: dict[str, Participation] = msgspec.field(default_factory=dict)
    former: frozenset[UUID] = frozenset()
    erased: frozenset[UUID] = frozenset()
    absorbed: frozenset[UUID] = frozenset()
    merged_into: UUID | None = None
    keys_destroyed_on: date | None = None
    former_rosters: tuple[tuple[date, dict[UUID, Member]], ...] = ()

    @property
    def known_since(self) -> date:
        """The day of the first survey, or of parting from another household."""
        return self.residences[0][0]

    @property
    def place(self) -> Place:
        """Where the household lives now."""
        return self.residences[-1][1]

    def find_place_on(self, day: date) -> Place | None:
        """Where the household lived on a day, as far as it was registered then."""
        for since, place in reversed(self.residences):
            if since <= day:
                return place
        return None

    def find_groups_on(self, day: date) -> frozenset[Group]:
        """The groups to which the household belonged on a day, as far as its roster was registered then."""
        if day < self.known_since:
            return frozenset()
        roster = next((former for until, former in self.former_rosters if day < until), self.roster)
        return groups_of(roster.values())

    @property
    def last_full_survey_on(self) -> date | None:
        """Day of the latest full survey; the clocks of cyclic update and recertification start there."""
        return self.surveys[-1].on if self.surveys else None

    @property
    def head(self) -> Member | None:
        """The head, unless the head has left and no other was named yet."""
        return next((member for member in self.roster.values() if member.relation is Relation.HEAD), None)


def tokens_of(household: Household | None) -> dict[UUID, UUID]:
    """The CNIC tokens that this household holds now, each with its member."""
    if household is None or household.merged_into is not None:
        return {}
    return {member.token: member.member_id for member in household.roster.values() if member.token is not None}


def fold(
    history: Iterable[Recorded[HouseholdEvent]], *, as_of: date | None = None, known_at: datetime | None = None
) -> Household | None:
    """Fold a household's history in the order of the world: by (day, position).

    `as_of` leaves out what happened after that day, `known_at` what was recorded after that instant.
    """
    household: Household | None = None
    for recorded in sorted_by_world(history):
        if (as_of is None or recorded.event.on <= as_of) and (
            known_at is None or recorded.envelope.recorded_at <= known_at
        ):
            household = evolve(household, recorded.event)
    return household


def evolve(household: Household | None, event: HouseholdEvent) -> Household | None:
    """Take one event in. It holds no rules: all of history must pass, also what we would refuse today.

    What each event changes is found by its name: trying one pattern after another costs 0.13 us each, and there are 18.
    A roster that was is kept as it stood: who belonged to a group is worked out for few of them, when it is asked.
    """
    if household is None:
        begins = _BEGINS.get(event.name)
        return None if begins is None else begins(event)
    changed = _CHANGES[event.name](household, event)
    if changed.roster is household.roster:
        return changed
    return replace(changed, former_rosters=(*household.former_rosters, (event.on, household.roster)))


# How a household begins: with a survey, or by parting from another. A fact from before that says nothing yet.


def _begun_by_survey(event: Registered | Corrected) -> Household:
    return _first_surveyed(Surveyed(event.on, Occasion.MISSED_OUT, event.survey))


def _begun_by_resurvey(event: Resurveyed) -> Household:
    return _first_surveyed(_resurvey(event))


def _first_surveyed(surveyed: Surveyed) -> Household:
    on, survey = surveyed.on, surveyed.survey
    return Household(
        on,
        ((on, survey.place),),
        {member.member_id: member for member in survey.roster},
        survey.families,
        survey.answers,
        survey.contact,
        survey.address,
        survey.flags,
        (surveyed,),
    )


def _begun_by_parting(event: Formed) -> Household:
    return Household(
        on=event.on,
        residences=((event.on, event.place),),
        roster={member.member_id: member for member in event.roster},
        families=event.families,
        contact=event.contact,
        address=event.address,
    )


# What each event changes


def _registered(household: Household, event: Registered) -> Household:
    return _surveyed(household, Surveyed(event.on, Occasion.MISSED_OUT, event.survey))


def _resurveyed(household: Household, event: Resurveyed) -> Household:
    return _surveyed(household, _resurvey(event))


def _resurvey(event: Resurveyed) -> Surveyed:
    return Surveyed(event.on, event.occasion, event.survey, event.shock or event.programme)


def _surveyed(household: Household, surveyed: Surveyed) -> Household:
    return replace(_stated(household, surveyed.on, surveyed.survey), surveys=(*household.surveys, surveyed))


def _corrected(household: Household, event: Corrected) -> Household:
    """A correction says what the last survey of its day should have said; it is not a survey of its own."""
    surveys = list(household.surveys)
    for index in reversed(range(len(surveys))):
        if surveys[index].on == event.on:
            surveys[index] = replace(surveys[index], survey=event.survey)
            break
    return replace(_stated(household, event.on, event.survey), surveys=tuple(surveys))


def _stated(household: Household, on: date, survey: Survey) -> Household:
    """A full survey states everything anew, except what only programmes and erasures may say."""
    residences = household.residences
    if not residences or residences[-1][1] != survey.place:
        residences = (*residences, (on, survey.place))
    roster = {member.member_id: member for member in survey.roster}
    for who in household.erased & roster.keys():
        roster[who] = _without_identity(roster[who])
    return replace(
        household,
        on=on,
        residences=residences,
        roster=roster,
        former=household.former | (household.roster.keys() - roster.keys()) if household.roster else household.former,
        families=survey.families,
        answers=survey.answers,
        contact=survey.contact,
        address=survey.address,
        flags=survey.flags,
    )


def _joined(household: Household, event: MemberJoined) -> Household:
    member = event.member if event.member.member_id not in household.erased else _without_identity(event.member)
    families = household.families
    if event.family is not None and all(family.number != event.family.number for family in families):
        families = (*families, event.family)
    return replace(household, on=event.on, roster={**household.roster, member.member_id: member}, families=families)


def _left(household: Household, event: MemberLeft) -> Household:
    """Whoever leaves is nobody's relative on this roster any more, nor the recipient of a family in it."""
    gone = event.member_id
    roster = {
        who: _unlinked(member, gone) if gone in (member.mother, member.father, member.spouse) else member
        for who, member in household.roster.items()
        if who != gone
    }
    families = tuple([replace(f, recipient=None) if f.recipient == gone else f for f in household.families])
    return replace(household, on=event.on, roster=roster, families=families, former=household.former | {gone})


def _unlinked(member: Member, gone: UUID) -> Member:
    mother, father, spouse = (None if who == gone else who for who in (member.mother, member.father, member.spouse))
    return replace(member, mother=mother, father=father, spouse=spouse)


def _under_new_head(household: Household, event: HeadChanged) -> Household:
    """Whoever was head until now, also by a fact that arrived late, keeps a relation that is not the head's."""
    roster = {who: replace(member, relation=_relation_under(event, member)) for who, member in household.roster.items()}
    return replace(household, on=event.on, roster=roster)


def _relation_under(event: HeadChanged, member: Member) -> Relation:
    if member.member_id == event.to_member:
        return Relation.HEAD
    stated = event.relations.get(member.member_id, member.relation)
    return Relation.OTHER_RELATIVE if stated is Relation.HEAD else stated


def _with_marital_status(household: Household, event: MaritalStatusChanged) -> Household:
    return _member(household, event.on, event.member_id, marital_status=event.to_status, spouse=event.spouse)


def _with_disability(household: Household, event: DisabilityChanged) -> Household:
    kinds, certified = event.to_kinds, event.to_certified
    return _member(household, event.on, event.member_id, disabilities=kinds, disability_certified=certified)


def _with_gender(household: Household, event: GenderChanged) -> Household:
    return _member(household, event.on, event.member_id, sex=event.to_sex)


def _member(household: Household, on: date, who: UUID, **changes: object) -> Household:
    member = household.roster.get(who)
    if member is None:
        return replace(household, on=on)
    return replace(household, on=on, roster={**household.roster, who: replace(member, **changes)})


def _with_recipient(household: Household, event: RecipientChosen) -> Household:
    families = tuple(
        replace(family, recipient=event.to_member) if family.number == event.family else family
        for family in household.families
    )
    return replace(household, on=event.on, families=families)


def _with_contact(household: Household, event: ContactChanged) -> Household:
    return replace(household, on=event.on, contact=event.contact)


def _with_address(household: Household, event: AddressChanged) -> Household:
    return replace(household, on=event.on, address=event.address)


def _moved(household: Household, event: Moved) -> Household:
    residences = (*household.residences, (event.on, event.to_place))
    return replace(household, on=event.on, residences=residences, address=event.address)


def _having_absorbed(household: Household, event: DuplicateAbsorbed) -> Household:
    return replace(household, on=event.on, absorbed=household.absorbed | {event.duplicate})


def _merged(household: Household, event: MergedInto) -> Household:
    return replace(household, on=event.on, merged_into=event.survivor)


def _erased(household: Household, event: MemberErased) -> Household:
    who = event.member_id
    roster = {key: _without_identity(m) if key == who else m for key, m in household.roster.items()}
    return replace(household, on=event.on, roster=roster, erased=household.erased | {who})


def _without_keys(household: Household, event: KeysDestroyed) -> Household:
    """Phones and address go with their key: by their tokens it would still be found."""
    return replace(household, on=event.on, keys_destroyed_on=event.on, contact=Contact(), address=b"")


def _without_identity(member: Member) -> Member:
    return replace(member, token=None, name_tokens=(), identity=b"", born=None)


def _reported(household: Household, event: ProgrammeReported) -> Household:
    before = household.programmes.get(event.programme, NOTHING_REPORTED)
    programmes = {**household.programmes, event.programme: after_report(before, event)}
    return replace(household, on=event.on, programmes=programmes)


def _paid(household: Household, event: PaymentReported) -> Household:
    before = household.programmes.get(event.programme, NOTHING_REPORTED)
    return replace(household, on=event.on, programmes={**household.programmes, event.programme: paid(before, event)})


_BEGINS: dict[str, Callable[[Any], Household]] = {
    Registered.name: _begun_by_survey,
    Resurveyed.name: _begun_by_resurvey,
    Corrected.name: _begun_by_survey,
    Formed.name: _begun_by_parting,
}
_CHANGES: dict[str, Callable[[Household, Any], Household]] = {
    Registered.name: _registered,
    Resurveyed.name: _resurveyed,
    Corrected.name: _corrected,
    Formed.name: lambda _, event: _begun_by_parting(event),
    MemberJoined.name: _joined,
    MemberLeft.name: _left,
    HeadChanged.name: _under_new_head,
    MaritalStatusChanged.name: _with_marital_status,
    DisabilityChanged.name: _with_disability,
    GenderChanged.name: _with_gender,
    RecipientChosen.name: _with_recipient,
    ContactChanged.name: _with_contact,
    AddressChanged.name: _with_address,
    Moved.name: _moved,
    DuplicateAbsorbed.name: _having_absorbed,
    MergedInto.name: _merged,
    MemberErased.name: _erased,
    KeysDestroyed.name: _without_keys,
    ProgrammeReported.name: _reported,
    PaymentReported.name: _paid,
}
assert _CHANGES.keys() == {kind.name for kind in get_args(HouseholdEvent)}, "every event of a household has its case"
