"""The shape of a programme file, `gharana-programme/1`: what may stand in it, and what each key may hold."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from domain.programme import Recipients, Relaxation
from domain.questionnaire.codes import Comparison

FORMAT = "gharana-programme/1"
FIRST_YEAR, LAST_YEAR = 2008, 2100
"""The agency began in 2008; a later year than the last is a slip."""


def _word_of(codes: type[IntEnum]) -> Callable[[object], object]:
    """Reads a code by its lower-case name."""
    known = {code.name.lower(): code for code in codes}

    def read(written: object) -> object:
        if not isinstance(written, str) or written not in known:
            raise ValueError(f"{str(written)[:60]!r} is not one of {', '.join(known)}")
        return known[written]

    return read


def _day(written: object) -> object:
    if type(written) is not date or not FIRST_YEAR <= written.year <= LAST_YEAR:
        raise ValueError("write a day without quotes, such as 2022-06-09")
    return written


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
CardName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Grade = Literal["A", "B", "C", "assumption"]
Points = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]
Rupees = Annotated[Decimal, Field(gt=0, le=100_000_000, decimal_places=2)]
Day = Annotated[date, BeforeValidator(_day)]
Age = Annotated[int, Field(ge=0, le=99)]
RecipientsWord = Annotated[Recipients, BeforeValidator(_word_of(Recipients))]
ComparisonWord = Annotated[Comparison, BeforeValidator(_word_of(Comparison))]
RelaxationWord = Annotated[Relaxation, BeforeValidator(_word_of(Relaxation))]


class Part(BaseModel):
    """Every part of a programme file; a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Part):
    """A part that states a fact: where it was read, and how far that can be trusted."""

    source: Text
    grade: Grade


class FilterShape(Sourced):
    """A profiling filter that the programme may report, in the words of the programme."""

    name: Name
    who: Annotated[list[Name], Field(min_length=1)]
    rule: Text


class AmountShape(Sourced):
    """What is paid from a day on."""

    what: Text
    pkr: Rupees
    from_day: Day = Field(alias="from")
    from_note: Text | None = None


class CutOffShape(Sourced):
    """A cut-off that was in force from a day on, with the card it was made for."""

    value: Points
    comparison: ComparisonWord
    from_day: Day = Field(alias="from")
    from_note: Text | None = None
    scorecard: CardName
    relaxed: dict[RelaxationWord, Points] = {}


class IllustrationShape(Part):
    """A cut-off to try the programme with on a published card."""

    value: Points
    comparison: ComparisonWord
    scorecard: CardName
    relaxed: dict[RelaxationWord, Points] = {}
    note: Text


class AppealShape(Part):
    """How far over the cut-off a non-beneficiary may be to appeal."""

    points_over_cutoff_max: Points


class ProgrammeShape(Sourced):
    """The whole file."""

    format: Literal["gharana-programme/1"]
    id: Name
    title: Text
    recipients: RecipientsWord
    needs_score: bool = True
    after: list[Name] = []
    regions: list[Text] = []
    verification: bool = False
    relief: bool = False
    poorest_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    reports: bool = False
    recertify_every_years: Annotated[int, Field(ge=1, le=20)] | None = None
    ages: Annotated[list[Age], Field(min_length=2, max_length=2)] | None = None
    note: Text | None = None
    appeal: AppealShape | None = None
    filter: list[FilterShape] = []
    amount: list[AmountShape] = []
    cutoff: list[CutOffShape] = []
    illustration: IllustrationShape | None = None


SHAPES: tuple[type[Part], ...] = (
    ProgrammeShape,
    FilterShape,
    AmountShape,
    CutOffShape,
    IllustrationShape,
    AppealShape,
)
