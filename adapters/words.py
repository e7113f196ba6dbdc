"""Words at the edge: our stored structs as JSON objects with field names and code words, and back again.

Inside, structs are arrays and codes are small integers. `mirror` derives from such a struct a type that looks as people
and programs write it, so that decoding, checking and the JSON schema all come from msgspec itself.
"""

import functools
import types
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType

from adapters.faults import Refused
from adapters.json_faults import UNREADABLE
from adapters.submissions.shape import TEXT_CHARACTERS_MAX
from adapters.word_faults import WHOLE_NUMBER_MAX, sentence_for
from domain.questionnaire.codes import Code

SEALED = "sealed"
"""Stands at the edge for bytes that only a key can open."""

StructT = TypeVar("StructT", bound=Struct)
Convert = Callable[[Any], Any]

TEXT = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX, pattern="^[^\\u0000]*$")]
WHOLE_NUMBER = Annotated[int, Meta(ge=-WHOLE_NUMBER_MAX, le=WHOLE_NUMBER_MAX)]
INSTANT = Annotated[datetime, Meta(tz=True)]
SCALARS: dict[Any, Any] = {str: TEXT, int: WHOLE_NUMBER, datetime: INSTANT, bytes: Literal["sealed"]}


def words_of(codes: type[Code]) -> tuple[str, ...]:
    """Every word of a code list, in its own order."""
    return tuple(code.word for code in codes)


@functools.cache
def mirror(kind: Any) -> Any:
    """The same type as it is written at the edge: objects with named fields, code words, nothing unknown allowed."""
    if get_origin(kind) in (Union, types.UnionType):
        return Union[tuple(mirror(part) for part in get_args(kind))]  # noqa: UP007  # members are known only now
    if get_origin(kind) is tuple:
        return tuple[mirror(get_args(kind)[0]), ...]  # type: ignore[misc]
    if get_origin(kind) is dict:
        key, value = get_args(kind)
        return dict[mirror(key), mirror(value)]  # type: ignore[misc]
    if _is_a(kind, Code):
        return Annotated[Literal[words_of(kind)], Meta(description=_first_line(kind))]
    if _is_a(kind, Struct):
        return _mirrored_struct(kind)
    return SCALARS.get(kind, kind)


def _mirrored_struct(kind: type[Struct]) -> type[Struct]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(kind):
        if field.required:
            fields.append((field.name, mirror(field.type)))
        else:
            fields.append((field.name, Union[mirror(field.type), UnsetType], UNSET))  # noqa: UP007
    config = kind.__struct_config__
    return msgspec.defstruct(
        kind.__name__,
        fields,
        namespace={"__doc__": kind.__doc__},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        tag=config.tag,
        tag_field=config.tag_field,
    )


def from_words(source: Any, kind: type[StructT] | Any) -> Any:
    """Read a struct from JSON bytes, or from values decoded already.

    Raises Refused with one sentence that names the place in words, the value and what may stand there.
    """
    try:
        written = _decoder(kind).decode(source) if isinstance(source, bytes) else msgspec.convert(source, mirror(kind))
    except UNREADABLE as error:
        raise Refused(sentence_for(error, source, kind)) from None
    convert = _reader(kind)
    return written if convert is None else convert(written)


def to_words(value: Any) -> Any:
    """Write a value as objects, lists and texts for JSON: codes as words, defaults left out, bytes as a marker."""
    kind: Any = type(value)
    return _writer(kind)(value)


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(mirror(kind))


@functools.cache
def _reader(kind: Any) -> Convert | None:
    """How a mirrored value becomes the real one; None where they are the same."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union_reader(kind)
    if origin is tuple:
        item = _reader(get_args(kind)[0])
        return None if item is None else lambda values: tuple(map(item, values))
    if origin is dict:
        return _dict_reader(*get_args(kind))
    if _is_a(kind, Code):
        return {code.word: code for code in kind}.__getitem__
    return _struct_reader(kind) if _is_a(kind, Struct) else None


def _union_reader(kind: Any) -> Convert | None:
    parts = [part for part in get_args(kind) if part is not types.NoneType]
    if len(parts) == 1:
        only = _reader(parts[0])
        return None if only is None else lambda value: None if value is None else only(value)
    by_type = {mirror(part): _struct_reader(part) for part in parts}
    return lambda value: by_type[type(value)](value)


def _dict_reader(key: Any, value: Any) -> Convert:
    """Entries are put in the order of their names: the same content gives the same bytes, however it was written."""
    read_key, read_value = _reader(key) or _same, _reader(value) or _same
    return lambda pairs: {read_key(name): read_value(pairs[name]) for name in sorted(pairs)}


def _struct_reader(kind: type[Struct]) -> Convert:
    plan = [(field.name, _reader(field.type)) for field in msgspec.structs.fields(kind)]

    def read(written: Any) -> Struct:
        given = {}
        for name, convert in plan:
            part = getattr(written, name)
            if part is not UNSET:
                given[name] = part if convert is None else convert(part)
        return kind(**given)

    return read


@functools.cache
def _writer(kind: type) -> Convert:
    """How a value of exactly this type is written."""
    if issubclass(kind, Struct):
        return _struct_writer(kind)
    if issubclass(kind, dict):
        return lambda pairs: {to_words(name): to_words(part) for name, part in pairs.items()}
    if issubclass(kind, tuple | list | set | frozenset):
        return lambda values: [to_words(value) for value in values]
    if issubclass(kind, Code):
        return lambda code: code.word
    if issubclass(kind, date):
        return lambda day: day.isoformat()
    if issubclass(kind, UUID | Decimal):
        return str
    if issubclass(kind, bytes):
        return lambda _: SEALED
    if issubclass(kind, IntEnum):
        return int
    assert issubclass(kind, str | int | float | types.NoneType), f"{kind.__name__} has no form in words"
    return _same


def _struct_writer(kind: type[Struct]) -> Convert:
    config = kind.__struct_config__
    tag = {} if config.tag is None else {str(config.tag_field): config.tag}
    plan = [(field.name, _default(field)) for field in msgspec.structs.fields(kind)]

    def write(value: Struct) -> dict[str, Any]:
        written: dict[str, Any] = dict(tag)
        for name, default in plan:
            part = getattr(value, name)
            if part != default:
                written[name] = to_words(part)
        return written

    return write


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return field.default


def _is_a(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _first_line(kind: type) -> str:
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0]


def _same(value: Any) -> Any:
    return value
