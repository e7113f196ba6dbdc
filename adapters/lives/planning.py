"""What is in store for a household by the tables: births, deaths, partings, disabilities, moves, phones, surveys."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from adapters.lives import matters
from adapters.lives.chance import DAYS_IN_YEAR, first_time, some_day, times
from adapters.lives.homes import Resident
from adapters.lives.life import Life
from adapters.lives.matters import Newborn
from adapters.lives.succession import successor
from domain.questionnaire.answers import DISTRICT_LETTERS, Place
from domain.questionnaire.codes import DisabilityKind, MaritalStatus, Relation, Sex

DAYS_BETWEEN_BIRTHS_MIN = 300
INFANCY_DAYS = 365
DAYS_UNTIL_ASKED_AGAIN = 30


class Elsewhere(msgspec.Struct, frozen=True):
    """Where a household may move: where others of its part of the population live, by district, and all tehsils."""

    near: Mapping[str | None, Sequence[Place]]
    tehsils: Sequence[str]


def plan(life: Life, elsewhere: Elsewhere) -> None:
    """Draw what will happen to a household from its first survey on."""
    home = life.home
    for one in list(home.people.values()):
        if home.is_wife(one):
            _bears(life, one.member_id, one.born, home.surveyed_on)
        if not one.is_spoken_for:
            _dies(life, one, home.surveyed_on)
    _partings(life)
    _disabilities(life)
    _contacts(life)
    _moves(life, elsewhere)
    _surveys(life)


def plan_couple(life: Life, wife: Resident, husband: UUID, since: date) -> None:
    """The births that lie before a couple that has married, and the death of either."""
    _bears(life, wife.member_id, wife.born, since)
    _dies(life, wife, since)
    if (he := life.home.find(husband)) is not None:
        _dies(life, he, since)


def _bears(life: Life, mother: UUID, born: date, since: date) -> None:
    tables, rng = life.world.tables, life.rng
    day = since
    while day < tables.ends:
        until = min(day + timedelta(days=365), tables.ends)
        hazard = life.world.hazards.birth * tables.weight("birth", int((day - born).days / DAYS_IN_YEAR))
        birth = first_time(rng, hazard, day, until)
        if birth is None:
            day = until
            continue
        life.at(birth, lambda on: _is_born(life, mother, on))
        day = birth + timedelta(days=DAYS_BETWEEN_BIRTHS_MIN)


def _is_born(life: Life, mother: UUID, day: date) -> None:
    """Born if the mother still lives here with her husband; one in some dies before the first birthday."""
    home, rng, happened = life.home, life.rng, life.world.happened
    she = home.find(mother)
    if she is None or not home.is_wife(she):
        return
    happened.counts["births"] += 1
    child = Newborn(mother, day, rng.choice((Sex.FEMALE, Sex.MALE)))
    birth = matters.birth(child, life.world.member_id, rng)
    life.happens(birth)(day)
    if rng.random() < life.world.tables.rates["infant_deaths"]:
        dies = day + timedelta(days=1 + int((INFANCY_DAYS - 2) * rng.random() ** 3))
        life.at(dies, lambda on: _infant_dies(life, child, birth, on))


def _infant_dies(life: Life, child: Newborn, birth: matters.Matter, day: date) -> None:
    """A child that was brought to the desk is taken off the roster; of the others the registry never hears."""
    life.world.happened.counts["infant_deaths"] += 1
    life.world.happened.counts["deaths"] += 1
    if child.line is None:
        life.forget(birth)
        return
    one = life.home.people.get(child.line)
    if one is not None:
        life.happens(matters.death(one.member_id))(day)


def _dies(life: Life, one: Resident, since: date) -> None:
    tables = life.world.tables
    hazard = life.world.hazards.death * tables.weight("death", one.age_on(since))
    day = first_time(life.rng, hazard, since, tables.ends)
    if day is not None:
        life.at(day, lambda on: _death(life, one.member_id, on))


def _death(life: Life, who: UUID, day: date) -> None:
    """A head does not die as long as only a bride could follow who is about to leave."""
    one = life.home.find(who)
    if one is None:
        return
    is_head = one.person.relation is Relation.HEAD
    if is_head and len(life.home.people) > 1 and successor(life.home, one, day) is None:
        life.at(day + timedelta(days=DAYS_UNTIL_ASKED_AGAIN), lambda on: _death(life, who, on))
        return
    life.world.happened.counts["deaths"] += 1
    matter = matters.death(who)
    (life.happens(matter) if is_head else life.told_at_once(matter))(day)


def _partings(life: Life) -> None:
    home, tables = life.home, life.world.tables
    per_year = tables.rates["divorces_and_separations"] * len(home.people)
    for day in times(life.rng, per_year, home.surveyed_on, tables.ends):
        life.at(day, lambda on: _parting(life, on))


def _parting(life: Life, day: date) -> None:
    rng, home = life.rng, life.home
    wives = [one for one in home.wives() if one.person.relation is not Relation.HEAD]
    if not wives:
        return
    is_divorce = rng.random() < life.world.tables.rates["divorced"]
    life.world.happened.counts["partings"] += 1
    to = MaritalStatus.DIVORCED if is_divorce else MaritalStatus.SEPARATED
    life.happens(matters.parting(rng.choice(wives).member_id, to))(day)


def _disabilities(life: Life) -> None:
    home, tables = life.home, life.world.tables
    for day in times(life.rng, tables.rates["disabilities"] * len(home.people), home.surveyed_on, tables.ends):
        life.at(day, lambda on: _disability(life, on))


def _disability(life: Life, day: date) -> None:
    rng = life.rng
    those = [one for one in life.home.people.values() if not one.is_spoken_for]
    if those:
        life.world.happened.counts["disabilities"] += 1
        certified = rng.random() < life.world.tables.rates["certified"]
        kind = rng.choice(tuple(DisabilityKind))
        life.told_at_once(matters.disability(rng.choice(those).member_id, kind, certified=certified))(day)


def _contacts(life: Life) -> None:
    rates, rng = life.world.tables.rates, life.rng
    for day in times(rng, rates["contact_changes"], life.begins, life.world.tables.ends):
        if rng.random() < rates["address_only"]:
            matter = matters.new_address(str(rng.randint(1, 400)))
        else:
            matter = matters.new_phone(f"0399{rng.randrange(10**7):07d}")
        life.at(day, life.told_at_once(matter))


def _moves(life: Life, elsewhere: Elsewhere) -> None:
    """Inside the district to where others live; beyond it to any tehsil, town or village as before."""
    home, rates, rng, ends = life.home, life.world.tables.rates, life.rng, life.world.tables.ends
    near = elsewhere.near[home.place.district]
    for day in times(rng, rates["moves_inside_the_district"], home.surveyed_on, ends):
        life.at(day, life.moves(rng.choice(near)))
    for day in times(rng, rates["moves_between_districts"], home.surveyed_on, ends):
        tehsil = rng.choice(elsewhere.tehsils)
        if not home.place.is_within(tehsil[:DISTRICT_LETTERS]):
            life.at(day, life.moves(Place(tehsil, None, home.place.settlement)))


def _surveys(life: Life) -> None:
    tables, rng = life.world.tables, life.rng
    rates = tables.rates
    life.at(life.begins + timedelta(days=rng.randrange(int(rates["days_until_enrolled"]))), life.review)
    for day in times(rng, rates["cyclic_updates"], life.begins, tables.ends):
        life.at(day, life.cyclic)
    window = tables.calendar["flood_resurveys"]
    for shock in life.world.office.shocks_of(life.home):
        if rng.random() < rates["flood_resurveys"]:
            life.at(some_day(rng, max(window.first_day, life.begins), window.last_day), life.resurvey(shock))
