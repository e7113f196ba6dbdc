"""Small files that hold secrets: readable by their owner alone, read whole, and written whole or not at all."""

import base64
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.durable import flush_folder
from adapters.faults import Refused, WorldFailed

FILE_BYTES_MAX = 65_536


def read_private(path: Path, what: str, without_it: str, bytes_max: int = FILE_BYTES_MAX) -> bytes:
    """Read a file that nobody but its owner may read. Raises Refused or WorldFailed, naming `what` it is."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Refused(f"{what} {path} is not a plain file. Name the file itself.")
            if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Refused(f"{what} {path} can be read by others than its owner. Run: chmod 600 {path}")
            return file.read(bytes_max)
    except OSError as error:
        raise WorldFailed(f"{what} {path} cannot be read ({error.strerror}). {without_it}") from error


def write_new(path: Path, content: bytes, what: str) -> bool:
    """Put a whole file in place at once, unless one is there: then that one stands, and the answer is no."""
    part = _write_part(path, content, what)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise WorldFailed(
            f"{what} {path} cannot be made ({error.strerror}). Choose a disk that knows links."
        ) from error
    finally:
        part.unlink()
    flush_folder(path.parent)
    return True


def replace_file(path: Path, content: bytes, what: str) -> None:
    """Put a whole file in the place of one that is there."""
    _write_part(path, content, what).replace(path)
    flush_folder(path.parent)


@contextmanager
def alone(path: Path, what: str) -> Iterator[None]:
    """Let nobody else read and replace a file meanwhile; the kernel lets go of it even when we are killed."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_name(f".{path.name}.lock").open("a")
    except OSError as error:
        raise WorldFailed(f"{what} {path} cannot be made ({error.strerror}): mend its folder.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_part(path: Path, content: bytes, what: str) -> Path:
    part = path.with_name(f".{path.name}.{base64.b32encode(os.urandom(10)).decode().lower()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WorldFailed(f"{what} {path} cannot be made ({error.strerror}). Make its folder writable.") from error
    return part
