"""Checks between members: who is whose child and spouse, by relation to the head and by the links between lines."""

from uuid import UUID

from domain.checks.finding import Finding
from domain.checks.limits import AGE_MAX, PARENT_YEARS_OLDER_MIN, WIVES_MAX
from domain.checks.table import finding
from domain.questionnaire.answers import Member
from domain.questionnaire.codes import MaritalStatus, Relation, Sex

_HEAD, _CHILD, _SPOUSE, _SERVANT = Relation.HEAD, Relation.CHILD, Relation.SPOUSE, Relation.SERVANT
_FEMALE, _MALE = Sex.FEMALE, Sex.MALE
_NEVER_MARRIED = MaritalStatus.NEVER_MARRIED
_WITHOUT_SPOUSE = frozenset({MaritalStatus.NEVER_MARRIED, MaritalStatus.WIDOWED, MaritalStatus.DIVORCED})

_GENERATIONS = {Relation.CHILD: 1, Relation.GRANDCHILD: 2, Relation.PARENT: -1, Relation.GRANDPARENT: -2}
GENERATIONS_BELOW_HEAD = tuple(_GENERATIONS.get(Relation(n), 0) if n else 0 for n in range(max(Relation) + 1))
"""By the number of the relation; an adopted or step-child may be of any age."""


def check_under_head(head: Member, spouses: list[Member], near: list[Member], found: list[Finding]) -> None:
    """Hold the head's spouses, and those a known number of generations away (`near`), against the one head."""
    if spouses:
        _check_spouses_of_head(head, spouses, found)
    of_head = head.age
    if of_head is None:
        return
    for member in near:
        age = member.age
        if age is not None:
            generations = GENERATIONS_BELOW_HEAD[member.relation]
            apart = of_head - age if generations > 0 else age - of_head
            if apart < PARENT_YEARS_OLDER_MIN * abs(generations):
                _report_generation(member, age, head, of_head, found)


def _report_generation(member: Member, age: int, head: Member, of_head: int, found: list[Finding]) -> None:
    elder = of_head if GENERATIONS_BELOW_HEAD[member.relation] > 0 else age
    if elder >= AGE_MAX:
        return
    older_child = member.relation is _CHILD and age >= of_head
    check = "child_older_than_head" if older_child else "generations_too_close"
    what = f"The {member.relation.word} on line {member.line} is {age}, the head on line {head.line} is {of_head}."
    found.append(finding(check, what, member, head))


def _check_spouses_of_head(head: Member, spouses: list[Member], found: list[Finding]) -> None:
    if head.marital_status in _WITHOUT_SPOUSE:
        what = f"The head on line {head.line} is {head.marital_status.word} but line {spouses[0].line} is the spouse."
        found.append(finding("head_without_marriage_has_spouse", what, head, *spouses))
    if len(spouses) > (1 if head.sex is _FEMALE else WIVES_MAX):
        what = f"The head on line {head.line} has {len(spouses)} spouses."
        found.append(finding("spouses_too_many", what, head, *spouses))
    for spouse in spouses:
        if spouse.marital_status is _NEVER_MARRIED:
            what = f"The spouse on line {spouse.line} was never married."
            found.append(finding("spouse_never_married", what, spouse))
        _check_sexes(head, spouse, found)


def check_links(member: Member, by_id: dict[int, Member], found: list[Finding]) -> None:
    """Follow a member's links to her mother, father and spouse."""
    mother, father, spouse = member.mother, member.father, member.spouse
    if mother is not None and not _may_be_parent(by_id.get(mother.int), member, _MALE):
        _report_parent(member, mother, _MALE, by_id, found)
    if father is not None:
        if not _may_be_parent(by_id.get(father.int), member, _FEMALE):
            _report_parent(member, father, _FEMALE, by_id, found)
        if mother is not None and father.int == mother.int:
            what = f"The member on line {member.line} has one member as mother and father."
            found.append(finding("parents_the_same", what, member))
    if spouse is not None:
        _check_spouse(member, spouse, by_id, found)


def _may_be_parent(parent: Member | None, member: Member, other_sex: Sex) -> bool:
    if parent is None or parent is member or parent.sex is other_sex:
        return False
    age, of_parent = member.age, parent.age
    return age is None or of_parent is None or of_parent - age >= PARENT_YEARS_OLDER_MIN or of_parent >= AGE_MAX


def _find_relative(member: Member, other: UUID, by_id: dict[int, Member], found: list[Finding]) -> Member | None:
    if other.int == member.member_id.int:
        what = f"The member on line {member.line} is named as a relative of herself."
        found.append(finding("relative_of_herself", what, member))
        return None
    relative = by_id.get(other.int)
    if relative is None:
        what = f"The member on line {member.line} has a relative who is not on the roster."
        found.append(finding("relative_not_on_roster", what, member))
    return relative


def _report_parent(member: Member, other: UUID, other_sex: Sex, by_id: dict[int, Member], found: list[Finding]) -> None:
    parent = _find_relative(member, other, by_id, found)
    if parent is None:
        return
    if parent.sex is other_sex:
        what = f"The parent on line {parent.line} of line {member.line} is recorded as {parent.sex.word}."
        found.append(finding("parent_of_other_sex", what, parent, member))
    if member.age is None or parent.age is None or parent.age >= AGE_MAX:
        return
    if parent.age - member.age < PARENT_YEARS_OLDER_MIN:
        check = "child_older_than_parent" if member.age >= parent.age else "child_close_to_parent"
        what = f"The member on line {member.line} is {member.age}, the parent on line {parent.line} is {parent.age}."
        found.append(finding(check, what, member, parent))


def _check_spouse(member: Member, other: UUID, by_id: dict[int, Member], found: list[Finding]) -> None:
    spouse = _find_relative(member, other, by_id, found)
    if spouse is None:
        return
    if member.marital_status is _NEVER_MARRIED and member.relation is not _SPOUSE:
        what = f"The member on line {member.line} was never married and has a spouse."
        found.append(finding("spouse_never_married", what, member))
    if not _is_mutual(member, spouse, by_id):
        what = f"The member on line {member.line} names line {spouse.line} as spouse, who names somebody else."
        found.append(finding("spouse_not_mutual", what, member, spouse))
    if member.relation is _SERVANT and spouse.relation is not _SERVANT:
        what = f"The servant on line {member.line} is married to line {spouse.line}."
        found.append(finding("servant_married_into_household", what, member, spouse))
    if member.sex is spouse.sex and member.line < spouse.line and not _is_spouse_of_head(member, spouse):
        _check_sexes(member, spouse, found)


def _is_spouse_of_head(member: Member, spouse: Member) -> bool:
    """Whether these two are looked at as the head and the head's spouse already."""
    return {member.relation, spouse.relation} == {_HEAD, _SPOUSE}


def _is_mutual(member: Member, spouse: Member, by_id: dict[int, Member]) -> bool:
    """Whether the spouse names this member, or nobody; a man with several wives can name only one of them."""
    if spouse.spouse is None or spouse.spouse.int == member.member_id.int:
        return True
    named = by_id.get(spouse.spouse.int)
    return spouse.sex is _MALE and named is not None and named.spouse == spouse.member_id


def _check_sexes(one: Member, other: Member, found: list[Finding]) -> None:
    if one.sex is other.sex and one.sex in (_FEMALE, _MALE):
        what = f"The spouses on lines {one.line} and {other.line} are both recorded as {one.sex.word}."
        found.append(finding("spouse_of_same_sex", what, one, other))
