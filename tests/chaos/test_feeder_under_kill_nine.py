"""A real feeder on a real server, killed again and again in the middle of its work."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from adapters.followers.assessor import Assessor
from adapters.followers.feed_check import compare
from adapters.followers.feeder import FEEDER, Feeder
from adapters.followers.run import run
from adapters.log import NewEntry
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from projections.feed_message import FEED
from tests.agreed import SENDER, agreed_history
from tests.histories import at_nine, compile_by_size

pytestmark = [pytest.mark.alone, pytest.mark.postgres]

PROCESS = Path(__file__).with_name("feeder_process.py")
SEED = 24
KILLS = 5
EVENTS_EACH = 2
SECONDS_MAX = 60


def test_a_feeder_killed_at_work_tells_everything_once_and_in_the_bytes_of_one_that_was_not(database: str):
    migrate(database)
    draw = Random(SEED)
    with closing(PostgresLog(database)) as log:
        tables = PostgresTables(log)
        assessor = Assessor(log, tables, compile_by_size, at_nine)
        for append in agreed_history(SEED, steps=160):
            log.append(append)
            assessor.step()
        run(log, [assessor], until_caught_up=True)
        for _ in range(KILLS):
            kill_at_work(database, log, draw)
        assert 0 < log.checkpoint(FEEDER) < log.last_position(), "the kills met no feeder at work"
        assert subprocess.run(command(database), check=False, timeout=SECONDS_MAX).returncode == 0
        assert log.checkpoint(FEEDER) == log.last_position()
        result = compare(log, tables, SENDER)
        assert (result.is_equal, result.examples) == (True, [])
        assert tables.page(FEED, None, 10_000) == undisturbed(log)


def command(dsn: str) -> list[str]:
    return [sys.executable, str(PROCESS), dsn, str(EVENTS_EACH)]


def kill_at_work(dsn: str, log: PostgresLog, draw: Random) -> None:
    """Start a feeder, wait until it has got on, and kill it a moment later."""
    before = log.checkpoint(FEEDER)
    process = subprocess.Popen(command(dsn))
    give_up_at = time.monotonic() + SECONDS_MAX
    while log.checkpoint(FEEDER) == before:
        assert time.monotonic() < give_up_at, "the feeder does nothing"
        time.sleep(0.002)
    time.sleep(draw.uniform(0, 0.02))
    process.kill()
    process.wait()


def undisturbed(log: PostgresLog) -> list:
    """The rows that a feeder writes to whom nothing happens, from the same log."""
    memory = MemoryLog()
    for entry in log.after(0, 100_000):
        memory.append([NewEntry(entry.stream, entry.version, entry.name, entry.state)])
    tables = MemoryTables(memory)
    run(memory, [Feeder(memory, tables, SENDER)], until_caught_up=True)
    return tables.page(FEED, None, 10_000)
