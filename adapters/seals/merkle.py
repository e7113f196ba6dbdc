"""The Merkle tree of RFC 6962, section 2.1: hashes, and the checks of inclusion and consistency proofs.

Both checks are written from RFC 9162, sections 2.1.3.2 and 2.1.4.2, which say exactly what a proof may be: one that is
too long, too short or of the wrong sizes is refused, and so is every other proof but the one there is.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256

from adapters.seals.not_proved import NotProved

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
SIZE_MAX = 2**63 - 1


def leaf_hash(entry: bytes) -> bytes:
    """Hash of an entry as a leaf of the tree."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def parents(hashes: bytes) -> bytes:
    """Hashes of the nodes over an even number of hashes, which lie end to end."""
    digest = sha256
    return b"".join([digest(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])


def root_of_perfect(hashes: bytes) -> bytes:
    """Root of the perfect tree over 1, 2, 4, 8... hashes, which lie end to end."""
    while len(hashes) > HASH_BYTES:
        hashes = parents(hashes)
    return hashes


def left_size(size: int) -> int:
    """How many leaves the left subtree of a tree of two or more has: the largest power of two below its size."""
    return 1 << ((size - 1).bit_length() - 1)


def check_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise NotProved unless the proof leads from the leaf at an index, from 0, to the root of a tree of this size."""
    if not 0 <= index < size:
        raise NotProved(f"entry {index} is not in a tree of {size} entries")
    _check_lengths(leaf, root, *proof)
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise NotProved("the inclusion proof is longer than the tree is high")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last or not hmac.compare_digest(found, root):
        raise NotProved(f"the inclusion proof of entry {index} does not lead to the root of the tree of {size} entries")


def check_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise NotProved unless the proof shows that the tree of the old size is the beginning of the new one."""
    if not 0 <= old_size <= new_size:
        raise NotProved(f"a tree of {new_size} entries cannot go on from one of {old_size}")
    if old_size in {0, new_size}:
        _check_without_proof(old_size, new_size, old_root, new_root, proof)
        return
    _check_lengths(old_root, new_root, *proof)
    if not proof:
        raise NotProved("a consistency proof is missing")
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise NotProved("the consistency proof is longer than the tree is high")
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    if last or old != old_root or new != new_root:
        raise NotProved(f"the tree of {new_size} entries does not contain the tree of {old_size} as its beginning")


def _check_without_proof(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise NotProved("a consistency proof stands where none is needed")
    if old_size == 0:
        _check_lengths(new_root)
        if old_root != EMPTY_ROOT:
            raise NotProved("an empty tree has another root than this")
    if old_size == new_size and old_root != new_root:
        raise NotProved(f"two trees of {new_size} entries have different roots: one of them is a fork")


def _check_lengths(*hashes: bytes) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise NotProved(f"a hash has {HASH_BYTES} bytes, and one of these has not")
