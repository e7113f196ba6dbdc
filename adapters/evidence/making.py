"""Making the evidence of one household: from the log, the tiles and the heads tree that was stated last."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from adapters import codec
from adapters.evidence import lines
from adapters.evidence.streams import DAYS, own_streams
from adapters.faults import Refused
from adapters.log import POLICIES_FROM, Entry, EventLog
from adapters.seals.entry import NOTHING_BEFORE, read_entry
from adapters.seals.heads import HeadsTree, open_or_make_heads
from adapters.seals.published import Published
from adapters.seals.tile_paths import TILE_HASHES
from adapters.seals.tiles import Tiles
from domain.standing import Decided
from domain.streams import decisions_of, heads_stream


class Made(msgspec.Struct, frozen=True):
    """Evidence, and what can be said of it: how many events, and how many of them stand behind the heads."""

    content: bytes
    events: int
    until_position: int
    beyond: int
    size: int


def make_evidence(
    log: EventLog, published: Published, household: UUID, made_at: datetime, keys: Sequence[lines.Key] = ()
) -> Made:
    """Make the evidence of a household, or of there being none. Raises Refused where no heads were sealed yet."""
    tree = published.tree
    stated = _newest_heads(log, tree.size)
    until_position = codec.recorded(stated).event.until_position
    heads = open_or_make_heads(tree, until_position)
    events = _events(log, household, tree.size)
    middle: list[lines.Line] = [
        lines.Checkpoint(published.note.decode()),
        _heads_line(tree, stated),
        *_head_lines(heads, household),
        *_event_lines(tree, events),
        *keys,
    ]
    whole = [lines.About(lines.FORMAT, household, made_at, len(middle) + 2), *middle, lines.End()]
    own = [entry for entry in events if entry.stream in own_streams(household)]
    beyond = sum(entry.position > until_position for entry in events)
    return Made(lines.write_lines(whole), len(own), until_position, beyond, tree.size)


def _newest_heads(log: EventLog, size: int) -> Entry:
    stated = [entry for entry in log.stream(heads_stream()) if entry.position <= size]
    if not stated:
        raise Refused(
            "The heads were never stated, so nothing can be shown to be whole: ask with --fresh, or run `seal heads`."
        )
    return stated[-1]


def _events(log: EventLog, household: UUID, size: int) -> list[Entry]:
    """The household's events and decisions, all policies, and the days on which it was decided, in log order.

    Behind each of those days stands the next one, which shows that the day had not passed when it was decided.
    """
    own = log.streams(list(own_streams(household)), size)
    decisions = [codec.recorded(entry) for entry in own[decisions_of(household)]]
    policies = [entry for entry in log.policies() if entry.position <= size]
    days = [entry for entry in policies if entry.stream == DAYS]
    causes = [decided.event.cause_position for decided in decisions if isinstance(decided.event, Decided)]
    ordinals = {bisect_right(days, cause, key=lambda day: day.position) for cause in causes}
    kept = {days[at].position for ordinal in ordinals for at in (ordinal - 1, ordinal) if 0 <= at < len(days)}
    kept |= {day.position for day in days[-1:]}
    policies = [entry for entry in policies if entry.stream != DAYS or entry.position in kept]
    return sorted([*own[household], *own[decisions_of(household)], *policies], key=lambda entry: entry.position)


def _heads_line(tree: Tiles, stated: Entry) -> lines.Heads:
    previous, proof = _previous(tree, stated), tuple(tree.inclusion(stated.position - 1))
    return lines.Heads(stated.position, stated.version, previous, stated.state, proof)


def _head_lines(heads: HeadsTree, household: UUID) -> Iterator[lines.Head]:
    count = len(heads)
    wanted: set[int] = set()
    for stream in own_streams(household):
        index = heads.index_of(stream)
        is_there = index < count and heads.head(index).stream == stream
        wanted |= {index} if is_there else {index - 1, index}
    first_policy = heads.index_of(POLICIES_FROM)
    wanted |= set(range(first_policy - 1, count))
    for index in sorted(wanted & set(range(count))):
        yield lines.Head(index, *heads.head(index), tuple(heads.tree.inclusion(index)))


def _event_lines(tree: Tiles, events: Iterable[Entry]) -> Iterator[lines.Event]:
    for entry in events:
        previous = _previous(tree, entry) if entry.stream == DAYS else None
        proof = tuple(tree.inclusion(entry.position - 1))
        yield lines.Event(entry.position, entry.stream, entry.version, entry.name, entry.state, proof, previous)


def _previous(tree: Tiles, entry: Entry) -> bytes:
    """The leaf before an event in its stream, as its sealed entry names it."""
    if entry.version == 1:
        return NOTHING_BEFORE
    index = entry.position - 1
    return read_entry(tree.entries(index // TILE_HASHES)[index % TILE_HASHES]).previous
