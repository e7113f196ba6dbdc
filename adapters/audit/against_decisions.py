"""Holding recorded decisions against those that follow, byte for byte, and field by field where they differ."""

from collections.abc import Iterator
from typing import Any

import msgspec

from adapters import codec
from adapters.audit.findings import Finding, Kind
from adapters.audit.following import Followed
from adapters.followers.assessing import ASSESSOR, ROLE
from adapters.log import Entry, NewEntry
from domain.standing import Conclusion, Decided

BYTES_SHOWN = 16
"""An id is shown whole, and of what is longer the beginning."""


class _By(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who wrote a decision; when cannot be derived."""

    recorded_at: msgspec.Raw
    by: str
    role: str


_pair = msgspec.msgpack.Decoder(tuple[_By, msgspec.Raw]).decode
_raw = msgspec.msgpack.Decoder(tuple[msgspec.Raw, msgspec.Raw]).decode


def compare_decisions(followed: Followed, recorded: list[Entry]) -> Iterator[Finding]:
    """Say where the decisions that were recorded are not those that follow."""
    expected = followed.concluded.decisions
    if _are_equal(expected, recorded):
        return
    if any(_are_equal(before.decisions, recorded) for before in followed.before):
        return  # a change of policy that is under way has not come to this household
    household = str(followed.household)
    for follows, entry in zip(expected, recorded, strict=False):
        if not _is_equal(follows, entry):
            yield Finding(Kind.DECISION_DIFFERS, _difference(follows, entry), entry[0], household)
    for entry in recorded[len(expected) :]:
        says = f"{_in_words(entry[3], entry[4])} was recorded, and does not follow"
        yield Finding(Kind.DECISION_DIFFERS, says, entry[0], household)
    for follows in expected[len(recorded) :]:
        says = f"{_in_words(follows.name, follows.state)} follows, and was not recorded"
        yield Finding(Kind.DECISION_DIFFERS, says, None, household)


def _are_equal(expected: list[NewEntry], recorded: list[Entry]) -> bool:
    return len(expected) == len(recorded) and all(map(_is_equal, expected, recorded))


def _is_equal(follows: NewEntry, entry: Entry) -> bool:
    name, state = entry[3], entry[4]
    by, event = _pair(state)
    if follows.name != name or follows.version != entry[2] or (by.by, by.role) != (ASSESSOR, ROLE):
        return False
    return bytes(_raw(follows.state)[1]) == bytes(event) or _event(follows.name, follows.state) == _event(name, state)


def _event(name: str, state: bytes) -> Any:
    return codec.decode(name, state)[1]


def _difference(follows: NewEntry, entry: Entry) -> str:
    """The fields that differ, as recorded and as they follow."""
    expected, event = _event(follows.name, follows.state), _event(entry[3], entry[4])
    by = _pair(entry[4])[0]
    if not isinstance(event, Decided):
        return f"{event.name} stands where {_in_words(follows.name, follows.state)} follows"
    fields = [*_fields(event, expected)]
    if (by.by, by.role) != (ASSESSOR, ROLE):
        fields.append(f"it was recorded by {by.by}, not by the {ASSESSOR}")
    if follows.version != entry[2]:
        fields.append(f"its version is {entry[2]}, and {follows.version} follows")
    return f"about {event.programme}: {'; '.join(fields)}"


def _fields(recorded: msgspec.Struct, follows: msgspec.Struct) -> Iterator[str]:
    for name in recorded.__struct_fields__:
        was, expected = getattr(recorded, name), getattr(follows, name)
        if was == expected:
            continue
        if isinstance(was, Conclusion):
            yield from _fields(was, expected)
        else:
            yield f"{name.replace('_', ' ')} was recorded as {shown(was)}, and {shown(expected)} follows"


def _in_words(name: str, state: bytes) -> str:
    event = _event(name, state)
    if not isinstance(event, Decided):
        return str(event.name)
    return f"{shown(event.conclusion.outcome)} for {event.programme} from {event.on}"


def shown(value: Any) -> str:
    """A value as it is put into a sentence."""
    if isinstance(value, bytes):
        written = value.hex()
        return written if len(written) <= BYTES_SHOWN * 2 else f"{written[: BYTES_SHOWN * 2]}..."
    if isinstance(value, tuple | list):
        return f"({', '.join(map(shown, value))})"
    return str(getattr(value, "word", value))
