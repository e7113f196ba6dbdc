"""Who stands on which roster, on what line and in which family, when a household parts or two are merged."""

from uuid import UUID

from msgspec.structs import replace

from domain.household.state import Household
from domain.questionnaire.answers import Family, Member
from domain.questionnaire.codes import Relation
from domain.refusal import Rejected


def parting_members(here: Household | None, relations: dict[UUID, Relation]) -> tuple[Member, ...]:
    """Those who part, on new lines and as related to their own head. Raises Rejected."""
    assert here is not None, "the household was found"
    if unknown := relations.keys() - here.roster.keys():
        raise Rejected(f"{len(unknown)} of the parting members are not on the roster: look the household up again.")
    if len(relations) == len(here.roster):
        raise Rejected("All members would part: that is a move of the household, not a split.")
    heads = [who for who, relation in relations.items() if relation is Relation.HEAD]
    if len(heads) != 1:
        raise Rejected(
            f"The new household would have {len(heads)} heads: name exactly one of the parting members as head."
        )
    return tuple(
        _related_within(replace(here.roster[who], relation=relation, line=line), {each: each for each in relations})
        for line, (who, relation) in enumerate(relations.items(), 1)
    )


def _related_within(member: Member, ids: dict[UUID, UUID]) -> Member:
    """The member with her relatives by the ids they have where she goes, and without those who are not there."""
    mother, father, spouse = (ids.get(who) if who else None for who in (member.mother, member.father, member.spouse))
    return replace(member, mother=mother, father=father, spouse=spouse)


def families_of_parting(here: Household | None, parting: tuple[Member, ...]) -> tuple[Family, ...]:
    """The families of those who part; whoever is paid in one and stays behind is not paid there."""
    numbers, who = {member.family for member in parting}, {member.member_id for member in parting}
    return tuple(
        family if family.recipient in who else replace(family, recipient=None)
        for family in (here.families if here else ())
        if family.number in numbers
    )


def joining_members(stays: Household, goes: Household, same: dict[UUID, UUID]) -> list[Member]:
    """The duplicate's members who are not yet on the survivor's roster, on new lines and in no head's seat."""
    for theirs, ours in same.items():
        if theirs not in goes.roster or ours not in stays.roster:
            raise Rejected(
                "A pair of the same person names somebody who is not on the two rosters: look both up again."
            )
        if goes.roster[theirs].token is not None and stays.roster[ours].token is None:
            raise Rejected(
                "A person has a CNIC in the registration that would be closed and none in the one that stays: "
                "merge the other way round."
            )
    there = {who: same.get(who, who) for who in goes.roster}
    line = max((member.line for member in stays.roster.values()), default=0)
    numbers = _family_numbers(stays, goes, same)
    joining = []
    for member in goes.roster.values():
        if member.member_id in same:
            continue
        line += 1
        relation = Relation.OTHER_RELATIVE if member.relation is Relation.HEAD else member.relation
        joined = replace(member, line=line, relation=relation, family=numbers[member.family])
        joining.append(_related_within(joined, there))
    return joining


def _family_numbers(stays: Household, goes: Household, same: dict[UUID, UUID]) -> dict[int, int]:
    """Where the duplicate's families stand in the survivor: with who is the same person, else as families of their own.

    Where one of the two households lists no families, everybody joins the family of the survivor's head.
    """
    heads = stays.head.family if stays.head else 1
    numbers = dict.fromkeys((member.family for member in goes.roster.values()), heads)
    last = max((family.number for family in stays.families), default=0)
    if stays.families:
        numbers |= {family.number: last + ordinal for ordinal, family in enumerate(goes.families, 1)}
    return numbers | {goes.roster[theirs].family: stays.roster[ours].family for theirs, ours in same.items()}


def founded_by_merging(stays: Household, goes: Household, joining: list[Member]) -> dict[int, Family]:
    """The families that come along with joining members, under their new numbers and with their recipients."""
    listed = {family.number for family in stays.families}
    kinds = {goes.roster[member.member_id].family: member.family for member in joining}
    who = {member.member_id for member in joining}
    return {
        kinds[family.number]: Family(
            kinds[family.number], family.kind, family.recipient if family.recipient in who else None
        )
        for family in goes.families
        if family.number in kinds and kinds[family.number] not in listed and stays.families
    }
