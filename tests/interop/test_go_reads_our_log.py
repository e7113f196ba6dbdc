"""golang.org/x/mod/sumdb, by which Go checks its modules, accepts every proof of a log of ours and no damaged one."""

import base64
import json
import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.interop.sealed_log import sealed_log, some_indexes

PROGRAM = Path(__file__).with_name("verify_log.go")
GO_PACKAGES = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev puts them."""
BUILT_SECONDS_MAX = 240


def in_base64(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


@pytest.mark.go
@pytest.mark.slow
@pytest.mark.timeout(BUILT_SECONDS_MAX)
def test_go_accepts_every_proof_of_ours_and_no_damaged_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    go = shutil.which("go")
    if go is None or not (GO_PACKAGES / "src" / "golang.org" / "x" / "mod" / "sumdb").is_dir():
        pytest.skip("golang-go and golang-golang-x-mod-dev are not installed (apt-get install)")
    signer, published = sealed_log(tmp_path / "seals")
    tree, size = published.tree, published.tree.size
    inclusions = [{"Index": index, "Hashes": in_base64(tree.inclusion(index))} for index in some_indexes(size, 300)]
    sizes = [one + 1 for one in some_indexes(size, 100)]
    pairs = [(old, size) for old in sizes] + list(pairwise(sizes))
    consistencies = [
        {
            "OldSize": old,
            "NewSize": new,
            "OldRoot": base64.b64encode(tree.root(old)).decode(),
            "NewRoot": base64.b64encode(tree.root(new)).decode(),
            "Hashes": in_base64(tree.consistency(old, new)),
        }
        for old, new in pairs
    ]
    proofs = tmp_path / "proofs.json"
    proofs.write_text(json.dumps({"Inclusions": inclusions, "Consistencies": consistencies}))
    environ = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_PACKAGES), "GOCACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [go, "run", PROGRAM, tmp_path / "seals", str(signer.verifier), proofs],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    with capsys.disabled():
        print(f"\ngolang.org/x/mod/sumdb on {size} entries: {done.stdout}", flush=True)  # noqa: T201 - what it counted
    accepted = {what: one["Accepted"] for what, one in told.items()}
    rejected = {what: one["Rejected"] for what, one in told.items()}
    assert {what: one for what, one in accepted.items() if one} == {
        "checkpoint": 1,
        "entry by our tiles": size,
        "our inclusion proof": len(inclusions),
        "tree by our tiles": len(pairs),
        "our consistency proof": len(pairs),
    }
    assert {what for what, one in rejected.items() if one} == {what for what in told if "damaged" in what}
    assert rejected["damaged checkpoint"] == len(published.note) - 1
    assert rejected["damaged inclusion proof"] > 10 * len(inclusions)
    assert rejected["damaged consistency proof"] > 5 * len(pairs)
