"""A backup is of one moment, whoever writes, follows and seals meanwhile: what is restored proves."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg
import pytest

from adapters.home import REPOSITORY
from adapters.registry.opening import open_registry
from tests.end_to_end.backed_up import Place
from tests.households import lone_woman, missed_out
from tests.servers import fresh_database

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(600)]

BACKUPS = 5
SUBMISSIONS_BEFORE = 200


def test_a_backup_under_load_is_of_one_moment(monkeypatch, tmp_path: Path, postgres_dsn: str, database: str):
    here = Place(monkeypatch, tmp_path / "here", database)
    here.enter()
    with open_registry(os.environ) as registry:
        for number in range(SUBMISSIONS_BEFORE):
            registry.door.submit(first_survey(number))
    here.done("seal", "now")
    with following(here), submitting(SUBMISSIONS_BEFORE):
        sizes = [here.done("backup", "-o", tmp_path / f"copy-{number}") for number in range(BACKUPS)]
    assert sizes[0]["position"] < sizes[-1]["position"], "nobody wrote meanwhile"
    for number, size in enumerate(sizes):
        with fresh_database(postgres_dsn) as other:
            there = Place(monkeypatch, tmp_path / f"there-{number}", other)
            shutil.copytree(here.keys, there.keys)
            restored = there.done("restore", tmp_path / f"copy-{number}")
            assert restored["proved"] + restored["unsealed"] == restored["position"] == size["position"]
            assert restored["fault"] is None
            check_one_moment(other)
            there.done("seal", "resume", "--after-loss", "a drill")
            there.done("run", "--until-caught-up", "--without", "publisher")
            there.done("audit", "--all")


def check_one_moment(dsn: str) -> None:
    """Events, answers, keys and how far each follower is are of one moment."""
    with psycopg.connect(dsn) as connection:
        (last, count) = connection.execute("SELECT max(notification_id), count(*) FROM stored_events").fetchone()
        assert last == count
        behind = connection.execute("SELECT count(*) FROM checkpoints WHERE notification_id > %s", (last,)).fetchone()
        assert behind == (0,)
        registered = "SELECT count(*) FROM stored_events WHERE topic = 'household.registered.v1'"
        assert (
            connection.execute(registered).fetchone()
            == connection.execute("SELECT count(*) FROM household_keys").fetchone()
        )
        ahead = "SELECT count(*) FROM standing WHERE position > %s"
        assert connection.execute(ahead, (last,)).fetchone() == (0,)


def first_survey(number: int):
    return missed_out(date(2022, 3, 1), lone_woman(f"91{number:011d}"), number=100_000 + number)


@contextmanager
def following(here: Place) -> Iterator[None]:
    """`run` beside it, with all followers and the sealer."""
    command = [sys.executable, REPOSITORY / "bin" / "gharana", "run", "--without", "publisher", "--log", "json"]
    with subprocess.Popen(command, env={**os.environ}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def submitting(first: int) -> Iterator[None]:
    """Somebody at the door, one survey after another."""
    stop = threading.Event()

    def submit() -> None:
        number = first
        with open_registry(os.environ) as registry:
            while not stop.is_set():
                registry.door.submit(first_survey(number))
                number += 1

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
