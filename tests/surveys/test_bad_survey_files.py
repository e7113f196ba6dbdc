"""Survey files that are damaged: one sentence with file, row and remedy, and nobody lost."""

import gzip

import pytest

from adapters.faults import Refused
from adapters.surveys import lines
from tests.surveys.made_up_survey import AMINA, BILAL, HOUSE, MAPPING, csv_text, family, house, mapped, put, read


@pytest.fixture
def village(tmp_path):
    return (
        tmp_path,
        put(tmp_path / "houses.csv", [HOUSE, house(2)]),
        put(tmp_path / "people.csv", family(1) + family(2)),
    )


def refusal_of(folder, houses, people):
    with pytest.raises(Refused) as refusal:
        mapped(folder, MAPPING, houses, people)
    return str(refusal.value)


def with_people(village, content):
    folder, houses, people = village
    people.write_bytes(content)
    return folder, houses, people


def only_row(rejections, row):
    (found,) = [line for line in rejections if line.file == "people.csv" and line.row == row]
    return found.reasons


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_gz_file_that_ends_too_early_is_refused_before_any_household_is_given(village, kind, tmp_path):
    folder, houses, _ = village
    people = put(tmp_path / f"people.{kind}.gz", [one for number in range(1, 3000) for one in family(number)])
    people.write_bytes(people.read_bytes()[:-200])
    sentence = refusal_of(folder, houses, people)
    assert sentence.startswith(f"{people}: the gz file is damaged or ends too early after row ")
    assert sentence.endswith(": fetch it again.")


def test_a_file_that_only_claims_to_be_gz_is_refused(village, tmp_path):
    people = tmp_path / "people.csv.gz"
    people.write_bytes(csv_text(family(1)).encode())
    assert "the gz file is damaged" in refusal_of(*village[:2], people)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_damaged_parquet_file_is_refused(village, tmp_path, zipped):
    people = put(tmp_path / "people.parquet", family(1))
    content = people.read_bytes()[:-100]
    if zipped:
        people = tmp_path / "people.parquet.gz"
        content = gzip.compress(content)
    people.write_bytes(content)
    assert refusal_of(*village[:2], people) == f"{people}: the Parquet file is damaged after row 0: fetch it again."


def test_a_row_that_is_not_utf8_is_refused_by_its_number(village):
    content = csv_text(family(1) + family(2)).encode().replace(b"Bilal", b"Bil\xe4l", 1)
    survey, taken, rejections = read(*with_people(village, content))
    assert only_row(rejections, 3) == ("the row is not UTF-8: save the file as UTF-8",)
    assert list(taken) == [3]
    assert survey.tally.people_refused == 2


def test_a_heading_that_is_not_utf8_is_refused(village):
    content = csv_text(family(1)).replace("name", "nôme").encode("latin-1")
    assert "row 1: the heading is not UTF-8" in refusal_of(*with_people(village, content))


def test_missing_columns_are_named_with_those_that_come_near(village):
    people = [{("Line" if key == "line" else key): text for key, text in one.items()} for one in family(1)]
    sentence = refusal_of(*with_people(village, csv_text(people).encode()))
    assert sentence.endswith(
        "people.csv: lacks the columns line (it has Line): is this the right file for this mapping?"
    )


def test_a_column_that_no_line_of_an_ndjson_file_has_is_refused(village, tmp_path):
    people = put(tmp_path / "people.ndjson", [{key: text for key, text in AMINA.items() if key != "sex"}])
    assert refusal_of(*village[:2], people) == f"{people}: no line has sex: correct the mapping or the file."


def test_a_heading_with_a_column_twice_is_refused(village):
    content = csv_text(family(1)).replace("name", "line", 1).encode()
    assert "row 1: column 'line' stands twice: rename one of the two." in refusal_of(*with_people(village, content))


def test_an_empty_file_is_refused(village):
    assert "the file is empty" in refusal_of(*with_people(village, b""))


def test_files_that_are_exchanged_are_refused(village):
    folder, houses, people = village
    assert "lacks the columns" in refusal_of(folder, people, houses)


def test_a_file_of_another_format_is_refused(village, tmp_path):
    other = tmp_path / "people.xlsx"
    other.write_bytes(b"PK")
    assert "the format is not known: the name must end in .csv, " in refusal_of(*village[:2], other)


def test_a_file_that_is_not_there_is_refused(village, tmp_path):
    assert "cannot be read (No such file or directory)" in refusal_of(*village[:2], tmp_path / "nobody.csv")


def test_a_ragged_row_is_refused_with_its_household(village):
    rows = csv_text(family(1) + family(2)).splitlines()
    rows[2] += ",more"
    survey, taken, rejections = read(*with_people(village, "\n".join(rows).encode()))
    assert only_row(rejections, 3) == (
        "the row has 20 fields and the heading 19: quote fields that hold the delimiter",
    )
    assert list(taken) == [3]
    assert survey.tally.is_complete()


