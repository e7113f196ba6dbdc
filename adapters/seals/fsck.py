"""Checking the files of a tree against each other and against the checkpoint that signs for them.

Every tile of hashes must be that of its entries, every tile above that of the tiles below, and the root the signed one.
A part of the tree is what lies under one tile of the level above the lowest, 65,536 entries: parts are checked side by
side.
"""

import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from adapters.seals.entry import is_entry
from adapters.seals.merkle import HASH_BYTES, leaf_hash, root_of_perfect
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, VerifierKey, open_note
from adapters.seals.published import CHECKPOINT, WITNESSED, find_note
from adapters.seals.tile_paths import TILE_HASHES, tile_path, width_of
from adapters.seals.tiles import Tiles
from adapters.seals.trust import Trust
from adapters.team import Trade, answers, team, workers_default

PART_ENTRIES = TILE_HASHES * TILE_HASHES
PARTS_FOR_A_TEAM = 4
"""A smaller tree is checked before other processes have started."""
DAMAGE_MAX = 100
"""Damaged files that are named of each part."""

_TRADE = Trade("adapters.seals.fsck_worker", "the check of tiles", "Nothing was changed; check again.")


class Doubt(StrEnum):
    """What kind of fault it is."""

    DAMAGED = "damaged"
    """A file is missing, cut short, or does not fit the others."""
    FORK = "fork"
    """This tree does not go on from one that somebody else has seen."""
    NOT_BELIEVED = "not believed"
    """A checkpoint is not signed by the key or the witnesses that are asked for: a wrong key may have been named."""


class Fault(NamedTuple):
    """Something about the seals that must not be believed, and a sentence."""

    doubt: Doubt
    says: str
    position: int | None = None
    """The first position of the log that is in doubt by it."""


class Seen(NamedTuple):
    """Checkpoints that others saw: notes of some, and a policy for the one of witnesses that lies beside the tree.

    Without a policy the log's own signature under that is enough. `wants_witnesses`: there must be one.
    """

    notes: tuple[bytes, ...] = ()
    trust: Trust | None = None
    wants_witnesses: bool = False


NOBODY_SAW = Seen()


class Part(msgspec.Struct, frozen=True):
    """A part of a tree to be checked: tiles of the lowest level beyond one, under one tile above."""

    folder: str
    size: int
    number: int
    first: int = 0


class Checked(msgspec.Struct, frozen=True):
    """What was found in a part, and how many entries were looked at."""

    entries: int
    faults: list[Fault]


class Fsck(NamedTuple):
    """What there is: the newest checkpoint that the key signed, if any, and everything wrong about it and its files."""

    checkpoint: Checkpoint | None
    faults: list[Fault]


Report = Callable[[int], None]


def fsck(
    folder: Path,
    key: VerifierKey,
    report: Report = lambda _: None,
    *,
    seen: Seen = NOBODY_SAW,
    since: int = 0,
    workers: int | None = None,
) -> Fsck:
    """Check the newest checkpoint, every file of its tree, and that the tree goes on from what others saw.

    Files that hold nothing beyond the position `since` are passed over.
    """
    checkpoint, faults = read_head(folder, key)
    if checkpoint is None:
        return Fsck(None, faults or _without_head(folder, seen))
    tree = Tiles(folder, checkpoint.size)
    for part in _checked(tree, since, workers):
        faults += part.faults
        report(part.entries)
    faults += _upper_levels(tree)
    return Fsck(checkpoint, faults + check_head(tree, checkpoint, key, seen))


def read_head(folder: Path, key: VerifierKey) -> tuple[Checkpoint | None, list[Fault]]:
    """Read the newest checkpoint; nothing where it is missing or not signed by the key, with the fault."""
    note = find_note(folder / CHECKPOINT)
    if note is None:
        return None, []
    try:
        return read_checkpoint(note, key), []
    except NotProved as fault:
        return None, [Fault(Doubt.NOT_BELIEVED, f"the checkpoint must not be believed: {fault}")]


def read_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """Read a checkpoint of this log. Raises NotProved."""
    text, _ = open_note(note, [key])
    checkpoint = Checkpoint.read(text)
    if checkpoint.origin != key.name:
        raise NotProved(f"it is of {checkpoint.origin}, not of {key.name}")
    return checkpoint


def check_head(tree: Tiles, checkpoint: Checkpoint, key: VerifierKey, seen: Seen = NOBODY_SAW) -> list[Fault]:
    """Hold the root against the checkpoint that signs it, and against every checkpoint that others saw before."""
    try:
        root = tree.root()
    except NotProved as fault:
        return [Fault(Doubt.DAMAGED, f"the root cannot be worked out: {fault}")]
    faults = []
    if root != checkpoint.root:
        says = f"the tiles do not have the root that the checkpoint of size {tree.size} signs"
        faults.append(Fault(Doubt.DAMAGED, says))
    for what, note, trust in notes_seen(tree.folder, seen):
        try:
            earlier = read_checkpoint(note, key) if trust is None else trust.check(note, time.time()).checkpoint
            faults += _goes_on_from(tree, earlier, what)
        except NotProved as fault:
            faults.append(Fault(Doubt.NOT_BELIEVED, f"{what} does not prove anything: {fault}"))
    if seen.wants_witnesses and find_note(tree.folder / WITNESSED) is None:
        says = "the trust policy asks for witnesses, and no checkpoint is here that enough of them signed"
        faults.append(Fault(Doubt.NOT_BELIEVED, says))
    return faults


