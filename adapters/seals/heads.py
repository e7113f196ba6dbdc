"""The heads tree: a Merkle tree over (stream, last version, leaf hash of the last event), in the order of the ids.

    stream (16) | version (8) | leaf (32)

With it the last events of a household cannot be withheld, and that a household does not exist is shown by the two
neighbours between which it would stand.
"""

import fcntl
import mmap
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

from adapters.faults import WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.published import HEADS
from adapters.seals.tiles import Tiles

ROW_BYTES = 56
ROWS = "rows"
LOCK = ".lock"
TREES_KEPT = 2
"""Heads trees kept beside each other; an older one can be made again from the entries."""


class Head(NamedTuple):
    """Where a stream ended: its last version, and the leaf hash of its last event."""

    stream: UUID
    version: int
    leaf: bytes

    @classmethod
    def read(cls, row: bytes) -> Self:
        """Read a row of the tree. Raises NotProved."""
        if len(row) != ROW_BYTES:
            raise NotProved(f"a row of the heads tree has {ROW_BYTES} bytes, and this has {len(row)}")
        return cls(UUID(bytes=row[:16]), int.from_bytes(row[16:24], "big"), row[24:])

    @property
    def row(self) -> bytes:
        """The row, which is the entry of the heads tree."""
        return self.stream.bytes + self.version.to_bytes(8, "big") + self.leaf


class HeadsTree:
    """A heads tree on disk, up to a position of the log."""

    def __init__(self, folder: Path) -> None:
        self.until_position = int(folder.name)
        self._rows = (folder / ROWS).read_bytes() if (folder / ROWS).stat().st_size == 0 else _mapped(folder / ROWS)
        self.tree = Tiles(folder, len(self._rows) // ROW_BYTES)

    def __len__(self) -> int:
        return self.tree.size

    def head(self, index: int) -> Head:
        """The row at an index."""
        return Head.read(bytes(self._rows[index * ROW_BYTES : (index + 1) * ROW_BYTES]))

    def index_of(self, stream: UUID) -> int:
        """Index of a stream's row; where it has none, of the first one after it."""
        wanted, begin, end = stream.bytes, 0, len(self)
        while begin < end:
            middle = (begin + end) // 2
            if bytes(self._rows[middle * ROW_BYTES : middle * ROW_BYTES + 16]) < wanted:
                begin = middle + 1
            else:
                end = middle
        return begin


def heads_folder(folder: Path, until_position: int) -> Path:
    """Where the heads tree up to a position lies, beside the tiles of the log's tree."""
    return folder / HEADS / str(until_position)


def heads_trees(folder: Path) -> list[int]:
    """Positions up to which there are heads trees, oldest first."""
    parent = folder / HEADS
    return sorted(int(one.name) for one in parent.iterdir() if one.name.isdigit()) if parent.is_dir() else []


def open_or_make_heads(tree: Tiles, until_position: int) -> HeadsTree:
    """Open the heads tree up to a position that the log's tree reaches, or make it. Raises NotProved or WorldFailed."""
    place = heads_folder(tree.folder, until_position)
    if not place.is_dir():
        from adapters.seals.heads_making import make_heads  # noqa: PLC0415  # DuckDB takes long to load

        with _one_at_a_time(place.parent):
            if not place.is_dir():
                make_heads(tree, until_position, place)
    return HeadsTree(place)


def drop_older_heads(folder: Path, keep: int = TREES_KEPT) -> None:
    """Remove all heads trees but the newest."""
    for until_position in heads_trees(folder)[:-keep]:
        shutil.rmtree(heads_folder(folder, until_position))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Of two that would make heads trees, one waits for the other: they are made in the same place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    except OSError as failure:
        raise WorldFailed(f"The heads tree cannot be made under {folder} ({failure.strerror}).") from failure
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mapped(place: Path) -> mmap.mmap:
    with place.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
