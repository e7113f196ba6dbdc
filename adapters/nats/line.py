"""A connection to a NATS server for code that does not wait in coroutines: nats-py, on a thread of its own.

It never reconnects by itself, because what it had in hand would then be sent a second time by somebody who does not
know what the server has kept. A line that was lost stays lost; whoever needs another opens one.
"""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError, NoServersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext

from adapters.faults import Refused, WorldFailed

VERSION_MIN = (2, 12)
"""Older servers know no atomic batches, and 2.9 silently ignores `filter_subjects`: a partner would get every
province."""

CONNECT_SECONDS_MAX = 5
SECOND_TRY_SECONDS = 0.5
"""A server that reads its users again turns away whoever is just coming in; it is done in a moment."""
ASK_SECONDS_MAX = 3
"""A cluster without a leader says nothing; asking again is cheap."""
ANSWER_SECONDS_MAX = 10
"""A window of some megabytes that is synced to a slow disk takes seconds; after so long the line counts as lost."""
CLOSE_SECONDS_MAX = 5
LOOK_SECONDS = 0.2
PORT_DEFAULT = 4222
PENDING_BYTES_MAX = 64 * 1024 * 1024
_Value = TypeVar("_Value")


class LineLost(WorldFailed):
    """The server is away, or did not answer in time; what it has kept of what was sent is not known."""


class NotLetIn(Refused):
    """The server does not take our user and password."""


class NotDone(WorldFailed):
    """JetStream answered that it did not do what was asked, with the number and the words of its error."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"JetStream answered: {description} (error {code}).")
        self.code = code
        self.description = description


class Answer(msgspec.Struct):
    """The part of JetStream's answers to a publisher that matters to us."""

    class Error(msgspec.Struct):
        err_code: int = 0
        description: str = ""

    seq: int = 0
    error: Error | None = None


_ANSWER = msgspec.json.Decoder(Answer)


