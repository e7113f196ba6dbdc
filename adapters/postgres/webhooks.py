"""Webhooks in Postgres: where each leads, how far it has come, what was refused, and what is to be sent again.

What came of a row is written in one transaction with how far the webhook is, and only where it still is where it was
read: of two workers that sent the same row one writes it down, and the other one learns of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from adapters.faults import WorldFailed
from adapters.postgres.datastore import Datastore, one_line
from projections.feed_message import FeedKey

_COLUMNS = (
    "webhook_id, partner, programme, url, scheme, wrapped_secret, made_at, made_by, sequence, tries, refused_in_a_row,"
    " next_try_at, last_error, paused_at"
)
_ALL = f"SELECT {_COLUMNS} FROM webhooks ORDER BY partner, programme"  # noqa: S608 - constant
_FIND = f"SELECT {_COLUMNS} FROM webhooks WHERE partner = %(partner)s AND programme = %(programme)s"  # noqa: S608
_GET = f"SELECT {_COLUMNS} FROM webhooks WHERE webhook_id = %(webhook_id)s"  # noqa: S608 - constant
_ADD = """
    INSERT INTO webhooks (webhook_id, partner, programme, url, scheme, wrapped_secret, made_at, made_by, sequence)
    VALUES (%(webhook_id)s, %(partner)s, %(programme)s, %(url)s, %(scheme)s, %(wrapped_secret)s, %(made_at)s,
        %(made_by)s, %(sequence)s)
    ON CONFLICT (partner, programme) DO NOTHING"""
_REMOVE = "DELETE FROM webhooks WHERE webhook_id = %(webhook_id)s"
_DUE = """
    SELECT webhook_id FROM webhooks
    WHERE paused_at IS NULL AND (next_try_at IS NULL OR next_try_at <= %(now)s)
        AND (EXISTS (SELECT FROM webhook_replays WHERE webhook_replays.webhook_id = webhooks.webhook_id)
            OR EXISTS (SELECT FROM feed_ends WHERE feed_ends.partner = webhooks.partner
                AND feed_ends.programme = webhooks.programme AND feed_ends.sequence > webhooks.sequence))
    ORDER BY next_try_at NULLS FIRST, webhook_id"""
_NEXT_REPLAY = """
    SELECT replay_id, feed.sequence, headers, payload
    FROM webhook_replays JOIN feed ON feed.partner = %(partner)s AND feed.programme = %(programme)s
        AND feed.sequence = next_sequence
    WHERE webhook_id = %(webhook_id)s ORDER BY replay_id LIMIT 1"""
_NEXT_ROW = """
    SELECT NULL::bigint AS replay_id, sequence, headers, payload FROM feed
    WHERE partner = %(partner)s AND programme = %(programme)s AND sequence = %(sequence)s + 1"""
_STEP = "UPDATE webhooks SET sequence = %(sequence)s WHERE webhook_id = %(webhook_id)s AND sequence = %(sequence)s - 1"
_STEP_REPLAY = """
    UPDATE webhook_replays SET next_sequence = next_sequence + 1
    WHERE replay_id = %(replay_id)s AND next_sequence = %(sequence)s"""
_END_REPLAY = "DELETE FROM webhook_replays WHERE replay_id = %(replay_id)s AND next_sequence > until_sequence"
_TAKEN = """
    UPDATE webhooks SET tries = 0, refused_in_a_row = 0, next_try_at = NULL, last_error = NULL
    WHERE webhook_id = %(webhook_id)s"""
_REFUSED = """
    UPDATE webhooks SET tries = 0, refused_in_a_row = refused_in_a_row + 1, next_try_at = NULL, last_error = %(why)s
    WHERE webhook_id = %(webhook_id)s"""
_NO_LONGER_DEAD = "DELETE FROM webhook_dead_letters WHERE webhook_id = %(webhook_id)s AND sequence = %(sequence)s"
_BURY = """
    INSERT INTO webhook_dead_letters (webhook_id, sequence, tries, last_error, refused_at)
    VALUES (%(webhook_id)s, %(sequence)s, %(tries)s, %(why)s, %(now)s)
    ON CONFLICT (webhook_id, sequence) DO UPDATE SET
        tries = webhook_dead_letters.tries + excluded.tries, last_error = excluded.last_error,
        refused_at = excluded.refused_at"""
_LATER = """
    UPDATE webhooks SET tries = tries + 1, next_try_at = %(next_try_at)s, last_error = %(why)s
    WHERE webhook_id = %(webhook_id)s"""
_PAUSE = """
    UPDATE webhooks SET paused_at = %(now)s, last_error = %(why)s WHERE webhook_id = %(webhook_id)s
    AND paused_at IS NULL"""
_RESUME = """
    UPDATE webhooks SET paused_at = NULL, tries = 0, refused_in_a_row = 0, next_try_at = NULL
    WHERE webhook_id = %(webhook_id)s AND (paused_at IS NOT NULL OR next_try_at IS NOT NULL)"""
_DEAD = """
    SELECT sequence, tries, last_error, refused_at FROM webhook_dead_letters WHERE webhook_id = %(webhook_id)s
    ORDER BY sequence"""
_REPLAY = """
    INSERT INTO webhook_replays (webhook_id, next_sequence, until_sequence)
    VALUES (%(webhook_id)s, %(first)s, %(last)s)"""
_REPLAY_DEAD = """
    INSERT INTO webhook_replays (webhook_id, next_sequence, until_sequence)
    SELECT webhook_id, sequence, sequence FROM webhook_dead_letters AS dead
    WHERE webhook_id = %(webhook_id)s AND NOT EXISTS (
        SELECT FROM webhook_replays AS waiting WHERE waiting.webhook_id = dead.webhook_id
        AND sequence BETWEEN next_sequence AND until_sequence)
    ORDER BY sequence"""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where a feed is posted to, and how it stands. `tries` are those of the row that comes next."""

    webhook_id: UUID
    partner: str
    programme: str
    url: str
    scheme: str
    wrapped_secret: bytes
    made_at: datetime
    made_by: str
    sequence: int
    tries: int = 0
    refused_in_a_row: int = 0
    next_try_at: datetime | None = None
    last_error: str | None = None
    paused_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Webhook({self.partner} {self.programme} at {self.sequence})"


