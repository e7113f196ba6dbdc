"""A partner's list as it is now, with the sequence it stands at: to begin from, or to reconcile with."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import IsolationLevel

from adapters.faults import Refused, WorldFailed
from adapters.followers.agreements import book_at
from adapters.followers.feeder import FEEDER
from adapters.followers.projector import PROJECTOR
from adapters.keys.partner_tokens import PartnerTokens
from adapters.postgres.datastore import one_line
from adapters.registry.opening import Registry
from domain.agreement import Agreement
from domain.questionnaire.codes import Outcome
from projections.eligibility import ELIGIBILITY
from projections.feed import Listed, find_listed
from projections.feed_message import FeedKey
from projections.households import HOUSEHOLDS

WAIT_SECONDS_MAX = 2.0
"""How long the feeder is given to come to where the answers are; while `run` is at work it is there at once."""
WAIT_SECONDS = 0.1
ROWS_AT_ONCE = 5_000

_CHECKPOINTS = "SELECT application_name, notification_id FROM checkpoints"
_SEQUENCE = """
    SELECT sequence FROM feed WHERE partner = %s AND programme = %s AND log_position <= %s
    ORDER BY sequence DESC LIMIT 1"""
_LIST = f"""
    SELECT {", ".join(f"eligibility.{column.name}" for column in ELIGIBILITY.columns)},
        {", ".join(f"households.{column.name}" for column in HOUSEHOLDS.columns)}
    FROM eligibility JOIN households USING (household_id)
    WHERE programme = %s AND outcome <> {Outcome.INELIGIBLE.value}
    ORDER BY left(households.place, 5) COLLATE "C" """  # noqa: S608 - names of our own columns


class Entry(msgspec.Struct, frozen=True):
    """A household on the list, by the partner's own token."""

    household: UUID
    outcome: str
    since: date
    place: str
    score: str | None


class District(msgspec.Struct, frozen=True):
    """The part of a list that lies in one district, in the order of the tokens."""

    place: str
    entries: list[Entry]

    @property
    def sha256(self) -> str:
        """A hash to reconcile by: of lines `token outcome`, each with its end, in the order of the tokens."""
        lines = "".join(f"{entry.household} {entry.outcome}\n" for entry in self.entries)
        return hashlib.sha256(lines.encode()).hexdigest()


class Snapshot(msgspec.Struct, frozen=True):
    """A list at a sequence of its feed: whoever applies what comes behind it stays up to date."""

    key: FeedKey
    sequence: int
    log_position: int
    districts: Iterator[District]

    def lines(self) -> Iterator[dict[str, Any]]:
        """The list as partners are handed it: households, behind each district its count and hash, last the whole."""
        count = 0
        for district in self.districts:
            for entry in district.entries:
                score = {} if entry.score is None else {"score": entry.score}
                yield {
                    "household": entry.household, "outcome": entry.outcome, "since": entry.since, "place": entry.place,
                    **score,
                }  # fmt: skip
            yield {"district": district.place, "households": len(district.entries), "sha256": district.sha256}
            count += len(district.entries)
        partner, programme = self.key
        yield {"partner": partner, "programme": programme, "households": count, "sequence": self.sequence}


@contextmanager
def open_snapshot(registry: Registry, key: FeedKey) -> Iterator[Snapshot]:
    """Read a list as of one moment. Raises Refused where no agreement is in force, or the feeder is behind."""
    try:
        with psycopg.connect(registry.dsn) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            position = _position(connection)
            agreement = book_at(registry.log, position).in_force.get(key)
            if agreement is None:
                raise Refused(
                    f"No agreement of {key[0]} on {key[1]} is in force as far as the answers reach, so there is no "
                    "list: see `partner list`, and let `run` catch up."
                )
            row = connection.execute(_SEQUENCE, (*key, position)).fetchone()
            assert row is not None, "a feed in force has begun"
            yield Snapshot(key, row[0], position, _districts(connection, registry, key, agreement))
    except psycopg.OperationalError as failure:
        raise WorldFailed(f"Postgres did not answer ({one_line(failure)}): try again when it is back.") from failure


def _position(connection: psycopg.Connection[Any]) -> int:
    """Begin the moment in which everything is read: one to which the feeder has told everything."""
    give_up_at = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        checkpoints: dict[str, int] = dict(connection.execute(_CHECKPOINTS).fetchall())
        answers, fed = checkpoints.get(PROJECTOR, 0), checkpoints.get(FEEDER, 0)
        if fed >= answers:
            return answers
        if time.monotonic() > give_up_at:
            raise Refused(
                f"The feed is told up to position {fed:,} and the answers stand at {answers:,}: let `run` catch up."
            )
        connection.rollback()
        time.sleep(WAIT_SECONDS)


def _districts(
    connection: psycopg.Connection[Any], registry: Registry, key: FeedKey, agreement: Agreement
) -> Iterator[District]:
    tokens = PartnerTokens(registry.keyring)
    for place, listed in groupby(_listed(connection, key, agreement), attrgetter("place")):
        entries = [_entry(tokens, key, one) for one in listed]
        yield District(place, sorted(entries, key=attrgetter("household")))


def _listed(connection: psycopg.Connection[Any], key: FeedKey, agreement: Agreement) -> Iterator[Listed]:
    width = len(ELIGIBILITY.columns)
    with connection.cursor("snapshot") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        for row in cursor.execute(_LIST, (key[1],)):
            listed = find_listed(agreement, row[:width], row[width:])
            if listed is not None:
                yield listed


def _entry(tokens: PartnerTokens, key: FeedKey, listed: Listed) -> Entry:
    household = tokens.token(key[0], listed.household)
    return Entry(household, listed.outcome.word, listed.since, listed.place, listed.score)
