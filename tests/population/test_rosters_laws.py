"""Laws of generated households: whatever the seed, a survey could have met them, and nobody could be one of them."""

import uuid

import numpy as np
import pytest

from adapters.documents.places import load_places
from adapters.keys.tokens import normalise_cnic, normalise_phone
from domain.checks import check_survey, refusals
from domain.questionnaire.codes import MaritalStatus, Relation, SchoolStatus, Sex
from tests.made_up_population import a_part, first_surveys
from tests.population.made_up_nation import SEEDS, surveys

NUMBER = 700


@pytest.fixture(scope="module", params=SEEDS)
def households(request):
    return first_surveys(NUMBER, request.param)


@pytest.fixture(scope="module")
def rosters(households):
    return [{one.line: one for one in each.survey.roster} for each in households]


def test_no_check_refuses_a_generated_survey():
    for seed in SEEDS:
        for one, survey in surveys(NUMBER, seed):
            assert not refusals(check_survey(one.on, survey, None, one.on)), one


def test_hardly_any_survey_is_flagged():
    flagged = sum(bool(check_survey(one.on, survey, None, one.on)) for one, survey in surveys(NUMBER, SEEDS[0]))

    assert flagged <= NUMBER * 0.05


def test_every_household_of_the_file_comes_through_the_mapping(households):
    assert [each.source_key for each in households] == [str(number + 1) for number in range(NUMBER)]


def test_the_head_stands_on_the_first_line_and_lines_have_no_gaps(rosters):
    for roster in rosters:
        assert list(roster) == list(range(1, len(roster) + 1))
        assert [line for line, one in roster.items() if one.relation is Relation.HEAD] == [1]


def test_spouses_name_each_other_are_married_and_of_two_sexes(rosters):
    for roster in rosters:
        for line, one in roster.items():
            if one.spouse_line:
                other = roster[one.spouse_line]
                assert other.spouse_line == line
                assert {one.sex, other.sex} == {Sex.MALE, Sex.FEMALE}
                assert one.marital_status is MaritalStatus.MARRIED


def test_nobody_is_younger_than_fourteen_years_less_than_her_mother_or_father(rosters):
    for roster in rosters:
        for one in roster.values():
            for parent in filter(None, (one.mother_line, one.father_line)):
                assert roster[parent].age - one.age >= 14


def test_mothers_are_women_and_fathers_are_men(rosters):
    for roster in rosters:
        for one in roster.values():
            assert one.mother_line is None or roster[one.mother_line].sex is Sex.FEMALE
            assert one.father_line is None or roster[one.father_line].sex is Sex.MALE


def test_school_is_told_of_the_ages_that_the_report_speaks_of_and_literacy_from_ten(rosters):
    for roster in rosters:
        for one in roster.values():
            assert (one.school is not None) == (4 <= one.age <= 18)
            assert (one.literate is not None) == (one.age >= 10)
            assert (one.employment is not None) == (14 <= one.age <= 60)
            assert (one.school_type is not None) == (one.school is SchoolStatus.ATTENDING)
            assert one.school is not SchoolStatus.NEVER_ATTENDED or not one.highest_class


def test_whoever_is_paid_is_a_grown_woman_of_the_family(households):
    for each in households:
        roster = {one.line: one for one in each.survey.roster}
        for family in each.survey.families:
            if family.recipient_line:
                recipient = roster[family.recipient_line]
                assert (recipient.sex, recipient.family) == (Sex.FEMALE, family.number)
                assert recipient.age >= 18


def test_what_contradicts_itself_in_a_dwelling_does_not_occur(households):
    for each in households:
        answers = each.survey.answers
        assert answers.owns_land == (answers.land_owned_marla > 0)
        assert answers.owns_livestock == any(answers.livestock.values())


def test_every_number_is_impossible_and_nobody_elses(rosters, households):
    numbers = [one.cnic for roster in rosters for one in roster.values() if one.cnic]
    phones = [phone for each in households for phone in each.survey.phones]

    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("9") and normalise_cnic(number) == number for number in numbers)
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("039") and normalise_phone(phone) for phone in phones)


def test_nobody_shares_a_name_within_a_household(rosters):
    for roster in rosters:
        names = [one.name for one in roster.values()]
        assert len(set(names)) == len(names)


def test_children_bear_the_name_of_their_father(rosters):
    for roster in rosters:
        for one in roster.values():
            if one.father_line and one.sex is Sex.MALE:
                assert one.father_or_husband == roster[one.father_line].name


def test_every_household_lives_in_a_tehsil_of_the_code_list(households):
    places = load_places()

    assert all(len(each.survey.place.code) == len("PK60201") for each in households)
    assert all(places.find_residence_problem(each.survey.place) is None for each in households)


def test_first_surveys_lie_in_the_roll_out(households):
    days = {each.on.isoformat() for each in households}

    assert min(days) >= "2019-07-01"
    assert max(days) <= "2021-06-30"


def test_submissions_of_two_imports_are_the_same_ones(households):
    assert len({each.submission_id for each in households}) == NUMBER
    assert all(each.submission_id != uuid.UUID(int=0) for each in households)


def test_wealth_shows_in_the_goods_of_a_household():
    table = a_part(NUMBER, SEEDS[0]).households
    wealth = table["wealth"].to_numpy()

    for asset in ("asset_refrigerator", "asset_car", "asset_television"):
        owns = table[asset].to_numpy() > 0
        assert wealth[owns].mean() > wealth[~owns].mean() + 0.4, asset
    assert abs(np.mean(wealth)) < 0.15
