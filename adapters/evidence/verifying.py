"""Checking a file of evidence: needs the file and a trust policy, and neither a database nor the registry's keys.

Whatever is wrong raises, with the line that is wrong; there is no answer but a whole one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from adapters import codec
from adapters.evidence import lines
from adapters.evidence.lines import LineRefused, Numbered
from adapters.evidence.streams import DAYS, is_whole, own_streams
from adapters.faults import WorldFailed
from adapters.log import POLICIES_FROM, Entry
from adapters.seals import heads as heads_tree
from adapters.seals.entry import EVENT, HEADS, NOTHING_BEFORE, entry_bytes, record_digest
from adapters.seals.merkle import check_inclusion, leaf_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, SignedBy
from domain.event import Recorded
from domain.seal import HeadsSealed
from domain.streams import heads_stream, is_household

LineT = TypeVar("LineT")
CheckNote = Callable[[bytes], tuple[Checkpoint, Sequence[SignedBy]]]
"""Opens a note: the checkpoint in it, and whose signatures hold. Raises NotProved where they are not enough."""


class Verified(msgspec.Struct, frozen=True):
    """What a file of evidence proves."""

    household: UUID
    checkpoint: Checkpoint
    signed_by: tuple[SignedBy, ...]
    heads: Recorded[HeadsSealed]
    entries: tuple[Entry, ...]
    """All events in the file, in the order of the log."""
    line_of: Mapping[int, int]
    """By position, the line on which an event stands."""
    last_day: int
    """Version of the last day that the heads state; 0 where they state none."""
    keys: tuple[Numbered, ...]

    @property
    def own(self) -> list[Entry]:
        """The household's own events and its decisions."""
        return [entry for entry in self.entries if entry.stream in own_streams(self.household)]

    @property
    def beyond(self) -> list[Entry]:
        """The household's events behind the heads: they are in the log, and whether they are all is not shown."""
        return [entry for entry in self.own if entry.position > self.heads.event.until_position]


def verify(content: bytes, check_note: CheckNote) -> Verified:
    """Check a file of evidence. Raises NotProved, naming the line."""
    reader = _Reader(content)
    about = reader.take(lines.About)
    reader.expect_end()
    with at(about.number):
        _check_about(about.line, reader.total)
    note = reader.take(lines.Checkpoint)
    with at(note.number):
        checkpoint, signed_by = check_note(note.line.note.encode())
    stated = reader.take(lines.Heads)
    with at(stated.number):
        heads = _check_heads(stated.line, checkpoint)
    rows = _check_rows(reader.take_all(lines.Head), about.line.household, heads.event, stated.number)
    chains = _Chains(about.line.household, checkpoint, heads.event, rows)
    events = reader.take_all(lines.Event)
    for event in events:
        with at(event.number):
            chains.add(event.line)
    keys = reader.take_all(lines.Key)
    _check_keys(keys)
    end = reader.take(lines.End)
    reader.expect_nothing_more()
    with at(end.number):
        chains.close()
    return Verified(
        about.line.household,
        checkpoint,
        tuple(signed_by),
        heads,
        tuple(_entry(event.line) for event in events),
        {event.line.position: event.number for event in events},
        rows[DAYS].version if DAYS in rows else 0,
        tuple(keys),
    )


@contextmanager
def at(number: int) -> Iterator[None]:
    """Name the line in whatever is found wrong in it."""
    try:
        yield
    except LineRefused:
        raise
    except (NotProved, WorldFailed) as failure:
        raise LineRefused(number, failure) from failure


class _Reader:
    """Takes one line after another, of the kinds that must come."""

    def __init__(self, content: bytes) -> None:
        self._lines = list(lines.read_lines(content))
        self._at = 0
        self.total = len(self._lines)

    def take(self, kind: type[Any]) -> Numbered:
        found = self._next()
        if found is None:
            raise LineRefused(self.total + 1, f"the file ends where `{_word(kind)}` must come: it is cut short")
        if not isinstance(found.line, kind):
            raise LineRefused(found.number, f"it is of `{_word(type(found.line))}`, where `{_word(kind)}` must come")
        self._at += 1
        return found

    def take_all(self, kind: type[Any]) -> list[Numbered]:
        begin = self._at
        while (found := self._next()) is not None and isinstance(found.line, kind):
            self._at += 1
        return self._lines[begin : self._at]

    def expect_end(self) -> None:
        last = self._lines[-1]
        if not isinstance(last.line, lines.End):
            raise LineRefused(last.number, "the file ends here without its `end`: it is cut short")

    def expect_nothing_more(self) -> None:
        found = self._next()
        if found is not None:
            raise LineRefused(found.number, "it stands behind the end")

    def _next(self) -> Numbered | None:
        return self._lines[self._at] if self._at < self.total else None


def _word(kind: type[Any]) -> str:
    return kind.__name__.lower()


def _check_about(about: lines.About, total: int) -> None:
    if about.format != lines.FORMAT:
        raise NotProved(f"it is of format {about.format[:40]!r}, and this program checks {lines.FORMAT}")
    if about.lines != total:
        raise NotProved(f"the file should have {about.lines} lines and has {total}: lines were taken away or added")
    if not is_household(about.household) or about.household.int & 1:
        raise NotProved(f"{about.household} is not the id of a household")


def _check_heads(stated: lines.Heads, checkpoint: Checkpoint) -> Recorded[HeadsSealed]:
    """The heads must be an event of the log, and speak of what was sealed before it."""
    entry = Entry(stated.position, heads_stream(), stated.version, HeadsSealed.name, stated.state)
    leaf = _leaf(HEADS, entry, stated.previous)
    _check_in_log(stated.position, leaf, stated.proof, checkpoint)
    recorded: Recorded[HeadsSealed] = codec.recorded(entry)
    if not 0 < recorded.event.streams <= recorded.event.until_position < stated.position:
        raise NotProved("the heads are stated up to a position that does not lie before them, or of too many streams")
    return recorded


