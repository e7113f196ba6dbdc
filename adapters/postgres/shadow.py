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
from adapters.postgres.packing import copy_into
from projections.changes import Table

SCHEMA = "rebuilt"
EXAMPLES_MAX = 5
INDEX_MEMORY = "256MB"

_RIGHTS = """
    SELECT format('GRANT %%s ON %%s TO %%s', privilege_type, oid::regclass,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
    FROM pg_class, aclexplode(relacl) WHERE oid = %(table)s::regclass AND grantee <> relowner
    UNION ALL
    SELECT format('ALTER TABLE %%s OWNER TO %%s', oid::regclass, relowner::regrole)
    FROM pg_class WHERE oid = %(table)s::regclass AND pg_get_userbyid(relowner) <> current_user"""


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
    """Tables like the live ones, to be filled, compared and, when they are `for_good`, put in their place.

    Those that are only compared have no index but their key, and are not written to the server's own log.
    """

    def __init__(self, cursor: Cursor[Any], tables: Sequence[Table], *, for_good: bool) -> None:
        self._cursor = cursor
        self._tables = tables
        self._for_good = for_good

    def create(self) -> None:
        """Make the tables; all indexes come last, which takes a third of the time."""
        self._cursor.execute(f"CREATE SCHEMA {SCHEMA}".encode())
        self._cursor.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'".encode())
        for table in self._tables:
            self._create(table)

    def copy(self, table: Table, packed: bytes) -> None:
        """Write packed rows; nobody else can see them yet, so they are frozen and VACUUM need not come by."""
        copy_into(self._cursor, table, packed, schema=SCHEMA, options=", FREEZE")

    def index(self) -> None:
        """Make the indexes that the live tables have, and their settings; the server may use several processes."""
        for table in self._tables:
            if table.is_counted:
                self._add_up(table)
            self._make_indexes(table, primary=True)
            if self._for_good:
                self._make_indexes(table, primary=False)
                for setting in self._settings(table):
                    self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} SET ({setting})".encode())

    def _create(self, table: Table) -> None:
        kind = "TABLE" if self._for_good else "UNLOGGED TABLE"
        self._cursor.execute(f"CREATE {kind} {SCHEMA}.{table.name} (LIKE {table.name} INCLUDING STORAGE)".encode())

    def _add_up(self, table: Table) -> None:
        """Make one row of all that were written under a key, and none of those that come to nothing."""
        names = [column.name for column in table.columns]
        key, counts = ", ".join(names[: table.key_columns]), names[table.key_columns :]
        sums = ", ".join(f"sum({name}) AS {name}" for name in counts)
        nothing = " AND ".join(f"sum({name}) = 0" for name in counts)
        parts = f"{table.name}_parts"
        self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} RENAME TO {parts}".encode())
        self._create(table)
        self._cursor.execute(
            f"INSERT INTO {SCHEMA}.{table.name} SELECT {key}, {sums} FROM {SCHEMA}.{parts}"  # noqa: S608 - names of ours
            f" GROUP BY {key} HAVING NOT ({nothing})".encode()
        )
        self._cursor.execute(f"DROP TABLE {SCHEMA}.{parts}".encode())

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
        """Put these tables in the place of the live ones, with their owner and rights, when the transaction commits."""
        for table in self._tables:
            schema, rights = self._schema_of(table), self._rights(table)
            self._cursor.execute(f"ANALYZE {SCHEMA}.{table.name}".encode())
            self._cursor.execute(f"DROP TABLE {schema}.{table.name}".encode())
            self._cursor.execute(f"ALTER TABLE {SCHEMA}.{table.name} SET SCHEMA {schema}".encode())
            for right in rights:
                self._cursor.execute(right.encode())
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

    def _rights(self, table: Table) -> list[str]:
        """What gives a new table the rights of the live one, and last the owner, after which we might no longer."""
        return [statement for (statement,) in self._cursor.execute(_RIGHTS, {"table": table.name}).fetchall()]

    def _schema_of(self, table: Table) -> str:
        row = self._cursor.execute(
            "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = %s::regclass", (table.name,)
        ).fetchone()
        assert row is not None
        return str(row[0])


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
