"""The columns of an extract, made from the questionnaire's vocabulary: whatever a card of the registry may read.

Every column is a whole number: a code, a count, 0 or 1 for no and yes, the digits of a P-code; null is "not recorded".
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from adapters.columnar.sources import HOUSEHOLD, PLACE_ON_ROSTER, YES_NO, ColumnReader, ColumnSource
from domain.household.state import Household
from domain.questionnaire.codes import Sex
from domain.questionnaire.vocabulary import HOUSEHOLD_WORDS, MEMBER_WORDS, REGIONS
from domain.scorecard.card import Code
from domain.scorecard.reader import Source

NULL: Final = -(2**31)
"""How an answer that was not recorded is held until the column is written, where it is null."""
VALUE_MAX: Final = 2**31 - 1

REGION, DISTRICT, TEHSIL = "region", "district", "tehsil"
_REGIONS: Final[Mapping[int, Code | None]] = {number: REGIONS.get(f"PK{number}", f"PK{number}") for number in range(10)}
_DISTRICTS: Final[Mapping[int, Code | None]] = {number: f"PK{number}" for number in range(100, 1_000)}
_OF_PLACES: Final = {
    "province": ColumnSource(REGION, _REGIONS),
    REGION: ColumnSource(REGION, _REGIONS),
    DISTRICT: ColumnSource(DISTRICT, _DISTRICTS),
}
"""Places are kept as the digits of their P-codes: 6 for PK6, 602 for PK602, 60201 for PK60201."""

_COUNTS: Final = ("household_size", "rooms", "land_owned_marla", "line", "age", "highest_class")
_SMALL: Final = ("line", "age", "highest_class", "rooms", "household_size")


class Kept(msgspec.Struct, frozen=True):
    """One column: its name, the expression that reads it (over `h` or `m`), and its Parquet type."""

    name: str
    expression: str
    type: str
    source: ColumnSource


def _kept(name: str, source: Source) -> Kept:
    if source.words is not None:
        words = {int(stored): word for stored, word in source.words.items() if isinstance(stored, int)}
        assert len(words) == len(source.words), f"{name} is not stored as a number"
        return Kept(name, source.expression, "int8", ColumnSource(name, words))
    if name in _COUNTS or name.startswith("number_of_"):
        type_ = "int16" if name in _SMALL else "int32"
        return Kept(name, source.expression, type_, ColumnSource(name, None, 0, 0))
    return Kept(name, source.expression, "int8", ColumnSource(name, YES_NO))


OF_HOUSEHOLDS: Final = tuple(_kept(name, source) for name, source in HOUSEHOLD_WORDS.items() if name not in _OF_PLACES)
OF_PEOPLE: Final = tuple(_kept(name, source) for name, source in MEMBER_WORDS.items())

STANDING: Final[Mapping[str, str]] = {
    REGION: "int8",
    DISTRICT: "int16",
    TEHSIL: "int32",
    "answered": "int8",
    "sex_of_head": "int8",
    "disabled_member": "int8",
    "certified_disabled_member": "int8",
    "transgender_member": "int8",
    "status": "int8",
}
"""Columns beside the answers. `answered` is 0 for a household that parted from another and was not surveyed since."""


def programme_columns(programme: str) -> tuple[str, str, str]:
    """The columns of one programme: what stands, what its rule says beside score and parents, how many are paid."""
    return f"outcome__{programme}", f"beside_score__{programme}", f"recipients__{programme}"


def _row_reader(kept: tuple[Kept, ...], argument: str) -> Callable[[Any], tuple[int, ...]]:
    """One function that reads all columns at once; its lines come from our own vocabulary."""
    reads = ", ".join(f"({NULL} if (v := {each.expression}) is None else v)" for each in kept)
    namespace: dict[str, Any] = {}
    exec(compile(f"def read({argument}):\n    return ({reads},)\n", "<extract>", "exec"), namespace)  # noqa: S102
    return namespace["read"]  # type: ignore[no-any-return]


read_member: Final = _row_reader(OF_PEOPLE, "m")
_read_answers: Final = _row_reader(OF_HOUSEHOLDS, "h")
_read_roster_only: Final = _row_reader(
    tuple(
        each if "h.answers" not in each.expression else msgspec.structs.replace(each, expression="None")
        for each in OF_HOUSEHOLDS
    ),
    "h",
)


def read_household(household: Household) -> tuple[int, ...]:
    """The columns of `OF_HOUSEHOLDS`; of a household that was never surveyed only what its roster says."""
    return _read_answers(household) if household.answers is not None else _read_roster_only(household)


def read_standing(household: Household, status: int) -> tuple[int, ...]:
    """The columns of `STANDING`."""
    code = household.place.code
    head = household.head
    roster = household.roster.values()
    return (
        int(code[2:3]),
        int(code[2:5]) if len(code) >= len("PK602") else NULL,
        int(code[2:]) if len(code) >= len("PK60201") else NULL,
        household.answers is not None,
        NULL if head is None else head.sex,
        any(member.disabilities for member in roster),
        any(member.disability_certified for member in roster),
        any(member.sex is Sex.TRANSGENDER for member in roster),
        status,
    )


Ranges = Mapping[str, tuple[int, int]]
"""The least and greatest value of each counted column."""


def column_reader(households: Ranges, people: Ranges) -> ColumnReader:
    """How a card's names are found in an extract whose counts lie between these ends."""
    of_households = {each.name: _bounded(each.source, households) for each in OF_HOUSEHOLDS} | _OF_PLACES
    of_people = {each.name: _bounded(each.source, people) for each in OF_PEOPLE}
    return ColumnReader(of_households.get, of_people.get)


def _bounded(source: ColumnSource, ranges: Ranges) -> ColumnSource:
    if source.words is not None:
        return source
    low, high = ranges.get(source.column, (0, 0))
    return msgspec.structs.replace(source, low=low, high=high)


KEYS_OF_PEOPLE: Final = (HOUSEHOLD, PLACE_ON_ROSTER)
