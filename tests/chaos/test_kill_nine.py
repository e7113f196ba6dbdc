"""A real process that follows a real server, killed again and again in the middle of its work."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from adapters.followers.assessor import Assessor
from adapters.followers.run import run
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables
from projections.catalogue import ANSWERS
from projections.reassessments import REASSESSMENTS, from_row
from tests.histories import Histories, at_nine, compile_by_size, decided, replayed

pytestmark = pytest.mark.alone

PROCESS = Path(__file__).with_name("follower_process.py")
STARTS_MAX = 200
STARTED_SECONDS_MAX = 30
FINISHED_SECONDS_MAX = 600


def appends_of(households: int, steps: int, seed: int) -> list:
    made = Histories(seed)
    appends = [made.policies(), *(made.registration() for _ in range(households)), *(made.step() for _ in range(steps))]
    return [*appends, [made.cutoff(200)], [made.cutoff(45)]]


def undisturbed(appends: list) -> dict:
    log = MemoryLog()
    for append in appends:
        log.append(append)
    run(log, [Assessor(log, MemoryTables(log), compile_by_size, at_nine)], until_caught_up=True)
    return decided(log)


def follow_and_kill(dsn: str, log: PostgresLog, kills: int, draw: Random, how: tuple[str, ...]) -> int:
    """Start the process and kill it at a random moment of its work, so many times; then let it finish."""
    killed = 0
    for _ in range(STARTS_MAX):
        before = _work_done(log)
        process = subprocess.Popen([sys.executable, str(PROCESS), dsn, *how])
        if killed < kills:
            _wait_for_work(log, process, before)
            time.sleep(draw.uniform(0, 0.25))
            if process.poll() is None:
                process.kill()
                killed += 1
        try:
            if process.wait(FINISHED_SECONDS_MAX) == 0:
                return killed
        finally:
            process.kill()
    raise AssertionError("the followers never caught up")


def _wait_for_work(log: PostgresLog, process: subprocess.Popen, before: int) -> None:
    give_up_at = time.monotonic() + STARTED_SECONDS_MAX
    while process.poll() is None and _work_done(log) == before:
        assert time.monotonic() < give_up_at, "the process does nothing"
        time.sleep(0.002)


def _work_done(log: PostgresLog) -> int:
    jobs = map(from_row, PostgresTables(log).page(REASSESSMENTS, None, 1000))
    return sum(log.checkpoints().values()) + sum(job.seen for job in jobs)


def survive(dsn: str, households: int, steps: int, kills: int, seed: int, how: tuple[str, ...] = ()) -> None:
    migrate(dsn)
    log = PostgresLog(dsn)
    appends = appends_of(households, steps, seed)
    try:
        for start in range(0, len(appends), 500):
            log.append([event for append in appends[start : start + 500] for event in append])
        killed = follow_and_kill(dsn, log, kills, Random(seed), how)
        assert killed >= kills - 2, f"only {killed} kills hit"
        assert decided(log) == undisturbed(appends)
        tables = PostgresTables(log)
        made_anew = replayed(log)
        for table in ANSWERS:
            live = {table.key(row): row for row in tables.page(table, None, 10**6)}
            assert live == made_anew[table.name], table.name
        assert rebuild(log, compile_by_size).is_equal
    finally:
        log.close()


def test_killed_followers_lose_nothing_and_decide_nothing_twice(database: str):
    survive(database, households=1200, steps=600, kills=6, seed=5)


def test_followers_in_two_processes_lose_nothing_either_when_the_one_that_leads_is_killed(database: str):
    survive(database, households=600, steps=300, kills=4, seed=9, how=("apart",))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(6, 9))
def test_killed_followers_lose_nothing_and_decide_nothing_twice_in_long_runs(database: str, seed: int):
    survive(
        database, 6000, steps=600, kills=30, seed=seed, how=("apart",) if seed % 2 else ()
    )  # about 60 changes of policy
