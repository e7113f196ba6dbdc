"""A programme opens with a rule, is given cut-offs, and closes; each from its own day."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from domain.programme import (
    CloseProgramme,
    OpenProgramme,
    ProgrammeClosed,
    ProgrammeOpened,
    Recipients,
    Rule,
    SetCutOff,
    decide,
    evolve,
)
from domain.questionnaire.codes import Comparison
from tests.people import TODAY
from tests.policies import CARD, KAFAALAT, KAFAALAT_RULE, OTHER_CARD, cutoff, policies_of
from tests.scenario import scenario

ADOPTED = {CARD.content_hash: CARD.on, OTHER_CARD.content_hash: OTHER_CARD.on}
CHANGED_RULE = replace(KAFAALAT_RULE, verification=False)
CUTOFF_32 = cutoff(TODAY, "32")
SET_32 = SetCutOff("kafaalat", Decimal(32), Comparison.AT_OR_UNDER, CARD.content_hash, CARD.scorecard_id, TODAY)
SCHOOL_RULE = Rule("Taleemi Wazaif", Recipients.CHILDREN_IN_SCHOOL, needs_score=False, after=("kafaalat",))


def folded(events):
    programme = None
    for event in events:
        programme = evolve(programme, event)
    return programme


given = scenario(folded, decide)


def test_a_programme_opens_with_its_rule():
    given().when(OpenProgramme("kafaalat", KAFAALAT_RULE, KAFAALAT.on)).then(KAFAALAT)


def test_opening_with_the_same_rule_changes_nothing():
    given(KAFAALAT).when(OpenProgramme("kafaalat", KAFAALAT_RULE, TODAY)).then_nothing()


def test_another_rule_is_another_version():
    again = ProgrammeOpened(TODAY, "kafaalat", CHANGED_RULE, 2)
    given(KAFAALAT).when(OpenProgramme("kafaalat", CHANGED_RULE, TODAY)).then(again)


def test_a_closed_programme_opens_again():
    closed = ProgrammeClosed(date(2020, 1, 1), "kafaalat", "reform")
    again = ProgrammeOpened(TODAY, "kafaalat", KAFAALAT_RULE, 2)
    given(KAFAALAT, closed).when(OpenProgramme("kafaalat", KAFAALAT_RULE, TODAY)).then(again)


def test_a_programme_is_assessed_after_one_that_is_there():
    command = OpenProgramme("taleemi", SCHOOL_RULE, TODAY)
    given().when(command).then_rejected(because="assessed after kafaalat, which is not open")
    known = policies_of(KAFAALAT).programmes
    given().when(command, ADOPTED, known).then(ProgrammeOpened(TODAY, "taleemi", SCHOOL_RULE, 1))


def test_no_programme_comes_after_itself_through_another():
    known = policies_of(KAFAALAT, ProgrammeOpened(TODAY, "taleemi", SCHOOL_RULE, 1)).programmes
    circular = OpenProgramme("kafaalat", replace(KAFAALAT_RULE, after=("taleemi",)), TODAY)
    given(KAFAALAT).when(circular, ADOPTED, known).then_rejected(because="after itself")


def test_a_programme_is_given_a_cutoff_for_a_card():
    given(KAFAALAT).when(SET_32, ADOPTED).then(CUTOFF_32)


def test_a_cutoff_names_an_adopted_card():
    given(KAFAALAT).when(SET_32).then_rejected(because="card-2009, which is not adopted")


def test_a_cutoff_does_not_begin_before_its_card():
    early = SetCutOff("kafaalat", Decimal(32), Comparison.UNDER, OTHER_CARD.content_hash, "card-2021", date(2020, 1, 1))
    given(KAFAALAT).when(early, ADOPTED).then_rejected(because="may be used from 2021-01-01 on")


def test_a_programme_that_does_not_look_at_the_score_takes_no_cutoff():
    opened = replace(KAFAALAT, rule=replace(KAFAALAT_RULE, needs_score=False))
    given(opened).when(SET_32, ADOPTED).then_rejected(because="takes no cut-off")


@pytest.mark.parametrize("command", [SET_32, CloseProgramme("kafaalat", TODAY, "reform")])
def test_a_programme_that_never_opened_is_not_changed(command):
    given().when(command, ADOPTED).then_rejected(because="open it first")


def test_a_programme_closes_once():
    given(KAFAALAT).when(CloseProgramme("kafaalat", TODAY, "reform")).then(ProgrammeClosed(TODAY, "kafaalat", "reform"))


def test_a_rule_that_is_recorded_ahead_holds_from_its_own_day():
    ahead = ProgrammeOpened(date(2025, 1, 1), "kafaalat", CHANGED_RULE, 2)
    programme = folded([KAFAALAT, ahead])
    assert programme.find_opening(date(2024, 12, 31)).rule_version == 1
    assert programme.find_opening(date(2025, 1, 1)).rule_version == 2
    assert programme.find_opening(date(2008, 1, 1)) is None


def test_a_programme_is_closed_between_closing_and_opening_again():
    closed = ProgrammeClosed(date(2020, 1, 1), "kafaalat", "reform")
    programme = folded([KAFAALAT, closed, ProgrammeOpened(date(2021, 1, 1), "kafaalat", KAFAALAT_RULE, 2)])
    assert [programme.is_open(date(year, 6, 1)) for year in (2008, 2019, 2020, 2021)] == [False, True, False, True]
    assert programme.closed_on is None
    assert folded([KAFAALAT, closed]).closed_on == date(2020, 1, 1)


def test_what_is_told_of_a_programme_that_never_opened_says_nothing():
    assert folded([CUTOFF_32, ProgrammeClosed(TODAY, "kafaalat", "reform")]) is None
