"""Holding rows of the answers against those that follow from the log, a range of households at a time.

A whole range is compared as bytes: the server gives the rows as it would copy them out, and the rows that follow are
packed as they would be copied in. Only where these differ, rows are looked at one by one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from psycopg import Cursor

from adapters.audit.against_decisions import shown
from adapters.audit.findings import Finding, Kind
from adapters.followers.rebuild import Rows
from adapters.postgres.framing import framed
from adapters.postgres.household_ranges import HouseholdRange
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import copy_rows
from domain.questionnaire.codes import Code
from projections.catalogue import ANSWERS
from projections.changes import Key, Row, Table

Whom = HouseholdRange | tuple[UUID, ...]
"""A range of households, or some of them, wherever their ids lie."""
OF_HOUSEHOLDS = tuple(table for table in ANSWERS if not table.is_counted)
"""Tables of which each row is about one household; what is counted is compared when all are."""


def compare_answers(
    log: PostgresLog,
    within: Whom,
    rows: Rows,
    alternatives: Mapping[Table, Mapping[Key, Sequence[Row]]],
    passed_over: Collection[UUID],
) -> Iterator[Finding]:
    """Say which rows of a range do not follow. One may be as an alternative says; some households are passed over."""
    for table in OF_HOUSEHOLDS:
        follows = sorted(rows.get(table, ()), key=table.key)
        if _stored_bytes(log, table, within) != b"".join(framed([copy_rows(table, follows)])):
            found = {_plain_key(table, row): row for row in _stored_rows(log, table, within)}
            yield from _differences(table, found, follows, alternatives.get(table, {}), passed_over)


def _condition(within: Whom) -> str:
    is_range = isinstance(within, HouseholdRange)
    return "household_id > %s AND household_id <= %s" if is_range else "household_id = ANY(%s)"


def _parameters(within: Whom) -> Sequence[object]:
    return within if isinstance(within, HouseholdRange) else (list(within),)


def _stored_bytes(log: PostgresLog, table: Table, within: Whom) -> bytes:
    def read(cursor: Cursor[Any]) -> bytes:
        with cursor.copy(_query(table, _condition(within), for_copy=True), _parameters(within)) as copy:
            return b"".join(map(bytes, copy))

    return log.read(read)


def _stored_rows(log: PostgresLog, table: Table, within: Whom) -> list[Row]:
    return log.read(
        lambda cursor: cursor.execute(_query(table, _condition(within), for_copy=False), _parameters(within)).fetchall()
    )


@cache
def _query(table: Table, condition: str, *, for_copy: bool) -> bytes:
    """Rows of a range in the order of their key, texts by their code points, which is the order of Python."""
    columns = ", ".join(column.name for column in table.columns)
    order = ", ".join(
        f'{column.name} COLLATE "C"' if column.type == "text" else column.name
        for column in table.columns[: table.key_columns]
    )
    query = f"SELECT {columns} FROM {table.name} WHERE {condition} ORDER BY {order}"  # noqa: S608 - names of ours
    return (f"COPY ({query}) TO STDOUT (FORMAT binary)" if for_copy else query).encode()


def _differences(
    table: Table,
    found: Mapping[Key, Row],
    follows: Sequence[Row],
    alternatives: Mapping[Key, Sequence[Row]],
    passed_over: Collection[UUID],
) -> Iterator[Finding]:
    at = table.column("household_id")
    expected = {_plain_key(table, row): row for row in follows}
    for key in sorted(found.keys() | expected.keys()):
        stored, row = found.get(key), expected.get(key)
        household = (stored or row or ())[at]
        if household in passed_over or _are_alike(table, stored, row):
            continue
        if any(_are_alike(table, stored, each) for each in alternatives.get(key, ())):
            continue
        yield Finding(Kind.ANSWER_DIFFERS, f"{table.name}: {_says(table, key, stored, row)}", None, str(household))


def _says(table: Table, key: Key, stored: Row | None, row: Row | None) -> str:
    which = _which(table, key)
    if stored is None:
        return f"the row{which} follows, and is not there"
    if row is None:
        return f"a row{which} is there, and does not follow"
    differing = "; ".join(
        f"{column.name} is {shown(_coded(was, expected))}, and {shown(expected)} follows"
        for column, was, expected in zip(table.columns, _plain(table, stored), _plain(table, row), strict=True)
        if was != expected
    )
    return f"in the row{which} {differing}" if which else differing


def _which(table: Table, key: Key) -> str:
    """Which of a household's rows it is, where it may have several."""
    if table.columns[0].name != "household_id":
        return f" of position {key[0]:,}"
    return f" of {' '.join(map(shown, key[1:]))}" if len(key) > 1 else ""


def _coded(was: object, expected: object) -> object:
    """A code as it is stored, as the code that it stands for."""
    if not isinstance(expected, Code):
        return was
    return next((code for code in type(expected) if code.value == was), was)


def _are_alike(table: Table, one: Row | None, other: Row | None) -> bool:
    if one is None or other is None:
        return one is other
    return _plain(table, one) == _plain(table, other)


def _plain_key(table: Table, row: Row) -> Key:
    return _plain(table, row)[: table.key_columns]


def _plain(table: Table, row: Row) -> Row:
    """A row whose ids are all bytes: those that were stored come as UUIDs, those that follow as either."""
    return tuple(
        value if value is None else _READ[column.type](value) if column.type in _READ else value
        for column, value in zip(table.columns, row, strict=True)
    )


def _as_bytes(value: Any) -> bytes:
    return value.bytes if isinstance(value, UUID) else bytes(value)


def _all_as_bytes(values: Sequence[Any]) -> tuple[bytes, ...]:
    return tuple(map(_as_bytes, values))


_READ: dict[str, Callable[[Any], Any]] = {"uuid": _as_bytes, "uuid[]": _all_as_bytes, "bytea": bytes}
