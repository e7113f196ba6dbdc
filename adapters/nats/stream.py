"""The stream that partners read: its name, its limits, and how far it has come."""

import base64
from dataclasses import dataclass

from adapters.faults import WorldFailed
from adapters.nats.line import Line, NotDone

STREAM = "ELIGIBILITY"
SUBJECT_PREFIX = "eligibility."
REPLICAS_ALLOWED = (1, 3)
"""One server, or a cluster that outlives the loss of one of three."""
BYTES_MAX_DEFAULT = 8 * 1024**3
"""Some ten million messages. JetStream is a buffer: whoever needs older ones asks the feed."""
DEDUPLICATION_SECONDS = 1
"""The fence keeps duplicates out; JetStream would hold every id in memory for the two minutes of its default."""

NOT_FOUND = 10059
NO_MESSAGE = 10037
ID_HEADER = "Nats-Msg-Id"


@dataclass(frozen=True)
class StreamSettings:
    """What an operator chooses; nothing means what there is already, or the default for a new stream."""

    replicas: int | None = None
    bytes_max: int | None = None


@dataclass(frozen=True)
class End:
    """How far a stream has come: its last sequence, which is the feed position of its last message.

    Subject and payload of that message are absent where it was purged.
    """

    position: int
    subject: str | None = None
    payload: bytes | None = None


def make_stream(line: Line, settings: StreamSettings) -> None:
    """Make the stream unless it is there, and give it the settings that were chosen.

    A full stream refuses the next message and keeps every older one. Raises NotDone when the server cannot.
    """
    chosen = {"num_replicas": settings.replicas, "max_bytes": settings.bytes_max}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    try:
        found = line.ask(f"STREAM.INFO.{STREAM}")["config"]
    except NotDone as answer:
        if answer.code != NOT_FOUND:
            raise
        line.ask(f"STREAM.CREATE.{STREAM}", {**_NEW, **chosen})
        return
    wanted = {**found, **chosen, **_WITHOUT_WHICH_NOT}
    if wanted != found:
        line.ask(f"STREAM.UPDATE.{STREAM}", wanted)


_WITHOUT_WHICH_NOT = {"discard": "new", "allow_atomic": True}
_NEW = {
    **_WITHOUT_WHICH_NOT,
    "name": STREAM,
    "subjects": [f"{SUBJECT_PREFIX}>"],
    "storage": "file",
    "retention": "limits",
    "max_bytes": BYTES_MAX_DEFAULT,
    "num_replicas": 1,
    "duplicate_window": DEDUPLICATION_SECONDS * 1_000_000_000,
}


def read_end(line: Line) -> End:
    """Return how far the stream has come, from its last message.

    Sequence and feed position are the same number, because the relay alone writes and its fence admits a message at no
    other place. Raises WorldFailed when they are not: then somebody else has written.
    """
    last = int(line.ask(f"STREAM.INFO.{STREAM}")["state"]["last_seq"])
    if last == 0:
        return End(0)
    try:
        message = line.ask(f"STREAM.MSG.GET.{STREAM}", {"seq": last})["message"]
    except NotDone as answer:
        if answer.code != NO_MESSAGE:
            raise
        return End(last)
    id_found = _header(base64.b64decode(message.get("hdrs", "")), ID_HEADER)
    if id_found != str(last):
        raise WorldFailed(
            f"The stream {STREAM} holds a message that is not the relay's (number {last}, id {id_found or 'none'}): "
            "take from its writer the right to publish, delete the stream, and the relay fills it anew."
        )
    return End(last, message["subject"], base64.b64decode(message.get("data", "")))


def _header(block: bytes, name: str) -> str | None:
    for line in block.decode("ascii", errors="replace").splitlines():
        key, colon, value = line.partition(":")
        if colon and key == name:
            return value.strip()
    return None
