"""How far each follower has come, how far it could be, and how old the oldest thing is that waits for it."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime

import msgspec
import psycopg

from adapters import codec
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessing import ASSESSOR
from adapters.followers.feeder import FEEDER, ends_of
from adapters.followers.projector import PROJECTOR
from adapters.followers.touched import find_reassessment
from adapters.log import EventLog
from adapters.message_server import find_message_server
from adapters.nats.line import NotDone, open_line
from adapters.nats.stream import read_end
from adapters.postgres.alone import FOLLOWERS_LOCK, PLACES
from adapters.postgres.datastore import CONNECT_SECONDS_MAX, one_line
from adapters.postgres.leading import RELAY_LOCK, SEALER_LOCK
from adapters.postgres.log import PostgresLog
from adapters.postgres.outgoing import PostgresOutgoing
from adapters.postgres.tables import PostgresTables
from adapters.seals.published import sealed_size
from adapters.seals.sealer import SEALER
from adapters.seals.settings import seals_folder
from adapters.supervision.workers import PUBLISHER
from projections.feed_message import FeedKey
from projections.reassessments import Reassessment

FOLLOWERS_OF_THE_LOG = (ASSESSOR, PROJECTOR, FEEDER)
PATIENCE_SECONDS = 1.0
RECORDED_HEADER = "ce-recordedtime"

_HELD = """
    SELECT (classid::int8 << 32) | objid::int8, mode = 'ExclusiveLock' FROM pg_locks JOIN pg_database ON database = oid
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND datname = current_database()"""


class Distance(msgspec.Struct, frozen=True):
    """A follower's position, and what lies before it."""

    follower: str
    position: int | None
    """None where it cannot be found out now."""
    end: int
    oldest_waiting: datetime | None = None
    """When the first event was recorded that it has not taken in; None when it has taken in all of them."""
    at_work: bool = False
    """Whether some process, on whatever machine, holds the lock of this work."""

    @property
    def lag_positions(self) -> int | None:
        """How many events, or rows of the feeds, it still has before it."""
        return None if self.position is None else max(0, self.end - self.position)

    def lag_seconds(self, now: datetime) -> float | None:
        """How old the oldest thing is that waits for it; 0 when nothing does."""
        if self.position is None:
            return None
        return 0.0 if self.oldest_waiting is None else max(0.0, (now - self.oldest_waiting).total_seconds())


class Course(msgspec.Struct, frozen=True):
    """How far the registry's followers are, at one moment."""

    log_last_position: int
    feed_position: int
    stream_position: int | None
    """None when the server cannot be asked, or when there was never anything to publish."""
    stream_fault: str | None
    distances: list[Distance]
    feeds: dict[FeedKey, tuple[int, int]]
    reassessment: Reassessment | None


def read_course(dsn: str, environ: Mapping[str, str]) -> Course:
    """Ask Postgres, and the server of messages where one is known, how far everybody is.

    Nothing is started or made for it. Raises WorldFailed when Postgres does not answer; a server of messages that is
    away is said in `stream_fault`.
    """
    log = PostgresLog(dsn, PATIENCE_SECONDS)
    try:
        tables = PostgresTables(log)
        held = _held_locks(dsn)
        last, checkpoints = log.last_position(), log.checkpoints()
        distances = [
            _of_log(log, name, checkpoints.get(name, 0), last, at_work=PLACES[name] in held or _is_alone(held))
            for name in FOLLOWERS_OF_THE_LOG
        ]
        sealed = sealed_size(seals_folder(environ))
        distances.append(_of_log(log, SEALER, sealed, last, at_work=SEALER_LOCK in held))
        feeds = ends_of(tables)
        end = max((position for _, position in feeds.values()), default=0)
        stream, fault = _stream_end(environ) if end else (None, None)
        position = stream if end else 0
        publisher = Distance(PUBLISHER, position, end, _oldest_unpublished(dsn, position, end), RELAY_LOCK in held)
        return Course(last, end, stream, fault, [*distances, publisher], feeds, find_reassessment(tables)[0])
    finally:
        log.close()


def _is_alone(held: Mapping[int, bool]) -> bool:
    return held.get(FOLLOWERS_LOCK, False)


def _of_log(log: EventLog, name: str, position: int, last: int, *, at_work: bool) -> Distance:
    waiting = log.after(position, 1) if position < last else []
    recorded_at = codec.recorded(waiting[0]).envelope.recorded_at if waiting else None
    return Distance(name, position, last, recorded_at, at_work)


def _oldest_unpublished(dsn: str, position: int | None, end: int) -> datetime | None:
    if position is None or position >= end:
        return None
    with closing(PostgresOutgoing(dsn)) as outgoing:
        waiting = outgoing.after(position, 1)
    return datetime.fromisoformat(waiting[0].headers[RECORDED_HEADER]) if waiting else None


def _stream_end(environ: Mapping[str, str]) -> tuple[int | None, str | None]:
    """Return where the stream ends, or why that is not known."""
    url = find_message_server(environ)
    if url is None:
        return None, "The private NATS server of this registry is not running."
    try:
        with open_line(url) as line:
            return read_end(line).position, None
    except NotDone:
        return 0, None  # there is no stream yet
    except (WorldFailed, Refused) as failure:
        return None, str(failure)


def _held_locks(dsn: str) -> dict[int, bool]:
    """The advisory locks that are held in this database, and whether alone; True where that is so for one of them."""
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            rows = connection.execute(_HELD).fetchall()
    except psycopg.OperationalError as fault:
        raise WorldFailed(f"Postgres does not answer: {one_line(fault)}.") from fault
    return dict(sorted(rows))
