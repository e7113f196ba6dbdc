"""What a backup says of itself: which registry it is of, up to which position, and what each of its files must be.

It is authenticated with the registry's secret: tables of keys and of feeds are under no seal, and a backup that was
altered must not become the registry.
"""

import hmac
import os
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec

from adapters.faults import Refused, WorldFailed
from adapters.keys.keyring import Keyring

FORMAT = "gharana-backup/1"
MANIFEST = "manifest.json"
SEALS = "seals.tar"
UNFINISHED = ".unfinished"
MANIFEST_BYTES_MAX = 10_000_000
READ_BYTES = 1 << 20
_PURPOSE = b"gharana/manifest-of-a-backup/1"


class StoredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the backup, by its path in the folder."""

    path: str
    length: int
    sha256: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table, and the order of the columns in its file."""

    name: str
    columns: tuple[str, ...]
    rows: int
    file: StoredFile


class Applied(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A migration that the tables went through."""

    number: int
    file: str
    sha256: str


class Seals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tree that goes along, and its checkpoint as it was published."""

    note: str
    size: int
    file: StoredFile


class _AnyFormat(msgspec.Struct, frozen=True):
    format: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of one moment: the log up to a position, all other tables, and the seals of its beginning."""

    format: str
    made_at: datetime
    keyring: str
    position: int
    postgres: int
    migrations: tuple[Applied, ...]
    tables: tuple[Table, ...]
    seals: Seals
    check: str = ""

    @property
    def files(self) -> Iterator[StoredFile]:
        """All files but the manifest itself."""
        yield from (table.file for table in self.tables)
        yield self.seals.file

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def length(self) -> int:
        return sum(file.length for file in self.files)


def encode_manifest(manifest: Manifest, keyring: Keyring) -> bytes:
    """The manifest as it is written, authenticated."""
    checked = msgspec.structs.replace(manifest, check=_check(manifest, keyring))
    return msgspec.json.format(msgspec.json.encode(checked)) + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Read what a folder says of itself, unchecked. Raises Refused where it is no finished backup."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            content = file.read(MANIFEST_BYTES_MAX)
        written = msgspec.json.decode(content, type=_AnyFormat).format
        if written != FORMAT:
            raise Refused(f"{folder} is a backup of format {written[:40]!r}, and this program reads {FORMAT!r}.")
        return msgspec.json.decode(content, type=Manifest)
    except FileNotFoundError:
        raise Refused(
            f"{folder} is no backup, or none that was finished: name a folder that `backup` wrote to its end."
        ) from None
    except OSError as failure:
        raise WorldFailed(f"{folder / MANIFEST} cannot be read ({failure.strerror}).") from failure
    except msgspec.MsgspecError as error:
        raise Refused(f"{folder / MANIFEST} is damaged ({error}): take another copy of this backup.") from None


def check_manifest(manifest: Manifest, keyring: Keyring, folder: Path) -> None:
    """Raise Refused where the registry that has this keyring did not write it so."""
    if not hmac.compare_digest(manifest.check, _check(manifest, keyring)):
        raise Refused(f"{folder / MANIFEST} was altered since it was written: take another copy of this backup.")


def check_file(folder: Path, file: StoredFile) -> None:
    """Raise Refused where a file is not what it was when it was written."""
    place, digest, length = folder / file.path, sha256(), 0
    try:
        with place.open("rb") as stored:
            while piece := stored.read(READ_BYTES):
                digest.update(piece)
                length += len(piece)
    except FileNotFoundError:
        raise Refused(f"{place} is missing from the backup: take another copy. Nothing was restored.") from None
    except OSError as failure:
        raise WorldFailed(f"{place} cannot be read ({failure.strerror}). Nothing was restored.") from failure
    if length != file.length:
        raise Refused(
            f"{place} has {length:,} bytes, and was written with {file.length:,}: it is cut short or was added to."
            " Take another copy of this backup. Nothing was restored."
        )
    if digest.hexdigest() != file.sha256:
        raise Refused(
            f"{place} was altered: its SHA-256 is {digest.hexdigest()}, and was {file.sha256} when it was written."
            " Take another copy of this backup. Nothing was restored."
        )


class Measured:
    """A new file of the backup, which only its owner may read; counts and digests what is written."""

    def __init__(self, folder: Path, path: str) -> None:
        self._path = path
        self._file = os.fdopen(os.open(folder / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", READ_BYTES)
        self._digest = sha256()
        self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> int:
        """Write, as a file does."""
        self._digest.update(content)
        self._length += len(content)
        return self._file.write(content)

    def finished(self) -> StoredFile:
        """Bring it to disk and say what it is."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return StoredFile(self._path, self._length, self._digest.hexdigest())


def _check(manifest: Manifest, keyring: Keyring) -> str:
    bare = msgspec.json.encode(msgspec.structs.replace(manifest, check=""))
    key = hmac.digest(keyring.registry_secret(), _PURPOSE, "sha256")
    return hmac.digest(key, bare, "sha256").hex()