def test_a_file_cut_in_the_middle_of_a_row_is_refused_at_that_household(village):
    content = csv_text(family(1) + family(2)).encode()[:-25]
    _, taken, rejections = read(*with_people(village, content))
    assert list(taken) == [2]
    assert "fields and the heading 19" in only_row(rejections, 5)[0]


def test_a_file_cut_between_rows_is_noticed_by_the_size_of_the_household(village):
    _, taken, rejections = read(*with_people(village, csv_text(family(1) + family(2)[:1]).encode()))
    assert list(taken) == [2]
    assert rejections[0].reasons == ("size says 2 members and the member file has 1: find the others",)


def test_a_stray_quotation_mark_costs_one_row_and_not_those_after_it(village):
    content = csv_text(family(1) + family(2)).replace("Amina", '"Amina', 1).encode()
    survey, taken, rejections = read(*with_people(village, content))
    assert "the row is not CSV" in only_row(rejections, 2)[0]
    assert list(taken) == [3]
    assert (survey.tally.people_read, survey.tally.people_mapped) == (4, 2)


def test_a_quoted_field_may_hold_delimiters_and_line_ends(village):
    _, taken, rejections = read(*with_people(village, csv_text([AMINA | {"name": 'Amina,\n"Bibi"'}, BILAL]).encode()))
    assert taken[2].survey.roster[0].name == 'Amina,\n"Bibi"'
    assert [line.file for line in rejections] == ["houses.csv"]


def test_quoted_fields_after_those_that_are_asked_for_are_counted_all_the_same(village):
    people = [one | {"remark": 'well, "fine"', "more": "a,b"} for one in family(1) + family(2)]
    whole = csv_text(people).splitlines()
    _, taken, rejections = read(*with_people(village, "\n".join(whole).encode()))
    assert (len(taken), rejections) == (2, [])
    whole[2] += ",c"
    _, _, rejections = read(*with_people(village, "\n".join(whole).encode()))
    assert only_row(rejections, 3) == (
        "the row has 22 fields and the heading 21: quote fields that hold the delimiter",
    )


@pytest.mark.parametrize("name", ["x" * 1_000_000, "x, " * 1_000_000, 'x"' * 500_000])
def test_a_field_of_a_million_characters_is_refused_and_not_repeated(village, name):
    content = csv_text([AMINA, BILAL | {"name": name}, *family(2)]).encode()
    survey, taken, rejections = read(*with_people(village, content))
    assert list(taken) == [3]
    assert survey.tally.is_complete()
    assert all(len(reason) < 300 for line in rejections for reason in line.reasons)


@pytest.mark.parametrize("level", ["school", 'school, "as it is called"'], ids=["plain", "quoted"])
def test_a_long_field_is_named_by_its_column(village, level):
    content = csv_text([AMINA, BILAL | {"name": "x" * 1_000_000, "level": level, "sugar": ""}, *family(2)]).encode()
    _, _, rejections = read(*with_people(village, content))
    assert only_row(rejections, 3)[0] == "name: the text has more than 1,000 characters"


def test_a_line_without_end_is_refused(village, monkeypatch):
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 200_000)
    content = csv_text(family(1)).encode() + b"x" * 300_000
    assert "row 4: the line is longer than 200,000 bytes" in refusal_of(*with_people(village, content))


def test_a_line_that_is_not_json_is_refused_by_its_number(village, tmp_path):
    people = put(tmp_path / "people.ndjson", family(1) + family(2))
    content = people.read_bytes().splitlines()
    content[1] = b'{"cl": "1", "no": '
    people.write_bytes(b"\n".join([*content[:2], b"[]", b'{"cl": "2", "no": ["2"]}', b"", *content[2:]]))
    folder, houses, _ = village
    survey, taken, rejections = read(folder, houses, people)
    found = {line.row: line.reasons[0] for line in rejections if line.file == "people.ndjson"}
    assert found[2] == "the line is not JSON (Input data was truncated): write one object a line"
    assert found[3] == "the line is not a JSON object: write one object a line"
    assert found[4] == "a column holds a list: write a text, a number, true, false or null"
    assert list(taken) == [3]
    assert survey.tally.is_complete()


def test_a_household_without_key_is_refused(village):
    folder, houses, people = village
    put(houses, [house(1, cluster=""), house(2)])
    _, taken, rejections = read(folder, houses, people)
    assert [line.reasons[0] for line in rejections if line.households] == ["the key of the household is empty"]
    assert len(taken) == 1


def test_a_byte_order_mark_is_no_part_of_the_first_column(village):
    _, taken, _ = read(*with_people(village, b"\xef\xbb\xbf" + csv_text(family(1) + family(2)).encode()))
    assert len(taken) == 2


def test_numbers_of_typed_files_are_read_as_their_texts(village, tmp_path):
    people = tmp_path / "people.ndjson"
    import json

    rows = [
        one | {"cl": 1, "no": int(one["no"]), "age": float(one["age"]), "years": None} for one in family(1) + family(2)
    ]
    people.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, taken, rejections = read(*village[:2], people)
    assert not rejections
    assert [person.age for person in taken[2].survey.roster] == [41, 9]
