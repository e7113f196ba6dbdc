"""A database is brought up to date once, by whoever comes first, and never by guesswork."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from adapters.faults import Refused, WorldFailed
from adapters.postgres.migrate import MIGRATIONS, migrate, migrations_in

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_log.sql").write_text("CREATE TABLE one (); CREATE TABLE two ();")
    (tmp_path / "0003_keys.sql").write_text("CREATE TABLE three ();")
    return tmp_path


def tables(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [name for (name,) in found]


def test_each_file_is_applied_once_in_the_order_of_the_numbers(empty_database: str, folder: Path):
    assert migrate(empty_database, folder) == ["0001_log.sql", "0003_keys.sql"]
    assert migrate(empty_database, folder) == []
    (folder / "0004_places.sql").write_text("ALTER TABLE three RENAME TO four")
    assert migrate(empty_database, folder) == ["0004_places.sql"]
    assert tables(empty_database) == ["four", "one", "schema_migrations", "two"]


def test_processes_that_start_together_do_not_race(empty_database: str, folder: Path):
    with ThreadPoolExecutor(6) as threads:
        applied = list(threads.map(lambda _: migrate(empty_database, folder), range(6)))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 0, 2]


def test_a_file_that_fails_leaves_nothing_of_all_files(empty_database: str, folder: Path):
    (folder / "0004_places.sql").write_text("CREATE TABLE four (); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database, folder)
    assert tables(empty_database) == []


def test_an_applied_file_that_was_edited_is_refused(empty_database: str, folder: Path):
    migrate(empty_database, folder)
    (folder / "0003_keys.sql").write_text("CREATE TABLE another ();")
    with pytest.raises(Refused, match=r"0003_keys\.sql .* is never edited"):
        migrate(empty_database, folder)


def test_a_database_of_a_newer_program_is_refused(empty_database: str, folder: Path):
    migrate(empty_database, folder)
    (folder / "0003_keys.sql").unlink()
    with pytest.raises(Refused, match=r"newer Gharana.* 0003_keys\.sql"):
        migrate(empty_database, folder)


def test_a_file_numbered_before_an_applied_one_stops_the_program(empty_database: str, folder: Path):
    migrate(empty_database, folder)
    (folder / "0002_late.sql").write_text("CREATE TABLE late ();")
    with pytest.raises(AssertionError, match="added before"):
        migrate(empty_database, folder)
    assert "late" not in tables(empty_database)


def test_two_files_of_one_number_stop_the_program(folder: Path):
    (folder / "0003_places.sql").write_text("")
    with pytest.raises(AssertionError, match="same number"):
        migrations_in(folder)


def test_a_server_that_does_not_answer_is_reported_in_a_sentence(tmp_path: Path):
    with pytest.raises(WorldFailed, match="Postgres failed"):
        migrate(f"host={tmp_path} user=gharana dbname=postgres", MIGRATIONS)


def test_our_own_files_make_a_log(empty_database: str):
    assert migrate(empty_database)[0] == "0001_log.sql"
    assert {"stored_events", "checkpoints"} <= set(tables(empty_database))
