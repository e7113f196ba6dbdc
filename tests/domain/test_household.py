"""A household enters the registry, is moved, split, merged and erased from."""

from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.household.decide import (
    AbsorbDuplicate,
    AddMember,
    ChangeAddress,
    ChangeContact,
    EraseMember,
    Form,
    MergeInto,
    MoveTo,
    Register,
    RemoveMember,
)
from domain.household.events import (
    AddressChanged,
    ContactChanged,
    DuplicateAbsorbed,
    Formed,
    MemberErased,
    MemberJoined,
    MemberLeft,
    MergedInto,
    Moved,
    Registered,
    Resurveyed,
)
from domain.household.state import tokens_of
from domain.occasions import Situation, Status
from domain.questionnaire.answers import Contact
from domain.questionnaire.codes import JoinReason, LeaveReason, Occasion, Relation
from tests.people import (
    AMINA_ID,
    BILAL,
    BILAL_ID,
    CHAND,
    CHAND_ID,
    DILSHAD,
    ELSEWHERE,
    FARIDA,
    HERE,
    KARACHI,
    POORER_SURVEY,
    REGISTERED,
    RURAL_MUZAFFARGARH,
    SURVEY,
    SURVEYED_ON,
    TODAY,
    token,
)
from tests.scenario import given, household_of

CHAND_APART = (replace(CHAND, relation=Relation.HEAD, line=1),)
FORMED = Formed(TODAY, ELSEWHERE, KARACHI, CHAND_APART)
NEVER_SURVEYED = Situation(Status.ABOVE_CUTOFF)


def test_a_household_that_was_missed_out_is_registered():
    given().when(Register(SURVEYED_ON, SURVEY, "row 17")).then(REGISTERED)


def test_the_same_survey_again_registers_nothing():
    given(REGISTERED).when(Register(SURVEYED_ON, SURVEY, "row 17")).then_nothing()


def test_a_registered_household_is_not_missed_out():
    given(REGISTERED).when(Register(TODAY, SURVEY)).then_rejected(because="last surveyed on 2022-03-01")


def test_nobody_joins_a_household_we_do_not_know():
    given().when(AddMember(TODAY, FARIDA, JoinReason.RETURN)).then_rejected(because="not registered")


def test_nothing_is_asked_of_a_household_before_it_was_known():
    before = date(2022, 2, 28)
    given(REGISTERED).when(MoveTo(before, KARACHI)).then_rejected(because="known from 2022-03-01 on")


def test_what_is_folded_is_what_the_survey_said():
    known = household_of(REGISTERED)
    assert known is not None
    assert tuple(known.roster.values()) == SURVEY.roster
    assert (known.answers, known.place, known.last_full_survey_on) == (SURVEY.answers, SURVEY.place, SURVEYED_ON)
    assert known.head == BILAL


def test_a_household_moves_and_is_known_to_have_lived_where_it_did():
    moved = Moved(TODAY, RURAL_MUZAFFARGARH, KARACHI, b"sealed there")
    given(REGISTERED).when(MoveTo(TODAY, KARACHI, b"sealed there")).then(moved)
    known = household_of(REGISTERED, moved)
    assert known is not None
    assert known.place == KARACHI
    assert known.find_place_on(date(2024, 5, 19)) == RURAL_MUZAFFARGARH
    assert known.find_place_on(date(2022, 2, 28)) is None


def test_a_move_inside_the_same_place_is_a_change_of_address():
    move = MoveTo(TODAY, RURAL_MUZAFFARGARH, b"sealed next door")
    given(REGISTERED).when(move).then(AddressChanged(TODAY, b"sealed next door"))


def test_a_move_to_where_the_household_lives_changes_nothing():
    given(REGISTERED).when(MoveTo(TODAY, RURAL_MUZAFFARGARH)).then_nothing()


def test_new_phone_numbers_replace_the_old():
    contact = Contact(b"sealed anew", (token(92),))
    given(REGISTERED).when(ChangeContact(TODAY, contact)).then(ContactChanged(TODAY, contact))


def test_the_same_phone_numbers_sealed_anew_change_nothing():
    given(REGISTERED).when(ChangeContact(TODAY, Contact(b"sealed anew", (token(91),)))).then_nothing()


def test_a_new_address_replaces_the_old():
    given(REGISTERED).when(ChangeAddress(TODAY, b"sealed anew")).then(AddressChanged(TODAY, b"sealed anew"))


def test_members_who_part_form_a_household():
    given().when(Form(TODAY, ELSEWHERE, KARACHI, CHAND_APART)).then(FORMED)


def test_a_household_of_nobody_is_not_formed():
    given().when(Form(TODAY, ELSEWHERE, KARACHI, ())).then_rejected(because="Nobody would live")


