"""What the registry keeps of people in sealed form, and the row of keys that opens it, one row a household.

Each person has a random key of her own, wrapped for her alone and not for her household: when she marries into another
household her entry is copied as it lies, and everything ever sealed about her stays readable there. Her entry also
stays in the row of the household she left, whose history holds her too. Erasing her puts an empty entry in every row
that has one: history stays, she can no longer be read from it, and no later copy brings her back.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from adapters.faults import WorldFailed
from adapters.keys.keyring import Keyring
from adapters.keys.sealing import KEY_BYTES, SealBroken, open_sealed, seal, seal_many
from domain.refusal import Rejected

ROW_FORMAT = 1
ERASED = b""
"""What stands in a key row in place of the wrapped key of a person who was erased."""


class Erased(Exception):
    """The person was erased: her key is destroyed, and what was sealed under it can never be read again."""


class KeyMissing(WorldFailed):
    """A key row holds no entry for someone it should know; the row is damaged, or belongs to another household."""


class _Sealed(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Something that is stored sealed only; its text never reaches a log, a traceback or a test report."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[Any]:
        return []


class Identity(_Sealed, frozen=True, array_like=True, omit_defaults=True):
    """Who a person is. Numbers are normalised to 13 digits; fields are only ever appended, with defaults."""

    name: str | None = None
    father_or_husband_name: str | None = None
    cnic: str | None = None
    b_form: str | None = None
    mother_name: str | None = None


class Contact(_Sealed, frozen=True, array_like=True, omit_defaults=True):
    """How to reach a household: mobile numbers in the form +923xxxxxxxxx, and whose they are, in the same order."""

    phones: tuple[str, ...] = ()
    phone_owners: tuple[str, ...] = ()


class Address(_Sealed, frozen=True, array_like=True, omit_defaults=True):
    """Where exactly a household lives: finer than the place the domain knows. Position in millionths of a degree."""

    lines: tuple[str, ...] = ()
    landmark: str | None = None
    latitude_microdegrees: int | None = None
    longitude_microdegrees: int | None = None


class KeyRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The wrapped keys of a household and of everyone who is or was on its roster; `ERASED` where one was destroyed."""

    household: bytes
    members: dict[UUID, bytes]

    def __repr__(self) -> str:
        return f"KeyRow({len(self.members)} members)"


class OpenKeys(msgspec.Struct, frozen=True, gc=False):
    """The keys of a new household, open: for sealing what was just surveyed, and to be forgotten after that."""

    household: bytes
    members: dict[UUID, bytes]

    def __repr__(self) -> str:
        return f"OpenKeys({len(self.members)} members)"


_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_row_decoder = msgspec.msgpack.Decoder(KeyRow)
_identity_decoder = msgspec.msgpack.Decoder(Identity)
_contact_decoder = msgspec.msgpack.Decoder(Contact)
_address_decoder = msgspec.msgpack.Decoder(Address)

PartT = TypeVar("PartT")


def new_household_keys(keyring: Keyring, household_id: UUID, member_ids: Sequence[UUID]) -> tuple[KeyRow, OpenKeys]:
    """Draw and wrap the keys of a household and of each of its members; nobody may be named twice."""
    household_key, *keys = _random_keys(1 + len(member_ids))
    contexts = [_PERSON + member_id.bytes for member_id in member_ids]
    wrapped_household, *wrapped = keyring.wrap_many(
        [(household_key, _household(household_id)), *zip(keys, contexts, strict=True)]
    )
    row = KeyRow(wrapped_household, dict(zip(member_ids, wrapped, strict=True)))
    assert len(row.members) == len(member_ids), "a person stands on a roster once"
    return row, OpenKeys(household_key, dict(zip(member_ids, keys, strict=True)))


class NewKeys:
    """The keys of many households that are new, and everything that is to be sealed under them.

    Nothing is drawn, wrapped or sealed before `close`, so that a whole batch takes one round trip to the keyring and
    three draws of randomness. Whoever asks for a key gets its number. What was wrapped and what was sealed come out in
    the order in which they were put in.
    """

    def __init__(self) -> None:
        self._contexts: list[bytes] = []
        self._texts: list[tuple[int, bytes, bytes]] = []

    def add_household(self, household_id: UUID) -> int:
        """Ask for the key of a household."""
        self._contexts.append(_HOUSEHOLD + household_id.bytes)
        return len(self._contexts) - 1

    def add_member(self, member_id: UUID, identity: Identity) -> None:
        """Ask for the key of a person, and seal under it who she is."""
        who = member_id.bytes
        self._texts.append((len(self._contexts), _encode(identity), who + _IDENTITY))
        self._contexts.append(_PERSON + who)

    def seal_contact(self, household_key: int, household_id: UUID, contact: Contact) -> None:
        """Seal a household's phones."""
        self._texts.append((household_key, _encode(contact), household_id.bytes + _CONTACT))

    def seal_address(self, household_key: int, household_id: UUID, address: Address) -> None:
        """Seal a household's address."""
        self._texts.append((household_key, _encode(address), household_id.bytes + _ADDRESS))

    def mark(self) -> tuple[int, int]:
        """Where the batch stands, for `undo`."""
        return len(self._contexts), len(self._texts)

    def undo(self, mark: tuple[int, int]) -> None:
        """Take back everything since a mark."""
        del self._contexts[mark[0] :], self._texts[mark[1] :]

    def close(self, keyring: Keyring) -> tuple[Iterator[bytes], Iterator[bytes]]:
        """Draw all keys, wrap them and seal all texts; gives what was wrapped and what was sealed."""
        keys = _random_keys(len(self._contexts))
        wrapped = keyring.wrap_many(list(zip(keys, self._contexts, strict=True)))
        return iter(wrapped), iter(seal_many([(keys[number], text, about) for number, text, about in self._texts]))


