"""The tables behind lives: complete, each figure with its ground, and refused with a sentence where they are not."""

import csv
import shutil

import pytest

from adapters.documents.places import load_places
from adapters.faults import Refused
from adapters.lives.tables import TABLES, load_tables
from tests.reference import REFERENCE, needs_reference


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(TABLES, tmp_path / "lives")


def change(folder, name, old, new):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return folder


def test_the_tables_that_are_shipped_can_be_read():
    assert load_tables().rates["births"] == 0.028


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("rates.csv", "births,person_year,0.028,derived", "births,person_year,often,derived", "line 2"),
        ("rates.csv", "births,person_year,0.028,derived", "births,person_year,-1,derived", "below 0"),
        ("rates.csv", "births,person_year,0.028,derived", "births,person_year,0.028,guess", "basis 'guess'"),
        ("rates.csv", "births,person_year", "briths,person_year", "births is missing"),
        ("calendar.csv", "2023-02-01,2026-06-30", "2023-02-01,soon", "line 5"),
        ("ages.csv", "groom,", "bride,", "groom is missing"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_place(folder, name, old, new, says):
    with pytest.raises(Refused, match=says):
        load_tables(change(folder, name, old, new))


def test_a_table_that_is_not_there_is_refused(folder):
    (folder / "ages.csv").unlink()

    with pytest.raises(Refused, match="put the file back"):
        load_tables(folder)


def test_every_flooded_district_stands_in_the_code_list_under_its_name():
    places = load_places()

    assert [places.get(each.place).name for each in load_tables().flooded] == [
        each.district for each in load_tables().flooded
    ]


@needs_reference
def test_the_flooded_districts_are_those_that_were_notified_by_name():
    with (REFERENCE / "shocks" / "calamity_districts.csv").open(encoding="utf-8", newline="") as lines:
        notified = {
            row["adm2_pcode"]
            for row in csv.DictReader(lines)
            if row["event"] == "flood_2022" and row["status"].startswith("A")
        }

    assert {each.place for each in load_tables().flooded} == notified
