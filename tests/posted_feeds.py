"""Feeds in a database as the feeder fills them, webhooks for them, and a clock that is set by hand."""

import ssl
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import psycopg

from adapters.keys.file_keyring import open_or_make_key_file
from adapters.keys.keyring import Keyring
from adapters.postgres.webhooks import Webhook, Webhooks
from adapters.webhooks.delivering import Means, key_context
from adapters.webhooks.signing import Scheme, for_the_receiver
from adapters.webhooks.targets import AllowedHosts
from tests.households import NOW
from tests.households import Clock as StillClock

SECRET = bytes(range(32))
KEY = for_the_receiver(Scheme.HMAC, SECRET)
FEED_OF = ("food-bank", "kafaalat")


class Clock(StillClock):
    """Begins at the same moment in every test, and goes on when it is told to."""

    def go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def keyring_in(folder: Path) -> Keyring:
    return open_or_make_key_file(folder / "master.key", NOW)


def tell(dsn: str, rows: int, feed: tuple[str, str] = FEED_OF, first: int = 1) -> list[tuple[dict[str, str], bytes]]:
    """Append so many rows to a feed, and return their headers and payloads; feed positions go on from what is there."""
    told = []
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        (position,) = cursor.execute("SELECT coalesce(max(feed_position), 0) FROM feed").fetchone() or (0,)
        for number in range(rows):
            feed_position = position + number + 1
            headers = {
                "ce-id": str(feed_position),
                "ce-type": "standing.decided.v1",
                "content-type": "application/json",
            }
            payload = f'{{"n":{feed_position},"place":"کوٹ"}}'.encode()
            told.append((headers, payload))
            written = msgspec.json.encode(headers).decode()
            values = (*feed, first + number, feed_position, "eligibility.x", written, payload)
            cursor.execute("INSERT INTO feed VALUES (%s, %s, %s, %s, 1, %s, %s, %s)", values)
        cursor.execute(
            "INSERT INTO feed_ends VALUES (%s, %s, %s, %s) ON CONFLICT (partner, programme)"
            " DO UPDATE SET sequence = excluded.sequence, feed_position = excluded.feed_position",
            (*feed, first + rows - 1, position + rows),
        )
    return told


def webhook_to(
    webhooks: Webhooks,
    keyring: Keyring,
    port: int,
    *,
    feed: tuple[str, str] = FEED_OF,
    scheme: Scheme = Scheme.HMAC,
    after: int = 0,
) -> Webhook:
    """A webhook to a receiver on this machine."""
    webhook_id = uuid4()
    webhook = Webhook(
        webhook_id=webhook_id, partner=feed[0], programme=feed[1], url=f"http://127.0.0.1:{port}/feed", scheme=scheme,
        wrapped_secret=keyring.wrap(SECRET, key_context(webhook_id)), made_at=NOW, made_by="director", sequence=after,
    )  # fmt: skip
    assert webhooks.add(webhook)
    return webhook


def means(keyring: Keyring, clock: Clock, *ports: int) -> Means:
    """Delivering to these ports of this machine, without chance."""
    allowed: AllowedHosts = frozenset(("127.0.0.1", port) for port in ports)
    return Means(keyring, allowed, ssl.create_default_context(), clock, lambda: 1.0)
