"""The questionnaire in the words of scorecards: which answer of ours each name of a card reads.

Cards name answers in words (`drinking_water`, `owns_television`, `age`); a compiled card reads them straight from a
folded household. A name that is not here is refused when the card is compiled.
"""

from collections.abc import Hashable, Mapping
from typing import Final

from domain.questionnaire.codes import (
    Asset,
    Code,
    DisabilityKind,
    DrinkingWater,
    Electricity,
    EmploymentNature,
    EmploymentStatus,
    Floor,
    Fuel,
    Lighting,
    Livestock,
    MaritalStatus,
    Occupancy,
    OccupationGroup,
    Relation,
    Roof,
    SchoolStatus,
    SchoolType,
    Settlement,
    Sex,
    Structure,
    Toilet,
    Walls,
)
from domain.scorecard.reader import Reader, Source, reader_of

REGIONS: Final[Mapping[Hashable, str]] = {
    "PK1": "Azad Kashmir",
    "PK2": "Balochistan",
    "PK3": "Gilgit Baltistan",
    "PK4": "Islamabad",
    "PK5": "Khyber Pakhtunkhwa",
    "PK6": "Punjab",
    "PK7": "Sindh",
}
"""Regions by P-code (OCHA COD-AB Pakistan, 2022-09-09): what cards call the province."""

_PLACE = "h.residences[-1][1]"
_DWELLING = "h.answers.dwelling"


def _words(kind: type[Code], **others: str) -> dict[Hashable, bool | int | str | None]:
    """The card's word for each code: the code's own, unless cards say something else."""
    return {code: others.get(code.word, code.word) for code in kind}


def _coded(expression: str, kind: type[Code], **others: str) -> Source:
    return Source(expression, _words(kind, **others))


def _owned(goods: str, kind: Code) -> Source:
    number = f"h.answers.{goods}.get({int(kind)})"
    return Source(f"(None if (n := {number}) is None else n > 0)")


HOUSEHOLD_WORDS: Final[Mapping[str, Source]] = {
    "province": Source(f"{_PLACE}.code[:3]", {**REGIONS}),
    "region": Source(f"{_PLACE}.code[:3]", {**REGIONS}),
    "district": Source(f"{_PLACE}.district"),
    "settlement": _coded(f"{_PLACE}.settlement", Settlement),
    "household_size": Source("len(h.roster)"),
    "structure": _coded(f"{_DWELLING}.structure", Structure),
    "occupancy": _coded(f"{_DWELLING}.occupancy", Occupancy),
    "rooms": Source(f"{_DWELLING}.rooms"),
    "floor": _coded(f"{_DWELLING}.floor", Floor),
    "roof": _coded(f"{_DWELLING}.roof", Roof),
    "walls": _coded(f"{_DWELLING}.walls", Walls),
    "cooking_fuel": _coded(f"{_DWELLING}.cooking_fuel", Fuel),
    "lighting": _coded(f"{_DWELLING}.lighting", Lighting),
    "electricity": _coded(f"{_DWELLING}.electricity", Electricity),
    # A public tap is piped water (PSLM 2005/6 asks for piped water inside or outside the house, one code).
    "drinking_water": _coded(f"{_DWELLING}.drinking_water", DrinkingWater, public_tap="piped"),
    "toilet": _coded(f"{_DWELLING}.toilet", Toilet),
    "toilet_shared": Source(f"{_DWELLING}.toilet_shared"),
    "owns_livestock": Source("h.answers.owns_livestock"),
    "owns_land": Source("h.answers.owns_land"),
    "land_owned_marla": Source("h.answers.land_owned_marla"),
    **{f"owns_{asset.word}": _owned("assets", asset) for asset in Asset},
    **{f"owns_{animal.word}": _owned("livestock", animal) for animal in Livestock},
    **{f"number_of_{animal.word}": Source(f"h.answers.livestock.get({int(animal)})") for animal in Livestock},
}
"""Names of household answers. Goods are yes, no or not asked; numbers of animals are counts."""

MEMBER_WORDS: Final[Mapping[str, Source]] = {
    "line": Source("m.line"),
    "relation": _coded("m.relation", Relation),
    "sex": _coded("m.sex", Sex),
    "age": Source("m.age"),
    "marital_status": _coded("m.marital_status", MaritalStatus),
    "literate": Source("m.literate"),
    "school": _coded("m.school", SchoolStatus),
    "attends_school": Source("m.school", {status: status is SchoolStatus.ATTENDING for status in SchoolStatus}),
    "school_type": _coded("m.school_type", SchoolType),
    "highest_class": Source("m.highest_class"),
    "disabled": Source("bool(m.disabilities)"),
    "disability_certified": Source("m.disability_certified"),
    "chronically_ill": Source("bool(m.chronic_diseases)"),
    "employment": _coded("m.employment", EmploymentStatus),
    "employment_nature": _coded("m.employment_nature", EmploymentNature),
    "occupation_group": _coded("m.occupation", OccupationGroup),
    **{f"disabled_{kind.word}": Source(f"({int(kind)} in m.disabilities)") for kind in DisabilityKind},
}
"""Names of members' answers."""

HOUSEHOLD_READER: Final[Reader] = reader_of(HOUSEHOLD_WORDS, MEMBER_WORDS, members="h.roster.values()")
"""Reads a folded household (`h`) and the members of its roster (`m`)."""
