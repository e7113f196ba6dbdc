"""Measures the log against the least that Postgres can do with the same rows, and against the library as it ships.

Both sides of a ratio run in turns on one server, in one scratch database, with the same durability and the same
indexes; only ratios within such a run mean anything.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.application import Application
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters import codec
from adapters.bench.peer import library_household, library_settings
from adapters.bench.population import Population
from adapters.log import NewEntry
from adapters.postgres.copying import COLUMNS, pieces
from adapters.postgres.framing import framed
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate

RUNS = 7
EVENTS = 20_000
BATCH_EVENTS = 5_000
SUBMISSIONS = 150
SCRATCH = "gharana_bench"


class Turns(msgspec.Struct, frozen=True):
    """Seconds that each side took for the same work, turn about."""

    ours_seconds: list[float]
    theirs_seconds: list[float]

    @property
    def ratios(self) -> list[float]:
        """How many times as fast as the other side we were, in each turn."""
        return [theirs / ours for ours, theirs in zip(self.ours_seconds, self.theirs_seconds, strict=True)]

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)


class LogRuns(msgspec.Struct, frozen=True):
    """What was measured; `submission_seconds` are the single appends of ours, each as long as its caller waited."""

    append_vs_copy: Turns
    submission_vs_library: Turns
    submission_seconds: list[float]
    events: int
    submissions: int


def measure_log(dsn: str, runs: int = RUNS, events: int = EVENTS, submissions: int = SUBMISSIONS) -> LogRuns:
    """Measure batches against raw COPY, and single submissions against the library's own save.

    The DSN's user makes a scratch database beside the one it names, and drops it.
    """
    with scratch_database(dsn) as scratch:
        migrate(scratch)
        log = PostgresLog(scratch)
        try:
            appends = _append_vs_copy(scratch, log, runs, events)
            saves, waits = _submission_vs_library(scratch, log, runs, submissions)
        finally:
            log.close()
    return LogRuns(appends, saves, waits, events, submissions)


@contextmanager
def scratch_database(dsn: str) -> Iterator[str]:
    """Make an empty database beside the one that the DSN names, and drop it in the end."""
    name = sql.Identifier(SCRATCH)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
        try:
            yield make_conninfo(dsn, dbname=SCRATCH)
        finally:
            server.execute(drop)


def _append_vs_copy(dsn: str, log: PostgresLog, runs: int, events: int) -> Turns:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE raw_events (LIKE stored_events INCLUDING ALL) WITH (toast_tuple_target = 8160)"
        )
        copy = f"COPY raw_events ({COLUMNS}) FROM STDIN (FORMAT BINARY)".encode()

        def copy_raw(rows: bytes) -> None:
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy) as raw:
                raw.write(rows)

        def turn(number: int) -> tuple[float, float]:
            batches = _batches(number, events)
            return _alternately(log.append, batches, copy_raw, _encoded(batches, number * events + 1))

        return _turns(turn, runs)


def _batches(seed: int, events: int) -> list[list[NewEntry]]:
    households = Population(seed + 1).households(events)
    every = list(itertools.islice(itertools.chain.from_iterable(households), events))
    return [every[start : start + BATCH_EVENTS] for start in range(0, events, BATCH_EVENTS)]


def _encoded(batches: list[list[NewEntry]], first: int) -> list[bytes]:
    starts = itertools.accumulate(map(len, batches), initial=first)
    return [b"".join(framed(pieces(batch, start))) for batch, start in zip(batches, starts, strict=False)]


def _submission_vs_library(dsn: str, log: PostgresLog, runs: int, submissions: int) -> tuple[Turns, list[float]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA library")
    library = Application[UUID](env=library_settings(dsn))
    waits: list[float] = []

    def submit(survey: tuple[UUID, Any, Any]) -> None:
        stream, envelope, registered = survey
        began = time.perf_counter()
        log.append([codec.to_store(stream, 1, envelope, registered)])
        waits.append(time.perf_counter() - began)

    def turn(number: int) -> tuple[float, float]:
        entries = [entries[0] for entries in Population(1_000 + number).households(submissions, updates=False)]
        surveys = [(entry.stream, *codec.decode(entry.name, entry.state)) for entry in entries]
        households = list(map(library_household, entries))
        return _alternately(submit, surveys, library.save, households)

    try:
        turns = _turns(turn, runs)
    finally:
        library.close()
    return turns, waits[submissions:]


def _turns(turn: Callable[[int], tuple[float, float]], runs: int) -> Turns:
    """Take turns; the first one warms caches and connections, and does not count."""
    measured = [turn(number) for number in range(runs + 1)][1:]
    return Turns([ours for ours, _ in measured], [theirs for _, theirs in measured])


def _alternately(
    ours: Callable[[Any], object], our_work: Sequence[Any], theirs: Callable[[Any], object], their_work: Sequence[Any]
) -> tuple[float, float]:
    """Time both sides piece by piece; each goes first every other time, so that a busy machine troubles both."""
    total = [0.0, 0.0]
    for number, (our_piece, their_piece) in enumerate(zip(our_work, their_work, strict=True)):
        sides = [(0, ours, our_piece), (1, theirs, their_piece)]
        for side, do, piece in reversed(sides) if number % 2 else sides:
            began = time.perf_counter()
            do(piece)
            total[side] += time.perf_counter() - began
    return total[0], total[1]
