"""Versions without gaps, in the order of their positions, each entry behind the one before it."""

from pathlib import Path

import pytest

from adapters.audit.chain import Link, SealedChain
from adapters.audit.findings import Kind
from adapters.seals.entry import EVENT, NOTHING_BEFORE, entry_bytes, record_digest
from adapters.seals.merkle import leaf_hash
from adapters.seals.tiles import Tiles
from tests.seals.registry_log import AMINAS, BILALS

STATES = [b"one", b"two", b"three"]
NAME = "household.moved.v1"


def tree(folder: Path, *, broken_at: int = 0) -> Tiles:
    """Three versions of one stream at positions 1 to 3; at a version the entry may name another before it."""
    entries: list[bytes] = []
    previous = NOTHING_BEFORE
    for version, state in enumerate(STATES, 1):
        named = bytes([1]) * 32 if version == broken_at else previous
        entries.append(entry_bytes(EVENT, AMINAS.bytes, version, named, record_digest(NAME, state)))
        previous = leaf_hash(entries[-1])
    return Tiles(folder).append(entries)


def chain(sealed: Tiles) -> SealedChain:
    return SealedChain(sealed.folder, sealed.size, sealed.root())


LINKS: list[Link] = [(1, 1), (2, 2), (3, 3)]


def test_a_chain_in_order_has_no_findings(tmp_path: Path):
    assert list(chain(tree(tmp_path)).check(AMINAS.bytes, LINKS)) == []


@pytest.mark.parametrize("links", [[(1, 1), (3, 3)], [(2, 1), (1, 2)], [(1, 0), (2, 1)], [(1, 2)]])
def test_a_gap_or_another_order_is_a_finding(tmp_path: Path, links: list[Link]):
    found = list(chain(tree(tmp_path)).check(AMINAS.bytes, links))
    assert {each.kind for each in found} == {Kind.CHAIN_BROKEN}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_entry_that_names_another_before_it_is_a_finding(tmp_path: Path, version: int):
    (found,) = chain(tree(tmp_path, broken_at=version)).check(AMINAS.bytes, LINKS)
    assert (found.kind, found.position) == (Kind.CHAIN_BROKEN, version)


def test_an_event_is_proved_by_its_entry_and_the_hashes_up_to_the_root(tmp_path: Path):
    sealed = chain(tree(tmp_path))
    assert sealed.prove(2, AMINAS.bytes, 2, NAME, b"two") is None
    for stream, version, state in ((BILALS, 2, b"two"), (AMINAS, 1, b"two"), (AMINAS, 2, b"Two")):
        assert sealed.prove(2, stream.bytes, version, NAME, state) is not None


def test_an_entry_that_the_root_does_not_bear_out_proves_nothing(tmp_path: Path):
    sealed = tree(tmp_path)
    found = SealedChain(sealed.folder, sealed.size, bytes(32)).prove(2, AMINAS.bytes, 2, NAME, b"two")
    assert getattr(found, "kind", None) is Kind.TILE_DAMAGED
