"""The file of evidence, `gharana-evidence/1`: one JSON object a line, so that what is wrong can be named by its line.

    about        whose history it is, and how many lines there are
    checkpoint   the signed note of the log's tree, with the lines of witnesses
    heads        the event that states where every stream ended, and the proof that it is in the log
    head ...     rows of the heads tree: of the household, of its decisions, and of all policies; of a stream that does
                 not exist, its two neighbours
    event ...    all events of those streams as they are stored, each with its proof, in the order of the log
    key ...      only where names were opened: the keys of persons, and of the household
    end

Bytes are in base64, proofs are lists of hashes from the leaf to the root. A line can be written in one way only, so
that no two programs read two things in it. Docs: docs/evidence.md.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.keys.sealing import KEY_BYTES
from adapters.seals.merkle import HASH_BYTES
from adapters.seals.not_proved import NotProved

FORMAT = "gharana-evidence/1"
LINES_MAX = 100_000
LINE_BYTES_MAX = 16_000_000
NUMBER_MAX = 2**53 - 1
"""The largest number up to which every reader of JSON agrees (RFC 8259, section 6)."""
PROOF_HASHES_MAX = 63
"""Of a tree of as many entries as there can be."""

Number = Annotated[int, Meta(ge=1, le=NUMBER_MAX)]
Index = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]
Hash = Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
Hashes = Annotated[tuple[Hash, ...], Meta(max_length=PROOF_HASHES_MAX)]
StoredName = Annotated[str, Meta(pattern=r"^[a-z0-9_.]+\Z")]
"""Of an event: with a zero byte in it, the name could take over the beginning of the state under the same digest."""


class _Line(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="line", tag=str.lower, omit_defaults=True
):
    pass


class About(_Line, frozen=True):
    """Whose history it is."""

    format: str
    household: UUID
    made_at: Annotated[datetime, Meta(tz=True)]
    lines: Number


class Checkpoint(_Line, frozen=True):
    """The signed note of the tree that every proof below leads to."""

    note: str


class Heads(_Line, frozen=True):
    """The event `registry.heads_sealed.v1` as it is stored; `previous` is the leaf before it in its stream."""

    position: Number
    version: Number
    previous: Hash
    state: bytes
    proof: Hashes


class Head(_Line, frozen=True):
    """A row of the heads tree at an index, with its proof."""

    index: Index
    stream: UUID
    version: Number
    leaf: Hash
    proof: Hashes


class Event(_Line, frozen=True):
    """An event as it is stored. `previous` stands only where the event before it is not in the file."""

    position: Number
    stream: UUID
    version: Number
    name: StoredName
    state: bytes
    proof: Hashes
    previous: Hash | None = None


class Key(_Line, frozen=True):
    """The key of a person or of the household, by which what is sealed in the events opens."""

    owner: UUID
    key: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]

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
    last = pieces.pop()
    for number, piece in enumerate(pieces, 1):
        yield Numbered(number, _read_line(number, piece))
    if last:
        raise LineRefused(len(pieces) + 1, "the file ends inside this line: it is cut short")


def _read_line(number: int, piece: bytes) -> Line:
    if len(piece) > LINE_BYTES_MAX:
        raise LineRefused(number, f"a line has at most {LINE_BYTES_MAX:,} bytes")
    try:
        line: Line = _decode(piece)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as failure:
        raise LineRefused(number, f"it is not a line of {FORMAT} ({_short(failure)})") from None
    if isinstance(line, About) and line.made_at.utcoffset() != timedelta(0):
        raise LineRefused(number, "its time is not in UTC")
    if _encode(line) != piece:
        raise LineRefused(number, "it is not written in the one way there is: a field twice, spaces, or other signs")
    return line


def _short(failure: Exception) -> str:
    return str(failure).rstrip(".")[:150]
