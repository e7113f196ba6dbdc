"""Reading events without making a UUID of every id in them, for a rebuild that looks at no id and only passes them on.

In 13 us of decoding a household of six, 9 go into making UUIDs, and dictionaries take longer to hash them. So every
event gets a twin: a subclass whose ids are the 16 bytes as they are stored. What is folded, assessed and written from
twins is the same, byte for byte; a test holds the tables against those made of UUIDs.
"""

from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields


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
