"""The doors of partners in JetStream: one durable pull consumer for each partner and programme, made by the registry.

A partner may pull from its own consumers and acknowledge; it may make none and change none.
"""

from collections.abc import Collection, Iterable
from typing import Any

from adapters.nats.line import Line
from adapters.nats.stream import STREAM, SUBJECT_PREFIX
from projections.feed_message import FeedKey

PENDING_ACKNOWLEDGEMENTS_MAX = 20_000
"""So many messages a partner may have in hand; then it must acknowledge before it gets more."""
BATCH_MESSAGES_MAX = 10_000
"""Most messages of one pull: half of the above, so that a client can take one batch in while the next is on its way."""
ACKNOWLEDGE_SECONDS_MAX = 10
"""What is not acknowledged for so long is sent again: a batch is taken in within a second, unless the client died, and
the next one that comes waits for it, to keep the order."""


def consumer_name(key: FeedKey) -> str:
    """The durable name: partner and programme with a `_` between, which no partner's name contains."""
    partner, programme = key
    assert "_" not in partner, "two feeds could share a name"
    return f"{partner}_{programme}"


def consumer_settings(key: FeedKey) -> dict[str, Any]:
    """A consumer as JetStream is asked for it: of one feed, from its start, an acknowledgement counts for all before.

    One for each message takes a tenth more of the client's time, and as many messages again at the server.
    """
    partner, programme = key
    name = consumer_name(key)
    return {
        "name": name,
        "durable_name": name,
        "filter_subject": f"{SUBJECT_PREFIX}{partner}.{programme}.>",
        "deliver_policy": "all",
        "ack_policy": "all",
        "ack_wait": ACKNOWLEDGE_SECONDS_MAX * 1_000_000_000,
        "max_ack_pending": PENDING_ACKNOWLEDGEMENTS_MAX,
        "max_batch": BATCH_MESSAGES_MAX,
        "max_deliver": -1,
    }


def find_consumers(line: Line) -> set[str]:
    """Every consumer that the stream has, ours or an operator's, by name."""
    found: set[str] = set()
    while True:
        page = line.ask(f"CONSUMER.NAMES.{STREAM}", {"offset": len(found)})
        found.update(page["consumers"] or ())
        if not page["consumers"] or len(found) >= page["total"]:
            return found


def make_consumer(line: Line, key: FeedKey) -> None:
    """Make a feed's consumer, or give the one that is there today's settings; its place in the feed stays."""
    settings = consumer_settings(key)
    subject = f"CONSUMER.CREATE.{STREAM}.{settings['name']}.{settings['filter_subject']}"
    line.ask(subject, {"stream_name": STREAM, "config": settings})


def remove_consumers(line: Line, keys: Iterable[FeedKey], present: Collection[str]) -> list[str]:
    """Remove those of these feeds' consumers that are present; returns their names."""
    names = [name for name in map(consumer_name, keys) if name in present]
    for name in names:
        line.ask(f"CONSUMER.DELETE.{STREAM}.{name}")
    return names
