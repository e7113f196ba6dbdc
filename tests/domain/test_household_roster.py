"""The roster between surveys: who joins and leaves, with what evidence, and what changes about those who stay."""

from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.household.decide import (
    AddMember,
    ChangeDisability,
    ChangeGender,
    ChangeMaritalStatus,
    ChooseRecipient,
    NameHead,
    RemoveMember,
)
from domain.household.events import (
    DisabilityChanged,
    GenderChanged,
    HeadChanged,
    MaritalStatusChanged,
    MemberJoined,
    MemberLeft,
    RecipientChosen,
)
from domain.questionnaire.codes import (
    DisabilityKind,
    Evidence,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Relation,
    Sex,
)
from tests.people import (
    AMINA,
    AMINA_ID,
    BILAL_ID,
    CHAND_ID,
    DILSHAD,
    DILSHAD_ID,
    ELSEWHERE,
    ESHAL,
    FARIDA,
    FARIDA_ID,
    FARIDAS_FAMILY,
    GULZAR,
    REGISTERED,
    TODAY,
)
from tests.scenario import given, household_of

BIRTH, MARRIAGE, RETURN = JoinReason.BIRTH, JoinReason.MARRIAGE, JoinReason.RETURN
STRANGER_ID = UUID(int=99)
NO_SIGHT = (DisabilityKind.NO_SIGHT,)


@pytest.mark.parametrize(
    ("member", "reason", "evidence"),
    [
        (ESHAL, BIRTH, Evidence.CRC),
        (ESHAL, BIRTH, Evidence.CITIZEN_REGISTER),
        (FARIDA, MARRIAGE, Evidence.MARRIAGE_CERTIFICATE),
        (FARIDA, MARRIAGE, Evidence.CITIZEN_REGISTER),
        (FARIDA, RETURN, Evidence.CNIC),
        (FARIDA, RETURN, Evidence.CITIZEN_REGISTER),
    ],
)
def test_a_new_member_joins_the_roster_with_evidence(member, reason, evidence):
    joined = MemberJoined(TODAY, member, reason, (evidence,))
    given(REGISTERED).when(AddMember(TODAY, member, reason, (evidence,))).then(joined)


@pytest.mark.parametrize(
    ("member", "reason", "shown"),
    [(ESHAL, BIRTH, ()), (FARIDA, MARRIAGE, (Evidence.CRC,)), (FARIDA, RETURN, (Evidence.COURT_ORDER,))],
)
def test_a_new_member_without_the_evidence_does_not_join(member, reason, shown):
    because = f"Evidence is missing for joining by {reason.word}: show "
    given(REGISTERED).when(AddMember(TODAY, member, reason, shown)).then_rejected(because)


def test_a_member_already_on_the_roster_changes_nothing():
    given(REGISTERED).when(AddMember(TODAY, AMINA, MARRIAGE)).then_nothing()


def test_a_person_whose_number_is_on_the_roster_is_that_member():
    same_number = replace(AMINA, member_id=STRANGER_ID, line=9)
    given(REGISTERED).when(AddMember(TODAY, same_number, RETURN, (Evidence.CNIC,))).then_nothing()


def test_a_child_is_born_to_somebody_on_the_roster():
    orphan = replace(ESHAL, mother=None, father=STRANGER_ID)
    given(REGISTERED).when(AddMember(TODAY, orphan, BIRTH, (Evidence.CRC,))).then_rejected("a mother or a father")


def test_nobody_joins_as_a_second_head():
    second = replace(FARIDA, relation=Relation.HEAD)
    given(REGISTERED).when(AddMember(TODAY, second, RETURN, (Evidence.CNIC,))).then_rejected("has a head")


def test_a_member_from_another_household_brings_where_she_came_from():
    command = AddMember(TODAY, FARIDA, MARRIAGE, (Evidence.MARRIAGE_CERTIFICATE,), ELSEWHERE)
    joined = MemberJoined(TODAY, FARIDA, MARRIAGE, (Evidence.MARRIAGE_CERTIFICATE,), ELSEWHERE)
    given(REGISTERED).when(command).then(joined)


@pytest.mark.parametrize("reason", [LeaveReason.DEATH, LeaveReason.MARRIAGE])
def test_a_death_or_a_marriage_is_believed(reason):
    given(REGISTERED).when(RemoveMember(TODAY, CHAND_ID, reason)).then(MemberLeft(TODAY, CHAND_ID, reason))


def test_a_departure_takes_evidence():
    given(REGISTERED).when(RemoveMember(TODAY, CHAND_ID, LeaveReason.DEPARTURE)).then_rejected(
        because="leaving by departure: show citizen register or statement of two witnesses or court order"
    )


