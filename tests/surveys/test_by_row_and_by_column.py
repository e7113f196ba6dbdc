"""What a batch of rows makes by columns is what each row makes by itself, whatever the format it was read from."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.mapping import load_mapping
from adapters.surveys.answers import REMEMBERED_MAX
from adapters.surveys.batches import Batch, RowBatch
from adapters.surveys.expressions import Unreadable
from adapters.surveys.parquet import ArrowBatch
from adapters.surveys.plan import make_plan
from tests.surveys.made_up_survey import AMINA, BILAL, HOUSE, MAPPING

ODD = ["", "?", " Y ", "N", "0", "1", "97", "95+", "school", "none", "f", "C", "no such word", "a\0b", "x" * 1001]


MIXED = MAPPING.replace(
    'assets = { television = { yes_no = "tv" }, chair = { number = "chairs" } }',
    'assets = { chair = { first = [{ number = "chairs" }, { number = "size" }] }, television = { yes_no = "tv" } }',
).replace('{ column = "phone1" }, ', '{ first = [{ column = "phone1" }, { column = "phone2" }] }, ')
"""Tables that hold answers of one column and of several, so that their order can be told apart."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("mapping") / "village.toml"
    path.write_text(MIXED, encoding="utf-8")
    return make_plan(load_mapping(path))


@st.composite
def rows_like(draw, *models: dict[str, str]) -> list[dict[str, str]]:
    """Rows of a survey, every few of them with a text that may not fit its column."""
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        row = dict(draw(st.sampled_from(models)))
        if draw(st.integers(0, 3)) == 0:
            row[draw(st.sampled_from(sorted(row)))] = draw(st.sampled_from(ODD))
        rows.append(row)
    return rows


def stored(made: Any) -> bytes | None:
    """What the content of a submission is known by: two dictionaries in different orders are different contents."""
    return None if made is None else msgspec.msgpack.encode(made)


def batches(rows: list[dict[str, str]], columns: tuple[str, ...]) -> list[Batch]:
    texts = [tuple(row[column] for column in columns) for row in rows]
    arrays = [pa.array(list(column), pa.string()) for column in zip(*texts, strict=True)]
    return [
        RowBatch([(number, of_row, "") for number, of_row in enumerate(texts, 1)]),
        ArrowBatch(1, arrays),
        ArrowBatch(1, [array.dictionary_encode() for array in arrays]),
    ]


def by_row(build: Any, batch: Batch) -> Any:
    """What each row makes; nothing where any of them cannot be read."""
    try:
        return [build(batch.row(index)) for index in range(len(batch.numbers))]
    except Unreadable:
        return None


def by_column(build: Any, batch: Batch) -> Any:
    try:
        return build.column(batch)
    except Unreadable:
        return None


@given(rows_like(AMINA, BILAL))
def test_people_are_the_same(plan, rows):
    for batch in batches(rows, plan.member.columns):
        assert stored(by_column(plan.person, batch)) == stored(by_row(plan.person, batch))


@given(rows_like(HOUSE, HOUSE | {"phone1": "", "acres": "", "lat": "", "district": "B. City"}))
def test_households_are_the_same(plan, rows):
    for batch in batches(rows, plan.household.columns):
        for build in (plan.submission, plan.survey, plan.size):
            assert stored(by_column(build, batch)) == stored(by_row(build, batch))


@pytest.mark.parametrize("name", ["  Amina ", "?", "a\0b", "x" * 1001, "x" * 1000])
def test_a_name_is_taken_alike(plan, name):
    for batch in batches([AMINA, BILAL | {"name": name}], plan.member.columns):
        assert stored(by_column(plan.person, batch)) == stored(by_row(plan.person, batch))


def test_texts_beyond_those_remembered_are_still_answered(plan):
    rows = [AMINA | {"name": f"Amina {number}", "age": str(number % 90)} for number in range(REMEMBERED_MAX + 10)]
    for batch in batches(rows, plan.member.columns):
        assert [person.name for person in plan.person.column(batch)][-1] == f"Amina {REMEMBERED_MAX + 9}"


def test_values_that_are_not_there_are_not_known_in_any_kind_of_column():
    kinds = [pa.int8(), pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.dictionary(pa.int8(), pa.string())]
    batch = ArrowBatch(7, [pa.nulls(2, kind) for kind in kinds])
    assert [batch.row(index) for index in (0, 1)] == [("",) * len(kinds)] * 2
    assert batch.numbers == [7, 8]


def test_values_become_the_texts_that_a_csv_file_would_hold():
    from datetime import date

    columns = [[1, 23], [1.0, 2.5], ["a", ""], [True, False], [date(2024, 5, 31), date(2020, 2, 29)]]
    kinds = [pa.int16(), pa.float64(), pa.string(), pa.bool_(), pa.date32()]
    batch = ArrowBatch(1, [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)])
    assert batch.row(0) == ("1", "1", "a", "true", "2024-05-31")
    assert batch.row(1) == ("23", "2.5", "", "false", "2020-02-29")


def test_a_file_without_rows_makes_nothing(plan):
    batch = ArrowBatch(1, [pa.array([], pa.string())] * len(plan.member.columns))
    assert plan.person.column(batch) == []


def test_the_mapping_of_these_tests_is_mixed():
    assert MIXED.count("first = [") == MAPPING.count("first = [") + 2
