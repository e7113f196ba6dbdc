"""CSV files that a spreadsheet opens as they are: what somebody typed into the registry is never run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from adapters.faults import Refused

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these a spreadsheet takes a cell for a formula. Source: OWASP, "CSV Injection", 2024."""
AS_TEXT = "'"
"""Before a formula it makes a text of it, and is not shown."""


def cell(value: Any) -> Any:
    """A value as it goes into a cell: texts that would be formulas are marked as texts."""
    if not isinstance(value, str):
        return "" if value is None else value
    return AS_TEXT + value if value.lstrip(" ").startswith(FORMULA_STARTS) else value


def write_rows(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows under their headings and say how many. Raises Refused where the file cannot be written."""
    written = 0
    try:
        # Without the mark at the beginning, Excel reads the names of places as another alphabet's.
        with path.open("w", newline="", encoding="utf-8-sig") as lines:
            writer = csv.writer(lines, lineterminator="\r\n")
            writer.writerow(headings)
            for row in rows:
                writer.writerow([cell(value) for value in row])
                written += 1
    except OSError as failure:
        raise Refused(f"{path}: cannot be written ({failure.strerror}): name another file with -o.") from failure
    return written
