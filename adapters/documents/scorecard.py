"""Reads a scorecard file and the look-ups beside it; what is wrong ends in sentences that name file and remedy."""

import csv
import tomllib
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from adapters.documents.scorecard_reading import Reading
from adapters.documents.scorecard_shape import LookupShape, ScorecardShape
from adapters.faults import Refused
from adapters.home import DATA
from domain.scorecard.card import FORMAT, Lookup, LookupColumn, LookupRow, Scorecard
from domain.scorecard.check_names import suggestion
from domain.scorecard.numbers import Number, parsed, value_of

SCORECARDS_FOLDER: Final = DATA / "scorecards"
CARD_BYTES_MAX: Final = 8_000_000
LOOKUP_BYTES_MAX: Final = 32_000_000
_SAID_MAX: Final = 40
_WANTED: Final = "it must be "
_KINDS: Final = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "literal_error": "one of the words that the format knows",
}


def find_scorecard_file(named: str) -> Path:
    """The file of a scorecard that is shipped, or the file itself; loading it says where there is none."""
    given, shipped = Path(named), SCORECARDS_FOLDER / f"{named}.toml"
    return shipped if shipped.exists() and not given.exists() else given


def load_scorecard(path: Path) -> Scorecard:
    """Read a scorecard file into the domain's card; ``domain.scorecard.check`` judges what it means.

    Raises Refused with a sentence for every problem of form.
    """
    document = _toml(path)
    if document.get("format") != FORMAT:
        raise Refused(f"{path}: format is {document.get('format')!r} and not {FORMAT!r}; this is no scorecard we know.")
    try:
        shape = ScorecardShape.model_validate(document)
    except ValidationError as error:
        raise Refused("\n".join(_sentences(path, error))) from None

    def read_lookup(lookup: LookupShape, main: str, problems: list[str]) -> Lookup:
        return _lookup(path, lookup, main, problems)

    reading = Reading(read_lookup)
    card = reading.card(shape)
    if reading.problems:
        raise Refused("\n".join(f"{path}: {problem}" for problem in reading.problems))
    return card


def _bytes(path: Path, limit: int, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise Refused(f"{what} {path} cannot be read ({error.strerror}); give the path of an existing file.") from None
    if len(content) > limit:
        raise Refused(f"{what} {path} is larger than {limit:,} bytes; that is no {what.lower()}.")
    return content


def _text(path: Path, limit: int, what: str) -> str:
    try:
        return _bytes(path, limit, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{what} {path} is not UTF-8 at byte {error.start}; save it as UTF-8.") from None


def _toml(path: Path) -> dict[str, object]:
    text = _text(path, CARD_BYTES_MAX, "The scorecard")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError, ValueError) as error:
        raise Refused(f"{path} is not TOML: {error}. Correct it there.") from None


def _sentences(path: Path, error: ValidationError) -> Iterator[str]:
    """Say each problem of form once, with the place in the file."""
    said: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False):
        said.setdefault(_place(problem["loc"]), []).append(_remedy(problem["type"], problem["loc"], problem["msg"]))
    deepest = [place for place in said if not any(other.startswith(f"{place}, ") for other in said)]
    for place in deepest[:_SAID_MAX]:
        wanted = [remedy.removeprefix(_WANTED) for remedy in said[place] if remedy.startswith(_WANTED)]
        others = [remedy for remedy in said[place] if not remedy.startswith(_WANTED)]
        sentence = others[0] if others else f"{_WANTED}{' or '.join(dict.fromkeys(wanted))}; correct it."
        yield f"{path}: {place}: {sentence}"


def _place(location: tuple[int | str, ...]) -> str:
    """Write the way to a value as in the file: indicator 3, levels 1, match."""
    steps: list[str] = []
    for step in location:
        if isinstance(step, int):
            steps[-1:] = [f"{steps[-1]} {step + 1}"] if steps else [str(step + 1)]
        elif (
            not any(mark in step for mark in "[(-")
            and not step.endswith("Shape")
            and step not in {"bool", "int", "str"}
        ):
            steps.append(step)
    return ", ".join(steps) or "the file"


