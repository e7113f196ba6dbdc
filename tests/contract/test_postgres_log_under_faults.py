"""The log when Postgres or the line to it fails: nothing is lost, nothing is written twice, nobody waits for ever."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from adapters.faults import WorldFailed
from adapters.log import Conflict, NewEntry, OutcomeUnknown
from adapters.postgres.log import PostgresLog, PostgresTransaction
from adapters.postgres.migrate import migrate
from tests.severed_line import SeveredLine

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]

AMINAS = UUID("004e2000-0000-8000-8000-000000000002")
BILALS = UUID("004e2100-0000-8000-8000-000000000002")
SECONDS_MAX = 20


@pytest.fixture
def dsn(database: str) -> str:
    migrate(database)
    return database


@pytest.fixture
def line(dsn: str) -> Iterator[SeveredLine]:
    with tempfile.TemporaryDirectory(prefix="gharana-line-") as folder, SeveredLine(dsn, Path(folder)) as line:
        yield line


@pytest.fixture
def log(line: SeveredLine) -> Iterator[PostgresLog]:
    log = PostgresLog(line.dsn, patience_seconds=5)
    log.append(events(BILALS, 1))  # from here on its connection stands and its statements are prepared
    yield log
    log.close()


@pytest.fixture
def server(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def events(stream: UUID, number: int, since: int = 0, state: bytes = b"state") -> list[NewEntry]:
    return [NewEntry(stream, version, "household.moved.v1", state) for version in range(since + 1, since + number + 1)]


def end_connections(server: psycopg.Connection, where: str = "true") -> int:
    ended = server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}".encode()
    )
    return ended.rowcount


def wait_until(condition: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)


def every_connection_stands(log: PostgresLog) -> bool:
    """Whether the one that was lost has been replaced; until then the greeting of a new one may be what is cut next."""
    pool = log.datastore.pool.get_stats()
    return pool["pool_available"] == pool["pool_size"]


Step = Callable[[PostgresTransaction], object]


def in_one_transaction(log: PostgresLog, *steps: Step) -> None:
    with log.transaction() as transaction:
        for step in steps:
            step(transaction)


def appending(new: list[NewEntry]) -> Step:
    return lambda transaction: transaction.append(new)


def claiming(token: int) -> Step:
    return lambda transaction: transaction.cursor.execute("INSERT INTO claims VALUES (%s)", (token,))


# Losing the line


@pytest.mark.parametrize("number", [1, 200])
def test_an_append_the_server_never_heard_of_is_made_again(log: PostgresLog, line: SeveredLine, number: int):
    line.cut_next(deliver=False)
    assert log.append(events(AMINAS, number)) == range(2, number + 2)
    assert len(log.stream(AMINAS)) == number


def test_an_append_whose_answer_is_lost_is_recognised_and_not_made_twice(log: PostgresLog, line: SeveredLine):
    line.cut_next(deliver=True)
    assert log.append(events(AMINAS, 2)) == range(2, 4)
    assert log.last_position() == 3


@pytest.mark.parametrize("number", [1, 200])
def test_a_commit_whose_answer_is_lost_is_recognised(log: PostgresLog, line: SeveredLine, number: int):
    with log.transaction() as transaction:
        transaction.append(events(AMINAS, number))
        line.cut_next(deliver=True)
    assert log.last_position() == number + 1


def test_a_commit_that_takes_its_time_after_the_line_was_lost_is_waited_for(
    log: PostgresLog, line: SeveredLine, server: psycopg.Connection
):
    server.execute("CREATE TABLE claims (token int PRIMARY KEY)")
    server.execute(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NEW; END'"
    )
    server.execute(
        "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON claims DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION dawdle()"
    )
    in_one_transaction(log, claiming(1), appending(events(AMINAS, 1)), lambda _: line.cut_next(deliver=True))
    assert log.last_position() == 2


def test_a_commit_that_never_arrived_is_made_again_where_that_is_allowed(log: PostgresLog, line: SeveredLine):
    attempts = []

    def work(transaction):
        attempts.append(transaction.append(events(AMINAS, 2)))
        if len(attempts) == 1:
            line.cut_next(deliver=False)

    log.transact(work)
    assert attempts == [range(2, 4)] * 2
    assert log.last_position() == 3


def test_a_single_transaction_whose_commit_never_arrived_says_that_nothing_was_recorded(
    log: PostgresLog, line: SeveredLine
):
    with pytest.raises(WorldFailed, match="Nothing of this was recorded"):
        in_one_transaction(log, appending(events(AMINAS, 2)), lambda _: line.cut_next(deliver=False))
    assert log.last_position() == 1


@pytest.mark.parametrize("since", [None, 0])
def test_a_commit_of_a_checkpoint_alone_is_recognised_by_the_checkpoint(
    log: PostgresLog, line: SeveredLine, since: int | None
):
    with log.transaction() as transaction:
        transaction.advance("assessor", 1, since=since)
        line.cut_next(deliver=True)
    wait_until(lambda: every_connection_stands(log))
    with pytest.raises(WorldFailed, match="Nothing of this"):
        in_one_transaction(
            log, lambda transaction: transaction.advance("assessor", 2), lambda _: line.cut_next(deliver=False)
        )
    assert log.checkpoint("assessor") == 1


def test_a_lost_commit_that_left_no_trace_is_unknown_and_not_made_again(log: PostgresLog, line: SeveredLine):
    attempts = []

    def work(transaction):
        attempts.append(transaction.cursor.execute("SELECT 1").fetchone())
        line.cut_next(deliver=True)

    with pytest.raises(OutcomeUnknown, match="not known"):
        log.transact(work)
    assert len(attempts) == 1


def test_a_lost_append_that_comes_through_late_is_recognised(log: PostgresLog, line: SeveredLine, dsn: str):
    """The client is gone, but its call waits for the log's lock and commits once it gets it."""
    with psycopg.connect(dsn) as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("SELECT lock_log()")
        line.cut_next(deliver=True)
        appending = threads.submit(log.append, events(AMINAS, 1))
        time.sleep(0.5)
        holder.rollback()
        assert appending.result(timeout=SECONDS_MAX) == range(2, 3)
    assert log.last_position() == 2


