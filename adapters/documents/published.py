"""Reads what was published of a shock: dated figures by region, rules as stated, districts that sources name."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.documents.toml_file import read_toml
from adapters.faults import Refused
from adapters.home import DATA
from adapters.lives.tables import Flooded, load_flooded
from domain.places import PlaceLevel, Places

PUBLISHED_FILE = DATA / "shocks" / "floods_2022.toml"
SENTENCES_MAX = 20
COUNTRY = "PK"
"""The region of a figure that is of all regions together."""

Measure = Literal["districts_notified", "families_identified", "families_paid", "affected_people"]
Basis = Literal["source", "derived", "rounded"]
COLUMNS = ("as_of", "region", "measure", "value", "basis", "source")

Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureShape(_Part):
    """One line of figures as it is written."""

    as_of: date
    region: Text
    measure: Measure
    value: Annotated[int, Field(ge=0)]
    basis: Basis
    source: Text


class RegisteredShape(_Part):
    """How many households the registry held, as published."""

    households: Annotated[int, Field(ge=1, strict=True)]
    source: Text


class RuleShape(_Part):
    """What is said of a rule of relief, and the programme that follows it."""

    programme: Text
    stated: Text
    source: Text


class PublishedShape(_Part):
    """A file of what was published, as it is written."""

    format: Literal["published-shock/1"]
    title: Text
    districts: Text
    figures: Text
    registered: RegisteredShape
    rule: list[RuleShape] = []


class Figure(msgspec.Struct, frozen=True):
    """One published count: of which day, region (or COUNTRY) and measure, on what ground, from where."""

    as_of: date
    region: str
    measure: Measure
    value: int
    basis: Basis
    source: str


class StatedRule(msgspec.Struct, frozen=True):
    """What is said of a rule of relief; `programme` of the registry follows it."""

    programme: str
    stated: str
    source: str


class Published(msgspec.Struct, frozen=True):
    """What was published of a shock. `registered` households stood in the registry; figures are in order of day."""

    title: str
    registered: int
    registered_source: str
    figures: tuple[Figure, ...]
    rules: tuple[StatedRule, ...]
    districts: tuple[Flooded, ...]

    def latest(self, measure: Measure, region: str) -> Figure | None:
        """The figure of the last day of which there is one."""
        found = [each for each in self.figures if each.measure == measure and each.region == region]
        return found[-1] if found else None

    def days(self, measure: Measure, region: str) -> int:
        """Of how many days there is a figure."""
        return sum(each.measure == measure and each.region == region for each in self.figures)


def load_published(path: Path, places: Places) -> Published:
    """Read a file of what was published, with the two files it names. Raises Refused, saying what is wrong where."""
    shape = _shape(PublishedShape, read_toml(path), str(path))
    districts = load_flooded(path.parent / shape.districts)
    figures = _figures(path.parent / shape.figures, places)
    for line, district in enumerate(districts, start=2):
        known = places.by_code.get(district.place)
        if known is None or known.level is not PlaceLevel.DISTRICT:
            where = f"{path.parent / shape.districts}, line {line}"
            raise Refused(f"{where}: {district.place!r} is not the code of a district: write one such as PK201.")
    return Published(
        shape.title,
        shape.registered.households,
        shape.registered.source,
        tuple(sorted(figures, key=lambda figure: figure.as_of)),
        tuple(StatedRule(rule.programme, rule.stated, rule.source) for rule in shape.rule),
        districts,
    )


def _figures(path: Path, places: Places) -> list[Figure]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise Refused(f"{path}: the columns must be {', '.join(COLUMNS)}.")
            figures = [_figure(row, places, f"{path}, line {reader.line_num}") for row in reader]
    except OSError as failure:
        raise Refused(f"{path}: the figures cannot be read ({failure.strerror}): put the file back.") from failure
    except (csv.Error, UnicodeDecodeError) as failure:
        raise Refused(f"{path}: not a CSV file in UTF-8 ({failure}): save it as comma-separated text.") from failure
    for (as_of, region, measure), number in Counter((f.as_of, f.region, f.measure) for f in figures).items():
        if number > 1:
            raise Refused(f"{path}: {measure} of {region} on {as_of} is there {number} times: keep one of the lines.")
    return figures


def _figure(row: dict[str, str], places: Places, where: str) -> Figure:
    if None in row or None in row.values():
        raise Refused(f"{where}: the line does not have {len(COLUMNS)} fields: quote a text that holds a comma.")
    shape = _shape(FigureShape, row, where)
    known = places.by_code.get(shape.region)
    if shape.region != COUNTRY and (known is None or known.level is not PlaceLevel.REGION):
        raise Refused(
            f"{where}: {shape.region[:60]!r} is not a region: write its P-code such as PK7, or {COUNTRY} for all."
        )
    return Figure(*(getattr(shape, column) for column in COLUMNS))


ShapeT = TypeVar("ShapeT", bound=BaseModel)


def _shape(kind: type[ShapeT], written: object, where: str) -> ShapeT:
    try:
        return kind.model_validate(written)
    except ValidationError as failure:
        raise Refused("\n".join(f"{where}: {each}" for each in _sentences(failure))) from None


def _sentences(failure: ValidationError) -> Iterator[str]:
    for fault in failure.errors(include_url=False, include_input=False)[:SENTENCES_MAX]:
        yield f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}."
