"""What the relay may rely on, of whatever holds the feed."""

import pytest

from adapters.memory.outgoing import MemoryOutgoing
from tests.nats_servers import told


@pytest.fixture(params=["memory"])
def outgoing(request):
    """A feed of seven messages, as each adapter of the port holds it."""
    feed = MemoryOutgoing()
    for message in told(7):
        feed.add(message.subject, message.headers, message.payload)
    return feed


def test_a_feed_begins_at_one_and_has_no_gap(outgoing):
    assert [message.position for message in outgoing.after(0, 100)] == [1, 2, 3, 4, 5, 6, 7]


def test_no_more_is_returned_than_was_asked_for(outgoing):
    assert [message.position for message in outgoing.after(2, 3)] == [3, 4, 5]


def test_after_the_end_there_is_nothing(outgoing):
    assert list(outgoing.after(7, 10)) == []
    assert list(outgoing.after(99, 10)) == []


def test_the_same_position_gives_the_same_bytes_for_ever(outgoing):
    assert list(outgoing.after(0, 7)) == list(outgoing.after(0, 7)) == told(7)
