"""Reads the code list of places that is shipped in data/places."""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from adapters.faults import Refused
from adapters.home import DATA
from domain.places import OfficialPlace, PlaceLevel, Places, arrange
from domain.refusal import Rejected

PLACES_FILE = DATA / "places" / "places.csv"
COLUMNS = ("code", "name", "level", "parent", "valid_from")


@cache
def load_places(path: Path = PLACES_FILE) -> Places:
    """Read the code list once. Raises Refused, naming file, line and remedy, when it cannot be used."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return arrange(_rows(csv.DictReader(lines, strict=True), path))
    except OSError as failure:
        raise Refused(f"{path}: the list cannot be read ({failure.strerror}): put the file back.") from failure
    except UnicodeDecodeError as failure:
        raise Refused(f"{path}: byte {failure.start} is not UTF-8: save the file as UTF-8.") from failure
    except csv.Error as failure:
        raise Refused(f"{path}: not a CSV file ({failure}): save it as comma-separated text.") from failure
    except Rejected as rejected:
        raise Refused(f"{path}: {rejected}") from rejected


def _rows(reader: "csv.DictReader[str]", path: Path) -> Iterator[OfficialPlace]:
    columns = tuple(reader.fieldnames or ())
    if columns != COLUMNS:
        raise Refused(f"{path}: the columns are {', '.join(columns) or 'none'}: they must be {', '.join(COLUMNS)}.")
    for row in reader:
        yield _place(row, f"{path}, line {reader.line_num}")


def _place(row: dict[str, str], where: str) -> OfficialPlace:
    if None in row or None in row.values():
        raise Refused(f"{where}: the line does not have {len(COLUMNS)} fields: quote a name that holds a comma.")
    levels = {level.word: level for level in PlaceLevel}
    if row["level"] not in levels:
        raise Refused(f"{where}: level {row['level']!r} is not known: write one of {', '.join(levels)}.")
    if not row["code"] or not row["name"]:
        raise Refused(f"{where}: code or name is empty: fill it in or remove the line.")
    try:
        valid_from = date.fromisoformat(row["valid_from"])
    except ValueError as failure:
        raise Refused(f"{where}: valid_from {row['valid_from']!r} is no date: write it as 2022-09-09.") from failure
    return OfficialPlace(row["code"], row["name"], levels[row["level"]], row["parent"] or None, valid_from)
