"""Who heads a household after its head has died, and what the others are to the new head."""

from datetime import date

from adapters.lives.homes import HEADS_FROM, Home, Resident
from domain.questionnaire.codes import Relation, Sex

_SPOUSE_FOLLOWS = {
    Relation.PARENT: Relation.PARENT_IN_LAW,
    Relation.PARENT_IN_LAW: Relation.PARENT,
    Relation.SIBLING: Relation.SIBLING_IN_LAW,
    Relation.SIBLING_IN_LAW: Relation.SIBLING,
    Relation.SPOUSE: Relation.OTHER_RELATIVE,
    Relation.GRANDPARENT: Relation.OTHER_RELATIVE,
    Relation.UNCLE_OR_AUNT: Relation.OTHER_RELATIVE,
    Relation.NEPHEW_OR_NIECE: Relation.OTHER_RELATIVE,
}
_CHILD_FOLLOWS = {
    Relation.SPOUSE: Relation.PARENT,
    Relation.CHILD: Relation.SIBLING,
    Relation.ADOPTED_OR_STEP_CHILD: Relation.SIBLING,
    Relation.CHILD_IN_LAW: Relation.SIBLING_IN_LAW,
    Relation.GRANDCHILD: Relation.NEPHEW_OR_NIECE,
    Relation.PARENT: Relation.GRANDPARENT,
    Relation.SIBLING: Relation.UNCLE_OR_AUNT,
    Relation.PARENT_IN_LAW: Relation.OTHER_RELATIVE,
    Relation.SIBLING_IN_LAW: Relation.OTHER_RELATIVE,
    Relation.GRANDPARENT: Relation.OTHER_RELATIVE,
    Relation.UNCLE_OR_AUNT: Relation.OTHER_RELATIVE,
    Relation.NEPHEW_OR_NIECE: Relation.OTHER_RELATIVE,
}
_NO_RELATIVES = (Relation.SERVANT, Relation.OTHER)


def successor(home: Home, dead: Resident, day: date) -> Resident | None:
    """Who heads the household next: the spouse, else the eldest child who is old enough, else the eldest of all.

    Nobody whose wedding is near, as she may leave; nobody at all where only such remain.
    """
    others = [one for one in home.people.values() if one is not dead and not one.is_spoken_for]
    able = [one for one in others if one.age_on(day) >= HEADS_FROM and one.person.relation not in _NO_RELATIVES]
    spouses = [one for one in able if one.person.relation is Relation.SPOUSE]
    children = [one for one in able if one.person.relation is Relation.CHILD]
    sons = [one for one in children if one.person.sex is Sex.MALE]
    return next((_eldest(those) for those in (spouses, sons, children, able, others) if those), None)


def last_resort(home: Home, dead: Resident) -> Resident | None:
    """Somebody whose wedding is near heads the household for a while: a groom rather than a bride, who will leave."""
    others = [one for one in home.people.values() if one is not dead]
    grooms = [one for one in others if one.person.sex is Sex.MALE]
    return next((_eldest(those) for those in (grooms, others) if those), None)


def relations_under(home: Home, dead: Resident, head: Resident) -> dict[int, Relation]:
    """What everybody else is to the new head, by line."""
    return {
        line: _relation(home, one, head) for line, one in home.people.items() if one is not head and one is not dead
    }


def _relation(home: Home, one: Resident, head: Resident) -> Relation:
    was, stood = one.person.relation, head.person.relation
    if was in _NO_RELATIVES:
        return was
    if one.person.spouse_line == head.person.line and home.spouse_of(one) is head:
        return Relation.SPOUSE
    if head.person.line in (one.person.mother_line, one.person.father_line):
        return _if_younger(Relation.CHILD, one, head)
    if stood is Relation.SPOUSE:
        return _if_younger(_SPOUSE_FOLLOWS.get(was, was), one, head)
    if stood in (Relation.CHILD, Relation.ADOPTED_OR_STEP_CHILD):
        return _CHILD_FOLLOWS.get(was, was)
    return Relation.OTHER_RELATIVE


def _if_younger(relation: Relation, one: Resident, head: Resident) -> Relation:
    """No child of the head is as old as the head: the dead one's by an earlier marriage is a step-child."""
    if relation is Relation.CHILD and (one.person.age or 0) >= (head.person.age or 0):
        return Relation.ADOPTED_OR_STEP_CHILD
    return relation


def _eldest(those: list[Resident]) -> Resident:
    return min(those, key=lambda one: (one.born, one.person.line))
