"""Events as rows of Postgres' binary COPY format.

Rows are packed in pieces while the server still works on the ones before, so that packing hardly costs time of its own.
Packing everything before taking the log's lock held it no shorter (29 ms for 5,000 small events, against 28) and took
longer in all (34 ms against 28).
"""

from collections.abc import Iterator, Sequence
from struct import Struct

from adapters.log import NewEntry
from adapters.postgres.framing import PIECE_ROWS

COLUMNS = "notification_id, originator_id, originator_version, state, topic"

_pack_row = Struct(">h iq i16s iq i".replace(" ", "")).pack  # number of fields, then each field after its length
_pack_length = Struct(">i").pack


def pieces(events: Sequence[NewEntry], first: int) -> Iterator[bytes]:
    """Pack events at consecutive positions from `first`, many in a piece."""
    names: dict[str, bytes] = {}
    for start in range(0, len(events), PIECE_ROWS):
        yield _pack(events[start : start + PIECE_ROWS], first + start, names)


def _pack(events: Sequence[NewEntry], first: int, names: dict[str, bytes]) -> bytes:
    fields: list[bytes] = []
    for position, event in enumerate(events, first):
        state = event.state
        head = _pack_row(5, 8, position, 16, event.stream.int.to_bytes(16), 8, event.version, len(state))
        fields += head, state, names.get(event.name) or _pack_name(event.name, names)
    return b"".join(fields)


def _pack_name(name: str, names: dict[str, bytes]) -> bytes:
    text = name.encode()
    packed = names[name] = _pack_length(len(text)) + text
    return packed
