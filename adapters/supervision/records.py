"""What the workers of a `run` are doing, in files under the registry's home, for whoever looks while it runs.

Files and not tables, because they matter most when Postgres is away. Each `run` has a folder of its own, with a lock
that the kernel drops with the last of its processes; a folder whose lock is free is left over and means nothing.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from adapters.faults import WorldFailed
from adapters.supervision.condition import State

FOLDER = "workers"
_LOCK = "lock"


class WorkerRecord(msgspec.Struct, frozen=True):
    """One worker of one `run`, as it was when its state last changed."""

    worker: str
    pid: int | None
    """None while it is not running."""
    restarts: int
    state: State
    since: datetime
    says: str


class Records:
    """Where the workers of this `run` are written down."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, record: WorkerRecord) -> None:
        """Put a worker's record in place of its last one; readers see either.

        Where it cannot be written, as on a full disk, the last one stays: no work is to end for want of a record.
        """
        path = self._folder / f"{record.worker}.json"
        unfinished = path.with_suffix(".new")
        with suppress(OSError):
            unfinished.write_bytes(msgspec.json.encode(record))
            unfinished.replace(path)


@contextmanager
def recording(home: Path) -> Iterator[Records]:
    """Make the folder of this `run`, for as long as the block lasts, and clear away what dead ones left.

    Raises WorldFailed where the home cannot be written.
    """
    parent = home / FOLDER
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _one_at_a_time(parent):
            for left in parent.iterdir():
                if not _is_alive(left):
                    shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=parent))
            lock = (folder / _LOCK).open("wb")
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as failure:
        raise WorldFailed(f"{failure.filename} cannot be written: {failure.strerror}.") from failure
    with lock:
        try:
            yield Records(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder itself, so that no other `run` takes one that is just being made for one that is left over."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def read_records(home: Path) -> list[WorkerRecord]:
    """Read what the workers of every `run` that is up on this machine are doing."""
    parent = home / FOLDER
    found = []
    for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
        if _is_alive(folder):
            found += [_read(path) for path in sorted(folder.glob("*.json"))]
    return [record for record in found if record is not None]


def _read(path: Path) -> WorkerRecord | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=WorkerRecord)
    except FileNotFoundError:  # that `run` has just ended
        return None


def _is_alive(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
