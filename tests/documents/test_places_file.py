import csv
from collections import Counter
from pathlib import Path

import pytest

from adapters.documents.places import load_places
from adapters.faults import Refused
from domain.places import PlaceLevel
from tests.reference import REFERENCE, needs_reference

HEADER = "code,name,level,parent,valid_from\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "places.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_list_holds_every_region_district_and_tehsil():
    levels = Counter(place.level for place in load_places().by_code.values())
    assert levels == {PlaceLevel.REGION: 7, PlaceLevel.DISTRICT: 160, PlaceLevel.TEHSIL: 577}


def test_the_regions_bear_the_names_of_the_code_list():
    assert [place.name for place in load_places().children(None)] == [
        "Azad Kashmir",
        "Balochistan",
        "Gilgit Baltistan",
        "Islamabad",
        "Khyber Pakhtunkhwa",
        "Punjab",
        "Sindh",
    ]


def test_the_list_is_read_once():
    assert load_places() is load_places()


@needs_reference
def test_the_shipped_list_agrees_with_the_reference():
    for file, level in (("adm1.csv", "adm1"), ("adm2.csv", "adm2"), ("adm3_cod.csv", "adm3")):
        with (REFERENCE / "places" / file).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                assert load_places().name(row[f"{level}_pcode"]) == row[f"{level}_name"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code,name\nPK6,Punjab\n", "the columns are code, name: they must be code, name, level, parent, valid_from"),
        ("", "the columns are none"),
        (HEADER + "PK6,Punjab,province,,2022-09-09\n", "line 2: level 'province' is not known: write one of region"),
        (HEADER + "PK6,Punjab,region,,yesterday\n", "line 2: valid_from 'yesterday' is no date"),
        (HEADER + "PK6,,region,,2022-09-09\n", "line 2: code or name is empty"),
        (HEADER + "PK6,Punjab,region\n", "line 2: the line does not have 5 fields"),
        (HEADER + "PK6,Punjab,region,,2022-09-09,more\n", "line 2: the line does not have 5 fields"),
        (HEADER + 'PK6,"Punjab,region\n', "not a CSV file"),
        (HEADER + "PK601,Attock,district,PK6,2022-09-09\n", "PK601 Attock cannot lie in PK6"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_line(tmp_path, text, sentence):
    with pytest.raises(Refused, match=r"places\.csv") as refusal:
        load_places(written(tmp_path, text))
    assert sentence in str(refusal.value)


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"cannot be read .*: put the file back"):
        load_places(tmp_path / "nowhere.csv")


def test_a_list_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "places.csv"
    path.write_bytes(HEADER.encode() + b"PK6,Punjab\xff,region,,2022-09-09\n")
    with pytest.raises(Refused, match="is not UTF-8"):
        load_places(path)
