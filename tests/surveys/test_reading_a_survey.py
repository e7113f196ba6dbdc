"""Reading a survey: households with their people as submissions, and an account of everybody else."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.submissions.read import read_submission
from adapters.submissions.shape import MissedOut
from adapters.surveys import members
from adapters.surveys.survey import submission_id
from adapters.words import to_words
from domain.questionnaire.answers import Answers, Dwelling, Place
from domain.questionnaire.capture import GeoPoint
from domain.questionnaire.codes import (
    Asset,
    CentreKind,
    ChronicDisease,
    Relation,
    Roof,
    SchoolStatus,
    Settlement,
    Sex,
)
from tests.surveys.made_up_survey import AMINA, BILAL, HOUSE, MAPPING, csv_text, family, house, put, read

FORMATS = ["csv", "csv.gz", "ndjson", "ndjson.gz", "parquet", "parquet.gz", "tsv"]


@pytest.fixture
def village(tmp_path):
    def made(houses, people, kind="csv"):
        return tmp_path, put(tmp_path / f"houses.{kind}", houses), put(tmp_path / f"people.{kind}", people)

    return made


def reasons(rejections):
    return {(line.file, line.row): line.reasons for line in rejections}


def test_a_household_is_read_with_all_its_answers(village):
    _, taken, rejections = read(*village([HOUSE], family(1)))
    assert not rejections
    submission = taken[2]
    assert submission.on == date(2024, 5, 31)
    assert (submission.source, submission.source_key, submission.operator) == ("village-2024", "1/1", "op-7")
    assert submission.capture.centre_kind is CentreKind.SURVEY_ROUND
    assert submission.capture.started_at == datetime(2024, 5, 31, 4, 30, tzinfo=UTC)
    assert submission.capture.position == GeoPoint(31_520_000, 74_350_000)
    assert submission.survey.place == Place("PK602", settlement=Settlement.RURAL)
    assert submission.survey.phones == ("03001234567",)
    assert submission.survey.answers == Answers(
        Dwelling(roof=Roof.NONE, toilet_shared=False),
        assets={Asset.TELEVISION: 1, Asset.CHAIR: 4},
        owns_livestock=True,
        land_owned_marla=400,
    )


def test_people_are_read_with_all_their_answers(village):
    _, taken, _ = read(*village([HOUSE], family(1)))
    amina, bilal = taken[2].survey.roster
    assert (amina.line, amina.relation, amina.sex, amina.name, amina.age) == (1, Relation.HEAD, Sex.FEMALE, "Amina", 41)
    assert (amina.born, amina.literate, amina.highest_class, amina.mother_line) == ("1983-00-00", False, 2, None)
    assert amina.chronic_diseases == (ChronicDisease.DIABETES,)
    assert (bilal.born, bilal.literate, bilal.highest_class, bilal.mother_line) == ("2015-03-00", True, 1, 1)
    assert (amina.school, bilal.school) == (None, SchoolStatus.ATTENDING)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_submissions(village, kind, tmp_path):
    mapping = MAPPING
    _, as_csv, _ = read(*village([HOUSE, house(2)], family(1) + family(2)))
    folder, houses, people = village([HOUSE, house(2)], family(1) + family(2), kind)
    if kind == "tsv":
        for path, rows in ((houses, [HOUSE, house(2)]), (people, family(1) + family(2))):
            path.write_text(csv_text(rows).replace(",", "\t"), encoding="utf-8")
    survey, taken, rejections = read(folder, houses, people, mapping)
    assert not rejections
    assert list(taken.values()) == list(as_csv.values())
    assert survey.tally.people_mapped == 4


def test_a_submission_of_a_survey_is_one_that_the_registry_takes(village):
    import json

    _, taken, _ = read(*village([HOUSE], family(1)))
    assert read_submission(json.dumps(to_words(taken[2])).encode()) == taken[2]


def test_the_same_row_makes_the_same_submission_again(village):
    _, first, _ = read(*village([HOUSE], family(1)))
    _, again, _ = read(*village([house(9), HOUSE], family(9) + family(1)))
    assert first[2] == again[3]
    assert first[2].submission_id == submission_id("village-2024", "1/1") != submission_id("village-2024", "1/2")


def test_rows_left_out_by_the_mapping_are_counted_by_name_and_their_people_accounted_for(village):
    survey, taken, rejections = read(*village([house(1, result="absent"), house(2)], family(1) + family(2)))
    assert list(taken) == [3]
    assert survey.tally.filters == {"result is 'absent'": 1}
    assert (survey.tally.households_filtered, survey.tally.people_filtered) == (1, 2)
    assert all(line.filtered and line.reasons == ("the household is left out by the mapping: result is 'absent'",)
               for line in rejections)  # fmt: skip


def test_a_visitor_is_left_out_and_named(village):
    visitor = BILAL | {"line": "3", "stays": "N"}
    survey, taken, rejections = read(*village([HOUSE], [AMINA, BILAL, visitor]))
    assert len(taken[2].survey.roster) == 2
    assert [(line.row, line.filtered) for line in rejections] == [(4, True)]
    assert survey.tally.filters == {"stays is 'N'": 1}


def test_people_without_a_household_are_refused_by_row(village):
    survey, _, rejections = read(*village([house(2)], family(1) + family(2) + family(3)))
    assert [line.row for line in rejections] == [2, 3, 6, 7]
    assert {line.reasons for line in rejections} == {("no household in houses.csv has this key",)}
    assert survey.tally.people_refused == 4


def test_a_household_without_people_is_refused(village):
    _, taken, rejections = read(*village([house(1), house(2)], family(2)))
    assert list(taken) == [3]
    assert reasons(rejections)["houses.csv", 2][-1] == "the member file has nobody of this household"


def test_a_person_who_cannot_be_read_refuses_the_household_and_counts_everybody(village):
    survey, taken, rejections = read(*village([HOUSE, house(2)], [AMINA, BILAL | {"sex": "x"}, *family(2)]))
    assert list(taken) == [3]
    assert reasons(rejections) == {
        ("people.csv", 3): ("sex: 'x' is not in the code list of the mapping",),
        ("houses.csv", 2): ("row 3 of people.csv cannot be read",),
    }
    assert (survey.tally.people_refused, sum(line.people for line in rejections)) == (2, 2)


def test_every_reason_against_a_row_is_given(village):
    wrong = house(1, roof="Gold", day="2024-05-31", tv="maybe", acres="some", size="3")
    _, _, rejections = read(*village([wrong], family(1)))
    assert rejections[0].reasons == (
        "size says 3 members and the member file has 2: find the others",
        "day: '2024-05-31' is not a date written as %d/%m/%Y",
        "acres: 'some' is neither a number nor a word of the mapping",
        "tv: 'maybe' is neither yes (Y) nor no (N)",
        "roof: 'Gold' is not in the code list of the mapping",
    )


def test_an_answer_that_must_be_known_refuses_the_row_where_it_is_not(village):
    _, _, rejections = read(*village([house(1, district="?")], [AMINA, BILAL | {"relation": ""}]))
    assert reasons(rejections) == {
        ("people.csv", 3): ("the relation of the person is not known, and must be",),
        ("houses.csv", 2): ("the code of the place is not known, and must be", "row 3 of people.csv cannot be read"),
    }


def test_a_position_of_which_half_is_missing_is_not_known(village):
    _, taken, _ = read(*village([house(1, lon="")], family(1)))
    assert taken[2].capture.position is None


def test_a_key_that_stands_twice_is_refused_the_second_time(village):
    survey, taken, rejections = read(*village([HOUSE, HOUSE], family(1)))
    assert list(taken) == [2]
    assert reasons(rejections) == {
        ("houses.csv", 3): ("the key stands in row 2 already: leave out the row that is wrong",)
    }
    assert survey.tally.households_refused == 1


def test_rows_of_a_flat_file_may_repeat_their_household(village):
    flat = [HOUSE | person for person in family(1)]
    mapping = MAPPING.replace("[household]", "[household]\nrepeated = true")
    survey, taken, rejections = read(*village(flat, flat), mapping)
    assert (len(taken), rejections, survey.tally.households_read) == (1, [], 1)


def test_two_people_with_one_line_refuse_the_household(village):
    _, _, rejections = read(*village([HOUSE], [AMINA, BILAL | {"line": "1"}]))
    assert rejections[0].reasons == ("row 3 of people.csv has line 1, as row 2 has already: correct one of them",)


@pytest.mark.parametrize("order", [(1, 2, 10), (10, 2, 1), (2, 1, 10)])
def test_files_in_any_order_are_joined(village, order):
    people = [person for number in (2, 10, 1) for person in family(number)]
    survey, taken, rejections = read(*village([house(number) for number in order], people))
    assert not survey.is_sorted
    assert not rejections
    assert [submission.source_key for submission in taken.values()] == [f"1/{number}" for number in order]


def test_keys_are_sorted_as_numbers(village):
    numbers = (1, 2, 10, 11)
    survey, taken, _ = read(*village(list(map(house, numbers)), [one for number in numbers for one in family(number)]))
    assert survey.is_sorted
    assert len(taken) == 4


def test_people_of_an_unsorted_household_are_never_lost(village):
    survey, _, rejections = read(*village([house(2)], [AMINA | {"no": "2"}, AMINA, BILAL | {"no": "2"}]))
    assert [line.row for line in rejections] == [3]
    assert survey.tally.is_complete()


def test_more_people_than_can_be_indexed_are_refused_with_the_remedy(village, monkeypatch):
    monkeypatch.setattr(members, "INDEXED_PEOPLE_MAX", 3)
    with pytest.raises(members.Refused, match="more than 3 people cannot be held: sort both files by that key"):
        read(*village([house(2), house(1)], family(2) + family(1)))


def test_a_key_cannot_be_mistaken_for_another(village):
    houses = [HOUSE | {"cluster": "1/1", "number": "1"}, HOUSE | {"cluster": "1", "number": "1/1"}]
    people = [one | {"cl": key[0], "no": key[1]} for key in (("1/1", "1"), ("1", "1/1")) for one in family(1)]
    _, taken, rejections = read(*village(houses, people))
    assert not rejections
    assert {submission.source_key for submission in taken.values()} == {"1%2F1/1", "1/1%2F1"}


def test_a_household_of_fifty_is_read_and_left_to_the_door(village):
    people = [AMINA, *(BILAL | {"line": str(line)} for line in range(2, 51))]
    _, taken, _ = read(*village([house(1, size="50")], people))
    assert isinstance(taken[2], MissedOut)
    assert len(taken[2].survey.roster) == 50


def test_a_key_below_nought_does_not_hide_the_households_behind_it(tmp_path):
    mapping = MAPPING.replace('key = ["cluster", "number"]', 'key = ["number"]').replace('["cl", "no"]', '["no"]')
    homes, people = [house(1), house(2)], [AMINA | {"no": "-1"}, *family(1), *family(2)]
    files = []
    for name, key, rows in (("homes", "number", homes), ("people", "no", people)):
        table = pa.Table.from_pylist([{column: text or None for column, text in row.items()} for row in rows])
        numbers = pa.array([int(row[key]) for row in rows], pa.int64())
        path = tmp_path / f"{name}.parquet"
        pq.write_table(table.set_column(table.schema.get_field_index(key), key, numbers), path)
        files.append(path)
    _, taken, rejections = read(tmp_path, *files, mapping=mapping)
    assert len(taken) == 2
    assert len(rejections) == 1
