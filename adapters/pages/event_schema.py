"""What an event is stored as: its fields in their order, with those of every struct and code list inside them."""

import types
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec

WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "yes or no",
    bytes: "bytes",
    date: "day",
    datetime: "instant",
    Decimal: "decimal",
    UUID: "id",
}
"""What people call the types that stand in events."""

Schema = dict[str, dict[str, str]]


def schema_of(kind: type[msgspec.Struct]) -> Schema:
    """Describe a struct and all that is in it: fields by name in the order they are stored, code lists by number."""
    return {part.__name__: _described(part) for part in parts_of(kind)}


def parts_of(kind: type[msgspec.Struct]) -> list[type]:
    """Find a struct, the structs in it, and their code lists, each once."""
    found: list[type] = [kind]
    for part in found:  # it grows while it is walked
        if issubclass(part, msgspec.Struct):
            inside = (inner for field in msgspec.structs.fields(part) for inner in _inside(field.type))
            found += dict.fromkeys(inner for inner in inside if inner not in found)
    return found


def _described(part: type) -> dict[str, str]:
    if issubclass(part, IntEnum):
        return {code.name.lower(): str(code.value) for code in part}
    assert issubclass(part, msgspec.Struct), "events hold structs and code lists"
    return {field.name: type_in_words(field.type) + _default(field) for field in msgspec.structs.fields(part)}


def type_in_words(kind: Any) -> str:
    """Name a type as people do."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or ".join("nothing" if part is types.NoneType else type_in_words(part) for part in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list of {type_in_words(arguments[0])}"
    if origin is tuple:
        return " and ".join(map(type_in_words, arguments))
    if origin is dict:
        return f"{type_in_words(arguments[1])} by {type_in_words(arguments[0])}"
    return WORDS.get(kind) or str(kind.__name__)


def _inside(kind: Any) -> Iterator[type]:
    if arguments := get_args(kind):
        for argument in arguments:
            yield from _inside(argument)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct | IntEnum):
        yield kind


def _default(field: msgspec.structs.FieldInfo) -> str:
    return "" if field.required else ", may be left out"
