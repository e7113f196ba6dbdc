"""A private JetStream for a registry that was given none; comes with its first user, goes with its last."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.embedded.layout import NatsLayout
from adapters.embedded.nats_store import HOST, SYNC_ALWAYS, USER, read_access
from adapters.embedded.sharing import shared_server

ANSWER_SECONDS_MAX = 5
GREETING_BYTES_MAX = 4096


@contextmanager
def nats_server(home: Path, *, sync_interval: str = SYNC_ALWAYS, wait_seconds_max: float = 60) -> Iterator[str]:
    """Yield the address, with user and password, of the server that keeps its streams under `home`.

    It is shared and stopped as `shared_server` says; a server that runs already keeps the `sync_interval` it has.
    Raises WorldFailed, with a sentence that names the log to read, when there is no server after `wait_seconds_max`.
    """
    layout = NatsLayout(home.expanduser().resolve())
    with shared_server(layout, lambda: _answers(layout), wait_seconds_max=wait_seconds_max, options=(sync_interval,)):
        yield _address(layout)


def find_running_server(home: Path) -> str | None:
    """Return the address of this home's server if it is running, without becoming one of its users."""
    layout = NatsLayout(home.expanduser().resolve())
    return _address(layout) if _answers(layout) else None


def _address(layout: NatsLayout) -> str:
    access = read_access(layout)
    assert access is not None, "a server that answers has written how to reach it"
    return f"nats://{USER}:{access['password']}@{HOST}:{access['port']}"


def _answers(layout: NatsLayout) -> bool:
    """Report whether this home's server listens; on its old port there may be somebody else by now."""
    access = read_access(layout)
    if access is None:
        return False
    try:
        with socket.create_connection((HOST, int(access["port"])), ANSWER_SECONDS_MAX) as line:
            greeting = line.makefile("rb").readline(GREETING_BYTES_MAX)
    except OSError:
        return False
    return f'"server_name":"{access["name"]}"'.encode() in greeting
