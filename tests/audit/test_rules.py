"""The register of rules: who changed what, since when, and with whose approval."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.audit.rules import RuleChange, rule_changes
from adapters.audit.spreadsheet import write_rows
from adapters.codec import to_store
from adapters.faults import Refused
from domain.agreement import MakeAgreement
from domain.event import Envelope, Event
from domain.keys import DestructionApproved, DestructionProposed, MasterKeyRotated
from domain.programme import OpenProgramme
from domain.questionnaire.codes import Hazard
from domain.shock_rules import HOUSEHOLDS_BY_ONE_MAX, ApproveShock, DeclareShock
from domain.streams import destruction_stream, master_keys_stream
from tests.registry.desk import CARD, Desk

FLOOD = DeclareShock(
    "flood-2026",
    Hazard.FLOOD,
    on=date(2026, 11, 1),
    impact_on=date(2026, 10, 20),
    places=("PK602",),
    resurvey_from=date(2026, 11, 1),
    resurvey_until=date(2027, 1, 31),
    authority="PDMA notification 17",
    households=HOUSEHOLDS_BY_ONE_MAX + 1,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def register(desk: Desk, kind: str) -> list[RuleChange]:
    return [change for change in rule_changes(desk.registry.log) if change.kind == kind]


def test_the_adoption_of_a_card_is_told_with_its_hash_which_its_content_bears_out(desk: Desk) -> None:
    (adopted,) = register(desk, "scorecard")
    card = desk.registry.reader.policies().find_card(CARD)
    assert card is not None
    assert (adopted.subject, adopted.by, adopted.content_hash) == (CARD, "director", card.content_hash)
    assert adopted.hash_holds


def test_a_card_with_another_content_than_its_hash_says_is_told(desk: Desk) -> None:
    entry = next(entry for entry in desk.registry.log.policies() if entry.name == "scorecard.adopted.v1")
    desk.registry.log.entries[entry.position - 1] = entry._replace(state=entry.state.replace(b"points", b"Points"))  # type: ignore[attr-defined]
    (adopted,) = register(desk, "scorecard")
    assert adopted.hash_holds is False


def test_a_cut_off_is_told_with_its_comparison_and_the_card_that_it_was_made_for(desk: Desk) -> None:
    desk.cut_off("40")
    last = register(desk, "cut-off")[-1]
    assert (last.subject, last.scorecard, last.on) == ("kafaalat", CARD, date(2026, 1, 1))
    assert last.what.startswith(f"score <= 40 by {CARD}")


def test_another_version_of_a_rule_is_told_by_what_it_changed(desk: Desk) -> None:
    opened = desk.registry.reader.policies().programmes["kafaalat"]
    desk.open("kafaalat")  # the same again: nothing new
    changed = replace(opened.rule, recertify_every_years=5)
    desk.registry.desk.programme(OpenProgramme("kafaalat", changed, date(2026, 6, 1), "board"), "secretary")
    first, second = register(desk, "programme")
    assert "recertify every years: " in first.what
    assert second.what == (
        f"opened with version 2 of its rule; recertify every years: {opened.rule.recertify_every_years or '-'} -> 5"
    )
    assert (second.by, second.authority) == ("secretary", "board")


def test_a_shock_that_took_two_persons_names_both(desk: Desk) -> None:
    desk.registry.desk.shock(FLOOD, "amjad")
    desk.registry.desk.shock(ApproveShock(FLOOD.shock, date(2026, 11, 2), ""), "saima")
    proposed, declared = register(desk, "shock")
    assert (proposed.proposed_by, proposed.approved_by) == ("amjad", None)
    assert (declared.proposed_by, declared.approved_by) == ("amjad", "saima")
    assert declared.authority == "PDMA notification 17"


def test_a_shock_that_one_person_declared_alone_names_no_second(desk: Desk) -> None:
    desk.registry.desk.shock(replace(FLOOD, households=10), "amjad")
    declared, counted = register(desk, "shock")
    assert (declared.by, declared.proposed_by, declared.approved_by) == ("amjad", None, None)
    assert counted.what == "10 households counted for amjad, who declared or added them alone"


def test_keys_that_two_persons_destroyed_are_told_with_both(desk: Desk) -> None:
    household = desk.register()
    on, who = date(2026, 11, 21), desk.member(household, 3)
    events: list[Event] = [
        MasterKeyRotated(on, 2),
        DestructionProposed(on, household, who, "court 9", "amjad", date(2026, 12, 21)),
        DestructionApproved(on, household, who, "court 9", "amjad", "saima"),
    ]
    streams = (master_keys_stream(), destruction_stream(who), destruction_stream(who))
    envelope = Envelope(desk.clock(), "saima", "policy")
    for stream, version, event in zip(streams, (1, 1, 2), events, strict=True):
        desk.registry.log.append([to_store(stream, version, envelope, event)])
    rotated, proposed, destroyed = register(desk, "keys")
    assert (rotated.subject, rotated.what) == ("master keys", "version 2 wraps from now on")
    assert (proposed.proposed_by, proposed.approved_by) == ("amjad", None)
    assert (destroyed.proposed_by, destroyed.approved_by, destroyed.authority) == ("amjad", "saima", "court 9")
    assert destroyed.what == f"destroyed keys: that of member {who}"


def test_agreements_stand_among_the_rules_in_the_order_of_the_log(desk: Desk) -> None:
    made = MakeAgreement(date(2026, 1, 1), "food-bank", "kafaalat", "Food Bank", "office@example.org", "letter 4")
    desk.registry.desk.agreement(made, "secretary")
    desk.cut_off("40")
    (agreed,) = register(desk, "agreement")
    assert agreed.what == "made with Food Bank; for everywhere; without the score; without an end"
    positions = [change.position for change in rule_changes(desk.registry.log)]
    assert positions == sorted(positions)


def test_a_day_that_was_opened_is_no_change_of_a_rule(desk: Desk) -> None:
    assert all(change.event != "registry.day_opened.v1" for change in rule_changes(desk.registry.log))


@pytest.mark.parametrize("typed", ["=cmd()", "+1", "-1+2", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_what_somebody_typed_is_no_formula_in_a_spreadsheet(tmp_path: Path, typed: str) -> None:
    file = tmp_path / "rules.csv"
    write_rows(file, ["what", "points"], [[typed, Decimal(-1)]])
    with file.open(newline="", encoding="utf-8-sig") as lines:
        assert list(csv.reader(lines)) == [["what", "points"], [f"'{typed}", "-1"]]


def test_a_file_that_cannot_be_written_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nowhere/rules\.csv: cannot be written"):
        write_rows(tmp_path / "nowhere" / "rules.csv", ["what"], [])
