"""The library's own way of following a log, as a peer: one event after another, each in a transaction of its own."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from adapters import codec
from adapters.log import NewEntry

SCHEMA = "library"
FOLLOWED_SECONDS_MAX = 120.0


class LibraryHousehold(Aggregate):
    """The same survey as the library would keep it: an aggregate of its own, through its JSON transcoder."""

    @event("Registered")
    def __init__(self, survey: list[Any]) -> None:
        self.survey = survey


class Sizes(PostgresTrackingRecorder):
    """A table of households and their members, in the library's terms a view."""

    def __init__(self, datastore: PostgresDatastore, **arguments: Any) -> None:
        super().__init__(datastore, **arguments)
        table = SQL("{}.{}").format(Identifier(SCHEMA), Identifier("sizes"))
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (household_id uuid PRIMARY KEY, members integer)").format(table)
        )
        self._put = SQL(
            "INSERT INTO {} VALUES (%s, %s) ON CONFLICT (household_id) DO UPDATE SET members = excluded.members"
        ).format(table)

    def put(self, household: UUID, members: int, tracking: Tracking) -> None:
        """Write a household's row and how far the projection is, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._put, (household, members), prepare=True)


class SizesOfHouseholds(Projection[Sizes]):
    """Keeps one row a household, the least that a projection can do."""

    name = "sizes"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Take one event in."""
        self.view.put(domain_event.originator_id, len(domain_event.survey[1][1][2]), tracking)


def library_settings(dsn: str) -> dict[str, str]:
    """What the library wants to know to use a schema of its own in a database."""
    parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts["dbname"],
        "POSTGRES_HOST": parts.get("host", ""),
        "POSTGRES_PORT": parts.get("port", "5432"),
        "POSTGRES_USER": parts.get("user", ""),
        "POSTGRES_PASSWORD": parts.get("password", ""),
        "POSTGRES_SCHEMA": SCHEMA,
    }


def library_household(entry: NewEntry) -> LibraryHousehold:
    """A registration as an aggregate of the library."""
    return LibraryHousehold(msgspec.to_builtins(codec.decode(entry.name, entry.state)))


def library_follows_per_s(dsn: str, registrations: Sequence[NewEntry]) -> float:
    """Events a second that the library's own runner takes in, of a log that is complete before it starts."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
    settings = library_settings(dsn)
    library = Application[UUID](env=settings)
    try:
        for entry in registrations:
            library.save(library_household(entry))  # many at once, and its insert may hang
    finally:
        library.close()
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Application[UUID], projection_class=SizesOfHouseholds, view_class=Sizes, env=settings
    ) as runner:
        runner.wait(len(registrations), timeout=FOLLOWED_SECONDS_MAX)
        return len(registrations) / (time.perf_counter() - began)
