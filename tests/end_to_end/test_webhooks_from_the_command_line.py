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

    def told(self) -> list[dict]:
        """The rows of the feed as the pull door gives them."""
        return [row for row in self.command.done("feed", *FEED, "--after", "0", "--json").objects if "sequence" in row]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with (
        food_bank(tmp_path_factory.mktemp("registry")) as command,
        receiving(authority.certified("localhost")) as receiver,
    ):
        allowed = {"GHARANA_WEBHOOK_HOSTS": f"localhost:{receiver.port}", "GHARANA_WEBHOOK_CA": str(authority.file)}
        yield Place(command, receiver, allowed)


@pytest.fixture(params=["hmac", "ed25519"])
def key(place: Place, request: pytest.FixtureRequest) -> Iterator[str]:
    """What a receiver was shown of a webhook that was just added."""
    place.receiver.posted.clear()
    place.receiver.answer = lambda _: Reply()
    shown = place.done("add", *FEED, "--url", place.url, "--scheme", request.param).object["key"]
    yield shown
    place.done("remove", *FEED)


def test_a_partner_receives_its_feed_in_the_bytes_of_the_pull_door(place: Place, key: str):
    assert place.done("deliver", "--until-caught-up").object == {"behind": []}
    told = place.told()
    assert [(posted.headers["ce-id"], posted.body) for posted in place.receiver.posted] == [
        (row["headers"]["ce-id"], json.dumps(row["payload"], separators=(",", ":"), ensure_ascii=False).encode())
        for row in told
    ]
    for posted, row in zip(place.receiver.posted, told, strict=True):
        assert row["headers"].items() <= posted.headers.items()
        assert is_signed(posted, key)
    (listed,) = place.done("list").objects
    assert (listed["state"], listed["sequence"], listed["end"]) == ("all taken", len(told), len(told))


@pytest.mark.parametrize("key", ["hmac"], indirect=True)
def test_what_is_refused_is_listed_and_sent_again_when_asked(place: Place, key: str):
    place.receiver.answer = lambda posted: Reply(422 if posted.headers["ce-id"] == "1" else 204)
    place.done("deliver", "--until-caught-up")
    (letter,) = place.done("dead", *FEED).objects
    assert (letter["sequence"], letter["last_error"]) == (1, "The receiver refused it, with status 422.")
    place.receiver.answer = lambda _: Reply()
    assert place.done("replay", *FEED, "--dead").object["rows"] == 1
    assert place.done("replay", *FEED, "--from", "2").object["rows"] == 1
    place.done("deliver", "--until-caught-up")
    assert place.receiver.ids == ["1", "2", "1", "2"]
    assert place.done("dead", *FEED).objects == []


@pytest.mark.parametrize("key", ["hmac"], indirect=True)
def test_a_receiver_that_is_gone_is_paused_listed_and_resumed(place: Place, key: str):
    place.receiver.answer = lambda _: Reply(410)
    said = place("deliver", "--until-caught-up")
    assert (said.code, "`webhook list` says why" in said.err) == (3, True)
    (listed,) = place.done("list").objects
    assert (listed["state"], listed["last_error"]) == ("paused", "The receiver answers 410: it is gone for good.")
    place.receiver.answer = lambda _: Reply()
    assert place.done("resume", *FEED).object["changed"]
    place.done("deliver", "--until-caught-up")
    assert place.done("pause", *FEED, "--by", "desk").object == {
        "partner": "food-bank", "programme": "kafaalat", "changed": True, "sequence": 2,
    }  # fmt: skip
    assert place.done("list").object["last_error"] == "Paused by desk."


@pytest.mark.parametrize("key", ["ed25519"], indirect=True)
def test_a_test_message_is_signed_and_moves_nothing(place: Place, key: str):
    said = place.done("test", *FEED).object
    (posted,) = place.receiver.posted
    assert (said["status"], said["message"], posted.headers["ce-id"]) == (204, *[posted.headers["webhook-id"]] * 2)
    assert posted.headers["ce-type"] == "webhook.tested.v1"
    assert is_signed(posted, key)
    place.receiver.answer = lambda _: Reply(500)
    assert place("test", *FEED).code == 3
    assert place.done("list").object["sequence"] == 0


@pytest.mark.parametrize("key", ["hmac"], indirect=True)
def test_a_worker_delivers_until_it_is_stopped(place: Place, key: str):
    command = [sys.executable, REPOSITORY / "bin" / "gharana", "webhook", "deliver", "--json"]
    environ = {**place.command.environ(), **place.settings}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
    give_up_at = time.monotonic() + DELIVERED_SECONDS_MAX
    while len(place.receiver.posted) < 2:
        assert time.monotonic() < give_up_at, "nothing was delivered"
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=DELIVERED_SECONDS_MAX)
    assert (process.returncode, json.loads(out)) == (0, {"behind": []})


def refused(said: Said, code: int, sentence: str) -> None:
    assert (said.code, sentence in " ".join(said.err.replace("│", " ").split())) == (code, True), said.err


@pytest.mark.parametrize(
    ("url", "hosts", "sentence"),
    [
        ("https://10.0.0.1/", "10.0.0.1", "10.0.0.1 leads to 10.0.0.1, which is a private address"),
        ("https://169.254.169.254/", "169.254.169.254", "which is an address of the local link"),
        ("https://[::ffff:127.0.0.1]/", "[::ffff:127.0.0.1]", "which is an IPv4 address inside an IPv6 one"),
        ("https://elsewhere.example/", "hooks.example", "elsewhere.example:443 is not allowed"),
        ("https://elsewhere.example/", "", "allows no host at all"),
        ("http://hooks.example:443/", "hooks.example", "must begin with https://"),
        ("https://me:secret@hooks.example/", "hooks.example", "holds a name or password"),
        ("https://hooks.example/", "https://hooks.example", "which is not a host"),
    ],
)
def test_a_webhook_to_where_nothing_may_be_posted_is_refused(place: Place, url: str, hosts: str, sentence: str):
    refused(place("add", *FEED, "--url", url, GHARANA_WEBHOOK_HOSTS=hosts), 1, sentence)
    assert place.done("list").objects == []


def test_without_a_webhook_there_is_nothing_to_look_after(place: Place):
    for verb in ("pause", "resume", "remove", "dead", "test"):
        refused(place(verb, *FEED), 1, "The feed of food-bank on kafaalat has no webhook")
    refused(place("add", "--partner", "nobody", "--programme", "kafaalat", "--url", "x"), 1, "No partner is known")
    refused(place("add", *FEED, "--url", place.url, "--after", 99), 1, "99 is none of them")
    unresolved = place("add", *FEED, "--url", "https://nobody.invalid/", GHARANA_WEBHOOK_HOSTS="nobody.invalid")
    refused(unresolved, 3, "No address is known for nobody.invalid")


@pytest.mark.parametrize("key", ["hmac"], indirect=True)
def test_what_cannot_be_sent_again_and_a_second_webhook_are_refused(place: Place, key: str):
    refused(place("replay", *FEED, "--from", "1"), 1, "1 to 0 cannot be sent again")
    refused(place("replay", *FEED, "--from", "1", "--until", "9"), 1, "1 to 9 cannot be sent again")
    refused(place("replay", *FEED), 2, "--from SEQUENCE")
    refused(place("replay", *FEED, "--dead", "--from", "1"), 2, "--from SEQUENCE")
    refused(place("add", *FEED, "--url", place.url), 1, "has a webhook already")
