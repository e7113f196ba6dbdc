"""Rows of a survey file as texts: CSV, NDJSON or Parquet, each also gzipped.

Row numbers are those a spreadsheet shows: the heading of a CSV file is row 1. NDJSON and Parquet count from 1.
A row that cannot be read is given with its fault, so that it is accounted for; a file that cannot is refused.
"""

import contextlib
import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

from adapters.faults import Refused
from adapters.surveys.batches import Batch, in_batches
from adapters.surveys.lines import Reached, Row, csv_rows, json_rows

BUFFER_BYTES = 1024 * 1024
FORMATS = (".csv", ".tsv", ".ndjson", ".jsonl", ".parquet")


class SurveyFile:
    """A survey file of whichever format its name says."""

    def __init__(self, path: Path, delimiter: str = ",") -> None:
        suffixes = [suffix.lower() for suffix in path.suffixes]
        self.path = path
        self.zipped = suffixes[-1:] == [".gz"]
        self.format = next(iter(suffixes[-2:-1] if self.zipped else suffixes[-1:]), "")
        self.delimiter = "\t" if self.format == ".tsv" else delimiter
        if self.format not in FORMATS:
            raise Refused(
                f"{path}: the format is not known: the name must end in {', '.join(FORMATS)}, or these + .gz."
            )

    def batches(self, columns: tuple[str, ...]) -> Iterator[Batch]:
        """Every row, many at a time, with the texts of these columns.

        Raises Refused, naming file and row, where the file ends too early, lacks a column or is not of its format.
        """
        return self._parquet(columns) if self.format == ".parquet" else in_batches(self._rows(columns))

    def _parquet(self, columns: tuple[str, ...]) -> Iterator[Batch]:
        from adapters.surveys.parquet import parquet_batches  # noqa: PLC0415  # pyarrow takes long to load

        with self._refusing([0]):
            yield from parquet_batches(self.path, columns, zipped=self.zipped)

    def _rows(self, columns: tuple[str, ...]) -> Generator[Row, None, None]:
        at: Reached = [0]
        with self._refusing(at), self._open() as stream:
            if self.format in (".csv", ".tsv"):
                yield from csv_rows(self.path, stream, columns, self.delimiter, at)
            else:
                yield from json_rows(self.path, stream, columns, at)

    def whole_numbers(self, columns: tuple[str, ...]) -> tuple[bool, int, int] | None:
        """Whether the whole numbers of the first column never fall, and the least and greatest, if quickly told.

        None where they are not, and `keys` must be looked at; else all these columns were read to the end of the file.
        """
        if self.format != ".parquet":
            return None
        from adapters.surveys.parquet import whole_numbers  # noqa: PLC0415  # pyarrow takes long to load

        with self._refusing([0]):
            return whole_numbers(self.path, columns, zipped=self.zipped)

    def keys(self, columns: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The texts of these columns in every row; raises Refused as `batches` does, also where a needed one lacks."""
        if self.format in (".csv", ".tsv"):
            with contextlib.closing(self._rows(needed)) as rows:
                next(rows, None)
            needed = columns
        places = [needed.index(column) for column in columns]
        for batch in self.batches(needed):
            yield from zip(*map(batch.texts, places), strict=True)

    def _open(self) -> IO[bytes]:
        if self.zipped:
            return io.BufferedReader(gzip.open(self.path, "rb"), BUFFER_BYTES)
        return self.path.open("rb", BUFFER_BYTES)

    @contextlib.contextmanager
    def _refusing(self, at: Reached) -> Iterator[None]:
        """Say in a sentence where the file itself gives way; `at` holds the row reached."""
        try:
            yield
        except (EOFError, gzip.BadGzipFile, zlib.error) as failure:
            raise Refused(
                f"{self.path}: the gz file is damaged or ends too early after row {at[0]}: fetch it again."
            ) from failure
        except OSError as failure:
            raise Refused(
                f"{self.path}: cannot be read ({failure.strerror}): check the path and who may read it."
            ) from failure
