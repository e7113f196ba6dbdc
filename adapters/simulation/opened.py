"""An extract opened for scoring: a card compiled once, run over every part, doubtful rows by the exact engine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

import ibis
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.columnar.compiled import DOUBT, SCORE, SCORE_BOTTOM, Scoring, scoring
from adapters.columnar.exact import ExactEngine, columns_read
from adapters.columnar.numbers import NotInColumns
from adapters.columnar.sources import HOUSEHOLD, ColumnReader
from adapters.columnar.stages import to_query
from adapters.extract.columns import column_reader
from adapters.extract.manifest import AGAIN, Manifest, Part, check_file, check_files, read_manifest
from adapters.faults import Refused
from domain.scorecard.card import Scorecard

ANSWERED: Final = "answered"
SIZE: Final = "household_size"
WORKERS: Final = 2
PARTS_AHEAD_MAX: Final = 4


class Engine(Protocol):
    """Runs a query over the two tables of a part."""

    dialect: str
    parallel: bool
    """Whether several parts may be run at once."""

    def run(self, query: str, households: Path, people: Path) -> pa.Table:
        """Run a query in which the tables are called `households` and `people`."""


class ScoredPart(msgspec.Struct, frozen=True):
    """Rows of one part: the kept columns, and the score as `top` over `bottom`; `scored` says where there is one."""

    rows: pa.Table
    top: np.ndarray
    bottom: np.ndarray | int
    scored: np.ndarray
    exactly: int
    """Households that the exact engine scored, because the expression did not vouch for them."""

    def column(self, name: str, absent: int = 0) -> np.ndarray:
        """A kept column, with a number in place of null."""
        values: np.ndarray = pc.fill_null(self.rows[name], absent).to_numpy()
        return values


class OpenExtract:
    """An extract whose files are what its manifest says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        check_files(folder, self.manifest)
        self.reader: ColumnReader = column_reader(self.manifest.ranges_of_households, self.manifest.ranges_of_people)

    def score(self, card: Scorecard | None, engine: Engine, keep: tuple[str, ...]) -> Iterator[ScoredPart]:
        """Score every part, in any order; without a card only the kept columns are read.

        Raises Refused where a part is damaged, or has not what the card or the simulation reads.
        """
        plan = _Plan(self, card, engine, tuple(dict.fromkeys((*keep, ANSWERED, SIZE))))
        parts = iter(self.manifest.parts)
        if not engine.parallel:
            yield from map(plan.scored, parts)
            return
        with ThreadPoolExecutor(WORKERS, "simulate") as pool:
            waiting = [pool.submit(plan.scored, part) for part in islice(parts, PARTS_AHEAD_MAX)]
            while waiting:
                done = waiting.pop(0)
                scored = done.result()
                waiting += [pool.submit(plan.scored, part) for part in islice(parts, 1)]
                yield scored


class _Plan:
    """What is done to each part: one query, and the exact engine for what it leaves in doubt."""

    def __init__(self, extract: OpenExtract, card: Scorecard | None, engine: Engine, keep: tuple[str, ...]) -> None:
        self._folder = extract.folder
        self._engine = engine
        self._keep = keep
        self._exact = None if card is None else ExactEngine(card, extract.reader)
        self._read = ((), ()) if card is None else columns_read(card, extract.reader)
        self._scoring = _expression(extract, card, keep)
        self._query = to_query(self._scoring.table, engine.dialect)

    def scored(self, part: Part) -> ScoredPart:
        """Score one part. Every byte is held against its hash first, which takes a fiftieth of the time."""
        for file in (part.households, part.people):
            check_file(self._folder / file.name, file, hashes=True)
        households, people = self._folder / part.households.name, self._folder / part.people.name
        rows = self._engine.run(self._query, households, people)
        return self._settled(rows, households, people)

    def _settled(self, rows: pa.Table, households: Path, people: Path) -> ScoredPart:
        if self._exact is None:
            nobody = np.zeros(rows.num_rows, np.int64)
            return ScoredPart(rows, nobody, 1, nobody.astype(bool), 0)
        top = rows[SCORE].combine_chunks()
        scored = pc.is_valid(top).to_numpy(zero_copy_only=False)
        tops = pc.fill_null(top, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        bottom = self._scoring.bottom
        bottoms = pc.fill_null(rows[SCORE_BOTTOM], 1).to_numpy().astype(np.int64) if bottom is None else bottom
        part = ScoredPart(rows, tops, bottoms, scored, 0)
        can = (part.column(ANSWERED) == 1) & (part.column(SIZE) > 0)
        doubtful = rows[DOUBT].to_numpy() & can
        scored &= can
        if doubtful.any():
            part = self._exactly(part, doubtful, households, people)
        return part

    def _exactly(self, part: ScoredPart, doubtful: np.ndarray, households: Path, people: Path) -> ScoredPart:
        """Let the exact engine score the doubtful rows."""
        numbers = part.rows[HOUSEHOLD].to_numpy()
        wanted = pa.array(numbers[doubtful])
        of_households, of_people = self._read
        tables = [
            _rows_of(path, (HOUSEHOLD, *columns), wanted)
            for path, columns in ((households, of_households), (people, of_people))
        ]
        assert self._exact is not None, "whoever has no card has no doubts"
        scores = dict(self._exact.scores(*tables))
        top, scored = part.top.copy(), part.scored.copy()
        bottom = part.bottom if isinstance(part.bottom, int) else part.bottom.copy()
        for place in np.flatnonzero(doubtful):
            score = scores[int(numbers[place])]
            scored[place] = score is not None
            if score is None:
                continue
            numerator, denominator = score.as_integer_ratio()
            if isinstance(bottom, int):
                assert bottom % denominator == 0, "the exact score has the denominator that the card has"
                top[place] = numerator * (bottom // denominator)
            else:
                top[place], bottom[place] = numerator, denominator
        return ScoredPart(part.rows, top, bottom, scored, int(doubtful.sum()))


def _rows_of(path: Path, columns: tuple[str, ...], wanted: pa.Array) -> pa.Table:
    table = pq.read_table(path, columns=list(dict.fromkeys(columns)))
    return table.filter(pc.is_in(table[HOUSEHOLD], wanted))


def _expression(extract: OpenExtract, card: Scorecard | None, keep: tuple[str, ...]) -> Scoring:
    if not extract.manifest.parts:
        raise Refused("The extract holds no households.")
    first = extract.manifest.parts[0]
    households, people = (
        ibis.table(ibis.schema(pq.read_schema(extract.folder / file.name)), name)
        for file, name in ((first.households, "households"), (first.people, "people"))
    )
    absent = [name for name in keep if name not in households.columns]
    if absent:
        raise Refused(f"The extract has no column {', '.join(absent)}: it was made by another version. {AGAIN}")
    if card is None:
        return Scoring(households.select(HOUSEHOLD, *keep), 1)
    try:
        return scoring(card, extract.reader, households, people, keep)
    except NotInColumns as why:
        raise Refused(f"Scorecard {card.id} cannot be simulated: {why}") from why
