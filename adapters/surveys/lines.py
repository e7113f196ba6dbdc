"""CSV and NDJSON: rows out of lines of text.

Most lines of a CSV file hold no quotation mark; those are cut at the delimiter, and only as far as a column is asked
for, which is quicker than parsing them.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import msgspec

from adapters.faults import Refused
from adapters.submissions.shape import TEXT_CHARACTERS_MAX
from adapters.surveys.texts import known_columns, text_of

LINE_BYTES_MAX = 16 * 1024 * 1024
"""Longest line that is read at all; with a longer one the file is not what it claims to be."""

LINE_PARSED_MAX = 128 * 1024
"""Lines up to here are taken as they are (the parser's own limit for a field is 131,072 characters)."""

REPLACED = "\ufffd"
"""Stands for bytes that are not UTF-8."""

NOT_UTF8 = "the row is not UTF-8: save the file as UTF-8"

Row = tuple[int, tuple[str, ...], str]
"""Row number, the texts of the columns asked for, and the fault ("" where there is none)."""

Reached = list[int]
"""The row that a reader has reached, for the sentence where the file itself gives way."""


def csv_rows(path: Path, stream: IO[bytes], columns: tuple[str, ...], delimiter: str, at: Reached) -> Iterator[Row]:
    """Rows of a CSV file; its heading is row 1."""
    lines = texts(path, stream, delimiter, at)
    heading = _heading(path, next(lines, ""), delimiter)
    width = len(heading)
    places = [heading.index(column) for column in known_columns(path, columns, heading)]
    pick, last, bars = _picker(places), max(places) + 1, width - 1
    at[0], waiting = 1, deque[str]()
    while True:
        rest = _draining(waiting, lines)
        for line in rest:
            at[0] += 1
            if '"' not in line and line.count(delimiter) == bars and REPLACED not in line:
                yield at[0], pick(line.split(delimiter, last)), ""
            elif (head := _before_quotes(line, last, bars, delimiter)) and REPLACED not in line:
                yield at[0], pick(head.split(delimiter, last)), ""
            elif line:
                fields, fault = _parsed(line, rest, waiting, width, delimiter)
                yield at[0], pick(fields), fault
        if not waiting:
            return


def _before_quotes(line: str, last: int, bars: int, delimiter: str) -> str:
    """The part of a line before its first quotation mark, if it holds all that is asked for and the line is whole."""
    parts = line.split('"')
    if len(parts) % 2 == 0 or parts[0].count(delimiter) < last:
        return ""
    return parts[0] if sum(part.count(delimiter) for part in parts[::2]) == bars else ""


def _draining(waiting: deque[str], lines: Iterator[str]) -> Iterator[str]:
    while waiting:
        yield waiting.popleft()
    for line in lines:
        yield line
        while waiting:
            yield waiting.popleft()


def _parsed(line: str, rest: Iterator[str], waiting: deque[str], width: int, delimiter: str) -> tuple[list[str], str]:
    """The fields of a row that is not plain, and its fault.

    A quoted field may run over several lines. If that comes to nothing, a quotation mark is missing or stray: only the
    first line is at fault then, and the others wait to be read for themselves.
    """
    pulled: list[str] = []

    def feed() -> Iterator[str]:
        yield line + "\n"
        for more in rest:
            pulled.append(more)
            yield more + "\n"

    try:
        fields = next(csv.reader(feed(), delimiter=delimiter, strict=True), [])
        fault = "" if len(fields) == width else _ragged(len(fields), width)
    except csv.Error as error:
        fields, fault = line.split(delimiter), f"the row is not CSV ({error}): check its quotation marks"
    if fault:
        waiting.extendleft(reversed(pulled))
        return (fields + [""] * width)[:width], fault
    damaged = REPLACED in line or any(REPLACED in more for more in pulled)
    return fields, NOT_UTF8 if damaged else ""


def _ragged(found: int, wanted: int) -> str:
    return f"the row has {found} fields and the heading {wanted}: quote fields that hold the delimiter"


def _heading(path: Path, line: str, delimiter: str) -> list[str]:
    if not line:
        raise Refused(f"{path}: the file is empty: its first row must name the columns.")
    if REPLACED in line:
        raise Refused(f"{path}, row 1: the heading is not UTF-8: save the file as CSV in UTF-8.")
    try:
        heading = [name.strip() for name in next(csv.reader([line.removeprefix("\ufeff")], delimiter=delimiter))]
    except csv.Error as error:
        raise Refused(f"{path}, row 1: the heading is not CSV ({error}): save the file as CSV.") from error
    twice = next((name for name in heading if heading.count(name) > 1), None)
    if twice is not None:
        raise Refused(f"{path}, row 1: column {twice[:100]!r} stands twice: rename one of the two.")
    return heading


def texts(path: Path, stream: IO[bytes], delimiter: str, at: Reached) -> Iterator[str]:
    """Every line without its end. A text that is too long is cut where it is still too long to be taken.

    It is refused then by the name of its column, like any other.
    """
    long_text = re.compile(f'[^"\\n{re.escape(delimiter)}]{{{TEXT_CHARACTERS_MAX + 1},}}')
    while line := stream.readline(LINE_BYTES_MAX + 1):
        text = line.decode(errors="replace").rstrip("\r\n")
        if len(line) > LINE_PARSED_MAX:
            if len(line) > LINE_BYTES_MAX:
                raise Refused(
                    f"{path}, row {at[0] + 1}: the line is longer than {LINE_BYTES_MAX:,} bytes: "
                    "is a quotation mark missing, or is this another kind of file?"
                )
            text = long_text.sub(lambda found: found[0][: TEXT_CHARACTERS_MAX + 1], text)
        yield text


def json_rows(path: Path, stream: IO[bytes], columns: tuple[str, ...], at: Reached) -> Iterator[Row]:
    """Rows of an NDJSON file, one object a line, counted from 1; a column that is left out is empty."""
    missing = set(columns)
    for line in texts(path, stream, ",", at):
        at[0] += 1
        if not line or line.isspace():
            continue
        record, fault = _record(line)
        missing -= record.keys()
        yield json_row(at[0], [record.get(column) for column in columns], fault)
    if missing and at[0]:
        raise Refused(f"{path}: no line has {', '.join(sorted(missing))}: correct the mapping or the file.")


def _record(line: str) -> tuple[dict[str, Any], str]:
    if REPLACED in line:
        return {}, NOT_UTF8
    try:
        record = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        return {}, f"the line is not JSON ({error}): write one object a line"
    return (record, "") if isinstance(record, dict) else ({}, "the line is not a JSON object: write one object a line")


def json_row(number: int, values: Sequence[Any], fault: str = "") -> Row:
    """A row of typed values as texts."""
    try:
        return number, tuple(map(text_of, values)), fault
    except TypeError as error:
        return number, ("",) * len(values), f"a column holds {error}: write a text, a number, true, false or null"


def _picker(places: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(places) == 1:
        only = places[0]
        return lambda fields: (fields[only],)
    return itemgetter(*places)
