"""The two ways in which events enter the table, and how to find out whether they did."""

from collections.abc import Sequence

import psycopg
from psycopg.rows import TupleRow

from adapters.log import Conflict, NewEntry
from adapters.postgres.copying import COLUMNS, pieces
from adapters.postgres.framing import copy_in

COPY_FROM_EVENTS = 100
"""From this many events on COPY is faster than arrays in one call, though it takes four round trips."""

_APPEND = "SELECT append_events(%b::uuid[], %b::int8[], %b::text[], %b::bytea[])"
_FIND = """
    SELECT min(notification_id), count(*), count(*) FILTER (WHERE topic = name AND stored_events.state = new.state)
    FROM unnest(%b::uuid[], %b::int8[], %b::text[], %b::bytea[]) AS new (stream, version, name, state)
    JOIN stored_events ON originator_id = stream AND originator_version = version"""


def write(cursor: psycopg.Cursor[TupleRow], events: Sequence[NewEntry]) -> range:
    """Append under the log's lock, which is held until the transaction ends, and return the positions.

    From COPY_FROM_EVENTS on a transaction must be open. Raises Conflict.
    """
    try:
        first = _call(cursor, events) if len(events) < COPY_FROM_EVENTS else _copy(cursor, events)
    except psycopg.errors.UniqueViolation as fault:
        raise _conflict(fault) from fault
    return range(first, first + len(events))


def find(cursor: psycopg.Cursor[TupleRow], events: Sequence[NewEntry]) -> range | None:
    """Find exactly these events in the log, once no writer can still be at work on them, and return their positions.

    The cursor must be in a transaction: the log's lock is taken, so that whoever was committing has come to an end.
    """
    cursor.execute("SELECT lock_log()")
    row = cursor.execute(_FIND, _arrays(events)).fetchone()
    assert row is not None
    first, present, equal = row
    return range(first, first + present) if present == equal == len(events) else None


def _call(cursor: psycopg.Cursor[TupleRow], events: Sequence[NewEntry]) -> int:
    return _number(cursor.execute(_APPEND, _arrays(events), prepare=True))


def _copy(cursor: psycopg.Cursor[TupleRow], events: Sequence[NewEntry]) -> int:
    first = _number(cursor.execute("SELECT lock_log()", prepare=True)) + 1
    copy_in(cursor, "stored_events", COLUMNS, pieces(events, first))
    return first


def _conflict(fault: psycopg.errors.UniqueViolation) -> Conflict:
    assert fault.diag.constraint_name != "stored_events_notification_id_idx", "somebody appends without the log's lock"
    detail = (fault.diag.message_detail or "the same version exists").removesuffix(".")
    return Conflict(
        f"Nothing was recorded, because a stream has gone on since it was read ({detail}). Read it again, decide again."
    )


def _number(cursor: psycopg.Cursor[TupleRow]) -> int:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _arrays(events: Sequence[NewEntry]) -> tuple[list[object], ...]:
    return (
        [event.stream for event in events],
        [event.version for event in events],
        [event.name for event in events],
        [event.state for event in events],
    )