def _remedy(kind: str, location: tuple[int | str, ...], message: str) -> str:
    if kind == "extra_forbidden":
        key, known = str(location[-1]), _all_keys()
        return f"the key {key!r} is not known there; " + (
            "it belongs elsewhere in the card." if key in known else suggestion(key, known)
        )
    if kind == "missing":
        return "it is needed and not there; add it."
    if kind in _KINDS:
        return f"{_WANTED}{_KINDS[kind]}"
    return f"{message.removeprefix('Value error, ')}; correct it."


def _all_keys() -> list[str]:
    return sorted(
        {field.alias or name for shape in _shapes(ScorecardShape) for name, field in shape.model_fields.items()}
    )


def _shapes(base: type[BaseModel]) -> Iterable[type[BaseModel]]:
    return [base, *base.__mro__[1].__subclasses__()]


def _lookup(card: Path, shape: LookupShape, main: str, problems: list[str]) -> Lookup:
    """Read a look-up's rows from the card itself, or from the CSV file beside it."""
    listed = isinstance(shape.columns, list)
    names = list(shape.columns)
    columns = tuple(
        LookupColumn(name, main if listed else shape.columns[name])  # type: ignore[call-overload]
        for name in names
    )
    if (shape.file is None) == (shape.rows is None):
        problems.append("[lookup] needs either 'file', a CSV file beside the card, or 'rows'.")
        return Lookup(columns, (), shape.unit)
    if shape.file is not None:
        path = card.parent / shape.file
        rows = list(_csv_rows(path, shape.key, names, problems))
    else:
        rows = list(_inline_rows(shape.rows or [], len(names), problems))
    return Lookup(columns, tuple(sorted(rows, key=lambda row: value_of(row.low))), shape.unit)


def _csv_rows(path: Path, key: str, names: list[str], problems: list[str]) -> Iterator[LookupRow]:
    text = _text(path, LOOKUP_BYTES_MAX, "The look-up file")
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader if any(line)]
    except csv.Error as error:
        problems.append(f"The look-up file {path} is not CSV in line {reader.line_num}: {error}.")
        return
    header = lines[0][1] if lines else []
    absent = [name for name in (key, *names) if name not in header]
    if absent:
        said = "; ".join(f"{name!r} ({suggestion(name, header)})" for name in absent)
        problems.append(f"The look-up file {path} has no column {said}")
        return
    places = [header.index(name) for name in (key, *names)]
    for number, line in lines[1:]:
        if len(line) != len(header):
            problems.append(f"The look-up file {path}, line {number}: {len(line)} fields instead of {len(header)}.")
            continue
        yield from _row([line[place] for place in places], f"The look-up file {path}, line {number}", problems)


def _inline_rows(rows: list[list[object]], width: int, problems: list[str]) -> Iterator[LookupRow]:
    for number, row in enumerate(rows, 1):
        if len(row) != width + 1:
            problems.append(f"[lookup] row {number} needs a score and {width} values, and has {len(row)} entries.")
            continue
        cells = [cell if isinstance(cell, str) else getattr(cell, "text", str(cell)) for cell in row]
        yield from _row(cells, f"[lookup] row {number}", problems)


def _row(cells: list[str], where: str, problems: list[str]) -> Iterator[LookupRow]:
    """Read one row; its key is a score, or the first and last of several as ``20..24``."""
    first, _, last = cells[0].partition("..")
    try:
        numbers: list[Number] = [parsed(cell) for cell in (first, last or first, *cells[1:])]
    except ValueError as error:
        problems.append(f"{where}: {str(error)[:60]!r} is not a number; correct it.")
        return
    yield LookupRow(numbers[0], numbers[1], tuple(numbers[2:]))
