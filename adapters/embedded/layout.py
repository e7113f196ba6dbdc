"""Which file of an embedded PostgreSQL lies where under a registry's home."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

SOCKET_FOLDER_BYTES_MAX = 90
"""A Unix socket's address has 107 usable bytes, of which `/.s.PGSQL.5432` takes 14."""

PORT = 5432
"""Only part of the socket's name: the server listens on no network."""

SUPERUSER = "gharana"
DATABASE = "postgres"


@dataclass(frozen=True)
class Layout:
    """The folder `postgres/` of one registry home."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def data_in_the_making(self) -> Path:
        """Becomes `data` by one rename when initdb has finished, so that a crash leaves nothing half-made."""
        return self.folder / "data.new"

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
