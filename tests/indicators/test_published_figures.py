"""The registry beside the annual report: every printed figure finds ours, and how far apart they may be."""

import csv

import pytest

from adapters.documents.places import load_places
from adapters.indicators.published import (
    MEASURES,
    NOT_A_RANKING,
    PUBLISHED_FILE,
    Verdict,
    compare,
    printed_figures,
)
from adapters.population.comparison import BOTH_SEXES_POINTS
from domain.questionnaire.codes import Sex
from projections.indicators.figures import NATION
from projections.indicators.themes import THEMES, THEMES_BY_NAME
from tests.indicators.counted_nation import counted, nation
from tests.reference import REFERENCE, needs_reference

PLACES = load_places()
KARACHI_SOUTH = "PK721"


def of(theme: str, population=None):
    return compare(population or nation(), PLACES, (THEMES_BY_NAME[theme],))


def test_every_table_of_the_report_is_of_one_of_the_themes():
    tables = {each.table for each in printed_figures(PLACES)}
    named = {table for theme in THEMES for table in (theme.table, theme.highest, theme.lowest) if table}
    assert named <= tables
    assert tables - named == {NOT_A_RANKING}


def test_every_printed_share_stands_beside_one_of_ours():
    with PUBLISHED_FILE.open(encoding="utf-8", newline="") as lines:
        printed = [row for row in csv.DictReader(lines) if row["measure"] in MEASURES]
    assert len(compare(nation(), PLACES)) == len(printed) > 400


@needs_reference
def test_the_figures_are_those_of_the_reference():
    def rows(path):
        with path.open(encoding="utf-8", newline="") as lines:
            names = ("table", "region", "district", "measure", "sex", "value")
            return [tuple(row[name] for name in names) for row in csv.DictReader(lines)]

    assert rows(PUBLISHED_FILE) == rows(REFERENCE / "nser_annual_report_2022_23.csv")


def test_a_district_of_the_report_is_found_by_its_name_of_then():
    assert {each.code for each in of("housing") if each.table == "T04_kacha_lowest5"} >= {KARACHI_SOUTH, "PK106"}


def test_a_difference_is_ours_less_theirs():
    (first,) = [
        each
        for each in of("housing")
        if each.table == "T02_housing_region" and each.code == "PK6" and each.heading.name == "kacha"
    ]
    assert (first.published, first.registry, first.difference) == (48.0, 40.0, -8.0)
    assert first.verdict is Verdict.OUTSIDE


@pytest.mark.parametrize(("kacha", "verdict"), [(480, Verdict.WITHIN), (479, Verdict.OUTSIDE)])
def test_a_region_is_held_within_what_its_size_allows(kacha, verdict):
    said = {
        code: counted(1000, kacha=kacha, pacca=1000 - kacha)
        for code in PLACES.by_code
        if code.startswith("PK6") and len(code) == 7
    }
    (punjab,) = [
        each for each in of("housing", nation(said, 1000)) if each.code == "PK6" and each.heading.name == "kacha"
    ]
    assert punjab.verdict is verdict


def test_the_larger_the_registry_the_nearer_its_regions_must_be():
    def tolerance(households: int):
        return next(each.tolerance for each in of("housing", nation(None, households)) if each.code == "PK6")

    assert [tolerance(350), tolerance(4000)] == [0.1, 0.02]  # 577 tehsils of 350 are 200,000 households
    assert tolerance(20) > tolerance(100) > 0.1


def test_what_the_report_contradicts_itself_in_is_shown_and_not_held_against():
    literacy = of("literacy", nation(None, 350))
    assert {each.tolerance for each in literacy if each.code == NATION} == {None}
    assert {each.tolerance for each in literacy if each.heading.sex is Sex.TRANSGENDER} == {None}
    assert {each.tolerance for each in literacy if each.code == "PK6" and each.heading.sex is None} == {
        BOTH_SEXES_POINTS
    }
    assert {each.verdict for each in of("electricity") if each.table == NOT_A_RANKING} == {Verdict.NOT_HELD}


def test_where_the_printed_parts_miss_the_whole_the_middle_one_may_miss_by_as_much():
    """Karachi Central: 96, 3 and 2 make 101."""
    (middle, low) = (
        each
        for each in of("sanitation", nation(None, 4000))
        if each.code == "PK702" and each.heading.name in ("informal_latrine", "open_defecation")
    )
    assert middle.tolerance == pytest.approx(low.tolerance + 1)


def test_what_is_hidden_is_not_compared():
    few = {code: counted(0) for code in PLACES.by_code if code.startswith(KARACHI_SOUTH)}
    few[next(code for code in few if len(code) == 7)] = counted(9)
    found = next(each for each in of("housing", nation(few)) if each.code == KARACHI_SOUTH)
    assert (found.registry, found.difference, found.verdict) == (None, None, Verdict.HIDDEN)
