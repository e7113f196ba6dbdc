"""What becomes of keys: the master keys are rotated and retired, and two people destroy those of a person or household.

Nothing here opens anything. A person's key is destroyed by the door, in the transaction that records the approval.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar, Final, assert_never
from uuid import UUID

import msgspec

from domain.event import Event
from domain.refusal import Rejected
from domain.shock import as_compared

PROPOSAL_DAYS: Final = 30
"""How long a proposal can be approved: it is made upon a request that is before us, not in stock (ours)."""


class MasterKeyRotated(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A new master key was made: it wraps from now on, the older ones still open."""

    name: ClassVar[str] = "keys.master_rotated.v1"
    on: date
    version: int


class KeysRewrapped(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Every wrapped key that is kept was brought under the newest master key: so many rows were changed for that."""

    name: ClassVar[str] = "keys.rewrapped.v1"
    on: date
    version: int
    households: int
    webhooks: int


class MasterKeysRetired(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Older master keys were destroyed: what they wrapped opens for nobody, in whatever backup it lies."""

    name: ClassVar[str] = "keys.master_retired.v1"
    on: date
    versions: tuple[int, ...]
    newest: int


class DestructionProposed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Somebody proposed to destroy the key of a person, or without `member` those of a whole household.

    Nothing is destroyed before another person approves, by `until` at the latest.
    """

    name: ClassVar[str] = "keys.destruction_proposed.v1"
    on: date
    household: UUID
    member: UUID | None
    authority: str
    proposed_by: str
    until: date


class DestructionWithdrawn(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What was proposed is not to be approved any more."""

    name: ClassVar[str] = "keys.destruction_withdrawn.v1"
    on: date
    household: UUID
    member: UUID | None
    reason: str


class DestructionApproved(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Another person approved what was proposed, and with this the keys were destroyed."""

    name: ClassVar[str] = "keys.destruction_approved.v1"
    on: date
    household: UUID
    member: UUID | None
    authority: str
    proposed_by: str
    approved_by: str


class DestructionRepeated(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A backup had brought back keys that were destroyed before it was restored, and they were destroyed again."""

    name: ClassVar[str] = "keys.destruction_repeated.v1"
    on: date
    household: UUID
    member: UUID | None
    first_on: date


DestructionEvent = DestructionProposed | DestructionWithdrawn | DestructionApproved | DestructionRepeated
MasterKeyEvent = MasterKeyRotated | KeysRewrapped | MasterKeysRetired


class ProposeDestruction(msgspec.Struct, frozen=True):
    """Propose to destroy the key of a person, or without `member` those of a household."""

    on: date
    household: UUID
    member: UUID | None
    authority: str
    by: str


class WithdrawDestruction(msgspec.Struct, frozen=True):
    """Take back what was proposed and not approved yet."""

    on: date
    household: UUID
    member: UUID | None
    reason: str


class ApproveDestruction(msgspec.Struct, frozen=True):
    """Approve what another person proposed, upon the same authority."""

    on: date
    household: UUID
    member: UUID | None
    authority: str
    by: str


DestructionCommand = ProposeDestruction | WithdrawDestruction | ApproveDestruction


def evolve(proposed: DestructionProposed | None, event: DestructionEvent) -> DestructionProposed | None:
    """Take one event in: what stands proposed, if anything does."""
    match event:
        case DestructionProposed():
            return event
        case DestructionWithdrawn() | DestructionApproved():
            return None
        case DestructionRepeated():
            return proposed
        case _:
            assert_never(event)


def fold(events: Sequence[DestructionEvent]) -> DestructionProposed | None:
    """Fold the events about one person or household, in the order of the log."""
    proposed: DestructionProposed | None = None
    for event in events:
        proposed = evolve(proposed, event)
    return proposed


def decide(command: DestructionCommand, proposed: DestructionProposed | None) -> list[DestructionEvent]:
    """Decide about a destruction. Raises Rejected."""
    standing = proposed if proposed is not None and command.on <= proposed.until else None
    match command:
        case ProposeDestruction():
            return _propose(command, standing)
        case WithdrawDestruction(on=on, household=household, member=member, reason=reason):
            if standing is None:
                raise Rejected("No destruction of these keys is proposed: `keys proposals` lists those that are.")
            if not reason.strip():
                raise Rejected("Say why the proposal is withdrawn: the log keeps the reason.")
            return [DestructionWithdrawn(on, household, member, reason)]
        case ApproveDestruction():
            return [_approve(command, proposed)]
        case _:
            assert_never(command)


def _propose(command: ProposeDestruction, standing: DestructionProposed | None) -> list[DestructionEvent]:
    if not command.by.strip() or not command.authority.strip():
        raise Rejected("Keys are destroyed upon somebody's request and by somebody's word: name both.")
    if standing is not None:
        if as_compared(standing.proposed_by) == as_compared(command.by) and standing.authority == command.authority:
            return []
        raise Rejected(
            f"{standing.proposed_by} proposed this on {standing.on} already, on the authority of {standing.authority}: "
            "approve that, or withdraw it first."
        )
    until = command.on + timedelta(days=PROPOSAL_DAYS)
    return [DestructionProposed(command.on, command.household, command.member, command.authority, command.by, until)]


def _approve(command: ApproveDestruction, proposed: DestructionProposed | None) -> DestructionApproved:
    if proposed is None:
        raise Rejected(
            "Keys are destroyed by two people, and nobody has proposed this yet: somebody else must do so first, "
            "with `keys propose`."
        )
    if command.on > proposed.until:
        raise Rejected(
            f"What {proposed.proposed_by} proposed could be approved until {proposed.until}: it must be proposed anew."
        )
    if not command.by.strip() or as_compared(command.by) == as_compared(proposed.proposed_by):
        raise Rejected(f"{proposed.proposed_by} proposed this: another person must approve it.")
    if as_compared(command.authority) != as_compared(proposed.authority):
        raise Rejected(
            f"This was proposed on the authority of {proposed.authority}, and not of {command.authority}: approve what "
            "was proposed, or have it withdrawn."
        )
    return DestructionApproved(
        command.on, proposed.household, command.member, proposed.authority, proposed.proposed_by, command.by
    )


def no_keys_left(since: date) -> str:
    """Why a household takes no more submissions, and what to do."""
    return (
        f"The keys of this household were destroyed on {since} at a lawful request, and it takes nothing but what "
        "programmes report: register the people as a new household."
    )


class MasterKeys(msgspec.Struct, frozen=True):
    """The master keys as the log knows them: the newest, and those that were destroyed."""

    newest: int = 1
    retired: frozenset[int] = frozenset()


def fold_masters(events: Sequence[MasterKeyEvent]) -> MasterKeys:
    """Fold the events of the master keys, in the order of the log."""
    known = MasterKeys()
    for event in events:
        match event:
            case MasterKeyRotated(version=version):
                known = MasterKeys(max(known.newest, version), known.retired)
            case MasterKeysRetired(versions=versions, newest=newest):
                known = MasterKeys(max(known.newest, newest), known.retired | set(versions))
            case KeysRewrapped():
                pass
            case _:
                assert_never(event)
    return known
