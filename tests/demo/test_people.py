"""Laws of the made-up people: whatever the seed, a survey firm could have met them, and nobody could be one of them."""

import uuid
from copy import deepcopy
from datetime import UTC, date, datetime
from random import Random
from statistics import mean

import pytest

from adapters.demo.by_hand import Numbers
from adapters.demo.cast import FIRST_INTERVIEW, HOUSEHOLDS_MIN, LAST_INTERVIEW, make_cast
from adapters.demo.interviews import brought
from adapters.demo.whereabouts import FLOODED, TEHSILS, is_flooded
from adapters.documents.places import load_places
from adapters.documents.usable_scorecard import adoptable
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.keys.tokens import normalise_cnic, normalise_phone
from adapters.lives.tables import load_tables
from adapters.submissions.sealing import Sealer
from domain.checks import Severity, check_survey
from domain.household.events import Registered
from domain.household.state import evolve
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import EmploymentStatus, Relation, SchoolStatus, Sex
from domain.questionnaire.vocabulary import HOUSEHOLD_READER
from domain.registry_day import years_later
from domain.scorecard.compiler import compiled

SEEDS = (1, 7, 2022)
NUMBER = 300


@pytest.fixture(scope="module")
def sealer(tmp_path_factory):
    made_at = datetime(2019, 1, 1, tzinfo=UTC)
    return Sealer(open_or_make_key_file(tmp_path_factory.mktemp("keys") / "master.key", made_at))


def make(sealer, seed, number=NUMBER):
    rng = Random(seed)
    return make_cast(rng, Numbers(rng), sealer, seed, number)


@pytest.fixture(scope="module", params=SEEDS)
def cast(request, sealer):
    return make(sealer, request.param)


@pytest.fixture(scope="module")
def everybody(cast):
    return [one for home in cast.homes for one in home.first.survey.roster]


@pytest.fixture(scope="module")
def sealed(cast, sealer):
    """The households as the registry would record them."""
    return [(home, _sealed(sealer, home.first)) for home in cast.homes]


def _sealed(sealer, first):
    return sealer.survey(first.survey, first.on, uuid.uuid4(), first.submission_id, None, None)[0]


def test_there_are_as_many_households_as_asked_for_in_the_order_of_their_interviews(cast):
    days = [home.surveyed_on for home in cast.homes]

    assert len(days) == NUMBER
    assert days == sorted(days)
    assert days[0] >= FIRST_INTERVIEW
    assert days[-1] <= LAST_INTERVIEW


def test_no_check_refuses_a_made_up_survey_and_none_flags_its_people(sealed):
    for home, survey in sealed:
        assert not check_survey(home.surveyed_on, survey, None, home.surveyed_on)


def test_no_check_refuses_how_it_was_captured(sealed):
    for home, survey in sealed:
        found = check_survey(home.surveyed_on, survey, home.first.capture, home.surveyed_on)
        assert all(finding.severity is Severity.FLAG for finding in found), found


def test_nobody_is_younger_than_fourteen_years_less_than_her_mother_or_father(cast):
    for home in cast.homes:
        for one in home.first.survey.roster:
            for parent in filter(None, (one.mother_line, one.father_line)):
                assert home.people[parent].person.age - one.age >= 14


def test_every_number_is_impossible_and_belongs_to_one_person(everybody):
    numbers = [one.cnic for one in everybody if one.cnic]

    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("9") and normalise_cnic(number) == number for number in numbers)


def test_every_phone_is_in_a_range_that_no_operator_has(cast):
    phones = [phone for home in cast.homes for phone in home.phones]

    assert len(set(phones)) == len(phones)
    assert all(normalise_phone(phone).startswith("+9239") for phone in phones)


def test_grown_people_carry_a_number_more_often_than_children(everybody):
    grown = [one.cnic is not None for one in everybody if one.age >= 18]
    small = [one.cnic is not None for one in everybody if one.age < 5]

    assert mean(small) < 0.85 < mean(grown)


