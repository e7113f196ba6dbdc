"""What a full survey asks: of the household, and of each member. `None` is always "not known", never "no"."""

from datetime import date
from uuid import UUID

import msgspec

from domain.questionnaire.codes import (
    Asset,
    ChronicDisease,
    Difficulty,
    DisabilityKind,
    DrinkingWater,
    Electricity,
    EmploymentNature,
    EmploymentStatus,
    FamilyKind,
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

AGE_TOP_CODE = 99
"""Ages of 99 and over are recorded as 99 (PSLM 2019-20, section B-1)."""

MARLA_PER_ACRE = 160
"""Land is kept in whole marla: 1 acre = 8 kanal = 160 marla (Punjab land revenue measure)."""

DISTRICT_LETTERS = len("PK602")
TEHSIL_LETTERS = len("PK60201")
"""How long the P-code of a place is, by its level (OCHA COD-AB Pakistan)."""


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Where a household lives: the finest official place code known, its union council, and rural or urban.

    `code` is a P-code (OCHA COD-AB Pakistan): PK6 a region, PK602 a district in it, PK60201 a tehsil in that.
    """

    code: str
    union_council: str | None = None
    settlement: Settlement | None = None

    @property
    def region(self) -> str:
        """P-code of the region."""
        return self.code[:3]

    @property
    def district(self) -> str | None:
        """P-code of the district, where known."""
        return self.code[:DISTRICT_LETTERS] if len(self.code) >= DISTRICT_LETTERS else None

    @property
    def tehsil(self) -> str | None:
        """P-code of the tehsil, where known."""
        return self.code if len(self.code) >= TEHSIL_LETTERS else None

    def is_within(self, code: str) -> bool:
        """Whether the place is the one with this code or lies in it (a union council is written `tehsil/council`)."""
        tehsil, _, council = code.partition("/")
        return self.code.startswith(tehsil) and (not council or council == self.union_council)


class BirthDate(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A date of birth of which parts may be unknown (0)."""

    year: int = 0
    month: int = 0
    day: int = 0


class Member(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A person on a roster, as one survey or update recorded her.

    Identity is sealed; `token` stands for her CNIC or B-form number, `name_tokens` for the words of her name.
    `age` counts completed years on the day of that survey or update, 99 for 99 and over.
    `mother`, `father` and `spouse` are members of the same roster, where they live in it.
    `highest_class`: 0 no class completed, 1-10 school classes, 12 intermediate, 14 bachelor (2 years), 16 master, 22
    MPhil, 23 PhD; other degrees as PSLM 2019-20, section C-1, with play group, nursery and prep counted as 0.
    """

    member_id: UUID
    line: int
    relation: Relation
    sex: Sex
    age: int | None = None
    born: BirthDate | None = None
    marital_status: MaritalStatus | None = None
    family: int = 1
    spouse: UUID | None = None
    mother: UUID | None = None
    father: UUID | None = None
    literate: bool | None = None
    school: SchoolStatus | None = None
    highest_class: int | None = None
    school_type: SchoolType | None = None
    disabilities: tuple[DisabilityKind, ...] = ()
    disability_certified: bool = False
    difficulties: tuple[Difficulty, ...] = ()
    chronic_diseases: tuple[ChronicDisease, ...] = ()
    employment: EmploymentStatus | None = None
    employment_nature: EmploymentNature | None = None
    occupation: OccupationGroup | None = None
    pregnant_or_lactating: bool | None = None
    token: UUID | None = None
    name_tokens: tuple[UUID, ...] = ()
    identity: bytes = b""


class Family(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A unit of the citizen register inside a household: its number on this roster, its kind and who in it is paid."""

    number: int
    kind: FamilyKind
    recipient: UUID | None = None


class Dwelling(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The building and what comes into it."""

    structure: Structure | None = None
    occupancy: Occupancy | None = None
    rooms: int | None = None
    floor: Floor | None = None
    roof: Roof | None = None
    walls: Walls | None = None
    cooking_fuel: Fuel | None = None
    lighting: Lighting | None = None
    electricity: Electricity | None = None
    drinking_water: DrinkingWater | None = None
    toilet: Toilet | None = None
    toilet_shared: bool | None = None


class Answers(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What a full survey recorded about the household itself.

    `assets` and `livestock` give a number for each kind asked: 0 is "asked, none"; a kind left out was not asked.
    `land_owned_marla`: agricultural land owned, in marla (see MARLA_PER_ACRE); 0 is none.
    """

    dwelling: Dwelling = Dwelling()
    assets: dict[Asset, int] = {}
    livestock: dict[Livestock, int] = {}
    owns_livestock: bool | None = None
    owns_land: bool | None = None
    land_owned_marla: int | None = None
    land_rented_in_marla: int | None = None
    land_irrigated: bool | None = None


class Contact(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Phone numbers and address, sealed under the household's key; the tokens find a household by its phone."""

    sealed: bytes = b""
    phone_tokens: tuple[UUID, ...] = ()


def completed_years(born: BirthDate, on: date) -> int | None:
    """Age in completed years on a day; nothing where the year of birth is unknown.

    An unknown month or day counts as the first.
    """
    if not born.year:
        return None
    had_birthday = (on.month, on.day) >= (born.month or 1, born.day or 1)
    return min(AGE_TOP_CODE, on.year - born.year - (0 if had_birthday else 1))
