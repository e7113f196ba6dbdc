"""Answers in memory: for tests and simulations."""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from adapters.log import Overtaken
from adapters.memory.log import MemoryLog, MemoryTransaction
from adapters.tables import added_up, already_there, by_table, plus
from domain.questionnaire.answers import Place
from projections.changes import Change, Insert, Key, Row, Table


class MemoryTables:
    """The port Tables over dictionaries, beside a log in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self.rows: dict[str, dict[Key, Row]] = {}
        self._log = log

    def apply(self, transaction: MemoryTransaction, changes: Iterable[Change]) -> None:
        changes = list(changes)
        for change in changes:
            if isinstance(change, Insert) and change.key in self.rows.get(change.table.name, {}):
                raise already_there(change.table)
        for table, changed in by_table(changes).items():
            self._replace(transaction, table, changed)
        for table, counts in added_up(changes).items():
            rows = self.rows.get(table.name, {})
            self._replace(transaction, table, {key: _sum(rows.get(key), key, more) for key, more in counts.items()})

    def _replace(self, transaction: MemoryTransaction, table: Table, changed: dict[Key, Row | None]) -> None:
        rows = self.rows.setdefault(table.name, {})
        earlier = {key: rows.get(key) for key in changed}
        transaction.undo_with(lambda: _write(table, rows, earlier))
        _write(table, rows, changed)

    def hold(self, transaction: MemoryTransaction, follower: str, position: int) -> None:  # noqa: ARG002 - it is locked
        if self._log.checkpoint(follower) != position:
            raise Overtaken(f"Follower {follower} is not at position {position}: another process does the same work.")

    def find(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        rows = self.rows.get(table.name, {})
        return {key: rows[key] for key in keys if key in rows}

    def page(self, table: Table, after: Key | None, limit: int) -> list[Row]:
        rows = sorted(self.rows.get(table.name, {}).items())
        return [row for key, row in rows if after is None or key > after][:limit]

    def page_within(self, table: Table, after: Key | None, limit: int, places: Sequence[str]) -> list[Row]:
        rows = self.page(table, after, self.count(table))
        return [row for row in rows if _lies_within(table, row, places)][:limit]

    def count_within(self, table: Table, places: Sequence[str]) -> int:
        return len(self.page_within(table, None, self.count(table), places))

    def count(self, table: Table) -> int:
        return len(self.rows.get(table.name, {}))


def _lies_within(table: Table, row: Row, places: Sequence[str]) -> bool:
    code, council = row[table.column("place")], row[table.column("union_council")]
    place = Place(cast("str", code), cast("str | None", council))
    return any(place.is_within(each) for each in places)


def _write(table: Table, rows: dict[Key, Row], changed: dict[Key, Row | None]) -> None:
    for key, row in changed.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = _with_uuids(table, row)


def _sum(row: Row | None, key: Key, more: tuple[int, ...]) -> Row | None:
    counts = more if row is None else plus(row[len(key) :], more)
    return (*key, *counts) if any(counts) else None


def _with_uuids(table: Table, row: Row) -> Row:
    """Ids may come as their 16 bytes, and are UUIDs when they are read again: as a database does it."""
    return tuple(_typed(column.type, value) for column, value in zip(table.columns, row, strict=True))


def _typed(kind: str, value: Any) -> Any:
    if kind == "uuid[]":
        return tuple(_typed("uuid", each) for each in value)
    return UUID(bytes=value) if kind == "uuid" and isinstance(value, bytes) else value
