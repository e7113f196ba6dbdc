"""The door keeps its books: after any lives, tokens, keys, submissions and decisions are what the log says."""

import re
from collections import Counter
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters import codec
from adapters.cards import compile_card
from adapters.documents.places import load_places
from adapters.followers.assessor import Assessor
from adapters.followers.run import run
from adapters.keys import people
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.keys.key_table import Holder
from adapters.memory.books import MemoryBooks
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.registry.door import Answer
from adapters.registry.explaining import explain
from adapters.registry.opening import Registry
from adapters.submissions import shape
from adapters.submissions.shape import AnySubmission
from domain.event import Recorded
from domain.household.events import MemberErased, MemberJoined
from domain.household.state import Household, fold, tokens_of
from domain.policies import in_force
from domain.questionnaire.codes import JoinReason
from domain.standing import NOT_OPEN, Decided, assess
from domain.streams import household_of, submission_stream
from domain.submission import SubmissionRefused
from tests.households import NOW, Clock
from tests.lives import MARK, Lives

STEPS = 60
IN_CLEAR = re.compile(MARK.encode() + rb"|9000000\d{6}|0300\d{7}|\+923\d{9}")


class Ticking(Clock):
    """A clock that never shows the same instant twice."""

    def __call__(self):
        self.now += timedelta(milliseconds=1)
        return self.now


