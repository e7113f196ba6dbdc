"""The partner's program before a real JetStream: it is killed, it is handed things twice, and its list stays right."""

import asyncio
import json
import subprocess
import sys
import time
from random import Random

import follow
import pytest
from door import Delivered
from kept_list import KeptList, Told

from adapters.home import REPOSITORY
from adapters.keys.partner_keys import draw_key, hash_of
from adapters.memory.outgoing import MemoryOutgoing
from adapters.nats import consumers
from adapters.nats.consumers import consumer_name, make_consumer
from adapters.nats.line import Line, open_line
from adapters.nats.relay import Relay
from adapters.nats.stream import STREAM
from adapters.nats.users import inbox_prefix, users_of
from tests.nats_servers import NatsProcess
from tests.partner.made_up_feed import KEY, as_sent, districts_of, list_after, made_up

SEED = 20261125
MESSAGES = 12_000
KILLS = 3
SECONDS_MAX = 60
REGISTRY = {"user": "gharana", "password": draw_key()}
PASSWORD = draw_key()


@pytest.fixture
def door(tmp_path, monkeypatch):
    """A server, what the partner connects with, and the registry's own address."""
    monkeypatch.setattr(consumers, "ACKNOWLEDGE_SECONDS_MAX", 1)
    users = [REGISTRY, *users_of([KEY], {KEY[0]: hash_of(PASSWORD)})]
    with NatsProcess(tmp_path, cluster={"authorization": {"users": users}}) as server:
        access = {
            "server": server.url,
            "user": KEY[0],
            "password": PASSWORD,
            "inbox_prefix": inbox_prefix(KEY[0]),
            "stream": STREAM,
            "consumers": {KEY[1]: consumer_name(KEY)},
        }
        (tmp_path / "access.json").write_text(json.dumps(access))
        yield server, server.url.replace("//", f"//gharana:{REGISTRY['password']}@")


def publish(url, told):
    relay = Relay(MemoryOutgoing(as_sent(told)), lambda: open_line(url))
    relay.pass_on()
    relay.close()
    with Line(url) as line:
        make_consumer(line, KEY)


def following(folder, *more):
    command = [sys.executable, REPOSITORY / "examples" / "partner" / "follow.py", "listen", *more]
    options = ["--access", folder / "access.json", "--programme", KEY[1], "--list", folder / "list.db"]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kept(folder):
    found = KeptList(folder / "list.db", "/".join(KEY))
    try:
        return found.position(), found.districts()
    finally:
        found.close()


