"""Weddings between the households of one part of the population: who marries whom, and on which day that is told."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import msgspec

from adapters.lives import matters
from adapters.lives.chance import DAYS_IN_YEAR, delay, some_day, source
from adapters.lives.homes import Resident
from adapters.lives.life import Life
from adapters.lives.planning import plan_couple
from adapters.lives.sending import FIRST
from adapters.lives.tables import Tables
from domain.questionnaire.codes import MaritalStatus, Relation, Sex

AGES_FROM = 18
DAYS_AFTER_SURVEY = 30
BRIDES = frozenset({Relation.CHILD, Relation.GRANDCHILD, Relation.SIBLING, Relation.NEPHEW_OR_NIECE})
GROOMS = frozenset({Relation.CHILD})


class Single(msgspec.Struct, frozen=True):
    """Somebody who may marry, and how likely, as an order of chance: the least come first."""

    life: Life
    one: Resident
    order: float


def wed(lives: Sequence[Life], seed: int, part: bytes) -> int:
    """Plan the weddings of a part; gives how many couples could not be found.

    Brides need a CNIC or B-form number: by it the registry recognises whom it takes off the other roster.
    """
    if not lives:
        return 0
    world = lives[0].world
    rng = source(seed, b"weddings", part)
    wanted = round(world.tables.rates["first_marriages"] * world.hazards.person_years)
    brides = _singles(lives, "bride", rng)
    grooms = _singles(lives, "groom", rng)
    found = min(wanted, len(brides), len(grooms))
    planned = 0
    for bride, groom in zip(_by_place(brides[:found]), _by_place(grooms[:found]), strict=True):
        planned += _plan(bride, groom, world.tables, rng)
    world.happened.counts["weddings"] += planned
    return wanted - planned


def _singles(lives: Sequence[Life], what: str, rng: Random) -> list[Single]:
    """All who may marry in the years that are lived, drawn by the weight of the age they have in the middle of them."""
    sex, relations = (Sex.FEMALE, BRIDES) if what == "bride" else (Sex.MALE, GROOMS)
    found = []
    for life in lives:
        tables = life.world.tables
        middle = life.home.surveyed_on + (tables.ends - life.home.surveyed_on) / 2
        for one in life.home.people.values():
            person = one.person
            if person.sex is not sex or person.relation not in relations or not person.cnic:
                continue
            if person.marital_status is not MaritalStatus.NEVER_MARRIED:
                continue
            weight = tables.weight(what, max(AGES_FROM, one.age_on(middle)))
            if weight and _of_age(one) < tables.ends:
                found.append(Single(life, one, -math.log(1 - rng.random()) / weight))
    return sorted(found, key=lambda single: single.order)


def _by_place(singles: list[Single]) -> list[Single]:
    """Neighbours marry: those of one district stand together."""
    return sorted(singles, key=lambda single: (single.life.home.place.code, single.order))


def _plan(bride: Single, groom: Single, tables: Tables, rng: Random) -> bool:
    homes = bride.life.home, groom.life.home
    if homes[0] is homes[1]:
        return False
    surveyed_on = max(home.surveyed_on for home in homes)
    first = max(surveyed_on + timedelta(days=DAYS_AFTER_SURVEY), _of_age(bride.one), _of_age(groom.one))
    if first >= tables.ends:
        return False
    told = _told(some_day(rng, first, tables.ends), tables, rng)
    bride.one.is_spoken_for = groom.one.is_spoken_for = True
    she = msgspec.structs.replace(bride.one, is_spoken_for=False)
    wedding = groom.life.weds(matters.wedding(she, groom.one.member_id, tables, groom.life.rng))

    def joins(day: date) -> None:
        wedding(day)
        plan_couple(groom.life, she, groom.one.member_id, day)

    def leaves(_: date) -> None:
        if bride.life.home.find(bride.one.member_id):
            bride.life.home.remove(bride.one.person.line)

    groom.life.at(told, joins, FIRST)
    bride.life.at(told, leaves, FIRST)
    return True


def _told(day: date, tables: Tables, rng: Random) -> date:
    """When both households tell of it: some time after the wedding, or within a year after updates are first taken."""
    if day < tables.begins:
        return tables.begins + timedelta(days=rng.randrange(365))
    return day + delay(rng, tables.rates["days_until_told"])


def _of_age(one: Resident) -> date:
    return one.born + timedelta(days=math.ceil(AGES_FROM * DAYS_IN_YEAR) + 1)
