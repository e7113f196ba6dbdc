"""Drawing households for a visit."""

import csv
import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.audit.lines import CutOffLine
from adapters.audit.sampling import JUST_OVER, JUST_UNDER, KEY_OF, Drawn, Sample, Stratum, Wanted, allocate, draw
from adapters.audit.working_paper import Paper, check_new, sheets_of, write_csv, write_html
from adapters.faults import Refused
from adapters.postgres.migrate import migrate
from adapters.postgres.moment import moment
from domain.questionnaire.codes import Comparison, Outcome
from tests.audit.standings import CARD, household, write_standings
from tests.registry.desk import Desk

AT_32 = CutOffLine(Decimal(32), Comparison.AT_OR_UNDER, CARD, "card")
UNDER_32 = CutOffLine(Decimal(32), Comparison.UNDER, CARD, "card")
HOUSEHOLDS = [
    (number, ("PK60201", "PK70101", "PK2")[number % 3], score, outcome)
    for number in range(3_000)
    for score in [number % 100]
    for outcome in [Outcome.ELIGIBLE if score <= 32 else Outcome.INELIGIBLE]
]


def stratum(population: int, place: str = "PK6") -> Stratum:
    return Stratum(place, "eligible", population)


def shared(populations: list[int], households: int, each_min: int = 2) -> list[int]:
    return [one.drawn for one in allocate(list(map(stratum, populations)), households, each_min)]


def test_a_sample_is_shared_out_in_proportion() -> None:
    assert shared([6_000, 3_000, 1_000], 100) == [60, 30, 10]


def test_a_small_stratum_has_the_least_number_and_the_others_share_the_rest() -> None:
    assert shared([9_000, 900, 10], 100) == [89, 9, 2]


def test_a_stratum_that_has_fewer_than_the_least_number_is_visited_whole() -> None:
    assert shared([5_000, 1], 50, each_min=5) == [49, 1]


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=30), st.integers(1, 5), st.data())
def test_all_are_shared_out_and_no_stratum_gives_more_than_it_has(
    populations: list[int], each_min: int, data: st.DataObject
) -> None:
    least = sum(min(each_min, one) for one in populations)
    households = data.draw(st.integers(least, sum(populations)))
    given_out = shared(populations, households, each_min)
    assert sum(given_out) == households
    assert all(min(each_min, has) <= drawn <= has for drawn, has in zip(given_out, populations, strict=True))


def test_more_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(Refused, match="11 households cannot be drawn out of 10"):
        shared([4, 6], 11)


def test_fewer_than_the_least_of_each_stratum_cannot_be_drawn() -> None:
    with pytest.raises(Refused, match=r"There are 3 strata, and 2 of each .* are 6 households: ask for 6 at least"):
        shared([10, 10, 10], 5)


@pytest.fixture
def dsn(database: str) -> Iterator[str]:
    migrate(database)
    return database


def drawn(dsn: str, line: CutOffLine | None = AT_32, **other: object) -> Sample:
    wanted = Wanted(**{"programme": "kafaalat", "households": 300, "seed": "4 2", **other})  # type: ignore[arg-type]
    with moment(dsn) as ask:
        return draw(ask, wanted, line, 7)


def ids(sample: Sample) -> list[str]:
    return [str(one.household) for one in sample.households]


@pytest.mark.postgres
def test_the_same_seed_draws_the_same_whatever_the_order_of_rows(dsn: str) -> None:
    write_standings(dsn, HOUSEHOLDS)
    first = drawn(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("TRUNCATE standing, households, eligibility")
    shuffled = random.Random(1).sample(HOUSEHOLDS, len(HOUSEHOLDS))
    write_standings(dsn, shuffled)
    assert ids(drawn(dsn)) == ids(first)
    assert ids(drawn(dsn, seed="4 3")) != ids(first)


@pytest.mark.postgres
def test_who_is_drawn_can_be_worked_out_with_any_program(dsn: str) -> None:
    write_standings(dsn, HOUSEHOLDS)
    sample = drawn(dsn, line=None)
    one = next(one for one in sample.strata if (one.place, one.group) == ("PK7", "ineligible"))
    members = [household(number) for number, place, score, _ in HOUSEHOLDS if place == "PK70101" and score > 32]
    keys = {each: hashlib.sha256(KEY_OF + b"4 2\n" + each.bytes).digest() for each in members}
    smallest = sorted(members, key=keys.__getitem__)[: one.drawn]
    assert [each.household for each in sample.households if each.stratum == one] == smallest


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("line", "under", "over"), [(AT_32, {30, 31, 32}, {33, 34}), (UNDER_32, {30, 31}, {32, 33, 34})]
)
def test_near_the_cut_off_is_whoever_lies_within_so_many_points_of_it(
    dsn: str, line: CutOffLine, under: set[int], over: set[int]
) -> None:
    write_standings(dsn, HOUSEHOLDS)
    sample = drawn(dsn, line)
    near = {
        group: {one.score for one in sample.households if one.stratum.group == group}
        for group in (JUST_UNDER, JUST_OVER)
    }
    assert near[JUST_UNDER] <= under
    assert near[JUST_OVER] <= over
    counted = Counter(dict.fromkeys(near, 0))
    for each in sample.strata:
        counted[each.group] += each.population
    assert (counted[JUST_UNDER], counted[JUST_OVER]) == (30 * len(under), 30 * len(over))


