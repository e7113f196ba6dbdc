"""Some rows of a survey file at a time, by column: an answer is made once for each text and not once for each row."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from adapters.faults import Refused
from adapters.surveys.lines import Row

BATCH_ROWS = 16_384

Texts = tuple[str, ...]


class Batch(Protocol):
    """Rows of a file. Columns go by their place among those asked for; every list has one entry a row."""

    numbers: list[int]
    """Row numbers, as a spreadsheet shows them."""

    def faults(self) -> list[str]:
        """Why each row cannot be read; "" where it can."""

    def texts(self, place: int) -> list[str]:
        """The texts of a column."""

    def answers(self, place: int, known: Mapping[str, Any]) -> list[Any]:
        """What `known` has for the texts of a column."""

    def row(self, index: int) -> Texts:
        """The texts of one row."""


class RowBatch:
    """Rows that were read one by one."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self._columns: list[list[str]] | None = None
        self.numbers = [number for number, _, _ in rows]

    def faults(self) -> list[str]:
        """Why each row cannot be read; "" where it can."""
        return [fault for _, _, fault in self._rows]

    def texts(self, place: int) -> list[str]:
        """The texts of a column."""
        if self._columns is None:
            self._columns = [list(column) for column in zip(*(texts for _, texts, _ in self._rows), strict=True)]
        return self._columns[place]

    def answers(self, place: int, known: Mapping[str, Any]) -> list[Any]:
        """What `known` has for the texts of a column."""
        return [known[text] for text in self.texts(place)]

    def row(self, index: int) -> Texts:
        """The texts of one row."""
        return self._rows[index][1]


def in_batches(rows: Iterator[Row]) -> Iterator[Batch]:
    """Gather rows. Where the file gives way, what was read before is given first, and the Refused raised then."""
    batch: list[Row] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH_ROWS:
                yield RowBatch(batch)
                batch = []
    except Refused:
        if batch:
            yield RowBatch(batch)
        raise
    if batch:
        yield RowBatch(batch)
