"""The households of which the demo tells: each is made by hand so that its story can be told with any seed."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import msgspec
from msgspec.structs import replace

from adapters.demo.by_hand import LABOURER, Numbers, Roster, poor_answers, pupil
from adapters.demo.desk import Home
from adapters.demo.interviews import surveyed
from adapters.demo.ordinary import ordinary_households
from adapters.demo.whereabouts import BY_CODE, some_place
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import Address, MissedOut, Questionnaire, StatedFamily
from domain.questionnaire.codes import (
    Asset,
    CentreKind,
    DisabilityKind,
    FamilyKind,
    MaritalStatus,
    Relation,
    Settlement,
    Sex,
)

FIRST_INTERVIEW, LAST_INTERVIEW = date(2019, 1, 7), date(2021, 6, 30)
"""The roll-out, before the year that is played, so that in it surveys fall due; the generator's begins in July 2019."""
HOUSEHOLDS_MIN = 40
"""With fewer there is nobody left to whom something could happen by chance."""
HOUSES_MAX = 400


class Cast(msgspec.Struct, frozen=True):
    """Everybody: all homes in the order of their first interview, and those with a part."""

    homes: list[Home]
    groom: Home
    bride: Home
    late: Home
    certified: Home
    mistaken: Home
    unrecorded: Home
    companions: Home
    parting: Home
    suspended: Home
    let_go: Home
    twice: Home
    duplicate: Home


class Casting:
    """Makes homes: of surveys that are given, and of people made by hand."""

    def __init__(self, rng: Random, numbers: Numbers, sealer: Sealer) -> None:
        self._rng = rng
        self._numbers = numbers
        self._sealer = sealer

    def home(self, day: date, survey: Questionnaire) -> Home:
        """A home that is surveyed in the roll-out on this day."""
        taken = surveyed(self._rng, day, survey.place, CentreKind.SURVEY_ROUND)
        return Home(MissedOut(survey=survey, **taken.fields()), self._sealer, self._rng)

    def poor(self, day: date, tehsil: str, people: Callable[[Roster], None], *goods: Asset) -> Home:
        """A poor household in the country."""
        rng, roster = self._rng, Roster(self._rng, self._numbers, day)
        people(roster)
        survey = Questionnaire(
            place=replace(some_place(rng, BY_CODE[tehsil]), settlement=Settlement.RURAL),
            roster=tuple(roster.people),
            answers=poor_answers(*goods),
            families=tuple(roster.families),
            phones=(self._numbers.phone(),),
            address=Address(house=str(rng.randint(1, HOUSES_MAX)), village=f"Goth {roster.surname}"),
        )
        return self.home(day, survey)


def make_cast(rng: Random, numbers: Numbers, sealer: Sealer, seed: int, number: int) -> Cast:
    """Make up this many households, known by the ids that the registry of this sealer will give them."""
    make = Casting(rng, numbers, sealer)
    parts = {
        "groom": make.poor(date(2019, 3, 11), "PK70302", _with_grown_son),
        "bride": make.poor(date(2019, 5, 20), "PK70102", _with_grown_daughter, Asset.TELEVISION),
        "late": make.poor(date(2019, 2, 13), "PK70304", _with_grown_son),
        "certified": make.poor(date(2020, 6, 8), "PK70101", _with_disabled_son, Asset.TELEVISION),
        "mistaken": make.poor(date(2020, 9, 14), "PK70101", _with_three_children, Asset.REFRIGERATOR),
        "unrecorded": make.poor(date(2019, 10, 21), "PK70102", _with_orphans),
        "companions": make.poor(date(2019, 12, 2), "PK71103", _with_companions),
        "parting": make.poor(date(2020, 3, 2), "PK62901", _with_married_son, Asset.MOTORCYCLE, Asset.TELEVISION),
        "suspended": make.poor(date(2020, 11, 9), "PK53201", _with_three_children),
        "let_go": make.poor(date(2020, 4, 6), "PK62902", _with_three_children),
    }
    ordinary = [make.home(one.on, one.survey) for one in ordinary_households(number - len(parts) - 1, seed)]
    twice = next(home for home in ordinary if len(home.people) > 1)
    again = twice.surveyed_on + timedelta(days=1)
    parts |= {"twice": twice, "duplicate": make.home(again, _without_numbers(twice.first.survey))}
    for home in parts.values():
        home.is_set_aside = True
    everybody = [*ordinary, *(home for home in parts.values() if home is not twice)]
    return Cast(homes=sorted(everybody, key=lambda home: home.surveyed_on), **parts)


