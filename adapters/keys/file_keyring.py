"""The keyring in a file: made at first start, readable by its owner alone.

The file is JSON: `format`, `made_at`, the master keys by version (the newest wraps, all unwrap), the token key, the
registry secret, and a check over all of them that finds a damaged copy before it is used. Whoever holds this file and
the database can read everybody, and without the file nobody can ever read anybody again: keep a copy away from the
database's backups.

Keys are wrapped with AES-256-GCM and random nonces: 61 bytes a key. A nation of 36 million households and 186 million
people is 2^28 wraps under one master key; NIST SP 800-38D allows 2^32.
"""

import base64
import hashlib
import hmac
import os
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.faults import Refused, WorldFailed
from adapters.keys.sealing import KEY_BYTES, NONCE_BYTES, SealBroken
from adapters.keys.tokens import TokenKey

FORMAT = "gharana-key-file/1"
MASTER_VERSION_MAX = 255
FILE_BYTES_MAX = 65_536

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


class FileKeyring:
    """A keyring whose secrets were read from a key file."""

    def __init__(self, key_file: _KeyFile) -> None:
        self._ciphers = {master.version: AESGCM(master.secret) for master in key_file.masters}
        self._newest = max(self._ciphers)
        self._token_key = TokenKey(key_file.tokens.version, key_file.tokens.secret)
        self._registry_secret = key_file.registry.secret

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Wrap under the newest master key: version (1), nonce (12), then the encrypted key and its tag (48)."""
        return self.wrap_many([(key, context)])[0]

    def wrap_many(self, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Wrap many keys with one draw of randomness."""
        drawn = os.urandom(NONCE_BYTES * len(keys))
        encrypt, version = self._ciphers[self._newest].encrypt, bytes([self._newest])
        wrapped = []
        for start, (key, context) in zip(range(0, len(drawn), NONCE_BYTES), keys, strict=True):
            nonce = drawn[start : start + NONCE_BYTES]
            wrapped.append(version + nonce + encrypt(nonce, key, context))
        return wrapped

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open a wrapped key, under whichever master key of the file it was wrapped with."""
        cipher = self._ciphers.get(wrapped[0]) if wrapped else None
        if cipher is None:
            raise SealBroken(
                f"A key is wrapped under master key {wrapped[:1].hex() or 'none'}, which the key file does not hold."
                " Use the key file that this registry was made with."
            )
        try:
            key = cipher.decrypt(wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :], context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "A wrapped key does not open: it was altered, belongs to someone else, or to another key file."
            ) from error
        assert len(key) == KEY_BYTES, "a key has 32 bytes"
        return key

    def token_key(self) -> TokenKey:
        """The key that CNIC, phone and name tokens are made with."""
        return self._token_key

    def registry_secret(self) -> bytes:
        """The secret that household ids are derived with."""
        return self._registry_secret

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that name this registry's keys; the same after the master key was rotated."""
        lasting = hashlib.sha256(self._registry_secret + self._token_key.key).digest()
        return hmac.digest(lasting, b"gharana/keyring-fingerprint/1", "sha256")[:8].hex()


def key_file_path(home: Path, environment: Mapping[str, str]) -> Path:
    """Where the key file of a registry lies: as GHARANA_KEY_FILE says, else under its home."""
    named = environment.get("GHARANA_KEY_FILE")
    return Path(named) if named else home / "keys" / "master.key"


def open_or_make_key_file(path: Path, made_at: datetime) -> FileKeyring:
    """Open the key file, or make it with fresh secrets at first start; of two first starts at once, one file wins."""
    if not path.exists():
        _write_new(path, _fresh(made_at))
    return open_key_file(path)


def open_key_file(path: Path) -> FileKeyring:
    """Open a key file that exists; raises Refused where it is readable by others, damaged, or not one."""
    return FileKeyring(_read(path))


def rotate_master_key(path: Path, made_at: datetime) -> FileKeyring:
    """Add a new master key: it wraps from now on, the older ones still unwrap until `retire_master_keys`."""
    known = _read(path)
    version = max(master.version for master in known.masters) + 1
    if version > MASTER_VERSION_MAX:
        raise Refused(
            f"The key file {path} has had {MASTER_VERSION_MAX} master keys, the most it can. Start a new format."
        )
    fresh = _Secret(version, made_at, os.urandom(KEY_BYTES))
    _replace(path, msgspec.structs.replace(known, masters=(*known.masters, fresh)))
    return open_key_file(path)


def retire_master_keys(path: Path) -> FileKeyring:
    """Drop all master keys but the newest, once every row was rewrapped: what they wrapped is lost for good."""
    known = _read(path)
    newest = max(known.masters, key=lambda master: master.version)
    _replace(path, msgspec.structs.replace(known, masters=(newest,)))
    return open_key_file(path)


def _fresh(made_at: datetime) -> _KeyFile:
    master, tokens, registry = (_Secret(1, made_at, os.urandom(KEY_BYTES)) for _ in range(3))
    return _KeyFile(FORMAT, made_at, (master,), tokens, registry)


def _check(key_file: _KeyFile) -> str:
    """Finds damage, not attackers: who can write the file needs no forgery."""
    bare = msgspec.json.encode(msgspec.structs.replace(key_file, check=""))
    return hashlib.sha256(bare).hexdigest()[:16]


def _read(path: Path) -> _KeyFile:
    stored = _read_private(path)
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


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Refused(f"The key file {path} is not a plain file. Name the file itself.")
            if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Refused(f"The key file {path} can be read by others than its owner. Run: chmod 600 {path}")
            return file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise WorldFailed(
            f"The key file {path} cannot be read ({error.strerror}). Without it nobody's data opens."
        ) from error


def _write_new(path: Path, key_file: _KeyFile) -> None:
    """Put the whole file in place at once, unless another start was quicker: then its file stands."""
    part = _write_part(path, key_file)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise WorldFailed(
            f"The key file {path} cannot be made ({error.strerror}). Choose a disk that knows links."
        ) from error
    finally:
        part.unlink()
    _flush_folder(path.parent)


def _replace(path: Path, key_file: _KeyFile) -> None:
    part = _write_part(path, key_file)
    part.replace(path)
    _flush_folder(path.parent)


def _write_part(path: Path, key_file: _KeyFile) -> Path:
    content = msgspec.json.encode(msgspec.structs.replace(key_file, check=_check(key_file)))
    part = path.with_name(f".{path.name}.{base64.b32encode(os.urandom(10)).decode().lower()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(content) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WorldFailed(
            f"The key file {path} cannot be made ({error.strerror}). Make its folder writable."
        ) from error
    return part


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
