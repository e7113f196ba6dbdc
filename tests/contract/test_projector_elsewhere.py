"""The projector in a process of its own comes to the same, and outlives nobody."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from adapters.cli.run import _followers
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessor import Assessor
from adapters.followers.feeder import Feeder
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.home import REPOSITORY
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.postgres.alone import alone, helping
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.projector_elsewhere import ProjectorElsewhere
from adapters.postgres.tables import PostgresTables
from projections.catalogue import ANSWERS
from tests.histories import Histories, at_nine, compile_by_size, history, replayed

ENDED_SECONDS_MAX = 20


@pytest.fixture
def log(database: str) -> Iterator[PostgresLog]:
    migrate(database)
    log = PostgresLog(database, patience_seconds=5)
    for append in history(51, households=30, steps=60):
        log.append(append)
    yield log
    log.close()


@pytest.fixture
def projector(log: PostgresLog) -> Iterator[ProjectorElsewhere]:
    projector = ProjectorElsewhere(log, log.datastore.dsn)
    yield projector
    projector.end()


def assessor(log: PostgresLog) -> Assessor:
    return Assessor(log, PostgresTables(log), compile_by_size, at_nine)


def answers(log: PostgresLog) -> dict:
    tables = PostgresTables(log)
    return {table.name: {table.key(row): row for row in tables.page(table, None, 100_000)} for table in ANSWERS}


def process_of(projector: ProjectorElsewhere) -> int:
    assert projector._companion is not None
    return projector._companion.process.pid


def test_both_followers_come_to_the_end_of_the_log(log: PostgresLog, projector: ProjectorElsewhere):
    progress = run(log, [assessor(log), projector], until_caught_up=True)
    assert set(progress.positions.values()) == {log.last_position()}
    assert answers(log) == replayed(log)


def test_it_takes_in_what_comes_later(log: PostgresLog, projector: ProjectorElsewhere):
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, log, [assessor(log), projector], stop=stop)
        log.append(Histories(52).registration())
        give_up_at = time.monotonic() + ENDED_SECONDS_MAX
        try:
            while answers(log) != replayed(log):
                assert time.monotonic() < give_up_at
                time.sleep(0.05)
        finally:
            stop.set()
        running.result(timeout=10)


@pytest.mark.parametrize(("far_behind", "where"), [(0, ProjectorElsewhere), (10_000, Projector)])
def test_a_run_has_it_work_elsewhere_when_it_is_far_behind(
    log: PostgresLog, tmp_path: Path, monkeypatch, far_behind: int, where: type
):
    monkeypatch.setattr("adapters.cli.run.FAR_BEHIND_EVENTS", far_behind)
    keyring = open_or_make_key_file(tmp_path / "master.key", at_nine())
    registry = SimpleNamespace(
        log=log, tables=PostgresTables(log), keyring=keyring, dsn=log.datastore.dsn, clock=at_nine
    )
    with _followers(registry) as followers:
        assert [type(follower) for follower in followers] == [Assessor, where, Feeder]


def test_one_that_is_killed_is_started_anew(log: PostgresLog, projector: ProjectorElsewhere):
    killed = process_of(projector)
    os.kill(killed, signal.SIGKILL)
    run(log, [assessor(log), projector], until_caught_up=True)
    assert process_of(projector) != killed
    assert answers(log) == replayed(log)


def test_what_stops_it_is_said_in_the_end(log: PostgresLog, projector: ProjectorElsewhere, monkeypatch):
    monkeypatch.setattr("adapters.followers.run.PAUSE_SECONDS", 0)
    with log.transaction() as transaction:
        transaction.cursor.execute("DROP TABLE roster_lookup")
    with pytest.raises(Exception, match="roster_lookup"):
        run(log, [projector], until_caught_up=True)


def test_while_it_helps_nobody_else_is_alone(log: PostgresLog, monkeypatch):
    monkeypatch.setattr("adapters.postgres.alone.WAIT_SECONDS_MAX", 0.2)
    dsn = log.datastore.dsn
    with helping(dsn):
        with pytest.raises(Refused, match="Another process"), alone(dsn):
            pass
        with pytest.raises(Refused, match="Another process"), helping(dsn):
            pass
    with alone(dsn), helping(dsn):
        pass


LEADER = """
import sys, time
from adapters.postgres.log import PostgresLog
from adapters.postgres.projector_elsewhere import ProjectorElsewhere
log = PostgresLog(sys.argv[1])
projector = ProjectorElsewhere(log, sys.argv[1])
print(projector._companion.process.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_when_the_process_that_started_it_is_killed(log: PostgresLog):
    command = [sys.executable, "-c", LEADER, log.datastore.dsn]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as leader:
        assert leader.stdout is not None
        follower = int(leader.stdout.readline())
        leader.kill()
    give_up_at = time.monotonic() + ENDED_SECONDS_MAX
    while is_alive(follower):
        assert time.monotonic() < give_up_at, "it follows on for nobody"
        time.sleep(0.01)
    with alone(log.datastore.dsn):
        pass


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_companion_that_is_gone_says_how(log: PostgresLog, projector: ProjectorElsewhere):
    os.kill(process_of(projector), signal.SIGKILL)
    said = r"projector \(number \d+\) was killed by SIGKILL\. What it recorded is whole"
    with pytest.raises(WorldFailed, match=said):
        run_to_the_end(projector)


def run_to_the_end(projector: ProjectorElsewhere) -> None:
    while projector.step():
        pass
