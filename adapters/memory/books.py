"""The books in memory: for tests and simulations."""

from collections.abc import Iterable, Sequence
from copy import copy
from uuid import UUID

from adapters.memory.keys import MemoryKeys
from adapters.memory.log import MemoryTransaction
from adapters.registry.books import AlreadyRecorded, Books, SubmissionRow


class MemorySubmissions:
    """The port SubmissionTable over a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[UUID, SubmissionRow] = {}

    def find(self, submissions: Iterable[UUID]) -> dict[UUID, SubmissionRow]:
        """Read the rows of those that were recorded; the others are left out."""
        return {submission: self.rows[submission] for submission in submissions if submission in self.rows}

    def record(self, rows: Sequence[SubmissionRow]) -> None:
        """Record new rows; raises AlreadyRecorded, and the transaction is then lost."""
        if any(row.submission in self.rows for row in rows):
            raise AlreadyRecorded
        self.rows |= {row.submission: row for row in rows}


class MemoryBooks:
    """Keys and submissions of one registry in memory."""

    def __init__(self) -> None:
        self.keys = MemoryKeys()
        self.submissions = MemorySubmissions()

    def open(self, transaction: MemoryTransaction) -> Books:
        """Bind the books to a transaction: what is written to them is undone with it."""
        before = {name: copy(value) for name, value in vars(self.keys).items()}
        rows = dict(self.submissions.rows)

        def undo() -> None:
            vars(self.keys).update(before)
            self.submissions.rows = rows

        transaction.undo_with(undo)
        return Books(self.keys, self.submissions)
