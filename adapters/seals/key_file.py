"""The file of a key that signs: of a log, or of a witness. Made once, at first start, and never replaced."""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.durable import flush_folder
from adapters.embedded.private_file import write_privately
from adapters.faults import Refused, WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import COSIGNATURE, KEY_BYTES, PLAIN, Signer, VerifierKey, from_base64, to_base64

NAME_LETTERS_MAX = 100


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    origin: str
    private: str

    def __repr__(self) -> str:
        return f"_KeyFile(origin={self.origin!r})"


class KeyOf(NamedTuple):
    """What a key file is of; one is not taken for the other, for the same key must not sign both ways."""

    format: str
    algorithm: int
    named: str
    """The key in a sentence."""
    how_to_name: str
    """What to say to give it a name that can be one."""


SEAL_KEY = KeyOf(
    "gharana-seal-key/1", PLAIN, "seal key", "set GHARANA_SEAL_ORIGIN to such as registry.example.org/seals"
)
WITNESS_KEY = KeyOf(
    "gharana-witness-key/1", COSIGNATURE, "witness key", "say --name, such as audit.example.org/witness"
)


def make_signer(place: Path, kind: KeyOf, name: str) -> None:
    """Make a key under a name. Of two first starts at once, one key stands: it is linked into its place."""
    _check_name(name, kind)
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    part = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_privately(part, msgspec.structs.asdict(_KeyFile(kind.format, name, to_base64(private))))
        os.link(part, place)
        flush_folder(place.parent)
    except FileExistsError:
        pass
    except OSError as failure:
        raise WorldFailed(f"The {kind.named} {place} cannot be made ({failure.strerror}).") from failure
    finally:
        part.unlink(missing_ok=True)


def open_signer(place: Path, kind: KeyOf = SEAL_KEY) -> Signer:
    """Open a key that exists. Raises Refused where it is readable by others, damaged, or not one."""
    try:
        if place.stat().st_mode & 0o077:
            raise Refused(f"The {kind.named} {place} can be read by others than its owner. Run: chmod 600 {place}")
        content = place.read_bytes()
    except OSError as failure:
        raise WorldFailed(f"The {kind.named} {place} cannot be read ({failure.strerror}).") from failure
    try:
        stored = msgspec.json.decode(content, type=_KeyFile)
        private = from_base64(stored.private, KEY_BYTES)
    except (msgspec.MsgspecError, NotProved) as failure:
        raise Refused(f"The {kind.named} {place} is damaged. Restore it from its copy.") from failure
    if stored.format != kind.format:
        raise Refused(f"The {kind.named} {place} is not of format {kind.format}.")
    _check_name(stored.origin, kind)
    return Signer(stored.origin, Ed25519PrivateKey.from_private_bytes(private), kind.algorithm)


def _check_name(name: str, kind: KeyOf) -> None:
    """A name stands in each signature line, and a log's is the first line of its checkpoints: it must read as one."""
    try:
        VerifierKey.read(str(VerifierKey(name, PLAIN, bytes(KEY_BYTES))))
    except NotProved:
        name = ""
    if not 0 < len(name) <= NAME_LETTERS_MAX or not name.isprintable():
        raise Refused(
            f"The name of a {kind.named} has no spaces and no plus signs, and at most {NAME_LETTERS_MAX} letters:"
            f" {kind.how_to_name}."
        )