@pytest.mark.nats
def test_a_client_that_is_killed_again_and_again_has_the_list_and_took_nothing_in_twice(door, tmp_path):
    _, url = door
    told, draw = made_up(SEED, MESSAGES), Random(SEED)
    publish(url, told[: MESSAGES // 2])
    kills_within = 0
    for kill in range(KILLS):
        process = following(tmp_path)
        goal = MESSAGES // 2 * (kill + 1) // (KILLS + 1)
        give_up_at = time.monotonic() + SECONDS_MAX
        while not (tmp_path / "list.db").exists() or kept(tmp_path)[0].sequence < min(goal, 1):
            assert time.monotonic() < give_up_at, process.stderr.read()
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.05))
        process.kill()
        process.communicate()
        kills_within += kept(tmp_path)[0].sequence < MESSAGES
        publish(url, told[: MESSAGES // 2 + MESSAGES // 2 * (kill + 1) // KILLS])

    process = following(tmp_path, "--until-caught-up")
    said, complained = process.communicate(timeout=SECONDS_MAX)

    assert (process.returncode, complained) == (0, "")
    position, districts = kept(tmp_path)
    assert (position.sequence, position.applied) == (MESSAGES, MESSAGES), said
    assert districts == districts_of(list_after(told))
    assert kills_within == KILLS


@pytest.mark.nats
def test_a_server_that_went_away_is_waited_for_and_the_client_ends_when_told_to(door, tmp_path):
    server, url = door
    told = made_up(SEED, 300)
    publish(url, told[:100])
    process = following(tmp_path)
    wait_for(tmp_path, 100)
    server.kill()
    server.start()
    publish(url, told)
    wait_for(tmp_path, 300)
    process.terminate()
    said, _ = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0
    assert "The list stands at message 300." in said
    assert kept(tmp_path)[1] == districts_of(list_after(told))


def wait_for(folder, sequence):
    give_up_at = time.monotonic() + SECONDS_MAX
    while not (folder / "list.db").exists() or kept(folder)[0].sequence < sequence:
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@pytest.mark.nats
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "guessed"}, "cannot be reached as food-bank"),
        ({"consumers": {"kafaalat": "red-crescent_kafaalat"}}, "does not tell of our consumer"),
        ({"server": ""}, "The key file names no server"),
        ({"consumers": {"wheat": "food-bank_wheat"}}, "The key is for wheat, and not for kafaalat."),
    ],
)
def test_what_does_not_let_it_in_is_said_in_a_sentence(door, tmp_path, change, sentence):
    _, url = door
    publish(url, made_up(SEED, 2))
    access = json.loads((tmp_path / "access.json").read_text())
    (tmp_path / "access.json").write_text(json.dumps({**access, **change}))
    process = following(tmp_path)
    _, complained = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 1
    assert sentence in complained


# Without a server: what comes in which order


class QuietDoor:
    """Notes what is acknowledged."""

    def __init__(self):
        self.acknowledged = []

    async def acknowledge(self, reply):
        self.acknowledged.append(int(reply))


@pytest.fixture
def listener(tmp_path):
    list_of_it = KeptList(tmp_path / "list.db", "/".join(KEY))
    said = []
    listening = follow.Listener(QuietDoor(), list_of_it, said.append)
    yield listening, list_of_it, said
    list_of_it.close()


def delivered(*sequences):
    told = made_up(SEED, 100)
    return [Delivered(told[number - 1], str(number), 0) for number in sequences]


def take(listening, *batches):
    async def all_of_them():
        for batch in batches:
            await listening.take(batch)

    asyncio.run(all_of_them())
    return listening._door.acknowledged


def test_what_is_ahead_of_its_turn_waits_and_is_not_acknowledged_before(listener):
    listening, list_of_it, said = listener
    assert take(listening, delivered(1, 2, 6, 7)) == [2]
    assert list_of_it.position().sequence == 2
    assert "Messages 3 to 5 have not come yet, though later ones have: waiting." in said
    assert take(listening, delivered(3, 4, 5)) == [2, 7]
    assert (list_of_it.position().sequence, list_of_it.position().lacks.startswith("messages")) == (7, False)


def test_what_never_comes_is_noticed_said_and_not_forgotten(listener, monkeypatch):
    listening, list_of_it, said = listener
    monkeypatch.setattr(follow, "GAP_SECONDS_MAX", 0)
    assert take(listening, delivered(1, 2, 6), [], delivered(7)) == [2, 6, 7]
    assert list_of_it.position().lacks == "messages 3 to 5"
    assert "The list lacks messages 3 to 5: ask for a snapshot, and `begin` with it." in said


def test_what_comes_again_is_acknowledged_again_and_not_taken_in(listener):
    listening, list_of_it, _ = listener
    assert take(listening, delivered(1, 2, 3), delivered(1, 2, 3), delivered(2, 3, 4)) == [3, 3, 4]
    assert list_of_it.position().applied == 4


def test_a_number_that_stands_for_another_message_stops_the_client(listener):
    listening, _, _ = listener
    take(listening, delivered(1, 2))
    with pytest.raises(follow.CannotGoOn, match="gave its numbers twice"):
        take(listening, [Delivered(Told(2, "77", "standing.decided.v1", {}), "2", 0)])
