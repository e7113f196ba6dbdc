"""A nation is imported, decided and rebuilt while each of these is killed at random: the tables come out the same."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from adapters.embedded.postgres import postgres_server
from adapters.home import REPOSITORY
from adapters.population.generation import generate
from adapters.population.worker import Order
from tests.end_to_end.command_line import CommandLine
from tests.servers import remove_home

pytestmark = [pytest.mark.alone, pytest.mark.postgres, pytest.mark.timeout(1_800)]

SEED = 20221125
PARTS = 8
SECONDS_MAX = 600

TABLES = {
    "households": "SELECT * FROM households ORDER BY 1",
    "standing": "SELECT household_id, version, decisions, place, score, status, due_on FROM standing ORDER BY 1",
    "eligibility": "SELECT household_id, programme, outcome, since, reason, score FROM eligibility ORDER BY 1, 2",
    "decisions": "SELECT household_id, programme, was, outcome, reason, kind, score FROM decisions ORDER BY 1, 2",
    "roster_lookup": "SELECT * FROM roster_lookup ORDER BY 1",
    "tokens": "SELECT * FROM tokens ORDER BY 1",
    "household_keys": "SELECT household_id, length(keys) FROM household_keys ORDER BY 1",
    "submissions": "SELECT submission_id, household_id, accepted, content_hash FROM submissions ORDER BY 1",
    "log": """
        SELECT originator_id, originator_version, topic FROM stored_events
        WHERE originator_id < 'fd000000-0000-0000-0000-000000000000' ORDER BY 1, 2""",
    "gaps": "SELECT max(notification_id) - count(*) FROM stored_events",
}
"""Everything but positions, which say in which order the parts happened to come."""

VERBS = (("import", "import_worker"), ("run", ""), ("rebuild", "rebuild_worker"))
"""What is killed, in turns; of those that have workers, now a worker and now the process that leads them."""


class Nation:
    """A registry with policies, into which the same files are brought."""

    def __init__(self, home: Path, files: Path, key_file: Path | None) -> None:
        self.gharana = CommandLine(home)
        self.words = {
            "import": ["import", files / "households", files / "people", "--mapping", "population", "--json"],
            "run": ["run", "--until-caught-up", "--json"],
            "rebuild": ["rebuild", "--workers", "2", "--json"],
        }
        if key_file is not None:
            (home / "keys").mkdir(mode=0o700, parents=True)
            shutil.copy(key_file, home / "keys" / "master.key")

    def begin(self) -> None:
        self.gharana.done("scorecard", "adopt", "pakistan_schreiner_2009", "--from", "2014-01-01")
        self.gharana.done("programme", "open", "kafaalat", "--from", "2014-01-01")

    def start(self, verb: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, REPOSITORY / "bin" / "gharana", *self.words[verb]]
        return subprocess.Popen(
            list(map(str, command)), env=self.gharana.environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def finish(self, verb: str) -> bytes:
        process = self.start(verb)
        out, err = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0, (verb, out, err)
        return out


def kill_one(nation: Nation, verb: str, worker: str, draw: Random) -> bool:
    """Start a verb and kill it, or one of its workers, at a random moment; False if it was done before."""
    process = nation.start(verb)
    pid = worker_of(process, worker) if worker and draw.random() < 0.5 else process.pid
    if pid is not None:
        time.sleep(draw.uniform(0.3, 2.0))
        if process.poll() is None:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pid = None
    process.communicate(timeout=SECONDS_MAX)
    return pid is not None and process.returncode != 0


def worker_of(leader: subprocess.Popen[bytes], name: str) -> int | None:
    while leader.poll() is None:
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(file.read_text().rpartition(")")[2].split()[1])
                if parent == leader.pid and name.encode() in (file.parent / "cmdline").read_bytes():
                    return int(file.parent.name)
            except (FileNotFoundError, ProcessLookupError):
                continue
        time.sleep(0.01)
    return None


def rows(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(dsn) as connection:
        return {name: connection.execute(query).fetchall() for name, query in TABLES.items()}


def undisturbed(home: Path, files: Path) -> dict[str, list[tuple[Any, ...]]]:
    nation = Nation(home, files, None)
    with postgres_server(home) as dsn:
        nation.begin()
        for verb in ("import", "run", "rebuild"):
            nation.finish(verb)
        return rows(dsn)


def disturbed(home: Path, files: Path, key_file: Path, kills: int) -> tuple[dict[str, list[tuple[Any, ...]]], int]:
    nation, draw, killed = Nation(home, files, key_file), Random(SEED), 0
    with postgres_server(home) as dsn:
        nation.begin()
        for number in range(kills):
            verb, worker = VERBS[number % len(VERBS)]
            killed += kill_one(nation, verb, worker, draw)
        for verb in ("import", "run"):
            nation.finish(verb)
        assert b'"equal": true' in nation.finish("rebuild")
        return rows(dsn), killed


def survive(folder: Path, households: int, kills: int) -> int:
    files = folder / "files"
    generate(Order(households, SEED, files, is_counted=False, part_households=-(-households // PARTS)), 2)
    homes = [folder / "undisturbed", folder / "killed"]
    try:
        expected = undisturbed(homes[0], files)
        assert len(expected["households"]) == households
        found, killed = disturbed(homes[1], files, homes[0] / "keys" / "master.key", kills)
        for name, wanted in expected.items():
            assert found[name] == wanted, name
        return killed
    finally:
        for home in homes:
            remove_home(home)


def test_three_kills_change_nothing(tmp_path: Path):
    assert survive(tmp_path, households=2_000, kills=3) >= 1


@pytest.mark.slow
def test_twenty_kills_change_nothing(tmp_path: Path):
    killed = survive(tmp_path, households=60_000, kills=20)
    assert killed >= 15, f"only {killed} of 20 were killed in the middle of their work (seed {SEED})"
