"""Doing a registry's following alone: of two processes that would do the same work, the second is told so."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line

FOLLOWERS_LOCK = 29106690341301859
"""The advisory lock of whoever keeps the answers; those of the log and of migrations are the two before it."""
WAIT_SECONDS_MAX = 3.0
"""The server needs a moment to notice that a process is gone."""
_LOOK_SECONDS = 0.1


@contextmanager
def alone(dsn: str) -> Iterator[None]:
    """Be the only one who keeps the answers of this registry, for as long as the block lasts.

    Raises Refused when another process does it.
    """
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    with connection:
        give_up_at = time.monotonic() + WAIT_SECONDS_MAX
        while not _is_free(connection):
            if time.monotonic() > give_up_at:
                raise Refused(
                    "Another process keeps the answers of this registry already (`run`, or a rebuild): one is enough. "
                    "Stop that one first if this one is to do it."
                )
            time.sleep(_LOOK_SECONDS)
        yield


def _is_free(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (FOLLOWERS_LOCK,)).fetchone()
    return row is not None and bool(row[0])
