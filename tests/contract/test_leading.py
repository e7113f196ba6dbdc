"""One process leads, the others stand by; and the relay that is led so."""

import threading
import time

import pytest

from adapters.faults import WorldFailed
from adapters.memory.outgoing import MemoryOutgoing
from adapters.nats.line import open_line
from adapters.nats.relay import Relay
from adapters.nats.serving import keep_passing_on
from adapters.postgres.leading import RELAY_LOCK, leading
from tests.nats_servers import NatsProcess, as_stored, stored, told
from tests.servers import end_whoever_holds_a_lock

pytestmark = [pytest.mark.postgres, pytest.mark.nats]

TURN_SECONDS_MAX = 20


def wait_until(true):
    give_up_at = time.monotonic() + TURN_SECONDS_MAX
    while not true():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


@pytest.fixture
def stand_by(database):
    """Somebody who waits for the lead, and what became of it: None while waiting, then whether it leads."""
    stop, state = threading.Event(), {"leads": None}

    def wait_for_the_lead():
        with leading(database, RELAY_LOCK, stop) as leads:
            state["leads"] = leads()
            stop.wait()

    thread = threading.Thread(target=wait_for_the_lead)

    def begin():
        thread.start()
        return stop, state

    yield begin
    stop.set()
    thread.join()


def test_a_stand_by_leads_once_the_leader_is_gone(database, stand_by):
    with leading(database, RELAY_LOCK, threading.Event()) as we_lead:
        _, state = stand_by()
        time.sleep(0.7)  # longer than it takes to look again
        assert we_lead()
        assert state["leads"] is None
    wait_until(lambda: state["leads"])


def test_a_stand_by_that_is_told_to_stop_does_not_lead(database, stand_by):
    with leading(database, RELAY_LOCK, threading.Event()):
        stop, state = stand_by()
        stop.set()
        wait_until(lambda: state["leads"] is False)


def test_a_leader_whose_connection_was_cut_knows_that_it_leads_no_more(database):
    with leading(database, RELAY_LOCK, threading.Event()) as we_lead:
        end_whoever_holds_a_lock(database)

        assert not we_lead()


def test_without_postgres_nobody_leads(tmp_path):
    with (
        pytest.raises(WorldFailed, match="Postgres does not answer"),
        leading(f"host={tmp_path}", RELAY_LOCK, threading.Event()),
    ):
        pass


def test_relays_that_are_led_take_turns_and_wait_for_a_server_that_is_away(database, tmp_path):
    feed, stop, notices = MemoryOutgoing(told(5)), threading.Event(), []
    with NatsProcess(tmp_path) as server:
        relays = [Relay(feed, lambda: open_line(server.url)) for _ in range(2)]
        crowd = [
            threading.Thread(target=keep_passing_on, args=(relay, database, stop, notices.append)) for relay in relays
        ]
        for each in crowd:
            each.start()
        try:
            wait_until(lambda: max(relay.position for relay in relays) == 5)
            assert min(relay.position for relay in relays) == 0, "the stand-by must not work"
            server.kill()
            feed.add("eligibility.kafaalat", {}, b"while it was away")
            wait_until(lambda: any("cannot be reached" in notice for notice in notices))
            server.start()
            wait_until(lambda: max(relay.position for relay in relays) == 6)
        finally:
            stop.set()
            for each in crowd:
                each.join()
        assert stored(server.url)[:5] == as_stored(told(5))
        assert len(stored(server.url)) == 6
