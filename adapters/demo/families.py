"""How made-up households come to be: couples with children, three generations, widows, daughters who came back."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import msgspec
from msgspec.structs import replace

from adapters.demo.dwellings import answers, chance
from adapters.demo.names import FAMILIES, MEN, WOMEN
from adapters.demo.people import MadeUp, Numbers, Someone
from adapters.demo.whereabouts import Tehsil, some_place, some_tehsil
from adapters.submissions.shape import Address, StatedFamily
from domain.questionnaire.codes import (
    ChronicDisease,
    DisabilityKind,
    EmploymentNature,
    FamilyKind,
    MaritalStatus,
    OccupationGroup,
    Relation,
    Settlement,
    Sex,
)

MOTHER_AGES = (18, 42)
"""Ages at which the made-up mothers give birth."""
LEAVES_HOME_AT = 28
"""Unmarried children older than this live elsewhere."""
CHILDREN_MAX = 8
PARENT_OLDER = (19, 28)
HUSBAND_OLDER = (0, 8)
ADULT_AGE = 18

_DAYS_IN_YEAR = 365.25
_NAMES_TRIED_MAX = 1_000
_WITH_B_FORM, _WITH_CNIC = 0.7, 0.97


class Roster:
    """A household in the making."""

    def __init__(self, rng: Random, numbers: Numbers, day: date, wealth: float) -> None:
        self.rng = rng
        self.day = day
        self.wealth = wealth
        self.people: list[Someone] = []
        self.families: list[StatedFamily] = []
        self.surname = rng.choice(FAMILIES)
        self._numbers = numbers
        self._given: set[str] = set()

    def add(  # noqa: PLR0913 - a person is made of that much
        self,
        relation: Relation,
        sex: Sex,
        born: date,
        marital_status: MaritalStatus,
        *,
        family: int = 1,
        spouse: int | None = None,
        mother: int | None = None,
        father: int | None = None,
    ) -> Someone:
        """Put somebody on the roster; spouses get to name each other."""
        rng, line = self.rng, len(self.people) + 1
        grown = (self.day - born).days / _DAYS_IN_YEAR >= ADULT_AGE
        work, nature = _work(rng, self.wealth, sex)
        ill = chance(rng, 0.05)
        disabled = chance(rng, 0.03)
        one = Someone(
            line=line,
            relation=relation,
            sex=sex,
            born=born,
            name=self.new_name(sex, grown=grown),
            marital_status=marital_status,
            father_or_husband=self._namesake(father, spouse),
            cnic=self._numbers.cnic() if chance(rng, _WITH_CNIC if grown else _WITH_B_FORM) else None,
            birthday_known=rng.choices((3, 1, 0), (6, 3, 1))[0],
            family=family,
            spouse=spouse,
            mother=mother,
            father=father,
            classes=_classes(rng, self.wealth, sex),
            work=work,
            nature=nature,
            disabilities=(rng.choice(tuple(DisabilityKind)),) if disabled else (),
            certified=disabled and chance(rng, 0.4),
            chronic=(rng.choice(tuple(ChronicDisease)),) if grown and ill else (),
        )
        if spouse is not None:
            self.people[spouse - 1] = replace(self.people[spouse - 1], spouse=line)
        self.people.append(one)
        return one

    def new_name(self, sex: Sex, *, grown: bool) -> str:
        """A name that nobody else in the household has."""
        names = MEN if sex is Sex.MALE else WOMEN
        given = next(name for name in (self.rng.choice(names) for _ in range(_NAMES_TRIED_MAX)) if self._is_new(name))
        self._given.add(given)
        return f"{given} {'Bibi' if sex is Sex.FEMALE and grown else self.surname}"

    def _is_new(self, name: str) -> bool:
        return name not in self._given

    def _namesake(self, father: int | None, spouse: int | None) -> str | None:
        line = father or spouse
        return self.people[line - 1].name if line else None

    def born_ago(self, years: float) -> date:
        """A birthday about this long before the interview."""
        return self.day - timedelta(days=round(years * _DAYS_IN_YEAR) + self.rng.randrange(300))

    def children(
        self, mother: Someone, father: Someone | None, relation: Relation, number: int, *, family: int = 1
    ) -> list[Someone]:
        """Children of a couple who still live at home, the eldest first; nobody is born before her mother is grown."""
        youngest, oldest = MOTHER_AGES
        until = min(oldest, int((self.day - mother.born).days / _DAYS_IN_YEAR))
        births = self.rng.sample(range(youngest, until), min(number, max(0, until - youngest)))
        born = [mother.born + timedelta(days=round(at * _DAYS_IN_YEAR) + self.rng.randrange(300)) for at in births]
        home = [
            day for day in sorted(born) if (self.day - day).days < LEAVES_HOME_AT * _DAYS_IN_YEAR and day < self.day
        ]
        return [
            self.add(
                relation,
                self.rng.choice((Sex.FEMALE, Sex.MALE)),
                day,
                MaritalStatus.NEVER_MARRIED,
                family=family,
                mother=mother.line,
                father=father.line if father else None,
            )
            for day in home
        ]

    def couple(self, wife_age: float) -> tuple[Someone, Someone]:
        """The head and his wife: their own family."""
        older = self.rng.randint(*HUSBAND_OLDER)
        head = self.add(Relation.HEAD, Sex.MALE, self.born_ago(wife_age + older), MaritalStatus.MARRIED)
        wife = self.add(Relation.SPOUSE, Sex.FEMALE, self.born_ago(wife_age), MaritalStatus.MARRIED, spouse=head.line)
        self.families.append(StatedFamily(number=1, kind=FamilyKind.BETA, recipient_line=wife.line))
        return head, wife

    def some_children(self) -> int:
        """How many children a couple has: the poorer the more."""
        return min(CHILDREN_MAX, max(0, round(self.rng.gauss(5.2 - 4 * self.wealth, 1.4))))


def nuclear(roster: Roster) -> None:
    """A couple and their children."""
    head, wife = roster.couple(roster.rng.uniform(20, 48))
    roster.children(wife, head, Relation.CHILD, roster.some_children())


def three_generations(roster: Roster) -> None:
    """A couple, their children, and the head's old parents: his family of birth."""
    head, wife = roster.couple(roster.rng.uniform(22, 40))
    roster.children(wife, head, Relation.CHILD, roster.some_children())
    mother = roster.add(
        Relation.PARENT,
        Sex.FEMALE,
        head.born - timedelta(days=round(roster.rng.randint(*PARENT_OLDER) * _DAYS_IN_YEAR)),
        MaritalStatus.WIDOWED,
        family=2,
    )
    if chance(roster.rng, 0.5):
        older = timedelta(days=round(roster.rng.randint(*HUSBAND_OLDER) * _DAYS_IN_YEAR))
        roster.people[-1] = replace(mother, marital_status=MaritalStatus.MARRIED)
        roster.add(Relation.PARENT, Sex.MALE, mother.born - older, MaritalStatus.MARRIED, family=2, spouse=mother.line)
    roster.families.append(StatedFamily(number=2, kind=FamilyKind.ALPHA, recipient_line=mother.line))


