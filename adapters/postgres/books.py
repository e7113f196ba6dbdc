"""The books in Postgres, in the transaction of the cursor they are given."""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row

from adapters.postgres.framing import copy_in, in_pieces
from adapters.postgres.keys import PostgresKeys
from adapters.registry.books import AlreadyRecorded, Books, SubmissionRow

COPY_ROWS_MIN = 100

_COLUMNS = "submission_id, household_id, position, accepted, content_hash, partner"
_FIND = f"SELECT {_COLUMNS} FROM submissions WHERE submission_id = ANY(%b)"  # noqa: S608 - constant
_INSERT = f"INSERT INTO submissions ({_COLUMNS}) VALUES (%b, %b, %b, %b, %b, %b)"  # noqa: S608 - constant


class PostgresSubmissions:
    """The port SubmissionTable over the table `submissions`."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        self._cursor = cursor.connection.cursor(row_factory=tuple_row)

    def find(self, submissions: Iterable[UUID]) -> dict[UUID, SubmissionRow]:
        """Read the rows of those that were recorded; the others are left out."""
        found = self._cursor.execute(_FIND.encode(), (list(submissions),))
        return {row[0]: SubmissionRow(row[0], row[4], row[2], row[1], row[3], row[5]) for row in found}

    def record(self, rows: Sequence[SubmissionRow]) -> None:
        """Record new rows; raises AlreadyRecorded, and the transaction is then lost."""
        values = [
            (row.submission, row.household, row.position, row.accepted, row.content_hash, row.partner) for row in rows
        ]
        try:
            if len(values) < COPY_ROWS_MIN:
                self._cursor.executemany(_INSERT.encode(), values)
                return
            copy_in(self._cursor, "submissions", _COLUMNS, in_pieces(map(_pack, rows)))
        except UniqueViolation as violation:
            raise AlreadyRecorded from violation


def _pack(row: SubmissionRow) -> bytes:
    """A row for COPY; what was accepted always has a household, and a batch holds nothing else."""
    assert row.household is not None, "a refusal is recorded by itself"
    id_, household, digest = row.submission.int.to_bytes(16), row.household.int.to_bytes(16), row.content_hash
    packed: bytes = _pack_row(6, 16, id_, 16, household, 8, row.position, 1, row.accepted, len(digest)) + digest
    if row.partner is None:
        return packed + _NULL
    partner = row.partner.encode()
    return packed + len(partner).to_bytes(4, "big") + partner


_NULL = (-1).to_bytes(4, "big", signed=True)
_pack_row = Struct(">h i16s i16s iq i? i".replace(" ", "")).pack  # number of fields, then each field after its length


def open_books(transaction: Any) -> Books:
    """Bind the books to a Postgres transaction of the log."""
    return Books(PostgresKeys(transaction.cursor), PostgresSubmissions(transaction.cursor))
