"""Waiting for new events, or for new rows of the feeds: LISTEN as a hint, a poll as the promise."""

import time
from threading import Event
from types import TracebackType
from typing import Self

import psycopg

from adapters.log import POLL_SECONDS
from adapters.postgres.datastore import CONNECT_SECONDS_MAX

CHANNEL = "stored_events"
FEED_CHANNEL = "feed"
"""Told in the transaction that moves the end of a feed."""
STOP_CHECK_SECONDS = 0.25


class Listener:
    """A connection of its own that hears of appends, and is made again when it is lost."""

    def __init__(self, dsn: str, channel: str = CHANNEL) -> None:
        self._dsn = dsn
        self._channel = channel
        self._connection: psycopg.Connection[object] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def wait(self, stop: Event) -> None:
        """Return when something may have been appended, at the latest after the poll interval, or when stopped.

        It returns at once after connecting, since what was appended before that was not heard of.
        """
        give_up_at = time.monotonic() + POLL_SECONDS
        try:
            if self._connection is None:
                self._connect()
                return
            while not stop.is_set() and time.monotonic() < give_up_at:
                if any(self._connection.notifies(timeout=STOP_CHECK_SECONDS, stop_after=1)):
                    return
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._close()
            stop.wait(max(0.0, give_up_at - time.monotonic()))

    def _connect(self) -> None:
        connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
        self._connection = connection
        connection.execute(f"LISTEN {self._channel}".encode())

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
