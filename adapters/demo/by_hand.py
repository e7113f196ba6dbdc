"""Households that are made by hand, person by person. Nobody here exists: their numbers begin with 9."""

from datetime import date, timedelta
from random import Random
from typing import Any

from adapters.lives.chance import DAYS_IN_YEAR
from adapters.lives.growing import LITERACY_ASKED_FROM, SCHOOL_ASKED_FROM, SCHOOL_BEGINS_AT, WORK_ASKED_FROM
from adapters.lives.names import FAMILIES, MEN, WOMEN
from adapters.submissions.shape import Person, StatedFamily
from domain.questionnaire.answers import Answers, BirthDate, Dwelling, completed_years
from domain.questionnaire.codes import (
    Asset,
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
    Sex,
    Structure,
    Toilet,
    Walls,
)

ADULT_AGE = 18
SCHOOL_ASKED_UNTIL = 18
HUSBAND_OLDER_YEARS = 4
_BIRTHDAY_BEFORE_DAYS = 60
_NUMBERS = 10**12
_STEP = 618_033_988_749
"""Prime to 10^12, so that the numbers do not repeat before all are used, and neighbours do not look alike."""

LABOURER: dict[str, Any] = {
    "employment": EmploymentStatus.EMPLOYED,
    "employment_nature": EmploymentNature.DAY_LABOUR,
    "occupation": OccupationGroup.ELEMENTARY,
}


def pupil(highest_class: int) -> dict[str, Any]:
    """Somebody who goes to school and has finished this class."""
    return {
        "school": SchoolStatus.ATTENDING,
        "school_type": SchoolType.GOVERNMENT,
        "highest_class": highest_class,
        "literate": highest_class > 2,  # noqa: PLR2004 - reading is learnt in the first two classes
    }


class Numbers:
    """Hands out CNICs and phone numbers that cannot exist: first digit 9 of a CNIC, mobile prefix 0399."""

    def __init__(self, rng: Random) -> None:
        self._next = rng.randrange(_NUMBERS)
        self._phone = 0

    def cnic(self) -> str:
        """A number that was never given out, here or by the citizen register."""
        self._next = (self._next + _STEP) % _NUMBERS
        return f"9{self._next:012d}"

    def phone(self) -> str:
        """A number in a range that no operator has."""
        self._phone += 1
        return f"0399{self._phone:07d}"


class Roster:
    """A roster in the making, as it stands on the day of the interview."""

    def __init__(self, rng: Random, numbers: Numbers, day: date) -> None:
        self.people: list[Person] = []
        self.families: list[StatedFamily] = []
        self.surname = rng.choice(FAMILIES)
        self._day = day
        self._numbers = numbers
        self._given = {sex: rng.sample(names, len(names)) for sex, names in ((Sex.MALE, MEN), (Sex.FEMALE, WOMEN))}

    def add(self, relation: Relation, sex: Sex, age: int, **said: Any) -> Person:
        """Put somebody on the roster who says this of herself; of the rest she says as little as she can."""
        born = self._day - timedelta(days=round(age * DAYS_IN_YEAR) + _BIRTHDAY_BEFORE_DAYS)
        known: dict[str, Any] = {
            "line": len(self.people) + 1,
            "cnic": self._numbers.cnic(),
            "name": self._name(sex, age),
            "age": completed_years(BirthDate(born.year, born.month, born.day), self._day),
            "born": born.isoformat(),
            "marital_status": MaritalStatus.NEVER_MARRIED,
            "father_or_husband": self._name_of(said.get("father_line") or said.get("spouse_line")),
        }
        person = Person(relation=relation, sex=sex, **{**known, **_unschooled(age), **said})
        self.people.append(person)
        return person

    def couple(self, wife_age: int) -> None:
        """The head, a day labourer, and his wife, on the first two lines: their own family."""
        married = {"marital_status": MaritalStatus.MARRIED}
        self.add(Relation.HEAD, Sex.MALE, wife_age + HUSBAND_OLDER_YEARS, spouse_line=2, **married, **LABOURER)
        self.add(Relation.SPOUSE, Sex.FEMALE, wife_age, spouse_line=1, **married)
        self.families.append(StatedFamily(number=1, kind=FamilyKind.BETA, recipient_line=2))

    def child(self, sex: Sex, age: int, **said: Any) -> None:
        """A child of the couple."""
        self.add(Relation.CHILD, sex, age, **{"mother_line": 2, "father_line": 1, **said})

    def _name(self, sex: Sex, age: int) -> str:
        is_woman = sex is Sex.FEMALE
        given = self._given[Sex.FEMALE if is_woman else Sex.MALE].pop()
        return f"{given} {'Bibi' if is_woman and age >= ADULT_AGE else self.surname}"

    def _name_of(self, line: int | None) -> str | None:
        return next((one.name for one in self.people if one.line == line), None)


def _unschooled(age: int) -> dict[str, Any]:
    """What somebody says who never went to school and looks for no work."""
    return {
        "school": SchoolStatus.NEVER_ATTENDED if SCHOOL_ASKED_FROM <= age <= SCHOOL_ASKED_UNTIL else None,
        "highest_class": 0 if age >= SCHOOL_BEGINS_AT else None,
        "literate": False if age >= LITERACY_ASKED_FROM else None,
        "employment": EmploymentStatus.NOT_SEEKING_WORK if age >= WORK_ASKED_FROM else None,
    }


def poor_answers(*goods: Asset) -> Answers:
    """What a poor household in the country says of itself, with these goods and no others that the card asks about."""
    asked = (Asset.TELEVISION, Asset.REFRIGERATOR, Asset.FREEZER, Asset.MOTORCYCLE, Asset.CAR, Asset.OTHER_VEHICLE)
    return Answers(
        dwelling=Dwelling(
            structure=Structure.KACHA,
            occupancy=Occupancy.OWNED,
            rooms=1,
            floor=Floor.EARTH,
            roof=Roof.THATCH,
            walls=Walls.RAW_BRICK_OR_MUD,
            cooking_fuel=Fuel.FIREWOOD,
            lighting=Lighting.KEROSENE,
            electricity=Electricity.NONE,
            drinking_water=DrinkingWater.HAND_PUMP,
            toilet=Toilet.NONE,
        ),
        assets={Asset.MOBILE_PHONE: 1, Asset.BICYCLE: 1} | {asset: int(asset in goods) for asset in asked},
        livestock={Livestock.GOAT: 2, Livestock.POULTRY: 5},
        owns_livestock=True,
        owns_land=False,
        land_owned_marla=0,
        land_rented_in_marla=0,
    )
