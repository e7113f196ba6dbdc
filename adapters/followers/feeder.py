"""The feeder: follows the log and appends what partners are told, each in a feed of its own.

Sequences are given out here, in one transaction with the checkpoint and the rows: whoever publishes later, through
whichever door and however often, finds each row under its number. Rows are never written again, and `rebuild` leaves
them alone.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from adapters import codec
from adapters.followers.agreements import book_at
from adapters.followers.ids_as_bytes import recorded_with_envelope as recorded_with_bytes
from adapters.keys.keyring import Keyring
from adapters.keys.partner_tokens import PartnerTokens
from adapters.log import Entry, EventLog
from adapters.tables import Tables
from domain.agreement import Agreement, AgreementMade
from domain.event import Recorded
from domain.standing import Decided
from domain.streams import decisions_of, is_household
from projections.changes import Change, Insert, Put, Row
from projections.feed import CALENDAR_NAMES, WATCHED_NAMES, Book, Pair, is_new_outcome, tell
from projections.feed_message import FEED, FEED_ENDS, FeedKey, Token, Told, feed_position_of, feed_row, sequence_of

FEEDER = "feeder"
EVENTS_MAX = 5_000
"""Most events that concern partners in one batch."""
FEEDS_MAX = 10_000
"""More feeds than there can be: 37 organisations used the registry in 2023 (annual report)."""


class Sender(msgspec.Struct, frozen=True):
    """What partners know the registry by, and how its households are called to each of them."""

    source: str
    token: Token


def sender_of(keyring: Keyring) -> Sender:
    """The registry as a source of messages: named by its keyring's fingerprint, which lasts as long as it does."""
    return Sender(f"urn:gharana:{keyring.fingerprint()}", PartnerTokens(keyring).token)


class Batch(msgspec.Struct, frozen=True):
    """What a stretch of the log makes partners be told, up to a position, and the agreements behind it."""

    position: int
    book: Book
    told: Sequence[Told]


class Feeder:
    """The follower that tells. It must be the only one: a second is refused when it records."""

    name = FEEDER
    is_idle = True
    """It has no work but the log."""

    def __init__(self, log: EventLog, tables: Tables, sender: Sender) -> None:
        self._log = log
        self._tables = tables
        self._sender = sender
        self.load()

    def load(self) -> None:
        """Begin, or begin again after a failure, from what is stored."""
        self.position = self._log.checkpoint(FEEDER)
        self._book = book_at(self._log, self.position)
        self._ends = ends_of(self._tables)

    def step(self, limit: int = EVENTS_MAX) -> bool:
        """Take in the next events; False if there are none."""
        batch = next_batch(self._log, self._book, self.position, limit)
        if batch.position == self.position:
            return False
        ends = dict(self._ends)
        rows = list(_numbered(batch.told, ends, self._sender))
        changes: list[Change] = [Insert(FEED, FEED.key(row), row) for row in rows]
        changes += [Put(FEED_ENDS, key, (*key, *end)) for key, end in ends.items() if self._ends.get(key) != end]
        with self._log.transaction() as transaction:
            transaction.advance(FEEDER, batch.position, since=self.position)
            self._tables.apply(transaction, changes)
        self.position, self._book, self._ends = batch.position, batch.book, ends
        return True


Ends = dict[FeedKey, tuple[int, int]]
"""The last sequence of each feed, and its feed position."""


def ends_of(tables: Tables) -> Ends:
    """Read how far each feed has come."""
    rows: list[Any] = tables.page(FEED_ENDS, None, FEEDS_MAX)
    return {(partner, programme): (sequence, position) for partner, programme, sequence, position in rows}


def next_batch(
    log: EventLog, book: Book, position: int, limit: int = EVENTS_MAX, until_position: int | None = None
) -> Batch:
    """Read on behind a position and work out what is told; as long as no agreement is in force, read little.

    The batch ends where the first agreement comes into force: behind it, more has to be read.
    """
    until = log.last_position() if until_position is None else until_position
    if position >= until:
        return Batch(position, book, ())
    names = WATCHED_NAMES if book.in_force else CALENDAR_NAMES
    entries = log.after(position, limit, sorted(names), until)
    reached = entries[-1].position if len(entries) == limit else until
    events = [recorded_with_bytes(entry) for entry in entries]
    if book.in_force:
        return Batch(reached, *tell(book, events, _pairs(log, book, events, reached)))
    told: list[Told] = []
    for recorded in events:
        book, more = tell(book, [recorded], {})
        told += more
        if book.in_force:
            return Batch(recorded.position, book, told)
    return Batch(reached, book, told)


def _pairs(log: EventLog, book: Book, events: Sequence[Recorded[Any]], until_position: int) -> dict[int, Pair]:
    """The households that something may have to be told of, as they were at a position.

    Left out are those of which there are only decisions that say it all: none of their events is read, which is most of
    the work after a shock. Whether events of theirs came in between, the log is asked once for all of them.
    """
    alone, needed = _divided(book, events)
    if alone:
        needed |= log.find_gone_on(alone, until_position)
    if not needed:
        return {}
    households = [UUID(int=number) for number in needed]
    wanted = [stream for household in households for stream in (household, decisions_of(household))]
    found = log.streams(wanted, until_position)
    return {
        household.int: Pair(
            [entry.position for entry in found[household]],
            partial(_decoded, found[household]),
            [codec.recorded(entry) for entry in found[decisions_of(household)]],
        )
        for household in households
    }


def _divided(book: Book, events: Sequence[Recorded[Any]]) -> tuple[dict[int, int], set[int]]:
    """Households of which there are only decisions that say it all, with the version that they knew; and the others.

    What is agreed may change within the batch, so every agreement counts that was ever made.
    """
    agreed: dict[str, list[Agreement]] = {}
    for (_, programme), agreements in book.known.items():
        agreed.setdefault(programme, []).extend(agreements)
    for recorded in events:
        if isinstance(recorded.event, AgreementMade):
            agreed.setdefault(recorded.event.programme, []).append(Agreement(recorded.event))
    coarse = {name for name, agreements in agreed.items() if all(each.is_by_district for each in agreements)}
    alone: dict[int, int] = {}
    needed: set[int] = set()
    for recorded in events:
        event, household = recorded.event, recorded.stream.int & ~1
        if not isinstance(event, Decided):
            if is_household(recorded.stream):
                needed.add(household)
        elif event.programme not in agreed:
            continue
        elif event.programme in coarse and is_new_outcome(event):
            alone.setdefault(household, event.household_version)  # the earliest, behind which every later event shows
        else:
            needed.add(household)
    return {household: version for household, version in alone.items() if household not in needed}, needed


def _decoded(entries: Sequence[Entry]) -> list[Recorded[Any]]:
    return [codec.recorded(entry) for entry in entries]


def _numbered(told: Sequence[Told], ends: Ends, sender: Sender) -> Iterator[Row]:
    """Give everything its numbers, and move the ends on."""
    last = max((position for _, position in ends.values()), default=0)
    for number, one in enumerate(told, last + 1):
        sequence = ends.get(one.feed, (0, 0))[0] + 1
        row = feed_row(one, sequence, number, sender.source, sender.token)
        ends[one.feed] = sequence_of(row), feed_position_of(row)
        yield row
