"""Columns worked out once: what is used more than once becomes a column of its own, a stage of the query further.

An expression is a tree, and in the query's text every branch of it stands as often as it is used. The text of a card
with links grew to 18 MB; in stages it is 80 kB.
"""

from collections.abc import Iterable

import ibis
import msgspec
from ibis.expr.types import Table

from adapters.columnar.numbers import Column, Number
from adapters.columnar.reals import Real
from adapters.columnar.values import Value


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
        self.table = self.table.mutate(**named)
        return [self.table[name] for name in named]

    def value(self, value: Value) -> Value:
        """The same value, worked out once."""
        number = value.number
        parts = [part for part in (value.code, value.flag) if part is not None]
        kept = iter(self.columns([*parts, *([] if number is None else _parts(number))]))
        return Value(
            None if value.code is None else next(kept),
            value.words,
            None if value.flag is None else next(kept),
            None if number is None else _number(number, kept),
            tuple(self.value(part) for part in value.pair),
        )

    def number(self, number: Number) -> Number:
        """The same number, worked out once."""
        return _number(number, iter(self.columns(_parts(number))))

    def real(self, real: Real) -> Real:
        """The same float with its bounds, worked out once."""
        return Real(*self.columns([real.value, real.error, real.refused, real.doubtful]))


def _parts(number: Number) -> list[Column]:
    return [number.top] if isinstance(number.bottom, int) else [number.top, number.bottom]


def _number(number: Number, kept: "Iterable[Column]") -> Number:
    columns = iter(kept)
    top = next(columns)
    bottom = number.bottom if isinstance(number.bottom, int) else next(columns)
    return msgspec.structs.replace(number, top=top, bottom=bottom)


def to_query(table: Table, dialect: str) -> str:
    """Write a staged table as SQL, its stages kept apart."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        return str(ibis.to_sql(table, dialect=dialect))
    finally:
        ibis.options.sql.fuse_selects = before
