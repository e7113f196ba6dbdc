"""The households of which the demo tells: each is made so that its story can be told with any seed."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import msgspec
from msgspec.structs import replace

from adapters.demo.desk import Home
from adapters.demo.dwellings import answers
from adapters.demo.families import Roster, joint, make_household, make_households
from adapters.demo.people import MadeUp, Numbers, Someone
from adapters.demo.whereabouts import BY_CODE
from adapters.submissions.shape import Address, StatedFamily
from domain.questionnaire.answers import Answers
from domain.questionnaire.codes import (
    Asset,
    DisabilityKind,
    DrinkingWater,
    EmploymentNature,
    FamilyKind,
    MaritalStatus,
    OccupationGroup,
    Relation,
    Settlement,
    Sex,
    Toilet,
)

FIRST_INTERVIEW, LAST_INTERVIEW = date(2019, 1, 7), date(2020, 12, 18)
"""The roll-out: three and two years before the year that is played, so that in it surveys fall due."""
ROLL_OUT = (FIRST_INTERVIEW, LAST_INTERVIEW)
HOUSEHOLDS_MIN = 40
"""With fewer there is nobody left to whom something could happen by chance."""
_YEAR = timedelta(days=365)
_POOR = 0.12


class Cast(msgspec.Struct, frozen=True):
    """Everybody: all homes in the order of their first interview, and those with a part."""

    homes: list[Home]
    groom: Home
    bride: Home
    late: Home
    certified: Home
    mistaken: Home
    unrecorded: Home
    parting: Home
    twice: Home
    duplicate: Home


def make_cast(rng: Random, numbers: Numbers, number: int) -> Cast:
    """Make up this many households. Same chance, same households."""
    parting_on = date(2020, 3, 2)
    parts = {
        "groom": _home(rng, numbers, date(2019, 3, 11), "PK70302", _with_grown_son),
        "bride": _home(rng, numbers, date(2019, 5, 20), "PK70102", _with_grown_daughter, Asset.TELEVISION),
        "late": _home(rng, numbers, date(2019, 2, 13), "PK70304", _with_grown_son),
        "certified": _home(rng, numbers, date(2020, 6, 8), "PK70101", _with_disabled_son, Asset.TELEVISION),
        "mistaken": _home(rng, numbers, date(2020, 9, 14), "PK70101", _with_three_children, Asset.REFRIGERATOR),
        "unrecorded": _home(rng, numbers, date(2019, 10, 21), "PK70102", _with_orphans),
        "parting": Home(make_household(rng, numbers, parting_on, joint, BY_CODE["PK62901"], 0.5), parting_on),
    }
    others = number - len(parts) - 1
    ordinary = [Home(each.household, each.day) for each in make_households(rng, numbers, others, *ROLL_OUT)]
    twice = next(home for home in ordinary if home.made.head.cnic and len(home.made.people) > 1)
    again = min(twice.surveyed_on + timedelta(days=40), LAST_INTERVIEW)
    parts |= {"twice": twice, "duplicate": Home(_without_numbers(twice.made), again)}
    for home in parts.values():
        home.is_set_aside = True
    everybody = [*ordinary, *(home for home in parts.values() if home is not twice)]
    return Cast(homes=sorted(everybody, key=lambda home: home.surveyed_on), **parts)


def _home(
    rng: Random, numbers: Numbers, day: date, tehsil: str, people: Callable[[Roster], None], *goods: Asset
) -> Home:
    """A poor household in the country with these goods and no others that the card asks about."""
    roster = Roster(rng, numbers, day, _POOR)
    people(roster)
    place = replace(make_household(rng, numbers, day, tehsil=BY_CODE[tehsil]).place, settlement=Settlement.RURAL)
    made = MadeUp(
        wealth=_POOR,
        place=place,
        people=tuple(replace(each, cnic=each.cnic or numbers.cnic(), birthday_known=3) for each in roster.people),
        families=tuple(roster.families),
        answers=_owning(answers(rng, _POOR, urban=False), *goods),
        phones=(numbers.phone(),),
        address=Address(house=str(rng.randint(1, 90)), village=f"Goth {roster.surname}"),
    )
    return Home(made, day)


def _owning(before: Answers, *goods: Asset) -> Answers:
    dwelling = replace(before.dwelling, drinking_water=DrinkingWater.HAND_PUMP, toilet=Toilet.NONE, toilet_shared=None)
    asked = (Asset.TELEVISION, Asset.REFRIGERATOR, Asset.FREEZER, Asset.MOTORCYCLE, Asset.CAR, Asset.OTHER_VEHICLE)
    assets = {**before.assets, **{asset: int(asset in goods) for asset in asked}}
    return replace(before, dwelling=dwelling, assets=assets)


def _parents(roster: Roster, wife_age: int) -> tuple[Someone, Someone]:
    """A couple who never went to school; he is a day labourer."""
    head, wife = roster.couple(wife_age)
    roster.people[0] = replace(roster.people[0], **_LABOURER)
    roster.people[1] = replace(roster.people[1], **_AT_HOME)
    return head, wife


_LABOURER = {
    "classes": 0,
    "work": OccupationGroup.ELEMENTARY,
    "nature": EmploymentNature.DAY_LABOUR,
    "disabilities": (),
    "certified": False,
}
_AT_HOME = {"classes": 0, "work": None, "nature": None, "disabilities": (), "certified": False}


def _child(roster: Roster, sex: Sex, age: int, parents: tuple[Someone, Someone], **latent: object) -> None:
    head, wife = parents
    born = roster.day - _YEAR * age - timedelta(days=60 + age // 4)
    roster.add(Relation.CHILD, sex, born, MaritalStatus.NEVER_MARRIED, mother=wife.line, father=head.line)
    roster.people[-1] = replace(roster.people[-1], **{**_AT_HOME, **latent})


def _with_grown_son(roster: Roster) -> None:
    """A son of twenty, three small children, and the head's widowed mother."""
    parents = _parents(roster, 41)
    _child(roster, Sex.MALE, 20, parents)
    for sex, age in ((Sex.FEMALE, 8), (Sex.MALE, 5), (Sex.FEMALE, 2)):
        _child(roster, sex, age, parents)
    mother = roster.add(Relation.PARENT, Sex.FEMALE, parents[0].born - 22 * _YEAR, MaritalStatus.WIDOWED, family=2)
    roster.families.append(StatedFamily(number=2, kind=FamilyKind.ALPHA, recipient_line=mother.line))


