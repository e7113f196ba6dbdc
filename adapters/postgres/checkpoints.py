"""How far each follower has come: the library's tracking recorder on a table of ours."""

from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder

from adapters.log import Overtaken
from adapters.postgres.datastore import Datastore


class CheckpointRecorder(PostgresTrackingRecorder):
    """Keeps one row for each follower, which only moves forward."""

    datastore: Datastore

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore, tracking_table_name="checkpoints")

    def create_table(self) -> None:
        """Do nothing: CREATE TABLE at every start races with other processes; migrations make the tables."""

    def advance(self, cursor: psycopg.Cursor[Any], follower: str, position: int, since: int | None) -> None:
        """Move a checkpoint on within the cursor's transaction. Raises Overtaken."""
        if since is not None:
            _claim(cursor, follower, since)
        try:
            self._insert_tracking(cursor, Tracking(follower, position))
        except IntegrityError:
            raise Overtaken(
                f"Follower {follower} has already gone to position {position} or beyond, in another process. "
                "Nothing was recorded; let one of the two do the work."
            ) from None


def restart(cursor: psycopg.Cursor[Any], follower: str, position: int) -> None:
    """Set a checkpoint wherever it is now."""
    cursor.execute(
        "INSERT INTO checkpoints (application_name, notification_id) VALUES (%s, %s)"
        " ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id",
        (follower, position),
    )


def stands_at(cursor: psycopg.Cursor[Any], follower: str, position: int) -> bool:
    """Say whether a checkpoint is exactly there, once nobody is at work on it any more."""
    return _locked(cursor, follower) == position


def _claim(cursor: psycopg.Cursor[Any], follower: str, since: int) -> None:
    if _locked(cursor, follower) != since:
        raise Overtaken(
            f"Follower {follower} is no longer at position {since}: another process does the same work. "
            "Nothing was recorded; let one of the two do the work."
        )


def _locked(cursor: psycopg.Cursor[Any], follower: str) -> int:
    """Read a checkpoint under a lock on its row, which is made first, so that of two beginners one waits."""
    cursor.execute(
        "INSERT INTO checkpoints (application_name, notification_id) VALUES (%s, 0) ON CONFLICT DO NOTHING",
        (follower,),
        prepare=True,
    )
    query = "SELECT notification_id FROM checkpoints WHERE application_name = %s FOR UPDATE"
    row = cursor.execute(query, (follower,), prepare=True).fetchone()
    assert row is not None
    return int(row[0])
