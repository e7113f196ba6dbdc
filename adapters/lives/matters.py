"""What is told at the desk: each matter changes the home and gives the changes of its roster that say so.

A matter that has become moot, since whom it is about is gone, changes nothing and says nothing.
"""

from collections.abc import Callable
from datetime import date
from random import Random
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.lives.growing import grown
from adapters.lives.homes import Home, MemberId, Resident
from adapters.lives.names import MEN, WOMEN
from adapters.lives.succession import last_resort, relations_under, successor
from adapters.lives.tables import Tables
from adapters.submissions.shape import (
    Address,
    AddressChanges,
    AnyChange,
    ContactChanges,
    DisabilityChanges,
    HeadChanges,
    MaritalStatusChanges,
    MemberJoins,
    MemberLeaves,
    Person,
    StatedFamily,
)
from domain.questionnaire.codes import (
    DisabilityKind,
    Evidence,
    FamilyKind,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Relation,
    Sex,
)

Changes = tuple[AnyChange, ...]
Matter = Callable[[Home, UUID, date], Changes]
"""Told of a home, in a submission, on a day."""

NAMES_TRIED_MAX = 60
_CHILD_OF: dict[Relation, Relation] = {
    Relation.HEAD: Relation.CHILD,
    Relation.SPOUSE: Relation.CHILD,
    Relation.CHILD: Relation.GRANDCHILD,
    Relation.CHILD_IN_LAW: Relation.GRANDCHILD,
    Relation.SIBLING: Relation.NEPHEW_OR_NIECE,
    Relation.SIBLING_IN_LAW: Relation.NEPHEW_OR_NIECE,
    Relation.PARENT: Relation.SIBLING,
}
_WIFE_OF: dict[Relation, Relation] = {
    Relation.HEAD: Relation.SPOUSE,
    Relation.CHILD: Relation.CHILD_IN_LAW,
    Relation.SIBLING: Relation.SIBLING_IN_LAW,
}


class Newborn(msgspec.Struct):
    """A child that was born; the registry hears of it later, and may never where it died before."""

    mother: UUID
    born: date
    sex: Sex
    line: int | None = None


def birth(child: Newborn, member_id: MemberId, rng: Random) -> Matter:
    """A child is brought to the desk."""

    def tell(home: Home, submission: UUID, day: date) -> Changes:
        mother = home.find(child.mother)
        if mother is None:
            return ()
        father = home.spouse_of(mother)
        line = child.line = home.next_line
        person = Person(
            line=line,
            relation=_CHILD_OF.get(mother.person.relation, Relation.OTHER_RELATIVE),
            sex=child.sex,
            name=_new_name(home, child.sex, rng),
            father_or_husband=father.person.name if father else None,
            born=child.born.isoformat(),
            marital_status=MaritalStatus.NEVER_MARRIED,
            family=mother.person.family,
            mother_line=mother.person.line,
            father_line=father.person.line if father else None,
        )
        one = Resident(member_id(submission.bytes, line), person, child.born, day)
        one.person = replace(person, age=one.age_on(day))
        home.put(one)
        told = replace(one.person, mother_line=None, father_line=None)
        return (
            MemberJoins(
                person=told,
                reason=JoinReason.BIRTH,
                evidence=(Evidence.CRC,),
                mother=mother.member_id,
                father=father.member_id if father else None,
            ),
        )

    return tell


def death(who: UUID) -> Matter:
    """Somebody has died; where it was the head, another becomes head in the same step."""

    def tell(home: Home, _: UUID, day: date) -> Changes:
        dead = home.find(who)
        if dead is None:
            return ()
        changes: list[AnyChange] = [
            MemberLeaves(member=dead.member_id, reason=LeaveReason.DEATH, evidence=(Evidence.DEATH_CERTIFICATE,))
        ]
        if dead.person.relation is Relation.HEAD:
            changes += _succeed(home, dead, day)
        widowed = [one for one in home.people.values() if one.person.spouse_line == dead.person.line]
        home.remove(dead.person.line)
        for one in widowed:
            home.set(one.person.line, marital_status=MaritalStatus.WIDOWED)
            changes.append(MaritalStatusChanges(member=one.member_id, to=MaritalStatus.WIDOWED))
        return tuple(changes)

    return tell


def _succeed(home: Home, dead: Resident, day: date) -> list[AnyChange]:
    head = successor(home, dead, day) or last_resort(home, dead)
    if head is None:
        return []
    relations = relations_under(home, dead, head)
    home.set(head.person.line, relation=Relation.HEAD)
    for line, relation in relations.items():
        home.set(line, relation=relation)
    by_member = {home.people[line].member_id: relation for line, relation in relations.items()}
    return [HeadChanges(member=head.member_id, relations={who: by_member[who] for who in sorted(by_member)})]


