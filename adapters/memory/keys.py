"""Keys, tokens and erasures in memory: for tests and simulations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from adapters.keys import people
from adapters.keys.key_table import Conflict, Erasure, Holder, KeyRowPresent, check_all_found
from adapters.keys.people import KeyRow


class MemoryKeys:
    """The port KeyTable over dictionaries. Key rows are kept encoded, as a database would."""

    def __init__(self) -> None:
        self._tokens: dict[UUID, Holder] = {}
        self._rows: dict[UUID, bytes] = {}
        self._copies: set[tuple[UUID, UUID]] = set()
        self._erasures: dict[UUID, Erasure] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo everything done inside when it fails."""
        before = dict(self._tokens), dict(self._rows), set(self._copies), dict(self._erasures)
        try:
            yield
        except BaseException:
            self._tokens, self._rows, self._copies, self._erasures = before
            raise

    def claim_tokens(self, claims: Sequence[Holder]) -> list[Conflict]:
        """Take tokens that nobody holds; gives the claims that failed, and takes all others."""
        conflicts = []
        for claim in claims:
            holder = self._tokens.setdefault(claim.token, claim)
            if holder != claim:
                conflicts.append(Conflict(claim, holder))
        return conflicts

    def release_tokens(self, held: Sequence[Holder]) -> None:
        """Give tokens back, as far as these very holders hold them."""
        for holder in held:
            if self._tokens.get(holder.token) == holder:
                del self._tokens[holder.token]

    def move_tokens(self, held: Sequence[Holder], to_household: UUID) -> None:
        """Move tokens to another household with their members, as far as these very holders hold them."""
        for holder in held:
            if self._tokens.get(holder.token) == holder:
                self._tokens[holder.token] = replace(holder, household_id=to_household)

    def find_holders(self, tokens: Iterable[UUID]) -> dict[UUID, Holder]:
        """Who holds these tokens; those that nobody holds are left out."""
        return {token: self._tokens[token] for token in tokens if token in self._tokens}

    def add_keys(self, rows: Mapping[UUID, KeyRow]) -> None:
        """Store the key rows of new households; raises KeyRowPresent."""
        if present := rows.keys() & self._rows.keys():
            raise KeyRowPresent(f"Household {min(present)} has its keys already. Look it up, and decide again.")
        self._rows |= {household_id: people.encode_row(row) for household_id, row in rows.items()}

    def replace_keys(self, rows: Mapping[UUID, KeyRow]) -> None:
        """Store the changed key rows of known households; raises KeyRowMissing."""
        self.get_keys(rows)
        self._rows |= {household_id: people.encode_row(row) for household_id, row in rows.items()}

    def get_keys(self, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        """Read key rows; raises KeyRowMissing."""
        wanted = set(household_ids)
        check_all_found(wanted, self._rows)
        return {household_id: people.decode_row(self._rows[household_id]) for household_id in wanted}

    def get_keys_to_change(self, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        """Read key rows; there is one writer here, so nothing is locked."""
        return self.get_keys(household_ids)

    def copy_member_key(self, member_id: UUID, from_household: UUID, to_household: UUID) -> None:
        """Copy a person's wrapped key into the row of the household she moves to; the old row keeps its own."""
        rows = self.get_keys((from_household, to_household))
        self.replace_keys({to_household: people.copy_member(rows[from_household], rows[to_household], member_id)})
        self._copies |= {(member_id, from_household), (member_id, to_household)}

    def destroy_member_key(self, member_id: UUID, household_id: UUID, erased_at: datetime) -> Erasure:
        """Destroy every copy of a person's key, wherever she has lived; asked twice, the first erasure stands."""
        known = self._erasures.get(member_id)
        elsewhere = known.households if known else ()
        copies = {household for member, household in self._copies if member == member_id}
        rows = self.get_keys({household_id, *elsewhere, *copies})
        if known and not any(people.holds_key(row, member_id) for row in rows.values()):
            return known
        self.replace_keys({household: people.destroy_member(row, member_id) for household, row in rows.items()})
        self._erasures[member_id] = Erasure(member_id, erased_at, tuple(sorted(rows)))
        return self._erasures[member_id]

    def destroy_household_keys(self, household_id: UUID, erased_at: datetime) -> Erasure:
        """Destroy every key in a household's row; asked twice, the first erasure stands."""
        row, known = self.get_keys([household_id])[household_id], self._erasures.get(household_id)
        if known and not people.holds_any_key(row):
            return known
        self.replace_keys({household_id: people.destroy_row(row)})
        self._erasures[household_id] = Erasure(household_id, erased_at, (household_id,))
        return self._erasures[household_id]

    def scan_keys(self, after: UUID, limit: int) -> dict[UUID, KeyRow]:
        """Read key rows in the order of their households, so many beyond one."""
        wanted = sorted(household_id for household_id in self._rows if household_id > after)[:limit]
        return {household_id: people.decode_row(self._rows[household_id]) for household_id in wanted}

    def erasures(self) -> list[Erasure]:
        """Every erasure there is, oldest first."""
        return sorted(self._erasures.values(), key=lambda erasure: (erasure.erased_at, erasure.member_id))

    def open_erasures(self) -> list[Erasure]:
        """Erasures not yet known to be complete, oldest first."""
        return [erasure for erasure in self.erasures() if erasure.completed_at is None]

    def complete_erasures(self, erased_before: datetime, completed_at: datetime) -> int:
        """Note that no copy survives of what was erased before an instant; gives how many erasures that completes."""
        complete = [erasure for erasure in self.open_erasures() if erasure.erased_at < erased_before]
        self._erasures |= {each.member_id: replace(each, completed_at=completed_at) for each in complete}
        return len(complete)

    def erasures_to_repeat(self) -> list[Erasure]:
        """Erasures of which a key row still holds the key: rows restored from an older backup."""
        return [erasure for _, erasure in sorted(self._erasures.items()) if self._survives(erasure)]

    def _survives(self, erasure: Erasure) -> bool:
        held = {
            household_id: self._rows[household_id] for household_id in erasure.households if household_id in self._rows
        }
        return any(erasure.is_undone_by(people.decode_row(row)) for row in held.values())
