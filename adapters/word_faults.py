"""Sentences for what cannot be read: where it stands in words, what was found there, and what may stand there.

A value is shown shortened and never where it may be a person's: names, numbers of ten digits and more stay unsaid.
"""

import difflib
import re
import types
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec

from adapters.json_faults import UNREADABLE, RepeatedKey, decoded, why_not_json
from domain.questionnaire.codes import Code

SHOWN_CHARACTERS_MAX = 40
DIGITS_SHOWN_MAX = 9
"""A CNIC has 13 digits, a phone number 10 or 11; a date has 8."""

WHOLE_NUMBER_MAX = 2**53 - 1
"""Largest whole number that every JSON reader keeps exactly (RFC 8259, section 6)."""

CHOICES_SHOWN_MAX = 24
PRIVATE_FIELDS = frozenset(
    ("cnic", "name", "father_or_husband", "phones", "house", "street", "village", "landmark", "address")
)
WRAPPERS = frozenset(("survey",))
"""Fields that only wrap others; an operator does not think of them as places."""

ONE_OF = {
    "roster": "person",
    "changes": "change",
    "families": "family",
    "sections": "section",
    "phones": "phone",
    "disabilities": "disability",
    "difficulties": "difficulty",
    "chronic_diseases": "disease",
    "evidence": "piece",
    "filters": "filter",
}
JSON_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number with a decimal point",
    "bool": "true or false",
    "null": "null",
    "object": "an object {...}",
    "array": "a list [...]",
    "uuid": "an id",
}
ANY_KEY = "..."
Step = str | int


def shown(value: Any, field: str = "", *, characters_max: int = SHOWN_CHARACTERS_MAX) -> str:
    """A value as it may be repeated in a message: short, and nothing that could be a person's number or name."""
    if isinstance(value, dict | list):
        return JSON_WORDS["object" if isinstance(value, dict) else "array"]
    text = str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
    hidden = (
        field in PRIVATE_FIELDS
        or len(text) > characters_max
        or sum(character.isdigit() for character in text) > DIGITS_SHOWN_MAX
        or not text.isprintable()
    )
    if hidden:
        return f"a value of {len(text):,} characters"
    return f"'{text}'" if isinstance(value, str) else text


def nearest_first(word: str, choices: Sequence[str]) -> str:
    """The choices as one list, those most like the word in front."""
    near = difflib.get_close_matches(word[:SHOWN_CHARACTERS_MAX], choices, n=3, cutoff=0.5)
    ordered = near + [choice for choice in choices if choice not in near]
    rest = len(ordered) - CHOICES_SHOWN_MAX
    return ", ".join(ordered[:CHOICES_SHOWN_MAX]) + (f" and {rest} more" if rest > 0 else "")


def sentence_for(error: Exception, source: Any, kind: Any) -> str:
    """Say in one sentence why `source` could not be read as a `kind`."""
    try:
        written = decoded(source) if isinstance(source, bytes) else source
    except (*UNREADABLE, RepeatedKey) as unreadable:  # the line may break after the first place that was wrong
        return why_not_json(source, unreadable, shown)
    if not isinstance(error, msgspec.ValidationError):
        return why_not_json(source, error, shown)
    message, _, found = str(error).partition(" - at ")
    is_key, steps = found.startswith("`key`"), _steps(found)
    value, expected, record = _walk(written, kind, steps)
    field = next((step for step in reversed(steps) if isinstance(step, str)), "")
    if is_key:
        what = _about_key(message, value, get_args(expected)[0])
    else:
        what = _about_value(message, value, expected, field)
    where = place_in_words([*steps], record)
    return f"{where}: {what}." if where else f"{what[0].upper()}{what[1:]}."


def place_in_words(steps: Sequence[Step], record: str = "") -> str:
    """A path as people say it: `roster, person 3, relation`."""
    said: list[str] = []
    for before, step in zip(["", *steps], steps, strict=False):
        if isinstance(step, int):
            said.append(f"{ONE_OF.get(str(before), 'item')} {step + 1}")
        elif step == ANY_KEY:
            said.append(f"the value of {record}" if record else "one of the values")
        elif step not in WRAPPERS:
            said.append(step)
    return ", ".join(said)


