"""Checking the files of a tree: whatever is damaged, forged or rolled back is named, and nothing else."""

from pathlib import Path

import pytest

from adapters.memory.log import MemoryLog
from adapters.seals.entry import EVENT, entry_bytes
from adapters.seals.fsck import Doubt, Fsck, Seen, fsck
from adapters.seals.notes import Signer, signed_checkpoint
from adapters.seals.published import CHECKPOINT, WITNESSED, find_published, publish
from adapters.seals.tile_paths import tile_path
from adapters.seals.tiles import Tiles
from adapters.seals.trust import Trust
from tests.seals.registry_log import AMINAS, BILALS, a_signer, append, seal

EVENTS = 700
"""Two full tiles and a part of a third, under one tile of the level above."""


@pytest.fixture
def signer() -> Signer:
    return a_signer()


@pytest.fixture
def folder(tmp_path: Path, signer: Signer) -> Path:
    log = MemoryLog()
    append(log, AMINAS, EVENTS)
    seal(log, tmp_path, signer)
    return tmp_path


def says(found: Fsck) -> list[str]:
    return [fault.says for fault in found.faults]


def test_a_tree_as_it_was_written_has_no_faults(folder: Path, signer: Signer):
    done: list[int] = []
    found = fsck(folder, signer.verifier, done.append)
    assert says(found) == []
    assert found.checkpoint is not None
    assert sum(done) == found.checkpoint.size == EVENTS


def test_nothing_sealed_is_no_fault(tmp_path: Path, signer: Signer):
    assert fsck(tmp_path, signer.verifier) == Fsck(None, [])


@pytest.mark.parametrize(
    "path", [tile_path(0, 1), tile_path(1, 0, 2), tile_path("entries", 0), tile_path("entries", 2, EVENTS % 256)]
)
@pytest.mark.parametrize("damage", ["one bit", "cut short", "missing"])
def test_a_file_that_is_damaged_is_a_fault(folder: Path, signer: Signer, path: str, damage: str):
    file = folder / path
    content = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    else:
        content[40] ^= damage == "one bit"
        file.write_bytes(content if damage == "one bit" else content[:-1])
    found = fsck(folder, signer.verifier)
    assert found.faults
    assert not any(fault.doubt is Doubt.FORK for fault in found.faults)


@pytest.mark.parametrize("levels", [1, 2])
def test_entries_forged_with_the_tiles_over_them_do_not_fit_the_tile_above(tmp_path: Path, signer: Signer, levels: int):
    """The root of a high tree needs the highest tiles alone, so that it is still the one that was signed."""
    content = [entry_bytes(EVENT, AMINAS.bytes, number, bytes(32), bytes(32)) for number in range(2**16 + 300)]
    tree = publish(Tiles(tmp_path).append(content), signer).tree
    assert says(fsck(tmp_path, signer.verifier, workers=1)) == []
    forged = Tiles(tmp_path / "forged").append([content[1], *content[1:]])
    for path in [tile_path("entries", 0), *(tile_path(level, 0) for level in range(levels))]:
        (tmp_path / path).write_bytes((forged.folder / path).read_bytes())
    assert Tiles(tmp_path, tree.size).root() == tree.root()
    assert says(fsck(tmp_path, signer.verifier, workers=1)) == [
        (
            "the tile tile/1/000 does not hold the root of tile/0/000",
            "the tile tile/2/000.p/1 does not hold the roots of the tiles below it",
        )[levels - 1]
    ]


def test_files_before_a_position_are_passed_over(folder: Path, signer: Signer):
    (folder / tile_path("entries", 0)).unlink()
    assert says(fsck(folder, signer.verifier, since=256)) == []


def test_a_checkpoint_of_another_key_is_a_fault(folder: Path):
    found = fsck(folder, a_signer().verifier)
    assert found.checkpoint is None
    assert "signed by none of" in says(found)[0]


def test_a_tree_that_does_not_go_on_from_what_others_saw_is_a_fork(folder: Path, signer: Signer, tmp_path: Path):
    other = MemoryLog()
    append(other, BILALS, EVENTS // 2)
    seen = seal(other, tmp_path / "other", signer).published
    assert seen is not None
    for found in (fsck(folder, signer.verifier, seen=Seen((seen.note,))), with_witnessed(folder, signer, seen.note)):
        assert [fault.doubt for fault in found.faults] == [Doubt.FORK]


def with_witnessed(folder: Path, signer: Signer, note: bytes) -> Fsck:
    (folder / WITNESSED).write_bytes(note)
    return fsck(folder, signer.verifier)


def test_a_tree_that_goes_on_from_what_others_saw_is_none(folder: Path, signer: Signer):
    published = find_published(folder, signer.verifier)
    assert published is not None
    earlier = published.checkpoint._replace(size=300, root=published.tree.root(300))
    assert says(fsck(folder, signer.verifier, seen=Seen((signed_checkpoint(earlier, signer),)))) == []


def test_a_tree_that_is_shorter_than_what_others_saw_was_rolled_back(folder: Path, signer: Signer):
    published = find_published(folder, signer.verifier)
    assert published is not None
    later = signed_checkpoint(published.checkpoint._replace(size=EVENTS + 1), signer)
    found = fsck(folder, signer.verifier, seen=Seen((later,)))
    assert [(fault.doubt, fault.position) for fault in found.faults] == [(Doubt.FORK, EVENTS + 1)]


def test_seals_that_are_gone_were_rolled_back(folder: Path, signer: Signer):
    note = (folder / CHECKPOINT).read_bytes()
    (folder / CHECKPOINT).unlink()
    assert [fault.doubt for fault in fsck(folder, signer.verifier, seen=Seen((note,))).faults] == [Doubt.FORK]


def test_the_witnesses_of_the_policy_must_have_signed(folder: Path, signer: Signer):
    witness = a_signer("witness.example", algorithm=4)
    policy = Trust.read(f"log {signer.verifier}\nwitness w {witness.verifier}\nquorum w\n")
    note = (folder / CHECKPOINT).read_bytes()
    (folder / WITNESSED).write_bytes(note)
    assert "too few witnesses" in says(fsck(folder, signer.verifier, seen=Seen(trust=policy)))[0]
    (folder / WITNESSED).write_bytes(note + witness.line(note.split(b"\n\n")[0] + b"\n", 1))
    assert says(fsck(folder, signer.verifier, seen=Seen(trust=policy))) == []
