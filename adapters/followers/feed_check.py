"""Holding the feed against the log: everything that was to be told is worked out again, and the bytes are compared."""

from collections.abc import Callable, Iterator

import msgspec

from adapters.followers.feeder import FEEDER, Sender, ends_of, next_batch
from adapters.log import EventLog
from adapters.tables import Tables
from projections.changes import Row
from projections.feed import Book
from projections.feed_message import FEED, FeedKey, Told, feed_position_of, feed_row, log_position_of, sequence_of

ROWS_MAX = 2_000
"""Rows of one feed read at once."""
EXAMPLES_MAX = 5

Report = Callable[[int], None]


class Compared(msgspec.Struct):
    """How the feed differs from what the log says: rows by kind of fault, with a few examples in words.

    doubled: told twice, or never to be told. misnumbered: numbers that do not go on by one.
    """

    position: int
    rows: int = 0
    missing: int = 0
    doubled: int = 0
    changed: int = 0
    misnumbered: int = 0
    examples: list[str] = msgspec.field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether partners were told exactly what the log says."""
        return not (self.missing or self.doubled or self.changed or self.misnumbered)

    def note(self, what: str, feed: FeedKey, position: int) -> None:
        """Keep the first few faults as examples."""
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(f"{what}: {' '.join(feed)}, of log position {position}")


def compare(log: EventLog, tables: Tables, sender: Sender, report: Report = lambda _: None) -> Compared:
    """Work out again what was to be told up to the feeder's checkpoint, and compare every row in its bytes."""
    result = Compared(log.checkpoint(FEEDER))
    stored = _Stored(tables)
    for one in _told(log, result.position, report):
        _compare(one, stored, sender, result)
    for key, (sequence, _) in ends_of(tables).items():
        while (row := stored.next_of(key)) is not None:
            _superfluous(key, row, stored, result)
        if sequence != stored.sequences.get(key, 0):
            result.misnumbered += 1
            result.note("the end is not where feed_ends says", key, result.position)
    return result


def _told(log: EventLog, until: int, report: Report) -> Iterator[Told]:
    book, position = Book(), 0
    while position < until:
        batch = next_batch(log, book, position, until_position=until)
        yield from batch.told
        report(batch.position - position)
        book, position = batch.book, batch.position


class _Stored:
    """The stored rows of every feed, each read on in the order of its sequences, and the last numbers seen."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._feeds: dict[FeedKey, Iterator[Row]] = {}
        self._next: dict[FeedKey, Row | None] = {}
        self.sequences: dict[FeedKey, int] = {}
        self.feed_position = 0

    def next_of(self, key: FeedKey) -> Row | None:
        """The next row of a feed that was not compared yet."""
        if key not in self._next:
            self._feeds[key] = self._rows(key)
            self._next[key] = next(self._feeds[key], None)
        return self._next[key]

    def step(self, key: FeedKey) -> None:
        """Go on to the row after it."""
        row = self._next[key]
        assert row is not None, "there is no row to go on from"
        self.sequences[key] = sequence_of(row)
        self._next[key] = next(self._feeds[key], None)

    def _rows(self, key: FeedKey) -> Iterator[Row]:
        last = 0
        while True:
            page = self._tables.page(FEED, (*key, last), ROWS_MAX)
            own = [row for row in page if row[:2] == key]
            yield from own
            if not own:
                return
            last = sequence_of(own[-1])


def _compare(one: Told, stored: _Stored, sender: Sender, result: Compared) -> None:
    """Find the stored row of what was to be told; rows of an earlier event in its way should not be there."""
    key = one.feed
    while (row := stored.next_of(key)) is not None and log_position_of(row) < one.position:
        _superfluous(key, row, stored, result)
    if row is None or log_position_of(row) != one.position:
        result.missing += 1
        result.note("missing", key, one.position)
        return
    result.rows += 1
    sequence, position = sequence_of(row), feed_position_of(row)
    if sequence != stored.sequences.get(key, 0) + 1 or position != stored.feed_position + 1:
        result.misnumbered += 1
        result.note("misnumbered", key, one.position)
    if row != feed_row(one, sequence, position, sender.source, sender.token):
        result.changed += 1
        result.note("changed", key, one.position)
    stored.feed_position = position
    stored.step(key)


def _superfluous(key: FeedKey, row: Row, stored: _Stored, result: Compared) -> None:
    result.rows += 1
    result.doubled += 1
    result.note("doubled", key, log_position_of(row))
    stored.feed_position = max(stored.feed_position, feed_position_of(row))
    stored.step(key)
