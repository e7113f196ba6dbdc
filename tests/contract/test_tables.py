"""One contract for every store of answers."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.faults import WorldFailed
from adapters.log import Overtaken
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from projections.catalogue import TABLES
from projections.changes import Add, Column, Drop, Insert, Put, Table

FIRST, SECOND, THIRD = (UUID(int=number) for number in (1, 2, 3))
EVERY_TYPE = Table(
    "every_type",
    "What does each type look like?",
    (
        Column("household", "uuid"),
        Column("programme", "text"),
        Column("recipients", "uuid[]"),
        Column("small", "int2"),
        Column("middle", "int4"),
        Column("large", "int8"),
        Column("yes", "bool"),
        Column("day", "date", nullable=True),
        Column("score", "numeric", nullable=True),
        Column("sealed", "bytea", nullable=True),
    ),
    key_columns=2,
)
ROW = (FIRST, "kafaalat", (SECOND, THIRD), 2, -70_000, 2**40, True, date(2026, 1, 1), Decimal("16.17"), b"\0\xff")
OF_NOTHING = (FIRST, "گھرانہ", (), 0, 0, 0, False, None, None, None)
COUNTED = Table(
    "counted",
    "How many?",
    (Column("place", "text"), Column("day", "date"), Column("one", "int4"), Column("other", "int4")),
    key_columns=2,
    is_counted=True,
)
COUNTED_STATEMENT = "CREATE TABLE counted (place text, day date, one int4, other int4, PRIMARY KEY (place, day))"
STATEMENT = """
    CREATE TABLE every_type (household uuid, programme text, recipients uuid[], small int2, middle int4, large int8,
    yes bool, day date, score numeric, sealed bytea, PRIMARY KEY (household, programme))"""


class Store(NamedTuple):
    log: Any
    tables: Any

    def apply(self, *changes):
        with self.log.transaction() as transaction:
            self.tables.apply(transaction, changes)

    def rows(self) -> list:
        return self.tables.page(EVERY_TYPE, None, 100)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        log = MemoryLog()
        yield Store(log, MemoryTables(log))
        return
    dsn = request.getfixturevalue("database")
    migrate(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute(STATEMENT.encode())
        connection.execute(COUNTED_STATEMENT.encode())
    postgres = PostgresLog(dsn, patience_seconds=5)
    yield Store(postgres, PostgresTables(postgres))
    postgres.close()


def put(row):
    return Put(EVERY_TYPE, EVERY_TYPE.key(row), row)


def insert(row):
    return Insert(EVERY_TYPE, EVERY_TYPE.key(row), row)


def drop(row):
    return Drop(EVERY_TYPE, EVERY_TYPE.key(row))


def changed(row, **values):
    columns = [column.name for column in EVERY_TYPE.columns]
    return tuple(values.get(name, value) for name, value in zip(columns, row, strict=True))


def test_rows_of_every_type_come_back_as_they_were_put(store: Store):
    store.apply(put(ROW), put(OF_NOTHING))
    assert sorted(store.rows()) == sorted([ROW, OF_NOTHING])


@pytest.mark.parametrize(
    "number", ["0", "1", "32", "57.6", "0.05", "0.00001", "100", "10000", "123456789.000012", "-5.25", "1E+5", "0.10"]
)
def test_a_score_comes_back_exactly(store: Store, number: str):
    store.apply(put(changed(ROW, score=Decimal(number))))
    assert store.rows()[0][EVERY_TYPE.column("score")] == Decimal(number)


def test_a_row_that_is_put_again_is_replaced(store: Store):
    store.apply(put(ROW))
    store.apply(put(changed(ROW, small=3, day=None)))
    assert store.rows() == [changed(ROW, small=3, day=None)]


def test_of_several_changes_to_a_row_the_last_one_holds(store: Store):
    store.apply(put(ROW), put(changed(ROW, small=3)), put(OF_NOTHING), drop(OF_NOTHING))
    assert store.rows() == [changed(ROW, small=3)]


@pytest.mark.parametrize("number", [1, 200])
def test_rows_that_begin_are_there_like_those_that_were_put(store: Store, number: int):
    rows = [changed(ROW, household=UUID(int=each)) for each in range(number)]
    store.apply(*map(insert, rows), insert(OF_NOTHING))
    assert sorted(store.tables.page(EVERY_TYPE, None, 1000)) == sorted([*rows, OF_NOTHING])


@pytest.mark.parametrize("number", [1, 200])
def test_a_row_that_is_there_cannot_begin_and_nothing_of_the_batch_is_done(store: Store, number: int):
    store.apply(put(ROW))
    others = [changed(ROW, household=UUID(int=each)) for each in range(number, 2 * number)]
    with pytest.raises(WorldFailed, match=r"every_type holds a row .*rebuild --swap"):
        store.apply(put(OF_NOTHING), *map(insert, others), insert(ROW))
    assert store.rows() == [ROW]


def test_a_row_that_is_dropped_is_gone_and_dropping_nothing_is_no_fault(store: Store):
    store.apply(put(ROW), put(OF_NOTHING))
    store.apply(drop(ROW), drop(changed(ROW, programme="unknown")))
    assert store.rows() == [OF_NOTHING]


def test_what_is_undone_was_never_put(store: Store):
    store.apply(put(ROW))

    def fail_in_the_middle():
        with store.log.transaction() as transaction:
            store.tables.apply(transaction, [put(changed(ROW, small=9)), put(OF_NOTHING)])
            raise KeyError

    with pytest.raises(KeyError):
        fail_in_the_middle()
    assert store.rows() == [ROW]


def test_rows_are_found_by_key(store: Store):
    other = changed(ROW, programme="stipend")
    store.apply(put(ROW), put(other), put(OF_NOTHING))
    keys = [(FIRST, "stipend"), (FIRST, "unknown")]
    assert store.tables.find(EVERY_TYPE, keys) == {(FIRST, "stipend"): other}
    assert store.tables.find(EVERY_TYPE, []) == {}


def test_pages_go_through_a_table_in_the_order_of_its_key(store: Store):
    rows = [changed(ROW, household=UUID(int=number << 64)) for number in range(1, 8)]
    store.apply(*map(put, reversed(rows)))
    assert store.tables.page(EVERY_TYPE, None, 3) == rows[:3]
    assert store.tables.page(EVERY_TYPE, EVERY_TYPE.key(rows[2]), 3) == rows[3:6]
    assert store.tables.page(EVERY_TYPE, EVERY_TYPE.key(rows[6]), 3) == []
    assert store.tables.count(EVERY_TYPE) == 7


def test_many_rows_are_put_and_dropped_as_few_are(store: Store):
    rows = [changed(ROW, household=UUID(int=number), large=number) for number in range(1, 3001)]
    store.apply(*map(put, rows))
    assert store.tables.page(EVERY_TYPE, None, 5000) == rows
    store.apply(*map(drop, rows[:2999]))
    assert store.rows() == rows[2999:]


KOT, MULTAN = ("PK60201", date(2026, 1, 1)), ("PK60301", date(2026, 1, 2))


def test_counts_are_added_up_within_a_batch_and_from_batch_to_batch(store: Store):
    store.apply(Add(COUNTED, KOT, (1, 2)), Add(COUNTED, KOT, (3, -5)), Add(COUNTED, MULTAN, (7, 0)))
    store.apply(Add(COUNTED, KOT, (10, 0)))
    assert store.tables.page(COUNTED, None, 10) == [(*KOT, 14, -3), (*MULTAN, 7, 0)]


def test_a_row_whose_counts_come_to_nothing_is_gone(store: Store):
    store.apply(Add(COUNTED, KOT, (1, 2)), Add(COUNTED, MULTAN, (7, 0)))
    store.apply(Add(COUNTED, KOT, (-1, -2)), Add(COUNTED, MULTAN, (0, 1)))
    assert store.tables.page(COUNTED, None, 10) == [(*MULTAN, 7, 1)]


def test_adding_nothing_leaves_no_row(store: Store):
    store.apply(Add(COUNTED, KOT, (1, 2)), Add(COUNTED, KOT, (-1, -2)))
    assert store.tables.page(COUNTED, None, 10) == []


def test_counts_that_are_undone_were_never_added(store: Store):
    store.apply(Add(COUNTED, KOT, (1, 2)))

    def fail_in_the_middle():
        with store.log.transaction() as transaction:
            store.tables.apply(transaction, [Add(COUNTED, KOT, (-1, -2)), Add(COUNTED, MULTAN, (1, 1))])
            raise KeyError

    with pytest.raises(KeyError):
        fail_in_the_middle()
    assert store.tables.page(COUNTED, None, 10) == [(*KOT, 1, 2)]


def test_a_checkpoint_can_be_held_where_it_is(store: Store):
    with store.log.transaction() as transaction:
        store.tables.hold(transaction, "assessor", 0)
        transaction.advance("assessor", 5, since=0)
    with store.log.transaction() as transaction:
        store.tables.hold(transaction, "assessor", 5)
    with pytest.raises(Overtaken), store.log.transaction() as transaction:
        store.tables.hold(transaction, "assessor", 4)
    with pytest.raises(Overtaken), store.log.transaction() as transaction:
        store.tables.hold(transaction, "assessor", 0)


@pytest.mark.postgres
def test_migrations_make_the_tables_that_projections_describe(database: str):
    migrate(database)
    with psycopg.connect(make_conninfo(database)) as connection:
        for table in TABLES:
            found = connection.execute(
                "SELECT column_name, format_type(atttypid, atttypmod), is_nullable = 'YES'"
                " FROM information_schema.columns"
                " JOIN pg_attribute ON attrelid = table_name::regclass AND attname = column_name"
                " WHERE table_name = %s ORDER BY ordinal_position",
                (table.name,),
            ).fetchall()
            described = [(column.name, _as_postgres_says(column.type), column.nullable) for column in table.columns]
            assert found == described, table.name
            key = connection.execute(
                "SELECT array_agg(attname::text ORDER BY array_position(indkey, attnum)) FROM pg_index"
                " JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)"
                " WHERE indisprimary AND indrelid = %s::regclass",
                (table.name,),
            ).fetchone()
            assert key == ([column.name for column in table.columns[: table.key_columns]],), table.name


def _as_postgres_says(kind: str) -> str:
    return {"int2": "smallint", "int4": "integer", "int8": "bigint", "bool": "boolean"}.get(kind, kind)


LIVING = Table(
    "living",
    "Who lives where?",
    (
        Column("household", "uuid"),
        Column("since", "date"),
        Column("place", "text"),
        Column("union_council", "text", True),
    ),
    key_columns=2,
)
LIVING_STATEMENT = """
    CREATE TABLE living (household uuid, since date, place text, union_council text, PRIMARY KEY (household, since))"""
PLACES = [("PK60201", "7"), ("PK60201", None), ("PK60202", "7"), ("PK603", None), ("PK70101", "7")]
LIVED = [(UUID(int=number), date(2026, 1, 1), *place) for number, place in enumerate(PLACES)]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (("PK6",), LIVED[:4]),
        (("PK602", "PK7"), [*LIVED[:3], LIVED[4]]),
        (("PK60201/7",), LIVED[:1]),
        (("PK603", "PK60202/7", "PK60202/8"), LIVED[2:4]),
        (("PK1",), []),
    ],
)
def test_rows_are_read_on_within_places_as_a_shock_names_them(store: Store, places, expected):
    if isinstance(store.log, PostgresLog):
        with psycopg.connect(store.log.datastore.dsn) as connection:
            connection.execute(LIVING_STATEMENT.encode())
    store.apply(*(Put(LIVING, LIVING.key(row), row) for row in LIVED))
    found, after = [], None
    while page := store.tables.page_within(LIVING, after, 2, places):
        found += page
        after = LIVING.key(page[-1])
    assert found == expected
    assert store.tables.count_within(LIVING, places) == len(expected)
