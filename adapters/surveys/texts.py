"""What all formats have in common: columns that a file must have, and values as the texts a CSV file would hold."""

import difflib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.faults import Refused


def text_of(value: Any) -> str:
    """A value as text: nothing as "", whole floats without their point, days in ISO 8601.

    Raises TypeError, naming it, for a value that has parts.
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124  # NaN, which is how typed files often write "nothing"
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, date | Decimal):
        return value.isoformat() if isinstance(value, date) else str(value)
    raise TypeError("an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "bytes")


def known_columns(path: Path, columns: tuple[str, ...], heading: list[str]) -> tuple[str, ...]:
    """The columns asked for, if the file has them all. Raises Refused with those it lacks and what comes near."""
    lacking = [column for column in columns if column not in heading]
    if not lacking:
        return columns
    said = []
    for column in lacking:
        near = difflib.get_close_matches(column, heading, n=2, cutoff=0.6)
        said.append(column + (f" (it has {' and '.join(near)})" if near else ""))
    raise Refused(f"{path}: lacks the columns {', '.join(said)}: is this the right file for this mapping?")
