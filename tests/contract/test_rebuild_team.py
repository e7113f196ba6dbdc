"""A rebuild by several processes makes what one makes, and one that is lost ends it and leaves nothing behind."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from adapters import codec
from adapters.codec import UnknownEvent
from adapters.faults import WorldFailed
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.log import NewEntry
from adapters.postgres.household_ranges import ranges, read_histories
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuild_worker import THE_COUNTS, Assignment, Made, Maker
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables
from domain.event import Envelope
from domain.household.events import AddressChanged
from domain.streams import HOUSEHOLDS_END, household_of
from projections.catalogue import ANSWERS
from projections.indicators.counting import INDICATORS
from tests.histories import FIRST_DAY, RECORDED_AT, at_nine, compile_by_size, history

SEED, HOUSEHOLDS, STEPS = 41, 60, 120
EVENTS_IN_RANGE = 15


@pytest.fixture
def log(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresLog]:
    """A registry whose answers are at the end of its log, divided into many ranges."""
    monkeypatch.setattr("adapters.postgres.rebuilding.RANGE_EVENTS", EVENTS_IN_RANGE)
    migrate(database)
    log = PostgresLog(database, patience_seconds=5)
    for append in history(SEED, HOUSEHOLDS, STEPS):
        log.append(append)
    tables = PostgresTables(log)
    followers = [Assessor(log, tables, compile_by_size, at_nine), Projector(log, tables)]
    run(log, followers, until_caught_up=True)
    yield log
    log.close()


def answers(log: PostgresLog) -> dict:
    tables = PostgresTables(log)
    return {table.name: tables.page(table, None, 100_000) for table in ANSWERS}


def schemas(log: PostgresLog) -> set[str]:
    with psycopg.connect(log.datastore.dsn) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")
        return {name for (name,) in found} - {"information_schema"}


def children() -> set[int]:
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for file in listed for pid in file.read_text().split()}


def test_ranges_hold_every_household_once_and_whole(log: PostgresLog):
    divided = list(ranges(log, EVENTS_IN_RANGE))
    last = log.last_position()
    read = [each for within in divided for each in read_histories(log, within, last)]
    assert len(divided) > 4
    assert len({each.household for each in read}) == len(read)
    positions = sorted(entry[0] for each in read for entry in (*each.events, *each.decisions))
    of_households = [entry for entry in log.after(0, 10_000) if entry.stream <= HOUSEHOLDS_END]
    assert positions == [entry.position for entry in of_households]
    assert {each.household for each in read} == {household_of(entry.stream).bytes for entry in of_households}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_registry_without_households_is_rebuilt_as_well(database: str, workers: int):
    migrate(database)
    with closing(PostgresLog(database, patience_seconds=5)) as log:
        assert rebuild(log, compile_by_size, workers=workers, report=lambda _: None).events == 0


@pytest.mark.parametrize("workers", [2, 3])
def test_several_processes_make_what_the_followers_keep(log: PostgresLog, workers: int):
    progress = []
    result = rebuild(log, compile_by_size, workers=workers, report=progress.append)
    assert result.is_equal, result
    assert result.events == progress[-1].events
    assert len(progress) > 4
    assert schemas(log) == {"public"}


def test_a_worker_hands_over_what_it_counted_once_after_all_its_ranges(log: PostgresLog):
    made = counted_apart(log)
    assert len(made) > 4
    assert [INDICATORS.name in each.packed for each in made] == [False] * (len(made) - 1) + [True]


def test_a_worker_that_has_counted_much_hands_it_over_early(log: PostgresLog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.postgres.rebuild_worker.COUNTED_MAX", 20)
    handed_over = sum(INDICATORS.name in each.packed for each in counted_apart(log))
    assert 1 < handed_over < len(counted_apart(log))
    assert rebuild(log, compile_by_size, workers=1).is_equal


def counted_apart(log: PostgresLog) -> list[Made]:
    last = log.last_position()
    maker = Maker(log, Assignment(log.datastore.dsn, compile_by_size, last, last, last))
    return [maker.make(task) for task in (*ranges(log, EVENTS_IN_RANGE), THE_COUNTS)]


def test_several_processes_put_right_what_was_wrong(log: PostgresLog):
    right = answers(log)
    with psycopg.connect(log.datastore.dsn) as connection:
        connection.execute("DELETE FROM standing WHERE household_id IN (SELECT household_id FROM standing LIMIT 7)")
        connection.execute("UPDATE households SET members = members + 1")
    assert rebuild(log, compile_by_size, workers=2, swap=True).differences["standing"].missing == 7
    assert answers(log) == right


@pytest.mark.parametrize("swap", [False, True])
def test_a_worker_that_is_killed_ends_the_rebuild_and_nothing_is_left(log: PostgresLog, swap: bool):
    before, ours = answers(log), children()

    def kill_one(_: object) -> None:
        for pid in sorted(children() - ours)[:1]:
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(WorldFailed, match=r"killed by SIGKILL.*live tables are as they were"):
        rebuild(log, compile_by_size, workers=2, swap=swap, report=kill_one)
    assert children() == ours
    assert schemas(log) == {"public"}
    assert answers(log) == before
    assert rebuild(log, compile_by_size, workers=2).is_equal


def test_what_a_worker_cannot_read_is_said_where_the_rebuild_is(log: PostgresLog):
    first = next(entry for entry in log.scan() if entry.stream <= HOUSEHOLDS_END)
    version = len(log.stream(household_of(first.stream))) + 1
    known = codec.to_store(first.stream, version, Envelope(RECORDED_AT, "desk", "desk"), AddressChanged(FIRST_DAY, b""))
    (last,) = log.append([NewEntry(known.stream, known.version, "household.of_the_future.v9", known.state)])
    log.transact(lambda transaction: transaction.advance("projector", last))
    with pytest.raises(UnknownEvent, match=r"household\.of_the_future\.v9"):
        rebuild(log, compile_by_size, workers=2)
    assert schemas(log) == {"public"}
