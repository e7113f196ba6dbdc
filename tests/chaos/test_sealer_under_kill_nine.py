"""A real sealer, killed at random moments while the log grows: the tree is the one that an undisturbed one makes."""

import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from adapters import codec
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.seals.entry import read_entry
from adapters.seals.heads import heads_trees, open_or_make_heads
from adapters.seals.key_file import SEAL_KEY
from adapters.seals.notes import Signer, to_base64
from adapters.seals.published import find_published
from adapters.seals.sealing import seal_all, state_heads
from domain.seal import HeadsSealed
from domain.streams import heads_stream
from tests.histories import Histories
from tests.seals.registry_log import a_signer

pytestmark = pytest.mark.alone

PROCESS = Path(__file__).with_name("sealer_process.py")
WORK_SECONDS = 0.6
TODAY, NOW = date(2026, 11, 29), datetime(2026, 11, 29, 8, tzinfo=UTC)


def survive(dsn: str, folder: Path, kills: int, events_between: int, seed: int) -> None:
    migrate(dsn)
    log, signer = PostgresLog(dsn), a_signer()
    key = write_key(folder / "seal.key", signer)
    made, draw = Histories(seed), Random(seed)
    log.append(made.policies())
    noted = []
    try:
        for _ in range(kills):
            for _ in range(events_between):
                log.append(made.registration())
            log.append(made.step())
            kill_a_sealer(dsn, folder / "seals", key, draw)
            published = find_published(folder / "seals", signer.verifier)
            noted += [] if published is None else [published.checkpoint]
        before = seal_all(dsn, log, folder / "seals", signer)
        state_heads(log, before.tree, TODAY, NOW)  # upon those that were made by whoever was killed
        whole = seal_all(dsn, log, folder / "seals", signer)
        alone = seal_all(dsn, log, folder / "undisturbed", signer)
    finally:
        log.close()
    assert whole.note == alone.note, "the same log has the same root"
    assert list(whole.tree.all_entries()) == list(alone.tree.all_entries())
    for earlier in noted:
        assert whole.tree.root(earlier.size) == earlier.root, "what was published once is the beginning of all"
    assert full_files(folder / "seals") == full_files(folder / "undisturbed")
    check_heads(dsn, folder / "seals", whole.tree)
    assert noted[0].size < noted[-1].size <= whole.tree.size


def write_key(place: Path, signer: Signer) -> Path:
    content = {"format": SEAL_KEY.format, "origin": signer.name, "private": to_base64(signer.key.private_bytes_raw())}
    place.write_bytes(msgspec.json.encode(content))
    place.chmod(0o600)
    return place


def kill_a_sealer(dsn: str, folder: Path, key: Path, draw: Random) -> None:
    command = [sys.executable, str(PROCESS), dsn, str(folder), str(key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "sealing\n"
        time.sleep(draw.uniform(0, WORK_SECONDS))
        assert process.poll() is None, "the sealer ended by itself"
        process.kill()


def full_files(folder: Path) -> dict[str, bytes]:
    """Every full tile and bundle by its path; partial ones depend on where the seals fell."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in (folder / "tile").rglob("*")
        if file.is_file() and ".p/" not in str(file) and not file.name.endswith(".unfinished")
    }


def check_heads(dsn: str, folder: Path, tree) -> None:
    """The heads that were stated last are those of the entries."""
    log = PostgresLog(dsn)
    stated: HeadsSealed = codec.recorded(log.stream(heads_stream())[-1]).event
    log.close()
    ends = {}
    for entry in map(read_entry, list(tree.all_entries())[: stated.until_position]):
        ends[entry.stream] = entry.version
    heads = open_or_make_heads(tree, stated.until_position)
    assert stated.until_position in heads_trees(folder)
    assert (heads.tree.root(), len(heads)) == (stated.root, stated.streams)
    assert {row.stream: row.version for row in map(heads.head, range(len(heads)))} == ends


def test_a_killed_sealer_goes_on_with_the_same_tree(database: str, tmp_path: Path):
    survive(database, tmp_path, kills=4, events_between=150, seed=5)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [6, 7])
def test_a_sealer_killed_twenty_times_makes_the_same_tree(database: str, tmp_path: Path, seed: int):
    survive(database, tmp_path, kills=20, events_between=300, seed=seed)
