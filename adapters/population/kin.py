"""Who is whose: couples, mothers and fathers, marital status, and the families of the citizen register."""

import msgspec
import numpy as np

from adapters.population.arrays import Array, Dice, first_of, ranks_within
from adapters.population.calibration import (
    AGE_BAND_YEARS,
    AGE_BANDS,
    CHILD,
    CHILD_IN_LAW,
    FEMALE,
    GRANDCHILD,
    HEAD,
    MALE,
    PARENT,
    SIBLING,
    SIBLING_IN_LAW,
    STATUSES,
    TRANS,
    Calibration,
)
from adapters.population.rosters import BIRTH_YEARS_APART, SPOUSE_AGE_MIN, Rosters, parents_of_heads
from adapters.population.schema import FAMILIES_MAX
from adapters.population.sizes import Places

NEVER_MARRIED, MARRIED, WIDOWED, DIVORCED, SEPARATED = range(len(STATUSES))
ABSENT_SPOUSE = 0.08
"""Of the married, so many do not live under one roof with husband or wife (assumption: work abroad or in a town)."""
ADULT_AGE = 18
_COUPLE_YEARS_APART = 12
_WED_AGE_MIN = 18
_NOBODY = -1


class Kin(msgspec.Struct, frozen=True):
    """Ties of the people of a part: places of others among them, -1 for nobody; ages that fit them."""

    age: Array
    relation: Array
    spouse: Array
    mother: Array
    father: Array
    marital: Array
    family: Array  # from 1
    families: Array  # of every household
    recipients: Array  # household, family - 1: place of who is paid
    kinds: Array  # household, family - 1: 0 alpha, 1 beta


def tie(calibration: Calibration, places: Places, rosters: Rosters, dice: Dice) -> Kin:
    """Find out who belongs to whom in every household of a part."""
    people = len(rosters)
    age, relation = rosters.age.copy(), rosters.relation.copy()
    spouse, mother, father = (np.full(people, _NOBODY, np.int64) for _ in range(3))
    heads = rosters.first[rosters.has_spouse]
    _wed(spouse, heads, heads + 1)
    sons, brides, rank = _young_couples(rosters, age, dice)
    _wed(spouse, sons, brides)
    alone = np.flatnonzero((relation == CHILD_IN_LAW) & (spouse == _NOBODY))
    relation[alone[rosters.age[rosters.first][rosters.household[alone]] < _HEAD_OF_WIDOWED_IN_LAW_AGE_MIN]] = (
        SIBLING_IN_LAW
    )
    _children_of_heads(rosters, relation, age, mother, father)
    _grandchildren(rosters, relation, age, mother, father, spouse)
    _parents(rosters, relation, age, mother, father, spouse)
    marital = _marital(calibration, places, rosters, relation, age, spouse, dice)
    family, families = _families(rosters, relation, sons, brides, rank, mother, father)
    recipients, kinds = _recipients(rosters, age, marital, family, families)
    return Kin(
        age=age,
        relation=relation,
        spouse=spouse,
        mother=mother,
        father=father,
        marital=marital,
        family=family,
        families=families,
        recipients=recipients,
        kinds=kinds,
    )


_HEAD_OF_WIDOWED_IN_LAW_AGE_MIN = 50
"""Beside younger heads, whoever is married to none of the children is the wife or husband of a sibling."""


def _wed(spouse: Array, ones: Array, others: Array) -> None:
    spouse[ones], spouse[others] = others, ones