class RowToSend(msgspec.Struct, frozen=True):
    """A row of the feed that is to be posted next; `replay_id` where it is sent again because somebody asked."""

    replay_id: int | None
    sequence: int
    headers: dict[str, str]
    payload: bytes


class DeadLetter(msgspec.Struct, frozen=True):
    """A row that its receiver refused."""

    sequence: int
    tries: int
    last_error: str
    refused_at: datetime


class Webhooks:
    """The webhooks of a registry. May be used by several threads; close it in the end."""

    def __init__(self, dsn: str) -> None:
        self._datastore = Datastore(dsn)

    def close(self) -> None:
        """Hang up."""
        self._datastore.close()

    def add(self, webhook: Webhook) -> bool:
        """Keep a new webhook; false, and nothing changes, where the feed has one."""
        with self._transaction() as cursor:
            return cursor.execute(_ADD, msgspec.structs.asdict(webhook)).rowcount == 1

    def remove(self, webhook_id: UUID) -> None:
        """Forget a webhook with its secret and its dead letters."""
        with self._transaction() as cursor:
            cursor.execute(_REMOVE, {"webhook_id": webhook_id})

    def all(self) -> list[Webhook]:
        """Every webhook, by partner and programme."""
        with self._transaction() as cursor:
            return [Webhook(**row) for row in cursor.execute(_ALL)]

    def find(self, key: FeedKey) -> Webhook | None:
        """The webhook of a feed, if it has one."""
        with self._transaction() as cursor:
            row = cursor.execute(_FIND, {"partner": key[0], "programme": key[1]}).fetchone()
        return None if row is None else Webhook(**row)

    def due(self, now: datetime) -> list[UUID]:
        """Those with something to send that are neither paused nor waiting for their next try."""
        with self._transaction() as cursor:
            return [row["webhook_id"] for row in cursor.execute(_DUE, {"now": now})]

    def next_of(self, webhook_id: UUID) -> tuple[Webhook, RowToSend | None] | None:
        """A webhook as it stands, and the row that it sends next: what is sent again comes before what is new."""
        with self._transaction() as cursor:
            found = cursor.execute(_GET, {"webhook_id": webhook_id}).fetchone()
            if found is None:
                return None
            row = cursor.execute(_NEXT_REPLAY, found).fetchone() or cursor.execute(_NEXT_ROW, found).fetchone()
        return Webhook(**found), None if row is None else _row_to_send(row)

    def take(self, webhook: Webhook, row: RowToSend) -> bool:
        """Write down that a row was accepted; false where another worker has come first."""
        of = {"webhook_id": webhook.webhook_id, "sequence": row.sequence, "replay_id": row.replay_id}
        with self._transaction() as cursor:
            if not _step(cursor, of):
                return False
            cursor.execute(_TAKEN, of)
            cursor.execute(_NO_LONGER_DEAD, of)
        return True

    def bury(self, webhook: Webhook, row: RowToSend, why: str, now: datetime) -> bool:
        """Put a row on the dead-letter list and go on behind it; false where another worker has come first."""
        of = {"webhook_id": webhook.webhook_id, "sequence": row.sequence, "replay_id": row.replay_id}
        with self._transaction() as cursor:
            if not _step(cursor, of):
                return False
            cursor.execute(_REFUSED, {**of, "why": why})
            cursor.execute(_BURY, {**of, "tries": webhook.tries + 1, "why": why, "now": now})
        return True

    def put_off(self, webhook_id: UUID, next_try_at: datetime, why: str) -> None:
        """Write down a try that failed, and when the next one is due."""
        with self._transaction() as cursor:
            cursor.execute(_LATER, {"webhook_id": webhook_id, "next_try_at": next_try_at, "why": why})

    def pause(self, webhook_id: UUID, why: str, now: datetime) -> bool:
        """Send nothing more until resumed; false where it was paused already."""
        with self._transaction() as cursor:
            return cursor.execute(_PAUSE, {"webhook_id": webhook_id, "why": why, "now": now}).rowcount == 1

    def resume(self, webhook_id: UUID) -> bool:
        """Send on at once, with all tries before it; false where it was neither paused nor waiting."""
        with self._transaction() as cursor:
            return cursor.execute(_RESUME, {"webhook_id": webhook_id}).rowcount == 1

    def dead_letters(self, webhook_id: UUID) -> Sequence[DeadLetter]:
        """What was refused and not accepted since, by sequence."""
        with self._transaction() as cursor:
            return [DeadLetter(**row) for row in cursor.execute(_DEAD, {"webhook_id": webhook_id})]

    def replay(self, webhook_id: UUID, first: int, last: int) -> None:
        """Send rows again before anything new, from one sequence to another."""
        with self._transaction() as cursor:
            cursor.execute(_REPLAY, {"webhook_id": webhook_id, "first": first, "last": last})

    def replay_dead_letters(self, webhook_id: UUID) -> int:
        """Send again what was refused, and return how many rows that is."""
        with self._transaction() as cursor:
            return cursor.execute(_REPLAY_DEAD, {"webhook_id": webhook_id}).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Cursor[dict[str, Any]]]:
        try:
            with (
                self._datastore.connection() as connection,
                connection.transaction(),
                connection.cursor(row_factory=dict_row) as cursor,
            ):
                yield cursor
        except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
            raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault


def _step(cursor: psycopg.Cursor[dict[str, Any]], of: Mapping[str, Any]) -> bool:
    """Go on behind a row, if the webhook is still before it."""
    if of["replay_id"] is None:
        return cursor.execute(_STEP, of).rowcount == 1
    went_on = cursor.execute(_STEP_REPLAY, of).rowcount == 1
    cursor.execute(_END_REPLAY, of)
    return went_on


def _row_to_send(row: Mapping[str, Any]) -> RowToSend:
    headers = msgspec.json.decode(row["headers"], type=dict[str, str])
    return RowToSend(row["replay_id"], row["sequence"], headers, bytes(row["payload"]))
