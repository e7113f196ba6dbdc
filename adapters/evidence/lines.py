"""The file of evidence, `gharana-evidence/1`: one JSON object a line, so that what is wrong can be named by its line.

    about        whose history it is, and how many lines there are
    checkpoint   the signed note of the log's tree, with the lines of witnesses
    heads        the event that states where every stream ended, and the proof that it is in the log
    head ...     rows of the heads tree: of the household, of its decisions, and of all policies; of a stream that does
                 not exist, its two neighbours
    event ...    all events of those streams as they are stored, each with its proof, in the order of the log
    key ...      only where names were opened: the keys of persons, and of the household
    end

Bytes are in base64, proofs are lists of hashes from the leaf to the root. Docs: docs/evidence.md.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from adapters.seals.not_proved import NotProved

FORMAT = "gharana-evidence/1"
LINES_MAX = 100_000
LINE_BYTES_MAX = 16_000_000
Hashes = tuple[bytes, ...]


class _Line(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="line", tag=str.lower, omit_defaults=True
):
    pass


class About(_Line, frozen=True):
    """Whose history it is."""

    format: str
    household: UUID
    made_at: datetime
    lines: int


class Checkpoint(_Line, frozen=True):
    """The signed note of the tree that every proof below leads to."""

    note: str


class Heads(_Line, frozen=True):
    """The event `registry.heads_sealed.v1` as it is stored; `previous` is the leaf before it in its stream."""

    position: int
    version: int
    previous: bytes
    state: bytes
    proof: Hashes


class Head(_Line, frozen=True):
    """A row of the heads tree at an index, with its proof."""

    index: int
    stream: UUID
    version: int
    leaf: bytes
    proof: Hashes


class Event(_Line, frozen=True):
    """An event as it is stored. `previous` stands only where the event before it is not in the file."""

    position: int
    stream: UUID
    version: int
    name: str
    state: bytes
    proof: Hashes
    previous: bytes | None = None


class Key(_Line, frozen=True):
    """The key of a person or of the household, by which what is sealed in the events opens."""

    owner: UUID
    key: bytes

    def __repr__(self) -> str:
        return f"Key(owner={self.owner})"


class End(_Line, frozen=True):
    """The end: a file without it was cut short."""


Line = About | Checkpoint | Heads | Head | Event | Key | End
LineT = TypeVar("LineT", bound=_Line)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class Numbered(msgspec.Struct, frozen=True):
    """A line and its number, from 1."""

    number: int
    line: Any


class LineRefused(NotProved):
    """A line of the file that must not be believed."""

    def __init__(self, number: int, why: object) -> None:
        super().__init__(f"Line {number}: {why}")
        self.number = number


def write_lines(lines: Iterable[Line]) -> bytes:
    """The file."""
    return b"".join(_encode(line) + b"\n" for line in lines)


def read_lines(content: bytes) -> Iterator[Numbered]:
    """Read the file line by line. Raises LineRefused for one that is not of this format."""
    pieces = content.split(b"\n")
    if len(pieces) > LINES_MAX:
        raise LineRefused(LINES_MAX, f"evidence has at most {LINES_MAX:,} lines")
    for number, piece in enumerate(pieces, 1):
        if number == len(pieces) and not piece:
            return
        if len(piece) > LINE_BYTES_MAX:
            raise LineRefused(number, f"a line has at most {LINE_BYTES_MAX:,} bytes")
        try:
            yield Numbered(number, _decode(piece))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as failure:
            raise LineRefused(number, f"it is not a line of {FORMAT} ({_short(failure)})") from None


def _short(failure: Exception) -> str:
    return str(failure).rstrip(".")[:150]
