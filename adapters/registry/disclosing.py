"""Opening names: only for a stated purpose, and never without a record of who saw whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.codec import to_store
from adapters.faults import Refused
from adapters.keys import people
from adapters.keys.people import Identity, KeyRow
from adapters.log import Conflict, EventLog
from adapters.registry.opening import Registry
from domain.event import Envelope
from domain.household.state import Household
from domain.questionnaire.answers import Member
from domain.registry_day import day_in_pakistan
from domain.streams import disclosure_stream
from domain.submission import Disclosed

ATTEMPTS_MAX = 5


class Opened(msgspec.Struct, frozen=True):
    """What was opened: identities by member, phone numbers, and the address in lines. Empty where nothing was."""

    identities: dict[UUID, Identity] = msgspec.field(default_factory=dict)
    phones: tuple[str, ...] = ()
    address: tuple[str, ...] = ()


NOTHING_OPENED = Opened()


def open_names(registry: Registry, household: UUID, state: Household, purpose: str | None, by: str) -> Opened:
    """Open names, phones and address of a household, for a purpose only. The disclosure is recorded first.

    Erased members are left out: nobody can open them. So are phones and address where the keys were destroyed.
    """
    if purpose is None:
        return NOTHING_OPENED
    if not purpose.strip():
        raise Refused("Say for what purpose the names are opened: --open 'PURPOSE'. It is recorded.")
    opened = open_identities(registry, household, list(state.roster.values()), by, purpose, by)
    row = registry.door.key_row(household)
    if not row.household:
        return Opened(opened)
    return Opened(opened, _phones(registry, household, row, state), _address(registry, household, row, state))


def open_identities(
    registry: Registry, household: UUID, members: Sequence[Member], to: str, purpose: str, by: str
) -> dict[UUID, Identity]:
    """Open who some members of a household are, for somebody, for a purpose. The disclosure is recorded first.

    Erased members are left out: nobody can open them.
    """
    if not purpose.strip():
        raise Refused("Say for what purpose the names are opened: it is recorded.")
    row = registry.door.key_row(household)
    sealed = {member.member_id: member.identity for member in members if member.identity}
    now = registry.clock()
    _record(registry.log, Disclosed(day_in_pakistan(now), household, tuple(sealed), to, purpose), now, by)
    keys = people.open_member_keys(registry.keyring, row, sealed)
    return {member_id: people.read_identity(key, member_id, sealed[member_id]) for member_id, key in keys.items()}


def _phones(registry: Registry, household: UUID, row: KeyRow, state: Household) -> tuple[str, ...]:
    sealed = state.contact.sealed
    return people.open_contact(registry.keyring, row, household, sealed).phones if sealed else ()


def _address(registry: Registry, household: UUID, row: KeyRow, state: Household) -> tuple[str, ...]:
    if not state.address:
        return ()
    address = people.open_address(registry.keyring, row, household, state.address)
    return (*address.lines, *([address.landmark] if address.landmark else []))


def _record(log: EventLog, disclosed: Disclosed, now: datetime, by: str) -> None:
    """Record a disclosure behind the others of its household, of which another may come in just now."""
    stream = disclosure_stream(disclosed.household)
    envelope = Envelope(now, by, "reader")
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            log.append([to_store(stream, len(log.stream(stream)) + 1, envelope, disclosed)])
        except Conflict:
            if attempt == ATTEMPTS_MAX:
                raise
        else:
            return
