"""A Merkle tree as a folder of static files, after C2SP tlog-tiles: tiles of 256 hashes, and bundles of 256 entries.

A tree only grows, so a full file never changes, and every earlier tree can be read from a later one's files. One
process writes; whoever reads says for which size, and takes that size from a signed checkpoint.
"""

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from adapters.durable import write_files
from adapters.faults import WorldFailed
from adapters.seals.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    leaf_hash,
    left_size,
    node_hash,
    parents,
    root_of_perfect,
)
from adapters.seals.not_proved import NotProved
from adapters.seals.tile_paths import ENTRIES, TILE_HASHES, tile_path, width_of

TILE_BYTES = TILE_HASHES * HASH_BYTES
TILES_KEPT = 512
"""Tiles kept in memory for proofs: 4 MB."""
_LEVEL_BITS = 8
_LENGTH = struct.Struct(">H")


class Tiles:
    """The tree of some size in a folder."""

    def __init__(self, folder: Path, size: int = 0) -> None:
        self.folder = folder
        self.size = size
        self._tile = lru_cache(TILES_KEPT)(self._read_tile)

    # Writing

    def append(self, entries: Sequence[bytes]) -> "Tiles":
        """Write what these entries add to the tree, and return the longer tree: nobody sees it before a checkpoint."""
        hashes = b"".join([leaf_hash(entry) for entry in entries])
        write_files(self.folder, {**self.new_tiles(hashes), **self._new_bundles(entries)})
        return Tiles(self.folder, self.size + len(entries))

    def append_hashes(self, hashes: bytes) -> "Tiles":
        """Write a tree of which the entries lie elsewhere."""
        write_files(self.folder, self.new_tiles(hashes))
        return Tiles(self.folder, self.size + len(hashes) // HASH_BYTES)

    def new_tiles(self, hashes: bytes) -> dict[str, bytes]:
        """Tiles, by their paths, that change when these leaf hashes, end to end, are added."""
        files: dict[str, bytes] = {}
        level, at = 0, self.size
        while hashes:
            number, width = divmod(at, TILE_HASHES)
            row = (self.tile(level, number) if width else b"") + hashes
            full = len(row) // TILE_BYTES * TILE_BYTES
            for begin in range(0, full, TILE_BYTES):
                files[tile_path(level, number)] = row[begin : begin + TILE_BYTES]
                number += 1
            if full < len(row):
                files[tile_path(level, number, (len(row) - full) // HASH_BYTES)] = row[full:]
            hashes = _roots_of_tiles(row[:full])
            at, level = at >> _LEVEL_BITS, level + 1
        return files

    def _new_bundles(self, entries: Sequence[bytes]) -> dict[str, bytes]:
        number, width = divmod(self.size, TILE_HASHES)
        waiting = [*(self.entries(number) if width else ()), *entries]
        files = {}
        for begin in range(0, len(waiting), TILE_HASHES):
            bundle = waiting[begin : begin + TILE_HASHES]
            files[tile_path(ENTRIES, number, len(bundle) % TILE_HASHES)] = bundle_bytes(bundle)
            number += 1
        return files

    def drop_outgrown(self, old_size: int) -> None:
        """Remove partial files that full ones have taken the place of, since the tree had an older size.

        Only those: whoever reads the tree of an earlier checkpoint may still ask for a partial one.
        """
        for level in (ENTRIES, *range((self.size.bit_length() + _LEVEL_BITS - 1) // _LEVEL_BITS)):
            shift = 0 if level == ENTRIES else _LEVEL_BITS * int(level)
            number = old_size >> shift >> _LEVEL_BITS
            if number < self.size >> shift >> _LEVEL_BITS:
                _remove_partial((self.folder / tile_path(level, number, 1)).parent)

    # Reading

    def tile(self, level: int, number: int) -> bytes:
        """Hashes of a tile as this tree has it. Raises NotProved where the file is missing or cut short."""
        return self._tile(level, number)

    def _read_tile(self, level: int, number: int) -> bytes:
        width = width_of(level, number, self.size)
        content = self._read(level, number, width)
        if len(content) < width * HASH_BYTES or len(content) % HASH_BYTES:
            raise NotProved(f"the tile {tile_path(level, number, width % TILE_HASHES)} is cut short")
        return content[: width * HASH_BYTES]

    def entries(self, number: int) -> list[bytes]:
        """Entries of a bundle as this tree has them. Raises NotProved where the file is missing or damaged."""
        width = width_of(0, number, self.size)
        content = self._read(ENTRIES, number, width)
        found: list[bytes] = []
        at = 0
        while len(found) < width and at + _LENGTH.size <= len(content):
            (length,) = _LENGTH.unpack_from(content, at)
            at += _LENGTH.size
            found.append(content[at : at + length])
            at += length
        if len(found) < width or at > len(content):
            raise NotProved(f"the bundle {tile_path(ENTRIES, number, width % TILE_HASHES)} is cut short")
        return found

    def all_entries(self, first: int = 0) -> Iterator[bytes]:
        """All entries from an index on, in order."""
        for number in range(first // TILE_HASHES, (self.size + TILE_HASHES - 1) // TILE_HASHES):
            entries = self.entries(number)
            yield from entries[first - number * TILE_HASHES :] if number == first // TILE_HASHES else entries

    def leaf(self, index: int) -> bytes:
        """Leaf hash of the entry at an index."""
        begin = index % TILE_HASHES * HASH_BYTES
        return self.tile(0, index // TILE_HASHES)[begin : begin + HASH_BYTES]

    def root(self, size: int | None = None) -> bytes:
        """Root of the tree, or of an earlier one."""
        return self._root_between(0, self.size if size is None else size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Hashes that lead from an entry to the root of the tree of a size (RFC 9162, section 2.1.3.1)."""
        begin, end = 0, self.size if size is None else size
        assert 0 <= index < end <= self.size, "only what is in a tree that is here can be proved"
        proof = []
        while end - begin > 1:
            middle = begin + left_size(end - begin)
            if index < middle:
                proof.append(self._root_between(middle, end))
                end = middle
            else:
                proof.append(self._root_between(begin, middle))
                begin = middle
        return proof[::-1]

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Hashes that show an earlier tree to be the beginning of this one (RFC 9162, section 2.1.4.1)."""
        begin, end = 0, self.size if size is None else size
        assert 0 <= old_size <= end <= self.size, "only a tree that is here can be compared"
        if old_size in {0, end}:
            return []
        proof, is_whole = [], True
        while old_size != end:
            middle = begin + left_size(end - begin)
            if old_size <= middle:
                proof.append(self._root_between(middle, end))
                end = middle
            else:
                proof.append(self._root_between(begin, middle))
                begin, is_whole = middle, False
        return [*([] if is_whole else [self._root_between(begin, end)]), *proof[::-1]]

    def _root_between(self, begin: int, end: int) -> bytes:
        count = end - begin
        if count == 0:
            return EMPTY_ROOT
        if count & (count - 1) == 0 and begin % count == 0:
            return self._root_of_perfect(count.bit_length() - 1, begin // count)
        middle = begin + left_size(count)
        return node_hash(self._root_between(begin, middle), self._root_between(middle, end))

    def _root_of_perfect(self, height: int, number: int) -> bytes:
        level, within = divmod(height, _LEVEL_BITS)
        first = number << within
        begin = first % TILE_HASHES * HASH_BYTES
        return root_of_perfect(self.tile(level, first // TILE_HASHES)[begin : begin + (HASH_BYTES << within)])

    def _read(self, level: int | str, number: int, width: int) -> bytes:
        """Read a file; a partial one may have been outgrown by the full one since."""
        paths = [tile_path(level, number)]
        if width < TILE_HASHES:
            paths.insert(0, tile_path(level, number, width))
        for path in paths:
            try:
                return (self.folder / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as failure:
                raise WorldFailed(f"{self.folder / path} cannot be read ({failure.strerror}).") from failure
        raise NotProved(f"the file {paths[0]} is missing under {self.folder}")


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """A bundle of entries as it is stored."""
    return b"".join([_LENGTH.pack(len(entry)) + entry for entry in entries])


def _roots_of_tiles(row: bytes) -> bytes:
    """Roots of full tiles that lie end to end: their nodes never mix, so all are hashed together."""
    for _ in range(_LEVEL_BITS if row else 0):
        row = parents(row)
    return row


def _remove_partial(folder: Path) -> None:
    """Remove the folder of a tile's partial files; one that is gone already was removed before a crash."""
    if not folder.is_dir():
        return
    for partial in folder.iterdir():
        partial.unlink(missing_ok=True)
    folder.rmdir()