def joint(roster: Roster) -> None:
    """A couple, their unmarried children, and a married son with his wife and small children."""
    head, wife = roster.couple(roster.rng.uniform(44, 58))
    rng = roster.rng
    son = roster.add(
        Relation.CHILD,
        Sex.MALE,
        wife.born + timedelta(days=round(rng.uniform(18, 20) * _DAYS_IN_YEAR)),
        MaritalStatus.MARRIED,
        family=2,
        mother=wife.line,
        father=head.line,
    )
    bride = roster.add(
        Relation.CHILD_IN_LAW,
        Sex.FEMALE,
        son.born + timedelta(days=rng.randrange(3 * 365)),
        MaritalStatus.MARRIED,
        family=2,
        spouse=son.line,
    )
    roster.families.append(StatedFamily(number=2, kind=FamilyKind.BETA, recipient_line=bride.line))
    roster.children(wife, head, Relation.CHILD, rng.randint(0, 4))
    roster.children(bride, son, Relation.GRANDCHILD, rng.randint(0, 3), family=2)


def daughter_returned(roster: Roster) -> None:
    """A daughter lives with her parents again, with her children: her own family in their household."""
    head, wife = roster.couple(roster.rng.uniform(46, 60))
    rng = roster.rng
    alone = rng.choice((MaritalStatus.WIDOWED, MaritalStatus.DIVORCED, MaritalStatus.SEPARATED))
    daughter = roster.add(
        Relation.CHILD,
        Sex.FEMALE,
        wife.born + timedelta(days=round(rng.uniform(18, 20) * _DAYS_IN_YEAR)),
        alone,
        family=2,
        mother=wife.line,
        father=head.line,
    )
    roster.families.append(StatedFamily(number=2, kind=FamilyKind.BETA, recipient_line=daughter.line))
    roster.children(daughter, None, Relation.GRANDCHILD, rng.randint(1, 3), family=2)
    roster.children(wife, head, Relation.CHILD, rng.randint(0, 2))


