"""Keys, tokens and erasures in Postgres, inside the transaction of the cursor that is passed in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import starmap
from struct import Struct
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row

from adapters.faults import WorldFailed
from adapters.keys import people
from adapters.keys.key_table import Conflict, Erasure, Holder, KeyRowPresent, check_all_found
from adapters.keys.people import KeyRow
from adapters.postgres.framing import copy_in, in_pieces

COPY_ROWS_MIN = 100
"""From here on rows go by COPY: measured at 10,000 tokens, 3 microseconds a row against 7 with ON CONFLICT."""
CLAIM_ROUNDS_MAX = 5
COPY_ROUNDS_MAX = 5

_token_row = Struct(">hi16si16si16s").pack  # number of fields, then each field after its length
_key_row = Struct(">hi16si").pack

_READ_KEYS: LiteralString = "SELECT household_id, keys FROM household_keys WHERE household_id = ANY(%b)"
_CLAIM = """
    INSERT INTO tokens (token, household_id, member_id)
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[]) ON CONFLICT (token) DO NOTHING"""
_LOCK_HELD = """
    WITH held AS (SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[]) AS h (token, household_id, member_id))
    SELECT t.token FROM tokens t JOIN held USING (token, household_id, member_id) ORDER BY t.token FOR UPDATE OF t"""


class PostgresKeys:
    """The port KeyTable over three tables; works in the transaction of `cursor`, whatever shape its rows have."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        self._cursor = cursor.connection.cursor(row_factory=tuple_row)

    def claim_tokens(self, claims: Sequence[Holder]) -> list[Conflict]:
        """Take tokens that nobody holds; gives the claims that failed, and takes all others.

        Many claims are copied in straight away; only where one of them is held already are they sorted out one by one.
        """
        ordered = sorted(claims, key=lambda claim: claim.token.int)
        if len(ordered) >= COPY_ROWS_MIN and self._copied(ordered):
            return []
        waiting: Sequence[Holder] = ordered
        conflicts: list[Conflict] = []
        for _ in range(CLAIM_ROUNDS_MAX):
            if not waiting or self._inserted(waiting) == len(waiting):
                return conflicts
            holders = self.find_holders(claim.token for claim in waiting)
            conflicts += [
                Conflict(claim, holders[claim.token])
                for claim in waiting
                if claim.token in holders and holders[claim.token] != claim
            ]
            waiting = [claim for claim in waiting if claim.token not in holders]  # given back in between: once more
        raise WorldFailed("Tokens changed hands again and again while they were claimed. Send the submission again.")

    def release_tokens(self, held: Sequence[Holder]) -> None:
        """Give tokens back, as far as these very holders hold them."""
        self._cursor.execute("DELETE FROM tokens WHERE token = ANY(%b)", (self._lock_held(held),))

    def move_tokens(self, held: Sequence[Holder], to_household: UUID) -> None:
        """Move tokens to another household with their members, as far as these very holders hold them."""
        self._cursor.execute(
            "UPDATE tokens SET household_id = %b WHERE token = ANY(%b)", (to_household, self._lock_held(held))
        )

    def find_holders(self, tokens: Iterable[UUID]) -> dict[UUID, Holder]:
        """Who holds these tokens; those that nobody holds are left out."""
        found = self._cursor.execute(
            "SELECT token, household_id, member_id FROM tokens WHERE token = ANY(%b)", (list(tokens),)
        )
        return {row[0]: Holder(*row) for row in found}

    def add_keys(self, rows: Mapping[UUID, KeyRow]) -> None:
        """Store the key rows of new households; raises KeyRowPresent."""
        encoded = {household_id: people.encode_row(rows[household_id]) for household_id in sorted(rows)}
        try:
            if len(encoded) < COPY_ROWS_MIN:
                self._write_rows(
                    "INSERT INTO household_keys (household_id, keys) SELECT * FROM unnest(%b::uuid[], %b::bytea[])",
                    encoded,
                )
                return
            packed = starmap(_pack_key, encoded.items())
            copy_in(self._cursor, "household_keys", "household_id, keys", in_pieces(packed))
        except UniqueViolation as violation:
            raise KeyRowPresent("A household has its keys already. Look it up, and decide again.") from violation

    def replace_keys(self, rows: Mapping[UUID, KeyRow]) -> None:
        """Store the changed key rows of known households; raises KeyRowMissing."""
        self.get_keys_to_change(rows)
        encoded = {household_id: people.encode_row(row) for household_id, row in rows.items()}
        self._write_rows(
            "UPDATE household_keys SET keys = new.keys FROM unnest(%b::uuid[], %b::bytea[]) AS new (id, keys)"
            " WHERE household_id = new.id",
            encoded,
        )

    def get_keys(self, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        """Read key rows; raises KeyRowMissing."""
        return self._get_keys(
            "SELECT household_id, keys FROM household_keys WHERE household_id = ANY(%b)", household_ids
        )

    def get_keys_to_change(self, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        """Read key rows and lock them until the transaction ends; raises KeyRowMissing."""
        return self._get_keys(f"{_READ_KEYS} ORDER BY household_id FOR UPDATE", household_ids)

    def copy_member_key(self, member_id: UUID, from_household: UUID, to_household: UUID) -> None:
        """Copy a person's wrapped key into the row of the household she moves to; the old row keeps its own."""
        rows = self.get_keys_to_change((from_household, to_household))
        self.replace_keys({to_household: people.copy_member(rows[from_household], rows[to_household], member_id)})
        self._cursor.execute(
            "INSERT INTO key_copies (member_id, household_id) VALUES (%b, %b), (%b, %b) ON CONFLICT DO NOTHING",
            (member_id, min(from_household, to_household), member_id, max(from_household, to_household)),
        )

    def destroy_member_key(self, member_id: UUID, household_id: UUID, erased_at: datetime) -> Erasure:
        """Destroy every copy of a person's key, wherever she has lived; asked twice, the first erasure stands."""
        rows = self._lock_copies(member_id, household_id)
        known = self._find_erasure(member_id)
        if known and not any(people.holds_key(row, member_id) for row in rows.values()):
            return known
        self.replace_keys({household: people.destroy_member(row, member_id) for household, row in rows.items()})
        return self._note(Erasure(member_id, erased_at, tuple(sorted(rows))))

    def destroy_household_keys(self, household_id: UUID, erased_at: datetime) -> Erasure:
        """Destroy every key in a household's row; asked twice, the first erasure stands."""
        row = self.get_keys_to_change([household_id])[household_id]
        known = self._find_erasure(household_id)
        if known and not people.holds_any_key(row):
            return known
        self.replace_keys({household_id: people.destroy_row(row)})
        return self._note(Erasure(household_id, erased_at, (household_id,)))

    def scan_keys(self, after: UUID, limit: int) -> dict[UUID, KeyRow]:
        """Read key rows in the order of their households, so many beyond one."""
        found = self._cursor.execute(
            "SELECT household_id, keys FROM household_keys WHERE household_id > %b ORDER BY household_id LIMIT %b",
            (after, limit),
        )
        return {household_id: people.decode_row(stored) for household_id, stored in found}

    def erasures(self) -> list[Erasure]:
        """Every erasure there is, oldest first."""
        found = self._cursor.execute(
            "SELECT member_id, erased_at, households, completed_at FROM erasures ORDER BY erased_at, member_id"
        )
        return [_erasure(row) for row in found]

    def open_erasures(self) -> list[Erasure]:
        """Erasures not yet known to be complete, oldest first."""
        found = self._cursor.execute(
            "SELECT member_id, erased_at, households, completed_at FROM erasures"
            " WHERE completed_at IS NULL ORDER BY erased_at, member_id"
        )
        return [_erasure(row) for row in found]

    def complete_erasures(self, erased_before: datetime, completed_at: datetime) -> int:
        """Note that no copy survives of what was erased before an instant; gives how many erasures that completes."""
        self._cursor.execute(
            "UPDATE erasures SET completed_at = %b WHERE completed_at IS NULL AND erased_at < %b",
            (completed_at, erased_before),
        )
        return self._cursor.rowcount

    def erasures_to_repeat(self) -> list[Erasure]:
        """Erasures of which a key row still holds the key: rows restored from an older backup."""
        found = self._cursor.execute(
            "SELECT member_id, erased_at, e.households, completed_at, array_agg(k.keys) FROM erasures e"
            " JOIN household_keys k ON k.household_id = ANY(e.households) GROUP BY member_id ORDER BY member_id"
        )
        return [
            erasure
            for *row, rows in found
            if any((erasure := _erasure(tuple(row))).is_undone_by(people.decode_row(keys)) for keys in rows)
        ]

    def _lock_copies(self, member_id: UUID, household_id: UUID) -> dict[UUID, KeyRow]:
        """Lock every row that holds a person's key.

        A copy being made holds the lock of the row it is made from: either it is noted by the time we look again, or it
        waits for us and then copies the empty entry.
        """
        wanted = {household_id} | self._find_copies(member_id)
        for _ in range(COPY_ROUNDS_MAX):
            rows = self.get_keys_to_change(wanted)
            known = self._find_copies(member_id)
            if known <= wanted:
                return rows
            wanted |= known
        raise WorldFailed("This person's keys were copied again and again while they were destroyed. Try once more.")

    def _find_copies(self, member_id: UUID) -> set[UUID]:
        found = self._cursor.execute(
            "SELECT household_id FROM key_copies WHERE member_id = %b"
            " UNION SELECT unnest(households) FROM erasures WHERE member_id = %b",
            (member_id, member_id),
        )
        return {row[0] for row in found}

    def _note(self, erasure: Erasure) -> Erasure:
        self._cursor.execute(
            "INSERT INTO erasures (member_id, erased_at, households) VALUES (%b, %b, %b)"
            " ON CONFLICT (member_id) DO UPDATE SET erased_at = excluded.erased_at,"
            " households = excluded.households, completed_at = NULL",
            (erasure.member_id, erasure.erased_at, list(erasure.households)),
        )
        return erasure

    def _find_erasure(self, member_id: UUID) -> Erasure | None:
        stored = self._cursor.execute(
            "SELECT member_id, erased_at, households, completed_at FROM erasures WHERE member_id = %b", (member_id,)
        ).fetchone()
        return _erasure(stored) if stored else None

    def _copied(self, claims: Sequence[Holder]) -> bool:
        """Copy claims in, and undo that where one of the tokens is held.

        The savepoint is spelled out: the library's own block would commit, were this the first statement.
        """
        self._cursor.execute("SAVEPOINT tokens_copied")
        try:
            copy_in(self._cursor, "tokens", "token, household_id, member_id", in_pieces(map(_pack_token, claims)))
        except UniqueViolation:
            self._cursor.execute("ROLLBACK TO SAVEPOINT tokens_copied")
            return False
        self._cursor.execute("RELEASE SAVEPOINT tokens_copied")
        return True

    def _inserted(self, claims: Sequence[Holder]) -> int:
        self._cursor.execute(_CLAIM, _columns(claims))
        return self._cursor.rowcount

    def _lock_held(self, held: Sequence[Holder]) -> list[UUID]:
        """Lock the tokens that these holders hold, in their order, and give them."""
        return [row[0] for row in self._cursor.execute(_LOCK_HELD, _columns(held))]

    def _write_rows(self, statement: LiteralString, encoded: Mapping[UUID, bytes]) -> None:
        self._cursor.execute(statement, (list(encoded.keys()), list(encoded.values())))

    def _get_keys(self, statement: LiteralString, household_ids: Iterable[UUID]) -> dict[UUID, KeyRow]:
        wanted = set(household_ids)
        found: dict[UUID, bytes] = dict(self._cursor.execute(statement, (list(wanted),)).fetchall())
        check_all_found(wanted, found)
        return {household_id: people.decode_row(stored) for household_id, stored in found.items()}


def _erasure(row: tuple[Any, ...]) -> Erasure:
    member_id, erased_at, households, completed_at = row
    return Erasure(member_id, erased_at, tuple(households), completed_at)


def _columns(holders: Sequence[Holder]) -> tuple[list[UUID], list[UUID], list[UUID]]:
    return (
        [holder.token for holder in holders],
        [holder.household_id for holder in holders],
        [holder.member_id for holder in holders],
    )


def _pack_token(claim: Holder) -> bytes:
    token, household_id, member_id = claim.token, claim.household_id, claim.member_id
    return _token_row(3, 16, token.int.to_bytes(16), 16, household_id.int.to_bytes(16), 16, member_id.int.to_bytes(16))


def _pack_key(household_id: UUID, keys: bytes) -> bytes:
    return _key_row(2, 16, household_id.bytes, len(keys)) + keys
