"""The feeds in JetStream as `gharana publish` brings them there, over the real servers."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date

import pytest

from adapters.embedded.nats import nats_server
from adapters.faults import WorldFailed
from adapters.home import REPOSITORY
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import FEED, food_bank
from tests.households import lone_woman, missed_out
from tests.nats_servers import stored

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

PUBLISHED_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with food_bank(tmp_path_factory.mktemp("registry")) as command:
        yield command


def test_the_stream_holds_every_row_of_every_feed_in_its_bytes_and_publishing_again_adds_nothing(gharana: CommandLine):
    told = [row for row in gharana.done("feed", *FEED, "--after", "0", "--json").objects if "sequence" in row]
    with nats_server(gharana.home) as url:
        for _ in range(2):
            said = gharana.done("publish", "--until-caught-up", "--json").object
            assert said == {"stream": "ELIGIBILITY", "position": len(told)}
        in_stream = stored(url)
    assert [(number, message_id) for number, message_id, _, _ in in_stream] == [
        (number, str(number)) for number in range(1, len(told) + 1)
    ]
    assert [(subject, json.loads(payload)) for _, _, subject, payload in in_stream] == [
        (row["subject"], row["payload"]) for row in told
    ]


def test_a_publisher_passes_on_what_is_told_meanwhile_until_it_is_stopped(gharana: CommandLine):
    command = [sys.executable, REPOSITORY / "bin" / "gharana", "publish", "--json"]
    before = gharana.done("feed", *FEED, "--after", "0", "--json").object["end"]
    process = subprocess.Popen(command, env=gharana.environ(), stdout=subprocess.PIPE, text=True)
    newcomer = missed_out(date(2022, 3, 2), lone_woman("9000000007302"), number=7302)
    gharana.done("submit", "-", "--json", stdin=json.dumps(to_words(newcomer), default=str))
    gharana.done("run", "--until-caught-up", "--without", "publisher", "--json")
    with nats_server(gharana.home) as url:
        give_up_at = time.monotonic() + PUBLISHED_SECONDS_MAX
        while number_stored(url) <= before:
            assert time.monotonic() < give_up_at, "nothing was published"
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=PUBLISHED_SECONDS_MAX)
    assert process.returncode == 0
    assert json.loads(out)["position"] == before + 1


def number_stored(url: str) -> int:
    """How many messages the stream holds; none while there is no stream yet."""
    try:
        return len(stored(url))
    except WorldFailed:
        return 0
