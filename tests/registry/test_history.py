"""What `household history` tells: everything an event says, in words, and nothing of Python or of seals."""

import json
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.cli.history_words import aside_line, timeline_lines
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.registry.beside import asides
from adapters.registry.disclosing import NOTHING_OPENED, open_names
from adapters.registry.timeline import timeline
from adapters.submissions.shape import Correction, Cyclic, Erasure, Move, RecipientChanges, StatedFamily
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import FamilyKind, MaritalStatus, ProgrammeReport, Relation, Settlement, Sex
from domain.questionnaire.vocabulary import HOUSEHOLD_READER
from domain.scorecard.compiler import compiled
from tests.households import (
    AMINA,
    BILAL,
    SANA,
    SANA_CNIC,
    Person,
    common,
    lone_woman,
    missed_out,
    proposed,
    questionnaire,
)
from tests.registry.desk import CARD, JULY, MARCH, MAY, Desk, bride, dies

WIDOWED = MaritalStatus.WIDOWED


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_event_tells_its_instant_its_device_and_its_submission(desk: Desk):
    first = replace(missed_out(MARCH), device="tablet-3")
    told = desk.history(desk.submit(first))
    assert "recorded 2026-11-21 10:00 UTC by op-1, operator at desk-7 on device tablet-3" in told
    assert f"submission {first.submission_id}" in told


def test_a_death_tells_who_it_was(desk: Desk):
    household = desk.register()
    desk.update(household, dies(desk.member(household, 2)))
    told = desk.history(household)
    assert "person 2: spouse, female, 40 -> left: death" in told
    assert told.count("spouse, female, 40") == 1


def test_a_marriage_tells_its_reason_its_evidence_and_the_other_household(desk: Desk):
    parents, husband = desk.register(), desk.register(lone_woman("9000000000058"))
    desk.update(husband, bride(SANA_CNIC, 2))
    joined, left = desk.history(husband), desk.history(parents)
    assert f"joined by marriage, from household {parents}" in joined
    assert "evidence: marriage certificate" in joined
    assert f"-> left: marriage, to household {husband}" in left


def test_a_survey_that_came_late_is_kept_and_says_which_one_stands(desk: Desk):
    household = desk.register(BILAL, AMINA)
    newer, late = questionnaire(BILAL, AMINA), questionnaire(BILAL, AMINA, SANA)
    desk.submit(Cyclic(household=household, survey=newer, **common(date(2026, 6, 1))))
    desk.submit(Cyclic(household=household, survey=late, **common(date(2024, 4, 1))))
    told = desk.history(household)
    assert told.count("kept; the newer survey of 2026-06-01 stands") == 1
    assert "occasion: cyclic" in told


def test_a_correction_tells_its_reason_and_what_it_corrects(desk: Desk):
    first = missed_out(MARCH)
    household = desk.submit(first)
    right = Correction(
        household=household, corrects=first.submission_id, reason="his age", survey=questionnaire(), **common(JULY)
    )
    desk.submit(right)
    assert f"corrects submission {first.submission_id}: his age" in desk.history(household)


def test_an_erasure_tells_the_line_and_the_authority(desk: Desk):
    household = desk.register()
    erasure = Erasure(household=household, member=desk.member(household, 3), authority="court 9", **common(MAY))
    desk.submit(proposed(desk.registry, erasure))
    assert "person 3: identity erased, on the authority of court 9" in desk.history(household)


def test_reports_and_places_are_told_in_words(desk: Desk):
    household = desk.register()
    desk.report(household, ProgrammeReport.BLOCKED, "travel_abroad")
    desk.submit(Move(household=household, place=Place("PK60202", "7", Settlement.URBAN), **common(MAY)))
    told = desk.history(household)
    assert "programme kafaalat reports: blocked by filter travel abroad" in told
    assert "place: PK20101 -> PK60202, union council 7, urban" in told
    for python in ("{'", "True", "False", "None", "filter:", "_abroad"):
        assert python not in told


def test_a_decision_that_only_changes_who_is_paid_says_who_and_who_was(desk: Desk):
    mother = Person(
        line=3, relation=Relation.PARENT, sex=Sex.FEMALE, age=68, cnic="9000000000074", marital_status=WIDOWED
    )
    families = (StatedFamily(number=1, kind=FamilyKind.ALPHA, recipient_line=3),)
    household = desk.register(BILAL, AMINA, mother, families=families)
    desk.cut_off("90")
    desk.decide()
    chosen = RecipientChanges(family=1, member=desk.member(household, 2))
    desk.update(household, chosen)
    desk.decide()
    told = desk.history(household)
    assert "ineligible -> pending, would be paid: person 3 (" in told
    assert "kafaalat pending, now paid: person 2 (was person 3) (" in told
    assert "household.recipient_chosen.v1, recorded 2026-11-21 11:00 UTC" in told


def test_another_card_is_announced_before_the_scores_by_it(desk: Desk):
    household = desk.register()
    second = compiled(replace(adoptable(CARD).card, id="second_card", title="Second card"), HOUSEHOLD_READER)
    desk.registry.desk.adopt(adoption(second, date(2025, 1, 1)), "director")
    desk.update(household, dies(desk.member(household, 4)))
    told = desk.history(household).splitlines()
    announced = next(index for index, line in enumerate(told) if "from here on the score is by Second card" in line)
    scored = [index for index, line in enumerate(told) if "score:" in line]
    assert scored[0] < announced < scored[1]
    assert told[scored[1]].endswith("by second_card")


def test_no_token_and_no_seal_is_told_to_programs(desk: Desk):
    household = desk.register()
    desk.update(household, bride("9000000000082", 5))
    line = timeline(desk.registry.reader, household)
    written = json.dumps([value for value, _ in timeline_lines(line, NOTHING_OPENED)], default=str)
    for hidden in ('"token"', "name_tokens", "phone_tokens", '"identity"', '"sealed"'):
        assert hidden not in written
    assert '"roster"' in written


def test_refusals_and_disclosures_stand_beside_the_history(desk: Desk):
    household = desk.register()
    refused = Cyclic(household=household, survey=questionnaire(), **common(date(2023, 1, 1)))
    assert not desk.registry.door.submit(refused).accepted
    state = desk.registry.reader.household(household)
    assert state is not None
    open_names(desk.registry, household, state, "complaint 17", "auditor-1")
    told = [aside_line(one) for one in asides(desk.registry.reader, household, [refused.submission_id])]
    assert [value["event"] for value, _ in told] == ["submission.refused.v1", "disclosure.made.v1"]
    assert f"cyclic, submission {refused.submission_id}" in told[0][1][1]
    assert "opened to auditor-1: complaint 17" in told[1][1][1]
