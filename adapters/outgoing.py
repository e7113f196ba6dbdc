"""The port through which the relay reads what is to be told: messages in a gapless order of their own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec


class WrittenHeaders(Mapping[str, str]):
    """Headers as they are stored: a JSON object of plain texts, which is read only when somebody looks into it.

    Made by `headers_of`, which sees to it that every quotation mark is one of JSON's own.
    """

    __slots__ = ("_written",)

    def __init__(self, written: str) -> None:
        self._written = written

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"WrittenHeaders({self._written!r})"

    def _read(self) -> dict[str, str]:
        return msgspec.json.decode(self._written, type=dict[str, str])

    @property
    def lines(self) -> str:
        """All of them as lines of plain ASCII, `name: value`."""
        return self._written[2:-2].replace('","', "\r\n").replace('":"', ": ") + "\r\n"


def headers_of(written: str) -> Mapping[str, str]:
    """Headers from a JSON object of texts; where it is not written as plainly as ours are, they are read at once."""
    is_plain = written.isascii() and written.isprintable() and "\\" not in written
    if (
        is_plain
        and written.startswith('{"')
        and written.endswith('"}')
        and '": ' not in written
        and '", ' not in written
    ):
        return WrittenHeaders(written)
    return msgspec.json.decode(written, type=dict[str, str])


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
