"""The second verifier, run by Node.js over many files at once."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

VERIFIER = Path(__file__).parents[2] / "tools" / "verify-evidence.mjs"
NODE_MAJOR_MIN = 20


def find_node() -> str | None:
    """Where a Node.js is that is new enough, if there is one."""
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return node if int(said.removeprefix("v").split(".")[0]) >= NODE_MAJOR_MIN else None


def run_verifier(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run it as a reader would."""
    node = find_node()
    assert node is not None, "whoever asks has looked whether there is one"
    return subprocess.run([node, str(VERIFIER), *map(str, arguments)], capture_output=True, text=True, check=False)


def verify_all(contents: Sequence[bytes], policy: str, folder: Path) -> list[dict[str, Any]]:
    """What it says of each of these files, by one policy."""
    folder.mkdir(parents=True, exist_ok=True)
    trust, files = folder / "trust", [folder / f"{number:04}" for number in range(len(contents))]
    trust.write_text(policy)
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    done = run_verifier(*files, "--policy", trust, "--json")
    assert done.stderr == ""
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one.pop("file") for one in said] == [str(file) for file in files]
    assert done.returncode == (0 if all(one["verified"] for one in said) else 1)
    return said