def _with_grown_daughter(roster: Roster) -> None:
    parents = _parents(roster, 40)
    _child(roster, Sex.FEMALE, 17, parents, classes=5)
    for sex, age in ((Sex.MALE, 13), (Sex.FEMALE, 9), (Sex.MALE, 6)):
        _child(roster, sex, age, parents, classes=8)


def _with_disabled_son(roster: Roster) -> None:
    parents = _parents(roster, 38)
    _child(roster, Sex.MALE, 16, parents, disabilities=(DisabilityKind.LOWER_LIMB,))
    for sex, age in ((Sex.FEMALE, 9), (Sex.MALE, 6), (Sex.FEMALE, 3)):
        _child(roster, sex, age, parents)


def _with_three_children(roster: Roster) -> None:
    parents = _parents(roster, 33)
    for sex, age in ((Sex.FEMALE, 10), (Sex.MALE, 6), (Sex.FEMALE, 1)):
        _child(roster, sex, age, parents)


def _with_orphans(roster: Roster) -> None:
    """Somebody whose card does not say yet who they are, bringing up four brothers and sisters."""
    head = roster.add(Relation.HEAD, Sex.MALE, roster.born_ago(27), MaritalStatus.NEVER_MARRIED)
    roster.people[0] = replace(head, **_LABOURER)
    for sex, age in ((Sex.FEMALE, 11), (Sex.MALE, 9), (Sex.FEMALE, 6), (Sex.MALE, 4)):
        roster.add(Relation.SIBLING, sex, roster.day - _YEAR * age - timedelta(days=70), MaritalStatus.NEVER_MARRIED)
        roster.people[-1] = replace(roster.people[-1], **_AT_HOME)
    roster.families.append(StatedFamily(number=1, kind=FamilyKind.ALPHA))


def _without_numbers(made: MadeUp) -> MadeUp:
    """The same people asked by somebody who wrote down no numbers."""
    return replace(made, people=tuple(replace(each, cnic=None) for each in made.people), phones=())
