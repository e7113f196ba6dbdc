"""A partner's reports as an operator takes them, from a file and from JetStream; by bin/gharana alone."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from adapters.embedded.nats import nats_server
from adapters.home import REPOSITORY
from adapters.nats.line import open_line
from adapters.nats.reports import REPORTS, Intake
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import FEED, food_bank

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

TODAY = datetime.now(ZoneInfo("Asia/Karachi")).date()
TAKEN_SECONDS_MAX = 60
REPORT = ("partner", "report", "-", *FEED, "--json")


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with food_bank(tmp_path_factory.mktemp("registry")) as command:
        yield command


@pytest.fixture(scope="module")
def token(gharana: CommandLine) -> str:
    return gharana.done("feed", "snapshot", *FEED, "--json").objects[0]["household"]


def lines(*reports: dict) -> str:
    return "\n".join(map(json.dumps, reports))


def test_each_line_is_answered_by_itself_and_a_file_sent_twice_adds_nothing(gharana: CommandLine, token: str):
    done = {"household": token, "did": "enrolled", "on": str(TODAY)}
    sent = lines(
        done,
        done | {"did": "paid", "amount_paisa": 500},
        done | {"did": "payed"},
        done | {"household": str(uuid4())},
        done | {"on": str(TODAY + timedelta(days=9))},
    )
    for good in ("accepted", "known"):
        said = gharana(*REPORT, stdin=sent)
        assert said.code == 1
        assert [one["outcome"] for one in said.objects] == [good, good, "not_read", "refused", "refused"]
    unread, foreign, future = [one["error"] for one in said.objects[2:]]
    assert unread.startswith("line 3: ")
    assert "line 4: " in foreign
    assert "stands for no household of food-bank" in foreign
    assert "yet to come" in future
    listed = gharana.done("partner", "reports", "--partner", "food-bank", "--refused", "--json").objects
    assert {one["household"] for one in listed} == {token, None}
    counted = gharana.done("partner", "reports", "--partner", "food-bank", "--json").object
    assert (counted["accepted"], counted["refused"]) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("report", "-", "--partner", "food-bank", "--programme", "wheat"), 1, "no agreement on 'wheat'"),
        (("report", "-"), 2, "name a file of reports"),
        (("report", "missing.ndjson", *FEED), 1, "cannot be read"),
        (("reports", "--partner", "nobody"), 1, "No partner is known as 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(gharana: CommandLine, arguments, code: int, sentence: str):
    said = gharana("partner", *arguments)
    assert (said.code, sentence in " ".join(said.err.replace("│", " ").split())) == (code, True), said.err


def waiting(url: str) -> int:
    with open_line(url) as line:
        return int(line.ask(f"STREAM.INFO.{REPORTS}")["state"]["messages"])


def publish(url: str, *messages: tuple[str, bytes]) -> None:
    """As a partner does, who waits for the receipt of each."""
    with open_line(url) as line:
        Intake(line, [("food-bank", "kafaalat")])
        for subject, payload in messages:
            receipt, answer = line.expect_answer()
            line.send(b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), receipt.encode(), len(payload), payload))
            assert line.get(answer).error is None


def test_what_a_partner_sends_over_jetstream_is_taken_until_stopped_and_what_is_refused_is_kept(
    gharana: CommandLine, token: str
):
    done = {"household": token, "on": str(TODAY)}
    before = gharana.done("partner", "reports", "--partner", "food-bank", "--json").object
    with nats_server(gharana.home) as url:
        publish(
            url,
            ("report.food-bank.kafaalat", json.dumps(done | {"did": "suspended"}).encode()),
            ("report.food-bank.kafaalat", b"not JSON"),
            ("report.food-bank.kafaalat", json.dumps(done | {"did": "exited"}).encode()),
        )
        process = subprocess.Popen(
            [sys.executable, REPOSITORY / "bin" / "gharana", "partner", "take"], env=gharana.environ()
        )
        give_up_at = time.monotonic() + TAKEN_SECONDS_MAX
        while waiting(url):
            assert time.monotonic() < give_up_at, "nothing was taken"
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TAKEN_SECONDS_MAX) == 0
    after = gharana.done("partner", "reports", "--partner", "food-bank", "--json").object
    assert (after["accepted"] - before["accepted"], after["refused"] - before["refused"]) == (2, 1)
    refused = gharana.done("partner", "reports", "--partner", "food-bank", "--refused", "--json").objects
    assert (refused[0]["kind"], refused[0]["household"]) == ("partner_report", None)
