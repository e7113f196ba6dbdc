"""A partner that keeps its list in SQLite: `feed_subscriber.py URLS FILE PARTNER SEED`.

The list, the last sequence of each feed and a journal of what was applied change in one transaction, and only then is a
message acknowledged. It is slow at random, and now and then forgets to acknowledge, so that messages come again.
"""

import asyncio
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import msgspec
import nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoServersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig

BATCH = PENDING_MAX = 32
"""A partner that has so many in hand gets no more: it is a slow consumer whenever it sleeps."""
ACK_SECONDS = 1.5
AWAY_SECONDS = 0.2
GAP_SECONDS = 0.2
FORGETS, DOZES = 0.04, 0.01
DOZES_SECONDS = 2.0
STEP_SECONDS_MAX = 0.02

TABLES = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS list (programme, household, outcome, since, place, PRIMARY KEY (programme, household));
    CREATE TABLE IF NOT EXISTS reached (programme PRIMARY KEY, sequence);
    CREATE TABLE IF NOT EXISTS journal (id INTEGER, programme, sequence INTEGER, household, was, outcome);
    CREATE TABLE IF NOT EXISTS seen (what PRIMARY KEY, times);
"""


class Store:
    """The partner's own list and how far it has come."""

    def __init__(self, file: Path) -> None:
        self._base = sqlite3.connect(file, isolation_level=None)
        self._base.executescript(TABLES)

    def take(self, messages: list[Msg], draw: Random) -> list[Msg]:
        """Apply what comes next in its feed, all or nothing; return what must come again because a gap is before it."""
        early = []
        self._base.execute("BEGIN IMMEDIATE")
        for message in messages:
            programme, sequence = message.subject.split(".")[2], int(message.headers["ce-sequence"])
            reached = self._reached(programme)
            if sequence == reached + 1:
                self._apply(programme, sequence, message)
            elif sequence > reached:
                early.append(message)
                self._count("early")
            else:
                self._count("again")
        time.sleep(draw.uniform(0, STEP_SECONDS_MAX))
        self._base.execute("COMMIT")
        time.sleep(draw.uniform(0, STEP_SECONDS_MAX))
        return early

    def close(self) -> None:
        self._base.close()

    def _reached(self, programme: str) -> int:
        row = self._base.execute("SELECT sequence FROM reached WHERE programme = ?", (programme,)).fetchone()
        return row[0] if row else 0

    def _apply(self, programme: str, sequence: int, message: Msg) -> None:
        told = msgspec.json.decode(message.data)
        household, was, outcome = told.get("household"), told.get("from"), told.get("to")
        if message.headers["ce-type"].startswith("agreement."):
            household = was = outcome = None
            self._base.execute("DELETE FROM list WHERE programme = ?", (programme,))
        elif message.headers["ce-type"].startswith("shock."):
            household = was = outcome = None  # whom it strikes is told of each household
        elif outcome == "ineligible":
            self._base.execute("DELETE FROM list WHERE programme = ? AND household = ?", (programme, household))
        else:
            row = (programme, household, outcome, told["since"], told["place"])
            self._base.execute("INSERT OR REPLACE INTO list VALUES (?, ?, ?, ?, ?)", row)
        applied = (int(message.headers["ce-id"]), programme, sequence, household, was, outcome)
        self._base.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", applied)
        self._base.execute("INSERT OR REPLACE INTO reached VALUES (?, ?)", (programme, sequence))

    def _count(self, what: str) -> None:
        self._base.execute("INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1", (what,))


async def follow(urls: list[str], partner: str, store: Store, draw: Random) -> None:
    """Take what comes until the line is lost."""
    client = await nats.connect(urls, allow_reconnect=False, connect_timeout=2, error_cb=_say)
    try:
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_SECONDS, max_ack_pending=PENDING_MAX)
        pulled = await client.jetstream().pull_subscribe(
            f"eligibility.{partner}.>", durable=partner, stream="ELIGIBILITY", config=config
        )
        while client.is_connected:
            with suppress(NatsTimeoutError):
                await _settle(await pulled.fetch(BATCH, timeout=1), store, draw)
    finally:
        await client.close()


async def _settle(messages: list[Msg], store: Store, draw: Random) -> None:
    early = store.take(messages, draw)
    if draw.random() < DOZES:
        await asyncio.sleep(DOZES_SECONDS)
    if draw.random() < FORGETS:
        return
    for message in messages:
        await (message.nak(GAP_SECONDS) if message in early else message.ack())


async def _say(fault: Exception) -> None:
    sys.stderr.write(f"{fault!r}\n")


async def main(urls: str, file: str, partner: str, seed: str) -> None:
    with closing(Store(Path(file))) as store:
        draw = Random(seed)
        while True:
            try:
                await follow(urls.split(","), partner, store, draw)
            except (NatsError, NoServersError, OSError) as fault:
                await _say(fault)
            await asyncio.sleep(AWAY_SECONDS)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
