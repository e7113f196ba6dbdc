"""A private, durable PostgreSQL for a registry that was given none; comes with its first user, goes with its last."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.embedded.layout import DATABASE, PORT, SUPERUSER, Layout
from adapters.faults import WorldFailed
from adapters.home import REPOSITORY

POLL_SECONDS = 0.05
CONNECT_SECONDS_MAX = 5


@contextmanager
def postgres_server(home: Path, *, wait_seconds_max: float = 60) -> Iterator[str]:
    """Yield the DSN of the server that keeps its data under `home`, starting it where no other process has.

    The server is shared by all processes that name this home, and outlives the one that happened to start it; a
    second after the last of them has ended, in whatever way, it stops. As root it runs as nobody (see account.py).
    Raises WorldFailed, with a sentence that names the log to read, when there is no server after `wait_seconds_max`.
    """
    layout = Layout(home.expanduser().resolve())
    give_up_at = time.monotonic() + wait_seconds_max
    try:
        layout.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = layout.users_lock.open("ab")
    except OSError as failure:
        raise WorldFailed(
            f"The registry's home {layout.home} cannot be used: {failure.strerror} ({failure.filename})."
        ) from failure
    with users:
        _register_as_user(users, layout, give_up_at)
        dsn = _dsn(layout)
        while not _answers(dsn):
            _ask_keeper(layout, give_up_at)
        yield dsn


def _register_as_user(users: IO[bytes], layout: Layout, give_up_at: float) -> None:
    """Take the users' lock shared; while a server is shutting down its keeper holds it alone."""
    while True:
        try:
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            _pause(layout, give_up_at)
        else:
            return


def _ask_keeper(layout: Layout, give_up_at: float) -> None:
    if _has_keeper(layout):
        _pause(layout, give_up_at)
        return
    command = [sys.executable, "-m", "adapters.embedded.keeper", str(layout.home)]
    seconds_left = max(0.1, give_up_at - time.monotonic())
    try:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds_left,
        )
    except subprocess.TimeoutExpired:
        raise _too_late(layout) from None
    if done.returncode:
        raise WorldFailed(done.stderr.decode(errors="replace").strip())


def _has_keeper(layout: Layout) -> bool:
    with layout.keeper_lock.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _pause(layout: Layout, give_up_at: float) -> None:
    if time.monotonic() > give_up_at:
        raise _too_late(layout)
    time.sleep(POLL_SECONDS)


def _too_late(layout: Layout) -> WorldFailed:
    logs = f"{layout.server_log} and {layout.keeper_log}"
    return WorldFailed(f"The embedded PostgreSQL of {layout.home} did not start in time (see {logs}).")


def _dsn(layout: Layout) -> str:
    return make_conninfo(host=str(layout.socket_folder), port=PORT, user=SUPERUSER, dbname=DATABASE)


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX).close()
    except psycopg.OperationalError:
        return False
    return True
