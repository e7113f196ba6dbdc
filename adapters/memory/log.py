"""The log in memory: the same promises as in Postgres, kept by one lock; for tests and simulations."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Condition, Event, RLock
from typing import TypeVar
from uuid import UUID

from adapters.log import (
    BATCH_EVENTS,
    POLICIES_FROM,
    POLL_SECONDS,
    POSITION_MAX,
    STREAM_MAX,
    STREAM_MIN,
    Conflict,
    Entry,
    NewEntry,
    Overtaken,
)

STOP_CHECK_SECONDS = 0.1

T = TypeVar("T")


class MemoryTransaction:
    """A transaction on a log in memory; the adapters of other tables say how to undo what they write."""

    def __init__(self, log: "MemoryLog") -> None:
        self._log = log
        self._undo: list[Callable[[], object]] = []
        self._lost = False

    def undo_with(self, step: Callable[[], object]) -> None:
        """Have this done if the transaction is undone, in the reverse order of asking."""
        self._undo.append(step)

    def append(self, events: Sequence[NewEntry]) -> range:
        first = len(self._log.entries) + 1
        for event in events:
            stream = self._log.by_stream.setdefault(event.stream, {})
            if event.version in stream:
                self._lost = True
                raise Conflict(
                    "Nothing was recorded, because a stream has gone on since it was read "
                    f"({event.stream} has a version {event.version}). Read it again, decide again."
                )
            entry = Entry(len(self._log.entries) + 1, event.stream, event.version, event.name, event.state)
            self._log.entries.append(entry)
            stream[event.version] = entry
            self.undo_with(self._log.entries.pop)
            self.undo_with(lambda stream=stream, version=event.version: stream.pop(version))  # type: ignore[misc]
        return range(first, first + len(events)) if events else range(0)

    def advance(self, follower: str, position: int, *, since: int | None = None) -> None:
        stored = self._log.checkpoint_rows.get(follower)
        if (stored is not None and position <= stored) or (since is not None and (stored or 0) != since):
            self._lost = True
            raise Overtaken(
                f"Follower {follower} is at position {stored}: another process does the same work. "
                "Nothing was recorded; let one of the two do the work."
            )
        self.restart(follower, position)

    def restart(self, follower: str, position: int) -> None:
        rows = self._log.checkpoint_rows
        before = rows.get(follower)
        rows[follower] = position
        self.undo_with(lambda: rows.pop(follower) if before is None else rows.update({follower: before}))

    def rollback(self) -> None:
        while self._undo:
            self._undo.pop()()

    def commit(self) -> None:
        assert not self._lost, "a failed statement was passed over"


class MemoryLog:
    """The log of one process; safe to share between its threads."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.by_stream: dict[UUID, dict[int, Entry]] = {}
        self.checkpoint_rows: dict[str, int] = {}
        self._lock = RLock()
        self._appended = Condition(self._lock)

    def close(self) -> None:
        """Keep everything: there is nothing to let go of."""

    def append(self, events: Sequence[NewEntry]) -> range:
        return self.transact(lambda transaction: transaction.append(events))

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            transaction = MemoryTransaction(self)
            try:
                yield transaction
                transaction.commit()
            except BaseException:
                transaction.rollback()
                raise
            self._appended.notify_all()

    def transact(self, work: Callable[[MemoryTransaction], T]) -> T:
        with self.transaction() as transaction:
            return work(transaction)

    def stream(self, stream: UUID, until_position: int = POSITION_MAX) -> list[Entry]:
        return self.streams([stream], until_position)[stream]

    def streams(self, streams: Sequence[UUID], until_position: int = POSITION_MAX) -> dict[UUID, list[Entry]]:
        with self._lock:
            return {
                stream: [
                    entry
                    for _, entry in sorted(self.by_stream.get(stream, {}).items())
                    if entry.position <= until_position
                ]
                for stream in streams
            }

    def find_gone_on(self, versions: Mapping[int, int], until_position: int = POSITION_MAX) -> set[int]:
        with self._lock:
            following = {
                number: self.by_stream.get(UUID(int=number), {}).get(version + 1)
                for number, version in versions.items()
            }
        return {number for number, entry in following.items() if entry and entry.position <= until_position}

    def positions_of(self, versions: Mapping[int, int]) -> dict[int, int]:
        with self._lock:
            found = {
                number: self.by_stream.get(UUID(int=number), {}).get(version) for number, version in versions.items()
            }
        return {number: entry.position for number, entry in found.items() if entry}

    def after(
        self, position: int, limit: int = BATCH_EVENTS, names: Sequence[str] = (), until_position: int = POSITION_MAX
    ) -> list[Entry]:
        with self._lock:
            if not names:
                return self.entries[position : min(position + limit, until_position)]
            return [entry for entry in self.entries[position:until_position] if entry.name in names][:limit]

    def scan(
        self,
        from_stream: UUID = STREAM_MIN,
        to_stream: UUID = STREAM_MAX,
        until_position: int | None = None,
        batch: int = BATCH_EVENTS,  # noqa: ARG002 - the port's; here everything is at hand
    ) -> Iterator[Entry]:
        with self._lock:
            entries = self.entries[:until_position]
        yield from sorted(
            (entry for entry in entries if from_stream <= entry.stream <= to_stream),
            key=lambda entry: (entry.stream, entry.version),
        )

    def last_position(self) -> int:
        with self._lock:
            return len(self.entries)

    def policies(self, after: int = 0) -> list[Entry]:
        with self._lock:
            return [entry for entry in self.entries[after:] if entry.stream >= POLICIES_FROM]

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
        while not stop.is_set() and after < until_position:
            last = min(self.last_position(), until_position)
            if last <= after:
                self._wait(after, stop)
                continue
            entries = self.after(after, limit, names, last)
            after = entries[-1].position if len(entries) == limit else last
            if entries:
                yield entries

    def _wait(self, after: int, stop: Event) -> None:
        give_up_at = time.monotonic() + POLL_SECONDS
        with self._lock:
            while len(self.entries) <= after and not stop.is_set() and time.monotonic() < give_up_at:
                self._appended.wait(STOP_CHECK_SECONDS)

    def checkpoint(self, follower: str) -> int:
        return self.checkpoints().get(follower, 0)

    def checkpoints(self) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self.checkpoint_rows.items()))
