"""What happens between surveys: births, deaths, marriages, moves, and what is brought to the desk because of them."""

from datetime import date, timedelta

from adapters.demo.desk import Desk, Home
from adapters.demo.interviews import brought
from adapters.demo.whereabouts import BY_CODE, some_place, some_tehsil
from adapters.lives import matters
from adapters.lives.chance import chance
from adapters.lives.homes import ADULT_AGE, Resident
from adapters.submissions.shape import Move
from domain.questionnaire.codes import MaritalStatus, Relation, Sex

BEARING_AGES = range(18, 43)
BRIDE_AGES = range(18, 30)
GROOM_AGES = range(20, 36)
OLD_FROM = 60
MOVES_FAR = 0.3
_A_YEAR = timedelta(days=365)


def mothers_to_be(home: Home, day: date) -> list[Resident]:
    """Wives who live with their husbands and whose last child, if any, is more than a year old."""
    return [
        wife
        for wife in home.wives()
        if wife.age_on(day) in BEARING_AGES
        and all(day - one.born > _A_YEAR for one in home.people.values() if one.person.mother_line == wife.person.line)
    ]


def birth(desk: Desk, home: Home, day: date) -> None:
    """A child is born and brought to the desk some days later."""
    mother = desk.rng.choice(mothers_to_be(home, day))
    born = day - timedelta(days=desk.rng.randint(3, 25))
    child = matters.Newborn(mother.member_id, born, desk.rng.choice((Sex.FEMALE, Sex.MALE)))
    desk.tell(home, day, matters.birth(child, desk.sealer.new_member_id, desk.rng))


def old_members(home: Home, day: date) -> list[Resident]:
    """Members who are old, where another grown one would stay behind."""
    grown = [one for one in home.people.values() if one.age_on(day) >= ADULT_AGE]
    return [one for one in grown if one.age_on(day) >= OLD_FROM and len(grown) > 1]


def brides(home: Home, day: date) -> list[Resident]:
    """Unmarried daughters with a card of their own."""
    return [one for one in _unmarried(home, Sex.FEMALE) if one.age_on(day) in BRIDE_AGES and one.person.cnic]


def grooms(home: Home, day: date) -> list[Resident]:
    """Unmarried sons."""
    return [one for one in _unmarried(home, Sex.MALE) if one.age_on(day) in GROOM_AGES]


def _unmarried(home: Home, sex: Sex) -> list[Resident]:
    wanted = (sex, Relation.CHILD, MaritalStatus.NEVER_MARRIED)
    return [
        one
        for one in home.people.values()
        if (one.person.sex, one.person.relation, one.person.marital_status) == wanted
    ]


def marriage(desk: Desk, from_home: Home, to_home: Home, day: date) -> None:
    """A daughter of one household marries a son of another and moves there: her token and her key go with her."""
    bride, groom = brides(from_home, day)[0], grooms(to_home, day)[0]
    desk.tell(to_home, day, matters.wedding(bride, groom.member_id, desk.tables, desk.rng))
    from_home.remove(bride.person.line)


def move(desk: Desk, home: Home, day: date) -> None:
    """A household moves: mostly within its tehsil, now and then far away."""
    rng = desk.rng
    place = some_place(rng, some_tehsil(rng) if chance(rng, MOVES_FAR) else BY_CODE[home.place.code])
    if place == home.place:
        return
    home.address = matters.some_address(rng)
    desk.bring(brought(rng, day, place), Move, household=home.household, place=place, address=home.address)
    home.residences.append((day, place))
