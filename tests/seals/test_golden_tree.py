"""A small tree to the byte: what was sealed in 2026 must verify in 2046, so none of this may ever change.

The numbers were made by this program once, and roots, leaves and chains checked then by a few lines written from the
definition in RFC 6962 alone.
"""

import json
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.log import NewEntry
from adapters.memory.log import MemoryLog
from adapters.seals.heads import open_or_make_heads
from adapters.seals.notes import COSIGNATURE, Signer
from tests.seals.registry_log import seal

GOLDEN = Path(__file__).parents[1] / "golden" / "seals" / "tree.json"
STREAMS = [UUID(f"00512345-0000-8000-8000-0000000000{number}0") for number in (1, 2, 3)]
SIGNER = Signer("registry.example/seals", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("audit.example/witness", Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))), COSIGNATURE)


def a_small_tree(folder) -> dict:
    """Five events of three streams, their seal, its signature and a witness's, and the heads."""
    log = MemoryLog()
    for stream, version in ((0, 1), (1, 1), (0, 2), (2, 1), (0, 3)):
        state = b"state %d of stream %d" % (version, stream)
        log.append([NewEntry(STREAMS[stream], version, "household.registered.v1", state)])
    published = seal(log, folder, SIGNER, at_once=2).published
    heads = open_or_make_heads(published.tree, 5)
    return {
        "entries": [entry.hex() for entry in published.tree.entries(0)],
        "leaves": [published.tree.leaf(index).hex() for index in range(5)],
        "roots": [published.tree.root(size).hex() for size in range(6)],
        "inclusion of 2": [one.hex() for one in published.tree.inclusion(2)],
        "consistency from 3": [one.hex() for one in published.tree.consistency(3)],
        "note": published.note.decode(),
        "witness": WITNESS.line(published.checkpoint.text, 1_800_000_000).decode(),
        "verifier keys": [str(SIGNER.verifier), str(WITNESS.verifier)],
        "heads": [heads.head(index).row.hex() for index in range(len(heads))],
        "root of heads": heads.tree.root().hex(),
    }


def test_a_small_tree_is_what_it_was_to_the_byte(tmp_path):
    assert a_small_tree(tmp_path) == json.loads(GOLDEN.read_text())
