"""What others say of trees, notes and tiles: the vectors of transparency-dev, golang.org/x/mod, C2SP and sigsum."""

import base64
import json
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.seals.merkle import EMPTY_ROOT, check_consistency, check_inclusion, leaf_hash, node_hash
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, Signer, VerifierKey, cosigned_text, open_note
from adapters.seals.proof_file import ProofFile
from adapters.seals.tile_paths import read_tile_path, tile_path, width_of
from adapters.seals.tiles import Tiles
from tests.reference import REFERENCE

VECTORS = REFERENCE / "standards" / "tlog"
pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the official vectors lie in ../shared, which is not here")


@cache
def vectors(path: str):
    return json.loads((VECTORS / path).read_text())


def unbase64(text: str) -> bytes:
    return base64.b64decode(text)


def proof_in(vector) -> list[bytes]:
    return [unbase64(one) for one in vector["proof"] or []]


def test_every_inclusion_probe_is_judged_as_it_should_be():
    for vector in vectors("merkle/inclusion.json"):
        given = (
            vector["leafIdx"],
            vector["treeSize"],
            unbase64(vector["leafHash"]),
            proof_in(vector),
            unbase64(vector["root"]),
        )
        if vector["wantErr"]:
            with pytest.raises(NotProved):
                check_inclusion(*given)
        else:
            check_inclusion(*given)
    assert len(vectors("merkle/inclusion.json")) == 98


def test_every_consistency_probe_is_judged_as_it_should_be():
    for vector in vectors("merkle/consistency.json"):
        roots = unbase64(vector["root1"]), unbase64(vector["root2"])
        given = (vector["size1"], vector["size2"], *roots, proof_in(vector))
        if vector["wantErr"]:
            with pytest.raises(NotProved):
                check_consistency(*given)
        else:
            check_consistency(*given)
    assert len(vectors("merkle/consistency.json")) == 98


def test_leaves_and_nodes_are_hashed_as_in_the_vectors():
    vector = vectors("merkle/rfc6962_hasher.json")
    assert EMPTY_ROOT.hex() == vector["empty_root"]
    assert leaf_hash(b"").hex() == vector["empty_leaf"]
    assert leaf_hash(vector["leaf"]["data_utf8"].encode()).hex() == vector["leaf"]["hash"]
    node = vector["node"]
    assert node_hash(node["left_utf8"].encode(), node["right_utf8"].encode()).hex() == node["hash"]


def test_the_reference_tree_has_its_roots_and_proofs(tmp_path):
    vector = vectors("merkle/rfc6962_reference_tree.json")
    tree = Tiles(tmp_path)
    assert tree.root(0).hex() == vector["roots_hex_by_size"][0]
    for leaf, root in zip(vector["leaves_hex"], vector["roots_hex_by_size"][1:], strict=True):
        tree = tree.append([bytes.fromhex(leaf)])
        assert tree.root().hex() == root
    for one in vector["inclusion_hex"]:
        assert [each.hex() for each in tree.inclusion(one["index"], one["size"])] == one["proof"]
    for one in vector["consistency_hex"]:
        assert [each.hex() for each in tree.consistency(one["size1"], one["size2"])] == one["proof"]


def test_tiles_lie_where_the_vectors_say():
    paths = vectors("tiles/paths.json")
    for one in paths["tile"]:
        assert tile_path(one["level"], one["index"], one["partial"]) == one["path"]
    for one in paths["entries"]:
        assert tile_path("entries", one["index"], one["partial"]) == one["path"]
    for one in paths["entries_for_log_index"]:
        number = one["seq"] >> 8
        assert tile_path("entries", number, width_of(0, number, one["size"]) % 256) == one["path"]
    for one in paths["parse"]:
        if one["want"] is None:
            with pytest.raises(NotProved):
                read_tile_path(one["level"], one["index"])
        else:
            assert list(read_tile_path(one["level"], one["index"])) == one["want"]


def test_signed_notes_open_for_whom_they_should():
    notes = vectors("note/signed_notes.json")
    for one in notes["ok"]:
        _, signed = open_note(bytes.fromhex(one["note_hex"]), [VerifierKey.read(key) for key in one["vkeys"]])
        assert [each.key.name for each in signed] == one["verified"], one["name"]
    for one in notes["bad"]:
        with pytest.raises(NotProved):
            open_note(bytes.fromhex(one["note_hex"]), [VerifierKey.read(key) for key in one["vkeys"]])


def test_no_mangled_verifier_key_is_read():
    notes = vectors("note/signed_notes.json")
    good = notes["good_vkey_for_mangling"]
    assert str(VerifierKey.read(good)) == good
    pieces = [good[begin:end] for begin in range(len(good)) for end in range(begin + 1, len(good) + 1)]
    mangled = [piece for piece in pieces if piece != good]
    mangled += [good[:at] + chr(ord(good[at]) + 1) + good[at + 1 :] for at in range(len(good))]
    for one in [*mangled, *notes["bad_vkeys"]]:
        with pytest.raises(NotProved):
            VerifierKey.read(one)


def test_a_note_is_signed_to_the_byte_as_in_the_vectors():
    sign = vectors("note/signed_notes.json")["sign"]
    _, _, name, _, key = sign["skey"].split("+", 4)
    signer = Signer(name, Ed25519PrivateKey.from_private_bytes(unbase64(key)[1:]))
    text = sign["text"].encode()
    assert text + b"\n" + signer.line(text) == bytes.fromhex(sign["want_hex"])


def test_checkpoints_are_read_and_written_as_in_the_vectors():
    bodies = vectors("note/checkpoint_bodies.json")
    tree = Checkpoint.read(bodies["tree"]["body"].encode())
    assert tree == (bodies["tree"]["origin"], bodies["tree"]["size"], leaf_hash(b"hello world"))
    assert tree.text.decode() == bodies["tree"]["body"]
    for bad in bodies["bad"]:
        with pytest.raises(NotProved):
            Checkpoint.read(bad.encode())


def test_a_witness_signs_the_text_of_the_vectors():
    vector = vectors("note/cosignature_v1_message.json")
    checkpoint = Checkpoint(vector["origin"], vector["size"], unbase64(vector["root_b64"]))
    assert cosigned_text(vector["time"], checkpoint.text).decode() == vector["want"]


def test_a_checkpoint_of_sigsum_is_signed_to_the_byte():
    vector = vectors("note/cosignature_v1_message.json")["sigsum_checkpoint"]
    note = vector["note"]
    text = note.split("\n\n")[0].encode() + b"\n"
    signer = Signer(note.split("\n")[0], Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["test_seed_hex"])))
    assert (text + b"\n" + signer.line(text)).decode() == note


def test_proof_files_are_read_and_written_as_in_the_vectors():
    proofs = vectors("proof/tlog_proof.json")
    for one in proofs["bad"]:
        with pytest.raises(NotProved):
            ProofFile.read(bytes.fromhex(one["hex"]))
    for one in proofs["marshal"]:
        hashes = tuple(sha(text) for text in one["hash_of"])
        extra = one["extra"].encode() if one["extra"] else None
        proof = ProofFile(one["index"], hashes, one["checkpoint"].encode(), extra)
        assert ProofFile.read(proof.content) == proof


def sha(text: str) -> bytes:
    from hashlib import sha256

    return sha256(text.encode()).digest()
