"""Answers made anew beside the live ones, in a schema of their own and in one transaction.

The transaction sees one moment of the database, so that checkpoints, live tables and the length of the log belong
together while the followers go on. Whatever ends it early, a kill -9 included, leaves nothing behind.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg
from psycopg import Cursor
from psycopg.rows import tuple_row

from adapters.faults import WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line
from adapters.postgres.packing import COPY_END, COPY_SIGNATURE
from projections.changes import Table

SCHEMA = "rebuilt"
EXAMPLES_MAX = 5
INDEX_MEMORY = "256MB"


class Difference(msgspec.Struct, frozen=True):
    """How a live table differs from the one made anew; `examples` are keys of such rows."""

    missing: int
    superfluous: int
    changed: int
    examples: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows that differ in any way."""
        return self.missing + self.superfluous + self.changed


class Shadow:
    """Tables like the live ones, to be filled, compared and put in their place."""

    def __init__(self, cursor: Cursor[Any], tables: Sequence[Table]) -> None:
        self._cursor = cursor
        self._tables = tables

    def create(self) -> None:
        """Make the tables. Keys that rows arrive in the order of are made at once, all other indexes last."""
        self._cursor.execute(f"CREATE SCHEMA {SCHEMA}".encode())
        self._cursor.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'".encode())
        for table in self._tables:
            self._cursor.execute(f"CREATE TABLE {SCHEMA}.{table.name} (LIKE {table.name} INCLUDING STORAGE)".encode())
            if _arrives_in_order(table):
                self._make_indexes(table, primary=True)

    def copy(self, table: Table, packed: bytes) -> None:
        """Write packed rows."""
        columns = ", ".join(column.name for column in table.columns)
        with self._cursor.copy(f"COPY {SCHEMA}.{table.name} ({columns}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
            copy.write(COPY_SIGNATURE)
            copy.write(packed)
            copy.write(COPY_END)

    def index(self) -> None:
        """Make the other indexes that the live tables have, and their settings."""
        for table in self._tables:
            if table.is_counted:
                self._add_up(table)
            if not _arrives_in_order(table):
                self._make_indexes(table, primary=True)
            self._make_indexes(table, primary=False)
            for setting in self._settings(table):
                self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} SET ({setting})".encode())

    def _add_up(self, table: Table) -> None:
        """Make one row of all that were written under a key, and none of those that come to nothing."""
        names = [column.name for column in table.columns]
        key, counts = ", ".join(names[: table.key_columns]), names[table.key_columns :]
        sums = ", ".join(f"sum({name}) AS {name}" for name in counts)
        nothing = " AND ".join(f"sum({name}) = 0" for name in counts)
        parts = f"{SCHEMA}.{table.name}_parts"
        self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} RENAME TO {table.name}_parts".encode())
        self._cursor.execute(f"CREATE TABLE {SCHEMA}.{table.name} (LIKE {table.name} INCLUDING STORAGE)".encode())
        self._cursor.execute(
            f"INSERT INTO {SCHEMA}.{table.name} SELECT {key}, {sums} FROM {parts}"  # noqa: S608 - names of ours
            f" GROUP BY {key} HAVING NOT ({nothing})".encode()
        )
        self._cursor.execute(f"DROP TABLE {parts}".encode())

    def compare(self, table: Table) -> Difference:
        """Hold the live table against the one made anew, row by row."""
        names = [column.name for column in table.columns]
        key = names[: table.key_columns]
        same_key = " AND ".join(f"live.{name} = made.{name}" for name in key)
        query = (
            f"FROM {table.name} AS live FULL JOIN {SCHEMA}.{table.name} AS made ON {same_key}"
            f" WHERE ({_row('live', names)}) IS DISTINCT FROM ({_row('made', names)})"
        )
        counts = (
            f"SELECT count(*) FILTER (WHERE live.{key[0]} IS NULL), count(*) FILTER (WHERE made.{key[0]} IS NULL),"
            f" count(*) {query}"
        )
        missing, superfluous, total = self._cursor.execute(counts.encode()).fetchone() or (0, 0, 0)
        if not total:
            return Difference(0, 0, 0, ())
        shown = ", ".join(f"coalesce(live.{name}, made.{name})" for name in key)
        examples = self._cursor.execute(
            f"SELECT concat_ws(' ', {shown}) {query} ORDER BY {shown} LIMIT {EXAMPLES_MAX}".encode()
        ).fetchall()
        return Difference(missing, superfluous, total - missing - superfluous, tuple(row[0] for row in examples))

    def swap(self) -> None:
        """Put these tables in the place of the live ones, when the transaction commits."""
        for table in self._tables:
            schema = self._schema_of(table)
            self._cursor.execute(f"ANALYZE {SCHEMA}.{table.name}".encode())
            self._cursor.execute(f"DROP TABLE {schema}.{table.name}".encode())
            self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} SET SCHEMA {schema}".encode())
        self._cursor.execute(f"DROP SCHEMA {SCHEMA}".encode())

    def _make_indexes(self, table: Table, *, primary: bool) -> None:
        for name, definition, is_primary in self._indexes(table):
            if is_primary is not primary:
                continue
            self._cursor.execute(definition.encode())
            if is_primary:
                constraint = f"ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name}"
                self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} {constraint}".encode())

    def _indexes(self, table: Table) -> list[tuple[str, str, bool]]:
        found = self._cursor.execute(
            "SELECT relname, pg_get_indexdef(indexrelid), indisprimary FROM pg_index"
            " JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = %s::regclass ORDER BY relname",
            (table.name,),
        ).fetchall()
        live, made = f" ON {self._schema_of(table)}.{table.name} ", f" ON {SCHEMA}.{table.name} "
        return [(name, definition.replace(live, made, 1), is_primary) for name, definition, is_primary in found]

    def _settings(self, table: Table) -> list[str]:
        row = self._cursor.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", (table.name,)).fetchone()
        return list(row[0] or ()) if row else []

    def _schema_of(self, table: Table) -> str:
        row = self._cursor.execute(
            "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = %s::regclass", (table.name,)
        ).fetchone()
        assert row is not None
        return str(row[0])


def _arrives_in_order(table: Table) -> bool:
    """Rows are made in the order of the households' ids, so that such a key only grows at its end."""
    return table.columns[0].name == "household_id"


def _row(alias: str, names: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


@contextmanager
def one_moment(dsn: str) -> Iterator[Cursor[Any]]:
    """Open a transaction that sees one moment of the database; it is undone unless its `commit` is called."""
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try:
                yield cursor
            finally:
                cursor.execute("ROLLBACK") if not connection.closed else None
    except psycopg.OperationalError as fault:
        raise WorldFailed(
            f"Postgres failed during the rebuild: {one_line(fault)}. The live tables are as they were."
        ) from fault