def test_a_lost_append_that_comes_through_between_asking_and_trying_again_is_recognised(
    log: PostgresLog, line: SeveredLine, dsn: str, monkeypatch: pytest.MonkeyPatch
):
    late = PostgresLog(dsn)
    monkeypatch.setattr("adapters.postgres.log.time.sleep", lambda _: late.append(events(AMINAS, 1)))
    line.cut_next(deliver=False)
    assert log.append(events(AMINAS, 1)) == range(2, 3)
    late.close()


def test_other_events_under_the_same_version_are_a_conflict_even_after_a_fault(
    log: PostgresLog, line: SeveredLine, dsn: str
):
    other = PostgresLog(dsn)
    other.append(events(AMINAS, 1, state=b"somebody else's"))
    other.close()
    line.cut_next(deliver=True)
    with pytest.raises(Conflict):
        log.append(events(AMINAS, 1))
    assert log.stream(AMINAS)[0].state == b"somebody else's"


# Losing the server


@pytest.mark.parametrize("number", [1, 200])
def test_an_append_when_postgres_is_gone_ends_in_a_sentence(dsn: str, line: SeveredLine, number: int):
    log = PostgresLog(line.dsn, patience_seconds=0.5)
    log.append(events(BILALS, 1))
    line.close_for_good()
    with pytest.raises(WorldFailed, match="Postgres"):
        log.append(events(AMINAS, number))
    log.close()
    assert PostgresLog(dsn).last_position() == 1


def test_a_transaction_in_which_postgres_goes_away_ends_in_a_sentence(dsn: str, line: SeveredLine):
    log = PostgresLog(line.dsn, patience_seconds=0.5)
    with pytest.raises(WorldFailed, match="Nothing of this was recorded"):
        in_one_transaction(
            log, appending(events(AMINAS, 1)), lambda _: line.close_for_good(), appending(events(AMINAS, 1, since=1))
        )
    log.close()
    assert PostgresLog(dsn).last_position() == 0


def test_a_commit_that_nobody_can_be_asked_about_is_unknown(line: SeveredLine):
    log = PostgresLog(line.dsn, patience_seconds=0.5)
    with pytest.raises(OutcomeUnknown, match="does not answer"):
        in_one_transaction(log, appending(events(AMINAS, 1)), lambda _: line.close_for_good())
    log.close()


def test_reading_when_postgres_is_gone_ends_in_a_sentence(line: SeveredLine):
    log = PostgresLog(line.dsn, patience_seconds=0.5)
    assert log.last_position() == 0
    line.close_for_good()
    with pytest.raises(WorldFailed, match="Postgres"):
        log.stream(AMINAS)
    log.close()


def test_a_log_whose_every_connection_was_ended_goes_on(log: PostgresLog, server: psycopg.Connection):
    def use(_: int) -> int:
        return len(log.stream(BILALS))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(use, range(60)))
    assert end_connections(server) >= 1
    assert log.append(events(AMINAS, 1)) == range(2, 3)
    assert end_connections(server) >= 1
    assert log.append(events(AMINAS, 200, since=1)) == range(3, 203)
    assert end_connections(server) >= 1
    assert log.last_position() == 202


# Readers


def test_a_follower_survives_the_loss_of_its_connections(log: PostgresLog, server: psycopg.Connection):
    stop = threading.Event()
    read: list[int] = []

    def follow() -> None:
        for batch in log.follow(0, stop=stop):
            read.extend(entry.position for entry in batch)

    with ThreadPoolExecutor(1) as threads:
        following: Future[None] = threads.submit(follow)
        for round_ in range(4):
            wait_until(lambda: end_connections(server, "query LIKE 'LISTEN%'") == 1)
            end_connections(server)
            log.append(events(AMINAS, 3, since=3 * round_))
            wait_until(lambda round_=round_: len(read) == 4 + 3 * round_)
        stop.set()
        following.result(timeout=SECONDS_MAX)
    assert read == list(range(1, 14))


