"""Households that an update brought under a cut-off, and who recorded it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.audit import flips
from adapters.audit.flips import Flip, FlipSearch, at_least
from adapters.submissions.shape import (
    Appeal,
    Correction,
    Cyclic,
    MaritalStatusChanges,
    MemberLeaves,
    MissedOut,
    RosterUpdate,
)
from domain.programme import AppealRule, OpenProgramme
from domain.questionnaire.answers import Answers
from domain.questionnaire.codes import DecisionKind, Evidence, LeaveReason, MaritalStatus, Outcome
from tests.households import AMINA, BILAL, HINA, POOR, SANA, Person, common, questionnaire
from tests.registry.desk import MARCH, Desk, bride

RICH = replace(POOR, assets=dict.fromkeys(POOR.assets, 2))
LATER = date(2025, 6, 1)
CERTIFICATE = (Evidence.MARRIAGE_CERTIFICATE,)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def searched(desk: Desk) -> tuple[FlipSearch, list[Flip]]:
    desk.decide()
    policies = desk.registry.reader.policies()
    search = FlipSearch(desk.registry.log, policies, policies.programmes["kafaalat"])
    return search, list(search.read(desk.registry.log.last_position()))


def family(number: int) -> tuple[Person, ...]:
    """Bilal's household, with other numbers."""
    return tuple(
        person if person.cnic is None else replace(person, cnic=f"9000{number:05}{person.line:04}")
        for person in (BILAL, AMINA, SANA, HINA)
    )


def well_off(desk: Desk, number: int) -> UUID:
    household = desk.register(*family(number), answers=RICH)
    desk.decide()
    return household


def surveyed_again(desk: Desk, household: UUID, number: int, answers: Answers = POOR, **who: str) -> None:
    survey = questionnaire(*family(number), answers=answers)
    desk.submit(Cyclic(household=household, survey=survey, **{**common(LATER), **who}))


def test_a_survey_that_brings_a_household_under_the_cut_off_is_a_flip(desk: Desk) -> None:
    household = well_off(desk, 1)
    surveyed_again(desk, household, 1, operator="op-7", centre="desk-3", device="tablet-9")
    search, (flip,) = searched(desk)
    assert (flip.household, flip.operator, flip.centre, flip.device) == (household, "op-7", "desk-3", "tablet-9")
    assert int(flip.score) <= 32 < int(flip.was)
    assert (search.updates, search.flips, search.nearest) == (1, 1, [flip])


def test_a_survey_that_leaves_a_household_over_the_cut_off_is_an_update_and_no_flip(desk: Desk) -> None:
    surveyed_again(desk, well_off(desk, 1), 1, RICH)
    search, found = searched(desk)
    assert (search.updates, found) == (1, [])


def test_a_household_that_is_under_it_from_the_first_is_no_flip(desk: Desk) -> None:
    desk.register(*family(1))
    assert searched(desk)[1] == []


def test_a_correction_that_brings_it_under_is_a_flip(desk: Desk) -> None:
    first = common(MARCH)
    household = desk.submit(MissedOut(survey=questionnaire(*family(1), answers=RICH), **first))
    desk.decide()
    wrong = first["submission_id"]
    survey = questionnaire(*family(1))
    desk.submit(Correction(household=household, corrects=wrong, reason="typed", survey=survey, **common(LATER)))
    _, (flip,) = searched(desk)
    assert flip.kind == "correction"


def test_who_leaves_the_roster_makes_it_another_one_and_no_flip(desk: Desk) -> None:
    household = desk.register(*family(1), answers=RICH)
    desk.submit(RosterUpdate(household=household, changes=(bride("9000000000041", 5),), **common(MARCH)))
    desk.decide()
    gone = MemberLeaves(member=desk.member(household, 5), reason=LeaveReason.DEATH)
    desk.submit(RosterUpdate(household=household, changes=(gone,), **common(date(2025, 1, 1))))
    search, found = searched(desk)
    assert (search.updates, found) == (0, [])


