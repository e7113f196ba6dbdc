"""Rows of a survey file as texts, one at a time: CSV, NDJSON or Parquet, each also gzipped.

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

    def rows(self, columns: tuple[str, ...]) -> Generator[Row, None, None]:
        """Every row, with the texts of these columns in this order.

        Raises Refused, naming file and row, where the file ends too early, lacks a column or is not of its format.
        """
        at: Reached = [0]
        with self._refusing(at):
            if self.format == ".parquet":
                from adapters.surveys.parquet import parquet_rows  # noqa: PLC0415  # pyarrow takes long to load

                yield from parquet_rows(self.path, columns, zipped=self.zipped)
                return
            with self._open() as stream:
                if self.format in (".csv", ".tsv"):
                    yield from csv_rows(self.path, stream, columns, self.delimiter, at)
                else:
                    yield from json_rows(self.path, stream, columns, at)

    def keys(self, columns: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The texts of these columns in every row; raises Refused as `rows` does, also where a needed column lacks."""
        if self.format in (".ndjson", ".jsonl"):  # which columns there are is known at the end only
            places = [needed.index(column) for column in columns]
            return (tuple(texts[place] for place in places) for _, texts, _ in self.rows(needed))
        with contextlib.closing(self.rows(needed)) as rows:
            next(rows, None)
        return (texts for _, texts, _ in self.rows(columns))

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
