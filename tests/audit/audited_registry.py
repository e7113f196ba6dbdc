"""A small registry with its seals, of which a superuser tampers with copies, and what an audit then finds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters import codec
from adapters.audit.auditing import Audited, Report, Seals, Wanted, audit
from adapters.bench.population import CARD, Population
from adapters.cards import compile_card
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.log import Entry, NewEntry
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from adapters.seals.fsck import NOBODY_SAW, Seen
from adapters.seals.notes import Signer
from adapters.seals.sealer import Sealer
from tests.seals.registry_log import a_signer
from tests.servers import fresh_database

HOUSEHOLDS, SEED = 60, 11
UNSEALED = 40
"""Events behind the seals that end early."""
AT_NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)


class Copy:
    """A registry of its own to tamper with: a database, folders of seals, and a folder of scorecards."""

    def __init__(self, dsn: str, folder: Path, signer: Signer) -> None:
        self.dsn = dsn
        self.folder = folder
        self.signer = signer
        self.seals = folder / "seals"
        self.scorecards = folder / "scorecards"

    def sql(self, statement: str, *parameters: object) -> None:
        """Run a statement as a superuser can, who is asked by no trigger after he switched them off."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
            connection.execute(statement.encode(), parameters)

    def entries(self) -> list[Entry]:
        log = PostgresLog(self.dsn)
        try:
            return log.after(0, 100_000)
        finally:
            log.close()

    def seal(self, until: int | None = None) -> None:
        """Seal the log as it is now, from the beginning."""
        shutil.rmtree(self.seals, ignore_errors=True)
        log = PostgresLog(self.dsn)
        try:
            sealer = Sealer(log, self.seals, self.signer)
            while sealer.step(100 if until is None else until) and until is None:
                pass
        finally:
            log.close()

    def audit(
        self, wanted: Wanted | None = None, seen: Seen = NOBODY_SAW, report: Report = lambda _what, _more, _all: None
    ) -> Audited:
        wanted = wanted or Wanted(scorecards=self.scorecards, workers=1)
        seals = Seals(self.seals, self.signer.verifier, seen)
        return audit(self.dsn, compile_card, wanted, seals=seals, sender=None, report=report)


def make_registry(dsn: str, folder: Path) -> Copy:
    """Households with two or three updates each, assessed, projected and sealed."""
    migrate(dsn)
    log = PostgresLog(dsn)
    population = Population(SEED)
    events = [event for household in population.households(HOUSEHOLDS) for event in household]
    for append in (population.policies(), sorted(events, key=_recorded_at)):
        log.append(append)
    tables = PostgresTables(log)
    followers = [Assessor(log, tables, compile_card, lambda: AT_NINE), Projector(log, tables)]
    run(log, followers, until_caught_up=True)
    log.close()
    registry = Copy(dsn, folder, a_signer())
    registry.scorecards.mkdir(parents=True)
    for file in CARD.parent.glob(f"{CARD.stem}*"):
        shutil.copy(file, registry.scorecards)
    registry.seal()
    return registry


def _recorded_at(event: NewEntry) -> datetime:
    return codec.decode(event.name, event.state)[0].recorded_at


@contextmanager
def copy_of(registry: Copy, folder: Path) -> Iterator[Copy]:
    """A registry that is the same but for what is done to it; it is gone afterwards."""
    shutil.copytree(registry.folder, folder, dirs_exist_ok=True)
    server, name = make_conninfo(registry.dsn, dbname="postgres"), str(conninfo_to_dict(registry.dsn)["dbname"])
    with fresh_database(server, name) as dsn:
        yield Copy(dsn, folder, registry.signer)
