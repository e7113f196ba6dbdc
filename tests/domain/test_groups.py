"""Who belongs to a group over which a shock may be declared, and on which days."""

from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.groups import groups_of
from domain.household.events import (
    DisabilityChanged,
    HeadChanged,
    MemberErased,
    MemberLeft,
    Registered,
    Resurveyed,
    Survey,
)
from domain.household.state import fold
from domain.questionnaire.answers import Answers, Member, Place
from domain.questionnaire.codes import (
    DisabilityKind,
    EmploymentNature,
    Group,
    LeaveReason,
    Occasion,
    Relation,
    Sex,
)
from projections.group_memberships import group_membership_rows
from projections.known import Known
from projections.known import fold as fold_known
from tests.scenario import recorded

AMINA_ID, BILAL_ID = UUID(int=100), UUID(int=101)
AMINA = Member(AMINA_ID, 1, Relation.SPOUSE, Sex.FEMALE)
BILAL = Member(BILAL_ID, 2, Relation.HEAD, Sex.MALE)
LABOURER = replace(BILAL, employment_nature=EmploymentNature.DAY_LABOUR)
SURVEYED, LEFT, AGAIN = date(2024, 1, 10), date(2024, 3, 1), date(2024, 6, 1)
REGISTERED = Registered(SURVEYED, Survey(Place("PK602"), Answers(), (AMINA, LABOURER)))
BILAL_LEFT = MemberLeft(LEFT, BILAL_ID, LeaveReason.DEATH)
AMINA_HEADS = HeadChanged(LEFT, BILAL_ID, AMINA_ID, {})
SURVEYED_AGAIN = Resurveyed(AGAIN, Occasion.CYCLIC, Survey(Place("PK602"), Answers(), (AMINA, LABOURER)))
CERTIFIED = DisabilityChanged(LEFT, AMINA_ID, (), (DisabilityKind.HEARING,), from_certified=False, to_certified=True)


@pytest.mark.parametrize(
    ("roster", "groups"),
    [
        ((AMINA, BILAL), set()),
        ((AMINA, LABOURER), {Group.DAY_LABOUR}),
        ((replace(AMINA, employment_nature=EmploymentNature.REGULAR_PAID), BILAL), set()),
        ((replace(AMINA, relation=Relation.HEAD),), {Group.WOMAN_HEADED}),
        ((replace(AMINA, disabilities=(DisabilityKind.HEARING,)), BILAL), set()),
        ((replace(AMINA, disability_certified=True), BILAL), {Group.MEMBER_CERTIFIED_DISABLED}),
        ((), set()),
    ],
)
def test_one_member_of_whom_it_is_so_makes_a_household_belong(roster, groups):
    assert groups_of(roster) == groups


def known(*events) -> Known:
    found = fold_known(recorded(events))
    assert found is not None
    return found


def rows(*events) -> list:
    return [row[1:] for row in group_membership_rows(known(*events))]


def test_a_household_belongs_to_a_group_on_the_days_on_which_its_roster_said_so():
    household = fold(recorded([REGISTERED, BILAL_LEFT, AMINA_HEADS, SURVEYED_AGAIN]))
    days = (date(2024, 1, 9), SURVEYED, date(2024, 2, 29), LEFT, date(2024, 5, 31), AGAIN)
    nobody, labour, woman = frozenset(), frozenset({Group.DAY_LABOUR}), frozenset({Group.WOMAN_HEADED})
    assert [household.find_groups_on(day) for day in days] == [nobody, labour, labour, woman, woman, labour]


def test_what_is_told_late_counts_from_the_day_of_which_it_tells():
    assert fold(recorded([REGISTERED, SURVEYED_AGAIN, CERTIFIED])).find_groups_on(LEFT) == {
        Group.DAY_LABOUR,
        Group.MEMBER_CERTIFIED_DISABLED,
    }


def test_a_stay_in_a_group_is_a_row_from_its_first_day_until_it_ends():
    assert rows(REGISTERED, BILAL_LEFT, AMINA_HEADS, SURVEYED_AGAIN) == [
        (Group.DAY_LABOUR, SURVEYED, LEFT),
        (Group.WOMAN_HEADED, LEFT, AGAIN),
        (Group.DAY_LABOUR, AGAIN, None),
    ]


def test_a_survey_that_says_the_same_goes_on_with_the_stay():
    assert rows(REGISTERED, SURVEYED_AGAIN) == [(Group.DAY_LABOUR, SURVEYED, None)]


def test_what_was_so_on_no_day_is_no_row():
    assert rows(REGISTERED, replace(BILAL_LEFT, on=SURVEYED)) == []


def test_an_erased_member_still_makes_the_household_belong():
    assert rows(REGISTERED, MemberErased(LEFT, BILAL_ID, "his request")) == [(Group.DAY_LABOUR, SURVEYED, None)]


def test_nothing_known_is_no_row():
    assert group_membership_rows(None) == []
