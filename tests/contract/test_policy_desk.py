"""Where policies enter: what is slipped in by mistake is refused in a sentence, and nothing is recorded of it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.registry.opening import Registry
from domain.programme import CloseProgramme, OpenProgramme, SetCutOff
from domain.questionnaire.codes import Comparison, Hazard
from domain.refusal import Rejected
from domain.shock import ShockDeclared, ShockProposed, StruckCounted
from domain.shock_rules import HOUSEHOLDS_BY_ONE_MAX, ApproveShock, DeclareShock, WidenShock, WithdrawProposal
from tests.households import Clock, memory_registry, postgres_registry

TODAY = date(2026, 11, 21)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    if request.param == "memory":
        yield memory_registry(tmp_path, Clock())
        return
    opened = postgres_registry(request.getfixturevalue("database"), tmp_path, Clock())
    yield opened
    opened.log.close()


@pytest.fixture
def kafaalat(registry: Registry) -> SetCutOff:
    """A cut-off for Kafaalat on the adopted Pakistan card, not set yet."""
    command = adoption(adoptable("pakistan_schreiner_2009"), date(2014, 1, 1), "")
    registry.desk.adopt(command, "officer")
    rule = load_programme(find_programme_file("kafaalat")).rule
    registry.desk.programme(OpenProgramme("kafaalat", rule, date(2022, 1, 1)), "officer")
    return SetCutOff("kafaalat", Decimal(32), Comparison.AT_OR_UNDER, command.content_hash, command.scorecard_id, TODAY)


def test_a_cut_off_is_set_once(registry: Registry, kafaalat: SetCutOff):
    assert len(registry.desk.programme(kafaalat, "officer")) == 1
    assert registry.desk.programme(kafaalat, "officer") == []


@pytest.mark.parametrize("value", ["-1", "100.01", "500"])
def test_a_cut_off_beyond_the_scores_of_its_card_is_refused(registry: Registry, kafaalat: SetCutOff, value: str):
    before = registry.log.last_position()
    command = SetCutOff(
        "kafaalat", Decimal(value), kafaalat.comparison, kafaalat.scorecard, kafaalat.scorecard_id, kafaalat.on
    )
    with pytest.raises(Rejected, match="from 0 to 100"):
        registry.desk.programme(command, "officer")
    assert registry.log.last_position() == before


def test_a_programme_cannot_close_before_it_opened(registry: Registry, kafaalat: SetCutOff):
    with pytest.raises(Rejected, match="cannot close before"):
        registry.desk.programme(CloseProgramme(kafaalat.programme, date(2010, 1, 1), "?"), "officer")


def test_who_declares_or_approves_a_shock_is_whoever_asks_the_desk(registry: Registry):
    places, window = ("PK7",), (TODAY, TODAY)
    large = DeclareShock("flood", Hazard.FLOOD, TODAY, TODAY, places, *window, "NDMA", 200_000, by="somebody else")
    (proposed,) = registry.desk.shock(large, "officer")
    assert isinstance(proposed, ShockProposed)
    assert proposed.proposed_by == "officer"
    with pytest.raises(Rejected, match="another person must approve it"):
        registry.desk.shock(ApproveShock("flood", TODAY, "somebody else"), "officer")


def test_the_name_of_what_was_withdrawn_is_free_again(registry: Registry):
    large = DeclareShock("flood", Hazard.FLOOD, TODAY, TODAY, ("PK7",), TODAY, TODAY, "NDMA", 200_000)
    registry.desk.shock(large, "officer")
    registry.desk.shock(WithdrawProposal("flood", TODAY, "no water"), "officer")
    with pytest.raises(Rejected, match="No shock is proposed"):
        registry.desk.shock(ApproveShock("flood", TODAY, "director"), "director")
    small = msgspec.structs.replace(large, places=("PK602",), households=1)
    declared, counted = registry.desk.shock(small, "officer")
    assert isinstance(declared, ShockDeclared)
    assert isinstance(counted, StruckCounted)
    assert counted.counted_for == "officer"


def test_small_widenings_are_held_against_the_sum_of_what_one_person_added(registry: Registry):
    half = HOUSEHOLDS_BY_ONE_MAX // 2
    flood = DeclareShock("flood", Hazard.FLOOD, TODAY, TODAY, ("PK602",), TODAY, TODAY, "NDMA", half)
    registry.desk.shock(flood, "officer")
    registry.desk.shock(WidenShock("flood", TODAY, TODAY, ("PK603",), "NDMA", half), "Officer ")
    third = WidenShock("flood", TODAY, TODAY, ("PK604",), "NDMA", 1)
    with pytest.raises(Rejected, match="declared or added 100,000 alone already"):
        registry.desk.shock(third, "officer")
    assert registry.desk.shock(third, "director")


@pytest.mark.usefixtures("kafaalat")
def test_a_shock_names_places_and_relief_programmes_that_exist(registry: Registry):
    def flood(places: tuple[str, ...], relief: tuple[str, ...] = ()) -> DeclareShock:
        return DeclareShock(
            "flood", Hazard.FLOOD, TODAY, TODAY, places, TODAY, TODAY, "NDMA", 0, relief_programmes=relief
        )

    with pytest.raises(Rejected, match="PK999"):
        registry.desk.shock(flood(("PK999",)), "officer")
    with pytest.raises(Rejected, match="not open"):
        registry.desk.shock(flood(("PK7",), ("flood_relief",)), "officer")
    with pytest.raises(Rejected, match="not a relief programme"):
        registry.desk.shock(flood(("PK7",), ("kafaalat",)), "officer")
