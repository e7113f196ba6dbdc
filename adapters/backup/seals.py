"""The tree of seals in a backup: its files up to a checkpoint, as one tar file; partial ones cut to what it covers.

A full tile never changes, so the tree may grow meanwhile. The heads trees stay behind: they are made again from the
entries.
"""

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from adapters.backup.manifest import SEALS, Measured, StoredFile
from adapters.faults import Refused
from adapters.seals.tile_paths import ENTRIES, LEVEL_MAX, TILE_HASHES, tile_path, width_of
from adapters.seals.tiles import Tiles, bundle_bytes

Tell = Callable[[int], None]


def pack_seals(tree: Tiles, making: Path, tell: Tell) -> StoredFile:
    """Write the files of a tree of this size into a backup. Raises NotProved where one is missing or cut short."""
    with Measured(making, SEALS) as measured:
        as_file = cast("io.BufferedIOBase", measured)
        with tarfile.open(fileobj=as_file, mode="w|", format=tarfile.USTAR_FORMAT) as packed:
            for path, content in files_of(tree):
                described = tarfile.TarInfo(path)
                described.size = len(content)
                packed.addfile(described, io.BytesIO(content))
                tell(len(content))
        return measured.finished()


def files_of(tree: Tiles) -> Iterator[tuple[str, bytes]]:
    """Each file of a tree, by its path, as it was when the tree had this size."""
    for number in range((tree.size + TILE_HASHES - 1) // TILE_HASHES):
        width = width_of(0, number, tree.size) % TILE_HASHES
        yield tile_path(ENTRIES, number, width), bundle_bytes(tree.entries(number))
    for level in range(LEVEL_MAX + 1):
        hashes = tree.size >> (8 * level)
        if not hashes:
            return
        for number in range((hashes + TILE_HASHES - 1) // TILE_HASHES):
            width = width_of(level, number, tree.size) % TILE_HASHES
            yield tile_path(level, number, width), tree.tile(level, number)


def unpack_seals(backup: Path, folder: Path) -> None:
    """Put the files of a tree into an empty folder. Raises Refused where the file holds what no tree has."""
    try:
        with tarfile.open(backup / SEALS, "r:") as packed:
            packed.extractall(folder, filter="data")
    except tarfile.TarError as failure:
        raise Refused(f"{backup / SEALS} cannot be read ({failure}): take another copy of this backup.") from failure
