"""What changes in people and goods between two surveys: pupils go on, men find work, things are bought and lost."""

from datetime import date
from random import Random

from msgspec.structs import replace

from adapters.lives.chance import DAYS_IN_YEAR, chance
from adapters.lives.tables import Tables
from adapters.submissions.shape import Person
from domain.questionnaire.answers import Answers
from domain.questionnaire.codes import (
    Asset,
    DrinkingWater,
    EmploymentNature,
    EmploymentStatus,
    OccupationGroup,
    SchoolStatus,
    SchoolType,
    Sex,
    Structure,
    Toilet,
)

SCHOOL_ASKED_FROM = 4
SCHOOL_BEGINS_AT = 5
CLASS_ONE_DONE_AT = 7
PUPILS_UNTIL = 22
LAST_CLASS = 16
LITERATE_FROM_CLASS = 3
LITERACY_ASKED_FROM = 10
CHILDBEARING = range(15, 50)
WORK_ASKED_FROM = 14
COMES_OF_AGE = 18
LOST_IN_A_FLOOD = 0.75
WASHED_AWAY = 0.6
"""Of the goods and houses three quarters are lost, of each kind of animal three fifths at least (ours)."""
_DEGREES = {11: 10, 13: 12, 15: 14}
"""Years of college that end without a degree count as the class before (see `highest_class`)."""


def grown(person: Person, age: int, before: int, tables: Tables, rng: Random) -> Person:
    """The person at a later survey: `before` is how old she was when she was recorded last."""
    if age == before and person.age is not None:
        return person
    later = replace(_at_work(_schooled(person, age, before, tables, rng), age, before, tables, rng), age=age)
    if age >= LITERACY_ASKED_FROM and later.literate is None:
        return replace(later, literate=(later.highest_class or 0) >= LITERATE_FROM_CLASS)
    return later


def _schooled(person: Person, age: int, before: int, tables: Tables, rng: Random) -> Person:
    rates = tables.rates
    if age == SCHOOL_ASKED_FROM and person.school is None:
        return replace(person, school=SchoolStatus.NEVER_ATTENDED)
    if before < SCHOOL_BEGINS_AT <= age and person.school in (None, SchoolStatus.NEVER_ATTENDED):
        if rng.random() >= rates["school_begun"]:
            return replace(person, school=SchoolStatus.NEVER_ATTENDED, highest_class=0)
        done = max(0, age - CLASS_ONE_DONE_AT + 1)
        return _in_class(replace(person, school=SchoolStatus.ATTENDING, school_type=SchoolType.GOVERNMENT), done)
    if person.school is not SchoolStatus.ATTENDING:
        return person
    left = rng.random() < 1 - (1 - rates["school_left"]) ** (age - before)
    if left or age > PUPILS_UNTIL:
        return replace(person, school=SchoolStatus.DROPPED_OUT, school_type=None)
    return _in_class(person, min((person.highest_class or 0) + age - before, max(0, age - CLASS_ONE_DONE_AT + 1)))


def _in_class(person: Person, done: int) -> Person:
    done = min(LAST_CLASS, max(done, person.highest_class or 0))
    return replace(
        person,
        highest_class=_DEGREES.get(done, done),
        literate=True if person.literate is False and done >= LITERATE_FROM_CLASS else person.literate,
    )


def _at_work(person: Person, age: int, before: int, tables: Tables, rng: Random) -> Person:
    if before < COMES_OF_AGE <= age and person.sex is Sex.MALE and person.school is not SchoolStatus.ATTENDING:
        if person.employment is not EmploymentStatus.EMPLOYED and rng.random() < tables.rates["work_begun"]:
            return replace(
                person,
                employment=EmploymentStatus.EMPLOYED,
                employment_nature=EmploymentNature.DAY_LABOUR,
                occupation=OccupationGroup.ELEMENTARY,
            )
    elif before < WORK_ASKED_FROM <= age and person.employment is None:
        return replace(person, employment=EmploymentStatus.NOT_SEEKING_WORK)
    return person


def nursing(person: Person, age: int, youngest_age: int | None) -> Person:
    """Whether a woman expects or nurses a child is asked at the ages at which women do; the youngest here tells."""
    if person.sex is not Sex.FEMALE or age not in CHILDBEARING:
        return person if person.pregnant_or_lactating is None else replace(person, pregnant_or_lactating=None)
    return replace(person, pregnant_or_lactating=youngest_age == 0)


def in_order(answers: Answers) -> Answers:
    """Goods and animals in the order in which they are read again, so that the same answers give the same bytes."""
    assets = {each: answers.assets[each] for each in sorted(answers.assets, key=lambda code: code.word)}
    livestock = {each: answers.livestock[each] for each in sorted(answers.livestock, key=lambda code: code.word)}
    return replace(answers, assets=assets, livestock=livestock)


def some_years_later(before: Answers, since: date, day: date, tables: Tables, rng: Random) -> Answers:
    """The household's goods after some years; what was not asked stays so."""
    years = max(0.0, (day - since).days / DAYS_IN_YEAR)
    gained, lost = (1 - (1 - tables.rates[name]) ** years for name in ("goods_gained", "goods_lost"))
    assets = {}
    for asset, number in before.assets.items():
        drawn = rng.random()
        assets[asset] = (1 if drawn < gained else 0) if not number else (number - 1 if drawn < lost else number)
    return in_order(replace(before, assets=assets))


def after_the_flood(rng: Random, before: Answers) -> Answers:
    """What the water left: few goods and animals, a damaged house, no clean water near."""
    assets = {
        asset: 0 if asset is not Asset.MOBILE_PHONE and chance(rng, LOST_IN_A_FLOOD) else number
        for asset, number in before.assets.items()
    }
    animals = {kind: number - round(number * rng.uniform(WASHED_AWAY, 1)) for kind, number in before.livestock.items()}
    dwelling = before.dwelling
    if chance(rng, LOST_IN_A_FLOOD):
        dwelling = replace(
            dwelling,
            structure=Structure.KACHA,
            rooms=max(1, (dwelling.rooms or 1) - 1),
            drinking_water=rng.choice((DrinkingWater.POND_CANAL_OR_RIVER, DrinkingWater.TANKER)),
            toilet=Toilet.NONE,
            toilet_shared=None,
        )
    return replace(before, dwelling=dwelling, assets=assets, livestock=animals, owns_livestock=any(animals.values()))
