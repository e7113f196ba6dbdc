"""Signed notes: a text, a blank line, and a line for each signature (https://c2sp.org/signed-note).

The text is a checkpoint (tlog-checkpoint). A verifier key is `name+keyid+base64(algorithm, public key)`; Ed25519 signs
a checkpoint as it is (algorithm 1) or, for a witness, together with the time at which it was seen (algorithm 4,
tlog-cosignature).
"""

import base64
import re
import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adapters.seals.merkle import HASH_BYTES, SIZE_MAX
from adapters.seals.not_proved import NotProved

SIGNATURES_MAX = 100
NOTE_BYTES_MAX = 1_000_000
"""As in golang.org/x/mod/sumdb/note."""
PLAIN, COSIGNATURE = 1, 4
KEY_BYTES = 32

_KEY_ID_BYTES, _TIME_BYTES = 4, 8
_NAME = re.compile(r"[^\s+]+")


def to_base64(content: bytes) -> str:
    """Standard base64, with padding."""
    return base64.b64encode(content).decode()


def from_base64(text: str, length: int | None = None) -> bytes:
    """Read base64 that is written in the one way there is. Raises NotProved."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise NotProved("what should be base64 is not") from None
    if to_base64(content) != text or (length is not None and len(content) != length):
        raise NotProved("base64 of a wrong length, or not written in the one way there is")
    return content


def read_size(text: str) -> int:
    """Read a decimal number without leading zeros or signs. Raises NotProved."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) > SIZE_MAX:
        raise NotProved(f"{text[:30]!r} is not the size of a tree")
    return int(text)


class VerifierKey(NamedTuple):
    """By which name and public key a log or a witness is known."""

    name: str
    algorithm: int
    public: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a verifier key. Raises NotProved."""
        matched = re.fullmatch(r"([^+]+)\+([0-9a-f]{8})\+(.+)", text)
        if not matched or not _NAME.fullmatch(matched[1]):
            raise NotProved(f"{text[:80]!r} is not a verifier key (name+keyid+base64)")
        content = from_base64(matched[3])
        key = cls(matched[1], content[0] if content else 0, content[1:])
        if key.algorithm not in {PLAIN, COSIGNATURE} or len(key.public) != KEY_BYTES:
            raise NotProved(f"the verifier key of {key.name} is of an algorithm that is not known here")
        if key.key_id.hex() != matched[2]:
            raise NotProved(f"the key id of {key.name} does not fit its key")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature names its key by."""
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    def check(self, signature: bytes, text: bytes) -> int:
        """Return the time of a cosignature in seconds since 1970, 0 for a plain signature. Raises NotProved."""
        time, signed = 0, text
        if self.algorithm == COSIGNATURE:
            if len(signature) < _TIME_BYTES:
                raise NotProved(f"the signature of {self.name} is cut short")
            (time,) = struct.unpack(">Q", signature[:_TIME_BYTES])
            signature, signed = signature[_TIME_BYTES:], cosigned_text(time, text)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature:
            raise NotProved(f"the signature of {self.name} does not fit the text and the key") from None
        return int(time)


def cosigned_text(time: int, text: bytes) -> bytes:
    """What a witness signs: that it saw this checkpoint, as the newest of its log, at a time."""
    return b"cosignature/v1\ntime %d\n" % time + text


class Signer(NamedTuple):
    """Who signs: a log (PLAIN), or a witness (COSIGNATURE)."""

    name: str
    key: Ed25519PrivateKey
    algorithm: int = PLAIN

    @property
    def verifier(self) -> VerifierKey:
        """The key that others check its signatures with."""
        return VerifierKey(self.name, self.algorithm, self.key.public_key().public_bytes_raw())

    def line(self, text: bytes, time: int = 0) -> bytes:
        """Sign a text, as the line that goes under it; a witness states the time."""
        if self.algorithm == COSIGNATURE:
            signature = struct.pack(">Q", time) + self.key.sign(cosigned_text(time, text))
        else:
            signature = self.key.sign(text)
        return f"\u2014 {self.name} {to_base64(self.verifier.key_id + signature)}\n".encode()


class SignedBy(NamedTuple):
    """A key whose signature under a note was checked, and the time that the signature states (0: none)."""

    key: VerifierKey
    time: int


def open_note(note: bytes, keys: Sequence[VerifierKey]) -> tuple[bytes, list[SignedBy]]:
    """Return the text of a note and who of these keys signed it; others' signatures are passed over.

    Raises NotProved for a note that is malformed, that none of the keys signed, or that bears a signature of one of
    them which does not fit.
    """
    text, lines = split_note(note)
    signed: list[SignedBy] = []
    for line in lines:
        matched = re.fullmatch("\u2014 (\\S+) (\\S+)", line)
        if not matched or not _NAME.fullmatch(matched[1]):
            raise NotProved(f"a signature line of the note is malformed: {line[:80]!r}")
        content = from_base64(matched[2])
        if len(content) <= _KEY_ID_BYTES:
            raise NotProved(f"the signature of {matched[1]} is cut short")
        for key in keys:
            if (key.name, key.key_id) == (matched[1], content[:_KEY_ID_BYTES]):
                time = key.check(content[_KEY_ID_BYTES:], text)
                if all(one.key != key for one in signed):
                    signed.append(SignedBy(key, time))
    if not signed:
        raise NotProved(f"the note is signed by none of {', '.join(key.name for key in keys) or 'no keys'}")
    return text, signed


def split_note(note: bytes) -> tuple[bytes, list[str]]:
    """Divide a note into its text and its signature lines, unchecked. Raises NotProved for one that is malformed."""
    try:
        content = note.decode("utf-8")
    except UnicodeDecodeError:
        raise NotProved("the note is not UTF-8") from None
    if len(note) > NOTE_BYTES_MAX or any(letter < " " and letter != "\n" for letter in content):
        raise NotProved("the note is too long, or holds control characters")
    end = content.rfind("\n\n")
    if end < 0 or not content.endswith("\n") or end + 2 >= len(content):
        raise NotProved("the note has no signature lines after a blank line")
    lines = content[end + 2 : -1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NotProved(f"the note has more than {SIGNATURES_MAX} signatures")
    return content[: end + 1].encode(), lines


class Checkpoint(NamedTuple):
    """The head of a tree: whose it is, how many entries it has, and its root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read the text of a checkpoint; lines after the third are extensions. Raises NotProved."""
        lines = text.decode().split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - three lines and what follows the last
            raise NotProved("a checkpoint has three lines, origin, size and root, and this has not")
        return cls(lines[0], read_size(lines[1]), from_base64(lines[2], HASH_BYTES))

    @property
    def text(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n".encode()


def signed_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The note that publishes a checkpoint."""
    return checkpoint.text + b"\n" + signer.line(checkpoint.text)
