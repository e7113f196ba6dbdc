"""What was published of a shock is read with every figure and its ground; what cannot be is refused in a sentence."""

import csv
from datetime import date
from pathlib import Path

import pytest

from adapters.documents.places import load_places
from adapters.documents.published import COUNTRY, PUBLISHED_FILE, Figure, Published, load_published
from adapters.faults import Refused
from adapters.lives.tables import load_tables
from domain.places import Places
from tests.reference import REFERENCE, needs_reference

HEAD = """format = "published-shock/1"
title = "A flood"
districts = "districts.csv"
figures = "figures.csv"

[registered]
households = 1000
source = "a report"
"""
RULE = '[[rule]]\nprogramme = "relief"\nstated = "the poorest"\nsource = "a study"\n'
DISTRICTS = "shock,place,district,status,declared_on,source\nflood,PK201,Awaran,notified,2022-07-15,a paper\n"
COLUMNS = "as_of,region,measure,value,basis,source\n"
PAID = "2022-10-18,PK2,families_paid,208000,derived,a paper\n"


@pytest.fixture
def places() -> Places:
    return load_places()


def written(folder: Path, text: str = HEAD + RULE, figures: str = COLUMNS + PAID, districts: str = DISTRICTS) -> Path:
    (folder / "figures.csv").write_text(figures)
    (folder / "districts.csv").write_text(districts)
    file = folder / "flood.toml"
    file.write_text(text)
    return file


def test_figures_rules_and_districts_are_read(tmp_path: Path, places: Places):
    published = load_published(written(tmp_path), places)
    assert published.figures == (Figure(date(2022, 10, 18), "PK2", "families_paid", 208_000, "derived", "a paper"),)
    assert (published.registered, published.rules[0].programme) == (1000, "relief")
    assert [each.place for each in published.districts] == ["PK201"]


def test_the_latest_figure_is_that_of_the_last_day_wherever_its_line_stands(tmp_path: Path, places: Places):
    earlier = PAID.replace("2022-10-18", "2022-09-20").replace("208000", "132410")
    published = load_published(written(tmp_path, figures=COLUMNS + PAID + earlier), places)
    latest = published.latest("families_paid", "PK2")
    assert latest is not None
    assert latest.value == 208_000
    assert published.latest("families_paid", COUNTRY) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD.replace("published-shock/1", "published-shock/2"), "format: Input should be"),
        (HEAD.replace("households = 1000", "households = 0"), r"registered\.households"),
        (HEAD.replace("households = 1000", 'households = "many"'), r"registered\.households"),
        (HEAD + RULE + 'colour = "red"\n', r"rule\.0\.colour"),
        (HEAD.replace('"figures.csv"', '"nothing.csv"'), r"nothing\.csv: the figures cannot be read"),
        (HEAD.replace('"districts.csv"', '"nothing.csv"'), r"nothing\.csv: the table cannot be read"),
        ("flood", "not a TOML file"),
    ],
)
def test_a_document_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, places: Places, text: str, sentence: str):
    with pytest.raises(Refused, match=sentence):
        load_published(written(tmp_path, text), places)


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (PAID, "the columns must be as_of, region"),
        (COLUMNS + PAID.replace("PK2", "PK201"), "line 2: 'PK201' is not a region"),
        (COLUMNS + PAID.replace("families_paid", "cows"), "line 2: measure"),
        (COLUMNS + PAID.replace("208000", "-1"), "line 2: value"),
        (COLUMNS + PAID.replace("208000", "many"), "line 2: value"),
        (COLUMNS + PAID.replace("derived", "hearsay"), "line 2: basis"),
        (COLUMNS + PAID.replace("2022-10-18", "October"), "line 2: as_of"),
        (COLUMNS + PAID.replace(",a paper", ""), "line 2: the line does not have 6 fields"),
        (COLUMNS + PAID + PAID, "families_paid of PK2 on 2022-10-18 is there 2 times"),
    ],
)
def test_a_line_of_figures_that_cannot_be_is_refused(tmp_path: Path, places: Places, figures: str, sentence: str):
    with pytest.raises(Refused, match=sentence):
        load_published(written(tmp_path, figures=figures), places)


def test_a_district_that_is_none_is_refused_with_its_line(tmp_path: Path, places: Places):
    with pytest.raises(Refused, match="line 2: 'PK20101' is not the code of a district"):
        load_published(written(tmp_path, districts=DISTRICTS.replace("PK201", "PK20101")), places)


def shipped() -> Published:
    return load_published(PUBLISHED_FILE, load_places())


def test_the_districts_of_2022_are_those_that_lives_follow():
    assert shipped().districts == load_tables().flooded


REGIONS = {
    "total": COUNTRY, "Pakistan": COUNTRY, "AJK": "PK1", "Balochistan": "PK2", "GB": "PK3", "KP": "PK5",
    "Punjab": "PK6", "Sindh": "PK7",
}  # fmt: skip


def reference(name: str, **columns: str) -> set[tuple[date, str, str, int]]:
    """The figures of a reference file, one measure for each of these columns."""
    with (REFERENCE / "shocks" / name).open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("metric", "affected_population") in columns.values()
                or "metric" not in row]  # fmt: skip
    return {
        (date.fromisoformat(row["as_of"]), REGIONS[row["region"]], measure, int(row[column]))
        for row in rows
        for measure, column in ((key, "value" if "metric" in row else name) for key, name in columns.items())
        if row[column]
    }


@needs_reference
def test_every_figure_of_2022_is_in_the_reference_and_every_one_there_is_here():
    expected = (
        reference("flood2022_calamity_counts.csv", districts_notified="districts")
        | reference(
            "bisp_flood_cash_2022.csv", families_paid="families_paid", families_identified="families_identified"
        )
        | reference("flood_impact_regions.csv", affected_people="affected_population")
    )
    assert {(each.as_of, each.region, each.measure, each.value) for each in shipped().figures} == expected
