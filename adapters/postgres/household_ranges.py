"""Ranges of households in the order of their ids, and reading the histories in one: what a rebuild is divided by.

Up to a position nothing ever changes in the log, so that ranges may be read on many connections, one after another,
without a common snapshot.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

from psycopg import Cursor
from psycopg.types.string import ByteaBinaryLoader

from adapters.followers.rebuild import History
from adapters.log import Entry
from adapters.postgres.log import PostgresLog
from domain.streams import HOUSEHOLDS_END, decisions_of

RANGE_EVENTS = 4_000
"""Events in one range: about 3 MB. Larger ones are not read faster, and smaller ones are divided more evenly."""

_NEXT = (
    "SELECT originator_id FROM stored_events WHERE originator_id > %b AND originator_id <= %b"
    " ORDER BY originator_id, originator_version OFFSET %b LIMIT 1"
)
_HISTORIES = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE originator_id > %b AND originator_id <= %b AND notification_id <= %b"
    " ORDER BY originator_id, originator_version"
)

_HISTORIES_OF = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE originator_id = ANY(%b::uuid[]) AND notification_id <= %b ORDER BY originator_id, originator_version"
)


class HouseholdRange(NamedTuple):
    """The households with ids beyond one stream and up to another, their decisions included."""

    beyond: UUID
    until: UUID


def ranges(log: PostgresLog, events: int = RANGE_EVENTS) -> Iterator[HouseholdRange]:
    """Divide all households into ranges of about so many events, whole households in each.

    The ends are found by counting along the primary key, 0.1 us an event.
    """
    beyond = UUID(int=0)
    while beyond < HOUSEHOLDS_END:
        found = log.read(lambda cursor, beyond=beyond: _next(cursor, beyond, events))  # type: ignore[misc]
        until = HOUSEHOLDS_END if found is None else decisions_of(found)
        yield HouseholdRange(beyond, until)
        beyond = until


def _next(cursor: Cursor[Any], beyond: UUID, events: int) -> UUID | None:
    row = cursor.execute(_NEXT, (beyond, HOUSEHOLDS_END, events - 1), prepare=True).fetchone()
    return None if row is None else cast("UUID", row[0])


def read_histories(log: PostgresLog, within: HouseholdRange, until_position: int) -> list[History]:
    """Read what the log holds up to a position of each household in a range; ids come as bytes."""

    def read(cursor: Cursor[Any]) -> list[Entry]:
        cursor.adapters.register_loader("uuid", ByteaBinaryLoader)  # making UUIDs would take 0.4 us an event
        rows = cursor.execute(_HISTORIES, (*within, until_position), prepare=True).fetchall()
        return cast("list[Entry]", rows)

    return list(_by_household(log.read(read)))


def read_histories_of(log: PostgresLog, households: Sequence[UUID], until_position: int) -> list[History]:
    """Read what the log holds up to a position of some households, wherever their ids lie; ids come as bytes."""
    streams = [stream for household in households for stream in (household, decisions_of(household))]

    def read(cursor: Cursor[Any]) -> list[Entry]:
        cursor.adapters.register_loader("uuid", ByteaBinaryLoader)
        rows = cursor.execute(_HISTORIES_OF, (streams, until_position), prepare=True).fetchall()
        return cast("list[Entry]", rows)

    return list(_by_household(log.read(read)))


def _by_household(entries: list[Entry]) -> Iterator[History]:
    """Divide by household: its own events come first, and then the decisions, whose stream is the next one."""
    begin, count = 0, len(entries)
    while begin < count:
        household = cast("bytes", entries[begin][1])
        end = begin
        while end < count and entries[end][1] == household:
            end += 1
        own = entries[begin:end] if not household[15] & 1 else []
        household, sibling = (household, _sibling(household)) if own else (_sibling(household), household)
        decided = begin = end if own else begin
        while end < count and entries[end][1] == sibling:
            end += 1
        yield History(cast("UUID", household), own, entries[decided:end])
        begin = end


def _sibling(stream: bytes) -> bytes:
    return stream[:15] + bytes((stream[15] ^ 1,))
