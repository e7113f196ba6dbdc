"""Several desks at once: nobody stands on two rosters, and nothing is lost, doubled or refused for a moment's sake."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.keys import people
from adapters.keys.key_table import Holder
from adapters.registry.door import Answer
from adapters.registry.opening import Registry
from adapters.submissions.shape import (
    AnySubmission,
    ContactChanges,
    Correction,
    Erasure,
    MemberJoins,
    Merge,
    MissedOut,
    Move,
    Person,
    RosterUpdate,
    Split,
)
from domain.household.events import Registered
from domain.household.state import tokens_of
from domain.programme import OpenProgramme, Recipients, Rule
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Evidence, JoinReason, MaritalStatus, Relation, Sex
from tests.households import (
    AMINA,
    BILAL,
    HINA,
    SANA,
    SANA_CNIC,
    Clock,
    common,
    lone_woman,
    memory_registry,
    missed_out,
    postgres_registry,
    proposed,
    questionnaire,
)

pytestmark = pytest.mark.timeout(60)

MARCH, MAY, JULY = date(2022, 3, 1), date(2022, 5, 1), date(2022, 7, 1)
DESKS = 4
ROUNDS = 12
SECONDS_MAX = 15
HUSBANDS = [f"9000000001{number:03d}" for number in range(4)]
WIVES = [f"9000000002{number:03d}" for number in range(6)]


class InterruptedClock(Clock):
    """A desk looks at the clock between planning a submission and recording it; this is when another one comes in."""

    interruption: Callable[[], object] | None = None

    def __call__(self):
        interruption, self.interruption = self.interruption, None
        if interruption is not None:
            interruption()
        return super().__call__()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def desks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Registry, Registry]]:
    """Two desks of one registry; the first can be interrupted."""
    if request.param == "memory":
        first = memory_registry(tmp_path, InterruptedClock())
        yield first, Registry(first.log, first.books, first.tables, first.keyring, first.places, Clock())
        return
    dsn = request.getfixturevalue("database")
    first = postgres_registry(dsn, tmp_path, InterruptedClock())
    second = postgres_registry(dsn, tmp_path, Clock())
    yield first, second
    first.log.close()
    second.log.close()


def interrupted(desks: tuple[Registry, Registry], first: AnySubmission, second: AnySubmission) -> tuple[Answer, Answer]:
    """Submit the first; the second comes in, whole, when the first is planned and not yet recorded."""
    answers: list[Answer] = []
    desk, other = desks
    desk.clock.interruption = lambda: answers.append(other.door.submit(second))
    answer = desk.door.submit(first)
    return answer, answers[0]


def registered(registry: Registry, *persons: Person) -> UUID:
    answer = registry.door.submit(missed_out(MARCH, *persons))
    assert answer.household is not None
    return answer.household


def member(registry: Registry, household: UUID, line: int) -> UUID:
    state = registry.reader.household(household)
    assert state is not None
    return next(one.member_id for one in state.roster.values() if one.line == line)


def marrying(household: UUID, cnic: str, line: int = 9) -> RosterUpdate:
    bride = Person(
        line=line, relation=Relation.CHILD_IN_LAW, sex=Sex.FEMALE, age=20, cnic=cnic, name="Sana Bilal",
        marital_status=MaritalStatus.MARRIED,
    )  # fmt: skip
    joins = MemberJoins(person=bride, reason=JoinReason.MARRIAGE, evidence=(Evidence.MARRIAGE_CERTIFICATE,))
    return RosterUpdate(household=household, changes=(joins,), **common(MAY))


def books_agree(registry: Registry, households: Sequence[UUID], cnics: Sequence[str]) -> None:
    """Everybody stands on one roster, and the tokens say on which."""
    rosters: list[UUID] = []
    held: list[Holder] = []
    for household in households:
        state = registry.reader.household(household)
        held += [Holder(token, household, who) for token, who in tokens_of(state).items()]
        if state is None or state.merged_into is not None:
            continue
        rosters += state.roster
        row = registry.door.key_row(household)
        assert all(people.open_identity(registry.keyring, row, who, m.identity) for who, m in state.roster.items())
    assert len(set(rosters)) == len(rosters)
    tokens = [registry.door.token(cnic) for cnic in cnics]
    assert registry.door.find_holders(tokens) == {holder.token: holder for holder in held}


def test_the_same_submission_at_two_desks_is_recorded_once(desks):
    for persons in ((BILAL, AMINA), (replace(lone_woman("9000000000041"), cnic=None),)):
        submission = missed_out(MARCH, *persons)
        first, second = interrupted(desks, submission, submission)
        assert first == replace(second, again=True)
        assert first.household is not None
        assert [type(one.event) for one in desks[0].reader.history(first.household)] == [Registered]


def test_one_household_of_a_survey_file_brought_under_two_ids_is_registered_once(desks):
    nobody_numbered = replace(lone_woman("9000000000041"), cnic=None)
    one, two = (replace(missed_out(MARCH, nobody_numbered), source_key="hh-1") for _ in range(2))
    first, second = interrupted(desks, one, two)
    assert (first.accepted, second.accepted) == (False, True)
    in_bulk = list(desks[0].door.submit_many([replace(missed_out(MARCH, nobody_numbered), source_key="hh-1")]))
    assert [answer.accepted for answer in in_bulk] == [False]


def test_of_two_households_that_bring_the_same_person_one_is_refused(desks):
    first, second = interrupted(
        desks, missed_out(MARCH, lone_woman(SANA_CNIC)), missed_out(MAY, lone_woman(SANA_CNIC, "Zahra Bano"))
    )
    assert (first.accepted, second.accepted) == (False, True)
    assert str(second.household) in first.reasons[0].sentence


def test_a_bride_who_is_registered_elsewhere_in_between_comes_from_there(desks):
    husband = registered(desks[0], lone_woman("9000000000058"))
    first, second = interrupted(desks, marrying(husband, SANA_CNIC), missed_out(MARCH, lone_woman(SANA_CNIC)))
    assert first.accepted
    assert first.others == (second.household,)


def test_a_newcomer_whom_two_desks_bring_to_one_household_is_one_member(desks):
    household = registered(desks[0], BILAL, AMINA)
    right = Correction(
        household=household,
        corrects=desks[0].reader.history(household)[0].envelope.submission,
        reason="a child was left out",
        survey=questionnaire(BILAL, AMINA, SANA),
        **common(MAY),
    )
    returns = replace(SANA, line=5, mother_line=None, father_line=None)
    joins = MemberJoins(person=returns, reason=JoinReason.RETURN, evidence=(Evidence.CNIC,))
    first, second = interrupted(desks, right, RosterUpdate(household=household, changes=(joins,), **common(MAY)))
    assert (first.accepted, second.accepted) == (True, True)
    books_agree(desks[0], [household], [BILAL.cnic, AMINA.cnic, SANA_CNIC])


def test_a_survey_of_her_old_household_does_not_bring_back_the_key_of_somebody_erased(desks):
    parents, husband = registered(desks[0]), registered(desks[0], lone_woman("9000000000058"))
    sana = member(desks[0], parents, 3)
    assert desks[0].door.submit(marrying(husband, SANA_CNIC)).accepted
    survey = questionnaire(BILAL, AMINA, replace(HINA, line=3))
    wrong = desks[0].reader.history(parents)[0].envelope.submission
    right = Correction(household=parents, corrects=wrong, reason="?", survey=survey, **common(JULY))
    erased = proposed(desks[0], Erasure(household=husband, member=sana, authority="court", **common(JULY)))
    first, second = interrupted(desks, right, erased)
    assert (first.accepted, second.accepted) == (True, True)
    assert not [house for house in (parents, husband) if people.holds_key(desks[0].door.key_row(house), sana)]


def test_an_erasure_whose_proposal_is_withdrawn_before_it_is_recorded_erases_nobody(desks):
    desk, other = desks
    household = registered(desk)
    amina = member(desk, household, 2)
    erasure = proposed(desk, Erasure(household=household, member=amina, authority="court", **common(JULY)))

    def once_it_was_judged() -> None:
        desk.clock.interruption = lambda: other.key_desk.withdraw(household, amina, "she changed her mind", "sup-2")

    desk.clock.interruption = once_it_was_judged
    answer = desk.door.submit(erasure)
    assert other.key_desk.proposals() == []
    assert [reason.check for reason in answer.reasons] == ["approved_by_another"]
    assert people.holds_key(desk.door.key_row(household), amina)


@pytest.fixture
def many_desks(database: str, tmp_path: Path) -> Iterator[list[Registry]]:
    opened = [postgres_registry(database, tmp_path, Clock()) for _ in range(DESKS)]
    yield opened
    for registry in opened:
        registry.log.close()


def at_once(desks: list[Registry], work: Callable[[int, Registry], list[Any]]) -> list[list[Any]]:
    barrier = Barrier(len(desks))

    def begin(number: int) -> list[Any]:
        barrier.wait(SECONDS_MAX)
        return work(number, desks[number])

    with ThreadPoolExecutor(len(desks)) as pool:
        return list(pool.map(begin, range(len(desks)), timeout=SECONDS_MAX))


def test_desks_that_send_the_same_submissions_at_the_same_time_record_each_once(many_desks):
    sent = [missed_out(MARCH, lone_woman(cnic)) for cnic in HUSBANDS * (ROUNDS // 4)]
    sent += [missed_out(MARCH, replace(lone_woman(HUSBANDS[0]), cnic=None)) for _ in range(ROUNDS)]
    answers = at_once(many_desks, lambda _, registry: [registry.door.submit(one) for one in sent])
    for of_one in zip(*answers, strict=True):
        assert len({(answer.accepted, answer.household, answer.position) for answer in of_one}) == 1
        assert Counter(answer.again for answer in of_one)[False] == 1
    assert many_desks[0].log.last_position() == len(sent)


def test_a_survey_imported_by_two_desks_at_once_is_registered_once(many_desks):
    survey = [missed_out(MARCH, lone_woman(f"9{number:012d}")) for number in range(100, 160)]
    survey += [missed_out(MARCH, replace(lone_woman("9000000000041"), cnic=None)) for _ in range(60)]
    answers = at_once(many_desks, lambda _, registry: list(registry.door.submit_many(survey, batch=40)))
    assert all(answer.accepted for of_one in answers for answer in of_one)
    assert sum(not answer.again for of_one in answers for answer in of_one) == len(survey)
    assert many_desks[0].log.last_position() == len(survey)


def test_policies_that_all_officers_open_at_once_are_recorded_once(many_desks):
    rule = Rule("Relief", Recipients.HEAD, needs_score=False)
    commands = [OpenProgramme(f"relief-{number}", rule, MAY) for number in range(2 * ROUNDS)]
    at_once(many_desks, lambda _, registry: [registry.desk.programme(command, "director") for command in commands])
    assert [one.event.programme for one in many_desks[0].reader.policy_events()] == [one.programme for one in commands]


@pytest.mark.parametrize("seed", range(3))
def test_whoever_moves_while_her_households_change_stands_on_one_roster(many_desks, seed: int):
    homes = [registered(many_desks[0], lone_woman(cnic)) for cnic in HUSBANDS]
    begun = time.monotonic()

    def work(number: int, registry: Registry) -> list[Answer]:
        draw = Random(f"{seed} {number}")
        return [registry.door.submit(_drawn(draw, registry, homes)) for _ in range(ROUNDS)]

    answers = [answer for of_one in at_once(many_desks, work) for answer in of_one]
    assert time.monotonic() - begun < SECONDS_MAX
    assert Counter(answer.accepted for answer in answers)[True] > len(answers) / 3
    households = dict.fromkeys([*homes, *(other for answer in answers for other in answer.others)])
    books_agree(many_desks[0], list(households), [*HUSBANDS, *WIVES])


def _drawn(draw: Random, registry: Registry, homes: list[UUID]) -> AnySubmission:
    home = draw.choice(homes)
    match draw.randrange(8):
        case 0:
            return RosterUpdate(household=home, changes=(ContactChanges(phones=("0300 9999017",)),), **common(MAY))
        case 1:
            return Move(household=home, place=Place(draw.choice(("PK60202", "PK20101"))), **common(MAY))
        case 2:
            roster = registry.reader.household(home).roster
            parting = {who: Relation.HEAD for who, one in roster.items() if one.relation is not Relation.HEAD}
            one = dict(list(parting.items())[:1]) or {UUID(int=4): Relation.HEAD}
            return Split(household=home, members=one, place=Place("PK60202"), **common(MAY))
        case 3 if draw.random() < 0.2:
            return Merge(household=home, duplicate=draw.choice(homes), **common(MAY))
        case _:
            return marrying(home, draw.choice(WIVES), line=draw.randrange(10, 10**6))


def test_a_registration_needs_no_number_to_be_there_once(many_desks):
    """Both are planned as new; the second finds the keys of the first, and not its number."""
    one: MissedOut = replace(missed_out(MARCH, replace(lone_woman(HUSBANDS[0]), cnic=None)), source_key="hh-7")
    others = [replace(one, submission_id=missed_out().submission_id) for _ in many_desks]
    answers = at_once(many_desks, lambda number, registry: list(registry.door.submit_many([others[number]])))
    assert Counter(answer.accepted for (answer,) in answers) == {True: 1, False: len(many_desks) - 1}
