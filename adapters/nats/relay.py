"""The fenced relay: passes on what is to be told, in order, nothing twice and nothing left out.

It keeps no checkpoint. Where it goes on is what the stream's last message says, so what was stored and what is believed
to be stored are the same thing, after any crash of either side. The fence sees to it that a message is stored at its
own number and nowhere else, however many relays are at work and whatever they believe.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from adapters.faults import WorldFailed
from adapters.nats.frames import Fence, pack
from adapters.nats.line import Answer, Line, LineLost, NotDone
from adapters.nats.stream import STREAM, End, StreamSettings, make_stream, read_end
from adapters.outgoing import Message, Outgoing

WINDOW_MESSAGES = 4_000
"""Measured with a sync for each window: 1,000 reach half of what 4,000 do, 10,000 no more. A server drops what is
beyond 10,000 messages in hand, so two windows must be less."""
WINDOW_MESSAGES_ANYWHERE = 1_000
"""An atomic batch of so many every server takes that was not set up otherwise."""
BATCH_MESSAGES_MIN = 16
"""An atomic batch costs some 20 ms however small it is, and a message that is synced by itself 1.6 ms."""
WINDOW_BYTES_MAX = 8 * 1024 * 1024
WINDOWS_UNDER_WAY_MAX = 2
"""One is stored while the next is read and packed."""

FAILURES_MAX = 5
PAUSE_SECONDS = 0.1
PAUSE_SECONDS_MAX = 2.0
LOOK_AGAIN_SECONDS = 5.0
"""While there is nothing to tell, the stream's end is looked at so often: it may have been restored from a backup."""

WRONG_LAST_SEQUENCE = (10071, 10164)
STORE_FAILED = 10077
BATCH_TOO_LARGE = 10199


class StreamFull(WorldFailed):
    """The stream has reached its limit and takes no more; nothing was lost, and partners can read what it holds."""


@dataclass(frozen=True)
class _Window:
    """What was sent and not yet answered for."""

    last_position: int
    answers: tuple["Future[Answer]", ...]


