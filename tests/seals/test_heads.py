import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from adapters.memory.log import MemoryLog
from adapters.seals import heads_making
from adapters.seals.heads import Head, drop_older_heads, heads_folder, heads_trees, open_or_make_heads
from adapters.seals.merkle import EMPTY_ROOT, check_inclusion, leaf_hash
from adapters.seals.tiles import Tiles
from tests.seals.registry_log import AMINAS, BILALS, CHANDS, a_signer, append, seal


@pytest.fixture
def sealed(tmp_path):
    """Ends of 300 streams, with several events each, over several bundles."""
    log, signer = MemoryLog(), a_signer()
    for _ in range(3):
        for number in range(1, 301):
            append(log, UUID(int=number * 7919 << 90), 1)
    append(log, AMINAS, 5)
    return log, seal(log, tmp_path, signer, at_once=200), signer


def test_every_stream_has_one_head_in_the_order_of_the_ids(sealed):
    log, sealer, _ = sealed
    heads = open_or_make_heads(sealer.published.tree, sealer.position)
    rows = [heads.head(index) for index in range(len(heads))]
    assert [row.stream for row in rows] == sorted(log.by_stream)
    for row in rows:
        last = log.stream(row.stream)[-1]
        assert row == (last.stream, last.version, sealer.published.tree.leaf(last.position - 1))


def test_heads_made_from_the_heads_before_are_those_made_from_nothing(sealed, tmp_path):
    log, sealer, signer = sealed
    open_or_make_heads(sealer.published.tree, 450)
    append(log, AMINAS, 2)
    append(log, CHANDS, 1)
    tree = seal(log, tmp_path, signer).published.tree
    upon_earlier = open_or_make_heads(tree, tree.size).tree.root()
    for until in heads_trees(tmp_path):
        heads_folder(tmp_path, until).rename(tmp_path / f"moved-{until}")
    assert open_or_make_heads(tree, tree.size).tree.root() == upon_earlier


def test_a_head_is_proved_and_an_absent_stream_lies_between_two(sealed):
    _, sealer, _ = sealed
    heads = open_or_make_heads(sealer.published.tree, sealer.position)
    index = heads.index_of(AMINAS)
    head = heads.head(index)
    assert (head.stream, head.version) == (AMINAS, 5)
    check_inclusion(index, len(heads), leaf_hash(head.row), heads.tree.inclusion(index), heads.tree.root())
    after = heads.index_of(BILALS)
    assert heads.head(after - 1).stream < BILALS < heads.head(after).stream


def test_several_who_want_the_same_heads_at_once_get_one_tree(sealed, monkeypatch):
    _, sealer, _ = sealed
    made, at_once = [], threading.Barrier(3)
    make = heads_making.make_heads

    def make_slowly(*arguments):
        made.append(threading.get_ident())
        time.sleep(0.2)
        make(*arguments)

    monkeypatch.setattr(heads_making, "make_heads", make_slowly)

    def ask(_: int) -> bytes:
        at_once.wait()
        return open_or_make_heads(sealer.published.tree, sealer.position).tree.root()

    with ThreadPoolExecutor(3) as asking:
        assert len(set(asking.map(ask, range(3)))) == 1
    assert len(made) == 1


def test_rows_are_on_disk_before_heads_are_there(sealed, monkeypatch, tmp_path):
    _, sealer, _ = sealed
    on_disk = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        on_disk.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    open_or_make_heads(sealer.published.tree, sealer.position)
    assert any(place.endswith("/rows") for place in on_disk)


def test_only_the_newest_heads_are_kept(sealed, tmp_path):
    _, sealer, _ = sealed
    for until in (100, 200, 300):
        open_or_make_heads(sealer.published.tree, until)
    drop_older_heads(tmp_path)
    assert heads_trees(tmp_path) == [200, 300]


def test_a_row_reads_as_it_was_written():
    head = Head(AMINAS, 3, bytes(range(32)))
    assert Head.read(head.row) == head


def test_a_log_without_events_has_the_heads_tree_of_nothing(tmp_path):
    heads = open_or_make_heads(Tiles(tmp_path), 0)
    assert (len(heads), heads.tree.root()) == (0, EMPTY_ROOT)
