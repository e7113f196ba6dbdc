"""Events to stored bytes and back: msgpack of [envelope, event], under the event's stored name.

Reading is lenient about nothing: an unknown name, or an array longer than this program knows, stops the program, since
going on would silently drop what a newer one wrote.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
import msgspec.inspect
from msgspec.msgpack import Decoder, Encoder

from adapters.faults import WorldFailed
from adapters.log import Entry, NewEntry
from domain.catalogue import EVENTS
from domain.event import Envelope, Event, Recorded

Upcaster = Callable[[Any], Event]

UPCASTERS: dict[str, tuple[type[Event], Upcaster]] = {}
"""Retired names: the struct they were stored as, and how to make today's event of it."""

_encode = Encoder(uuid_format="bytes", decimal_format="string").encode
_pairs: dict[str, Decoder[Any]] = {}


class UnknownEvent(WorldFailed):
    """The log holds something a newer program wrote."""


def encode(envelope: Envelope, event: Event) -> bytes:
    """The bytes as they are stored."""
    return _encode((envelope, event))


def to_store(stream: UUID, version: int, envelope: Envelope, event: Event) -> NewEntry:
    """An event ready for the log."""
    return NewEntry(stream, version, event.name, _encode((envelope, event)))


def decode(name: str, state: bytes) -> tuple[Envelope, Event]:
    """Envelope and event of stored bytes; retired names come back as today's event."""
    decoder = _pairs.get(name) or _decoder(name)
    try:
        envelope, event = decoder.decode(state)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnknownEvent(
            f"An event {name} in the log cannot be read ({str(error).rstrip('.')}): a newer version wrote it, or the "
            "log is damaged. Run that version, or restore the log from a backup."
        ) from error
    if name in UPCASTERS:
        event = UPCASTERS[name][1](event)
    return envelope, event


def recorded(entry: Entry) -> Recorded[Any]:
    """An entry of the log, decoded."""
    envelope, event = decode(entry.name, entry.state)
    return Recorded(entry.position, entry.stream, entry.version, envelope, event)


def _decoder(name: str) -> Decoder[Any]:
    kind = UPCASTERS[name][0] if name in UPCASTERS else EVENTS.get(name)
    if kind is None:
        raise UnknownEvent(
            f"The log holds an event named {name}, which this program does not know: a newer version wrote it. "
            "Run that version."
        )
    decoder: Decoder[Any] = Decoder(tuple[Envelope, kind])  # type: ignore[valid-type]
    _pairs[name] = decoder
    return decoder


def fields_of(kind: type[msgspec.Struct]) -> int:
    """How many fields a struct has, with those of every struct nested in it: it grows when anything is appended."""
    seen: set[type] = set()

    def count(info: msgspec.inspect.Type) -> int:
        match info:
            case msgspec.inspect.StructType(cls=cls, fields=fields):
                if cls in seen:
                    return 0
                seen.add(cls)
                return len(fields) + sum(count(field.type) for field in fields)
            case msgspec.inspect.UnionType(types=types):
                return sum(map(count, types))
            case msgspec.inspect.VarTupleType(item_type=item) | msgspec.inspect.DictType(value_type=item):
                return count(item)
            case _:
                return 0

    return count(msgspec.inspect.type_info(kind))


def known_events() -> dict[str, int]:
    """Every stored name that this program can read, with the number of its fields and of its envelope's."""
    retired = {name: kind for name, (kind, _) in UPCASTERS.items()}
    around = fields_of(Envelope)
    return {name: around + fields_of(kind) for name, kind in {**EVENTS, **retired}.items()}


def refuse_newer(recorded_names: Mapping[str, int]) -> None:
    """Refuse to start on a registry that a newer program has written to."""
    known = known_events()
    newer = sorted(name for name, fields in recorded_names.items() if fields > known.get(name, -1))
    if newer:
        raise UnknownEvent(
            f"A newer version of this program has written here; it knows {', '.join(newer)} and this one does not, or "
            "not all of it. Run that version."
        )
