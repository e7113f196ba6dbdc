"""What happens between surveys: births, deaths, marriages, moves, and what is brought to the desk because of them."""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from adapters.demo.desk import Desk, Home
from adapters.demo.dwellings import chance
from adapters.demo.families import Roster
from adapters.demo.interviews import brought
from adapters.demo.people import MadeUp, Someone, person_on
from adapters.demo.whereabouts import some_place, some_tehsil
from adapters.submissions.shape import (
    Address,
    AnyChange,
    ContactChanges,
    DisabilityChanges,
    HeadChanges,
    MaritalStatusChanges,
    MemberJoins,
    MemberLeaves,
    Move,
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

BEARING_AGES = range(18, 43)
BRIDE_AGES = range(18, 30)
GROOM_AGES = range(20, 36)
OLD_FROM = 60
_A_YEAR = timedelta(days=365)


def mothers_to_be(home: Home, day: date) -> list[Someone]:
    """Wives who live with their husbands and whose last child, if any, is more than a year old."""
    people = home.made.people
    return [
        wife
        for wife in people
        if wife.sex is Sex.FEMALE
        and wife.spouse is not None
        and wife.relation in (Relation.SPOUSE, Relation.CHILD_IN_LAW)
        and wife.age_on(day) in BEARING_AGES
        and all(day - child.born > _A_YEAR for child in people if child.mother == wife.line)
    ]


def birth(desk: Desk, home: Home, day: date) -> None:
    """A child is born and brought to the desk some days later."""
    rng, made = desk.rng, home.made
    mother = rng.choice(mothers_to_be(home, day))
    grandchild = mother.relation is Relation.CHILD_IN_LAW
    names = Roster(rng, desk.numbers, day, made.wealth)
    taken = {each.name.split()[0] for each in made.people}
    sex = rng.choice((Sex.FEMALE, Sex.MALE))
    name = next(name for name in iter(lambda: names.new_name(sex, grown=False), "") if name.split()[0] not in taken)
    child = Someone(
        line=made.next_line,
        relation=Relation.GRANDCHILD if grandchild else Relation.CHILD,
        sex=sex,
        born=day - timedelta(days=rng.randint(3, 25)),
        name=name,
        marital_status=MaritalStatus.NEVER_MARRIED,
        family=mother.family,
        mother=mother.line,
        father=mother.spouse,
        classes=rng.choice((0, 5, 8)),
    )
    members = desk.members(home)
    joins = MemberJoins(
        person=person_on(child, day),
        reason=JoinReason.BIRTH,
        evidence=(Evidence.CRC,),
        mother=members[mother.line],
        father=members[mother.spouse or 0],
    )
    desk.update(home, day, replace(made, people=(*made.people, child)), joins)


def old_members(home: Home, day: date) -> list[Someone]:
    """Members who are old and do not head the household."""
    return [each for each in home.made.people if each.age_on(day) >= OLD_FROM and each.relation is not Relation.HEAD]


def heads_with_wives(home: Home, day: date) -> list[Someone]:
    """The head, where he is of middle age, his wife would succeed him, and no parents of his live there."""
    made = home.made
    plain = {Relation.HEAD, Relation.SPOUSE, Relation.CHILD, Relation.GRANDCHILD, Relation.CHILD_IN_LAW}
    wives = [each for each in made.people if each.relation is Relation.SPOUSE]
    fits = len(wives) == 1 and made.head.age_on(day) > GROOM_AGES.stop and {p.relation for p in made.people} <= plain
    return [made.head] if fits else []


def death(desk: Desk, home: Home, day: date, dead: Someone) -> None:
    """A member dies; where it was the head, his wife becomes head in the same submission."""
    made, members = home.made, desk.members(home)
    left = MemberLeaves(member=members[dead.line], reason=LeaveReason.DEATH, evidence=(Evidence.DEATH_CERTIFICATE,))
    changes: list[AnyChange] = [left]
    after = without(made, dead)
    widowed = [each for each in made.people if each.line == dead.spouse]
    if dead.relation is Relation.HEAD:
        changes.append(HeadChanges(member=members[widowed[0].line]))
        after = _changed(after, widowed, relation=Relation.HEAD)
    changes += [MaritalStatusChanges(member=members[each.line], to=MaritalStatus.WIDOWED) for each in widowed]
    after = _changed(after, widowed, marital_status=MaritalStatus.WIDOWED, spouse=None)
    desk.update(home, day, after, *changes)


def without(made: MadeUp, gone: Someone) -> MadeUp:
    """The household after somebody left: nobody names her any more, nor is she paid."""

    def unlinked(line: int | None) -> int | None:
        return None if line == gone.line else line

    people = tuple(
        replace(each, spouse=unlinked(each.spouse), mother=unlinked(each.mother), father=unlinked(each.father))
        for each in made.people
        if each.line != gone.line
    )
    inhabited = {each.family for each in people}
    families = tuple(
        replace(family, recipient_line=unlinked(family.recipient_line))
        for family in made.families
        if family.number in inhabited
    )
    return replace(made, people=people, families=families)


def brides(home: Home, day: date) -> list[Someone]:
    """Unmarried daughters with a card of their own."""
    return [each for each in _unmarried(home, Sex.FEMALE) if each.age_on(day) in BRIDE_AGES and each.cnic]


def grooms(home: Home, day: date) -> list[Someone]:
    """Unmarried sons."""
    return [each for each in _unmarried(home, Sex.MALE) if each.age_on(day) in GROOM_AGES]


def _unmarried(home: Home, sex: Sex) -> Iterable[Someone]:
    return (
        each
        for each in home.made.people
        if each.sex is sex and each.relation is Relation.CHILD and each.marital_status is MaritalStatus.NEVER_MARRIED
    )


def marriage(desk: Desk, from_home: Home, to_home: Home, day: date) -> None:
    """A daughter of one household marries a son of another and moves there: her token and her key go with her."""
    bride, groom = brides(from_home, day)[0], grooms(to_home, day)[0]
    made = to_home.made
    family = max(each.number for each in made.families) + 1
    wife = replace(
        bride,
        line=made.next_line,
        relation=Relation.CHILD_IN_LAW,
        marital_status=MaritalStatus.MARRIED,
        father_or_husband=groom.name,
        family=family,
        spouse=groom.line,
        mother=None,
        father=None,
    )
    herself, himself = desk.members(from_home)[bride.line], desk.members(to_home)[groom.line]
    theirs = StatedFamily(number=family, kind=FamilyKind.BETA, recipient_line=wife.line)
    joins = MemberJoins(
        person=replace(person_on(wife, day), name=None),
        reason=JoinReason.MARRIAGE,
        evidence=(Evidence.MARRIAGE_CERTIFICATE,),
        spouse=himself,
        family=theirs,
    )
    married = MaritalStatusChanges(member=himself, to=MaritalStatus.MARRIED, spouse=herself)
    after = _changed(made, [groom], marital_status=MaritalStatus.MARRIED, spouse=wife.line, family=family)
    after = replace(after, people=(*after.people, wife), families=(*after.families, theirs))
    if desk.update(to_home, day, after, joins, married).accepted:
        from_home.made = without(from_home.made, bride)


def new_phone(desk: Desk, home: Home, day: date) -> None:
    """A household has another number."""
    phones = (desk.numbers.phone(),)
    desk.update(home, day, replace(home.made, phones=phones), ContactChanges(phones=phones))


def move(desk: Desk, home: Home, day: date) -> None:
    """A household moves: mostly within its tehsil, now and then far away."""
    rng, made = desk.rng, home.made
    tehsil = some_tehsil(rng) if chance(rng, 0.3) else None
    place = some_place(rng, tehsil) if tehsil else replace(made.place, union_council=f"UC {rng.randint(13, 20)}")
    address = Address(house=str(rng.randint(1, 400)), village=f"Goth {made.head.name.split()[-1]}")
    taken = brought(rng, day, place)
    if desk.bring(taken, Move, household=home.household, place=place, address=address).accepted:
        home.made = replace(made, place=place, address=address)


def certify(desk: Desk, home: Home, day: date, who: Someone, kinds: tuple[DisabilityKind, ...]) -> None:
    """A disability is certified, or one that came with age is recorded."""
    certified = bool(who.disabilities)
    evidence = (Evidence.DISABILITY_CERTIFICATE,) if certified else ()
    change = DisabilityChanges(member=desk.members(home)[who.line], to=kinds, certified=certified, evidence=evidence)
    desk.update(home, day, _changed(home.made, [who], disabilities=kinds, certified=certified), change)


def _changed(made: MadeUp, who: Iterable[Someone], **to: object) -> MadeUp:
    lines = {each.line for each in who}
    people = tuple(replace(each, **to) if each.line in lines else each for each in made.people)
    return replace(made, people=people)
