"""Which master keys processes may still wrap under: a lock for each, shared by whoever opened with it as the newest.

A process goes on wrapping under the newest master key it knew when it was opened. Whoever retires older ones takes
their locks alone: so it learns whether such a process still runs, and none begins meanwhile. A lock goes with its
connection, however a process ends.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

MASTERS_LOCK = 0x6B657973
"""First half of these locks' numbers, "keys" in ASCII; the second half is the version."""


@contextmanager
def wrapping_under(dsn: str, newest: int) -> Iterator[None]:
    """Let everybody know, for as long as the block lasts, that this process may wrap under this master key."""
    with _connected(dsn) as connection:
        connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (MASTERS_LOCK, newest))
        yield


@contextmanager
def nobody_wraps_under(dsn: str, versions: Iterable[int]) -> Iterator[None]:
    """Make sure, for as long as the block lasts, that no process wraps under these. Raises Refused where one may."""
    with _connected(dsn) as connection:
        for version in versions:
            row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (MASTERS_LOCK, version)).fetchone()
            if row != (True,):
                raise Refused(
                    f"{_holders(connection, version)} opened this registry before master key {version} was replaced, "
                    "and may still wrap under it: stop or restart each, then retire again."
                )
        yield


def secrets_of_webhooks(dsn: str) -> dict[UUID, bytes]:
    """The wrapped secrets that webhooks sign with."""
    with _connected(dsn) as connection:
        return dict(connection.execute("SELECT webhook_id, wrapped_secret FROM webhooks ORDER BY webhook_id"))


def replace_secret(dsn: str, webhook: UUID, before: bytes, after: bytes) -> bool:
    """Put a secret that was wrapped anew in place of what was read; no where it was changed in between."""
    with _connected(dsn) as connection:
        done = connection.execute(
            "UPDATE webhooks SET wrapped_secret = %s WHERE webhook_id = %s AND wrapped_secret = %s",
            (after, webhook, before),
        )
        return done.rowcount == 1


def _holders(connection: psycopg.Connection[Any], version: int) -> str:
    found = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (MASTERS_LOCK, version),
    ).fetchone()
    number = found[0] if found else 0
    return "One other process" if number == 1 else f"{number} other processes"


@contextmanager
def _connected(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    try:
        yield connection
    finally:
        connection.close()
