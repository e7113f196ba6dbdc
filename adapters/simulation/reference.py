"""A reference that says who is really poor: a column of a survey, or who receives a benefit, by household."""

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.faults import Refused

ROWS_MAX: Final = 5_000_000
BY_ID, BY_KEY = "household", "source_key"
_YES: Final = frozenset({"yes", "true", "1", "y"})
_NO: Final = frozenset({"no", "false", "0", "n"})

FindIds = Callable[[list[str]], Mapping[str, bytes]]
"""Finds households by the keys that a survey gave them."""


class Asked(msgspec.Struct, frozen=True):
    """What `--reference FILE:COLUMN`, `FILE:COLUMN:below VALUE` or `FILE:COLUMN:is WORD` says."""

    file: Path
    column: str
    below: float | None = None
    word: str | None = None

    @property
    def in_words(self) -> str:
        """Who counts as poor."""
        if self.below is not None:
            return f"{self.column} below {self.below:g}"
        return f"{self.column} is {self.word}" if self.word is not None else self.column


class Reference(msgspec.Struct, frozen=True):
    """For each household: whether it counts as poor, and its value where the reference is a number (else not one)."""

    asked: Asked
    ids: np.ndarray
    """The households' ids, 16 bytes each, in ascending order."""
    poor: np.ndarray
    values: np.ndarray
    unread: int
    """Rows without a readable value."""

    def find(self, ids: Iterable[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Which of these households the reference knows, and at which place."""
        wanted = np.array(list(ids), dtype="S16") if not isinstance(ids, np.ndarray) else ids
        if not len(self.ids):
            return np.zeros(len(wanted), bool), np.zeros(len(wanted), np.int64)
        places = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return self.ids[places] == wanted, places


def read_asked(text: str) -> Asked:
    """Take FILE:COLUMN[:below VALUE | :is WORD] apart. Raises Refused."""
    file, _, rest = text.partition(":")
    column, _, rule = rest.partition(":")
    kind, _, value = rule.strip().partition(" ")
    asked = Asked(Path(file), column)
    if file and column and not rule:
        return asked
    if file and column and kind == "is" and value:
        return msgspec.structs.replace(asked, word=value.strip())
    try:
        below = float(value)
    except ValueError:
        below = float("nan")
    if not (file and column) or kind != "below" or not isfinite(below):
        raise Refused(
            f"--reference: {text!r} is not understood: write FILE:COLUMN (of yes and no), FILE:COLUMN:below VALUE or "
            "FILE:COLUMN:is WORD."
        )
    return msgspec.structs.replace(asked, below=below)


def read_reference(asked: Asked, find_ids: FindIds | None) -> Reference:
    """Read a CSV (also .gz) or Parquet file with a column `household` (ids) or `source_key` (the survey's own keys).

    Raises Refused for a file that cannot be read, has not the columns, or has keys and no registry to find them in.
    """
    ids: list[bytes] = []
    keys: list[str] = []
    poor: list[bool] = []
    values: list[float] = []
    unread = 0
    with _rows(asked) as (names, rows):
        by = next((name for name in (BY_ID, BY_KEY) if name in names), None)
        if by is None:
            raise Refused(f"{asked.file}: there is no column {BY_ID!r} (ids) or {BY_KEY!r} to know households by.")
        if asked.column not in names:
            raise Refused(f"{asked.file}: there is no column {asked.column!r}; there are {', '.join(names[:20])}.")
        for number, row in enumerate(rows, 2):
            if number > ROWS_MAX:
                raise Refused(f"{asked.file}: more than {ROWS_MAX:,} rows; a reference is a sample.")
            read = _judged(asked, row[asked.column])
            if read is None:
                unread += 1
                continue
            if by == BY_ID:
                ids.append(_id(asked, number, str(row[by])))
            else:
                keys.append(str(row[by]))
            poor.append(read[0])
            values.append(read[1])
    if keys:
        ids, poor, values = _by_keys(asked, keys, poor, values, find_ids)
    order = np.argsort(np.array(ids, dtype="S16"), kind="stable")
    return Reference(
        asked,
        np.array(ids, dtype="S16")[order],
        np.array(poor, dtype=bool)[order],
        np.array(values, dtype=np.float64)[order],
        unread,
    )


def _judged(asked: Asked, written: object) -> tuple[bool, float] | None:
    text = "" if written is None else str(written).strip()
    if asked.word is not None:
        return text == asked.word, float("nan")
    if asked.below is not None:
        try:
            value = float(text)
        except ValueError:
            return None
        return (value < asked.below, value) if isfinite(value) else None
    if text.lower() in _YES:
        return True, float("nan")
    return (False, float("nan")) if text.lower() in _NO else None


def _id(asked: Asked, number: int, written: str) -> bytes:
    try:
        return UUID(written).bytes
    except ValueError:
        raise Refused(f"{asked.file}, line {number}: {written[:60]!r} is not a household id.") from None


def _by_keys(
    asked: Asked, keys: list[str], poor: list[bool], values: list[float], find_ids: FindIds | None
) -> tuple[list[bytes], list[bool], list[float]]:
    if find_ids is None:
        raise Refused(f"{asked.file} knows households by {BY_KEY!r}, and only a registry can tell whose they are.")
    found = find_ids(keys)
    kept = [place for place, key in enumerate(keys) if key in found]
    return [found[keys[place]] for place in kept], [poor[place] for place in kept], [values[place] for place in kept]


@contextmanager
def _rows(asked: Asked) -> Iterator[tuple[list[str], Iterator[Mapping[str, Any]]]]:
    path = asked.file
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield table.column_names, iter(table.to_pylist())
            return
        with _text(path) as lines:
            reader = csv.DictReader(lines)
            yield list(reader.fieldnames or ()), reader
    except OSError as failure:
        raise Refused(f"{path}: cannot be read ({failure.strerror or failure}).") from failure
    except (csv.Error, UnicodeDecodeError, EOFError, pa.ArrowException) as fault:
        raise Refused(f"{path} is damaged: {str(fault)[:200]}") from fault


def _text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
