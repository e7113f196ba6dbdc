"""How an operator chooses the server of partners, and what is said when the choice makes no sense."""

import pytest

from adapters.faults import Refused
from adapters.message_server import address_for_partners, fence_of, message_server, stream_settings
from adapters.nats.frames import Fence
from adapters.nats.line import Line, LineLost, open_line
from adapters.nats.stream import StreamSettings


def test_a_server_that_is_named_is_the_one():
    with message_server({"GHARANA_NATS_URL": "nats://partners.example:4222"}) as url:
        assert url == "nats://partners.example:4222"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("nats://us:secret@a.example:4222", "nats://a.example:4222"),
        ("us:secret@a.example, tls://b.example", "nats://a.example,tls://b.example"),
    ],
)
def test_partners_are_told_where_the_server_is_without_our_password(ours, theirs):
    assert address_for_partners(ours) == theirs


def test_an_address_that_cannot_be_read_is_refused():
    with pytest.raises(Refused, match="cannot be read: write it as nats://host:4222"):
        address_for_partners("nats://[::1")


@pytest.mark.parametrize(
    ("environ", "fence"),
    [
        ({}, Fence.ATOMIC),
        ({"GHARANA_NATS_SYNC": "always"}, Fence.ATOMIC),
        ({"GHARANA_NATS_SYNC": "later"}, Fence.CHAINED),
    ],
)
def test_windows_are_sent_as_suits_the_servers_syncing(environ, fence):
    assert fence_of(environ) is fence


def test_a_sync_that_there_is_not_is_refused():
    with pytest.raises(Refused, match="GHARANA_NATS_SYNC is 'never'; it can be always or later"):
        fence_of({"GHARANA_NATS_SYNC": "never"})


def test_what_is_not_chosen_stays_as_it_is():
    assert stream_settings({}) == StreamSettings(None, None)


def test_replicas_and_room_are_chosen_by_the_environment():
    chosen = {"GHARANA_NATS_REPLICAS": "3", "GHARANA_NATS_STREAM_BYTES": "1000000"}

    assert stream_settings(chosen) == StreamSettings(3, 1_000_000)


@pytest.mark.parametrize(
    ("environ", "because"),
    [
        ({"GHARANA_NATS_REPLICAS": "2"}, "GHARANA_NATS_REPLICAS is 2; it can be 1 or 3"),
        ({"GHARANA_NATS_REPLICAS": "many"}, "GHARANA_NATS_REPLICAS is 'many'; it must be a whole number above 0"),
        ({"GHARANA_NATS_STREAM_BYTES": "0"}, "GHARANA_NATS_STREAM_BYTES is '0'; it must be a whole number above 0"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(environ, because):
    with pytest.raises(Refused, match=because):
        stream_settings(environ)


@pytest.mark.parametrize("address", ["http://partners.example", "nats://", "nats://host:port"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(Refused, match="The address of the NATS server cannot be read"):
        Line(address)


def test_a_server_that_is_away_is_told_without_its_password():
    with pytest.raises(LineLost, match=r"The NATS server 127\.0\.0\.1:9 cannot be reached") as told:
        open_line("nats://gharana:secret@127.0.0.1:9, nats://gharana:secret@127.0.0.1:9")
    assert "secret" not in str(told.value)
