"""The shape of a mapping file (`gharana-mapping/1`): how the columns of a survey answer our questionnaire.

A table with one of the operators below as its key says how one answer is made; every other table is a part of the
questionnaire and holds such tables. What the answers must be is checked against the questionnaire by `surveys.compile`.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.faults import Refused
from adapters.home import DATA

MAPPINGS_FOLDER = DATA / "mappings"
MAPPING_BYTES_MAX = 1024 * 1024
NOT_KNOWN = "not_known"
"""Stands in code lists and in `otherwise` for "the survey does not say"."""

Constant = bool | int | str
Column = Annotated[str, Field(min_length=1, max_length=200)]
Columns = Annotated[tuple[Column, ...], Field(min_length=1, max_length=5)]
Codes = dict[str, Constant]


class Part(BaseModel):
    """What every part of a mapping file obeys: no field that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Value(Part):
    """The same answer for every row."""

    value: Constant


class Coded(Part):
    """A column as it stands, or by its code list, which is complete unless `otherwise` says what the rest means."""

    column: Column
    codes: Codes | None = None
    otherwise: Constant | None = None


class Table(Part):
    """Codes of several columns together: the first column's codes lead to a value or to the codes of the next."""

    table: Annotated[tuple[Column, ...], Field(min_length=2, max_length=3)]
    codes: dict[str, Constant | dict[str, Constant | Codes]]
    otherwise: Constant | None = None


class Number(Part):
    """A whole number; `words` give it for texts, in the answer's unit; `times` converts, rounding to the nearest."""

    number: Column
    words: dict[str, int | Literal["not_known"]] = {}
    times: int | float = 1
    at_most: int | None = None


class YesNo(Part):
    """Yes or no, in the words of the mapping or in its own."""

    yes_no: Column
    yes: tuple[str, ...] | None = None
    no: tuple[str, ...] | None = None


class Line(Part):
    """A line of the roster; `not_here` are the texts that mean somebody who does not live here."""

    line: Column
    not_here: tuple[str, ...] = ("0",)


class Day(Part):
    """A day: year, month and day in three columns, or one column in a form such as `%d/%m/%Y` (ISO 8601 otherwise)."""

    date: Column | Annotated[tuple[Column, ...], Field(min_length=3, max_length=3)]
    form: str | None = None


class Birth(Part):
    """A day of birth from columns of year, month and day, of which the last may be left out; parts may be unknown.

    `unknown` are further texts of a part that mean so, such as a month 97.
    """

    birth: Annotated[tuple[Column, ...], Field(min_length=1, max_length=3)]
    unknown: tuple[str, ...] = ()


class Instant(Part):
    """A moment: columns of year, month, day, hour and minute, or one column in ISO 8601; local to `utc_offset`."""

    instant: Column | Annotated[tuple[Column, ...], Field(min_length=5, max_length=5)]


class First(Part):
    """The first of several answers that is known."""

    first: Annotated[tuple[dict[str, Any], ...], Field(min_length=2)]


class All(Part):
    """Yes where each is yes; no where one is no; otherwise not known."""

    all: Annotated[tuple[dict[str, Any], ...], Field(min_length=2)]


class AnyOf(Part):
    """Yes where one is yes; no where each is no; otherwise not known."""

    any: Annotated[tuple[dict[str, Any], ...], Field(min_length=2)]


class Between(Part):
    """A number within bounds, either of which may be left out."""

    at_least: int | None = None
    at_most: int | None = None


class Case(Part):
    """An answer for rows in which every column named has one of the texts, or a number within the bounds."""

    when: Annotated[dict[Column, tuple[str, ...] | Between], Field(min_length=1)]
    then: Constant | dict[str, Any]


class Cases(Part):
    """The answer of the first case that fits."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    otherwise: Constant | dict[str, Any] | None = None


Expression = Value | Coded | Table | Number | YesNo | Line | Day | Birth | Instant | First | All | AnyOf | Cases

OPERATORS: dict[str, type[Expression]] = {
    "value": Value,
    "column": Coded,
    "table": Table,
    "number": Number,
    "yes_no": YesNo,
    "line": Line,
    "date": Day,
    "birth": Birth,
    "instant": Instant,
    "first": First,
    "all": All,
    "any": AnyOf,
    "cases": Cases,
}


class HouseholdFile(Part):
    """The file of households: what identifies a row, which rows are kept, and the column that counts its members."""

    key: Columns
    keep: dict[Column, tuple[str, ...]] = {}
    size: Column | None = None
    repeated: bool = False


class MemberFile(Part):
    """The file of members: the columns that name the household, in the same order, and which rows are kept."""

    key: Columns
    keep: dict[Column, tuple[str, ...]] = {}


class Mapping(Part):
    """A mapping file, read and checked as far as it can be without the questionnaire."""

    format: Literal["gharana-mapping/1"]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    title: str
    source: Annotated[str, Field(min_length=1, max_length=100)]
    not_known: tuple[str, ...] = ("",)
    yes: tuple[str, ...] = ("Yes",)
    no: tuple[str, ...] = ("No",)
    utc_offset: Annotated[str, Field(pattern=r"^[+-]\d\d:\d\d$")] = "+05:00"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    household: HouseholdFile
    member: MemberFile
    submission: dict[str, Any]
    survey: dict[str, Any]
    person: dict[str, Any]

    @property
    def offset(self) -> timedelta:
        """How far the survey's clocks are ahead of UTC."""
        hours, minutes = self.utc_offset[1:].split(":")
        return timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if self.utc_offset[0] == "-" else 1)


def find_mapping(name: str) -> Path:
    """The mapping file that a name means: one that is shipped, or a path. Raises Refused where there is none."""
    path = Path(name) if name.endswith(".toml") or "/" in name else MAPPINGS_FOLDER / f"{name}.toml"
    if path.is_file():
        return path
    shipped = ", ".join(sorted(file.stem for file in MAPPINGS_FOLDER.glob("*.toml"))) or "none"
    raise Refused(f"There is no mapping {name}: name a .toml file, or one of those shipped ({shipped}).")


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises Refused with a sentence for every fault that is found."""
    try:
        text = path.read_bytes()[: MAPPING_BYTES_MAX + 1].decode("utf-8")
    except OSError as failure:
        raise Refused(f"{path}: the mapping cannot be read ({failure.strerror}).") from failure
    except UnicodeDecodeError as failure:
        raise Refused(f"{path}: byte {failure.start} is not UTF-8: save the file as UTF-8.") from failure
    if len(text) > MAPPING_BYTES_MAX:
        raise Refused(f"{path}: a mapping has at most {MAPPING_BYTES_MAX:,} bytes; is this the right file?")
    try:
        return Mapping.model_validate(tuples(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as failure:
        raise Refused(f"{path}: not a TOML file ({failure}): mend that line.") from failure
    except ValidationError as failure:
        raise Refused(f"{path}: {faults_of(failure)}") from failure


def tuples(value: Any) -> Any:
    """Lists as tuples all the way down, since the parts are frozen and strict."""
    if isinstance(value, dict):
        return {key: tuples(part) for key, part in value.items()}
    return tuple(tuples(part) for part in value) if isinstance(value, list) else value


def faults_of(failure: ValidationError, where: tuple[str, ...] = ()) -> str:
    """What pydantic found, as sentences: the place, and what is wrong there."""
    said = []
    for error in failure.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(step) for step in (*where, *error["loc"]))
        said.append(f"{place}: {error['msg']}.")
    return " ".join(dict.fromkeys(said))
