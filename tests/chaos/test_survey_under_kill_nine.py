"""The real survey is imported while its assessor is killed ten times: the result is that of an undisturbed run."""

import os
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
from tests.end_to_end.command_line import SECONDS_MAX, CommandLine
from tests.reference import REFERENCE, needs_reference
from tests.servers import remove_home

pytestmark = [pytest.mark.alone, pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(900), needs_reference]

FILES = [REFERENCE / "microdata" / "mics2014_punjab" / name for name in ("hh.csv.gz", "hl.csv.gz")]
IMPORT = ["import", *map(str, FILES), "--mapping", "mics2014", "--json"]
KILLS = 10
SECONDS_ALIVE = (0.8, 1.8)
ONE_CORE = {0}
"""Import and assessor share a core, so that the import lasts longer than ten lives of the assessor."""
SEED = 20141121

STANDING = """
    SELECT h.source_key, s.score, s.status, s.place, s.due_on, s.version
    FROM standing s JOIN households h USING (household_id) ORDER BY 1"""
ELIGIBILITY = """
    SELECT h.source_key, e.programme, e.outcome, e.reason, e.score
    FROM eligibility e JOIN households h USING (household_id) ORDER BY 1, 2"""
DECISIONS = """
    SELECT h.source_key, d.programme, d.was, d.outcome, d.reason, d.score, d.household_version
    FROM decisions d JOIN households h USING (household_id) ORDER BY 1, 2, d.position"""


@pytest.fixture
def homes(tmp_path: Path):
    made = [tmp_path / "undisturbed", tmp_path / "killed"]
    yield made
    for home in made:
        remove_home(home)


def test_ten_kills_of_the_assessor_during_the_import_change_nothing(homes: list[Path]):
    undisturbed, killed = map(CommandLine, homes)
    expected = _result(undisturbed, kills=0)
    found = _result(killed, kills=KILLS)
    assert len(expected["standing"]) > 38_000
    assert len(expected["decisions"]) > 2_000
    for name, rows in expected.items():
        assert found[name] == rows, name


def _result(gharana: CommandLine, kills: int) -> dict[str, list[tuple[Any, ...]]]:
    with postgres_server(gharana.home) as dsn:
        gharana.done("scorecard", "adopt", "pakistan_schreiner_2009", "--from", "2014-01-01")
        gharana.done("programme", "open", "kafaalat", "--from", "2014-01-01")
        importing = _start(gharana, *IMPORT)
        _wait_for_households(dsn, 500)
        _kill_the_assessor(gharana, importing, kills)
        assert importing.wait(300) == 0
        gharana.done("run", "--until-caught-up")
        rebuilt = gharana.done("rebuild", "--json").object
        assert rebuilt["equal"] is True
        with psycopg.connect(dsn) as connection:
            queries = {"standing": STANDING, "eligibility": ELIGIBILITY, "decisions": DECISIONS}
            return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def _kill_the_assessor(gharana: CommandLine, importing: subprocess.Popen[bytes], kills: int) -> None:
    """Start `run` beside the import and kill it at random moments, all of them while households still come in."""
    draw = Random(SEED)
    for _ in range(kills):
        assessor = _start(gharana, "run")
        time.sleep(draw.uniform(*SECONDS_ALIVE))
        assessor.kill()
        assessor.wait()
    assert kills == 0 or importing.poll() is None, "the import ended before the kills: they proved nothing"


def _start(gharana: CommandLine, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(REPOSITORY / "bin" / "gharana"), *arguments]
    environ = gharana.environ()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.sched_setaffinity(process.pid, ONE_CORE)
    return process


def _wait_for_households(dsn: str, number: int) -> None:
    give_up_at = time.monotonic() + SECONDS_MAX
    with psycopg.connect(dsn, autocommit=True) as connection:
        while time.monotonic() < give_up_at:
            row = connection.execute("SELECT max(notification_id) FROM stored_events").fetchone()
            if row is not None and (row[0] or 0) > number:
                return
            time.sleep(0.05)
    raise AssertionError("the import did not get going")
