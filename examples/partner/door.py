"""The partner's door to JetStream: a continuous pull that hands out batches, and acknowledges what was committed."""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept_list import CannotGoOn, Told
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

BATCH_MESSAGES_MAX = 5_000
"""So many are taken in together: one transaction and one acknowledgement."""
PULL_MESSAGES = 10_000
"""So many are asked for at once; more is asked for when half of them have come, so that the stream never pauses."""
PULL_SECONDS = 30
HEARTBEAT_SECONDS = 5
LOOK_SECONDS = 1
SILENCE_SECONDS_MAX = 3 * HEARTBEAT_SECONDS
"""After so long without a word the server has forgotten what was asked: ask again."""
INFO_SECONDS_MAX = 5
RECONNECT_SECONDS = 1
WITHOUT_END = -1
DATA_BYTES_MAX = 256 * 1024 * 1024
"""The client library drops what is beyond; two pulls of the largest messages are far below."""

_STATUS, _LEFT = "Status", "Nats-Pending-Messages"
_HEARTBEAT, _CONFLICT = "100", "409"
_GONE = "consumer deleted"


@dataclass(frozen=True)
class Access:
    """What the registry handed over when it made the partner's key."""

    server: str
    user: str
    password: str
    inbox_prefix: str
    stream: str
    consumers: dict[str, str]


def read_access(file: Path) -> Access:
    """Read the file that `partner key -o FILE` wrote. Raises CannotGoOn where it is another."""
    try:
        written: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Access(**written)
    except (OSError, ValueError, TypeError) as failure:
        raise CannotGoOn(f"{file} is not the file that the registry handed over with the key ({failure}).") from failure


@dataclass(frozen=True)
class Delivered:
    """A message as it came: what it tells, where to acknowledge it, and how many wait behind it in the stream."""

    told: Told
    reply: str
    waiting: int


Complain = Callable[[Exception], Awaitable[None]]


class QuickClient(Client):
    """nats-py's client with a shorter reading of headers, which took more than half of its time for a message.

    Where another version of nats-py has no such method, its own reading is used and all is well, but slower.
    """

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        lines = raw.decode("utf-8", "replace").split("\r\n")
        return {name: value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}


class Door:
    """One consumer of the partner's, pulled from by one process at a time. Open it first, close it in the end."""

    def __init__(self, access: Access, programme: str, complain: Complain) -> None:
        """`complain` is told what the connection meets; it is tried again by itself."""
        if programme not in access.consumers:
            raise CannotGoOn(f"The key is for {', '.join(access.consumers)}, and not for {programme}.")
        self._client = QuickClient()
        self._complain = complain
        self._access = access
        self._consumer = access.consumers[programme]
        self._subjects = f"eligibility.{access.user}.{programme}."
        self._come: deque[Msg] = deque()
        self._news = asyncio.Event()
        self._asked = 0
        self._inbox = ""
        self._trouble = ""
        self._heard_at = time.monotonic()

    async def open(self) -> None:
        """Connect, and from then on stay connected whatever the server goes through.

        Raises CannotGoOn where nobody answers, or the key is not taken.
        """
        access = self._access
        if not access.server:
            raise CannotGoOn("The key file names no server: ask the registry for one that does.")
        try:
            await self._client.connect(
                access.server.split(","),
                user=access.user,
                password=access.password,
                inbox_prefix=access.inbox_prefix,
                name=f"gharana partner {access.user}",
                max_reconnect_attempts=1,
                reconnect_time_wait=RECONNECT_SECONDS,
                error_cb=self._complain,
                reconnected_cb=self._when_reconnected,
            )
        except (NatsError, OSError) as failure:
            raise CannotGoOn(f"{access.server} cannot be reached as {access.user}: {failure}.") from failure
        self._client.options["max_reconnect_attempts"] = WITHOUT_END
        self._inbox = self._client.new_inbox()
        await self._client.subscribe(
            self._inbox, cb=self._when_come, pending_msgs_limit=0, pending_bytes_limit=DATA_BYTES_MAX
        )

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def batches(self) -> AsyncIterator[list[Delivered]]:
        """Hand out what comes, for as long as anybody wants more; an empty batch where nothing came for a second."""
        while True:
            if self._asked <= PULL_MESSAGES // 2:
                await self._ask()
            if not self._come:
                await self._wait()
            if self._trouble:
                raise CannotGoOn(self._trouble)
            yield [self._read(self._come.popleft()) for _ in range(min(len(self._come), BATCH_MESSAGES_MAX))]

    async def acknowledge(self, reply: str) -> None:
        """Say that a message and all before it are safely kept; the server gives them to nobody again."""
        await self._client.publish(reply, b"+ACK")

    async def outstanding(self) -> tuple[int, int] | None:
        """How many messages wait in the stream, and how many were handed out and not acknowledged.

        Nothing where the server does not answer: it is away, or does not let us ask.
        """
        subject = f"$JS.API.CONSUMER.INFO.{self._access.stream}.{self._consumer}"
        try:
            answer = await self._client.request(subject, timeout=INFO_SECONDS_MAX)
        except (NatsTimeoutError, NoRespondersError):
            return None
        info = json.loads(answer.data)
        if "error" in info:
            raise CannotGoOn(
                f"There is no consumer {self._consumer}: ask the registry ({info['error']['description']})."
            )
        return info["num_pending"], info["num_ack_pending"]

    async def _when_reconnected(self) -> None:
        """Forget what was asked for, as the server does when the connection is lost."""
        self._asked = 0
        self._news.set()

    async def _ask(self) -> None:
        self._asked += PULL_MESSAGES
        wanted = {
            "batch": PULL_MESSAGES,
            "expires": PULL_SECONDS * 1_000_000_000,
            "idle_heartbeat": HEARTBEAT_SECONDS * 1_000_000_000,
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._access.stream}.{self._consumer}"
        await self._client.publish(subject, json.dumps(wanted).encode(), reply=self._inbox)

    async def _wait(self) -> None:
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)
        except TimeoutError:
            if time.monotonic() - self._heard_at > SILENCE_SECONDS_MAX:
                self._asked = 0

    async def _when_come(self, message: Msg) -> None:
        headers = message.headers
        self._heard_at = time.monotonic()
        if headers is not None and _STATUS in headers:
            self._when_told(headers)
        else:
            self._asked -= 1
            self._come.append(message)
        self._news.set()

    def _read(self, message: Msg) -> Delivered:
        headers = message.headers
        if headers is None or "ce-sequence" not in headers or not message.subject.startswith(self._subjects):
            raise CannotGoOn(f"A message came that is not of our feed (under {message.subject}): tell the registry.")
        told = Told(int(headers["ce-sequence"]), headers["ce-id"], headers["ce-type"], json.loads(message.data))
        return Delivered(told, message.reply, int(message.reply.rpartition(".")[2]))

    def _when_told(self, headers: dict[str, str]) -> None:
        """A word of the server about a pull, instead of a message."""
        status, words = headers[_STATUS], headers.get("Description", "")
        if status == _HEARTBEAT:
            return
        if status == _CONFLICT and _GONE in words.lower():
            self._trouble = (
                f"The consumer {self._consumer} was removed: ask the registry whether the agreement is over."
            )
        self._asked = max(0, self._asked - int(headers.get(_LEFT, PULL_MESSAGES)))