def test_a_follower_that_hears_no_notification_looks_for_itself(
    log: PostgresLog, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.postgres.tail.CHANNEL", "another_channel")
    with ThreadPoolExecutor(1) as threads:
        following = threads.submit(next, log.follow(1))
        wait_until(lambda: server.execute("SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%'").rowcount)
        log.append(events(AMINAS, 1))
        assert [entry.position for entry in following.result(timeout=SECONDS_MAX)] == [2]


def test_a_scan_survives_the_loss_of_its_connection(log: PostgresLog, server: psycopg.Connection):
    log.append(events(AMINAS, 500))
    read = []
    for entry in log.scan(batch=50):
        if len(read) % 100 == 70:
            end_connections(server)
        read.append(entry.position)
    assert read == [*range(2, 502), 1]


def test_a_hole_in_the_log_is_reported_and_not_passed_over(log: PostgresLog, server: psycopg.Connection):
    log.append(events(AMINAS, 5))
    server.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
    server.execute("DELETE FROM stored_events WHERE notification_id = 3")
    with pytest.raises(WorldFailed, match="position 3"):
        list(log.follow(0, until_position=6))


# What must not stand in the way


@pytest.mark.alone
def test_vacuum_does_not_block_an_append(log: PostgresLog, dsn: str, server: psycopg.Connection):
    log.append([NewEntry(UUID(int=k), 1, "household.registered.v1", bytes(700)) for k in range(20_000)])
    vacuum = psycopg.connect(dsn, autocommit=True)
    vacuum.execute("SET vacuum_cost_delay = 100")
    vacuum.execute("SET vacuum_cost_limit = 1")
    with ThreadPoolExecutor(1) as threads:
        vacuuming = threads.submit(vacuum.execute, "VACUUM (FREEZE) stored_events")
        wait_until(lambda: server.execute("SELECT FROM pg_stat_progress_vacuum").rowcount == 1)
        began = time.monotonic()
        log.append(events(AMINAS, 1))
        log.append(events(AMINAS, 200, since=1))
        assert time.monotonic() - began < 2
        assert not vacuuming.done()
        vacuum.cancel()
        assert isinstance(vacuuming.exception(timeout=SECONDS_MAX), psycopg.errors.QueryCanceled)
    vacuum.close()


def test_a_side_table_is_undone_together_with_the_events(log: PostgresLog, server: psycopg.Connection):
    server.execute("CREATE TABLE claims (token int PRIMARY KEY)")
    with pytest.raises(Conflict):
        in_one_transaction(log, claiming(1), appending(events(AMINAS, 1)), appending(events(BILALS, 1)))
    assert server.execute("SELECT FROM claims").rowcount == 0
    in_one_transaction(log, claiming(1), appending(events(AMINAS, 1)))
    with pytest.raises(psycopg.errors.UniqueViolation):
        in_one_transaction(log, appending(events(AMINAS, 1, since=1)), claiming(1))
    assert log.last_position() == 2


def test_work_undone_by_a_deadlock_is_done_again(log: PostgresLog, dsn: str):
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute("CREATE TABLE claims (token int PRIMARY KEY, times int)")
        server.execute("INSERT INTO claims VALUES (1, 0), (2, 0)")
    together = threading.Barrier(2)

    def touch(tokens: tuple[int, int]) -> None:
        met = []

        def work(transaction):
            for token in tokens:
                transaction.cursor.execute("UPDATE claims SET times = times + 1 WHERE token = %s", (token,))
                if not met:
                    met.append(together.wait())

        log.transact(work)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(touch, [(1, 2), (2, 1)]))
    with psycopg.connect(dsn) as server:
        assert server.execute("SELECT times FROM claims").fetchall() == [(2,), (2,)]


@pytest.mark.parametrize(
    "change",
    ["UPDATE stored_events SET state = ''", "DELETE FROM stored_events", "TRUNCATE stored_events"],
)
def test_nobody_edits_or_deletes_an_event(log: PostgresLog, server: psycopg.Connection, change: str):
    with pytest.raises(psycopg.errors.RaiseException, match="only appended to"):
        server.execute(change.encode())
    assert log.last_position() == 1


def test_policies_are_read_through_their_own_index(log: PostgresLog, server: psycopg.Connection):
    log.append([NewEntry(UUID(int=k), 1, "household.registered.v1", bytes(50)) for k in range(5_000)])
    server.execute("ANALYZE stored_events")
    plan = server.execute(
        "EXPLAIN SELECT state FROM stored_events WHERE originator_id >= 'ff000000-0000-0000-0000-000000000000'"
        " AND notification_id > 0 ORDER BY notification_id"
    ).fetchall()
    assert "stored_events_policies_idx" in str(plan)
