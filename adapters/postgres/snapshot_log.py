"""The log and its answers as they are at one moment, on one connection, while others go on writing.

Several processes see the same moment: one opens it and tells the others its name. As long as it is open, VACUUM leaves
what was changed since in its place.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg import Cursor
from psycopg.rows import tuple_row

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line
from adapters.postgres.log import PostgresLog, PostgresTransaction
from adapters.postgres.packing import PackedArray, PackedArrayDumper

T = TypeVar("T")


class SnapshotLog(PostgresLog):
    """A log that only reads, and reads one moment: the present one, or that of another connection by its name."""

    def __init__(self, dsn: str, snapshot: str | None = None) -> None:
        super().__init__(dsn)
        try:
            self._connection = psycopg.connect(self.datastore.dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            if snapshot is not None:
                self._connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'".encode())
            self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            row = self._connection.execute("SELECT pg_export_snapshot()").fetchone()
        except psycopg.OperationalError as fault:
            raise _failed(fault) from fault
        assert row is not None
        self.snapshot: str = snapshot or row[0]

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection that sees the moment; what is made on it is gone when the log is closed."""
        return self._connection

    def close(self) -> None:
        self._connection.close()
        super().close()

    def read(self, work: Callable[[Cursor[Any]], T], row_factory: Any = tuple_row) -> T:
        try:
            cursor = self._connection.cursor(row_factory=row_factory, binary=True)
            cursor.adapters.register_dumper(PackedArray, PackedArrayDumper)
            return work(cursor)
        except psycopg.errors.InsufficientPrivilege as fault:
            raise Refused(
                f"This login may not read everything ({one_line(fault)}): take one of the role gharana_reader."
            ) from fault
        except psycopg.OperationalError as fault:
            raise _failed(fault) from fault

    def transact(self, work: Callable[[PostgresTransaction], T]) -> T:
        """Read within the moment; nothing is committed."""
        transaction = PostgresTransaction(self._connection.cursor(row_factory=tuple_row), self._checkpoints)
        return self.read(lambda _: work(transaction))


def _failed(fault: psycopg.OperationalError) -> WorldFailed:
    return WorldFailed(f"Postgres did not answer ({one_line(fault)}): nothing was changed; try again when it is back.")
