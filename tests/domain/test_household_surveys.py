"""Full surveys again: on which occasion, how late ones and corrections find their place, and under which clock."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.event import Envelope
from domain.household.decide import AddMember, CorrectSurvey, SurveyAgain
from domain.household.events import Corrected, MemberJoined, Moved, Resurveyed
from domain.household.state import fold
from domain.occasions import ShockWindow, Situation, Status
from domain.questionnaire.codes import Evidence, JoinReason, Occasion
from tests.people import (
    ESHAL,
    ESHAL_ID,
    KARACHI,
    POORER_SURVEY,
    REGISTERED,
    RURAL_MUZAFFARGARH,
    SURVEY,
    SURVEYED_ON,
    TODAY,
)
from tests.scenario import given, household_of, recorded

SUBMISSION = UUID(int=0x5B)
BENEFICIARY = Situation(Status.BENEFICIARY, date(2021, 5, 20))
FLOOD = ShockWindow("flood-2024", date(2024, 5, 1), date(2024, 6, 30))
HIT = Situation(Status.BLOCKED, SURVEYED_ON, shocks=(FLOOD,))
CYCLIC = Resurveyed(TODAY, Occasion.CYCLIC, POORER_SURVEY)


def test_a_household_above_the_cutoff_is_surveyed_two_years_later():
    given(REGISTERED).when(SurveyAgain(TODAY, Occasion.CYCLIC, POORER_SURVEY)).then(CYCLIC)


def test_a_household_above_the_cutoff_waits_for_two_years():
    early = SurveyAgain(date(2024, 2, 29), Occasion.CYCLIC, POORER_SURVEY)
    given(REGISTERED).when(early).then_rejected(because="the next is open from 2024-03-01")


def test_a_beneficiary_recertifies_three_years_later():
    again = Resurveyed(TODAY, Occasion.RECERTIFICATION, POORER_SURVEY)
    given(REGISTERED).when(SurveyAgain(TODAY, Occasion.RECERTIFICATION, POORER_SURVEY), BENEFICIARY).then(again)


def test_a_beneficiary_waits_for_three_years():
    early = SurveyAgain(date(2024, 5, 19), Occasion.RECERTIFICATION, POORER_SURVEY)
    given(REGISTERED).when(early, BENEFICIARY).then_rejected(because="open from 2024-05-20")


def test_a_household_hit_by_a_shock_is_surveyed_within_the_window():
    again = Resurveyed(TODAY, Occasion.SHOCK, POORER_SURVEY, shock="flood-2024")
    given(REGISTERED).when(SurveyAgain(TODAY, Occasion.SHOCK, POORER_SURVEY, "flood-2024"), HIT).then(again)


def test_a_household_that_was_not_hit_is_not_surveyed_for_a_shock():
    command = SurveyAgain(TODAY, Occasion.SHOCK, POORER_SURVEY, "flood-2024")
    given(REGISTERED).when(command).then_rejected(because="not known to have been struck by")


def test_a_household_is_surveyed_for_a_shock_once():
    answered = Situation(Status.BLOCKED, TODAY, shocks=(replace(FLOOD, answered_on=date(2024, 5, 4)),))
    command = SurveyAgain(TODAY, Occasion.SHOCK, SURVEY, "flood-2024")
    given(REGISTERED).when(command, answered).then_rejected(because="was resurveyed for shock flood-2024")


def test_no_appeal_is_taken_unless_a_programme_opens_it():
    command = SurveyAgain(TODAY, Occasion.APPEAL, POORER_SURVEY, "kafaalat")
    given(REGISTERED).when(command).then_rejected(because="appeals are closed unless a programme opens them")


def test_an_appeal_is_taken_where_the_programme_opens_it():
    may_appeal = Situation(Status.ABOVE_CUTOFF, SURVEYED_ON, appeals=("kafaalat",))
    again = Resurveyed(TODAY, Occasion.APPEAL, POORER_SURVEY, programme="kafaalat")
    given(REGISTERED).when(SurveyAgain(TODAY, Occasion.APPEAL, POORER_SURVEY, "kafaalat"), may_appeal).then(again)


@pytest.mark.parametrize("occasion", [Occasion.SHOCK, Occasion.APPEAL])
def test_a_survey_for_a_shock_or_an_appeal_names_what_it_is_for(occasion):
    open_to_all = replace(HIT, appeals=("kafaalat",))
    given(REGISTERED).when(SurveyAgain(TODAY, occasion, SURVEY), open_to_all).then_rejected(
        "names the shock or the prog"
    )


def test_a_roster_update_is_no_way_around_the_clocks():
    command = SurveyAgain(TODAY, Occasion.ROSTER_UPDATE, POORER_SURVEY)
    given(REGISTERED).when(command).then_rejected(because="A roster update is no full survey")


def test_another_survey_of_the_same_day_and_occasion_is_a_correction():
    command = SurveyAgain(TODAY, Occasion.CYCLIC, SURVEY)
    given(REGISTERED, CYCLIC).when(command).then_rejected(because="a change of it is a correction")


def test_a_survey_that_arrives_late_is_kept_and_overwrites_nothing_newer():
    late = Resurveyed(date(2023, 7, 1), Occasion.SHOCK, SURVEY, shock="flood-2023")
    known = household_of(REGISTERED, CYCLIC, late)
    assert known is not None
    assert known.answers == POORER_SURVEY.answers
    assert [done.on for done in known.surveys] == [SURVEYED_ON, date(2023, 7, 1), TODAY]
    assert known.last_full_survey_on == TODAY


def test_a_late_survey_is_judged_by_what_its_own_day_knew():
    flood = ShockWindow("flood-2023", date(2023, 6, 1), date(2023, 8, 1))
    late = SurveyAgain(date(2023, 7, 1), Occasion.SHOCK, SURVEY, "flood-2023")
    happened = Resurveyed(date(2023, 7, 1), Occasion.SHOCK, SURVEY, shock="flood-2023")
    given(REGISTERED, CYCLIC).when(late, Situation(Status.BLOCKED, SURVEYED_ON, (flood,))).then(happened)


def test_a_birth_that_is_told_after_a_later_survey_takes_its_place_before_it():
    born = MemberJoined(date(2023, 1, 1), ESHAL, JoinReason.BIRTH, (Evidence.CRC,))
    known = recorded([REGISTERED, CYCLIC, born])
    then, now = fold(known, as_of=date(2023, 6, 1)), fold(known)
    assert then is not None
    assert now is not None
    assert ESHAL_ID in then.roster
    assert ESHAL_ID not in now.roster  # the survey of 2024 listed everybody, and she was not there


def test_a_correction_says_what_the_survey_of_its_day_should_have_said():
    corrected = Corrected(SURVEYED_ON, SUBMISSION, POORER_SURVEY, "typed from the wrong form")
    command = CorrectSurvey(SURVEYED_ON, SUBMISSION, POORER_SURVEY, "typed from the wrong form")
    given(REGISTERED).when(command).then(corrected)
    known = household_of(REGISTERED, corrected)
    assert known is not None
    assert known.answers == POORER_SURVEY.answers
    assert len(known.surveys) == 1


def test_a_correction_of_an_old_survey_leaves_the_newer_one_alone():
    corrected = Corrected(SURVEYED_ON, SUBMISSION, replace(SURVEY, place=KARACHI), "wrong tehsil")
    known = household_of(REGISTERED, CYCLIC, corrected)
    assert known is not None
    assert known.place == RURAL_MUZAFFARGARH
    assert known.find_place_on(date(2023, 1, 1)) == KARACHI
    assert known.last_full_survey_on == TODAY


def test_what_joined_after_the_survey_is_still_there_when_the_survey_is_corrected():
    born = MemberJoined(date(2023, 1, 1), ESHAL, JoinReason.BIRTH, (Evidence.CRC,))
    known = household_of(REGISTERED, born, Corrected(SURVEYED_ON, SUBMISSION, POORER_SURVEY, "slip"))
    assert known is not None
    assert ESHAL_ID in known.roster


def test_an_old_survey_may_be_corrected_to_say_what_a_newer_one_says():
    corrected = Corrected(SURVEYED_ON, SUBMISSION, POORER_SURVEY, "as later")
    given(REGISTERED, CYCLIC).when(CorrectSurvey(SURVEYED_ON, SUBMISSION, POORER_SURVEY, "as later")).then(corrected)


def test_a_day_without_a_survey_has_nothing_to_correct():
    command = CorrectSurvey(TODAY, SUBMISSION, POORER_SURVEY, "slip")
    given(REGISTERED).when(command).then_rejected(because="No survey of 2024-05-20 is recorded")


def test_the_two_clocks_together_say_what_we_believed_then_about_a_day():
    envelope = Envelope(datetime(2024, 6, 1, tzinfo=UTC), "operator-7", "operator")
    moved = replace(recorded([Moved(date(2023, 1, 1), RURAL_MUZAFFARGARH, KARACHI)], 2)[0], envelope=envelope)
    history = [*recorded([REGISTERED]), moved]
    told, day = datetime(2024, 5, 31, tzinfo=UTC), date(2023, 6, 1)
    then, now = fold(history, as_of=day, known_at=told), fold(history, as_of=day)
    assert then is not None
    assert now is not None
    assert (then.place, now.place) == (RURAL_MUZAFFARGARH, KARACHI)


def test_a_late_roster_update_is_decided_on_the_roster_of_its_day():
    born = AddMember(date(2023, 1, 1), ESHAL, JoinReason.BIRTH, (Evidence.CRC,))
    given(REGISTERED).when(born).then(MemberJoined(date(2023, 1, 1), ESHAL, JoinReason.BIRTH, (Evidence.CRC,)))
