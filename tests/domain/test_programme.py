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
    ReliefShareSet,
    Rule,
    SetCutOff,
    SetReliefShare,
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


# Relief for a poorest share

RELIEF = ProgrammeOpened(TODAY, "relief", Rule("Relief", Recipients.HEAD, relief=True), 1)
SET_60 = SetReliefShare("relief", 60, TODAY, "a source")
SHARE_60 = ReliefShareSet(TODAY, "relief", 60, "a source")


def test_a_relief_programme_is_given_to_a_poorest_share():
    given(RELIEF).when(SET_60).then(SHARE_60)
    given(RELIEF, SHARE_60).when(replace(SET_60, poorest_percent=50)).then(replace(SHARE_60, poorest_percent=50))
    given().when(SET_60).then_rejected(because="open it first")


@pytest.mark.parametrize("percent", [-1, 0, 100])
def test_a_share_of_nobody_or_of_all_is_no_poorest_share(percent):
    given(RELIEF).when(replace(SET_60, poorest_percent=percent)).then_rejected(because="from 1 to 99 percent")


@pytest.mark.parametrize("rule", [KAFAALAT_RULE, replace(RELIEF.rule, needs_score=False)])
def test_only_relief_that_looks_at_the_score_takes_a_poorest_share(rule):
    given(replace(RELIEF, rule=rule)).when(SET_60).then_rejected(because="takes no poorest share")


def test_a_programme_has_a_cut_off_or_a_poorest_share_and_not_both():
    cutoff_of_relief = replace(CUTOFF_32, programme="relief")
    set_cutoff = replace(SET_32, programme="relief")
    given(RELIEF, cutoff_of_relief).when(SET_60).then_rejected(because="has a cut-off")
    given(RELIEF, SHARE_60).when(set_cutoff, ADOPTED).then_rejected(because="poorest 60% of each tehsil")


def test_a_poorest_share_holds_from_its_own_day():
    programme = folded([RELIEF, SHARE_60, ReliefShareSet(date(2030, 1, 1), "relief", 40)])
    days = (date(2020, 1, 1), TODAY, date(2030, 1, 1))
    assert [programme.find_share(day) for day in days] == [None, 60, 40]
