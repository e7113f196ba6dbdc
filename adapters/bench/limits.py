"""The least that Postgres can do with the rows of an import: COPY of the very same rows into tables indexed alike.

Nothing is read, checked, sealed or decided on that side: the rows lie packed in memory before the clock starts.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from psycopg import sql

from adapters.registry.door import BATCH_SUBMISSIONS

SLICE_HOUSEHOLDS = 20_000
TABLES = {
    "tokens": ("token, household_id, member_id", "token"),
    "household_keys": ("household_id, keys", "household_id"),
    "stored_events": ("notification_id, originator_id, originator_version, state, topic", "notification_id"),
    "submissions": ("submission_id, household_id, position, accepted, content_hash", "position"),
}
"""What an import writes, in its order: the columns of each table, and by which of them a batch is sorted."""

_OF = {"stored_events": "originator_id"}
_SCHEMA = sql.Identifier("bench_limit")

Batch = list[tuple[str, bytes]]


def copied_households_per_s(dsn: str, connections: int, households: int = SLICE_HOUSEHOLDS) -> float:
    """Copy the rows of the first households again, in batches like an import's, by so many connections at once.

    The tables are empty at first, while those of the import grow; the slice is therefore a generous limit.
    """
    with _slice(dsn, households) as batches:
        shares = [batches[start::connections] for start in range(connections)]
        with ThreadPoolExecutor(connections) as hands:
            started = time.perf_counter()
            list(hands.map(lambda share: _copy(dsn, share), shares))
            seconds = time.perf_counter() - started
    return len(batches) * BATCH_SUBMISSIONS / seconds


def _copy(dsn: str, batches: list[Batch]) -> None:
    with psycopg.connect(dsn) as connection:
        for batch in batches:
            with connection.cursor() as cursor:
                for table, rows in batch:
                    with cursor.copy(_statement(table)) as copy:
                        copy.write(rows)
            connection.commit()


@contextmanager
def _slice(dsn: str, households: int) -> Iterator[list[Batch]]:
    """Packed rows of whole batches, and empty tables with the same indexes for them."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(_SCHEMA))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(_SCHEMA))
        try:
            connection.execute(_CHOSEN.format(schema=_SCHEMA), {"households": households, "batch": BATCH_SUBMISSIONS})
            for table in TABLES:
                connection.execute(_EMPTY.format(schema=_SCHEMA, table=sql.Identifier(table)))
                connection.execute(
                    _ROWS.format(schema=_SCHEMA, rows=_rows(table), table=sql.Identifier(table), of=_of(table))
                )
                connection.execute(sql.SQL("CREATE INDEX ON {}.{} (batch)").format(_SCHEMA, _rows(table)))
            full = households // BATCH_SUBMISSIONS
            yield [[(table, _packed(connection, table, number)) for table in TABLES] for number in range(full)]
        finally:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(_SCHEMA))


def _packed(connection: psycopg.Connection, table: str, batch: int) -> bytes:
    columns, order = TABLES[table]
    query = sql.SQL("COPY (SELECT {} FROM {}.{} WHERE batch = {} ORDER BY {}) TO STDOUT (FORMAT BINARY)").format(
        sql.SQL(columns),
        _SCHEMA,
        _rows(table),
        sql.Literal(batch),
        sql.Identifier(order),
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(piece) for piece in copy)


def _statement(table: str) -> sql.Composed:
    columns = sql.SQL(TABLES[table][0])
    return sql.SQL("COPY {}.{} ({}) FROM STDIN (FORMAT BINARY)").format(_SCHEMA, sql.Identifier(table), columns)


def _rows(table: str) -> sql.Identifier:
    return sql.Identifier(f"rows_of_{table}")


def _of(table: str) -> sql.Identifier:
    return sql.Identifier(_OF.get(table, "household_id"))


_CHOSEN = sql.SQL("""
    CREATE UNLOGGED TABLE {schema}.chosen AS
    SELECT household_id, ((row_number() OVER (ORDER BY position) - 1) / %(batch)s)::int AS batch
    FROM (
        SELECT household_id, position FROM submissions WHERE accepted ORDER BY position LIMIT %(households)s
    ) AS first""")
_EMPTY = sql.SQL("CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING ALL) WITH (toast_tuple_target = 8160)")
_ROWS = sql.SQL("""
    CREATE UNLOGGED TABLE {schema}.{rows} AS
    SELECT t.*, c.batch FROM public.{table} t JOIN {schema}.chosen c ON c.household_id = t.{of}""")
