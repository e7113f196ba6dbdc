"""The port through which the relay reads what is to be told: messages in a gapless order of their own."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Message(msgspec.Struct, frozen=True):
    """One thing to be told, in the bytes in which every door tells it."""

    position: int
    """Its place in the feed: 1, 2, 3 and so on, without a gap and for good."""
    subject: str
    headers: Mapping[str, str]
    """ASCII alone, and no line breaks; whatever else is to be said stands in the payload."""
    payload: bytes


class Outgoing(Protocol):
    """Everything that was ever to be told, in the order of its positions."""

    def after(self, position: int, limit: int) -> Sequence[Message]:
        """Return the messages that come next after a position, at most so many; none if that is the end.

        What was returned once is returned for ever, with the same bytes. Raises WorldFailed when it cannot be read.
        """
        ...
