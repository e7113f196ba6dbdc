"""Submissions of different households go into the log together, and what comes of them is as if one after another."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.lives.part import household_of
from adapters.lives.sending import read_again
from adapters.registry import ahead
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import ContactChanges, RosterUpdate
from tests.lived.memory_registry import TABLES, lives_in, registry_of
from tests.made_up_population import first_surveys

HOUSEHOLDS = 80
NOBODY = UUID(int=77 << 64)


@pytest.fixture
def firsts():
    return first_surveys(HOUSEHOLDS)


def facts(registry, households):
    """What is known of them, without what is drawn by chance when it is sealed."""
    return {
        household: [
            (type(one.event).__name__, one.event.on, one.version, one.envelope.submission)
            for one in registry.reader.history(household)
        ]
        for household in households
    }


def test_it_is_recorded_as_it_is_one_by_one(firsts, tmp_path):
    together, alone = registry_of(tmp_path, firsts), registry_of(tmp_path, firsts)
    submissions = [read_again(one) for one in lives_in(together, firsts)[0]]
    bulk = list(together.door.submit_many(submissions, batch=37))
    single = [alone.door.submit(one) for one in submissions]
    households = {answer.household for answer in bulk}

    assert [(a.submission, a.accepted, a.household, a.others, a.flags) for a in bulk] == [
        (a.submission, a.accepted, a.household, a.others, a.flags) for a in single
    ]
    assert facts(together, households) == facts(alone, households)
    assert [together.reader.household(each).roster.keys() for each in households] == [
        alone.reader.household(each).roster.keys() for each in households
    ]


def phone(number: int, household: UUID) -> RosterUpdate:
    return RosterUpdate(
        submission_id=UUID(int=number),
        source="desk",
        on=TABLES.ends,
        operator="op-7",
        household=household,
        changes=(ContactChanges(phones=(f"0398{number:07d}",)),),
    )


def test_each_gets_its_own_answer_in_its_place(firsts, tmp_path):
    registry = registry_of(tmp_path, firsts)
    here, there = (household_of(first, Sealer(registry.keyring)) for first in firsts[:2])
    answers = list(
        registry.door.submit_many(
            [
                phone(1, here),
                phone(2, there),
                phone(3, here),
                phone(2, there),
                phone(4, NOBODY),
                replace(phone(1, here), operator="op-8"),
                phone(5, here),
            ]
        )
    )

    assert [answer.submission.int for answer in answers] == [1, 2, 3, 2, 4, 1, 5]
    assert [answer.accepted for answer in answers] == [True, True, True, True, False, False, True]
    assert [answer.again for answer in answers] == [False, False, False, True, False, True, False]
    assert [one.version for one in registry.reader.history(here)] == [1, 2, 3, 4]


@pytest.fixture
def recorded_in(firsts, tmp_path, monkeypatch):
    """A registry, its households, and how many submissions each transaction records; the first is for first surveys."""
    registry = registry_of(tmp_path, firsts)
    batches: list[int] = []
    record = registry.door._record
    monkeypatch.setattr(registry.door, "_record", lambda batch: batches.append(len(batch)) or record(batch))
    return registry, [household_of(first, Sealer(registry.keyring)) for first in firsts], batches


def test_submissions_of_one_household_go_one_after_another(recorded_in):
    registry, (here, there, *_), batches = recorded_in
    answers = registry.door.submit_many([phone(1, here), phone(2, there), phone(3, here)])

    assert all(answer.accepted for answer in answers)
    assert batches == [0, 2, 1]


def test_no_more_go_together_than_the_limit_says(recorded_in, monkeypatch):
    registry, homes, batches = recorded_in
    monkeypatch.setattr(ahead, "TOGETHER_MAX", 30)
    answers = registry.door.submit_many([phone(1 + number, home) for number, home in enumerate(homes)])

    assert all(answer.accepted for answer in answers)
    assert batches == [0, 30, 30, 20]
