"""Which file of an embedded server lies where under a registry's home."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

SOCKET_FOLDER_BYTES_MAX = 90
"""A Unix socket's address has 107 usable bytes, of which `/.s.PGSQL.5432` takes 14."""

PORT = 5432
"""Only part of the socket's name: the server listens on no network."""

SUPERUSER = "gharana"
DATABASE = "postgres"


@dataclass(frozen=True)
class ServerLayout:
    """The folder of one embedded server in one registry home: what every kind of server has."""

    home: Path

    KIND: ClassVar[str]
    """The folder's name, and how the keeper is told which server is meant."""
    NAME: ClassVar[str]
    """How sentences call it."""

    @property
    def folder(self) -> Path:
        return self.home / self.KIND

    @property
    def users_lock(self) -> Path:
        """Every process that uses the server holds this lock shared; the kernel drops it however the process ends."""
        return self.folder / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """The one process that runs the server holds this lock."""
        return self.folder / "keeper.lock"

    @property
    def keeper_log(self) -> Path:
        return self.folder / "keeper.log"

    @property
    def server_log(self) -> Path:
        return self.folder / "server.log"


@dataclass(frozen=True)
class Layout(ServerLayout):
    """The folder `postgres/` of one registry home."""

    KIND: ClassVar[str] = "postgres"
    NAME: ClassVar[str] = "PostgreSQL"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def data_in_the_making(self) -> Path:
        """Becomes `data` by one rename when initdb has finished, so that a crash leaves nothing half-made."""
        return self.folder / "data.new"

    @property
    def socket_folder(self) -> Path:
        """Under the home where its path fits into a socket's address, else a private folder in /tmp.

        A comma does not fit: libpq would read two hosts.

        TMPDIR is not asked: two processes that disagree about it would look for the server in two places.
        """
        near = self.folder / "run"
        if len(os.fsencode(near)) <= SOCKET_FOLDER_BYTES_MAX and "," not in str(near):
            return near
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(f"/tmp/gharana-{os.geteuid()}-{name}")  # noqa: S108 (its owner and mode are checked before use)


@dataclass(frozen=True)
class NatsLayout(ServerLayout):
    """The folder `nats/` of one registry home."""

    KIND: ClassVar[str] = "nats"
    NAME: ClassVar[str] = "NATS server"

    @property
    def store(self) -> Path:
        """Where JetStream keeps what was published."""
        return self.folder / "store"

    @property
    def access(self) -> Path:
        """Port, user and password; like the settings file, for the eyes of the home's owner only."""
        return self.folder / "access.json"

    @property
    def settings(self) -> Path:
        """The server's configuration file, written anew at each start, and when partners are given keys."""
        return self.folder / "server.conf"

    @property
    def settings_lock(self) -> Path:
        """Whoever writes the settings holds this lock."""
        return self.folder / "settings.lock"

    @property
    def ports_folder(self) -> Path:
        """Where the server says that it listens, in a file that bears its process number."""
        return self.folder / "run"