def _with_grown_son(roster: Roster) -> None:
    """A son of twenty, three small children, and the head's widowed mother."""
    roster.couple(41)
    roster.child(Sex.MALE, 20)
    for sex, age in ((Sex.FEMALE, 8), (Sex.MALE, 5), (Sex.FEMALE, 2)):
        roster.child(sex, age)
    mother = roster.add(Relation.PARENT, Sex.FEMALE, 67, marital_status=MaritalStatus.WIDOWED, family=2)
    roster.families.append(StatedFamily(number=2, kind=FamilyKind.ALPHA, recipient_line=mother.line))


def _with_grown_daughter(roster: Roster) -> None:
    roster.couple(40)
    roster.child(Sex.FEMALE, 17)
    for sex, age, highest_class in ((Sex.MALE, 13, 7), (Sex.FEMALE, 9, 3), (Sex.MALE, 6, 0)):
        roster.child(sex, age, **pupil(highest_class))


def _with_disabled_son(roster: Roster) -> None:
    roster.couple(38)
    roster.child(Sex.MALE, 16, disabilities=(DisabilityKind.LOWER_LIMB,))
    for sex, age in ((Sex.FEMALE, 9), (Sex.MALE, 6), (Sex.FEMALE, 3)):
        roster.child(sex, age)


def _with_three_children(roster: Roster) -> None:
    roster.couple(33)
    for sex, age in ((Sex.FEMALE, 10), (Sex.MALE, 6), (Sex.FEMALE, 1)):
        roster.child(sex, age)


def _with_orphans(roster: Roster) -> None:
    """Somebody whose card does not say yet who they are, bringing up four brothers and sisters."""
    roster.add(Relation.HEAD, Sex.MALE, 27, **LABOURER)
    for sex, age in ((Sex.FEMALE, 11), (Sex.MALE, 9), (Sex.FEMALE, 6), (Sex.MALE, 4)):
        roster.add(Relation.SIBLING, sex, age)
    roster.families.append(StatedFamily(number=1, kind=FamilyKind.ALPHA))


def _with_companions(roster: Roster) -> None:
    """Two transgender people: of the generated nation one in some ten thousand is."""
    head = roster.add(Relation.HEAD, Sex.TRANSGENDER, 41, **LABOURER)
    roster.add(Relation.OTHER, Sex.TRANSGENDER, 26)
    roster.families.append(StatedFamily(number=1, kind=FamilyKind.ALPHA, recipient_line=head.line))


def _with_married_son(roster: Roster) -> None:
    """A married son with his wife and child, and his brother at school."""
    roster.couple(47)
    married = {"marital_status": MaritalStatus.MARRIED, "family": 2}
    roster.child(Sex.MALE, 24, spouse_line=4, **married, **LABOURER)
    roster.add(Relation.CHILD_IN_LAW, Sex.FEMALE, 22, spouse_line=3, **married)
    roster.child(Sex.MALE, 14, **pupil(8))
    roster.add(Relation.GRANDCHILD, Sex.FEMALE, 2, family=2, mother_line=4, father_line=3)
    roster.families.append(StatedFamily(number=2, kind=FamilyKind.BETA, recipient_line=4))


def _without_numbers(survey: Questionnaire) -> Questionnaire:
    """The same people asked the next day by somebody who wrote down no numbers."""
    return replace(survey, roster=tuple(replace(each, cnic=None) for each in survey.roster), phones=())
