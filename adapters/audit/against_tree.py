"""Holding stretches of the log against the entries that were sealed: the part of an audit that worker processes do.

What does not fit is only noted here, as what was sealed and what stands there; `naming` says what became of it. Where
many events stand in another place than they were sealed at, as after an insert that pushed all others on, they are
counted by how far they were pushed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
from psycopg import Cursor
from psycopg.types.string import ByteaBinaryLoader

from adapters.postgres.log import PostgresLog
from adapters.seals.entry import ENTRY_BYTES, record_digest
from adapters.seals.merkle import leaf_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.tile_paths import TILE_HASHES
from adapters.seals.tiles import Tiles

STRETCH_EVENTS = 16_384
"""Positions that are looked at together: 64 bundles of entries, about 12 MB of events."""
NOTED_MAX = 2_000
"""Places noted of a stretch; more are counted."""
PUSHED_MIN = 50
"""From so many events on that stand equally far from their places, they are counted and not noted."""
CLOCKS_APART_MAX = timedelta(hours=1)
"""An event may bear an earlier time than one before it in the log: clocks of servers differ, and a large batch bears
the time of its beginning. Beyond this somebody wrote it behind its day."""
_LOWEST = -(2**63)

_BETWEEN = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE notification_id >= %b AND notification_id <= %b ORDER BY notification_id"
)


class Stretch(msgspec.Struct, frozen=True):
    """Positions of the log, both ends included; the first stretch begins below 1, where nothing may stand."""

    first: int
    last: int


class Thing(NamedTuple):
    """An event by what is sealed of it."""

    stream: bytes
    version: int
    digest: bytes


class Place(NamedTuple):
    """A position where something else stands than was sealed; None on a side that was explained, or that is empty."""

    position: int
    sealed: Thing | None
    stands: Thing | None


class Late(NamedTuple):
    """An event that bears an earlier time than one that stands before it."""

    position: int
    stream: bytes
    recorded_at: datetime


class Pushed(NamedTuple):
    """Events that stand equally far from where they were sealed."""

    by: int
    events: int
    first: int


class Compared(msgspec.Struct):
    """What was found in a stretch."""

    first: int
    events: int = 0
    places: list[Place] = []
    more: int = 0
    pushed: list[Pushed] = []
    not_comparable: int = 0
    late: list[Late] = []
    earliest: Late | None = None
    latest: datetime | None = None


class _At(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The beginning of an envelope; whatever follows is passed over."""

    recorded_at: datetime


_decode_at = msgspec.msgpack.Decoder(tuple[_At, msgspec.Raw]).decode


