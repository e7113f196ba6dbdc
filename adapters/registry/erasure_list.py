"""The list of erasures that is kept beside the backups, and repeating them after one of these was restored.

A backup from before an erasure knows nothing of it. The list holds ids and instants, nothing of the person, and is
authenticated with the registry's secret: with a list made by hand one person could erase anybody.
"""

import hmac
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from adapters.faults import Refused
from adapters.keys.key_table import Erasure, KeyTable
from adapters.registry.erasures import open_erasures
from adapters.registry.opening import Registry
from adapters.submissions.shape import Erasure as ErasureSubmission

FORMAT = "gharana-erasures/1"
_PURPOSE = b"gharana/list-of-erasures/1"
SOURCE = "erasure repeat"


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One erasure: whose, in which households, since when."""

    member: UUID
    erased_at: datetime
    households: tuple[UUID, ...]


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    made_at: datetime
    erasures: tuple[Listed, ...]
    check: str = ""


class Repeated(msgspec.Struct, frozen=True):
    """How many were erased again, how many were so still, and how many are not known here at all."""

    again: int
    as_they_were: int
    unknown: int


def export_erasures(registry: Registry) -> bytes:
    """Write the list of all erasures."""

    def look(keys: KeyTable) -> list[Erasure]:
        return keys.erasures()

    found = registry.log.transact(lambda transaction: look(registry.books(transaction).keys))
    erasures = tuple(Listed(one.member_id, one.erased_at, one.households) for one in found)
    written = _List(FORMAT, registry.clock(), erasures)
    checked = msgspec.structs.replace(written, check=_check(registry, written))
    return msgspec.json.format(msgspec.json.encode(checked)) + b"\n"


def read_list(registry: Registry, stored: bytes) -> tuple[Listed, ...]:
    """Read a list. Raises Refused where it is none, or this registry did not write it."""
    try:
        written = msgspec.json.decode(stored, type=_List)
    except msgspec.MsgspecError as error:
        raise Refused("This is no list of erasures: name a file that `erasure export` wrote.") from error
    if not hmac.compare_digest(written.check, _check(registry, written)):
        raise Refused("The list of erasures was altered, or another registry wrote it: take the copy that it wrote.")
    return written.erasures


def repeat_erasures(registry: Registry, listed: tuple[Listed, ...], by: str) -> Repeated:
    """Erase again whom a restored backup brought back: by its own account, and by a list's that it does not know."""
    back = {
        one.member_id: Listed(one.member_id, one.erased_at, one.households) for one in open_erasures(registry).to_repeat
    }
    again = as_they_were = unknown = 0
    for one in (back | {one.member: one for one in listed}).values():
        household = _find_household(registry, one)
        if household is None:
            unknown += 1
        elif one.member not in back and _is_erased(registry, household, one.member):
            as_they_were += 1
        else:
            _repeat(registry, household, one, by)
            again += 1
    return Repeated(again, as_they_were, unknown)


def _repeat(registry: Registry, household: UUID, one: Listed, by: str) -> None:
    on = one.erased_at.date()
    answer = registry.door.submit(
        ErasureSubmission(
            submission_id=uuid4(),
            source=SOURCE,
            on=registry.today(),
            operator=by,
            household=household,
            member=None if one.member == household else one.member,
            authority=f"repeated after a restore, first erased on {on}",
        ),
        repeats_of=on,
    )
    if not answer.accepted:
        raise Refused(f"The erasure of {one.member} could not be repeated: {answer.reasons[0].sentence}")


def _find_household(registry: Registry, one: Listed) -> UUID | None:
    """A household of the list's that is registered here and knows whom it is about."""
    for household in one.households:
        state = registry.reader.household(household)
        if state is not None and (one.member == household or one.member in state.roster.keys() | state.former):
            return household
    return None


def _is_erased(registry: Registry, household: UUID, member: UUID) -> bool:
    state = registry.reader.household(household)
    assert state is not None, "the household was found"
    return state.keys_destroyed_on is not None if member == household else member in state.erased


def _check(registry: Registry, written: _List) -> str:
    bare = msgspec.json.encode(msgspec.structs.replace(written, check=""))
    key = hmac.digest(registry.keyring.registry_secret(), _PURPOSE, "sha256")
    return hmac.digest(key, bare, "sha256").hex()
