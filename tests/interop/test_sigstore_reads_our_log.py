"""npm's @sigstore/verify, by which Node checks its packages, accepts our inclusion proofs and no damaged one."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from adapters.seals.tiles import Tiles
from tests.interop.sealed_log import flipped, sealed_log, some_indexes
from tests.seals.registry_log import a_signer

PROGRAM = Path(__file__).with_name("verify_log.js")
PACKAGE = "@sigstore/verify@3.1.1"
INSTALLED_SECONDS_MAX = 300


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def entry_of(tree: Tiles, index: int) -> dict[str, object]:
    body = tree.entries(index // 256)[index % 256]
    return {"index": index, "body": in_base64(body), "hashes": [in_base64(one) for one in tree.inclusion(index)]}


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.timeout(INSTALLED_SECONDS_MAX)
def test_sigstore_accepts_every_inclusion_proof_of_ours_and_no_damaged_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    (tmp_path / "package.json").write_text('{"private": true}')
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True)
    signer, published = sealed_log(tmp_path / "seals")
    tree, note = published.tree, published.note
    signed = note.index(b"\n\n")
    indexes = some_indexes(tree.size, 300)
    damaged = [flipped(note, at).decode("utf-8", "replace") for at in range(signed)]
    given = {
        "origin": signer.name,
        "keyId": signer.verifier.key_id.hex(),
        "publicKey": in_base64(signer.verifier.public),
        "anotherKey": in_base64(a_signer().verifier.public),
        "checkpoint": note.decode(),
        "damagedCheckpoints": damaged,
        "entries": [entry_of(tree, index) for index in indexes],
    }
    done = subprocess.run(
        ["node", PROGRAM], env={**os.environ, "NODE_PATH": str(tmp_path / "node_modules")},
        input=json.dumps(given), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    with capsys.disabled():
        print(f"\n{PACKAGE} on {tree.size} entries: {done.stdout}", flush=True)  # noqa: T201 - what it counted
    assert told["inclusion proof"] == {"Accepted": len(indexes), "Rejected": 0}
    assert told["damaged entry"] == {"Accepted": 0, "Rejected": len(indexes)}
    assert told["damaged checkpoint"] == {"Accepted": 0, "Rejected": len(damaged)}
    assert told["checkpoint under another key"] == {"Accepted": 0, "Rejected": 1}
    hashes = sum(len(tree.inclusion(index)) for index in indexes)
    assert told["damaged inclusion proof"] == {"Accepted": 0, "Rejected": 3 * len(indexes) + hashes}
