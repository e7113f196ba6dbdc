"""Making all answers anew from the log: each household is folded once and assessed once, in whatever order they come.

Nothing here decides or tells anybody anything: decisions are read from the log like every other fact.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from adapters.followers.ids_as_bytes import NOT_READ, decoded
from adapters.followers.projector import lists_of, rows_of
from adapters.followers.timeline import Timeline
from adapters.log import Entry, EventLog
from domain.event import Recorded
from domain.household import state
from domain.household.events import HouseholdEvent, Registered
from domain.household.state import Household
from domain.standing import Decided, assess
from domain.streams import HOUSEHOLDS_END, household_of
from projections.changes import Row, Table
from projections.decisions import DECISIONS, decision_row
from projections.eligibility import ELIGIBILITY, eligibility_row
from projections.former_places import FORMER_PLACES, former_rows
from projections.indicators.counting import INDICATORS, Tally
from projections.known import Known
from projections.standing import STANDING, standing_row

HOUSEHOLDS_MAX = 1_000
"""Households whose rows are handed on together."""

Rows = dict[Table, list[Row]]


class Reach(msgspec.Struct, frozen=True):
    """How far each follower's tables go, and the length of the log that goes with them.

    A decision that the assessor made on reaching its checkpoint stands behind that checkpoint: `last` counts it in.
    """

    assessor: int
    projector: int
    last: int
    timeline: Timeline


class History(NamedTuple):
    """All that the log holds of one household: its own events, and the decisions about it, each in their order.

    The id, and the streams in the entries, may be UUIDs or the 16 bytes of them: they are only passed on.
    """

    household: UUID
    events: list[Entry]
    decisions: list[Entry]


def rebuilt(log: EventLog, reach: Reach) -> Iterator[Rows]:
    """Make all rows anew, in the order of the households' ids, some households at a time; then what was counted."""
    entries = log.scan(to_stream=HOUSEHOLDS_END, until_position=reach.last)
    households = histories(entries)
    tally = Tally()
    while together := list(islice(households, HOUSEHOLDS_MAX)):
        yield rows_of_histories(together, reach, tally)
    yield rows_counted(tally)


def histories(entries: Iterable[Entry]) -> Iterator[History]:
    """Divide entries that are in stream order by household."""
    for household, of_household in groupby(entries, key=lambda entry: household_of(entry.stream)):
        history = list(of_household)
        own = [entry for entry in history if entry.stream == household]
        yield History(household, own, history[len(own) :])


def rows_of_histories(households: Iterable[History], reach: Reach, tally: Tally) -> Rows:
    """Every row that follows from these households' histories, but for what is counted: that is gathered."""
    rows: Rows = {}
    for history in households:
        _add_rows(history, reach, rows, tally)
    return rows


def rows_counted(tally: Tally) -> Rows:
    """Take away what was gathered: rows to be added up with others of their key."""
    return {INDICATORS: [added.row for added in tally.take()]}


def _add_rows(history: History, reach: Reach, rows: Rows, tally: Tally) -> None:
    household, events, decisions = history
    both_reach = not events or events[-1][0] <= min(reach.assessor, reach.projector)
    known = known_of(events, reach.assessor, tally if both_reach else None)
    _add_standing(known, decisions, reach, rows)
    if not both_reach:
        known = known_of(events, reach.projector, tally)
    for table, row in rows_of(known).items():
        rows.setdefault(table, []).append(row)
    for table, several in lists_of(known).items():
        if several:
            rows.setdefault(table, []).extend(several)
    if decisions:
        add_decisions(household, decisions, reach.projector, rows)


def _add_standing(known: Known | None, decisions: list[Entry], reach: Reach, rows: Rows) -> None:
    """Assess once, under what is in force at the end: that is what the last of all assessments was made under."""
    if known is None or known.household is None:
        return
    last: list[Decided] = decoded(decisions[-1:])
    position = max([known.position, *(decided.cause_position for decided in last)])
    standing = assess(known.household, reach.timeline.in_force)
    rows.setdefault(STANDING, []).append(standing_row(known, standing, position, len(decisions)))
    if former := former_rows(known):
        rows.setdefault(FORMER_PLACES, []).extend(former)


def known_of(entries: list[Entry], until_position: int, tally: Tally | None) -> Known | None:
    """Fold a household's own events up to a position, and count what each of them changes."""
    if not entries or entries[0][0] > until_position:
        return None
    if entries[-1][0] > until_position:
        entries = [entry for entry in entries if entry[0] <= until_position]
    events: list[HouseholdEvent] = decoded(entries)
    first, last = events[0], entries[-1]
    if len(events) > 1:  # as `domain.household.state.fold` does: sorting is stable, and versions grow with positions
        events.sort(key=_day)
    household: Household | None = None
    for event in events:
        before, household = household, state.evolve(household, event)
        if tally is not None:
            tally.step(before, household, event.on)
    key = first.source_key if isinstance(first, Registered) else None
    return Known(entries[0][1], last[2], last[0], events[-1].on, household, key)


_day = attrgetter("on")


def add_decisions(household: UUID, entries: list[Entry], until_position: int, rows: Rows) -> None:
    """Add the rows that follow from a household's decisions up to a position."""
    last: dict[str, Row] = {}
    listed = rows.setdefault(DECISIONS, [])
    decisions: list[Decided] = decoded(entries)
    for (position, stream, version, *_), decided in zip(entries, decisions, strict=True):
        if position > until_position:
            break
        recorded: Recorded[Any] = Recorded(position, stream, version, NOT_READ, decided)
        listed.append(decision_row(household, recorded))
        last[decided.programme] = eligibility_row(last.get(decided.programme), household, recorded)
    rows.setdefault(ELIGIBILITY, []).extend(last.values())
