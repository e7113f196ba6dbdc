"""Making all answers anew from the log, in stream order: each household is folded once and assessed once.

Nothing here decides or tells anybody anything: decisions are read from the log like every other fact.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import attrgetter
from queue import Queue
from threading import Event as Signal
from threading import Thread
from typing import cast
from uuid import UUID

import msgspec

from adapters.followers.ids_as_bytes import NOT_READ, reader
from adapters.followers.projector import rows_of
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
from projections.indicators.counting import INDICATORS, Tally
from projections.known import Known
from projections.standing import STANDING, standing_row

HOUSEHOLDS_MAX = 1_000
"""Households whose rows are handed on together."""
PAGE_EVENTS = 2_000
PAGES_AHEAD_MAX = 3
COUNTS_MAX = 50_000
"""Days of places whose counts are added up before they are handed on: about 300 bytes each."""


Rows = dict[Table, list[Row]]


class Reach(msgspec.Struct, frozen=True):
    """How far each follower's tables go, and the length of the log that goes with them.

    A decision that the assessor made on reaching its checkpoint stands behind that checkpoint: `last` counts it in.
    """

    assessor: int
    projector: int
    last: int
    timeline: Timeline


class Chunk(msgspec.Struct):
    """Rows of the next households, after so many events of the log in all; `household` is the last of them."""

    rows: Rows
    events: int
    household: UUID


def rebuilt(log: EventLog, reach: Reach) -> Iterator[Chunk]:
    """Make all rows anew, in the order of the households' ids."""
    events, last = 0, UUID(int=0)
    tally = Tally()
    with _PagesAhead(log, reach.last) as entries:
        households = groupby(entries, key=_household_number)
        while histories := [list(together) for _, together in islice(households, HOUSEHOLDS_MAX)]:
            rows: Rows = {}
            for history in histories:
                _add_rows(history, reach, rows, tally)
            events += sum(map(len, histories))
            if len(tally) > COUNTS_MAX:
                rows[INDICATORS] = [added.row for added in tally.take()]
            last = household_of(histories[-1][0].stream)
            yield Chunk(rows, events, last)
    if len(tally):
        yield Chunk({INDICATORS: [added.row for added in tally.take()]}, events, last)


def _household_number(entry: Entry) -> int:
    return entry[1].int | 1


def _add_rows(history: list[Entry], reach: Reach, rows: Rows, tally: Tally) -> None:
    end = len(history)
    while end and history[end - 1][1].int & 1:  # decisions follow behind a household's own events
        end -= 1
    events, decisions = history[:end], history[end:]
    latest = events[-1].position if events else 0
    both_reach = latest <= min(reach.assessor, reach.projector)
    known = _known(events, reach.assessor, tally if both_reach else None)
    _add_standing(known, len(decisions), reach, rows)
    if not both_reach:
        known = _known(events, reach.projector, tally)
    for table, row in rows_of(known).items():
        rows.setdefault(table, []).append(row)
    if decisions:
        household = events[0].stream if events else household_of(decisions[0].stream)
        _add_decisions(household, decisions, reach.projector, rows)


def _add_standing(known: Known | None, decisions: int, reach: Reach, rows: Rows) -> None:
    """Assess once, under what is in force at the end: that is what the last of all assessments was made under."""
    if known is None or known.household is None:
        return
    turn = reach.timeline.last_turn
    position = known.position if turn is None else max(known.position, turn.position)
    standing = assess(known.household, reach.timeline.in_force)
    rows.setdefault(STANDING, []).append(standing_row(known, standing, position, decisions))


def _known(entries: list[Entry], until_position: int, tally: Tally | None) -> Known | None:
    if not entries or entries[0].position > until_position:
        return None
    if entries[-1].position > until_position:
        entries = [entry for entry in entries if entry.position <= until_position]
    events: list[HouseholdEvent] = [reader(name)(state) for _, _, _, name, state in entries]
    first, begun, last = events[0], entries[0], entries[-1]
    if len(events) > 1:  # as `domain.household.state.fold` does: sorting is stable, and versions grow with positions
        events.sort(key=_day)
    household: Household | None = None
    for event in events:
        before, household = household, state.evolve(household, event)
        if tally is not None:
            tally.step(before, household, event.on)
    key = first.source_key if isinstance(first, Registered) else None
    return Known(begun.stream, last.version, last.position, events[-1].on, household, key)


_day = attrgetter("on")


def _add_decisions(household: UUID, entries: list[Entry], until_position: int, rows: Rows) -> None:
    last: dict[str, Row] = {}
    listed = rows.setdefault(DECISIONS, [])
    for position, stream, version, name, stored in entries:
        if position > until_position:
            break
        decided = cast("Decided", reader(name)(stored))
        recorded = Recorded(position, stream, version, NOT_READ, decided)
        listed.append(decision_row(household, recorded))
        last[decided.programme] = eligibility_row(last.get(decided.programme), household, recorded)
    rows.setdefault(ELIGIBILITY, []).extend(last.values())


class _PagesAhead:
    """The households' entries in stream order, read by another thread while the ones before are worked on."""

    def __init__(self, log: EventLog, until_position: int) -> None:
        self._pages: Queue[list[Entry] | BaseException | None] = Queue(PAGES_AHEAD_MAX)
        self._stop = Signal()
        self._entries = log.scan(to_stream=HOUSEHOLDS_END, until_position=until_position, batch=PAGE_EVENTS)
        self._thread = Thread(target=self._read, name="rebuild-reader", daemon=True)

    def __enter__(self) -> Iterable[Entry]:
        self._thread.start()
        return self._take()

    def __exit__(self, *fault: object) -> None:
        self._stop.set()
        while self._thread.is_alive():
            while not self._pages.empty():
                self._pages.get_nowait()
            self._thread.join(0.01)

    def _read(self) -> None:
        try:
            while not self._stop.is_set():
                page = list(islice(self._entries, PAGE_EVENTS))
                self._pages.put(page or None)
                if not page:
                    return
        except BaseException as fault:  # noqa: BLE001 - it is raised where the entries are used
            self._pages.put(fault)

    def _take(self) -> Iterator[Entry]:
        while (page := self._pages.get()) is not None:
            if isinstance(page, BaseException):
                raise page
            yield from page
