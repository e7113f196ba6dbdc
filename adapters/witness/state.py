"""What a witness remembers: its key, and of each log the last checkpoint that it signed.

It is on disk before the signature leaves the house, so that a crash can make a witness forget a signature that nobody
saw, and never one that somebody did. A folder belongs to one process, which holds its lock.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from adapters.durable import write_file
from adapters.faults import Refused, WorldFailed
from adapters.seals.key_file import WITNESS_KEY, make_signer, open_signer
from adapters.seals.merkle import EMPTY_ROOT
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, Signer, split_note

KEY = "witness.key"
LOCK = "lock"
LAST = "last"
FORKS = "forks"
FORKS_KEPT_MAX = 100
"""Forks kept as evidence for each log; the first is enough, and a log that is out to fill the disk must not."""


def open_or_make_key(folder: Path, name: str | None, default: str) -> Signer:
    """Open the key of a witness, or make it under a name at first start. Raises Refused or WorldFailed."""
    place = folder / KEY
    if not place.exists():
        make_signer(place, WITNESS_KEY, name or default)
    signer = open_signer(place, WITNESS_KEY)
    if name not in {None, signer.name}:
        raise Refused(f"The witness under {folder} is named {signer.name}: leave --name out, or name another folder.")
    return signer


class Last(NamedTuple):
    """The last checkpoint of a log that was signed, and the note that it came in; none before the first."""

    checkpoint: Checkpoint
    note: bytes = b""


class WitnessState:
    """The folder of one witness, held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, threading.Lock] = {}
        self._making = threading.Lock()

    @contextmanager
    def last_of(self, origin: str) -> Iterator[Last]:
        """Give what was signed last of a log, while no other thread may sign anything of it."""
        with self._making:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            yield self._read(origin)

    def remember(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Bring to disk what is about to be signed. Raises WorldFailed, and then nothing may be signed."""
        write_file(self._place(checkpoint.origin), note)

    def keep_fork(self, checkpoint: Checkpoint, request: bytes) -> Path | None:
        """Keep two checkpoints that a log signed and that cannot both be true: nobody could have made them but it."""
        folder = self._folder / FORKS / _file_name(checkpoint.origin)
        place = folder / f"{checkpoint.size}-{checkpoint.root.hex()[:16]}"
        if place.exists() or (folder.is_dir() and len(list(folder.iterdir())) >= FORKS_KEPT_MAX):
            return None
        write_file(place, self._read(checkpoint.origin).note + b"\n" + request)
        return place

    def _read(self, origin: str) -> Last:
        place = self._place(origin)
        try:
            note = place.read_bytes()
        except FileNotFoundError:
            return Last(Checkpoint(origin, 0, EMPTY_ROOT))
        except OSError as failure:
            raise WorldFailed(f"{place} cannot be read ({failure.strerror}).") from failure
        try:
            checkpoint = Checkpoint.read(split_note(note)[0])
        except NotProved as damaged:
            raise _not_whole(place) from damaged
        if checkpoint.origin != origin:
            raise _not_whole(place)
        return Last(checkpoint, note)

    def _place(self, origin: str) -> Path:
        return self._folder / LAST / _file_name(origin)


@contextmanager
def held(folder: Path) -> Iterator[WitnessState]:
    """Hold the folder of a witness. Raises Refused where another process does: two might sign two trees."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failure:
        raise WorldFailed(f"The folder {folder} cannot be held ({failure.strerror}).") from failure
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another witness is at work in {folder}: stop it, or name another folder.") from None
        yield WitnessState(folder)
    finally:
        os.close(descriptor)


def _not_whole(place: Path) -> WorldFailed:
    return WorldFailed(
        f"{place} is damaged: what was signed last of this log is not known, and nothing more of it is signed. Restore"
        " the file, or begin with a new key and tell everybody who trusts this one."
    )


def _file_name(origin: str) -> str:
    """An origin may hold slashes and dots."""
    return sha256(origin.encode()).hexdigest()
