import pytest

from adapters.faults import WorldFailed
from adapters.memory.log import MemoryLog
from adapters.seals.entry import NOTHING_BEFORE, read_entry, record_digest
from adapters.seals.merkle import leaf_hash
from adapters.seals.published import find_published
from adapters.seals.sealer import Sealer, Tampered
from adapters.seals.tiles import Tiles
from tests.seals.registry_log import AMINAS, BILALS, a_signer, an_event, append, seal


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def test_each_event_is_an_entry_behind_the_one_before_it_in_its_stream(log, tmp_path):
    log.append([an_event(AMINAS, 1), an_event(BILALS, 1), an_event(AMINAS, 2)])
    entries = seal(log, tmp_path, a_signer()).published.tree.entries(0)
    first, other, second = map(read_entry, entries)
    assert (first.stream, first.version, first.previous) == (AMINAS, 1, NOTHING_BEFORE)
    assert (other.stream, other.previous) == (BILALS, NOTHING_BEFORE)
    assert second.previous == leaf_hash(entries[0])
    assert second.record == record_digest("household.registered.v1", b"state2")


def test_a_stream_goes_on_over_seals_and_over_a_restart(log, tmp_path):
    signer = a_signer()
    append(log, AMINAS, 2)
    seal(log, tmp_path, signer)
    append(log, BILALS, 300)
    append(log, AMINAS, 1)
    tree = seal(log, tmp_path, signer, at_once=7).published.tree
    last = read_entry(tree.entries(1)[-1])
    assert (last.stream, last.version) == (AMINAS, 3)
    assert last.previous == tree.leaf(1)


def test_the_tree_is_the_same_whatever_the_batches(log, tmp_path):
    for stream in (AMINAS, BILALS, AMINAS):
        append(log, stream, 150)
    signer = a_signer()
    roots = {seal(log, tmp_path / str(at_once), signer, at_once).published.checkpoint for at_once in (1, 64, 1_000)}
    assert len(roots) == 1


def test_what_a_crash_left_beyond_the_checkpoint_is_written_again(log, tmp_path):
    signer = a_signer()
    append(log, AMINAS, 100)
    seal(log, tmp_path, signer).published.tree.append([b"an entry that no checkpoint is of"] * 300)
    append(log, AMINAS, 400)
    again = seal(log, tmp_path, signer).published
    assert find_published(tmp_path, signer.verifier).tree.root() == again.checkpoint.root
    assert again.note == seal(log, tmp_path / "another", signer).published.note
    assert list(again.tree.all_entries()) == list(
        find_published(tmp_path / "another", signer.verifier).tree.all_entries()
    )


def test_nothing_is_sealed_over_a_log_that_lost_its_end(log, tmp_path):
    signer = a_signer()
    append(log, AMINAS, 3)
    seal(log, tmp_path, signer)
    shorter = MemoryLog()
    append(shorter, AMINAS, 2)
    with pytest.raises(Tampered, match="does not go so far"):
        Sealer(shorter, tmp_path, signer)


def test_nothing_is_sealed_over_another_last_event(log, tmp_path):
    signer = a_signer()
    append(log, AMINAS, 1)
    seal(log, tmp_path, signer)
    altered = MemoryLog()
    altered.append([an_event(AMINAS, 1, b"altered")])
    with pytest.raises(Tampered, match="position 1 is not the one"):
        Sealer(altered, tmp_path, signer)


def test_nothing_is_sealed_behind_a_version_that_is_gone(log, tmp_path):
    signer = a_signer()
    append(log, AMINAS, 2)
    append(log, BILALS, 1)
    sealer = seal(log, tmp_path, signer)
    append(log, AMINAS, 1)
    del log.by_stream[AMINAS][2]
    with pytest.raises(Tampered, match="Version 2 of stream"):
        sealer.step()


def test_a_checkpoint_of_another_key_is_not_gone_on_from(log, tmp_path):
    append(log, AMINAS, 1)
    seal(log, tmp_path, a_signer())
    with pytest.raises(Exception, match="signed by none of"):
        Sealer(log, tmp_path, a_signer())


def test_what_is_published_can_be_read_until_the_next_seal_is_published(log, tmp_path, monkeypatch):
    signer = a_signer()
    append(log, AMINAS, 100)
    sealer = seal(log, tmp_path, signer)
    append(log, AMINAS, 400)

    def fail(*_):
        raise WorldFailed("The disk is full.")

    monkeypatch.setattr("adapters.seals.sealer.publish", fail)
    with pytest.raises(WorldFailed):
        sealer.step()
    published = find_published(tmp_path, signer.verifier).tree
    assert list(published.all_entries()) == list(Tiles(tmp_path, 500).all_entries())[:100]
