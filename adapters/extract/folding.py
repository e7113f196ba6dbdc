"""Reading households for an extract: the standings of one range of ids, and the events behind each, in one snapshot."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import Cursor
from psycopg.types.string import ByteaBinaryLoader

from adapters.extract.batch import Batch
from adapters.followers.ids_as_bytes import decoded
from adapters.log import Entry
from domain.household import state
from domain.household.events import HouseholdEvent
from domain.household.state import Household
from domain.occasions import Status
from projections.changes import Row
from projections.standing import STANDING, conclusions_of, position_of

PAGE_HOUSEHOLDS = 1_000

_STANDINGS = (
    f"SELECT {', '.join(column.name for column in STANDING.columns)} FROM standing"  # noqa: S608 - our own names
    " WHERE household_id > %b AND household_id <= %b ORDER BY household_id LIMIT %b"
)
_EVENTS = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE originator_id >= %b AND originator_id <= %b AND notification_id <= %b AND topic <> 'standing.decided.v1'"
    " ORDER BY originator_id, originator_version"
)
_SCORE, _STATUS = STANDING.column("score"), STANDING.column("status")


def gather(
    connection: psycopg.Connection[Any], batch: Batch, beyond: bytes, until: bytes, position: int
) -> Iterator[int]:
    """Put every household of a range into a batch; gives how many of each page were merged into others."""
    cursor = connection.cursor(binary=True)
    cursor.adapters.register_loader("uuid", ByteaBinaryLoader)  # making UUIDs takes longer than reading them
    while standings := cursor.execute(_STANDINGS, (UUID(bytes=beyond), UUID(bytes=until), PAGE_HOUSEHOLDS)).fetchall():
        rows = {cast("bytes", row[0]): row for row in standings}
        beyond = standings[-1][0]
        yield _page(cursor, rows, batch, position)


def _page(cursor: Cursor[Any], rows: dict[bytes, Row], batch: Batch, position: int) -> int:
    first, last = next(iter(rows)), next(reversed(rows))
    merged = 0
    for household_id, household in _folded(cursor, first, last, position):
        row = rows.get(household_id)
        if row is None:
            continue
        if household.merged_into is not None:
            merged += 1
            continue
        score = row[_SCORE]
        batch.add(
            household_id,
            household,
            position=position_of(row),
            score=None if score is None else float(cast("float", score)),
            status=cast("Status", row[_STATUS]),
            conclusions=conclusions_of(row),
        )
    return merged


def _folded(cursor: Cursor[Any], first: bytes, last: bytes, position: int) -> Iterator[tuple[bytes, Household]]:
    entries: list[Entry] = []
    household_id = first
    cursor.execute(_EVENTS, (UUID(bytes=first), UUID(bytes=last), position))
    for entry in cursor.fetchall():
        if entry[1] != household_id and entries:
            yield from _fold(household_id, entries)
            entries = []
        household_id = entry[1]
        entries.append(entry)
    yield from _fold(household_id, entries)


def _fold(household_id: bytes, entries: list[Entry]) -> Iterator[tuple[bytes, Household]]:
    events: list[HouseholdEvent] = decoded(entries)
    if len(events) > 1:  # sorting is stable, and versions grow with positions
        events.sort(key=_day)
    household: Household | None = None
    for event in events:
        household = state.evolve(household, event)
    if household is not None:
        yield household_id, household


_day = attrgetter("on")
