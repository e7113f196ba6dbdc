"""Each check fires for one household that is broken in one place, and for nothing else in it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.checks import CHECKS, Severity, check_survey, flags, refusals
from domain.household.events import Survey
from domain.questionnaire.answers import Answers, BirthDate, Dwelling, Family, Member, Place
from domain.questionnaire.capture import Capture, GeoPoint, TimedSection
from domain.questionnaire.codes import (
    Asset,
    Biometric,
    Difficulty,
    DisabilityKind,
    Electricity,
    EmploymentStatus,
    FamilyKind,
    Lighting,
    Livestock,
    MaritalStatus,
    Relation,
    SchoolStatus,
    Section,
    Sex,
    Toilet,
)

ON = date(2023, 5, 17)
RECEIVED_ON = date(2023, 5, 18)
AMINA_ID, BILAL_ID, CHAND_ID, DILSHAD_ID, STRANGER_ID = (UUID(int=number) for number in range(1, 6))
MARRIED, NEVER_MARRIED, WIDOWED = MaritalStatus.MARRIED, MaritalStatus.NEVER_MARRIED, MaritalStatus.WIDOWED

BILAL = Member(
    BILAL_ID,
    1,
    Relation.HEAD,
    Sex.MALE,
    42,
    BirthDate(1980, 8, 2),
    MARRIED,
    spouse=AMINA_ID,
    highest_class=10,
    employment=EmploymentStatus.EMPLOYED,
    token=UUID(int=101),
)
AMINA = Member(
    AMINA_ID,
    2,
    Relation.SPOUSE,
    Sex.FEMALE,
    38,
    BirthDate(1985, 3),
    MARRIED,
    spouse=BILAL_ID,
    pregnant_or_lactating=True,
    token=UUID(int=102),
)
CHAND = Member(
    CHAND_ID,
    3,
    Relation.CHILD,
    Sex.FEMALE,
    9,
    BirthDate(2013, 12, 1),
    mother=AMINA_ID,
    father=BILAL_ID,
    school=SchoolStatus.ATTENDING,
    highest_class=3,
    token=UUID(int=103),
)
DILSHAD = Member(DILSHAD_ID, 4, Relation.PARENT, Sex.FEMALE, 64, None, WIDOWED, disabilities=(DisabilityKind.NO_SIGHT,))
ROSTER = (BILAL, AMINA, CHAND, DILSHAD)
ANSWERS = Answers(
    Dwelling(rooms=2, toilet=Toilet.FLUSH_OPEN_DRAIN, electricity=Electricity.METERED, lighting=Lighting.ELECTRICITY),
    {Asset.FAN: 3, Asset.CAR: 0},
    {Livestock.BUFFALO: 2, Livestock.GOAT: 5},
    owns_livestock=True,
    owns_land=True,
    land_owned_marla=480,
)
FAMILY = Family(1, FamilyKind.BETA, AMINA_ID)
SURVEY = Survey(Place("PK60302", "Chak 17"), ANSWERS, ROSTER, (FAMILY,))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 5, 17, hour, minute, tzinfo=UTC)


CAPTURE = Capture(
    captured_at=at(6),
    received_at=at(7),
    position=GeoPoint(29_390_000, 71_680_000, 12),
    respondent=AMINA_ID,
    started_at=at(5, 10),
    ended_at=at(5, 50),
    sections=(
        TimedSection(Section.IDENTITY, at(5, 10), at(5, 15)),
        TimedSection(Section.ROSTER, at(5, 15), at(5, 30)),
    ),
    biometric=Biometric.VERIFIED,
)


def found(survey: Survey = SURVEY, capture: Capture | None = CAPTURE, on: date = ON) -> list[str]:
    return [finding.check for finding in check_survey(on, survey, capture, RECEIVED_ON)]


def with_roster(*roster: Member) -> Survey:
    return replace(SURVEY, roster=roster, families=())


def with_member(member: Member, **changes: object) -> Survey:
    """The clean household, in which one member differs."""
    return replace(SURVEY, roster=tuple(replace(each, **changes) if each is member else each for each in ROSTER))


def with_one_more(relation: Relation, sex: Sex, age: int | None, **more: object) -> Survey:
    return replace(SURVEY, roster=(*ROSTER, Member(STRANGER_ID, 5, relation, sex, age, **more)))


def with_answers(**changes: object) -> Survey:
    return replace(SURVEY, answers=replace(ANSWERS, **changes))


def with_dwelling(**changes: object) -> Survey:
    return with_answers(dwelling=replace(ANSWERS.dwelling, **changes))


def with_families(*families: Family) -> Survey:
    return replace(SURVEY, families=families)


ABOUT_THE_DAY_AND_THE_PLACE = [
    ("survey_in_the_future", SURVEY, date(2023, 5, 19)),
    ("survey_too_early", SURVEY, date(2009, 12, 31)),
    ("place_malformed", replace(SURVEY, place=Place("PK60")), ON),
    ("place_malformed", replace(SURVEY, place=Place("Bahawalpur")), ON),
    ("place_malformed", replace(SURVEY, place=Place("PK60302", "a/b")), ON),
    ("place_malformed", replace(SURVEY, place=Place("PK60302", " ")), ON),
    ("place_malformed", replace(SURVEY, place=Place("PK60302", "x" * 1_000_000)), ON),
]


@pytest.mark.parametrize(("check", "survey", "on"), ABOUT_THE_DAY_AND_THE_PLACE)
def test_a_day_or_place_that_cannot_be_is_found(check, survey, on):
    findings = check_survey(on, survey, None, RECEIVED_ON)
    assert check in [finding.check for finding in findings]
    assert all(len(finding.sentence) < 300 for finding in findings)


ABOUT_PERSONS = [
    ("age_negative", with_one_more(Relation.OTHER, Sex.MALE, -1)),
    ("age_too_high", with_member(DILSHAD, age=100)),
    ("birth_date_impossible", with_member(CHAND, born=BirthDate(2013, 13, 1))),
    ("birth_date_impossible", with_member(CHAND, born=BirthDate(2013, 2, 29))),
    ("birth_date_impossible", with_member(DILSHAD, born=BirthDate(1870))),
    ("birth_date_impossible", with_member(DILSHAD, born=BirthDate(2**40, 2**40, 2**40))),
    ("birth_in_the_future", with_member(CHAND, born=BirthDate(2023, 6), age=0, school=None, highest_class=None)),
    ("age_contradicts_birth_date", with_member(CHAND, born=BirthDate(2003, 12, 1))),
    ("age_differs_from_birth_date", with_member(CHAND, born=BirthDate(2011, 12, 1))),
    ("married_under_10", with_member(CHAND, marital_status=MARRIED)),
    ("married_under_16", with_member(CHAND, age=15, born=None, marital_status=MARRIED, highest_class=8)),
    ("pregnant_man", with_member(BILAL, pregnant_or_lactating=True)),
    ("pregnancy_age_unusual", with_member(DILSHAD, pregnant_or_lactating=True)),
    ("class_unknown", with_member(BILAL, highest_class=25)),
    ("class_unknown", with_member(BILAL, highest_class=-1)),
    ("class_beyond_age", with_member(CHAND, highest_class=7)),
    ("attends_at_unusual_age", with_member(CHAND, age=3, born=None, highest_class=None)),
    (
        "attends_at_unusual_age",
        with_member(CHAND, age=26, born=None, father=None, mother=None, relation=Relation.OTHER),
    ),
    ("employed_under_10", with_member(CHAND, employment=EmploymentStatus.EMPLOYED)),
    ("certified_without_kind", with_member(BILAL, disability_certified=True)),
    ("sight_contradicts", with_member(DILSHAD, disabilities=(DisabilityKind.PARTIAL_SIGHT, DisabilityKind.NO_SIGHT))),
    ("difficulties_too_many", with_member(DILSHAD, difficulties=(Difficulty.NONE,) * 7)),
]
ABOUT_THE_ROSTER = [
    ("roster_empty", with_roster()),
    ("head_missing", with_roster(AMINA, replace(BILAL, relation=Relation.OTHER), CHAND)),
    ("heads_several", with_member(DILSHAD, relation=Relation.HEAD)),
    ("head_under_15", with_roster(Member(CHAND_ID, 1, Relation.HEAD, Sex.FEMALE, 14))),
    ("line_twice", with_member(DILSHAD, line=3)),
    ("line_not_positive", with_member(DILSHAD, line=0)),
    ("cnic_twice", with_member(DILSHAD, token=AMINA.token)),
    ("member_twice", replace(SURVEY, roster=(*ROSTER, replace(DILSHAD, line=5)))),
]
BETWEEN_MEMBERS = [
    ("relative_not_on_roster", with_member(DILSHAD, mother=STRANGER_ID)),
    ("relative_not_on_roster", with_member(DILSHAD, spouse=STRANGER_ID)),
    ("relative_of_herself", with_member(DILSHAD, mother=DILSHAD_ID)),
    ("relative_of_herself", with_member(DILSHAD, spouse=DILSHAD_ID)),
    ("parent_of_other_sex", with_one_more(Relation.OTHER, Sex.MALE, 15, mother=BILAL_ID)),
    ("parent_of_other_sex", with_one_more(Relation.OTHER, Sex.MALE, 15, father=AMINA_ID)),
    ("child_older_than_parent", with_one_more(Relation.OTHER, Sex.MALE, 42, father=BILAL_ID)),
    ("child_close_to_parent", with_one_more(Relation.OTHER, Sex.MALE, 31, father=BILAL_ID)),
    ("child_older_than_head", with_one_more(Relation.CHILD, Sex.MALE, 42)),
    ("generations_too_close", with_one_more(Relation.CHILD, Sex.MALE, 31)),
    ("generations_too_close", with_one_more(Relation.GRANDCHILD, Sex.MALE, 19)),
    ("generations_too_close", with_one_more(Relation.PARENT, Sex.MALE, 53)),
    ("generations_too_close", with_one_more(Relation.GRANDPARENT, Sex.MALE, 60)),
    ("spouse_not_mutual", with_one_more(Relation.SIBLING, Sex.MALE, 30, spouse=AMINA_ID)),
    ("spouse_of_same_sex", with_roster(BILAL, replace(AMINA, sex=Sex.MALE, pregnant_or_lactating=None))),
    ("spouse_never_married", with_member(AMINA, marital_status=NEVER_MARRIED)),
    (
        "spouse_never_married",
        with_one_more(Relation.SIBLING, Sex.MALE, 30, marital_status=NEVER_MARRIED, spouse=DILSHAD_ID),
    ),
    ("head_without_marriage_has_spouse", with_member(BILAL, marital_status=WIDOWED)),
    ("servant_married_into_household", with_one_more(Relation.SERVANT, Sex.MALE, 60, spouse=DILSHAD_ID)),
]
ABOUT_FAMILIES = [
    ("family_twice", with_families(FAMILY, FAMILY)),
    ("family_not_listed", with_member(CHAND, family=2)),
    ("family_empty", with_families(FAMILY, Family(2, FamilyKind.BETA))),
    ("recipient_not_in_family", with_families(Family(1, FamilyKind.BETA, STRANGER_ID))),
    ("recipient_under_18", with_families(Family(1, FamilyKind.BETA, CHAND_ID))),
]
ABOUT_THE_ANSWERS = [
    ("rooms_impossible", with_dwelling(rooms=0)),
    ("rooms_impossible", with_dwelling(rooms=51)),
    ("rooms_many", with_dwelling(rooms=21)),
    ("toilet_contradicts", with_dwelling(toilet=Toilet.NONE, toilet_shared=True)),
    ("light_contradicts", with_dwelling(electricity=Electricity.NONE)),
    ("count_negative", with_answers(assets={Asset.FAN: -1})),
    ("count_negative", with_answers(livestock={Livestock.COW: -1})),
    ("goods_too_many", with_answers(assets={Asset.CHAIR: 100})),
    ("animals_too_many", with_answers(livestock={Livestock.COW: 96})),
    ("animals_contradict", with_answers(owns_livestock=False)),
    ("land_negative", with_answers(land_rented_in_marla=-1)),
    ("land_too_large", with_answers(land_owned_marla=160_001)),
    ("land_too_large", with_answers(land_owned_marla=None, land_rented_in_marla=160_160)),
    ("land_large", with_answers(land_owned_marla=32_001)),
    ("land_contradicts", with_answers(owns_land=False)),
]
BROKEN = [*ABOUT_PERSONS, *ABOUT_THE_ROSTER, *BETWEEN_MEMBERS, *ABOUT_FAMILIES, *ABOUT_THE_ANSWERS]

ABOUT_THE_CAPTURE = [
    ("interview_ends_before_it_begins", {"ended_at": at(5, 9), "sections": ()}),
    ("interview_short", {"ended_at": at(5, 13), "sections": ()}),
    ("interview_long", {"started_at": at(5, 10) - timedelta(days=3)}),
    ("section_outside_interview", {"sections": (TimedSection(Section.ROSTER, at(5, 15), at(5, 51)),)}),
    ("section_outside_interview", {"sections": (TimedSection(Section.ROSTER, at(5, 9), at(5, 20)),)}),
    ("section_outside_interview", {"sections": (TimedSection(Section.ROSTER, at(5, 20), at(5, 15)),)}),
    ("sections_out_of_order", {"sections": CAPTURE.sections[::-1]}),
    ("captured_after_received", {"captured_at": at(7, 16)}),
    ("captured_on_another_day", {"captured_at": at(6) - timedelta(days=2)}),
    ("position_outside_pakistan", {"position": GeoPoint(0, 0)}),
    ("position_outside_pakistan", {"position": GeoPoint(29_390_000, 0)}),
    ("position_outside_pakistan", {"position": GeoPoint(0, 71_680_000)}),
    ("sections_out_of_order", {"sections": (CAPTURE.sections[0], replace(CAPTURE.sections[1], started_at=at(5, 14)))}),
    (
        "sections_out_of_order",
        {"sections": (CAPTURE.sections[0], replace(CAPTURE.sections[1], section=Section.IDENTITY))},
    ),
    ("position_inaccurate", {"position": GeoPoint(29_390_000, 71_680_000, 5_001)}),
    ("respondent_not_on_roster", {"respondent": STRANGER_ID}),
    ("respondent_under_15", {"respondent": CHAND_ID}),
    ("respondent_not_matched", {"biometric": Biometric.NOT_MATCHED}),
]


JUST_INSIDE = {
    "an age of 99": with_one_more(Relation.OTHER, Sex.MALE, 99),
    "a spouse of 16": with_one_more(Relation.OTHER, Sex.FEMALE, 16, marital_status=MARRIED),
    "a head of 15": with_roster(Member(CHAND_ID, 1, Relation.HEAD, Sex.FEMALE, 15)),
    "a worker of 10": with_one_more(Relation.OTHER, Sex.MALE, 10, employment=EmploymentStatus.EMPLOYED),
    "born on the day of the survey": with_one_more(Relation.OTHER, Sex.MALE, 0, born=BirthDate(2023, 5, 17)),
    "a year between age and birth date": with_member(CHAND, born=BirthDate(2014, 12, 1)),
    "a year by the calendar, two by its numbers": with_member(CHAND, born=BirthDate(2012, 6, 1)),
    "born in 1880": with_one_more(Relation.OTHER, Sex.MALE, 99, born=BirthDate(1880)),
    "born on a 29 February": with_one_more(Relation.OTHER, Sex.MALE, 11, born=BirthDate(2012, 2, 29)),
    "born on a 31 December": with_one_more(Relation.OTHER, Sex.MALE, 10, born=BirthDate(2012, 12, 31)),
    "nothing of the birth date known": with_one_more(Relation.OTHER, Sex.MALE, 10, born=BirthDate()),
    "a birth date without an age": with_one_more(Relation.OTHER, Sex.MALE, None, born=BirthDate(2012)),
    "pregnant at 12": with_one_more(Relation.OTHER, Sex.FEMALE, 12, pregnant_or_lactating=True),
    "pregnant at 55": with_one_more(Relation.OTHER, Sex.FEMALE, 55, pregnant_or_lactating=True),
    "class 0 at 3": with_one_more(Relation.OTHER, Sex.FEMALE, 3, highest_class=0),
    "class 7 at 10": with_one_more(Relation.OTHER, Sex.FEMALE, 10, highest_class=7),
    "a degree of another kind": with_one_more(Relation.OTHER, Sex.FEMALE, 30, highest_class=28),
    "at school at 4": with_one_more(Relation.OTHER, Sex.FEMALE, 4, school=SchoolStatus.ATTENDING),
    "at school at 25": with_one_more(Relation.OTHER, Sex.FEMALE, 25, school=SchoolStatus.ATTENDING),
    "six difficulties": with_member(DILSHAD, difficulties=(Difficulty.SOME,) * 6),
    "certified with a kind": with_member(DILSHAD, disability_certified=True),
    "a child 12 years younger than the head": with_one_more(Relation.CHILD, Sex.MALE, 30, father=BILAL_ID),
    "a grandchild 24 years younger": with_one_more(Relation.GRANDCHILD, Sex.MALE, 18),
    "a spouse who names nobody": with_member(AMINA, spouse=None),
    "one room": with_dwelling(rooms=1),
    "a shared toilet": with_dwelling(toilet_shared=True),
    "a recipient of 18": replace(
        with_member(CHAND, age=18, born=None), families=(Family(1, FamilyKind.BETA, CHAND_ID),)
    ),
    "a little land": with_answers(owns_land=None, land_owned_marla=1),
    "20 rooms": with_dwelling(rooms=20),
    "99 chairs": with_answers(assets={Asset.CHAIR: 99, Asset.FAN: 0}),
    "95 goats": with_answers(livestock={Livestock.GOAT: 95, Livestock.COW: 0}),
    "no animals": with_answers(owns_livestock=False, livestock={Livestock.GOAT: 0}),
    "no land": with_answers(owns_land=False, land_owned_marla=0, land_rented_in_marla=0),
    "200 acres": with_answers(land_owned_marla=32_000),
}


@pytest.mark.parametrize("survey", JUST_INSIDE.values(), ids=JUST_INSIDE.keys())
def test_what_just_keeps_within_a_limit_is_accepted_without_a_flag(survey):
    assert found(survey, None) == []


def test_the_first_day_and_the_day_of_receipt_are_taken():
    assert check_survey(RECEIVED_ON, SURVEY, None, RECEIVED_ON) == ()
    bare = replace(with_roster(Member(BILAL_ID, 1, Relation.HEAD, Sex.MALE)), place=Place("PK6", "x" * 80))
    assert found(bare, None, date(2010, 1, 1)) == []


def test_a_respondent_of_fifteen_may_answer():
    survey = with_one_more(Relation.OTHER, Sex.MALE, 15)
    assert found(survey, replace(CAPTURE, respondent=STRANGER_ID)) == []


def test_a_roster_of_thirty_is_not_large():
    kin = tuple(Member(UUID(int=100 + n), n, Relation.OTHER_RELATIVE, Sex.MALE, 30) for n in range(5, 31))
    assert found(with_roster(*ROSTER, *kin)) == []


def test_parents_of_unknown_age_are_not_compared():
    for father, child in ((None, 9), (42, None), (None, None)):
        roster = replace(BILAL, age=father, born=None), replace(CHAND, age=child, born=None, mother=None)
        assert found(with_roster(roster[0], AMINA, roster[1])) == []


def test_the_most_that_is_taken_is_fifty_rooms_and_a_thousand_acres():
    most = with_answers(dwelling=Dwelling(rooms=50), land_owned_marla=160_000)
    assert found(most) == ["rooms_many", "land_large"]


def test_an_age_five_years_off_the_birth_date_is_flagged_and_six_refused():
    assert found(with_member(CHAND, born=BirthDate(2008, 12, 1))) == ["age_differs_from_birth_date"]
    assert found(with_member(CHAND, born=BirthDate(2007, 12, 1))) == ["age_contradicts_birth_date"]


def test_a_spouse_of_ten_is_flagged():
    assert found(with_one_more(Relation.OTHER, Sex.FEMALE, 10, marital_status=MARRIED)) == ["married_under_16"]


EDGES_OF_CAPTURE = {
    "5 minutes": {"ended_at": at(5, 15), "sections": ()},
    "12 hours": {"started_at": at(5, 50) - timedelta(hours=12)},
    "15 minutes ahead": {"captured_at": at(7, 15)},
    "a day apart": {"captured_at": at(6) - timedelta(days=1)},
    "a corner of the country": {"position": GeoPoint(23_500_000, 60_800_000)},
    "the other corner": {"position": GeoPoint(37_200_000, 79_500_000, 5_000)},
    "no end": {"ended_at": None},
    "no start": {"started_at": None},
    "not received yet": {"received_at": None},
}


@pytest.mark.parametrize("changes", EDGES_OF_CAPTURE.values(), ids=EDGES_OF_CAPTURE.keys())
def test_what_just_keeps_within_a_limit_of_capture_is_accepted_without_a_flag(changes):
    assert found(capture=replace(CAPTURE, **changes)) == []


def test_nothing_is_found_in_a_household_without_contradictions():
    assert found() == []


def test_a_missing_optional_fact_is_never_an_error():
    bare = Survey(Place("PK6"), Answers(), (Member(BILAL_ID, 1, Relation.HEAD, Sex.MALE),))
    assert found(bare, None) == []
    assert found(bare, Capture()) == []


@pytest.mark.parametrize(("check", "survey"), BROKEN)
def test_a_broken_household_is_found_by_its_check_alone(check, survey):
    assert found(survey, None) == [check]


@pytest.mark.parametrize(("check", "changes"), ABOUT_THE_CAPTURE)
def test_a_broken_capture_is_found_by_its_check_alone(check, changes):
    assert set(found(capture=replace(CAPTURE, **changes))) == {check}


@pytest.mark.parametrize("end_of_time", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_a_device_at_the_end_of_time_is_found_like_any_other(end_of_time):
    assert "captured_on_another_day" in found(capture=Capture(captured_at=end_of_time))


def test_several_alpha_families_are_looked_at():
    alphas = Family(1, FamilyKind.ALPHA), Family(2, FamilyKind.ALPHA)
    assert found(replace(with_member(CHAND, family=2), families=alphas)) == ["alpha_families_several"]


def test_a_recipient_belongs_to_the_family_that_is_paid():
    families = Family(1, FamilyKind.ALPHA, AMINA_ID), Family(2, FamilyKind.BETA, AMINA_ID)
    assert found(replace(with_member(CHAND, family=2), families=families)) == ["recipient_not_in_family"]


def test_one_member_is_not_both_parents():
    bilal = replace(BILAL, sex=Sex.TRANSGENDER)
    chand = replace(CHAND, mother=BILAL_ID)
    assert found(with_roster(bilal, AMINA, chand)) == ["parents_the_same"]


def test_a_household_of_fifty_is_flagged_and_not_refused():
    kin = tuple(Member(UUID(int=100 + n), n, Relation.OTHER_RELATIVE, Sex.MALE, 30) for n in range(5, 51))
    findings = check_survey(ON, with_roster(*ROSTER, *kin), CAPTURE, RECEIVED_ON)
    assert flags(findings) == ("roster_large",)
    assert refusals(findings) == ()


def test_a_spouse_of_nine_is_refused():
    findings = check_survey(ON, with_member(AMINA, age=9, born=None), None, RECEIVED_ON)
    assert "The member on line 2 is 9 and spouse or ever married." in " ".join(refusals(findings))


def wives(*ages: int) -> tuple[Member, ...]:
    return tuple(
        Member(UUID(int=50 + n), 10 + n, Relation.SPOUSE, Sex.FEMALE, age, spouse=BILAL_ID)
        for n, age in enumerate(ages)
    )


def test_a_man_may_have_several_wives_of_whom_he_names_one():
    assert found(with_roster(*ROSTER, *wives(30, 31, 32))) == []


def test_five_wives_and_two_husbands_are_looked_at():
    assert found(with_roster(*ROSTER, *wives(30, 31, 32, 33))) == ["spouses_too_many"]
    amina = replace(AMINA, relation=Relation.HEAD, spouse=None)
    husbands = [Member(UUID(int=60 + n), 5 + n, Relation.SPOUSE, Sex.MALE, 40) for n in range(2)]
    assert found(with_roster(amina, *husbands)) == ["spouses_too_many"]


def test_spouses_of_one_sex_who_are_not_the_heads_are_looked_at_once():
    couple = (
        Member(UUID(int=71), 11, Relation.OTHER, Sex.MALE, 30, spouse=UUID(int=72)),
        Member(UUID(int=72), 12, Relation.OTHER, Sex.MALE, 30, spouse=UUID(int=71)),
    )
    assert found(with_roster(*ROSTER, *couple)) == ["spouse_of_same_sex"]


def test_an_age_of_ninety_nine_means_at_least_that():
    oldest = replace(BILAL, age=99, born=None, spouse=None, marital_status=WIDOWED)
    assert found(with_roster(oldest, Member(CHAND_ID, 2, Relation.CHILD, Sex.MALE, 95, father=BILAL_ID)), None) == []


def test_a_step_child_may_be_older_than_the_head():
    assert found(with_one_more(Relation.ADOPTED_OR_STEP_CHILD, Sex.MALE, 50)) == []


def test_a_transgender_person_may_be_pregnant():
    assert found(with_member(BILAL, sex=Sex.TRANSGENDER, pregnant_or_lactating=True), None) == []


def test_a_birth_date_of_which_only_the_year_is_known_agrees_with_both_ages():
    for age in (9, 10):
        assert found(with_member(CHAND, age=age, born=BirthDate(2013))) == []


def test_an_instant_without_a_zone_is_read_in_pakistan_time():
    without_zone = datetime(2023, 5, 17, 10, 13)  # noqa: DTZ001 - the point of the example
    assert found(capture=replace(CAPTURE, ended_at=without_zone, sections=())) == ["interview_short"]


def test_an_interview_of_three_days_and_one_of_three_minutes_are_flagged():
    for minutes, check in ((3, "interview_short"), (3 * 24 * 60, "interview_long")):
        capture = Capture(started_at=at(5), ended_at=at(5) + timedelta(minutes=minutes))
        assert flags(check_survey(ON, SURVEY, capture, RECEIVED_ON)) == (check,)


def test_a_sentence_names_the_line_and_the_remedy():
    (finding,) = check_survey(ON, with_member(DILSHAD, token=AMINA.token), None, RECEIVED_ON)
    assert finding.severity is Severity.REFUSE
    assert finding.members == (AMINA_ID, DILSHAD_ID)
    assert finding.sentence == (
        "Lines 2 and 4 have the same CNIC or B-form number. Check both cards and correct the number that was copied."
    )


def test_no_sentence_holds_an_id_or_a_token():
    for _, survey in BROKEN:
        for finding in check_survey(ON, survey, CAPTURE, RECEIVED_ON):
            for member in survey.roster:
                assert str(member.member_id) not in finding.sentence
                assert str(member.token) not in finding.sentence


def test_every_check_of_the_table_has_an_example():
    seen = {check for check, *_ in [*ABOUT_THE_DAY_AND_THE_PLACE, *BROKEN, *ABOUT_THE_CAPTURE]}
    seen |= {"alpha_families_several", "parents_the_same", "roster_large", "spouses_too_many"}
    assert seen == {check.name for check in CHECKS}


def test_a_check_is_named_once_and_tells_what_to_do():
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.remedy.endswith("."), check.name
        assert check.source, check.name
