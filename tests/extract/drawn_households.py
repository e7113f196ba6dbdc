"""Households as the registry folds them, drawn by a seed: every answer of the questionnaire, with gaps."""

import random
from datetime import date
from uuid import UUID

from domain.household.participation import Participation
from domain.household.state import Household
from domain.questionnaire.answers import Answers, Dwelling, Family, Member, Place
from domain.questionnaire.codes import (
    Asset,
    DisabilityKind,
    DrinkingWater,
    Electricity,
    EmploymentStatus,
    FamilyKind,
    Floor,
    Fuel,
    Lighting,
    Livestock,
    MaritalStatus,
    Occupancy,
    OccupationGroup,
    Relation,
    Roof,
    SchoolStatus,
    SchoolType,
    Settlement,
    Sex,
    Structure,
    Toilet,
    Walls,
)

ON = date(2024, 1, 1)
PLACES = ("PK60201", "PK60202", "PK20101", "PK70101", "PK50101", "PK40101", "PK10101", "PK602", "PK6")


def drawn_households(count, seed):
    """Ids and households."""
    chance = random.Random(seed)
    return [(UUID(int=2 * number + 2), _household(chance, number)) for number in range(count)]


def _household(chance, number):
    roster = {member.member_id: member for member in _roster(chance, number)}
    families = (Family(1, FamilyKind.ALPHA), Family(2, FamilyKind.BETA)) if chance.random() < 0.7 else ()
    reported = Participation(verified=chance.random() < 0.5, filters=("vehicle",) if chance.random() < 0.1 else ())
    return Household(
        ON,
        ((ON, Place(chance.choice(PLACES), None, chance.choice([None, *Settlement]))),),
        roster,
        families,
        _answers(chance) if chance.random() < 0.95 else None,
        programmes={"kafaalat": reported} if chance.random() < 0.6 else {},
    )


def _answers(chance):
    def any_of(kind):
        return chance.choice([None, *kind]) if chance.random() < 0.2 else chance.choice(list(kind))

    asked = [asset for asset in Asset if chance.random() < 0.97]
    dwelling = Dwelling(
        any_of(Structure), any_of(Occupancy), chance.choice([None, 0, 1, 2, 7]), any_of(Floor), any_of(Roof),
        any_of(Walls), any_of(Fuel), any_of(Lighting), any_of(Electricity), any_of(DrinkingWater), any_of(Toilet),
        chance.choice([None, True, False]),
    )  # fmt: skip
    return Answers(
        dwelling,
        {asset: chance.choice([0, 0, 1, 3]) for asset in asked},
        {animal: chance.choice([0, 2, 40_000]) for animal in Livestock if chance.random() < 0.5},
        chance.choice([None, True, False]),
        chance.choice([None, True, False]),
        chance.choice([None, 0, 160, 100_000]),
    )


def _roster(chance, number):
    for place in range(chance.choice([0, 1, 2, 4, 5, 8])):
        yield Member(
            UUID(int=number * 100 + place + 1),
            place + 1,
            Relation.HEAD if place == 0 else chance.choice(list(Relation)[1:]),
            chance.choice(list(Sex)),
            chance.choice([None, *range(90)]) if chance.random() < 0.1 else chance.randint(0, 90),
            marital_status=chance.choice([None, *MaritalStatus]),
            family=chance.choice([1, 2]),
            literate=chance.choice([None, True, False]),
            school=chance.choice([None, *SchoolStatus]),
            highest_class=chance.choice([None, 0, 5, 10, 23]),
            school_type=chance.choice([None, *SchoolType]),
            disabilities=tuple(chance.sample(list(DisabilityKind), chance.choice([0, 0, 0, 2]))),
            disability_certified=chance.random() < 0.05,
            employment=chance.choice([None, *EmploymentStatus]),
            occupation=chance.choice([None, *OccupationGroup]),
        )