@pytest.mark.parametrize(
    "shown", [Evidence.CITIZEN_REGISTER, Evidence.STATEMENT_OF_TWO_WITNESSES, Evidence.COURT_ORDER]
)
def test_a_departure_with_evidence_is_taken(shown):
    left = MemberLeft(TODAY, CHAND_ID, LeaveReason.DEPARTURE, (shown,))
    given(REGISTERED).when(RemoveMember(TODAY, CHAND_ID, LeaveReason.DEPARTURE, (shown,))).then(left)


def test_joining_another_roster_is_itself_the_evidence_of_departure():
    left = MemberLeft(TODAY, CHAND_ID, LeaveReason.DEPARTURE, to_household=ELSEWHERE)
    given(REGISTERED).when(RemoveMember(TODAY, CHAND_ID, LeaveReason.DEPARTURE, to_household=ELSEWHERE)).then(left)


def test_who_is_not_on_the_roster_cannot_leave_it():
    given(REGISTERED).when(RemoveMember(TODAY, STRANGER_ID, LeaveReason.DEATH)).then_nothing()


def test_another_member_becomes_head_and_the_old_one_is_a_relative():
    changed = HeadChanged(TODAY, BILAL_ID, AMINA_ID, {BILAL_ID: Relation.SPOUSE})
    given(REGISTERED).when(NameHead(TODAY, AMINA_ID, {BILAL_ID: Relation.SPOUSE})).then(changed)
    known = household_of(REGISTERED, changed)
    assert known is not None
    assert known.head is not None
    assert known.head.member_id == AMINA_ID
    assert known.roster[BILAL_ID].relation is Relation.SPOUSE


def test_an_old_head_whose_relation_nobody_stated_is_an_other_relative():
    known = household_of(REGISTERED, HeadChanged(TODAY, BILAL_ID, AMINA_ID))
    assert known is not None
    assert known.roster[BILAL_ID].relation is Relation.OTHER_RELATIVE


def test_the_head_is_named_after_the_last_one_died():
    gone = MemberLeft(date(2024, 1, 1), BILAL_ID, LeaveReason.DEATH)
    given(REGISTERED, gone).when(NameHead(TODAY, AMINA_ID)).then(HeadChanged(TODAY, None, AMINA_ID))


def test_naming_the_head_again_changes_nothing():
    given(REGISTERED).when(NameHead(TODAY, BILAL_ID)).then_nothing()


def test_a_household_has_one_head():
    command = NameHead(TODAY, AMINA_ID, {DILSHAD_ID: Relation.HEAD})
    given(REGISTERED).when(command).then_rejected(because="has one head")


def test_a_change_of_head_that_arrives_late_leaves_one_head():
    known = household_of(
        REGISTERED, HeadChanged(TODAY, BILAL_ID, AMINA_ID), HeadChanged(date(2024, 1, 1), BILAL_ID, DILSHAD_ID)
    )
    assert known is not None
    assert [who for who, member in known.roster.items() if member.relation is Relation.HEAD] == [AMINA_ID]


def test_relations_are_stated_of_members_only():
    command = NameHead(TODAY, AMINA_ID, {STRANGER_ID: Relation.CHILD})
    given(REGISTERED).when(command).then_rejected(because="not on the roster")


def test_a_member_is_widowed():
    changed = MaritalStatusChanged(TODAY, AMINA_ID, MaritalStatus.MARRIED, MaritalStatus.WIDOWED)
    given(REGISTERED).when(ChangeMaritalStatus(TODAY, AMINA_ID, MaritalStatus.WIDOWED)).then(changed)


def test_a_divorce_takes_evidence():
    command = ChangeMaritalStatus(TODAY, AMINA_ID, MaritalStatus.DIVORCED)
    given(REGISTERED).when(command).then_rejected(because="the status divorced: show divorce certificate")
    shown = (Evidence.DIVORCE_CERTIFICATE,)
    changed = MaritalStatusChanged(TODAY, AMINA_ID, MaritalStatus.MARRIED, MaritalStatus.DIVORCED, None, shown)
    given(REGISTERED).when(replace(command, evidence=shown)).then(changed)


def test_who_was_married_does_not_become_never_married():
    command = ChangeMaritalStatus(TODAY, DILSHAD_ID, MaritalStatus.NEVER_MARRIED)
    given(REGISTERED).when(command).then_rejected(because="choose widowed, divorced or separated")


def test_a_disability_is_believed_and_its_certificate_is_not():
    stated = DisabilityChanged(TODAY, DILSHAD_ID, (), NO_SIGHT, from_certified=False, to_certified=False)
    given(REGISTERED).when(ChangeDisability(TODAY, DILSHAD_ID, NO_SIGHT)).then(stated)
    certified = ChangeDisability(TODAY, DILSHAD_ID, NO_SIGHT, certified=True)
    given(REGISTERED).when(certified).then_rejected(because="certified disability: show disability certificate")


