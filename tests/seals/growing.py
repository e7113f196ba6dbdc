"""A log that grows, and the requests with which its checkpoints are shown to a witness."""

from pathlib import Path

from adapters.seals.notes import Checkpoint, Signer, signed_checkpoint, to_base64
from adapters.seals.tiles import Tiles


class GrowingLog:
    """A tree in a folder; `twist` makes it another one from the first entry on."""

    def __init__(self, folder: Path, signer: Signer, entries: int = 1_000, twist: str = "") -> None:
        self.signer = signer
        self.tree = Tiles(folder).append([f"{twist}{number}".encode() for number in range(entries)])

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.signer.name, size, self.tree.root(size))

    def note(self, size: int) -> bytes:
        return signed_checkpoint(self.checkpoint(size), self.signer)

    def request(self, old: int, size: int) -> bytes:
        """The body of add-checkpoint."""
        return body_of(old, self.tree.consistency(old, size) if old <= size else [], self.note(size))


def body_of(old: int, proof: list[bytes], note: bytes) -> bytes:
    return "".join(f"{line}\n" for line in [f"old {old}", *map(to_base64, proof), ""]).encode() + note
