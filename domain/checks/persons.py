"""Checks on one person: age and birth, marriage, schooling, health and work.

Imports call this once for every member of the nation, so each function leaves by its first comparison when all is well.
"""

from datetime import MAXYEAR, date

from domain.checks.finding import Finding
from domain.checks.limits import (
    AGE_AND_BIRTH_YEARS_APART_MAX,
    AGE_AND_BIRTH_YEARS_CONTRADICT,
    AGE_MAX,
    BIRTH_YEAR_MIN,
    CLASS_AGE_YEARS_BEFORE,
    CLASS_OTHER,
    DIFFICULTIES_MAX,
    HEAD_AGE_MIN,
    MARRIAGE_AGE_LAWFUL,
    MARRIED_AGE_MIN,
    PREGNANCY_AGES,
    SCHOOL_AGES,
    WORKING_AGE_MIN,
    YEARS_OF_SCHOOLING,
)
from domain.checks.table import finding
from domain.questionnaire.answers import BirthDate, Member, completed_years
from domain.questionnaire.codes import DisabilityKind, EmploymentStatus, MaritalStatus, Relation, SchoolStatus, Sex

_HEAD, _SPOUSE, _NEVER_MARRIED = Relation.HEAD, Relation.SPOUSE, MaritalStatus.NEVER_MARRIED
_MALE, _ATTENDING, _EMPLOYED = Sex.MALE, SchoolStatus.ATTENDING, EmploymentStatus.EMPLOYED
_BOTH_SIGHTS = {DisabilityKind.PARTIAL_SIGHT, DisabilityKind.NO_SIGHT}
_MONTHS, _DAYS, _SAFE_DAY = 12, 31, 28


def check_person(on: date, member: Member, found: list[Finding]) -> None:
    """Add what contradicts itself in one person, as recorded on a day."""
    age, born = member.age, member.born
    if age is not None and not MARRIAGE_AGE_LAWFUL <= age <= AGE_MAX:
        _check_age(member, age, found)
    if born is not None and (age is None or not _is_plainly_right(on.year - born.year, age, born)):
        _check_birth(on, member, born, found)
    if member.pregnant_or_lactating:
        _check_pregnancy(member, age, found)
    if age is not None and (member.school is not None or member.highest_class is not None):
        _check_schooling(member, age, found)
    if member.disability_certified or member.disabilities or member.difficulties:
        _check_disability(member, found)


def _check_age(member: Member, age: int, found: list[Finding]) -> None:
    if age < 0:
        found.append(finding("age_negative", f"The member on line {member.line} has the age {age}.", member))
    elif age > AGE_MAX:
        found.append(finding("age_too_high", f"The member on line {member.line} has the age {age}.", member))
    elif member.relation is _SPOUSE or member.marital_status not in (None, _NEVER_MARRIED):
        check = "married_under_10" if age < MARRIED_AGE_MIN else "married_under_16"
        found.append(finding(check, f"The member on line {member.line} is {age} and spouse or ever married.", member))
    if 0 <= age < HEAD_AGE_MIN and member.relation is _HEAD:
        found.append(finding("head_under_15", f"The head on line {member.line} is {age}.", member))
    if age < WORKING_AGE_MIN and member.employment is _EMPLOYED:
        found.append(finding("employed_under_10", f"The member on line {member.line} is {age} and works.", member))


def _is_plainly_right(years: int, age: int, born: BirthDate) -> bool:
    """Whether the birth date agrees with the age at first sight; most do, and need no exact look."""
    return 0 <= years - age <= 1 and years > 0 and 0 <= born.month <= _MONTHS and 0 <= born.day <= _SAFE_DAY


def _check_birth(on: date, member: Member, born: BirthDate, found: list[Finding]) -> None:
    if not _is_possible(born):
        what = f"The member on line {member.line} has a birth date that cannot be."
        found.append(finding("birth_date_impossible", what, member))
        return
    years = completed_years(born, on)
    if years is not None and (born.year, born.month or 1, born.day or 1) > (on.year, on.month, on.day):
        found.append(finding("birth_in_the_future", f"The member on line {member.line} was born after {on}.", member))
    elif years is not None and member.age is not None:
        _compare_ages(member, member.age, years, found)


def _compare_ages(member: Member, age: int, years: int, found: list[Finding]) -> None:
    apart = abs(years - age)
    if apart > AGE_AND_BIRTH_YEARS_APART_MAX:
        contradicts = apart > AGE_AND_BIRTH_YEARS_CONTRADICT
        check = "age_contradicts_birth_date" if contradicts else "age_differs_from_birth_date"
        what = f"The member on line {member.line} is {age} by the answer and {years} by the birth date."
        found.append(finding(check, what, member))


def _is_possible(born: BirthDate) -> bool:
    if born.year and not BIRTH_YEAR_MIN <= born.year <= MAXYEAR:
        return False
    if not (0 <= born.month <= _MONTHS and 0 <= born.day <= _DAYS):
        return False
    try:
        date(born.year or 2000, born.month or 1, born.day or 1)  # 2000 has a 29 February
    except ValueError:
        return False
    return True


def _check_pregnancy(member: Member, age: int | None, found: list[Finding]) -> None:
    if member.sex is _MALE:
        what = f"The member on line {member.line} is a man and pregnant or lactating."
        found.append(finding("pregnant_man", what, member))
    elif age is not None and not PREGNANCY_AGES[0] <= age <= PREGNANCY_AGES[1]:
        what = f"The member on line {member.line} is {age} and pregnant or lactating."
        found.append(finding("pregnancy_age_unusual", what, member))


def _check_schooling(member: Member, age: int, found: list[Finding]) -> None:
    attained = member.highest_class
    if attained is not None and attained != CLASS_OTHER:
        if not 0 <= attained < len(YEARS_OF_SCHOOLING):
            what = f"The member on line {member.line} has the class {attained}."
            found.append(finding("class_unknown", what, member))
        elif attained and age < YEARS_OF_SCHOOLING[attained] + CLASS_AGE_YEARS_BEFORE:
            what = f"The member on line {member.line} is {age} and has completed class {attained}."
            found.append(finding("class_beyond_age", what, member))
    if member.school is _ATTENDING and not SCHOOL_AGES[0] < age <= SCHOOL_AGES[1]:
        what = f"The member on line {member.line} is {age} and attends school."
        found.append(finding("attends_at_unusual_age", what, member))


def _check_disability(member: Member, found: list[Finding]) -> None:
    line = f"The member on line {member.line}"
    if member.disability_certified and not member.disabilities:
        found.append(finding("certified_without_kind", f"{line} has a certified disability without a kind.", member))
    if _BOTH_SIGHTS.issubset(member.disabilities):
        found.append(finding("sight_contradicts", f"{line} has both partial sight and none.", member))
    if len(member.difficulties) > DIFFICULTIES_MAX:
        what = f"{line} has {len(member.difficulties)} degrees of difficulty for six domains."
        found.append(finding("difficulties_too_many", what, member))
