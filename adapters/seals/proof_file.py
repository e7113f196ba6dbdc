"""A proof of one entry as a file of its own: tlog-proof (https://c2sp.org/tlog-proof)."""

import re
from typing import Self

import msgspec

from adapters.seals.merkle import HASH_BYTES
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import from_base64, read_size, to_base64

HEADER = "c2sp.org/tlog-proof@v1"


class ProofFile(msgspec.Struct, frozen=True):
    """That an entry is in a tree: its index, the hashes up to the root, and the signed note of the root."""

    index: int
    proof: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read a proof. Raises NotProved for one that is malformed."""
        head, blank, note = content.partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        if not blank or lines.pop(0) != HEADER:
            raise NotProved(f"a proof begins with the line {HEADER}, and this does not")
        extra = from_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if not lines or not re.fullmatch("index [0-9]+", lines[0]):
            raise NotProved("the proof does not say the index of its entry")
        index = read_size(lines.pop(0)[6:])
        return cls(index, tuple(from_base64(line, HASH_BYTES) for line in lines), note, extra)

    @property
    def content(self) -> bytes:
        """The file."""
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(to_base64, self.proof), ""]
        return ("\n".join(lines) + "\n").encode() + self.note
