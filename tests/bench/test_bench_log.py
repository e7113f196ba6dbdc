"""The benchmark of the log measures what it says: both sides do the same work."""

from collections.abc import Iterator

import psycopg
import pytest

from adapters.bench import log as bench_log
from adapters.bench.log import Turns, measure_log
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate

pytestmark = pytest.mark.alone

RUNS, EVENTS = 2, 300


@pytest.fixture
def log(database: str) -> Iterator[PostgresLog]:
    migrate(database)
    log = PostgresLog(database)
    yield log
    log.close()


def test_a_ratio_says_how_many_times_as_fast_we_were():
    turns = Turns(ours_seconds=[1.0, 2.0, 4.0], theirs_seconds=[2.0, 2.0, 2.0])
    assert turns.ratios == [2.0, 1.0, 0.5]
    assert turns.median == 1.0


@pytest.mark.postgres
def test_the_raw_table_ends_up_with_the_same_rows_and_the_same_indexes(log: PostgresLog, database: str):
    turns = bench_log._append_vs_copy(database, log, RUNS, EVENTS)
    assert len(turns.ratios) == RUNS
    with psycopg.connect(database) as connection:
        ours, raw = ("SELECT * FROM stored_events", "SELECT * FROM raw_events")
        assert connection.execute(ours).rowcount == (RUNS + 1) * EVENTS
        assert connection.execute(f"{ours} EXCEPT {raw}").rowcount == 0
        assert connection.execute(f"{raw} EXCEPT {ours}").rowcount == 0
        assert _indexes(connection, "stored_events") == _indexes(connection, "raw_events")
        assert _options(connection, "stored_events") == _options(connection, "raw_events")


def _indexes(connection: psycopg.Connection, table: str) -> list[str]:
    found = connection.execute(
        "SELECT split_part(indexdef, ' USING ', 2), indexdef LIKE '%%UNIQUE%%' FROM pg_indexes WHERE tablename = %s"
        " ORDER BY 1",
        (table,),
    )
    return list(map(str, found))


def _options(connection: psycopg.Connection, table: str) -> object:
    return connection.execute(
        "SELECT reloptions, (SELECT attstorage FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'state')"
        " FROM pg_class WHERE relname = %s",
        (table,),
    ).fetchone()


@pytest.mark.postgres
def test_the_library_saves_as_many_households_as_we_append(log: PostgresLog, database: str):
    turns, waits = bench_log._submission_vs_library(database, log, RUNS, 3)
    assert (len(turns.ratios), len(waits)) == (RUNS, RUNS * 3)
    with psycopg.connect(database) as connection:
        saved = connection.execute("SELECT topic FROM library.application_events").fetchall()
    assert saved == [("adapters.bench.peer:LibraryHousehold.Registered",)] * (RUNS + 1) * 3
    assert log.last_position() == (RUNS + 1) * 3


@pytest.mark.postgres
def test_nothing_of_the_scratch_database_is_left(postgres_dsn: str):
    measured = measure_log(postgres_dsn, runs=1, events=100, submissions=1)
    assert measured.append_vs_copy.median > 0
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = %s", (bench_log.SCRATCH,)).rowcount == 0
