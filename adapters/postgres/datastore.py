"""Connections to Postgres: the library's datastore on a plain DSN, with a limit on every wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from adapters.faults import WorldFailed

CONNECT_SECONDS_MAX = 5
LOCK_SECONDS_MAX = 30
IDLE_SECONDS_MAX = 60
"""A process that hangs in a transaction may hold the log's lock; the server ends it after this long."""
CONNECTIONS_MAX = 8
DEAD_LINE = {"keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "30000"}
"""When a network has swallowed a connection it is given up after 30 seconds, unless the DSN says otherwise."""


class Undone(WorldFailed):
    """A fault of the world, and it is certain that nothing was committed: it may be tried again."""


class Datastore(PostgresDatastore):
    """A pool of connections in autocommit mode. It opens with its first use, and no table is made by it."""

    def __init__(self, dsn: str, connect_seconds: float = CONNECT_SECONDS_MAX) -> None:
        super().__init__(
            *("", "", "", "", ""),  # the DSN says it all, and may say more than these five
            connect_timeout=connect_seconds,
            max_overflow=CONNECTIONS_MAX - 1,
            lock_timeout=LOCK_SECONDS_MAX,
        )
        self.dsn = make_conninfo("", **{**DEAD_LINE, **conninfo_to_dict(dsn)})
        self.pool.conninfo = self.dsn
        self.pool.kwargs = {"row_factory": dict_row}

    def after_connect_func(self) -> Callable[[psycopg.Connection[Any]], None]:
        return _prepare_connection

    def register_type_adapters(self) -> None:
        """Do nothing: our statements use no composite type, and asking for it would cost a query at each start."""

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection; unlike `get_connection` it leaves the errors of psycopg as they are.

        Raises Undone when the server does not let us in.
        """
        self.pool.open()
        try:
            connection = self.pool.getconn()
        except psycopg.OperationalError as fault:
            raise Undone(f"Postgres does not answer: {one_line(fault)}. Nothing was recorded.") from fault
        try:
            yield connection
        finally:
            _leave_transaction(connection)
            self.pool.putconn(connection)


def _prepare_connection(connection: psycopg.Connection[Any]) -> None:
    connection.autocommit = True
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false)",
        (f"{LOCK_SECONDS_MAX}s", f"{IDLE_SECONDS_MAX}s"),
    )


def _leave_transaction(connection: psycopg.Connection[Any]) -> None:
    if connection.info.transaction_status != TransactionStatus.IDLE:
        with suppress(psycopg.Error):  # a connection that is past rolling back is thrown away by the pool
            connection.rollback()


def one_line(fault: Exception) -> str:
    """Put what a server said into a sentence."""
    return " ".join(str(fault).split()).removesuffix(".")
