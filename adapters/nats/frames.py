"""Messages as the bytes of the NATS protocol, thousands in one piece.

A window is a run of messages that is fenced: it is stored where the relay believes the stream to end, or not at all.
There are two ways to it. `ATOMIC` sends one of JetStream's atomic batches: all or nothing, and one sync for all.
`CHAINED` lets each message name the one before it: what follows a message that was not stored is not stored either.
"""

import secrets
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import repeat

from adapters.faults import Refused
from adapters.nats.stream import SUBJECT_PREFIX
from adapters.outgoing import Message, WrittenHeaders

SUBJECTS_REMEMBERED = 65_536
_WRONG_IN_SUBJECT = frozenset(" \t\r\n*>")


class Fence(StrEnum):
    """How a window is kept in its place."""

    ATOMIC = "atomic"
    """For a server that syncs always: one sync a window."""
    CHAINED = "chained"
    """For a server that syncs later: less work a message, but one sync for each where it syncs always."""


def pack(
    messages: Sequence[Message],
    fence: Fence,
    first_reply: str,
    last_reply: str,
    bytes_max: int,
    entrance: str = SUBJECT_PREFIX,
) -> bytes:
    """Return the frames of one window, whose positions follow each other, addressed to the entrance of a stream.

    The answer for the whole window comes to `last_reply`; in a chained one, that for its first message comes to
    `first_reply`, since only that one says why when nothing is stored. Raises Refused when a message cannot be sent.
    """
    replies = [""] * len(messages)
    if fence is Fence.ATOMIC:
        fencing = _batched(messages)
    else:
        fencing = [_expected(message) for message in messages]
        replies[0] = first_reply
    replies[-1] = last_reply
    limits, entrances = repeat(bytes_max), repeat(entrance)
    return b"".join(map(_frame, messages, replies, fencing, limits, entrances))


def _batched(messages: Sequence[Message]) -> list[str]:
    """Return the headers of an atomic batch, which the server fences as a whole when the last message commits it."""
    batch = f"Nats-Batch-Id: {secrets.token_hex(16)}\r\nNats-Batch-Sequence: "
    headers = [f"{batch}{number}\r\n" for number in range(1, len(messages) + 1)]
    headers[0] += _expected(messages[0])
    headers[-1] += "Nats-Batch-Commit: 1\r\n"
    return headers


def _expected(message: Message) -> str:
    return f"Nats-Expected-Last-Sequence: {message.position - 1}\r\n"


def _frame(message: Message, reply: str, fencing: str, bytes_max: int, entrance: str) -> bytes:
    own = _header_lines(message)
    head = f"NATS/1.0\r\nNats-Msg-Id: {message.position}\r\n{fencing}{own}\r\n".encode()
    size = len(head) + len(message.payload)
    if size > bytes_max:
        raise Refused(f"Message {message.position} is {size:,} bytes long; the NATS server takes {bytes_max:,}.")
    subject = checked_subject(message.subject, entrance)
    return b"HPUB %b %b %d %d\r\n%b%b\r\n" % (subject, reply.encode(), len(head), size, head, message.payload)


def _header_lines(message: Message) -> str:
    headers = message.headers
    if isinstance(headers, WrittenHeaders):
        return headers.lines
    own = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if not own.isascii() or own.count("\n") != len(headers) or own.count("\r") != len(headers):
        raise Refused(f"Message {message.position} has a header that is not plain ASCII on one line: {own!r}.")
    return own


@lru_cache(SUBJECTS_REMEMBERED)
def checked_subject(subject: str, entrance: str) -> bytes:
    """Return where a message of a subject is sent. Raises Refused when no single message can be sent under it."""
    tokens = subject.split(".")
    odd = not subject.isascii() or not all(tokens) or _WRONG_IN_SUBJECT.intersection(subject)
    if odd or not subject.startswith(SUBJECT_PREFIX):
        raise Refused(
            f"No message can be sent as {subject!r}: a subject begins with {SUBJECT_PREFIX!r} and is made of ASCII "
            "words with dots between."
        )
    return (entrance + subject.removeprefix(SUBJECT_PREFIX)).encode()