def _check_rows(
    rows: Sequence[Numbered], household: UUID, heads: HeadsSealed, before: int
) -> dict[UUID, heads_tree.Head]:
    """Check the rows of the heads tree, and that they say all there is of the streams that matter."""
    found: dict[int, heads_tree.Head] = {}
    last_index, last_stream = -1, None
    for numbered in rows:
        row: lines.Head = numbered.line
        with at(numbered.number):
            head = heads_tree.Head(row.stream, row.version, row.leaf)
            check_inclusion(row.index, heads.streams, leaf_hash(head.row), row.proof, heads.root)
            if row.index <= last_index or (last_stream is not None and row.stream <= last_stream):
                raise NotProved("rows of the heads tree must stand in their order")
        found[row.index], last_index, last_stream = head, row.index, row.stream
    with at(rows[-1].number if rows else before):
        for stream in own_streams(household):
            _check_is_told(stream, found, heads.streams)
        _check_policies_are_told(found, heads.streams)
    return {head.stream: head for head in found.values()}


def _check_is_told(stream: UUID, found: dict[int, heads_tree.Head], streams: int) -> None:
    """A stream has a row, or the two rows are there between which it would stand."""
    if any(head.stream == stream for head in found.values()):
        return
    below = max((index for index, head in found.items() if head.stream < stream), default=-1)
    above = min((index for index, head in found.items() if head.stream > stream), default=streams)
    if above != below + 1 or below < -1 or above > streams:
        raise NotProved(f"neither where stream {stream} ends is shown, nor that there is none: a head is missing")


def _check_policies_are_told(found: dict[int, heads_tree.Head], streams: int) -> None:
    """All rows from the first policy to the last row are there, so that no policy can be withheld."""
    policies = sorted(index for index, head in found.items() if head.stream >= POLICIES_FROM)
    before = max((index for index, head in found.items() if head.stream < POLICIES_FROM), default=-1)
    if policies != list(range(before + 1, streams)):
        raise NotProved("not all policies are there: heads of some of them are missing")


def _check_keys(keys: Sequence[Numbered]) -> None:
    owners: set[UUID] = set()
    for key in keys:
        if key.line.owner in owners:
            raise LineRefused(key.number, f"it is the second key of {key.line.owner}")
        owners.add(key.line.owner)


class _Chains:
    """The streams in the file, each a chain of hashes, and each event of it in the log's tree."""

    def __init__(
        self, household: UUID, checkpoint: Checkpoint, heads: HeadsSealed, rows: dict[UUID, heads_tree.Head]
    ) -> None:
        self._household = household
        self._checkpoint = checkpoint
        self._heads = heads
        self._rows = rows
        self._ends: dict[UUID, tuple[int, bytes]] = {}
        self._position = 0

    def add(self, event: lines.Event) -> None:
        """Check the next event. Raises NotProved."""
        if event.position <= self._position:
            raise NotProved(f"position {event.position} comes after {self._position}: events out of order")
        self._position = event.position
        previous = self._previous(event)
        leaf = _leaf(EVENT, _entry(event), previous)
        _check_in_log(event.position, leaf, event.proof, self._checkpoint)
        self._ends[event.stream] = (event.version, leaf)
        row = self._rows.get(event.stream)
        if row is not None and event.version == row.version and leaf != row.leaf:
            raise NotProved(f"version {event.version} of stream {event.stream} is not the one that the heads state")
        is_before_heads = event.position <= self._heads.until_position
        if is_before_heads != (row is not None and event.version <= row.version):
            raise NotProved(f"the heads state another end of stream {event.stream} than this event")

    def close(self) -> None:
        """Every stream that must be whole reaches to what the heads state of it. Raises NotProved."""
        for stream, row in self._rows.items():
            if not is_whole(stream, self._household):
                continue
            version, _ = self._ends.get(stream, (0, NOTHING_BEFORE))
            if version < row.version:
                raise NotProved(
                    f"stream {stream} has {row.version} events, and the file ends with its version {version}: events"
                    " are withheld"
                )

    def _previous(self, event: lines.Event) -> bytes:
        version, leaf = self._ends.get(event.stream, (0, NOTHING_BEFORE))
        if event.stream == DAYS:
            if event.previous is None or event.version <= version:
                raise NotProved("a day names the leaf before it, and days stand in their order")
            if event.version == version + 1 and event.previous != leaf:
                raise NotProved("this day does not name the day before it, which stands above")
            return event.previous
        if not is_whole(event.stream, self._household):
            raise NotProved(f"stream {event.stream} is not of this household, nor a policy")
        if event.previous is not None or event.version != version + 1:
            raise NotProved(
                f"version {event.version} of stream {event.stream} stands where version {version + 1} must come"
            )
        return leaf


def _leaf(kind: int, entry: Entry, previous: bytes) -> bytes:
    digest = record_digest(entry.name, entry.state)
    return leaf_hash(entry_bytes(kind, entry.stream.bytes, entry.version, previous, digest))


def _check_in_log(position: int, leaf: bytes, proof: Sequence[bytes], checkpoint: Checkpoint) -> None:
    check_inclusion(position - 1, checkpoint.size, leaf, proof, checkpoint.root)


def _entry(event: lines.Event) -> Entry:
    return Entry(event.position, event.stream, event.version, event.name, event.state)
