"""Making a backup: every table by binary COPY, all of one moment, while writers and followers go on.

No program of PostgreSQL's is needed, and what is written is read by every version from 15 to 18. The checkpoint of the
seals is noted first and the moment comes after it, so that nothing is sealed in a backup that is not in its log.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from adapters.backup.manifest import (
    FORMAT,
    MANIFEST,
    READ_BYTES,
    UNFINISHED,
    Applied,
    Manifest,
    Measured,
    Seals,
    Table,
    encode_manifest,
)
from adapters.backup.seals import pack_seals
from adapters.durable import flush_folder
from adapters.faults import Refused, WorldFailed
from adapters.keys.keyring import Keyring
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line
from adapters.seals.published import Published

TABLES = "tables"
NOT_COPIED = "schema_migrations"
"""Migrating makes its rows; the manifest says which must be there."""
COPIES_AT_ONCE = 2
TELL_BYTES = READ_BYTES

_TABLES = """
    SELECT relname::text, array_agg(attname::text ORDER BY attnum)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    GROUP BY relname ORDER BY sum(DISTINCT pg_total_relation_size(pg_class.oid)) DESC, relname"""
_SIZE = "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relname = ANY(%s) AND relkind IN ('r', 'p')"
_POSITION = "SELECT coalesce(max(notification_id), 0) FROM stored_events"
_APPLIED = "SELECT number, file, sha256 FROM schema_migrations ORDER BY number"

Tell = Callable[[int], None]
"""Told how many bytes more were written."""
_Cursor = psycopg.Cursor[tuple[Any, ...]]


def make_backup(
    dsn: str, keyring: Keyring, published: Published, folder: Path, now: datetime, tell: Tell = lambda _: None
) -> Manifest:
    """Write a backup into a folder that is not there yet, whole or not at all.

    Raises Refused where something stands in the way, and WorldFailed where the disk or the server fails.
    """
    if folder.exists():
        raise Refused(f"{folder} is there already: name another folder, so that no backup is lost.")
    with _whole_or_not_at_all(folder) as making, _in_sentences(folder):
        with _moment(dsn) as (cursor, snapshot, tables):
            (making / TABLES).mkdir(mode=0o700)
            with ThreadPoolExecutor(COPIES_AT_ONCE, "backup") as copying:
                copied = [
                    copying.submit(_copy_out, dsn, snapshot, making, name, columns, tell)
                    for name, columns in tables.items()
                ]
                written = [one.result() for one in copied]
            manifest = _manifest(cursor, keyring, now, tuple(written), _seals(published, making, tell))
        _write_manifest(making, encode_manifest(manifest, keyring))
    return manifest


def size_of(dsn: str) -> int:
    """About how many bytes the tables have: what a bar of progress ends at."""
    with psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX) as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        tables = [name for name, _ in cursor.execute(_TABLES).fetchall()]
        (found,) = cursor.execute(_SIZE, (tables,)).fetchone() or (0,)
    return int(found or 0)


@contextmanager
def _moment(dsn: str) -> Iterator[tuple[_Cursor, str, dict[str, list[str]]]]:
    """A moment of the database that other connections can look at too, and its tables, which stay until the end."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX) as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        tables = {name: columns for name, columns in cursor.execute(_TABLES).fetchall() if name != NOT_COPIED}
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))  # before the moment, which it makes
        (snapshot,) = cursor.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        yield cursor, snapshot, tables


def _copy_out(dsn: str, snapshot: str, making: Path, name: str, columns: list[str], tell: Tell) -> Table:
    copying = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT BINARY)").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        Measured(making, f"{TABLES}/{name}") as file,
        psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX) as connection,
    ):
        cursor = connection.cursor()
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
        waiting = bytearray()
        with cursor.copy(copying) as copy:
            for row in copy:
                waiting += row
                if len(waiting) > TELL_BYTES:
                    tell(file.write(bytes(waiting)))
                    waiting = bytearray()
        file.write(bytes(waiting))
        return Table(name, tuple(columns), cursor.rowcount, file.finished())


def _manifest(cursor: _Cursor, keyring: Keyring, now: datetime, tables: tuple[Table, ...], seals: Seals) -> Manifest:
    (position,) = cursor.execute(_POSITION).fetchone() or (0,)
    migrations = tuple(Applied(*row) for row in cursor.execute(_APPLIED).fetchall())
    version = cursor.connection.info.server_version
    return Manifest(FORMAT, now, keyring.fingerprint(), position, version, migrations, tables, seals)


def _seals(published: Published, making: Path, tell: Tell) -> Seals:
    file = pack_seals(published.tree, making, tell)
    return Seals(published.note.decode(), published.tree.size, file)


def _write_manifest(making: Path, content: bytes) -> None:
    """Comes last: a folder without it is no backup."""
    with Measured(making, MANIFEST) as file:
        file.write(content)
        file.finished()
    flush_folder(making / TABLES)
    flush_folder(making)


@contextmanager
def _whole_or_not_at_all(folder: Path) -> Iterator[Path]:
    making = folder.with_name(folder.name + UNFINISHED)
    try:
        making.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Refused(
            f"{making} is there: another backup is being written, or one was ended before it was whole. Remove it in"
            " that case."
        ) from None
    except OSError as failure:
        raise WorldFailed(f"{making} cannot be made ({failure.strerror}). Name another place.") from failure
    try:
        yield making
        making.rename(folder)
        flush_folder(folder.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


@contextmanager
def _in_sentences(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        free = shutil.disk_usage(folder.parent).free
        raise WorldFailed(
            f"The backup {folder} cannot be written ({failure.strerror or failure}; {free:,} bytes are free there)."
            " Nothing of it was kept."
        ) from failure
    except psycopg.OperationalError as failure:
        raise WorldFailed(
            f"Postgres failed during the backup: {one_line(failure)}. Nothing of it was kept."
        ) from failure