def test_nobody_shares_a_name_within_a_household(cast):
    for home in cast.homes:
        names = [one.name for one in home.first.survey.roster]
        assert len(set(names)) == len(names)


def test_households_are_as_large_as_in_the_country_and_hold_every_kind_of_family(cast):
    sizes = [len(home.people) for home in cast.homes]
    relations = {one.relation for home in cast.homes for one in home.first.survey.roster}

    assert 5 < mean(sizes) < 7
    assert min(sizes) >= 1
    assert max(sizes) <= 20
    assert relations >= {Relation.SPOUSE, Relation.CHILD, Relation.GRANDCHILD, Relation.PARENT, Relation.CHILD_IN_LAW}
    assert any(len(home.families) > 1 for home in cast.homes)


def test_there_are_transgender_and_disabled_people_and_some_disabilities_are_certified(everybody):
    assert 0 < sum(one.sex is Sex.TRANSGENDER for one in everybody) < 60
    assert 0 < sum(one.disability_certified for one in everybody) < sum(bool(one.disabilities) for one in everybody)


def test_recipients_are_grown_and_belong_to_their_family(cast):
    for home in cast.homes:
        for family in home.families:
            if family.recipient_line is not None:
                recipient = home.people[family.recipient_line]
                assert recipient.person.family == family.number
                assert recipient.age_on(home.surveyed_on) >= 18


def test_a_child_who_goes_to_school_does_not_work(cast):
    for home in cast.homes:
        for person in home.first.survey.roster:
            assert person.school is not SchoolStatus.ATTENDING or person.employment is not EmploymentStatus.EMPLOYED


def test_three_years_later_everybody_is_three_years_older_and_no_class_is_unlearnt(cast):
    tables, rng = load_tables(), Random(1)
    for home in cast.homes:
        then = home.first.survey.roster
        later = deepcopy(home).restated(years_later(home.surveyed_on, 3), tables, rng, frozenset()).roster
        older = {b.age - a.age for a, b in zip(then, later, strict=True) if b.age < 99}
        assert older <= {3, 4}  # 4 by the year of birth, where the day is not known
        assert all((b.highest_class or 0) >= (a.highest_class or 0) for a, b in zip(then, later, strict=True))


def test_scores_by_the_published_card_spread_from_under_20_to_over_80_with_a_good_share_under_the_cut_off(sealed):
    card = compiled(adoptable("pakistan_schreiner_2009").card, HOUSEHOLD_READER)
    scores = [card.score(evolve(None, Registered(home.surveyed_on, survey))).score for home, survey in sealed]

    assert min(scores) < 20
    assert max(scores) > 80
    assert 0.15 < mean(score <= 32 for score in scores) < 0.45


def test_they_live_in_real_places_and_a_good_share_of_them_where_the_flood_will_be(cast):
    places = load_places()

    assert all(places.find_residence_problem(home.place) is None for home in cast.homes)
    assert all(places.find_problem(code) is None for code in FLOODED)
    assert 0.1 < mean(is_flooded(home.place) for home in cast.homes) < 0.5


@pytest.mark.parametrize("tehsil", TEHSILS, ids=lambda tehsil: tehsil.code)
def test_tehsils_lie_in_pakistan_and_devices_report_positions_near_them(tehsil):
    position = brought(Random(1), date(2022, 1, 3), Place(tehsil.code)).capture.position

    assert abs(position.latitude_microdegrees - tehsil.latitude * 1_000_000) < 100_000
    assert abs(position.longitude_microdegrees - tehsil.longitude * 1_000_000) < 100_000


def test_the_same_seed_makes_the_same_people_and_another_seed_others(sealer):
    def made(seed):
        return [home.first for home in make(sealer, seed, HOUSEHOLDS_MIN).homes]

    assert made(5) == made(5)
    assert made(5) != made(6)
