"""Holding the histories of streams against the tree: versions without gaps, and each entry behind the one before it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from adapters.audit.against_tree import Place, Thing
from adapters.audit.findings import Finding, Kind
from adapters.audit.naming import household_name
from adapters.seals.entry import ENTRY_BYTES, NOTHING_BEFORE, record_digest
from adapters.seals.merkle import check_inclusion, leaf_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.tile_paths import TILE_HASHES
from adapters.seals.tiles import Tiles

BUNDLES_KEPT = 2_048
"""Bundles of entries kept in memory by each process: 50 MB."""

Link = tuple[int, int]
"""Where an event stands: its position and its version."""


class SealedChain:
    """The entries of a tree, asked for by position."""

    def __init__(self, folder: Path, size: int, root: bytes) -> None:
        self._tree = Tiles(folder, size)
        self._root = root
        self._bundle = lru_cache(BUNDLES_KEPT)(self._read_bundle)

    def _read_bundle(self, number: int) -> list[bytes]:
        try:
            return self._tree.entries(number)
        except NotProved:
            return []  # the check of the tiles names it

    def _entry(self, position: int) -> bytes | None:
        if not 1 <= position <= self._tree.size:
            return None
        number, within = divmod(position - 1, TILE_HASHES)
        bundle = self._bundle(number)
        return bundle[within] if within < len(bundle) and len(bundle[within]) == ENTRY_BYTES else None

    def check(self, stream: bytes, links: Sequence[Link]) -> Iterator[Finding]:
        """Check the events of one stream, in the order of their versions."""
        before_position = before_version = 0
        for position, version in links:
            if version != before_version + 1 or position <= before_position:
                yield _gap(stream, position, version, before_version)
            elif not self._is_linked(stream, position, version, before_position):
                yield Finding(
                    Kind.CHAIN_BROKEN,
                    f"the entry of position {position:,} does not name version {version - 1} as the one before it",
                    position,
                    household_name(stream),
                )
            before_position, before_version = position, version

    def _is_linked(self, stream: bytes, position: int, version: int, before: int) -> bool:
        """Whether an entry names the one before it; what is not this stream's entry is told where it stands."""
        entry = self._entry(position)
        if entry is None or not _is_of(entry, stream, version):
            return True
        if version == 1:
            return entry[26:58] == NOTHING_BEFORE
        earlier = self._entry(before)
        return earlier is None or not _is_of(earlier, stream, version - 1) or leaf_hash(earlier) == entry[26:58]

    def prove(self, position: int, stream: bytes, version: int, name: str, state: bytes) -> Place | Finding | None:
        """Hold an event against its entry, and prove the entry by the hashes that lead from it to the root."""
        if position > self._tree.size:
            return None
        stands = Thing(stream, version, record_digest(name, state))
        entry = self._entry(position)
        if entry is None:
            says = f"the entry of position {position:,} cannot be read"
            return Finding(Kind.TILE_DAMAGED, says, position, household_name(stream))
        try:
            proof = self._tree.inclusion(position - 1)
            check_inclusion(position - 1, self._tree.size, leaf_hash(entry), proof, self._root)
        except NotProved as fault:
            return Finding(Kind.TILE_DAMAGED, str(fault), position, household_name(stream))
        sealed = Thing(entry[2:18], int.from_bytes(entry[18:26]), entry[58:])
        return None if sealed == stands else Place(position, sealed, stands)


def _is_of(entry: bytes, stream: bytes, version: int) -> bool:
    return entry[2:18] == stream and int.from_bytes(entry[18:26]) == version


def _gap(stream: bytes, position: int, version: int, before: int) -> Finding:
    says = (
        f"version {version} stands at position {position:,}, before version {before}"
        if version == before + 1
        else f"version {version}, at position {position:,}, comes after version {before}"
    )
    return Finding(Kind.CHAIN_BROKEN, f"{says} of its stream", position, household_name(stream))
