"""What tests need to know about servers that run in the background."""

import fcntl
import itertools
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.embedded.layout import Layout, NatsLayout, ServerLayout

STOPPED_SECONDS_MAX = 30
_NUMBERS = itertools.count(1)


@contextmanager
def fresh_database(postgres_dsn: str, template: str = "template0") -> Iterator[str]:
    """The DSN of an empty database, or of a copy of one that nobody uses, for as long as the block lasts."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY wal_log")
    with psycopg.connect(postgres_dsn, autocommit=True) as server:
        server.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield make_conninfo(postgres_dsn, dbname=name)
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def login(dsn: str, role: str | None = None, *, attributes: str = "", name: str = "") -> Iterator[str]:
    """The DSN of somebody who logs in to a database, as a member of a role, for as long as the block lasts."""
    who = sql.Identifier(name := name or f"login_{os.getpid()}_{next(_NUMBERS)}")
    password = secrets.token_hex()
    with psycopg.connect(dsn, autocommit=True) as server:
        make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} ").format(who, sql.Literal(password))
        server.execute(make + sql.SQL(attributes))  # type: ignore[arg-type]
        try:
            if role is not None:
                server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), who))
            yield make_conninfo(dsn, user=name, password=password)
        finally:
            server.execute(sql.SQL("DROP OWNED BY {}").format(who))
            server.execute(sql.SQL("DROP ROLE {}").format(who))


def keeper_is_at_work(home: Path, kind: type[ServerLayout] = Layout) -> bool:
    try:
        with kind(home).keeper_lock.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def wait_until_stopped(home: Path) -> None:
    give_up_at = time.monotonic() + STOPPED_SECONDS_MAX
    while any(keeper_is_at_work(home, kind) for kind in (Layout, NatsLayout)):
        assert time.monotonic() < give_up_at, f"the server of {home} is still there"
        time.sleep(0.05)


def remove_home(home: Path) -> None:
    """Delete a home once its last user has left it; a server must not lose its files under its feet."""
    wait_until_stopped(home)
    shutil.rmtree(Layout(home.resolve()).socket_folder, ignore_errors=True)  # not below a home whose path is long
    shutil.rmtree(home, ignore_errors=True)


def end_whoever_holds_a_lock(dsn: str) -> None:
    """End the connections that hold advisory locks in one database; others of the server have tests of their own."""
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON database = pg_database.oid"
            " WHERE locktype = 'advisory' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
