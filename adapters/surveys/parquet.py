"""A Parquet file, read batch by batch; a column that has few different values is looked at once for each of them."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adapters.faults import Refused
from adapters.surveys.batches import BATCH_ROWS, Batch, RowBatch, Texts
from adapters.surveys.lines import json_row
from adapters.surveys.texts import known_columns, text_of

DAMAGED = (pa.ArrowException, ValueError, OSError)

PLAIN = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_boolean,
    pa.types.is_date32,
)
"""Kinds of columns whose values are texts, or become texts one for one."""


class ArrowBatch:
    """Rows of which every column holds plain values."""

    def __init__(self, first: int, columns: list[pa.Array]) -> None:
        self._columns = columns
        self._texts: dict[int, list[str]] = {}
        self.numbers = list(range(first, first + len(columns[0])))

    def faults(self) -> list[str]:
        """Why each row cannot be read: a row of plain values always can."""
        return [""] * len(self.numbers)

    def texts(self, place: int) -> list[str]:
        """The texts of a column."""
        if place not in self._texts:
            self._texts[place] = _texts(self._columns[place])
        return self._texts[place]

    def answers(self, place: int, known: Mapping[str, Any]) -> list[Any]:
        """What `known` has for the texts of a column."""
        column = self._columns[place]
        if pa.types.is_dictionary(column.type) and len(column.dictionary) > len(column):  # that of the whole file
            return [known[text] for text in self.texts(place)]
        different, picks = _coded(column)
        answers = [known[text] for text in different]
        return [answers[pick] for pick in picks]

    def row(self, index: int) -> Texts:
        """The texts of one row."""
        return tuple([self.texts(place)[index] for place in range(len(self._columns))])


def parquet_batches(path: Path, columns: tuple[str, ...], *, zipped: bool) -> Iterator[Batch]:
    """The rows of a file, with the texts of these columns; see `files.SurveyFile.batches`."""
    row = 0
    with _open(path, zipped=zipped) as stream:
        try:
            table = pq.ParquetFile(stream)
            known_columns(path, columns, table.schema_arrow.names)
            for batch in table.iter_batches(batch_size=BATCH_ROWS, columns=list(dict.fromkeys(columns))):
                read = [batch.column(column) for column in columns]
                if all(_is_plain(column.type) for column in read):
                    yield ArrowBatch(row + 1, read)
                else:
                    values = zip(*(column.to_pylist() for column in read), strict=True)
                    yield RowBatch([json_row(number, of_row) for number, of_row in enumerate(values, row + 1)])
                row += batch.num_rows
        except DAMAGED as failure:
            raise Refused(f"{path}: the Parquet file is damaged after row {row}: fetch it again.") from failure


def whole_numbers(path: Path, columns: tuple[str, ...], *, zipped: bool) -> tuple[bool, int, int] | None:
    """Whether the first of these columns never falls, and its least and greatest number.

    None where it holds anything but whole numbers from 0, or no row. All columns are read to the end, and so a damaged
    file is found out.
    """
    ascending, least, greatest, last = True, None, None, None
    with _open(path, zipped=zipped) as stream:
        try:
            table = pq.ParquetFile(stream)
            known_columns(path, columns, table.schema_arrow.names)
            if not pa.types.is_integer(table.schema_arrow.field(columns[0]).type):
                return None
            for batch in table.iter_batches(columns=list(dict.fromkeys(columns))):
                keys = batch.column(columns[0])
                if not len(keys):
                    continue
                bounds = pc.min_max(keys).as_py()
                if keys.null_count or bounds["min"] < 0:  # such a key is sorted as a text, behind the numbers
                    return None
                ascending &= last is None or last <= keys[0].as_py()
                ascending &= not pc.any(pc.less(keys[1:], keys[:-1])).as_py()
                last = keys[-1].as_py()
                least = bounds["min"] if least is None else min(least, bounds["min"])
                greatest = bounds["max"] if greatest is None else max(greatest, bounds["max"])
        except DAMAGED as failure:
            raise Refused(f"{path}: the Parquet file is damaged: fetch it again.") from failure
    return None if least is None or greatest is None else (ascending, least, greatest)


def _texts(column: pa.Array) -> list[str]:
    """A column as texts. By way of numpy, which takes a third of the time of `to_pylist`."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type):
        return list(pc.fill_null(column, "").to_numpy(zero_copy_only=False))
    if pa.types.is_integer(column.type) and not column.null_count:
        return list(map(str, column.to_numpy().tolist()))
    return list(map(text_of, column.to_pylist()))


def _coded(column: pa.Array) -> tuple[list[str], list[int]]:
    """The different texts of a column, and which of them stands in each row."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode(null_encoding="encode")
    different = [text_of(value) for value in column.dictionary.to_pylist()]
    picks = column.indices
    if picks.null_count:
        picks = pc.fill_null(picks.cast(pa.int32()), len(different))
        different.append("")
    return different, picks.to_numpy(zero_copy_only=False).tolist()


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return any(test(kind) for test in PLAIN)


def _open(path: Path, *, zipped: bool) -> IO[bytes]:
    """The file itself; a gzipped one is unpacked into an unnamed temporary file, since Parquet is read from its end."""
    if not zipped:
        return path.open("rb")
    unpacked: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    with gzip.open(path, "rb") as packed:
        shutil.copyfileobj(packed, unpacked)
    unpacked.seek(0)
    return unpacked
