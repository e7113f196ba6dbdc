"""Being the one of several processes that does a work, while the others stand by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import psycopg

from adapters.faults import WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

RELAY_LOCK = 29106690341301871
"""The advisory lock of whoever passes messages on to partners; those of followers and of the log lie before it."""
REPORTS_LOCK = 29106690341301879
"""That of whoever takes what partners report."""
WEBHOOK_LOCK = 29106690341301889
"""That of whoever posts to webhooks."""
SEALER_LOCK = 29106690341301891
"""That of whoever seals."""

LOOK_SECONDS = 0.5


@contextmanager
def leading(
    dsn: str, lock: int, stop: Event, stands_by: Callable[[], None] = lambda: None
) -> Iterator[Callable[[], bool]]:
    """Wait until no other process leads, or until told to stop; then lead for as long as the block lasts.

    `stands_by` is called each time another process is found leading.
    Yields a question that is true while we lead: the lock goes with its connection, so a leader that has lost Postgres
    must ask before each piece of work. Raises WorldFailed when Postgres does not answer.
    """
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    with connection:
        won = _won(connection, lock)
        while not won and not stop.is_set():
            stands_by()
            stop.wait(LOOK_SECONDS)
            won = _won(connection, lock)
        yield lambda: won and _is_there(connection)


def _won(connection: psycopg.Connection[tuple[object, ...]], lock: int) -> bool:
    try:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    return row is not None and bool(row[0])


def _is_there(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
