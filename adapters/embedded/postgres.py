"""A private, durable PostgreSQL for a registry that was given none; comes with its first user, goes with its last."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.embedded.layout import DATABASE, PORT, SUPERUSER, Layout
from adapters.embedded.sharing import shared_server

CONNECT_SECONDS_MAX = 5


@contextmanager
def postgres_server(home: Path, *, wait_seconds_max: float = 60) -> Iterator[str]:
    """Yield the DSN of the server that keeps its data under `home`, starting it where no other process has.

    It is shared and stopped as `shared_server` says. As root it runs as nobody (see account.py).
    Raises WorldFailed, with a sentence that names the log to read, when there is no server after `wait_seconds_max`.
    """
    layout = Layout(home.expanduser().resolve())
    dsn = make_conninfo(host=str(layout.socket_folder), port=PORT, user=SUPERUSER, dbname=DATABASE)
    with shared_server(layout, lambda: _answers(dsn), wait_seconds_max=wait_seconds_max):
        yield dsn


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS_MAX).close()
    except psycopg.OperationalError:
        return False
    return True
