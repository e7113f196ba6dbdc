"""Scores around a cut-off, counted from the standings."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.audit.cutoffs import Bunching, find_bunching
from adapters.audit.lines import CutOffLine, find_line, get_line, get_programme, settled_position
from adapters.faults import Refused
from adapters.postgres.migrate import migrate
from adapters.postgres.moment import moment
from domain.questionnaire.codes import Comparison, Outcome
from tests.audit.standings import CARD, write_standings
from tests.audit.test_density import bunched, scores
from tests.households import Clock, postgres_registry
from tests.registry.desk import Desk

AT_32 = CutOffLine(Decimal(32), Comparison.AT_OR_UNDER, CARD, "card")
HONEST, BENT = "PK60201", "PK70101"


@pytest.fixture
def dsn(database: str) -> Iterator[str]:
    migrate(database)
    return database


def found(dsn: str, line: CutOffLine = AT_32, level: str = "district", width: str = "1") -> Bunching:
    with moment(dsn) as ask:
        return find_bunching(ask, line, 7, Decimal(width), 6, level)


def write(dsn: str, *scored: tuple[str, str]) -> None:
    write_standings(
        dsn, [(number, place, Decimal(score), Outcome.INELIGIBLE) for number, (place, score) in enumerate(scored)]
    )


@pytest.mark.postgres
def test_the_place_where_scores_crowd_stands_out_and_the_other_does_not(dsn: str) -> None:
    honest, bent = scores(6_000, 3), bunched(scores(6_000, 4), share=0.5)
    write(
        dsn,
        *((HONEST, str(33 + at)) for at in honest.elements()),
        *((BENT, str(33 + at)) for at in bent.elements()),
    )
    first, second = found(dsn).places
    assert (first.place, first.stands_out) == ("PK701", True)
    assert (second.place, second.stands_out) == ("PK602", False)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("comparison", "passing"), [(Comparison.AT_OR_UNDER, ["31.5", "32"]), (Comparison.UNDER, ["31.5"])]
)
def test_a_score_at_the_cut_off_lies_on_the_side_of_the_comparison(
    dsn: str, comparison: Comparison, passing: list[str]
) -> None:
    write(dsn, *((HONEST, score) for score in ("31.5", "32", "32.5")))
    bins = found(dsn, CutOffLine(Decimal(32), comparison, CARD, "card")).bins
    assert sum(each.households for each in bins if each.passes) == len(passing)
    assert sum(each.households for each in bins) == 3


@pytest.mark.postgres
def test_bins_are_as_wide_as_was_asked_and_begin_at_the_cut_off(dsn: str) -> None:
    write(dsn, *((HONEST, score) for score in ("31.7", "31.9", "32.2")))
    bins = {each.high: each.households for each in found(dsn, width="0.25").bins if each.households}
    assert bins == {Decimal("31.75"): 1, Decimal(32): 1, Decimal("32.25"): 1}


@pytest.mark.postgres
def test_scores_by_another_card_are_not_counted(dsn: str) -> None:
    write(dsn, (HONEST, "32"))
    assert found(dsn, CutOffLine(Decimal(32), Comparison.AT_OR_UNDER, b"another", "card")).households == 0


def test_a_programme_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    policies = Desk(tmp_path).registry.reader.policies()
    with pytest.raises(Refused, match="No programme is known as 'kafalat': there are: kafaalat"):
        get_programme(policies, "kafalat")


def test_a_programme_without_a_cut_off_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.open("taleemi_wazaif")
    policies = desk.registry.reader.policies()
    with pytest.raises(Refused, match="taleemi_wazaif has no cut-off in force on 2026-01-01"):
        get_line(policies, get_programme(policies, "taleemi_wazaif"), date(2026, 1, 1))


def test_a_cut_off_that_was_made_for_another_card_draws_no_line(tmp_path: Path) -> None:
    policies = Desk(tmp_path).registry.reader.policies()
    (card,) = policies.cards
    newer = replace(card, scorecard_id="newer", content_hash=b"another", on=date(2020, 1, 1))
    policies = replace(policies, cards=(card, newer))
    with pytest.raises(Refused, match="was made for pakistan_schreiner_2009, and standings are scored by newer"):
        get_line(policies, get_programme(policies, "kafaalat"), date(2026, 1, 1))


def test_the_line_is_that_of_the_cut_off_in_force_on_the_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.cut_off("40")
    policies = desk.registry.reader.policies()
    programme = get_programme(policies, "kafaalat")
    assert str(get_line(policies, programme, date(2025, 12, 31))) == "score <= 32"
    assert str(get_line(policies, programme, date(2026, 1, 1))) == "score <= 40"
    assert find_line(policies, programme, date(2013, 1, 1)) is None


@pytest.mark.postgres
def test_answers_that_lag_behind_the_log_are_not_counted(database: str, tmp_path: Path) -> None:
    registry = postgres_registry(database, tmp_path, Clock())
    try:
        registry.desk.open_day()
        with moment(database) as ask, pytest.raises(Refused, match="1 changes of policy or new days to be looked at"):
            settled_position(ask, registry.log)
    finally:
        registry.log.close()
