"""The feeds in Postgres, as the relay reads them: over all partners, in the order of their feed positions."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from adapters.faults import WorldFailed
from adapters.outgoing import Message, headers_of
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

_AFTER = (
    "SELECT feed_position, subject, headers, payload FROM feed WHERE feed_position > %b ORDER BY feed_position LIMIT %b"
)


class PostgresOutgoing:
    """The port Outgoing over the table `feed`. One call after another, from one thread; close it in the end."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.Connection[TupleRow] | None = None

    def after(self, position: int, limit: int) -> Sequence[Message]:
        """Return the next messages; raises WorldFailed when Postgres does not answer, and connects anew next time."""
        try:
            rows = self._connected().execute(_AFTER, (position, limit), binary=True).fetchall()
        except psycopg.OperationalError as fault:
            self.close()
            raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
        return [_message(*row) for row in rows]

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Cursor[TupleRow]:
        if self._connection is None:
            self._connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
        return self._connection.cursor()


def _message(position: int, subject: str, headers: str, payload: Any) -> Message:
    return Message(position, subject, headers_of(headers), bytes(payload))
