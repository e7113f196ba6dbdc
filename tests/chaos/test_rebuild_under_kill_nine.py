"""A real rebuild by several processes, of which one, leading or working, is killed at a random moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import psycopg
import pytest

from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables
from projections.catalogue import ANSWERS
from tests.histories import Histories, at_nine, compile_by_size

pytestmark = pytest.mark.alone

PROCESS = Path(__file__).with_name("rebuild_process.py")
WORK_SECONDS = 0.6
STARTED_SECONDS_MAX = 30
ENDED_SECONDS_MAX = 60
WORLD_FAILED = 3


def survive(dsn: str, households: int, steps: int, rounds: int, seed: int) -> None:
    migrate(dsn)
    log = PostgresLog(dsn)
    made, draw = Histories(seed), Random(seed)
    log.append(made.policies())
    registered = [made.registration() for _ in range(households)]
    for append in [*registered, *(made.step() for _ in range(steps))]:
        log.append(append)
    tables = PostgresTables(log)
    try:
        run(log, [Assessor(log, tables, compile_by_size, at_nine), Projector(log, tables)], until_caught_up=True)
        right = answers(tables)
        hits = sum(kill_a_rebuild(dsn, draw) for _ in range(rounds))
        assert hits >= rounds // 2, f"only {hits} kills hit"
        assert answers(tables) == right
        assert rebuild(log, compile_by_size, swap=True).is_equal
        assert answers(tables) == right
        assert shadows(dsn) == 0
    finally:
        log.close()


def kill_a_rebuild(dsn: str, draw: Random) -> bool:
    """Start a rebuild and kill the process that leads or one that works; whether that found it at work."""
    command = [sys.executable, str(PROCESS), dsn, draw.choice(("swap", "compare"))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    workers = wait_for_workers(process)
    time.sleep(draw.uniform(0, WORK_SECONDS))
    victim = draw.choice((process.pid, *workers))
    hit = process.poll() is None
    if hit:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            hit = False  # the worker had done its part
    _, said = process.communicate(timeout=ENDED_SECONDS_MAX)
    if victim != process.pid and process.returncode != 0:
        assert process.returncode == WORLD_FAILED, said
        assert "killed by SIGKILL" in said
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "a worker lives on")
    wait_until(lambda: shadows(dsn) == 0, "a shadow table was left behind")
    return hit and process.returncode != 0


def wait_for_workers(process: subprocess.Popen) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found: list[int] = []

    def are_there() -> bool:
        assert process.poll() is None, "the rebuild ended before it had workers"
        found[:] = map(int, listed.read_text().split())
        return len(found) == 2

    wait_until(are_there, "the rebuild starts no workers")
    return found


def wait_until(is_so, complaint: str) -> None:
    give_up_at = time.monotonic() + STARTED_SECONDS_MAX
    while not is_so():
        assert time.monotonic() < give_up_at, complaint
        time.sleep(0.005)


def shadows(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'rebuilt'").fetchone()
        return row[0] if row else 0


def answers(tables: PostgresTables) -> dict:
    return {table.name: tables.page(table, None, 10**6) for table in ANSWERS}


def test_a_killed_rebuild_leaves_the_answers_as_they_were_and_nothing_beside_them(database: str):
    survive(database, households=1500, steps=0, rounds=3, seed=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [3, 4])
def test_a_rebuild_killed_twenty_times_leaves_nothing(database: str, seed: int):
    survive(database, households=2500, steps=300, rounds=20, seed=seed)
