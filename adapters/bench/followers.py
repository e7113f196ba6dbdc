"""Measures how fast the followers take in events that are in the log, and how fast all answers are made anew.

Beside each stands a peer in the same run: the library's own runner, and the bare reading of the same rows.
"""

import gc
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.bench.peer import library_follows_per_s
from adapters.bench.population import Population
from adapters.cards import compile_card
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.log import NewEntry
from adapters.postgres.household_ranges import ranges, read_histories
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables

RUNS = 5
LIVE_HOUSEHOLDS = 20_000
LIBRARY_HOUSEHOLDS = 1_000
REBUILT_HOUSEHOLDS = 60_000
REBUILD_WORKERS = 2
APPEND_EVENTS = 5_000
UPDATES_WITHIN_EVENTS = 7_000
"""Updates stand in the log at most about so far behind the registration: near it, as when an import is followed."""

_DATABASE_NUMBERS = itertools.count(1)


class Pace(msgspec.Struct, frozen=True):
    """Events a second in one run, and microseconds of processor time for each, of our processes and not the server."""

    events_per_s: float
    cpu_us: float


class Live(msgspec.Struct, frozen=True):
    """The two followers on the same logs, one after the other; and the library's runner, in events a second."""

    projector: list[Pace]
    assessor: list[Pace]
    library: list[float]


class RebuildRuns(msgspec.Struct, frozen=True):
    """Answers made anew to be put in place, or only to be compared; and only the reading, in events a second."""

    for_good: list[Pace]
    to_compare: list[Pace]
    reading: list[float]


def measure_live(dsn: str, runs: int = RUNS, households: int = LIVE_HOUSEHOLDS) -> Live:
    """Measure each follower on a log that is complete before it starts.

    The assessor makes the decisions as it scores every household with the published card; the projector then takes in
    registrations, updates and those decisions.
    """
    measured = Live([], [], [])
    histories = list(Population().households(households))
    registrations = [history[0] for history in histories[:LIBRARY_HOUSEHOLDS]]
    for _ in range(runs):
        with _registry(dsn, histories) as log:
            measured.assessor.append(_pace(log.last_position(), lambda log=log: _assess(log)))  # type: ignore[misc]
            measured.projector.append(_pace(log.last_position(), lambda log=log: _project(log)))  # type: ignore[misc]
            measured.library.append(library_follows_per_s(log.datastore.dsn, registrations))
    return measured


def measure_rebuild(dsn: str, runs: int = RUNS, households: int = REBUILT_HOUSEHOLDS) -> RebuildRuns:
    """Measure making all answers anew by two processes, with every index, and only to be compared with the live ones.

    Comparing them is not in it, nor putting them in place.
    """
    measured = RebuildRuns([], [], [])
    with _registry(dsn, list(Population().households(households))) as log:
        _assess(log)
        _project(log)
        for _ in range(runs):
            measured.reading.append(_reading_per_s(log))
            measured.to_compare.append(_rebuild(log, swap=False))
            measured.for_good.append(_rebuild(log, swap=True))
    return measured


def _rebuild(log: PostgresLog, *, swap: bool) -> Pace:
    before = _cpu_seconds()
    result = rebuild(log, compile_card, swap=swap, workers=REBUILD_WORKERS)
    assert result.is_equal, "the answers made anew differ from the live ones"
    return Pace(result.events / result.seconds, (_cpu_seconds() - before) / result.events * 1e6)


def _reading_per_s(log: PostgresLog) -> float:
    """Only read what a rebuild reads, on one connection."""
    events, last = 0, log.last_position()
    began = time.perf_counter()
    for within in ranges(log):
        events += sum(len(each.events) + len(each.decisions) for each in read_histories(log, within, last))
    return events / (time.perf_counter() - began)


def _assess(log: PostgresLog) -> None:
    with ThreadPoolExecutor(1) as writer:
        assessor = Assessor(log, PostgresTables(log), compile_card, lambda: datetime.now(UTC), writer)
        run(log, [assessor], until_caught_up=True)


def _project(log: PostgresLog) -> None:
    with ThreadPoolExecutor(1) as writer:
        run(log, [Projector(log, PostgresTables(log), writer)], until_caught_up=True)


def _pace(events: int, work: Callable[[], None]) -> Pace:
    gc.collect()
    gc.freeze()  # else the follower, when it starts, looks through all that was made up to be followed: 0.5 us an event
    cpu, began = _cpu_seconds(), time.perf_counter()
    work()
    return Pace(events / (time.perf_counter() - began), (_cpu_seconds() - cpu) / events * 1e6)


def _cpu_seconds() -> float:
    """Processor time of this process, and of those it started that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def _registry(dsn: str, histories: Sequence[list[NewEntry]]) -> Iterator[PostgresLog]:
    """A database of its own, with these households' histories in its log."""
    name = sql.Identifier(f"bench_followers_{next(_DATABASE_NUMBERS)}")
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
        log = PostgresLog(make_conninfo(dsn, dbname=name.as_string()[1:-1]))
        try:
            migrate(log.datastore.dsn)
            log.append(Population().policies())
            for batch in _in_order_of_days(histories):
                log.append(batch)
            with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE stored_events")
            yield log
        finally:
            log.close()
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def _in_order_of_days(histories: Sequence[list[NewEntry]]) -> Iterator[list[NewEntry]]:
    """The registrations as they came, each household's updates some thousand events later."""
    spread = UPDATES_WITHIN_EVENTS
    numbered = chain.from_iterable(
        ((at + late * spread // len(history), entry) for late, entry in enumerate(history))
        for at, history in enumerate(histories)
    )
    entries = [entry for _, entry in sorted(numbered, key=lambda pair: pair[0])]
    for start in range(0, len(entries), APPEND_EVENTS):
        yield entries[start : start + APPEND_EVENTS]
