"""The keyring in a file: made at first start, readable by its owner alone.

The file is JSON: `format`, `made_at`, the master keys by version (the newest wraps, all unwrap), the token key, the
registry secret, and a check over all of them that finds a damaged copy before it is used. Whoever holds this file and
the database can read everybody, and without the file nobody can ever read anybody again: keep a copy away from the
database's backups.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.faults import Refused
from adapters.keys.keyring import MASTER_VERSION_MAX, Keyring
from adapters.keys.private_file import alone, read_private, replace_file, write_new
from adapters.keys.sealing import KEY_BYTES
from adapters.keys.tokens import TokenKey
from adapters.keys.wrapping import Cipher, WrappingKeyring

FORMAT = "gharana-key-file/1"
WHAT = "The key file"

Version = Annotated[int, msgspec.Meta(ge=1, le=MASTER_VERSION_MAX)]


class _Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Version
    made_at: datetime
    secret: bytes

    def __repr__(self) -> str:
        return f"_Secret(version={self.version})"


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    made_at: datetime
    masters: tuple[_Secret, ...]
    tokens: _Secret
    registry: _Secret
    check: str = ""

    def __repr__(self) -> str:
        return f"_KeyFile(made_at={self.made_at})"


class FileKeyring(WrappingKeyring):
    """A keyring whose secrets were read from a key file."""

    def __init__(self, key_file: _KeyFile, path: Path) -> None:
        super().__init__(
            _ciphers(key_file),
            TokenKey(key_file.tokens.version, key_file.tokens.secret),
            key_file.registry.secret,
            lambda: _ciphers(_read(path)),
            "the key file",
        )


class KeyFilePlace:
    """The place of a keyring that is a key file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The path of the key file."""
        return str(self.path)

    def exists(self) -> bool:
        """Whether there is a key file."""
        return self.path.exists()

    def open(self) -> Keyring:
        """Open it. Raises Refused or WorldFailed."""
        return open_key_file(self.path)

    def open_or_make(self, made_at: datetime) -> Keyring:
        """Open it, or make it."""
        return open_or_make_key_file(self.path, made_at)

    def rotate(self, made_at: datetime) -> Keyring:
        """Add a new master key."""
        return rotate_master_key(self.path, made_at)

    def retire(self, older_than: int) -> Keyring:
        """Drop all master keys older than one."""
        return retire_master_keys(self.path, older_than)

    def export(self) -> bytes:
        """The whole key file."""
        _read(self.path)
        return _private(self.path)

    def take_back(self, exported: bytes) -> Keyring:
        """Put a key file in place that was exported. Raises Refused where one stands there."""
        if self.exists():
            raise Refused(f"The key file {self.path} is there already: name another by GHARANA_KEY_FILE, or move it.")
        write_new(self.path, _written(_decoded(exported, self.path)), WHAT)
        return self.open()


def _ciphers(key_file: _KeyFile) -> dict[int, Cipher]:
    return {master.version: AESGCM(master.secret) for master in key_file.masters}


def key_file_path(home: Path, environment: Mapping[str, str]) -> Path:
    """Where the key file of a registry lies: as GHARANA_KEY_FILE says, else under its home."""
    named = environment.get("GHARANA_KEY_FILE")
    return Path(named) if named else home / "keys" / "master.key"


def open_or_make_key_file(path: Path, made_at: datetime) -> FileKeyring:
    """Open the key file, or make it with fresh secrets at first start; of two first starts at once, one file wins."""
    if not path.exists():
        write_new(path, _written(_fresh(made_at)), WHAT)
    return open_key_file(path)


def open_key_file(path: Path) -> FileKeyring:
    """Open a key file that exists; raises Refused where it is readable by others, damaged, or not one."""
    return FileKeyring(_read(path), path)


def rotate_master_key(path: Path, made_at: datetime) -> FileKeyring:
    """Add a new master key: it wraps from now on, the older ones still unwrap until `retire_master_keys`."""
    with alone(path, WHAT):
        known = _read(path)
        version = max(master.version for master in known.masters) + 1
        if version > MASTER_VERSION_MAX:
            raise Refused(
                f"The key file {path} has had {MASTER_VERSION_MAX} master keys, the most it can. Start a new format."
            )
        fresh = _Secret(version, made_at, os.urandom(KEY_BYTES))
        replace_file(path, _written(msgspec.structs.replace(known, masters=(*known.masters, fresh))), WHAT)
    return open_key_file(path)


def retire_master_keys(path: Path, older_than: int) -> FileKeyring:
    """Drop all master keys older than one, once every row was rewrapped: what they wrapped is lost for good."""
    with alone(path, WHAT):
        known = _read(path)
        kept = tuple(master for master in known.masters if master.version >= older_than)
        replace_file(path, _written(msgspec.structs.replace(known, masters=kept)), WHAT)
    return open_key_file(path)


def _fresh(made_at: datetime) -> _KeyFile:
    master, tokens, registry = (_Secret(1, made_at, os.urandom(KEY_BYTES)) for _ in range(3))
    return _KeyFile(FORMAT, made_at, (master,), tokens, registry)


def _check(key_file: _KeyFile) -> str:
    """Finds damage, not attackers: who can write the file needs no forgery."""
    bare = msgspec.json.encode(msgspec.structs.replace(key_file, check=""))
    return hashlib.sha256(bare).hexdigest()[:16]


def _read(path: Path) -> _KeyFile:
    return _decoded(_private(path), path)


def _decoded(stored: bytes, path: Path) -> _KeyFile:
    try:
        key_file = msgspec.json.decode(stored, type=_KeyFile)
    except msgspec.MsgspecError as error:
        raise Refused(
            f"The key file {path} is damaged or cut short ({_place_of(error)}). Restore it from its copy."
        ) from error
    if key_file.format != FORMAT:
        raise Refused(
            f"The key file {path} is not of format {FORMAT}. Use the program it was made with, or another file."
        )
    secrets = (*key_file.masters, key_file.tokens, key_file.registry)
    if not key_file.masters or any(len(each.secret) != KEY_BYTES for each in secrets):
        raise Refused(
            f"The key file {path} holds a key of wrong length: each has {KEY_BYTES} bytes. Restore it from its copy."
        )
    if key_file.check != _check(key_file):
        raise Refused(f"The key file {path} was altered: its check does not agree. Restore it from its copy.")
    return key_file


def _place_of(error: msgspec.MsgspecError) -> str:
    """Say where reading stopped, without any of the content."""
    return "not whole JSON" if not isinstance(error, msgspec.ValidationError) else "a field is missing or of wrong kind"


def _private(path: Path) -> bytes:
    return read_private(path, WHAT, "Without it nobody's data opens.")


def _written(key_file: _KeyFile) -> bytes:
    content = msgspec.json.encode(msgspec.structs.replace(key_file, check=_check(key_file)))
    return msgspec.json.format(content) + b"\n"
