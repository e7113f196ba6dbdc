"""Opening names: only for a stated purpose, and never without a record of who saw whom."""

from datetime import datetime
from uuid import UUID

from adapters.codec import to_store
from adapters.faults import Refused
from adapters.keys import people
from adapters.keys.people import Erased, Identity
from adapters.log import Conflict, EventLog
from adapters.registry.opening import Registry
from domain.event import Envelope
from domain.household.state import Household
from domain.registry_day import day_in_pakistan
from domain.streams import disclosure_stream
from domain.submission import Disclosed

ATTEMPTS_MAX = 5


def open_names(
    registry: Registry, household: UUID, state: Household, purpose: str | None, by: str
) -> dict[UUID, Identity]:
    """Open the identities of a household's members, for a purpose only. The disclosure is recorded first.

    Erased members are left out: nobody can open them.
    """
    if purpose is None:
        return {}
    if not purpose.strip():
        raise Refused("Say for what purpose the names are opened: --open 'PURPOSE'. It is recorded.")
    row = registry.door.key_row(household)
    sealed = {member.member_id: member.identity for member in state.roster.values() if member.identity}
    now = registry.clock()
    _record(registry.log, Disclosed(day_in_pakistan(now), household, tuple(sealed), by, purpose), now)
    opened = {}
    for member_id, identity in sealed.items():
        try:
            opened[member_id] = people.open_identity(registry.keyring, row, member_id, identity)
        except Erased:
            continue
    return opened


def _record(log: EventLog, disclosed: Disclosed, now: datetime) -> None:
    """Record a disclosure behind the others of its household, of which another may come in just now."""
    stream = disclosure_stream(disclosed.household)
    envelope = Envelope(now, disclosed.to, "reader")
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            log.append([to_store(stream, len(log.stream(stream)) + 1, envelope, disclosed)])
        except Conflict:
            if attempt == ATTEMPTS_MAX:
                raise
        else:
            return
