"""Bringing a database's tables up to what this program needs, by numbered SQL files that are each applied once."""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.rows import tuple_row

from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import one_line
from adapters.postgres.roles import renew_rights_within

MIGRATIONS = Path(__file__).with_name("migrations")
CONNECT_SECONDS_MAX = 10
MIGRATE_LOCK = 29106690341301858
"""The advisory lock under which migrations run; the log's own, "gharana" in ASCII, is one less."""
LOCK_SECONDS_MAX = 300

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_CREATE_TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number integer PRIMARY KEY,
        file text NOT NULL,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )"""
_IS_THERE = "SELECT to_regclass('schema_migrations') IS NOT NULL"


class Migration(msgspec.Struct, frozen=True):
    """One numbered SQL file."""

    number: int
    file: str
    sql: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql).hexdigest()


def migrations_in(folder: Path) -> list[Migration]:
    """Read the SQL files of a folder in the order of their numbers."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        assert match, f"{path.name} is not named like 0001_log.sql"
        found.append(Migration(int(match[1]), path.name, path.read_bytes()))
    assert len({migration.number for migration in found}) == len(found), "two migrations have the same number"
    return found


def migrate(dsn: str, folder: Path = MIGRATIONS, until_number: int | None = None) -> list[str]:
    """Apply what was not yet applied, all or nothing, and return the names of the files.

    `until_number`: leave out the migrations after this one, for tables as an older program made them.

    Where nothing is to be applied, a login that may only read the list of migrations will do. Processes that start
    together wait for one another. Raises Refused when the database is newer than this program, an applied file was
    changed since or the login may not make tables, and WorldFailed when the server does not answer.
    """
    migrations = [one for one in migrations_in(folder) if until_number is None or one.number <= until_number]
    try:
        with (
            psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            return [] if _is_current(cursor, migrations) else _migrate(cursor, migrations)
    except psycopg.errors.InsufficientPrivilege as fault:
        raise Refused(
            f"The tables of this database are older than this program, and this login may not change them "
            f"({fault.diag.message_primary}). Run `gharana migrate` once as their owner. Nothing was changed."
        ) from fault
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres failed while its tables were brought up to date: {one_line(fault)}.") from fault


def _is_current(cursor: psycopg.Cursor[tuple[Any, ...]], migrations: list[Migration]) -> bool:
    """Say whether nothing is to be applied, without a lock and without making anything."""
    (there,) = cursor.execute(_IS_THERE).fetchone() or (False,)
    if not there:
        return False
    try:
        return not _waiting(cursor, migrations)
    except psycopg.errors.InsufficientPrivilege as fault:
        raise Refused(
            f"This login ({cursor.connection.info.user}) may not read this registry's tables: it is in none of its "
            "roles. See `gharana roles show` and the section on roles in docs/operations.md."
        ) from fault


def _migrate(cursor: psycopg.Cursor[tuple[Any, ...]], migrations: list[Migration]) -> list[str]:
    cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS_MAX}s'".encode())
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATE_LOCK,))
    cursor.execute("SET LOCAL client_min_messages = warning")
    cursor.execute(_CREATE_TABLE)
    waiting = _waiting(cursor, migrations)
    for migration in waiting:
        cursor.execute(migration.sql)
        cursor.execute(
            "INSERT INTO schema_migrations (number, file, sha256) VALUES (%s, %s, %s)",
            (migration.number, migration.file, migration.sha256),
        )
    if waiting:
        renew_rights_within(cursor)
    return [migration.file for migration in waiting]


def _waiting(cursor: psycopg.Cursor[tuple[Any, ...]], migrations: list[Migration]) -> list[Migration]:
    applied = cursor.execute("SELECT number, file, sha256 FROM schema_migrations ORDER BY number").fetchall()
    _check_history(applied, {migration.number: migration for migration in migrations})
    last = applied[-1][0] if applied else 0
    waiting = [migration for migration in migrations if migration.number > last]
    assert len(applied) + len(waiting) == len(migrations), "a migration was added before one that is applied"
    return waiting


def _check_history(applied: list[tuple[Any, ...]], known: dict[int, Migration]) -> None:
    for number, file, sha256 in applied:
        migration = known.get(number)
        if migration is None:
            raise Refused(
                f"This database was last changed by a newer Gharana: its tables went through {file}, which this "
                "program does not have. Use that version or a later one; nothing was touched."
            )
        if sha256 != migration.sha256:
            raise Refused(
                f"The tables of this database were made by {file} as it was then, and {migration.file} of this program "
                "is another text. An applied migration is never edited: restore the file and add a new one."
            )