def test_members_who_part_leave_the_old_roster_without_evidence():
    left = MemberLeft(TODAY, CHAND_ID, LeaveReason.SPLIT, to_household=ELSEWHERE)
    given(REGISTERED).when(RemoveMember(TODAY, CHAND_ID, LeaveReason.SPLIT, to_household=ELSEWHERE)).then(left)


@pytest.mark.parametrize("reason", [LeaveReason.SPLIT, LeaveReason.MERGE])
def test_a_split_or_merge_without_the_other_household_is_no_way_around_the_evidence(reason):
    given(REGISTERED).when(RemoveMember(TODAY, CHAND_ID, reason)).then_rejected(because="goes to another household")


@pytest.mark.parametrize("reason", [JoinReason.SPLIT, JoinReason.MERGE])
def test_nobody_joins_by_split_or_merge_from_nowhere(reason):
    given(REGISTERED).when(AddMember(TODAY, FARIDA, reason)).then_rejected(because="comes from another household")


def test_a_household_that_parted_is_surveyed_as_missed_out():
    command = Register(TODAY, POORER_SURVEY)
    given(FORMED).when(command, NEVER_SURVEYED).then(Resurveyed(TODAY, Occasion.MISSED_OUT, POORER_SURVEY))


def test_a_household_that_parted_has_no_answers_until_it_is_surveyed():
    known = household_of(FORMED)
    assert known is not None
    assert known.answers is None
    assert known.last_full_survey_on is None


def test_a_duplicate_is_absorbed_once():
    given(REGISTERED).when(AbsorbDuplicate(TODAY, ELSEWHERE)).then(DuplicateAbsorbed(TODAY, ELSEWHERE))


def test_a_duplicate_is_closed_into_the_registration_that_stays():
    given(REGISTERED).when(MergeInto(TODAY, ELSEWHERE)).then(MergedInto(TODAY, ELSEWHERE))


def test_a_merged_registration_takes_nothing_more():
    command = AddMember(TODAY, FARIDA, JoinReason.RETURN)
    given(REGISTERED, MergedInto(TODAY, ELSEWHERE)).when(command).then_rejected(because=str(ELSEWHERE))


def test_a_merged_registration_is_not_merged_elsewhere():
    merged = MergedInto(TODAY, ELSEWHERE)
    given(REGISTERED, merged).when(MergeInto(TODAY, HERE)).then_rejected(because="was merged into")


def test_a_merged_registration_holds_no_numbers():
    assert tokens_of(household_of(REGISTERED)) == {token(2): BILAL_ID, token(1): AMINA_ID, token(4): DILSHAD.member_id}
    assert tokens_of(household_of(REGISTERED, MergedInto(TODAY, ELSEWHERE))) == {}
    assert tokens_of(None) == {}


def test_a_person_is_erased_and_what_remains_are_facts_without_a_name():
    erased = MemberErased(TODAY, AMINA_ID, "request 12")
    given(REGISTERED).when(EraseMember(TODAY, AMINA_ID, "request 12")).then(erased)
    known = household_of(REGISTERED, erased)
    assert known is not None
    left = known.roster[AMINA_ID]
    assert (left.token, left.name_tokens, left.identity, left.born) == (None, (), b"", None)
    assert left.marital_status == SURVEY.roster[1].marital_status
    assert known.roster[BILAL_ID] == BILAL


def test_nobody_is_erased_who_is_not_there():
    given(REGISTERED).when(EraseMember(TODAY, UUID(int=99), "request 12")).then_rejected(because="not on the roster")


def test_a_survey_after_the_erasure_does_not_bring_the_name_back():
    erased = MemberErased(date(2023, 1, 1), AMINA_ID, "request 12")
    known = household_of(REGISTERED, erased, Resurveyed(TODAY, Occasion.CYCLIC, SURVEY))
    assert known is not None
    assert known.roster[AMINA_ID].identity == b""


def test_returning_to_the_roster_after_the_erasure_does_not_bring_the_name_back():
    erased = MemberErased(date(2023, 1, 1), AMINA_ID, "request 12")
    back = MemberJoined(TODAY, SURVEY.roster[1], JoinReason.RETURN)
    known = household_of(REGISTERED, erased, MemberLeft(date(2023, 2, 1), AMINA_ID, LeaveReason.DEPARTURE), back)
    assert known is not None
    assert known.roster[AMINA_ID].token is None


def test_what_happened_before_the_household_began_says_nothing_about_it():
    early = MemberJoined(date(2020, 1, 1), FARIDA, JoinReason.RETURN)
    assert household_of(early) is None
    assert household_of(early, Registered(SURVEYED_ON, SURVEY, "row 17")) == household_of(REGISTERED)
