"""Rows of a Parquet file, read batch by batch."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.faults import Refused
from adapters.surveys.lines import Row, json_row
from adapters.surveys.texts import known_columns

BATCH_ROWS = 4096


def parquet_rows(path: Path, columns: tuple[str, ...], *, zipped: bool) -> Iterator[Row]:
    """Every row's number, the texts of these columns, and its fault; see `files.SurveyFile.rows`."""
    number = 0
    with _open(path, zipped=zipped) as stream:
        try:
            table = pq.ParquetFile(stream)
            known_columns(path, columns, table.schema_arrow.names)
            for batch in table.iter_batches(batch_size=BATCH_ROWS, columns=list(dict.fromkeys(columns))):
                for values in zip(*(batch.column(column).to_pylist() for column in columns), strict=True):
                    number += 1
                    yield json_row(number, values)
        except (pa.ArrowException, ValueError) as failure:
            raise Refused(f"{path}: the Parquet file is damaged after row {number}: fetch it again.") from failure


def _open(path: Path, *, zipped: bool) -> IO[bytes]:
    """The file itself; a gzipped one is unpacked into an unnamed temporary file, since Parquet is read from its end."""
    if not zipped:
        return path.open("rb")
    unpacked: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    with gzip.open(path, "rb") as packed:
        shutil.copyfileobj(packed, unpacked)
    unpacked.seek(0)
    return unpacked
