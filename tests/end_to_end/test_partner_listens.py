"""A partner from its agreement to a list that agrees with the registry's, by bin/gharana and its own program alone."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.embedded.nats import nats_server
from adapters.home import REPOSITORY
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import FEED, food_bank
from tests.households import lone_woman, missed_out

pytestmark = [pytest.mark.postgres, pytest.mark.nats, pytest.mark.timeout(600)]

SECONDS_MAX = 60


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("registry")
    with food_bank(home) as command, nats_server(home):
        command.done("publish", "--until-caught-up", "--json")
        yield command


def follow(*words: object) -> subprocess.CompletedProcess[str]:
    """The partner's program, as its README says."""
    command = [sys.executable, REPOSITORY / "examples" / "partner" / "follow.py", *map(str, words)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GHARANA_", "PYTHONPATH"))}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_MAX, env=environ)


def submit(gharana: CommandLine, number: int, name: str) -> None:
    newcomer = missed_out(date(2022, 3, 2), lone_woman(name), number=number)
    gharana.done("submit", "-", "--json", stdin=json.dumps(to_words(newcomer), default=str))
    gharana.done("run", "--until-caught-up", "--json")


def test_a_partner_begins_listens_and_agrees_with_the_registry(gharana: CommandLine, tmp_path: Path):
    access, kept, snapshot = tmp_path / "access.json", tmp_path / "list.db", tmp_path / "snapshot.json"
    gharana.done("partner", "key", "food-bank", "-o", access)
    snapshot.write_text(gharana.done("feed", "snapshot", *FEED, "--json").out)
    assert follow("begin", "--list", kept, snapshot).returncode == 0

    submit(gharana, 7302, "9000000007302")
    gharana.done("publish", "--until-caught-up", "--json")
    options = ("--list", kept, "--access", access, "--programme", "kafaalat", "--until-caught-up")
    listened = follow("listen", *options)
    assert (listened.returncode, listened.stderr) == (0, "")

    newer = tmp_path / "newer.json"
    newer.write_text(gharana.done("feed", "snapshot", *FEED, "--json").out)
    verified = follow("verify", "--list", kept, newer)
    assert (verified.returncode, verified.stdout) == (0, "All districts agree (1): 2 households, at message 3.\n")
    assert follow("listen", *options).stdout == "The list stands at message 3.\n"


def test_a_subscriber_reads_the_bytes_that_are_pulled_at_the_other_door(gharana: CommandLine):
    pulled = [row for row in gharana.done("feed", *FEED, "--after", "0", "--json").objects if "subject" in row]
    heard = gharana.done("subscribe", *FEED, "--after", "0", "--until-caught-up", "--json").objects
    assert [{**row, "log_position": None} for row in heard] == [{**row, "log_position": None} for row in pulled]
    assert heard[1]["headers"]["ce-type"] == "standing.decided.v1"
    assert gharana.done("subscribe", *FEED, "--after", heard[-1]["sequence"], "--until-caught-up", "--json").out == ""
    in_words = gharana.done("subscribe", *FEED, "--after", "0", "--until-caught-up").out
    assert "1 The agreement begins, from" in " ".join(in_words.split())
    assert "in PK201: ineligible -> pending from" in " ".join(in_words.split())


def test_a_subscriber_hears_what_comes_and_ends_when_it_is_interrupted(gharana: CommandLine):
    command = [sys.executable, REPOSITORY / "bin" / "gharana", "subscribe", *FEED, "--after", "0", "--json"]
    process = subprocess.Popen(
        command, env=gharana.environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    end = gharana.done("feed", *FEED, "--after", "0", "--json").object["end"]
    for _ in range(end):
        process.stdout.readline()
    submit(gharana, 7303, "9000000007303")
    gharana.done("publish", "--until-caught-up", "--json")
    heard = json.loads(process.stdout.readline())
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    rest, complained = process.communicate(timeout=SECONDS_MAX)
    assert (heard["sequence"], rest, complained, process.returncode) == (end + 1, "", "", 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--partner", "nobody", "--programme", "kafaalat"), "No partner is known as 'nobody'"),
        ((*FEED, "--after", "99"), "99 lies beyond the end of the feed"),
        ((*FEED, "--after", "-1"), "-1 lies before the start"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(gharana: CommandLine, arguments, sentence: str):
    said = gharana("subscribe", *arguments)
    assert (said.code, sentence in " ".join(said.err.split())) == (1, True), said.err