class Simulation:
    def __init__(self, seed: int, folder: Path) -> None:
        clock = Ticking(NOW - timedelta(days=5 * 365))
        self.books = MemoryBooks()
        self.log = MemoryLog()
        tables = MemoryTables(self.log)
        keyring = open_or_make_key_file(folder / "master.key", NOW)
        self.registry = Registry(self.log, self.books.open, tables, keyring, load_places(), clock)
        self.lives = Lives(seed, self.registry, clock)
        self.assessor = Assessor(self.log, tables, compile_card, clock)
        self.came: Counter[str] = Counter()
        self.erased: set[UUID] = set()
        self.looked_at = 0

    def play(self, steps: int = STEPS) -> Counter[str]:
        self.lives.begin()
        for _ in range(steps):
            self.lives.clock.now += timedelta(days=self.lives.random.randrange(60))
            if self.lives.random.random() < 0.7:
                self.registry.desk.open_day()
            if self.lives.random.random() < 0.15:
                self.lives.change_policies()
            self.bring(self.lives.submission())
            for _ in range(self.lives.random.randrange(3)):
                self.lives.random.choice((self.assessor.follow, self.assessor.reassess))(
                    self.lives.random.randrange(1, 9)
                )
        run(self.log, [self.assessor], until_caught_up=True)
        self.decisions_are_derived_again()
        return self.came

    def bring(self, submission: AnySubmission) -> None:
        before, books = len(self.log.entries), self.written()
        answer = self.registry.door.submit(submission)
        self.lives.told(answer)
        kind = type(submission).__name__
        self.came[f"{kind} {'again' if answer.again else 'accepted' if answer.accepted else 'refused'}"] += 1
        if answer.again or not answer.accepted:
            assert self.written() == books, "keys or tokens changed"
        if answer.again:
            assert len(self.log.entries) == before
        elif answer.accepted:
            self.is_recorded(submission, answer, before)
        else:
            self.is_refused(submission, answer, before)
        assert not IN_CLEAR.search(repr(answer).encode())
        self.books_agree_with_the_log()
        self.nobody_is_in_clear()

    def written(self) -> dict[str, Any]:
        return {name: copy(value) for name, value in vars(self.books.keys).items()}

    def is_recorded(self, submission: AnySubmission, answer: Answer, before: int) -> None:
        new = [codec.recorded(entry) for entry in self.log.entries[before:]]
        assert all(one.envelope.submission == submission.submission_id for one in new)
        assert self.books.submissions.rows[submission.submission_id].position == answer.position
        self.erased |= {one.event.member_id for one in new if isinstance(one.event, MemberErased)}
        if new:
            assert answer.position == self.log.last_position()
        else:
            assert codec.recorded(self.log.entries[answer.position - 1]).stream == answer.household
        if isinstance(submission, shape.RosterUpdate):
            born = [
                change
                for change in submission.changes
                if isinstance(change, shape.MemberJoins) and change.reason is JoinReason.BIRTH
            ]
            joined = [one for one in new if isinstance(one.event, MemberJoined)]
            assert len([one for one in joined if one.event.reason is JoinReason.BIRTH]) == len(born), "a child was lost"
        survey = getattr(submission, "survey", None)
        if survey is not None and new:
            (recorded,) = new
            assert len({member.member_id for member in recorded.event.survey.roster}) == len(survey.roster)

    def is_refused(self, submission: AnySubmission, answer: Answer, before: int) -> None:
        (entry,) = self.log.entries[before:]
        event = codec.recorded(entry).event
        assert isinstance(event, SubmissionRefused)
        assert entry.stream == submission_stream(submission.submission_id)
        assert (event.reasons, entry.position) == (answer.reasons, answer.position)
        assert answer.reasons

    def books_agree_with_the_log(self) -> None:
        states = {household: self.registry.reader.household(household) for household in self.lives.households}
        held: list[Holder] = []
        standing: list[UUID] = []
        for household, state in states.items():
            held += [Holder(token, household, member) for token, member in tokens_of(state).items()]
            if state is not None and state.merged_into is None:
                standing += state.roster
                self.one_number_for_each(state)
            self.keys_are_there(household, state)
        assert len({holder.token for holder in held}) == len(held), "a person stands on two rosters"
        assert len(set(standing)) == len(standing), "a member stands on two rosters"
        assert self.books.keys._tokens == {holder.token: holder for holder in held}

    def one_number_for_each(self, state: Household) -> None:
        numbers = [member.token for member in state.roster.values() if member.token is not None]
        assert len(set(numbers)) == len(numbers), "a number stands twice on a roster"
        assert not [who for who in self.erased & state.roster.keys() if state.roster[who].token], (
            "erased, with a number"
        )

    def keys_are_there(self, household: UUID, state: Household | None) -> None:
        row = self.registry.door.key_row(household)
        for member in state.roster.values() if state else ():
            if member.identity and member.member_id not in self.erased:
                identity = people.open_identity(self.registry.keyring, row, member.member_id, member.identity)
                assert (identity.cnic is not None) == (member.token is not None)
        assert not [who for who in self.erased if people.holds_key(row, who)], "an erased person's key is there"

    def nobody_is_in_clear(self) -> None:
        for entry in self.log.entries[self.looked_at :]:
            assert not IN_CLEAR.search(entry.state), entry.name
        self.looked_at = len(self.log.entries)
        assert not any(IN_CLEAR.search(row) for row in self.books.keys._rows.values())

    def decisions_are_derived_again(self) -> None:
        reader = self.registry.reader
        for entry in self.log.entries:
            if entry.name == Decided.name:
                decided = codec.recorded(entry)
                household = household_of(entry.stream)
                self.is_derived_again(household, decided)
                known_at = decided.envelope.recorded_at
                explained = explain(reader, household, decided.event.programme, known_at=known_at)
                assert explained.agrees
                assert explained.decision is not None
                assert explained.decision.envelope.recorded_at == known_at
                self.came["decisions"] += 1

    def is_derived_again(self, household: UUID, decided: Recorded[Decided]) -> None:
        event = decided.event
        history = self.registry.reader.history(household)[: event.household_version]
        state = fold(history)
        assert state is not None
        policies = self.registry.reader.policies_at(event.policies_position)
        concluded = assess(state, in_force(policies, event.on, compile_card)).conclusions
        assert concluded.get(event.programme, NOT_OPEN) == event.conclusion


@pytest.mark.parametrize("seed", range(12))
def test_the_books_agree_with_the_log_after_every_submission(seed: int, tmp_path: Path):
    Simulation(seed, tmp_path).play()


def test_the_simulation_brings_everything(tmp_path: Path):
    came: Counter[str] = Counter()
    for seed in range(100, 120):
        (tmp_path / str(seed)).mkdir()
        came += Simulation(seed, tmp_path / str(seed)).play()
    kinds = {kind.__name__ for kind in shape.AnySubmission.__args__}
    assert {kind for kind in kinds if not came[f"{kind} accepted"]} == set()
    assert {kind for kind in kinds if not came[f"{kind} refused"]} == set()
    assert came["decisions"] > 100


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("start", range(1000, 2000, 100))
def test_the_books_agree_with_the_log_in_many_lives(start: int, tmp_path: Path):
    for seed in range(start, start + 100):
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            Simulation(seed, folder).play(100)
        except Exception as fault:
            raise AssertionError(f"seed {seed}") from fault
