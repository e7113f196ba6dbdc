"""A partner's key: what it shows to the message server to be let in. Only a hash of it is known here."""

import re
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import msgspec

from domain.event import Event
from domain.refusal import Rejected

_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")


class KeySet(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A partner was given a new key; the one before it lets nobody in any more.

    key_hash: by bcrypt, of a key drawn at random, as the message server compares it.
    """

    name: ClassVar[str] = "partner.key_set.v1"
    on: date
    partner: str
    key_hash: str


class SetKey(msgspec.Struct, frozen=True):
    """Give a partner a new key."""

    on: date
    partner: str
    key_hash: str


def evolve(_: str | None, event: KeySet) -> str | None:
    """Take one event in: the last key's hash holds."""
    return event.key_hash


def fold(events: Sequence[KeySet]) -> str | None:
    """Fold the events of one partner, in the order of the log: the hash of its key, nothing where it has none."""
    known: str | None = None
    for event in events:
        known = evolve(known, event)
    return known


def decide(command: SetKey, known: str | None) -> list[KeySet]:
    """Decide about a key; whether the partner has an agreement is checked where agreements are known."""
    if command.key_hash == known:
        return []
    if not _BCRYPT.fullmatch(command.key_hash):
        raise Rejected(
            "A partner's key is recorded by its bcrypt hash and in no other form: let `partner key` make it."
        )
    return [KeySet(command.on, command.partner, command.key_hash)]
