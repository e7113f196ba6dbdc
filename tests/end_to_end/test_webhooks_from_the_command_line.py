"""A feed that is posted to its partner, as an operator looks after it: by bin/gharana alone."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from adapters.home import REPOSITORY
from tests.end_to_end.command_line import CommandLine, Said
from tests.end_to_end.food_bank import FEED, food_bank
from tests.receiver import Authority, Receiver, Reply, is_signed, receiving

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

DELIVERED_SECONDS_MAX = 60


class Place(NamedTuple):
    """A registry and its partner's address, over HTTPS under an authority of a test."""

    command: CommandLine
    receiver: Receiver
    settings: dict[str, str]

    def __call__(self, verb: str, *arguments: object, **settings: str) -> Said:
        return self.command("webhook", verb, *arguments, "--json", **{**self.settings, **settings})

    def done(self, verb: str, *arguments: object) -> Said:
        said = self(verb, *arguments)
        assert said.code == 0, said
        return said

    @property
    def url(self) -> str:
        return f"https://localhost:{self.receiver.port}/feed"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with (
        food_bank(tmp_path_factory.mktemp("registry")) as command,
        receiving(authority.certified("localhost")) as receiver,
    ):
        allowed = {"GHARANA_WEBHOOK_HOSTS": f"localhost:{receiver.port}", "GHARANA_WEBHOOK_CA": str(authority.file)}
        yield Place(command, receiver, allowed)


@pytest.fixture
def key(place: Place, request: pytest.FixtureRequest) -> Iterator[str]:
    """What a receiver was shown of a webhook that was just added."""
    place.receiver.posted.clear()
    place.receiver.answer = lambda _: Reply()
    yield place.done("add", *FEED, "--url", place.url, "--scheme", request.param).object["key"]
    place.done("remove", *FEED)


def refused(said: Said, code: int, sentence: str) -> None:
    assert (said.code, sentence in " ".join(said.err.replace("│", " ").split())) == (code, True), said.err


@pytest.mark.parametrize("key", ["ed25519"], indirect=True)
def test_a_partner_receives_a_test_and_then_its_feed_in_the_bytes_of_the_pull_door(place: Place, key: str):
    said = place.done("test", *FEED).object
    (posted,) = place.receiver.posted
    assert (said["status"], said["message"], posted.headers["webhook-id"]) == (204, *[posted.headers["ce-id"]] * 2)
    assert (posted.headers["ce-type"], is_signed(posted, key)) == ("webhook.tested.v1", True)
    place.receiver.posted.clear()

    assert place.done("deliver", "--until-caught-up").object == {"behind": []}
    told = [row for row in place.command.done("feed", *FEED, "--after", "0", "--json").objects if "sequence" in row]
    assert [posted.body for posted in place.receiver.posted] == [
        json.dumps(row["payload"], separators=(",", ":"), ensure_ascii=False).encode() for row in told
    ]
    for posted, row in zip(place.receiver.posted, told, strict=True):
        assert row["headers"].items() <= posted.headers.items()
        assert is_signed(posted, key)
    (listed,) = place.done("list").objects
    assert (listed["state"], listed["sequence"], listed["end"]) == ("all taken", len(told), len(told))


@pytest.mark.parametrize("key", ["hmac"], indirect=True)
def test_what_is_not_taken_is_listed_and_sent_again_when_asked(place: Place, key: str):
    place.receiver.answer = lambda posted: Reply(422 if posted.headers["ce-id"] == "1" else 410)
    said = place("deliver", "--until-caught-up")
    assert (said.code, "`webhook list` says why" in said.err) == (3, True)
    (listed,) = place.done("list").objects
    assert (listed["state"], listed["last_error"]) == ("paused", "The receiver answers 410: it is gone for good.")
    (letter,) = place.done("dead", *FEED).objects
    assert (letter["sequence"], letter["last_error"]) == (1, "The receiver refused it, with status 422.")

    place.receiver.answer = lambda _: Reply()
    assert place.done("replay", *FEED, "--dead").object["rows"] == 1
    assert place.done("resume", *FEED).object["changed"]
    command = [sys.executable, REPOSITORY / "bin" / "gharana", "webhook", "deliver", "--json"]
    environ = {**place.command.environ(), **place.settings}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
    give_up_at = time.monotonic() + DELIVERED_SECONDS_MAX
    while len(place.receiver.posted) < 4:
        assert time.monotonic() < give_up_at, "nothing was delivered"
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=DELIVERED_SECONDS_MAX)
    assert (process.returncode, json.loads(out), place.receiver.ids) == (0, {"behind": []}, ["1", "2", "1", "2"])

    assert place.done("replay", *FEED, "--from", "2").object["rows"] == 1
    assert place.done("pause", *FEED, "--by", "desk").object["changed"]
    assert place.done("list").object["last_error"] == "Paused by desk."
    refused(place("replay", *FEED, "--from", "1", "--until", "9"), 1, "1 to 9 cannot be sent again")
    refused(place("replay", *FEED, "--dead", "--from", "1"), 2, "--from SEQUENCE")
    refused(place("add", *FEED, "--url", place.url), 1, "has a webhook already")


@pytest.mark.parametrize(
    ("url", "hosts", "code", "sentence"),
    [
        ("https://169.254.169.254/", "169.254.169.254", 1, "which is an address of the local link"),
        ("https://elsewhere.example/", "", 1, "allows no host at all"),
        ("https://nobody.invalid/", "nobody.invalid", 3, "No address is known for nobody.invalid"),
    ],
)
def test_a_webhook_to_where_nothing_may_be_posted_is_refused(place: Place, url, hosts, code: int, sentence: str):
    refused(place("add", *FEED, "--url", url, GHARANA_WEBHOOK_HOSTS=hosts), code, sentence)


def test_without_a_webhook_there_is_nothing_to_look_after(place: Place):
    refused(place("pause", *FEED), 1, "The feed of food-bank on kafaalat has no webhook")
    refused(place("add", *FEED, "--url", place.url, "--after", 99), 1, "99 is none of them")
