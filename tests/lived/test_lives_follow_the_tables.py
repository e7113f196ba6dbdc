"""The laws of lives: what happens as often as the tables say, and what cannot happen at all."""

from collections import Counter
from datetime import date
from math import sqrt
from typing import Any

import pytest

from adapters.lives.part import household_of
from adapters.lives.sending import read_again
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MemberJoins, MemberLeaves, MissedOut, RosterUpdate, ShockSurvey
from domain.questionnaire.codes import JoinReason, LeaveReason
from tests.lived.memory_registry import TABLES, lives_in, registry_of
from tests.made_up_population import first_surveys

HOUSEHOLDS = 1_200
SEED = 7
SYSTEMATIC = 0.06
"""Births end with a mother's death and do not come closer than ten months: the rates come out within this."""
DEVIATIONS = 3.5
RATES = TABLES.rates


@pytest.fixture(scope="module")
def firsts():
    return first_surveys(HOUSEHOLDS)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory):
    return registry_of(tmp_path_factory.mktemp("keys"), [])


@pytest.fixture(scope="module")
def lived(registry, firsts):
    return lives_in(registry, firsts, SEED)


@pytest.fixture(scope="module")
def submissions(lived) -> list[Any]:
    return [read_again(one) for one in lived[0]]


def about(expected: float) -> Any:
    """This often, give or take what chance does."""
    return pytest.approx(expected, abs=DEVIATIONS * sqrt(expected) + SYSTEMATIC * expected)


@pytest.mark.parametrize(
    ("what", "per_person_year"),
    [
        ("births", RATES["births"]),
        ("deaths", RATES["deaths"]),
        ("infant_deaths", RATES["births"] * RATES["infant_deaths"]),
        ("disabilities", RATES["disabilities"]),
    ],
)
def test_it_happens_as_often_in_a_persons_year_as_the_table_says(lived, what, per_person_year):
    happened = lived[1]

    assert happened.counts[what] == about(per_person_year * happened.person_years)


def test_every_couple_of_the_table_is_found_or_counted_as_not_found(lived):
    happened = lived[1]
    couples = happened.counts["weddings"] + happened.counts["couples_not_found"]
    newcomers_are_not_wed = RATES["first_marriages"] * happened.person_years

    assert 0.8 * newcomers_are_not_wed < couples <= newcomers_are_not_wed


def test_households_that_were_missed_out_come_as_often_as_the_table_says(lived, submissions):
    years = (TABLES.ends - TABLES.begins).days / 365.25
    missed_out = sum(isinstance(one, MissedOut) for one in submissions)

    assert missed_out == lived[1].counts["missed_out"]
    assert missed_out == about(RATES["missed_out"] * years * HOUSEHOLDS)


def test_the_share_of_struck_households_surveyed_again_is_that_of_the_table(registry, firsts, submissions):
    places = {each.place for each in TABLES.flooded}
    struck = sum(any(first.survey.place.is_within(place) for place in places) for first in firsts)

    assert sum(isinstance(one, ShockSurvey) for one in submissions) == about(RATES["flood_resurveys"] * struck)


def test_nobody_dies_twice(submissions):
    dead = Counter(
        change.member
        for one in submissions
        if isinstance(one, RosterUpdate)
        for change in one.changes
        if isinstance(change, MemberLeaves) and change.reason is LeaveReason.DEATH
    )

    assert len(dead) > HOUSEHOLDS / 20
    assert set(dead.values()) == {1}


def test_nobody_stands_on_a_roster_of_a_day_after_her_death(submissions):
    died: dict[Any, date] = {
        change.member: one.on
        for one in submissions
        if isinstance(one, RosterUpdate)
        for change in one.changes
        if isinstance(change, MemberLeaves) and change.reason is LeaveReason.DEATH
    }
    later = [
        person.member_id
        for one in submissions
        if getattr(one, "survey", None) is not None
        for person in one.survey.roster
        if person.member_id in died and died[person.member_id] < one.on
    ]

    assert later == []


def test_nothing_is_dated_before_the_registry_takes_updates(submissions):
    assert min(one.on for one in submissions) >= TABLES.begins
    assert max(one.on for one in submissions) <= TABLES.ends


def test_children_born_before_that_are_told_of_afterwards(submissions):
    born = [
        change.person.born
        for one in submissions
        if isinstance(one, RosterUpdate)
        for change in one.changes
        if isinstance(change, MemberJoins) and change.reason is JoinReason.BIRTH
    ]

    assert sum(date.fromisoformat(day) < TABLES.begins for day in born) > len(born) / 10


def test_only_households_of_the_named_districts_are_asked_because_of_the_flood(registry, firsts, submissions):
    lived_at = {household_of(first, Sealer(registry.keyring)): first.survey.place for first in firsts}
    places = {(each.shock, each.place) for each in TABLES.flooded}
    asked = [one for one in submissions if isinstance(one, ShockSurvey)]

    assert len(places) == 42
    assert asked
    for one in asked:
        assert any(one.shock == shock and lived_at[one.household].is_within(place) for shock, place in places)


def test_submissions_come_in_the_order_of_their_days_but_for_the_few_that_are_late(lived, submissions):
    days = [one.arrives for one in lived[0]]
    late = sum(one.arrives > submission.on.toordinal() for one, submission in zip(lived[0], submissions, strict=True))

    assert days == sorted(days)
    assert 0.005 < late / len(submissions) < 0.02


def test_the_same_seed_makes_the_same_submissions(registry, firsts, lived):
    assert lives_in(registry, firsts, SEED)[0] == lived[0]


def test_no_id_of_a_submission_stands_twice_nor_under_another_seed(registry, firsts, submissions):
    ids = {one.submission_id for one in submissions}
    others = {read_again(one).submission_id for one in lives_in(registry, firsts, SEED + 1)[0]}

    assert len(ids) == len(submissions)
    assert not ids & others


def test_lives_that_are_sent_until_a_day_are_the_beginning_of_all(registry, firsts, lived):
    day = date(2024, 6, 30)
    begun = lives_in(registry, firsts, SEED, until=day)[0]

    assert 0 < len(begun) < len(lived[0])
    assert begun == lived[0][: len(begun)]


def test_lives_are_the_same_in_every_registry_but_for_the_ids_it_gives(firsts, lived, tmp_path):
    elsewhere = lives_in(registry_of(tmp_path, []), firsts, SEED)[0]

    assert [(one.arrives, one.key, one.number) for one in elsewhere] == [
        (one.arrives, one.key, one.number) for one in lived[0]
    ]
    assert [one.written for one in elsewhere] != [one.written for one in lived[0]]