def add_member(keyring: Keyring, row: KeyRow, member_id: UUID) -> tuple[KeyRow, bytes]:
    """Draw and wrap a key for a person new to the registry; gives the new row and her key, open."""
    held = row.members.get(member_id)
    if held == ERASED:
        raise Rejected("This person was erased, and her key with her. If she returns, register her as a new person.")
    if held is not None:
        return row, keyring.unwrap(held, _person(member_id))
    key = os.urandom(KEY_BYTES)
    return _with_entry(row, member_id, keyring.wrap(key, _person(member_id))), key


def copy_member(row_from: KeyRow, row_to: KeyRow, member_id: UUID) -> KeyRow:
    """Copy a person's entry as it lies, nothing opened, into the row of her new household; gives that row anew."""
    entry = row_from.members.get(member_id)
    if entry is None:
        raise KeyMissing(f"The household that member {member_id} leaves holds no key of hers. Restore its key row.")
    if row_to.members.get(member_id) == ERASED:
        return row_to
    return _with_entry(row_to, member_id, entry)


def add_entries(row: KeyRow, drawn: KeyRow) -> KeyRow:
    """Take in the keys drawn for people whom a row did not know; what it holds, or holds destroyed, stays as it is."""
    return KeyRow(row.household, drawn.members | row.members)


def destroy_member(row: KeyRow, member_id: UUID) -> KeyRow:
    """Put an empty entry in place of a person's key; a row that never held one gets none."""
    return _with_entry(row, member_id, ERASED) if member_id in row.members else row


def destroy_row(row: KeyRow) -> KeyRow:
    """Put an empty entry in place of every key of a household's row."""
    return KeyRow(ERASED, dict.fromkeys(row.members, ERASED))


def holds_key(row: KeyRow, member_id: UUID) -> bool:
    """Whether a row still holds a person's key: not so where she never was on it, or was erased."""
    return bool(row.members.get(member_id))


def holds_any_key(row: KeyRow) -> bool:
    """Whether a row still holds the household's key or anybody's."""
    return bool(row.household) or any(row.members.values())


def rewrap(keyring: Keyring, household_id: UUID, row: KeyRow) -> KeyRow:
    """Wrap a row's keys anew under the newest master key, so that older ones can be destroyed; the erased stay so."""
    return rewrap_many(keyring, {household_id: row})[household_id]


def rewrap_many(keyring: Keyring, rows: Mapping[UUID, KeyRow]) -> dict[UUID, KeyRow]:
    """Wrap the keys of many rows anew: two calls of the keyring, however many there are."""
    held = [
        (wrapped, context)
        for household_id, row in rows.items()
        for wrapped, context in _with_contexts(household_id, row)
        if wrapped != ERASED
    ]
    opened = keyring.unwrap_many(held)
    wrapped_anew = iter(keyring.wrap_many([(key, context) for key, (_, context) in zip(opened, held, strict=True)]))
    return {household_id: _each(row, lambda _: next(wrapped_anew)) for household_id, row in rows.items()}


def versions_in(row: KeyRow) -> frozenset[int]:
    """The versions of the master keys that a row is wrapped under; none where all its keys were destroyed."""
    return frozenset(wrapped[0] for wrapped in (row.household, *row.members.values()) if wrapped != ERASED)


def encode_row(row: KeyRow) -> bytes:
    """Write a key row for its table: a format byte, then msgpack [household, {member id: wrapped key}]."""
    return _ROW_FORMAT_BYTE + _encode(row)


def decode_row(stored: bytes) -> KeyRow:
    """Read a key row; raises SealBroken where the bytes are not one."""
    if stored[:1] != _ROW_FORMAT_BYTE:
        raise SealBroken(f"A key row is of format {stored[:1].hex() or 'none'}, and this program knows format 01 only.")
    try:
        return _row_decoder.decode(memoryview(stored)[1:])
    except msgspec.MsgspecError as error:
        raise SealBroken("A key row cannot be read: its bytes are damaged.") from error


def seal_identity(person_key: bytes, member_id: UUID, identity: Identity) -> bytes:
    """Seal who a person is under her own key."""
    return seal(person_key, _encode(identity), member_id.bytes + _IDENTITY)


def seal_contact(household_key: bytes, household_id: UUID, contact: Contact) -> bytes:
    """Seal a household's phones under its key."""
    return seal(household_key, _encode(contact), household_id.bytes + _CONTACT)


