"""Doing a registry's following alone: of two processes that would do the same work, the second is told so, or waits.

Whoever is `alone` does all of it. Workers of a `run` each hold the place of one follower, and may be many; while one of
them does, nobody is alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import psycopg

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

FOLLOWERS_LOCK = 29106690341301859
"""The advisory lock of whoever keeps the answers; those of the log and of migrations are the two before it."""
HELPER_LOCK = 29106690341301861
"""The lock of a process that follows for whoever is alone; it may outlive that one by a batch."""
PLACES = {"assessor": 29106690341301881, "projector": HELPER_LOCK, "feeder": 29106690341301883}
"""The locks of the followers' places; a helper is the projector of whoever is alone."""
WAIT_SECONDS_MAX = 3.0
"""The server needs a moment to notice that a process is gone."""
_LOOK_SECONDS = 0.1
STAND_BY_SECONDS = 0.5
_ASK_AGAIN_SECONDS = 1.0

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
def in_place_of(dsn: str, follower: str, stop: Event, stands_by: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Wait until nobody else does a follower's work, or until told to stop; then do it for as long as the block lasts.

    Yields what raises WorldFailed once the place is lost, which goes with its connection. `stands_by` is called when
    another process is found at work.
    """
    with _connected(dsn) as connection:
        try:
            while not _take_place(connection, PLACES[follower]) and not stop.is_set():
                stands_by()
                stop.wait(STAND_BY_SECONDS)
        except psycopg.OperationalError as fault:
            raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
        yield _Asked(connection)


class _Asked:
    """Asks a connection whether it still stands, but not each time: that is a round trip."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._ask_again_at = 0.0

    def __call__(self) -> None:
        if time.monotonic() >= self._ask_again_at:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.OperationalError as fault:
                raise WorldFailed(f"Postgres cut the connection: {one_line(fault)}.") from fault
            self._ask_again_at = time.monotonic() + _ASK_AGAIN_SECONDS


@contextmanager
def _connected(dsn: str) -> Iterator[_Connection]:
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    with connection:
        yield connection


@contextmanager
def _holding(dsn: str, lock: Callable[[_Connection], bool]) -> Iterator[None]:
    with _connected(dsn) as connection:
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


def _take_place(connection: _Connection, place: int) -> bool:
    """Take a place, unless it is taken or somebody is alone; those who hold one share the other lock."""
    if not _lock(connection, place):
        return False
    row = connection.execute("SELECT pg_try_advisory_lock_shared(%s)", (FOLLOWERS_LOCK,)).fetchone()
    if row is not None and row[0]:
        return True
    _unlock(connection, place)
    return False


def _lock(connection: _Connection, number: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone()
    return row is not None and bool(row[0])


def _unlock(connection: _Connection, number: int) -> None:
    connection.execute("SELECT pg_advisory_unlock(%s)", (number,))
