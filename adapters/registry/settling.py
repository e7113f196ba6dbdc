"""What a submission that was decided does to tokens and keys, in the transaction that records it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.keys import people
from adapters.keys.key_table import Conflict as TokenConflict
from adapters.keys.key_table import Holder
from adapters.keys.people import KeyRow
from adapters.registry.books import Books
from adapters.registry.judging import Judged
from adapters.registry.plan import Plan
from adapters.submissions.shape import AnySubmission


class Prepared(msgspec.Struct, frozen=True):
    """A submission that was decided and can be recorded as it is."""

    submission: AnySubmission
    content_hash: bytes
    plan: Plan
    judged: Judged


class TokensHeld(Exception):
    """Some of the numbers are on other rosters."""

    def __init__(self, conflicts: Sequence[TokenConflict]) -> None:
        self.conflicts = conflicts
        super().__init__()


def settle_keys(books: Books, batch: list[Prepared], at: datetime) -> None:
    """Tokens first, then key rows, in one order for everybody. Raises TokensHeld."""
    released = [holder for one in batch for holder in one.judged.released]
    if released:
        books.keys.release_tokens(released)
    moved: dict[UUID, list[Holder]] = {}
    for holder, to_household in (move for one in batch for move in one.judged.moved):
        moved.setdefault(to_household, []).append(holder)
    for to_household, holders in sorted(moved.items()):
        books.keys.move_tokens(holders, to_household)
    if conflicts := books.keys.claim_tokens([holder for one in batch for holder in one.judged.claimed]):
        raise TokensHeld(conflicts)
    changing = [one.plan for one in batch if one.judged.events]
    new = {household: row for plan in changing for household, row in plan.new_rows.items()}
    drawn = {household: row for plan in changing for household, row in plan.changed_rows.items()}
    copies = [copy for plan in changing for copy in plan.copies]
    moving = {household for copy in copies for household in (copy.from_household, copy.to_household)} - new.keys()
    _add_drawn_keys(books, drawn, {*drawn, *moving})
    books.keys.add_keys(new)
    for copy in copies:
        books.keys.copy_member_key(copy.member, copy.from_household, copy.to_household)
    destroyed = [one.plan for one in batch if one.plan.destroys_household]
    if destroyed:  # all rows at once and in order, since each person's keys may lie in several
        books.keys.get_keys_to_change({household for plan in destroyed for household in plan.histories})
    for member, household in (erasure for one in batch for erasure in one.plan.erasures):
        books.keys.destroy_member_key(member, household, at)
    for plan in destroyed:
        books.keys.destroy_household_keys(plan.household, at)


def _add_drawn_keys(books: Books, drawn: dict[UUID, KeyRow], wanted: set[UUID]) -> None:
    """Add the keys drawn for new members to the rows as they are now; all wanted rows are locked here, at once.

    A row may have changed since it was read for planning, without an event in its household: somebody who moved away
    from it was erased where she lives now. Written back as it was read, it would bring her key back.
    """
    stored = books.keys.get_keys_to_change(wanted) if wanted else {}
    added = {household: people.add_entries(stored[household], row) for household, row in drawn.items()}
    if changed := {household: row for household, row in added.items() if row != stored[household]}:
        books.keys.replace_keys(changed)