def test_a_submission_by_which_somebody_joined_is_no_update_whatever_else_it_says(desk: Desk) -> None:
    household = well_off(desk, 1)
    wed = MaritalStatusChanges(member=desk.member(household, 3), to=MaritalStatus.MARRIED, evidence=CERTIFICATE)
    changes = (wed, bride("9000000000041", 5))
    desk.submit(RosterUpdate(household=household, changes=changes, **common(LATER)))
    assert searched(desk)[0].updates == 0


def test_a_household_that_came_in_by_who_is_paid_and_not_by_its_score_is_no_flip(desk: Desk) -> None:
    widower, _, sana, hina = family(1)
    widower = replace(widower, marital_status=MaritalStatus.WIDOWED, spouse_line=None)
    sana, hina = replace(sana, mother_line=None), replace(hina, mother_line=None)
    household = desk.register(widower, sana, hina)
    desk.decide()
    wed = MaritalStatusChanges(member=desk.member(household, 3), to=MaritalStatus.MARRIED, evidence=CERTIFICATE)
    desk.submit(RosterUpdate(household=household, changes=(wed,), **common(LATER)))
    search, found = searched(desk)
    (decision,) = desk.registry.reader.decisions(household)
    assert (decision.event.was, decision.event.kind) == (Outcome.INELIGIBLE, DecisionKind.CIRCUMSTANCES)
    assert (search.updates, found) == (1, [])


def test_a_survey_with_another_roster_is_no_flip(desk: Desk) -> None:
    household = well_off(desk, 1)
    survey = questionnaire(*family(1), bride("9000000000041", 5).person)
    desk.submit(Cyclic(household=household, survey=survey, **common(LATER)))
    assert searched(desk)[1] == []


def test_an_appeal_has_its_reason_on_record_and_is_no_flip(desk: Desk) -> None:
    rule = desk.registry.reader.policies().programmes["kafaalat"].rule
    may_appeal = replace(rule, appeal=AppealRule(Decimal(100)))
    desk.registry.desk.programme(OpenProgramme("kafaalat", may_appeal, date(2014, 1, 2)), "director")
    household = well_off(desk, 1)
    survey = questionnaire(*family(1))
    desk.submit(Appeal(household=household, programme="kafaalat", survey=survey, **common(LATER)))
    search, found = searched(desk)
    assert [each.event.kind for each in desk.registry.reader.decisions(household)] == [DecisionKind.APPEAL]
    assert (search.updates, found) == (0, [])


def test_whoever_records_many_flips_comes_first_and_stands_out(desk: Desk) -> None:
    for number in range(12):
        bent = number < 6
        household = well_off(desk, number)
        who = {"operator": "bent" if bent else f"op-{number}", "centre": "desk-3" if bent else "desk-4"}
        surveyed_again(desk, household, number, POOR if bent or number == 11 else RICH, **who)
    search, found = searched(desk)
    assert len(found) == 7
    first, *_ = search.rates("operator")
    assert (first.recorder.name, first.flips, first.updates) == ("bent", 6, 6)
    assert (first.others_flips, first.others_updates) == (1, 6)
    assert first.stands_out
    assert [rate.recorder.name for rate in search.rates("centre")] == ["desk-3", "desk-4"]


def test_flips_are_found_across_the_batches_of_the_log(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flips, "READ_EVENTS", 1)
    for number in range(3):
        surveyed_again(desk, well_off(desk, number), number)
    search, found = searched(desk)
    assert (search.updates, len(found)) == (3, 3)


def test_only_so_many_flips_are_kept_those_nearest_to_the_cut_off(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flips, "LISTED_MAX", 2)
    for number in range(3):
        surveyed_again(desk, well_off(desk, number), number)
    search, found = searched(desk)
    assert (len(found), len(search.nearest)) == (3, 2)


@pytest.mark.parametrize(
    ("successes", "trials", "share", "probability"),
    [
        (0, 10, 0.5, 1.0),
        (10, 10, 0.5, 1 / 1024),
        (1, 2, 0.5, 0.75),
        (6, 10, 0.5, 386 / 1024),
        (3, 1_000_000, 1e-6, 0.0803),
    ],
)
def test_the_tail_of_a_binomial_is_that_of_the_tables(
    successes: int, trials: int, share: float, probability: float
) -> None:
    assert at_least(successes, trials, share) == pytest.approx(probability, rel=1e-3)
