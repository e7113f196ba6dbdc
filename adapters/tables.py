"""The port through which answers are written and read: rows of the tables that projections describe."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from adapters.faults import WorldFailed
from projections.changes import Add, Change, Drop, Key, Row, Table


class Tables(Protocol):
    """What every store of answers can do. A `transaction` is one of the log that goes with the store."""

    def apply(self, transaction: Any, changes: Iterable[Change]) -> None:
        """Make changes within a transaction; of several to one key the last one holds, and counts are added up.

        Raises WorldFailed where a row is to be inserted whose key is there already.
        """

    def hold(self, transaction: Any, follower: str, position: int) -> None:
        """Keep a follower's checkpoint where it is until the transaction ends. Raises Overtaken if it is elsewhere."""

    def find(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """Read rows by key; those that are not there are left out."""

    def page(self, table: Table, after: Key | None, limit: int) -> list[Row]:
        """Read on in the order of the key, from the row behind a key, or from the first."""

    def page_within(self, table: Table, after: Key | None, limit: int, places: Sequence[str]) -> list[Row]:
        """Read on as `page` does, but only the rows whose place lies in one of these, as a shock names places."""

    def count(self, table: Table) -> int:
        """Count the rows of a table."""

    def count_within(self, table: Table, places: Sequence[str]) -> int:
        """Count the rows whose place lies in one of these."""


def by_table(changes: Iterable[Change]) -> Mapping[Table, dict[Key, Row | None]]:
    """Arrange what is put and dropped by table and key, the last one holding; a row that is dropped is none."""
    arranged: dict[Table, dict[Key, Row | None]] = {}
    for change in changes:
        if isinstance(change, Add):
            continue
        rows = arranged.get(change.table)
        if rows is None:
            rows = arranged[change.table] = {}
        rows[change.key] = None if isinstance(change, Drop) else change.row
    return arranged


def added_up(changes: Iterable[Change]) -> Mapping[Table, dict[Key, tuple[int, ...]]]:
    """Arrange what is added by table and key, several to one key added up."""
    arranged: dict[Table, dict[Key, tuple[int, ...]]] = {}
    for change in changes:
        if isinstance(change, Add):
            counts = arranged.setdefault(change.table, {})
            earlier = counts.get(change.key)
            counts[change.key] = change.counts if earlier is None else plus(earlier, change.counts)
    return arranged


def plus(these: Sequence[Any], those: Sequence[Any]) -> tuple[int, ...]:
    """Add counts one by one."""
    return tuple(one + other for one, other in zip(these, those, strict=True))


def already_there(table: Table) -> WorldFailed:
    """Say that a table holds a row which, by the log, only begins now."""
    return WorldFailed(
        f"The table {table.name} holds a row that is only about to begin, so it is not what the log says. Nothing was "
        "recorded; make the tables anew with `rebuild --swap`."
    )
