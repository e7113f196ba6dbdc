"""Restoring a backup: everything is checked before anything is written, and the tables come back in one transaction.

The seals are put in place before that transaction commits, with a mark that keeps them from being gone on with: a
restored log beside no seals would be sealed anew from its first event.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from adapters.backup.manifest import READ_BYTES, UNFINISHED, Manifest, StoredFile, Table, check_file
from adapters.backup.seals import unpack_seals
from adapters.durable import flush_folder, write_file
from adapters.faults import Refused, WorldFailed
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line
from adapters.postgres.migrate import MIGRATE_LOCK, MIGRATIONS, migrate, migrations_in
from adapters.seals.notes import Checkpoint, Signer, open_note
from adapters.seals.published import CHECKPOINT, Published, find_published
from adapters.seals.restored import Restored, mark_restored

FILES_AT_ONCE = 2

Tell = Callable[[int], None]
_Cursor = psycopg.Cursor[tuple[Any, ...]]

_CHILDREN = "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
_COLUMNS = """
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
_NUMBERED = """
    SELECT relname::text, attname::text FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
    WHERE attidentity <> '' AND relnamespace = current_schema()::regnamespace"""
"""Columns that number their rows; what they give out goes on behind the highest that came back."""
_THERE = """
    SELECT relname::text FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname"""
_APPLIED = "SELECT number, file, sha256 FROM schema_migrations ORDER BY number"


def check_files(manifest: Manifest, backup: Path, tell: Tell = lambda _: None) -> None:
    """Raise Refused, naming it, where a file of the backup is not what was written."""

    def check(file: StoredFile) -> None:
        check_file(backup, file)
        tell(file.length)

    with ThreadPoolExecutor(FILES_AT_ONCE, "checking") as checking:
        list(checking.map(check, manifest.files))


def refuse_unfit(manifest: Manifest, dsn: str, folder: Path) -> None:
    """Raise Refused where this program or this place cannot take the backup; changes nothing."""
    known = {one.number: one for one in migrations_in(MIGRATIONS)}
    for applied in manifest.migrations:
        here = known.get(applied.number)
        if here is None or here.sha256 != applied.sha256:
            raise Refused(
                f"The backup is of a newer Gharana: its tables went through {applied.file} as this program does not"
                " have it. Restore it with that version or a later one. Nothing was restored."
            )
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"Seals lie under {folder} already: they belong to another history, or to a restore that was not ended."
            " Move them away, or name another folder by GHARANA_SEALS. Nothing was restored."
        )
    with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection:
        _refuse_filled(connection.cursor(row_factory=tuple_row), manifest)


def _refuse_filled(cursor: _Cursor, manifest: Manifest) -> None:
    """The tables that are there must be empty, and no newer than those of the backup."""
    there = [name for (name,) in cursor.execute(_THERE).fetchall()]
    if "schema_migrations" in there:
        applied = [number for number, _, _ in cursor.execute(_APPLIED).fetchall()]
        if applied and applied[-1] > manifest.migrations[-1].number:
            raise Refused(
                "The tables of this database are newer than those of the backup: name an empty database, in which they"
                " are made as they were and then brought up to date. Nothing was restored."
            )
    for name in there:
        if name == "schema_migrations":
            continue
        filled = cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(name))).fetchone()
        if filled == (True,):
            raise Refused(
                f"This database is not empty (there are rows in {name}), and a backup is never restored over a"
                " registry: name an empty database. Nothing was restored."
            )


def restore_backup(
    manifest: Manifest, backup: Path, dsn: str, folder: Path, signer: Signer, tell: Tell = lambda _: None
) -> Published:
    """Restore tables and seals, whole or not at all; what was checked of the files must have been checked before.

    Returns the seals, which nobody goes on with yet. Raises Refused or WorldFailed.
    """
    with _seals_made(manifest, backup, folder, signer) as put_in_place, _in_sentences():
        migrate(dsn, until_number=manifest.migrations[-1].number)
        with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATE_LOCK,))
            _refuse_filled(cursor, manifest)
            _copy_all_in(cursor, manifest, backup, tell)
            put_in_place()
    migrate(dsn)
    published = find_published(folder, signer.verifier)
    assert published is not None, "its checkpoint was put there"
    return published


def _copy_all_in(cursor: _Cursor, manifest: Manifest, backup: Path, tell: Tell) -> None:
    cursor.execute("SET LOCAL client_min_messages = warning")
    referring = {name for (name,) in cursor.execute(_CHILDREN).fetchall()}
    for table in sorted(manifest.tables, key=lambda one: one.name in referring):
        _copy_in(cursor, table, backup, tell)
    for name, column in cursor.execute(_NUMBERED).fetchall():
        go_on = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), max({})) FROM {}")
        quoted = sql.Identifier(name)
        cursor.execute(go_on.format(quoted.as_string(), column, sql.Identifier(column), quoted))


def _copy_in(cursor: _Cursor, table: Table, backup: Path, tell: Tell) -> None:
    there = {name for (name,) in cursor.execute(_COLUMNS, (table.name,)).fetchall()}
    if there != set(table.columns):
        raise Refused(f"The table {table.name} of the backup is not that of its version. Nothing was restored.")
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with (backup / table.file.path).open("rb") as file, cursor.copy(statement) as copy:
        while piece := file.read(READ_BYTES):
            copy.write(piece)
            tell(len(piece))
    if cursor.rowcount != table.rows:
        raise Refused(
            f"Of the {table.rows:,} rows of {table.name}, {cursor.rowcount:,} came back. Nothing was restored."
        )


@contextmanager
def _seals_made(manifest: Manifest, backup: Path, folder: Path, signer: Signer) -> Iterator[Callable[[], None]]:
    """Make the seals beside their place; what is yielded puts them there, and a fault later takes them away again."""
    making, placed = folder.with_name(folder.name + UNFINISHED), False
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        unpack_seals(backup, making)
        write_file(making / CHECKPOINT, manifest.seals.note.encode())
        mark_restored(making, Restored(manifest.made_at, manifest.position, manifest.seals.size, signer.name))

        def put_in_place() -> None:
            nonlocal placed
            if folder.exists():
                folder.rmdir()
            making.rename(folder)
            placed = True
            flush_folder(folder.parent)

        yield put_in_place
    except OSError as failure:
        shutil.rmtree(folder if placed else making, ignore_errors=True)
        raise WorldFailed(
            f"The backup could not be restored ({failure.filename or folder}: {failure.strerror}). Nothing was"
            " restored."
        ) from failure
    except BaseException:
        shutil.rmtree(folder if placed else making, ignore_errors=True)
        raise


def check_signed(manifest: Manifest, signer: Signer, key_place: Path) -> Checkpoint:
    """Read the checkpoint of the backup. Raises Refused where another key signed it."""
    try:
        text, _ = open_note(manifest.seals.note.encode(), [signer.verifier])
    except Refused:
        raise Refused(
            f"The seals of this backup were signed with another key than the one in {key_place}: set GHARANA_SEAL_KEY"
            " to that one. Nothing was restored."
        ) from None
    return Checkpoint.read(text)


@contextmanager
def _in_sentences() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as failure:
        raise Refused(
            f"This login may not restore ({failure.diag.message_primary}): come in as the owner of the tables, or of an"
            " empty database. Nothing was restored."
        ) from failure
    except psycopg.DataError as failure:
        raise Refused(f"The server does not take the backup ({one_line(failure)}). Nothing was restored.") from failure
    except psycopg.OperationalError as failure:
        raise WorldFailed(
            f"Postgres failed during the restore: {one_line(failure)}. Nothing was restored."
        ) from failure
