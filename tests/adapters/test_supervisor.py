"""Real processes under a supervisor: killed, refused, failing, deaf, and left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.supervision.condition import State
from adapters.supervision.records import read_records

PROGRAM = Path(__file__).parent / "supervised.py"
SECONDS_MAX = 20


class Supervised:
    """A supervisor in a process of its own, what its workers said, and its journal."""

    def __init__(self, home: Path, *workers: str) -> None:
        self.home = home
        command = [sys.executable, str(PROGRAM), str(home), *workers]
        with (home / "journal").open("wb") as journal:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=journal, text=True)

    def hear(self) -> tuple[str, int]:
        """What a worker says next, and its number."""
        assert self.process.stdout is not None
        word, pid = self.process.stdout.readline().split()
        return word, int(pid)

    def journal(self) -> list[dict]:
        return [json.loads(line) for line in (self.home / "journal").read_text().splitlines()]

    def wait_for(self, event: str, number: int = 1) -> dict:
        """The journal's line about something, once it stands there so many times."""
        return until(lambda: [line for line in self.journal() if line["event"] == event][number - 1 :])[0]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)


@contextmanager
def supervised(home, *workers):
    running = Supervised(home, *workers)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        running.process.stdout.close()


def until(find):
    give_up_at = time.monotonic() + SECONDS_MAX
    while not (found := find()):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_that_was_killed_is_started_again(tmp_path):
    with supervised(tmp_path, "steady") as running:
        _, first = running.hear()
        os.kill(first, signal.SIGKILL)
        word, second = running.hear()
        assert (word, second != first) == ("steady", True)
        (record,) = until(lambda: [each for each in read_records(tmp_path) if each.state is State.WORKING])
        assert (record.pid, record.restarts) == (second, 1)
        assert running.wait_for("restarting")["fields"]["code"] == -signal.SIGKILL


def test_one_that_is_refused_stays_down_while_the_others_go_on_and_the_exit_code_says_so(tmp_path):
    with supervised(tmp_path, "steady", "refused") as running:
        said = running.wait_for("down")
        assert said["fields"]["of"] == "refused"
        assert running.wait_for("refused")["fields"]["sentence"] == "The key is missing: bring it back."
        assert {record.worker: record.state for record in read_records(tmp_path)}["refused"] is State.DOWN
        pids = dict([running.hear(), running.hear()])
        assert is_alive(pids["steady"])
        assert running.end() == 1


def test_one_that_fails_again_and_again_stays_down_in_the_end(tmp_path):
    with supervised(tmp_path, "failing", "steady") as running:
        running.wait_for("down")
        assert len([line for line in running.journal() if line["event"] == "failed"]) == 3
        assert running.end() == 3
        assert "a household" not in (tmp_path / "journal").read_text()


def test_where_all_are_down_the_supervisor_ends_by_itself(tmp_path):
    with supervised(tmp_path, "refused") as running:
        assert running.process.wait(SECONDS_MAX) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_when_it_is_told_to_stop_its_workers_end_what_they_do(tmp_path, number):
    with supervised(tmp_path, "steady") as running:
        _, worker = running.hear()
        running.wait_for("working")
        assert running.end(number) == 0
        assert running.hear() == ("ended", worker)
        assert read_records(tmp_path) == []


def test_a_worker_that_does_not_come_to_an_end_is_ended(tmp_path):
    with supervised(tmp_path, "deaf") as running:
        _, worker = running.hear()
        running.wait_for("working")
        assert running.end() == 0
        assert not is_alive(worker)


@pytest.mark.parametrize("kind", ["steady", "deaf"])
def test_no_worker_outlives_a_supervisor_that_is_killed(tmp_path, kind):
    with supervised(tmp_path, kind) as running:
        _, worker = running.hear()
        running.wait_for("working")
        running.end(signal.SIGKILL)
        until(lambda: not is_alive(worker))
