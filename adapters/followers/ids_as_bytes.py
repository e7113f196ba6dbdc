"""Reading events without making a UUID of every id in them, for followers that look at no id and only pass them on.

In 13 us of decoding a household of six, 9 go into making UUIDs, and dictionaries take longer to hash them. So every
event gets a twin: a subclass whose ids are the 16 bytes as they are stored. What is folded, assessed and written from
twins is the same, byte for byte; a test holds the tables against those made of UUIDs.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.msgpack import Decoder
from msgspec.structs import fields

from adapters import codec
from adapters.log import Entry
from domain.catalogue import EVENTS
from domain.event import Envelope, Recorded
from domain.standing import Conclusion
from projections.changes import Row
from projections.standing import CONCLUSIONS, concludes_nothing

NOT_READ = cast("Envelope", None)
"""No answer depends on who recorded an event, and reading envelopes would take a tenth of the time."""


class _OnlySubmission(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """An envelope of which only the submission is read: fields and order are those of `Envelope`."""

    recorded_at: msgspec.Raw
    by: msgspec.Raw
    role: msgspec.Raw
    centre: msgspec.Raw = msgspec.Raw()
    device: msgspec.Raw = msgspec.Raw()
    submission: bytes | None = None
    capture: msgspec.Raw = msgspec.Raw()


assert _OnlySubmission.__struct_fields__ == Envelope.__struct_fields__, "an envelope has grown: so must what reads it"


def recorded(entry: Entry) -> Recorded[Any]:
    """An entry of the log, decoded without its envelope and with the ids inside the event as bytes."""
    position, stream, version, name, stored = entry
    try:
        event = _decoder(name, msgspec.Raw)(stored)[1]
    except msgspec.MsgspecError:
        event = codec.decode(name, stored)[1]  # says what cannot be read
    return Recorded(position, stream, version, NOT_READ, event)


def recorded_with_submission(entry: Entry) -> Recorded[Any]:
    """The same, with the submission that the event answers to, and nothing else, in its envelope."""
    position, stream, version, name, stored = entry
    try:
        envelope, event = _decoder(name, _OnlySubmission)(stored)
    except msgspec.MsgspecError:
        envelope, event = codec.decode(name, stored)
    return Recorded(position, stream, version, envelope, event)


def recorded_with_envelope(entry: Entry) -> Recorded[Any]:
    """The same with the whole envelope, in which ids stay UUIDs."""
    position, stream, version, name, stored = entry
    try:
        envelope, event = _decoder(name, Envelope)(stored)
    except msgspec.MsgspecError:
        envelope, event = codec.decode(name, stored)
    return Recorded(position, stream, version, envelope, event)


def conclusions_in(row: Row | None) -> dict[str, Conclusion]:
    """What a stored standing concludes, with the ids of who is paid as bytes; nothing before the first assessment."""
    return {} if row is None or concludes_nothing(row) else _decode_conclusions(cast("bytes", row[CONCLUSIONS]))


def decoded(entries: Sequence[Entry]) -> list[Any]:
    """The events of entries, without their envelopes and with the ids inside them as bytes."""
    try:
        return [_decoder(name, msgspec.Raw)(stored)[1] for _, _, _, name, stored in entries]
    except msgspec.MsgspecError:
        return [codec.decode(name, stored)[1] for _, _, _, name, stored in entries]  # says which one cannot be read


@cache
def _decoder(name: str, envelope: Any) -> Callable[[bytes], Any]:
    """Give what reads an event of a name behind its envelope, of which it reads what is asked for."""
    kind = EVENTS.get(name)
    if kind is None or name in codec.UPCASTERS:
        return partial(codec.decode, name)
    return Decoder(_pair(envelope, twin(kind))).decode


def _pair(envelope: Any, kind: Any) -> Any:
    return tuple[envelope, kind]


@cache
def twin(kind: Any) -> Any:
    """Give the same type with bytes in the place of UUIDs, however deep they are; the type itself if it has none."""
    if kind is UUID:
        return bytes
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _twin_of_struct(kind)
    arguments = get_args(kind)
    twins = tuple(twin(argument) for argument in arguments)
    if twins == arguments:
        return kind
    origin = get_origin(kind)
    return Union[twins] if origin in (Union, UnionType) else origin[twins]  # noqa: UP007 - made when the program runs


def _twin_of_struct(kind: type[Struct]) -> type[Struct]:
    described = [(field.name, field.type, twin(field.type), field) for field in fields(kind)]
    if all(replaced == original for _, original, replaced, _ in described):
        return kind
    return msgspec.defstruct(
        kind.__name__,
        [(name, replaced, *_default(field)) for name, _, replaced, field in described],
        bases=(kind,),
        frozen=True,
        array_like=True,
        forbid_unknown_fields=True,
        gc=False,
    )


def _default(field: Any) -> tuple[Any, ...]:
    if field.default is not NODEFAULT:
        return (field.default,)
    if field.default_factory is not NODEFAULT:
        return (msgspec.field(default_factory=field.default_factory),)
    return ()


_decode_conclusions = Decoder(cast("type[dict[str, Conclusion]]", dict[str, twin(Conclusion)])).decode  # type: ignore[misc]
