"""The log: every fact of the registry in one order, and the port through which it is written and read.

Position order is commit order. Whoever has read up to a position has read everything before it, for good: no event
appears later under a lower position, and no position is left out. Followers rest on that and on nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Event
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec

from adapters.faults import WorldFailed

POLICIES_FROM = UUID("ff000000-0000-0000-0000-000000000000")
"""Streams of policies (scorecards, programmes, shocks, registry days) have ids from here to the end."""
STREAM_MIN = UUID(int=0)
STREAM_MAX = UUID(int=2**128 - 1)
POSITION_MAX = 2**63 - 1
BATCH_EVENTS = 5_000
POLL_SECONDS = 1.0
"""How often a follower looks for itself: a notification is a hint that may be lost."""

T = TypeVar("T")


class NewEntry(msgspec.Struct, frozen=True, gc=False):
    """An event that is about to be appended; its version is the stream's last one plus one, beginning at 1."""

    stream: UUID
    version: int
    name: str
    state: bytes


class Entry(NamedTuple):
    """An event as it stands in the log, its state still encoded."""

    position: int
    stream: UUID
    version: int
    name: str
    state: bytes


class Conflict(WorldFailed):
    """A stream has gone on since it was read, so nothing was appended: read it again and decide again."""


class Overtaken(WorldFailed):
    """A follower's checkpoint is not where this process left it: another one does the same work."""


class OutcomeUnknown(WorldFailed):
    """The connection was lost at the commit and the log could not be asked what became of it."""


class Transaction(Protocol):
    """Events and whatever else must be recorded together with them, all or nothing.

    Appending takes the log's lock until the commit, and everybody else who appends waits for it: write the other
    tables first (sorted tokens, then keys), append last, and do little after it.
    """

    def append(self, events: Sequence[NewEntry]) -> range:
        """Append events to any number of streams and return their positions.

        Raises Conflict when one of these versions exists already; the transaction is then lost.
        """

    def advance(self, follower: str, position: int, *, since: int | None = None) -> None:
        """Move a follower's checkpoint on to a position beyond the stored one.

        With `since`, the stored one must be exactly that (0 for a follower that never began), so that of two processes
        doing the same work one is refused. Raises Overtaken; the transaction is then lost.
        """

    def restart(self, follower: str, position: int) -> None:
        """Set a follower's checkpoint wherever it is now, as a rebuild does when it swaps its tables in."""


class EventLog(Protocol):
    """What every log can do, in memory as in Postgres."""

    def append(self, events: Sequence[NewEntry]) -> range:
        """Append events to any number of streams, all or nothing, and return their positions.

        Raises Conflict when one of these versions exists already. Faults of the world are met with bounded retries,
        which never append twice; then WorldFailed.
        """

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that commits at the end of the block, and is undone by an exception. It runs once."""

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction, again where a fault of the world undid it. It must be fit to be run again."""

    def stream(self, stream: UUID, until_position: int = POSITION_MAX) -> list[Entry]:
        """Read one stream in the order of its versions; empty when it does not exist."""

    def streams(self, streams: Sequence[UUID], until_position: int = POSITION_MAX) -> Mapping[UUID, list[Entry]]:
        """Read many streams at once; each one asked for is in the answer, empty when it does not exist."""

    def find_gone_on(self, versions: Mapping[int, int], until_position: int = POSITION_MAX) -> set[int]:
        """Say which of these streams went on beyond a version, by a position; streams by the numbers of their ids."""

    def positions_of(self, versions: Mapping[int, int]) -> dict[int, int]:
        """Say where versions stand, one of each stream; streams by the numbers of their ids, unknown ones left out."""

    def after(
        self, position: int, limit: int = BATCH_EVENTS, names: Sequence[str] = (), until_position: int = POSITION_MAX
    ) -> list[Entry]:
        """Read on from a position, in position order; with names, only events of these."""

    def scan(
        self,
        from_stream: UUID = STREAM_MIN,
        to_stream: UUID = STREAM_MAX,
        until_position: int | None = None,
        batch: int = BATCH_EVENTS,
    ) -> Iterator[Entry]:
        """Read everything in stream order, both ends included, as the log was at a position (else: as it is now)."""

    def last_position(self) -> int:
        """Say how long the log is; 0 when it is empty."""

    def policies(self, after: int = 0) -> list[Entry]:
        """Read the events of all policy streams beyond a position, in position order."""

    def follow(
        self,
        after: int,
        *,
        names: Sequence[str] = (),
        limit: int = BATCH_EVENTS,
        until_position: int = POSITION_MAX,
        stop: Event | None = None,
    ) -> Iterator[list[Entry]]:
        """Read on from a position and wait for what comes, in batches that are never empty.

        Ends when `stop` is set, or when everything up to `until_position` was read.
        """

    def checkpoint(self, follower: str) -> int:
        """Say how far a follower has come; 0 when it never began."""

    def checkpoints(self) -> Mapping[str, int]:
        """Say how far each follower has come."""

    def close(self) -> None:
        """Let go of what the log holds open."""


def whole(entries: list[Entry], after: int) -> list[Entry]:
    """Return what was read from the log after a position, once it is certain that no position is missing in it.

    Raises WorldFailed where there is a hole, which only damage from outside can make.
    """
    if entries and entries[-1].position != after + len(entries):
        present = {entry.position for entry in entries}
        missing = next(position for position in range(after + 1, entries[-1].position) if position not in present)
        raise WorldFailed(
            f"The log is damaged: nothing stands at position {missing}, though it goes on to "
            f"{entries[-1].position}. Restore it from a backup before anything else is read from it."
        )
    return entries