def seal_address(household_key: bytes, household_id: UUID, address: Address) -> bytes:
    """Seal a household's address under its key."""
    return seal(household_key, _encode(address), household_id.bytes + _ADDRESS)


def open_member_key(keyring: Keyring, row: KeyRow, member_id: UUID) -> bytes:
    """Unwrap a person's key; raises Erased where it was destroyed, KeyMissing where the row never held it."""
    entry = row.members.get(member_id)
    if entry is None:
        raise KeyMissing(f"The key row of this household holds no key of member {member_id}. Restore the row.")
    if entry == ERASED:
        raise Erased(f"Member {member_id} was erased at her lawful request: her identity can no longer be read.")
    return keyring.unwrap(entry, _person(member_id))


def open_member_keys(keyring: Keyring, row: KeyRow, member_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """Unwrap the keys of several persons in one call; whoever was erased is left out. Raises KeyMissing."""
    wanted = list(member_ids)
    if unknown := [who for who in wanted if who not in row.members]:
        raise KeyMissing(f"The key row of this household holds no key of member {unknown[0]}. Restore the row.")
    held = [who for who in wanted if row.members[who] != ERASED]
    return dict(zip(held, keyring.unwrap_many([(row.members[who], _person(who)) for who in held]), strict=True))


def open_household_key(keyring: Keyring, row: KeyRow, household_id: UUID) -> bytes:
    """Unwrap a household's key; raises Erased where it was destroyed."""
    if row.household == ERASED:
        raise Erased(
            "The keys of this household were destroyed at a lawful request: nothing of it can be read or sealed."
        )
    return keyring.unwrap(row.household, _household(household_id))


def open_identity(keyring: Keyring, row: KeyRow, member_id: UUID, sealed: bytes) -> Identity:
    """Read who a person is. Raises Erased, KeyMissing, or SealBroken where the sealed bytes are not hers."""
    return read_identity(open_member_key(keyring, row, member_id), member_id, sealed)


def open_contact(keyring: Keyring, row: KeyRow, household_id: UUID, sealed: bytes) -> Contact:
    """Read a household's phones. Raises SealBroken where the sealed bytes are not its own."""
    return read_contact(open_household_key(keyring, row, household_id), household_id, sealed)


def open_address(keyring: Keyring, row: KeyRow, household_id: UUID, sealed: bytes) -> Address:
    """Read a household's address. Raises SealBroken where the sealed bytes are not its own."""
    return read_address(open_household_key(keyring, row, household_id), household_id, sealed)


def read_identity(person_key: bytes, member_id: UUID, sealed: bytes) -> Identity:
    """Read who a person is with her key, unwrapped before. Raises SealBroken."""
    return _decoded(_identity_decoder, open_sealed(person_key, sealed, member_id.bytes + _IDENTITY))


def read_contact(household_key: bytes, household_id: UUID, sealed: bytes) -> Contact:
    """Read a household's phones with its key, unwrapped before. Raises SealBroken."""
    return _decoded(_contact_decoder, open_sealed(household_key, sealed, household_id.bytes + _CONTACT))


def read_address(household_key: bytes, household_id: UUID, sealed: bytes) -> Address:
    """Read a household's address with its key, unwrapped before. Raises SealBroken."""
    return _decoded(_address_decoder, open_sealed(household_key, sealed, household_id.bytes + _ADDRESS))


_ROW_FORMAT_BYTE = bytes([ROW_FORMAT])
_PERSON, _HOUSEHOLD = b"person", b"household"
_IDENTITY, _CONTACT, _ADDRESS = b"identity", b"contact", b"address"


def _person(member_id: UUID) -> bytes:
    """Whose key it is, and nothing of the household: so the wrapped key travels with her."""
    return _PERSON + member_id.bytes


def _household(household_id: UUID) -> bytes:
    return _HOUSEHOLD + household_id.bytes


def _with_contexts(household_id: UUID, row: KeyRow) -> Iterator[tuple[bytes, bytes]]:
    yield row.household, _household(household_id)
    for who, wrapped in row.members.items():
        yield wrapped, _person(who)


def _each(row: KeyRow, change: Callable[[bytes], bytes]) -> KeyRow:
    """The row with every key changed that was not destroyed."""
    household, *members = (
        ERASED if wrapped == ERASED else change(wrapped) for wrapped in (row.household, *row.members.values())
    )
    return KeyRow(household, dict(zip(row.members, members, strict=True)))


def _random_keys(number: int) -> list[bytes]:
    drawn = os.urandom(KEY_BYTES * number)
    return [drawn[start : start + KEY_BYTES] for start in range(0, len(drawn), KEY_BYTES)]


def _with_entry(row: KeyRow, member_id: UUID, entry: bytes) -> KeyRow:
    return KeyRow(row.household, {**row.members, member_id: entry})


def _decoded(decoder: msgspec.msgpack.Decoder[PartT], text: bytes) -> PartT:
    try:
        return decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise SealBroken(
            "Sealed bytes open, but a newer program wrote them: this one cannot read what they say."
        ) from error
