"""The tables kept beside the log and written in its transactions: tokens and keys, and what became of submissions."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from adapters.keys.key_table import KeyTable


class SubmissionRow(msgspec.Struct, frozen=True, gc=False):
    """What became of a submission. `position` is that of its last event; `household` is none where it found none.

    `partner`: who sent it, where it is a partner's report.
    """

    submission: UUID
    content_hash: bytes
    position: int
    household: UUID | None
    accepted: bool
    partner: str | None = None


class AlreadyRecorded(Exception):
    """Somebody else recorded one of these submissions in between: look again."""


class SubmissionTable(Protocol):
    """What became of submissions, by their id."""

    def find(self, submissions: Iterable[UUID]) -> dict[UUID, SubmissionRow]:
        """Read the rows of those that were recorded; the others are left out."""

    def record(self, rows: Sequence[SubmissionRow]) -> None:
        """Record new rows; raises AlreadyRecorded, and the transaction is then lost."""


class Books(msgspec.Struct, frozen=True):
    """Both tables, bound to one transaction."""

    keys: KeyTable
    submissions: SubmissionTable


OpenBooks = Callable[[Any], Books]
"""Binds the books to a transaction of the log."""
