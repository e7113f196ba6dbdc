"""What is published of a tree: the files of its tiles, and the signed checkpoint beside them, which comes last."""

from pathlib import Path
from typing import NamedTuple

from adapters.durable import write_file
from adapters.faults import WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, Signer, VerifierKey, open_note, signed_checkpoint, split_note
from adapters.seals.tiles import Tiles

CHECKPOINT = "checkpoint"
WITNESSED = "checkpoint.witnessed"
"""The newest checkpoint that enough witnesses signed, for whoever asks for a proof while a newer one is on its way."""
HEADS = "heads"
"""The folder of the heads trees, each by the position up to which it goes."""


class Published(NamedTuple):
    """A checkpoint as it was published, and the tree that it is the head of."""

    note: bytes
    checkpoint: Checkpoint
    tree: Tiles


def find_published(folder: Path, key: VerifierKey, name: str = CHECKPOINT) -> Published | None:
    """Read what is published in a folder; nothing where nothing was sealed yet.

    Raises NotProved where the signature is not of this key, or the tiles do not have the root that was signed.
    """
    note = find_note(folder / name)
    if note is None:
        return None
    text, _ = open_note(note, [key])
    checkpoint = Checkpoint.read(text)
    if checkpoint.origin != key.name:
        raise NotProved(f"the checkpoint {folder / name} is of {checkpoint.origin}, not of {key.name}")
    tree = Tiles(folder, checkpoint.size)
    if tree.root() != checkpoint.root:
        raise NotProved(f"the tiles under {folder} do not have the root that the checkpoint of size {tree.size} signs")
    return Published(note, checkpoint, tree)


def sealed_size(folder: Path) -> int:
    """How many events are sealed, as the checkpoint in a folder says and nobody has checked; 0 where there is none."""
    note = find_note(folder / CHECKPOINT)
    return Checkpoint.read(split_note(note)[0]).size if note else 0


def publish(tree: Tiles, signer: Signer) -> Published:
    """Sign the head of a tree whose files are on disk, and put it where everybody looks."""
    checkpoint = Checkpoint(signer.name, tree.size, tree.root())
    note = signed_checkpoint(checkpoint, signer)
    write_file(tree.folder / CHECKPOINT, note)
    return Published(note, checkpoint, tree)


def find_note(place: Path) -> bytes | None:
    """Read a note as it lies there; nothing where there is none."""
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise WorldFailed(f"{place} cannot be read ({failure.strerror}).") from failure
