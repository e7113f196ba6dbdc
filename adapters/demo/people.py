"""Made-up people and the households they form. Nobody here exists: their numbers begin with 9, which no region has."""

from datetime import date
from random import Random

import msgspec

from adapters.submissions.shape import Address, Person, Questionnaire, StatedFamily
from domain.questionnaire.answers import Answers, BirthDate, Place, completed_years
from domain.questionnaire.codes import (
    ChronicDisease,
    DisabilityKind,
    EmploymentNature,
    EmploymentStatus,
    MaritalStatus,
    OccupationGroup,
    Relation,
    SchoolStatus,
    SchoolType,
    Sex,
)

SCHOOL_BEGINS_AT = 5
CLASS_ONE_DONE_AT = 7
SCHOOL_ASKED_AGES = range(4, 19)
WORK_ASKED_AGES = range(14, 61)
"""Ages for which the annual report shows schooling and work."""
WORKS_FROM = 16
LITERATE_FROM_CLASS = 3

_NUMBERS = 10**12
_STEP = 618_033_988_749
"""Prime to 10^12, so that the numbers do not repeat before all are used, and neighbours do not look alike."""
_DEGREES = {11: 10, 13: 12, 15: 14}
"""Years of college that end without a degree count as the class before (see `highest_class`)."""


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


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up person over time: what she answers on a day follows from it (`person_on`).

    `classes` is the class she reaches in the end; `work` what she does when grown. `birthday_known`: how much of the
    birth date is on paper (3 all of it, 1 the year, 0 nothing).
    """

    line: int
    relation: Relation
    sex: Sex
    born: date
    name: str
    marital_status: MaritalStatus
    father_or_husband: str | None = None
    cnic: str | None = None
    birthday_known: int = 3
    family: int = 1
    spouse: int | None = None
    mother: int | None = None
    father: int | None = None
    classes: int = 0
    work: OccupationGroup | None = None
    nature: EmploymentNature | None = None
    disabilities: tuple[DisabilityKind, ...] = ()
    certified: bool = False
    chronic: tuple[ChronicDisease, ...] = ()
    nurses_or_expects: bool = False

    def age_on(self, day: date) -> int:
        """Completed years."""
        years = completed_years(BirthDate(self.born.year, self.born.month, self.born.day), day)
        assert years is not None, "made-up people know their year of birth"
        return years


class MadeUp(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up household. `wealth` (0 to 1) is what its answers come from; nobody is ever told."""

    wealth: float
    place: Place
    people: tuple[Someone, ...]
    families: tuple[StatedFamily, ...]
    answers: Answers
    phones: tuple[str, ...] = ()
    address: Address = Address()

    def one(self, line: int) -> Someone:
        """The person on a line of the roster."""
        return next(each for each in self.people if each.line == line)

    @property
    def head(self) -> Someone:
        """Who heads the household."""
        return next(each for each in self.people if each.relation is Relation.HEAD)

    @property
    def next_line(self) -> int:
        """The line of whoever joins next."""
        return max(each.line for each in self.people) + 1


def questionnaire(made: MadeUp, day: date) -> Questionnaire:
    """What the household says in a full survey on a day."""
    return Questionnaire(
        place=made.place,
        roster=tuple(person_on(each, day) for each in made.people),
        answers=made.answers,
        families=made.families,
        phones=made.phones,
        address=made.address,
    )


def person_on(one: Someone, day: date) -> Person:
    """What is written down about a person on a day."""
    age = one.age_on(day)
    done = _classes_done(one, age)
    school = _school(one, age, done)
    employment, work = _employment(one, age, school)
    return Person(
        line=one.line,
        relation=one.relation,
        sex=one.sex,
        cnic=one.cnic,
        name=one.name,
        father_or_husband=one.father_or_husband,
        age=age,
        born=_written(one),
        marital_status=one.marital_status,
        family=one.family,
        spouse_line=one.spouse,
        mother_line=one.mother,
        father_line=one.father,
        literate=done >= LITERATE_FROM_CLASS,
        school=school,
        highest_class=done if age >= SCHOOL_BEGINS_AT else None,
        school_type=SchoolType.GOVERNMENT if school is SchoolStatus.ATTENDING else None,
        disabilities=one.disabilities,
        disability_certified=one.certified,
        chronic_diseases=one.chronic,
        employment=employment,
        employment_nature=one.nature if work else None,
        occupation=work,
        pregnant_or_lactating=True if one.nurses_or_expects else None,
    )


def _written(one: Someone) -> str | None:
    if not one.birthday_known:
        return None
    return one.born.isoformat() if one.birthday_known > 1 else f"{one.born.year}-00-00"


def _classes_done(one: Someone, age: int) -> int:
    done = max(0, min(one.classes, age - CLASS_ONE_DONE_AT + 1))
    return _DEGREES.get(done, done)


def _school(one: Someone, age: int, done: int) -> SchoolStatus | None:
    if age not in SCHOOL_ASKED_AGES:
        return None
    if age < SCHOOL_BEGINS_AT or not one.classes:
        return SchoolStatus.NEVER_ATTENDED
    return SchoolStatus.ATTENDING if done < one.classes else SchoolStatus.DROPPED_OUT


def _employment(
    one: Someone, age: int, school: SchoolStatus | None
) -> tuple[EmploymentStatus | None, OccupationGroup | None]:
    if age not in WORK_ASKED_AGES:
        return None, None
    if one.work is None or age < WORKS_FROM or school is SchoolStatus.ATTENDING:
        return EmploymentStatus.NOT_SEEKING_WORK, None
    return EmploymentStatus.EMPLOYED, one.work
