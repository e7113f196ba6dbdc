"""Doing a registry's following alone: of two processes that would do the same work, the second is told so."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

FOLLOWERS_LOCK = 29106690341301859
"""The advisory lock of whoever keeps the answers; those of the log and of migrations are the two before it."""
HELPER_LOCK = 29106690341301861
"""The lock of a process that follows for whoever is alone; it may outlive that one by a batch."""
WAIT_SECONDS_MAX = 3.0
"""The server needs a moment to notice that a process is gone."""
_LOOK_SECONDS = 0.1

_Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def alone(dsn: str) -> Iterator[None]:
    """Be the only one who keeps the answers of this registry, for as long as the block lasts.

    Raises Refused when another process does it.
    """
    with _holding(dsn, _is_alone):
        yield


@contextmanager
def helping(dsn: str) -> Iterator[None]:
    """Follow for the process that is alone: until this block ends, nobody else can be.

    Raises Refused when another process does it.
    """
    with _holding(dsn, lambda connection: _lock(connection, HELPER_LOCK)):
        yield


@contextmanager
def _holding(dsn: str, lock: Callable[[_Connection], bool]) -> Iterator[None]:
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    with connection:
        give_up_at = time.monotonic() + WAIT_SECONDS_MAX
        while not lock(connection):
            if time.monotonic() > give_up_at:
                raise Refused(
                    "Another process keeps the answers of this registry already (`run`, or a rebuild): one is enough. "
                    "Stop that one first if this one is to do it."
                )
            time.sleep(_LOOK_SECONDS)
        yield


def _is_alone(connection: _Connection) -> bool:
    """Take the lock, unless somebody still helps a process that is gone."""
    if not _lock(connection, FOLLOWERS_LOCK):
        return False
    if _lock(connection, HELPER_LOCK):
        _unlock(connection, HELPER_LOCK)
        return True
    _unlock(connection, FOLLOWERS_LOCK)
    return False


def _lock(connection: _Connection, number: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone()
    return row is not None and bool(row[0])


def _unlock(connection: _Connection, number: int) -> None:
    connection.execute("SELECT pg_advisory_unlock(%s)", (number,))
