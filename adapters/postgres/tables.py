"""Answers in Postgres: batches of changes in the follower's own transaction, and rows by key.

Queries are made of the names that projections give to tables and columns, and of nothing that anybody types.
"""
# ruff: noqa: S608

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
from psycopg import Cursor
from psycopg.rows import tuple_row

from adapters.log import Overtaken
from adapters.postgres.datastore import Datastore
from adapters.postgres.log import PostgresLog, PostgresTransaction
from adapters.postgres.packing import PackedArray, PackedArrayDumper, copy_into, copy_rows
from adapters.postgres.tail import FEED_CHANNEL
from adapters.tables import added_up, already_there, by_table
from projections.changes import Add, Change, Column, Insert, Key, Row, Table
from projections.feed_message import FEED_ENDS

T = TypeVar("T")

COPY_FROM_ROWS = 50
"""From this many rows on COPY is faster than arrays in one call, though it takes more round trips."""

_FEED_GOES_ON = f"NOTIFY {FEED_CHANNEL}".encode()
"""Whoever passes the feeds on waits for it; it is heard at the commit."""
_HOLD = b"SELECT FROM checkpoints WHERE application_name = %s AND notification_id = %s FOR UPDATE"


class PostgresTables:
    """The port Tables over the tables that the migrations made."""

    def __init__(self, log: PostgresLog) -> None:
        self._log = log
        self._datastore: Datastore = log.datastore

    def apply(self, transaction: PostgresTransaction, changes: Iterable[Change]) -> None:
        cursor = _adapted(transaction.cursor)
        begun, added, others = _divided(changes)
        for table, new in begun.items():
            _insert(cursor, table, new)
        for table, changed in by_table(others).items():
            if table is FEED_ENDS:
                cursor.execute(_FEED_GOES_ON)
            if rows := [row for row in changed.values() if row is not None]:
                _put(cursor, table, rows)
            if keys := [key for key, row in changed.items() if row is None]:
                _drop(cursor, table, keys)
        for table, counts in added_up(added).items():
            _add(cursor, table, [(*key, *more) for key, more in counts.items()])

    def hold(self, transaction: PostgresTransaction, follower: str, position: int) -> None:
        cursor = transaction.cursor
        cursor.execute(_HOLD, (follower, position), prepare=True)
        if cursor.rowcount != 1 and (position or self._log.checkpoint(follower)):
            raise Overtaken(
                f"Follower {follower} is no longer at position {position}: another process does the same work. "
                "Nothing was recorded; let one of the two do the work."
            )

    def find(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        if not keys:
            return {}
        rows = self._read(table, _find_query(table), _arrays(table.columns, keys, table.key_columns))
        return {table.key(row): row for row in rows}

    def page(self, table: Table, after: Key | None, limit: int) -> list[Row]:
        parameters = [*(after or ()), limit]
        return self._read(table, _page_query(table, from_start=after is None), parameters)

    def page_within(self, table: Table, after: Key | None, limit: int, places: Sequence[str]) -> list[Row]:
        condition, parameters = _within(places)
        query = _page_query(table, from_start=after is None, condition=condition)
        return self._read(table, query, [*(after or ()), *parameters, limit], prelude=_ALONG_THE_KEY)

    def count_within(self, table: Table, places: Sequence[str]) -> int:
        condition, parameters = _within(places)
        query = f"SELECT count(*) FROM {table.name} WHERE {condition}".encode()

        def count(cursor: Cursor[Any]) -> int:
            (number,) = cursor.execute(query, parameters).fetchone() or (0,)
            return int(number)

        return self._reading(count)

    def count(self, table: Table) -> int:
        def count(cursor: Cursor[Any]) -> int:
            row = cursor.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()
            return int(row[0]) if row else 0

        return self._reading(count)

    def _read(self, table: Table, query: bytes, parameters: Sequence[object], prelude: bytes = b"") -> list[Row]:
        arrays = [place for place, column in enumerate(table.columns) if column.type == "uuid[]"]

        def read(cursor: Cursor[Any]) -> list[Row]:
            if prelude:
                cursor.execute(prelude)
            rows = cursor.execute(query, parameters, prepare=True).fetchall()
            return [_with_tuples(row, arrays) for row in rows] if arrays else rows

        return self._reading(read)

    def _reading(self, read: Callable[[Cursor[Any]], T]) -> T:
        return self._log.transact(lambda transaction: read(_binary(transaction.cursor)))


def _binary(cursor: Cursor[Any]) -> Cursor[Any]:
    return _adapted(cursor.connection.cursor(row_factory=tuple_row, binary=True))


def _adapted(cursor: Cursor[Any]) -> Cursor[Any]:
    cursor.adapters.register_dumper(PackedArray, PackedArrayDumper)
    return cursor


def _with_tuples(row: Row, arrays: Sequence[int]) -> Row:
    values: list[Any] = list(row)
    for place in arrays:
        values[place] = tuple(values[place])
    return tuple(values)


def _divided(changes: Iterable[Change]) -> tuple[dict[Table, list[Row]], list[Change], list[Change]]:
    """Set rows that begin, and what is added, apart from all other changes."""
    begun: dict[Table, list[Row]] = {}
    added: list[Change] = []
    others: list[Change] = []
    for change in changes:
        if isinstance(change, Insert):
            begun.setdefault(change.table, []).append(change.row)
        else:
            (added if isinstance(change, Add) else others).append(change)
    return begun, added, others


def _insert(cursor: Cursor[Any], table: Table, rows: Sequence[Row]) -> None:
    """Write rows that are new; COPY takes the server half the time of an insertion that expects conflicts."""
    try:
        if len(rows) >= COPY_FROM_ROWS:
            copy_into(cursor, table, copy_rows(table, rows))
        else:
            cursor.execute(_insert_query(table), _arrays(table.columns, rows, len(table.columns)), prepare=True)
    except psycopg.errors.UniqueViolation as fault:
        raise already_there(table) from fault


def _put(cursor: Cursor[Any], table: Table, rows: Sequence[Row]) -> None:
    cursor.execute(_put_query(table), _arrays(table.columns, rows, len(table.columns)), prepare=True)


def _drop(cursor: Cursor[Any], table: Table, keys: Sequence[Key]) -> None:
    cursor.execute(_drop_query(table), _arrays(table.columns, keys, table.key_columns), prepare=True)


def _add(cursor: Cursor[Any], table: Table, rows: Sequence[Row]) -> None:
    """Add counts to rows; those that come to nothing are named by the same statement, and dropped."""
    cursor.execute(_add_query(table), _arrays(table.columns, rows, len(table.columns)), prepare=True)
    if zeros := [table.key(tuple(row)) for row in cursor.fetchall()]:
        _drop(cursor, table, zeros)


def _arrays(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[object]:
    return [PackedArray(columns[place], [row[place] for row in rows]) for place in range(width)]


@cache
def _insert_query(table: Table) -> bytes:
    names = [column.name for column in table.columns]
    taken = [
        f"new.{column.name}::uuid[]" if column.type == "uuid[]" else f"new.{column.name}" for column in table.columns
    ]
    return (
        f"INSERT INTO {table.name} AS old ({', '.join(names)}) SELECT {', '.join(taken)}"
        f" FROM unnest({_parameters(table, len(names))}) AS new ({', '.join(names)})"
    ).encode()


@cache
def _put_query(table: Table) -> bytes:
    names = [column.name for column in table.columns]
    key, others = names[: table.key_columns], names[table.key_columns :]
    return (
        _insert_query(table)
        + (
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}"
        ).encode()
    )


@cache
def _add_query(table: Table) -> bytes:
    names = [column.name for column in table.columns]
    key, counts = names[: table.key_columns], names[table.key_columns :]
    return (
        f"WITH sums AS (INSERT INTO {table.name} AS old ({', '.join(names)}) SELECT {', '.join(names)}"
        f" FROM unnest({_parameters(table, len(names))}) AS new ({', '.join(names)})"
        f" ON CONFLICT ({', '.join(key)})"
        f" DO UPDATE SET {', '.join(f'{name} = old.{name} + excluded.{name}' for name in counts)}"
        f" RETURNING {', '.join(key)}, {' AND '.join(f'old.{name} = 0' for name in counts)} AS is_nothing)"
        f" SELECT {', '.join(key)} FROM sums WHERE is_nothing"
    ).encode()


@cache
def _drop_query(table: Table) -> bytes:
    return (
        f"DELETE FROM {table.name} AS old USING {_keys(table)}"
        f" WHERE {' AND '.join(f'old.{name} = new.{name}' for name in _key_names(table))}"
    ).encode()


@cache
def _find_query(table: Table) -> bytes:
    names = ", ".join(f"old.{column.name}" for column in table.columns)
    same = " AND ".join(f"old.{name} = new.{name}" for name in _key_names(table))
    return f"SELECT {names} FROM {table.name} AS old JOIN {_keys(table)} ON {same}".encode()


@cache
def _page_query(table: Table, *, from_start: bool, condition: str = "") -> bytes:
    names = ", ".join(column.name for column in table.columns)
    key = ", ".join(_key_names(table))
    beyond = "" if from_start else f"({key}) > ({', '.join(['%b'] * table.key_columns)})"
    conditions = [each for each in (beyond, condition) if each]
    beyond = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {names} FROM {table.name}{beyond} ORDER BY {key} LIMIT %b".encode()


def _within(places: Sequence[str]) -> tuple[str, list[object]]:
    """Write the condition that a row lies in one of these places, with its parameters."""
    whole = [code for code in places if "/" not in code]
    parts = [code.partition("/") for code in places if "/" in code]
    conditions = ["place ^@ ANY(%b::text[])", *["(place ^@ %b::text AND union_council = %b::text)"] * len(parts)]
    return f"({' OR '.join(conditions)})", [
        whole,
        *(each for tehsil, _, council in parts for each in (tehsil, council)),
    ]


_ALONG_THE_KEY = b"SET LOCAL enable_sort = off"
"""Going along the key and passing over others is quicker than sorting all that lie there, for each page again."""


def _keys(table: Table) -> str:
    return f"unnest({_parameters(table, table.key_columns)}) AS new ({', '.join(_key_names(table))})"


def _key_names(table: Table) -> list[str]:
    return [column.name for column in table.columns[: table.key_columns]]


def _parameters(table: Table, width: int) -> str:
    types = ("text" if column.type == "uuid[]" else column.type for column in table.columns[:width])
    return ", ".join(f"%b::{each}[]" for each in types)