class Line:
    """One connection. Methods may be called from any thread; each waits no longer than its limit."""

    def __init__(self, url: str) -> None:
        """Connect to a server by its address, which may hold user and password.

        Raises LineLost when nobody answers, NotLetIn when the password is not taken, and Refused when the address
        cannot be read or the server is too old.
        """
        self._place = _place(url)
        self._complaint = ""
        self._waiting: dict[str, Future[Answer]] = {}
        self._numbers = itertools.count(1)
        self._readers: dict[tuple[str, str], JetStreamContext.PullSubscription] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()
        self._client = Client()
        self._inbox = self._client.new_inbox()
        try:
            self._wait(self._connect(url), CONNECT_SECONDS_MAX * 2)
            self._check_server()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def payload_bytes_max(self) -> int:
        """How large a message may be for this server, headers included."""
        return int(self._client.max_payload)

    def is_up(self) -> bool:
        return bool(self._client.is_connected)

    def ask(self, subject: str, document: object = None) -> dict[str, Any]:
        """Ask JetStream's interface, as in `ask("STREAM.INFO.eligibility")`, and return its answer.

        Raises NotDone with JetStream's error, and LineLost when no answer comes.
        """
        request = b"" if document is None else json.dumps(document).encode()
        message = self._wait(self._client.request(f"$JS.API.{subject}", request, ASK_SECONDS_MAX))
        answer: dict[str, Any] = json.loads(message.data)
        if error := answer.get("error"):
            raise NotDone(int(error.get("err_code", error["code"])), str(error.get("description", "no words")))
        return answer

    def fetch(self, stream: str, durable: str, limit: int, seconds_max: float) -> list[Msg]:
        """Read the next messages of a durable consumer; none when none comes in time. Raises LineLost."""
        return self._wait(self._fetch(stream, durable, limit, seconds_max))

    def acknowledge(self, messages: Sequence[Msg]) -> None:
        """Tell JetStream that these messages need not come again. One whose acknowledgement is lost does."""
        self._wait(self._acknowledge(messages))

    def expect_answer(self) -> tuple[str, "Future[Answer]"]:
        """Return an address for one answer, and where the answer will be."""
        address = f"{self._inbox}.{next(self._numbers)}"
        answer: Future[Answer] = Future()
        self._waiting[address] = answer
        return address, answer

    def send(self, frames: bytes) -> None:
        """Write frames of the NATS protocol to the connection; nothing is known of them until an answer comes."""
        self._wait(self._write(frames))

    def get(self, answer: "Future[Answer]") -> Answer:
        """Wait for an answer that was expected. Raises LineLost when it does not come."""
        return self._result(answer, ANSWER_SECONDS_MAX)

    def close(self) -> None:
        """Hang up; whoever still waits for an answer gets LineLost."""
        if self._loop.is_closed():
            return
        ending = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        with suppress(NatsError, OSError, FutureTimeoutError):  # the other end may be gone, which is why we hang up
            ending.result(CLOSE_SECONDS_MAX)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._give_up_waiting()

    async def _connect(self, url: str) -> None:
        await self._client.connect(
            url,
            name="gharana",
            allow_reconnect=False,
            max_reconnect_attempts=1,  # zero would mean without end
            reconnect_time_wait=0,
            connect_timeout=CONNECT_SECONDS_MAX,
            pending_size=PENDING_BYTES_MAX,
            error_cb=self._when_complaining,
            closed_cb=self._when_closed,
        )
        await self._client.subscribe(f"{self._inbox}.*", cb=self._when_answered)

    async def _end(self) -> None:
        try:
            await self._client.close()
        finally:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _fetch(self, stream: str, durable: str, limit: int, seconds_max: float) -> list[Msg]:
        reader = self._readers.get((stream, durable))
        if reader is None:
            reader = await self._client.jetstream().pull_subscribe_bind(durable, stream)
            self._readers[stream, durable] = reader
        try:
            return await reader.fetch(limit, seconds_max)
        except TimeoutError:  # nats-py's own is one, but where it runs out of time by itself it raises the plain one
            return []

    async def _acknowledge(self, messages: Sequence[Msg]) -> None:
        for message in messages:
            await message.ack()
        await self._client.flush()

    async def _write(self, frames: bytes) -> None:
        """Use what nats-py's own `publish` ends in: one call for thousands of messages costs what it costs for one."""
        await self._client._send_command(frames)  # noqa: SLF001
        await self._client._flush_pending()  # noqa: SLF001

    async def _when_answered(self, message: Msg) -> None:
        answer = self._waiting.pop(message.subject, None)
        if answer is not None:
            answer.set_result(_ANSWER.decode(message.data) if message.data else _nobody())

    async def _when_closed(self) -> None:
        self._give_up_waiting()

    async def _when_complaining(self, complaint: Exception) -> None:
        """Keep what the server says beside its answers, such as that something is not permitted, for the sentence."""
        self._complaint = _one_line(complaint)

    def _give_up_waiting(self) -> None:
        while self._waiting:
            self._waiting.popitem()[1].cancel()

    def _check_server(self) -> None:
        version = self._client.connected_server_version
        if (version.major, version.minor) < VERSION_MIN:
            raise Refused(
                f"The NATS server {self._place} is {version.major}.{version.minor}.{version.patch}; Gharana needs "
                f"{VERSION_MIN[0]}.{VERSION_MIN[1]} or later, since older ones may hand a partner what is not its own."
            )

    def _wait(self, doing: Coroutine[Any, Any, _Value], seconds_max: float = ANSWER_SECONDS_MAX * 2) -> _Value:
        if self._loop.is_closed():
            doing.close()
            raise self._lost("was hung up on")
        future = asyncio.run_coroutine_threadsafe(doing, self._loop)
        try:
            return self._result(future, seconds_max)
        except NoRespondersError:
            raise self._lost("runs without JetStream, which is off, without a leader, or out of disk") from None
        except NatsTimeoutError:
            raise self._lost("did not answer") from None
        except (NatsError, OSError) as failure:
            if "authorization violation" in str(failure).lower():  # nats-py has a class for it and does not raise it
                raise NotLetIn(f"The NATS server {self._place} does not take our user and password.") from None
            self._complaint = self._complaint or _one_line(failure)
            away = isinstance(failure, OSError | NoServersError)
            raise self._lost("cannot be reached" if away else "failed") from failure

    def _result(self, future: "Future[_Value]", seconds_max: float) -> _Value:
        """Wait for something that runs on the other thread, but not beyond the end of the line: nats-py would."""
        give_up_at = time.monotonic() + seconds_max
        while True:
            try:
                return future.result(LOOK_SECONDS)
            except CancelledError:
                raise self._lost("went away") from None
            except FutureTimeoutError:
                if future.done():
                    raise  # it is the result itself
                if self._client.is_closed or time.monotonic() > give_up_at:
                    future.cancel()
                    raise self._lost("did not answer") from None

    def _lost(self, what: str) -> LineLost:
        said = f" ({self._complaint})" if self._complaint else ""
        return LineLost(f"The NATS server {self._place} {what}{said}.")


def open_line(urls: str) -> Line:
    """Connect to the first server that answers, of one address or several with commas between (a cluster's).

    A password that is not taken is tried a second time, since the server may have been reading its users just then.
    Raises what `Line` raises, of the last server that was tried.
    """
    try:
        return _open_one_of(urls)
    except NotLetIn:
        time.sleep(SECOND_TRY_SECONDS)
        return _open_one_of(urls)


def _open_one_of(urls: str) -> Line:
    *others, last = urls.split(",")
    for url in others:
        try:
            return Line(url.strip())
        except LineLost:
            continue
    return Line(last.strip())


def _nobody() -> Answer:
    return Answer(error=Answer.Error(description="nobody keeps messages of this subject"))


def _place(url: str) -> str:
    """Return the address without user and password, for sentences."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        port = parts.port
    except ValueError:
        raise Refused("The address of the NATS server cannot be read: write it as nats://host:4222.") from None
    if parts.scheme not in {"nats", "tls"} or not parts.hostname:
        raise Refused("The address of the NATS server cannot be read: write it as nats://host:4222.")
    return f"{parts.hostname}:{port or PORT_DEFAULT}"


def _one_line(failure: BaseException) -> str:
    return " ".join(str(failure).split()).removesuffix(".") or type(failure).__name__
