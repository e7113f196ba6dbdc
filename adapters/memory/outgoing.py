"""What is to be told, kept in memory: for tests, and for those who try something out."""

from collections.abc import Iterable, Mapping, Sequence

from adapters.outgoing import Message


class MemoryOutgoing:
    """A feed that is added to at its end."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages = list(messages)

    def add(self, subject: str, headers: Mapping[str, str], payload: bytes) -> None:
        self._messages.append(Message(len(self._messages) + 1, subject, headers, payload))

    def after(self, position: int, limit: int) -> Sequence[Message]:
        return self._messages[position : position + limit]
