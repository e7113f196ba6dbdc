"""How fast the relay publishes, beside the fastest bare publisher we can write; and how fast a partner reads.

Both send the same messages over the same kind of connection, in windows of the same size, each an atomic batch that the
server has synced before it answers. The bare one has all messages in memory, ready but for the two headers that an
atomic batch asks for; the relay reads them from Postgres and fences them.
"""

import secrets
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from adapters.bench.partner_program import Pulling, pulled_per_s
from adapters.faults import WorldFailed
from adapters.nats.consumers import find_consumers, make_consumer, remove_consumers
from adapters.nats.frames import checked_subject
from adapters.nats.line import Line, open_line
from adapters.nats.relay import WINDOW_MESSAGES, WINDOWS_UNDER_WAY_MAX, Relay
from adapters.nats.stream import STREAM, StreamSettings, make_stream, read_end
from adapters.outgoing import Message
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.registry.partner_access import Access

MESSAGES_MAX = 200_000
"""As many messages are published in each turn, if the feeds hold so many."""


class Published(msgspec.Struct, frozen=True):
    """Messages a second in every turn: the relay's and the bare publisher's, one after the other, and a partner's.

    The partner's program pulls and reads all that is told of one programme; and once more, keeping its list.
    """

    messages: int
    relay: list[float]
    bare: list[float]
    client: list[float]
    client_with_list: list[float]

    @property
    def vs_bare(self) -> float:
        """How much of the bare publisher's speed the relay reaches, by the medians of all turns."""
        return statistics.median(self.relay) / statistics.median(self.bare)


def measure_publishing(
    dsn: str, url: str, access: Access, programme: str, turns: int, messages_max: int = MESSAGES_MAX
) -> Published:
    """Publish what the feeds hold into an emptied stream, in turns by the relay and bare; then read it as a partner.

    The stream is left as the relay made it, as far as it was asked to publish.
    """
    with closing(PostgresOutgoing(dsn)) as outgoing:
        messages = _all(outgoing, messages_max)
    made = Published(len(messages), [], [], [], [])
    told = sum(message.subject.startswith(f"eligibility.{access.user}.{programme}.") for message in messages)
    for _ in range(turns):
        made.bare.append(_bare_per_s(url, messages))
        made.relay.append(_relay_per_s(dsn, url, len(messages)))
        made.client.append(_client_per_s(url, Pulling(access, programme, told, None)))
        with tempfile.TemporaryDirectory() as folder:
            pulling = Pulling(access, programme, told, Path(folder) / "list.db")
            made.client_with_list.append(_client_per_s(url, pulling))
    return made


def _all(outgoing: PostgresOutgoing, messages_max: int) -> list[Message]:
    messages: list[Message] = []
    while len(messages) < messages_max and (more := outgoing.after(len(messages), WINDOW_MESSAGES)):
        messages += more
    if len(messages) < WINDOW_MESSAGES:
        raise WorldFailed(f"The feeds hold {len(messages):,} rows, too few to measure publishing: ask for a nation.")
    return messages[:messages_max]


class _AsFarAs:
    """The feed up to a position, so that the relay publishes what the bare publisher does."""

    def __init__(self, outgoing: PostgresOutgoing, last: int) -> None:
        self._outgoing = outgoing
        self._last = last

    def after(self, position: int, limit: int) -> Sequence[Message]:
        return self._outgoing.after(position, min(limit, self._last - position)) if position < self._last else ()


def _relay_per_s(dsn: str, url: str, messages: int) -> float:
    empty_stream(url)
    with (
        closing(PostgresOutgoing(dsn)) as outgoing,
        closing(Relay(_AsFarAs(outgoing, messages), lambda: open_line(url))) as relay,
    ):
        began = time.perf_counter()
        assert relay.pass_on() == messages, "the relay stopped before the end"
        return messages / (time.perf_counter() - began)


def _bare_per_s(url: str, messages: Sequence[Message]) -> float:
    empty_stream(url)
    with open_line(url) as line:
        entrance = make_stream(line, StreamSettings())
        parts = [_ready(message, entrance) for message in messages]
        began = time.perf_counter()
        under_way: deque[object] = deque()
        for begin in range(0, len(parts), WINDOW_MESSAGES):
            reply, answer = line.expect_answer()
            line.send(_window(parts[begin : begin + WINDOW_MESSAGES], reply))
            under_way.append(answer)
            if len(under_way) >= WINDOWS_UNDER_WAY_MAX:
                _settle(line, under_way.popleft())
        while under_way:
            _settle(line, under_way.popleft())
        seconds = time.perf_counter() - began
        assert read_end(line).position == len(messages), "the bare publisher lost something"
    return len(messages) / seconds


_Parts = tuple[bytes, bytes, bytes, int, int]


def _ready(message: Message, entrance: str) -> _Parts:
    """All of a message that can be known before its batch: subject, own headers, payload, and their lengths."""
    own = "".join(f"{name}: {value}\r\n" for name, value in message.headers.items())
    headers = f"Nats-Msg-Id: {message.position}\r\n{own}\r\n".encode()
    return checked_subject(message.subject, entrance), headers, message.payload, len(headers), len(message.payload)


def _window(parts: Sequence[_Parts], reply: str) -> bytes:
    """One atomic batch; a relay's fence is left out, which a bare publisher needs not."""
    head = f"NATS/1.0\r\nNats-Batch-Id: {secrets.token_hex(16)}\r\nNats-Batch-Sequence: ".encode()
    frames = [_frame(one, head + b"%d\r\n" % number, b"") for number, one in enumerate(parts[:-1], 1)]
    last = head + b"%d\r\nNats-Batch-Commit: 1\r\n" % len(parts)
    return b"".join([*frames, _frame(parts[-1], last, reply.encode())])


def _frame(parts: _Parts, batch: bytes, reply: bytes) -> bytes:
    subject, headers, payload, length, size = parts
    length += len(batch)
    return b"HPUB %b %b %d %d\r\n%b%b%b\r\n" % (subject, reply, length, length + size, batch, headers, payload)


def _settle(line: Line, answer: object) -> None:
    said = line.get(answer)  # type: ignore[arg-type]
    if said.error is not None:
        raise WorldFailed(f"The bare publisher was refused: {said.error.description}.")


def _client_per_s(url: str, pulling: Pulling) -> float:
    """The partner's program begins at the beginning: its consumer is made anew."""
    key = pulling.access.user, pulling.programme
    with open_line(url) as line:
        remove_consumers(line, [key], find_consumers(line))
        make_consumer(line, key)
    return pulled_per_s(pulling)


def empty_stream(url: str) -> None:
    """Delete the stream, so that whoever publishes begins at the beginning."""
    with open_line(url) as line:
        make_stream(line, StreamSettings())
        line.ask(f"STREAM.DELETE.{STREAM}")
