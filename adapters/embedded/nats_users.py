"""Who may connect to a home's own message server besides the registry: partners, each with rights of its own.

They stand in the server's settings, which it reads again when it is told to. Standard library only, as the keeper needs
it.
"""

import fcntl
import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from adapters.embedded.layout import NatsLayout
from adapters.embedded.private_file import write_privately
from adapters.embedded.processes import processes_in, signal_one

PROGRAM = "nats-server"
User = Mapping[str, Any]
"""A user as the settings of a NATS server spell one: name, hash of the password, permissions."""


def let_in(layout: NatsLayout, partners: Sequence[User]) -> None:
    """Let exactly these partners in, and nobody else but the registry; a server at work learns of it at once.

    Where no server was ever started there is nothing to be let in to, and nothing is done.
    """
    with settings_locked(layout):
        settings = _read(layout)
        if settings is None:
            return
        ours, *others = settings["authorization"]["users"]
        if others == list(partners):
            return
        settings["authorization"]["users"] = [ours, *partners]
        write_privately(layout.settings, settings)
        servers = processes_in(layout.store, PROGRAM)
        for pid in servers:
            signal_one(pid, signal.SIGHUP, among=servers)


def partners_let_in(layout: NatsLayout) -> list[User]:
    """Whom the settings let in besides the registry; nobody where they are not there or damaged."""
    settings = _read(layout)
    return [] if settings is None else settings["authorization"]["users"][1:]


@contextmanager
def settings_locked(layout: NatsLayout) -> Iterator[None]:
    """Be the only one who writes the settings."""
    layout.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with layout.settings_lock.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(layout: NatsLayout) -> dict[str, Any] | None:
    try:
        settings: dict[str, Any] = json.loads(layout.settings.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return settings
