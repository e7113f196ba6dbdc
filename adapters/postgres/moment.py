"""Questions to the answers, all of one moment, whose rows come one by one, however many they are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from adapters.faults import WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

ROWS_TOGETHER = 5_000

Ask = Callable[[str, Mapping[str, object]], Iterator[tuple[Any, ...]]]
"""Asks a query with its parameters; one answer is read to its end before the next is asked for."""


@contextmanager
def moment(dsn: str) -> Iterator[Ask]:
    """See the answers as they are at one moment, while the followers go on. Raises WorldFailed."""
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True

            def ask(query: str, parameters: Mapping[str, object]) -> Iterator[tuple[Any, ...]]:
                with connection.cursor(name="rows") as cursor:
                    cursor.itersize = ROWS_TOGETHER
                    cursor.execute(query.encode(), parameters)
                    yield from cursor

            yield ask
    except psycopg.OperationalError as failure:
        raise WorldFailed(f"Postgres did not answer ({one_line(failure)}): try again when it is back.") from failure
