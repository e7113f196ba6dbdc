"""A file of places: one code a line, or a CSV with a column named `code`."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.faults import Refused
from domain.places import Places

BYTES_MAX = 10_000_000
PLACES_MAX = 20_000
"""More than there are union councils (about 8,000)."""
SENTENCES_MAX = 20


def read_places(path: Path, places: Places) -> tuple[str, ...]:
    """Read the codes, each once, in their order. Raises Refused with the number of every line that names no place."""
    codes: dict[str, None] = {}
    problems: list[str] = []
    for line, code in _codes(path):
        if problem := places.find_problem(code):
            problems.append(f"{path}: line {line}: {problem}")
        codes[code] = None
        if len(codes) > PLACES_MAX:
            raise Refused(f"{path}: line {line}: more than {PLACES_MAX:,} places: name districts or regions instead.")
    if problems:
        more = [f"{path}: {len(problems) - SENTENCES_MAX} lines more."] if len(problems) > SENTENCES_MAX else []
        raise Refused("\n".join([*problems[:SENTENCES_MAX], *more]))
    if not codes:
        raise Refused(f"{path}: no places are in it: write one code a line, such as PK602.")
    return tuple(codes)


def _codes(path: Path) -> Iterator[tuple[int, str]]:
    lines = _text(path).splitlines()
    header = next(_rows(path, lines[:1]), [])
    column = header.index("code") if "code" in header else None
    if column is None and len(header) > 1:
        raise Refused(f"{path}: line 1: no column is named code; there are {', '.join(header)[:200]}.")
    for line, row in enumerate(_rows(path, lines), start=1):
        if not any(map(str.strip, row)) or (line == 1 and column is not None):
            continue
        if len(row) <= (column or 0) or not row[column or 0].strip():
            raise Refused(f"{path}: line {line}: no code stands in it: write one such as PK602, or remove the line.")
        if column is None and len(row) > 1:
            raise Refused(f"{path}: line {line}: more than one value; write one code a line, or a column named code.")
        yield line, row[column or 0].strip()


def _rows(path: Path, lines: Sequence[str]) -> Iterator[list[str]]:
    rows = csv.reader(lines)
    try:
        yield from rows
    except csv.Error as failure:
        raise Refused(
            f"{path}: line {rows.line_num}: cannot be read ({failure}): write one code a line, such as PK602."
        ) from failure


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except OSError as failure:
        raise Refused(f"{path}: cannot be read ({failure.strerror}): check the name and the rights.") from failure
    if len(content) > BYTES_MAX:
        raise Refused(f"{path}: a file of places has at most {BYTES_MAX:,} bytes: is this the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise Refused(f"{path}: byte {failure.start} is not UTF-8: save the file as UTF-8.") from failure
