"""Debian's own PostgreSQL 15, the oldest that is supported, as a temporary server.

`python -m tests.debian_postgres [PYTEST ARGUMENT ...]` runs tests on it, all contract tests where none are named.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

NOBODY_UID = 65534
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SETTINGS = "-c fsync=off -c max_wal_size=4GB -c max_connections=400"
ABSENT = f"Debian's PostgreSQL 15 is not installed (no {PROGRAMS})"


def is_installed() -> bool:
    return (PROGRAMS / "postgres").exists()


@contextmanager
def debian_postgres() -> Iterator[str]:
    """A server of a fresh cluster in a temporary folder, run as nobody when we are root; yields its DSN."""
    folder = Path(tempfile.mkdtemp(prefix="gharana-15-", dir="/tmp"))
    as_nobody = _as_nobody(folder)
    pg_ctl = [*as_nobody, PROGRAMS / "pg_ctl", "-D", folder / "data", "-w"]
    initdb = [*as_nobody, PROGRAMS / "initdb", "-D", folder / "data", "-U", "gharana", "-E", "UTF8", "--locale=C"]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} {SETTINGS}"
    try:
        _run([*initdb, "--auth=trust", "--no-sync"])
        _run([*pg_ctl, "-l", folder / "log", "-o", options, "start"])
        try:
            yield make_conninfo(host=str(folder), port=5432, user="gharana", dbname="postgres")
        finally:
            _run([*pg_ctl, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _as_nobody(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    os.chown(folder, NOBODY_UID, NOBODY_UID)
    return ["setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", "--clear-groups", "--"]


def _run(command: Sequence[str | Path]) -> None:
    # Not a pipe: the server would inherit it and keep it open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, cwd="/", check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        output.seek(0)
        assert done.returncode == 0, output.read().decode(errors="replace")


CONTRACTS = (
    *("-m", "postgres and not slow and not alone"),  # those are about time, which is not a matter of the version
    *("--numprocesses=auto", "--dist=loadfile"),
    *("tests/contract", "--ignore=tests/contract/test_embedded_postgres.py"),
)


def main(arguments: Sequence[str]) -> int:
    if not is_installed():
        sys.stdout.write(f"skipped: {ABSENT}\n")
        return 0
    chosen = ("-m", "postgres and not slow", *arguments) if arguments else CONTRACTS
    pytest = [sys.executable, "-m", "pytest", "-q", "--durations=5", "--durations-min=2", *chosen]
    with debian_postgres() as dsn:
        environ = {**os.environ, "GHARANA_TEST_DATABASE_URL": dsn}
        return subprocess.run(pytest, env=environ, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