def _young_couples(rosters: Rosters, age: Array, dice: Dice) -> tuple[Array, Array, Array]:
    """Couples of a child of the head and its wife or husband, with their rank in the household; the in-law's age fits.

    The oldest son or daughter is the first to be married; one who is too young is made older, where the parents' ages
    allow it, since the wife or husband is there.
    """
    found = []
    oldest = _oldest_child(rosters, age)[rosters.household]
    may_wed = (rosters.relation == CHILD) & (oldest >= _WED_AGE_MIN) & (rosters.sex_stated != TRANS)
    for sex in (MALE, FEMALE):
        children = np.flatnonzero(may_wed & (rosters.sex == sex))
        children = children[np.lexsort((-age[children].astype(np.int16), rosters.household[children]))]
        in_laws = np.flatnonzero((rosters.relation == CHILD_IN_LAW) & (rosters.sex != sex))
        turn_of_child = rosters.household[children].astype(np.int64) * 64 + ranks_within(rosters.household[children])
        turn_of_in_law = rosters.household[in_laws].astype(np.int64) * 64 + ranks_within(rosters.household[in_laws])
        _, left, right = np.intersect1d(turn_of_child, turn_of_in_law, assume_unique=True, return_indices=True)
        found.append((children[left], in_laws[right]))
    children, in_laws = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(in_laws, kind="stable")
    children, in_laws = children[order], in_laws[order]
    gap = np.rint(3 + 3 * dice.normal(len(children))).astype(np.int16)
    gap *= np.where(rosters.sex[children] == MALE, 1, -1).astype(np.int16)
    too_young = age[children] < _WED_AGE_MIN
    grown = np.clip(age[in_laws] + gap, _WED_AGE_MIN, oldest[children])
    age[children] = np.where(too_young, grown, age[children])
    apart = age[children].astype(np.int16) - age[in_laws]
    fitting = np.clip(age[children] - gap, SPOUSE_AGE_MIN, 99)
    age[in_laws] = np.where(np.abs(apart) > _COUPLE_YEARS_APART, fitting, age[in_laws])
    return children, in_laws, ranks_within(rosters.household[in_laws])


def _oldest_child(rosters: Rosters, age: Array) -> Array:
    """How old a child of each household's couple can be."""
    head = age[rosters.first].astype(np.int16)
    partner = age[np.minimum(rosters.first + 1, len(age) - 1)]
    younger = np.where(rosters.has_spouse, np.minimum(head, partner), head)
    return np.asarray(younger - BIRTH_YEARS_APART - 1)


def _children_of_heads(rosters: Rosters, relation: Array, age: Array, mother: Array, father: Array) -> None:
    children = np.flatnonzero(relation == CHILD)
    home = rosters.household[children]
    head = rosters.first[home]
    partner = np.where(rosters.has_spouse[home], head + 1, _NOBODY)
    by_mother = rosters.sex[head] == FEMALE
    _name(mother, age, children, np.where(by_mother, head, partner))
    _name(father, age, children, np.where(by_mother, partner, head))


def _name(parent: Array, age: Array, children: Array, candidates: Array) -> None:
    """Name a parent where there is one of an age to be it."""
    of_age = np.where(candidates >= 0, age[candidates], 0).astype(np.int16) - age[children] >= BIRTH_YEARS_APART
    parent[children] = np.where((candidates >= 0) & of_age, candidates, _NOBODY)


def _grandchildren(rosters: Rosters, relation: Array, age: Array, mother: Array, father: Array, spouse: Array) -> None:
    """Grandchildren are those of the first young couple of the household, where there is one."""
    households = len(rosters.first)
    married = np.flatnonzero((relation == CHILD_IN_LAW) & (spouse >= 0))
    in_law = first_of(rosters.household, married, households)
    grandchildren = np.flatnonzero(relation == GRANDCHILD)
    one = in_law[rosters.household[grandchildren]]
    grandchildren, one = grandchildren[one >= 0], one[one >= 0]
    other = spouse[one]
    young = np.minimum(age[one], age[other]).astype(np.int16) - BIRTH_YEARS_APART
    age[grandchildren] = np.clip(age[grandchildren], 0, np.maximum(young, 0))
    is_mother = rosters.sex[one] == FEMALE
    _name(mother, age, grandchildren, np.where(is_mother, one, other))
    _name(father, age, grandchildren, np.where(is_mother, other, one))


