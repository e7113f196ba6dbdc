"""A registry in memory with the published card and Kafaalat, for tests of what the verbs of a household tell."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.cards import compile_card
from adapters.cli.explain_words import explanation_words
from adapters.cli.history_words import timeline_lines
from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.followers.assessor import Assessor
from adapters.followers.run import run
from adapters.memory.tables import MemoryTables
from adapters.registry.disclosing import NOTHING_OPENED
from adapters.registry.explaining import explain
from adapters.registry.programme_file import open_programme
from adapters.registry.timeline import timeline
from adapters.submissions.shape import AnySubmission, MemberJoins, MemberLeaves, ProgrammeReports, RosterUpdate
from domain.programme import SetCutOff
from domain.questionnaire.codes import (
    Comparison,
    Evidence,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    ProgrammeReport,
    Relation,
    Sex,
)
from tests.households import Clock, Person, common, memory_registry, missed_out

MARCH, MAY, JULY = date(2022, 3, 1), date(2022, 5, 1), date(2022, 7, 1)
CARD = "pakistan_schreiner_2009"


class Desk:
    """Submits, decides and tells."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.registry = memory_registry(folder, self.clock)
        assert isinstance(self.registry.tables, MemoryTables)
        self.assessor = Assessor(self.registry.log, self.registry.tables, compile_card, self.clock)
        self.registry.desk.open_day()
        self.registry.desk.adopt(adoption(adoptable(CARD), date(2014, 1, 1)), "director")
        self.open("kafaalat")

    def open(self, programme: str) -> None:
        open_programme(self.registry, load_programme(find_programme_file(programme)), date(2014, 1, 1), "director")

    def cut_off(self, value: str) -> None:
        card = self.registry.reader.policies().find_card(CARD)
        assert card is not None
        at_or_under, on = Comparison.AT_OR_UNDER, date(2026, 1, 1)
        command = SetCutOff("kafaalat", Decimal(value), at_or_under, card.content_hash, CARD, on)
        self.registry.desk.programme(command, "director")

    def submit(self, submission: AnySubmission) -> UUID:
        self.clock.now += timedelta(hours=1)
        answer = self.registry.door.submit(submission)
        assert answer.accepted, answer.reasons
        assert answer.household is not None
        return answer.household

    def register(self, *people: Person, on: date = MARCH, **other: Any) -> UUID:
        return self.submit(missed_out(on, *people, **other))

    def update(self, household: UUID, *changes: Any, on: date = MAY) -> None:
        self.submit(RosterUpdate(household=household, changes=changes, **common(on)))

    def report(self, household: UUID, report: ProgrammeReport, *filters: str, on: date = MAY) -> None:
        told = ProgrammeReports(household=household, programme="kafaalat", report=report, filters=filters, **common(on))
        self.submit(told)

    def decide(self) -> None:
        run(self.registry.log, [self.assessor], until_caught_up=True)

    def member(self, household: UUID, line: int) -> UUID:
        state = self.registry.reader.household(household)
        assert state is not None
        return next(one.member_id for one in state.roster.values() if one.line == line)

    def history(self, household: UUID) -> str:
        told = timeline_lines(timeline(self.registry.reader, household), NOTHING_OPENED)
        return "\n".join(sentence for _, sentences in told for sentence in sentences)

    def explanation(self, household: UUID, programme: str = "kafaalat", **clocks: Any) -> str:
        found = explain(self.registry.reader, household, programme, **clocks)
        return "\n".join(explanation_words(household, found))


def dies(member: UUID) -> MemberLeaves:
    return MemberLeaves(member=member, reason=LeaveReason.DEATH)


def bride(cnic: str, line: int) -> MemberJoins:
    person = Person(
        line=line,
        relation=Relation.CHILD_IN_LAW,
        sex=Sex.FEMALE,
        age=20,
        cnic=cnic,
        marital_status=MaritalStatus.MARRIED,
    )
    return MemberJoins(person=person, reason=JoinReason.MARRIAGE, evidence=(Evidence.MARRIAGE_CERTIFICATE,))
