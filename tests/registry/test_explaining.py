"""What `household explain` tells an auditor: the conclusion now, what was recorded, and how the two stand together."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.cli.explain_words import explanation_object
from adapters.registry.explaining import explain
from domain.questionnaire.codes import Asset, Hazard, ProgrammeReport
from domain.refusal import Rejected
from domain.relief import ReliefThresholds, TehsilThreshold
from domain.shock_rules import DeclareShock, LiftShock, RevokeShock
from tests.households import AMINA, BILAL, HINA, POOR, SANA, lone_woman
from tests.registry.desk import JULY, MAY, Desk, dies


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_was_never_decided_by_a_day_is_derived_now_and_says_so(desk: Desk):
    household = desk.register()
    desk.decide()
    told = desk.explanation(household, as_of=date(2022, 4, 1))
    assert "was pending (awaits verification) for kafaalat on 2022-04-01" in told
    assert "No decision recorded by then; derived now from what is known of that day." in told
    assert "never other than ineligible" not in told


def test_points_levels_answers_and_the_comparison_are_shown(desk: Desk):
    told = desk.explanation(desk.register())
    assert "q7  Kind of toilet  [A, from none]" in told
    assert "score 22 <= 32: passes" in told
    assert "would be paid: person 2" in told


def test_every_missing_answer_is_listed_and_none_that_was_given(desk: Desk):
    unasked = replace(POOR, dwelling=replace(POOR.dwelling, toilet=None), assets={Asset.FREEZER: 0})
    told = desk.explanation(desk.register(BILAL, AMINA, SANA, replace(HINA, school=None), answers=unasked))
    assert "q3: school of person 4\n" in told
    assert "q7: toilet\n" in told
    assert "q8: refrigerator among the assets\n" in told
    assert "q6" not in told


def test_the_conclusion_now_stands_before_a_decision_that_is_older(desk: Desk):
    household = desk.register()
    desk.decide()
    desk.cut_off("10")
    told = desk.explanation(household)
    assert told.index("is ineligible (score above cut-off)") < told.index("Last decision recorded")
    assert "score 22 <= 10: does not pass" in told
    assert "before programme.cutoff_set.v1 of 2026-01-01 at 7" in told
    assert "`run` is behind" in told
    desk.decide()
    assert "`run` is behind" not in desk.explanation(household)


def test_what_came_since_and_changed_nothing_is_told_so(desk: Desk):
    household = desk.register()
    desk.decide()
    desk.update(household, dies(desk.member(household, 3)))
    told = desk.explanation(household)
    assert "before household.member_left.v1 of 2022-05-01 at 7" in told
    assert "nothing since changed the outcome or who is paid" in told


def test_a_decision_names_its_cause_and_is_derived_again(desk: Desk):
    household = desk.register()
    desk.decide()
    told = desk.explanation(household)
    assert "because of 5: household.registered.v1, recorded 2026-11-21 10:00 UTC" in told
    assert "Derived again from the log" in told


def test_programs_read_now_the_decision_and_the_day_asked_about(desk: Desk):
    household = desk.register()
    desk.decide()
    found = explanation_object(household, explain(desk.registry.reader, household, "kafaalat"))
    assert (found["now"]["outcome"], found["decision"]["outcome"], found["derived_again"]) == (
        "pending",
        "pending",
        True,
    )
    then = explain(desk.registry.reader, household, "kafaalat", as_of=MAY)
    found = explanation_object(household, then)
    assert (found["asked_day"], found["decision"], found["derived_again"]) == (MAY, None, None)


def test_what_was_known_at_an_instant_leaves_out_what_was_recorded_later(desk: Desk):
    household = desk.register()
    known_at = desk.clock.now
    desk.update(household, dies(desk.member(household, 2)))
    assert "is ineligible (nobody to be paid)" in desk.explanation(household)
    told = desk.explanation(household, known_at=known_at)
    assert "was pending (awaits verification)" in told
    assert "as known at 2026-11-21 10:00 UTC" in told


def test_relief_that_ended_names_the_shock_that_was_lifted(desk: Desk):
    desk.open("flood_relief")
    household = desk.register()
    flood = DeclareShock(
        "flood-2022", Hazard.FLOOD, JULY, JULY, ("PK201",), JULY, date(2022, 12, 31), "NDMA", 1,
        relief_programmes=("flood_relief",),
    )  # fmt: skip
    desk.registry.desk.shock(flood, "director")
    desk.registry.desk.shock(LiftShock("flood-2022", date(2022, 9, 1)), "director")
    told = desk.explanation(household, "flood_relief")
    assert "not hit by a shock" in told
    assert "the shock flood-2022 struck this household; it was lifted on 2022-09-01" in told


def test_relief_that_was_reversed_names_the_shock_that_was_revoked(desk: Desk):
    desk.open("flood_relief")
    household = desk.register()
    flood = DeclareShock(
        "flood-2022", Hazard.FLOOD, JULY, JULY, ("PK201",), JULY, date(2022, 12, 31), "NDMA", 1,
        relief_programmes=("flood_relief",),
    )  # fmt: skip
    desk.registry.desk.shock(flood, "director")
    desk.registry.desk.shock(RevokeShock("flood-2022", date(2022, 9, 1), "the wrong district"), "director")
    told = desk.explanation(household, "flood_relief")
    assert "is ineligible (shock revoked)" in told
    assert "the shock flood-2022 struck this household; it was revoked on 2022-09-01" in told


def test_relief_for_a_poorest_share_is_told_with_the_threshold_of_the_tehsil(desk: Desk):
    desk.open("flood_relief_poorest")
    household = desk.register()
    card = desk.registry.reader.policies().cards[0].content_hash
    found = ReliefThresholds("flood_relief_poorest", 60, card, (TehsilThreshold("PK20101", Decimal(90), 5, 5, 3),))
    flood = DeclareShock(
        "flood-2022", Hazard.FLOOD, JULY, JULY, ("PK201",), JULY, date(2022, 12, 31), "NDMA", 1,
        relief_programmes=("flood_relief_poorest",), thresholds=(found,), snapshot_position=1,
    )  # fmt: skip
    desk.registry.desk.shock(flood, "director")
    told = desk.explanation(household, "flood_relief_poorest")
    assert "is eligible (score within threshold)" in told
    assert "the poorest 60% of the tehsil where the shock struck; its threshold is 90" in told


def test_a_filter_is_told_in_words(desk: Desk):
    household = desk.register(lone_woman("9000000000058"))
    desk.report(household, ProgrammeReport.VERIFIED)
    desk.report(household, ProgrammeReport.BLOCKED, "travel_abroad")
    desk.cut_off("60")
    told = desk.explanation(household)
    assert "is blocked by filter travel abroad for kafaalat" in told
    assert "filter:" not in told


def test_a_day_before_the_registration_has_nothing_to_explain(desk: Desk):
    household = desk.register()
    with pytest.raises(Rejected, match="not registered by then"):
        desk.explanation(household, as_of=date(2022, 2, 1))
    with pytest.raises(Rejected, match="not registered by then"):
        desk.explanation(household, known_at=datetime(2026, 1, 1, tzinfo=UTC))
