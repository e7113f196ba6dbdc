"""An audit raises no false alarm, whatever a registry lived through and however far its followers have come."""

from collections.abc import Callable
from random import Random

import pytest

from adapters.audit.auditing import Audited, Wanted, audit
from adapters.audit.findings import Kind
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.log import EventLog
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from tests.histories import at_nine, compile_by_size, history

HOUSEHOLDS, STEPS = 12, 150
HOUSEHOLDS_IN_A_PAGE = 3
SEEDS = [6, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(7, 37))]


def audited(log: PostgresLog, **wanted: object) -> Audited:
    return audit(log.datastore.dsn, compile_by_size, Wanted(workers=1, **wanted), seals=None, sender=None)


def faults(result: Audited) -> list[list[str]]:
    """The made-up card has no content that its hash could be of."""
    kinds = [each for each in result.findings.summaries() if each.kind is not Kind.SCORECARD_DIFFERS]
    return [[f"{each.kind}: {finding.household}: {finding.says}" for finding in each.listed] for each in kinds]


@pytest.fixture
def log(database: str):
    migrate(database)
    log = PostgresLog(database, patience_seconds=5)
    yield log
    log.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_registry_that_has_caught_up_has_no_findings(log: PostgresLog, seed: int):
    tables = PostgresTables(log)
    draw = Random(seed)
    followers = [Assessor(log, tables, compile_by_size, at_nine), Projector(log, tables)]
    for append in history(seed, HOUSEHOLDS, STEPS):
        log.append(append)
        if draw.random() < 0.1:
            run(log, followers, until_caught_up=True)
    run(log, followers, until_caught_up=True)
    assert faults(audited(log)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_followers_may_be_anywhere_and_a_change_of_policy_half_brought(log: PostgresLog, seed: int):
    tables = PostgresTables(log)
    draw = Random(seed)
    assessor, projector = Assessor(log, tables, compile_by_size, at_nine), Projector(log, tables)
    unfinished = 0
    for append in history(seed, HOUSEHOLDS, STEPS):
        log.append(append)
        steps: list[Callable[[], object]] = [
            lambda: assessor.follow(30),
            lambda: assessor.reassess(HOUSEHOLDS_IN_A_PAGE),
            lambda: projector.step(7),
        ]
        for step in steps:
            if draw.random() < 0.6:
                step()
        if draw.random() < 0.02 or (not assessor.is_idle and draw.random() < 0.1):
            unfinished += not assessor.is_idle
            assert faults(audited(log)) == []
    assert unfinished, "no audit met a change of policy that was under way"


def test_what_is_drawn_follows_from_the_seed_alone(log: PostgresLog):
    append_all(log, 9)
    once, again, other = (audited(log, sample=4, seed=seed) for seed in ("a", "a", "b"))
    assert (once.households, once.events) == (again.households, again.events) == (4, once.events)
    assert faults(once) == faults(other) == []
    assert once.events != other.events


def append_all(log: EventLog, seed: int) -> None:
    for append in history(seed, HOUSEHOLDS, STEPS):
        log.append(append)
