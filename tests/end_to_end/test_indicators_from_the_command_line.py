"""The indicators as a user asks for them, over the registry that the demo plays."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest

from adapters.embedded.postgres import postgres_server
from adapters.indicators.reading import course_until, population_as_of
from adapters.registry.opening import open_registry
from projections.indicators.themes import THEMES
from tests.end_to_end.command_line import CommandLine
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

HOUSEHOLDS = 400
TEHSILS = 577
MEDIAN_DAY = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY registered_on) FROM households"


class Played(CommandLine):
    """Runs verbs in the home of the demo, and knows where its database is."""

    dsn: str


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    home = tmp_path_factory.mktemp("registry")
    CommandLine(home).done("demo", "--households", HOUSEHOLDS)
    command = Played(home / "demo")
    with postgres_server(home / "demo") as dsn:
        command.dsn = dsn
        yield command
    remove_home(home / "demo")


def test_without_a_theme_all_eleven_are_told_in_short(gharana: Played):
    said = gharana.done("indicators")
    assert all(theme.title in said.out for theme in THEMES)
    assert "Pakistan" in said.out
    assert said.err == ""


def test_a_theme_is_told_by_region_with_the_highest_and_the_lowest_districts(gharana: Played):
    said = gharana.done("indicators", "literacy")
    assert "Literacy, 10 and over, as of" in said.out
    assert "Highest 5 districts: literate" in said.out
    assert "Lowest 5 districts: literate" in said.out


def test_the_counts_are_of_every_household_that_stands_in_the_registry(gharana: Played):
    with psycopg.connect(gharana.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM households WHERE merged_into IS NULL").fetchone()
    nation = gharana.done("indicators", "household_size", "--json").object
    assert (nation["code"], nation["whole"]) == ("PK", row[0])
    assert row[0] > HOUSEHOLDS / 2


def test_as_of_an_earlier_day_fewer_are_counted(gharana: Played):
    now = gharana.done("indicators", "household_size", "--json").object
    with psycopg.connect(gharana.dsn) as connection:
        (half,) = connection.execute(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY registered_on) FROM households"
        ).fetchone()
    then = gharana.done("indicators", "household_size", "--as-of", half, "--json").object
    assert then["as_of"] == str(half)
    assert 0 < then["whole"] < now["whole"]


def test_the_same_rows_come_as_csv_and_as_json(gharana: Played):
    asked = ("indicators", "water", "--level", "tehsil", "--format")
    rows = list(csv.DictReader(StringIO(gharana.done(*asked, "csv").out)))
    objects = gharana.done(*asked, "json").objects
    assert len(rows) == len(objects) == 2 * (TEHSILS + 1)
    assert [row["code"] for row in rows] == [each["code"] for each in objects]
    assert {each["value"] for each in objects if each["hidden"]} == {None}


def test_the_page_is_written_to_a_file(gharana: Played, tmp_path: Path):
    file = tmp_path / "page.html"
    said = gharana.done("indicators", "--format", "html", "--out", file)
    assert str(file) in said.out
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_printed_and_registered_stand_side_by_side(gharana: Played):
    said = gharana.done("indicators", "housing", "--compare")
    assert "T02_housing_region" in said.out
    assert "outside their tolerance" in said.out
    first = gharana.done("indicators", "housing", "--compare", "--json").objects[0]
    assert (first["published"], first["tolerance"] is None or first["tolerance"] > 0) == (55, True)


def test_the_course_over_time_is_what_was_as_of_the_end_of_each_month(gharana: Played):
    with open_registry(gharana.environ(), make=False) as registry:
        course = course_until(registry, registry.today())
        assert len(course.months) > 1
        for place, month in enumerate(course.months):
            last_day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            then = population_as_of(registry, min(last_day, registry.today()))
            assert {code: counts[place] for code, counts in course.counts.items()} == {
                code: then.counts[code] for code in course.counts
            }


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("wealth",), 2, "is not a theme"),
        (("--level", "street"), 2, "is no level"),
        (("--as-of", "soon"), 2, "is not a day"),
        (("--out", "x.txt"), 2, "--format"),
        (("--as-of", "1999-01-01"), 1, "Nobody was registered by 1999-01-01"),
        (("--format", "html", "--out", "/nowhere/page.html"), 1, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(gharana: Played, arguments, code: int, sentence: str):
    said = gharana("indicators", *arguments)
    assert said.code == code
    assert sentence in " ".join(said.err.split())


def test_a_registry_that_never_counted_is_refused_until_it_is_rebuilt(gharana: Played):
    before = gharana.done("indicators", "--json").out
    with psycopg.connect(gharana.dsn) as connection:
        connection.execute("DELETE FROM indicators")
    said = gharana("indicators")
    assert said.code == 1
    assert "rebuild --swap" in said.err
    gharana.done("rebuild", "--swap")
    assert gharana.done("indicators", "--json").out == before
    assert gharana.done("rebuild", "--json").object["differences"]["indicators"] == 0
