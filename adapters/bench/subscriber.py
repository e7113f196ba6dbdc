"""A reader of the stream in a process of its own: it pulls continuously and says when it had each message.

It measures how late messages come; how fast a partner reads is measured with the partner's own program.
"""

import asyncio
import json
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from adapters.companion import Companion, hand_over
from adapters.nats.stream import STREAM

REQUEST_MESSAGES = 10_000
"""Messages in one request; the next one is made when half of them have come."""
EXPIRES_SECONDS = 300
PENDING_BYTES_MAX = 1024 * 1024 * 1024


class Reading(msgspec.Struct, frozen=True):
    """What is to be read: messages behind a sequence of the stream, so many or for so long."""

    url: str
    after: int
    messages: int
    seconds_max: float


class Read(msgspec.Struct, frozen=True):
    """What came: how many, and when each payload was there."""

    messages: int
    payloads: list[tuple[float, bytes]]


def subscriber(reading: Reading) -> Companion:
    """Start the process; it says `ready` once its first request is with the server, and in the end what it read."""
    companion = Companion("adapters.bench.subscriber", "the measurement", "Measure again.")
    companion.tell(reading)
    return companion


class _Puller:
    """One consumer that is pulled from without a pause."""

    def __init__(self, client: Client, reading: Reading) -> None:
        self._client = client
        self._reading = reading
        self._asked = 0
        self._name = client.new_inbox().rpartition(".")[2]
        self._inbox = client.new_inbox()
        self.count = 0
        self.payloads: list[tuple[float, bytes]] = []
        self.done = asyncio.Event()

    async def begin(self) -> None:
        """Make the consumer and ask for the first messages."""
        config = {
            "name": self._name,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self._reading.after + 1,
            "ack_policy": "all",
            "max_ack_pending": -1,
            "inactive_threshold": EXPIRES_SECONDS * 1_000_000_000,
        }
        asked = json.dumps({"stream_name": STREAM, "config": config}).encode()
        answer = await self._client.request(f"$JS.API.CONSUMER.CREATE.{STREAM}.{self._name}", asked, 10)
        assert "error" not in json.loads(answer.data), answer.data
        await self._client.subscribe(
            self._inbox, cb=self._take, pending_msgs_limit=-1, pending_bytes_limit=PENDING_BYTES_MAX
        )
        await self._ask()

    async def _ask(self) -> None:
        self._asked += REQUEST_MESSAGES
        request = {"batch": REQUEST_MESSAGES, "expires": EXPIRES_SECONDS * 1_000_000_000}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._name}"
        await self._client.publish(subject, json.dumps(request).encode(), reply=self._inbox)
        await self._client.flush()

    async def _take(self, message: Msg) -> None:
        came_at = time.monotonic()
        if not message.reply:
            return  # the server says that a request is over
        self.count += 1
        self.payloads.append((came_at, message.data))
        if self._asked - self.count == REQUEST_MESSAGES // 2:
            await self._client.publish(message.reply)  # acknowledges all up to here
            await self._ask()
        if self.count >= self._reading.messages:
            await self._client.publish(message.reply)
            self.done.set()


async def _read(reading: Reading, pipe: Connection) -> Read:
    client = Client()
    await client.connect(reading.url, allow_reconnect=False)
    try:
        puller = _Puller(client, reading)
        await puller.begin()
        pipe.send("ready")
        with suppress(TimeoutError):  # what has come until then is what there is to say
            await asyncio.wait_for(puller.done.wait(), reading.seconds_max)
        return Read(puller.count, puller.payloads)
    finally:
        await client.close()


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    pipe = Connection(descriptor)
    try:
        reading: Any = pipe.recv()
        pipe.send(asyncio.run(_read(reading, pipe)))
    except Exception as fault:  # noqa: BLE001 - it is raised where the measurement is led
        hand_over(fault, pipe)
