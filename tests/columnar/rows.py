"""Made-up households as columns, for any names a card may read: words become small numbers, fractions numerators."""

from fractions import Fraction
from math import lcm

import duckdb
import ibis
import pyarrow as pa

from adapters.columnar.compiled import DOUBT, SCORE, SCORE_BOTTOM, scoring
from adapters.columnar.exact import ExactEngine
from adapters.columnar.sources import HOUSEHOLD, PLACE_ON_ROSTER, YES_NO, ColumnReader, ColumnSource
from adapters.columnar.stages import to_query


class Rows:
    """Households given as answers and rosters of words, as columns with a reader for them."""

    def __init__(self, households, words=None):
        rosters = [
            {HOUSEHOLD: number, PLACE_ON_ROSTER: place, **member}
            for number, (_, roster) in enumerate(households)
            for place, member in enumerate(roster)
        ]
        answers = [{HOUSEHOLD: number, **each} for number, (each, _) in enumerate(households)]
        self.of_households = {}
        self.of_members = {}
        self.households = _table(answers, self.of_households, (HOUSEHOLD,), words or {})
        self.people = _table(rosters, self.of_members, (HOUSEHOLD, PLACE_ON_ROSTER), words or {})
        self.reader = ColumnReader(self._household, self._member)

    def _household(self, name):
        return self.of_households.get(name, ColumnSource("nothing", low=0, high=0))

    def _member(self, name):
        return self.of_members.get(name, ColumnSource("nothing", low=0, high=0))

    def in_columns(self, card, connection):
        """(score or None) of every household by the expression, and how many it did not vouch for."""
        tables = [
            ibis.table(ibis.schema(table.schema), name)
            for name, table in (("households", self.households), ("people", self.people))
        ]
        scored = scoring(card, self.reader, *tables)
        connection.register("households", self.households)
        connection.register("people", self.people)
        found, doubtful = {}, set()
        for row in connection.sql(to_query(scored.table, "duckdb")).to_arrow_table().to_pylist():
            number = row[HOUSEHOLD]
            top, bottom = row[SCORE], scored.bottom or row.get(SCORE_BOTTOM)
            found[number] = None if top is None else Fraction(top, bottom)
            if row[DOUBT]:
                doubtful.add(number)
        return [found[number] for number in range(len(found))], doubtful

    def exactly(self, card):
        """The same by the exact engine over the same columns."""
        found = dict(ExactEngine(card, self.reader).scores(self.households, self.people))
        return [None if found[number] is None else Fraction(found[number]) for number in range(len(found))]


def _table(rows, sources, keys, words):
    columns = {key: pa.array([row[key] for row in rows], pa.int32()) for key in keys}
    names = dict.fromkeys(name for row in rows for name in row if name not in keys)
    for name in names:
        values = [row.get(name) for row in rows]
        sources[name], stored = _column(name, values, words.get(name))
        columns[name] = pa.array(stored, pa.int64())
    columns["nothing"] = pa.array([None] * len(rows), pa.int64())
    return pa.table(columns)


def _column(name, values, declared):
    known = [value for value in values if value is not None]
    if declared or any(isinstance(value, str) for value in known):
        words = list(dict.fromkeys([*(declared or ()), *known]))
        return ColumnSource(name, dict(enumerate(words))), [None if v is None else words.index(v) for v in values]
    if known and all(isinstance(value, bool) for value in known):
        return ColumnSource(name, YES_NO), [None if v is None else int(v) for v in values]
    bottom = lcm(*(Fraction(value).denominator for value in known)) if known else 1
    stored = [None if value is None else int(value * bottom) for value in values]
    numbers = [value for value in stored if value is not None] or [0]
    return ColumnSource(name, None, min(0, *numbers), max(0, *numbers), bottom), stored


def connection():
    """DuckDB in memory, with one thread."""
    return duckdb.connect(config={"threads": 1})
