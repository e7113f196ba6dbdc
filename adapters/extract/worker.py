"""A process that writes parts of an extract, started by the one that makes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg

from adapters import codec
from adapters.cards import compile_card
from adapters.extract.batch import Batch, Ranges
from adapters.extract.folding import gather
from adapters.extract.manifest import Part
from adapters.faults import WorldFailed
from adapters.followers.timeline import timeline
from adapters.postgres.datastore import one_line
from adapters.postgres.log import PostgresLog
from adapters.team import Tell, Work, serve

IN_SNAPSHOT = "SET TRANSACTION SNAPSHOT '{}'"


class Assignment(msgspec.Struct, frozen=True):
    """Where parts are written, and of which moment of the database."""

    dsn: str
    folder: str
    snapshot: str
    position: int


class Task(msgspec.Struct, frozen=True):
    """A part with its number: the households whose ids are beyond one and not beyond the other."""

    number: int
    beyond: bytes
    until: bytes


class Written(msgspec.Struct, frozen=True):
    """A part that is written."""

    number: int
    part: Part
    households: Ranges
    people: Ranges
    merged: int


@contextmanager
def ready(assignment: Assignment) -> Iterator[Work]:
    """Look at the same moment as everybody else, and be ready for parts. Raises WorldFailed where Postgres fails."""
    log = PostgresLog(assignment.dsn)
    try:
        policies = [codec.recorded(entry) for entry in log.policies() if entry.position <= assignment.position]
        in_force = timeline(policies, compile_card).in_force
        with psycopg.connect(assignment.dsn, autocommit=True) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(IN_SNAPSHOT.format(assignment.snapshot).encode())

            def work(task: Task, _: Tell) -> Written:
                batch = Batch(in_force)
                merged = sum(gather(connection, batch, task.beyond, task.until, assignment.position))
                written = batch.write(Path(assignment.folder), task.number)
                return Written(task.number, written.part, written.households, written.people, merged)

            yield work
    except psycopg.OperationalError as fault:
        raise WorldFailed(
            f"Postgres failed during the extract: {one_line(fault)}. The extract was not made."
        ) from fault
    finally:
        log.close()


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