class Relay:
    """Passes messages on from a feed to the stream. One call after another, from one thread."""

    def __init__(
        self,
        outgoing: Outgoing,
        dial: Callable[[], Line],
        settings: StreamSettings | None = None,
        fence: Fence = Fence.ATOMIC,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`dial` opens a line to the server; `notice` is told in a sentence what an operator may wonder about later."""
        self.position = 0
        """Up to here the stream held everything when it was last heard of."""
        self._outgoing = outgoing
        self._dial = dial
        self._settings = settings or StreamSettings()
        self._fence = fence
        self._notice = notice
        self._line: Line | None = None
        self._entrance = ""
        self._look_again_at = 0.0
        self._window_messages = WINDOW_MESSAGES

    def pass_on(self) -> int:
        """Pass on everything there is to tell, and return the position up to which the stream holds it.

        Raises WorldFailed when the server stays away or refuses; then `position` says how far it is, nothing is lost,
        and the next call goes on. Raises StreamFull at the stream's limit.
        """
        failures = 0
        while True:
            before = self.position
            try:
                self._go_on()
            except (LineLost, NotDone) as failure:
                failures = 1 if self.position > before else failures + 1
                self._drop(failure)
                if failures > FAILURES_MAX:
                    raise WorldFailed(f"{failure} {self._so_far()}") from failure
                time.sleep(min(PAUSE_SECONDS_MAX, PAUSE_SECONDS * 2 ** (failures - 1)))
            else:
                return self.position

    def close(self) -> None:
        """Hang up. What was not answered for is settled by whoever reads the stream's end next."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _go_on(self) -> None:
        if self._line is None or not self._line.is_up():
            self.close()
            self._line = self._dial()
            self._entrance = make_stream(self._line, self._settings)
            self._look_again_at = 0.0
        if time.monotonic() >= self._look_again_at:
            self._find_end(self._line)
        self._send_all(self._line)

    def _drop(self, failure: WorldFailed) -> None:
        """Forget what was under way: the stream's end will say what came of it."""
        self._look_again_at = 0.0
        if isinstance(failure, NotDone) and failure.code in WRONG_LAST_SEQUENCE:
            return
        if isinstance(failure, NotDone) and failure.code == STORE_FAILED and "exceeded" in failure.description:
            raise StreamFull(f"The stream {STREAM} is full ({failure.description}). {self._so_far()}") from failure
        if isinstance(failure, NotDone) and failure.code == BATCH_TOO_LARGE:
            self._window_messages = WINDOW_MESSAGES_ANYWHERE
            return
        self.close()

    def _so_far(self) -> str:
        return f"Partners can read up to position {self.position:,}; the rest waits and is not lost."

    def _find_end(self, line: Line) -> None:
        end = read_end(line)
        self._check_against_feed(end)
        if end.position < self.position:
            self._notice(
                f"The stream {STREAM} ends at {end.position:,} and had {self.position:,} before: it came back older, "
                "and is filled again."
            )
        self.position = end.position
        self._look_again_at = time.monotonic() + LOOK_AGAIN_SECONDS

    def _check_against_feed(self, end: End) -> None:
        """See to it that the stream is the beginning of this feed. Raises WorldFailed when it is not."""
        if end.position == 0:
            return
        told = self._outgoing.after(end.position - 1, 1)
        if not told:
            raise WorldFailed(
                f"The stream {STREAM} ends at position {end.position:,}, and the feed before it: the registry was "
                "restored from a backup older than what partners were told. Nothing is passed on until somebody has "
                "decided (see the runbook)."
            )
        if end.payload is not None and (told[0].subject, told[0].payload) != (end.subject, end.payload):
            raise WorldFailed(
                f"The stream {STREAM} and the feed tell different things at position {end.position:,}: they belong to "
                "two registries, or one was restored and went on. Nothing is passed on until somebody has decided (see "
                "the runbook)."
            )

    def _send_all(self, line: Line) -> None:
        under_way: deque[_Window] = deque()
        sent = self.position
        while messages := self._outgoing.after(sent, self._window_messages):
            window = _fitting(messages)
            _check_gapless(window, sent)
            under_way.append(self._send(line, window))
            sent = window[-1].position
            if len(under_way) >= WINDOWS_UNDER_WAY_MAX:
                self._settle(line, under_way.popleft())
        while under_way:
            self._settle(line, under_way.popleft())

    def _send(self, line: Line, messages: Sequence[Message]) -> _Window:
        fence = self._fence if len(messages) >= BATCH_MESSAGES_MIN else Fence.CHAINED
        replies = [line.expect_answer() for _ in range(2 if fence is Fence.CHAINED and len(messages) > 1 else 1)]
        (first_reply, _), (last_reply, _) = replies[0], replies[-1]
        line.send(pack(messages, fence, first_reply, last_reply, line.payload_bytes_max, self._entrance))
        return _Window(messages[-1].position, tuple(answer for _, answer in replies))

    def _settle(self, line: Line, window: _Window) -> None:
        stored_as = 0
        for answer in window.answers:
            said = line.get(answer)
            if said.error is not None:
                raise NotDone(said.error.err_code, said.error.description)
            stored_as = said.seq
        if stored_as != window.last_position:
            raise NotDone(0, f"message {window.last_position} is stored as {stored_as}")
        self.position = window.last_position
        self._look_again_at = time.monotonic() + LOOK_AGAIN_SECONDS


def _fitting(messages: Sequence[Message]) -> Sequence[Message]:
    """Return as many of the messages as make a window of bounded size, one at least."""
    size = 0
    for number, message in enumerate(messages):
        size += len(message.payload)
        if size > WINDOW_BYTES_MAX and number:
            return messages[:number]
    return messages


def _check_gapless(messages: Sequence[Message], after: int) -> None:
    if messages[0].position != after + 1 or messages[-1].position != after + len(messages):
        raise WorldFailed(
            f"The feed has a hole after position {after:,}: the next message is {messages[0].position:,}. Nothing is "
            "passed on beyond it."
        )