class TreeComparer:
    """Compares stretches of one log with one tree."""

    def __init__(self, log: PostgresLog, folder: Path, size: int) -> None:
        self._log = log
        self._tree = Tiles(folder, size)

    def compare(self, stretch: Stretch) -> Compared:
        """Hold a stretch of the log against what was sealed of it, as far as anything was."""
        found = Compared(stretch.first)
        rows = _rows(self._log, stretch.first, stretch.last)
        found.events = len(rows)
        sealed = self._sealed(max(1, stretch.first), min(stretch.last, self._tree.size), found)
        _hold(rows, sealed, stretch, found)
        self._pass_over_damaged_bundles(found)
        _note_times(rows, found)
        _count_pushed(found)
        found.more = max(0, len(found.places) - NOTED_MAX)
        del found.places[NOTED_MAX:]
        return found

    def _sealed(self, first: int, last: int, found: Compared) -> dict[int, Thing]:
        """What was sealed at each position; a bundle that is damaged is a finding about the tiles, not about these."""
        things: dict[int, Thing] = {}
        for number in range((first - 1) // TILE_HASHES, (last - 1) // TILE_HASHES + 1 if last >= first else 0):
            before = number * TILE_HASHES
            try:
                entries = self._tree.entries(number)
            except NotProved:
                found.not_comparable += min(last, before + TILE_HASHES) - max(first - 1, before)
                continue
            for position, entry in enumerate(entries, before + 1):
                if first <= position <= last and len(entry) == ENTRY_BYTES:
                    things[position] = Thing(entry[2:18], int.from_bytes(entry[18:26]), entry[58:])
        return things

    def _pass_over_damaged_bundles(self, found: Compared) -> None:
        """What differs from a bundle that does not have the hashes of its tile says nothing about the log."""
        numbers = {(place.position - 1) // TILE_HASHES for place in found.places if place.sealed is not None}
        damaged = {number for number in numbers if not self._is_whole(number)}
        if damaged:
            kept = [place for place in found.places if (place.position - 1) // TILE_HASHES not in damaged]
            found.not_comparable += len(found.places) - len(kept)
            found.places = kept

    def _is_whole(self, number: int) -> bool:
        try:
            return b"".join(map(leaf_hash, self._tree.entries(number))) == self._tree.tile(0, number)
        except NotProved:
            return False


def find_things(log: PostgresLog, wanted: Iterable[Thing]) -> dict[tuple[bytes, int], tuple[int, bytes]]:
    """Find events of the log by stream and version: the position of each, and its digest."""
    keys = [(thing.stream, thing.version) for thing in wanted]

    def read(cursor: Cursor[Any]) -> list[tuple[Any, ...]]:
        cursor.adapters.register_loader("uuid", ByteaBinaryLoader)
        streams = [stream.hex() for stream, _ in keys]
        return cursor.execute(_FIND, (streams, [version for _, version in keys])).fetchall()

    return {
        (stream, version): (position, record_digest(name, state))
        for position, stream, version, name, state in (log.read(read) if keys else ())
    }


_FIND = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM unnest(%b::text[], %b::int8[]) AS wanted (stream, version)"
    " JOIN stored_events ON originator_id = stream::uuid AND originator_version = version"
)


def _rows(log: PostgresLog, first: int, last: int) -> list[tuple[int, bytes, int, str, bytes]]:
    def read(cursor: Cursor[Any]) -> list[tuple[Any, ...]]:
        cursor.adapters.register_loader("uuid", ByteaBinaryLoader)
        return cursor.execute(_BETWEEN, (_LOWEST if first <= 1 else first, last), prepare=True).fetchall()

    return cast("list[tuple[int, bytes, int, str, bytes]]", log.read(read))


def _hold(
    rows: list[tuple[int, bytes, int, str, bytes]], sealed: dict[int, Thing], stretch: Stretch, found: Compared
) -> None:
    """Note every position where the log has nothing, or something else than was sealed."""
    places, expected, size = found.places, max(1, stretch.first), len(sealed)
    for position, stream, version, name, state in rows:
        while expected < position:
            places.append(Place(expected, sealed.get(expected), None))
            expected += 1
        was = sealed.get(position) if position == expected else None
        if was is None and size == 0 and position == expected:
            expected += 1  # nothing of this stretch was sealed yet
            continue
        stands = Thing(stream, version, record_digest(name, state))
        if stands != was and (was is not None or position != expected or position in sealed):
            places.append(Place(position, was, stands))
        if position == expected:
            expected += 1
    places += [Place(position, sealed.get(position), None) for position in range(expected, stretch.last + 1)]


def _count_pushed(found: Compared) -> None:
    """Take out those events that stand, as many others do, equally far from their places."""
    stands = {place.stands: place.position for place in found.places if place.stands is not None}
    by: dict[int, list[int]] = {}
    for place in found.places:
        if place.sealed is not None and (now := stands.get(place.sealed)) is not None:
            by.setdefault(now - place.position, []).append(place.position)
    explained: set[int] = set()
    arrived: set[int] = set()
    for far, positions in by.items():
        if len(positions) >= PUSHED_MIN:
            found.pushed.append(Pushed(far, len(positions), positions[0]))
            explained.update(positions)
            arrived.update(position + far for position in positions)
    if explained:
        stripped = (
            Place(
                place.position,
                None if place.position in explained else place.sealed,
                None if place.position in arrived else place.stands,
            )
            for place in found.places
        )
        found.places = [place for place in stripped if place.sealed or place.stands]


def _note_times(rows: list[tuple[int, bytes, int, str, bytes]], found: Compared) -> None:
    """Note events that bear an earlier time than one before them, within the stretch; and its earliest and latest.

    What is not as it was sealed is passed over: it is named anyway, and would cast doubt on everything after it.
    """
    noted = {place.position for place in found.places}
    earliest: Late | None = None
    latest: datetime | None = None
    for position, stream, _, _, state in rows:
        if position in noted:
            continue
        try:
            at = _decode_at(state)[0].recorded_at
        except msgspec.MsgspecError:
            continue  # what cannot be read is a finding of its own
        if earliest is None or at < earliest.recorded_at:
            earliest = Late(position, stream, at)
        if latest is None or at > latest:
            latest = at
        elif latest - at > CLOCKS_APART_MAX and len(found.late) < NOTED_MAX:
            found.late.append(Late(position, stream, at))
    found.earliest, found.latest = earliest, latest
