"""Two people destroy the key of a person, or those of a whole household; one person alone destroys nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from adapters.codec import recorded
from adapters.evidence.keys import keys_for
from adapters.keys import people
from adapters.keys.people import Erased
from adapters.registry.disclosing import NOTHING_OPENED, open_names
from adapters.registry.door import Answer
from adapters.registry.erasures import open_erasures
from adapters.registry.opening import Registry
from adapters.registry.triage import triage
from adapters.submissions.shape import (
    ContactChanges,
    Erasure,
    MemberJoins,
    MemberLeaves,
    Person,
    ProgrammeReports,
    RosterUpdate,
)
from domain.household.events import KeysDestroyed, MemberErased
from domain.keys import PROPOSAL_DAYS, DestructionApproved
from domain.programme import OpenProgramme, Recipients, Rule
from domain.questionnaire.answers import Contact
from domain.questionnaire.codes import Evidence, JoinReason, LeaveReason, MaritalStatus, ProgrammeReport, Relation, Sex
from domain.refusal import Rejected
from tests.households import (
    AMINA_CNIC,
    SANA_CNIC,
    Clock,
    common,
    lone_woman,
    memory_registry,
    missed_out,
    postgres_registry,
    proposed,
)

MARCH, MAY, JULY, AUGUST = date(2022, 3, 1), date(2022, 5, 1), date(2022, 7, 1), date(2022, 8, 1)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry(request, tmp_path: Path) -> Iterator[Registry]:
    if request.param == "memory":
        yield memory_registry(tmp_path, Clock())
        return
    opened = postgres_registry(request.getfixturevalue("database"), tmp_path, Clock())
    yield opened
    opened.log.close()


@pytest.fixture
def household(registry: Registry) -> UUID:
    found = registry.door.submit(missed_out(MARCH)).household
    assert found is not None
    return found


def member(registry: Registry, household: UUID, line: int) -> UUID:
    state = registry.reader.household(household)
    assert state is not None
    return next(each.member_id for each in state.roster.values() if each.line == line)


def erasure(household: UUID, who: UUID | None, authority: str = "court 7/2026") -> Erasure:
    return Erasure(household=household, member=who, authority=authority, **common(JULY))


def married_away(registry: Registry, groom: UUID) -> Answer:
    married = MaritalStatus.MARRIED
    bride = Person(
        line=2, relation=Relation.CHILD_IN_LAW, sex=Sex.FEMALE, age=20, cnic=SANA_CNIC, marital_status=married
    )
    joins = MemberJoins(person=bride, reason=JoinReason.MARRIAGE, evidence=(Evidence.MARRIAGE_CERTIFICATE,))
    return registry.door.submit(RosterUpdate(household=groom, changes=(joins,), **common(MAY)))


def reasons(answer: Answer) -> str:
    assert not answer.accepted
    return " ".join(reason.sentence for reason in answer.reasons)


def test_one_submission_alone_erases_nobody(registry: Registry, household: UUID):
    amina = member(registry, household, 2)
    answer = registry.door.submit(erasure(household, amina))
    assert "nobody has proposed this" in reasons(answer)
    assert [reason.check for reason in answer.reasons] == ["approved_by_another"]
    assert people.holds_key(registry.door.key_row(household), amina)


def test_who_proposed_an_erasure_cannot_approve_it(registry: Registry, household: UUID):
    amina = member(registry, household, 2)
    registry.key_desk.propose(household, amina, "court 7/2026", " OP-1")
    assert "another person must approve" in reasons(registry.door.submit(erasure(household, amina)))
    assert people.holds_key(registry.door.key_row(household), amina)


def test_an_approval_closes_its_proposal_and_names_both(registry: Registry, household: UUID):
    amina = member(registry, household, 2)
    assert registry.door.submit(proposed(registry, erasure(household, amina))).accepted
    assert registry.key_desk.proposals() == []
    (approved,) = [
        event
        for event in (recorded(entry).event for entry in registry.log.after(0, 1_000))
        if isinstance(event, DestructionApproved)
    ]
    assert (approved.proposed_by, approved.approved_by, approved.member) == ("sup-2", "op-1", amina)


def test_a_proposal_that_expired_erases_nobody(registry: Registry, household: UUID):
    amina = member(registry, household, 2)
    waiting = proposed(registry, erasure(household, amina))
    assert isinstance(registry.clock, Clock)
    registry.clock.now += timedelta(days=PROPOSAL_DAYS + 1)
    assert registry.key_desk.proposals() == []
    assert "it must be proposed anew" in reasons(registry.door.submit(waiting))


def test_a_proposal_that_was_withdrawn_erases_nobody(registry: Registry, household: UUID):
    amina = member(registry, household, 2)
    waiting = proposed(registry, erasure(household, amina))
    assert [each.member for each in registry.key_desk.proposals()] == [amina]
    registry.key_desk.withdraw(household, amina, "she changed her mind", "sup-2")
    assert "nobody has proposed this" in reasons(registry.door.submit(waiting))


def test_only_keys_that_are_there_are_proposed_to_be_destroyed(registry: Registry, household: UUID):
    amina = member(registry, household, 2)
    for where, who, says in ((UUID(int=2), None, "not registered"), (household, UUID(int=4), "never stood")):
        with pytest.raises(Rejected, match=says):
            registry.key_desk.propose(where, who, "court", "sup-2")
    registry.door.submit(proposed(registry, erasure(household, amina)))
    with pytest.raises(Rejected, match="erased already"):
        registry.key_desk.propose(household, amina, "court", "sup-2")


def test_a_household_without_keys_can_be_read_by_nobody_and_its_events_stay(registry: Registry, household: UUID):
    before = registry.reader.history(household)
    amina = member(registry, household, 2)
    sealed = registry.reader.household(household)
    assert sealed is not None
    assert registry.door.submit(proposed(registry, erasure(household, None))).accepted
    row = registry.door.key_row(household)
    assert not people.holds_any_key(row)
    with pytest.raises(Erased):
        people.open_contact(registry.keyring, row, household, sealed.contact.sealed)
    with pytest.raises(Erased):
        people.open_identity(registry.keyring, row, amina, sealed.roster[amina].identity)
    state = registry.reader.household(household)
    assert state is not None
    assert open_names(registry, household, state, "a check", "op-1") == NOTHING_OPENED
    assert keys_for(registry, household, "a check", "op-1") == ()
    after = registry.reader.history(household)
    assert after[: len(before)] == before
    assert [type(one.event) for one in after[len(before) :]] == [MemberErased] * 4 + [KeysDestroyed]
    assert registry.door.find_holders([registry.door.token(AMINA_CNIC)]) == {}
    assert len(open_erasures(registry).waiting) == 5
    assert open_erasures(registry).to_repeat == []


def test_a_later_survey_than_the_day_of_the_order_does_not_bring_its_phones_back(registry: Registry, household: UUID):
    phones = RosterUpdate(household=household, changes=(ContactChanges(phones=("0300 9999018",)),), **common(AUGUST))
    assert registry.door.submit(phones).accepted
    assert registry.door.submit(proposed(registry, erasure(household, None))).accepted
    state = registry.reader.household(household)
    assert state is not None
    assert (state.contact, state.address, state.keys_destroyed_on) == (Contact(), b"", AUGUST)
    assert all(member.token is None and not member.name_tokens for member in state.roster.values())
    asked = triage(registry.reader, registry.judge, household, date(2026, 11, 21))
    assert not [each for each in asked.occasions if each.is_open]
    assert registry.judge.standing(state, date(2026, 11, 21)).due is None


def test_who_lives_in_another_household_by_now_keeps_her_key(registry: Registry, household: UUID):
    groom = registry.door.submit(missed_out(MARCH, lone_woman("9000000000058"))).household
    assert groom is not None
    sana = member(registry, household, 3)
    assert married_away(registry, groom).accepted
    assert registry.door.submit(proposed(registry, erasure(household, None))).accepted
    assert people.holds_key(registry.door.key_row(groom), sana)
    assert not people.holds_key(registry.door.key_row(household), sana)
    assert registry.door.find_holders([registry.door.token(SANA_CNIC)]) != {}


def test_who_came_from_another_household_and_lives_only_here_loses_every_copy(registry: Registry, household: UUID):
    groom = registry.door.submit(missed_out(MARCH, lone_woman("9000000000058"))).household
    assert groom is not None
    sana = member(registry, household, 3)
    assert married_away(registry, groom).accepted
    assert registry.door.submit(proposed(registry, erasure(groom, None))).accepted
    for each in (groom, household):
        assert not people.holds_key(registry.door.key_row(each), sana)
    assert people.holds_key(registry.door.key_row(household), member(registry, household, 2))


def test_a_household_without_keys_takes_only_what_programmes_report(registry: Registry, household: UUID):
    rule = Rule(title="Kafaalat", recipients=Recipients.HEAD, needs_score=False, reports=True)
    registry.desk.programme(OpenProgramme("kafaalat", rule, date(2014, 1, 1), "office"), "director")
    assert registry.door.submit(proposed(registry, erasure(household, None))).accepted
    phones = RosterUpdate(household=household, changes=(ContactChanges(phones=("0300 9999018",)),), **common(JULY))
    dies = MemberLeaves(member=member(registry, household, 4), reason=LeaveReason.DEATH)
    before_that_day = RosterUpdate(household=household, changes=(dies,), **common(MAY))
    for one in (phones, before_that_day):
        answer = registry.door.submit(one)
        assert "were destroyed" in reasons(answer)
        assert [reason.check for reason in answer.reasons] == ["keys_destroyed"]
    report = ProgrammeReports(
        household=household, programme="kafaalat", report=ProgrammeReport.ENROLLED, **common(JULY)
    )
    assert registry.door.submit(report).accepted
    with pytest.raises(Rejected, match="destroyed on"):
        registry.key_desk.propose(household, None, "court", "sup-2")


def test_whoever_lived_there_registers_as_somebody_new(registry: Registry, household: UUID):
    assert registry.door.submit(proposed(registry, erasure(household, None))).accepted
    anew = registry.door.submit(missed_out(JULY))
    assert anew.accepted
    assert anew.household != household
