"""Binary COPY: the frame around packed rows, and how they are written into a table while more are packed."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from psycopg import Cursor

PIECE_ROWS = 512
"""Rows that are sent at once: the server works on them while we pack the next ones."""

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"


def framed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Packed rows as a whole COPY stream."""
    yield _SIGNATURE
    yield from pieces
    yield _END


def in_pieces(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Put packed rows together, so many at once."""
    remaining = iter(rows)
    while piece := b"".join(islice(remaining, PIECE_ROWS)):
        yield piece


def copy_in(cursor: Cursor[Any], table: str, columns: str, pieces: Iterable[bytes], *, options: str = "") -> None:
    """Write packed rows into a table by COPY; the columns are in the order of the fields of a row."""
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY{options})".encode()) as copy:
        for piece in framed(pieces):
            copy.write(piece)
