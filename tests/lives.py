"""Made-up lives at the door: submissions of every kind out of what a registry holds; some late, wrong or repeated."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.keys import people
from adapters.registry.door import Answer
from adapters.registry.opening import Registry
from adapters.submissions import shape
from adapters.submissions.shape import AnySubmission, Person, Questionnaire
from domain.household.state import Household
from domain.occasions import openings
from domain.programme import AppealRule, CloseProgramme, OpenProgramme, Recipients, Rule, SetCutOff
from domain.questionnaire.answers import Member, Place
from domain.questionnaire.codes import (
    Comparison,
    DisabilityKind,
    Evidence,
    Hazard,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Occasion,
    OccupationGroup,
    ProgrammeReport,
    Relation,
    SchoolStatus,
    Sex,
)
from domain.refusal import Rejected
from domain.registry_day import day_in_pakistan
from domain.shock_rules import DeclareShock, LiftShock
from tests.households import POOR, Clock

MARK = "Naamzad"
"""Stands in every made-up name, village and landmark, so that none of them can be overlooked in clear."""
PLACES = ("PK20101", "PK60202")
KAFAALAT, RELIEF, STIPEND = "kafaalat", "relief", "stipend"
EVERY_EVIDENCE = (Evidence.CITIZEN_REGISTER,)
_SURVEYS = (Occasion.SHOCK, Occasion.APPEAL, Occasion.RECERTIFICATION, Occasion.CYCLIC)
RULES = {
    KAFAALAT: Rule(
        "Kafaalat", Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS, filters=("vehicle",), verification=True,
        reports=True, recertify_every_years=3, appeal=AppealRule(Decimal(40)),
    ),
    RELIEF: Rule("Relief", Recipients.HEAD, needs_score=False, relief=True),
    STIPEND: Rule("Stipend", Recipients.CHILDREN_IN_SCHOOL, needs_score=False, after=(KAFAALAT,), ages=(4, 18)),
}  # fmt: skip


class Lives:
    """What people, programmes and officers bring to a registry, by seed."""

    def __init__(self, seed: int, registry: Registry, clock: Clock) -> None:
        self.random = Random(seed)
        self.registry = registry
        self.clock = clock
        self.households: list[UUID] = []
        self.cnics: list[str] = []
        self.sent: list[AnySubmission] = []
        self.shocks: list[str] = []

    @property
    def today(self) -> date:
        return day_in_pakistan(self.clock.now)

    def told(self, answer: Answer) -> None:
        """Remember which households there are."""
        named = [answer.household, *answer.others] if answer.accepted else []
        self.households += [one for one in named if one is not None and one not in self.households]

    # Policies

    def begin(self) -> None:
        self.registry.desk.open_day()
        self.registry.desk.adopt(adoption(adoptable("pakistan_schreiner_2009"), date(2009, 1, 1)), "director")
        for name in RULES:
            self._open(name)
        self._cutoff()

    def change_policies(self) -> None:
        """What an officer wants; some of it is refused."""
        with suppress(Rejected):
            self._change_policies()

    def _change_policies(self) -> None:
        match self.random.randrange(6):
            case 0 | 1:
                self._cutoff()
            case 2:
                name = self.random.choice(list(RULES))
                self.registry.desk.programme(CloseProgramme(name, self._near(), "no money"), "director")
            case 3:
                self._open(self.random.choice(list(RULES)))
            case _:
                self._shock()

    def _open(self, name: str) -> None:
        self.registry.desk.programme(OpenProgramme(name, RULES[name], self._near()), "director")

    def _cutoff(self) -> None:
        (card,) = self.registry.reader.policies().cards
        value = Decimal(self.random.randrange(10, 70))
        comparison = self.random.choice(list(Comparison))
        command = SetCutOff(KAFAALAT, value, comparison, card.content_hash, card.scorecard_id, self._near())
        self.registry.desk.programme(command, "director")

    def _shock(self) -> None:
        if self.shocks and self.random.random() < 0.4:
            known = self.registry.reader.policies().shocks[self.shocks.pop()]
            on = max(self.today, known.declared.impact_on)
            self.registry.desk.shock(LiftShock(shock=known.declared.shock, on=on, authority="NDMA"), "director")
            return
        name = f"flood-{self.registry.log.last_position()}"
        impact = self.today - timedelta(days=self.random.randrange(20))
        declared = DeclareShock(
            name, Hazard.FLOOD, self.today, impact, (self.random.choice(PLACES),), impact,
            self.today + timedelta(days=120), "NDMA", len(self.households), relief_programmes=(RELIEF,),
        )  # fmt: skip
        self.registry.desk.shock(declared, "director")
        self.shocks.append(name)

    def _near(self) -> date:
        return self.today + timedelta(days=self.random.choice((-200, -1, 0, 0, 0, 1, 60)))

    # Submissions

    def submission(self) -> AnySubmission:
        """The next submission; now and then an old one once more, or its id with other content."""
        draw = self.random.random()
        if self.sent and draw < 0.05:
            return self.random.choice(self.sent)
        drawn = self.registration() if len(self.households) < 3 or draw < 0.2 else self._about_a_household()
        if self.sent and draw > 0.97:
            drawn = replace(drawn, submission_id=self.random.choice(self.sent).submission_id)
        self.sent.append(drawn)
        return drawn

    def registration(self) -> shape.MissedOut:
        survey = self._questionnaire(self._family())
        known = self.random.choice(self.households) if self.households and self.random.random() < 0.1 else None
        return shape.MissedOut(survey=survey, household=known, source_key=None, **self._common())

    def _about_a_household(self) -> AnySubmission:
        household = self.random.choice(self.households)
        state = self.registry.reader.household(household)
        assert state is not None
        draws: Sequence[Callable[[UUID, Household, dict[str, Any]], AnySubmission | None]] = (
            self._survey, self._survey, self._survey, *[self._roster_update] * 5,
            self._move, self._split, self._merge, self._correction, self._erasure, self._report, self._report,
        )  # fmt: skip
        return self.random.choice(draws)(household, state, self._common()) or self.registration()

    def _common(self) -> dict[str, Any]:
        number = UUID(bytes=self.random.randbytes(16), version=4)
        late = self.random.choice((0, 0, 0, 0, 1, 30, 400))
        return {
            "submission_id": number, "source": "desk", "operator": "op-1",
            "on": self.today - timedelta(days=late),
        }  # fmt: skip

    def _survey(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission | None:
        then = self.registry.reader.household(household, as_of=common["on"]) or state
        asked = {"household": household, "survey": self._questionnaire(self._again(household, then)), **common}
        open_now = [
            one.occasion
            for one in openings(self.registry.judge.situation(then, common["on"]), common["on"])
            if one.is_open and one.occasion in _SURVEYS
        ]
        drawn = [*_SURVEYS] if self.random.random() < 0.4 or not open_now else open_now
        match self.random.choice(drawn):
            case Occasion.SHOCK:
                return shape.ShockSurvey(shock=self.random.choice(self.shocks or ["flood-0"]), **asked)
            case Occasion.APPEAL:
                return shape.Appeal(programme=KAFAALAT, **asked)
            case Occasion.RECERTIFICATION:
                return shape.Recertification(**asked)
            case _:
                return shape.Cyclic(**asked)

    def _correction(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission | None:
        history = self.registry.reader.history(household)
        named = self.random.choice(history)
        then = self.registry.reader.household(household, as_of=named.event.on) or state
        assert named.envelope.submission is not None
        corrected = self._questionnaire(self._again(household, then))
        return shape.Correction(
            household=household, corrects=named.envelope.submission, reason="typed wrongly", survey=corrected, **common
        )

    def _roster_update(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission | None:
        if not state.roster:
            return None
        changes = [self._change(state, number) for number in range(self.random.choice((1, 1, 1, 2, 3)))]
        return shape.RosterUpdate(household=household, changes=tuple(changes), **common)

    def _change(self, state: Household, number: int) -> shape.AnyChange:
        draw, who = self.random, self.random.choice(list(state.roster.values()))
        line = max(member.line for member in state.roster.values()) + 1 + draw.choice((0, number))
        match draw.randrange(12):
            case 0 | 1:
                mother = next((one.member_id for one in state.roster.values() if one.sex is Sex.FEMALE), None)
                child = self._person(line, Relation.OTHER_RELATIVE, age=0)
                return shape.MemberJoins(
                    person=child, reason=JoinReason.BIRTH, evidence=(Evidence.CRC,), mother=mother or who.member_id
                )
            case 2 | 3 | 4:
                cnic = draw.choice(self.cnics)
                joining = self._person(line, Relation.OTHER_RELATIVE, age=draw.randrange(20, 50), cnic=cnic)
                joining = draw.choice((joining, replace(joining, name=None, member_id=None)))
                reason = draw.choice((JoinReason.MARRIAGE, JoinReason.RETURN))
                return shape.MemberJoins(person=joining, reason=reason, evidence=EVERY_EVIDENCE)
            case 5 | 6:
                evidence = draw.choice((EVERY_EVIDENCE, ()))
                reasons = (LeaveReason.DEATH, LeaveReason.MARRIAGE, LeaveReason.DEPARTURE)
                return shape.MemberLeaves(member=who.member_id, reason=draw.choice(reasons), evidence=evidence)
            case 7:
                return shape.HeadChanges(member=who.member_id)
            case 8:
                status = draw.choice(list(MaritalStatus))
                return shape.MaritalStatusChanges(member=who.member_id, to=status, evidence=EVERY_EVIDENCE)
            case 9:
                kinds = draw.choice(((), (next(iter(DisabilityKind)),)))
                return shape.DisabilityChanges(
                    member=who.member_id, to=kinds, certified=bool(kinds), evidence=EVERY_EVIDENCE
                )
            case 10:
                return shape.ContactChanges(phones=(self._phone(),))
            case _:
                return shape.AddressChanges(address=shape.Address(village=f"{MARK} {draw.randrange(99)}"))

    def _move(self, household: UUID, _: Household, common: dict[str, Any]) -> AnySubmission:
        return shape.Move(household=household, place=self._place(), address=shape.Address(landmark=MARK), **common)

    def _split(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission | None:
        if len(state.roster) < 2:
            return None
        parting = self.random.sample(list(state.roster), self.random.randrange(1, len(state.roster)))
        relations = dict.fromkeys(parting, Relation.OTHER_RELATIVE) | {parting[0]: Relation.HEAD}
        return shape.Split(household=household, members=relations, place=self._place(), **common)

    def _merge(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission | None:
        duplicate = self.random.choice(self.households)
        other = self.registry.reader.household(duplicate)
        same = {}
        if other is not None and other.roster and state.roster and self.random.random() < 0.5:
            same = {self.random.choice(list(other.roster)): self.random.choice(list(state.roster))}
        return shape.Merge(household=household, duplicate=duplicate, same_person=same, **common)

    def _erasure(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission | None:
        stranger = UUID(bytes=self.random.randbytes(16), version=4)
        anybody = [*sorted({*state.roster, *state.former}), stranger]
        if self.random.random() < 0.3:
            return None
        member = self.random.choice(anybody)
        with suppress(Rejected):  # a stranger, somebody erased, or an erasure that stands proposed already
            self.registry.key_desk.propose(household, member, "court order 7", "sup-2")
        return shape.Erasure(household=household, member=member, authority="court order 7", **common)

    def _report(self, household: UUID, state: Household, common: dict[str, Any]) -> AnySubmission:
        if self.random.random() < (0.5 if KAFAALAT in state.programmes else 0.1):
            return shape.PaymentReports(household=household, programme=KAFAALAT, amount_paisa=1_050_000, **common)
        report = self.random.choice([*ProgrammeReport, ProgrammeReport.ENROLLED, ProgrammeReport.ENROLLED])
        filters = ("vehicle",) if report is ProgrammeReport.BLOCKED else ()
        return shape.ProgrammeReports(household=household, programme=KAFAALAT, report=report, filters=filters, **common)

    # People

    def _family(self) -> list[Person]:
        age, married = self.random.randrange(35, 60), MaritalStatus.MARRIED
        head = replace(self._person(1, Relation.HEAD, age), sex=Sex.MALE, marital_status=married, spouse_line=2)
        wife = self._person(2, Relation.SPOUSE, age - 3)
        wife = replace(wife, sex=Sex.FEMALE, marital_status=married, spouse_line=1)
        children = [
            replace(
                self._person(3 + number, Relation.CHILD, self.random.randrange(1, 18)), mother_line=2, father_line=1
            )
            for number in range(self.random.randrange(4))
        ]
        return self._troubled([head, wife, *children])

    def _again(self, household: UUID, state: Household) -> list[Person]:
        """The people of a roster as they would tell of themselves; sometimes without one, sometimes with one more."""
        members = list(state.roster.values())
        if len(members) > 2 and self.random.random() < 0.3:
            members.remove(self.random.choice(members[1:]))
        lines = {member.member_id: line for line, member in enumerate(members, 1)}
        told = [self._told(household, member, lines) for member in members]
        if self.random.random() < 0.3 or not told:
            told.append(self._person(len(told) + 1, Relation.OTHER_RELATIVE, self.random.randrange(70)))
        return self._troubled(told)

    def _told(self, household: UUID, member: Member, lines: dict[UUID, int]) -> Person:
        identity = people.Identity()
        if member.identity:
            row = self.registry.door.key_row(household)
            try:
                identity = people.open_identity(self.registry.keyring, row, member.member_id, member.identity)
            except people.Erased:
                identity = people.Identity()
        spouse, mother, father = (
            lines.get(who) if who else None for who in (member.spouse, member.mother, member.father)
        )
        return Person(
            line=lines[member.member_id], relation=member.relation, sex=member.sex, age=member.age, name=identity.name,
            cnic=identity.cnic, marital_status=member.marital_status, spouse_line=spouse, mother_line=mother,
            father_line=father, school=member.school,
            highest_class=member.highest_class, occupation=member.occupation, family=member.family,
            member_id=member.member_id if self.random.random() < 0.2 else None,
        )  # fmt: skip

    def _troubled(self, persons: list[Person]) -> list[Person]:
        """Now and then somebody has a number that is held elsewhere, or that stands twice on the roster."""
        draw = self.random.random()
        if draw < 0.08 and self.cnics:
            persons[-1] = replace(persons[-1], cnic=self.random.choice(self.cnics))
        elif draw < 0.12:
            persons[-1] = replace(persons[-1], cnic=persons[0].cnic)
        return persons

    def _person(self, line: int, relation: Relation, age: int, cnic: str | None = None) -> Person:
        number = len(self.cnics) + 1
        if cnic is None and (age >= 18 or self.random.random() < 0.5):
            cnic = f"9{number:012d}"
            self.cnics.append(cnic)
        name = f"{MARK} Fatima" if self.random.random() < 0.2 else f"{MARK} {self.random.randrange(10**6)}"
        sex = self.random.choice((Sex.FEMALE, Sex.MALE))
        person = Person(line=line, relation=relation, sex=sex, age=age, cnic=cnic, name=name)
        if age < 18:
            return replace(person, school=SchoolStatus.ATTENDING) if age >= 5 else person
        return replace(person, highest_class=self.random.choice((0, 5, 10)), occupation=OccupationGroup.ELEMENTARY)

    def _questionnaire(self, persons: list[Person]) -> Questionnaire:
        draw = self.random.randrange
        assets = {asset: draw(2) for asset in POOR.assets}
        answers = replace(POOR, assets=assets, dwelling=replace(POOR.dwelling, rooms=draw(1, 5)))
        return Questionnaire(
            place=self._place(), roster=tuple(persons), answers=answers, phones=(self._phone(),),
            address=shape.Address(village=MARK),
        )  # fmt: skip

    def _place(self) -> Place:
        return Place(self.random.choice(PLACES))

    def _phone(self) -> str:
        return f"0300{self.random.randrange(10**7):07d}"
