"""Rebuilding the answers in Postgres: fill, index, compare, and swap when asked.

Processes side by side make the rows, and this one writes them in one transaction, so that nothing is left behind
whatever becomes of any of them.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import chain, islice
from typing import Any

import msgspec
from psycopg import Cursor

from adapters.faults import Refused
from adapters.followers.assessing import ASSESSOR
from adapters.followers.projector import PROJECTOR
from adapters.followers.timeline import CompileCard
from adapters.garbage import without_collecting
from adapters.postgres.alone import alone
from adapters.postgres.household_ranges import RANGE_EVENTS, ranges
from adapters.postgres.log import LAST_POSITION, PostgresLog
from adapters.postgres.rebuild_worker import THE_COUNTS, Assignment, Made, Maker, Task
from adapters.postgres.shadow import Difference, Shadow, one_moment
from adapters.team import Trade, answers, last_answers, team, workers_default
from projections.catalogue import ANSWERS

RANGES_FOR_A_TEAM = 4
"""A log of fewer ranges is rebuilt by this process before others have started, which takes 0.2 s."""

_TRADE = Trade("adapters.postgres.rebuild_worker", "the rebuild", "The live tables are as they were; rebuild again.")


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
    log: PostgresLog,
    compile_card: CompileCard,
    *,
    swap: bool = False,
    workers: int | None = None,
    report: Report | None = None,
) -> Rebuilt:
    """Make all answers anew beside the live ones, compare, and put them in their place if asked to.

    Each live table is compared at the checkpoint of the follower that keeps it, so comparing may go on beside `run`. To
    swap, nobody may follow meanwhile, since what is swapped in stands at the checkpoint as it was. `compile_card` must
    be a function of a module, which other processes find by its name.
    Raises Refused while a re-assessment is under way, and when swapping while another process follows; WorldFailed when
    a worker ends before its time.
    """
    dsn = log.datastore.dsn
    with alone(dsn) if swap else nullcontext(), one_moment(dsn) as cursor, without_collecting():
        started = time.monotonic()
        assignment = _assignment(cursor, dsn, compile_card)
        shadow = Shadow(cursor, ANSWERS, for_good=swap)
        shadow.create()
        events = _fill(shadow, log, assignment, workers or workers_default(), report)
        shadow.index()
        made = time.monotonic()
        differences = {table.name: shadow.compare(table) for table in ANSWERS}
        compared = time.monotonic()
        if swap:
            shadow.swap()
            cursor.execute("COMMIT")
        return Rebuilt(events, made - started, compared - made, differences, swap)


def _assignment(cursor: Cursor[Any], dsn: str, compile_card: CompileCard) -> Assignment:
    checkpoints = dict(cursor.execute("SELECT application_name, notification_id FROM checkpoints").fetchall())
    (last,) = cursor.execute(LAST_POSITION).fetchone() or (0,)
    unfinished = cursor.execute("SELECT policy_position FROM reassessments WHERE NOT done").fetchone()
    if unfinished is not None:
        raise Refused(
            f"The change of policy at position {unfinished[0]} has not been brought to every household yet, so the "
            "standings are of two minds. Let `run` finish the re-assessment (`run --until-caught-up`), then rebuild."
        )
    return Assignment(dsn, compile_card, checkpoints.get(ASSESSOR, 0), checkpoints.get(PROJECTOR, 0), last)


def _fill(shadow: Shadow, log: PostgresLog, assignment: Assignment, workers: int, report: Report | None) -> int:
    started = time.monotonic()
    events = 0
    for made in _made(log, assignment, workers):
        for table in ANSWERS:
            if packed := made.packed.get(table.name):
                shadow.copy(table, packed)
        events += made.events
        if report is not None and made.events:
            report(_progress(events, assignment.last, time.monotonic() - started))
    return events


def _made(log: PostgresLog, assignment: Assignment, workers: int) -> Iterator[Made]:
    """The rows of all ranges, and what was counted in them, by a team where the log is long enough to be worth one."""
    todo = ranges(log, RANGE_EVENTS)
    first = list(islice(todo, RANGES_FOR_A_TEAM))
    todo = chain(first, todo)
    if workers == 1 or len(first) < RANGES_FOR_A_TEAM:
        tasks: Iterator[Task] = chain(todo, [THE_COUNTS])
        yield from map(Maker(log, assignment).make, tasks)
        return
    with team(_TRADE, assignment, workers) as processes:
        yield from answers(processes, todo)
        yield from last_answers(processes, THE_COUNTS)


def _progress(events: int, events_all: int, seconds: float) -> RebuildProgress:
    rate = events / max(seconds, 1e-9)
    return RebuildProgress(events, events_all, rate, max(0, events_all - events) / rate)