def _parents(rosters: Rosters, relation: Array, age: Array, mother: Array, father: Array, spouse: Array) -> None:
    """The head's parents are married to each other, and parents of her siblings as well."""
    mothers, fathers = parents_of_heads(rosters)
    both = np.flatnonzero((mothers >= 0) & (fathers >= 0))
    _wed(spouse, mothers[both], fathers[both])
    offspring = np.flatnonzero((relation == HEAD) | (relation == SIBLING))
    _name(mother, age, offspring, mothers[rosters.household[offspring]])
    _name(father, age, offspring, fathers[rosters.household[offspring]])


def _marital(
    calibration: Calibration,
    places: Places,
    rosters: Rosters,
    relation: Array,
    age: Array,
    spouse: Array,
    dice: Dice,
) -> Array:
    """Marital status: whoever lives with a spouse is married, others as the census has those of their sex and age."""
    marital = np.full(len(age), NEVER_MARRIED, np.int8)
    alone = np.flatnonzero((spouse == _NOBODY) & (age >= SPOUSE_AGE_MIN) & (rosters.sex_stated != TRANS))
    table = calibration.marital.copy()
    table[..., MARRIED] *= ABSENT_SPOUSE
    running = table.cumsum(axis=3) / np.maximum(table.sum(axis=3, keepdims=True), 1)
    band = np.minimum(age[alone] // AGE_BAND_YEARS, AGE_BANDS - 1)
    rows = running.astype(np.float32)[places.province[rosters.household[alone]], rosters.sex[alone], band]
    drawn = (dice.uniform(len(alone))[:, None] >= rows).sum(axis=1).clip(0, len(STATUSES) - 1)
    marital[alone] = drawn
    marital[spouse >= 0] = MARRIED
    has_child = np.zeros(len(rosters.first), bool)
    has_child[rosters.household[relation == CHILD]] = True
    was_married = np.isin(relation, (PARENT, CHILD_IN_LAW)) | ((relation == HEAD) & has_child[rosters.household])
    return np.where(was_married & (marital == NEVER_MARRIED), WIDOWED, marital).astype(np.int8)


def _families(
    rosters: Rosters, relation: Array, sons: Array, brides: Array, rank: Array, mother: Array, father: Array
) -> tuple[Array, Array]:
    """Each young couple and its children are a family of their own, the others belong to the head's."""
    family = np.ones(len(rosters), np.int8)
    own = rank < FAMILIES_MAX - 1
    family[sons[own]] = family[brides[own]] = rank[own] + 2
    families = np.ones(len(rosters.first), np.int8)
    np.maximum.at(families, rosters.household[brides[own]], (rank[own] + 2).astype(np.int8))
    grandchildren = np.flatnonzero(relation == GRANDCHILD)
    parent = np.where(mother[grandchildren] >= 0, mother[grandchildren], father[grandchildren])
    family[grandchildren] = np.where(parent >= 0, family[parent], 1)
    return family, families


def _recipients(rosters: Rosters, age: Array, marital: Array, family: Array, families: Array) -> tuple[Array, Array]:
    """Who is paid: the first grown woman who is or was married, else the first grown woman; and each family's kind."""
    households = len(rosters.first)
    recipients = np.full((households, FAMILIES_MAX), _NOBODY, np.int64)
    women = (rosters.sex_stated == FEMALE) & (age >= ADULT_AGE)
    for number in range(1, int(families.max(initial=1)) + 1):
        of_family = women & (family == number)
        first = first_of(rosters.household, np.flatnonzero(of_family & (marital != NEVER_MARRIED)), households)
        any_woman = first_of(rosters.household, np.flatnonzero(of_family), households)
        recipients[:, number - 1] = np.where(first >= 0, first, any_woman)
    kinds = np.ones((households, FAMILIES_MAX), np.int8)
    kinds[:, 0] = marital[rosters.first] != NEVER_MARRIED
    return recipients, kinds
