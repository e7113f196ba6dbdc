"""The port to where keys, tokens and erasures lie: beside the log, and written in the same transaction as the events.

Whoever writes takes locks in one order: tokens (sorted), then key rows (sorted), then the log. Every method sorts what
it is given, so callers need only keep to the order of the three.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from adapters.faults import Refused, WorldFailed
from adapters.keys.people import KeyRow, holds_any_key, holds_key

ERASURE_WINDOW_DAYS_DEFAULT = 35
"""How long after an erasure copies of the key may survive in backups and the database's files (docs/erasure.md)."""
ERASURE_WINDOW_DAYS_MAX = 365


class Holder(msgspec.Struct, frozen=True, gc=False):
    """A token and who holds it: a member of a household."""

    token: UUID
    household_id: UUID
    member_id: UUID


class Conflict(msgspec.Struct, frozen=True, gc=False):
    """A token that was claimed for one person and is held by another."""

    claim: Holder
    holder: Holder


class Erasure(msgspec.Struct, frozen=True):
    """A person whose keys were destroyed, in which households' rows, and when the last copies were known to be gone.

    Where all keys of a household were destroyed, `member_id` is the household's id, which no person has.
    """

    member_id: UUID
    erased_at: datetime
    households: tuple[UUID, ...]
    completed_at: datetime | None = None

    @property
    def is_of_household(self) -> bool:
        """Whether all keys of a household were destroyed, and not those of one person."""
        return self.member_id in self.households

    def is_undone_by(self, row: KeyRow) -> bool:
        """Whether one of its rows holds again what was destroyed: a backup brought it back."""
        return holds_any_key(row) if self.is_of_household else holds_key(row, self.member_id)

    def due_at(self, window_days: int) -> datetime:
        """When backups and files of the database may hold no copy any more."""
        return self.erased_at + timedelta(days=window_days)


class KeyRowMissing(WorldFailed):
    """A household that should have a key row has none."""


class KeyRowPresent(WorldFailed):
    """A household that should be new has a key row: it was registered in between. Look again, decide again."""


def check_all_found(wanted: Iterable[UUID], found: Mapping[UUID, bytes]) -> None:
    """Raise KeyRowMissing where a wanted row was not found."""
    missing = sorted(set(wanted) - found.keys())
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise KeyRowMissing(f"No keys are stored for household {missing[0]}{others}. Restore the table of keys.")


def erasure_window_days(environment: Mapping[str, str]) -> int:
    """How many days copies of a destroyed key may survive: GHARANA_ERASURE_WINDOW_DAYS, or the default."""
    named = environment.get("GHARANA_ERASURE_WINDOW_DAYS", str(ERASURE_WINDOW_DAYS_DEFAULT))
    if not (named.isascii() and named.isdigit() and 1 <= int(named) <= ERASURE_WINDOW_DAYS_MAX):
        raise Refused(
            f"GHARANA_ERASURE_WINDOW_DAYS is {named!r}. Set it to a whole number of days from 1 to"
            f" {ERASURE_WINDOW_DAYS_MAX}, not less than your oldest backup's age."
        )
    return int(named)


class KeyTable(Protocol):
    """Keys, tokens and erasures, inside a transaction of the caller's."""

    def claim_tokens(self, claims: Sequence[Holder]) -> list[Conflict]:
        """Take tokens that nobody holds; gives the claims that failed, and takes all others.

        Claiming what one holds already changes nothing. Of two claims in one call, the first takes the token.
        """

    def release_tokens(self, held: Sequence[Holder]) -> None:
        """Give tokens back, as far as these very holders hold them."""

    def move_tokens(self, held: Sequence[Holder], to_household: UUID) -> None:
        """Move tokens to another household with their members, as far as these very holders hold them."""

    def find_holders(self, tokens: Iterable[UUID]) -> dict[UUID, Holder]:
        """Who holds these tokens; those that nobody holds are left out."""

    def add_keys(self, rows: Mapping[UUID, KeyRow]) -> None:
        """Store the key rows of new households.

        To overwrite a row would be to lose its keys, so that raises KeyRowPresent; the transaction is then lost.
        """

    def replace_keys(self, rows: Mapping[UUID, KeyRow]) -> None:
        """Store the changed key rows of known households; raises KeyRowMissing."""

    def get_keys(self, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        """Read key rows; raises KeyRowMissing."""

    def get_keys_to_change(self, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        """Read key rows and lock them until the transaction ends; raises KeyRowMissing."""

    def copy_member_key(self, member_id: UUID, from_household: UUID, to_household: UUID) -> None:
        """Copy a person's wrapped key into the row of the household she moves to; the old row keeps its own."""

    def destroy_member_key(self, member_id: UUID, household_id: UUID, erased_at: datetime) -> Erasure:
        """Destroy every copy of a person's key, wherever she has lived.

        Asked twice, the first erasure stands, unless a restored backup had brought a copy back: then its window starts
        anew. Her tokens are the caller's to release: the roster that the caller has folded names them.
        """

    def destroy_household_keys(self, household_id: UUID, erased_at: datetime) -> Erasure:
        """Destroy every key in a household's row; what others of its people's rows hold is not touched.

        Asked twice, the first erasure stands, as with `destroy_member_key`.
        """

    def scan_keys(self, after: UUID, limit: int) -> dict[UUID, KeyRow]:
        """Read key rows in the order of their households, so many beyond one."""

    def erasures(self) -> list[Erasure]:
        """Every erasure there is, oldest first."""

    def open_erasures(self) -> list[Erasure]:
        """Erasures not yet known to be complete, oldest first."""

    def complete_erasures(self, erased_before: datetime, completed_at: datetime) -> int:
        """Note that no copy survives of what was erased before an instant; gives how many erasures that completes."""

    def erasures_to_repeat(self) -> list[Erasure]:
        """Erasures of which a key row still holds the key: rows restored from an older backup."""
