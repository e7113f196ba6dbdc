"""The log in Postgres: the library's recorder, with the parts replaced that hang, lose events or wait for VACUUM.

What eventsourcing 9.5.6 does otherwise, and why it is not used: its insert hangs on large batches, its database
functions let positions become visible out of order, and its subscription hears nothing once LISTEN is lost.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from threading import Event
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Notification, StoredEvent, Subscription
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow, tuple_row

from adapters.log import (
    BATCH_EVENTS,
    POLICIES_FROM,
    POSITION_MAX,
    STREAM_MAX,
    STREAM_MIN,
    Conflict,
    Entry,
    NewEntry,
    OutcomeUnknown,
    whole,
)
from adapters.postgres.checkpoints import CheckpointRecorder, restart, stands_at
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, Datastore, Undone, one_line
from adapters.postgres.packing import PackedArray, PackedArrayDumper
from adapters.postgres.tail import Listener
from adapters.postgres.writing import COPY_FROM_EVENTS, find, write
from projections.changes import Column

PATIENCE_SECONDS = 20.0
"""How long a fault of the world is met with new attempts, before it is reported."""
WAIT_SECONDS_FIRST = 0.05
WAIT_SECONDS_MAX = 1.0

T = TypeVar("T")

_WORLD = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,  # the server has become a replica
)
_SELECT = "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events "
_STREAMS = _SELECT + (
    "WHERE originator_id = ANY(%b::uuid[]) AND notification_id <= %b ORDER BY originator_id, originator_version"
)
_GONE_ON = (
    "SELECT originator_id FROM unnest(%b::uuid[], %b::int8[]) AS known (stream, version) JOIN stored_events"
    " ON originator_id = stream AND originator_version = version + 1 AND notification_id <= %b"
)
_POSITIONS = (
    "SELECT originator_id, notification_id FROM unnest(%b::uuid[], %b::int8[]) AS known (stream, version)"
    " JOIN stored_events ON originator_id = stream AND originator_version = version"
)
_AFTER = _SELECT + "WHERE notification_id > %b AND notification_id <= %b ORDER BY notification_id LIMIT %b"
_AFTER_NAMED = _SELECT + (
    "WHERE notification_id > %b AND notification_id <= %b AND topic = ANY(%b::text[]) ORDER BY notification_id LIMIT %b"
)
_SCAN = _SELECT + (
    "WHERE (originator_id, originator_version) > (%b, %b) AND originator_id <= %b AND notification_id <= %b"
    " ORDER BY originator_id, originator_version LIMIT %b"
)
_POLICIES = _SELECT + (f"WHERE originator_id >= '{POLICIES_FROM}' AND notification_id > %b ORDER BY notification_id")
LAST_POSITION = "SELECT coalesce(max(notification_id), 0) FROM stored_events"
_CHECKPOINTS = "SELECT application_name, notification_id FROM checkpoints ORDER BY application_name"


class PostgresTransaction:
    """A transaction on one connection; the adapters of other tables write through its cursor."""

    def __init__(self, cursor: psycopg.Cursor[TupleRow], checkpoints: CheckpointRecorder) -> None:
        self.cursor = cursor
        self.appended: list[NewEntry] = []
        self.advanced: tuple[str, int] | None = None
        self._checkpoints = checkpoints

    def append(self, events: Sequence[NewEntry]) -> range:
        if not events:
            return range(0)
        positions = write(self.cursor, events)
        self.appended += events
        return positions

    def advance(self, follower: str, position: int, *, since: int | None = None) -> None:
        self._checkpoints.advance(self.cursor, follower, position, since)
        self.advanced = (follower, position)

    def restart(self, follower: str, position: int) -> None:
        restart(self.cursor, follower, position)
        self.advanced = (follower, position)

    def was_made(self, cursor: psycopg.Cursor[TupleRow]) -> bool | None:
        """Say by what it left behind whether this transaction was committed; None when it left no trace.

        Asked on another connection, in a transaction; waits until the server has dealt with this one.
        """
        if self.appended:
            return find(cursor, self.appended) is not None
        return self.advanced and stands_at(cursor, *self.advanced)


class PostgresLog(PostgresApplicationRecorder):
    """The log in the database that a DSN names, where `migrate` has made the tables; safe to share between threads."""

    datastore: Datastore

    def __init__(self, dsn: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        super().__init__(Datastore(dsn, min(CONNECT_SECONDS_MAX, patience_seconds)), events_table_name="stored_events")
        self._checkpoints = CheckpointRecorder(self.datastore)
        self._patience_seconds = patience_seconds

    def close(self) -> None:
        self.datastore.close()

    # Writing

    def append(self, events: Sequence[NewEntry]) -> range:
        if not events:
            return range(0)
        if len(events) >= COPY_FROM_EVENTS:
            return self.transact(lambda transaction: transaction.append(events))
        lost: list[Exception] = []
        try:
            return self._patiently(lambda: self._append_in_one_call(events, lost))
        except Conflict:
            positions = self._find(events, lost[-1]) if lost else None
            if positions is None:
                raise
            return positions  # the attempt whose answer was lost came through after all, behind our back

    def _append_in_one_call(self, events: Sequence[NewEntry], lost: list[Exception]) -> range:
        with self.datastore.connection() as connection:
            try:
                return write(connection.cursor(row_factory=tuple_row), events)
            except _WORLD as fault:
                if not connection.closed:
                    raise _undone(fault) from fault
                lost.append(fault)
        positions = self._find(events, lost[-1])
        if positions is None:
            raise _undone(lost[-1]) from lost[-1]
        return positions

    def transact(self, work: Callable[[PostgresTransaction], T]) -> T:
        def attempt() -> T:
            with self.transaction() as transaction:
                return work(transaction)

        return self._patiently(attempt)

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        with self.datastore.connection() as connection:
            transaction = PostgresTransaction(connection.cursor(row_factory=tuple_row), self._checkpoints)
            try:
                connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                yield transaction
            except _WORLD as fault:
                raise _undone(fault) from fault
            assert connection.info.transaction_status != TransactionStatus.INERROR, "a failed statement was passed over"
            try:
                connection.commit()
            except _WORLD as fault:
                if not connection.closed:
                    raise _undone(fault) from fault
                self._settle(transaction, fault)

    def _settle(self, transaction: PostgresTransaction, fault: Exception) -> None:
        """Return if a commit whose answer was lost was made; raise Undone if not, OutcomeUnknown if in doubt."""
        made = self._ask(transaction.was_made, fault)
        if made is None:
            raise OutcomeUnknown(
                f"The connection to Postgres was lost at a commit ({one_line(fault)}), so it is not known whether it "
                "was made. Read the tables again before going on."
            ) from fault
        if not made:
            raise _undone(fault) from fault

    def _find(self, events: Sequence[NewEntry], fault: Exception) -> range | None:
        return self._ask(lambda cursor: find(cursor, events), fault)

    def _ask(self, question: Callable[[psycopg.Cursor[TupleRow]], T], fault: Exception) -> T:
        """Ask, on a new connection, what became of a commit whose answer was lost."""

        def attempt() -> T:
            with self.datastore.connection() as connection:
                try:
                    connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                    return question(connection.cursor(row_factory=tuple_row))
                except _WORLD as another:
                    raise _undone(another) from another

        try:
            return self._patiently(attempt)
        except Undone:
            raise OutcomeUnknown(
                f"The connection to Postgres was lost at a commit ({one_line(fault)}), and it does not answer when "
                "asked whether it was made. When it is back, do the same again: what is there already is recognised."
            ) from fault

    # Reading

    def stream(self, stream: UUID, until_position: int = POSITION_MAX) -> list[Entry]:
        return self._read(_STREAMS, ([stream], until_position))

    def streams(self, streams: Sequence[UUID], until_position: int = POSITION_MAX) -> dict[UUID, list[Entry]]:
        found: dict[int, list[Entry]] = {stream.int: [] for stream in streams}
        for entry in self._read(_STREAMS, (_packed(found), until_position)):
            found[entry.stream.int].append(entry)
        return {stream: found[stream.int] for stream in streams}

    def find_gone_on(self, versions: Mapping[int, int], until_position: int = POSITION_MAX) -> set[int]:
        """Versions have no gaps, so a stream went on exactly where its next version stands."""
        known = PackedArray(Column("version", "int8"), list(versions.values()))
        return {row[0].int for row in self._rows(_GONE_ON, (_packed(versions), known, until_position))}

    def positions_of(self, versions: Mapping[int, int]) -> dict[int, int]:
        wanted = PackedArray(Column("version", "int8"), list(versions.values()))
        rows = self._rows(_POSITIONS, (_packed(versions), wanted)) if versions else []
        return {stream.int: position for stream, position in rows}

    def after(
        self, position: int, limit: int = BATCH_EVENTS, names: Sequence[str] = (), until_position: int = POSITION_MAX
    ) -> list[Entry]:
        if names:
            return self._read(_AFTER_NAMED, (position, until_position, list(names), limit))
        return whole(self._read(_AFTER, (position, until_position, limit)), position)

    def scan(
        self,
        from_stream: UUID = STREAM_MIN,
        to_stream: UUID = STREAM_MAX,
        until_position: int | None = None,
        batch: int = BATCH_EVENTS,
    ) -> Iterator[Entry]:
        """Read page by page along the primary key.

        Up to a position nothing ever changes, so that pages need no common snapshot: no transaction stays open while
        the caller works, and a lost connection costs one page.
        """
        until = self.last_position() if until_position is None else until_position
        stream, version = from_stream, -1
        while page := self._read(_SCAN, (stream, version, to_stream, until, batch)):
            yield from page
            stream, version = page[-1].stream, page[-1].version

    def last_position(self) -> int:
        return self._number(LAST_POSITION)

    def policies(self, after: int = 0) -> list[Entry]:
        return self._read(_POLICIES, (after,))

    def follow(
        self,
        after: int,
        *,
        names: Sequence[str] = (),
        limit: int = BATCH_EVENTS,
        until_position: int = POSITION_MAX,
        stop: Event | None = None,
    ) -> Iterator[list[Entry]]:
        stop = stop or Event()
        with Listener(self.datastore.dsn) as listener:
            while not stop.is_set() and after < until_position:
                last = min(self.last_position(), until_position)
                if last <= after:
                    listener.wait(stop)
                    continue
                entries = self.after(after, limit, names, last)
                after = entries[-1].position if len(entries) == limit else last
                if entries:
                    yield entries

    def checkpoint(self, follower: str) -> int:
        return self.checkpoints().get(follower, 0)

    def checkpoints(self) -> dict[str, int]:
        return dict(self._rows(_CHECKPOINTS))

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[Entry]:
        return self._rows(query, parameters, _entry_row)

    def _number(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    def _rows(self, query: str, parameters: tuple[object, ...] = (), row_factory: Any = tuple_row) -> list[Any]:
        statement = query.encode()
        return self.read(lambda cursor: cursor.execute(statement, parameters, prepare=True).fetchall(), row_factory)

    def read(self, work: Callable[[psycopg.Cursor[Any]], T], row_factory: Any = tuple_row) -> T:
        """Run queries that change nothing on a cursor in autocommit mode, again where the connection was lost."""

        def attempt() -> T:
            with self.datastore.connection() as connection:
                try:
                    cursor = connection.cursor(row_factory=row_factory, binary=True)
                    cursor.adapters.register_dumper(PackedArray, PackedArrayDumper)
                    return work(cursor)
                except _WORLD as fault:
                    raise _undone(fault) from fault

        return self._patiently(attempt)

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Try until it succeeds or patience is over, which only what was certainly undone deserves."""
        give_up_at = time.monotonic() + self._patience_seconds
        wait = WAIT_SECONDS_FIRST
        while True:
            try:
                return attempt()
            except Undone:
                if time.monotonic() + wait > give_up_at:
                    raise
            self.datastore.pool.check()  # one connection lost is often all of them
            time.sleep(wait)
            wait = min(2 * wait, WAIT_SECONDS_MAX)

    # The library's own interface

    def create_table(self) -> None:
        """Do nothing: CREATE TABLE at every start races with other processes; migrations make the tables."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append as the library asks for it. Raises its IntegrityError for a conflict."""
        assert not kwargs, "a checkpoint belongs into a transaction, not beside an append"
        events = [
            NewEntry(UUID(str(event.originator_id)), event.originator_version, event.topic, event.state)
            for event in stored_events
        ]
        try:
            return list(self.append(events)) or None
        except Conflict as conflict:
            raise IntegrityError(str(conflict)) from conflict

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return LogSubscription(self, gt, topics)


class LogSubscription(Subscription[PostgresLog]):
    """The library's subscription over our way of following: it polls, and survives the loss of its connections."""

    def __init__(self, log: PostgresLog, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder=log, gt=gt, topics=topics)
        self._stop = Event()
        self._batches = log.follow(gt or 0, names=topics, stop=self._stop)
        self._entries = chain.from_iterable(self._batches)

    def __next__(self) -> Notification:
        if self._stop.is_set():
            raise StopIteration
        entry = next(self._entries)
        return Notification(entry.stream, entry.version, entry.name, entry.state, entry.position)

    def stop(self) -> None:
        super().stop()
        self._stop.set()


def _packed(streams: Iterable[int]) -> PackedArray:
    """Ids, given by their numbers, as one parameter: psycopg would look at each of them for 2 us."""
    return PackedArray(Column("stream", "uuid"), [number.to_bytes(16) for number in streams])


_new_entry_row = partial(tuple.__new__, Entry)


def _entry_row(_: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Entry]:
    return _new_entry_row


def _undone(fault: Exception) -> Undone:
    return Undone(f"Postgres failed: {one_line(fault)}. Nothing of this was recorded; do it again when it is back.")
