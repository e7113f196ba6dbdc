"""The proof after a restore: every event against the tree, the tree against its checkpoint and that of the witnesses.

Nothing is written. The log is read by positions, so the order, the number and the content of events are proved; each
entry names the one before it in its stream, so the chains are too.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from adapters.log import EventLog
from adapters.seals.fsck import fsck
from adapters.seals.merkle import leaf_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, VerifierKey
from adapters.seals.published import Published
from adapters.seals.sealer import Tampered, tree_entries
from adapters.seals.tile_paths import TILE_HASHES, tile_path
from adapters.seals.tiles import Tiles

EVENTS_AT_ONCE = 40 * TILE_HASHES

Tell = Callable[[int], None]


class Longer(Tiles):
    """A tree that goes on in memory from one on disk."""

    def __init__(self, folder: Path, size: int = 0, files: dict[str, bytes] | None = None) -> None:
        super().__init__(folder, size)
        self._files = files or {}

    def with_hashes(self, hashes: list[bytes]) -> "Longer":
        """The tree with these leaf hashes behind its last one."""
        files = self._files | self.new_tiles(b"".join(hashes))
        return Longer(self.folder, self.size + len(hashes), files)

    def _read(self, level: int | str, number: int, width: int) -> bytes:
        for path in (tile_path(level, number, width % TILE_HASHES), tile_path(level, number)):
            if path in self._files:
                return self._files[path]
        return super()._read(level, number, width)


class Compared(msgspec.Struct, frozen=True):
    """What the log has of a tree that witnesses signed: `missing` events are not there, those after `position`."""

    size: int
    position: int

    @property
    def missing(self) -> int:
        return max(0, self.size - self.position)


def prove_events(log: EventLog, published: Published, key: VerifierKey, tell: Tell = lambda _: None) -> int:
    """Compare every event of the log with the sealed tree; says how many are in the log and not sealed yet.

    Raises NotProved with the first position that differs, or with the file of the tree that is damaged.
    """
    tree = published.tree
    for fault in fsck(tree.folder, key).faults:
        raise NotProved(fault.says)
    position = 0
    while position < tree.size:
        read = log.after(position, min(EVENTS_AT_ONCE, tree.size - position))
        if not read:
            raise NotProved(
                f"the log ends at position {position:,}, and {tree.size:,} events were sealed: those from position"
                f" {position + 1:,} on are missing"
            )
        try:
            found = tree_entries(log, tree, read)
        except Tampered as fault:
            raise NotProved(str(fault)) from None
        _compare(tree, position, found)
        position += len(read)
        tell(len(read))
    return log.last_position() - tree.size


def _compare(tree: Tiles, position: int, found: list[bytes]) -> None:
    first = position // TILE_HASHES
    for number in range(first, (position + len(found) + TILE_HASHES - 1) // TILE_HASHES):
        sealed = tree.entries(number)
        begin = number * TILE_HASHES - position
        for index, entry in enumerate(sealed[: len(found) - begin], begin):
            if index >= 0 and found[index] != entry:
                raise NotProved(f"the event at position {position + index + 1:,} is not the one that was sealed")


def compare_witnessed(log: EventLog, tree: Tiles, witnessed: Checkpoint, last: int) -> Compared:
    """Compare the log up to the last position that was restored with a checkpoint that witnesses signed.

    Events that were not sealed yet are counted in; what was recorded since the restore is not.
    Raises NotProved where the beginnings are not the same: a fork.
    """
    if witnessed.size > last:
        return Compared(witnessed.size, last)
    longer = Longer(tree.folder, tree.size)
    while longer.size < witnessed.size:
        read = log.after(longer.size, min(EVENTS_AT_ONCE, witnessed.size - longer.size))
        longer = longer.with_hashes([leaf_hash(entry) for entry in tree_entries(log, longer, read)])
    if longer.root(witnessed.size) != witnessed.root:
        raise NotProved(
            f"the first {witnessed.size:,} events of this log are not those that the witnesses signed for: it is a"
            " fork. One of the two was altered; keep both, and run `audit`"
        )
    return Compared(witnessed.size, last)