@pytest.mark.postgres
def test_a_cut_off_of_another_card_makes_no_strata(dsn: str) -> None:
    write_standings(dsn, HOUSEHOLDS, card=b"another")
    assert {one.group for one in drawn(dsn).strata} == {"eligible", "ineligible"}


@pytest.mark.postgres
def test_weights_add_up_to_the_households_there_are(dsn: str) -> None:
    write_standings(dsn, HOUSEHOLDS)
    sample = drawn(dsn, level="district")
    assert sample.population == len(HOUSEHOLDS)
    assert sum(one.stratum.weight for one in sample.households) == pytest.approx(len(HOUSEHOLDS))
    assert len(sample.households) == 300


@pytest.mark.postgres
def test_a_household_that_was_merged_into_another_is_not_visited(dsn: str) -> None:
    write_standings(dsn, HOUSEHOLDS)
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE households SET merged_into = %s WHERE place = 'PK2'", (household(1),))
    assert {one.place for one in drawn(dsn).strata} == {"PK6", "PK7"}


@pytest.mark.postgres
def test_only_a_place_that_is_named_is_drawn_from(dsn: str) -> None:
    write_standings(dsn, HOUSEHOLDS)
    assert {one.place for one in drawn(dsn, place="PK602").strata} == {"PK6"}


def paper_of(folder: Path) -> tuple[Paper, Desk]:
    desk = Desk(folder)
    one = desk.register()
    whole = Stratum("PK2", "eligible", 1, 1)
    sample = Sample(
        desk.registry.log.last_position(), AT_32, (whole,), (Drawn(one, whole, Decimal(12), Outcome.ELIGIBLE, "=17"),)
    )
    wanted = Wanted(programme="kafaalat", households=1, seed="<4 & 2>")
    sheets = tuple(sheets_of(desk.registry.log, desk.registry.places, sample))
    return Paper(sample=sample, wanted=wanted, drawn_on=date(2026, 11, 21), drawn_by="Saima", sheets=sheets), desk


def test_a_paper_holds_what_was_known_at_its_position_and_no_name(tmp_path: Path) -> None:
    paper, desk = paper_of(tmp_path)
    (sheet,) = paper.sheets
    assert (len(sheet.roster), sheet.surveyed_on, sheet.centre) == (4, date(2022, 3, 1), "desk-7")
    page, table = tmp_path / "paper.html", tmp_path / "paper.csv"
    write_html(paper, desk.registry.places, page)
    write_csv(paper, table)
    for text in (page.read_text(encoding="utf-8"), table.read_text(encoding="utf-8")):
        assert "Saima" in text
        assert not any(name in text for name in ("Bilal", "Amina", "Kot", "9000000000017"))


def test_the_page_fetches_nothing_and_what_was_typed_stays_text(tmp_path: Path) -> None:
    paper, desk = paper_of(tmp_path)
    page = tmp_path / "paper.html"
    write_html(paper, desk.registry.places, page)
    text = page.read_text(encoding="utf-8")
    assert not any(word in text for word in ("http:", "https:", "src=", "href=", "<script", "url("))
    assert "&lt;4 &amp; 2&gt;" in text


def test_a_survey_key_that_would_be_a_formula_is_a_text_in_the_file(tmp_path: Path) -> None:
    paper, _ = paper_of(tmp_path)
    table = tmp_path / "paper.csv"
    write_csv(paper, table)
    with table.open(newline="", encoding="utf-8-sig") as lines:
        (row,) = csv.DictReader(lines)
    assert row["key in the survey file"] == "'=17"
    assert (row["weight"], row["remarks"]) == ("1.0", "")


def test_a_paper_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "paper.csv").write_text("found", encoding="utf-8")
    with pytest.raises(Refused, match="is there already, and findings may stand in it"):
        check_new(tmp_path / "paper.html", tmp_path / "paper.csv")
