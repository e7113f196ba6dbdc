"""The leaf of the tree: 90 bytes for each event, in which nothing is personal.

    format (1) | kind (1) | stream (16) | version (8) | previous (32) | record (32)

Numbers are big-endian. `previous` is the leaf hash of the event before it in its stream, 32 zeros for the first one:
so each stream is a hash chain inside the tree. `record` is the SHA-256 of the event as it is stored: its name, a zero
byte, and its state. The event at position P of the log is entry P - 1 of the tree, counted from 0.
"""

from hashlib import sha256
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from adapters.seals.merkle import HASH_BYTES
from adapters.seals.not_proved import NotProved

FORMAT = 1
EVENT, HEADS = 1, 2
"""Kinds of entry: an event, and the event that states the root of the heads tree."""
ENTRY_BYTES = 90
NOTHING_BEFORE = bytes(HASH_BYTES)

_LAYOUT = Struct(">BB16sQ32s32s")


class SealedEntry(NamedTuple):
    """An entry of the tree, read."""

    kind: int
    stream: UUID
    version: int
    previous: bytes
    record: bytes


def record_digest(name: str, state: bytes) -> bytes:
    """Digest of an event as it is stored; no name holds a zero byte, so no two events read the same."""
    return sha256(name.encode() + b"\x00" + state).digest()


def entry_bytes(kind: int, stream: bytes, version: int, previous: bytes, record: bytes) -> bytes:
    """Entry of the tree for an event; the stream by the 16 bytes of its id."""
    return _LAYOUT.pack(FORMAT, kind, stream, version, previous, record)


def is_entry(entry: bytes) -> bool:
    """Whether these bytes are an entry of this format."""
    return len(entry) == ENTRY_BYTES and entry[0] == FORMAT and entry[1] in {EVENT, HEADS}


def read_entry(entry: bytes) -> SealedEntry:
    """Read an entry. Raises NotProved for one that is not of this format."""
    if not is_entry(entry):
        raise NotProved(f"an entry of the tree is not of format {FORMAT}, as this program knows it")
    _, kind, stream, version, previous, record = _LAYOUT.unpack(entry)
    return SealedEntry(kind, UUID(bytes=stream), version, previous, record)
