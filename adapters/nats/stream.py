"""The stream that partners read: its name, its limits, how it is written to, and how far it has come.

What partners read as `eligibility.>` is written to an entrance, a subject that was drawn at random and that only those
know who may look at the stream. A partner cannot publish, but it chooses where the server sends the answers to its
pulls: if the stream listened to what partners read, an answer could be sent into another's feed.
"""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from adapters.faults import WorldFailed
from adapters.nats.line import Line, NotDone

STREAM = "ELIGIBILITY"
SUBJECT_PREFIX = "eligibility."
ENTRANCE_PREFIX = "entrance-"
ENTRANCE_BYTES = 16
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


def make_stream(line: Line, settings: StreamSettings) -> str:
    """Make the stream unless it is there, give it the settings that were chosen, and return its entrance.

    The entrance takes the place of SUBJECT_PREFIX in whatever is sent to the stream.

    A full stream refuses the next message and keeps every older one. Raises NotDone when the server cannot.
    """
    chosen = {"num_replicas": settings.replicas, "max_bytes": settings.bytes_max}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    try:
        found = line.ask(f"STREAM.INFO.{STREAM}")["config"]
    except NotDone as answer:
        if answer.code != NOT_FOUND:
            raise
        entrance = _new_entrance()
        line.ask(f"STREAM.CREATE.{STREAM}", {**_NEW, **chosen, **_entered_by(entrance)})
        return entrance
    entrance = _entrance_of(found) or _new_entrance()
    wanted = {**found, **chosen, **_WITHOUT_WHICH_NOT, **_entered_by(entrance)}
    if wanted != found:
        line.ask(f"STREAM.UPDATE.{STREAM}", wanted)
    return entrance


def _new_entrance() -> str:
    return f"{ENTRANCE_PREFIX}{secrets.token_hex(ENTRANCE_BYTES)}."


def _entrance_of(config: dict[str, Any]) -> str | None:
    """Return the entrance of a stream; nothing where it was made before there were any, or by somebody else."""
    entrance = str(config["subjects"][0]).removesuffix(">")
    return entrance if entrance.startswith(ENTRANCE_PREFIX) else None


def _entered_by(entrance: str) -> dict[str, Any]:
    transform = {"src": f"{entrance}>", "dest": f"{SUBJECT_PREFIX}>"}
    return {"subjects": [f"{entrance}>"], "subject_transform": transform}


_WITHOUT_WHICH_NOT = {"discard": "new", "allow_atomic": True}
_NEW = {
    **_WITHOUT_WHICH_NOT,
    "name": STREAM,
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
