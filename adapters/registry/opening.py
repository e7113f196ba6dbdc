"""Putting a registry together: database, keys, log, door and desk; nothing is decided here."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from adapters.codec import known_events, refuse_newer
from adapters.database import database
from adapters.documents.places import load_places
from adapters.faults import Refused, WorldFailed
from adapters.home import registry_home
from adapters.keys.choosing import keyring_place
from adapters.keys.keyring import Keyring, KeyringPlace
from adapters.log import EventLog
from adapters.postgres.books import open_books
from adapters.postgres.datastore import one_line
from adapters.postgres.log import PATIENCE_SECONDS, PostgresLog
from adapters.postgres.masters import wrapping_under
from adapters.postgres.migrate import migrate
from adapters.postgres.tables import PostgresTables
from adapters.registry.books import OpenBooks
from adapters.registry.door import Door
from adapters.registry.judging import Judge
from adapters.registry.key_desk import KeyDesk
from adapters.registry.policy_desk import PolicyDesk
from adapters.registry.reading import Reader
from adapters.tables import Tables
from domain.places import Places
from domain.registry_day import day_in_pakistan

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The instant of now, in UTC."""
    return datetime.now(UTC)


class Registry:
    """An open registry: everything that works on one log, with one keyring and one clock."""

    def __init__(
        self,
        log: EventLog,
        books: OpenBooks,
        tables: Tables,
        keyring: Keyring,
        places: Places,
        clock: Clock = utc_now,
        dsn: str = "",
    ) -> None:
        self.dsn = dsn
        self.log = log
        self.books = books
        self.tables = tables
        self.keyring = keyring
        self.places = places
        self.clock = clock
        self.reader = Reader(log)
        self.judge = Judge(self.reader, places)
        self.door = Door(log, books, keyring, self.judge, clock)
        self.desk = PolicyDesk(log, self.reader, places, clock)
        self.key_desk = KeyDesk(log, self.reader, clock)

    def today(self) -> date:
        """The registry's day: the date in Pakistan at the instant that the clock shows."""
        return day_in_pakistan(self.clock())

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Ask the answers kept beside the log; they may be behind it by as much as `run` is."""
        try:
            with psycopg.connect(self.dsn) as connection:
                return connection.execute(query.encode(), parameters).fetchall()
        except psycopg.OperationalError as failure:
            raise WorldFailed(f"Postgres did not answer ({one_line(failure)}): try again when it is back.") from failure


@contextmanager
def open_registry(
    environ: Mapping[str, str],
    clock: Clock = utc_now,
    *,
    make: bool = True,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Iterator[Registry]:
    """Open the registry that the environment names, making it first where there is none; today is opened with it.

    Without `make` there must be one: whoever only looks must not find an empty registry behind a mistyped path. A login
    that may only read opens it too, and leaves the day to others. Faults of Postgres are met with new attempts for
    `patience_seconds`. Raises Refused when the login may not do what is done with the registry.
    """
    home = registry_home(environ)
    place = keyring_place(home, environ)
    if not make and not place.exists():
        raise Refused(
            f"No registry stands in {home}: set GHARANA_HOME to the one that is meant. A new one begins with "
            "`scorecard adopt`, `programme open`, `import` or `submit`."
        )
    with database(environ) as dsn, _in_a_sentence():
        migrate(dsn)
        keyring, may_append = _fitting_keyring(dsn, place, clock())
        with wrapping_under(dsn, keyring.master_versions()[-1]):
            log = PostgresLog(dsn, patience_seconds)
            try:
                registry = Registry(log, open_books, PostgresTables(log), keyring, load_places(), clock, dsn)
                _refuse_older_masters(registry, place)
                if may_append:
                    registry.desk.open_day()
                yield registry
            finally:
                log.close()


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as fault:
        raise Refused(
            f"This login may not do that ({fault.diag.message_primary}). Which role a verb needs stands in "
            "docs/operations.md; what each role may do is shown by `roles show`."
        ) from fault


def _refuse_older_masters(registry: Registry, place: KeyringPlace) -> None:
    """A keyring from before a rotation would wrap under a master key that others destroy."""
    held, known = registry.keyring.master_versions()[-1], registry.reader.master_keys().newest
    if held < known:
        raise Refused(
            f"The newest master key in {place.name} is {held}, and this registry has had number {known} since: use the "
            "keyring as it is after `keys rotate`, not an older copy of it."
        )


def _fitting_keyring(dsn: str, place: KeyringPlace, now: datetime) -> tuple[Keyring, bool]:
    """Open a registry with the keyring it was made with, and with a program that knows all its events, or not at all.

    Says too whether this login may append to the log; one that may not writes nothing here either. Raises WorldFailed
    when Postgres goes away meanwhile.
    """
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            keyring = _keyring_of(connection, place, now)
            known: dict[str, int] = dict(connection.execute("SELECT name, fields FROM event_names").fetchall())
            refuse_newer(known)
            (may_append,) = connection.execute(_MAY_APPEND).fetchone() or (False,)
            if may_append and known != known_events():
                connection.cursor().executemany(_KNOW_EVENT, list(known_events().items()))
    except psycopg.OperationalError as failure:
        raise WorldFailed(f"Postgres did not answer ({one_line(failure)}): try again when it is back.") from failure
    return keyring, may_append


def _keyring_of(connection: psycopg.Connection[Any], place: KeyringPlace, now: datetime) -> Keyring:
    """Open the keyring that the database was made with.

    A keyring is made only for a registry that has none yet: a mistyped path must not look like a new beginning.
    """
    row = connection.execute("SELECT key_fingerprint FROM registry").fetchone()
    keyring = place.open() if row else place.open_or_make(now)
    if not row:
        connection.execute(_MADE_WITH, (keyring.fingerprint(), now))
    made_with = connection.execute("SELECT key_fingerprint FROM registry").fetchall()
    if made_with != [(keyring.fingerprint(),)]:
        raise Refused(
            f"This database was made with another master key than the one in {place.name}: set GHARANA_KEY_FILE or "
            "GHARANA_KEYRING to the one it was made with. Nothing was changed."
        )
    return keyring


_MADE_WITH = "INSERT INTO registry (key_fingerprint, made_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_MAY_APPEND = "SELECT has_table_privilege('stored_events', 'INSERT')"
_KNOW_EVENT = (
    "INSERT INTO event_names (name, fields) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET fields = excluded.fields"
)