def _steps(found: str) -> list[Step]:
    path = found.rpartition("`$")[2].rstrip("`")
    steps: list[Step] = []
    for name, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", path):
        steps.append(name or (ANY_KEY if index == ANY_KEY else int(index)))
    return steps


def _walk(value: Any, kind: Any, steps: Sequence[Step]) -> tuple[Any, Any, str]:
    """Follow a path in the written value and in the type at once; the key that a `...` stands for comes with them."""
    key = ""
    for step in steps:
        kind = _chosen(kind, value)
        if isinstance(step, int):
            value, kind = value[step], get_args(kind)[0]
        elif step == ANY_KEY:
            key, value, kind = _first_bad_entry(value, get_args(kind)[1])
        else:
            value, kind = _field(value, kind, step)
    return value, _chosen(kind, value), key


def _chosen(kind: Any, value: Any) -> Any:
    """The member of a union that the value means to be, by its tag; the first one that is not None otherwise."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    parts = [part for part in get_args(kind) if part is not types.NoneType]
    if len(parts) == 1:
        return parts[0]
    for part in parts:
        config = part.__struct_config__
        if isinstance(value, dict) and value.get(config.tag_field) == config.tag:
            return part
    return kind


def _first_bad_entry(values: Any, kind: Any) -> tuple[str, Any, Any]:
    """The first entry of an object whose value is not of the kind; msgspec does not say which one it was."""
    words = {code.word for code in kind} if isinstance(kind, type) and issubclass(kind, Code) else None
    for key, value in values.items():
        good = value in words if words is not None and isinstance(value, str) else type(value) is kind
        good = good and (kind is not int or abs(value) <= WHOLE_NUMBER_MAX)
        if not good:
            return shown(key), value, kind
    return "", None, kind


def _field(value: Any, kind: Any, name: str) -> tuple[Any, Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return inner, kind  # the tag of a union: its kinds are the union itself
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return inner, fields.get(name, kind)


def _about_key(message: str, value: Any, kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Code):
        words = [code.word for code in kind]
        wrong = next((key for key in value if key not in words), "")
        return f"{shown(wrong)} is not one of the words here, which are {nearest_first(wrong, words)}"
    return f"a key here must be {_asked(message, kind)}"


def _about_value(message: str, value: Any, kind: Any, field: str) -> str:
    named = re.search(r"field `(.*)`", message, re.DOTALL)
    if named and "unknown" in message:
        fields = [known.name for known in msgspec.structs.fields(kind)]
        return f"{shown(named[1])} is not a field here; the fields are {nearest_first(named[1], fields)}"
    tags = _tags(kind)
    if named:
        return f"{named[1]} is missing" + (f"; write one of {', '.join(tags)}" if named[1] in _tag_fields(kind) else "")
    if tags:
        return f"{shown(value)} is not a kind that is taken; the kinds are {nearest_first(str(value), tags)}"
    if isinstance(kind, type) and issubclass(kind, Code):
        words = [code.word for code in kind]
        return f"{shown(value, field)} is not one of the words here, which are {nearest_first(str(value), words)}"
    return _about_scalar(message, value, kind, field)


def _about_scalar(message: str, value: Any, kind: Any, field: str) -> str:
    if "of length <=" in message:
        most = int(message.rpartition("<=")[2])
        return f"the text has {len(value):,} characters; at most {most:,} are taken"
    if "matching regex" in message:
        return "the text holds the character NUL, which cannot be stored; leave it out"
    if isinstance(value, int) and kind is int and not isinstance(value, bool):
        return "the number is too large"
    return f"{shown(value, field)} is not {_asked(message, kind)}"


def _asked(message: str, kind: Any) -> str:
    """What ought to stand there."""
    if kind is date:
        return "a date; write it as YYYY-MM-DD, such as 2024-05-31"
    if kind is datetime:
        return "an instant with its offset from UTC; write it as 2024-05-31T09:30:00+05:00"
    if kind is UUID:
        return "an id; write it as xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
    wanted = re.search(r"Expected `(\w+)", message)
    return JSON_WORDS.get(wanted[1], wanted[1]) if wanted else "what belongs here"


def _tags(kind: Any) -> list[str]:
    if get_origin(kind) not in (Union, types.UnionType):
        return []
    return [str(part.__struct_config__.tag) for part in get_args(kind)]


def _tag_fields(kind: Any) -> set[str]:
    return {str(part.__struct_config__.tag_field) for part in get_args(kind)}
