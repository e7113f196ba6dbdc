"""`gharana run` as an operator has it: its workers, killed one after another, watched, and taken over from."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Self

import pytest

from adapters.embedded.layout import NatsLayout
from adapters.embedded.nats import nats_server
from adapters.home import REPOSITORY
from adapters.seals.published import WITNESSED
from adapters.seals.trust import read_trust
from adapters.supervision.condition import State
from adapters.supervision.records import WorkerRecord, read_records
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import food_bank
from tests.households import lone_woman, missed_out
from tests.nats_servers import stored
from tests.seals.witness_process import witness_process

pytestmark = [pytest.mark.postgres, pytest.mark.nats, pytest.mark.timeout(300)]

SECONDS_MAX = 60
WORKERS = {"assessor", "projector", "feeder", "publisher", "webhooks", "reports", "sealer"}


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with food_bank(tmp_path_factory.mktemp("registry")) as command:
        yield command


class Run:
    """A `run` that keeps running."""

    def __init__(self, gharana: CommandLine, journal: Path, *options: str) -> None:
        self.home, self.path = gharana.home, journal
        command = [sys.executable, REPOSITORY / "bin" / "gharana", "run", *options]
        with journal.open("wb") as errors:
            self.process = subprocess.Popen(
                command, env=gharana.environ(), stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def workers(self, state: State = State.WORKING) -> dict[str, WorkerRecord]:
        """Its workers that are in a state, once all of them are."""
        return until(lambda: self._found(state))

    def _found(self, state: State) -> dict[str, WorkerRecord] | None:
        own = {each.worker: each for each in read_records(self.home) if self._is_own(each) and each.state is state}
        return own if own.keys() >= WORKERS else None

    def _is_own(self, record: WorkerRecord) -> bool:
        try:
            return f"\nPPid:\t{self.process.pid}\n" in Path(f"/proc/{record.pid}/status").read_text()
        except FileNotFoundError:
            return False

    def journal(self) -> list[dict]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]


def until(find):
    give_up_at = time.monotonic() + SECONDS_MAX
    while not (found := find()):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    return found


def submit(gharana: CommandLine, number: int) -> None:
    woman = missed_out(date(2022, 3, 2), lone_woman(f"{9_000_000_000_000 + number}"), number=number)
    gharana.done("submit", "-", "--json", stdin=json.dumps(to_words(woman), default=str))


def number_stored(home: Path) -> int:
    with nats_server(home) as url:
        return len(stored(url))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_caught_up_means_published_too(gharana: CommandLine):
    gharana.done("run", "--until-caught-up", "--json")
    status = gharana.done("status", "--json").object
    assert status["well"] is True
    assert number_stored(gharana.home) == status["feed_position"] == 2


class InDatabase(CommandLine):
    """Verbs in a home whose database is that of the tests."""

    dsn = ""

    def environ(self) -> dict[str, str]:
        return {**super().environ(), "GHARANA_DATABASE_URL": self.dsn}


def test_a_registry_without_partners_needs_no_server_of_messages(tmp_path: Path, empty_database: str):
    gharana = InDatabase(tmp_path)
    gharana.dsn = empty_database
    gharana.done("programme", "open", "flood_relief", "--json")
    gharana.done("run", "--until-caught-up", "--json")
    with Run(gharana, tmp_path / "journal") as running:
        running.workers()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(SECONDS_MAX) == 0
    assert not NatsLayout(tmp_path).folder.exists()


def test_every_worker_that_is_killed_comes_back_and_nothing_is_missed(gharana: CommandLine, tmp_path: Path):
    with Run(gharana, tmp_path / "journal") as running:
        before = running.workers()
        for worker in before.values():
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
        submit(gharana, 7401)
        after = until(lambda: {name: each for name, each in running.workers().items() if each.restarts == 1})
        assert after.keys() == WORKERS
        until(lambda: gharana("status", "--json").object["stream_position"] == 3)
        said = gharana("status", "--lag-seconds-max", "60")
        assert said.code == 0, said.out
        running.process.send_signal(signal.SIGTERM)
        out, _ = running.process.communicate(timeout=SECONDS_MAX)
    assert running.process.returncode == 0
    assert "feeder is at " in out
    assert {line["event"] for line in running.journal()} >= {"started", "working", "restarting", "stopping", "stopped"}
    assert {tuple(line) for line in running.journal()} == {("time", "worker", "level", "event", "fields")}


def test_a_second_run_stands_by_and_takes_over_when_the_first_is_killed(gharana: CommandLine, tmp_path: Path):
    with Run(gharana, tmp_path / "first") as leader:
        one = leader.workers()
        with Run(gharana, tmp_path / "second") as other:
            other.workers(State.STANDING_BY)
            rows = gharana.done("status", "--json").objects[:-1]
            assert {row["standing_by"] for row in rows} == {1}
            leader.process.kill()
            other.workers(State.WORKING)
            until(lambda: not any(is_alive(each.pid) for each in one.values() if each.pid is not None))
            assert "restarting" not in {line["event"] for line in other.journal()}


def test_the_figures_are_served_over_http_and_workers_left_out_do_not_run(gharana: CommandLine, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Run(gharana, tmp_path / "journal", "--metrics", str(port), "--without", "publisher"):
        until(lambda: "metrics" in {each.worker for each in read_records(gharana.home) if each.state is State.WORKING})
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS_MAX).read().decode()
        assert "publisher" not in {each.worker for each in read_records(gharana.home)}
    figures = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in page.splitlines() if line[0] != "#"}
    assert figures["gharana_log_last_position"] >= figures['gharana_follower_position{follower="assessor"}'] > 0
    assert figures["gharana_feed_position"] >= 2
    assert figures['gharana_worker_restarts_total{worker="feeder"}'] == 0
    assert 'gharana_follower_lag_seconds{follower="projector"}' in figures


def test_the_sealer_publishes_what_a_witness_signed(gharana: CommandLine, tmp_path: Path):
    log = gharana.done("seal", "key", "--json").object["key"]
    seals = gharana.home / "seals"
    with witness_process(tmp_path / "witness", log) as witness:
        (seals / "trust").write_text(f"log {log}\nwitness one {witness.vkey} {witness.url}\nquorum one\n")
        with Run(gharana, tmp_path / "journal", "--without", "publisher", "--without", "reports") as at_work:
            until((seals / WITNESSED).is_file)
            until(lambda: "witnessed" in {line["event"] for line in at_work.journal()})
    checked = read_trust(seals / "trust").check((seals / WITNESSED).read_bytes(), time.time())
    assert {one.key.name for one in checked.signed_by} == {log.partition("+")[0], "witness.example/one"}
    assert checked.checkpoint.size > 0
    (looked,) = [one for one in gharana("check", "--json").objects if one["check"] == "witnesses"]
    assert looked["ok"], looked["says"]
    (seals / "trust").unlink()


def test_a_worker_that_is_not_there_is_refused_in_a_sentence(gharana: CommandLine):
    refused = gharana("run", "--without", "painter")
    assert refused.code == 1
    assert "There is no worker 'painter'; there are assessor, projector, feeder, publisher" in refused.err


def test_where_nothing_runs_status_shows_what_waits_and_ends_with_1(gharana: CommandLine):
    submit(gharana, 7402)
    said = gharana("status")
    assert said.code == 1
    assert "not running" in said.out
    assert "Look at: assessor, projector, feeder" in said.out