def widow(roster: Roster) -> None:
    """A widow with her children."""
    head = roster.add(Relation.HEAD, Sex.FEMALE, roster.born_ago(roster.rng.uniform(28, 60)), MaritalStatus.WIDOWED)
    roster.families.append(StatedFamily(number=1, kind=FamilyKind.BETA, recipient_line=head.line))
    roster.children(head, None, Relation.CHILD, roster.some_children())


def with_transgender_head(roster: Roster) -> None:
    """A transgender person, alone or with companions."""
    rng = roster.rng
    head = roster.add(Relation.HEAD, Sex.TRANSGENDER, roster.born_ago(rng.uniform(22, 50)), MaritalStatus.NEVER_MARRIED)
    roster.families.append(StatedFamily(number=1, kind=FamilyKind.ALPHA, recipient_line=head.line))
    for _ in range(rng.randint(0, 2)):
        roster.add(Relation.OTHER, Sex.TRANSGENDER, roster.born_ago(rng.uniform(19, 40)), MaritalStatus.NEVER_MARRIED)


SHAPES: tuple[tuple[Callable[[Roster], None], int], ...] = (
    (nuclear, 54),
    (three_generations, 15),
    (joint, 13),
    (daughter_returned, 7),
    (widow, 8),
    (with_transgender_head, 3),
)
"""Kinds of household and how many of every hundred there are (ours)."""


class Made(msgspec.Struct, frozen=True):
    """A made-up household and the day of its first interview."""

    day: date
    household: MadeUp


def make_household(
    rng: Random,
    numbers: Numbers,
    day: date,
    shape: Callable[[Roster], None] | None = None,
    tehsil: Tehsil | None = None,
    wealth: float | None = None,
) -> MadeUp:
    """Make up one household as it is on the day of its first interview."""
    level = rng.betavariate(1.25, 2.1) if wealth is None else wealth
    build = shape or rng.choices([kind for kind, _ in SHAPES], [weight for _, weight in SHAPES])[0]
    roster = Roster(rng, numbers, day, level)
    build(roster)
    place = some_place(rng, tehsil or some_tehsil(rng))
    return MadeUp(
        wealth=level,
        place=place,
        people=tuple(roster.people),
        families=tuple(roster.families),
        answers=answers(rng, level, urban=place.settlement is Settlement.URBAN),
        phones=tuple(numbers.phone() for _ in range(rng.randint(1, 2))),
        address=Address(house=str(rng.randint(1, 400)), village=f"Goth {roster.surname}"),
    )


def make_households(rng: Random, numbers: Numbers, number: int, first: date, last: date) -> list[Made]:
    """Make up households whose first interviews lie between two days, in the order of these days."""
    span = (last - first).days
    days = sorted(first + timedelta(days=rng.randint(0, span)) for _ in range(number))
    return [Made(day, make_household(rng, numbers, day)) for day in days]


def _classes(rng: Random, wealth: float, sex: Sex) -> int:
    """The class somebody reaches: poorer households, and their girls more so, stop early or never begin."""
    never = 0.65 - 0.8 * wealth + (0.12 if sex is Sex.FEMALE else 0)
    if rng.random() < never:
        return 0
    return max(2, min(16, round(rng.gauss(4 + 9 * wealth, 3))))


def _work(rng: Random, wealth: float, sex: Sex) -> tuple[OccupationGroup | None, EmploymentNature | None]:
    if sex is Sex.FEMALE and chance(rng, 0.78):
        return None, None
    if rng.random() > 1.35 * wealth + 0.15:  # the poorer, the more day labour
        return OccupationGroup.ELEMENTARY, EmploymentNature.DAY_LABOUR
    group = rng.choice(
        (
            OccupationGroup.SKILLED_AGRICULTURE,
            OccupationGroup.CRAFT,
            OccupationGroup.SERVICE_OR_SALES,
            OccupationGroup.MACHINE_OPERATOR,
            OccupationGroup.TECHNICIAN,
            OccupationGroup.PROFESSIONAL,
        )
    )
    own = group is OccupationGroup.SKILLED_AGRICULTURE
    return group, EmploymentNature.SELF_EMPLOYED_AGRICULTURE if own else EmploymentNature.REGULAR_PAID
