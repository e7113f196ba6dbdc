"""What a projection gives back: rows to put, to insert, to drop and to count up, in tables that it describes itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

Row = tuple[object, ...]
"""The values of one row, in the order of the table's columns."""
Key = tuple[object, ...]
"""The values of the key columns of one row."""
Type = Literal["uuid", "uuid[]", "int2", "int4", "int8", "bool", "text", "date", "numeric", "bytea"]


class Column(NamedTuple):
    """A column and the type it has in Postgres."""

    name: str
    type: Type
    nullable: bool = False


class Table(msgspec.Struct, frozen=True, eq=False):
    """A table of answers. Its first `key_columns` columns are the key. Each is a constant, equal to itself only.

    In a table that `is_counted` all other columns are counts: rows of one key are added up, and zeros are no row.
    """

    name: str
    answers: str
    columns: tuple[Column, ...]
    key_columns: int = 1
    is_counted: bool = False

    def key(self, row: Row) -> Key:
        """Take the key out of a row."""
        return row[: self.key_columns]

    def column(self, name: str) -> int:
        """Find a column's place in a row."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)


class Put(NamedTuple):
    """Write this row, whether or not its key is there already."""

    table: Table
    key: Key
    row: Row


class Insert(NamedTuple):
    """Write a row of which it is certain that its key is not there, and that nothing else in the batch speaks of it."""

    table: Table
    key: Key
    row: Row


class Drop(NamedTuple):
    """Take the row with this key away, if it is there."""

    table: Table
    key: Key


class Add(NamedTuple):
    """Add these counts to the row with this key; a row whose counts all come to zero is dropped."""

    table: Table
    key: Key
    counts: tuple[int, ...]

    @property
    def row(self) -> Row:
        """The counts behind their key, as a row to be added up with others of the key."""
        return (*self.key, *self.counts)


Change = Put | Insert | Drop | Add


def diff(before: Mapping[Table, Row], after: Mapping[Table, Row]) -> Iterable[Change]:
    """Say what leads from a household's rows before to its rows after: at most one row of each table."""
    for table, row in after.items():
        if before.get(table) != row:
            yield Put(table, table.key(row), row)
    for table, row in before.items():
        if table not in after:
            yield Drop(table, table.key(row))


def diff_rows(table: Table, before: Sequence[Row], after: Sequence[Row]) -> Iterable[Change]:
    """Say what leads from a household's rows of one table before to those after, where it may have several."""
    kept = {table.key(row) for row in after}
    yield from (Put(table, table.key(row), row) for row in after if row not in before)
    yield from (Drop(table, key) for key in map(table.key, before) if key not in kept)
