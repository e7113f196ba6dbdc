import random
from hashlib import sha256

import pytest

from adapters.seals.merkle import check_consistency, check_inclusion, leaf_hash, node_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.tiles import Tiles


def naive_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, and nothing clever."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256(b"").digest()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node_hash(naive_root(hashes[:half]), naive_root(hashes[half:]))


def grown(folder, *counts: int) -> tuple[Tiles, list[bytes]]:
    tree, entries = Tiles(folder), []
    for count in counts:
        new = [b"entry %d" % (len(entries) + number) for number in range(count)]
        before, tree = tree.size, tree.append(new)
        tree.drop_outgrown(before)
        entries += new
    return tree, entries


def test_a_tree_grown_by_odd_steps_has_the_root_of_the_definition_at_every_size(tmp_path):
    tree, entries = grown(tmp_path, 1, 2, 4, 9, 240, 1, 300, 256, 5)
    hashes = [leaf_hash(entry) for entry in entries]
    for size in [*range(20), 255, 256, 257, 511, 512, 513, tree.size]:
        assert tree.root(size) == naive_root(hashes[:size])


def test_the_files_do_not_depend_on_the_steps_by_which_they_came(tmp_path):
    grown(tmp_path / "one", 700)
    grown(tmp_path / "other", 250, 300, 150)
    files = {
        folder: {
            str(file.relative_to(tmp_path / folder)): file.read_bytes()
            for file in (tmp_path / folder).rglob("*")
            if file.is_file() and ".p/" not in str(file)
        }
        for folder in ("one", "other")
    }
    assert files["one"] == files["other"]
    assert "tile/0/001" in files["one"]


def test_partial_files_go_once_the_full_one_is_there_and_not_before(tmp_path):
    grown(tmp_path, 100, 100)
    assert sorted(one.name for one in (tmp_path / "tile/0/000.p").iterdir()) == ["100", "200"]
    grown(tmp_path / "full", 100, 200)
    assert not (tmp_path / "full/tile/0/000.p").exists()
    assert not (tmp_path / "full/tile/entries/000.p").exists()
    assert (tmp_path / "full/tile/0/001.p/44").is_file()


def test_every_proof_holds_and_none_holds_with_a_bit_changed(tmp_path):
    tree, entries = grown(tmp_path, 100, 500, 65_536 - 600, 300)
    chance = random.Random(5)
    for _ in range(200):
        size = chance.randrange(1, tree.size + 1)
        index, old = chance.randrange(size), chance.randrange(1, size + 1)
        root, inclusion, consistency = tree.root(size), tree.inclusion(index, size), tree.consistency(old, size)
        check_inclusion(index, size, leaf_hash(entries[index]), inclusion, root)
        check_consistency(old, size, tree.root(old), root, consistency)
        for bad in spoilt(inclusion, chance):
            with pytest.raises(NotProved):
                check_inclusion(index, size, leaf_hash(entries[index]), bad, root)
        for bad in spoilt(consistency, chance):
            with pytest.raises(NotProved):
                check_consistency(old, size, tree.root(old), root, bad)


def spoilt(proof: list[bytes], chance: random.Random) -> list[list[bytes]]:
    """The proof with a bit changed, and with a hash too many; a proof without hashes cannot be spoilt."""
    if not proof:
        return []
    at = chance.randrange(len(proof))
    changed = bytes([proof[at][0] ^ 1, *proof[at][1:]])
    return [[*proof[:at], changed, *proof[at + 1 :]], [*proof, proof[0]]]


def test_a_tile_that_is_cut_short_or_missing_is_named(tmp_path):
    grown(tmp_path, 300)
    (tmp_path / "tile/0/000").write_bytes((tmp_path / "tile/0/000").read_bytes()[:-32])
    with pytest.raises(NotProved, match="tile/0/000 is cut short"):
        Tiles(tmp_path, 300).leaf(3)
    (tmp_path / "tile/entries/000").unlink()
    with pytest.raises(NotProved, match="tile/entries/000 is missing"):
        Tiles(tmp_path, 300).entries(0)


def test_an_earlier_tree_is_read_from_the_files_of_a_later_one(tmp_path):
    tree, entries = grown(tmp_path, 200, 400)
    earlier = Tiles(tmp_path, 200)
    assert earlier.root() == tree.root(200)
    assert list(earlier.all_entries()) == entries[:200]
    assert list(tree.all_entries(first=300)) == entries[300:]
