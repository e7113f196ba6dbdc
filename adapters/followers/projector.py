"""The projector: follows the log and keeps the answers that need no assessment."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor

from adapters.followers.households import Households
from adapters.followers.ids_as_bytes import recorded as read
from adapters.followers.one_at_a_time import OneAtATime
from adapters.log import Entry, EventLog
from adapters.tables import Tables
from domain.catalogue import HOUSEHOLD_NAMES
from domain.event import Recorded
from domain.standing import Decided
from domain.streams import household_of
from projections.changes import Change, Drop, Insert, Key, Put, Row, Table, diff, diff_rows
from projections.decisions import DECISIONS, decision_row
from projections.eligibility import ELIGIBILITY, eligibility_key, eligibility_row, needs_earlier
from projections.group_memberships import GROUP_MEMBERSHIPS, group_membership_rows
from projections.households import HOUSEHOLDS, household_row
from projections.indicators.counting import Tally
from projections.known import Known
from projections.participation import PARTICIPATION, PAYMENTS, participation_rows, payment_rows
from projections.roster_lookup import ROSTER_LOOKUP, are_looked_up_alike, lookup_row
from projections.shock_surveys import SHOCK_SURVEYS, shock_survey_rows

PROJECTOR = "projector"
EVENTS_MAX = 20_000
"""Most events in one batch; it takes no lock that anybody waits for, and of a household that changes twice in a batch
one row is written."""


class Projector:
    """The follower that answers. Tables and checkpoint are written in one transaction, the checkpoint first.

    With a `writer` (one thread), a full batch is written while the next one is worked out: Postgres has the other core.
    """

    name = PROJECTOR
    is_idle = True
    """It has no work but the log."""

    def __init__(self, log: EventLog, tables: Tables, writer: Executor | None = None) -> None:
        self._log = log
        self._tables = tables
        self._writing = OneAtATime(writer)
        self._households = Households(log, read=read)
        self.load()

    def load(self) -> None:
        """Begin, or begin again after a failure, from what is stored."""
        self._writing.give_up()
        self._households.forget()
        self.position = self._ahead = self._log.checkpoint(PROJECTOR)

    def step(self, limit: int = EVENTS_MAX) -> bool:
        """Take in the next batch; False if there is none and nothing was still to be written."""
        entries = self._log.after(self._ahead, limit)
        changes = [*self._of_households(entries), *self._of_decisions(entries)]
        was_writing = self._writing.finish()
        if not entries:
            return was_writing
        since, self._ahead = self._ahead, entries[-1].position
        self._writing.do(lambda: self._write(since, entries[-1].position, changes), later=len(entries) == limit)
        return True

    def _write(self, since: int, position: int, changes: Sequence[Change]) -> None:
        with self._log.transaction() as transaction:
            transaction.advance(PROJECTOR, position, since=since)
            self._tables.apply(transaction, changes)
        self.position = position

    def _of_households(self, entries: Sequence[Entry]) -> list[Change]:
        own = [entry for entry in entries if entry.name in HOUSEHOLD_NAMES]
        changes: list[Change] = []
        tally = Tally()
        for before, after in self._households.follow(own, self._ahead, tally):
            changes += _changes(before, after)
            changes += _changes_of_lists(before, after)
        return [*changes, *tally.take()]

    def _of_decisions(self, entries: Sequence[Entry]) -> list[Change]:
        decisions: list[Recorded[Decided]] = [read(entry) for entry in entries if entry.name == Decided.name]
        rows = self._earlier(decisions)
        changes: list[Change] = []
        for recorded in decisions:
            household = household_of(recorded.stream)
            key = eligibility_key(household, recorded.event)
            row = rows[key] = eligibility_row(rows.get(key), household, recorded)
            listed = decision_row(household, recorded)
            changes += Put(ELIGIBILITY, key, row), Insert(DECISIONS, DECISIONS.key(listed), listed)
        return changes

    def _earlier(self, decisions: Sequence[Recorded[Decided]]) -> dict[Key, Row]:
        wanted = {
            eligibility_key(household_of(recorded.stream), recorded.event)
            for recorded in decisions
            if needs_earlier(recorded.event)
        }
        if not wanted:
            return {}
        self._writing.finish()
        return self._tables.find(ELIGIBILITY, list(wanted))


def _changes(before: Known | None, after: Known) -> Iterable[Change]:
    """What a household's next events change: its own row always, since that holds the version."""
    if before is None:  # it begins
        return [Insert(table, table.key(row), row) for table, row in rows_of(after).items()]
    if before.household is None or after.household is None:
        return diff(rows_of(before), rows_of(after))
    changes: list[Change] = [_put(HOUSEHOLDS, household_row(after, after.household))]
    old, new = before.household, after.household
    if are_looked_up_alike(old, new):
        return changes
    lookup = lookup_row(after.household_id, new)
    return [*changes, Drop(ROSTER_LOOKUP, (after.household_id,)) if lookup is None else _put(ROSTER_LOOKUP, lookup)]


def _changes_of_lists(before: Known | None, after: Known) -> Iterable[Change]:
    """What changes in the tables in which a household may have no row or several."""
    if before is None:  # it begins
        yield from (Insert(table, table.key(row), row) for table, rows in lists_of(after).items() for row in rows)
        return
    if before.household is not None and after.household is not None:
        old, new = before.household, after.household
        if old.surveys is new.surveys and old.programmes is new.programmes and old.roster is new.roster:
            return
    earlier = lists_of(before)
    for table, rows in lists_of(after).items():
        if rows or earlier[table]:
            yield from diff_rows(table, earlier[table], rows)


def _put(table: Table, row: Row) -> Put:
    return Put(table, table.key(row), row)


def rows_of(known: Known | None) -> dict[Table, Row]:
    """Every row that follows from a household's own events."""
    if known is None or known.household is None:
        return {}
    rows = {HOUSEHOLDS: household_row(known, known.household)}
    lookup = lookup_row(known.household_id, known.household)
    if lookup is not None:
        rows[ROSTER_LOOKUP] = lookup
    return rows


def lists_of(known: Known | None) -> dict[Table, list[Row]]:
    """The rows in those tables in which a household may have no row or several."""
    return {
        SHOCK_SURVEYS: shock_survey_rows(known),
        GROUP_MEMBERSHIPS: group_membership_rows(known),
        PARTICIPATION: participation_rows(known),
        PAYMENTS: payment_rows(known),
    }
