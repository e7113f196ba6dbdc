"""A household as lives know it: what the registry recorded last, everybody's id there, and true birthdays."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.lives.chance import DAYS_IN_YEAR
from adapters.lives.growing import grown, nursing
from adapters.lives.tables import Tables
from adapters.submissions.sealing import recorded_member
from adapters.submissions.shape import MissedOut, Person, Questionnaire, StatedFamily
from domain.household.events import Survey
from domain.household.participation import Participation
from domain.household.state import Household, Surveyed
from domain.questionnaire.answers import BirthDate, Family, Place, completed_years
from domain.questionnaire.codes import MaritalStatus, Occasion, Relation, Sex
from domain.refusal import Rejected

ADULT_AGE = 18
HEADS_FROM = 15
"""Younger heads are flagged by the registry's checks."""

MemberId = Callable[[bytes, int], UUID]
"""The registry's id of somebody new, by the submission that brings her and her line in it."""


class Resident(msgspec.Struct):
    """Somebody on the roster. `person` is as recorded last; `about` something that is sure to happen to her or him."""

    member_id: UUID
    person: Person
    born: date
    told_on: date
    is_spoken_for: bool = False
    """A wedding is planned: nothing else may take this person away before."""

    def age_on(self, day: date) -> int:
        """Completed years."""
        years = completed_years(BirthDate(self.born.year, self.born.month, self.born.day), day)
        assert years is not None, "a year of birth is known or drawn"
        return years


class Home:
    """One household. Changes of it are made by `matters`; the same changes are told to the registry."""

    def __init__(self, household: UUID, key: bytes, first: MissedOut, member_id: MemberId, rng: Random) -> None:
        survey = first.survey
        self.household = household
        self.key = key
        self.answers = survey.answers
        self.families = list(survey.families)
        self.phones = survey.phones
        self.address = survey.address
        submission = first.submission_id.bytes
        self.people = {
            person.line: Resident(
                member_id(submission, person.line), person, _birthday(person, first.on, rng), first.on
            )
            for person in survey.roster
        }
        self._asks_mothers = any(person.pregnant_or_lactating is not None for person in survey.roster)
        self.names = {person.name for person in survey.roster if person.name}
        self.next_line = max(self.people, default=0) + 1
        self.residences: list[tuple[date, Place]] = [(first.on, survey.place)]
        self.surveys: list[tuple[date, Occasion, str | None]] = [(first.on, Occasion.MISSED_OUT, None)]
        self.programmes: dict[str, Participation] = {}

    @property
    def place(self) -> Place:
        """Where it lives now."""
        return self.residences[-1][1]

    @property
    def surveyed_on(self) -> date:
        """The day of its last full survey."""
        return self.surveys[-1][0]

    @property
    def head(self) -> Resident | None:
        """Who heads it, unless everybody has died."""
        return next((one for one in self.people.values() if one.person.relation is Relation.HEAD), None)

    def find(self, member_id: UUID) -> Resident | None:
        """A resident by the registry's id."""
        return next((one for one in self.people.values() if one.member_id == member_id), None)

    def spouse_of(self, one: Resident) -> Resident | None:
        """Whom she or he is married to, where both live here and name each other."""
        other = self.people.get(one.person.spouse_line or 0)
        return other if other is not None and other.person.spouse_line == one.person.line else None

    def wives(self) -> list[Resident]:
        """Married women who live with their husbands."""
        return [one for one in self.people.values() if self.is_wife(one)]

    def is_wife(self, one: Resident) -> bool:
        """Whether she is married to a man of this household."""
        if one.person.sex is not Sex.FEMALE or one.person.marital_status is not MaritalStatus.MARRIED:
            return False
        husband = self.spouse_of(one)
        return husband is not None and husband.person.sex is Sex.MALE

    def put(self, one: Resident) -> None:
        """Take somebody in on her line."""
        self.people[one.person.line] = one
        self.next_line = max(self.next_line, one.person.line + 1)
        if one.person.name:
            self.names.add(one.person.name)

    def set(self, line: int, **to: object) -> None:
        """Change what is recorded of somebody."""
        one = self.people[line]
        one.person = replace(one.person, **to)

    def remove(self, line: int) -> None:
        """Somebody is gone: nobody here names her any more, and she is not paid."""
        self.people.pop(line)
        for one in self.people.values():
            person = one.person
            if line in (person.spouse_line, person.mother_line, person.father_line):
                one.person = replace(
                    person,
                    spouse_line=None if person.spouse_line == line else person.spouse_line,
                    mother_line=None if person.mother_line == line else person.mother_line,
                    father_line=None if person.father_line == line else person.father_line,
                )
        self.families = [
            replace(family, recipient_line=None) if family.recipient_line == line else family
            for family in self.families
        ]

    def new_family(self) -> int:
        """A family number that is free."""
        return max((family.number for family in self.families), default=0) + 1

    def restated(self, day: date, tables: Tables, rng: Random, unknown: frozenset[UUID]) -> Questionnaire:
        """A full survey on a day, by which everybody is recorded anew; `unknown` have no id of the registry yet."""
        roster = []
        for one in self.people.values():
            age = one.age_on(day)
            later = grown(one.person, age, one.age_on(one.told_on), tables, rng)
            one.person = nursing(later, age, self._youngest_of(one, day)) if self._asks_mothers else later
            one.told_on = day
            roster.append(one.person if one.member_id in unknown else replace(one.person, member_id=one.member_id))
        return Questionnaire(
            place=self.place,
            roster=tuple(roster),
            answers=self.answers,
            families=self._inhabited(),
            phones=self.phones,
            address=self.address,
        )

    def _youngest_of(self, mother: Resident, day: date) -> int | None:
        line = mother.person.line
        return min((one.age_on(day) for one in self.people.values() if one.person.mother_line == line), default=None)

    def _inhabited(self) -> tuple[StatedFamily, ...]:
        numbers = {one.person.family for one in self.people.values()}
        return tuple(family for family in self.families if family.number in numbers)

    def as_known(self) -> Household:
        """The household as the registry folds it, without what no rule looks at."""
        ids = {line: one.member_id for line, one in self.people.items()}
        families = tuple(Family(each.number, each.kind, ids.get(each.recipient_line or 0)) for each in self.families)
        survey = Survey(self.place, self.answers, ())
        return Household(
            on=self.surveyed_on,
            residences=tuple(self.residences),
            roster={
                one.member_id: recorded_member(one.person, one.told_on, one.member_id, None, (), ids, b"")
                for one in self.people.values()
            },
            families=families,
            answers=self.answers,
            surveys=tuple(Surveyed(on, occasion, survey, subject) for on, occasion, subject in self.surveys),
            programmes=dict(self.programmes),
        )


def _birthday(person: Person, day: date, rng: Random) -> date:
    """The day of birth as far as it was recorded, else one that gives the recorded age.

    Raises Rejected for a date that no calendar has; the registry refuses such a survey.
    """
    drawn = day - timedelta(days=round((person.age or 0) * DAYS_IN_YEAR) + rng.randrange(364))
    if person.born is None:
        return drawn
    try:
        year, month, number = (int(part) for part in person.born.split("-"))
        return date(year, month or 1, number or 1) if year else drawn
    except ValueError:
        raise Rejected(f"Person {person.line}: {person.born!r} is no date of birth.") from None
