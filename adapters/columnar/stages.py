"""Columns worked out once: what is used more than once becomes a column of its own, a stage of the query further.

An expression is a tree, and in the query's text every branch of it stands as often as it is used. The text of a card
with links grew to 18 MB; in stages it is 80 kB.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import ibis
import msgspec
from ibis.expr.types import Table

from adapters.columnar.numbers import Column, Number
from adapters.columnar.reals import Real
from adapters.columnar.values import Value

FRAMES_MAX: Final = 20_000
"""Writing a query goes as deep as its stages; Python 3.11 needs no more of the machine's own stack for it."""


class Stages:
    """A table that grows by columns."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._count = 0

    def columns(self, columns: Iterable[Column]) -> list[Column]:
        """Make columns of expressions, all in one stage; gives them in the same order."""
        named = {}
        for column in columns:
            self._count += 1
            named[f"stage_{self._count}"] = column
        if named:
            self.table = self.table.mutate(**named)
        return [self.table[name] for name in named]

    def values(self, values: Sequence[Value]) -> list[Value]:
        """The same values, each worked out once."""
        kept = iter(self.columns([part for value in values for part in _of_value(value)]))
        return [_value(value, kept) for value in values]

    def numbers(self, numbers: Sequence[Number]) -> list[Number]:
        """The same numbers, each worked out once."""
        kept = iter(self.columns([part for number in numbers for part in _of_number(number)]))
        return [_number(number, kept) for number in numbers]

    def reals(self, reals: Sequence[Real]) -> list[Real]:
        """The same floats with their bounds, each worked out once."""
        kept = iter(self.columns([getattr(real, name) for real in reals for name in Real.__struct_fields__]))
        return [Real(*(next(kept) for _ in Real.__struct_fields__)) for _ in reals]


def _of_number(number: Number) -> list[Column]:
    return [number.top] if isinstance(number.bottom, int) else [number.top, number.bottom]


def _number(number: Number, kept: Iterator[Column]) -> Number:
    top = next(kept)
    bottom = number.bottom if isinstance(number.bottom, int) else next(kept)
    return msgspec.structs.replace(number, top=top, bottom=bottom)


def _of_value(value: Value) -> list[Column]:
    own = [part for part in (value.code, value.flag) if part is not None]
    own += [] if value.number is None else _of_number(value.number)
    return own + [part for each in value.pair for part in _of_value(each)]


def _value(value: Value, kept: Iterator[Column]) -> Value:
    code = None if value.code is None else next(kept)
    flag = None if value.flag is None else next(kept)
    number = None if value.number is None else _number(value.number, kept)
    return Value(code, value.words, flag, number, tuple(_value(each, kept) for each in value.pair))


def to_query(table: Table, dialect: str) -> str:
    """Write a staged table as SQL, its stages kept apart."""
    frames, fused = sys.getrecursionlimit(), ibis.options.sql.fuse_selects
    sys.setrecursionlimit(max(frames, FRAMES_MAX))
    ibis.options.sql.fuse_selects = False
    try:
        return str(ibis.to_sql(table, dialect=dialect))
    finally:
        ibis.options.sql.fuse_selects = fused
        sys.setrecursionlimit(frames)
