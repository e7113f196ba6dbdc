"""The fenced relay before a real JetStream: everything once, in order, whatever breaks."""

import base64
import shutil
import threading
import time
from random import Random

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.memory.outgoing import MemoryOutgoing
from adapters.nats import relay as relays
from adapters.nats.frames import Fence
from adapters.nats.line import Line, open_line
from adapters.nats.relay import Relay, StreamFull
from adapters.nats.stream import STREAM, StreamSettings, make_stream
from adapters.outgoing import Message
from tests.nats_servers import NatsProcess, as_stored, cluster_of_three, stored, told

pytestmark = pytest.mark.nats

KILLS = 5
FENCES = pytest.mark.parametrize("fence", list(Fence))


@pytest.fixture
def server(tmp_path):
    with NatsProcess(tmp_path) as started:
        yield started


@pytest.fixture
def small_windows(monkeypatch):
    monkeypatch.setattr(relays, "WINDOW_MESSAGES", 50)
    monkeypatch.setattr(relays, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def relay_of(server):
    """Make a relay from a feed to the server, and hang up when the test is over."""
    made = []

    def make(messages, fence=Fence.ATOMIC, **options):
        relay = Relay(MemoryOutgoing(messages), lambda: open_line(server.url), fence=fence, **options)
        made.append(relay)
        return relay

    yield make
    for relay in made:
        relay.close()


@FENCES
def test_everything_is_stored_once_and_in_order_at_its_own_number(server, relay_of, small_windows, fence):
    assert relay_of(told(333), fence).pass_on() == 333

    assert stored(server.url) == as_stored(told(333))


@FENCES
def test_another_relay_goes_on_where_the_stream_ends(server, relay_of, fence):
    relay_of(told(10), fence).pass_on()

    assert relay_of(told(25), fence).pass_on() == 25
    assert stored(server.url) == as_stored(told(25))


@FENCES
def test_what_comes_later_is_passed_on_by_the_next_call(server, relay_of, fence):
    feed = MemoryOutgoing(told(3))
    relay = Relay(feed, lambda: open_line(server.url), fence=fence)
    try:
        relay.pass_on()
        for message in told(2, first=4):
            feed.add(message.subject, message.headers, message.payload)

        assert relay.pass_on() == 5
    finally:
        relay.close()
    assert stored(server.url) == as_stored(told(5))


def test_a_feed_without_a_message_is_no_trouble(server, relay_of):
    assert relay_of([]).pass_on() == 0


@FENCES
def test_relays_that_do_not_know_of_each_other_store_nothing_twice_and_nothing_out_of_order(
    server, relay_of, small_windows, fence
):
    faults = []

    def work(relay):
        try:
            relay.pass_on()
        except WorldFailed as failure:
            faults.append(failure)

    crowd = [threading.Thread(target=work, args=(relay_of(told(600), fence),)) for _ in range(3)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert stored(server.url) == as_stored(told(600)), faults


@FENCES
def test_a_window_sent_for_an_end_that_has_moved_is_not_stored(server, relay_of, fence, monkeypatch):
    late = relay_of(told(9), fence)
    late.pass_on()
    relay_of(told(12), fence).pass_on()
    late._outgoing = MemoryOutgoing(told(15))  # it still believes that the stream ends at 9

    assert late.pass_on() == 15
    assert stored(server.url) == as_stored(told(15))


@FENCES
def test_a_server_killed_between_and_within_windows_gets_what_it_lacks(server, relay_of, small_windows, fence):
    relay, draw = relay_of(told(1_000), fence), Random(4)

    def kill_again_and_again():
        for _ in range(KILLS):
            time.sleep(draw.uniform(0.05, 0.5))
            server.kill()
            server.start()

    killer = threading.Thread(target=kill_again_and_again)
    killer.start()
    try:
        assert _pass_on_in_the_end(relay) == 1_000
    finally:
        killer.join()
    assert stored(server.url) == as_stored(told(1_000))


def _pass_on_in_the_end(relay):
    for _ in range(50):
        try:
            return relay.pass_on()
        except WorldFailed:
            continue
    raise AssertionError("it never got through")


@pytest.mark.parametrize("fence", [Fence.ATOMIC, pytest.param(Fence.CHAINED, marks=pytest.mark.slow)])
def test_a_cluster_that_loses_one_server_of_three_goes_on(tmp_path, fence, small_windows):
    with cluster_of_three(tmp_path) as servers:
        urls = ",".join(server.url for server in servers)
        relay = Relay(MemoryOutgoing(told(400)), lambda: open_line(urls), StreamSettings(replicas=3), fence)
        _pass_on_in_the_end(relay)
        leader = _in_the_end(_leader, urls)
        relay._outgoing = MemoryOutgoing(told(800))
        killer = threading.Timer(0.2, servers[leader].kill)
        killer.start()
        try:
            assert _pass_on_in_the_end(relay) == 800
        finally:
            killer.join()
            relay.close()
        assert _in_the_end(stored, urls) == as_stored(told(800))


def _in_the_end(ask, urls):
    """Ask a cluster until it has a leader again."""
    give_up_at = time.monotonic() + 60
    while True:
        try:
            return ask(urls)
        except WorldFailed:
            assert time.monotonic() < give_up_at


def _leader(urls):
    with open_line(urls) as line:
        info = line.ask(f"STREAM.INFO.{STREAM}")
    assert info["config"]["num_replicas"] == 3
    return int(info["cluster"]["leader"].removeprefix("server-"))


def test_while_the_server_is_away_the_caller_learns_how_far_it_is_and_then_it_goes_on(server, relay_of, monkeypatch):
    monkeypatch.setattr(relays, "PAUSE_SECONDS", 0.01)
    relay = relay_of(told(7))
    relay.pass_on()
    relay._outgoing = MemoryOutgoing(told(9))
    server.kill()

    with pytest.raises(WorldFailed, match=r"cannot be reached.*Partners can read up to position 7; the rest waits"):
        relay.pass_on()
    assert relay.position == 7

    server.start()
    assert relay.pass_on() == 9
    assert stored(server.url) == as_stored(told(9))


@FENCES
def test_a_server_that_comes_back_older_is_filled_again(server, relay_of, tmp_path, fence):
    notices = []
    relay = relay_of(told(30), fence, notice=notices.append)
    relay._outgoing = MemoryOutgoing(told(12))
    relay.pass_on()
    server.kill()
    shutil.copytree(server.store, tmp_path / "backup")
    server.start()
    relay._outgoing = MemoryOutgoing(told(30))
    relay.pass_on()

    server.kill()
    shutil.rmtree(server.store)
    (tmp_path / "backup").rename(server.store)
    server.start()

    assert relay.pass_on() == 30
    assert stored(server.url) == as_stored(told(30))
    assert [notice for notice in notices if "came back older" in notice] == notices != []


def test_a_stream_that_was_lost_is_filled_from_the_beginning(server, relay_of, monkeypatch):
    monkeypatch.setattr(relays, "LOOK_AGAIN_SECONDS", 0)
    relay = relay_of(told(30))
    relay.pass_on()
    with Line(server.url) as line:
        line.ask(f"STREAM.DELETE.{STREAM}")

    assert relay.pass_on() == 30
    assert stored(server.url) == as_stored(told(30))


def test_what_was_purged_from_the_stream_is_not_told_again(server, relay_of):
    relay_of(told(30)).pass_on()
    with Line(server.url) as line:
        line.ask(f"STREAM.PURGE.{STREAM}")

    assert relay_of(told(33)).pass_on() == 33
    assert stored(server.url) == as_stored(told(33)[30:])


def test_a_feed_restored_from_an_older_backup_is_not_passed_on(server, relay_of):
    relay_of(told(30)).pass_on()

    with pytest.raises(WorldFailed, match=r"ends at position 30, and the feed before it: the registry was restored"):
        relay_of(told(29)).pass_on()


def test_a_feed_that_was_restored_and_went_on_is_not_passed_on(server, relay_of):
    relay_of(told(30)).pass_on()
    others = [*told(29), Message(30, "eligibility.kafaalat.PK6.PK601", {}, b"another"), *told(5, first=31)]

    with pytest.raises(WorldFailed, match="tell different things at position 30"):
        relay_of(others).pass_on()
    assert len(stored(server.url)) == 30


def test_a_message_of_somebody_else_in_the_stream_is_noticed(server, relay_of):
    relay_of(told(3)).pass_on()
    with Line(server.url) as line:
        entrance = make_stream(line, StreamSettings())
        address, answer = line.expect_answer()
        line.send(b"PUB %bkafaalat %b 1\r\nx\r\n" % (entrance.encode(), address.encode()))
        line.get(answer)

    with pytest.raises(WorldFailed, match=r"holds a message that is not the relay's \(number 4, id none\)"):
        relay_of(told(9)).pass_on()


@FENCES
def test_a_full_stream_refuses_and_loses_nothing_and_goes_on_with_more_room(server, relay_of, small_windows, fence):
    with Line(server.url) as line:
        make_stream(line, StreamSettings(bytes_max=20_000))
    relay = relay_of(told(500), fence)

    with pytest.raises(StreamFull, match=r"The stream ELIGIBILITY is full \(maximum bytes exceeded\)"):
        relay.pass_on()
    kept = stored(server.url)
    assert kept == as_stored(told(500))[: len(kept)]
    assert 0 < len(kept) == relay.position < 500

    assert relay_of(told(500), fence, settings=StreamSettings(bytes_max=2_000_000)).pass_on() == 500
    assert stored(server.url) == as_stored(told(500))


def test_a_server_that_takes_small_batches_only_gets_small_ones(tmp_path):
    with NatsProcess(tmp_path, sync_interval="always") as server:
        relay = Relay(MemoryOutgoing(told(2_500)), lambda: open_line(server.url))
        try:
            assert relay.pass_on() == 2_500
        finally:
            relay.close()
        assert stored(server.url) == as_stored(told(2_500))


def test_a_stream_that_was_written_to_openly_before_is_given_an_entrance_and_keeps_what_it_holds(server, relay_of):
    relay_of(told(30)).pass_on()
    with Line(server.url) as line:
        config = line.ask(f"STREAM.INFO.{STREAM}")["config"]
        line.ask(f"STREAM.UPDATE.{STREAM}", {**config, "subjects": ["eligibility.>"], "subject_transform": None})

    assert relay_of(told(33)).pass_on() == 33
    assert stored(server.url) == as_stored(told(33))
    with Line(server.url) as line:
        (subject,) = line.ask(f"STREAM.INFO.{STREAM}")["config"]["subjects"]
    assert subject.startswith("entrance-")


def test_a_stream_that_somebody_gave_another_entrance_meanwhile_is_asked_for_it(server, relay_of):
    relay = relay_of(told(30))
    relay.pass_on()
    with Line(server.url) as line:
        line.ask(f"STREAM.DELETE.{STREAM}")
        make_stream(line, StreamSettings())
    relay._outgoing = MemoryOutgoing(told(60))

    assert relay.pass_on() == 60
    assert stored(server.url) == as_stored(told(60))


def test_large_messages_go_in_windows_of_bounded_size(server, relay_of, monkeypatch):
    monkeypatch.setattr(relays, "WINDOW_BYTES_MAX", 1_000)

    assert relay_of(told(50, size=400)).pass_on() == 50
    assert stored(server.url) == as_stored(told(50, size=400))


def test_a_feed_with_a_hole_is_not_passed_on_beyond_it(server, relay_of):
    with pytest.raises(WorldFailed, match="hole after position 0: the next message is 2"):
        relay_of(told(5)[1:]).pass_on()


@pytest.mark.parametrize(
    ("message", "because"),
    [
        (Message(1, "eligibility.kafaalat.لاہور", {}, b""), "No message can be sent as"),
        (Message(1, "eligibility.*.PK6", {}, b""), "No message can be sent as"),
        (Message(1, "eligibility..PK6", {}, b""), "No message can be sent as"),
        (Message(1, "payments.kafaalat", {}, b""), "a subject begins with 'eligibility.'"),
        (Message(1, "eligibility.kafaalat", {"ce-subject": "گھر"}, b""), "not plain ASCII"),
        (Message(1, "eligibility.kafaalat", {"ce-id": "1\r\nNats-Rollup: all"}, b""), "not plain ASCII on one line"),
        (Message(1, "eligibility.kafaalat", {}, bytes(2_000_000)), r"bytes long; the NATS server takes 1,048,576"),
    ],
)
def test_a_message_that_cannot_be_sent_as_it_is_is_refused_in_a_sentence(server, relay_of, message, because):
    with pytest.raises(Refused, match=because):
        relay_of([message]).pass_on()


def test_what_a_message_says_of_itself_arrives_in_its_headers(server, relay_of):
    relay_of(told(1)).pass_on()

    with Line(server.url) as line:
        found = line.ask(f"STREAM.MSG.GET.{STREAM}", {"seq": 1})["message"]
    assert b"ce-type: standing.decided.v1\r\n" in base64.b64decode(found["hdrs"])
