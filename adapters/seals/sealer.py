"""The sealer: follows the log and grows a tree over it, an entry for each event, and signs its head.

The tree is the only thing it keeps: how far it came is the size of the last checkpoint, and the end of each stream is
found in the log and in the tiles. A crash leaves files beyond the checkpoint, which are written again with the same
bytes. It trusts the log for what comes next, and for nothing that it sealed before.
"""

from collections.abc import Sequence
from pathlib import Path

from adapters.faults import Refused
from adapters.log import Entry, EventLog
from adapters.seals.entry import EVENT, HEADS, NOTHING_BEFORE, entry_bytes, read_entry, record_digest
from adapters.seals.merkle import leaf_hash
from adapters.seals.notes import Signer
from adapters.seals.published import Published, find_published, publish
from adapters.seals.restored import refuse_after_restore
from adapters.seals.tile_paths import TILE_HASHES
from adapters.seals.tiles import Tiles
from domain.seal import HeadsSealed

SEALER = "sealer"
EVENTS_MAX = 20_000
"""Most events in one seal: their files are flushed together, which pays from some thousands on."""


class Tampered(Refused):
    """The log is not the one that was sealed: nothing may be sealed on top of it."""


def tree_entries(log: EventLog, tree: Tiles, entries: Sequence[Entry]) -> list[bytes]:
    """Entries of the tree for consecutive events of the log, each behind the one before it in its stream.

    The tree must reach to where they begin. Raises Tampered.
    """
    ends = _ends_before(log, tree, entries)
    found = []
    for entry in entries:
        number = entry.stream.int
        previous = NOTHING_BEFORE if entry.version == 1 else ends[number]
        kind = HEADS if entry.name == HeadsSealed.name else EVENT
        digest = record_digest(entry.name, entry.state)
        content = entry_bytes(kind, entry.stream.bytes, entry.version, previous, digest)
        ends[number] = leaf_hash(content)
        found.append(content)
    return found


def _ends_before(log: EventLog, tree: Tiles, entries: Sequence[Entry]) -> dict[int, bytes]:
    """Leaf hashes of what stands before these events in their streams, where that is not among them."""
    wanted: dict[int, int] = {}
    for entry in entries:
        wanted.setdefault(entry.stream.int, entry.version - 1)
    wanted = {number: version for number, version in wanted.items() if version}
    positions = log.positions_of(wanted)
    for number, version in wanted.items():
        if positions.get(number, entries[0].position) >= entries[0].position:
            raise Tampered(
                f"Version {version} of stream {number:032x} is not in the log, or not where it was, but the next"
                " one is: the log was altered. Nothing more is sealed; run `audit` and restore the log."
            )
    return {number: tree.leaf(position - 1) for number, position in positions.items()}


class Sealer:
    """The follower that seals. It must be the only one that writes to its folder."""

    def __init__(self, log: EventLog, folder: Path, signer: Signer) -> None:
        self._log = log
        self._folder = folder
        self._signer = signer
        self.load()

    def load(self) -> None:
        """Begin, or begin again after a failure, from what is published. Raises Tampered where the log is not that.

        Raises Refused after a restore of which nobody has said yet whether anything is missing.
        """
        refuse_after_restore(self._folder)
        self.published: Published | None = find_published(self._folder, self._signer.verifier)
        self._tree = self.published.tree if self.published else Tiles(self._folder)
        self.position = self._tree.size
        if self.position:
            self._check_end()

    def step(self, limit: int = EVENTS_MAX) -> bool:
        """Seal the next events; False if there are none."""
        entries = self._log.after(self.position, limit)
        if not entries:
            return False
        before = self._tree.size
        self._tree = self._tree.append(tree_entries(self._log, self._tree, entries))
        self.published = publish(self._tree, self._signer)
        self._tree.drop_outgrown(before)
        self.position = self._tree.size
        return True

    def _check_end(self) -> None:
        """The log must reach to what was sealed last, and that must be the same event still."""
        found = self._log.after(self.position - 1, 1)
        sealed = read_entry(self._tree.entries((self.position - 1) // TILE_HASHES)[-1])
        if not found or (found[0].stream, found[0].version) != (sealed.stream, sealed.version):
            raise Tampered(
                f"{self.position:,} events are sealed under {self._folder}, and the log of this database does not go"
                " so far, or is another one. Nothing more is sealed; run `audit`, and restore the log or name the"
                " folder that belongs to it (GHARANA_SEALS)."
            )
        if record_digest(found[0].name, found[0].state) != sealed.record:
            raise Tampered(
                f"The event at position {self.position:,} is not the one that was sealed: the log was altered. Nothing"
                " more is sealed; run `audit` and restore the log."
            )