def parting(wife: UUID, to: MaritalStatus) -> Matter:
    """A couple divorces or separates: she leaves for where she came from, the children stay."""

    def tell(home: Home, _: UUID, __: date) -> Changes:
        she = home.find(wife)
        he = home.spouse_of(she) if she is not None else None
        if she is None or he is None or she.person.relation is Relation.HEAD:
            return ()
        evidence = (Evidence.DIVORCE_CERTIFICATE,) if to is MaritalStatus.DIVORCED else ()
        home.remove(she.person.line)
        home.set(he.person.line, marital_status=to)
        witnesses = (Evidence.STATEMENT_OF_TWO_WITNESSES,)
        return (
            MemberLeaves(member=wife, reason=LeaveReason.DEPARTURE, evidence=witnesses),
            MaritalStatusChanges(member=he.member_id, to=to, evidence=evidence),
        )

    return tell


def disability(who: UUID, kind: DisabilityKind, *, certified: bool) -> Matter:
    """Somebody has a disability since, with a certificate or on the household's word."""

    def tell(home: Home, _: UUID, __: date) -> Changes:
        one = home.find(who)
        if one is None or kind in one.person.disabilities:
            return ()
        kinds, is_certified = (*one.person.disabilities, kind), certified or one.person.disability_certified
        home.set(one.person.line, disabilities=kinds, disability_certified=is_certified)
        evidence = (Evidence.DISABILITY_CERTIFICATE,) if is_certified else ()
        return (DisabilityChanges(member=who, to=kinds, certified=is_certified, evidence=evidence),)

    return tell


def new_phone(phone: str) -> Matter:
    """The household has another number."""

    def tell(home: Home, _: UUID, __: date) -> Changes:
        home.phones = (phone,)
        return (ContactChanges(phones=home.phones),)

    return tell


def new_address(house: str) -> Matter:
    """The household lives at another door of the same place."""

    def tell(home: Home, _: UUID, __: date) -> Changes:
        home.address = replace(home.address, house=house)
        return (AddressChanges(address=home.address),)

    return tell


def wedding(bride: Resident, groom: UUID, tables: Tables, rng: Random) -> Matter:
    """A daughter of another household marries a son of this one: joining here, she leaves there in the same step."""

    def tell(home: Home, _: UUID, day: date) -> Changes:
        he = home.find(groom)
        if he is None:
            return ()
        she = _as_wife(bride, he, home, day, tables, rng)
        family = None
        if home.families:
            family = StatedFamily(number=she.family, kind=FamilyKind.BETA, recipient_line=she.line)
            home.families.append(family)
        home.put(Resident(bride.member_id, she, bride.born, day))
        home.set(he.person.line, marital_status=MaritalStatus.MARRIED, spouse_line=she.line, family=she.family)
        he.is_spoken_for = False
        joins = MemberJoins(
            person=replace(she, name=None, father_or_husband=None, spouse_line=None),
            reason=JoinReason.MARRIAGE,
            evidence=(Evidence.MARRIAGE_CERTIFICATE,),
            spouse=groom,
            family=family,
        )
        return joins, MaritalStatusChanges(member=groom, to=MaritalStatus.MARRIED, spouse=bride.member_id)

    return tell


def _as_wife(bride: Resident, he: Resident, home: Home, day: date, tables: Tables, rng: Random) -> Person:
    age = bride.age_on(day)
    return replace(
        grown(bride.person, age, bride.age_on(bride.told_on), tables, rng),
        line=home.next_line,
        age=age,
        relation=_WIFE_OF.get(he.person.relation, Relation.OTHER_RELATIVE),
        marital_status=MaritalStatus.MARRIED,
        father_or_husband=he.person.name,
        family=home.new_family() if home.families else he.person.family,
        spouse_line=he.person.line,
        mother_line=None,
        father_line=None,
    )


def _new_name(home: Home, sex: Sex, rng: Random) -> str:
    """A name that nobody of the household has or had, so that a child is never taken for a dead one."""
    head = home.head
    family = (head.person.name or "").split()[-1:] if head else []
    given = MEN if sex is Sex.MALE else WOMEN
    name = ""
    for _ in range(NAMES_TRIED_MAX):
        name = " ".join([rng.choice(given), *family])
        if name not in home.names:
            break
    return name


def some_address(rng: Random) -> Address:
    """A door in a place the household moved to."""
    return Address(house=str(rng.randint(1, 400)))
