"""Measures how fast the followers take in events that are in the log, and how fast all answers are made anew."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from statistics import median

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.cards import compile_card
from adapters.cli.bench_population import Population
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.log import NewEntry
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables

RUNS = 5
LIVE_HOUSEHOLDS = 8_000
REBUILT_HOUSEHOLDS = 20_000
APPEND_EVENTS = 5_000
UPDATES_WITHIN_EVENTS = 7_000
"""Updates stand in the log at most about so far behind the registration: near it, as when an import is followed."""

_DATABASE_NUMBERS = itertools.count(1)


class Rates(msgspec.Struct, frozen=True):
    """Events a second of each run."""

    rates: list[float]

    @property
    def median(self) -> float:
        return median(self.rates)

    @property
    def least(self) -> float:
        return min(self.rates)

    @property
    def most(self) -> float:
        return max(self.rates)


class Live(msgspec.Struct, frozen=True):
    """The two followers on the same logs, one after the other."""

    projector: Rates
    assessor: Rates


def measure_live(dsn: str, runs: int = RUNS, households: int = LIVE_HOUSEHOLDS) -> Live:
    """Measure each follower on a log that is complete before it starts.

    The assessor makes the decisions as it scores every household with the published card; the projector then takes in
    registrations, updates and those decisions.
    """
    projected, assessed = [], []
    for _ in range(runs):
        with _registry(dsn, households) as log:
            assessed.append(_rate(log, lambda log=log: _assess(log)))  # type: ignore[misc]
            projected.append(_rate(log, lambda log=log: _project(log)))  # type: ignore[misc]
    return Live(Rates(projected), Rates(assessed))


def measure_rebuild(dsn: str, runs: int = RUNS, households: int = REBUILT_HOUSEHOLDS) -> Rates:
    """Measure making all answers anew, indexes included; comparing them with the live ones is not."""
    rates = []
    with _registry(dsn, households) as log:
        _assess(log)
        _project(log)
        for _ in range(runs):
            result = rebuild(log, compile_card)
            assert result.is_equal, "the answers made anew differ from the live ones"
            rates.append(result.events / result.seconds)
    return Rates(rates)


def _assess(log: PostgresLog) -> None:
    with ThreadPoolExecutor(1) as writer:
        assessor = Assessor(log, PostgresTables(log), compile_card, lambda: datetime.now(UTC), writer)
        run(log, [assessor], until_caught_up=True)


def _project(log: PostgresLog) -> None:
    with ThreadPoolExecutor(1) as writer:
        run(log, [Projector(log, PostgresTables(log), writer)], until_caught_up=True)


def _rate(log: PostgresLog, work: Callable[[], None]) -> float:
    events = log.last_position()
    started = time.perf_counter()
    work()
    return events / (time.perf_counter() - started)


@contextmanager
def _registry(dsn: str, households: int) -> Iterator[PostgresLog]:
    """A database of its own, with a log of so many households in it."""
    name = sql.Identifier(f"bench_followers_{next(_DATABASE_NUMBERS)}")
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
        log = PostgresLog(make_conninfo(dsn, dbname=name.as_string()[1:-1]))
        try:
            migrate(log.datastore.dsn)
            population = Population()
            log.append(population.policies())
            for batch in _in_order_of_days(list(population.households(households))):
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
