from datetime import date
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.checks import check_survey, refusals
from domain.household.events import Survey
from domain.questionnaire.answers import Answers, Dwelling, Family, Member, Place
from domain.questionnaire.capture import Capture
from domain.questionnaire.codes import (
    Asset,
    DisabilityKind,
    FamilyKind,
    Livestock,
    MaritalStatus,
    Relation,
    SchoolStatus,
    Sex,
    Toilet,
)

RECEIVED_ON = date(2023, 6, 1)
ON = st.dates(date(2010, 1, 1), RECEIVED_ON)
KIN = [Relation.SIBLING, Relation.SIBLING_IN_LAW, Relation.OTHER_RELATIVE, Relation.SERVANT, Relation.OTHER]
maybe_class = st.none() | st.integers(0, 24)


@st.composite
def households(draw: st.DrawFn) -> Survey:
    """Households without contradictions: a head, perhaps a spouse, children, a parent and other kin."""
    head_age = draw(st.integers(18, 70))
    head_sex = draw(st.sampled_from([Sex.FEMALE, Sex.MALE]))
    has_spouse = draw(st.booleans())
    married = MaritalStatus.MARRIED
    status = married if has_spouse else draw(st.none() | st.sampled_from(MaritalStatus))
    head = Member(UUID(int=1), 1, Relation.HEAD, head_sex, head_age, None, status, highest_class=draw(maybe_class))
    roster = [head]
    parents: dict[str, UUID] = {"father" if head_sex is Sex.MALE else "mother": head.member_id}
    if has_spouse:
        spouse_sex = Sex.FEMALE if head_sex is Sex.MALE else Sex.MALE
        roster[0] = replace(head, spouse=UUID(int=2))
        roster.append(
            Member(
                UUID(int=2),
                2,
                Relation.SPOUSE,
                spouse_sex,
                draw(st.integers(16, 80)),
                None,
                married,
                spouse=head.member_id,
            )
        )
    for _ in range(draw(st.integers(0, 6))):
        number = len(roster) + 1
        age = draw(st.integers(0, head_age - 12))
        school = draw(st.none() | st.sampled_from(SchoolStatus))
        kinds = tuple(draw(st.sets(st.sampled_from(DisabilityKind), max_size=3)))
        child = Member(UUID(int=number), number, Relation.CHILD, draw(st.sampled_from(Sex)), age, school=school)
        roster.append(replace(child, token=UUID(int=1000 + number), disabilities=kinds, **parents))
    for relation in draw(st.lists(st.sampled_from(KIN), max_size=4)):
        number = len(roster) + 1
        age = draw(st.none() | st.integers(0, 99))
        roster.append(Member(UUID(int=number), number, relation, draw(st.sampled_from(Sex)), age))
    recipient = draw(st.none() | st.sampled_from([member.member_id for member in roster]))
    families = draw(st.sampled_from([(), (Family(1, FamilyKind.BETA, recipient),)]))
    return Survey(Place(draw(st.sampled_from(["PK6", "PK603", "PK60302"]))), draw(answers()), tuple(roster), families)


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    return Answers(
        Dwelling(rooms=draw(st.none() | st.integers(1, 50)), toilet=draw(st.none() | st.sampled_from(Toilet))),
        draw(st.dictionaries(st.sampled_from(Asset), st.integers(0, 99), max_size=6)),
        draw(st.dictionaries(st.sampled_from(Livestock), st.integers(0, 95), max_size=4)),
        land_owned_marla=draw(st.none() | st.integers(0, 160_000)),
    )


@given(households(), ON)
def test_a_household_without_contradictions_is_never_refused(survey, on):
    assert refusals(check_survey(on, survey, Capture(), RECEIVED_ON)) == ()


numbers = st.integers(-2, 200_000)
wild_answers = st.builds(
    Answers,
    st.from_type(Dwelling),
    st.dictionaries(st.sampled_from(Asset), numbers, max_size=3),
    st.dictionaries(st.sampled_from(Livestock), numbers, max_size=3),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
    st.none() | numbers,
    st.none() | numbers,
)
wild_surveys = st.builds(
    Survey,
    st.from_type(Place),
    wild_answers,
    st.lists(st.from_type(Member), max_size=3).map(tuple),
    st.lists(st.from_type(Family), max_size=2).map(tuple),
)


@given(wild_surveys, ON, st.none() | st.from_type(Capture))
@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate], max_examples=60)  # shrinking surveys takes minutes
def test_any_survey_is_checked_the_same_way_twice(survey, on, capture):
    assert check_survey(on, survey, capture, RECEIVED_ON) == check_survey(on, survey, capture, RECEIVED_ON)


@given(households(), ON, st.data())
def test_the_order_of_the_roster_changes_no_verdict(survey, on, data):
    shuffled = replace(survey, roster=tuple(data.draw(st.permutations(survey.roster))))
    checks = [{finding.check for finding in check_survey(on, each, None, RECEIVED_ON)} for each in (survey, shuffled)]
    assert checks[0] == checks[1]
