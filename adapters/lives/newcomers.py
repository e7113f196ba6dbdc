"""Households that nobody had surveyed: each has the make-up of one of its district, with people of its own."""

from collections.abc import Mapping
from datetime import date
from itertools import cycle
from random import Random
from uuid import UUID

from msgspec.structs import replace

from adapters.lives.growing import some_years_later
from adapters.lives.names import FAMILIES, MEN, WOMEN
from adapters.lives.sending import SOURCE
from adapters.lives.tables import Tables
from adapters.submissions.shape import Address, MissedOut, Person, Questionnaire
from domain.questionnaire.codes import Sex

NUMBERS = 10**11
_FIRST_DIGITS = "99"
"""Numbers of citizens begin with 1 to 7; those of made-up people begin with 9, and of these newcomers with 99."""


def newcomer(pattern: MissedOut, submission: UUID, day: date, tables: Tables, rng: Random) -> MissedOut:
    """The first survey of a household like `pattern`, on a later day."""
    survey = pattern.survey
    family = rng.choice(FAMILIES)
    names = _names(survey, family, rng)
    roster = tuple(_somebody_else(person, names, rng) for person in survey.roster)
    return MissedOut(
        submission_id=submission,
        source=SOURCE,
        on=day,
        operator=f"operator-{1 + rng.randrange(1_400):04d}",
        centre=f"desk-{survey.place.code}",
        survey=Questionnaire(
            place=survey.place,
            roster=roster,
            answers=some_years_later(survey.answers, pattern.on, day, tables, rng),
            families=survey.families,
            phones=(f"0399{rng.randrange(10**7):07d}",),
            address=Address(house=str(rng.randint(1, 400)), village=survey.address.village),
        ),
    )


def _names(survey: Questionnaire, family: str, rng: Random) -> Mapping[int, str]:
    """A name for each line, none twice as long as there are enough."""
    men, women = cycle(rng.sample(MEN, len(MEN))), cycle(rng.sample(WOMEN, len(WOMEN)))
    return {person.line: f"{next(men if person.sex is Sex.MALE else women)} {family}" for person in survey.roster}


def _somebody_else(person: Person, names: Mapping[int, str], rng: Random) -> Person:
    line = person.father_line or person.spouse_line
    return replace(
        person,
        name=names[person.line],
        father_or_husband=names.get(line) if line else None,
        cnic=f"{_FIRST_DIGITS}{rng.randrange(NUMBERS):011d}" if person.cnic else None,
        born=None,
    )
