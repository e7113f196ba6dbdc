"""A process that writes parts of an extract: told what to do on standard input, it answers with a line a part."""

import gc
import sys
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

IN_SNAPSHOT = "SET TRANSACTION SNAPSHOT '{}'"


class Share(msgspec.Struct, frozen=True):
    """What one worker writes: ranges of ids, each a part with its number, as the database was in a snapshot."""

    dsn: str
    folder: str
    snapshot: str
    position: int
    ranges: tuple[tuple[int, bytes, bytes], ...]


class Answer(msgspec.Struct, frozen=True):
    """A part that is written, or the sentence that says why it is not."""

    part: Part | None = None
    households: Ranges = {}
    people: Ranges = {}
    merged: int = 0
    fault: str = ""


def work(share: Share) -> None:
    """Write every part of a share, in order."""
    log = PostgresLog(share.dsn)
    try:
        policies = [codec.recorded(entry) for entry in log.policies() if entry.position <= share.position]
        in_force = timeline(policies, compile_card).in_force
        with psycopg.connect(share.dsn, autocommit=True) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(IN_SNAPSHOT.format(share.snapshot).encode())
            for number, beyond, until in share.ranges:
                batch = Batch(in_force)
                merged = sum(gather(connection, batch, beyond, until, share.position))
                written = batch.write(Path(share.folder), number)
                _tell(Answer(written.part, written.households, written.people, merged))
    finally:
        log.close()


def _tell(answer: Answer) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Run a worker; every fault it knows becomes a sentence for the process that started it."""
    gc.disable()  # rows and events hold no cycles
    share = msgspec.json.decode(sys.stdin.buffer.read(), type=Share)
    try:
        work(share)
    except WorldFailed as failure:
        _tell(Answer(fault=str(failure)))
    except psycopg.OperationalError as fault:
        _tell(Answer(fault=f"Postgres failed during the extract: {one_line(fault)}."))
