"""Postgres is killed in the middle of an import: nothing is half-written, and the same import finishes the work."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from adapters.embedded.postgres import postgres_server
from adapters.home import REPOSITORY
from tests.end_to_end.command_line import CommandLine
from tests.servers import remove_home

pytestmark = [pytest.mark.alone, pytest.mark.postgres, pytest.mark.timeout(300)]

HOUSEHOLDS, PEOPLE_EACH = 6_000, 3
MAPPING = """
format = "gharana-mapping/1"
id = "plain"
title = "A plain survey, made up"
source = "plain"
not_known = [""]
yes = ["Y"]
no = ["N"]

[household]
key = ["id"]

[member]
key = ["id"]

[submission]
on = { date = "day", form = "%Y-%m-%d" }
operator = { value = "op-1" }

[survey.place]
code = { column = "place", codes = { Kot = "PK60201" } }

[person]
line = { number = "line" }
relation = { column = "relation", codes = { head = "head", child = "child" } }
sex = { column = "sex", codes = { f = "female", m = "male" } }
age = { number = "age" }
"""


@pytest.fixture
def survey(tmp_path: Path) -> list[str]:
    """The arguments of an import of a few thousand households."""
    with (
        (tmp_path / "households.csv").open("w", newline="") as households,
        (tmp_path / "members.csv").open("w", newline="") as members,
    ):
        homes, people = csv.writer(households), csv.writer(members)
        homes.writerow(["id", "day", "place"])
        people.writerow(["id", "line", "relation", "sex", "age"])
        for number in range(1, HOUSEHOLDS + 1):
            homes.writerow([number, "2024-02-01", "Kot"])
            people.writerow([number, 1, "head", "f", 40])
            people.writerows([number, line, "child", "m", 9 + line] for line in range(2, PEOPLE_EACH + 1))
    (tmp_path / "plain.toml").write_text(MAPPING)
    files = [tmp_path / name for name in ("households.csv", "members.csv")]
    return ["import", *map(str, files), "--mapping", str(tmp_path / "plain.toml"), "--json"]


def test_an_import_that_lost_postgres_says_so_and_is_finished_by_running_it_again(survey: list[str], tmp_path: Path):
    home = tmp_path / "home"
    gharana = CommandLine(home)
    with postgres_server(home) as dsn:
        gharana.done("programme", "open", "flood_relief", "--json")
        process = subprocess.Popen(
            [sys.executable, REPOSITORY / "bin" / "gharana", *survey],
            env={**os.environ, "GHARANA_DATABASE_URL": dsn, "GHARANA_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        _wait_for_events(dsn, HOUSEHOLDS // 6)
        _kill_server(home)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "Postgres" in said
    assert "Traceback" not in said
    with postgres_server(home):
        finished = gharana.done(*survey).object
        assert finished["registered"] + finished["already"] == HOUSEHOLDS
        assert 0 < finished["already"] < HOUSEHOLDS
        again = gharana.done(*survey).object
        assert (again["registered"], again["already"]) == (0, HOUSEHOLDS)
    remove_home(home)


def _wait_for_events(dsn: str, number: int) -> None:
    give_up_at = time.monotonic() + 60
    with psycopg.connect(dsn, autocommit=True) as connection:
        while time.monotonic() < give_up_at:
            row = connection.execute("SELECT count(*) FROM stored_events").fetchone()
            if row is not None and row[0] >= number:
                return
            time.sleep(0.01)
    raise AssertionError("the import did not get going")


def _kill_server(home: Path) -> None:
    """Kill the keeper first, so that nobody starts the server again, and then the server itself."""
    keepers = _processes_with("adapters.embedded.keeper", str(home))
    servers = _processes_with("postgres", str(home / "postgres"))
    assert keepers
    assert servers
    for pid in [*keepers, *servers]:
        os.kill(pid, signal.SIGKILL)


def _processes_with(*words: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if all(word in line for word in words) and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return sorted(found)