@pytest.mark.parametrize("shown", [Evidence.DISABILITY_CERTIFICATE, Evidence.CITIZEN_REGISTER])
def test_a_disability_is_certified_with_evidence(shown):
    command = ChangeDisability(TODAY, DILSHAD_ID, NO_SIGHT, True, (shown,))
    given(REGISTERED).when(command).then(DisabilityChanged(TODAY, DILSHAD_ID, (), NO_SIGHT, False, True, (shown,)))


def test_the_same_disabilities_in_another_order_change_nothing():
    both = (DisabilityKind.SPEECH, DisabilityKind.HEARING)
    known = DisabilityChanged(date(2024, 1, 1), DILSHAD_ID, (), both, from_certified=False, to_certified=False)
    given(REGISTERED, known).when(ChangeDisability(TODAY, DILSHAD_ID, both[::-1])).then_nothing()


def test_a_certificate_names_a_disability():
    command = ChangeDisability(TODAY, DILSHAD_ID, (), True, (Evidence.DISABILITY_CERTIFICATE,))
    given(REGISTERED).when(command).then_rejected(because="at least one kind")


def test_a_change_of_gender_takes_the_citizen_registers_word():
    command = ChangeGender(TODAY, DILSHAD_ID, Sex.TRANSGENDER)
    given(REGISTERED).when(command).then_rejected(because="change of gender: show cnic or citizen register")
    shown = (Evidence.CNIC,)
    changed = GenderChanged(TODAY, DILSHAD_ID, Sex.FEMALE, Sex.TRANSGENDER, shown)
    given(REGISTERED).when(replace(command, evidence=shown)).then(changed)


@pytest.mark.parametrize(
    "command",
    [
        ChangeMaritalStatus(TODAY, STRANGER_ID, MaritalStatus.WIDOWED),
        ChangeDisability(TODAY, STRANGER_ID, NO_SIGHT),
        ChangeGender(TODAY, STRANGER_ID, Sex.TRANSGENDER),
        NameHead(TODAY, STRANGER_ID),
        ChooseRecipient(TODAY, 1, STRANGER_ID),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_changes_about_somebody_who_is_not_on_the_roster(command):
    given(REGISTERED).when(command).then_rejected(because="not on the roster")


@pytest.mark.parametrize(
    "command",
    [
        ChangeMaritalStatus(TODAY, AMINA_ID, MaritalStatus.MARRIED, BILAL_ID),
        ChangeDisability(TODAY, AMINA_ID, ()),
        ChangeGender(TODAY, AMINA_ID, Sex.FEMALE),
        ChooseRecipient(TODAY, 1, AMINA_ID),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_is_so_already_changes_nothing(command):
    given(REGISTERED).when(command).then_nothing()


def test_a_family_names_who_is_paid():
    given(REGISTERED).when(ChooseRecipient(TODAY, 1, DILSHAD_ID)).then(RecipientChosen(TODAY, 1, AMINA_ID, DILSHAD_ID))


def test_a_family_that_is_not_there_names_nobody():
    given(REGISTERED).when(ChooseRecipient(TODAY, 2, AMINA_ID)).then_rejected(because="no family number 2")


def test_a_mother_who_comes_back_to_her_parents_brings_her_own_family():
    shown = (Evidence.CNIC,)
    with_family = MemberJoined(TODAY, FARIDA, RETURN, shown, None, FARIDAS_FAMILY)
    given(REGISTERED).when(AddMember(TODAY, FARIDA, RETURN, shown, None, FARIDAS_FAMILY)).then(with_family)
    her_son = MemberJoined(TODAY, GULZAR, RETURN, (Evidence.CITIZEN_REGISTER,))
    known = household_of(REGISTERED, with_family, her_son)
    assert known is not None
    assert [family.number for family in known.families] == [1, 2]
    assert {member.member_id for member in known.roster.values() if member.family == 2} == {FARIDA_ID, GULZAR.member_id}
    given(REGISTERED, with_family, her_son).when(ChooseRecipient(TODAY, 2, AMINA_ID)).then_rejected("not belong")


def test_a_family_that_is_there_is_not_founded_again():
    command = AddMember(
        TODAY, replace(FARIDA, family=1), RETURN, (Evidence.CNIC,), None, replace(FARIDAS_FAMILY, number=1)
    )
    given(REGISTERED).when(command).then(MemberJoined(TODAY, replace(FARIDA, family=1), RETURN, (Evidence.CNIC,)))


def test_a_member_founds_no_family_but_her_own():
    command = AddMember(
        TODAY, replace(DILSHAD, member_id=STRANGER_ID, token=None), RETURN, (Evidence.CNIC,), None, FARIDAS_FAMILY
    )
    given(REGISTERED).when(command).then_rejected(because="joins family 1")
