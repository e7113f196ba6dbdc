"""Rebuilding the answers in Postgres: fill, index, compare, and swap when asked."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import msgspec
from psycopg import Cursor

from adapters import codec
from adapters.faults import Refused
from adapters.followers.assessing import ASSESSOR
from adapters.followers.projector import PROJECTOR
from adapters.followers.rebuild import Chunk, Reach, rebuilt
from adapters.followers.timeline import CompileCard, timeline
from adapters.garbage import without_collecting
from adapters.postgres.alone import alone
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import copy_rows
from adapters.postgres.shadow import Difference, Shadow, one_moment
from projections.catalogue import ANSWERS


class RebuildProgress(msgspec.Struct, frozen=True):
    """How far a rebuild is. `seconds_left` is what the rate so far promises for the reading, not for indexes."""

    events: int
    events_all: int
    events_per_second: float
    seconds_left: float


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild found: for each table how the live one differs from the one made anew."""

    events: int
    seconds: float
    compare_seconds: float
    differences: dict[str, Difference]
    swapped: bool

    @property
    def is_equal(self) -> bool:
        """Whether every live table is what the log says it should be."""
        return not any(difference.rows for difference in self.differences.values())


Report = Callable[[RebuildProgress], None]


def rebuild(
    log: PostgresLog, compile_card: CompileCard, *, swap: bool = False, report: Report | None = None
) -> Rebuilt:
    """Make all answers anew beside the live ones, compare, and put them in their place if asked to.

    Each live table is compared at the checkpoint of the follower that keeps it, so comparing may go on beside `run`. To
    swap, nobody may follow meanwhile, since what is swapped in stands at the checkpoint as it was.
    Raises Refused while a re-assessment is under way, and when swapping while another process follows.
    """
    dsn = log.datastore.dsn
    with alone(dsn) if swap else nullcontext(), one_moment(dsn) as cursor, without_collecting():
        started = time.monotonic()
        reach = _reach(cursor, log, compile_card)
        shadow = Shadow(cursor, ANSWERS)
        shadow.create()
        events = _fill(shadow, log, reach, report)
        shadow.index()
        made = time.monotonic()
        differences = {table.name: shadow.compare(table) for table in ANSWERS}
        compared = time.monotonic()
        if swap:
            shadow.swap()
            cursor.execute("COMMIT")
        return Rebuilt(events, made - started, compared - made, differences, swap)


def _reach(cursor: Cursor[Any], log: PostgresLog, compile_card: CompileCard) -> Reach:
    checkpoints = dict(cursor.execute("SELECT application_name, notification_id FROM checkpoints").fetchall())
    (last,) = cursor.execute("SELECT coalesce(max(notification_id), 0) FROM stored_events").fetchone() or (0,)
    unfinished = cursor.execute("SELECT policy_position FROM reassessments WHERE NOT done").fetchone()
    if unfinished is not None:
        raise Refused(
            f"The change of policy at position {unfinished[0]} has not been brought to every household yet, so the "
            "standings are of two minds. Let `run` finish the re-assessment (`run --until-caught-up`), then rebuild."
        )
    assessor = checkpoints.get(ASSESSOR, 0)
    policies = [codec.recorded(entry) for entry in log.policies() if entry.position <= assessor]
    return Reach(assessor, checkpoints.get(PROJECTOR, 0), last, timeline(policies, compile_card))


def _fill(shadow: Shadow, log: PostgresLog, reach: Reach, report: Report | None) -> int:
    """Write each chunk of households while the next one is worked out."""
    started = time.monotonic()
    events = 0
    writing: Future[None] | None = None
    with ThreadPoolExecutor(1, "rebuild-writer") as writer:
        for chunk in rebuilt(log, reach):
            packed = [(table, copy_rows(table, rows)) for table, rows in chunk.rows.items()]
            if writing is not None:
                writing.result()
            writing = writer.submit(_copy_all, shadow, packed)
            events = chunk.events
            if report is not None:
                report(_progress(chunk, reach, time.monotonic() - started))
        if writing is not None:
            writing.result()
    return events


def _copy_all(shadow: Shadow, packed: list[tuple[Any, bytes]]) -> None:
    for table, rows in packed:
        shadow.copy(table, rows)


def _progress(chunk: Chunk, reach: Reach, seconds: float) -> RebuildProgress:
    rate = chunk.events / max(seconds, 1e-9)
    return RebuildProgress(chunk.events, reach.last, rate, max(0, reach.last - chunk.events) / rate)