def _without_head(folder: Path, seen: Seen) -> list[Fault]:
    if not any(True for _ in notes_seen(folder, seen)):
        return []
    says = "others saw a checkpoint of this log, and there is none now: it was rolled back"
    return [Fault(Doubt.FORK, says, position=1)]


def notes_seen(folder: Path, seen: Seen) -> Iterator[tuple[str, bytes, Trust | None]]:
    """The checkpoints that others saw: what each is, its note, and the policy by which it is believed."""
    witnessed = find_note(folder / WITNESSED)
    if witnessed is not None:
        yield "the checkpoint that witnesses signed", witnessed, seen.trust
    for note in seen.notes:
        yield "a checkpoint seen earlier", note, None


def _goes_on_from(tree: Tiles, earlier: Checkpoint, what: str) -> Iterator[Fault]:
    if earlier.size > tree.size:
        says = f"{what} is of {earlier.size:,} entries, and the tree has only {tree.size:,}: it was rolled back"
        yield Fault(Doubt.FORK, says, position=tree.size + 1)
    elif tree.root(earlier.size) != earlier.root:
        says = f"{what}, of {earlier.size:,} entries, is not the beginning of this tree: history was sealed anew"
        yield Fault(Doubt.FORK, says)


def parts_of(tree: Tiles, since: int = 0) -> Iterator[Part]:
    """All parts of a tree that hold anything beyond a position."""
    first = since // TILE_HASHES
    for number in range(since // PART_ENTRIES, (tree.size + PART_ENTRIES - 1) // PART_ENTRIES):
        yield Part(str(tree.folder), tree.size, number, first)


def _checked(tree: Tiles, since: int, workers: int | None) -> Iterator[Checked]:
    parts = list(parts_of(tree, since))
    workers = workers or workers_default()
    if workers == 1 or len(parts) < PARTS_FOR_A_TEAM:
        yield from map(check_part, parts)
        return
    with team(_TRADE, None, workers) as processes:
        yield from answers(processes, iter(parts))


def check_part(part: Part) -> Checked:
    """Check the tiles of the lowest level under one tile above, the entries under them, and that tile."""
    tree = Tiles(Path(part.folder), part.size)
    faults: list[Fault] = []
    entries = 0
    tiles = (part.size + TILE_HASHES - 1) // TILE_HASHES
    above = _read_above(tree, part.number, faults)
    for number in range(max(part.first, part.number * TILE_HASHES), min(tiles, (part.number + 1) * TILE_HASHES)):
        try:
            entries += _check_tile(tree, number, above)
        except NotProved as fault:
            faults.append(Fault(Doubt.DAMAGED, str(fault), position=number * TILE_HASHES + 1))
    return Checked(entries, faults[:DAMAGE_MAX])


def _read_above(tree: Tiles, number: int, faults: list[Fault]) -> bytes:
    if width_of(1, number, tree.size) <= 0:
        return b""
    try:
        return tree.tile(1, number)
    except NotProved as fault:
        faults.append(Fault(Doubt.DAMAGED, str(fault), position=number * PART_ENTRIES + 1))
        return b""


def _check_tile(tree: Tiles, number: int, above: bytes) -> int:
    entries = tree.entries(number)
    tile = tree.tile(0, number)
    if not all(map(is_entry, entries)):
        raise NotProved(f"the bundle of the tile {_path(tree, 0, number)} holds an entry of an unknown format")
    if b"".join(map(leaf_hash, entries)) != tile:
        raise NotProved(f"the tile {_path(tree, 0, number)} does not hold the hashes of the entries that belong to it")
    begin = number % TILE_HASHES * HASH_BYTES
    stated = above[begin : begin + HASH_BYTES]
    if stated and root_of_perfect(tile) != stated:
        raise NotProved(
            f"the tile {_path(tree, 1, number // TILE_HASHES)} does not hold the root of {_path(tree, 0, number)}"
        )
    return len(entries)


def _upper_levels(tree: Tiles) -> Iterator[Fault]:
    """Tiles from the third level on: one for each 16 million entries, and fewer above."""
    level = 2
    while tree.size >> (8 * level):
        for number in range(((tree.size >> (8 * level)) + TILE_HASHES - 1) // TILE_HASHES):
            try:
                _check_upper(tree, level, number)
            except NotProved as fault:
                yield Fault(Doubt.DAMAGED, str(fault))
        level += 1


def _check_upper(tree: Tiles, level: int, number: int) -> None:
    stated = tree.tile(level, number)
    below = range(number * TILE_HASHES, number * TILE_HASHES + len(stated) // HASH_BYTES)
    if b"".join(root_of_perfect(tree.tile(level - 1, each)) for each in below) != stated:
        raise NotProved(f"the tile {_path(tree, level, number)} does not hold the roots of the tiles below it")


def _path(tree: Tiles, level: int, number: int) -> str:
    return tile_path(level, number, width_of(level, number, tree.size) % TILE_HASHES)
