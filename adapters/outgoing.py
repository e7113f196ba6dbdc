"""The port through which the relay reads what is to be told: messages in a gapless order of their own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec


class WrittenHeaders(Mapping[str, str]):
    """Headers as they are stored: a JSON object of texts without any escapes, read only when somebody looks into it."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written = written

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"WrittenHeaders({self.written!r})"

    def _read(self) -> dict[str, str]:
        return msgspec.json.decode(self.written, type=dict[str, str])

    @property
    def lines(self) -> str:
        """All of them as `name: value` lines. Without escapes every quotation mark is one of JSON's own."""
        return self.written[2:-2].replace('","', "\r\n").replace('":"', ": ") + "\r\n"


def headers_of(written: str) -> Mapping[str, str]:
    """Headers of a JSON object of texts; where one of them needs escapes, they are read at once."""
    if "\\" in written or not (written.startswith('{"') and written.endswith('"}')):
        return msgspec.json.decode(written, type=dict[str, str])
    return WrittenHeaders(written)


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
